"""Panels that show what they showed are not drawn again; what has changed always is, colours too."""

import pytest
from lab_pilot import Lab, opened
from rich.segment import Segment
from textual.app import App
from textual.screen import Screen
from textual.strip import Strip

from gdtui.experiment.experiment import Experiment
from gdtui.ui.panels.panel import Panel


def shown(lab: Lab) -> list[list[Segment]]:
    """The screen as Textual would send it whole, with its colours."""
    compositor = lab.app.screen._compositor
    return [list(Strip.join([strip]).simplify()) for strip in compositor.render_strips(lab.app.size)]


async def test_a_step_draws_no_panel_that_stays_as_it_is(monkeypatch: pytest.MonkeyPatch):
    drawn: set[str | None] = set()
    draw = Panel.render_line

    def watched(panel: Panel, y: int) -> Strip:
        drawn.add(panel.id)
        return draw(panel, y)

    async with opened() as lab:
        await lab.press("space")
        shown(lab)
        monkeypatch.setattr(Panel, "render_line", watched)
        await lab.press("space")
        assert "2/10" in "".join(strip.text for strip in lab.app.screen._compositor.render_strips(lab.app.size))
    assert {"numbers", "epochs"} <= drawn
    assert not drawn & {"header", "parameters", "keys"}


async def test_every_frame_at_another_size_is_drawn_for_it(monkeypatch: pytest.MonkeyPatch):
    headers: list[str] = []
    display = App._display

    def watched(app: App, screen: Screen, update: object) -> None:
        headers.append(screen._compositor.render_strips(app.size)[0].text)
        display(app, screen, update)

    async with opened() as lab:
        monkeypatch.setattr(App, "_display", watched)
        await lab.pilot.resize_terminal(100, 24)
        await lab.until(lambda: any(len(header) == 100 for header in headers))
    wide = [header for header in headers if len(header) == 100]
    assert {header.rindex("paused") for header in wide} == {100 - len("paused ")}


@pytest.mark.parametrize("theme", ["textual-light", "ansi-light"])
async def test_another_theme_recolours_all(theme: str):
    async with opened() as fresh:
        fresh.app.theme = theme
        await fresh.press("space")
        expected = shown(fresh)
    async with opened() as lab:
        await lab.press("space")
        before = shown(lab)
        lab.app.theme = theme
        await lab.until(lambda: shown(lab) == expected)
    assert before != expected


async def test_a_size_gone_and_come_back_shows_the_same():
    async with opened() as lab:
        await lab.press("space")
        before = shown(lab)
        await lab.pilot.resize_terminal(120, 40)
        await lab.pilot.pause()
        await lab.pilot.resize_terminal(80, 24)
        await lab.until(lambda: shown(lab) == before)


@pytest.mark.parametrize(
    "colours", [{}, {"NO_COLOR": "1"}, pytest.param({"TEXTUAL_THEME": "ansi-light"}, marks=pytest.mark.slow)]
)
async def test_rows_put_in_place_look_as_if_all_were_drawn_anew(
    monkeypatch: pytest.MonkeyPatch, colours: dict[str, str]
):
    for name, value in colours.items():
        monkeypatch.setenv(name, value)
    async with opened(Experiment(has_bias=True, learning_rate=0.14), (120, 40)) as lab:
        for key in ("space", "space", "l", "n", "comma", "escape", "a", "space", "down", "a", "5", "space", "left"):
            await lab.press(key)
            put_in_place = shown(lab)
            for panel in lab.app.screen.query(Panel):
                panel.refresh()
            assert put_in_place == shown(lab), key
