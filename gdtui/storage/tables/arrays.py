"""Tables that NumPy wrote: .npy and .npz. Nothing in them is ever run, and they unpack to no more than is allowed."""

import io
import math
import zipfile
import zlib
from collections.abc import Iterator

import numpy as np

from gdtui.errors import InputError
from gdtui.storage.tables.columns import Layout
from gdtui.storage.tables.rows import Array, ReadColumns, finite_columns
from gdtui.text import _, clean, numbered

NPY, ZIP = b"\x93NUMPY", b"PK\x03\x04"


class Arrays:
    """The columns of a file of NumPy's."""

    source, said = None, ()

    def __init__(self, content: bytes, place: str, most: int) -> None:
        """`most` is how many bytes it may unpack to."""
        self._place = place
        named = dict(self._unpacked(content, most)) if content.startswith(ZIP) else {"": self._array(content)}
        columns = [column for name, array in named.items() for column in self._columns(name, array)]
        names = [name for name, _column in columns]
        if not all(names):  # a matrix without names: y is its last column
            names = [*numbered("x", len(names) - 1), "y"]
        if len(columns) < 2:
            raise self._refusal(_("there is only one column, but gdtui needs both x and y"))
        if len({len(values) for _name, values in columns}) > 1 or not len(columns[0][1]):
            raise self._refusal(_("the arrays must have the same number of rows, and at least one"))
        self._values = [values for _name, values in columns]
        self.layout = Layout(",", tuple(clean(name) for name in names), 0)

    def read(self, chosen: tuple[int, ...], drop_missing: bool, targets: int) -> ReadColumns:
        """The chosen columns; NaN is a missing number."""
        columns = [np.ascontiguousarray(self._values[index], dtype=np.float64) for index in chosen]
        names = [self.layout.names[index] for index in chosen]
        return finite_columns(columns, names, (self._place, 0), drop_missing, "NaN")

    def _unpacked(self, content: bytes, most: int) -> Iterator[tuple[str, Array]]:
        """The arrays of an .npz by their names."""
        try:
            with zipfile.ZipFile(io.BytesIO(content)) as packed:
                if sum(member.file_size for member in packed.infolist()) > most:
                    raise self._refusal(_("it is larger than the limit of {size:,} MiB", size=most >> 20))
                for member in packed.infolist():
                    with packed.open(member) as file:  # which reads no more than the size it said
                        yield member.filename.removesuffix(".npy"), self._array(file.read(member.file_size + 1))
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
            raise self._refusal(_("it is damaged, or not packed as NumPy does it: save it again with NumPy")) from error

    def _array(self, content: bytes) -> Array:
        file = io.BytesIO(content)
        try:
            version = np.lib.format.read_magic(file)
            header = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
            shape, _is_fortran, dtype = header(file)
            if dtype.hasobject or math.prod(shape) * dtype.itemsize > len(content):
                raise self._refusal(
                    _("it contains Python objects, or is shorter than its header says: save an array of numbers")
                )
            return np.asarray(np.load(io.BytesIO(content), allow_pickle=False))
        except (ValueError, EOFError) as error:
            raise self._refusal(_("it is damaged, or not packed as NumPy does it: save it again with NumPy")) from error

    def _columns(self, name: str, array: Array) -> list[tuple[str, Array]]:
        """An array's columns with their names, which are empty where it has none."""
        if array.dtype.names:
            return [column for field in array.dtype.names for column in self._columns(field, array[field])]
        if array.dtype.kind not in "buif" or array.ndim not in (1, 2):
            raise self._refusal(_("gdtui needs an array of real numbers with one or two dimensions"))
        if array.ndim == 1:
            return [(name, array)]
        names = numbered(name, array.shape[1]) if name else ("",) * array.shape[1]
        return list(zip(names, array.T, strict=True))

    def _refusal(self, reason: str) -> InputError:
        return InputError(f"{self._place}: {reason}")


def is_array(content: bytes) -> bool:
    """Whether NumPy wrote it: an array, or a zipped file of nothing but arrays."""
    if content.startswith(NPY):
        return True
    if not content.startswith(ZIP):
        return False
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            return all(name.endswith(".npy") for name in packed.namelist())
    except zipfile.BadZipFile:
        return False
