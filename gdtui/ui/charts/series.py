"""The series that the charts draw, kept up with a run as it grows."""

from gdtui.lab.run import Run
from gdtui.ui.charts.decimate import Decimated
from gdtui.ui.charts.strokes import Point

MOST_PARAMETERS = 4
"""How many parameters are followed: the first weights, and b last."""


class Series:
    """Cost and parameters by epoch, thinned so that a chart costs the same for any history."""

    def __init__(self) -> None:
        self._run: Run | None = None
        self._taken = 0
        self.parameters: tuple[int, ...] = ()
        """The indexes of the parameters followed."""
        self._costs = Decimated()
        self._values: list[Decimated] = []

    def follow(self, run: Run) -> None:
        """Take in what is new; another run is taken in from its beginning."""
        if run is not self._run:
            self._run, self._taken = run, 0
            count = run.history.parameters
            shown = range(count) if count <= MOST_PARAMETERS else (*range(MOST_PARAMETERS - 1), count - 1)
            self.parameters = tuple(shown)
            self._costs = Decimated()
            self._values = [Decimated() for _ in self.parameters]
        known = len(run.history)
        if known == self._taken:
            return
        self._costs.extend(run.history.costs(self._taken, known))
        for parameter, values in zip(self.parameters, self._values, strict=True):
            values.extend(run.history.values(parameter, self._taken, known))
        self._taken = known

    def costs(self, most: int) -> list[Point]:
        """(epoch, cost), about `most` points at the most."""
        return _by_epoch(self._costs, most)

    def values(self, most: int) -> list[list[Point]]:
        """(epoch, value) for each parameter followed."""
        return [_by_epoch(values, most) for values in self._values]


def _by_epoch(series: Decimated, most: int) -> list[Point]:
    return [(index + 1, value) for index, value in series.points(0, len(series) - 1, most=most)]
