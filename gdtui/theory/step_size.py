"""The learning rate compared with its limit: the numbers, the regime, and the words for both.

There are three limits, each infinite if unknown. `limit` is for all rows at once and a curvature L that is the same
everywhere: 2/L for plain gradient descent. `limit_of_any_batch` is for each single update on a batch. `safe` is for a
cost whose curvature varies but is bounded.
"""

import math
from typing import Literal

import msgspec

from gdtui.experiment.epoch import Epoch
from gdtui.experiment.experiment import Experiment
from gdtui.experiment.optimizer import SGD, Optimizer
from gdtui.experiment.surface import QuadraticSurface, Surface
from gdtui.numbers import SAME, fixed, multiple, roughly, significant, times
from gdtui.text import _

Regime = Literal["flat", "steady", "one-step", "overshooting", "bouncing", "diverging", "settling", "unknown"]
"""What a learning rate does along the steepest direction of the cost."""


DOES: dict[Regime, str] = {
    "steady": _("W approaches"),
    "one-step": _("W lands in one epoch"),
    "overshooting": _("W overshoots"),
    "bouncing": _("W bounces back and forth"),
    "diverging": _("W diverges"),
    "settling": _("W settles"),
}
"""What the parameters do in each known regime; W stands for all of them."""

SLOW = math.log(2) / 0.005
"""If halving the distance takes this many epochs, the factor per epoch would be rounded to 1.00."""

ILL_CONDITIONED = 0.005
"""If the least curvature is less than this part of the largest, no learning rate is quick in both directions."""

NEARLY = 0.9
"""A direction is named after a parameter if its unit vector has at least this component along it."""

EPSILON = {"float32": 2.0**-23, "float64": 2.0**-52}


def rounding(experiment: Experiment, cost: float, zero_cost: float) -> float:
    """The rounding error of this cost, where `zero_cost` is the cost with all parameters 0."""
    epsilon = 16 * EPSILON[experiment.dtype]
    return epsilon * cost + epsilon**2 * zero_cost


class StepSize(msgspec.Struct, frozen=True):
    """A learning rate and the curvature L of the cost, the largest eigenvalue of the Hessian."""

    learning_rate: float
    curvature: float
    """L in the convention in use, including the λ of a penalty; NaN if it is not the same everywhere."""
    least_curvature: float | None = None
    """The curvature of the flattest direction in which the cost is not flat; None if there is only one direction."""
    optimizer: Optimizer = SGD
    varying_cost: str = ""
    """The name of a cost whose curvature varies, so that no optimizer has a limit; otherwise empty."""
    largest_curvature: float | None = None
    """An upper bound on a varying curvature, if known."""
    batch_curvature: float | None = None
    """With batches, an upper bound on the curvature over the rows of a batch."""
    flattest: str = ""
    """The parameter along whose axis the flattest direction points, at least nearly; otherwise empty."""
    is_raw: bool = False
    """Whether x is not standardized."""
    is_changing: bool = False
    """Whether a schedule will change lr, so that its limit says nothing about later epochs."""

    @property
    def has_limit(self) -> bool:
        """Whether theory gives a limit: all rows at once, constant curvature, and an optimizer that has one."""
        return self.batch_curvature is None and not self.varying_cost and self.optimizer.rule.limit is not None

    @property
    def limit_of_any_batch(self) -> float:
        """The lr below which no update moves away from the minimum of its batch, whatever rows are in it."""
        limit = self.optimizer.rule.limit_of_any_update
        return limit / self.batch_curvature if self.batch_curvature and limit else math.inf

    @property
    def safe(self) -> float:
        """For a varying curvature, the lr below which no epoch raises the cost."""
        limit = self.optimizer.rule.limit_of_any_update
        return limit / self.largest_curvature if self.largest_curvature and limit else math.inf

    @property
    def is_safe(self) -> bool:
        """Whether no epoch can raise the cost although its curvature varies."""
        return self.learning_rate < self.safe < math.inf

    @property
    def is_flat(self) -> bool:
        """Whether the cost does not change with the parameters."""
        return self.curvature <= 0

    @property
    def limit(self) -> float:
        """The largest lr that does not diverge; infinite if unknown, or if the cost is flat."""
        return self.limit_of_all_rows if self.has_limit else math.inf

    @property
    def limit_of_all_rows(self) -> float:
        """The limit for updates on all rows at once, even if the run uses batches."""
        limit = self.optimizer.rule.limit
        return limit / self.curvature if self.curvature > 0 and limit else math.inf

    @property
    def ratio(self) -> float:
        """lr as a multiple of its limit; 0 if there is none."""
        limit = self.optimizer.rule.limit
        return self.learning_rate * self.curvature / limit if self.has_limit and limit else 0.0

    @property
    def factor(self) -> float:
        """The factor of the distance from the minimum per epoch, in the steepest direction; with momentum, in the end.

        1 − lr·L, or with momentum the spectral radius of the map that takes (parameter, momentum) one epoch on.
        """
        return self._factor(self.curvature)

    @property
    def flattest_factor(self) -> float:
        """The factor of the flattest direction, which is usually the slowest."""
        return self._factor(self._flattest_curvature)

    @property
    def _flattest_curvature(self) -> float:
        return self.curvature if self.least_curvature is None else self.least_curvature

    def _factor(self, curvature: float) -> float:
        trace, determinant = self.recurrence(curvature)
        if not determinant:
            return trace
        half = abs(trace) / 2
        inside = half * half - determinant
        if inside < 0:
            return math.sqrt(determinant)
        return half + (math.sqrt(inside) if math.isfinite(inside) else half)

    def recurrence(self, curvature: float) -> tuple[float, float]:
        """T and D in d(k+2) = T·d(k+1) − D·d(k), for the distance d from rest along an eigenvector of the Hessian.

        `curvature` is its eigenvalue; see `UpdateRule.recurrence`.
        """
        return self.optimizer.rule.recurrence(self.learning_rate * curvature)

    @property
    def regime(self) -> Regime:
        """What the learning rate does along the steepest direction. For plain descent, half of the limit is 1/L."""
        if self.is_flat:
            return "flat"
        if not self.has_limit or self.is_changing:
            return "unknown"
        if self.ratio == 0:
            return "flat"
        if abs(self.ratio - 1) <= SAME:
            return "bouncing"
        if self.ratio > 1:
            return "diverging"
        if self.optimizer.rule.state:
            return "settling"
        if abs(2 * self.ratio - 1) <= SAME:
            return "one-step"
        return "steady" if self.ratio < 1 / 2 else "overshooting"

    def against_limit(self) -> str:
        """`lr 0.2 is 1.40 × the limit 0.142857`, in plain characters."""
        rate = significant(self.learning_rate)
        rate = _("lr {rate} now", rate=rate) if self.is_changing else _("lr {rate}", rate=rate)
        if self.is_flat:
            return _("{lr}, and any lr is within the limit: the cost is flat", lr=rate)
        if self.has_limit or math.isfinite(self.safe):
            return _("{lr} is {of_limit}", lr=rate, of_limit=self.of_limit())
        return f"{rate}: {self.of_limit()}"

    def of_limit(self) -> str:
        """`1.40 × the limit 0.142857`, or `0.70 of the limit 0.142857` below it."""
        return self._against_limit_that_applies()[0]

    def shortly(self) -> str:
        """`1.40 × limit`; with batches, a multiple of the limit for any batch."""
        return self._against_limit_that_applies()[1]

    def _against_limit_that_applies(self) -> tuple[str, str]:
        """lr compared with the limit that applies, or why there is none: in full, and in short."""
        if self.batch_curvature is not None and math.isfinite(self.limit_of_all_rows):
            all_rows = _("the limit for all rows is {limit}", limit=significant(self.limit_of_all_rows))
            if not math.isfinite(self.limit_of_any_batch):
                part = multiple(self.learning_rate / self.limit_of_all_rows)
                return all_rows, _("all rows: {part} × limit", part=part)
            any_batch = _("the batch limit is {limit}", limit=significant(self.limit_of_any_batch))
            part = multiple(self.learning_rate / self.limit_of_any_batch)
            return f"{any_batch}; {all_rows}", _("{part} × batch limit", part=part)
        if math.isfinite(self.safe):
            values = {"part": multiple(self.learning_rate / self.safe), "safe": significant(self.safe)}
            return _("{part} × the safe limit {safe}", **values), _("{part} × safe limit", part=values["part"])
        if not self.has_limit:
            what = self.varying_cost or self.optimizer.name
            return _("no limit is known for {what}", what=what), _("limit unknown")
        if self.is_flat:
            return _("no limit"), _("no limit")
        values = {"part": multiple(self.ratio), "limit": significant(self.limit)}
        is_within = self.ratio < 1 - SAME
        full = _("{part} of the limit {limit}", **values) if is_within else _("{part} × the limit {limit}", **values)
        return full, _("{part} × limit", part=values["part"])

    @property
    def limit_in_words(self) -> str:
        """`0.142857`, `none` where the cost is flat, or `unknown`."""
        if not self.has_limit:
            return _("unknown")
        return _("none") if self.is_flat else significant(self.limit)

    def in_words(self) -> str:
        """One line for the screen: the regime, and what happens to the distance from the minimum.

        `W approaches: distance × 0.33 (steepest) to 0.99 (flattest) per epoch`; one factor if both are the same.
        """
        if self.regime == "flat":
            return _("flat: the cost does not change with W")
        if self.regime == "unknown":
            return _("judged by the costs so far")
        does = DOES[self.regime]
        steepest, flattest = times(self.factor), times(self.flattest_factor)
        if self.is_slow:
            # The steepest direction gets its own factor if that is different, and not as slow.
            has_own = self.least_curvature is not None and fixed(abs(self.factor), 2) != "1.00"
            parts = [self.slowness]
            if has_own or self.regime == "diverging":
                parts.insert(0, _("distance × {steepest} (steepest)", steepest=steepest))
            if self.is_ill_conditioned:
                parts.append(_("t standardizes x"))
            return f"{does}: {'; '.join(parts)}"
        if has_other_directions(self):
            values = {"does": does, "steepest": steepest, "flattest": flattest}
            return _("{does}: distance × {steepest} (steepest) to {flattest} (flattest) per epoch", **values)
        if self.regime == "one-step":
            return does
        return _("{does}: distance × {factor} per epoch", does=does, factor=steepest)

    @property
    def is_slow(self) -> bool:
        """Whether the factor of the flattest direction would be rounded to 1, so that a number of epochs says more."""
        return self.regime not in ("flat", "unknown", "bouncing") and self.epochs_to_halve >= SLOW

    @property
    def slowness(self) -> str:
        """`b needs 138,000 epochs to get halfway`; above the limit, at the rate 1/L."""
        values = {"way": self.flattest or _("the flattest direction"), "epochs": roughly(self.epochs_to_halve)}
        if self.epochs_to_halve == math.inf:
            return _("no number of epochs would get {way} halfway", **values)
        if self.regime == "diverging":
            return _("at 1/L, {way} needs {epochs} epochs to get halfway", **values)
        return _("{way} needs {epochs} epochs to get halfway", **values)

    @property
    def epochs_to_halve(self) -> float:
        """The epochs in which the distance along the flattest direction halves; above the limit, those at 1/L."""
        found = self
        if self.regime == "diverging":
            if self.least_curvature is None:
                return 0.0
            found = msgspec.structs.replace(self, learning_rate=1 / self.curvature)
        left = abs(found.flattest_factor)
        product = found.learning_rate * self._flattest_curvature
        beta = self.optimizer.named.get("beta", 0.0)
        # This near to 1 the factor has lost its digits; with momentum the distance shrinks by lr·λ/(1 − β) instead.
        shrinks = product / (1 - beta) if 1 - left < 1e-9 else -math.log(left) if left else math.inf
        return math.log(2) / shrinks if shrinks > 0 else math.inf

    @property
    def is_ill_conditioned(self) -> bool:
        """Whether every learning rate is slow along one parameter, which standardizing x would mend."""
        least = self.least_curvature
        return self.is_raw and bool(self.flattest) and least is not None and least < ILL_CONDITIONED * self.curvature


def step_size(experiment: Experiment, epoch: int, surface: Surface) -> StepSize:
    """The learning rate of an epoch compared with the curvature in its convention."""
    settings, bowl, batch = experiment.settings_at(epoch), surface.quadratic, experiment.batch
    convention, penalty = settings.convention, settings.penalty
    is_changing = experiment.stretch_at(epoch).is_changing_at(epoch)
    if bowl is None:
        bound = surface.largest_curvature(convention) if batch is None else None
        return StepSize(
            settings.learning_rate,
            curvature=math.nan,
            optimizer=settings.optimizer,
            varying_cost=_("the {cost}", cost=experiment.objective.cost_name),
            largest_curvature=None if bound is None else bound + penalty,
            is_changing=is_changing,
        )
    return StepSize(
        settings.learning_rate,
        curvature=bowl.curvature(convention) + penalty,
        least_curvature=bowl.least_curvature(convention) + penalty if bowl.rank > bowl.targets else None,
        optimizer=settings.optimizer,
        batch_curvature=None if batch is None else bowl.batch_curvature(convention, batch) + penalty,
        flattest=_nearest_axis(bowl.axes[-bowl.rank], experiment.parameter_names) if bowl.rank else "",
        is_raw=not experiment.dataset.is_standardized,
        is_changing=is_changing,
    )


def _nearest_axis(direction: tuple[float, ...], names: tuple[str, ...]) -> str:
    """The parameter whose axis a unit vector points along, at least nearly; empty if it points between axes."""
    return next((name for name, part in zip(names, direction, strict=True) if abs(part) > NEARLY), "")


def has_other_directions(found: StepSize) -> bool:
    """Whether a flatter direction has another factor, so that lr may be too large in some directions only."""
    return times(found.factor) != times(found.flattest_factor)


def while_cost_falls(found: StepSize) -> str:
    """The regime above the limit while the other directions still lower the cost more than the steepest raises it."""
    return _("W diverges (steepest × {factor} per epoch); the cost still falls", factor=times(found.factor))


def rises_next(epoch: Epoch, surface: QuadraticSurface) -> bool:
    """Whether the next update raises the cost. Without momentum and decay, every later one then does too.

    Above the limit only the steepest direction grows, and the others may lower the cost by more for a long time.
    """
    return surface.cost(epoch.following) > surface.cost(epoch.parameters)


def diverged(epoch: int, step_size: StepSize) -> str:
    """Why a run ended: `diverged at epoch 75: lr 0.2 is 1.40 × the limit 0.142857`."""
    values = {"epoch": epoch, "against_limit": step_size.against_limit()}
    if step_size.regime == "diverging":
        return _("diverged at epoch {epoch}: {against_limit}", **values)
    return _("diverged at epoch {epoch}: the numbers have become too large ({against_limit})", **values)
