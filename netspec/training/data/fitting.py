"""Whether a data set suits a network, found out before the first step."""

from collections.abc import Iterator

import numpy as np

from netspec.checking import check_text
from netspec.diagnostics import Finding, Span, rules
from netspec.graph.node import Graph
from netspec.language.recipes.data import Digits
from netspec.language.spec import Spec
from netspec.language.train_section import Train
from netspec.layers.base import dims
from netspec.training.augmentation import stored_sizes
from netspec.training.data import spans
from netspec.training.data.dataset import Arrays, Dataset, Examples, held_out
from netspec.training.data.fitting_labels import unfit_labels
from netspec.training.data.fitting_steps import unfit_steps


def unfit(dataset: Dataset, spec: Spec, graph: Graph, train: Train) -> list[Finding]:
    """What does not suit: the examples' shape and type, the labels, preprocessing and augmentation, their number.

    Labels are all read where they lie in memory or the source knows them, else the first one of each part is.

    Args:
        dataset: The data.
        spec: The spec, into which the findings point.
        graph: Its network.
        train: How it is to be trained.
    """
    if not len(dataset.train):
        message = f"{dataset.name} has no examples to learn from"
        return [Finding.at(rules.TOO_FEW_EXAMPLES, spans.of_input(spec), message)]
    return [
        *_examples(dataset, spec, graph, train),
        *unfit_labels(dataset, spec, graph, train),
        *unfit_steps(spec, graph, train),
        *_count(dataset, spec, train),
    ]


def unwatched(dataset: Dataset, watched: Examples, spec: Spec, train: Train) -> Iterator[Finding]:
    """A finding where no examples are left that the epochs could be judged by.

    Args:
        dataset: The data.
        watched: What its epochs would be judged by.
        spec: The spec, into which the finding points.
        train: How it is to be trained.
    """
    if len(watched):
        return
    if train.validation:
        message = f"`validation: {train.validation:g}` of the {len(dataset.train):,} examples of {dataset.name} is none, and there is nothing to judge the run by"
        help_, key = f"`validation: {max(0.1, 1 / len(dataset.train)):.2g}`", "validation"
    else:
        message = f"{dataset.name} has no test part, and there is nothing to judge the run by"
        help_, key = "`validation: 0.1` keeps a tenth of the training examples for it", "data"
    span = spans.of_key(spec, "train", key) or spans.of_input(spec)
    yield Finding.at(rules.TOO_FEW_EXAMPLES, span, message, help=help_)


def _examples(dataset: Dataset, spec: Spec, graph: Graph, train: Train) -> Iterator[Finding]:
    for part, examples in (("training", dataset.train), ("test", dataset.test)):
        if len(examples):
            x = np.asarray(examples[0][0])
            # What `resize` makes smaller may be stored larger.
            sizes = graph.input.sizes, stored_sizes(train.augmentation, graph.input.sizes)
            if x.shape not in sizes:
                yield _other_shape(dataset, spec, graph, x)
                return
            if graph.input.tokens is not None and (wrong := _no_tokens(examples, x, graph.input.tokens)):
                message = f"the {part} examples of {dataset.name} {wrong}"
                yield Finding.at(rules.UNFIT_EXAMPLES, spans.of_input(spec), message)
                return


def _other_shape(dataset: Dataset, spec: Spec, graph: Graph, x: np.ndarray) -> Finding:
    noun = "images" if x.ndim == 3 else "examples"
    message = f"the {noun} of {dataset.name} are {dims(x.shape)}, and the input is {graph.input}"
    return Finding.at(
        rules.UNFIT_EXAMPLES, spans.of_input(spec), message, help=_cure(dataset.name, spec, graph, x)
    )


def _cure(name: str, spec: Spec, graph: Graph, x: np.ndarray) -> str:
    """A setting that makes both sides agree, of which a check finds that the network takes it."""
    sizes = graph.input.sizes
    square = len(sizes) == 3 and sizes[0] == sizes[1]
    if name == Digits.name and square and 8 <= sizes[0] <= 1024:
        scaled = f"`--data 'digits({sizes[0]})'`"
        grey = f"{sizes[0]}x{sizes[0]}x1"
        if sizes[2] == 1:
            return f"{scaled} scales them"
        if _is_accepted(spec, grey):
            return f"{scaled} scales them, and with it `--set input={grey}` takes them grey"
    if graph.input.tokens is None and _is_accepted(spec, dims(x.shape)):
        return f"`--set input={dims(x.shape)}` makes the network for them"
    return ""


def _is_accepted(spec: Spec, shape: str) -> bool:
    return check_text(spec.text.text, variant=spec.variant, settings={"input": shape}).ok


def _no_tokens(examples: Examples, x: np.ndarray, tokens: int) -> str:
    """Why examples are no ids of a vocabulary; nothing where they are."""
    values = examples.x if isinstance(examples, Arrays) else x
    if values.dtype.kind not in "bui":
        return f"are of type {values.dtype}, and token ids are whole numbers"
    lowest, highest = int(values.min()), int(values.max())
    if lowest >= 0 and highest < tokens:
        return ""
    return f"go from {lowest:,} to {highest:,}, and token ids from 0 to {tokens - 1:,}"


def _count(dataset: Dataset, spec: Spec, train: Train) -> Iterator[Finding]:
    labels = dataset.train.y if isinstance(dataset.train, Arrays) else len(dataset.train)
    left = len(held_out(labels, train.validation, train.seed)[0])
    if left < train.batch:
        kept = f" when `validation: {train.validation:g}` keeps the others" if train.validation else ""
        message = (
            f"a batch takes {train.batch:,} examples, and {dataset.name} has {left:,} to learn from{kept}"
        )
        help_ = f"`--batch {left}` takes all of them in one step" if left else ""
        if len(dataset.train) >= train.batch:
            help_ = "keep fewer for validation, such as `validation: 0.1`"
        yield Finding.at(rules.TOO_FEW_EXAMPLES, _cause(dataset, spec, train), message, help=help_)


def _cause(dataset: Dataset, spec: Spec, train: Train) -> Span:
    """What leaves too few: the validation part where the examples would be enough without it, or the batch."""
    keys = ("batch", "data") if len(dataset.train) < train.batch else ("validation",)
    found = (spans.of_key(spec, "train", key) for key in keys)
    return next(filter(None, found), spans.of_input(spec))
