"""The board: runs kept beside the current one, and whether comparing them is a fair test."""

from collections.abc import Iterable, Sequence
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
"""The most characters shown of the data's name, and of a setting's value."""

NAMES = "ABCDEF"
"""The letters of the runs on the board; there is room for one run per letter."""


class BoardRun(msgspec.Struct, frozen=True):
    """A run on the board."""

    name: str
    run: Run
    is_pinned: bool
    """A pinned run stays until it is unpinned. A ghost, left behind by a branch, makes room when the board is full."""


class Board:
    """At most six runs, pinned or ghosts."""

    def __init__(self) -> None:
        self.in_order: tuple[BoardRun, ...] = ()
        """In the order in which they were kept, because the oldest ghost makes room first."""

    @property
    def kept(self) -> tuple[BoardRun, ...]:
        """The runs on the board, sorted by letter."""
        return tuple(sorted(self.in_order, key=lambda kept: kept.name))

    def find(self, run: Run) -> BoardRun | None:
        """The entry of a run, or None if it is not on the board."""
        return next((kept for kept in self.in_order if kept.run is run), None)

    def pin(self, run: Run) -> BoardRun:
        """Pin a run; a ghost becomes pinned in its place.

        Raises:
            UserError: the board is full.
        """
        if not self._make_room_for(run):
            raise UserError(_("{n} runs are already pinned. Unpin one first.", n=len(NAMES)))
        return self._keep(run, is_pinned=True)

    def leave_ghost(self, run: Run, *, spared: Run | None = None) -> bool:
        """Keep a run as a ghost when another branches off from it; False if only the `spared` ghost could make room."""
        if not self._make_room_for(run, spared):
            return False
        if self.find(run) is None:
            self._keep(run, is_pinned=False)
        return True

    def take_down(self, run: Run) -> None:
        """Remove a run from the board."""
        self.in_order = tuple(kept for kept in self.in_order if kept.run is not run)

    def next_after(self, run: Run) -> BoardRun | None:
        """The next run on the board, in a circle; the first if this run is not on the board."""
        here = self.find(run)
        others = [kept for kept in self.kept if kept is not here]
        return next((kept for kept in others if here and kept.name > here.name), others[0] if others else None)

    def _make_room_for(self, run: Run, spared: Run | None = None) -> bool:
        """If the board is full, drop the oldest ghost other than `spared`; False if there is none."""
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
    """The runs to compare: those on the board, then the current one if it is not on the board."""
    return board.kept if board.find(present) else (*board.kept, BoardRun("", present, is_pinned=False))


def learning_rates(experiment: Experiment) -> tuple[float, ...]:
    """The learning rates of an experiment, in order of time."""
    return tuple(rate for _epoch, rate in _course(experiment, BY_NAME["lr"]))


def told_apart(runs: Iterable[BoardRun]) -> list[dict[str, str]]:
    """For each run, its values of the settings that differ between the runs, other than lr."""
    experiments = [kept.run.experiment for kept in runs]
    rows = [row for row in differing(experiments) if row.name != "lr"]
    return [{row.word: _in_words(experiment, row) for row in rows} for experiment in experiments]


def named_apart(experiments: Sequence[Experiment]) -> list[tuple[str, ...]]:
    """For each experiment, its values of the settings that differ, as `lr 0.2` or `adam`; the one tested comes first.

    If nothing differs, its lr.
    """
    differ = differing(experiments) or (BY_NAME["lr"],)
    rows = sorted(differ, key=lambda row: row is not tested(differ))
    return [tuple(row.named(_in_words(experiment, row)) for row in rows) for experiment in experiments]


def tested(rows: Sequence[Setting]) -> Setting:
    """Of the settings that differ, the one that the comparison is most likely about."""
    return BY_NAME["optimizer"] if BY_NAME["optimizer"] in rows else rows[0]


def differences(experiments: Iterable[Experiment]) -> tuple[str, ...]:
    """The names of what differs between the experiments, as on the screen. How long they run does not count."""
    return tuple(dict.fromkeys("data" if row in DATA else row.called for row in differing(experiments)))


DATA = (BY_NAME["data"], *MADE_OF_ROWS)
"""The settings that make up the data. On the screen they count as one."""


def differing(experiments: Iterable[Experiment]) -> tuple[Setting, ...]:
    """The settings that differ between the experiments."""
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
    """A setting's value in a run, or its successive values if it changes."""
    if row.name == "data":
        return f"{clean(experiment.dataset.name, MOST_OF_A_NAME)}, {count(experiment.dataset.rows, 'row')}"
    values = (row.shown(value) or _("none") for _epoch, value in _course(experiment, row))
    return clean(" → ".join(values), MOST_OF_A_VALUE)


def fairness(runs: Iterable[BoardRun]) -> str:
    """Whether the runs differ in one thing only, in words: `lr and W0 differ: not a fair test`."""
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
    """What to set alike for a fair test; empty if only one setting differs."""
    experiments = [kept.run.experiment for kept in runs]
    rows = [row for row in differing(experiments) if row not in DATA]
    if len(differences(experiments)) < 2 or not rows:
        return ""
    about = tested(rows)
    # An optimizer needs the method optim, so the run that uses it sets the values for the others.
    model = max(experiments, key=lambda each: _course(each, BY_NAME["method"])[-1][1] == "optim")
    values = {row: row.shown(_course(model, row)[-1][1]) or _("none") for row in rows if row is not about}
    alike = [_("{setting} {value}", setting=row.called, value=value) for row, value in values.items()]
    alike += [_("the same data")] if len(rows) < len(differing(experiments)) else []
    return _("To test {setting} alone, give each run {others}.", setting=about.called, others=listed(alike))


def is_fair(experiments: Iterable[Experiment]) -> bool:
    """Whether exactly one thing differs, and no run changes it later on."""
    runs = tuple(experiments)
    found = differences(runs)
    return len(found) == 1 and not any(_changed_at(run, found[0]) for run in runs)


def _changed_at(experiment: Experiment, called: str) -> int | None:
    """The epoch at which the setting with this name changes during the run, or None."""
    courses = (_course(experiment, row) for row in ON_THE_WAY if row.called == called)
    return next((course[1][0] for course in courses if len(course) > 1), None)


def _course(experiment: Experiment, row: Setting) -> tuple[tuple[int, Any], ...]:
    """A setting's values over the run: (epoch, value) for the start and for each change."""
    if not row.on_the_way:
        return ((1, experiment.value(row)),)
    course: list[tuple[int, Any]] = []
    for epoch in (1, *(change.epoch for change in experiment.changes)):
        value = getattr(experiment.settings_at(epoch), row.field)
        if not course or course[-1][1] != value:
            course.append((epoch, value))
    return tuple(course)
