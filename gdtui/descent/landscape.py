"""The shape of a cost that may have several valleys: its stationary points, and in which valleys runs from many starts
end.

These runs are computed side by side, with the settings and batches of a run.
"""

import functools
import math
from collections.abc import Callable, Sequence
from itertools import pairwise

import torch
from torch import Tensor

from gdtui.descent.methods import torch_optimizer
from gdtui.descent.objective import CostsOf
from gdtui.descent.tensors import batches
from gdtui.experiment.experiment import Experiment
from gdtui.experiment.optimizer import SGD
from gdtui.experiment.schedule import Stretch
from gdtui.experiment.surface import ELSEWHERE, LEAVES, WANDERS, Place, Stationary, asked_of

ACROSS, FEWEST_ACROSS = 4000, 200
"""How many slopes are computed from one end to the other, and again close to 0; fewer with many rows."""

SEEDS, FEWEST_SEEDS = 25, 9
"""How many starting places Newton's method has along each of two parameters; fewer with many rows."""

MOST_AT_ONCE, MOST_ROWS_AT_ONCE = 400_000, 20_000
"""The most rows × points computed at once, for one parameter and for two: with more rows there are fewer points."""

NEWTON_STEPS, LONGEST_STEP = 80, 1.0

MOST = 40
"""With more points than this, the cost is taken to be level along a whole line."""

HALVINGS = 80

SAME = 1e-6
"""Points closer together than this part of their size count as one."""


EPOCHS, TAIL = 400, 3
"""The most epochs for each start; a start is still on its way down if its cost fell in each of the last TAIL."""

STEADY = 40
"""Runs with batches never come to rest, so one has ended once it was in the same valley for this many epochs."""

FAR = 1e6
"""A start that gets this many times further out than anything looked at counts as diverged."""

MOST_UPDATES = 50
"""With more updates per epoch, running the starts would take too long."""


def _are_same(some: Sequence[Tensor], others: Sequence[Tensor]) -> bool:
    """Whether the parameters no longer change, so that every later step would do the same."""
    return all(map(torch.equal, some, others))


class Landscape:
    """See `experiment.surface`."""

    _known: tuple[object, str] = (None, "")

    def __init__(self, costs_of: CostsOf, parameters: int, reach: float, rows: int = 1) -> None:
        """`reach` is how far from 0 to look; `rows` is how many rows each cost is computed from."""
        self._costs_of, self._parameters, self.reach, self._rows = costs_of, parameters, reach, rows

    @functools.cached_property
    def stationary(self) -> tuple[Stationary, ...]:
        """All stationary points found, from left to right."""
        found = self._along_a_line() if self._parameters == 1 else self._over_a_plane()
        return tuple(sorted(found, key=lambda place: place.at))

    @functools.cached_property
    def valleys(self) -> tuple[Stationary, ...]:
        """The minima among them."""
        return tuple(place for place in self.stationary if place.kind == "valley")

    def costs(self, places: Sequence[tuple[float, ...]]) -> list[float]:
        """The cost at each of many points, computed at once."""
        found: list[float] = self._costs_of(torch.tensor(places, dtype=torch.float64).T, None).tolist()
        return found

    def slopes(self, at: Tensor, numbers: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """The cost and its gradient at many points, over all rows or those of a batch."""
        at = at.detach().requires_grad_()
        costs = self._costs_of(at, numbers)
        (slopes,) = torch.autograd.grad(costs.sum(), at)
        return costs.detach(), slopes

    def hessians(self, at: Tensor) -> tuple[Tensor, Tensor]:
        """The gradient at many points, and the Hessian, of shape (parameters, parameters, points)."""
        at = at.detach().requires_grad_()
        (slopes,) = torch.autograd.grad(self._costs_of(at, None).sum(), at, create_graph=True)
        if not slopes.requires_grad:
            return slopes.detach(), torch.zeros(len(at), *at.shape, dtype=at.dtype)
        rows = [torch.autograd.grad(slope.sum(), at, retain_graph=True)[0] for slope in slopes]
        return slopes.detach(), torch.stack(rows)

    def _along_a_line(self) -> list[Stationary]:
        """Points between two slopes of opposite sign, and those where a slope touches zero."""
        count = max(FEWEST_ACROSS, min(ACROSS, MOST_AT_ONCE // self._rows))
        even = torch.linspace(-1.0, 1.0, count, dtype=torch.float64)
        at = self.reach * torch.cat([even, even**5]).sort().values
        slopes = self.slopes(at.unsqueeze(0))[1][0]
        signs = slopes.sign()
        is_known = torch.isfinite(slopes) & (signs != 0)
        at, slopes, signs = at[is_known], slopes[is_known], signs[is_known]
        turns = (signs[:-1] != signs[1:]).nonzero().squeeze(1)
        sizes = slopes.abs()
        dips = ((sizes[1:-1] < sizes[:-2]) & (sizes[1:-1] <= sizes[2:])).nonzero().squeeze(1) + 1
        dips = dips[(signs[dips - 1] == signs[dips]) & (signs[dips] == signs[dips + 1])]
        if max(len(turns), len(dips)) > 10 * MOST:
            return []
        return [
            *self._described(
                self._halved(at[turns], at[turns + 1]), sizes[turns].maximum(sizes[turns + 1]), signs[turns]
            ),
            *self._described(self._lowest(at[dips - 1], at[dips + 1]), SAME * sizes[dips + 1], None),
        ]

    def _described(self, at: Tensor, steepest: Tensor, signs: Tensor | None) -> list[Stationary]:
        """The points that are flat enough, with their kind; `signs` are the signs of the slope to their left."""
        if not len(at):
            return []
        costs, slopes = self.slopes(at.unsqueeze(0))
        curvatures = self.hessians(at.unsqueeze(0))[1][0, 0]
        found = []
        for index, place in enumerate(at.tolist()):
            if not (costs[index].isfinite() and slopes[0, index].abs() <= steepest[index]):
                continue  # a pole, or not stationary after all
            kind: Place = "saddle" if signs is None else "valley" if signs[index] < 0 else "hill"
            curvature = float(curvatures[index].nan_to_num(0.0, 0.0, 0.0))
            found.append(Stationary((self._rounded(place),), costs[index].item(), kind, curvature))
        return found

    def _halved(self, left: Tensor, right: Tensor) -> Tensor:
        """Where the slope changes sign between left and right, by bisection."""
        sign = self.slopes(left.unsqueeze(0))[1][0].sign()
        for _step in range(HALVINGS):
            middle = (left + right) / 2
            is_left = self.slopes(middle.unsqueeze(0))[1][0].sign() == sign
            before = left, right
            left, right = torch.where(is_left, middle, left), torch.where(is_left, right, middle)
            if _are_same(before, (left, right)):
                break
        return right

    def _lowest(self, left: Tensor, right: Tensor) -> Tensor:
        """Where the slope is least between left and right, by ternary search."""
        for _step in range(HALVINGS):
            third = (right - left) / 3
            between = torch.cat([left + third, right - third])
            one, other = self.slopes(between.unsqueeze(0))[1][0].abs().chunk(2)
            before = left, right
            left, right = torch.where(one > other, left + third, left), torch.where(one > other, right, right - third)
            if _are_same(before, (left, right)):
                break
        return (left + right) / 2

    def _over_a_plane(self) -> list[Stationary]:
        """Where Newton's method ends from a grid of points, without duplicates."""
        count = max(FEWEST_SEEDS, min(SEEDS, math.isqrt(MOST_ROWS_AT_ONCE // self._rows)))
        even = self.reach * torch.linspace(-0.61, 0.6, count, dtype=torch.float64)  # 0 itself may be level
        at = torch.cartesian_prod(even, even).T
        for _step in range(NEWTON_STEPS):
            slopes, hessians = self.hessians(at)
            (a, b), (c, d) = hessians
            step = torch.stack([d * slopes[0] - b * slopes[1], a * slopes[1] - c * slopes[0]]) / (a * d - b * c)
            at = at - step * (LONGEST_STEP / step.norm(dim=0).clamp(min=LONGEST_STEP))
        slopes, hessians = self.hessians(at)
        size = 1 + at.norm(dim=0)
        is_level = (step.norm(dim=0) <= SAME / 100 * size) & (
            slopes.norm(dim=0) <= SAME * (1 + hessians.abs().amax((0, 1)))
        )
        is_level &= at.norm(dim=0) <= 2 * self.reach
        at = at[:, is_level]
        places: list[Tensor] = []
        for place in at.T[at[0].argsort()]:
            if all((place - other).norm() > 100 * SAME * (1 + other.norm()) for other in places):
                places.append(place)
                if len(places) > MOST:
                    return []
        return [self._on_a_plane(place) for place in places]

    def _on_a_plane(self, place: Tensor) -> Stationary:
        """The kind of a stationary point: from its Hessian, or if that is 0 in some direction, from the costs around
        it.
        """
        (cost,), _slopes = self.slopes(place.unsqueeze(1))
        low, high = torch.linalg.eigvalsh(self.hessians(place.unsqueeze(1))[1][..., 0]).tolist()
        flat = SAME * max(abs(low), abs(high))
        at = tuple(map(self._rounded, place.tolist()))
        if min(abs(low), abs(high)) > flat:
            return Stationary(at, cost.item(), "valley" if low > 0 else "hill" if high < 0 else "saddle", low)
        angles = torch.linspace(0, 2 * torch.pi, 33, dtype=place.dtype)
        circle = place.unsqueeze(1) + 1e-2 * torch.stack([angles.cos(), angles.sin()])
        above = self.slopes(circle)[0] - cost
        kind: Place = "valley" if bool((above > 0).all()) else "hill" if bool((above < 0).all()) else "saddle"
        return Stationary(at, cost.item(), kind, 0.0)

    def valley_at(self, at: tuple[float, ...]) -> int | None:
        """The number of the valley that contains W, between its two hills."""
        places = [place for place in self.stationary if place.kind != "saddle"]
        right = next((index for index, place in enumerate(places) if place.at > at), len(places))
        near = [place for place in places[max(0, right - 1) : right + 1] if place.kind == "valley"]
        return 1 + self.valleys.index(near[0]) if near else None

    def _rounded(self, value: float) -> float:
        """The value without the last bits, which are search error: 1 is exactly 1."""
        return float(f"{value:.12g}") if abs(value) > SAME**2 * self.reach else 0.0

    def basins(
        self, experiment: Experiment, epoch: int, starts: tuple[float, ...], is_left: Callable[[], bool] = lambda: False
    ) -> str:
        """Where runs from each of these values of W end with the settings of an epoch: one character each."""
        asked = asked_of(experiment, epoch, starts)
        if self._known[0] != asked:
            found = "" if experiment.updates > MOST_UPDATES else _Runs(self, experiment, epoch, starts).found(is_left)
            if is_left():
                return ""
            self._known = asked, found
        return self._known[1]

    def known_basins(self, experiment: Experiment, epoch: int, starts: tuple[float, ...]) -> str | None:
        """The last result of `basins` if it was for the same question; None if it has yet to be computed."""
        asked, found = self._known
        return found if asked == asked_of(experiment, epoch, starts) else None


class _Runs:
    """Runs from many values of W side by side, each with the settings of an epoch from the start."""

    def __init__(self, landscape: Landscape, experiment: Experiment, epoch: int, starts: tuple[float, ...]) -> None:
        self._landscape, self._experiment = landscape, experiment
        settings, stretch = experiment.settings_at(epoch), experiment.stretch_at(epoch)
        self._settings, self._stretch = settings, Stretch(1, stretch.rate, stretch.schedule)
        self._conventions = settings.convention, experiment.objective.slope_of_cost
        self._at = torch.tensor([starts], dtype=torch.float64)
        self._far = FAR * max(landscape.reach, self._at.abs().max().item())
        self._optimizer = None if settings.optimizer == SGD else torch_optimizer([self._at], settings)

    def found(self, is_left: Callable[[], bool]) -> str:
        """One character per start, as in `experiment.surface`; empty if cancelled."""
        tail: list[Tensor] = []
        has_ended = torch.zeros_like(self._at).bool()
        for number in range(1, EPOCHS + 1):
            if is_left():
                return ""
            before = self._at.clone()
            tail = [*tail[1 - STEADY :], before if self._experiment.batch else self._landscape.slopes(before)[0]]
            self._take(number, self._stretch.rate_at(number))
            if self._experiment.batch is None and number > TAIL:
                has_ended = (self._at - before).abs() <= 1e-9 * (1 + self._at.abs())
            if bool((has_ended | ~(self._at.abs() < self._far)).all()):
                break
        if self._experiment.batch:
            return "".join(map(self._mark_of_batches, self._at[0].tolist(), torch.cat(tail).T.tolist()))
        is_falling = torch.stack([later < earlier for earlier, later in pairwise(tail[-1 - TAIL :])]).all(dim=0)
        return "".join(map(self._mark, self._at[0].tolist(), has_ended[0].tolist(), is_falling.tolist()))

    def _take(self, number: int, rate: float) -> None:
        """Take the updates of an epoch."""
        experiment, settings = self._experiment, self._settings
        if self._optimizer:
            self._optimizer.param_groups[0]["lr"] = rate
        for rows in [None] if experiment.batch is None else batches(experiment, number):
            count = max(1, experiment.dataset.rows if rows is None else len(rows))
            here, of_cost = (experiment.objective.factor(name).of(count) for name in self._conventions)
            slopes = here / of_cost * self._landscape.slopes(self._at, rows)[1]
            if self._optimizer:
                self._at.grad = slopes
                self._optimizer.step()
            else:
                self._at -= rate * (slopes + settings.penalty * self._at)

    def _mark(self, place: float, has_ended: bool, falls: bool) -> str:
        """The character for a start that ended at `place`."""
        if not abs(place) < self._far:
            return LEAVES
        number = self._landscape.valley_at((place,))
        if number is not None:
            near = abs(place - self._landscape.valleys[number - 1].at[0]) <= 1e-3 * (1 + abs(place))
            if falls or near:
                return str(number)[-1]
        return ELSEWHERE if has_ended else WANDERS

    def _mark_of_batches(self, place: float, way: list[float]) -> str:
        """The character for a start with batches, which had the values `way` in its last epochs."""
        if not abs(place) < self._far:
            return LEAVES
        numbers = {self._landscape.valley_at((each,)) for each in (*way, place)}
        number = numbers.pop()
        return WANDERS if numbers or number is None else str(number)[-1]
