"""The keys of the screens of a class: the teacher's board, an experiment that is looked at, and a vote."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from gdtui.text import _
from gdtui.ui.common.command import Command, remapped
from gdtui.ui.common.status import Status

SECTION = _("On the board of a class (gdtui class)")


class ClassCommand(Command, frozen=True, kw_only=True):
    """Something a key does on one of them."""

    do: Callable[[Any], object]
    """What it does to the screen."""
    serves: Callable[[Any], bool] = lambda screen: True
    """Whether it does something now."""


def row(
    id_: str, keys: str, title: str, bar: str = "", do: Callable[[Any], object] | None = None, **more: Any
) -> ClassCommand:
    """A command. Without `do` its screen asks the app for it, by the id."""
    does = do or (lambda screen: screen.request(id_))
    return ClassCommand(id=id_, keys=keys, title=title, do=does, bar=bar, section=SECTION, **more)


def serving(commands: Sequence[ClassCommand], screen: object) -> list[ClassCommand]:
    """Those that do something now."""
    return [command for command in commands if command.serves(screen)]


def is_state(*states: str) -> Callable[[Any], bool]:
    """Whether a question is asked and stands so."""
    return lambda board: board.shows_vote and board.state in states


def has_roster(board: Any) -> bool:
    """Whether the roster is to be seen."""
    return not board.shows_vote and not board.is_projected


def has_learner(board: Any) -> bool:
    """Whether somebody is chosen on it."""
    return has_roster(board) and board.chosen is not None


def has_hand_up(board: Any) -> bool:
    """Whether whoever is chosen on it has a hand up."""
    return has_learner(board) and board.chosen.has_hand_up


def has_lesson(board: Any) -> bool:
    """Whether the class has a lesson."""
    return has_roster(board) and bool(board.teacher.now.lesson)


def is_learners(screen: Any) -> bool:
    """Whether it is a learner's, who can ask for something there."""
    return screen.request is not None


def leads(board: Any) -> bool:
    """Whether every screen shows the teacher's lab."""
    return board.teacher.now.followed is not None


def open_to(board: Any) -> None:
    """Ask up to which page the lesson is open."""
    board.ask_page(
        _("Open the lesson up to page"),
        board.teacher.set_pace,
        lambda page: board.told(_("Open to page {page}.", page=page)),
    )


def gather(board: Any) -> None:
    """Ask for the page that everybody is to be on."""
    board.ask_page(_("Bring everyone to page"), board.teacher.gather, board.call_to)


def own_pace(board: Any) -> None:
    """Let everybody turn pages alone."""

    def let_go() -> None:
        board.teacher.set_pace(None)
        board.teacher.gather(None)

    board.tell(let_go, _("Everyone works at their own pace."))


def take_hand_down(board: Any) -> None:
    """Take down the hand of whoever is chosen, who stays so."""
    board.move(0)
    chosen = board.chosen
    said = _("{name}'s hand is down.", name=chosen.account)
    board.tell(lambda: board.teacher.take_hand_down(chosen.hand), said)


def ask_to_end(board: Any) -> None:
    """Ask whether the class is over."""
    question = _("End the class for everyone? n leaves it open, escape stays.")
    board.status = Status(is_loading=False, question=question)


def flip(what: str) -> Callable[[Any], object]:
    """Turn something on, or off."""
    return lambda board: setattr(board, what, not getattr(board, what))


def do(name: str) -> Callable[[Any], object]:
    """Have the class do something by name."""
    return lambda board: board.tell(getattr(board.teacher, name))


def move(by: int) -> Callable[[Any], object]:
    """Choose a learner further on, or before."""
    return lambda board: board.move(by)


def in_vote(state: str, *told: Any, **more: Any) -> ClassCommand:
    """A command for a question that stands so."""
    return row(*told, views=("vote",), serves=is_state(*state.split(",")), **more)


def on_roster(*told: Any, serves: Callable[[Any], bool] = has_roster, **more: Any) -> ClassCommand:
    """A command for the roster."""
    return row(*told, views=("roster",), serves=serves, **more)


BOARD = (
    in_vote("open", "close", "c", _("Close the vote"), _("close"), do("close_vote")),
    in_vote("closed", "talk", "t", _("Vote closed: let them talk; then o opens another"), _("talk"), do("vote_again")),
    in_vote("closed,talking", "show-answers", "r", _("Vote closed: show all answers"), _("reveal"), do("reveal")),
    in_vote("closed", "reopen", "o", _("Vote closed: take answers again"), _("open again"), do("reopen")),
    row(
        *("second-vote", "o", _("While they talk: open the next vote"), _("vote again"), do("reopen")),
        views=("talk",),
        serves=is_state("talking"),
    ),
    row(
        *("step-for-all", "space", _("Answers shown: take the step on every screen"), _("step")),
        views=("vote",),
        serves=lambda board: is_state("revealed")(board) and board.ask.bench is not None,
    ),
    in_vote("revealed", "drop", "escape", _("Answers shown: finish the question"), _("done"), do("drop_ask")),
    row(
        *("roster", "v", _("See the roster during a vote"), _("roster"), flip("sees_roster")),
        serves=lambda board: board.shows_vote and not board.is_projected,
    ),
    on_roster(
        *("vote", "v", _("On the roster: go back to the vote"), _("back to the vote"), flip("sees_roster")),
        serves=lambda board: bool(board.state) and not board.shows_vote,
    ),
    on_roster("open-learner", "enter", _("See what a learner sees"), _("open"), serves=has_learner),
    on_roster("next-learner", "down", _("Choose the next learner"), do=move(1)),
    on_roster("learner-before", "up", _("Choose the previous learner"), do=move(-1)),
    on_roster("page-of-learners", "pagedown", _("Move down ten learners"), do=move(10)),
    on_roster("learners-before", "pageup", _("Move up ten learners"), do=move(-10)),
    on_roster("first-learner", "home", _("Choose the learner who needs help most"), do=move(-(10**6))),
    on_roster("last-learner", "end", _("Choose the last one"), do=move(10**6)),
    on_roster("ask-class", "A", _("Ask everyone a question"), _("ask"), also="a"),
    row(
        *(
            "stop-leading",
            "F",
            _("While you lead: stop leading"),
            _("stop leading"),
            lambda board: board.request("lead"),
        ),
        views=("leading",),
        also="f",
        serves=leads,
    ),
    row(
        *("lead", "F", _("Show your lab on every screen"), _("follow me")),
        also="f",
        serves=lambda board: not leads(board) and board.state in ("", "revealed"),
    ),
    row(
        *("projector", "z", _("Show it large and without names, for a projector, or go back")),
        *(_("projector"), flip("is_projected")),
    ),
    row("my-lab", "C", _("Go to your lab; the same key comes back"), _("lab"), also="l"),
    on_roster(
        *("hand-down", "exclamation_mark", _("Take down the hand that a learner has raised"), _("hand down")),
        take_hand_down,
        serves=has_hand_up,
    ),
    on_roster("open-to", "o", _("Open the lesson up to a page"), _("open to"), open_to, serves=has_lesson),
    on_roster("gather", "g", _("Bring everyone to a page"), _("gather"), gather, serves=has_lesson),
    on_roster("own-pace", "w", _("Let everyone work at their own pace"), _("own pace"), own_pace, serves=has_lesson),
    on_roster(
        *("hand-out", "H", _("Hand out your experiment: everyone goes on from here"), _("hand out")),
        also="h",
    ),
    row("class-keys", "question_mark,f1", _("Explain this screen and all its keys"), _("help")),
    row("leave-class", "q,ctrl+q,f10", _("End the class, or leave it open"), _("quit"), ask_to_end),
)
"""In the order of the help and of the line at the bottom: first what a question goes through."""

UNDOING = {"stop-leading": "lead", "vote": "roster", "second-vote": "reopen"}
"""What leads back from a command, or on from it, by the same key."""


def with_keymap(keymap: Mapping[str, str]) -> tuple[ClassCommand, ...]:
    """The board's commands with a user's own keys: one that is given none has those of the one it undoes."""
    moved = {id_: keymap[undone] for id_, undone in UNDOING.items() if undone in keymap}
    return remapped(BOARD, moved | dict(keymap))


LOOKING = (
    row("back", "escape", _("Go back"), _("my own work"), lambda screen: screen.leave()),
    row("hand", "exclamation_mark", _("Raise your hand, or take it down"), _("raise a hand"), serves=is_learners),
    row(
        *("what-is-seen", "question_mark,f1", _("Say what the teacher sees"), _("what my teacher sees")),
        serves=is_learners,
    ),
    row("quit", "ctrl+q,f10", _("Quit"), do=lambda screen: screen.app.exit()),
)
"""Where somebody else's experiment is looked at, and in a vote."""
