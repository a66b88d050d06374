"""What gdtui finds around it, and what to change so that it looks and answers better."""

import locale
import os
import platform
import re
import tempfile
import time
from collections.abc import Iterator, Mapping
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version

import click
import msgspec

from gdtui import __version__
from gdtui.cli.loading import load_threads
from gdtui.errors import (
    FILES_FOR_SCREEN,
    MEGABYTES_FOR_SCREEN,
    UserError,
    check_folder,
    check_limits,
    host_errors,
)
from gdtui.terminal.capability import (
    LEAST_COLUMNS,
    LEAST_ROWS,
    ancestors,
    check_terminal,
    has_few_colours,
    is_ascii_only,
    is_in_foreground,
    locale_name,
    size_of,
)
from gdtui.terminal.capability import character_set as character_set_of
from gdtui.terminal.queries import ask
from gdtui.text import clean

CHARACTERS = "─│╭╮╰╯├┤┬┴●○◆◇▲▼▸×·−…←→↑↓Σθ²½⠉⣿█"
"""What the lab draws with, each one cell wide."""

OWN_COLOURS = "the terminal's own 16"
SLOW_ROUND_TRIP = 0.25
NO_ANSWER = "asked, and it does not answer"
LIBRARIES = ("numpy", "textual", "plotext", "torch")
SHOWN = ("LC_ALL", "LC_CTYPE", "LANG", "COLORTERM", "NO_COLOR", "TERM_PROGRAM", "PYTHONDONTWRITEBYTECODE")


class Report(msgspec.Struct, frozen=True):
    """What was found. None is what could not be found out."""

    gdtui: str
    python: str
    system: str
    term: str
    colours: str
    character_set: str
    python_encoding: str
    is_ascii_only: bool
    variables: dict[str, str]
    within: tuple[str, ...]
    """What stands between here and the person: ssh, mosh, tmux, screen."""
    size: tuple[int, int] | None
    """Columns and rows."""
    refusal: str | None
    """Why the lab cannot be opened here."""
    probes: str
    """Whether the terminal was asked, and if not, why."""
    round_trip_ms: float | None
    odd_widths: dict[str, int] | None
    """The characters that are not one cell wide, and what they are."""
    cores: int
    torch: str | None
    torch_threads: int | None
    torch_seconds: float | None
    """How long torch took to load."""
    textual: str | None
    plotext: str | None
    advice: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()
    """What the machine or the installation lacks, of which some commands need it."""


class Libraries(msgspec.Struct):
    """What came of loading the libraries."""

    lacks: list[str] = []
    torch_threads: int | None = None
    torch_seconds: float | None = None
    loading: str = ""
    """The one that is being loaded."""


@click.command("doctor")
@click.option("--json", "is_json", is_flag=True, help="One line of JSON.")
def doctor_command(is_json: bool) -> int:
    """Say what gdtui finds of the terminal, the link and torch, and what to change."""
    found = look()
    found = msgspec.structs.replace(found, advice=tuple(advice(found, os.environ)))
    if is_json:
        click.echo(msgspec.json.encode(found))
    else:
        text = "\n".join(lines(found))
        click.echo(text.replace("×", "x") if found.is_ascii_only else text)
    return 0


def look() -> Report:
    """Find everything out. Where there is no terminal nothing is asked of it."""
    try:
        check_terminal()
        refusal = None
    except UserError as error:
        refusal = clean(str(error))
    answers = None
    if refusal:
        probes = "not asked: there is no terminal that could answer"
    elif not is_in_foreground(0):
        probes = "not asked: this runs in the background"
    else:
        answers = ask(0, 2, "" if is_ascii_only() else CHARACTERS)
        probes = "asked" if answers else NO_ANSWER
    libraries = try_libraries()
    return Report(
        gdtui=__version__,
        python=platform.python_version(),
        system=platform.platform(),
        term=clean(os.environ.get("TERM", "")),
        colours=OWN_COLOURS if has_few_colours() else "16 million or 256",
        character_set=clean(character_set_of()),
        python_encoding=locale.getpreferredencoding(False),
        is_ascii_only=is_ascii_only(),
        variables={name: clean(os.environ[name]) for name in SHOWN if name in os.environ},
        within=tuple(within(os.environ)),
        size=next(filter(None, map(size_of, (0, 2, 1))), None),
        refusal=refusal,
        probes=probes,
        round_trip_ms=round(answers.round_trip * 1e3, 1) if answers else None,
        odd_widths={c: width for c, width in answers.widths.items() if width != 1} if answers else None,
        cores=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
        torch=installed("torch"),
        torch_threads=libraries.torch_threads,
        torch_seconds=libraries.torch_seconds,
        textual=installed("textual"),
        plotext=installed("plotext"),
        lacks=(*lacks_of_host(), *libraries.lacks),
    )


def lacks_of_host() -> Iterator[str]:
    """What the machine does not give, besides what libraries need."""
    try:
        check_folder()
    except UserError as error:
        yield str(error)
    try:
        tempfile.gettempdir()
    except OSError:
        yield "no temporary folder can be written, so that a crash leaves no report: export TMPDIR=a folder of your own"


def try_libraries() -> Libraries:
    """Load the libraries in a process of its own: where it ends in the middle, this one goes on."""
    try:
        with host_errors():
            check_limits(MEGABYTES_FOR_SCREEN, FILES_FOR_SCREEN)
            here, there = os.pipe()
            child = os.fork()
    except UserError as error:
        return Libraries([str(error)])
    if not child:
        try:
            os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
            for so_far in load_libraries():
                os.write(there, msgspec.json.encode(so_far) + b"\n")
        finally:
            os._exit(0)
    os.close(there)
    with os.fdopen(here, "rb") as told:
        found = msgspec.json.decode(told.readlines()[-1], type=Libraries)
    os.waitpid(child, 0)
    if found.loading:
        found.lacks.append(f"{found.loading} cannot be loaded: it ends the program")
    return found


def load_libraries() -> Iterator[Libraries]:
    """Load each library, torch, which takes longest, last; what has come of it so far before each, and in the end."""
    loaded = Libraries()
    for loaded.loading in LIBRARIES:
        yield loaded
        begin = time.monotonic()
        try:
            with host_errors():
                if loaded.loading == "torch":
                    loaded.torch_threads = load_threads()
                    loaded.torch_seconds = round(time.monotonic() - begin, 2)
                else:
                    import_module(loaded.loading)
        except UserError as error:
            if str(error) not in loaded.lacks:
                loaded.lacks.append(str(error))
    loaded.loading = ""
    yield loaded


def installed(package: str) -> str | None:
    """The version of a package; it is not loaded for that."""
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def within(environment: Mapping[str, str]) -> list[str]:
    """What stands between here and the person, the nearest last."""
    found = ["ssh"] if environment.get("SSH_CONNECTION") else []
    if any(name == "mosh-server" for _, name in ancestors()):
        found.append("mosh")
    found += [name for name, variable in (("tmux", "TMUX"), ("screen", "STY")) if environment.get(variable)]
    return found


def advice(found: Report, environment: Mapping[str, str]) -> Iterator[str]:
    """What to change, in plain words; nothing where all is well."""
    if found.refusal:
        yield found.refusal
    if found.size and (found.size[0] < LEAST_COLUMNS or found.size[1] < LEAST_ROWS):
        yield f"make the window larger: the lab needs {LEAST_COLUMNS}×{LEAST_ROWS}, and shows all from 80×24 on"
    if not found.size and not found.refusal:
        yield "the terminal does not tell its size, and 80×24 is taken for it: stty rows 40 columns 120 tells it"
    if found.character_set != "utf-8":
        yield "export LANG=C.UTF-8 (or ko_KR.UTF-8): then lines, points and Hangul are drawn, not only ASCII"
    elif found.is_ascii_only:
        yield "the Linux console has no braille: charts are drawn in ASCII; another terminal, or SSH, shows them finer"
    if found.colours == OWN_COLOURS and not environment.get("NO_COLOR") and found.term not in ("linux", "vt100"):
        yield "export COLORTERM=truecolor if the terminal has more than 16 colours; SSH does not hand it on by itself"
    if found.odd_widths:
        odd = "".join(found.odd_widths)
        yield f"set the width of ambiguous characters to narrow in the terminal, or use --ascii: {odd} are not one cell"
    if found.round_trip_ms is not None and found.round_trip_ms > SLOW_ROUND_TRIP * 1e3:
        yield "the line is slow: keys are answered late; mosh or a nearer host helps, a slower pace ([) too"
    if found.probes == NO_ANSWER:
        yield "the terminal does not say when a frame has arrived: on a slow line pause (r) may be seen late"
    if "tmux" in found.within:
        yield "in tmux: set -s escape-time 10 (escape waits for half a second else)"
        if not re.match("tmux|screen", found.term):
            yield "in tmux: set -g default-terminal tmux-256color"
    if "PYTHONDONTWRITEBYTECODE" in found.variables:
        yield "unset PYTHONDONTWRITEBYTECODE: every start is slower with it"
    yield from found.lacks
    if found.torch_threads and found.torch_threads > 1:
        yield "export OMP_NUM_THREADS=1 where several people share the machine"


def lines(found: Report) -> list[str]:
    """The report for people."""
    seen = {
        "gdtui": f"{found.gdtui}, Python {found.python}, {found.system}",
        "terminal": f"TERM={found.term or 'not set'}" + (f", {'×'.join(map(str, found.size))}" if found.size else ""),
        "within": ", ".join(found.within) or "nothing that is known",
        "colours": found.colours,
        "locale": f"{locale_name() or 'not set'}, which is {found.character_set}",
        "characters": "ASCII alone" if found.is_ascii_only else "all",
        "probes": found.probes,
    }
    if found.round_trip_ms is not None:
        seen["round trip"] = f"{found.round_trip_ms} ms"
    if found.odd_widths is not None and not found.is_ascii_only:
        odd = ", ".join(f"{character} {width}" for character, width in found.odd_widths.items())
        seen["widths"] = odd or f"all {len(CHARACTERS)} characters of the lab are one cell wide"
    threads = f", {found.torch_threads} of {found.cores} threads, loaded in {found.torch_seconds} s"
    seen["torch"] = f"{found.torch}{threads}" if found.torch_threads else found.torch or "not installed"
    seen["Textual"] = found.textual or "not installed"
    seen["plotext"] = found.plotext or "not installed"
    to_change = ["What to change:", *(f"  {text}" for text in found.advice)]
    told = [f"{name:<11} {clean(value)}" for name, value in seen.items()]
    return [*told, "", *(to_change if found.advice else ["All is well."])]
