"""The screens of a class: what the teacher sees and does, and what a learner sees of it."""

import asyncio
import random
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import msgspec
import pytest
from class_scenes import (
    LESSON,
    VOTES,
    bench,
    class_app,
    followed,
    learner_app,
    question,
    room,
    teaching,
)
from fake_backend import FAKE
from fake_class import FakeClass, FakeSeat
from lab_pilot import Lab, prefer
from problems import named
from rich.cells import cell_len

from gdtui.classroom.messages import At, Bar, Bench, Did, Hand, Left, Vote
from gdtui.errors import UserError
from gdtui.experiment.experiment import Experiment
from gdtui.experiment.origin import STANDARD_INPUT
from gdtui.lab.snapshot import Snapshot
from gdtui.storage import hand_in
from gdtui.storage.record import owner, split
from gdtui.storage.table import read_table
from gdtui.teaching.catalogue import lesson_named
from gdtui.teaching.events import Skip
from gdtui.teaching.page import Outcome
from gdtui.teaching.progress import own_sealed
from gdtui.teaching.record import begun_of
from gdtui.teaching.recorded_session import RecordedSession
from gdtui.teaching.replay import RecordReplay
from gdtui.ui.classroom import attendance
from gdtui.ui.classroom.app import ClassApp
from gdtui.ui.classroom.attendance import OUTSIDE
from gdtui.ui.classroom.bars import changed, histogram, lengths, tries
from gdtui.ui.classroom.bench_screen import BenchScreen
from gdtui.ui.classroom.commands import BOARD, with_keymap
from gdtui.ui.classroom.learner_app import LearnerApp
from gdtui.ui.classroom.pages import who_came
from gdtui.ui.classroom.question_rows import opinion, projected_rows, vote_rows
from gdtui.ui.classroom.questions import typed
from gdtui.ui.classroom.roster_rows import roster_rows
from gdtui.ui.classroom.vote import VoteScreen
from gdtui.ui.common.command import key_for, reworded
from gdtui.ui.common.rows import Row
from gdtui.ui.common.status import Status
from gdtui.ui.lab.app import LabApp
from gdtui.ui.lab.commands.classroom import LEARNER, TEACHER
from gdtui.ui.lab.commands.table import COMMANDS
from gdtui.ui.lab.key_bar import KeyBar, keys_in
from gdtui.ui.lesson.panels import LessonKeys
from gdtui.ui.panels.key_bar import bar


@pytest.fixture(autouse=True)
def own_folder(tmp_path, monkeypatch):
    """Records of nobody else."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))


class Desk(Lab):
    """An app of a class under test."""

    def shown(self) -> str:
        """The whole screen."""
        return "".join(strip.text.rstrip() + "\n" for strip in self.app.screen._compositor.render_strips())

    async def opens_lesson(self) -> None:
        """Wait until a lesson is open."""
        await self.until(lambda: self.app.lesson is not None and self.app.lesson.view is not None)

    async def opens_page(self, held: FakeClass, page: int) -> None:
        """Have everyone come to a page of the lesson, and wait for it."""
        await self.opens_lesson()
        held.gather(page)
        await self.until(lambda: self.app.lesson.view.page == page)

    async def sees(self, *texts: str) -> str:
        """Wait until all of this is on the screen."""
        await self.until(lambda: all(text in self.shown() for text in texts))
        return self.shown()


@asynccontextmanager
async def at(app: LabApp, size: tuple[int, int] = (80, 24)) -> AsyncIterator[Desk]:
    """An app, open and loaded."""
    async with app.run_test(size=size) as pilot:
        desk = Desk(app, pilot)
        await desk.until(lambda: app.lab.frame is not None and bool(app.lab.charts.charts))
        await desk.until(lambda: not isinstance(app, ClassApp) or app.screen is app.board)
        await pilot.pause()
        yield desk


def text(rows: list[Row]) -> str:
    """Rows as lines."""
    return "\n".join("".join(words for words, _role in row) for row in rows)


# Bars


@pytest.mark.parametrize("most", [1, 5, 17, 18, 60])
@pytest.mark.parametrize("width", [60, 80, 200])
def test_bars_are_as_long_as_their_votes(most, width):
    votes = [(most, 0), (most // 2, most), (1, 1), (0, most // 3)]
    bars = [Bar(f"{n}.0", "words", "", pair) for n, pair in enumerate(votes)]
    lines = text(histogram(bars, width)).splitlines()[2::2]
    drawn = [(line.count("▒"), line.count("█")) for line in lines]
    counts = [count for pair in votes for count in pair]
    cells = [each for pair in drawn for each in pair]
    longest = max(cells)
    for count, length in zip(counts, cells, strict=True):
        assert abs(length - longest * count / most) <= (0 if longest % most == 0 else 1)
        assert bool(count) == bool(length)
    assert max(map(cell_len, lines)) <= width


def test_a_vote_has_the_same_length_in_each_column_and_no_bar_is_longer_than_its_room():
    assert lengths([5, 3, 2, 1], 24) == [20, 12, 8, 4]
    assert lengths([60, 30, 1, 0], 20) == [20, 10, 1, 0]
    assert lengths([0, 0], 20) == [0, 0]


def test_first_tries_that_have_no_room_are_one_bar():
    bars = [Bar(str(n), "", "", (9 - n,)) for n in range(8)]
    lines = text(tries(bars, 4, 80, 4)).splitlines()
    assert len(lines) == 5
    assert lines[-1].endswith(f" {sum(9 - n for n in range(3, 8))}")


def test_a_blank_stands_between_a_long_answer_its_words_and_its_count():
    answer, words = "0.5 and much more that nobody has asked for", "the gradient of half the mean (misses the 2 in 2/m)"
    for votes in ((0, 3), (2, 0), (4,)):
        for width in (60, 80, 120):
            for rows in (
                histogram([Bar(answer, words, "", votes)], width),
                tries([Bar(answer, words, "", (0,))], 1, width, 4),
            ):
                line = next(line for line in text(rows).splitlines() if "0.5" in line)
                after = line[line.index("the gradient") :]
                assert line[line.index("the gradient") - 1] == " ", line
                cut = after.index("…") + 1 if "…" in after else len(words)
                assert after[cut] == " ", line


def test_who_did_not_vote_again_is_not_counted_among_those_who_changed():
    three = msgspec.structs.replace(room(), answered=3, changed_to_right=1, changed_from_right=1, voted_twice=2)
    assert changed(three) == "Of 2 who voted twice, 1 changed to the right answer and 1 away from it."
    assert changed(room()) == "Nobody voted twice."


# What the teacher sees


async def test_raised_hands_are_counted_while_the_roster_is_not_shown():
    held = teaching("open")
    held.set_room = msgspec.structs.replace(held.set_room, rows=held.set_room.rows[:1])
    async with at(class_app(held)) as desk:
        assert "1 hand up" in (await desk.sees("First vote", "1 hand up")).splitlines()[0]
        await desk.press("v")
        await desk.until(lambda: "hand up" not in desk.shown())
        await desk.press("v", "z")
        await desk.sees("1 hand up")


def test_the_projector_counts_one_learner_as_one():
    one = msgspec.structs.replace(room(), rows=room().rows[:1])
    assert "  is here" in text(projected_rows(None, one, "", 80, 22))
    assert "  are here" in text(projected_rows(None, room(), "", 80, 22))


@pytest.mark.parametrize(("width", "height"), [(60, 14), (80, 22), (120, 38)])
@pytest.mark.parametrize("count", [0, 1, 12, 60, 400])
def test_the_roster_fits_and_the_chosen_learner_is_seen(width, height, count):
    everyone = room(count) if count else msgspec.structs.replace(room(2), rows=(), first_tries=())
    for chosen in {0, count // 2, max(0, count - 1)}:
        rows = roster_rows(everyone, chosen, width, height)
        assert len(rows) == height
        assert all(cell_len("".join(words for words, _role in row)) <= width for row in rows)
        assert ("▸" in text(rows)) == bool(count)


def test_a_vote_tells_only_how_many_before_it_is_revealed():
    held = teaching("closed")
    for rows in (
        vote_rows(held.now.ask, held.set_room, 80, 22, key_for(BOARD)),
        projected_rows(held.now.ask, held.set_room, "", 80, 22),
    ):
        shown = text(rows)
        assert "11" in shown
        assert not any(bar.answer in shown for bar in VOTES)
        assert "added the step" not in shown


def test_the_projector_shows_no_names_and_no_opinion():
    for held in (teaching(), teaching("open"), teaching("closed"), teaching("revealed", 2)):
        shown = text(projected_rows(held.now.ask, held.set_room, "One step", 80, 22))
        assert "us0" not in shown
        assert "mixed" not in shown.lower()


def test_the_word_about_a_vote_follows_how_many_are_right():
    def of(right: int, wrong: int) -> str:
        bars = (Bar("1", "right", "", (right,), True), Bar("2", "", "", (wrong,)))
        return opinion(msgspec.structs.replace(room(), bars=bars), key_for(BOARD))

    assert of(9, 1).startswith("Mostly right")
    assert of(1, 9).startswith("Few are right")
    assert "mixed" in of(5, 5)
    assert of(0, 0) == ""


def test_no_two_keys_of_the_board_stand_for_two_things_at_once():
    for state in ("", "open", "closed", "talking", "revealed"):
        for projected in (False, True):
            held = teaching(state) if state else teaching()
            app = class_app(held)
            board = app.board
            board.room = held.set_room
            board.is_projected = projected
            keys = [key for row in BOARD if row.serves(board) for key in row.key_names]
            assert len(keys) == len(set(keys)), (state, projected)
            app.errands.end()


async def test_the_choice_stays_with_a_learner_when_the_order_changes():
    held = teaching()
    async with at(class_app(held)) as desk:
        await desk.sees("us01")
        await desk.press("down", "down")
        chosen = desk.app.board.account
        held.set_room = msgspec.structs.replace(held.set_room, rows=held.set_room.rows[::-1])
        await desk.until(lambda: desk.app.board.room is held.set_room)
        assert desk.app.board.chosen.account == chosen
        await desk.sees(f"▸! {chosen}")


async def test_the_teacher_takes_a_hand_down():
    held = FakeClass()
    held.lines = {"us01": [Hand(True)], "us02": []}
    async with at(class_app(held)) as desk:
        await desk.sees("▸! us01", "! hand down")
        await desk.press("down")
        await desk.until(lambda: "! hand down" not in desk.shown())
        await desk.press("exclamation_mark")
        assert held.now.lowered == ()
        await desk.press("up", "exclamation_mark")
        await desk.sees("us01's hand is down.")
        assert held.now.lowered == ("us01-1",)


async def test_enter_opens_one_learner_with_her_run_taken_again():
    async with at(class_app(teaching())) as desk:
        await desk.sees("us01")
        await desk.press("enter")
        shown = await desk.sees("▸Epoch    3/10")
        assert shown.startswith(" gdtui  us01   one-step  page 4 of 8")
        assert "last answer 1.96: added the step" in shown
        assert "?\n last answer 1.96" in shown
        assert "quiet for 6 min" in shown
        await desk.press("space", "exclamation_mark")  # nothing of hers can be changed
        assert "▸Epoch    3/10" in desk.shown()
        await desk.press("escape")
        await desk.sees("first tries")


async def test_what_a_learner_sees_is_followed_while_the_teacher_looks_at_it():
    held = FakeClass(LESSON)
    held.lines = {"us01": [At(LESSON, 1, 8, bench(2))], "us02": [At()]}
    async with at(class_app(held)) as desk:
        await desk.sees("us01")
        await desk.press("enter")
        await desk.sees("page 1 of 8", "▸Epoch    2/10", "no answer on this page yet", "active now")
        held.lines["us01"] += [At(LESSON, 4, 8, bench(5)), Did(4, "1.96", Outcome(True, is_right=False))]
        held.lines = {"us00": [Hand(True)], **held.lines}  # the order of the room changes
        await desk.sees(" us01   one-step  page 4 of 8", "▸Epoch    5/10", "last answer 1.96: not recognized")
        held.lines["us01"].append(Left())
        await desk.sees("last answer 1.96: not recognized   left")


async def test_of_a_run_that_is_not_sent_the_newest_numbers_are_followed():
    held = FakeClass()

    def numbers(cost: str) -> Bench:
        return msgspec.structs.replace(bench(), workspace=msgspec.Raw(b"{}"), numbers=(f"cost {cost}",))

    held.lines = {"us01": [At(bench=numbers("3.5"))]}
    async with at(class_app(held)) as desk:
        await desk.sees("us01")
        await desk.press("enter")
        await desk.sees("cost 3.5")
        held.lines["us01"].append(At(bench=numbers("2.5")))
        await desk.sees("cost 2.5")


async def test_an_answer_of_another_page_is_not_shown_for_the_one_she_is_on():
    held = teaching()
    first, *others = held.set_room.rows
    held.set_room = msgspec.structs.replace(
        held.set_room, rows=(msgspec.structs.replace(first, answer_page=first.page - 1, quiet=3.0), *others)
    )
    async with at(class_app(held)) as desk:
        await desk.sees("us01")
        await desk.press("enter")
        await desk.sees("no answer on this page yet", "active now")
        await desk.press("escape")
        held.set_room = msgspec.structs.replace(held.set_room, rows=(msgspec.structs.replace(first, page=0), *others))
        await desk.until(lambda: desk.app.board.room is held.set_room)
        await desk.press("enter")
        await desk.sees("their own experiment")


async def test_what_can_be_asked_is_shown_by_its_question_and_the_board_explains_itself():
    async with at(class_app(teaching())) as desk:
        await desk.press("question_mark")
        await desk.sees("One line per learner, those who need help first.")
        await desk.press("escape", "a", "home")
        await desk.sees("▸ page ", "?")
        await desk.press("end")
        await desk.sees("▸ a question of your own")


async def test_a_question_goes_from_open_to_the_step_on_every_screen():
    held = FakeClass()
    async with at(class_app(held)) as desk:
        await desk.press("A")
        await desk.sees("Ask everyone", "from your lab, as P asks: W")
        await desk.press("enter")
        await desk.sees("Nobody is here yet. Ask whoever joins?", "Where will W be after the next epoch?")
        assert held.now.ask is None
        await desk.press("enter")
        await desk.sees("First vote", "0 of 0 have answered")
        held.lines = {"ann": [Vote(1, 1, "1.4")], "bob": [Vote(1, 1, "-1.4")]}
        await desk.sees("2 of 2 have answered")
        await desk.press("c")
        await desk.sees("First vote closed", "mixed")
        await desk.press("t")
        await desk.sees("Talking about the first vote", "o vote again", "z projector")
        await desk.press("o")
        await desk.sees("Second vote")
        held.lines["bob"].append(Vote(1, 2, "1.4"))
        held.lines["ann"].append(Vote(1, 2, "1.4"))
        await desk.sees("2 of 2 have answered")
        await desk.press("c")
        await desk.sees("Second vote closed", "Mostly right")
        await desk.press("r")
        await desk.sees("Of 2 who voted twice, 1 changed to the right answer and nobody away from it.")
        await desk.press("space")
        await desk.sees("The step is taken on every screen", "▸Epoch    2/10")
        await desk.until(lambda: held.now.followed is not None)
        assert held.snapshot(held.now.followed).present.cursor == 1


async def test_the_step_is_offered_once_and_nobody_is_thrown_back_to_the_question_before_it():
    held = teaching("revealed", 2)
    async with at(class_app(held)) as desk:
        await desk.sees("space takes the step on every screen")
        await desk.press("space")
        await desk.sees("The step is taken on every screen")
        await desk.press("F")
        await desk.sees("You no longer lead. Everyone is back at their own work.")
        assert held.now.on_screens is None
        await desk.press("C")
        assert "takes the step" not in await desk.sees("first tries")


@pytest.mark.parametrize(
    ("then", "shown"),
    [
        (lambda held: [held.follow(bench(5)), held.follow(None)], "page 1/8"),
        (lambda held: held.push(bench(4)), "Try it from here."),
        (lambda held: held.gather(3), "page 3/8"),
    ],
    ids=["led", "handed out", "gathered"],
)
async def test_what_comes_after_the_answers_stays_on_a_learners_screen(then, shown):
    held = FakeClass(LESSON)
    async with at(learner_app(held)) as desk:
        await desk.opens_lesson()
        held.ask(question())
        held.close_vote()
        held.reveal()
        await desk.until(lambda: isinstance(desk.app.screen, VoteScreen))
        then(held)
        await desk.until(lambda: not isinstance(desk.app.screen, VoteScreen))
        looks = desk.app.attendance.side.looks
        await desk.until(lambda: desk.app.attendance.side.looks > looks + 2)
        assert not isinstance(desk.app.screen, VoteScreen)
        await desk.sees(shown)


async def test_an_open_vote_comes_back_after_the_teacher_has_led():
    held = FakeClass()
    async with at(learner_app(held)) as desk:
        held.ask(question())
        await desk.until(lambda: isinstance(desk.app.screen, VoteScreen))
        held.follow(bench(5))
        await desk.sees("following your teacher")
        held.follow(None)
        await desk.until(lambda: isinstance(desk.app.screen, VoteScreen))


async def test_a_page_of_the_lesson_is_asked_with_its_own_run():
    held = FakeClass(LESSON)
    async with at(class_app(held)) as desk:
        await desk.press("a")
        await desk.sees("Ask everyone", "▸ page")
        await desk.press("enter")
        await desk.sees("enter asks")
        await desk.press("enter")
        await desk.until(lambda: held.now.ask is not None)
        assert held.now.ask.page
        assert held.now.ask.bench is not None


@pytest.mark.parametrize(
    ("line", "choices", "answer"),
    [
        ("What is lr? = 0.1", (), "0.1"),
        ("Does the cost fall? yes / *no", ("yes", "no"), "no"),
        ("Which one? a / b / c", ("a", "b", "c"), None),
        ("Name a number", (), None),
    ],
)
def test_a_question_typed_in_one_line(line, choices, answer):
    poll = typed(line)
    assert poll.ask.choices == choices
    assert (poll.prediction.answer if poll.prediction else None) == answer


def test_a_question_without_words_is_refused():
    with pytest.raises(UserError):
        typed("? a")


async def test_pace_and_gather_take_pages_that_there_are():
    held = teaching()
    async with at(class_app(held)) as desk:
        await desk.sees("us01")
        await desk.press("o", "9", "9", "enter")
        await desk.sees("type a number from 1 to 8")
        await desk.press("backspace", "backspace", "3", "enter")
        await desk.until(lambda: held.now.open_to == 3)
        await desk.press("g")
        await desk.sees("Bring everyone to page (1–8)", "  2  ", "3 are here")
        await desk.press("5", "enter")
        await desk.until(lambda: held.now.gathered_at == 5)
        await desk.press("w")
        await desk.until(lambda: held.now.open_to is None and held.now.gathered_at is None)


async def test_what_the_teacher_does_in_her_lab_travels_while_she_leads_and_no_longer():
    held = FakeClass()
    async with at(class_app(held)) as desk:
        await desk.press("F")
        await desk.until(lambda: held.now.followed is not None)
        await desk.press("space", "space", "v", "a")
        await desk.until(lambda: held.now.followed.view == "explain")
        travelled = held.now.followed
        assert held.snapshot(travelled).present.cursor == 2
        assert travelled.chart == desk.app.lab.charts.first
        await desk.press("a", "full_stop")
        await desk.until(lambda: held.now.followed.pointer is not None)
        await desk.press("F")
        await desk.until(lambda: held.now.followed is None)
        await desk.press("space")
        await desk.press("C")
        await desk.sees("gdtui class")
        assert held.now.followed is None


async def test_a_moved_key_moves_what_undoes_it_and_every_sentence_that_names_it():
    prefer(keymap={"lead": "y", "roster": "x", "reopen": "s", "talk": "b", "my-lab": "J"})
    held = FakeClass(room=room())
    async with at(class_app(held)) as desk:
        await desk.press("y")
        await desk.sees("Everyone sees your lab now. y stops leading, J goes to the board.")
        await desk.press("J")
        await desk.sees("y stop leading")
        await desk.press("y")
        await desk.until(lambda: held.now.followed is None)
        held.ask(question())
        held.close_vote()
        mixed = tuple(msgspec.structs.replace(bar, votes=bar.votes[:1]) for bar in VOTES)
        held.set_room = msgspec.structs.replace(held.set_room, bars=mixed)
        await desk.sees("b talk", "s open again", "b lets them talk in pairs")
        await desk.press("b")
        await desk.sees("s vote again", "s opens the next vote.")
        await desk.press("x")
        await desk.sees("x back to the vote")
        await desk.press("x", "s")
        await desk.sees("Second vote")


def test_what_undoes_a_command_may_have_a_key_of_its_own():
    keys = key_for(with_keymap({"lead": "y", "stop-leading": "x", "roster": "J"}))
    assert (keys["lead"], keys["stop-leading"], keys["vote"], keys["second-vote"]) == ("y", "x", "J", "o")


async def test_while_she_leads_her_lab_says_so_and_letting_go_is_confirmed_there():
    held = FakeClass()
    async with at(class_app(held), (120, 30)) as desk:
        await desk.press("F")
        await desk.sees("everyone sees this")
        await desk.press("full_stop", "space")
        await desk.press("escape")
        await desk.sees("everyone sees this", "F stop leading")
        await desk.press("full_stop", "F")
        await desk.sees("You no longer lead.")
        assert "everyone sees this" not in desk.shown()
        await desk.press("escape", "escape")
        await desk.sees("F follow me")


async def test_a_notice_of_the_board_goes_by_itself(monkeypatch):
    monkeypatch.setattr("gdtui.ui.classroom.board.SECONDS_OF_NOTICE", 1.0)
    async with at(class_app(teaching())) as desk:
        await desk.press("w")
        await desk.sees("Everyone works at their own pace.")
        await desk.sees("A ask")


async def test_how_a_question_is_typed_stands_at_the_prompt():
    async with at(class_app(FakeClass())) as desk:
        await desk.press("A", *["down"] * 60, "enter")
        await desk.sees("Question", "What is lr? = 0.1   or   Does the cost fall? yes / *no")


async def test_a_question_is_shown_with_how_many_are_asked_before_it_is_asked():
    held = FakeClass()
    held.lines = {"ann": [], "bob": []}
    async with at(class_app(held)) as desk:
        await desk.sees("2 here")
        await desk.press("A", "enter")
        await desk.sees("Ask all 2 learners who are here?", "Where will W be after the next epoch?")
        await desk.press("escape")
        await desk.sees("Ask everyone", "a question of your own")
        assert held.now.ask is None
        await desk.press("enter")
        await desk.sees("Ask all 2 learners")
        await desk.press("enter")
        await desk.sees("First vote")


async def test_what_is_typed_on_any_line_of_the_list_is_a_question_and_no_key_of_the_board():
    held = FakeClass()
    async with at(class_app(held)) as desk:
        await desk.press("A", "enter", *"criz", "question_mark", "enter")  # one row off, as fast as keys come
        await desk.sees("criz?", "enter asks")
        await desk.press("escape")
        await desk.press(*" 1 ", "slash", "asterisk", *"2c", "enter")
        await desk.sees("2  2c")
        assert held.now.ask is None
        assert not desk.app.board.is_projected
        await desk.press("enter")
        await desk.until(lambda: held.now.ask is not None)
        assert (held.now.ask.prompt, held.now.ask.choices, held.now.ask.state) == ("criz?", ("1", "2c"), "open")


async def test_a_typed_question_that_is_none_is_refused_where_it_is_typed():
    held = FakeClass()
    async with at(class_app(held)) as desk:
        await desk.press("A", "end", "enter", *"lr", "question_mark", "a", "enter")
        await desk.sees("type a question; choices, if any, must be 2 to 9")
        await desk.press("escape", "escape")
        await desk.until(lambda: desk.app.screen is desk.app.board)
        assert held.now.ask is None


async def test_handing_out_lets_go_and_counts():
    held = FakeClass()
    async with at(class_app(held)) as desk:
        await desk.press("F")
        await desk.until(lambda: held.now.followed is not None)
        for number in (1, 2):  # from the lab, then from the board
            await desk.press("H", "n", "H", "enter")
            await desk.sees("Hand out your experiment to everyone?  y yes  n no")
            assert held.now.pushes == number - 1
            await desk.press("y")
            await desk.until(lambda number=number: held.now.pushes == number)
            assert held.now.followed is None
            await desk.press("C")


@pytest.mark.parametrize("width", [60, 80, 120])
@pytest.mark.parametrize("more", [TEACHER, reworded(LEARNER, OUTSIDE), LEARNER], ids=["teacher", "outside", "learner"])
def test_the_bar_of_a_lab_in_class_has_the_help_and_the_way_out_at_its_end(more, width):
    shown = text([bar(Status(), keys_in(KeyBar((*COMMANDS, *more)).commands, Status()), width)])
    assert shown.endswith("? help  q quit")
    own = [command.bar for command in more if command.bar]
    assert [words for words in own if words not in shown] == own[2:] * (width == 60)


async def test_the_class_is_ended_only_when_that_is_meant():
    held = FakeClass()
    async with at(class_app(held)) as desk:
        await desk.press("q")
        await desk.sees("End the class for everyone?  y end it  n leave it open  escape stay")
        await desk.press("enter", "space")
        desk.app.board.told("Open to page 2.")  # what was done before is said late
        await desk.sees("End the class for everyone?")
        await desk.press("escape")
        await desk.sees("A ask")
        assert not held.now.is_closed
        assert desk.app.return_code is None
        await desk.press("q", "y")
        await desk.until(lambda: held.now.is_closed)


async def test_a_board_whose_class_is_anothers_says_so_until_it_is_quit_and_ends_nothing():
    held = FakeClass()
    async with at(class_app(held)) as desk:
        held.file.is_taken_over = True
        await desk.sees("another gdtui class has taken over this class: q quits here")
        desk.app.board.notice("")
        await desk.press("z")
        await desk.sees("another gdtui class has taken over this class: q quits here")
        await desk.press("q")
        await desk.until(lambda: desk.app.return_code is not None)
        assert not held.now.is_closed


async def test_the_way_out_of_the_teachers_own_lab_asks_what_becomes_of_the_class():
    held = FakeClass()
    async with at(class_app(held)) as desk:
        await desk.press("C", "q")
        await desk.sees("End the class for everyone?  y end it  n leave it open  escape stay")
        assert desk.app.screen is desk.app.board
        await desk.press("escape", "C", "f10", "y")
        await desk.until(lambda: held.now.is_closed)


@pytest.mark.parametrize("keys", [("enter",), ("C", "question_mark"), ("C", "e"), ("C", "L"), ("A",)])
async def test_whatever_the_teacher_has_open_the_key_that_quits_asks_what_becomes_of_the_class(keys):
    held = teaching()
    async with at(class_app(held)) as desk:
        await desk.sees("12 here") if keys == ("enter",) else None
        await desk.press(*keys)
        await desk.until(lambda: desk.app.screen not in (desk.app.board, desk.app.lab))
        await desk.press("ctrl+q")
        await desk.sees("End the class for everyone?  y end it  n leave it open  escape stay")
        await desk.press("escape", "C")
        await desk.until(lambda: desk.app.screen is desk.app.lab)
        assert desk.app.return_code is None


async def test_bringing_everyone_to_a_page_says_who_came_and_who_did_not():
    held = FakeClass(LESSON)
    held.lines = {"us01": [At(LESSON, 1, 8)], "us02": [At()]}
    async with at(class_app(held)) as desk:
        await desk.sees("2 here")
        await desk.press("g", "2", "enter")
        await desk.sees("0 of 2 are on page 2. Not there: us01, us02")
        held.lines["us01"].append(At(LESSON, 2, 8))
        await desk.sees("1 of 2 are on page 2. Not there: us02")
        held.lines["us01"].append(At(LESSON, 3, 8))
        held.lines["us02"].append(At(LESSON, 2, 8))
        await desk.sees("All 2 are on page 2.")


async def test_a_page_to_bring_everyone_to_is_chosen_with_the_arrows_too():
    held = FakeClass(LESSON)
    async with at(class_app(held)) as desk:
        await desk.press("g", "down", "down")
        await desk.sees("▸  2  ", "Bring everyone to page (1–8) 2")
        await desk.press("down", "up", "enter")
        await desk.until(lambda: held.now.gathered_at == 2)
        await desk.press("o", *["down"] * 9, "up", *["down"] * 2)
        await desk.sees("▸  8  ")
        await desk.press("enter")
        await desk.until(lambda: held.now.open_to == 8)


def test_where_nobody_is_here_nobody_is_said_to_come():
    assert who_came(msgspec.structs.replace(room(1), rows=()), set(), 2) == (
        "Nobody is here yet. Whoever joins starts on page 2."
    )
    assert max(cell_len(who_came(room(count), set(), 40)) for count in (2, 4, 40, 400)) <= 78


# What a learner sees


def lines(held: FakeClass, kind: type) -> list[object]:
    """What she has said of one kind."""
    return [line for line in held.lines.get("us01", ()) if isinstance(line, kind)]


async def test_without_a_class_nothing_is_looked_at_and_no_key_is_another(monkeypatch):
    app = LabApp(Experiment(), lambda: FAKE)
    async with at(app) as desk:
        threads = {thread.name for thread in threading.enumerate()}
        assert not any(name.startswith("class") for name in threads)
        await desk.press("escape")
        before = desk.shown()
        await desk.press("J", "exclamation_mark", "j", "F")
        assert desk.shown() == before


async def test_a_class_is_offered_and_joined_with_one_key_that_says_what_is_seen():
    held = FakeClass()
    async with at(learner_app(held, joins=False)) as desk:
        await desk.sees("ann is holding a class now. J joins it.")
        assert held.lines == {}
        await desk.press("J")
        await desk.sees("In class: your teacher sees")
        await desk.until(lambda: bool(lines(held, At)))
        await desk.press("question_mark")
        await desk.sees("What your teacher sees", "Your teacher does not see your keys")
        await desk.press("escape", "exclamation_mark")
        await desk.sees("Your hand is up. ! takes it down.", "hand up")
        await desk.press("exclamation_mark")
        await desk.until(lambda: lines(held, Hand) == [Hand(True), Hand(False)])
        await desk.press("J")
        await desk.sees("J again leaves the class.", "in class")
        await desk.press("J")
        await desk.sees("You have left the class.", "J joins the class")
        await desk.until(lambda: bool(lines(held, Left)))


async def test_the_keys_come_back_once_the_same_key_would_ask_again(monkeypatch):
    held = FakeClass()
    async with at(learner_app(held)) as desk:
        await desk.until(lambda: bool(lines(held, At)))
        monkeypatch.setattr(attendance, "SECONDS_TO_ASK_AGAIN", 0.5)
        await desk.press("J")
        await desk.sees("J again leaves the class.")
        await desk.until(lambda: "J again" not in desk.shown())
        await desk.press("J")
        await desk.sees("J again leaves the class.", "in class")


async def test_a_hand_that_the_teacher_takes_down_is_down_and_may_be_raised_again():
    held = FakeClass()
    async with at(learner_app(held)) as desk:
        await desk.until(lambda: bool(lines(held, At)))
        for n in (1, 3):
            await desk.press("exclamation_mark")
            await desk.sees("Your hand is up.", "hand up")
            held.take_hand_down(f"us01-{n}")
            await desk.sees("Your teacher has taken your hand down.", "in class")
        await desk.until(lambda: lines(held, Hand) == [Hand(True), Hand(False)] * 2)


async def test_a_hand_is_raised_and_taken_down_by_the_keys_named_in_an_open_lesson():
    held = FakeClass(LESSON)
    async with at(learner_app(held)) as desk:
        await desk.opens_lesson()

        def word() -> str:
            return next(each.bar for each in desk.app.lesson.query_one(LessonKeys).commands if each.id == "hand")

        await desk.until(lambda: bool(word()))
        before = word()
        await desk.press("exclamation_mark")
        await desk.until(lambda: word() not in ("", before))


async def test_a_learners_sentences_name_the_keys_that_she_has_given():
    prefer(keymap={"join": "y", "hand": "x", "return": "B"})
    held = FakeClass()
    async with at(learner_app(held, joins=False)) as desk:
        await desk.sees("ann is holding a class now. y joins it.", "y joins the class")
        await desk.press("y")
        await desk.sees("in class")
        await desk.press("x")
        await desk.sees("Your hand is up. x takes it down.")
        held.follow(bench(5))
        await desk.sees("B comes back here")
        await desk.press("exclamation_mark", "exclamation_mark")
        await desk.sees("Your hand is up. ! takes it down.")  # these screens have keys of their own
        await desk.press("escape")
        await desk.sees("B goes back to your teacher.")
        await desk.press("B")
        await desk.sees("following your teacher")
        await desk.press("escape", "y")
        await desk.sees("y again leaves the class.")


async def test_where_she_is_is_told_when_it_changes_and_not_otherwise():
    held = FakeClass()
    async with at(learner_app(held)) as desk:
        await desk.until(lambda: len(lines(held, At)) == 1)
        looks = desk.app.attendance.side.looks
        await desk.until(lambda: desk.app.attendance.side.looks > looks + 2)
        assert len(lines(held, At)) == 1
        await desk.press("space")
        await desk.until(lambda: len(lines(held, At)) == 2)
        assert held.snapshot(lines(held, At)[-1].bench).present.cursor == 1


async def test_she_follows_leaves_with_escape_and_comes_back_with_f_and_her_own_run_is_kept():
    held = FakeClass()
    async with at(learner_app(held)) as desk:
        await desk.until(lambda: bool(lines(held, At)))
        await desk.press("space", "space")
        held.follow(bench(5))
        await desk.sees("following your teacher", "▸Epoch    5/10", "Your run is kept.")
        await desk.until(lambda: lines(held, At)[-1].is_following)
        held.follow(bench(6))
        await desk.sees("▸Epoch    6/10")
        await desk.press("escape")
        await desk.sees("▸Epoch    3/10", "f goes back")
        held.follow(bench(7))
        looks = desk.app.attendance.side.looks
        await desk.until(lambda: desk.app.attendance.side.looks > looks + 2)
        assert "following" not in desk.shown()
        await desk.press("f")
        await desk.sees("following your teacher", "▸Epoch    7/10")
        held.follow(None)
        await desk.sees("▸Epoch    3/10")


async def test_the_view_the_chart_and_the_cursor_are_the_teachers():
    held = FakeClass()
    async with at(learner_app(held), (120, 40)) as desk:
        held.follow(msgspec.structs.replace(bench(4), view="code", chart="bowl", pointer=1.5))
        await desk.until(lambda: isinstance(desk.app.screen, BenchScreen) and desk.app.screen.views.opened == "code")
        charts = desk.app.screen.charts
        await desk.until(lambda: charts.looks.pointed is not None)
        assert charts.first == "bowl"
        assert charts.pointer == 1.5
        held.follow(bench(4))
        await desk.until(lambda: desk.app.screen.views.opened == "" and charts.looks.pointed is None)


async def test_of_a_table_that_did_not_travel_the_numbers_are_shown(monkeypatch):
    class Refusing(FakeSeat):
        def snapshot(self, shown: Bench) -> Snapshot:
            if shown.numbers:
                raise UserError("the table of this run has not travelled")
            return super().snapshot(shown)

    monkeypatch.setattr("class_scenes.FakeSeat", Refusing)
    held = FakeClass()
    async with at(learner_app(held)) as desk:
        await desk.until(lambda: bool(lines(held, At)))
        held.follow(msgspec.structs.replace(bench(4), numbers=("epoch 4/10   W 1.064", "lr 0.1 is 0.70 of the limit")))
        await desk.sees("has not travelled", "epoch 4/10   W 1.064", "lr 0.1 is 0.70 of the limit")
        held.follow(bench(5))
        await desk.until(lambda: "▸Epoch    5/10" in desk.shown() and "has not travelled" not in desk.shown())


@pytest.mark.parametrize("data", ["a table", "standard input", "many typed rows", "the lecture's"])
async def test_of_a_learners_run_that_cannot_be_taken_again_the_teacher_sees_the_numbers(tmp_path, monkeypatch, data):
    (tmp_path / "houses.csv").write_text("area,price\n1,2\n2,4\n3,6\n")
    table = read_table(str(tmp_path / "houses.csv")).dataset
    assert table.origin
    piped = msgspec.structs.replace(table, origin=msgspec.structs.replace(table.origin, path=STANDARD_INPUT))
    typed = named([[1, 2, 3] * 512], [1, 2, 3] * 512)
    experiment, why = {
        "a table": (Experiment(dataset=table), "the table of this run was not sent"),
        "standard input": (Experiment(dataset=piped), "the rows of this run were not sent"),
        "many typed rows": (Experiment(dataset=typed, learning_rate=0.1 / 512), "the rows of this run were not sent"),
        "the lecture's": (Experiment(), "too long to compute again"),
    }[data]
    if data == "the lecture's":
        monkeypatch.setattr("gdtui.classroom.bench.MOST_UPDATES", 1)
    held = FakeClass()
    async with at(LearnerApp(experiment, lambda: FAKE, lambda: FakeSeat(held, "us01"), joins=True)) as desk:
        await desk.press("space")
        await desk.until(
            lambda: any(line.bench and "epoch 2/10" in str(line.bench.numbers) for line in lines(held, At))
        )
        shown = desk.app.lab.text().splitlines()
    async with at(class_app(held)) as desk:
        await desk.sees("1 here")
        await desk.press("enter")
        await desk.sees(why, *(line.strip() for line in shown[1:3]), "W overshoots: distance × −0.40")


async def test_a_vote_is_taken_checked_changed_and_revealed():
    held = FakeClass()
    async with at(learner_app(held)) as desk:
        await desk.until(lambda: bool(lines(held, At)))
        held.ask(question())
        shown = await desk.sees("Where will W be after the next epoch?", "gradient ?")
        assert "0.840" not in shown
        await desk.until(lambda: desk.app.focused is desk.app.screen.field)
        await desk.type("abc")
        await desk.press("enter")
        await desk.until(lambda: "abc" in desk.shown() and not lines(held, Vote))
        await desk.press(*["backspace"] * 3)
        await desk.type("1.96")
        await desk.press("enter")
        await desk.sees("Your answer: 1.96")
        await desk.type("0.84")
        await desk.press("enter")
        await desk.until(lambda: [vote.answer for vote in lines(held, Vote)] == ["1.96", "0.84"])
        held.close_vote()
        await desk.sees("The vote is closed.")
        held.vote_again()
        await desk.sees("Talk with your neighbour about your answer.", "Your answer: 0.84")
        assert not desk.app.screen.field.display
        held.reopen()
        await desk.sees("Second vote", "Your answer in the previous vote: 0.84")
        await desk.press("enter")
        await desk.sees("enter sends it")
        assert "Your answer: " not in desk.shown()
        held.close_vote()
        held.reveal()
        await desk.sees("first vote", "second vote", "epoch 2/10", "gradient 5.600")


async def test_what_was_wrong_with_an_answer_goes_with_the_next_one_and_with_the_next_state_of_the_vote():
    held = FakeClass()
    async with at(learner_app(held)) as desk:
        await desk.until(lambda: bool(lines(held, At)))
        held.ask(question())
        await desk.sees("enter sends it")
        await desk.type("foo")
        await desk.press("enter")
        await desk.sees("'foo' is not a number")
        await desk.press(*["backspace"] * 3)
        await desk.type("1.96")
        await desk.press("enter")
        await desk.sees("Your answer: 1.96")
        assert "is not a number" not in desk.shown()
        await desk.type("foo")
        await desk.press("enter")
        await desk.sees("'foo' is not a number")
        held.close_vote()
        await desk.sees("The vote is closed.")
        assert "is not a number" not in desk.shown()


async def test_what_was_wrong_with_an_action_goes_with_the_page_that_the_class_turns_to():
    held = FakeClass(LESSON)
    async with at(learner_app(held)) as desk:
        await desk.opens_page(held, 3)
        await desk.type("9abc")
        await desk.press("enter")
        await desk.sees("'9abc' is not an action")
        held.gather(5)
        await desk.sees("page 5/8")
        assert "is not an action" not in desk.shown()


async def test_what_is_typed_when_a_question_comes_does_not_land_in_the_vote_and_stays_on_the_page():
    held = FakeClass("hypothesis")
    async with at(learner_app(held)) as desk:
        await desk.opens_page(held, 3)
        await desk.type("2.")
        held.ask(question())
        await desk.sees("Where will W be after the next epoch?", "enter starts a new answer")
        await desk.type("57")
        assert desk.app.screen.field.value == ""
        await desk.press("enter", "enter")
        await desk.type("1.96")
        await desk.press("enter")
        await desk.until(lambda: [vote.answer for vote in lines(held, Vote)] == ["1.96"])
        assert not lines(held, Did)
        held.drop_ask()
        await desk.until(lambda: desk.app.screen is desk.app.lesson)
        await desk.type("5")
        await desk.press("enter")
        await desk.until(lambda: [did.answer for did in lines(held, Did)] == ["2.5"])


async def test_a_sentence_of_her_own_may_begin_with_any_letter():
    held = FakeClass("limit")
    async with at(learner_app(held)) as desk:
        await desk.opens_lesson()
        lesson = desk.app.lesson
        held.gather(7)
        await desk.until(lambda: lesson.view.page == 7)
        for event in lesson.recorded_session.session.page.model_answer():
            if lesson.view.kind != "words":
                lesson.take(event)
        await desk.until(lambda: lesson.view.kind == "words")
        await desk.type("following J!")
        assert desk.app.focused.value == "following J!"
        await desk.press(*["backspace"] * 12)
        await desk.type("Just")
        assert desk.app.focused.value == "Just"


async def test_a_vote_that_was_left_does_not_come_back_by_itself_but_the_next_does():
    held = FakeClass()
    async with at(learner_app(held)) as desk:
        held.ask(question())
        await desk.until(lambda: isinstance(desk.app.screen, VoteScreen))
        await desk.press("escape")
        await desk.until(lambda: desk.app.screen is desk.app.lab)
        looks = desk.app.attendance.side.looks
        await desk.until(lambda: desk.app.attendance.side.looks > looks + 2)
        assert desk.app.screen is desk.app.lab
        await desk.press("f")
        await desk.until(lambda: isinstance(desk.app.screen, VoteScreen))
        await desk.press("escape")
        held.drop_ask()
        held.ask(question())
        await desk.until(lambda: isinstance(desk.app.screen, VoteScreen))


async def test_what_is_handed_out_becomes_her_own_and_her_run_stays_pinned():
    held = FakeClass()
    async with at(learner_app(held)) as desk:
        await desk.until(lambda: bool(lines(held, At)))
        await desk.press("space")
        mine = desk.app.lab.workspace.run
        held.push(bench(4, experiment=Experiment(learning_rate=0.05)))
        await desk.sees("Try it from here. Your own run is kept as A; u goes back.")
        workspace = desk.app.lab.workspace
        assert workspace.run.experiment.learning_rate == 0.05
        assert workspace.board.find(mine).is_pinned
        await desk.press("space")
        assert workspace.run.cursor == 4
        await desk.press("u")
        assert workspace.run is mine


async def test_what_the_class_answers_while_the_lab_is_taken_down_is_left():
    app = learner_app(FakeClass())
    async with at(app):
        errands, seen = app.attendance.errands, app.attendance._seen
        errands.go_on(seen, (False, True))
    assert not app.lab.query(KeyBar)
    errands.go_on(seen, (False, True))


async def test_a_lesson_in_class_keeps_the_pace_and_is_gathered():
    held = FakeClass(LESSON)
    held.set_pace(1)
    async with at(learner_app(held)) as desk:
        await desk.opens_lesson()
        await desk.until(lambda: desk.app.attendance.open_to == 1)
        lesson = desk.app.lesson
        await desk.type("2")
        await desk.press("enter")
        await desk.type("2.5")
        await desk.press("enter")
        await desk.until(lambda: bool(lesson.view.is_done))
        await desk.press("enter")
        await desk.sees("The lesson is open up to page 1.")
        assert lesson.view.page == 1
        held.set_pace(None)
        await desk.until(lambda: desk.app.attendance.open_to is None)
        await desk.press("enter")
        await desk.until(lambda: lesson.view.page == 2)
        held.gather(5)
        await desk.until(lambda: lesson.view.page == 5)
        held.gather(3)
        await desk.until(lambda: lesson.view.page == 3 and lesson.view.is_past)
        await desk.press("exclamation_mark")
        await desk.until(lambda: lines(held, Hand) == [Hand(True)])
        await desk.until(lambda: lines(held, At)[-1].page in (3, 5))


async def test_who_joins_again_while_the_old_session_is_still_there_goes_on_in_a_copy_and_reads_so():
    dropped = RecordedSession(lesson_named(LESSON), FAKE, owner())
    for _page in range(3):
        dropped.take(Skip())
    async with at(learner_app(FakeClass(LESSON))) as desk:
        await desk.opens_lesson()
        await desk.sees("You continue in a copy of it.", "page 4/8")
        await desk.sees("in class")
        assert "You continue in a copy of it." in desk.shown()
    dropped.close()


async def test_an_answer_in_class_is_told_and_a_skipped_page_counts_for_nothing():
    held = FakeClass("hypothesis")
    async with at(learner_app(held)) as desk:
        await desk.opens_page(held, 3)
        await desk.type("2.5")
        await desk.press("enter")
        await desk.until(lambda: bool(lines(held, Did)))
        (did,) = lines(held, Did)
        assert (did.page, did.answer, did.outcome.is_right) == (3, "2.5", False)
        session = desk.app.lesson.recorded_session.session
        held.gather(5)
        await desk.until(lambda: desk.app.lesson.view.page == 5)
        assert session.page.points == 0


@pytest.mark.parametrize("hands_in", [True, False])
async def test_the_end_of_the_class_leaves_her_at_her_own_work(hands_in, monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CONFIG_DIRS", str(tmp_path))
    monkeypatch.setenv(hand_in.VARIABLE, str(tmp_path) if hands_in else "")
    held = followed()
    async with at(learner_app(held)) as desk:
        await desk.sees("following your teacher")
        held.end()
        shown = await desk.sees("The class is over.")
        assert ("Hand in your work: gdtui hand-in" in shown) == hands_in
        assert desk.app.screen is desk.app.lab
        assert "in class" not in desk.shown().splitlines()[0]


async def test_everyone_is_brought_into_the_lesson_from_the_lab_and_from_another_lesson_and_back_a_second_time():
    held = FakeClass(LESSON)
    async with at(learner_app(held)) as desk:
        await desk.opens_page(held, 2)
        await desk.press("escape")
        await desk.until(lambda: desk.app.screen is desk.app.lab and desk.app.lesson is None)
        held.gather(3)
        await desk.opens_lesson()
        await desk.until(lambda: desk.app.lesson.view.page == 3)
        held.gather(2)
        await desk.until(lambda: desk.app.lesson.view.page == 2)
        await desk.press("enter")
        await desk.until(lambda: desk.app.lesson.view.page == 3)
        held.gather(2)
        await desk.until(lambda: desk.app.lesson.view.page == 2)
        held.change(lesson="limit", gathered_at=None)
        await desk.until(lambda: desk.app.lesson is not None and desk.app.lesson.loaded.name == "limit")
        await desk.until(lambda: lines(held, At)[-1].lesson == "limit")


async def test_a_learner_with_the_last_lesson_open_is_in_the_lesson_of_the_next_class():
    held, following = FakeClass(LESSON), FakeClass("limit")
    following.change(opened="2026-11-28T03:00:00Z")
    app = learner_app(held)
    async with at(app) as desk:
        await desk.opens_page(held, 2)
        held.end()
        await desk.sees("The class is over.")
        app.find = lambda: FakeSeat(following, "us01")
        await desk.press("J", "J")  # the second before the first has done anything
        await desk.until(lambda: desk.app.lesson is not None and desk.app.lesson.loaded.name == "limit")
        await desk.opens_lesson()
        assert desk.app.screen is desk.app.lesson
        assert len(desk.app.lessons) == 1
        await desk.until(lambda: [at.lesson for at in lines(following, At)][-1:] == ["limit"])
        following.gather(3)
        await desk.until(lambda: lines(following, At)[-1].page == 3)


async def test_who_was_in_the_class_before_joins_another_only_by_a_key_and_brings_nothing_along():
    held = followed()
    async with at(learner_app(held)) as desk:
        await desk.sees("following your teacher")
        await desk.press("exclamation_mark")
        await desk.until(lambda: lines(held, Hand) == [Hand(True)])
        said = len(held.lines["us01"])
        held.change(opened="2026-11-28T03:00:00Z", followed=None)
        await desk.sees("ann has opened another class. J joins it.", "J joins the class")
        assert desk.app.screen is desk.app.lab
        await desk.press("space")
        assert len([line for line in held.lines["us01"][said:] if not isinstance(line, Left)]) == 0
        await desk.press("J")
        await desk.sees("In class: your teacher sees", "in class")
        assert "hand up" not in desk.shown()


async def test_both_sides_say_that_the_lesson_of_the_class_cannot_be_opened():
    held = FakeClass(LESSON)
    held.lacks = "lesson.toml: permission denied"
    async with at(learner_app(held)) as desk:
        await desk.sees("lesson.toml: permission denied", "in class, without its lesson")
        await desk.until(lambda: [at.lacks for at in lines(held, At)][-1:] == [held.lacks])
        held.gather(2)
        await desk.until(lambda: desk.app.attendance.side.now is held.now)
        assert desk.app.screen is desk.app.lab
    board = FakeClass(LESSON)
    board.lines["us01"] = [lines(held, At)[-1]]
    async with at(class_app(board)) as desk:
        await desk.sees("cannot open the lesson")
        await desk.press("enter")
        await desk.sees("lesson.toml: permission denied")


async def test_in_a_lesson_the_invitation_is_whole_and_what_is_less_important_makes_room():
    held = FakeClass()
    app = learner_app(held, joins=False)
    async with at(app) as desk:
        app._open_lesson(lesson_named("ten-epochs"))
        await desk.opens_lesson()
        first = (await desk.sees("J joins the class")).splitlines()[0]
        assert first.startswith(f" gdtui  {lesson_named('ten-epochs').lesson.title}   J joins the class  ")
        assert "…" not in first
        assert "page 1/" in first
        await desk.press("J")
        await desk.sees("In class: your teacher sees your page, answers and run. F2 says more.")


def test_how_an_answer_is_worked_out_is_read_to_its_end_at_80_columns():
    line = "The cost is lowest at 1.000, but an update goes only as far as lr·gradient, and that is 0.560 here."
    bars = [msgspec.structs.replace(bar, line=line) for bar in VOTES]
    for gap in (True, False):
        shown = text(histogram(bars, 80, gap=gap))
        assert " ".join(shown.split()).count("lr·gradient, and that is 0.560 here.") == len(bars)
        assert max(map(cell_len, shown.splitlines())) <= 80
    ask = msgspec.structs.replace(teaching("revealed").now.ask, bars=tuple(bars))
    for rows in (vote_rows(ask, room(), 80, 22, key_for(BOARD)), projected_rows(ask, room(), "", 80, 22)):
        assert len(rows) <= 22
        assert bars[-1].answer in text(rows)


def test_words_of_the_roster_are_whole_where_they_have_no_room():
    shown = text(roster_rows(room(), 0, 80, 22))
    assert "took y − H(x) for the error" in shown
    assert "added the step instead… ×2" in shown


async def test_a_class_that_opens_later_is_offered(monkeypatch):
    monkeypatch.setattr("gdtui.ui.classroom.learner_app.SECONDS_BETWEEN_OFFERS", 0.1)
    held = FakeClass()
    app = learner_app(held, joins=False)
    find, app.find = app.find, lambda: None
    async with at(app) as desk:
        assert "J join" not in desk.shown()
        app.find = find
        await desk.sees("ann is holding a class now. J joins it.", "J joins the class")
        await desk.press("J")
        await desk.sees("in class")


async def test_a_page_that_is_done_again_in_class_keeps_the_keys_of_the_class():
    held = FakeClass(LESSON)
    async with at(learner_app(held), (120, 30)) as desk:
        await desk.opens_page(held, 3)
        await desk.press("backspace", "R")
        await desk.until(lambda: desk.app.screen is not desk.app.lesson and desk.app.screen.view is not None)
        await desk.sees("in class", "Nothing is saved")
        await desk.press("exclamation_mark")
        await desk.sees("Your hand is up.", "hand up")


async def test_a_teacher_who_is_not_seen_is_said_to_be():
    held = FakeClass()
    async with at(learner_app(held)) as desk:
        await desk.until(lambda: desk.app.attendance is not None and desk.app.attendance.is_in)
        desk.app.attendance.side.is_teacher_seen = False
        await desk.sees("no sign of your teacher for a while")
        desk.app.attendance.side.is_teacher_seen = True
        await desk.sees("in class")


# Hammering

KEYS = [
    *("J", "f", "F", "exclamation_mark", "question_mark", "escape", "enter", "space", "i", "L", "a", "c", "v", "z"),
    *("1", "0", "u", "R", "p", "backspace", "tab", "down", "up", "A", "C", "H", "t", "r", "o", "g", "w"),
]


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in (1, 2))])
@pytest.mark.parametrize("who", ["teacher", "learner"])
async def test_keys_in_any_order_end_nothing(seed, who):
    chance = random.Random(seed)
    held = teaching() if who == "teacher" else FakeClass(LESSON)
    app: ClassApp | LearnerApp = class_app(held) if who == "teacher" else learner_app(held)
    deeds: list[Callable[[], None]] = [
        lambda: held.follow(bench(chance.randrange(1, 8))),
        lambda: held.follow(None),
        lambda: held.push(bench(3)),
        lambda: held.ask(question()),
        lambda: held.now.ask and held.close_vote(),
        lambda: held.now.ask and held.vote_again(),
        lambda: held.now.ask and held.reveal(),
        lambda: held.gather(chance.randrange(1, 8)),
        lambda: held.set_pace(chance.choice([None, 1, 4])),
    ]
    async with at(app) as desk:
        for _turn in range(30):
            if who == "learner" and chance.random() < 0.4:
                chance.choice(deeds)()
                await asyncio.sleep(0.05)
            await desk.pilot.press(*chance.choices(KEYS, k=4))
            await desk.pilot.pause()
            if app.return_code is not None:
                break
        assert app.return_code in (None, 0)


def test_pages_that_the_class_turned_take_their_steps_count_for_nothing_and_replay():
    loaded = lesson_named(LESSON)
    taken = RecordedSession(loaded, FAKE, "ann")
    cursors = []
    while not taken.session.is_over:
        cursors.append((taken.session.step.name, taken.session.run.cursor))
        taken.take(Skip())
    taken.close()
    assert dict(cursors)["second-step"] == 1
    assert dict(cursors)["shorter"] == 2
    assert taken.session.page.points == 0
    (text,) = own_sealed(())
    (record,) = split(text, "")
    first, *entries, _seal = record.entries
    replay = RecordReplay(loaded, FAKE, begun_of((first,)))
    assert len(entries) == len(loaded.lesson.steps)
    assert all(replay.step(entry, 0) == ("", False) for entry in entries)
    assert replay.session.is_over
    assert not any(each.right_at for each in replay.questions.values())
