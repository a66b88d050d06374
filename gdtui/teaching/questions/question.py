"""The base class of all kinds of question."""

from typing import ClassVar

from gdtui.errors import UserError
from gdtui.lab.frame import Unknown
from gdtui.teaching.prediction import Prediction
from gdtui.teaching.questions.ask import Ask
from gdtui.teaching.scope import RunScope
from gdtui.text import one_of
from gdtui.theory.step_size import EPSILON

ROUNDINGS = 8
"""How many roundings of the dtype an answer may be off by, in addition to the digits asked for."""


class Question:
    """A question about a run at its current epoch. Each kind is one class."""

    name: ClassVar[str]
    """Its name in a lesson file: `kind = "…"`."""
    lab_words: ClassVar[str] = ""
    """Its name in the lab, where P asks these in turn; empty if the lab does not ask it."""
    gives_away: ClassVar[frozenset[Unknown]] = frozenset({"gradient", "update", "following", "verdict"})
    """Numbers of the epoch that would give the answer away, so they are hidden until it is answered."""
    takes_step: ClassVar[bool] = False
    """Whether the next epoch reveals the answer, so that it is taken once the question is answered."""
    decimals: ClassVar[int | None] = None
    """The number of decimals, if it does not depend on the answer."""
    choices: ClassVar[tuple[str, ...]] = ()
    """The choices, which a lesson may give in its own language."""
    needs: ClassVar[tuple[str, ...]] = ()
    """The fields that a lesson file must give."""

    def __init__(self, ask: Ask, scope: RunScope) -> None:
        """Ask about the current epoch of the scope's run; the run does not move.

        Raises:
            UserError: there is no such parameter, or this cannot be asked about this run.
        """
        self.ask, self.scope, self.run = ask, scope, scope.run
        self.experiment, self.epoch = self.run.experiment, self.run.epoch
        names = self.experiment.parameter_names
        if ask.of and ask.of not in names:
            raise UserError(one_of(ask.of, names))
        self.index = names.index(ask.of) if ask.of else 0
        """The index of the parameter that the question is about."""

    def prediction(self) -> Prediction:
        """The question with its answer and the line that leads to it.

        Raises:
            UserError: this cannot be asked about this run.
        """
        raise NotImplementedError

    @property
    def is_plain(self) -> bool:
        """Whether the next epoch is one update by lr·gradient over all rows."""
        return self.experiment.is_plain(self.run.settings)

    def noise(self, scale: float) -> float:
        """The possible rounding error of a number computed from numbers of this size."""
        return ROUNDINGS * EPSILON[self.experiment.dtype] * scale
