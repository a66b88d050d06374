"""What is typed becomes keys and pastes; what a terminal says by itself becomes nothing."""

import itertools
import time
import tracemalloc

import pytest
from examples import examples
from hypothesis import given
from hypothesis import strategies as st
from textual.events import AppFocus, Key, Paste

from gdtui.terminal.hangul_keys import latin
from gdtui.terminal.keyboard import MOST_PASTED, SECONDS_FOR_ESCAPE, SECONDS_OF_QUIET, Keyboard


def read(*pieces: bytes) -> list[object]:
    """The events of bytes that come in these pieces."""
    keyboard = Keyboard(has_mouse=False)
    return [event for piece in pieces for event in keyboard.feed(piece)]


def keys(*pieces: bytes) -> list[str]:
    """The names of the keys among them; anything else is refused."""
    events = read(*pieces)
    assert all(isinstance(event, Key) for event in events), events
    return [event.key for event in events if isinstance(event, Key)]


def later(keyboard: Keyboard, seconds: float) -> list[object]:
    """What comes of silence."""
    time.sleep(seconds)
    return list(keyboard.tick())


REPLIES = (
    *(b"\x1b[?1;2c", b"\x1b[>0;276;0c", b"\x1b[?64;1;2;6;9;15;18;21;22c", b"\x1b[0n", b"\x1b[?997;1n", b"\x1b[24;80R"),
    *(b"\x1b]11;rgb:1e1e/1e1e/1e1e\x07", b"\x1b]10;rgb:ffff/ffff/ffff\x1b\\", b"\x1b]4;1;rgb:rr/rr/qq\x1b\\"),
    *(b"\x1bP>|XTerm(370)\x1b\\", b"\x1bP1+r544e=71\x1b\\", b"\x1b_Gi=31;OK\x1b\\", b"\x1b[?1u", b"\x1b[8;24;80t"),
    *(b"\x1b]l title\x1b\\", b"\x1b_q\x07", b"\x1b^q r\x1b\\", b"\x1bXq 1\x1b\\", b"\x1bPzq\x1b\\", b"\x1b]Lq\x07"),
    *(b"\x1b[M !!", b"\x1b[M\xe0\xff\xfe", b"\x1b[<0;10;10M", b"\x1b[<0;10;10m", b"\x1b[32;10;10M"),
)


@pytest.mark.parametrize("reply", REPLIES, ids=str)
def test_an_answer_is_no_key_wherever_it_is_cut(reply: bytes):
    for cut in range(len(reply) + 1):
        assert keys(reply[:cut], reply[cut:], b"q") == ["q"]


@pytest.mark.parametrize("reply", [b"\x1b[1;1R", b"\x1b[1;2R", b"\x1b[1;5R", b"\x1b[24;80R"], ids=str)
def test_an_escape_is_kept_that_comes_just_before_the_cursor_is_reported(reply: bytes):
    """Some of these reports are also what shift+F3 and its like send."""
    reports: list[int] = []
    keyboard = Keyboard(has_mouse=False, on_report=reports.append)
    events = list(keyboard.feed(b"\x1b" + reply))
    assert [event.key for event in events if isinstance(event, Key)] == ["escape"]
    assert len(events) == len(reports) == 1


@given(
    parts=st.lists(st.sampled_from([*REPLIES, b"q", b" ", b"\x1b[A", b"\x1bOP", b"\x1b[15~"]), max_size=8),
    cuts=st.lists(st.integers(0, 60), max_size=5),
)
@examples(200)
def test_keys_between_answers_are_kept_however_they_are_cut(parts: list[bytes], cuts: list[int]):
    names = {b"q": "q", b" ": "space", b"\x1b[A": "up", b"\x1bOP": "f1", b"\x1b[15~": "f5"}
    data = b"".join(parts)
    places = [0, *sorted(cut for cut in cuts if cut < len(data)), len(data)]
    pieces = [data[start:end] for start, end in itertools.pairwise(places)]
    assert keys(*pieces) == [names[part] for part in parts if part in names]


@given(data=st.binary(max_size=200))
@examples(300)
def test_no_bytes_are_an_error(data: bytes):
    read(data, b"\x1b", data)


def test_a_cursor_report_is_told():
    reports: list[int] = []
    keyboard = Keyboard(has_mouse=False, on_report=reports.append)
    assert not list(keyboard.feed(b"\x1b[1;1R\x1b[24;8")) + list(keyboard.feed(b"0R"))
    assert reports == [1, 80]


def test_escape_alone_is_a_key_after_a_while_and_a_late_rest_is_not():
    keyboard = Keyboard(has_mouse=False)
    assert not list(keyboard.feed(b"\x1b"))
    assert keyboard.patience == SECONDS_FOR_ESCAPE
    assert [event.key for event in later(keyboard, SECONDS_FOR_ESCAPE)] == ["escape"]
    assert keyboard.patience is None
    assert [event.key for event in keyboard.feed(b"[24;80Rq")] == ["q"]


@pytest.mark.parametrize(
    "typed",
    [
        b"\x1b\x1b[A",
        b"\x1b\x1bOP",
        b"\x1b\x1b[5~",
        b"\x1b\r",
        b"\x1b\x7f",
        b"\x1b;",
        "\x1bㅂ".encode(),
        "\x1b한".encode(),
    ],
    ids=str,
)
def test_a_key_with_alt_is_neither_escape_nor_that_key(typed: bytes):
    assert keys(typed, b"q") == ["q"]
    assert keys(typed + b"q") == ["q"]
    for cut in range(2, len(typed)):
        assert keys(typed[:cut], typed[cut:], b"q") == ["q"]


@pytest.mark.parametrize("letter", "OPX^_[]")
def test_a_key_with_alt_that_looks_like_the_start_of_an_answer_holds_nothing_up(letter: str):
    keyboard = Keyboard(has_mouse=False)
    list(keyboard.feed(b"\x1b" + letter.encode()))
    later(keyboard, SECONDS_FOR_ESCAPE)
    assert [event.key for event in keyboard.feed(b"q")] == ["q"]


@pytest.mark.parametrize("letter", "PX^_]")
@pytest.mark.parametrize("typed", [b"rq", b"r", b""])
def test_nor_where_more_is_typed_at_once(letter: str, typed: bytes):
    """It could be a text that the terminal sends until no end of it has come for a while."""
    keyboard = Keyboard(has_mouse=False)
    begun = list(keyboard.feed(b"\x1b" + letter.encode() + typed))
    assert not begun
    assert keyboard.patience == SECONDS_FOR_ESCAPE
    events = [*later(keyboard, SECONDS_FOR_ESCAPE), *keyboard.feed(b"q")]
    expected = [f"alt+{letter}"] if letter.isalpha() else []
    assert [event.key for event in events] == [*expected, *typed.decode(), "q"]


@pytest.mark.parametrize("letter", "PX^_]")
@pytest.mark.parametrize(("following", "key"), [(b"r\r", "enter"), (b"r\x1b[A", "up")])
def test_nor_where_a_key_follows_that_is_in_no_text(letter: str, following: bytes, key: str):
    assert keys(b"\x1b" + letter.encode() + following)[-2:] == ["r", key]


def test_escape_before_an_answer_and_two_escapes_are_keys():
    assert keys(b"\x1b\x1b[24;80Rq") == ["escape", "q"]
    assert keys(b"\x1b\x1b[24", b";80Rq") == ["escape", "q"]
    keyboard = Keyboard(has_mouse=False)
    assert not list(keyboard.feed(b"\x1b\x1b"))
    assert [event.key for event in later(keyboard, SECONDS_FOR_ESCAPE)] == ["escape", "escape"]
    paste = read(b"\x1b\x1b[200~1\x1b[201~")
    assert [type(event) for event in paste] == [Key, Paste]


NEWER_FORMS = {
    b"\x1b[32;2u": "space",
    b"\x1b[27;2;32~": "space",
    b"\x1b[13;2u": "enter",
    b"\x1b[27;2;13~": "enter",
    b"\x1b[27u": "escape",
    b"\x1b[27;1:1u": "escape",
    b"\x1b[9;2u": "shift+tab",
    b"\x1b[127;5u": "backspace",
    b"\x1b[99;5u": "ctrl+c",
    b"\x1b[27;5;99~": "ctrl+c",
    b"\x1b[99;6u": "ctrl+c",
    b"\x1b[32;5u": "ctrl+@",
    b"\x1b[113;65u": "q",  # caps lock
    b"\x1b[113;129u": "q",  # num lock
    b"\x1b[113;193u": "q",
    b"\x1b[113;2u": "Q",
    b"\x1b[113;;113u": "q",
    b"\x1b[113:81;2;81u": "Q",
    b"\x1b[49:33;2u": "exclamation_mark",
    b"\x1b[0;;54620u": "한",
    b"\x1b[113;3u": "alt+q",
    b"\x1b[1;129A": "up",
    b"\x1b[1;65D": "left",
    b"\x1b[1;130A": "shift+up",
    b"\x1b[3;129~": "delete",
    b"\x1b[1;129P": "f1",
    b"\x1b[57399;129u": "0",
    b"\x1b[57416u": "comma",
    b"\x1b[57419u": "up",
    b"\x1b[57414u": "enter",
}
"""What CSI u, modifyOtherKeys and kitty's protocol send, and the key that it is without them."""
NO_KEYS = (
    *(b"\x1b[113;1:3u", b"\x1b[1;1:3A", b"\x1b[57441;2u", b"\x1b[57358u", b"\x1b[113;9u", b"\x1b[55296u"),
    *(b"\x1b[9999999u", b"\x1b[u", b"\x1b[;u", b"\x1b[0;;27u", b"\x1b[7u", b"\x1b[1114112;2u", b"\x1b[50;5u"),
)
"""Released keys, modifiers by themselves, and what is no key at all."""


@pytest.mark.parametrize(("sequence", "key"), NEWER_FORMS.items(), ids=str)
def test_a_key_in_a_newer_form_is_the_key_wherever_it_is_cut(sequence: bytes, key: str):
    for cut in range(2, len(sequence) + 1):
        assert keys(sequence[:cut], sequence[cut:], b"q") == [key, "q"]


@pytest.mark.parametrize("sequence", NO_KEYS, ids=str)
def test_what_is_no_key_in_a_newer_form_is_none(sequence: bytes):
    assert keys(sequence, b"q") == ["q"]


def test_a_character_in_a_newer_form_is_typed():
    assert [event.character for event in read(b"\x1b[32;2u\x1b[0;;54620u\x1b[113;2u")] == [" ", "한", "Q"]


@pytest.mark.parametrize(
    ("sequence", "key"),
    [
        (b"\x1b[3$", "shift+delete"),
        (b"\x1b[7$", "shift+home"),
        (b"\x1b[5$", None),
        (b"\x1b[3^", "ctrl+delete"),
        (b"\x1bOl", "comma"),
        (b"\x1bOX", "equals_sign"),
        (b"\x1bO5P", None),
        (b"\x1bO2A", None),
    ],
    ids=str,
)
def test_the_keys_of_older_terminals_swallow_nothing_that_follows(sequence: bytes, key: str | None):
    assert keys(sequence + b"pq") == [*([key] if key else []), "p", "q"]


@pytest.mark.parametrize("following", [b"", b"q", b"qr"])
def test_the_first_function_key_of_a_sco_console_swallows_nothing_that_follows(following: bytes):
    """It looks like the beginning of a click."""
    keyboard = Keyboard(has_mouse=False)
    assert not list(keyboard.feed(b"\x1b[M" + following))
    assert keyboard.patience == SECONDS_FOR_ESCAPE
    assert [event.key for event in later(keyboard, SECONDS_FOR_ESCAPE)] == ["f1", *following.decode()]
    assert [event.key for event in keyboard.feed(b"q")] == ["q"]


@pytest.mark.parametrize("begin", [b"\x1b]11;", b"\x1b[200~", b"xyzabcdefghijk" * 10])
def test_what_never_ends_is_not_kept_for_ever(begin: bytes):
    keyboard = Keyboard(has_mouse=False)
    tracemalloc.start()
    list(keyboard.feed(begin))
    for _ in range(500):
        list(keyboard.feed(b"x" * 4096))
    assert tracemalloc.get_traced_memory()[0] < 10 * MOST_PASTED
    tracemalloc.stop()


def test_half_a_sequence_is_not_waited_for_for_ever():
    assert keys(b"\x1b[12\rq") == ["enter", "q"]
    assert keys(b"\x1b]11;rgb:\x1b[Aq") == ["up", "q"]


@pytest.mark.parametrize("typed", [b"\xc7\xd1\xff", b"\xed\xa0\x80"], ids=str)
def test_what_is_not_utf8_is_replaced(typed: bytes):
    events = read(typed, b"q")
    assert {event.character for event in events[:-1]} == {"\N{REPLACEMENT CHARACTER}"}
    assert events[-1].key == "q"


def test_a_character_may_come_in_two_pieces():
    assert [event.character for event in read("한".encode()[:1], "한".encode()[1:])] == ["한"]


def test_a_paste_in_brackets_is_one_wherever_it_is_cut():
    data = b"\x1b[200~1\x1b[A,2\x00\n3\x1b[201~q"
    for cut in range(len(data)):
        paste, key = read(data[:cut], data[cut:])
        assert isinstance(paste, Paste)
        assert paste.text == "1[A,2\n3"
        assert key.key == "q"


@pytest.mark.parametrize("text", ["the quick brown fox " * 5000, "q" * 100_000, "r\r" * 50_000], ids=len)
def test_a_flood_is_one_paste_and_cheap(text: str):
    keyboard = Keyboard(has_mouse=False)
    begin = time.process_time()
    events = [
        event for place in range(0, len(text), 4096) for event in keyboard.feed(text[place : place + 4096].encode())
    ]
    assert not events
    [paste] = later(keyboard, SECONDS_OF_QUIET)
    assert time.process_time() - begin < 0.5
    assert isinstance(paste, Paste)
    assert len(paste.text) >= MOST_PASTED * 0.9
    assert [event.key for event in keyboard.feed(b"q")] == ["q"]


def test_keys_held_over_a_link_that_stood_still_are_keys():
    assert keys(b" " * 300) == ["space"] * 300
    assert keys(b"]]]r") == ["right_square_bracket"] * 3 + ["r"]


def test_the_focus_is_told():
    assert isinstance(read(b"\x1b[I")[0], AppFocus)


def test_hangul_letters_are_the_keys_they_sit_on():
    plain = "ㅂㅈㄷㄱㅅㅛㅕㅑㅐㅔㅁㄴㅇㄹㅎㅗㅓㅏㅣㅋㅌㅊㅍㅠㅜㅡ"
    assert "".join(map(latin, plain)) == "qwertyuiopasdfghjklzxcvbnm"
    assert "".join(map(latin, "ㅃㅉㄸㄲㅆㅒㅖ")) == "QWERTOP"
    assert "".join(map(latin, "ｒＲ？［　")) == "rR?[ "
    assert [latin(character) for character in "한괜닭힣ㅘ"[:4]] == ["gks", "rhos", "ekfr", "glg"]
    assert not any(map(latin, "q漢é·"))
