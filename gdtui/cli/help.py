"""`gdtui help`: the manual, and the help of each command."""

import shutil
import sys

import click

from gdtui.cli.completion import among
from gdtui.errors import UserError
from gdtui.storage import manual
from gdtui.text import _, clean, listed, nearest

NARROWEST, WIDEST = 20, 80


@click.command("help", help=_("List the pages of the manual, or show one."))
@click.argument("topic", required=False, shell_complete=among(manual.topics))
@click.pass_context
def help_command(context: click.Context, topic: str | None) -> int:
    """Print a page; one that is longer than the terminal goes through a pager."""
    root = context.find_root().command
    assert isinstance(root, click.Group)  # noqa: S101  # this command is one of its own
    size = shutil.get_terminal_size()
    if topic is None or topic in manual.topics():
        text = manual.plain_text(manual.read(topic or manual.INDEX), max(NARROWEST, min(WIDEST, size.columns)))
    elif command := root.get_command(context, topic):
        with click.Context(command, info_name=topic, parent=context.parent) as of_command:
            text = command.get_help(of_command)
    else:
        alike = nearest(topic, [*manual.topics(), *root.list_commands(context)])
        missing = _("there is no page '{topic}'", topic=clean(topic, 40)) + (alike or ".")
        raise UserError(f"{missing} {_('The pages are {pages}', pages=listed(manual.topics()))}")
    is_long = sys.stdout.isatty() and text.count("\n") + 2 > size.lines
    (click.echo_via_pager if is_long else click.echo)(text)
    return 0
