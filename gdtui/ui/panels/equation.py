"""before − factor·change = following, with the digits that it takes to hold as it is written."""

from collections.abc import Sequence

import msgspec

from gdtui.numbers import MOST_DECIMALS, finer, shortest, significant

MOST_MORE_DECIMALS = 3
"""How many decimals more than needed its numbers are written with at most; what it comes from, twice as many."""


class Subtraction(msgspec.Struct, frozen=True):
    """before − factor·change = following, as written: for one number, or for several with the same factor."""

    before: tuple[str, ...]
    factor: str
    change: tuple[str, ...]
    following: tuple[str, ...]

    @property
    def holds(self) -> bool:
        """Whether the numbers as written come to the last digit written; `too large` comes to nothing."""
        rows = zip(self.before, self.change, self.following, strict=True)
        return all(_holds(b, self.factor, c, f) for b, c, f in rows)


def _holds(*written: str) -> bool:
    from decimal import Decimal, localcontext

    if "too large" in written:
        return False
    before, factor, change, following = (Decimal(text.replace("\N{MINUS SIGN}", "-")) for text in written)
    with localcontext(prec=700):
        # Half a digit away it could be rounded up as well as down.
        return abs(before - factor * change - following) * 2 < Decimal(f"1e{following.as_tuple().exponent}")


def subtraction(
    before: Sequence[float], factor: float, changes: Sequence[float], following: Sequence[float], least: int
) -> Subtraction:
    """The numbers with the fewest decimals, from `least` on, with which it holds as it is written.

    Whoever works it out by hand from the numbers on the screen is to get the number on the screen. Where rounding
    allows none within a few more, what it comes to has fewer decimals than what it comes from; a float32 may have no
    more to show.
    """
    more = range(min(MOST_MORE_DECIMALS, max(0, MOST_DECIMALS - least)) + 1)
    # A learning rate in six digits, and in all of them where it has more.
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
