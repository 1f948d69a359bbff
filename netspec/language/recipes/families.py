"""The families of named calls, each with its kinds in a module of its own."""

from typing import ClassVar, Final, Self

from netspec.language.recipes.base import Recipe


class Data(Recipe):
    """Where the examples come from."""

    noun = "data source"
    home = "data"


class Preprocessing(Recipe):
    """What is done to the values of every example, in training and in prediction, before the network sees them."""

    noun = "preprocessing step"
    home = "preprocessing"


class Augmentation(Recipe):
    """A random change of a training example, drawn anew whenever the example is used."""

    noun = "augmentation"
    home = "augmentations"

    blends_labels: ClassVar[bool] = False
    """True where an example's label becomes shares of several classes."""


class Loss(Recipe):
    """What training makes small: the mean over the examples of a batch."""

    noun = "loss"
    home = "losses"

    takes_shares: ClassVar[bool] = True
    """True where a label may be shares of several classes (label smoothing, mixup)."""


class Optimizer(Recipe):
    """How gradients change the parameters."""

    noun = "optimizer"
    home = "optimizers"


class Schedule(Recipe):
    """A phase of the run: by which factor the optimizer's rate is multiplied, from step to step.

    A chain is phases one after the other; only the last may go on to the end of the run.
    """

    noun = "schedule"
    home = "schedules"

    leads_up: ClassVar[bool] = False
    """True for a phase that only makes sense before another."""

    @property
    def ends(self) -> bool:
        """True where the phase has a length of its own."""
        return False

    @classmethod
    def misplaced(cls, chain: tuple[Self, ...]) -> tuple[int, str] | None:
        for i, phase in enumerate(chain):
            if phase.leads_up and i > 0:
                return i, f"{phase.name} stands first in a schedule"
            if not phase.ends and i + 1 < len(chain):
                return i, f"{phase.name} goes on to the end of the run, and `{chain[i + 1].name}` follows it"
        if chain and chain[-1].leads_up:
            return len(chain) - 1, f"{chain[-1].name} leads up to another schedule, and none follows"
        return None


class Regularizer(Recipe):
    """A penalty on the parameters, added to the loss."""

    noun = "regularizer"
    home = "regularizers"


class Initializer(Recipe):
    """How the weights are drawn before training; biases begin at 0. Each layer's draw depends on its name alone."""

    noun = "initializer"
    home = "initializers"


class EarlyStopping(Recipe):
    """When a run ends before its last epoch."""

    noun = "stopping rule"
    home = "stopping"


FAMILIES: Final = tuple(family for family in Recipe.__subclasses__())
"""Every family, in the order of this module."""
