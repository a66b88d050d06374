"""Predictions: answers as people type them, the true number of any step, and each misconception by its number."""

import math
import re
from contextlib import suppress

import msgspec
import numpy as np
import pytest
from examples import examples
from hypothesis import assume, given
from hypothesis import strategies as st
from problems import at_rate, experiments, factor, matrix, named, residual

from gdtui.descent.backend import BACKEND
from gdtui.errors import UserError
from gdtui.experiment.dataset import typed
from gdtui.experiment.experiment import Experiment
from gdtui.experiment.objective import CONVENTIONS
from gdtui.experiment.optimizer import SGD, Optimizer
from gdtui.experiment.settings import DTYPES
from gdtui.lab.run import Run
from gdtui.numbers import numeral, parse_answer
from gdtui.teaching import scope
from gdtui.teaching.prediction import CLEAR, MOST_NAMED, Prediction, judge, parse_choice, reply_lines
from gdtui.teaching.questions.all_kinds import lab_kinds, predict, predict_for
from gdtui.teaching.questions.ask import Ask
from gdtui.teaching.scope import RunScope

modest = examples(60)
NUMBERS = ("next", "gradient", "update", "cost", "next_cost", "one_step", "limit")


def at(experiment: Experiment, updates: int = 0) -> Run:
    """A run of the experiment that has come so far."""
    run = Run(experiment, BACKEND)
    for _ in range(updates):
        assert run.step()
    return run


LECTURE = Experiment()


# Answers


@pytest.mark.parametrize(
    ("text", "value", "decimals"),
    [
        ("-5.6", -5.6, 1),
        ("−5.6", -5.6, 1),
        ("-5,6", -5.6, 1),
        (" − 5,60 ", -5.6, 2),
        ("28/5", 5.6, None),
        ("-28 / 5", -5.6, None),
        ("28⁄5", 5.6, None),
        ("－５．６", -5.6, 1),
        ("1e-3", 0.001, 3),
        ("−1e−3", -0.001, 3),
        ("12.5e1", 125, 0),
        ("+3", 3, 0),
    ],
)
def test_numbers_are_read_as_people_write_them(text, value, decimals):
    answer = parse_answer(text)
    assert answer.value == pytest.approx(value, rel=1e-15)
    assert answer.decimals == decimals


@pytest.mark.parametrize(
    "text", ["", "two", "1/0", "1/2/3", "nan", "1e999", "1e300/1e-300", "1_000", "0x10", "5²", "1" * 5000 + "x", "/"]
)
def test_what_is_no_number_is_refused_with_a_reason(text):
    with pytest.raises(ValueError, match=r"number|large|divides"):
        parse_answer(text)


def test_a_choice_is_named_by_number_word_or_beginning():
    choices = ("up", "down", "das Gleiche")
    assert [parse_choice(text, choices) for text in ("1", "DOWN", "das  gleiche", "u", "３")] == [0, 1, 2, 0, 2]


@pytest.mark.parametrize("text", ["", "d", "4", "0", "sideways"])
def test_a_choice_that_is_none_or_several_is_refused(text):
    with pytest.raises(ValueError, match=r"^type up, down or das Gleiche, not"):
        parse_choice(text, ("up", "down", "das Gleiche"))


def test_choices_too_long_to_be_said_again_are_named_by_their_numbers():
    with pytest.raises(ValueError, match=r"^type 1, 2 or 3, not '0\.0714'$"):
        parse_choice("0.0714", ("it settles, only slowly", "it jumps across and settles", "it diverges"))
    with pytest.raises(ValueError, match=r"^type yes or no, not 'maybe'$"):
        parse_choice("maybe", ("yes", "no"))


# The truth


@given(experiments(), st.integers(0, 3), st.floats(0.1, 1.8))
@modest
def test_the_truth_is_what_numpy_says(experiment, updates, curvatures):
    run = at(at_rate(experiment, curvatures), updates)
    epoch, convention = run.epoch, run.settings.convention
    left, A = residual(experiment, epoch.parameters), matrix(experiment)
    gradient = factor(convention, len(left)) * A.T @ left
    following = np.array(epoch.parameters) - run.settings.learning_rate * gradient
    for index, name in enumerate(experiment.parameter_names):
        assert predict(run, BACKEND, "gradient", of=name).truth == pytest.approx(gradient[index], rel=1e-9, abs=1e-9)
        assert predict(run, BACKEND, "next", of=name).truth == pytest.approx(following[index], rel=1e-9, abs=1e-9)
    assert predict(run, BACKEND, "cost").truth == pytest.approx(np.mean(left**2), rel=1e-9, abs=1e-12)
    after = np.mean(residual(experiment, following) ** 2)
    assert predict(run, BACKEND, "next_cost").truth == pytest.approx(after, rel=1e-6, abs=1e-9)
    largest = np.linalg.eigvalsh(factor(convention, len(left)) * A.T @ A)[-1]
    assert predict(run, BACKEND, "one_step").truth == pytest.approx(1 / largest, rel=1e-9)
    assert predict(run, BACKEND, "limit").truth == pytest.approx(2 / largest, rel=1e-9)


@pytest.mark.parametrize(("rate", "direction", "converges"), [(0.1, "down", "yes"), (0.2, "up", "no")])
def test_the_lecture_goes_down_below_the_limit_and_up_above_it(rate, direction, converges):
    run = at(Experiment(learning_rate=rate))
    assert predict(run, BACKEND, "direction").answer == direction
    assert predict(run, BACKEND, "converges").answer == converges


@pytest.mark.parametrize(
    "changed",
    [
        {"method": "optim", "optimizer": Optimizer("momentum")},
        {"method": "optim", "optimizer": Optimizer("nesterov")},
        {"weight_decay": 3.0, "weights": (1.0,)},
    ],
)
def test_where_the_cost_may_rise_below_the_limit_the_hint_does_not_deny_it(changed):
    run = at(Experiment(learning_rate=0.05, **changed))
    for _ in range(20):
        asked = predict(run, BACKEND, "direction")
        if asked.answer == "up":
            break
        run.step()
    assert asked.answer == "up"
    assert run.step_size_at(run.cursor).ratio < 1
    assert "the cost may rise" in asked.hint
    assert "the cost falls" not in asked.hint
    assert "Below the limit, the cost falls." in predict(at(LECTURE), BACKEND, "direction").hint


def test_the_factor_of_a_run_that_overshoots_keeps_its_sign():
    asked = predict(at(Experiment()), BACKEND, "converges")
    assert "multiplies the distance from the minimum by −0.40." in asked.worked
    assert "minimum by 0.30." in predict(at(Experiment(learning_rate=0.05)), BACKEND, "converges").worked


def test_at_the_limit_the_cost_stays_the_same_and_it_does_not_converge():
    run = at(Experiment(learning_rate=1 / 7))
    assert predict(run, BACKEND, "direction").answer == "same"
    assert predict(run, BACKEND, "converges").answer == "no"


def test_epochs_until_a_cost_are_counted_in_updates():
    # Closed form: the cost after k updates is 14/3 · 0.16^k.
    expected = next(k for k in range(20) if 14 / 3 * 0.16**k < 0.01)
    asked = predict(at(LECTURE), BACKEND, "epochs", below=0.01)
    assert asked.truth == expected
    assert judge(asked, str(expected)).is_right
    assert [misconception.kind for misconception in judge(asked, str(expected + 1)).misconceptions] == ["line-number"]
    assert predict(at(LECTURE, 2), BACKEND, "epochs", below=0.01).truth == expected - 2


def test_epochs_cannot_be_asked_for_where_the_cost_never_comes_down():
    for experiment in (Experiment(learning_rate=0.2), Experiment(learning_rate=1 / 7)):
        with pytest.raises(UserError, match="does not fall below"):
            predict(at(experiment), BACKEND, "epochs", below=1e-9)


def test_a_prediction_moves_nothing():
    run = at(LECTURE, 2)
    for quantity in (*NUMBERS, "direction", "epochs", "converges"):
        predict(run, BACKEND, quantity)
    assert (run.cursor, len(run.history)) == (2, 3)


# Misconceptions


def independent_misconceptions(experiment, run) -> dict[str, float]:
    """What each misconception gives for the first weight after the next epoch, by numpy alone."""
    epoch, rate, convention = run.epoch, run.settings.learning_rate, run.settings.convention
    left = residual(experiment, epoch.parameters)
    rows, W, x = len(left), epoch.parameters[0], np.array(experiment.dataset.x[0])
    own = factor(convention, rows)
    total = float(np.sum(left * x))
    wrong = {
        "sign": W + rate * own * total,
        "y-minus-H": W - rate * own * float(np.sum(-left * x)),
        "no-lr": W - own * total,
        "lr-twice": W - rate**2 * own * total,
        "no-x": W - rate * own * float(np.sum(left)),
        "factor-2": W - rate * 2 * own * total,
    }
    for other in CONVENTIONS:
        if other != convention:
            wrong[other] = W - rate * factor(other, rows) * total
    if run.cursor:
        wrong["update-before"] = W - run.history[run.cursor - 1].update[0]
    return wrong


@given(experiments(), st.sampled_from(DTYPES), st.integers(0, 3), st.floats(0.1, 1.9), st.integers(2, 6))
@modest
def test_each_slip_typed_in_is_diagnosed_as_that_slip(experiment, dtype, updates, curvatures, decimals):
    experiment = msgspec.structs.replace(at_rate(experiment, curvatures), dtype=dtype)
    run = at(experiment, updates)
    asked = predict(run, BACKEND, "next", decimals=decimals)
    right = f"{asked.truth:.{decimals}f}"
    for kind, value in independent_misconceptions(experiment, run).items():
        text = f"{value:.{decimals}f}"
        try:
            judgement = judge(asked, text)
        except ValueError:
            continue  # it may as well be the truth with digits cut off
        if asked.agrees(float(text), asked.truth):
            assert judgement.is_right, (kind, text, right)
        elif kind not in {misconception.kind for misconception in judgement.misconceptions}:
            fitting = {m.words for m in asked.misconceptions if asked.is_misconception(float(text), m)}
            if abs(value) < 5 * 10.0**-decimals:
                continue  # the digits asked for are too few to know it by
            blurred = [m for m in asked.misconceptions if m.noise > CLEAR * abs(m.value - asked.truth)]
            assert len(fitting) > MOST_NAMED or kind in {m.kind for m in blurred}, (kind, text, right)
            assert dtype == "float32" or not blurred


@given(st.floats(-1, 4), st.integers(0, 5))
@modest
def test_an_arbitrary_number_is_named_as_no_slip_on_ordinary_data(answer, updates):
    run = at(Experiment(dataset=typed((50, 80, 120), (150, 240, 360)), learning_rate=2e-5), updates)
    asked = predict(run, BACKEND, "next")
    unit, gradient, rate = 10.0**-asked.decimals, run.epoch.gradient[0], 2e-5
    near = [m for m in asked.misconceptions if abs(m.value - answer) <= 2 * unit + 1e-5 * abs(m.value)]
    assume(not near and abs(answer - asked.truth) > 0.1)
    assert abs(gradient) > 1 / rate * 0.01, "far from the minimum, or nothing could be told apart"
    assert judge(asked, f"{answer:.6f}").misconceptions == ()


def test_a_small_number_beside_a_large_truth_is_no_slip_unless_it_is_that_number():
    run = at(Experiment(dataset=typed((50, 80, 120), (150, 240, 360)), learning_rate=2e-5), 1)
    asked = predict(run, BACKEND, "gradient")
    update = 2e-5 * run.epoch.gradient[0]
    for text in ("0.2", "0.5", "1", "-1", "2", "-0.5"):
        assert judge(asked, text).misconceptions == (), text
    for text in (f"{update:.2f}", f"{update:.3f}", f"{-update:.3f}"):
        assert [m.kind for m in judge(asked, text).misconceptions] == ["lr-in"], text


@given(experiments(), st.sampled_from(DTYPES), st.integers(0, 3), st.floats(0.1, 1.9), st.sampled_from(NUMBERS))
@modest
def test_at_most_two_slips_are_named(experiment, dtype, updates, curvatures, quantity):
    run = at(msgspec.structs.replace(at_rate(experiment, curvatures), dtype=dtype), updates)
    try:
        asked = predict(run, BACKEND, quantity)
    except UserError:
        return
    for misconception in asked.misconceptions:
        with suppress(ValueError):
            assert len(judge(asked, repr(misconception.value)).misconceptions) <= 2


def test_a_weight_is_asked_for_with_the_column_it_belongs_to():
    rows = typed((1, 2, 3), (2, 1, 4), (5, 7, 6))
    flats = msgspec.structs.replace(rows, features=("rooms", "distance to town"))
    for kind in ("gradient", "update", "next"):
        prompts = [
            predict(at(Experiment(dataset=data, has_bias=True, learning_rate=0.01)), BACKEND, kind, of=name).prompt
            for data, name in ((rows, "W2"), (flats, "W2"), (flats, "b"))
        ]
        assert ["(distance to" in prompt for prompt in prompts] == [False, True, False]


BEHIND = Experiment(dataset=typed(range(2010, 2015), (1, 2, 3, 4, 5)), learning_rate=1e-8)
"""Sums of large numbers that cancel: float32 leaves few digits of them, or none."""


@pytest.mark.parametrize("quantity", ["gradient", "direction"])
def test_what_the_float_type_cannot_answer_is_not_asked(quantity):
    with pytest.raises(UserError, match=r"^float32 rounds"):
        predict(at(BEHIND, 30), BACKEND, quantity)
    predict(at(msgspec.structs.replace(BEHIND, dtype="float64"), 30), BACKEND, quantity)


@pytest.mark.parametrize(
    "experiment",
    [
        BEHIND,
        msgspec.structs.replace(BEHIND, batch=2),
        Experiment(method="optim", optimizer=Optimizer("rmsprop")),
        Experiment(dataset=typed((1, 2, 3), (0, 1, 0)), model="logistic"),
        Experiment(dataset=typed((1, 2, 3), (0, 1, 0)), model="logistic", cost_kind="mse"),
        Experiment(function="W^2*(W - 1)^2 + 0.1*W"),
        Experiment(learning_rate=0.2),
    ],
)
def test_why_a_question_is_not_asked_fits_the_line_of_the_keys(experiment, monkeypatch):
    monkeypatch.setattr(scope, "FARTHEST", 1_000)  # how far it looks ahead changes no reason
    reasons = []
    for kind in lab_kinds():
        try:
            predict(at(experiment, 30), BACKEND, kind.name)
        except UserError as error:
            reasons.append(str(error))
    assert reasons
    assert max(map(len, reasons)) < 80, reasons


@given(experiments(), st.sampled_from((1.0, 40.0, 2000.0)), st.integers(0, 30), st.sampled_from(NUMBERS))
@modest
def test_no_digit_is_asked_for_that_rounding_decides(experiment, scale, updates, quantity):
    """0 and the number itself are not both right, and float64 gives the digits asked for in float32."""
    data = experiment.dataset
    far = named([[value + scale for value in column] for column in data.x], data.y)
    experiment = at_rate(msgspec.structs.replace(experiment, dataset=far), 0.5)
    run = at(msgspec.structs.replace(experiment, dtype="float32"), updates)
    try:
        asked = predict(run, BACKEND, quantity)
    except UserError:
        return
    assert asked.noise <= 10.0**-asked.decimals
    if asked.answer.strip("−0."):
        assert not asked.agrees(0, asked.truth) or abs(asked.truth) <= 1.5 * 10.0**-asked.decimals


MAGNITUDES = st.tuples(st.floats(-9.99, 9.99).filter(lambda value: abs(value) > 0.01), st.integers(-14, 30))


@given(MAGNITUDES, st.sampled_from(DTYPES), st.sampled_from(NUMBERS), st.integers(0, 9))
@modest
def test_whatever_is_shown_may_be_typed(magnitude, dtype, quantity, decimals):
    target = magnitude[0] * 10.0 ** magnitude[1]
    data = typed((1, 2, 3), (target, 2 * target, 3.5 * target))
    try:
        run = at(Experiment(dataset=data, dtype=dtype, learning_rate=0.03), 1)
        asked = [predict(run, BACKEND, quantity), predict(run, BACKEND, quantity, decimals=decimals)]
        asked.append(predict_for(Ask(kind=quantity, digits=1 + decimals % 6), RunScope(run, BACKEND)))
    except UserError:
        return
    for each in asked:
        assert judge(each, each.answer).is_right, each.answer
        # Worked lines have six digits, which may be fewer than are asked for, but are never called wrong.
        with suppress(ValueError):
            assert judge(each, numeral(each.truth)).is_right, numeral(each.truth)


@given(experiments(), st.integers(0, 3), st.floats(0.1, 1.9), st.integers(0, 6))
@modest
def test_what_is_worked_out_exactly_is_right_though_the_run_rounds(experiment, updates, curvatures, decimals):
    run = at(msgspec.structs.replace(at_rate(experiment, curvatures), dtype="float32"), updates)
    left, A = residual(experiment, run.epoch.parameters), matrix(experiment)
    gradient = factor(run.settings.convention, len(left)) * A.T @ left
    following = np.array(run.epoch.parameters) - run.settings.learning_rate * gradient
    for quantity, value in (("gradient", gradient[0]), ("next", following[0]), ("cost", np.mean(left**2))):
        assert judge(predict(run, BACKEND, quantity, decimals=decimals), f"{value:.12f}").is_right


def test_enough_digits_are_asked_for_of_a_small_number():
    asked = predict(at(LECTURE, 8), BACKEND, "cost")  # 14/3 · 0.16^8
    assert asked.decimals == 8
    assert judge(asked, "0.00000200").is_right
    assert not judge(asked, "0.00000210").is_right
    assert predict(at(LECTURE), BACKEND, "cost").decimals == 3


@given(experiments(), st.integers(0, 3), st.floats(0.1, 1.9), st.sampled_from(NUMBERS), st.integers(0, 6))
@modest
def test_the_right_answer_is_never_called_a_slip(experiment, updates, curvatures, quantity, decimals):
    asked = predict(at(at_rate(experiment, curvatures), updates), BACKEND, quantity, decimals=decimals)
    for text in (f"{asked.truth:.{decimals}f}", f"{asked.truth:.{decimals}f}".replace(".", ","), repr(asked.truth)):
        assert judge(asked, text).is_right


@given(experiments(), st.integers(0, 3), st.floats(0.1, 1.9), st.sampled_from(NUMBERS))
@modest
def test_every_slip_the_program_knows_is_found_again_with_those_it_coincides_with(
    experiment, updates, curvatures, quantity
):
    asked = predict(at(at_rate(experiment, curvatures), updates), BACKEND, quantity)
    for misconception in asked.misconceptions:
        found = judge(asked, repr(misconception.value))
        if found.is_right:
            assert misconception in asked.coinciding()
            continue
        if not found.misconceptions:
            fitting = {m.words for m in asked.misconceptions if asked.is_misconception(misconception.value, m)}
            assert len(fitting) > MOST_NAMED
            continue
        assert misconception.kind in {other.kind for other in found.misconceptions}
        for other in found.misconceptions:
            assert asked.is_misconception(misconception.value, other)


def test_slips_with_the_same_number_are_all_named():
    asked = predict(at(LECTURE), BACKEND, "next")
    found = judge(asked, "-1.4")
    assert {misconception.kind for misconception in found.misconceptions} == {"sign", "y-minus-H"}
    assert "may come from" in reply_lines(asked, found, 1)[0]


def test_two_rows_cannot_tell_sum_from_mse():
    # With m = 2 the factors 1 and 2/m are the same number, so whoever confuses them is right.
    asked = predict(at(Experiment(dataset=typed((1, 2), (1, 2)), convention="sum")), BACKEND, "next")
    assert "mse" in {misconception.kind for misconception in asked.coinciding()}
    assert judge(asked, f"{asked.truth:.3f}").is_right


@pytest.mark.parametrize("text", ["1.06", "1.1", "1,06"])
def test_a_right_number_with_too_few_digits_is_right_so_far_and_no_answer_yet(text):
    run = at(LECTURE, 2)  # W 0.84, then 1.064
    with pytest.raises(ValueError, match=r"^right so far: give 3 decimals$"):
        judge(predict(run, BACKEND, "next"), text)


@pytest.mark.parametrize("text", ["1.05", "1.2", "0.9", "2"])
def test_what_does_not_agree_in_its_own_digits_is_plainly_wrong(text):
    assert judge(predict(at(LECTURE, 2), BACKEND, "next"), text).misconceptions == ()


@pytest.mark.parametrize(("updates", "text"), [(1, "1"), (2, "1"), (2, "1.0"), (2, "1.000")])
def test_the_minimum_in_place_of_the_next_w_is_called_so_and_no_rounding(updates, text):
    """The commonest wrong idea: that one update goes to the minimum."""
    found = judge(predict(at(LECTURE, updates), BACKEND, "next"), text)  # 0.84, then 1.064
    assert [misconception.kind for misconception in found.misconceptions] == ["minimum"]


def test_the_minimum_is_no_slip_where_it_is_the_right_answer_or_one_of_many():
    assert "minimum" not in {
        misconception.kind
        for misconception in predict(at(Experiment(learning_rate=1 / 14)), BACKEND, "next").misconceptions
    }
    alike = typed((1, 2, 3), (2, 4, 6), (1, 2, 3))
    assert "minimum" not in {
        misconception.kind for misconception in predict(at(Experiment(dataset=alike)), BACKEND, "next").misconceptions
    }


def test_the_minimum_is_a_slip_in_batches_too():
    run = at(Experiment(dataset=SIX, learning_rate=0.05, batch=3, seed=3))
    assert "minimum" in {
        misconception.kind for misconception in judge(predict(run, BACKEND, "next", decimals=4), "2").misconceptions
    }


def test_the_cost_in_place_of_the_gradient_is_a_slip():
    asked = predict(at(Experiment(weights=(6.0,), convention="mse")), BACKEND, "gradient")  # 2/3 · 70, cost 350/3
    assert [misconception.kind for misconception in judge(asked, "116.667").misconceptions] == ["cost"]
    with_b = predict(at(Experiment(weights=(6.0,), has_bias=True, convention="mse")), BACKEND, "gradient", of="b")
    assert "cost" in {misconception.kind for misconception in with_b.misconceptions}


def test_digits_cut_off_are_no_answer_yet_either():
    asked = predict(at(Experiment(dataset=typed((1, 2, 3), (2, 2, 3)))), BACKEND, "gradient", decimals=0)
    assert asked.truth == -15
    third = predict(at(Experiment(dataset=typed((1, 2, 3), (2, 2, 3)), convention="mse")), BACKEND, "cost")
    assert third.truth == pytest.approx(17 / 3)
    with pytest.raises(ValueError, match=r"^5\.666 is cut off: round it instead$"):
        judge(third, "5.666")
    assert judge(third, "5.667").is_right
    assert judge(third, "17/3").is_right


@pytest.mark.parametrize("truth", [1 - 0.05 * 14, 0.29999998211860657, -0.29999998211860657])
@pytest.mark.parametrize("decimals", [1, 2, 3])
def test_what_would_be_cut_off_from_a_float_alone_is_plainly_wrong(truth, decimals):
    asked = msgspec.structs.replace(
        predict(at(LECTURE), BACKEND, "cost"), truth=truth, decimals=decimals, misconceptions=()
    )
    sign = "-" if truth < 0 else ""
    for wrong in ("0.2", "0.29", "0.299"):
        if asked.agrees(float(sign + wrong), truth):
            with pytest.raises(ValueError, match=r"^close, but not exact"):
                judge(asked, sign + wrong)
        else:
            assert judge(asked, sign + wrong).misconceptions == ()
    assert judge(asked, sign + "0.3").is_right


@pytest.mark.parametrize(
    ("truth", "decimals", "fine", "near", "digits"),
    [
        (6.0, 0, ["6.0", "12/2"], ["5.6", "6.49", "5.9", "28/5"], "a whole number"),
        (1.4, 1, ["1.40", "7/5"], ["1.35", "1.449"], "1 decimal"),
        (7 / 15, 3, ["0.4667", "0.46667", "0.46666", "7/15"], ["0.4669", "0.46701"], "3 decimals"),
        (-2_583_214_312.0, 3, ["-2.583e9", "-2583000000", "-2.5832e9"], ["-2.5834e9", "-2583400000"], "4 digits"),
    ],
)
def test_digits_that_were_not_asked_for_have_to_be_right_too(truth, decimals, fine, near, digits):
    asked = msgspec.structs.replace(
        predict(at(LECTURE), BACKEND, "cost"), truth=truth, decimals=decimals, misconceptions=()
    )
    for text in fine:
        assert judge(asked, text).is_right, text
    for text in near:
        with pytest.raises(ValueError, match=f"^close, but not exact: give {digits}$"):
            judge(asked, text)


def test_digits_are_dropped_from_numbers_of_any_size():
    asked = msgspec.structs.replace(predict(at(LECTURE), BACKEND, "cost"), truth=1.26e300, misconceptions=())
    with pytest.raises(ValueError, match="right so far"):
        judge(asked, "1.2e300")
    assert not judge(asked, "1.1e300").misconceptions


def test_the_first_wrong_answer_gets_a_hint_and_the_second_the_worked_line():
    asked = predict(at(LECTURE), BACKEND, "next")
    wrong = judge(asked, "14")
    first, second = reply_lines(asked, wrong, 1), reply_lines(asked, wrong, 2)
    assert "leaving out lr" in first[0]
    assert "14" in first[1]
    assert first[-1] == asked.hint
    assert "1.4" not in " ".join(first).replace("14", "")
    assert second[-1] == "W − lr·gradient = 0 − 0.1·(−14) = 1.4"
    assert reply_lines(asked, judge(asked, "1.4"), 0) == ("Right: 1.400.",)


@pytest.mark.parametrize(
    ("truth", "decimals", "told", "either"),
    [
        (2.0675, 3, "2.0675", ("2.067", "2.068")),
        (float(np.float32(2.0675)), 3, "2.0675", ("2.067", "2.068")),
        (-2.0675, 3, "−2.0675", ("-2.067", "-2.068")),
        (2.5, 0, "2.5", ("2", "3")),
        (2.06751, 3, "2.068", ("2.068",)),
        (2.067, 3, "2.067", ("2.067",)),
    ],
)
def test_halfway_between_two_numbers_the_answer_is_told_with_a_digit_more_and_either_is_right(
    truth, decimals, told, either
):
    asked = Prediction(truth=truth, decimals=decimals, noise=2e-7, worked=f"0 + {numeral(truth)} = {numeral(truth)}")
    for typed_number in either:
        assert reply_lines(asked, judge(asked, typed_number), 0) == (f"Right: {told}.",)
    assert reply_lines(asked, judge(asked, "77"), 2)[0] == f"The answer is: {told}."


def test_worked_lines_show_the_rows_numbers():
    assert predict(at(LECTURE), BACKEND, "gradient").worked == "Σ(H−y)x = ((−1)·1 + (−2)·2 + (−3)·3) = −14"
    assert predict(at(LECTURE), BACKEND, "cost").worked == ("At W = 0 the cost is ((−1)² + (−2)² + (−3)²)/3 = 4.66667.")
    without_x = judge(predict(at(LECTURE), BACKEND, "gradient"), "-6").misconceptions[0]
    assert without_x.line == "((−1) + (−2) + (−3)) = −6"


def test_a_number_that_no_slip_gives_is_just_wrong():
    judgement = judge(predict(at(LECTURE), BACKEND, "next"), "77.7")
    assert not judgement.is_right
    assert judgement.misconceptions == ()


@pytest.mark.parametrize("of", ["W2", "b", "x"])
def test_only_parameters_there_are_can_be_asked_for(of):
    with pytest.raises(UserError, match="only W"):
        predict(at(LECTURE), BACKEND, "next", of=of)


def test_b_has_no_x_to_leave_out():
    data = named([[1, 2, 3], [3, 1, 2]], [1, 2, 4])
    asked = predict(at(Experiment(dataset=data, has_bias=True)), BACKEND, "gradient", of="b")
    assert "no-x" not in {misconception.kind for misconception in asked.misconceptions}
    assert asked.truth == pytest.approx(-7)
    assert not math.isnan(asked.truth)


@pytest.mark.parametrize("quantity", ["gradient", "update", "next", "cost", "next_cost", "one_step", "limit", "epochs"])
@pytest.mark.parametrize("convention", CONVENTIONS)
def test_no_first_reply_tells_the_right_number(quantity, convention):
    """The misconception is named with its own numbers; the answer comes after the second try."""
    run = at(Experiment(learning_rate=0.011, convention=convention, weights=(3.0,)), 2)
    asked = predict(run, BACKEND, quantity, below=0.1)
    for misconception in asked.misconceptions:
        if asked.agrees(misconception.value, asked.truth):
            continue
        lines = reply_lines(asked, judge(asked, repr(misconception.value)), 1)
        numbers = re.findall(r"−?\d+(?:\.\d+)?", " ".join(lines))
        assert not any(asked.agrees(float(number.replace("−", "-")), asked.truth) for number in numbers), lines


SIX = typed((1, 2, 3, 1, 3, 2), (2, 3, 7, 3, 6, 3))
"""Σx² is 28 and Σxy 56: the minimum is at W = 2."""


def test_an_epoch_of_batches_is_worked_out_batch_by_batch():
    run = at(Experiment(dataset=SIX, learning_rate=0.05, batch=3, seed=3))
    asked = predict(run, BACKEND, "next", decimals=4)
    # Rows 4, 2, 6 have Σxy = 15; rows 3, 5, 1 have Σx² = 19 and Σxy = 41.
    assert asked.answer == "2.0875"
    assert asked.worked == (
        "rows 4, 2 and 6: W − lr·gradient = 0 − 0.05·(−15) = 0.75; "
        "rows 3, 5 and 1: W − lr·gradient = 0.75 − 0.05·(−26.75) = 2.0875"
    )
    assert {misconception.kind for misconception in judge(asked, "0.75").misconceptions} == {"first-batch"}
    # In the convention sum the gradients of all batches at one W add up to that of all rows.
    assert {misconception.kind for misconception in judge(asked, "2.8").misconceptions} == {"all-rows", "old-W"}
    assert not asked.coinciding()


def test_what_an_optimizer_carries_along_is_in_the_worked_line():
    run = at(Experiment(learning_rate=0.02, method="optim", optimizer=Optimizer("momentum")), 1)
    asked = predict(run, BACKEND, "next")
    before = run.history[0]
    # v ← 0.9·v + gradient, with the mean squared error's own slope: 2/3 · 14 · (W − 1).
    velocity = 0.9 * before.gradient[0] + run.epoch.gradient[0]
    assert asked.truth == pytest.approx(run.epoch.parameters[0] - 0.02 * velocity, rel=1e-5)
    assert "v ← 0.9·v + gradient" in asked.worked
    plain = run.epoch.parameters[0] - 0.02 * run.epoch.gradient[0]
    assert [misconception.kind for misconception in judge(asked, f"{plain:.3f}").misconceptions] == ["no-optimizer"]
    with pytest.raises(UserError, match="plain gradient descent"):
        predict(run, BACKEND, "update")


def test_more_batches_than_can_be_worked_out_are_not_asked_for():
    with pytest.raises(UserError, match="6 updates in an epoch are too many"):
        predict(at(Experiment(dataset=SIX, batch=1)), BACKEND, "next")


@pytest.mark.parametrize("batch", [2, 3, 4, 5, None])
@pytest.mark.parametrize("optimizer", [SGD, Optimizer("momentum"), Optimizer("adam")], ids=str)
def test_what_is_worked_out_ends_at_the_truth(batch, optimizer):
    method = "hand" if optimizer == SGD else "optim"
    for bias in (False, True):
        experiment = Experiment(
            dataset=SIX, has_bias=bias, batch=batch, method=method, optimizer=optimizer, learning_rate=0.01
        )
        run = at(experiment, 2)
        for name in experiment.parameter_names:
            asked = predict(run, BACKEND, "next", of=name)
            assert asked.worked.endswith(numeral(asked.truth))
            assert judge(asked, asked.answer).is_right


@pytest.mark.parametrize(
    ("experiment", "formula"),
    [
        (LECTURE, "is Σx²."),
        (msgspec.structs.replace(LECTURE, convention="mse"), "is 2/m·Σx²."),
        (msgspec.structs.replace(LECTURE, convention="mean"), "is 1/m·Σx²."),
        (msgspec.structs.replace(LECTURE, has_bias=True), "Hessian XᵀX."),
    ],
)
@pytest.mark.parametrize("quantity", ["limit", "one_step"])
def test_the_hint_for_a_rate_tells_the_curvature_of_this_very_run(experiment, formula, quantity):
    assert formula in predict(at(experiment), BACKEND, quantity).hint


def test_a_number_that_has_left_the_range_is_not_asked_for():
    run = at(Experiment(learning_rate=1e38, weights=(5.0,)))
    assert math.isinf(run.epoch.following[0])
    with pytest.raises(UserError, match="too large to ask for"):
        predict(run, BACKEND, "next")
