"""The stages of reading a table: from bytes to text, lines, cells, columns and numbers.

Each stage refuses what it cannot read with an InputError: one line with the place, the reason and the remedy.
"""
