"""Datasets of streamed rows, or rows shared among processes: linear regression needs only sums over all rows."""

import math
from collections.abc import Iterator
from operator import mul

import msgspec

from gdtui.errors import ExperimentError
from gdtui.experiment.dataset import Column, Dataset, Labels, Scaling, column
from gdtui.text import _

Triangle = tuple[tuple[float, ...], ...]
"""A triangular R for which RᵀR is the matrix of sums of products.

The sum of squared errors over all rows is that over the few rows of R. Computed from R it keeps digits near the
minimum that would cancel if it were computed from the sums themselves.
"""


ONE_TARGET = _("--stream and torchrun take one target: leave the others out")


class SummedRows(Dataset, frozen=True, kw_only=True):
    """A table of which only sums are kept; each column of x and y holds just its least and its greatest number."""

    in_all: int = 0
    """The number of rows that were summed."""
    triangle: Triangle = ()
    """For the columns 1, each x, and y, in this order; below its first row are the sums about the means."""

    @property
    def rows(self) -> int:
        """m, the number of rows."""
        return self.in_all

    def made(self, x_scale: float, degree: int, validate: float | None, seed: int, classes: Labels = ()) -> Dataset:
        """This data with x multiplied by the factor."""
        if classes:
            raise ExperimentError("hypothesis", _("needs every row: leave it out"))
        if degree > 1 or validate is not None:
            raise ExperimentError("degree" if degree > 1 else "validate", _("needs every row: leave it out"))
        own = super().made(x_scale, degree, validate, seed)
        return own if own is self else msgspec.structs.replace(own, triangle=self.scaled([x_scale] * len(self.x)))

    def _moments(self) -> Iterator[tuple[float, float]]:
        """Mean and deviation of each column of x."""
        (ones, *sums, _of_y), *below = self.triangle
        columns = list(zip(*below, strict=True)) or [()] * len(self.triangle[0])  # a single row
        for total, values in zip(sums, columns[1:-1], strict=True):
            yield total / ones, math.hypot(*values) / math.sqrt(self.rows)

    def _scaled(self, scaling: Scaling) -> Dataset:
        """This data scaled like this."""
        top, *below = self.scaled([1 / deviation for deviation in scaling.deviations])
        centred = (top[0], *(0.0 for _mean in scaling.means), top[-1])
        return msgspec.structs.replace(super()._scaled(scaling), triangle=(centred, *below))

    def scaled(self, factors: list[float]) -> Triangle:
        """The triangle of the same rows with each column of x multiplied by its factor."""
        return tuple((row[0], *map(mul, factors, row[1:-1]), row[-1]) for row in self.triangle)


def bounds(rows: int, rank: int, size: int) -> tuple[int, int]:
    """The first row of a process's share and the row after its last, of `rows` rows shared among `size` processes."""
    return rows * rank // size, rows * (rank + 1) // size


class SharedRows(SummedRows, frozen=True, kw_only=True):
    """A table of which this process holds a share of the rows, and the sums over all of them."""

    share: tuple[Column, ...] = ()
    """The columns of x and then y, in the rows of the share, which may be empty."""
    numbers: tuple[tuple[int, int], ...] = ()
    """Ranges of row numbers, counted from 0: the first, and the one after the last."""

    def made(self, x_scale: float, degree: int, validate: float | None, seed: int, classes: Labels = ()) -> Dataset:
        """This data with x multiplied by the factor."""
        own = super().made(x_scale, degree, validate, seed, classes)
        *x, y = self.share
        columns = (column(value * x_scale for value in values) for values in x)
        return own if own is self else msgspec.structs.replace(own, share=(*columns, y))

    def _scaled(self, scaling: Scaling) -> Dataset:
        """This data scaled like this."""
        *x, y = self.share
        return msgspec.structs.replace(super()._scaled(scaling), share=(*scaling.columns(x), y))
