"""Nothing blocks and nothing grows: any key of any view, with 10⁶ × 10 rows, and after 10⁶ epochs."""

import pytest
from hammer import hammer, many_rows

from gdtui.experiment.experiment import Experiment

CHARTS = ""
"""The view whose keys are pressed here; `benchmarks/hammer.py` takes all of them, which takes half an hour."""

ON_THE_LOOP = 0.4
"""Seconds that no key computes on the screen's own thread; far above what is wanted, whatever else the machine does."""


@pytest.mark.slow
@pytest.mark.parametrize("what", ["rows", "epochs"])
async def test_every_key_is_answered_at_once_and_left_by_escape(what):
    if what == "rows":
        data, taken = many_rows(1_000_000, 10), 4
        experiment = Experiment(dataset=data, weights=(0.0,) * 10, learning_rate=1e-7, epochs=1000)
    else:
        experiment, taken = Experiment(learning_rate=1e-7, epochs=2_000_000), 1_000_000
    worst = max(await hammer(experiment, taken, [CHARTS]), key=lambda held: held.on_the_processor)
    assert worst.on_the_processor < ON_THE_LOOP, worst
