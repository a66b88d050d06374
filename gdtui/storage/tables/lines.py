"""From text to lines: refuse what is not a table, and remove what surrounds one.

Removed lines are left blank, so that line numbers stay the same.
"""

import re

import msgspec

from gdtui.errors import InputError
from gdtui.text import _, ngettext

MOST_BLANK_LINES = 1_000_000
MOST_RULED_LINES = 1_000_000
"""The most lines of a Markdown table."""
MOST_OF_A_LINE = 1 << 20
"""The most bytes of a line."""

_NO_TABLES = (
    (
        re.compile(rb"<(!doctype|html|head|body|table)\b", re.I),
        _("this is a web page: download the file that it shows"),
    ),
    (re.compile(rb"<(\?xml|svg)\b", re.I), _("this is XML: export the table as CSV")),
    (re.compile(rb'(\{\s*["}]|\[\s*["\[{\d-])'), _("this is JSON: write it as CSV, one row per line")),
    (re.compile(rb"\{\\rtf"), _("this is RTF: save it as plain text")),
)
_SEPARATOR_LINE = re.compile(rb'"?sep=([,;\t|])"?[ \t]*(?=\n)', re.I)
_COMMENT = re.compile(rb"^[ \t]*#(?!n/a).*$", re.M | re.I)
_RULE = frozenset(b"|-: \t")
"""The characters of the line below the header of a Markdown table."""


class TooMuchError(InputError):
    """More than any table has of something: reading on would take too much time and memory."""


class Lines(msgspec.Struct, frozen=True):
    """The lines of a table without anything around them."""

    text: bytes
    separator: str | None = None
    """The cell separator, if the file states it."""
    comment: bytes = b""
    """The comment just above the first row, without its mark: many programs write the names there."""
    last_changed: int = 0
    """The number of the last line that was changed."""
    said: tuple[str, ...] = ()
    """What was removed; the layout repeats it."""


def plain(text: bytes, place: str) -> Lines:
    """The lines of a table, without comments, frames and the line that tells Excel the separator."""
    begin = _refuse_emptiness(text, place)
    for pattern, reason in _NO_TABLES:
        if pattern.match(text, begin):
            raise InputError(f"{place}: {reason}")
    text = one_kind_of_line(text)
    refuse_long_lines(text, place)
    told = _SEPARATOR_LINE.match(text)
    lines = Lines(text[told.end() :], told[1].decode(), last_changed=1) if told else Lines(text)
    return _without_comments(_without_frame(lines, place), place)


def refuse_long_lines(text: bytes, place: str, lines_before: int = 0) -> None:
    """Refuse a line longer than in any table: a row of a hundred million cells would fill all memory."""
    begin = 0
    while len(text) - begin > MOST_OF_A_LINE:
        end = text.rfind(b"\n", begin, begin + MOST_OF_A_LINE + 1)
        if end < 0:
            reason = _("this line is longer than {size} MiB, the most that gdtui reads", size=MOST_OF_A_LINE >> 20)
            line = lines_before + text.count(b"\n", 0, begin) + 1
            raise InputError(f"{place}:{line}: {reason}")
        begin = end + 1


def one_kind_of_line(text: bytes) -> bytes:
    """The same lines with LF line ends."""
    return text.replace(b"\r\n", b"\n").replace(b"\r", b"\n") if b"\r" in text else text


def _blank_above(text: bytes) -> int:
    return len(text) - len(text.lstrip())


def _refuse_emptiness(text: bytes, place: str) -> int:
    """Where the first non-blank line starts; refused if there is none, or too many blank lines or comments."""
    begin, end = _blank_above(text), len(text.rstrip())
    doubled = [b"\n\n", *([b"\n#"] if b"#" in text else []), *([b"\r\n\r\n", b"\r\r"] if b"\r" in text else [])]
    above, below = (text.count(b"\n", 0, begin), text.count(b"\n", end)) if begin < end else (0, 0)
    refuse_much_skipped(max(above, below, *map(text.count, doubled)), place)
    if begin >= end:
        raise InputError(f"{place}: {_('there is no data in it')}")
    return begin


def refuse_much_skipped(lines: int, place: str) -> None:
    """Refuse too many blank lines and comments."""
    if lines > MOST_BLANK_LINES:
        reason = _(
            "there are more than {most:,} blank lines and comments, the most that gdtui skips", most=MOST_BLANK_LINES
        )
        raise TooMuchError(f"{place}: {reason}")


def _without_frame(lines: Lines, place: str) -> Lines:
    """The lines of a Markdown table, without the bars at both ends and the rule below the header."""
    begin = _blank_above(lines.text)
    head = lines.text[begin : begin + 2 * MOST_OF_A_LINE].split(b"\n", 2)
    if len(head) < 2 or not (b"|" in head[0] and b"|" in head[1] and b"-" in head[1] and _RULE.issuperset(head[1])):
        return lines
    if lines.text.count(b"\n") > MOST_RULED_LINES:
        reason = _("a Markdown table may have {most:,} lines at most: write it as CSV", most=MOST_RULED_LINES)
        raise InputError(f"{place}: {reason}")
    rows = [row.strip().removeprefix(b"|").removesuffix(b"|") for row in lines.text.split(b"\n")]
    rows[lines.text.count(b"\n", 0, begin) + 1] = b""
    return Lines(b"\n".join(rows), "|", last_changed=len(rows))


def _without_comments(lines: Lines, place: str) -> Lines:
    """The lines without those that start with # outside quotation marks; all lines if no others are left."""
    whole, kept, at, last, skipped, is_quoted = lines.text, list[bytes](), 0, 0, 0, False
    for found in _COMMENT.finditer(whole) if b"#" in whole else ():
        is_quoted ^= bool(whole.count(b'"', at, found.start()) & 1)
        kept.append(whole[at : found.start()])
        at = found.start()
        if not is_quoted:
            at, last, skipped = found.end(), found.start(), skipped + 1
            refuse_much_skipped(skipped, place)
    text = b"".join((*kept, whole[at:]))
    if not skipped or not text.strip():
        return lines
    last_changed = max(lines.last_changed, whole.count(b"\n", 0, last) + 1)
    above = text.count(b"\n", 0, _blank_above(text))
    just_above = whole.split(b"\n", above)[above - 1].strip() if above else b""
    comment = just_above.lstrip(b"#") if just_above.startswith(b"#") else b""
    said = ngettext("{n:,} comment line (#) skipped", "{n:,} comment lines (#) skipped", skipped)
    return Lines(text, lines.separator, comment, last_changed, (said,))
