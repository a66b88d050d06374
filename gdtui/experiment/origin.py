"""Where the rows of a table came from, so that they can be read again and checked to be the same."""

import msgspec

from gdtui.text import _, clean

STANDARD_INPUT = "-"

SHA256 = "sha256:"
DIGITS_SHOWN = 16
"""The hex digits of a checksum that are shown: enough to notice any accidental change."""


class Origin(msgspec.Struct, frozen=True):
    """The table that data was read from, and which columns were used."""

    path: str
    """Absolute, so that it works from any folder; `-` is standard input."""
    checksum: str
    """SHA-256 of the content, in hexadecimal digits."""
    features: tuple[str, ...] | None = None
    """The columns of x, by name or number; text columns with their labels (`sex=male/female`).

    None means all columns but the target, as in older workspaces and command lines.
    """
    target: str | None = None
    """The column of y, or several separated by commas; None for the last column."""
    drop_missing: bool = False
    """Whether rows with missing cells were skipped."""

    @property
    def is_file(self) -> bool:
        """Whether it is a file, which can be read again."""
        return self.path != STANDARD_INPUT

    @property
    def arguments(self) -> tuple[str, ...]:
        """The command-line arguments that read this data again."""
        return (
            *("--data", self.path),
            *(("--checksum", shown_checksum(self.checksum)) if self.is_file else ()),
            *(() if self.features is None else ("--features", ",".join(self.features))),
            *(() if self.target is None else ("--target", self.target)),
            *(("--drop-missing",) if self.drop_missing else ()),
        )


def shown_checksum(digits: str) -> str:
    """A checksum as `--checksum` takes it: `sha256:0123456789abcdef`."""
    return SHA256 + digits[:DIGITS_SHOWN]


def parse_checksum(text: str) -> str:
    """The hexadecimal digits of a checksum; the first eight or more are enough.

    Raises:
        ValueError: the reason, fit to be shown beside the option.
    """
    digits = text.strip().lower().removeprefix(SHA256)
    if not (8 <= len(digits) <= 64 and set(digits) <= set("0123456789abcdef")):
        raise ValueError(_("'{text}' is not a checksum: write it like sha256:0123456789abcdef", text=clean(text, 24)))
    return digits


class Source(msgspec.Struct, frozen=True):
    """Where a file has its columns, so that it can be read again."""

    path: str
    separator: str
    """The separator; a space means any run of spaces and tabs."""
    lines_above: int
    """The number of physical lines above the rows of numbers."""
    columns: tuple[int, ...]
    """The positions of the columns of x and then of y, counted from 0."""
    missing: tuple[str, ...] = ()
    """Cell texts, in lower case, that mark a missing value; the row is left out."""
    encoding: str = "utf-8-sig"
    """The name of the encoding in Python."""
