"""A question with its answer, and what a wrong answer tells."""

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
"""Someone who cuts off the last digit asked for, instead of rounding it, saw this many more."""

EVERY_DIGIT = Context(prec=700)
"""Room for the digits of any float."""

USUAL_DECIMALS = 3

MOST_NAMED = 2
"""Where an answer fits more misconceptions than this, it tells nothing about any of them."""

SHORT = 24
"""Choices with at most this many characters in all are repeated to someone who names none of them; of longer ones, the
numbers are."""

CLEAR = 0.01
"""Rounding may blur a misconception by this part of its distance from the truth: beyond, chance would hit it."""


LIKE = 0.1
"""How far a number may be from that of a misconception at most, as a part of it: beside a large truth the digits asked
for leave nothing of a small number, and every small number would be taken for it."""

HALFWAY = 1e-6
"""How far a number may be from halfway between two, as a part of it, to be read there: worked lines have six digits."""


class Prediction(msgspec.Struct, frozen=True):
    """A question with everything that is needed to judge an answer, as plain values."""

    truth: float
    """The right number, or the index of the right choice."""
    prompt: str = ""
    hint: str = ""
    """What to think of, without numbers that give the answer."""
    worked: str = ""
    """The line that leads to the answer, with numbers."""
    decimals: int = USUAL_DECIMALS
    """The digits asked for after the point; −2 asks for hundreds."""
    choices: tuple[str, ...] = ()
    """The answers to choose from, if the question has any."""
    replies: tuple[str, ...] = ()
    """What to say to each choice, where a lesson has something to say."""
    misconceptions: tuple[Misconception, ...] = ()
    noise: float = 0.0
    """How far the run's own number may be from the exact one, for the rounding of its dtype."""

    @property
    def answer(self) -> str:
        """The right answer as shown."""
        return self.choices[int(self.truth)] if self.choices else fixed(self.truth, self.decimals)

    @property
    def told(self) -> str:
        """The right answer as a learner reads it: halfway between two numbers with the digits asked for, either of
        which is right, it has one digit more.
        """
        if self.choices or not math.isfinite(self.truth):
            return self.answer
        steps = abs(self.truth) * 10.0 ** min(self.places, 300)
        is_halfway = abs(steps % 1 - 0.5) <= min(HALFWAY * steps, 0.01)
        return fixed(self.truth, self.decimals + 1) if is_halfway else self.answer

    @property
    def places(self) -> int:
        """The place of the last digit shown: fewer than `decimals` for a number shown as a power of ten."""
        return shown_decimals(self.truth, self.decimals)

    @property
    def digits_asked(self) -> str:
        """How exactly the number is asked for: `3 decimals`; nothing where there are choices."""
        return "" if self.choices else digits_asked(self.truth, self.decimals)

    def asking(self, decimals: int) -> "Prediction | None":
        """The question for so many decimals, or for those that rounding leaves certain; None where none are."""
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
        """Misconceptions that give the right answer too, at the digits asked for."""
        return tuple(
            misconception for misconception in self.misconceptions if self.agrees(misconception.value, self.truth)
        )

    def agrees(self, value: float, wanted: float) -> bool:
        """Whether a number is the wanted one, at the digits asked for."""
        return self._is_near(value, wanted, self.noise)

    def is_misconception(self, value: float, misconception: Misconception) -> bool:
        """Whether a number is clearly what a misconception gives, at the digits asked for."""
        wanted, noise = misconception.value, max(self.noise, misconception.noise)
        half = 0.5 * 10.0 ** -shown_decimals(wanted, self.decimals)
        is_clear = noise <= max(half, CLEAR * abs(wanted - self.truth))
        return is_clear and self._is_near(value, wanted, noise, LIKE * abs(wanted))

    def _is_near(self, value: float, wanted: float, noise: float, most: float = math.inf) -> bool:
        half = 0.5 * 10.0 ** -shown_decimals(wanted, self.decimals)
        return abs(value - wanted) <= min(most, half * (1 + 1e-9) + max(noise, 1e-12 * abs(wanted)))


def offering(choices: Iterable[Opinion], scope: RunScope, missing: str | None = None, **said: Any) -> Prediction:
    """A question that is answered by one of these choices, with their numbers filled in."""
    texts, replies = (
        tuple(filled(getattr(each, field), scope, missing) for each in choices) for field in ("text", "says")
    )
    return Prediction(choices=texts, replies=replies, **said)


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
        raise ValueError(_about_digits(typed, prediction))
    named = _distinct(found)
    return Judgement(False, named if len(named) <= MOST_NAMED else ())


def _about_digits(typed: Typed, prediction: Prediction) -> str:
    """What is missing in the digits, without the right ones."""
    if typed.decimals == prediction.places:
        return _("{number} is cut off: round it instead", number=signed(shortest(typed.value)))
    return _("right so far: give {digits}", digits=prediction.digits_asked)


def _is_rounded(typed: Typed, prediction: Prediction) -> bool:
    """Whether the number is the truth cut off, or rounded to fewer digits than asked for; one digit says too little."""
    if typed.decimals is None or typed.value == 0 or typed.decimals > prediction.places:
        return False
    if typed.decimals < min(1, prediction.places) and abs(typed.value) < 10:
        return False
    unit = 10.0**-typed.decimals
    off = abs(prediction.truth) - abs(typed.value)
    is_short = typed.decimals < prediction.places and abs(off) <= unit / 2 * (1 + 1e-9)
    return math.copysign(1, typed.value) == math.copysign(1, prediction.truth) and (
        is_short or _is_cut(typed, prediction)
    )


def _is_cut(typed: Typed, prediction: Prediction) -> bool:
    """Whether the number is what is left of the truth when digits are dropped from it as it is shown.

    As floats have it, the truth may be 0.29999998 where everybody calculates 0.3: 0.2 is not cut off from that.
    """
    places = prediction.places if typed.decimals != prediction.places else prediction.places + DIGITS_TO_DROP
    shown = Decimal(abs(prediction.truth)).quantize(Decimal(f"1e{-places}"), ROUND_HALF_EVEN, EVERY_DIGIT)
    return abs(typed.value) == float(shown.quantize(Decimal(f"1e{-(typed.decimals or 0)}"), ROUND_DOWN, EVERY_DIGIT))


def _distinct(misconceptions: list[Misconception]) -> tuple[Misconception, ...]:
    """Each kind of misconception once."""
    return tuple({misconception.words: misconception for misconception in reversed(misconceptions)}.values())[::-1]


def reply_lines(prediction: Prediction, judgement: Judgement, wrong: int) -> tuple[str, ...]:
    """What to say to an answer, the `wrong`-th wrong one if it is: what it mistook, then a hint or the worked line."""
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
        choices_named = listed(names, _("or"))
        raise ValueError(_("type {choices}, not '{text}'", text=clean(text.strip(), 24), choices=choices_named))
    return meant[0]


def _folded(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())
