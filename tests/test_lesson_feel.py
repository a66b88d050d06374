"""What a learner is told beside the page: tries, scores and what is possible, words, slips, and doing a page again."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from fake_backend import FAKE
from lab_pilot import Lab
from lessons import KINDS, LESSON, MORE, at, read, said, swapped, typed
from test_page_kinds import at as at_page
from test_page_kinds import played

from gdtui.descent.backend import BACKEND
from gdtui.storage.lesson_files import find
from gdtui.teaching.catalogue import lesson_named
from gdtui.teaching.check import check
from gdtui.teaching.events import Answer, StepEpochs
from gdtui.teaching.progress import stars
from gdtui.teaching.recorded_session import Preview
from gdtui.teaching.session import Session
from gdtui.ui.common.command import key_for
from gdtui.ui.lesson.app import LessonApp
from gdtui.ui.lesson.commands import has_charts
from gdtui.ui.lesson.kinds.all_kinds import lesson_commands, on_screen
from gdtui.ui.lesson.page import ROOM, page_rows
from gdtui.ui.lesson.panels import LessonField
from gdtui.ui.panels.chart_panel import ChartPanel


@asynccontextmanager
async def on_page(lesson: str, page: str, size: tuple[int, int] = (80, 24)) -> AsyncIterator[Lab]:
    """A shipped lesson, opened at a page."""
    loaded = lesson_named(lesson)
    number = 1 + [step.name for step in loaded.lesson.steps].index(page)
    app = LessonApp(loaded, lambda lesson: Preview(lesson, BACKEND, number))
    async with app.run_test(size=size) as pilot:
        lab = Lab(app, pilot, app.lesson)
        await lab.until(lambda: app.lesson.view is not None and bool(app.lesson.charts.charts))
        yield lab


TWO_CHOICES = """\
format = 1
title = "Two"
about = "of two, one is right"
[[step]]
name = "flat"
text = "Look."
[step.ask]
kind = "choice"
prompt = "Is lr above 0?"
hint = "Look at lr."
worked = "It is {lr}."
choices = [{ text = "yes", when = "lr > 0" }, { text = "no", when = "lr <= 0" }]
"""


def label(session: Session) -> str:
    return on_screen(session.view().kind).label(session.view(), key_for(lesson_commands()))


def shown(session: Session, typed: str = "") -> str:
    return "\n".join("".join(text for text, _role in row) for row in page_rows(session.view(), 76, typed=typed))


def test_a_question_says_how_many_answers_it_takes():
    session = typed(at_page("bowl"), *[f"W = {w}" for w in (1.5, 2.5, 3, 3.5, 2)])
    assert label(session) == "answer (2 tries):"
    session.take(Answer("2"))
    assert label(session) == "answer (1 try):"
    assert label(at_page("watch")) == "answer (1 try):", "a forecast is judged once"
    assert label(at_page("order")) == "type the numbers in order (2 tries):"


def test_of_two_choices_it_is_said_that_only_the_first_try_counts():
    session = Session(read(TWO_CHOICES), FAKE)
    assert label(session) == "answer (2 tries, only the first counts):"
    session.take(Answer("no"))
    assert label(session) == "answer (1 try):"
    session.take(Answer("yes"))
    assert session.page.is_done
    assert not session.page.points


def test_what_was_said_of_an_order_goes_once_another_one_is_typed():
    session = at_page("order")
    wrong = "".join(reversed(session.page.right))
    session.take(Answer(wrong))
    assert "That is not the right order." in shown(session)
    assert "your lines, all 3 placed:" in shown(session), "nothing that reads as three of them right"
    assert "That is not the right order." not in shown(session, wrong[0])
    assert "type 3 of the numbers 1 to 5, in order and each once" in said(session, "129")


def test_a_goal_may_have_a_question_before_it_that_is_judged_once_it_is_reached():
    ask = '[step.goal.ask]\nkind = "converges"\n'
    lesson = read(LESSON.rstrip("\n") + "\n" + ask)
    assert check(lesson, BACKEND, ROOM) == []
    session = Session(lesson, BACKEND)
    while session.step.name != "goal":
        session.finish_page()
        session.turn()
    typed(session, "no")
    assert session.view().earlier == ("You said: no",)
    typed(session, "lr = 0.07", "step 1")
    assert not session.view().reply
    says = said(session, "step 1")
    assert "Goal reached." in says
    assert "The answer is: yes." in says
    assert session.page.points == session.view().most - 1


@pytest.mark.parametrize(
    ("lines", "wrong", "says"),
    [
        ((), "1.4", "1.4 is where − would take W"),
        (("-1.4",), "1.96", "1.96 is where − would take W"),
        ((), "-0.9333333", "a step with the slope"),
    ],
)
def test_a_knob_that_is_turned_where_a_known_mistake_leads_says_so(lines, wrong, says):
    session = typed(at("one-step", "plus"), *lines)
    assert says in said(session, wrong)
    assert says in shown(session).replace("\n", " ")
    typed(session, "0.2")
    assert says not in shown(session)


def test_a_score_tells_what_counts_and_then_what_is_possible():
    session = at("learning-rates", "fewest")
    assert "★ your score: how many epochs it takes" in shown(session)
    assert "Your best here: 7 epochs (1 is possible)." in said(typed(session, "lr = 0.05", "step 6"), "step 1")
    assert "★ your best: 7 epochs (1 is possible)" in shown(session)
    typed(session, "again", "lr = 1/14", "step 1")
    assert "★ your best: 1 epoch" in shown(session)
    assert "possible" not in session.view().challenge


@pytest.mark.parametrize(
    ("par", "says"),
    [(1, "the model answer's score is 2, but par is 1"), (2, r"lr = 0\.07\d* reaches a better score than par")],
)
def test_the_check_computes_what_is_possible(par, says):
    lesson = read(swapped('score = "updates"', f'score = "updates"\npar = {par}'))
    assert re.search(says, "\n".join(check(lesson, BACKEND, ROOM)))


@pytest.mark.parametrize(("prompt", "is_said"), [("Which W, with 4 decimals?", True), ("Which W?", False)])
def test_the_check_finds_digits_in_a_prompt_that_are_added_anyway(prompt, is_said):
    value = (
        f'kind = "value"\ndecimals = 4\nanswer = "lr / 3"\nprompt = "{prompt}"\nhint = "Divide."\nworked = "By 3."\n'
    )
    found = check(read(TWO_CHOICES[: TWO_CHOICES.index('kind = "choice"')] + value), BACKEND, ROOM)
    assert any("leave the digits out of the prompt: gdtui adds (4 decimals)" in each for each in found) is is_said


def test_stars_are_for_points():
    assert [stars(part) for part in (0.1, 0.7, 0.95)] == ["★☆☆", "★★☆", "★★★"]


def test_beyond_the_goal_the_line_above_the_keys_names_the_key_that_starts_over():
    session = typed(at_page("goal", LESSON), "step 3")
    session.take(StepEpochs())
    assert label(session) == "R starts over:"


@pytest.mark.parametrize("way_back", ["enter", "escape"])
async def test_a_page_can_be_done_again_for_practice_and_nothing_of_it_is_kept(way_back: str):
    async def play(lesson: Lab) -> None:
        await lesson.press(*["right"] * 5, "enter")
        before = lesson.screen.view
        await lesson.press("backspace", "R")
        practice = lesson.app.screen
        assert practice is not lesson.screen
        assert (practice.view.page, practice.view.is_done) == (1, False)
        practice.header.note = "in class"
        assert "   practice   in class" in practice.header.render_line(0).text
        assert "for practice. Nothing is saved." in practice.status.notice
        await lesson.press(*["right"] * 5)
        assert practice.view.is_done
        assert "enter goes back" in str(practice.query_one("#answer-label").render())
        await lesson.press(way_back)
        assert lesson.app.screen is lesson.screen
        await lesson.press("enter")
        assert lesson.screen.view == before

    await played(KINDS, (80, 24), play)


async def test_escape_puts_away_what_was_refused_before_it_leaves():
    async def play(lesson: Lab) -> None:
        await lesson.type("what")
        await lesson.press("enter")
        assert "what" in lesson.screen.status.notice
        await lesson.press("escape")
        assert lesson.app.screen is lesson.screen
        assert lesson.screen.status.notice == ""
        await lesson.type("what")
        await lesson.press("enter", "z", "z", "escape")
        assert lesson.screen.query_one(LessonField).value == "", "what is typed since goes first"
        await lesson.type("W = 1")
        await lesson.press("enter", "escape")
        assert lesson.app.return_code == 0, "nothing was refused"

    await played(KINDS, (80, 24), play)


async def test_the_word_list_opens_at_the_words_of_the_page():
    async def play(lesson: Lab) -> None:
        await lesson.press("ctrl+g")
        (first, words), *others = lesson.app.screen.pages[0]
        assert first == "On this page"
        assert "the mean of the squared errors" in words
        assert "the sum over the rows" not in words
        assert others[0][0] == "Words", "no page came before"

    await played(KINDS, (80, 24), play)


@pytest.mark.parametrize(("text", "page", "words"), [(KINDS, "measure", "through a and b"), (KINDS, "turn", "error")])
async def test_every_line_of_a_chart_is_in_its_legend(text, page, words):
    async def play(lesson: Lab) -> None:
        session = lesson.screen.recorded_session.session
        while session.step.name != page:
            session.finish_page()
            session.turn()
        lesson.screen.show()
        await lesson.pilot.pause()
        assert words in lesson.text("Legend")

    marked = swapped('charts = ["data"]', 'charts = ["data"]\nmarks = ["errors"]', text)
    await played(marked, (80, 24), play)


@pytest.mark.parametrize(
    ("lesson", "page", "absent"),
    [("one-step", "second-step", "next|tangent"), ("ten-epochs", "left", "bottom"), ("one-step", "first-step", "next")],
)
async def test_the_legend_names_nothing_that_is_kept_back_or_has_no_place(lesson, page, absent):
    async def play(screen: Lab) -> None:
        session = screen.screen.recorded_session.session
        while session.step.name != page:
            session.finish_page()
            session.turn()
        screen.screen.show()
        await screen.pilot.pause()
        legend = screen.text("Legend")
        assert "now" in legend
        assert not re.search(absent, legend)

    await played(find(lesson).text.decode(), (80, 24), play)


async def test_a_log_scale_names_no_key_in_a_lesson():
    async def play(lesson: Lab) -> None:
        session = lesson.screen.recorded_session.session
        while session.step.name != "three":
            session.finish_page()
            session.turn()
        typed(session, "step 6")
        lesson.screen.show()
        await lesson.pilot.pause()
        assert not [title for title in lesson.titles() if "l undoes" in title]

    await played(MORE.replace("lr = 0.2}", "lr = 0.5}"), (80, 24), play)


async def test_what_is_said_of_a_wrong_order_is_in_sight():
    async with on_page("one-step", "rule") as lab:
        await lab.press("2", "1", "3", "enter")
        await lab.until(lambda: "That is not the right order." in lab.text("#lesson-page"))


@pytest.mark.parametrize("late", ["ok", ""])
async def test_the_end_page_opens_at_its_top(late):
    async with on_page("limit", "hundredth", (60, 16)) as lab:
        await lab.press("1", "enter", *"twice", "enter", *late, "enter")
        assert lab.screen.view.is_over
        assert "lines 1 to" in lab.screen.page.border_subtitle


@pytest.mark.parametrize(
    ("keys", "typed", "value"), [((".", "5"), ".5", 0.5), ((",", "1", "5"), ",15", 0.15), ((".", ".", "2"), "2", 2)]
)
async def test_a_digit_after_a_point_that_turned_the_knob_makes_a_number_of_both(keys, typed, value):
    async def play(lesson: Lab) -> None:
        field = lesson.app.screen.query_one("#answer-field")
        await lesson.type("".join(keys))
        assert field.value == typed
        await lesson.press("enter")
        assert lesson.screen.run.epoch.parameters == (value,)

    await played(KINDS, (80, 24), play)


async def test_a_point_that_ended_a_page_is_no_part_of_the_answer_that_follows():
    async with on_page("with-b", "without-b") as lab:
        await lab.press(*["right"] * 9, *["left"] * 2, *["full_stop"] * 2, "pageup", "full_stop", "3")
        assert lab.screen.view.kind == "explain"
        assert lab.app.screen.query_one("#answer-field").value == "3"


async def test_backspaces_that_clear_the_field_do_not_leave_the_page():
    async with on_page("slope", "line") as lab:
        await lab.press("1", "2", *["backspace"] * 4)
        assert not lab.screen.view.is_past
        assert "The field is already empty." in lab.text("#keys")
        await lab.press("1", "backspace", "down", "backspace")
        assert lab.screen.view.is_past


async def test_the_word_list_names_no_word_of_a_later_page():
    async with on_page("hypothesis", "errors") as lab:
        await lab.press("ctrl+g")
        (_page, here), (heading, before), *_all = lab.app.screen.pages[0]
        assert heading == "So far in lesson “A line with a knob”"
        assert "H(x) − y" in here
        assert [line.split()[0] for line in before.splitlines()] == ["cost"]
        await lab.press("escape", "backspace", "ctrl+g")
        assert [heading for heading, _lines in lab.app.screen.pages[0]][:2] == ["On this page", "Words"]


def test_the_three_pages_with_the_most_wrong_answers_are_named_to_be_looked_at_again():
    page = '[[step]]\nname = "{0}"\ntext = "t"\n[step.ask]\nkind = "next"\n'
    why = '[step.explain]\nprompt = "Why?"\nchoices = [{text="a", right=true, says="s"}, {text="b", says="s"}]\n'
    pages = "".join(map(page.format, ("at-once", "second-try", "b", "c", "d", "e"))) + why
    session = Session(read(f'format = 1\ntitle = "T"\nabout = "a"\n{pages}'), BACKEND)
    answers = {"at-once": (), "second-try": ("7",), "e": ("7", "7", "2", "2")}
    while not session.is_over:
        for wrong in answers.get(session.step.name, ("7", "7")):
            session.take(Answer(wrong))
        session.finish_page()
        session.turn()
    assert session.view().missed == ("e", "b", "c")


def test_a_page_that_cost_half_its_points_is_named_to_be_looked_at_again():
    page = '[[step]]\nname = "{0}"\ntext = "t"\n[step.ask]\nkind = "next"\n'
    pages = "".join(map(page.format, ("at-once", "second-try", "told")))
    session = Session(read(f'format = 1\ntitle = "T"\nabout = "a"\n{pages}'), BACKEND)
    for wrong in ((), ("7",), ("7", "7")):
        for answer in wrong:
            session.take(Answer(answer))
        session.finish_page()
        session.turn()
    assert (session.view().points, session.view().missed) == (1.5, ("told", "second-try"))


async def test_a_sentence_has_most_of_the_line_and_a_refusal_goes_as_it_is_typed():
    async with on_page("limit", "hundredth") as lab:
        await lab.press("1", "enter", "enter")
        field = lab.app.screen.query_one("#answer-field")
        assert field.size.width > 55
        assert "teacher" in field.render_line(0).text
        assert "write a sentence of your own first" in lab.text("#keys")
        await lab.press("L")
        assert "first" not in lab.text("#keys")
        await lab.press(*"ike", "enter")
        assert "teacher" not in field.render_line(0).text


def test_a_hint_is_of_a_condition_that_is_not_met_yet():
    session = typed(at("one-step", "plus"), "-1.4")
    assert "second step" in said(session, "?")
    assert "first step" in said(at("one-step", "plus"), "?")


async def test_no_hint_is_given_to_a_page_that_is_done():
    async with on_page("hypothesis", "turn") as lab:
        await lab.press(*["right"] * 5, "question_mark")
        assert lab.screen.view.is_done
        assert not lab.screen.view.hints
        assert "This page is done: enter continues." in lab.text("#keys")


@pytest.mark.parametrize(("size", "is_kept"), [((80, 24), True), ((60, 16), False)])
async def test_the_choice_that_was_made_stays_in_sight_where_there_is_room(size, is_kept):
    async with on_page("limit", "hundredth", size) as lab:
        await lab.press("3", "enter", "1", "enter")
        assert lab.screen.view.kind == "words"
        shown = lab.text("#lesson-page")
        assert "Right." in shown
        assert ("▸ 1 x appears twice" in shown) is is_kept
        assert ("  3 The errors are squared." in shown) is is_kept


async def test_the_chart_key_is_named_only_where_there_is_another_chart():
    async with on_page("mini-batches", "falling") as here:
        assert "tab chart" not in here.text("#keys"), "the first run has no schedule, and so no chart of lr"
        await here.type("step 30")
        await here.press("enter", "space")
        assert "tab chart" in here.text("#keys")
    app = LessonApp(read(LESSON), lambda lesson: Preview(lesson, BACKEND, 1))
    async with app.run_test(size=(80, 24)) as pilot:
        here = Lab(app, pilot, app.lesson)
        await here.until(lambda: app.lesson.view is not None and has_charts(app.lesson.view))
        await pilot.resize_terminal(60, 16)
        await here.until(lambda: not has_charts(app.lesson.view))
        assert not app.lesson.charts.display, "and those there are cannot be seen"


async def test_a_run_that_is_watched_is_counted_to_its_end_and_stays_beside_the_next_one():
    async with on_page("mini-batches", "wander") as here:
        await here.press("1", "enter")
        assert "after 0/30" in here.text("#lesson-numbers")
        await here.type("step 30")
        await here.press("enter")
        assert "another run" not in here.text("Legend")
        await here.press("space", "space")
        assert re.search(r"A\b", here.chart()), "the W of rows that disagree is still there"
        assert "another run" in here.text("Legend")


async def test_the_charts_of_the_next_page_are_drawn_once(monkeypatch):
    async with on_page("with-b", "fewest", size=(120, 40)) as here:
        drawn = []
        paint = ChartPanel.paint

        def counted(panel, width, height):
            drawn.append(panel.chart.name)
            return paint(panel, width, height)

        monkeypatch.setattr(ChartPanel, "paint", counted)
        here.app.lesson.recorded_session.session.turn()
        here.app.lesson.show()
        assert drawn == here.app.lesson.charts.order, "none as it was looked at on the page before"


async def test_on_a_wide_screen_the_charts_have_what_the_page_does_not_need():
    async with on_page("with-b", "two-knobs", size=(200, 60)) as here:
        page, charts = here.app.screen.query_one("#lesson-page"), here.app.lesson.charts
        assert page.size.width <= 80 <= charts.size.width
