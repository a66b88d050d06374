"""Files from outside, read whole: a regular file and nothing else, no larger than is wanted, without ever waiting."""

import os
import stat
import sys
from typing import BinaryIO

from gdtui.errors import InputError

STANDARD_INPUT = "-"

_CHUNK = 1 << 20


def read_bytes(path: str, place: str, most: int) -> bytes:
    """What is in a file, or in standard input where `path` is `-`. `place` begins every error.

    Raises:
        InputError: it cannot be read, is no regular file, or has more than `most` bytes.
    """
    try:
        if path == STANDARD_INPUT:
            return _read_standard_input(place, most)
        with open(path, "rb", opener=_open_at_once) as file:
            return _read_file(file, place, most)
    except FileNotFoundError:
        raise InputError(f"{place}: no such file") from None
    except IsADirectoryError:
        raise InputError(f"{place}: this is a folder, not a file") from None
    except PermissionError:
        raise InputError(f"{place}: no permission to read it") from None
    except OSError as error:
        raise InputError(f"{place}: {error.strerror or 'cannot be read'}") from error
    except ValueError as error:
        raise InputError(f"{place}: not a file name") from error


def _open_at_once(path: str, flags: int) -> int:
    # Opening a FIFO would otherwise wait until someone writes to it.
    return os.open(path, flags | os.O_NONBLOCK | os.O_NOCTTY)


def _read_file(file: BinaryIO, place: str, most: int) -> bytes:
    status = os.fstat(file.fileno())
    if not stat.S_ISREG(status.st_mode):
        raise InputError(f"{place}: this is not a regular file")
    _check_size(status.st_size, place, most)
    return file.read(most)


def _read_standard_input(place: str, most: int) -> bytes:
    if sys.stdin is None:
        raise InputError(f"{place}: it is closed")
    chunks, size = [], 0
    while chunk := sys.stdin.buffer.read(_CHUNK):
        chunks.append(chunk)
        size += len(chunk)
        _check_size(size, place, most)
    return b"".join(chunks)


def _check_size(size: int, place: str, most: int) -> None:
    if size > most:
        limit = f"{most >> 20:,} MiB" if most >> 20 else f"{most >> 10:,} KiB"
        raise InputError(f"{place}: more than {limit} is too much")
