"""How an update taken apart is looked at, and how many digits each of its numbers is written with."""

import math
import re
from collections.abc import Callable

import msgspec

from gdtui.experiment.backend import UpdateBreakdown
from gdtui.experiment.expressions import ExpressionError, Value, evaluate, parse
from gdtui.lab.frame import NOT_YET
from gdtui.numbers import parse_answer, readable_decimals

MOST_DIGITS = 7
"""How many digits of a Σ are shown, at most."""

MOST_MORE_DIGITS = 6
"""How many digits more than usual a number is written with at most, so that a line comes to its result."""

COST_DECIMALS, SMALL = 6, 1e-5
"""A cost is shown with so many decimals, and one below this with four digits."""


class Shown(msgspec.Struct, frozen=True):
    """How an update taken apart is looked at."""

    names: tuple[str, ...]
    """The parameters', b last."""
    has_bias: bool
    hidden: frozenset[str] = frozenset()
    """Of `error`, `slope`, `total`, `gradient`, `update`, `following` and `cost`, those not shown."""
    parameter: int = 0
    """The parameter that hidden numbers belong to, and whose column comes first."""
    asked: int = 0
    """The row that a hidden error belongs to, as an index into those written out."""
    key: dict[str, str] = {}
    """The key of each command by its id, where commands work."""

    @property
    def column(self) -> int:
        """The column of x that comes first."""
        return min(self.parameter, len(self.names) - 1 - self.has_bias)


def error_places(parts: UpdateBreakdown) -> int:
    """The decimals of H(x) and the errors."""
    return readable_decimals(row.error for row in parts.shown)


def adds_errors(parts: UpdateBreakdown) -> bool:
    """Whether b's gradient is Σ of the errors themselves, as it is of error·x for a weight."""
    return parts.row_slope == "error·x"


def slope_places(parts: UpdateBreakdown, index: int) -> int:
    """The decimals of error·x and its Σ."""
    total = abs(parts.totals[index])
    digits = math.floor(math.log10(total)) if total and math.isfinite(total) else 0
    return min(readable_decimals(row.slopes[index] for row in parts.shown), max(0, MOST_DIGITS - digits))


def update_places(parts: UpdateBreakdown) -> int:
    """The decimals of the update and of the parameters: as many as it takes to see them change."""
    return readable_decimals(parts.update)


def cost_places(parts: UpdateBreakdown) -> int:
    """Six decimals, as everywhere; more where one of the two costs would look like nothing."""
    known = [value for value in (parts.cost, parts.cost_after) if math.isfinite(value) and value > 0]
    least = min(known, default=1.0)
    return COST_DECIMALS if least >= SMALL else 3 - math.floor(math.log10(least))


def or_hidden(what: str, text: str, shown: Shown, index: int) -> str:
    """The number, or a question mark where it is the one to be found."""
    return NOT_YET if what in shown.hidden and index == shown.parameter else text


def term(number: str) -> str:
    """A number as it stands after an operator."""
    return f"({number})" if number.startswith("−") else number


def put_in(formula: str, numbers: dict[str, str]) -> str:
    """A formula with numbers for the names in it."""
    names = "|".join(re.escape(name) for name in sorted(numbers, key=len, reverse=True))
    return re.sub(f"(?<![A-Za-z])(?:{names})(?![A-Za-z])", lambda match: term(numbers[match[0]]), formula)


def more_digits(is_enough: Callable[[int, bool], bool]) -> int | None:
    """How many digits more than usual it takes; None where no number of them does.

    A small update may not change a float32 at all. It may tie where nothing else does: 0.0625 is 0.062 or 0.063.
    """
    tries = ((more, may_tie) for may_tie in (False, True) for more in range(may_tie, MOST_MORE_DIGITS + 1))
    return next((more for more, may_tie in tries if is_enough(more, may_tie)), None)


def filled_in(numbers: Callable[[Shown, int], str], result: str, shown: Shown) -> str:
    """The numbers of a line, which are made for so many more digits, such that they come to the result as written."""
    known = msgspec.structs.replace(shown, hidden=frozenset())
    more = more_digits(lambda more, may_tie: comes_to(numbers(known, more), result, may_tie))
    return f"{numbers(shown, 0)} ≈" if more is None else numbers(shown, more)


def _no_names(name: str, _updates: int | None) -> Value:
    """The scope of a line in which every name has its number."""
    raise ExpressionError(name)


def comes_to(numbers: str, result: str, may_tie: bool) -> bool:
    """Whether arithmetic with the numbers as written gives the result to its last digit, or half of that away.

    The signs are those of expressions and ×, ² and √; ε counts for 0. A line with any other sign or name does not.
    """
    text = re.sub("√([\\d.e]+)", r"sqrt(\1)", numbers.replace("²", "^2").replace("×", "*"))
    try:
        # ε only keeps a division by 0 away.
        value, wanted = evaluate(parse(text.replace(" + ε", "")), _no_names), parse_answer(result)
    except (ExpressionError, ValueError):
        return False
    return abs(float(value) - wanted.value) * 2 < 10.0 ** -(wanted.decimals or 0) * (1 + 1e-9 if may_tie else 1 - 1e-9)
