"""A lesson by itself: the app of `gdtui lesson NAME`."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

from gdtui.errors import UserError
from gdtui.teaching.lesson import LoadedLesson
from gdtui.teaching.recorded_session import RecordedSession
from gdtui.ui.charts.figure import Marker
from gdtui.ui.common.app import TerminalApp
from gdtui.ui.common.keymap import Keymap, load_keymap
from gdtui.ui.lesson.kinds.all_kinds import every_command
from gdtui.ui.lesson.screen import LessonScreen


class LessonApp(TerminalApp):
    """One lesson after another; the app ends when the learner leaves one."""

    def __init__(
        self,
        loaded: LoadedLesson,
        sit: Callable[[LoadedLesson], RecordedSession],
        marker: Marker | None = None,
        *,
        is_ascii: bool | None = None,
    ) -> None:
        """`sit` loads torch, and continues the lesson where it was left."""
        super().__init__(marker, is_ascii=is_ascii)
        self.keymap = load_keymap(every_command)
        self.lesson = LessonScreen(loaded, self.marker, is_alone=True, keymap=self.keymap)
        self.sit = sit
        self.recorded_session: Future[RecordedSession] | None = None
        """Torch and the session, being loaded from the first frame on."""

    def on_mount(self) -> None:
        """Open the lesson; when it closes, go on."""
        self.push_screen(self.lesson, self.go_on)

    def go_on(self, following: LoadedLesson | None) -> None:
        """Start the next lesson, or end."""
        if following is None:
            self.exit()
            return
        try:
            recorded_session = self.sit(following)
        except UserError as error:
            self.failure = str(error)
            self.exit(return_code=error.exit_code)
            return
        self.lesson = LessonScreen(
            following, self.marker, recorded_session, is_alone=True, keymap=Keymap(self.keymap.keys)
        )
        self.push_screen(self.lesson, self.go_on)

    def load_on(self, thread: ThreadPoolExecutor) -> None:
        """Load torch and the session."""
        self.recorded_session = thread.submit(self.sit, self.lesson.loaded)

    async def look_for_what_is_loaded(self) -> None:
        """Start once there is a session, and draw once there is plotext."""
        recorded_session = self.result_of(self.recorded_session)
        if recorded_session is None:
            return
        if self.lesson.view is None:
            self.lesson.begin(recorded_session)
        elif not self.lesson.charts.charts:
            self.begin_to_draw(self.lesson.charts)
