"""What is on the screen, to the letter: each screen is held equal to a text file in golden/.

Where a screen is meant to be another: `python tests/test_golden_screens.py` writes all of them anew, and the diff of
the files shows what has become of each.
"""

import difflib
import os
import sys
from pathlib import Path
from typing import NamedTuple

import pytest
from class_scenes import SCENES
from lab_pilot import Lab, opened

from gdtui.cli.main import main
from gdtui.descent.backend import BACKEND
from gdtui.experiment.dataset import typed
from gdtui.experiment.experiment import Experiment
from gdtui.experiment.optimizer import Optimizer
from gdtui.experiment.schedule import Schedule

FOLDER = Path(__file__).parent / "golden"
WRITE = "WRITE_GOLDEN_SCREENS"
SIZES = {"80x24": (80, 24), "120x40": (120, 40)}
TERMINAL = {"TERM": "xterm-256color", "COLORTERM": "truecolor", "LC_ALL": "C.UTF-8"}
STILL = 3
"""A screen is the last one when it is found unchanged so often."""


class Shot(NamedTuple):
    """A screen that is held."""

    name: str
    has: str = ""
    """What is on it once all of it is there; for what is worked out on a thread."""


class Walk(NamedTuple):
    """A way through the app, on which screens are looked at."""

    experiment: Experiment
    steps: tuple[str | Shot, ...]
    """Keys, between spaces, or a text that is typed, in quotes; or the screen that they have led to."""


TWO_COLUMNS = typed((1, 2, 3, 4, 5, 6), (420, 400, 480, 390, 450, 410), (52, 57, 70, 69, 80, 84))
KEPT = typed((1, 2, 3, 4, 5, 6, 7, 8), (2, 1, 4, 3, 6, 5, 8, 7)).prepared(degree=5, validate=3.0)
SEVERAL = typed((1, 2, 3, 4, 5), (2, 1, 4, 3, 6), (5, 4, 3, 3, 1), targets=2)
LABELS = typed((1, 2, 3, 4, 5, 6), (0, 0, 0, 1, 1, 1)).prepared(validate=3.0)
CLASSES = typed((1, 2, 3, 4, 5, 6, 7), (0, 1, 0, 2, 1, 2, 1))
WITH_B = Experiment(has_bias=True, learning_rate=0.05)

WALKS = {
    "charts": Walk(
        Experiment(),
        (
            *(Shot("start"), "3 space", Shot("after-3"), "7 space", Shot("after-10")),
            *("left left left", Shot("looking-back"), "end l", Shot("log-cost"), "l"),
            *("v", Shot("bowl-first"), "comma comma", Shot("value-cursor"), "escape"),
            *("z", Shot("bowl-zoomed"), "z", Shot("bowl-whole"), "z v", Shot("weights-first"), "v", Shot("data-first")),
            *("d", Shot("residuals")),
        ),
    ),
    "kept-back": Walk(
        Experiment(dataset=KEPT, convention="mse", epochs=100, patience=30),
        ("6 0 space", Shot("kept-back"), "v v v", Shot("kept-back-data")),
    ),
    "several-targets": Walk(
        Experiment(dataset=SEVERAL, has_bias=True, learning_rate=0.02, epochs=20),
        ("6 space v v v", Shot("several-targets"), "z", Shot("several-targets-zoomed")),
    ),
    "batches-over-a-hill": Walk(
        Experiment(
            dataset=typed((10, 1, 1, 1, 1), (1, 0, 0, 0, 1)),
            model="logistic",
            cost_kind="mse",
            weights=(-0.5,),
            batch=1,
            seed=4,
        ),
        ("4 space v", Shot("batches-over-a-hill")),
    ),
    "labels-kept-back": Walk(
        Experiment(dataset=LABELS, model="logistic", has_bias=True, epochs=20), ("9 space", Shot("labels-kept-back"))
    ),
    "softmax": Walk(
        Experiment(dataset=CLASSES, model="softmax", has_bias=True, epochs=30),
        ("9 space v v v", Shot("softmax"), "a", Shot("explain-softmax"), "c", Shot("code-softmax")),
    ),
    "schedule": Walk(
        Experiment(schedule=Schedule.parse("cosine"), learning_rate=0.16),
        ("3 space V", Shot("schedule"), "plus", Shot("schedule-held")),
    ),
    "diverging": Walk(Experiment(learning_rate=0.2), ("2 0 space", Shot("diverging"))),
    "with-b": Walk(WITH_B, ("6 space", Shot("with-b"), "n", Shot("along-b"), "V z", Shot("contours-zoomed"))),
    "two-columns": Walk(
        Experiment(dataset=TWO_COLUMNS.standardized(), has_bias=True, learning_rate=0.05, epochs=40),
        ("1 2 space", Shot("standardized"), "V", Shot("contours-first")),
    ),
    "valleys": Walk(
        Experiment(function="W^4 - 3*W^2 + W", weights=(2.0,), epochs=20),
        (
            *("4 space", Shot("valleys"), "v z", Shot("valleys-zoomed"), "z a", Shot("explain-typed-cost")),
            *("c", Shot("code-typed-cost")),
        ),
    ),
    "saddles": Walk(
        Experiment(function="himmelblau", learning_rate=0.01, epochs=30), ("9 space V", Shot("contours-saddles"))
    ),
    "explain": Walk(
        Experiment(convention="mse"),
        (
            *("2 space a", Shot("explain"), "z", Shot("explain-zoomed"), "z f", Shot("fading")),
            *("space space", Shot("fading-blanks"), "enter", Shot("fading-question")),
        ),
    ),
    "explain-adam": Walk(
        Experiment(has_bias=True, method="optim", optimizer=Optimizer("adam")), ("2 space a", Shot("explain-adam"))
    ),
    "explain-batches": Walk(
        Experiment(has_bias=True, method="optim", optimizer=Optimizer("momentum"), batch=2, learning_rate=0.03),
        ("a space b", Shot("explain-batches"), "c", Shot("code-batches")),
    ),
    "weight-decay": Walk(
        Experiment(has_bias=True, weight_decay=0.5, learning_rate=0.05),
        ("2 space", Shot("weight-decay"), "a", Shot("explain-weight-decay"), "c", Shot("code-weight-decay")),
    ),
    "code": Walk(Experiment(), ("space c", Shot("code"), "s s s", Shot("code-line"))),
    "compare": Walk(Experiment(), ("9 space p R + 9 space p R minus minus minus 9 space o", Shot("compare"))),
    "sweep": Walk(Experiment(), ("2 space w", Shot("sweep", has="fewest: "))),
    "proof": Walk(
        Experiment(), ("2 space m", Shot("proof", has="▸   3"), "b 2 space", Shot("proof-with-a-bug", has="▸   5"))
    ),
    "over-the-lab": Walk(
        Experiment(),
        (
            *("2 space e", Shot("form"), "escape question_mark", Shot("help"), "escape"),
            *(
                "P",
                Shot("predict"),
                "'1'",
                "enter",
                Shot("predicted"),
                "ctrl+p",
                Shot("palette", has="Edit the parameters"),
            ),
        ),
    ),
    "lesson-hypothesis": Walk(
        Experiment(),
        (
            *("L", Shot("lessons"), "enter", Shot("lesson", has="page 1"), "right right right right right"),
            *(Shot("lesson-turned"), "enter right right", Shot("lesson-question"), "'4.5'", "enter"),
            *(Shot("lesson-wrong"), "'-2.5'", "enter", Shot("lesson-right")),
        ),
    ),
    "lesson-slope": Walk(
        Experiment(),
        ("L down enter", Shot("lesson-measure", has="page 1"), "left left left left", Shot("lesson-measured")),
    ),
    "lesson-one-step": Walk(
        Experiment(),
        (
            *("L down down enter", Shot("lesson-hunt", has="page 1"), "'2'", "enter", Shot("lesson-hunting")),
            *("'2.5'", "enter", Shot("lesson-found"), "enter", Shot("lesson-order", has="page 2")),
        ),
    ),
    "lesson-rates": Walk(
        Experiment(),
        (
            *("L down down down down enter", Shot("lesson-choice"), "2 enter", *["space"] * 10, "enter 3 enter"),
            *(*["space"] * 8, Shot("lesson-blow-up"), "2 enter enter right right right right full_stop full_stop p"),
            *("full_stop", Shot("lesson-border"), "p enter", Shot("lesson-goal"), "2 enter space"),
            Shot("lesson-towards-the-goal"),
        ),
    ),
}

CLASS = {
    "class-roster": "us12",
    "class-sixty": "below",
    "class-vote-closed": "have answered",
    "class-revealed": "changed to the right answer",
    "class-following": "▸Epoch    3/10",
    "class-vote": "gradient ?",
    "class-answers": "epoch 2/10",
}
"""The screens of a class that are held at 80×24, and what is on each once all of it is there."""

OUTPUTS = {
    "run-lecture": ["run", "--predict", "4"],
    "run-csv": ["run", "--bias", "--format", "csv", "--epochs", "5"],
    "run-jsonl": ["run", "--optimizer", "adam", "--batch", "2", "--format", "jsonl", "--epochs", "3"],
    "run-text": ["run", "--lr", "0.2", "--format", "text"],
    "run-weight-decay": ["run", "--bias", "--weight-decay", "0.5", "--lr", "0.05", "--format", "text"],
    "run-then": ["run", "--then", "6:lr=0.2", "--format", "text", "--every", "3"],
    "sweep-table": ["sweep"],
    "sweep-csv": ["sweep", "--format", "csv", "--points", "6", "--most", "100"],
}


async def screen(lab: Lab, has: str = "") -> str:
    """The whole screen, once nothing on it changes any more."""
    seen: list[str] = []

    def is_still() -> bool:
        strips = lab.app.screen._compositor.render_strips()
        seen.append("".join(strip.text.rstrip() + "\n" for strip in strips))
        is_working = any(not worker.is_finished for worker in lab.app.workers)
        return has in seen[-1] and not is_working and len(seen) > STILL and len(set(seen[-STILL:])) == 1

    await lab.until(is_still)
    return seen[-1]


async def taken(walk: Walk, size: tuple[int, int]) -> dict[str, str]:
    """The screens on a walk, by name."""
    screens = {}
    async with opened(walk.experiment, size, BACKEND) as lab:
        for step in walk.steps:
            if isinstance(step, Shot):
                screens[step.name] = await screen(lab, step.has)
            elif step.startswith("'"):
                await lab.type(step.strip("'"))
            else:
                for key in step.split():
                    await lab.press(key)
    return screens


def hold(found: dict[str, str]) -> None:
    """Assert that each text is the one in its file; where they are to be written anew, write them."""
    if os.environ.get(WRITE):
        FOLDER.mkdir(exist_ok=True)
        for name, text in found.items():
            (FOLDER / f"{name}.txt").write_text(text, encoding="utf-8")
        return
    diffs = []
    for name, text in found.items():
        file = FOLDER / f"{name}.txt"
        held = file.read_text(encoding="utf-8") if file.exists() else ""
        diff = difflib.unified_diff(held.splitlines(), text.splitlines(), f"golden/{name}.txt", "found", lineterm="")
        diffs += [*diff] if text != held else []
    if diffs:
        pytest.fail("\n".join(diffs), pytrace=False)


@pytest.fixture(autouse=True)
def plain_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every terminal is the same one here."""
    monkeypatch.delenv("NO_COLOR", raising=False)
    for name, value in TERMINAL.items():
        monkeypatch.setenv(name, value)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("walk", WALKS)
async def test_the_screens_on_this_walk_are_the_ones_held(walk, size):
    screens = await taken(WALKS[walk], SIZES[size])
    hold({f"{name}-{size}": text for name, text in screens.items()})


@pytest.mark.parametrize("name", OUTPUTS)
def test_what_is_printed_is_what_is_held(name, monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["gdtui", *OUTPUTS[name]])
    monkeypatch.setattr("os._exit", sys.exit)
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    with pytest.raises(SystemExit) as end:
        main()
    printed = capsys.readouterr()
    hold({name: f"{printed.out}{printed.err}exit code {end.value.code}\n"})


@pytest.mark.parametrize("scene", CLASS)
async def test_the_screens_of_a_class_are_the_ones_held(scene, monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    app = SCENES[scene]()
    async with app.run_test(size=SIZES["80x24"]) as pilot:
        hold({f"{scene}-80x24": await screen(Lab(app, pilot, app.lab), CLASS[scene])})


def test_every_file_is_held_against_something():
    shots = [step.name for walk in WALKS.values() for step in walk.steps if isinstance(step, Shot)]
    assert len(shots) == len(set(shots))
    names = {f"{shot}-{size}.txt" for shot in shots for size in SIZES} | {f"{name}.txt" for name in OUTPUTS}
    names |= {f"{scene}-80x24.txt" for scene in CLASS}
    assert {file.name for file in FOLDER.iterdir()} == names


if __name__ == "__main__":
    os.environ[WRITE] = "1"
    raise SystemExit(pytest.main(["-q", "-n", "0", "-m", "", __file__]))
