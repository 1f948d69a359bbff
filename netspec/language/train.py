"""The `train:` section: what it holds, and how it is written back."""

from collections.abc import Iterable
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator

from netspec.language.recipes import (
    Augmentation,
    Data,
    EarlyStopping,
    Initializer,
    Loss,
    Optimizer,
    Preprocessing,
    Recipe,
    Regularizer,
    Schedule,
)
from netspec.language.recipes.base import NonNegative, Positive, PositiveReal, Share

Kind = TypeVar("Kind", bound=Recipe)


def _default(family: type[Kind], name: str) -> Any:
    """A kind of a family as a field's default, imported when it is needed."""
    return Field(default_factory=lambda: family.kinds()[name]())


def _epochs_unless_steps(fields: dict[str, Any]) -> int | None:
    return None if fields.get("steps") else 12


def _takers(losses: Iterable[type[Loss]]) -> str:
    """The losses that work with labels which are shares of several classes."""
    return ", ".join(loss.name for loss in losses if loss.takes_shares)


class Train(BaseModel):
    """How the network is trained. A step is one update of the parameters; an epoch is one pass over the examples."""

    model_config = ConfigDict(
        strict=True,
        frozen=True,
        extra="forbid",
        defer_build=True,
        use_attribute_docstrings=True,
        allow_inf_nan=False,
    )

    data: Data = _default(Data, "digits")
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
    epochs: Positive | None = Field(default_factory=_epochs_unless_steps)
    """Length of the run in epochs; 12 unless it is given, here or in steps."""
    shuffle: bool = True
    """Another order of the examples in every epoch, drawn with the seed."""
    label_smoothing: Share = 0.0
    """Share of each label that is spread over all classes (Szegedy et al. 2016, arXiv:1512.00567, section 7)."""
    loss: Loss = _default(Loss, "cross_entropy")
    """What training makes small."""
    optimizer: Optimizer = _default(Optimizer, "adam")
    """How gradients change the parameters."""
    schedule: tuple[Schedule, ...] = Field(default_factory=lambda: (Schedule.kinds()["constant"](),))
    """How the optimizer's rate changes; warm-up first. Empty: it does not."""
    clip: PositiveReal | None = None
    """Largest norm of the whole gradient, which is scaled down to it (Pascanu et al. 2013, arXiv:1211.5063)."""
    regularization: tuple[Regularizer, ...] = ()
    """Penalties on the parameters."""
    initialization: Initializer = _default(Initializer, "auto")
    """How the weights are drawn before training."""
    average: Share | None = None
    """Part of the weights' moving average that each step keeps, such as 0.999; evaluation then uses the average
    (Polyak and Juditsky 1992). Not given: no average."""
    precision: Literal["float32", "bfloat16", "float16", "float64"] = "float32"
    """What layers compute in. With bfloat16 and float16 the parameters stay float32."""
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

    @field_validator("epochs")
    @classmethod
    def _one_length(cls, epochs: int | None, info: ValidationInfo) -> int | None:
        if "steps" not in info.data:
            return epochs
        steps = info.data["steps"]
        if epochs is not None and steps is not None:
            raise ValueError("left out where `steps` is given")
        if epochs is None and steps is None:
            raise ValueError("a whole number where `steps` is not given")
        return epochs

    @field_validator("loss")
    @classmethod
    def _takes_labels(cls, loss: Loss, info: ValidationInfo) -> Loss:
        if loss.takes_shares:
            return loss
        if info.data.get("label_smoothing"):
            raise ValueError(f"one of {_takers(Loss.kinds().values())} with label_smoothing")
        if mixing := [kind.name for kind in info.data.get("augmentation", ()) if kind.blends_labels]:
            raise ValueError(f"one of {_takers(Loss.kinds().values())} with {mixing[0]}")
        return loss

    @field_validator("preprocessing", "augmentation", "schedule", "regularization")
    @classmethod
    def _in_order(cls, chain: tuple[Recipe, ...] | None) -> tuple[Recipe, ...] | None:
        if chain and (wrong := type(chain[0]).misplaced(chain)):
            raise ValueError(wrong[1])
        return chain


def train_as_plain(train: Train) -> dict[str, Any]:
    """The section as structured YAML holds it, with every default written out. Reading it gives an equal `Train`.

    A field without a value is left out: leaving it out is what it means.
    """
    return train.model_dump(mode="json", exclude_none=True)
