"""One adapter for all of torch's optimizers: it makes any of them from its torch-free class, and knows none by name."""

import sys
from typing import Any

import torch
from torch import Tensor

from gdtui.errors import ExperimentError, check_folder
from gdtui.experiment.change import Settings
from gdtui.experiment.optimizer import Optimizer
from gdtui.experiment.update_rule import STEP
from gdtui.text import _


def torch_optimizer(parameters: list[Tensor], settings: Settings) -> torch.optim.Optimizer:
    """torch's optimizer for the settings.

    Raises:
        UserError: it is the first, and torch does not find what it needs to make one.
        ExperimentError: torch refuses one of its numbers.
    """
    if "torch._dynamo" not in sys.modules:  # which the first one imports
        check_folder()
    rule = settings.optimizer.rule
    make: type[torch.optim.Optimizer] = getattr(torch.optim, rule.torch_class)
    given: dict[str, Any] = {
        "lr": settings.learning_rate,
        "weight_decay": settings.weight_decay,
        **rule.arguments,
        **rule.fixed,
    }
    try:
        return make(parameters, **given)
    except ValueError as error:
        raise ExperimentError(
            "optimizer", _("torch refuses {optimizer}: {error}", optimizer=settings.optimizer, error=error)
        ) from error


def remembered(made: torch.optim.Optimizer, keys: tuple[str, ...]) -> tuple[float, ...]:
    """What it keeps by these keys, each for all parameters: `Epoch.memory`. Nothing before the first step."""
    states = [made.state[parameter] for parameter in _parameters(made)]
    if any(key not in states[0] for key in keys):
        return ()
    # The count of steps is the same for all tensors.
    kept = (state[key] for key in keys for state in (states[:1] if key == STEP else states))
    return tuple(value for tensor in kept for value in tensor.flatten().tolist())


def recall(made: torch.optim.Optimizer, optimizer: Optimizer, memory: tuple[float, ...]) -> None:
    """Give a new optimizer what another remembered; with nothing to remember it begins afresh."""
    if not any(memory):
        return
    parameters = _parameters(made)
    state = optimizer.state(memory, sum(parameter.numel() for parameter in parameters))
    (steps,) = state.get(STEP, (0.0,))
    start = 0
    for parameter in parameters:
        end = start + parameter.numel()
        made.state[parameter][STEP] = torch.tensor(steps)
        for key in state.keys() - {STEP}:
            kept = torch.tensor(state[key][start:end], dtype=parameter.dtype)
            made.state[parameter][key] = kept.reshape(parameter.shape)
        start = end


def _parameters(made: torch.optim.Optimizer) -> list[Tensor]:
    return [parameter for group in made.param_groups for parameter in group["params"]]
