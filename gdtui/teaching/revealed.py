"""What a text of a lesson tells of the epoch that its page is about: that need not be kept back."""

from gdtui.experiment.expressions import ExpressionError, lone_name, places
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
    """The numbers of this epoch that a text shows unchanged; the gradient only if it shows every parameter's."""
    run = scope.run
    found: dict[Unknown, set[int]] = {}
    for expression, _ in places(template):
        name, updates = lone_name(expression) or ("", None)
        if not name or name in ABOUT_THE_RUN:
            continue
        try:
            quantity, ahead, index = scope.number_of_an_epoch(name)
        except ExpressionError:
            continue  # a fact of the page
        if updates is None:
            updates = run.cursor
        if unknown := _TELLS.get((quantity, updates + ahead - run.cursor)):
            found.setdefault(unknown, set()).add(index)
    parameters = len(run.experiment.parameter_names)
    return frozenset(unknown for unknown, those in found.items() if len(those) == parameters or unknown == "cost")
