"""The rows of the data in the anatomy of an update: a line each, the rest of them as one, and Σ."""

from collections.abc import Sequence

import msgspec

from gdtui.experiment.backend import UpdateBreakdown
from gdtui.lab.frame import NOT_YET
from gdtui.numbers import count, fixed, given_decimals
from gdtui.ui.common.rows import Row, Span
from gdtui.ui.lab.views.breakdown_digits import Shown, error_places, slope_places

GAP = 2
"""Cells between two columns, at least."""


class Column(msgspec.Struct, frozen=True):
    """A column of the table of rows."""

    title: str
    cells: tuple[str, ...]
    """One for each row written out."""
    rest: str = ""
    total: str = ""

    @property
    def size(self) -> int:
        """Its width in cells."""
        return max(map(len, (self.title, *self.cells, self.rest, self.total)))


def table(parts: UpdateBreakdown, shown: Shown, width: int) -> list[Row]:
    """The heading, the rows with the rest among them, and Σ."""
    choices = _choices(parts, shown)
    columns = next((some for some in choices if _size(some) <= width), choices[-1])
    gaps = len(columns) - 1
    room = max(width - sum(column.size for column in columns), gaps)
    sizes = [column.size + room // gaps for column in columns[1:]]
    sizes[0] += room % gaps
    first = columns[0].size

    def line(texts: Sequence[str], role: str, label: str) -> Row:
        cells: list[Span] = [(f"{texts[0]:<{first}}", label)]
        for text, size in zip(texts[1:], sizes, strict=True):
            cells.append((f"{text:>{size}}", "warn" if text == NOT_YET else role))
        return tuple(cells)

    rows = [line([column.title for column in columns], "dim", "dim")]
    for index in range(len(parts.shown)):
        if index == parts.rest_after and parts.rest:
            rows.append(_rest(parts, columns, [first, *sizes]))
        rows.append(line([column.cells[index] for column in columns], "text", "dim"))
    return [*rows, line([column.total for column in columns], "main", "main")]


def _rest(parts: UpdateBreakdown, columns: Sequence[Column], sizes: Sequence[int]) -> Row:
    """The rows that are not written out, in words over the columns that they have no number for."""
    words = f"⋮ {count(parts.rest.rows if parts.rest else 0, 'row')} more"
    empty = next(index for index, column in enumerate(columns) if index and column.rest)
    room = sum(sizes[:empty])
    numbers = (f"{column.rest:>{size}}" for column, size in zip(columns[empty:], sizes[empty:], strict=True))
    return ((f"{words:<{room}}", "dim"), ("".join(numbers), "text"))


def _choices(parts: UpdateBreakdown, shown: Shown) -> list[list[Column]]:
    """The columns, from all of them to those of the one parameter that matters now, and to the last two of these."""
    weights = len(shown.names) - shown.has_bias
    one = [shown.column]
    numbers, forwards = _numbers(parts), _forwards(parts, shown)
    xs = {index: _x(parts, shown, index) for index in range(weights)}
    slopes = {index: _slope(parts, shown, index) for index in range(weights)}
    full = [
        [numbers, *(xs[index] for index in some), *forwards, *(slopes[index] for index in others)]
        for some, others in ((range(weights), range(weights)), (range(weights), one), (one, one))
    ]
    chosen, error = slopes[shown.column], forwards[-1]
    return [*full, [numbers, xs[shown.column], error, chosen], [numbers, error, chosen]]


def _size(columns: Sequence[Column]) -> int:
    return sum(column.size for column in columns) + GAP * (len(columns) - 1)


def _numbers(parts: UpdateBreakdown) -> Column:
    return Column("row", tuple(f"{row.number}" for row in parts.shown), "", "Σ")


def _x(parts: UpdateBreakdown, shown: Shown, index: int) -> Column:
    values = [row.x[index] for row in parts.shown]
    decimals = given_decimals(values)
    return Column(_of(shown, "x", index), tuple(fixed(value, decimals) for value in values))


def _forwards(parts: UpdateBreakdown, shown: Shown) -> list[Column]:
    """y, H(x) and the error; Σ of the errors is what becomes b's gradient."""
    targets = [row.y for row in parts.shown]
    decimals = given_decimals(targets)
    errors = [row.error for row in parts.shown]
    finer = error_places(parts)
    rest = parts.rest.error if parts.rest and shown.has_bias else None
    total = parts.totals[-1] if shown.has_bias else None
    texts = [fixed(error, finer) for error in errors]
    if "error" in shown.hidden:
        texts[shown.asked] = NOT_YET
    hypotheses = [row.hypothesis for row in parts.shown]
    is_hidden = "total" in shown.hidden and shown.parameter == len(shown.names) - 1
    return [
        Column("y", tuple(fixed(value, decimals) for value in targets)),
        Column("H(x)", tuple(fixed(value, max(finer, 0)) for value in hypotheses)),
        Column(
            "error",
            tuple(texts),
            "" if rest is None else fixed(rest, finer),
            "" if total is None else NOT_YET if is_hidden else fixed(total, finer),
        ),
    ]


def _slope(parts: UpdateBreakdown, shown: Shown, index: int) -> Column:
    decimals = slope_places(parts, index)
    texts = [fixed(row.slopes[index], decimals) for row in parts.shown]
    if "slope" in shown.hidden and index == shown.column:
        texts[shown.asked] = NOT_YET
    rest = fixed(parts.rest.slopes[index], decimals) if parts.rest else ""
    is_hidden = "total" in shown.hidden and index == shown.parameter
    total = NOT_YET if is_hidden else fixed(parts.totals[index], decimals)
    return Column(_of(shown, "error·x", index), tuple(texts), rest, total)


def _of(shown: Shown, name: str, index: int) -> str:
    """`x`, or `x2` where there are several columns."""
    return name if len(shown.names) - shown.has_bias == 1 else f"{name}{index + 1}"


def natural_width(parts: UpdateBreakdown, shown: Shown) -> int:
    """How many cells it takes to show every column."""
    return _size(_choices(parts, shown)[0])
