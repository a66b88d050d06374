"""The runs on the board and the current one, side by side."""

from collections.abc import Mapping, Sequence

from rich.cells import cell_len, set_cell_size

from gdtui.lab.board import BoardRun, compared, differing, fairness, is_fair, learning_rates, made_fair, told_apart
from gdtui.lab.run import Run
from gdtui.numbers import fixed, significant, vector
from gdtui.text import _, aligned, fitted
from gdtui.ui.common.rows import Row, Span, keyed, line_rows
from gdtui.ui.lab.views.view import LabView

MOST_COST = 100.0
"""A larger cost has no space for six decimals."""
MOST_WEIGHTS = 2
"""How many weights of a run are shown."""
LEAST_COSTS = 3
"""With fewer costs per run than this, none are shown."""
CONVERGED = _("converged")
LIMIT = _("× limit")
LESS_NEEDED = ("lr", "W", LIMIT, CONVERGED)
"""The columns that are left out first if there is too little space; lr only if it is the same in all runs."""
WIDEST = 24
LAYOUTS = (
    *((3, 2, 0, WIDEST), (3, 2, 1, WIDEST), (3, 2, 2, WIDEST), (3, 1, 2, WIDEST)),
    *((1, 2, 2, WIDEST), (1, 1, 2, WIDEST), (1, 1, 3, WIDEST)),
    *((1, 1, 3, widest) for widest in (12, 8, 6)),
    *((1, 1, 4, widest) for widest in (8, 6, 4)),
)
"""How many learning rates of a run are shown, the distance between columns, how many of the less needed columns are
left out, and how wide a setting that differs is at most; in order of preference, the first that fits is used.
"""


class CompareView(LabView):
    """A line per run, and whether the comparison is fair."""

    name, title = "compare", _("Compare")

    def lines(self, width: int) -> Sequence[Row]:
        """The table, whether it is fair, and what to do next."""
        runs, present = compared(self.workspace.board, self.workspace.run), self.workspace.run
        key = self.key if self.outer_size.width < self.app.size.width else {**self.key, "enlarge": ""}
        rows = compare_rows(runs, present, width, key)
        return [*rows, *cost_rows(runs, present, width, self.content_size.height - len(rows))]


def compare_rows(runs: Sequence[BoardRun], present: Run, width: int, key: Mapping[str, str] = {}) -> list[Row]:
    """The table with its header and, if there are several runs, whether the comparison is fair."""
    told = told_apart(runs)
    every = [_columns(kept, present, differs) for kept, differs in zip(runs, told, strict=True)]
    needs_rates = len(runs) == 1 or len({learning_rates(kept.run.experiment) for kept in runs}) > 1
    for most_rates, gap, left_out, widest in LAYOUTS:
        table = [
            {
                name: (fitted(cell, widest).rstrip() if name in told[0] else cell, role)
                for name, (cell, role) in (columns | {"lr": (_rates(kept.run, most_rates), "text")}).items()
                if name not in LESS_NEEDED[:left_out] or (name == "lr" and needs_rates)
            }
            for kept, columns in zip(runs, every, strict=True)
        ]
        names = [fitted(name, widest).rstrip() if name in told[0] else name for name in table[0]]
        texts = ([text for text, _role in row.values()] for row in table)
        *sizes, last = (max(map(cell_len, (name, *cells))) for name, *cells in zip(names, *texts, strict=True))
        sizes = [*(size + gap for size in sizes), last]
        if sum(sizes) <= width:
            break
    heading = "".join(map(set_cell_size, names, sizes)).rstrip()
    lines = (
        tuple((set_cell_size(text, size), role) for (text, role), size in zip(row.values(), sizes, strict=True))
        for row in table
    )
    rows: list[Row] = [((heading, "dim"),), *lines, ()]
    if len(runs) > 1:
        experiments = [kept.run.experiment for kept in runs]
        role = "warn" if differing(experiments) and not is_fair(experiments) else "good"
        rows += line_rows(fairness(runs), width, role)
        advice = made_fair(runs) or (_own_rates(runs, key["sweep"]) if key.get("sweep") else "")
        rows += [*(line_rows(advice, width, "text") if advice else ()), ()]
    rows.append(((_("taken: epochs taken so far; cost: after them"), "dim"),))
    if key:
        rows.append(keyed(_("{pin} pins this run, or unpins it"), pin=key["pin"]))
        is_cut = len(table[0]) < len(every[0]) or widest < WIDEST
        more = _("; {zoom} shows all") if is_cut and key["enlarge"] else ""
        words = _("{next} continues with the next run") + more
        rows.append(keyed(words, next=key["change-run"], zoom=key["enlarge"]))
    if any("*" in row[CONVERGED][0] for row in table if CONVERGED in row):
        theory = _("* within the tolerance since that epoch, but theory cannot say for how long")
        rows += line_rows(theory, width, "dim", "  ")
    if any(kept.name and not kept.is_pinned for kept in runs):
        rows.append(((_("(A) kept when you left it, not pinned"), "dim"),))
    return rows


def _own_rates(runs: Sequence[BoardRun], sweep: str) -> str:
    """What a fair test with one lr leaves open where that lr is another part of each run's limit; or empty."""
    experiments = [kept.run.experiment for kept in runs]
    sizes = {(size.has_limit, size.ratio) for size in (kept.run.step_size_at(0) for kept in runs)}
    if not is_fair(experiments) or learning_rates(experiments[0]) != learning_rates(experiments[-1]) or len(sizes) == 1:
        return ""
    return _("Each may have a better lr of its own: {sweep} finds it.", sweep=sweep)


def cost_rows(runs: Sequence[BoardRun], present: Run, width: int, height: int) -> list[Row]:
    """The costs of all runs after the same numbers of epochs, if some fit.

    They go up to the longest run, in even steps if there are too many.
    """
    last, room = max(len(kept.run.history) for kept in runs) - 1, height - 2
    if len(runs) < 2 or room < LEAST_COSTS or not last:
        return []
    after = [*range(0, last, -(-last // (room - 1))), last]
    columns = [[_letter(kept, present).lstrip(), *(_cost_after(kept.run, epochs) for epochs in after)] for kept in runs]
    heading, *lines = aligned([*zip([_("cost after"), *map(str, after)], *columns, strict=True)])
    if max(map(cell_len, (heading, *lines))) > width:
        return []
    return [(), ((heading, "dim"),), *(((line, "text"),) for line in lines)]


def _letter(kept: BoardRun, present: Run) -> str:
    letter = kept.name if kept.is_pinned or not kept.name else f"({kept.name})"
    return f"{'▸' if kept.run is present else ' '}{letter or '·'}"


def _cost_after(run: Run, epochs: int) -> str:
    return _cost(run.history[epochs].cost) if epochs < len(run.history) else ""


def _cost(cost: float) -> str:
    return fixed(cost, 6) if cost < MOST_COST else significant(cost, 4)


def _rates(run: Run, most: int) -> str:
    """The learning rates of a run; if there are more than `most`, the last ones."""
    rates = [significant(rate, 4) for rate in learning_rates(run.experiment)]
    return " → ".join(["…", *rates[-most:]] if len(rates) > most else rates)


def _columns(kept: BoardRun, present: Run, told: Mapping[str, str]) -> dict[str, Span]:
    """The cells of a run, by the names of the columns."""
    run, last = kept.run, len(kept.run.history) - 1
    state, since, size = run.state_at(last), run.converged_at(last), run.step_size_at(last)
    arrival = _("never") if size.regime in ("bouncing", "diverging") else _("not yet")
    if since:
        arrival = _("after {epochs}", epochs=since - 1) if state == "converged" else _("since {epoch}*", epoch=since)
    weights, _bias = run.experiment.layout.split(run.history[last].parameters)
    return {
        _("run"): (_letter(kept, present), "marked" if run is present else "main"),
        **{name: (text, "text") for name, text in told.items()},
        "lr": ("", "text"),
        LIMIT: (significant(size.ratio, 3) if size.has_limit else _("unknown"), "text"),
        CONVERGED: (_("diverged"), "bad") if state == "diverged" else (arrival, "good" if since else "text"),
        _("taken"): (str(last), "text"),
        _("cost"): (_cost(run.history[last].cost), "text"),
        "W": (vector(weights, 3, MOST_WEIGHTS), "text"),
    }
