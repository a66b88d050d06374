"""The last check before the terminal: which characters may be sent, and their replacements in ASCII.

All replacements have the same width, so that nothing moves on the screen.
"""

import functools
import re
import unicodedata

from rich.cells import cell_len

from gdtui.text import REPLACEMENT, UNSAFE

_OWN = {
    **dict(zip("−–—×·…•⋮ᵀ½⁻⁄θλΣσαβδε∇√≈≤≥≠∞±∈", "---x*..:T%-/0LSsabdeV/~<>!8+e", strict=True)),
    **dict(zip("←→↑↓↔▸▾▴▲▼▶◀◂", "=>^v->v^^v><<", strict=True)),
    **dict(zip("●○◆◇◉◈◌■□✓✗✔✘★☆", "@o#%qd.s&/x/x*.", strict=True)),
    **dict(zip("“”„‘’«»′", "\"\"\"''<>'", strict=True)),
    **dict(zip("″∩⌊⌋π∂", '"n[]pd', strict=True)),
    **dict.fromkeys("▁▔", "-"),
    **dict.fromkeys("▎▏▕", "|"),
    **dict(zip("━░▒", "=.:", strict=True)),  # beside the light line and the full block in bars
    "🔎": "> ",
    REPLACEMENT: "?",
}
"""The characters of our texts, of Textual's borders and scroll bars, and those common in other texts.

The points on charts become what charts in ASCII use."""

BECOMES = re.compile(r"(?<=[\d…]) → ")
"""The arrow between two numbers, which must not become a greater-than sign: it uses one of its blanks."""

_NARROW = re.compile(r"[ -~\xb7\xd7\u2190-\u2193\u2212\u2500-\u259f\u2022\u25c6\u25cb\u25cf\u2800-\u28ff]*")
"""The most common characters of the panels: ASCII, signs, arrows, frames, blocks, points on charts, braille."""

_JOINED = re.compile(
    r"(?P<base>[^\u200d\ufe0e\ufe0f\u20e3\U0001f3fb-\U0001f3ff])?"
    r"(?:\u200d.?|[\ufe0e\ufe0f\u20e3\U0001f3fb-\U0001f3ff])+[\u0300-\u036f]*"
)
"""A character with whatever is joined to it, changes its look, frames it, or gives it a skin colour."""

_LEVEL, _UPRIGHT = "─━═╌╍┄┅┈┉╴╶╸╺╼╾", "│┃║╎╏┆┇┊┋╵╷╹╻╽╿"


def fit_to_send(text: str) -> str:
    """Replace characters that do more than show: by U+FFFD in as many cells, or by nothing.

    Emoji that terminals draw in different widths are reduced to what all draw alike, padded with blanks.
    """
    return "".join(map(_fit, _JOINED.sub(_reduced, text)))


def _fit(character: str) -> str:
    if 0x1F1E6 <= ord(character) <= 0x1F1FF:  # a flag is two of these, each of which is a letter
        return chr(ord(character) - 0x1F1E6 + ord("A"))
    if unicodedata.category(character) in UNSAFE:
        return REPLACEMENT * cell_len(character)
    return character


def _reduced(joined: re.Match[str]) -> str:
    base = joined["base"] or ""
    return base + " " * (cell_len(joined[0]) - cell_len(base))


def is_narrow(text: str) -> bool:
    """Whether every character is known to be one cell wide and harmless; otherwise each must be checked."""
    return _NARROW.fullmatch(text) is not None


@functools.lru_cache(maxsize=4096)
def in_ascii(text: str) -> str:
    """The text in ASCII with the same width: similar signs, letters without accents, and `?` for the rest."""
    return "".join(map(_in_ascii, BECOMES.sub("-> ", text)))


@functools.lru_cache(maxsize=1024)
def _in_ascii(character: str) -> str:
    if character.isascii() or not (width := cell_len(character)):
        return character if character.isprintable() and character.isascii() else ""
    if character in _OWN:
        return _OWN[character]
    code = ord(character)
    if 0x2500 <= code < 0x2580:
        return "-" if character in _LEVEL else "|" if character in _UPRIGHT else "+"
    if 0x2580 <= code < 0x25A0:
        return "#"
    base = unicodedata.normalize("NFKD", character)[0]
    return base if width == 1 and base.isascii() and base.isprintable() else "?" * width


def is_lost_in_ascii(text: str) -> bool:
    """Whether some of its characters become a question mark in ASCII."""
    return any(in_ascii(character).strip("?") == "" != in_ascii(character) for character in {*text} - {"?"})
