"""The form for the parameters: checked while typing, applied with enter."""

import asyncio

from rich.cells import cell_len
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.events import DescendantFocus, Key
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Input, Static

from gdtui.errors import ExperimentError
from gdtui.experiment.change import Change
from gdtui.experiment.experiment import Experiment
from gdtui.experiment.setting import Setting
from gdtui.experiment.settings import BY_NAME
from gdtui.text import _
from gdtui.ui.common.held_keys import HeldKeys
from gdtui.ui.common.status import Status
from gdtui.ui.lab.form import FIELDS, asks_for_a_file, hint_of, read_form, texts_of
from gdtui.ui.panels.choice import Choice
from gdtui.ui.panels.key_bar import bar
from gdtui.ui.panels.number_rows import lines_shown
from gdtui.ui.panels.panel import Painted, PanelScreen
from gdtui.ui.panels.prompt import TextField

FIELDS_AT_ONCE = 5
"""How many fields are added before the screen is drawn and keys are handled again."""

KEYS = (
    *(("enter", _("apply")), ("↑ ↓", _("field")), ("← →", _("choose"))),
    *(("F1", _("explain")), ("escape", _("back"))),
)
"""The keys shown below the fields."""

Edited = tuple[Experiment, Change | None]
"""The experiment wanted, and the settings that change at the current epoch."""


class Fields(VerticalScroll, can_focus=False, inherit_bindings=False):
    """The fields, which scroll to the focused one. The arrow keys move between fields."""

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Move the terminal's cursor with the field, because a Korean input method shows its composition there."""
        super().watch_scroll_y(old_value, new_value)
        self.call_after_refresh(self._place_cursor)

    def _place_cursor(self) -> None:
        if isinstance(field := self.screen.focused, TextField):
            self.app.cursor_position = field.cursor_screen_offset
            field.refresh()  # the terminal gets its position when something is drawn


class EditScreen(PanelScreen[Edited | None], ModalScreen[Edited | None]):
    """One line per parameter, with what is wrong with it, or how it is read, beside it.

    It opens over the parameters, so the numbers above stay visible.
    """

    DEFAULT_CSS = """
    EditScreen {
        background: transparent;
        Fields, #edit-hint { background: $background; }
        Fields { layout: grid; grid-size: 3; grid-columns: 16 31 1fr; grid-rows: 1; padding: 0 0 0 1; }
        .label { color: $role-dim; }
        .label.-here { color: $role-main; text-style: bold reverse; }
        Input, Choice { height: 1; }
        .hint { height: 1; color: $role-dim; padding: 0 2 0 1; text-wrap: nowrap; text-overflow: ellipsis; }
        .hint.-wrong, #edit-hint.-wrong { color: $role-bad; text-style: bold; }
        #edit-hint { display: none; height: 1; color: $role-dim; }
        #edit-hint.-long { display: block; height: auto; max-height: 3; }
        &.-narrow {
            #edit-hint { display: block; }
            Fields { grid-size: 2; grid-columns: 16 31; }
            .hint { display: none; }
        }
    }
    """
    AUTO_FOCUS = ""
    BINDINGS = [  # noqa: RUF012  # Textual's own form
        ("escape", "leave", "back"),
        ("enter", "apply", "apply"),
        # With priority they are handled before the next key, which then goes to the field that they lead to.
        Binding("up,shift+tab", "move(-1)", priority=True),
        Binding("down,tab", "move(1)", priority=True),
        ("f1,question_mark", "tell", "what it is"),
        ("ctrl+q,f10", "app.quit", "quit"),
    ]

    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (80, "-normal")]  # noqa: RUF012

    def __init__(self, experiment: Experiment, epoch: int) -> None:
        """`epoch` is the current one, at which new settings take effect."""
        super().__init__()
        self.experiment = experiment
        self.epoch = epoch
        self.fields: dict[str, TextField | Choice] = {}
        self.labels: dict[str, Static] = {}
        self.hints: dict[str, Static] = {}
        self.is_told = False
        """Whether a field's full help is shown."""
        self.error: ExperimentError | None = None
        self.is_whole = False
        """Whether all fields exist."""
        self.held = HeldKeys()

    def compose(self) -> ComposeResult:
        """The title, space for the fields, and the keys below."""
        title = Static(_(" Parameters"), id="edit-title", markup=False)
        title.styles.margin = (1 + len(lines_shown(self.experiment, ())), 0, 0, 0)
        yield title
        yield Static(id="edit-hint", markup=False)
        yield Fields()
        yield Painted(lambda width, _height: [bar(Status(), KEYS, width)], id="edit-keys")

    def on_mount(self) -> None:
        """Add the fields a few at a time, so that the screen stays responsive."""
        self.run_worker(self._fill())

    async def _fill(self) -> None:
        texts, fields = texts_of(self.experiment, self.epoch), self.query_one(Fields)
        for first in range(0, len(FIELDS), FIELDS_AT_ONCE):
            await fields.mount_all(
                part for row in FIELDS[first : first + FIELDS_AT_ONCE] for part in self._line(row, texts[row.name])
            )
            await asyncio.sleep(0)
        self.is_whole = True
        self.fields["lr"].focus()
        self.held.release(self.app)

    def _line(self, row: Setting, text: str) -> tuple[Widget, ...]:
        """The label of a setting, its field, and its hint."""
        name = f"field-{row.name}"
        self.fields[row.name] = Choice(row.choices, text, id=name) if row.choices else TextField(text, id=name)
        self.hints[row.name] = Static(row.hint, classes="hint", id=f"hint-{row.name}", markup=False)
        self.labels[row.name] = Static(row.label, classes="label", markup=False)
        return self.labels[row.name], self.fields[row.name], self.hints[row.name]

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool:
        """Without all fields there are none to move between, and the key is held back."""
        return self.is_whole or action != "move"

    def action_move(self, by: int) -> None:
        """Go to the next field, or to the one before."""
        if by > 0:
            self.focus_next()
        else:
            self.focus_previous()

    def on_key(self, event: Key) -> None:
        """Hold keys back until all fields exist, except escape."""
        if not self.is_whole and event.key != "escape":
            self.held.hold(event)

    def texts(self) -> dict[str, str]:
        """The present texts of the fields."""
        return {name: field.value for name, field in self.fields.items()}

    @on(Input.Changed)
    @on(Choice.Changed)
    def check(self) -> None:
        """Show beside each field how it is read, or what is wrong. A file is read only when the form is applied."""
        if not self.is_whole:
            return
        texts, error = self.texts(), None
        if not asks_for_a_file(texts, self.experiment.dataset):
            try:
                read_form(texts, self.experiment, self.epoch)
            except ExperimentError as wrong:
                error = wrong
        self.explain(error)

    def explain(self, error: ExperimentError | None) -> None:
        """Show what is wrong beside its field, and hints beside the others."""
        self.error = error
        wrong = field_of(error) if error else None
        for row in FIELDS:
            text = error.reason if error and row.name == wrong else hint_of(row, self.fields[row.name].value)
            hint = self.hints[row.name]
            hint.set_class(row.name == wrong, "-wrong")
            if hint.content != text:  # each update lays the form out again
                hint.update(text)
        if error and wrong:
            is_long = cell_len(error.reason) > self.hints[wrong].content_size.width
            self._say(f"{BY_NAME[wrong].label}: {error.reason}", "-wrong", *["-long"] * is_long)
        else:
            self.say_hint()

    @on(DescendantFocus)
    def say_hint(self) -> None:
        """Mark the focused field; on a screen too narrow for hints beside the fields, show its hint.

        An error stays visible until it is corrected.
        """
        row = self._row()
        for name, label in self.labels.items():
            label.set_class(row is not None and row.name == name, "-here")
        if row and not self.error:
            self._say(hint_of(row, self.fields[row.name].value))

    def _row(self) -> Setting | None:
        """The setting of the focused field."""
        return BY_NAME[str(self.focused.id).removeprefix("field-")] if self.focused else None

    def action_tell(self) -> None:
        """Show what the field is for; in a text field `?` is a letter."""
        if row := self._row():
            self._say(f"{row.label}: {row.help}", "-long")
            self.is_told = True

    def action_leave(self) -> None:
        """Close the field's help, or otherwise the form."""
        if self.is_told:
            self.explain(self.error)
        else:
            self.dismiss(None)

    def _say(self, text: str, *classes: str) -> None:
        said = self.query_one("#edit-hint", Static)
        said.set_classes(classes)
        self.is_told = False
        said.update(f" {text}")

    @on(Input.Submitted)
    def action_apply(self) -> None:
        """Return the texts of the fields, if they can be used."""
        try:
            edited = read_form(self.texts(), self.experiment, self.epoch)
        except ExperimentError as error:
            self.explain(error)
            self.fields[field_of(error)].focus()
        else:
            self.dismiss(edited)


def field_of(error: ExperimentError) -> str:
    """The field that an error is about; an error in a column belongs to the data."""
    return error.field if any(row.name == error.field for row in FIELDS) else "data"
