"""The numbers of a run by the names that lessons call them."""

import math
from collections.abc import Callable, Mapping

from gdtui.experiment.backend import Backend, QuadraticSurface
from gdtui.experiment.command_line import shell_line
from gdtui.experiment.expressions import ExpressionError, Value, evaluate, parse
from gdtui.lab.run import Run
from gdtui.teaching.forecast import Forecast
from gdtui.teaching.mini_batches import batches_of, rows_of
from gdtui.text import clean, nearest

ON_THE_PAGE = "_at_"
"""Between a number and the name of an earlier page stands for the number as it was there: `W_at_one_step`."""

FIRST_BATCH = "first_batch_"
"""Begins the names of the parameters after the first update of an epoch, and of its gradient."""


MINIMUM = "min_"
"""Begins the names of the parameters where the cost is least: `min_W1_2`."""


class RunScope:
    """What an expression in a lesson can ask of a run where it stands."""

    def __init__(
        self,
        run: Run,
        backend: Backend,
        facts: Mapping[str, Value] | None = None,
        earlier: Mapping[str, "RunScope"] | None = None,
    ) -> None:
        """`facts` are further names, such as how many keys were pressed; `earlier` are the pages before."""
        self.run = run
        self.forecast = Forecast(run, backend)
        self.facts = dict(facts or {})
        self.earlier = dict(earlier or {})

    def value(self, name: str, updates: int | None) -> Value:
        """The value of a name now; of a number of an epoch, also its value after this many updates.

        Raises:
            UserError: there is no such name, or it has no value there.
        """
        here, _, page = name.partition(ON_THE_PAGE)
        if page:
            if page not in self.earlier:
                raise ExpressionError(f"there is no page '{clean(page, 40)}' before{nearest(page, self.earlier)}")
            return self.earlier[page].value(here, updates)
        if updates is None and name in self.facts:
            return self.facts[name]
        if updates is None and name == "batches":
            return ", then ".join(map(rows_of, batches_of(self.run, self.forecast.backend)))
        parameter = name.removeprefix(MINIMUM)
        if updates is None and parameter != name and parameter in self.run.experiment.parameter_names:
            return _finite(name, _minimum(parameter)(self.run))
        if updates is None and name in ABOUT_THE_RUN:
            return _finite(name, ABOUT_THE_RUN[name](self.run))
        if updates is None and name.startswith(FIRST_BATCH):
            return self._of_the_first_batch(name)
        at = self.run.cursor if updates is None else updates
        quantity, offset, index = self.number_of_an_epoch(name)
        epoch = self.forecast[at + offset]
        value = epoch.cost if quantity == "cost" else getattr(epoch, quantity)[index]
        return _finite(name, value)

    def _of_the_first_batch(self, name: str) -> Value:
        """A number of the first of this epoch's updates."""
        quantity, of, index = self.number_of_an_epoch(name.removeprefix(FIRST_BATCH))
        if quantity in ("parameters", "gradient") and not of:
            at, target = self.run.experiment.layout.place(index)
            first = batches_of(self.run, self.forecast.backend, target)[0]
            return _finite(name, (first.gradient if quantity == "gradient" else first.following)[at])
        raise ExpressionError(f"there is no '{clean(name, 32)}' here")

    def number_of_an_epoch(self, name: str) -> tuple[str, int, int]:
        """Which part of which epoch a name means: (field of Epoch, epochs ahead, index of the parameter).

        Raises:
            ExpressionError: it means none.
        """
        parameters = self.run.experiment.parameter_names
        offset, rest = 0, name
        for prefix, ahead in (("next_", 1), ("last_", -1)):
            if name.startswith(prefix):
                offset, rest = ahead, name.removeprefix(prefix)
        if rest == "cost":
            return "cost", offset, 0
        if rest in parameters:
            return "parameters", offset, parameters.index(rest)
        quantity, _, parameter = rest.partition("_")
        if quantity in ("gradient", "update") and (parameter in parameters or not parameter):
            return quantity, offset, parameters.index(parameter) if parameter else 0
        numbers = ("cost", *parameters, "gradient", "update")
        others = [prefix + number for prefix in ("next_", "last_") for number in numbers]
        alike = nearest(name, (*ABOUT_THE_RUN, *self.facts, *numbers, *others))
        raise ExpressionError(f"there is no '{clean(name, 24)}' here{alike}")


def number_of(given: float | str, scope: RunScope) -> float:
    """A number, or what an expression comes to.

    Raises:
        UserError: it comes to none.
    """
    found = evaluate(parse(given), scope) if isinstance(given, str) else given
    if isinstance(found, bool | str):
        raise ExpressionError(f"'{clean(str(given), 40)}' is not a number")
    return found


def _finite(name: str, value: Value) -> Value:
    if isinstance(value, float) and not math.isfinite(value):
        raise ExpressionError(f"{name} is too large a number there")
    return value


def _minimum(name: str) -> Callable[[Run], float]:
    def of(run: Run) -> float:
        names = run.experiment.parameter_names
        if name not in names:
            raise ExpressionError(f"there is no '{name}' here")
        return _bowl(run).minimum[names.index(name)]

    return of


def _bowl(run: Run) -> QuadraticSurface:
    if run.surface.quadratic is None:
        raise ExpressionError("this is known of the mean squared error alone")
    return run.surface.quadratic


ABOUT_THE_RUN: dict[str, Callable[[Run], Value]] = {
    "epoch": lambda run: run.cursor + 1,
    "updates": lambda run: run.cursor,
    "epochs": lambda run: run.experiment.epochs,
    "lr": lambda run: run.settings.learning_rate,
    "changes": lambda run: len(run.experiment.changes),
    "limit": lambda run: run.step_size_at(run.cursor).limit,
    "one_step": lambda run: 1 / curvature if (curvature := run.step_size_at(run.cursor).curvature) else math.inf,
    "curvature": lambda run: run.step_size_at(run.cursor).curvature,
    "ratio": lambda run: run.step_size_at(run.cursor).ratio,
    "factor": lambda run: run.step_size_at(run.cursor).factor,
    "regime": lambda run: run.step_size_at(run.cursor).regime,
    "state": lambda run: run.state_at(run.cursor),
    "method": lambda run: run.settings.method,
    "convention": lambda run: run.settings.convention,
    "dtype": lambda run: run.experiment.dtype,
    "rows": lambda run: run.experiment.dataset.rows,
    "batch": lambda run: run.experiment.batch or run.experiment.dataset.rows,
    "columns": lambda run: len(run.experiment.dataset.x),
    "bias": lambda run: run.experiment.has_bias,
    "standardized": lambda run: run.experiment.dataset.scaling is not None,
    "least_cost": lambda run: _bowl(run).least_cost,
    "slope": lambda run: run.surface.slope(run.epoch.parameters)[0],
    "curvature_sum": lambda run: _bowl(run).curvature("sum"),
    "curvature_mse": lambda run: _bowl(run).curvature("mse"),
    "curvature_mean": lambda run: _bowl(run).curvature("mean"),
    "min_W": _minimum("W"),
    "min_W1": _minimum("W1"),
    "min_W2": _minimum("W2"),
    "min_b": _minimum("b"),
    "script_line": lambda run: shell_line(run.experiment, "script"),
    "flattest": lambda run: _bowl(run).eigenvalues[0],
    "steepest": lambda run: _bowl(run).eigenvalues[-1],
}
"""Numbers and words about a run as a whole; `flattest` and `steepest` are the eigenvalues of XᵀX."""
