"""Errors in the shape of a lesson file or record. What a key accepts is read from the types of the format."""

import re
from collections.abc import Iterable
from functools import cache
from typing import Any

from msgspec import inspect

from gdtui.experiment.settings import canonical
from gdtui.teaching.locate import Path, key_of
from gdtui.teaching.pages.all_kinds import fields_of_tables, lesson_type
from gdtui.teaching.settings import NAMES
from gdtui.text import _, clean, listed, nearest, ngettext, one_of

SHORT = 24
"""The most characters shown of a text that a key does not accept."""


def misfit(table: Any, where: str, shape: Any = None) -> tuple[Path, str]:
    """What is wrong where a file does not have its `shape` (by default a lesson's), and the path of the key.

    `where` is the place as msgspec writes it: `$.step[2].ask`.
    """
    path, wanted, found = path_of(where), _shape_of(shape or lesson_type()), table
    for part in path:
        wanted, found = _inside(wanted, part, found), found[part]
    struct = _struct(wanted, found)
    if not struct or not isinstance(found, dict):
        if isinstance(found, dict) and (tag := _tag(wanted)):
            return path, _missing(*tag)
        return path, _refusal(path, wanted, found)
    fields = {field.encode_name: field for field in struct.fields}
    if unknown := next((key for key in found if key not in fields and key != struct.tag_field), None):
        says = _("there is no key '{key}' here", key=clean(unknown, SHORT))
        return (*path, unknown), says + _where_it_belongs(unknown, fields)
    key, takes = next((key, _takes(each.type)) for key, each in fields.items() if each.required and key not in found)
    if len(path) > 2 and isinstance(path[-1], int):
        return path, _("{entry} needs the key '{key}', which takes {takes}", entry=_called(path), key=key, takes=takes)
    return path, _missing(key, takes)


def _missing(key: str, takes: str) -> str:
    """A message that a key is missing."""
    return _("the key '{key}' is missing here; it takes {takes}", key=key, takes=takes)


def path_of(where: str) -> Path:
    """`.step[2].ask` as ("step", 2, "ask")."""
    parts = re.findall(r"\.([A-Za-z_0-9-]+)|\[(\d+)\]", where)
    return tuple(int(index) if index else name for name, index in parts)


_shape_of = cache(inspect.type_info)


def _kinds(wanted: inspect.Type) -> tuple[inspect.Type, ...]:
    """The types that a key accepts."""
    if isinstance(wanted, inspect.UnionType):
        return tuple(kind for kind in wanted.types if not isinstance(kind, inspect.NoneType))
    return (wanted,)


def _structs(wanted: inspect.Type) -> list[inspect.StructType]:
    """The tables that a key accepts."""
    return [kind for kind in _kinds(wanted) if isinstance(kind, inspect.StructType)]


def _struct(wanted: inspect.Type, found: object) -> inspect.StructType | None:
    """The table that a key accepts; if there are several, the one that the value names."""
    structs = _structs(wanted)
    if len(structs) > 1 and isinstance(found, dict):
        structs = [each for each in structs if found.get(each.tag_field) == each.tag]
    return structs[0] if structs else None


def _tag(wanted: inspect.Type) -> tuple[str, str] | None:
    """The key that says which of several tables it is, and its possible values."""
    structs = _structs(wanted)
    key = structs[0].tag_field if structs else None
    return (key, listed([_shown(each.tag) for each in structs], _("or"))) if key else None


def _inside(wanted: inspect.Type, part: str | int, found: object) -> inspect.Type:
    """The type of a key of a table, or of an entry of a list."""
    structs = _structs(wanted)
    if structs and part == structs[0].tag_field:
        return inspect.LiteralType(tuple(str(each.tag) for each in structs))
    if struct := _struct(wanted, found):
        return next(field.type for field in struct.fields if field.encode_name == part)
    for kind in _kinds(wanted):
        if isinstance(kind, inspect.VarTupleType) and isinstance(part, int):
            return kind.item_type
        if isinstance(kind, inspect.TupleType) and isinstance(part, int):
            return kind.item_types[part]
    raise LookupError(part)


def _called(path: Path) -> str:
    """A key, or an entry of a list, as named in a sentence."""
    *before, last = path
    if isinstance(last, int):
        return _("entry {n} of {list}", n=last + 1, list=_called((*before,)))
    if len(path) > 3 and isinstance(before[-1], int):
        return _("'{key}' in {entry}", key=last, entry=_called((*before,)))
    return f"'{last}'"


def _refusal(path: Path, wanted: inspect.Type, found: object) -> str:
    """A message that a key does not accept its value."""
    if not path:
        return _("it takes {takes}, not {found}", takes=_takes(wanted), found=_shown(found))
    key = _called(path)
    for kind in _kinds(wanted):
        if isinstance(kind, inspect.LiteralType) and type(found) is type(kind.values[0]):
            return f"{key_of(path)}: {one_of(str(found), filter(None, map(str, kind.values)))}"
        if isinstance(kind, inspect.VarTupleType) and isinstance(found, list):
            least, most = kind.min_length or 0, kind.max_length or 0
            entries = ngettext("{least} to {n} entry", "{least} to {n} entries", most, least=least)
            return _("{key} takes {entries}, not {n}", key=key, entries=entries, n=len(found))
        if isinstance(kind, inspect.StrType) and isinstance(found, str) and kind.max_length and found:
            room = ngettext("at most {n:,} character", "at most {n:,} characters", kind.max_length)
            return _("{key} takes {room}, not {n:,}", key=key, room=room, n=len(found))
    return _("{key} takes {takes}, not {found}", key=key, takes=_takes(wanted), found=_shown(found))


def _takes(wanted: inspect.Type) -> str:
    """What a key accepts, as the object of a sentence."""
    match wanted:
        case inspect.UnionType():
            return listed([*dict.fromkeys(map(_takes, _kinds(wanted)))], _("or"))
        case inspect.Metadata(type=kind, extra_json_schema={"description": str(words)}):
            return words
        case inspect.StrType(min_length=least):
            return _("some text in quotes") if least else _("text in quotes")
        case inspect.IntType(ge=None):
            return _("a whole number")
        case inspect.IntType(ge=low, le=None):
            return _("a whole number, {low} or more", low=low)
        case inspect.IntType(ge=low, le=high):
            return _("a whole number from {low} to {high}", low=low, high=high)
        case inspect.FloatType(gt=None):
            return _("a number")
        case inspect.FloatType(gt=low):
            return _("a number greater than {low:g}", low=low)
        case inspect.BoolType():
            return _("true or false")
        case inspect.LiteralType(values=values):
            return listed([_shown(each) for each in values if each], _("or"))
        case inspect.TupleType():
            return _("two numbers, such as [0, 2]")
        case inspect.VarTupleType(item_type=inspect.StructType() | inspect.DictType()):
            return _("a list of tables, such as [{ … }, { … }]")
        case inspect.VarTupleType(item_type=inspect.StrType()):
            return _('a list of texts, such as ["one", "two"]')
        case inspect.VarTupleType(item_type=kind):
            return _("a list in [ ], each entry {each}", each=_takes(kind))
    return _("a table of keys and values")


def _shown(found: object) -> str:
    """The value found, as shown in a message."""
    text = f"'{found}'" if isinstance(found, str) else "null" if found is None else str(found)
    return clean(text.lower() if isinstance(found, bool) else text, SHORT)


def _where_it_belongs(key: str, here: Iterable[str]) -> str:
    """The tables that have this key or one with a similar name, preferably `here`."""
    tables = fields_of_tables()
    having = [heading for heading, fields in tables.items() if key in fields]
    if canonical(key) in NAMES:
        having = ["[experiment]"]
    if having:
        return _("; it belongs in {tables}", tables=listed(having, _("or")))
    return nearest(key, here) or nearest(key, {*NAMES}.union(*tables.values()))
