"""A roster: the learners of a class, as a list of accounts or as a table exported by a learning platform."""

import csv
import io
from collections.abc import Iterable
from pathlib import Path

import msgspec

from gdtui.errors import InputError
from gdtui.storage import files
from gdtui.text import _, listed

MOST_BYTES, MOST_ROWS = 4 << 20, 10_000

ACCOUNTS = ("account", "login", "sis login id", "username", "sis user id", "id number", "email address", "email")
"""The columns that may contain the account, in order of preference; of an e-mail address, the part before the @ counts.
"""


class Roster(msgspec.Struct, frozen=True):
    """The learners, in the order of the file."""

    header: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()

    def by_account(self, accounts: Iterable[str]) -> dict[str, tuple[str, ...]]:
        """Each learner's row by account, in lower case, in the order of the file; `accounts` are known to be there.

        The column that has the most of them names a learner, then the other columns, and the order of preference if
        none of them is there.
        """
        there = {account.casefold() for account in accounts}
        columns = sorted(self._columns(), key=lambda column: -len(there.intersection(column)))
        cells = [(number, cell) for column in columns for number, cell in enumerate(column) if cell]
        named: dict[int, str] = {}
        taken: set[str] = set()
        for number, cell in sorted(cells, key=lambda found: found[1] not in there):
            if number not in named and cell not in taken:
                named[number] = cell
                taken.add(cell)
        return {named[number]: self.rows[number] for number in sorted(named)}

    def cell(self, row: tuple[str, ...], column: str) -> str:
        """The cell of a row in a column; empty if there is no such column."""
        return row[self.header.index(column)] if column in self.header else ""

    def _columns(self) -> list[list[str]]:
        """The columns that may contain the account, in order of preference."""
        folded = [name.strip().casefold() for name in self.header]
        places = [folded.index(name) for name in ACCOUNTS if name in folded]
        return [[row[place].strip().partition("@")[0].casefold() for row in self.rows] for place in places]


def read(path: str) -> Roster:
    """Read a roster: CSV with a header that names the column of accounts, or one account per line.

    Raises:
        InputError: it cannot be read, or is not a roster.
    """
    content, __ = files.read(path, MOST_BYTES)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError(f"{files.shown(path)}: {_('this is not text in UTF-8')}") from None
    first = text.partition("\n")[0]
    separator = max(",;\t", key=first.count)
    try:
        lines = [row for row in csv.reader(io.StringIO(text), delimiter=separator) if any(map(str.strip, row))]
    except csv.Error as error:
        raise InputError(f"{files.shown(path)}: {error}") from None
    if not lines or len(lines) > MOST_ROWS:
        raise InputError(f"{files.shown(path)}: {_('a roster has 1 to {most:,} lines', most=MOST_ROWS)}")
    header = tuple(map(str.strip, lines[0]))
    if not {name.casefold() for name in header} & set(ACCOUNTS):
        if len(header) > 1:
            needed = _("the column of accounts must be called {names}", names=listed(ACCOUNTS, _("or")))
            raise InputError(f"{files.shown(Path(path))}:1: {needed}")
        header, lines = ("account",), [["account"], *lines]
    width = len(header)
    rows = (tuple((*row, *[""] * width)[:width]) for row in lines[1:])
    return Roster(header, tuple(row for row in rows if "points possible" not in row[0].casefold()))
