"""An update taken apart: every number from the rows to the new parameters, as the trainer has them."""

import torch
from torch import Tensor

from gdtui.descent.trainer import Trainer, batches, floats
from gdtui.experiment.backend import Rest, RowParts, UpdateBreakdown
from gdtui.experiment.epoch import Epoch
from gdtui.experiment.experiment import Experiment, Settings


def breakdown(
    experiment: Experiment,
    epoch: Epoch,
    memory: tuple[float, ...],
    *,
    index: int = 0,
    first: int = 0,
    rows: int = 8,
) -> UpdateBreakdown:
    """The update with this index of an epoch; see `backend.BreakDown`. The trainer's own code takes it."""
    trainer = Trainer(experiment)
    trainer.restore(epoch.number, epoch.parameters, memory)
    pieces = batches(experiment, epoch.number) if experiment.batch else (torch.arange(experiment.dataset.rows),)
    index = min(max(index, 0), len(pieces) - 1)
    method = trainer.gradient_method
    for piece in pieces[:index]:
        method.take(method.gradient(*_forwards(trainer, piece)))

    before, remembered, cost = floats(method.parameters), method.memory(), _cost(trainer)
    x, hypothesis, y = _forwards(trainer, pieces[index])
    settings = experiment.settings_at(epoch.number)
    totals = floats(trainer.objective.gradient(x, hypothesis.detach(), y, method.parameters))
    gradient = method.gradient(x, hypothesis, y)
    slope = floats(gradient)
    taken = method.take(gradient)
    after = floats(method.parameters)

    optimizer, factor = settings.optimizer, experiment.objective.conventions[settings.convention]
    then, now = (optimizer.state(kept, len(slope)) for kept in (remembered, method.memory()))
    shown, rest, rest_after = _rows(trainer, pieces[index], hypothesis.detach(), (hypothesis - y).detach(), first, rows)
    return UpdateBreakdown(
        number=epoch.number,
        index=index,
        updates=len(pieces),
        rows=len(pieces[index]),
        shown=shown,
        rest=rest,
        rest_after=rest_after,
        totals=totals,
        factor=factor.of(len(y)),
        factor_words=str(factor),
        decay=_decay(experiment, settings, before),
        gradient=slope,
        learning_rate=settings.learning_rate,
        carried=optimizer.rule.carried(slope, then, now),
        update_words=optimizer.rule.subtracted(experiment.weight_decay),
        update=floats(taken) if taken else tuple(b - a for b, a in zip(before, after, strict=True)),
        parameters=before,
        following=after,
        cost=cost,
        cost_after=_cost(trainer),
    )


def _forwards(trainer: Trainer, piece: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """x, H(x) and y of some rows; all rows are taken as they lie, without a copy."""
    is_whole = len(piece) == len(trainer.y)
    x, y = (trainer.x, trainer.y) if is_whole else (trainer.x[piece], trainer.y[piece])
    return x, trainer.hypothesis(x), y


def _cost(trainer: Trainer) -> float:
    """The cost over all rows, where the trainer stands."""
    with torch.no_grad():
        return trainer.objective.cost(trainer.hypothesis(trainer.x), trainer.y).item()


def _rows(
    trainer: Trainer, piece: Tensor, hypothesis: Tensor, errors: Tensor, first: int, most: int
) -> tuple[tuple[RowParts, ...], Rest | None, int]:
    """At most so many rows written out, the others added up in float64, and where those stand."""
    count = len(piece)
    if count <= most:
        places = torch.arange(count)
        head = count
    else:
        tail = max(1, (most - 1) // 3)
        head = max(1, most - tail)
        start = min(max(first, 0), count - tail - head)
        places = torch.cat([torch.arange(start, start + head), torch.arange(count - tail, count)])
    x, y, parameters = trainer.x[piece[places]], trainer.y[piece[places]], trainer.gradient_method.parameters
    slopes = trainer.objective.row_slopes(x, errors[places], parameters)
    written = zip(
        piece[places].tolist(),
        x.reshape(len(places), -1).tolist(),
        y.tolist(),
        hypothesis[places].tolist(),
        errors[places].tolist(),
        slopes.tolist(),
        strict=True,
    )
    shown = tuple(RowParts(n + 1, tuple(xs), y, h, error, tuple(each)) for n, xs, y, h, error, each in written)
    if count <= most:
        return shown, None, head
    is_left = torch.ones(count, dtype=torch.bool)
    is_left[places] = False
    others = errors[is_left].double()
    slopes = trainer.objective.row_slopes(trainer.x[piece[is_left]].double(), others, parameters).sum(dim=0)
    return shown, Rest(count - len(places), others.sum().item(), tuple(slopes.tolist())), head


def _decay(experiment: Experiment, settings: Settings, parameters: tuple[float, ...]) -> tuple[float, ...]:
    """What weight decay adds to the gradient."""
    if not experiment.weight_decay or settings.optimizer.is_decoupled:
        return ()
    return tuple(experiment.weight_decay * parameter for parameter in parameters)
