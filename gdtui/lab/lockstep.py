"""Lockstep: a proof that keeps up with a run and remembers its comparisons."""

import time

from gdtui.experiment.backend import Backend, Proof
from gdtui.experiment.experiment import Experiment
from gdtui.experiment.proof import Bug, Comparison
from gdtui.experiment.settings import LENGTH

MOST_EPOCHS = 1000
"""How many epochs of a run are compared, from the first."""

SECONDS_AT_ONCE = 0.05
"""How long the screen may wait for new comparisons."""


class Lockstep:
    """Compares the first epochs of a run; starts over for another experiment or another bug."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._experiment: Experiment | None = None
        self._bug: Bug | None = None
        self._proof: Proof | None = None
        self._known: list[Comparison] = []

    def follow(self, experiment: Experiment, bug: Bug | None, epoch: int) -> tuple[Comparison, ...]:
        """The comparisons from the first epoch up to `epoch`, or fewer if time or MOST_EPOCHS ran out.

        Comparisons made earlier are reused.
        """
        has_same_epochs = self._experiment and experiment.differences(self._experiment) <= {*LENGTH}
        if self._proof is None or bug != self._bug or not has_same_epochs:
            self._proof, self._bug, self._known = self._backend.proof(experiment, bug), bug, []
        self._experiment = experiment
        deadline = time.monotonic() + SECONDS_AT_ONCE
        while len(self._known) < min(epoch, MOST_EPOCHS):
            self._known.append(self._proof.step())
            if time.monotonic() > deadline:
                break
        return tuple(self._known[:epoch])
