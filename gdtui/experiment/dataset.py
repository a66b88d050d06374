"""Dataset: the rows an experiment learns from, frozen."""

import math
import random
from array import array
from collections.abc import Iterable, Iterator, Sequence
from itertools import compress
from typing import Any

import msgspec

from gdtui.errors import ExperimentError, InputError
from gdtui.experiment.origin import Origin, Source
from gdtui.numbers import count, shortest
from gdtui.text import _, numbered

MOST_POWERS = 20

MADE = ("x_scale", "degree", "validate", "seed", "classes")
"""The fields of a Dataset that record how its rows were prepared, apart from scaling."""

Column = memoryview
"""One column of numbers: a read-only view of C doubles that indexes, slices and iterates as plain floats."""


Labels = tuple[float, ...]
"""The distinct labels of a column, each of which is a class."""


def column(values: Iterable[float]) -> Column:
    """A column that holds a copy of `values`."""
    return memoryview(array("d", values)).toreadonly()


class Scaling(msgspec.Struct, frozen=True):
    """How columns were standardized: (x − mean) / deviation, one pair per column."""

    means: tuple[float, ...]
    deviations: tuple[float, ...]
    """Population standard deviations, none of them zero."""

    def to_own_units(self, weights: tuple[float, ...], bias: float) -> tuple[tuple[float, ...], float]:
        """Weights and bias for the unscaled data that give the same hypothesis."""
        scaled = tuple(weight / deviation for weight, deviation in zip(weights, self.deviations, strict=True))
        return scaled, bias - math.fsum(weight * mean for weight, mean in zip(scaled, self.means, strict=True))

    def columns(self, x: Sequence[Column]) -> tuple[Column, ...]:
        """The columns of x, scaled."""
        each = zip(x, self.means, self.deviations, strict=True)
        return tuple(column((value - mean) / deviation for value in values) for values, mean, deviation in each)

    def apply(self, values: tuple[float, ...]) -> tuple[float, ...]:
        """Scale one row of x as the columns were scaled."""
        return tuple((v - m) / d for v, m, d in zip(values, self.means, self.deviations, strict=True))


class Dataset(msgspec.Struct, frozen=True):
    """m rows with d columns of x and one or more columns of y, the targets."""

    x: tuple[Column, ...]
    """d columns of m numbers."""
    y: Column
    """m numbers: the first target."""
    features: tuple[str, ...]
    """The names of the columns of x, fit to be shown."""
    target: str
    """The name of the first target, fit to be shown."""
    name: str
    """What the data is called on the screen."""
    arguments: tuple[str, ...] = ()
    """The command-line arguments that recreate this data."""
    origin: Origin | None = None
    """Set if the data comes from a table."""
    source: Source | None = None
    """Set if the data comes from a file that can be read again."""
    scaling: Scaling | None = None
    """Set if x is standardized."""
    x_scale: float = 1.0
    """The factor by which x was multiplied: x in other units."""
    degree: int = 1
    """x holds the powers of one column, from 1 up to this one."""
    validate: float | None = None
    """Below 1, the share of rows kept back for validation; from 2 on, n keeps back every nth row."""
    kept: "Dataset | None" = None
    """The rows kept back for validation, scaled like the others."""
    recipe: str = ""
    """The recipe that generated the rows, if any."""
    seed: int = 0
    """The seed of whatever is drawn at random; 0 if nothing is."""
    before: "Dataset | None" = None
    """The same data before it was standardized or, if it was not, as it was given."""
    assumed: str = ""
    """What was assumed while reading the data, as one line that names the column; empty if nothing was."""
    largest: float = 0.0
    """The largest magnitude in it. A caller that has checked that all numbers are finite can pass it to save the
    search.
    """
    classes: Labels = ()
    """The original labels of y, if there is one column of y per class here: 1 in the rows of that class, 0 elsewhere.
    """
    more_y: tuple[Column, ...] = ()
    """The targets after the first."""
    more_targets: tuple[str, ...] = ()
    """The names of the targets after the first."""

    def __post_init__(self) -> None:
        if not self.x or not len(self.y):
            raise InputError(_("{name}: gdtui needs at least one row and one column of x", name=self.name))
        for name, values in zip((*self.features, *self.more_targets), (*self.x, *self.more_y), strict=True):
            if len(values) != len(self.y):
                known = {"name": name, "n": count(len(values), "number"), "target": self.target, "m": len(self.y)}
                raise InputError(_("{name} has {n}, but {target} has {m}: give both the same number", **known))
        if self.largest:
            return
        extremes = [extreme for values in (*self.x, *self.ys) for extreme in (min(values), max(values))]
        if not all(math.isfinite(total) for total in (*map(sum, (*self.x, *self.ys)), *extremes)):
            self._check_finite()
        msgspec.structs.force_setattr(self, "largest", max(map(abs, extremes)))

    def _check_finite(self) -> None:
        for name, values in zip((*self.features, *self.targets), (*self.x, *self.ys), strict=True):
            if not all(map(math.isfinite, values)):
                raise self._unfit(_("column '{name}' contains a number that is not finite", name=name))

    def _unfit(self, reason: str) -> InputError:
        return InputError(f"{self.name}: {reason}")

    @property
    def rows(self) -> int:
        """m, the number of rows."""
        return len(self.y)

    @property
    def ys(self) -> tuple[Column, ...]:
        """The columns of y, one for each target."""
        return (self.y, *self.more_y)

    @property
    def targets(self) -> tuple[str, ...]:
        """The names of the targets."""
        return (self.target, *self.more_targets)

    @property
    def own_units(self) -> "Dataset":
        """This data before it was standardized, or itself if it was not."""
        return self.before if self.scaling and self.before else self

    @property
    def as_given(self) -> "Dataset":
        """This data as it was typed or read."""
        return self.own_units.before or self.own_units

    @property
    def is_standardized(self) -> bool:
        """Whether every column of x has mean 0 and deviation 1."""
        return self.scaling is not None

    @property
    def inputs(self) -> int:
        """The number of columns of x as it was given."""
        return len(self.x) if self.degree == 1 else 1

    @property
    def is_drawn(self) -> bool:
        """Whether another seed gives other rows, or keeps back others."""
        return bool(self.recipe) or (self.validate is not None and self.validate < 1)

    def row(self, x: tuple[float, ...]) -> tuple[float, ...]:
        """Prepare one row of x in the data's own units as these rows were: powers, then scaling.

        Raises:
            OverflowError: a power is too large.
        """
        powers = x if self.degree == 1 else tuple(x[0] ** power for power in range(1, self.degree + 1))
        return self.scaling.apply(powers) if self.scaling else powers

    def prepared(self, **wanted: Any) -> "Dataset":
        """This data with other units or powers of x, another validation split, or with or without standardization.

        Raises:
            ExperimentError: the units, powers or split are not possible.
            InputError: x becomes too large, or a column is constant.
        """
        made = {field: wanted.get(field, getattr(self, field)) for field in MADE}
        is_standardized = wanted.get("is_standardized", self.is_standardized) or made["degree"] > 1
        is_same = all(getattr(self, field) == value for field, value in made.items())
        if is_same and is_standardized == self.is_standardized:
            return self
        own = self.own_units if is_same else self.as_given.made(**made)
        return own.standardized() if is_standardized else own

    def in_units(self, x_scale: float) -> "Dataset":
        """This data with x multiplied by this factor of the original, and standardized again if it was."""
        return self.prepared(x_scale=x_scale)

    def made(self, x_scale: float, degree: int, validate: float | None, seed: int, classes: Labels = ()) -> "Dataset":
        """What `prepared` does apart from scaling, applied to the data as it was given."""
        if not (math.isfinite(x_scale) and x_scale > 0):
            raise ExperimentError("x-scale", _("must be a finite number greater than 0, not {x}", x=shortest(x_scale)))
        if not 1 <= degree <= MOST_POWERS:
            raise ExperimentError("degree", _("must be from 1 to {most}, not {n}", most=MOST_POWERS, n=degree))
        if (x_scale, degree, validate, classes) == (1, 1, None, ()):
            return self
        x, features = self.x, self.features
        if x_scale != 1:
            x = tuple(column(value * x_scale for value in values) for values in x)
        if degree > 1:
            if len(x) > 1:
                raise ExperimentError("degree", _("powers need one column of x, not {n}: choose one", n=len(x)))
            powers = range(1, degree + 1)
            features = (*features, *(f"{features[0]}^{power}" for power in powers[1:]))
            try:
                x = tuple(column(value**power for value in x[0]) for power in powers)
            except OverflowError:
                raise ExperimentError("degree", _("the powers of x are too large: choose a smaller degree")) from None
        made = msgspec.structs.replace(
            self, x=x, features=features, x_scale=x_scale, degree=degree, before=self, largest=0.0
        )
        made = made._by_class(classes) if classes else made
        return made if validate is None else made._split(validate, seed)

    def _by_class(self, classes: Labels) -> "Dataset":
        """This data with one column of y per class."""
        if self.more_y:
            raise ExperimentError("target", _("the labels must be in one column: keep only {first}", first=self.target))
        y, *more_y = (column(float(label == number) for label in self.y) for number in classes)
        target, *more_targets = (f"{self.target}={shortest(number)}" for number in classes)
        fields = {"y": y, "more_y": tuple(more_y), "target": target, "more_targets": tuple(more_targets)}
        return msgspec.structs.replace(self, classes=classes, **fields)

    def _split(self, validate: float, seed: int) -> "Dataset":
        """This data without the rows kept back, which go into `kept`."""
        kept = set(kept_back(self.rows, validate, seed))
        if not 0 < len(kept) < self.rows:
            raise ExperimentError("validate", _("there are too few rows to keep any back: leave it out"))
        parts = []
        for is_kept in (False, True):
            chosen = [(row in kept) == is_kept for row in range(self.rows)]
            x, (y, *more_y) = ([column(compress(v, chosen)) for v in values] for values in (self.x, self.ys))
            parts.append(msgspec.structs.replace(self, x=tuple(x), y=y, more_y=tuple(more_y), largest=0.0))
        largest, seed = max(part.largest for part in parts), seed if validate < 1 or self.recipe else 0
        return msgspec.structs.replace(parts[0], validate=validate, kept=parts[1], seed=seed, largest=largest)

    def standardized(self) -> "Dataset":
        """This data with every column of x at zero mean and unit population standard deviation.

        Raises:
            InputError: a column is constant, so it has no deviation to divide by.
        """
        if self.scaling:
            return self
        pairs = []
        for name, values, (mean, deviation) in zip(self.features, self.x, self._moments(), strict=True):
            if deviation == 0 or min(values) == max(values):
                raise self._unfit(_("column '{name}' is constant: leave it out to standardize", name=name))
            pairs.append((mean, deviation))
        means, deviations = zip(*pairs, strict=True)
        return self._scaled(Scaling(means, deviations))

    def _moments(self) -> Iterator[tuple[float, float]]:
        """The mean and deviation of each column of x."""
        for name, values in zip(self.features, self.x, strict=True):
            try:
                mean = math.fsum(values) / self.rows
                yield mean, math.sqrt(math.fsum((value - mean) ** 2 for value in values) / self.rows)
            except OverflowError:
                raise self._unfit(_("column '{name}' is too large to standardize: scale it down", name=name)) from None

    def _scaled(self, scaling: Scaling) -> "Dataset":
        """This data, and its rows kept back, with this scaling."""
        scaled = msgspec.structs.replace(self, x=scaling.columns(self.x), scaling=scaling, before=self, largest=0.0)
        if self.kept is None:
            return scaled
        kept = msgspec.structs.replace(self.kept, x=scaling.columns(self.kept.x), largest=0.0)
        return msgspec.structs.replace(scaled, kept=kept, largest=max(kept.largest, scaled.largest))


def kept_back(rows: int, validate: float, seed: int) -> list[int]:
    """The indexes of the rows kept back: a share drawn with the seed, or every nth row if `validate` is 2 or more."""
    if validate >= 1:
        return [*range(int(validate) - 1, rows, int(validate))]
    share = min(max(1, round(validate * rows)), rows - 1)
    return sorted(random.Random(seed).sample(range(rows), share))  # noqa: S311  # nothing is to be kept secret


def typed(*columns: tuple[float, ...], targets: int = 1) -> Dataset:
    """The data from columns typed on the command line, in the form or in a lesson: those of x, then those of y.

    Raises:
        InputError: the columns differ in length, or are empty.
    """
    x, ys = columns[:-targets], columns[-targets:]
    options = [*(("--x", values) for values in x), *(("--y", values) for values in ys)]
    words = tuple(word for name, values in options for word in (name, ",".join(map(shortest, values))))
    (y, *more_y), (target, *more_targets) = map(column, ys), numbered("y", targets)
    return Dataset(
        x=tuple(map(column, x)),
        y=y,
        more_y=tuple(more_y),
        features=numbered("x", len(x)),
        target=target,
        more_targets=tuple(more_targets),
        name="typed",
        arguments=words,
    )


LECTURE = Dataset((column((1, 2, 3)),), column((1, 2, 3)), ("x",), "y", "lecture")
"""The lecture's three points, x = y = [1, 2, 3]."""
