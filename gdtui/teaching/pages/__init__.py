"""The kinds of page in progress, one class each."""
