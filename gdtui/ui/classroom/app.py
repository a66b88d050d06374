"""The app of `gdtui class`: the class board, over the teacher's own lab."""

from collections.abc import Callable
from typing import Any

from gdtui.classroom.bench import bench_of
from gdtui.classroom.messages import Bench
from gdtui.classroom.polls import Poll
from gdtui.classroom.teacher import Teacher
from gdtui.errors import UserError
from gdtui.experiment.backend import Backend
from gdtui.experiment.experiment import Experiment
from gdtui.lab.snapshot import Replay, Snapshot, take_run
from gdtui.teaching.lesson import LoadedLesson
from gdtui.text import _
from gdtui.ui.classroom.board import BoardScreen
from gdtui.ui.classroom.commands import ask_to_end
from gdtui.ui.classroom.errands import Errands
from gdtui.ui.classroom.learner_screen import LearnerScreen
from gdtui.ui.classroom.questions import QuestionsScreen, questions
from gdtui.ui.lab.app import LabApp
from gdtui.ui.lab.commands.classroom import TEACHER
from gdtui.ui.lab.help import key_sections
from gdtui.ui.lab.key_bar import KeyBar
from gdtui.ui.lab.lab import ToClass
from gdtui.ui.panels.header import HeaderBar

SECONDS_BETWEEN_LOOKS = 0.1
"""How often to check, while leading, whether the teacher's lab has changed."""


BOARD_TITLE = _("The board")

ON_BOARD = _("""\
One line per learner, those who need help first.
  !            a raised hand; the same key takes it down
  page         where the learner is: a page of the lesson, or the lab
  progress     how far the learner is in the lesson
  last answer  and whether it is right, or the mistake it comes from; ×2 is the second wrong one in a row
  hints        how many were taken on this page
  quiet        how long the learner has done nothing
First tries are the first answers on the page where most learners are.""")


class ClassApp(LabApp):
    """The teacher's app."""

    def __init__(
        self,
        experiment: Experiment,
        load_backend: Callable[[], Backend],
        teacher: Teacher,
        lesson: LoadedLesson | None = None,
        **looks: Any,
    ) -> None:
        super().__init__(experiment, load_backend, more=TEACHER, **looks)
        self.teacher = teacher
        self.errands = Errands(self, lambda why: self.say(why))
        self.board = BoardScreen(teacher, self.errands, lesson, self.lab.keymap.keys)
        self._shown: Bench | None = None
        """What every screen shows of the teacher's lab."""
        self._key: object = None

    def on_mount(self) -> None:
        """Show the board over the lab."""
        self.install_screen(self.board, "board")  # it stays alive while the lab is shown
        self.call_after_refresh(self.push_screen, self.board)
        self.set_interval(SECONDS_BETWEEN_LOOKS, self.lead_on)

    def say(self, text: str) -> None:
        """Show a message on the visible screen."""
        if isinstance(self.screen, QuestionsScreen):
            self.screen.see(None)
            self.screen.say(f" {text}")
        else:
            (self.board if self.screen is self.board else self.lab).notice(text)

    def on_to_class(self, message: ToClass) -> None:
        """Do what a key asks for once there is a run; the lab and the help do not need one."""
        needed = {
            "lead": self.lead,
            "hand-out": self.hand_out,
            "ask-class": self.choose,
            "step-for-all": self.step,
            "open-learner": self.learner,
        }
        if message.what == "my-lab":
            self.turn()
        elif message.what == "class-keys":
            self.on_open_help()
        elif self.lab.status.is_loading:
            self.say(_("torch is still loading."))
        else:
            try:
                needed[message.what]()
            except UserError as error:
                self.say(str(error))

    def before_help(self) -> list[tuple[str, str]]:
        """The keys of the board, if it is visible."""
        return [(BOARD_TITLE, ON_BOARD), *key_sections(self.board.commands)[:1]] if self.screen is self.board else []

    def turn(self) -> None:
        """Switch between the board and the lab."""
        if self.screen is self.board:
            self.pop_screen()
        elif self.screen is self.lab:
            self.push_screen(self.board)

    async def action_quit(self) -> None:
        """The way out leads over the board, from whatever is open: it asks what becomes of the class."""
        while self.screen not in (self.board, self.lab):
            self.pop_screen()
        if self.screen is self.lab:
            self.turn()
        ask_to_end(self.board)

    # The teacher's experiment on every screen

    def bench(self) -> Bench:
        """What the teacher has on the screen."""
        lab = self.lab
        lines = lab.text().splitlines()[:4]
        chart, pointer = lab.charts.first, lab.charts.pointer
        return bench_of(take_run(lab.workspace.run), view=lab.views.opened, chart=chart, pointer=pointer, lines=lines)

    def lead(self) -> None:
        """Start showing it to everyone, or stop."""
        if self.teacher.now.followed:
            self._key = None
            said = _("You no longer lead. Everyone is back at their own work.")
            self.errands.do(lambda: self.teacher.follow(None), lambda _done: self.told(said))
        else:
            self.show_to_all()
            if self.screen is self.board:
                self.turn()
            self.lab.notice(
                _("Everyone sees your lab now. {lead} stops leading, {board} goes to the board.", **self.ways())
            )

    def ways(self) -> dict[str, str]:
        """The lab's keys that stop leading, and that return to the board."""
        return {"lead": self.lab.key["lead"], "board": self.lab.key["my-lab"]}

    def told(self, said: str) -> None:
        """Show the result of a command, and on every screen whether the class is being led."""
        if said:
            self.say(said)
        self.mark_leading()
        self.board.show()

    def mark_leading(self) -> None:
        """Show in the lab's first line whether everyone sees it, and label the key accordingly."""
        leads = self.teacher.now.followed is not None
        self.lab.query_one(HeaderBar).note = _("everyone sees this") if leads else ""
        self.lab.query_one(KeyBar).reword({"lead": _("stop leading") if leads else _("follow me")})

    def show_to_all(self) -> None:
        """Show the teacher's lab as it is now on every screen."""
        bench = self._shown = self.bench()
        self._key = self.place()
        self.errands.do(lambda: self.teacher.follow(bench), lambda _done: self.told(""))

    def place(self) -> object:
        """A value that changes when there is something new to show."""
        lab = self.lab
        return lab.workspace.run, lab.workspace.run.cursor, lab.views.opened, lab.charts.first, lab.charts.pointer

    def lead_on(self) -> None:
        """While leading, show what has changed."""
        if self._key is not None and self._key != self.place():
            self.show_to_all()

    def hand_out(self) -> None:
        """Hand the experiment to everyone."""
        bench, self._key = self.bench(), None

        def push() -> None:
            self.teacher.follow(None)
            self.teacher.push(bench)

        said = _("Handed out. Everyone goes on from here in their own lab; you no longer lead.")
        self.errands.do(push, lambda _done: self.told(said))

    # Questions

    def choose(self) -> None:
        """Choose a question and ask it."""
        workspace = self.lab.workspace
        workspace.pause()
        found, first = questions(self.board.lesson, workspace.run, workspace.backend, self.board.room.first_tries_page)
        self.push_screen(QuestionsScreen(found, first, self.errands, self.ask, lambda: self.board.room.here))

    def ask(self, poll: Poll) -> None:
        """Ask everyone; leading stops for that."""
        self._key = None

        def ask() -> None:
            self.teacher.follow(None)
            self.teacher.ask(poll)

        def asked() -> None:
            if self.screen is self.lab:
                self.turn()
            self.told("")

        self.board.sees_roster = False
        self.errands.do(ask, lambda _done: asked())

    def step(self) -> None:
        """Take the step that the question was about, on every screen."""
        asked = self.teacher.now.ask
        if asked is None or asked.bench is None:
            return
        bench = asked.bench

        def begin(snapshot: Snapshot) -> None:
            self.lab.background.work(self._bring(snapshot))

        self.errands.do(lambda: self.teacher.snapshot(bench), begin)

    async def _bring(self, snapshot: Snapshot) -> None:
        """Load the question's run unless it is here already, and step one epoch."""
        wanted, workspace = snapshot.present, self.lab.workspace
        here = workspace.run
        if here.experiment != wanted.experiment or here.cursor != wanted.cursor:
            replay = Replay(snapshot, workspace.backend)
            brought = await self.lab.background.wait(replay.bring, lambda: _("Loading the experiment"))
            if brought is None:
                return
            workspace.take(brought.current)
        workspace.step(1)
        self.lab.show()
        self.show_to_all()
        if self.screen is self.board:
            self.turn()
        said = _("The step is taken on every screen. {lead} stops leading, {board} goes to the board.", **self.ways())
        self.lab.notice(said)

    # One learner

    def learner(self) -> None:
        """Show what the chosen learner sees."""
        row = self.board.chosen
        if row is None:
            return
        if row.bench is None:
            self.say(_("{name} has nothing open yet.", name=row.account))
            return
        backend, account = self.lab.workspace.backend, row.account
        looks = self.marker, backend, self.teacher.snapshot, self.board.lesson
        self.push_screen(LearnerScreen(*looks, lambda: self.board.room.learner(account)))

    def on_unmount(self) -> None:
        """Finish writing. Textual also calls what the base class does."""
        self.errands.end()
