"""The lab on another host: through a real SSH server on a slow line, in tmux and in screen. None is left behind.

Run as a script this file is the line: it passes on what is said between its standard streams and a port, late.
"""

import os
import select
import shutil
import socket
import subprocess
import sys
import time
import uuid
from collections import deque
from collections.abc import Iterator
from getpass import getuser
from pathlib import Path

import pytest
from fake_backend import COMMAND
from terminal import Terminal
from waiting import wait_for

LAB = [*COMMAND, "--epochs", "1000"]
SSHD = "/usr/sbin/sshd"
ONE_WAY = 0.1
STEPPED = "W 1.400"

pytestmark = pytest.mark.system


def needs(*programs: str) -> pytest.MarkDecorator:
    """Skip where a program is missing."""
    missing = [program for program in programs if not shutil.which(program)]
    return pytest.mark.skipif(bool(missing), reason=f"{', '.join(missing)} is not installed")


class Labs:
    """The processes of labs that were started with a variable of their own, wherever they are."""

    def __init__(self) -> None:
        self.mark = f"GDTUI_TEST={uuid.uuid4()}"
        name, _, value = self.mark.partition("=")
        self.variables: dict[str, str | None] = {name: value}

    def alive(self) -> list[int]:
        """Their process ids."""
        return [
            int(folder.name) for folder in Path("/proc").iterdir() if folder.name.isdigit() and self._is_one(folder)
        ]

    def _is_one(self, folder: Path) -> bool:
        try:
            is_ours = self.mark.encode() in (folder / "environ").read_bytes()
            # Those that start it, such as ssh, have its command line within theirs.
            return is_ours and (folder / "cmdline").read_bytes() == "".join(f"{word}\0" for word in LAB).encode()
        except OSError:
            return False


@pytest.fixture
def labs() -> Iterator[Labs]:
    """Labs of which none may be left at the end."""
    found = Labs()
    yield found
    for pid in found.alive():
        os.kill(pid, 9)


def use(terminal: Terminal) -> None:
    """Start, step, resize."""
    terminal.wait_for("paused", timeout=60)
    terminal.press("space")
    terminal.wait_for(STEPPED)
    terminal.resize(120, 40)
    terminal.wait_for(lambda terminal: "paused" in terminal.rows[0][90:])
    terminal.press("ㄱ")
    terminal.wait_for("playing")
    terminal.press("r")
    terminal.wait_for("paused")


@pytest.fixture
def tmux(tmp_path: Path) -> Iterator[list[str]]:
    """A tmux server of the test's own."""
    command = ["tmux", "-S", str(tmp_path / "tmux"), "-f", "/dev/null"]
    yield command
    subprocess.run([*command, "kill-server"], capture_output=True)


@needs("tmux")
def test_tmux(tmux: list[str], labs: Labs):
    with Terminal([*tmux, "new-session", "-s", "lab", *LAB], environment=labs.variables) as terminal:
        use(terminal)
        [pid] = labs.alive()
        subprocess.run([*tmux, "detach-client"], check=True)
        assert terminal.wait() == 0
    assert labs.alive() == [pid], "it goes on while nobody looks"
    with Terminal([*tmux, "attach"], environment=labs.variables) as terminal:
        terminal.wait_for("paused")
        terminal.press("q")
        assert terminal.wait() == 0
    assert labs.alive() == []


@needs("tmux")
def test_tmux_killed(tmux: list[str], labs: Labs):
    with Terminal([*tmux, "new-session", *LAB], environment=labs.variables) as terminal:
        terminal.wait_for("paused", timeout=60)
        terminal.press("r")
        terminal.wait_for("playing")
        subprocess.run([*tmux, "kill-server"], check=True)
        wait_for(lambda: not labs.alive())


@pytest.fixture
def screen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """screen, with a folder of the test's own for its sockets; their names may not be long."""
    folder = Path(f"/tmp/gdtui-{uuid.uuid4().hex[:8]}")
    folder.mkdir(mode=0o700)
    monkeypatch.setenv("SCREENDIR", str(folder))
    yield ["screen", "-U", "-c", "/dev/null", "-S", "lab"]
    subprocess.run(["screen", "-S", "lab", "-X", "quit"], capture_output=True)
    shutil.rmtree(folder)


@pytest.mark.slow
@needs("screen")
def test_screen(screen: list[str], labs: Labs):
    with Terminal([*screen, *LAB], environment=labs.variables) as terminal:
        use(terminal)
        [pid] = labs.alive()
        subprocess.run(["screen", "-S", "lab", "-X", "detach"], check=True, capture_output=True)
        assert terminal.wait() == 0
    assert labs.alive() == [pid], "it goes on while nobody looks"
    with Terminal(["screen", "-U", "-r", "lab"]) as terminal:
        terminal.wait_for("paused")
        subprocess.run(["screen", "-S", "lab", "-X", "quit"], check=True, capture_output=True)
        wait_for(lambda: not labs.alive())


@pytest.fixture
def ssh(tmp_path: Path) -> Iterator[list[str]]:
    """An SSH server on this machine, and the command that reaches it over a slow line."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    for name in ("host", "user"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(tmp_path / name)], check=True)
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    settings = {
        "ListenAddress": "127.0.0.1",
        "Port": str(port),
        "HostKey": str(tmp_path / "host"),
        "AuthorizedKeysFile": str(tmp_path / "user.pub"),
        "PidFile": "none",
        "UsePAM": "no",
        "StrictModes": "no",
        "PasswordAuthentication": "no",
        "PermitRootLogin": "yes",
        "AcceptEnv": "LANG LC_* COLORTERM GDTUI_TEST PYTHONPATH XDG_STATE_HOME",
    }
    options = [part for name, value in settings.items() for part in ("-o", f"{name}={value}")]
    with (tmp_path / "sshd.log").open("wb") as log:
        server = subprocess.Popen([SSHD, "-D", "-e", "-f", "/dev/null", *options], stderr=log)
    try:
        wait_for(lambda: server.poll() is not None or is_open(port))
        if server.poll() is not None:
            pytest.skip(f"sshd does not start here: {(tmp_path / 'sshd.log').read_text()}")
        client = {
            "ProxyCommand": f"{sys.executable} {__file__} {ONE_WAY} {port}",
            "StrictHostKeyChecking": "no",
            "UserKnownHostsFile": "/dev/null",
            "LogLevel": "ERROR",
            "SendEnv": "LC_ALL COLORTERM GDTUI_TEST PYTHONPATH XDG_STATE_HOME",
        }
        options = [part for name, value in client.items() for part in ("-o", f"{name}={value}")]
        yield ["ssh", "-tt", "-F", "none", "-i", str(tmp_path / "user"), *options, f"{getuser()}@localhost"]
    finally:
        server.terminate()
        server.wait()


def is_open(port: int) -> bool:
    """Whether somebody listens there."""
    with socket.socket() as tried:
        return tried.connect_ex(("127.0.0.1", port)) == 0


ROOM = {"PYTHONPATH": str(Path(__file__).parents[1])}


@pytest.mark.slow
@needs(SSHD, "ssh", "ssh-keygen")
def test_ssh(ssh: list[str], labs: Labs):
    with Terminal([*ssh, *LAB], environment={**labs.variables, **ROOM}) as terminal:
        use(terminal)
        terminal.press("q")
        assert terminal.wait() == 0
        assert terminal.modes == frozenset()
        assert "^[[" not in terminal.text, "no answer comes after the end"
    wait_for(lambda: not labs.alive())


@pytest.mark.slow
@needs(SSHD, "ssh", "ssh-keygen")
@pytest.mark.parametrize("is_playing", [False, True], ids=["paused", "playing"])
def test_ssh_cut(ssh: list[str], labs: Labs, is_playing: bool):
    with Terminal([*ssh, *LAB], environment={**labs.variables, **ROOM}) as terminal:
        terminal.wait_for("paused", timeout=60)
        if is_playing:
            terminal.press("r")
            terminal.wait_for("playing")
        assert len(labs.alive()) == 1
        os.kill(terminal.pid, 9)
        wait_for(lambda: not labs.alive())


@needs(SSHD, "ssh", "ssh-keygen")
def test_ssh_without_a_terminal_is_refused(ssh: list[str], labs: Labs):
    command = [word for word in ssh if word != "-tt"]
    variables = {**os.environ, **ROOM, "TERM": "xterm"}
    done = subprocess.run(
        [*command, "-T", *LAB], env=variables, stdin=subprocess.DEVNULL, capture_output=True, text=True
    )
    assert done.returncode == 2
    assert "ssh -t" in done.stderr


@needs("locale")
@pytest.mark.parametrize("name", ["ko_KR.UTF-8", pytest.param("ko_KR.EUC-KR", marks=pytest.mark.slow)])
def test_korean_locales(name: str):
    known = subprocess.run(["locale", "-a"], capture_output=True, text=True).stdout.lower().split()
    if name.lower().replace("-", "") not in known:
        pytest.skip(f"the locale {name} is not installed")
    with Terminal(LAB, environment={"LC_ALL": name}) as terminal:
        terminal.wait_for("paused", timeout=60)
        terminal.write("한".encode("euc-kr"))
        terminal.press("space")
        terminal.wait_for(STEPPED)
        assert terminal.sent.isascii() is (name == "ko_KR.EUC-KR")
        terminal.press("q")
        assert terminal.wait() == 0


def main() -> None:
    """Be the line."""
    one_way, port = float(sys.argv[1]), int(sys.argv[2])
    far = socket.create_connection(("127.0.0.1", port))
    ways = {0: far.fileno(), far.fileno(): 1}
    sent: deque[tuple[float, int, bytes]] = deque()
    while True:
        patience = max(0.0, sent[0][0] - time.monotonic()) if sent else None
        for source in select.select(list(ways), [], [], patience)[0]:
            data = os.read(source, 65536)
            if not data:
                return
            sent.append((time.monotonic() + one_way, ways[source], data))
        while sent and sent[0][0] <= time.monotonic():
            _, target, data = sent.popleft()
            while data:
                data = data[os.write(target, data) :]


if __name__ == "__main__":
    main()
