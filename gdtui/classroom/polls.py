"""Questions to everyone, from a page of a lesson, one of the lab's kinds, or typed on the spot; and the answers."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

import msgspec

from gdtui.classroom.bench import MOST_UPDATES, bench_of
from gdtui.classroom.messages import Ask, Bar
from gdtui.classroom.presence import RIGHT, UNKNOWN, bars_of, number_shown
from gdtui.errors import UserError
from gdtui.experiment.backend import Backend
from gdtui.experiment.expressions import unfilled
from gdtui.lab.frame import Unknown
from gdtui.lab.run import Run
from gdtui.lab.snapshot import take_run
from gdtui.numbers import Typed, enough_decimals, fixed, parse_answer, significant
from gdtui.teaching.lesson import LoadedLesson, Step
from gdtui.teaching.limits import Limit
from gdtui.teaching.pages.all_kinds import Task, tasks_of
from gdtui.teaching.pages.explain import ExplainPage
from gdtui.teaching.pages.page import MISSING
from gdtui.teaching.pages.question import ForecastPage, QuestionPage
from gdtui.teaching.pages.unjudged import PollPage
from gdtui.teaching.prediction import Prediction, judge, parse_choice
from gdtui.teaching.questions.all_kinds import KINDS, predict
from gdtui.teaching.recorded_session import Preview
from gdtui.text import _, listed

MOST_CHOICES = 9

ROUNDED = 3
"""A typed number with at least this many decimals and digits counts as rounded; one with fewer, such as 0.1, is exact.
"""

DIGITS_SHOWN = 12
"""Typed numbers are compared to this many digits."""

ASKING = (ForecastPage, QuestionPage, ExplainPage, PollPage)
"""The kinds of page that ask for a number or a choice."""


class Poll(msgspec.Struct, frozen=True):
    """A question to everyone, with the answer that only the teacher has."""

    ask: Ask
    """What is sent to learners, not yet numbered."""
    prediction: Prediction | None = None
    """Judges the answers; None if no answer is right."""
    is_exact: bool = False
    """Whether only exactly this number is right."""


def pages(loaded: LoadedLesson) -> list[tuple[int, str, str]]:
    """The pages of a lesson that ask a question: their number, from 1, their name, and the question."""
    steps = enumerate(loaded.lesson.steps, 1)
    asking = ((number, step, [task for task in tasks_of(step) if task.kind in ASKING]) for number, step in steps)
    return [(number, step.name, _asked(step, tasks[0])) for number, step, tasks in asking if tasks]


def _asked(step: Step, task: Task) -> str:
    """The first line of a question without its numbers; the page's title if the question has no fixed words."""
    kind = KINDS.get(getattr(task.table, "kind", ""))
    prompt = getattr(task.table, "prompt", "") or getattr(kind, "prompt", "") or step.title
    return unfilled(prompt.strip().partition("\n")[0], MISSING)


def of_page(loaded: LoadedLesson, page: int, backend: Backend) -> Poll:
    """The question of a page, about the run that the lesson has there.

    Raises:
        UserError: the page has none, or cannot be computed.
    """
    session = Preview(loaded, backend, page).session
    tasks = [task.kind for task in tasks_of(session.step)]
    for task in tasks:
        if task in ASKING and session.prediction:
            poll = _poll(session.prediction, session.run, session.kept_back, page=f"{loaded.name} {page}")
            return poll if task.is_judged else Poll(poll.ask)
        for event in session.page.model_answer():  # do what the page asks for before its question
            session.take(event)
    raise UserError(_("page {page} of {lesson} has no question", page=page, lesson=loaded.name))


def of_kind(run: Run, backend: Backend, kind: str) -> Poll:
    """A question of one of the lab's kinds about the current epoch of a run.

    Raises:
        UserError: it cannot be asked here.
    """
    return _poll(predict(run, Limit(MOST_UPDATES).on(backend), kind), run, KINDS[kind].gives_away)


def typed(prompt: str, choices: Sequence[str] = (), answer: str = "") -> Poll:
    """A question typed on the spot, with choices or for a number. Without an `answer`, no answer is right.

    Raises:
        UserError: it is empty, or its answer does not fit it.
    """
    prompt, choices = prompt.strip(), tuple(choice.strip() for choice in choices)
    if not prompt or not all(choices) or len(choices) == 1 or len(choices) > MOST_CHOICES:
        raise UserError(_("type a question; choices, if any, must be 2 to {most}", most=MOST_CHOICES))
    ask = Ask(0, prompt, "choice" if choices else "number", choices)
    if not answer.strip():
        return Poll(ask)
    try:
        if choices:
            return Poll(ask, Prediction(parse_choice(answer, choices), prompt, choices=choices))
        given = parse_answer(answer)
        decimals = given.decimals if given.decimals is not None else enough_decimals(given.value)
    except ValueError as error:
        raise UserError(str(error)) from None
    prediction = Prediction(given.value, prompt, decimals=decimals)
    return Poll(msgspec.structs.replace(ask, digits=prediction.digits_asked), prediction, _is_exact(given, decimals))


def understood(ask: Ask, text: str) -> str:
    """An answer as it is sent: a choice, or a number as typed.

    Raises:
        ValueError: it is not an answer; the reason is fit to be shown.
    """
    if ask.choices:
        return ask.choices[parse_choice(text, ask.choices)]
    parse_answer(text)
    return text.strip()


def bars(poll: Poll, votes: Sequence[Mapping[int, str]], *, is_revealed: bool = False) -> tuple[Bar, ...]:
    """How often each answer was given in each vote; the most frequent in the latest vote comes first.

    If `is_revealed`, the right answer is included even if nobody gave it.
    """
    counts: dict[Bar, list[int]] = {}
    if is_revealed and poll.prediction:
        counts[_right(poll, poll.prediction)] = [0] * len(votes)
    for number, given in enumerate(votes):
        for text in given.values():
            counts.setdefault(judged(poll, text), [0] * len(votes))[number] += 1
    return bars_of([(bar, tuple(numbers)) for bar, numbers in counts.items()])


def changes(poll: Poll, votes: Sequence[Mapping[int, str]]) -> tuple[int, int, int]:
    """How many changed to the right answer between the first and the latest vote, how many away from it, and how many
    answered in both.
    """
    first, last = votes[0], votes[-1]
    pairs = [(judged(poll, first[who]).is_right, judged(poll, last[who]).is_right) for who in first.keys() & last]
    return pairs.count((False, True)), pairs.count((True, False)), len(pairs)


def judged(poll: Poll, text: str) -> Bar:
    """The bar that an answer belongs to. All right answers share one, and so do those from the same misconception."""
    asked, is_choice = poll.prediction, bool(poll.ask.choices)
    try:
        value = 0.0 if is_choice else parse_answer(text).value
        answer = understood(poll.ask, text) if is_choice else significant(value, DIGITS_SHOWN)
    except ValueError:
        return Bar(number_shown(text), UNKNOWN, "", ())
    if asked is None:
        return Bar(answer, "", "", ())
    try:
        judgement = judge(asked, text, is_strict=False)
    except ValueError:
        return Bar(answer, _("right, but with too few digits"), "", ())
    if judgement.is_right and not (poll.is_exact and not math.isclose(value, asked.truth, rel_tol=1e-12)):
        return _right(poll, asked)
    if slips := judgement.misconceptions:
        words = listed([slip.words for slip in slips], _("or"))
        return Bar(fixed(slips[0].value, asked.decimals), words, slips[0].line, ())
    return Bar(answer, UNKNOWN if asked.misconceptions else _("not right"), judgement.reply, ())


def _right(poll: Poll, asked: Prediction) -> Bar:
    """The bar of the right answer, with no votes."""
    shown = significant(asked.truth, DIGITS_SHOWN) if poll.is_exact else asked.told
    reply = asked.replies[int(asked.truth)] if asked.replies else ""
    return Bar(shown, RIGHT, asked.worked or reply, (), is_right=True)


def _is_exact(given: Typed, decimals: int) -> bool:
    """Whether a typed number is meant exactly; a rounded one may also be answered with more digits."""
    if given.decimals is None:
        return round(given.value, decimals) == given.value
    return decimals < ROUNDED or abs(given.value) < (10.0 ** (ROUNDED - 1) - 0.5) * 10.0**-decimals


def _poll(asked: Prediction, run: Run, hides: Iterable[Unknown], page: str = "") -> Poll:
    kind: Literal["number", "choice"] = "choice" if asked.choices else "number"
    travelling, hidden = bench_of(take_run(run)), tuple(sorted(hides))
    words = (asked.prompt, kind, asked.choices, asked.digits_asked)
    return Poll(Ask(0, *words, page=page, bench=travelling, hides=hidden), asked)
