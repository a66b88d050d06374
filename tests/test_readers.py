"""Readers of files: whatever is in the file, it is read or refused, at once and in little memory."""

import sys
import time
import tracemalloc
from contextlib import suppress
from pathlib import Path

import msgspec
import pytest
from examples import examples
from hypothesis import HealthCheck, example, given
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent / "fuzz"))

from readers import BEGUN, DONE, READERS, seeds

from gdtui.teaching.record import decoded

NAMES = sorted(READERS)
MOST_SECONDS = 20
"""Far more than any input below takes, for the machine may be busy."""
MOST_BYTES = 150 << 20
SEEDS = seeds()

fuzz = examples(150, suppress_health_check=[HealthCheck.function_scoped_fixture])
pieces = st.sampled_from(
    [b"\xff", b"\0", b"\x7f", b'"', b"[", b"{", b"}", b",", b"\n", b"1e999", b"-1", b"null", b"\\u"]
)


@pytest.mark.parametrize("name", NAMES)
def test_the_good_ones_are_no_errors(name: str) -> None:
    for seed in SEEDS[name]:
        READERS[name](seed)


@pytest.mark.parametrize("name", NAMES)
@given(content=st.binary(max_size=300))
@fuzz
def test_any_bytes(name: str, content: bytes) -> None:
    READERS[name](content)


@pytest.mark.parametrize("name", NAMES)
@given(data=st.data())
@fuzz
def test_a_good_one_that_was_damaged(name: str, data: st.DataObject) -> None:
    content = bytearray(data.draw(st.sampled_from(SEEDS[name])))
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(content)))
        end = data.draw(st.integers(place, min(place + 8, len(content))))
        content[place:end] = data.draw(pieces | st.binary(max_size=6))
    READERS[name](bytes(content))


HOSTILE = {
    "deep": b'{"chart":' + b"[" * 60_000,
    "deep where nobody looks": b'{"other":' + b"[" * 60_000,
    "deep and closed": b'{"other":' + b"[" * 60_000 + b"]" * 60_000 + b"}",
    "deep in an entry": BEGUN + b"\n" + DONE[:-1] + b',"more":' + b"[" * 5_000 + b"]" * 5_000 + b"}",
    "not UTF-8": b'{"chart":"\xff"}',
    "not UTF-8 in an entry": BEGUN.replace(b"ann", b"\xff"),
    "endless digits": b"9" * 1_000_000,
    "endless line": b"x" * 2_000_000,
    "many lines": b"1,2\n" * 30_000,
    "many empty lines": b"\n" * 50_000,
    "many brackets": b"[\n" * 200_000,
}


def slow_for(name: str, kind: str) -> list[pytest.MarkDecorator]:
    """Readers of lines read many of them one by one."""
    return [pytest.mark.slow] if kind.startswith("many ") and ("record" in name or name == "lesson") else []


@pytest.mark.parametrize(
    ("name", "kind"), [pytest.param(name, kind, marks=slow_for(name, kind)) for name in NAMES for kind in HOSTILE]
)
def test_hostile_files_take_bounded_time_and_memory(name: str, kind: str) -> None:
    tracemalloc.start()
    begin = time.process_time()
    try:
        READERS[name](HOSTILE[kind])
        spent, (_, peak) = time.process_time() - begin, tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert spent < MOST_SECONDS
    assert peak < MOST_BYTES


@given(st.sampled_from([BEGUN, DONE]), st.integers(0, 60), pieces)
@example(BEGUN, 70, b"\xff")
@fuzz
def test_an_entry_is_one_or_refused(entry: bytes, place: int, piece: bytes) -> None:
    with suppress(msgspec.DecodeError):
        decoded(entry[:place] + piece + entry[place:])
