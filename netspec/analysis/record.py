"""Everything an analysis finds about one network, as one frozen record."""

from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property

from netspec.analysis.columns import COLUMNS
from netspec.analysis.folding import fold
from netspec.analysis.identity import canonical_hash
from netspec.analysis.memory import Inference, Training, inference, training
from netspec.analysis.settings import Settings
from netspec.analysis.summary import Row, Summary, Total, summarize
from netspec.graph.lecture import Instance, recognize
from netspec.graph.node import Graph
from netspec.language.spec import Spec
from netspec.layers.base import Shape


@dataclass(frozen=True)
class Record:
    """A network's numbers: rows with the input first, totals, and the memory of inference and of training.

    Counts are for one example, bytes for the batch in `settings`.
    """

    name: str
    source: str
    input: Shape
    outputs: tuple[tuple[str, Shape], ...]
    grammar: str | None
    """The instance of the lectures' grammar that the network is, or None."""
    beyond: str | None
    """Where it leaves that grammar, or None."""
    hash: str
    """What the network computes, as SHA-256 in hex; the same however the spec is written."""
    settings: Settings
    rows: tuple[Row, ...]
    total: Total
    inference: Inference
    training: Training
    graph: Graph = field(repr=False, compare=False)

    @property
    def summary(self) -> Summary:
        """The rows with their totals."""
        return Summary(self.settings, self.rows, self.total)

    @cached_property
    def roofline_seconds(self) -> Fraction | None:
        """The least time of the batch's forward pass on the device: the sum over the layers; None without one."""
        times = [COLUMNS["time"].of(row, self.summary) for row in self.rows]
        return sum((t for t in times if isinstance(t, Fraction)), Fraction()) if None not in times else None

    @cached_property
    def further_example(self) -> tuple[int, int]:
        """By how many bytes one example more makes inference and training grow."""
        more = replace(self.settings, batch=self.settings.batch + 1)
        return (
            inference(self.graph, more).total_bytes - self.inference.total_bytes,
            training(self.graph, more).total_bytes - self.training.total_bytes,
        )

    @cached_property
    def folded(self) -> tuple[Row, ...]:
        """The rows with equal blocks that follow one another as one."""
        return fold(self.rows, self.graph)


def settings_of(spec: Spec, given: Settings) -> Settings:
    """The settings with the optimizer that the spec's own `train:` section names."""
    return replace(given, optimizer=spec.train.optimizer.name) if spec.train else given


def record(spec: Spec, graph: Graph, settings: Settings) -> Record:
    """Analyze a checked network."""
    assert spec.input is not None
    summary = summarize(graph, settings)
    instance = recognize(graph)
    follows = isinstance(instance, Instance)
    return Record(
        name=(spec.name or "network") + (f"@{spec.variant}" if spec.variant else ""),
        source=spec.source,
        input=graph.input,
        outputs=tuple((output.name, graph.shape_of(output.index)) for output in graph.outputs),
        grammar=str(instance) if follows else None,
        beyond=None if isinstance(instance, Instance) else instance.reason,
        hash=canonical_hash(spec.input, graph),
        settings=settings,
        rows=summary.rows,
        total=summary.total,
        inference=inference(graph, settings),
        training=training(graph, settings),
        graph=graph,
    )
