"""Sentences in the user's language; making text from outside safe; the width of text on a terminal, and line breaks."""

import gettext
import re
import textwrap
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path

_CATALOGUE = gettext.translation("gdtui", Path(__file__).parent / "locale", fallback=True)
"""The translation that LANGUAGE, LC_ALL, LC_MESSAGES or LANG asks for, otherwise the English of the code."""

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"

UNSAFE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Categories of characters that are never sent to a terminal: control, format (such as bidirectional), lone surrogate,
private, unassigned, line and paragraph separator.
"""

_MARKS = frozenset({"Mn", "Me"})
_LATER_JAMO = re.compile(r"[\u1160-\u11ff\ud7b0-\ud7fb]")

_MOST_COMBINING = 4


def _(template: str, /, **values: object) -> str:
    """A whole sentence: the template in the user's language, with its `{placeholders}` filled in as by `str.format`.

    The template is a literal, so that `tests/sentences.py` can list all sentences from the code. Without values, braces
    are
    plain braces.
    """
    sentence = _CATALOGUE.gettext(template)
    return sentence.format(**values) if values else sentence


def ngettext(one: str, many: str, n: int, /, **values: object) -> str:
    """The sentence for one or for several; it has the number as `{n}`."""
    return _CATALOGUE.ngettext(one, many, n).format(n=n, **values)


def clean(text: str, most: int = 200) -> str:
    """Text from outside, fit for a terminal: one line, at most `most` characters.

    Control, format, bidirectional and unassigned characters and lone surrogates become U+FFFD, runs of combining marks
    are
    cut at four, and Hangul pasted in decomposed form is composed (NFC).
    """
    if text.isascii() and text.isprintable():
        return text if len(text) <= most else text[: most - 1] + "…"
    counted = _marks_counted(unicodedata.normalize("NFC", text[: 4 * most]))
    kept = (character for character, marks in counted if marks <= _MOST_COMBINING)
    safe = "".join(REPLACEMENT if unicodedata.category(character) in UNSAFE else character for character in kept)
    return safe if len(safe) <= most else safe[: most - 1] + "…"


def unfit(text: str) -> str | None:
    """The first character that `clean` would remove from a text, which may contain line ends and tabs; None if there is
    none.
    """
    if text.isascii() and text.replace("\n", "").replace("\t", "").isprintable():
        return None  # most of the thousands of lines in a lesson
    for character, marks in _marks_counted(text):
        if marks > _MOST_COMBINING or (unicodedata.category(character) in UNSAFE and character not in "\n\t"):
            return character
    return None


def _marks_counted(text: str) -> Iterator[tuple[str, int]]:
    """Each character, with the number of combining marks in a row up to it."""
    marks = 0
    for character in text:
        marks = marks + 1 if _is_mark(character) else 0
        yield character, marks


@lru_cache(maxsize=4096)
def _is_mark(character: str) -> bool:
    """Whether it is drawn over the character before and has no cell of its own: accents, and the later parts of
    Hangul.
    """
    return unicodedata.category(character) in _MARKS or bool(_LATER_JAMO.match(character))


def cells(text: str) -> int:
    """How many columns a text takes on a terminal: Hangul and Chinese characters take two.

    This is for code that runs without rich; screens use rich's `cell_len`, as Textual does.
    """
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else not _is_mark(c) for c in text)


def padded(text: str, width: int) -> str:
    """A text padded with spaces to a width in columns."""
    return text + " " * (width - cells(text))


def fitted(text: str, width: int) -> str:
    """A text in exactly this many columns; cut with an ellipsis if it is too long."""
    if cells(text) <= width:
        return padded(text, width)
    kept = next(text[:size] for size in range(len(text), -1, -1) if cells(text[:size]) < width)
    return padded(f"{kept}…", width)


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """The rows of a table as lines, each column as wide as necessary."""
    widths = [max(map(cells, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(map(padded, row, widths)).rstrip() for row in rows]


def broken(line: str, width: int) -> str:
    """A line broken to a width; continuation lines start below its second column."""
    column = re.match(r" *(?:\S+(?: \S+)* {2,})?", line)
    indent = " " * (len(column[0]) if column and len(column[0]) < width // 2 else 0)
    return "\n".join(textwrap.wrap(line, width, subsequent_indent=indent, break_on_hyphens=False) or [""])


def nearest(word: str, known: Iterable[str]) -> str:
    """`; did you mean gradient?` for a name that is similar to a known one, otherwise empty."""
    from difflib import get_close_matches  # only needed after a mistake

    found = get_close_matches(word, list(known), n=1)
    return _("; did you mean {name}?", name=found[0]) if found else ""


def one_of(word: str, known: Iterable[str]) -> str:
    """A message that a word is not among the known ones, with a list of them and the nearest."""
    names = list(known)
    values = {"word": clean(word, 24), "known": ", ".join(names)}
    return _("there is no '{word}', only {known}", **values) + nearest(word, names)


def numbered(name: str, how_many: int) -> tuple[str, ...]:
    """`W` if there is one, and `W1`, `W2` … if there are several."""
    return (name,) if how_many == 1 else tuple(f"{name}{number}" for number in range(1, how_many + 1))


def listed(words: Sequence[str], last: str = _("and")) -> str:
    """`a, b and c`, or with another word instead of `and`."""
    return f" {last} ".join(filter(None, (", ".join(words[:-1]), words[-1])))
