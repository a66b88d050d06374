"""An Experiment as the words on a command line that bring it back."""

import os
import shlex
import unicodedata

from gdtui.experiment.experiment import Change, Experiment
from gdtui.numbers import shortest
from gdtui.text import clean


def arguments(experiment: Experiment) -> list[str]:
    """The options of `gdtui` and `gdtui run` that give this experiment; defaults are left out."""
    plain = Experiment()
    words = list(experiment.dataset.arguments)
    if experiment.dataset.x_scale != 1:
        words += ["--x-scale", shortest(experiment.dataset.x_scale)]
    if experiment.dataset.scaling:
        words.append("--standardize")
    elif experiment.has_bias:
        words.append("--bias")
    if experiment.weights:
        words += ["--w0", ",".join(map(shortest, experiment.weights))]
    if experiment.bias:
        words += ["--b0", shortest(experiment.bias)]
    if experiment.learning_rate != plain.learning_rate:
        words += ["--lr", shortest(experiment.learning_rate)]
    if experiment.method != plain.method:
        words += ["--method", experiment.method]
    if experiment.optimizer != plain.optimizer:
        words += ["--optimizer", str(experiment.optimizer)]
    if experiment.convention:
        words += ["--convention", experiment.convention]
    if experiment.weight_decay:
        words += ["--weight-decay", shortest(experiment.weight_decay)]
    if experiment.batch:
        words += ["--batch", str(experiment.batch)]
    if experiment.seed:
        words += ["--seed", str(experiment.seed)]
    if experiment.dtype != plain.dtype:
        words += ["--dtype", experiment.dtype]
    if experiment.epochs != plain.epochs or experiment.until_cost is not None:
        words += ["--epochs", str(experiment.epochs)]
    if experiment.until_cost is not None:
        words += ["--until-cost", shortest(experiment.until_cost)]
    for change in experiment.changes:
        words += ["--then", _then(change)]
    return words


def _then(change: Change) -> str:
    """A change as `--then` takes it: `6:lr=0.2,method=optim,optimizer=adam,beta2=0.99`."""
    settings = {
        "lr": None if change.learning_rate is None else shortest(change.learning_rate),
        "method": change.method,
        "convention": change.convention,
        "optimizer": str(change.optimizer) if change.optimizer else None,
    }
    return f"{change.epoch}:" + ",".join(f"{name}={value}" for name, value in settings.items() if value)


def shell_line(experiment: Experiment, *command: str) -> str:
    """The command that opens the lab on this experiment, or another one for it, quoted for a shell."""
    return " ".join(map(quoted, ("gdtui", *command, *arguments(experiment))))


def quoted(word: str) -> str:
    """A word as a shell reads it back, in one line of characters that can be shown and copied.

    Control characters, and bytes of a file's name that are not UTF-8, need the $'…' of bash, zsh, ksh and busybox.
    """
    if clean(word, len(word) + 1) == unicodedata.normalize("NFC", word) == word:
        return shlex.quote(word)
    return "$'" + "".join(map(_escaped, os.fsencode(word))) + "'"


def _escaped(byte: int) -> str:
    character = chr(byte)
    return character if character.isascii() and character.isprintable() and character not in "\\'" else f"\\{byte:03o}"
