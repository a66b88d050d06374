"""Lesson 16: each page played right and wrong, and what it claims worked out without the program."""

import numpy as np
import pytest
from lab_pilot import Lab, play_lesson
from lessons import at, finish, said, typed

from gdtui.descent.backend import BACKEND
from gdtui.teaching.catalogue import lesson_named
from gdtui.teaching.pages.all_kinds import tasks_of
from gdtui.teaching.recorded_session import RecordedSession
from gdtui.ui.lesson.app import LessonApp

LESSON = "many-machines"

RIGHT = {
    "share-out": ("2", "step 10"),
    "mean": ("-6",),
    "slip": ("2", "step 6", "step 6", "2"),
    "loop": ("{right}",),
    "machines": ("lr = 0.05", "step 10", "3", "their sums and how many rows they have"),
}
"""What is typed on each page; the last line ends it."""


def test_every_page_is_played():
    assert list(RIGHT) == [step.name for step in lesson_named(LESSON).lesson.steps]


@pytest.mark.parametrize("page", RIGHT)
def test_a_page_is_done_right(page):
    session = at(LESSON, page)
    finish(session, *(line.format(right=getattr(session.page, "right", "")) for line in RIGHT[page]))


BOTH = ("step 6", "step 6")

WRONG = [
    ("share-out", ("1", "step 9"), "step 1", "added up, not averaged"),
    ("share-out", ("3", "step 9"), "step 1", "no row is added up twice"),
    ("mean", (), "-7", "the mean of the two means"),
    ("mean", (), "-18", "Divide it by the number of rows"),
    ("mean", (), "-9", "divided by the number of machines"),
    ("mean", (), "-14", "the sum of the two means"),
    ("slip", ("1", "step 6", "step 5"), "step 1", "only if the mean of the means were 0"),
    ("slip", ("3", "step 6", "step 5"), "step 1", "multiplies the distance to its end by 0.125"),
    ("slip", ("2", *BOTH), "1", "hardly moves any more"),
    ("slip", ("2", *BOTH), "3", "not 3 into 4"),
    ("machines", (), "w0 = 1", "w0 is locked"),
    ("machines", ("lr = 0.05", "step 10"), "1", "it grows with the rows"),
    ("machines", ("lr = 0.05", "step 10"), "2", "One of the two is the same"),
]


@pytest.mark.parametrize(("page", "before", "wrong", "says"), WRONG)
def test_what_is_wrong_is_named(page, before, wrong, says):
    assert says in said(typed(at(LESSON, page), *before), wrong)


def numbered(session, *lines):
    """The digits that put these lines, as the file numbers them from 1 on with the decoys last, in order."""
    spec = session.page.spec
    every = [*spec.lines, *(decoy.text for decoy in spec.decoys)]
    return "".join(str(session.page.mixed.index(every[number - 1]) + 1) for number in lines)


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        ((1, 2, 3, 5), "each machine goes its own way"),
        ((1, 6, 3, 4), "adds up means"),
        ((2, 1, 3, 4), "nothing to send before"),
        ((1, 4, 2, 3), "needs the total"),
        ((1, 2, 4, 3), "needs the number of rows"),
    ],
)
def test_a_wrong_loop_is_named(lines, says):
    session = at(LESSON, "loop")
    assert says in said(session, numbered(session, *lines))


def test_the_counts_may_be_added_up_before_the_sums():
    session = at(LESSON, "loop")
    assert "this order works too" in said(session, numbered(session, 3, 1, 2, 4))
    assert session.is_done


SHARES = [(np.array([1.0]), np.array([10.0])), (np.array([2.0, 1]), np.array([2.0, 4]))]


def descend(number, epochs, w=0.0, rate=0.5):
    found = [w]
    for _ in range(epochs):
        found.append(found[-1] - rate * number(found[-1]))
    return found


def products(w):
    return [(x * w - y) * x for x, y in SHARES]


def test_both_runs_go_where_they_go_by_hand():
    session = typed(at(LESSON, "slip"), "2", "step 6")
    by_hand = descend(lambda w: sum(map(np.sum, products(w))) / sum(len(x) for x, _ in SHARES), 6)
    assert [epoch.parameters[0] for epoch in session.run.history] == pytest.approx(by_hand, abs=1e-5)
    assert by_hand[1:] == pytest.approx([3.0] * 6)
    typed(session, "step 6")
    by_hand = descend(lambda w: np.mean([np.mean(share) for share in products(w)]), 6)
    assert [epoch.parameters[0] for epoch in session.run.history] == pytest.approx(by_hand, abs=1e-5)
    assert by_hand[-1] == pytest.approx(4, abs=1e-4)
    means = [np.mean(share) for share in products(3)]
    told = f"the two means are {means[0]:.0f} and {means[1]:.1f}".replace("-", "−")
    assert told in said(typed(at(LESSON, "slip"), "1", "step 6", "step 5"), "step 1")
    typed(session, "2")
    three, four = (np.mean([(x * w - y) ** 2 for x, y in ((1, 10), (2, 2), (1, 4))]) for w in (3, 4))
    assert f"W = 4 costs {four:.0f}, and W = 3 only {three:.0f}" in session.view().reveal.replace("\n", " ")
    assert f"Its cost, {session.run.epoch.cost:.0f}, and" in session.view().reveal


def test_shares_take_the_lecture_s_ten_epochs_to_the_last_digit():
    session = typed(at(LESSON, "share-out"), "2", "step 10")
    lecture = typed(at("ten-epochs", "distance"))
    assert [epoch.parameters for epoch in session.run.history][:10] == [
        epoch.parameters for epoch in lecture.run.history
    ][:10]


def test_twice_the_rows_run_away_with_the_sum_and_a_mean_mends_it_too():
    session = typed(at(LESSON, "machines"), "step 2")
    assert [epoch.parameters[0] for epoch in session.run.history] == pytest.approx([0, 2.8, -2.24], abs=1e-5)
    assert not session.is_done
    assert typed(at(LESSON, "machines"), "convention = mean", "lr = 0.3", "step 10").page.above
    assert not typed(at(LESSON, "machines"), "convention = mean", "step 20").page.above, "lr 0.1 is slow then"


def test_no_example_is_the_answer():
    assert "lr = 0.05" not in at(LESSON, "machines").view().examples


async def test_the_rows_stand_in_shares_beside_the_page():
    app = LessonApp(lesson_named(LESSON), lambda lesson: RecordedSession(lesson, BACKEND, "ann"))
    async with app.run_test(size=(80, 24)) as pilot:
        lesson = Lab(app, pilot, app.lesson)
        await lesson.until(lambda: "Σ share 3" in lesson.text("BreakdownView"))
        shown = lesson.text("BreakdownView")
        assert "1.400" not in shown, "the question is not answered yet"
        await lesson.press("2", "enter", "space")
        assert "3.600" in lesson.text("BreakdownView")
        await lesson.press(*["space"] * 9)
        shown = lesson.text("BreakdownView")
        assert shown.count("(") == shown.count(")"), "no bracket is cut off"
        assert "H(x)    error" in shown
        assert "…" not in str(app.screen.query_one("BreakdownView").border_title)


def loop_keys():
    return str(at(LESSON, "loop").page.right)


@pytest.mark.slow
@pytest.mark.parametrize("size", [(80, 24), (60, 16)])
async def test_it_is_played_by_its_keys(size):
    keys = (
        *("1", "enter", "r", *["space"] * 10, "enter"),
        *(*"-7", "enter", *"-6", "enter", "enter"),
        *("2", "enter", *["space"] * 12, "1", "enter", "2", "enter", "enter"),
        *(*"12", "enter", *loop_keys(), "enter", "enter"),
        *("space", "space", "R", *"lr = 0.05", "enter", "r", "3", "enter", *"sums", "enter", "enter"),
    )
    view = await play_lesson(LESSON, keys, size)
    assert len(tasks_of(lesson_named(LESSON).lesson.steps[-1])) == 3
    assert view.points >= view.most - 2
