"""A lesson under way, as a state machine: it takes events and gives what to show. It knows no screen."""

from gdtui.errors import UserError
from gdtui.experiment.backend import Backend
from gdtui.experiment.expressions import filled
from gdtui.experiment.settings import canonical
from gdtui.lab.frame import Unknown
from gdtui.lab.run import Run
from gdtui.teaching.events import Answer, Event, GoOn, Hint
from gdtui.teaching.lesson import LoadedLesson, Step
from gdtui.teaching.page import Outcome, PageState, refused
from gdtui.teaching.pages.goal import GoalPage
from gdtui.teaching.pages.hunt import HuntPage
from gdtui.teaching.pages.page import MISSING, Page, QuestionPage
from gdtui.teaching.prediction import Prediction
from gdtui.teaching.questions.all_kinds import KINDS
from gdtui.teaching.scope import RunScope

HIDES: dict[str, frozenset[Unknown]] = {
    "gradient": frozenset({"gradient", "update", "following"}),
    "formula": frozenset({"update", "following"}),
    "lr": frozenset({"update", "following", "verdict"}),
    "verdict": frozenset({"verdict"}),
}
"""The numbers of the epoch that no panel shows where a lesson hides one of these."""


class Session:
    """One learner's way through one lesson. The same events give the same outcomes."""

    def __init__(self, loaded: LoadedLesson, backend: Backend) -> None:
        """Begin at the first page.

        Raises:
            UserError: the page cannot be computed.
        """
        self.loaded = loaded
        self.lesson = loaded.lesson
        self.backend = backend
        self.is_over = False
        self.index = 0
        self.page = self._opened(self.step, None)

    @property
    def step(self) -> Step:
        """What the lesson file says of the page."""
        return self.lesson.steps[self.index]

    @property
    def run(self) -> Run:
        """The run of the page. It belongs to the page; others look at it."""
        return self.page.run

    @property
    def prediction(self) -> Prediction | None:
        """What this page asks."""
        return self.page.prediction

    @property
    def hidden(self) -> tuple[str, ...]:
        """Settings and panels not to be shown on this page."""
        return tuple(map(canonical, self.lesson.hidden if self.step.hidden is None else self.step.hidden))

    def take(self, event: Event) -> Outcome:
        """Do what the learner does, or say why it cannot be done; then nothing has changed.

        Raises:
            UserError: the next page cannot be computed, and this one stays.
        """
        if self.is_over:
            return refused("the lesson is over")
        match event:
            case Answer(text):
                return self.page.answer(text)
            case Hint():
                return self.page.hint()
            case GoOn():
                return self._go_on()
        return self.page.do(event)

    def view(self) -> PageState:
        """Everything to show now."""
        scope, step, page, prediction = self.scope(), self.step, self.page, self.prediction
        return PageState(
            page=self.index + 1,
            pages=len(self.lesson.steps),
            name=step.name,
            title=filled(step.title, scope, MISSING),
            text=page.text,
            prompt=prediction.prompt if prediction else "",
            choices=prediction.choices if prediction else (),
            digits=prediction.digits_asked if prediction else "",
            reply=page.reply,
            was_right=page.was_right,
            reveal=filled(step.reveal, scope, MISSING) if page.is_done and step.has_task else "",
            checks=page.checks(),
            hints=page.hint_texts[: page.hints],
            hints_left=len(step.hints) - page.hints,
            is_done=page.is_done,
            is_over=self.is_over,
            closing=filled(self.lesson.closing, scope, MISSING) if self.is_over else "",
            hidden=self.hidden,
            settings=page.settings,
            hunt=page.hunt(),
            compared=page.compared(),
            missed=tuple(page.missed),
            points=page.points,
            most=sum(step.has_task for step in self.lesson.steps),
        )

    @property
    def kept_back(self) -> frozenset[Unknown]:
        """Numbers of the epoch that must not be seen: those that answer this page's question, or a later question
        about the same epoch, and those that the page hides.

        A number that was told is no secret.
        """
        return self._asked_for().union(*(HIDES[panel] for panel in self.hidden if panel in HIDES))

    def _asked_for(self) -> frozenset[Unknown]:
        """Numbers that answer the question of this page, or of a later one about the same epoch."""
        if self.step.goal:
            return frozenset()
        kinds = [KINDS[self.step.ask.kind]] if self.step.ask and not self.page.is_done else []
        for step in self.lesson.steps[self.index + 1 :]:
            if any(kind.takes_step for kind in kinds) or step.begins_anew or step.goal:
                break
            kinds += [KINDS[step.ask.kind]] if step.ask else []
        told = {unknown for epoch, unknown in self.page.told if epoch == self.run.epoch}
        return frozenset().union(*(kind.gives_away for kind in kinds)) - (told - {kind.name for kind in kinds})

    def scope(self) -> RunScope:
        """The numbers that expressions see now."""
        return self.page.scope()

    def _go_on(self) -> Outcome:
        return self.turn() if self.page.is_done else refused(self.page.not_yet)

    def turn(self) -> Outcome:
        """Turn to the next page, whatever was done on this one.

        Raises:
            UserError: the next page cannot be computed, and this one stays.
        """
        if self.index + 1 == len(self.lesson.steps):
            self.is_over = True
            return Outcome(True, is_done=True)
        step = self.lesson.steps[self.index + 1]
        try:
            self.page = self._opened(step, self.page)
        except UserError as error:  # a lesson that nobody has checked
            raise UserError(f"the page '{step.name}' cannot be shown: {error}") from None
        self.index += 1
        return Outcome(True, is_done=self.page.is_done)

    def _opened(self, step: Step, before: Page | None) -> Page:
        """The page of a step, which is a question, a goal, a hunt, or a page to read."""
        if step.ask:
            return QuestionPage(step.ask, self.lesson, step, self.backend, before)
        if step.goal:
            kind = HuntPage if step.blind else GoalPage
            return kind(step.goal, self.lesson, step, self.backend, before)
        return Page(self.lesson, step, self.backend, before)
