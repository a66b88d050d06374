"""The board: runs kept beside the present one, and whether comparing them is fair."""

from collections.abc import Iterable
from typing import Any

import msgspec

from gdtui.errors import UserError
from gdtui.experiment.experiment import Experiment
from gdtui.experiment.setting import Setting
from gdtui.experiment.settings import BY_NAME, MADE_OF_ROWS, ON_THE_WAY, SETTINGS
from gdtui.lab.run import Run
from gdtui.numbers import count
from gdtui.text import _, clean, listed

MOST_OF_A_NAME, MOST_OF_A_VALUE = 12, 24
"""How many characters are told of the data's name, and of a setting that differs."""

NAMES = "ABCDEF"
"""What the runs on the board are called; there is room for as many."""


class BoardRun(msgspec.Struct, frozen=True):
    """A run on the board."""

    name: str
    run: Run
    is_pinned: bool
    """Kept until it is taken down; a ghost, left behind by a branch, goes when there is no room."""


class Board:
    """At most six runs, pinned or ghosts."""

    def __init__(self) -> None:
        self.in_order: tuple[BoardRun, ...] = ()
        """In the order in which they were kept: the oldest ghost makes room."""

    @property
    def kept(self) -> tuple[BoardRun, ...]:
        """By their letters."""
        return tuple(sorted(self.in_order, key=lambda kept: kept.name))

    def find(self, run: Run) -> BoardRun | None:
        """The place of a run, where it is on the board."""
        return next((kept for kept in self.in_order if kept.run is run), None)

    def pin(self, run: Run) -> BoardRun:
        """Keep a run; one that is a ghost stays where it is.

        Raises:
            UserError: there is no room.
        """
        if not self._make_room_for(run):
            raise UserError(_("{n} runs are already pinned. Unpin one first.", n=len(NAMES)))
        return self._keep(run, is_pinned=True)

    def leave_ghost(self, run: Run, *, spared: Run | None = None) -> bool:
        """Keep a run that another has branched off from; False where there is no room but by the spared one."""
        if not self._make_room_for(run, spared):
            return False
        if self.find(run) is None:
            self._keep(run, is_pinned=False)
        return True

    def take_down(self, run: Run) -> None:
        """Keep it no longer."""
        self.in_order = tuple(kept for kept in self.in_order if kept.run is not run)

    def next_after(self, run: Run) -> BoardRun | None:
        """The run on the board after this one, round and round; the first where this one is not on it."""
        here = self.find(run)
        others = [kept for kept in self.kept if kept is not here]
        return next((kept for kept in others if here and kept.name > here.name), others[0] if others else None)

    def _make_room_for(self, run: Run, spared: Run | None = None) -> bool:
        """Let the oldest ghost but the spared one go where every letter is taken; False where there is none to go."""
        if self.find(run) or len(self.in_order) < len(NAMES):
            return True
        oldest = next((kept.run for kept in self.in_order if not kept.is_pinned and kept.run is not spared), None)
        if oldest is None:
            return False
        self.take_down(oldest)
        return True

    def _keep(self, run: Run, *, is_pinned: bool) -> BoardRun:
        known = self.find(run)
        taken = {kept.name for kept in self.in_order}
        entry = BoardRun(known.name if known else next(name for name in NAMES if name not in taken), run, is_pinned)
        self.take_down(run)
        self.in_order = (*self.in_order, entry)
        return entry


def compared(board: Board, present: Run) -> tuple[BoardRun, ...]:
    """The runs of the comparison: those on the board, and the present one last where it is not among them."""
    return board.kept if board.find(present) else (*board.kept, BoardRun("", present, is_pinned=False))


def learning_rates(experiment: Experiment) -> tuple[float, ...]:
    """Its learning rates, one after the other."""
    return tuple(rate for _epoch, rate in _course(experiment, BY_NAME["lr"]))


def told_apart(runs: Iterable[BoardRun]) -> list[dict[str, str]]:
    """For each run, its values of the settings, other than lr, that are not the same in all runs, in words."""
    experiments = [kept.run.experiment for kept in runs]
    rows = [row for row in differing(experiments) if row.name != "lr"]
    return [{row.word: _in_words(experiment, row) for row in rows} for experiment in experiments]


def differences(experiments: Iterable[Experiment]) -> tuple[str, ...]:
    """What is not the same in all of them, in the words of the screen. How long they were to go on does not count."""
    return tuple(dict.fromkeys("data" if row in DATA else row.called for row in differing(experiments)))


DATA = (BY_NAME["data"], *MADE_OF_ROWS)
"""What makes up the data, which counts as one thing."""


def differing(experiments: Iterable[Experiment]) -> tuple[Setting, ...]:
    """The settings that are not the same in all of them."""
    first, *others = experiments
    found: list[Setting] = []
    if any(other.dataset != first.dataset for other in others):
        made = [row for row in MADE_OF_ROWS if any(other.value(row) != first.value(row) for other in others)]
        found += made or [BY_NAME["data"]]
    for row in sorted(SETTINGS, key=lambda row: not row.on_the_way):
        if not row.is_length and any(_course(other, row) != _course(first, row) for other in others):
            found.append(row)
    return tuple(found)


def _in_words(experiment: Experiment, row: Setting) -> str:
    """What a setting is in a run; from epoch to epoch where it changes."""
    if row.name == "data":
        return f"{clean(experiment.dataset.name, MOST_OF_A_NAME)}, {count(experiment.dataset.rows, 'row')}"
    values = (row.shown(value) or _("none") for _epoch, value in _course(experiment, row))
    return clean(" → ".join(values), MOST_OF_A_VALUE)


def fairness(runs: Iterable[BoardRun]) -> str:
    """Whether what comes out can be laid to one cause: `lr and W0 differ: not a fair test`."""
    kept = tuple(runs)
    found = differences(entry.run.experiment for entry in kept)
    if not found:
        return _("nothing differs: the same experiment")
    if len(found) > 1:
        return _("{settings} differ: not a fair test", settings=listed(found))
    for entry in kept:
        if epoch := _changed_at(entry.run.experiment, found[0]):
            told = {"name": entry.name or _("this run"), "setting": found[0], "epoch": epoch}
            return _("{name} did not change {setting} until epoch {epoch}: not a fair test", **told)
    return _("only {setting} differs: a fair test", setting=found[0])


def made_fair(runs: Iterable[BoardRun]) -> str:
    """What to set alike for a fair test; nothing where no more than one setting differs."""
    experiments = [kept.run.experiment for kept in runs]
    rows = [row for row in differing(experiments) if row not in DATA]
    if len(differences(experiments)) < 2 or not rows:
        return ""
    tested = BY_NAME["optimizer"] if BY_NAME["optimizer"] in rows else rows[0]
    # An optimizer works with the gradient by optim alone, so that the run that has it sets the others' values.
    model = max(experiments, key=lambda each: _course(each, BY_NAME["method"])[-1][1] == "optim")
    values = {row: row.shown(_course(model, row)[-1][1]) or _("none") for row in rows if row is not tested}
    alike = [_("{setting} {value}", setting=row.called, value=value) for row, value in values.items()]
    alike += [_("the same data")] if len(rows) < len(differing(experiments)) else []
    return _("To test {setting} alone, give each run {others}.", setting=tested.called, others=listed(alike))


def is_fair(experiments: Iterable[Experiment]) -> bool:
    """Whether exactly one thing differs, and each has it as it is from its start on."""
    runs = tuple(experiments)
    found = differences(runs)
    return len(found) == 1 and not any(_changed_at(run, found[0]) for run in runs)


def _changed_at(experiment: Experiment, called: str) -> int | None:
    """The epoch at which what is called so changes on the way, where it does."""
    courses = (_course(experiment, row) for row in ON_THE_WAY if row.called == called)
    return next((course[1][0] for course in courses if len(course) > 1), None)


def _course(experiment: Experiment, row: Setting) -> tuple[tuple[int, Any], ...]:
    """A setting from epoch to epoch: (epoch, value) wherever it changes."""
    if not row.on_the_way:
        return ((1, experiment.value(row)),)
    course: list[tuple[int, Any]] = []
    for epoch in (1, *(change.epoch for change in experiment.changes)):
        value = getattr(experiment.settings_at(epoch), row.field)
        if not course or course[-1][1] != value:
            course.append((epoch, value))
    return tuple(course)
