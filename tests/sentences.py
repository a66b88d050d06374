"""Every sentence of the program, for an editor or a translator: `python tests/sentences.py [FOLDER or FILE …]`.

With `--glued` before them: the places where code puts words and values together instead.
"""

import ast
import re
import string
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent / "gdtui"

FUNCTIONS = {"_": 1, "ngettext": 2}
"""The functions that take sentences, and how many of their arguments are templates."""

TWO_WORDS = re.compile(r"[A-Za-z]{2,}[,;:]? +[A-Za-z]{2,}")


@dataclass(frozen=True)
class Sentence:
    path: Path
    line: int
    function: str
    templates: tuple[str | None, ...]
    """None for one that is no literal."""
    values: frozenset[str]

    @property
    def placeholders(self) -> list[frozenset[str]]:
        """The names in braces of each template; without values, braces are braces."""
        if not self.values and self.function == "_":
            return [frozenset() for _ in self.templates]
        return [
            frozenset(re.split(r"[.\[]", name)[0] for _, name, _, _ in string.Formatter().parse(text or "") if name)
            for text in self.templates
        ]


def paths() -> list[Path]:
    return sorted(ROOT.rglob("*.py"))


def sentences(path: Path) -> Iterator[Sentence]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in FUNCTIONS:
            templates = node.args[: FUNCTIONS[node.func.id]]
            yield Sentence(
                path,
                node.lineno,
                node.func.id,
                tuple(text.value if isinstance(text, ast.Constant) else None for text in templates),
                frozenset(keyword.arg or "**" for keyword in node.keywords),
            )


def glued(path: Path) -> Iterator[tuple[int, str]]:
    """Where words and values are put together by the code, so that no translator could turn them round."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.JoinedStr):
            texts = [part.value for part in node.values if isinstance(part, ast.Constant)]
            if len(texts) < len(node.values) and any(TWO_WORDS.search(text) for text in texts):
                yield node.lineno, ast.unparse(node)


def main(arguments: list[str]) -> None:
    names = [Path(name).resolve() for name in arguments if name != "--glued"]
    for path in [path for path in paths() if not names or any(path.is_relative_to(name) for name in names)]:
        place = path.relative_to(ROOT.parent)
        if "--glued" in arguments:
            for line, text in glued(path):
                print(f"{place}:{line}: {text}")
            continue
        for sentence in sentences(path):
            for template in sentence.templates:
                print(f"{place}:{sentence.line}: {template}")


if __name__ == "__main__":
    main(sys.argv[1:])
