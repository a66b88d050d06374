"""A headless sweep: one line per learning rate on standard output."""

import math
import sys
from collections.abc import Iterator
from typing import Any

import click

from gdtui.cli.loading import LoadBackend
from gdtui.cli.options import experiment_from, experiment_options, stream_option, whole_option
from gdtui.cli.printing import DONE, INTERRUPTED, format_option, printing, say
from gdtui.cli.run import Progress, listening
from gdtui.errors import ExperimentError
from gdtui.experiment.settings import STOPS
from gdtui.lab.sweep import Trial, fewest, grid, sweep
from gdtui.numbers import SAME, significant
from gdtui.text import _
from gdtui.theory.tolerance import endless


@click.command(
    "sweep",
    help=_("""Print how many epochs each learning rate takes to converge. The rates are multiples of the limit, above
    which a run diverges.

    Exit codes: 0 done, 1 the lines cannot be written, 2 wrong usage or bad input, 130 interrupted.
    """),
)
@experiment_options
@stream_option
@whole_option("--points", 24, _("How many learning rates to try. [24]"), least=2, most=1000)
@whole_option(
    "--most",
    1000,
    _("Give up on a learning rate after this many epochs. [1,000]"),
    least=1,
    most=1_000_000,
    metavar="EPOCHS",
)
@format_option(("table", "csv"))
@click.pass_obj
def sweep_command(load_backend: LoadBackend, /, points: int, most: int, style: str, **given: Any) -> int:
    """Print a sweep."""
    for option in ("epochs", *STOPS, "then"):
        if given[option]:
            name = option.replace("_", "-")
            reason = _(
                "does not work with a sweep, which keeps each learning rate until the run converges: leave it out"
            )
            raise ExperimentError(name, reason)
    experiment = experiment_from(given)
    with listening(load_backend) as (interruption, backend):
        surface = backend.surface(experiment)
        rates = grid(experiment, surface, points)
        trials = sweep(experiment, backend, surface, rates, most, interruption.is_set)

        def print_all() -> int:
            for line in lines(trials, len(rates), most, endless(experiment, surface), is_csv=style == "csv"):
                print(line)
            return INTERRUPTED if interruption.is_set() else DONE

        return printing(print_all)


def lines(trials: Iterator[Trial], count: int, most: int, why_endless: str, *, is_csv: bool) -> Iterator[str]:
    """The header, one line per trial, and finally which one was the quickest."""
    yield "learning_rate,of_limit,state,epochs" if is_csv else f"{'lr':<14}{'× limit':<10}epochs"
    done: list[Trial] = []
    with Progress(count, _("learning rates")) as progress:
        for trial in trials:
            done.append(trial)
            yield csv_line(trial) if is_csv else table_line(trial)
            if progress.is_due(len(done)):
                sys.stdout.flush()
    best = fewest(tuple(done))
    if best:
        multiple = f", {best.step_size.of_limit()}" if best.step_size.has_limit else ""
        rate = significant(best.step_size.learning_rate) + multiple
        say(_("the fewest epochs: {epochs} with lr {rate}", epochs=best.epochs, rate=rate))
    elif done and why_endless:
        say(_("{why}, so no learning rate converges", why=why_endless))
    elif done:
        say(_("no learning rate converged within {most:,} epochs: raise --most", most=most))


def csv_line(trial: Trial) -> str:
    """All digits; no multiple if there is no limit."""
    multiple = repr(trial.step_size.ratio) if trial.step_size.has_limit else ""
    return f"{trial.step_size.learning_rate!r},{multiple},{trial.state},{trial.epochs}"


def table_line(trial: Trial) -> str:
    """`0.0714286     0.50      1   = 1/L`."""
    step_size = trial.step_size
    multiple = f"{step_size.ratio:.3f}" if step_size.has_limit and math.isfinite(step_size.limit) else ""
    outcome = {
        "converged": str(trial.epochs),
        "within the tolerance": _("{epochs}, within the tolerance", epochs=trial.epochs),
        "diverged": _("diverges"),
        "going": _("more than {epochs:,}", epochs=trial.epochs),
    }[trial.state]
    return f"{significant(step_size.learning_rate):<14}{multiple:<10}{outcome}{mark(trial)}".rstrip()


def mark(trial: Trial) -> str:
    """Which of theory's special rates it is, if any."""
    step_size = trial.step_size
    if not step_size.has_limit or step_size.optimizer.named:
        return ""
    product = step_size.learning_rate * step_size.curvature
    return "   lr = 1/L" if abs(product - 1) <= SAME else "   lr = 2/L" if abs(product / 2 - 1) <= SAME else ""
