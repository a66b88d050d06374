"""What gdtui finds on this machine, and what to change so that it looks and works better."""

import locale
import os
import platform
import re
import select
import signal
import tempfile
import time
from collections.abc import Iterator, Mapping
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version

import click
import msgspec

from gdtui import __version__, errors
from gdtui.classroom.check import check
from gdtui.classroom.named import named
from gdtui.errors import UserError, host_errors
from gdtui.storage import hand_in, lesson_files, record_folder
from gdtui.terminal import capability
from gdtui.terminal.queries import ask
from gdtui.text import _, clean

CHARACTERS = "─│╭╮╰╯├┤┬┴●○◆◇▲▼▸×·−…←→↑↓Σθ²½⠉⣿█"
"""The characters that the lab draws with; each should be one cell wide."""

OWN_COLOURS, ALL_COLOURS = _("the terminal's own 16"), _("16 million or 256")
SLOW_ROUND_TRIP = 250.0
"""In milliseconds."""
NO_ANSWER = _("asked, but the terminal did not answer")
LIBRARIES = ("numpy", "textual", "plotext", "torch")
EXTRA = ("pyarrow",)
"""Optional libraries."""
SHOWN = ("LC_ALL", "LC_CTYPE", "LANG", "COLORTERM", "NO_COLOR", "TERM_PROGRAM", "PYTHONDONTWRITEBYTECODE")


class Report(msgspec.Struct, frozen=True):
    """The findings; None means that something could not be determined."""

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
    """What is between gdtui and the person: ssh, mosh, tmux, screen."""
    size: tuple[int, int] | None
    """Columns and rows."""
    refusal: str | None
    """Why the lab cannot be opened here."""
    probes: str
    """Whether the terminal was queried, and if not, why."""
    round_trip_ms: float | None
    odd_widths: dict[str, int] | None
    """The characters that are not one cell wide, with their widths."""
    cores: int
    torch: str | None
    torch_threads: int | None
    torch_seconds: float | None
    textual: str | None
    plotext: str | None
    advice: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()
    """What the machine or the installation lacks that some commands need."""
    pyarrow: str | None = None


SECONDS_OF_STILLNESS = 60.0
"""After this long without progress, a library is reported as hanging."""


class Libraries(msgspec.Struct):
    """The result of loading the libraries."""

    lacks: list[str] = []
    torch_threads: int | None = None
    torch_seconds: float | None = None
    loading: str = ""


@click.command("doctor", help=_("Check the terminal, connection and torch, and say what to change."))
@click.option("--json", "is_json", is_flag=True, help=_("Print one line of JSON."))
def doctor_command(is_json: bool) -> int:
    """Print what was found, and what to change."""
    found = look()
    found = msgspec.structs.replace(found, advice=tuple(advice(found, os.environ)))
    if is_json:
        click.echo(msgspec.json.encode(found))
    else:
        text = "\n".join(lines(found))
        click.echo(text.replace("×", "x") if found.is_ascii_only else text)
    return 0


def look() -> Report:
    """Collect all findings. Without a terminal, no terminal is queried."""
    try:
        capability.check_terminal()
        refusal = None
    except UserError as error:
        refusal = clean(str(error))
    answers = None
    if refusal:
        probes = _("not asked: there is no terminal to answer")
    elif not capability.is_in_foreground(0):
        probes = _("not asked: gdtui is running in the background")
    else:
        answers = ask(0, 2, "" if capability.is_ascii_only() else CHARACTERS)
        probes = _("asked") if answers else NO_ANSWER
    libraries = try_libraries()
    return Report(
        gdtui=__version__,
        python=platform.python_version(),
        system=platform.platform(),
        term=clean(os.environ.get("TERM", "")),
        colours=OWN_COLOURS if capability.has_few_colours() else ALL_COLOURS,
        character_set=clean(capability.character_set()),
        python_encoding=locale.getpreferredencoding(False),
        is_ascii_only=capability.is_ascii_only(),
        variables={name: clean(os.environ[name]) for name in SHOWN if name in os.environ},
        within=tuple(within(os.environ)),
        size=next(filter(None, map(capability.size_of, (0, 2, 1))), None),
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
        lacks=(*lacks_of_host(), *lacks_of_folders(), *libraries.lacks),
        pyarrow=installed("pyarrow"),
    )


def lacks_of_host() -> Iterator[str]:
    """What the machine lacks, apart from what libraries need."""
    try:
        errors.check_folder()
    except UserError as error:
        yield str(error)
    try:
        tempfile.gettempdir()
    except OSError:
        yield _("gdtui cannot write to any temporary folder, so a crash would leave no report: export TMPDIR=$HOME")


def lacks_of_folders() -> Iterator[str]:
    """Problems with the folders that were named for records, classes and lessons."""
    yield from filter(None, (record_folder.trouble(), hand_in.trouble()))
    if (place := named()) and (found := check(place.absolute()).problems):
        yield _("{problem}. gdtui class check says what to type", problem=found[0])
    try:
        lesson_files.listed()
    except UserError as error:
        yield str(error)


def never_loaded(library: str) -> str:
    """The message about a library that hangs."""
    values = {"library": library, "command": f"python3 -c 'import {library}'"}
    return _("{library} never finishes loading: see whether {command} ends", **values)


def crashed(library: str, number: int) -> str:
    """The message about a library whose loading ended Python, by itself or with a signal."""
    name = signal.Signals(number).name if number else "exit"
    return errors.cannot_be_loaded(library, _("loading it ends Python with {signal}", signal=name))


def try_libraries() -> Libraries:
    """Load the libraries in a separate process, so that a crash does not end this one."""
    try:
        with host_errors():
            errors.check_limits(errors.MEGABYTES_FOR_SCREEN, errors.FILES_FOR_SCREEN)
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
    said = b""
    while is_moving := bool(select.select([here], [], [], SECONDS_OF_STILLNESS)[0]):
        if not (more := os.read(here, 1 << 16)):
            break
        said += more
    os.close(here)
    if not is_moving:
        os.kill(child, signal.SIGKILL)
    end = os.waitpid(child, 0)[1]
    found = msgspec.json.decode(said.splitlines()[-1], type=Libraries)
    if name := found.loading:
        found.lacks.append(crashed(name, os.WTERMSIG(end)) if is_moving else never_loaded(name))
    return found


def load_libraries() -> Iterator[Libraries]:
    """Load each library, torch last because it takes longest; yield the result so far before each, and at the end."""
    loaded = Libraries()
    for loaded.loading in (*filter(installed, EXTRA), *LIBRARIES, ""):
        yield loaded
        begin = time.monotonic()
        try:
            with host_errors():
                if loaded.loading == "torch":
                    import_module("gdtui.descent.backend")  # what gdtui uses of it exists
                    loaded.torch_threads = import_module("torch").get_num_threads()
                    loaded.torch_seconds = round(time.monotonic() - begin, 2)
                elif loaded.loading:
                    import_module(loaded.loading)
        except UserError as error:
            if str(error) not in loaded.lacks:
                loaded.lacks.append(str(error))


def installed(package: str) -> str | None:
    """The version of a package, without loading it; None if it is not installed."""
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def within(environment: Mapping[str, str]) -> list[str]:
    """What is between gdtui and the person, the nearest last."""
    found = ["ssh"] if environment.get("SSH_CONNECTION") else []
    if any(name == "mosh-server" for __, name in capability.ancestors()):
        found.append("mosh")
    found += [name for name, variable in (("tmux", "TMUX"), ("screen", "STY")) if environment.get(variable)]
    return found


def advice(found: Report, environment: Mapping[str, str]) -> Iterator[str]:
    """What to change, with a command to type if there is one; nothing if all is well."""
    if found.refusal:
        yield found.refusal
    if found.size and (found.size[0] < capability.LEAST_COLUMNS or found.size[1] < capability.LEAST_ROWS):
        least = f"{capability.LEAST_COLUMNS}×{capability.LEAST_ROWS}"
        yield _("make the window larger: the lab needs at least {least} and shows more at 80×24", least=least)
    if not found.size and not found.refusal:
        yield _("the terminal does not report its size, so gdtui assumes 80×24. Set it: stty rows 40 columns 120")
    if found.character_set != "utf-8":
        yield _("export LANG=C.UTF-8 (or ko_KR.UTF-8): plain ASCII cannot show lines, points or Hangul")
    elif found.is_ascii_only:
        yield _(
            "the Linux console has no braille, so charts are drawn in ASCII: use another terminal, or connect over SSH"
        )
    if found.colours == OWN_COLOURS and not environment.get("NO_COLOR") and found.term not in ("linux", "vt100"):
        yield _(
            "export COLORTERM=truecolor if the terminal has more than 16 colours; SSH does not pass it on by itself"
        )
    if found.odd_widths:
        odd = "".join(found.odd_widths)
        yield _(
            "start with gdtui --ascii, or set ambiguous-width characters to narrow in the terminal: {odd} "
            "are not one cell wide",
            odd=odd,
        )
    if found.round_trip_ms is not None and found.round_trip_ms > SLOW_ROUND_TRIP:
        yield _(
            "the connection is slow, so gdtui responds to keys late: use mosh or a nearer host, or slow "
            "the run down with ["
        )
    if found.probes == NO_ANSWER:
        yield _(
            "the terminal does not report when a frame has arrived, so on a slow connection a "
            "pause (r) may show late: slow the run down with ["
        )
    if "tmux" in found.within:
        yield _("in tmux: set -s escape-time 10 (otherwise escape waits for half a second)")
        if not re.match("tmux|screen", found.term):
            yield _("in tmux: set -g default-terminal tmux-256color")
    if "PYTHONDONTWRITEBYTECODE" in found.variables:
        yield _("unset PYTHONDONTWRITEBYTECODE: it makes every start slower")
    yield from found.lacks
    if found.torch_threads and found.torch_threads > 1:
        yield _("export OMP_NUM_THREADS=1 if several people share the machine")


def lines(found: Report) -> list[str]:
    """The report for people."""
    missing, unset = _("not installed"), _("not set")
    locale_line = _(
        "{locale} (character set {charset})", locale=capability.locale_name() or unset, charset=found.character_set
    )
    seen = {
        "gdtui": f"{found.gdtui}, Python {found.python}, {found.system}",
        _("terminal"): f"TERM={found.term or unset}" + (f", {'×'.join(map(str, found.size))}" if found.size else ""),
        _("inside"): ", ".join(found.within) or _("nothing detected"),
        _("colours"): found.colours,
        _("locale"): locale_line,
        _("characters"): _("ASCII only") if found.is_ascii_only else _("all"),
        _("probes"): found.probes,
    }
    if found.round_trip_ms is not None:
        seen[_("round trip")] = f"{found.round_trip_ms} ms"
    if found.odd_widths is not None and not found.is_ascii_only:
        odd = ", ".join(f"{character} {width}" for character, width in found.odd_widths.items())
        seen[_("widths")] = odd or _("all {n} characters of the lab are one cell wide", n=len(CHARACTERS))
    seen["torch"] = found.torch or missing
    if found.torch_threads:
        threads, seconds = _("{n} of {cores} threads", n=found.torch_threads, cores=found.cores), found.torch_seconds
        seen["torch"] += f", {threads}, {_('loaded in {seconds} s', seconds=seconds)}"
    seen |= {"Textual": found.textual or missing, "plotext": found.plotext or missing}
    seen["pyarrow"] = found.pyarrow or _("not installed; Parquet needs it: .venv/bin/pip install '.[data]'")
    to_change = [_("What to change:"), *(f"  {text}" for text in found.advice)] if found.advice else [_("All is well.")]
    return [*(f"{name:<11} {clean(value)}" for name, value in seen.items()), "", *to_change]
