"""A learner in class: reads the teacher's file, shows what it says, and reports where the learner is."""

import time
from collections.abc import Mapping, Sequence

import msgspec

from gdtui.classroom.bench import bench_of, in_numbers_alone
from gdtui.classroom.learner import Learner
from gdtui.classroom.messages import MOST_BYTES_OF_LINE, Ask, At, Bench, Did, Hand, Now, Vote
from gdtui.classroom.presence import LONGEST_LACKS
from gdtui.errors import UserError
from gdtui.lab.frame import look
from gdtui.lab.run import Run
from gdtui.lab.snapshot import Snapshot, take_run
from gdtui.storage import hand_in
from gdtui.teaching.page import Outcome
from gdtui.text import _, clean
from gdtui.ui.classroom.bench_screen import BenchScreen
from gdtui.ui.classroom.class_goer import ClassGoer, Whereabouts
from gdtui.ui.classroom.class_lesson import ClassLesson
from gdtui.ui.classroom.vote import VoteScreen
from gdtui.ui.common.page import PageScreen
from gdtui.ui.panels.number_rows import number_rows

SECONDS_BETWEEN_LOOKS = 0.5

SECONDS_TO_ASK_AGAIN = 10.0
"""The key that leaves must be pressed again within this time."""

CELLS_OF_NUMBERS = 76

ALONE = {"join": "", "hand": "", "what-is-seen": ""}
"""The labels for a class's keys when there is no class."""

OUTSIDE = {**ALONE, "join": _("join the class")}
"""The labels when there is a class to join."""


def seen_by_teacher(key: Mapping[str, str]) -> tuple[str, str]:
    """A section of the help about what the teacher sees: heading and lines."""
    said = _(
        """\
While you are in the class, your teacher sees:
  your account, and the page you are on, or that you are in the lab
  your answers in lessons, whether they are right, and how many hints you took
  the settings and the epoch of your run, from which your teacher sees the same run
  how long you have been idle, and whether your hand is up
  your votes, which the other learners see only as numbers without names
Your teacher does not see your keys, your other windows or your files.
{join} leaves the class; escape leaves your teacher's screen. What you sent to the class stays
in its folder, where only you and the teachers can read it, until your teacher
deletes it. Your records stay in your account until you hand them in.""",
        join=key["join"],
    )
    return _("What your teacher sees"), said


class Attendance:
    """Connects a learner's app with the class."""

    def __init__(self, app: ClassGoer, side: Learner, *, joins: bool) -> None:
        self.app, self.side, self.errands = app, side, app.errands
        self.is_in = self.is_joining = self.hand = False
        self.watching: BenchScreen | None = None
        """The screen of the class that is open."""
        self.answers: dict[tuple[int, int], str] = {}
        self.open_to: int | None = None
        """The last page of the lesson that may be opened."""
        self._asked_to_leave = -SECONDS_TO_ASK_AGAIN
        self._has_left: object = None
        """What the learner has left for their own work, so that it does not come back by itself."""
        self.lesson = ClassLesson(app, side)
        self._has_greeted = False
        self._opened = side.now.opened
        """The class that this is about; the teacher may open another."""
        self._pushes = side.now.pushes
        self._told: object = None
        if joins:
            self.join()
        else:
            teacher = side.now.teacher
            app.say(_("{teacher} is holding a class now. {join} joins it.", teacher=teacher, join=app.key["join"]))
            self._offer()

    # What the learner does

    def do(self, what: str) -> None:
        """Do what a key asks for."""
        if what == "join":
            self.join_or_leave()
        elif not self.is_in:
            self.app.say(_("You are not in the class. {join} joins it.", join=self.app.key["join"]))
        elif what == "hand":
            up = not self.hand
            key = "!" if self.watching else self.app.key["hand"]
            self._put_hand(up, _("Your hand is up. {key} takes it down.", key=key) if up else _("Your hand is down."))
        elif what == "what-is-seen":
            self.app.push_screen(PageScreen([seen_by_teacher(self.app.key)]))
        elif what == "return":
            self._has_left = None
            self.show(self.side.now)
            if self.watching is None:
                self.app.say(_("Your teacher is not showing or asking anything now."))

    def _put_hand(self, up: bool, said: str) -> None:
        self.hand = up
        self.errands.do(lambda: self.side.say(Hand(up)))
        self._note()
        (self.watching.notice if self.watching else self.app.say)(said)

    def join_or_leave(self) -> None:
        """Join the class, or leave it if the key is pressed twice."""
        before, self._asked_to_leave = self._asked_to_leave, time.monotonic()
        if not self.is_in:
            self.join()
        elif self._asked_to_leave - before < SECONDS_TO_ASK_AGAIN:
            self.leave()
        else:
            said = _("{join} again leaves the class.", join=self.app.key["join"])
            self.app.say(said)
            self.app.set_timer(SECONDS_TO_ASK_AGAIN, lambda: self.app.unsay(said))

    def join(self) -> None:
        """Join the class, and tell the learner what the teacher sees."""

        def join() -> str:
            try:
                self.side.join()
            except UserError as error:
                return str(error)
            return ""

        self.is_joining = True
        self.errands.do(join, self._begin)

    def _begin(self, refused: str) -> None:
        self.is_joining = False
        if refused:
            self.app.say(refused)
            return
        self.is_in, self._asked_to_leave = True, -SECONDS_TO_ASK_AGAIN
        self._timer = self.app.set_interval(SECONDS_BETWEEN_LOOKS, self.look)
        self._note()
        self._has_greeted = False
        self.lesson.forget()
        self.take_in(self.side.now)

    def leave(self) -> None:
        """Leave the class; the learner's own work stays."""
        self._timer.stop()
        self.is_in = self.hand = False
        self.open_to = None
        self._close()
        self.errands.do(self.side.leave)
        self._offer()
        self.app.say(_("You have left the class. {join} joins it again.", join=self.app.key["join"]))

    def _offer(self) -> None:
        self.app.class_note(_("{join} joins the class", join=self.app.key["join"]), OUTSIDE)

    def close(self) -> None:
        """Leave the class because the program ends."""
        if self.is_in:
            self.errands.do(self.side.leave)

    def did(self, page: int, answer: str, outcome: Outcome) -> None:
        """Report an answer in a lesson, or a hint."""
        if self.is_in:
            self.errands.do(lambda: self.side.say(Did(page, answer, outcome)))

    # What the class does

    def look(self) -> None:
        """Read the teacher's file, and report where the learner is if that has changed."""
        self.errands.look(lambda: (self.side.look(), self.side.is_teacher_seen), self._seen)

    def _seen(self, found: tuple[bool, bool]) -> None:
        if not self.is_in:
            return
        if found[0]:
            self.take_in(self.side.now)
        if not self.is_in:
            return  # the class is over
        self._note(is_teacher_seen=found[1])
        is_following = self.watching is not None and not isinstance(self.watching, VoteScreen)
        place = self.app.place()._replace(is_following=is_following)
        if (place, self.lesson.lacks) != self._told:
            self._told = (place, self.lesson.lacks)
            numbers = in_numbers(place.run)
            self.errands.do(lambda: self.side.say(at(place, self.lesson.lacks, numbers)))

    def _note(self, *, is_teacher_seen: bool = True) -> None:
        in_class = _("in class, without its lesson") if self.lesson.lacks else _("in class")
        words = self.side.trouble or (_("hand up") if self.hand else in_class)
        hand = _("hand down") if self.hand else _("raise a hand")
        keys = {**ALONE, "hand": hand, "what-is-seen": _("what my teacher sees")}
        self.app.class_note(words if is_teacher_seen else _("no sign of your teacher for a while"), keys)

    def take_in(self, now: Now) -> None:
        """Do what the teacher's file says."""
        if now.opened != self._opened:
            self.leave()
            key = self.app.key["join"]
            self.app.say(_("{teacher} has opened another class. {join} joins it.", teacher=now.teacher, join=key))
            return
        if now.is_closed:
            self.leave()
            self.app.class_note("", ALONE)
            reminder = hand_in.reminder()
            self.app.say(_("The class is over. {reminder}", reminder=reminder) if reminder else _("The class is over."))
            return
        if self.side.is_hand_taken_down:
            self._put_hand(False, _("Your teacher has taken your hand down."))
        self.open_to = now.open_to
        self.lesson.follow(now, self._open_lesson)
        if not self.lesson.is_reading:
            self._go_on()

    def _open_lesson(self) -> None:
        if self.is_in:
            self._close()
            self.lesson.open()
            self._note()
            self._go_on()

    def _go_on(self) -> None:
        """Do the rest of what it says, once the lesson is open or known to be missing."""
        now = self.side.now
        self.lesson.gather(now, self._close)
        if not self._has_greeted and not self.lesson.lacks:
            key = self.app.key["what-is-seen" if self.app.lesson else "help"]
            self.app.say(_("In class: your teacher sees your page, answers and run. {key} says more.", key=key))
        self._has_greeted = True
        if now.pushed and now.pushes != self._pushes:
            self._pushes = now.pushes
            pushed = now.pushed
            self.errands.do(lambda: self.side.snapshot(pushed), self._take_over)
        self.show(now)

    def _take_over(self, pushed: Snapshot) -> None:
        """Continue with the experiment handed out, and close the class's screens."""
        self._close()
        self.app.take_over(pushed)
        self.show(self.side.now)

    def show(self, now: Now) -> None:
        """Show what the teacher shows or asks, unless the learner has left it."""
        key = now.on_screens
        if key is None or key == self._has_left:
            self._close()
            self._has_left = key
            return
        if now.followed:
            self._follow(now.followed)
        elif now.ask and (now.ask.state != "revealed" or self.watching or self._has_left is None):
            self._ask(now.ask)

    def _follow(self, bench: Bench) -> None:
        if self.watching is None or isinstance(self.watching, VoteScreen):
            self._close()
            screen = BenchScreen(self.app.marker, self.app.backend, self.side.snapshot, self.do)
            screen.title_row.left = ((_(" following your teacher"), "main"),)
            self._open(screen)
        if self.watching:
            self.watching.follow(bench)

    def _ask(self, ask: Ask) -> None:
        if not isinstance(self.watching, VoteScreen):
            self._close()
            told = self._vote, self.app.is_typing
            self._open(VoteScreen(self.app.marker, self.app.backend, self.side.snapshot, self.do, *told))
        if isinstance(self.watching, VoteScreen):
            self.watching.panel.answer = self.answers.get((ask.id, ask.vote), "")
            self.watching.panel.answer_before = self.answers.get((ask.id, ask.vote - 1), "")
            self.watching.show(ask)

    def _vote(self, ask: Ask, answer: str) -> None:
        self.answers[ask.id, ask.vote] = answer
        self.errands.do(lambda: self.side.say(Vote(ask.id, ask.vote, answer)))

    def _open(self, screen: BenchScreen) -> None:
        self.watching = screen
        place = self.app.place()
        kept = _("Your lesson is kept on page {page}.", page=place.page) if place.lesson else _("Your run is kept.")
        screen.foot.said = _(
            "{kept} escape returns to it; {back} comes back here.", kept=kept, back=self.app.key["return"]
        )
        self.app.push_screen(screen, lambda _left: self._left(screen))

    def _left(self, screen: BenchScreen) -> None:
        """The learner has returned to their own work."""
        if self.watching is screen:
            self.watching = None
            self._has_left = self.side.now.on_screens
            self.app.say(_("This is your own work. {key} goes back to your teacher.", key=self.app.key["return"]))

    def _close(self) -> None:
        """Close the class's screen, and whatever is over it."""
        screen, self.watching = self.watching, None
        if screen and screen in self.app.screen_stack:
            while self.app.screen is not screen:
                self.app.pop_screen()
            screen.dismiss(None)

    def held(self) -> str:
        """Why the next page may not be opened; empty if it may."""
        place = self.app.place()
        is_held = self.is_in and place.lesson != "" and place.lesson == self.side.now.lesson
        if not is_held or self.open_to is None or place.page < self.open_to:
            return ""
        return _("The lesson is open up to page {page}. Your teacher opens the next one.", page=self.open_to)


def in_numbers(run: Run) -> list[str]:
    """The current epoch as lines, for a teacher who cannot compute the run."""
    return ["".join(text for text, _role in row) for row in number_rows(look(run), CELLS_OF_NUMBERS)]


def at(place: Whereabouts, lacks: str, lines: Sequence[str]) -> At:
    """Where the learner is, as a message."""
    run = take_run(place.run)
    try:
        bench = bench_of(run, view=place.view, chart=place.chart, pointer=place.pointer, lines=lines)
    except UserError:  # the rows came from standard input
        bench = in_numbers_alone(lines)
    why = clean(lacks, LONGEST_LACKS)
    told = At(place.lesson, place.page, place.pages, bench, place.is_over, place.is_following, why)
    if len(msgspec.json.encode(told)) < MOST_BYTES_OF_LINE:
        return told
    return msgspec.structs.replace(told, bench=in_numbers_alone(lines))
