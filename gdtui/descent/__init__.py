"""Gradient descent in torch. It knows no screen."""

from gdtui.bench import Bench
from gdtui.descent.listing import code
from gdtui.descent.proof import Proof
from gdtui.descent.script import script
from gdtui.descent.surface import surface
from gdtui.descent.trainer import Trainer

BENCH = Bench(trainer=Trainer, surface=surface, code=code, script=script, proof=Proof)
"""What this room offers the rest."""
