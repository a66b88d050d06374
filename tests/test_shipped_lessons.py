"""The lessons that ship: every claim in them is checked by running it, and numbers they ask for by arithmetic here."""

import re
from functools import cache
from pathlib import Path

import pytest
from lessons import KINDS
from lessons import read as made

from gdtui.descent.backend import BACKEND
from gdtui.experiment.experiment import Experiment
from gdtui.lab.run import Run
from gdtui.numbers import parse_answer
from gdtui.storage import manual
from gdtui.storage.lesson_files import lesson_name, read, shipped
from gdtui.teaching.check import check
from gdtui.teaching.events import GoOn
from gdtui.teaching.pages.all_kinds import PAGES, tasks_of
from gdtui.teaching.pages.explain import ExplainPage
from gdtui.teaching.pages.unjudged import OwnWordsPage
from gdtui.teaching.prediction import Prediction, judge
from gdtui.teaching.questions.all_kinds import KINDS as QUESTIONS
from gdtui.teaching.questions.all_kinds import predict
from gdtui.teaching.reader import read_lesson
from gdtui.teaching.scope import ABOUT_THE_RUN
from gdtui.teaching.session import Session
from gdtui.ui.lesson.page import COLUMNS, ROOM, WIDE_SIDE

MANUAL_PAGE = Path(__file__).parent.parent / "gdtui" / "manual" / "own-lesson.md"
NAMES = [lesson_name(path) for path in shipped()]
PLAYED = ("learning-rates", "limit", "conventions", "with-b")
"""Those whose right choices stand in a file of tests of their own, in which each page is played."""

WORDS_AT_THE_END = ("one-step", "limit", "with-b", "own-data", "two-valleys", "kept-back", "many-machines")


@cache
def loaded(name: str):
    file = read(shipped()[NAMES.index(name)])
    return read_lesson(file.text, file.place, file.name)


@cache
def walked(name: str) -> dict[str, Prediction]:
    """Every prediction of a lesson, on the way of right answers and model answers."""
    session, found = Session(loaded(name), BACKEND), {}
    while not session.is_over:
        while not session.is_done:
            if session.prediction:
                found[session.label] = session.prediction
            for event in session.page.model_answer():
                assert session.take(event).is_accepted
        assert session.take(GoOn()).is_accepted
    return found


def test_there_is_a_lesson_for_every_subject():
    assert NAMES == [
        "hypothesis", "slope", "one-step", "ten-epochs", "learning-rates", "limit", "conventions", "with-b", "scaling",
        "autograd", "mini-batches", "own-data", "two-valleys", "yes-or-no", "kept-back",
        "many-machines",
    ]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_a_lesson_is_in_order(name):
    assert check(loaded(name), BACKEND, ROOM) == []


@pytest.mark.parametrize("name", NAMES)
def test_a_lesson_asks_before_it_shows_and_ends_in_a_choice_or_a_sentence_of_ones_own(name):
    lesson = loaded(name).lesson
    last = tasks_of(lesson.steps[-1])[-1]
    assert last.kind in (ExplainPage, OwnWordsPage) or last.table.kind == "choice"
    assert (last.kind is OwnWordsPage) == (name in WORDS_AT_THE_END)
    assert lesson.closing
    asked = [step for step in lesson.steps if tasks_of(step)]
    assert len(asked) >= 3
    assert all(step.reveal or step.explain for step in asked)
    assert all(step.hints or any(getattr(task.table, "hints", ()) for task in tasks_of(step)) for step in asked)


@pytest.mark.parametrize("name", NAMES)
def test_a_title_has_room_in_the_frame_of_a_page_beside_charts(name):
    frame = COLUMNS - WIDE_SIDE - len("╭─  ─╮")
    steps = [step for step in loaded(name).lesson.steps if step.charts != () or step.view]
    assert [step.title for step in steps if len(step.title) > frame] == []


@pytest.mark.parametrize("name", NAMES)
def test_a_question_knows_what_goes_wrong(name):
    for page, prediction in walked(name).items():
        assert prediction.choices or prediction.misconceptions, page


@pytest.mark.parametrize("name", NAMES)
def test_what_a_slip_comes_to_is_said_in_words_for_people(name):
    lines = [
        misconception.line
        for prediction in walked(name).values()
        for misconception in prediction.misconceptions
        if misconception.kind == "own"
    ]
    assert not [line for line in lines if "_" in line or "[" in line]


def test_lr_and_the_sign_together_are_a_known_slip():
    asked = predict(Run(Experiment(), BACKEND), BACKEND, "gradient")
    assert [misconception.kind for misconception in judge(asked, "1.4").misconceptions] == ["lr-in"]


# Worked by hand, on paper: x = y = 1, 2, 3, so Σx² = 14, Σxy = 14, m = 3; Σx² is 9 for 1, 2, 2 and 1400 for 10, 20, 30.
BY_HAND = {
    ("hypothesis", "errors"): 1.5 * 3 - 7,
    ("hypothesis", "cost"): (9 + 0 + 9) / 3,
    # The cost is 2(W − 3)², its slope 4(W − 3).
    ("slope", "measure"): 4 * (2 - 3),
    ("slope", "line"): 4 * (6 - 3),
    ("slope", "compute"): 2 / 3 * (4 + 16 + 16),
    ("one-step", "first-step"): 1.4,
    ("one-step", "second-step"): 0.84,
    ("ten-epochs", "run"): 9,
    ("ten-epochs", "distance"): -0.56 / 1.4,
    ("limit", "curvature"): 9,
    ("limit", "derive: ask"): 1 - 14 * 0.05,
    ("limit", "predict"): 2 / 9,
    ("limit", "ten-times: ask"): 2 / 1400,
    ("conventions", "same-path"): 0.3 * (1 / 3) / (2 / 3),
    ("conventions", "twice: forecast"): 0.1 * 2 * (1 + 4 + 9),
    ("with-b", "gradient-b: ask"): 0.05 * (3 + 4 + 5),
    ("autograd", "no-zero-grad: forecast"): -28 / 3 + 2 / 3 * 5.6,
    ("mini-batches", "first-batch"): 0.05 * (2 + 1 + 6),
    ("own-data", "limit"): 2 / 30,
    ("two-valleys", "first-step"): 2 - 0.08 * (4 * 8 - 6 * 2 + 1),
    ("yes-or-no", "derive: ask"): 0.1 / 5 * (0.5 * 10 - 0.5 * 3 + 0.5),
    ("kept-back", "stop"): 18 + 10,
    ("many-machines", "mean"): (-10 - 4 - 4) / 3,
}


@pytest.mark.parametrize("name", sorted({lesson for lesson, _ in BY_HAND}))
def test_the_right_numbers_are_those_worked_by_hand(name):
    predictions = walked(name)
    for (lesson, page), number in BY_HAND.items():
        if lesson == name:
            assert predictions[page].truth == pytest.approx(number, rel=1e-6), page


def test_every_number_that_is_asked_for_is_worked_by_hand_here():
    asked = {(name, page) for name in NAMES for page, found in walked(name).items() if not found.choices}
    assert asked == set(BY_HAND)


def test_the_right_choices_are_those_of_the_lecture():
    others = [name for name in NAMES if name not in PLAYED]
    chosen = {(name, page): found.answer for name in others for page, found in walked(name).items() if found.choices}
    assert chosen == {
        ("hypothesis", "bowl"): "No W fits all three rows at once.",
        ("slope", "flat"): "No W costs less.",
        ("one-step", "lecture"): "Only how far a step goes.",
        ("one-step", "shorter: forecast"): "shorter than the second",
        ("one-step", "shorter: explain"): "The gradient shrinks as W gets closer to 1.",
        ("one-step", "plus"): "The gradient points uphill, and + follows it.",
        ("ten-epochs", "left: forecast"): "about a hundredth",
        ("ten-epochs", "left: explain"): "No: a cost printed as 0.000000 need not be 0.",
        ("scaling", "nudge"): "The errors are ten times as large, and the cost squares them.",
        ("scaling", "arrow: forecast"): "mostly along W2, across the valley",
        ("scaling", "arrow: explain"): "It points to where the cost falls fastest, which is across the valley.",
        ("scaling", "tame"): "The flat direction keeps nearly all of its distance in each epoch.",
        ("scaling", "why"): "The shape of the valley.",
        ("autograd", "autograd"): (
            "The gradient is two thirds as large, so lr has to be one and a half times as large."
        ),
        ("autograd", "no-zero-grad: explain"): "Each step also followed all the old slopes.",
        ("autograd", "why"): "Empty .grad in each epoch, or the old slopes are added to the new one.",
        ("mini-batches", "other-half"): "Halfway, at W = 2.",
        ("mini-batches", "wander: forecast"): "no, it stays near and wanders",
        ("mini-batches", "wander: explain"): "All its rows lie on one line, so every batch has the same minimum.",
        ("mini-batches", "why"): "The gradient of this batch is not 0 here.",
        ("mini-batches", "falling"): (
            "At the minimum a batch still has a gradient. Only a smaller lr makes its pull shorter."
        ),
        ("own-data", "test"): "It is a hundredth of yours.",
        ("own-data", "why"): "no, a line through 0 does not fit them all",
        ("two-valleys", "shape"): "A valley, but not the lowest one.",
        ("two-valleys", "split: forecast"): "one in each valley",
        ("two-valleys", "split: explain"): "It started on the other side of the hill and went downhill from there.",
        ("two-valleys", "hold"): "The left valley is bent more sharply.",
        ("yes-or-no", "curve"): "At x = 10 it would predict 3, which is no probability.",
        ("yes-or-no", "squares: forecast"): "each to a different valley",
        ("yes-or-no", "squares: explain"): "In the row (10, 1): H is nearly 0 and y is 1.",
        ("yes-or-no", "deaf"): "H hardly changes with W: the curve of H is flat where H is sure.",
        ("yes-or-no", "one-valley"): "both to the same W",
        ("yes-or-no", "never-done"): "Every row is right, and a larger W makes H surer of all of them.",
        ("kept-back", "line"): "The line predicts new rows about as well as its own.",
        ("kept-back", "curve: forecast"): "fall, and later rise",
        ("kept-back", "curve: explain"): "The curve bends to follow the wobble of its own rows.",
        ("kept-back", "choose"): "Probably more: the two rows were used up by choosing.",
        ("kept-back", "more"): "Six numbers cannot follow the wobble of 40 rows.",
        ("many-machines", "share-out"): "to 1.4 too",
        ("many-machines", "slip: forecast"): "somewhere else",
        ("many-machines", "slip: explain"): "It gives a row of a small share too much weight.",
        ("many-machines", "machines"): "With the mean over all rows.",
    }


def test_the_lesson_in_the_manual_is_in_order():
    texts = re.findall(r"```toml\n(.*?)```", MANUAL_PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert len(texts) == 3
    for text in texts:
        assert "check = " not in text or "says = " in text, "learners would read the condition as it is written"
        assert check(read_lesson(text.encode(), "manual.toml", "manual"), BACKEND, ROOM) == []


BLIND = """\
format = 1
title = "Blind"
about = "for the test"
[experiment]
lr = 0.05
[[step]]
name = "hunt"
text = "W is {W}."
blind = true
[step.goal]
check = ["found_cost < 0.01", "tries <= 2", "played_epochs == epochs", "played_cost < 1"]
answer = ["try 2", "try 1", "play 0.1"]
"""


def test_the_manual_names_all_that_a_goal_can_ask_for():
    page = MANUAL_PAGE.read_text(encoding="utf-8")
    blind = read_lesson(BLIND.encode(), "blind.toml", "blind")
    assert check(blind, BACKEND, ROOM) == []
    names = {*ABOUT_THE_RUN, *QUESTIONS, *Session(blind, BACKEND).page.scope().facts}
    session = Session(made(KINDS), BACKEND)
    while not session.is_over:
        session.finish_page()
        names |= session.page.scope().facts.keys()
        session.take(GoOn())
    fields = {field for kind in PAGES.values() if kind.table for field in kind.table.__struct_encode_fields__}
    assert {field for field in fields if f"`{field}`" not in page and f"{field} = " not in page} == set()
    assert {name for name in names if f"`{name}`" not in page} == set()


def test_fractions_in_model_answers_are_read_as_numbers():
    assert parse_answer("1/14").value == 1 / 14


SAID_LOUDLY = {
    *(
        "0",
        "1",
        "+",
        "−",
        "e",
        "h",
        "sum",
        "mean",
        "your",
        "adds",
        "and",
        "twice",
        "sure",
        "logistic regression",
        "scale",
        "drawn curve",
        "you can now",
    ),
    *("five kinds of run", "learning rate"),
}
"""Words in bold that are no terms, or that the line of another word explains."""


@pytest.mark.parametrize("name", NAMES)
def test_every_term_of_a_lesson_is_in_the_word_list(name):
    said = re.findall(r"\*\*([^*{}]+)\*\*", loaded(name).text)
    terms = {term.strip("().").casefold() for term in said if not re.search(r"[←<]|\d| − |\(", term)}
    unknown = [term for term in terms - SAID_LOUDLY if not manual.glossary(term if len(term) > 1 else term.upper())]
    assert not [term for term in unknown if not manual.glossary(term)]


def test_a_word_is_found_in_the_forms_that_lessons_use():
    found = manual.glossary("The run **settles**, and the rows KEPT BACK stand aside.")
    assert [re.split(r"\s{2,}", row.strip())[0] for row in found.splitlines()] == [
        "row",
        "rise, run",
        "settle",
        "kept back",
    ]
    assert "weight" not in manual.glossary("a row of words")


def test_one_page_asks_for_three_things_at_most():
    crowded = made("""format = 1
title = "T"
about = "a"
[[step]]
name = "all"
text = "All at once."
[step.watch]
play = 1
[step.watch.ask]
kind = "converges"
[step.ask]
kind = "limit"
[step.words]
prompt = "Why?"
""")
    assert any("asks for 4 things; 3 are enough" in found for found in check(crowded, BACKEND, ROOM))
