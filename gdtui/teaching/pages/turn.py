"""A knob to turn: a parameter or lr changes, charts and numbers follow, until a goal holds."""

import math
from collections.abc import Iterator
from functools import partial
from typing import Annotated, Any, Literal

import msgspec

from gdtui.errors import UserError
from gdtui.experiment.epoch import Epoch
from gdtui.experiment.experiment import Experiment
from gdtui.experiment.expressions import Value, filled
from gdtui.experiment.layout import ParameterLayout
from gdtui.lab.frame import Frame, look
from gdtui.lab.run import Run
from gdtui.numbers import significant
from gdtui.teaching.events import Action, Deed, Pin, ResetRun
from gdtui.teaching.lesson import Goal, Spot, Step
from gdtui.teaching.page import Outcome
from gdtui.teaching.pages.fairness import nearest_pair, pinned_limits, rate_of
from gdtui.teaching.pages.goal import GoalPage
from gdtui.teaching.pages.knob import Knob, Turned, curve_at, evenly, moved, rows_of, started_at
from gdtui.teaching.questions.all_kinds import own_misconception
from gdtui.teaching.questions.ask import Formula, Line, OwnMisconception, Template
from gdtui.teaching.scope import RunScope, number_of
from gdtui.teaching.settings import MOST_COLUMNS, MOST_TARGETS, as_number
from gdtui.text import _, listed, numbered, one_of

KNOBS = (
    "lr",
    "W",
    "b",
    *numbered("W", MOST_COLUMNS),
    *ParameterLayout(MOST_COLUMNS, MOST_TARGETS, has_bias=True).names,
)
"""The possible knobs; which of them a page can use depends on its data."""

SAME_PLACE = 1e-4
"""How close a position must be to the position of a known mistake."""

LOWER_FIRST = _("range: put the lower end first, as [0, 2]")

Size = Annotated[float, msgspec.Meta(gt=0)]


class Turn(Goal, frozen=True, kw_only=True):
    """A knob, and the goal of turning it."""

    knob: Line | tuple[Line, ...]
    """A parameter or `lr`; two parameters for two knobs."""
    range: tuple[float | Formula, float | Formula]
    """The knob's range. Like the step it may be an expression, for a learner's own rows."""
    step: Size | Formula
    """How far one key turns it."""
    fine: Size | None = None
    """How far the fine keys turn it; a tenth of a step by default."""
    stops: Annotated[tuple[float | Line, ...], msgspec.Meta(max_length=12)] = ()
    """Positions between the steps where it also stops, such as "1/14"."""
    epochs: Annotated[int, msgspec.Meta(ge=1, le=200)] = 10
    """For lr: how many epochs are run at each position."""
    trace: Literal["", "cost", "slope", "gradient"] = ""
    """What is plotted as a dot for each position, in the chart `tries`."""
    table: bool = False
    """Whether the rows are listed with their errors."""
    readout: Annotated[tuple[Template, ...], msgspec.Meta(max_length=4)] = ()
    """Lines below the knob, with `{expressions}` of the run at the current position."""
    misconceptions: Annotated[tuple[OwnMisconception, ...], msgspec.Meta(max_length=12)] = msgspec.field(
        default=(), name="slips"
    )
    """Positions that known mistakes lead to, computed at the position before."""
    keep: bool = True
    """Whether the next page continues from the knob's last position rather than its first."""

    @property
    def knobs(self) -> tuple[str, ...]:
        """The knobs by their names."""
        return (self.knob,) if isinstance(self.knob, str) else self.knob


class TurnPage(GoalPage):
    """Each position has its own run: one epoch at these parameters, or several with this lr."""

    name = key_in_file = "turn"
    has_knobs = True
    table = Turn
    spec: Turn
    own_charts = ("tries",)

    @classmethod
    def words_in(cls, spec: Turn) -> tuple[str, ...]:
        """The knobs."""
        return spec.knobs

    @classmethod
    def look_over(cls, spec: Any, step: Step, spot: Spot) -> None:
        """Check that the knobs exist and have a range."""
        for name in spec.knobs:
            if name not in KNOBS:
                spot.at("knob").refuse(f"knob: {one_of(name, KNOBS[:5])}")
        if not 1 <= len(spec.knobs) <= 2 or (len(spec.knobs) == 2 and "lr" in spec.knobs):
            spot.at("knob").refuse(_("knob: name one knob, or two parameters"))
        low, high = spec.range
        if not isinstance(low, str) and not isinstance(high, str) and not low < high:
            spot.at("range").refuse(LOWER_FIRST)
        for index, stop in enumerate(spec.stops):
            spot.at("stops", index).guard(number, str(stop))
        super().look_over(spec, step, spot)

    def prepare(self) -> None:
        """Start at the run's present position."""
        turn = self.spec
        self.deeds = turn.knobs
        scope = RunScope(self.run, self.backend)
        low, high, self.step_size = (number_of(size, scope) for size in (*turn.range, turn.step))
        if not (low < high and self.step_size > 0):
            raise UserError(
                _("the knob cannot turn from {low} to {high}", low=significant(low), high=significant(high))
            )
        self.ends = low, high
        self.bare = turn.knobs[0] if len(turn.knobs) == 1 else ""
        names = self.run.experiment.parameter_names
        if missing := [name for name in turn.knobs if name not in (*names, "lr")]:
            raise UserError(one_of(missing[0], (*names, "lr")))
        self.base = started_at(self.run.experiment.steady_at(self.run.cursor + 1), self.run.epoch.parameters)
        self.tried: dict[tuple[float, ...], Epoch] = {}
        self._go_to(self.base)

    @property
    def left(self) -> Run:
        """The run that the next page continues with."""
        return self.run if self.spec.keep else Run(self.base, self.backend, surface=self.run.surface)

    @property
    def is_untouched(self) -> bool:
        """Whether no knob has been turned yet."""
        return len(self.tried) < 2

    @property
    def takes(self) -> frozenset[str]:
        """Starting over, and pins if they count."""
        return super().takes & {"again", "pin"}

    def examples(self) -> tuple[str, ...]:
        """Each knob, and whatever else counts."""
        knobs = (f"{knob.name} = {significant(knob.turned(1))}" for knob in self.knobs())
        return (*knobs, "again", *(["pin"] if "pin" in self.takes else []))

    @property
    def usual_charts(self) -> tuple[str, ...]:
        """The charts that follow the knob."""
        usual = ("W", "cost") if "lr" in self.deeds else ("fit", "cost over W")
        return ("tries",) if self.spec.trace else usual

    def facts(self) -> dict[str, Value]:
        """What conditions can use besides the run."""
        places = [place[0] for place in self.tried]
        return super().facts() | {
            "dots": len(self.tried),
            "tried_min": min(places),
            "tried_max": max(places),
            "best_cost": min(epoch.cost for epoch in self.tried.values()),
            "stops_visited": sum(any(math.isclose(stop, place) for place in places) for stop in self.stops),
            "regimes": len(self._regimes()),
            **pinned_limits(self.board),
        }

    def compared(self) -> tuple[str, ...]:
        """The pinned runs; if the goal asks for both sides of the limit, also the distance between the closest two."""
        lines, pair = super().compared(), nearest_pair(self.board)
        if "pins_apart" not in " ".join(self.spec.check):
            return lines
        lines = lines[: len(self.board.kept)]
        if not pair:
            return lines
        one, other = pair
        apart = significant(rate_of(other) - rate_of(one), 3)
        said = _("{one} settles, {other} diverges: {apart} apart", one=one.name, other=other.name, apart=apart)
        return (*lines, said)

    def _regimes(self) -> set[str]:
        """The regimes of all positions of an lr knob."""
        size = self.run.step_size_at(0)
        rates = [place[0] for place in self.tried] if "lr" in self.deeds else []
        return {msgspec.structs.replace(size, learning_rate=rate).regime for rate in rates}

    @property
    def stops(self) -> tuple[float, ...]:
        """The stops between the steps."""
        return tuple(number(str(stop)) for stop in self.spec.stops)

    def knobs(self) -> tuple[Knob, ...]:
        """The knobs at their present positions."""
        size, stops = self.spec.fine or self.step_size / 10, self.stops
        return tuple(
            Knob(name, value, *self.ends, self.step_size, size, stops)
            for name, value in zip(self.spec.knobs, self._place(), strict=True)
        )

    def _place(self) -> tuple[float, ...]:
        """The present positions as numbers."""
        experiment = self.run.experiment
        values = dict(zip(experiment.parameter_names, experiment.start, strict=True))
        return tuple({"lr": experiment.learning_rate, **values}[name] for name in self.spec.knobs)

    def exhibit(self) -> Turned:
        """The knobs, the dots and the rows."""
        turn, epoch, curve = self.spec, self.run.epoch, self._curve()
        dots = tuple((place[0], self._traced(at)) for place, at in sorted(self.tried.items()))
        data, target = self.run.experiment.dataset, self.run.experiment.layout.place(self._index)[1]
        best = min(at.cost for at in self.tried.values())
        reach = [height for _, height in (*curve, *dots)]
        return Turned(
            self.knobs(),
            epoch.cost,
            best,
            self._traced(epoch) if turn.trace in ("slope", "gradient") else None,
            turn.trace,
            dots if turn.trace else (),
            curve if self.is_done else (),
            (min(reach), max(reach)),
            rows_of(self.run, epoch, target) if turn.table else (),
            (*data.as_given.features, data.targets[target]),
            tuple(map(self.filled, turn.readout)),
        )

    def flaws(self) -> Iterator[str]:
        """Positions in the model answer that the keys cannot reach, and readout lines that cannot be computed."""
        for event in self.model_answer():
            if not isinstance(event, Deed):
                continue
            knob = next(each for each in self.knobs() if each.name == event.word)
            value = number(event.value)
            steps = (value - knob.low) / knob.fine
            if abs(steps - round(steps)) > 1e-6 and not any(math.isclose(value, stop) for stop in knob.stops):
                place = f"{event.word} {significant(value)}"
                yield _("the keys do not stop at {place}: choose another step, or add it to stops", place=place)
        for line in self.spec.readout:
            try:
                filled(line, self.scope())
            except UserError as error:
                yield f"readout: {error}"

    def _traced(self, epoch: Epoch) -> float:
        """The value plotted as a dot."""
        return curve_at(self.run, self.backend, self.spec.trace, self._index, epoch.parameters, epoch)

    @property
    def _index(self) -> int:
        names = self.run.experiment.parameter_names
        return names.index(self.spec.knobs[0]) if self.spec.knobs[0] in names else 0

    def _curve(self, points: int = 120) -> tuple[tuple[float, float], ...]:
        """The curve that the dots are on."""
        if not self.spec.trace or "lr" in self.deeds:
            return ()
        low, high = self.ends
        here, index = self.run.epoch.parameters, self._index
        points = 1 if self.spec.trace == "gradient" else points  # a straight line, and each point is a run
        at = partial(curve_at, self.run, self.backend, self.spec.trace, index)
        return tuple((place, at(moved(here, index, place))) for place in evenly(low, high, points))

    def frame(self) -> Frame:
        """The run. For a parameter, the earlier positions are its path, and the charts keep their axes."""
        frame = look(self.run)
        if "lr" in self.deeds:
            return frame
        tried = (*(epoch for epoch in self.tried.values() if epoch is not self.run.epoch), self.run.epoch)
        return msgspec.structs.replace(frame, experiment=self.base, trail=tried, known=len(tried) + 1)

    def do(self, action: Action) -> Outcome:
        """Carry out an action, and say so if it leads to the position of a known mistake."""
        scope = self.scope()
        known = [own_misconception(each, scope) for each in self.spec.misconceptions]
        outcome = super().do(action)
        if outcome.is_accepted:
            here, is_turned = self._place()[0], isinstance(action, Deed)
            found = tuple(each.line for each in known if is_turned and abs(each.value - here) < SAME_PLACE)
            self.reply = found or (self.reply if outcome.is_done else ())
            outcome = msgspec.structs.replace(outcome, says=(*outcome.says, *found))
        return outcome

    def carry_out(self, action: Action) -> None:
        """Turn a knob, pin the run, or start over."""
        match action:
            case Deed(word=word, value=value) if word in self.deeds:
                self._turn(word, number(value))
            case ResetRun():
                self._go_to(self.base)
            case Pin() if "pin" in self.takes:
                self._pin()
            case _:
                knobs, example = listed(self.deeds), self.examples()[0]
                raise UserError(_("turn {knobs} with the arrow keys, or type {example}", knobs=knobs, example=example))

    def _turn(self, name: str, value: float) -> None:
        low, high = self.ends
        if not low <= value <= high:
            raise UserError(out_of_range(name, low, high))
        experiment = self.run.experiment
        if name == "lr":
            self._go_to(msgspec.structs.replace(experiment, learning_rate=value))
        else:
            index = experiment.parameter_names.index(name)
            self._go_to(started_at(experiment, moved(experiment.start, index, value)))

    def _go_to(self, experiment: Experiment) -> None:
        run = Run(experiment, self.backend, surface=self.run.surface)
        for _epoch in range(self.spec.epochs if "lr" in self.deeds else 0):
            run.step()
        self.run = run
        self.tried.setdefault(self._place(), self.run.epoch)


def out_of_range(name: str, low: float, high: float) -> str:
    """A message that a knob or cursor cannot be moved that far."""
    return _("{name} goes from {low} to {high} here", name=name, low=significant(low), high=significant(high))


def number(text: str) -> float:
    """A number as a learner types it.

    Raises:
        UserError: it is not a number.
    """
    try:
        return as_number(text)
    except ValueError as error:
        raise UserError(str(error)) from None
