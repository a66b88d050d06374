"""The series that the charts draw, kept up with a run as it grows."""

from gdtui.lab.history import History
from gdtui.ui.charts.decimate import Decimated
from gdtui.ui.charts.strokes import Point

MOST_PARAMETERS = 4
"""How many parameters are followed: the first weights, and b last."""


class Series:
    """Cost and parameters by epoch of one run, thinned so that a chart costs the same for any history."""

    def __init__(self, parameters: int) -> None:
        """`parameters` is how many the run has."""
        shown = range(parameters) if parameters <= MOST_PARAMETERS else (*range(MOST_PARAMETERS - 1), parameters - 1)
        self.parameters = tuple(shown)
        """The indexes of the parameters followed."""
        self._taken = 0
        self._costs = Decimated()
        self._validations = Decimated()
        self._values = [Decimated() for _ in self.parameters]

    def follow(self, history: History) -> None:
        """Take in what is new of the run's history."""
        known = len(history)
        if known == self._taken:
            return
        self._costs.extend(history.costs(self._taken, known))
        if history.validates:
            self._validations.extend(history.validations(self._taken, known))
        for parameter, values in zip(self.parameters, self._values, strict=True):
            values.extend(history.values(parameter, self._taken, known))
        self._taken = known

    def costs(self, most: int) -> list[Point]:
        """(epoch, cost), about `most` points at the most."""
        return _by_epoch(self._costs, most)

    def validations(self, most: int) -> list[Point]:
        """(epoch, validation cost); none where no rows are kept back."""
        return _by_epoch(self._validations, most)

    def values(self, most: int) -> list[list[Point]]:
        """(epoch, value) for each parameter followed."""
        return [_by_epoch(values, most) for values in self._values]


def _by_epoch(series: Decimated, most: int) -> list[Point]:
    return [(index + 1, value) for index, value in series.points(most)]
