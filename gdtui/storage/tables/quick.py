"""The quick way to read numbers between separators, with pyarrow where it is installed: all of them, or none.

It takes plain finite numbers alone, as many in each line as there are columns, and nothing else: no quotation marks,
comments, empty cells or blank lines. So whatever it takes, the careful way reads as the same numbers.
"""

import io
from typing import Any

import numpy as np

from gdtui.storage.tables.cells import SPACES

Array = np.ndarray[Any, np.dtype[np.float64]]

LEAST_BYTES = 1 << 17
"""Shorter texts are read before pyarrow would be loaded."""
BLOCK = 1 << 20
"""How many bytes are read at a time."""


def numbers(
    text: bytes | memoryview | io.RawIOBase, separator: str, columns: int, lines_above: int
) -> list[Array] | None:
    """All columns below so many lines; None where there is anything but plain numbers, or no pyarrow."""
    if separator == SPACES:
        return None
    try:
        import pyarrow
        from pyarrow import csv
    except ImportError:
        return None
    names = [str(index) for index in range(columns)]
    try:
        table = csv.read_csv(
            pyarrow.py_buffer(text) if isinstance(text, bytes | memoryview) else text,
            csv.ReadOptions(column_names=names, skip_rows=lines_above, block_size=BLOCK),
            csv.ParseOptions(delimiter=separator, quote_char=False, double_quote=False, ignore_empty_lines=False),
            csv.ConvertOptions(column_types=dict.fromkeys(names, pyarrow.float64()), null_values=[], check_utf8=False),
        )
    except (pyarrow.ArrowException, OSError):
        return None
    found = []
    for _name in names:
        values = table.column(0).to_numpy()
        table = table.remove_column(0)  # so that no more than one column is there twice
        if not len(values) or not np.isfinite(values).all():
            return None
        found.append(values)
    return found
