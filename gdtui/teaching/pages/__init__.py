"""The kinds of page under way: one class each, chosen in `all_kinds`."""
