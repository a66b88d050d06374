"""A blind page: the learner hunts for the minimum by typing each next W, then lets gdtui hunt."""

import msgspec

from gdtui.errors import UserError
from gdtui.experiment.expressions import Value
from gdtui.lab.run import Run
from gdtui.teaching.events import Action, Play, Try
from gdtui.teaching.page import Hunt, HuntPoint, is_found
from gdtui.teaching.pages.goal import GoalPage

MOST_TRIES = 200
"""The most times that W is typed, and the most epochs that gdtui plays."""


class HuntPage(GoalPage):
    """Nothing is seen but W, the cost and the slope of each try."""

    def prepare(self) -> None:
        """The start is the first thing seen."""
        self.tries, self.played = [self._point()], list[HuntPoint]()

    def hunt(self) -> Hunt:
        """The tries, and gdtui's own epochs."""
        return Hunt(tuple(self.tries), tuple(self.played), self.run.settings.learning_rate)

    @property
    def is_untouched(self) -> bool:
        """Whether no W was typed yet."""
        return super().is_untouched and len(self.tries) < 2

    def facts(self) -> dict[str, Value]:
        """What conditions can ask for besides the run."""
        return super().facts() | {
            "tries": len(self.tries) - 1,
            "found_cost": min(point.cost for point in self.tries),
            "played_epochs": max(len(self.played) - 1, 0),
            "played_cost": self.played[-1].cost if self.played else self.run.history[0].cost,
        }

    def scores(self) -> dict[str, int]:
        """What a challenge may count."""
        return super().scores() | {"tries": len(self.tries) - 1}

    def carry_out(self, action: Action) -> None:
        """Look at a W, or play.

        Raises:
            UserError: it cannot be done, and nothing is changed.
        """
        match action:
            case Try(value=value):
                self._try(value)
            case Play(rate=rate):
                self._play(rate)
            case _:
                raise UserError("type the next W")

    def _try(self, value: float) -> None:
        if len(self.tries) > MOST_TRIES:
            raise UserError(f"more than {MOST_TRIES} tries: let gdtui play")
        there = msgspec.structs.replace(self.run.experiment, weights=(value,))  # lr as last played
        self.run = Run(there, self.backend)
        self.tries.append(self._point())

    def _play(self, rate: float) -> None:
        if len(self.tries) < 2 or not is_found(self.checks()):
            raise UserError("hunt yourself first: your best cost counts")
        self.run = Run(msgspec.structs.replace(self.start, learning_rate=rate), self.backend)
        self.played = [self._point()]
        for _ in range(min(self.start.epochs, MOST_TRIES)):
            if self.run.step():
                self.played.append(self._point())

    def _point(self) -> HuntPoint:
        """What is seen of the run where it stands."""
        epoch = self.run.epoch
        return HuntPoint(epoch.parameters[0], epoch.cost, self.run.surface.slope(epoch.parameters)[0])
