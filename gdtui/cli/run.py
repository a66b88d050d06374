"""A headless run: rows on standard output, messages about it on standard error."""

import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event
from typing import Any, NamedTuple

import click

from gdtui.cli.loading import LoadBackend
from gdtui.cli.options import (
    experiment_options,
    no_stream_option,
    planned_experiment_from,
    reads,
    stream_option,
    whole_option,
)
from gdtui.cli.printing import DONE, INTERRUPTED, format_option, printing, say
from gdtui.cli.ranks import part
from gdtui.errors import ExperimentError, HostError
from gdtui.experiment.backend import Backend, Course
from gdtui.experiment.epoch import Epoch
from gdtui.experiment.experiment import Experiment
from gdtui.experiment.surface import QuadraticSurface, Surface
from gdtui.experiment.typed_cost import NO_ROWS
from gdtui.numbers import count, parse_numbers, significant
from gdtui.storage.rows import Format, Writer
from gdtui.text import _, listed, ngettext
from gdtui.theory.advice import out_of_reach, warning
from gdtui.theory.costs_seen import all_on_one_side, no_minimum

NOT_FINITE, NOT_REACHED = 3, 4
"""Exit codes of a run, in addition to those of all printing commands."""

MOST_ROWS_AT_ONCE = 1024
"""The most rows written together: few enough that their numbers stay in the processor's cache."""

SECONDS_BEFORE_PROGRESS, SECONDS_BETWEEN_LOOKS = 1.0, 0.1


@click.command(
    "run",
    help=_("""Run without the lab, and print one line per epoch, as the lecture does.

    Exit codes: 0 done, 1 the lines cannot be written, 2 wrong usage or bad input, 3 the cost is no longer finite,
    4 --until-cost, --until-change or --patience not reached, 130 interrupted.
    """),
)
@experiment_options
@stream_option
@format_option(("lecture", "csv", "jsonl", "text"), _("text: one sentence per epoch."))
@whole_option("--every", 1, _("Print only every Nth epoch, plus the first and the last. [1]"), least=1)
@click.option(
    "--predict",
    callback=reads(parse_numbers),
    multiple=True,
    metavar="NUMBERS",
    help=_("After the run, print H(x) for these x, such as 4,5."),
)
@click.pass_obj
def run_command(
    load_backend: LoadBackend,
    /,
    style: Format,
    every: int,
    predict: tuple[tuple[float, ...], ...],
    **given: Any,
) -> int:
    """Print a run."""
    experiment = planned_experiment_from(given)
    if predict and experiment.function is not None:
        raise ExperimentError("predict", NO_ROWS)
    rows = rows_to_predict(predict, experiment.dataset.inputs)
    with listening(load_backend) as (interruption, backend):
        if interruption.is_set():
            return INTERRUPTED
        surface = backend.surface(experiment)
        if surface.quadratic and not surface.quadratic.has_one_minimum:
            say(many_minima(experiment, surface.quadratic))
        if impossible := out_of_reach(experiment, surface):
            say(impossible)
            return NOT_REACHED
        writer = Writer(experiment, style, predicts=bool(rows))
        printer = Printer(experiment, writer, every, rows, interruption)
        return printing(lambda: printer.print_run_with_others(backend, surface))


def rows_to_predict(given: tuple[tuple[float, ...], ...], columns: int) -> tuple[tuple[float, ...], ...]:
    """Rows of x to predict for: with one column each number is a row, with several each --predict is one."""
    if columns == 1:
        return tuple((number,) for numbers in given for number in numbers)
    for numbers in given:
        if len(numbers) != columns:
            raise ExperimentError(
                "predict",
                _("{given} given, but x has {n} columns: give one number per column", given=len(numbers), n=columns),
            )
    return given


@click.command(
    "script",
    help=_("""Print the run as a single Python file, or as a notebook.

    gdtui script > run.py && python3 run.py prints what gdtui run prints. The file needs only torch, and checks its
    own result.
    gdtui script --notebook > run.ipynb does the same in cells, and plots the cost and W if matplotlib is installed.
    The exit codes are those of gdtui run; with 3 and 4 the file is still printed.
    """),
)
@experiment_options
@no_stream_option
@click.option(
    "as_notebook", "--notebook", is_flag=True, help=_("Print a notebook (.ipynb) with a plot of the cost and of W.")
)
@click.pass_obj
def script_command(load_backend: LoadBackend, /, as_notebook: bool, **given: Any) -> int:
    """Print the script or notebook of a run; the exit code is that of the run itself."""
    experiment, backend = planned_experiment_from(given), load_backend()
    surface = backend.surface(experiment)
    course = Course(experiment, backend.trainer(experiment))
    for _epoch in course:
        pass
    write_out = backend.notebook if as_notebook else backend.script
    script = write_out(experiment, course.last).encode()  # Python reads UTF-8, whatever the locale

    def write() -> int:
        click.echo(script, nl=False)
        return _ended(experiment, course, surface)

    return printing(write)


@contextmanager
def listening(load_backend: LoadBackend) -> Iterator[tuple[Event, Backend]]:
    """Load torch; on ctrl+c, set the event so that the run can finish its row.

    An exception could cut a row in two, or get lost in an import. While torch is loading, which may hang, a second
    ctrl+c ends the program at once.
    """
    interruption, is_loading = Event(), True

    def note(*_given: object) -> None:
        if interruption.is_set() and is_loading:
            os._exit(INTERRUPTED)
        interruption.set()

    before = signal.signal(signal.SIGINT, note)
    try:
        backend = load_backend()
        is_loading = False
        yield interruption, backend
    finally:
        signal.signal(signal.SIGINT, before)


def _ended(experiment: Experiment, course: Course, surface: Surface) -> int:
    """The exit code of a run from its last epoch: whether it diverged, or did not reach its stop condition."""
    last = course.last
    if line := warning(experiment, course.first, last, surface):
        say(line)
    best = course.best
    told, kept = surface.told(last.parameters), experiment.dataset.kept
    if told and last.is_finite:
        words = _("{n:,} of {rows:,} labels are right", n=told[0], rows=experiment.dataset.rows)
        if kept:
            words = _("{words}, and {n:,} of {rows:,} of those kept back", words=words, n=told[1], rows=kept.rows)
        say(words)
        if side := all_on_one_side(experiment, last.parameters, surface):
            say(_("{side}, as H(0) is 0.5 without b: add --bias", side=side))
        if why := no_minimum(experiment, course.first, last, surface):
            say(_("{why}; try --weight-decay 0.01, with which W comes to rest", why=why))
    if kept:
        cost = significant(best.cost)
        say(_("the validation cost was lowest at epoch {number}: {cost}", number=best.number, cost=cost))
    if not last.is_finite:
        return NOT_FINITE
    by, epochs = course.stopped_by, count(experiment.epochs, "epoch")
    if not experiment.may_stop or by in ("until_cost", "patience") or (by and experiment.until_cost is None):
        return DONE
    if experiment.until_cost is not None:
        values = {"cost": significant(last.cost), "n": epochs, "wanted": significant(experiment.until_cost)}
        say(_("the cost is {cost} after {n}, still above {wanted}: allow more with --epochs", **values))
    elif experiment.until_change is not None:
        change, wanted = significant(abs(last.cost - course.before)), significant(experiment.until_change)
        said = _(
            "the last of {n} still changed the cost by {change}, not by less than {wanted}: allow more with --epochs",
            n=epochs,
            change=change,
            wanted=wanted,
        )
        say(said)
    else:
        most = count(experiment.patience or 0, "epoch")
        say(_("the validation cost never went {most} without falling, so the run took all its epochs", most=most))
    return NOT_REACHED


def many_minima(experiment: Experiment, surface: QuadraticSurface) -> str:
    """A note for when the minimum is not a single point."""
    data, least = experiment.dataset, ", ".join(significant(value) for value in surface.minimum)
    zeros = [name for name, values in zip(data.features, data.x, strict=True) if not any(values)]
    constant = [name for name, values in zip(data.features, data.x, strict=True) if min(values) == max(values)]
    names = experiment.layout.of_target(experiment.parameter_names, 0)
    if zeros:
        why = _("{columns} is 0 in every row, so its weight makes no difference.", columns=listed(zeros))
    elif data.rows < len(names):
        why = ngettext(
            "{n} row is too few to tell {names} apart.",
            "{n} rows are too few to tell {names} apart.",
            data.rows,
            names=listed(names),
        )
    elif constant and experiment.has_bias:
        why = _("{columns} is the same in every row, so W and b cannot be told apart.", columns=listed(constant))
    else:
        why = _("some columns of x are weighted sums of the others, so their weights cannot be told apart.")
    many = _(
        "Many choices of parameters reach the lowest cost. The one with the smallest norm is {least}.", least=least
    )
    return f"{why} {many}"


class Printer(NamedTuple):
    """Prints one run."""

    experiment: Experiment
    writer: Writer
    every: int
    """The first and last row are printed, and those whose number is divisible by this."""
    predict: tuple[tuple[float, ...], ...]
    """The rows of x to predict for at the end."""
    interrupted: Event
    """Set when the run should end after the current row."""

    def print_run_with_others(self, backend: Backend, surface: Surface) -> int:
        """Print the run; at its end, all processes that share the rows wait for each other."""
        try:
            code = self.print_run(backend, surface)
            if not self.interrupted.is_set():
                part()
        except HostError:
            if not self.interrupted.is_set():
                raise
            return INTERRUPTED  # ctrl+c ended the others too, perhaps one epoch earlier
        return code

    def print_run(self, backend: Backend, surface: Surface) -> int:
        """Print the rows and what follows from the last one; return the exit code."""
        if header := self.writer.header():
            print(header)
        with Progress(self.experiment.epochs) as progress:
            course = Course(self.experiment, backend.trainer(self.experiment))
            self._print_rows(course, progress)
        last = course.last
        if self.interrupted.is_set():
            return INTERRUPTED
        if last.is_finite:
            targets = range(self.experiment.layout.targets)
            for x in self.predict:
                values = tuple(self.experiment.predict(last.parameters, x, target) for target in targets)
                print(self.writer.prediction(x, values))
            if scaling := self.experiment.dataset.scaling:
                layout = self.experiment.layout
                pairs = zip(layout.names, layout.in_own_units(last.parameters, scaling), strict=True)
                numbers = ", ".join(f"{name} = {significant(value)}" for name, value in pairs)
                say(_("in the data's own units: {numbers}", numbers=numbers))
        elif line := self.writer.divergence(last.number):
            print(line)
        return _ended(self.experiment, course, surface)

    def _print_rows(self, course: Course, progress: "Progress") -> None:
        """Take the epochs and print the wanted ones, several at a time; stop printing after an interruption.

        Like the lecture, it does not print the state after the last update.
        """
        planned, every, rows, printed = self.experiment.epochs, self.every, list[Epoch](), 0
        try:
            for epoch in course:
                number = epoch.number
                if course.is_over or self.interrupted.is_set():
                    break
                if number % every == 0 or number in (1, planned):
                    rows.append(epoch)
                    printed = number
                if len(rows) == MOST_ROWS_AT_ONCE or progress.is_due(number):
                    self._print(rows)
        finally:
            self._print(rows)
        end = course.finite
        is_shown = course.stopped_by or self.writer.style != "lecture"
        if end and end.number != printed and (is_shown or end.number <= planned):
            print(self.writer.row(end, stopped_by=course.stopped_by))

    def _print(self, rows: list[Epoch]) -> None:
        """Print these rows and clear the list."""
        if rows:
            text = self.writer.rows(rows)
            rows.clear()
            print(text, flush=True)


class Progress:
    """A progress bar on standard error: only on a terminal, for a long run whose rows go to a file or pipe."""

    def __init__(self, length: int, what: str = _("epochs")) -> None:
        self._next_look = time.monotonic() + SECONDS_BETWEEN_LOOKS
        self._is_long_from = time.monotonic() + SECONDS_BEFORE_PROGRESS
        self.bar: Any = None
        if sys.stderr.isatty() and not sys.stdout.isatty():
            self.bar = click.progressbar(length=length, label=what, file=sys.stderr)

    def __enter__(self) -> "Progress":
        return self

    def __exit__(self, *_error: object) -> None:
        if self.bar and self.bar.pos:
            self.bar.update(0)
            self.bar.render_finish()

    def is_due(self, number: int) -> bool:
        """Whether to update the bar now that the run has reached this epoch."""
        now = time.monotonic()
        if now < self._next_look:
            return False
        self._next_look = now + SECONDS_BETWEEN_LOOKS
        if self.bar and now >= self._is_long_from:
            self.bar.update(number - self.bar.pos)
        return True
