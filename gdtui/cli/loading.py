"""Loading torch: late, and one program at a time."""

import gc
from collections.abc import Callable
from types import ModuleType

from gdtui.cli.startup_gate import FIRST_FRAME, TORCH
from gdtui.errors import MEGABYTES_FOR_TORCH, check_folder, check_limits, host_errors
from gdtui.experiment.backend import Backend

LoadBackend = Callable[[], Backend]


def load_backend() -> Backend:
    """Import torch; the app calls this on a thread once its first frame is shown.

    Raises:
        UserError: a library is missing or broken, the working folder is gone, or there is too little memory. The last
            two would crash the import.
    """
    check_folder()
    check_limits(MEGABYTES_FOR_TORCH)
    # None of the hundreds of thousands of objects that imports create is garbage: scanning them again and again would
    # take a tenth of the import time, and would delay the screen later.
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
    """Import torch with what several processes need.

    Raises:
        UserError: as in `load_backend`.
    """
    load_backend()
    with host_errors():
        from gdtui.descent import shared
    return shared
