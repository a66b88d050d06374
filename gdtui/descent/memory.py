"""What torch's optimizers remember from one step to the next, as plain floats and back."""

import torch
from torch import Tensor

from gdtui.experiment.optimizer import OptimizerName

AVERAGES: dict[OptimizerName, tuple[str, ...]] = {
    "sgd": (),
    "momentum": ("momentum_buffer",),
    "nesterov": ("momentum_buffer",),
    "adagrad": ("sum",),
    "rmsprop": ("square_avg",),
    "adam": ("exp_avg", "exp_avg_sq"),
    "adamw": ("exp_avg", "exp_avg_sq"),
}
"""What each keeps for a parameter, by torch's names."""

COUNTING: frozenset[OptimizerName] = frozenset({"adam", "adamw"})
"""Those whose step depends on how many there have been."""


def remembered(optimizer: torch.optim.Optimizer, name: OptimizerName) -> tuple[float, ...]:
    """The averages of all parameters, one kind after the other; before them, where it matters, the count of steps.

    Nothing before the first step.
    """
    states = [optimizer.state[parameter] for parameter in _parameters(optimizer)]
    if any(key not in states[0] for key in AVERAGES[name]):
        return ()
    averages = [value for key in AVERAGES[name] for state in states for value in state[key].tolist()]
    return (float(states[0]["step"]), *averages) if name in COUNTING else tuple(averages)


def recalled(optimizer: torch.optim.Optimizer, name: OptimizerName, memory: tuple[float, ...]) -> None:
    """Give a new optimizer what another remembered; with nothing to remember it begins afresh."""
    if not any(memory):
        return
    parameters = _parameters(optimizer)
    steps, start = (memory[0], 1) if name in COUNTING else (0.0, 0)
    for parameter in parameters:
        optimizer.state[parameter]["step"] = torch.tensor(steps)
    for key in AVERAGES[name]:
        for parameter in parameters:
            values = memory[start : start + len(parameter)]
            optimizer.state[parameter][key] = torch.tensor(values, dtype=parameter.dtype)
            start += len(parameter)


def _parameters(optimizer: torch.optim.Optimizer) -> list[Tensor]:
    return [parameter for group in optimizer.param_groups for parameter in group["params"]]
