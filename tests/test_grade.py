"""Grading: the replay decides, and what does not reproduce is flagged with its line."""

import csv
import io
import json
import re
from pathlib import Path

import msgspec
import pytest
from fake_backend import FAKE
from lessons import KINDS, LESSON, read, swapped

from gdtui.cli.records import grade_command
from gdtui.descent.backend import BACKEND
from gdtui.errors import UserError
from gdtui.storage import record, record_folder
from gdtui.teaching.events import Answer, Deed, GoOn, Hint, Set, StepEpochs, parse_action
from gdtui.teaching.grade import grade
from gdtui.teaching.gradebook import GRADEBOOKS
from gdtui.teaching.progress import own_sealed
from gdtui.teaching.reader import read_lesson
from gdtui.teaching.record import decoded
from gdtui.teaching.recorded_session import RecordedSession
from gdtui.teaching.replay import same_number
from gdtui.teaching.report import FORMATS, as_csv, as_gradescope, as_summary, as_table, summarize
from gdtui.text import cells

EDITION = read()
KNOWN = {EDITION.digest: EDITION, EDITION.name: EDITION}
RECORDS = Path(__file__).parent / "records"
EVENTS = (
    GoOn(), Answer("0.7"), GoOn(), Answer("right"), Answer("left"), GoOn(),
    Set(name="lr", value="0.07"), StepEpochs(count=2), GoOn(),
)  # fmt: skip


def handed_in(*events, learner: str = "ann", loaded=EDITION) -> bytes:
    """What a learner hands in who did this."""
    for path in record_folder.own_records():
        path.unlink()
    recorded_session = RecordedSession(loaded, FAKE, learner)
    for event in events or EVENTS:
        assert recorded_session.take(event).is_accepted
    recorded_session.close()
    return own_sealed(())[0]


def graded(text: bytes, known=None, backend=FAKE):
    (found,) = [grade(part, known or KNOWN, backend) for part in record.split(text, "r.jsonl")]
    return found


def rechained(text: bytes, change) -> bytes:
    """A record that somebody edited who knows how the chain is made."""
    lines, digest = [], ""
    for number, line in enumerate(text.splitlines()):
        entry = json.loads(line)["entry"]
        change(number, entry)
        new, digest = record.line_of(json.dumps(entry).encode(), digest, begins=number == 0)
        lines.append(new)
    return b"".join(lines)


def test_a_record_is_worth_what_its_replay_shows():
    found = graded(handed_in())
    assert (found.learner, found.lesson, found.flags, found.is_over) == ("ann", "small", (), True)
    assert [(question.page, question.right_at) for question in found.questions] == [("ask", 1), ("choose", 2)]
    assert [(goal.page, goal.is_reached, goal.score) for goal in found.goals] == [("goal", True, 2)]
    assert (found.points, found.most, found.at_once) == (2, 3, 1), "of two choices the second try is no merit"


def test_a_record_of_every_kind_of_question_and_action_that_was_written_before_still_replays():
    """Its lines were written before questions and pages had classes of their own."""
    lesson = read_lesson((RECORDS / "every-kind.toml").read_bytes(), "every-kind.toml", "every-kind")
    text = (RECORDS / "every-kind.jsonl").read_bytes()
    found = graded(text, {lesson.digest: lesson}, BACKEND)
    assert (found.flags, found.is_over, found.points, found.most, found.hints) == ((), True, 7, 16, 2)
    assert {goal.page: goal.score for goal in found.goals} == {"compare": 7, "hunt": 1}
    recorded_session = RecordedSession(lesson, BACKEND, "ann", anew=True)
    (before,) = record.split(text, "r.jsonl")
    for done in map(decoded, before.entries[1:-1]):
        assert recorded_session.take(done.event).is_accepted
    recorded_session.close()
    (after,) = record.split(own_sealed(())[0], "r.jsonl")
    assert [re.sub(rb'"at":"[^"]*"|,"pages":{[^}]*}|,"points":[0-9.]+', b"", entry) for entry in after.entries] == [
        re.sub(rb'"at":"[^"]*"', b"", entry) for entry in before.entries
    ]


def test_a_record_of_other_rules_is_refused_and_says_why():
    """What gdtui judged by other rules would not reproduce, and nobody has edited it."""

    def before(number: int, entry: dict) -> None:
        if number == 0:
            del entry["rules"]

    found = graded(rechained(handed_in(), before))
    assert [(flag.line, flag.reason) for flag in found.flags] == [
        (1, "it was written by a different version of gdtui, with different rules for right and wrong")
    ]
    assert (found.learner, found.points, found.most) == ("ann", 0, 0)


def test_a_lesson_begins_anew_where_the_record_is_of_other_rules():
    handed_in(GoOn(), Answer("14"))
    (path,) = record_folder.own_records()
    path.write_bytes(rechained(path.read_bytes(), lambda number, entry: entry.pop("rules", None)))
    recorded_session = RecordedSession(EDITION, FAKE, "ann")
    assert recorded_session.view().page == 1
    recorded_session.close()


def test_right_so_far_uses_no_try_up_and_leaves_nothing_in_the_record():
    loaded = read(swapped("lr = 0.05", "lr = 0.0123"))
    recorded_session = RecordedSession(loaded, FAKE, "ann")
    recorded_session.take(GoOn())
    recorded_session.take(Answer("14"))
    outcome = recorded_session.take(Answer("0.17"))  # 0.0123 · 14 = 0.1722
    assert (outcome.is_accepted, outcome.says) == (False, ("right so far: give 3 decimals",))
    assert recorded_session.take(Answer("0.172")).is_right
    assert recorded_session.view().points == 0.5
    recorded_session.close()
    found = graded(own_sealed(())[0], {loaded.digest: loaded})
    assert (found.points, found.questions[0].tries, found.flags) == (0.5, 2, ())


def test_an_answer_that_was_right_when_only_the_digits_asked_for_counted_is_still_right():
    loaded = read(swapped("lr = 0.05", "lr = 0.0123"))  # 0.0123 · 14 = 0.1722
    found = graded(handed_in(GoOn(), Answer("0.17249"), loaded=loaded), {loaded.digest: loaded})
    assert (found.points, found.questions[0].right_at, found.flags) == (1, 1, ())
    recorded_session = RecordedSession(loaded, FAKE, "ann", anew=True)
    recorded_session.take(GoOn())
    outcome = recorded_session.take(Answer("0.17249", is_strict=True))
    assert (outcome.is_accepted, outcome.says) == (False, ("close, but not exact: give 3 decimals",))
    recorded_session.close()


def test_an_unfinished_record_has_the_points_so_far():
    found = graded(handed_in(GoOn(), Hint(), Answer("14")))
    assert (found.points, found.hints, found.is_over, found.flags) == (0, 1, False, ())
    assert found.questions[0].misconceptions == (("no-lr",),)


@pytest.mark.parametrize("line", range(1, 11))
def test_an_edited_line_is_flagged(line):
    lines = handed_in().splitlines(keepends=True)
    lines[line - 1] = lines[line - 1].replace(b'"at":"2', b'"at":"1')
    found = graded(b"".join(lines))
    assert [(flag.line, flag.reason) for flag in found.flags] == [
        (line, "the line was edited, or one before it is missing")
    ]


def test_a_record_without_its_end_is_flagged():
    lines = handed_in().splitlines(keepends=True)
    for length in range(2, len(lines)):
        found = graded(b"".join(lines[:length]))
        assert [flag.reason for flag in found.flags] == [
            "it does not end with the seal of gdtui hand-in: its end may be missing"
        ]
        assert found.flags[0].line == length
    assert "cut off" in graded(b"".join(lines)[:-3]).flags[0].reason


def by_name(*lessons):
    return {loaded.name: loaded for loaded in lessons}


def before_pages_had_digests(text: bytes) -> bytes:
    """A record that was sealed by a gdtui that knew no digests of pages."""
    return rechained(text, lambda number, entry: entry.pop("pages", None))


def test_a_record_of_a_lesson_with_a_letter_mended_is_graded_as_before():
    for mended in (LESSON + "# newer\n", swapped("The cost is", "The costs are"), swapped('"Small"', '"Smaller"')):
        for text in (handed_in(), before_pages_had_digests(handed_in())):
            found, before = graded(text, by_name(read(mended))), graded(text)
            assert (found.flags, found.changed, found.is_over) == ((), (), True)
            assert (found.points, found.most, found.parts) == (before.points, before.most, before.parts)


def test_of_an_old_record_the_pages_that_are_the_same_count():
    """The question after which side is asked the other way round, and an honest record is not flagged for it."""
    other = read(swapped("W < min_W", "W > min_W * 2", swapped("W > min_W", "W <= min_W * 2")))
    found = graded(handed_in(), by_name(other))
    assert (found.flags, found.changed, found.is_over) == ((), ("choose",), True)
    assert [(part.page, part.points) for part in found.parts] == [("ask", 1), ("choose", 0), ("goal", 1)]
    assert "r.jsonl: the lesson has changed, so there are no points for these pages: choose" in as_table([found])
    assert next(csv.DictReader(io.StringIO(as_csv([found]))))["changed_pages"] == "choose"


def test_an_old_record_that_cannot_tell_which_pages_were_the_same_is_flagged_where_it_does_not_reproduce():
    other = read(swapped("lr = 0.05", "lr = 0.01"))
    found = graded(before_pages_had_digests(handed_in()), by_name(other))
    assert [flag.reason for flag in found.flags] == [
        "it comes from another version of the lesson; these pages differ: ask"
    ]


def test_pages_put_in_and_taken_out_since_do_not_count_and_the_others_do():
    extra = '[[step]]\nname = "extra"\ntext = "More."\n[step.ask]\nkind = "cost"\n\n'
    more = read(swapped('[[step]]\nname = "choose"', extra + '[[step]]\nname = "choose"'))
    found = graded(handed_in(), by_name(more))
    assert (found.flags, found.changed, found.points, found.most) == ((), ("extra",), 2, 4)
    start, end = LESSON.index('[[step]]\nname = "choose"'), LESSON.index('[[step]]\nname = "goal"')
    less = read(LESSON[:start] + LESSON[end:])
    found = graded(handed_in(), by_name(less))
    assert (found.flags, found.changed, found.points, found.most) == ((), (), 2, 2)


def test_another_version_is_no_way_around_the_replay():
    """What does not reproduce on a page that is the same is flagged, whatever version the record names."""
    other = read(LESSON + "# newer\n")
    found = graded(rechained(handed_in(), claims_right), by_name(other))
    assert "'answer right' does not reproduce" in found.flags[0].reason

    def says_all_is_changed(number: int, entry: dict) -> None:
        if number == 0:
            entry.update(pages=dict.fromkeys(entry["pages"], "0"))
        claims_right(number, entry)

    found = graded(rechained(handed_in(), says_all_is_changed), by_name(other))
    assert (found.points, found.most) == (2, 3), "the page that was made up is worth nothing"


def test_a_record_of_a_lesson_that_is_not_known_is_flagged():
    found = graded(handed_in(), {"x": read(name="other")})
    assert "does not know its lesson" in found.flags[0].reason
    table = as_table([found, found])
    assert "not graded: lesson unknown" in table
    assert not re.search("FLAGGED|counts", table)
    assert "does not know its lesson" in next(csv.DictReader(io.StringIO(as_csv([found]))))["flags"]


def claims_right(number: int, entry: dict) -> None:
    """Make the second wrong answer look right."""
    if entry.get("event") == {"do": "answer", "text": "right"}:
        entry["outcome"].update(is_right=True, is_done=True)


def other_cost(number: int, entry: dict) -> None:
    if entry.get("event", {}).get("do") == "step":
        entry["outcome"]["numbers"][0] = "0.123"


def fewer_steps(number: int, entry: dict) -> None:
    if entry.get("event", {}).get("do") == "step":
        entry["event"]["count"] = 1


def other_page(number: int, entry: dict) -> None:
    if number == 3:
        entry["page"] = "goal"


def other_kind(number: int, entry: dict) -> None:
    if number == 3:
        entry["event"]["do"] = "cheat"


def shorter(number: int, entry: dict) -> None:
    if "lines" in entry:
        entry["lines"] = 3


@pytest.mark.parametrize(
    ("change", "line", "what"),
    [
        (claims_right, 5, "is right was True and is now False"),
        (other_cost, 9, "0.123 was recorded, but the replay gives"),
        (fewer_steps, 9, "does not reproduce"),
        (other_page, 4, "the record is on page 'goal', but the replay is on 'ask'"),
        (other_kind, 4, "not understood"),
        (shorter, 11, "the seal counts 3 lines, but there are 10"),
    ],
)
def test_what_does_not_reproduce_is_flagged_even_with_a_right_chain(change, line, what):
    found = graded(rechained(handed_in(), change))
    assert [flag.line for flag in found.flags] == [line]
    assert what in found.flags[0].reason


def places_in(value, path=()):
    yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in inner:
        yield from places_in(part, (*path, key))


def test_what_is_wrong_with_a_line_of_a_record_is_said_in_words():
    entry = {
        "entry": "done",
        "page": "ask",
        "event": {"do": "deed", "word": "W", "through": ["1", "2"], "keys": 2},
        "outcome": {"is_accepted": True, "says": ["s"], "is_right": True, "numbers": ["1"], "score": 3},
        "at": "now",
    }
    said = set()
    for path in places_in(entry):
        for junk in (None, 7, 1.5, "x", True, [], [{}], {}, {"a": []}, 10**30):
            changed = json.loads(json.dumps(entry))
            holder = changed
            for part in path[:-1]:
                holder = holder[part]
            if path:
                holder[path[-1]] = junk
            try:
                decoded(json.dumps(changed if path else junk).encode())
            except msgspec.DecodeError as error:
                said.add(str(error))
    assert len(said) > 50
    assert not [words for words in said if re.search(r"[`$]|Expected|field", words)]
    assert "'score' takes a whole number, not 'x'" in said
    assert "the key 'do' is missing here; it takes 'answer', 'hint'" in str(sorted(said))


def test_an_entry_that_msgspec_takes_for_json_and_python_does_not_is_flagged_too():
    for text in (
        b'{"entry":"done","entry":"sealed","lines":"x"}',
        b'{"entry":{"a":' + b"[" * 20_000 + b"]" * 20_000 + b"}}",
    ):
        with pytest.raises(msgspec.DecodeError, match=r"not JSON as gdtui writes it|nested too deeply"):
            decoded(text)


def test_that_a_script_was_run_is_computed_again_not_believed():
    """What the learner typed is in the record; whether it is the script's number, the replay finds out."""
    text = LESSON.replace('check = ["cost < 0.001", "updates <= 3"]', 'check = ["script_run"]')
    loaded = read(text.replace('answer = ["lr = 0.07", "step 2"]', 'answer = ["script 4.66678"]'))
    events = [GoOn(), Answer("0.7"), GoOn(), Answer("left"), GoOn(), parse_action("script 4.66678")]
    known = {loaded.digest: loaded}
    honest = handed_in(*events, loaded=loaded)
    assert graded(honest, known).points == 3

    def other_number(_: int, entry: dict) -> None:
        if entry.get("event", {}).get("do") == "script":
            entry["event"]["printed"] = 4.5

    found = graded(rechained(honest, other_number), known)
    assert "this run's script prints a different check number" in found.flags[0].reason
    assert found.points == 2


def test_what_a_record_says_of_itself_earns_nothing():
    honest = graded(handed_in(GoOn(), Answer("5"), Answer("6")))
    boasting = rechained(
        handed_in(GoOn(), Answer("5"), Answer("6")),
        lambda number, entry: entry["outcome"].update(is_right=True) if number in (2, 3) else None,
    )
    assert honest.points == 0
    assert graded(boasting).points == 0


@pytest.mark.parametrize(
    ("recorded", "replayed", "same"),
    [
        ("1.064", "1.064", True),
        ("0.746666", "0.746667", True),
        ("−5.6", "−5.60001", True),
        ("1.23456e-9", "1.23457e-9", True),
        ("1.064", "1.066", False),
        ("0.746666", "0.7467", True),
        ("1.2e-9", "1.3e-9", False),
        ("up", "down", False),
        ("too large", "too large", True),
        ("too large", "5", False),
        ("−1.4", "1.4", False),
    ],
)
def test_the_last_bits_of_another_machine_are_no_cheating(recorded, replayed, same):
    assert same_number(recorded, replayed) == same


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"\n",
        b"garbage",
        b"\xff\xfe\n" * 5,
        b"[" * 100_000 + b"\n",
        b'{"entry":1,"hash":"x"}\n',
        b'{"entry":{},"hash":"' + record.chained("", b"{}").encode() + b'","begins":true}\n',
    ],
    ids=range(7),
)
def test_what_is_no_record_is_flagged_not_fatal(text):
    found = graded(text)
    assert found.flags
    assert found.points == 0


def test_a_record_without_end_is_given_up(monkeypatch):
    monkeypatch.setattr("gdtui.teaching.grade.MOST_ENTRIES", 4)
    found = graded(handed_in())
    assert [(flag.line, flag.reason) for flag in found.flags] == [(6, "more than 4 entries")]


def test_several_records_in_one_file_are_told_apart():
    one, other = handed_in(learner="ann"), handed_in(GoOn(), Answer("0.7"), learner="bob")
    found = [grade(part, KNOWN, FAKE) for part in record.split(one + other, "r")]
    assert [(part.learner, part.points, part.flags) for part in found] == [("ann", 2, ()), ("bob", 1, ())]


def class_of_three():
    texts = (
        handed_in(learner="ann"),
        handed_in(GoOn(), Answer("-0.7"), Answer("0.7"), learner="=cmd()"),
        handed_in(GoOn(), Answer("14"), Answer("-0.7"), learner="김철수"),
    )
    return [graded(text) for text in texts]


def test_the_summary_counts_who_was_right_at_once_and_each_slip():
    found = summarize(class_of_three())
    assert (found[0].lesson, found[0].page, found[0].answered, found[0].at_once) == ("small", "ask", 3, 1)
    assert dict(found[0].misconceptions) == {("sign", "y-minus-H"): 2, ("no-lr",): 1}, (
        "one answer is one slip, whichever"
    )
    text = as_summary(class_of_three())
    bars = [line for line in text.splitlines() if "█" in line]
    lengths = {line.rsplit(maxsplit=3)[0].strip(): line.count("█") for line in bars}
    assert lengths["adding the update instead of subtracting it"] == 2 * lengths["leaving out lr"], (
        "in words, as long as often"
    )
    assert len({line.index("█") for line in bars}) == 1, "the bars of a question begin in one column"
    assert "small: ask, answered by 3 learners" in text
    assert "small: choose, answered by 1 learner" in text
    assert re.search(r"right at first try +1 learner +█", text)
    assert re.search(
        r"adding the update instead of subtracting it +2 answers +█+\n +or using y − H instead of H − y\n", text
    )


def test_the_summary_has_a_bar_for_what_is_wrong_in_no_known_way_and_the_title():
    titled = read(swapped('name = "ask"', 'name = "ask"\ntitle = "Downhill from {W}"'))
    text = handed_in(GoOn(), Answer("0,123"), Answer("9"), GoOn(), Answer("right"), Answer("1"), loaded=titled)
    found = graded(text, {titled.digest: titled})
    assert found.questions[0].otherwise == ("0.123", "9")
    assert found.questions[1].otherwise == ("right",)
    lines = as_summary([found]).splitlines()
    assert lines[0] == "small: ask, 'Downhill from 0', answered by 1 learner"
    assert any(line.startswith("  wrong in another way") and "█" in line for line in lines)


def test_the_summary_names_the_three_commonest_answers_that_no_slip_gives():
    answers = {"ann": ("9", "8"), "bob": ("9,0", "5"), "cho": ("5", "77")}
    texts = [handed_in(GoOn(), *map(Answer, given), learner=learner) for learner, given in answers.items()]
    lines = as_summary([graded(text) for text in texts]).splitlines()
    assert re.search(r"wrong in another way +6 answers +█", lines[-2])
    assert lines[-1].strip() == "most often: 9 (2), 5 (2), 8 (1)"


def test_the_summary_counts_learners_not_records():
    """One learner's three attempts are one, the one that counts."""
    questions = {question.page: question for question in summarize([*attempts(), *attempts()])}
    assert (questions["ask"].answered, questions["ask"].at_once) == (2, 2)
    assert questions["choose"].answered == 1


def test_the_table_is_aligned_whatever_the_names():
    lines = as_table(class_of_three()).splitlines()
    starts = {cells(line[: line.index("small")]) for line in lines[1:]}
    assert len(starts) == 1
    assert "FLAGGED" not in "".join(lines)


def test_the_command_offers_every_way_to_write_grades():
    (style,) = (option for option in grade_command.params if option.name == "style")
    assert style.type.choices == (*FORMATS, *GRADEBOOKS)


def test_csv_is_safe_in_a_spreadsheet():
    rows = list(csv.DictReader(io.StringIO(as_csv(class_of_three()))))
    assert [row["learner"] for row in rows] == ["ann", "'=cmd()", "김철수"]
    assert [row["points"] for row in rows] == ["2", "0.5", "0"]


def test_gradescope_gets_a_test_for_each_part_and_no_points_for_what_is_flagged():
    found = json.loads(as_gradescope(class_of_three()[:1]))
    assert found["score"] == 2
    assert [(test["name"], test["score"]) for test in found["tests"]] == [
        ("small: ask", 1.0), ("small: choose", 0.0), ("small: goal", 1.0),
    ]  # fmt: skip
    flagged = json.loads(as_gradescope([graded(handed_in()[:-3])]))
    assert flagged["score"] == 0
    assert {test["score"] for test in flagged["tests"]} == {0}
    assert all("cut off" in test["output"] for test in flagged["tests"])


def test_gradescope_and_csv_say_what_was_answered_and_gradescope_what_was_right():
    found = graded(handed_in(GoOn(), Answer("-0.7"), Answer("0.7"), GoOn(), Answer("right"), Answer("right")))
    outputs = [test["output"] for test in json.loads(as_gradescope([found]))["tests"]]
    assert outputs == [
        "Answered: −0.7, 0.7\nRight: 0.700",
        "Answered: right, right\nRight: left",
        "The goal was not reached.",
    ]
    (row,) = csv.DictReader(io.StringIO(as_csv([found])))
    assert row["by_page"] == "ask 0.5/1: −0.7, 0.7; choose 0/1: right, right; goal 0/1"
    assert json.loads(as_gradescope([graded(handed_in(GoOn()))]))["tests"][0]["output"] == "There is no answer."
    flagged = json.loads(as_gradescope([graded(handed_in()[:-3])]))["tests"][0]["output"]
    assert "cut off" in flagged
    assert "Right: 0.700" in flagged


def test_a_pages_question_and_its_goal_have_names_of_their_own_in_the_order_of_the_pages():
    loaded = read(KINDS)
    found = graded(handed_in(Deed(word="W", value="0.5"), loaded=loaded), {loaded.digest: loaded})
    names = [test["name"] for test in json.loads(as_gradescope([found]))["tests"]]
    assert names[:3] == ["small: turn", "small: bowl", "small: bowl (goal)"]
    assert len({*names}) == len(names)
    (row,) = csv.DictReader(io.StringIO(as_csv([found])))
    assert row["by_page"].startswith("turn 0/1; bowl 0/1; bowl (goal) 0/1; measure ")


def test_gradescope_gives_the_right_answer_as_the_page_does():
    """Halfway between two numbers with three decimals either is right, and the page tells the number between them."""
    asked = 'kind = "value"\nanswer = "2.0675"\nprompt = "Which?"\nhint = "h"\nworked = "w"'
    loaded = read(swapped('kind = "next"', asked))
    found = graded(handed_in(GoOn(), Answer("1"), Answer("2"), loaded=loaded), {loaded.digest: loaded})
    assert found.flags == ()
    assert found.questions[0].right == "2.0675"
    assert "Right: 2.0675" in json.loads(as_gradescope([found]))["tests"][0]["output"]


def attempts():
    """One learner's three at a lesson, the second the best, and one of another."""
    some = (GoOn(), Answer("14"), Answer("0.7")), EVENTS, (GoOn(), Answer("0.7"))
    return [*(graded(handed_in(*events)) for events in some), graded(handed_in(GoOn(), Answer("0.7"), learner="bob"))]


def test_of_several_attempts_at_a_lesson_the_best_counts():
    assert json.loads(as_gradescope(attempts()[:3]))["score"] == 2
    assert len(json.loads(as_gradescope(attempts()[:3]))["tests"]) == 3
    lines = as_table(attempts()).splitlines()[1:]
    assert ["counts" in line for line in lines] == [False, True, False, False], "marked only where there are several"
    assert ["r.jsonl" in line for line in lines] == [True, True, True, False], "so is the file"
    rows = csv.DictReader(io.StringIO(as_csv(attempts())))
    assert [row["counts"] for row in rows] == ["no", "yes", "no", "yes"]


def test_an_attempt_that_is_flagged_counts_only_where_there_is_no_other():
    flagged, plain = graded(handed_in()[:-3]), graded(handed_in(GoOn(), Answer("0.7")))
    assert json.loads(as_gradescope([flagged, plain]))["score"] == 1
    assert json.loads(as_gradescope([flagged]))["score"] == 0


def test_gradescope_takes_one_learners_records():
    with pytest.raises(UserError, match=r"^gradescope takes one learner's records at a time: .* ann and bob$"):
        as_gradescope(attempts())


@pytest.mark.parametrize("formula", ["=1+1", "+1", "-1", "@SUM(1)", " =1", "a;=1+1", "a; @b", "＝1"])
def test_a_name_is_no_formula_in_a_spreadsheet(formula):
    """Where the decimal sign is a comma, spreadsheets part cells at semicolons, whatever a file says."""
    (row,) = csv.DictReader(io.StringIO(as_csv([graded(handed_in(learner=formula))])))
    assert row["learner"].replace("'", "") == formula
    assert not [part for part in row["learner"].split(";") if part.strip()[:1] in set("=+-@＝")]
