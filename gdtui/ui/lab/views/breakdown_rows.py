"""An update taken apart as rows of text: the rows of the data, and the steps from Σ to the new parameters."""

import math
from collections.abc import Mapping, Sequence
from functools import partial

from gdtui.experiment.backend import UpdateBreakdown
from gdtui.experiment.update_rule import Carried, Values
from gdtui.lab.frame import NOT_YET
from gdtui.numbers import count, finer, fixed, readable_decimals, significant
from gdtui.text import _
from gdtui.ui.common.rows import Row, keyed
from gdtui.ui.lab.views.breakdown_digits import (
    COST_DECIMALS,
    Shown,
    adds_errors,
    comes_to,
    cost_places,
    error_places,
    filled_in,
    more_digits,
    or_hidden,
    put_in,
    slope_places,
    term,
    update_places,
)
from gdtui.ui.lab.views.breakdown_table import GAP, fitting, natural_width, table
from gdtui.ui.panels.equation import subtraction

WIDEST = 66
"""A wider table would be hard to read across."""

MOST_IN_CHAIN = 2
"""With more parameters than this, the steps become a table."""


def breakdown_rows(parts: UpdateBreakdown, shown: Shown, width: int, *, is_tight: bool = False) -> list[Row]:
    """The whole update in this width; if it is tight, without empty lines."""
    if parts.shown:
        shown = fitting(parts, shown, width)
        width = min(width, max(WIDEST, natural_width(parts, shown)))
    rows = [batch(parts, shown)] if parts.updates > 1 else []
    empty: list[Row] = [] if is_tight else [()]
    rows += [*table(parts, shown, width), *empty] if parts.shown else []
    if len(shown.names) <= MOST_IN_CHAIN:
        rows += chain(parts, shown, width)
    else:
        rows += parameter_table(parts, shown, width)
    return [*rows, *empty, cost(parts, shown)]


def batch(parts: UpdateBreakdown, shown: Shown) -> Row:
    """Which of the epoch's updates this is."""
    place = _("update {number} of {n:,}", number=parts.index + 1, n=parts.updates)
    rows = _(", on {rows}", rows=count(parts.rows, "row"))
    if not shown.key:
        return ((place, "main"), (rows, "dim"))
    keys = {"next": shown.key["next-batch"], "before": shown.key["previous-batch"]}
    return ((place, "main"), (rows, "dim"), *keyed(_("   {next} next, {before} previous"), "dim", **keys))


Step = tuple[str, list[str], str, str]
"""A step: its name, its explanation in ever shorter forms, its number, and the number's role."""


def chain(parts: UpdateBreakdown, shown: Shown, width: int) -> list[Row]:
    """A line for each step from Σ to the new parameters: its name, how it is computed, and the number."""
    every = range(len(shown.names))
    steps = [
        *(_gradient(parts, shown, index) for index in every),
        *(_carried(parts, shown, index, item) for item in parts.carried for index in every),
        *(_update(parts, shown, index) for index in every),
        *(_following(parts, shown, index) for index in every),
    ]
    size = max(len(label) for label, *_ in steps) + GAP
    return [_line(step, size, width) for step in steps]


def _line(step: Step, size: int, width: int) -> Row:
    """One step, with the longest explanation that leaves space for its number at the right."""
    label, words, result, role = step
    room = width - size - len(result) - GAP
    chosen = next((text for text in words if len(text) <= room), words[-1][: max(room, 0)])
    return (
        (f"{label:<{size}}", "dim"),
        (f"{chosen:<{max(room + GAP, 0)}}", "text"),
        (result, "now" if result == NOT_YET else role),
    )


def _label(what: str, shown: Shown, index: int) -> str:
    return what if len(shown.names) == 1 else f"{what} {shown.names[index]}"


def _gradient(parts: UpdateBreakdown, shown: Shown, index: int) -> Step:
    if parts.slope_words:
        return _derivative(parts, shown, index)
    is_bias = shown.has_bias and index == len(shown.names) - 1
    decimals = error_places(parts, shown) if is_bias and adds_errors(parts) else slope_places(parts, index)

    def put(shown: Shown, more: int) -> str:
        total = or_hidden("total", finer(parts.totals[index], decimals, more), shown, index)
        numbers = total if parts.factor_words == "1" else f"{total} × {significant(parts.factor, 6 + more)}"
        if parts.penalty_slopes:
            numbers += f" + {term(finer(parts.penalty_slopes[index], readable_decimals(parts.penalty_slopes), more))}"
        return numbers

    formula = f"Σ × {factor(parts)}" + (f" + λ·{shown.names[index]}" if parts.penalty_slopes else "")
    numbers = filled_in(put, fixed(parts.gradient[index], readable_decimals(parts.gradient)), shown)
    words = [f"{formula} = {numbers}", numbers, formula]
    return _label(_("gradient"), shown, index), words, _slope(parts, shown, index), "main"


def _derivative(parts: UpdateBreakdown, shown: Shown, index: int) -> Step:
    name, formula, numbers = parts.slope_words[index]
    if parts.penalty_slopes:
        formula += f" + λ·{shown.names[index]}"
        numbers += f" + {term(fixed(parts.penalty_slopes[index], readable_decimals(parts.penalty_slopes)))}"
    words = [f"{formula} = {numbers}", numbers, formula, name]
    return _label(_("gradient"), shown, index), words, _slope(parts, shown, index), "main"


def _slope(parts: UpdateBreakdown, shown: Shown, index: int, more: int = 0) -> str:
    return or_hidden("gradient", finer(parts.gradient[index], readable_decimals(parts.gradient), more), shown, index)


def factor(parts: UpdateBreakdown) -> str:
    """`2/3`: the factor of Σ. Its m must be replaced because Adam also has an average named m."""
    return parts.factor_words.replace("m", f"{parts.rows}").replace("k", f"{parts.targets}")


def _carried(parts: UpdateBreakdown, shown: Shown, index: int, item: Carried) -> Step:
    result = fixed(item.values[index], readable_decimals(item.values))
    numbers = filled_in(partial(_with_numbers, item.formula, item.given, parts, index), result, shown)
    words = [f"{item.formula} = {numbers}", numbers, item.formula]
    return _label(item.name, shown, index), words, result, "text"


def _with_numbers(
    formula: str, known: Mapping[str, Values], parts: UpdateBreakdown, index: int, shown: Shown, more: int
) -> str:
    """An optimizer's formula with one parameter's numbers for its names, with `more` extra digits."""
    numbers = {name: finer(values[index], readable_decimals(values), more) for name, values in known.items()}
    rates = {"lr": parts.settings.learning_rate, "λ": parts.settings.weight_decay}
    numbers |= {name: significant(rate, 6 + more) for name, rate in rates.items()}
    return put_in(formula, numbers | {"gradient": _slope(parts, shown, index, more)})


def _update(parts: UpdateBreakdown, shown: Shown, index: int) -> Step:
    name = shown.names[index]
    words = parts.update_words.replace("λ·W", f"λ·{name}") if parts.carried else "lr × gradient"
    known = {item.name: item.values for item in parts.carried} | {name: parts.parameters}
    result = fixed(parts.update[index], update_places(parts))
    numbers = filled_in(partial(_with_numbers, words, known, parts, index), result, shown)
    texts = [f"{words} = {numbers}", numbers, words]
    return _label(_("update"), shown, index), texts, or_hidden("update", result, shown, index), "main"


def _following(parts: UpdateBreakdown, shown: Shown, index: int) -> Step:
    name = shown.names[index]
    decimals = update_places(parts)

    def put(shown: Shown, more: int) -> str:
        change = or_hidden("update", finer(parts.update[index], decimals, more), shown, index)
        return f"{finer(parts.parameters[index], decimals, more)} − {term(change)}"

    after = fixed(parts.following[index], decimals)
    numbers = filled_in(put, after, shown)
    result = or_hidden("following", after, shown, index)
    return (
        _("new {name}", name=name),
        [_("{name} − update = {numbers}", name=name, numbers=numbers), numbers, _("{name} − update", name=name)],
        result,
        "now",
    )


def parameter_table(parts: UpdateBreakdown, shown: Shown, width: int) -> list[Row]:
    """The steps for many parameters: once in words, then a line of numbers for each parameter."""
    ending = subtraction(parts.parameters, 1.0, parts.update, parts.following, update_places(parts))
    rate, slopes = _factor_of(
        parts.settings.learning_rate, parts.gradient, readable_decimals(parts.gradient), ending.change
    )
    places = max(slope_places(parts, index) for index in range(len(parts.totals)))
    by, totals = _factor_of(parts.factor, parts.totals, places, slopes)
    numbers = "" if parts.factor_words == "1" else f" = Σ × {by}"
    decay = " + λ·W" if parts.penalty_slopes else ""
    words = [
        ("gradient", f"Σ × {factor(parts)}{numbers}{decay}"),
        *((item.name, item.formula) for item in parts.carried),
    ]
    words.append(("update", parts.update_words if parts.carried else f"lr × gradient = {rate} × gradient"))
    size = max(len(name) for name, _ in words) + GAP
    steps: list[Row] = [((f"{name:<{size}}", "dim"), (text, "text")) for name, text in words]
    kinds = (
        ("Σ", "total", totals),
        ("gradient", "gradient", slopes),
        *((item.name, "", [fixed(v, readable_decimals(item.values)) for v in item.values]) for item in parts.carried),
        ("update", "update", ending.change),
        ("before", "", ending.before),
        ("new", "following", ending.following),
    )
    columns = [
        [title, *(or_hidden(what, text, shown, index) for index, text in enumerate(texts))]
        for title, what, texts in kinds
    ]
    label = max(map(len, shown.names))
    for fewer in ([*columns[:2], *columns[-3:]], [*columns[:2], columns[-3], columns[-1]]):
        if sum(max(map(len, column)) + 1 for column in columns) + label + 1 > width:
            columns = fewer
    room = (width - label) // len(columns)
    sizes = [max(map(len, column)) + 1 for column in columns]
    if max(sizes) <= room:
        sizes = [room] * len(columns)
    rows: list[Row] = []
    for index, name in enumerate(("", *shown.names)):
        texts = [column[index] for column in columns]
        role = "main" if index else "dim"
        sized = zip(texts[:-1], sizes, strict=False)
        cells = ((f"{text:>{n}}", "now" if text == NOT_YET else "text" if index else "dim") for text, n in sized)
        last = (f"{texts[-1]:>{sizes[-1]}}", "now" if index else "dim")
        rows.append(((f"{name:<{label}}", role), *cells, last))
    return [*steps, *rows]


def _factor_of(by: float, values: Sequence[float], decimals: int, results: Sequence[str]) -> tuple[str, Sequence[str]]:
    """A factor and the numbers it multiplies, with enough digits to give the results as written."""

    def written(more: int) -> tuple[str, Sequence[str]]:
        return significant(by, 6 + more), [finer(value, decimals, more) for value in values]

    def is_enough(more: int, may_tie: bool) -> bool:
        rate, texts = written(more)
        pairs = zip(texts, results, strict=True)
        return all(comes_to(f"{rate} × {term(text)}", result, may_tie) for text, result in pairs)

    return written(more_digits(is_enough) or 0)


def cost(parts: UpdateBreakdown, shown: Shown) -> Row:
    """The cost before and after the update, and which is lower."""
    small = cost_places(parts) > COST_DECIMALS
    before, after = (
        significant(cost, 4) if small else fixed(cost, COST_DECIMALS) for cost in (parts.cost, parts.cost_after)
    )
    if "cost" in shown.hidden:
        return ((_("cost"), "dim"), (f"  {before} → ", "text"), (NOT_YET, "now"))
    if not math.isfinite(parts.cost_after):
        return ((_("cost"), "dim"), (f"  {before} → ", "text"), (_("too large a number"), "bad"))
    if parts.cost_after == parts.cost:
        word, role = _("the same"), "warn" if any(parts.gradient) else "text"  # at rest it is as it should be
    else:
        is_lower = parts.cost_after < parts.cost
        word, role = (_("lower"), "good") if is_lower else (_("higher"), "bad")
    where = _(" (all rows)") if parts.updates > 1 else ""
    return ((_("cost"), "dim"), (f"  {before} → ", "text"), (after, "main"), (f", {word}", role), (where, "dim"))
