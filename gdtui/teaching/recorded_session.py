"""A learner's sitting: a session whose every event goes into the record, and which goes on where the record ends."""

from contextlib import suppress

import msgspec

from gdtui.errors import UserError
from gdtui.experiment.backend import Bench
from gdtui.storage.record import RecordFile, open_record
from gdtui.teaching.events import Event
from gdtui.teaching.lesson import Edition
from gdtui.teaching.page import Outcome, View
from gdtui.teaching.record import RULES, Begun, Done, begun, decoded, encoded, now
from gdtui.teaching.session import Session


class Sitting:
    """One learner with one lesson: what the app holds while a lesson is open."""

    def __init__(self, edition: Edition, bench: Bench, learner: str, *, anew: bool = False) -> None:
        """Go on where the learner left the lesson, or begin it; with `anew`, begin it in any case.

        Raises:
            UserError: the lesson cannot be computed.
        """
        self.session = Session(edition, bench)
        self._unwritten: list[bytes] = []
        """What has happened and the disk refused, in its order: what follows must not come before it."""
        self._stem, self._begun = f"{edition.name}-{edition.digest[:12]}", begun(edition, learner)
        self.record: RecordFile | None = None
        """None as long as there is no place for it."""
        self.unkept = ""
        """Why there is none, for the learner."""
        try:
            self.record = open_record(
                self._stem, self._begun, lambda entries: not anew and self._replay(edition, bench, entries)
            )
        except UserError as error:
            self.unkept = f"the lesson goes on without a record: {error}"
        if self.record is None or len(self.record.entries) == 1:
            self.session = Session(edition, bench)

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

    def view(self) -> View:
        """All there is to show now."""
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

    def _replay(self, edition: Edition, bench: Bench, entries: tuple[bytes, ...]) -> bool:
        """Bring the session to where a record ends; False where it is of another lesson or other rules, or finished."""
        try:
            first, *rest = map(decoded, entries)
        except msgspec.DecodeError:
            return False
        if not isinstance(first, Begun) or (first.digest, first.rules) != (edition.digest, RULES):
            return False
        session = Session(edition, bench)
        for entry in rest:
            if not isinstance(entry, Done) or not session.take(entry.event).is_accepted:
                return False
        self.session = session
        return not session.is_over
