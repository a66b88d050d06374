"""Epochs to converge against the learning rate, computed on a thread while the screen stays responsive."""

import math
from collections.abc import Sequence

from rich.cells import cell_len
from textual.message import Message
from textual.timer import Timer
from textual.worker import Worker, get_current_worker

from gdtui.experiment.experiment import Experiment
from gdtui.lab.frame import Frame
from gdtui.lab.sweep import MOST_EPOCHS, Trial, fewest, grid, plain, sweep
from gdtui.lab.workspace import Workspace
from gdtui.numbers import count, significant
from gdtui.text import _
from gdtui.ui.charts.figure import Marker, Picture, Trace, draw
from gdtui.ui.charts.scale import Scale, columns_of, log, rows_of
from gdtui.ui.common.rows import Row
from gdtui.ui.lab.views.view import LabView

LOOKS_A_SECOND = 8
TEXT_ROWS, LEAST_ROWS = 5, 4
"""Rows of text under the picture, and the least of the picture; with less space the text is reduced to two rows."""


class BestRate(Message):
    """The lr that took the fewest epochs so far; None where none has converged yet."""

    def __init__(self, rate: float | None) -> None:
        super().__init__()
        self.rate = rate


class SweepView(LabView):
    """Sweeps the workspace's experiment, and starts over if that changes."""

    name, title = "sweep", _("Sweep: epochs to converge, by lr")

    def __init__(self) -> None:
        super().__init__()
        self.trials: list[Trial] = []
        self.rates: tuple[float, ...] = ()
        self.rate = 0.0
        self._of: Experiment | None = None
        self._worker: Worker[None] | None = None
        self._looks: Timer | None = None

    def follow(self, workspace: Workspace, frame: Frame) -> None:
        """Start over if the current epoch's experiment is not the one being swept."""
        steady = frame.experiment.steady_at(frame.epoch.number)
        self.rate = steady.learning_rate
        wanted = plain(steady)
        if wanted == self._of:
            return
        rates, trials = grid(steady, frame.surface), list[Trial]()
        self._of, self.rates, self.trials = wanted, rates, trials

        def work() -> None:
            worker = get_current_worker()
            trials.extend(
                sweep(steady, workspace.backend, frame.surface, rates, is_stopped=lambda: worker.is_cancelled)
            )

        self._worker = self.run_worker(work, thread=True, exclusive=True)
        self._looks = self._looks or self.set_interval(1 / LOOKS_A_SECOND, self.look)
        self._looks.resume()
        self._offer_best()

    @property
    def is_over(self) -> bool:
        """Whether all learning rates have been tried."""
        return len(self.trials) == len(self.rates)

    def look(self) -> None:
        """Show the trials finished meanwhile."""
        self._offer_best()
        if self._looks and self._worker and self._worker.is_finished:
            self._looks.pause()
        self.repaint()

    def _offer_best(self) -> None:
        """Tell the lab whether there is a best rate to take; a lesson's page has no key for it."""
        self.post_message(BestRate(self.best_rate))

    def leave(self) -> None:
        """Stop; an unfinished sweep starts over when the view is opened again."""
        if self._worker and not self._worker.is_finished:
            self._worker.cancel()
            self._of = None

    @property
    def best_rate(self) -> float | None:
        """The lr that needed the fewest epochs so far."""
        best = fewest(tuple(self.trials))
        return best.step_size.learning_rate if best else None

    def lines(self, width: int) -> Sequence[Row]:
        """The picture, and what it shows in words."""
        height = self.content_size.height
        return sweep_rows(tuple(self.trials), len(self.rates), self.rate, width, height, self.marker)


def sweep_rows(
    trials: tuple[Trial, ...], total: int, rate: float, width: int, height: int, marker: Marker
) -> list[Row]:
    """The picture above the words, or a progress bar while trials are running."""
    best = fewest(trials)
    found: Row
    if len(trials) < total:
        done = round((width - 24) * len(trials) / max(1, total))
        found = (("█" * done, "curve"), (_(" {tried} of {n} rates", tried=len(trials), n=total), "text"))
    elif best:
        size = best.step_size
        known = {"epochs": count(best.epochs, "epoch"), "rate": significant(size.learning_rate)}
        words = _("{epochs} with lr {rate}", **known)
        if size.has_limit:
            words = _("{epochs} with lr {rate} = {limit}", **known, limit=size.shortly())
        found = ((_("fewest: "), "dim"), (words, "good"))
    else:
        found = ((_("No lr converged within {n:,} epochs.", n=MOST_EPOCHS), "warn"),)
    if not trials:
        return [found]
    place = _place(trials, rate, picture(trials, rate, width, height, marker).x)
    under = [found, *_legend(trials[0], rate, place, width, is_low=height < TEXT_ROWS + LEAST_ROWS)]
    return [*draw(picture(trials, rate, width, height - len(under), marker)), *under]


def _place(trials: tuple[Trial, ...], rate: float, x: Scale) -> str:
    """At which end the run's line is outside the picture; empty if it is inside."""
    ratio = rate / _unit(trials[0])
    return "◂" if ratio < x.value(0) else "▸" if ratio > x.value(x.cells) else ""


def _legend(first: Trial, rate: float, place: str, width: int, *, is_low: bool) -> list[Row]:
    """What the marks and lines of the picture mean; with one row, only the marks and the run's line."""
    gap = "  " if is_low else "   "
    within = _("within") if is_low else _("within the tolerance")
    arrived = _("converged") if first.step_size.regime != "unknown" else within
    diverged, not_within = _("! diverged"), _("~ not within {n:,}", n=MOST_EPOCHS)
    marks = ((f"✓ {arrived}{gap}", "curve"), (f"{diverged}{gap}", "bad"), (not_within, "warn"))
    if is_low:
        return [(*marks, (f"{gap}{place or '│'} lr {significant(rate)}", "tangent"))]
    fits = sum(cell_len(text) for text, _role in marks) <= width
    rows: list[Row] = [marks] if fits else [marks[:2], marks[2:]]
    run: Row = ((_("line: "), "dim"), (_("lr {rate}", rate=significant(rate)), "tangent"), (_(" of this run"), "dim"))
    if place:
        where = _(" of this run: off to the left") if place == "◂" else _(" of this run: off to the right")
        run = ((_("lr {rate}", rate=significant(rate)), "tangent"), (where, "dim"))
    if first.step_size.has_limit:
        known = {"limit": significant(first.step_size.limit, 4), "half": significant(first.step_size.limit / 2, 4)}
        dotted = [
            _("dotted: 1/L = {half} and the limit 2/L = {limit}", **known),
            _("dotted: 1/L and 2/L, the limit"),
        ]
        if first.step_size.optimizer.named:
            dotted = [_("dotted: the limit, {limit}", **known)]
        for words in dotted:
            both = ((words, "dim"), (gap, "dim"), *run)
            if sum(cell_len(text) for text, _role in both) <= width:
                return [*rows, both]
        rows.append(((dotted[0], "dim"),))
    rows.append(run)
    return rows


def _unit(first: Trial) -> float:
    """What the learning rates are divided by: the limit, if there is one."""
    size = first.step_size
    return size.limit if size.has_limit and math.isfinite(size.limit) else 1.0


def picture(trials: tuple[Trial, ...], rate: float, width: int, height: int, marker: Marker) -> Picture:
    """Epochs against the learning rate, both on log scales; rates that have not converged are at the top."""
    first, unit = trials[0].step_size, _unit(trials[0])
    ratios = [trial.step_size.learning_rate / unit for trial in trials]
    ends = (min(ratios), max(ratios)) if unit == 1.0 else (0.01, 2.0)
    y = log(1.0, float(MOST_EPOCHS), rows_of(width, height))
    x = log(*ends, columns_of(width, height, y), is_across=True)
    points: dict[str, list[tuple[float, float]]] = {"arrived": [], "going": [], "diverged": []}
    for ratio, trial in zip(ratios, trials, strict=True):
        value = max(1, trial.epochs) if trial.has_arrived else MOST_EPOCHS
        points["arrived" if trial.has_arrived else trial.state].append((ratio, float(value)))
    special = () if unit == 1.0 else (1.0,) if first.optimizer.named else (0.5, 1.0)
    bottom, top = y.value(0), y.value(y.cells)
    traces = (
        *(Trace([(ratio, bottom), (ratio, top)], "least") for ratio in special),
        Trace([(rate / unit, bottom), (rate / unit, top)], "tangent"),
        Trace(points["arrived"], "curve"),
        Trace(points["arrived"], "curve", glyph="✓"),
        Trace(points["diverged"], "bad", glyph="!"),
        Trace(points["going"], "warn", glyph="~"),
    )
    return Picture(width, height, x, y, traces, marker, _("lr / limit") if unit != 1.0 else "lr")
