"""Lessons made for the tests."""

from gdtui.teaching.lesson import LoadedLesson
from gdtui.teaching.reader import read_lesson

LESSON = """\
format = 1
title = "Small"
about = "for the tests"
locked = ["w0"]

[experiment]
lr = 0.05

[[step]]
name = "read"
text = "W is {W}, the limit {limit}."

[[step]]
name = "ask"
text = "lr is {lr}."
hints = ["Look at the sign.", "It is {next_W}."]
reveal = "W is now {W}."
[step.ask]
kind = "next"

[[step]]
name = "choose"
text = "The cost is {cost:3}."
[step.ask]
kind = "choice"
prompt = "Which side?"
hint = "Think of the slope."
worked = "The slope is {gradient}."
choices = [{ text = "left", when = "W < min_W" }, { text = "right", when = "W > min_W", says = "No: {W}." }]

[[step]]
name = "goal"
text = "Go below 0.001."
experiment = { w0 = 3 }
hints = ["A larger lr.", "lr = 0.07"]
reveal = "Done with {lr}."
[step.goal]
check = ["cost < 0.001", "updates <= 3"]
answer = ["lr = 0.07", "step 2"]
score = "updates"
"""


def read(text: str = LESSON, name: str = "small") -> LoadedLesson:
    """The lesson in a text."""
    return read_lesson(text.encode(), f"{name}.toml", name)


def swapped(old: str, new: str, text: str = LESSON) -> str:
    """The lesson with one thing said otherwise."""
    assert text.count(old) == 1, old
    return text.replace(old, new)
