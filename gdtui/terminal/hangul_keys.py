"""The keys under a Korean two-set keyboard (dubeolsik, KS X 5002), and under full-width letters."""

_LETTERS = dict(
    zip(
        "ㅂㅈㄷㄱㅅㅛㅕㅑㅐㅔㅁㄴㅇㄹㅎㅗㅓㅏㅣㅋㅌㅊㅍㅠㅜㅡㅃㅉㄸㄲㅆㅒㅖ",
        "qwertyuiopasdfghjklzxcvbnmQWERTOP",
        strict=True,
    )
)
_VOWELS = (
    "k",
    "o",
    "i",
    "O",
    "j",
    "p",
    "u",
    "P",
    "h",
    "hk",
    "ho",
    "hl",
    "y",
    "n",
    "nj",
    "np",
    "nl",
    "b",
    "m",
    "ml",
    "l",
)
_LEADS = "rRseEfaqQtTdwWczxvg"
_TAILS: tuple[str, ...] = (
    "",
    *"rR",
    "rt",
    "s",
    "sw",
    "sg",
    "e",
    "f",
    "fr",
    "fa",
    "fq",
    "ft",
    "fx",
    "fv",
    "fg",
    *"aq",
    "qt",
    *"tTdwczxvg",
)
_FIRST, _LAST = ord("가"), ord("힣")


def latin(character: str) -> str:
    """The Latin keys that were pressed for a Hangul letter or syllable, or a full-width character; else nothing."""
    code = ord(character)
    if character in _LETTERS:
        return _LETTERS[character]
    if _FIRST <= code <= _LAST:
        # Unicode 3.12: syllables are ordered by lead, vowel and tail.
        rest, tail = divmod(code - _FIRST, len(_TAILS))
        lead, vowel = divmod(rest, len(_VOWELS))
        return _LEADS[lead] + _VOWELS[vowel] + _TAILS[tail]
    if 0xFF01 <= code <= 0xFF5E:
        return chr(code - 0xFF01 + 0x21)
    return " " if character == "\u3000" else ""
