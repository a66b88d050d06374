"""Opens the lab, on an experiment or on a saved workspace; and what must be done before any screen."""

import gc
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gdtui.cli.loading import LoadBackend
from gdtui.cli.options import experiment_from, looks
from gdtui.cli.startup_gate import FIRST_FRAME
from gdtui.errors import FILES_FOR_SCREEN, MEGABYTES_FOR_SCREEN, ExperimentError, check_limits
from gdtui.experiment.experiment import Experiment
from gdtui.terminal.capability import check_terminal
from gdtui.text import _

if TYPE_CHECKING:
    from gdtui.ui.lab.app import LabApp


def make_way() -> None:
    """Prepare for loading Textual, which only a screen needs.

    Raises:
        HostError: this machine's limits are too low for it.
    """
    check_limits(MEGABYTES_FOR_SCREEN, FILES_FOR_SCREEN)
    gc.disable()  # until everything is loaded
    FIRST_FRAME.take()


def open_lab(given: dict[str, Any], load_backend: LoadBackend) -> int:
    """Open the lab on a terminal; return the exit code."""
    if given["data"] == "-":
        raise ExperimentError(
            "data",
            _(
                "the lab needs standard input for the keyboard: put the data in a file and name it with "
                "--data, or use gdtui run"
            ),
        )
    check_terminal()
    saved = None
    if given["workspace"] is None:
        experiment = experiment_from(given)
    else:
        from gdtui.storage import workspace_file  # only needed here

        saved = workspace_file.read(given["workspace"])
        experiment = saved[0].present.experiment
    make_way()
    from gdtui.ui.common.app import run_app
    from gdtui.ui.lab.file_actions import Opened

    opened = Opened(saved[0], Path(given["workspace"]), saved[1]) if saved else None
    app = lab_of(experiment, load_backend, opened=opened, pause_after=given["pause_after"], **looks(given))
    return run_app(app, has_mouse=given["mouse"])


def lab_of(experiment: Experiment, load_backend: LoadBackend, **given: Any) -> "LabApp":
    """The lab; if a class folder is named, the lab that looks for a class."""
    from gdtui.classroom.named import named  # a headless run does not need it

    if named() is None:
        from gdtui.ui.lab.app import LabApp

        return LabApp(experiment, load_backend, **given)
    from gdtui.classroom.learner import Learner
    from gdtui.ui.classroom.learner_app import LearnerApp

    return LearnerApp(experiment, load_backend, Learner.find, **given)
