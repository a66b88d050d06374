"""Basins: in which valley runs from many starts end, all run together, with the settings and batches of a run."""

from collections.abc import Callable
from itertools import pairwise

import torch
from torch import Tensor

from gdtui.descent.landscape import LevelPlaces
from gdtui.descent.methods import torch_optimizer
from gdtui.descent.tensors import batches
from gdtui.experiment.experiment import Experiment
from gdtui.experiment.optimizer import SGD
from gdtui.experiment.schedule import Stretch
from gdtui.experiment.surface import ELSEWHERE, LEAVES, WANDERS, asked_of

EPOCHS, TAIL = 400, 3
"""How many epochs starts are run for at most; a start is on its way down if its cost fell in each of the last."""

STEADY = 40
"""With batches, which never come to rest, a start has ended in the valley that it was in for so many epochs."""

FAR = 1e6
"""A start this many times further out than anything looked at has left for ever."""


MOST_UPDATES = 50
"""With more updates an epoch, taking starts through them would take too long."""


class Landscape(LevelPlaces):
    """See `experiment.surface`."""

    _known: tuple[object, str] = (None, "")

    def basins(
        self, experiment: Experiment, epoch: int, starts: tuple[float, ...], is_left: Callable[[], bool] = lambda: False
    ) -> str:
        """Where runs from each of these values of W end with the settings of an epoch: a character for each."""
        asked = asked_of(experiment, epoch, starts)
        if self._known[0] != asked:
            found = "" if experiment.updates > MOST_UPDATES else _Runs(self, experiment, epoch, starts).found(is_left)
            if is_left():
                return ""
            self._known = asked, found
        return self._known[1]

    def known_basins(self, experiment: Experiment, epoch: int, starts: tuple[float, ...]) -> str | None:
        """What `basins` says, where it was asked that last; None where it has yet to be worked out."""
        asked, found = self._known
        return found if asked == asked_of(experiment, epoch, starts) else None


class _Runs:
    """Runs that begin at many values of W, side by side, as a run does that begins with the settings of an epoch."""

    def __init__(self, landscape: LevelPlaces, experiment: Experiment, epoch: int, starts: tuple[float, ...]) -> None:
        self._landscape, self._experiment = landscape, experiment
        settings, stretch = experiment.settings_at(epoch), experiment.stretch_at(epoch)
        self._settings, self._stretch = settings, Stretch(1, stretch.rate, stretch.schedule)
        self._conventions = settings.convention, experiment.objective.slope_of_cost
        self._at = torch.tensor([starts], dtype=torch.float64)
        self._far = FAR * max(landscape.reach, self._at.abs().max().item())
        self._optimizer = None if settings.optimizer == SGD else torch_optimizer([self._at], settings)

    def found(self, is_left: Callable[[], bool]) -> str:
        """A character for each start, as `experiment.surface` says; empty where this was left."""
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
                self._at -= rate * (slopes + settings.decay * self._at)

    def _mark(self, place: float, has_ended: bool, falls: bool) -> str:
        """The character for a start that came to `place`."""
        if not abs(place) < self._far:
            return LEAVES
        number = self._landscape.valley_at((place,))
        if number is not None:
            near = abs(place - self._landscape.valleys[number - 1].at[0]) <= 1e-3 * (1 + abs(place))
            if falls or near:
                return str(number)[-1]
        return ELSEWHERE if has_ended else WANDERS

    def _mark_of_batches(self, place: float, way: list[float]) -> str:
        """The same for one that came this way in its last epochs."""
        if not abs(place) < self._far:
            return LEAVES
        numbers = {self._landscape.valley_at((each,)) for each in (*way, place)}
        number = numbers.pop()
        return WANDERS if numbers or number is None else str(number)[-1]
