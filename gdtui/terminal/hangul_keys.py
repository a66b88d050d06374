"""The Latin keys behind a Korean two-set keyboard (dubeolsik, KS X 5002), and behind full-width letters."""

import unicodedata

_VOWELS = (*"koiOjpuPh", "hk", "ho", "hl", *"yn", "nj", "np", "nl", *"bm", "ml", "l")
_TAILS = (*"rR", "rt", "s", "sw", "sg", "e", "f", "fr", "fa", "fq", "ft", "fx", "fv", "fg", *"aq", "qt", *"tTdwczxvg")
_KEYS = {
    chr(first + place): keys
    for first, parts in ((0x1100, "rRseEfaqQtTdwWczxvg"), (0x1161, _VOWELS), (0x11A8, _TAILS))
    for place, keys in enumerate(parts)
}
"""By the parts into which Unicode decomposes letters and syllables, in its order: leads, vowels and tails."""


def latin(character: str) -> str:
    """The Latin keys that were pressed for a Hangul letter or syllable, or a full-width character; otherwise empty."""
    parts = unicodedata.normalize("NFKD", character)
    if unicodedata.east_asian_width(character) == "F" and parts.isascii():
        return parts
    return "".join(_KEYS.get(part, "") for part in parts)
