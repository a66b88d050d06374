"""Checks the owner, group and modes of a class folder, and gives the commands that set them right."""

import grp
import os
import pwd
import stat
from collections.abc import Iterator
from pathlib import Path

import msgspec

from gdtui.classroom.folder import LEARNERS, NOW, TEACHER
from gdtui.classroom.named import VARIABLE
from gdtui.experiment.command_line import quoted
from gdtui.storage import files
from gdtui.storage.record import account_name
from gdtui.text import _

WITH_A_GROUP, WITHOUT = 0o3773, 0o1733
"""Modes of the drop box: anybody may put a file in, the owner and the teachers' group may list it."""


class Checked(msgspec.Struct, frozen=True):
    """The result of a check."""

    problems: tuple[str, ...]
    commands: tuple[str, ...] = ()
    """The commands for root that set it right; empty if nothing is wrong, or something is in the folder's place."""
    alone: tuple[str, ...] = ()
    """The commands for a teacher without root who makes a folder of their own."""


def check(path: Path) -> Checked:
    """Check the folder of a class."""
    problems = tuple(_problems(path))
    is_free = not any(os.path.lexists(place) and not _is_folder(place) for place in _places(path))
    return Checked(problems, tuple(_commands(path)), tuple(_alone(path))) if problems and is_free else Checked(problems)


def _places(path: Path) -> tuple[Path, Path, Path]:
    """The folder of a class and its two parts."""
    return path, path / TEACHER, path / LEARNERS


def _is_folder(place: Path) -> bool:
    """Whether this is a folder itself, and not a link to one."""
    return stat.S_ISDIR(place.lstat().st_mode)


def _problems(path: Path) -> Iterator[str]:
    found: dict[Path, os.stat_result] = {}
    for place in _places(path):
        try:
            status = place.lstat()
        except OSError as error:
            yield f"{files.shown(place)}: {error.strerror}"
            continue
        if stat.S_ISDIR(status.st_mode):
            found[place] = status
        else:
            yield f"{files.shown(place)}: {_('this is not a folder: move it away, or name another')}"
            return
    teacher, learners = found.get(path / TEACHER), found.get(path / LEARNERS)
    if path in found and teacher:
        yield from _of_the_teacher(path, found[path], teacher)
    if learners:
        yield from _of_the_learners(path / LEARNERS, learners, teacher)


def _of_the_teacher(path: Path, outer: os.stat_result, teacher: os.stat_result) -> Iterator[str]:
    for place, status in ((path, outer), (path / TEACHER, teacher)):
        if status.st_mode & 0o022:
            yield f"{files.shown(place)}: {_('others can write here, so they could replace what the teacher writes')}"
        if status.st_mode & 0o001 == 0:
            yield f"{files.shown(place)}: {_('learners cannot look into it')}"
    if outer.st_uid not in (0, teacher.st_uid):
        yield f"{files.shown(path)}: {_('it belongs to neither root nor the teacher')}"
    file = path / TEACHER / NOW
    if os.path.lexists(file) and file.lstat().st_uid != teacher.st_uid:
        yield f"{files.shown(file)}: {_('it does not belong to the owner of its folder')}"


def _of_the_learners(place: Path, learners: os.stat_result, teacher: os.stat_result | None) -> Iterator[str]:
    mode = stat.S_IMODE(learners.st_mode)
    if teacher and learners.st_uid != teacher.st_uid:
        values = {"owner": account_name(learners.st_uid), "teacher": account_name(teacher.st_uid)}
        yield f"{files.shown(place)}: {_('it belongs to {owner}, not to the teacher, {teacher}', **values)}"
    if mode not in (WITH_A_GROUP, WITHOUT):
        values = {"mode": f"{mode:04o}", "group": f"{WITH_A_GROUP:o}", "alone": f"{WITHOUT:o}"}
        words = _("its mode is {mode}: it should be {group}, or {alone} without a group", **values)
        yield f"{files.shown(place)}: {words}"
    elif mode == WITH_A_GROUP and not _is_member(learners.st_uid, learners.st_gid):
        group = _group_name(learners.st_gid)
        reason = _("its owner is not in its group, {group}, and could not read what learners write", group=group)
        yield f"{files.shown(place)}: {reason}"


def _is_member(account: int, group: int) -> bool:
    if account == 0:
        return True
    try:
        user = pwd.getpwuid(account)
    except KeyError:  # only this process knows an account without a name
        return account != os.getuid() or group in os.getgroups()
    return group in os.getgrouplist(user.pw_name, user.pw_gid)


def _group_name(number: int) -> str:
    try:
        return grp.getgrgid(number).gr_name
    except KeyError:
        return f"gid {number}"


def _commands(path: Path) -> Iterator[str]:
    """The commands, with the present teacher's account and group, or placeholders for them."""
    teacher, group = "TEACHER", "TEACHERS"
    for place in (path / LEARNERS, path / TEACHER):
        if os.access(place, os.F_OK) and place.is_dir() and (status := place.stat()).st_uid:
            teacher = account_name(status.st_uid)
            if place.name == LEARNERS and status.st_gid and _is_member(status.st_uid, status.st_gid):
                group = _group_name(status.st_gid)
    shown, box = quoted(str(path)), quoted(str(path / LEARNERS))
    yield f"install -d -m 755 -o root {shown}"
    yield f"install -d -m 755 -o {teacher} {quoted(str(path / TEACHER))}"
    yield f"install -d -o {teacher} -g {group} {box}"
    yield f"chmod {WITH_A_GROUP:o} {box}"
    site = files.site_file("class")
    yield f"install -d {quoted(str(site.parent))}"
    yield f"echo {shown} > {quoted(str(site))}"


def _alone(path: Path) -> Iterator[str]:
    """The commands for a teacher without root: for the folder named if possible, otherwise for one at home."""
    own = path if os.access(path.parent, os.W_OK) else files.typed("~/gdtui-class")
    shown, teacher, box = (quoted(str(place)) for place in (own, own / TEACHER, own / LEARNERS))
    yield f"install -d -m 755 {shown} {teacher}"
    yield f"install -d {box}"
    yield f"chmod {WITHOUT:o} {box}"
    yield f"export {VARIABLE}={shown}"
