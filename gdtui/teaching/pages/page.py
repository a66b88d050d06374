"""The base class of all kinds of page; by itself, a page that is only read."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from copy import copy
from typing import Any, ClassVar

from gdtui.errors import UserError
from gdtui.experiment.backend import Backend
from gdtui.experiment.epoch import Epoch
from gdtui.experiment.experiment import Experiment
from gdtui.experiment.expressions import Value, filled
from gdtui.lab.board import Board
from gdtui.lab.frame import Frame, look
from gdtui.lab.run import Run
from gdtui.teaching.events import Action, Answer, Event
from gdtui.teaching.lesson import CHART_NAMES, Lesson, Spot, Step
from gdtui.teaching.page import Check, Exhibit, Outcome, refused
from gdtui.teaching.pages.fairness import fair_pair
from gdtui.teaching.prediction import Prediction
from gdtui.teaching.questions.ask import Part
from gdtui.teaching.questions.question import Question
from gdtui.teaching.scope import RunScope, revealed_by
from gdtui.teaching.settings import experiment_with
from gdtui.text import _

MOST_UPDATES = 50_000
"""The most updates on one page: one per epoch, or one per batch."""

MISSING = "…"
"""Shown in a text for a number that does not exist, because the learner's run went another way."""


class Page:
    """A page in progress. Each kind of page is one class: what to do on it, what happened, and how that is shown.

    A step can have tables of several kinds. Each is a page of its own on the same sheet, and starts with the results of
    the one before.
    """

    name: ClassVar[str] = "read"
    """The name of the kind in the registry."""
    key_in_file: ClassVar[str] = ""
    """The name of its table in a step of a lesson file, such as `turn` for `[step.turn]`."""
    within: ClassVar[tuple[str, ...]] = ()
    """The tables that its table can be inside of, if it is not directly in the step."""
    own_charts: ClassVar[tuple[str, ...]] = ()
    """Charts that only this kind can show; `ui/lesson` draws them."""
    table: ClassVar[type[Part] | None] = None
    """The type of its table; None if another kind has declared it."""
    is_question: ClassVar[bool] = False
    """Whether typed text is an answer, which is worth less on the second try; otherwise it is an action."""
    tries: ClassVar[int] = 0
    """How many wrong answers are allowed before the right one is shown; 0 if answers are not judged."""
    is_judged: ClassVar[bool] = True
    """Whether it earns points; otherwise the answer is kept and shown to the teacher."""

    # `PageState` documents these attributes, and shows them unchanged.
    prompt: str = ""
    reply: tuple[str, ...] = ()
    was_right: bool | None = None
    bare: str = ""
    challenge = ""
    is_beyond = False

    run: Run
    """The page's run, which actions may replace."""
    start: Experiment
    """The experiment that the run started with, on this page or an earlier one."""
    not_yet: str = ""
    """The reply to a learner who wants to go on too early."""
    prediction: Prediction | None = None
    revealed: str = ""
    """The text revealed, with its numbers as they were when the goal was reached."""
    is_done = True
    """Whether the learner can go on."""
    answer_given = ""
    """The latest answer that was judged, as it was understood."""
    wrong = 0
    deeds: tuple[str, ...] = ()
    """The words for actions of this kind only, such as `W` for `W 1.25`. They arrive as events of type `Deed`."""
    has_knobs = False
    """Whether its deeds set a position, so that those of a held key can be merged."""
    keys = 0
    """The number of keys that the actions took."""
    hints = 0
    hints_before = 0
    """How many of these were for earlier tasks on the same sheet."""
    script_run = False
    """Whether the run's script was run and printed the right check number."""

    @classmethod
    def asked_by(cls, step: Step) -> Any:
        """This kind's table in a step, or None."""
        found: Any = step
        for key in (keys := keys_of(cls, step)):
            found = getattr(found, key, None)
        return found if keys else None

    @classmethod
    def look_over(cls, spec: Any, step: Step, spot: Spot) -> None:
        """Check a table whose texts can be read; `spot` is its place in the file.

        Raises:
            InputError: the table has an error.
        """

    def __init__(self, spec: Any, lesson: Lesson, step: Step, backend: Backend, before: "Page | None") -> None:
        """Open this page after the one `before`, whose run continues unless this page starts its own.

        Raises:
            UserError: the page cannot be computed.
        """
        self.spec = spec
        self.lesson, self.step, self.backend = lesson, step, backend
        self.points: float = before.points if before else 0.0
        """The points so far. A right first answer or a reached goal earns the step's points, a second try half of them,
        and the second of only two choices none."""
        self.missed: Counter[str] = Counter(before.missed if before else ())
        """The number of wrong answers, by the titles of the pages."""
        self.told: set[tuple[Epoch, str]] = before.told if before else set()
        """Numbers that the lesson has already given away, each with its epoch."""
        above = self.previous = before if before and before.step is step else None
        """The previous page on the same sheet, if any."""
        self.earlier: dict[str, RunScope] = dict(before.earlier) if before else {}
        """The numbers of earlier pages as they were when the learner went on, by the page's name."""
        if before and not above:
            self.earlier[before.step.name.replace("-", "_")] = RunScope(copy(before.run), backend, before.facts())
        self.above: tuple[Page, ...] = (*above.above, above) if above else ()
        """All earlier pages on the same sheet."""
        self.board: Board = above.board if above else Board()
        self.text: str
        self.hint_texts: tuple[str, ...]
        if before is None or (step.begins_anew and not above):
            begin(self)
        else:
            self.run, self.start = (before.run if above else before.left), before.start
        self.prepare()
        self.entered = self.run.cursor
        """The run's index when the page was opened."""
        # The numbers in the text and the hints stay the same, even when an answer steps the run.
        scope = self.scope()
        self.hint_sources: tuple[str, ...] = getattr(spec, "hints", ()) or step.hints
        """The hints as written in the file: those of the task, or otherwise of the page."""
        if above and above.hint_sources == self.hint_sources:
            self.hints, self.hint_texts = above.hints, above.hint_texts
            self.hints_before = above.hints
        else:
            self.hint_texts = tuple(filled(hint, scope, MISSING) for hint in self.hint_sources)
        self.hints_in_order = self.hint_texts
        """The hints in the order of the conditions, if there is one for each."""
        if above:
            self.text = above.text
        else:
            self.text = filled(step.text, scope, MISSING)
            tell(self, revealed_by(step.text, scope))

    @property
    def left(self) -> Run:
        """The run that the next page continues with."""
        return self.previous.left if self.previous and self.previous.run is self.run else self.run

    def prepare(self) -> None:
        """Set up the task, before the page's text is filled in."""

    def scope(self) -> RunScope:
        """The numbers that expressions can use now."""
        facts, name = self.facts(), self.step.name.replace("-", "_")
        here = RunScope(self.run, self.backend, facts)
        return RunScope(self.run, self.backend, facts, {**self.earlier, name: here})

    def facts(self) -> dict[str, Value]:
        """What conditions can use besides the run."""
        return (self.previous.facts() if self.previous else {}) | {
            "keys": self.keys,
            "hints": self.hints,
            "pins": len(self.board.kept),
            "compared_fairly": bool(fair_pair(self.board)),
            "script_run": self.script_run,
            "own_data": self.run.experiment.dataset is not self.start.dataset,
        }

    @property
    def is_blind(self) -> bool:
        """Whether only the exhibit shows numbers of the run, if anything does."""
        return False

    def checks(self) -> tuple[Check, ...]:
        """The conditions of the goal, and which of them hold."""
        return ()

    def compared(self) -> tuple[str, ...]:
        """The pinned runs, and whether comparing them is fair."""
        return ()

    @property
    def takes(self) -> frozenset[str]:
        """What the keys can do to the run: `step`, `again`, `pin`, `lr`."""
        return frozenset()

    def exhibit(self) -> Exhibit | None:
        """What only this kind of page shows."""
        return None

    def frame(self) -> Frame:
        """What charts and numbers show of the run; on a shared sheet, the same as before."""
        return self.previous.frame() if self.previous and self.previous.run is self.run else look(self.run)

    def charts(self) -> tuple[str, ...] | None:
        """The charts that the page can show, the first one first; None for all that are not hidden."""
        if self.step.charts is not None:
            return tuple(CHART_NAMES.get(name, name) for name in self.step.charts)
        return self.previous.charts() if self.previous else self.usual_charts

    @property
    def usual_charts(self) -> tuple[str, ...] | None:
        """The kind's own charts, used when a page does not choose."""
        return None

    @property
    def kind(self) -> type[Question] | None:
        """The kind of question, if the answer is a number of the epoch that must not be shown before."""
        return None

    def examples(self) -> tuple[str, ...]:
        """Examples of the actions possible here, as far as they may be named."""
        return ()

    def model_answer(self) -> Sequence[Event]:
        """Events that finish the page."""
        return ()

    def flaws(self) -> Iterator[str]:
        """Problems that show only once the page can be computed, for `gdtui lesson check`."""
        return iter(())

    def hint(self) -> Outcome:
        """Give the next hint. If each condition has its own hint, those of met conditions come last."""
        if len(checks := self.checks()) == len(self.hints_in_order):
            met = {text for text, check in zip(self.hints_in_order, checks, strict=True) if check.is_ticked}
            left = sorted(self.hint_texts[self.hints :], key=met.__contains__)
            self.hint_texts = (*self.hint_texts[: self.hints], *left)
        if self.hints >= len(self.hint_texts):
            return refused(_("there are no more hints") if self.hint_texts else _("there are no hints here"))
        self.hints += 1
        return Outcome(True, (self.hint_texts[self.hints - 1],), is_done=self.is_done)

    def answer(self, answer: Answer) -> Outcome:
        """Take an answer, if the page has an open question."""
        if not self.is_question:
            return refused(_("this page asks no question"))
        if self.is_done:
            return refused(_("this question is answered: enter continues"))
        try:
            return self.answered(answer)
        except ValueError as error:
            return refused(str(error))

    def answered(self, answer: Answer) -> Outcome:
        """Judge or keep an answer.

        Raises:
            ValueError: it is not an answer; the reason is fit to be shown.
        """
        raise NotImplementedError

    def filled(self, text: str) -> str:
        """The text with its numbers as they are now."""
        return filled(text, self.scope(), MISSING)

    def understood(self, text: str) -> str:
        """An answer as it was understood."""
        return text

    def do(self, action: Action) -> Outcome:
        """Carry out an action on the run."""
        return refused(_("this page is done: enter continues") if self.is_done else _("answer the question first"))


def keys_of(kind: type[Page], step: Step) -> tuple[str, ...]:
    """The path of a kind's table in a step; empty if the step has none."""
    key = kind.key_in_file
    owner = next((name for name in kind.within if getattr(getattr(step, name, None), key, None)), "")
    return (owner, key) if owner else () if kind.within or not key else (key,)


def tell(page: Page, numbers: Iterable[str]) -> None:
    """Note that numbers of the current epoch have been given away."""
    page.told |= {(page.run.epoch, number) for number in numbers}


def begin(page: Page) -> None:
    """Start the page's own experiment.

    Raises:
        UserError: it cannot be computed, or takes too many updates.
    """
    step = page.step
    page.start = experiment_with({**page.lesson.experiment, **step.experiment})
    page.run = Run(page.start, page.backend)
    if step.after * page.start.updates > MOST_UPDATES:
        says = _("the page '{page}' takes more than {most:,} updates first: lower 'after'")
        raise UserError(says.format(page=step.name, most=MOST_UPDATES))
    for _update in range(step.after):
        page.run.step()
