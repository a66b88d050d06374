"""Gradient descent in torch. It knows no screen."""

from gdtui.bench import Bench
from gdtui.descent.proof import Proof
from gdtui.descent.surface import surface
from gdtui.descent.trainer import Trainer

BENCH = Bench(trainer=Trainer, surface=surface, proof=Proof)
"""What this room offers the rest."""
