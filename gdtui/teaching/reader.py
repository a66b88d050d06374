"""Read a lesson file: TOML, checked down to the last key, with errors as `file:line: what`."""

import hashlib
import math
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from gdtui.errors import InputError, UserError
from gdtui.experiment.settings import canonical
from gdtui.teaching.beside import put_in_tables
from gdtui.teaching.lesson import CHART_NAMES, PANELS, Lesson, LoadedLesson, Spot, Step
from gdtui.teaching.locate import Path as Place
from gdtui.teaching.locate import key_of, line_of, lines_of_keys
from gdtui.teaching.misfits import misfit
from gdtui.teaching.pages.all_kinds import lesson_type, tasks_of
from gdtui.teaching.pages.page import keys_of
from gdtui.teaching.settings import NAMES, experiment_with
from gdtui.text import _, clean, listed, one_of, unfit

LONGEST_LINE = 2_000
"""The most characters of a line; texts that take long to parse, such as endless keys, would need more."""


def read_lesson(text: bytes, place: str, name: str, folder: Path | None = None) -> LoadedLesson:
    """The lesson in a file's bytes. `place` starts every error, `name` is the lesson's name, `folder` has its tables.

    Raises:
        InputError: it is not a valid lesson; the message is one line that starts with the place.
    """
    source = _decoded(text, place)
    lines = lines_of_keys(source)
    try:
        table = _table(source, place)
        lesson = _lesson(table, place, lines)
        if checksums := put_in_tables(table, folder, lambda path: f"{place}:{line_of(lines, path)}"):
            lesson = _lesson(table, place, lines)
    except RecursionError:
        raise InputError(f"{place}:1: {_('brackets are nested too deeply')}") from None
    digest = hashlib.sha256(text + checksums.encode()).hexdigest()
    loaded = LoadedLesson(lesson, name, digest, place, lines, _digests(table))
    _check(loaded)
    return loaded


def _digests(table: dict[str, Any]) -> dict[str, str]:
    """For each page, the digest of everything that the file says about it, including the lesson's settings."""
    common = [table.get(name) for name in ("experiment", "locked")]
    said = {step["name"]: msgspec.json.encode([common, step], order="sorted") for step in table["step"]}
    return {name: hashlib.sha256(text).hexdigest()[:12] for name, text in said.items()}


def _decoded(text: bytes, place: str) -> str:
    try:
        source = text.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = text[: error.start].count(b"\n") + 1
        raise InputError(f"{place}:{line}: {_('this is not text in UTF-8')}") from None
    for number, line_text in enumerate(source.split("\n"), 1):
        if len(line_text) > LONGEST_LINE:
            long = _("this line is longer than {most:,} characters: break it", most=LONGEST_LINE)
            raise InputError(f"{place}:{number}: {long}")
        if bad := unfit(line_text):
            raise InputError(f"{place}:{number}: {_not_allowed(bad)}")
    return source


def _not_allowed(character: str) -> str:
    return _("the character U+{code:04X} is not allowed here: delete it", code=ord(character))


def _table(source: str, place: str) -> dict[str, Any]:
    try:
        return tomllib.loads(source)
    except ValueError as error:  # TOMLDecodeError, or an error of int() or datetime
        found = re.search(r"(.*) \(at (?:line (\d+), column \d+|end of document)\)", str(error), re.DOTALL)
        what, line = (found[1], found[2]) if found else (str(error), None)
        line = line or (source.count("\n") + 1 if found else 1)
        raise InputError(f"{place}:{line}: {_not_toml(what)}") from None


def _not_toml(what: str) -> str:
    """Why a line cannot be read; `what` is tomllib's message."""
    if twice := re.fullmatch(r"Cannot declare \((.*?),?\) twice", what):
        name = ".".join(part.strip(" '") for part in twice[1].split(","))
        return _("the table '{name}' appears a second time: begin its page with [[step]]", name=clean(name))
    if "overwrite" in what:
        return _("this key has a value already: delete one of the two")
    return _("this is not TOML: {what}", what=clean(what[:1].lower() + what[1:], 120))


def _lesson(table: dict[str, Any], place: str, lines: dict[Place, int]) -> Lesson:
    for path, value in _values(table):
        if isinstance(value, float) and not math.isfinite(value):
            says = _("{key}: a number must be finite, not {value}", key=key_of(path), value=value)
            raise InputError(f"{place}:{line_of(lines, path)}: {says}")
        if isinstance(value, str) and (bad := unfit(value)):
            raise InputError(f"{place}:{line_of(lines, path)}: {_not_allowed(bad)}")
    try:
        return msgspec.convert(table, lesson_type())
    except msgspec.ValidationError as error:
        path, says = misfit(table, str(error).partition(" - at `$")[2])
        raise InputError(f"{place}:{line_of(lines, path)}: {says}") from None


def _values(value: object, path: Place = ()) -> Iterator[tuple[Place, object]]:
    """Every key and every value in a table, with its place."""
    if isinstance(value, dict):
        for key, part in value.items():
            yield path, key
            yield from _values(part, (*path, key))
    elif isinstance(value, list):
        for index, part in enumerate(value):
            yield from _values(part, (*path, index))
    else:
        yield path, value


def _check(loaded: LoadedLesson) -> None:
    """Check what the types cannot express."""
    lesson, spot = loaded.lesson, Spot(loaded)
    _check_experiment(spot.at("experiment"), lesson.experiment)
    _check_view(spot, lesson.hidden, lesson.locked)
    names = [step.name for step in lesson.steps]
    for index, step in enumerate(lesson.steps):
        if step.name in names[:index]:
            spot.at("step", index, "name").refuse(_("two pages are named '{name}'", name=step.name))
        _check_step(spot.at("step", index), step)
    spot.look_through(lesson)


def _check_step(spot: Spot, step: Step) -> None:
    _check_experiment(spot.at("experiment"), {**spot.loaded.lesson.experiment, **step.experiment})
    _check_view(spot, step.hidden or (), step.locked or ())
    if step.blind and not step.goal:
        spot.at("blind").refuse(_("a blind page needs a goal: add [step.goal]"))
    tasks = tasks_of(step)
    charts = (*CHART_NAMES, *(name for task in tasks for name in task.kind.own_charts))
    for name in step.charts or ():
        if name not in charts:
            spot.at("charts").refuse(f"charts: {one_of(name, charts)}")
    for task in tasks:
        task.kind.look_over(task.table, step, spot.at(*keys_of(task.kind, step)))
    deeds = [task.kind.name for task in tasks if not task.kind.is_question]
    if len(deeds) > 1:
        spot.at(deeds[1]).refuse(
            _("a page has one thing to do, not {tables}: give each a page of its own", tables=listed(deeds))
        )


def _check_experiment(spot: Spot, given: dict[str, Any]) -> None:
    try:
        experiment_with(given)
    except UserError as error:
        field = getattr(error, "field", "x").split(":")[0]
        spot.at(next((name for name in given if canonical(name) == field), field)).refuse(error)


def _check_view(spot: Spot, hidden: tuple[str, ...], locked: tuple[str, ...]) -> None:
    for field, given, known in (("hidden", hidden, (*PANELS, *NAMES)), ("locked", locked, NAMES)):
        for name in given:
            if canonical(name) not in known:
                spot.at(field).refuse(f"{field}: {one_of(name, known)}")
