"""Whether what a run monitors can be measured on its labels."""

from collections.abc import Iterator
from typing import Final

import numpy as np

from netspec.diagnostics import Finding, rules
from netspec.graph.node import Graph
from netspec.language.spec import Spec
from netspec.language.train_section import Train
from netspec.training.data import spans
from netspec.training.data.dataset import Dataset
from netspec.training.metrics import TOP, classes_judged

_LEAST: Final = {"accuracy": 1, "train_accuracy": 1, "top5_accuracy": TOP + 1}
"""Classes without which there is no such metric."""


def unfit_monitor(dataset: Dataset, spec: Spec, graph: Graph, train: Train) -> Iterator[Finding]:
    """A finding where labels that suit the network do not give the metric, at what chose it."""
    last, *_ = spans.last_nodes(graph)
    label = np.asarray(dataset.train[0][1])[None]
    classes = classes_judged(train.loss, last, label)  # type: ignore[arg-type]
    if classes < _LEAST.get(train.monitor, 0):
        has = f"{classes:,} classes" if classes else "labels that are no classes"
        message = f"the run monitors {train.monitor}, and {dataset.name} has {has} for `{train.loss.name}`"
        span = spans.of_key(spec, "train", "monitor") or spans.of_input(spec)
        yield Finding.at(rules.UNFIT_LABELS, span, message, help="`--set train.monitor=loss`")
