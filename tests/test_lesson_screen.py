"""The screen for lessons, the list of lessons, and predictions in the lab."""

import asyncio
import re
from functools import partial

import msgspec
import pytest
from fake_backend import COMMAND, FAKE, REAL_COMMAND
from lab_pilot import Lab, opened
from lessons import BLIND, LESSON, read
from lessons import at as shipped_at
from terminal import Terminal

from gdtui.cli.plain_lesson import closing_lines
from gdtui.descent.backend import BACKEND
from gdtui.experiment.experiment import Experiment
from gdtui.lab.frame import look
from gdtui.storage import hand_in
from gdtui.storage.lesson_files import shipped
from gdtui.teaching.catalogue import lesson_named
from gdtui.teaching.events import Answer, GoOn, Skip, StepEpochs, parse_action
from gdtui.teaching.lesson import CHARTS as HIDEABLE
from gdtui.teaching.page import PageState
from gdtui.teaching.pages.all_kinds import has_deed
from gdtui.teaching.recorded_session import RecordedSession
from gdtui.teaching.session import MANY, Session
from gdtui.terminal.characters import is_lost_in_ascii
from gdtui.text import cells
from gdtui.ui.charts.all_charts import CHARTS
from gdtui.ui.common.command import key_for, remapped
from gdtui.ui.lesson.app import LessonApp
from gdtui.ui.lesson.catalogue import LessonsScreen
from gdtui.ui.lesson.commands import has_charts
from gdtui.ui.lesson.kinds.all_kinds import lesson_commands
from gdtui.ui.lesson.page import (
    COLUMNS,
    FRAME,
    ROOM,
    WIDTH,
    asking_rows,
    height,
    lines_for,
    markdown_rows,
    numbers_height,
    page_rows,
    said_rows,
    side,
)
from gdtui.ui.lesson.panels import label, lesson_numbers
from gdtui.ui.lesson.screen import LessonScreen
from gdtui.ui.panels.charts import Charts
from gdtui.ui.panels.epoch_table import EpochTable
from gdtui.ui.panels.prompt import Prompt

come_to = partial(shipped_at, backend=FAKE)
"""A session on a page of a shipped lesson."""

KEYS = key_for(lesson_commands())
"""As gdtui has them."""

KOREAN = """\
format = 1
title = "한 걸음"
about = "기울기와 학습률"
language = "ko"

[[step]]
name = "first"
title = "가중치 [갱신]"
text = \"\"\"
가중치 W는 {W}이고 학습률은 {lr}이며, 비용은 {cost:3}입니다. 경사 하강법은 **기울기의 반대쪽으로** 조금씩 움직입니다.

- 기울기는 [bold red]합[/] 으로 계산합니다
\"\"\"
[step.ask]
kind = "next"
prompt = "한 에포크 뒤의 W는?"
"""


SCORED = """\
format = 1
title = "Scored"
about = "as few epochs as possible"

[[step]]
name = "goal"
text = "Go below 0.001."
experiment = { lr = 0.02 }
charts = ["W", "lr"]
[step.goal]
check = ["cost < 0.001"]
answer = ["step 100"]
score = "updates"
"""
"""A goal with a score, beside one chart, or two once there is a schedule."""


def gdtui(*arguments: str) -> list[str]:
    """The command with a backend that needs no torch."""
    return [*COMMAND, *arguments]


@pytest.fixture
def small(tmp_path) -> str:
    """A lesson of the teacher's own."""
    path = tmp_path / "small.toml"
    path.write_text(LESSON)
    return str(path)


def text_of(rows) -> str:
    return "\n".join("".join(run for run, _ in row) for row in rows)


@pytest.mark.slow
def test_a_lesson_without_a_place_for_its_record_says_so_once_and_goes_on(small, tmp_path):
    (tmp_path / "file").touch()
    with Terminal(gdtui("lesson", small), 120, environment={"XDG_STATE_HOME": str(tmp_path / "file")}) as terminal:
        terminal.wait_for("the lesson continues without a record", timeout=60)
        terminal.press("enter")
        terminal.wait_for("page 2/4")
        terminal.press(*"0.7", "enter")
        terminal.wait_for("Right: 0.700.")
        assert "record" not in terminal.text
        terminal.press("escape")
        assert terminal.wait() == 0


def test_a_lesson_is_played_through_left_and_gone_on_with(small):
    with Terminal(gdtui("lesson", small)) as terminal:
        terminal.wait_for("page 1/4", timeout=60)
        terminal.wait_for("W is 0, the limit 0.142857.")
        terminal.press("enter")
        terminal.wait_for("page 2/4")
        terminal.wait_for("Where will W be after the next epoch? (3")
        assert "0.700" not in terminal.text, "the answer is not on the screen"
        terminal.press("?")
        terminal.wait_for("Look at the sign.")
        terminal.press(*"-0.7", "enter")
        terminal.wait_for("Your number may come")
        assert "0.700" not in terminal.text
        terminal.press(*"0,7", "enter")
        terminal.wait_for("Right: 0.700.")
        terminal.wait_for("W is now 0.7.")
        terminal.press("enter")
        terminal.wait_for("Which side?")
        terminal.press("escape")
        assert terminal.wait() == 0
        assert terminal.modes == frozenset()
        assert terminal.termios_restored
    with Terminal(gdtui("lesson", small)) as terminal:
        terminal.wait_for("page 3/4", timeout=60)
        terminal.wait_for("Which side?")
        terminal.press(*"right", "enter")
        terminal.wait_for("No: 0.7.")
        terminal.press("2", "enter")
        terminal.wait_for("The answer is: left.")
        terminal.press("enter")
        terminal.wait_for("page 4/4")
        terminal.press("enter")
        terminal.wait_for("the goal is not reached yet")
        terminal.press(*"w0 = 1", "enter")
        terminal.wait_for("w0 is locked on this page")
        terminal.press(*"lr = 0.07", "enter")
        terminal.wait_for("lr 0.07  sum  by hand")
        terminal.press("space", "space")
        terminal.wait_for("✓ cost < 0.001")
        terminal.wait_for("Done with 0.07.")
        terminal.press("enter")
        terminal.wait_for("1.5 of 3 points")  # ½ at the second try, nothing at the third, 1 for the goal
        terminal.wait_for("--again")
        terminal.wait_for("enter quits")
        terminal.press("enter")
        assert terminal.wait() == 0


@pytest.mark.slow
def test_a_lesson_can_be_shown_in_ascii_alone(small):
    with Terminal(gdtui("lesson", small, "--ascii")) as terminal:
        terminal.wait_for("page 1/4", timeout=60)
        terminal.press("enter", *"0.7", "enter")
        terminal.wait_for("Right: 0.700.")
        assert terminal.sent.isascii()


@pytest.mark.slow
def test_keys_pressed_while_torch_loads_are_served(small):
    with Terminal([*REAL_COMMAND, "lesson", small]) as terminal:
        terminal.wait_for("loading torch", timeout=60)
        terminal.press("enter", *"0.7", "enter")
        terminal.wait_for("page 2/4", timeout=60)
        terminal.wait_for("Right: 0.700.")


@pytest.mark.slow
def test_a_screen_with_too_little_room_says_what_is_needed(small):
    with Terminal(gdtui("lesson", small), columns=50) as terminal:
        terminal.wait_for("gdtui needs 60×16; this window is 50×24", timeout=60)
        terminal.resize(60, 16)
        terminal.wait_for("W is 0, the limit 0.142857.", timeout=60)
        assert "gdtui needs" not in terminal.text
        terminal.press("enter")
        terminal.wait_for("Where will W be after the next epoch? (3")


GOAL = """\
format = 1
title = "Goal"
about = "for the tests"

[[step]]
name = "goal"
text = "Go."
hints = ["Here it is."]
[step.goal]
check = ["updates == 11"]
answer = ["step 11"]
"""


@pytest.mark.slow
def test_with_a_korean_keyboard_the_keys_of_an_empty_field_are_the_latin_ones(tmp_path):
    path = tmp_path / "goal.toml"
    path.write_text(GOAL)
    with Terminal(gdtui("lesson", str(path))) as terminal:
        terminal.wait_for("page 1/1", timeout=60)
        terminal.press("ㄱ")  # r, ten epochs
        terminal.wait_for("after 10/10")
        terminal.press("ㄲ")  # R, begin again
        terminal.wait_for("after 0/10")
        terminal.press("？")
        terminal.wait_for("Here it is.")
        terminal.press("\u3000")  # the wide space of an input method
        terminal.wait_for("after 1/10")
        terminal.press("＋")
        terminal.wait_for("lr 0.12")
        terminal.press(*"ㅂㄱ")  # q is no key here, so it is text, and so is what follows
        terminal.wait_for(": ㅂㄱ")
        terminal.press("backspace", "backspace", "ㄱ")
        terminal.wait_for("✓ updates == 11")


@pytest.mark.slow
def test_a_korean_lesson_keeps_the_frames_straight(tmp_path):
    path = tmp_path / "korean.toml"
    path.write_text(KOREAN)
    with Terminal(gdtui("lesson", str(path))) as terminal:
        terminal.wait_for("한 에포크 뒤의 W는? (3 decimals)", timeout=60)
        terminal.wait_for("┤", timeout=60)
        screen = terminal.screen
        top = next(y for y in range(24) if screen.buffer[y][0].data == "╭")
        bottom = next(y for y in range(24) if screen.buffer[y][0].data == "╰")
        for y in range(top + 1, bottom):
            assert screen.buffer[y][0].data == screen.buffer[y][49].data == "│", terminal.text
        terminal.wait_for("[bold red]합[/]")  # markup in a lesson is text
        terminal.wait_for("가중치 [갱신]")
        terminal.press(*"1.4", "enter")
        terminal.wait_for("Right: 1.400.")


UNSET: dict[str, str | None] = {"LC_ALL": None, "LC_CTYPE": None, "LANG": None}


@pytest.mark.slow
def test_a_lesson_that_is_not_ascii_says_how_to_see_it_where_no_locale_is_set(tmp_path, small):
    path = tmp_path / "korean.toml"
    path.write_text(KOREAN)
    with Terminal(gdtui("lesson", str(path)), columns=100, environment=UNSET) as terminal:
        terminal.wait_for(
            "? stands for letters outside ASCII: start with --no-ascii, or export LANG=C.UTF-8", timeout=60
        )
        terminal.press("escape")
        assert terminal.wait() == 0
    with Terminal(gdtui("lesson", str(path), "--no-ascii"), environment=UNSET) as terminal:
        terminal.wait_for("한 에포크 뒤의 W는? (3 decimals)", timeout=60)
        assert "stands for" not in terminal.text
    with Terminal(gdtui("lesson", small), environment=UNSET) as terminal:
        terminal.wait_for("page 1/4", timeout=60)
        assert "stands for" not in terminal.text


@pytest.mark.parametrize("path", shipped(), ids=lambda path: path.stem)
def test_a_lesson_that_ships_can_be_read_in_ascii(path):
    assert not is_lost_in_ascii(lesson_named(str(path)).text)


def test_text_that_would_style_or_steer_the_terminal_is_shown_as_text():
    rows = markdown_rows("[red]x[/] **bold** `code` [link](http://a.b) \x1b]8;;http://evil\x07 \u202e", 60)
    text = text_of(rows)
    assert "[red]x[/]" in text
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert {role for row in rows for _, role in row} <= {"text", "main", "key"}


def walk(session: Session):
    """Go through a lesson along its model answers; yields the view before and after each thing that it asks for."""
    while not session.is_over:
        while True:
            before = session.view()
            for event in session.page.model_answer():
                session.take(event)
            yield before, session.view(), session.run
            if session.is_done:
                break
        assert session.take(GoOn()).is_accepted


def width_of(view: PageState) -> int:
    """The columns of a page on a screen of 80×24."""
    return COLUMNS - side(view, COLUMNS) - FRAME


@pytest.mark.parametrize("path", shipped(), ids=lambda path: path.stem)
def test_every_page_that_ships_fits_the_screen_it_is_measured_for(path):
    seen = ""
    for before, after, run in walk(Session(lesson_named(str(path)), FAKE)):
        room, width = lines_for(before, run.experiment), width_of(before)
        part = msgspec.structs.replace(before, text="", exhibit=None) if before.name == seen else before
        seen = before.name
        assert len(asking_rows(part, width)) <= room, before.name
        assert len(said_rows(after, width)) <= room, after.name
        for columns in (60, COLUMNS):
            room = columns - side(before, columns) - FRAME
            lines = text_of([*page_rows(before, room), *page_rows(after, room)]).split("\n")
            assert [line for line in lines if cells(line) > room] == [], "it would be cut"
        numbers = lesson_numbers(look(run), after, COLUMNS)
        assert len(numbers) == numbers_height(after, run.experiment)


def test_the_room_that_is_measured_is_the_room_there_is():
    """A real screen of 80×24 gives a page exactly the lines and columns that `gdtui lesson check` counts on."""

    async def measure() -> None:
        async with opened() as lab:
            await choose(lab, 1)
            screen = lab.app.screen
            assert isinstance(screen, LessonScreen)
            assert screen.view
            await lab.until(lambda: bool(screen.page.content_size.height))
            lines = ROOM.lines(screen.view, screen.run.experiment)
            await lab.until(lambda: tuple(screen.page.content_size) == (width_of(screen.view), lines))

    asyncio.run(measure())
    assert height("x " * WIDTH) == 2


def test_a_hunter_sees_w_cost_and_slope_alone():
    session = come_to("one-step", "hunt")
    session.take(parse_action("try 2"))
    view = session.view()
    numbers = text_of(lesson_numbers(look(session.run), view, 80))
    assert re.fullmatch(r" W 2\.0000   cost [\d.]+   slope −[\d.]+  ", numbers)
    assert "limit" not in numbers
    assert "2.0000" in text_of(page_rows(view, WIDTH))


def test_a_try_has_the_same_numbers_over_the_page_and_in_its_table():
    session = come_to("one-step", "hunt")
    session.take(parse_action("try 9"))
    view = session.view()
    numbers = text_of(lesson_numbers(look(session.run), view, 80)).split()
    newest = text_of(page_rows(view, WIDTH)).splitlines()[-1].split()
    assert newest == numbers[1::2]
    assert f"cost {newest[1]}   slope {newest[2]}" in view.exhibit.lines()[0]


@pytest.mark.parametrize(("x", "answer"), [("1, 2, 3", "0.02"), ("10, 20, 30", "0.001"), ("1e4, 2e4, 3e4", "7e-10")])
def test_the_learning_rate_that_a_goal_names_neither_diverges_nor_is_the_answer(x, answer):
    experiment = f"\n[experiment]\nx = [{x}]\ny = [1, 2, 3]\nlr = 1e-12\n"
    text = GOAL.replace('["step 11"]', f'["lr = {answer}", "step 11"]').replace("\n[[step]]", f"{experiment}[[step]]")
    session = Session(read(text), FAKE)
    (named,) = [example for example in session.view().examples if example.startswith("lr = ")]
    assert named != f"lr = {answer}"
    session.take(parse_action(named))
    assert session.run.step_size_at(0).ratio < 1


@pytest.mark.parametrize("path", shipped(), ids=lambda path: path.stem)
def test_no_page_shows_what_the_next_one_asks_for(path):
    """Once a page is answered its numbers are seen; the next question may be about the same epoch."""
    session, shown = Session(lesson_named(str(path)), FAKE), ""
    while not session.is_over:
        asked = session.prediction
        if asked and asked.digits_asked:
            assert asked.answer not in re.findall(r"[−\d.]+", shown), session.step.name
        session.finish_page()
        frame = msgspec.structs.replace(look(session.run), unknown=session.kept_back)
        shown = "" if has_deed(session.step) else text_of(lesson_numbers(frame, session.view(), COLUMNS))
        session.take(GoOn())


FIRST_PAGE = ["right"] * 5
"""The keys that do what the first page of the first lesson asks for."""


async def choose(lab: Lab, number: int) -> None:
    """Open the lesson with this number from the lab."""
    await lab.press("L")
    await lab.until(lambda: isinstance(lab.app.screen, LessonsScreen))
    await lab.press(*["down"] * (number - 1), "enter")
    await lab.until(lambda: isinstance(lab.app.screen, LessonScreen) and lab.app.screen.view is not None)


async def test_lessons_open_over_the_lab_and_leave_it_as_it_was():
    async with opened() as lab:
        await lab.press("space", "space")
        before = lab.numbers
        await choose(lab, 1)
        await lab.press(*FIRST_PAGE)
        screen = lab.app.screen
        assert isinstance(screen, LessonScreen)
        await lab.until(lambda: bool(screen.view and screen.view.is_done))
        await lab.press("escape")
        await lab.until(lambda: lab.app.screen is lab.screen)
        assert lab.numbers == before
        await lab.press("L")
        await lab.until(lambda: isinstance(lab.app.screen, LessonsScreen))
        assert "0/5 pages" in lab.text("#item-list").splitlines()[0]
        await lab.press("escape")
        await lab.until(lambda: lab.app.screen is lab.screen)


async def test_a_warning_that_another_message_covers_comes_back_after_it(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    async with opened() as lab:
        await choose(lab, 1)
        screen = lab.app.screen
        assert isinstance(screen, LessonScreen)
        warning = "the lesson continues without a record: this is not a folder: …/file"
        assert warning in lab.text("LessonKeys")
        screen.notice("The teacher is holding a class now.")
        await lab.press("right")
        assert warning in lab.text("LessonKeys")
        await lab.press("right")
        assert "record" not in lab.text("LessonKeys")


async def test_the_list_begins_at_the_next_lesson_and_says_what_is_out_of_sight():
    for name in ("hypothesis", "slope"):
        lesson = lesson_named(name)
        session = RecordedSession(lesson, BACKEND, "ann")
        while not session.session.is_over:
            while not session.session.is_done:
                for event in session.session.page.model_answer():
                    session.take(event)
            session.take(GoOn())
        session.close()
    async with opened(size=(60, 16)) as lab:
        await lab.press("L")
        await lab.until(lambda: isinstance(lab.app.screen, LessonsScreen))
        lines = lab.text("#item-list").splitlines()
        assert "▸  3" in lines[2]
        assert "more below" in lab.text("#item-list")
        await lab.press("end")
        assert "more above" in lab.text("#item-list")
        assert "▸ 16" in lab.text("#item-list")


async def test_the_list_says_all_of_what_a_lesson_is_about_on_the_smallest_screen():
    async with opened(size=(60, 16)) as lab:
        await lab.press("L")
        await lab.until(lambda: isinstance(lab.app.screen, LessonsScreen))
        for path in shipped():
            shown = " ".join(lab.text("#item-list").split())
            assert lesson_named(str(path)).lesson.about in shown
            await lab.press("down")


async def test_what_was_said_last_stays_in_sight_after_the_window_was_made_smaller():
    async with opened(size=(120, 24)) as lab:
        await choose(lab, 1)
        await lab.press(*FIRST_PAGE, "enter", "right", "right")
        await lab.type("99")
        await lab.press("enter")
        for size in ((60, 16), (80, 16), (120, 24)):
            await lab.pilot.resize_terminal(*size)
            await lab.until(lambda: "subtract y from it." in " ".join(lab.text("LessonPage").split()))


async def test_a_prediction_keeps_the_answer_back_and_names_the_slip():
    async with opened() as lab:
        await lab.press("P")
        await lab.until(lambda: lab.app.screen.query_one(Prompt).has_class("-asking"))
        assert "1.400" not in lab.numbers
        assert "−14.000" not in lab.numbers
        await lab.type("-1.4")
        await lab.press("enter")
        assert "adding the update" in lab.text("#reply")
        assert "1.400" not in lab.numbers, "one wrong answer tells nothing yet"
        assert lab.screen.workspace.run.cursor == 0
        await lab.type("3")
        await lab.press("enter")
        assert "The answer is: 1.400." in lab.text("#reply")
        assert "W − lr·gradient = 0 − 0.1·(−14) = 1.4" in lab.text("#reply")
        assert "1.400" in lab.numbers
        await lab.press("space")
        assert lab.screen.workspace.run.cursor == 1
        assert not lab.screen.query_one("#reply").display


async def test_a_reply_leaves_the_epoch_looked_at_to_be_seen():
    async with opened() as lab:
        await lab.press("8", "space", "P")
        await lab.until(lambda: lab.app.screen.query_one(Prompt).has_class("-asking"))
        assert "▸Epoch    9/10" in lab.screen.text()
        await lab.type("5")
        await lab.press("enter")
        assert lab.screen.query_one("#reply").display
        await lab.until(lambda: "▸Epoch    9/10" in lab.screen.text())
        await lab.press("escape", "escape")
        assert not lab.screen.query_one("#reply").display
        assert "Epoch    6/10" in lab.text("EpochTable"), "the table has its room again"


async def test_a_reply_is_told_whole_after_the_window_was_made_smaller_or_larger():
    async with opened(size=(120, 24)) as lab:
        await lab.press("P")
        await lab.until(lambda: lab.app.screen.query_one(Prompt).has_class("-asking"))
        await lab.type("9")
        await lab.press("enter")
        for width, lines in ((60, 3), (120, 2)):
            await lab.pilot.resize_terminal(width, 24)
            await lab.until(lambda lines=lines: lab.screen.query_one("#reply").size.height == lines)
            await lab.until(lambda: lab.text("#reply").rstrip().endswith("the product from W."))
            assert lab.screen.query_one(EpochTable).covered == lines + 1


async def test_a_step_is_taken_only_after_an_answer():
    async with opened() as lab:
        await lab.press("P", "escape")
        assert "until P answers the question or escape skips it" in lab.keys
        for key in ("space", "r", "a", "c", "o", "w", "plus", "R", "e", "left", "L"):
            await lab.press(key)
            assert "A question is waiting" in lab.keys, key
            assert lab.app.screen is lab.screen
        await lab.press("full_stop")
        assert "gradient ?" in lab.keys
        await lab.press("escape", "v", "l")
        assert lab.screen.workspace.run.cursor == 0
        assert "1.400" not in lab.numbers, "looking around tells nothing"
        await lab.press("3", "P")
        assert "Where will W be after the next epoch?" in str(lab.screen.query_one("#prompt-question").render()), (
            "it is still open"
        )
        await lab.type("1.4")
        await lab.press("enter", "space")
        assert lab.screen.workspace.run.cursor == 1


async def test_a_question_can_be_withdrawn_and_that_is_said():
    async with opened() as lab:
        await lab.press("P", "escape", "v", "escape")
        assert "Question skipped. P asks the next one." in lab.keys
        assert "= 1.400" in lab.numbers
        await lab.press("space")
        assert lab.screen.workspace.run.cursor == 1


@pytest.mark.parametrize("key", ["1", "2", "3", "4", "5", "6"])
async def test_no_question_leaves_its_answer_on_the_screen(key: str):
    async with opened() as lab:
        await lab.press("space", key, "P")
        seen = lab.numbers + lab.text("#parameters")
        # What an epoch multiplies the error by gives the next W away, and so does the multiple of the limit.
        assert not re.search(r"0\.40|0\.70|0\.142857|overshooting|0\.840", seen), seen


async def test_predictions_ask_in_turn_or_what_is_chosen():
    async with opened() as lab:
        question = lab.screen.query_one("#prompt-question")
        await lab.press("P")
        assert "Where will W be after the next epoch?" in str(question.render())
        await lab.press("escape", "escape")
        assert "= 1.400" in lab.numbers, "what is given up is shown again"
        await lab.press("P")
        assert "go up, go down or stay the same" in str(question.render())
        assert "0.70" not in lab.numbers, "the limit tells which way the cost goes"
        assert "0.70" not in lab.text("#parameters")
        await lab.type("down")
        await lab.press("enter")
        assert "Right: down." in lab.text("#reply")
        await lab.press("3", "P")
        assert "What is the gradient for W here" in str(question.render())
        await lab.press("escape", "escape", "space", "left", "P")
        assert "The next epoch has already been taken." in lab.keys


def test_an_answer_at_the_second_try_is_worth_half_a_point():
    session = Session(read(), FAKE)
    session.take(GoOn())
    session.take(Answer("5"))
    session.take(Answer("0.7"))
    assert session.view().points == 0.5
    assert session.view().most == 3
    for event in (GoOn(), Answer("right"), Answer("left")):
        session.take(event)
    assert session.view().points == 0.5, "of two choices the second is no merit"


@pytest.mark.parametrize(
    ("key", "question", "answer"),
    [
        # 14/3 · 0.16^4 is the first cost of the lecture below 0.01; 1/14 is 1/L, and 0.1 is below 2/14.
        ("4", "How many epochs until the cost is below 0.01?", "4"),
        ("5", "Which lr needs only one step (gradient: sum)?", "1/14"),
        ("6", "Does the run converge from here?", "yes"),
    ],
)
async def test_what_becomes_of_the_whole_run_is_asked_for_too(key: str, question: str, answer: str):
    async with opened() as lab:
        await lab.press(key, "P")
        assert question in str(lab.screen.query_one("#prompt-question").render())
        assert "×" not in lab.numbers, "the verdict would tell"
        lab.screen.query_one("#prompt-field").value = answer
        await lab.press("enter")
        assert "space takes the step." in lab.text("#reply")


async def test_what_cannot_be_asked_is_said_and_the_next_question_comes():
    async with opened(Experiment(learning_rate=0.2)) as lab:
        await lab.press("4", "P")
        assert "does not fall below" in lab.keys
        await lab.press("P")
        assert "Which lr needs only one step" in str(lab.screen.query_one("#prompt-question").render())


async def test_a_lesson_begins_with_charts_of_its_own():
    async with opened() as lab:
        await lab.press("v", "v", "l")
        await choose(lab, 2)
        await lab.press(*["left"] * 4, "minus", "4", "enter", "enter")
        charts = lab.app.screen.query_one(Charts)
        assert charts.first == "tries"
        assert not charts.looks.is_log
        await lab.press("tab")
        assert charts.first == "bowl"


@pytest.mark.parametrize(
    ("key", "how"), [("2", "same? (or u, d, s)"), ("4", "(a whole number)"), ("6", "here? (yes or no)")]
)
async def test_a_question_says_how_to_answer_it(key: str, how: str):
    async with opened() as lab:
        await lab.press(key, "P")
        assert how in str(lab.screen.query_one("#prompt-question").render())


@pytest.mark.parametrize("key", ["1", "2", "3", "4", "5", "6"])
async def test_every_question_leaves_room_for_the_answer(key: str):
    for width, room in ((80, 10), (60, 4)):
        async with opened(size=(width, 16)) as lab:
            await lab.press(key, "P")
            assert width - lab.screen.query_one("#prompt-field").region.x >= room


@pytest.mark.parametrize(
    ("lesson", "page", "asks"),
    [
        ("autograd", "autograd", "space steps; or type method = optim or lr = 0.05:"),
        ("scaling", "cure", "space steps; or type standardize = yes or lr = 0.05:"),
        ("own-data", "rows", "space steps; or type data = 1 2; 2 4:"),
    ],
)
def test_a_page_asks_for_the_settings_that_it_needs(lesson: str, page: str, asks: str):
    assert label(come_to(lesson, page).view(), KEYS) == asks
    assert len(asks) <= 56, "an answer has room at 60 columns"


@pytest.mark.parametrize(
    ("lesson", "page", "asks"),
    [
        ("autograd", "autograd", "j steps; or type method = optim or lr = 0.05:"),
        ("hypothesis", "turn", "h l turn W, or type a number:"),
    ],
)
def test_a_page_names_the_keys_that_a_user_has_given(lesson: str, page: str, asks: str):
    moved = {"step": "j", "knob-down": "h", "knob-up": "l"}
    assert label(come_to(lesson, page).view(), key_for(remapped(lesson_commands(), moved))) == asks


def test_a_hunter_is_asked_for_a_w_until_gdtui_is_to_hunt():
    session = Session(read(BLIND), FAKE)
    assert label(session.view(), KEYS) == "next W:", "0.1 is for gdtui, and nobody is to type it here"
    session.take(parse_action("try 1"))
    assert not has_charts(session.view()), "there is none to leaf to"
    assert "type play 0.1" in label(session.view(), KEYS)
    session.take(parse_action("play 0.1"))
    assert label(session.view(), KEYS).startswith("enter continues")
    shown = text_of(page_rows(session.view(), 56))
    assert "gdtui, 10 epochs, lr 0.1: W 1.0003" in shown
    assert "−0.2000" in shown, "gdtui's W stands beside its cost"


@pytest.mark.parametrize("hands_in", [True, False])
async def test_the_end_of_a_lesson_says_how_to_hand_in_where_that_is_set_up(hands_in, monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CONFIG_DIRS", str(tmp_path))
    monkeypatch.setenv(hand_in.VARIABLE, str(tmp_path) if hands_in else "")
    said = "Hand in your work: gdtui hand-in"
    async with opened(size=(80, 24)) as lab:
        await choose(lab, 1)
        screen = lab.app.lesson
        while not screen.view.is_over:
            assert said not in text_of(screen.page.lines(76))
            screen.take(Skip())
        assert (said in text_of(screen.page.lines(76))) == hands_in
        plain = "\n".join(closing_lines(screen.view, "", hand_in.reminder()))
        assert (said in plain) == hands_in


async def test_what_is_said_leaves_the_keys_in_sight():
    async with opened(size=(60, 16)) as lab:
        await choose(lab, 1)
        await lab.press(*FIRST_PAGE, "enter", "right", "right", "enter")
        keys = lab.text("#keys")
        assert "answer the question first" in keys
        assert "escape leave" in keys


async def test_a_goal_that_is_reached_says_once_how_to_go_on():
    async with opened(size=(80, 24)) as lab:
        await choose(lab, 1)
        await lab.press(*FIRST_PAGE)
        keys = lab.text("#keys")
        assert "Goal reached." in keys
        assert keys.count("enter") == 1


async def test_a_space_beyond_the_goal_is_not_typed():
    async with opened() as lab:
        await choose(lab, 5)
        screen = lab.app.screen
        session = screen.recorded_session.session
        while session.step.name != "fewest":
            session.finish_page()
            session.turn()
        screen.take(parse_action("lr = 1/14"))
        await lab.press("space", "space", "space")
        assert (screen.view.is_done, screen.run.epoch.number) == (True, 2), "the run stands still"
        await lab.press("R")
        assert screen.run.epoch.number == 1


async def test_a_long_title_ends_before_the_settings():
    async with opened(size=(60, 16)) as lab:
        await choose(lab, 8)
        assert re.search(r" A line that need not go… +lr 0\.05 +page 1/5", lab.text("#header"))


@pytest.mark.parametrize(
    ("panel", "chart"),
    [
        ("cost", "cost"),
        ("W", "weights"),
        ("cost over W", "bowl"),
        ("fit", "fit"),
        ("contours", "contours"),
        ("lr", "rate"),
    ],
)
def test_the_chart_that_a_lesson_hides_is_the_one_it_names(panel: str, chart: str):
    assert CHARTS[chart].panel == panel
    assert {chart.panel for chart in CHARTS.values()} == set(HIDEABLE)


async def test_the_first_lesson_shows_nothing_that_nobody_has_taught():
    """Neither gradient nor update, lr nor its limit, no formula, and no bowl: only the rows, W and the cost."""
    async with opened() as lab:
        await choose(lab, 1)
        await lab.until(lambda: "cost 4.667" in lab.text("#lesson-page"))
        shown = lab.text("#lesson-numbers") + lab.text("#header") + lab.text("#lesson-page")
        for word in ("gradient", "lr", "limit", "sum", "hand", "H(x)", "Σ"):
            assert word not in shown, word
        assert lab.app.screen.query_one(Charts).order == ["fit"]


def test_what_is_not_taught_yet_is_on_no_chart_either():
    session = come_to("slope", "measure")
    assert {"update", "following", "verdict"} <= session.kept_back
    numbers = text_of(lesson_numbers(look(session.run), session.view(), COLUMNS))
    assert "←" not in numbers
    assert "limit" not in numbers


FIRST_LESSON = (
    *FIRST_PAGE,
    *("enter", "right", "right", "minus", "2", "full_stop", "5", "enter", "enter", "6", "enter", "enter"),
    *("left", "left", "left", "right", "enter", *["right"] * 16, *["left"] * 8, "2", "enter", "enter"),
)
"""What is pressed by whoever gets all of the first lesson right, to its end."""


async def test_the_end_of_a_lesson_leads_to_the_next_or_back_to_the_lab():
    async with opened() as lab:
        await choose(lab, 1)
        await lab.press(*FIRST_LESSON)
        assert "enter starts the next lesson, slope; escape goes back" in str(
            lab.app.screen.query_one("#answer-label").render()
        )
        await lab.press("enter")
        await lab.until(lambda: "How steep is it here?" in lab.text("#header"))
        await lab.until(lambda: "page 1/5" in lab.text("#header"))
        await lab.press("escape")
        await lab.until(lambda: lab.app.screen is lab.screen)


async def test_a_finished_lesson_is_reviewed_or_started_over():
    async with opened() as lab:
        await choose(lab, 1)
        await lab.press(*FIRST_LESSON, "escape", "L", "home", "enter")
        lesson = lab.app.screen
        assert "You have finished this lesson. backspace reviews it." in lab.text("#keys")
        assert lesson.view.is_over
        await lab.press("backspace")
        assert (lesson.back, "page 5/5" in lab.text("#header")) == (1, True)
        await lab.press("enter")
        assert ("backspace back" in lab.text("#keys"), "R start over" in lab.text("#keys")) == (True, True)
        await lab.press("R")
        assert "page 1/5" in lab.text("#header")
        await lab.press("right", "escape")
        await choose(lab, 1)
        assert lab.app.screen.view.page == 1, "what is under way comes first"


@pytest.mark.slow
def test_from_the_shell_too_one_lesson_leads_to_the_next():
    with Terminal(gdtui("lesson", "hypothesis")) as terminal:
        terminal.wait_for("page 1/5", timeout=60)
        terminal.press(*("-" if key == "minus" else "." if key == "full_stop" else key for key in FIRST_LESSON))
        terminal.wait_for("enter starts the next lesson, slope; escape quits")
        terminal.press("enter")
        terminal.wait_for("Rise over run")
        terminal.wait_for("page 1/5")
        terminal.wait_for("┤", timeout=60)
        terminal.press("escape")
        assert terminal.wait() == 0
        assert terminal.termios_restored


@pytest.mark.parametrize("width", [60, 80])
@pytest.mark.parametrize(
    ("key", "typed"), [("1", "banana"), ("1", "99999999999999999999999999999x"), ("2", "sideways")]
)
async def test_what_is_wrong_with_an_answer_is_told_whole_with_the_way_out(width: int, key: str, typed: str):
    async with opened(size=(width, 24)) as lab:
        await lab.press(key, "P")
        await lab.until(lambda: lab.app.screen.query_one(Prompt).has_class("-asking"))
        await lab.type(typed)
        await lab.press("enter")
        reason = lab.screen.query_one("#prompt-reason")
        said = str(reason.render()).strip()
        assert said.endswith("; escape leaves")
        assert ("is not a number" in said) == (key == "1")
        assert reason.region.width >= len(said)
        assert reason.region.right <= width
        assert not reason.region.overlaps(lab.screen.query_one("#prompt-field").region)
        await lab.press("escape")
        assert not lab.screen.query_one(Prompt).has_class("-asking")


async def at_page(pilot, app, page: str) -> Lab:
    """A lesson on the screen, along its model answers up to a page."""
    lesson = Lab(app, pilot, app.lesson)
    await lesson.until(lambda: app.lesson.view is not None and bool(app.lesson.charts.charts))
    session = app.lesson.recorded_session.session
    while session.step.name != page:
        session.finish_page()
        app.lesson.take(GoOn())
    app.lesson.show()
    await lesson.pilot.pause()
    return lesson


def lesson_app(name: str) -> LessonApp:
    """A lesson that ships, as an app of its own."""
    return LessonApp(lesson_named(name), lambda lesson: RecordedSession(lesson, FAKE, "ann"))


async def test_a_letter_that_turns_keys_into_text_is_named_with_the_way_to_clear_it():
    app = lesson_app("hypothesis")
    async with app.run_test(size=(80, 24)) as pilot:
        lesson = await at_page(pilot, app, "errors")
        await lesson.press("q")
        assert "You have typed 'q'. enter submits it, escape clears it." in lesson.text("#keys")
        await lesson.press("right")
        assert "escape clears it" in lesson.text("#keys")
        await lesson.press("escape", "right")
        assert app.lesson.view.exhibit.knobs[0].value == 1.25


async def test_enter_goes_on_from_a_page_that_is_done_whatever_was_typed():
    app = lesson_app("one-step")
    async with app.run_test(size=(80, 24)) as pilot:
        lesson = await at_page(pilot, app, "compare")
        await lesson.press(*["space"] * 5)
        assert app.lesson.view.is_done
        await lesson.press("r", "enter")
        assert app.lesson.view.name == "lecture"


async def test_backspace_after_a_wrong_answer_stays_on_the_page():
    app = lesson_app("slope")
    async with app.run_test(size=(80, 24)) as pilot:
        lesson = await at_page(pilot, app, "compute")
        await lesson.press("1", "enter", "backspace", "backspace")
        assert not app.lesson.view.is_past
        assert "The field is already empty." in lesson.text("#keys")
        await lesson.press("down", "backspace")
        assert app.lesson.view.is_past


@pytest.mark.parametrize("key", ["escape", "ctrl+q"])
async def test_who_leaves_a_lesson_is_told_how_to_come_back(key: str):
    app = lesson_app("hypothesis")
    async with app.run_test(size=(80, 24)) as pilot:
        lesson = await at_page(pilot, app, "errors")
        await lesson.press(key)
    assert app.farewell == "You stopped on page 2 of 5. gdtui lesson hypothesis continues there."


async def test_who_looks_back_is_told_where_the_lesson_continues_and_not_what_she_looked_at():
    app = lesson_app("hypothesis")
    async with app.run_test(size=(80, 24)) as pilot:
        lesson = await at_page(pilot, app, "errors")
        await lesson.press("backspace")
        assert app.lesson.view.page == 1
        await lesson.press("escape")
    assert app.farewell == "You stopped on page 2 of 5. gdtui lesson hypothesis continues there."


@pytest.mark.parametrize("key", ["escape", "ctrl+q"])
async def test_who_looks_back_into_a_finished_lesson_has_not_stopped_anywhere(key: str):
    app = lesson_app("hypothesis")
    async with app.run_test(size=(80, 24)) as pilot:
        lesson = await at_page(pilot, app, "bowl")
        app.lesson.recorded_session.session.finish_page()
        app.lesson.take(GoOn())
        await lesson.press("backspace")
        assert app.lesson.view.is_past
        await lesson.press(key)
    assert app.farewell == ""


@pytest.fixture
def scored(tmp_path) -> LessonApp:
    """A goal with a score that lr 0.02 reaches after more than ten epochs, as an app of its own."""
    path = tmp_path / "scored.toml"
    path.write_text(SCORED)
    return LessonApp(lesson_named(str(path)), lambda lesson: RecordedSession(lesson, FAKE, "ann"))


async def test_ten_epochs_end_where_the_goal_is_reached(scored: LessonApp):
    singly = Session(read(SCORED), FAKE)
    while not singly.page.is_done:
        assert singly.take(StepEpochs()).is_accepted
    fewest = singly.run.cursor
    assert fewest % MANY, "ten at a time would run past it"
    async with scored.run_test(size=(80, 24)) as pilot:
        lesson = await at_page(pilot, scored, "goal")
        await lesson.press(*["r"] * (fewest // MANY))
        assert not scored.lesson.view.is_done
        await lesson.press("r")
        assert scored.lesson.view.is_done
        assert scored.lesson.run.cursor == fewest
        assert f"your best: {fewest} epochs" in scored.lesson.view.challenge
        await lesson.press("R", *["r"] * (fewest // MANY + 1))
        assert scored.lesson.run.cursor == fewest, "it is the same for another try"


async def test_who_leaves_a_lesson_for_the_lab_is_told_there_how_to_come_back():
    async with opened(size=(80, 24)) as lab:
        await choose(lab, 1)
        await lab.press("right", "escape")
        assert "gdtui lesson hypothesis continues there" in lab.text("#keys")


@pytest.mark.parametrize("width", [28, 34, 38, 44])
def test_a_formula_is_never_broken_inside_an_inequality(width: int):
    lines = text_of(
        markdown_rows("The distance shrinks while −1 < 1 − lr·L. So lr·L < 2, or **lr < 2/L** here.", width)
    )
    joined = [" ".join(line.split()) for line in lines.splitlines()]
    for formula in ("−1 < 1 − lr·L.", "lr·L < 2,", "lr < 2/L"):
        assert any(formula in line for line in joined), (formula, joined)


async def test_the_bowl_beside_a_knob_keeps_the_window_of_the_knob():
    app = lesson_app("slope")
    async with app.run_test(size=(80, 24)) as pilot:
        lesson = await at_page(pilot, app, "line")
        axes = []
        for key in ("left", "left", "right", "right", "right", "right"):
            await lesson.press(key)
            axes.append([line.split() for line in lesson.text("ChartPanel").splitlines() if line.endswith("W  5")])
        assert axes == [[["1", "2", "3", "4", "W", "5"]] * 2] * len(axes)


async def test_what_is_kept_back_is_explained_where_it_stands():
    app = lesson_app("learning-rates")
    async with app.run_test(size=(80, 24)) as pilot:
        lesson = await at_page(pilot, app, "small")
        assert "? until you answer" in lesson.text("#lesson-numbers")
        await lesson.press("2", "enter")
        assert "until" not in lesson.text("#lesson-numbers")


async def test_the_pinned_runs_come_into_sight():
    app = lesson_app("learning-rates")
    async with app.run_test(size=(80, 24)) as pilot:
        lesson = await at_page(pilot, app, "border")
        await lesson.press(*["p", "right"] * 3, "p")
        assert "D  lr 0.13" in lesson.text("#lesson-page")


@pytest.mark.parametrize("size", [(60, 16), (80, 24)])
async def test_the_mark_of_a_long_page_names_its_keys_whole(size):
    async with opened(size=size) as lab:
        await choose(lab, 1)
        await lab.press(*["right"] * 5)
        page = lab.app.screen.page
        mark = str(page.border_subtitle)
        assert re.search(r"^(lines \d+ to \d+|\d+–\d+) of \d+: pgup, pgdn$", mark)
        assert cells(mark) <= page.size.width - 2, "what the border has room for"
