"""The base of the kinds of question."""

from typing import ClassVar

from gdtui.errors import UserError
from gdtui.lab.frame import Unknown
from gdtui.teaching.prediction import Prediction
from gdtui.teaching.questions.ask import Ask
from gdtui.teaching.scope import RunScope
from gdtui.text import one_of
from gdtui.theory.step_size import EPSILON

ROUNDINGS = 8
"""How many roundings of the dtype an answer may be off by, besides the digits asked for."""


class Question:
    """A question about a run where it stands. Each kind is one class."""

    name: ClassVar[str]
    """What a lesson file calls it: `kind = "…"`."""
    lab_words: ClassVar[str] = ""
    """What the lab calls it, whose P asks these in turn; empty where it is never asked there."""
    gives_away: ClassVar[frozenset[Unknown]] = frozenset({"gradient", "update", "following", "verdict"})
    """Numbers of the epoch that would give the answer away: they are hidden until it is answered."""
    takes_step: ClassVar[bool] = False
    """Whether the next epoch reveals the answer: it is taken once the question is answered."""
    decimals: ClassVar[int | None] = None
    """The digits after the point, where they do not depend on the number."""
    choices: ClassVar[tuple[str, ...]] = ()
    """The answers to choose from, which a lesson may say in its own language."""
    needs: ClassVar[tuple[str, ...]] = ()
    """The fields that a lesson file has to give."""

    def __init__(self, ask: Ask, scope: RunScope) -> None:
        """Ask about the epoch that the scope's run stands at; the run is not moved.

        Raises:
            UserError: there is no such parameter, or this cannot be asked of this run.
        """
        self.ask, self.scope, self.run = ask, scope, scope.run
        self.experiment, self.epoch = self.run.experiment, self.run.epoch
        names = self.experiment.parameter_names
        if ask.of and ask.of not in names:
            raise UserError(one_of(ask.of, names))
        self.index = names.index(ask.of) if ask.of else 0
        """That of the parameter it is about."""

    def prediction(self) -> Prediction:
        """What is asked, with its answer and what leads to it.

        Raises:
            UserError: this cannot be asked of this run.
        """
        raise NotImplementedError

    @property
    def is_plain(self) -> bool:
        """Whether the next epoch is one update by lr·gradient over all rows."""
        return self.experiment.is_plain(self.run.settings)

    def noise(self, scale: float) -> float:
        """How far rounding may move a number that is computed from numbers of this size."""
        return ROUNDINGS * EPSILON[self.experiment.dtype] * scale
