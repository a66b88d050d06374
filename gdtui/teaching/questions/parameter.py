"""Questions about one parameter: its gradient, its update, and its value after the next epoch."""

import math
from collections.abc import Iterator

import msgspec

from gdtui.errors import UserError
from gdtui.experiment.objectives import LINEAR_REGRESSION
from gdtui.numbers import bracketed, numeral
from gdtui.teaching.mini_batches import batches_of, misconceptions_in, rows_of, worked
from gdtui.teaching.misconceptions import MOST_TERMS, Misconception, magnitude, residuals
from gdtui.teaching.prediction import Prediction
from gdtui.teaching.questions.ask import Ask
from gdtui.teaching.questions.question import Question
from gdtui.teaching.scope import RunScope
from gdtui.text import _, clean, numbered

LONGEST_COLUMN = 12
"""The most characters of a column's name shown after its weight."""


class OfAParameter(Question):
    """A question about one parameter, with its gradient split into the parts that can go wrong."""

    def __init__(self, ask: Ask, scope: RunScope) -> None:
        """Compute the gradient's sum in float64."""
        super().__init__(ask, scope)
        experiment, epoch, index = self.experiment, self.epoch, self.index
        settings, data = experiment.settings_at(epoch.number), experiment.dataset
        self.parameter = self.called = experiment.parameter_names[index]
        self.start, self.gradient, self.update = epoch.parameters[index], epoch.gradient[index], epoch.update[index]
        self.rate, self.convention = settings.learning_rate, settings.convention
        targets = experiment.layout.targets
        self.factors = {
            name: msgspec.structs.replace(factor, targets=targets)
            for name, factor in LINEAR_REGRESSION.conventions.items()
        }
        self.factor = self.factors[self.convention].before_sum
        self.at, self.target = experiment.layout.place(index)
        errors, is_weight = residuals(experiment, epoch, self.target), self.at < len(data.x)
        if is_weight and data.features != numbered("x", len(data.x)):
            self.called = f"{self.parameter} ({clean(data.features[self.at], LONGEST_COLUMN)})"
        values = data.x[self.at] if is_weight else (1.0,) * data.rows
        total = math.fsum(error * x for error, x in zip(errors, values, strict=True))
        factor = self.factors[self.convention].of(data.rows)
        self.scale = factor * magnitude(experiment, epoch) * math.fsum(map(abs, values))
        """The size of the numbers that the gradient adds up; the rounding error is proportional to it."""
        self.slope_words = experiment.objective.slope_words(epoch.parameters)
        if self.slope_words:
            self.scale = 1.0 + abs(self.gradient)
        self.slope_noise = self.noise(self.scale)
        fits = not self.slope_words and abs(factor * total - self.gradient) <= 1e-5 * self.scale + 1e-12
        self.total = total if fits else None
        """Σ(H−y)x; None if the run's gradient is something else, such as that of a mini-batch."""
        self.total_without_x = math.fsum(errors) if fits and is_weight else None
        """Σ(H−y), for a weight."""
        is_short = data.rows <= MOST_TERMS and fits
        plain = [bracketed(numeral(error)) for error in errors] if is_short else []
        terms = [f"{r}·{bracketed(numeral(x))}" for r, x in zip(plain, values[: len(plain)], strict=True)]
        terms = terms if is_weight else plain
        formula = experiment.objective.slope_formula
        self.formula = formula if is_weight else formula.removesuffix("x")
        self.sum_text = f"({' + '.join(terms)})" if is_short else self.formula
        """Σ(H−y)x with its numbers, if there are few rows."""
        self.sum_without_x_text = f"({' + '.join(plain)})" if is_short else "Σ(H−y)"

    def multiplied(self) -> str:
        """The product lr·gradient with its numbers."""
        return f"{numeral(self.rate)}·{bracketed(numeral(self.gradient))}"

    def wrong_gradients(self) -> Iterator[tuple[str, float, str, float]]:
        """Gradients that are wrong in more than their sign: (misconception, value, formula with numbers, noise).

        The noise is 0 for sums that are computed here, in float64.
        """
        rows = self.experiment.dataset.rows
        if self.total is not None:
            for other, factor in self.factors.items():
                if other != self.convention:
                    before = factor.before_sum.replace("m", str(rows)).replace("k", str(factor.targets))
                    yield other, factor.of(rows) * self.total, f"{before}{self.sum_text}", 0.0
        formula = f"{self.factor}{self.formula}"
        yield "factor-2", 2 * self.gradient, f"2·{formula}", 2 * self.slope_noise
        yield "factor-2", self.gradient / 2, f"½·{formula}", self.slope_noise / 2
        if self.total_without_x is not None:
            value = self.factors[self.convention].of(rows) * self.total_without_x
            yield "no-x", value, f"{self.factor}{self.sum_without_x_text}", 0.0

    def wrong_updates(self) -> Iterator[Misconception]:
        """Wrong numbers for the update lr·gradient."""
        rate, noise = numeral(self.rate), self.slope_noise
        yield Misconception("y-minus-H", -self.update, f"−lr·gradient = {numeral(-self.update)}")
        yield Misconception("no-lr", self.gradient, f"gradient = {numeral(self.gradient)}", noise=noise)
        twice = self.rate * self.rate * self.gradient
        line = f"lr·lr·gradient = {rate}·{self.multiplied()} = {numeral(twice)}"
        yield Misconception("lr-twice", twice, line, noise=self.rate**2 * noise)
        for kind, value, formula, blur in self.wrong_gradients():
            wrong = self.rate * value
            line = f"gradient = {formula} = {numeral(value)}; lr·gradient = {numeral(wrong)}"
            yield Misconception(kind, wrong, line, noise=self.rate * blur)
        if self.run.cursor:
            before = self.run.history[self.run.cursor - 1].update[self.index]
            yield Misconception("update-before", before, f"lr·gradient = {numeral(before)}")


class Gradient(OfAParameter):
    """The gradient for a parameter."""

    name = "gradient"
    lab_words = _("gradient")

    def prediction(self) -> Prediction:
        """The sum over the rows."""
        formula = f"{self.factor}{self.formula}"
        if self.slope_words:
            return self._of_a_formula(*self.slope_words[self.index])
        return Prediction(
            prompt=_(
                "What is the gradient for {parameter} here ({convention})?",
                parameter=self.called,
                convention=self.convention,
            ),
            truth=self.gradient,
            hint=_(
                "The gradient is {formula}. Compute each row's error H − y with the current parameters.",
                formula=formula,
            ),
            worked=f"{formula} = {self.factor}{self.sum_text} = {numeral(self.gradient)}",
            misconceptions=tuple(self.misconceptions()),
            noise=self.slope_noise,
        )

    def _of_a_formula(self, name: str, formula: str, numbers: str) -> Prediction:
        """The derivative of a typed cost."""
        return Prediction(
            prompt=_("What is the gradient {name} for {parameter} here?", name=name, parameter=self.parameter),
            truth=self.gradient,
            hint=_("The gradient is {formula}, with the current parameters.", formula=formula),
            worked=_(
                "{formula} = {numbers} = {result}", formula=formula, numbers=numbers, result=numeral(self.gradient)
            ),
            misconceptions=tuple(self.misconceptions()),
            noise=self.slope_noise,
        )

    def misconceptions(self) -> Iterator[Misconception]:
        """Wrong gradients, and numbers that people take for the gradient."""
        gradient, cost = self.gradient, self.epoch.cost
        yield Misconception("y-minus-H", -gradient, f"−{self.factor}{self.formula} = {numeral(-gradient)}")
        for kind, value, formula, blur in self.wrong_gradients():
            yield Misconception(kind, value, f"{formula} = {numeral(value)}", noise=blur)
        update = self.rate * gradient
        yield Misconception("lr-in", update, f"lr·gradient = {numeral(update)}")
        yield Misconception("lr-in", -update, f"−lr·gradient = {numeral(-update)}")
        yield Misconception("cost", cost, f"cost = {numeral(cost)}")


class Update(OfAParameter):
    """What the next epoch subtracts from a parameter: lr·gradient."""

    name = "update"
    gives_away = frozenset({"update", "following", "verdict"})

    def prediction(self) -> Prediction:
        """The product of lr and the gradient."""
        if not self.is_plain:
            raise UserError(_("this question needs plain gradient descent over all rows"))
        return Prediction(
            prompt=_("What is the update lr·gradient for {parameter}?", parameter=self.called),
            truth=self.update,
            hint=_("Multiply two numbers: the learning rate, and the gradient with its sign."),
            worked=f"lr·gradient = {self.multiplied()} = {numeral(self.update)}",
            misconceptions=tuple(self.wrong_updates()),
            noise=self.noise(self.rate * self.scale),
        )


class Next(OfAParameter):
    """A parameter after the next epoch."""

    name = "next"
    lab_words = "W"
    takes_step = True

    def prediction(self) -> Prediction:
        """The parameter minus its update, or minus each of several updates of the epoch."""
        asked = self._by_one_update()
        if not self.is_plain:
            asked = self._by_its_updates(asked)
        bowl = self.run.surface.quadratic
        if bowl is None or not bowl.has_one_minimum:
            return asked
        value = bowl.minimum[self.index]
        place = f"{self.parameter} = {numeral(value)}"
        line = _("The cost is lowest at {place}, but an update goes only as far as lr·gradient.", place=place)
        minimum = Misconception("minimum", value, line)
        return msgspec.structs.replace(asked, misconceptions=(*asked.misconceptions, minimum))

    def _by_one_update(self) -> Prediction:
        name, start = self.parameter, numeral(self.start)
        following = self.epoch.following[self.index]
        return Prediction(
            prompt=_("Where will {parameter} be after the next epoch?", parameter=self.called),
            truth=following,
            hint=_(
                "Multiply lr by the gradient, with its sign, and subtract the product from {parameter}.", parameter=name
            ),
            worked=f"{name} − lr·gradient = {start} − {self.multiplied()} = {numeral(following)}",
            misconceptions=tuple(self.misconceptions()),
            noise=self.noise(abs(self.start) + self.rate * self.scale),
        )

    def _by_its_updates(self, asked: Prediction) -> Prediction:
        """The same for an epoch with several batches, or with an optimizer."""
        name, parts = self.parameter, batches_of(self.run, self.scope.forecast.backend, self.target)
        order = _(", then ").join(map(rows_of, parts))
        carried = _("The update of {parameter} also uses what the optimizer keeps from epoch to epoch.", parameter=name)
        batches = _("Take one update after the other, each from where the last one ended: {order}.", order=order)
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
            line = f"{each.line}; {start} − {bracketed(numeral(each.value))} = {numeral(value)}"
            yield Misconception(each.kind, value, line, noise=each.noise + self.noise(abs(self.start)))
