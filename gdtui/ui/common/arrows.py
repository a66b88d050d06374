"""Arrow keys and directions: arrows, or words if only ASCII is shown, where `<` and `v` would be other keys."""

import re

from gdtui.text import _

WORDS = {"←": _("left"), "→": _("right"), "↑": _("up"), "↓": _("down")}

_ARROW = re.compile(r"((?:\b[^\W\d_]\d*|[\d…\])}]) [←→] )|([←→↑↓])( {2,}|)")
"""An arrow in mathematics, as in `W ← W − 1`, `h → 0` and `0.1 → 0.2`; otherwise an arrow key, with blanks after it."""


class _Shown:
    """What this program's only terminal shows."""

    as_words = False


def show_arrows(*, as_words: bool) -> None:
    """From now on, show arrow keys and directions as words (`left`), or as arrows."""
    _Shown.as_words = as_words


def with_arrow_keys(text: str) -> str:
    """The text with its arrow keys and directions as the terminal can show them. Columns stay aligned."""
    return _ARROW.sub(_named, text) if _Shown.as_words else text


def _named(found: re.Match[str]) -> str:
    if found[1]:
        return found[0]
    word = WORDS[found[2]]
    return word + found[3][: max(2, len(found[3]) + 1 - len(word))]
