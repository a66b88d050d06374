"""The options of an experiment, and the experiment that they describe."""

from collections.abc import Callable
from typing import Any

import click

from gdtui.cli import completion
from gdtui.errors import ExperimentError
from gdtui.experiment.dataset import LECTURE, Dataset, parse_checksum, typed
from gdtui.experiment.experiment import CONVENTIONS, DTYPES, METHODS, Change, Experiment
from gdtui.experiment.optimizer import OPTIMIZERS, SGD, parse_optimizer
from gdtui.numbers import count, parse_number, parse_whole
from gdtui.text import clean

MOST_EPOCHS_UNTIL_COST = 100_000
"""How many epochs a run goes at most until its cost is reached, unless told otherwise."""

CHANGING = {"lr", "method", "convention"}
"""What may change on the way, besides the optimizer."""


def reads(parse: Callable[[str], Any]) -> Callable[[click.Context, click.Parameter, Any], Any]:
    """A callback for an option whose text `parse` reads, or refuses with a ValueError that says why."""

    def callback(context: click.Context, option: click.Parameter, given: Any) -> Any:
        try:
            if isinstance(given, tuple):
                return tuple(map(parse, given))
            return None if given is None else parse(given)
        except ValueError as error:
            raise click.BadParameter(str(error), context, option) from None

    return callback


def parse_list(text: str) -> tuple[float, ...]:
    """The numbers of `1,2,3`."""
    return tuple(map(parse_number, text.split(",")))


def parse_change(text: str) -> Change:
    """The change on the way that `6:lr=0.2` or `6:lr=0.2,method=optim` asks for."""
    epoch, _, rest = text.partition(":")
    rest, _, optimizer = rest.partition("optimizer=")  # its own numbers follow it
    settings = dict(setting.partition("=")[::2] for setting in rest.removesuffix(",").split(",") if setting)
    is_empty = not settings and not optimizer
    if not (epoch.isascii() and epoch.isdigit() and len(epoch) < 12) or is_empty or settings.keys() - CHANGING:
        raise ValueError(f"'{clean(text, 40)}' is not like 6:lr=0.2 or 6:lr=0.2,method=optim")
    rate = parse_number(settings["lr"]) if "lr" in settings else None
    method, convention = settings.get("method"), settings.get("convention")
    taken_by = parse_optimizer(optimizer) if optimizer else None
    return Change(int(epoch), rate, method, convention, taken_by)  # type: ignore[arg-type]  # Experiment checks them


OPTIONS = (
    click.option(
        "--x",
        callback=reads(parse_list),
        multiple=True,
        metavar="NUMBERS",
        help="x as typed: 1,2,3; once for each column. With --y.",
    ),
    click.option("--y", callback=reads(parse_list), metavar="NUMBERS", help="y as typed: 2,4,6."),
    click.option(
        "--data",
        metavar="FILE",
        shell_complete=completion.files,
        help="A table: CSV, tabs, semicolons or spaces; - is standard input.",
    ),
    click.option("--features", metavar="COLUMN,…", help="The columns of x, by name or number. [all but the last]"),
    click.option("--target", metavar="COLUMN", help="The column of y, by name or number. [the last]"),
    click.option("--drop-missing", is_flag=True, help="Skip rows with empty cells."),
    click.option(
        "--x-scale",
        callback=reads(parse_number),
        default="1",
        metavar="NUMBER",
        help="x in other units: so many times what is typed or read. [1]",
    ),
    click.option(
        "--checksum",
        callback=reads(parse_checksum),
        metavar="SHA256",
        help="Refuse the table if its content is another: sha256:0123456789abcdef.",
    ),
    click.option("--standardize", is_flag=True, help="Scale x to mean 0 and deviation 1. Adds b."),
    click.option("--bias", is_flag=True, help="H(x) = XW + b. [XW]"),
    click.option("--w0", callback=reads(parse_list), metavar="NUMBERS", help="Where the weights begin. [0]"),
    click.option("--b0", callback=reads(parse_number), default="0", metavar="NUMBER", help="Where b begins. [0]"),
    click.option(
        "--lr", callback=reads(parse_number), default="0.1", metavar="NUMBER", help="The learning rate. [0.1]"
    ),
    click.option("--method", type=click.Choice(METHODS), help="Who finds the gradient. [hand; optim with --optimizer]"),
    click.option(
        "--optimizer",
        callback=reads(parse_optimizer),
        metavar="NAME",
        shell_complete=completion.among(lambda: OPTIMIZERS),
        help="Who takes the step: momentum, nesterov, adagrad, rmsprop, adam, adamw; or adam,beta2=0.99. [sgd]",
    ),
    click.option(
        "--weight-decay", callback=reads(parse_number), default="0", metavar="NUMBER", help="λ of λ/2·|W|². [0]"
    ),
    click.option(
        "--batch",
        callback=reads(parse_whole),
        metavar="ROWS",
        help="Several updates an epoch, each on so many rows. [all rows]",
    ),
    click.option(
        "--seed",
        callback=reads(parse_whole),
        default="0",
        metavar="NUMBER",
        help="Decides which rows come together in --batch. [0]",
    ),
    click.option(
        "--convention",
        type=click.Choice(CONVENTIONS),
        help="The gradient: Σ(H−y)x, or 2/m or 1/m of it. [sum by hand, otherwise mse]",
    ),
    click.option("--dtype", type=click.Choice(DTYPES), default="float32", help="[float32]"),
    click.option(
        "--epochs",
        callback=reads(parse_whole),
        metavar="NUMBER",
        help="How many epochs. [10; 100,000 with --until-cost]",
    ),
    click.option(
        "--until-cost", callback=reads(parse_number), metavar="NUMBER", help="Stop as soon as the cost is this low."
    ),
    click.option(
        "--then",
        callback=reads(parse_change),
        multiple=True,
        metavar="CHANGE",
        help="Change on the way: 6:lr=0.2 from epoch 6 on.",
    ),
)
"""What an experiment is made of, for the lab and for the run without a screen alike."""


def experiment_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options of an experiment."""
    for option in reversed(OPTIONS):
        function = option(function)
    return function


def experiment_from(given: dict[str, Any]) -> Experiment:
    """The experiment that the options describe.

    Raises:
        UserError: the data cannot be used, or a value makes no sense.
    """
    dataset = dataset_from(given).in_units(given["x_scale"])
    until_cost = given["until_cost"]
    epochs = given["epochs"]
    return Experiment(
        dataset=dataset.standardized() if given["standardize"] else dataset,
        has_bias=given["bias"],
        weights=given["w0"],
        bias=given["b0"],
        learning_rate=given["lr"],
        method=given["method"] or ("optim" if given["optimizer"] else "hand"),
        optimizer=given["optimizer"] or SGD,
        weight_decay=given["weight_decay"],
        batch=given["batch"],
        seed=given["seed"],
        convention=given["convention"],
        dtype=given["dtype"],
        epochs=epochs if epochs is not None else 10 if until_cost is None else MOST_EPOCHS_UNTIL_COST,
        until_cost=until_cost,
        changes=tuple(sorted(given["then"], key=lambda change: change.epoch)),
    )


def planned_experiment_from(given: dict[str, Any]) -> Experiment:
    """The experiment of a run that ends where its plan does, unlike in the lab: what changes has to change before.

    Raises:
        UserError: as in `experiment_from`, or a change would come too late.
    """
    experiment = experiment_from(given)
    last = experiment.epochs
    for change in experiment.changes:
        if change.epoch > last:
            raise ExperimentError(
                "then", f"nothing changes at epoch {change.epoch:,}: the run has {count(last, 'epoch')}"
            )
    return experiment


def dataset_from(given: dict[str, Any]) -> Dataset:
    """The lecture's points, or what was typed, or what is in a file."""
    x, y, path = given["x"], given["y"], given["data"]
    if path is None:
        for option in ("features", "target", "drop_missing", "checksum"):
            if given[option]:
                raise ExperimentError(option.replace("_", "-"), "is for a table; name one with --data")
        if not x and y is None:
            return LECTURE
        if not x or y is None:
            raise ExperimentError("y" if x else "x", "is missing: give both --x and --y")
        return typed(*x, y)
    if x or y is not None:
        raise ExperimentError("data", "give either --data or --x and --y")
    from gdtui.storage.table import read_table  # numpy, which only a file needs

    features = tuple(given["features"].split(",")) if given["features"] else None
    table = read_table(
        path,
        features=features,
        target=given["target"],
        drop_missing=given["drop_missing"],
        checksum=given["checksum"],
    )
    if table.dropped:
        skipped = f"{count(table.dropped, 'row')} with missing cells skipped"
        click.echo(f"gdtui: {table.dataset.name}: {skipped}", err=True)
    return table.dataset
