"""What somebody sees in the first minutes: two keys to begin with, the room given to charts, and what numbers mean."""

import re

import pytest
from lab_pilot import opened

from gdtui.descent.backend import BACKEND
from gdtui.experiment.dataset import typed
from gdtui.experiment.experiment import Experiment
from gdtui.text import cells

HINT = ["gdtui shows gradient descent one step at a time.", "space  takes a step          L  starts the lessons"]
SIZES = [(60, 16), (80, 24), (120, 40), (200, 60)]


@pytest.mark.parametrize("size", SIZES)
async def test_the_first_screen_says_what_it_is_until_the_first_key(size):
    async with opened(size=size) as lab:
        assert lab.epochs[1:] == HINT
        await lab.press("2")
        assert HINT[0] not in lab.text("#epochs"), "any key will do"
        await lab.press("escape")
        assert HINT[0] not in lab.text("#epochs"), "it does not come back"


async def test_the_epoch_table_shows_gradient_and_change_of_w():
    async with opened(backend=BACKEND) as lab:
        await lab.press("space")
        head, first, second = lab.text("#epochs").splitlines()[:3]
        assert head.startswith("─ Epochs ─")
        assert head.endswith("─ gradient  change in W")
        assert first.split()[-2:] == ["−14.000000", "1.400000"]
        assert second.split()[-2:] == ["5.599999", "−0.560000"]
        await lab.press("P")
        assert lab.text("#epochs").splitlines()[2].split()[-2:] == ["?", "?"], "it would tell the answer"


async def test_wide_numbers_in_the_epoch_table_have_fewer_decimals_and_a_blank_between_them():
    areas = typed((801.0, 357.0, 900.0), (130.0, 28.5, 241.0), (500.0, 200.0, 90.0))
    async with opened(Experiment(dataset=areas, learning_rate=1e-3), backend=BACKEND, size=(100, 30)) as lab:
        await lab.press(*["space"] * 3)
        head, *lines = lab.text("#epochs").splitlines()[:5]
        assert "gradient" in head
        for line in lines:
            right = [float(number.replace("−", "-")) for number in line.split("Cost:")[1].split()[1:]]
            assert len(right) == 2


@pytest.mark.parametrize("size", [(100, 30), (100, 40), (120, 34), (200, 60)])
async def test_the_charts_have_the_rows_that_the_epoch_table_does_not_need_yet(size):
    async with opened(size=size) as lab:
        bottom, charts = lab.screen.query_one("#bottom"), lab.screen.charts
        few, high = bottom.size.height, charts.size.height
        await lab.press("9", "space")
        assert len(lab.epochs) == 10, "all of them have room"
        assert charts.size.height == high - (bottom.size.height - few) < high


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("experiment", [Experiment(), Experiment(has_bias=True)], ids=["W", "W and b"])
async def test_charts_have_at_least_half_of_the_rows(size, experiment):
    async with opened(experiment, size=size) as lab:
        charts, keys = lab.screen.charts.region, lab.screen.query_one("#keys").region
        assert charts.height >= size[1] * 0.4
        assert keys.bottom == size[1], "nothing is pushed off the screen"
        assert all(cells(line) <= size[0] for line in lab.screen.text().splitlines())


@pytest.mark.parametrize(
    ("size", "slim", "listed", "views"),
    [
        ((60, 16), 0, False, []),
        ((80, 24), 2, False, []),
        ((120, 40), 1, False, ["BreakdownView"]),
        ((200, 60), 0, True, ["BreakdownView", "CodeView"]),
    ],
)
async def test_what_stands_beside_the_charts_goes_by_the_room(size, slim, listed, views):
    async with opened(size=size, backend=BACKEND) as lab:
        await lab.press("space")

        def seen(selector: str) -> list:
            return [panel for panel in lab.screen.query(selector) if panel.is_on_screen]

        assert sum(panel.region.height for panel in seen("#parameters")) == slim
        assert bool(seen("#parameter-list")) is listed
        beside = seen(".beside LabView")
        assert [type(view).__name__ for view in beside] == views
        assert len(lab.screen.query(".beside LabView")) == len(views), "what has no room is not made"
        assert all(view.content_size.width <= 72 for view in beside)
        assert not beside or "Σ × 1 = 5.600" in lab.text(".beside BreakdownView")
        await lab.press("P")
        assert not seen(".beside LabView"), "they would tell the answer"


TWO_COLUMNS = typed((1, 2, 3, 4, 5, 6), (4, 2, 6, 1, 7, 2), (3, 5, 7, 2, 6, 8))


@pytest.mark.parametrize(
    "experiment",
    [
        Experiment(),
        Experiment(has_bias=True),
        Experiment(dataset=TWO_COLUMNS, learning_rate=0.001),
        Experiment(dataset=TWO_COLUMNS, learning_rate=0.001, has_bias=True),
    ],
)
@pytest.mark.parametrize("size", [(120, 38), (120, 40)])
async def test_what_is_explained_beside_the_charts_is_seen_to_its_last_line(size, experiment):
    """No key scrolls it there, and none is named."""
    async with opened(experiment, size=size, backend=BACKEND) as lab:
        await lab.press("space")
        (beside,) = lab.screen.query(".beside LabView")
        assert "cost  " in lab.text(".beside BreakdownView").splitlines()[-1]
        assert not any(word in f"{beside.border_title}" for word in ("lines", "↑"))
        assert len([panel for panel in lab.screen.charts.panels if panel.is_on_screen]) == 4


async def test_an_open_view_is_no_wider_than_a_text_should_be():
    async with opened(size=(200, 60)) as lab:
        await lab.press("a")
        assert lab.screen.views.view.content_size.width <= 72


@pytest.mark.parametrize("convention", ["sum", "mse", "mean"])
async def test_help_begins_with_what_the_numbers_on_the_screen_mean(convention):
    async with opened(Experiment(convention=convention), backend=BACKEND) as lab:
        await lab.press("space", "question_mark")
        told = lab.app.screen.pages[0][0]
        assert told[0] == "On this screen"
        lines = {line.split()[0]: line for line in told[1].splitlines()}
        assert {"W", "cost", "gradient", "by", "lr", "limit", "distance", "●", "○", "×", "tangent", convention} <= {
            *lines
        }
        assert {"epoch", "change", "pace"} <= {*lines}, "what the table and the parameters show"
        assert lines["epoch"].endswith("with 1 update of W")
        assert ("slope" in lines) is (convention != "mse"), "where it is the gradient itself there is one number"
        if convention == "sum":
            assert "3.73 is 5.6 divided by 1.5" in lines["slope"]
            assert "positive, so W has to shrink" in lines["gradient"]


async def test_help_does_not_tell_what_is_asked_for():
    async with opened(backend=BACKEND) as lab:
        await lab.press("space", "P", "escape", "question_mark")
        told = lab.app.screen.pages[0][0][1]
        assert not re.search(r"5\.600|0\.40|0\.142857", told)


@pytest.mark.parametrize(("experiment", "row"), [(Experiment(), 4), (Experiment(has_bias=True), 5)])
async def test_a_prediction_is_asked_for_under_the_numbers_with_its_keys(experiment, row):
    async with opened(experiment) as lab:
        await lab.press("space", "P")
        await lab.until(lambda: lab.screen.prompt.region.y == row)
        lines = lab.screen.text().splitlines()
        assert lines[row].startswith(" Where will W be after the next epoch?")
        assert lines[row + 1].startswith(" enter answers   escape looks around")


async def test_a_field_of_the_form_says_what_it_is():
    async with opened() as lab:
        await lab.press("e", "f1")
        assert "lr: The learning rate." in str(lab.app.screen.query_one("#edit-hint").render())
