"""Whether the runs on the board make a fair comparison, and how close they come to the limit.

A comparison is fair if the runs have the same number of epochs and differ in exactly one thing.
"""

from collections.abc import Iterable
from itertools import combinations, product

from gdtui.experiment.expressions import Value
from gdtui.lab.board import Board, BoardRun, fairness, is_fair
from gdtui.numbers import SAME
from gdtui.text import _, listed


def fair_pair(board: Board) -> tuple[BoardRun, ...]:
    """Two runs on the board that make a fair comparison; empty if there are none."""
    pairs = combinations(board.kept, 2)
    return next((pair for pair in pairs if _is_even(pair) and is_fair(kept.run.experiment for kept in pair)), ())


def fairness_of(board: Board) -> str:
    """Whether the runs on the board make a fair comparison, in words; if there are several, which two do."""
    if (pair := fair_pair(board)) and len(board.kept) > 2:
        return f"{listed([kept.name for kept in pair])}: {fairness(pair)}"
    return (
        fairness(board.kept)
        if _is_even(board.kept)
        else _("not a fair test: take the same number of epochs in each run")
    )


def _is_even(runs: Iterable[BoardRun]) -> bool:
    return len({len(kept.run.history) for kept in runs}) == 1


def pinned_limits(board: Board) -> dict[str, Value]:
    """How many pinned runs have an lr below and above the limit, and how close two on opposite sides are."""
    below, above = on_either_side(board)
    pair = nearest_pair(board)
    low, high = (rate_of(kept) for kept in pair) if pair else (0.0, 1e9)
    return {
        "pins_below": len(below),
        "pins_above": len(above),
        "pins_apart": high - low,
        "pin_below": low,
        "pin_above": high,
    }


def on_either_side(board: Board) -> tuple[list[BoardRun], list[BoardRun]]:
    """The pinned runs that settle, and those that diverge; one with lr exactly at the limit is in neither."""
    below, above = list[BoardRun](), list[BoardRun]()
    for kept in board.kept:
        size = kept.run.step_size_at(0)
        if size.has_limit and abs(size.ratio - 1) > SAME:
            (below if size.ratio < 1 else above).append(kept)
    return below, above


def nearest_pair(board: Board) -> tuple[BoardRun, ...]:
    """The two pinned runs on opposite sides of the limit with the closest lr."""
    pairs = product(*on_either_side(board))
    return min(pairs, key=lambda pair: rate_of(pair[1]) - rate_of(pair[0]), default=())


def rate_of(kept: BoardRun) -> float:
    """The learning rate of a pinned run."""
    return kept.run.experiment.learning_rate
