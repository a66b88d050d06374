"""What commands may ask of the lab: they know this, and not the screen that it is the base of."""

from abc import abstractmethod
from collections.abc import Callable
from typing import Protocol

import msgspec
from textual.message import Message
from textual.reactive import var

from gdtui.errors import UserError
from gdtui.lab.workspace import Workspace
from gdtui.ui.common.sized import SizedScreen
from gdtui.ui.common.status import YES_NO, Status
from gdtui.ui.lab.background import Background
from gdtui.ui.lab.views.holder import Views
from gdtui.ui.panels.charts import Charts
from gdtui.ui.panels.prompt import Prompt, Reply


class Files(Protocol):
    """The way out of the lab into files, and back."""

    def ask_where_to_export(self) -> None:
        """Ask for a file's name, and write the run there."""

    def save(self) -> None:
        """Save the workspace."""

    def pinned_and_not_saved(self) -> int:
        """How many runs are pinned that no file has."""

    def ask_what_to_open(self) -> None:
        """Ask for a workspace, and open it."""


class Lab(SizedScreen[None]):
    """The run and what it is looked at with."""

    status: var[Status] = var(Status())
    """What the screen itself is doing."""

    workspace: Workspace
    """The run and what can be done to it, once torch is loaded."""
    charts: Charts
    views: Views
    prompt: Prompt
    reply: Reply
    background: Background
    file_actions: Files
    key: dict[str, str]
    """The key to name for each command, by its id."""

    _confirmed: Callable[[], object] | None = None
    """What is done once the question asked is answered with yes."""

    @abstractmethod
    def show(self) -> None:
        """Look at the run anew."""

    @abstractmethod
    def predict(self, chosen: int) -> None:
        """Ask what the next epoch brings."""

    def attempt(self, action: Callable[[], object]) -> None:
        """Do something to the run, say what is to be said of it, or why it cannot be done, and show what came of it."""
        try:
            said = action()
            if isinstance(said, str) and said:
                self.notice(said)
        except UserError as error:
            self.notice(str(error))
        if not self.status.is_loading:
            self.show()

    def set_status(self, **changes: object) -> None:
        """Change parts of the status."""
        self.status = msgspec.structs.replace(self.status, **changes)

    def notice(self, text: str) -> None:
        """Say something in place of the keys, until the next key."""
        self.set_status(notice=text)

    def ask(self, question: str, action: Callable[[], object], *, yes: str = YES_NO[0][0]) -> None:
        """Ask a question that y or n answers before something is done; `yes` may name a second key beside y."""
        self._confirmed = action
        self.set_status(question=question, answers=((yes, YES_NO[0][1]), YES_NO[1]))

    def text(self) -> str:
        """The screen as lines of text."""
        return "".join(strip.text.rstrip() + "\n" for strip in self._compositor.render_strips())

    def toggle_view(self, name: str) -> None:
        """Open a view beside the charts, or close it."""
        self.views.toggle(name)
        self.query_one("#lab").set_class(bool(self.views.opened), "-viewing")
        self.set_status(view=self.views.opened)

    def enlarge(self, *, opens_out: bool = True) -> None:
        """Give the view or else the first chart the whole screen, or share it again; a bowl is opened out before."""
        self.notice(self.charts.zoom(opens_out=opens_out and not self.views.opened))
        self.query_one("#lab").set_class(self.charts.is_enlarged, "-enlarged")
        self.set_status(is_enlarged=self.charts.is_enlarged)


class OpenHelp(Message):
    """The help is asked for."""


class ToClass(Message):
    """Something is asked for that concerns the class."""

    def __init__(self, what: str) -> None:
        super().__init__()
        self.what = what


class OpenLessons(Message):
    """The lessons are asked for."""
