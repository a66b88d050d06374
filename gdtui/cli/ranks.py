"""One of several processes started by torchrun: which one it is, what it reads, and that only the first one prints."""

import os
import sys
import time
import traceback
from functools import partial
from pathlib import Path
from typing import Any

from gdtui.cli.loading import load_shared
from gdtui.errors import InputError
from gdtui.experiment.dataset import Dataset
from gdtui.experiment.summed import SharedRows

MOST_SECONDS_TO_SPEAK = 3


def is_under_torchrun() -> bool:
    """Whether torchrun has started this process."""
    return "TORCHELASTIC_RUN_ID" in os.environ


def are_many() -> bool:
    """Whether torchrun has started several processes, which share the rows."""
    return is_under_torchrun() and os.environ.get("WORLD_SIZE", "1") != "1"


def is_first() -> bool:
    """Whether this is the process that prints."""
    return not is_under_torchrun() or os.environ.get("RANK", "0") == "0"


def hush() -> None:
    """Silence all processes but the first, wherever torchrun sends their output; only a crash is shown for any
    of them.
    """
    if not is_first():
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        sys.stderr = Path(os.devnull).open("w")  # noqa: SIM115  # open until the process ends
        sys.excepthook = partial(traceback.print_exception, file=sys.__stderr__)


def let_the_first_speak() -> None:
    """Delay an error exit until the first process has printed the error: torchrun ends all processes as soon as one
    fails.
    """
    if not is_first():
        time.sleep(MOST_SECONDS_TO_SPEAK)


def shared_rows(source: str | Dataset, asked: dict[str, Any]) -> SharedRows:
    """The rows of a table, or typed rows, shared among the processes.

    Raises:
        UserError: some process cannot read its share; then all of them raise the same error.
    """
    shared = load_shared()
    shared.join()
    # imports numpy, which otherwise only a file needs
    from gdtui.storage.share import read_share, share_of

    rank, size = int(os.environ["RANK"]), int(os.environ["WORLD_SIZE"])
    try:
        share = read_share(source, rank, size, **asked) if isinstance(source, str) else share_of(source, rank, size)
        everyone = shared.exchange(share.known)
    except InputError as error:
        everyone = shared.exchange(str(error))
    if refusals := [known for known in everyone if isinstance(known, str)]:
        raise InputError(refusals[0])
    return share.joined(everyone)


def part() -> None:
    """Wait for the other processes at the end of a run, if there are any.

    Raises:
        HostError: one of them is gone.
    """
    if are_many():
        load_shared().part()
