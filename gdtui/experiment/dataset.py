"""Dataset: the rows an experiment learns from, frozen."""

import math
import random
from array import array
from collections.abc import Iterable
from itertools import compress
from typing import Any

import msgspec

from gdtui.errors import ExperimentError, InputError
from gdtui.numbers import count, shortest
from gdtui.text import _, clean, numbered

STANDARD_INPUT = "-"

SHA256 = "sha256:"
DIGITS_SHOWN = 16
"""As many digits of a checksum notice every change that nobody made on purpose."""

MOST_POWERS = 20

MADE = ("x_scale", "degree", "validate", "seed", "classes")
"""The fields of a Dataset that tell what was made of its rows, besides the scaling."""

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


class Origin(msgspec.Struct, frozen=True):
    """The table that data was read from, and what was taken from it."""

    path: str
    """Absolute, so that it means the same anywhere; `-` is standard input."""
    checksum: str
    """SHA-256 of the content, in hexadecimal digits."""
    features: tuple[str, ...] | None = None
    """The columns of x, by name or number. None for all but the target, as lines and workspaces of before have it."""
    target: str | None = None
    """The column of y, or several parted by commas; None for the last."""
    drop_missing: bool = False
    """Whether rows with missing cells were skipped."""

    @property
    def is_file(self) -> bool:
        """Whether it can be read again."""
        return self.path != STANDARD_INPUT

    @property
    def arguments(self) -> tuple[str, ...]:
        """The words on a command line that bring this data back."""
        return (
            *("--data", self.path),
            *(("--checksum", shown_checksum(self.checksum)) if self.is_file else ()),
            *(() if self.features is None else ("--features", ",".join(self.features))),
            *(() if self.target is None else ("--target", self.target)),
            *(("--drop-missing",) if self.drop_missing else ()),
        )


def shown_checksum(digits: str) -> str:
    """A checksum as `--checksum` takes it: `sha256:0123456789abcdef`."""
    return SHA256 + digits[:DIGITS_SHOWN]


def parse_checksum(text: str) -> str:
    """The hexadecimal digits of a checksum; eight or more of them are enough.

    Raises:
        ValueError: with a reason fit to stand beside the option.
    """
    digits = text.strip().lower().removeprefix(SHA256)
    if not (8 <= len(digits) <= 64 and set(digits) <= set("0123456789abcdef")):
        raise ValueError(f"'{clean(text, 24)}' is not like sha256:0123456789abcdef")
    return digits


class Source(msgspec.Struct, frozen=True):
    """Where in a file the columns stand, for whoever reads it again."""

    path: str
    separator: str
    """A space stands for any run of spaces and tabs."""
    lines_above: int
    """How many physical lines stand above the rows of numbers."""
    columns: tuple[int, ...]
    """The positions, from 0, of the columns of x and then of each y."""
    missing: tuple[str, ...] = ()
    """In lower case, what a cell says whose row is left out."""
    encoding: str = "utf-8-sig"
    """By Python's name."""


class Dataset(msgspec.Struct, frozen=True):
    """m rows of d columns x and one column y, or k of them: the targets."""

    x: tuple[Column, ...]
    """d columns of m numbers."""
    y: Column
    """m numbers: the first target."""
    features: tuple[str, ...]
    """The names of the columns of x, fit to be shown."""
    target: str
    """The name of y, fit to be shown; of several, that of the first."""
    name: str
    """What the data is called on the screen."""
    arguments: tuple[str, ...] = ()
    """The words on a command line that bring this data back."""
    origin: Origin | None = None
    """Set where the data is a table's."""
    source: Source | None = None
    """Set where it came from a file that can be read again."""
    scaling: Scaling | None = None
    """Set where x is standardized."""
    x_scale: float = 1.0
    """x is so many times what was typed or stands in the file: x in other units."""
    degree: int = 1
    """x is the powers of one column up to this one."""
    validate: float | None = None
    """The share of rows that is kept back; from 2 on, one of so many."""
    kept: "Dataset | None" = None
    """The rows kept back, scaled as the others are."""
    recipe: str = ""
    """What the rows were generated by."""
    seed: int = 0
    """What is drawn goes by it; 0 where nothing is."""
    before: "Dataset | None" = None
    """The same data before it was standardized, or else as it was given."""
    assumed: str = ""
    """What was taken for granted when it was read, in one line with its name; empty where nothing was."""
    largest: float = 0.0
    """The largest magnitude in it. Who has seen to it that all numbers are finite may give it and save the search."""
    classes: int = 0
    """How many classes y stands for as it was given, with a column each: 1 in the rows of the class; 0 for none."""
    more_y: tuple[Column, ...] = ()
    """The targets after the first."""
    more_targets: tuple[str, ...] = ()
    """Their names."""

    def __post_init__(self) -> None:
        if not self.x or not len(self.y):
            raise InputError(f"{self.name}: at least one row and one column of x are needed")
        for name, values in zip((*self.features, *self.more_targets), (*self.x, *self.more_y), strict=True):
            if len(values) != len(self.y):
                raise InputError(f"{name} has {count(len(values), 'number')} and {self.target} has {len(self.y)}")
        if self.largest:
            return
        extremes = [extreme for values in (*self.x, *self.ys) for extreme in (min(values), max(values))]
        if not all(math.isfinite(total) for total in (*map(sum, (*self.x, *self.ys)), *extremes)):
            self._check_finite()
        msgspec.structs.force_setattr(self, "largest", max(map(abs, extremes)))

    def _check_finite(self) -> None:
        for name, values in zip((*self.features, *self.targets), (*self.x, *self.ys), strict=True):
            if not all(map(math.isfinite, values)):
                raise InputError(f"{self.name}: column '{name}' holds a number that is not finite")

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
        """Their names."""
        return (self.target, *self.more_targets)

    @property
    def own_units(self) -> "Dataset":
        """This data before it was standardized, or itself."""
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
        """How many columns of x there were as it was given."""
        return len(self.x) if self.degree == 1 else 1

    @property
    def is_drawn(self) -> bool:
        """Whether another seed makes other rows of it, or keeps others back."""
        return bool(self.recipe) or (self.validate is not None and self.validate < 1)

    def row(self, x: tuple[float, ...]) -> tuple[float, ...]:
        """One row of x in its own units, as the rows here are: its powers, and scaled.

        Raises:
            OverflowError: a power is too large a number.
        """
        powers = x if self.degree == 1 else tuple(x[0] ** power for power in range(1, self.degree + 1))
        return self.scaling.apply(powers) if self.scaling else powers

    def prepared(self, **wanted: Any) -> "Dataset":
        """This data with other units or powers of x, other rows kept back, or standardized or not; the rest stays.

        Raises:
            ExperimentError: there are no such units, powers or rows.
            InputError: x is too large then, or a column is constant.
        """
        made = {field: wanted.get(field, getattr(self, field)) for field in MADE}
        is_standardized = wanted.get("is_standardized", self.is_standardized) or made["degree"] > 1
        is_same = all(getattr(self, field) == value for field, value in made.items())
        if is_same and is_standardized == self.is_standardized:
            return self
        own = self.own_units if is_same else self.as_given.made(**made)
        return own.standardized() if is_standardized else own

    def in_units(self, x_scale: float) -> "Dataset":
        """This data with x so many times what was typed or read, and standardized again if it was."""
        return self.prepared(x_scale=x_scale)

    def made(self, x_scale: float, degree: int, validate: float | None, seed: int, classes: int = 0) -> "Dataset":
        """What `prepared` makes of data as it was given, but for the scaling."""
        if not (math.isfinite(x_scale) and x_scale > 0):
            raise ExperimentError("x-scale", f"must be a finite number above 0, not {shortest(x_scale)}")
        if not 1 <= degree <= MOST_POWERS:
            raise ExperimentError(
                "degree", _("must be from 1 to {most}, not {degree}", most=MOST_POWERS, degree=degree)
            )
        if (x_scale, degree, validate, classes) == (1, 1, None, 0):
            return self
        x, features = self.x, self.features
        if x_scale != 1:
            x = tuple(column(value * x_scale for value in values) for values in x)
        if degree > 1:
            if len(x) > 1:
                raise ExperimentError("degree", _("powers are made of one column of x, and there are {n}", n=len(x)))
            powers = range(1, degree + 1)
            features = (*features, *(f"{features[0]}^{power}" for power in powers[1:]))
            try:
                x = tuple(column(value**power for value in x[0]) for power in powers)
            except OverflowError:
                raise ExperimentError("degree", _("the powers of x are too large numbers")) from None
        made = msgspec.structs.replace(
            self, x=x, features=features, x_scale=x_scale, degree=degree, before=self, largest=0.0
        )
        made = made._by_class(classes) if classes else made
        return made if validate is None else made._split(validate, seed)

    def _by_class(self, classes: int) -> "Dataset":
        """This data with a column of y for each class."""
        if self.more_y:
            raise ExperimentError(
                "target", _("classes are told by one column of labels: keep {first}", first=self.target)
            )
        y, *more_y = (column(float(label == number) for label in self.y) for number in range(classes))
        target, *more_targets = (f"{self.target}={number}" for number in range(classes))
        fields = {"y": y, "more_y": tuple(more_y), "target": target, "more_targets": tuple(more_targets)}
        return msgspec.structs.replace(self, classes=classes, **fields)

    def _split(self, validate: float, seed: int) -> "Dataset":
        """This data without the rows kept back, which it knows."""
        kept = set(kept_back(self.rows, validate, seed))
        if not 0 < len(kept) < self.rows:
            raise ExperimentError("validate", _("there are too few rows to keep some of them back"))
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
        scaling = Scaling(tuple(means), tuple(deviations))
        standardized = msgspec.structs.replace(self, x=tuple(columns), scaling=scaling, before=self, largest=0.0)
        if self.kept is None:
            return standardized
        rows = map(scaling.apply, zip(*self.kept.x, strict=True))
        kept = msgspec.structs.replace(self.kept, x=tuple(map(column, zip(*rows, strict=True))), largest=0.0)
        return msgspec.structs.replace(standardized, kept=kept, largest=max(kept.largest, standardized.largest))


def kept_back(rows: int, validate: float, seed: int) -> list[int]:
    """The indexes of the rows that are kept back: a share drawn by the seed, or from 2 on one of so many."""
    if validate >= 1:
        return [*range(int(validate) - 1, rows, int(validate))]
    share = min(max(1, round(validate * rows)), rows - 1)
    return sorted(random.Random(seed).sample(range(rows), share))  # noqa: S311  # nothing is to be kept secret


def typed(*columns: tuple[float, ...], targets: int = 1) -> Dataset:
    """The columns of x, and those of y last, as typed on the command line, in the form or in a lesson.

    Raises:
        InputError: they differ in length, or are empty.
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
