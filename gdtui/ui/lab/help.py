"""The help: every key, and what the words and tolerances mean."""

from collections.abc import Sequence
from itertools import groupby

from gdtui.theory.step_size import CONVERGED, SAME
from gdtui.ui.common.command import Command

WORDS = (
    (
        "Words of the lab",
        """\
  epoch        one time through all rows: one update of W, or one for each batch
  run          an experiment and the epochs taken of it
  pin          keep the run beside those that come: on the board, by p
  board        up to six runs, A to F, kept on the charts and compared by o
  ghost        a run of the board on the charts of another
  workspace    the run and the board, as ctrl+s saves them""",
    ),
    (
        "Each epoch, as in the lecture",
        """\
  hypothesis   H(x) = W·x, W·x + b, or XW + b for several columns
  cost         the mean of (H(x) − y)², whatever the gradient
  gradient     the slope of the cost, by sum or mean a multiple of it; where it is 0 the cost is least
  update       W ← W − lr·gradient""",
    ),
    (
        "On the charts",
        """\
  ●            now               ○   where the next epoch leads
  ×            the minimum; among the data a row of it
  · · ·        the way here; in the cost of every epoch the least there can be
  ◆            the value cursor, moved by , and .
  ▲            the run goes on beyond the picture
  A B …        runs of the board; their curves are grey""",
    ),
    (
        "The gradient",
        """\
  sum          Σ(H−y)x, as in the lecture
  mse          (2/m)·Σ(H−y)x, the slope of the mean squared error itself
  mean         (1/m)·Σ(H−y)x, the slope of half of it
  hand         that formula           autograd   torch differentiates
  optim        autograd finds the gradient, torch.optim.SGD takes the step""",
    ),
    (
        "The learning rate against its limit 2/L",
        f"""\
  L is how sharply the cost in use bends: with one column and sum Σx², in general the largest eigenvalue of its \
Hessian. Beyond 2/L a step leads further away than it came from.
  steady         lr below 1/L: W stays on its side and comes nearer
  one-step       lr = 1/L: lands at once, along the steepest direction
  overshooting   lr between 1/L and 2/L: jumps across, and settles
  bouncing       lr = 2/L: jumps for ever between the same two points
  diverging      lr above 2/L: each jump is longer than the last
  distance × −0.40 is what an epoch makes of the distance of W from the minimum; minus is for its other side. \
With several parameters there are two, for the steepest direction and the flattest; the larger is the slower. \
Equal means: within {SAME:g} of it.""",
    ),
    (
        "The anatomy of an update",
        """\
  error          H(x) − y, for each row
  error·x        what a row adds to the slope for W; for b it is the error
  Σ              their sum over all rows, or those of the batch
  × 2/3          the factor of the gradient in use: 2/m, with m = 3 rows
  update         what is subtracted: lr × gradient, or what an optimizer makes of it \
out of v, m, s … which it carries along
  fade           hides one number more each step; right is what agrees with \
the digits shown, give or take one in the last""",
    ),
    (
        "The proof",
        """\
  By hand, autograd and torch.optim take the same epochs from the same start, each with its own W, all three in the \
convention in use, by plain gradient descent on all rows. torch.optim is the step of torch.optim.SGD.
  ulp            unit in the last place: how many floats one number is away from another; digits that differ stand out
  no zero_grad   backward adds to W.grad, which still holds the epochs before
  plus for minus W += lr·gradient climbs
  sum for mean   the gradient is m times as large; the limit of lr is not
  lr twice       W.grad is multiplied by lr before optimizer.step() does so
  no no_grad     W = W − lr·W.grad becomes part of the graph: no leaf, no .grad
  A bug is in the proof alone, and the run itself stays sound.""",
    ),
    (
        "The state of a run",
        f"""\
  converged      as good as at the minimum: of what the cost can fall from its start at most {CONVERGED:g} is left, \
or no more than rounding; or W no longer changes near the minimum
  diverged       the cost is no longer a finite number; the epochs before stay""",
    ),
)
"""What the words on the screen mean: (heading, lines)."""


def help_sections(commands: Sequence[Command]) -> list[tuple[str, str]]:
    """All of the help: (heading, lines)."""
    return [*key_sections(commands), *WORDS]


def key_sections(commands: Sequence[Command]) -> list[tuple[str, str]]:
    """Every command's keys and what it does, under the heading of its section."""
    sections = [
        (section, "\n".join(f"  {command.shown_keys:<14} {command.title}" for command in of_it))
        for section, of_it in groupby(commands, key=lambda command: command.section)
    ]
    repeat = "  25 space, 5 ←, 3 +    a number first repeats the key after it"
    return [*sections, ("Numbers", f"{repeat}\n  escape                forgets it")]
