"""The words of a lesson, with what they mean: those of the page first, then those of the lesson, then all."""

from gdtui.storage import manual
from gdtui.teaching.lesson import LoadedLesson
from gdtui.teaching.page import PageState
from gdtui.text import _


def words(loaded: LoadedLesson, view: PageState | None) -> list[tuple[str, str]]:
    """Headings with the lines below them."""
    lines = (view.text, view.closing, view.reveal, view.prompt, *view.choices, *view.hints) if view else ()
    of_page, of_lesson = manual.glossary(" ".join(lines)), manual.glossary(loaded.text)
    others = "\n".join(row for row in of_lesson.splitlines() if row not in of_page.splitlines())
    title = _("In lesson “{title}”", title=loaded.lesson.title)
    first = ((_("On this page"), of_page), (title, others))
    return [*(each for each in first if each[1]), *manual.sections(manual.read("words"))]
