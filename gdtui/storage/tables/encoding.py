"""From bytes to text: find a table's encoding, if it is certain."""

import codecs
import re

from gdtui.errors import InputError
from gdtui.experiment.command_line import quoted
from gdtui.storage.tables.lines import one_kind_of_line
from gdtui.text import _

UTF_8 = "utf-8-sig"
SHOWN = {"utf-16": "UTF-16", "utf-32": "UTF-32", "cp949": "CP949", "cp1252": "Windows-1252"}
"""The encodings other than UTF-8 that can be read, by Python's names."""

_MARKS = {codecs.BOM_UTF32_LE: "utf-32", codecs.BOM_UTF32_BE: "utf-32", codecs.BOM_UTF16_LE: "utf-16"}
_MARKS |= {codecs.BOM_UTF16_BE: "utf-16", codecs.BOM_UTF8: UTF_8}
"""In the order in which to look for them, as UTF-32's mark starts with UTF-16's."""

_FORMATS = {
    b"PK\x03\x04": _("this is a spreadsheet or another zipped file: export the sheet as CSV"),
    b"\xd0\xcf\x11\xe0": _("this is a spreadsheet from an old version of Excel: export the sheet as CSV"),
    b"%PDF-": _("this is a PDF: find the same table as CSV"),
    b"\x1f\x8b": _("this is a gzip file: unpack it with gunzip"),
    b"PAR1": _("this is a Parquet file: put it in a file, and name the file"),
    b"ARROW1": _("this is an Arrow file: put it in a file, and name the file"),
    b"FEA1": _("this is an old Feather file: write it again as version 2"),
    b"SQLite format 3": _("this is a database: export the table as CSV"),
    b"\x93NUMPY": _("this is a NumPy array: put it in a file, and name the file"),
}
"""The beginnings of files that are not text, and the message for each."""

_KOREAN_SIGNS = frozenset("℃㎡㎥㎏㎝㎜㎞㎎％·～（）：‘’“”…₩￦°±×²³")
_WESTERN_SIGNS = frozenset("€£°²³µ§½–—‘’“”…•·×")
_WESTERN_LETTERS = frozenset("ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÑÒÓÔÕÖØÙÚÛÜßàáâãäåæçèéêëìíîïñòóôõöøùúûüÿŒœŠšŽž")
_FOREIGN = re.compile(r"[^\x00-\x7f]+")


def decode(content: bytes, place: str) -> tuple[bytes, str]:
    """The text of a file in UTF-8 without a byte order mark, and Python's name for its original encoding."""
    for beginning, reason in _FORMATS.items():
        if content.startswith(beginning):
            raise InputError(f"{place}: {reason}")
    mark, encoding = next(((mark, name) for mark, name in _MARKS.items() if content.startswith(mark)), (b"", UTF_8))
    if encoding == UTF_8:
        _refuse_nul(content, place)
        if not _decodes(content, UTF_8):
            encoding = _certain(content, place)
    if encoding == UTF_8:
        text = content.removeprefix(mark)
    else:
        try:
            text = content.decode(encoding).encode()
        except UnicodeDecodeError:
            reason = _("it starts as {encoding} but is damaged: export it again", encoding=SHOWN[encoding])
            raise InputError(f"{place}: {reason}") from None
        _refuse_nul(text, place)
    return text, encoding


def _decodes(content: bytes, encoding: str) -> bool:
    try:
        return content.isascii() or content.decode(encoding) is not None
    except UnicodeDecodeError:
        return False


def _refuse_nul(text: bytes, place: str) -> None:
    nul = text.find(b"\0")
    if nul < 0:
        return
    halves = text[:64:2], text[1:64:2]
    for encoding, zeros, others in (("UTF-16LE", halves[1], halves[0]), ("UTF-16BE", *halves)):
        if len(zeros) > 1 and not any(zeros) and all(others):
            values = {"encoding": encoding, "command": _command(encoding, place)}
            raise InputError(
                f"{place}: {_('this is {encoding} without a byte order mark. Convert it: {command}', **values)}"
            )
    raise InputError(f"{place}:{_line_at(text, nul)}: {_('it contains a NUL byte, so it is not a text file')}")


def _certain(content: bytes, place: str) -> str:
    """The only encoding in which the text looks like words. Decoding without an error is not enough: most texts do."""
    is_korean, is_western = _is_korean(content), _is_western(content)
    if is_korean != is_western:
        return "cp949" if is_korean else "cp1252"
    try:
        content.decode()
    except UnicodeDecodeError as error:
        line = _line_at(content, error.start)
    likely = "CP949" if _decodes(content, "cp949") else "WINDOWS-1252"
    values = {"encoding": likely, "command": _command(likely, place)}
    reason = _("this is not text in UTF-8. If it is {encoding}, convert it: {command}", **values)
    raise InputError(f"{place}:{line}: {reason}")


def _is_korean(content: bytes) -> bool:
    """Whether it reads as Hangul, mostly the common syllables of EUC-KR. Japanese and Chinese do not."""
    if not _decodes(content, "cp949"):
        return False
    letters = {character for character in set(content.decode("cp949")) if character > "\x7f"} - _KOREAN_SIGNS
    common = [letter for letter in letters if len(letter.encode("euc_kr", "replace")) == 2]
    return all("가" <= letter <= "힣" for letter in letters) and 2 * len(common) > len(letters)


def _is_western(content: bytes) -> bool:
    """Whether it reads as words with occasional accents, and signs that stand alone."""
    if not _decodes(content, "cp1252"):
        return False
    text = f" {content.decode('cp1252')} "
    for found in _FOREIGN.finditer(text):
        run, neighbours = found[0], text[found.start() - 1] + text[found.end()]
        in_a_word = len(run) < 3 and _WESTERN_LETTERS.issuperset(run) and any(map(str.isalpha, neighbours))
        if not in_a_word and not (len(run) == 1 and run in _WESTERN_SIGNS):
            return False
    return True


def _command(encoding: str, place: str) -> str:
    return f"iconv -f {encoding} -t UTF-8 {quoted(place)} > utf8.csv"


def _line_at(text: bytes, position: int) -> int:
    return one_kind_of_line(text[:position]).count(b"\n") + 1
