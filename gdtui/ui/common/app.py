"""The base of all apps: it loads torch behind the first frame, and ends with an exit code."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, TypeGuard, TypeVar

import msgspec
from textual.app import App, SystemCommand
from textual.binding import Binding
from textual.color import Color
from textual.command import CommandPalette
from textual.css.stylesheet import Stylesheet
from textual.driver import Driver
from textual.events import DescendantFocus, Event, Key
from textual.screen import Screen
from textual.scrollbar import ScrollBar, ScrollBarRender
from textual.widget import Widget

if TYPE_CHECKING:
    from textual.actions import ActionParseResult
    from textual.dom import DOMNode
    from textual.widgets import Input

from gdtui.errors import UserError
from gdtui.storage import crash
from gdtui.terminal.capability import has_few_colours, has_shell_above, is_ascii_only, is_in_browser
from gdtui.terminal.driver import AsciiDriver, LabDriver, WholeDriver
from gdtui.terminal.hangul_keys import latin
from gdtui.terminal.keyboard import keys_of
from gdtui.terminal.screen_alone import screen_alone
from gdtui.text import _, clean
from gdtui.ui.charts.figure import Marker, prepare
from gdtui.ui.common.arrows import show_arrows
from gdtui.ui.common.contrast import colours, made_readable
from gdtui.ui.common.palette import few_colours
from gdtui.ui.panels.charts import Charts

T = TypeVar("T")

ENDING_SIGNALS = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT)
"""On these signals the app ends normally: it releases the terminal, and the exit code names the signal."""

SECONDS_TO_INTERRUPT_AGAIN = 3.0

BACKGROUNDS = ("background", "surface", "panel")
COLOURED_TEXT = ("text-primary", "text-secondary", "text-accent", "text-success", "text-warning", "text-error")
"""Textual's names for text colours, and for the backgrounds of text."""

CRASHED = 1
"""Textual's exit code for an unexpected exception."""


class WholeCells(ScrollBarRender):
    """A scroll bar without partial cells at its ends, which do not exist in ASCII."""

    VERTICAL_BARS = HORIZONTAL_BARS = [" "]  # noqa: RUF012  # Textual's own form


class ParsedOnce(Stylesheet):
    """A style sheet that is not parsed again if no colour has changed; Textual's is, for every app that starts."""

    def set_variables(self, variables: dict[str, str]) -> None:
        """Set the colours; only a change makes parsing necessary."""
        if variables != self._variables:
            super().set_variables(variables)

    def reparse(self) -> None:
        """Parse what has not been parsed yet."""
        self.parse()


class TerminalApp(App[None]):
    """gdtui on a terminal: it shows a screen at once, loads in the background, and ends normally on a signal."""

    TITLE = "gdtui"
    CSS_PATH = Path(__file__).with_name("gdtui.tcss")
    COMMAND_PALETTE_BINDING = "ctrl+p"
    BINDINGS = [  # noqa: RUF012  # Textual's own form
        Binding("ctrl+q,f10", "quit", "Quit", show=False),
        Binding("ctrl+c", "interrupt", show=False, priority=True),
        Binding("ctrl+z", "suspend_process", show=False, priority=True),
    ]

    def __init__(self, marker: Marker | None = None, *, is_ascii: bool | None = None) -> None:
        """`marker`: what charts are drawn with; `is_ascii`: whether to send only ASCII. None: what the terminal can
        show.
        """
        self.has_few_colours = has_few_colours()
        driver = driver_for(is_ascii)
        is_ascii = is_ascii_only() if is_ascii is None else is_ascii
        # Textual decides here how NO_COLOR removes colours, before it looks at a theme.
        super().__init__(driver_class=driver, ansi_color=True if self.has_few_colours else None)
        self.stylesheet = ParsedOnce(variables=self.theme_variables)
        ScrollBar.renderer = WholeCells if is_ascii else ScrollBarRender
        show_arrows(as_words=is_ascii)
        self.is_ascii = is_ascii
        """Whether only ASCII is shown."""
        self.marker: Marker = "ascii" if is_ascii else marker or "braille"
        self.drawing: Future[bool]
        """plotext being loaded, after torch."""
        self.failure: str | None = None
        """A line to show after the app has ended, if it could not go on."""
        self.farewell = ""
        """A line to show after the app has ended: how to come back."""
        self._last_interrupt = float("-inf")

    @property
    def is_behind(self) -> bool:
        """Whether the terminal has not shown the previous frame yet, so that another one would have to wait."""
        return isinstance(self._driver, LabDriver) and self._driver.is_behind

    def get_css_variables(self) -> dict[str, str]:
        """Textual's colours, made readable, and ours: one per role, and one for frames."""
        variables, is_dark = super().get_css_variables(), self.current_theme.dark
        if self.current_theme.ansi:
            self.theme_variables |= {**few_colours(is_dark), "frame": "ansi_default"}
        else:
            backgrounds = [variables[name] for name in BACKGROUNDS]
            readable = {name: made_readable(variables[name], backgrounds) for name in COLOURED_TEXT}
            self.theme_variables |= {**readable, **colours(is_dark, backgrounds), "frame": variables["primary"]}
            if self.console.color_system == "256":  # its nearest colour to Textual's dark slate is navy blue
                self.theme_variables["panel"] = Color.parse(variables["panel"]).monochrome.hex
        return self.theme_variables

    def on_load(self) -> None:
        """Prepare to end normally before the terminal is taken."""
        for number in ENDING_SIGNALS:
            asyncio.get_running_loop().add_signal_handler(number, self.exit, None, 128 + number)

    def on_mount(self) -> None:
        """Show the first frame, and start loading once it is on its way."""
        if self.has_few_colours:
            self.theme = "ansi-dark"
        self.call_after_refresh(self.start_loading)

    async def on_event(self, event: Event) -> None:
        """With a Korean keyboard layout, a key outside text fields counts as the Latin key in the same place."""
        if not isinstance(event, Key) or event.is_forwarded:
            await super().on_event(event)
            return
        self.note_key()
        if isinstance(self._driver, LabDriver):
            self._driver.answer()
        letters = "" if is_text_field(self.focused) or not event.character else latin(event.character)
        for key in keys_of(letters) if letters else (event,):
            await super().on_event(key)  # type: ignore[arg-type]  # what is typed is events

    async def run_action(
        self,
        action: "str | ActionParseResult",
        default_namespace: "DOMNode | None" = None,
        namespaces: "Mapping[str, DOMNode] | None" = None,
    ) -> bool:
        """Run the action of a key, unless the app was told to end: then nothing can be opened any more."""
        return self.return_code is None and await super().run_action(action, default_namespace, namespaces)

    def on_draws_wide(self) -> None:
        """Switch the charts to ASCII, and redraw everything."""
        self.is_ascii = True
        self.marker, ScrollBar.renderer = "ascii", WholeCells
        show_arrows(as_words=True)
        for charts in self.screen.query(Charts):
            charts.looks = msgspec.structs.replace(charts.looks, marker=self.marker)
            charts.draw()
        self.refresh()

    def note_key(self) -> None:
        """A key was pressed."""

    def action_interrupt(self) -> None:
        """Quit if pressed twice; once may be a habit from copying."""
        now = time.monotonic()
        if now - self._last_interrupt < SECONDS_TO_INTERRUPT_AGAIN:
            self.exit()
            return
        self._last_interrupt = now
        self.tell(_("ctrl+c again quits."), _("ctrl+c again quits, and so does q."))

    def action_suspend_process(self) -> None:
        """Go back to the shell, unless there is none, because then nobody could resume this program."""
        if self._driver and self._driver.can_suspend and has_shell_above():
            super().action_suspend_process()
        else:
            self.tell(_("There is no shell to go back to, so ctrl+z does nothing here."))

    def tell(self, text: str, with_letters: str = "") -> None:
        """Show a message, or `with_letters` where letters are keys. The palette, which shows no messages, is closed for
        it.
        """
        if isinstance(self.screen, CommandPalette):
            self.screen.dismiss()
        self.notify(text, markup=False, timeout=SECONDS_TO_INTERRUPT_AGAIN)

    def on_descendant_focus(self, event: DescendantFocus) -> None:
        """Stop the cursor from blinking, which would send bytes all the time."""
        if is_text_field(event.widget):
            event.widget.cursor_blink = False

    def start_loading(self) -> None:
        """Load on a thread, so that the screen stays responsive: first what computes, then what draws.

        Each blocks the interpreter while it loads, so it starts once the frame before is on its way.
        """
        thread = ThreadPoolExecutor(1, thread_name_prefix="loader")
        if isinstance(self._driver, LabDriver):
            thread.submit(self._driver.drain)
        self.load_on(thread)
        thread.submit(self.call_later, self.look_for_what_is_loaded)
        thread.submit(self.call_later, self.call_after_refresh, self.load_drawing, thread)

    def load_drawing(self, thread: ThreadPoolExecutor) -> None:
        """Load what draws, now that numbers are shown."""
        self.drawing = thread.submit(prepare)
        thread.submit(self.call_later, self.look_for_what_is_loaded)

    def load_on(self, thread: ThreadPoolExecutor) -> None:
        """Submit what must be loaded for computing."""
        raise NotImplementedError

    async def look_for_what_is_loaded(self) -> None:
        """Start once there is a run, and draw once there is plotext."""
        raise NotImplementedError

    def result_of(self, loading: Future[T] | None) -> T | None:
        """The loaded result, or None if it is not there yet; if loading failed, the app ends."""
        if loading is None or not loading.done():
            return None
        try:
            return loading.result()
        except UserError as error:
            self.failure = str(error)
            self.exit(return_code=error.exit_code)
            return None

    def begin_to_draw(self, charts: Charts) -> None:
        """Draw once plotext is loaded, which comes last."""
        if self.drawing.done() and self.result_of(self.drawing):
            charts.begin_to_draw()

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """Textual's choice of a theme."""
        yield SystemCommand(_("Theme"), _("Change the colours"), self.action_change_theme)


def driver_for(is_ascii: bool | None) -> type[Driver]:
    """The driver to use: one for a terminal of unknown or of known abilities, or for a browser."""
    if is_in_browser():
        from gdtui.terminal.browser import BrowserDriver  # not needed otherwise

        return BrowserDriver
    if is_ascii is None:
        return AsciiDriver if is_ascii_only() else LabDriver
    return AsciiDriver if is_ascii else WholeDriver


def is_text_field(widget: Widget | None) -> "TypeGuard[Input]":
    """Whether letters typed there are text. Checking its class would import it before it is needed."""
    return hasattr(widget, "cursor_blink")


def run_app(app: TerminalApp, *, has_mouse: bool) -> int:
    """Run an app on this terminal; return the exit code."""
    for name in ("COLUMNS", "LINES") if not is_in_browser() else ():
        os.environ.pop(name, None)  # they would freeze the size
    with screen_alone() as strays:
        app.run(mouse=has_mouse)
        report = strays() if app.return_code == CRASHED else ""
    if report:
        print(crash.short(report, crash.keep(report)), file=sys.stderr)
    for said in filter(None, (app.failure, app.farewell)):
        print(f"gdtui: {clean(said, 400)}", file=sys.stderr)
    return app.return_code or 0
