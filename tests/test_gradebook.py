"""Grades for Canvas and Moodle: the files that their gradebooks import, and the roster that names the learners."""

import csv
import io
from pathlib import Path

import pytest

from gdtui.errors import InputError
from gdtui.storage import roster_file
from gdtui.storage.record import Flaw
from gdtui.storage.roster_file import Roster
from gdtui.teaching.grade import Grade
from gdtui.teaching.gradebook import as_canvas, as_moodle
from gdtui.teaching.replay import Answered

EXPORTED = """\
Student,ID,SIS User ID,SIS Login ID,Section,one-step (4711),Current Score
    Points Possible,,,,,7,(read only)
"Lovelace, Ada",101,S1,Ann,01,,
"Noether, Emmy",102,S2,bob,01,3,
"""
"""As Canvas exports a gradebook; the login of the first has a capital."""


def grade(learner: str, lesson: str, points: float, *, is_flagged: bool = False) -> Grade:
    """A record with one question of two points."""
    flags = (Flaw(1, "edited"),) if is_flagged else ()
    return Grade(
        place=f"{learner}.jsonl",
        learner=learner,
        lesson=lesson,
        questions=(Answered("a", points=points, worth=2),),
        flags=flags,
    )


GRADES = [
    grade("ann", "one-step", 2),
    grade("ann", "one-step", 1),
    grade("bob", "one-step", 0.5),
    grade("bob", "slope", 2, is_flagged=True),
    grade("carol", "slope", 1.5),
]


def rows(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text)))


@pytest.fixture
def exported(tmp_path: Path) -> Roster:
    """What Canvas has exported, with the mark of a byte order."""
    path = tmp_path / "canvas.csv"
    path.write_bytes(b"\xef\xbb\xbf" + EXPORTED.encode())
    return roster_file.read(str(path))


def test_canvas_gets_its_own_columns_the_points_possible_and_the_attempt_that_counts():
    assert rows(as_canvas(GRADES, Roster())) == [
        ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "one-step", "slope"],
        ["    Points Possible", "", "", "", "", "2", "2"],
        ["ann", "", "", "ann", "", "2", ""],
        ["bob", "", "", "bob", "", "0.5", ""],
        ["carol", "", "", "carol", "", "", "1.5"],
    ]


def test_what_canvas_has_exported_gives_the_learners_ids_and_the_assignments_own(exported):
    header, _, ann, bob, carol = rows(as_canvas(GRADES, exported))
    assert header[5:] == ["one-step (4711)", "slope"]
    assert ann == ["Lovelace, Ada", "101", "S1", "Ann", "01", "2", ""]
    assert bob[:2] == ["Noether, Emmy", "102"]
    assert carol == ["carol", "", "", "carol", "", "", "1.5"]


def test_moodle_gets_the_rosters_columns_and_nobody_whom_it_does_not_know():
    assert rows(as_moodle(GRADES, Roster())) == [
        ["username", "one-step", "slope"],
        ["ann", "2", "-"],
        ["bob", "0.5", "-"],
        ["carol", "-", "1.5"],
    ]
    header = ("First name", "Last name", "ID number", "Email address")
    roster = Roster(header, (("Ada", "Lovelace", "7", "ANN@uni.edu"), ("Emmy", "Noether", "8", "e.noether@uni.edu")))
    assert rows(as_moodle(GRADES, roster)) == [
        [*header, "one-step", "slope"],
        ["Ada", "Lovelace", "7", "ANN@uni.edu", "2", "-"],
    ]


def test_a_name_that_a_spreadsheet_would_compute_is_text():
    assert rows(as_canvas([grade("=1+1", "slope", 1)], Roster()))[2][0] == "'=1+1"
    assert rows(as_moodle([grade("=1+1", "slope", 1)], Roster()))[1][0] == "'=1+1"


@pytest.mark.parametrize("text", ["ann\nbob\n", "account\nann\nbob", "Name;Login\nAda;ann\n\nEmmy;bob\n", EXPORTED])
def test_a_roster_is_a_list_or_a_table(tmp_path, text):
    (tmp_path / "roster").write_text(text)
    roster = roster_file.read(str(tmp_path / "roster"))
    assert list(roster.by_account(["BOB", "carol"])) == ["ann", "bob"]


MOODLE = Roster(
    ("First name", "ID number", "Email address"),
    (("Ada", "S1", "Ann@uni.edu"), ("Emmy", "", "bob@uni.edu"), ("Sofja", "S3", "carol@uni.edu"), ("Guest", "", "")),
)


@pytest.mark.parametrize(
    ("there", "names"),
    [
        (["ann"], ["ann", "bob", "carol"]),
        (["BOB", "carol"], ["ann", "bob", "carol"]),
        (["s1", "s3"], ["s1", "bob", "s3"]),
        (["s1", "ann", "carol"], ["ann", "bob", "carol"]),
        (["ann", "bob", "s3"], ["ann", "bob", "s3"]),
        (["somebody"], ["s1", "bob", "s3"]),
    ],
)
def test_the_column_that_has_the_accounts_that_are_there_names_the_learners(there, names):
    assert list(MOODLE.by_account(there)) == names


def test_two_rows_do_not_claim_one_account():
    roster = Roster(("login", "email"), (("al", "ann@uni.edu"), ("ann", "a@uni.edu"), ("ann", "")))
    assert list(roster.by_account(["ann"])) == ["al", "ann"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "1 to 10,000 lines"),
        (b"a,b\n1,2\n", "must be called"),
        (b"\xff\xfe", "UTF-8"),
        (b"x\n" * 20_000, "10,000"),
    ],
)
def test_what_is_no_roster_is_refused(tmp_path, content, said):
    (tmp_path / "roster").write_bytes(content)
    with pytest.raises(InputError, match=said):
        roster_file.read(str(tmp_path / "roster"))
