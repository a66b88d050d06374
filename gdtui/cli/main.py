"""The command line: its commands, and how every error becomes one line and an exit code."""

import io
import os
import sys
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn

import click
from click.core import ParameterSource

from gdtui import __version__
from gdtui.cli import completion
from gdtui.cli.lab import open_lab
from gdtui.cli.loading import load_backend
from gdtui.cli.options import experiment_options, no_stream_option, reads, screen_options
from gdtui.cli.printing import DONE, INTERRUPTED, printing, say
from gdtui.cli.ranks import hush, is_under_torchrun, let_the_first_speak
from gdtui.errors import UserError, host_errors
from gdtui.experiment.bounds import zero_or_more
from gdtui.experiment.settings import BY_NAME, canonical
from gdtui.numbers import parse_number
from gdtui.text import _, clean, nearest

WRONG_USE = 2

ONE_THREAD_OF_NUMPY = dict.fromkeys(("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"), "1")
"""Environment variables of the libraries that numpy may use: the sums of `--stream` must be the same on any machine."""

COMMANDS = {
    "run": ("run", _("Print a run, one line per epoch.")),
    "sweep": ("sweep", _("Print how many epochs each learning rate takes to converge.")),
    "script": ("run", _("Print the run as a Python file or a notebook.")),
    "lesson": ("lessons", _("List the lessons, or open one: gdtui lesson one-step.")),
    "grade": ("records", _("Grade records.")),
    "hand-in": ("records", _("Hand in your own records.")),
    "class": ("classroom", _("Teach a class live, with everyone on your screen.")),
    "join": ("classroom", _("Join the class that is open.")),
    "doctor": ("doctor", _("Check the terminal, connection and torch, and say what to change.")),
    "help": ("help", _("List the pages of the manual, or show one.")),
}
"""The module and function of each command (`run` means `run_command`), and its line in the help."""


FRONT = _("""\
Usage: gdtui [OPTIONS] [COMMAND [OPTIONS]]

Gradient descent in a terminal: press a key to take one epoch, and see every
number. Without options, the lab opens with the lecture's experiment.

Examples:
  gdtui --lr 0.15                       another learning rate
  gdtui --x 1,2,3 --y 3,5,7 --bias      your own numbers
  gdtui --data houses.csv --lr 0.01     your own table
""")

BACK = _("""
gdtui help options lists every option, and gdtui -V shows the version.
""")


class Commands(click.Group):
    """Imports a command's module only when the command is used, because the lab needs none of them."""

    def format_help(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        """Write one screen: what gdtui is, examples, the commands, and where to find more."""
        formatter.write(FRONT)
        with formatter.section(_("Commands")):
            formatter.write_dl([(name, words) for name, (__, words) in COMMANDS.items()])
        formatter.write(BACK)

    def list_commands(self, context: click.Context) -> list[str]:
        """The names in the order of the help."""
        return list(COMMANDS)

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        """The command of this name, if there is one."""
        if name not in COMMANDS:
            return None
        module, words = COMMANDS[name]
        command: click.Command = getattr(import_module(f"gdtui.cli.{module}"), f"{name.replace('-', '_')}_command")
        command.short_help = words
        return command

    def resolve_command(
        self, context: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that the first word names; for a mistyped one, the error names the nearest."""
        if canonical(args[0]) not in COMMANDS and not context.resilient_parsing and not args[0].startswith("-"):
            context.fail(_("there is no command '{name}'", name=clean(args[0], 40)) + nearest(args[0], COMMANDS))
        return super().resolve_command(context, args)


def parse_minutes(text: str) -> float:
    """A number of minutes, 0 or more."""
    minutes = parse_number(text)
    zero_or_more(minutes)
    return minutes


@click.group(
    cls=Commands,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "token_normalize_func": canonical},
)
@experiment_options
@no_stream_option
@completion.file_option("--open", "workspace", about=_("Open a workspace that you saved in the lab."))
@screen_options
@click.option(
    "--pause-after",
    callback=reads(parse_minutes),
    default="30",
    metavar="MINUTES",
    help=_("Pause a run after this many minutes without a key (0: never). [30]"),
)
@click.version_option(__version__, "-V", "--version", message="gdtui %(version)s")
@click.pass_context
def command(context: click.Context, /, **given: Any) -> int:
    """Without a command: open the lab on the experiment that the options describe."""
    if is_under_torchrun() and context.invoked_subcommand != "run":
        what = f"gdtui {context.invoked_subcommand}" if context.invoked_subcommand else "gdtui"
        raise click.UsageError(_("torchrun works only with gdtui run: start {command} without torchrun", command=what))
    asked_for = [name for name in given if context.get_parameter_source(name) is ParameterSource.COMMANDLINE]
    options = ["--open" if name == "workspace" else "--" + name.replace("_", "-") for name in asked_for]
    called = context.invoked_subcommand
    if called is None:
        of_experiments = {f"--{name}" for name in (*BY_NAME, "then")}
        other = next((option for option in options if option in of_experiments), None)
        if given["workspace"] is not None and other:
            raise click.UsageError(
                _("a workspace has its own experiments: give --open or {option}, not both", option=other)
            )
        return open_lab(given, context.obj)
    taker = command.get_command(context, called)
    if isinstance(taker, click.Group):
        taker = taker.get_command(context, "open")  # what a lesson's or a class's name stands for
    for option in options:
        if taker and any(option in taken.opts for taken in taker.params):
            why = _("{option} belongs after the command: gdtui {command} {option} …", option=option, command=called)
        else:
            why = _("{option} is for the lab: leave it out of gdtui {command}", option=option, command=called)
        raise click.UsageError(why)
    return 0


def main() -> NoReturn:
    """Run the command and end the process with its exit code."""
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    os.environ.update(ONE_THREAD_OF_NUMPY)
    mend_streams()
    hush()
    code = run_safely()
    if code:
        let_the_first_speak()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)  # with torch loaded, a normal exit takes half a second


def mend_streams() -> None:
    """Make the standard streams safe to write to.

    A closed stream becomes the null device, a character that the locale cannot write becomes an escape, and an
    unbuffered stream gets a buffer: without one, output cut off by a full disk would be lost without an error.
    """
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, Path(os.devnull).open("w"))  # noqa: SIM115  # open until the process ends
        elif isinstance(stream, io.TextIOWrapper):
            if isinstance(stream.buffer, io.RawIOBase):
                stream = open(stream.fileno(), "w", 1, stream.encoding, closefd=False)  # noqa: SIM115
                setattr(sys, name, stream)
            stream.reconfigure(errors="backslashreplace")


def run_safely() -> int:
    """Run the command; each error that a user can cause becomes one line on standard error."""
    return printing(run_or_explain)


def run_or_explain() -> int:
    """Run the command, or print why it failed."""
    stdout = sys.stdout
    try:
        with host_errors():
            return int(command.main(prog_name="gdtui", standalone_mode=False, obj=load_backend) or 0)
    except click.ClickException as error:
        say(clean(error.format_message()))
        return WRONG_USE
    except UserError as error:
        say(clean(str(error), 400))
        return error.exit_code
    except click.Abort:
        return INTERRUPTED
    except SystemExit:
        if sys.stdout is stdout:
            raise  # this was a shell asking for completions
        return DONE  # the reader is gone, and click has replaced the stream
