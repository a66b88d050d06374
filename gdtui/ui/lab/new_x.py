"""H(x) for a new x, with the W of the epoch looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gdtui.errors import ExperimentError
from gdtui.numbers import fixed, parse_number, parse_numbers, significant
from gdtui.text import clean

if TYPE_CHECKING:
    from gdtui.ui.lab.screen import LabScreen


def ask_x(lab: LabScreen) -> None:
    """Ask for a new x and say H(x)."""
    names = [clean(name, 16) for name in lab.workspace.run.experiment.dataset.features]
    what = ", ".join(names) if len(", ".join(names)) < lab.size.width // 3 else f"{len(names)} numbers"
    lab.ask_text(f"H(x) for {what} =", lambda text: _say_hypothesis(lab, text))


def _say_hypothesis(lab: LabScreen, text: str) -> str | None:
    run = lab.workspace.run
    try:
        x = parse_numbers(text) if len(run.experiment.dataset.x) > 1 else (parse_number(text),)
        value = run.experiment.predict(run.epoch.parameters, x)
    except (ValueError, ExperimentError) as error:
        return str(error)
    arguments = ", ".join(significant(number) for number in x)
    lab.notice(f"H({arguments}) = {fixed(value, 6)}   with the W of epoch {run.cursor + 1}")
    return None
