"""A recorded session: every event goes into the learner's record, and a later session continues from there."""

import math
import time
from collections import deque
from collections.abc import Collection, Iterable
from contextlib import suppress

import msgspec

from gdtui.errors import UserError
from gdtui.experiment.backend import Backend
from gdtui.storage.record_folder import RecordFile, open_record
from gdtui.teaching.events import MOST_THROUGH, Deed, Event, GoOn
from gdtui.teaching.lesson import LoadedLesson, Step
from gdtui.teaching.page import Outcome, PageState
from gdtui.teaching.pages.all_kinds import has_deed
from gdtui.teaching.progress import damaged, earlier_version
from gdtui.teaching.record import RULES, Begun, Done, begun, begun_of, decoded, now
from gdtui.teaching.replay import STOPPING, RecordReplay
from gdtui.teaching.session import Session
from gdtui.text import _, listed, ngettext

SECONDS_TO_JOIN = 0.5
"""Turns of a knob that follow each other faster than this, as from a held key, become one line of the record."""


class RecordedSession:
    """One learner working on one lesson; the app keeps it while the lesson is open."""

    _turned: Done | None = None
    """The latest event."""
    _turned_at = -math.inf
    comes_back_to_its_end = True
    """Whether a finished lesson is opened at its end; otherwise it starts over."""
    held_back: Done | None = None
    """Turns of a knob that are not in the record yet, because more may follow; `rest` writes them."""

    def __init__(self, loaded: LoadedLesson, backend: Backend, learner: str, *, anew: bool = False) -> None:
        """Continue where the learner left the lesson, even at its end, or start it; `anew` always starts over.

        Raises:
            UserError: the lesson cannot be computed.
        """
        self.session = Session(loaded, backend)
        self._learner = learner
        self._unwritten: list[bytes] = []
        """Entries that could not be written yet, in order; later ones must not come before them."""
        self._stem, self._begun = f"{loaded.name}-{loaded.digest[:12]}", begun(loaded, learner)
        self.record: RecordFile | None = None
        """None if there is no place for a record."""
        self.notice = ""
        """What the learner should know at the start: why there is no record, that it is a copy, or that the lesson has
        changed.
        """
        self._kept: deque[Done] = deque()
        """Events from another version of the lesson, for later pages on which they are still valid."""
        where = damaged(self._stem)
        try:
            self.record = open_record(
                self._stem,
                self._begun,
                lambda entries: not anew and self._replay(loaded, backend, entries),
            )
        except UserError as error:
            self.notice = _("the lesson continues without a record: {error}", error=error)
        is_new = self.record is None or len(self.record.entries) == 1
        if is_new:
            self.session = Session(loaded, backend)
        if self.record and self.record.is_copy and not is_new:
            self.notice = _("Another session may have your record open. You continue in a copy of it.")
        if where and is_new and not anew and not self.notice:
            self.notice = _(
                "Your record is damaged, so the lesson starts over. Both will be handed in. {where}", where=where
            )
        if not anew:
            self._keep_from_another_version(backend, is_new=is_new)

    def take(self, event: Event) -> Outcome:
        """Take an event. Its outcome is on disk before this returns; refused events are not recorded.

        Raises:
            UserError: the next page cannot be computed, and nothing has happened; or the record cannot be written, and
                the event has happened on the screen only. This is raised once; later events try to write again.
        """
        step = self.session.step
        outcome = self.session.take(event)
        if outcome.is_accepted:
            # The words are only for the learner; a replay must reproduce the numbers.
            wordless = msgspec.structs.replace(outcome, says=())
            was_told = bool(self._unwritten) or self.record is None
            done = Done(step.name, event, wordless, now())
            if self._holds_back(done):
                return outcome
            self._unwritten.append(msgspec.json.encode(done))
            if isinstance(event, GoOn):
                self._do_again_what_is_kept()
            try:
                self._write()
            except UserError as error:
                if not was_told:
                    raise UserError(_("{error}; the next key tries again", error=error)) from None
        return outcome

    def rest(self) -> None:
        """Write the turns that were held back.

        Raises:
            UserError: they cannot be written now; the next event tries again.
        """
        if self.held_back:
            self._unwritten.append(msgspec.json.encode(self.held_back))
            self.held_back = None
            self._write()

    def _holds_back(self, done: Done) -> bool:
        """Hold back a quick turn of the same knob that changes nothing but its position; False if it was not held back.

        Turns held back earlier are then written first.
        """
        before, self._turned = self._turned, done
        is_quick = time.monotonic() < self._turned_at + SECONDS_TO_JOIN
        self._turned_at = time.monotonic()
        event, held = done.event, self.held_back
        earlier = held.event if held else None
        if is_quick and before and self.session.page.has_knobs and _continues(before, done):
            if held is None:
                self.held_back = done
                return True
            if isinstance(event, Deed) and isinstance(earlier, Deed) and len(earlier.through or ()) < MOST_THROUGH:
                self.held_back = msgspec.structs.replace(done, event=earlier.joined(event))
                return True
        if held:
            self._unwritten.append(msgspec.json.encode(held))
            self.held_back = None
        return False

    def view(self) -> PageState:
        """Everything to show now."""
        return self.session.view()

    def close(self) -> None:
        """Release the record for another session."""
        with suppress(UserError):  # already reported
            self.rest()
            self._write()
        if self.record:
            self.record.close()

    def _write(self) -> None:
        if self._unwritten and self.record is None:
            self.record = open_record(self._stem, self._begun, lambda entries: False)
        if self.record and self._unwritten:
            self.record.append(*self._unwritten)
            self._unwritten.clear()

    def _keep_from_another_version(self, backend: Backend, *, is_new: bool) -> None:
        """Keep the events from another version of the lesson, for pages on which they are still valid."""
        loaded, first_page = self.session.loaded, 0 if is_new else self.session.index + 1
        if not (earlier := earlier_version(loaded, is_new=is_new)) or not (first := begun_of(earlier.entries)):
            return
        with suppress(*STOPPING):  # keep nothing then
            replay = RecordReplay(loaded, backend, first)
            for entry in earlier.entries[1:]:
                if replay.step(entry, 0)[0]:
                    break
            if not replay.held or (replay.session.is_over and not replay.changed):
                return  # nothing to continue with
            pages = _with_the_same_run(loaded.lesson.steps, replay.changed) & set(list(loaded.pages)[first_page:])
            self._kept.extend(done for done in replay.held if done.page in pages)
            self._do_again_what_is_kept()
            if is_new and not self.notice:
                self.notice = _what_changed(loaded, first, replay)

    def _do_again_what_is_kept(self) -> None:
        """Repeat the events that were kept for this page and the following ones."""
        while self._kept and self._kept[0].page == self.session.step.name and not self.session.is_over:
            done = self._kept.popleft()
            outcome = msgspec.structs.replace(self.session.take(done.event), says=())
            self._unwritten.append(msgspec.json.encode(Done(done.page, done.event, outcome, done.at)))

    def anew(self) -> "RecordedSession":
        """A new session of the lesson from its start, with its own record.

        Raises:
            UserError: the lesson cannot be computed.
        """
        return RecordedSession(self.session.loaded, self.session.backend, self._learner, anew=True)

    def _replay(self, loaded: LoadedLesson, backend: Backend, entries: tuple[bytes, ...]) -> bool:
        """Bring the session to the end of a record; False if the record does not fit.

        It must be of this version of the lesson and these rules, and not finished unless this session may reopen at the
        end.
        """
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
        return self.comes_back_to_its_end or not session.is_over


def _continues(before: Done, done: Done) -> bool:
    """Whether both events turn the same knob on the same page, and the second neither finishes nor scores anything."""
    return (
        isinstance(before.event, Deed)
        and isinstance(done.event, Deed)
        and (before.page, before.event.word) == (done.page, done.event.word)
        and before.outcome.is_done == done.outcome.is_done
        and done.outcome.score is None
    )


def _with_the_same_run(steps: Iterable[Step], changed: Collection[str]) -> set[str]:
    """The pages whose run does not depend on a goal that must be reached again."""
    found, is_same = set(), True
    for step in steps:
        is_same = is_same or step.begins_anew
        if is_same:
            found.add(step.name)
        is_same = is_same and not (has_deed(step) and step.name in changed)
    return found


def _what_changed(loaded: LoadedLesson, first: Begun, replay: RecordReplay) -> str:
    """The notice for a learner who started another version of the lesson; empty if no page has changed."""
    same = first.same_pages(loaded) if first.pages else set(loaded.pages) - set(replay.changed)
    changed = [str(number) for number, page in enumerate(loaded.pages, 1) if page not in same]
    if not changed:
        return (
            ""
            if first.pages
            else _("This lesson has changed since you began. You keep every answer that is still valid.")
        )
    return ngettext(
        "Page {pages} has changed since you began. You keep every answer that is still valid.",
        "Pages {pages} have changed since you began. You keep every answer that is still valid.",
        len(changed),
        pages=listed(changed, _("and")),
    )


class Preview(RecordedSession):
    """A session on any page of a lesson, with everything before it done. It has no record."""

    def __init__(self, loaded: LoadedLesson, backend: Backend, page: int) -> None:
        """Go to a page, counted from 1.

        Raises:
            UserError: the page does not exist, or cannot be reached.
        """
        pages = len(loaded.lesson.steps)
        if page > pages:
            says = ngettext("{lesson} has {n} page", "{lesson} has {n} pages: choose one", pages, lesson=loaded.name)
            raise UserError(says)
        self.session, self.record, self._unwritten = Session(loaded, backend), None, []
        self.notice = _("Page {page}, as if the pages before were done. Nothing is saved.", page=page)
        while self.session.index + 1 < page:
            self.session.finish_page()
            self.session.take(GoOn())

    def take(self, event: Event) -> Outcome:
        """Take an event."""
        return self.session.take(event)

    def anew(self) -> RecordedSession:
        """Another preview, from the first page."""
        return Preview(self.session.loaded, self.session.backend, 1)
