"""Rows that are streamed, or shared out among processes: linear regression over all rows needs only their sums."""

import math
from collections.abc import Iterator
from operator import mul

import msgspec

from gdtui.errors import ExperimentError
from gdtui.experiment.dataset import Column, Dataset, Labels, Scaling, column
from gdtui.text import _

Triangle = tuple[tuple[float, ...], ...]
"""A square root R of sums of products: RᵀR is that matrix of sums. A sum of squares of errors is that of the few rows
of R, and keeps digits near the minimum that a difference of the sums themselves would lose."""


ONE_TARGET = _("--stream and torchrun take one target: leave the others out")


class SummedRows(Dataset, frozen=True, kw_only=True):
    """A table of which only sums are kept; x and y hold the least and the greatest number of each column."""

    in_all: int = 0
    """How many rows were summed."""
    triangle: Triangle = ()
    """Of the sums of products of 1, each x and y, in this order: below its first row are sums about the means."""

    @property
    def rows(self) -> int:
        """m, the number of rows."""
        return self.in_all

    def made(self, x_scale: float, degree: int, validate: float | None, seed: int, classes: Labels = ()) -> Dataset:
        """This data with x so many times what was read."""
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
        """That of the same rows with each column of x so many times what it was."""
        return tuple((row[0], *map(mul, factors, row[1:-1]), row[-1]) for row in self.triangle)


def bounds(rows: int, rank: int, size: int) -> tuple[int, int]:
    """From where to where, of so many rows, the share of one of `size` processes goes."""
    return rows * rank // size, rows * (rank + 1) // size


class SharedRows(SummedRows, frozen=True, kw_only=True):
    """A table of which this process has a share, and of which it knows what `SummedRows` know."""

    share: tuple[Column, ...] = ()
    """The columns of x and then y, in the rows of the share; there may be none of them."""
    numbers: tuple[tuple[int, int], ...] = ()
    """Which rows these are: from the first number, counted from 0, up to, not including, the last."""

    def made(self, x_scale: float, degree: int, validate: float | None, seed: int, classes: Labels = ()) -> Dataset:
        """This data with x so many times what was typed or read."""
        own = super().made(x_scale, degree, validate, seed, classes)
        *x, y = self.share
        columns = (column(value * x_scale for value in values) for values in x)
        return own if own is self else msgspec.structs.replace(own, share=(*columns, y))

    def _scaled(self, scaling: Scaling) -> Dataset:
        """This data scaled like this."""
        *x, y = self.share
        return msgspec.structs.replace(super()._scaled(scaling), share=(*scaling.columns(x), y))
