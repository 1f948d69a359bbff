"""All that is told of a run, read from its folder."""

from collections import deque
from itertools import islice
from typing import Final

from netspec.graph.node import Graph
from netspec.language.spec import Spec
from netspec.language.train_section import Train, train_as_plain
from netspec.training.data.images import takes_images
from netspec.training.kept import read_evaluation
from netspec.training.records import RunRecord
from netspec.training.runs import RunFolder
from netspec.training.session import resolved

_MOST_LOSSES: Final = 200_000


def record_of(folder: RunFolder) -> RunRecord:
    """A run as its folder tells it. Raises TrainError where a file of it is damaged."""
    report, record = resolved(folder), folder.record
    assert report.spec is not None
    assert report.graph is not None
    train = report.spec.train or Train()
    return RunRecord(
        folder.summary(),
        "validation" if train.validation else "test",
        train_as_plain(train),
        _facts(report.spec, report.graph, record.data, record.classes),
        (
            ("netspec", record.netspec),
            ("Python", record.python),
            ("Platform", record.platform),
            ("Devices", ", ".join(record.devices)),
            *record.packages.items(),
        ),
        folder.epochs(),
        tuple(deque(islice(folder.losses(), _MOST_LOSSES * 10), _MOST_LOSSES)),
        read_evaluation(folder.path),
        takes_images(report.graph.input),
    )


def _facts(spec: Spec, graph: Graph, data: str, classes: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    trained = sum(parameter.size for node in graph for parameter in node.parameters if parameter.trainable)
    return (
        ("Network", spec.name or "network"),
        ("Input", str(graph.input)),
        ("Layers", f"{len(graph):,}"),
        ("Parameters", f"{trained:,}"),
        ("Data", data),
        *((("Classes", ", ".join(classes)),) if classes else ()),
    )
