"""What commands may ask of the lab: they know this class, not the screen derived from it."""

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
    """Saving the lab's work in files, and opening it again."""

    def ask_where_to_export(self) -> None:
        """Ask for a file name, and write the run there."""

    def save(self) -> None:
        """Save the workspace."""

    def pinned_and_not_saved(self) -> int:
        """How many pinned runs are in no file."""

    def ask_what_to_open(self) -> None:
        """Ask for a workspace file, and open it."""


class Lab(SizedScreen[None]):
    """The run, and everything for looking at it."""

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
    """The key to mention for each command, by id."""

    _confirmed: Callable[[], object] | None = None
    """What to do if the open question is answered with yes."""

    @abstractmethod
    def show(self) -> None:
        """Show the run in its present state."""

    @abstractmethod
    def predict(self, chosen: int) -> None:
        """Ask what the next epoch will bring."""

    def attempt(self, action: Callable[[], object]) -> None:
        """Do something to the run, show its message or why it is not possible, and show the result."""
        try:
            said = action()
            if isinstance(said, str) and said:
                self.notice(said)
        except UserError as error:
            self.notice(str(error))
        if not self.status.is_loading:
            self.show()

    def set_status(self, **changes: object) -> None:
        """Change some fields of the status."""
        self.status = msgspec.structs.replace(self.status, **changes)

    def notice(self, text: str) -> None:
        """Show a message instead of the keys, until the next key."""
        self.set_status(notice=text)

    def ask(self, question: str, action: Callable[[], object], *, yes: str = YES_NO[0][0]) -> None:
        """Ask a question that y or n answers before doing something; `yes` may name a second key for y."""
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
        """Let the view, or otherwise the first chart, fill the screen, or undo that; a bowl is widened first."""
        self.notice(self.charts.zoom(opens_out=opens_out and not self.views.opened))
        self.query_one("#lab").set_class(self.charts.is_enlarged, "-enlarged")
        self.set_status(is_enlarged=self.charts.is_enlarged)


class OpenHelp(Message):
    """A request for the help."""


class ToClass(Message):
    """A request for the class."""

    def __init__(self, what: str) -> None:
        super().__init__()
        self.what = what


class OpenLessons(Message):
    """A request for the list of lessons."""
