"""`gdtui help`: the manual, and the help of each command."""

import shutil
import sys

import click

from gdtui.cli.completion import among
from gdtui.errors import UserError
from gdtui.storage import manual
from gdtui.text import clean, listed, nearest

WIDEST = 80
NARROWEST = 20


@click.command("help")
@click.argument("topic", required=False, shell_complete=among(manual.topics))
@click.pass_context
def help_command(context: click.Context, topic: str | None) -> int:
    """List the pages of the manual, or show one."""
    root = context.find_root().command
    commands = root.list_commands(context) if isinstance(root, click.Group) else []
    if topic is None or topic in manual.topics():
        rows = shutil.get_terminal_size()
        text = manual.plain_text(manual.read(topic or manual.INDEX), max(NARROWEST, min(WIDEST, rows.columns)))
    elif isinstance(root, click.Group) and (command := root.get_command(context, topic)):
        with click.Context(command, info_name=topic, parent=context.parent) as of_command:
            text = command.get_help(of_command)
    else:
        alike = nearest(topic, [*manual.topics(), *commands])
        raise UserError(f"there is no page '{clean(topic, 40)}'{alike or '.'} The pages are {listed(manual.topics())}")
    show(text)
    return 0


def show(text: str) -> None:
    """Print a text; one that is longer than the terminal goes through a pager."""
    if sys.stdout.isatty() and text.count("\n") + 2 > shutil.get_terminal_size().lines:
        click.echo_via_pager(text)
    else:
        click.echo(text)
