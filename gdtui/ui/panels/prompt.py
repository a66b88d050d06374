"""A question for a number or a line at the bottom of the screen, and the reply to the answer."""

from collections.abc import Callable, Sequence

from rich.cells import cell_len
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal
from textual.events import Key
from textual.reactive import var
from textual.widgets import Input, Static
from textual.widgets.input import Selection

from gdtui.text import _
from gdtui.ui.common.rows import Row, line_rows
from gdtui.ui.panels.panel import Panel

EDITING = {
    key: binding.action for binding in Input.BINDINGS if isinstance(binding, Binding) for key in binding.key.split(",")
}
"""The action of each key that edits a field or submits it."""


class TextField(Input):
    """One line of text to edit.

    Textual inserts letters at once, but handles editing keys only after they have gone up to the app and back: with
    quick typing, a backspace would delete a letter typed after it.
    """

    def __init__(self, value: str = "", *, id: str | None = None) -> None:  # noqa: A002  # Textual's own name for it
        super().__init__(value, compact=True, id=id)
        self.cursor_blink = False

    def has_had(self, event: Key) -> bool:
        """Whether this key was already sent on by this field, rather than typed before the field was opened."""
        return event._sender is self

    async def _on_key(self, event: Key) -> None:
        event.set_sender(self)
        if action := EDITING.get(event.key):
            event.stop()
            event.prevent_default()
            await self.run_action(action)
        else:
            await super()._on_key(event)


class Prompt(Horizontal):
    """Shown above the key bar while it asks; enter answers, escape goes back."""

    SCOPED_CSS = False
    DEFAULT_CSS = """
    Prompt {
        display: none;
        layer: above;
        dock: bottom;
        height: 1;
        background: $panel;
        &.-asking { display: block; }
        #prompt-question { width: auto; text-style: bold; }
        #prompt-field { width: 24; }
        #prompt-reason { width: 1fr; color: $role-bad; }
        &.-wide #prompt-field { width: 1fr; }
        &.-wide #prompt-reason { width: auto; max-width: 60%; }
        /* What is wrong with an answer stands over the question where it would be cut off beside the field. */
        &.-over { height: 2; }
        &.-over #prompt-reason { dock: top; width: 100%; max-width: 100%; height: 1; background: $panel; }
        /* A prediction is asked for under the numbers, with its keys. */
        #prompt-keys { display: none; dock: bottom; width: 100%; height: 1; color: $role-dim; background: $panel; }
        &.-in-sight { dock: top; height: 2; margin: 4 0 0 0; }
        &.-in-sight.-over { height: 3; }
        &.-in-sight #prompt-keys { display: block; }
    }
    .-narrow #prompt-field { width: 10; }
    #lab.-with-b Prompt.-in-sight { margin: 5 0 0 0; }
    #lab.-standardized Prompt.-in-sight { margin: 6 0 0 0; }
    #class Prompt.-in-sight { margin: 1 0 0 0; }
    """
    BINDINGS = [("escape", "leave", "back")]  # noqa: RUF012  # Textual's own form

    def __init__(self) -> None:
        super().__init__(id="prompt")
        self._answer: Callable[[str], str | None] = lambda text: text
        self._after: Callable[[], None] | None = None

    def compose(self) -> ComposeResult:
        """The question, the field, and space for what is wrong with the answer."""
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
        """Ask a question. `answer` is called with the text, and returns the reason if it does not accept it.

        With a suggestion, which may be empty, the answer is a file name, and the field is wide. `on_leave` is called
        when the prompt closes. With `keys` it is placed under the numbers, where people look, and shows these keys.
        """
        self._answer, self._after = answer, on_leave
        self.query_one("#prompt-question", Static).update(f" {question} ")
        self._refuse("")
        field = self.query_one(Input)
        field.select_on_focus = not keys  # typing continues what a key has started
        field.value = suggested or ""
        # Typing replaces a suggestion. It is selected here as well, because a focused field would not select it.
        field.selection = Selection(len(field.value) if keys else 0, len(field.value))
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
        """Clear the answer, for another one."""
        self.query_one(Input).value = ""

    @property
    def number(self) -> int:
        """The typed text as a number; 0 if it is not one."""
        text = self.query_one(Input).value.strip()
        return int(text[:9]) if text.isdecimal() else 0

    def turn(self, by: int, most: int) -> None:
        """Change the number by `by`, between 1 and `most`."""
        field = self.query_one(Input)
        field.value = f"{min(max(self.number + by, 1), most)}"
        field.cursor_position = len(field.value)

    @on(Input.Submitted)
    def give(self, event: Input.Submitted) -> None:
        """Pass the answer on, and stop asking once it is accepted."""
        event.stop()
        reason = self._answer(event.value)
        if reason is None:
            self.action_leave()
        else:
            self._refuse(reason)

    def _refuse(self, reason: str) -> None:
        """Show what is wrong with an answer, or nothing: beside the field, or if there is no space over the question,
        with the key that leaves.
        """
        taken = sum(self.query_one(part).region.width for part in ("#prompt-question", "#prompt-field"))
        room = self.size.width * 3 // 5 if self.has_class("-wide") else self.size.width - taken
        is_long = bool(reason) and cell_len(f" {reason}") > room
        self.set_class(is_long, "-over")
        said = _(" {reason}; escape leaves", reason=reason) if is_long else f" {reason}"
        self.query_one("#prompt-reason", Static).update(said)


class Reply(Panel):
    """The reply to a prediction: as high as its text, and hidden if there is none."""

    DEFAULT_CSS = """
    Reply {
        display: none;
        layer: above;
        dock: bottom;
        margin: 0 0 1 0;
        padding: 0 1;
        border-top: solid $frame;
        background: $panel;
    }
    """
    covered: var[int] = var(0)
    """How many lines above the key bar it covers."""

    def __init__(self) -> None:
        super().__init__(id="reply")
        self.said: tuple[str, ...] = ()
        self.is_good = False

    def say(self, lines: Sequence[str], *, good: bool = False) -> None:
        """Show lines, or hide if there are none."""
        if not lines and not self.said:
            return
        self.said, self.is_good = tuple(lines), good
        self.display = bool(lines)
        self.on_resize()

    def on_resize(self) -> None:
        """Use as many lines as needed at this width."""
        height = len(self.paint(max(1, self.screen.size.width - 2), 0)) + 1
        self.styles.height = height
        self.covered = height if self.said else 0
        self.repaint()

    def paint(self, width: int, height: int) -> Sequence[Row]:
        """The first line is highlighted."""
        first = "good" if self.is_good else "warn"
        return [
            row for number, line in enumerate(self.said) for row in line_rows(line, width, "text" if number else first)
        ]
