"""Questions about the cost: now, after the next epoch, whether it rises or falls, and when it is low enough."""

import math
from collections.abc import Iterator

from gdtui.errors import UserError
from gdtui.experiment.epoch import Epoch
from gdtui.experiment.objective import SquaredErrors
from gdtui.numbers import bracketed, numeral, significant
from gdtui.teaching.misconceptions import MOST_TERMS, Misconception, magnitude, residuals
from gdtui.teaching.prediction import Prediction
from gdtui.teaching.questions.question import Question

SAME_COST = 1e-6
"""Two costs are the same when they differ by less than this fraction."""


class Cost(Question):
    """The cost at the present parameters."""

    name = "cost"
    gives_away = frozenset({"cost"})
    prompt = "The cost here?"

    @property
    def asked(self) -> Epoch:
        """The epoch whose cost is asked for."""
        return self.epoch

    @property
    def scale(self) -> float:
        """The size of the numbers that the cost is the mean of: rounding leaves a fraction of this."""
        return self.asked.cost + math.sqrt(self.asked.cost) * magnitude(self.experiment, self.asked)

    def prediction(self) -> Prediction:
        """The mean of the squared errors, row by row."""
        asked = self.asked
        at = ", ".join(
            f"{name} = {numeral(value)}"
            for name, value in zip(self.experiment.parameter_names, asked.parameters, strict=True)
        )
        targets = range(self.experiment.layout.targets)
        errors = [error for target in targets for error in residuals(self.experiment, asked, target)]
        has_squares = isinstance(self.experiment.objective, SquaredErrors)
        return Prediction(
            prompt=self.prompt,
            truth=asked.cost,
            hint=self.experiment.objective.cost_in_words,
            worked=f"at {at}: {f'{squares(errors)}/{len(errors)} = ' * has_squares}{numeral(asked.cost)}",
            misconceptions=tuple(self.misconceptions(errors)) if has_squares else (),
            noise=self.noise(self.scale),
        )

    def misconceptions(self, errors: list[float]) -> Iterator[Misconception]:
        """Wrong costs, where H − y of the rows is `errors`."""
        rows, half = len(errors), self.asked.cost / 2
        total, plain = math.fsum(error * error for error in errors), math.fsum(errors) / rows
        yield Misconception("not-divided", total, f"{squares(errors)} = {numeral(total)}, not divided by m = {rows}")
        yield Misconception("factor-2", half, f"{numeral(half)} is half the mean; no ½ is in this cost")
        yield Misconception("not-squared", plain, f"the mean of H − y = {numeral(plain)}, not squared")


class NextCost(Cost):
    """The cost after the next epoch."""

    name = "next_cost"
    gives_away = frozenset({"following", "verdict"})
    takes_step = True
    prompt = "The cost after the next epoch?"

    @property
    def asked(self) -> Epoch:
        """The next epoch."""
        after = self.scope.forecast[self.run.cursor + 1]
        if not after.is_finite:
            raise UserError("the cost after the next epoch is too large a number to ask for")
        return after

    def misconceptions(self, errors: list[float]) -> Iterator[Misconception]:
        """Wrong costs, and the one before the update."""
        yield from super().misconceptions(errors)
        now = self.epoch.cost
        yield Misconception("same-epoch", now, f"{numeral(now)} is the cost before the update")


def squares(errors: list[float]) -> str:
    """Σ(H−y)² with its numbers, where there are few rows."""
    if len(errors) > MOST_TERMS:
        return "Σ(H−y)²"
    return "(" + " + ".join(f"{bracketed(numeral(error))}²" for error in errors) + ")"


class Direction(Cost):
    """Whether the cost rises or falls in the next epoch."""

    name = "direction"
    lab_turn, lab_words = 2, "cost up or down"
    gives_away = frozenset({"following", "verdict"})
    takes_step = True
    choices = ("up", "down", "same")

    def prediction(self) -> Prediction:
        """The cost before and after, and lr against its limit."""
        now, after = self.epoch.cost, self.scope.forecast[self.run.cursor + 1].cost
        is_same = abs(after - now) <= SAME_COST * now
        if not is_same and abs(after - now) <= (noise := self.noise(self.scale)):
            dtype = self.experiment.dtype
            raise UserError(f"{dtype} rounds a cost by up to {significant(noise, 2)} here, more than it changes")
        step_size = self.run.step_size_at(self.run.cursor)
        return Prediction(
            prompt="The cost after the next epoch: up, down or the same?",
            truth=2 if is_same else 1 if after < now else 0,
            hint="Hold lr against its limit 2/L: below it the cost falls, above it each jump is longer than the last."
            if step_size.has_limit
            else "No limit of lr is known here. How long would the update be, and on which side of the minimum is W?",
            worked=f"cost {numeral(now)}, then {numeral(after)}: {step_size.against_limit()}",
            choices=self.choices,
        )


class Epochs(Question):
    """How many epochs it takes until the cost is low enough."""

    name = "epochs"
    lab_turn, lab_words = 4, "epochs"
    gives_away = frozenset({"following", "verdict"})
    decimals = 0

    def prediction(self) -> Prediction:
        """The count of epochs from here."""
        below, forecast = self.ask.below, self.scope.forecast
        least, shown = self.run.surface.least_cost, numeral(below)
        if least is not None and least >= below:
            raise UserError(f"no W brings the cost below {shown} here: the least there is is {numeral(least)}")
        updates = forecast.until(below, self.run.cursor)
        if updates is None:
            raise UserError(f"the cost does not come below {shown} here")
        after = forecast[self.run.cursor + updates].cost
        line = f"line {updates + 1} is printed before its own update"
        return Prediction(
            prompt=f"How many epochs from here until cost < {shown}?",
            truth=updates,
            hint="Each epoch multiplies the distance from the minimum by 1 − lr·L, so the cost by its square."
            if self.is_plain
            else "Look at what the epochs so far have left of the cost.",
            worked=f"after {updates} the cost is {numeral(after)}, for the first time below {shown}",
            misconceptions=(Misconception("line-number", updates + 1, line),),
        )
