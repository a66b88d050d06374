"""Questions about the learning rate: the one that needs a single step, the limit, and whether the run converges."""

import math
from collections.abc import Iterator
from typing import ClassVar

from gdtui.errors import UserError
from gdtui.experiment.objective import CONVENTIONS
from gdtui.experiment.surface import QuadraticSurface
from gdtui.numbers import SAME, numeral, times
from gdtui.teaching.misconceptions import Misconception
from gdtui.teaching.prediction import Prediction
from gdtui.teaching.questions.question import Question
from gdtui.text import _


class OneStep(Question):
    """The lr that reaches the minimum in one step: 1/L."""

    name = "one_step"
    lab_words = _("one-step lr")
    gives_away = frozenset({"following", "verdict"})
    product: ClassVar[int] = 1
    """lr·L."""
    other: ClassVar[str] = "limit"
    """The misconception of confusing 1/L and 2/L."""

    def prediction(self) -> Prediction:
        """`product` divided by the curvature L."""
        convention, product = self.run.settings.convention, self.product
        bowl = self.run.surface.quadratic
        if bowl is None:
            raise UserError(_("there is no such lr: the curvature changes from place to place"))
        curvature = bowl.curvature(convention)
        if not self.is_plain or self.run.step_size_at(self.run.cursor).curvature != curvature:
            raise UserError(_("this question needs plain gradient descent over all rows"))
        if not curvature > 0:
            raise UserError(_("there is no such lr: the cost is flat here"))
        factor, rate = self.experiment.objective.factor(convention).before_sum, product / curvature
        is_single = len(self.experiment.dataset.x) == 1 and not self.experiment.has_bias
        bend = (
            f"{factor}Σx²"
            if is_single
            else _("the largest eigenvalue of the Hessian {hessian}", hessian=f"{factor}XᵀX")
        )
        return Prediction(
            prompt=self.question(convention),
            truth=rate,
            hint=_(
                "The curvature L is {curvature}. Each epoch multiplies the distance from the minimum by 1 − lr·L.",
                curvature=bend,
            ),
            worked=f"{product}/L = {product}/{numeral(curvature)} = {numeral(rate)}",
            misconceptions=tuple(self.misconceptions(bowl)),
        )

    def question(self, convention: str) -> str:
        """The question."""
        return _("Which lr needs only one step (gradient: {convention})?", convention=convention)

    def misconceptions(self, bowl: QuadraticSurface) -> Iterator[Misconception]:
        """The other of 1/L and 2/L, L itself, and the same lr in the other conventions."""
        product, other = self.product, 3 - self.product
        curvature = bowl.curvature(self.run.settings.convention)
        line = f"{other}/L = {other}/{numeral(curvature)} = {numeral(other / curvature)}"
        yield Misconception(self.other, other / curvature, line)
        line = _("L is {curvature}, but this lr is {product}/L.", curvature=numeral(curvature), product=product)
        yield Misconception("curvature", curvature, line)
        for name in CONVENTIONS:
            if name != self.run.settings.convention:
                value = bowl.curvature(name)
                rate = product / value
                numbers = f"{product}/L = {numeral(rate)}"
                line = _(
                    "With {convention}, L is {curvature}, and {numbers}.",
                    convention=name,
                    curvature=numeral(value),
                    numbers=numbers,
                )
                yield Misconception(name, rate, line)


class Limit(OneStep):
    """The lr above which it diverges: 2/L."""

    name = "limit"
    lab_words = ""
    product, other = 2, "one-step"

    def question(self, convention: str) -> str:
        """The question."""
        return _("Above which lr does the run diverge (gradient: {convention})?", convention=convention)


class Converges(Question):
    """Whether the run converges from here."""

    name = "converges"
    lab_words = _("converges")
    gives_away = frozenset({"following", "verdict"})
    choices = ("yes", "no")

    def prediction(self) -> Prediction:
        """The factor by which each epoch multiplies the distance."""
        step_size = self.run.step_size_at(self.run.cursor)
        if step_size.batch_curvature is not None:
            raise UserError(_("gdtui cannot tell whether this converges: each batch pulls W a different way"))
        if not step_size.has_limit:
            why = step_size.of_limit() if math.isfinite(step_size.safe) else _("no limit is known")
            raise UserError(_("gdtui cannot tell whether this converges: {why}", why=why))
        rests = not any(self.epoch.gradient)
        factor = times(step_size.factor)
        why = (
            _("The gradient is 0 here.")
            if rests
            else _("Each epoch multiplies the distance from the minimum by {factor}.", factor=factor)
        )
        return Prediction(
            prompt=_("Does the run converge from here?"),
            truth=0 if rests or step_size.ratio < 1 - SAME else 1,
            hint=_("Compare lr with its limit 2/L."),
            worked=f"{why} ({step_size.against_limit()})",
            choices=self.choices,
        )
