"""The part of a run's file that makes its data: where the rows come from, and how they were prepared."""

import textwrap
import zlib
from collections.abc import Iterable

from gdtui.descent.listing import INDENT
from gdtui.descent.tensors import MANY
from gdtui.experiment.dataset import Dataset
from gdtui.experiment.origin import Source
from gdtui.text import unfit

WIDTH = 100
"""The most characters in a line of the file."""

_STANDARDIZED = '''

def standardized(values):
    """Mean 0 and population standard deviation 1."""
    mean = math.fsum(values) / len(values)
    deviation = math.sqrt(math.fsum((value - mean) ** 2 for value in values) / len(values))
    return [(value - mean) / deviation for value in values]

'''


def standardizing(data: Dataset) -> list[str]:
    """The function that standardizes a column using only the training rows, if x is standardized."""
    if not data.scaling:
        return []
    if not data.kept:
        return _STANDARDIZED.splitlines()
    text = _STANDARDIZED.replace("(values):", "(values, rows):").replace("(values)", "(rows)")
    text = text.replace("in values) /", "in rows) /").replace("deviation 1", "deviation 1 by the rows of training")
    return text.splitlines()


def data_lines(data: Dataset) -> list[str]:
    """`x_train`, `y_train` and the rows kept back, read from a file or written out; empty without rows."""
    if not data.rows:
        return []
    own, is_one = data.own_units, len(data.x) == len(data.ys) == 1
    is_made = data.degree > 1 or data.kept is not None or bool(data.classes)
    about = _about(own.as_given)
    if data.source or is_made:
        lines = _read(data.source, own.as_given) if data.source else _lists(own.as_given)
        if own.x_scale != 1:
            lines.append(f"x = [[value * {own.x_scale!r} for value in column] for column in x]  # in other units")
        lines += _made(data)
    elif is_one and not data.scaling:
        return [
            *about,
            *listed("x_train = torch.tensor([", own.x[0], "])"),
            *listed("y_train = torch.tensor([", own.y, "])"),
        ]
    else:
        lines = _lists(own)
    if data.scaling:
        if data.kept:
            lines.append("x_kept = [standardized(column, rows) for column, rows in zip(x_kept, x)]")
        lines.append(f"x = [standardized(column{', column' if data.kept else ''}) for column in x]")
    several = "torch.stack([torch.tensor(column) for column in {}], dim=1)".format
    by_column = several("{}").replace(", dim=1)", ").T").format
    kept = [("kept", data.kept.rows, "x_kept", "y_kept")] if data.kept else []
    for name, rows, x, y in (("train", data.rows, "x", "y"), *kept):
        table = by_column(x) if rows > MANY else several(x)
        lines.append(f"x_{name} = {f'torch.tensor({x}[0])' if is_one else table}")
        made = several(y) if own.as_given.more_y else f"torch.tensor({y})"
        lines.append(f"y_{name} = {_by_class(made, data.classes) if data.classes else made}")
    return [*about, *lines]


def _about(table: Dataset) -> list[str]:
    """Which columns of a table were used, and what was assumed or left out when it was read."""
    if not table.origin:
        return []
    names = f"x is {', '.join(map(repr, table.features))}; y is {', '.join(map(repr, table.targets))}"
    copied = [] if table.source else [f"# The numbers are a copy of those in {_literal(table.origin.path)}"]
    return [*comment(names), *copied, *(comment(table.assumed) if table.assumed else ())]


def _by_class(y: str, classes: tuple[float, ...]) -> str:
    """The code for a column per class."""
    is_count = classes == tuple(range(len(classes)))
    place = f"{y}.long()" if is_count else f"torch.searchsorted(torch.tensor({[*classes]}), {y})"
    return f"torch.eye({len(classes)})[{place}]"


def _made(data: Dataset) -> list[str]:
    """The powers of x, and the rows kept back."""
    lines = []
    if data.degree > 1:
        lines.append(f"x = [[value**power for value in x[0]] for power in range(1, {data.degree + 1})]")
    if data.kept is None or data.validate is None:
        return lines
    has_several = bool(data.as_given.more_y)
    y = "y[0]" if has_several else "y"
    numbers = f"random.Random({data.seed}).sample(range(len({y})), {data.kept.rows})"
    if data.validate >= 1:
        numbers = f"range({int(data.validate) - 1}, len({y}), {int(data.validate)})"
    some = "[value for i, value in enumerate({}) if i {} kept]".format
    each = "[{} for column in {}]".format
    lines.append(f"kept = set({numbers})  # rows kept back: they are not trained on")
    for end, is_in in (("_kept", "in"), ("", "not in")):
        lines.append(f"x{end} = {each(some('column', is_in), 'x')}")
        lines.append(f"y{end} = {each(some('column', is_in), 'y') if has_several else some('y', is_in)}")
    return lines


def _lists(data: Dataset) -> list[str]:
    """x as a list of columns; y likewise, or as one list if it has one column."""
    y = nested("y = [", data.ys, "]") if data.more_y else listed("y = [", data.y, "]")
    return [*nested("x = [", data.x, "]"), *y]


def _read(source: Source, own: Dataset) -> list[str]:
    """Read the columns, and check that they are the ones the run was made with."""
    lines = f"itertools.islice(file, {source.lines_above}, None)"
    if source.separator == " ":
        lines = f'(line.replace("\\t", " ").strip() for line in {lines})'
    checksum = zlib.crc32(repr([list(column) for column in (*own.x, *own.ys)]).encode())
    read = [
        f"chosen = {source.columns!r}",
        f'with open({_literal(source.path)}, encoding="{source.encoding}") as file:',
        f"{INDENT}lines = {lines}",
        f"{INDENT}cells = csv.reader(lines, delimiter={source.separator!r}, skipinitialspace=True)",
        f"{INDENT}rows = [[row[i].strip() for i in chosen] for row in cells if len(row) > 1]",
    ]
    if source.missing:
        read += [
            f"missing = {source.missing!r}",
            "rows = [row for row in rows if not any(cell.lower() in missing for cell in row)]",
        ]
    k = len(own.ys)
    return [
        *read,
        "columns = [[float(cell) for cell in column] for column in zip(*rows)]",
        f"assert len(rows) == {own.rows}, len(rows)",
        f'assert zlib.crc32(repr(columns).encode()) == {checksum}, "the numbers in the file have changed"',
        "*x, y = columns" if k == 1 else f"x, y = columns[:-{k}], columns[-{k}:]",
    ]


def nested(head: str, lists: Iterable[Iterable[float]], tail: str) -> list[str]:
    """A list of lists, each starting on its own line."""
    return [head, *(line for values in lists for line in listed(f"{INDENT}[", values, "],")), tail]


def listed(head: str, values: Iterable[float], tail: str) -> list[str]:
    """A list of numbers, over several lines if it does not fit on one."""
    text = ", ".join(map(repr, values))
    if len(head) + len(text) + len(tail) <= WIDTH:
        return [head + text + tail]
    indent = INDENT + head[: len(head) - len(head.lstrip())]
    return [head, *textwrap.wrap(text, WIDTH, initial_indent=indent, subsequent_indent=indent), indent[4:] + tail]


def comment(text: str) -> list[str]:
    """A text as a comment."""
    return textwrap.wrap(text, WIDTH, initial_indent="# ", subsequent_indent="# ")


def _literal(text: str) -> str:
    """A text as a Python literal, with its own characters if they can be shown."""
    return ascii(text) if unfit(text) else repr(text)
