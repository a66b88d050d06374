"""The kinds of page under way: one class each."""
