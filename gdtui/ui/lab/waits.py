"""How busy the machine is: how long the screen's thread had to wait for a core."""

from pathlib import Path

SCHEDULED = Path("/proc/self/schedstat")
"""Of the main thread, which the screen is drawn on: nanoseconds on a core, and waiting for one (Linux alone)."""


class Waits:
    """Counts the seconds of waiting from one look to the next."""

    def __init__(self) -> None:
        self._before = waited()

    def since_last(self) -> float:
        """The seconds since this was asked before; 0 where the system does not tell."""
        before, self._before = self._before, waited()
        return self._before - before


def waited() -> float:
    """The seconds since the process began; 0 where the system does not tell."""
    try:
        return int(SCHEDULED.read_bytes().split()[1]) / 1e9
    except (OSError, IndexError, ValueError):
        return 0.0
