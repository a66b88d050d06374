"""Experiment: everything that determines a run, frozen. The same Experiment gives the same digits everywhere."""

import math
from functools import cached_property
from typing import Any

import msgspec

from gdtui.errors import ExperimentError
from gdtui.experiment.bounds import LARGEST, DType, fits, no_such
from gdtui.experiment.change import Change, Settings, check_order
from gdtui.experiment.dataset import LECTURE, Dataset
from gdtui.experiment.generate import with_seed
from gdtui.experiment.layout import ParameterLayout
from gdtui.experiment.objective import Convention, Method, Objective
from gdtui.experiment.objectives import OBJECTIVES, objective_named
from gdtui.experiment.optimizer import SGD, Optimizer
from gdtui.experiment.schedule import CONSTANT, Schedule, Stretch
from gdtui.experiment.setting import Setting
from gdtui.experiment.settings import BY_NAME, MADE_OF_ROWS, SETTINGS, STOPS, Order
from gdtui.experiment.typed_cost import NO_ROWS, OF_ROWS, NoRows, typed_cost
from gdtui.numbers import count, shortest
from gdtui.text import _

_CHOICES_FIRST = sorted(SETTINGS, key=lambda row: not row.kind.choices)
"""Settings in the order in which they are checked: choices first, as the dtype decides how large a number may be."""


class Experiment(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """Data, hypothesis, start, learning rate, gradient method and length of a run, including changes during it."""

    dataset: Dataset = LECTURE
    """Already standardized if that was asked for."""
    function: str | None = None
    """A typed cost, or the name of one, instead of data, hypothesis and cost."""
    model: str = "linear"
    """What H(x) computes from XW + b: a key of `OBJECTIVES`."""
    cost_kind: str | None = None
    """The cost to minimize; always None for the model's default cost."""
    has_bias: bool = False
    """Whether H(x) is XW + b rather than XW. Always true for standardized x."""
    weights: tuple[float, ...] | None = None
    """The starting weights, row by row; always None if they are all 0."""
    bias: float | tuple[float, ...] = 0.0
    """The starting b: one number per target, or one for all."""
    learning_rate: float = 0.1
    """The learning rate that the schedule starts from."""
    schedule: Schedule = CONSTANT
    method: Method = "hand"
    convention: Convention | None = None
    """None for the method's default, which for the squared error is `sum` by hand and `mse` otherwise."""
    optimizer: Optimizer = SGD
    """Anything but plain gradient descent needs the method `optim`."""
    weight_decay: float = 0.0
    """λ of the penalty λ/2·|θ|² on weights and b, which adds λ·θ to the gradient; AdamW instead shrinks θ directly."""
    batch: int | None = None
    """How many rows, drawn anew each epoch, make one update; None for all rows at once."""
    seed: int = 0
    """Decides how rows are shuffled into batches; 0 if they are not."""
    order: Order = "shuffled"
    """Whether rows are shuffled into batches or taken in the table's order."""
    dtype: DType = "float32"
    epochs: int = 10
    until_cost: float | None = None
    """The cost at which the run stops, or None."""
    until_change: float | None = None
    """The run stops when an epoch changes the cost by less than this, or None."""
    patience: int | None = None
    """The run stops when the validation cost has not fallen for this many epochs, or None."""
    changes: tuple[Change, ...] = ()
    """In increasing order of their epochs."""

    def __post_init__(self) -> None:
        if self.dataset.is_drawn and self.dataset.seed != self.seed:
            msgspec.structs.force_setattr(self, "dataset", with_seed(self.dataset, self.seed))
        if self.dataset.scaling:
            msgspec.structs.force_setattr(self, "has_bias", True)
        msgspec.structs.force_setattr(self, "dataset", _dataset_of(self))
        for row in _CHOICES_FIRST:
            self._check(row, getattr(self, row.field))
        classes = self.objective.classes(self.dataset.as_given.y)
        msgspec.structs.force_setattr(self, "dataset", self.dataset.prepared(classes=classes))
        _check_start(self)
        _settle(self)
        check_order(self.changes)
        for row, value in (pair for change in self.changes for pair in change.rows):
            self._check(row, value, "then: ")
        _check_rates(self)
        self.__dict__.clear()  # drop properties cached during the checks: they used fields that were not settled yet

    def _check(self, row: Setting, value: Any, where: str = "") -> None:
        """Check a value for a setting, also against the dtype; `where` is put before its name in the error."""
        if value is None and row.none is not None:
            return
        choices = self.choices(row)
        if choices and value not in choices and not isinstance(value, bool):
            needed = [model for model, costs in OBJECTIVES.items() if row.field == "cost_kind" and value in costs]
            raise ExperimentError(where + row.name, no_such(value, choices, needed))
        try:
            if row.check:
                row.check(value)
            numbers = value if isinstance(value, tuple) else (value,)
            for number in numbers if row.is_computed_with else ():
                fits(number, self.dtype)
        except ValueError as error:
            raise ExperimentError(where + row.name, str(error)) from None

    def choices(self, row: Setting) -> tuple[str, ...]:
        """The choices for a setting in this experiment; empty if any text can be typed."""
        if row.field == "cost_kind":
            return tuple(OBJECTIVES[self.model])
        return tuple(self.objective.conventions) if row.field == "convention" else row.kind.choices

    def largest_rate(self, optimizer: Optimizer) -> float:
        """The largest lr whose first step the dtype can hold."""
        return LARGEST[self.dtype] * optimizer.rule.first_divisor

    @cached_property
    def objective(self) -> Objective:
        """The hypothesis and its cost."""
        if self.function is not None:
            return typed_cost(self.function)[0]
        found = objective_named(self.model, self.cost_kind)
        targets = len(self.dataset.targets)
        return found if targets == 1 else msgspec.structs.replace(found, targets=targets)

    @cached_property
    def layout(self) -> ParameterLayout:
        """How W and b are arranged in an epoch's parameters."""
        return ParameterLayout(len(self.dataset.x), len(self.dataset.targets), self.has_bias)

    @cached_property
    def start(self) -> tuple[float, ...]:
        """The parameters before the first epoch: the weights, then b if there is one."""
        weights = self.weights or (0.0,) * self.layout.weights
        bias = self.bias if isinstance(self.bias, tuple) else (self.bias,) * self.layout.targets
        return (*weights, *bias) if self.has_bias else weights

    @cached_property
    def parameter_names(self) -> tuple[str, ...]:
        """A name for each parameter: `W`, or `W1`, `W2` …, then `b`; `W1_2` with several targets."""
        return self.layout.names

    def differences(self, other: "Experiment") -> frozenset[str]:
        """The fields in which the other experiment differs."""
        return frozenset(name for name in self.__struct_fields__ if getattr(self, name) != getattr(other, name))

    @property
    def hypothesis(self) -> str:
        """The hypothesis as written: `W·x`, `W·x + b`, `XW` or `XW + b` for linear regression."""
        return self.objective.hypothesis(len(self.dataset.x), self.has_bias)

    @property
    def equation(self) -> str:
        """The equation of what is computed: `H(x) = W·x`, or for a typed cost `f(W) = W⁴ − 3W² + W`."""
        return self.objective.equation(len(self.dataset.x), self.has_bias)

    def predict(self, parameters: tuple[float, ...], x: tuple[float, ...], target: int = 0) -> float:
        """H(x) of one target for one row in the data's own units, in float64.

        Raises:
            ExperimentError: the number of values in x is not the number of columns, or H(x) is too large.
        """
        if len(x) != self.dataset.inputs:
            columns = count(self.dataset.inputs, "column")
            raise ExperimentError(
                "x", _("{n} given, but x has {columns}: give one number per column", n=len(x), columns=columns)
            )
        try:
            value = self.hypotheses(parameters, self.dataset.row(x))[target]
        except OverflowError:
            value = math.inf
        if not math.isfinite(value):
            raise ExperimentError("x", _("H(x) is too large there: choose numbers closer to 0"))
        return value

    def hypotheses(self, parameters: tuple[float, ...], x: tuple[float, ...]) -> tuple[float, ...]:
        """H(x) for one prepared row, one number per target."""
        columns = [self.layout.split(parameters, target) for target in range(self.layout.targets)]
        return self.objective.hypotheses(columns, x)

    def value(self, row: Setting) -> Any:
        """The value of a setting at the start of the run."""
        return getattr(self.dataset if row in MADE_OF_ROWS else self, row.field)

    def settings_at(self, epoch: int) -> Settings:
        """The settings in force at an epoch."""
        fields = {field: getattr(self, field) for field in Settings.__struct_fields__}
        for change in self.changes:
            if change.epoch > epoch:
                break
            fields |= change.fields
            if fields["method"] != "optim":
                fields["optimizer"] = SGD
        stretch = self.stretch_at(epoch)
        fields |= {"learning_rate": stretch.rate_at(epoch), "schedule": stretch.schedule}
        fields["convention"] = fields["convention"] or self.objective.usual_convention(fields["method"])
        return Settings(**fields)

    def stretch_at(self, epoch: int) -> Stretch:
        """The schedule in force at an epoch, and where it began."""
        found = Stretch(1, self.learning_rate, self.schedule)
        for change in self.changes:
            if change.epoch > epoch:
                break
            if change.learning_rate is not None or change.schedule:
                rate = found.rate_at(change.epoch) if change.learning_rate is None else change.learning_rate
                found = Stretch(change.epoch, rate, change.schedule or CONSTANT)
        return found

    def steady_at(self, epoch: int) -> "Experiment":
        """This experiment with the settings in force at an epoch from the first epoch on, and no other changes."""
        fields = msgspec.structs.asdict(self.settings_at(epoch)) | {"learning_rate": self.stretch_at(epoch).rate}
        if self.convention is None and not any(change.convention for change in self.changes):
            fields["convention"] = None  # no convention was chosen, so the method decides
        return msgspec.structs.replace(self, **fields, changes=())

    @cached_property
    def may_stop(self) -> bool:
        """Whether a stop condition can end it before its last epoch."""
        return any(getattr(self, field) is not None for field in STOPS)

    @property
    def has_schedule(self) -> bool:
        """Whether any part of the run has a schedule for lr."""
        changed = (change.schedule for change in self.changes)
        return any(each not in (None, CONSTANT) for each in (self.schedule, *changed))

    def is_plain(self, settings: Settings) -> bool:
        """Whether the update with these settings is lr · gradient over all rows."""
        return self.batch is None and settings.optimizer == SGD

    @property
    def updates(self) -> int:
        """The number of updates per epoch: one per batch."""
        return 1 if self.batch is None else -(-self.dataset.rows // self.batch)

    @property
    def memory(self) -> int:
        """The largest number of values that an optimizer of this run keeps from one epoch to the next."""
        optimizers = (self.optimizer, *(change.optimizer or SGD for change in self.changes))
        return max(optimizer.memory(len(self.start)) for optimizer in optimizers)

    def next_change(self, epoch: int) -> int | None:
        """The first epoch after `epoch` at which settings change, or None."""
        return next((change.epoch for change in self.changes if change.epoch > epoch), None)

    def changed_from(self, change: Change) -> "Experiment":
        """This experiment with a change added; later changes are dropped."""
        earlier = tuple(old for old in self.changes if old.epoch < change.epoch)
        same = next((old for old in self.changes if old.epoch == change.epoch), Change(change.epoch))
        fields = same.fields | change.fields
        if change.epoch > 1:
            return msgspec.structs.replace(self, changes=(*earlier, Change(change.epoch, **fields)))
        if fields.get("method", self.method) != "optim":
            fields.setdefault("optimizer", SGD)
        return msgspec.structs.replace(self, **fields, changes=())


def _dataset_of(experiment: Experiment) -> Dataset:
    """The data to use: for a typed cost a dataset without rows.

    Raises:
        ExperimentError: a typed cost is combined with something that needs rows.
    """
    dataset = experiment.dataset
    if experiment.function is None:
        return LECTURE if isinstance(dataset, NoRows) else dataset
    if not (dataset is LECTURE or isinstance(dataset, NoRows)):
        raise ExperimentError("function", _("a typed cost has no rows: leave the data out"))
    usual = dict(zip(experiment.__struct_fields__, experiment.__struct_defaults__, strict=True))
    cost, dataset = typed_cost(experiment.function)
    if experiment.convention in cost.conventions:  # the only convention, so naming it changes nothing
        msgspec.structs.force_setattr(experiment, "convention", None)
    for name in OF_ROWS:
        if getattr(experiment, BY_NAME[name].field) != usual[BY_NAME[name].field]:
            raise ExperimentError(name, NO_ROWS)
    if any(change.convention and change.convention not in cost.conventions for change in experiment.changes):
        raise ExperimentError("then: convention", NO_ROWS)
    return dataset


def _check_start(experiment: Experiment) -> None:
    """Check that the settings at the start of the run go together.

    Raises:
        ExperimentError: they do not; its field is the setting to change.
    """
    layout, objective, data = experiment.layout, experiment.objective, experiment.dataset
    if layout.targets > objective.most_targets:
        values = {"n": layout.targets, "objective": objective.name, "first": data.target}
        raise ExperimentError("target", _("{n} are given, but {objective} learns only one: keep {first}", **values))
    weights = experiment.weights
    if experiment.function is not None and weights is not None and len(weights) != layout.weights:
        names = ", ".join(layout.names)
        raise ExperimentError("w0", _("{n} given, but f has {names}: give one for each", n=len(weights), names=names))
    layout.check_start(weights, experiment.bias)
    try:
        fits(data.largest, experiment.dtype)
    except ValueError as error:
        raise ExperimentError(data.name, str(error)) from None
    objective.check_labels(data.as_given.y)
    if experiment.patience is not None and data.kept is None:
        raise ExperimentError("patience", _("there is no validation cost without rows kept back: add --validate 0.25"))
    if experiment.optimizer != SGD and experiment.method != "optim":
        values = {"name": experiment.optimizer.name}
        words = _("{name} is of torch.optim: set gradient by to optim (--method optim)", **values)
        raise ExperimentError("optimizer", words)
    if experiment.order == "table" and experiment.seed and not data.is_drawn:
        raise ExperimentError("seed", _("rows in table order use no random numbers: leave it out"))
    until = experiment.until_cost
    if until is not None and until < 0 and experiment.function is None:
        raise ExperimentError("until-cost", _("must be a finite number, 0 or more, not {value}", value=shortest(until)))


def _settle(experiment: Experiment) -> None:
    """Normalize settings that can be given in several ways, so that equal runs compare equal."""
    settled: dict[str, Any] = {
        # Fill in each schedule's length now, so that adding epochs later does not change the earlier ones.
        "schedule": experiment.schedule.planned(experiment.epochs),
        "changes": tuple(change.planned(experiment.epochs) for change in experiment.changes),
    }
    if experiment.cost_kind == next(iter(OBJECTIVES[experiment.model])):
        settled["cost_kind"] = None
    if not any(experiment.weights or ()):
        settled["weights"] = None
    if isinstance(experiment.bias, tuple) and len(set(experiment.bias)) == 1:
        settled["bias"] = experiment.bias[0]
    if experiment.batch is None or experiment.batch >= experiment.dataset.rows:
        seed = experiment.seed if experiment.dataset.is_drawn else 0
        settled |= {"batch": None, "seed": seed, "order": "shuffled"}
    for field, value in settled.items():
        msgspec.structs.force_setattr(experiment, field, value)


def _check_rates(experiment: Experiment) -> None:
    """Check that the dtype can hold the first steps of each schedule, and after each change.

    Raises:
        ExperimentError: lr is too large, or below the least lr of its schedule.
    """
    for epoch in (1, *(change.epoch for change in experiment.changes)):
        settings, stretch = experiment.settings_at(epoch), experiment.stretch_at(epoch)
        if stretch.schedule.named.get("least", 0.0) > stretch.rate:
            raise ExperimentError("schedule", _("the smallest lr must not be above the lr at the start"))
        rate, name, dtype = settings.learning_rate, settings.optimizer.name, experiment.dtype
        if rate > experiment.largest_rate(settings.optimizer):
            words = _("{rate} is too large for {name} in {dtype}", rate=shortest(rate), name=name, dtype=dtype)
            raise ExperimentError("lr" if epoch == 1 else "then: lr", words)
