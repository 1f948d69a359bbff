"""Whether labels suit the network's outputs and its loss."""

from collections.abc import Iterator
from math import prod
from typing import Any

import numpy as np

from netspec.diagnostics import Finding, rules
from netspec.engine.losses import accepts, class_count, classes_last, label_shape
from netspec.graph.node import Graph, Node
from netspec.language.recipes.losses import Loss
from netspec.language.spec import Spec
from netspec.language.train_section import Train
from netspec.layers.base import dims
from netspec.training.data import spans
from netspec.training.data.dataset import Dataset, Examples


def unfit_labels(dataset: Dataset, spec: Spec, graph: Graph, train: Train) -> Iterator[Finding]:
    """A finding for each output that the labels do not suit, at the layer that gives it or at what spreads them."""
    loss = train.loss
    parts = [_known(examples) for examples in (dataset.train, dataset.test) if len(examples)]
    for last in spans.last_nodes(graph):
        if wrong := _weights(last, loss) or next(filter(None, (_shape(last, loss, y) for y in parts)), ""):
            span, help_ = spans.of_node(spec, last), _cure(last, loss)
            yield Finding.at(rules.UNFIT_LABELS, span, wrong.format(name=dataset.name), help=help_)
        elif any(_are_no_shares(last, loss, y) for y in parts):
            message = (
                f"`{loss.name}` takes shares from 0 to 1, and the labels of {dataset.name} are other numbers"
            )
            help_ = "`loss: squared_error` takes numbers to be hit"
            yield Finding.at(rules.UNFIT_LABELS, spans.of_node(spec, last), message, help=help_)
        elif found := _range(last, loss, parts):
            yield _out_of_range(dataset, spec, last, *found)
        elif train.label_smoothing and not all(_are_of_classes(last, loss, y) for y in parts):
            span = spans.of_key(spec, "train", "label_smoothing") or spans.of_node(spec, last)
            message = f"`label_smoothing` spreads a label over classes, and the labels of {dataset.name} are numbers to be hit"
            yield Finding.at(rules.UNFIT_LABELS, span, message, help="leave `label_smoothing` out")


def unlearnt(examples: Examples, last: Node) -> tuple[int, ...]:
    """The class ids of an output that no example has, as far as labels can be had without reading the examples."""
    y, classes = np.asarray(getattr(examples, "y", ())), class_count(last)
    if y.ndim != 1 or not len(y) or y.dtype.kind not in "bui" or label_shape(last) or classes == 1:
        return ()
    return tuple(np.setdiff1d(np.arange(classes), y).tolist())


def _known(examples: Examples) -> np.ndarray:
    """All labels that can be had without reading the examples, or else the first one, `[labels, *shape]`."""
    y = getattr(examples, "y", None)
    return np.asarray(examples[0][1])[None] if y is None else np.asarray(y)


def _weights(last: Node, loss: Loss) -> str:
    weights: tuple[float, ...] | None = getattr(loss, "class_weights", None)
    if weights is None or len(weights) == class_count(last):
        return ""
    return (
        f"`{loss.name}` has {len(weights):,} class weights, and the network has {class_count(last):,} outputs"
    )


def _shape(last: Node, loss: Loss, y: np.ndarray) -> str:
    """What is wrong with the labels' shape and type; nothing where they suit."""
    output = np.broadcast_to(np.float32(0), (len(y), *last.shape.sizes))
    whole = y.dtype.kind in "bui"
    if _tells_apart(loss) and class_count(last) == 1:
        return f"`{loss.name}` tells classes apart, and the network has one output"
    if accepts(loss, last, output, y):  # type: ignore[arg-type]
        return ""
    given = _words(y.shape[1:], whole=whole)
    wanted = [_words(label_shape(last), whole=True)]
    if loss.takes_shares:
        wanted.append(f"{dims(last.shape.sizes)} numbers")
    return f"a label of {{name}} is {given}, and for `{loss.name}` of the output {last.shape} it is {' or '.join(wanted)}"


def _tells_apart(loss: Loss) -> bool:
    return loss.name in {"cross_entropy", "hinge"}


def _cure(last: Node, loss: Loss) -> str:
    if not _tells_apart(loss) or class_count(last) > 1:
        return ""
    return "`loss: squared_error` takes a number to be hit, `loss: binary_cross_entropy` yes or no"


def _are_no_shares(last: Node, loss: Loss, y: np.ndarray) -> bool:
    """Whether labels that would be taken as shares of classes, or as yes and no, are other numbers."""
    taken = y.shape[1:] == last.shape.sizes or (class_count(last) == 1 and y.dtype.kind == "f")
    return loss.name != "squared_error" and taken and not bool(((y >= 0) & (y <= 1)).all())


def _are_of_classes(last: Node, loss: Loss, y: np.ndarray) -> bool:
    """Whether labels say which class it is, as ids, shares, or yes and no, and are not targets of a regression."""
    if loss.name != "squared_error":
        return True
    if class_count(last) == 1:
        return bool(np.isin(y, (0, 1)).all())
    if y.shape[1:] != last.shape.sizes:
        return True
    shares = np.asarray(classes_last(last, y))  # type: ignore[arg-type]
    return bool((shares >= 0).all() and np.allclose(shares.sum(-1), 1))


def _words(shape: tuple[int, ...], *, whole: bool) -> str:
    if prod(shape) == 1:
        return "one class id" if whole else "one number that is not whole"
    return f"{dims(shape)} {'class ids' if whole else 'numbers'}"


def _range(last: Node, loss: Loss, parts: list[np.ndarray]) -> tuple[int, int] | None:
    """Lowest and highest class id, where one is none of the output's classes."""
    ids = [y for y in parts if y.dtype.kind in "bui" and y.shape[1:] == label_shape(last)]
    if not ids or (loss.name == "squared_error" and class_count(last) == 1):
        return None
    every = np.concatenate([y.ravel() for y in ids])
    counted: Any = every[every != ignore] if (ignore := getattr(loss, "ignore", None)) is not None else every
    if not len(counted):
        return None
    lowest, highest = int(counted.min()), int(counted.max())
    classes = max(class_count(last), 2)  # one output is yes or no
    return (lowest, highest) if lowest < 0 or highest >= classes else None


def _out_of_range(dataset: Dataset, spec: Spec, last: Node, lowest: int, highest: int) -> Finding:
    outputs = class_count(last)
    has = f"has {outputs:,} outputs" if outputs > 1 else "has one output, for 0 and 1"
    message = f"the labels of {dataset.name} go from {lowest:,} to {highest:,}, and `{last.name}` {has}"
    help_ = ""
    if lowest < 0:
        help_ = "class ids count from 0; with cross_entropy, `ignore` names a label that does not count"
    elif lowest == 1 and highest == outputs:
        help_ = "class ids count from 0: take 1 from each"
    elif outputs > 1 and isinstance(spec.variables.get("classes"), int):
        help_ = f"`--set classes={highest + 1}`"
    return Finding.at(rules.UNFIT_LABELS, spans.of_node(spec, last), message, help=help_)
