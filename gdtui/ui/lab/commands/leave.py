"""Commands that ask the learner, that save and open work, and that quit."""

from collections.abc import Sequence

from gdtui.errors import ExperimentError
from gdtui.experiment.command_line import shell_line
from gdtui.experiment.experiment import Experiment
from gdtui.lab.frame import look
from gdtui.numbers import fixed, in_brackets, parse_number, parse_numbers, prediction_decimals, significant
from gdtui.text import _, clean, ngettext
from gdtui.ui.lab.commands.command import LabCommand, under
from gdtui.ui.lab.lab import Lab, OpenHelp, OpenLessons


def kinds_in_words() -> str:
    """The things that can be predicted."""
    from gdtui.teaching.questions.all_kinds import lab_kinds  # not needed for the first frame

    return ", ".join(kind.lab_words for kind in lab_kinds())


def copy_command_line(lab: Lab) -> str:
    """Show the experiment as a command line, and copy it to the terminal's clipboard."""
    line = shell_line(lab.workspace.run.experiment)
    lab.app.copy_to_clipboard(line)
    shown = clean(line, 2000)
    if len(notice := _("To repeat this run: {line}", line=shown)) < lab.size.width:
        return notice
    from gdtui.ui.common.page import PageScreen  # not needed for the first frame

    lab.app.push_screen(PageScreen([(_("This experiment as a command line"), shown)]))
    return ""


def label_predicted(experiment: Experiment, values: Sequence[float]) -> str:
    """`probability of y = 1; predicts 1` if H is a probability; for several classes the most probable one."""
    data, border = experiment.dataset, experiment.objective.border
    if border is not None:
        known = {"name": clean(data.target, 16), "label": int(values[0] >= border)}
        return _("probability of {name} = 1; predicts {label}", **known)
    if not data.classes:
        return ""
    label = significant(data.classes[values.index(max(values))])
    return _("predicts {label}", label=label)


def ask_x(lab: Lab) -> None:
    """Ask for a new x and show H(x), with the W of the current epoch."""
    names = [clean(name, 16) for name in lab.workspace.run.experiment.dataset.features]
    many = ngettext("{n} number", "{n} numbers", len(names))
    what = ", ".join(names) if len(", ".join(names)) < lab.size.width // 3 else many

    def take(text: str) -> str | None:
        run = lab.workspace.run
        try:
            x = parse_numbers(text) if len(run.experiment.dataset.x) > 1 else (parse_number(text),)
            targets = range(run.experiment.layout.targets)
            values = [run.experiment.predict(run.epoch.parameters, x, target) for target in targets]
        except (ValueError, ExperimentError) as error:
            return str(error)
        texts = [fixed(value, prediction_decimals(values)) for value in values]
        known = {"x": ", ".join(significant(number) for number in x), "value": in_brackets(texts, len(texts))}
        if look(run).is_after_plan:
            said = _("H({x}) = {value}   with W after epoch {epoch}", **known, epoch=run.cursor)
        else:
            said = _("H({x}) = {value}   with W from epoch {epoch}", **known, epoch=run.cursor + 1)
        lab.notice("   ".join(filter(None, (said, label_predicted(run.experiment, values)))))
        return None

    lab.prompt.ask(_("H(x) for {x} =", x=what), take)


def leave(lab: Lab) -> None:
    """Quit. If runs are pinned that are in no file, ask first; pressing the key again answers too."""
    n, save = lab.file_actions.pinned_and_not_saved(), lab.key["save"]
    question = ngettext(
        "{n} pinned run is not saved ({save}). Quit?", "{n} pinned runs are not saved ({save}). Quit?", n, save=save
    )
    if n and lab.status.question != question:
        lab.ask(question, lambda: lab.app.call_later(lab.app.action_quit), yes=_("y or {key}", key=lab.key["quit"]))
    else:
        lab.app.call_later(lab.app.action_quit)


COMMANDS = (
    *under(
        _("Learn"),
        LabCommand(
            "predict",
            "P",
            _("Predict before you look, in turn: {}"),
            bar=_("predict"),
            late=kinds_in_words,
            times=lambda lab, count: lab.predict(count),
        ),
        LabCommand(
            "lessons",
            "L",
            _("Open the lessons and see your progress; the lab stays as it is"),
            bar=_("lessons"),
            do=lambda lab: lab.post_message(OpenLessons()),
        ),
    ),
    *under(
        _("Save and export"),
        LabCommand(
            "copy",
            "y",
            _("Show and copy this experiment as a command line"),
            bar=_("copy"),
            do=copy_command_line,
        ),
        LabCommand(
            "export",
            "x",
            _("Export the history (CSV, JSON), the run as a script, or the screen (SVG, text)"),
            bar=_("export"),
            do=lambda lab: lab.file_actions.ask_where_to_export(),
        ),
        LabCommand(
            "save",
            "ctrl+s",
            _("Save the workspace: the runs and where you are in them"),
            do=lambda lab: lab.file_actions.save(),
        ),
        LabCommand(
            "open",
            "O",
            _("Open a saved workspace, or your unsaved work from last time"),
            do=lambda lab: lab.file_actions.ask_what_to_open(),
        ),
    ),
    *under(
        _("Look up and quit"),
        LabCommand(
            "hypothesis",
            "h",
            _("Compute H(x) for a new x, with W from this epoch"),
            bar="H(x)",
            tells_nothing=True,
            do=ask_x,
        ),
        LabCommand(
            "help",
            "question_mark,f1",
            _("Explain this screen, all the keys, and what the words mean"),
            bar=_("help"),
            tells_nothing=True,
            needs_run=False,
            do=lambda lab: lab.post_message(OpenHelp()),
        ),
        LabCommand(
            "quit",
            "q,ctrl+q,f10",
            _("Quit"),
            bar=_("quit"),
            tells_nothing=True,
            needs_run=False,
            do=leave,
        ),
    ),
)
