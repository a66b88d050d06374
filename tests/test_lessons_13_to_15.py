"""Lessons 13 to 15: each page played right and wrong, and what they claim worked out without the program."""

from collections.abc import Callable, Iterator

import numpy as np
import pytest
from lab_pilot import play_lesson
from lessons import at, finish, said, typed

from gdtui.teaching.catalogue import lesson_named
from gdtui.teaching.pages.all_kinds import has_deed, tasks_of
from gdtui.teaching.pages.knob import Knob

LESSONS = ("two-valleys", "yes-or-no", "kept-back")

RIGHT = {
    ("two-valleys", "shape"): ("1.5", "1", "0.5", "0", "-0.5", "-1", "-1.5", "-1.3", "2"),
    ("two-valleys", "split"): ("3", "step 20", "step 20", "3"),
    ("two-valleys", "first-step"): ("step 15", "0.32"),
    ("two-valleys", "over"): ("lr = 0.157", "step 1"),
    ("two-valleys", "hold"): ("step 20", "step 20", "1", "it may have started beside another valley"),
    ("yes-or-no", "curve"): ("1", "1.75", "1"),
    ("yes-or-no", "squares"): ("2", "step 30", "step 30", "3"),
    ("yes-or-no", "deaf"): ("0.3", "0.2", "0.1", "0", "-0.2", "-0.5", "-1", "3"),
    ("yes-or-no", "derive"): ("1463", "0.08"),
    ("yes-or-no", "one-valley"): ("2", "step 30", "step 30"),
    ("yes-or-no", "never-done"): ("step 100", "2"),
    ("kept-back", "line"): ("step 30", "2"),
    ("kept-back", "curve"): ("2", "step 100", "1"),
    ("kept-back", "stop"): ("step 18", "28"),
    ("kept-back", "choose"): ("degree = 1", "step 12", "3"),
    ("kept-back", "more"): ("step 100", "3", "where the validation cost turns"),
}
"""What is typed on each page; the last line ends it."""


def test_every_page_is_played():
    assert list(RIGHT) == [(lesson, step.name) for lesson in LESSONS for step in lesson_named(lesson).lesson.steps]


def test_nearly_all_pages_are_done_rather_than_answered():
    steps = [step for lesson in LESSONS for step in lesson_named(lesson).lesson.steps]
    assert all(has_deed(step) or step.order for step in steps)
    assert any(len(tasks_of(step)) > 1 for step in steps)


@pytest.mark.parametrize(("lesson", "page"), RIGHT)
def test_a_page_is_done_right(lesson, page):
    finish(at(lesson, page), *RIGHT[lesson, page])


DOTS = RIGHT["two-valleys", "shape"][:-1]
DEAF = RIGHT["yes-or-no", "deaf"][:-1]
BOTH = ("step 30", "step 30")

WRONG = [
    ("two-valleys", "shape", DOTS, "1", "At W = −1.3 the cost is −3.51."),
    ("two-valleys", "shape", DOTS, "3", "A mean of squares is never below 0"),
    ("two-valleys", "split", ("1", "step 20", "step 19"), "step 1", "No run knows that the left valley is lower."),
    ("two-valleys", "split", ("2", "step 20", "step 19"), "step 1", "The top of the hill lies between"),
    ("two-valleys", "split", ("3", "step 20", "step 20"), "1", "lr was 0.1 in both runs."),
    ("two-valleys", "split", ("3", "step 20", "step 20"), "2", "Its gradient is nearly 0 here"),
    ("two-valleys", "first-step", ("step 15",), "1.52", "the step is lr times the gradient"),
    ("two-valleys", "first-step", ("step 15",), "0.4", "if the 1 in the gradient is left out"),
    ("two-valleys", "first-step", ("step 15",), "-0.16", "6 instead of 6·W"),
    ("two-valleys", "first-step", ("step 15",), "3.68", "if you add the step"),
    ("two-valleys", "first-step", ("step 15",), "-19", "without lr"),
    ("two-valleys", "first-step", ("step 15",), "1.58", "lr 0.02"),
    ("two-valleys", "over", (), "w0 = -1", "w0 is locked"),
    ("two-valleys", "hold", ("step 20", "step 20"), "2", "How low the cost is does not matter."),
    ("two-valleys", "hold", ("step 20", "step 20"), "3", "It started 0.101 away from its bottom"),
    ("yes-or-no", "curve", ("1.75",), "2", "its sign does tell them apart"),
    ("yes-or-no", "curve", ("1.75",), "3", "Its cost is a bowl"),
    ("yes-or-no", "squares", ("1", "step 30", "step 29"), "step 1", "The hill is in the way of the first run."),
    ("yes-or-no", "squares", ("3", "step 30", "step 29"), "step 1", "The gradient is 0 only at a bottom or a top"),
    ("yes-or-no", "squares", ("2", *BOTH), "1", "H is 0.25 there"),
    ("yes-or-no", "squares", ("2", *BOTH), "2", "That is wrong, but not sure."),
    ("yes-or-no", "deaf", DEAF, "1", "the largest there can be"),
    ("yes-or-no", "deaf", DEAF, "2", "ten times as large"),
    ("yes-or-no", "derive", (), "1453", "multiply by H′"),
    ("yes-or-no", "derive", (), "1423", "cancels one H"),
    ("yes-or-no", "derive", ("1463",), "-0.08", "if you add the step"),
    ("yes-or-no", "derive", ("1463",), "0.4", "here the gradient has 1/m"),
    ("yes-or-no", "derive", ("1463",), "0.02", "With cross-entropy it is gone"),
    ("yes-or-no", "derive", ("1463",), "0.04", "what the squared error gives"),
    ("yes-or-no", "derive", ("1463",), "0.8", "without lr"),
    ("yes-or-no", "derive", ("1463",), "-0.01", "not multiplied by x"),
    ("yes-or-no", "one-valley", ("1", "step 30", "step 29"), "step 1", "no valley is left there"),
    ("yes-or-no", "one-valley", ("3", "step 30", "step 29"), "step 1", "if the cost were flat at −1"),
    ("yes-or-no", "never-done", ("step 100",), "1", "It fell in each epoch."),
    ("yes-or-no", "never-done", ("step 100",), "3", "W grew in each epoch."),
    ("kept-back", "line", ("step 30",), "1", "It was trained on 6 rows."),
    ("kept-back", "line", ("step 30",), "3", "passes between the rows"),
    ("kept-back", "curve", ("1", "step 99"), "step 1", "At first it falls like the training cost."),
    ("kept-back", "curve", ("3", "step 99"), "step 1", "for all rows alike"),
    ("kept-back", "curve", ("2", "step 100"), "2", "the training cost would rise too"),
    ("kept-back", "curve", ("2", "step 100"), "3", "It never saw them"),
    ("kept-back", "stop", (), "degree = 1", "degree is locked"),
    ("kept-back", "stop", ("step 18",), "18", "the best epoch itself"),
    ("kept-back", "stop", ("step 18",), "29", "one too many"),
    ("kept-back", "stop", ("step 18",), "10", "the patience alone"),
    ("kept-back", "stop", ("step 18",), "100", "without patience"),
    ("kept-back", "stop", ("step 18",), "8", "10 epochs before the best"),
    ("kept-back", "choose", ("degree = 1", "step 12"), "1", "you used them to choose"),
    ("kept-back", "choose", ("degree = 1", "step 12"), "2", "A run that has stopped"),
    ("kept-back", "more", ("step 100",), "1", "It has 5 weights and b, as before."),
    ("kept-back", "more", ("step 100",), "2", "the rows do wobble"),
]


@pytest.mark.parametrize(("lesson", "page", "before", "wrong", "says"), WRONG)
def test_what_is_wrong_is_named(lesson, page, before, wrong, says):
    assert says in said(typed(at(lesson, page), *before), wrong)


def descend(slope: Callable[[float], float], w: float, rate: float, epochs: int) -> list[float]:
    """W before each epoch, and after the last."""
    found = [w]
    for _ in range(epochs):
        found.append(found[-1] - rate * slope(found[-1]))
    return found


def slope(w: float) -> float:
    return 4 * w**3 - 6 * w + 1


def test_the_runs_between_two_valleys_end_where_they_do_by_hand():
    here = typed(at("two-valleys", "split"), "3", "step 20")
    assert here.run.epoch.parameters[0] == pytest.approx(descend(slope, 0.1, 0.1, 20)[-1], abs=1e-4)
    typed(here, "step 20")
    assert here.run.epoch.parameters[0] == pytest.approx(descend(slope, 0.2, 0.1, 20)[-1], abs=1e-4)
    left, hill, right = np.sort(np.roots([4, 0, -6, 1]).real)
    assert "W = 0.17" in here.page.step.hints[1]
    assert hill == pytest.approx(0.17, abs=0.001)
    swing = typed(at("two-valleys", "hold"), "step 20")
    assert abs(swing.run.epoch.parameters[0] - swing.run.history[19].parameters[0]) > 0.3, "it goes back and forth"
    typed(swing, "step 20", "1", "words")
    told = [f"{2 / (12 * valley**2 - 6):.3f}" for valley in (left, right)]
    assert all(limit in swing.view().reveal for limit in told)
    assert float(told[0]) < 0.15 < float(told[1])


def test_the_least_cost_is_asked_for_and_a_valley_has_no_lower_place_nearby():
    def cost(w: float) -> float:
        return w**4 - 3 * w**2 + w

    left, _hill, right = np.sort(np.roots([4, 0, -6, 1]).real)
    assert cost(left) < -3.51 < cost(-1.25), "a step of the knob is not enough"
    here = typed(at("two-valleys", "shape"), *DOTS)
    assert f"W = {right:.2f}: the cost is {cost(right):.2f}".replace("-", "−") in here.view().prompt
    assert all(cost(round(right, 2)) < cost(round(right, 2) + away) for away in (-0.01, 0.01))
    assert not typed(at("two-valleys", "shape"), *DOTS[:-1], "-1.25").page.above


def test_one_epoch_reaches_the_lower_valley_and_an_lr_too_small_does_not():
    assert typed(at("two-valleys", "over"), "lr = 0.157", "step 1").page.best == 1
    assert not typed(at("two-valleys", "over"), "lr = 0.08", "step 30").is_done
    assert typed(at("two-valleys", "over"), "lr = 0.1", "step 10").is_done, "slower ways lead there too"


def sigmoid(z: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-z))


X, Y = np.array([10.0, 1, 1, 1, 1]), np.array([1.0, 0, 0, 0, 1])


def test_the_squared_error_of_a_sigmoid_holds_a_run_that_cross_entropy_does_not():
    def squares(w: float) -> float:
        h = sigmoid(X * w)
        return float(2 / 5 * np.sum((h - Y) * h * (1 - h) * X))

    def entropy(w: float) -> float:
        return float(1 / 5 * np.sum((sigmoid(X * w) - Y) * X))

    for page, by_hand, rate in (("squares", squares, 1), ("one-valley", entropy, 0.1)):
        here = typed(at("yes-or-no", page), "2", "step 30")
        assert here.run.epoch.parameters[0] == pytest.approx(descend(by_hand, -1, rate, 30)[-1], abs=1e-4)
        typed(here, "step 30")
        assert here.run.epoch.parameters[0] == pytest.approx(descend(by_hand, 0, rate, 30)[-1], abs=1e-4)


def test_it_is_said_why_the_better_valley_has_fewer_rows_right():
    here = typed(at("yes-or-no", "squares"), "2", *BOTH, "3")
    w = here.run.epoch.parameters[0]
    counts = [int(np.sum((sigmoid(X * place) >= 0.5) == (Y == 1))) for place in (-1.08, w)]
    assert f"Yet {counts[0]} of 5 rows are `right` there, and only {counts[1]} of 5" in here.view().reveal
    assert f"H is {sigmoid(np.array(w)):.2f} at x = 1" in here.view().reveal
    here = typed(at("yes-or-no", "one-valley"), "2", *BOTH)
    w = here.run.epoch.parameters[0]
    assert f"Again {np.sum((sigmoid(X * w) >= 0.5) == (Y == 1))} of 5 rows are right" in here.view().reveal
    assert f"H is {sigmoid(np.array(w)):.2f} at x = 1" in here.view().reveal


def test_a_run_that_was_watched_before_is_named_as_the_charts_name_it():
    here = typed(at("yes-or-no", "one-valley"), "2", "step 30")
    w, cost = here.run.epoch.parameters[0], here.run.epoch.cost
    typed(here, "step 1")
    told = f"A in the charts is run 1, with lr 0.1, W0 −1. It ended at W {w:.3f}, cost {cost:.6g}."
    assert here.view().compared == (told,)


def test_a_forecast_that_was_typed_with_a_hyphen_is_shown_with_a_minus_sign():
    assert typed(at("ten-epochs", "run"), "-9").view().exhibit.lines()[0] == "You said: −9"


def test_both_slopes_of_the_row_that_is_sure_and_wrong_are_told():
    here = typed(at("yes-or-no", "deaf"), *DEAF)
    h = float(sigmoid(np.array(-10.0)))
    assert here.view().exhibit.slope == pytest.approx(2 * (h - 1) * h * (1 - h) * 10, rel=1e-3)
    assert f"−ln H {-np.log(h):.3f}, slope {10 * (h - 1):.3f}".replace("-", "−") in here.view().exhibit.readout
    assert f"squared error {(h - 1) ** 2:.3f}" in here.view().exhibit.readout


def columns(degree: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """The powers of x = 1 … 8 and a column of ones, standardized by the six rows of the training, and what is kept."""
    x, y = np.arange(1.0, 9), np.array([2.0, 1, 4, 3, 6, 5, 8, 7])
    kept = np.arange(8) % 3 == 2
    powers = np.stack([x**power for power in range(1, degree + 1)], axis=1)
    powers = (powers - powers[~kept].mean(0)) / powers[~kept].std(0)
    powers = np.column_stack([powers, np.ones(8)])
    return powers[~kept], y[~kept], powers[kept], y[kept]


def validations(degree: int, epochs: int) -> Iterator[float]:
    """The cost of the rows kept back before each epoch."""
    x, y, kept, labels = columns(degree)
    theta = np.zeros(degree + 1)
    for _ in range(epochs + 1):
        yield float(np.mean((kept @ theta - labels) ** 2))
        theta -= 0.1 * 2 / len(y) * x.T @ (x @ theta - y)


def test_the_validation_cost_turns_where_the_page_says():
    here = typed(at("kept-back", "curve"), "2", "step 100")
    by_hand = list(validations(5, 100))
    assert [epoch.validation for epoch in here.run.history] == pytest.approx(by_hand, rel=1e-3)
    assert int(np.argmin(by_hand)) == 18
    assert f"least after 18 epochs: {min(by_hand):.3f}" in typed(here, "1").view().reveal.replace("\n", " ")
    told = f"It is {by_hand[0]:.1f} at the start, {by_hand[18]:.3f} after 18 epochs, and {by_hand[100]:.3f} after 100."
    assert told in said(typed(at("kept-back", "curve"), "1", "step 99"), "step 1")
    stopped = typed(at("kept-back", "stop"), "step 18", "28").view().reveal
    assert f"the one after 18 epochs, with validation cost {by_hand[18]:.3f}" in stopped


def test_only_the_straight_line_can_reach_what_the_page_asks_for():
    reached = [degree for degree in range(1, 7) if min(validations(degree, 1000)) < 0.84]
    assert reached == [1]
    here = typed(at("kept-back", "choose"), "degree = 1", "step 14")
    assert not here.is_done, "it has gone too far"
    line = list(validations(1, 36))
    assert line[36] > min(line), "so a line turns as well"
    assert (
        f"After three times as many it would be {line[36]:.3f}." in typed(here, "again", "step 12", "3").view().reveal
    )


def test_starting_over_goes_past_nothing():
    here = typed(at("kept-back", "choose"), "step 3")
    assert not any("went past" in line for line in (said(here, "lr = 0.05"), said(typed(here, "step 3"), "again")))


def test_the_picture_of_the_curve_stands_beside_its_costs():
    assert "data" in at("kept-back", "curve").view().charts or "fit" in at("kept-back", "curve").view().charts


def test_a_watched_run_with_rows_kept_back_lists_both_costs():
    here = typed(at("kept-back", "curve"), "2", "step 3")
    *_rest, last, _played = here.view().exhibit.lines()
    assert last.split() == ["3", f"{here.run.epoch.cost:.6g}", f"{here.run.epoch.validation:.6g}"]


def test_a_page_s_recipe_replaces_the_rows_of_the_lesson():
    assert at("kept-back", "more").run.experiment.dataset.rows == 40


def test_a_knob_at_a_place_that_float32_rounds_moves_with_the_first_key():
    for by in (-1, 1):
        assert Knob("W", float(np.float32(0.4)), -1, 1, 0.1, 0.01).turned(by) == pytest.approx(0.4 + 0.1 * by, abs=1e-6)


KEYS = {
    "two-valleys": (
        *("enter", *["left"] * 13, "comma", "comma", "1", "enter", "2", "enter", "enter"),
        *("3", "enter", *["space"] * 40, "1", "enter", "3", "enter", "enter"),
        *(*["space"] * 15, *"1.52", "enter", *"0.32", "enter", "enter"),
        *(*"lr = 0.08", "enter", "space", "R", *"lr = 0.157", "enter", "space", "enter"),
        *(*["space"] * 40, "2", "enter", "1", "enter", *"start", "enter", "enter"),
    ),
    "yes-or-no": (
        *(*["right"] * 11, "1", "enter", "enter", "2", "enter", *["space"] * 60, "3", "enter", "enter"),
        *(*["left"] * 14, "1", "enter", "3", "enter", "enter"),
        *(*"1453", "enter", *"1463", "enter", *"0.08", "enter", "enter"),
        *("2", "enter", *["space"] * 60, "enter", *["space"] * 100, "2", "enter", "enter"),
    ),
    "kept-back": (
        *(*["space"] * 30, "2", "enter", "enter", "1", "enter", *["space"] * 100, "1", "enter", "enter"),
        *(*["r"] * 2, "R", "r", *["space"] * 8, *"18", "enter", *"28", "enter", "enter"),
        *(*"degree = 1", "enter", "r", "space", "space", "3", "enter", "enter"),
        *(*["space"] * 100, "3", "enter", *"early", "enter", "enter"),
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("size", [(80, 24), (60, 16)])
@pytest.mark.parametrize("lesson", LESSONS)
async def test_it_is_played_by_its_keys(lesson, size):
    view = await play_lesson(lesson, KEYS[lesson], size)
    assert view.points >= view.most - 2
