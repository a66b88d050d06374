"""The house: who imports whom, how large things are, and that a name means one thing."""

import ast
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import gdtui

ROOT = Path(gdtui.__file__).parent
MOST_LINES, MOST_OF_A_FUNCTION, MOST_METHODS = 350, 50, 25

SAME_NAMES = {
    "Ask": "what a lesson file says of a question, and a question to a whole class",
    "Choice": "a question of a lesson with choices, and the widget to choose one with",
    "Epochs": "what convergence is told from, and the question of how many epochs",
    "Landscape": "a Protocol of the backend, and what is made so",
    "Left": "work that a session has left behind, and that a learner has left her class",
    "Limit": "how many updates may be computed, and the question of the largest lr",
    "Poll": "the table of a lesson's page without right and wrong, and a question to a whole class",
    "Progress": "what is printed of a long run, and how far a learner has come",
    "Proof": "a Protocol of the backend, and what is made so",
    "Room": "how much of a screen there is, and everyone in a class",
    "Trainer": "a Protocol of the backend, and what is made so",
}
"""Classes that share a name, and why they still do."""

IN_TWO_ROOMS = (
    {"gdtui.experiment.objective", "gdtui.descent.objective"},
    {"gdtui.experiment.objectives", "gdtui.descent.objectives"},
    {"gdtui.experiment.typed_cost", "gdtui.descent.objectives"},
)
"""Modules whose classes are halves of one thing, and so are called alike."""

Function = ast.FunctionDef | ast.AsyncFunctionDef


@cache
def modules() -> dict[str, ast.Module]:
    """All modules and packages of ours, by name."""
    found = {}
    for path in ROOT.rglob("*.py"):
        parts = path.relative_to(ROOT.parent).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = ast.parse(path.read_text())
    return found


def named(tree: ast.Module) -> Iterator[str]:
    """What a module imports, wherever the import stands: for type checkers and inside functions too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            yield str(node.module)
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@cache
def imports() -> dict[str, set[str]]:
    """Which modules of ours a module imports. With one of a package comes the package, where that imports anything."""
    trees = modules()
    direct = {name: {other for other in named(tree) if other in trees} for name, tree in trees.items()}

    def packages(name: str) -> Iterator[str]:
        while name := name.rpartition(".")[0]:
            if direct[name]:
                yield name

    return {
        name: {*others, *(package for other in others for package in packages(other))} - {name}
        for name, others in direct.items()
    }


def circle(graph: Mapping[str, set[str]]) -> list[str]:
    """A circle of modules, from one of them back to it; nothing where there is none."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def test_no_modules_import_each_other_in_a_circle() -> None:
    assert circle(imports()) == []


def test_circles_are_found_wherever_an_import_stands() -> None:
    first = ast.parse("from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from gdtui.second import Thing")
    second = ast.parse("def late():\n    import gdtui.first")
    graph = {"gdtui.first": set(named(first)), "gdtui.second": set(named(second))}
    assert set(circle(graph)) == {"gdtui.first", "gdtui.second"}


def test_nothing_stands_loose_in_the_rooms_that_hold_only_rooms() -> None:
    assert {path.name for path in ROOT.glob("*.py")} == {
        *("__init__.py", "__main__.py"),
        *("errors.py", "numbers.py", "text.py"),
    }
    assert {path.name for path in (ROOT / "ui").glob("*.py")} == {"__init__.py"}
    assert {path.parent.name for path in (ROOT / "ui").glob("*/__init__.py")} == {
        *("charts", "classroom", "common", "lab", "lesson", "panels"),
    }


def test_no_command_panel_or_view_knows_a_screen() -> None:
    screens = {"gdtui.ui.lab.screen", "gdtui.ui.lesson.screen"}
    apps = {"gdtui.ui.lab.app", "gdtui.ui.lesson.app"}
    assert {name for name, others in imports().items() if others & screens} == apps


def test_nothing_is_too_large() -> None:
    assert {name for name, size, most in sizes() if size > most} == set()


def sizes() -> Iterator[tuple[str, int, int]]:
    """Every module, function and class with its size, and how large it may be."""
    for name, tree in modules().items():
        yield name, max((node.end_lineno for node in tree.body if node.end_lineno), default=0), MOST_LINES
        for node in ast.walk(tree):
            if isinstance(node, Function):
                yield f"{name}.{node.name}", (node.end_lineno or 0) - node.lineno + 1, MOST_OF_A_FUNCTION
            elif isinstance(node, ast.ClassDef):
                yield f"{name}.{node.name}", sum(isinstance(part, Function) for part in node.body), MOST_METHODS


def test_a_name_means_one_thing() -> None:
    found: dict[str, list[str]] = defaultdict(list)
    for name, tree in modules().items():
        for node in tree.body:
            if isinstance(node, ast.ClassDef):
                found[node.name].append(name)
    shared = {name for name, where in found.items() if len(where) > 1 and set(where) not in IN_TWO_ROOMS}
    assert shared == set(SAME_NAMES)
