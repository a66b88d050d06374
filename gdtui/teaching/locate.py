"""The lines of the keys in a TOML file, because tomllib gives positions only for syntax errors."""

import re

_HEADER = re.compile(r"\s*(\[\[?)\s*([A-Za-z0-9_.\-\s\"']+?)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(r"\s*([A-Za-z0-9_\-]+(?:\s*\.\s*[A-Za-z0-9_\-]+)*|\"[^\"]*\")\s*=")
_QUOTES = re.compile(r'"""|\'\'\'')

Path = tuple[str | int, ...]


def lines_of_keys(text: str) -> dict[Path, int]:
    """The line of each table and key, by its path: `("step", 2, "ask", "kind")`.

    Keys inside an inline table or array have the line of the key that holds it.
    """
    found: dict[Path, int] = {}
    counts: dict[Path, int] = {}
    table: Path = ()
    closing: str | None = None
    for number, line in enumerate(text.split("\n"), 1):
        began_inside = closing is not None
        closing = _left_open(line, closing)
        if began_inside:
            continue
        if header := _HEADER.match(line):
            table = _table(header[2], header[1] == "[[", counts)
            found.setdefault(table, number)
        elif key := _KEY.match(line):
            found.setdefault((*table, *_parts(key[1])), number)
    return found


def line_of(lines: dict[Path, int], path: Path) -> int:
    """The line of a key; for a list, of its first entry; otherwise of the nearest key around it."""
    while path and path not in lines and (*path, 0) not in lines:
        path = path[:-1]
    return lines.get(path) or lines.get((*path, 0), 1)


def key_of(path: Path) -> str:
    """The key of a path; for an entry of a list, the key of the list."""
    return next(part for part in reversed(path) if isinstance(part, str))


def _table(name: str, is_array: bool, counts: dict[Path, int]) -> Path:
    """The path of a table header, with the index of the newest table of each array in it."""
    path: Path = ()
    parts = _parts(name)
    for depth, part in enumerate(parts, 1):
        path = (*path, part)
        if is_array and depth == len(parts):
            counts[path] = counts.get(path, -1) + 1
        if path in counts:
            path = (*path, counts[path])
    return path


def _parts(dotted: str) -> list[str]:
    return [part.strip().strip("\"'") for part in dotted.split(".")]


def _left_open(line: str, closing: str | None) -> str | None:
    """The closing quotes of a multi-line text that is still open after this line, or None."""
    for match in _QUOTES.finditer(line):
        if closing is None:
            closing = match[0]
        elif match[0] == closing:
            closing = None
    return closing
