"""What leaves the lab and comes back: exports, workspaces in files, and the work that is kept by itself."""

import functools
import itertools
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import msgspec

from gdtui.errors import OutputError, UserError
from gdtui.experiment.backend import epochs
from gdtui.lab.snapshot import Replay, Snapshot, take
from gdtui.numbers import count
from gdtui.storage import export, files, workspace_file
from gdtui.storage.recovery import Autosave, Left, left
from gdtui.text import _
from gdtui.ui.lab.background import Background
from gdtui.ui.lab.lab import LabAtWork

HISTORIES = {".csv": export.history_csv, ".json": export.history_json}
PICTURES = (".svg", ".txt")
SCRIPTS = {".py": _("the planned run as a file of Python"), ".ipynb": _("the planned run as a notebook")}
ENDINGS = (*HISTORIES, *SCRIPTS, *PICTURES)
"""What an exported file may end in."""

ENDING = ".workspace.json"
"""The ending that is suggested for a workspace."""


class Opened(msgspec.Struct, frozen=True):
    """A workspace that was read from a file."""

    snapshot: Snapshot
    path: Path
    version: files.Version
    """What the file was like."""


class FileActions:
    """Writes the workspace to files, and opens what was written."""

    def __init__(self, lab: LabAtWork, background: Background, opened: Opened | None) -> None:
        """`opened` is the workspace that the lab begins with."""
        self.lab, self.background = lab, background
        self.opened = opened
        """The file that the workspace is saved in, once there is one."""
        self.left: Left | None = None
        """Work of a session that did not end in order."""
        self.autosave: Autosave | None = None
        self._untouched: Snapshot | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="files")

    def begin(self) -> None:
        """Once there is a workspace: open the file that was asked for, and offer what was left behind."""
        self._untouched = take(self.lab.workspace)
        self.autosave = Autosave(self._untouched, self._say_that_nothing_is_kept)
        self.autosave.start()
        self.left = left()
        if self.opened:
            opened, self.opened = self.opened, None
            self.background.work(self._bring(opened.snapshot, opened))
        elif self.left:
            self.lab.notice(f"work of {self.left.clock} is kept: O opens it")

    def _say_that_nothing_is_kept(self, reason: str) -> None:
        self.lab.app.call_later(self.lab.notice, f"from here on work is not kept: {reason}")

    def follow(self) -> None:
        """Have the workspace kept."""
        if self.autosave:
            self.autosave.keep(take(self.lab.workspace))

    def end(self, *, is_orderly: bool) -> None:
        """The session is over. What is kept stays where it did not end in order."""
        self.background.stop()
        if self.autosave:
            if not is_orderly:
                self.follow()
            self.autosave.end(is_orderly=is_orderly)

    # Export

    def ask_where_to_export(self) -> None:
        """Ask for a file's name, whose ending says what is written."""
        name = export.suggested_name(self.lab.workspace.run.experiment, Path(), ".csv")
        self.lab.prompt.ask(f"export to ({' '.join(ENDINGS)})", self._export_to, name)

    def _export_to(self, text: str) -> str | None:
        path = files.typed(text)
        if path.suffix.lower() not in ENDINGS:
            return f"end it in {' '.join(ENDINGS)}"
        return self._unless_it_is_there(path, lambda version: self._export(path, version))

    def _unless_it_is_there(self, path: Path, write: Callable[[files.Version | None], None]) -> str | None:
        """Write a file; ask first where there is one. The reason is returned where it cannot be written over."""
        try:
            version = files.version(path)
        except OutputError as error:
            return str(error)
        if version:
            self.lab.ask(f"{files.shown(path.name)} is there already; write over it?", lambda: write(version))
        else:
            self.lab.attempt(lambda: write(None))
        return None

    def _export(self, path: Path, version: files.Version | None) -> None:
        ending = path.suffix.lower()
        if ending in PICTURES:
            # The picture is taken once the question is gone from the screen.
            self.lab.call_after_refresh(self.lab.attempt, lambda: self._write_picture(path, ending, version))
        elif ending in SCRIPTS:
            self.background.work(self._write_script(path, ending, version))
        else:
            self.background.work(self._write_history(path, ending, version))

    def _write_picture(self, path: Path, ending: str, version: files.Version | None) -> None:
        picture = self.lab.app.export_screenshot() if ending == ".svg" else self.lab.text()
        files.write(path, picture.encode(), over=version)
        self.lab.notice(f"{files.shown(path)}: the screen as it is")

    async def _write_history(self, path: Path, ending: str, version: files.Version | None) -> None:
        run, stop = self.lab.workspace.run, Event()
        length = len(run.history)

        def job() -> files.Version | None:
            content = HISTORIES[ending](run.experiment, run.history, length, stop)
            return None if content is None else files.write(path, content, over=version)

        words = f"writing {count(length, 'epoch')}: escape stops"
        written = await self.background.wait(self._thread.submit(job), stop.set, lambda: words)
        self.lab.notice(f"{files.shown(path)}: {count(length, 'epoch')}" if written else "stopped: nothing is written")

    async def _write_script(self, path: Path, ending: str, version: files.Version | None) -> None:
        experiment, backend, stop = self.lab.workspace.run.experiment, self.lab.workspace.backend, Event()

        def job() -> files.Version | None:
            taken = itertools.takewhile(lambda _: not stop.is_set(), epochs(experiment, backend.trainer(experiment)))
            last = deque(taken, maxlen=1)
            if stop.is_set():
                return None
            write_out = backend.script if ending == ".py" else backend.notebook
            return files.write(path, write_out(experiment, last.pop()).encode(), over=version)

        words = f"running {count(experiment.epochs, 'epoch')} to say where they end: escape stops"
        written = await self.background.wait(self._thread.submit(job), stop.set, lambda: words)
        self.lab.notice(f"{files.shown(path)}: {SCRIPTS[ending]}" if written else "stopped: nothing is written")

    # A workspace in a file

    def save(self) -> None:
        """Save the workspace where it was saved before, or ask for a name."""
        if self.opened is None:
            name = export.suggested_name(self.lab.workspace.run.experiment, Path(), ENDING)
            self.lab.prompt.ask("save this workspace as", self._save_as, name)
            return
        try:
            self._save(self.opened.path, self.opened.version)
        except UserError:
            self.opened = None  # whoever saves again is asked for a name
            raise

    def _save_as(self, text: str) -> str | None:
        path = files.typed(text)
        return self._unless_it_is_there(path, lambda version: self._save(path, version))

    def _save(self, path: Path, version: files.Version | None) -> None:
        snapshot = take(self.lab.workspace)
        self.opened = Opened(snapshot, path, files.write(path, workspace_file.encode(snapshot), over=version))
        self.lab.notice(f"{files.shown(path)}: {count(len(snapshot.runs), 'run')} saved; ctrl+s saves again")

    def ask_what_to_open(self) -> None:
        """Ask for the file of a workspace; an empty name is the work that was left behind."""
        self.left = left()
        kept = f" (enter: the work of {self.left.clock})" if self.left else ""
        self.lab.prompt.ask(f"open workspace{kept}", self._open_named, "")

    def _open_named(self, text: str) -> str | None:
        work = self.left
        if not text.strip() and work is None:
            return "the name of a file is needed"
        path = work.path if work and not text.strip() else files.typed(text)
        before = self.opened.snapshot if self.opened else self._untouched

        def begin() -> None:
            self.background.work(self._open(path, work if work and path == work.path else None))

        if take(self.lab.workspace) == before:
            begin()
        else:
            self.lab.ask("this workspace is not saved; open the other instead?", begin)
        return None

    async def _open(self, path: Path, work: Left | None) -> None:
        job = functools.partial(workspace_file.read, path, is_private=work is not None)
        # What it says of a table that is read is of no use to whoever waits, and it cannot be broken off.
        reading = f"reading {files.shown(path.name)}"
        snapshot, version = await self.background.wait(self._thread.submit(job), lambda: None, lambda: reading)
        if not await self._bring(snapshot, None if work else Opened(snapshot, path, version)):
            return
        if work and self.autosave:
            self.autosave.inherit(work, snapshot)
            self.left = None

    async def _bring(self, snapshot: Snapshot, opened: Opened | None) -> bool:
        """Open a saved workspace, once all of its epochs are taken again; whether that was done."""
        self.lab.workspace.pause()
        replay = Replay(snapshot, self.lab.workspace.backend)
        brought = await self.background.wait(
            replay.future,
            replay.stop,
            lambda: f"taking {replay.taken:,} of {snapshot.epochs:,} epochs again: escape stops",
        )
        if brought is None:
            self.lab.notice("stopped: the workspace is not opened")
            return False
        self.lab.workspace.replace(brought.current, brought.kept)
        self.opened = opened
        what = files.shown(opened.path.name) if opened else "the work that was left"
        odd = "" if brought.has_same_digits else "; on this machine some digits differ"
        self.lab.notice(f"{what}: {count(len(snapshot.runs), 'run')}{odd}")
        return True
