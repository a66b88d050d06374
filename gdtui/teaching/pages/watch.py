"""A run to be watched: what will become of it is said first, then it plays."""

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
"""So many of the epochs gone through are listed."""

MOST_RUNS = 6


class Watch(Goal, frozen=True, kw_only=True):
    """A run to be watched. It goes as far as `play` says, and no further."""

    play: Annotated[int, msgspec.Meta(ge=1, le=1_000)]
    """How many epochs."""
    runs: Annotated[tuple[dict[str, Any], ...], msgspec.Meta(max_length=MOST_RUNS)] = ()
    """Settings over those of the page, for several runs after one another; each is kept beside those that follow.
    `bug` is taken as a setting, and names one of `BUGS` for the run to have."""
    check: tuple[Formula, ...] = ()
    answer: tuple[Line, ...] = ()


class Watched(Exhibit, frozen=True):
    """How far it has played."""

    kind = "watch"
    said: str
    """The learner's own prediction."""
    names: tuple[str, ...]
    epochs: tuple[tuple[float, ...], ...]
    """Of the last epochs: how many are taken by then, the parameters, the cost.

    With rows kept back the parameters give way to a second cost, the one over these rows.
    """
    played: int
    play: int
    number: int
    """Which of several runs it is, from 1."""
    runs: int
    is_at_the_end: bool
    """Whether it has played, or cannot go on."""

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
    """The run is stepped by key or plays by itself, and stands still at its end."""

    name = key_in_file = "watch"
    table = Watch
    spec: Watch
    reached = _("The run is over.")
    not_yet = _("watch the run to its end first: space takes an epoch")

    @classmethod
    def look_over(cls, spec: Any, step: Step, spot: Spot) -> None:
        """The settings of its runs can be taken."""
        for index, given in enumerate(spec.runs):
            if (bug := given.get("bug")) and bug not in BUGS:
                spot.at("runs", index).refuse(f"bug: {one_of(str(bug), BUGS)}")
            try:
                experiment_with(_settings(given))
            except UserError as error:
                spot.at("runs", index).refuse(error)
        super().look_over(spec, step, spot)

    def prepare(self) -> None:
        """Stand at the beginning of the first run."""
        self.number, self.base = 0, self.run.experiment
        if self.spec.play * self.base.updates > MOST_UPDATES:
            raise UserError(too_many_updates())
        if self.spec.runs:
            self.run = self._run()
        self.from_ = self.run.cursor

    def _run(self) -> Run:
        """The run of this number, from its start."""
        given, backend = self.spec.runs[self.number], self.backend
        bug = given.get("bug")
        if bug:
            backend = msgspec.structs.replace(backend, trainer=lambda experiment: self.backend.buggy(experiment, bug))
        return Run(experiment_with(_settings(given), self.base), backend)

    def frame(self) -> Frame:
        """The run, which counts and draws all the epochs to watch from the start, where more play than are planned."""
        frame = super().frame()
        planned = msgspec.structs.replace(
            frame.experiment, epochs=max(frame.experiment.epochs, self.from_ + self.spec.play)
        )
        return msgspec.structs.replace(frame, experiment=planned)

    @property
    def takes(self) -> frozenset[str]:
        """Stepping, until it has played."""
        return frozenset() if self.is_done else frozenset(("step", "again"))

    def examples(self) -> tuple[str, ...]:
        """Steps."""
        return f"step {self.spec.play}", "again"

    def model_answer(self) -> Sequence[Action]:
        """Watch every run to its end."""
        return (StepEpochs(count=self.spec.play),) * max(1, len(self.spec.runs))

    def compared(self) -> tuple[str, ...]:
        """Which letter in the charts is which run before this one, with its settings, and where that ended."""
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
        """How many epochs of the present run have played."""
        return self.run.cursor - self.from_

    @property
    def is_at_the_end(self) -> bool:
        """Whether the present run has played; one that has diverged cannot go on."""
        return self.played >= self.spec.play or self.run.diverged_at is not None

    def facts(self) -> dict[str, Value]:
        """What conditions can ask for besides the run."""
        return super().facts() | {"played": self.played, "runs_played": self.number + self.is_at_the_end}

    def checks_now(self) -> tuple[Check, ...]:
        """Whether every run has played, where the file has no conditions of its own."""
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
        """Step, or start the present run over."""
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
        """Go on, into the next run where this one has played; never beyond the end of one."""
        if self.is_at_the_end and self.number + 1 < len(self.spec.runs):
            self.board.pin(self.run)
            self.number += 1
            self.run, self.from_ = self._run(), 0
        for _epoch in range(min(count, self.spec.play - self.played)):
            self.run.step()


def _written(cost: float) -> str:
    """A cost with at least six digits, and a small one without a power of ten as far as it is readable."""
    return fixed(cost, max(6, enough_decimals(cost))) if abs(cost) < 1 else significant(cost)


def _settings(given: Mapping[str, Any]) -> dict[str, Any]:
    """What is said of a run besides its bug."""
    return {name: value for name, value in given.items() if name != "bug"}
