"""The words of a lesson, with what they mean: those of the page first, then those of the pages before, then all."""

from gdtui.storage import manual
from gdtui.teaching.session import Session
from gdtui.text import _


def words(session: Session, back: int) -> list[tuple[str, str]]:
    """Headings with the lines below them, for the page that is so many pages back; later pages have no say."""
    pages = [*(past.view for past in session.past), session.view()][: len(session.past) + 1 - back]
    texts = [" ".join((of.text, of.closing, of.reveal, of.prompt, *of.choices, *of.hints)) for of in pages]
    of_page, so_far = manual.glossary(texts[-1]), manual.glossary(" ".join(texts))
    others = "\n".join(row for row in so_far.splitlines() if row not in of_page.splitlines())
    title = _("So far in lesson “{title}”", title=session.lesson.title)
    first = ((_("On this page"), of_page), (title, others))
    return [*(each for each in first if each[1]), *manual.sections(manual.read("words"))]
