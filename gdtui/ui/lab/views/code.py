"""The code view: the lecture's loop with each line's value beside it, which can be executed line by line."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from functools import partial

import msgspec

from gdtui.experiment.backend import Backend, CodeLine, Value, gradient_in_code, used_in
from gdtui.experiment.epoch import Epoch
from gdtui.experiment.experiment import Experiment
from gdtui.experiment.kinds import NUMBER
from gdtui.lab.frame import NOT_YET, Frame, Unknown
from gdtui.lab.run import Run
from gdtui.lab.workspace import Workspace
from gdtui.numbers import decimals_for, fixed, in_brackets, in_rows, significant, vector
from gdtui.text import _
from gdtui.ui.common.rows import Row, Span
from gdtui.ui.lab.views import view
from gdtui.ui.lab.views.fading import FadingView, HiddenNumber

MOST_ROWS = 6
"""How many rows of the data a value shows."""

CONTINUED = 4
"""How much further a continuation line is indented."""

ARROW, GAP = "→ ", 2
"""The mark before a value, and its distance from the line of code."""

TOLD_BY: dict[Value, tuple[Unknown, ...]] = {
    "cost": ("cost",),
    "gradient": ("gradient",),
    "parameters": ("gradient", "update", "following"),
}
"""What a value gives away."""


EVERYTHING: frozenset[Unknown] = frozenset(("cost", "gradient", "update", "following"))

Hypothesis = tuple[tuple[float, ...], ...]
"""H(x) for the first rows, one number per target."""


class CodeView(FadingView):
    """Shows the loop; going line by line, it marks the current line."""

    name, title = "code", _("Code")

    def __init__(self) -> None:
        super().__init__()
        self.code: tuple[CodeLine, ...] = ()
        self.at: int | None = None
        """The last line executed, as an index into the code; None while whole epochs are taken."""
        self._place: tuple[Run, int] | None = None
        self._of: tuple[Experiment, Epoch] | None = None
        """The experiment and epoch of the code and its values."""
        self._hypothesis: Hypothesis = ()
        """H(x) at the epoch shown; empty while much data plays, or while a thread computes it."""
        self._has_moved = False

    def follow(self, workspace: Workspace, frame: Frame) -> None:
        """Show the current epoch; moving to another epoch in any other way ends going line by line."""
        self.fade(workspace)
        place = workspace.run, workspace.run.cursor
        if workspace.player.is_playing or place != self._place:
            self.at, self._place = None, place
        self.entitle(frame, _("Code for epoch {number:,}", number=frame.epoch.number))
        of = frame.experiment, frame.epoch
        if of != self._of:
            self._of, self._hypothesis, self._wanted = of, (), None
            self.code = workspace.backend.code(frame.experiment, frame.epoch.number)
        if self._hypothesis or (frame.experiment.dataset.rows > view.LARGE and workspace.player.is_playing):
            return
        job = partial(hypothesis, workspace.backend, *of)
        if frame.experiment.dataset.rows <= view.LARGE:
            self._hypothesis = job()
        else:
            self.find_later(of, job, partial(setattr, self, "_hypothesis"))

    def leave(self) -> None:
        """Hide nothing any more once it is closed."""
        self.at = None

    @property
    def steps(self) -> list[int]:
        """The lines of an epoch that are executed, as indexes into the code."""
        body = (index for index, line in enumerate(self.code) if line.text.startswith(" "))
        first = next(index for index, line in enumerate(self.code) if line.stage)
        return [index for index in body if index >= first and not self.code[index].text.lstrip().startswith("#")]

    @property
    def unknown(self) -> frozenset[Unknown]:
        """What no executed line has shown yet, and what is hidden."""
        told = EVERYTHING
        if self.at is not None:
            told = frozenset(name for line in self.code[: self.at + 1] for name in TOLD_BY.get(line.value, ()))
        return EVERYTHING - told | EVERYTHING & self.hidden

    def questions(self) -> Sequence[HiddenNumber]:
        """The gradient, the new parameter, and the cost."""
        epoch, index = self.seen.epoch, self.parameter
        name = self.seen.experiment.parameter_names[index]
        slopes, following = epoch.gradient, epoch.following
        return (
            HiddenNumber("gradient", _("the gradient for {name}", name=name), slopes[index], decimals_for(slopes)),
            HiddenNumber("following", _("the new {name}", name=name), following[index], decimals_for(epoch.update)),
            HiddenNumber("cost", _("the cost"), epoch.cost, 6),
        )

    def lines(self, width: int) -> Sequence[Row]:
        """The names that the code uses, and the code."""
        beginning = given(self.seen, self.code)
        rows, marked = code_rows(self.code, self._values(self.seen), self.at, width)
        height = self.content_size.height
        over = len(beginning) + len(rows) - height
        if self.at is None and 0 < over <= len(beginning):  # the code needs the room, first that of the empty row
            beginning = beginning[:-1][over - 1 :]
        if self._has_moved:
            self._has_moved = False
            at = len(beginning) + marked
            self.top = min(max(self.top, at + 2 - height), at)
        return [*beginning, *rows]

    def _values(self, frame: Frame) -> Mapping[Value, str]:
        """The values beside the lines, except hidden ones."""
        epoch, hidden = frame.epoch, self.hidden
        more = "" if frame.experiment.dataset.rows == len(self._hypothesis) else ", …"
        method = frame.experiment.settings_at(epoch.number).method
        called = gradient_in_code("W", method), gradient_in_code("b", method)
        slopes = by_name(frame, epoch.gradient, None, called)
        slopes = slopes.partition(" ")[2] if len(epoch.gradient) == 1 else slopes
        following = by_name(frame, epoch.following, decimals_for(epoch.update))
        return {
            "hypothesis": listed(self._hypothesis, more),
            "cost": NOT_YET if "cost" in hidden else fixed(epoch.cost, 6),
            "gradient": NOT_YET if "gradient" in hidden else slopes,
            "parameters": NOT_YET if "following" in hidden else following,
        }

    def carry_out(self, workspace: Workspace) -> bool:
        """Execute the next line; after the last comes the first of the next epoch. False if there is none."""
        run = workspace.run
        self._has_moved = True
        if self.at is not None and self.at < self.steps[-1]:
            self.at = next(index for index in self.steps if index > self.at)
            return True
        if self.at is not None:
            before = run.cursor
            workspace.step(1)
            if run.cursor == before:
                return False
            self.code = workspace.backend.code(run.experiment, run.cursor + 1)
        self.at, self._place = self.steps[0], (run, run.cursor)
        return True


def hypothesis(backend: Backend, experiment: Experiment, epoch: Epoch) -> Hypothesis:
    """H(x) for the first rows, as over all rows even if batches follow."""
    whole = msgspec.structs.replace(experiment, batch=None, seed=0, order="shuffled")
    taken_apart = partial(backend.breakdown, whole, epoch, (), rows=MOST_ROWS)
    targets = [taken_apart(target=target) for target in range(whole.layout.targets)]
    columns = ([row.hypothesis for row in parts.shown[: parts.rest_after]] for parts in targets)
    return tuple(zip(*columns, strict=True))


def given(frame: Frame, code: Sequence[CodeLine]) -> list[Row]:
    """The names that the code uses, with their values at the start of the epoch."""
    data, settings = frame.experiment.dataset, frame.settings
    x, y = (
        listed([(number,) for number in columns[0][:MOST_ROWS]], ", …" if data.rows > MOST_ROWS else "")
        if is_list
        else _("{n:,} rows of {columns}", n=data.rows, columns=len(columns))
        for columns, is_list in ((data.x, len(data.x) == len(data.ys) == 1), (data.ys, len(data.ys) == 1))
    )
    parameters = by_name(frame, frame.epoch.parameters, decimals_for(frame.epoch.update))
    rows: list[Row] = [(("x_train ", "dim"), (x, "text"), ("  y_train ", "dim"), (y, "text"))] if data.rows else []
    runs: list[Span] = [(parameters, "main")]
    for row in used_in(code):
        value = getattr(settings if row.on_the_way else frame.experiment, row.field)
        text = significant(value) if row.kind is NUMBER else str(value)
        runs += [(f"  {row.variable} ", "dim"), (text, "text")]
    return [*rows, tuple(runs), ()]


def code_rows(
    code: Sequence[CodeLine], values: Mapping[Value, str], at: int | None, width: int
) -> tuple[list[Row], int]:
    """The code with the values of the executed lines, and the row in which the marked line begins."""
    rows: list[Row] = []
    marked = 0
    for index, line in enumerate(code):
        is_now, is_done = index == at, at is None or index <= at
        marked = len(rows) if is_now else marked
        role = "marked" if is_now else "text" if is_done else "dim"
        texts = wrapped(line.text, width)
        if is_now:
            rows.append((("▸", "now"), (texts.pop(0)[1:], role)))
        value = values.get(line.value, "") if is_done else ""
        rows += [((text, role),) for text in texts]
        size = sum(len(text) for text, _ in rows[-1])
        runs = ((ARROW, "dim"), (value, "now" if value == NOT_YET or is_now else "main"))
        if value and size + len(value) + len(ARROW) + GAP <= width:
            rows[-1] = (*rows[-1], (" " * GAP, role), *runs)
        elif value:
            rows.append(((" " * 2 * CONTINUED, role), *runs))
    return rows, marked


def wrapped(text: str, width: int) -> list[str]:
    """A line of code broken into rows of this width: after its first bracket if possible, otherwise between words."""
    if len(text) <= width:
        return [text]
    indent = " " * (len(text) - len(text.lstrip()))
    head, bracket, rest = text.partition("(")
    if bracket and len(indent) + CONTINUED + len(rest) <= width:
        return [head + bracket, indent + " " * CONTINUED + rest]
    return textwrap.wrap(text, width, subsequent_indent=indent + " " * CONTINUED, break_on_hyphens=False) or [""]


def listed(rows: Sequence[Sequence[float]], more: str) -> str:
    """Rows as Python lists: `[1.4, 2.8, 4.2]` with one number each, and `[[1.4, 1.1], [2.8, 0.9]]` with two."""
    texts = [", ".join(significant(number, 5) for number in row) for row in rows]
    return f"[{', '.join(texts if len(rows[0]) == 1 else [f'[{text}]' for text in texts])}{more}]" if rows else ""


def by_name(frame: Frame, numbers: tuple[float, ...], decimals: int | None, names: tuple[str, str] = ("W", "b")) -> str:
    """`W 1.400`, or `W [1.400 2.000]  b 0.100`, with the names of the code's tensors."""
    layout, (of_weights, of_bias) = frame.experiment.layout, names
    if layout.targets > 1:
        rows, biases = layout.matrix(
            [fixed(n, decimals_for(numbers) if decimals is None else decimals) for n in numbers]
        )
        return f"{of_weights} {in_rows(rows)}" + (f"  {of_bias} {in_brackets(biases, len(biases))}" if biases else "")
    weights, bias = layout.split(numbers, 0)
    text = f"{of_weights} {vector(weights, decimals_for(weights) if decimals is None else decimals, 4)}"
    if bias is None:
        return text
    return f"{text}  {of_bias} {fixed(bias, decimals_for([bias]) if decimals is None else decimals)}"
