"""The lesson that `gdtui lesson new` writes: complete, commented, and right as it stands."""

from gdtui.teaching.questions.all_kinds import KINDS

TEMPLATE = '''\
# A lesson for gdtui. Try it:   gdtui lesson check FILE     gdtui lesson FILE
# Text is Markdown. Numbers are never typed in: {expressions} are computed from the run, {cost:3} with 3 decimals.

format = 1
title = "One step downhill"
about = "where one update of W lands"
language = "en"          # of the text
level = 1                # 1 first steps, 2 after that, 3 for more

# Settings and panels that are not shown, and settings that cannot be changed:
hidden = []              # "cost", "W", "cost over W", "fit", "contours", "gradient", "formula", "verdict", "lr" ...
locked = ["data", "w0"]

closing = """
The update is `lr * gradient`, and it is subtracted.
"""

# Where the run begins. Also: w0, b0, bias, convention, method, dtype, epochs, standardize,
# data = [[1, 2], [2, 4]] (rows of x and y), or x and y as lists.
[experiment]
x = [1, 2, 3]
y = [2, 4, 6]
lr = 0.05

# A page with nothing to do but read.
[[step]]
name = "begin"           # records know the page by it
text = """
W is {W}, the cost {cost:3}, and the gradient {gradient:3}.
"""

# A page that asks for a number before it is shown.
[[step]]
name = "first-update"
text = "With lr = {lr} one epoch is taken."
hints = ["The gradient has a sign."]          # one at a time, as asked for
reveal = "W is now {W:3}."                    # once it is answered
[step.ask]
kind = "next"            # KINDS
decimals = 3             # or kind = "value" with answer = "an expression", prompt, hint and worked

# A question with words to choose from. Exactly one condition holds.
[[step]]
name = "which-side"
text = "The slope at W = {W:3} is {gradient:3}."
[step.ask]
kind = "choice"
prompt = "On which side of the minimum is W?"
hint = "A negative slope falls to the right."
worked = "The slope is {gradient:3}, and the minimum is at {min_W}."
choices = [
  { text = "left of it", when = "W < min_W" },
  { text = "right of it", when = "W > min_W", says = "Where would the cost be less?" },
]

# A page with a goal. Conditions are about the run; the answer is what reaches it, and is tried by `lesson check`.
[[step]]
name = "faster"
text = "Bring the cost below 0.001 within 3 epochs, with one lr from the start."
experiment = { w0 = 0 }  # begins anew, with these settings over those above
hints = ["Which lr lands in one step?", "1/L is {one_step}."]
reveal = "Epochs taken: {updates}, at {ratio:2} of the limit {limit}."
[step.goal]
check = ["cost < 0.001", "updates <= 3", "lr < limit"]
says = ["cost below 0.001", "at most 3 epochs", "lr below the limit"]   # what is shown for each
answer = ["lr = 1/14", "step 2"]
score = "updates"        # or "keys", or where it is blind "tries"; leave it out where there is no challenge
'''.replace("KINDS", ", ".join(name for name, kind in KINDS.items() if not kind.needs))
"""The text of the file."""
