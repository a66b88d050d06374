"""The lie of a cost that may have several valleys: where it is level, and where many starts end, run as one batch."""

import functools
from collections.abc import Sequence
from itertools import pairwise
from typing import Protocol

import torch
from torch import Tensor

from gdtui.descent.optimizers import torch_optimizer
from gdtui.experiment.change import Settings
from gdtui.experiment.experiment import Experiment
from gdtui.experiment.landscape import ELSEWHERE, LEAVES, WANDERS, Place, Stationary
from gdtui.experiment.optimizer import SGD

ACROSS = 4000
"""So many slopes are looked at on the way from one end to the other, and as many crowded about 0."""

SEEDS = 25
"""Newton's method starts from so many places along each of two parameters."""

NEWTON_STEPS, LONGEST_STEP = 80, 1.0

MOST = 40
"""More places than these are no single ones: the cost is level along a line."""

HALVINGS = 80

EPOCHS, TAIL = 400, 3
"""How many epochs starts are run for at most; a start is on its way down if its cost fell in each of the last."""

SAME = 1e-6
"""Places no further apart than this part of their size are one."""

FAR = 1e6
"""A start this many times further out than anything looked at has left for ever."""


class Costs(Protocol):
    """A cost for many parameters at once."""

    def costs(self, at: Tensor) -> Tensor:
        """The cost of each, by parameters of shape (parameters, many)."""


class Landscape:
    """See `experiment.landscape`."""

    def __init__(self, many: Costs, parameters: int, reach: float) -> None:
        """`reach` is how far from 0 to look."""
        self._many, self._parameters, self._reach = many, parameters, reach
        self._basins: tuple[object, str] = (None, "")

    @functools.cached_property
    def stationary(self) -> tuple[Stationary, ...]:
        """All places found where the cost is level, from left to right."""
        found = self._along_a_line() if self._parameters == 1 else self._over_a_plane()
        return tuple(sorted(found, key=lambda place: place.at))

    @functools.cached_property
    def valleys(self) -> tuple[Stationary, ...]:
        """The valleys among them."""
        return tuple(place for place in self.stationary if place.kind == "valley")

    def costs(self, places: Sequence[tuple[float, ...]]) -> list[float]:
        """The cost at each of many parameters, in one go."""
        found: list[float] = self._many.costs(torch.tensor(places, dtype=torch.float64).T).tolist()
        return found

    def slopes(self, at: Tensor) -> tuple[Tensor, Tensor]:
        """The cost and its gradient at many places."""
        at = at.detach().requires_grad_()
        costs = self._many.costs(at)
        (slopes,) = torch.autograd.grad(costs.sum(), at)
        return costs.detach(), slopes

    def hessians(self, at: Tensor) -> tuple[Tensor, Tensor]:
        """The gradient at many places, and the Hessian, of shape (parameters, parameters, many)."""
        at = at.detach().requires_grad_()
        (slopes,) = torch.autograd.grad(self._many.costs(at).sum(), at, create_graph=True)
        if not slopes.requires_grad:
            return slopes.detach(), torch.zeros(len(at), *at.shape, dtype=at.dtype)
        rows = [torch.autograd.grad(slope.sum(), at, retain_graph=True)[0] for slope in slopes]
        return slopes.detach(), torch.stack(rows)

    def _along_a_line(self) -> list[Stationary]:
        """Places between two slopes of which one falls and one rises, and those where a slope only just is level."""
        even = torch.linspace(-1.0, 1.0, ACROSS, dtype=torch.float64)
        at = self._reach * torch.cat([even, even**5]).sort().values
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
        """Those of the places that are no steeper than allowed; `signs` are those of the slopes to the left of them."""
        if not len(at):
            return []
        costs, slopes = self.slopes(at.unsqueeze(0))
        curvatures = self.hessians(at.unsqueeze(0))[1][0, 0]
        found = []
        for index, place in enumerate(at.tolist()):
            if not (costs[index].isfinite() and slopes[0, index].abs() <= steepest[index]):
                continue  # a pole, or no level place after all
            kind: Place = "saddle" if signs is None else "valley" if signs[index] < 0 else "hill"
            curvature = float(curvatures[index].nan_to_num(0.0, 0.0, 0.0))
            found.append(Stationary((self._rounded(place),), costs[index].item(), kind, curvature))
        return found

    def _halved(self, left: Tensor, right: Tensor) -> Tensor:
        """Where slopes change their sign between left and right, by halving."""
        sign = self.slopes(left.unsqueeze(0))[1][0].sign()
        for _step in range(HALVINGS):
            middle = (left + right) / 2
            is_left = self.slopes(middle.unsqueeze(0))[1][0].sign() == sign
            left, right = torch.where(is_left, middle, left), torch.where(is_left, right, middle)
        return right

    def _lowest(self, left: Tensor, right: Tensor) -> Tensor:
        """Where slopes are least between left and right, by thirds."""
        for _step in range(HALVINGS):
            third = (right - left) / 3
            one, other = (self.slopes(at.unsqueeze(0))[1][0].abs() for at in (left + third, right - third))
            left, right = torch.where(one > other, left + third, left), torch.where(one > other, right, right - third)
        return (left + right) / 2

    def _over_a_plane(self) -> list[Stationary]:
        """Where Newton's method comes to from a grid of places, each counted once."""
        even = self._reach * torch.linspace(-0.61, 0.6, SEEDS, dtype=torch.float64)  # 0 itself may be level
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
        is_level &= at.norm(dim=0) <= 2 * self._reach
        at = at[:, is_level]
        places: list[Tensor] = []
        for place in at.T[at[0].argsort()]:
            if all((place - other).norm() > 100 * SAME * (1 + other.norm()) for other in places):
                places.append(place)
                if len(places) > MOST:
                    return []
        return [self._on_a_plane(place) for place in places]

    def _on_a_plane(self, place: Tensor) -> Stationary:
        """A level place, told by its Hessian, or where that is 0 in a direction by the costs around it."""
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

    def basins(self, experiment: Experiment, epoch: int, starts: tuple[float, ...]) -> str:
        """Where runs from each of these values of W end with the settings of an epoch: a character for each."""
        settings, objective = experiment.settings_at(epoch), experiment.objective
        factors = (objective.conventions[name] for name in (settings.convention, objective.slope_of_cost))
        here, of_cost = (factor.of(max(1, experiment.dataset.rows)) for factor in factors)
        key = settings, starts
        if self._basins[0] != key:
            self._basins = key, self._run(settings, here / of_cost, torch.tensor([starts], dtype=torch.float64))
        return self._basins[1]

    def _run(self, settings: Settings, factor: float, at: Tensor) -> str:
        """All starts together: each update moves every one of them."""
        far = FAR * max(self._reach, at.abs().max().item())
        optimizer = None if settings.optimizer == SGD else torch_optimizer([at], settings)
        tail: list[Tensor] = []
        for number in range(EPOCHS):
            costs, slopes = self.slopes(at)
            tail = [*tail[-TAIL:], costs]
            if optimizer:
                at.grad = factor * slopes
                before = at.clone()
                optimizer.step()
            else:
                before, at = at, at - settings.learning_rate * (factor * slopes + settings.decay * at)
            has_ended = (at - before).abs() <= 1e-9 * (1 + at.abs()) if number >= TAIL else torch.zeros_like(at).bool()
            if bool((has_ended | ~(at.abs() < far)).all()):
                break
        is_falling = torch.stack([later < earlier for earlier, later in pairwise(tail)]).all(dim=0)
        rows = zip(at[0].tolist(), has_ended[0].tolist(), is_falling.tolist(), strict=True)
        return "".join(self._mark(place, has_ended, falls, far) for place, has_ended, falls in rows)

    def _mark(self, place: float, has_ended: bool, falls: bool, far: float) -> str:
        """The character for a start that came to `place`."""
        if not abs(place) < far:
            return LEAVES
        number = self.valley_at((place,))
        if number is None:
            return ELSEWHERE if has_ended else WANDERS
        near = abs(place - self.valleys[number - 1].at[0]) <= 1e-3 * (1 + abs(place))
        if not (falls or near):
            return ELSEWHERE if has_ended else WANDERS
        return str(number)[-1]

    def valley_at(self, at: tuple[float, ...]) -> int | None:
        """The number of the valley between whose hills a value of W is."""
        places = [place for place in self.stationary if place.kind != "saddle"]
        right = next((index for index, place in enumerate(places) if place.at > at), len(places))
        near = [place for place in places[max(0, right - 1) : right + 1] if place.kind == "valley"]
        return 1 + self.valleys.index(near[0]) if near else None

    def _rounded(self, value: float) -> float:
        """Without the last bits, which are those of the search: 1 is 1."""
        return float(f"{value:.12g}") if abs(value) > SAME**2 * self._reach else 0.0
