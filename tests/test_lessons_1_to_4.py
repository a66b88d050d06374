"""Lessons 1 to 4, each page played by its keys, wrong and right, on a screen of 80×24 and on the smallest there is."""

import re

import pytest
from fake_backend import FAKE
from lab_pilot import Lab
from lessons import at, said, typed

from gdtui.descent.backend import BACKEND
from gdtui.teaching.catalogue import lesson_named
from gdtui.teaching.events import Answer, GoOn, ResetRun, StepEpochs, read_event
from gdtui.teaching.pages.all_kinds import has_deed, tasks_of
from gdtui.teaching.recorded_session import Preview, RecordedSession
from gdtui.teaching.session import Session
from gdtui.ui.lesson.app import LessonApp
from gdtui.ui.lesson.kinds.hunt import hunt_rows
from gdtui.ui.lesson.page import FRAME, side

LESSONS = ("hypothesis", "slope", "one-step", "ten-epochs")


def order(lesson: str, page: str, *lines: str) -> str:
    """The numbers of lines as they are offered: those that begin so, in this order; `=` in the order of the file."""
    here = at(lesson, page)
    if lines == ("=",):
        return str(here.page.right)
    offered = here.view().exhibit.offered
    return "".join(str(next(n for n, line in enumerate(offered, 1) if line.startswith(start))) for start in lines)


# What is pressed, a word for a key and letters in quotes to be typed, and what the page says then.
HYPOTHESIS = [
    ("enter", "not reached yet"),
    ("right right right right", "cost 0"),
    ("right", "The cost fell to 0, then it rose again."),
    ("enter", "At W = 1 the line passes through row 1."),
    ("right right '2.5' enter", "y − H(x), the other way round"),
    ("'−2,5' enter", "too low by 2.5"),
    ("enter '0' enter", "the mean of the errors, in which −3 and 3 cancel"),
    ("'18' enter", "The answer is: 6."),
    ("enter left left", "✓ a turn of 0.25 to either side costs more"),
    ("left right", "although the errors add up to −3"),
    ("enter right right right right right right right right right", "✓ at least nine dots"),
    ("'4' enter '2' enter", "The least cost is 1. Why is it not 0?"),
    ("'1' enter", "Finer steps find nothing below 1."),
    ("'2' enter", "The errors here are 1, 1 and −1"),
    ("enter", "A hypothesis predicts y from x."),
]

SLOPE = [
    ("left left left", "−3.750"),
    ("enter", "measure first"),
    ("left", "−4.250"),
    ("'4' enter", "the right size with the wrong sign"),
    ("'-4' enter", "Both sides close in on −4"),
    ("enter left left", "slope −8"),
    ("'4' enter", "What will the slope be at W = 6?"),
    ("'18' enter", "the cost at W = 6"),
    ("'12' enter", "only one bottom, at W = 3"),
    (f"enter '{order('slope', 'why', 'squared error at W + h:  (e + h·x)² = e² + x²', 'sub', 'let')}' enter", "lost"),
    (f"'{order('slope', 'why', '=')}' enter", 'reads "the sum over the rows"'),
    ("enter '36' enter", "Σ(H − y)x alone, without the 2/m"),
    ("'24' enter", "2/3·(4 + 16 + 16) = 24"),
    ("enter left left left left", "The slope is 0 at W = 1. What does that tell you?"),
    ("'1' enter", "A slope of 0 says that the curve is flat"),
    ("'3' enter", "the cost is 1.667"),
    ("enter", "The sign of the gradient says which way is up"),
]

ONE_STEP = [
    ("'5' enter", "5.0000"),
    ("'2' enter '2.5' enter", "with your tries on it"),
    (
        f"enter '{order('one-step', 'rule', 'gradient', 'step = lr *', 'W = W +')}' enter",
        "from W = −1 the cost would grow",
    ),
    (f"'{order('one-step', 'rule', '=')}' enter", "the step is −2.1, and W becomes 1.1"),
    ("enter space space space space", "epochs played: 4 of 5"),
    ("R space space space space space", "after 5 it is 0.004"),
    ("enter left left left left", "slope 0"),
    ("left left", "What changes if the 2/m is left out?"),
    ("'1' enter", "1.5 times 0 is 0: both are 0 at the same W."),
    ("'2' enter", "−7.000 without"),
    ("enter '-1.4' enter", "if you add the step instead of subtracting it"),
    ("'1.4' enter", "past the minimum at 1"),
    ("enter '1.03' enter", "what you get with the 2/m"),
    ("'2.8' enter", "e·x is 0.4, 1.6 and 3.6, together 5.6."),
    ("enter '3' enter space space space space", "The answer is: shorter than the second."),
    ("'2' enter", "The first step was 1.4 long"),
    ("'3' enter", "Small errors make a small gradient"),
    ("enter '-1.4' enter", "✓ the first step with +"),
    ("'1.96' enter", "· the second step with +"),
    ("'-4.76' enter", "Why did the cost climb?"),
    ("'1' enter", "With − the same lr brought W to the minimum."),
    ("'2' enter", "Say in one sentence why the rule needs a minus."),
    ("'downhill' enter", "The cost climbed from 4.67 to 154.83."),
    ("enter", "Each part has a job"),
]

LOOP = ("hyp", "cost", "grad", "print", "W -=")
TEN_EPOCHS = [
    (f"'{order('ten-epochs', 'loop', *LOOP[:3], 'W -=', 'print')}' enter", "Print before you update."),
    (f"'{order('ten-epochs', 'loop', 'hyp', 'grad', 'cost', 'print', 'W -=')}' enter", "as long as W changes last"),
    ("enter '10' enter space", "epochs played: 1 of 10"),
    (" ".join(["space"] * 9), "but each line is printed before its own update"),
    ("enter right", "a updates 0"),
    ("full_stop right full_stop", "By what number do you multiply a step"),
    ("'0.4' enter", "the right size without its sign"),
    ("'-0.4' enter", "Every epoch multiplies it by −0.4."),
    ("enter '2' enter space space space space space", "The epochs do not each take a fifth"),
    ("'1' enter", "Six decimals do not show that."),
    ("'3' enter", "It only ever gets closer to 0."),
    ("enter", "you wrote the loop"),
]

PLAYED = dict(zip(LESSONS, (HYPOTHESIS, SLOPE, ONE_STEP, TEN_EPOCHS), strict=True))


def pressed(words: str) -> list[str]:
    """The keys of a line: words as they stand, what is in quotes letter by letter."""
    names = {".": "full_stop", ",": "comma", "-": "minus"}
    return [
        key
        for word in words.split()
        for key in ([names.get(letter, letter) for letter in word[1:-1]] if word.startswith("'") else [word])
    ]


@pytest.mark.parametrize("size", [(80, 24), pytest.param((60, 16), marks=pytest.mark.slow)], ids=str)
@pytest.mark.parametrize("name", LESSONS)
async def test_every_page_is_played_wrong_and_right_by_its_keys(name: str, size: tuple[int, int]):
    loaded = lesson_named(name)
    app = LessonApp(loaded, lambda lesson: RecordedSession(lesson, FAKE, "ann"))
    pages = set()
    async with app.run_test(size=size) as pilot:
        lesson = Lab(app, pilot, app.lesson)
        await lesson.until(lambda: app.lesson.view is not None and bool(app.lesson.charts.charts))
        for words, says in PLAYED[name]:
            pages.add(app.lesson.view.name)
            await lesson.press(*pressed(words))
            rows = app.lesson.page.lines(200)
            told = " ".join(("\n".join("".join(run for run, _ in row) for row in rows)).split())
            assert says in told + lesson.text("#keys"), (words, told)
        assert app.lesson.view.is_over
    assert pages == {step.name for step in loaded.lesson.steps}


def test_the_first_thing_to_do_is_to_turn_w_and_no_formula_is_seen():
    here = at("hypothesis", "turn")
    assert here.view().kind == "turn"
    assert "=" not in here.view().text
    assert here.view().charts == ("fit",)


def test_more_pages_are_done_than_answered():
    steps = [step for name in LESSONS for step in lesson_named(name).lesson.steps]
    done = [step for step in steps if has_deed(step) or any(task.kind.name == "order" for task in tasks_of(step))]
    assert len(done) >= 2 * (len(steps) - len(done))


def test_no_lesson_lets_the_first_sentence_always_be_the_right_one():
    right = [
        [sentence.right for sentence in step.explain.choices].index(True)
        for name in LESSONS
        for step in lesson_named(name).lesson.steps
        if step.explain
    ]
    assert set(right) == {1, 2}


def test_slips_of_one_question_never_give_the_same_number():
    for name in LESSONS:
        session = Session(lesson_named(name), BACKEND)
        while not session.is_over:
            while not session.is_done:
                asked = session.prediction
                for each in asked.misconceptions if asked else ():
                    if each.kind == "own":
                        alike = [other for other in asked.misconceptions if asked.is_misconception(each.value, other)]
                        assert {other.words for other in alike} == {each.words}, (session.step.name, each.words)
                for event in session.page.model_answer():
                    session.take(event)
            session.take(GoOn())


@pytest.mark.parametrize(("reading", "side"), [("-3.75", "between 2 and 2.125"), ("-4.25", "between 1.875 and 2")])
def test_a_reading_on_one_side_is_not_the_slope(reading, side):
    here = typed(at("slope", "measure"), "b = 2.125", "b = 1.875")
    assert f"is rise over run {side}, on one side of a" in said(here, reading)
    assert "Right: −4." in said(here, "-4")


def test_the_hunt_ends_with_the_bowl_and_every_try_on_it():
    here = at("one-step", "hunt")
    assert here.view().charts is None
    assert here.view().is_blind
    for line in ("4", "2", "2.5"):
        here.take(read_event(line, here.view()))
    assert here.view().charts == ("cost over W",)
    assert [epoch.parameters for epoch in here.look().frame.trail] == [(-1,), (4,), (2,), (2.5,)]
    assert not here.view().is_blind
    assert here.view().examples == ("1.2",), "nobody asks for gdtui to play here"
    beside_the_bowl = 60 - side(here.view(), 60) - FRAME
    rows = hunt_rows(here.view().exhibit, beside_the_bowl)
    assert max(len("".join(run for run, _ in row)) for row in rows) <= beside_the_bowl


def test_with_a_plus_w_goes_the_way_that_the_page_has_walked_by_hand():
    here = at("one-step", "plus")
    for line in ("-1.4", "-4.76"):
        expected = here.run.epoch.parameters[0] + 0.1 * here.run.epoch.gradient[0]
        assert float(line) == pytest.approx(expected, rel=1e-5)
        here.take(read_event(line, here.view()))
    assert here.view().prompt == "Why did the cost climb?"


def test_a_page_that_was_missed_twice_is_named_once():
    here = at("one-step", "shorter")
    here.take(Answer("3"))
    here.take(StepEpochs(count=4))
    for wrong in ("1", "2"):
        here.take(Answer(wrong))
    assert here.view().missed == ("Shorter and shorter",)


def test_the_slope_is_told_where_slopes_leave_the_dots():
    here = at("slope", "flat")
    assert here.view().exhibit.lines() == ("W 2   slope 9.333",)
    here.take(ResetRun())
    assert "cost" not in " ".join(here.view().exhibit.lines())


async def test_on_the_smallest_screen_what_a_key_changes_comes_into_sight_and_the_end_is_read_from_its_beginning():
    app = LessonApp(lesson_named("ten-epochs"), lambda lesson: RecordedSession(lesson, FAKE, "ann"))
    async with app.run_test(size=(60, 16)) as pilot:
        lesson = Lab(app, pilot, app.lesson)
        await lesson.until(lambda: app.lesson.view is not None)
        assert "your lines" not in lesson.text("#lesson-page")
        await lesson.press(order("ten-epochs", "loop", "print"))
        assert "your lines, 1 of 5 placed:" in lesson.text("#lesson-page")
        await lesson.press("backspace")
        for words, _ in TEN_EPOCHS[:4]:
            await lesson.press(*pressed(words))
        await lesson.press("enter")
        assert "rise/run" not in lesson.text("#lesson-page")
        await lesson.press("right")
        assert "◂" in lesson.text("#lesson-page")
        await lesson.press("left", "right")
        for words, _ in TEN_EPOCHS[5:]:
            await lesson.press(*pressed(words))
        assert lesson.text("#lesson-page").startswith("These ten lines")


async def test_a_try_far_away_does_not_flatten_the_bowl():
    app = LessonApp(lesson_named("one-step"), lambda lesson: Preview(lesson, BACKEND, 1))
    async with app.run_test(size=(100, 30)) as pilot:
        here = Lab(app, pilot, app.lesson)
        await here.until(lambda: app.lesson.view is not None and bool(app.lesson.charts.charts))
        for weight in ("-14", "2.5"):
            await here.type(weight)
            await here.press("enter")
        await here.until(lambda: bool(here.titles()))
        heights = [int(number) for number in re.findall(r"^ *(\d+)┤", here.chart(), re.MULTILINE)]
        assert max(heights) <= 100, "the picture reaches to the tries that are near"


def test_a_sentence_about_the_creeping_run_waits_for_the_cost_to_have_fallen():
    here = typed(at("scaling", "tame"), "step 3", "pin", "again", "lr = 0.00001", "step 50")
    assert not here.view().prompt
    typed(here, "again", "lr = 0.001", "step 50")
    assert "the cost falls to about 3.1 and then hardly moves" in here.view().prompt


def test_a_step_rounded_to_one_decimal_is_told_so():
    assert "Keep two decimals" in said(typed(at("one-step", "plus"), "-1.4"), "-4.8")
