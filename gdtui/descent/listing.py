"""The training loop as a person would write it, in the lecture's style, with the settings in force at an epoch."""

import textwrap
from functools import partial

from gdtui.descent.tensors import SEEDS_APART
from gdtui.experiment.backend import CodeLine, Stage, Value, gradient_in_code
from gdtui.experiment.change import Settings
from gdtui.experiment.experiment import Experiment
from gdtui.experiment.optimizer import Optimizer
from gdtui.experiment.schedule import CONSTANT, Stretch
from gdtui.numbers import shortest

WIDTH = 60
"""The most characters in a line, so that a value fits beside it in 80 columns."""

INDENT = "    "

_TIGHT = "\N{NO-BREAK SPACE}"


def code(experiment: Experiment, epoch: int) -> tuple[CodeLine, ...]:
    """The loop that computes an epoch's update, and the construction of its optimizer.

    It uses `x_train`, `y_train`, `W`, `b`, `epochs`, and each setting by its `variable` in the table.
    """
    settings, stretch = experiment.settings_at(epoch), experiment.stretch_at(epoch)
    made = construction(settings, experiment) if settings.method == "optim" else ()
    head = (*made, f"for epoch in {span(experiment, epoch)}:")
    return (*(CodeLine(text, "") for text in head), *body(settings, experiment, stretch))


def span(experiment: Experiment, epoch: int) -> str:
    """The epochs with the same settings as this one, as a Python range."""
    first = max((change.epoch for change in experiment.changes if change.epoch <= epoch), default=1)
    after = experiment.next_change(epoch)
    if after is not None and (after <= experiment.epochs or first > experiment.epochs):
        return f"range({first}, {after})"
    return f"range({first}, epochs + 1)" if first <= experiment.epochs else f"itertools.count({first})"


def names(experiment: Experiment) -> tuple[str, ...]:
    """The names of the parameter tensors: `W`, and `b` if there is one."""
    return ("W", "b") if experiment.has_bias else ("W",)


def construction(settings: Settings, experiment: Experiment) -> tuple[str, ...]:
    """The lines that construct the optimizer."""
    optimizer, rule = settings.optimizer, settings.optimizer.rule
    usual, said = numbers(Optimizer(optimizer.name)), {n.keyword for n in rule.bounds.values() if not n.is_left_out}
    given = {name: text for name, text in numbers(optimizer).items() if name in said or text != usual[name]}
    given |= {name: repr(value) for name, value in rule.fixed.items()}
    if settings.weight_decay or rule.is_decoupled:  # torch's AdamW has a decay of its own unless told
        given["weight_decay"] = "decay" if settings.weight_decay else "0"
    words = (f"[{', '.join(names(experiment))}]", "lr=lr", *(f"{name}={text}" for name, text in given.items()))
    made = f"optimizer = torch.optim.{rule.torch_class}({', '.join(words)})"
    return tuple(_fitting(made, WIDTH))


def _fitting(call: str, width: int) -> list[str]:
    """A call, split over several lines if it is too long for one."""
    if len(call) <= width:
        return [call]
    head, _, arguments = call.removesuffix(")").partition("(")
    inner = textwrap.wrap(arguments, width, initial_indent=INDENT, subsequent_indent=INDENT)
    return [f"{head}(", *inner, ")"]


def numbers(optimizer: Optimizer) -> dict[str, str]:
    """The numbers of an optimizer by torch's names."""
    arguments = optimizer.rule.arguments.items()
    return {
        keyword: f"({', '.join(map(shortest, value))})" if isinstance(value, tuple) else shortest(value)
        for keyword, value in arguments
    }


def next_rate(settings: Settings, stretch: Stretch) -> tuple[str, ...]:
    """The lines that compute the next lr from the schedule, at the end of an epoch."""
    if stretch.schedule == CONSTANT:
        return ()
    rule = stretch.schedule.rule
    k = "epoch" if stretch.first == 1 else f"(epoch - {stretch.first - 1})"
    optimizer = ('optimizer.param_groups[0]["lr"] = lr',) if settings.method == "optim" else ()
    return f"# as torch.optim.lr_scheduler.{rule.torch_class}", *rule.code(k), *optimizer


def body(settings: Settings, experiment: Experiment, stretch: Stretch) -> tuple[CodeLine, ...]:
    """One epoch: hypothesis, cost, gradient, update, and the next lr."""
    if experiment.batch is None:
        lines = [*forward(experiment), *_Descent(settings, experiment, is_batch=False).lines()]
    else:
        order = [f"torch.manual_seed({SEEDS_APART:_} * seed + epoch)", "order = torch.randperm(len(x_train))"]
        if experiment.order == "table":
            order = ["order = torch.arange(len(x_train))"]
        lines = [
            *forward(experiment),
            *(CodeLine(text, "") for text in order),
            CodeLine("for rows in torch.split(order, batch):", ""),
            CodeLine(INDENT + "x, y = x_train[rows], y_train[rows]", ""),
            *_indented(_hypothesis(experiment, "x")),
            *_indented(_Descent(settings, experiment, is_batch=True).lines()),
        ]
    return _indented([*lines, *(CodeLine(text, "") for text in next_rate(settings, stretch))])


def forward(experiment: Experiment) -> tuple[CodeLine, ...]:
    """The hypothesis and its cost, over all rows."""
    lines = _hypothesis(experiment, "x_train")
    if lines and experiment.objective.is_of_rows:
        lines[-1] = CodeLine(lines[-1].text, lines[-1].stage, "hypothesis")
    *before, cost = _assigned("cost", experiment.objective.cost_code("y_train"))
    return (*lines, *(CodeLine(text, "cost") for text in before), CodeLine(cost, "cost", "cost"))


def _assigned(name: str, value: str) -> list[str]:
    """An assignment, split over several lines if it is too long for one."""
    width = WIDTH - len(INDENT)
    if len(f"{name} = {value}") <= width:
        return [f"{name} = {value}"]
    wrap = partial(textwrap.wrap, width=width, initial_indent=INDENT, subsequent_indent=INDENT, break_on_hyphens=False)
    inner = wrap(_in_terms(value), break_long_words=False)
    if max(map(len, inner)) > width:
        inner = wrap(value, break_long_words=False)
    return [f"{name} = (", *(line.replace(_TIGHT, " ") for line in inner), ")"]


def _in_terms(value: str) -> str:
    """The sum with unbreakable spaces everywhere but before its terms, so that only those can break a line."""
    depth, written = 0, ""
    for index, character in enumerate(value):
        depth += (character == "(") - (character == ")")
        is_before_term = depth == 0 and value[index + 1 : index + 3] in ("+ ", "- ")
        written += _TIGHT if character == " " and not is_before_term else character
    return written


def slopes(settings: Settings, experiment: Experiment) -> tuple[CodeLine, ...]:
    """The lines that compute the gradient over all rows, even with batches."""
    lines = _Descent(settings, experiment, is_batch=False).lines()
    return tuple(line for line in lines if line.stage == "gradient")


def _hypothesis(experiment: Experiment, x: str) -> list[CodeLine]:
    texts = experiment.objective.hypothesis_code(x, len(experiment.dataset.x), experiment.has_bias)
    return [CodeLine(text, "hypothesis") for text in texts]


def _indented(lines: list[CodeLine]) -> tuple[CodeLine, ...]:
    return tuple(CodeLine(INDENT + line.text, line.stage, line.value) for line in lines)


class _Descent:
    """The lines for the gradient and the update, over all rows or those of a batch."""

    def __init__(self, settings: Settings, experiment: Experiment, *, is_batch: bool) -> None:
        self.settings = settings
        self.names = names(experiment)
        self.is_batch = is_batch
        self.x, self.y, self.rows = ("x", "y", "rows") if is_batch else ("x_train", "y_train", "x_train")
        self.objective = experiment.objective
        self.columns = len(experiment.dataset.x)

    def lines(self) -> list[CodeLine]:
        """The lines of the method in use."""
        after: list[CodeLine] = []
        method = self.settings.method
        updates = [f"{name} -= lr * {gradient_in_code(name, method)}" for name in self.names]
        match method:
            case "hand":
                gradient, update = self._slopes(), updates
            case "autograd":
                gradient, update = self._backward(), ["with torch.no_grad():", *(INDENT + line for line in updates)]
                after = [CodeLine(" = ".join(f"{name}.grad" for name in self.names) + " = None", "")]
            case "optim":
                gradient, update = self._backward_for_optimizer(), ["optimizer.step()"]
        # An epoch's gradient is over all rows, and no batch computes that.
        slopes = self._staged(gradient, "gradient", "" if self.is_batch else "gradient")
        return [*slopes, *self._staged(update, "update", "parameters"), *after]

    @staticmethod
    def _staged(texts: list[str], stage: Stage, value: Value) -> list[CodeLine]:
        """Lines of one stage; the value is shown beside the last."""
        return [*(CodeLine(text, stage) for text in texts[:-1]), CodeLine(texts[-1], stage, value)]

    def _slopes(self) -> list[str]:
        """The gradient formula written out."""
        before, pull = self.objective.pull_code(self.y)
        texts = [line for text in before for line in _assigned(*text.split(" = ", 1))]
        factor = self.objective.factor(self.settings.convention)
        many = f"{self.y}.numel()" if factor.targets > 1 else f"len({self.rows})"
        for name, slope in zip(self.names, self.objective.gradient_code(self.x, pull, self.columns), strict=False):
            gradient = gradient_in_code(name, "hand")
            texts += _assigned(gradient, slope)
            if factor.is_mean or factor.numerator != 1:
                times = "" if factor.numerator == 1 else f"{factor.numerator} * "
                texts.append(f"{gradient} = {times}{gradient}" + f" / {many}" * factor.is_mean)
            if self.settings.penalty:
                texts.append(f"{gradient} = {gradient} + decay * {name}")
        return texts

    def _backward(self) -> list[str]:
        """What is differentiated, if that is not the cost itself, and the call of `backward`."""
        texts, objective = self._objective()
        for name in self.names if self.settings.penalty else ():
            texts.append(f"objective = {objective} + decay / 2 * torch.sum({name}**2)")
            objective = "objective"
        return [*texts, f"{objective}.backward()"]

    def _backward_for_optimizer(self) -> list[str]:
        """The same for an optimizer, which adds the gradient of the penalty itself."""
        texts, objective = self._objective()
        texts += ["optimizer.zero_grad()", f"{objective}.backward()"]
        if self.settings.penalty:
            texts.append("# step() adds decay * parameter to each gradient")
        return texts

    def _objective(self) -> tuple[list[str], str]:
        """What is differentiated without a penalty: the lines that it needs, and its name."""
        loss = self.objective.loss_code(self.y, self.settings.convention, "" if self.is_batch else "cost")
        if loss == "cost":
            return [], "cost"
        text = f"objective = {loss}"
        return _fitting(text, WIDTH - (1 + self.is_batch) * len(INDENT)), "objective"
