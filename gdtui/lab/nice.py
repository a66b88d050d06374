"""Round learning rates, for changing lr by key."""

import math

NICE = (1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0)
"""Round numbers within a power of ten, each at most 1.5 times the one before."""

LEAST, MOST = 1e-12, 1e6


def nudged(rate: float, direction: int, times: int) -> float:
    """The learning rate moved up (direction 1) or down (−1) by this many round values."""
    rate = max(rate, LEAST)  # a schedule may have reduced it to 0
    for _ in range(min(times, 200)):
        rate = next_nice(rate, direction)
    return rate


def next_nice(value: float, direction: int) -> float:
    """The nearest round number above `value` (direction 1) or below it (−1), between 1e-12 and 1e6."""
    exponent = math.floor(math.log10(value))
    candidates = [float(f"{step}e{power}") for power in range(exponent - 1, exponent + 2) for step in NICE]
    if direction > 0:
        return min(next(c for c in candidates if c > value * (1 + 1e-9)), max(MOST, value))
    return max(next(c for c in reversed(candidates) if c < value * (1 - 1e-9)), min(LEAST, value))
