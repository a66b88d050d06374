"""The rows of the data in an update taken apart: one line each, the sum of the rest, and Σ."""

from collections.abc import Sequence

import msgspec

from gdtui.experiment.backend import UpdateBreakdown
from gdtui.lab.frame import NOT_YET
from gdtui.numbers import fixed, given_decimals
from gdtui.text import _, ngettext
from gdtui.ui.common.rows import Row, Span
from gdtui.ui.lab.views.breakdown_digits import Shown, adds_errors, error_places, or_hidden, slope_places

GAP = 2
"""The least number of cells between two columns."""


Column = tuple[str, ...]
"""A title, a number for each row shown, one for the rest, one for each share, and Σ."""


def table(parts: UpdateBreakdown, shown: Shown, width: int) -> list[Row]:
    """The header, the rows including the rest, and Σ."""
    choices = _choices(parts, shown)
    columns = next((some for some in choices if _size(some) <= width), choices[-1])
    if parts.shares:  # their labels are wide, and the contributions should be readable from y on
        columns = next((some for some in choices if _size(some, 1) <= width), columns)
    first, *others = (max(map(len, column)) for column in columns)
    room = max(width - first - sum(others), len(others))
    sizes = [size + room // len(others) for size in others]
    sizes[0] += room % len(others)

    def line(texts: Sequence[str], role: str, label: str) -> Row:
        cells: list[Span] = [(f"{texts[0]:<{first}}", label)]
        for text, size in zip(texts[1:], sizes, strict=True):
            cells.append((f"{text:>{size}}", "now" if text == NOT_YET else role))
        return tuple(cells)

    heading, *lines, totals = zip(*columns, strict=True)
    written = len(parts.shown)
    numbers, rest = lines[:written], lines[written]
    sums = [line(texts, "text", "key") for texts in lines[written + 1 :]]
    rows = [line(heading, "dim", "dim"), *(line(texts, "text", "dim") for texts in numbers)]
    if parts.rest:
        # In words, across the columns that have no number for it.
        begin = next(index for index, text in enumerate(rest) if text) - 1
        words = ngettext("⋮ {n:,} more row", "⋮ {n:,} more rows", parts.rest.rows)
        of_rest = "".join(f"{text:>{size}}" for text, size in zip(rest[begin + 1 :], sizes[begin:], strict=True))
        rows.insert(1 + parts.rest_after, ((f"{words:<{first + sum(sizes[:begin])}}", "dim"), (of_rest, "text")))
        rows += sums
    else:
        for share, of_share in reversed(list(zip(parts.shares, sums, strict=True))):
            rows.insert(1 + share.last, of_share)
    return [*rows, line(totals, "main", "main")]


def _choices(parts: UpdateBreakdown, shown: Shown) -> list[list[Column]]:
    """The possible sets of columns: from all of them, to those of the chosen parameter, to the last two of these."""
    weights = len(shown.names) - shown.has_bias
    one = [shown.column]
    labels = (_("Σ share {n}", n=number) for number, _share in enumerate(parts.shares, 1))
    numbers = (_("row"), *(f"{row.number}" for row in parts.shown), "", *labels, "Σ")
    forwards = _forwards(parts, shown)
    xs = {index: _x(parts, shown, index) for index in range(weights)}
    slopes = {index: _slope(parts, shown, index) for index in range(weights)}
    full = [
        [numbers, *(xs[index] for index in some), *forwards, *(slopes[index] for index in others)]
        for some, others in ((range(weights), range(weights)), (range(weights), one), (one, one))
    ]
    if any(row.z is not None for row in parts.shown):
        texts = (fixed(row.z or 0.0, error_places(parts, shown)) for row in parts.shown)
        z = ("z", *texts, "", *_blank(parts), "")
        before = [columns.index(forwards[1]) for columns in full]  # H(x) is computed from it
        full = [
            with_z
            for columns, at in zip(full, before, strict=True)
            for with_z in ([*columns[:at], z, *columns[at:]], columns)
        ]
    chosen, error = slopes[shown.column], forwards[-1]
    return [*full, [numbers, xs[shown.column], error, chosen], [numbers, error, chosen]]


def _size(columns: Sequence[Column], gap: int = GAP) -> int:
    return sum(max(map(len, column)) for column in columns) + gap * (len(columns) - 1)


def _x(parts: UpdateBreakdown, shown: Shown, index: int) -> Column:
    values = [row.x[index] for row in parts.shown]
    decimals = given_decimals(values)
    return _of(shown, "x", index), *(fixed(value, decimals) for value in values), *_blank(parts), "", ""


def _blank(parts: UpdateBreakdown) -> Column:
    return ("",) * len(parts.shares)


def _sums(parts: UpdateBreakdown, shown: Shown, index: int, decimals: int) -> Column:
    """Each share's sum, and Σ; a share shows nothing while it would give away a hidden number."""
    is_hidden = bool({"error", "slope", "total"} & shown.hidden)
    of_shares = (NOT_YET if is_hidden else fixed(share.totals[index], decimals) for share in parts.shares)
    return *of_shares, or_hidden("total", fixed(parts.totals[index], decimals), shown, index)


def _forwards(parts: UpdateBreakdown, shown: Shown) -> list[Column]:
    """y, H(x) and the error; if b's gradient is not the sum of the errors, also what it is the sum of."""
    decimals, finer, blank = given_decimals([row.y for row in parts.shown]), error_places(parts, shown), _blank(parts)
    columns = [
        ("y", *(fixed(row.y, decimals) for row in parts.shown), "", *blank, ""),
        ("H(x)", *(fixed(row.hypothesis, finer) for row in parts.shown), "", *blank, ""),
    ]
    errors = [fixed(row.error, finer) for row in parts.shown]
    if "error" in shown.hidden:
        errors[shown.asked] = NOT_YET
    bias = len(shown.names) - 1
    if shown.has_bias and adds_errors(parts):
        rest = fixed(parts.rest.error, finer) if parts.rest else ""
        return [*columns, (_("error"), *errors, rest, *_sums(parts, shown, bias, finer))]
    columns.append((_("error"), *errors, "", *blank, ""))
    return [*columns, _added(parts, shown, bias, parts.row_slope.removesuffix("·x"))] if shown.has_bias else columns


def _slope(parts: UpdateBreakdown, shown: Shown, index: int) -> Column:
    return _added(parts, shown, index, _of(shown, parts.row_slope, index))


def _added(parts: UpdateBreakdown, shown: Shown, index: int, name: str) -> Column:
    """What each row adds to Σ for a parameter, and Σ."""
    decimals = slope_places(parts, index)
    texts = [fixed(row.slopes[index], decimals) for row in parts.shown]
    if "slope" in shown.hidden and index == shown.column:
        texts[shown.asked] = NOT_YET
    rest = fixed(parts.rest.slopes[index], decimals) if parts.rest else ""
    return name, *texts, rest, *_sums(parts, shown, index, decimals)


def _of(shown: Shown, name: str, index: int) -> str:
    """`x`, or `x2` if there are several columns."""
    return name if len(shown.names) - shown.has_bias == 1 else f"{name}{index + 1}"


def fitting(parts: UpdateBreakdown, shown: Shown, width: int) -> Shown:
    """These options, but with fewer digits of the errors if a column would have to give way to them."""
    needed = _size(_choices(parts, shown)[0], 1 if parts.shares else GAP)
    return shown if needed <= width else msgspec.structs.replace(shown, multiplies=False)


def natural_width(parts: UpdateBreakdown, shown: Shown) -> int:
    """The number of cells needed to show every column."""
    return _size(_choices(parts, shown)[0])
