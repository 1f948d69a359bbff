"""Runs judged by examples, alone and together."""

from collections.abc import Sequence

import jax
import jax.numpy as jnp
import numpy as np

from netspec.diagnostics import brief, rules
from netspec.language.recipes.data import Data
from netspec.training.data.dataset import Dataset, Examples
from netspec.training.data.fitting import unfit
from netspec.training.data.stream import batches
from netspec.training.evaluation import evaluation
from netspec.training.faults import TrainError, fault
from netspec.training.metrics import Judged, added, judge, nothing, on_host
from netspec.training.records import Evaluation
from netspec.training.setup import Options, opened, parts
from netspec.training.trained import Trained


def evaluate(
    runs: Sequence[Trained],
    *,
    data: Data | None = None,
    part: str | None = None,
    options: Options | None = None,
) -> Evaluation:
    """A run judged by a part of a data set; several with the mean of their outputs, as an ensemble.

    Args:
        runs: Runs of networks with the same input and classes.
        data: Another source than the first run's own.
        part: `test`, `validation` or `train`; None: the test part, or where the runs' own data has none what the first
            run kept for validation.
        options: Workers, and where relative paths begin.

    Raises:
        TrainError: The data cannot be read or does not suit them, or the runs do not suit each other.
    """
    first, options = runs[0], options or Options()
    _check_alike(runs)
    train = first.train if data is None else first.train.model_copy(update={"data": data})
    dataset = opened(first.graph, train, options)
    if data is None and dataset.name != first.record.data:
        message = (
            f"the run was begun in Python with examples that its spec does not name ({first.record.data})"
        )
        raise fault(rules.CHANGED_SPEC, first.path, message, help="--data SOURCE says what to judge it by")
    _check_fits(dataset, first)
    _check_classes(dataset, first)
    if part is None:
        part = "test" if len(dataset.test) or data is not None or not train.validation else "validation"
    examples = _part(dataset, first, part)
    judged = _judged(runs, examples, train.batch, options.workers)
    names = first.classes or dataset.classes
    return evaluation(
        " + ".join(run.name for run in runs), f"{dataset.name} ({part})", len(examples), judged, names
    )


def _check_alike(runs: Sequence[Trained]) -> None:
    first = runs[0]
    for other in runs[1:]:
        same = (other.graph.input, other.last.shape, other.classes, other.train.loss) == (
            first.graph.input,
            first.last.shape,
            first.classes,
            first.train.loss,
        )
        if not same:
            raise fault(
                rules.CHANGED_SPEC,
                other.path,
                f"{other.name} and {first.name} differ in input, classes or loss, and cannot be averaged",
            )


def _check_fits(dataset: Dataset, run: Trained) -> None:
    # One example is enough of a batch here.
    found = unfit(dataset, run.spec, run.graph, run.train.model_copy(update={"batch": 1, "validation": 0.0}))
    if found:
        raise TrainError(*found)


def _check_classes(dataset: Dataset, run: Trained) -> None:
    """Data that holds the first of the run's classes alone has the same ids for them."""
    there, here = dataset.classes, run.classes
    if not there or not here or there == here[: len(there)]:
        return
    i = next((i for i, (a, b) in enumerate(zip(there, here, strict=False)) if a != b), len(here))
    raise fault(
        rules.UNFIT_LABELS,
        run.path,
        f"the {len(there):,} classes of {dataset.name} are not the {len(here):,} of the run: class {i} is "
        f"{_named(there, i)} in the data and {_named(here, i)} in the run",
        help="give data that has the run's classes under the same names; ids follow their order",
    )


def _named(classes: tuple[str, ...], i: int) -> str:
    return f"`{brief(classes[i])}`" if i < len(classes) else "none"


def _part(dataset: Dataset, run: Trained, part: str) -> Examples:
    learnt, watched = parts(dataset, run.train)
    if part == "validation" and not run.train.validation:
        raise fault(
            rules.NO_RUN,
            run.path,
            "the run kept no validation part",
            help="--part test, or train with `validation: 0.1`",
        )
    examples = {"test": dataset.test, "validation": watched, "train": learnt}[part]
    if not len(examples):
        other = "validation" if len(watched) else "train"
        message = f"{dataset.name} has no examples in its {part} part"
        raise fault(rules.TOO_FEW_EXAMPLES, run.path, message, help=f"`--part {other}` judges by that part")
    return examples


def _judged(runs: Sequence[Trained], examples: Examples, batch: int, workers: int) -> Judged:
    first = runs[0]
    together = jax.jit(lambda end, y: judge(first.train.loss, first.last, end, y))
    total = on_host(nothing(first.train.loss, first.last))
    places = np.arange(len(examples))
    for start in range(0, len(places), batch):
        for x, y, _ in batches(examples, places[None, start : start + batch], workers):
            ends = [run.end(x) for run in runs]
            end = ends[0] if len(ends) == 1 else first.mean(ends)
            total = added(total, on_host(together(end, jnp.asarray(y))))
    return total
