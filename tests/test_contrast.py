"""Text can be read: in every theme by its colours, and in the light one by all that the screens draw."""

import pytest
from fake_backend import FAKE
from lab_pilot import Lab, opened
from textual.color import Color
from textual.theme import BUILTIN_THEMES

from gdtui.experiment.experiment import Experiment
from gdtui.terminal.characters import in_ascii
from gdtui.ui.charts.legend import SIGNS
from gdtui.ui.common.app import BACKGROUNDS, COLOURED_TEXT
from gdtui.ui.common.contrast import LEAST_RATIO, made_readable, ratio
from gdtui.ui.common.palette import ROLES, few_colours
from gdtui.ui.lab import help as here
from gdtui.ui.lab.app import LabApp

FRAMES = "─│╭╮╰╯┌┐└┘├┤┬┴┼▁▂▃▄▅▆▇█▔▕▏▎ "
"""Frames and scroll bars are no text."""


def test_the_ratio_is_that_of_the_standard():
    assert ratio(Color.parse("#000000"), Color.parse("#ffffff")) == pytest.approx(21)
    assert ratio(Color.parse("#777777"), Color.parse("#ffffff")) == pytest.approx(4.48, abs=0.01)


def test_what_can_be_read_stays_as_it_is():
    assert made_readable("#FFC473", ["#121212"]) == "#FFC473"


@pytest.mark.parametrize("name", sorted(name for name, theme in BUILTIN_THEMES.items() if not theme.ansi))
def test_every_colour_of_a_theme_can_be_read_on_its_backgrounds(name: str):
    app = LabApp(Experiment(), lambda: FAKE)
    app.theme = name
    variables = app.get_css_variables()
    for text in (*COLOURED_TEXT, *(f"role-{role}" for role in ROLES)):
        for background in BACKGROUNDS:
            found = ratio(Color.parse(variables[text]), Color.parse(variables[background]))
            assert found >= min(LEAST_RATIO, best(variables[background])), (text, background)


@pytest.mark.parametrize(("name", "is_dark"), [("textual-dark", True), ("textual-light", False)])
def test_what_is_no_kin_has_no_colour_in_common(name: str, is_dark: bool):
    app = LabApp(Experiment(), lambda: FAKE)
    app.theme = name
    kin = (
        ("text", "main", "marked", "key", "minimum"),
        ("dim", "axis", "trail", "path", "ghost", "least", "residual"),
        ("now", "next", "pointer"),
        ("warn", "bad"),
    )
    families = {role: min((names for names in kin if role in names), default=(role,)) for role in ROLES}
    for found in (app.get_css_variables(), few_colours(is_dark)):
        coloured = [(found[f"role-{role}"], family) for role, family in families.items()]
        known = {(colour, family) for colour, family in coloured if colour != "ansi_default"}
        shared = {colour for colour, _ in known if sum(colour == other for other, _ in known) > 1}
        assert shared <= {"ansi_green"}, "a terminal of few colours has one for rows and for what is good"


def test_no_mark_means_two_things():
    # A row is a row, also as the first of several targets has it; in a bowl the bottom of the valley is the minimum.
    marks = [
        glyph
        for sign, (glyph, _role, _words) in SIGNS.items()
        if glyph and sign not in ("target 1", "valley", "last epochs")
    ] + [
        "▲",
        "▼",
        "!",
        "~",
        "?",
        "✓",
    ]
    assert len({*marks}) == len(marks)
    assert len({*map(in_ascii, marks)}) == len(marks)
    letters = {"a", "b", *"ABCDEFGHIJKLMNOPQRSTUVWXYZ"}
    assert not letters & {*map(in_ascii, marks)}
    assert {glyph for glyph, _words in (*here.MARKS, *here.VALLEYS) if len(glyph) == 1} <= {*marks}


def test_lines_differ_without_colour():
    """What leads from mark to mark, or has a letter at its end, may be as dense as another such line."""
    assert {role for _glyph, role, _words in SIGNS.values()} <= ROLES.keys()
    drawn = ("curve", "tangent", "ghost", "least")
    assert len({ROLES[role].dashes for role in (*drawn, "path")}) == len(drawn) + 1
    lines = (*drawn, "path", "residual", "pointer", "other", "second", "third", "fourth")
    strokes = [ROLES[role].ascii for role in lines]
    marks = {in_ascii(glyph) for glyph, _role, _words in SIGNS.values() if glyph} | {*"!?"}
    assert len({*strokes}) == len(strokes)
    assert not marks & {*strokes}


def best(background: str) -> float:
    """More than this is not to be had on a background."""
    return max(ratio(Color.parse(background), Color.parse(end)) for end in ("black", "white"))


def hard_to_read(lab: Lab) -> dict[tuple[str, str], str]:
    """The pairs of colours on the screen that differ too little, with a text that has them."""
    found = {}
    for strip in lab.app.screen._compositor.render_strips():
        for text, style, _ in strip:
            if style is None or not text.strip(FRAMES) or not (style.color and style.bgcolor):
                continue
            colours = Color.from_rich_color(style.color), Color.from_rich_color(style.bgcolor)
            if ratio(*colours) < LEAST_RATIO:
                found[colours[0].hex, colours[1].hex] = text
    return found


async def test_everything_in_the_light_theme_can_be_read(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("COLORTERM", "truecolor")
    async with opened(size=(120, 40)) as lab:
        lab.app.theme = "textual-light"
        await lab.press("space", "plus")
        for keys in (
            (),
            ("a",),
            ("a", "question_mark"),
            ("escape", "e"),
            ("escape", "h"),
            ("escape", "L"),
            ("escape", "n"),
        ):
            await lab.press(*keys)
            assert hard_to_read(lab) == {}, keys
