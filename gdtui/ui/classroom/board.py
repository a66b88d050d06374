"""The teacher's board: the roster, or the question being asked, for the teacher's screen or large for a projector."""

from collections.abc import Callable, Sequence

import msgspec
from textual.app import ComposeResult
from textual.events import Key
from textual.reactive import var
from textual.timer import Timer

from gdtui.classroom.messages import Ask
from gdtui.classroom.roster import Room
from gdtui.classroom.roster import Row as Learner
from gdtui.classroom.teacher import Teacher
from gdtui.teaching.lesson import LoadedLesson
from gdtui.text import _, ngettext
from gdtui.ui.classroom.commands import serving, with_keymap
from gdtui.ui.classroom.errands import Errands
from gdtui.ui.classroom.pages import title_rows, who_came
from gdtui.ui.classroom.question_rows import projected_rows, state_of, vote_rows
from gdtui.ui.classroom.roster_rows import roster_rows
from gdtui.ui.common.command import footers, key_for
from gdtui.ui.common.rows import Row, spread
from gdtui.ui.common.sized import SizedScreen
from gdtui.ui.common.status import YES_NO, Status
from gdtui.ui.lab.lab import ToClass
from gdtui.ui.panels.key_bar import bar
from gdtui.ui.panels.panel import CachedContainer, Painted
from gdtui.ui.panels.prompt import Prompt, TextField

SECONDS_BETWEEN_LOOKS = 1.0

LOOKS_AT_WHO_COMES = 10
"""How many times to check who has come to a page."""

SECONDS_OF_NOTICE = 5.0
"""How long a message replaces the keys."""

EMPTY = Room((), 0, (), ())


class BoardScreen(SizedScreen[None]):
    """Shows the class, and turns keys into actions for it."""

    AUTO_FOCUS = ""
    status: var[Status] = var(Status(is_loading=False))

    def __init__(self, teacher: Teacher, errands: Errands, lesson: LoadedLesson | None, keymap: dict[str, str]) -> None:
        super().__init__()
        self.teacher, self.errands, self.lesson = teacher, errands, lesson
        self.commands = with_keymap(keymap)
        self.key = key_for(self.commands)
        self.room = EMPTY
        self.account = ""
        """The chosen learner, who stays chosen when the order changes."""
        self.is_projected = self.sees_roster = False
        self.header = Painted(lambda width, height: [self.head(width)], id="header")
        self.panel = Painted(self.rows, id="board")
        self.keys = Painted(lambda width, height: [self.foot(width)], id="keys")
        self.prompt = Prompt()
        self.chooses_page = False
        """Whether the teacher is choosing a page."""
        self.called_to, self._looks, self._came = 0, 0, set[str]()
        """The page that everyone was just called to, how many checks are left, and who was seen there."""
        self._confirmed: dict[str, Callable[[], object]] = {}
        """What each answer to the confirmation does."""
        self._until: Timer | None = None
        """The timer that removes a message."""

    def compose(self) -> ComposeResult:
        """The title, the class, and the keys."""
        yield self.too_small
        with CachedContainer(id="class", classes="-sized"):
            yield self.header
            yield self.panel
            yield self.keys
            yield self.prompt

    def on_mount(self) -> None:
        """Start watching the class."""
        self.set_interval(SECONDS_BETWEEN_LOOKS, self.look)
        self.look()

    def look(self) -> None:
        """Read what was added, on a thread."""
        self.errands.look(self.teacher.room, self.take_in)

    def take_in(self, room: Room) -> None:
        """Show the class as it is now."""
        self.room = room
        if self.called_to:
            self.say_who_came()
        self.show()

    def show(self) -> None:
        """Redraw the panels."""
        for panel in (self.header, self.panel, self.keys):
            panel.repaint()

    # What there is

    @property
    def ask(self) -> Ask | None:
        """The present question."""
        return self.teacher.now.ask

    @property
    def state(self) -> str:
        """Its state; empty if there is none."""
        return self.ask.state if self.ask else ""

    @property
    def shows_vote(self) -> bool:
        """Whether to show the question instead of the roster."""
        return self.ask is not None and (self.is_projected or not self.sees_roster)

    @property
    def index(self) -> int:
        """The index of the chosen learner."""
        found = (n for n, row in enumerate(self.room.rows) if row.account == self.account)
        return next(found, 0)

    @property
    def chosen(self) -> Learner | None:
        """The chosen learner."""
        return self.room.rows[self.index] if self.room.rows else None

    def head(self, width: int) -> Row:
        """The class, how many are here, how far the lesson is open, and for how long."""
        now, room = self.teacher.now, self.room
        left = [(_(" gdtui class "), "key"), (f" {self.lesson.lesson.title if self.lesson else ''}", "main")]
        if self.ask and not self.shows_vote:
            left.append((f"   {state_of(self.ask)}", "warn"))
        everyone = len(room.rows)
        here = _("{n} of {all} here", n=room.here, all=everyone) if room.here < everyone else _("{n} here", n=everyone)
        leads, pace = _("  everyone sees your lab ") if now.followed else "", self.pace()
        minutes = _("   {n} min ", n=self.teacher.minutes)
        hands = room.hands if self.shows_vote or self.is_projected else 0  # the roster has its own mark for them
        up = ngettext("  {n} hand up", "  {n} hands up", hands) if hands else ""
        right = [
            (leads, "warn"),
            (up, "warn"),
            (f"  {here}", "text"),
            (pace and f"   {pace}", "text"),
            (minutes, "dim"),
        ]
        return spread(left, right, width)

    def pace(self) -> str:
        """How far the lesson is open."""
        now = self.teacher.now
        if not now.lesson:
            return ""
        return _("own pace") if now.open_to is None else _("open to page {page}", page=now.open_to)

    def rows(self, width: int, height: int) -> list[Row]:
        """The vote or the roster."""
        if self.chooses_page and self.lesson:
            return title_rows(self.lesson, self.room, width, height, self.prompt.number)
        if self.is_projected:
            about = "   ".join(filter(None, [self.lesson.lesson.title if self.lesson else "", self.pace()]))
            return projected_rows(self.ask, self.room, about, width, height)
        if self.ask and self.shows_vote:
            return vote_rows(self.ask, self.room, width, height, self.key)
        return roster_rows(self.room, self.index, width, height)

    def foot(self, width: int) -> Row:
        """The keys that work, with the help and quitting last; in a class that is another's, only how to quit."""
        if self.teacher.file.is_taken_over:
            said = _("another gdtui class has taken over this class: {key} quits here", key=self.key["leave-class"])
            return ((f" {said}", "warn"),)
        working, names = serving(self.commands, self), footers(self.commands)
        keys = [names[command.id] for command in working if command.id in names]
        return bar(self.status, keys, width)

    # Keys

    def on_key(self, event: Key) -> None:
        """Run the key's command."""
        if isinstance(self.focused, TextField):
            if event.is_printable:  # typed before the field was there
                event.stop()
                self.focused.insert_text_at_cursor(event.character or "")
            elif event.key in ("up", "down") and self.chooses_page and self.lesson:
                self.prompt.turn(1 if event.key == "down" else -1, len(self.lesson.lesson.steps))
                self.show()
            return
        event.stop()
        if self.status.question:
            if event.key in dict(self.status.answers):
                self.status = Status(is_loading=False)
                self.keys.repaint()
                self._confirmed.get(event.key, lambda: None)()
            return
        self.notice("")
        self.called_to = 0
        for command in serving(self.commands, self):
            if event.key in command.key_names:
                command.do(self)
                self.show()
                return

    def notice(self, text: str) -> None:
        """Show a message instead of the keys, until the next key or for a while."""
        if self._until:
            self._until.stop()
        self._until = self.set_timer(SECONDS_OF_NOTICE, lambda: self.notice("")) if text else None
        self.status = msgspec.structs.replace(self.status, notice=text)
        self.keys.repaint()

    def confirm(
        self, question: str, actions: dict[str, Callable[[], object]], answers: Sequence[tuple[str, str]] = YES_NO
    ) -> None:
        """Ask for confirmation; `actions` are by the key that answers."""
        self._confirmed = actions
        self.status = Status(is_loading=False, question=question, answers=(*answers,))
        self.keys.repaint()

    def tell(self, job: Callable[[], object], said: str = "") -> None:
        """Have the class do something on its thread, and report when it is done."""
        self.errands.do(job, lambda _done: self.told(said))

    def told(self, said: str) -> None:
        """Show the result."""
        if said:
            self.notice(said)
        self.show()
        self.look()

    # What commands do

    def move(self, by: int) -> None:
        """Choose another learner."""
        if self.room.rows:
            index = min(max(self.index + by, 0), len(self.room.rows) - 1)
            self.account = self.room.rows[index].account

    def request(self, what: str) -> None:
        """Pass a request to the app; the chosen learner stays chosen."""
        self.move(0)
        self.post_message(ToClass(what))

    def ask_page(self, question: str, do: Callable[[int], None], then: Callable[[int], object]) -> None:
        """Ask for a page of the lesson, with all pages shown; then `do` something with it and report with `then`."""
        pages = len(self.lesson.lesson.steps) if self.lesson else 1

        def take(text: str) -> str | None:
            if not text.strip().isdecimal() or not 1 <= int(text) <= pages:
                return ngettext("there is {n} page", "type a number from 1 to {n}", pages)
            self.errands.do(lambda: do(int(text)), lambda _done: then(int(text)))
            return None

        def see(pages: bool) -> None:
            self.chooses_page = pages
            self.show()

        see(True)
        self.prompt.ask(
            _("{question} (1–{pages})", question=question, pages=pages) if pages > 1 else question,
            take,
            on_leave=lambda: see(False),
        )

    def call_to(self, page: int) -> None:
        """Report how many have come to a page, for a while."""
        self.called_to, self._looks, self._came = page, LOOKS_AT_WHO_COMES, set()
        self.say_who_came()
        self.look()

    def say_who_came(self) -> None:
        """Report how many have been seen there so far."""
        name, here = self.teacher.now.lesson, [row for row in self.room.rows if not row.is_gone]
        self._came |= {row.account for row in here if (row.lesson, row.page) == (name, self.called_to)}
        self.notice(who_came(self.room, self._came, self.called_to))
        self._looks -= 1
        if not self._looks or self._came.issuperset(row.account for row in here):
            self.called_to = 0
