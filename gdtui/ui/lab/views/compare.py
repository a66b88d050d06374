"""The runs on the board and the present one, side by side."""

from collections.abc import Mapping, Sequence

from rich.cells import cell_len, set_cell_size

from gdtui.lab.board import BoardRun, compared, differing, fairness, is_fair, learning_rates, told_apart
from gdtui.lab.run import Run
from gdtui.numbers import fixed, significant, vector
from gdtui.text import _
from gdtui.ui.common.rows import Row, Span, keyed, line_rows
from gdtui.ui.lab.views.view import LabView

MOST_COST = 100.0
"""A larger cost has no room for six decimals."""
MOST_WEIGHTS = 2
"""How many weights of a run are written out."""
CONVERGED = _("converged")
LESS_NEEDED = (_("× limit"), _("taken"), "W")
"""The columns that are left out where there is no room for what differs."""
LAYOUTS = ((3, 2, 3), (3, 2, 2), (3, 1, 2), (1, 2, 2), (1, 1, 2), (1, 1, 1), (1, 1, 0))
"""How many learning rates of a run are told, how far columns are apart, and how many of the less needed columns there
are, from the best on: the first that fits."""


class CompareView(LabView):
    """A line a run, and whether the comparison is fair."""

    name, title = "compare", _("Compare")

    def lines(self, width: int) -> Sequence[Row]:
        """The table, the verdict on its fairness, and what to do next."""
        return compare_rows(compared(self.workspace.board, self.workspace.run), self.workspace.run, width, self.key)


def compare_rows(runs: Sequence[BoardRun], present: Run, width: int, key: Mapping[str, str] = {}) -> list[Row]:
    """The table with its heading and, where there is something to compare, whether that is fair."""
    every = [_columns(kept, present, told) for kept, told in zip(runs, told_apart(runs), strict=True)]
    for most_rates, gap, needed in LAYOUTS:
        table = [
            {name: cell for name, cell in columns.items() if name not in LESS_NEEDED[needed:]}
            | {"lr": (_rates(kept.run, most_rates), "text")}
            for kept, columns in zip(runs, every, strict=True)
        ]
        *sizes, last = (max(map(cell_len, (name, *(row[name][0] for row in table)))) for name in table[0])
        sizes = [*(size + gap for size in sizes), last]
        if sum(sizes) <= width:
            break
    heading = "".join(map(set_cell_size, table[0], sizes)).rstrip()
    lines = (
        tuple((set_cell_size(text, size), role) for (text, role), size in zip(row.values(), sizes, strict=True))
        for row in table
    )
    rows: list[Row] = [((heading, "dim"),), *lines, ()]
    if len(runs) > 1:
        experiments = [kept.run.experiment for kept in runs]
        role = "warn" if differing(experiments) and not is_fair(experiments) else "good"
        rows += [*line_rows(fairness(runs), width, role), ()]
    rows.append(((_("taken: epochs taken so far; cost: after them"), "dim"),))
    if key:
        rows.append(keyed(_("{pin} pins this run, or unpins it"), pin=key["pin"]))
        rows.append(keyed(_("{next} continues with the next run"), next=key["change-run"]))
    if any("*" in row[CONVERGED][0] for row in table):
        told = _("* within the tolerance since that epoch, but theory cannot say for how long")
        rows += line_rows(told, width, "dim", "  ")
    if any(kept.name and not kept.is_pinned for kept in runs):
        rows.append(((_("(A) kept when a setting changed, not pinned"), "dim"),))
    return rows


def _rates(run: Run, most: int) -> str:
    """The learning rates of a run; where there are more than so many, the last of them."""
    rates = [significant(rate, 4) for rate in learning_rates(run.experiment)]
    return " → ".join(["…", *rates[-most:]] if len(rates) > most else rates)


def _columns(kept: BoardRun, present: Run, told: Mapping[str, str]) -> dict[str, Span]:
    """What stands in the columns, by their names."""
    run, last = kept.run, len(kept.run.history) - 1
    letter = kept.name if kept.is_pinned or not kept.name else f"({kept.name})"
    state, since, size = run.state_at(last), run.converged_at(last), run.step_size_at(last)
    arrival = _("never") if size.regime in ("bouncing", "diverging") else _("not yet")
    if since:
        arrival = _("after {epochs}", epochs=since - 1) if state == "converged" else _("since {epoch}*", epoch=since)
    cost, is_present = run.history[last].cost, run is present
    weights, _bias = run.experiment.layout.split(run.history[last].parameters)
    return {
        _("run"): (f"{'▸' if is_present else ' '}{letter or '·'}", "marked" if is_present else "main"),
        **{name: (text, "text") for name, text in told.items()},
        "lr": ("", "text"),
        LESS_NEEDED[0]: (significant(size.ratio, 3) if size.has_limit else _("unknown"), "text"),
        CONVERGED: (_("diverged"), "bad") if state == "diverged" else (arrival, "good" if since else "text"),
        LESS_NEEDED[1]: (str(last), "text"),
        _("cost"): (fixed(cost, 6) if cost < MOST_COST else significant(cost, 4), "text"),
        LESS_NEEDED[2]: (vector(weights, 3, MOST_WEIGHTS), "text"),
    }
