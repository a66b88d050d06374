"""The proof that by hand, autograd and torch.optim agree: epochs side by side as plain values, and why they differ."""

import math
import struct
from collections.abc import Iterable
from typing import Literal, get_args

import msgspec

from gdtui.experiment.bounds import DType
from gdtui.experiment.change import Settings
from gdtui.experiment.objective import Convention, Method, Objective
from gdtui.experiment.objectives import LINEAR_REGRESSION
from gdtui.numbers import bracketed, significant
from gdtui.text import _

Bug = Literal["no zero_grad", "plus for minus", "sum for mean", "lr twice", "no no_grad"]
"""A mistake that people make in training loops."""

BUGS: tuple[Bug, ...] = get_args(Bug)


class Place(msgspec.Struct, frozen=True):
    """Where a bug is planted."""

    method: Method
    """The method with the bug; the other two stay correct."""
    code: str
    """What the buggy method does; `{loss}` stands for what it differentiates."""


PLACES: dict[Bug, Place] = {
    "no zero_grad": Place("autograd", "backward() adds to W.grad"),
    "plus for minus": Place("hand", "W += lr * gradient"),
    "sum for mean": Place("autograd", "loss = {loss}"),
    "lr twice": Place("optim", "W.grad *= lr; optimizer.step()"),
    "no no_grad": Place("autograd", "W = W - lr * W.grad"),
}


def code_of(bug: Bug, convention: Convention, objective: Objective = LINEAR_REGRESSION) -> str:
    """What the method with the bug computes, as code; for linear regression by default."""
    return PLACES[bug].code.format(loss=objective.buggy_code(convention))


NAMES: dict[Method, str] = {"hand": "by hand", "autograd": "autograd", "optim": "torch.optim"}
"""The methods' display names, in the order of the columns."""


class MethodEpoch(msgspec.Struct, frozen=True):
    """One method at one epoch; each tuple holds the weights' numbers and then b's, if there is one."""

    method: Method
    parameters: tuple[float, ...] = ()
    """Before the update; empty if the method has stopped."""
    gradient: tuple[float, ...] = ()
    """Empty if there is none: the method has stopped, or stops here."""
    update: tuple[float, ...] = ()
    """What is subtracted."""
    following: tuple[float, ...] = ()
    """After the update."""
    refusal: tuple[str, ...] = ()
    """The error message of torch and Python, shortened, from the epoch at which the method stops."""


class Comparison(msgspec.Struct, frozen=True):
    """One epoch of the three methods, each of which has run on its own from the same start."""

    number: int
    """The number of the epoch, counted from 1, as in the lab."""
    settings: Settings
    """The learning rate and the convention that all three follow."""
    objective: Objective
    dtype: DType
    rows: int
    columns: tuple[MethodEpoch, ...]
    """One per method, in the order of `NAMES`."""
    gradient_ulps: int | None
    """The largest difference between gradients of methods without a bug, in units in the last place; None if a number
    is not finite.
    """
    parameter_ulps: int | None
    """The same for the parameters before the update."""
    differ_since: int | None
    """The first epoch at which the methods without a bug have different numbers before the update."""
    gradient_since: int | None
    """The first epoch at which two of them get different gradients from the same W: the gradient causes the
    difference.
    """
    update_since: int | None
    """The first epoch at which two of them get a different W from the same W and gradient: the update causes it."""
    bug: Bug | None = None
    left_at: int | None = None
    """The first epoch at which the buggy method's numbers differ from what they would be without the bug."""

    @property
    def sound(self) -> tuple[MethodEpoch, ...]:
        """The columns of the methods without a bug."""
        return tuple(column for column in self.columns if not self.is_buggy(column))

    @property
    def buggy(self) -> MethodEpoch | None:
        """The column of the method with the bug."""
        return next((column for column in self.columns if self.is_buggy(column)), None)

    def is_buggy(self, column: MethodEpoch) -> bool:
        """Whether this column has the bug."""
        return self.bug is not None and PLACES[self.bug].method == column.method


def ulps(one: float, other: float, dtype: DType) -> int | None:
    """How many floating-point numbers of `dtype` apart two numbers are; None if one of them is not finite.

    Both must be numbers of that dtype. Their bits, read as signed integers, are in the same order as the numbers
    (IEEE 754), so neighbours differ by 1 even across a power of two or zero.
    """
    if not (math.isfinite(one) and math.isfinite(other)):
        return None
    return abs(_place_in_order(one, dtype) - _place_in_order(other, dtype))


def _place_in_order(value: float, dtype: DType) -> int:
    real, whole, sign = ("<f", "<I", 1 << 31) if dtype == "float32" else ("<d", "<Q", 1 << 63)
    bits: int = struct.unpack(whole, struct.pack(real, value))[0]
    return sign - bits if bits & sign else bits


def largest_ulps(vectors: Iterable[tuple[float, ...]], dtype: DType) -> int | None:
    """The largest distance in ulps between entries at the same position of any two vectors."""
    largest = 0
    for numbers in zip(*vectors, strict=True):
        if not all(map(math.isfinite, numbers)):
            return None
        largest = max(largest, ulps(min(numbers), max(numbers), dtype) or 0)
    return largest


def why_they_differ(comparison: Comparison) -> list[str]:
    """Why the methods without a bug have different last digits: each reason with the first epoch at which it
    applied.
    """
    if comparison.differ_since is None:
        return []
    reasons = []
    if comparison.gradient_since:
        values = {"epoch": comparison.gradient_since, "why": _other_places(comparison)}
        reasons.append(_("since epoch {epoch}: {why}", **values))
    if comparison.update_since:
        why = _(
            "W − lr·g is rounded twice, after the product and after the difference; torch's "
            "sub(alpha=lr) rounds only once"
        )
        reasons.append(_("since epoch {epoch}: {why}", epoch=comparison.update_since, why=why))
    return reasons


def _other_places(comparison: Comparison) -> str:
    """Where in the computation one method rounds and another does not."""
    if comparison.settings.penalty:
        return _("each way adds λ·W to the gradient at a different point, and rounds there")
    if not comparison.objective.is_of_rows:
        return _("autograd rounds the terms of the derivative at different points")
    if comparison.settings.convention == "sum":
        return _("autograd rounds the sum over the rows at a different point")
    factor = comparison.objective.factor(comparison.settings.convention)
    return _(
        "autograd multiplies each row by {factor} and then sums; by hand, the sum is multiplied by {factor}",
        factor=factor,
    )


def what_the_bug_does(comparisons: tuple[Comparison, ...], names: tuple[str, ...]) -> str:
    """Where the buggy method departs from the others, and why, in the numbers of one parameter.

    `comparisons` are consecutive; the answer holds at the last of them. `names` are the parameters' names.
    """
    now = comparisons[-1]
    if now.bug is None or now.buggy is None:
        return ""
    name = NAMES[now.buggy.method]
    if now.left_at is None:
        return _("{way} still agrees with the others: {why}", way=name, why=_why_not_yet(now))
    there = comparisons[now.left_at - comparisons[0].number]
    before = comparisons[max(0, now.left_at - 1 - comparisons[0].number)]
    values = {"way": name, "epoch": now.left_at, "why": _why(there, before, names)}
    if now.buggy.refusal:
        return _("{way} stops at epoch {epoch}: {why}", **values)
    return _("{way} differs from the others from epoch {epoch} on: {why}", **values)


def _why_not_yet(now: Comparison) -> str:
    if now.bug == "sum for mean" and now.settings.convention == "sum":
        return _("this convention uses the sum anyway; k switches to another convention")
    if now.bug == "lr twice" and now.settings.learning_rate == 1:
        return _("with lr = 1, lr·lr equals lr")
    return _("the bug shows in the next epoch") if now.number == 1 else _("its numbers are right so far")


def _why(there: Comparison, before: Comparison, names: tuple[str, ...]) -> str:
    """The explanation with the numbers of the epoch that first shows the bug, or of the update before it."""
    if there.bug == "no no_grad":
        return _("without no_grad the update is part of the graph, so W is no longer a leaf and its .grad is None")
    column, right = there.buggy or there.columns[0], there.sound[0]
    earlier = before.buggy or before.columns[0]
    slopes = [abs(slope) for slope in earlier.gradient]
    index = slopes.index(max(slopes))
    name = names[index]
    gradient = _("its gradient") if len(names) == 1 else _("its gradient for {name}", name=name)
    held, meant, wrong = earlier.gradient[index], right.gradient[index], column.gradient[index]
    if there.bug == "sum for mean":
        targets = there.objective.targets
        many, m = there.rows * targets, "m" if targets == 1 else "m·k"
        numbers = f": {_short(wrong)} = {many} × {bracketed(_short(meant))}" if not there.settings.penalty else ""
        values = {"m": m, "many": many, "gradient": gradient}
        return _("it never divides by {m} = {many}, so {gradient} is {many} times theirs", **values) + numbers
    if there.bug == "no zero_grad":
        sign, size = ("+", meant) if meant >= 0 else ("−", -meant)
        sums = f"{_short(held)} {sign} {_short(size)} = {_short(wrong)}"
        if before.number == 1:
            return _("{gradient} also contains the gradient of epoch 1: {sums}", gradient=gradient, sums=sums)
        return _("{gradient} also contains the gradients of the earlier epochs: {sums}", gradient=gradient, sums=sums)
    rate, slope = _short(before.settings.learning_rate), bracketed(_short(held))
    begun, ended = _short(earlier.parameters[index]), _short(column.parameters[index])
    if there.bug == "plus for minus":
        sums = f"{begun} + {rate}·{slope} = {ended}"
        return _("{name} + lr·gradient climbs the slope: {sums}", name=name, sums=sums)
    sums = f"{begun} − {rate}·{rate}·{slope} = {ended}"
    return _("its step multiplies by lr twice: {name} − lr·lr·gradient = {sums}", name=name, sums=sums)


def _short(value: float) -> str:
    return significant(value, 5)
