"""What a worker is told to build, what it hands back, and the arrays that it runs on."""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

LEARNING_RATE = 1e-4
"""Small, so that the one batch is not learnt by heart: gradients would become zero or denormal numbers."""
MOMENTUM = 0.9
ADAM_RATE = 1e-3
"""Of Adam in whole epochs, where the network shall learn."""
JUDGE = "judge"
"""The line that asks a worker for its accuracy; any other is how long a turn shall last."""


@dataclass(frozen=True)
class Job:
    """One network at its sizes, and the peer that runs it."""

    network: str
    batch: int
    shape: tuple[int, ...]
    """Of one example's input, channels last."""
    label_shape: tuple[int, ...]
    """Of one example's labels."""
    classes: int
    tokens: int | None
    """How many there are where the input is token ids."""
    spec: str
    """Which only netspec itself reads."""
    settings: dict[str, Any] = field(default_factory=dict)
    peer: str = ""
    """The module in `peers/`."""
    form: str = ""
    """Which of the peer's ways to run it."""
    forward: bool = False
    """Inference instead of a training step."""
    mixed: bool = False
    """Parameters in float32, arithmetic in bfloat16."""
    gpu: bool = False
    data: str = ""
    """The folder of examples to run whole epochs on; empty: steps on one batch of random numbers."""

    def to_json(self) -> str:
        """As text, for the worker's command line."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> "Job":
        """The job that `to_json` wrote."""
        values = json.loads(text)
        return cls(**values | {name: tuple(values[name]) for name in ("shape", "label_shape")})


class Built(NamedTuple):
    """What a peer makes of a job."""

    parameters: int
    """How many are trained."""
    step: Callable[[], Any]
    """Does one training step, one inference or one epoch, waits for its end, and gives the loss or the outputs."""
    judge: Callable[[], float] | None = None
    """The share of the test examples that it tells right by now; with whole epochs."""


def arrays(job: Job) -> tuple[np.ndarray, np.ndarray]:
    """Inputs and labels, the same in every worker: float32 values or int32 tokens, and int32 classes."""
    random = np.random.default_rng(0)
    shape = (job.batch, *job.shape)
    x = random.integers(0, job.tokens, shape) if job.tokens else random.standard_normal(shape)
    y = random.integers(0, job.classes, (job.batch, *job.label_shape))
    return x.astype(np.int32 if job.tokens else np.float32), y.astype(np.int32)


def write_examples(folder: Path, part: str, x: np.ndarray, y: np.ndarray) -> None:
    """Put examples where workers find them; the part is `train` or `test`."""
    np.save(folder / f"{part}-x.npy", x)
    np.save(folder / f"{part}-y.npy", y)


def examples(job: Job, part: str) -> tuple[np.ndarray, np.ndarray]:
    """What `write_examples` put there: uint8 `[count, height, width, channels]`, and int32 classes."""
    folder = Path(job.data)
    return np.load(folder / f"{part}-x.npy"), np.load(folder / f"{part}-y.npy")


def standardized(job: Job, part: str) -> tuple[np.ndarray, np.ndarray]:
    """The same as float32 with mean 0 and standard deviation 1 over the training part."""
    x, y = examples(job, part)
    fitted = x if part == "train" else examples(job, "train")[0]
    return (x.astype(np.float32) - np.float32(fitted.mean())) / np.float32(fitted.std()), y
