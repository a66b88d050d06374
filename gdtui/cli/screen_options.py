"""The options that say how a screen is shown, for the lab and for lessons alike."""

from typing import Any

import click

from gdtui.cli.options import with_options

NAMES = ("markers", "ascii", "mouse")
"""What the options are called in Python."""

screen_options = with_options(
    click.option(
        "--markers",
        type=click.Choice(("braille", "hd", "ascii")),
        help="What charts are drawn with. [what the terminal can]",
    ),
    click.option("--ascii/--no-ascii", default=None, help="Nothing but ASCII on the screen. [what the terminal can]"),
    click.option("--mouse", is_flag=True, help="Scroll and click; the terminal selects no text then."),
)


def wishes(given: dict[str, Any]) -> dict[str, Any]:
    """How the screen is to be shown, as the app takes it."""
    return {"marker": given["markers"], "is_ascii": given["ascii"]}
