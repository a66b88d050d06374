"""Dataset: the rows an experiment learns from, frozen."""

import math
from array import array
from collections.abc import Iterable

import msgspec

from gdtui.errors import InputError
from gdtui.words import shortest

Column = memoryview
"""One column of rows: a read-only view of C doubles, which indexes, slices and iterates as plain floats."""


def column(values: Iterable[float]) -> Column:
    """A column that holds a copy of `values`."""
    return memoryview(array("d", values)).toreadonly()


class Scaling(msgspec.Struct, frozen=True):
    """How columns were standardized: (x - mean) / deviation, one pair a column."""

    means: tuple[float, ...]
    deviations: tuple[float, ...]
    """Population standard deviations, none of them zero."""

    def to_own_units(self, weights: tuple[float, ...], bias: float) -> tuple[tuple[float, ...], float]:
        """Weights and bias for the data as it was before scaling, giving the same hypothesis."""
        scaled = tuple(weight / deviation for weight, deviation in zip(weights, self.deviations, strict=True))
        return scaled, bias - math.fsum(weight * mean for weight, mean in zip(scaled, self.means, strict=True))

    def apply(self, values: tuple[float, ...]) -> tuple[float, ...]:
        """One row of x, scaled as the columns were."""
        return tuple((v - m) / d for v, m, d in zip(values, self.means, self.deviations, strict=True))


class Source(msgspec.Struct, frozen=True):
    """Where in a file the columns stand, for whoever reads it again."""

    path: str
    separator: str
    """A space stands for any run of spaces and tabs."""
    lines_above: int
    """How many physical lines stand above the rows of numbers."""
    columns: tuple[int, ...]
    """The positions, from 0, of the columns of x and then of y."""
    missing: tuple[str, ...] = ()
    """In lower case, what a cell says whose row is left out."""


class Dataset(msgspec.Struct, frozen=True):
    """m rows of d columns x and one column y."""

    x: tuple[Column, ...]
    """d columns of m numbers."""
    y: Column
    """m numbers."""
    features: tuple[str, ...]
    """The names of the columns of x, fit to be shown."""
    target: str
    """The name of y, fit to be shown."""
    name: str
    """What the data is called on the screen."""
    arguments: tuple[str, ...] = ()
    """The words on a command line that bring this data back."""
    source: Source | None = None
    """Set where it came from a file that can be read again."""
    scaling: Scaling | None = None
    """Set where x is standardized."""
    raw: "Dataset | None" = None
    """The same data in its own units, where x is standardized."""
    x_scale: float = 1.0
    """x is so many times what was typed or stands in the file: x in other units."""
    unscaled: "Dataset | None" = None
    """The same data as it was typed or read, where x is in other units."""
    largest: float = 0.0
    """The largest magnitude in it. Who has seen to it that all numbers are finite may give it and save the search."""

    def __post_init__(self) -> None:
        if not self.x or not len(self.y):
            raise InputError(f"{self.name}: at least one row and one column of x are needed")
        for name, values in zip(self.features, self.x, strict=True):
            if len(values) != len(self.y):
                raise InputError(f"{name} has {len(values)} numbers and {self.target} has {len(self.y)}")
        if self.largest:
            return
        extremes = [extreme for values in (*self.x, self.y) for extreme in (min(values), max(values))]
        if not all(math.isfinite(total) for total in (*map(sum, self.x), sum(self.y), *extremes)):
            self._check_finite()
        msgspec.structs.force_setattr(self, "largest", max(map(abs, extremes)))

    def _check_finite(self) -> None:
        for name, values in zip((*self.features, self.target), (*self.x, self.y), strict=True):
            if not all(map(math.isfinite, values)):
                raise InputError(f"{self.name}: column '{name}' holds a number that is not finite")

    @property
    def rows(self) -> int:
        """m, the number of rows."""
        return len(self.y)

    @property
    def own_units(self) -> "Dataset":
        """This data before it was standardized, or itself."""
        return self.raw or self

    def in_units(self, x_scale: float) -> "Dataset":
        """This data with x so many times what was typed or read, and standardized again if it was.

        Raises:
            InputError: `x_scale` is not a positive number, or x is too large then.
        """
        if not (math.isfinite(x_scale) and x_scale > 0):
            raise InputError(f"x-scale: must be a finite number above 0, not {shortest(x_scale)}")
        source = self.own_units.unscaled or self.own_units
        if x_scale == 1:
            scaled = source
        else:
            columns = tuple(column(value * x_scale for value in values) for values in source.x)
            scaled = msgspec.structs.replace(source, x=columns, x_scale=x_scale, unscaled=source, largest=0.0)
        return scaled.standardized() if self.scaling else scaled

    def standardized(self) -> "Dataset":
        """This data with every column of x at zero mean and unit population standard deviation.

        Raises:
            InputError: a column is constant, so it has no deviation to divide by.
        """
        if self.scaling:
            return self
        columns, means, deviations = [], [], []
        for name, values in zip(self.features, self.x, strict=True):
            try:
                mean = math.fsum(values) / self.rows
                deviation = math.sqrt(math.fsum((value - mean) ** 2 for value in values) / self.rows)
            except OverflowError:
                raise InputError(f"{self.name}: column '{name}' is too large to be standardized") from None
            if deviation == 0 or min(values) == max(values):
                raise InputError(f"{self.name}: column '{name}' is constant and cannot be standardized")
            columns.append(column((value - mean) / deviation for value in values))
            means.append(mean)
            deviations.append(deviation)
        return msgspec.structs.replace(
            self, x=tuple(columns), scaling=Scaling(tuple(means), tuple(deviations)), raw=self, largest=0.0
        )


def typed(x: tuple[float, ...], y: tuple[float, ...]) -> Dataset:
    """One column x and y as typed on the command line or in the form.

    Raises:
        InputError: x and y differ in length, or are empty.
    """
    arguments = ("--x", ",".join(map(shortest, x)), "--y", ",".join(map(shortest, y)))
    return Dataset((column(x),), column(y), ("x",), "y", "typed", arguments)


LECTURE = Dataset((column((1, 2, 3)),), column((1, 2, 3)), ("x",), "y", "lecture")
"""The lecture's three points, x = y = [1, 2, 3]."""
