"""A new kind of question is one class: lessons ask it, on every surface, and so does the lab."""

import io
import sys

import pytest
from lab_pilot import opened
from lessons import LESSON, read, swapped

from gdtui.cli import main as cli
from gdtui.descent.backend import BACKEND
from gdtui.errors import InputError
from gdtui.storage import record
from gdtui.teaching.check import check
from gdtui.teaching.events import Answer, GoOn
from gdtui.teaching.grade import grade
from gdtui.teaching.misconceptions import Misconception
from gdtui.teaching.prediction import Prediction
from gdtui.teaching.progress import own_sealed
from gdtui.teaching.questions.all_kinds import KINDS, lab_kinds
from gdtui.teaching.questions.question import Question
from gdtui.teaching.recorded_session import RecordedSession
from gdtui.teaching.session import Session
from gdtui.ui.lesson.page import ROOM


class Distance(Question):
    """How far W is from the minimum after the next epoch."""

    name = "distance"
    lab_words = "distance"
    gives_away = frozenset({"following", "verdict"})
    takes_step = True

    def prediction(self) -> Prediction:
        there = self.run.surface.minimum[self.index]
        distance = abs(self.epoch.following[self.index] - there)
        wrong = Misconception("distance-now", abs(self.epoch.parameters[self.index] - there), "now", "the one now")
        return Prediction(
            truth=distance,
            prompt="How far from the minimum after the next epoch?",
            hint="Take the step first.",
            worked=f"{distance:g}",
            misconceptions=(wrong,),
        )


TEXT = swapped('kind = "next"', 'kind = "distance"')


@pytest.fixture(autouse=True)
def distance(monkeypatch):
    """The one place where the kind is registered."""
    monkeypatch.setitem(KINDS, Distance.name, Distance)


def test_a_lesson_asks_it_keeps_its_answer_back_and_takes_its_step():
    session = Session(read(TEXT), BACKEND)
    session.take(GoOn())
    assert session.view().prompt == "How far from the minimum after the next epoch?"
    assert session.kept_back == {"following", "verdict"}
    outcome = session.take(Answer("1"))
    assert (outcome.is_right, outcome.misconceptions) == (False, ("the one now",))
    assert outcome.says[-1] == "Take the step first."
    assert session.take(Answer("0.3")).is_right
    assert session.run.cursor == 1


def test_a_lesson_that_asks_it_is_checked_and_one_that_misspells_it_is_told_its_name():
    assert check(read(TEXT), BACKEND, ROOM) == []
    with pytest.raises(InputError, match=r"there is no 'distanc', only next, .*, distance; did you mean distance\?"):
        read(TEXT.replace('"distance"', '"distanc"'))


def test_on_lines_of_text_it_is_asked_and_answered(tmp_path, monkeypatch, capsys):
    path = tmp_path / "small.toml"
    path.write_text(TEXT)
    monkeypatch.setattr(sys, "argv", ["gdtui", "lesson", str(path)])
    monkeypatch.setattr(sys, "stdin", io.StringIO("\n1\n0.3\n"))
    assert cli.run_safely() == 0
    out = capsys.readouterr().out
    assert "How far from the minimum after the next epoch? (3 decimals)" in out
    assert "Your number comes from the one now:" in out
    assert "Right: 0.300." in out


def test_a_record_of_it_is_graded():
    lesson = read(TEXT)
    recorded_session = RecordedSession(lesson, BACKEND, "ann")
    for event in (GoOn(), Answer("1"), Answer("0.3")):
        assert recorded_session.take(event).is_accepted
    recorded_session.close()
    (part,) = record.split(own_sealed(())[0], "r.jsonl")
    found = grade(part, {lesson.digest: lesson}, BACKEND)
    assert (found.flags, found.points) == ((), 0.5)
    assert found.questions[0].misconceptions == (("the one now",),)


async def test_the_lab_asks_it_in_its_turn_and_hides_what_gives_it_away():
    async with opened(size=(120, 40)) as lab:
        last = len(lab_kinds())
        await lab.press(str(last + 1), "P")
        assert f", {last} P distance" in lab.keys
        await lab.press(str(last), "P")
        assert "How far from the minimum" in str(lab.app.screen.query_one("#prompt-question").render())
        assert "○" not in lab.chart(1), "the next point is not drawn"
        await lab.press(*"0.4", "enter")
        assert "Right: 0.400." in lab.text("#reply")
        await lab.press("P")
        assert "Where will W be after the next epoch?" in str(lab.app.screen.query_one("#prompt-question").render())


def test_no_two_kinds_share_a_name():
    assert all(name == kind.name for name, kind in KINDS.items())


def test_the_plain_lesson_is_the_same_without_it():
    assert Session(read(LESSON), BACKEND).view().pages == 4
