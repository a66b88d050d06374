"""The command line: the one place where torch, the lab and the screen meet."""

import gc
import io
import os
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click
from click.core import ParameterSource

from gdtui import __version__
from gdtui.cli.lessons import COMMANDS
from gdtui.cli.printing import DONE, INTERRUPTED, printing
from gdtui.cli.screen_options import NAMES, screen_options, wishes
from gdtui.cli.startup_gate import FIRST_FRAME, TORCH
from gdtui.errors import ExperimentError, UserError, check_folder
from gdtui.experiment.backend import Backend
from gdtui.experiment.dataset import LECTURE, Dataset, parse_checksum, typed
from gdtui.experiment.experiment import CONVENTIONS, DTYPES, METHODS, Change, Experiment
from gdtui.experiment.optimizer import SGD, parse_optimizer
from gdtui.numbers import count, parse_number, parse_whole, shortest
from gdtui.terminal.capability import check_terminal
from gdtui.text import clean

if TYPE_CHECKING:
    from gdtui.storage.rows import Format  # json, which the help does not need

WRONG_USE = 2
MOST_EPOCHS_UNTIL_COST = 100_000
"""How many epochs a run goes at most until its cost is reached, unless told otherwise."""


LOOKS = [f"--{name}" for name in NAMES]
"""Options of a screen."""

OF_THE_LAB = ("--open", "--pause-after")
"""Options that nothing but the lab has."""

CHANGING = {"lr", "method", "convention"}
"""What may change on the way, besides the optimizer."""


def reads(parse: Callable[[str], Any]) -> Callable[[click.Context, click.Parameter, Any], Any]:
    """A callback for an option whose text `parse` reads, or refuses with a ValueError that says why."""

    def callback(context: click.Context, option: click.Parameter, given: Any) -> Any:
        try:
            if isinstance(given, tuple):
                return tuple(map(parse, given))
            return None if given is None else parse(given)
        except ValueError as error:
            raise click.BadParameter(str(error), context, option) from None

    return callback


def parse_list(text: str) -> tuple[float, ...]:
    """The numbers of `1,2,3`."""
    return tuple(map(parse_number, text.split(",")))


def parse_minutes(text: str) -> float:
    """How long, from 0 on."""
    minutes = parse_number(text)
    if minutes < 0:
        raise ValueError(f"must be 0 or more, not {shortest(minutes)}")
    return minutes


def parse_change(text: str) -> Change:
    """The change on the way that `6:lr=0.2` or `6:lr=0.2,method=optim` asks for."""
    epoch, _, rest = text.partition(":")
    rest, _, optimizer = rest.partition("optimizer=")  # its own numbers follow it
    settings = dict(setting.partition("=")[::2] for setting in rest.removesuffix(",").split(",") if setting)
    is_empty = not settings and not optimizer
    if not (epoch.isascii() and epoch.isdigit() and len(epoch) < 12) or is_empty or settings.keys() - CHANGING:
        raise ValueError(f"'{clean(text, 40)}' is not like 6:lr=0.2 or 6:lr=0.2,method=optim")
    rate = parse_number(settings["lr"]) if "lr" in settings else None
    method, convention = settings.get("method"), settings.get("convention")
    taken_by = parse_optimizer(optimizer) if optimizer else None
    return Change(int(epoch), rate, method, convention, taken_by)  # type: ignore[arg-type]  # Experiment checks them


OPTIONS = (
    click.option(
        "--x",
        callback=reads(parse_list),
        multiple=True,
        metavar="NUMBERS",
        help="x as typed: 1,2,3; once for each column. With --y.",
    ),
    click.option("--y", callback=reads(parse_list), metavar="NUMBERS", help="y as typed: 2,4,6."),
    click.option("--data", metavar="FILE", help="A table: CSV, tabs, semicolons or spaces; - is standard input."),
    click.option("--features", metavar="COLUMN,…", help="The columns of x, by name or number. [all but the last]"),
    click.option("--target", metavar="COLUMN", help="The column of y, by name or number. [the last]"),
    click.option("--drop-missing", is_flag=True, help="Skip rows with empty cells."),
    click.option(
        "--x-scale",
        callback=reads(parse_number),
        default="1",
        metavar="NUMBER",
        help="x in other units: so many times what is typed or read. [1]",
    ),
    click.option(
        "--checksum",
        callback=reads(parse_checksum),
        metavar="SHA256",
        help="Refuse the table if its content is another: sha256:0123456789abcdef.",
    ),
    click.option("--standardize", is_flag=True, help="Scale x to mean 0 and deviation 1. Adds b."),
    click.option("--bias", is_flag=True, help="H(x) = XW + b. [XW]"),
    click.option("--w0", callback=reads(parse_list), metavar="NUMBERS", help="Where the weights begin. [0]"),
    click.option("--b0", callback=reads(parse_number), default="0", metavar="NUMBER", help="Where b begins. [0]"),
    click.option(
        "--lr", callback=reads(parse_number), default="0.1", metavar="NUMBER", help="The learning rate. [0.1]"
    ),
    click.option("--method", type=click.Choice(METHODS), help="Who finds the gradient. [hand; optim with --optimizer]"),
    click.option(
        "--optimizer",
        callback=reads(parse_optimizer),
        metavar="NAME",
        help="Who takes the step: momentum, nesterov, adagrad, rmsprop, adam, adamw; or adam,beta2=0.99. [sgd]",
    ),
    click.option(
        "--weight-decay", callback=reads(parse_number), default="0", metavar="NUMBER", help="λ of λ/2·|W|². [0]"
    ),
    click.option(
        "--batch",
        callback=reads(parse_whole),
        metavar="ROWS",
        help="Several updates an epoch, each on so many rows. [all rows]",
    ),
    click.option(
        "--seed",
        callback=reads(parse_whole),
        default="0",
        metavar="NUMBER",
        help="Decides which rows come together in --batch. [0]",
    ),
    click.option(
        "--convention",
        type=click.Choice(CONVENTIONS),
        help="The gradient: Σ(H−y)x, or 2/m or 1/m of it. [sum by hand, otherwise mse]",
    ),
    click.option("--dtype", type=click.Choice(DTYPES), default="float32", help="[float32]"),
    click.option(
        "--epochs",
        callback=reads(parse_whole),
        metavar="NUMBER",
        help="How many epochs. [10; 100,000 with --until-cost]",
    ),
    click.option(
        "--until-cost", callback=reads(parse_number), metavar="NUMBER", help="Stop as soon as the cost is this low."
    ),
    click.option(
        "--then",
        callback=reads(parse_change),
        multiple=True,
        metavar="CHANGE",
        help="Change on the way: 6:lr=0.2 from epoch 6 on.",
    ),
)
"""What an experiment is made of, for the lab and for the run without a screen alike."""


def experiment_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options of an experiment."""
    for option in reversed(OPTIONS):
        function = option(function)
    return function


def experiment_from(given: dict[str, Any]) -> Experiment:
    """The experiment that the options describe.

    Raises:
        UserError: the data cannot be used, or a value makes no sense.
    """
    dataset = dataset_from(given).in_units(given["x_scale"])
    until_cost = given["until_cost"]
    epochs = given["epochs"]
    return Experiment(
        dataset=dataset.standardized() if given["standardize"] else dataset,
        has_bias=given["bias"],
        weights=given["w0"],
        bias=given["b0"],
        learning_rate=given["lr"],
        method=given["method"] or ("optim" if given["optimizer"] else "hand"),
        optimizer=given["optimizer"] or SGD,
        weight_decay=given["weight_decay"],
        batch=given["batch"],
        seed=given["seed"],
        convention=given["convention"],
        dtype=given["dtype"],
        epochs=epochs if epochs is not None else 10 if until_cost is None else MOST_EPOCHS_UNTIL_COST,
        until_cost=until_cost,
        changes=tuple(sorted(given["then"], key=lambda change: change.epoch)),
    )


def planned_experiment_from(given: dict[str, Any]) -> Experiment:
    """The experiment of a run that ends where its plan does, unlike in the lab: what changes has to change before.

    Raises:
        UserError: as in `experiment_from`, or a change would come too late.
    """
    experiment = experiment_from(given)
    last = experiment.epochs
    for change in experiment.changes:
        if change.epoch > last:
            raise ExperimentError(
                "then", f"nothing changes at epoch {change.epoch:,}: the run has {count(last, 'epoch')}"
            )
    return experiment


def dataset_from(given: dict[str, Any]) -> Dataset:
    """The lecture's points, or what was typed, or what is in a file."""
    x, y, path = given["x"], given["y"], given["data"]
    if path is None:
        for option in ("features", "target", "drop_missing", "checksum"):
            if given[option]:
                raise ExperimentError(option.replace("_", "-"), "is for a table; name one with --data")
        if not x and y is None:
            return LECTURE
        if not x or y is None:
            raise ExperimentError("y" if x else "x", "is missing: give both --x and --y")
        return typed(*x, y)
    if x or y is not None:
        raise ExperimentError("data", "give either --data or --x and --y")
    from gdtui.storage.table import read_table  # numpy, which only a file needs

    features = tuple(given["features"].split(",")) if given["features"] else None
    table = read_table(
        path,
        features=features,
        target=given["target"],
        drop_missing=given["drop_missing"],
        checksum=given["checksum"],
    )
    if table.dropped:
        skipped = f"{count(table.dropped, 'row')} with missing cells skipped"
        click.echo(f"gdtui: {table.dataset.name}: {skipped}", err=True)
    return table.dataset


@click.group(invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@experiment_options
@click.option("--open", "workspace", metavar="FILE", help="Open a workspace that was saved in the lab.")
@screen_options
@click.option(
    "--pause-after",
    callback=reads(parse_minutes),
    default="30",
    metavar="MINUTES",
    help="Pause a run left playing so long without a key; 0 for never. [30]",
)
@click.version_option(__version__, message="gdtui %(version)s")
@click.pass_context
def command(context: click.Context, /, **given: Any) -> int:
    """Gradient descent on a bench: step it by key, one epoch at a time, and see every number.

    Without a command the lab opens on the experiment that the options describe: the lecture's own, unless told
    otherwise. `gdtui run` prints the same run and needs no screen.
    """
    asked_for = [name for name in given if context.get_parameter_source(name) is ParameterSource.COMMANDLINE]
    options = ["--open" if name == "workspace" else "--" + name.replace("_", "-") for name in asked_for]
    if context.invoked_subcommand is None:
        others = [option for option in options if option not in (*OF_THE_LAB, *LOOKS)]
        if given["workspace"] is not None and others:
            raise click.UsageError(f"a workspace has experiments of its own: give --open or {others[0]}, not both")
        return open_lab(given)
    for option in options:
        if option in OF_THE_LAB or (option in LOOKS and context.invoked_subcommand != "lesson"):
            raise click.UsageError(f"{option} is for the lab, which gdtui {context.invoked_subcommand} does without")
        raise click.UsageError(f"{option} belongs after the command: gdtui {context.invoked_subcommand} {option} …")
    return 0


@command.command("run")
@experiment_options
@click.option(
    "--format",
    "style",
    type=click.Choice(("lecture", "csv", "jsonl", "text")),
    default="lecture",
    help="text: one sentence an epoch. [lecture]",
)
@click.option(
    "--every",
    callback=reads(partial(parse_whole, least=1)),
    default="1",
    metavar="NUMBER",
    help="Print every so many epochs, first and last too. [1]",
)
@click.option(
    "--predict", callback=reads(parse_list), multiple=True, metavar="NUMBERS", help="Add H(x) at the end: 4,5."
)
def run_command(style: "Format", every: int, predict: tuple[tuple[float, ...], ...], **given: Any) -> int:
    """Run without a screen: one line an epoch, as the lecture prints it.

    Exit codes: 0 done, 1 the rows cannot be written, 2 wrong use or bad input, 3 the cost is no longer finite,
    4 --until-cost not reached, 130 interrupted.
    """
    experiment = planned_experiment_from(given)
    rows = rows_to_predict(predict, len(experiment.dataset.x))

    from gdtui.cli import run as headless  # after the options are known to be right

    return headless.run(experiment, load_backend, headless.Order(style, every, rows))


@command.command("sweep")
@experiment_options
@click.option(
    "--points",
    callback=reads(partial(parse_whole, least=2, most=1000)),
    default="24",
    metavar="NUMBER",
    help="How many learning rates. [24]",
)
@click.option(
    "--most",
    callback=reads(partial(parse_whole, least=1, most=1_000_000)),
    default="1000",
    metavar="EPOCHS",
    help="Epochs before one is given up. [1,000]",
)
@click.option("--format", "style", type=click.Choice(("table", "csv")), default="table", help="[table]")
def sweep_command(points: int, most: int, style: str, **given: Any) -> int:
    """How many epochs it takes to converge, learning rate by learning rate, in multiples of the limit.

    Exit codes: 0 done, 1 the lines cannot be written, 2 wrong use or bad input, 130 interrupted.
    """
    for option in ("epochs", "until_cost", "then"):
        if given[option]:
            name = option.replace("_", "-")
            raise ExperimentError(name, "is not for a sweep: each rate is held from the start until it has converged")
    experiment = experiment_from(given)

    from gdtui.cli import sweep as headless_sweep  # after the options are known to be right

    return headless_sweep.run(experiment, load_backend, headless_sweep.Order(points, most, style == "csv"))


@command.command("script")
@experiment_options
def script_command(**given: Any) -> int:
    """Write the run as one file of Python.

    gdtui script > run.py && python run.py prints what gdtui run prints, needs torch alone, and checks where it ends.
    The exit codes are those of gdtui run; with 3 and 4 the file is written too.
    """
    experiment = planned_experiment_from(given)

    from gdtui.cli import run as headless  # after the options are known to be right

    return headless.write_script(experiment, load_backend)


@command.command("doctor")
@click.option("--json", "is_json", is_flag=True, help="One line of JSON.")
def doctor_command(is_json: bool) -> int:
    """Say what gdtui finds of the terminal, the link and torch, and what to change."""
    from gdtui.cli import doctor  # which nothing else needs

    return doctor.run(load_threads, is_json=is_json)


def load_threads() -> int:
    """Import torch, and say how many threads it takes."""
    from gdtui.descent.threads import threads

    return threads()


def rows_to_predict(given: tuple[tuple[float, ...], ...], columns: int) -> tuple[tuple[float, ...], ...]:
    """Rows of x: with one column each number is a row, with several each --predict is one."""
    if columns == 1:
        return tuple((number,) for numbers in given for number in numbers)
    for numbers in given:
        if len(numbers) != columns:
            raise ExperimentError("predict", f"{len(numbers)} given, but x has {columns} columns")
    return given


for class_command in COMMANDS:
    command.add_command(class_command)


def open_lab(given: dict[str, Any]) -> int:
    """Open the lab on a terminal; return the exit code."""
    if given["data"] == "-":
        raise ExperimentError("data", "standard input is the keyboard here; name a file, or use gdtui run")
    check_terminal()
    if given["workspace"] is not None:
        return open_workspace(given)
    experiment = experiment_from(given)
    gc.disable()  # until all is loaded
    FIRST_FRAME.take()
    from gdtui.ui.lab.app import open_app  # Textual, which only the lab needs

    return open_app(experiment, load_backend, pause_after=given["pause_after"], **wishes(given))


def open_workspace(given: dict[str, Any]) -> int:
    """Open the lab on a workspace that was saved; return the exit code."""
    from gdtui.storage import workspace_file  # which only this needs

    path = Path(given["workspace"])
    snapshot, version = workspace_file.read(path)
    gc.disable()  # until all is loaded
    FIRST_FRAME.take()
    from gdtui.ui.lab.app import open_app
    from gdtui.ui.lab.file_actions import Opened

    opened = Opened(snapshot, path, version)
    shown = {"pause_after": given["pause_after"], **wishes(given)}
    return open_app(snapshot.present.experiment, load_backend, opened=opened, **shown)


def load_backend() -> Backend:
    """Import torch; the app calls this on a thread once its first frame is up.

    Raises:
        UserError: there is no folder to work in. A library that torch brings would end the process for it.
    """
    check_folder()
    # Nothing of the hundreds of thousands of objects that imports make is garbage: to look through them again and again
    # takes a tenth of their time, and would hold up the screen later.
    gc.disable()
    FIRST_FRAME.let_others_go_first()
    TORCH.take()
    try:
        from gdtui.descent import BACKEND
    finally:
        gc.enable()
        TORCH.give_back()
    gc.freeze()
    return BACKEND


def main() -> NoReturn:
    """Run the command and end the process with its exit code."""
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    mend_streams()
    leave(run_safely())


def mend_streams() -> None:
    """Give the null device for a stream that is closed, and an escape for a character that the locale cannot write."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, Path(os.devnull).open("w"))  # noqa: SIM115  # open until the process ends
        elif isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def run_safely() -> int:
    """Run the command; each error that a user can cause is one line on standard error."""
    return printing(run_or_explain)


def run_or_explain() -> int:
    """Run the command, or say why it cannot be done."""
    stdout = sys.stdout
    try:
        return int(command.main(prog_name="gdtui", standalone_mode=False, obj=load_backend) or 0)
    except click.ClickException as error:
        click.echo(f"gdtui: {clean(error.format_message())}", err=True)
        return WRONG_USE
    except UserError as error:
        click.echo(f"gdtui: {clean(str(error), 400)}", err=True)
        return error.exit_code
    except click.Abort:
        return INTERRUPTED
    except SystemExit:
        if sys.stdout is stdout:
            raise  # it was a shell that asked how a word goes on
        return DONE  # nobody reads any more: click has put something else in its place


def leave(code: int) -> NoReturn:
    """End the process. With torch loaded the interpreter takes half a second to take itself apart: skip that."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
