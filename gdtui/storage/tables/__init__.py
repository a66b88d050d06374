"""The stages of reading a table: from bytes to text, lines, cells, columns and numbers.

Each refuses what it cannot read with an InputError: one line, from the place to the way on.
"""
