"""Formulas of W, or of W1 and W2: parsing, derivatives, evaluation with any kind of number, and writing."""

import ast
import functools
import math
import operator
import re
from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any

from gdtui.experiment.expressions import Expression, ExpressionError, evaluate, names_in, parse
from gdtui.numbers import shortest
from gdtui.text import _, clean

CONSTANTS = {"pi": math.pi, "e": math.e, "E": math.e}
"""Named constants; sympy writes e with a capital letter."""

CALLED = ("abs", "sqrt", "exp", "log", "sin", "cos", "tanh")
"""The functions that can be differentiated; torch and sympy use the same names. `sign` is the derivative of `abs`."""

_LONGEST_SLOPE = 20_000
"""The largest number of characters of a derivative."""

_LARGEST_FRACTION = 100
"""A fraction in a derivative with a denominator larger than this is written as a decimal number."""

_OPERATORS: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}
_BINDS: dict[type[ast.operator], int] = {ast.Add: 1, ast.Sub: 1, ast.Mult: 2, ast.Div: 2, ast.Pow: 4}
_IN_CODE = {ast.Add: " + ", ast.Sub: " - ", ast.Mult: " * ", ast.Div: " / ", ast.Pow: "**"}
_ON_PAPER = {ast.Add: " + ", ast.Sub: " − ", ast.Mult: "·", ast.Div: "/", ast.Pow: "^"}
_RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


@functools.lru_cache(maxsize=64)
def read(text: str) -> Expression:
    """Parse a formula such as `W^4 - 3*W^2 + W`.

    Raises:
        ExpressionError: it is not a formula, or cannot be differentiated.
    """
    formula = _checked(parse(text))
    names = parameters_in(formula)
    for name in sorted(names - {"W", "W1", "W2"}):
        raise ExpressionError(_("there is no '{name}' in a cost: write W, or W1 and W2", name=clean(name, 24)))
    if not names or ("W" in names and len(names) > 1):
        raise ExpressionError(_("a cost is a formula in W, or in W1 and W2"))
    return formula


def parameters_in(part: Expression) -> set[str]:
    """The parameters named in part of a formula."""
    return names_in(part) - CONSTANTS.keys()


@functools.lru_cache(maxsize=64)
def parameters_of(formula: Expression) -> tuple[str, ...]:
    """The parameters of a formula: W, or W1 and W2."""
    return ("W",) if "W" in names_in(formula) else ("W1", "W2")


def _checked(part: Expression) -> Expression:
    """The part with constant subexpressions evaluated, so that torch need not handle them."""
    if not isinstance(part, ast.Name) and not parameters_in(part):
        value = evaluate(part, lambda name, _updates: CONSTANTS[name])
        if isinstance(value, bool | str):
            raise ExpressionError(_("a cost is a formula in W, or in W1 and W2"))
        if isinstance(part, ast.Call) or (isinstance(part, ast.BinOp) and isinstance(part.op, ast.Pow)):
            return ast.Constant(value)
    match part:
        case ast.Constant() | ast.Name():
            return part
        case ast.BinOp(left=left, op=op, right=right):
            return ast.BinOp(_checked(left), op, _checked(right))
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return ast.UnaryOp(ast.USub(), _checked(operand))
        case ast.Call(func=ast.Name(id=name) as func, args=[argument]) if name in (*CALLED, "sign"):
            return ast.Call(func, [_checked(argument)], [])
        case ast.Call(func=ast.Name(id=name)) if name not in CALLED:
            raise ExpressionError(
                _("gdtui cannot differentiate {name}: use {known}", name=name, known=", ".join(CALLED))
            )
        case ast.Call(func=ast.Name(id=name)):
            raise ExpressionError(_("{name} takes one number", name=name))
    raise ExpressionError(_("a cost is a formula in W, or in W1 and W2"))


def compute(part: Expression, values: Mapping[str, Any], library: Any, number: Callable[[float], Any] = float) -> Any:
    """Evaluate with the functions and numbers of `library`, which is torch or sympy."""

    def inner(part: Expression) -> Any:
        return compute(part, values, library, number)

    match part:
        case ast.Constant(value=float() as value):
            return number(value)
        case ast.Name(id=name):
            return values[name] if name in values else CONSTANTS[name]
        case ast.BinOp(left=left, op=op, right=right):
            return _OPERATORS[type(op)](inner(left), inner(right))
        case ast.UnaryOp(operand=operand):
            return -inner(operand)
        case ast.Call(func=ast.Name(id=name), args=[argument]):
            return getattr(library, name)(inner(argument))
    raise AssertionError(ast.dump(part))


@functools.lru_cache(maxsize=64)
def slopes(text: str) -> tuple[Expression, ...]:
    """The derivative with respect to each parameter, found by sympy.

    Raises:
        ExpressionError: it is too long.
    """
    import sympy  # torch depends on it; importing takes half a second, so only typed costs pay for it

    formula = read(text)
    symbols = {name: sympy.Symbol(name, real=True) for name in parameters_of(formula)}
    constants = {"pi": sympy.pi, "e": sympy.E, "E": sympy.E}
    library = SimpleNamespace(**vars(sympy) | {"abs": sympy.Abs})

    def written(slope: Any) -> Expression:
        long = {each: sympy.Float(each, 17) for each in slope.atoms(sympy.Rational) if each.q > _LARGEST_FRACTION}
        text = re.sub(r"(\.\d*?)0+\b", r"\1", str(slope.xreplace(long))).replace("Abs(", "abs(")
        return _checked(parse(text, _LONGEST_SLOPE))

    whole = compute(formula, symbols | constants, library, lambda value: sympy.Rational(shortest(value)))
    return tuple(written(sympy.diff(whole, symbol)) for symbol in symbols.values())


def code(part: Expression) -> str:
    """As Python code: `W**4 - 3 * W**2 + W`."""
    return _written(part, None)


def on_paper(part: Expression, numbers: Mapping[str, str] | None = None) -> str:
    """As people write it, `W⁴ − 3W² + W`, or with numbers instead of the parameters: `2.000⁴ − 3·2.000² + 2.000`."""
    return _written(part, numbers or {})


def _number_in_code(value: float) -> str:
    return f"{value:.0f}" if value.is_integer() and abs(value) < 1e6 else f"{value!r}"


def _written(part: Expression, numbers: Mapping[str, str] | None, binds: int = 0) -> str:
    """The part, bracketed if its operator binds less tightly than `binds`; as code if there are no `numbers`."""
    is_on_paper = numbers is not None
    match part:
        case ast.Constant(value=float() as value):
            text = shortest(value).replace("-", "−") if is_on_paper else _number_in_code(value)
            level = 3 if value < 0 else 9
        case ast.Name(id=name):
            if name not in CONSTANTS:
                return (numbers or {}).get(name, name)
            return ("π" if name == "pi" else "e") if is_on_paper else repr(CONSTANTS[name])
        case ast.Call(func=ast.Name(id=name), args=[argument]):
            return f"{'' if is_on_paper else 'torch.'}{name}({_written(argument, numbers)})"
        case ast.UnaryOp(operand=operand):
            text, level = ("−" if is_on_paper else "-") + _written(operand, numbers, 3), 3
        case ast.BinOp(left=left, op=op, right=right):
            level = _BINDS[type(op)]
            is_power = isinstance(op, ast.Pow)
            first = _written(left, numbers, level + is_power)
            sign = (_ON_PAPER if is_on_paper else _IN_CODE)[type(op)]
            second = _written(right, numbers, level + (not is_power))
            if second[0] in "-−" and not is_power:
                second = f"({second})"
            if is_on_paper and is_power and second.isascii() and second.isdigit():
                sign, second = "", second.translate(_RAISED)
            elif is_on_paper and isinstance(op, ast.Mult) and first[-1:].isdigit() and second[:1].isalpha():
                sign = "" if isinstance(left, ast.Constant | ast.UnaryOp) else sign
            text = first + sign + second
        case unknown:
            raise AssertionError(ast.dump(unknown))
    return f"({text})" if level < binds else text
