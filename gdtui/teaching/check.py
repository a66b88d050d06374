"""Check a lesson by running it: what a teacher wants to know before the class does."""

import math
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import NoReturn

import msgspec

from gdtui.errors import UserError
from gdtui.experiment.backend import Backend
from gdtui.experiment.experiment import Experiment
from gdtui.experiment.expressions import evaluate, filled, names_in, parse, shown
from gdtui.lab.run import Run
from gdtui.numbers import parse_answer
from gdtui.teaching.events import Answer, GoOn, Set, parse_action
from gdtui.teaching.lesson import Goal, LoadedLesson, Step
from gdtui.teaching.limits import Limit
from gdtui.teaching.locate import Path
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
    try:
        session = Session(loaded, Limit(MOST_UPDATES).on(backend))
    except UserError as error:
        return [f"{loaded.at('step', 0)}: {error}"]
    walk = _Walk(session, room)
    with suppress(_BarsTheWay):
        walk.to_the_end()
    return walk.found


class _BarsTheWay(Exception):  # noqa: N818  # it is a problem of the lesson, not an error of the program
    """After this problem the lesson cannot be walked on through."""


class _Walk:
    """One walk through a lesson along its model answers, and the problems found on it."""

    def __init__(self, session: Session, room: Room) -> None:
        self.session, self.loaded, self.room = session, session.loaded, room
        self.found: list[str] = []

    def to_the_end(self) -> None:
        """Look at each page.

        Raises:
            _BarsTheWay: the problem found last.
        """
        seen: dict[str, float] = {}
        for index, step in enumerate(self.loaded.lesson.steps):
            path: Path = ("step", index)
            for field in ("title", "text"):
                self._filled(getattr(step, field), (*path, field))
            self._hints(step, path)
            if step.ask:
                self._seen_before((*path, "ask"), seen)
                self._ask((*path, "ask"))
            if step.goal:
                self._goal(step, step.goal, path)
            reveal = self._filled(step.reveal, (*path, "reveal"))
            self._sizes(step, path, reveal)
            seen = numbers_seen(self.session)
            try:
                self.session.take(GoOn())
            except UserError as error:
                self._stop(("step", index + 1), str(error))
        closing = self._filled(self.loaded.lesson.closing, ("closing",))
        self._fits(("closing",), self.room.height(closing) + 2)

    def _say(self, path: Path, what: str) -> None:
        self.found.append(f"{self.loaded.at(*path)}: {what}")

    def _stop(self, path: Path, what: str) -> NoReturn:
        self._say(path, what)
        raise _BarsTheWay

    def _filled(self, text: str, path: Path) -> str:
        """A text with every number in it."""
        try:
            return filled(text, self.session.scope())
        except UserError as error:
            self._stop(path, str(error))

    def _fits(self, path: Path, lines: int, part: int = 1) -> None:
        """Report a text that takes more lines than a page has room for, or than one of several equal parts of it."""
        most = self.room.lines(self.session.view(), self.session.run.experiment) // part
        if lines > most:
            self._say(path, f"this takes {lines} lines on a screen of 80×24, and there are {most}")

    def _answers(self, step: Step) -> Iterator[float | str]:
        """What no hint but the last may give: the right number or choice, or numbers that the model answer sets."""
        prediction = self.session.prediction
        if prediction:
            yield prediction.answer if prediction.choices else prediction.truth
        for action in map(parse_action, step.goal.answer if step.goal else ()):
            if isinstance(action, Set) and action.name != "data":
                try:
                    yield parse_answer(action.value).value
                except ValueError:
                    yield action.value

    def _hints(self, step: Step, path: Path) -> None:
        scope, prediction, answers = self.session.scope(), self.session.prediction, list(self._answers(step))
        for number, hint in enumerate(step.hints, 1):
            where = (*path, "hints", number - 1)
            try:
                text = filled(hint, scope)
            except UserError as error:
                self._say(where, str(error))
                continue
            if number < len(step.hints) and _gives(text, answers, prediction):
                self._say(where, f"hint {number} gives the answer; only the last may")
            self._fits(where, self.room.height(text), part=3)
        if prediction and _gives(prediction.hint, answers, prediction):
            self._say((*path, "ask", "hint"), "the hint after the first wrong answer gives the right one")

    def _ask(self, path: Path) -> None:
        prediction = self.session.prediction
        if prediction is None:
            return
        for misconception in prediction.coinciding():
            slip = f"the right answer {prediction.answer} is also what this slip gives: {misconception.words}"
            self._say(path, f"{slip}; {CURE}")
        if len(set(prediction.choices)) < len(prediction.choices):
            self._say((*path, "choices"), "two choices read alike")
        outcome = self.session.take(Answer(prediction.answer))
        if not outcome.is_right:
            self._say(path, f"the answer {prediction.answer} is not taken: {' '.join(outcome.says)}")

    def _seen_before(self, path: Path, before: dict[str, float]) -> None:
        """Numbers on the screen, here or on the page before, that are what is asked for."""
        prediction = self.session.prediction
        if prediction is None or prediction.choices:
            return
        for where, numbers in (("this page", numbers_seen(self.session)), ("the page before", before)):
            for name, number in numbers.items():
                if prediction.agrees(number, prediction.truth):
                    self._say(path, f"{where} shows the answer {prediction.answer} as its {name}; {CURE}")

    def _goal(self, step: Step, goal: Goal, path: Path) -> None:
        """Walk the model answer: the goal is not reached before its end, and then it is."""
        session, where = self.session, (*path, "goal")
        if step.blind and len(session.run.experiment.start) != 1:
            self._stop((*path, "blind"), "a blind step needs one W and no b")
        for condition in goal.check:
            try:
                is_condition = isinstance(evaluate(parse(condition), session.scope()), bool)
            except UserError as error:
                self._stop((*where, "check"), f"'{condition}': {error}")
            if not is_condition:
                self._stop((*where, "check"), f"'{condition}' is no condition")
        for index, words in enumerate(goal.says):
            self._filled(words, (*where, "says", index))
        if all(check.is_met for check in session.page.checks()):
            self._stop((*where, "check"), "the goal is reached before anything is done")
        for number, action in enumerate(goal.answer, 1):
            outcome = session.take(parse_action(action))
            if not outcome.is_accepted:
                self._stop((*where, "answer"), f"'{action}': {' '.join(outcome.says)}")
            if outcome.is_done and number < len(goal.answer):
                self._stop((*where, "answer"), f"the goal is reached after '{action}' already")
        failed = [each.condition for each in session.page.checks() if not each.is_met]
        if failed:
            said = ", ".join(f"{condition} ({self._reached(condition)})" for condition in failed)
            self._stop((*where, "answer"), f"the model answer does not reach: {said}")

    def _reached(self, condition: str) -> str:
        """What the names in a condition stand for now, and how many of the updates are older than the page."""
        scope, page, said = self.session.scope(), self.session.page, []
        for name in sorted(names_in(parse(condition))):
            try:
                said.append(f"{name} is {shown(scope.value(name, None))}")
            except UserError as error:
                said.append(str(error))
            has_begun_again = isinstance(page, GoalPage) and page.has_begun_again
            if name in ("updates", "epoch") and page.entered and not has_begun_again:
                said[-1] += f", {page.entered} of them from the pages before"
        return ", ".join(said)

    def _sizes(self, step: Step, path: Path, reveal: str) -> None:
        """Whether the page fits with its question, and with the longest reply."""
        prediction, height = self.session.prediction, self.room.height
        below = len(step.goal.check) + 1 if step.goal else 0
        reply = 0
        if prediction:
            below = 2 + len(prediction.choices)
            reply = 1 + sum(height(part) for part in (prediction.hint, prediction.worked)) + 1
        self._fits((*path, "text"), height(self.session.page.text) + below)
        if reveal:
            self._fits((*path, "reveal"), height(reveal) + reply)


def numbers_seen(session: Session) -> dict[str, float]:
    """The numbers of the run that a page shows, except the parameters, by what they are called there."""
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
