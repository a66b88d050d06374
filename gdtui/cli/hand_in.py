"""`gdtui hand-in`: a learner's own records, for the teacher."""

import click

from gdtui.cli import completion
from gdtui.cli.printing import say
from gdtui.errors import UserError
from gdtui.numbers import count
from gdtui.text import _, clean


@click.command(
    "hand-in",
    help=_("Hand in your own records, for the lessons you name or for all of them. Run it again to add what is new."),
)
@click.argument("lessons", nargs=-1, shell_complete=completion.among(completion.lessons))
@click.option("--stdout", "is_mailed", is_flag=True, help=_("Print the records instead, so that you can mail them."))
def hand_in_command(lessons: tuple[str, ...], is_mailed: bool) -> int:
    """Hand in records, or print them."""
    from gdtui.storage.hand_in import destination, hand_in
    from gdtui.storage.record import owner
    from gdtui.teaching.progress import own_sealed

    records = own_sealed(lessons, lambda reason: say(_("not handed in: {reason}", reason=reason)))
    if not records:
        raise UserError(
            _("there is nothing to hand in for these lessons: open one first with gdtui lesson NAME")
            if lessons
            else _("there is nothing to hand in yet: start a lesson with gdtui lesson NAME")
        )
    if is_mailed:
        click.echo(b"".join(records), nl=False)
        return 0
    folder, account = destination(), "".join(c if c.isalnum() else "-" for c in owner())
    number, place = sum([hand_in(folder, account, text) for text in records]), clean(str(folder))
    new, old = count(number, "record"), count(len(records) - number, "record")
    if number == len(records):
        say(_("{new} handed in to {folder}", new=new, folder=place))
    else:
        say(_("{new} handed in to {folder}, {old} unchanged", new=new, old=old, folder=place))
    return 0
