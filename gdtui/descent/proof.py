"""Proof: three real training loops in lockstep, by hand, by autograd and with torch.optim's update."""

import msgspec
from torch import Tensor

from gdtui.descent.bugs import BUGGY_METHODS, Refused
from gdtui.descent.methods import SOUND, ByHand
from gdtui.descent.trainer import Trainer
from gdtui.experiment.change import Change
from gdtui.experiment.experiment import Experiment
from gdtui.experiment.objective import Method
from gdtui.experiment.optimizer import SGD
from gdtui.experiment.proof import NAMES, PLACES, Bug, Comparison, MethodEpoch, largest_ulps
from gdtui.experiment.schedule import CONSTANT


class Loop(Trainer):
    """A training loop that keeps one method and updates the method's settings in place, as a loop of one's own would.

    A `Trainer` starts with new tensors after a change, which would hide some of the bugs.
    """

    def __init__(self, experiment: Experiment, gradient_method: type[ByHand]) -> None:
        self._gradient_method = gradient_method
        super().__init__(experiment)

    def settle(self, parameters: list[Tensor], memory: tuple[float, ...]) -> None:  # a loop has no memory
        """Start with the settings of the first epoch; later, set those that changed."""
        settings = self.experiment.settings_at(self.number)
        if self.number == 1:
            self.gradient_method = self._gradient_method(self.objective, parameters, settings)
        self.gradient_method.learning_rate = settings.learning_rate
        self.gradient_method.convention = settings.convention
        self.next_change = self.experiment.next_change(self.number)
        self.is_scheduled = settings.schedule != CONSTANT


def buggy(experiment: Experiment, bug: Bug) -> Loop:
    """A training loop with a bug."""
    return Loop(plain(experiment), BUGGY_METHODS[bug])


class Proof:
    """Steps the three methods. If one has a bug, a correct copy runs beside it to tell when the bug first shows."""

    def __init__(self, experiment: Experiment, bug: Bug | None) -> None:
        """All methods use plain gradient descent on all rows, whatever the experiment itself uses."""
        self.plain = plain(experiment)
        self.bug = bug
        self.buggy = PLACES[bug].method if bug else None
        self.loops = {method: Loop(self.plain, SOUND[method]) for method in NAMES}
        self.twin: Loop | None = None
        if bug and self.buggy:
            self.twin, self.loops[self.buggy] = self.loops[self.buggy], Loop(self.plain, BUGGY_METHODS[bug])
        self.number = 1
        self._refusal: tuple[str, ...] = ()
        self._left_at: int | None = None
        self._since: dict[str, int] = {}

    def step(self) -> Comparison:
        """Take one epoch with each method."""
        columns = tuple(self._column(method) for method in self.loops)
        sound = [column for column in columns if column.method != self.buggy]
        self._note_why(sound)
        if self.twin and self.buggy:
            as_it_should_be = _stepped(self.twin, self.buggy)
            as_it_is = next(column for column in columns if column.method == self.buggy)
            if self._left_at is None and not _are_same(as_it_is, as_it_should_be):
                self._left_at = self.number
        dtype = self.plain.dtype
        comparison = Comparison(
            number=self.number,
            settings=self.plain.settings_at(self.number),
            objective=self.plain.objective,
            dtype=dtype,
            rows=self.plain.dataset.rows,
            columns=columns,
            gradient_ulps=largest_ulps((column.gradient for column in sound), dtype),
            parameter_ulps=largest_ulps((column.parameters for column in sound), dtype),
            differ_since=self._since.get("any"),
            gradient_since=self._since.get("gradient"),
            update_since=self._since.get("update"),
            bug=self.bug,
            left_at=self._left_at,
        )
        self.number += 1
        return comparison

    def _column(self, method: Method) -> MethodEpoch:
        """One method's epoch, or the error with which it stopped."""
        if method == self.buggy and self._refusal:
            return MethodEpoch(method, refusal=self._refusal)
        try:
            return _stepped(self.loops[method], method)
        except Refused as refused:
            self._refusal = refused.words
            return MethodEpoch(method, parameters=self.loops[method].at, refusal=refused.words)

    def _note_why(self, sound: list[MethodEpoch]) -> None:
        """Note the first epoch at which gradient and update each cause a difference of their own."""
        for index, one in enumerate(sound):
            for other in sound[index + 1 :]:
                if not _are_same(one, other):
                    self._since.setdefault("any", self.number)
                if one.parameters != other.parameters:
                    continue
                if one.gradient != other.gradient:
                    self._since.setdefault("gradient", self.number)
                elif one.following != other.following:
                    self._since.setdefault("update", self.number)


def plain(experiment: Experiment) -> Experiment:
    """The same data, start, learning rates and conventions, with plain gradient descent on all rows at once.

    The convention is explicit, so that all methods use the one in force rather than their own defaults.
    """
    before = experiment.settings_at(0)
    changes = []
    for change in experiment.changes:
        settings = experiment.settings_at(change.epoch)
        rate, schedule = change.learning_rate, change.schedule
        changes.append(Change(change.epoch, rate, convention=settings.convention, schedule=schedule))
    return msgspec.structs.replace(
        experiment,
        method="hand",
        optimizer=SGD,
        convention=before.convention,
        batch=None,
        order="shuffled",
        changes=tuple(changes),
    )


def _stepped(loop: Loop, method: Method) -> MethodEpoch:
    epoch = loop.step()
    return MethodEpoch(method, epoch.parameters, epoch.gradient, epoch.update, epoch.following)


def _are_same(one: MethodEpoch, other: MethodEpoch) -> bool:
    """Whether two methods have the same numbers before the update."""
    return (one.parameters, one.gradient) == (other.parameters, other.gradient)
