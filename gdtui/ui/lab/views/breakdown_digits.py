"""The options for showing an update taken apart, and how many digits each of its numbers has."""

import math
import re
from collections.abc import Callable

import msgspec

from gdtui.experiment.backend import UpdateBreakdown
from gdtui.experiment.expressions import ExpressionError, Value, evaluate, parse
from gdtui.lab.frame import NOT_YET
from gdtui.numbers import fixed, parse_answer, readable_decimals

MOST_DIGITS = 7
"""The most digits of a Σ."""

MOST_MORE_DIGITS = 6
"""The most extra digits of a number, so that a line's arithmetic gives the result shown."""

MOST_OF_A_PRODUCT = 2
"""The most extra digits of an error, so that its product with x is the number beside it."""

COST_DECIMALS, SMALL = 6, 1e-5
"""The decimals of a cost; a cost below SMALL is shown with four digits."""


class Shown(msgspec.Struct, frozen=True):
    """The options for showing an update taken apart."""

    names: tuple[str, ...]
    """The names of the parameters, b last."""
    has_bias: bool
    hidden: frozenset[str] = frozenset()
    """Which are not shown of `error`, `slope`, `total`, `gradient`, `update`, `following` and `cost`."""
    parameter: int = 0
    """The parameter whose numbers are hidden, and whose column comes first."""
    asked: int = 0
    """The row whose error is hidden, as an index into the rows shown."""
    key: dict[str, str] = {}
    """The key of each command by id, where commands work."""
    multiplies: bool = True
    """Whether errors have so many digits that error·x as written is their product with x."""

    @property
    def column(self) -> int:
        """The column of x that comes first."""
        return min(self.parameter, len(self.names) - 1 - self.has_bias)


def error_places(parts: UpdateBreakdown, shown: Shown) -> int:
    """The decimals of H(x) and the errors; only with one column of x can they be so many that products agree."""
    places = readable_decimals(row.error for row in parts.shown)
    if not shown.multiplies or len(parts.shown[0].x) > 1 or not adds_errors(parts):
        return places
    decimals = slope_places(parts, 0)

    def are_products(more: int) -> bool:
        written = (fixed(round(row.error, places + more) * row.x[0], decimals) for row in parts.shown)
        return all(text == fixed(row.slopes[0], decimals) for text, row in zip(written, parts.shown, strict=True))

    return places + next(filter(are_products, range(MOST_OF_A_PRODUCT + 1)), 0)


def adds_errors(parts: UpdateBreakdown) -> bool:
    """Whether b's gradient is the sum of the errors, as a weight's is that of error·x."""
    return parts.row_slope == "error·x"


def slope_places(parts: UpdateBreakdown, index: int) -> int:
    """The decimals of error·x and its sum."""
    total = abs(parts.totals[index])
    digits = math.floor(math.log10(total)) if total and math.isfinite(total) else 0
    return min(readable_decimals(row.slopes[index] for row in parts.shown), max(0, MOST_DIGITS - digits))


def update_places(parts: UpdateBreakdown) -> int:
    """The decimals of the update and the parameters: enough to see them change."""
    return readable_decimals(parts.update)


def cost_places(parts: UpdateBreakdown) -> int:
    """The decimals of a cost: six as everywhere, or more if one of the two costs would look like zero."""
    known = [value for value in (parts.cost, parts.cost_after) if math.isfinite(value) and value > 0]
    least = min(known, default=1.0)
    return COST_DECIMALS if least >= SMALL else 3 - math.floor(math.log10(least))


def or_hidden(what: str, text: str, shown: Shown, index: int) -> str:
    """The number, or a question mark if it is the one to find."""
    return NOT_YET if what in shown.hidden and index == shown.parameter else text


def term(number: str) -> str:
    """A number as written after an operator."""
    return f"({number})" if number.startswith("−") else number


def put_in(formula: str, numbers: dict[str, str]) -> str:
    """A formula with numbers instead of its names."""
    names = "|".join(re.escape(name) for name in sorted(numbers, key=len, reverse=True))
    return re.sub(f"(?<![A-Za-z])(?:{names})(?![A-Za-z])", lambda match: term(numbers[match[0]]), formula)


def more_digits(is_enough: Callable[[int, bool], bool]) -> int | None:
    """The least number of extra digits with which it works; None if none does.

    A small update may not change a float32 at all. A tie is allowed only if nothing else works: 0.0625 is 0.062 or
    0.063.
    """
    tries = ((more, may_tie) for may_tie in (False, True) for more in range(may_tie, MOST_MORE_DIGITS + 1))
    return next((more for more, may_tie in tries if is_enough(more, may_tie)), None)


def filled_in(numbers: Callable[[Shown, int], str], result: str, shown: Shown) -> str:
    """The numbers of a line, with enough extra digits that their arithmetic gives the result as written."""
    known = msgspec.structs.replace(shown, hidden=frozenset())
    more = more_digits(lambda more, may_tie: comes_to(numbers(known, more), result, may_tie))
    return f"{numbers(shown, 0)} ≈" if more is None else numbers(shown, more)


def _no_names(name: str, _updates: int | None) -> Value:
    """The scope of a line whose names have all been replaced by numbers."""
    raise ExpressionError(name)


def comes_to(numbers: str, result: str, may_tie: bool) -> bool:
    """Whether arithmetic with the numbers as written gives the result to its last digit, or half of that.

    The operators are those of expressions, and ×, ² and √; ε counts as 0. A line with any other sign or name does not.
    """
    text = re.sub("√([\\d.e]+)", r"sqrt(\1)", numbers.replace("²", "^2").replace("×", "*"))
    try:
        # ε only prevents division by 0.
        value, wanted = evaluate(parse(text.replace(" + ε", "")), _no_names), parse_answer(result)
    except (ExpressionError, ValueError):
        return False
    return abs(float(value) - wanted.value) * 2 < 10.0 ** -(wanted.decimals or 0) * (1 + 1e-9 if may_tie else 1 - 1e-9)
