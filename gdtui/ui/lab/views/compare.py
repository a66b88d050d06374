"""The runs on the board and the present one, side by side."""

from collections.abc import Collection, Mapping, Sequence

from gdtui.lab.board import RunSummary, compared, differing, fairness, is_fair, summaries
from gdtui.lab.frame import Frame
from gdtui.lab.workspace import Workspace
from gdtui.numbers import fixed, significant
from gdtui.text import _
from gdtui.ui.common.rows import Row, Span, keyed, line_rows
from gdtui.ui.lab.views.view import LabView

MOST_COST = 100.0
"""A larger cost has no room for six decimals."""
LESS_NEEDED = ("× limit", "epochs")
"""The columns that are left out where there is no room for what differs."""
LAYOUTS = ((3, 2, 2), (3, 1, 2), (1, 2, 2), (1, 1, 2), (1, 1, 1), (1, 1, 0))
"""How many learning rates of a run are told, how far columns are apart, and how many of the less needed columns there
are, from the best on: the first that fits."""


class CompareView(LabView):
    """A line a run, and whether the comparison is fair."""

    name, title = "compare", _("Compare")

    def __init__(self) -> None:
        super().__init__()
        self.summaries: tuple[RunSummary, ...] = ()
        self.fairness = ("", "good")

    def follow(self, workspace: Workspace, frame: Frame) -> None:
        """Take in how the runs stand."""
        self.summaries = summaries(workspace.board, workspace.run)
        runs = compared(workspace.board, workspace.run)
        experiments = [kept.run.experiment for kept in runs]
        self.fairness = fairness(runs), "warn" if differing(experiments) and not is_fair(experiments) else "good"

    def lines(self, width: int) -> Sequence[Row]:
        """The table, the verdict on its fairness, and what to do next."""
        return compare_rows(self.summaries, self.fairness, width, self.key)


def compare_rows(runs: Sequence[RunSummary], fair: Span, width: int, key: Mapping[str, str] = {}) -> list[Row]:
    """The table with its heading and, where there is something to compare, whether that is fair."""
    for most_rates, gap, kept in LAYOUTS:
        table = [_columns(run, most_rates, LESS_NEEDED[kept:]) for run in runs]
        *sizes, last = (max(map(len, (name, *(cells[name][0] for cells in table)))) for name in table[0])
        sizes = [*(size + gap for size in sizes), last]
        if sum(sizes) <= width:
            break
    heading = "".join(f"{name:<{size}}" for name, size in zip(table[0], sizes, strict=True)).rstrip()
    lines = (
        tuple((f"{text:<{size}}", role) for (text, role), size in zip(cells.values(), sizes, strict=True))
        for cells in table
    )
    rows: list[Row] = [((heading, "dim"),), *lines, ()]
    if len(runs) > 1:
        rows += [*line_rows(fair[0], width, fair[1]), ()]
    rows.append(((_("epochs taken, and the cost each run has reached"), "dim"),))
    if key:
        rows.append(keyed(_("{pin} pins this run, or takes it down"), pin=key["pin"]))
        rows.append(keyed(_("{next} continues with the next run"), next=key["change-run"]))
    if any(run.state == "within the tolerance" for run in runs):
        told = _("* within the tolerance since that epoch; theory does not tell whether it stays there")
        rows += line_rows(told, width, "dim", "  ")
    if any(run.name and not run.is_pinned for run in runs):
        rows.append(((_("(A) left behind by a branch, not pinned"), "dim"),))
    return rows


def _arrival(run: RunSummary) -> str:
    """When it converged, or whether it will."""
    if run.state == "diverged":
        return _("diverged")
    if run.converged_at:
        if run.state == "converged":
            return _("after {epochs}", epochs=run.converged_at - 1)
        return _("since {epoch}*", epoch=run.converged_at)
    return _("never") if run.step_size.regime in ("bouncing", "diverging") else _("not yet")


def _columns(run: RunSummary, most_rates: int, left_out: Collection[str]) -> dict[str, Span]:
    """What stands in the columns, by their names; of more learning rates than there is room for, the last."""
    letter = run.name if run.is_pinned or not run.name else f"({run.name})"
    rates = [significant(rate, 4) for rate in run.learning_rates]
    if len(rates) > most_rates:
        rates = ["…", *rates[-most_rates:]]
    role = "bad" if run.state == "diverged" else "good" if run.converged_at else "text"
    columns = {
        "run": (f"{'▸' if run.is_present else ' '}{letter or '·'}", "marked" if run.is_present else "main"),
        **{name: (text, "text") for name, text in run.differing},
        "lr": (" → ".join(rates), "text"),
        "× limit": (significant(run.step_size.ratio, 3) if run.step_size.has_limit else _("unknown"), "text"),
        "converged": (_arrival(run), role),
        "epochs": (str(run.known - 1), "text"),
        "cost": (fixed(run.cost, 6) if run.cost < MOST_COST else significant(run.cost, 4), "text"),
    }
    return {name: cell for name, cell in columns.items() if name not in left_out}
