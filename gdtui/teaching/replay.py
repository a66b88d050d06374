"""Replay a record: do again what it says, compare the outcomes, and note what it is worth."""

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
"""What may end a replay: the lesson was not checked, torch complains, or there is no room."""

TOLERANCE = 2e-5
"""How far a number may be from the recorded one, as a part of it: another machine's last bits of a float32."""


class Answered(msgspec.Struct, frozen=True):
    """What became of one question."""

    page: str
    tries: int = 0
    right_at: int = 0
    """The number of the try that was right; 0 for none."""
    misconceptions: tuple[tuple[str, ...], ...] = ()
    """For each wrong answer of a known kind the misconceptions that it may have come from."""
    otherwise: tuple[str, ...] = ()
    """The wrong answers that come from no misconception that is known: numbers as they are shown, or the choices."""
    given: tuple[str, ...] = ()
    """Every answer, as it was understood."""
    right: str = ""
    """The right answer as the page tells it, once there was one that was judged."""
    title: str = ""
    """The page's title, as it was answered."""
    points: float = 0.0
    """Points for it."""
    worth: int = 1
    """The most points for it."""


class Reached(msgspec.Struct, frozen=True):
    """What became of one goal."""

    page: str
    is_reached: bool = False
    score: int | None = None
    """Keys or updates, where it is a challenge."""
    worth: int = 1
    """The most points for it."""

    @property
    def points(self) -> float:
        """Points for it."""
        return float(self.worth * self.is_reached)


class Said(msgspec.Struct, frozen=True):
    """What a learner said where nobody judges: in own words, or in a poll."""

    page: str
    text: str
    kind: str
    title: str = ""
    """The page's title."""


class RecordReplay:
    """A session that does again what a record says, and notes what it is worth."""

    def __init__(self, loaded: LoadedLesson, backend: Backend, begun: Begun) -> None:
        """Begin; `begun` says which version of the lesson the record is of.

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
        """Pages of another version of the lesson that what was done on them does not hold for here."""
        self._held: list[Done] = []
        self._order = [step.name for step in loaded.lesson.steps]
        self._is_other, self._same = begun.digest != loaded.digest, begun.same_pages(loaded)
        self._passed_by = -1
        """The last page whose run may be another than the record's."""

    @property
    def held(self) -> list[Done]:
        """What was done on the pages that it still holds for."""
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
        """Do again what was done; return the reason to flag it."""
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
        """Turn to the page of what was done, past pages that were changed; False where it does not hold any more."""
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
        """Whether this page, or one whose run it goes on with, is another in the record's version of the lesson."""
        since = self.session.lesson.steps[self._passed_by + 1 : self.session.index + 1]
        is_astray = self._passed_by >= 0 and not any(step.begins_anew for step in since)
        return is_astray or self.session.step.name not in self._same

    def _give_up(self, step: Step) -> None:
        """Nothing that was done on this page counts."""
        self.changed.append(step.name)
        self._forget(step)

    def _forget(self, step: Step) -> None:
        """Nothing is answered or reached on this page."""
        for task in tasks_of(step):
            if not task.kind.is_judged:
                self.said.pop(task.label, None)
            elif task.kind.is_question:
                self.questions[task.label] = Answered(task.label, worth=task.worth)
            else:
                self.goals[task.label] = Reached(task.label, worth=task.worth)

    def _pass_by(self) -> None:
        """Turn this page without what was done on it; a question's step is taken."""
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
    """The difference between the recorded outcome and the replayed one; their words are not compared."""
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
    """That the replay of a record has ended."""
    return _("it cannot be replayed: {why}", why=clean(str(error), 120))


def same_number(recorded: str, replayed: str) -> bool:
    """Whether two numbers as shown are equal up to the last bits of another machine."""
    if recorded == replayed:
        return True
    try:
        was, now = (float(text[:40].replace("\N{MINUS SIGN}", "-")) for text in (recorded, replayed))
    except ValueError:
        return False
    last_digit = 10.0 ** -len(replayed.partition("e")[0].partition(".")[2]) if "e" not in replayed else 0.0
    return abs(was - now) <= max(TOLERANCE * abs(now), last_digit)
