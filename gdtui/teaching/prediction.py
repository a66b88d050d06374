"""A question with its answer, and what a wrong answer shows."""

import math
import unicodedata
from collections.abc import Iterable, Sequence
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, Context, Decimal
from typing import Any

import msgspec

from gdtui.experiment.expressions import filled
from gdtui.numbers import (
    LONGEST_ANSWER,
    MOST_DECIMALS,
    WIDE_FORMS,
    Typed,
    digits_asked,
    fixed,
    parse_answer,
    shortest,
    shown_decimals,
    signed,
)
from gdtui.teaching.misconceptions import Misconception
from gdtui.teaching.questions.ask import Opinion
from gdtui.teaching.scope import RunScope
from gdtui.text import _, clean, listed

DIGITS_TO_DROP = 2
"""Someone who cuts off the last digit asked for instead of rounding started from this many digits more."""

EVERY_DIGIT = Context(prec=700)
"""Room for the digits of any float."""

USUAL_DECIMALS = 3

MOST_NAMED = 2
"""If an answer fits more misconceptions than this, none of them is named."""

SHORT = 24
"""Choices with at most this many characters in all are repeated after an unclear answer; of others only the numbers."""

CLEAR = 0.01
"""Rounding may blur a misconception by this part of its distance from the truth; beyond that, a match is chance."""


LIKE = 0.1
"""The largest relative difference between an answer and the number of a misconception.

Without it, next to a large right answer every small number would match a small misconception."""

SIX_DIGITS = 1e-6
"""The largest relative difference between two numbers that worked lines, which have six digits, show as one."""


class Prediction(msgspec.Struct, frozen=True):
    """A question with everything needed to judge an answer, as plain values."""

    truth: float
    """The right number, or the index of the right choice."""
    prompt: str = ""
    hint: str = ""
    """What to think of, without giving the answer away."""
    worked: str = ""
    """The line with numbers that leads to the answer."""
    decimals: int = USUAL_DECIMALS
    """The number of decimals asked for; −2 asks for hundreds."""
    choices: tuple[str, ...] = ()
    """The answers to choose from, if the question has any."""
    replies: tuple[str, ...] = ()
    """The lesson's reply to each choice, if it has one."""
    misconceptions: tuple[Misconception, ...] = ()
    noise: float = 0.0
    """How far the run's number may be from the exact one because of the dtype's rounding."""

    @property
    def answer(self) -> str:
        """The right answer as shown."""
        return self.choices[int(self.truth)] if self.choices else fixed(self.truth, self.decimals)

    @property
    def told(self) -> str:
        """The right answer as a learner reads it; halfway between two numbers, which are both right, one digit more."""
        if self.choices or not math.isfinite(self.truth):
            return self.answer
        steps = abs(self.truth) * 10.0 ** min(self.places, 300)
        is_halfway = abs(steps % 1 - 0.5) <= min(SIX_DIGITS * steps, 0.01)
        return fixed(self.truth, self.decimals + 1) if is_halfway else self.answer

    @property
    def places(self) -> int:
        """The number of decimals shown; fewer than `decimals` for a number shown with a power of ten."""
        return shown_decimals(self.truth, self.decimals)

    @property
    def digits_asked(self) -> str:
        """How many digits are asked for: `3 decimals`; empty for choices."""
        return "" if self.choices else digits_asked(self.truth, self.decimals)

    def asking(self, decimals: int) -> "Prediction | None":
        """The question for this many decimals, or for those that rounding leaves certain; None if 0 would fit then."""
        if self.choices:
            return self
        if math.isinf(self.noise):
            return None
        if self.noise:
            certain = math.floor(-math.log10(self.noise))
            if certain < decimals and abs(self.truth) <= 0.5 * 10.0**-certain + self.noise:  # so 0 would be right
                if certain < USUAL_DECIMALS:
                    return None
                certain = min(certain, MOST_DECIMALS)
            decimals = min(decimals, certain)
        return msgspec.structs.replace(self, decimals=decimals)

    def coinciding(self) -> tuple[Misconception, ...]:
        """Misconceptions that also give the right answer, to the digits asked for.

        A lesson's own that has more digits is told apart by them.
        """
        return tuple(
            misconception
            for misconception in self.misconceptions
            if self.agrees(misconception.value, self.truth)
            and (misconception.kind != "own" or self.is_exact(misconception.value, self.truth))
        )

    def agrees(self, value: float, wanted: float) -> bool:
        """Whether a number is the wanted one, to the digits asked for."""
        return self._is_near(value, wanted, self.noise)

    def is_exact(self, value: float, wanted: float) -> bool:
        """Whether a number is the wanted one in all of its digits, even if it has more than were asked for."""
        half = 0.5 * 10.0 ** -_decimals_of(value)
        return abs(value - wanted) <= half * (1 + 1e-9) + max(self.noise, SIX_DIGITS * abs(wanted))

    def is_misconception(self, value: float, misconception: Misconception) -> bool:
        """Whether a number is clearly that of a misconception, to the digits asked for."""
        wanted, noise = misconception.value, max(self.noise, misconception.noise)
        half = 0.5 * 10.0 ** -shown_decimals(wanted, self.decimals)
        is_clear = noise <= max(half, CLEAR * abs(wanted - self.truth))
        return is_clear and self._is_near(value, wanted, noise, LIKE * abs(wanted))

    def _is_near(self, value: float, wanted: float, noise: float, most: float = math.inf) -> bool:
        half = 0.5 * 10.0 ** -shown_decimals(wanted, self.decimals)
        return abs(value - wanted) <= min(most, half * (1 + 1e-9) + max(noise, 1e-12 * abs(wanted)))


def offering(choices: Iterable[Opinion], scope: RunScope, missing: str | None = None, **said: Any) -> Prediction:
    """A question with these choices, with their numbers filled in."""
    texts, replies = (
        tuple(filled(getattr(each, field), scope, missing) for each in choices) for field in ("text", "says")
    )
    return Prediction(choices=texts, replies=replies, **said)


class Judgement(msgspec.Struct, frozen=True):
    """The judgement of an answer."""

    is_right: bool
    misconceptions: tuple[Misconception, ...] = ()
    """What may have gone wrong; several if they give the same number."""
    reply: str = ""
    """The lesson's reply to a choice."""


def judge(prediction: Prediction, text: str, *, is_strict: bool = True) -> Judgement:
    """Compare an answer with the right one, and with those of misconceptions.

    `is_strict` wants digits beyond those asked for to be right too: −3.75 is not −4.

    Raises:
        ValueError: it is not an answer to this question, or a right one with other digits than asked for. The reason
            can be shown.
    """
    if prediction.choices:
        chosen = parse_choice(text, prediction.choices)
        reply = prediction.replies[chosen] if prediction.replies else ""
        return Judgement(chosen == prediction.truth, (), reply)
    typed = parse_answer(text)
    rounds_to_it = prediction.agrees(typed.value, prediction.truth)
    if rounds_to_it and not (is_strict and _is_too_fine(typed.value, prediction)):
        return Judgement(True)
    found = [
        misconception
        for misconception in prediction.misconceptions
        if prediction.is_misconception(typed.value, misconception)
        and not (rounds_to_it and not prediction.is_exact(typed.value, misconception.value))
    ]
    if not found and (rounds_to_it or _is_rounded(typed, prediction)):
        raise ValueError(_about_digits(typed, prediction, rounds_to_it))
    named = _distinct(found)
    return Judgement(False, named if len(named) <= MOST_NAMED else ())


def _about_digits(typed: Typed, prediction: Prediction, is_too_fine: bool) -> str:
    """What is wrong with the digits, without giving the right ones."""
    if is_too_fine:
        return _("close, but not exact: give {digits}", digits=prediction.digits_asked)
    if typed.decimals == prediction.places:
        return _("{number} is cut off: round it instead", number=signed(shortest(typed.value)))
    return _("right so far: give {digits}", digits=prediction.digits_asked)


def _decimals_of(value: float) -> int:
    """The fewest decimals that write a number; below 0 for a whole number that ends in zeros."""
    return -int(Decimal(repr(value)).normalize().as_tuple().exponent)


def _is_too_fine(value: float, prediction: Prediction) -> bool:
    """Whether a number that rounds to the right one has more digits than asked for, and not the right ones."""
    decimals = _decimals_of(value)
    is_right = prediction.is_exact(value, prediction.truth) or _is_cut(value, decimals, prediction)
    return decimals > prediction.places and not is_right


def _is_rounded(typed: Typed, prediction: Prediction) -> bool:
    """Whether the number is the truth cut off, or rounded to fewer digits than asked for. One digit is not enough."""
    if typed.decimals is None or typed.value == 0 or typed.decimals > prediction.places:
        return False
    if typed.decimals < min(1, prediction.places) and abs(typed.value) < 10:
        return False
    unit = 10.0**-typed.decimals
    off = abs(prediction.truth) - abs(typed.value)
    is_short = typed.decimals < prediction.places and abs(off) <= unit / 2 * (1 + 1e-9)
    return math.copysign(1, typed.value) == math.copysign(1, prediction.truth) and (
        is_short or _is_cut(typed.value, typed.decimals, prediction)
    )


def _is_cut(value: float, decimals: int, prediction: Prediction) -> bool:
    """Whether the number is the truth with its last digits dropped.

    As a float the truth may be 0.29999998 where everybody computes 0.3; then 0.2 does not count as cut off.
    """
    places = prediction.places if decimals < prediction.places else decimals + DIGITS_TO_DROP
    shown = Decimal(abs(prediction.truth)).quantize(Decimal(f"1e{-places}"), ROUND_HALF_EVEN, EVERY_DIGIT)
    return abs(value) == float(shown.quantize(Decimal(f"1e{-decimals}"), ROUND_DOWN, EVERY_DIGIT))


def _distinct(misconceptions: list[Misconception]) -> tuple[Misconception, ...]:
    """Each kind of misconception once."""
    return tuple({misconception.words: misconception for misconception in reversed(misconceptions)}.values())[::-1]


def reply_lines(prediction: Prediction, judgement: Judgement, wrong: int) -> tuple[str, ...]:
    """The reply to an answer: what went wrong, then a hint or the worked line. `wrong` counts the wrong answers."""
    if judgement.is_right:
        return (_("Right: {answer}.", answer=prediction.told), *filter(None, [judgement.reply]))
    first = _("That is not right.") if wrong < 2 else _("The answer is: {answer}.", answer=prediction.told)
    slips = [misconception.words for misconception in judgement.misconceptions if misconception.kind != "own"]
    if len(slips) == 1:
        first += " " + _("Your number comes from {slip}:", slip=slips[0])
    elif slips:
        first += " " + _("Your number may come from {slips}:", slips=listed(slips, _("or")))
    lines = [misconception.line for misconception in judgement.misconceptions]
    return tuple(filter(None, (first, *lines, judgement.reply, prediction.hint if wrong < 2 else prediction.worked)))


def parse_choice(text: str, choices: Sequence[str]) -> int:
    """The index of the choice that `text` names: by its number from 1, by its words, or by their beginning.

    Raises:
        ValueError: it names none or several.
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
        choices_named = listed(names, _("or"))
        raise ValueError(_("type {choices}, not '{text}'", text=clean(text.strip(), 24), choices=choices_named))
    return meant[0]


def _folded(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())
