"""Mutate what is good and hand it to a reader, all in this process: `python tests/fuzz/mutate.py NAME [how many]`."""

import os
import random
import sys
import tempfile
from collections.abc import Sequence

from readers import READERS, seeds

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


def main() -> None:
    name, how_many = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 100_000
    chance = random.Random(0)
    with tempfile.TemporaryDirectory() as folder:
        os.environ["XDG_STATE_HOME"] = folder
        good = seeds()[name]
        for number in range(how_many):
            content = mutated(chance, good)
            try:
                READERS[name](content)
            except BaseException:
                print(f"input {number}: {content!r}")
                raise
    print(f"{name}: {how_many:,} inputs, no exception but ours")


if __name__ == "__main__":
    main()
