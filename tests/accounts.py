"""Accounts of this machine that are a test's own, made by root and taken away again."""

import os
import pwd
import shutil
import subprocess
import tempfile
import traceback
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


class Accounts:
    """Some learners and teachers, a group of the teachers, and a folder that everyone may look into."""

    def __init__(self, names: dict[str, str], group: str, folder: Path) -> None:
        self.names, self.group, self.folder = names, group, folder

    def number(self, who: str) -> int:
        """The number of an account."""
        return pwd.getpwnam(self.names[who]).pw_uid

    def as_user(self, who: str, do: Callable[[], object]) -> None:
        """Do something in a process of that account; it is an error where it is one there."""
        account = pwd.getpwnam(self.names[who])
        reading, writing = os.pipe()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # of threads, which the child has no need of
            child = os.fork()
        if child == 0:
            code = 1
            try:
                os.initgroups(account.pw_name, account.pw_gid)
                os.setgid(account.pw_gid)
                os.setuid(account.pw_uid)
                os.environ["XDG_STATE_HOME"] = str(self.folder / who)
                do()
                code = 0
            finally:
                os.write(writing, traceback.format_exc()[-4000:].encode() if code else b"")
                os._exit(code)
        os.close(writing)
        with os.fdopen(reading) as said:
            text = said.read()
        _, status = os.waitpid(child, 0)
        assert status == 0, text


@contextmanager
def accounts(learners: tuple[str, ...], teachers: tuple[str, ...]) -> Iterator[Accounts]:
    """Accounts with these names behind one of the test's own; the teachers have a group of theirs."""
    if os.geteuid() != 0 or not shutil.which("useradd"):
        pytest.skip("only root can make accounts")
    names = {who: f"gt{os.getpid()}{who}" for who in (*learners, *teachers)}
    group = f"gt{os.getpid()}s"
    folder = Path(tempfile.mkdtemp(prefix="gdtui-class-"))
    try:
        subprocess.run(["groupadd", group], check=True)
        for who, name in names.items():
            groups = ["-G", group] if who in teachers else []
            subprocess.run(["useradd", "-M", "-N", *groups, name], check=True)
            (folder / who).mkdir()
            os.chown(folder / who, pwd.getpwnam(name).pw_uid, -1)
        folder.chmod(0o755)
        yield Accounts(names, group, folder)
    finally:
        for name in names.values():
            subprocess.run(["userdel", name], check=False, capture_output=True)
        subprocess.run(["groupdel", group], check=False, capture_output=True)
        shutil.rmtree(folder)
