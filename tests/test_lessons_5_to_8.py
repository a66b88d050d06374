"""Lessons 5 to 8: each page played right and wrong, and what they claim worked out without the program."""

import numpy as np
import pytest
from lab_pilot import Lab, play_lesson
from lessons import at, finish, said, typed

from gdtui.descent.backend import BACKEND
from gdtui.teaching.catalogue import lesson_named
from gdtui.teaching.pages.all_kinds import estimated_minutes, tasks_of
from gdtui.teaching.recorded_session import RecordedSession
from gdtui.ui.lesson.app import LessonApp

LESSONS = ("learning-rates", "limit", "conventions", "with-b")


def test_at_least_half_of_the_pages_are_done_rather_than_answered():
    steps = [step for lesson in LESSONS for step in lesson_named(lesson).lesson.steps]
    done = [step for step in steps if any(not task.kind.is_question for task in tasks_of(step)) or step.order]
    assert len(done) >= 0.75 * len(steps)


@pytest.mark.parametrize("lesson", LESSONS)
def test_it_takes_five_to_nine_minutes(lesson):
    assert 5 <= estimated_minutes(lesson_named(lesson).lesson) <= 9


# Each page: what is typed, and a part of what is then said or seen. `right` ends the page; each of `wrong` is tried
# alone, after what has to be done before.
RIGHT = {
    ("learning-rates", "small"): ("2", "step 10"),
    ("learning-rates", "blow-up"): ("3", *["step 1"] * 8, "2"),
    ("learning-rates", "border"): ("0.142", "pin", "0.143", "pin"),
    ("learning-rates", "compare"): ("2", "step 10", "pin", "again", "lr = 0.1", "step 10", "pin", "2"),
    ("learning-rates", "fewest"): ("lr = 1/14", "step 1"),
    ("learning-rates", "advice"): ("3",),
    ("limit", "curvature"): ("2", "3", "9"),
    ("limit", "derive"): ("1463", "0.3"),
    ("limit", "five"): ("0.05", "1/14", "0.1", "1/7", "0.2", "2"),
    ("limit", "predict"): ("0.2222",),
    ("limit", "test"): ("0.22", "pin", "0.225", "pin"),
    ("limit", "ten-times"): ("3", "step 3", "0.00143"),
    ("limit", "hundredth"): ("1", "x is in it twice"),
    ("conventions", "three"): ("3", "step 8", "step 8", "step 8"),
    ("conventions", "same-path"): ("0.3", "0.15"),
    ("conventions", "twice"): ("2.8", "step 6", "step 6", "2"),
    ("conventions", "fewest"): ("lr = 1/3", "step 1"),
    ("conventions", "web-page"): ("convention = mean", "step 8", "3"),
    ("with-b", "two-knobs"): ("W = 2", "W = 1.25", "b = 1.5"),
    ("with-b", "gradient-b"): ("514", "0.6"),
    ("with-b", "valley"): ("step 1", "step 151", "2"),
    ("with-b", "fewest"): ("lr = 0.114", "step 66"),
    ("with-b", "without-b"): ("1", "2", "2.25", "1.85", "3", "the steep way limits it"),
}


def test_every_page_is_played():
    assert list(RIGHT) == [(lesson, step.name) for lesson in LESSONS for step in lesson_named(lesson).lesson.steps]


@pytest.mark.parametrize(("lesson", "page"), RIGHT)
def test_a_page_is_done_right(lesson, page):
    finish(at(lesson, page), *RIGHT[lesson, page])


FAIR = ("step 10", "pin", "again", "lr = 0.1", "step 10", "pin")

WRONG = [
    ("learning-rates", "small", ("4", "step 9"), "step 1", "Ten steps like the first"),
    ("learning-rates", "small", ("1", "step 9"), "step 1", "A step is lr·gradient, not lr."),
    ("learning-rates", "small", ("3", "step 9"), "step 1", "but it is slow"),
    ("learning-rates", "blow-up", ("1", "step 7"), "step 1", "farther from 1 than at the start"),
    ("learning-rates", "blow-up", ("2", "step 7"), "step 1", "the two places move apart"),
    ("learning-rates", "blow-up", ("3", "step 8"), "1", "Every jump goes toward 1, but it goes too far."),
    ("learning-rates", "blow-up", ("3", "step 8"), "3", "lr is 0.2 in every epoch"),
    ("learning-rates", "border", (), "0.3", "lr goes from 0.1 to 0.2 here"),
    ("learning-rates", "compare", ("1", *FAIR[:-1]), "pin", "each one goes past 1"),
    ("learning-rates", "compare", ("3", *FAIR[:-1]), "pin", "Compare the two costs."),
    ("learning-rates", "compare", ("2", *FAIR), "1", "Both runs took ten epochs."),
    ("learning-rates", "compare", ("2", *FAIR), "3", "with 0.1 the run settles too"),
    ("learning-rates", "advice", (), "1", "Each epoch takes W farther away from 1."),
    ("learning-rates", "advice", (), "2", "W would have gone left, to −2.66"),
    ("learning-rates", "advice", (), "4", "multiplied by the same −1.66"),
    ("limit", "curvature", ("2", "3"), "25", "the square of the sum"),
    ("limit", "curvature", ("2", "3"), "5", "5 is Σx, but"),
    ("limit", "curvature", ("2", "3"), "6", "the drawn cost"),
    ("limit", "curvature", ("2", "3"), "14", "the growth for x = 1, 2, 3"),
    ("limit", "derive", (), "1453", "Subtract it on both sides"),
    ("limit", "derive", (), "1462", "no distance would ever shrink"),
    ("limit", "derive", (), "1643", "Each line changes one thing"),
    ("limit", "derive", ("1463",), "0.7", "0.7 is 14·lr. Subtract it from 1."),
    ("limit", "derive", ("1463",), "1.7", "the update subtracts"),
    ("limit", "derive", ("1463",), "-0.3", "Subtract the other way round"),
    ("limit", "five", ("0.05", "1/14", "0.1", "1/7", "0.2"), "1", "you saw it settle"),
    ("limit", "five", ("0.05", "1/14", "0.1", "1/7", "0.2"), "3", "has no 2/m"),
    ("limit", "predict", (), "0.1111", "reaches the minimum in one step"),
    ("limit", "predict", (), "0.1429", "the limit for x = 1, 2, 3"),
    ("limit", "predict", (), "0.3333", "which has 2/m in it"),
    ("limit", "predict", (), "0.08", "Square each x first"),
    ("limit", "predict", (), "0.4", "2/5"),
    ("limit", "ten-times", ("1", "step 2"), "step 1", "W crept with x = 1, 2, 3."),
    ("limit", "ten-times", ("2", "step 2"), "step 1", "between −1 and 1"),
    ("limit", "ten-times", ("3", "step 3"), "0.01429", "the old limit divided by 10"),
    ("limit", "ten-times", ("3", "step 3"), "0.14286", "the limit for the old rows"),
    ("limit", "ten-times", ("3", "step 3"), "0.00071", "in one step"),
    ("limit", "hundredth", (), "2", "y does not occur in it"),
    ("limit", "hundredth", (), "3", "the gradient does not"),
    ("conventions", "three", ("1", "step 8", "step 8", "step 7"), "step 1", "the gradients are not"),
    (
        "conventions",
        "three",
        ("2", "step 8", "step 8", "step 7"),
        "step 1",
        "With mse the run barely settles: the limit is 0.214",
    ),
    ("conventions", "three", ("4", "step 8", "step 8", "step 7"), "step 1", "you saw lr 0.2 blow up"),
    ("conventions", "same-path", ("0.3",), "0.6", "twice the lr for mean"),
    ("conventions", "same-path", ("0.3",), "0.3", "the lr for mean"),
    ("conventions", "same-path", ("0.3",), "0.1", "for sum"),
    ("conventions", "same-path", ("0.3",), "0.07", "Divide by 2/m instead"),
    ("conventions", "twice", ("1.4", "step 6", "step 5"), "step 1", "six rows make the sum twice as large"),
    ("conventions", "twice", ("-2.8", "step 6", "step 5"), "step 1", "instead of subtracting it"),
    ("conventions", "twice", ("0.933", "step 6", "step 5"), "step 1", "the first step with mse"),
    ("conventions", "twice", ("0.467", "step 6", "step 5"), "step 1", "the first step with mean"),
    ("conventions", "twice", ("1", "step 6", "step 5"), "step 1", "the minimum, but a step is only lr·gradient long"),
    ("conventions", "twice", ("2.8", "step 6", "step 6"), "1", "It has the same sign as the sum"),
    ("conventions", "twice", ("2.8", "step 6", "step 6"), "3", "above its own limit, which is 0.429"),
    ("conventions", "web-page", ("convention = mean", "step 8"), "1", "Above its limit a run never settles"),
    ("conventions", "web-page", ("convention = mean", "step 8"), "2", "the same for every start"),
    ("with-b", "gradient-b", (), "314", "The middle term 2·e·h is missing"),
    ("with-b", "gradient-b", (), "512", "That is the gradient for W."),
    ("with-b", "gradient-b", ("514",), "12", "what you get without lr"),
    ("with-b", "gradient-b", ("514",), "1.3", "where W goes"),
    ("with-b", "gradient-b", ("514",), "-0.6", "instead of subtracting it"),
    ("with-b", "gradient-b", ("514",), "0.2", "the update with mean"),
    ("with-b", "gradient-b", ("514",), "0.4", "mse"),
    ("with-b", "gradient-b", ("514",), "2", "the minimum, but a step is only lr·gradient long"),
    ("with-b", "valley", ("step 152",), "1", "the first, quick epoch"),
    ("with-b", "valley", ("step 152",), "3", "lr is 0.05 in every epoch"),
    ("with-b", "without-b", ("2.25", "1.85"), "1", "the cost there is not 0"),
    ("with-b", "without-b", ("2.25", "1.85"), "2", "not the bowl"),
]


@pytest.mark.parametrize(("lesson", "page", "before", "wrong", "says"), WRONG)
def test_what_is_wrong_is_named(lesson, page, before, wrong, says):
    assert says in said(typed(at(lesson, page), *before), wrong)


def test_pins_that_do_not_hold_the_limit_between_them_are_not_enough():
    for lesson, page, wide, twice in (
        ("learning-rates", "border", ("0.14", "0.15"), ("0.141", "0.142")),
        ("limit", "test", ("0.21", "0.23"), ("0.215", "0.22")),
    ):
        for pair in (wide, twice):
            here = typed(at(lesson, page), pair[0], "pin", pair[1], "pin")
            assert not here.is_done


def test_a_test_that_is_not_fair_is_not_enough():
    here = typed(at("learning-rates", "compare"), "2", "step 10", "pin", "again", "lr = 0.1", "step 9", "pin")
    assert [check.is_met for check in here.view().checks] == [True, False, False]
    unlike = typed(
        at("learning-rates", "compare"), "2", "lr = 0.02", "step 10", "pin", "again", "lr = 0.05", "step 20", "pin"
    )
    assert not unlike.page.prompt, "the words of the page are about 0.05 and 0.1, after ten epochs"


def test_five_kinds_of_run_are_needed():
    here = typed(at("limit", "five"), "0.05", "0.06", "0.1", "0.15", "0.2")
    assert here.view().exhibit.readout == ("1 − 14·lr = −1.800", "a run of this kind: diverging", "3 of 5 kinds seen")
    assert [check.is_met for check in here.view().checks] == [False, False]


def test_runs_that_differ_in_the_convention_are_told_apart():
    here = typed(at("conventions", "three"), "3", "step 8", "step 8", "step 8")
    lines = here.page.compared()
    assert all(f"convention {name}. It ended" in line for name, line in zip(("mean", "mse"), lines, strict=True))


def epochs(x, y, lr, below, *, divided=1.0, bias=False):
    """How many epochs plain gradient descent takes, in float64."""
    x, y = np.array(x, float), np.array(y, float)
    w = b = 0.0
    for epoch in range(1, 3000):
        error = w * x + b - y
        w, b = w - lr * np.sum(error * x) / divided, b - lr * np.sum(error) / divided * bias
        cost = np.mean((w * x + b - y) ** 2)
        if cost < below:
            return epoch
        if cost > 1e9:
            break
    return 3000


def test_the_least_number_of_epochs_that_a_page_names_is_the_least():
    assert epochs([1, 2, 3], [1, 2, 3], 1 / 14, 1e-6) == 1
    assert epochs([1, 2, 2], [1, 2, 2], 1 / 3, 1e-6, divided=3) == 1
    least = min(epochs([1, 2, 3], [3, 4, 5], rate, 1e-3, bias=True) for rate in np.arange(0.05, 0.1202, 0.00025))
    assert least == epochs([1, 2, 3], [3, 4, 5], 0.114, 1e-3, bias=True) == 66
    assert f"At best it takes {least}" in typed(at("with-b", "fewest"), "lr = 0.114", "step 66").view().reveal


KEYS = {
    "learning-rates": (
        *("2", "enter", *["space"] * 10, "enter"),
        *("3", "enter", *["space"] * 8, "1", "enter", "2", "enter", "enter"),
        *(*["right"] * 4, "full_stop", "full_stop", "p", "full_stop", "p", "enter"),
        *("2", "enter", "r", "p", "R", *"lr = 0.1", "enter", "r", "p", "2", "enter", "enter"),
        *(*"lr = 0.0714", "enter", "space", "space", "enter", "3", "enter", "enter"),
    ),
    "limit": (
        *("right", "right", "5", "enter", "9", "enter", "enter"),
        *(*"1453", "enter", *"1463", "enter", *"0.3", "enter", "enter"),
        *(*["right"] * 17, "2", "enter", "enter", *"0.2222", "enter", "enter"),
        *(*["right"] * 12, "p", "full_stop", "p", "enter"),
        *("3", "enter", *["space"] * 3, *"0.00143", "enter", "enter", "1", "enter", *"twice", "enter", "enter"),
    ),
    "conventions": (
        *("3", "enter", *["space"] * 24, "enter"),
        *(*["right"] * 10, *"0.15", "enter", "enter"),
        *(*"2.8", "enter", *["space"] * 12, "2", "enter", "enter"),
        *(*"lr = 1/3", "enter", "space", "enter"),
        *(*"convention = mean", "enter", *["space"] * 8, "3", "enter", "enter"),
    ),
    "with-b": (
        *(*["right"] * 5, *["up"] * 6, "enter", *"514", "enter", *"0.6", "enter", "enter"),
        *(*["r"] * 16, "2", "enter", "enter", *"lr = 0.114", "enter", *["r"] * 7, "enter"),
        *(*["right"] * 9, *["left"] * 2, *["full_stop"] * 3, "3", "enter", *"steep", "enter", "enter"),
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("size", [(80, 24), (60, 16)])
@pytest.mark.parametrize("lesson", LESSONS)
async def test_it_is_played_by_its_keys(lesson, size):
    view = await play_lesson(lesson, KEYS[lesson], size)
    assert view.points >= view.most - 2


async def test_a_blow_up_does_not_set_the_limits_of_the_next_page():
    loaded = lesson_named("learning-rates")
    app = LessonApp(loaded, lambda lesson: RecordedSession(lesson, BACKEND, "ann"))
    async with app.run_test(size=(80, 24)) as pilot:
        here = Lab(app, pilot, app.lesson)
        await here.until(lambda: app.lesson.view is not None and bool(app.lesson.charts.charts))
        await here.press("2", "enter", *["space"] * 10, "enter", "3", "enter", *["space"] * 8)
        assert abs(app.lesson.run.epoch.parameters[0]) > 100
        await here.press("2", "enter", "enter")
        assert app.lesson.view.name == "border"
        assert "100┤" not in here.text("ChartPanel")


async def test_the_numbers_of_a_knob_stay_in_sight_on_a_small_screen():
    loaded = lesson_named("with-b")
    app = LessonApp(loaded, lambda lesson: RecordedSession(lesson, BACKEND, "ann"))
    async with app.run_test(size=(60, 16)) as pilot:
        here = Lab(app, pilot, app.lesson)
        await here.until(lambda: app.lesson.view is not None and bool(app.lesson.charts.charts))
        await here.press("right", "up")
        assert "W 0.25   b 0.25   cost 10.94" in here.text("#lesson-page")
        await here.press(*["right"] * 4, *["up"] * 5, "enter", *"51")
        assert "your lines, 2 of 3 placed:" in here.text("#lesson-page"), "lines that are put in order are seen too"
