"""`gdtui help`: the manual, and the help of each command."""

import shutil
import sys

import click

from gdtui.cli.completion import among
from gdtui.errors import UserError
from gdtui.storage import manual
from gdtui.text import _, clean, listed, nearest

NARROWEST, WIDEST = 20, 80

AROUND = 4
"""Screen lines that are not for results: the command, an empty line, what to type next, the prompt."""


@click.command("help", help=_("List the pages of the manual, show one, or search them for words."))
@click.argument("topic", metavar="[TOPIC | WORDS]", nargs=-1, shell_complete=among(manual.topics))
@click.pass_context
def help_command(context: click.Context, /, topic: tuple[str, ...]) -> int:
    """Print a page, or the pages that contain the words; text longer than the terminal goes through a pager."""
    root = context.find_root().command
    assert isinstance(root, click.Group)  # noqa: S101  # this command is one of its own
    size = shutil.get_terminal_size()
    words = " ".join(topic)
    if not words or words in manual.topics():
        text = manual.plain_text(manual.read(words or manual.INDEX), max(NARROWEST, min(WIDEST, size.columns)))
    elif command := root.get_command(context, words):
        with click.Context(command, info_name=words, parent=context.parent) as of_command:
            text = command.get_help(of_command)
    elif found := manual.search(words)[: max(1, size.lines - AROUND)]:
        lines = [f"{page}: {heading}" for page, heading in found]
        more = _("`gdtui help {page}` shows the first of them.", page=found[0][0])
        text = "\n".join([*lines, "", more])
    else:
        alike = nearest(words, [*manual.topics(), *root.list_commands(context)])
        missing = _("there is no page '{topic}'", topic=clean(words, 40)) + (alike or ".")
        raise UserError(f"{missing} {_('The pages are {pages}', pages=listed(manual.topics()))}")
    is_long = sys.stdout.isatty() and text.count("\n") + 2 > size.lines
    (click.echo_via_pager if is_long else click.echo)(text)
    return 0
