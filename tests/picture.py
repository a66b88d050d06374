"""A picture of a terminal's screen: every cell drawn at its place, as a PNG file.

Braille, lines and blocks are drawn from their meaning, not from a font, so that they meet at the edges of the cells.
"""

from __future__ import annotations

import functools
import itertools
import subprocess
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pyte
from PIL import Image, ImageDraw, ImageFont
from pyte.graphics import FG_BG_256
from pyte.screens import Char

FAMILY = "DejaVu Sans Mono"
MONOSPACED = 100
# One cell in pixels at scale 1, the size at which a letter of the font is that wide, and where letters stand.
CELL_WIDTH, CELL_HEIGHT, FONT_SIZE, BASELINE = 10, 20, 16.6, 15
FINENESS = 8
"""Round shapes are drawn this many times larger and reduced, so that their edges are smooth."""

NAMES = ("black", "red", "green", "brown", "blue", "magenta", "cyan", "white")
COLOURS = {name: f"#{FG_BG_256[number]}" for number, name in enumerate(NAMES)}
COLOURS |= {f"bright{name}": f"#{FG_BG_256[number]}" for number, name in enumerate(NAMES, start=8)}
# pyte spells this one so.
COLOURS["bfightmagenta"] = COLOURS["brightmagenta"]

# The quarters of a cell that are filled: upper left, upper right, lower left, lower right.
QUADRANTS = dict(
    zip("▖▗▘▙▚▛▜▝▞▟", ("0010", "0001", "1000", "1011", "1001", "1110", "1101", "0100", "0110", "0111"), strict=True)
)
SHADES = {"░": 64, "▒": 128, "▓": 191}
THIN = {"LIGHT", "SINGLE"}
WEIGHTS = THIN | {"HEAVY", "DOUBLE"}
# The column and row of each braille dot, from the lowest bit to the highest.
BRAILLE_DOTS = ((0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2), (0, 3), (1, 3))


class Theme(NamedTuple):
    """The colours of cells which the program has left at the terminal's own."""

    foreground: str
    background: str


DARK = Theme("#e0e0e0", "#121212")
LIGHT = Theme("#202020", "#fafafa")


class FontMissingError(RuntimeError):
    """No monospaced font can be found on this machine."""


def render(screen: pyte.Screen, path: Path | str, theme: Theme = DARK, scale: int = 2) -> None:
    """Draw a screen into a PNG file.

    Args:
        screen: What to draw; the cursor is not drawn.
        path: The file to write.
        theme: Colours for `default` foreground and background.
        scale: Size of the picture; at 1 a cell is 10 by 20 pixels.

    Raises:
        FontMissingError: There is no monospaced font, or no fontconfig to find one.
    """
    image = Image.new(
        "RGB", (screen.columns * CELL_WIDTH * scale, screen.lines * CELL_HEIGHT * scale), theme.background
    )
    # All backgrounds come first: a letter may reach a little into the next cell.
    for box, cell in _cells(screen, scale):
        image.paste(_colours(cell, theme)[1], box)
    for box, cell in _cells(screen, scale):
        _draw_cell(image, box, cell, _colours(cell, theme)[0], scale)
    image.save(path, "PNG", optimize=True)


def _cells(screen: pyte.Screen, scale: int) -> Iterator[tuple[tuple[int, int, int, int], Char]]:
    width, height = CELL_WIDTH * scale, CELL_HEIGHT * scale
    for y, x in itertools.product(range(screen.lines), range(screen.columns)):
        cell = screen.buffer[y][x]
        if cell.data == "":
            continue
        # The cell after a wide character is kept empty.
        wide = x + 1 < screen.columns and screen.buffer[y][x + 1].data == ""
        yield (x * width, y * height, (x + 1 + wide) * width, (y + 1) * height), cell


def _colours(cell: Char, theme: Theme) -> tuple[str, str]:
    foreground = theme.foreground if cell.fg == "default" else COLOURS.get(cell.fg, f"#{cell.fg}")
    background = theme.background if cell.bg == "default" else COLOURS.get(cell.bg, f"#{cell.bg}")
    return (background, foreground) if cell.reverse else (foreground, background)


def _draw_cell(image: Image.Image, box: tuple[int, int, int, int], cell: Char, colour: str, scale: int) -> None:
    left, top, right, bottom = box
    draw = ImageDraw.Draw(image)
    mask = _shape(cell.data, scale)
    if mask is not None:
        image.paste(colour, (left, top), mask)
    elif not cell.data.isspace():
        font = _font(cell.data[0], cell.bold, cell.italics, scale)
        draw.text(((left + right) / 2, top + BASELINE * scale), cell.data, colour, font, anchor="ms")
    if cell.underscore:
        line = top + (BASELINE + 2) * scale
        draw.rectangle((left, line, right - 1, line + scale - 1), colour)
    if cell.strikethrough:
        line = (top + bottom) // 2
        draw.rectangle((left, line, right - 1, line + scale - 1), colour)


@functools.cache
def _font(character: str, bold: bool, italics: bool, scale: int) -> ImageFont.FreeTypeFont:
    """Return the wanted font, or another one if only that has the character."""
    style = ":bold" * bold + ":italic" * italics
    plain = FAMILY + style
    _, spacing, file = _match(plain)
    if int(spacing or 0) < MONOSPACED:
        raise FontMissingError(f"no monospaced font found: fontconfig offers {file!r} for {FAMILY!r}")
    if not character.isascii():
        file = _match(f"{plain}:charset={ord(character):x}")[2]
    return ImageFont.truetype(file, FONT_SIZE * scale)


@functools.cache
def _match(pattern: str) -> tuple[str, str, str]:
    try:
        command = ["fc-match", "-f", "%{family}\n%{spacing}\n%{file}", pattern]
        found = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split("\n")
    except (OSError, subprocess.CalledProcessError) as error:
        raise FontMissingError(f"fontconfig's fc-match, which finds the font, does not work: {error}") from error
    if len(found) != 3:
        raise FontMissingError(f"no font found for {pattern!r}")
    return found[0], found[1], found[2]


@functools.cache
def _shape(character: str, scale: int) -> Image.Image | None:
    """Return where a cell with this character is to be inked, or None if the character is for a font to draw."""
    size = CELL_WIDTH * scale, CELL_HEIGHT * scale
    if len(character) != 1:
        return None
    if "\u2800" <= character <= "\u28ff":
        return _braille(ord(character) - 0x2800, *size)
    if "\u2580" <= character <= "\u259f":
        return _block(character, *size)
    if "\u2500" <= character <= "\u257f":
        return _lines(character, *size, scale)
    return None


def _braille(bits: int, width: int, height: int) -> Image.Image:
    fine = Image.new("L", (width * FINENESS, height * FINENESS))
    draw = ImageDraw.Draw(fine)
    # Dots are as far from those of the next cell as from each other.
    spacing = width * FINENESS / 2
    for number, (column, row) in enumerate(BRAILLE_DOTS):
        if bits >> number & 1:
            draw.circle(((column + 0.5) * spacing, (row + 0.5) * spacing), spacing * 0.36, 255)
    return fine.resize((width, height), Image.Resampling.BOX)


def _block(character: str, width: int, height: int) -> Image.Image:
    if character in SHADES:
        return Image.new("L", (width, height), SHADES[character])
    mask = Image.new("L", (width, height))
    for left, top, right, bottom in _block_parts(character):
        mask.paste(255, (round(left * width), round(top * height), round(right * width), round(bottom * height)))
    return mask


def _block_parts(character: str) -> list[tuple[float, float, float, float]]:
    """Return the filled rectangles of a block as left, top, right and bottom, each a fraction of the cell."""
    code = ord(character)
    if character in QUADRANTS:
        corners = ((0, 0, 0.5, 0.5), (0.5, 0, 1, 0.5), (0, 0.5, 0.5, 1), (0.5, 0.5, 1, 1))
        return [corner for corner, filled in zip(corners, QUADRANTS[character], strict=True) if filled == "1"]
    if character in "▀▐▔▕":
        return [{"▀": (0, 0, 1, 0.5), "▐": (0.5, 0, 1, 1), "▔": (0, 0, 1, 1 / 8), "▕": (7 / 8, 0, 1, 1)}[character]]
    if code <= ord("█"):
        return [(0, 1 - (code - 0x2580) / 8, 1, 1)]
    return [(0, 0, (0x2590 - code) / 8, 1)]


def _lines(character: str, width: int, height: int, scale: int) -> Image.Image | None:
    """Draw the light, heavy, double and rounded lines; dashed and diagonal ones are left to the font."""
    words = unicodedata.name(character).removeprefix("BOX DRAWINGS ")
    if "DASH" in words or "DIAGONAL" in words:
        return None
    if "ARC" in words:
        return _arc(words, width, height, scale)
    weights = _weights(words)
    mask = Image.new("L", (width, height))
    _ink(mask, {direction: scale if weight in THIN else 3 * scale for direction, weight in weights.items()}, 255)
    # A double line is a heavy one with its middle taken out, which makes every corner and crossing come right.
    _ink(mask, {direction: scale for direction, weight in weights.items() if weight == "DOUBLE"}, 0)
    return mask


def _weights(words: str) -> dict[str, str]:
    """Read from a character's name, such as `DOWN LIGHT AND RIGHT HEAVY`, what line goes in which direction."""
    weights: dict[str, str] = {}
    weight = ""
    for part in words.split(" AND "):
        names = part.replace("HORIZONTAL", "LEFT RIGHT").replace("VERTICAL", "UP DOWN").split()
        weight = next((name for name in names if name in WEIGHTS), weight)
        weights |= {name: weight for name in names if name not in WEIGHTS}
    return weights


def _ink(mask: Image.Image, arms: dict[str, int], value: int) -> None:
    """Draw lines of the given thickness from the middle of a cell to its sides."""
    x, y = mask.width // 2, mask.height // 2
    # A line reaches over the middle by half of the thickest one that crosses it: corners are filled.
    across = max(arms.get("UP", 0), arms.get("DOWN", 0))
    along = max(arms.get("LEFT", 0), arms.get("RIGHT", 0))
    for direction, thickness in arms.items():
        left, top = x - thickness // 2, y - thickness // 2
        box = {
            "LEFT": (0, top, x - across // 2 + across, top + thickness),
            "RIGHT": (x - across // 2, top, mask.width, top + thickness),
            "UP": (left, 0, left + thickness, y - along // 2 + along),
            "DOWN": (left, y - along // 2, left + thickness, mask.height),
        }[direction]
        mask.paste(value, box)


def _arc(words: str, width: int, height: int, scale: int) -> Image.Image:
    """Draw a quarter circle from the middle of a side, and on from its end to the top or bottom."""
    fine = Image.new("L", (width * FINENESS, height * FINENESS))
    draw = ImageDraw.Draw(fine)
    thickness = scale * FINENESS
    # The middle of a light line, which lies half a pixel beside the middle of the cell when it is one pixel thick.
    x = (width // 2 - scale // 2 + scale / 2) * FINENESS
    y = (height // 2 - scale // 2 + scale / 2) * FINENESS
    side = fine.width if "RIGHT" in words else 0
    end = fine.height if "DOWN" in words else 0
    radius = abs(side - x)
    centre = y + radius if end else y - radius
    start = (180 if side else 270) if end else (90 if side else 0)
    outer = radius + thickness / 2
    draw.arc((side - outer, centre - outer, side + outer, centre + outer), start, start + 90, 255, thickness)
    top, bottom = sorted((centre, end))
    draw.rectangle((x - thickness / 2, top, x + thickness / 2 - 1, bottom), 255)
    return fine.resize((width, height), Image.Resampling.BOX)
