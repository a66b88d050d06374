"""A lesson under way, as a state machine: events in, what there is to show out. It knows no screen."""

import math
from collections import deque
from collections.abc import Iterable
from itertools import combinations

import msgspec

from gdtui.errors import UserError
from gdtui.experiment.backend import Backend, check_number, epochs
from gdtui.experiment.epoch import Epoch
from gdtui.experiment.experiment import Experiment
from gdtui.experiment.expressions import Value, evaluate, filled, parse
from gdtui.experiment.settings import BY_NAME, ON_THE_WAY, canonical
from gdtui.lab.board import NAMES, Board, BoardRun, fairness, is_fair, summaries
from gdtui.lab.frame import Unknown
from gdtui.lab.run import Run
from gdtui.numbers import count, significant
from gdtui.teaching.events import (
    MOST_AT_ONCE,
    Action,
    Answer,
    Event,
    GoOn,
    Hint,
    Pin,
    Play,
    ResetRun,
    Script,
    Set,
    StepEpochs,
    Try,
    parse_action,
)
from gdtui.teaching.lesson import Goal, LoadedLesson, Step
from gdtui.teaching.page import Check, Hunt, HuntPoint, Outcome, PageState, is_found
from gdtui.teaching.prediction import TAKES_A_STEP, Prediction, gives_away, judge, reply_lines
from gdtui.teaching.question import question
from gdtui.teaching.revealed import revealed_by
from gdtui.teaching.scope import RunScope
from gdtui.teaching.settings import change_of, experiment_with
from gdtui.text import listed

MOST_UPDATES = 50_000
"""The most updates that are taken on one page: one an epoch, or one for each batch."""

MOST_TRIES = 200
"""The most times that W is typed in a blind step, and the most epochs that gdtui plays there."""

HIDES: dict[str, frozenset[Unknown]] = {
    "gradient": frozenset({"gradient", "update", "following"}),
    "formula": frozenset({"update", "following"}),
    "lr": frozenset({"update", "following", "verdict"}),
    "verdict": frozenset({"verdict"}),
}
"""What of the epoch is not to be seen on any panel where a lesson hides one."""

SAME_SCRIPT = 3e-5
"""A check number is typed with six digits, and another machine's float32 may differ by 2 units in 100,000."""

MISSING = "…"
"""Stands in a text for a number that there is not, where a learner's run has gone astray."""


class Session:
    """One learner's way through one lesson. The same events give the same outcomes."""

    run: Run
    """The run of the page. It belongs to the session; others look at it."""

    def __init__(self, loaded: LoadedLesson, backend: Backend) -> None:
        """Begin at the first page.

        Raises:
            UserError: the page cannot be computed.
        """
        self.loaded = loaded
        self.lesson = loaded.lesson
        self.backend = backend
        self.is_over = False
        self.points = 0.0
        """1 for an answer that is right at once, ½ at the second try, 1 for a goal. Of two choices the one that is left
        is no merit."""
        self.missed: list[str] = []
        """Titles of the pages whose question was not answered right at once."""
        self._told: set[tuple[Epoch, str]] = set()
        """Numbers that texts and answers have told, with their epochs."""
        self._enter(0)

    @property
    def step(self) -> Step:
        """The page."""
        return self.lesson.steps[self.index]

    @property
    def hidden(self) -> tuple[str, ...]:
        """Settings and panels not to be shown on this page."""
        names = self.lesson.hidden if self.step.hidden is None else self.step.hidden
        return tuple(map(canonical, names))

    @property
    def locked(self) -> tuple[str, ...]:
        """Settings not to be changed on this page."""
        names = self.lesson.locked if self.step.locked is None else self.step.locked
        return tuple(map(canonical, names))

    def take(self, event: Event) -> Outcome:
        """Do what the learner does, or say why it cannot be done; then nothing has changed.

        Raises:
            UserError: the next page cannot be computed, and this one stays.
        """
        if self.is_over:
            return _refused("the lesson is over")
        match event:
            case Answer(text):
                return self._answer(text)
            case Hint():
                return self._hint()
            case GoOn():
                return self._go_on()
        return self._do(event)

    def view(self) -> PageState:
        """All there is to show now."""
        scope, step, prediction = self.scope(), self.step, self.prediction
        return PageState(
            lesson=self.lesson.title,
            page=self.index + 1,
            pages=len(self.lesson.steps),
            name=step.name,
            title=filled(step.title, scope, MISSING),
            text=self.text,
            prompt=prediction.prompt if prediction else "",
            choices=prediction.choices if prediction else (),
            decimals=prediction.decimals if prediction and not prediction.choices else None,
            reply=self.reply,
            was_right=self.was_right,
            reveal=self._reveal(scope),
            checks=self._checks(),
            hints=self.hint_texts[: self.hints],
            hints_left=len(step.hints) - self.hints,
            is_done=self.is_done,
            is_over=self.is_over,
            closing=filled(self.lesson.closing, scope, MISSING) if self.is_over else "",
            hidden=self.hidden,
            locked=self.locked,
            settings=self.settings,
            hunt=Hunt(tuple(self.tries), tuple(self.played), self.run.settings.learning_rate) if step.blind else None,
            compared=self._compared(),
            keys=self.keys,
            missed=tuple(self.missed),
            points=self.points,
            most=sum(step.ask is not None or step.goal is not None for step in self.lesson.steps),
        )

    @property
    def kept_back(self) -> frozenset[Unknown]:
        """What of the epoch must not be seen: what this page asks for, what a later one asks of the same epoch, and
        what the page hides.

        What was told of it is no secret.
        """
        return self._asked_for().union(*(HIDES[panel] for panel in self.hidden if panel in HIDES))

    def _asked_for(self) -> frozenset[Unknown]:
        """What of the epoch this page asks for, or a later one."""
        if self.step.goal:
            return frozenset()
        kinds = [self.step.ask.kind] if self.step.ask and not self.is_done else []
        for step in self.lesson.steps[self.index + 1 :]:
            if TAKES_A_STEP.intersection(kinds) or step.begins_anew or step.goal:
                break
            kinds += [step.ask.kind] if step.ask else []
        told = {unknown for epoch, unknown in self._told if epoch == self.run.epoch} - set(kinds)
        return frozenset().union(*map(gives_away, kinds)) - told

    def scope(self) -> RunScope:
        """The numbers that expressions see now."""
        return RunScope(self.run, self.backend, self._facts())

    def _enter(self, index: int) -> None:
        """Turn to a page."""
        self.index = index
        step = self.step
        self.wrong = self.hints = self.keys = self.taken = 0
        self.is_done = step.ask is None and step.goal is None
        self.was_right: bool | None = None
        self.reply: tuple[str, ...] = ()
        self.tries: list[HuntPoint] = []
        self.played: list[HuntPoint] = []
        self.best: int | None = None
        self.board = Board()
        self.has_begun_again = False
        """Whether the run is no longer the one that the page began with."""
        self.script_run = False
        self.entered, self.held = 0, set[str]()
        self.prediction: Prediction | None = None
        actions = map(parse_action, step.goal.answer if step.goal else ())
        self.settings = tuple(dict.fromkeys(action.name for action in actions if isinstance(action, Set)))
        """Those that the model answer changes."""
        if index == 0 or step.begins_anew:
            self._begin()
        if step.ask:
            try:
                self.prediction = question(step.ask, self.run, self.backend, self.scope())
            except UserError:
                # The learner's own run may have gone where this cannot be asked; the lesson's own has not.
                self._begin()
                self.prediction = question(step.ask, self.run, self.backend, self.scope())
        if step.blind:
            self.tries.append(self._look())
        self.entered = self.run.cursor
        """Where the run stood when the page was turned to."""
        self.held = {check.condition for check in self._checks() if check.is_met}
        """The conditions of the goal that held then."""
        # Numbers in the text and the hints stay as they were, also when the answer has let the step be taken.
        scope = self.scope()
        self.text = filled(step.text, scope, MISSING)
        self._tell(revealed_by(step.text, scope))
        self.hint_texts = tuple(filled(hint, scope, MISSING) for hint in step.hints)

    def _begin(self) -> None:
        """Begin the page's own experiment."""
        self.start = experiment_with({**self.lesson.experiment, **self.step.experiment})
        self.run = Run(self.start, self.backend)
        if self.step.after * self.start.updates > MOST_UPDATES:
            raise UserError(f"the page '{self.step.name}' takes more than {MOST_UPDATES:,} updates before it is shown")
        for _ in range(self.step.after):
            self.run.step()

    def _facts(self) -> dict[str, Value]:
        """What conditions can ask for besides the run."""
        facts: dict[str, Value] = {
            "keys": self.keys,
            "hints": self.hints,
            "pins": len(self.board.kept),
            "compared_fairly": bool(_fair_pair(self.board)),
            "script_run": self.script_run,
            "own_data": self.run.experiment.dataset is not self.start.dataset,
        }
        if self.step.blind:
            facts["tries"] = len(self.tries) - 1
            facts["found_cost"] = min((look.cost for look in self.tries), default=0.0)
            facts["played_epochs"] = max(len(self.played) - 1, 0)
            facts["played_cost"] = self.played[-1].cost if self.played else self.run.history[0].cost
        return facts

    def _reveal(self, scope: RunScope) -> str:
        return filled(self.step.reveal, scope, MISSING) if self.is_done and (self.step.ask or self.step.goal) else ""

    def _checks(self) -> tuple[Check, ...]:
        """The conditions of the goal, and which hold."""
        if self.step.goal is None:
            return ()
        scope, goal = self.scope(), self.step.goal
        words = tuple(filled(words, scope, MISSING) for words in goal.says) if goal.says else goal.check
        met = {condition for condition in goal.check if _holds(condition, scope)}
        nothing_done = self.run.cursor in (0, self.entered) and len(self.tries) < 2 and len(met) < len(goal.check)
        idle = met & self.held if nothing_done else set()
        return tuple(
            Check(condition, condition in met, says, condition in idle)
            for condition, says in zip(goal.check, words, strict=True)
        )

    def _answer(self, text: str) -> Outcome:
        if self.prediction is None:
            return _refused("nothing is asked here")
        if self.is_done:
            return _refused("it is answered")
        try:
            judgement = judge(self.prediction, text)
        except ValueError as error:
            return _refused(str(error))
        self.wrong += not judgement.is_right
        self.reply = reply_lines(self.prediction, judgement, self.wrong)
        if judgement.is_right or self.wrong >= 2:
            self.is_done, self.was_right = True, judgement.is_right
            second = 0 if len(self.prediction.choices) == 2 else 0.5
            self.points += judgement.is_right * (second if self.wrong else 1)
            if self.wrong:
                self.missed.append(filled(self.step.title, self.scope(), MISSING) or self.step.name)
            self._tell({self.prediction.quantity})
            if self.prediction.takes_step:
                self.run.step()
            self._tell(revealed_by(self.step.reveal, self.scope()))
        kinds = tuple(misconception.name or misconception.kind for misconception in judgement.misconceptions)
        return Outcome(True, self.reply, judgement.is_right, kinds, (self.prediction.answer,), self.is_done)

    def _tell(self, numbers: Iterable[str]) -> None:
        """Note what is told of the epoch here."""
        self._told |= {(self.run.epoch, number) for number in numbers}

    def _hint(self) -> Outcome:
        if self.hints >= len(self.step.hints):
            return _refused("there are no more hints" if self.step.hints else "there are no hints here")
        self.hints += 1
        return Outcome(True, (self.hint_texts[self.hints - 1],), is_done=self.is_done)

    def _go_on(self) -> Outcome:
        if not self.is_done:
            return _refused("answer first" if self.step.ask else "the goal is not reached yet")
        if self.index + 1 == len(self.lesson.steps):
            self.is_over = True
            return Outcome(True, is_done=self.is_done)
        before = dict(vars(self))
        try:
            self._enter(self.index + 1)
        except UserError as error:  # a lesson that nobody has checked
            vars(self).update(before)
            raise UserError(f"the page '{self.lesson.steps[self.index + 1].name}' cannot be shown: {error}") from None
        return Outcome(True, is_done=self.is_done)

    def _do(self, action: Action) -> Outcome:
        goal = self.step.goal
        if goal is None:
            return _refused("answer first; then go on" if not self.is_done else "go on to the next page")
        was_done = self.is_done
        try:
            self._carry_out(action)
        except UserError as error:
            return _refused(str(error))
        self.keys += action.keys
        is_reached = all(check.is_met for check in self._checks())
        self.is_done = was_done or is_reached
        self.points += self.is_done and not was_done
        score = self._better_score(goal) if is_reached else None
        says = ["Reached."] if self.is_done and not was_done else []
        if score is not None:
            says.append(f"{goal.scored(score)}, your best here.")
        if isinstance(action, ResetRun):
            says.append(f"From the start again, with lr = {significant(self.run.settings.learning_rate)}.")
        numbers = (significant(self.run.epoch.cost), *map(significant, self.run.epoch.parameters))
        return Outcome(True, tuple(says), None, (), numbers, self.is_done, score)

    def _better_score(self, goal: Goal) -> int | None:
        """The score of a challenge, where it is the best so far on this page; one may begin again for a better one."""
        score = {"keys": self.keys, "updates": self.run.cursor, "tries": len(self.tries) - 1}.get(goal.score)
        if score is None or (self.best is not None and score >= self.best):
            return None
        self.best = score
        return score

    def _carry_out(self, action: Action) -> None:
        """Do it to the run.

        Raises:
            UserError: it cannot be done, and nothing is changed.
        """
        if self.step.blind != isinstance(action, Try | Play):
            raise UserError("type the next W" if self.step.blind else "this is for a blind page")
        match action:
            case StepEpochs(count=count):
                self._step(count)
            case Set(name=name, value=value):
                self._set(name, value)
            case ResetRun():
                self._begin_again(self._as_set())
            case Try(value=value):
                self._try(value)
            case Play(rate=rate):
                self._play(rate)
            case Pin():
                self._pin()
            case Script(printed=number):
                self._compare_with_script(number)

    def _step(self, count: int) -> None:
        if not 1 <= count <= MOST_AT_ONCE:
            raise UserError(f"from 1 to {MOST_AT_ONCE:,} epochs can be taken at once")
        updates = count * self.run.experiment.updates
        if self.taken + updates > MOST_UPDATES:
            raise UserError(f"a page of a lesson has at most {MOST_UPDATES:,} updates")
        self.run.seek(len(self.run.history) - 1)
        self.taken += updates
        for _ in range(count):
            if not self.run.step():
                return

    def _begin_again(self, experiment: Experiment) -> None:
        self.run, self.has_begun_again = Run(experiment, self.backend), True

    def _as_set(self) -> Experiment:
        """The experiment with the settings that stand now, from its start on: what was typed is not lost."""
        return self.run.experiment.steady_at(self.run.cursor + 1)

    def _set(self, name: str, value: str) -> None:
        name = canonical(name)  # a record may have another spelling
        if name in self.locked or ("data" in self.locked and name in ("x", "y", "x-scale")):
            raise UserError(f"{name} is locked on this page")
        self.run.seek(len(self.run.history) - 1)
        if BY_NAME.get(name) in ON_THE_WAY:
            self.run = self.run.changed(change_of(name, value, self.run.cursor + 1))
        else:
            self._begin_again(experiment_with({name: value}, self._as_set()))

    def _try(self, value: float) -> None:
        if len(self.tries) > MOST_TRIES:
            raise UserError(f"more than {MOST_TRIES} tries: let gdtui play")
        self.run = Run(
            msgspec.structs.replace(self.run.experiment, weights=(value,)), self.backend
        )  # lr as last played
        self.tries.append(self._look())

    def _play(self, rate: float) -> None:
        if len(self.tries) < 2 or not is_found(self._checks()):
            raise UserError("hunt yourself first: your best cost counts")
        self.run = Run(msgspec.structs.replace(self.start, learning_rate=rate), self.backend)
        self.played = [self._look()]
        for _ in range(min(self.start.epochs, MOST_TRIES)):
            if self.run.step():
                self.played.append(self._look())

    def _pin(self) -> None:
        kept = self.board.find(self.run)
        if kept or len(self.board.kept) == len(NAMES):
            self.board.take_down(self.run if kept else self.board.in_order[0].run)
        if not kept:
            self.board.pin(self.run)

    def _compare_with_script(self, printed: float) -> None:
        """Note that the script was run where its check number is the one that the experiment itself gives."""
        experiment = self.run.experiment
        if experiment.epochs * experiment.updates > MOST_UPDATES:
            raise UserError(f"a script of more than {MOST_UPDATES:,} updates is not taken")
        last = deque(epochs(experiment, self.backend.trainer(experiment)), maxlen=1).pop()
        if not last.is_finite:
            raise UserError("this run diverges, and its script prints no check number")
        if not math.isclose(printed, check_number(experiment, last), rel_tol=SAME_SCRIPT):
            raise UserError("the script of this run prints another check number")
        self.script_run = True

    def _compared(self) -> tuple[str, ...]:
        """How the pinned runs stand, and whether that is a fair comparison."""
        if not self.board.kept:
            return ()
        pinned = [standing for standing in summaries(self.board, self.run) if standing.name]
        lines = [
            f"{run.name}  lr {' → '.join(map(significant, run.learning_rates))}, {count(run.known - 1, 'update')}: "
            f"cost {significant(run.cost)}"
            for run in pinned
        ]
        if len(pinned) > 1:
            lines.append(_fairness(self.board))
        return tuple(lines)

    def _look(self) -> HuntPoint:
        epoch = self.run.epoch
        return HuntPoint(epoch.parameters[0], epoch.cost, self.run.surface.slope(epoch.parameters)[0])


def _refused(why: str) -> Outcome:
    return Outcome(False, (why,))


def _holds(condition: str, scope: RunScope) -> bool:
    try:
        return evaluate(parse(condition), scope) is True
    except UserError:
        return False  # such as a W2 that the learner's own data has not


def _fair_pair(board: Board) -> tuple[BoardRun, ...]:
    """Two runs on the board that went equally far and differ in exactly one thing; empty where there are none."""
    pairs = combinations(board.kept, 2)
    return next((pair for pair in pairs if _is_even(pair) and is_fair(kept.run.experiment for kept in pair)), ())


def _is_even(runs: Iterable[BoardRun]) -> bool:
    return len({len(kept.run.history) for kept in runs}) == 1


def _fairness(board: Board) -> str:
    """Whether the runs on the board are a fair test, in words; of several, the two that are one."""
    if (pair := _fair_pair(board)) and len(board.kept) > 2:
        return f"{listed([kept.name for kept in pair])}: {fairness(pair)}"
    return fairness(board.kept) if _is_even(board.kept) else "they have not gone equally far: not a fair test"
