"""The numbers of the current epoch, the line that computes the next W, and the verdict."""

from collections.abc import Callable, Collection, Iterable, Sequence
from functools import partial
from itertools import chain
from operator import attrgetter

from gdtui.experiment.dataset import Dataset
from gdtui.experiment.experiment import Experiment
from gdtui.experiment.layout import ParameterLayout
from gdtui.experiment.optimizer import SGD
from gdtui.lab.frame import NOT_YET, Frame
from gdtui.numbers import (
    MOST_COMPONENTS,
    bracketed,
    count,
    decimals_for,
    fixed,
    in_brackets,
    in_rows,
    significant,
    vector,
)
from gdtui.text import _
from gdtui.ui.common.rows import Row, Span
from gdtui.ui.panels.equation import Subtraction, subtraction
from gdtui.ui.panels.panel import Panel

MOST_WEIGHTS = (8, 4, 3, 2, 1)
"""How many weights are shown: the first of these numbers that fits."""

SMALL = 0.01
"""With three decimals, a smaller number shows one digit or none."""

MOST_ROWS = 4
"""The most rows of a matrix that are drawn; dots stand for the rest."""


class Numbers(Panel):
    """Two lines, one more if there is a b, and another if x is standardized."""

    def paint(self, width: int, height: int) -> Sequence[Row]:
        """The lines of the frame except the verdict."""
        return number_rows(self.frame, width, ("verdict",)) if self.frame else []

    def make_room(self, experiment: Experiment) -> None:
        """Use as many lines as the numbers need."""
        self.styles.height = len(lines_shown(experiment, ("verdict",)))


class Verdict(Panel):
    """The line under the numbers."""

    shows = attrgetter("experiment", "step_size", "state", "verdict", "unknown")

    def paint(self, width: int, height: int) -> Sequence[Row]:
        """How lr compares with its limit, and what follows."""
        return [verdict(self.frame, width)] if self.frame else []


def number_rows(frame: Frame, width: int, hidden: Collection[str] = (), *, is_taken: bool = False) -> list[Row]:
    """The epoch's numbers, the update with numbers, and the verdict, except what is hidden.

    `is_taken`: shows how many epochs have been taken, rather than the number of the line that the next one prints.
    """
    return [line(frame, width) for line in lines_shown(frame.experiment, hidden, is_taken=is_taken)]


def lines_shown(
    experiment: Experiment, hidden: Collection[str], *, is_taken: bool = False
) -> list[Callable[[Frame, int], Row]]:
    """The functions that make the lines; both the formula and the verdict show lr."""
    has_numbers, has_formula = "numbers" not in hidden, not {"formula", "lr"} & set(hidden)
    lines: tuple[tuple[Callable[[Frame, int], Row], bool], ...] = (
        (partial(values, has_gradient="gradient" not in hidden, is_taken=is_taken), has_numbers),
        *((line, has_formula) for line in update_lines(experiment.layout)),
        (own_units, has_numbers and experiment.dataset.scaling is not None),
        (verdict, not {"verdict", "lr"} & set(hidden)),
    )
    return [line for line, is_shown in lines if is_shown]


def values(frame: Frame, width: int, *, has_gradient: bool, is_taken: bool = False) -> Row:
    """`epoch 2/10  W 1.400  cost 0.746666  gradient 5.600`, or less if there is no space or something is hidden."""
    experiment, epoch = frame.experiment, frame.epoch
    taken = is_taken or (epoch.number > experiment.epochs and epoch.number == frame.known)
    place = _(" epoch {number}", number=frame.counted(epoch.number))
    if taken:
        place = _(" after {number}", number=frame.counted(epoch.number - 1))
    if experiment.layout.targets > 1:  # the gradient is in the lines of the next W
        return _matrix_values(frame, place, width)
    weights, bias = experiment.layout.split(epoch.parameters)
    slopes, bias_slope = experiment.layout.split(epoch.gradient)

    convention = frame.settings.convention
    named = "" if convention == experiment.objective.slope_of_cost else f" ({convention})"

    told = frame.surface.told(epoch.parameters)

    def row(most: int, gradient: str | None) -> Row:
        runs: list[Span] = [(place, "main")]
        if most:
            runs += [("    W ", "dim"), (vector(weights, 3, most), "main")]
        if most and bias is not None:
            runs += [("   b ", "dim"), (fixed(bias, 3), "main")]
        runs += [(_("   cost "), "dim"), (NOT_YET if "cost" in frame.unknown else fixed(epoch.cost, 6), "main")]
        if epoch.validation is not None:
            runs += [(_("   validation "), "dim"), (fixed(epoch.validation, 6), "text")]
        if told and "cost" not in frame.unknown:
            runs += [(_("   right "), "dim"), (right(experiment.dataset, told), "text")]
        if gradient is not None:
            ending = "" if bias_slope is None else f", {fixed(bias_slope, 3)}"
            slope = NOT_YET if "gradient" in frame.unknown else vector(slopes, 3, most) + ending
            runs += [(_("   gradient "), "dim"), (slope, "text"), (gradient, "dim")]
        return tuple(runs)

    ways = (named, "", None) if has_gradient else (None,)
    all_ways = [(most, shown) for most in MOST_WEIGHTS for shown in ways]
    # W and b are in the lines below too, but the labels kept back are nowhere else.
    return first_that_fits((row(*way) for way in (*all_ways, *[(0, None)] * (len(told) > 1))), width)


def right(data: Dataset, told: tuple[int, ...]) -> str:
    """How many labels are predicted right: `3 of 4`, or with rows kept back `3/4, kept 1/2`."""
    if not data.kept:
        return _("{n:,} of {rows:,}", n=told[0], rows=data.rows)
    return _("{n:,}/{rows:,}, kept {more:,}/{kept:,}", n=told[0], rows=data.rows, more=told[1], kept=data.kept.rows)


def _matrix_values(frame: Frame, place: str, width: int) -> Row:
    """`epoch 2/10  W [[1.400 1.300] [0.200 0.100]]  cost 0.746666`, without W and b if they do not fit."""
    rows, bias = frame.experiment.layout.matrix([fixed(number, 3) for number in frame.epoch.parameters])
    parameters = [("W", in_rows(rows)), *([("b", in_brackets(bias, len(bias)))] if bias else [])]
    told, validation = frame.surface.told(frame.epoch.parameters), frame.epoch.validation
    costs = [(_("cost"), NOT_YET if "cost" in frame.unknown else fixed(frame.epoch.cost, 6))]
    if validation is not None:
        costs.append((_("validation"), fixed(validation, 6)))
    if told and "cost" not in frame.unknown:
        costs.append((_("right"), right(frame.experiment.dataset, told)))

    def row(named: Sequence[tuple[str, str]]) -> Row:
        return ((place, "main"), *(run for name, text in named for run in ((f"   {name} ", "dim"), (text, "main"))))

    return first_that_fits((row([*parameters[:most], *costs]) for most in (2, 1, 0)), width)


def formula(frame: Frame, width: int, *, weights: bool) -> Row:
    """`W ← W − lr·gradient = 1.400 − 0.1·5.600 = 0.840`, for the weights or for b; less if there is no space."""
    size = frame.experiment.layout.weights
    name, part = ("W", slice(0, size)) if weights else ("b", slice(size, None))
    epoch = frame.epoch
    before, gradient, following = epoch.parameters[part], epoch.gradient[part], epoch.following[part]
    is_plain = frame.experiment.is_plain(frame.settings)
    factor, changes = (frame.settings.learning_rate, gradient) if is_plain else (1.0, epoch.update[part])
    size, least = len(before), decimals_for(epoch.update[part])

    def row(beginning: str, written: Subtraction) -> Row:
        change = bracketed(in_brackets(written.change, size))
        change = NOT_YET if ("gradient" if is_plain else "update") in frame.unknown else change
        change = f"{written.factor}·{change}" if is_plain else change
        sign = "=" if written.holds else "≈"
        return (
            (beginning, "dim"),
            (f"{in_brackets(written.before, size)} − {change} {sign} ", "text"),
            (NOT_YET if "following" in frame.unknown else in_brackets(written.following, size), "main"),
        )

    beginnings = (f" {name} ← {name} − {update_name(frame)} = ", f" {name} ← ")
    equations = (
        subtraction(before[:most], factor, changes[:most], following[:most], decimals)
        for most in MOST_WEIGHTS
        if most <= size or most == MOST_WEIGHTS[0]
        for decimals in dict.fromkeys((least, 3))
    )
    return first_that_fits((row(words, written) for written in equations for words in beginnings), width)


def update_lines(layout: ParameterLayout) -> list[Callable[[Frame, int], Row]]:
    """The functions that make the lines of the next W and b: one each, or for W as many as its matrix has rows."""
    if layout.targets == 1:
        return [partial(formula, weights=weights) for weights in (True, False)[: 1 + layout.has_bias]]
    rows = [("W", index) for index in range(min(layout.columns, MOST_ROWS))]
    return [partial(matrix_line, name=name, index=index) for name, index in (*rows, *[("b", 0)] * layout.has_bias)]


def matrix_line(frame: Frame, width: int, *, name: str, index: int) -> Row:
    """One line of `W ← W − lr·gradient` with its matrices drawn, with as many of their columns as fit."""
    layout, epoch = frame.experiment.layout, frame.epoch
    is_plain = frame.experiment.is_plain(frame.settings)
    factor, changes = (frame.settings.learning_rate, epoch.gradient) if is_plain else (1.0, epoch.update)
    all_numbers = (epoch.parameters, changes, epoch.following, epoch.update)
    *matrices, updates = (rows if name == "W" else (b,) for rows, b in map(layout.matrix, all_numbers))
    lines = min(len(updates), MOST_ROWS)

    def row(beginning: str, most: int, decimals: int) -> Row:
        some = [[number for numbers in rows[:lines] for number in numbers[:most]] for rows in matrices]
        written = (
            subtraction(some[0], factor, some[1], some[2], decimals) if decimals else _rounded(some, factor, least)
        )
        size, is_cut = min(most, layout.targets), (layout.targets > most, len(updates) > lines)
        before, change, following = (
            drawn(texts, size, *is_cut)[index] for texts in (written.before, written.change, written.following)
        )
        words = [beginning, f" − {written.factor}·" if is_plain else " − ", " = " if written.holds else " ≈ ", NOT_YET]
        if index != (lines - 1) // 2:  # they are in one line of the matrices
            words = [" " * len(text) for text in words]
        start, minus, equals, unknown = words
        change = unknown if ("gradient" if is_plain else "update") in frame.unknown else change
        after = unknown if "following" in frame.unknown else following
        return ((start, "dim"), (f"{before}{minus}{change}{equals}", "text"), (after, "main"))

    beginnings, least = (f" {name} ← {name} − {update_name(frame)} = ", f" {name} ← "), decimals_for([*chain(*updates)])
    sizes = [most for most in MOST_WEIGHTS if most < layout.targets or most == 1]
    tries = ((words, most, n) for most in (layout.targets, *sizes) for n in (least, 3, 0) for words in beginnings)
    return first_that_fits((row(*each) for each in tries), width)


def _rounded(numbers: Sequence[Sequence[float]], factor: float, decimals: int) -> Subtraction:
    """The equation if there is no space for the digits that would make it true as written."""
    before, change, following = numbers
    start, end = (tuple(fixed(number, decimals) for number in values) for values in (before, following))
    return Subtraction(start, significant(factor), tuple(significant(number, 5) for number in change), end)


def drawn(texts: Sequence[str], columns: int, has_more_columns: bool, has_more_rows: bool) -> list[str]:
    """A matrix, given row by row, as lines between brackets; dots stand for columns and rows that are left out."""
    rows = [[*texts[start : start + columns], *["…"] * has_more_columns] for start in range(0, len(texts), columns)]
    if has_more_rows:
        rows[-1] = ["⋮"] * len(rows[-1])
    sizes = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [" ".join(f"{text:>{size}}" for text, size in zip(row, sizes, strict=True)) for row in rows]
    sides = ["[]"] if len(lines) == 1 else ["┌┐", *["││"] * (len(lines) - 2), "└┘"]
    return [f"{side[0]}{line}{side[1]}" for side, line in zip(sides, lines, strict=True)]


def update_name(frame: Frame) -> str:
    """What is subtracted, in words."""
    if frame.experiment.is_plain(frame.settings):
        return "lr·gradient"
    if frame.experiment.batch is None:
        return _("update ({optimizer})", optimizer=frame.settings.optimizer.name)
    by = "" if frame.settings.optimizer == SGD else f", {frame.settings.optimizer.name}"
    return f"{count(frame.experiment.updates, 'update')}{by}"


def first_that_fits(rows: Iterable[Row], width: int) -> Row:
    """The first row that fits; the last one if none does."""
    row: Row = ()
    for row in rows:  # the last one is kept
        if sum(len(text) for text, _ in row) <= width:
            break
    return row


def own_units(frame: Frame, width: int) -> Row:  # cut if it does not fit
    """The parameters for the unscaled x."""
    scaling = frame.experiment.dataset.scaling
    if scaling is None:
        return ()
    layout = frame.experiment.layout
    own = layout.in_own_units(frame.epoch.parameters, scaling)
    written = _with_digits if frame.experiment.dataset.degree > 1 else partial(fixed, decimals=3)
    rows, bias = layout.matrix([written(number) for number in own])
    weights = in_rows(rows) if len(bias) != 1 else in_brackets([row[0] for row in rows[:MOST_COMPONENTS]], len(rows))
    return ((_(" in the data's own units "), "dim"), (f"W {weights}   b {in_brackets(bias, len(bias))}", "text"))


def _with_digits(number: float) -> str:
    """A number with three decimals, or with two digits if three decimals would hide it: the weight of x⁵ is small."""
    return fixed(number, 3) if not number or abs(number) >= SMALL else significant(number, 2)


def verdict(frame: Frame, width: int) -> Row:
    """The learning rate compared with its limit, in full if it fits, and what follows."""
    if "verdict" in frame.unknown:
        return ((_(" lr against its limit: "), "dim"), (NOT_YET, "main"))
    role = {"going": "text", "diverged": "bad"}.get(frame.state, "good")
    if frame.state == "diverged":
        return ((f" {frame.verdict}", role),)
    if frame.state == "going" and frame.step_size.regime in ("bouncing", "diverging"):
        role = "warn"
    step_size, words = frame.step_size, frame.verdict
    fewer = words.replace(" per epoch", "")
    short = f" {step_size.shortly()}  "
    ending = "." if words[:1].isupper() else ";"
    pairs = [(f" {limit}{ending}", words) for limit in (step_size.against_limit(), step_size.of_limit())]
    if frame.surface.landscape:  # the words contain the valley's limit
        pairs = [("", words)]
    fewest = fewer.replace(" (steepest)", "").replace(" (flattest)", "")
    pairs += [] if frame.surface.landscape else [(short, words), (short, fewer), (short, fewest)]
    if step_size.is_slow and ": " in fewest:  # how long it takes says more than the factor of the steepest direction
        regime, _colon, told = fewest.partition(": ")
        needs, *to_do = (part for part in told.split("; ") if not part.startswith("distance"))
        whole = "; ".join((needs, *to_do))
        pairs += [(short, f"{regime}: {whole}"), (short, whole), (short, f"{regime}: {needs}"), (short, needs)]
        pairs += [("", f"{regime}: {whole}"), ("", whole), ("", needs)]
    if step_size.safe < step_size.learning_rate:  # a problem with lr matters more than the shape of the cost
        pairs.append((short, fewest.partition(";")[0]))
    pairs += [("", fewer), ("", fewest)]
    if step_size.regime == "unknown":
        pairs.append(("", fewest.partition(";")[0]))
    if frame.state == "within the tolerance":
        pairs += [("", fewest.replace("by the costs so far: ", "")), ("", words.partition(";")[0])]
    return first_that_fits((((limit, "dim"), (f" {words}", role)) for limit, words in pairs), width)
