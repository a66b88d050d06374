"""Arrow keys and directions: arrows, or words where nothing but ASCII is shown and `<` and `v` are other keys."""

import re

from gdtui.text import _

WORDS = {"←": _("left"), "→": _("right"), "↑": _("up"), "↓": _("down")}

_ARROW = re.compile(r"((?:\b[^\W\d_]\d*|[\d…\])}]) [←→] )|([←→↑↓])( {2,}|)")
"""An arrow of mathematics, as in `W ← W − 1`, `h → 0` and `0.1 → 0.2`; else one that is a key, with blanks behind."""


class _Shown:
    """What the terminal of this program shows; it has only one."""

    as_words = False


def show_arrows(*, as_words: bool) -> None:
    """From now on, show arrow keys and directions as words (`left`), or as arrows."""
    _Shown.as_words = as_words


def with_arrow_keys(text: str) -> str:
    """A text with its arrow keys and directions as the terminal can show them. What stands in columns stays there."""
    return _ARROW.sub(_named, text) if _Shown.as_words else text


def _named(found: re.Match[str]) -> str:
    if found[1]:
        return found[0]
    word = WORDS[found[2]]
    return word + found[3][: max(2, len(found[3]) + 1 - len(word))]
