"""Files of the lab: exports, saved workspaces, and autosaved work."""

import itertools
from collections import deque
from collections.abc import Callable
from functools import partial
from pathlib import Path
from threading import Event

import msgspec

from gdtui.errors import OutputError, UserError
from gdtui.experiment.backend import Backend, Course
from gdtui.experiment.command_line import installed, quoted
from gdtui.experiment.epoch import Epoch
from gdtui.experiment.experiment import Experiment
from gdtui.lab.run import Run
from gdtui.lab.snapshot import Replay, Snapshot, take
from gdtui.numbers import count
from gdtui.storage import files, rows, workspace_file
from gdtui.storage.recovery import Autosave, Left, left
from gdtui.text import _, clean
from gdtui.ui.lab.lab import Lab

HISTORIES = {".csv": rows.history_csv, ".json": rows.history_json}
PICTURES = (".svg", ".txt")
SCRIPTS = {".py": _("a Python script"), ".ipynb": _("a notebook")}
ENDINGS = (*HISTORIES, *SCRIPTS, *PICTURES)
"""The possible endings of an exported file."""

ENDING = ".workspace.json"
"""The suggested ending for a workspace."""

LONGEST_OFFERED = 32
"""The most characters of a suggested name shown beside the field."""


class Opened(msgspec.Struct, frozen=True):
    """A workspace that was read from a file."""

    snapshot: Snapshot
    path: Path
    version: files.Version


class FileActions:
    """Writes the workspace to files, and opens them."""

    def __init__(self, lab: Lab, opened: Opened | None) -> None:
        """`opened` is the workspace that the lab starts with."""
        self.lab = lab
        self.opened = opened
        """The file that the workspace is saved in, once there is one."""
        self.left: Left | None = None
        """Work of a session that did not end normally."""
        self.autosave: Autosave | None = None
        self._offered: Path | None = None
        """What is opened if no name is typed."""
        self._untouched: Snapshot | None = None

    def begin(self) -> None:
        """Once there is a workspace: open the file that was asked for, and offer work that was left behind."""
        self._untouched = take(self.lab.workspace)
        self.autosave = Autosave(self._untouched, self._say_that_nothing_is_kept)
        self.autosave.start()
        self.left = left()
        if self.opened:
            opened, self.opened = self.opened, None
            self.lab.background.work(self._bring(opened.snapshot, opened))
        elif self.left:
            clock, key = self.left.clock, self.lab.key["open"]
            self.lab.notice(_("Your work from {clock} was saved. {key} opens it.", clock=clock, key=key))

    def _say_that_nothing_is_kept(self, reason: str) -> None:
        self.lab.app.call_later(self.lab.notice, _("Your work is no longer being saved: {reason}", reason=reason))

    def follow(self) -> None:
        """Have the workspace autosaved."""
        if self.autosave:
            self.autosave.keep(take(self.lab.workspace))

    def end(self, *, is_orderly: bool) -> None:
        """The session is over. Autosaved work is kept if it did not end normally."""
        self.lab.background.stop()
        if self.autosave:
            if not is_orderly:
                self.follow()
            self.autosave.end(is_orderly=is_orderly)

    # Export

    def ask_where_to_export(self) -> None:
        """Ask for a file name, whose ending decides what is written."""
        name = rows.suggested_name(self.lab.workspace.run.experiment, Path(), ".csv")
        self.lab.prompt.ask(_("export to ({endings})", endings=" ".join(ENDINGS)), self._export_to, name)

    def _export_to(self, text: str) -> str | None:
        path = files.typed(text)
        if path.suffix.lower() not in ENDINGS:
            return _("the name must end in {endings}", endings=" ".join(ENDINGS))
        return self._unless_it_is_there(path, lambda version: self._export(path, version))

    def _unless_it_is_there(self, path: Path, write: Callable[[files.Version | None], None]) -> str | None:
        """Write a file; if it exists, ask first. Returns the reason if it cannot be overwritten."""
        try:
            version = files.version(path)
        except OutputError as error:
            return str(error)
        if version:
            question = _("{name} already exists. Overwrite it?", name=files.shown(path.name))
            self.lab.ask(question, lambda: write(version))
        else:
            self.lab.attempt(lambda: write(None))
        return None

    def _export(self, path: Path, version: files.Version | None) -> None:
        ending, run, backend = path.suffix.lower(), self.lab.workspace.run, self.lab.workspace.backend
        length = len(run.history)
        if ending in PICTURES:
            # The picture is taken once the question is off the screen.
            self.lab.call_after_refresh(self.lab.attempt, lambda: self._write_picture(path, ending, version))
        elif ending in SCRIPTS:
            taken = length - 1
            epochs = count(taken or run.experiment.epochs, "epoch")
            words = _("Running {epochs} to find where the run ends; escape stops", epochs=epochs)
            written = {"kind": SCRIPTS[ending], "path": files.shown(path), "epochs": epochs}
            said = _("Wrote the planned {epochs} as {kind} to {path}.", **written)
            if taken:
                said = _("Wrote the {epochs} taken as {kind} to {path}.", **written)
            if ending == ".py" and (python := installed()[1]) != "python3":
                command = f"{quoted(python)} {quoted(str(path))}"
                said = _("Wrote {epochs} as {kind}. Run it: {command}", **written, command=command)
            write_out = backend.script if ending == ".py" else backend.notebook
            content = partial(_script, run, taken, backend, write_out)
            self.lab.background.work(self._write(path, version, content, words, said))
        else:
            epochs = count(length, "epoch")
            content = partial(HISTORIES[ending], run.experiment, run.history, length)
            words = _("Writing {epochs}; escape stops", epochs=epochs)
            said = _("Wrote epoch 1 to {path}.", path=files.shown(path))
            if taken := length - 1:
                known = {"epochs": count(taken, "epoch"), "path": files.shown(path)}
                said = _("Wrote the {epochs} taken, and the next, to {path}.", **known)
            self.lab.background.work(self._write(path, version, content, words, said))

    def _write_picture(self, path: Path, ending: str, version: files.Version | None) -> None:
        picture = self.lab.app.export_screenshot() if ending == ".svg" else self.lab.text()
        files.write(path, picture.encode(), over=version)
        self.lab.notice(_("Wrote the screen to {path}.", path=files.shown(path)))

    async def _write(
        self,
        path: Path,
        version: files.Version | None,
        content: Callable[[Event], bytes | None],
        words: str,
        said: str,
    ) -> None:
        """Write a file whose content is made on a thread, unless that is stopped."""

        def job(stop: Event) -> files.Version | None:
            made = content(stop)
            return None if made is None else files.write(path, made, over=version)

        written = await self.lab.background.wait(job, lambda: words)
        self.lab.notice(said if written else _("Stopped. Nothing was written."))

    # A workspace in a file

    def save(self) -> None:
        """Save the workspace where it was saved before, or ask for a name."""
        if self.opened is None:
            name = rows.suggested_name(self.lab.workspace.run.experiment, Path(), ENDING)
            self.lab.prompt.ask(_("save this workspace as"), self._save_as, name)
            return
        try:
            self._save(self.opened.path, self.opened.version)
        except UserError:
            self.opened = None  # the next save asks for a name
            raise

    def _save_as(self, text: str) -> str | None:
        path = files.typed(text)
        return self._unless_it_is_there(path, lambda version: self._save(path, version))

    def _save(self, path: Path, version: files.Version | None) -> None:
        snapshot = take(self.lab.workspace)
        self.opened = Opened(snapshot, path, files.write(path, workspace_file.encode(snapshot), over=version))
        known = {"runs": count(len(snapshot.runs), "run"), "path": files.shown(path), "key": self.lab.key["save"]}
        self.lab.notice(_("Saved {runs} to {path}. {key} saves again.", **known))

    def pinned_and_not_saved(self) -> int:
        """How many pinned runs are not in the workspace's file with all their epochs."""
        if self._untouched is None:
            return 0
        saved = self.opened.snapshot.runs if self.opened else ()
        pinned = [run for run in take(self.lab.workspace).runs if run.is_pinned]
        return sum(
            not any(run.experiment == kept.experiment and run.known <= kept.known for kept in saved) for run in pinned
        )

    def ask_what_to_open(self) -> None:
        """Ask for a workspace file; an empty name means the work left behind, or what was saved last."""
        self.left = left()
        self._offered = self.opened.path if self.opened else workspace_file.newest(Path())
        asked = _("open workspace")
        if self.left:
            asked = _("open workspace (enter: your work from {clock})", clock=self.left.clock)
        elif self._offered:
            asked = _("open workspace (enter: {name})", name=clean(self._offered.name, LONGEST_OFFERED))
        self.lab.prompt.ask(asked, self._open_named, "")

    def _open_named(self, text: str) -> str | None:
        work, is_named = self.left, bool(text.strip())
        path = files.typed(text) if is_named else work.path if work else self._offered
        if path is None:
            return _("type the name of a file")
        before = self.opened.snapshot if self.opened else self._untouched

        def begin() -> None:
            self.lab.background.work(self._open(path, work if work and path == work.path else None))

        if take(self.lab.workspace) == before:
            begin()
        else:
            self.lab.ask(_("This workspace is not saved. Open the other one instead?"), begin)
        return None

    async def _open(self, path: Path, work: Left | None) -> None:
        reading = _("Reading {name}", name=files.shown(path.name))

        def job(stop: Event) -> tuple[Snapshot, files.Version]:  # it cannot be cancelled
            return workspace_file.read(path, is_private=work is not None)

        snapshot, version = await self.lab.background.wait(job, lambda: reading)
        if not await self._bring(snapshot, None if work else Opened(snapshot, path, version)):
            return
        if work and self.autosave:
            self.autosave.keep(snapshot, work)
            self.left = None

    async def _bring(self, snapshot: Snapshot, opened: Opened | None) -> bool:
        """Open a saved workspace once all its epochs are computed; return whether that was done."""
        self.lab.workspace.pause()
        replay = Replay(snapshot, self.lab.workspace.backend)
        brought = await self.lab.background.wait(
            replay.bring,
            lambda: _("Replaying {taken:,} of {n:,} epochs; escape stops", taken=replay.taken, n=snapshot.epochs),
        )
        if brought is None:
            self.lab.notice(_("Stopped. The workspace was not opened."))
            return False
        self.lab.workspace.replace(brought.current, brought.kept)
        self.opened = opened
        name = files.shown(opened.path.name) if opened else _("your work")
        runs = count(len(snapshot.runs), "run")
        if brought.has_same_digits:
            self.lab.notice(_("Opened {name}: {runs}.", name=name, runs=runs))
        else:
            self.lab.notice(_("Opened {name}: {runs}. On this machine some digits differ.", name=name, runs=runs))
        return True


def _script(
    run: Run, taken: int, backend: Backend, write_out: Callable[[Experiment, Epoch], str], stop: Event
) -> bytes | None:
    """The epochs taken as a script or notebook, with their end, which is found by running them; None if stopped."""
    experiment = run.as_taken(taken)
    walk = itertools.takewhile(lambda _epoch: not stop.is_set(), Course(experiment, backend.trainer(experiment)))
    last = deque(walk, maxlen=1)
    return None if stop.is_set() else write_out(experiment, last.pop()).encode()
