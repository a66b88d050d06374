"""Replay a record: repeat its events, compare the outcomes, and count the points."""

import msgspec

from gdtui.errors import UserError
from gdtui.experiment.backend import Backend
from gdtui.teaching.events import Answer, Event, GoOn, Hint, Skip, written
from gdtui.teaching.lesson import LoadedLesson, Step
from gdtui.teaching.page import Outcome
from gdtui.teaching.pages.all_kinds import tasks_of
from gdtui.teaching.pages.page import Page
from gdtui.teaching.record import Begun, Done, Sealed, decoded
from gdtui.teaching.session import Session
from gdtui.text import _, clean

STOPPING = (UserError, RuntimeError, ArithmeticError, MemoryError)
"""Errors that can end a replay: an unchecked lesson, an error in torch, or lack of memory."""

TOLERANCE = 2e-5
"""The largest relative difference from a recorded number: another machine's last bits of a float32."""


class Answered(msgspec.Struct, frozen=True):
    """The result of one question."""

    page: str
    """Its name in grades."""
    tries: int = 0
    right_at: int = 0
    """The number of the try that was right; 0 if none was."""
    misconceptions: tuple[tuple[str, ...], ...] = ()
    """For each wrong answer of a known kind, the misconceptions that may explain it."""
    otherwise: tuple[str, ...] = ()
    """The wrong answers that no known misconception explains: numbers as shown, or choices."""
    given: tuple[str, ...] = ()
    """Every answer, as it was understood."""
    right: str = ""
    """The right answer as the page shows it, once an answer was judged."""
    title: str = ""
    """The page's title when it was answered."""
    points: float = 0.0
    worth: int = 1
    """The most points for it."""
    number: int = 0
    """The number of its page."""


class Reached(msgspec.Struct, frozen=True):
    """The result of one goal."""

    page: str
    """Its name in grades; a question of the page may have the same one."""
    is_reached: bool = False
    score: int | None = None
    """Keys or updates, if it is a challenge."""
    worth: int = 1
    """The most points for it."""
    number: int = 0
    """The number of its page."""

    @property
    def points(self) -> float:
        """The points earned."""
        return float(self.worth * self.is_reached)


class Said(msgspec.Struct, frozen=True):
    """What a learner said in an answer that is not judged: in their own words, or in a poll."""

    page: str
    text: str
    kind: str
    title: str = ""


class RecordReplay:
    """A session that repeats the events of a record and counts its points."""

    def __init__(self, loaded: LoadedLesson, backend: Backend, begun: Begun) -> None:
        """`begun` tells which version of the lesson the record is of.

        Raises:
            UserError: the first page cannot be computed.
        """
        self.session = Session(loaded, backend)
        self.questions: dict[str, Answered] = {}
        self.goals: dict[str, Reached] = {}
        self.said: dict[str, Said] = {}
        for step in loaded.lesson.steps:
            self._forget(step)
        self.hints = 0
        self.changed: list[str] = []
        """Pages on which the record, made with another version of the lesson, is no longer valid."""
        self._held: list[Done] = []
        self._order = [step.name for step in loaded.lesson.steps]
        self._is_other, self._same = begun.digest != loaded.digest, begun.same_pages(loaded)
        self._passed_by = -1
        """The last page after which the run may differ from the record's."""

    @property
    def held(self) -> list[Done]:
        """The events that are still valid."""
        return [done for done in self._held if done.page not in self.changed]

    def step(self, entry: bytes, lines_before: int) -> tuple[str, bool]:
        """Replay one entry. Returns the reason to flag it, empty if there is none, and whether it is the seal."""
        try:
            done = decoded(entry)
        except msgspec.DecodeError as error:
            return _("the line is not understood: {why}", why=clean(str(error), 160)), False
        if isinstance(done, Sealed):
            is_whole = done.lines == lines_before
            other = _("the seal counts {sealed} lines, but there are {found}", sealed=done.lines, found=lines_before)
            return "" if is_whole else other, is_whole
        if isinstance(done, Begun):
            return _("the record starts again on this line"), False
        try:
            return self._do(done), False
        except STOPPING as error:
            return not_replayed(error), False

    def _do(self, done: Done) -> str:
        """Repeat an event; return the reason to flag it, or empty."""
        if not self._is_here(done):
            return ""
        page = self.session.step.name
        if page != done.page:
            return _(
                "the record is on page '{page}', but the replay is on '{here}'", page=clean(done.page, 40), here=page
            )
        under_way, label, points = self.session.page, self.session.label, self.session.page.points
        outcome = self.session.take(done.event)
        recorded = done.outcome
        if self._is_other and isinstance(done.event, GoOn | Skip):  # another page may follow
            recorded = msgspec.structs.replace(recorded, is_done=outcome.is_done)
        if difference := _difference(recorded, outcome):
            if not self._may_differ():
                event = clean(written(done.event), 40)
                return _("'{event}' does not reproduce: {difference}", event=event, difference=difference)
            self._give_up(self.session.step)
            return ""
        self._note(label, done.event, outcome, under_way, self.session.page.points - points)
        self._held.append(done)
        return ""

    def _is_here(self, done: Done) -> bool:
        """Go to an event's page, past pages that have changed; False if the event is no longer valid."""
        session = self.session
        if done.page in self.changed:
            if done.page == session.step.name and isinstance(done.event, GoOn | Skip):
                self._pass_by()
            return False
        if done.page not in self._order[session.index :]:
            return not self._is_other
        while session.step.name != done.page and self._may_differ():
            self._give_up(session.step)
            self._pass_by()
        return True

    def _may_differ(self) -> bool:
        """Whether this page, or one whose run it continues, may be different in the record's version of the lesson."""
        since = self.session.lesson.steps[self._passed_by + 1 : self.session.index + 1]
        is_astray = self._passed_by >= 0 and not any(step.begins_anew for step in since)
        return is_astray or self.session.step.name not in self._same

    def _give_up(self, step: Step) -> None:
        """Discard everything done on this page."""
        self.changed.append(step.name)
        self._forget(step)

    def _forget(self, step: Step) -> None:
        """Reset the results of this page."""
        number = self.session.lesson.steps.index(step) + 1
        for task in tasks_of(step):
            if not task.kind.is_judged:
                self.said.pop(task.label, None)
            elif task.kind.is_question:
                self.questions[task.label] = Answered(task.label, worth=task.worth, number=number)
            else:
                self.goals[task.label] = Reached(task.label, worth=task.worth, number=number)

    def _pass_by(self) -> None:
        """Turn the page without its events; the step that its question reveals is taken."""
        if self.session.prediction and not self.session.is_done:
            self.session.take(Answer(self.session.prediction.answer))
        self._passed_by = self.session.index
        self.session.turn()

    def _note(self, label: str, event: Event, outcome: Outcome, page: Page, points: float) -> None:
        title = self.session.page.filled(self.session.step.title)
        match event:
            case Hint():
                self.hints += 1
            case Answer(text) if not page.is_judged:
                self.said[label] = Said(label, page.understood(text), page.name, title)
            case Answer(text):
                before = self.questions[label]
                tries = before.tries + 1
                is_known = bool(outcome.is_right or outcome.misconceptions)
                self.questions[label] = msgspec.structs.replace(
                    before,
                    tries=tries,
                    right_at=tries if outcome.is_right else 0,
                    misconceptions=(*before.misconceptions, *filter(None, [outcome.misconceptions])),
                    given=(*before.given, page.understood(text)),
                    right=page.prediction.told if page.prediction else next(iter(outcome.numbers), ""),
                    otherwise=before.otherwise if is_known else (*before.otherwise, page.understood(text)),
                    title=before.title or title,
                    points=points,
                )
            case _ if not isinstance(event, GoOn | Skip):
                score = self.goals[label].score if outcome.score is None else outcome.score
                self.goals[label] = msgspec.structs.replace(self.goals[label], is_reached=outcome.is_done, score=score)


def _difference(recorded: Outcome, replayed: Outcome) -> str:
    """How the replayed outcome differs from the recorded one; their words are not compared."""
    if not replayed.is_accepted:
        return _("it is refused: {why}", why=clean(" ".join(replayed.says), 80))
    for name in ("is_right", "is_done", "score", "misconceptions"):
        was, now = getattr(recorded, name), getattr(replayed, name)
        if was != now:
            return _("{name} was {was} and is now {now}", name=name.replace("_", " "), was=clean(str(was), 40), now=now)
    if len(recorded.numbers) != len(replayed.numbers):
        return _("its numbers are different")
    for was, now in zip(recorded.numbers, replayed.numbers, strict=True):
        if not same_number(was, now):
            return _("{was} was recorded, but the replay gives {now}", was=clean(was, 24), now=now)
    return ""


def not_replayed(error: BaseException) -> str:
    """The message that the replay of a record has stopped."""
    return _("it cannot be replayed: {why}", why=clean(str(error), 120))


def same_number(recorded: str, replayed: str) -> bool:
    """Whether two numbers as shown are equal except for another machine's last bits."""
    if recorded == replayed:
        return True
    try:
        was, now = (float(text[:40].replace("\N{MINUS SIGN}", "-")) for text in (recorded, replayed))
    except ValueError:
        return False
    last_digit = 10.0 ** -len(replayed.partition("e")[0].partition(".")[2]) if "e" not in replayed else 0.0
    return abs(was - now) <= max(TOLERANCE * abs(now), last_digit)
