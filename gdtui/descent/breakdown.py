"""An update taken apart: every number from the rows to the new parameters, as the trainer has them."""

import msgspec
import torch
from torch import Tensor

from gdtui.descent.methods import ByHand
from gdtui.descent.trainer import Trainer, batches, floats
from gdtui.experiment.backend import Carried, Rest, RowParts, UpdateBreakdown
from gdtui.experiment.epoch import Epoch
from gdtui.experiment.experiment import Convention, Experiment, Settings, factor_of
from gdtui.numbers import shortest

FACTOR_WORDS: dict[Convention, str] = {"sum": "1", "mse": "2/m", "mean": "1/m"}
"""What each convention multiplies Σ(H − y)x by."""


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
    for piece in pieces[:index]:
        _, residual, x = _forwards(trainer, piece)
        trainer.gradient_method.take(trainer.gradient_method.gradient(x, residual))

    before, remembered, cost = (
        floats(trainer.gradient_method.parameters),
        trainer.gradient_method.memory(),
        _cost(trainer),
    )
    hypothesis, residual, x = _forwards(trainer, pieces[index])
    settings = experiment.settings_at(epoch.number)
    totals = _totals(trainer, settings, x, residual.detach())
    gradient = trainer.gradient_method.gradient(x, residual)
    slope = floats(gradient)
    taken = trainer.gradient_method.take(gradient)
    after = floats(trainer.gradient_method.parameters)

    shown, rest, rest_after = _rows(trainer, pieces[index], hypothesis.detach(), residual.detach(), first, rows)
    return UpdateBreakdown(
        number=epoch.number,
        index=index,
        updates=len(pieces),
        rows=len(pieces[index]),
        shown=shown,
        rest=rest,
        rest_after=rest_after,
        totals=totals,
        factor=factor_of(settings.convention, len(residual)),
        factor_words=FACTOR_WORDS[settings.convention],
        decay=_decay(experiment, settings, before),
        gradient=slope,
        learning_rate=settings.learning_rate,
        carried=carried(settings, slope, remembered, trainer.gradient_method.memory()),
        update_words=_update_words(experiment, settings),
        update=floats(taken) if taken else tuple(b - a for b, a in zip(before, after, strict=True)),
        parameters=before,
        following=after,
        cost=cost,
        cost_after=_cost(trainer),
    )


def _forwards(trainer: Trainer, piece: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """H(x), the residual and x for some rows; all rows are taken as they lie, without a copy."""
    if len(piece) == len(trainer.y):
        x, y = trainer.x, trainer.y
    else:
        x, y = trainer.x[piece], trainer.y[piece]
    hypothesis = trainer.hypothesis(x)
    return hypothesis, hypothesis - y, x


def _cost(trainer: Trainer) -> float:
    """The mean squared error of all rows, where the trainer stands."""
    with torch.no_grad():
        return torch.mean((trainer.hypothesis(trainer.x) - trainer.y) ** 2).item()


def _totals(trainer: Trainer, settings: Settings, x: Tensor, residual: Tensor) -> tuple[float, ...]:
    """Σ(H − y)x for each weight and Σ(H − y) for b: by hand, that is the gradient of the convention `sum`."""
    plain = msgspec.structs.replace(settings, convention="sum")
    detached = [parameter.detach() for parameter in trainer.gradient_method.parameters]
    return floats(ByHand(detached, plain, 0.0).gradient(x, residual))


def _rows(
    trainer: Trainer, piece: Tensor, hypothesis: Tensor, residual: Tensor, first: int, most: int
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
    x, y = trainer.x[piece[places]], trainer.y[piece[places]]
    products = _products(x, residual[places], trainer.experiment.has_bias)
    written = zip(
        piece[places].tolist(),
        x.reshape(len(places), -1).tolist(),
        y.tolist(),
        hypothesis[places].tolist(),
        residual[places].tolist(),
        products.tolist(),
        strict=True,
    )
    shown = tuple(RowParts(n + 1, tuple(xs), y, h, error, tuple(slopes)) for n, xs, y, h, error, slopes in written)
    if count <= most:
        return shown, None, head
    is_left = torch.ones(count, dtype=torch.bool)
    is_left[places] = False
    errors = residual[is_left].double()
    slopes = _products(trainer.x[piece[is_left]].double(), errors, trainer.experiment.has_bias).sum(dim=0)
    return shown, Rest(count - len(places), errors.sum().item(), tuple(slopes.tolist())), head


def _products(x: Tensor, residual: Tensor, has_bias: bool) -> Tensor:
    """error · x for each row and weight, and for b the error; shape (rows, parameters)."""
    column = residual.unsqueeze(1)
    products = column * x.reshape(len(residual), -1)
    return torch.cat([products, column], dim=1) if has_bias else products


def _decay(experiment: Experiment, settings: Settings, parameters: tuple[float, ...]) -> tuple[float, ...]:
    """What weight decay adds to the gradient."""
    if not experiment.weight_decay or settings.optimizer.is_decoupled:
        return ()
    return tuple(experiment.weight_decay * parameter for parameter in parameters)


def carried(
    settings: Settings, gradient: tuple[float, ...], before: tuple[float, ...], memory: tuple[float, ...]
) -> tuple[Carried, ...]:
    """What the optimizer makes of the gradient: what it remembers before and after the update (torch's formulas)."""
    count, name = len(gradient), settings.optimizer.name
    numbers = {key: shortest(value) for key, value in settings.optimizer.named.items()}
    began = before if any(before) else (0.0,) * (2 * count + 1)
    match name:
        case "sgd":
            return ()
        case "momentum" | "nesterov":
            velocity = Carried("v", f"{numbers['beta']}·v + gradient", memory[:count], "v", began[:count])
            if name == "momentum":
                return (velocity,)
            beta = settings.optimizer.named["beta"]
            ahead = tuple(slope + beta * v for slope, v in zip(gradient, velocity.values, strict=True))
            return velocity, Carried("ahead", f"gradient + {numbers['beta']}·v", ahead, "v", velocity.values)
        case "adagrad":
            return (Carried("s", "s + gradient²", memory[:count], "s", began[:count]),)
        case "rmsprop":
            formula = f"{numbers['alpha']}·s + {_less(numbers['alpha'])}·gradient²"
            return (Carried("s", formula, memory[:count], "s", began[:count]),)
        case "adam" | "adamw":
            return _moments(settings, count, began, memory)


def _moments(
    settings: Settings, count: int, before: tuple[float, ...], memory: tuple[float, ...]
) -> tuple[Carried, ...]:
    """Adam's two averages, and both again without the pull of the zeros that they began with."""
    beta1, beta2 = settings.optimizer.named["beta1"], settings.optimizer.named["beta2"]
    steps, first, second = int(memory[0]), slice(1, 1 + count), slice(1 + count, 1 + 2 * count)
    m, v = memory[first], memory[second]
    one, two = shortest(beta1), shortest(beta2)
    return (
        Carried("m", f"{one}·m + {_less(one)}·gradient", m, "m", before[first]),
        Carried("v", f"{two}·v + {_less(two)}·gradient²", v, "v", before[second]),
        Carried("m hat", f"m / (1 − {one}^{steps})", tuple(value / (1 - beta1**steps) for value in m), "m", m),
        Carried("v hat", f"v / (1 − {two}^{steps})", tuple(value / (1 - beta2**steps) for value in v), "v", v),
    )


def _less(number: str) -> str:
    """1 less a number as written, without what binary leaves of 1 − 0.9."""
    decimals = len(number.partition(".")[2]) if "e" not in number else 17
    return shortest(round(1 - float(number), decimals))


def _update_words(experiment: Experiment, settings: Settings) -> str:
    """What is subtracted, in the names of what is carried."""
    match settings.optimizer.name:
        case "sgd":
            return "lr · gradient"
        case "momentum":
            return "lr · v"
        case "nesterov":
            return "lr · ahead"
        case "adagrad" | "rmsprop":
            return "lr · gradient / (√s + ε)"
        case "adam" | "adamw":
            shrinks = settings.optimizer.is_decoupled and experiment.weight_decay
            return "lr · m hat / (√v hat + ε)" + (" + lr·λ·W" if shrinks else "")
