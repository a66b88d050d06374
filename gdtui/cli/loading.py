"""Loading torch, late and one program after the other."""

import gc
from collections.abc import Callable
from types import ModuleType

from gdtui.cli.startup_gate import FIRST_FRAME, TORCH
from gdtui.errors import MEGABYTES_FOR_TORCH, check_folder, check_limits, host_errors
from gdtui.experiment.backend import Backend

LoadBackend = Callable[[], Backend]


def load_backend() -> Backend:
    """Import torch; the app calls this on a thread once its first frame is up.

    Raises:
        UserError: there is no folder to work in, or too little memory, for which what torch brings would end the
            process; or a library is missing or broken.
    """
    check_folder()
    check_limits(MEGABYTES_FOR_TORCH)
    # Nothing of the hundreds of thousands of objects that imports make is garbage: to look through them again and again
    # takes a tenth of their time, and would hold up the screen later.
    gc.disable()
    FIRST_FRAME.let_others_go_first()
    TORCH.take()
    try:
        with host_errors():
            import numpy  # noqa: F401  # torch would do without it, and complain

            from gdtui.descent.backend import BACKEND
    finally:
        gc.enable()
        TORCH.give_back()
    gc.freeze()
    return BACKEND


def load_shared() -> ModuleType:
    """Import torch, and what several processes do together.

    Raises:
        UserError: as from `load_backend`.
    """
    load_backend()
    with host_errors():
        from gdtui.descent import shared
    return shared
