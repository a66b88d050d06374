"""The table of settings: one row each, which the command line, the form, lessons, files and the screen loop over.

To add a setting, add its row here and its field to `Experiment`; what it does to a run is the business of the trainer.
"""

from collections.abc import Callable
from typing import Literal, get_args

from gdtui.experiment.kinds import (
    CHECKSUM,
    COLUMNS,
    FILE,
    FLAG,
    NUMBERS,
    ONE_OR_MORE,
    OPTIMIZER,
    WHOLE,
    choice,
    either,
)
from gdtui.experiment.objective import CONVENTIONS, COSTS, MODELS, Method
from gdtui.experiment.optimizer import OPTIMIZERS
from gdtui.experiment.setting import Setting
from gdtui.numbers import shortest

DType = Literal["float32", "float64"]
"""The floating-point numbers a run computes with."""

METHODS: tuple[Method, ...] = get_args(Method)
DTYPES: tuple[DType, ...] = get_args(DType)

Order = Literal["shuffled", "table"]
"""In which order batches take the rows: drawn anew each epoch, or as the table has them."""

ORDERS: tuple[Order, ...] = get_args(Order)

MOST_EPOCHS = 1_000_000_000
MOST_SEED = 2**31 - 1


# What a value must be, whatever the others are


def _above_zero(value: float) -> None:
    if value <= 0:
        raise ValueError(f"must be greater than 0, not {shortest(value)}")


def _zero_or_more(value: float) -> None:
    if value < 0:
        raise ValueError(f"must be 0 or more, not {shortest(value)}")


def _finite_from_zero(value: float) -> None:
    if not 0 <= value < float("inf"):
        raise ValueError(f"must be a finite number, 0 or more, not {value:g}")


def _finite_above_zero(value: float) -> None:
    if not 0 < value < float("inf"):
        raise ValueError(f"must be a finite number greater than 0, not {value:g}")


def _a_row_or_more(value: int) -> None:
    if value < 1:
        raise ValueError(f"must be 1 row or more, not {value}")


def _between(least: int, most: int) -> Callable[[int], None]:
    def check(value: int) -> None:
        if not least <= value <= most:
            raise ValueError(f"must be from {least} to {most:,}, not {value}")

    return check


# The table


ROWS_FROM = (
    Setting(name="x", kind=NUMBERS, help="x as typed: 1,2,3; once for each column. With --y.", example="1,2"),
    Setting(name="y", kind=NUMBERS, help="y as typed: 2,4,6; once for each target.", example="2,4"),
    Setting(
        name="data",
        kind=FILE,
        help="A table: CSV, tabs, semicolons or spaces; - is standard input.",
        label="data",
        hint="lecture; x=1,2 y=2,4; or a file",
        example="1 2; 2 4",
    ),
    Setting(
        name="features",
        kind=COLUMNS,
        metavar="COLUMN,…",
        help="The columns of x, by name or number. [all but the last]",
        hint="a table's columns of x",
    ),
    Setting(
        name="target",
        kind=COLUMNS,
        metavar="COLUMN,…",
        help="The column of y, by name or number, or several. [the last]",
        hint="a table's columns of y",
    ),
    Setting(name="drop-missing", kind=FLAG, help="Skip rows with missing cells.", hint="yes skips rows with gaps"),
    Setting(name="checksum", kind=CHECKSUM, help="Refuse the table if its content changed: sha256:0123456789abcdef."),
)
"""Where the rows come from. Each surface has its own way to name them, so these have no field."""

MADE_OF_ROWS = (
    Setting(
        name="standardize",
        field="is_standardized",
        kind=either("raw", "standardized"),
        label="x",
        help="Scale x to mean 0 and deviation 1. Adds b.",
        hint="mean 0 and deviation 1",
        example="yes",
    ),
    Setting(
        name="x-scale",
        field="x_scale",
        label="scale x by",
        help="x in other units: so many times what is typed or read. [1]",
        hint="x in other units; 1 as it was",
        example="10",
    ),
)
"""What is made of the rows; fields of the Dataset, which sees to it that they can be used."""

SETTINGS = (
    Setting(
        name="hypothesis",
        field="model",
        kind=choice(*MODELS),
        label="hypothesis",
        help="linear is XW + b; logistic its sigmoid, for y of 0 and 1. [linear]",
        example="logistic",
        line=None,
    ),
    Setting(
        name="cost",
        field="cost_kind",
        kind=choice(*COSTS),
        label="cost",
        help="[mse for linear, cross-entropy for logistic]",
        hint="cross-entropy needs logistic",
        example="mse",
        none="default",
    ),
    Setting(
        name="bias",
        field="has_bias",
        kind=either("XW", "XW + b"),
        label="H(x)",
        help="H(x) = XW + b. [XW]",
        hint="standardized x always has b",
        example="yes",
        line=None,
    ),
    Setting(
        name="w0",
        field="weights",
        kind=NUMBERS,
        label="W begins at",
        short="W0",
        help="Where the weights begin. [0]",
        hint="one number a column",
        example="2",
        none="0",
        is_computed_with=True,
        line=None,
    ),
    Setting(
        name="b0",
        field="bias",
        kind=ONE_OR_MORE,
        label="b begins at",
        short="b0",
        help="Where b begins. [0]",
        example="1",
        is_computed_with=True,
        line=None,
    ),
    Setting(
        name="lr",
        field="learning_rate",
        label="lr",
        help="The learning rate. [0.1]",
        hint="from this epoch on",
        example="0.05",
        check=_above_zero,
        on_the_way=True,
        is_computed_with=True,
        line=None,
    ),
    Setting(
        name="convention",
        field="convention",
        kind=choice(*CONVENTIONS),
        label="convention",
        help="The gradient: Σ(H−y)x, or 2/m or 1/m of it. [sum by hand, otherwise mse]",
        hint="default: sum by hand, else mse",
        example="mse",
        none="default",
        on_the_way=True,
        line=None,
    ),
    Setting(
        name="method",
        field="method",
        kind=choice(*METHODS),
        label="gradient by",
        short="method",
        help="Who finds the gradient. [hand; optim with --optimizer]",
        example="optim",
        on_the_way=True,
        line=None,
    ),
    Setting(
        name="optimizer",
        field="optimizer",
        kind=OPTIMIZER,
        label="optimizer",
        help=f"Who takes the step: {', '.join([*OPTIMIZERS][1:])}; or adam,beta2=0.99. [sgd]",
        hint="momentum, nesterov, adam …",
        example="adam",
        on_the_way=True,
        line=None,
    ),
    Setting(
        name="weight-decay",
        field="weight_decay",
        label="weight decay",
        short="decay",
        help="λ of λ/2·|W|². [0]",
        hint="λ of λ/2·|W|²; 0 for none",
        example="0.1",
        check=_zero_or_more,
        is_computed_with=True,
        line="convention",
    ),
    Setting(
        name="batch",
        field="batch",
        kind=WHOLE,
        metavar="ROWS",
        label="rows per update",
        short="batch",
        help="Several updates an epoch, each on so many rows. [all rows]",
        hint="empty for all rows",
        example="2",
        check=_a_row_or_more,
        none="",
        line=None,
    ),
    Setting(
        name="seed",
        field="seed",
        kind=WHOLE,
        label="seed",
        help="Decides which rows come together in --batch. [0]",
        hint="decides the batches",
        example="1",
        check=_between(0, MOST_SEED),
        line=None,
    ),
    Setting(
        name="order",
        field="order",
        kind=choice(*ORDERS),
        label="order",
        help="How --batch takes the rows: shuffled each epoch, or as in the table. [shuffled]",
        hint="in which batches take the rows",
        example="table",
        line=None,
    ),
    Setting(
        name="dtype",
        field="dtype",
        kind=choice(*DTYPES),
        label="float type",
        short="float32/float64",
        help="[float32]",
        example="float64",
        line="gradient by",
    ),
    Setting(
        name="epochs",
        field="epochs",
        kind=WHOLE,
        label="epochs",
        help="How many epochs. [10; 100,000 with --until-cost or --until-change]",
        hint="how many are planned",
        example="20",
        check=_between(1, MOST_EPOCHS),
        is_length=True,
        line=None,
    ),
    Setting(
        name="until-cost",
        field="until_cost",
        label="until cost",
        short="cost ≤",
        help="Stop as soon as the cost is this low.",
        hint="stop there; empty for never",
        example="0.01",
        check=_finite_from_zero,
        none="",
        is_length=True,
        line="epochs",
    ),
    Setting(
        name="until-change",
        field="until_change",
        label="until change",
        short="change <",
        help="Stop as soon as an epoch changes the cost by less than this.",
        hint="of the cost; empty for never",
        example="1e-6",
        check=_finite_above_zero,
        none="",
        is_length=True,
        line="epochs",
    ),
)
"""What determines a run on given data; fields of the Experiment."""

TABLE = (*ROWS_FROM, *MADE_OF_ROWS, *SETTINGS)
BY_NAME = {row.name: row for row in TABLE}

ON_THE_WAY = tuple(row for row in SETTINGS if row.on_the_way)
"""What may change from one epoch to the next."""

LENGTH = tuple(row.field for row in SETTINGS if row.is_length)
"""The fields of an experiment that its epochs do not depend on."""


def canonical(name: str) -> str:
    """The name of a setting as the table has it, where an underscore was typed: `weight-decay`."""
    return name.strip().replace("_", "-")
