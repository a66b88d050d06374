"""Where in a lesson file something stands: what is wrong with it is said with its line."""

from collections.abc import Callable
from typing import NoReturn

import msgspec

from gdtui.errors import InputError, UserError
from gdtui.experiment.expressions import parse, places
from gdtui.teaching.lesson import LoadedLesson
from gdtui.teaching.locate import Path


class Spot(msgspec.Struct, frozen=True):
    """A table or a field of a lesson file."""

    loaded: LoadedLesson
    path: Path = ()

    def at(self, *path: str | int) -> "Spot":
        """What stands further in."""
        return Spot(self.loaded, (*self.path, *path))

    def refuse(self, what: object) -> NoReturn:
        """Say what is wrong here.

        Raises:
            InputError: always.
        """
        raise InputError(f"{self.loaded.at(*self.path)}: {what}") from None

    def guard(self, read: Callable[[str], object], text: str) -> None:
        """Have a text read that has to be readable.

        Raises:
            InputError: it is not.
        """
        try:
            read(text)
        except UserError as error:
            self.refuse(error)

    def expression(self, text: str) -> None:
        """Whether an expression can be read."""
        self.guard(parse, text)

    def template(self, text: str) -> None:
        """Whether the expressions in a text can be read."""
        self.guard(places, text)
