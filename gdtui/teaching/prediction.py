"""A question with its answer, and what a wrong answer tells."""

import math
from decimal import ROUND_DOWN, Context, Decimal

import msgspec

from gdtui.numbers import Typed, count, fixed, parse_answer, shortest, signed
from gdtui.teaching.answers import parse_choice
from gdtui.teaching.misconceptions import Misconception

DIGITS_TO_DROP = 2
"""Someone who cuts off the last digit asked for, instead of rounding it, saw this many more."""

EVERY_DIGIT = Context(prec=400)
"""Room for the digits of any float."""


class Prediction(msgspec.Struct, frozen=True):
    """A question with everything that is needed to judge an answer, as plain values."""

    truth: float
    """The right number, or the index of the right choice."""
    prompt: str = ""
    hint: str = ""
    """What to think of, without numbers that give the answer."""
    worked: str = ""
    """The line that leads to the answer, with numbers."""
    decimals: int = 3
    """The digits asked for after the point."""
    choices: tuple[str, ...] = ()
    """The answers to choose from, if the question has any."""
    replies: tuple[str, ...] = ()
    """What to say to each choice, where a lesson has something to say."""
    misconceptions: tuple[Misconception, ...] = ()
    noise: float = 0.0
    """How far the run's own number may be from the exact one, for the rounding of its dtype."""
    misconception_noise: float = 0.0
    """The same for misconceptions: a gradient that is not multiplied by lr is off by more than one that is."""

    @property
    def answer(self) -> str:
        """The right answer as shown."""
        return self.choices[int(self.truth)] if self.choices else fixed(self.truth, self.decimals)

    def coinciding(self) -> tuple[Misconception, ...]:
        """Misconceptions that give the right answer too, at the digits asked for."""
        return tuple(
            misconception for misconception in self.misconceptions if self.agrees(misconception.value, self.truth)
        )

    def agrees(self, value: float, wanted: float) -> bool:
        """Whether a number is the wanted one, at the digits asked for."""
        return self._is_near(value, wanted, self.noise)

    def is_misconception(self, value: float, misconception: Misconception) -> bool:
        """Whether a number is what a misconception gives, at the digits asked for."""
        return self._is_near(value, misconception.value, max(self.noise, self.misconception_noise))

    def _is_near(self, value: float, wanted: float, noise: float) -> bool:
        return abs(value - wanted) <= 0.5 * 10.0**-self.decimals * (1 + 1e-9) + max(noise, 1e-12 * abs(wanted))


class Judgement(msgspec.Struct, frozen=True):
    """What an answer was worth."""

    is_right: bool
    misconceptions: tuple[Misconception, ...] = ()
    """What may have gone wrong: several where they give the same number."""
    reply: str = ""
    """What the lesson says to a choice."""


def judge(prediction: Prediction, text: str) -> Judgement:
    """Compare an answer with the truth, and with what misconceptions give.

    Raises:
        ValueError: it is no answer to this question, or a right one with too few digits; the reason is fit to be shown.
    """
    if prediction.choices:
        chosen = parse_choice(text, prediction.choices)
        reply = prediction.replies[chosen] if prediction.replies else ""
        return Judgement(chosen == prediction.truth, (), reply)
    typed = parse_answer(text)
    if prediction.agrees(typed.value, prediction.truth):
        return Judgement(True)
    found = [
        misconception
        for misconception in prediction.misconceptions
        if prediction.is_misconception(typed.value, misconception)
    ]
    if not found and _is_rounded(typed, prediction):
        raise ValueError(_about_digits(typed, prediction.decimals))
    return Judgement(False, _distinct(found))


def _about_digits(typed: Typed, wanted: int) -> str:
    """What is missing in the digits, without the right ones."""
    if typed.decimals == wanted:
        return f"{signed(shortest(typed.value))} is cut off where it should be rounded to the nearest"
    return f"right so far: {count(wanted, 'decimal')} {'is' if wanted == 1 else 'are'} asked for"


def _is_rounded(typed: Typed, prediction: Prediction) -> bool:
    """Whether the number is the truth cut off, or rounded to fewer digits than asked for; one digit says too little."""
    if typed.decimals is None or typed.value == 0 or typed.decimals > prediction.decimals:
        return False
    if typed.decimals < min(1, prediction.decimals) and abs(typed.value) < 10:
        return False
    unit = 10.0**-typed.decimals
    off = abs(prediction.truth) - abs(typed.value)
    is_short = typed.decimals < prediction.decimals and abs(off) <= unit / 2 * (1 + 1e-9)
    return math.copysign(1, typed.value) == math.copysign(1, prediction.truth) and (
        is_short or _is_cut(typed, prediction)
    )


def _is_cut(typed: Typed, prediction: Prediction) -> bool:
    """Whether the number is what is left of the truth when digits are dropped from it as it is shown.

    As floats have it, the truth may be 0.29999998 where everybody calculates 0.3: 0.2 is not cut off from that.
    """
    places = prediction.decimals if typed.decimals != prediction.decimals else prediction.decimals + DIGITS_TO_DROP
    shown = Decimal(f"{abs(prediction.truth):.{places}f}")
    return abs(typed.value) == float(shown.quantize(Decimal(f"1e{-(typed.decimals or 0)}"), ROUND_DOWN, EVERY_DIGIT))


def _distinct(misconceptions: list[Misconception]) -> tuple[Misconception, ...]:
    """Each kind of misconception once."""
    return tuple({misconception.words: misconception for misconception in reversed(misconceptions)}.values())[::-1]


def reply_lines(prediction: Prediction, judgement: Judgement, wrong: int) -> tuple[str, ...]:
    """What to say to an answer, the `wrong`-th wrong one if it is: what it mistook, then a hint or the worked line."""
    if judgement.is_right:
        return (f"Right: {prediction.answer}.", *filter(None, [judgement.reply]))
    lines = ["That is not it." if wrong < 2 else f"The answer is: {prediction.answer}."]
    if judgement.misconceptions:
        names = [misconception.words for misconception in judgement.misconceptions]
        lines[0] += f" This {'is' if len(names) == 1 else 'may be'} {' or '.join(names)}:"
        lines += [misconception.line for misconception in judgement.misconceptions]
    if judgement.reply:
        lines.append(judgement.reply)
    lines.append(prediction.hint if wrong < 2 else prediction.worked)
    return tuple(lines)
