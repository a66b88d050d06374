"""Where the rows of a table came from, so that they can be read again, and known to be the same."""

import msgspec

from gdtui.text import _, clean

STANDARD_INPUT = "-"

SHA256 = "sha256:"
DIGITS_SHOWN = 16
"""As many digits of a checksum notice every change that nobody made on purpose."""


class Origin(msgspec.Struct, frozen=True):
    """The table that data was read from, and what was taken from it."""

    path: str
    """Absolute, so that it means the same anywhere; `-` is standard input."""
    checksum: str
    """SHA-256 of the content, in hexadecimal digits."""
    features: tuple[str, ...] | None = None
    """The columns of x, by name or number, those of text with labels (`sex=male/female`). None for all but the target,
    as lines and workspaces of before have it."""
    target: str | None = None
    """The column of y, or several parted by commas; None for the last."""
    drop_missing: bool = False
    """Whether rows with missing cells were skipped."""

    @property
    def is_file(self) -> bool:
        """Whether it can be read again."""
        return self.path != STANDARD_INPUT

    @property
    def arguments(self) -> tuple[str, ...]:
        """The words on a command line that bring this data back."""
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
    """The hexadecimal digits of a checksum; eight or more of them are enough.

    Raises:
        ValueError: with a reason fit to stand beside the option.
    """
    digits = text.strip().lower().removeprefix(SHA256)
    if not (8 <= len(digits) <= 64 and set(digits) <= set("0123456789abcdef")):
        raise ValueError(_("'{text}' is not a checksum: write it like sha256:0123456789abcdef", text=clean(text, 24)))
    return digits


class Source(msgspec.Struct, frozen=True):
    """Where in a file the columns stand, for whoever reads it again."""

    path: str
    separator: str
    """A space stands for any run of spaces and tabs."""
    lines_above: int
    """How many physical lines stand above the rows of numbers."""
    columns: tuple[int, ...]
    """The positions, from 0, of the columns of x and then of each y."""
    missing: tuple[str, ...] = ()
    """In lower case, what a cell says whose row is left out."""
    encoding: str = "utf-8-sig"
    """By Python's name."""
