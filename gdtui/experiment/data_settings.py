"""The rows of the table of settings that make up the data: where its rows come from, and what is made of them."""

from gdtui.experiment.kinds import CHECKSUM, COLUMNS, FILE, FLAG, KEPT_BACK, NUMBERS, TEXT, WHOLE, either
from gdtui.experiment.setting import Setting
from gdtui.text import _

ROWS_FROM = (
    Setting(
        name="x", kind=NUMBERS, help=_("x typed in, such as 1,2,3. Once for each column. Needs --y."), example="1,2"
    ),
    Setting(name="y", kind=NUMBERS, help=_("y typed in, such as 2,4,6. Once for each target."), example="2,4"),
    Setting(
        name="data",
        kind=FILE,
        help=_("A table: CSV, Parquet, NumPy; a folder or a pattern; - is standard input."),
        label="data",
        hint=_("lecture; x=1,2 y=2,4; file"),
        example="1 2; 2 4",
    ),
    Setting(
        name="features",
        kind=COLUMNS,
        metavar="COLUMN,…",
        help=_("The columns of x, by name or number. [all but the last]"),
        hint=_("a table's columns of x"),
    ),
    Setting(
        name="target",
        kind=COLUMNS,
        metavar="COLUMN,…",
        help=_("The column or columns of y, by name or number. [the last]"),
        hint=_("a table's columns of y"),
    ),
    Setting(
        name="generate",
        kind=TEXT,
        metavar="RECIPE",
        help=_("Generate rows, such as 'n=20, y=2*x+1, noise=0.5, x=0..5'."),
        example="n=4, y=2*x",
    ),
    Setting(
        name="drop-missing", kind=FLAG, help=_("Skip rows with missing cells."), hint=_("yes skips rows with gaps")
    ),
    Setting(
        name="checksum", kind=CHECKSUM, help=_("Refuse the table if its content changed: sha256:0123456789abcdef.")
    ),
)
"""Where the rows come from. Each surface has its own way to name them, so these have no field."""

MADE_OF_ROWS = (
    Setting(
        name="standardize",
        field="is_standardized",
        kind=either("raw", "standardized"),
        label="x",
        help=_("Scale x to mean 0 and standard deviation 1. Adds b."),
        hint=_("mean 0, deviation 1"),
        example="yes",
    ),
    Setting(
        name="x-scale",
        field="x_scale",
        label="scale x by",
        help=_("Multiply x by this number. [1]"),
        hint=_("multiplies x; 1: as it is"),
        example="10",
    ),
    Setting(
        name="degree",
        field="degree",
        kind=WHOLE,
        label="degree",
        help=_("Use the powers of x up to this degree, standardized. Needs one column of x. [1]"),
        hint=_("powers of one column of x"),
        example="3",
    ),
    Setting(
        name="validate",
        field="validate",
        kind=KEPT_BACK,
        label="kept back",
        help=_("Rows kept back for validation: a share such as 0.25, or every-3. [none]"),
        hint=_("0.25 or every-3, or empty"),
        example="every-3",
        none="",
    ),
)
"""What is made of the rows; fields of the Dataset, which sees to it that they can be used."""
