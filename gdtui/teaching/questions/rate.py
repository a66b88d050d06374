"""Questions about the learning rate: the one that lands in one step, the limit, and whether the run converges."""

from collections.abc import Iterator
from typing import ClassVar

from gdtui.errors import UserError
from gdtui.experiment.backend import QuadraticSurface
from gdtui.experiment.objective import CONVENTIONS
from gdtui.numbers import SAME, multiple, numeral
from gdtui.teaching.misconceptions import Misconception
from gdtui.teaching.prediction import Prediction
from gdtui.teaching.questions.question import Question


class OneStep(Question):
    """The lr that lands on the minimum in one step: 1/L."""

    name = "one_step"
    lab_turn, lab_words = 5, "one-step lr"
    gives_away = frozenset({"following", "verdict"})
    product: ClassVar[int] = 1
    """lr·L."""
    words: ClassVar[str] = "lands in one step"
    other: ClassVar[str] = "limit"
    """The misconception that lr·L is the other of 1 and 2."""

    def prediction(self) -> Prediction:
        """`product` divided by the curvature L."""
        convention, product = self.run.settings.convention, self.product
        bowl = self.run.surface.quadratic
        if bowl is None:
            raise UserError("no lr stands out where the curvature is not the same everywhere")
        curvature = bowl.curvature(convention)
        if not self.is_plain or self.run.step_size_at(self.run.cursor).curvature != curvature:
            raise UserError("this can be asked of plain gradient descent over all rows alone")
        if not curvature > 0:
            raise UserError("the cost is flat here, so no lr stands out")
        factor, rate = self.experiment.objective.factor(convention).before_sum, product / curvature
        is_single = len(self.experiment.dataset.x) == 1 and not self.experiment.has_bias
        bend = f"{factor}Σx²" if is_single else f"the largest eigenvalue of the Hessian, {factor}XᵀX"
        return Prediction(
            prompt=f"Which lr {self.words} (gradient: {convention})?",
            truth=rate,
            hint=f"L, how strongly the bowl is bent, is {bend}. "
            "In an epoch the distance from the minimum is multiplied by 1 − lr·L.",
            worked=f"{product}/L = {product}/{numeral(curvature)} = {numeral(rate)}",
            misconceptions=tuple(self.misconceptions(bowl)),
        )

    def misconceptions(self, bowl: QuadraticSurface) -> Iterator[Misconception]:
        """The other of 1/L and 2/L, L itself, and the same lr in the other conventions."""
        product, other = self.product, 3 - self.product
        curvature = bowl.curvature(self.run.settings.convention)
        line = f"{other}/L = {other}/{numeral(curvature)} = {numeral(other / curvature)}"
        yield Misconception(self.other, other / curvature, line)
        yield Misconception("curvature", curvature, f"L = {numeral(curvature)}, and lr is {product}/L")
        for name in CONVENTIONS:
            if name != self.run.settings.convention:
                value = bowl.curvature(name)
                rate = product / value
                yield Misconception(name, rate, f"L is {numeral(value)} for {name}: {product}/L = {numeral(rate)}")


class Limit(OneStep):
    """The lr above which it diverges: 2/L."""

    name = "limit"
    lab_turn = 0
    product, words, other = 2, "is the limit, above which it diverges", "one-step"


class Converges(Question):
    """Whether the run converges from here."""

    name = "converges"
    lab_turn, lab_words = 6, "converges"
    gives_away = frozenset({"following", "verdict"})
    choices = ("yes", "no")

    def prediction(self) -> Prediction:
        """What each epoch multiplies the distance by."""
        step_size = self.run.step_size_at(self.run.cursor)
        if not step_size.has_limit:
            raise UserError(f"whether it converges cannot be told: {step_size.of_limit()}")
        rests = not any(self.epoch.gradient)
        why = "the gradient is 0 here" if rests else f"distance × {multiple(abs(step_size.factor))} an epoch"
        return Prediction(
            prompt="Does it converge from here?",
            truth=0 if rests or step_size.ratio < 1 - SAME else 1,
            hint="Hold lr against its limit 2/L.",
            worked=f"{step_size.against_limit()}: {why}",
            choices=self.choices,
        )
