"""The explain view: the next update, from the rows of the data to the new parameters and their cost."""

from collections.abc import Callable, Sequence
from functools import lru_cache, partial
from textwrap import wrap

from gdtui.experiment.backend import UpdateBreakdown
from gdtui.experiment.epoch import Epoch
from gdtui.experiment.experiment import Experiment
from gdtui.lab.frame import Frame, Unknown
from gdtui.lab.workspace import Workspace
from gdtui.numbers import readable_decimals
from gdtui.text import _, clean
from gdtui.ui.common.arrows import with_arrow_keys
from gdtui.ui.common.rows import Row, Span
from gdtui.ui.lab.views import view
from gdtui.ui.lab.views.breakdown_digits import (
    Shown,
    adds_errors,
    cost_places,
    error_places,
    slope_places,
    update_places,
)
from gdtui.ui.lab.views.breakdown_rows import breakdown_rows
from gdtui.ui.lab.views.breakdown_table import fitting
from gdtui.ui.lab.views.fading import FadingView, HiddenNumber
from gdtui.ui.panels.number_rows import first_that_fits

MOST_ROWS, LEAST_ROWS, LEAST_BESIDE = 24, 3, 2
"""How many rows of the data are shown: at most, at least, and at least when nothing scrolls the rest."""


MOST_SHARES = 4
"""The most shares that the rows are divided into."""


class BreakdownView(FadingView):
    """Lays out one update."""

    name, title = "explain", _("Explained")
    _experiment: Experiment
    _taken_apart: Callable[..., UpdateBreakdown]

    def __init__(self) -> None:
        super().__init__()
        self.index = 0
        """Which of the epoch's updates is shown."""
        self.first = 0
        """The first row of the data shown, if not all are."""
        self.shares = 1
        """The number of shares, as if processes shared the rows."""
        self.parts: UpdateBreakdown | None = None
        self._is_too_long = False
        self._update: tuple[Experiment, Epoch, tuple[float, ...]] | None = None
        self._most_rows = MOST_ROWS
        """How many rows of large data fit, as far as is known."""

    def follow(self, workspace: Workspace, frame: Frame) -> None:
        """Show the current epoch."""
        if self.parts and workspace.player.is_playing and frame.experiment.dataset.rows > view.LARGE:
            return
        self.fade(workspace)
        number = frame.epoch.number
        before = workspace.run.history[number - 2].memory if number > 1 else ()
        update = frame.experiment, frame.epoch, before
        if update != self._update:
            if self._update is None or self._update[1].number != number:
                self.index = 0
            self._update, self._experiment = update, frame.experiment
            # Each frame tries how many rows fit.
            self._taken_apart = lru_cache(maxsize=4)(partial(workspace.backend.breakdown, *update))
        self.take_apart(self._most_rows if self._is_large else MOST_ROWS)
        data, target = self._experiment.dataset, self._experiment.layout.place(self.parameter)[1]
        title = _("Epoch {number:,} explained", number=number)
        if data.more_y:
            title = _("Epoch {number:,} explained: {target}", number=number, target=clean(data.targets[target], 16))
        self.entitle(frame, _("{title}, {n} shares", title=title, n=self.shares) if self.shares > 1 else title)

    def take_apart(self, rows: int) -> None:
        """Take the update apart with this many rows shown, unless that is done already.

        For large data a thread does it, and there are no parts until it has finished.
        """
        target = self._experiment.layout.place(self.parameter)[1]
        job = partial(
            self._taken_apart, index=self.index, first=self.first, rows=rows, target=target, shares=self.shares
        )
        if not self._is_large:
            self.parts = job()
        elif (wanted := (self._taken_apart, self.index, self.first, rows, target, self.shares)) != self._wanted:
            self.parts = None
            self.find_later(wanted, job, partial(setattr, self, "parts"))

    @property
    def _is_large(self) -> bool:
        return self._experiment.dataset.rows > view.LARGE

    def lines(self, width: int) -> Sequence[Row]:
        """As many rows of the data as leave space for the rest; for large data this is found only once."""
        legend, objective = self._legend(width), self._experiment.objective
        # z is explained nowhere else, so a row gives up its space for it.
        height = self.content_size.height - len(legend) * bool(objective.of_z)
        most = self._most_rows if self._is_large else MOST_ROWS
        rows = self._laid_out(width, most, is_tight=self._is_large)
        if len(rows) > height and not self._is_large:
            rows = self._laid_out(width, most, is_tight=True)
        least = LEAST_ROWS if self.scroll_keys else LEAST_BESIDE
        if len(rows) > height and self.parts and len(self.parts.shown) > least:
            most = max(least, len(self.parts.shown) - (len(rows) - height) - (self.parts.rest is None))
            if self._is_large:
                self._most_rows = most
            rows = self._laid_out(width, most, is_tight=True)
        height = self.content_size.height
        self._is_too_long = len(rows) > height
        if self._is_large:
            return rows or [self.at_work(self._experiment.dataset.rows)]
        is_roomy = len(rows) <= height - 2
        if self.parts and (is_roomy or (objective.of_z and len(rows) < height)):
            rows = [*legend, *[()] * is_roomy, *rows]
        return rows

    def _legend(self, width: int) -> list[Row]:
        """What is computed; for a typed cost, with its derivatives."""
        equation, objective = self._experiment.equation, self._experiment.objective
        if objective.is_of_rows:
            name, _equals, hypothesis = equation.partition(" = ")
            runs: list[Span] = [(f"{name} = ", "dim"), (hypothesis, "text")]
            if objective.of_z:
                function, _bracket, z = hypothesis.removesuffix(")").partition("(")
                runs = [("z = ", "dim"), (z, "text"), (f"   {name} = ", "dim"), (f"{function}(z)", "text")]
            error: Row = ((_("   error = "), "dim"), ("H(x) − y", "text"))
            return [first_that_fits(((*runs, *error), tuple(runs)), width)]
        lines = (line for text in (equation, *objective.slope_equations()) for line in wrap(text, width))
        return [((line, "text"),) for line in lines]

    def _laid_out(self, width: int, most: int, *, is_tight: bool) -> list[Row]:
        """All lines, with at most `most` rows of the data."""
        self.take_apart(most)
        return breakdown_rows(self.parts, self.shown(self.parts), width, is_tight=is_tight) if self.parts else []

    def shown(self, parts: UpdateBreakdown) -> Shown:
        """The options for showing it, with what is hidden."""
        hidden = self.hidden
        if "total" in hidden and parts.factor_words == "1" and not parts.penalty_slopes:
            hidden |= {"gradient"}  # it is the same number
        layout = self._experiment.layout
        at, target = layout.place(self.parameter)
        names = layout.of_target(layout.names, target)
        return Shown(names, layout.has_bias, hidden, at, asked_row(parts, at), self.key)

    @property
    def unknown(self) -> frozenset[Unknown]:
        """Numbers hidden here must be hidden everywhere."""
        hidden = self.shown(self.parts).hidden if self.parts else frozenset()
        return frozenset(name for name in ("gradient", "update", "following") if name in hidden)

    def questions(self) -> Sequence[HiddenNumber]:
        """From one row's error to the cost after the update."""
        parts = self.parts
        if parts is None:
            return ()
        layout = self._experiment.layout
        index, target = layout.place(self.parameter)
        names = layout.of_target(layout.names, target)
        name, of_gradient = names[index], readable_decimals(parts.gradient)
        chain = (
            HiddenNumber("gradient", _("the gradient for {name}", name=name), parts.gradient[index], of_gradient),
            HiddenNumber("update", _("the update for {name}", name=name), parts.update[index], update_places(parts)),
            HiddenNumber("following", _("the new {name}", name=name), parts.following[index], update_places(parts)),
            HiddenNumber("cost", _("the cost after the update"), parts.cost_after, cost_places(parts)),
        )
        if not parts.shown:
            return chain
        row = parts.shown[asked_row(parts, index)]
        column = min(index, len(row.x) - 1)
        options = fitting(parts, Shown(names, layout.has_bias, parameter=index), self.content_size.width)
        finer = error_places(parts, options)
        slope = _("{slope} of row {row}", slope=parts.row_slope, row=row.number)
        totals = finer if index != column and adds_errors(parts) else slope_places(parts, index)
        return (
            HiddenNumber("error", _("the error of row {row}", row=row.number), row.error, finer),
            HiddenNumber("slope", slope, row.slopes[column], slope_places(parts, column)),
            HiddenNumber("total", _("Σ for {name}", name=name), parts.totals[index], totals),
            *chain,
        )

    def change_batch(self, by: int) -> str:
        """Show another update of this epoch; return a message if there is no other."""
        if self.parts and self.parts.updates == 1:
            return _("Each epoch is one update on all rows. {edit} sets fewer rows per update.", edit=self.key["edit"])
        if self.parts:
            self.index = (self.index + by) % self.parts.updates
            self.first = 0
        return ""

    def change_shares(self) -> str:
        """Share the rows among one process more, and after the maximum among one; return a message."""
        most = min(MOST_SHARES, self.parts.rows if self.parts else 0)
        if most < 2:
            return _("There are no rows to split.")
        self.shares = self.shares % most + 1
        if self.shares == 1:
            return _("The rows are no longer split.")
        return _("{n} shares: each has its own sum, and the sums add up to Σ.", n=self.shares)

    def scroll_lines(self, by: int) -> None:
        """Scroll through the rows of the data if not all are shown, or through the lines if there are too many."""
        if self.parts and self.parts.rest and not self._is_too_long:
            most = self.parts.rows - len(self.parts.shown)
            self.first = min(max(self.first + by, 0), most)
            self.repaint()
        else:
            super().scroll_lines(by)

    def note(self) -> str:
        """What is hidden, or which rows are shown if not all are."""
        if self.parts is None or self.parts.rest is None or self.hidden or self._is_too_long:
            return super().note()
        values = {"shown": len(self.parts.shown), "n": self.parts.rows, "keys": with_arrow_keys(self.scroll_keys)}
        if not self.scroll_keys:
            return _("{shown} of {n:,} rows", **values)
        return _("{shown} of {n:,} rows: {keys}", **values)


def asked_row(parts: UpdateBreakdown, parameter: int) -> int:
    """The row to ask about, a different one each epoch, preferably one whose x makes a difference."""
    first = range(min(3, parts.rest_after))
    xs = [row.x[min(parameter, len(row.x) - 1)] for row in parts.shown]
    telling = [index for index in first if xs[index] not in (0.0, 1.0)] or list(first) or [0]
    return telling[parts.number % len(telling)]
