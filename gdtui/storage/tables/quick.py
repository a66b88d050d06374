"""The quick way to read numbers between separators, with pyarrow where it is installed: all of them, or none.

It takes plain finite numbers alone, as many in each line as there are columns, and nothing else: no quotation marks,
comments, empty cells or blank lines. So whatever it takes, the careful way reads as the same numbers.
"""

import io
import os
from array import array
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import numpy as np

from gdtui.experiment.dataset import Column
from gdtui.storage.tables.columns import SPACES

Array = np.ndarray[Any, np.dtype[np.float64]]

LEAST_BYTES = 1 << 17
"""Shorter texts are read before pyarrow would be loaded."""
PIECE = 1 << 18
"""How many bytes of a file are read at a time."""
_MOST_OF_A_PIECE = 64 * PIECE
"""That many without an end of a line are no table, or one with other ends of lines."""


def numbers(text: bytes | memoryview, separator: str, columns: int, lines_above: int) -> list[Array] | None:
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
            pyarrow.py_buffer(text),
            csv.ReadOptions(column_names=names, skip_rows=lines_above, use_threads=len(text) > _MOST_OF_A_PIECE),
            csv.ParseOptions(delimiter=separator, quote_char=False, double_quote=False, ignore_empty_lines=False),
            csv.ConvertOptions(column_types=dict.fromkeys(names, pyarrow.float64()), null_values=[], check_utf8=False),
            memory_pool=pyarrow.system_memory_pool(),  # which gives memory back
        )
    except pyarrow.ArrowException:
        return None
    found = [np.concatenate([floats(chunk) for chunk in column.chunks] or [np.empty(0)]) for column in table.columns]
    return found if len(found[0]) and all(np.isfinite(values).all() for values in found) else None


def numbers_in(pieces: Iterator[bytes], separator: str, columns: int, lines_above: int) -> list[Column] | None:
    """All columns of a table whose pieces are whole lines, on as many threads as there are cores."""
    found = [array("d") for _index in range(columns)]
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    under_way = deque[Future[list[Array] | None]]()

    def is_taken() -> bool:
        """Whether the first of those under way held plain numbers, which are kept then."""
        of_piece = under_way.popleft().result()
        for values, more in zip(found, of_piece or (), strict=False):
            values.frombytes(more.data.cast("B"))
        return of_piece is not None

    with ThreadPoolExecutor(cores) as threads:
        for piece in pieces:
            under_way.append(threads.submit(numbers, piece, separator, columns, lines_above))
            lines_above = 0
            if len(under_way) > cores and not is_taken():
                return None
        while under_way:
            if not is_taken():
                return None
    return [memoryview(values).toreadonly() for values in found] if found[0] else None


def pieces_of(file: io.BufferedReader, most: int, known: Callable[[bytes], None]) -> Iterator[bytes]:
    """A file as pieces of whole lines, without blank lines at its end; all of its content is made known.

    It ends early where there are more than `most` bytes, or no lines: then what it gives is no table.
    """
    whole, rest = b"", b""
    while content := file.read(PIECE):
        known(content)
        most -= len(content)
        rest += content
        end = rest.rfind(b"\n") + 1
        if most < 0 or len(rest) - end > _MOST_OF_A_PIECE:
            yield b"\0"
            return
        if end:
            if whole:
                yield whole
            whole, rest = rest[:end], rest[end:]
    yield bytes(without_end(whole + rest))


def without_end(text: bytes) -> memoryview:
    """A text without the blank lines at its end, unless they are very many."""
    tail = text[-LEAST_BYTES:]
    return memoryview(text)[: len(text) - len(tail) + len(tail.rstrip())]


def floats(values: Any) -> Array:
    """The numbers of an array of pyarrow's, of float64 and without nulls. Its own `to_numpy` would load pandas."""
    return np.frombuffer(values.buffers()[1])[values.offset : values.offset + len(values)]
