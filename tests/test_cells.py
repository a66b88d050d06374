"""The cells sent to the terminal lead to the same screen as what was drawn, in fewer bytes."""

import ast
import re
import threading
import time
import unicodedata
from pathlib import Path

import pytest
from examples import examples
from hypothesis import example, given
from hypothesis import strategies as st
from pyte.screens import Char, wcwidth
from rich.cells import cell_len
from terminal import Emulator
from waiting import join, wait_for, wait_until_set

import gdtui
from gdtui.terminal import output as output_of_ui
from gdtui.terminal.cells import Cells
from gdtui.terminal.characters import fit_to_send, in_ascii, is_narrow
from gdtui.terminal.output import Output
from gdtui.ui.common.rows import with_ascii_arrows

COLUMNS, ROWS = 20, 6
ENTER = "\x1b[?1049h"
ROOM = Path(gdtui.__file__).parent
NOT_SHOWN = {"\ufffd", "\ue000"}
"""What has no other likeness than a question mark."""
NOT_SHOWN_BY = {
    ROOM / "cli" / "doctor.py",
    ROOM / "terminal" / "hangul_keys.py",
    *(ROOM / "storage" / "tables" / name for name in ("encoding.py", "number.py", "rows.py")),
}
"""These name characters that the screen does not show: those to be measured, keys of a keyboard, what tables have."""


def opened() -> Cells:
    """Cells on an alternate screen just entered."""
    cells = Cells(COLUMNS, ROWS)
    assert cells.feed(ENTER) == ENTER
    return cells


def looks(cell: Char) -> tuple[object, ...]:
    """What is seen of a cell."""
    if cell.data == " " and not (cell.underscore or cell.reverse or cell.strikethrough):
        return (" ", cell.bg)
    return tuple(cell)


class Shown:
    """What a terminal shows."""

    def __init__(self) -> None:
        self.emulator = Emulator(COLUMNS, ROWS, print)
        self.emulator.screen.reset_mode(7, private=True)  # no wrapping, as Textual has it

    def feed(self, text: str) -> None:
        """Show some more."""
        self.emulator.feed(text.encode())

    def cells(self) -> list[list[tuple[object, ...]]]:
        """Every cell, with its looks. What colour a space is written in is not seen."""
        buffer = self.emulator.screen.buffer
        return [[looks(buffer[row][column]) for column in range(COLUMNS)] for row in range(ROWS)]

    def line(self, row: int) -> str:
        """A row as text."""
        return "".join(str(cell[0]) for cell in self.cells()[row]).rstrip()


STYLES = st.sampled_from(
    ["0", "1", "0;31", "0;4;31", "38;5;200", "1;38;2;1;2;3;48;2;9;9;9", "22", "0;7", "39;49", "48;5;17", "4;92"]
)
TEXTS = st.text(st.sampled_from("ab ·●⠉é"), min_size=1, max_size=COLUMNS)
RUNS = st.tuples(st.integers(1, ROWS), st.integers(1, COLUMNS), STYLES, TEXTS)


def drawn(row: int, column: int, style: str, text: str) -> str:
    """One run as Textual writes it, which leaves the cursor in the corner."""
    return f"\x1b[{row};{column}H\x1b[{style}m{text}\x1b[0m\x1b[1;1H"


def fits(run: tuple[int, int, str, str]) -> bool:
    """Whether a run ends before the margin; beyond it emulators do not agree."""
    return run[1] - 1 + len(run[3]) < COLUMNS


@given(frames=st.lists(st.lists(RUNS.filter(fits), min_size=1, max_size=6), min_size=1, max_size=5))
@examples(300)
def test_the_difference_leads_to_what_was_drawn(frames):
    cells, plain, ours = opened(), Shown(), Shown()
    for runs in frames:
        frame = "".join(drawn(*run) for run in runs)
        cells.feed(frame)
        plain.feed(frame)
        ours.feed(cells.difference())
        assert ours.cells() == plain.cells()
        cells.feed(frame)
        assert cells.difference() == "", "the same again is not sent"


def test_half_a_wide_character_is_blanked():
    cells, emulator = opened(), Shown()
    cells.feed(drawn(1, 1, "0", "한글"))
    emulator.feed(cells.difference())
    cells.feed(drawn(1, 2, "0", "x"))
    emulator.feed(cells.difference())
    assert emulator.line(0) == " x글"


EMOJI = ("🔎", "❤", "❤\ufe0f", "👍🏽", "🇰🇷", "👨\u200d👩\u200d👧", "1\ufe0f\u20e3", "\u200d", "\ufe0f")
"""Among them those that terminals draw in different widths."""
LINES = st.lists(st.sampled_from([*"한계글가나a b·●", "e\u0301", "각", *EMOJI]), min_size=1, max_size=9).map("".join)


@pytest.mark.slow
@example(frames=[[(1, 1, "0", "한")], [(1, 3, "0", "\u200de\u0301")]])
@given(
    frames=st.lists(
        st.lists(st.tuples(st.integers(1, 2), st.integers(1, COLUMNS), STYLES, LINES), min_size=1, max_size=4),
        min_size=2,
        max_size=6,
    )
)
@examples(600)
def test_drawing_change_by_change_equals_drawing_anew(frames):
    """With characters that are two cells wide, and with those that are drawn over the halves of others."""
    by_change, anew, shown, expected = opened(), opened(), Shown(), Shown()
    for runs in frames:
        for run in runs:
            by_change.feed(drawn(*run))
            anew.feed(drawn(*run))
        shown.feed(by_change.difference())
    expected.feed(anew.difference())
    assert shown.cells() == expected.cells()


@pytest.mark.parametrize("text", EMOJI)
def test_what_terminals_draw_in_different_widths_takes_the_cells_that_textual_counts(text):
    fitted = fit_to_send(text)
    assert cell_len(fitted) == cell_len(text)
    assert sum(map(cell_len, fitted)) == sum(map(wcwidth, fitted)) == cell_len(text)


def test_one_digit_costs_a_jump_and_a_digit():
    cells = opened()
    cells.feed(drawn(2, 1, "0", "W 1.400"))
    cells.difference()
    cells.feed(drawn(2, 1, "0", "W 1.500"))
    assert cells.difference() == "\x1b[2;5H5"


def test_the_cursor_is_placed_also_where_nothing_else_changes():
    cells = opened()
    cells.feed("\x1b[2;3Ha\x1b[2;4H")
    cells.difference()
    cells.feed("\x1b[2;3Ha\x1b[4;2H")
    assert cells.difference() == "\x1b[4;2H"
    cells.feed("\x1b[2;3Ha\x1b[4;2H")
    assert cells.difference() == ""


def test_modes_pass_by_themselves():
    cells = opened()
    for mode in (
        "\x1b[?25l",
        "\x1b[?1004h",
        "\x1b[?2026$p",
        "\x1b[<u",
        "\x1b]52;c;eA==\x07",
        "\x07",
        "\x1b[?7l\x1b[?25h",
    ):
        assert cells.feed(mode) == mode


HOSTILE = (
    *(
        "\x1b]52;c;eA==\x07",
        "\x1b]0;title\x07",
        "\x1b[?1049l",
        "\x1bc",
        "\x1b[2J",
        "\x1b[6n",
        "\x1b[?2026h",
        "\x1bP+q544e\x1b\\",
    ),
    *(
        "\x1b]8;;http://a\x1b\\",
        "\x1b",
        "\x1b[",
        "\x1b]",
        "\x1b[0;0H",
        "\x1b[" + "9" * 9999 + "H",
        "\x1b[" + "1" * 9999 + "m",
    ),
    *(
        "\x00",
        "\x07",
        "\x08",
        "\x0e",
        "\x7f",
        "\x85",
        "\x9b31m",
        "\x9d0;x\x9c",
        "\u202e",
        "\u2066",
        "\u2028",
        "\u200d",
        "\ufeff",
    ),
    *("\ud800", "\udcff", "\U000e0041", "\ue000", "\U0010ffff"),
)
ALLOWED = re.compile(r"\x1b\[[0-9;]*[mHC]")
"""Places, jumps and styles."""


@given(parts=st.lists(st.sampled_from((*HOSTILE, "a", "한", "\u0301", "●")), max_size=12), is_ascii=st.booleans())
@examples(300)
def test_no_text_in_a_frame_reaches_the_terminal_as_a_sequence(parts, is_ascii):
    cells = Cells(COLUMNS, ROWS, is_ascii=is_ascii)
    cells.feed(ENTER)
    assert cells.feed(drawn(2, 2, "1", "".join(parts))) == ""
    sent = ALLOWED.sub("", cells.difference())
    assert sent.encode("utf-8").decode() == sent
    assert not [c for c in sent if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")]
    assert not is_ascii or sent.isascii()


def test_a_thousand_combining_marks_become_few():
    cells = opened()
    cells.feed(drawn(1, 1, "0", "a" + "\u0301" * 1000 + "b"))
    assert len(cells.difference()) < 20


def test_in_ascii_everything_keeps_its_place():
    cells, emulator = Cells(COLUMNS, ROWS, is_ascii=True), Shown()
    cells.feed(ENTER)
    cells.feed(
        drawn(1, 1, "0", "╭─ W₀·x ─╮") + drawn(2, 1, "0", "│ 점수 é ▸│") + drawn(3, 1, "0", "cafe\u0301 −2² … W ← 0")
    )
    emulator.feed(cells.difference())
    assert [emulator.line(row) for row in range(3)] == ["+- W0*x -+", "| ???? e >|", "cafe -22 . W = 0"]


@pytest.mark.parametrize(
    ("text", "ascii_text"),
    [
        ("cost  0.746666 → ", "cost  0.746666-> "),
        ("0.1 → 0.12", "0.1-> 0.12"),
        ("… → 0.12", ".-> 0.12"),
        (" W ← ", " W = "),
        ("W ← [0.5 −2]", "W = [0.5 -2]"),
    ],
)
def test_in_ascii_what_a_number_becomes_does_not_look_like_a_comparison(text, ascii_text):
    assert in_ascii(text) == ascii_text


@pytest.mark.parametrize(
    ("runs", "width", "shown"),
    [
        ([("cost  0.75 → ", "text"), ("0.12, lower", "good")], 30, "cost  0.75 -> 0.12, lower"),
        ([("cost  0.75 → ", "text"), ("0.12, lower", "good")], 24, "cost  0.75-> 0.12, lower"),
        ([("W  0 → 2.002 → ", "text"), ("−0.004    end", "good")], 28, "W  0 -> 2.002 -> -0.004  end"),
        ([("W  0 → 2.002 → ", "text"), ("−0.004 end", "good")], 26, "W  0-> 2.002 -> -0.004 end"),
    ],
)
def test_in_ascii_an_arrow_between_numbers_has_both_its_blanks_where_there_is_room(runs, width, shown):
    row = with_ascii_arrows(runs, width)
    assert "".join(in_ascii(text) for text, _ in row) == shown
    assert {role for _, role in row} == {role for _, role in runs}


def test_in_ascii_the_parts_of_a_bar_differ():
    signs = "─━░▒█"
    assert len(set(map(in_ascii, signs))) == len(signs)


@pytest.mark.parametrize(
    "path", sorted(set(ROOM.rglob("*.py")) - NOT_SHOWN_BY), ids=lambda path: str(path.relative_to(ROOM))
)
def test_each_of_our_own_characters_has_an_ascii_one(path):
    strings = (node.value for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Constant))
    ours = {character for text in strings if isinstance(text, str) for character in text if not character.isascii()}
    assert not [character for character in ours - NOT_SHOWN if in_ascii(character) in ("", "?", "??")]


def test_nothing_is_drawn_once_the_screen_is_given_back():
    cells = opened()
    cells.feed(drawn(1, 1, "0", "late"))
    cells.feed("\x1b[?1049l")
    assert cells.difference() == ""


def test_the_screen_comes_back_whole_when_it_is_entered_again():
    cells = opened()
    cells.feed(drawn(1, 1, "0", "one"))
    cells.difference()
    cells.feed("\x1b[?1049l")
    cells.feed(ENTER)
    assert cells.difference() == "\x1b[1Hone"


def test_after_a_resize_everything_is_sent_again_and_nothing_outside():
    cells = opened()
    cells.feed(drawn(1, 1, "0", "one") + drawn(6, 1, "0", "six"))
    cells.difference()
    cells.resize(10, 3)
    cells.feed(drawn(1, 1, "0", "one") + drawn(6, 1, "0", "six"))
    assert cells.difference() == "\x1b[1Hone"


def test_frames_are_bracketed_where_the_program_brackets_them():
    cells = opened()
    for part in ("\x1b[?2026h", drawn(1, 1, "0", "a"), "\x1b[?2026l"):
        assert cells.feed(part) == ""
    assert cells.difference() == "\x1b[?2026h\x1b[1Ha\x1b[?2026l"


class SlowTerminal:
    """A terminal that takes nothing until it is let go."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.writes: list[bytes] = []

    def write(self, data: bytes) -> int:
        self.writes.append(data)
        wait_until_set(self.go)
        return len(data)


def test_frames_are_dropped_and_never_queued():
    terminal = SlowTerminal()
    output = Output(terminal.write, Cells(COLUMNS, ROWS))
    output.start()
    output.draw(ENTER)
    output.frame()
    wait_for(lambda: terminal.writes)
    for number in range(1000):
        output.draw(drawn(1, 1, "0", f"frame {number:4}"))
        output.frame()
    terminal.go.set()
    output.stop()
    assert terminal.writes == [ENTER.encode(), b"\x1b[1Hframe  999\x1b[6n"]


@pytest.mark.filterwarnings("ignore")
def test_a_terminal_that_is_gone_holds_nobody_up():
    def write(data: bytes) -> int:
        raise OSError("gone")

    output = Output(write, Cells(COLUMNS, ROWS))
    output.start()
    output.draw(ENTER)
    output.frame()
    join(output)
    output.draw(drawn(1, 1, "0", "x"))
    output.stop()


class FastTerminal:
    """A terminal that takes everything at once, and answers only when it is told to."""

    def __init__(self) -> None:
        self.writes: list[bytes] = []
        self.output = Output(self.write, Cells(COLUMNS, ROWS))
        self.output.start()
        self.output.draw(ENTER)
        self.output.frame()
        wait_for(lambda: self.writes)

    def write(self, data: bytes) -> int:
        self.writes.append(data)
        return len(data)

    def play(self, seconds: float) -> int:
        """Draw frames for so long; how many of them were sent."""
        before, end, number = len(self.writes), time.monotonic() + seconds, 0
        while time.monotonic() < end:
            number += 1
            self.output.draw(drawn(1, 1, "0", f"frame {number:6}"))
            self.output.frame()
            time.sleep(0.01)
        return len(self.writes) - before


def test_one_frame_is_under_way_until_the_terminal_answers():
    terminal = FastTerminal()
    terminal.output.acknowledge()
    assert terminal.play(0.4) == 1
    assert terminal.writes[-1].endswith(b"\x1b[6n")
    terminal.output.acknowledge()
    assert terminal.play(0.4) == 1
    terminal.output.acknowledge()
    terminal.output.stop()


def test_what_follows_a_key_goes_ahead_of_the_answer_and_only_that():
    terminal = FastTerminal()
    terminal.output.acknowledge()
    assert terminal.play(0.2) == 1
    assert terminal.output.is_behind
    sent = len(terminal.writes)
    terminal.output.answer()
    terminal.output.draw(drawn(1, 1, "0", "paused"))
    terminal.output.frame()
    wait_for(lambda: len(terminal.writes) == sent + 1, 0.9)
    assert b"paused" in terminal.writes[-1]
    assert terminal.play(0.2) == 0
    terminal.output.acknowledge()
    assert terminal.play(0.2) == 0, "two are under way"
    terminal.output.acknowledge()
    wait_for(lambda: len(terminal.writes) == sent + 2, 0.9)
    terminal.output.acknowledge()
    wait_for(lambda: not terminal.output.is_behind)
    terminal.output.stop()


@pytest.mark.parametrize("is_answered_at_once", [True, False])
def test_where_a_multiplexer_answers_frames_are_spaced_as_on_a_narrow_link(
    monkeypatch: pytest.MonkeyPatch, is_answered_at_once: bool
):
    """tmux answers by itself, and would keep what the link behind it does not take."""
    monkeypatch.setattr(output_of_ui, "BYTES_A_SECOND", 1600)
    terminal = FastTerminal()
    terminal.output.is_answered_at_once = is_answered_at_once
    sent = 0
    for number in range(100):
        before = len(terminal.writes)
        for row in range(1, ROWS + 1):
            terminal.output.draw(drawn(row, 1, "0", chr(ord("a") + number % 26) * COLUMNS))
        terminal.output.frame()
        time.sleep(0.005)
        terminal.output.acknowledge()
        sent += len(terminal.writes) - before
    assert (sent < 50) is is_answered_at_once
    terminal.output.stop()


def test_a_terminal_that_never_answers_is_waited_for_three_times():
    terminal = FastTerminal()
    terminal.play(3.5)
    assert sum(data.count(b"\x1b[6n") for data in terminal.writes) == 3
    assert terminal.play(0.5) > 10
    begin = time.monotonic()
    terminal.output.settle()
    terminal.output.stop()
    assert time.monotonic() - begin < 0.5


def test_a_terminal_that_has_fallen_silent_is_sent_less_and_less_until_something_comes(
    monkeypatch: pytest.MonkeyPatch,
):
    """As over a link that is dead: what goes on being sent would keep the other side from seeing that it is."""
    monkeypatch.setattr(output_of_ui, "SECONDS_TO_ANSWER", 0.05)
    terminal = FastTerminal()
    terminal.output.acknowledge()
    assert terminal.play(0.5) <= 4
    assert terminal.play(1.0) <= 1
    sent = len(terminal.writes)
    terminal.output.hear()
    terminal.play(0.5)
    assert len(terminal.writes) >= sent + 2
    terminal.output.acknowledge()
    assert terminal.play(0.1) >= 1
    terminal.output.stop()


def test_the_end_waits_for_what_the_terminal_was_asked_at_the_beginning():
    """Who quits before it has come would have it typed into the shell."""
    terminal = FastTerminal()
    terminal.output.draw("\x1b[?2026$p")
    terminal.output.frame()
    wait_for(lambda: len(terminal.writes) == 2)
    assert terminal.writes[-1] == b"\x1b[?2026$p\x1b[6n", "every terminal answers that"
    begin = time.monotonic()
    threading.Timer(0.8, terminal.output.acknowledge).start()
    terminal.output.settle()
    assert 0.7 < time.monotonic() - begin < 1.4
    terminal.output.stop()


def test_the_end_waits_less_for_a_terminal_that_has_never_answered_and_hardly_where_it_is_told_to_be_quick():
    terminal = FastTerminal()
    terminal.output.draw("\x1b[?2026$p")
    terminal.output.frame()
    wait_for(lambda: len(terminal.writes) == 2)
    begin = time.monotonic()
    terminal.output.settle(0.2)
    assert time.monotonic() - begin < 0.8
    terminal.output.settle()
    assert time.monotonic() - begin < 2.5
    terminal.output.stop()


def test_what_is_asked_at_the_beginning_holds_no_frame_back():
    terminal = FastTerminal()
    terminal.output.draw("\x1b[?2026$p")
    terminal.output.frame()
    time.sleep(0.3)  # no stream
    for number in range(3):
        terminal.output.draw(drawn(1, 1, "0", f"frame {number}"))
        terminal.output.frame()
        wait_for(lambda number=number: f"frame {number}"[-1].encode() in terminal.writes[-1][:12], 0.5)
        time.sleep(0.3)
    terminal.output.acknowledge()
    terminal.output.stop()


def test_a_single_frame_asks_nothing_and_the_end_waits_for_answers():
    terminal = FastTerminal()
    time.sleep(0.3)
    terminal.output.answer()
    terminal.play(0.001)
    wait_for(lambda: len(terminal.writes) == 2)
    assert not terminal.writes[-1].endswith(b"\x1b[6n")
    terminal.play(0.05)
    wait_for(lambda: b"\x1b[6n" in terminal.writes[-1])
    threading.Timer(0.3, terminal.output.acknowledge).start()
    begin = time.monotonic()
    terminal.output.settle()
    assert 0.2 < time.monotonic() - begin < 0.9
    terminal.output.stop()


def test_what_counts_as_narrow_is_a_cell_wide_and_harmless():
    narrow = [character for character in map(chr, range(0x20, 0x30000)) if is_narrow(character)]
    assert {"W", "−", "│", "●", "⠉"} <= set(narrow)
    assert all(cell_len(character) == 1 and fit_to_send(character) == character for character in narrow)
