"""The numbers of a run, including those of later epochs, by their names in lessons."""

import math
from collections.abc import Callable, Mapping

from gdtui.errors import UserError
from gdtui.experiment.backend import Backend, Trainer
from gdtui.experiment.command_line import installed, quoted, shell_line
from gdtui.experiment.epoch import Epoch
from gdtui.experiment.expressions import ExpressionError, Value, evaluate, lone_name, parse, places
from gdtui.experiment.surface import QuadraticSurface
from gdtui.lab.frame import Unknown
from gdtui.lab.run import Run
from gdtui.teaching.mini_batches import batches_of, rows_of
from gdtui.text import _, clean, nearest
from gdtui.theory.valleys import valley_at

ON_THE_PAGE = "_at_"
"""Separates a number from the name of an earlier page: `W_at_one_step` is W as it was there."""

FIRST_BATCH = "first_batch_"
"""Prefix for the parameters after the first update of an epoch, and for that update's gradient."""


MINIMUM = "min_"
"""Prefix for the parameters at the minimum: `min_W1_2`."""

FARTHEST = 20_000
"""How far to look beyond the known epochs, in updates: one per epoch, or one per batch."""


class Forecast:
    """The epochs of a run by the number of updates before them, including future ones; the run does not move."""

    def __init__(self, run: Run, backend: Backend) -> None:
        self.run = run
        self.backend = backend
        self._ahead: list[Epoch] = []
        self._trainer: Trainer | None = None
        self._known = len(run.history)
        self._farthest = FARTHEST // run.experiment.updates

    def __getitem__(self, updates: int) -> Epoch:
        """The epoch after this many updates. If the run diverges, its cost need not be finite.

        Raises:
            UserError: it is too far ahead, or the run has diverged before it.
        """
        if updates < 0:
            raise UserError(_("there is no epoch before the first"))
        if updates < self._known:
            return self.run.history[updates]
        wanted = updates - self._known
        if wanted >= self._farthest:
            raise UserError(_("{n:,} epochs are too far ahead to compute", n=updates))
        while len(self._ahead) <= wanted:
            self._ahead.append(self._next())
        return self._ahead[wanted]

    def until(self, below: float, first: int) -> int | None:
        """How many updates after `first` the cost is below the given one; None if it never is within the range looked
        at.
        """
        for updates in range(first, first + self._farthest // 2):
            epoch = self[updates]
            if epoch.cost < below:
                return updates - first
            if not epoch.is_finite or (epoch.following == epoch.parameters and not self._changes_after(updates)):
                return None
        return None

    def _changes_after(self, updates: int) -> bool:
        return self.run.experiment.next_change(updates + 1) is not None

    def _next(self) -> Epoch:
        """The next epoch."""
        if self._ahead and not self._ahead[-1].is_finite:
            raise UserError(_("the run diverges at epoch {number}", number=self._ahead[-1].number))
        if self._trainer is None:
            last = self.run.history[self._known - 1]
            self._trainer = self.backend.trainer(self.run.experiment)
            self._trainer.restore(last.number + 1, last.following, last.memory)
        return self._trainer.step()


class RunScope:
    """The names that an expression in a lesson can use, with their values for a run in its present state."""

    def __init__(
        self,
        run: Run,
        backend: Backend,
        facts: Mapping[str, Value] | None = None,
        earlier: Mapping[str, "RunScope"] | None = None,
    ) -> None:
        """`facts` are further names, such as the number of keys pressed; `earlier` has the scopes of earlier pages."""
        self.run = run
        self.forecast = Forecast(run, backend)
        self.facts = dict(facts or {})
        self.earlier = dict(earlier or {})

    def __call__(self, name: str, updates: int | None) -> Value:
        """The value of a name now; for a number of an epoch, also its value after `updates` updates.

        Raises:
            UserError: there is no such name, or it has no value there.
        """
        here, *_between, page = name.partition(ON_THE_PAGE)
        if page:
            if page not in self.earlier:
                alike = nearest(page, self.earlier)
                raise ExpressionError(_("there is no earlier page '{page}'{alike}", page=clean(page, 40), alike=alike))
            return self.earlier[page](here, updates)
        if updates is None and name in self.facts:
            return self.facts[name]
        if updates is None and name == "batches":
            return ", then ".join(map(rows_of, batches_of(self.run, self.forecast.backend)))
        names, parameter = self.run.experiment.parameter_names, name.removeprefix(MINIMUM)
        if updates is None and parameter != name and parameter in names:
            return _finite(name, _bowl(self.run).minimum[names.index(parameter)])
        if updates is None and name in ABOUT_THE_RUN:
            return _finite(name, ABOUT_THE_RUN[name](self.run))
        if updates is None and name.startswith(FIRST_BATCH):
            return self._of_the_first_batch(name)
        at = self.run.cursor if updates is None else updates
        quantity, offset, index = self.number_of_an_epoch(name)
        epoch = self.forecast[at + offset]
        value = getattr(epoch, quantity)
        if value is None:
            raise ExpressionError(_("there is no '{name}' here: no rows are kept back", name=name))
        if isinstance(value, tuple):
            value = value[index]
        return _finite(name, value)

    def _of_the_first_batch(self, name: str) -> Value:
        """A number of the first update in the current epoch."""
        quantity, ahead, index = self.number_of_an_epoch(name.removeprefix(FIRST_BATCH))
        if quantity in ("parameters", "gradient") and not ahead:
            at, target = self.run.experiment.layout.place(index)
            first = batches_of(self.run, self.forecast.backend, target)[0]
            return _finite(name, (first.gradient if quantity == "gradient" else first.following)[at])
        raise ExpressionError(_("there is no '{name}' here", name=clean(name, 32)))

    def number_of_an_epoch(self, name: str) -> tuple[str, int, int]:
        """What a name refers to: (field of Epoch, epochs ahead, index of the parameter).

        Raises:
            ExpressionError: it is not a number of an epoch.
        """
        parameters = self.run.experiment.parameter_names
        offset, rest = 0, name
        for prefix, ahead in (("next_", 1), ("last_", -1)):
            if name.startswith(prefix):
                offset, rest = ahead, name.removeprefix(prefix)
        if rest in ("cost", "validation"):
            return rest, offset, 0
        if rest in parameters:
            return "parameters", offset, parameters.index(rest)
        quantity, *_between, parameter = rest.partition("_")
        if quantity in ("gradient", "update") and (parameter in parameters or not parameter):
            return quantity, offset, parameters.index(parameter) if parameter else 0
        numbers = ("cost", "validation", *parameters, "gradient", "update")
        others = [prefix + number for prefix in ("next_", "last_") for number in numbers]
        minima = [MINIMUM + parameter for parameter in parameters]
        alike = nearest(name, (*ABOUT_THE_RUN, *self.facts, *numbers, *others, *minima))
        raise ExpressionError(_("there is no '{name}' here{alike}", name=clean(name, 24), alike=alike))


def number_of(given: float | str, scope: RunScope) -> float:
    """A number, or the value of an expression.

    Raises:
        UserError: the value is not a number.
    """
    found = evaluate(parse(given), scope) if isinstance(given, str) else given
    if isinstance(found, bool | str):
        raise ExpressionError(_("'{text}' is not a number", text=clean(str(given), 40)))
    return found


def _finite(name: str, value: Value) -> Value:
    if isinstance(value, float) and not math.isfinite(value):
        raise ExpressionError(_("{name} is too large a number there", name=name))
    return value


def _valley(run: Run) -> int:
    found = valley_at(run.surface, run.epoch.parameters)
    return found[0] if found else 0


def _best(run: Run) -> int:
    best = run.history.best(run.cursor)
    if best is None:
        raise ExpressionError(_("there is no '{name}' here: no rows are kept back", name="best_epoch"))
    return best + 1


def _bowl(run: Run) -> QuadraticSurface:
    if run.surface.quadratic is None:
        raise ExpressionError(_("this exists only for the mean squared error"))
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
    "valley": _valley,
    "best_epoch": _best,
    "least_cost": lambda run: _bowl(run).least_cost,
    "slope": lambda run: run.surface.slope(run.epoch.parameters)[0],
    "curvature_sum": lambda run: _bowl(run).curvature("sum"),
    "curvature_mse": lambda run: _bowl(run).curvature("mse"),
    "curvature_mean": lambda run: _bowl(run).curvature("mean"),
    "script_line": lambda run: shell_line(run.experiment, "script", program=installed()[0]),
    "python": lambda run: quoted(installed()[1]),
    "flattest": lambda run: _bowl(run).eigenvalues[0],
    "steepest": lambda run: _bowl(run).eigenvalues[-1],
}
"""Numbers and words about a run as a whole.

`flattest` and `steepest` are the least and the largest eigenvalue of XᵀX. `valley` is the number of the valley that W
is
in, or 0. `best_epoch` is the epoch with the least validation cost so far.
"""

_TELLS: dict[tuple[str, int], Unknown] = {
    ("cost", 0): "cost",
    ("gradient", 0): "gradient",
    ("update", 0): "update",
    ("parameters", 1): "following",
}
"""What a number gives away, by its field of Epoch and how many epochs ahead it is."""


def revealed_by(template: str, scope: RunScope) -> frozenset[Unknown]:
    """The numbers of this epoch that a text shows unchanged; the gradient only if it shows every parameter's."""
    run = scope.run
    found: dict[Unknown, set[int]] = {}
    for expression, _digits in places(template):
        name, updates = lone_name(expression) or ("", None)
        if not name or name in ABOUT_THE_RUN:
            continue
        try:
            quantity, ahead, index = scope.number_of_an_epoch(name)
        except ExpressionError:
            continue  # something about the page
        if updates is None:
            updates = run.cursor
        if unknown := _TELLS.get((quantity, updates + ahead - run.cursor)):
            found.setdefault(unknown, set()).add(index)
    parameters = len(run.experiment.parameter_names)
    return frozenset(unknown for unknown, those in found.items() if len(those) == parameters or unknown == "cost")
