"""The explain view: its rows as text, and its keys."""

import math
import re
from functools import partial

import lab_pilot
import msgspec
import pytest
from problems import named, walk
from textual.widgets import Input, Static

from gdtui.descent.backend import BACKEND
from gdtui.experiment.dataset import typed
from gdtui.experiment.experiment import Experiment
from gdtui.experiment.optimizer import OPTIMIZERS, Optimizer
from gdtui.ui.common.palette import ROLES
from gdtui.ui.common.rows import fit
from gdtui.ui.lab.views.breakdown_digits import Shown
from gdtui.ui.lab.views.breakdown_rows import breakdown_rows, chain
from gdtui.ui.lab.views.fading import HiddenNumber

opened = partial(lab_pilot.opened, backend=BACKEND)
"""The digits here are torch's."""

VIEW = "BreakdownView"


def laid_out(experiment, width=48, *, hidden=(), parameter=0, index=0, epochs=0, rows=8):
    trainer = BACKEND.trainer(experiment)
    memory = ()
    epoch = trainer.step()
    for _ in range(epochs):
        memory, epoch = epoch.memory, trainer.step()
    parts = BACKEND.breakdown(experiment, epoch, memory, index=index, rows=rows)
    shown = Shown(experiment.parameter_names, experiment.has_bias, frozenset(hidden), parameter, 1)
    return breakdown_rows(parts, shown, width)


def texts(rows):
    return ["".join(text for text, _ in row).rstrip() for row in rows]


def words(rows):
    return [re.split(r"\s{2,}", text.strip()) for text in texts(rows)]


def test_the_lecture_reads_from_the_rows_to_the_new_w():
    """Worked out on paper: W = 1.4 gives errors 0.4, 0.8, 1.2, and Σ error·x = 5.6."""
    assert words(laid_out(Experiment(), epochs=1)) == [
        ["row", "x", "y", "H(x)", "error", "error·x"],
        ["1", "1", "1", "1.400", "0.400", "0.400"],
        ["2", "2", "2", "2.800", "0.800", "1.600"],
        ["3", "3", "3", "4.200", "1.200", "3.600"],
        ["Σ", "5.600"],
        [""],
        ["gradient", "Σ × 1 = 5.600", "5.600"],
        ["update", "lr × gradient = 0.1 × 5.600", "0.560"],
        ["new W", "W − update = 1.400 − 0.560", "0.840"],
        [""],
        ["cost", "0.746666 → 0.119467, lower"],
    ]


@pytest.mark.parametrize("has_bias", [False, True])
def test_it_is_laid_out_in_however_little_room_there_is(has_bias: bool):
    """A terminal that is made small for a moment does not end the program."""
    for width in range(50):
        assert laid_out(Experiment(has_bias=has_bias, batch=2), width, epochs=1)


def test_all_numbers_of_a_column_and_of_the_chain_end_under_one_another():
    lines = texts(laid_out(Experiment(convention="mse"), epochs=1))
    ends = {len(line) for line in lines[:9] if line}
    assert ends == {48}
    assert "Σ × 2/3 = −0.933 × 0.666667" in lines[6]
    assert "0.93333 − (−0.06222)" in lines[8], "0.933 + 0.062 would be 0.995, and W is 0.996"


@pytest.mark.parametrize("objective", [("linear", "mse"), ("logistic", "cross-entropy"), ("logistic", "mse")])
@pytest.mark.parametrize("has_bias", [False, True])
def test_each_sum_is_that_of_the_column_it_is_in(objective, has_bias):
    model, cost = objective
    experiment = Experiment(dataset=typed((1, 2, 4), (0, 1, 1)), model=model, cost_kind=cost, has_bias=has_bias)
    heading, *rows = texts(laid_out(experiment, 80, epochs=1))[:5]
    ends = [match.end() for match in re.finditer(r"\S+", heading)][1:]
    columns = [[line[:end].split()[-1].replace("−", "-") for line in rows if len(line) >= end] for end in ends]
    is_summed = [len(rows[-1]) >= end and rows[-1][end - 1].strip() for end in ends]
    summed = [list(map(float, column)) for column, has_sum in zip(columns, is_summed, strict=True) if has_sum]
    assert len(summed) == 1 + has_bias
    for *added, total in summed:
        assert total == pytest.approx(math.fsum(added), abs=0.002)


def test_each_parameter_has_its_chain():
    lines = texts(laid_out(Experiment(has_bias=True, convention="mse")))
    assert lines[4].split() == ["Σ", "−6.000", "−14.000"]
    assert [line.split("  ")[0] for line in lines[6:12]] == [
        "gradient W",
        "gradient b",
        "update W",
        "update b",
        "new W",
        "new b",
    ]
    assert "−6.000 × 0.666667" in lines[7]
    assert lines[7].endswith("−4.000")


@pytest.mark.parametrize("width", [20, 34, 48, 60, 78])
@pytest.mark.parametrize(
    "experiment",
    [
        Experiment(),
        Experiment(has_bias=True, weight_decay=0.3, method="autograd"),
        Experiment(dataset=named([range(40)] * 9, range(40)), has_bias=True, learning_rate=1e-6),
        Experiment(dataset=typed((1e6, 2e6), (1e9, 3e9)), learning_rate=1e-13),
        Experiment(method="optim", optimizer=Optimizer("adam"), weight_decay=0.1, batch=2),
    ],
    ids=["lecture", "decay", "ten", "large", "adam"],
)
def test_it_is_drawn_at_any_width_in_roles_that_are_styled(experiment, width):
    rows = laid_out(experiment, width)
    assert {role for row in rows for _, role in row} <= set(ROLES)
    assert all(sum(len(text) for text, _ in fit(row, width)) == width for row in rows)
    if width >= 48:
        assert max(map(len, texts(rows))) <= width


def test_many_columns_show_the_one_that_is_chosen():
    data = named([[1.25, 2, 3.5], [4.25, 5, 6.5], [7.25, 8, 9.5]], [1.25, 2, 3.5])
    experiment = Experiment(dataset=data, learning_rate=0.001)
    assert words(laid_out(experiment, parameter=1))[0] == ["row", "x2", "y", "H(x)", "error", "error·x2"]
    wide = words(laid_out(experiment, 78))[0]
    assert wide[:4] == ["row", "x1", "x2", "x3"]
    lines = texts(laid_out(experiment))
    assert "lr × gradient = 0.001 × gradient" in "\n".join(lines)
    assert [line.split()[0] for line in lines[-5:-2]] == ["W1", "W2", "W3"]


def test_rows_that_are_not_written_out_stand_as_their_sum():
    data = named([range(100)], [0] * 100)
    lines = texts(laid_out(Experiment(dataset=data, has_bias=True, bias=1.0, learning_rate=1e-5), rows=4))
    assert [line.split()[0] for line in lines[1:5]] == ["1", "2", "3", "⋮"]
    assert lines[4].split() == ["⋮", "96", "more", "rows", "96.000", "4848.000"]
    assert lines[5].split()[0] == "100"
    assert lines[6].split() == ["Σ", "100.000", "4950.000"]


def test_an_optimizers_own_numbers_stand_between_gradient_and_update():
    """Momentum on paper: the gradient is −14 and then, at W 1.4, 5.6; so v is −14 and then 0.9·(−14) + 5.6."""
    momentum = Experiment(method="optim", optimizer=Optimizer("momentum"), convention="sum")
    chain = words(laid_out(momentum, epochs=1))[6:9]
    assert chain[0][-1] == "5.600"
    assert chain[1] == ["v", "0.9·(−14.000) + 5.600", "−7.000"]
    assert chain[2] == ["update", "lr · v = 0.1 · (−7.000)", "−0.700"]


def test_every_optimizers_formula_is_told_with_its_numbers():
    """Adam on paper: W is 0.1 after the first step, m and v are 0.1·(−14) and 0.001·14² there."""
    adam = Experiment(method="optim", optimizer=Optimizer("adam"), convention="sum")
    chain = words(laid_out(adam, 66, epochs=1))[7:12]
    assert [line[1] for line in chain[:2]] == [
        "0.9·(−1.400) + 0.1·(−12.600)",
        "0.999·0.196 + 0.001·(−12.600)²",
    ]
    assert chain[4][1] == "0.1 · (−13.263) / (√177.371 + ε)"
    adagrad = Experiment(method="optim", optimizer=Optimizer("adagrad"), convention="sum")
    line = words(laid_out(adagrad, 66))[7]
    assert line == ["s", "s + gradient² = 0.000 + (−14.000)²", "196.000"]


def test_weight_decay_is_named_in_the_gradient():
    line = texts(laid_out(Experiment(weights=(2.0,), weight_decay=0.5), 66))[6]
    assert "Σ × 1 + λ·W = 14.000 + 1.000" in line
    assert line.endswith("15.000")


def test_a_cost_that_rises_or_leaves_all_bounds_is_said_so():
    assert texts(laid_out(Experiment(learning_rate=0.2, dtype="float64")))[-1].endswith("→ 15.120000, higher")


def test_a_cost_that_stays_at_rest_is_no_warning_and_one_that_bounces_is():
    def role(experiment: Experiment) -> str:
        last = laid_out(experiment)[-1]
        return next(role for words, role in last if "the same" in words)

    assert role(Experiment(weights=(1.0,))) == "text"
    assert role(Experiment(dataset=typed((1,), (1,)), learning_rate=2.0)) == "warn"
    vast = Experiment(learning_rate=1e30)
    assert texts(laid_out(vast))[-1].endswith("→ too large a number")


def test_small_costs_are_told_apart():
    [line] = [line for line in texts(laid_out(Experiment(dtype="float64"), epochs=12)) if line.startswith("cost")]
    before, after = re.findall(r"[\d.]+(?:e-\d+)?", line)
    assert float(before) > float(after) > 0


@pytest.mark.parametrize(
    ("hidden", "place"), [("total", 4), ("gradient", 6), ("update", 7), ("following", 8), ("cost", 10)]
)
def test_a_hidden_number_is_a_question_mark_and_stands_nowhere_else(hidden, place):
    plain = texts(laid_out(Experiment(convention="mse", learning_rate=0.15), epochs=1))
    lines = texts(laid_out(Experiment(convention="mse", learning_rate=0.15), epochs=1, hidden={hidden}))
    number = re.findall(r"−?\d+\.\d+", plain[place])[-1]
    assert lines[place].endswith("?")
    assert number not in "\n".join(lines[4:])


def test_an_answer_is_right_to_the_digits_shown():
    question = HiddenNumber("gradient", "the gradient", -14.0, 3)
    for power in range(-12, 30):
        shown = HiddenNumber("gradient", "the gradient", -2.5834567 * 10.0**power, 3)
        assert shown.judge(shown.answer) is None
    assert question.judge("-14") is None
    assert question.judge("−14,000") is None
    assert question.judge("-14.001") is None, "one in the last digit may come from rounding on the way"
    assert question.judge("14") == "the size is right, but the sign is not"
    assert question.judge("-12") == "not yet: too high"
    assert question.judge("-14.5") == "not yet: too low"
    with pytest.raises(ValueError, match="is not a number"):
        question.judge("many")


async def test_a_opens_it_and_space_takes_the_update_and_shows_the_next():
    async with opened() as lab:
        await lab.press("a")
        assert lab.text(VIEW).splitlines()[-1] == "" or "cost" in lab.text(VIEW)
        assert "−14.000" in lab.text(VIEW)
        assert "4.666667 → 0.746666, lower" in lab.text(VIEW)
        await lab.press("space")
        assert lab.screen.workspace.run.cursor == 1
        assert "W − update = 1.400 − 0.560        0.840" in lab.text(VIEW)
        assert "Epoch 2 explained" in str(lab.screen.views.view.border_title)
        await lab.press("left")
        assert "4.666667 → 0.746666, lower" in lab.text(VIEW)
        await lab.press("a")
        assert not lab.screen.views.opened


async def test_the_new_w_is_the_next_epochs_w():
    async with opened(Experiment(has_bias=True, method="optim", optimizer=Optimizer("adam"))) as lab:
        await lab.press("a")
        for _ in range(4):
            parts = lab.screen.views.view.parts
            await lab.press("space")
            assert lab.screen.workspace.run.epoch.parameters == parts.following
            assert lab.screen.workspace.run.epoch.cost == parts.cost_after


async def test_everything_is_seen_at_80_by_24_and_rows_can_be_gone_through():
    data = typed(tuple(range(1, 201)), tuple(range(201, 401)))
    async with opened(Experiment(dataset=data, has_bias=True, learning_rate=1e-7)) as lab:
        await lab.press("a")
        shown = lab.text(VIEW)
        assert "more rows" in shown
        assert "cost" in shown
        assert " 200 " in re.sub(r"^200 ", " 200 ", shown, flags=re.MULTILINE)
        await lab.press("down", "down", "pagedown")
        first = lab.text(VIEW).splitlines()[1].split()[0]
        assert first == str(3 + lab.screen.views.view.content_size.height - 1)
        await lab.press("pageup", "pageup")
        assert lab.text(VIEW) == shown


async def test_each_update_of_an_epoch_in_batches_is_reached_by_key():
    experiment = Experiment(dataset=typed((1, 2, 3, 4, 5), (2, 4, 6, 8, 10)), batch=2, learning_rate=0.01)
    async with opened(experiment) as lab:
        await lab.press("a")
        assert "update 1 of 3, on 2 rows" in lab.text(VIEW)
        first = lab.screen.views.view.parts
        await lab.press("b")
        assert "update 2 of 3, on 2 rows" in lab.text(VIEW)
        assert lab.screen.views.view.parts.parameters == first.following
        await lab.press("b")
        assert "update 3 of 3, on 1 row" in lab.text(VIEW)
        await lab.press("space")
        assert "update 1 of 3" in lab.text(VIEW)
        await lab.press("B")
        assert "update 3 of 3" in lab.text(VIEW)


async def test_one_update_has_no_other():
    async with opened() as lab:
        await lab.press("a", "b")
        assert "one update on all rows" in lab.keys


async def test_f_hides_one_number_more_each_step_everywhere():
    async with opened() as lab:
        await lab.press("a", "f")
        counts = []
        for _ in range(7):
            counts.append(len(lab.screen.views.view.hidden))
            await lab.press("space")
        assert counts == [1, 2, 3, 4, 5, 6, 7]
        assert "= ?" in lab.numbers
        assert "gradient ?" in lab.numbers
        await lab.press("f")
        assert "?" not in lab.numbers
        assert "?" not in lab.text(VIEW)


async def test_an_answer_shows_the_number_and_a_wrong_one_says_on_which_side_it_is():
    async with opened() as lab:
        await lab.press("a", "f", "enter")
        await lab.until(lambda: isinstance(lab.screen.focused, Input))
        question = str(lab.app.screen.query_one("#prompt-question", Static).content)
        row = int(re.search(r"the error of row (\d)", question)[1])
        await lab.type("5")
        await lab.press("enter")
        reason = str(lab.app.screen.query_one("#prompt-reason", Static).content)
        assert reason.strip() == "not yet: too high"
        field = lab.app.screen.query_one("#prompt-field", Input)
        assert field.value == "", "room for another"
        assert "1 hidden: escape, then g shows one" in lab.screen.text()
        await lab.type("-l")
        await lab.press("enter")
        assert field.value == "-l", "a slip of the finger can be mended"
        await lab.press("backspace")
        await lab.type(f"{row}")
        await lab.press("enter")
        await lab.until(lambda: lab.screen.focused is None)
        assert lab.keys.startswith(f"Right. The error of row {row} is −{row}.000")
        assert "?" not in lab.text(VIEW)


async def test_the_frame_names_the_key_that_tells_again_once_the_prompt_is_left():
    async with opened() as lab:
        await lab.press("a", "f", "enter")
        await lab.until(lambda: isinstance(lab.screen.focused, Input))
        await lab.press("escape")
        await lab.until(lambda: "enter answers, g shows one" in lab.screen.text())


async def test_what_is_wrong_with_an_answer_is_told_whole_on_the_smallest_screen():
    async with opened(size=(60, 16)) as lab:
        await lab.press("space", "a", "f", "enter")
        await lab.until(lambda: isinstance(lab.screen.focused, Input))
        await lab.type("95")
        await lab.press("enter")
        await lab.until(lambda: "not yet: too high" in lab.screen.text())


async def test_a_hidden_number_is_one_key_away():
    async with opened() as lab:
        await lab.press("a", "f", "space")
        assert lab.text(VIEW).count("?") == 2
        await lab.press("g")
        assert lab.text(VIEW).count("?") == 1
        assert "1 more hidden" in lab.keys
        await lab.press("g", "g")
        assert "No number is hidden." in lab.keys


async def test_keys_of_the_view_say_where_they_belong():
    async with opened() as lab:
        for key in ("f", "g", "b", "s", "enter"):
            await lab.press(key)
            assert " works in the " in lab.keys


async def test_a_sum_that_gives_the_gradient_away_hides_it_too():
    async with opened() as lab:
        await lab.press("a", "f", "space", "space")
        assert lab.screen.views.view.hidden == {"error", "slope", "total"}
        assert "gradient ?" in lab.numbers
    async with opened(Experiment(convention="mse")) as lab:
        await lab.press("a", "f", "space", "space")
        assert "gradient ?" not in lab.numbers


@pytest.mark.slow
async def test_while_a_long_run_plays_over_many_rows_nothing_waits_for_the_anatomy():
    rows = tuple(index / 1000 for index in range(30_000))
    data = typed(rows, rows)
    experiment = msgspec.structs.replace(Experiment(), dataset=data, convention="mse", learning_rate=1e-4, epochs=10**6)
    async with opened(experiment) as lab:
        await lab.press("a", *["right_square_bracket"] * 5, "r")
        await lab.until(lambda: lab.screen.workspace.run.cursor > 100)
        assert lab.screen.views.view.parts.number == 1
        await lab.press("r")
        await lab.until_paused()
        assert lab.screen.views.view.parts.number == lab.screen.workspace.run.cursor + 1


def parts_in(shares, experiment, **asked):
    return BACKEND.breakdown(experiment, BACKEND.trainer(experiment).step(), (), shares=shares, **asked)


SHARED = [
    (Experiment(), {}),
    (Experiment(dataset=typed((1.0, 2, 1), (10.0, 4, 4)), has_bias=True), {}),
    (Experiment(dataset=typed((1.0, 2, 3, 4, 5, 6, 7), (2.0, 4, 7, 8, 9, 9, 9)), batch=4), {"index": 1}),
    (Experiment(dataset=typed(tuple(map(float, range(40))), tuple(map(float, range(40))))), {"rows": 5}),
]


@pytest.mark.parametrize(("experiment", "asked"), SHARED)
@pytest.mark.parametrize("shares", [2, 3])
def test_shares_add_up_to_the_sum_and_change_nothing_else(experiment, asked, shares):
    whole, split = parts_in(1, experiment, **asked), parts_in(shares, experiment, **asked)
    sums = [sum(share.totals[index] for share in split.shares) for index in range(len(split.totals))]
    assert sums == pytest.approx(split.totals)
    assert (len(split.shares), split.shares[-1].last) == (shares, split.rows)
    assert msgspec.structs.replace(split, shares=()) == whole


def test_each_share_has_its_sum_below_its_own_rows():
    experiment = Experiment(dataset=typed((1.0, 2, 1), (10.0, 2, 4)))
    rows = words(breakdown_rows(parts_in(2, experiment), Shown(("W",), False), 48))[1:7]
    assert [row[0] for row in rows] == ["1", "Σ share 1", "2", "3", "Σ share 2", "Σ"]
    assert [row[-1] for row in rows] == ["−10.000", "−10.000", "−4.000", "−4.000", "−8.000", "−18.000"]


async def test_a_key_splits_the_rows_and_puts_them_together_again():
    async with opened() as lab:
        await lab.press("a")
        before = lab.text(VIEW)
        await lab.press("S", "S")
        assert "Σ share 3" in lab.text(VIEW)
        assert "−14.000" in lab.text(VIEW)
        await lab.press("S")
        assert lab.text(VIEW) == before


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_numbers_stand_for_every_name_in_an_optimizers_formulas(name):
    experiment = Experiment(has_bias=True, method="optim", optimizer=Optimizer(name), weight_decay=0.5, weights=(2.0,))
    before, epoch = walk(experiment, 3)[1:]
    parts = BACKEND.breakdown(experiment, epoch, before.memory)
    lines = texts(chain(parts, Shown(("W", "b"), True), 200))
    assert len(lines) == 6 + 2 * len(parts.carried)
    assert [line for line in lines if re.search(r"[A-Za-zλ≈]", line.rpartition(" = ")[2].replace(" + ε", ""))] == []


HOURS = typed((1, 2, 3, 4, 5, 6, 7, 8), (0, 0, 0, 1, 0, 1, 1, 1))


@pytest.mark.parametrize("has_bias", [False, True])
async def test_what_a_sigmoid_is_taken_of_is_shown_for_each_row_at_80_by_24(has_bias):
    experiment = Experiment(dataset=HOURS, model="logistic", has_bias=has_bias, weights=(0.5,))
    async with opened(msgspec.structs.replace(experiment, bias=-1.0 if has_bias else 0.0)) as lab:
        await lab.press("a")
        formula, *rest = (line for line in lab.text(VIEW).splitlines() if line.strip())
        assert " ".join(formula.split()) == f"z = W·x{' + b' * has_bias} H(x) = sigmoid(z)" + " error = H(x) − y" * (
            not has_bias
        )
        heading, *rows = rest
        assert heading.split() == ["row", "x", "y", "z", "H(x)", "error", "error·x"]
        z, hypothesis = (float(text.replace("−", "-")) for text in rows[2].split()[3:5])
        assert z == 0.5 * 3 - has_bias
        assert hypothesis == pytest.approx(1 / (1 + math.exp(-z)), abs=5e-4)


async def test_error_times_x_as_written_is_the_product_beside_it():
    async with opened() as lab:
        await lab.press("6", "space", "a")
        rows = [line.split() for line in lab.text("BreakdownView").replace("−", "-").splitlines()]
        rows = [row for row in rows if row[:1] in (["1"], ["2"], ["3"])]
        assert len(rows) == 3
        for _number, x, y, predicted, error, product in rows:
            assert f"{float(predicted) - float(y):.4f}" == error
            assert f"{float(error) * float(x):.3f}" == product
