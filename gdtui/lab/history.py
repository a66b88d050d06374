"""The epochs of a run as columns of numbers, compact for a million epochs."""

from array import array

from gdtui.experiment.epoch import Epoch

MOST_AT_HAND = 512
"""How many epochs are kept as they were handed out: more than one look at a run asks for, and most again the next."""


class History:
    """The epochs 1, 2, 3 … of a run, each one row of plain doubles.

    One thread appends and others read: a row is appended whole, and nothing handed out is a view of it.
    """

    def __init__(self, parameters: int, memory: int = 0) -> None:
        """`parameters` is how many weights and b there are, `memory` how many numbers an optimizer keeps at most."""
        self.parameters = parameters
        self.memory = memory
        self._width = 1 + 4 * parameters + memory
        self._numbers = array("d")
        self._at_hand: dict[int, Epoch] = {}

    def __len__(self) -> int:
        return len(self._numbers) // self._width

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
        row = tuple(self._numbers[index * self._width : (index + 1) * self._width])
        gradient, update, following, memory = (1 + part * self.parameters for part in (1, 2, 3, 4))
        parameters, slope = row[1:gradient], row[gradient:update]
        return Epoch(index + 1, parameters, row[0], slope, row[update:following], row[following:memory], row[memory:])

    def append(self, epoch: Epoch) -> None:
        """Add the epoch after the last."""
        row = (epoch.cost, *epoch.parameters, *epoch.gradient, *epoch.update, *epoch.following, *epoch.memory)
        self._numbers.extend(row + (0.0,) * (self._width - len(row)))

    def copy(self, length: int, memory: int | None = None) -> "History":
        """A history of its own with the first `length` epochs of this one, and room for `memory` numbers or as many."""
        twin = History(self.parameters, self.memory if memory is None else memory)
        if twin._width == self._width:
            twin._numbers = self._numbers[: length * self._width]
            return twin
        twin._numbers = array("d", bytes(8 * length * twin._width))
        for column in range(min(self._width, twin._width)):
            twin._numbers[column :: twin._width] = self._numbers[column : length * self._width : self._width]
        return twin

    def costs(self, first: int, last: int) -> "array[float]":
        """The costs of the rows from index `first` up to, not including, `last`."""
        return self._numbers[first * self._width : last * self._width : self._width]

    def values(self, parameter: int, first: int, last: int) -> "array[float]":
        """One parameter before each update, over the rows from `first` up to, not including, `last`."""
        return self._numbers[first * self._width + 1 + parameter : last * self._width : self._width]
