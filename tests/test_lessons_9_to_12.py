"""Lessons 9 to 12: each page played right and wrong, and what they claim worked out without the program."""

from functools import cache

import numpy as np
import pytest
from lab_pilot import play_lesson
from lessons import at, finish, said, typed

from gdtui.descent.tensors import batches
from gdtui.experiment.experiment import Experiment
from gdtui.numbers import fixed
from gdtui.teaching.catalogue import lesson_named
from gdtui.teaching.events import GoOn, Set
from gdtui.teaching.pages.all_kinds import has_deed
from gdtui.teaching.session import Session

LESSONS = ("scaling", "autograd", "mini-batches", "own-data")

OWN = "data = 10 25; 20 44; 30 71; 40 83; 25 50"
"""Rows of a learner's own: Σx² is 3625, Σxy 7830, so W is 2.16."""


def test_at_least_half_of_the_pages_are_done_rather_than_answered():
    steps = [step for lesson in LESSONS for step in lesson_named(lesson).lesson.steps]
    assert sum(has_deed(step) or bool(step.order) for step in steps) >= 0.6 * len(steps)


RIGHT = {
    ("scaling", "nudge"): ("W1 = 2.1", "W1 = 2", "W2 = 0.2", "2"),
    ("scaling", "arrow"): ("3", "step 3", "3"),
    ("scaling", "tame"): ("step 3", "pin", "again", "lr = 0.001", "step 50", "2"),
    ("scaling", "cure"): ("standardize = yes", "lr = 0.408", "step 7"),
    ("scaling", "why"): ("1",),
    ("autograd", "autograd"): ("method = autograd", "lr = 0.15", "step 10", "3"),
    ("autograd", "loop"): ("52617",),
    ("autograd", "no-zero-grad"): ("-5.6", "step 12", "step 12", "2"),
    ("autograd", "script"): ("script 3.55926",),
    ("autograd", "why"): ("3",),
    ("mini-batches", "one-half"): ("0.5", "1.5", "2", "2.5", "1"),
    ("mini-batches", "other-half"): ("1", "2", "2.5", "4", "3", "2"),
    ("mini-batches", "first-batch"): ("0.45",),
    ("mini-batches", "wander"): ("2", "step 30", "step 30", "3"),
    ("mini-batches", "calm"): ("lr = 0.08", "step 3", "lr = 0.02", "step 3"),
    ("mini-batches", "why"): ("3",),
    ("mini-batches", "falling"): ("step 30", "step 30", "2"),
    ("own-data", "rows"): (OWN,),
    ("own-data", "eye"): ("1", "2", "1.5"),
    ("own-data", "limit"): ("0.0667",),
    ("own-data", "test"): ("lr = 0.06", "pin", "lr = 0.07", "pin", "2"),
    ("own-data", "fit"): ("lr = 1/30", "step 1"),
    ("own-data", "why"): ("2", "per hour 1.5 pages"),
}
"""What is typed on each page; the last line ends it."""


def test_every_page_is_played():
    assert list(RIGHT) == [(lesson, step.name) for lesson in LESSONS for step in lesson_named(lesson).lesson.steps]


@pytest.mark.parametrize(("lesson", "page"), RIGHT)
def test_a_page_is_done_right(lesson, page):
    finish(at(lesson, page), *RIGHT[lesson, page])


BOTH_RUNS = ("-5.6", "step 12", "step 12")

WRONG = [
    ("scaling", "nudge", ("W1 = 2.1", "W1 = 2", "W2 = 0.2"), "1", "Every row has both columns"),
    ("scaling", "nudge", ("W1 = 2.1", "W1 = 2", "W2 = 0.2"), "3", "They grew by 0.1·x₂"),
    ("scaling", "nudge", (), "W1 = 4", "W1 goes from 0 to 3 here"),
    ("scaling", "arrow", ("1", "step 2"), "step 1", "It would go straight to × if the valley were round."),
    ("scaling", "arrow", ("2", "step 2"), "step 1", "but the cost falls fastest along W2"),
    ("scaling", "arrow", ("3", "step 3"), "1", "not its direction"),
    ("scaling", "arrow", ("3", "step 3"), "2", "It fell from 65.5 to 4.8."),
    ("scaling", "tame", ("step 3", "pin", "again", "lr = 0.001", "step 50"), "1", "Then the cost would grow"),
    ("scaling", "tame", ("step 3", "pin", "again", "lr = 0.001", "step 50"), "3", "The least cost is 0.000"),
    ("scaling", "why", (), "2", "The rule is W ← W − lr·gradient as before."),
    ("scaling", "why", (), "3", "The least cost was 0 before, too."),
    ("autograd", "autograd", ("method = autograd", "lr = 0.15", "step 10"), "1", "They differ by the factor 2/m."),
    ("autograd", "autograd", ("method = autograd", "lr = 0.15", "step 10"), "2", "after the first epoch W is 1.400"),
    ("autograd", "loop", (), "52316", "backward() starts from the cost"),
    ("autograd", "loop", (), "52461", "with the slope of the cost, not with the cost"),
    ("autograd", "loop", (), "56217", "In the first epoch there is none yet."),
    ("autograd", "loop", (), "52671", "in the first epoch there is no gradient yet"),
    ("autograd", "loop", (), "26157", "W never moves"),
    ("autograd", "no-zero-grad", ("3.733", "step 12", "step 11"), "step 1", "as if .grad had been emptied"),
    ("autograd", "no-zero-grad", ("-9.333", "step 12", "step 11"), "step 1", "with nothing added"),
    ("autograd", "no-zero-grad", ("-13.067", "step 12", "step 11"), "step 1", "but backward() adds it"),
    ("autograd", "no-zero-grad", ("13.067", "step 12", "step 11"), "step 1", "by subtracting the old slope"),
    ("autograd", "no-zero-grad", BOTH_RUNS, "1", "With the same lr the repaired loop settled."),
    ("autograd", "no-zero-grad", BOTH_RUNS, "3", "but added it to the old ones"),
    ("autograd", "script", (), "script 4.66569", "prints a different check number"),
    ("autograd", "script", (), "lr = 0.1", "lr is locked"),
    ("autograd", "why", (), "1", "Which line is missing?"),
    ("autograd", "why", (), "2", "once more"),
    ("autograd", "why", (), "4", "The loop does not empty .grad."),
    ("mini-batches", "other-half", ("1", "2", "2.5", "4", "3"), "1", "the other half has a large cost"),
    ("mini-batches", "other-half", ("1", "2", "2.5", "4", "3"), "3", "At 4 every prediction but one is too high."),
    ("mini-batches", "first-batch", (), "1.8", "a step with all six rows"),
    ("mini-batches", "first-batch", (), "-0.45", "if you add the update"),
    ("mini-batches", "first-batch", (), "9", "what you get without lr"),
    ("mini-batches", "first-batch", (), "0.15", "the mean over the batch"),
    ("mini-batches", "first-batch", (), "0.3", "what you get with 2/m"),
    ("mini-batches", "first-batch", (), "1.6", "W after both batches"),
    ("mini-batches", "first-batch", (), "1", "the minimum of this batch"),
    ("mini-batches", "wander", ("1", "step 30", "step 29"), "step 1", "W would come to rest with all rows at once."),
    ("mini-batches", "wander", ("3", "step 30", "step 29"), "step 1", "lr is too small for W to diverge"),
    ("mini-batches", "wander", ("2", "step 30", "step 30"), "1", "lr was 0.05 in both runs."),
    ("mini-batches", "wander", ("2", "step 30", "step 30"), "2", "The batches had 3 rows in both runs."),
    ("mini-batches", "why", (), "1", "it only wanders"),
    ("mini-batches", "why", (), "2", "Each epoch takes every row once."),
    ("mini-batches", "falling", ("step 30", "step 30"), "1", "Then W would have diverged. It only wandered."),
    ("mini-batches", "falling", ("step 30", "step 30"), "3", "The least cost is at W = 2 in both runs."),
    ("own-data", "limit", (), "0.0333", "1/L"),
    ("own-data", "test", ("lr = 0.06", "pin", "lr = 0.07", "pin"), "1", "Σx² is larger now"),
    ("own-data", "test", ("lr = 0.06", "pin", "lr = 0.07", "pin"), "3", "counts a hundred times"),
    ("own-data", "why", (), "1", "Look at the least possible cost"),
]


@pytest.mark.parametrize(("lesson", "page", "before", "wrong", "says"), WRONG)
def test_what_is_wrong_is_named(lesson, page, before, wrong, says):
    assert says in said(typed(at(lesson, page), *before), wrong)


def test_zero_grad_may_come_first_or_last_or_anywhere_before_backward():
    for order in ("52617", "25617", "26517", "26175"):
        assert said(at("autograd", "loop"), order).startswith("Right"), order


def test_a_weight_of_which_the_other_has_not_been_moved_is_not_enough():
    assert not typed(at("scaling", "nudge"), "W2 = 0.2").is_done
    assert not typed(at("scaling", "nudge"), "W1 = 2.1", "W2 = 0.2").is_done


def test_the_costs_of_both_nudges_are_those_that_the_page_names():
    here = typed(at("scaling", "nudge"), "W1 = 2.1")
    assert here.view().exhibit.cost == pytest.approx(0.01 * (1 + 4 + 9 + 16) / 4, rel=1e-4)
    typed(here, "W1 = 2", "W2 = 0.2")
    assert here.view().exhibit.cost == pytest.approx(0.01 * (400 + 100 + 1600 + 900) / 4, rel=1e-4)
    assert "100 times as much" in here.view().prompt


def test_the_valley_is_as_narrow_as_the_page_says():
    x = np.array([[1, 20], [2, 10], [3, 40], [4, 30]], float)
    flat, steep = np.linalg.eigvalsh(2 / 4 * x.T @ x)
    here = typed(at("scaling", "tame"), "step 3", "pin", "again", "lr = 0.001", "step 50", "2")
    assert f"The limit is {2 / steep:.5f}" in here.view().reveal
    assert f"{steep / flat:.0f} times" in here.view().reveal
    half = np.log(0.5) / np.log(1 - 0.001 * flat)
    assert f"Half the way takes {half:.0f} epochs." in " ".join(here.view().reply)


def test_the_fewest_epochs_that_the_cure_can_take_are_seven():
    x = np.array([[1, 20], [2, 10], [3, 40], [4, 30]], float)
    x = np.column_stack([(x - x.mean(0)) / x.std(0), np.ones(4)])
    y = np.array([4, 5, 10, 11], float)

    def epochs(rate: float) -> int:
        theta = np.zeros(3)
        for epoch in range(1, 100):
            theta -= rate * 2 / 4 * x.T @ (x @ theta - y)
            if np.mean((x @ theta - y) ** 2) < 0.001:
                return epoch
        return 100

    assert min(epochs(rate) for rate in np.arange(0.001, 0.625, 0.001)) == epochs(0.408) == 7
    assert "The fewest with one lr is 7." in typed(at("scaling", "cure"), *RIGHT["scaling", "cure"]).view().reveal


def test_without_zero_grad_w_swings_for_as_long_as_it_goes_on():
    here = typed(at("autograd", "no-zero-grad"), "-5.6", "step 12")
    grad, w, by_hand = 0.0, 0.0, []
    for _ in range(2_000):
        by_hand.append(w)
        grad += 2 / 3 * 14 * (w - 1)
        w -= 0.15 * grad
    assert [here.run.history[number].parameters[0] for number in range(13)] == pytest.approx(by_hand[:13], abs=1e-4)
    assert max(by_hand[-20:]) > 2.2
    assert min(by_hand[-20:]) < 0
    typed(here, "step 12")
    assert here.run.epoch.parameters[0] == pytest.approx(1, abs=1e-4), "the loop after it is sound"


def test_autograd_needs_an_lr_of_its_own_and_the_page_tells_how_far_it_is():
    here = typed(at("autograd", "autograd"), "method = autograd")
    assert "with this lr 0.933, then 0.996" in here.view().checks[1].marked
    assert not typed(here, "step 10").is_done
    typed(here, "again", "lr = 0.3", "step 10")
    assert not here.is_done


@cache
def calm() -> Experiment:
    """The run of the page on which the batches come to rest."""
    return at("mini-batches", "calm").run.experiment


@cache
def rows_of_batches(epoch: int) -> list[np.ndarray]:
    """The rows of each batch of an epoch there."""
    return [rows.numpy() for rows in batches(calm(), epoch)]


def costs(rates: tuple[float, ...]) -> list[float]:
    """The cost of all six rows after each epoch of batches, one learning rate an epoch."""
    lesson = lesson_named("mini-batches").lesson
    assert lesson.experiment["seed"] == 3
    x, y = np.array(lesson.experiment["x"], float), np.array(lesson.experiment["y"], float)
    w, found = 0.0, []
    for number, rate in enumerate(rates, 1):
        for chosen in rows_of_batches(number):
            w -= rate * np.sum((w * x[chosen] - y[chosen]) * x[chosen])
        found.append(float(np.mean((w * x - y) ** 2)))
    return found


def test_the_epochs_that_are_named_for_batches_are_possible():
    def epochs(rates: list[float]) -> int:
        found = costs(tuple(rates))
        calm = (n for n in range(3, len(found) + 1) if max(found[n - 3 : n]) < 11 / 3 + 0.001)
        return next(calm, 100)

    assert min(epochs([rate] * 16) for rate in np.arange(0.01, 0.06, 0.001)) == 11
    assert epochs([0.08] * 3 + [0.02] * 5) == 6


def test_the_halves_have_the_minima_that_the_page_names():
    assert at("mini-batches", "one-half").view().text.count("(2, 1)") == 1
    for page, least in (("one-half", 1), ("other-half", 3), ("first-batch", 2)):
        here = at("mini-batches", page)
        assert here.run.surface.quadratic.minimum == pytest.approx((least,))
    here = at("mini-batches", "first-batch")
    assert "rows 4, 2 and 6, then rows 3, 5 and 1" in here.view().text
    rows = list(zip(*here.run.experiment.dataset.x, here.run.experiment.dataset.y, strict=True))
    assert [rows[number - 1] for number in (4, 2, 6)] == [(2, 1), (1, 1), (2, 3)]


def own(page: str, *before: str) -> Session:
    """The last lesson with rows of a learner's own, on a page to which these lines lead."""
    found = typed(at("own-data", "rows"), OWN)
    for lines in before:
        found.take(GoOn())
        typed(found, *lines.split("|"))
    found.take(GoOn())
    assert found.step.name == page
    return found


EYE, LIMIT, TEST = "2|2.5|2.25", "0.000552", "lr = 0.0005|pin|lr = 0.00056|pin|2"


def test_knobs_turn_where_the_learners_own_rows_need_them():
    assert [(knob.low, knob.high, knob.step) for knob in own("eye").view().exhibit.knobs] == [(-10, 10, 0.25)]
    (knob,) = own("test", EYE, LIMIT).view().exhibit.knobs
    assert knob.low == 0
    assert (knob.high, knob.step) == pytest.approx((1e-3, 2.5e-5))


@pytest.mark.parametrize("rows", ["data = 1 -3; 2 -5; 3 -9; 4 -12", "data = 0.1 900; 0.2 1700; 0.3 2800; 0.5 4600"])
def test_other_rows_have_a_place_on_the_knobs_too(rows):
    here = typed(at("own-data", "rows"), rows)
    least = here.run.surface.quadratic.minimum[0]
    here.take(GoOn())
    (knob,) = here.view().exhibit.knobs
    assert knob.low < least < knob.high
    assert abs(least) / knob.step >= 4, "a step is small enough to come near it"


def test_the_descent_begins_at_0_again_however_good_the_eye_was():
    here = own("fit", EYE, LIMIT, TEST)
    assert here.run.epoch.parameters == (0,)
    typed(here, "lr = 1/3625", "step 1")
    assert here.is_done
    assert here.run.epoch.parameters[0] == pytest.approx(7830 / 3625)
    assert here.page.best == 1


def test_a_w_without_neighbours_or_not_the_best_is_not_what_the_eye_is_to_find():
    assert not typed(own("eye"), "2", "2.1").is_done
    assert not typed(own("eye"), "2.25", "3").is_done


def test_two_runs_on_the_same_side_of_the_limit_do_not_test_it():
    assert not typed(own("test", EYE, LIMIT), "lr = 0.0005", "pin", "lr = 0.0004", "pin").is_done


@pytest.mark.parametrize(
    ("rows", "held"),
    [("data = 1 2; 2 4; 3 6", 3), ("data = 1 1 2; 2 1 3; 3 5 4; 4 1 1", 3), ("data = 0 1; 0 2; 0 3; 0 4", 3)],
)
def test_rows_that_the_lesson_cannot_go_on_with_are_not_enough(rows, held):
    here = typed(at("own-data", "rows"), rows)
    assert sum(check.is_met for check in here.view().checks) == held


KEYS = {
    "scaling": (
        *("right", "left", "up", "2", "enter", "enter", "3", "enter", *["space"] * 3, "3", "enter", "enter"),
        *(*["space"] * 3, "p", "R", *"lr = 0.001", "enter", *["r"] * 5, "2", "enter", "enter"),
        *(*"standardize = yes", "enter", *"lr = 0.408", "enter", *["space"] * 7, "enter", "1", "enter", "enter"),
    ),
    "autograd": (
        *(*"method = autograd", "enter", *"lr = 0.15", "enter", "r", "3", "enter", "enter"),
        *(*"52671", "enter", *"52617", "enter", "enter", *"-5.6", "enter", *["space"] * 24, "2", "enter", "enter"),
        *(*"script 3.55926", "enter", "enter", "3", "enter", "enter"),
    ),
    "mini-batches": (
        *(*["right"] * 5, "left", "enter", *["right"] * 13, "left", "2", "enter", "enter"),
        *(*"1.8", "enter", *"0.45", "enter", "enter", "2", "enter", *["space"] * 60, "3", "enter", "enter"),
        *(*"lr = 0.08", "enter", *["space"] * 3, *"lr = 0.02", "enter", *["space"] * 3, "enter"),
        *("3", "enter", "enter", *["space"] * 60, "2", "enter", "enter"),
    ),
    "own-data": (
        *(*OWN, "enter", "enter", *["right"] * 9, "right", "left", "enter", *"0.000552", "enter", "enter"),
        *(*"0.0005", "enter", "p", *["right"] * 3, "p", "2", "enter", "enter"),
        *(*"lr = 1/3625", "enter", "space", "enter", "2", "enter", *"pages", "enter", "enter"),
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("size", [(80, 24), (60, 16)])
@pytest.mark.parametrize("lesson", LESSONS)
async def test_it_is_played_by_its_keys(lesson, size):
    view = await play_lesson(lesson, KEYS[lesson], size)
    assert view.points >= view.most - 1


def test_the_cure_shows_what_standardizing_makes_of_the_columns():
    session = at("scaling", "cure")
    text = " ".join(session.view().text.split())
    session.take(Set(name="standardize", value="yes"))
    for column in session.run.experiment.dataset.x:
        assert ", ".join(fixed(value, 2) for value in column) in text
