"""The small language of lessons: arithmetic and comparisons over the numbers of a run, and nothing else."""

import math
import operator
import re
from collections.abc import Callable
from typing import Protocol

import msgspec

from gdtui.errors import UserError
from gdtui.numbers import fixed, significant
from gdtui.text import clean, nearest

LONGEST = 200
"""The most characters of an expression."""

DEEPEST = 20
"""The most brackets and signs within one another."""

Value = float | str | bool
"""What an expression gives."""


class ExpressionError(UserError):
    """An expression that cannot be read or computed."""


class Scope(Protocol):
    """Where names get their values."""

    def value(self, name: str, updates: int | None) -> Value:
        """The value of `name` now, or after so many updates, as `cost[10]`.

        Raises:
            UserError: there is no such name, or it has no value there.
        """


class Literal(msgspec.Struct, frozen=True):
    """A number or a word."""

    value: Value


class Name(msgspec.Struct, frozen=True):
    """A name, with an index where it is that of another epoch."""

    name: str
    index: "Node | None" = None


class Call(msgspec.Struct, frozen=True):
    """A function of numbers."""

    function: str
    arguments: tuple["Node", ...]


class Operation(msgspec.Struct, frozen=True):
    """An operator with one operand or two."""

    sign: str
    operands: tuple["Node", ...]


Node = Literal | Name | Call | Operation
"""A part of an expression."""

FUNCTIONS: dict[str, Callable[..., float]] = {
    "abs": abs,
    "sqrt": math.sqrt,
    "log10": math.log10,
    "min": min,
    "max": max,
    "floor": math.floor,
    "ceil": math.ceil,
    "round": round,
}
"""What may be called."""

_COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "<=": operator.le,
    ">=": operator.ge,
    "<": operator.lt,
    ">": operator.gt,
}
_ARITHMETIC: dict[str, Callable[[float, float], float]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "^": math.pow,
}
_WORDS = {"and", "or", "not", "true", "false"}
_TOKEN = re.compile(
    r"""\s*(?:(?P<number>\d+\.?\d*(?:[eE][+-]?\d{1,3})?|\.\d+)|(?P<text>'[^']*'|"[^"]*")"""
    r"""|(?P<name>[A-Za-z_][A-Za-z_0-9]*)|(?P<sign><=|>=|==|!=|\*\*|[-−+*·/^<>()\[\],]))""",
    re.ASCII,
)
_ONE_FORM = {"**": "^", "·": "*", "−": "-"}


def parse(source: str) -> Node:
    """An expression such as `lr / limit`, `cost[3] < 0.01 and updates <= 5` or `verdict == 'steady'`.

    Raises:
        ExpressionError: it is none; the text says what was expected.
    """
    if len(source) > LONGEST:
        raise ExpressionError(f"an expression has at most {LONGEST} characters")
    return _Parser(source).whole()


def evaluate(node: Node, scope: Scope) -> Value:
    """The value of an expression.

    Raises:
        UserError: a name has no value, a number is too large, or an operator has the wrong kind of operand.
    """
    match node:
        case Literal(value):
            return value
        case Name(name, None):
            return scope.value(name, None)
        case Name(name, index) if index is not None:
            updates = _number(evaluate(index, scope), "an index")
            if not (float(updates).is_integer() and 0 <= updates < 1e9):
                raise ExpressionError(f"{name}[…] needs a whole number of updates")
            return scope.value(name, int(updates))
        case Call(function, arguments):
            values = [_number(evaluate(argument, scope), function) for argument in arguments]
            return _computed(lambda: FUNCTIONS[function](*values), function)
        case Operation(sign, operands):
            return _operate(sign, operands, scope)
    raise AssertionError(node)


def _operate(sign: str, operands: tuple[Node, ...], scope: Scope) -> Value:
    if sign in ("and", "or"):
        # The second operand is not looked at where the first decides, so `updates > 0 and cost[0] > 1` is safe.
        first = _truth(evaluate(operands[0], scope), sign)
        return first if first == (sign == "or") else _truth(evaluate(operands[1], scope), sign)
    values = [evaluate(operand, scope) for operand in operands]
    if sign == "not":
        return not _truth(values[0], sign)
    if sign in ("==", "!="):
        return _are_same(*values) == (sign == "==")
    numbers = [_number(value, sign) for value in values]
    if sign in _COMPARISONS:
        return _COMPARISONS[sign](*numbers)
    if len(numbers) == 1:
        return -numbers[0]
    return _computed(lambda: _ARITHMETIC[sign](*numbers), sign)


def _are_same(first: Value, second: Value) -> bool:
    if isinstance(first, str | bool) or isinstance(second, str | bool):
        return first == second
    return math.isclose(first, second, rel_tol=1e-6, abs_tol=1e-12)  # float32 has no more digits


def _computed(compute: Callable[[], float], what: str) -> float:
    try:
        value = compute()
    except ZeroDivisionError:
        raise ExpressionError("division by 0") from None
    except (OverflowError, ValueError, TypeError):
        raise ExpressionError(f"{what} cannot be computed of these numbers") from None
    if not math.isfinite(value):
        raise ExpressionError("the number is too large")
    return value


def _number(value: Value, what: str) -> float:
    if isinstance(value, (str, bool)):
        raise ExpressionError(f"{what} needs a number, not {value!r}")
    return value


def _truth(value: Value, what: str) -> bool:
    if not isinstance(value, bool):
        raise ExpressionError(f"'{what}' needs something true or false on either side")
    return value


def names_in(node: Node) -> set[str]:
    """Every name an expression asks for."""
    match node:
        case Name(name, index):
            return {name} | (names_in(index) if index is not None else set())
        case Call(_, parts) | Operation(_, parts):
            return {name for part in parts for name in names_in(part)}
    return set()


class _Parser:
    """Recursive descent, no deeper than `DEEPEST`."""

    def __init__(self, source: str) -> None:
        self.tokens: list[tuple[str, str]] = []
        self.index = 0
        self.depth = 0
        position, end = 0, len(source.rstrip())
        while position < end:
            match = _TOKEN.match(source, position)
            if match is None:
                raise ExpressionError(f"'{clean(source[position:].strip(), 12)}' is not understood")
            kind, text = match.lastgroup or "", match[match.lastgroup or 0]
            self.tokens.append(("word" if text in _WORDS else kind, _ONE_FORM.get(text, text)))
            position = match.end()

    def whole(self) -> Node:
        node = self._either()
        if self.index < len(self.tokens):
            raise ExpressionError(f"'{self.tokens[self.index][1]}' comes too much")
        return node

    def _accept(self, *texts: str) -> str | None:
        """Step over the next token where it is one of these."""
        if self.index < len(self.tokens):
            kind, text = self.tokens[self.index]
            if kind in ("sign", "word") and text in texts:
                self.index += 1
                return text
        return None

    def _expect(self, text: str) -> None:
        if not self._accept(text):
            raise ExpressionError(f"'{text}' is missing")

    def _either(self) -> Node:
        node = self._both()
        while self._accept("or"):
            node = Operation("or", (node, self._both()))
        return node

    def _both(self) -> Node:
        node = self._negation()
        while self._accept("and"):
            node = Operation("and", (node, self._negation()))
        return node

    def _negation(self) -> Node:
        if not self._accept("not"):
            return self._comparison()
        with self:
            return Operation("not", (self._negation(),))

    def _comparison(self) -> Node:
        node = self._sum()
        if sign := self._accept("<=", ">=", "<", ">", "==", "!="):
            return Operation(sign, (node, self._sum()))
        return node

    def _sum(self) -> Node:
        node = self._product()
        while sign := self._accept("+", "-"):
            node = Operation(sign, (node, self._product()))
        return node

    def _product(self) -> Node:
        node = self._signed()
        while sign := self._accept("*", "/"):
            node = Operation(sign, (node, self._signed()))
        return node

    def _signed(self) -> Node:
        if not self._accept("-"):
            return self._power()
        with self:
            return Operation("-", (self._signed(),))

    def _power(self) -> Node:
        node = self._atom()
        if not self._accept("^"):
            return node
        with self:
            return Operation("^", (node, self._signed()))

    def _atom(self) -> Node:
        if self._accept("("):
            with self:
                node = self._either()
            self._expect(")")
            return node
        if self.index >= len(self.tokens):
            raise ExpressionError("a value is missing at the end")
        kind, text = self.tokens[self.index]
        self.index += 1
        if kind == "number":
            return Literal(_computed(lambda: float(text), "a number"))
        if kind == "text":
            return Literal(text[1:-1])
        if kind == "word" and text in ("true", "false"):
            return Literal(text == "true")
        if kind != "name":
            raise ExpressionError(f"a value is missing before '{text}'")
        if self._accept("("):
            return self._call(text)
        if self._accept("["):
            with self:
                index = self._either()
            self._expect("]")
            return Name(text, index)
        return Name(text)

    def _call(self, function: str) -> Node:
        if function not in FUNCTIONS:
            alike = nearest(function, FUNCTIONS)
            raise ExpressionError(f"there is no function '{clean(function, 24)}', only {', '.join(FUNCTIONS)}{alike}")
        arguments: list[Node] = []
        with self:
            arguments.append(self._either())
            while self._accept(","):
                arguments.append(self._either())
        self._expect(")")
        return Call(function, tuple(arguments))

    def __enter__(self) -> None:
        """One level deeper."""
        self.depth += 1
        if self.depth > DEEPEST:
            raise ExpressionError(f"more than {DEEPEST} brackets within one another")

    def __exit__(self, *_: object) -> None:
        self.depth -= 1


_PLACE = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")
_DECIMALS = re.compile(r"(.*):\s*(\d)\s*", re.ASCII | re.DOTALL)


def places(template: str) -> list[tuple[int, Node, int | None]]:
    """The expressions in a text: (position, expression, decimals asked for by `{cost:3}`).

    Raises:
        ExpressionError: one cannot be read, or a brace has no partner.
    """
    found = []
    for match in _PLACE.finditer(template):
        if match[0] in ("{{", "}}"):
            continue
        if match[1] is None:
            raise ExpressionError(f"a single '{match[0]}'; write '{match[0] * 2}' for the character itself")
        with_decimals = _DECIMALS.fullmatch(match[1])
        source, decimals = with_decimals.groups() if with_decimals else (match[1], None)
        found.append((match.start(), parse(source), None if decimals is None else int(decimals)))
    return found


def filled(template: str, scope: Scope, missing: str | None = None) -> str:
    """A text with each `{expression}` replaced by its value, and `{{` by a brace.

    Raises:
        UserError: an expression cannot be computed, unless `missing` is given to stand in its place.
    """

    def value(node: Node, decimals: int | None) -> str:
        try:
            return shown(evaluate(node, scope), decimals)
        except UserError:
            if missing is None:
                raise
            return missing

    values = iter([value(node, decimals) for _, node, decimals in places(template)])
    return _PLACE.sub(lambda match: match[0][0] if match[1] is None else next(values), template)


def shown(value: Value, decimals: int | None = None) -> str:
    """A value as it stands in a text."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return value
    return significant(value) if decimals is None else fixed(value, decimals)
