"""The epochs of a run as columns of numbers, compact for a million epochs."""

from array import array
from itertools import pairwise
from struct import Struct

from gdtui.experiment.epoch import Epoch

ROWS = 4096
"""Epochs per piece. All pieces but the last are full, never change, and are shared by the runs that have them."""

MOST_AT_HAND = 512
"""How many Epoch objects are cached: more than one frame needs, and most of them again for the next frame."""


class History:
    """The epochs 1, 2, 3 … of a run, each a row of C doubles.

    One thread appends while others read: rows are appended whole, and reading copies.
    """

    def __init__(self, parameters: int, memory: int = 0, *, validates: bool = False) -> None:
        """`parameters` is the number of weights and b, `memory` the most numbers that an optimizer keeps."""
        self.parameters = parameters
        self.memory = memory
        self.validates = validates
        """Whether rows are kept back, so that each row begins with two costs."""
        self._width = 1 + validates + 4 * parameters + memory
        self._pack = Struct(f"{self._width}d").pack
        self._pieces = [array("d")]
        self._best = array("q")
        """For each epoch, the index of the epoch with the least validation cost up to it."""
        self._at_hand: dict[int, Epoch] = {}

    def __len__(self) -> int:
        last = len(self._pieces) - 1  # read once: another thread may add a piece
        return last * ROWS + len(self._pieces[last]) // self._width

    def __getitem__(self, index: int) -> Epoch:
        epoch = self._at_hand.get(index)
        if epoch is None:
            epoch = self._row(index)
            if len(self._at_hand) >= MOST_AT_HAND:
                self._at_hand.clear()
            self._at_hand[index] = epoch
        return epoch

    def _row(self, index: int) -> Epoch:
        if not 0 <= index < len(self):
            raise IndexError(f"epoch {index + 1} of {len(self)}")
        piece, place = divmod(index, ROWS)
        row = tuple(self._pieces[piece][place * self._width : (place + 1) * self._width])
        first = 1 + self.validates
        ends = (first + part * self.parameters for part in (0, 1, 2, 3, 4))
        parameters, slope, update, following = (row[start:end] for start, end in pairwise(ends))
        memory, validation = row[first + 4 * self.parameters :], row[1] if self.validates else None
        return Epoch(index + 1, parameters, row[0], slope, update, following, memory, validation)

    def append(self, epoch: Epoch) -> None:
        """Add the epoch after the last."""
        costs: tuple[float, ...] = (epoch.cost,)
        if epoch.validation is not None:
            costs = (epoch.cost, epoch.validation)
            best = self._best[-1] if self._best else 0
            is_best = not len(self) or epoch.validation < self.validations(best, best + 1)[0]
            self._best.append(len(self) if is_best else best)
        row = (*costs, *epoch.parameters, *epoch.gradient, *epoch.update, *epoch.following, *epoch.memory)
        numbers = self._pack(*row, *(0.0,) * (self._width - len(row)))  # quicker than passing them one by one
        if len(self._pieces[-1]) < ROWS * self._width:
            self._pieces[-1].frombytes(numbers)
        else:
            self._pieces.append(array("d", numbers))

    def copy(self, length: int, memory: int | None = None) -> "History":
        """An independent history of the first `length` epochs, with room for `memory` numbers (by default as many)."""
        twin = History(self.parameters, self.memory if memory is None else memory, validates=self.validates)
        twin._best = self._best[:length]
        full, rest = divmod(length, ROWS)
        pieces = self._pieces[:full]
        if rest or not full:
            pieces.append(self._pieces[full][: rest * self._width])
        twin._pieces = pieces if twin._width == self._width else [self._fitted(piece, twin._width) for piece in pieces]
        return twin

    def _fitted(self, piece: "array[float]", width: int) -> "array[float]":
        """The same rows, wider or narrower."""
        fitted = array("d", bytes(8 * len(piece) // self._width * width))
        for column in range(min(self._width, width)):
            fitted[column::width] = piece[column :: self._width]
        return fitted

    def costs(self, first: int, last: int) -> "array[float]":
        """The costs of the rows from index `first` up to, not including, `last`."""
        return self._column(0, first, last)

    def validations(self, first: int, last: int) -> "array[float]":
        """Likewise for the costs over the rows kept back."""
        return self._column(1, first, last)

    def best(self, index: int) -> int | None:
        """The index of the epoch with the least validation cost up to this one; None if no rows are kept back."""
        return self._best[index] if self.validates else None

    def values(self, parameter: int, first: int, last: int) -> "array[float]":
        """One parameter before each update, over the rows from `first` up to, not including, `last`."""
        return self._column(1 + self.validates + parameter, first, last)

    def _column(self, column: int, first: int, last: int) -> "array[float]":
        found = array("d")
        for piece in range(first // ROWS, min(-(-last // ROWS), len(self._pieces))):
            begin, end = max(0, first - piece * ROWS), min(ROWS, last - piece * ROWS)
            found += self._pieces[piece][begin * self._width + column : end * self._width : self._width]
        return found
