"""The files of a table: one, or all those of a folder or pattern, in the order of their names."""

import glob
import hashlib
import itertools
import os
from pathlib import Path

import msgspec

from gdtui.errors import InputError
from gdtui.experiment.origin import STANDARD_INPUT, Origin
from gdtui.storage import files
from gdtui.storage.tables.columns import Layout
from gdtui.text import _, clean, ngettext

MOST_FILES = 10_000


class TableFiles(msgspec.Struct, frozen=True):
    """The files of one table."""

    path: str
    """As the user gave it."""
    place: str
    """Its name in error messages."""
    paths: tuple[str, ...]
    are_many: bool
    """Whether it is a folder or a pattern, which may match only one file."""

    @property
    def name(self) -> str:
        """The name of the data on the screen."""
        return self.place if self.path == STANDARD_INPUT else clean(Path(self.path).name)

    @property
    def places(self) -> list[str]:
        """The name of each file in error messages."""
        return [files.shown(path) for path in self.paths] if self.are_many else [self.place]

    @property
    def size(self) -> int:
        """Their total size in bytes."""
        return sum(os.path.getsize(path) for path in self.paths if os.path.isfile(path))  # noqa: PTH113, PTH202  # as below

    @property
    def said(self) -> list[str]:
        """A note that several files were read as one table."""
        n = len(self.paths)
        return [ngettext("{n:,} file", "{n:,} files in the order of their names", n)] if self.are_many else []

    def origin(self, features: tuple[str, ...] | None, target: str | None, drop_missing: bool) -> Origin:
        """The origin of the data; the checksum is not known yet."""
        path = self.path if self.path == STANDARD_INPUT else str(Path(self.path).absolute())
        return Origin(path, "", features, target, drop_missing)

    def checksum(self, each: list[str]) -> str:
        """The table's checksum from those of its files, in hexadecimal digits.

        For one file it is the file's own; for several, the result of `sha256sum FILES | cut -c1-64 | sha256sum`.
        """
        return hashlib.sha256("".join(f"{one}\n" for one in each).encode()).hexdigest() if self.are_many else each[0]


def find_files(path: str) -> TableFiles:
    """The files of the table at a path, folder or pattern.

    Raises:
        InputError: there are none, or too many.
    """
    place = _("standard input") if path == STANDARD_INPUT else files.shown(path)
    found: list[str] = []
    if path != STANDARD_INPUT and os.path.isdir(path):  # noqa: PTH112  # pathlib's complains of names and permissions
        found = [inside for inside in files.inside(path) or [] if not Path(inside).name.startswith((".", "_"))]
        if not found:
            raise InputError(f"{place}: {_('there is no file in this folder')}")
    elif glob.has_magic(path) and not os.path.lexists(path):
        found = list(itertools.islice(glob.iglob(path), MOST_FILES + 1))  # noqa: PTH207  # as above
    if not found:
        return TableFiles(path, place, (path,), are_many=False)
    if len(found) > MOST_FILES:
        raise InputError(f"{place}: {_('more than {most:,} files are too many for one table', most=MOST_FILES)}")
    return TableFiles(path, place, tuple(sorted(found)), are_many=True)


def check_same_names(first: Layout, layout: Layout, place: str, place_of_first: str) -> None:
    """Refuse a file whose columns differ from those of the first file."""
    if layout.names != first.names:
        names, wanted = (clean(", ".join(some), 60) for some in (layout.names, first.names))
        values = {"names": names, "first": place_of_first, "wanted": wanted}
        reason = _("the columns are {names}, but in {first} they are {wanted}", **values)
        raise InputError(f"{place}: {reason}")
