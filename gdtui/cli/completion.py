"""Shell completion of words on the command line: click completes options and choices, this module the rest."""

from collections.abc import Callable, Iterable
from typing import Any

import click
from click.shell_completion import CompletionItem

Completer = Callable[[click.Context, click.Parameter, str], list[CompletionItem]]


def among(words: Callable[[], Iterable[str]]) -> Completer:
    """Complete one of some words."""
    return lambda _, __, begun: [CompletionItem(word) for word in words() if word.startswith(begun)]


def files(_: click.Context, __: click.Parameter, begun: str) -> list[CompletionItem]:
    """Leave it to the shell, which knows the files."""
    return [CompletionItem(begun, type="file")]


def file_option(*names: str, about: str, **more: Any) -> Callable[[Any], Any]:
    """An option that names a file."""
    return click.option(*names, metavar="FILE", shell_complete=files, help=about, **more)


def lessons() -> list[str]:
    """The names of the lessons in the list."""
    from gdtui.storage.lesson_files import lesson_name, listed  # the help does not need it

    return [lesson_name(path) for path in listed()]
