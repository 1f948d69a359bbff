"""The keys of the `train:` section."""

from dataclasses import dataclass, replace
from functools import cache
from types import NoneType
from typing import Annotated, Any, Literal, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator

from netspec.language.nearest import one_of
from netspec.language.recipes.augmentations import Augmentation
from netspec.language.recipes.base import NonNegative, Positive, PositiveReal, Recipe, Share
from netspec.language.recipes.data import Data, Digits
from netspec.language.recipes.initializers import Auto, Initializer
from netspec.language.recipes.losses import CrossEntropy, Loss
from netspec.language.recipes.optimizers import Adam, Optimizer
from netspec.language.recipes.preprocessing import Preprocessing
from netspec.language.recipes.regularizers import Regularizer
from netspec.language.recipes.schedules import (
    Constant,
    Schedule,
    left_out_beside_steps,
    needed_without_steps,
    unless,
)
from netspec.language.recipes.stopping import EarlyStopping


class Train(BaseModel):
    """How the network is trained. A step is one update of the parameters; an epoch is one pass over the examples."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid", defer_build=True, allow_inf_nan=False)

    data: Data = Digits()
    """Where the examples come from."""
    validation: Share = 0.0
    """Share of the training examples kept to watch the run by, drawn with the seed; at 0 the test part is watched."""
    preprocessing: tuple[Preprocessing, ...] | None = None
    """What is done to every example; not given: `standardize`, unless `input:` says it with mean, std or range."""
    augmentation: tuple[Augmentation, ...] = ()
    """Random changes of the training examples, in this order."""
    batch: Positive = 128
    """Examples a step."""
    accumulate: Positive = 1
    """Equal parts that a batch is computed in, one after the other, to save memory; their gradients are averaged."""
    steps: Positive | None = None
    """Length of the run in steps; not given: in epochs."""
    epochs: Positive | None = unless("steps", 12)
    """Length of the run in epochs; 12 unless it is given, here or in steps."""
    shuffle: bool = True
    """Another order of the examples in every epoch, drawn with the seed."""
    label_smoothing: Share = 0.0
    """Share of each label that is spread over all classes (Szegedy et al. 2016, arXiv:1512.00567, section 7)."""
    loss: Loss = CrossEntropy()
    """What training makes small."""
    optimizer: Optimizer = Adam()
    """How gradients change the parameters."""
    schedule: tuple[Schedule, ...] = (Constant(),)
    """How the optimizer's rate changes; warm-up first. Empty: it does not."""
    clip: PositiveReal | None = None
    """Largest norm of the whole gradient, which is scaled down to it (Pascanu et al. 2013, arXiv:1211.5063)."""
    regularization: tuple[Regularizer, ...] = ()
    """Penalties on the parameters."""
    initialization: Initializer = Auto()
    """How the weights are drawn before training."""
    average: Share | None = None
    """Part of the weights' moving average that each step keeps, such as 0.999; evaluation then uses the average
    (Polyak and Juditsky 1992). Not given: no average."""
    precision: Literal["float32", "mixed", "bfloat16", "float64"] = "float32"
    """What parameters are stored in and layers compute in. `mixed`: float32 parameters, layers in bfloat16."""
    monitor: Literal["loss", "accuracy", "top5_accuracy", "train_loss", "train_accuracy"] = "loss"
    """What makes one epoch better than another: for the best checkpoint and for `early_stopping`."""
    early_stopping: EarlyStopping | None = None
    """When the run ends before its length; not given: never."""
    seed: Annotated[NonNegative, Field(le=2**32 - 1)] = 0
    """Where all random numbers begin; JAX tells seeds apart up to 2^32 - 1."""

    @field_validator("accumulate")
    @classmethod
    def _divides_batch(cls, parts: int, info: ValidationInfo) -> int:
        batch = info.data.get("batch")
        if batch is not None and batch % parts:
            raise ValueError(f"a divisor of the batch of {batch}")
        return parts

    _one_length = field_validator("epochs")(left_out_beside_steps)
    _has_length = field_validator("epochs")(needed_without_steps)

    @field_validator("loss")
    @classmethod
    def _takes_labels(cls, loss: Loss, info: ValidationInfo) -> Loss:
        if loss.takes_shares:
            return loss
        blends = [kind.name for kind in info.data.get("augmentation", ()) if kind.blends_labels]
        blends += ["label_smoothing"] if info.data.get("label_smoothing") else []
        if blends:
            others = one_of(name for name, kind in Loss.kinds.items() if kind.takes_shares)
            raise ValueError(f"{others} with {blends[0]}")
        return loss

    @field_validator("preprocessing", "augmentation", "schedule", "regularization")
    @classmethod
    def _in_order(cls, chain: tuple[Recipe, ...] | None) -> tuple[Recipe, ...] | None:
        if chain and (wrong := type(chain[0]).misplaced(chain)):
            raise ValueError(wrong[1])
        return chain


def train_as_plain(train: Train) -> dict[str, Any]:
    """The section as structured YAML holds it, with every default written out. Reading it gives an equal `Train`.

    A field without a value is left out, which is how a spec says that it has none.
    """
    return train.model_dump(mode="json", exclude_none=True)


@dataclass(frozen=True)
class Shape:
    """What a field holds: one recipe of a family, a chain of them, or perhaps nothing."""

    family: type[Recipe]
    chain: bool = False
    optional: bool = False


@cache
def holds(field: str) -> Shape | None:
    """What a field of the section holds; None for a plain value."""
    return _shape(Train.model_fields[field].annotation)


def _shape(annotation: Any) -> Shape | None:
    if isinstance(annotation, type):
        return Shape(annotation) if issubclass(annotation, Recipe) else None
    inner = get_args(annotation)
    if NoneType in inner and (shape := _shape(inner[0])):
        return replace(shape, optional=True)
    if get_origin(annotation) is tuple and (shape := _shape(inner[0])):
        return replace(shape, chain=True)
    return None
