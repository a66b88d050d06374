"""What there is to see of a knob that is turned."""

from gdtui.numbers import fixed, significant
from gdtui.teaching.page import Exhibit
from gdtui.teaching.pages.knob import Knob
from gdtui.text import _, aligned, numbered


class Turned(Exhibit, frozen=True):
    """The knobs, and what has come of turning them."""

    kind = "turn"
    knobs: tuple[Knob, ...]
    cost: float
    best: float
    """The least cost so far."""
    slope: float | None
    """The slope or the gradient there, where that leaves the dots: then it is what is told, and not the cost."""
    trace: str
    dots: tuple[tuple[float, float], ...]
    """For each place of the first knob its cost or slope."""
    curve: tuple[tuple[float, float], ...]
    """The curve through the dots, once the goal is reached."""
    reach: tuple[float, float]
    """From where to where cost or slope goes as the first knob turns."""
    rows: tuple[tuple[float, ...], ...]
    """x, y, H(x) and the error of the first rows."""
    readout: tuple[str, ...] = ()

    @property
    def span(self) -> tuple[float, float] | None:
        """Both ends of the knob."""
        first, *others = self.knobs
        return None if others or first.name == "lr" else (first.low, first.high)

    @property
    def told(self) -> str:
        """The slope or the gradient in words."""
        steep = significant(self.slope or 0.0, 4)
        return _("gradient {steep}", steep=steep) if self.trace == "gradient" else _("slope {steep}", steep=steep)

    def lines(self) -> tuple[str, ...]:
        """The numbers, and the rows."""
        knobs = "   ".join(f"{knob.name} {significant(knob.value)}" for knob in self.knobs)
        if self.slope is not None:
            told = f"{knobs}   {self.told}"
        else:
            cost, best = significant(self.cost), significant(self.best)
            told = _("{knobs}   cost {cost}   best so far {best}", knobs=knobs, cost=cost, best=best)
        return told, *self.readout, *self.table()

    def table(self) -> tuple[str, ...]:
        """The rows with their errors."""
        columns = [*numbered("x", len(self.rows[0]) - 3), "y", "H(x)", _("error")] if self.rows else []
        numbers = [[significant(n) for n in row[:-2]] + [fixed(n, 3) for n in row[-2:]] for row in self.rows]
        return tuple(aligned([columns, *numbers])) if self.rows else ()
