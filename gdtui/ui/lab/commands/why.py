"""The commands that take an update apart: its anatomy, its code, and numbers to work out oneself."""

from gdtui.ui.lab.commands.lab_command import LabCommand


class WhyCommand(LabCommand):
    """Why W becomes what it becomes."""

    section = "Why"


class Anatomy(WhyCommand):
    """The update taken apart."""

    name, keys, shown_keys, footer = "anatomy", "a", "a", ("a", "why")
    title, opens = "Take this update apart: every number from the rows to the new W", "anatomy"


class Code(WhyCommand):
    """The loop in code."""

    name, keys, shown_keys, footer = "code", "c", "c", ("c", "code")
    title, opens = "The loop in code, with the value of each line beside it", "code"


class StepLine(WhyCommand):
    """One line of code."""

    name, keys, shown_keys, footer = "line", "s", "s", ("s", "line")
    title, views = "In the code: carry out one line, and after the last take the epoch", ("code",)


class Fade(WhyCommand):
    """Numbers to work out oneself."""

    name, keys, shown_keys, footer = "fade", "f", "f", ("f", "fade")
    title, views = "In the anatomy or the code: hide one number more each step, or none", ("anatomy", "code")


class AskNumber(WhyCommand):
    """A hidden number, asked for."""

    name, keys, shown_keys = "ask", "enter", "enter"
    title, views = "Be asked for a hidden number", ("anatomy", "code")


class Reveal(WhyCommand):
    """A hidden number, told."""

    name, keys, shown_keys = "reveal", "g", "g"
    title, views = "Tell a hidden number", ("anatomy", "code")


class NextBatch(WhyCommand):
    """The updates of an epoch, forwards."""

    name, keys, shown_keys = "next-batch", "b", "b"
    title, views = "In the anatomy: the next update of this epoch, where it has batches", ("anatomy",)


class PreviousBatch(WhyCommand):
    """The updates of an epoch, backwards."""

    name, keys, shown_keys = "previous-batch", "B", "B"
    title, views = "In the anatomy: the update before", ("anatomy",)


COMMANDS: tuple[type[LabCommand], ...] = (Anatomy, Code, StepLine, Fade, AskNumber, Reveal, NextBatch, PreviousBatch)
"""In the order of the help."""
