"""The command line: its commands, and how every error ends in one line and an exit code."""

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
from gdtui.cli.options import experiment_options, no_stream_option, reads
from gdtui.cli.printing import DONE, INTERRUPTED, printing, say
from gdtui.cli.ranks import hush, is_under_torchrun, let_the_first_speak
from gdtui.cli.screen_options import NAMES, screen_options
from gdtui.errors import UserError, host_errors
from gdtui.experiment.settings import canonical
from gdtui.numbers import parse_number, shortest
from gdtui.text import _, clean

WRONG_USE = 2

LOOKS = [f"--{name}" for name in NAMES]
"""Options of a screen."""

OF_THE_LAB = ("--open", "--pause-after")
"""Options that nothing but the lab has."""

COMMANDS = {
    "run": ("run", "Print a run, one line per epoch."),
    "sweep": ("sweep", "Print how many epochs each learning rate takes."),
    "script": ("run", "Write the run as one file of Python."),
    "lesson": ("lessons", "List the lessons, or open one: gdtui lesson one-step."),
    "grade": ("grade", "Grade records."),
    "hand-in": ("hand_in", "Hand in your own records."),
    "doctor": ("doctor", "Say what gdtui finds here, and what to change."),
    "help": ("help", "The manual: its pages, or one of them."),
}
"""The module of each command, where `run` is called `run_command`, and what the help says of it in one line."""


FRONT = """\
Usage: gdtui [OPTIONS] [COMMAND [OPTIONS]]

Gradient descent in a terminal: take it one epoch at a time, by key, and see
every number. Without options the lab opens on the lecture's experiment.

Examples:
  gdtui --lr 0.15                       with another learning rate
  gdtui --x 1,2,3 --y 3,5,7 --bias      with your own numbers
  gdtui --data houses.csv --lr 0.01     with your own table
"""

BACK = """
Help:
  gdtui help            the manual; ? in the lab shows it too
  gdtui help options    every option; gdtui run --help those of one command
  gdtui -V              the version
"""


class Commands(click.Group):
    """Imports a command's module when the command is asked for: the lab starts without any of them."""

    def format_help(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        """Write one screen: what gdtui is, examples, the commands, and where there is more."""
        formatter.write(FRONT)
        with formatter.section("Commands"):
            formatter.write_dl([(name, words) for name, (_, words) in COMMANDS.items()])
        formatter.write(BACK)

    def list_commands(self, context: click.Context) -> list[str]:
        """The names, as the help lists them."""
        return list(COMMANDS)

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        """The command of this name, if there is one."""
        if name not in COMMANDS:
            return None
        module, words = COMMANDS[name]
        command: click.Command = getattr(import_module(f"gdtui.cli.{module}"), f"{name.replace('-', '_')}_command")
        command.short_help = words
        return command


def parse_minutes(text: str) -> float:
    """How long, from 0 on."""
    minutes = parse_number(text)
    if minutes < 0:
        raise ValueError(f"must be 0 or more, not {shortest(minutes)}")
    return minutes


@click.group(
    cls=Commands,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "token_normalize_func": canonical},
)
@experiment_options
@no_stream_option
@click.option(
    "--open",
    "workspace",
    metavar="FILE",
    shell_complete=completion.files,
    help="Open a workspace that was saved in the lab.",
)
@screen_options
@click.option(
    "--pause-after",
    callback=reads(parse_minutes),
    default="30",
    metavar="MINUTES",
    help="Pause a run left playing so long without a key; 0 for never. [30]",
)
@click.version_option(__version__, "-V", "--version", message="gdtui %(version)s")
@click.pass_context
def command(context: click.Context, /, **given: Any) -> int:
    """Open the lab on the experiment that the options describe, where there is no command."""
    if is_under_torchrun() and context.invoked_subcommand != "run":
        what = f"gdtui {context.invoked_subcommand}" if context.invoked_subcommand else "gdtui"
        raise click.UsageError(_("torchrun is for gdtui run alone: start {command} without it", command=what))
    asked_for = [name for name in given if context.get_parameter_source(name) is ParameterSource.COMMANDLINE]
    options = ["--open" if name == "workspace" else "--" + name.replace("_", "-") for name in asked_for]
    if context.invoked_subcommand is None:
        others = [option for option in options if option not in (*OF_THE_LAB, *LOOKS)]
        if given["workspace"] is not None and others:
            raise click.UsageError(f"a workspace has experiments of its own: give --open or {others[0]}, not both")
        return open_lab(given, context.obj)
    for option in options:
        if option in OF_THE_LAB or (option in LOOKS and context.invoked_subcommand != "lesson"):
            raise click.UsageError(f"{option} is for the lab, which gdtui {context.invoked_subcommand} does without")
        raise click.UsageError(f"{option} belongs after the command: gdtui {context.invoked_subcommand} {option} …")
    return 0


def main() -> NoReturn:
    """Run the command and end the process with its exit code."""
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    mend_streams()
    hush()
    code = run_safely()
    if code:
        let_the_first_speak()
    leave(code)


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
            raise  # it was a shell that asked how a word goes on
        return DONE  # nobody reads any more: click has put something else in its place


def leave(code: int) -> NoReturn:
    """End the process. With torch loaded the interpreter takes half a second to take itself apart: skip that."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
