"""The proof: by hand, autograd and torch.optim side by side to the last bit, optionally with a bug in one of them."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from os.path import commonprefix

from textual.timer import Timer
from textual.worker import Worker

from gdtui.experiment.experiment import Experiment
from gdtui.experiment.proof import (
    BUGS,
    NAMES,
    Bug,
    Comparison,
    MethodEpoch,
    code_of,
    what_the_bug_does,
    why_they_differ,
)
from gdtui.experiment.surface import STEP, Surface
from gdtui.lab.frame import Frame
from gdtui.lab.lockstep import MOST_EPOCHS, Lockstep
from gdtui.lab.workspace import Workspace
from gdtui.numbers import as_many_digits, significant
from gdtui.text import _
from gdtui.ui.common.rows import Row, Span, keyed
from gdtui.ui.lab.views import view
from gdtui.ui.lab.views.view import LabView

DIGITS = {"float32": 9, "float64": 17}
"""This many digits distinguish any two neighbouring numbers."""

WIDEST = 24
"""The widest that a column gets."""

SECONDS_BETWEEN = 0.02
"""The pause between two stretches while catching up with a run that is far ahead."""

INDENT = "  "
"""Before the continuation lines of a sentence."""

NO_BREAK = "\N{NO-BREAK SPACE}"


class ProofView(LabView):
    """Follows the run epoch by epoch. A bug exists only in the proof: the run itself stays correct."""

    name, title = "proof", _("Proof: one step, three ways")

    def __init__(self) -> None:
        super().__init__()
        self.bug: Bug | None = None
        self._lockstep: Lockstep | None = None
        self._comparisons: tuple[Comparison, ...] = ()
        self._catching_up: Timer | None = None
        self._compared: tuple[Experiment, Bug | None] | None = None
        """What a thread is comparing, for large data."""
        self._worker: Worker[None] | None = None

    def change_bug(self, by: int) -> None:
        """Insert the next bug, or after the last one none."""
        choices = (None, *BUGS)
        self.bug = choices[(choices.index(self.bug) + by) % len(choices)]
        self.top = 0

    def follow(self, workspace: Workspace, frame: Frame) -> None:
        """Compare up to the current epoch."""
        self.entitle(
            frame, _("Epoch {number:,}, three ways", number=frame.epoch.number) if frame.is_after_plan else self.title
        )
        self._lockstep = self._lockstep or Lockstep(workspace.backend)
        if frame.experiment.dataset.rows > view.LARGE:
            self._follow_later(self._lockstep, frame)
        else:
            self._comparisons = self._lockstep.follow(frame.experiment, self.bug, frame.epoch.number)
        is_behind = len(self._comparisons) < min(frame.epoch.number, MOST_EPOCHS)
        if is_behind and self._catching_up is None and not self.is_given_up:
            self._catching_up = self.set_timer(SECONDS_BETWEEN, self._catch_up)

    def _follow_later(self, lockstep: Lockstep, frame: Frame) -> None:
        """The same for large data, on a thread: the next look shows whatever has been compared."""
        compared = (frame.experiment, self.bug)
        if compared != self._compared:
            self._compared, self._comparisons, self.is_given_up = compared, (), False
        if self._worker is None or self._worker.is_finished:
            self._worker = self.on_thread(partial(self._compare, lockstep, *compared, frame.epoch.number))

    def _compare(self, lockstep: Lockstep, experiment: Experiment, bug: Bug | None, number: int) -> None:
        found = lockstep.follow(experiment, bug, number)
        if (experiment, bug) == self._compared and not self.is_given_up:
            self._comparisons = found

    def leave(self) -> None:
        """Stop catching up."""
        if self._catching_up:
            self._catching_up.stop()
        self._catching_up = None

    def lines(self, width: int) -> Sequence[Row]:
        """The proof as far as it has been compared."""
        frame = self.seen
        if not self._comparisons:
            return [self.at_work(frame.experiment.dataset.rows)]
        height = self.content_size.height
        return proof_rows(
            self._comparisons, frame.experiment, frame.epoch.number, width, height, frame.surface, self.key
        )

    def _catch_up(self) -> None:
        self._catching_up = None
        self.follow(self.workspace, self.seen)
        self.repaint()


def proof_rows(
    comparisons: tuple[Comparison, ...],
    experiment: Experiment,
    epoch: int,
    width: int,
    height: int,
    surface: Surface | None = None,
    key: Mapping[str, str] = {},
) -> list[Row]:
    """The whole proof in this width, with as many epochs as fit, but at least two.

    With the cost surface, it also has the difference quotient at the last epoch.
    """
    now = comparisons[-1]
    head = [_bug_row(now, key), _switches(now, experiment, width, key)]
    is_finite = surface is not None and now.gradient_ulps is not None
    at = now.sound[0].parameters
    quotients = surface.difference_quotient(experiment, now.number, at) if surface and is_finite else ()
    sentences = [*_sentences(comparisons, experiment), *_check(now, quotients, experiment.parameter_names)]
    tail = [row for text, role in sentences for row in _wrapped(text, role, width)]
    reasons = [row for reason in why_they_differ(now) for row in _wrapped(reason, "text", width)]
    names = experiment.parameter_names
    fewest = 1 if len(names) > 2 else 2
    least = len(head) + 2 + 2 * fewest * len(names) + len(tail)
    if now.bug is None or least + len(reasons) <= height:  # with a bug, the last bits do not matter
        tail += reasons
    if epoch > now.number:
        behind = _("compared up to epoch {number:,}", number=now.number)
        if epoch <= MOST_EPOCHS:
            behind = _("compared up to epoch {number:,} so far", number=now.number)
        tail.append(((behind, "warn"),))
    room = (height - len(head) - len(tail) - 2) // (2 * len(names))
    shown = comparisons[-max(fewest, room) :]
    tables = (*_table("gradient", shown, names, width, quotients), *_table("W", shown, names, width, quotients))
    return [*head, *tables, *tail]


def _bug_row(now: Comparison, key: Mapping[str, str]) -> Row:
    """Whether there is a bug, which one, and its code."""
    if now.bug is None:
        return ((_("no bug   "), "good"), *(keyed(_("{bug} inserts one"), bug=key["next-bug"]) if key else ()))
    return (
        (_("BUG: {name}", name=now.bug), "bad"),
        (f"  {code_of(now.bug, now.settings.convention, now.objective)}", "main"),
    )


def _switches(now: Comparison, experiment: Experiment, width: int, key: Mapping[str, str]) -> Row:
    """What all three methods share, with the keys that change it."""
    data = experiment.dataset
    if not now.objective.is_of_rows:
        return ((f"{';  '.join(now.objective.slope_equations())}   "[:width], "text"), (now.dtype, "dim"))
    convention = now.settings.convention
    factor = now.objective.factor(convention).before_sum
    formula = f" {factor}{now.objective.slope_formula}" if width > 56 else ""
    known = {each: key.get(each, "") for each in ("next-convention", "standardize", "rescale")}
    scaling = _("standardized") if data.scaling else _("raw")
    switches = (f"{convention}{formula}", scaling, f"x × {significant(data.x_scale, 3)}")
    pairs = zip(known.values(), switches, strict=True)
    return (*(run for shown, words in pairs for run in ((shown, "key"), (f" {words}   ", "text"))), (now.dtype, "dim"))


def _table(
    of: str, shown: tuple[Comparison, ...], names: tuple[str, ...], width: int, quotients: tuple[float, ...]
) -> Iterator[Row]:
    """The gradient, or W and b, at several epochs; the last gradient also with its difference quotient if that fits."""
    last = shown[-1]
    label = max(9, 6 + max(map(len, names)))
    has_room = bool(quotients) and width >= label + 4 * (DIGITS[last.dtype] + 5)
    room = min((width - label) // (4 if has_room else 3), WIDEST)
    title = _("gradient") if of == "gradient" else ", ".join(names) if len(names) < 3 else f"{names[0]} … {names[-1]}"
    heads = [(_name(column, last).rjust(room), "bad" if last.is_buggy(column) else "dim") for column in last.columns]
    has_quotient = has_room and of == "gradient"
    yield ((f"{title:<{label}}", "main"), *heads, (_("quotient").rjust(room) if has_quotient else "", "dim"))
    for comparison in shown:
        is_now = comparison is last
        for index, name in enumerate(names):
            number = f"{comparison.number:>4}" if index == 0 or len(names) == 1 else " " * 4
            mark = f"{'▸' if is_now and index == 0 else ' '}{number} "
            text = mark if len(names) == 1 else f"{mark}{name}"
            yield (
                (f"{text:<{label}}"[:label], "main" if is_now else "dim"),
                *_cells(comparison, of == "gradient", index, room, is_now=is_now),
                (significant(quotients[index], 9).rjust(room) if has_quotient and is_now else "", "main"),
            )


def _name(column: MethodEpoch, last: Comparison) -> str:
    """The method's name, marked if it has the bug."""
    return f"BUG {NAMES[column.method].removeprefix('torch.')}" if last.is_buggy(column) else NAMES[column.method]


def _cells(comparison: Comparison, is_gradient: bool, index: int, room: int, *, is_now: bool) -> Iterator[Span]:
    """One number of each method, with the digits highlighted that differ from the first correct one."""
    most = DIGITS[comparison.dtype]
    reference = as_many_digits(_number(comparison.sound[0], is_gradient, index), most, room - 1)
    for column in comparison.columns:
        text = as_many_digits(_number(column, is_gradient, index), most, room - 1)
        has_left = comparison.left_at is not None and comparison.number >= comparison.left_at
        role = "main" if is_now else "text"
        if comparison.is_buggy(column) and has_left and text != reference:
            yield text.rjust(room), "bad"
            continue
        is_as_long = len(text) == len(reference)
        same = len(commonprefix((text, reference))) if is_as_long else 0  # noqa: RUF071  # characters are meant
        yield text[:same].rjust(room - len(text) + same), role
        yield text[same:], "warn"


def _number(column: MethodEpoch, is_gradient: bool, index: int) -> float | None:
    numbers = column.gradient if is_gradient else column.parameters
    return numbers[index] if numbers else None


def _sentences(comparisons: tuple[Comparison, ...], experiment: Experiment) -> Iterator[Span]:
    """That the run itself uses another method, what the bug does, and how much the correct methods differ."""
    now = comparisons[-1]
    settings = experiment.settings_at(now.number)
    if not experiment.is_plain(settings):
        by = settings.optimizer.name if experiment.batch is None else _("batches")
        yield (
            _("The proof uses plain gradient descent over all rows. The run itself uses {optimizer}.", optimizer=by),
            "warn",
        )
    yield what_the_bug_does(comparisons, experiment.parameter_names), "bad" if now.left_at else "warn"
    for refusal in now.buggy.refusal if now.buggy else ():
        yield refusal, "warn"
    is_sound = now.bug is None
    if now.gradient_ulps is None or now.parameter_ulps is None:
        yield _("all three: too large to compare") if is_sound else _("the other two: too large to compare"), "warn"
    elif now.differ_since is None:
        same = _("all three agree to the last bit (0 ulp)")
        yield same if is_sound else _("the other two agree to the last bit (0 ulp)"), "good"
    else:
        name = "W" if len(experiment.parameter_names) == 1 else _("parameters")
        apart = {"gradient": _ulps(now.gradient_ulps), "name": name, "parameters": _ulps(now.parameter_ulps)}
        if is_sound:
            yield _("largest difference: gradient {gradient}, {name} {parameters}", **apart), "main"
        else:
            yield _("the other two differ: gradient {gradient}, {name} {parameters}", **apart), "main"


def _check(now: Comparison, quotients: tuple[float, ...], names: tuple[str, ...]) -> Iterator[Span]:
    """The gradient from difference quotients: their step, and their largest distance from the first correct method."""
    if not quotients:
        return
    slopes = now.sound[0].gradient
    steepest = max(range(len(quotients)), key=lambda index: abs(quotients[index]))
    off = max(abs(quotient - slope) for quotient, slope in zip(quotients, slopes, strict=True))
    text = (
        f"{names[steepest]} {significant(quotients[steepest], 9)}" if len(names) > 1 else significant(quotients[0], 9)
    )
    what = now.objective.differentiated(now.settings.convention)
    if now.settings.penalty:
        what = _("{what} with weight decay", what=what)
    known = {"what": what, "quotient": text, "step": significant(STEP), "off": significant(off, 2)}
    yield _("difference quotient of {what}: {quotient}, h {step}, off by at most {off}", **known), "main"


def _ulps(number: int) -> str:
    return f"{number:,} ulp" if number < 10**6 else f"{significant(number, 2)} ulp"


def _wrapped(text: str, role: str, width: int) -> Iterator[Row]:
    """A sentence over as many lines as necessary; an equation at its end is kept together if possible."""
    words, colon, ending = text.rpartition(": ")
    if " = " in ending and len(ending) <= width - len(INDENT):
        text = words + colon + ending.replace(" ", NO_BREAK)
    for line in textwrap.wrap(text, width, subsequent_indent=INDENT):
        yield ((line.replace(NO_BREAK, " "), role),)
