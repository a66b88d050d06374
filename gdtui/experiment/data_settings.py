"""The rows of the table of settings that make up the data: where its rows come from, and what is made of them."""

from gdtui.experiment.kinds import CHECKSUM, COLUMNS, FILE, FLAG, KEPT_BACK, NUMBERS, TEXT, WHOLE, either
from gdtui.experiment.setting import Setting

ROWS_FROM = (
    Setting(name="x", kind=NUMBERS, help="x as typed: 1,2,3; once for each column. With --y.", example="1,2"),
    Setting(name="y", kind=NUMBERS, help="y as typed: 2,4,6; once for each target.", example="2,4"),
    Setting(
        name="data",
        kind=FILE,
        help="A table: CSV, Parquet, NumPy; a folder or a pattern; - is standard input.",
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
    Setting(
        name="generate",
        kind=TEXT,
        metavar="RECIPE",
        help="Rows made up: 'n=20, y=2*x+1, noise=0.5, x=0..5'.",
        example="n=4, y=2*x",
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
    Setting(
        name="degree",
        field="degree",
        kind=WHOLE,
        label="degree",
        help="The powers of one x up to this one, standardized. [1]",
        hint="powers of one column of x",
        example="3",
    ),
    Setting(
        name="validate",
        field="validate",
        kind=KEPT_BACK,
        label="kept back",
        help="Rows kept back to validate: a share such as 0.25, or every-3. [none]",
        hint="0.25 or every-3, or empty",
        example="every-3",
        none="",
    ),
)
"""What is made of the rows; fields of the Dataset, which sees to it that they can be used."""
