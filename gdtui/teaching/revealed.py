"""What a text of a lesson tells of the epoch that its page is about: that need not be kept back."""

from gdtui.experiment.expressions import ExpressionError, Literal, Name, Node, places
from gdtui.lab.frame import Unknown
from gdtui.teaching.scope import ABOUT_THE_RUN, RunScope

_TELLS: dict[tuple[str, int], Unknown] = {
    ("cost", 0): "cost",
    ("gradient", 0): "gradient",
    ("update", 0): "update",
    ("parameters", 1): "following",
}
"""By the field of an epoch, and how many epochs ahead it is."""


def revealed_by(template: str, scope: RunScope) -> frozenset[Unknown]:
    """The numbers of this epoch that stand in a text as they are; a gradient once it is there for every parameter."""
    run = scope.run
    found: dict[Unknown, set[int]] = {}
    for _, node, _ in places(template):
        updates = _updates(node, run.cursor)
        if not isinstance(node, Name) or node.name in ABOUT_THE_RUN or updates is None:
            continue
        try:
            quantity, ahead, index = scope.number_of_an_epoch(node.name)
        except ExpressionError:
            continue  # a fact of the page
        if unknown := _TELLS.get((quantity, updates + ahead - run.cursor)):
            found.setdefault(unknown, set()).add(index)
    parameters = len(run.experiment.parameter_names)
    return frozenset(unknown for unknown, those in found.items() if len(those) == parameters or unknown == "cost")


def _updates(node: Node, now: int) -> int | None:
    """After how many updates a name is looked at: now, or as `cost[10]` says."""
    match node:
        case Name(_, None):
            return now
        case Name(_, Literal(value)) if isinstance(value, float):
            return int(value)
    return None
