"""The one place where files are read and written: within bounds, whole or not at all, never through a link."""

import errno
import os
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import platformdirs

from gdtui.errors import InputError, OutputError, UserError
from gdtui.storage.locks import take_lock
from gdtui.text import clean

_CHUNK = 1 << 20

_READING = {
    errno.ENOENT: "no such file",
    errno.EISDIR: "this is a folder, not a file",
    errno.EACCES: "no permission to read it",
    errno.ELOOP: "this is a symbolic link",
}
_WRITING = {
    errno.ENOENT: "there is no such folder",
    errno.EISDIR: "this is a folder, not a file",
    errno.EACCES: "no permission to write it",
    errno.EEXIST: "there is such a file already",
    errno.ELOOP: "this is a symbolic link",
}
"""What is said of an error in plainer words than the system's own."""


class Version(msgspec.Struct, frozen=True, gc=False):
    """What tells one content of a file from the next. Nobody's work is written over unless its version is known."""

    device: int
    inode: int
    size: int
    modified: int
    """In nanoseconds."""
    owner: int
    """The number of the account."""


def shown(path: str | Path) -> str:
    """A path as it is shown."""
    return clean(str(path)) or "''"


def typed(path: str) -> Path:
    """The path that somebody typed: `~` is a home, where there is such a one."""
    try:
        return Path(path.strip()).expanduser()
    except RuntimeError:
        return Path(path.strip())


def is_folder(path: str | Path) -> bool:
    """Whether there is a folder. What cannot be told, such as of a name too long, is said where it is read."""
    try:
        return Path(path).is_dir()
    except OSError:
        return False


def is_free(path: str | Path) -> bool:
    """Whether nothing is there. What cannot be told, such as of a name too long, is said where it is read."""
    try:
        return not Path(path).exists()
    except OSError:
        return False


def check_there(path: str | Path) -> None:
    """Look whether there is anything.

    Raises:
        InputError: there is not.
    """
    with _reasons(path, InputError, _READING):
        os.lstat(path)


def inside(folder: str | Path) -> list[str]:
    """The paths of what is in a folder.

    Raises:
        InputError: it cannot be looked into.
    """
    with _reasons(folder, InputError, _READING):
        return list(map(str, Path(folder).iterdir()))


def state_folder() -> Path:
    """The user's own folder for what is kept from one session to the next. It need not be there.

    Raises:
        OutputError: nobody knows where it is: an account without a home, as in some containers.
    """
    if not Path(os.environ.get("XDG_STATE_HOME", "/")).is_absolute():
        del os.environ["XDG_STATE_HOME"]  # the XDG rules: a relative path counts for nothing
    try:
        return platformdirs.user_state_path("gdtui")
    except RuntimeError:
        raise OutputError("this account has no home: set HOME or XDG_STATE_HOME") from None


def read(path: str | Path, most: int, *, is_private: bool = False) -> tuple[bytes, Version]:
    """The content of a regular file of at most `most` bytes. Nothing is waited for: a FIFO is refused at once.

    A private file, which nobody but this program writes, is not read through a link.

    Raises:
        InputError: it cannot be read; one line that begins with the path.
    """
    flags = os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC | (os.O_NOFOLLOW if is_private else 0)
    with _reasons(path, InputError, _READING), os.fdopen(os.open(path, flags), "rb") as file:
        status = os.fstat(file.fileno())
        seen, size = _version(status), status.st_size
        chunks: list[bytes] = []
        # One byte more than it has tells its end; some grow meanwhile, or never say how long they are.
        while size <= most and (chunk := file.read(_CHUNK if chunks else size + 1)):
            chunks.append(chunk)
            size = max(size, sum(map(len, chunks)))
        if size > most:
            raise OSError(errno.EFBIG, too_much(most))
        return b"".join(chunks), seen


def chunks(path: str | Path) -> Iterator[bytes]:
    """The content of a file of any length, piece by piece. Nothing is waited for: a FIFO is refused.

    Raises:
        InputError: it cannot be read; one line that begins with the path.
    """
    flags = os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
    with _reasons(path, InputError, _READING), os.fdopen(os.open(path, flags), "rb") as file:
        _version(os.fstat(file.fileno()))
        while chunk := file.read(_CHUNK):
            yield chunk


def too_much(most: int) -> str:
    """What to say of a file that is larger than `most` bytes."""
    return f"more than {most >> 20:,} MiB is too much" if most >= 1 << 20 else f"more than {most:,} bytes is too much"


def version(path: Path) -> Version | None:
    """What a file is like now; None where there is none.

    Raises:
        OutputError: what is there is nothing that could be written over, or it cannot be told.
    """
    with _reasons(path, OutputError, _WRITING):
        return _version_in(None, str(path))


def write(path: Path, content: bytes, *, over: Version | None = None) -> Version:
    """Write a file, whole or not at all, and return once it is on the disk.

    `over` is the version that it may take the place of; without one, there must be no such file.

    Raises:
        OutputError: it cannot be written, or there is a file that is not that version; nothing is changed.
    """
    with _reasons(path, OutputError, _WRITING), _opened(path.parent) as folder:
        if over is not None:
            _check_same(folder, path.name, over)
            mode = stat.S_IMODE(os.stat(path.name, dir_fd=folder, follow_symlinks=False).st_mode)
            return _replace(folder, path.name, content, over, mode)
        # Whoever creates the name has it: nobody else's file can come in between.
        os.close(os.open(path.name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666, dir_fd=folder))
        status = os.stat(path.name, dir_fd=folder, follow_symlinks=False)
        try:
            return _replace(folder, path.name, content, _version(status), stat.S_IMODE(status.st_mode))
        except BaseException:
            if _version_in(folder, path.name) == _version(status):
                os.unlink(path.name, dir_fd=folder)
            raise


def write_private(path: Path, content: bytes) -> None:
    """Write a file that is this program's alone, 0600 in a folder of 0700, over what was there.

    Raises:
        OutputError: it cannot be written; nothing is changed.
    """
    with _reasons(path, OutputError, _WRITING), private_folder(path.parent) as folder:
        _replace(folder, path.name, content, _version_in(folder, path.name), 0o600)


def put(path: Path, content: bytes, mode: int) -> None:
    """Write a file with these permissions over what was there, into a folder that it may be forbidden to look into.

    Raises:
        OutputError: it cannot be written, and what was there is left. It names the folder.
    """
    beside = path.with_name(f".{os.urandom(8).hex()}.gdtui")
    with _reasons(path.parent, OutputError, _WRITING):
        created = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, mode)
        try:
            _fill(created, content, mode)
            beside.rename(path)
        except BaseException:
            beside.unlink()
            raise


def locked(path: Path, content: bytes = b"") -> tuple[int, bool | None]:
    """A descriptor of a private file, made where it is not there, with this content if any; and whether its lock is
    this one's until the descriptor is closed, as `take_lock` says it.

    Raises:
        OutputError: it cannot be opened or written.
    """
    with _reasons(path, OutputError, _WRITING), private_folder(path.parent) as folder:
        held = os.open(path.name, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600, dir_fd=folder)
        try:
            is_taken = take_lock(held)
            os.write(held, content)
        except BaseException:
            os.close(held)
            raise
        return held, is_taken


@contextmanager
def private_folder(path: Path) -> Iterator[int]:
    """A folder that nobody else can look into, made where it is not there, and held open.

    Raises:
        OSError: it cannot be made, or is a link.
    """
    for folder in (*reversed(path.parents), path):
        folder.mkdir(mode=0o700, exist_ok=True)
    with _opened(path, os.O_NOFOLLOW) as held:
        if stat.S_IMODE(os.fstat(held).st_mode) != 0o700:
            os.fchmod(held, 0o700)
        yield held


@contextmanager
def _opened(path: Path, flags: int = 0) -> Iterator[int]:
    """A folder, held open, so that all that is done in it is done in the same one."""
    folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC | flags)
    try:
        yield folder
    finally:
        os.close(folder)


def _fill(created: int, content: bytes, mode: int) -> Version:
    """Write a file that was just created, and close it once all of it is on the disk."""
    with os.fdopen(created, "wb") as file:
        os.fchmod(created, mode)
        file.write(content)
        file.flush()
        os.fsync(created)
        return _version(os.fstat(created))


def _replace(folder: int, name: str, content: bytes, over: Version | None, mode: int) -> Version:
    """Put a new file in the place of that version: written beside it, on the disk, and only then under its name."""
    beside = f".{os.urandom(8).hex()}.gdtui"
    written = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600, dir_fd=folder)
    try:
        version = _fill(written, content, mode)
        _check_same(folder, name, over)
        os.rename(beside, name, src_dir_fd=folder, dst_dir_fd=folder)
    except BaseException:
        os.unlink(beside, dir_fd=folder)
        raise
    os.fsync(folder)
    return version


def _check_same(folder: int, name: str, over: Version | None) -> None:
    if _version_in(folder, name) != over:
        raise OSError(errno.EBUSY, "it was changed meanwhile by somebody else")


def _version_in(folder: int | None, name: str) -> Version | None:
    try:
        return _version(os.stat(name, dir_fd=folder, follow_symlinks=False))
    except FileNotFoundError:
        return None


def _version(status: os.stat_result) -> Version:
    """The version of a regular file; an OSError where it is none."""
    if stat.S_ISDIR(status.st_mode):
        raise IsADirectoryError(errno.EISDIR, "")
    if stat.S_ISLNK(status.st_mode):
        raise OSError(errno.ELOOP, "")
    if not stat.S_ISREG(status.st_mode):
        raise OSError(errno.EINVAL, "this is not a regular file")
    return Version(status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_uid)


@contextmanager
def _reasons(path: str | Path, kind: type[UserError], words: dict[int, str]) -> Iterator[None]:
    """Say in one line of the user's why the system refuses something."""
    try:
        yield
    except OSError as error:
        reason = words.get(error.errno or 0) or error.strerror or "it cannot be used"
        raise kind(f"{shown(path)}: {reason}") from error
    except UnicodeEncodeError as error:
        charset = sys.getfilesystemencoding()
        raise kind(f"{shown(path)}: the locale's character set, {charset}, has not all of these characters") from error
    except ValueError as error:  # a NUL in it
        raise kind(f"{shown(path)}: not a file name") from error
