"""Predictions in the lab: asks what the next epoch brings before showing it."""

from threading import Event

import msgspec

from gdtui.errors import UserError
from gdtui.lab.frame import Frame, Unknown
from gdtui.teaching.limits import Limit
from gdtui.teaching.prediction import Prediction, judge, reply_lines
from gdtui.teaching.questions.all_kinds import lab_kinds, predict
from gdtui.text import _, listed
from gdtui.ui.lab.commands.command import LabCommand
from gdtui.ui.lab.lab import Lab

MOST_WRONG = 2
"""After this many wrong answers, the worked line is shown."""

ROOM_TO_ANSWER = 12
"""The columns left for the answer."""

MOST_AHEAD = 1_000_000
"""The most updates to look ahead, in all."""

KEYS = _("enter answers   escape looks around   escape twice skips")


class Predicting:
    """Asks for a number of the epoch about to be taken, and hides it until the question is answered or skipped."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self.open: Prediction | None = None
        """The open question."""
        self._hidden: frozenset[Unknown] = frozenset()
        """Numbers that would give the answer away."""
        self._turn = 0
        self._wrong = 0

    def ask(self, chosen: int) -> None:
        """Ask the next question in turn, or question number `chosen` from 1; or return to an open question.

        Raises:
            UserError: nothing can be asked here.
        """
        if self.open is None:
            self._begin(chosen)
        else:
            self._put(self.open)

    def _put(self, asked: Prediction) -> None:
        """Show a question, which stays open until it is answered or skipped."""
        self.open = asked
        self.lab.prompt.ask(_question(asked, self.lab.size.width), self._take, on_leave=self._left, keys=KEYS)

    def _begin(self, chosen: int) -> None:
        lab = self.lab
        lab.workspace.pause()
        run = lab.workspace.run
        if not run.is_at_end:
            raise UserError(
                _("The next epoch has already been taken. {last} goes to the last one.", last=lab.key["last"])
            )
        if run.diverged_at is not None:
            raise UserError(_("There is no next epoch to predict: the cost is no longer a finite number."))
        kinds = lab_kinds()
        if chosen > len(kinds):
            raise UserError(", ".join(f"{number} P {kind.lab_words}" for number, kind in enumerate(kinds, 1)))
        index = chosen - 1 if chosen else self._turn
        self._turn, self._wrong = (index + 1) % len(kinds), 0
        kind, backend = kinds[index], lab.workspace.backend

        def look_ahead(left: Event) -> Prediction:
            return predict(run, Limit(MOST_AHEAD, left.is_set).on(backend), kind.name)

        def begin(asked: Prediction) -> None:
            self._hidden = kind.gives_away
            if lab.views.opened:
                lab.toggle_view(lab.views.opened)  # it would show the answer
            self._put(asked)

        lab.background.compute(_("Looking ahead"), look_ahead, begin)

    def why_held(self, command: LabCommand) -> str:
        """Why a command must wait for the answer, like everything that steps, changes or shows numbers; otherwise
        empty.
        """
        if self.open is None or command.id == "predict" or command.tells_nothing:
            return ""
        return _("A question is waiting. {key} answers it, escape skips it.", key=self.lab.key["predict"])

    def withdraw(self) -> bool:
        """Skip the question, and show everything again; False if there was none."""
        if self.open is None:
            return False
        self._close()
        self.lab.notice(_("Question skipped. {key} asks the next one.", key=self.lab.key["predict"]))
        return True

    def keep_back(self, frame: Frame) -> Frame:
        """The frame without numbers that would give the answer away."""
        if self.open is None:
            return frame
        return msgspec.structs.replace(frame, unknown=frame.unknown | self._hidden)

    def _take(self, text: str) -> str | None:
        """Judge an answer; None once it is right or the worked line was shown."""
        asked = self.open
        if asked is None:
            return None
        try:
            judgement = judge(asked, text)
        except ValueError as error:
            return str(error)
        self._wrong += not judgement.is_right
        is_done = judgement.is_right or self._wrong >= MOST_WRONG
        lines = reply_lines(asked, judgement, self._wrong)
        if is_done:
            lines = (*lines, _("{step} takes the step.", step=self.lab.key["step"]))
        self.lab.reply.say(lines, good=judgement.is_right)
        self.lab.prompt.clear()
        if not is_done:
            return ""
        self._close()
        return None

    def _left(self) -> None:
        """The field was closed. Unless the question was answered, it stays open, and the charts can be looked at."""
        if self.open is not None:
            key = self.lab.key["predict"]
            self.lab.notice(_("Look around. Steps wait until {key} answers the question or escape skips it.", key=key))

    def _close(self) -> None:
        """Show everything again."""
        self.open = None
        self.lab.show()


def _question(asked: Prediction, width: int) -> str:
    """The question, and if there is space how to answer: `(3 decimals)`, `(yes or no)`, or `(or u, d, s)` if its words
    are
    already in the question.
    """
    choices = asked.choices
    if not choices:
        how = f"({asked.digits_asked})"
    elif len(choices) == 2:
        how = f"({listed(choices, _('or'))})"
    else:
        how = _("(or {letters})", letters=", ".join(choice[0] for choice in choices))
    question = f"{asked.prompt} {how}"
    return question if len(question) + ROOM_TO_ANSWER <= width else asked.prompt
