"""The kinds of question that can be asked of a run: one class each, listed in `all_kinds`."""
