"""A run as a Python file in the lecture's style, which needs only torch and checks where it ends."""

import itertools
import math
import textwrap
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from gdtui import __version__
from gdtui.descent.listing import INDENT, body, code, construction, forward, names, numbers, slopes, span
from gdtui.descent.script_of_data import WIDTH, comment, data_lines, listed, nested, standardizing
from gdtui.descent.trainer import Trainer
from gdtui.experiment.backend import gradient_in_code, used_in
from gdtui.experiment.bounds import DType
from gdtui.experiment.command_line import installed
from gdtui.experiment.epoch import Epoch
from gdtui.experiment.experiment import Experiment
from gdtui.text import clean

TOLERANCES: dict[DType, float] = {"float32": 1e-5, "float64": 1e-13}
"""How much the last bits of another machine may change a run, relative to its largest values."""

_BREAK = INDENT + INDENT + "break"


class _Stop(NamedTuple):
    """What asks a run to stop, as code: its test, a line before the loops, and lines after the test in each epoch."""

    test: str
    start: str = ""
    after: tuple[str, ...] = ()


_STOPS = {
    "until_cost": _Stop("cost.item() <= until_cost"),
    "until_change": _Stop(
        "abs(cost.item() - cost_before) < until_change",
        'cost_before = float("inf")  # an epoch ago',
        ("cost_before = cost.item()",),
    ),
    "patience": _Stop(
        "validation.item() >= best and waited + 1 >= patience",
        'best, waited = float("inf"), 0',
        ("waited = 0 if validation.item() < best else waited + 1", "best = min(best, validation.item())"),
    ),
}
"""By the field of the experiment."""


def _asked(experiment: Experiment) -> dict[str, _Stop]:
    """Those that the experiment asks for."""
    return {field: stop for field, stop in _STOPS.items() if getattr(experiment, field) is not None}


def script(experiment: Experiment, last: Epoch) -> str:
    """The file. It prints the lines of `gdtui run`, and fails if it does not end at `last`, the last epoch.

    Text from outside is written with `repr`, so that it can never be taken for code.
    """
    what = textwrap.wrap(f'"""{title(experiment)}"""', WIDTH)
    needed, python = needs(experiment, last), installed()[1]
    if python != "python3":  # the python3 on the PATH may lack torch; on failure Python shows the whole line
        with_torch = clean(python, len(python) + 1)
        what.insert(0, f"#!{with_torch}")
        hint = f"import torch  # if it is missing, run this with {with_torch}"
        needed = [[hint if line == "import torch" else line for line in section] for section in needed]
    return joined([what, *needed, *walk(experiment, last), end(experiment, last)])


def title(experiment: Experiment) -> str:
    """What the run is, and which program wrote the file."""
    return f"Gradient descent on {experiment.equation}. Written by gdtui {__version__}."


def joined(sections: Iterable[Sequence[str]]) -> str:
    """The sections as one text, separated by empty lines."""
    return "\n".join("\n".join((*section, "")) for section in sections if section)


def walk(experiment: Experiment, last: Epoch, recorded: Sequence[str] = ()) -> list[list[str]]:
    """The data, the start and the loops; the lines `recorded` follow the one that prints each epoch."""
    kept = [line.partition(".append")[0] for line in recorded]
    start = _start(experiment) + ([f"{', '.join(kept)} = {', '.join(['[]'] * len(kept))}"] if kept else [])
    return [data_lines(experiment.dataset), start, *_loops(experiment, last, recorded)]


def needs(experiment: Experiment, last: Epoch) -> list[list[str]]:
    """The imports, and torch's settings for computing."""
    data = experiment.dataset
    schedules = [experiment.stretch_at(epoch).schedule for epoch in _beginnings(experiment)]
    needed = {
        "csv": data.source,
        "itertools": data.source,
        "math": data.scaling or any("math." in line for each in schedules for line in each.rule.code("")),
        "random": data.validate is not None and data.validate < 1,
        "sys": last.is_finite,
        "zlib": data.source,
    }
    modules = [f"import {module}" for module, is_needed in needed.items() if is_needed]
    settings = ["torch.set_num_threads(1)  # sums in one order: the same digits everywhere"]
    if experiment.dtype == "float64":
        settings.append("torch.set_default_dtype(torch.float64)")
    return [
        *([modules] if modules else []),
        ["import torch", *experiment.objective.imports, *standardizing(data)],
        settings,
    ]


def _beginnings(experiment: Experiment) -> tuple[int, ...]:
    """The first epochs of all stretches with the same settings."""
    return (1, *(change.epoch for change in experiment.changes))


def _start(experiment: Experiment) -> list[str]:
    """The starting parameters, and the numbers that the loop uses."""
    settings = experiment.settings_at(1)
    weights, bias = experiment.layout.matrix(experiment.start)
    tracked = "" if settings.method == "hand" else ", requires_grad=True"
    lines = _parameter("W", weights, tracked) + (_parameter("b", (bias,), tracked) if bias else [])
    lines += [*_rate(experiment, 1), f"epochs = {experiment.epochs}"]
    written = [line for epoch in _beginnings(experiment) for line in code(experiment, epoch)]
    lines += [f"{row.variable} = {experiment.value(row)!r}" for row in used_in(written) if not row.on_the_way]
    for field, stop in _asked(experiment).items():
        lines += [f"{field} = {getattr(experiment, field)!r}", *filter(None, [stop.start])]
    if settings.method == "optim":
        lines += construction(settings, experiment)
    return lines


def _rate(experiment: Experiment, epoch: int) -> list[str]:
    """The lr at the start of a schedule, and the first lr if its code uses that."""
    stretch = experiment.stretch_at(epoch)
    first = [f"first_lr = {stretch.rate!r}"] if "first_lr" in "".join(stretch.schedule.rule.code("")) else []
    return [f"lr = {stretch.rate_at(epoch)!r}", *first]


def _parameter(name: str, rows: tuple[tuple[float, ...], ...], tracked: str) -> list[str]:
    """A tensor; with several targets W is a matrix."""
    is_matrix = name == "W" and len(rows[0]) > 1
    if not any(map(any, rows)):
        shape = f"{len(rows)}, {len(rows[0])}" if is_matrix else str(sum(map(len, rows)))
        return [f"{name} = torch.zeros({shape}{tracked})"]
    if is_matrix:
        return nested(f"{name} = torch.tensor([", rows, f"]{tracked})")
    return listed(f"{name} = torch.tensor([", itertools.chain(*rows), f"]{tracked})")


def _loops(experiment: Experiment, last: Epoch, recorded: Sequence[str]) -> list[list[str]]:
    """A loop for each stretch of epochs with the same settings, and before each the lines that change settings."""
    most = last.number if _is_finite_in_cost(last) else min(last.number, experiment.epochs)
    starts = [1, *(change.epoch for change in experiment.changes if 1 < change.epoch <= most)]
    return [
        (_change(experiment, first) if first > 1 else [])
        + _loop(experiment, first, last, recorded, is_last=first == starts[-1])
        for first in starts
    ]


def _is_finite_in_cost(last: Epoch) -> bool:
    """Whether the gradient or a parameter is no longer finite although the cost still is."""
    return math.isfinite(last.cost) and not last.is_finite


def _loop(experiment: Experiment, first: int, last: Epoch, recorded: Sequence[str], *, is_last: bool) -> list[str]:
    """The code that the lab shows, with a line that prints; the last loop also has the stop conditions."""
    lines = body(experiment.settings_at(first), experiment, experiment.stretch_at(first))
    texts = [line.text for line in lines]
    shown = next(index for index, line in enumerate(lines) if line.value == "cost") + 1
    update = shown if experiment.batch else next(index for index, line in enumerate(lines) if line.stage == "update")
    printed = [INDENT + text for text in (*_print(experiment, "Epoch {epoch:4d}"), *recorded)]
    for stop in _asked(experiment).values():
        printed += [f"{INDENT}if {stop.test}:", _BREAK] if is_last else []
        printed += [INDENT + text for text in stop.after]
    is_too_large = is_last and not last.is_finite
    if is_too_large and _is_finite_in_cost(last):
        what = "the gradient" if _has_finite_parameters(last) else "a parameter"
        head = [f"for epoch in range({first}, {last.number}):  # then {what} is too large a number"]
    else:
        head = [f"for epoch in {span(experiment, first)}:"]
    way_out = [f"{INDENT}if not torch.isfinite(cost):", _BREAK] if is_too_large and not _is_finite_in_cost(last) else []
    head += [INDENT + text for text in _validation(experiment)]
    return [*head, *texts[:shown], *way_out, *texts[shown:update], *printed, *texts[update:]]


def _validation(experiment: Experiment) -> list[str]:
    """The cost over the rows kept back, computed before `hypothesis` is assigned for the others."""
    data, objective = experiment.dataset, experiment.objective
    if data.kept is None:
        return []
    lines = objective.hypothesis_code("x_kept", len(data.x), experiment.has_bias)
    return [*lines, f"validation = {objective.cost_code('y_kept')}"]


def _change(experiment: Experiment, epoch: int) -> list[str]:
    """From the previous epoch's settings to this epoch's; an optimizer that stays keeps its memory."""
    before, now = experiment.settings_at(epoch - 1), experiment.settings_at(epoch)
    lines = [f"# From epoch {epoch} on."]
    has_another = experiment.stretch_at(epoch).first == epoch
    if has_another:
        lines += _rate(experiment, epoch)
    if now.method != before.method:
        tracked = "" if now.method == "hand" else ".requires_grad_()"
        lines += [f"{name} = {name}.detach(){tracked}" for name in names(experiment)]
    if now.method != "optim":
        return lines
    if before.method != "optim" or now.optimizer.name != before.optimizer.name:
        return [*lines, *construction(now, experiment)]
    given = {"lr": "lr"} if has_another else {}
    if now.optimizer != before.optimizer:
        given |= numbers(now.optimizer)
    return [*lines, *(f'optimizer.param_groups[0]["{name}"] = {text}' for name, text in given.items())]


def _print(experiment: Experiment, place: str) -> list[str]:
    """Print an epoch's line as in the lecture."""
    lines, weights = [], "{W.item():.3f}"
    if len(experiment.dataset.x) > 1:
        lines, weights = ['weights = " ".join(f"{weight:.3f}" for weight in W.tolist())'], "[{weights}]"
    bias = ", b: {b.item():.3f}" if experiment.has_bias else ""
    validation = ", Validation: {validation.item():.6f}" if experiment.dataset.kept else ""
    if experiment.layout.targets > 1:
        row = '"[" + " ".join(f"{weight:.3f}" for weight in row) + "]"'
        lines, weights = [f'weights = " ".join({row} for row in W.tolist())'], "[{weights}]"
        if experiment.has_bias:
            lines.append('bias = " ".join(f"{each:.3f}" for each in b.tolist())')
            bias = ", b: [{bias}]"
    return [*lines, f'print(f"{place}/{{epochs}}  W: {weights}{bias}, Cost: {{cost.item():.6f}}{validation}")']


def end(experiment: Experiment, last: Epoch) -> list[str]:
    """The cost after the last update, and the assertions."""
    is_after = last.number > experiment.epochs
    is_again = is_after or _is_finite_in_cost(last)
    again = [*_validation(experiment), *(line.text for line in forward(experiment))] if is_again else []
    if _is_finite_in_cost(last):
        return [*again, *_too_large(experiment, last)]
    stopped = [] if is_after else [f"assert epoch == {last.number}, epoch"]
    if not last.is_finite:
        return [*again, *stopped, "assert not torch.isfinite(cost), cost  # it is too large or not a number"]
    after = _print(experiment, "After {epoch:4d}") if is_after else []
    if experiment.until_cost is None or last.cost > experiment.until_cost:
        asked = [stop.test for field, stop in _asked(experiment).items() if field != "until_cost"]
        after = [f"if {' or '.join(asked)}:", *(INDENT + line for line in after)] if after and asked else []
    return [*again, *after, *comment(_promise(experiment)), *stopped, *_assertions(experiment, last)]


def _has_finite_parameters(last: Epoch) -> bool:
    return all(map(math.isfinite, last.parameters))


def _too_large(experiment: Experiment, last: Epoch) -> list[str]:
    """Assert that a parameter is no longer finite, or otherwise the gradient."""
    if not _has_finite_parameters(last):
        all_finite = " and ".join(f"torch.isfinite({name}).all()" for name in names(experiment))
        return [f"assert not ({all_finite})  # it is too large or not a number"]
    settings = experiment.settings_at(last.number)
    lines = [line.text for line in slopes(settings, experiment)]
    for name in names(experiment):
        slope = gradient_in_code(name, settings.method)
        if settings.method == "optim" and settings.penalty:
            slope += f" + decay * {name}"
        lines.append(f"slope_{name} = {slope}")
    all_finite = " and ".join(f"torch.isfinite(slope_{name}).all()" for name in names(experiment))
    return [*lines, f"assert not ({all_finite})  # it is too large or not a number"]


def _promise(experiment: Experiment) -> str:
    return (
        "Where the run ended. On the machine that wrote this, every digit is the same; another may round the last "
        f"bits differently, so {TOLERANCES[experiment.dtype]:g} of the largest weight or error is allowed."
    )


def _assertions(experiment: Experiment, last: Epoch) -> list[str]:
    tolerance = TOLERANCES[experiment.dtype]
    first = Trainer(experiment).step()
    weights, bias = experiment.layout.matrix(last.parameters)
    allowed = f"{tolerance * max(map(abs, (*first.parameters, *last.parameters))):.1e}"
    lines = listed("expected = torch.tensor([", itertools.chain(*weights), "])")
    flat = "W" if len(weights[0]) == 1 else "W.flatten()"
    lines.append(f"assert torch.allclose({flat}, expected, rtol=0, atol={allowed}), W")
    if len(bias) == 1:
        lines.append(f"assert abs(b.item() - {bias[0]!r}) <= {allowed}, b")
    elif bias:
        lines += listed("expected = torch.tensor([", bias, "])")
        lines.append(f"assert torch.allclose(b, expected, rtol=0, atol={allowed}), b")
    labels = itertools.chain(*experiment.dataset.ys)
    off = experiment.objective.allowance(first.cost, last.cost, labels, tolerance)
    allowed = f"{min(off, 1e308):.1e}"
    lines.append(f"assert abs(cost.item() - {last.cost!r}) <= {allowed}, cost")
    return [*lines, f'print(f"Check number: {{{experiment.objective.check_code}.item():.6g}}", file=sys.stderr)']
