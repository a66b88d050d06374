"""What descent offers the rest, as one frozen bundle."""

from gdtui.descent.breakdown import breakdown
from gdtui.descent.listing import code
from gdtui.descent.many import surface, trainer
from gdtui.descent.notebook import notebook
from gdtui.descent.proof import Proof, buggy
from gdtui.descent.script import script
from gdtui.experiment.backend import Backend

BACKEND = Backend(
    trainer=trainer,
    surface=surface,
    breakdown=breakdown,
    code=code,
    script=script,
    notebook=notebook,
    proof=Proof,
    buggy=buggy,
)
