"""All kinds of page with keys or a drawing of their own, by the names of their classes in `teaching`."""

import msgspec

from gdtui.ui.classroom.commands import BOARD
from gdtui.ui.common.command import Command
from gdtui.ui.lab.commands.classroom import LEARNER, TEACHER
from gdtui.ui.lab.commands.table import COMMANDS
from gdtui.ui.lesson.commands import IN_CLASS, LESSON_COMMANDS, LessonCommand
from gdtui.ui.lesson.kinds.hunt import HuntOnScreen
from gdtui.ui.lesson.kinds.kind import KindOnScreen
from gdtui.ui.lesson.kinds.measure import MeasureOnScreen
from gdtui.ui.lesson.kinds.plain import GoalOnScreen, OrderOnScreen, OwnWordsOnScreen, WatchOnScreen
from gdtui.ui.lesson.kinds.turn import TurnOnScreen

_ALL: tuple[type[KindOnScreen], ...] = (
    *(TurnOnScreen, MeasureOnScreen, WatchOnScreen, OrderOnScreen),
    *(GoalOnScreen, HuntOnScreen, OwnWordsOnScreen),
)

ON_SCREEN: dict[str, KindOnScreen] = {kind.name: kind() for kind in _ALL}
"""Every kind by name. Kinds that are not here are shown as lines of text, and only typed at."""


def on_screen(kind: str) -> KindOnScreen:
    """How a kind of page appears on the screen."""
    return ON_SCREEN.get(kind) or KindOnScreen()


def lesson_commands() -> tuple[LessonCommand, ...]:
    """Every command in a lesson, with those of single kinds of page last."""
    of_kinds = ((command, kind.name) for kind in ON_SCREEN.values() for command in kind.commands)
    return (*LESSON_COMMANDS, *(msgspec.structs.replace(command, views=(name,)) for command, name in of_kinds))


def every_command() -> tuple[Command, ...]:
    """The commands of the lab, of lessons and of classes, in the order of the help."""
    return (*COMMANDS, *lesson_commands(), *LEARNER, *IN_CLASS, *BOARD, *TEACHER)
