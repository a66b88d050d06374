"""Epochs that are not a single lr·gradient over all rows: with mini-batches, or with an optimizer."""

from collections.abc import Iterator

from gdtui.errors import UserError
from gdtui.experiment.backend import Backend, UpdateBreakdown
from gdtui.experiment.experiment import Experiment
from gdtui.lab.run import Run
from gdtui.numbers import bracketed, numeral
from gdtui.teaching.misconceptions import Misconception
from gdtui.text import _, listed, ngettext

MOST_PARTS = 4
"""The most updates per epoch that can be computed by hand."""

MOST_ROWS = 8
"""The most rows of a batch that are named and computed with."""


def batches_of(run: Run, backend: Backend, target: int = 0) -> tuple[UpdateBreakdown, ...]:
    """The updates of the current epoch, in order, for one target.

    Raises:
        UserError: there are too many to compute by hand.
    """
    if run.experiment.updates > MOST_PARTS:
        raise UserError(_("{n:,} updates in an epoch are too many to compute by hand", n=run.experiment.updates))
    memory = run.history[run.cursor - 1].memory if run.cursor else ()
    return tuple(
        backend.breakdown(run.experiment, run.epoch, memory, index=index, rows=MOST_ROWS, target=target)
        for index in range(run.experiment.updates)
    )


def rows_of(part: UpdateBreakdown) -> str:
    """`rows 4, 2 and 6`, or just how many if there are many."""
    if part.rest:
        return _("{n} rows", n=part.rows)
    numbers = listed([str(row.number) for row in part.shown], _("and"))
    return ngettext("row {rows}", "rows {rows}", part.rows, rows=numbers)


def worked(parts: tuple[UpdateBreakdown, ...], name: str, index: int) -> str:
    """The line that leads from a parameter to its value after the epoch, update by update."""
    return "; ".join(_worked_part(part, name, index, is_all=len(parts) == 1) for part in parts)


def _worked_part(part: UpdateBreakdown, name: str, index: int, *, is_all: bool) -> str:
    where = "" if is_all else f"{rows_of(part)}: "
    start, update, end = (numeral(values[index]) for values in (part.parameters, part.update, part.following))
    if not part.carried:
        rate, gradient = numeral(part.settings.learning_rate), bracketed(numeral(part.gradient[index]))
        return f"{where}{name} − lr·gradient = {start} − {rate}·{gradient} = {end}"
    carried = ", ".join(f"{each.name} ← {each.formula} = {numeral(each.values[index])}" for each in part.carried)
    return f"{where}{carried}; {name} − {part.update_words} = {start} − {bracketed(update)} = {end}"


def misconceptions_in(
    experiment: Experiment, parts: tuple[UpdateBreakdown, ...], gradient: float, parameter: int
) -> Iterator[Misconception]:
    """Misconceptions about a parameter's value after the epoch; `gradient` is the one over all rows before it."""
    first, last = parts[0], parts[-1]
    index = experiment.layout.place(parameter)[0]
    name, start, rate = experiment.parameter_names[parameter], first.parameters[index], first.settings.learning_rate
    update = start - last.following[index]
    added = start + update
    yield Misconception("sign", added, f"{numeral(start)} + {bracketed(numeral(update))} = {numeral(added)}")
    at_once = start - rate * gradient
    line = f"{numeral(start)} − {numeral(rate)}·{bracketed(numeral(gradient))} = {numeral(at_once)}"
    if experiment.batch is None:
        yield Misconception("no-optimizer", at_once, f"{name} − lr·gradient = {line}")
        return
    if first.carried:
        return
    yield Misconception("all-rows", at_once, f"{name} − lr·gradient = {line}")
    alone = first.following[index]
    after = _("After {rows}, {parameter} is {number}.", rows=rows_of(first), parameter=name, number=numeral(alone))
    yield Misconception("first-batch", alone, after)
    missing = last.following[index] - alone + start
    later = _("This leaves out the update with {rows}.", rows=rows_of(first))
    yield Misconception("last-batch", missing, later)
    if any(part.penalty_slopes or part.rest for part in parts):
        return
    slopes = [_slope_at(part, first.parameters, index) for part in parts]
    stale = start - rate * sum(slopes)
    line = " − ".join([numeral(start), *(f"{numeral(rate)}·{bracketed(numeral(slope))}" for slope in slopes)])
    yield Misconception("old-W", stale, f"{line} = {numeral(stale)}")


def _slope_at(part: UpdateBreakdown, parameters: tuple[float, ...], index: int) -> float:
    """The gradient over a batch's rows at other parameters."""
    total = 0.0
    for row in part.shown:
        error = sum(w * x for w, x in zip(parameters, (*row.x, 1.0), strict=False)) - row.y
        total += error * (row.x[index] if index < len(row.x) else 1.0)
    return part.factor * total
