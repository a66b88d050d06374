"""Convergence: whether a run is near its rest point, and stays there.

For a quadratic cost, the future of plain gradient descent, momentum and Nesterov is known exactly: along each
eigenvector of the Hessian the distance from the rest point follows d(k+2) = T·d(k+1) − D·d(k), where T is the trace and
D the determinant of the linear map that takes one epoch (by Cayley–Hamilton). Two neighbouring epochs are enough to
start it: their difference contains the velocity. Epochs are computed only if a later cost will be so near the edge of
the tolerance that rounding decides on which side it falls.
"""

import math
import sys
from bisect import bisect_left
from collections.abc import Callable, Iterator
from itertools import islice
from operator import mul

import msgspec

from gdtui.experiment.backend import Backend, after
from gdtui.experiment.change import Settings
from gdtui.experiment.epoch import Epoch
from gdtui.experiment.experiment import Experiment
from gdtui.experiment.surface import QuadraticSurface, Surface
from gdtui.theory.step_size import StepSize, rounding, step_size
from gdtui.theory.tolerance import CONVERGED, Epochs, State, Tolerance, by_cost

MOST_DOUBT = 0.75
"""The largest part of the tolerance that may count as undecided because of rounding."""

MOST_ROWS = 10_000
"""With more rows, no epochs are computed to see what rounding decides: that would take too long."""

HORIZON = 10_000
"""How many epochs to look ahead if no bound shows earlier that the run stays."""


class QuadraticTolerance(Tolerance, frozen=True, kw_only=True):
    """The tolerance for a quadratic cost, whose future is known."""

    surface: QuadraticSurface
    to_curvature: float
    """The factor from the eigenvalues of AᵀA to the curvature, in the convention."""
    rest: tuple[float, ...]
    """The parameters at which the gradient is zero, including the penalty."""
    margin: float
    """Within this distance of the tolerance's edge, rounding decides on which side a cost falls."""
    ahead: Callable[[Epoch], Iterator[Epoch]]
    """The epochs after a given one, if the settings stay as they are."""

    def _above(self, parameters: tuple[float, ...]) -> float:
        """The quadratic part of the rise of the cost from the rest point to `parameters`."""
        ways = zip(self.surface.eigenvalues, self._along(parameters), strict=True)
        return sum(eigenvalue * way * way for eigenvalue, way in ways) / self.surface.rows

    def _along(self, parameters: tuple[float, ...]) -> list[float]:
        """How far `parameters` are from the rest point along each eigenvector."""
        offset = [p - r for p, r in zip(parameters, self.rest, strict=True)]
        return [sum(map(mul, axis, offset)) for axis in self.surface.axes]

    def _stays(self, epoch: Epoch) -> bool:
        """Whether no later epoch leaves the tolerance."""
        if self.step_size.regime == "diverging":
            return False
        edge = self.room - self.margin
        if not self.step_size.optimizer.named and not self.penalty and epoch.cost - self.least <= edge:
            return True  # Below its limit, plain gradient descent gets closer in every direction.
        directions, taken, later = self._directions(epoch), 0, self.ahead(epoch)
        for number in range(1, HORIZON + 1):
            if sum(direction.largest_change() for direction in directions) <= edge:
                return True
            for direction in directions:
                direction.advance()
            above = sum(direction.steepness * direction.now * direction.now for direction in directions)
            beside = sum(direction.slope * direction.now for direction in directions)
            change = max(above, abs(above + beside))
            if change > self.room + self.margin:
                return False
            if change > edge:
                if not self.is_within(next(islice(later, number - taken - 1, None))):
                    return False
                taken = number
        return True

    def _directions(self, epoch: Epoch) -> list["_Direction"]:
        """The eigenvectors of the Hessian along which the cost is not flat, with the run's position on each."""
        minimum = self._along(self.surface.minimum)
        now, following = self._along(epoch.parameters), self._along(epoch.following)
        return [
            _Direction(
                *self.step_size.recurrence(self.to_curvature * eigenvalue + self.penalty),
                steepness=eigenvalue / self.surface.rows,
                slope=-2 * eigenvalue / self.surface.rows * minimum[index],
                now=now[index],
                following=following[index],
            )
            for index, eigenvalue in enumerate(self.surface.eigenvalues)
            if eigenvalue > 0
        ]


class _Direction:
    """The distance from the rest point along one eigenvector, epoch by epoch."""

    def __init__(
        self, trace: float, determinant: float, *, steepness: float, slope: float, now: float, following: float
    ) -> None:
        """At the distance d the cost differs by slope·d + steepness·d². d is `now`, and `following` an epoch later."""
        self.trace, self.determinant = trace, determinant
        self.steepness, self.slope = steepness, slope
        self.now, self.following = now, following
        inside = trace**2 / 4 - determinant
        self.swing = math.sqrt(max(-inside, 0.0))
        """The imaginary part of the roots r of r² − T·r + D = 0; 0 where both are real."""
        self.slow = trace / 2 + math.copysign(math.sqrt(max(inside, 0.0)), trace)
        """The root of larger absolute value, if both are real."""
        self.fast = determinant / self.slow if self.slow else 0.0

    def advance(self) -> None:
        """Move on by one epoch."""
        self.now, self.following = self.following, self.trace * self.following - self.determinant * self.now

    def largest_change(self) -> float:
        """A bound on how much the distance changes the cost, now and in every later epoch."""
        bound = self._bound()
        return abs(self.slope) * bound + self.steepness * bound * bound

    def _bound(self) -> float:
        """A bound on the absolute distance, now and in every later epoch, for lr below the limit.

        With complex roots, (d(k+1) − T/2·d(k))² + swing²·d(k)² is multiplied by D each epoch. With real roots,
        d(k) = slow^k·d(0) + (d(1) − slow·d(0))·Σ slow^(k−1−j)·fast^j, and the sum is at most 1/(1 − |fast|).
        """
        if self.swing:
            return math.hypot((self.following - self.trace / 2 * self.now) / self.swing, self.now)
        return abs(self.now) + abs(self.following - self.slow * self.now) / (1 - abs(self.fast))


def tolerance(
    experiment: Experiment, number: int, first: Epoch, surface: Surface, backend: Backend
) -> Tolerance | None:
    """The tolerance with the settings of epoch `number`, for a run whose first epoch is `first`.

    It is `CONVERGED` times the distance that the cost had to fall, or the cost's rounding error if that is larger. None
    if no formula gives the rest point.
    """
    settings, bowl = experiment.settings_at(number), surface.quadratic
    if bowl is None:
        return by_cost(experiment, number, first, surface) if not settings.penalty else None
    penalty = settings.penalty
    rest = bowl.at_rest(settings.convention, penalty) if penalty else bowl.minimum
    least = bowl.cost(rest) if penalty else bowl.least_cost
    floor = rounding(experiment, least, bowl.zero_cost)
    found = QuadraticTolerance(
        surface=bowl,
        step_size=step_size(experiment, number, surface),
        to_curvature=bowl.factor(settings.convention),
        penalty=penalty,
        rest=rest,
        least=least,
        height=abs(first.cost - least),
        room=floor,
        margin=0.0,
        ahead=lambda epoch: after(epoch, experiment.steady_at(number), backend),
    )
    height = max(found.height, found._above(first.parameters)) if penalty else found.height
    room = max(CONVERGED * height, floor)
    margin = min(floor, MOST_DOUBT * room) if experiment.dataset.rows <= MOST_ROWS else 0.0
    return msgspec.structs.replace(found, height=height, room=room, margin=margin)


class Stage(msgspec.Struct, frozen=True):
    """Everything that is the same for each epoch until the settings change. While a schedule changes lr, that is one
    epoch.
    """

    epochs: range
    """The indexes of the epochs."""
    settings: Settings
    step_size: StepSize
    words: str
    """What happens to W; empty if only the costs so far tell."""
    tolerance: Tolerance | None


class Convergence:
    """Tells for each epoch of a run whether it has converged, and since when."""

    def __init__(self, experiment: Experiment, surface: Surface, epochs: Epochs, backend: Backend) -> None:
        """`epochs` may grow later."""
        self._experiment = experiment
        self._surface = surface
        self._epochs = epochs
        self._backend = backend
        self._tolerances: dict[Settings, Tolerance | None] = {}
        self._stage: Stage | None = None
        """The stage used last, as a cache."""
        self._within = range(0)
        """A range of epochs known to be within the tolerance, whose predecessor is known not to be."""

    def state_at(self, index: int) -> State:
        """How far the run has come at this index, under the settings in force there."""
        near = self.stage_at(index).tolerance
        return near.state(self._epochs[index]) if near else "going"

    def since(self, index: int) -> int | None:
        """The number of the first epoch from which all up to this index are within the tolerance.

        If the run came to a halt outside the tolerance, the epoch at which it did; None if it is still going.
        """
        near, first = self.stage_at(index).tolerance, self._first_with_settings_of(index)
        if near is None or near.state(self._epochs[index]) == "going":
            return None
        if not near.is_within(self._epochs[index]):
            indexes = range(index)
            return 1 + bisect_left(indexes, True, lo=first, key=lambda i: near.is_still(self._epochs[i]))
        if index not in self._within:
            self._within = range(self._entry(index), index + 1)
        return self._within.start + 1

    def _entry(self, index: int) -> int:
        """The index from which all epochs up to this index are within their tolerance."""
        known = self._within
        stop = known.stop if known and known.stop <= index else 0
        entry = index + 1
        while entry > stop:
            last = entry - 1
            near, first = self.stage_at(last).tolerance, max(self._first_with_settings_of(last), stop)
            if near is None or not near.is_within(self._epochs[last]):
                return entry
            entry = near.entry(self._epochs, first, last)
            if entry > first:
                return entry
        return known.start if stop else 0

    def _first_with_settings_of(self, index: int) -> int:
        """The index at which the settings last changed, up to this index."""
        return max((change.epoch - 1 for change in self._experiment.changes if change.epoch <= index + 1), default=0)

    def stage_at(self, index: int) -> Stage:
        """The stage that this index belongs to."""
        stage = self._stage
        if stage is None or index not in stage.epochs:
            self._stage = stage = self._begun_at(index)
        return stage

    def _begun_at(self, index: int) -> Stage:
        experiment, number = self._experiment, index + 1
        settings, rate = experiment.settings_at(number), step_size(experiment, number, self._surface)
        # The tolerance does not depend on lr while a schedule changes it.
        key = msgspec.structs.replace(settings, learning_rate=0.0) if rate.is_changing else settings
        if key not in self._tolerances:
            found = tolerance(experiment, number, self._epochs[0], self._surface, self._backend)
            self._tolerances[key] = found
        end = index + 1 if rate.is_changing else (experiment.next_change(number) or sys.maxsize) - 1
        words = "" if rate.regime == "unknown" else rate.in_words()
        return Stage(range(index, end), settings, rate, words, self._tolerances[key])
