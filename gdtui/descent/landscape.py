"""The lie of a cost that may have several valleys: where it is level, and in which of them a parameter lies."""

import functools
import math
from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from gdtui.experiment.surface import Place, Stationary

ACROSS, FEWEST_ACROSS = 4000, 200
"""So many slopes are looked at from one end to the other, and as many crowded about 0; fewer with many rows."""

SEEDS, FEWEST_SEEDS = 25, 9
"""Newton's method starts from so many places along each of two parameters; fewer with many rows."""

MOST_AT_ONCE, MOST_ROWS_AT_ONCE = 400_000, 20_000
"""So many rows × places make that fewer, along one parameter and over two."""

NEWTON_STEPS, LONGEST_STEP = 80, 1.0

MOST = 40
"""More places than these are no single ones: the cost is level along a line."""

HALVINGS = 80

SAME = 1e-6
"""Places no further apart than this part of their size are one."""


CostsOf = Callable[[Tensor, Tensor | None], Tensor]
"""The cost of each of many parameters of shape (parameters, many), over all rows or those with these numbers."""


class LevelPlaces:
    """What `experiment.surface` says of a landscape, but for where starts end."""

    def __init__(self, costs_of: CostsOf, parameters: int, reach: float, rows: int = 1) -> None:
        """`reach` is how far from 0 to look, `rows` how many rows each cost is worked out from."""
        self._costs_of, self._parameters, self.reach, self._rows = costs_of, parameters, reach, rows

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
        found: list[float] = self._costs_of(torch.tensor(places, dtype=torch.float64).T, None).tolist()
        return found

    def slopes(self, at: Tensor, numbers: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """The cost and its gradient at many places, over all rows or those of a batch."""
        at = at.detach().requires_grad_()
        costs = self._costs_of(at, numbers)
        (slopes,) = torch.autograd.grad(costs.sum(), at)
        return costs.detach(), slopes

    def hessians(self, at: Tensor) -> tuple[Tensor, Tensor]:
        """The gradient at many places, and the Hessian, of shape (parameters, parameters, many)."""
        at = at.detach().requires_grad_()
        (slopes,) = torch.autograd.grad(self._costs_of(at, None).sum(), at, create_graph=True)
        if not slopes.requires_grad:
            return slopes.detach(), torch.zeros(len(at), *at.shape, dtype=at.dtype)
        rows = [torch.autograd.grad(slope.sum(), at, retain_graph=True)[0] for slope in slopes]
        return slopes.detach(), torch.stack(rows)

    def _along_a_line(self) -> list[Stationary]:
        """Places between two slopes of which one falls and one rises, and those where a slope only just is level."""
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

    def valley_at(self, at: tuple[float, ...]) -> int | None:
        """The number of the valley between whose hills a value of W is."""
        places = [place for place in self.stationary if place.kind != "saddle"]
        right = next((index for index, place in enumerate(places) if place.at > at), len(places))
        near = [place for place in places[max(0, right - 1) : right + 1] if place.kind == "valley"]
        return 1 + self.valleys.index(near[0]) if near else None

    def _rounded(self, value: float) -> float:
        """Without the last bits, which are those of the search: 1 is 1."""
        return float(f"{value:.12g}") if abs(value) > SAME**2 * self.reach else 0.0
