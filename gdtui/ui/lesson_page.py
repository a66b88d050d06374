"""A page of a lesson as it stands on the screen: Markdown at the width that 80 columns leave."""

import io

from rich.console import Console
from rich.markdown import Markdown

WIDTH = 76


def height(text: str) -> int:
    """How many lines a text in Markdown takes."""
    console = Console(width=WIDTH, file=io.StringIO(), color_system=None)
    return len(console.render_lines(Markdown(text), pad=False)) if text.strip() else 0
