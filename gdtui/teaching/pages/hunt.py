"""A blind page: the learner hunts for the minimum by typing each next W, then lets gdtui hunt."""

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
"""Of costs and slopes, wherever they are shown."""

MOST_TRIES = 200
"""The most times that W is typed, and the most epochs that gdtui plays."""


class HuntPoint(msgspec.Struct, frozen=True):
    """All that a blind hunter sees of a W."""

    weight: float
    cost: float
    slope: float


class Hunt(Exhibit, frozen=True):
    """A hunt for the minimum without the curve, and gdtui's own from the same start."""

    kind = "hunt"

    tries: tuple[HuntPoint, ...]
    """The start, then what the learner typed."""
    played: tuple[HuntPoint, ...]
    """The start, then each epoch, once the learner has let gdtui play."""
    rate: float
    """The learning rate that was played last."""
    is_found: bool
    """Whether nothing is missing but what gdtui plays."""

    @property
    def found(self) -> str:
        """Where gdtui's own epochs have led, in words."""
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
        """The newest try, and where gdtui came to."""
        last = self.tries[-1]
        cost, slope = significant(last.cost, DIGITS), significant(last.slope, DIGITS)
        newest = _("W {weight}   cost {cost}   slope {slope}", weight=significant(last.weight), cost=cost, slope=slope)
        return (newest, self.found) if self.played else (newest,)


def is_found(checks: Iterable[Check]) -> bool:
    """Whether nothing is missing in a hunt but what gdtui plays: before, that would tell where the minimum is."""
    return all(check.is_met or "played" in check.condition for check in checks)


class HuntPage(GoalPage):
    """Nothing is seen but W, the cost and the slope of each try."""

    name = "hunt"
    bare = "try"
    takes = frozenset[str]()

    @classmethod
    def asked_by(cls, step: Step) -> Any:
        """The goal of a blind page."""
        return step.goal if step.blind else None

    @property
    def is_blind(self) -> bool:
        """Until the minimum is found."""
        return not self.is_done

    @property
    def usual_charts(self) -> tuple[str, ...] | None:
        """The bowl, once it tells nothing any more."""
        return ("cost over W",) if self.is_done else None

    def frame(self) -> Frame:
        """The run, with the tries as its trail."""
        epochs = tuple(self.epochs)
        return msgspec.structs.replace(look(self.run), experiment=self.start, trail=epochs, known=len(epochs) + 1)

    def prepare(self) -> None:
        """The start is the first thing seen.

        Raises:
            UserError: there is more to find than one W.
        """
        if len(self.run.experiment.start) != 1:
            raise UserError(_("a blind page needs one W and no b"))
        self.looks, self.played, self.epochs = [self._point()], list[HuntPoint](), [self.run.epoch]

    def exhibit(self) -> Hunt:
        """The tries, and gdtui's own epochs."""
        return Hunt(tuple(self.looks), tuple(self.played), self.run.settings.learning_rate, is_found(self.checks()))

    def examples(self) -> tuple[str, ...]:
        """A W, and what has gdtui hunt where the goal asks for that."""
        asked = any("played" in condition for condition in self.spec.check)
        return ("1.2", "play 0.1") if asked else ("1.2",)

    @property
    def is_untouched(self) -> bool:
        """Whether no W was typed yet."""
        return super().is_untouched and len(self.looks) < 2

    def facts(self) -> dict[str, Value]:
        """What conditions can ask for besides the run."""
        return super().facts() | {
            "tries": len(self.looks) - 1,
            "found_cost": min(point.cost for point in self.looks),
            "played_epochs": max(len(self.played) - 1, 0),
            "played_cost": self.played[-1].cost if self.played else self.run.history[0].cost,
        }

    def scores(self) -> dict[str, int]:
        """What a challenge may count."""
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
        self.run = Run(started_at(self.run.experiment, (value,)), self.backend)  # lr as last played
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
        """What is seen of the run where it stands."""
        epoch = self.run.epoch
        return HuntPoint(epoch.parameters[0], epoch.cost, self.run.surface.slope(epoch.parameters)[0])
