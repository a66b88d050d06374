"""The help: every key, and after it the manual's pages."""

from collections.abc import Sequence
from itertools import groupby

from gdtui.storage import manual
from gdtui.text import _, padded
from gdtui.ui.common.command import Command


def help_pages(commands: Sequence[Command]) -> list[list[tuple[str, str]]]:
    """All of the help, page by page, each as (heading, lines): the keys, then the other pages of the manual."""
    topics = [topic for topic in manual.topics() if topic != "keys"]  # which the commands themselves know
    pages = [manual.sections(manual.read(topic)) for topic in topics]
    titles = "\n".join(f"  {page[0][0]}" for page in pages)
    return [[*key_sections(commands), (_("The manual: → and ← turn its pages"), titles)], *pages]


def key_sections(commands: Sequence[Command]) -> list[tuple[str, str]]:
    """Every command's keys and what it does, under the heading of its section."""
    sections = [
        (section, "\n".join(f"  {padded(command.shown_keys, 14)} {command.what_it_does}" for command in of_it))
        for section, of_it in groupby(commands, key=lambda command: command.section)
    ]
    numbers = _(
        "  25 space, 5 ←, 3 +    a number repeats the next key that many times\n"
        "  escape                cancels the number"
    )
    return [*sections, (_("Numbers"), numbers)]
