"""A lesson in progress, as a state machine: it takes events and returns what to show. It knows no screen."""

from copy import copy
from typing import NamedTuple

import msgspec

from gdtui.errors import UserError
from gdtui.experiment.backend import Backend
from gdtui.experiment.settings import canonical
from gdtui.lab.board import BoardRun
from gdtui.lab.frame import Frame, Unknown
from gdtui.lab.run import Run
from gdtui.teaching.events import Answer, Event, GoOn, Hint, Skip
from gdtui.teaching.lesson import Lesson, LoadedLesson, Step
from gdtui.teaching.page import Outcome, PageState, refused
from gdtui.teaching.pages.all_kinds import has_deed, minutes, tasks_of
from gdtui.teaching.pages.goal import GoalPage
from gdtui.teaching.pages.page import Page
from gdtui.teaching.pages.question import QuestionPage
from gdtui.teaching.prediction import Prediction
from gdtui.teaching.questions.all_kinds import KINDS
from gdtui.text import _

HIDES: dict[str, frozenset[Unknown]] = {
    "gradient": frozenset({"gradient", "update", "following"}),
    "formula": frozenset({"update", "following"}),
    "lr": frozenset({"update", "following", "verdict"}),
    "verdict": frozenset({"verdict"}),
}
"""The numbers of the epoch that are hidden when a lesson hides one of these panels or settings."""


AS_ON_THE_PAGE = (
    *("text", "prompt", "reply", "was_right", "takes", "is_blind", "deeds", "bare", "points"),
    *("is_beyond", "challenge"),
)
"""Attributes of the page that PageState shows unchanged."""


MOST_MISSED = 3
"""The most pages named as worth another look."""


MANY = 10
"""How many epochs one key takes, unless they reach the goal sooner."""


class Past(NamedTuple):
    """A page as it was when the learner moved on: it can be read, but not done again."""

    view: PageState
    frame: Frame
    run: Run
    kept: tuple[BoardRun, ...]
    """The runs that were pinned on it."""


class Session:
    """One learner's way through one lesson. The same events give the same outcomes."""

    def __init__(self, loaded: LoadedLesson, backend: Backend) -> None:
        """Start at the first page.

        Raises:
            UserError: the page cannot be computed.
        """
        self.loaded = loaded
        self.lesson = loaded.lesson
        self.backend = backend
        self.is_over = False
        self.past: list[Past] = []
        """The pages before this one, from the first."""
        self.index = 0
        self.page = _opened(self.lesson, self.step, 0, backend, None)

    @property
    def step(self) -> Step:
        """The page in the lesson file."""
        return self.lesson.steps[self.index]

    @property
    def label(self) -> str:
        """The name of the current task in grades."""
        tasks = tasks_of(self.step)
        return tasks[len(self.page.above)].label if tasks else self.step.name

    @property
    def run(self) -> Run:
        """The page's run. Others may look at it but must not change it."""
        return self.page.run

    @property
    def prediction(self) -> Prediction | None:
        """The question of this page."""
        return self.page.prediction

    @property
    def hidden(self) -> tuple[str, ...]:
        """Settings and panels hidden on this page."""
        return tuple(map(canonical, self.lesson.hidden if self.step.hidden is None else self.step.hidden))

    def take(self, event: Event) -> Outcome:
        """Take an event; if it is refused, the outcome says why and nothing changes.

        Raises:
            UserError: the next page cannot be computed, and this one stays.
        """
        if self.is_over:
            return refused(_("the lesson is over"))
        match event:
            case GoOn():
                return self._go_on()
            case Skip():
                return self._skip()
            case Hint():
                return self.page.hint()
            case Answer():
                outcome = self.page.answer(event)
            case _:
                outcome = self.page.do(event)
        if self.page.is_done and self._left:
            self.page = self._turned_to(self.step, len(self.page.above) + 1)
        return outcome

    def view(self) -> PageState:
        """Everything to show now."""
        step, page, prediction = self.step, self.page, self.prediction
        sheet = (*page.above, page)
        return PageState(
            page=self.index + 1,
            pages=len(self.lesson.steps),
            name=step.name,
            title=page.filled(step.title),
            **{name: getattr(page, name) for name in AS_ON_THE_PAGE},
            choices=prediction.choices if prediction else (),
            digits=prediction.digits_asked if prediction else "",
            earlier=tuple(line for above in page.above for line in above.reply),
            chosen=_chosen_on(page.above[-1]) if page.above else (),
            reveal=page.revealed or page.filled(step.reveal) if self.is_done and tasks_of(step) else "",
            checks=page.checks(),
            hints=page.hint_texts[page.hints_before : page.hints],
            hints_left=len(page.hint_texts) - page.hints,
            is_done=self.is_done,
            is_over=self.is_over,
            closing=page.filled(self.lesson.closing) if self.is_over else "",
            can=tuple(map(page.filled, self.lesson.can)) if self.is_over else (),
            hidden=self.hidden,
            kind=page.name,
            exhibit=next((shown for each in reversed(sheet) if (shown := each.exhibit())), None),
            takes_answers=page.is_question or not tasks_of(step),
            tries_left=max(0, page.tries - page.wrong),
            examples=page.examples(),
            charts=None if self.is_over else page.charts(),
            shows="" if self.is_over else step.view,
            asks_for_numbers=bool(self._asked_for() - {"verdict"}),
            shares=step.shares,
            marks=step.marks,
            compared=page.compared(),
            missed=tuple(title for title, _wrong in page.missed.most_common(MOST_MISSED)),
            minutes=0 if self.index or self.is_over else minutes(self.lesson),
            most=sum(task.worth for step in self.lesson.steps for task in tasks_of(step)),
        )

    def look(self) -> Past:
        """The page as it is now, including its run."""
        page = self.page
        frame = msgspec.structs.replace(page.frame(), unknown=self.kept_back)
        return Past(self.view(), frame, page.run, page.board.kept)

    def epochs_to_goal(self, most: int = MANY) -> int:
        """How many epochs reach the page's goal, computed on a copy of the run; `most` if fewer do not reach it."""
        if not isinstance(self.page, GoalPage) or "step" not in self.page.takes:
            return most
        page = copy(self.page)
        page.run = self.run.replanned(self.run.experiment)
        page.run.seek(len(page.run.history) - 1)
        for taken in range(1, most):
            if not page.run.step():
                break
            if all(check.is_met for check in page.checks_now()):
                return taken
        return most

    def finish_page(self) -> None:
        """Do everything that the page asks for, as in the lesson's model answers.

        Raises:
            UserError: that does not finish the page.
        """
        while not self.is_done:
            page = self.page
            for event in page.model_answer():
                self.take(event)
            if self.page is page and not page.is_done:
                raise UserError(
                    _(
                        "the page '{page}' is not completed by its own model answer: check the lesson",
                        page=self.step.name,
                    )
                )

    @property
    def kept_back(self) -> frozenset[Unknown]:
        """Numbers of the epoch that must stay hidden: answers to this page's question or to a later question about the
        same epoch, and what the page hides.

        A number that the lesson has given away is not hidden.
        """
        return self._asked_for().union(*(HIDES[panel] for panel in self.hidden if panel in HIDES))

    def _asked_for(self) -> frozenset[Unknown]:
        """Numbers that answer this page's question, or a later question about the same epoch."""
        if not self.page.is_question and tasks_of(self.step):
            return frozenset()
        kinds = [self.page.kind] if self.page.kind and not self.page.is_done else []
        for step in self.lesson.steps[self.index + 1 :]:
            if any(kind.takes_step for kind in kinds) or step.begins_anew or has_deed(step):
                break
            kinds += [KINDS[step.ask.kind]] if step.ask else []
        told = {unknown for epoch, unknown in self.page.told if epoch == self.run.epoch}
        return frozenset().union(*(kind.gives_away for kind in kinds)) - (told - {kind.name for kind in kinds})

    @property
    def is_done(self) -> bool:
        """Whether the learner can go to the next page."""
        return self.page.is_done and not self._left

    @property
    def _left(self) -> int:
        """How many tasks of the step are left after the current one."""
        return max(0, len(tasks_of(self.step)) - len(self.page.above) - 1)

    def _go_on(self) -> Outcome:
        return self.turn() if self.page.is_done else refused(self.page.not_yet)

    def _skip(self) -> Outcome:
        """Turn the page; the step that its question reveals is taken, and earns nothing."""
        if isinstance(self.page, QuestionPage) and not self.page.is_done:
            self.page.after_it()
        return self.turn()

    def turn(self) -> Outcome:
        """Turn to the next page, whatever was done on this one.

        Raises:
            UserError: the next page cannot be computed, and this one stays.
        """
        past = self.look()
        if self.index + 1 == len(self.lesson.steps):
            self.is_over = True
        else:
            self.page = self._turned_to(self.lesson.steps[self.index + 1], 0)
            self.index += 1
        self.past.append(past._replace(view=msgspec.structs.replace(past.view, is_past=True)))
        return Outcome(True, is_done=self.is_over or self.page.is_done, points=self.page.points)

    def _turned_to(self, step: Step, number: int) -> Page:
        try:
            return _opened(self.lesson, step, number, self.backend, self.page)
        except UserError as error:  # a lesson that was never checked
            raise UserError(_("the page '{page}' cannot be shown: {why}", page=step.name, why=error)) from None


def _opened(lesson: Lesson, step: Step, number: int, backend: Backend, before: Page | None) -> Page:
    """The page for task number `number` of a step; a page to read if the step has no tasks."""
    tasks = tasks_of(step)
    kind, table = tasks[number][:2] if tasks else (Page, None)
    return kind(table, lesson, step, backend, before)


def _chosen_on(page: Page) -> tuple[str, ...]:
    """A page's question and its choices, with the chosen one marked; empty if it is judged later."""
    asked = page.prediction
    if page.tries < 2 or not asked or not asked.choices:
        return ()
    marks = ("▸" if choice == page.answer_given else " " for choice in asked.choices)
    lines = (f"{mark} {n} {choice}" for n, (mark, choice) in enumerate(zip(marks, asked.choices, strict=True), 1))
    return page.prompt, *lines
