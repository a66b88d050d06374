"""Check a lesson by running it, so that the teacher finds its errors before the class does."""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from copy import copy
from typing import NoReturn

import msgspec

from gdtui.errors import UserError
from gdtui.experiment.backend import Backend
from gdtui.experiment.experiment import Experiment
from gdtui.experiment.expressions import evaluate, filled, names_in, parse, shown
from gdtui.lab.run import Run
from gdtui.numbers import parse_answer, shortest
from gdtui.teaching.events import Deed, Event, GoOn, ResetRun, Set, StepEpochs, written
from gdtui.teaching.lesson import LoadedLesson, Step
from gdtui.teaching.limits import Limit
from gdtui.teaching.locate import Path
from gdtui.teaching.named import gives, keys_named
from gdtui.teaching.page import Outcome, PageState
from gdtui.teaching.pages.all_kinds import tasks_of
from gdtui.teaching.pages.goal import GoalPage
from gdtui.teaching.pages.page import keys_of
from gdtui.teaching.session import Session
from gdtui.text import _

MOST_UPDATES = 200_000
"""The most updates that checking a whole lesson may take."""


RATES, SPAN = 24, 2.0
"""How many rates on each side of the model answer's are tried for a better score, up to this factor away."""

MOST_TASKS = 3
"""The most things that a page asks for: its task, and the questions before and after it."""


class Room(msgspec.Struct, frozen=True):
    """The space that a page has on a screen of 80×24."""

    height: Callable[[str], int]
    """The number of lines that a Markdown text takes there."""
    lines: Callable[[PageState, Experiment], int]
    """The number of lines for a page's text, given the numbers that the page shows."""
    asking: Callable[[PageState], int]
    """The number of lines that a page's text and question take there."""
    keys: Callable[[PageState | None], set[str]]
    """The keys that work on a page, or on any page at all, as people write them."""


CURE = _("choose a different start, lr or set of rows")
"""The remedy if a misconception leads to the right answer, or if the answer is visible."""


def check(loaded: LoadedLesson, backend: Backend, room: Room) -> list[str]:
    """Everything that is wrong with a lesson, as `file:line: what`; empty if it can be taught.

    Every goal must fail at the start and be reached by the model answer, every expression must compute, no
    misconception may give the right number, every page must fit, and only the last hint may give the answer away.
    """
    try:
        session = Session(loaded, Limit(MOST_UPDATES).on(backend))
    except UserError as error:
        return [f"{loaded.at('step', 0)}: {error}"]
    walk = _Walk(session, room)
    with suppress(_BarsTheWay):
        walk.to_the_end()
    return walk.found


class _BarsTheWay(Exception):  # noqa: N818  # it is a problem of the lesson, not an error of the program
    """After this problem the rest of the lesson cannot be checked."""


class _Walk:
    """A walk through a lesson along its model answers, which collects problems."""

    def __init__(self, session: Session, room: Room) -> None:
        self.session, self.loaded, self.room = session, session.loaded, room
        self.found: list[str] = []

    def to_the_end(self) -> None:
        """Check each page.

        Raises:
            _BarsTheWay: the last problem prevents going on.
        """
        seen: dict[str, float] = {}
        for index, step in enumerate(self.loaded.lesson.steps):
            path: Path = ("step", index)
            for field in ("title", "text"):
                self._filled(getattr(step, field), (*path, field))
            self._hints(step.hints, path)
            working = {"enter", *self.room.keys(self.session.view())}
            self._fits((*path, "text"), self.room.asking(self.session.view()))
            if len(tasks_of(step)) > MOST_TASKS:
                n, most = len(tasks_of(step)), MOST_TASKS
                self._say(path, _("this page asks for {n} things; {most} are enough for one page", n=n, most=most))
            for number, task in enumerate(tasks_of(step)):
                where = (*path, *keys_of(task.kind, step))
                self._hints(getattr(task.table, "hints", ()), where)
                for flaw in self.session.page.flaws():
                    self._say(where, flaw)
                if number:  # the text above may have scrolled out of sight by then
                    view = msgspec.structs.replace(self.session.view(), text="", exhibit=None)
                    self._fits(where, self.room.asking(view))
                if task.kind.is_question:
                    self._seen_before(where, seen)
                    self._told_before(step, path)
                    self._ask(where)
                else:
                    self._goal(where)
                working |= self.room.keys(self.session.view())
            self._keys(step, path, working)
            reveal = self._filled(step.reveal, (*path, "reveal"))
            if reveal:
                self._fits((*path, "reveal"), self.room.height(reveal) + self._reply())
            seen = numbers_seen(self.session)
            try:
                self.session.take(GoOn())
            except UserError as error:
                self._stop(("step", index + 1), str(error))
        closing = self._filled(self.loaded.lesson.closing, ("closing",))
        can = [self._filled(each, ("can",)) for each in self.loaded.lesson.can]
        listed_lines = sum(self.room.height(f"  ✓ {each}") for each in can) + 2 * bool(can)
        self._fits(("closing",), self.room.height(closing) + listed_lines + 2)

    def _say(self, path: Path, what: str) -> None:
        self.found.append(f"{self.loaded.at(*path)}: {what}")

    def _stop(self, path: Path, what: str) -> NoReturn:
        self._say(path, what)
        raise _BarsTheWay

    def _filled(self, text: str, path: Path) -> str:
        try:
            return filled(text, self.session.page.scope())
        except UserError as error:
            self._stop(path, str(error))

    def _fits(self, path: Path, lines: int, part: int = 1) -> None:
        """Report a text that takes more lines than a page has, or than one of `part` equal parts of it."""
        most = self.room.lines(self.session.view(), self.session.run.experiment) // part
        if lines > most:
            says = _(
                "this takes {lines} lines, but a screen of 80×24 has room for only {most}: shorten it",
                lines=lines,
                most=most,
            )
            self._say(path, says)

    def _answers(self) -> Iterator[float | str]:
        """What only the last hint may give away: the right number or choice, or the numbers of the model answer."""
        prediction = self.session.prediction
        if prediction and self.session.page.is_judged:
            yield prediction.answer if prediction.choices else prediction.truth
        events = self.session.page.model_answer()
        for event in (each for each in events if not isinstance(each, Deed) or each is events[-1]):
            if isinstance(event, Set | Deed) and getattr(event, "name", "") != "data":
                try:
                    yield parse_answer(event.value).value
                except ValueError:
                    yield event.value

    def _hints(self, hints: Sequence[str], path: Path) -> None:
        scope, prediction, answers = self.session.page.scope(), self.session.prediction, list(self._answers())
        for number, hint in enumerate(hints, 1):
            where = (*path, "hints", number - 1)
            try:
                text = filled(hint, scope)
            except UserError as error:
                self._say(where, str(error))
                continue
            if number < len(hints) and gives(text, answers, prediction):
                self._say(where, _("hint {number} gives the answer; only the last one may", number=number))
            self._fits(where, self.room.height(text), part=3)
        if prediction and gives(prediction.hint, answers, prediction):
            self._say((*path, "ask", "hint"), _("the hint after the first wrong answer gives the right one"))

    def _keys(self, step: Step, path: Path, working: set[str]) -> None:
        """Report a key that the text or a hint mentions but that does nothing on the page."""
        hints = [
            hint for part in (step, *(task.table for task in tasks_of(step))) for hint in getattr(part, "hints", ())
        ]
        named = {key for text in (step.text, *hints) for key in keys_named(text, self.room.keys(None))}
        for key in sorted(named - working):
            self._say((*path, "text"), _("the key {key} does nothing on this page", key=key))

    def _ask(self, path: Path) -> None:
        if prediction := self.session.prediction:
            for misconception in prediction.coinciding():
                says = _(
                    "the right answer, {answer}, also comes from {slip}: {cure}",
                    answer=prediction.answer,
                    slip=misconception.words,
                    cure=CURE,
                )
                self._say(path, says)
            if len(set(prediction.choices)) < len(prediction.choices):
                self._say((*path, "choices"), _("two choices read alike"))
            if prediction.digits_asked and re.search(r"\d\s+(decimal|digit)", prediction.prompt):
                says = _("leave the digits out of the prompt: gdtui adds ({digits})", digits=prediction.digits_asked)
                self._say((*path, "prompt"), says)
        for event in self.session.page.model_answer():
            outcome = self._take(event, path)
            if not outcome.is_accepted or outcome.is_right is False:
                reply = " ".join(outcome.says)
                self._say(path, _("'{event}' is not accepted: {reply}", event=written(event), reply=reply))

    def _seen_before(self, path: Path, before: dict[str, float]) -> None:
        """Report that the right answer is among the numbers shown on this page or the one before."""
        prediction = self.session.prediction
        if prediction is None or prediction.choices:
            return
        here = _("this page shows {answer}, the answer, as the {name}: {cure}")
        there = _("the page before shows {answer}, the answer, as the {name}: {cure}")
        for template, numbers in ((here, numbers_seen(self.session)), (there, before)):
            for name, number in numbers.items():
                if prediction.agrees(number, prediction.truth):
                    self._say(path, template.format(answer=prediction.answer, name=name, cure=CURE))

    def _told_before(self, step: Step, path: Path) -> None:
        """Report that the right answer is in the page's title or text."""
        prediction = self.session.prediction
        if prediction is None or prediction.choices or not self.session.page.is_judged:
            return
        for field in ("title", "text"):
            if gives(self._filled(getattr(step, field), (*path, field)), [prediction.truth], prediction):
                says = _(
                    "this gives the answer, {answer}: leave it out, or {cure}", answer=prediction.answer, cure=CURE
                )
                self._say((*path, field), says)

    def _take(self, event: Event, path: Path) -> Outcome:
        """Take a step of the model answer; the page that it opens must be possible."""
        try:
            return self.session.take(event)
        except UserError as error:
            self._stop(path, str(error))

    def _goal(self, where: Path) -> None:
        """Take the model answer: the goal must be reached at its end, and no earlier."""
        session, page = self.session, self.session.page
        for check in page.checks():
            try:
                is_condition = isinstance(evaluate(parse(check.condition), page.scope()), bool)
            except UserError as error:
                self._stop((*where, "check"), f"'{check.condition}': {error}")
            if not is_condition:
                says = _("'{expression}' is not a condition: compare it with something", expression=check.condition)
                self._stop((*where, "check"), says)
        if isinstance(page, GoalPage):
            for index, words in enumerate(page.spec.says):
                self._filled(words, (*where, "says", index))
        if page.checks() and all(check.is_met for check in page.checks()):
            self._stop((*where, "check"), _("the goal is reached before anything is done"))
        events = page.model_answer()
        for number, event in enumerate(events, 1):
            outcome = self._take(event, where)
            if not outcome.is_accepted:
                self._stop((*where, "answer"), f"'{written(event)}': {' '.join(outcome.says)}")
            if outcome.is_done and number < len(events):
                self._stop((*where, "answer"), _("'{event}' already reaches the goal", event=written(event)))
        failed = [each.condition for each in page.checks() if not each.is_met]
        if failed or not page.is_done:
            step_size = session.run.step_size_at(session.run.cursor)
            parts = [
                _("the model answer does not meet: {conditions}", conditions=", ".join(map(self._reached, failed))),
                *([step_size.against_limit()] if step_size.has_limit else []),
            ]
            self._stop((*where, "answer"), "; ".join(parts))

        if isinstance(page, GoalPage) and page.spec.par:
            self._par(page, (*where, "par"))

    def _par(self, page: GoalPage, where: Path) -> None:
        """Report that the stated best score is not the model answer's, or that some constant lr near it does better."""
        par, lr = page.spec.par, page.run.settings.learning_rate
        if page.best != par:
            says = _("the model answer's score is {score}, but par is {par}", score=page.best, par=par)
            self._say(where, says)
        elif page.spec.score == "updates":
            curvature = page.run.step_size_at(0).curvature
            rates = [lr * SPAN ** (step / RATES) for step in range(-RATES, RATES + 1)]
            for rate in map(shortest, [*([1 / curvature] if curvature else []), *rates]):
                trial = copy(page)
                trial.do(ResetRun())
                trial.do(Set(name="lr", value=rate))
                scores = (trial.do(StepEpochs()).score for _epoch in range(par - 1))
                if any(score is not None for score in scores):
                    self._say(where, _("lr = {rate} reaches a better score than par", rate=rate))
                    return

    def _reached(self, condition: str) -> str:
        """A condition with the present values of its names, and the number of updates from earlier pages."""
        scope, page, said = self.session.page.scope(), self.session.page, []
        for name in sorted(names_in(parse(condition))):
            try:
                said.append(_("{name} is {value}", name=name, value=shown(scope(name, None))))
            except UserError as error:
                said.append(str(error))
            has_begun_again = isinstance(page, GoalPage) and page.has_begun_again
            if name in ("updates", "epoch") and page.entered and not has_begun_again:
                said.append(_("{n} of them from earlier pages", n=page.entered))
        return f"{condition} ({', '.join(said)})"

    def _reply(self) -> int:
        """The number of lines of the longest reply to the last question."""
        prediction, height = self.session.prediction, self.room.height
        return 2 + sum(height(part) for part in (prediction.hint, prediction.worked)) if prediction else 0


def numbers_seen(session: Session) -> dict[str, float]:
    """The numbers of the run that a page shows, except the parameters, by their names on the screen."""
    run, hidden, kept_back = session.run, set(session.hidden), session.kept_back
    if session.page.is_blind:
        return {}
    epoch, step_size = run.epoch, run.step_size_at(run.cursor)
    seen: dict[str, float] = {}
    if "numbers" not in hidden:
        seen |= {"cost": epoch.cost} if "cost" not in kept_back else {}
        seen |= (
            _by_parameter(_("gradient for {parameter}"), run, epoch.gradient)
            if not {"gradient"} & (hidden | kept_back)
            else {}
        )
    if not {"formula", "lr"} & hidden and "following" not in kept_back:
        seen |= _by_parameter(_("next {parameter}"), run, epoch.following)
    if not {"verdict", "lr"} & hidden and "verdict" not in kept_back and step_size.has_limit:
        seen |= {"limit": step_size.limit, "multiple of the limit": step_size.ratio, "distance ×": step_size.factor}
    if "cost over W" not in hidden and not {"cost", "gradient"} & kept_back:
        seen |= _by_parameter(_("slope for {parameter}"), run, run.surface.slope(epoch.parameters))
    return seen


def _by_parameter(template: str, run: Run, numbers: Sequence[float]) -> dict[str, float]:
    return {
        template.format(parameter=of): number
        for of, number in zip(run.experiment.parameter_names, numbers, strict=True)
    }
