"""A page with a goal: the learner acts on the run until its conditions hold."""

import math
from collections import deque
from collections.abc import Sequence
from functools import partial
from typing import Any

from gdtui.errors import UserError
from gdtui.experiment.backend import Backend, Course, check_number
from gdtui.experiment.experiment import Experiment
from gdtui.experiment.expressions import evaluate, filled, names_in, parse
from gdtui.experiment.settings import BY_NAME, ON_THE_WAY, canonical
from gdtui.experiment.surface import Surface
from gdtui.lab.board import NAMES, compared, learning_rates, told_apart
from gdtui.lab.run import Run
from gdtui.numbers import shortest, significant
from gdtui.teaching.events import MOST_AT_ONCE, Action, Deed, Pin, ResetRun, Script, Set, StepEpochs, parse_deed
from gdtui.teaching.lesson import Goal, Lesson, Spot, Step
from gdtui.teaching.page import Check, Outcome, refused
from gdtui.teaching.pages.fairness import fairness_of
from gdtui.teaching.pages.page import MISSING, MOST_UPDATES, Page
from gdtui.teaching.pages.question import ForecastPage
from gdtui.teaching.scope import RunScope
from gdtui.teaching.settings import change_of, experiment_with
from gdtui.text import _, ngettext

RATES, PARTS_OF_LIMIT = (0.05, 0.1, 0.02), (0.5, 0.2, 0.7)
"""Example rates to show: one of these, or such a part of the limit; never the answer, and never beyond the limit."""

SAME_SCRIPT = 3e-5
"""The check number is typed with six digits, and another machine's float32 may differ by 2 in 100,000."""


class GoalPage(Page):
    """Actions change the run; the page is done once all conditions hold at the same time."""

    name = key_in_file = "goal"

    spec: Goal
    not_yet = _("the goal is not reached yet")
    reached = _("Goal reached.")
    is_done = False
    taken = 0
    """The number of updates taken on this page."""
    best: int | None = None
    """The best score so far in the challenge."""
    has_begun_again = False
    """Whether the run is no longer the one that the page started with."""
    held: frozenset[str] = frozenset()
    """The conditions that already held when the page was opened."""

    def __init__(self, spec: Goal, lesson: Lesson, step: Step, backend: Backend, before: Page | None) -> None:
        super().__init__(spec, lesson, step, backend, before)
        self.challenge = spec.challenge
        self.forecast = next((page for page in self.above if isinstance(page, ForecastPage)), None)
        """The question before the goal, if there is one."""
        self.held = frozenset(check.condition for check in self.checks() if check.is_met)

    @classmethod
    def asked_by(cls, step: Step) -> Any:
        """The goal, unless the page is blind."""
        return None if cls is GoalPage and step.blind else super().asked_by(step)

    @classmethod
    def look_over(cls, spec: Any, step: Step, spot: Spot) -> None:
        """Check that the goal can be reached."""
        if spec.score == "tries" and not step.blind:
            spot.at("score").refuse(_("score: only a blind page counts 'tries'"))
        if spec.says and len(spec.says) != len(spec.check):
            spot.at("says").refuse(_("says: give one text for each condition in 'check'"))
        for index, action in enumerate(spec.answer):
            spot.at("answer", index).guard(partial(parse_deed, deeds=cls.words_in(spec)), action)

    @classmethod
    def words_in(cls, spec: Any) -> tuple[str, ...]:
        """The words that this kind's table adds to the possible actions."""
        return cls.deeds

    @property
    def takes(self) -> frozenset[str]:
        """Everything, but pins only if they count, and no steps beyond the goal."""
        asked = any(word in condition for condition in self.spec.check for word in ("pins", "fairly"))
        stands_still = self.is_done and all(check.is_met for check in self.checks_now())
        return frozenset((*([] if stands_still else ["step"]), "again", "lr", *(["pin"] if asked else [])))

    def model_answer(self) -> Sequence[Action]:
        """The lesson's actions that reach the goal."""
        return tuple(parse_deed(action, self.deeds) for action in self.spec.answer)

    @property
    def asked_settings(self) -> tuple[str, ...]:
        """The settings that the model answer changes."""
        return tuple(dict.fromkeys(action.name for action in self.model_answer() if isinstance(action, Set)))

    def prepare(self) -> None:
        """A number alone means lr if the model answer changes only lr."""
        self.bare = "lr" if self.asked_settings == ("lr",) else ""

    def examples(self) -> tuple[str, ...]:
        """The settings of the model answer, steps, and what the conditions ask for."""
        asked, now = " ".join(self.spec.check), f"lr = {significant(self.run.settings.learning_rate)}"
        limit = self.run.step_size_at(0).limit if self.bare else math.inf  # other settings change the limit
        small = [rate for rate in RATES if rate < limit]
        parts = (limit * part for part in PARTS_OF_LIMIT if math.isfinite(limit))
        rates = [f"lr = {text}" for text in (*map(shortest, small), *(significant(part, 1) for part in parts))]
        telling = (now, *(each for each in self.spec.answer if each not in self.step.text))
        rate = next((each for each in rates if each not in telling), rates[-1])
        examples = (rate if name == "lr" else f"{name} = {BY_NAME[name].example}" for name in self.asked_settings)
        return (
            *(rate if example in telling else example for example in examples),
            *("step 10", "again"),
            *(["pin"] if "pin" in self.takes else []),
            *(["script 4.66569"] if "script_run" in asked else []),
        )

    @property
    def locked(self) -> tuple[str, ...]:
        """Settings that cannot be changed here."""
        return tuple(map(canonical, self.lesson.locked if self.step.locked is None else self.step.locked))

    @property
    def is_untouched(self) -> bool:
        """Whether nothing has been done yet that could reach a goal."""
        return self.run.cursor in (0, self.entered)

    def checks(self) -> tuple[Check, ...]:
        """The conditions of the goal, and which hold; once it is reached all do, unless there is a score to improve."""
        now = self.checks_now()
        return tuple(Check(c.condition, True, c.words) for c in now) if self.is_done and not self.spec.score else now

    def checks_now(self) -> tuple[Check, ...]:
        """The conditions of the goal, and which hold at the moment."""
        scope, goal = self.scope(), self.spec
        words = tuple(filled(words, scope, MISSING) for words in goal.says) if goal.says else goal.check
        met = {condition for condition in goal.check if _holds(condition, scope)}
        idle = met & self.held if self.is_untouched and len(met) < len(goal.check) else set()
        return tuple(
            Check(condition, condition in met, says, condition in idle)
            for condition, says in zip(goal.check, words, strict=True)
        )

    def do(self, action: Action) -> Outcome:
        """Carry out an action, and see whether it reaches the goal."""
        was_done, before = self.is_done, self.checks_now()
        try:
            for each in action.singly() if isinstance(action, Deed) else (action,):
                self.carry_out(each)
        except UserError as error:
            return refused(str(error))
        self.keys += action.keys
        after = self.checks_now()
        is_reached = all(check.is_met for check in after)
        if is_reached:
            self.revealed = self.filled(self.step.reveal)
        self.is_done = was_done or is_reached
        self.points += self.step.points * (self.is_done and not was_done)
        score = self._better_score() if is_reached else None
        says = [self.reached] if self.is_done and not was_done else []
        if self.is_done and not was_done and self.forecast:
            self.reply, self.was_right = self.forecast.later, self.forecast.was_right
            says += self.reply
        if score is not None:
            says.append(_("Your best here: {score}.", score=self.spec.scored(score)))
        if not self.is_done and isinstance(action, StepEpochs) and (past := _gone_past(before, after)):
            self.is_beyond = True
            says.append(_("You went past '{condition}'.", condition=past))
        self.is_beyond &= not (self.is_done or isinstance(action, ResetRun) or self.run.cursor == 0)
        if isinstance(action, StepEpochs) and self.run.is_out_of_patience:
            best = 1 + self.run.cursor - self.run.waited_at(self.run.cursor)
            words = _("The run stops here: the validation cost was lowest at epoch {number}.", number=best)
            says.append(words)
        if isinstance(action, ResetRun):
            says.append(_("Started over with lr {rate}.", rate=significant(self.run.settings.learning_rate)))
        return Outcome(True, tuple(says), None, (), tuple(map(significant, self.numbers())), self.is_done, score)

    def numbers(self) -> tuple[float, ...]:
        """The numbers that a replay must reproduce."""
        return self.run.epoch.cost, *self.run.epoch.parameters

    def carry_out(self, action: Action) -> None:
        """Carry out an action on the run.

        Raises:
            UserError: it is not possible; nothing changes.
        """
        match action:
            case StepEpochs(count=count):
                self._step(count)
            case Set(name=name, value=value):
                self._set(name, value)
            case ResetRun():
                self._begin_again(self._as_set(), self.run.surface)
            case Pin():
                self._pin()
            case Script(printed=number):
                self._compare_with_script(number)
            case _:
                raise UserError(_("try and play work only on a blind page"))

    def scores(self) -> dict[str, int]:
        """The counts that a challenge can be scored by."""
        return {"keys": self.keys, "updates": self.run.cursor}

    def compared(self) -> tuple[str, ...]:
        """The pinned runs, and whether comparing them is fair."""
        if not self.board.kept:
            return ()
        runs = compared(self.board, self.run)
        lines: list[str] = []
        for kept, told in zip(runs, told_apart(runs), strict=True):
            if kept.name:
                history, rates = kept.run.history, map(significant, learning_rates(kept.run.experiment))
                settings = [f"lr {' → '.join(rates)}", *map(" ".join, told.items())]
                lines.append(
                    ngettext(
                        "{run}  {settings}, {n:,} update: cost {cost}",
                        "{run}  {settings}, {n:,} updates: cost {cost}",
                        len(history) - 1,
                        run=kept.name,
                        settings=", ".join(settings),
                        cost=significant(history[len(history) - 1].cost),
                    )
                )
        if len(lines) > 1:
            lines.append(fairness_of(self.board))
        return tuple(lines)

    def _better_score(self) -> int | None:
        """The score if it is the best so far on this page; otherwise None. One may start over for a better one."""
        score = self.scores().get(self.spec.score)
        if score is None or (self.best is not None and score >= self.best):
            return None
        self.best = score
        self.challenge = _("your best: {score}", score=self.spec.scored(score))
        return score

    def _step(self, count: int) -> None:
        if not 1 <= count <= MOST_AT_ONCE:
            raise UserError(_("step takes from 1 to {most:,} epochs at once", most=MOST_AT_ONCE))
        updates = count * self.run.experiment.updates
        if self.taken + updates > MOST_UPDATES:
            raise UserError(too_many_updates())
        self.run.seek(len(self.run.history) - 1)
        self.taken += updates
        for _epoch in range(count):
            if not self.run.step() or self.run.is_out_of_patience:
                return

    def _begin_again(self, experiment: Experiment, surface: Surface | None = None) -> None:
        self.run, self.has_begun_again = Run(experiment, self.backend, surface=surface), True

    def _as_set(self) -> Experiment:
        """The experiment with the current settings from the start, so that nothing typed is lost."""
        return self.run.experiment.steady_at(self.run.cursor + 1)

    def _set(self, name: str, value: str) -> None:
        name = canonical(name)  # a record may spell it differently
        if name in self.locked or ("data" in self.locked and name in ("x", "y", "x-scale")):
            raise UserError(_("{name} is locked on this page", name=name))
        self.run.seek(len(self.run.history) - 1)
        if BY_NAME.get(name) in ON_THE_WAY:
            self.run = self.run.changed(change_of(name, value, self.run.cursor + 1))
        else:
            self._begin_again(experiment_with({name: value}, self._as_set()))

    def _pin(self) -> None:
        kept = self.board.find(self.run)
        if kept or len(self.board.kept) == len(NAMES):
            self.board.take_down(self.run if kept else self.board.in_order[0].run)
        if not kept:
            self.board.pin(self.run)

    def _compare_with_script(self, printed: float) -> None:
        """Note that the script was run, if the number is the one that the experiment gives."""
        experiment = self.run.experiment
        if experiment.epochs * experiment.updates > MOST_UPDATES:
            raise UserError(too_many_updates())
        last = deque(Course(experiment, self.backend.trainer(experiment)), maxlen=1).pop()
        if not last.is_finite:
            raise UserError(_("this run diverges, so its script prints no check number: start over with a smaller lr"))
        if not math.isclose(printed, check_number(experiment, last), rel_tol=SAME_SCRIPT):
            raise UserError(_("this run's script prints a different check number: write the script again and run it"))
        self.script_run = True


def too_many_updates() -> str:
    """The message that a page does not take so many updates."""
    return _("a page of a lesson takes at most {most:,} updates", most=MOST_UPDATES)


def _gone_past(before: Sequence[Check], after: Sequence[Check]) -> str:
    """The limit on updates that was just exceeded, so that only starting over can meet it; otherwise empty."""
    lost = (then for then, now in zip(before, after, strict=True) if then.is_met and not now.is_met)
    return next((check.words for check in lost if {"updates", "epoch"} & names_in(parse(check.condition))), "")


def _holds(condition: str, scope: RunScope) -> bool:
    try:
        return evaluate(parse(condition), scope) is True
    except UserError:
        return False  # such as a W2 that the learner's own data does not have
