"""Rows shared out among several processes: each has some, and all know the sums over all of them."""

import msgspec

from gdtui.experiment.dataset import Column, Dataset, Labels, column
from gdtui.experiment.summed import SummedRows


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
