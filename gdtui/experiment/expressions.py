"""The small expression language of lessons and typed costs: arithmetic and comparisons on the numbers of a run."""

import ast
import keyword
import math
import operator
import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import pairwise

from gdtui.errors import UserError
from gdtui.numbers import fixed, significant
from gdtui.text import _, clean, nearest

LONGEST = 200
"""The largest number of characters in an expression."""

DEEPEST = 20
"""The deepest nesting of brackets and signs."""

Value = float | str | bool
"""What an expression evaluates to."""

Expression = ast.expr
"""An expression read by `parse`; other modules treat it as opaque."""


class ExpressionError(UserError):
    """An expression that cannot be read or computed."""


Scope = Callable[[str, int | None], Value]
"""Looks up a name: its value now, or after a number of updates, as in `cost[10]`.

Raises UserError if there is no such name, or it has no value.
"""


def _round(number: float, decimals: float = 0.0) -> float:
    if not decimals.is_integer():
        raise ValueError(decimals)
    return round(number, int(decimals))


FUNCTIONS: dict[str, Callable[..., float]] = {
    "abs": abs,
    "sqrt": math.sqrt,
    "exp": math.exp,
    "log": math.log,
    "log10": math.log10,
    "sin": math.sin,
    "cos": math.cos,
    "tanh": math.tanh,
    "sign": lambda number: math.copysign(1.0, number) if number else 0.0,
    "min": min,
    "max": max,
    "floor": math.floor,
    "ceil": math.ceil,
    "round": _round,
}
"""The functions that an expression can call."""

_ARITHMETIC: dict[type[ast.operator], tuple[str, Callable[[float, float], float]]] = {
    ast.Add: ("+", operator.add),
    ast.Sub: ("-", operator.sub),
    ast.Mult: ("*", operator.mul),
    ast.Div: ("/", operator.truediv),
    ast.Pow: ("^", math.pow),
}
_COMPARISONS: dict[type[ast.cmpop], tuple[str, Callable[[float, float], bool]]] = {
    ast.LtE: ("<=", operator.le),
    ast.GtE: (">=", operator.ge),
    ast.Lt: ("<", operator.lt),
    ast.Gt: (">", operator.gt),
}
_TOKEN = re.compile(
    r"""(?P<number>\d+\.?\d*(?:[eE][+-]?\d{1,3})?|\.\d+)|(?P<text>'[^']*'|"[^"]*")|(?P<truth>(?:true|false)\b)"""
    r"""|(?P<sign><=|>=|==|!=|\*\*|[-−+*·/^<>()\[\],]|(?:and|or|not)\b)|(?P<name>[A-Za-z_]\w*)|(?P<other>\S.*)""",
    re.ASCII | re.DOTALL,
)
_BETWEEN_VALUES = frozenset(("and", "or", "<=", ">=", "==", "!=", "<", ">", "+", "-", "−", "*", "·", "/"))
_BEFORE_NOT = frozenset(("(", "[", ",", "and", "or", "not"))
_IN_PYTHON = {"^": "**", "·": "*", "−": "-", "true": "True", "false": "False"}


@lru_cache(maxsize=256)
def parse(source: str, longest: int = LONGEST) -> Expression:
    """Parse an expression such as `lr / limit`, `0 < cost[3] < 0.01 and updates <= 5` or `regime == 'steady'`.

    Raises:
        ExpressionError: it is not an expression; the message says what was expected.
    """
    if len(source) > longest:
        raise ExpressionError(_("an expression has at most {most} characters", most=longest))
    return ast.parse(_in_python(source), mode="eval").body


def _in_python(source: str) -> str:
    """The expression in Python's notation, so that Python's parser handles precedence.

    Syntax is checked here, so that errors use the words of this language and Python's parser never fails. Every number
    becomes a float, so that `9^9^9^9` overflows at once.
    """
    written: list[str] = []
    levels: list[str] = []  # for each open bracket what may follow a value in it, and "" for each sign before a value
    kind, text, is_value_due = "", "(", True
    for match in _TOKEN.finditer(source.strip()):
        last_kind, last, kind, text = kind, text, str(match.lastgroup), match[0]
        if kind == "other" or (is_value_due and kind == "name" and keyword.iskeyword(text)):
            raise ExpressionError(_("'{text}' is not understood", text=clean(text, 12)))
        if is_value_due:
            if kind == "sign":
                if text not in ("(", "-", "−") and not (text == "not" and last in _BEFORE_NOT):
                    raise ExpressionError(_("a value is missing before '{sign}'", sign=text))
                levels.append(")" if text == "(" else "")
        elif last_kind == "name" and text == "(":
            if last not in FUNCTIONS:
                values = {"name": clean(last, 24), "known": ", ".join(FUNCTIONS) + nearest(last, FUNCTIONS)}
                raise ExpressionError(_("there is no function '{name}', only {known}", **values))
            levels.append(",)")
        elif last_kind == "name" and text == "[":
            levels.append("]")
        elif text in ("^", "**"):
            levels.append("")
        else:
            while levels and not levels[-1]:
                levels.pop()
            if text not in _BETWEEN_VALUES and not (levels and text in levels[-1]):
                raise (
                    _missing(levels[-1]) if levels else ExpressionError(_("there is one '{sign}' too many", sign=text))
                )
            if text in (")", "]"):
                levels.pop()
        if len(levels) > DEEPEST:
            raise ExpressionError(_("brackets are nested more than {most} deep", most=DEEPEST))
        is_value_due = kind == "sign" and text not in (")", "]")
        if kind == "number":
            written.append(repr(_finite(float(text))))
        else:
            written.append(ascii(text[1:-1]) if kind == "text" else _IN_PYTHON.get(text, text))
    if is_value_due:
        raise ExpressionError(_("a value is missing at the end"))
    if any(levels):
        raise _missing("".join(levels))
    return " ".join(written)


def _missing(brackets: str) -> ExpressionError:
    return ExpressionError(_("'{bracket}' is missing", bracket=brackets[-1]))


def evaluate(expression: Expression, scope: Scope) -> Value:
    """Evaluate an expression.

    Raises:
        UserError: a name has no value, a number is too large, or an operator has the wrong kind of operand.
    """

    def number(part: ast.expr, what: str) -> float:
        return _number(evaluate(part, scope), what)

    match expression:
        case ast.Constant(value=str() | float() | bool() as value):
            return value
        case ast.Name(id=name):
            return scope(name, None)
        case ast.Subscript(value=ast.Name(id=name), slice=index):
            updates = number(index, _("an index"))
            if not (updates.is_integer() and 0 <= updates < 1e9):
                raise ExpressionError(_("{name}[…] needs a whole number of updates", name=name))
            return scope(name, int(updates))
        case ast.Call(func=ast.Name(id=function), args=arguments):
            return _computed(FUNCTIONS[function], function, [number(part, function) for part in arguments])
        case ast.BinOp(left=left, op=op, right=right):
            sign, compute = _ARITHMETIC[type(op)]
            return _computed(compute, sign, [number(left, sign), number(right, sign)])
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -number(operand, "-")
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return not _truth(evaluate(operand, scope), "not")
        case ast.BoolOp(op=op, values=parts):
            word, decide = ("or", any) if isinstance(op, ast.Or) else ("and", all)
            # `and` and `or` stop as soon as the result is known, so `updates > 0 and cost[0] > 1` is safe.
            return decide(_truth(evaluate(part, scope), word) for part in parts)
        case ast.Compare(left=left, ops=ops, comparators=others):
            values = [evaluate(part, scope) for part in (left, *others)]
            return all(_compare(op, *pair) for op, pair in zip(ops, pairwise(values), strict=True))
    raise AssertionError(ast.dump(expression))


def _compare(op: ast.cmpop, first: Value, second: Value) -> bool:
    if isinstance(op, ast.Eq | ast.NotEq):
        return _are_same(first, second) == isinstance(op, ast.Eq)
    sign, compare = _COMPARISONS[type(op)]
    return compare(_number(first, sign), _number(second, sign))


def _are_same(first: Value, second: Value) -> bool:
    if isinstance(first, str | bool) or isinstance(second, str | bool):
        return first == second
    return math.isclose(first, second, rel_tol=1e-6, abs_tol=1e-12)  # float32 has no more digits


def _computed(compute: Callable[..., float], what: str, numbers: Sequence[float]) -> float:
    try:
        return _finite(float(compute(*numbers)))
    except ZeroDivisionError:
        raise ExpressionError(_("division by 0")) from None
    except OverflowError:
        raise ExpressionError(_("the number is too large")) from None
    except (ValueError, TypeError):
        raise ExpressionError(_("{what} cannot be computed for these numbers", what=what)) from None


def _finite(number: float) -> float:
    if not math.isfinite(number):
        raise ExpressionError(_("the number is too large"))
    return number


def _number(value: Value, what: str) -> float:
    if isinstance(value, (str, bool)):
        raise ExpressionError(_("{what} needs a number, not {value!r}", what=what, value=value))
    return float(value)


def _truth(value: Value, what: str) -> bool:
    if not isinstance(value, bool):
        raise ExpressionError(_("'{what}' needs conditions, such as W > 1, not numbers or text", what=what))
    return value


def names_in(expression: Expression) -> set[str]:
    """Every name an expression asks for."""
    return {node.id for node in ast.walk(expression) if isinstance(node, ast.Name)} - FUNCTIONS.keys()


def lone_name(expression: Expression) -> tuple[str, int | None] | None:
    """The name if the expression is nothing but a name: ("cost", None) for `cost`, ("cost", 10) for `cost[10]`."""
    match expression:
        case ast.Name(id=name):
            return name, None
        case ast.Subscript(value=ast.Name(id=name), slice=ast.Constant(value=float() as updates)):
            return name, int(updates)
    return None


_PLACE = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")
_DECIMALS = re.compile(r"(.*):\s*(\d)\s*", re.ASCII | re.DOTALL)


def places(template: str) -> list[tuple[Expression, int | None]]:
    """The expressions in a text, each with its number of decimals, as in `{cost:3}`.

    Raises:
        ExpressionError: one of them cannot be read, or a brace is not closed.
    """
    found = []
    for match in _PLACE.finditer(template):
        if match[0] in ("{{", "}}"):
            continue
        if match[1] is None:
            why = _("a single '{brace}'; write '{brace}{brace}' for the character itself", brace=match[0])
            raise ExpressionError(why)
        with_decimals = _DECIMALS.fullmatch(match[1])
        source, decimals = with_decimals.groups() if with_decimals else (match[1], None)
        found.append((parse(source), None if decimals is None else int(decimals)))
    return found


def filled(template: str, scope: Scope, missing: str | None = None) -> str:
    """The text with each `{expression}` replaced by its value, and `{{` by a brace.

    Raises:
        UserError: an expression cannot be computed, and there is no `missing` to show instead.
    """
    expressions = iter(places(template))

    def value(match: re.Match[str]) -> str:
        if match[1] is None:
            return match[0][0]
        expression, decimals = next(expressions)
        try:
            return shown(evaluate(expression, scope), decimals)
        except UserError:
            if missing is None:
                raise
            return missing

    return _PLACE.sub(value, template)


def unfilled(template: str, missing: str) -> str:
    """The text before anything is computed, with `missing` for each `{expression}`."""
    return _PLACE.sub(lambda match: match[0][0] if match[1] is None else missing, template)


def shown(value: Value, decimals: int | None = None) -> str:
    """A value as it is written in a text."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return value
    return significant(value) if decimals is None else fixed(value, decimals)
