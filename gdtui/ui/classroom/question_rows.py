"""A question to everyone as rows: how many have answered, then the answers; small for one screen, large for a room."""

from collections.abc import Mapping

from gdtui.classroom.messages import Ask
from gdtui.classroom.roster import Room
from gdtui.text import _, ngettext
from gdtui.ui.classroom.bars import changed, histogram
from gdtui.ui.common.rows import Row, line_rows

BAR = 40
"""The width in cells of the bar that counts answers."""

MIXED = (0.3, 0.7)
"""If the part of right answers is between these, a discussion is worthwhile."""

DIGITS = ("75557", "26227", "71747", "71717", "55711", "74717", "74757", "71111", "75757", "75717")
"""The rows of large digits from top to bottom, as three bits each."""

STATES = {
    ("open", 1): _("First vote"),
    ("open", 2): _("Second vote"),
    ("closed", 1): _("First vote closed"),
    ("closed", 2): _("Second vote closed"),
    ("talking", 1): _("Talking about the first vote"),
    ("talking", 2): _("Talking about the last vote"),
}


def asked_rows(ask: Ask, width: int) -> list[Row]:
    """The question, with its choices or how a number should be given."""
    rows = [(), *line_rows(f" {ask.prompt}", width, "main", " ")]
    for number, choice in enumerate(ask.choices, 1):
        rows += line_rows(f"   {number}  {choice}", width, "text", "      ")
    if ask.kind == "number" and ask.digits:
        rows.append(((_(" Give {digits}.", digits=ask.digits), "dim"),))
    return [*rows, ()]


def state_of(ask: Ask) -> str:
    """Which vote it is, and whether it is open."""
    return STATES.get((ask.state, min(ask.vote, 2)), _("Answers"))


def vote_rows(ask: Ask, room: Room, width: int, height: int, key: Mapping[str, str]) -> list[Row]:
    """The teacher's view, with these keys: until the answers are shown, only their number and whether to discuss."""
    rows = asked_rows(ask, width)
    if ask.state == "revealed":
        roomy = histogram(ask.bars, width, gap=True)
        is_roomy = len(rows) + len(roomy) + 2 <= height
        rows += [*(roomy if is_roomy else histogram(ask.bars, width)), ()]
        if ask.vote > 1 and any(bar.is_right for bar in ask.bars):
            rows += line_rows(f" {changed(room)}", width, "text", " ")
        if ask.bench:
            rows += line_rows(
                _(" {step} takes the step on every screen.", step=key["step-for-all"]), width, "text", " "
            )
        return rows
    cells = min(BAR, width - 34)
    done = round(cells * room.answered / max(1, room.here, room.answered))
    count = _("{n} of {all} have answered", n=room.answered, all=max(room.here, room.answered))
    rows += [
        ((f" {state_of(ask)}", "main"),),
        (),
        ((f" {count}   ", "main"), ("█" * done, "text"), ("─" * (cells - done), "dim")),
        (),
        *line_rows(_(" The answers stay hidden until you reveal them."), width, "text", " "),
    ]
    if ask.state == "talking":
        opens = _(" {key} opens the next vote. Both votes are kept.", key=key["second-vote"])
        rows += [(), *line_rows(opens, width, "text", " ")]
    if ask.state == "closed" and (word := opinion(room, key)):
        rows += [(), *line_rows(f" {word}", width, "text", " ")]
    return rows


def opinion(room: Room, key: Mapping[str, str]) -> str:
    """Whether a discussion is worthwhile; empty if no right answer is known."""
    last = [(bar.votes[-1], bar.is_right) for bar in room.bars if bar.votes]
    everyone = sum(votes for votes, _is_right in last)
    if not everyone:
        return ""
    right = sum(votes for votes, is_right in last if is_right) / everyone
    if right > MIXED[1]:
        return _("Mostly right.")
    if right < MIXED[0]:
        return _("Few are right: try another explanation.")
    return _(
        "The votes are mixed: worth talking about. {talk} lets them talk in pairs; after two minutes, {opens} opens "
        "the next vote. Both votes are kept.",
        talk=key["talk"],
        opens=key["second-vote"],
    )


def projected_rows(ask: Ask | None, room: Room, about: str, width: int, height: int) -> list[Row]:
    """The view for a projector, readable from the last row: no names, and no answers before they are shown."""
    if ask is None:
        lines = line_rows(f"  {about}", width, "main")
        join = ((_("  Start gdtui and press J."), "text"),)
        return [
            (),
            *large(str(room.here)),
            (),
            ((ngettext("  is here", "  are here", room.here), "text"),),
            (),
            join,
            (),
            *lines,
        ]
    asked = asked_rows(ask, width)
    if ask.state == "revealed":
        heights = (histogram(ask.bars, width, height=rows) for rows in (3, 2))
        fitting = (rows for rows in heights if len(asked) + len(rows) <= height)
        return [*asked, *next(fitting, histogram(ask.bars, width))]
    everyone = max(room.here, room.answered)
    cells = width - 4
    done = round(cells * room.answered / max(1, everyone))
    bar: Row = (("  ", "text"), ("█" * done, "text"), ("─" * (cells - done), "dim"))
    return [
        *asked,
        *large(f"{room.answered}"),
        (),
        ((_("  of {all} have answered", all=everyone), "main"),),
        (),
        *[bar] * 3,
        (),
        ((f"  {state_of(ask)}", "main"),),
    ]


def large(text: str) -> list[Row]:
    """A number in digits five rows high."""
    rows = ("".join(f"{int(DIGITS[int(digit)][y]):03b} " for digit in text) for y in range(5))
    return [(("  ", "text"), ("".join("██" if dot == "1" else "  " for dot in row), "main")) for row in rows]


def learner_rows(ask: Ask, width: int, answer: str, answer_before: str = "") -> list[Row]:
    """A learner's view: the question, their own answer, and all answers once they are shown."""
    rows = asked_rows(ask, width)
    if ask.state == "revealed":
        return [*rows, *histogram(ask.bars, width)]
    if ask.state == "closed":
        rows += line_rows(_(" The vote is closed."), width, "text", " ")
    elif ask.state == "talking":
        rows += line_rows(_(" Talk with your neighbour about your answer."), width, "main", " ")
    elif answer:
        rows += line_rows(_(" You may change your answer while the vote is open."), width, "text", " ")
    if answer:
        rows += [(), *line_rows(_(" Your answer: {answer}", answer=answer), width, "good", " ")]
    if answer_before:
        said = _("  Your answer in the previous vote: {answer}", answer=answer_before)
        rows += [(), *line_rows(said, width, "text", " ")]
    return rows
