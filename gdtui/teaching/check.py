"""Check a lesson by running it: what a teacher wants to know before the class does."""

import math
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress

import msgspec

from gdtui.errors import UserError
from gdtui.experiment.backend import Backend
from gdtui.experiment.experiment import Experiment
from gdtui.experiment.expressions import evaluate, filled, names_in, parse, shown
from gdtui.lab.run import Run
from gdtui.teaching.answers import parse_answer
from gdtui.teaching.events import Answer, GoOn, Set, parse_action
from gdtui.teaching.lesson import LoadedLesson, Step
from gdtui.teaching.limits import Limit
from gdtui.teaching.page import PageState
from gdtui.teaching.pages.goal import GoalPage
from gdtui.teaching.prediction import Prediction
from gdtui.teaching.session import Session

MOST_UPDATES = 200_000
"""How many updates a lesson may take to be checked, from its first page to its last."""


class Room(msgspec.Struct, frozen=True):
    """The room that a page has on a screen of 80×24."""

    height: Callable[[str], int]
    """Tells how many lines a text in Markdown takes there."""
    lines: Callable[[PageState, Experiment], int]
    """Tells how many lines a page has there, under the numbers that it shows."""


CURE = "other numbers tell them apart: another start, lr or rows"
"""What to do where a wrong way leads to the right answer, or where it is seen."""

_NUMBER = re.compile(r"[-−]?\d+(?:[.,]\d+)?(?:[eE][-+−]?\d+)?(?:/\d+)?")


def check(loaded: LoadedLesson, backend: Backend, room: Room) -> list[str]:
    """Everything that is wrong with a lesson, as `file:line: what`; empty where it can be taught.

    Every goal has to fail at the start and be reached by the model answer, every expression to compute, every numeric
    prediction to have an answer that no misconception gives too, every page to fit, and no hint but the last to give
    the answer.
    """
    return list(_Check(loaded, Limit(MOST_UPDATES).on(backend), room).problems())


class _Check:
    """One walk through a lesson along its model answers."""

    def __init__(self, loaded: LoadedLesson, backend: Backend, room: Room) -> None:
        self.loaded = loaded
        self.backend = backend
        self.height = room.height
        self.room = room

    def problems(self) -> Iterator[str]:
        """Each problem with its place. After one that bars the way there are no more."""
        try:
            session = Session(self.loaded, self.backend)
        except UserError as error:
            yield self._said(("step", 0), str(error))
            return
        seen: dict[str, float] = {}
        for index, step in enumerate(self.loaded.lesson.steps):
            path = ("step", index)
            before = self._texts(session, step, path, ("title", "text"))
            if isinstance(before, str):
                yield before
                return
            answers = list(self._answers(session, step))
            yield from self._hints(session, step, path, answers)
            if step.ask:
                yield from self._seen_before(session, path, seen)
                yield from self._ask(session, path)
            if step.goal and (problem := self._goal(session, step, path)):
                yield problem
                return
            after = self._texts(session, step, path, ("reveal",))
            if isinstance(after, str):
                yield after
                return
            yield from self._sizes(session, step, path, before["text"], after["reveal"])
            seen = numbers_seen(session)
            try:
                session.take(GoOn())
            except UserError as error:
                yield self._said(("step", index + 1), str(error))
                return
        try:
            closing = filled(self.loaded.lesson.closing, session.scope())
        except UserError as error:
            yield self._said(("closing",), str(error))
            return
        if (lines := self.height(closing) + 2) > (most := self._lines(session)):
            yield self._too_long(("closing",), lines, most)

    def _said(self, path: tuple[str | int, ...], what: str) -> str:
        return f"{self.loaded.at(*path)}: {what}"

    def _lines(self, session: Session) -> int:
        return self.room.lines(session.view(), session.run.experiment)

    def _too_long(self, path: tuple[str | int, ...], lines: int, most: int) -> str:
        return self._said(path, f"this takes {lines} lines on a screen of 80×24, and there are {most}")

    def _texts(
        self, session: Session, step: Step, path: tuple[str | int, ...], fields: tuple[str, ...]
    ) -> dict[str, str] | str:
        """Texts of the page with every number in them, or the problem with one."""
        scope, texts = session.scope(), {}
        for field in fields:
            try:
                texts[field] = filled(getattr(step, field), scope)
            except UserError as error:
                return self._said((*path, field), str(error))
        return texts

    def _answers(self, session: Session, step: Step) -> Iterator[float | str]:
        """What no hint but the last may give: the right number or choice, or numbers that the model answer sets."""
        prediction = session.prediction
        if prediction:
            yield prediction.answer if prediction.choices else prediction.truth
        for action in map(parse_action, step.goal.answer if step.goal else ()):
            if isinstance(action, Set) and action.name != "data":
                try:
                    yield parse_answer(action.value).value
                except ValueError:
                    yield action.value

    def _hints(
        self, session: Session, step: Step, path: tuple[str | int, ...], answers: list[float | str]
    ) -> Iterator[str]:
        scope, prediction = session.scope(), session.prediction
        for number, hint in enumerate(step.hints, 1):
            where = (*path, "hints", number - 1)
            try:
                text = filled(hint, scope)
            except UserError as error:
                yield self._said(where, str(error))
                continue
            if number < len(step.hints) and _gives(text, answers, prediction):
                yield self._said(where, f"hint {number} gives the answer; only the last may")
            if (lines := self.height(text)) > (most := self._lines(session) // 3):
                yield self._too_long(where, lines, most)
        if prediction and _gives(prediction.hint, answers, prediction):
            yield self._said((*path, "ask", "hint"), "the hint after the first wrong answer gives the right one")

    def _ask(self, session: Session, path: tuple[str | int, ...]) -> Iterator[str]:
        prediction = session.prediction
        if prediction is None:
            return
        for misconception in prediction.coinciding():
            what = f"the right answer {prediction.answer} is also what this slip gives: {misconception.words}; {CURE}"
            yield self._said((*path, "ask"), what)
        if len(set(prediction.choices)) < len(prediction.choices):
            yield self._said((*path, "ask", "choices"), "two choices read alike")
        outcome = session.take(Answer(prediction.answer))
        if not outcome.is_right:
            yield self._said((*path, "ask"), f"the answer {prediction.answer} is not taken: {' '.join(outcome.says)}")

    def _seen_before(self, session: Session, path: tuple[str | int, ...], before: dict[str, float]) -> Iterator[str]:
        """Numbers on the screen, here or on the page before, that are what is asked for."""
        prediction = session.prediction
        if prediction is None or prediction.choices:
            return
        for where, numbers in (("this page", numbers_seen(session)), ("the page before", before)):
            for name, number in numbers.items():
                if prediction.agrees(number, prediction.truth):
                    yield self._said(
                        (*path, "ask"), f"{where} shows the answer {prediction.answer} as its {name}; {CURE}"
                    )

    def _goal(self, session: Session, step: Step, path: tuple[str | int, ...]) -> str:
        """Walk the model answer; what is wrong with it or with the goal."""
        goal = step.goal
        if goal is None:
            return ""
        where = (*path, "goal")
        if step.blind and len(session.run.experiment.start) != 1:
            return self._said((*path, "blind"), "a blind step needs one W and no b")
        for condition in goal.check:
            try:
                if not isinstance(evaluate(parse(condition), session.scope()), bool):
                    return self._said((*where, "check"), f"'{condition}' is no condition")
            except UserError as error:
                return self._said((*where, "check"), f"'{condition}': {error}")
        for index, words in enumerate(goal.says):
            try:
                filled(words, session.scope())
            except UserError as error:
                return self._said((*where, "says", index), str(error))
        if all(check.is_met for check in session.view().checks):
            return self._said((*where, "check"), "the goal is reached before anything is done")
        for number, action in enumerate(goal.answer, 1):
            outcome = session.take(parse_action(action))
            if not outcome.is_accepted:
                return self._said((*where, "answer"), f"'{action}': {' '.join(outcome.says)}")
            if outcome.is_done and number < len(goal.answer):
                return self._said((*where, "answer"), f"the goal is reached after '{action}' already")
        failed = [
            f"{check.condition} ({self._reached(session, check.condition)})"
            for check in session.view().checks
            if not check.is_met
        ]
        if failed:
            return self._said((*where, "answer"), f"the model answer does not reach: {', '.join(failed)}")
        return ""

    def _reached(self, session: Session, condition: str) -> str:
        """What the names in a condition stand for now, and how many of the updates are older than the page."""
        scope, said = session.scope(), []
        for name in sorted(names_in(parse(condition))):
            try:
                said.append(f"{name} is {shown(scope.value(name, None))}")
            except UserError as error:
                said.append(str(error))
            entered, page = session.page.entered, session.page
            if name in ("updates", "epoch") and entered and isinstance(page, GoalPage) and not page.has_begun_again:
                said[-1] += f", {entered} of them from the pages before"
        return ", ".join(said)

    def _sizes(
        self, session: Session, step: Step, path: tuple[str | int, ...], text: str, reveal: str
    ) -> Iterator[str]:
        """Whether the page fits with its question, and with the longest reply."""
        prediction, most = session.prediction, self._lines(session)
        below = len(step.goal.check) + 1 if step.goal else 0
        reply = 0
        if prediction:
            below = 2 + len(prediction.choices)
            reply = 1 + sum(self.height(part) for part in (prediction.hint, prediction.worked)) + 1
        if (lines := self.height(text) + below) > most:
            yield self._too_long((*path, "text"), lines, most)
        if reveal and (lines := self.height(reveal) + reply) > most:
            yield self._too_long((*path, "reveal"), lines, most)


def numbers_seen(session: Session) -> dict[str, float]:
    """The numbers of the run that a page shows, by what they are called there, but for the parameters."""
    run, hidden, kept_back = session.run, set(session.hidden), session.kept_back
    if session.step.blind:
        return {}
    epoch, step_size = run.epoch, run.step_size_at(run.cursor)
    seen: dict[str, float] = {}
    if "numbers" not in hidden:
        seen |= {"cost": epoch.cost} if "cost" not in kept_back else {}
        seen |= _by_parameter("gradient", run, epoch.gradient) if not {"gradient"} & (hidden | kept_back) else {}
    if not {"formula", "lr"} & hidden and "following" not in kept_back:
        seen |= _by_parameter("next", run, epoch.following)
    if not {"verdict", "lr"} & hidden and "verdict" not in kept_back and step_size.has_limit:
        seen |= {"limit": step_size.limit, "multiple of the limit": step_size.ratio, "distance ×": step_size.factor}
    if "cost over W" not in hidden and not {"cost", "gradient"} & kept_back:
        seen |= _by_parameter("slope", run, run.surface.slope(epoch.parameters))
    return seen


def _by_parameter(name: str, run: Run, numbers: Sequence[float]) -> dict[str, float]:
    return {f"{name} for {of}": number for of, number in zip(run.experiment.parameter_names, numbers, strict=True)}


def _gives(text: str, answers: list[float | str], prediction: Prediction | None) -> bool:
    """Whether a text holds an answer, as a number or word for word."""
    numbers = list(_numbers(text))
    for answer in answers:
        if isinstance(answer, str):
            if re.search(rf"(?<!\w){re.escape(answer.casefold())}(?!\w)", text.casefold()):
                return True
        elif prediction:
            if any(prediction.agrees(number, answer) for number in numbers):
                return True
        elif any(math.isclose(number, answer, rel_tol=1e-4) for number in numbers):
            return True
    return False


def _numbers(text: str) -> Iterator[float]:
    """The numbers in a text; what only looks like one, as 1e999 and 3/0 do, is none."""
    for found in _NUMBER.findall(text):
        with suppress(ValueError):
            yield parse_answer(found).value
