"""The proof on the screen: what it shows, by its keys, and in how many cells."""

from functools import partial

import lab_pilot
import msgspec
import pytest
from lab_pilot import Lab

from gdtui.descent.backend import BACKEND
from gdtui.experiment.dataset import typed
from gdtui.experiment.experiment import Experiment
from gdtui.experiment.objective import CONVENTIONS
from gdtui.experiment.optimizer import Optimizer
from gdtui.experiment.proof import BUGS
from gdtui.lab.lockstep import MOST_EPOCHS
from gdtui.numbers import significant
from gdtui.storage import manual
from gdtui.ui.lab.views.proof import ProofView, proof_rows

opened = partial(lab_pilot.opened, backend=BACKEND)
"""The digits here are torch's."""

PLANE = Experiment(has_bias=True, learning_rate=0.05)


def rows_of(experiment, bug=None, epochs=4, width=48, height=16):
    proof = BACKEND.proof(experiment, bug)
    comparisons = tuple(proof.step() for _ in range(epochs))
    return proof_rows(comparisons, experiment, epochs, width, height)


def texts(rows):
    return ["".join(text for text, _ in row).rstrip() for row in rows]


def in_role(rows, role):
    return [text.strip() for row in rows for text, name in row if name == role]


def shown(lab: Lab) -> list[str]:
    """The lines of the view."""
    return [line.strip() for line in lab.text("ProofView").splitlines() if line.strip()]


# The rows


def test_the_last_epochs_of_the_three_ways_stand_in_columns():
    rows = texts(rows_of(Experiment(), epochs=3))
    assert rows[2].split() == ["gradient", "by", "hand", "autograd", "torch.optim"]
    assert rows[3].split() == ["1", "−14.0000000", "−14.0000000", "−14.0000000"]
    at = next(index for index, row in enumerate(rows) if row.startswith("W "))
    # float32 after 1.4 − 0.1·5.6, to the digits that tell neighbours apart
    assert rows[at + 3].split() == ["▸", "3", "0.840000033", "0.840000033", "0.840000033"]
    assert rows[-1] == "all three agree to the last bit (0 ulp)"


def test_digits_that_differ_from_those_by_hand_stand_out():
    rows = rows_of(Experiment(convention="mse"), epochs=1)
    assert texts(rows)[3].split() == ["▸", "1", "−9.33333302", "−9.33333397", "−9.33333397"]
    assert in_role(rows, "warn")[:3] == ["", "97", "97"]
    assert "largest difference: gradient 1 ulp, W 0 ulp" in texts(rows)
    assert any(row.startswith("since epoch 1: autograd multiplies each row") for row in texts(rows))


def test_a_bug_is_marked_in_words_and_in_its_column():
    rows = rows_of(Experiment(), "no zero_grad")
    assert texts(rows)[0] == "BUG: no zero_grad  backward() adds to W.grad"
    marked = in_role(rows, "bad")
    assert "BUG autograd" in marked
    assert "13.7760000" in marked
    assert "−14.0000000" not in marked
    assert "by hand" not in " ".join(marked)
    said = " ".join(" ".join(texts(rows)).split())
    assert "autograd differs from the others from epoch 2 on:" in said
    assert any(row.endswith(" −14 + 5.6 = −8.4") for row in texts(rows)), "an equation is not broken in two"
    assert "the other two agree to the last bit (0 ulp)" in said


def test_where_torch_refuses_its_words_are_there_and_the_column_is_empty():
    rows = texts(rows_of(Experiment(), "no no_grad"))
    said = " ".join(" ".join(rows).split())
    assert "torch: The .grad attribute of a Tensor that is not a leaf Tensor is being accessed." in said
    assert "Python: unsupported operand type(s) for *: 'float' and 'NoneType'" in said
    assert rows[3].split()[-3:] == ["−2.23999977", "none", "−2.23999977"]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("convention", CONVENTIONS)
@pytest.mark.parametrize("bug", [None, *BUGS])
@pytest.mark.parametrize("data", [(1.0, 2.0, 3.0), (1e-12, 2e-12, 3e-12), (1e12, 2e12, 3e12)])
def test_every_row_fits_and_the_lecture_needs_no_scrolling(data, bug, convention, dtype):
    experiment = Experiment(dataset=typed(data, (1, 2, 3)), convention=convention, dtype=dtype, learning_rate=0.1)
    for epochs in (1, 2, 40):
        rows = texts(rows_of(experiment, bug, epochs))
        assert max(map(len, rows)) <= 48
        assert len(rows) <= 16
        assert not {"inf", "nan"} & set(" ".join(rows).split())


def test_with_several_parameters_each_has_its_row():
    rows = texts(rows_of(PLANE, epochs=3, height=30))
    assert sum(row.split()[:1] == ["b"] for row in rows) == 6
    assert any(row.startswith("W, b ") for row in rows)
    assert sum(row.startswith("▸   3 W") for row in rows) == 2


def test_what_takes_the_steps_of_the_run_itself_is_said_to_be_left_out():
    adam = Experiment(method="optim", optimizer=Optimizer("adam"))
    for experiment, by in ((adam, "adam"), (Experiment(batch=2), "batches")):
        assert f"The proof uses plain gradient descent over all rows. The run itself uses {by}." in " ".join(
            " ".join(texts(rows_of(experiment))).split()
        )
    assert not any("plain descent" in text for text in texts(rows_of(Experiment(method="optim"))))


# By key


async def test_it_steps_with_the_run_and_goes_back_with_it():
    async with opened() as lab:
        await lab.press("m", "space", "space")
        assert "▸   3      −2.23999977  −2.23999977  −2.23999977" in shown(lab)
        third = shown(lab)
        await lab.press("left")
        assert "▸   2       5.59999943   5.59999943   5.59999943" in shown(lab)
        assert not any(line.startswith("3 ") for line in shown(lab))
        await lab.press("right")
        assert shown(lab) == third


async def test_b_puts_in_one_bug_after_the_other_and_the_run_stays_sound():
    async with opened() as lab:
        await lab.press("m", "space")
        path, seen = lab.numbers, []
        for _ in BUGS:
            await lab.press("b")
            seen.append(shown(lab)[0])
        assert [line.split("  ")[0] for line in seen] == [f"BUG: {bug}" for bug in BUGS]
        await lab.press("b")
        assert shown(lab)[0] == "no bug   b inserts one"
        await lab.press("2", "b")
        assert shown(lab)[0].startswith("BUG: plus for minus")
        assert "by hand differs from the others from epoch 2" in " ".join(shown(lab))
        assert lab.numbers == path


async def test_b_is_for_the_open_proof():
    async with opened() as lab:
        await lab.press("b")
        assert lab.keys.startswith("b works in the ")
        await lab.press("m", "b", "m")
        assert not lab.screen.views.opened
        await lab.press("m")
        assert shown(lab)[0].startswith("BUG: no zero_grad")


async def test_k_takes_the_next_convention_from_here_on():
    async with opened() as lab:
        await lab.press("m", "k")
        assert "the limit 0.214286" in lab.numbers
        assert "▸   1      −9.33333302  −9.33333397  −9.33333397" in shown(lab)
        await lab.press("space", "k")
        assert lab.screen.workspace.run.settings.convention == "mean"
        assert lab.screen.workspace.run.experiment.settings_at(1).convention == "mse"
        assert "k mean" in shown(lab)[1]
        await lab.press("3", "k")
        assert lab.screen.workspace.run.settings.convention == "mean"


async def test_x_ten_times_as_large_has_a_hundredth_of_the_limit():
    async with opened() as lab:
        await lab.press("m", "space", "T")
        assert lab.keys == "With x × 10 the limit for lr is 0.00142857, not 0.142857. u goes back."
        assert "70.00 × the limit" in lab.numbers
        assert "▸   1      −140.000000  −140.000000  −140.000000" in shown(lab)
        await lab.press("y")
        assert lab.keys == "To repeat this run: gdtui --x-scale 10"
        await lab.press("T")
        assert lab.screen.workspace.run.experiment == Experiment()
        await lab.press("1", "0", "0", "T")
        assert lab.screen.workspace.run.experiment.dataset.x_scale == 100
        await lab.press("u", "u", "u")
        assert lab.screen.workspace.run.cursor == 1


async def test_standardized_and_raw_again_with_b_as_it_was():
    async with opened() as lab:
        await lab.press("plus", "t")
        experiment = lab.screen.workspace.run.experiment
        assert (experiment.dataset.scaling is not None, experiment.learning_rate) == (True, 0.12)
        assert " the limit for lr is 0.666667, not 0.142857" in lab.keys
        await lab.press("T")
        assert "is 0.666667" in lab.keys, "what is standardized does not know its units"
        await lab.press("T", "t")
        assert lab.screen.workspace.run.experiment == Experiment(learning_rate=0.12)


async def test_a_constant_column_is_not_standardized():
    async with opened(Experiment(dataset=typed((2, 2, 2), (1, 2, 3)))) as lab:
        await lab.press("t")
        assert "column 'x' is constant" in lab.keys
        assert lab.screen.workspace.run.experiment.dataset.scaling is None


async def test_far_into_a_run_it_catches_up_by_itself():
    async with opened(Experiment(learning_rate=0.001, epochs=5000)) as lab:
        await lab.press(*"5000", "space", "m")
        await lab.until(lambda: f"compared up to epoch {MOST_EPOCHS:,}" in shown(lab))
        assert lab.screen.workspace.run.cursor == 5000
        assert any(line.startswith("▸1000 ") for line in shown(lab))


async def test_another_run_is_compared_from_its_start():
    async with opened() as lab:
        await lab.press("m", "b", "space", "space", "plus", "space")
        last = lab.screen.workspace.run.history[3]
        by_hand = [line.split()[2] for line in shown(lab) if line.startswith("▸   4")]
        assert by_hand == [f"{number:#.9g}" for number in (*last.gradient, *last.parameters)]
        await lab.press("R")
        assert "autograd still agrees with the others: the bug shows" in " ".join(shown(lab))
        assert isinstance(lab.screen.views.view, ProofView)


@pytest.mark.parametrize("size", [(60, 16), (80, 24), (120, 40)])
async def test_it_can_be_read_to_its_end_in_every_size(size):
    async with opened(msgspec.structs.replace(PLANE, convention="mse"), size=size) as lab:
        await lab.press("m", "b", "space", "space")
        seen = set(shown(lab))
        for _ in range(20):
            await lab.press("down")
            seen |= set(shown(lab))
        assert any(line.startswith("BUG: no zero_grad") for line in seen)
        assert any("the other two" in line for line in seen)
        assert all(len(line) <= size[0] for line in seen)


@pytest.mark.parametrize("convention", CONVENTIONS)
def test_the_difference_quotient_checks_the_gradient(convention):
    experiment = Experiment(has_bias=True, learning_rate=0.03, convention=convention, weight_decay=0.1, dtype="float64")
    surface, proof = BACKEND.surface(experiment), BACKEND.proof(experiment, None)
    comparisons = tuple(proof.step() for _ in range(3))
    now = comparisons[-1]
    quotients = surface.difference_quotient(experiment, 3, now.columns[0].parameters)
    assert quotients == pytest.approx(now.columns[0].gradient, rel=1e-8)
    narrow, wide = (texts(proof_rows(comparisons, experiment, 3, width, 20, surface)) for width in (48, 110))
    what = {"sum": "½·Σ(H − y)²", "mse": "the cost", "mean": "half the cost"}[convention]
    said = f"difference quotient of {what} with weight decay: W {significant(quotients[0], 9)}, h 6e-6, off by at most "
    assert said in " ".join(wide)
    assert said.split(",")[0] in " ".join(" ".join(narrow).split())
    assert "quotient" not in narrow[2]
    assert wide[2].endswith("quotient")
    assert [line.split()[-1] for line in wide[7:9]] == [significant(each, 9) for each in quotients]


def test_the_manual_says_of_what_the_difference_quotient_is():
    page = " ".join(manual.read("proof").split())
    for experiment in (Experiment(), Experiment(dataset=typed((1, 2), (0, 1)), model="logistic")):
        objective = experiment.objective
        assert all(f"{objective.differentiated(name)} for {name}" in page for name in objective.conventions)


def test_a_difference_quotient_finds_out_a_bug():
    experiment = Experiment(method="autograd", convention="mse")
    surface, proof = BACKEND.surface(experiment), BACKEND.proof(experiment, "sum for mean")
    epoch = proof.step()
    quotient = surface.difference_quotient(experiment, 1, epoch.columns[0].parameters)[0]
    assert quotient == pytest.approx(epoch.sound[0].gradient[0], rel=1e-6)
    assert abs(quotient - epoch.buggy.gradient[0]) > 1
