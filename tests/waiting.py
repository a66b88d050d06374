"""Waits for what another thread brings about, none of them for ever."""

import threading
import time
from collections.abc import Callable

SECONDS = 20.0


def wait_for(condition: Callable[[], object], timeout: float = SECONDS) -> None:
    """Return as soon as `condition()` is true; fail after `timeout` seconds."""
    end = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.002)


def wait_until_set(event: threading.Event, timeout: float = SECONDS) -> None:
    """Return as soon as the event is set; fail after `timeout` seconds."""
    assert event.wait(timeout), "waited in vain"


def hold_until(event: threading.Event) -> None:
    """Hold a thread of the program up until the event is set, longer than any test waits for what comes of it.

    Whoever fails meanwhile is not kept from it: the thread goes on in the end.
    """
    event.wait(3 * SECONDS)


def join(*threads: threading.Thread) -> None:
    """Return once all have ended; fail where one goes on."""
    for thread in threads:
        thread.join(SECONDS)
        assert not thread.is_alive(), "waited in vain"
