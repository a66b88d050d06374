"""The commands: each class is one key's key, footer text, palette entry, tooltip, help row and deed."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from gdtui.ui.key_command import KeyCommand

if TYPE_CHECKING:
    from gdtui.ui.screens.lab import LabScreen

TEN = 10
"""x is so many times what it was, in other units: centimetres for decimetres."""


class Command(KeyCommand):
    """Something a key does in the lab."""

    name: ClassVar[str]
    """The name that bindings know it by."""
    section: ClassVar[str] = "Look and leave"
    views: ClassVar[tuple[str, ...]] = ()
    """The views it works in, by name; nothing for a command that works everywhere."""
    opens: ClassVar[str] = ""
    """The view that it opens and closes."""
    needs_run: ClassVar[bool] = True
    """Whether it waits until torch is loaded."""

    @classmethod
    def do(cls, lab: LabScreen, count: int) -> None:
        """Carry it out; `count` is the number typed before it, 0 for none."""
        if not cls.opens:
            raise NotImplementedError
        lab.toggle_view(cls.opens)


class Step(Command):
    """One epoch."""

    name, keys, shown_keys, footer = "step", "space", "space", ("space", "step")
    title, section = "Take one epoch; 25 space takes 25", "Step and run"

    @classmethod
    def do(cls, lab: LabScreen, count: int) -> None:
        """Take the epochs."""
        lab.step(count or 1)


class Play(Command):
    """Run and pause."""

    name, keys, shown_keys, footer = "play", "r", "r", ("r", "run")
    title, section = "Run to the end of the plan, or pause", "Step and run"

    @classmethod
    def do(cls, lab: LabScreen, count: int) -> None:
        """Start or stop."""
        lab.toggle_play()


class Slower(Command):
    """A lower pace."""

    name, keys, shown_keys = "slower", "left_square_bracket", "["
    title, section = "Run slower", "Step and run"

    @classmethod
    def do(cls, lab: LabScreen, count: int) -> None:
        """One pace down, or as many as typed."""
        lab.change_pace(-(count or 1))


class Faster(Command):
    """A higher pace."""

    name, keys, shown_keys = "faster", "right_square_bracket", "]"
    title, section = "Run faster: 1, 2, 5, 10, 30 epochs a second, full speed", "Step and run"

    @classmethod
    def do(cls, lab: LabScreen, count: int) -> None:
        """One pace up, or as many as typed."""
        lab.change_pace(count or 1)


class Back(Command):
    """Time, backwards."""

    name, keys, shown_keys, footer = "back", "left", "←", ("← →", "time")
    title, section = "Look one epoch back", "Time"

    @classmethod
    def do(cls, lab: LabScreen, count: int) -> None:
        """Look back."""
        lab.desk.back(count or 1)


class Forward(Command):
    """Time, forwards."""

    name, keys, shown_keys = "forward", "right", "→"
    title, section = "Look one epoch on, among those taken", "Time"

    @classmethod
    def do(cls, lab: LabScreen, count: int) -> None:
        """Look on."""
        lab.desk.forward(count or 1)


class First(Command):
    """The first epoch."""

    name, keys, shown_keys = "first", "home", "home"
    title, section = "Look at the first epoch", "Time"

    @classmethod
    def do(cls, lab: LabScreen, count: int) -> None:
        """Look at it."""
        lab.desk.seek(0)


class Last(Command):
    """The last epoch known."""

    name, keys, shown_keys = "last", "end", "end"
    title, section = "Look at the last epoch taken", "Time"

    @classmethod
    def do(cls, lab: LabScreen, count: int) -> None:
        """Look at it."""
        lab.desk.seek(len(lab.desk.run.history) - 1)


class Raise(Command):
    """A larger learning rate."""

    name, keys, shown_keys, footer = "raise", "plus,equals_sign", "+ =", ("+ −", "lr")
    title, section = "lr up to the next round value, from this W on", "Change"

    @classmethod
    def do(cls, lab: LabScreen, count: int) -> None:
        """Nudge it up."""
        lab.nudge_rate(1, count or 1)


class Lower(Command):
    """A smaller learning rate."""

    name, keys, shown_keys = "lower", "minus", "−"
    title, section = "lr down to the next round value, from this W on", "Change"

    @classmethod
    def do(cls, lab: LabScreen, count: int) -> None:
        """Nudge it down."""
        lab.nudge_rate(-1, count or 1)


class Edit(Command):
    """The form with all parameters."""

    name, keys, shown_keys, footer = "edit", "e", "e", ("e", "edit")
    title, section = "Edit the parameters", "Change"

    @classmethod
    def do(cls, lab: LabScreen, count: int) -> None:
        """Open the form."""
        lab.edit()


class Reset(Command):
    """The start again."""

    name, keys, shown_keys = "reset", "R", "R"
    title, section = "Begin again from the same start", "Change"

    @classmethod
    def do(cls, lab: LabScreen, count: int) -> None:
        """Begin again."""
        lab.reset()


class Undo(Command):
    """The run before."""

    name, keys, shown_keys = "undo", "u", "u"
    title, section = "Undo a reset, an edit or a change of lr", "Change"

    @classmethod
    def do(cls, lab: LabScreen, count: int) -> None:
        """Bring the run before back."""
        lab.undo()


class LogCost(Command):
    """The logarithmic cost axis."""

    name, keys, shown_keys, footer = "log", "l", "l", ("l", "log")
    title, section = "Cost on a log scale, or back", "Charts"

    @classmethod
    def do(cls, lab: LabScreen, count: int) -> None:
        """Switch it."""
        lab.charts.toggle_log_cost()


class Pin(Command):
    """A run kept to be compared."""

    name, keys, shown_keys, footer = "pin", "p", "p", ("p", "pin")
    title, section = "Pin this run to the board, or take it down; the charts keep what is on it", "Compare"

    @classmethod
    def do(cls, lab: LabScreen, count: int) -> None:
        """Pin it."""
        lab.pin()


class ChangeRun(Command):
    """Another run of the board."""

    name, keys, shown_keys = "change-run", "tab", "tab"
    title, section = "Go on with the next run on the board", "Compare"

    @classmethod
    def do(cls, lab: LabScreen, count: int) -> None:
        """Take it."""
        lab.change_run()


class Compare(Command):
    """The runs side by side."""

    name, keys, shown_keys, footer = "compare", "o", "o", ("o", "compare")
    title, section, opens = "Compare the runs on the board, and say whether that is fair", "Compare", "compare"


class Sweep(Command):
    """Learning rates tried one after the other."""

    name, keys, shown_keys = "sweep", "w", "w"
    title, section, opens = "Sweep: epochs to converge, by learning rate", "Compare", "sweep"


class Anatomy(Command):
    """The update taken apart."""

    name, keys, shown_keys, footer = "anatomy", "a", "a", ("a", "why")
    title, section, opens = "Take this update apart: every number from the rows to the new W", "Why", "anatomy"


class Code(Command):
    """The loop in code."""

    name, keys, shown_keys, footer = "code", "c", "c", ("c", "code")
    title, section, opens = "The loop in code, with the value of each line beside it", "Why", "code"


class ViewCommand(Command):
    """A command that the open view carries out itself."""

    section = "Why"

    @classmethod
    def do(cls, lab: LabScreen, count: int) -> None:
        """Have the view do it."""
        if lab.views.view:
            lab.views.view.do(cls.name, lab, count)


class StepLine(ViewCommand):
    """One line of code."""

    name, keys, shown_keys, footer = "line", "s", "s", ("s", "line")
    title, views = "In the code: carry out one line, and after the last take the epoch", ("code",)


class Fade(ViewCommand):
    """Numbers to work out oneself."""

    name, keys, shown_keys, footer = "fade", "f", "f", ("f", "fade")
    title, views = "In the anatomy or the code: hide one number more each step, or none", ("anatomy", "code")


class AskNumber(ViewCommand):
    """A hidden number, asked for."""

    name, keys, shown_keys = "ask", "enter", "enter"
    title, views = "Be asked for a hidden number", ("anatomy", "code")


class Reveal(ViewCommand):
    """A hidden number, told."""

    name, keys, shown_keys = "reveal", "g", "g"
    title, views = "Tell a hidden number", ("anatomy", "code")


class NextBatch(ViewCommand):
    """The updates of an epoch, forwards."""

    name, keys, shown_keys = "next-batch", "b", "b"
    title, views = "In the anatomy: the next update of this epoch, where it has batches", ("anatomy",)


class PreviousBatch(ViewCommand):
    """The updates of an epoch, backwards."""

    name, keys, shown_keys = "previous-batch", "B", "B"
    title, views = "In the anatomy: the update before", ("anatomy",)


class NextChart(Command):
    """The charts, forwards."""

    name, keys, shown_keys, footer = "next-chart", "v", "v", ("v", "charts")
    title, section = "Begin with the next chart: cost, W, bowl, data, contours", "Charts"

    @classmethod
    def do(cls, lab: LabScreen, count: int) -> None:
        """Leaf on."""
        lab.charts.leaf(count or 1)


class PreviousChart(Command):
    """The charts, backwards."""

    name, keys, shown_keys = "previous-chart", "V", "V"
    title, section = "Begin with the chart before", "Charts"

    @classmethod
    def do(cls, lab: LabScreen, count: int) -> None:
        """Leaf back."""
        lab.charts.leaf(-(count or 1))


class Enlarge(Command):
    """One chart, large."""

    name, keys, shown_keys, footer = "enlarge", "z", "z", ("z", "zoom")
    title, section = "The first chart over the whole screen, or back", "Charts"

    @classmethod
    def do(cls, lab: LabScreen, count: int) -> None:
        """Enlarge it."""
        lab.enlarge()


class PointBack(Command):
    """The value cursor, backwards."""

    name, keys, shown_keys = "point-back", "comma", ","
    title, section = "Value cursor back: along the epochs, or along W where the bowl is first", "Charts"

    @classmethod
    def do(cls, lab: LabScreen, count: int) -> None:
        """Point there."""
        lab.notice(lab.charts.point(-(count or 1)))


class PointOn(Command):
    """The value cursor, forwards."""

    name, keys, shown_keys = "point-on", "full_stop", "."
    title, section = "Value cursor on", "Charts"

    @classmethod
    def do(cls, lab: LabScreen, count: int) -> None:
        """Point there."""
        lab.notice(lab.charts.point(count or 1))


class PointFarBack(Command):
    """The value cursor, far backwards."""

    name, keys, shown_keys = "point-far-back", "less_than_sign", "<"
    title, section = "Value cursor ten back", "Charts"

    @classmethod
    def do(cls, lab: LabScreen, count: int) -> None:
        """Point there."""
        lab.notice(lab.charts.point(-10 * (count or 1)))


class PointFarOn(Command):
    """The value cursor, far forwards."""

    name, keys, shown_keys = "point-far-on", "greater_than_sign", ">"
    title, section = "Value cursor ten on; escape puts it away", "Charts"

    @classmethod
    def do(cls, lab: LabScreen, count: int) -> None:
        """Point there."""
        lab.notice(lab.charts.point(10 * (count or 1)))


class NextParameter(Command):
    """The parameter of the bowl."""

    name, keys, shown_keys = "next-parameter", "n", "n"
    title, section = "Bowl and contours along the next parameter", "Charts"

    @classmethod
    def do(cls, lab: LabScreen, count: int) -> None:
        """Choose it."""
        lab.notice(f"bowl and contours along {lab.charts.next_parameter()}")


class Residuals(Command):
    """The residuals."""

    name, keys, shown_keys = "residuals", "d", "d"
    title, section = "How far each row is from the line, or not", "Charts"

    @classmethod
    def do(cls, lab: LabScreen, count: int) -> None:
        """Switch them."""
        lab.charts.toggle_residuals()


class OpenProof(Command):
    """The proof."""

    name, keys, shown_keys, footer, opens = "proof", "m", "m", ("m", "proof"), "proof"
    title, section = "By hand, autograd and torch.optim side by side, or back", "Proof"


class NextBug(Command):
    """The bugs, forwards."""

    name, keys, shown_keys, footer, views = "next-bug", "b", "b", ("b", "bug"), ("proof",)
    title, section = "In the proof: put in the next bug, and after the last none", "Proof"

    @classmethod
    def do(cls, lab: LabScreen, count: int) -> None:
        """Put it in."""
        lab.next_bug(count or 1)


class NextConvention(Command):
    """The conventions."""

    name, keys, shown_keys = "next-convention", "k", "k"
    title, section = "The gradient's next convention from this W on: sum, mse, mean", "Proof"

    @classmethod
    def do(cls, lab: LabScreen, count: int) -> None:
        """Take it up."""
        lab.next_convention(count or 1)


class Standardize(Command):
    """Standardized or raw x."""

    name, keys, shown_keys = "standardize", "t", "t"
    title, section = "Begin again with x standardized, or raw again", "Proof"

    @classmethod
    def do(cls, lab: LabScreen, count: int) -> None:
        """Switch it."""
        lab.switch(lab.desk.toggle_standardized)


class Rescale(Command):
    """x in other units."""

    name, keys, shown_keys = "rescale", "T", "T"
    title, section = "Begin again with x × 10 (100 T: × 100), or as it was", "Proof"

    @classmethod
    def do(cls, lab: LabScreen, count: int) -> None:
        """Switch it."""
        is_first = lab.desk.run.experiment.dataset.x_scale == 1
        lab.switch(lambda: lab.desk.rescale(count or (TEN if is_first else 1)))


class Predict(Command):
    """A prediction."""

    name, keys, shown_keys, footer = "predict", "P", "P", ("P", "predict")
    title, section = (
        "Predict the next epoch before it is shown: W, the way the cost goes, the gradient, in turn",
        "Learn",
    )

    @classmethod
    def do(cls, lab: LabScreen, count: int) -> None:
        """Ask for it."""
        lab.predict(count)


class Lessons(Command):
    """The lessons."""

    name, keys, shown_keys, footer = "lessons", "L", "L", ("L", "lessons")
    title, section = "The lessons, and how far you have come; the lab waits as it is", "Learn"

    @classmethod
    def do(cls, lab: LabScreen, count: int) -> None:
        """List them."""
        lab.open_lessons()


class Hypothesis(Command):
    """H(x) for a new x."""

    name, keys, shown_keys, footer = "hypothesis", "h", "h", ("h", "H(x)")
    title = "H(x) for a new x, with the W of this epoch"

    @classmethod
    def do(cls, lab: LabScreen, count: int) -> None:
        """Ask for x."""
        lab.ask_x()


class CopyLine(Command):
    """The experiment as one line."""

    name, keys, shown_keys, footer = "copy", "y", "y", ("y", "copy")
    title, section = "This experiment as a command line, shown and copied", "Take away"

    @classmethod
    def do(cls, lab: LabScreen, count: int) -> None:
        """Show it and copy it."""
        lab.copy_command_line()


class Export(Command):
    """The run in a file."""

    name, keys, shown_keys, footer = "export", "x", "x", ("x", "export")
    title, section = "Export the history (CSV, JSON), the run as a script, or the screen (SVG, text)", "Take away"

    @classmethod
    def do(cls, lab: LabScreen, count: int) -> None:
        """Ask where to."""
        lab.taking.ask_where_to_export()


class Save(Command):
    """The bench in a file."""

    name, keys, shown_keys = "save", "ctrl+s", "ctrl+s"
    title, section = "Save the bench: its runs and where they stand", "Take away"

    @classmethod
    def do(cls, lab: LabScreen, count: int) -> None:
        """Save it."""
        lab.taking.save()


class Open(Command):
    """A bench out of a file."""

    name, keys, shown_keys = "open", "O", "O"
    title, section = "Open a bench that was saved, or work that was left behind", "Take away"

    @classmethod
    def do(cls, lab: LabScreen, count: int) -> None:
        """Ask which."""
        lab.taking.ask_what_to_open()


class Help(Command):
    """The help."""

    name, keys, shown_keys, footer = "help", "question_mark,f1", "? F1", ("?", "help")
    title = "All keys, and what the words mean"
    needs_run = False

    @classmethod
    def do(cls, lab: LabScreen, count: int) -> None:
        """Open it."""
        lab.open_help()


class Quit(Command):
    """The way out."""

    name, keys, shown_keys, footer = "quit", "q,ctrl+q,f10", "q ctrl+q F10", ("q", "quit")
    title = "Quit"
    needs_run = False

    @classmethod
    def do(cls, lab: LabScreen, count: int) -> None:
        """Leave."""
        lab.app.exit()


COMMANDS: tuple[type[Command], ...] = (
    *(Step, Play, Slower, Faster),
    *(Back, Forward, First, Last),
    *(Raise, Lower, Edit, Reset, Undo),
    *(Pin, ChangeRun, Compare, Sweep),
    *(Anatomy, Code, StepLine, Fade, AskNumber, Reveal, NextBatch, PreviousBatch),
    *(NextChart, PreviousChart, Enlarge, LogCost, PointBack, PointOn, PointFarBack, PointFarOn),
    *(NextParameter, Residuals),
    *(OpenProof, NextBug, NextConvention, Standardize, Rescale),
    *(Predict, Lessons),
    *(CopyLine, Export, Save, Open),
    *(Hypothesis, Help, Quit),
)
"""In the order of the help."""

MOST_NEEDED: tuple[type[Command], ...] = (
    Step,
    Play,
    Back,
    Raise,
    Edit,
    Anatomy,
    NextChart,
    Code,
    Pin,
    Compare,
    Enlarge,
)
"""What the line at the bottom begins with; from 80 columns on the first seven of them have room."""

BY_NEED: tuple[type[Command], ...] = (*MOST_NEEDED, *(command for command in COMMANDS if command not in MOST_NEEDED))
"""In the order of the line at the bottom."""


def command_for(key: str, view: str) -> type[Command]:
    """What a key does where a view is open, or none: a command of that view before any other."""
    able = [command for command in COMMANDS if command.has_key(key)]
    return next((command for command in able if view in command.views), able[0])
