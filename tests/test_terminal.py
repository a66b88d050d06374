"""The harness itself: a program in a `Terminal` meets what it would meet in a real one, and `render` draws it."""

import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import picture
import pyte
import pytest
from picture import CELL_HEIGHT, CELL_WIDTH, DARK, LIGHT, FontMissingError, render
from PIL import Image
from terminal import KEYS, Emulator, Terminal, _typed

MODES = """
import sys
def switch(state):
    for number in (1049, 1000, 1002, 1003, 1006, 1015, 2004, 1004):
        print(f"\\x1b[?{number}{state}", end="")
print("outside")
switch("h")
print("\\x1b[?25l\\x1b[>25u\\x1b[?7l\\x1b[Hinside", end="", flush=True)
sys.stdin.readline()
switch("l")
print("\\x1b[<u\\x1b[?7h\\x1b[?25hback")
"""

# Prints every byte it reads, in one burst, as hexadecimal digits.
KEYBOARD = """
import os, sys, tty
tty.setraw(0)
print("ready", flush=True)
while (data := os.read(0, 4096)) != b"q":
    print(data.hex(" "), end="\\r\\n", flush=True)
"""

SIZE = """
import os, signal
def tell(*_):
    # Unlike print, this may be interrupted by the next signal.
    os.write(1, "size {} {}\\r\\n".format(*os.get_terminal_size()).encode())
signal.signal(signal.SIGWINCH, tell)
tell()
while True:
    signal.pause()
"""

QUERIES = """
import os, tty
tty.setraw(0)
def ask(query):
    os.write(1, query)
    return os.read(0, 100)[1:].decode()
queries = b"\\x1b[3;5H\\x1b[6n", b"\\x1b[?2026$p", b"\\x1b[?25$p", b"\\x1b[?2048$p", b"\\x1b[c"
print("\\x1b[H", *map(ask, queries), flush=True)
"""

APP = """
from textual.app import App
from textual.widgets import Static

class Small(App):
    BINDINGS = [("n", "next", "next")]
    def compose(self):
        yield Static("⣿⡇ ╭──╮ 한국어 before")
    def action_next(self):
        self.query_one(Static).update("pressed")

app = Small()
app.run()
raise SystemExit(app.return_code)
"""


def python(script: str) -> list[str]:
    return [sys.executable, "-I", "-S", "-c", script]


class TestProgram:
    def test_output_and_exit_code(self) -> None:
        with Terminal(["sh", "-c", "echo hello; exit 3"]) as terminal:
            assert terminal.wait() == 3
            assert terminal.text.startswith("hello\n")
            assert terminal.sent == b"hello\r\n"
            assert not terminal.is_alive

    def test_the_terminal_is_its_controlling_one(self) -> None:
        with Terminal(
            ["sh", "-c", "echo tty >/dev/tty; tty; test -t 0 && test -t 1 && test -t 2 && echo all"]
        ) as terminal:
            assert terminal.wait() == 0
            assert terminal.text.startswith("tty\n/dev/")
            assert "\nall" in terminal.text

    def test_environment_and_folder(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("COLUMNS", "33")
        monkeypatch.setenv("REMOVED", "x")
        script = 'echo "$TERM/$COLUMNS/$REMOVED/$ADDED"; pwd'
        with Terminal(["sh", "-c", script], environment={"REMOVED": None, "ADDED": "a b"}, cwd=tmp_path) as terminal:
            terminal.wait()
            assert terminal.sent.decode() == f"xterm-256color///a b\r\n{tmp_path}\r\n"

    def test_streams_elsewhere(self, tmp_path: Path) -> None:
        with (
            (tmp_path / "log").open("wb") as log,
            Terminal(["sh", "-c", "echo error >&2; echo shown >/dev/tty"], stderr=log) as terminal,
        ):
            terminal.wait()
            assert terminal.sent == b"shown\r\n"
        assert (tmp_path / "log").read_text() == "error\n"

    def test_signals(self) -> None:
        with Terminal(["sleep", "60"]) as terminal:
            terminal.signal(signal.SIGTERM)
            assert terminal.wait() == -signal.SIGTERM

    def test_interrupt_key(self) -> None:
        with Terminal(["sh", "-c", "echo ready; exec sleep 60"]) as terminal:
            terminal.wait_for("ready")
            terminal.press("ctrl+c")
            assert terminal.wait() != 0

    def test_close_ends_a_program_that_ignores_the_hangup(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("terminal.PATIENCE", 0.1)
        with Terminal(["sh", "-c", "trap '' HUP; echo ready; while :; do sleep 0.05; done"]) as terminal:
            terminal.wait_for("ready")
        assert not terminal.is_alive

    def test_much_output_never_waits_for_the_test(self) -> None:
        with Terminal(["sh", "-c", "seq 20000"], rows=5) as terminal:
            assert terminal.wait() == 0
            assert terminal.sent.count(b"\r\n") == 20_000
            assert terminal.rows[3].strip() == "20000"

    def test_a_program_that_is_not_there(self) -> None:
        with Terminal(["no-such-program"]) as terminal:
            assert terminal.wait() == 127
            assert "not found" in terminal.text


class TestWaiting:
    def test_failure_shows_the_screen(self) -> None:
        with Terminal(["sh", "-c", "echo here; read line"]) as terminal:
            terminal.wait_for("here")
            with pytest.raises(AssertionError, match=r"(?s)waited 0.1 s for 'there'.*running.*\nhere\n"):
                terminal.wait_for("there", timeout=0.1)
            with pytest.raises(AssertionError, match="still running"):
                terminal.wait(timeout=0.05)

    def test_does_not_wait_for_a_program_that_has_ended(self) -> None:
        with Terminal(["true"]) as terminal, pytest.raises(AssertionError, match="ended with 0"):
            terminal.wait_for("never", timeout=60)

    def test_condition_need_not_be_about_output(self, tmp_path: Path) -> None:
        with Terminal(["sh", "-c", "sleep 0.1; touch made; read line"], cwd=tmp_path) as terminal:
            terminal.wait_for(lambda _: (tmp_path / "made").exists())

    def test_until_still(self) -> None:
        with Terminal(["sh", "-c", "for i in 1 2 3 4 5; do echo $i; sleep 0.05; done; read line"]) as terminal:
            terminal.wait_for("1")
            mark = terminal.mark()
            terminal.wait_until_still(0.3)
            assert terminal.sent_since(mark).endswith(b"5\r\n")
            start = time.monotonic()
            terminal.wait_until_still(0.1)
            assert time.monotonic() - start >= 0.1

    def test_an_unfinished_frame_is_not_looked_at(self) -> None:
        script = r"printf '\033[?2026htorn'; read line; printf '\033[?2026l'; read line"
        with Terminal(["sh", "-c", script]) as terminal:
            with pytest.raises(AssertionError, match="synchronized output"):
                terminal.wait_for("torn", timeout=0.2)
            terminal.press("enter")
            terminal.wait_for("torn")


class TestRestoring:
    def test_modes_are_seen_and_seen_to_be_restored(self) -> None:
        with Terminal(python(MODES)) as terminal:
            terminal.wait_for("inside")
            assert "outside" not in terminal.text
            assert terminal.modes == {
                *(f"mouse {number}" for number in (1000, 1002, 1003, 1006, 1015)),
                *("alternate screen", "bracketed paste", "focus", "hidden cursor", "kitty keyboard", "no line wrap"),
            }
            terminal.press("enter")
            assert terminal.wait() == 0
            assert terminal.modes == frozenset()
            assert terminal.text.startswith("outside\nback\n")

    def test_settings_of_the_terminal(self) -> None:
        with Terminal(["sh", "-c", "stty raw -echo; echo raw; read line; stty sane; echo sane; read line"]) as terminal:
            terminal.wait_for("raw")
            assert not terminal.termios_restored
        with Terminal(["sh", "-c", "saved=$(stty -g); stty raw -echo; stty $saved"]) as terminal:
            terminal.wait()
            assert terminal.termios_restored


@pytest.fixture(scope="module")
def reader() -> Iterator[Terminal]:
    with Terminal(python(KEYBOARD)) as terminal:
        terminal.wait_for("ready")
        yield terminal


class TestKeyboard:
    @pytest.mark.parametrize(
        ("key", "typed"),
        [("up", "1b 5b 41"), ("F10", "1b 5b 32 31 7e"), ("ctrl+q", "11"), ("enter", "0d"), ("ㅂ", "e3 85 82")],
    )
    def test_a_program_reads_what_an_xterm_sends(self, reader: Terminal, key: str, typed: str) -> None:
        mark = reader.mark()
        reader.press(key)
        reader.wait_for(lambda terminal: terminal.sent_since(mark) == typed.encode() + b"\r\n")

    def test_paste(self, reader: Terminal) -> None:
        mark = reader.mark()
        reader.paste("a\nb")
        reader.wait_for(lambda terminal: terminal.sent_since(mark) == b"61 0d 62\r\n")

    def test_names(self) -> None:
        assert KEYS["f1"] == KEYS["F1"] == b"\x1bOP"
        assert KEYS["ctrl+left"] == b"\x1b[1;5D"
        assert _typed("alt+x") == b"\x1bx"
        assert _typed("lr = 0.1") == b"lr = 0.1"
        with pytest.raises(ValueError, match="unknown key"):
            _typed("ctrl+enter")

    def test_input_that_nobody_reads(self) -> None:
        with Terminal(["sh", "-c", "stty raw; echo ready; sleep 60"]) as terminal:
            terminal.wait_for("ready")
            with pytest.raises(AssertionError, match="not read its input"):
                terminal.write(b"x" * 1_000_000, timeout=0.1)


def test_resize_reaches_the_program_and_the_screen() -> None:
    with Terminal(python(SIZE), columns=70, rows=20) as terminal:
        terminal.wait_for("size 70 20")
        terminal.resize(100, 30)
        terminal.wait_for("size 100 30")
        assert [len(row) for row in terminal.rows] == [100] * 30
        assert terminal.sent.count(b"size") == 2


def test_queries_are_answered() -> None:
    with Terminal(python(QUERIES)) as terminal:
        assert terminal.wait() == 0
        assert terminal.rows[0].split() == ["[3;5R", "[?2026;2$y", "[?25;1$y", "[?2048;0$y", "[?6c"]


class TestEmulator:
    @staticmethod
    def shown(output: str, pieces: int = 1) -> str:
        emulator = Emulator(20, 2, lambda _: None)
        data = output.encode()
        for start in range(0, len(data), pieces):
            emulator.feed(data[start : start + pieces])
        return "".join(emulator.screen.buffer[0][x].data for x in range(20)).rstrip()

    @pytest.mark.parametrize(
        "sequence",
        [
            *("\x1b[>1u", "\x1b[<u", "\x1b[=5;1u", "\x1b[?2026$p", "\x1b[>4;2m", "\x1b[2 q", "\x1b[!p", "\x1b[?6n"),
            *("\x1b]8;;http://x\x1b\\", "\x1b]22;pointer\x07", "\x1bP+q544e\x1b\\", "\x1b_Gi=1\x1b\\"),
            *("\x1b(B", "\x1b=", "\x1b F", "\x1b[4:3m", "\x1b[1;2;3A"),
        ],
    )
    @pytest.mark.parametrize("pieces", [1, 100])
    def test_sequences_leave_nothing_on_the_screen(self, sequence: str, pieces: int) -> None:
        assert self.shown(f"ab{sequence}cd한", pieces) == "abcd한"

    def test_characters_of_every_width(self) -> None:
        assert self.shown("a\ufe0fb\u200dc e\u0301") == "abc é"
        assert self.shown("한국\x1b[2Gx") == " x국"
        assert self.shown("한국\x1b[1Gx") == "x 국"

    def test_text_that_looks_like_the_start_of_a_sequence_is_not_lost(self) -> None:
        assert self.shown("ab\x1b[한cd\x1b[m") == "ab[한cd"

    def test_copy_of_the_screen_does_not_change(self) -> None:
        with Terminal(["sh", "-c", "printf '\\033]0;title\\007\\033[31mred'; read line; echo more"]) as terminal:
            terminal.wait_for("red")
            before = terminal.screen
            terminal.press("enter")
            terminal.wait_for("more")
            assert before.display[0].rstrip() == "red"
            assert (before.buffer[0][0].fg, before.title, before.cursor.x) == ("red", "title", 3)


def test_textual_app() -> None:
    with Terminal([sys.executable, "-c", APP]) as terminal:
        terminal.wait_for("⣿⡇ ╭──╮ 한국어 before")
        assert {"alternate screen", "hidden cursor", "mouse 1003", "bracketed paste", "focus"} <= terminal.modes
        mark = terminal.mark()
        terminal.press("n")
        terminal.wait_for(lambda terminal: terminal.rows[0].strip() == "pressed")
        assert b"pressed" in terminal.sent_since(mark)
        terminal.press("ctrl+q")
        assert terminal.wait() == 0
        assert terminal.modes == frozenset()
        assert terminal.termios_restored
        assert terminal.text.strip() == ""


@pytest.fixture
def font(tmp_path: Path) -> None:
    """Skip where there is no font to draw letters with."""
    screen = pyte.Screen(1, 1)
    screen.draw("x")
    try:
        render(screen, tmp_path / "screen.png")
    except FontMissingError as error:
        pytest.skip(str(error))


@pytest.mark.system
@pytest.mark.usefixtures("font")
class TestPicture:
    WIDTH, HEIGHT = 2 * CELL_WIDTH, 2 * CELL_HEIGHT

    def draw(
        self, tmp_path: Path, output: str, theme: picture.Theme = DARK, size: tuple[int, int] = (8, 2)
    ) -> Image.Image:
        screen = pyte.Screen(*size)
        pyte.Stream(screen).feed(output)
        render(screen, tmp_path / "screen.png", theme)
        with Image.open(tmp_path / "screen.png") as image:
            return image.convert("RGB")

    def test_size_and_themes(self, tmp_path: Path) -> None:
        for theme in DARK, LIGHT:
            image = self.draw(tmp_path, "x", theme)
            assert image.size == (8 * self.WIDTH, 2 * self.HEIGHT)
            assert "#{:02x}{:02x}{:02x}".format(*pixel(image, 150, 70)) == theme.background
            assert (224, 224, 224) in colours(image) if theme is DARK else (32, 32, 32) in colours(image)

    def test_full_braille_cell_has_eight_dots(self, tmp_path: Path) -> None:
        image = self.draw(tmp_path, "\u28ff")
        assert spots(image, self.WIDTH, self.HEIGHT) == 8
        assert spots(self.draw(tmp_path, "\u2800"), self.WIDTH, self.HEIGHT) == 0

    def test_braille_dots_are_where_their_bits_say(self, tmp_path: Path) -> None:
        image = self.draw(tmp_path, "\u2801\u2880")
        assert pixel(image, 5, 5) == (224, 224, 224)
        assert pixel(image, 20 + 15, 35) == (224, 224, 224)
        assert spots(image, 2 * self.WIDTH, self.HEIGHT) == 2

    @pytest.mark.parametrize("line", ["────────", "━━━━━━━━", "╭──┬──╮", "├──┼──┤", "╰──┴──╯", "████████", "▄▄▄▄▄▄▄▄"])
    def test_lines_join_across_cells(self, tmp_path: Path, line: str) -> None:
        image = self.draw(tmp_path, line)
        inset = self.WIDTH // 2 if len(line) == 7 else 0
        middle = [pixel(image, x, self.HEIGHT // 2) for x in range(inset + 10, len(line) * self.WIDTH - inset - 10)]
        assert set(middle) == {(224, 224, 224)}

    @pytest.mark.parametrize(
        ("upper", "lower"), [("│", "│"), ("╭", "╰"), ("┬", "┴"), ("┏", "┗"), ("╮", "┤"), ("▌", "▌")]
    )
    def test_lines_join_across_rows(self, tmp_path: Path, upper: str, lower: str) -> None:
        image = self.draw(tmp_path, f"{upper}\r\n{lower}")
        assert {pixel(image, 9, y) for y in range(30, 50)} == {(224, 224, 224)}

    def test_double_lines_are_two(self, tmp_path: Path) -> None:
        image = self.draw(tmp_path, "═")
        assert spots(image, self.WIDTH, self.HEIGHT) == 2

    @pytest.mark.parametrize(
        ("output", "expected"),
        [
            ("\x1b[42m ", (0, 205, 0)),
            ("\x1b[105m ", (255, 0, 255)),
            ("\x1b[48;5;208m ", (255, 135, 0)),
            ("\x1b[48;2;1;2;3m ", (1, 2, 3)),
            ("\x1b[7m ", (224, 224, 224)),
            ("\x1b[38;2;9;8;7m█", (9, 8, 7)),
        ],
    )
    def test_colours(self, tmp_path: Path, output: str, expected: tuple[int, int, int]) -> None:
        assert self.draw(tmp_path, output).getpixel((10, 10)) == expected

    def test_bold_and_underline_put_down_more_ink(self, tmp_path: Path) -> None:
        ink = [sum(self.draw(tmp_path, f"{style}n").convert("L").tobytes()) for style in ("", "\x1b[1m", "\x1b[1;4m")]
        assert ink == sorted(set(ink))

    def test_wide_characters_take_two_cells(self, tmp_path: Path) -> None:
        image = self.draw(tmp_path, "\x1b[44m한")
        assert pixel(image, 2 * self.WIDTH - 1, 1) == (0, 0, 238)
        assert pixel(image, 2 * self.WIDTH, 1) == (18, 18, 18)

    def test_every_line_and_block_is_drawn(self, tmp_path: Path) -> None:
        characters = [chr(code) for code in range(0x2500, 0x25A0)]
        image = self.draw(tmp_path, "".join(characters), size=(len(characters), 1))
        for number, character in enumerate(characters):
            cell = image.crop((number * self.WIDTH, 0, (number + 1) * self.WIDTH, self.HEIGHT))
            assert spots(cell, *cell.size) > 0, hex(ord(character))

    def test_no_font(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(picture, "FAMILY", "DejaVu Sans")
        picture._font.cache_clear()
        with pytest.raises(FontMissingError, match="no monospaced font"):
            self.draw(tmp_path, "x")
        monkeypatch.setattr(picture, "FAMILY", "DejaVu Sans Mono")
        monkeypatch.setenv("PATH", str(tmp_path))
        picture._match.cache_clear()
        with pytest.raises(FontMissingError, match="fc-match"):
            self.draw(tmp_path, "x")


def pixel(image: Image.Image, x: int, y: int) -> tuple[int, ...]:
    value = image.getpixel((x, y))
    assert isinstance(value, tuple)
    return value


def colours(image: Image.Image) -> set[tuple[int, ...]]:
    return {pixel(image, x, y) for x in range(image.width) for y in range(image.height)}


def spots(image: Image.Image, width: int, height: int) -> int:
    """Count the connected areas that differ from the background, corners touching counting as connected."""
    inked = {(x, y) for x in range(width) for y in range(height) if pixel(image, x, y)[0] > 60}
    count = 0
    while inked:
        count += 1
        edge = [inked.pop()]
        while edge:
            x, y = edge.pop()
            near = {(x + i, y + j) for i in (-1, 0, 1) for j in (-1, 0, 1)} & inked
            inked -= near
            edge += near
    return count
