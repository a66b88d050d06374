"""The proof: three ways in lockstep and their bugs, held against numbers computed otherwise."""

import math
import struct
import warnings
from fractions import Fraction

import msgspec
import numpy as np
import pytest
import torch
from examples import examples
from hypothesis import given
from hypothesis import strategies as st
from problems import experiments, factor, objective, residual

from gdtui.descent.backend import BACKEND
from gdtui.experiment.change import Change
from gdtui.experiment.experiment import Experiment
from gdtui.experiment.optimizer import Optimizer
from gdtui.experiment.proof import BUGS, NAMES, PLACES, code_of, largest_ulps, ulps, what_the_bug_does, why_they_differ
from gdtui.lab.lockstep import MOST_EPOCHS, Lockstep

X, Y = (1.0, 2.0, 3.0), (1.0, 2.0, 3.0)


def compared(experiment, bug=None, epochs=8):
    proof = BACKEND.proof(experiment, bug)
    return tuple(proof.step() for _ in range(epochs))


def slope(weight, convention="sum"):
    """The lecture's gradient, in plain Python."""
    return factor(convention, 3) * sum((weight * x - y) * x for x, y in zip(X, Y, strict=True))


def column(comparison, method):
    return comparison.columns[list(NAMES).index(method)]


# Units in the last place


@pytest.mark.parametrize(
    ("one", "other", "dtype", "distance"),
    [
        (1.0, 1.0 + 2.0**-23, "float32", 1),
        (1.0, 1.0 - 2.0**-24, "float32", 1),
        (1.0, 1.0 + 2.0**-23, "float64", 2**29),
        (1.0, 2.0, "float32", 2**23),
        (0.0, -0.0, "float32", 0),
        (-(2.0**-149), 2.0**-149, "float32", 2),
        (-1.0, -1.0 - 2.0**-52, "float64", 1),
        (1.0, math.inf, "float32", None),
        (math.nan, 1.0, "float64", None),
    ],
)
def test_the_distance_in_units_of_the_last_place(one, other, dtype, distance):
    assert ulps(one, other, dtype) == distance


@given(st.floats(-(2.0**100), 2.0**100, width=32), st.integers(0, 300), st.booleans())
def test_so_many_steps_to_the_next_float_are_so_many_units(start, steps, up):
    value = np.float32(start)
    for _ in range(steps):
        value = np.nextafter(value, np.float32(np.inf if up else -np.inf))
    assert ulps(start, float(value), "float32") == steps


def test_the_largest_distance_of_any_two():
    near, far = 1.0 + 2.0**-23, 1.0 + 5 * 2.0**-23
    assert largest_ulps([(1.0, 4.0), (near, 4.0), (far, 4.0)], "float32") == 5
    assert largest_ulps([(1.0,), (math.nan,), (2.0,)], "float32") is None


# Without a bug


@pytest.mark.parametrize("convention", ["sum", "mse", "mean"])
def test_every_way_follows_the_closed_form(convention):
    rate = 0.05 / factor(convention, 3)
    experiment = Experiment(convention=convention, learning_rate=rate, dtype="float64", epochs=20)
    for comparison in compared(experiment, epochs=20):
        weight = 1 - (1 - 0.05 * 14) ** (comparison.number - 1)
        for each in comparison.columns:
            assert each.parameters == pytest.approx((weight,), abs=1e-13)
            assert each.gradient == pytest.approx((slope(weight, convention),), abs=1e-12)
            assert each.update == pytest.approx((rate * slope(weight, convention),), abs=1e-12)
            assert each.following == pytest.approx((weight - rate * slope(weight, convention),), abs=1e-13)


@given(experiments(), st.sampled_from(["sum", "mse", "mean"]))
@examples(60)
def test_the_gradient_of_each_way_is_the_central_difference(experiment, convention):
    experiment = msgspec.structs.replace(experiment, convention=convention, learning_rate=1e-3)
    at = np.array(experiment.start)
    for each in compared(experiment, epochs=1)[0].columns:
        for index, found in enumerate(each.gradient):
            step = np.zeros(len(at))
            step[index] = 2.0**-10
            ahead, behind = (objective(experiment, convention, at + sign * step) for sign in (1, -1))
            scale = 1 + float(np.abs(residual(experiment, at)).sum())
            assert found == pytest.approx((ahead - behind) / 2.0**-9, rel=1e-8, abs=1e-8 * scale)


def test_the_lecture_is_the_same_to_the_last_bit_in_all_three_ways():
    for comparison in compared(Experiment(), epochs=10):
        assert len({each.following for each in comparison.columns}) == 1
        assert (comparison.gradient_ulps, comparison.parameter_ulps) == (0, 0)
        assert comparison.differ_since is None
        assert why_they_differ(comparison) == []


@given(experiments(), st.floats(1e-3, 0.05))
@examples(100)
def test_torch_rounds_product_and_difference_once_and_the_others_twice(experiment, rate):
    experiment = msgspec.structs.replace(experiment, dtype="float32", learning_rate=rate)
    lr = np.float32(rate)
    for comparison in compared(experiment, epochs=3):
        for each in comparison.columns:
            numbers = zip(each.parameters, each.gradient, each.following, strict=True)
            for before, gradient, following in numbers:
                if each.method == "optim":
                    exact = Fraction(before) - Fraction(float(lr)) * Fraction(gradient)
                    assert Fraction(following) == nearest(exact)
                else:
                    assert following == np.float32(before) - lr * np.float32(gradient)


def nearest(exact):
    """The float32 nearest to a fraction; of two as near, the even one (IEEE 754)."""
    about = np.float32(float(exact))
    near = (np.nextafter(about, np.float32(-np.inf)), about, np.nextafter(about, np.float32(np.inf)))
    distance = [abs(Fraction(float(value)) - exact) for value in near]
    closest = [float(value) for value, away in zip(near, distance, strict=True) if away == min(distance)]
    return Fraction(min(closest, key=lambda value: struct.unpack("<I", struct.pack("<f", value))[0] & 1))


def test_where_they_differ_and_why_is_told_from_the_epoch_on_which_it_is_seen():
    ways = compared(Experiment(convention="mse"), epochs=2)
    # By hand the rounded sum, −14, is multiplied by 2 and divided by 3; autograd rounds three products first.
    assert column(ways[0], "hand").gradient == (float(np.float32(-28) / np.float32(3)),)
    assert ways[0].gradient_ulps == 1
    assert (ways[0].differ_since, ways[0].gradient_since, ways[0].parameter_ulps) == (1, 1, 0)
    assert "since epoch 1: autograd multiplies each row by 2/m" in why_they_differ(ways[1])[0]

    rounded = compared(Experiment(has_bias=True, learning_rate=0.05), epochs=12)
    first = rounded[-1].update_since
    assert rounded[-1].gradient_since is None, "where the sum is meant, autograd computes what the hand does"
    assert first is not None
    before = rounded[first - 1]
    assert len({(each.parameters, each.gradient) for each in before.columns}) == 1
    assert len({each.following for each in before.columns}) == 2
    assert before.differ_since is None
    assert rounded[first].differ_since == first + 1
    assert why_they_differ(rounded[-1]) == [
        f"since epoch {first}: W − lr·g is rounded twice, after the product and after the difference; "
        "torch's sub(alpha=lr) rounds only once"
    ]


def test_changes_on_the_way_hold_for_all_three_in_one_convention():
    changes = (Change(2, learning_rate=0.05, method="autograd"), Change(3, convention="mean"))
    ways = compared(Experiment(changes=changes, dtype="float64"), epochs=4)
    weight = 0.0
    for comparison, (rate, convention) in zip(
        ways, [(0.1, "sum"), (0.05, "mse"), (0.05, "mean"), (0.05, "mean")], strict=True
    ):
        assert (comparison.settings.learning_rate, comparison.settings.convention) == (rate, convention)
        for each in comparison.columns:
            assert each.parameters[0] == pytest.approx(weight)
            assert each.gradient[0] == pytest.approx(slope(weight, convention))
        weight -= rate * slope(weight, convention)


def test_another_optimizer_and_batches_are_left_to_the_run():
    experiment = Experiment(method="optim", optimizer=Optimizer("adam"), batch=2, seed=3)
    first, second = compared(experiment, epochs=2)
    for each in second.columns:
        assert each.parameters[0] == pytest.approx(0.1 * -slope(0, "mse"))
    assert first.settings.convention == "mse"


# Bugs


def lecture_with(bug, epochs, rate=0.1, convention="sum"):
    """W, gradient and the W that follows for each epoch of a wrong loop, in plain Python."""
    weight, held, path = 0.0, 0.0, []
    for _ in range(epochs):
        gradient = slope(weight, convention)
        if bug == "sum for mean" and convention != "sum":
            gradient *= 3
        if bug == "no zero_grad":
            gradient = held = held + gradient
        step = {"plus for minus": -rate * gradient, "lr twice": rate * rate * gradient}.get(bug, rate * gradient)
        path.append((weight, gradient, weight - step))
        weight -= step
    return path


@pytest.mark.parametrize("convention", ["sum", "mse", "mean"])
@pytest.mark.parametrize("bug", [bug for bug in BUGS if bug != "no no_grad"])
def test_a_bug_is_the_real_thing(bug, convention):
    ways = compared(Experiment(dtype="float64", convention=convention), bug, epochs=6)
    wrong, right = lecture_with(bug, 6, convention=convention), lecture_with(None, 6, convention=convention)
    for comparison, as_wrong, as_right in zip(ways, wrong, right, strict=True):
        for each in comparison.columns:
            numbers = (*each.parameters, *each.gradient, *each.following)
            assert numbers == pytest.approx(as_wrong if comparison.is_buggy(each) else as_right)
            assert each.following[0] == pytest.approx(each.parameters[0] - each.update[0])
        assert [each.method for each in comparison.columns if comparison.is_buggy(each)] == [PLACES[bug].method]


@pytest.mark.parametrize("convention", ["sum", "mse", "mean"])
def test_the_code_shown_of_a_summed_loss_gives_the_gradient_shown(convention):
    W = torch.zeros(1, dtype=torch.float64, requires_grad=True)
    names = {"torch": torch, "H": W * torch.tensor([1.0, 2.0, 3.0]), "y": torch.tensor([1.0, 2.0, 3.0])}
    exec(code_of("sum for mean", convention), names)
    names["loss"].backward()
    (comparison,) = compared(Experiment(dtype="float64", convention=convention), "sum for mean", epochs=1)
    assert next(each for each in comparison.columns if comparison.is_buggy(each)).gradient[0] == W.grad.item()


@pytest.mark.parametrize(
    ("bug", "convention", "rate", "left_at"),
    [
        ("no zero_grad", "sum", 0.1, 2),
        ("plus for minus", "sum", 0.1, 2),
        ("sum for mean", "mse", 0.1, 1),
        ("sum for mean", "sum", 0.1, None),
        ("lr twice", "sum", 0.1, 2),
        ("lr twice", "sum", 1.0, None),
        ("no no_grad", "sum", 0.1, 2),
    ],
)
def test_the_epoch_at_which_it_leaves_the_others(bug, convention, rate, left_at):
    ways = compared(Experiment(convention=convention, learning_rate=rate), bug, epochs=4)
    assert [each.left_at for each in ways] == [
        left_at if left_at and number >= left_at else None for number in range(1, 5)
    ]


@pytest.mark.parametrize(
    ("bug", "convention", "words"),
    [
        (
            "no zero_grad",
            "sum",
            "autograd differs from the others from epoch 2 on: its gradient also contains the gradient of epoch 1: "
            "−14 + 5.6 = −8.4",
        ),
        (
            "plus for minus",
            "sum",
            "by hand differs from the others from epoch 2 on: W + lr·gradient climbs the slope: 0 + 0.1·(−14) = −1.4",
        ),
        (
            "sum for mean",
            "mse",
            "autograd differs from the others from epoch 1 on: it never divides by m = 3, so its gradient is "
            "3 times theirs: −28 = 3 × (−9.3333)",
        ),
        (
            "lr twice",
            "sum",
            "torch.optim differs from the others from epoch 2 on: its step multiplies by lr twice: "
            "W − lr·lr·gradient = 0 − 0.1·0.1·(−14) = 0.14",
        ),
        (
            "no no_grad",
            "sum",
            "autograd stops at epoch 2: without no_grad the update is part of the graph, "
            "so W is no longer a leaf and its .grad is None",
        ),
    ],
)
def test_why_it_leaves_them_in_words_with_the_numbers(bug, convention, words):
    ways = compared(Experiment(convention=convention), bug, epochs=5)
    assert what_the_bug_does(ways[:2], ("W",)) == words
    assert what_the_bug_does(ways, ("W",)) == words


def test_with_several_parameters_the_words_name_the_one_they_speak_of():
    ways = compared(Experiment(has_bias=True), "no zero_grad", epochs=3)
    # Σ(H−y)x and Σ(H−y) at W = b = 0, then at W = 1.4, b = 0.6
    assert "its gradient for W also contains the gradient of epoch 1: −14 + 9.2 = −4.8" in what_the_bug_does(
        ways, ("W", "b")
    )


@pytest.mark.parametrize(
    ("bug", "rate", "epochs", "words"),
    [
        ("sum for mean", 0.1, 3, "this convention uses the sum anyway"),
        ("lr twice", 1.0, 3, "lr·lr equals lr"),
        ("plus for minus", 0.1, 1, "shows in the next epoch"),
    ],
)
def test_a_bug_that_does_nothing_yet_says_so(bug, rate, epochs, words):
    ways = compared(Experiment(learning_rate=rate), bug, epochs=epochs)
    assert "still agrees with the others" in what_the_bug_does(ways, ("W",))
    assert words in what_the_bug_does(ways, ("W",))


def test_a_start_at_the_minimum_keeps_every_bug_hidden():
    for bug in set(BUGS) - {"no no_grad"}:
        assert compared(Experiment(weights=(1.0,)), bug, epochs=4)[-1].left_at is None


def test_without_no_grad_the_words_are_torchs_own():
    import torch

    weight = torch.zeros(1, requires_grad=True)
    x = torch.tensor(X)
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        with pytest.raises(TypeError) as raised:  # noqa: PT012  # the loop as people write it
            for _ in range(2):
                torch.mean((x * weight - x) ** 2).backward()
                weight = weight - 0.1 * weight.grad
    for comparison in compared(Experiment(convention="mse"), "no no_grad", epochs=4)[1:]:
        torchs, pythons = column(comparison, "autograd").refusal
        assert str(said[0].message).startswith(torchs.removeprefix("torch: "))
        assert torchs.endswith("a leaf Tensor is being accessed.")
        assert pythons == f"Python: {raised.value}"
        assert column(comparison, "autograd").gradient == ()
        assert column(comparison, "hand").gradient


def test_a_change_of_lr_mends_no_bug():
    changed = Experiment(changes=(Change(2, learning_rate=0.05), Change(3, learning_rate=0.02)))
    assert column(compared(changed, "no no_grad", epochs=2)[1], "autograd").refusal
    held = compared(changed, "no zero_grad", epochs=3)
    second = slope(1.4)
    weight = 1.4 - 0.05 * (-14 + second)
    assert column(held[2], "autograd").gradient[0] == pytest.approx(-14 + second + slope(weight), rel=1e-5)


def test_the_other_two_are_compared_without_the_one_with_the_bug():
    last = compared(Experiment(), "plus for minus", epochs=6)[-1]
    assert (last.gradient_ulps, last.parameter_ulps, last.differ_since) == (0, 0, None)
    assert ulps(last.columns[0].parameters[0], last.columns[1].parameters[0], "float32") > 1_000_000


def test_a_way_that_leaves_the_range_of_numbers_goes_on():
    last = compared(Experiment(learning_rate=0.2), "plus for minus", epochs=90)[-1]
    assert not math.isfinite(last.buggy.gradient[0])
    assert last.left_at == 2


# Along with a run


def test_it_keeps_what_it_has_compared_and_begins_again_for_another_experiment(monkeypatch):
    monkeypatch.setattr("gdtui.lab.lockstep.SECONDS_AT_ONCE", math.inf)
    made = []

    def proof(experiment, bug):
        made.append((experiment, bug))
        return BACKEND.proof(experiment, bug)

    lockstep = Lockstep(msgspec.structs.replace(BACKEND, proof=proof))
    experiment = Experiment()
    five = lockstep.follow(experiment, None, 5)
    assert [each.number for each in five] == [1, 2, 3, 4, 5]
    assert lockstep.follow(experiment, None, 2) == five[:2]
    assert lockstep.follow(msgspec.structs.replace(experiment, epochs=99), None, 6)[:5] == five
    assert len(made) == 1
    assert lockstep.follow(experiment, "lr twice", 2)[1].bug == "lr twice"
    other = msgspec.structs.replace(experiment, learning_rate=0.05)
    assert lockstep.follow(other, "lr twice", 2)[1].settings.learning_rate == 0.05
    assert len(made) == 3


def test_it_catches_up_by_and_by_and_with_so_many_epochs_at_most():
    lockstep = Lockstep(BACKEND)
    experiment = Experiment(learning_rate=0.001)
    known, calls = (), 0
    while len(known) < MOST_EPOCHS:
        before, calls = len(known), calls + 1
        known = lockstep.follow(experiment, None, 10**6)
        assert len(known) > before
    assert [each.number for each in known] == list(range(1, MOST_EPOCHS + 1))
    assert len(lockstep.follow(experiment, None, 10**6)) == MOST_EPOCHS
    weight = 1 - (1 - 0.014) ** (MOST_EPOCHS - 1)
    assert known[-1].columns[0].parameters[0] == pytest.approx(weight, rel=1e-5)
