"""Drives the lab inside the test's own process: opens it, presses keys, reads panels as text."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

from fake_backend import FAKE
from textual import app as textual_app
from textual import pilot as textual_pilot
from textual._compositor import Compositor
from textual._context import active_app
from textual.css.stylesheet import Stylesheet
from textual.pilot import Pilot
from textual.widgets import Input

from gdtui.descent.backend import BACKEND
from gdtui.experiment.backend import Backend
from gdtui.experiment.experiment import Experiment
from gdtui.storage import preferences
from gdtui.teaching.catalogue import lesson_named
from gdtui.teaching.page import PageState
from gdtui.teaching.recorded_session import RecordedSession
from gdtui.ui.lab.app import LabApp
from gdtui.ui.lesson.app import LessonApp
from gdtui.ui.panels.chart_panel import ChartPanel
from gdtui.ui.panels.panel import Panel


def prefer(**content: object) -> None:
    """Write a preferences file, as a user does."""
    path = preferences.place()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content))


SECONDS_TO_WAIT = 20.0
SECONDS_TO_SETTLE = 1.0
"""What goes on for longer, such as a run that plays, is not waited for."""

parse_rules = Stylesheet._parse_rules
parsed: dict[object, object] = {}


def parse_rules_once(stylesheet: Stylesheet, *given: object, **named: object) -> object:
    """What Textual makes of a style sheet under some variables, which it works out anew for every app otherwise."""
    key = (given, *named.items(), *stylesheet._variables.items())
    if key not in parsed:
        parsed[key] = parse_rules(stylesheet, *given, **named)
    return parsed[key]


Stylesheet._parse_rules = parse_rules_once


render_update = Compositor.render_update


def put_together_if_whole(compositor: Compositor, full: bool = False, **named: Any) -> object:
    """Nothing of a change, which no terminal shows here: tests ask panels for their lines, or for all strips."""
    if full:
        return render_update(compositor, full, **named)
    compositor._dirty_regions.clear()
    return None


Compositor.render_update = put_together_if_whole


async def wait_until_settled(*_given: object) -> None:
    """Until nothing is left to be done: no task can go on, no frame is due, no thread is at work for the screen.

    An app that was told to end draws no more.

    Textual itself asks every widget whether it is done, and waits until the process has used no time for a while.
    """
    app, loop = active_app.get(), asyncio.get_running_loop()
    deadline = loop.time() + SECONDS_TO_SETTLE
    while loop.time() < deadline and app.return_code is None:
        await asyncio.sleep(0)
        if loop._ready:
            continue
        is_drawing = any(screen._update_timer._active.is_set() for screen in app.screen_stack)
        if not is_drawing and all(worker.is_finished for worker in app.workers):
            return
        await asyncio.sleep(0.001)


textual_app.wait_for_idle = textual_pilot.wait_for_idle = Pilot._wait_for_screen = wait_until_settled


class Lab:
    """The lab under test."""

    def __init__(self, app: LabApp | LessonApp, pilot: Pilot[None], screen: Any = None) -> None:
        """A lesson on its own is driven likewise, with its screen."""
        self.app = app
        self.pilot = pilot
        self.screen = screen or app.lab

    async def press(self, *keys: str) -> None:
        """Press keys and let them take effect."""
        await self.pilot.press(*keys)
        await self.pilot.pause()

    async def type(self, text: str) -> None:
        """Type a text into the field that has the focus."""
        names = {",": "comma", ".": "full_stop", "-": "minus", "=": "equals_sign", " ": "space"}
        await self.press(*(names.get(character, character) for character in text))

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until a condition holds."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + SECONDS_TO_WAIT
        while not condition():
            assert loop.time() < deadline, f"this never came true:\n{self.text('#lab Panel')}"
            await asyncio.sleep(0.02)

    async def until_paused(self) -> None:
        """Wait until nothing plays and the screen knows it."""
        await self.until(lambda: not self.screen.workspace.player.is_playing and not self.screen.status.is_playing)

    def text(self, selector: str) -> str:
        """What the panels show, line by line."""
        lines = []
        for panel in self.app.screen.query(selector).results(Panel):
            lines += [panel.render_line(y).text.rstrip() for y in range(panel.content_size.height)]
        return "\n".join(lines)

    @property
    def numbers(self) -> str:
        """The numbers of the epoch, and the verdict under them."""
        return self.text("#numbers, #verdict")

    @property
    def keys(self) -> str:
        """The line at the bottom."""
        return self.text("#keys").strip()

    def chart(self, place: int = 0) -> str:
        """The picture of the chart in a place."""
        panel = list(self.app.screen.query(ChartPanel))[place]
        return "\n".join(panel.render_line(y).text.rstrip() for y in range(panel.content_size.height))

    def titles(self) -> list[str]:
        """The titles of the charts that are seen."""
        return [self.title(panel) for panel in self.app.screen.query(ChartPanel) if panel.display]

    @staticmethod
    def title(panel: Panel) -> str:
        """What stands in the rule over a panel, without the note behind it."""
        return str(panel.border_title).strip().partition(" ─ ")[0]

    @property
    def epochs(self) -> list[str]:
        """The lines of the epoch table, without the rule over them and the columns at the right."""
        lines = [line.strip() for line in self.text("#epochs").splitlines() if line.strip()]
        return [re.sub(r"\s{3,}[\s\d.−?]*$", "", line) for line in lines if not line.startswith("─")]


@asynccontextmanager
async def opened(
    experiment: Experiment | None = None, size: tuple[int, int] = (80, 24), backend: Backend = FAKE
) -> AsyncIterator[Lab]:
    """The lab, open and ready to be stepped; a test of digits gives it the backend with torch."""
    app = LabApp(experiment or Experiment(), lambda: backend)
    async with app.run_test(size=size) as pilot:
        lab = Lab(app, pilot)
        await lab.until(lambda: lab.screen.frame is not None and bool(lab.screen.charts.charts))
        await pilot.pause()
        yield lab


async def edit(lab: Lab, **texts: str) -> None:
    """Open the form and type into its fields."""
    await lab.press("e")
    await lab.until(lambda: isinstance(lab.app.focused, Input))
    for name, text in texts.items():
        lab.app.screen.query_one(f"#field-{name}").focus()
        await lab.pilot.pause()
        entry = lab.app.screen.query_one(f"#field-{name}", Input)
        entry.select_all()
        await lab.type(text)


async def back_in_the_lab(lab: Lab) -> None:
    """Wait for the form to be gone."""
    await lab.until(lambda: lab.app.screen is lab.screen)
    await lab.pilot.pause()


async def play_lesson(name: str, keys: Sequence[str], size: tuple[int, int]) -> PageState:
    """What a shipped lesson shows once these keys are pressed, the last of which ends it."""
    app = LessonApp(lesson_named(name), lambda lesson: RecordedSession(lesson, BACKEND, "ann"))
    async with app.run_test(size=size) as pilot:
        here = Lab(app, pilot, app.lesson)
        await here.until(lambda: app.lesson.view is not None and bool(app.lesson.charts.charts))
        await here.press(*keys)
        assert app.lesson.view
        assert app.lesson.view.is_over, (app.lesson.view.title, here.text("#keys"))
        return app.lesson.view
