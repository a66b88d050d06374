"""The charts: pure drawings of a view."""
