"""Lessons made for the tests, and what plays them and those that ship."""

from functools import cache

from gdtui.descent.backend import BACKEND
from gdtui.experiment.backend import Backend
from gdtui.teaching.catalogue import lesson_named
from gdtui.teaching.events import GoOn, read_event
from gdtui.teaching.lesson import LoadedLesson
from gdtui.teaching.pages.all_kinds import tasks_of
from gdtui.teaching.reader import read_lesson
from gdtui.teaching.session import Session

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

KINDS = """\
format = 1
title = "Every kind"
about = "a page of each kind"
hidden = ["gradient", "formula", "verdict", "lr", "method", "convention"]
closing = "That is all."

[[step]]
name = "turn"
title = "Turn W"
text = "Three points and a line. Make the **cost** as small as you can, then go a little too far."
experiment = { x = [1, 2, 3], y = [1, 2, 3] }
charts = ["data"]
reveal = "The least cost is {best_cost}, at W = 1."
[step.turn]
knob = "W"
range = [-1, 3]
step = 0.25
table = true
check = ["best_cost < 0.0001", "tried_min < 1", "tried_max > 1"]
says = ["the cost is 0", "a W on the left", "a W on the right"]
answer = ["W = 0.5", "W = 1", "W = 1.25"]

[[step]]
name = "bowl"
title = "Draw the bowl"
text = "No line through 0 fits these rows. Every W you try leaves a dot."
experiment = { x = [1, 2, 3], y = [1, 3, 7], w0 = 1 }
[step.turn]
knob = "W"
range = [0, 4]
step = 0.5
trace = "cost"
check = ["dots >= 5", "W == 2"]
says = ["five dots", "W stands where the cost is least"]
answer = ["W = 1.5", "W = 2.5", "W = 3", "W = 3.5", "W = 2"]
[step.explain]
prompt = "The least cost is {cost}. Why not 0?"
choices = [
  { right = true, text = "No W fits all three rows at once.", when = "cost > 0.9", says = "Only one line hits them." },
  { text = "The step of the knob is too coarse.", when = "cost < 0.9", says = "Finer steps find nothing below 1." },
  { text = "The errors do not cancel.", says = "Squares never cancel." },
]

[[step]]
name = "measure"
title = "Measure"
text = "Rise over run between two points. Bring b closer to a, from both sides."
experiment = { x = [1, 1, 2], y = [3, 3, 6], w0 = 1 }
[step.measure]
a = 1
b = 2
tangent = false
range = [0, 6]
check = ["sides == 2", "closest < 0.2"]
says = ["from both sides", "the run is 0.125"]
answer = ["b = 1.5", "b = 1.25", "b = 1.125", "b = 0.875"]
[step.ask]
kind = "value"
answer = "slope"
decimals = 0
prompt = "Which number do both sides approach?"
hint = "Look at the last column."
worked = "The slope at W = 1 is {slope}."
slips = [{ value = "-slope", says = "the sign: the cost falls as W grows" }]

[[step]]
name = "order"
title = "Order"
text = "You went against the sign of the slope, and farther where it was steep."
[step.order]
prompt = "Put the three lines in order."
lines = ["gradient = slope(W)", "step = lr * gradient", "W = W - step"]
decoys = [
  { text = "W = W + step", says = "+ climbs the bowl." },
  { text = "step = lr", says = "A step that does not know the slope walks left for ever." },
]

[[step]]
name = "watch"
title = "Make it blow up"
text = "lr is {lr}: twice the lecture's. Predict, then take eight epochs."
experiment = { lr = 0.2 }
charts = ["bowl", "W"]
[step.watch]
play = 8
[step.watch.ask]
kind = "choice"
prompt = "What will the jumps do?"
hint = "."
worked = "Each jump is {factor} times the one before."
choices = [
  { text = "ever longer jumps", when = "ratio > 1", says = "The gradient grows with the distance." },
  { text = "to and fro between two places", when = "ratio == 1" },
  { text = "slower, but it settles", when = "ratio < 1" },
]
[step.explain]
prompt = "Why is each jump longer?"
choices = [
  { right = true, text = "A larger distance makes a larger gradient.", says = "The distance 1 became 1.8, then 3.24." },
  { text = "The gradient has the wrong sign.", says = "It points at 1 each time." },
  { text = "lr grows.", says = "It is 0.2 in every epoch." },
]
"""
"""A page of each kind that asks for more than a number."""

MORE = """\
format = 1
title = "More"
about = "what else these kinds can do"
hidden = ["gradient", "formula"]

[[step]]
name = "border"
title = "Find the border"
text = "Between 0.1 and 0.2 something changes. Find where, to a thousandth, and pin a run on either side."
experiment = { lr = 0.1 }
hidden = ["gradient", "formula", "method", "verdict"]
[step.turn]
knob = "lr"
range = [0.1, 0.2]
step = 0.01
fine = 0.001
epochs = 40
readout = ["W: {W[0]} → {W[1]:2} → {W[2]:4}", "{regimes} of 5 kinds: {regime}"]
check = ["pins_below >= 1", "pins_above >= 1", "pins_apart < 0.0011"]
says = ["a pin that settles", "a pin that diverges", "0.001 apart"]
answer = ["lr = 0.142", "pin", "lr = 0.143", "pin"]

[[step]]
name = "two"
title = "Two knobs"
text = "W down and b up together hardly costs anything."
experiment = { x = [1, 2, 3], y = [3, 4, 5], bias = true }
charts = ["contours", "data"]
[step.turn]
knob = ["W", "b"]
range = [0, 3]
step = 0.25
check = ["cost < 0.05"]
answer = ["W = 1", "b = 2"]

[[step]]
name = "distance"
title = "Read the distance"
text = "Read W at the start and after updates 1, 2, 3."
experiment = {}
after = 10
[step.measure]
curve = "W by epoch"
a = 0
b = 1
halve = false
free = true
check = ["readings >= 3"]
answer = ["b = 2", "b = 3"]

[[step]]
name = "curvature"
title = "The gradient grows"
text = "Rise over run on the lecture's gradient."
experiment = {w0 = 0}
[step.measure]
curve = "gradient"
a = 0
b = 2
halve = false
range = [-1, 4]
check = ["readings >= 2", "run == 3"]
answer = ["b = 3"]

[[step]]
name = "three"
title = "Three runs"
text = "The same rows, start and lr."
charts = ["W", "cost"]
experiment = {lr = 0.2}
[step.watch]
play = 6
runs = [{ convention = "sum" }, { convention = "mse" }, { convention = "mean" }]
"""
"""A knob for lr, two knobs, cursors on epochs and on the gradient, and several runs after one another."""

VIEWS = """\
format = 1
title = "Views"
about = "views"

[[step]]
name = "anatomy"
text = "What is the gradient here?"
view = "explain"
hidden = ["verdict"]
[step.ask]
kind = "gradient"

[[step]]
name = "code"
text = "One line at a time."
view = "code"
[step.watch]
play = 2

[[step]]
name = "sweep"
text = "A sweep."
view = "sweep"

[[step]]
name = "compare"
text = "Pin two."
view = "compare"
[step.goal]
check = ["pins == 2"]
answer = ["step 5", "pin", "again", "lr = 0.05", "step 5", "pin"]

[[step]]
name = "turn"
text = "No view."
[step.turn]
knob = "W"
range = [0, 2]
step = 0.5
check = ["W == 1"]
answer = ["W = 1"]
"""
"""Pages with a view of the lab in place of charts."""

BLIND = """\
format = 1
title = "Blind"
about = "hunting"
[experiment]
w0 = 4
[[step]]
name = "hunt"
text = "Find it."
blind = true
[step.goal]
check = ["found_cost < 0.01", "played_epochs > 0"]
answer = ["try 2", "try 1", "play 0.1"]
score = "keys"
"""
"""A hunt in the dark, in which gdtui hunts too."""


def read(text: str = LESSON, name: str = "small") -> LoadedLesson:
    """The lesson in a text."""
    return read_lesson(text.encode(), f"{name}.toml", name)


def swapped(old: str, new: str, text: str = LESSON) -> str:
    """The lesson with one thing said otherwise."""
    assert text.count(old) == 1, old
    return text.replace(old, new)


shipped_lesson = cache(lesson_named)
"""A lesson that ships, which is read once."""


def at(lesson: str, page: str, backend: Backend = BACKEND) -> Session:
    """A session that has come to a page of a shipped lesson along the model answers."""
    found = Session(shipped_lesson(lesson), backend)
    while found.step.name != page:
        found.finish_page()
        assert found.take(GoOn()).is_accepted
    return found


def typed(session: Session, *lines: str) -> Session:
    """Type lines, each of which is taken."""
    for line in lines:
        outcome = session.take(read_event(line, session.view()))
        assert outcome.is_accepted, (line, outcome.says)
    return session


def said(session: Session, line: str) -> str:
    """What is said to a line."""
    return " ".join(session.take(read_event(line, session.view())).says)


def finish(session: Session, *lines: str) -> None:
    """Type what does a page right: only the last line ends it, all of it is worth its point, and it goes on."""
    before = session.page.points
    assert not typed(session, *lines[:-1]).is_done
    assert typed(session, lines[-1]).is_done
    assert session.page.points - before == sum(task.worth for task in tasks_of(session.step))
    assert session.view().reveal
    assert "…" not in session.view().reveal
    assert session.view().text.count("…") == session.step.text.count("…"), "no number is missing"
    assert session.take(GoOn()).is_accepted


UNJUDGED = """\
format = 1
title = "Yours"
about = "what nobody judges"

[[step]]
name = "read"
title = "The limit"
text = "The limit is {limit}."
[step.poll]
prompt = "Will lr = {lr} converge, do you think?"
choices = [{ text = "yes", says = "{ratio:2} of the limit." }, { text = "no" }, { text = "not sure" }]

[[step]]
name = "ask"
title = "One step"
text = "lr is {lr}."
points = 3
[step.ask]
kind = "next"
[step.words]
prompt = "Say in a sentence why W grows."
"""
"""A poll, a question that is worth more, and a sentence in own words."""
