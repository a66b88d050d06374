"""The commands that ask the learner, take work out of the lab and bring it back, and the way out."""

from gdtui.errors import ExperimentError
from gdtui.experiment.command_line import shell_line
from gdtui.numbers import fixed, in_brackets, parse_number, parse_numbers, significant
from gdtui.text import _, clean
from gdtui.ui.lab.commands.command import LabCommand, under
from gdtui.ui.lab.lab import Lab, OpenHelp, OpenLessons


def kinds_in_words() -> str:
    """What can be predicted."""
    from gdtui.teaching.questions.all_kinds import lab_kinds  # not needed for the first frame

    return ", ".join(kind.lab_words for kind in lab_kinds())


def copy_command_line(lab: Lab, count: int) -> None:
    """Show the experiment as one line, and offer it to the terminal's clipboard."""
    line = shell_line(lab.workspace.run.experiment)
    lab.app.copy_to_clipboard(line)
    shown = clean(line, 2000)
    if len(notice := f"this run again: {shown}") < lab.size.width:
        lab.notice(notice)
    else:
        from gdtui.ui.common.page import PageScreen  # not needed for the first frame

        lab.app.push_screen(PageScreen([("This experiment as a command line", shown)]))


def ask_x(lab: Lab, count: int) -> None:
    """Ask for a new x and say H(x), with the W of the epoch looked at."""
    names = [clean(name, 16) for name in lab.workspace.run.experiment.dataset.features]
    what = ", ".join(names) if len(", ".join(names)) < lab.size.width // 3 else f"{len(names)} numbers"

    def take(text: str) -> str | None:
        run = lab.workspace.run
        try:
            x = parse_numbers(text) if len(run.experiment.dataset.x) > 1 else (parse_number(text),)
            targets = range(run.experiment.layout.targets)
            values = [fixed(run.experiment.predict(run.epoch.parameters, x, target), 6) for target in targets]
        except (ValueError, ExperimentError) as error:
            return str(error)
        arguments = ", ".join(significant(number) for number in x)
        given, found = f"H({arguments})", in_brackets(values, len(values))
        lab.notice(_("{given} = {found}   with the W of epoch {epoch}", given=given, found=found, epoch=run.cursor + 1))
        return None

    lab.prompt.ask(f"H(x) for {what} =", take)


COMMANDS = (
    *under(
        "Learn",
        LabCommand(
            id="predict",
            keys="P",
            bar="predict",
            title="Predict before it is shown: the next {}; in turn",
            late=kinds_in_words,
            do=lambda lab, count: lab.predict(count),
        ),
        LabCommand(
            id="lessons",
            keys="L",
            bar="lessons",
            title="The lessons, and how far you have come; the lab waits as it is",
            do=lambda lab, count: lab.post_message(OpenLessons()),
        ),
    ),
    *under(
        "Take away",
        LabCommand(
            id="copy",
            keys="y",
            bar="copy",
            title="This experiment as a command line, shown and copied",
            do=copy_command_line,
        ),
        LabCommand(
            id="export",
            keys="x",
            bar="export",
            title="Export the history (CSV, JSON), the run as a script, or the screen (SVG, text)",
            do=lambda lab, count: lab.file_actions.ask_where_to_export(),
        ),
        LabCommand(
            id="save",
            keys="ctrl+s",
            title="Save the workspace: its runs and where they stand",
            do=lambda lab, count: lab.file_actions.save(),
        ),
        LabCommand(
            id="open",
            keys="O",
            title="Open a workspace that was saved, or work that was left behind",
            do=lambda lab, count: lab.file_actions.ask_what_to_open(),
        ),
    ),
    *under(
        "Look and leave",
        LabCommand(
            id="hypothesis",
            keys="h",
            bar="H(x)",
            title="H(x) for a new x, with the W of this epoch",
            tells_nothing=True,
            do=ask_x,
        ),
        LabCommand(
            id="help",
            keys="question_mark,f1",
            bar="help",
            title="What is on this screen, all keys, and what the words mean",
            tells_nothing=True,
            needs_run=False,
            do=lambda lab, count: lab.post_message(OpenHelp()),
        ),
        LabCommand(
            id="quit",
            keys="q,ctrl+q,f10",
            bar="quit",
            title="Quit",
            tells_nothing=True,
            needs_run=False,
            do=lambda lab, count: lab.app.exit(),
        ),
    ),
)
"""In the order of the help."""
