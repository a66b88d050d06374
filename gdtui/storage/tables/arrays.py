"""Tables written by NumPy: .npy and .npz. Nothing in them is ever executed, and unpacking is limited in size."""

import hashlib
import io
import math
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

import numpy as np

from gdtui.errors import InputError
from gdtui.storage.tables.columns import Chosen, Layout
from gdtui.storage.tables.rows import Array, ReadColumns, finite_columns
from gdtui.text import _, clean, numbered

NPY, ZIP = b"\x93NUMPY", b"PK\x03\x04"


class Arrays:
    """The columns of a NumPy file, read as a whole."""

    source = None

    def __init__(self, content: bytes, place: str, most: int) -> None:
        """`most` limits how many bytes it may unpack to."""
        self._place = place
        with _damage_said(place):
            named = dict(self._unpacked(content, most)) if content.startswith(ZIP) else {"": self._array(content)}
        columns = [column for name, array in named.items() for column in _columns(name, array, place)]
        if len({len(values) for _name, values in columns}) > 1:
            raise _refusal(place, _("the arrays must have the same number of rows, and at least one"))
        self._values = [values for _name, values in columns]
        self.layout = _layout([name for name, _column in columns], place)

    def read(self, chosen: Chosen) -> ReadColumns:
        """The chosen columns; NaN counts as a missing number."""
        return _chosen(self._values, chosen, self.layout, (self._place, 0))

    def _unpacked(self, content: bytes, most: int) -> Iterator[tuple[str, Array]]:
        """The arrays of an .npz, by name."""
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            if sum(member.file_size for member in packed.infolist()) > most:
                raise _refusal(self._place, _("it is larger than the limit of {size:,} MiB", size=most >> 20))
            for member in packed.infolist():
                with packed.open(member) as file:  # reads no more than the stated size
                    yield member.filename.removesuffix(".npy"), self._array(file.read(member.file_size + 1))

    def _array(self, content: bytes) -> Array:
        _header(io.BytesIO(content), len(content), self._place)
        return np.asarray(np.load(io.BytesIO(content), allow_pickle=False))


class ArrayFile:
    """The columns of one .npy file, read some rows at a time."""

    def __init__(self, opened: Callable[[], io.BufferedIOBase], place: str, size: int) -> None:
        """`opened` opens the same content each time; a block has about `size` bytes.

        Raises:
            InputError: it is not a table of numbers, or it is an .npz.
        """
        self._opened, self._place, self._size = opened, place, size
        with self._file() as file:
            self.checksum = hashlib.file_digest(file, "sha256").hexdigest()
            length = file.tell()
            file.seek(0)
            if file.read(len(ZIP)) == ZIP:
                reason = _("the arrays of an .npz file cannot be read in blocks: save one array with numpy.save")
                raise _refusal(place, reason)
            file.seek(0)
            self._shape, self._is_fortran, self._dtype = _header(file, length, place)
            self._begin = file.tell()
            none = (0, *self._shape[1:])[: len(self._shape)]
            names = [name for name, _column in _columns("", np.empty(none, self._dtype), place)]
        self.layout = _layout(names, place)
        self.count = 0
        """The number of blocks, once all have been read."""

    def blocks(self, chosen: Chosen, is_wanted: Callable[[int], bool]) -> Iterator[tuple[int, ReadColumns]]:
        """The chosen columns of the wanted blocks, numbered from 0.

        Raises:
            InputError: a number is missing, or the file is damaged.
        """
        rows = max(1, self._size // (math.prod(self._shape[1:]) * self._dtype.itemsize))
        begins = range(0, self._shape[0], rows)
        with self._file() as file:
            for number, begin in enumerate(begins):
                if is_wanted(number):
                    array = self._rows(file, begin, min(begin + rows, self._shape[0]))
                    values = [column for _name, column in _columns("", array, self._place)]
                    yield number, _chosen(values, chosen, self.layout, (self._place, begin))
        self.count = len(begins)

    def _rows(self, file: io.BufferedIOBase, begin: int, end: int) -> Array:
        """Some rows. They are not memory-mapped, because truncating the file would then crash the program."""
        size, width = self._dtype.itemsize, math.prod(self._shape[1:])
        strips, items = (width, 1) if self._is_fortran else (1, width)  # of each row, in how many places of the file
        content = bytearray()
        for strip in range(strips):
            file.seek(self._begin + (strip * self._shape[0] + begin) * items * size)
            content += file.read((end - begin) * items * size)
        rows = np.frombuffer(content, self._dtype)
        return rows.reshape((end - begin, *self._shape[1:]), order="F" if self._is_fortran else "C")

    @contextmanager
    def _file(self) -> Iterator[io.BufferedIOBase]:
        with self._opened() as file, _damage_said(self._place):
            yield file


def _refusal(place: str, reason: str) -> InputError:
    return InputError(f"{place}: {reason}")


@contextmanager
def _damage_said(place: str) -> Iterator[None]:
    """Turn NumPy's and the unpacker's errors into one line."""
    try:
        yield
    except (ValueError, OSError, EOFError, zipfile.BadZipFile, zlib.error, RuntimeError) as error:
        reason = _("it is damaged, or not packed as NumPy does it: save it again with NumPy")
        raise _refusal(place, reason) from error


def _header(file: io.BufferedIOBase, size: int, place: str) -> tuple[tuple[int, ...], bool, "np.dtype[Any]"]:
    """The shape of an array of `size` bytes, whether it is in column order, and its number type."""
    version = np.lib.format.read_magic(file)
    header = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, is_fortran, dtype = header(file)
    if dtype.hasobject or min((0, *shape)) < 0 or math.prod(shape) * dtype.itemsize > size:
        reason = _("it contains Python objects, or is shorter than its header says: save an array of numbers")
        raise _refusal(place, reason)
    if shape[:1] == (0,):
        raise _refusal(place, _("the arrays must have the same number of rows, and at least one"))
    return shape, is_fortran, dtype


def _columns(name: str, array: Array, place: str) -> list[tuple[str, Array]]:
    """An array's columns with their names; the names are empty if it has none."""
    if array.dtype.names:
        return [column for field in array.dtype.names for column in _columns(field, array[field], place)]
    if array.dtype.kind not in "buif" or array.ndim not in (1, 2):
        raise _refusal(place, _("gdtui needs an array of real numbers with one or two dimensions"))
    if array.ndim == 1:
        return [(name, array)]
    names = numbered(name, array.shape[1]) if name else ("",) * array.shape[1]
    return list(zip(names, array.T, strict=True))


def _layout(names: list[str], place: str) -> Layout:
    """The layout of columns with these names."""
    if len(names) < 2:
        raise _refusal(place, _("there is only one column, but gdtui needs both x and y"))
    if not all(names):  # a matrix without names: y is the last column
        names = [*numbered("x", len(names) - 1), "y"]
    return Layout(",", tuple(clean(name) for name in names), 0)


def _chosen(values: list[Array], chosen: Chosen, layout: Layout, place: tuple[str, int]) -> ReadColumns:
    """The chosen columns; NaN counts as a missing number. `place` is the file and the number of rows above these."""
    columns = [np.ascontiguousarray(values[index], dtype=np.float64) for index in chosen.positions]
    return finite_columns(columns, chosen, layout, place, "NaN")


def is_array(file: BinaryIO) -> bool:
    """Whether NumPy wrote the file: an array, or a zip of nothing but arrays."""
    beginning = file.read(len(NPY))
    if not beginning.startswith(ZIP):
        return beginning == NPY
    try:
        with zipfile.ZipFile(file) as packed:
            return all(name.endswith(".npy") for name in packed.namelist())
    except zipfile.BadZipFile:
        return False
