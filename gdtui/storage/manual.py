"""The manual: Markdown pages that ship with gdtui, formatted as plain text."""

import re
import textwrap
from pathlib import Path

from gdtui.text import aligned, broken, cells

PAGES = Path(__file__).parent.parent / "manual"
INDEX = "index"
"""The page that lists the others, in order."""
CODE = " " * 4
"""The beginning of a line of code."""


def read(topic: str) -> str:
    """The Markdown of a page."""
    return (PAGES / f"{topic}.md").read_text(encoding="utf-8")


def topics() -> list[str]:
    """The names of the pages, in the order of the index."""
    return re.findall(r"\]\((\S+)\.md\)", read(INDEX))


def sections(markdown: str) -> list[tuple[str, str]]:
    """The sections of a page as (heading, lines), without pictures. A paragraph or a table row is one line."""
    fence = re.compile(r"^```\w*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
    unfenced = fence.sub(lambda fenced: textwrap.indent(fenced[1], CODE, lambda _line: True), markdown)
    _, *parts = re.split(r"^#+ (.+)\n", unfenced, flags=re.MULTILINE)
    return [
        (heading, "\n\n".join(filter(None, map(_block, re.split(r"\n\n+", body.strip("\n"))))))
        for heading, body in zip(parts[::2], parts[1::2], strict=True)
    ]


def search(words: str) -> list[tuple[str, str]]:
    """The (topic, heading) of sections that contain all these words; those with the words in the heading come first."""
    wanted = [re.compile(rf"(?<!\w){re.escape(word)}") for word in words.casefold().split()]
    found: list[tuple[int, int, str, str]] = []
    for topic in topics():
        for heading, lines in sections(read(topic)):
            title, body = heading.casefold(), lines.casefold()
            if wanted and all(word.search(title) or word.search(body) for word in wanted):
                in_heading = sum(bool(word.search(title)) for word in wanted)
                often = min(len(word.findall(body)) for word in wanted) + 5 * body.count(words.casefold())
                found.append((in_heading, often, topic, heading))
    return [(topic, heading) for *_rank, topic, heading in sorted(found, key=lambda each: each[:2], reverse=True)]


def plain_text(markdown: str, width: int = 80) -> str:
    """A page as plain text of this width. Lines of code stay whole, so that they can be copied."""
    shown, rule = [], "="
    for heading, lines in sections(markdown):
        fitting = [line.rstrip() if line.startswith(CODE) else broken(line, width) for line in lines.splitlines()]
        shown.append("\n".join([heading, rule * cells(heading), "", *fitting]))
        rule = "-"
    return "\n\n".join(shown)


LESSON_WORDS = "Words of the lessons"
"""The heading, on the page `words`, of the table with the terms of the lessons."""


def glossary(text: str) -> str:
    """The terms of the lessons that occur in a text, with their meanings; empty if none does."""
    rows = dict(sections(read("words")))[LESSON_WORDS].splitlines()[1:]
    return "\n".join(row for row in rows if _occurs(re.split(r"\s{2,}", row.strip())[0], text))


def _occurs(word: str, text: str) -> bool:
    """Whether a word occurs, or one of several separated by commas; a single letter must match exactly."""
    forms = (
        (form, re.escape(form) if len(form) == 1 else rf"{re.escape(form.removesuffix('e'))}(?:e|s|es|d|ed|ing)?")
        for form in word.split(", ")
    )
    return any(
        re.search(rf"(?<!\w){pattern}(?!\w)", text, re.IGNORECASE if len(form) > 1 else 0) for form, pattern in forms
    )


def _block(text: str) -> str:
    """A paragraph, list, table or piece of code as text; empty for a picture."""
    if text.startswith(CODE):
        return text
    if text.startswith("!["):
        return ""
    if text.startswith("|"):
        return _table(text.splitlines())
    items = re.split(r"\n(?=- )", text)
    return "\n".join(re.sub("^- ", "  -  ", _inline(" ".join(item.split()))) for item in items)


def _table(lines: list[str]) -> str:
    """A table with aligned columns; the marks around names in the first column are removed."""
    rows = [[_inline(cell.strip()) for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]
    del rows[1]  # the rule below the header
    for row in rows:
        row[0] = row[0].replace("`", "")
    return "\n".join(f"  {line}" for line in aligned(rows))


def _inline(text: str) -> str:
    """A line without the marks for bold text, links and escaped bars."""
    return re.sub(r"\[([^]]+)\]\([^)]+\)", r"\1", text).replace("**", "").replace("\\|", "|")
