"""Rules that end a run early. They look at what `monitor` names, once an epoch."""

from netspec.language.recipes.base import NonNegativeReal, Notation, Positive, Recipe, recipe


class EarlyStopping(Recipe):
    """When a run ends before its last epoch."""

    noun = "stopping rule"


@recipe("patience")
class Patience(EarlyStopping):
    """Stop when so many epochs in a row have brought nothing better.

    Source: Prechelt 1998, Early Stopping - But When?, class UP.
    """

    epochs: Positive = 5
    """How many epochs."""
    min_delta: NonNegativeReal = 0.0
    """By how much a value must be better to count."""

    notation = Notation(("epochs",))
    elsewhere = ("early_stopping", "earlystopping", "plateau")


@recipe("target")
class Target(EarlyStopping):
    """Stop when the value is as good as this."""

    value: float
    """The value to reach: at least this for an accuracy, at most this for a loss."""

    notation = Notation(("value",))
    elsewhere = ("goal", "until")
