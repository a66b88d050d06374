"""Pages under way: one with nothing to do but read, the base of all kinds, and one that asks a question."""

from collections.abc import Iterable
from typing import ClassVar

from gdtui.errors import UserError
from gdtui.experiment.backend import Backend
from gdtui.experiment.epoch import Epoch
from gdtui.experiment.experiment import Experiment
from gdtui.experiment.expressions import Value, filled
from gdtui.lab.board import Board
from gdtui.lab.run import Run
from gdtui.teaching.events import Action
from gdtui.teaching.lesson import Lesson, Step
from gdtui.teaching.page import Check, Hunt, Outcome, refused
from gdtui.teaching.pages.fairness import fair_pair
from gdtui.teaching.prediction import Prediction, judge, reply_lines
from gdtui.teaching.questions.all_kinds import KINDS, predict_for
from gdtui.teaching.questions.ask import Ask
from gdtui.teaching.revealed import revealed_by
from gdtui.teaching.scope import RunScope
from gdtui.teaching.settings import experiment_with

MOST_UPDATES = 50_000
"""The most updates taken on one page: one per epoch, or one for each batch."""

MISSING = "…"
"""Stands in a text for a number that does not exist, where a learner's run has gone astray."""


class Page:
    """A page to read."""

    run: Run
    """The run of the page; actions may put another in its place."""
    start: Experiment
    """The experiment that the run began as, here or on a page before."""
    not_yet: ClassVar[str] = ""
    """What to say to a learner who wants to go on before it is done."""
    prediction: Prediction | None = None
    """What is asked."""
    reply: tuple[str, ...] = ()
    """What was said to the newest answer."""
    was_right: bool | None = None
    """Whether the answer that closed the question was right."""
    is_done = True
    """Whether the lesson can go on."""
    settings: tuple[str, ...] = ()
    """The settings that the model answer changes."""
    keys = 0
    """How many keys the actions took."""
    script_run = False
    """Whether the run's script was run, and printed the run's check number."""

    def __init__(self, lesson: Lesson, step: Step, backend: Backend, before: "Page | None") -> None:
        """Turn to this page from the one `before`, whose run goes on unless this page begins anew.

        Raises:
            UserError: the page cannot be computed.
        """
        self.lesson, self.step, self.backend = lesson, step, backend
        self.points: float = before.points if before else 0.0
        """Points of the lesson so far: 1 for an answer that is right at once, ½ at the second try, 1 for a goal. The
        second of two choices is worth nothing."""
        self.missed: list[str] = list(before.missed) if before else []
        """Titles of the pages whose question was not answered right at once."""
        self.told: set[tuple[Epoch, str]] = before.told if before else set()
        """Numbers that texts and answers of the lesson have told, with their epochs."""
        self.hints = 0
        self.board = Board()
        if before is None or step.begins_anew:
            self.begin()
        else:
            self.run, self.start = before.run, before.start
        self.prepare()
        self.entered = self.run.cursor
        """Where the run stood when the page was turned to."""
        # Numbers in the text and the hints stay as they were, even when the answer lets the step be taken.
        scope = self.scope()
        self.text = filled(step.text, scope, MISSING)
        self.hint_texts = tuple(filled(hint, scope, MISSING) for hint in step.hints)
        self.tell(revealed_by(step.text, scope))

    def begin(self) -> None:
        """Begin the page's own experiment.

        Raises:
            UserError: it cannot be computed, or takes too many updates.
        """
        self.start = experiment_with({**self.lesson.experiment, **self.step.experiment})
        self.run = Run(self.start, self.backend)
        if self.step.after * self.start.updates > MOST_UPDATES:
            raise UserError(f"the page '{self.step.name}' takes more than {MOST_UPDATES:,} updates before it is shown")
        for _ in range(self.step.after):
            self.run.step()

    def prepare(self) -> None:
        """Work out what the page asks for, before its text is filled in."""

    def scope(self) -> RunScope:
        """The numbers that expressions see now."""
        return RunScope(self.run, self.backend, self.facts())

    def facts(self) -> dict[str, Value]:
        """What conditions can ask for besides the run."""
        return {
            "keys": self.keys,
            "hints": self.hints,
            "pins": len(self.board.kept),
            "compared_fairly": bool(fair_pair(self.board)),
            "script_run": self.script_run,
            "own_data": self.run.experiment.dataset is not self.start.dataset,
        }

    def checks(self) -> tuple[Check, ...]:
        """The conditions of the goal, and which hold."""
        return ()

    def compared(self) -> tuple[str, ...]:
        """How the pinned runs stand, and whether that is a fair comparison."""
        return ()

    def hunt(self) -> Hunt | None:
        """The tries, on a blind page."""
        return None

    def tell(self, numbers: Iterable[str]) -> None:
        """Note what is told of the present epoch."""
        self.told |= {(self.run.epoch, number) for number in numbers}

    def hint(self) -> Outcome:
        """Give the next hint."""
        if self.hints >= len(self.step.hints):
            return refused("there are no more hints" if self.step.hints else "there are no hints here")
        self.hints += 1
        return Outcome(True, (self.hint_texts[self.hints - 1],), is_done=self.is_done)

    def answer(self, text: str) -> Outcome:
        """Judge an answer."""
        return refused("nothing is asked here")

    def do(self, action: Action) -> Outcome:
        """Do something to the run."""
        return refused("go on to the next page" if self.is_done else "answer first; then go on")


class QuestionPage(Page):
    """Nothing moves until the question is answered; then the step that reveals it is taken."""

    not_yet = "answer first"
    prediction: Prediction

    def __init__(self, ask: Ask, lesson: Lesson, step: Step, backend: Backend, before: Page | None) -> None:
        self.ask = ask
        self.is_done = False
        self.wrong = 0
        """How many answers were wrong."""
        super().__init__(lesson, step, backend, before)

    def prepare(self) -> None:
        """Ask about the run as it stands."""
        try:
            self.prediction = predict_for(self.ask, self.scope())
        except UserError:
            # The learner's own run may have gone where this cannot be asked; the lesson's own has not.
            self.begin()
            self.prediction = predict_for(self.ask, self.scope())

    def answer(self, text: str) -> Outcome:
        """Judge an answer: after a right one, or the second wrong one, the page is done."""
        if self.is_done:
            return refused("it is answered")
        asked = self.prediction
        try:
            judgement = judge(asked, text)
        except ValueError as error:
            return refused(str(error))
        self.wrong += not judgement.is_right
        self.reply = reply_lines(asked, judgement, self.wrong)
        if judgement.is_right or self.wrong >= 2:
            self._close(judgement.is_right)
        kinds = tuple(misconception.name or misconception.kind for misconception in judgement.misconceptions)
        return Outcome(True, self.reply, judgement.is_right, kinds, (asked.answer,), self.is_done)

    def _close(self, is_right: bool) -> None:
        """Count the points, and take the step that the question was about."""
        self.is_done, self.was_right = True, is_right
        second = 0 if len(self.prediction.choices) == 2 else 0.5
        self.points += is_right * (second if self.wrong else 1)
        if self.wrong:
            self.missed.append(filled(self.step.title, self.scope(), MISSING) or self.step.name)
        kind = KINDS[self.ask.kind]
        self.tell({kind.name})
        if kind.takes_step:
            self.run.step()
        self.tell(revealed_by(self.step.reveal, self.scope()))
