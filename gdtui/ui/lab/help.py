"""The help: every key, and after it the manual's pages."""

from itertools import groupby

from gdtui.storage import manual
from gdtui.ui.lab.commands import COMMANDS, Command
from gdtui.ui.lesson.commands import LESSON_COMMANDS


def help_pages() -> list[list[tuple[str, str]]]:
    """All of the help, page by page, each as (heading, lines): the keys, then the other pages of the manual."""
    topics = [topic for topic in manual.topics() if topic != "keys"]  # which the commands themselves know
    pages = [manual.sections(manual.read(topic)) for topic in topics]
    titles = "\n".join(f"  {page[0][0]}" for page in pages)
    return [[*key_sections(), ("The manual: → and ← leaf through its pages", titles)], *pages]


def key_sections() -> list[tuple[str, str]]:
    """Every command's keys and what it does, under the heading of its section."""
    commands: tuple[type[Command], ...] = (*COMMANDS, *LESSON_COMMANDS)
    sections = [
        (section, "\n".join(f"  {command.shown_keys:<14} {command.title}" for command in of_it))
        for section, of_it in groupby(commands, key=lambda command: command.section)
    ]
    repeat = "  25 space, 5 ←, 3 +    a number first repeats the key after it"
    return [*sections, ("Numbers", f"{repeat}\n  escape                forgets it")]
