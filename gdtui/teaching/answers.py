"""What a learner types as an answer, read as a number or as one of several words."""

import unicodedata
from collections.abc import Sequence

from gdtui.numbers import LONGEST_ANSWER, WIDE_FORMS
from gdtui.text import clean, listed

SHORT = 24
"""Choices with at most this many characters in all are repeated to someone who names none of them; of longer ones, the
numbers are."""


def parse_choice(text: str, choices: Sequence[str]) -> int:
    """The index of the choice that `text` names: by its number from 1, its words, or the beginning of them.

    Raises:
        ValueError: none or several are meant.
    """
    wanted = _folded(text[:LONGEST_ANSWER].translate(WIDE_FORMS))
    folded = [_folded(choice) for choice in choices]
    if wanted in folded:
        return folded.index(wanted)
    if wanted.isascii() and wanted.isdigit() and len(wanted) < 3 and 1 <= int(wanted) <= len(choices):
        return int(wanted) - 1
    meant = [index for index, choice in enumerate(folded) if wanted and choice.startswith(wanted)]
    if len(meant) != 1:
        is_short = sum(map(len, choices)) <= SHORT
        names = choices if is_short else [str(number) for number, _ in enumerate(choices, 1)]
        raise ValueError(f"'{clean(text.strip(), 24)}' is not {listed(names, 'or')}")
    return meant[0]


def _folded(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())
