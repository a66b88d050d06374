"""Opens the lab, on an experiment or on a workspace that was saved."""

import gc
from collections.abc import Callable
from pathlib import Path
from typing import Any

from gdtui.cli.options import experiment_from
from gdtui.cli.screen_options import wishes
from gdtui.cli.startup_gate import FIRST_FRAME
from gdtui.errors import ExperimentError
from gdtui.experiment.backend import Backend
from gdtui.terminal.capability import check_terminal

LoadBackend = Callable[[], Backend]


def open_lab(given: dict[str, Any], load_backend: LoadBackend) -> int:
    """Open the lab on a terminal; return the exit code."""
    if given["data"] == "-":
        raise ExperimentError("data", "standard input is the keyboard here; name a file, or use gdtui run")
    check_terminal()
    if given["workspace"] is not None:
        return open_workspace(given, load_backend)
    experiment = experiment_from(given)
    gc.disable()  # until all is loaded
    FIRST_FRAME.take()
    from gdtui.ui.lab.app import open_app  # Textual, which only the lab needs

    return open_app(experiment, load_backend, pause_after=given["pause_after"], **wishes(given))


def open_workspace(given: dict[str, Any], load_backend: LoadBackend) -> int:
    """Open the lab on a workspace that was saved; return the exit code."""
    from gdtui.storage import workspace_file  # which only this needs

    path = Path(given["workspace"])
    snapshot, version = workspace_file.read(path)
    gc.disable()  # until all is loaded
    FIRST_FRAME.take()
    from gdtui.ui.lab.app import open_app
    from gdtui.ui.lab.file_actions import Opened

    opened = Opened(snapshot, path, version)
    shown = {"pause_after": given["pause_after"], **wishes(given)}
    return open_app(snapshot.present.experiment, load_backend, opened=opened, **shown)
