"""What commands may ask of the lab: the screen is made so, and no command knows the screen itself."""

from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from textual.app import App
from textual.geometry import Size
from textual.message import Message

from gdtui.lab.workspace import Workspace
from gdtui.ui.lab.views.holder import Views
from gdtui.ui.panels.charts import Charts
from gdtui.ui.panels.prompt import Prompt
from gdtui.ui.panels.reply import Reply

T = TypeVar("T")


class Files(Protocol):
    """The way out of the lab into files, and back."""

    def ask_where_to_export(self) -> None:
        """Ask for a file's name, and write the run there."""

    def save(self) -> None:
        """Save the workspace."""

    def ask_what_to_open(self) -> None:
        """Ask for a workspace, and open it."""


class Computing(Protocol):
    """What takes long, on a thread."""

    def compute(self, what: str, job: Callable[[Callable[[], bool]], T], then: Callable[[T], None]) -> None:
        """Compute something and go on with it: at once where it is quick, else when it is there, unless it is left.

        The job is given what tells it whether it is left. It must not change anything: that is for `then`.

        Raises:
            UserError: the job's own, where it was quick.
        """


class Lab(Protocol):
    """The run and what it is looked at with."""

    workspace: Workspace
    charts: Charts
    views: Views
    prompt: Prompt
    reply: Reply

    @property
    def app(self) -> App[object]:
        """What other screens are opened on."""

    @property
    def size(self) -> Size:
        """The cells there are."""

    @property
    def background(self) -> Computing:
        """What computes while the screen lives."""

    @property
    def file_actions(self) -> Files:
        """What writes and reads files."""

    def notice(self, text: str) -> None:
        """Say something in place of the keys, until the next key."""

    def ask(self, question: str, action: Callable[[], None]) -> None:
        """Ask a question to be answered with y or n before something is done."""

    def attempt(self, action: Callable[[], None]) -> None:
        """Do something to the run, show what came of it, or why it cannot be done."""

    def show(self) -> None:
        """Look at the run anew."""

    def toggle_view(self, name: str) -> None:
        """Open a view beside the charts, or close it."""

    def enlarge(self) -> None:
        """Give the view or else the first chart the whole screen, or share it again."""

    def predict(self, chosen: int) -> None:
        """Ask what the next epoch brings."""

    def post_message(self, message: Message) -> bool:
        """Hand something up to the app."""


class OpenHelp(Message):
    """The help is asked for."""


class OpenLessons(Message):
    """The lessons are asked for."""


class LabAtWork(Lab, Protocol):
    """A lab in which something takes long."""

    def text(self) -> str:
        """The screen as lines of text."""

    def release_keys(self) -> None:
        """Serve the keys that were held back meanwhile."""

    def call_after_refresh(self, callback: Callable[..., Any], *arguments: Any) -> bool:
        """Call something once the screen is drawn."""

    def run_worker(self, work: Any, /) -> object:
        """Do something while the screen lives."""
