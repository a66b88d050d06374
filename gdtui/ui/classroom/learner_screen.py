"""What one learner sees, on the teacher's screen."""

from collections.abc import Callable

from gdtui.classroom import polls
from gdtui.classroom.roster import Row
from gdtui.experiment.backend import Backend
from gdtui.teaching.lesson import LoadedLesson
from gdtui.text import _, clean
from gdtui.ui.charts.figure import Marker
from gdtui.ui.classroom.bench_screen import BenchScreen, Find
from gdtui.ui.classroom.roster_rows import gone, minutes

SECONDS_BETWEEN_LOOKS = 1.0

LONGEST_TITLE = 200
"""The most characters of a page's question that are shown above a learner's answer."""


class LearnerScreen(BenchScreen):
    """One learner's page, answer and run, as they change."""

    def __init__(
        self, marker: Marker, backend: Backend, find: Find, lesson: LoadedLesson | None, row: Callable[[], Row | None]
    ) -> None:
        """`row` returns what is known of the learner now."""
        super().__init__(marker, backend, find)
        self.lesson, self.row = lesson, row

    def on_mount(self) -> None:
        """Keep up with the learner; the base class mounts too."""
        self.set_interval(SECONDS_BETWEEN_LOOKS, self.keep_up)
        self.keep_up()

    def keep_up(self) -> None:
        """Show what the learner sees now."""
        if row := self.row():
            page = _("page {page} of {pages}", page=row.page, pages=row.pages) if row.page else _("in the lab")
            self.title_row.left = ((f" {row.account}", "main"), (f"   {row.lesson}  {page}", "text"))
            about = page_asks(self.lesson, row)
            self.foot.styles.height = 3 if about else 2
            self.foot.said = f"{about}\n{answer_of(row)}   {activity(row)}".lstrip()
            self.follow(row.bench)


def answer_of(row: Row) -> str:
    """The learner's answer on the present page, or why there is none."""
    if row.answer and row.answer_page == row.page:
        return _("last answer {answer}: {words}", answer=row.answer, words=row.words)
    if row.lacks:
        return row.lacks
    return _("no answer on this page yet") if row.page else _("their own experiment")


def activity(row: Row) -> str:
    """Whether the learner is here, and for how long nothing was done."""
    if row.is_gone:
        return gone(row)
    return _("active now") if row.quiet < 60 else _("quiet for {time}", time=minutes(row.quiet))


def page_asks(lesson: LoadedLesson | None, row: Row) -> str:
    """The question or title of the page of the class's lesson that a learner is on."""
    if lesson is None or row.lesson != lesson.name or not 1 <= row.page <= len(lesson.lesson.steps):
        return ""
    asked = {page: prompt for page, _title, prompt in polls.pages(lesson)}
    return clean(asked.get(row.page) or lesson.lesson.steps[row.page - 1].title, LONGEST_TITLE)
