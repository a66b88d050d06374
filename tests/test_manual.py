"""The README and the manual: what they say of keys, options and commands is what the code has, and all of it."""

import re
import shlex
import tomllib
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import get_args

import click
import pytest

from gdtui.classroom import bench, drop_box, messages
from gdtui.classroom.attendance import Attended
from gdtui.classroom.check import check
from gdtui.cli.main import command
from gdtui.errors import FILES_FOR_SCREEN, MEGABYTES_FOR_SCREEN, MEGABYTES_FOR_TORCH
from gdtui.experiment.settings import TABLE
from gdtui.numbers import SAME
from gdtui.storage import manual
from gdtui.teaching.lesson import CHART_NAMES, PANELS
from gdtui.text import cells
from gdtui.theory.tolerance import CONVERGED
from gdtui.ui.charts.all_charts import CHARTS
from gdtui.ui.lesson.kinds import all_kinds

TOP = Path(__file__).parent.parent
README = (TOP / "README.md").read_text(encoding="utf-8")
PAGES = {topic: manual.read(topic) for topic in [manual.INDEX, *manual.topics()]}
TEXTS = {"README": README, **PAGES}


def tables(topic: str) -> dict[str, list[list[str]]]:
    """The rows of the tables below each heading of a page, without their header."""
    found: dict[str, list[list[str]]] = {}
    for part in re.split(r"^#+ ", PAGES[topic], flags=re.MULTILINE)[1:]:
        heading, _, body = part.partition("\n")
        rows = [line for line in body.splitlines() if line.startswith("|")][2:]
        found[heading] = [[cell.strip() for cell in re.split(r"(?<!\\)\|", row)[1:-1]] for row in rows]
    return found


def marked(cell: str) -> list[str]:
    """What is marked as code in a cell."""
    return re.findall(r"`([^`]+)`", cell)


def examples(text: str) -> list[str]:
    """The commands of gdtui that a text shows, in blocks and in lines, but for those that a shell is to complete."""
    text = re.sub(r"\\\n +", "", text)
    in_blocks = re.findall(r"^    (?:\$ |\.venv/bin/)?(gdtui\b.*)$", text, re.MULTILINE)
    in_lines = re.findall(r"`(gdtui [^`]+)`", text.replace("\n", " "))
    whole = [re.split(r" +[#>|&]|  +", example)[0] for example in in_blocks + in_lines]
    return [example for example in whole if "<tab>" not in example]


def test_the_index_lists_every_page_once():
    assert sorted(manual.topics()) == sorted(path.stem for path in manual.PAGES.glob("*.md") if path.stem != "index")


def test_the_page_of_keys_has_the_keys_of_every_command_and_no_others():
    in_code = {
        section.partition(" (")[0]: [command.shown_keys for command in commands]
        for section, commands in groupby(all_kinds.every_command(), key=lambda command: command.section)
    }
    in_page = {heading: [" ".join(marked(row[0])) for row in rows] for heading, rows in tables("keys").items() if rows}
    assert in_page == in_code


def test_the_page_of_keys_names_every_command_for_a_keymap():
    names = manual.read("keys").partition("## Keys of your own")[2].partition("- ")[2]
    assert set(marked(names)) == {command.id for command in all_kinds.every_command()}


def own_options(of: click.Command, *without: click.Command) -> list[str]:
    """The long names of a command's options, without those of other commands."""
    own, *others = (
        [option for option in one.params if isinstance(option, click.Option) and not option.hidden]
        for one in (of, *without)
    )
    taken = {name for options in others for option in options for name in option.opts}
    options = [option for option in own if not taken & {*option.opts}]
    names = [name for option in options for name in (*option.opts, *option.secondary_opts)]
    return [name for name in names if name.startswith("--") and name != "--version"]


def subcommand(*names: str) -> click.Command:
    found: click.Command | None = command
    for name in names:
        assert isinstance(found, click.Group)
        found = found.get_command(click.Context(found), name)
    assert found
    return found


def test_the_page_of_options_has_every_option_of_every_command_and_no_others():
    run, sweep, script, lesson = map(subcommand, ("run", "sweep", "script", "lesson"))
    a_lesson = subcommand("lesson", "open")
    screen = [name for name in own_options(command) if name in own_options(a_lesson)]
    in_code = {
        "The experiment": [name for name in own_options(script) if name != "--notebook"],
        "The lab: gdtui": own_options(command, script, a_lesson),
        "The screen: gdtui and gdtui lesson NAME": screen,
        "gdtui run": own_options(run, script),
        "gdtui sweep": own_options(sweep, script),
        "gdtui script": ["--notebook"],
        "gdtui lesson NAME": own_options(a_lesson, command),
        "gdtui hand-in": own_options(subcommand("hand-in")),
        "gdtui class": own_options(subcommand("class", "open"), command),
        "gdtui class attendance": own_options(subcommand("class", "attendance")),
        "gdtui grade": own_options(subcommand("grade")),
        "gdtui doctor": own_options(subcommand("doctor")),
    }
    in_page = {
        heading: [name for row in rows for name in marked(row[0])] for heading, rows in tables("options").items()
    }
    assert {heading: in_page[heading] for heading in in_code} == in_code
    without = [subcommand("help"), *(each for name, each in lesson.commands.items() if name != "open")]
    without += [subcommand("class", "check"), subcommand("class", "doctor")]
    assert [own_options(each) for each in without] == [[]] * len(without)
    assert own_options(subcommand("join")) == screen


def every_command(of: click.Command) -> Iterator[click.Command]:
    yield of
    if isinstance(of, click.Group):
        context = click.Context(of)
        for each in map(partial(of.get_command, context), of.list_commands(context)):
            assert each
            yield from every_command(each)


@pytest.mark.parametrize("where", TEXTS)
def test_every_example_is_a_command_that_gdtui_knows(where, monkeypatch):
    for each in every_command(command):
        monkeypatch.setattr(each, "callback", lambda *_, **__: 0)
    for example in examples(TEXTS[where]):
        with suppress(click.MissingParameter):  # as in "gdtui lesson check tells you"
            assert command.main(shlex.split(example)[1:], "gdtui", standalone_mode=False) == 0, example


@pytest.mark.parametrize("where", TEXTS)
def test_every_link_and_picture_is_there(where):
    folder = TOP if where == "README" else TOP / "gdtui" / "manual"
    links = re.findall(r"\]\(([^)]+)\)", TEXTS[where])
    assert [link for link in links if not (folder / link).is_file()] == []


@pytest.mark.parametrize("topic", PAGES)
def test_a_page_reads_well_in_80_columns(topic):
    long = [line for line in PAGES[topic].splitlines() if cells(line) > 80 and not line.startswith(("![", "    /opt/"))]
    assert long == []


def test_the_readme_is_short():
    assert len(README.splitlines()) <= 160


@pytest.mark.parametrize("where", TEXTS)
def test_nobody_is_told_to_install_gdtui_by_its_name_which_is_not_ours_on_any_index(where):
    assert not re.search(r"install (-\S+ )*gdtui\b", TEXTS[where])


def test_the_torch_that_is_fetched_beforehand_is_one_that_gdtui_takes():
    project = tomllib.loads((TOP / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    (torch,) = (each for each in project["dependencies"] if each.startswith("torch"))
    assert f"'{torch}' --index-url" in README
    assert f"'{torch}' --index-url" in PAGES["lab-host"]


def test_all_that_can_be_chosen_is_named_on_the_page_of_options():
    options = [option for each in every_command(command) for option in each.params]
    words = {word for option in options if isinstance(option.type, click.Choice) for word in option.type.choices}
    words |= {word for row in TABLE for word in row.kind.words}
    assert words <= {*marked(PAGES["options"]), *re.findall(r"^    (\S+)", PAGES["options"], re.MULTILINE)}


def test_charts_and_panels_are_all_named():
    assert len(tables("charts")["Charts"]) == len(CHARTS)
    of_lessons = PAGES["own-lesson"].partition("## Which charts")[2].partition("## Names")[0].replace("\n", " ")
    assert {*CHART_NAMES, *PANELS} <= {*marked(of_lessons)}


def test_the_page_of_the_lab_host_has_the_limits_in_use():
    for megabytes in (MEGABYTES_FOR_SCREEN, MEGABYTES_FOR_TORCH):
        assert f"ulimit -v {megabytes * 1024}" in PAGES["lab-host"]
    assert f"fewer than {FILES_FOR_SCREEN} open files" in PAGES["lab-host"]


def test_the_page_of_words_has_the_tolerances_in_use():
    assert f"({CONVERGED:g})" in PAGES["words"]
    assert f"within {SAME:g}" in PAGES["words"]


def test_the_page_of_live_classes_says_the_commands_bounds_and_names_in_use(tmp_path):
    page = " ".join(PAGES["live"].split())
    blocks = re.findall(r"^    ((?:install|chmod) .*)$", PAGES["live"], re.MULTILINE)
    said = [each.replace(str(tmp_path / "class"), "/srv/class") for each in check(tmp_path / "class").commands]
    assert blocks == said[: len(blocks)]
    assert len(blocks) == 4
    assert f"{bench.MOST_SECONDS:.0f} seconds, {bench.MOST_UPDATES:,} updates, and 50 million numbers" in page
    assert bench.MOST_NUMBERS == 50_000_000
    assert (
        f"at most {drop_box.MOST_FILES} files per learner, of at most {messages.MOST_BYTES_OF_LEARNER >> 20} MiB"
        in page
    )
    assert f"{messages.MOST_BYTES_OF_LINE >> 10} KiB per line" in page
    assert f"at most {messages.MOST_BYTES_OF_NOW >> 10} KiB" in page
    assert f"table of up to {messages.MOST_BYTES_OF_TABLE >> 20} MiB" in page
    lines = [kind.__struct_config__.tag for kind in get_args(messages.LearnerLine)]
    for names in (messages.Now.__struct_fields__, lines, Attended.__struct_fields__):
        assert set(names) <= {*marked(page)}


def test_a_page_becomes_text_without_its_marks():
    page = """\
# Title

One paragraph
in **two** lines, with a [link](elsewhere.md).

![A picture](picture.png)

| key   | what    |
|-------|---------|
| `a b` | x \\| y |
| `c`   | `z`     |

## More

- one
  thing
- another

```toml
[table]

x = 1
```
"""
    assert (
        manual.plain_text(page)
        == """\
Title
=====

One paragraph in two lines, with a link.

  key  what
  a b  x | y
  c    `z`

More
----

  -  one thing
  -  another

    [table]

    x = 1"""
    )


def test_a_narrow_page_breaks_its_lines_below_their_second_column():
    page = "# T\n\n| key | what it does |\n|---|---|\n| `a` | one two three |\n\n    code is left as it is\n"
    assert manual.plain_text(page, 16).splitlines()[3:] == [
        "  key  what it",
        "       does",
        "  a    one two",
        "       three",
        "",
        "    code is left as it is",
    ]
