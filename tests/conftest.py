"""What every test needs: a state folder that is not the user's own, and children that obey signals."""

import gc
import signal
from itertools import count

import pytest
from hypothesis import settings

settings.register_profile("quick", deadline=None, max_examples=25)
settings.register_profile("ci", deadline=None)
settings.load_profile("quick")
"""In `ci`, which `--hypothesis-profile` asks for, every test of examples takes its full number; see `examples`."""


def pytest_configure() -> None:
    """A shell's background job, and whatever nohup starts, ignores some signals, and so would every program it starts.

    A handler, unlike being ignored, is not handed on: this one still does nothing here, and a child has the default.
    """
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, lambda number, frame: None)


gc.disable()
"""While tests are collected little is thrown away, and looking for it takes a third of the time."""


def pytest_collection_finish() -> None:
    """What is loaded by now stays: nobody looks through it for garbage again, and for new garbage not all the time."""
    gc.freeze()
    gc.set_threshold(100_000)
    gc.enable()


def pytest_sessionfinish() -> None:
    """Whatever is garbage goes while all modules are whole: plotext's own complains otherwise."""
    gc.unfreeze()
    gc.collect()


NUMBERS = count()


@pytest.fixture(autouse=True)
def own_state_folder(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Preferences and the like go to a folder of the test's own, which is made where something is kept.

    Most tests keep nothing, and pytest's own folder for a test takes as long as many a test.
    """
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path_factory.getbasetemp() / f"state-{next(NUMBERS)}"))
