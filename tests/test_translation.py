"""Sentences as templates: what a translator gets is whole, and what the code fills in is what it asks for."""

import os
import re
import subprocess
import sys
from pathlib import Path

from sentences import ROOT, paths, sentences

from gdtui.text import _, ngettext


def test_no_sentence_takes_a_reader_for_a_man_or_a_woman():
    package = ROOT
    found = [
        f"{path.name}: {line.strip()}"
        for path in (*package.rglob("*.py"), *package.glob("manual/*.md"), ROOT.parent / "README.md")
        for line in path.read_text().splitlines()
        if re.search(r"\b(she|hers?|herself|he|him|his|himself)\b", line, re.IGNORECASE)
    ]
    assert found == []


def test_every_sentence_is_a_literal_whose_placeholders_are_what_the_call_gives() -> None:
    wrong = []
    for sentence in (sentence for path in paths() for sentence in sentences(path)):
        place = f"{sentence.path.relative_to(ROOT)}:{sentence.line}"
        given = sentence.values | ({"n"} if sentence.function == "ngettext" else set())
        if None in sentence.templates:
            wrong.append(f"{place}: not a literal")
        elif "**" not in given and any(names - given for names in sentence.placeholders):
            wrong.append(f"{place}: asks for more than it is given")
        elif "**" not in given and sentence.values - frozenset().union(*sentence.placeholders):
            wrong.append(f"{place}: is given more than it asks for")
    assert not wrong


def test_values_are_filled_in_and_without_any_braces_stay() -> None:
    assert _("Started over with lr {rate}.", rate="0.1") == "Started over with lr 0.1."
    assert _("as in {W0}") == "as in {W0}"
    assert ngettext("{n:,} epoch at {place}", "{n:,} epochs at {place}", 1000, place="W") == "1,000 epochs at W"
    assert ngettext("{n} row", "{n} rows", 1) == "1 row"


def test_a_catalogue_of_another_language_is_taken(tmp_path: Path) -> None:
    """A made-up catalogue beside a copy of the module: what LANGUAGE asks for is what is said."""
    (tmp_path / "text.py").write_text((ROOT / "text.py").read_text(encoding="utf-8"), encoding="utf-8")
    folder = tmp_path / "locale" / "ko" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "gdtui.mo").write_bytes(
        _compiled({"": "Content-Type: text/plain; charset=UTF-8\n", "{n} steps": "{n}걸음"})
    )
    code = "from text import _; print(_('{n} steps', n=3), _('untranslated'))"
    environment = {**os.environ, "LANGUAGE": "ko", "PYTHONIOENCODING": "utf-8"}
    told = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, check=True)
    assert told.stdout.decode() == "3걸음 untranslated\n"


def _compiled(messages: dict[str, str]) -> bytes:
    """A catalogue in the form of GNU gettext's .mo files: a header, two tables of lengths and places, the texts."""
    keys = sorted(messages)
    texts = [text.encode() for text in [*keys, *(messages[key] for key in keys)]]
    start = 28 + 8 * len(texts)
    words = [0x950412DE, 0, len(keys), 28, 28 + 8 * len(keys), 0, start]
    for text in texts:
        words += [len(text), start]
        start += len(text) + 1
    return b"".join(word.to_bytes(4, "little") for word in words) + b"".join(text + b"\0" for text in texts)
