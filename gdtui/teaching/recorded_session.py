"""A recorded session: every event goes into the learner's record, and it goes on where the record ends."""

from contextlib import suppress

import msgspec

from gdtui.errors import UserError
from gdtui.experiment.backend import Backend
from gdtui.numbers import count
from gdtui.storage.record import RecordFile, open_record
from gdtui.teaching.events import Event, GoOn
from gdtui.teaching.lesson import LoadedLesson
from gdtui.teaching.page import Outcome, PageState
from gdtui.teaching.record import RULES, Begun, Done, begun, decoded, encoded, now
from gdtui.teaching.session import Session


class RecordedSession:
    """One learner with one lesson: what the app holds while a lesson is open."""

    def __init__(self, loaded: LoadedLesson, backend: Backend, learner: str, *, anew: bool = False) -> None:
        """Go on where the learner left the lesson, or begin it; with `anew`, begin it in any case.

        Raises:
            UserError: the lesson cannot be computed.
        """
        self.session = Session(loaded, backend)
        self._unwritten: list[bytes] = []
        """What has happened and the disk refused, in its order: what follows must not come before it."""
        self._stem, self._begun = f"{loaded.name}-{loaded.digest[:12]}", begun(loaded, learner)
        self.record: RecordFile | None = None
        """None as long as there is no place for it."""
        self.unkept = ""
        """Why there is none, for the learner."""
        try:
            self.record = open_record(
                self._stem, self._begun, lambda entries: not anew and self._replay(loaded, backend, entries)
            )
        except UserError as error:
            self.unkept = f"the lesson goes on without a record: {error}"
        if self.record is None or len(self.record.entries) == 1:
            self.session = Session(loaded, backend)

    def take(self, event: Event) -> Outcome:
        """Do what the learner does. What came of it is on the disk before this returns; a refusal is not recorded.

        Raises:
            UserError: the next page cannot be computed, and nothing has happened; or the record cannot be written, and
                the event has happened on the screen only. That is said once: each event that follows tries again.
        """
        page = self.session.step.name
        outcome = self.session.take(event)
        if outcome.is_accepted:
            # The words are for the learner; what a replay has to bring about again are the numbers.
            wordless = msgspec.structs.replace(outcome, says=())
            was_told = bool(self._unwritten) or self.record is None
            self._unwritten.append(encoded(Done(page, event, wordless, now())))
            try:
                self._write()
            except UserError as error:
                if not was_told:
                    raise UserError(f"{error}; it is tried again") from None
        return outcome

    def view(self) -> PageState:
        """Everything to show now."""
        return self.session.view()

    def close(self) -> None:
        """Let another session go on with the record."""
        with suppress(UserError):  # it was said
            self._write()
        if self.record:
            self.record.close()

    def _write(self) -> None:
        if self._unwritten and self.record is None:
            self.record = open_record(self._stem, self._begun, lambda _: False)
        while self.record and self._unwritten:
            self.record.append(self._unwritten[0])
            del self._unwritten[0]

    def _replay(self, loaded: LoadedLesson, backend: Backend, entries: tuple[bytes, ...]) -> bool:
        """Bring the session to where a record ends; False where it is of another lesson or other rules, or finished."""
        try:
            first, *rest = map(decoded, entries)
        except msgspec.DecodeError:
            return False
        if not isinstance(first, Begun) or (first.digest, first.rules) != (loaded.digest, RULES):
            return False
        session = Session(loaded, backend)
        for entry in rest:
            if not isinstance(entry, Done) or not session.take(entry.event).is_accepted:
                return False
        self.session = session
        return not session.is_over


class Preview(RecordedSession):
    """A session on any page of a lesson, with everything before it done. Nothing of it is kept."""

    def __init__(self, loaded: LoadedLesson, backend: Backend, page: int) -> None:
        """Go to a page, counted from 1.

        Raises:
            UserError: there is none such, or it cannot be reached.
        """
        pages = len(loaded.lesson.steps)
        if page > pages:
            raise UserError(f"{loaded.name} has {count(pages, 'page')}, and no page {page}")
        self.session, self.record = Session(loaded, backend), None
        self.unkept = f"page {page}, with those before it done: nothing is kept"
        while self.session.index + 1 < page:
            self.session.finish_page()
            self.session.take(GoOn())

    def take(self, event: Event) -> Outcome:
        """Do what the learner does."""
        return self.session.take(event)

    def close(self) -> None:
        """There is nothing to close."""
