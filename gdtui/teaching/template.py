"""The lesson that `gdtui lesson new` writes: complete, commented, and valid."""

from pathlib import Path

from gdtui.teaching.questions.all_kinds import KINDS

_ANY_RUN = ", ".join(name for name, kind in KINDS.items() if not kind.needs)
TEMPLATE = Path(__file__).with_suffix(".toml").read_text(encoding="utf-8").replace("KINDS", _ANY_RUN)
"""The text of the file."""
