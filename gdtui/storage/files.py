"""The only place where files are read and written: within bounds, completely or not at all, never through a link.

Reading raises InputError and writing OutputError, with one line that starts with the path. After an OutputError nothing
has changed.
"""

import errno
import io
import os
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

import msgspec
import platformdirs

from gdtui.errors import InputError, OutputError, UserError
from gdtui.storage.locks import take_lock
from gdtui.text import _, clean

_CHUNK = 1 << 20
LONGEST_PATH = 4_096
"""The most characters shown of a path: as many as Linux allows bytes."""
_LARGEST_NAME = 65_536
"""The most bytes of a file that contains the name of a folder."""

_BOTH = {errno.EISDIR: _("this is a folder, not a file"), errno.ELOOP: _("this is a symbolic link")}
_READING = {errno.ENOENT: _("no such file"), errno.EACCES: _("no permission to read it"), **_BOTH}
_WRITING = {
    errno.ENOENT: _("there is no such folder"),
    errno.EACCES: _("no permission to write to it"),
    errno.EEXIST: _("a file with this name already exists"),
    errno.ENOTDIR: _("this is not a folder"),
    **_BOTH,
}
"""Plainer words for the system's errors."""


class Version(msgspec.Struct, frozen=True, gc=False):
    """Identifies a file's content, so that a file is overwritten only if its version is known."""

    device: int
    inode: int
    size: int
    modified: int
    """In nanoseconds."""
    owner: int
    """The user id."""


def shown(path: str | Path) -> str:
    """A path fit to be shown; whole, because it may be part of a command to type."""
    return clean(str(path), LONGEST_PATH) or "''"


def typed(path: str) -> Path:
    """The path that somebody typed, with `~` expanded if that home exists."""
    return Path(os.path.expanduser(path.strip()))  # noqa: PTH111  # pathlib's refuses a home that is not there


def site_file(name: str) -> Path:
    """The administrator's file of this name, for everyone on this machine."""
    return platformdirs.site_config_path("gdtui") / name


def named_folder(variable: str, name: str) -> Path | None:
    """The folder named by an environment variable, or otherwise by the first line of the administrator's file."""
    named = os.environ.get(variable, "").strip()
    if not named:
        with suppress(InputError, UnicodeDecodeError):  # then no folder is named
            named = read(site_file(name), _LARGEST_NAME)[0].decode().partition("\n")[0].strip()
    return typed(named) if named else None


def naming(variable: str, name: str) -> str:
    """Where such a folder is named, for whoever has to name another one."""
    return _("It is named in {variable} or {file}; name another there", variable=variable, file=shown(site_file(name)))


def inside(path: str | Path) -> list[str] | None:
    """The paths of a folder's contents; None if the path exists but is not a folder."""
    with _reasons(path, InputError, _READING):
        os.lstat(path)
        return list(map(str, Path(path).iterdir())) if Path(path).is_dir() else None


def state_folder() -> Path:
    """The user's own folder for what is kept between sessions. It may not exist yet."""
    if not Path(os.environ.get("XDG_STATE_HOME", "/")).is_absolute():
        del os.environ["XDG_STATE_HOME"]  # the XDG rules ignore a relative path
    try:
        return platformdirs.user_state_path("gdtui")
    except RuntimeError:
        raise OutputError(_("this account has no home folder: set HOME or XDG_STATE_HOME")) from None


def read(path: str | Path, most: int, *, is_private: bool = False, folder: int | None = None) -> tuple[bytes, Version]:
    """The content and version of a file of at most `most` bytes; see `opened`."""
    file, seen = opened(path, is_private=is_private, folder=folder)
    with _reasons(path, InputError, _READING), file:
        return _all_of(file, most, seen.size), seen


def read_if_new(path: Path, seen: Version | None, offset: int, most: int) -> tuple[bytes | None, Version, int]:
    """Read from `offset` on a private file that others may change, at most `most` bytes; None if its version is `seen`.

    Also returns its version and its number of hard links. Opening it each time makes NFS ask the server.

    Raises:
        InputError: it cannot be read.
    """
    file, found = opened(path, is_private=True)
    with _reasons(path, InputError, _READING), file:
        content = None if found == seen else os.pread(file.fileno(), most, offset)
        return content, found, os.fstat(file.fileno()).st_nlink


def opened(
    path: str | Path, *, is_private: bool = False, folder: int | None = None
) -> tuple[io.BufferedReader, Version]:
    """Open a regular file of any length for reading. This never waits: a FIFO is refused at once.

    A private file, which only this program writes, is not read through a link. `folder` is the descriptor of the folder
    that a relative path starts in.
    """
    flags = os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | (os.O_NOFOLLOW if is_private else 0)
    with _reasons(path, InputError, _READING):
        file = os.fdopen(os.open(path, flags, dir_fd=folder), "rb")
        try:
            return file, _version(os.fstat(file.fileno()))
        except OSError:
            file.close()
            raise


def opened_again(path: str | Path, before: Version) -> io.BufferedReader:
    """Open a file again, if it is still the same."""
    file, version = opened(path)
    if version != before:
        file.close()
        raise InputError(f"{shown(path)}: {_('it has been changed in the meantime')}")
    return file


def chunks(path: str | Path) -> Iterator[bytes]:
    """The content of a file of any length, in pieces. This never waits: a FIFO is refused."""
    with _reasons(path, InputError, _READING), opened(path)[0] as file:
        while chunk := file.read(_CHUNK):
            yield chunk


def read_standard_input(most: int) -> bytes:
    """All of standard input, at most `most` bytes."""
    with _reasons(_("standard input"), InputError, _READING):
        return _all_of(_standard_input(), most)


def chunks_of_standard_input() -> Iterator[bytes]:
    """The content of standard input, in pieces."""
    with _reasons(_("standard input"), InputError, _READING):
        while chunk := _standard_input().read(_CHUNK):
            yield chunk


def _standard_input() -> BinaryIO:
    if sys.stdin is None:
        raise OSError(errno.EBADF, _("it is closed"))
    return sys.stdin.buffer


def _all_of(file: BinaryIO, most: int, size: int = 0) -> bytes:
    """The content of a file that reports this size; raises an OSError if it has more than `most` bytes."""
    chunks: list[bytes] = []
    # Ask for one byte more than its size to find its end; some files grow meanwhile, or report no size.
    while size <= most and (chunk := file.read(_CHUNK if chunks else size + 1)):
        chunks.append(chunk)
        size = max(size, sum(map(len, chunks)))
    if size <= most:
        return b"".join(chunks)
    if most < 1 << 20:
        raise OSError(errno.EFBIG, _("it is larger than the limit of {bytes:,} bytes", bytes=most))
    raise OSError(errno.EFBIG, _("it is larger than the limit of {size:,} MiB", size=most >> 20))


def version(path: Path) -> Version | None:
    """The present version of a file, or None if there is none."""
    with _reasons(path, OutputError, _WRITING):
        return _version_of(path)


def write(path: Path, content: bytes, *, over: Version | None = None) -> Version:
    """Write a file completely or not at all, and return once it is on disk.

    `over` is the version that it may replace; without it, the file must not exist.
    """
    with _reasons(path, OutputError, _WRITING):
        if over is not None:
            _check_same(path, over)
            return _replace(path, content, stat.S_IMODE(path.lstat().st_mode), over)
        with path.open("xb") as file:  # creating the name exclusively makes it ours: no other file can come between
            status = os.fstat(file.fileno())
        try:
            return _replace(path, content, stat.S_IMODE(status.st_mode), _version(status))
        except BaseException:
            if _version_of(path) == _version(status):
                path.unlink()
            raise


def write_private(path: Path, content: bytes) -> None:
    """Write a file that only this program uses, replacing it: mode 0600, in a folder of mode 0700."""
    with _reasons(path, OutputError, _WRITING):
        make_private_folder(path.parent)
        _replace(path, content, 0o600, _version_of(path))


@contextmanager
def held_folder(path: Path) -> Iterator[int]:
    """A descriptor of a folder, which may be unreadable. It stays valid even if the folder is renamed."""
    with _reasons(path, OutputError, _WRITING):
        folder = os.open(path, getattr(os, "O_PATH", os.O_RDONLY) | os.O_DIRECTORY)  # macOS has no O_PATH
    try:
        yield folder
    finally:
        os.close(folder)


def dropped(path: Path, mode: int) -> int:
    """Create a file in a folder that others can write to as well; return a descriptor that appends to it."""
    with _reasons(path.parent, OutputError, _WRITING):
        handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        os.fchmod(handle, mode)
        return handle


def put(path: Path, content: bytes, mode: int, held: int | None = None) -> None:
    """Write a file with this mode, replacing it; `held` is a descriptor of its folder."""
    with _reasons(path.parent, OutputError, _WRITING):
        name = path if held is None else Path(path.name)
        beside = _fill_beside(name, content, mode, held)[0]
        os.rename(beside, name, src_dir_fd=held, dst_dir_fd=held)


def locked(path: Path, content: bytes = b"") -> tuple[int, bool | None]:
    """A descriptor of a private file, created with `content` if missing; and whether we hold its lock.

    The lock lasts until the descriptor is closed; see `take_lock` for its values.
    """
    with _reasons(path, OutputError, _WRITING):
        make_private_folder(path.parent)
        held = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        try:
            is_taken = take_lock(held)
            os.write(held, content)
        except BaseException:
            os.close(held)
            raise
        return held, is_taken


def make_private_folder(path: Path) -> None:
    """Create a folder that nobody else can look into, if it does not exist."""
    for folder in (*reversed(path.parents), path):
        folder.mkdir(mode=0o700, exist_ok=True)
    if path.is_symlink():
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
    if stat.S_IMODE(path.stat().st_mode) != 0o700:
        path.chmod(0o700)


def sync_folder(path: Path) -> None:
    """Make sure that the names in a folder are on disk."""
    folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _replace(path: Path, content: bytes, mode: int, over: Version | None) -> Version:
    """Replace that version by a new file."""
    beside, version = _fill_beside(path, content, mode)
    try:
        _check_same(path, over)
        beside.rename(path)
    except BaseException:
        beside.unlink()
        raise
    sync_folder(path.parent)
    return version


def _fill_beside(path: Path, content: bytes, mode: int, folder: int | None = None) -> tuple[Path, Version]:
    """A new file on disk, in the same folder as the one it will be renamed to."""
    beside = path.with_name(f".{os.urandom(8).hex()}.gdtui")
    created = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600, dir_fd=folder)
    try:
        with os.fdopen(created, "wb") as file:
            os.fchmod(created, mode)
            file.write(content)
            file.flush()
            os.fsync(created)
            return beside, _version(os.fstat(created))
    except BaseException:
        os.unlink(beside, dir_fd=folder)
        raise


def _check_same(path: Path, over: Version | None) -> None:
    if _version_of(path) != over:
        raise OSError(errno.EBUSY, _("it has been changed in the meantime"))


def _version_of(path: Path) -> Version | None:
    try:
        return _version(path.lstat())
    except FileNotFoundError:
        return None


def _version(status: os.stat_result) -> Version:
    """The version of a regular file; raises an OSError for anything else."""
    if stat.S_ISDIR(status.st_mode):
        raise IsADirectoryError(errno.EISDIR, "")
    if stat.S_ISLNK(status.st_mode):
        raise OSError(errno.ELOOP, "")
    if not stat.S_ISREG(status.st_mode):
        raise OSError(errno.EINVAL, _("this is not a regular file"))
    return Version(status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_uid)


@contextmanager
def _reasons(path: str | Path, kind: type[UserError], words: dict[int, str]) -> Iterator[None]:
    """Turn the system's errors into one line in the user's words."""
    cause: Exception
    try:
        yield
        return
    except OSError as error:
        cause, reason = error, words.get(error.errno or 0) or error.strerror or _("it cannot be used")
    except UnicodeEncodeError as error:
        charset = sys.getfilesystemencoding()
        cause = error
        reason = _("the locale's character set, {charset}, does not have all of these characters", charset=charset)
    except ValueError as error:  # a NUL in the path
        cause, reason = error, _("not a file name")
    raise kind(f"{shown(path)}: {reason}") from cause
