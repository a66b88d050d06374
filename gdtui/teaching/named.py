"""What a text of a lesson mentions: an answer, numbers and keys."""

import math
import re
from collections.abc import Collection, Iterator
from contextlib import suppress

from gdtui.numbers import parse_answer
from gdtui.teaching.prediction import Prediction

_NUMBER = re.compile(r"[-−]?\d+(?:[.,]\d+)?(?:[eE][-+−]?\d+)?(?:/\d+)?")
_PRESSED, _MARKED = re.compile(r"\b[Pp]ress `?([^\s`]+)`?"), re.compile(r"`([^`]+)`")


def gives(text: str, answers: list[float | str], prediction: Prediction | None) -> bool:
    """Whether a text contains an answer, as a number or word for word."""
    numbers = list(numbers_named(text))
    for answer in answers:
        if isinstance(answer, str):
            if re.search(rf"(?<!\w){re.escape(answer.casefold())}(?!\w)", text.casefold()):
                return True
        elif prediction:
            if any(prediction.agrees(number, answer) for number in numbers):
                return True
        elif any(math.isclose(number, answer, rel_tol=1e-4) for number in numbers):
            return True
    return False


def numbers_named(text: str) -> Iterator[float]:
    """The numbers in a text, without those that have no value, such as 1e999 and 3/0."""
    for found in _NUMBER.findall(text):
        with suppress(ValueError):
            yield parse_answer(found).value


def keys_named(text: str, known: Collection[str]) -> set[str]:
    """The keys mentioned in a text: after "press", or known keys in code quotes."""
    pressed = {word.rstrip(".,;:") or word for word in _PRESSED.findall(text)}
    return {word for word in pressed if len(word) == 1} | ({*pressed, *_MARKED.findall(text)} & {*known})
