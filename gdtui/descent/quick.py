"""Faster linear regression, with the same results as `Trainer.step` to the bit.

With few rows, most of a step's time goes into creating tensors and converting numbers to Python. So all tensors for a
block of epochs are created once, torch writes into them (`out=`), and their numbers are read together. Inference mode
makes each call cheaper.

With many rows, most of the time goes into reading memory and allocating it. So torch writes into the same tensors every
epoch, and the rows of a single column are processed in pieces that stay in the processor's cache.
"""

import itertools
from collections import deque

import torch
from torch import Tensor

from gdtui.descent.methods import ByHand
from gdtui.descent.objective import Rows
from gdtui.descent.objectives import LinearRegression
from gdtui.descent.trainer import Trainer
from gdtui.experiment.epoch import Epoch
from gdtui.experiment.experiment import Experiment

MOST_AT_ONCE = 256
"""The most epochs in a block."""

MOST_ROWS_AT_ONCE = 65_536
"""The most epochs × rows in a block, so that computing ahead of a single step takes no noticeable time."""

ALIGNED = 64
"""Each epoch's parameters start at a multiple of this many bytes, because sums in BLAS may depend on alignment."""

BYTES = 2**19
"""The size of a piece of x and y, in bytes: with its intermediate results it fits into the second-level cache."""


class Block:
    """Tensors for several epochs of one experiment with the same settings, and a loop that writes into them."""

    @torch.inference_mode()
    def __init__(self, x: Tensor, y: Tensor, parameters: int, *, has_bias: bool, size: int) -> None:
        """`parameters` is the number of weights, plus one if there is a b."""
        self.x, self.y, self.size, self.parameters = x, y, size, parameters
        self.weights = parameters - has_bias
        self.z, self.products = torch.empty_like(y), torch.empty_like(y)
        self.errors = self._rows(size, len(y))
        self.places, self.gradients, self.updates = (self._rows(count, parameters) for count in (size + 1, size, size))
        rows = [self.places[:-1], self.places[1:], self.gradients, self.updates, *self._parts(self.places[:-1])]
        each = zip(
            *(tensor.unbind() for tensor in (self.errors[:, : len(y)], *rows, *self._parts(self.gradients))),
            strict=True,
        )
        self.loop = list(each)

    def _rows(self, count: int, numbers: int) -> Tensor:
        """`count` rows of `numbers` numbers, each starting at a multiple of `ALIGNED` bytes."""
        apart = ALIGNED // self.y.element_size()
        return torch.zeros(count, -(-numbers // apart) * apart, dtype=self.y.dtype)

    def _parts(self, rows: Tensor) -> tuple[Tensor, Tensor]:
        """The weights of each row, and b, which is empty if there is none."""
        return rows[:, : self.weights], rows[:, self.weights : self.parameters]

    @torch.inference_mode()
    def epochs(self, method: ByHand, number: int, count: int) -> list[Epoch]:
        """The next `count` epochs, the first of which is `number`; `method` ends up with their last parameters."""
        x, y, z, products, columns = self.x, self.y, self.z, self.products, self.x.t()
        is_single, has_bias = x.dim() == 1, self.weights < self.parameters
        add, mul, sub, total, mv = torch.add, torch.mul, torch.sub, torch.sum, torch.mv
        factor = method.objective.description.factor(method.convention)
        numerator, m, penalty, rate = (
            self._number(value) for value in (factor.numerator, len(y), method.penalty, method.learning_rate)
        )
        decay = self._rows(1, self.parameters)[0]
        torch.cat(method.parameters, out=self.places[0, : self.parameters])
        for error, at, following, gradient, update, W, b, slope, slope_b in self.loop[:count]:
            if is_single:
                mul(x, W, out=z)
            else:
                mv(x, W, out=z)
            if has_bias:
                add(z, b, out=z)
            sub(z, y, out=error)
            if is_single:
                mul(error, x, out=products)
                total(products, 0, keepdim=True, out=slope)
            else:
                mv(columns, error, out=slope)
            if has_bias:
                total(error, 0, keepdim=True, out=slope_b)
            if factor.numerator != 1:
                mul(gradient, numerator, out=gradient)
            if factor.is_mean:
                torch.div(gradient, m, out=gradient)
            if method.penalty:
                mul(at, penalty, out=decay)
                add(gradient, decay, out=gradient)
            mul(gradient, rate, out=update)
            sub(at, update, out=following)
        errors = self.errors[:count, : len(y)]
        costs = torch.mean(mul(errors, errors, out=errors), dim=1).tolist()
        for parameter, values in zip(method.parameters, self._parts(self.places), strict=False):  # there may be no b
            parameter.copy_(values[count])
        return self._read(number, count, costs)

    def _number(self, value: float) -> Tensor:
        return torch.tensor(value, dtype=self.y.dtype)

    def _read(self, number: int, count: int, costs: list[float]) -> list[Epoch]:
        """The first `count` epochs as Python numbers."""
        places, gradients, updates = (
            [tuple(row) for row in rows[: count + 1, : self.parameters].tolist()]
            for rows in (self.places, self.gradients, self.updates)
        )
        rows = zip(itertools.count(number), places, costs, gradients, updates, places[1:], strict=False)
        return list(itertools.starmap(Epoch, rows))


class QuickTrainer(Trainer):
    """Computes epochs ahead in growing blocks, as long as the method is `by hand`."""

    def __init__(self, experiment: Experiment) -> None:
        self._ahead: deque[Epoch] = deque()
        self._at_once = 1
        self._block: Block | None = None
        super().__init__(experiment)

    def step(self) -> Epoch:
        """Take one epoch and return it, with all the numbers it computes."""
        return self._ahead.popleft() if self._ahead or self._look_ahead() else super().step()

    def pending(self) -> Epoch:
        """The epoch that `step` would take, without taking it."""
        return self._ahead[0] if self._ahead or self._look_ahead() else super().pending()

    def restore(self, number: int, parameters: tuple[float, ...], memory: tuple[float, ...] = ()) -> None:
        """Continue from the start of epoch `number`, at `parameters`."""
        self._ahead.clear()
        self._at_once = 1
        super().restore(number, parameters, memory)

    def _look_ahead(self) -> bool:
        """Compute a block of epochs, twice as many as the last; False if they must be taken one by one."""
        if self.number == self.next_change:
            self.settle(self.gradient_method.parameters, self.gradient_method.memory())
        method = self.gradient_method
        if type(method) is not ByHand:
            return False
        rows = self.experiment.dataset.rows
        count = min(self._at_once, MOST_AT_ONCE, MOST_ROWS_AT_ONCE // rows)
        if self.next_change is not None:
            count = min(count, self.next_change - self.number)
        if self._block is None or self._block.size < count:
            parameters = len(self.experiment.start)
            self._block = Block(self.x, self.y, parameters, has_bias=self.experiment.has_bias, size=count)
        self._ahead.extend(self._block.epochs(method, self.number, count))
        self._at_once = 2 * count
        self.number += count
        self.at = self._ahead[-1].following
        return True


class InPieces(LinearRegression):
    """The squared error over all rows of x and y; other rows are handled as in linear regression.

    A single column is processed in pieces. Several columns are not, because in pieces BLAS would add rows in another
    order.
    """

    def __init__(self, experiment: Experiment, x: Tensor, y: Tensor) -> None:
        super().__init__(experiment.objective)
        self.x = x
        self.squares = torch.empty_like(y)
        self.errors = torch.empty_like(y) if experiment.has_bias else self.squares
        """Only b needs all the errors after the pieces are done; without b they are squared in place."""
        self.products = torch.empty_like(y) if x.dim() == 1 else y.new_empty(x.shape[1])
        """Error · x for each row of a single column; for several columns the sum."""
        tensors = (x, y, self.errors, self.squares, self.products)
        self._pieces = [tensors]
        if x.dim() == 1:
            size = 2 ** ((BYTES * len(y) // (x.nbytes + y.nbytes)).bit_length() - 1)
            self._pieces = list(zip(*(torch.split(tensor, size) for tensor in tensors), strict=True))

    def rows(self, x: Tensor, y: Tensor, parameters: list[Tensor]) -> Rows:
        """All rows with their errors, with the squares in the place of z; as usual if torch keeps a graph."""
        weights, *bias = parameters
        if x is not self.x or weights.requires_grad:
            return super().rows(x, y, parameters)
        add, mul, sub, mv = torch.add, torch.mul, torch.sub, torch.mv
        for part, target, error, square, product in self._pieces:
            if x.dim() == 1:
                mul(part, weights, out=error)
            else:
                mv(part, weights, out=error)
            if bias:
                add(error, bias[0], out=error)
            sub(error, target, out=error)
            if x.dim() == 1:
                mul(error, part, out=product)
            else:
                mv(part.T, error, out=product)
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
    """A trainer for many rows."""

    def begin(self) -> tuple[InPieces, Tensor, Tensor]:
        """The objective, and the rows to learn from."""
        _objective, x, y = super().begin()
        return InPieces(self.experiment, x, y), x, y


def trainer(experiment: Experiment) -> Trainer:
    """The trainer for the experiment: the quick one if possible."""
    if experiment.objective.name != "linear regression" or experiment.layout.targets > 1:
        return Trainer(experiment)
    if experiment.dataset.rows > MOST_ROWS_AT_ONCE // 2:
        return ManyRowsTrainer(experiment)
    is_plain = experiment.batch is None and experiment.dataset.kept is None and not experiment.has_schedule
    return QuickTrainer(experiment) if is_plain else Trainer(experiment)
