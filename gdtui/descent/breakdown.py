"""An update taken apart: every number from the rows to the new parameters, as the trainer computes it."""

from typing import Any

import msgspec
import torch
from torch import Tensor

from gdtui.descent.methods import ByHand
from gdtui.descent.objective import Rows
from gdtui.descent.tensors import batches
from gdtui.descent.trainer import Trainer, floats
from gdtui.experiment.backend import Rest, RowParts, ShareParts, UpdateBreakdown
from gdtui.experiment.epoch import Epoch
from gdtui.experiment.experiment import Experiment
from gdtui.experiment.layout import ParameterLayout
from gdtui.experiment.summed import bounds
from gdtui.experiment.update_rule import Carried


def breakdown(
    experiment: Experiment,
    epoch: Epoch,
    memory: tuple[float, ...],
    *,
    index: int = 0,
    first: int = 0,
    rows: int = 8,
    target: int = 0,
    shares: int = 1,
) -> UpdateBreakdown:
    """One update of an epoch, computed by the trainer's own code; see `Backend.breakdown`."""
    trainer = Trainer(experiment)
    trainer.restore(epoch.number, epoch.parameters, memory)
    pieces = batches(experiment, epoch.number) if experiment.batch else (torch.arange(experiment.dataset.rows),)
    index = min(max(index, 0), len(pieces) - 1)
    method = _after(trainer, pieces[:index])
    before, then, cost = floats(method.parameters), method.memory(), _cost(trainer)
    all_rows = _rows_of(trainer, pieces[index])
    detached = Rows(*(tensor.detach() for tensor in all_rows))
    totals, gradient = trainer.objective.gradient(detached, method.parameters), method.gradient(all_rows)
    slope, taken, after = floats(gradient), method.take(gradient), floats(method.parameters)
    settings, objective = experiment.settings_at(epoch.number), experiment.objective
    shown, rest, rest_after = _rows(trainer, pieces[index], detached, first, rows, target)
    whole = UpdateBreakdown(
        number=epoch.number,
        index=index,
        updates=len(pieces),
        rows=len(pieces[index]),
        shown=shown,
        rest=rest,
        rest_after=rest_after,
        totals=floats(totals),
        shares=_shares(trainer, detached, min(shares, len(pieces[index])), target),
        row_slope=objective.row_slope,
        slope_words=objective.slope_words(before),
        factor=objective.factor(settings.convention).of(len(pieces[index])),
        factor_words=str(objective.factor(settings.convention)),
        gradient=slope,
        settings=settings,
        carried=settings.optimizer.carried(slope, then, method.memory()),
        update=floats(taken) if taken else tuple(b - a for b, a in zip(before, after, strict=True)),
        parameters=before,
        following=after,
        cost=cost,
        cost_after=_cost(trainer),
    )
    return _of_target(whole, experiment.layout, target)


def _shares(trainer: Trainer, rows: Rows, shares: int, target: int) -> tuple[ShareParts, ...]:
    """What each process would add up, in float64 as the processes do."""
    layout, found = trainer.experiment.layout, list[ShareParts]()
    for rank in range(shares if shares > 1 else 0):
        begin, end = bounds(len(rows.y), rank, shares)
        own = Rows(*(each[begin:end].double() for each in rows))
        slopes = trainer.objective.row_slopes(own, trainer.gradient_method.parameters)
        found.append(ShareParts(end, layout.of_target(slopes.sum(dim=0).tolist(), target)))
    return tuple(found)


PER_PARAMETER = ("totals", "gradient", "update", "parameters", "following")
"""The fields with one number per parameter."""


def _of_target(parts: UpdateBreakdown, layout: ParameterLayout, target: int) -> UpdateBreakdown:
    """The part that belongs to one target: each column of W is a separate regression."""

    def own(values: tuple[float, ...]) -> tuple[float, ...]:
        return layout.of_target(values, target)

    carried = (
        Carried(each.name, each.formula, own(each.values), {name: own(values) for name, values in each.given.items()})
        for each in parts.carried
    )
    picked: dict[str, Any] = {field: own(getattr(parts, field)) for field in PER_PARAMETER}
    return msgspec.structs.replace(parts, carried=tuple(carried), targets=layout.targets, **picked)


def _after(trainer: Trainer, pieces: tuple[Tensor, ...]) -> ByHand:
    """Take an update for each of these batches; return the method that takes the next."""
    method = trainer.gradient_method
    for piece in pieces:
        method.take(method.gradient(_rows_of(trainer, piece)))
    return method


def _rows_of(trainer: Trainer, piece: Tensor) -> Rows:
    """The rows with these indexes; if that is all rows, without copying."""
    is_whole = len(piece) == len(trainer.y)
    return trainer.rows(*((trainer.x, trainer.y) if is_whole else (trainer.x[piece], trainer.y[piece])))


def _cost(trainer: Trainer) -> float:
    """The cost over all rows at the trainer's parameters."""
    with torch.no_grad():
        return trainer.objective.cost(trainer.rows(trainer.x, trainer.y)).item()


def _rows(
    trainer: Trainer, piece: Tensor, rows: Rows, first: int, most: int, target: int
) -> tuple[tuple[RowParts, ...], Rest | None, int]:
    """At most `most` rows one by one, the sum of the others in float64, and the position of that sum among the rows."""
    count = len(piece)
    if not count:
        return (), None, 0
    tail = max(1, (most - 1) // 3) if count > most else 0
    head = min(count, max(1, most - tail))
    start = min(max(first, 0), count - tail - head)
    places = torch.cat([torch.arange(start, start + head), torch.arange(count - tail, count)])
    some, parameters = Rows(*(each[places] for each in rows)), trainer.gradient_method.parameters
    slopes, layout = trainer.objective.row_slopes(some, parameters), trainer.experiment.layout
    columns = (some.y, some.hypothesis, some.error, some.z)
    written = zip(
        piece[places].tolist(),
        some.x.reshape(len(places), -1).tolist(),
        *(each.reshape(len(each), -1)[:, target].tolist() for each in columns),
        (layout.of_target(each, target) for each in slopes.tolist()),
        strict=True,
    )
    has_z = bool(trainer.experiment.objective.of_z)
    shown = tuple(
        RowParts(n + 1, tuple(xs), y, h, error, each, z if has_z else None) for n, xs, y, h, error, z, each in written
    )
    if count <= most:
        return shown, None, head
    is_left = torch.ones(count, dtype=torch.bool)
    is_left[places] = False
    others = Rows(*(each[is_left].double() for each in rows))
    sums = layout.of_target(trainer.objective.row_slopes(others, parameters).sum(dim=0).tolist(), target)
    error = others.error.reshape(len(others.error), -1)[:, target].sum().item()
    return shown, Rest(count - len(places), error, sums), head
