"""Mutate what is good and hand it to a surface, all in this process: `python tests/fuzz/mutate.py NAME [how many]`.

`--seconds 5 [NAME …]` takes as long for each, by default for each that takes typed text.
"""

import math
import random
import sys
import time
from collections.abc import Sequence
from typing import NamedTuple

from readers import READERS, seeds
from surfaces import SURFACES, small_files

TOKENS = (
    b"\n",
    b"\r",
    b"\0",
    b'"',
    b",",
    b";",
    b"\t",
    b"|",
    b" ",
    b"#",
    b"$",
    b"%",
    b"-",
    b"1",
    b"1,000",
    b"1e999",
    b"nan",
)
TOKENS += (
    b"?",
    b"yes",
    b"no",
    b"Total",
    b"id",
    b"sep=;",
    b"\xef\xbb\xbf",
    b"\xff\xfe",
    b"\xb0\xf8",
    b"\xe9",
    "−5".encode(),
)


def mutated(chance: random.Random, good: Sequence[bytes]) -> bytes:
    """One of the good inputs after up to eight changes: bytes cut out, doubled, put in or taken from another."""
    content = bytearray(chance.choice(good))
    for _ in range(chance.randint(1, 8)):
        at = chance.randint(0, len(content))
        end = min(len(content), at + chance.randint(0, 8))
        other = chance.choice(good)
        begin = chance.randint(0, len(other))
        content[at : chance.choice((at, end))] = chance.choice(
            (b"", chance.choice(TOKENS), bytes([chance.randrange(256)]), content[at:end] * 2, other[begin : begin + 20])
        )
    return bytes(content)


class OfBytes(NamedTuple):
    """A reader of bytes as a surface."""

    name: str

    def make(self, chance: random.Random) -> bytes:
        """Something good that was damaged."""
        return mutated(chance, seeds()[self.name])

    def take(self, given: bytes) -> None:
        """Read it, or refuse it."""
        READERS[self.name](given)

    def texts(self, given: bytes) -> int:
        """It is one."""
        return 1


ALL = {**SURFACES, **{name: OfBytes(name) for name in READERS}}


def fuzz(name: str, most: float, seconds: float) -> None:
    """Hand over so many texts, or for so many seconds; each input can be made again by its number."""
    surface, texts, number, begin = ALL[name], 0, 0, time.monotonic()
    while texts < most and time.monotonic() - begin < seconds:
        given = surface.make(random.Random(f"{name} {number}"))
        try:
            surface.take(given)
        except BaseException:
            print(f"{name}, input {number}: {given!r}")
            raise
        texts, number = texts + surface.texts(given), number + 1
    print(f"{name}: {texts:,} texts in {time.monotonic() - begin:.0f} s, no exception but ours")


def main() -> None:
    """So many texts for one surface, or some seconds for each."""
    words = sys.argv[1:]
    with small_files():
        if words[0] == "--seconds":
            for name in words[2:] or SURFACES:
                fuzz(name, math.inf, float(words[1]))
        else:
            fuzz(words[0], int(words[1]) if len(words) > 1 else 100_000, math.inf)


if __name__ == "__main__":
    main()
