"""The runs on the board as the charts show them: each with its letter and its way so far."""

from collections.abc import Sequence
from weakref import WeakKeyDictionary

import msgspec

from gdtui.experiment.epoch import Epoch
from gdtui.experiment.experiment import Experiment
from gdtui.lab.board import BoardRun
from gdtui.lab.frame import trail
from gdtui.lab.run import Run
from gdtui.numbers import significant
from gdtui.ui.charts.series import Series

FAR = 4.0
"""A run so many times further away than the present one is left out of the limits of a picture."""


class Other(msgspec.Struct, frozen=True):
    """A run beside the present one."""

    name: str
    experiment: Experiment
    series: Series
    known: int
    """How far the series goes. They grow in place, and a longer one is another view."""
    trail: tuple[Epoch, ...]
    """The way to `epoch`."""
    epoch: Epoch
    """The one with the number of the epoch looked at, or its last."""
    is_alike: bool
    """Whether it has the same data and hypothesis, so that its parameters can stand on the same axes."""


class Others:
    """Keeps the series of the runs on the board up with them."""

    def __init__(self) -> None:
        self._series: WeakKeyDictionary[Run, Series] = WeakKeyDictionary()
        """A run that nobody shows any more is let go, and with it all it has come through."""

    def beside(self, present: Run, kept: Sequence[BoardRun]) -> tuple[Other, ...]:
        """All runs on the board but the present one, as they stand at its epoch."""
        return tuple(self._other(entry, present) for entry in kept if entry.run is not present)

    def series_of(self, run: Run) -> Series:
        """The series of a run, kept up with it."""
        if run not in self._series:
            self._series[run] = Series(run.history.parameters)
        self._series[run].follow(run.history)
        return self._series[run]

    def _other(self, kept: BoardRun, present: Run) -> Other:
        run = kept.run
        index = min(present.cursor, len(run.history) - 1)
        return Other(
            name=kept.name,
            experiment=run.experiment,
            series=self.series_of(run),
            known=len(run.history),
            trail=tuple(run.history[i] for i in trail(index)),
            epoch=run.history[index],
            is_alike=run.experiment.dataset is present.experiment.dataset
            and run.experiment.has_bias == present.experiment.has_bias,
        )


def legend(others: Sequence[Other]) -> str:
    """`A lr 0.12  B lr 0.2`, each at its end."""
    rates = ((other.name, other.experiment.settings_at(other.known).learning_rate) for other in others)
    return "  ".join(f"{name} lr {significant(rate, 3)}" for name, rate in rates)
