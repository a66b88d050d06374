"""before − factor·change = following, with as many digits as it needs to be true as written."""

from collections.abc import Sequence

import msgspec

from gdtui.numbers import MOST_DECIMALS, finer, shortest, significant

MOST_MORE_DECIMALS = 3
"""The most extra decimals of its numbers; on the left-hand side, twice as many."""


class Subtraction(msgspec.Struct, frozen=True):
    """before − factor·change = following, as written: for one number, or for several with the same factor."""

    before: tuple[str, ...]
    factor: str
    change: tuple[str, ...]
    following: tuple[str, ...]

    @property
    def holds(self) -> bool:
        """Whether the arithmetic with the written numbers is right to the last digit; `too large` never is."""
        rows = zip(self.before, self.change, self.following, strict=True)
        return all(_holds(b, self.factor, c, f) for b, c, f in rows)


def _holds(*written: str) -> bool:
    from decimal import Decimal, localcontext

    if "too large" in written:
        return False
    before, factor, change, following = (Decimal(text.replace("\N{MINUS SIGN}", "-")) for text in written)
    with localcontext(prec=700):
        # Half a unit of the last digit away it could be rounded either way.
        return abs(before - factor * change - following) * 2 < Decimal(f"1e{following.as_tuple().exponent}")


def subtraction(
    before: Sequence[float], factor: float, changes: Sequence[float], following: Sequence[float], least: int
) -> Subtraction:
    """The numbers with the fewest decimals, at least `least`, for which the equation is true as written.

    Whoever computes it by hand from the numbers on the screen should get the number on the screen. If rounding does not
    allow that within a few extra decimals, the result has fewer decimals than the other numbers; a float32 may have no
    more.
    """
    more = range(min(MOST_MORE_DECIMALS, max(0, MOST_DECIMALS - least)) + 1)
    # The learning rate with six digits, or all of them if it has more.
    rates = list(dict.fromkeys((significant(factor), shortest(factor).replace("e-0", "e-"))))
    tries = [(rate, n, n) for rate in rates for n in more]
    most = range(1, 2 * MOST_MORE_DECIMALS + 1)
    tries += [(rates[-1], n, 0) for n in most] + [
        (rates[-1], n, -fewer) for fewer in range(1, least + 1) for n in (0, *most)
    ]

    def written(rate: str, given: int, result: int) -> Subtraction:
        digits = (before, given), (changes, given), (following, result)
        start, change, end = (tuple(finer(value, least, n) for value in values) for values, n in digits)
        return Subtraction(start, rate, change, end)

    found = (each for one in tries if (each := written(*one)).holds)
    return next(found, written(*tries[0]))
