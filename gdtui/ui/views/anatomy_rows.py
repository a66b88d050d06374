"""The anatomy of an update as rows of text: the table of rows, Σ, and the chain that leads to the new parameters."""

import math
import re
from collections.abc import Iterable, Sequence

import msgspec

from gdtui.bench import Anatomy, Carried
from gdtui.ui.rows import Row, Run
from gdtui.ui.views.fading import HIDDEN
from gdtui.ui.widgets.numbers import decimals_for
from gdtui.words import count, fixed, significant

WIDEST = 66
"""A wider table would be hard to read across."""

MOST_IN_CHAIN = 2
"""With more parameters than this the chain is a table."""

MOST_DIGITS = 7
"""How many digits of a Σ are shown, at most."""

COST_DECIMALS, SMALL = 6, 1e-5
"""A cost is shown with so many decimals, and one below this with four digits."""

GAP = 2
"""Cells between two columns, at least."""


class Shown(msgspec.Struct, frozen=True):
    """How an anatomy is looked at."""

    names: tuple[str, ...]
    """The parameters', b last."""
    has_bias: bool
    hidden: frozenset[str] = frozenset()
    """Of `error`, `slope`, `total`, `gradient`, `update`, `following` and `cost`, those not shown."""
    parameter: int = 0
    """The parameter that hidden numbers belong to, and whose column comes first."""
    asked: int = 0
    """The row that a hidden error belongs to, as an index into those written out."""

    @property
    def column(self) -> int:
        """The column of x that comes first."""
        return min(self.parameter, len(self.names) - 1 - self.has_bias)


def anatomy_rows(parts: Anatomy, shown: Shown, width: int, *, is_tight: bool = False) -> list[Row]:
    """All of it, for so many cells across; where it is tight, without the line before the cost."""
    width = min(width, max(WIDEST, _size(_choices(parts, shown)[0])))
    rows = [batch(parts)] if parts.updates > 1 else []
    rows += [*table(parts, shown, width), ()]
    if len(shown.names) <= MOST_IN_CHAIN:
        rows += chain(parts, shown, width)
    else:
        rows += parameter_table(parts, shown, width)
    return [*rows, *([] if is_tight else [()]), cost(parts, shown)]


def batch(parts: Anatomy) -> Row:
    """Which of an epoch's updates it is."""
    return (
        (f"update {parts.index + 1} of {parts.updates:,}", "main"),
        (f", on {count(parts.rows, 'row')}   ", "dim"),
        ("b B", "key"),
        (" next, before", "dim"),
    )


def places(values: Iterable[float]) -> int:
    """How many decimals show such numbers: three, more for small ones, fewer for large ones."""
    known = [value for value in values if math.isfinite(value)]
    largest = max(map(abs, known), default=0.0)
    return decimals_for(known) if largest < 1000 else max(0, 6 - math.floor(math.log10(largest)))


def given_places(values: Iterable[float]) -> int:
    """How many decimals show numbers that somebody wrote: no more than they need, as far as that is few."""
    known = list(values)
    most = places(known)
    exact = (d for d in range(most) if all(math.isclose(v, round(v, d), rel_tol=1e-6) for v in known))
    return next(exact, most)


def term(number: str) -> str:
    """A number as it stands after an operator."""
    return f"({number})" if number.startswith("−") else number


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


def table(parts: Anatomy, shown: Shown, width: int) -> list[Row]:
    """The heading, the rows with the rest among them, and Σ."""
    choices = _choices(parts, shown)
    columns = next((some for some in choices if _size(some) <= width), choices[-1])
    gaps = len(columns) - 1
    room = max(width - sum(column.size for column in columns), gaps)
    sizes = [column.size + room // gaps for column in columns[1:]]
    sizes[0] += room % gaps
    first = columns[0].size

    def line(texts: Sequence[str], role: str, label: str) -> Row:
        cells: list[Run] = [(f"{texts[0]:<{first}}", label)]
        for text, size in zip(texts[1:], sizes, strict=True):
            cells.append((f"{text:>{size}}", "warn" if text == HIDDEN else role))
        return tuple(cells)

    rows = [line([column.title for column in columns], "dim", "dim")]
    for index in range(len(parts.shown)):
        if index == parts.rest_after and parts.rest:
            rows.append(_rest(parts, columns, [first, *sizes]))
        rows.append(line([column.cells[index] for column in columns], "text", "dim"))
    return [*rows, line([column.total for column in columns], "main", "main")]


def _rest(parts: Anatomy, columns: Sequence[Column], sizes: Sequence[int]) -> Row:
    """The rows that are not written out, in words over the columns that they have no number for."""
    words = f"⋮ {count(parts.rest.rows if parts.rest else 0, 'row')} more"
    empty = next(index for index, column in enumerate(columns) if index and column.rest)
    room = sum(sizes[:empty])
    numbers = (f"{column.rest:>{size}}" for column, size in zip(columns[empty:], sizes[empty:], strict=True))
    return ((f"{words:<{room}}", "dim"), ("".join(numbers), "text"))


def _size(columns: Sequence[Column]) -> int:
    return sum(column.size for column in columns) + GAP * (len(columns) - 1)


def _choices(parts: Anatomy, shown: Shown) -> list[list[Column]]:
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


def _numbers(parts: Anatomy) -> Column:
    return Column("row", tuple(f"{row.number}" for row in parts.shown), "", "Σ")


def _x(parts: Anatomy, shown: Shown, index: int) -> Column:
    values = [row.x[index] for row in parts.shown]
    decimals = given_places(values)
    return Column(_of(shown, "x", index), tuple(fixed(value, decimals) for value in values))


def _forwards(parts: Anatomy, shown: Shown) -> list[Column]:
    """y, H(x) and the error; Σ of the errors is what becomes b's gradient."""
    targets = [row.y for row in parts.shown]
    decimals = given_places(targets)
    errors = [row.error for row in parts.shown]
    finer = error_places(parts)
    rest = parts.rest.error if parts.rest and shown.has_bias else None
    total = parts.totals[-1] if shown.has_bias else None
    texts = [fixed(error, finer) for error in errors]
    if "error" in shown.hidden:
        texts[shown.asked] = HIDDEN
    hypotheses = [row.hypothesis for row in parts.shown]
    is_hidden = "total" in shown.hidden and shown.parameter == len(shown.names) - 1
    return [
        Column("y", tuple(fixed(value, decimals) for value in targets)),
        Column("H(x)", tuple(fixed(value, max(finer, 0)) for value in hypotheses)),
        Column(
            "error",
            tuple(texts),
            "" if rest is None else fixed(rest, finer),
            "" if total is None else HIDDEN if is_hidden else fixed(total, finer),
        ),
    ]


def _slope(parts: Anatomy, shown: Shown, index: int) -> Column:
    decimals = slope_places(parts, index)
    texts = [fixed(row.slopes[index], decimals) for row in parts.shown]
    if "slope" in shown.hidden and index == shown.column:
        texts[shown.asked] = HIDDEN
    rest = fixed(parts.rest.slopes[index], decimals) if parts.rest else ""
    is_hidden = "total" in shown.hidden and index == shown.parameter
    total = HIDDEN if is_hidden else fixed(parts.totals[index], decimals)
    return Column(_of(shown, "error·x", index), tuple(texts), rest, total)


def _of(shown: Shown, name: str, index: int) -> str:
    """`x`, or `x2` where there are several columns."""
    return name if len(shown.names) - shown.has_bias == 1 else f"{name}{index + 1}"


def error_places(parts: Anatomy) -> int:
    """The decimals of H(x) and the errors."""
    return places(row.error for row in parts.shown)


def slope_places(parts: Anatomy, index: int) -> int:
    """The decimals of error·x and its Σ."""
    total = abs(parts.totals[index])
    digits = math.floor(math.log10(total)) if total and math.isfinite(total) else 0
    return min(places(row.slopes[index] for row in parts.shown), max(0, MOST_DIGITS - digits))


def chain(parts: Anatomy, shown: Shown, width: int) -> list[Row]:
    """A line for each step from Σ to the new parameters: its name, how it comes about, and the number."""
    lines: list[tuple[str, list[str], str, str]] = []
    for index, name in enumerate(shown.names):
        lines.append(_gradient(parts, shown, index, _label("gradient", name, shown)))
    for item in parts.carried:
        for index, name in enumerate(shown.names):
            lines.append(_carried(parts, shown, index, item, _label(item.name, name, shown)))
    for index, name in enumerate(shown.names):
        lines.append(_update(parts, shown, index, _label("update", name, shown)))
    for index, name in enumerate(shown.names):
        before, change, after = (
            fixed(values[index], update_places(parts)) for values in (parts.parameters, parts.update, parts.following)
        )
        change = _or_hidden("update", change, shown, index)
        words = [f"{name} − update = {before} − {term(change)}", f"{before} − {term(change)}"]
        lines.append((f"new {name}", words, _or_hidden("following", after, shown, index), "now"))
    size = max(len(label) for label, *_ in lines) + GAP
    return [_line(label, words, result, role, size, width) for label, words, result, role in lines]


def _line(label: str, words: Sequence[str], result: str, role: str, size: int, width: int) -> Row:
    """One step, with the fullest words that leave room for its number at the right."""
    room = width - size - len(result) - GAP
    chosen = next((text for text in words if len(text) <= room), words[-1][: max(room, 0)])
    return (
        (f"{label:<{size}}", "dim"),
        (f"{chosen:<{room + GAP}}", "text"),
        (result, "warn" if result == HIDDEN else role),
    )


def _label(what: str, name: str, shown: Shown) -> str:
    return what if len(shown.names) == 1 else f"{what} {name}"


def _or_hidden(what: str, text: str, shown: Shown, index: int) -> str:
    """The number, or a question mark where it is the one to be found."""
    return HIDDEN if what in shown.hidden and index == shown.parameter else text


def _gradient(parts: Anatomy, shown: Shown, index: int, label: str) -> tuple[str, list[str], str, str]:
    is_bias = shown.has_bias and index == len(shown.names) - 1
    decimals = error_places(parts) if is_bias else slope_places(parts, index)
    total = _or_hidden("total", fixed(parts.totals[index], decimals), shown, index)
    numbers = total if parts.factor_words == "1" else f"{total} × {significant(parts.factor)}"
    formula = f"Σ × {parts.factor_words}"
    if parts.decay:
        numbers += f" + {term(fixed(parts.decay[index], places(parts.decay)))}"
        formula += " + λ·" + shown.names[index]
    words = [f"{formula} = {numbers}", numbers]
    result = _or_hidden("gradient", fixed(parts.gradient[index], gradient_places(parts)), shown, index)
    return label, words, result, "main"


def _carried(parts: Anatomy, shown: Shown, index: int, item: Carried, label: str) -> tuple[str, list[str], str, str]:
    slope = _or_hidden("gradient", fixed(parts.gradient[index], gradient_places(parts)), shown, index)
    numbers = put_in(item.formula, {item.of: fixed(item.given[index], places(item.given)), "gradient": slope})
    result = fixed(item.values[index], places(item.values))
    return label, [f"{item.formula} = {numbers}", numbers, item.formula], result, "text"


def put_in(formula: str, numbers: dict[str, str]) -> str:
    """A formula with numbers for the names in it."""
    names = "|".join(re.escape(name) for name in sorted(numbers, key=len, reverse=True))
    return re.sub(f"(?<![A-Za-z])(?:{names})(?![A-Za-z])", lambda match: term(numbers[match[0]]), formula)


def _update(parts: Anatomy, shown: Shown, index: int, label: str) -> tuple[str, list[str], str, str]:
    result = _or_hidden("update", fixed(parts.update[index], update_places(parts)), shown, index)
    slope = _or_hidden("gradient", fixed(parts.gradient[index], gradient_places(parts)), shown, index)
    if parts.carried:
        words = parts.update_words.replace("λ·W", f"λ·{shown.names[index]}")
        known = {item.name: fixed(item.values[index], places(item.values)) for item in parts.carried}
        numbers = put_in(words, {**known, "gradient": slope, "lr": significant(parts.learning_rate)})
        return label, [f"{words} = {numbers}", numbers, words], result, "main"
    numbers = f"{significant(parts.learning_rate)} × {term(slope)}"
    return label, [f"lr × gradient = {numbers}", numbers], result, "main"


def gradient_places(parts: Anatomy) -> int:
    """The decimals of the gradient."""
    return places(parts.gradient)


def update_places(parts: Anatomy) -> int:
    """The decimals of the update and of the parameters: as many as it takes to see them change."""
    return places(parts.update)


def parameter_table(parts: Anatomy, shown: Shown, width: int) -> list[Row]:
    """The chain of many parameters: its steps once in words, then a line of numbers for each."""
    factor = parts.factor_words + ("" if parts.factor_words == "1" else f" = Σ × {significant(parts.factor)}")
    decay = " + λ·W" if parts.decay else ""
    words = [("gradient", f"Σ × {factor}{decay}"), *((item.name, item.formula) for item in parts.carried)]
    plain = f"lr × gradient = {significant(parts.learning_rate)} × gradient"
    words.append(("update", parts.update_words if parts.carried else plain))
    size = max(len(name) for name, _ in words) + GAP
    steps: list[Row] = [((f"{name:<{size}}", "dim"), (text, "text")) for name, text in words]
    kinds = (
        ("Σ", "total", parts.totals, max(slope_places(parts, index) for index in range(len(parts.totals)))),
        ("gradient", "gradient", parts.gradient, gradient_places(parts)),
        *((item.name, "", item.values, places(item.values)) for item in parts.carried),
        ("update", "update", parts.update, update_places(parts)),
        ("before", "", parts.parameters, update_places(parts)),
        ("new", "following", parts.following, update_places(parts)),
    )
    columns = [
        [title, *(_or_hidden(what, fixed(v, decimals), shown, i) for i, v in enumerate(values))]
        for title, what, values, decimals in kinds
    ]
    if sum(max(map(len, column)) + 1 for column in columns) + GAP + 1 > width:
        columns = [*columns[:2], *columns[-3:]]
    label = max(map(len, shown.names))
    room = (width - label) // len(columns)
    rows: list[Row] = []
    for index, name in enumerate(("", *shown.names)):
        texts = [column[index] for column in columns]
        role = "main" if index else "dim"
        cells = ((f"{text:>{room}}", "warn" if text == HIDDEN else "text" if index else "dim") for text in texts[:-1])
        last = (f"{texts[-1]:>{room}}", ("warn" if texts[-1] == HIDDEN else "now") if index else "dim")
        rows.append(((f"{name:<{label}}", role), *cells, last))
    return [*steps, *rows]


def cost(parts: Anatomy, shown: Shown) -> Row:
    """The cost before and after, and which of them is lower."""
    small = cost_places(parts) > COST_DECIMALS
    before, after = (
        significant(cost, 4) if small else fixed(cost, COST_DECIMALS) for cost in (parts.cost, parts.cost_after)
    )
    if "cost" in shown.hidden:
        return (("cost", "dim"), (f"  {before} → ", "text"), (HIDDEN, "warn"))
    if not math.isfinite(parts.cost_after):
        return (("cost", "dim"), (f"  {before} → ", "text"), ("too large to be a number", "bad"))
    if parts.cost_after == parts.cost:
        word, role = "the same", "warn"
    else:
        is_lower = parts.cost_after < parts.cost
        word, role = ("lower", "good") if is_lower else ("higher", "bad")
    where = " (all rows)" if parts.updates > 1 else ""
    return (("cost", "dim"), (f"  {before} → ", "text"), (after, "main"), (f", {word}", role), (where, "dim"))


def cost_places(parts: Anatomy) -> int:
    """Six decimals, as everywhere; more where one of the two costs would look like nothing."""
    known = [value for value in (parts.cost, parts.cost_after) if math.isfinite(value) and value > 0]
    least = min(known, default=1.0)
    return COST_DECIMALS if least >= SMALL else 3 - math.floor(math.log10(least))
