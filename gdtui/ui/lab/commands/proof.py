"""The commands of the proof: its bugs, the conventions, and x in another form."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gdtui.ui.lab.commands.lab_command import LabCommand

if TYPE_CHECKING:
    from gdtui.ui.lab.screen import LabScreen

TEN = 10
"""x is so many times what it was, in other units: centimetres for decimetres."""


class ProofCommand(LabCommand):
    """The proof, and what it is about."""

    section = "Proof"


class OpenProof(ProofCommand):
    """The proof."""

    name, keys, shown_keys, footer, opens = "proof", "m", "m", ("m", "proof"), "proof"
    title = "By hand, autograd and torch.optim side by side, or back"


class NextBug(ProofCommand):
    """The bugs, forwards."""

    name, keys, shown_keys, footer, views = "next-bug", "b", "b", ("b", "bug"), ("proof",)
    title = "In the proof: put in the next bug, and after the last none"


class NextConvention(ProofCommand):
    """The conventions."""

    name, keys, shown_keys = "next-convention", "k", "k"
    title = "The gradient's next convention from this W on: sum, mse, mean"

    @classmethod
    def do(cls, lab: LabScreen, count: int) -> None:
        """Take it up."""
        lab.actions.next_convention(count or 1)


class Standardize(ProofCommand):
    """Standardized or raw x."""

    name, keys, shown_keys = "standardize", "t", "t"
    title = "Begin again with x standardized, or raw again"

    @classmethod
    def do(cls, lab: LabScreen, count: int) -> None:
        """Switch it."""
        lab.actions.switch(lab.workspace.toggle_standardized)


class Rescale(ProofCommand):
    """x in other units."""

    name, keys, shown_keys = "rescale", "T", "T"
    title = "Begin again with x × 10 (100 T: × 100), or as it was"

    @classmethod
    def do(cls, lab: LabScreen, count: int) -> None:
        """Switch it."""
        is_first = lab.workspace.run.experiment.dataset.x_scale == 1
        lab.actions.switch(lambda: lab.workspace.rescale(count or (TEN if is_first else 1)))


COMMANDS: tuple[type[LabCommand], ...] = (OpenProof, NextBug, NextConvention, Standardize, Rescale)
"""In the order of the help."""
