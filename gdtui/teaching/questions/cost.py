"""Questions about the cost: now, after the next epoch, whether it rises or falls, and when it is low enough."""

import math
from collections.abc import Iterator

from gdtui.errors import UserError
from gdtui.experiment.epoch import Epoch
from gdtui.experiment.objectives import SquaredErrors
from gdtui.numbers import bracketed, numeral, significant
from gdtui.teaching.misconceptions import MOST_TERMS, Misconception, magnitude, residuals
from gdtui.teaching.prediction import Prediction
from gdtui.teaching.questions.question import Question
from gdtui.text import _, ngettext
from gdtui.theory.step_size import StepSize, has_other_directions

SAME_COST = 1e-6
"""Two costs count as the same if they differ by less than this fraction."""


class Cost(Question):
    """The cost at the present parameters."""

    name = "cost"
    gives_away = frozenset({"cost"})
    prompt = _("What is the cost here?")

    @property
    def asked(self) -> Epoch:
        """The epoch whose cost is asked for."""
        return self.epoch

    @property
    def scale(self) -> float:
        """The size of the numbers that the cost averages; the rounding error is proportional to it."""
        if not self.experiment.objective.is_of_rows:
            return 1.0 + abs(self.asked.cost)
        return self.asked.cost + math.sqrt(self.asked.cost) * magnitude(self.experiment, self.asked)

    def prediction(self) -> Prediction:
        """The mean of the squared errors, row by row."""
        asked = self.asked
        at = ", ".join(
            f"{name} = {numeral(value)}"
            for name, value in zip(self.experiment.parameter_names, asked.parameters, strict=True)
        )
        targets, cost = range(self.experiment.layout.targets), numeral(asked.cost)
        errors = [error for target in targets for error in residuals(self.experiment, asked, target)]
        has_squares = isinstance(self.experiment.objective, SquaredErrors)
        worked = f"{squares(errors)}/{len(errors)} = {cost}" if has_squares else cost
        return Prediction(
            prompt=self.prompt,
            truth=asked.cost,
            hint=self.experiment.objective.cost_in_words,
            worked=_("At {place} the cost is {numbers}.", place=at, numbers=worked),
            misconceptions=tuple(self.misconceptions(errors)) if has_squares else (),
            noise=self.noise(self.scale),
        )

    def misconceptions(self, errors: list[float]) -> Iterator[Misconception]:
        """Wrong costs; `errors` are H − y of the rows."""
        rows, half = len(errors), self.asked.cost / 2
        total, plain = math.fsum(error * error for error in errors), math.fsum(errors) / rows
        yield Misconception("not-divided", total, f"{squares(errors)} = {numeral(total)}")
        yield Misconception("factor-2", half, f"½·Σ(H−y)²/{rows} = {numeral(half)}")
        yield Misconception("not-squared", plain, f"Σ(H−y)/{rows} = {numeral(plain)}")


class NextCost(Cost):
    """The cost after the next epoch."""

    name = "next_cost"
    gives_away = frozenset({"following", "verdict"})
    takes_step = True
    prompt = _("What will the cost be after the next epoch?")

    @property
    def asked(self) -> Epoch:
        """The next epoch."""
        after = self.scope.forecast[self.run.cursor + 1]
        if not after.is_finite:
            raise UserError(_("the next cost is too large to ask for: choose a smaller lr"))
        return after

    def misconceptions(self, errors: list[float]) -> Iterator[Misconception]:
        """Wrong costs, and the cost before the update."""
        yield from super().misconceptions(errors)
        yield Misconception("same-epoch", self.epoch.cost, f"cost = {numeral(self.epoch.cost)}")


def squares(errors: list[float]) -> str:
    """Σ(H−y)² with its numbers, if there are few rows."""
    if len(errors) > MOST_TERMS:
        return "Σ(H−y)²"
    return "(" + " + ".join(f"{bracketed(numeral(error))}²" for error in errors) + ")"


class Direction(Cost):
    """Whether the cost rises or falls in the next epoch."""

    name = "direction"
    lab_words = _("cost up or down")
    gives_away = frozenset({"following", "verdict"})
    takes_step = True
    choices = ("up", "down", "same")

    def prediction(self) -> Prediction:
        """The cost before and after, and lr compared with its limit."""
        now, after = self.epoch.cost, self.scope.forecast[self.run.cursor + 1].cost
        is_same = abs(after - now) <= SAME_COST * abs(now)
        if not is_same and abs(after - now) <= (noise := self.noise(self.scale)):
            dtype = self.experiment.dtype
            by = significant(noise, 2)
            raise UserError(_("{dtype} rounds the cost by up to {by} here, more than it changes", dtype=dtype, by=by))
        step_size = self.run.step_size_at(self.run.cursor)
        return Prediction(
            prompt=_("Will the cost go up, go down or stay the same?"),
            truth=2 if is_same else 1 if after < now else 0,
            hint=_direction_hint(step_size, has_penalty=self.run.settings.penalty > 0),
            worked=_(
                "The cost goes from {now} to {after} ({step_size}).",
                now=numeral(now),
                after=numeral(after),
                step_size=step_size.against_limit(),
            ),
            choices=self.choices,
        )


def _direction_hint(step_size: StepSize, *, has_penalty: bool) -> str:
    """What decides whether the cost falls."""
    if not step_size.has_limit:
        return _("No limit for lr is known here. How long is the update, and on which side of the minimum is W?")
    if step_size.optimizer.rule.state:
        return _(
            "Momentum carries the last updates on: below the limit W comes to rest, but the cost may rise on the way. "
            "Which way did W move last, and is the minimum ahead of it or behind it?"
        )
    if has_penalty:
        return _(
            "Weight decay pulls W towards 0, so the cost may rise even below the limit. "
            "Which pull is stronger at this W: towards the minimum, or towards 0?"
        )
    if has_other_directions(step_size):
        return _(
            "Compare lr with its limit 2/L. Below the limit, the cost falls. Above it, each jump along the "
            "steepest direction is longer than the last, but those along other directions may still be shorter."
        )
    return _(
        "Compare lr with its limit 2/L. Below the limit, the cost falls. Above it, each jump is longer than the last."
    )


class Epochs(Question):
    """How many epochs it takes until the cost is low enough."""

    name = "epochs"
    lab_words = _("epochs")
    gives_away = frozenset({"following", "verdict"})
    decimals = 0

    def prediction(self) -> Prediction:
        """The number of epochs from here."""
        below, forecast = self.ask.below, self.scope.forecast
        least, shown = self.run.surface.least_cost, numeral(below)
        if least is not None and least >= below:
            raise UserError(
                _("no W brings the cost below {below}: the lowest is {least}", below=shown, least=numeral(least))
            )
        updates = forecast.until(below, self.run.cursor)
        if updates is None:
            raise UserError(_("the cost does not fall below {below} here", below=shown))
        after = forecast[self.run.cursor + updates].cost
        line = _("Line {number} is printed before its own update.", number=updates + 1)
        return Prediction(
            prompt=_("How many epochs until the cost is below {below}?", below=shown),
            truth=updates,
            hint=_(
                "Each epoch multiplies the distance from the minimum by 1 − lr·L, and the "
                "cost's height above its minimum by the square of that."
            )
            if self.is_plain
            else _("Look at how far each epoch so far has brought the cost down."),
            worked=ngettext(
                "After {n} epoch the cost is {cost}, for the first time below {below}.",
                "After {n} epochs the cost is {cost}, for the first time below {below}.",
                updates,
                cost=numeral(after),
                below=shown,
            ),
            misconceptions=(Misconception("line-number", updates + 1, line),),
        )
