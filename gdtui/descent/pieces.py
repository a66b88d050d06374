"""Linear regression over many rows in one pass: bit for bit what `LinearRegression` gives, in less time.

With many rows most of the time of a step goes into fetching numbers from memory and making room for new ones. Here the
rows are gone through in pieces that stay near the processor, and torch writes into the same tensors every epoch.
"""

import torch
from torch import Tensor

from gdtui.descent.objective import Rows
from gdtui.descent.objectives import LinearRegression
from gdtui.descent.trainer import Trainer
from gdtui.experiment.experiment import Experiment

BYTES = 2**19
"""Of a piece of x and y: with what is made of it, it fits into the second cache of a processor."""


_agrees: dict[tuple[torch.Size, torch.dtype], bool] = {}
"""Of tables of these sizes, whether BLAS adds their rows in the same order piece by piece."""


class InPieces(LinearRegression):
    """The squared error over all rows of x and y; over other rows it is that of linear regression."""

    def __init__(self, experiment: Experiment, x: Tensor, y: Tensor) -> None:
        super().__init__(experiment.objective)
        self.x = x
        self.squares = torch.empty_like(y)
        self.errors = torch.empty_like(y) if experiment.has_bias else self.squares
        """Only b asks for them when all pieces are done; without it each piece is squared where it lies."""
        self.products = torch.empty_like(y) if x.dim() == 1 else torch.empty_like(x[0])
        """Error · x for each row of one column; of several columns its sum."""
        self._cut(2 ** ((BYTES * len(y) // (x.nbytes + y.nbytes)).bit_length() - 1))
        if x.dim() == 2:
            if (kind := (x.shape, x.dtype)) not in _agrees:
                _agrees[kind] = self._has_same_sums(y)
            if not _agrees[kind]:
                self._cut(len(y))

    def _cut(self, size: int) -> None:
        """Let a piece have so many rows."""
        tensors = (self.x, self.errors, self.squares, *([self.products] if self.x.dim() == 1 else []))
        self._pieces = list(zip(*(torch.split(tensor, size) for tensor in tensors), strict=True))
        self._size = size

    def _has_same_sums(self, y: Tensor) -> bool:
        """Whether the sums are the same piece by piece."""
        parameters = [torch.linspace(1, 2, self.x.shape[1], dtype=y.dtype)]
        whole = super().rows(self.x, y, parameters)
        (ours,) = self.gradient(self.rows(self.x, y, parameters), parameters)
        return torch.equal(whole.error**2, self.squares) and torch.equal(super().gradient(whole, parameters)[0], ours)

    def rows(self, x: Tensor, y: Tensor, parameters: list[Tensor]) -> Rows:
        """All rows with their errors, the squares of which stand for z; where torch keeps a graph, as elsewhere."""
        weights, *bias = parameters
        if x is not self.x or weights.requires_grad:
            return super().rows(x, y, parameters)
        add, mul, sub, mv, addmv = torch.add, torch.mul, torch.sub, torch.mv, torch.addmv
        if x.dim() == 2:
            self.products.zero_()
        for (part, error, square, *product), target in zip(self._pieces, torch.split(y, self._size), strict=True):
            if product:
                mul(part, weights, out=error)
            else:
                mv(part, weights, out=error)
            if bias:
                add(error, bias[0], out=error)
            sub(error, target, out=error)
            if product:
                mul(error, part, out=product[0])
            else:
                addmv(self.products, part.T, error, out=self.products)
            mul(error, error, out=square)
        return Rows(x, y, self.squares, self.errors, self.errors)

    def cost(self, rows: Rows) -> Tensor:
        """The mean of the squares."""
        return torch.mean(self.squares) if rows.z is self.squares else super().cost(rows)

    def gradient(self, rows: Rows, parameters: list[Tensor]) -> list[Tensor]:
        """Σ(H − y)x for W and Σ(H − y) for b."""
        if rows.z is not self.squares:
            return super().gradient(rows, parameters)
        slope = torch.sum(self.products, dim=0, keepdim=True) if rows.x.dim() == 1 else self.products.clone()
        return [slope] if len(parameters) == 1 else [slope, torch.sum(rows.error, dim=0, keepdim=True)]


class ManyRowsTrainer(Trainer):
    """Walks down the cost over many rows."""

    def begin(self) -> tuple[InPieces, Tensor, Tensor]:
        """What is made small, and the rows that are looked at."""
        _objective, x, y = super().begin()
        return InPieces(self.experiment, x, y), x, y
