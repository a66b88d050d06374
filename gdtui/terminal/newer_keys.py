"""Converts keys in the newer forms (CSI u, modifyOtherKeys, kitty's protocol) to the older form.

gdtui never asks for the newer forms. tmux sends them, and a program whose connection was cut may have left them on.
"""

import re

_FORM = re.compile(
    r"\x1b\[(?P<code>\d{0,7})(?::(?P<shifted>\d{0,7})(?::\d*)?)?"
    r"(?:;(?P<modifiers>\d{0,4})(?::(?P<event>\d))?(?:;(?P<text>[\d:]{0,99}))?)?(?P<final>[u~A-FHPQS])"
)
_SHIFT, _ALT, _CONTROL, _LOCKS = 1, 2, 4, 64 | 128
"""Bits of the modifiers; caps lock and num lock do not count as modifiers."""
_RELEASED = "3"
_OTHER_KEY = 27
"""The code with which modifyOtherKeys says that the key's own code comes last."""
_CONTROLS = "\t\r\x1b\x7f"
"""Keys that are one byte even without a modifier."""
_KEYPAD = {
    **dict(zip(range(57399, 57417), "0123456789./*-+\r=,", strict=True)),
    **{code: f"\x1b[{final}" for code, final in zip((57417, 57418, 57419, 57420, 57423, 57424), "DCABHF", strict=True)},
    **{code: f"\x1b[{number}~" for code, number in zip((57421, 57422, 57425, 57426), (5, 6, 2, 3), strict=True)},
}


def older_form(sequence: str) -> str:
    """What this key sends without the newer forms; empty if it sends nothing then.

    A sequence in none of these forms is returned unchanged.
    """
    form = _FORM.fullmatch(sequence)
    if not form:
        return sequence
    if form["event"] == _RELEASED:
        return ""
    code, text = int(form["code"] or 1), form["text"] or ""
    bits = max(0, int(form["modifiers"] or 1) - 1) & ~_LOCKS
    if form["final"] == "~" and code == _OTHER_KEY and text.isdigit():
        return _typed(int(text), None, "", bits)
    if form["final"] != "u":
        if bits:
            return f"\x1b[{code};{bits + 1}{form['final']}"
        return (
            f"\x1b[{code}~" if form["final"] == "~" else f"\x1b{'O' if form['final'] in 'PQS' else '['}{form['final']}"
        )
    shifted = int(form["shifted"]) if form["shifted"] else None
    return _typed(code, shifted, "".join(map(_character, filter(None, text.split(":")))), bits)


def _typed(code: int, shifted: int | None, text: str, bits: int) -> str:
    """The text that a key types, after an escape if alt is pressed."""
    if bits & ~(_SHIFT | _ALT | _CONTROL):
        return ""
    if text.isprintable() and text and not bits & (_ALT | _CONTROL):
        return text
    if code in _KEYPAD:
        return _KEYPAD[code]
    key = chr(code) if code in map(ord, _CONTROLS) else _character(code)
    if bits & _SHIFT:
        key = "\x1b[Z" if key == "\t" else _character(shifted) if shifted else key.upper()
    if bits & _CONTROL and key and key not in _CONTROLS:
        key = chr(ord(key.upper()) & 0x1F) if "@" <= key.upper() <= "_" or key == " " else ""
    return "\x1b" + key if bits & _ALT and key else key


def _character(code: int | str) -> str:
    """The character with this code; empty if it is not printable."""
    number = int(code)
    return chr(number) if number < 0x110000 and chr(number).isprintable() else ""
