"""Rows that are not kept, or shared out: linear regression over all rows at once needs no more of them than sums."""

import math
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

    def standardized(self) -> "SummedRows":
        """This data with every column of x at zero mean and unit population standard deviation.

        Raises:
            InputError: a column is constant, so it has no deviation to divide by.
        """
        if self.scaling:
            return self
        top, *below = self.triangle
        count = len(self.x)
        means = tuple(value / top[0] for value in top[1 : count + 1])
        deviations = tuple(
            math.hypot(*values) / math.sqrt(self.rows) for values in list(zip(*below, strict=True))[1:-1]
        )
        for name, (least, greatest), deviation in zip(self.features, self.x, deviations, strict=True):
            if least == greatest or not deviation:
                raise self.unfit(_("column '{name}' is constant: leave it out to standardize", name=name))
        scaling = Scaling(means, deviations)
        ends = zip(*(scaling.apply(row) for row in zip(*self.x, strict=True)), strict=True)
        top, *below = self.scaled([1 / deviation for deviation in deviations])
        return msgspec.structs.replace(
            self,
            x=tuple(map(column, ends)),
            triangle=((top[0], *(0.0 for _deviation in deviations), top[-1]), *below),
            scaling=scaling,
            before=self,
            largest=0.0,
        )

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

    def standardized(self) -> "SummedRows":
        """This data with every column of x, in all rows, at zero mean and unit population standard deviation.

        Raises:
            InputError: a column is constant, so it has no deviation to divide by.
        """
        scaled = super().standardized()
        if self.scaling or not scaled.scaling:
            return self
        *x, y = self.share
        pairs = zip(x, scaled.scaling.means, scaled.scaling.deviations, strict=True)
        columns = (column((value - mean) / deviation for value in values) for values, mean, deviation in pairs)
        return msgspec.structs.replace(scaled, share=(*columns, y))
