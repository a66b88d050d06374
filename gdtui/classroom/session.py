"""A lesson in class: a recorded session at the teacher's pace, which reports to the teacher."""

from collections.abc import Callable

from gdtui.experiment.backend import Backend
from gdtui.teaching.events import Answer, Event, GoOn, Hint, Skip
from gdtui.teaching.lesson import LoadedLesson
from gdtui.teaching.page import Outcome, refused
from gdtui.teaching.recorded_session import RecordedSession


class ClassSession(RecordedSession):
    """A recorded session that asks before turning a page, and reports answers and hints."""

    comes_back_to_its_end = False  # a class starts at the first page

    def __init__(
        self,
        loaded: LoadedLesson,
        backend: Backend,
        learner: str,
        held: Callable[[], str],
        did: Callable[[int, str, Outcome], object],
        *,
        anew: bool = False,
    ) -> None:
        """`held` returns why the next page may not be opened, or empty; `did` is called for each answer and each hint.

        Raises:
            UserError: the lesson cannot be computed.
        """
        super().__init__(loaded, backend, learner, anew=anew)
        self._held, self._did = held, did

    def take(self, event: Event) -> Outcome:
        """Take an event, unless the teacher has not opened the next page yet."""
        if isinstance(event, GoOn) and self.session.is_done and (why := self._held()):
            return refused(why)
        page = self.session.index + 1
        outcome = super().take(event)
        if outcome.is_accepted and isinstance(event, Answer | Hint):
            self._did(page, event.text if isinstance(event, Answer) else "", outcome)
        return outcome

    def anew(self) -> RecordedSession:
        """A new session of the same class."""
        loaded, backend = self.session.loaded, self.session.backend
        return ClassSession(loaded, backend, self._learner, self._held, self._did, anew=True)

    def turn_to(self, page: int) -> int:
        """Turn to a later page with the class; return how many pages back it is for a learner who is already further
        on.
        """
        while self.session.index + 1 < min(page, len(self.session.lesson.steps)) and not self.session.is_over:
            self.take(GoOn() if self.session.is_done and not self._held() else Skip())
        return max(0, self.session.index + 1 - page + self.session.is_over)
