"""Gradient descent in torch. It knows no screen."""

from gdtui.bench import Bench
from gdtui.descent.anatomy import anatomy
from gdtui.descent.listing import code
from gdtui.descent.script import script
from gdtui.descent.surface import surface
from gdtui.descent.trainer import Trainer

BENCH = Bench(trainer=Trainer, surface=surface, anatomy=anatomy, code=code, script=script)
"""What this room offers the rest."""
