"""Two cursors on a curve: rise over run, and the tangent where they meet."""

from typing import Any, Literal

from gdtui.errors import UserError
from gdtui.experiment.expressions import Value
from gdtui.numbers import fixed, significant
from gdtui.teaching.events import Action, Deed, ResetRun
from gdtui.teaching.lesson import Goal, Spot, Step
from gdtui.teaching.page import Exhibit
from gdtui.teaching.pages.goal import GoalPage
from gdtui.teaching.pages.knob import SAME, curve_at, evenly, moved
from gdtui.teaching.pages.turn import LOWER_FIRST, Size, number, out_of_range
from gdtui.teaching.questions.ask import Line
from gdtui.text import _, aligned, one_of

LAST_READINGS = 5
"""The most readings listed, the latest last."""

POINTS = 120
"""The number of points that the curve is drawn through."""


class Measure(Goal, frozen=True, kw_only=True):
    """A curve, and two cursors on it."""

    curve: Literal["cost", "slope", "gradient", "W by epoch"] = "cost"
    """What is measured: a curve over the parameter, or W over the updates."""
    of: Line = ""
    """The parameter; the first by default."""
    a: float
    """The cursor that b is moved towards."""
    b: float
    """Where the other cursor starts."""
    halve: bool = True
    """Whether each key halves or doubles the distance between them; otherwise it moves b by a step."""
    halvings: int = 3
    """After this many halvings, the next key moves b onto a."""
    step: Size = 1.0
    tangent: bool = True
    """Whether b can be on a, where the slope itself is read."""
    free: bool = False
    """Whether a can be moved too."""
    range: tuple[float, float] | None = None
    """The visible part of the curve; by default 1.5 times the distance between a and b, on either side of a."""


class Measured(Exhibit, frozen=True):
    """The cursors, the curve and the readings so far."""

    kind = "measure"
    curve: str
    across: str
    """The name of the horizontal axis."""
    a: tuple[float, float]
    b: tuple[float, float]
    points: tuple[tuple[float, float], ...]
    rate: float
    """Rise over run; the slope when b is on a."""
    readings: tuple[tuple[float, float, float], ...]
    """Run, rise and rise over run of each reading, the latest last."""
    beside: tuple[float, float]
    """Where the next key to the left moves b, and the next to the right."""
    steps: tuple[float, float] | None
    """The same for a, if it can be moved."""

    @property
    def run(self) -> float:
        """The distance from a to b."""
        return self.b[0] - self.a[0]

    def lines(self) -> tuple[str, ...]:
        """The cursors, and the latest readings."""
        rows = [
            (
                significant(run),
                significant(rise),
                significant(rate) if run else _("{slope}, the slope at a", slope=significant(rate)),
            )
            for run, rise, rate in self.readings[-LAST_READINGS:]
        ]
        cursors = (
            f"{name}  {self.across} {significant(at[0])}   {self.curve} {fixed(at[1], 3)}"
            for name, at in (("a", self.a), ("b", self.b))
        )
        return *cursors, *aligned([(_("run"), _("rise"), _("rise/run")), *rows])


class MeasurePage(GoalPage):
    """Each position of b is a reading."""

    name = key_in_file = "measure"
    has_knobs = True
    table = Measure
    spec: Measure
    own_charts = usual_charts = ("measure",)
    not_yet = _("measure first")
    takes = frozenset({"again"})
    deeds: tuple[str, ...] = ("b",)
    bare = "b"

    @classmethod
    def words_in(cls, spec: Measure) -> tuple[str, ...]:
        """The cursors that can be moved."""
        return ("b", "a") if spec.free else ("b",)

    @classmethod
    def look_over(cls, spec: Any, step: Step, spot: Spot) -> None:
        """Check that the cursors are apart, and on whole epochs if the curve is over epochs."""
        if spec.a == spec.b:
            spot.at("b").refuse(_("b: put it somewhere other than a"))
        if spec.curve == "W by epoch" and (spec.halve or any(map(_is_part, (spec.a, spec.b, spec.step)))):
            spot.at("curve").refuse(_("curve: over epochs, a, b and step must be whole numbers, with halve = false"))
        if spec.range and not spec.range[0] < spec.range[1]:
            spot.at("range").refuse(LOWER_FIRST)
        super().look_over(spec, step, spot)

    def prepare(self) -> None:
        """Put the cursors at their starting positions."""
        measure, names = self.spec, self.run.experiment.parameter_names
        self.deeds = self.words_in(measure)
        if measure.of and measure.of not in names:
            raise UserError(one_of(measure.of, names))
        self.index = names.index(measure.of) if measure.of else 0
        far = 1.5 * abs(measure.b - measure.a)
        self.seen = measure.range or (measure.a - far, measure.a + far)
        self._begin()

    def _begin(self) -> None:
        self.a, self.b = self.spec.a, self.spec.b
        self.readings: list[tuple[float, float, float]] = []
        self._read()

    def height(self, at: float) -> float:
        """The curve at one position.

        Raises:
            UserError: the curve does not reach that far.
        """
        if self.spec.curve != "W by epoch":
            there = moved(self.run.epoch.parameters, self.index, at)
            return curve_at(self.run, self.backend, self.spec.curve, self.index, there)
        if _is_part(at) or not 0 <= at < len(self.run.history):
            raise UserError(_("type a whole number of updates, from 0 to {most}", most=len(self.run.history) - 1))
        return self.run.history[int(at)].parameters[self.index]

    def rate(self) -> float:
        """Rise over run; when b is on a, its limit there."""
        if self.b != self.a:
            return (self.height(self.b) - self.height(self.a)) / (self.b - self.a)
        near = abs(self.spec.b - self.spec.a) * 1e-4
        if self.spec.curve == "cost":
            return self.run.surface.slope(moved(self.run.epoch.parameters, self.index, self.a))[self.index]
        return (self.height(self.a + near) - self.height(self.a - near)) / (2 * near)

    def _read(self) -> None:
        reading = (self.b - self.a, self.height(self.b) - self.height(self.a), self.rate())
        self.readings = [*(each for each in self.readings if each != reading), reading]

    @property
    def is_untouched(self) -> bool:
        """Whether no cursor has been moved yet."""
        return len(self.readings) < 2

    def examples(self) -> tuple[str, ...]:
        """A position for b."""
        nearer = self._beside()[0 if self.b > self.a else 1]
        return f"b = {significant(nearer)}", "again"

    def facts(self) -> dict[str, Value]:
        """What conditions can use besides the run."""
        run, rise, rate = self.readings[-1]
        apart = [each[0] for each in self.readings if each[0]]
        return super().facts() | {
            "run": run,
            "rise": rise,
            "rate": rate,
            "readings": len(self.readings),
            "unit_readings": sum(abs(each[0]) == self.spec.step for each in self.readings),
            "sides": (min(apart, default=0) < 0) + (max(apart, default=0) > 0),
            "closest": min(abs(each[0]) for each in self.readings),
        }

    def numbers(self) -> tuple[float, ...]:
        """The latest reading, which a replay must reproduce."""
        return self.readings[-1]

    def _beside(self) -> tuple[float, float]:
        """Where the keys to the left and to the right move b."""
        measure = self.spec
        if not measure.halve:
            left, right = self.b - measure.step, self.b + measure.step
            return left - measure.step * (left == self.a), right + measure.step * (right == self.a)
        whole = abs(measure.b - measure.a)
        parts = [whole / 2**times for times in range(measure.halvings + 1)]
        places = sorted({*(-part for part in parts), *parts, *([0.0] if measure.tangent else [])})
        run = self.b - self.a
        lower = max((place for place in places if place < run - SAME * whole), default=places[0])
        higher = min((place for place in places if place > run + SAME * whole), default=places[-1])
        return self.a + lower, self.a + higher

    def exhibit(self) -> Measured:
        """The cursors and the readings."""
        measure = self.spec
        across = _("updates") if measure.curve == "W by epoch" else self.run.experiment.parameter_names[self.index]
        curve = "W" if measure.curve == "W by epoch" else measure.curve
        ends = (self.a, self.height(self.a)), (self.b, self.height(self.b))
        steps = (self.a - measure.step, self.a + measure.step) if measure.free else None
        return Measured(curve, across, *ends, self._points(), self.rate(), tuple(self.readings), self._beside(), steps)

    def _points(self) -> tuple[tuple[float, float], ...]:
        if self.spec.curve == "W by epoch":
            return tuple((float(at), self.height(at)) for at in range(len(self.run.history)))
        low, high = self.seen
        parts = POINTS if self.spec.curve != "gradient" else 1  # a straight line, and each point is a run
        return tuple((at, self.height(at)) for at in evenly(low, high, parts))

    def carry_out(self, action: Action) -> None:
        """Move a cursor, or put both back to the start."""
        match action:
            case Deed(word=word, value=value) if word in self.deeds:
                at = number(value)
                low, high = self.seen
                if self.spec.curve != "W by epoch" and not low <= at <= high:
                    raise UserError(out_of_range(word, low, high))
                a, b = (at, self.b) if word == "a" else (self.a, at)
                if a == b and not (self.spec.tangent and self.spec.curve != "W by epoch"):
                    raise UserError(_("a and b cannot be at the same place: move the other one first"))
                self.height(at)
                self.a, self.b = a, b
                self._read()
            case ResetRun():
                self._begin()
            case _:
                raise UserError(_("move b with the arrow keys, or type {example}", example=self.examples()[0]))


def _is_part(value: float) -> bool:
    """Whether a number is not whole."""
    return not float(value).is_integer()
