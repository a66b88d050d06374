"""The keys of a class's screens: the teacher's board, somebody's experiment, and a vote."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from gdtui.text import _
from gdtui.ui.common.command import Command, KeyAction, remapped
from gdtui.ui.lab.commands.classroom import TO_EVERYONE

SECTION = _("On the board of a class (gdtui class)")


class ClassCommand(Command, frozen=True, kw_only=True):
    """A key's command on one of these screens."""

    do: KeyAction
    """What it does to the screen."""
    serves: Callable[[Any], bool]
    """Whether it can be used now."""


class When(NamedTuple):
    """When a command works: in a view (any if unnamed), and while a condition on the screen holds."""

    view: str
    is_so: Callable[[Any], bool]

    def where(self, is_so: Callable[[Any], bool]) -> "When":
        """The same view, with another condition on the screen as well."""
        return When(self.view, lambda screen: self.is_so(screen) and is_so(screen))


def row(
    when: When,
    id_: str,
    keys: str,
    title: str,
    bar: str = "",
    do: KeyAction | None = None,
    also: str = "",
) -> ClassCommand:
    """A command. Without `do`, its screen passes the id to the app."""
    return ClassCommand(
        id=id_,
        keys=keys,
        also=also,
        title=title,
        section=SECTION,
        bar=bar,
        views=(when.view,) if when.view else (),
        serves=when.is_so,
        do=do or (lambda screen: screen.request(id_)),
    )


def serving(commands: Sequence[ClassCommand], screen: object) -> list[ClassCommand]:
    """The commands that work now."""
    return [command for command in commands if command.serves(screen)]


def open_to(board: Any) -> None:
    """Ask up to which page to open the lesson."""
    board.ask_page(
        _("Open the lesson up to page"),
        board.teacher.set_pace,
        lambda page: board.told(_("Open to page {page}.", page=page)),
    )


def gather(board: Any) -> None:
    """Ask for the page to bring everyone to."""
    board.ask_page(_("Bring everyone to page"), board.teacher.gather, board.call_to)


def own_pace(board: Any) -> None:
    """Let everyone turn pages on their own."""

    def let_go() -> None:
        board.teacher.set_pace(None)
        board.teacher.gather(None)

    board.tell(let_go, _("Everyone works at their own pace."))


def take_hand_down(board: Any) -> None:
    """Lower the hand of the chosen learner, who stays chosen."""
    board.move(0)
    chosen = board.chosen
    said = _("{name}'s hand is down.", name=chosen.account)
    board.tell(lambda: board.teacher.take_hand_down(chosen.hand), said)


def ask_to_end(board: Any) -> None:
    """Ask whether to end the class; quit at once if it has been taken over, because then it is another's to end."""
    if board.teacher.file.is_taken_over:
        board.app.exit()
        return
    answers = (("y", _("end it")), ("n", _("leave it open")), ("escape", _("stay")))

    def end() -> None:
        board.errands.do(board.teacher.end, lambda _done: board.app.exit())

    board.confirm(_("End the class for everyone?"), {"y": end, "n": board.app.exit}, answers)


def ask_to_hand_out(board: Any) -> None:
    """Ask whether to hand the teacher's experiment to everyone."""
    board.confirm(TO_EVERYONE, {"y": lambda: board.request("hand-out")})


def stop_leading(board: Any) -> None:
    """Give everyone their own screen back."""
    board.request("lead")


def flip(what: str) -> KeyAction:
    """Toggle an attribute of the board."""
    return lambda board: setattr(board, what, not getattr(board, what))


def do(name: str) -> KeyAction:
    """Call a method of the class by name."""
    return lambda board: board.tell(getattr(board.teacher, name))


def move(by: int) -> KeyAction:
    """Choose a learner further down or up."""
    return lambda board: board.move(by)


def in_vote(*states: str) -> When:
    """While a question in one of these states is shown."""
    return When("vote", lambda board: board.shows_vote and board.state in states)


OPEN, CLOSED, REVEALED = in_vote("open"), in_vote("closed"), in_vote("revealed")
CLOSED_OR_TALKING = in_vote("closed", "talking")
TALKING = in_vote("talking")._replace(view="talk")
ON_ROSTER = When("roster", lambda board: not board.shows_vote and not board.is_projected)
WITH_LEARNER = ON_ROSTER.where(lambda board: board.chosen is not None)
WITH_HAND_UP = WITH_LEARNER.where(lambda board: board.chosen.has_hand_up)
WITH_LESSON = ON_ROSTER.where(lambda board: bool(board.teacher.now.lesson))
LEADING = When("leading", lambda board: board.teacher.now.followed is not None)
ALWAYS = When("", lambda screen: True)
BETWEEN_VOTES = ALWAYS.where(lambda board: not LEADING.is_so(board) and board.state in ("", "revealed"))

BOARD = (
    row(OPEN, "close", "c", _("Close the vote"), _("close"), do("close_vote")),
    row(CLOSED, "talk", "t", _("Vote closed: let them talk; then o opens another"), _("talk"), do("vote_again")),
    row(CLOSED_OR_TALKING, "show-answers", "r", _("Vote closed: show all answers"), _("reveal"), do("reveal")),
    row(CLOSED, "reopen", "o", _("Vote closed: take answers again"), _("open again"), do("reopen")),
    row(TALKING, "second-vote", "o", _("While they talk: open the next vote"), _("vote again"), do("reopen")),
    row(
        REVEALED.where(lambda board: board.ask.bench is not None),
        "step-for-all",
        "space",
        _("Answers shown: take the step on every screen"),
        _("step"),
    ),
    row(REVEALED, "drop", "escape", _("Answers shown: finish the question"), _("done"), do("drop_ask")),
    row(
        ALWAYS.where(lambda board: board.shows_vote and not board.is_projected),
        "roster",
        "v",
        _("See the roster during a vote"),
        _("roster"),
        flip("sees_roster"),
    ),
    row(
        ON_ROSTER.where(lambda board: bool(board.state)),
        "vote",
        "v",
        _("On the roster: go back to the vote"),
        _("back to the vote"),
        flip("sees_roster"),
    ),
    row(WITH_LEARNER, "open-learner", "enter", _("See what a learner sees"), _("open")),
    row(ON_ROSTER, "next-learner", "down", _("Choose the next learner"), do=move(1)),
    row(ON_ROSTER, "learner-before", "up", _("Choose the previous learner"), do=move(-1)),
    row(ON_ROSTER, "page-of-learners", "pagedown", _("Move down ten learners"), do=move(10)),
    row(ON_ROSTER, "learners-before", "pageup", _("Move up ten learners"), do=move(-10)),
    row(ON_ROSTER, "first-learner", "home", _("Choose the learner who needs help most"), do=move(-(10**6))),
    row(ON_ROSTER, "last-learner", "end", _("Choose the last one"), do=move(10**6)),
    row(ON_ROSTER, "ask-class", "A", _("Ask everyone a question"), _("ask"), also="a"),
    row(LEADING, "stop-leading", "F", _("While you lead: stop leading"), _("stop leading"), stop_leading, also="f"),
    row(BETWEEN_VOTES, "lead", "F", _("Show your lab on every screen"), _("follow me"), also="f"),
    row(
        ALWAYS,
        "projector",
        "z",
        _("Show it large and without names, for a projector, or go back"),
        _("projector"),
        flip("is_projected"),
    ),
    row(ALWAYS, "my-lab", "C", _("Go to your lab; the same key comes back"), _("lab"), also="l"),
    row(
        WITH_HAND_UP,
        "hand-down",
        "exclamation_mark",
        _("Take down the hand that a learner has raised"),
        _("hand down"),
        take_hand_down,
    ),
    row(WITH_LESSON, "open-to", "o", _("Open the lesson up to a page"), _("open to"), open_to),
    row(WITH_LESSON, "gather", "g", _("Bring everyone to a page"), _("gather"), gather),
    row(WITH_LESSON, "own-pace", "w", _("Let everyone work at their own pace"), _("own pace"), own_pace),
    row(
        ON_ROSTER,
        "hand-out",
        "H",
        _("Hand out your experiment: everyone goes on from here"),
        _("hand out"),
        ask_to_hand_out,
        also="h",
    ),
    row(ALWAYS, "class-keys", "question_mark,f1", _("Explain this screen and all its keys"), _("help")),
    row(ALWAYS, "leave-class", "q,ctrl+q,f10", _("End the class, or leave it open"), _("quit"), ask_to_end),
)
"""In the order of the help and of the bottom line; first, the stages of a question."""

UNDOING = {"stop-leading": "lead", "vote": "roster", "second-vote": "reopen"}
"""Commands that undo another, or continue it, with the same key."""


def with_keymap(keymap: Mapping[str, str]) -> tuple[ClassCommand, ...]:
    """The board's commands with the user's keys; an undoing command without a key gets that of what it undoes."""
    moved = {id_: keymap[undone] for id_, undone in UNDOING.items() if undone in keymap}
    return remapped(BOARD, moved | dict(keymap))


AS_LEARNER = ALWAYS.where(lambda screen: screen.request is not None)

LOOKING = (
    row(ALWAYS, "back", "escape", _("Go back"), _("my own work"), lambda screen: screen.leave()),
    row(AS_LEARNER, "hand", "exclamation_mark", _("Raise your hand, or take it down"), _("raise a hand")),
    row(AS_LEARNER, "what-is-seen", "question_mark,f1", _("Say what the teacher sees"), _("what my teacher sees")),
    row(ALWAYS, "quit", "ctrl+q,f10", _("Quit"), do=lambda screen: screen.app.call_later(screen.app.action_quit)),
)
"""For looking at somebody else's experiment, and for a vote."""
