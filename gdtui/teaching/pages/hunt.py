"""A blind page: the learner searches for the minimum by typing each next W, then lets gdtui search."""

from collections.abc import Iterable
from typing import Any

import msgspec

from gdtui.errors import UserError
from gdtui.experiment.expressions import Value
from gdtui.lab.frame import Frame, look
from gdtui.lab.run import Run
from gdtui.numbers import fixed, significant
from gdtui.teaching.events import Action, Play, Try
from gdtui.teaching.lesson import Step
from gdtui.teaching.page import Check, Exhibit
from gdtui.teaching.pages.goal import GoalPage
from gdtui.teaching.pages.knob import started_at
from gdtui.text import _, ngettext

DIGITS = 4
"""Significant digits of costs and slopes."""

MOST_TRIES = 200
"""The most times that W can be typed, and the most epochs that gdtui plays."""


class HuntPoint(msgspec.Struct, frozen=True):
    """What a learner sees of a W on a blind page."""

    weight: float
    cost: float
    slope: float


class Hunt(Exhibit, frozen=True):
    """The search for the minimum without the curve, and gdtui's own search from the same start."""

    kind = "hunt"

    tries: tuple[HuntPoint, ...]
    """The start, then what the learner typed."""
    played: tuple[HuntPoint, ...]
    """The start, then each epoch, once the learner has let gdtui play."""
    rate: float
    """The learning rate of gdtui's latest search."""
    is_found: bool
    """Whether the goal is reached except for what gdtui plays."""

    @property
    def found(self) -> str:
        """Where gdtui's own epochs ended, in words."""
        last = self.played[-1]
        return ngettext(
            "gdtui, {n} epoch, lr {rate}: W {weight}, cost {cost}",
            "gdtui, {n} epochs, lr {rate}: W {weight}, cost {cost}",
            len(self.played) - 1,
            rate=significant(self.rate),
            weight=fixed(last.weight, 4),
            cost=significant(last.cost, DIGITS),
        )

    def lines(self) -> tuple[str, ...]:
        """The latest try, and where gdtui's search ended."""
        last = self.tries[-1]
        cost, slope = significant(last.cost, DIGITS), significant(last.slope, DIGITS)
        newest = _("W {weight}   cost {cost}   slope {slope}", weight=significant(last.weight), cost=cost, slope=slope)
        return (newest, self.found) if self.played else (newest,)


def is_found(checks: Iterable[Check]) -> bool:
    """Whether only what gdtui plays is missing from the goal; before that, playing would give the minimum away."""
    return all(check.is_met or "played" in check.condition for check in checks)


class HuntPage(GoalPage):
    """Shows only W, the cost and the slope of each try."""

    name = "hunt"
    bare = "try"
    takes = frozenset[str]()

    @classmethod
    def asked_by(cls, step: Step) -> Any:
        """The goal of a blind page."""
        return step.goal if step.blind else None

    @property
    def is_blind(self) -> bool:
        """Blind until the minimum is found."""
        return not self.is_done

    @property
    def usual_charts(self) -> tuple[str, ...] | None:
        """The bowl, once it no longer gives the minimum away."""
        return ("cost over W",) if self.is_done else None

    def frame(self) -> Frame:
        """The run, with the tries as its path."""
        epochs = tuple(self.epochs)
        return msgspec.structs.replace(look(self.run), experiment=self.start, trail=epochs, known=len(epochs) + 1)

    def prepare(self) -> None:
        """Start with the first point seen.

        Raises:
            UserError: there is more than one parameter.
        """
        if len(self.run.experiment.start) != 1:
            raise UserError(_("a blind page needs one W and no b"))
        self.looks, self.played, self.epochs = [self._point()], list[HuntPoint](), [self.run.epoch]

    def exhibit(self) -> Hunt:
        """The tries, and gdtui's own epochs."""
        return Hunt(tuple(self.looks), tuple(self.played), self.run.settings.learning_rate, is_found(self.checks()))

    def examples(self) -> tuple[str, ...]:
        """A W, and an lr for gdtui's search if the goal asks for one."""
        asked = any("played" in condition for condition in self.spec.check)
        return ("1.2", "play 0.1") if asked else ("1.2",)

    @property
    def is_untouched(self) -> bool:
        """Whether no W has been typed yet."""
        return super().is_untouched and len(self.looks) < 2

    def facts(self) -> dict[str, Value]:
        """What conditions can use besides the run."""
        return super().facts() | {
            "tries": len(self.looks) - 1,
            "found_cost": min(point.cost for point in self.looks),
            "played_epochs": max(len(self.played) - 1, 0),
            "played_cost": self.played[-1].cost if self.played else self.run.history[0].cost,
        }

    def scores(self) -> dict[str, int]:
        """The counts that a challenge can be scored by."""
        return super().scores() | {"tries": len(self.looks) - 1}

    def carry_out(self, action: Action) -> None:
        """Look at a W, or play."""
        match action:
            case Try(value=value):
                self._try(value)
            case Play(rate=rate):
                self._play(rate)
            case _:
                raise UserError(_("type the next W"))

    def _try(self, value: float) -> None:
        if len(self.looks) > MOST_TRIES:
            raise UserError(_("that was your last of {most} tries: let gdtui play", most=MOST_TRIES))
        self.run = Run(started_at(self.run.experiment, (value,)), self.backend)  # keeps the lr of the latest search
        self.looks.append(self._point())
        self.epochs.append(self.run.epoch)

    def _play(self, rate: float) -> None:
        if len(self.looks) < 2 or not is_found(self.checks()):
            raise UserError(_("bring the cost down yourself first, then let gdtui play"))
        self.run = Run(msgspec.structs.replace(self.start, learning_rate=rate), self.backend)
        self.played = [self._point()]
        for _epoch in range(min(self.start.epochs, MOST_TRIES)):
            if self.run.step():
                self.played.append(self._point())

    def _point(self) -> HuntPoint:
        """What is shown of the run's current point."""
        epoch = self.run.epoch
        return HuntPoint(epoch.parameters[0], epoch.cost, self.run.surface.slope(epoch.parameters)[0])
