"""The runs on the board and the present one, side by side."""

from collections.abc import Sequence

from gdtui.lab.board import Standing, fairness, standings
from gdtui.lab.desk import Desk
from gdtui.lab.moment import Moment
from gdtui.ui.rows import Row
from gdtui.ui.views.view import LabView
from gdtui.words import fixed, significant

MOST_RATES = 3
MOST_COST = 100.0
"""A larger cost has no room for six decimals."""
COLUMNS = (("run", 5), ("lr", 8), ("× limit", 8), ("converged", 10), ("epoch", 7), ("cost", 10))
"""The columns and their widths."""


class CompareView(LabView):
    """A line a run, and whether the comparison is fair."""

    name, title = "compare", "Compare"

    def __init__(self) -> None:
        super().__init__()
        self.standings: tuple[Standing, ...] = ()
        self.fairness = ""

    def follow(self, desk: Desk, moment: Moment) -> None:
        """Take in how the runs stand."""
        self.standings = standings(desk.board, desk.run)
        experiments = [kept.run.experiment for kept in desk.board.kept if kept.run is not desk.run]
        self.fairness = fairness([*experiments, desk.run.experiment])

    def lines(self, width: int) -> Sequence[Row]:
        """The table, the verdict on its fairness, and what to do next."""
        return compare_rows(self.standings, self.fairness)


def compare_rows(runs: Sequence[Standing], fair: str) -> list[Row]:
    """The table with its heading and, where there is something to compare, whether that is fair."""
    heading = "".join(f"{name:<{size}}" for name, size in COLUMNS)
    rows: list[Row] = [((heading, "dim"),), *(_row(run) for run in runs), ()]
    if len(runs) > 1:
        role = "warn" if "not a fair" in fair else "good"
        rows += [((fair, role),), ()]
    rows += [
        (("epoch and cost are those each run has come to", "dim"),),
        (("p", "key"), (" pins this run, or takes it down", "text")),
        (("tab", "key"), (" goes on with the next run", "text")),
    ]
    if any(run.name and not run.is_pinned for run in runs):
        rows.append((("(A) left behind by a branch, not pinned", "dim"),))
    return rows


def _arrival(run: Standing) -> str:
    """When it converged, or whether it will."""
    if run.state == "diverged":
        return "diverged"
    if run.converged_at:
        return f"at {run.converged_at}"
    return "never" if run.pace.regime in ("bouncing", "diverging") else "not yet"


def _row(run: Standing) -> Row:
    letter = run.name if run.is_pinned or not run.name else f"({run.name})"
    cells = (
        "→".join(significant(rate, 4) for rate in run.learning_rates[-MOST_RATES:]),
        significant(run.pace.ratio, 3) if run.pace.has_limit else "unknown",
        _arrival(run),
        str(run.known),
        fixed(run.cost, 6) if run.cost < MOST_COST else significant(run.cost, 4),
    )
    rate, multiple, arrived, *rest = (f"{cell:<{size}}" for cell, (_, size) in zip(cells, COLUMNS[1:], strict=True))
    role = "bad" if run.state == "diverged" else "good" if run.converged_at else "text"
    name = f"{'▸' if run.is_present else ' '}{letter or '·'}"
    return (
        (f"{name:<{COLUMNS[0][1]}}", "marked" if run.is_present else "main"),
        (rate + multiple, "text"),
        (arrived, role),
        ("".join(rest), "text"),
    )
