"""The fast way to read numbers between separators, with pyarrow if it is installed.

It accepts a table only if every line has plain finite numbers, one per column: no quotation marks, comments, empty
cells or blank lines. Whatever it accepts, the careful way would read as the same numbers.
"""

import io
import os
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import numpy as np

from gdtui.experiment.dataset import Column
from gdtui.storage.tables.columns import SPACES
from gdtui.storage.tables.lines import MOST_OF_A_LINE

Array = np.ndarray[Any, np.dtype[np.float64]]
Text = bytes | memoryview

LEAST_BYTES = 1 << 17
"""Shorter texts are read faster than pyarrow can be loaded."""
PIECE = 1 << 18
"""The least number of bytes read at a time."""
_PIECES = 32
"""How many pieces a larger file is cut into, so that the pieces in progress are small compared with the file."""
_BLOCK = 1 << 18
"""How many bytes pyarrow parses at a time: from the second block on, it looks for separators more quickly."""
_MOST_ON_A_THREAD = 16 << 20
"""A longer text is read on as many threads as there are cores, in larger blocks."""


def numbers(text: Text, separator: str, columns: int, lines_above: int) -> list[Array] | None:
    """All columns below the first `lines_above` lines; None if there is anything but plain numbers, or no pyarrow."""
    if separator == SPACES:
        return None
    try:
        import pyarrow
        from pyarrow import csv
    except ImportError:
        return None
    names = [str(index) for index in range(columns)]
    blocks = {} if len(text) > _MOST_ON_A_THREAD else {"use_threads": False, "block_size": _BLOCK}
    try:
        table = csv.read_csv(
            pyarrow.py_buffer(text),
            csv.ReadOptions(column_names=names, skip_rows=lines_above, **blocks),
            csv.ParseOptions(delimiter=separator, quote_char=False, double_quote=False, ignore_empty_lines=False),
            csv.ConvertOptions(column_types=dict.fromkeys(names, pyarrow.float64()), null_values=[], check_utf8=False),
            memory_pool=pyarrow.system_memory_pool(),  # it gives memory back
        )
    except pyarrow.ArrowException:
        return None
    found = [np.concatenate([floats(chunk) for chunk in column.chunks] or [np.empty(0)]) for column in table.columns]
    return found if len(found[0]) and all(np.isfinite(values).all() for values in found) else None


def numbers_in(
    pieces: Iterator[Text], separator: str, columns: int, lines_above: int, size: int
) -> list[Column] | None:
    """All columns of a table from pieces of whole lines, read on as many threads as there are cores.

    `size` is about the number of bytes, for which space is reserved; unused space takes no memory.
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    under_way = deque[tuple[int, Future[list[Array] | None]]]()
    found = [np.empty(0) for _index in range(columns)]
    rows = taken = 0

    def is_taken() -> bool:
        """Whether the oldest piece in progress has plain numbers only; they are then stored."""
        nonlocal rows, taken
        length, future = under_way.popleft()
        of_piece, taken = future.result(), taken + length
        if of_piece is None:
            return False
        end = rows + len(of_piece[0])
        for index, more in enumerate(of_piece):
            if end > len(found[index]):
                wider = np.empty(end * max(size, taken) // taken * 17 // 16)
                wider[:rows], found[index] = found[index][:rows], wider
            found[index][rows:end] = more
        rows = end
        return True

    with ThreadPoolExecutor(cores) as threads:
        for piece in pieces:
            under_way.append((len(piece), threads.submit(numbers, piece, separator, columns, lines_above)))
            lines_above = 0
            if len(under_way) > cores and not is_taken():
                return None
        while under_way:
            if not is_taken():
                return None
    return [values[:rows].data.toreadonly() for values in found] if rows else None


def pieces_of(file: io.BufferedReader, most: int, known: Callable[[Text], None]) -> Iterator[Text]:
    """A file as pieces of whole lines, without blank lines at its end; `known` gets all of its content.

    It stops early after `most` bytes or at a line that is too long, so that the result is not a table. If the file
    grows
    meanwhile and a line is cut, its parts have too few cells, so that the result is not a table either.
    """
    number, at, whole = file.fileno(), 0, memoryview(b"")
    size = min(max(PIECE, os.fstat(number).st_size // _PIECES), MOST_OF_A_LINE)
    while content := os.pread(number, size, at):
        end = content.rfind(b"\n") + 1 if len(content) == size else len(content)
        at += end
        if at > most or not end:
            yield b"\0"
            return
        if whole:
            yield whole
        whole = memoryview(content)[:end]
        known(whole)
    yield without_end(whole)


def without_end(text: Text) -> memoryview:
    """A text without the blank lines at its end, unless there are very many."""
    tail = bytes(text[-LEAST_BYTES:])
    return memoryview(text)[: len(text) - len(tail) + len(tail.rstrip())]


def floats(values: Any) -> Array:
    """The numbers of a pyarrow array of float64 without nulls. Its own `to_numpy` would load pandas."""
    return np.frombuffer(values.buffers()[1])[values.offset : values.offset + len(values)]
