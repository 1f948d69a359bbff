"""What runs say of examples that people name: images, arrays, folders of them."""

import io
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import IO, Final

import numpy as np

from netspec.diagnostics import Finding, rules
from netspec.language.recipes.data import ImageFolder
from netspec.layers.base import dims
from netspec.training.data.images import SUFFIXES, UnreadableImageError, decoded, takes_images
from netspec.training.faults import TrainError, fault
from netspec.training.records import Prediction
from netspec.training.trained import Trained

_BATCH: Final = 32
_MOST_BYTES: Final = 2**28
_MOST_VALUES: Final = 1000
STDIN: Final = "-"

Example = tuple[str, np.ndarray]


def predict(
    runs: Sequence[Trained],
    sources: Iterable[str],
    stdin: IO[bytes] | None = None,
    *,
    top: int = 5,
    refused: list[Finding] | None = None,
) -> Iterator[Prediction]:
    """The most probable classes of each example; of several runs by the mean of their outputs.

    Args:
        runs: Runs of networks with the same input and classes.
        sources: Images, `.npy` files of raw values `[*sizes]` or `[examples, *sizes]`, folders of them, or `-`.
        stdin: What `-` stands for: one image or `.npy` file.
        top: How many classes.
        refused: Takes the findings about files that are passed over; not given: the first one is raised.

    Raises:
        TrainError: A file cannot be read, or is no example of the input.
    """
    waiting: list[Example] = []
    for example in _examples(runs[0], sources, stdin, refused):
        waiting.append(example)
        if len(waiting) == _BATCH:
            yield from _predicted(runs, waiting, top)
            waiting = []
    yield from _predicted(runs, waiting, top)


def _predicted(runs: Sequence[Trained], examples: list[Example], top: int) -> Iterator[Prediction]:
    if not examples:
        return
    first = runs[0]
    # Always a whole batch, so that nothing is compiled twice.
    rows = [x for _, x in examples]
    x = np.stack(rows + rows[-1:] * (_BATCH - len(rows)) if len(rows) > 1 else rows)
    ends = [run.end(x) for run in runs]
    values = np.asarray(first.shown(ends[0] if len(ends) == 1 else first.mean(ends)))
    for (name, _), value in zip(examples, values, strict=False):
        yield _told(first, name, value, top)


def _told(run: Trained, name: str, value: np.ndarray, top: int) -> Prediction:
    if run.train.loss.name == "squared_error" and not run.classes:
        return Prediction(name, values=tuple(value.reshape(-1)[:_MOST_VALUES].tolist()))
    if value.ndim > 1:
        shares = np.bincount(value.argmax(-1).reshape(-1), minlength=value.shape[-1]) / value[..., 0].size
        return Prediction(
            name, _best(run, shares, top), note=f"shares of the {dims(value.shape[:-1])} positions"
        )
    if len(value) == 1:
        value = np.array([1 - value[0], value[0]])
    return Prediction(name, _best(run, value, top))


def _best(run: Trained, shares: np.ndarray, top: int) -> tuple[tuple[str, float], ...]:
    order = np.argsort(-shares, kind="stable")[:top]
    names = run.classes or tuple(map(str, range(len(shares))))
    return tuple((names[i], float(shares[i])) for i in order)


def _examples(
    run: Trained, sources: Iterable[str], stdin: IO[bytes] | None, refused: list[Finding] | None
) -> Iterator[Example]:
    for name in (name for source in sources for name in _names(source)):
        try:
            told = "standard input" if name == STDIN else name
            yield from _of_bytes(run, told, _bytes(name, stdin))
        except TrainError as error:
            if refused is None:
                raise
            refused.extend(error.findings)


def _names(source: str) -> list[str]:
    """The files of a folder, where it holds any; else the source itself."""
    if source == STDIN or not Path(source).is_dir():
        return [source]
    found = (p for p in Path(source).rglob("*") if p.suffix.lower() in (*SUFFIXES, ".npy") and p.is_file())
    return list(map(str, sorted(found))) or [source]


def _bytes(name: str, stdin: IO[bytes] | None) -> bytes:
    if name == STDIN:
        return stdin.read(_MOST_BYTES + 1) if stdin else b""
    path = Path(name)
    if path.is_dir():
        raise fault(rules.UNREADABLE_INPUT, path, "the folder holds no images and no `.npy` files")
    try:
        with path.open("rb") as file:
            return file.read(_MOST_BYTES + 1)
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        raise fault(rules.UNREADABLE_INPUT, path, f"it cannot be read: {why}") from None


def _of_bytes(run: Trained, name: str, data: bytes) -> Iterator[Example]:
    if len(data) > _MOST_BYTES:
        raise fault(rules.UNREADABLE_INPUT, name, f"it has more than {_MOST_BYTES:,} bytes")
    if data.startswith(b"\x93NUMPY"):
        yield from _arrays(run, name, data)
    else:
        yield name, _image(run, name, data)


def _arrays(run: Trained, name: str, data: bytes) -> Iterator[Example]:
    try:
        array = np.load(io.BytesIO(data), allow_pickle=False)
    except (ValueError, OSError, EOFError) as error:
        raise fault(rules.UNREADABLE_INPUT, name, f"the array cannot be read: {error}") from None
    sizes = run.graph.input.sizes
    if array.shape == sizes:
        yield name, array
    elif array.shape[1:] == sizes:
        yield from ((f"{name}[{i}]", row) for i, row in enumerate(array))
    else:
        message = f"the array is {dims(array.shape)}, and the input is {run.graph.input}"
        raise fault(rules.UNREADABLE_INPUT, name, message)


def _image(run: Trained, name: str, data: bytes) -> np.ndarray:
    sizes = run.graph.input.sizes
    if not takes_images(run.graph.input):
        message = f"the input is {run.graph.input}, which no image is"
        raise fault(rules.UNREADABLE_INPUT, name, message, help="give raw values in a `.npy` file")
    data_recipe = run.train.data
    fit = data_recipe.fit if isinstance(data_recipe, ImageFolder) else "crop"
    try:
        return decoded(io.BytesIO(data), (sizes[0], sizes[1], sizes[2]), fit)
    except UnreadableImageError as error:
        raise fault(rules.UNREADABLE_INPUT, name, f"the image cannot be read: {error}") from None
