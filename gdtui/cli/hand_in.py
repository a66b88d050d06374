"""`gdtui hand-in`: a learner's own records, for the teacher."""

import click

from gdtui.cli import completion
from gdtui.cli.printing import say
from gdtui.errors import UserError
from gdtui.numbers import count
from gdtui.text import clean


@click.command("hand-in")
@click.argument("lessons", nargs=-1, shell_complete=completion.among(completion.lessons))
@click.option("--stdout", "is_mailed", is_flag=True, help="Write the record out, to be mailed.")
def hand_in_command(lessons: tuple[str, ...], is_mailed: bool) -> int:
    """Hand in your own records: of the lessons named, or of all."""
    from gdtui.storage.hand_in import destination, hand_in
    from gdtui.storage.record import owner
    from gdtui.teaching.progress import own_sealed

    records = own_sealed(lessons, lambda reason: say(f"not handed in: {reason}"))
    if not records:
        raise UserError("there is nothing to hand in" + (" of these lessons" if lessons else " yet"))
    text = b"".join(records)
    if is_mailed:
        click.echo(text, nl=False)
        return 0
    path = hand_in(destination(), "".join(c if c.isalnum() else "-" for c in owner()), text)
    say(f"{count(len(records), 'record')} handed in: {clean(str(path))}")
    return 0
