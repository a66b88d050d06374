"""A page of a lesson as rows of text; this module also measures what fits on a screen of 80×24."""

import io
import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache

import msgspec
from rich.console import Console, ConsoleOptions, RenderResult
from rich.markdown import CodeBlock, Markdown
from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from rich.theme import Theme

from gdtui.experiment.experiment import Experiment
from gdtui.storage import manual
from gdtui.teaching.check import Room
from gdtui.teaching.page import PageState
from gdtui.teaching.session import Session
from gdtui.text import _, clean
from gdtui.ui.common.arrows import with_arrow_keys
from gdtui.ui.common.command import shown
from gdtui.ui.common.rows import Row, line_rows
from gdtui.ui.lesson.kinds.all_kinds import lesson_commands, on_screen

SIDE, LEAST_SIDE = 30, 80
"""The width of the column of charts, and the least width of a screen that has it."""

WIDE_SIDE, NARROW_SIDE = 42, 24
"""The widths of that column if the page has chosen its charts: on a wide and on a narrow screen."""

WIDEST = 80
"""No page is wider; the charts use the rest."""

FRAME = 4
"""Columns for the frame around a page, and its inner margin."""

COLUMNS, LINES = 80, 24
"""The screen that every page must fit on."""

WIDTH = COLUMNS - SIDE - FRAME
"""The width of a page there."""

_OTHERS = 5
"""Lines of the screen that a page cannot use: header, two of the frame, the answer, the keys."""

_PLAIN = Style()
_THEME = Theme(
    {
        **{f"markdown.{name}": _PLAIN for name in ("paragraph", "text", "item", "block_quote", "table.border")},
        **{f"markdown.{name}": Style(bold=True) for name in ("strong", "em", "h1", "h2", "h3", "h4", "h5", "h6")},
        **{f"markdown.{name}": Style(italic=True) for name in ("code", "code_block", "item.bullet", "item.number")},
        **{f"markdown.{name}": _PLAIN for name in ("link", "link_url", "list", "hr", "s", "table.header")},
    },
    inherit=False,
)
"""Bold stands for the role `main`, italic for `key`; rich's own styles never reach the screen."""


class _Code(CodeBlock):
    """Lines of code, only indented."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for line in str(self.text).rstrip().splitlines():
            yield Text("  " + line, style="markdown.code_block")


class _Page(Markdown):
    elements = {**Markdown.elements, "code_block": _Code, "fence": _Code}  # noqa: RUF012  # rich's own form


_FORMULA = re.compile(r"\S+(?: [<>≤≥=←−+·/] \S+)+")
_SPACE = "\ue000"
"""Replaces the blanks of a formula while lines are broken, so that it is not broken there."""


def unbroken(text: str, width: int) -> str:
    """The text with short formulas protected from line breaks."""
    return _FORMULA.sub(
        lambda found: found[0].replace(" ", _SPACE) if 3 * len(found[0]) <= 2 * width else found[0], text
    )


@lru_cache(maxsize=64)
def markdown_rows(text: str, width: int) -> tuple[Row, ...]:
    """Markdown as rows of at most this width. It can neither style the screen nor send it anything.

    The rows are cached: a page is drawn again at each key, and its text stays the same.
    """
    if not text.strip():
        return ()
    console = Console(width=width, file=io.StringIO(), theme=_THEME, color_system=None)
    page = _Page(unbroken(unicodedata.normalize("NFC", text), width), hyperlinks=False)
    return tuple(tuple(map(_run, line)) for line in console.render_lines(page, pad=False))


def _run(segment: Segment) -> tuple[str, str]:
    style = segment.style
    role = "main" if style and style.bold else "key" if style and style.italic else "text"
    return clean(segment.text.replace(_SPACE, " "), len(segment.text) + 1), role


def side(view: PageState, width: int) -> int:
    """How many of the columns the charts beside a page get; 0 if there is no space."""
    if view.is_over:
        return 0
    if width < LEAST_SIDE:
        return NARROW_SIDE if view.charts and not view.shows else 0
    if view.charts == () and not view.shows:
        return 0
    least = WIDE_SIDE if view.charts or view.shows else SIDE
    return max(least, width * 2 // 5, width - WIDEST) if width > LEAST_SIDE else least


def height(text: str, width: int = WIDTH) -> int:
    """How many lines a Markdown text takes on a screen of 80×24."""
    return len(markdown_rows(text, width))


def lines_for(view: PageState, experiment: Experiment) -> int:
    """How many lines a page has on a screen of 80×24, below its numbers."""
    return LINES - _OTHERS - numbers_height(view, experiment)


def numbers_height(view: PageState, experiment: Experiment) -> int:
    """How many lines of numbers are above a page."""
    return on_screen(view.kind).numbers_height(view, experiment)


def page_rows(
    view: PageState, width: int, again: str = "", typed: str = "", height: int = 0, reminder: str = ""
) -> list[Row]:
    """The whole page: the text and the question, then the replies.

    `again` is the command that repeats the lesson, `reminder` is what to do once it is over, and `typed` is the text in
    the
    answer field. If it all fits in `height` lines, the choices of the previous question are still shown.
    """
    view = with_keys_named(view)
    if view.is_over:
        return closing_rows(view, width, again, reminder)
    said = said_rows(view, width, typed)
    whole = [*asking_rows(view, width, typed, view.chosen), *said]
    return whole if len(whole) <= height else [*asking_rows(view, width, typed), *said]


def with_keys_named(view: PageState) -> PageState:
    """The page with the arrow keys in its texts named as the terminal can show them."""

    def named(texts: Iterable[str]) -> tuple[str, ...]:
        return tuple(map(with_arrow_keys, texts))

    text, prompt, reveal, closing = named((view.text, view.prompt, view.reveal, view.closing))
    lines = {name: named(getattr(view, name)) for name in ("choices", "earlier", "chosen", "reply", "hints")}
    return msgspec.structs.replace(view, text=text, prompt=prompt, reveal=reveal, closing=closing, **lines)


def asking_rows(view: PageState, width: int, typed: str = "", chosen: Sequence[str] = ()) -> list[Row]:
    """The text, and the question with its choices, or the goal with its conditions."""
    rows = [*markdown_rows(view.text, width)]
    if shown := exhibit_rows(view, width, typed):
        rows += [(), *shown]
    if chosen:
        rows += [(), *(row for line in chosen for row in line_rows(line, width, "text", "    "))]
    if view.earlier:
        rows += [(), *(row for line in view.earlier for row in line_rows(line, width, "text"))]
    if view.prompt or view.checks:
        rows.append(())
    if view.prompt:
        rows += line_rows(view.question, width, "main")
    for number, choice in enumerate(view.choices, 1):
        rows += line_rows(f"  {number} {choice}", width, "text", "    ")
    for check in view.checks:
        role = "good" if check.is_ticked else "text"
        rows += line_rows(f"  {check.marked}", width, role, "    ")
    if view.challenge:
        rows += line_rows(f"  ★ {view.challenge}", width, "key", "    ")
    return rows


def exhibit_rows(view: PageState, width: int, typed: str = "", *, is_below: bool = False) -> list[Row]:
    """What only this kind of page shows, above the question or below it."""
    kind = on_screen(view.exhibit.kind) if view.exhibit else None
    return list(kind.rows(view, width, typed)) if kind and kind.is_below == is_below else []


def said_rows(view: PageState, width: int, typed: str = "") -> list[Row]:
    """The hints, the reply to the latest answer, and the text revealed."""
    is_of_another = bool(typed) and on_screen(view.kind).follows_typing and not view.is_done
    parts: list[Sequence[Row]] = [exhibit_rows(view, width, is_below=True)]
    if view.compared:
        parts.append([row for line in view.compared for row in line_rows(line, width, "text", "   ")])
    parts += [_indented(markdown_rows(hint, width - 2), "?") for hint in view.hints]
    if view.reply and not is_of_another:
        first, *others = view.reply
        role = "good" if view.was_right else "warn"
        parts.append(
            [*line_rows(first, width, role), *(row for line in others for row in line_rows(line, width, "text"))]
        )
    if view.reveal:
        parts.append(markdown_rows(view.reveal, width))
    return [row for part in parts if part for row in ((), *part)]


def _indented(rows: Sequence[Row], sign: str) -> list[Row]:
    return [((f"{sign if number == 0 else ' '} ", "key"), *row) for number, row in enumerate(rows)]


def closing_rows(view: PageState, width: int, again: str, reminder: str) -> list[Row]:
    """The closing words and the score."""
    rows = [*markdown_rows(view.closing, width), ()]
    if view.can:
        rows += line_rows(_("Now you can:"), width, "text")
        rows += [*(row for each in view.can for row in line_rows(f"  ✓ {each}", width, "good", "    ")), ()]
    if view.score:
        rows += line_rows(view.score, width, "good")
    if reminder:
        rows += line_rows(reminder, width, "key")
    if view.missed:
        rows += [(), *line_rows(_("Worth another look:"), width, "text")]
        rows += [row for title in view.missed for row in line_rows(f"  · {title}", width, "text", "    ")]
        rows += line_rows(again, width, "key")
    return rows


def words(session: Session, back: int) -> list[tuple[str, str]]:
    """The glossary as headings with lines: the words of the page `back` pages ago, those of earlier pages, then all
    words.

    Later pages do not count.
    """
    pages = [*(past.view for past in session.past), session.view()][: len(session.past) + 1 - back]
    texts = [" ".join((of.text, of.closing, of.reveal, of.prompt, *of.choices, *of.hints)) for of in pages]
    of_page, so_far = manual.glossary(texts[-1]), manual.glossary(" ".join(texts))
    others = "\n".join(row for row in so_far.splitlines() if row not in of_page.splitlines())
    title = _("So far in lesson “{title}”", title=session.lesson.title)
    first = ((_("On this page"), of_page), (title, others))
    return [*(each for each in first if each[1]), *manual.sections(manual.read("words"))]


def keys_on(view: PageState | None) -> set[str]:
    """The keys that work on a page, or without one on any page, as people read them."""
    commands = [command for command in lesson_commands() if view is None or command.works_on(view)]
    return {shown(key) for command in commands for key in command.key_names}


ROOM = Room(height, lines_for, lambda view: len(asking_rows(view, COLUMNS - side(view, COLUMNS) - FRAME)), keys_on)
"""The measurements with which `gdtui lesson check` checks pages."""
