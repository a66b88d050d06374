"""Every surface that takes typed text: how one input is made up by chance, and what takes it.

What is taken is done or refused in one line of ours, fit to be shown. Any other exception is a failure.
"""

import gc
import io
import os
import sys
from collections.abc import Callable
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from random import Random
from typing import Any, NamedTuple
from unittest.mock import patch

sys.path.insert(0, str(Path(__file__).parents[1]))

import click
from click.shell_completion import ShellComplete
from lessons import KINDS, LESSON, MORE, VIEWS, read
from readers import refusing, seeds

from gdtui.cli import lab, main
from gdtui.cli.plain_lesson import after_lines, asking_lines, page_lines
from gdtui.descent.backend import BACKEND
from gdtui.errors import ExperimentError, UserError
from gdtui.experiment.change import Change
from gdtui.experiment.command_line import shell_line
from gdtui.experiment.dataset import typed
from gdtui.experiment.experiment import Experiment
from gdtui.experiment.optimizer import OPTIMIZERS, Optimizer
from gdtui.lab.run import Run
from gdtui.lab.workspace import Workspace
from gdtui.numbers import parse_number, parse_numbers
from gdtui.storage.table import read_table
from gdtui.teaching.catalogue import lesson_named
from gdtui.teaching.events import GoOn, read_event
from gdtui.teaching.lesson import LoadedLesson
from gdtui.teaching.limits import Limit
from gdtui.teaching.prediction import judge, reply_lines
from gdtui.teaching.questions.all_kinds import lab_kinds, predict
from gdtui.teaching.session import Session
from gdtui.text import unfit
from gdtui.ui.lab.edit import field_of
from gdtui.ui.lab.form import FIELDS, asks_for_a_file, hint_of, read_form, texts_of
from gdtui.ui.lab.views.fading import HiddenNumber

MOST_UPDATES = 300
"""How many updates an input is followed for: what is fuzzed is the reading."""

NUMBERS = (
    "0", "1", "-1", "0.1", "-5,6", "1e-3", "28/5", "1/0", "1e308", "-1e308", "1e-320", "1e999", "9" * 400, "1e38",
    "1e9999", "nan", "inf", "-0", "1_000", "0x10", "1,000", "1e5", "2147483648", "1000000001", "0.5", ".5", "5.", "3",
)  # fmt: skip
ODD = (
    "", " ", "\u2212" + "5", "\uff11", "\u0661", "\u00b2", "\u00bd", "\ud55c\uae00", "\u1112\u1161", "\u202e1",
    "e\u0301\u0301\u0301\u0301\u0301\u0301", "\U0001f600", "\x1b[2J", "\x7f", "\t", "\n", "x" * 3000, "{W}", "%s", "'",
    '"', "#", "=", ",", ";", ":", "?", "-", "--", "~", ".", "[1,2]", "(", "^", "\u00a0", "\u3000",
)  # fmt: skip
SETTINGS = (
    "linear", "logistic", "mse", "cross-entropy", "hand", "autograd", "optim", "sum", "mean", "default", "yes", "no",
    "sgd", "adam", "adam,beta2=0.99", "momentum,momentum=1", "rmsprop,alpha=", "float32", "float64", "shuffled",
    "table", "lecture", "table.csv", "gaps.csv", "labels.csv", "missing.csv", "x=1,2 y=0,1", "x=1 x=2 y=1", "y=1 x=2",
    "1,2", "1 2 3", "0,1,1", "1;2;3", "raw", "standardized", "XW + b", *OPTIMIZERS,
)  # fmt: skip
LINES = (
    "step 10", "step", "again", "pin", "try 1.2", "play 0.1", "script 4.66569", "lr = 0.05", "lr 0.07", "W = 1", "W 1",
    "b = 2", "a = 1", "b 1.5", "optimizer = adam,beta1=0.9", "batch = 2", "x = 1,2", "w0 = 3", "method = optim",
    "1 2 3", "3 1 2", "swap 1 2", "up 1", "left", "right", "yes", "no", "u", "d", "1", "2", "halve", "?",
    "", "next", "step 10000", "step 99999999", "hypothesis = logistic", "cost = mse", "bias = yes", "n",
    "gradient = slope(W)",
)  # fmt: skip


def mutated(chance: Random, text: str) -> str:
    """A text after a few changes, or as it was."""
    for _ in range(chance.choice((0, 0, 1, 2, 5))):
        at = chance.randint(0, len(text))
        end = min(len(text), at + chance.choice((0, 1, 1, 4)))
        put = chance.choice((chance.choice(NUMBERS), chance.choice(ODD), chr(chance.randrange(0x21, 0xD7FF)), ""))
        text = text[:at] + put + text[end:]
    return text


def some_text(chance: Random, *good: tuple[str, ...]) -> str:
    """One of the good texts, a number or something odd, and seldom as it was."""
    return mutated(chance, chance.choice(chance.choice((*good, *good, NUMBERS, ODD))))


def limited() -> Any:
    """A backend that soon has had enough."""
    return Limit(MOST_UPDATES).on(BACKEND)


# The command line


@cache
def _commands() -> tuple[tuple[tuple[str, ...], click.Command], ...]:
    """Every command by its words; the lab has none."""
    context = click.Context(main.command)
    found = [((), main.command)]
    for name in main.command.list_commands(context):
        command = main.command.get_command(context, name)
        found.append(((name,), command))
        found += [((name, word), sub) for word, sub in getattr(command, "commands", {}).items()]
    return tuple(found)


class CommandLine(NamedTuple):
    """What is typed to a shell, and what to standard input."""

    words: tuple[str, ...]
    stdin: str


def command_line(chance: Random) -> CommandLine:
    """A command with options that it has, most of them with something good."""
    weights = [RARE.get(" ".join(names), 4 if len(command.params) > MANY else 1) for names, command in _commands()]
    (names, command), *_ = chance.choices(_commands(), weights)
    words = [mutated(chance, name) if chance.random() < 0.02 else name for name in names]
    words += chance.choice(BEGUN) if len(command.params) > MANY else ()
    for _ in range(chance.choice((0, 1, 2, 3, 5)) if command.params else 0):
        option = chance.choice(command.params)
        if isinstance(option, click.Option):
            words.append(mutated(chance, option.opts[0]) if chance.random() < 0.02 else chance.choice(option.opts))
        if isinstance(option, click.Argument) or not option.is_flag:
            good = _good(option)
            words.append(chance.choice(good) if chance.random() < 0.7 else some_text(chance, good, SETTINGS))
    if chance.random() < 0.05:
        words.insert(chance.randint(0, len(words)), some_text(chance, LOOSE))
    if chance.random() < 0.05 and words:
        at = chance.randrange(len(words))
        words[at] += "\udcff\udce9"  # bytes that are no UTF-8, as Python hands them over
    typed = "\n".join(some_text(chance, LINES) for _ in range(chance.choice((0, 2, 9))))
    return CommandLine(tuple(_harmless(word) for word in words), typed)


RARE = {"doctor": 0.02, "lesson": 0.2, "lesson list": 0.2}
"""How seldom a command comes that looks at much and reads little."""

FILES = (
    "table.csv",
    "gaps.csv",
    "labels.csv",
    "bench.gdtui",
    "lesson.toml",
    "record.jsonl",
    "missing",
    ".",
    "-",
    "limit",
)
COLUMNS = ("years", "years,size", "1", "1,2", "3", "pay", "hours", "passed", "x", "y")
CHANGES = ("6:lr=0.2", "2:lr=0.2,optimizer=adam,beta2=0.99,method=optim", "2:convention=mse", "1:method=hand", "3:lr=")
BEGUN = (
    (), (), ("--x", "1,2,3", "--y", "0,1,1", "--hypothesis", "logistic"),
    ("--data", "labels.csv", "--hypothesis", "logistic"),
    ("--data", "gaps.csv", "--drop-missing"), ("--x", "1,2,3", "--x", "3,1,2", "--y", "2,4,7", "--bias"),
)  # fmt: skip
"""What an experiment's options may begin with."""
MANY = 9
"""More options than this has what takes an experiment."""
USUAL = ("0.1", "0.5", "2", "1e-3", "1", "20")
LOOSE = ("-h", "--help", "-V", "--", "-", "--x", "--lr=0.2", "run", "help", "options")
OPTIONS = {
    "data": FILES[:3], "features": COLUMNS, "target": COLUMNS, "then": CHANGES, "x": ("1,2,3", "1,2", "0,0", "1,2,3,4"),
    "y": ("0,1,1", "2,4,6", "1,2", "0,0", "0,1,0,1"), "optimizer": ("adam", "adam,beta2=0.99", *OPTIMIZERS),
    "w0": ("1", "1,2", "1e30"), "topic": ("options", "run", "keys"), "epochs": ("3", "20", "1e9"),
    "batch": ("1", "2"), "seed": ("1", "2147483647"), "points": ("2", "3"), "every": ("2", "1000"),
}  # fmt: skip


def _good(option: click.Parameter) -> tuple[str, ...]:
    """What can be typed for an option or an argument."""
    choices = tuple(getattr(option.type, "choices", ()))
    usual = FILES if isinstance(option, click.Argument) or option.metavar == "FILE" else USUAL
    return choices or OPTIONS.get(str(option.name), usual)


def _harmless(word: str) -> str:
    """Without what no argument can have, and what leads out of the folder: some commands write files."""
    return word.replace("\0", "").replace("/", "").replace("~", "").replace("..", "")


class _OpenedError(UserError):
    """The screen would open now."""


def _open() -> None:
    raise _OpenedError("the screen would open now")


def take_command_line(given: CommandLine) -> None:
    """Do what the command line says, up to the opening of a screen, and complete it as a shell would."""
    typed_in = given.stdin.encode(errors="replace")
    stdin, out, err = (io.TextIOWrapper(io.BytesIO(content), encoding="utf-8") for content in (typed_in, b"", b""))
    try:
        with (
            patch.multiple(sys, argv=["gdtui", *given.words], stdin=stdin, stdout=out, stderr=err),
            patch.object(lab, "check_terminal", lambda: None),
            patch.object(lab.FIRST_FRAME, "take", _open),
            patch.object(main, "load_backend", limited),
        ):
            main.mend_streams()
            code = main.run_safely()
            assert code in (0, 2, 3, 4, 5), code
            out.flush()
            err.flush()
    finally:
        gc.enable()
    said = err.buffer.getvalue().decode()
    assert unfit(said) is None, said
    completing = ShellComplete(main.command, {}, "gdtui", "_GDTUI_COMPLETE")
    if given.words and len(given.words) % 3 == 0:
        completing.get_completions(list(given.words[:-1]), given.words[-1])


# The form


@cache
def experiments() -> tuple[tuple[Experiment, int], ...]:
    """Experiments of many kinds, each with the epoch that it is looked at."""
    labels = typed((1, 2, 3, 4), (0, 0, 1, 1))
    two = typed((1, 2, 3), (3, 1, 2), (2, 4, 7))
    table = read_table("gaps.csv", drop_missing=True).dataset
    adam, tripled = Optimizer("adam"), two.prepared(x_scale=3.0)
    return (
        (Experiment(), 1),
        (Experiment(has_bias=True, weights=(2.0,), bias=-1.0, batch=2, seed=3), 4),
        (Experiment(dataset=labels, model="logistic", has_bias=True), 1),
        (Experiment(dataset=labels, model="logistic", cost_kind="mse", weight_decay=0.5, convention="mse"), 3),
        (Experiment(dataset=two.prepared(is_standardized=True), dtype="float64", until_cost=0.1), 2),
        (
            Experiment(dataset=tripled, method="optim", optimizer=adam, learning_rate=0.01),
            1,
        ),
        (Experiment(dataset=table, learning_rate=0.001, batch=1, order="table"), 1),
        (Experiment(dataset=read_table("labels.csv").dataset, model="logistic", until_change=1e-3), 5),
        (Experiment(changes=(Change(3, learning_rate=0.2), Change(5, method="optim", optimizer=adam))), 6),
    )


class Form(NamedTuple):
    """Which experiment was shown, and what was typed over it."""

    index: int
    typed: dict[str, str]


def form(chance: Random) -> Form:
    """Something typed in one field or some."""
    names = chance.sample([row.name for row in FIELDS], chance.choice((1, 1, 2, 3, len(FIELDS))))
    rows = {row.name: row for row in FIELDS}
    good = {name: (rows[name].choices or (rows[name].example,), SETTINGS) for name in names}
    typed = {name: some_text(chance, *good[name]) for name in names}
    return Form(chance.randrange(len(experiments())), {name: text.replace("/", "") for name, text in typed.items()})


def take_form(given: Form) -> None:
    """Read the form as the lab does, change the run, and read again what the form then shows."""
    experiment, epoch = experiments()[given.index]
    texts = {**texts_of(experiment, epoch), **given.typed}
    asks_for_a_file(texts, experiment.dataset)
    for row in FIELDS:
        fit(hint_of(row, texts[row.name]))
    try:
        wanted, change = read_form(texts, experiment, epoch)
    except ExperimentError as error:
        field_of(error)
        fit(str(error))
        return
    shell_line(wanted)
    assert read_form(texts_of(wanted, 1), wanted, 1) == (wanted, None), wanted
    with refusing():
        workspace = Workspace(experiment, limited())
        workspace.edit(wanted, change)
        workspace.run.step()


# Lessons


@cache
def all_lessons() -> tuple[LoadedLesson, ...]:
    """Lessons with pages of every kind."""
    shipped = ("slope", "conventions", "own-data")
    return (*map(read, (LESSON, KINDS, MORE, VIEWS)), *map(lesson_named, shipped))


class Typing(NamedTuple):
    """The lines typed on a page of a lesson, and how many of the page's tasks are done before."""

    lesson: int
    page: int
    done: int
    lines: tuple[str, ...]


def typing(chance: Random) -> Typing:
    """A few lines on any page."""
    lesson = chance.randrange(len(all_lessons()))
    page = chance.randrange(len(all_lessons()[lesson].lesson.steps))
    lines = tuple(some_text(chance, LINES) for _ in range(chance.randint(1, 12)))
    return Typing(lesson, page, chance.randrange(2), lines)


def at_page(given: Typing) -> Session:
    """A session that has come to the page."""
    session = Session(all_lessons()[given.lesson], limited())
    for _ in range(given.page):
        session.turn()
    if given.done and not session.is_done:
        page = session.page
        for event in page.model_answer():
            if session.page is page:
                session.take(event)
    return session


def take_typing(given: Typing) -> None:
    """Do what each line asks for, and look at the page after each."""
    with refusing():
        session = at_page(given)
    for line in given.lines:
        view = session.view()
        if view.is_over:
            return
        with refusing():
            event = read_event(line, view)
            outcome = session.take(GoOn() if view.is_done and not line else event)
            after = session.view()
            session.look()
            fit("\n".join((*outcome.says, *page_lines(after), *asking_lines(after), *after_lines(view, after))))


# Predictions in the lab


class Guess(NamedTuple):
    """What is asked of which experiment, after how many epochs, and what was typed."""

    index: int
    kind: str
    updates: int
    lines: tuple[str, ...]


def guess(chance: Random) -> Guess:
    """A question, and a few answers."""
    kind = chance.choice(lab_kinds()).name
    lines = tuple(some_text(chance, ("left", "right", "yes", "no", "u", "d", "s", "1", "2")) for _ in range(6))
    return Guess(chance.randrange(len(experiments())), kind, chance.choice((0, 1, 5)), lines)


@cache
def _asked(index: int, kind: str, updates: int) -> tuple[Run, Any]:
    """The run, and the question; a refusal in its place."""
    run = Run(experiments()[index][0], BACKEND)
    for _ in range(updates):
        run.step()
    try:
        return run, predict(run, Limit(10_000).on(BACKEND), kind)
    except UserError as error:
        return run, error


def take_guess(given: Guess) -> None:
    """Judge the answers to a question of P, to a hidden number and to the x of H(x)."""
    run, asked = _asked(given.index, given.kind, given.updates)
    experiment, parameters = run.experiment, run.epoch.parameters
    hidden = HiddenNumber("", "", parameters[0], 3)
    for wrong, line in enumerate(given.lines, 1):
        for judged in (asked, hidden):
            try:
                if judged is hidden:
                    hidden.judge(line)
                elif not isinstance(asked, UserError):
                    fit("\n".join(reply_lines(asked, judge(asked, line), wrong)))
            except ValueError as error:
                fit(str(error))
        try:
            x = parse_numbers(line) if len(experiment.dataset.x) > 1 else (parse_number(line),)
            experiment.predict(parameters, x)
        except (ValueError, ExperimentError) as error:
            fit(str(error))


def fit(said: str) -> None:
    """See that a text can be sent to a terminal."""
    assert unfit(said) is None, repr(said)


class Surface(NamedTuple):
    """How an input is made up, what takes it, and how many texts somebody typed are in it."""

    make: Callable[[Random], Any]
    take: Callable[[Any], None]
    texts: Callable[[Any], int] = lambda given: 1


SURFACES = {
    "options": Surface(command_line, take_command_line),
    "form": Surface(form, take_form),
    "typing": Surface(typing, take_typing, lambda given: len(given.lines)),
    "predictions": Surface(guess, take_guess, lambda given: len(given.lines)),
}


@contextmanager
def small_files():
    """A folder to work in with a file of each kind, and nothing of anybody's own."""
    import tempfile

    before = Path.cwd()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        os.environ["XDG_STATE_HOME"] = os.environ["XDG_CONFIG_HOME"] = f"{folder}/state"
        Path("table.csv").write_text("x,y\n1,2\n2,4\n3,6\n")
        Path("gaps.csv").write_text("years;size;pay\n1;2;3\n2;;4\n3;NA;1\n4;1;2\n5;7;9\n")
        Path("labels.csv").write_text("hours,passed\n1,no\n2,no\n3,yes\n4,yes\n")
        for name, of in (("bench.gdtui", "bench"), ("lesson.toml", "lesson"), ("record.jsonl", "record")):
            Path(name).write_bytes(seeds()[of][0])
        try:
            yield
        finally:
            os.chdir(before)
