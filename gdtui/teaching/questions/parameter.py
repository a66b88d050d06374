"""Questions about one parameter: its gradient, its update, and its value after the next epoch."""

import math
from collections.abc import Iterator

import msgspec

from gdtui.errors import UserError
from gdtui.numbers import bracketed, numeral
from gdtui.teaching.mini_batches import batches_of, misconceptions_in, rows_of, worked
from gdtui.teaching.misconceptions import (
    FACTORS,
    MOST_TERMS,
    Misconception,
    magnitude,
    residuals,
)
from gdtui.teaching.prediction import Prediction
from gdtui.teaching.questions.ask import Ask
from gdtui.teaching.questions.question import Question
from gdtui.teaching.scope import RunScope


class OfAParameter(Question):
    """A question about one parameter, with its gradient taken apart into what can go wrong in it."""

    def __init__(self, ask: Ask, scope: RunScope) -> None:
        """Work out the sum that the gradient is, in float64."""
        super().__init__(ask, scope)
        experiment, epoch, index = self.experiment, self.epoch, self.index
        settings, data = experiment.settings_at(epoch.number), experiment.dataset
        self.parameter = experiment.parameter_names[index]
        self.start, self.gradient, self.update = epoch.parameters[index], epoch.gradient[index], epoch.update[index]
        self.rate, self.convention = settings.learning_rate, settings.convention
        targets = experiment.layout.targets
        self.factors = {name: msgspec.structs.replace(factor, targets=targets) for name, factor in FACTORS.items()}
        self.factor = self.factors[self.convention].before_sum
        self.at, self.target = experiment.layout.place(index)
        errors, is_weight = residuals(experiment, epoch, self.target), self.at < len(data.x)
        values = data.x[self.at] if is_weight else (1.0,) * data.rows
        total = math.fsum(error * x for error, x in zip(errors, values, strict=True))
        factor = self.factors[self.convention].of(data.rows)
        self.scale = factor * magnitude(experiment, epoch) * math.fsum(map(abs, values))
        """The size of the numbers that it is the sum of: rounding leaves a fraction of this."""
        self.slope_noise = self.noise(self.scale)
        fits = abs(factor * total - self.gradient) <= 1e-5 * self.scale + 1e-12
        self.total = total if fits else None
        """Σ(H−y)x; None where the run's gradient is something else, like that of a mini-batch."""
        self.total_without_x = math.fsum(errors) if fits and is_weight else None
        """Σ(H−y), for a weight."""
        is_short = data.rows <= MOST_TERMS and fits
        plain = [bracketed(numeral(error)) for error in errors] if is_short else []
        terms = [f"{r}·{bracketed(numeral(x))}" for r, x in zip(plain, values[: len(plain)], strict=True)]
        terms = terms if is_weight else plain
        formula = experiment.objective.slope_formula
        self.formula = formula if is_weight else formula.removesuffix("x")
        self.sum_text = f"({' + '.join(terms)})" if is_short else self.formula
        """Σ(H−y)x with its numbers, where there are few rows."""
        self.sum_without_x_text = f"({' + '.join(plain)})" if is_short else "Σ(H−y)"

    def multiplied(self) -> str:
        """The product lr·gradient with its numbers."""
        return f"{numeral(self.rate)}·{bracketed(numeral(self.gradient))}"

    def wrong_gradients(self) -> Iterator[tuple[str, float, str, float]]:
        """Gradients that are wrong by more than their sign: (misconception, value, formula with numbers, noise).

        Sums taken here are exact.
        """
        rows = self.experiment.dataset.rows
        if self.total is not None:
            for other, factor in self.factors.items():
                if other != self.convention:
                    formula = f"{factor.before_sum}{self.sum_text} with m = {rows}"
                    yield other, factor.of(rows) * self.total, formula, 0.0
        yield "factor-2", 2 * self.gradient, "with a 2 too many", 2 * self.slope_noise
        yield "factor-2", self.gradient / 2, "with a 2 too few", self.slope_noise / 2
        if self.total_without_x is not None:
            value = self.factors[self.convention].of(rows) * self.total_without_x
            yield "no-x", value, f"{self.factor}{self.sum_without_x_text}, without x,", 0.0

    def wrong_updates(self) -> Iterator[Misconception]:
        """Wrong numbers for the update lr·gradient."""
        rate, noise = numeral(self.rate), self.slope_noise
        yield Misconception("y-minus-H", -self.update, f"y − H turns the sign: lr·gradient = {numeral(-self.update)}")
        missing = f"gradient = {numeral(self.gradient)}, and lr is missing"
        yield Misconception("no-lr", self.gradient, missing, noise=noise)
        twice = self.rate * self.rate * self.gradient
        line = f"lr·lr·gradient = {rate}·{self.multiplied()} = {numeral(twice)}"
        yield Misconception("lr-twice", twice, line, noise=self.rate**2 * noise)
        for kind, value, formula, blur in self.wrong_gradients():
            wrong = self.rate * value
            line = f"gradient {formula} = {numeral(value)}; times lr = {numeral(wrong)}"
            yield Misconception(kind, wrong, line, noise=self.rate * blur)
        if self.before:
            before = self.before.update[self.index]
            yield Misconception("update-before", before, f"the epoch before had lr·gradient = {numeral(before)}")


class Gradient(OfAParameter):
    """The gradient for a parameter."""

    name = "gradient"
    lab_turn, lab_words = 3, "gradient"

    def prediction(self) -> Prediction:
        """The sum over the rows."""
        formula = f"{self.factor}{self.formula}"
        return Prediction(
            prompt=f"The gradient for {self.parameter} here ({self.convention})?",
            truth=self.gradient,
            hint=f"It is {formula}, with H − y of each row at the present parameters.",
            worked=f"{formula} = {self.factor}{self.sum_text} = {numeral(self.gradient)}",
            misconceptions=tuple(self.misconceptions()),
            noise=self.slope_noise,
        )

    def misconceptions(self) -> Iterator[Misconception]:
        """Wrong gradients, and numbers that are no gradient."""
        gradient, cost, rate = self.gradient, self.epoch.cost, numeral(self.rate)
        turned = f"with y − H every term turns its sign, to {numeral(-gradient)} in all"
        yield Misconception("y-minus-H", -gradient, turned)
        for kind, value, formula, blur in self.wrong_gradients():
            yield Misconception(kind, value, f"{formula} = {numeral(value)}", noise=blur)
        update = self.rate * gradient
        yield Misconception("lr-in", update, f"{numeral(update)} is lr·gradient already, with lr = {rate}")
        negative = f"{numeral(-update)} is −lr·gradient, with lr = {rate}: the sign is turned, too"
        yield Misconception("lr-in", -update, negative)
        yield Misconception("cost", cost, f"{numeral(cost)} is the cost here; the gradient is how steep it is")


class Update(OfAParameter):
    """What the next epoch subtracts from a parameter: lr·gradient."""

    name = "update"
    gives_away = frozenset({"update", "following", "verdict"})

    def prediction(self) -> Prediction:
        """The product of lr and the gradient."""
        if not self.is_plain:
            raise UserError("an update is lr·gradient in plain gradient descent over all rows alone")
        return Prediction(
            prompt=f"The update lr·gradient for {self.parameter}?",
            truth=self.update,
            hint="Two numbers multiplied: the learning rate, and the gradient with its sign.",
            worked=f"lr·gradient = {self.multiplied()} = {numeral(self.update)}",
            misconceptions=tuple(self.wrong_updates()),
            noise=self.noise(self.rate * self.scale),
        )


class Next(OfAParameter):
    """A parameter after the next epoch."""

    name = "next"
    lab_turn, lab_words = 1, "W"
    takes_step = True

    def prediction(self) -> Prediction:
        """The parameter minus its update, or minus one after the other where the epoch has several."""
        asked = self._by_one_update()
        if not self.is_plain:
            asked = self._by_its_updates(asked)
        bowl = self.run.surface.quadratic
        if bowl is None or not bowl.has_one_minimum:
            return asked
        value = bowl.minimum[self.index]
        least = f"the cost is least at {self.parameter} = {numeral(value)}"
        minimum = Misconception("minimum", value, f"{least}, but an update goes only as far as lr·gradient takes it")
        return msgspec.structs.replace(asked, misconceptions=(*asked.misconceptions, minimum))

    def _by_one_update(self) -> Prediction:
        name, start = self.parameter, numeral(self.start)
        following = self.epoch.following[self.index]
        return Prediction(
            prompt=f"{name} after the next epoch?",
            truth=following,
            hint=f"The update subtracts lr·gradient from {name}. Multiply first, and mind the gradient's sign.",
            worked=f"{name} − lr·gradient = {start} − {self.multiplied()} = {numeral(following)}",
            misconceptions=tuple(self.misconceptions()),
            noise=self.noise(abs(self.start) + self.rate * self.scale),
        )

    def _by_its_updates(self, asked: Prediction) -> Prediction:
        """The same of an epoch of several batches, or with an optimizer."""
        name, parts = self.parameter, batches_of(self.run, self.scope.forecast.backend, self.target)
        order = ", then ".join(map(rows_of, parts))
        carried = f"What the optimizer carries along comes into the update of {name}."
        batches = f"One update after the other, each from where the last one ended: {order}."
        return msgspec.structs.replace(
            asked,
            hint=carried if len(parts) == 1 else batches,
            worked=worked(parts, name, self.at),
            misconceptions=tuple(misconceptions_in(self.experiment, parts, self.gradient, self.index)),
        )

    def misconceptions(self) -> Iterator[Misconception]:
        """The update added instead of subtracted, and each wrong update subtracted."""
        name, start = self.parameter, numeral(self.start)
        added = self.start + self.update
        line = f"{name} + lr·gradient = {start} + {bracketed(numeral(self.update))} = {numeral(added)}"
        yield Misconception("sign", added, line)
        for each in self.wrong_updates():
            value = self.start - each.value
            line = f"{each.line}; {name} − that = {start} − {bracketed(numeral(each.value))} = {numeral(value)}"
            yield Misconception(each.kind, value, line, noise=each.noise + self.noise(abs(self.start)))
