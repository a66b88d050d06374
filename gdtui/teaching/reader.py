"""Read a lesson file: TOML, checked to the last key, with errors as `file:line: what`."""

import hashlib
import re
import tomllib
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import msgspec

from gdtui.errors import InputError, UserError
from gdtui.experiment.expressions import parse, places
from gdtui.experiment.settings import canonical
from gdtui.teaching.events import parse_action
from gdtui.teaching.lesson import PANELS, Lesson, LoadedLesson, Step
from gdtui.teaching.locate import lines_of_keys
from gdtui.teaching.questions.all_kinds import KINDS
from gdtui.teaching.questions.ask import Ask
from gdtui.teaching.settings import NAMES, experiment_with
from gdtui.text import clean, nearest, unfit

LONGEST_LINE = 2_000
"""The most characters of a line; what takes long to parse, such as endless keys, would need more."""


def read_lesson(text: bytes, place: str, name: str) -> LoadedLesson:
    """The lesson in a file's bytes. `place` begins every error, `name` is what it is called.

    Raises:
        InputError: it is no lesson; one line that begins with the place.
    """
    digest = hashlib.sha256(text).hexdigest()
    source = _decoded(text, place)
    lines = lines_of_keys(source)
    try:
        table = _table(source, place)
        lesson = _lesson(table, place, lines)
    except RecursionError:
        raise InputError(f"{place}:1: too many brackets within one another") from None
    loaded = LoadedLesson(lesson, name, digest, place, lines, _digests(table))
    _check(loaded)
    return loaded


def _digests(table: dict[str, Any]) -> dict[str, str]:
    """For each page the digest of what the file says of it, and of the lesson's settings."""
    common = [table.get(name) for name in ("experiment", "locked")]
    said = {step["name"]: msgspec.json.encode([common, step], order="sorted") for step in table["step"]}
    return {name: hashlib.sha256(text).hexdigest()[:12] for name, text in said.items()}


def _decoded(text: bytes, place: str) -> str:
    try:
        source = text.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = text[: error.start].count(b"\n") + 1
        raise InputError(f"{place}:{line}: this is not text in UTF-8") from None
    for number, line_text in enumerate(source.split("\n"), 1):
        if len(line_text) > LONGEST_LINE:
            raise InputError(f"{place}:{number}: a line has at most {LONGEST_LINE:,} characters")
        if bad := unfit(line_text):
            raise InputError(f"{place}:{number}: {_not_allowed(bad)}")
    return source


def _not_allowed(character: str) -> str:
    return f"the character U+{ord(character):04X} is not allowed there"


def _table(source: str, place: str) -> dict[str, Any]:
    try:
        return tomllib.loads(source)
    except ValueError as error:  # TOMLDecodeError, and what int() and datetime say themselves
        found = re.search(r"(.*) \(at (?:line (\d+), column \d+|end of document)\)", str(error), re.DOTALL)
        what, line = (found[1], found[2]) if found else (str(error), None)
        line = line or (source.count("\n") + 1 if found else 1)
        raise InputError(f"{place}:{line}: {clean(what[:1].lower() + what[1:], 120)}") from None


def _lesson(table: dict[str, Any], place: str, lines: dict[tuple[str | int, ...], int]) -> Lesson:
    try:
        lesson = msgspec.convert(table, Lesson)
    except msgspec.ValidationError as error:
        what, _, where = str(error).partition(" - at `$")
        path = _path(where)
        unknown = re.search(r"unknown field `(.*)`", what)
        if unknown:
            path = (*path, unknown[1])
        while path and path not in lines:
            path = path[:-1]
        field = f"{path[-1]}: " if path and not unknown else ""
        said = _with_those_allowed(what[:1].lower() + what[1:], str(path[-1]) if path else "")
        raise InputError(f"{place}:{lines.get(path, 1)}: {field}{clean(said.replace('`', chr(39)), 240)}") from None
    for path, text in _texts(table):
        if bad := unfit(text):
            at = LoadedLesson(lesson, "", "", place, lines).at(*path)
            raise InputError(f"{at}: {_not_allowed(bad)}")
    return lesson


def _with_those_allowed(what: str, field: str) -> str:
    """What is wrong with a field; for one that takes only some words, with those words."""
    wrong = re.fullmatch(r"invalid enum value '(.*)'", what, re.DOTALL)
    return _only(wrong[1], ("keys", "updates", "tries")) if wrong and field == "score" else what


def _only(word: str, allowed: Sequence[str]) -> str:
    return f"there is no '{clean(word, 24)}', only {', '.join(allowed)}{nearest(word, allowed)}"


def _path(where: str) -> tuple[str | int, ...]:
    """`.step[2].ask` as ("step", 2, "ask")."""
    parts = re.findall(r"\.([A-Za-z_0-9-]+)|\[(\d+)\]", where)
    return tuple(int(index) if index else name for name, index in parts)


def _texts(value: object, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Every text in a table, keys too, with where it stands."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for key, part in value.items():
            yield path, key
            yield from _texts(part, (*path, key))
    elif isinstance(value, list):
        for index, part in enumerate(value):
            yield from _texts(part, (*path, index))


def _check(loaded: LoadedLesson) -> None:
    """What the types cannot say."""
    lesson = loaded.lesson
    _check_experiment(loaded, lesson.experiment, "experiment")
    _check_view(loaded, (), lesson.hidden, lesson.locked)
    _check_template(loaded, ("closing",), lesson.closing)
    seen: set[str] = set()
    for index, step in enumerate(lesson.steps):
        path = ("step", index)
        if step.name in seen:
            raise InputError(f"{loaded.at(*path, 'name')}: there are two steps '{step.name}'")
        seen.add(step.name)
        _check_step(loaded, path, step)


def _check_step(loaded: LoadedLesson, path: tuple[str | int, ...], step: Step) -> None:
    _check_experiment(loaded, {**loaded.lesson.experiment, **step.experiment}, *path, "experiment")
    _check_view(loaded, path, step.hidden or (), step.locked or ())
    for field in ("title", "text", "reveal"):
        _check_template(loaded, (*path, field), getattr(step, field))
    for index, hint in enumerate(step.hints):
        _check_template(loaded, (*path, "hints", index), hint)
    if step.ask and step.goal:
        raise InputError(f"{loaded.at(*path, 'goal')}: a step asks for a prediction or has a goal, not both")
    if step.goal and step.goal.score == "tries" and not step.blind:
        raise InputError(f"{loaded.at(*path, 'goal', 'score')}: score: there are 'tries' on a blind page alone")
    if step.blind and not step.goal:
        raise InputError(f"{loaded.at(*path, 'blind')}: a blind step needs a goal")
    if step.ask:
        _check_ask(loaded, (*path, "ask"), step.ask)
    if step.goal:
        if step.goal.says and len(step.goal.says) != len(step.goal.check):
            raise InputError(f"{loaded.at(*path, 'goal', 'says')}: one text for each condition of 'check' is needed")
        for index, words in enumerate(step.goal.says):
            _check_template(loaded, (*path, "goal", "says", index), words)
        for index, condition in enumerate(step.goal.check):
            _guard(loaded, (*path, "goal", "check", index), parse, condition)
        for index, action in enumerate(step.goal.answer):
            _guard(loaded, (*path, "goal", "answer", index), parse_action, action)


def _check_ask(loaded: LoadedLesson, path: tuple[str | int, ...], ask: Ask) -> None:
    kind = KINDS.get(ask.kind)
    if kind is None:
        raise InputError(f"{loaded.at(*path, 'kind')}: kind: {_only(ask.kind, tuple(KINDS))}")
    for field in ("prompt", "worked", "hint"):
        _check_template(loaded, (*path, field), getattr(ask, field))
    for field, is_for, some in (("answer", "is", "it"), ("choices", "are", "some")):
        if (field in kind.needs) != bool(getattr(ask, field)):
            owner = next(name for name, other in KINDS.items() if field in other.needs)
            raise InputError(
                f"{loaded.at(*path, field)}: '{field}' {is_for} for kind = \"{owner}\", which needs {some}"
            )
    if not all(getattr(ask, field) for field in kind.needs):
        raise InputError(f"{loaded.at(*path, 'kind')}: this kind needs 'prompt', 'hint' and 'worked'")
    if ask.words and len(ask.words) != len(kind.choices):
        wanted = ", ".join(kind.choices) or "nothing for this kind"
        raise InputError(f"{loaded.at(*path, 'words')}: one word each is needed for: {wanted}")
    if ask.answer:
        _guard(loaded, (*path, "answer"), parse, ask.answer)
    for index, misconception in enumerate(ask.misconceptions):
        _guard(loaded, (*path, "slips", index, "value"), parse, misconception.value)
    for index, choice in enumerate(ask.choices):
        _guard(loaded, (*path, "choices", index, "when"), parse, choice.when)
        _check_template(loaded, (*path, "choices", index, "says"), choice.says)
        _check_template(loaded, (*path, "choices", index, "text"), choice.text)


def _check_experiment(loaded: LoadedLesson, given: dict[str, Any], *path: str | int) -> None:
    try:
        experiment_with(given)
    except UserError as error:
        field = getattr(error, "field", "x").split(":")[0]
        written = next((name for name in given if canonical(name) == field), field)
        raise InputError(f"{loaded.at(*path, written)}: {error}") from None


def _check_view(
    loaded: LoadedLesson, path: tuple[str | int, ...], hidden: tuple[str, ...], locked: tuple[str, ...]
) -> None:
    for field, given, known in (("hidden", hidden, (*PANELS, *NAMES)), ("locked", locked, NAMES)):
        for name in given:
            if canonical(name) not in known:
                at = loaded.at(*path, field)
                raise InputError(f"{at}: there is no '{clean(name, 24)}' to be {field}, only {', '.join(known)}")


def _check_template(loaded: LoadedLesson, path: tuple[str | int, ...], template: str) -> None:
    _guard(loaded, path, places, template)


def _guard(loaded: LoadedLesson, path: tuple[str | int, ...], read: Callable[[str], object], text: str) -> None:
    try:
        read(text)
    except UserError as error:
        raise InputError(f"{loaded.at(*path)}: {error}") from None
