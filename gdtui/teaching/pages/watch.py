"""A run to watch: the learner predicts what will happen, then it plays."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Annotated, Any

import msgspec

from gdtui.errors import UserError
from gdtui.experiment.expressions import Value
from gdtui.experiment.proof import BUGS
from gdtui.lab.board import compared, told_apart
from gdtui.lab.frame import Frame
from gdtui.lab.run import Run
from gdtui.numbers import decimals_for, enough_decimals, fixed, signed, significant
from gdtui.teaching.events import Action, ResetRun, StepEpochs
from gdtui.teaching.lesson import Goal, Spot, Step
from gdtui.teaching.page import Check, Exhibit
from gdtui.teaching.pages.goal import GoalPage, too_many_updates
from gdtui.teaching.pages.page import MOST_UPDATES
from gdtui.teaching.questions.ask import Formula, Line
from gdtui.teaching.settings import experiment_with
from gdtui.text import _, aligned, ngettext, one_of

LAST_EPOCHS = 5
"""The most epochs listed."""

MOST_RUNS = 6


class Watch(Goal, frozen=True, kw_only=True):
    """A run to watch. It ends after `play` epochs."""

    play: Annotated[int, msgspec.Meta(ge=1, le=1_000)]
    runs: Annotated[tuple[dict[str, Any], ...], msgspec.Meta(max_length=MOST_RUNS)] = ()
    """Settings for several runs in a row, in addition to those of the page; earlier runs stay visible.

    `bug` counts as a setting, and names the one of `BUGS` that the run has."""
    check: tuple[Formula, ...] = ()
    answer: tuple[Line, ...] = ()


class Watched(Exhibit, frozen=True):
    """How far the run has played."""

    kind = "watch"
    said: str
    """The learner's own prediction."""
    names: tuple[str, ...]
    epochs: tuple[tuple[float, ...], ...]
    """For each of the last epochs: the number of updates before it, the parameters, the cost.

    If rows are kept back, the cost over them replaces the parameters."""
    played: int
    play: int
    number: int
    """Which of several runs this is, from 1."""
    runs: int
    is_at_the_end: bool
    """Whether it has played to its end, or cannot go on."""

    def lines(self) -> tuple[str, ...]:
        """The prediction, the epochs, and how many are left."""
        said = (_("You said: {answer}", answer=signed(self.said)),) if self.said else ()
        cut = 1 + len(self.names)
        moves = [
            now - then
            for before, after in pairwise(self.epochs)
            for then, now in zip(before[1:cut], after[1:cut], strict=True)
        ]
        places = decimals_for(moves)
        rows = [
            (f"{epoch[0]:g}", *(fixed(n, places) for n in epoch[1:cut]), *map(_written, epoch[cut:]))
            for epoch in self.epochs
        ]
        costs = (_("cost"),) if not self.epochs or len(self.epochs[0]) == cut + 1 else (_("training"), _("validation"))
        far = _("epochs played: {played} of {play}", played=self.played, play=self.play)
        if self.runs > 1:
            far = _("run {number} of {runs}, {far}", number=self.number, runs=self.runs, far=far)
        return (*said, *aligned([(_("after"), *self.names, *costs), *rows]), far)


class WatchPage(GoalPage):
    """The run is stepped by key or plays by itself, and stops at its end."""

    name = key_in_file = "watch"
    table = Watch
    spec: Watch
    reached = _("The run is over.")
    not_yet = _("watch the run to its end first: space takes an epoch")

    @classmethod
    def look_over(cls, spec: Any, step: Step, spot: Spot) -> None:
        """Check the settings of its runs."""
        for index, given in enumerate(spec.runs):
            if (bug := given.get("bug")) and bug not in BUGS:
                spot.at("runs", index).refuse(f"bug: {one_of(str(bug), BUGS)}")
            try:
                experiment_with(_settings(given))
            except UserError as error:
                spot.at("runs", index).refuse(error)
        super().look_over(spec, step, spot)

    def prepare(self) -> None:
        """Go to the start of the first run."""
        self.number, self.base = 0, self.run.experiment
        if self.spec.play * self.base.updates > MOST_UPDATES:
            raise UserError(too_many_updates())
        if self.spec.runs:
            self.run = self._run()
        self.from_ = self.run.cursor

    def _run(self) -> Run:
        """The current run at its start."""
        given, backend = self.spec.runs[self.number], self.backend
        bug = given.get("bug")
        if bug:
            backend = msgspec.structs.replace(backend, trainer=lambda experiment: self.backend.buggy(experiment, bug))
        return Run(experiment_with(_settings(given), self.base), backend)

    def frame(self) -> Frame:
        """The run, planned for at least the epochs to watch, so that charts have space for them from the start."""
        frame = super().frame()
        planned = msgspec.structs.replace(
            frame.experiment, epochs=max(frame.experiment.epochs, self.from_ + self.spec.play)
        )
        return msgspec.structs.replace(frame, experiment=planned)

    @property
    def takes(self) -> frozenset[str]:
        """Stepping, until all runs have played."""
        return frozenset() if self.is_done else frozenset(("step", "again"))

    def examples(self) -> tuple[str, ...]:
        """Stepping to the end, and starting over."""
        return f"step {self.spec.play}", "again"

    def model_answer(self) -> Sequence[Action]:
        """Watch every run to its end."""
        return (StepEpochs(count=self.spec.play),) * max(1, len(self.spec.runs))

    def compared(self) -> tuple[str, ...]:
        """For each earlier run: its letter in the charts, its settings, and where it ended."""
        runs, lines = compared(self.board, self.run), list[str]()
        for number, (kept, told) in enumerate(zip(runs, told_apart(runs), strict=True), 1):
            if not kept.name:
                continue
            last, names = kept.run.epoch, kept.run.experiment.parameter_names
            rate = f"lr {significant(kept.run.settings.learning_rate)}"
            known = {"name": kept.name, "number": number, "settings": ", ".join([rate, *map(" ".join, told.items())])}
            known["end"] = _("cost {cost}", cost=significant(last.cost))
            if len(names) == 1:
                known["end"] = f"{names[0]} {fixed(last.parameters[0], 3)}, {known['end']}"
            lines.append(_("{name} in the charts is run {number}, with {settings}. It ended at {end}.", **known))
        return tuple(lines)

    @property
    def played(self) -> int:
        """How many epochs of the current run have played."""
        return self.run.cursor - self.from_

    @property
    def is_at_the_end(self) -> bool:
        """Whether the current run has played to its end, or has diverged."""
        return self.played >= self.spec.play or self.run.diverged_at is not None

    def facts(self) -> dict[str, Value]:
        """What conditions can use besides the run."""
        return super().facts() | {"played": self.played, "runs_played": self.number + self.is_at_the_end}

    def checks_now(self) -> tuple[Check, ...]:
        """Whether every run has played, unless the file has conditions of its own."""
        if self.spec.check:
            return super().checks_now()
        runs = max(1, len(self.spec.runs))
        words = ngettext("{n} epoch played", "{n} epochs played", self.spec.play)
        if runs > 1:
            words = ngettext("{n} epoch of each run played", "{n} epochs of each run played", self.spec.play)
        return (Check(f"runs_played >= {runs}", self.number + self.is_at_the_end >= runs, words),)

    def exhibit(self) -> Watched:
        """The last epochs."""
        last = self.run.cursor
        shown = [self.run.history[index] for index in range(max(self.from_, last - LAST_EPOCHS + 1), last + 1)]
        validates = self.run.epoch.validation is not None
        return Watched(
            self.forecast.said if self.forecast else "",
            () if validates else self.run.experiment.parameter_names,
            tuple(
                (epoch.number - 1, *epoch.parameters, epoch.cost)
                if epoch.validation is None
                else (epoch.number - 1, epoch.cost, epoch.validation)
                for epoch in shown
            ),
            self.played,
            self.spec.play,
            self.number + 1,
            max(1, len(self.spec.runs)),
            self.is_at_the_end,
        )

    def carry_out(self, action: Action) -> None:
        """Step, or start the current run over."""
        match action:
            case _ if self.is_done:
                raise UserError(_("the run is over: enter continues"))
            case StepEpochs(count=count):
                self._on(count)
            case ResetRun():
                self.run.seek(self.from_)
            case _:
                raise UserError(_("you can only watch this run: space takes an epoch"))

    def _on(self, count: int) -> None:
        """Step, going to the next run if this one has ended; never past the end of a run."""
        if self.is_at_the_end and self.number + 1 < len(self.spec.runs):
            self.board.pin(self.run)
            self.number += 1
            self.run, self.from_ = self._run(), 0
        for _epoch in range(min(count, self.spec.play - self.played)):
            self.run.step()


def _written(cost: float) -> str:
    """A cost with at least six digits; without a power of ten if that stays readable."""
    return fixed(cost, max(6, enough_decimals(cost))) if abs(cost) < 1 else significant(cost)


def _settings(given: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of a run without its bug."""
    return {name: value for name, value in given.items() if name != "bug"}
