"""Generated rows: y is an expression of x, plus noise."""

import random
import re
from functools import partial

from gdtui.errors import ExperimentError, UserError
from gdtui.experiment.bounds import read_part
from gdtui.experiment.dataset import MADE, Dataset, column
from gdtui.experiment.expressions import ExpressionError, evaluate, parse
from gdtui.numbers import parse_whole
from gdtui.text import _, clean

MOST_ROWS = 100_000
EXAMPLE = "n=20, y=2*x+1, noise=0.5"
LOW, HIGH = 0.0, 5.0
"""The default range of x."""

_PART = re.compile(r"\s*(n|x|y|noise)\s*=")


def _only_x(x: float, name: str, updates: int | None) -> float:
    """The scope of a recipe's expression, in which x is the only name."""
    if name != "x" or updates is not None:
        raise ExpressionError(_("there is no '{name}', only x", name=clean(name, 24)))
    return x


def generated(recipe: str, seed: int = 0) -> Dataset:
    """The rows of a recipe such as `n=20, y=2*x+1, noise=0.5, x=0..5`: x evenly spaced over its range, and y with
    normal noise
    of that standard deviation.

    Raises:
        ExperimentError: the recipe cannot be read, or y cannot be computed for some x.
    """
    parts = _parts(recipe)
    try:
        rows = read_part("n", parts["n"], EXAMPLE, partial(parse_whole, least=2, most=MOST_ROWS))
        noise = read_part("noise", parts.get("noise", "0"), EXAMPLE)
        ends = parts["x"].split("..") if "x" in parts else [str(LOW), str(HIGH)]
        low, high = (read_part("x", end, EXAMPLE) for end in ends) if len(ends) == 2 else (HIGH, LOW)
        if not low < high or noise < 0:
            raise ValueError(_("x needs a range such as 0..5, and noise must not be negative"))
        formula, draw = parse(parts["y"]), random.Random(seed)  # noqa: S311  # nothing is to be kept secret
        x = [low + (high - low) * row / (rows - 1) for row in range(rows)]
        y = [float(evaluate(formula, partial(_only_x, value))) + draw.gauss(0.0, noise) for value in x]
    except (ValueError, UserError) as error:
        raise ExperimentError("generate", str(error)) from None
    return Dataset((column(x),), column(y), ("x",), "y", "generated", ("--generate", recipe), recipe=recipe, seed=seed)


def _parts(recipe: str) -> dict[str, str]:
    """The parts of a recipe by name. A comma within brackets does not separate parts."""
    found: dict[str, str] = {}
    for part in re.split(r",(?![^()]*\))", recipe):
        name = _PART.match(part)
        if name is None or name[1] in found:
            found.clear()
            break
        found[name[1]] = part[name.end() :].strip()
    if not {"n", "y"} <= found.keys():
        what = clean(recipe, 40)
        reason = _("'{what}' is not understood: write it like {example}", what=what, example=EXAMPLE)
        raise ExperimentError("generate", reason)
    return found


def with_seed(dataset: Dataset, seed: int) -> Dataset:
    """The same data made with another seed."""
    given = generated(dataset.recipe, seed) if dataset.recipe else dataset.as_given
    made = {field: getattr(dataset, field) for field in MADE}
    return given.prepared(**made | {"seed": seed, "is_standardized": dataset.is_standardized})
