"""A question for one number or line, asked at the bottom of the screen."""

from collections.abc import Callable

from rich.cells import cell_len
from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widgets import Input, Static

from gdtui.text import _
from gdtui.ui.panels.field import TextField


class Prompt(Horizontal):
    """Stands over the key bar while it asks; enter answers, escape goes back."""

    BINDINGS = [("escape", "leave", "back")]  # noqa: RUF012  # Textual's own form

    def __init__(self) -> None:
        super().__init__(id="prompt")
        self._answer: Callable[[str], str | None] = lambda text: text
        self._after: Callable[[], None] | None = None

    def compose(self) -> ComposeResult:
        """The question, the field, and room for what is wrong with the answer."""
        yield Static(id="prompt-question", markup=False)
        yield TextField(id="prompt-field")
        yield Static(id="prompt-reason", markup=False)
        yield Static(id="prompt-keys", markup=False)

    def ask(
        self,
        question: str,
        answer: Callable[[str], str | None],
        suggested: str | None = None,
        on_leave: Callable[[], None] | None = None,
        keys: str = "",
    ) -> None:
        """Ask. `answer` is given the text, and returns a reason where it does not take it.

        With a suggestion, which may be empty, what is asked for is a file's name, and the field is wide. `on_leave` is
        called once it asks no more. With `keys` it stands under the numbers, where the eye is, and says them.
        """
        self._answer, self._after = answer, on_leave
        self.query_one("#prompt-question", Static).update(f" {question} ")
        self._refuse("")
        field = self.query_one(Input)
        field.value = suggested or ""
        field.cursor_position = len(field.value)
        self.set_class(suggested is not None, "-wide")
        self.set_class(bool(keys), "-in-sight")
        self.query_one("#prompt-keys", Static).update(f" {keys}")
        self.add_class("-asking")
        self.screen.set_focus(field)

    def action_leave(self) -> None:
        """Stop asking."""
        self.remove_class("-asking")
        self.screen.set_focus(None)
        left, self._after = self._after, None
        if left:
            left()

    def clear(self) -> None:
        """Take the answer away, for another."""
        self.query_one(Input).value = ""

    @on(Input.Submitted)
    def give(self, event: Input.Submitted) -> None:
        """Hand the answer on, and stop asking once it is taken."""
        event.stop()
        reason = self._answer(event.value)
        if reason is None:
            self.action_leave()
        else:
            self._refuse(reason)

    def _refuse(self, reason: str) -> None:
        """Say what is wrong with an answer, or nothing: beside the field, or where there is no room over the question,
        with the way out."""
        taken = sum(self.query_one(part).region.width for part in ("#prompt-question", "#prompt-field"))
        room = self.size.width * 3 // 5 if self.has_class("-wide") else self.size.width - taken
        is_long = bool(reason) and cell_len(f" {reason}") > room
        self.set_class(is_long, "-over")
        said = _(" {reason}; escape leaves", reason=reason) if is_long else f" {reason}"
        self.query_one("#prompt-reason", Static).update(said)
