"""Nothing blocks and nothing grows: any key of any view, with 10⁶ × 10 rows, and after 10⁶ epochs."""

import pytest
from hammer import VIEWS, hammer, many_rows

from gdtui.experiment.experiment import Experiment

ON_THE_LOOP = 0.5
"""Seconds that no key computes on the screen's own thread; far above what is wanted, whatever else the machine does."""

MANY_ROWS = Experiment(dataset=many_rows(1_000_000, 10), weights=(0.0,) * 10, learning_rate=1e-7, epochs=1000)
MANY_EPOCHS = Experiment(learning_rate=1e-7, epochs=2_000_000)


@pytest.mark.slow
@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize(("experiment", "epochs"), [(MANY_ROWS, 4), (MANY_EPOCHS, 1_000_000)], ids=["rows", "epochs"])
async def test_every_key_is_answered_at_once_and_left_by_escape(experiment, epochs, view):
    worst = max(await hammer(experiment, epochs, [view]), key=lambda held: held.on_the_processor)
    assert worst.on_the_processor < ON_THE_LOOP, worst
