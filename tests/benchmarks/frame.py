"""Time one frame of a chart after 100 epochs beside one after a million: python tests/benchmarks/frame.py."""

import math
import statistics
import time

from gdtui.ui.charts.figure import Picture, Trace, draw
from gdtui.ui.charts.scale import columns_of, epochs, linear, rows_of
from gdtui.ui.charts.series import Decimated

WIDTH, HEIGHT = 40, 12
POINTS = 3 * WIDTH
"""As many as the width can show: more of them cost time and change no dot worth seeing."""
FRESH = 20
"""Epochs that arrive between two frames."""
FRAMES = 400
MOST = 1.2


def cost(epoch: int) -> float:
    """A falling cost with some noise in it, so that every column has a lowest and a highest value."""
    return 4.5 * math.exp(-3 * (epoch % 1_000_000) / 1_000_000) + 0.2 * math.sin(epoch * epoch)


def frame(costs: Decimated, fresh: list[float], last: int) -> float:
    """Seconds to take the fresh costs and draw the whole curve."""
    begin = time.perf_counter()
    costs.extend(fresh)
    points = [(index + 1, value) for index, value in costs.points(POINTS)]
    curve, now = Trace(points, "curve"), Trace(points[-1:], "now", glyph="●")
    y = linear(0, 5, rows_of(WIDTH, HEIGHT))
    x = epochs(1, last, columns_of(WIDTH, HEIGHT, y))
    draw(Picture(WIDTH, HEIGHT, x, y, (curve, now), x_title="epoch"))
    return time.perf_counter() - begin


def main() -> int:
    """Print the median times and their ratio; the two take turns, so that both meet the same machine."""
    long = Decimated()
    begin = time.perf_counter()
    for first in range(0, 1_000_000, 10_000):
        long.extend(list(map(cost, range(first, first + 10_000))))
    print(f"a million epochs made and taken in {time.perf_counter() - begin:.2f} s")
    hundreds, millions = [], []
    for turn in range(FRAMES):
        # The short history is begun anew each time, or it would grow as well.
        short = Decimated()
        short.extend(map(cost, range(100 - FRESH)))
        fresh = list(map(cost, range(turn * FRESH, (turn + 1) * FRESH)))
        hundreds.append(frame(short, fresh, 100))
        millions.append(frame(long, fresh, 2_000_000))
    hundred, million = statistics.median(hundreds), statistics.median(millions)
    ratio = million / hundred
    print(f"100 epochs {hundred * 1e3:.2f} ms, 1,000,000 epochs {million * 1e3:.2f} ms a frame, ratio {ratio:.2f}")
    return 0 if ratio <= MOST else 1


if __name__ == "__main__":
    raise SystemExit(main())
