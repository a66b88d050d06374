"""Importing a library that may crash, as one built for a newer processor does, or may never come to an end."""

import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, InvalidStateError, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from importlib import import_module
from types import ModuleType
from typing import Any

from gdtui.errors import HostError, cannot_be_loaded
from gdtui.text import _

CRASHES = (signal.SIGABRT, signal.SIGILL, signal.SIGSEGV, signal.SIGBUS, signal.SIGFPE)
SECONDS_OF_STILLNESS, LOOKS = 60.0, 10
"""A library hangs that computes next to nothing for so long; and one that is not there after so many times as long."""
NEXT_TO_NOTHING = 0.1


def load_apart(library: str, module: str) -> ModuleType:
    """Import a module that loads a library, on a thread of its own.

    Raises:
        HostError: the library crashes, or hangs. Its thread is left alone then: it can neither go on nor end.
    """
    thread, begin = ThreadPoolExecutor(1, thread_name_prefix=library), threading.Event()
    number = thread.submit(threading.get_ident).result()
    thread.submit(begin.wait)
    loading = thread.submit(import_module, module)
    try:
        with _crashes_said(library, loading, number):
            begin.set()  # a crash before this would not be heard of
            for __ in range(LOOKS):
                before = _computed(number)
                with suppress(TimeoutError):
                    return loading.result(SECONDS_OF_STILLNESS)
                if _computed(number) - before < NEXT_TO_NOTHING:
                    break
    finally:
        thread.shutdown(wait=False)  # not before: a thread that has ended has no clock to ask
    raise HostError(never_loaded(library))


def never_loaded(library: str) -> str:
    """What is said of a library that hangs."""
    values = {"library": library, "command": f"python3 -c 'import {library}'"}
    return _("{library} does not finish loading: see whether {command} ends", **values)


def crashed(library: str, number: int) -> str:
    """What is said of a library that was ended by this signal, or by itself."""
    name = signal.Signals(number).name if number else "exit"
    return cannot_be_loaded(library, _("it ends Python with {signal}", signal=name))


def _computed(thread: int) -> float:
    """The seconds that a thread has computed; of the whole process, where the system does not tell."""
    clock = getattr(time, "pthread_getcpuclockid", None)
    return time.clock_gettime(clock(thread)) if clock else time.process_time()


@contextmanager
def _crashes_said(library: str, loading: Future[ModuleType], thread: int) -> Iterator[None]:
    """Have a crash of this thread end the loading. Python's own handlers would only be called after it.

    What crashes waits for ever in the handler, for it must not go on, and the program ends in order meanwhile.
    """
    handle: Any = None
    before: dict[int, int | None] = {}
    with suppress(ImportError, OSError, MemoryError):  # where there are no callbacks, a crash ends the program
        import ctypes

        handle = ctypes.CDLL(None).signal
        handle.restype = ctypes.c_void_p

        def end_loading(crash: int) -> None:
            if threading.get_ident() != thread:
                handle(crash, None)  # it comes again, and ends the program
                return
            with suppress(InvalidStateError):
                loading.set_exception(HostError(crashed(library, crash)))
            threading.Event().wait()

        called = ctypes.CFUNCTYPE(None, ctypes.c_int)(end_loading)
        before = {number: handle(number, called) for number in CRASHES}
    try:
        yield
    finally:
        for number, old in before.items():
            handle(number, ctypes.c_void_p(old))
