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
    """Hand in your own records: of the lessons named, or of all. Done again, it adds what is new since."""
    from gdtui.storage.hand_in import destination, hand_in
    from gdtui.storage.record import owner
    from gdtui.teaching.progress import own_sealed

    records = own_sealed(lessons, lambda reason: say(f"not handed in: {reason}"))
    if not records:
        raise UserError("there is nothing to hand in" + (" of these lessons" if lessons else " yet"))
    if is_mailed:
        click.echo(b"".join(records), nl=False)
        return 0
    folder, account = destination(), "".join(c if c.isalnum() else "-" for c in owner())
    new = sum([hand_in(folder, account, text) for text in records])
    old = len(records) - new
    before = f", {count(old, 'record')} unchanged" if old else ""
    say(f"{count(new, 'record')} handed in{before}: {clean(str(folder))}")
    return 0
