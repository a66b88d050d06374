"""The table of settings: one row each. The command line, the form, lessons, files and the screen loop over it.

To add a setting, add a row here and a field to `Experiment`, and use the field in the trainer.
"""

from itertools import chain
from typing import Literal, get_args

from gdtui.experiment import kinds
from gdtui.experiment.bounds import DTYPES, a_row_or_more, above_zero, between, finite, finite_above_zero, zero_or_more
from gdtui.experiment.objective import CONVENTIONS, METHODS
from gdtui.experiment.objectives import OBJECTIVES
from gdtui.experiment.optimizer import OPTIMIZERS
from gdtui.experiment.schedule import SCHEDULES
from gdtui.experiment.setting import Setting
from gdtui.experiment.typed_cost import NAMED
from gdtui.text import _

Order = Literal["shuffled", "table"]
"""The order in which batches take the rows: shuffled each epoch, or as in the table."""

MOST_EPOCHS = 1_000_000_000
MOST_SEED = 2**31 - 1

ROWS_FROM = (
    Setting(
        name="x",
        kind=kinds.NUMBERS,
        help=_("x typed in, such as 1,2,3. Once for each column. Needs --y."),
        example="1,2",
    ),
    Setting(name="y", kind=kinds.NUMBERS, help=_("y typed in, such as 2,4,6. Once for each target."), example="2,4"),
    Setting(
        name="data",
        kind=kinds.FILE,
        help=_("A table: CSV, Parquet, NumPy; a folder or a pattern; - is standard input."),
        hint=_("lecture; x=1,2 y=2,4; file"),
        example="1 2; 2 4",
    ),
    Setting(
        name="features",
        kind=kinds.COLUMNS,
        help=_("The columns of x, by name or number. [all but the last]"),
        hint=_("a table's columns of x"),
    ),
    Setting(
        name="target",
        kind=kinds.COLUMNS,
        help=_("The column or columns of y, by name or number. [the last]"),
        hint=_("a table's columns of y"),
    ),
    Setting(
        name="generate",
        kind=kinds.RECIPE,
        help=_("Generate rows, such as 'n=20, y=2*x+1, noise=0.5, x=0..5'."),
        example="n=4, y=2*x",
    ),
    Setting(
        name="drop-missing",
        kind=kinds.FLAG,
        label="drop-missing",
        help=_("Skip rows with missing cells."),
        hint=_("yes skips rows with gaps"),
    ),
    Setting(
        name="checksum",
        kind=kinds.CHECKSUM,
        help=_("Refuse the table if its content changed: sha256:0123456789abcdef."),
    ),
)
"""Where the rows come from. No field of an Experiment holds these, because each surface names rows in its own way."""

MADE_OF_ROWS = (
    Setting(
        name="standardize",
        field="is_standardized",
        kind=kinds.either("raw", "standardized"),
        label="x",
        help=_("Scale x to mean 0 and standard deviation 1. Adds b."),
        hint=_("mean 0, deviation 1"),
        example="yes",
    ),
    Setting(
        name="x-scale",
        label="scale x by",
        help=_("Multiply x by this number. [1]"),
        hint=_("multiplies x; 1: as it is"),
        example="10",
    ),
    Setting(
        name="degree",
        kind=kinds.WHOLE,
        help=_("Use the powers of x up to this degree, standardized. Needs one column of x. [1]"),
        hint=_("powers of one column of x"),
        example="3",
    ),
    Setting(
        name="validate",
        kind=kinds.KEPT_BACK,
        label="kept back",
        help=_("Rows kept back for validation: a share such as 0.25, or every-3. [none]"),
        hint=_("0.25 or every-3, or empty"),
        example="every-3",
        none="",
    ),
)
"""How the rows are prepared; fields of the Dataset, which checks that the values can be used."""

SETTINGS = (
    Setting(
        name="function",
        kind=kinds.FUNCTION,
        label="typed cost",
        help=_("A cost of W, or of W1 and W2, instead of data: 'W^4 - 3*W^2 + W'; or {known}.", known=", ".join(NAMED)),
        hint=_("of W or W1, W2; no data"),
        example="double-well",
        none="",
        line=None,
    ),
    Setting(
        name="hypothesis",
        field="model",
        kind=kinds.choice(*OBJECTIVES),
        help=_("linear is XW + b; logistic its sigmoid, for y = 0 or 1; softmax for classes 0, 1, 2 … [linear]"),
        example="logistic",
        line=None,
    ),
    Setting(
        name="cost",
        field="cost_kind",
        kind=kinds.choice(*dict.fromkeys(chain(*OBJECTIVES.values()))),
        help=_("The cost to minimize. [mse for linear, otherwise cross-entropy]"),
        hint=_("cross-entropy for classes"),
        example="mse",
        none="default",
    ),
    Setting(
        name="bias",
        field="has_bias",
        kind=kinds.either("XW", "XW + b"),
        label="H(x)",
        help=_("Learn an intercept b too: H(x) = XW + b instead of XW. [XW]"),
        hint=_("standardized x always has b"),
        example="yes",
        line=None,
    ),
    Setting(
        name="w0",
        field="weights",
        kind=kinds.NUMBERS,
        label="W begins at",
        short="W0",
        help=_("Where the weights begin. [0]"),
        hint=_("one number per column"),
        example="2",
        none="0",
        is_computed_with=True,
        line=None,
    ),
    Setting(
        name="b0",
        field="bias",
        kind=kinds.ONE_OR_MORE,
        label="b begins at",
        short="b0",
        help=_("Where b begins. [0]"),
        example="1",
        is_computed_with=True,
        line=None,
    ),
    Setting(
        name="lr",
        field="learning_rate",
        variable="lr",
        help=_("The learning rate. [0.1]"),
        hint=_("from this epoch on"),
        example="0.05",
        check=above_zero,
        on_the_way=True,
        is_computed_with=True,
        line=None,
    ),
    Setting(
        name="schedule",
        kind=kinds.SCHEDULE,
        help=_(
            "How lr changes by epoch: {known}; or step,every=5,gamma=0.5. [constant]",
            known=", ".join([*SCHEDULES][1:]),
        ),
        hint=_("step, exponential, cosine …"),
        example="exponential,gamma=0.5",
        on_the_way=True,
        line="lr",
    ),
    Setting(
        name="convention",
        kind=kinds.choice(*CONVENTIONS),
        help=_("sum is Σ(H−y)x, mse 2/m of it, mean 1/m of it. [sum by hand, otherwise mse; mean for cross-entropy]"),
        hint=_("sum by hand, otherwise mse"),
        example="mse",
        none="default",
        on_the_way=True,
        line=None,
    ),
    Setting(
        name="method",
        kind=kinds.choice(*METHODS),
        label="gradient by",
        help=_("How the gradient is computed. [hand; optim with --optimizer]"),
        example="optim",
        on_the_way=True,
        line=None,
    ),
    Setting(
        name="optimizer",
        kind=kinds.OPTIMIZER,
        help=_(
            "The optimizer that takes the step: {known}; or adam,beta2=0.99. [sgd]",
            known=", ".join([*OPTIMIZERS][1:]),
        ),
        hint=_("adam …; gradient by optim"),
        example="adam",
        on_the_way=True,
        line=None,
    ),
    Setting(
        name="weight-decay",
        variable="decay",
        help=_("λ in the penalty λ/2·|W|². [0]"),
        hint=_("λ in λ/2·|W|²; 0 for none"),
        example="0.1",
        check=zero_or_more,
        is_computed_with=True,
        line="convention",
    ),
    Setting(
        name="batch",
        kind=kinds.WHOLE,
        metavar="ROWS",
        label="rows per update",
        variable="batch",
        help=_("Several updates per epoch, each on this many rows. [all rows]"),
        hint=_("empty for all rows"),
        example="2",
        check=a_row_or_more,
        none="",
        line=None,
    ),
    Setting(
        name="seed",
        kind=kinds.WHOLE,
        variable="seed",
        help=_("Decides which rows --batch, --validate and --generate draw. [0]"),
        hint=_("decides the random draws"),
        example="1",
        check=between(0, MOST_SEED),
        line=None,
    ),
    Setting(
        name="order",
        kind=kinds.choice(*get_args(Order)),
        help=_("How --batch takes the rows: shuffled each epoch, or as in the table. [shuffled]"),
        hint=_("how batches take the rows"),
        example="table",
        line=None,
    ),
    Setting(
        name="dtype",
        kind=kinds.choice(*DTYPES),
        label="float type",
        help=_("The type of every number in the run. [float32]"),
        example="float64",
        line="gradient by",
    ),
    Setting(
        name="epochs",
        kind=kinds.WHOLE,
        help=_("How many epochs. [10; 100,000 with --until-… or --patience]"),
        hint=_("how many are planned"),
        example="20",
        check=between(1, MOST_EPOCHS),
        is_length=True,
        line=None,
    ),
    Setting(
        name="patience",
        kind=kinds.WHOLE,
        metavar="EPOCHS",
        help=_("Stop when the validation cost has not fallen for this many epochs. Needs --validate."),
        hint=_("epochs; empty for never"),
        example="5",
        check=between(1, MOST_EPOCHS),
        none="",
        is_length=True,
        line="epochs",
    ),
    Setting(
        name="until-cost",
        short="cost ≤",
        help=_("Stop as soon as the cost is this low."),
        hint=_("stop there; empty for never"),
        example="0.01",
        check=finite,
        none="",
        is_length=True,
        line="epochs",
    ),
    Setting(
        name="until-change",
        short="change <",
        help=_("Stop as soon as an epoch changes the cost by less than this."),
        hint=_("of cost; empty for never"),
        example="1e-6",
        check=finite_above_zero,
        none="",
        is_length=True,
        line="epochs",
    ),
)
"""What determines a run on given data; fields of the Experiment."""

EVERYWHERE = (*MADE_OF_ROWS, *SETTINGS)
"""The settings that the command line, the form and saved files all have, by the same names."""

TABLE = (*ROWS_FROM, *EVERYWHERE)
BY_NAME = {row.name: row for row in TABLE}

ON_THE_WAY = tuple(row for row in SETTINGS if row.on_the_way)
"""The settings that may change during a run."""

LENGTH = tuple(row.field for row in SETTINGS if row.is_length)
"""Fields that only decide how many epochs a run has; the numbers in its epochs do not depend on them."""

STOPS = tuple(field for field in LENGTH if field != "epochs")
"""Those that may end a run before the planned number of epochs."""


def canonical(name: str) -> str:
    """The name of a setting as in the table, with hyphens for underscores: `weight-decay`."""
    return name.strip().replace("_", "-")
