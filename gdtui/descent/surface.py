"""The cost as a function of the parameters, from the data in float64."""

from collections.abc import Callable, Iterable
from functools import partial
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from gdtui.errors import ExperimentError
from gdtui.experiment.surface import QuadraticSurface, Separation
from gdtui.text import _

ROUNDING = 16 * torch.finfo(torch.float64).eps
"""A residual smaller than this, relative to y, is the rounding error of a perfect fit."""

NEWTON_STEPS = 100
"""More than Newton's method ever needs if there is a minimum."""

MOST_OF_NEWTON = 300
"""With more parameters a step takes too long, and no minimum is searched for."""

SETTLED = 1e-9
"""Newton's method doubles its digits with each step, so a step that changes XW + b by less than this part is
the last.
"""


def least_squares(
    name: str, matrix: Tensor, y: Tensor, rows: int | None = None, largest_row: float | None = None
) -> QuadraticSurface:
    """The mean squared error of XW (+ b), its minimum and its curvature; `name` is the data's name.

    `matrix` is x, of shape (m, d), with a column of ones if there is a b; y is (m,), or (m, k) with k targets. The
    minimum
    is the least-squares solution by singular values (LAPACK gelsd), the one of least norm if there are many. A few rows
    may
    stand for many with the same sums; then `rows` is the number of those, and `largest_row` their largest |row|².

    Raises:
        ExperimentError: the squares of x are too large even for float64.
    """
    gram = gram_of(name, matrix)
    targets = y.numel() // len(y)
    fineness = torch.finfo(torch.float64).eps * max(rows or len(y), matrix.shape[1])  # LAPACK's default for all rows
    solution = torch.linalg.lstsq(matrix, y.reshape(-1, targets), driver="gelsd", rcond=fineness)
    minimum = _without_rounding(solution.solution.reshape(-1, *y.shape[1:]), matrix, y)
    eigenvalues, axes = torch.linalg.eigh(gram)
    errors, each = (rows or len(y)) * targets, torch.eye(targets, dtype=matrix.dtype)
    zero_cost = torch.sum(y**2).item() / errors
    least_cost = torch.sum((matrix @ minimum - y) ** 2).item() / errors
    return QuadraticSurface(
        rows=errors,
        gram=tuple(map(tuple, torch.kron(gram, each).tolist())),
        eigenvalues=tuple(eigenvalues.clamp(min=0).repeat_interleave(targets).tolist()),
        axes=tuple(map(tuple, torch.kron(axes.T, each).tolist())),
        minimum=tuple(minimum.flatten().tolist()),
        least_cost=0.0 if least_cost <= ROUNDING**2 * zero_cost else least_cost,
        zero_cost=zero_cost,
        rank=int(solution.rank) * targets,
        largest_row=torch.sum(matrix**2, dim=1).max().item() if largest_row is None else largest_row,
        targets=targets,
    )


def triangle_of(blocks: Iterable[Tensor], targets: int) -> tuple[Tensor, float]:
    """A few rows with the same sums of squares and products as all blocks together, and the largest |row|² of x.

    A block holds rows of x and y side by side. The few rows are the R of a QR factorization, with one block in memory
    at a
    time.
    """
    triangle, largest = torch.empty(0), 0.0
    for rows in blocks:
        largest = max(largest, torch.sum(rows[:, :-targets] ** 2, dim=1).max().item())
        triangle = torch.linalg.qr(torch.cat([triangle.T, rows.T], dim=1).T if len(triangle) else rows, mode="r").R
    return triangle, largest


def gram_of(name: str, matrix: Tensor) -> Tensor:
    """AᵀA of the matrix A.

    Raises:
        ExperimentError: the squares of x are too large even for float64.
    """
    gram = matrix.T @ matrix
    if not torch.isfinite(gram).all():
        raise ExperimentError(name, _("the squares of x are too large for float64: scale x down"))
    return gram


class Lowest(NamedTuple):
    """The minimum of a cross-entropy, or why it has none; empty if it was not searched for."""

    minimum: tuple[float, ...] | None = None
    separation: Separation = ""


def margins(z: Tensor, y: Tensor) -> Tensor:
    """How far each row is inside its own class: z on the side of its label, or its class's z above the largest
    other z.
    """
    if y.dim() == 1:
        return (2 * y - 1) * z
    return torch.where(y == 1, z, 0.0).sum(dim=1) - torch.where(y == 1, -torch.inf, z).amax(dim=1)


def lowest_cross_entropy(matrix: Tensor, y: Tensor) -> Lowest:
    """The parameters of least cross-entropy for labels of 0 and 1."""

    def look(z: Tensor) -> tuple[Tensor, Tensor]:
        h = torch.sigmoid(z)
        slope = matrix.T @ (h - y) / len(y)
        hessian = matrix.T @ ((h * (1 - h)).unsqueeze(1) * matrix) / len(y)
        return slope, hessian

    return _newton(matrix, y, look, partial(functional.binary_cross_entropy_with_logits, target=y))


def lowest_softmax(matrix: Tensor, y: Tensor) -> Lowest:
    """The parameters of least cross-entropy for k classes, with one column of y per class; of many, those of least
    norm.
    """
    d, k = matrix.shape[1], y.shape[1]
    if d * k > MOST_OF_NEWTON:
        return Lowest()
    each = torch.eye(k, dtype=matrix.dtype)

    def look(z: Tensor) -> tuple[Tensor, Tensor]:
        h = torch.softmax(z, dim=1)
        slope = (matrix.T @ (h - y) / len(y)).flatten()
        pulls = h.unsqueeze(2) * (each - h.unsqueeze(1))
        hessian = torch.einsum("ma,mb,mjl->ajbl", matrix, matrix, pulls).reshape(d * k, d * k) / len(y)
        return slope, hessian

    return _newton(matrix, y, look, partial(functional.cross_entropy, target=y))


def _newton(
    matrix: Tensor, y: Tensor, look: Callable[[Tensor], tuple[Tensor, Tensor]], cost: Callable[[Tensor], Tensor]
) -> Lowest:
    """The minimum of a convex cost of z, by Newton's method; none if the cost falls for ever.

    `look` returns the gradient and the Hessian at z. Once every row is inside its class, every margin can be made
    larger;
    some margins can if the cost becomes flat in some direction.
    """

    def linear(at: Tensor) -> Tensor:
        return matrix @ at.reshape(-1, *y.shape[1:])

    is_one_class = bool((y == y[0]).all())
    at, rank = torch.zeros(matrix.shape[1] * (y.numel() // len(y)), dtype=torch.float64), 0
    for _step in range(NEWTON_STEPS):
        z = linear(at)
        slope, hessian = look(z)
        found = torch.linalg.lstsq(hessian, slope.unsqueeze(1), driver="gelsd")
        step, rank = found.solution.squeeze(1), max(rank, int(found.rank))
        if bool((margins(z, y) > 0).all()):
            return Lowest(separation="one class" if is_one_class else "whole")
        if int(found.rank) < rank:
            break
        if float(linear(step).abs().max()) <= SETTLED * max(1.0, float(z.abs().max())):
            return Lowest(tuple((at - step).tolist()))
        most, part = float(cost(z)) * (1 + ROUNDING), 1.0
        while part > ROUNDING and float(cost(linear(at - part * step))) > most:
            part /= 2
        at = at - part * step
    return Lowest(separation="one class" if is_one_class else "in part")


def _without_rounding(minimum: Tensor, matrix: Tensor, y: Tensor) -> Tensor:
    """Each parameter rounded to the bits that change a prediction noticeably: 1 rather than 1 + 2⁻⁵²."""
    fineness = ROUNDING * y.norm(dim=0) / matrix.norm(dim=0).reshape(-1, *[1] * (y.dim() - 1))
    bits = torch.exp2(torch.floor(torch.log2(fineness)))
    rounded = torch.round(minimum / bits) * bits
    return torch.where(torch.isfinite(rounded), rounded, minimum)
