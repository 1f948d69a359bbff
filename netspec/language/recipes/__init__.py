"""The named calls of the `train:` section, a family a file."""

from netspec.language.recipes.base import Notation as Notation, Recipe as Recipe, recipe as recipe
from netspec.language.recipes.families import (
    Augmentation as Augmentation,
    Data as Data,
    EarlyStopping as EarlyStopping,
    Initializer as Initializer,
    Loss as Loss,
    Optimizer as Optimizer,
    Preprocessing as Preprocessing,
    Regularizer as Regularizer,
    Schedule as Schedule,
)
