"""The base of the kinds of page, and itself a page with nothing to do but read."""

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
from gdtui.teaching.events import Action, Event
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
"""The most updates taken on one page: one per epoch, or one for each batch."""

MISSING = "…"
"""Stands in a text for a number that does not exist, where a learner's run has gone astray."""


class Page:
    """A page under way. Each kind is one class: what is on it to do, what came of it, and how that is said.

    A step may have tables of several kinds. Each is a page of its own on the same sheet: what the one has led to is
    what the next begins with.
    """

    name: ClassVar[str] = "read"
    """The kind, by which the registry and the screen know it."""
    key_in_file: ClassVar[str] = ""
    """What its table is called within a step of a lesson file, as `turn` in `[step.turn]`."""
    within: ClassVar[tuple[str, ...]] = ()
    """The tables one of which has its table in it, where it is not one of the step's own."""
    own_charts: ClassVar[tuple[str, ...]] = ()
    """The charts that this kind alone can show; `ui/lesson` draws them."""
    table: ClassVar[type[Part] | None] = None
    """What stands in that table; None where another kind has declared it."""
    is_question: ClassVar[bool] = False
    """Whether what is typed is an answer, worth less at the second try; otherwise it is something to do."""
    tries: ClassVar[int] = 0
    """How many answers may be wrong until the right one is told; 0 where nothing is judged."""
    is_judged: ClassVar[bool] = True
    """Whether there are points for it; otherwise it is kept and shown to the teacher as it is."""

    # What these are is said in `PageState`, which shows them as they stand.
    prompt: str = ""
    reply: tuple[str, ...] = ()
    was_right: bool | None = None
    bare: str = ""
    challenge = ""
    is_beyond = False

    run: Run
    """The run of the page; actions may put another in its place."""
    start: Experiment
    """The experiment that the run began as, here or on a page before."""
    not_yet: str = ""
    """What to say to a learner who wants to go on before it is done."""
    prediction: Prediction | None = None
    """What is asked for."""
    revealed: str = ""
    """What the page reveals, with its numbers as they were when the goal was reached; later ones may go elsewhere."""
    is_done = True
    """Whether the lesson can go on."""
    answer_given = ""
    """The newest answer that was judged, as it was understood."""
    wrong = 0
    """How many answers were wrong."""
    deeds: tuple[str, ...] = ()
    """The words of what can be done on this kind alone: `W` for `W 1.25`. They come as events of type `Deed`."""
    has_knobs = False
    """Whether deeds say where something stands, so that those that a held key goes through can be one."""
    keys = 0
    """How many keys the actions took."""
    hints = 0
    """How many hints were given."""
    hints_before = 0
    """How many of them to what was asked for before on the same sheet."""
    script_run = False
    """Whether the run's script was run, and printed the run's check number."""

    @classmethod
    def asked_by(cls, step: Step) -> Any:
        """Its table in a step; None where the step has none."""
        found: Any = step
        for key in (keys := keys_of(cls, step)):
            found = getattr(found, key, None)
        return found if keys else None

    @classmethod
    def look_over(cls, spec: Any, step: Step, spot: Spot) -> None:
        """See whether a table, whose texts can be read, can be taken as it stands in the file; `spot` is its place.

        Raises:
            InputError: it cannot.
        """

    def __init__(self, spec: Any, lesson: Lesson, step: Step, backend: Backend, before: "Page | None") -> None:
        """Turn to this page from the one `before`, whose run goes on unless this page begins anew.

        Raises:
            UserError: the page cannot be computed.
        """
        self.spec = spec
        """What the file says of it."""
        self.lesson, self.step, self.backend = lesson, step, backend
        self.points: float = before.points if before else 0.0
        """Points of the lesson so far: 1 for an answer that is right at first, ½ at the second try, 1 for a goal. The
        second of two choices is worth nothing."""
        self.missed: Counter[str] = Counter(before.missed if before else ())
        """How many wrong answers there were to questions, by the titles of their pages."""
        self.told: set[tuple[Epoch, str]] = before.told if before else set()
        """Numbers that texts and answers of the lesson have told, with their epochs."""
        above = self.previous = before if before and before.step is step else None
        """What was done just before on the same sheet."""
        self.earlier: dict[str, RunScope] = dict(before.earlier) if before else {}
        """The numbers of the pages before, as they were when the learner went on, by the pages' names."""
        if before and not above:
            self.earlier[before.step.name.replace("-", "_")] = RunScope(copy(before.run), backend, before.facts())
        self.above: tuple[Page, ...] = (*above.above, above) if above else ()
        """What was done before on the same sheet."""
        self.board: Board = above.board if above else Board()
        self.text: str
        self.hint_texts: tuple[str, ...]
        if before is None or (step.begins_anew and not above):
            begin(self)
        else:
            self.run, self.start = (before.run if above else before.left), before.start
        self.prepare()
        self.entered = self.run.cursor
        """Where the run stood when the page was turned to."""
        # Numbers in the text and the hints stay as they were, even when the answer lets the step be taken.
        scope = self.scope()
        self.hint_sources: tuple[str, ...] = getattr(spec, "hints", ()) or step.hints
        """The hints as the file has them: of what is asked for, or else of the page."""
        if above and above.hint_sources == self.hint_sources:
            self.hints, self.hint_texts = above.hints, above.hint_texts
            self.hints_before = above.hints
        else:
            self.hint_texts = tuple(filled(hint, scope, MISSING) for hint in self.hint_sources)
        self.hints_in_order = self.hint_texts
        """The hints as the conditions are, where there is one for each."""
        if above:
            self.text = above.text
        else:
            self.text = filled(step.text, scope, MISSING)
            tell(self, revealed_by(step.text, scope))

    @property
    def left(self) -> Run:
        """The run that the page after this one goes on with."""
        return self.previous.left if self.previous and self.previous.run is self.run else self.run

    def prepare(self) -> None:
        """Work out what the page asks for, before its text is filled in."""

    def scope(self) -> RunScope:
        """The numbers that expressions see now."""
        facts, name = self.facts(), self.step.name.replace("-", "_")
        here = RunScope(self.run, self.backend, facts)
        return RunScope(self.run, self.backend, facts, {**self.earlier, name: here})

    def facts(self) -> dict[str, Value]:
        """What conditions can ask for besides the run."""
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
        """Whether the numbers of the run are shown by its exhibit alone, as far as at all."""
        return False

    def checks(self) -> tuple[Check, ...]:
        """The conditions of the goal, and which hold."""
        return ()

    def compared(self) -> tuple[str, ...]:
        """How the pinned runs stand, and whether that is a fair comparison."""
        return ()

    @property
    def takes(self) -> frozenset[str]:
        """What can be done to the run by key: `step`, `again`, `pin`, `lr`."""
        return frozenset()

    def exhibit(self) -> Exhibit | None:
        """What there is to see on this kind alone."""
        return None

    def frame(self) -> Frame:
        """What the charts and the numbers show of the run: on the same sheet as before."""
        return self.previous.frame() if self.previous and self.previous.run is self.run else look(self.run)

    def charts(self) -> tuple[str, ...] | None:
        """The charts that are seen, the first at first; None for all that are not hidden."""
        if self.step.charts is not None:
            return tuple(CHART_NAMES.get(name, name) for name in self.step.charts)
        return self.previous.charts() if self.previous else self.usual_charts

    @property
    def usual_charts(self) -> tuple[str, ...] | None:
        """Those that belong to the kind, where a page does not choose."""
        return None

    @property
    def kind(self) -> type[Question] | None:
        """The kind of question, where its answer is a number of the epoch that must not be seen before."""
        return None

    def examples(self) -> tuple[str, ...]:
        """How what can be done here is written, as far as it is to be named."""
        return ()

    def model_answer(self) -> Sequence[Event]:
        """What a learner may do to be done with it."""
        return ()

    def flaws(self) -> Iterator[str]:
        """What would trip the class, and shows only once the page can be computed: `gdtui lesson check` says it."""
        return iter(())

    def hint(self) -> Outcome:
        """Give the next hint; where each condition has one, those of conditions that are met come last."""
        if len(checks := self.checks()) == len(self.hints_in_order):
            met = {text for text, check in zip(self.hints_in_order, checks, strict=True) if check.is_ticked}
            left = sorted(self.hint_texts[self.hints :], key=met.__contains__)
            self.hint_texts = (*self.hint_texts[: self.hints], *left)
        if self.hints >= len(self.hint_texts):
            return refused(_("there are no more hints") if self.hint_texts else _("there are no hints here"))
        self.hints += 1
        return Outcome(True, (self.hint_texts[self.hints - 1],), is_done=self.is_done)

    def answer(self, text: str) -> Outcome:
        """Take an answer, where one is asked for and still missing."""
        if not self.is_question:
            return refused(_("this page asks no question"))
        if self.is_done:
            return refused(_("this question is answered: enter continues"))
        try:
            return self.answered(text)
        except ValueError as error:
            return refused(str(error))

    def answered(self, text: str) -> Outcome:
        """Judge or keep an answer.

        Raises:
            ValueError: it is none; the reason is fit to be shown.
        """
        raise NotImplementedError

    def filled(self, text: str) -> str:
        """A text with the numbers as they are now."""
        return filled(text, self.scope(), MISSING)

    def understood(self, text: str) -> str:
        """An answer as it was understood, however it was typed."""
        return text

    def do(self, action: Action) -> Outcome:
        """Do something to the run."""
        return refused(_("this page is done: enter continues") if self.is_done else _("answer the question first"))


def keys_of(kind: type[Page], step: Step) -> tuple[str, ...]:
    """Where the table of a kind is within a step; nothing where it has none."""
    key = kind.key_in_file
    owner = next((name for name in kind.within if getattr(getattr(step, name, None), key, None)), "")
    return (owner, key) if owner else () if kind.within or not key else (key,)


def tell(page: Page, numbers: Iterable[str]) -> None:
    """Note what is told of the present epoch."""
    page.told |= {(page.run.epoch, number) for number in numbers}


def begin(page: Page) -> None:
    """Begin the page's own experiment.

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
