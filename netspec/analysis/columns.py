"""The columns of an analysis: for each its name, unit, definition and source, and where the number comes from.

Tables, CSV, JSON and its schema, `netspec analyze --explain-columns` and the manual's page are made from this list.
"""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final, Literal

from netspec.analysis.roofline import Bound, bound
from netspec.analysis.summary import Row, Summary, Total

Unit = Literal["text", "shape", "count", "bytes", "share", "ratio", "seconds", "sizes"]
"""What a value is: `count` and `bytes` are integers, `share`, `ratio` and `seconds` fractions, `sizes` one number an
axis. None is a value that is not known."""

Value = str | int | Fraction | tuple[Any, ...] | None


@dataclass(frozen=True, slots=True)
class Column:
    """One number of every row. A column that adds up has the sum over the printed rows as its total."""

    name: str
    title: str
    unit: Unit
    definition: str
    source: str
    of: Callable[[Row, Summary], Value]
    total: Callable[[Total], Value] | None = None

    @property
    def left(self) -> bool:
        """Whether it holds words, which begin at the left, and no numbers."""
        return self.unit in ("text", "shape")


COLUMNS: Final[dict[str, Column]] = {}
"""Every column by its name."""


def _column(
    name: str,
    title: str,
    unit: Unit,
    of: Callable[[Row, Summary], Value],
    total: Callable[[Total], Value] | None = None,
    *,
    definition: str,
    source: str,
) -> None:
    COLUMNS[name] = Column(name, title, unit, definition, source, of, total)


def _share(part: int | None, whole: int) -> Fraction | None:
    if part is None:
        return None
    return Fraction(part, whole) if whole else Fraction(0)


def _intensity(row: Row | Total, batch: int) -> Fraction | None:
    if row.in_bounds_flops is None:
        return None
    return Fraction(row.in_bounds_flops * batch, row.moved_bytes) if row.moved_bytes else Fraction(0)


def _roofline(row: Row, summary: Summary) -> Bound | None:
    settings = summary.settings
    if settings.device is None or row.in_bounds_flops is None:
        return None
    return bound(row.in_bounds_flops * settings.batch, row.moved_bytes, settings.device, settings.dtype)


def _bound(row: Row, summary: Summary) -> str | None:
    found = _roofline(row, summary)
    return found.kind if found and row.moved_bytes else None


def _time(row: Row, summary: Summary) -> Fraction | None:
    """One layer after another: of a folded row the sum of its layers' times, which is more than the time of their sum."""
    found = [_roofline(part, summary) for part in row.parts or (row,)]
    return sum((one.seconds for one in found if one), Fraction()) if None not in found else None


_LECTURE: Final = "cs231n lecture notes, Convolutional Networks, VGGNet in detail"
_ROOFLINE: Final = "Williams, Waterman and Patterson 2009, Roofline, CACM 52(4)"
_FIELDS: Final = (
    "Araujo, Norris and Sim 2019, Computing Receptive Fields of Convolutional Neural Networks, Distill"
)

_column(
    "layer",
    "Layer",
    "text",
    lambda row, _: row.label,
    definition="The layer as the notation writes it: name, size, width and stride. `x3` stands for three equal blocks in a row, whose numbers are sums.",
    source="the lectures' notation",
)
_column(
    "name",
    "Name",
    "text",
    lambda row, _: row.name,
    definition="The layer's name, which parameters, checkpoints and findings carry: a tag, or the path of the blocks it stands in.",
    source="docs/language.md",
)
_column(
    "dimension",
    "Dimension",
    "shape",
    lambda row, _: row.shape.sizes,
    definition="Sizes of the output for one example: rows, columns, channels.",
    source=f"floor((W - F + 2P)/S) + 1 on each axis; {_LECTURE}",
)
_column(
    "neurons",
    "Neurons",
    "count",
    lambda row, _: row.neurons,
    lambda total: total.neurons,
    definition="Values of the output for one example, the input's among them. Activations, normalization, dropout and flatten work on the neurons of the layer before and have none of their own.",
    source=_LECTURE,
)
_column(
    "weights",
    "Weights",
    "count",
    lambda row, _: row.weights,
    lambda total: total.weights,
    definition="Parameters without biases: kernels, factors of normalization, embeddings. Shared ones count once, where they are owned.",
    source=_LECTURE,
)
_column(
    "biases",
    "Biases",
    "count",
    lambda row, _: row.biases,
    lambda total: total.biases,
    definition="Summands of the outputs: one a filter or unit, the offset of a normalization, or one a position.",
    source="LeCun et al. 1998, section II.A",
)
_column(
    "parameters",
    "Parameters",
    "count",
    lambda row, _: row.parameters,
    lambda total: total.parameters,
    definition="Weights and biases, without the statistics of batch norm and without anything an optimizer keeps.",
    source="the parameter counts of the papers, e.g. Simonyan and Zisserman 2015, table 2",
)
_column(
    "trainable",
    "Trainable",
    "count",
    lambda row, _: row.trainable,
    lambda total: total.trainable,
    definition="Parameters that gradients change.",
    source="LeCun et al. 1998, section II.B (trainable free parameters)",
)
_column(
    "fixed",
    "Fixed",
    "count",
    lambda row, _: row.fixed,
    lambda total: total.fixed,
    definition="Values kept with the network that gradients do not change: statistics of batch norm, fixed prototypes.",
    source="Ioffe and Szegedy 2015, algorithm 2",
)
_column(
    "statistics",
    "Statistics",
    "count",
    lambda row, _: row.statistics,
    lambda total: total.statistics,
    definition="Running means and variances of batch norm; no parameters.",
    source="Ioffe and Szegedy 2015, algorithm 2",
)
_column(
    "macs",
    "MACs",
    "count",
    lambda row, _: row.macs,
    lambda total: total.macs,
    definition="Multiply-adds of convolutions and fully connected layers in one forward pass of one example, taps on padding counted; a transposed convolution has a position for each input. Biases, activations, normalization and pooling count nothing.",
    source="the papers' convention: He et al. 2016, table 1 (FLOPs meaning multiply-adds); Howard et al. 2017, section 3.1",
)
_column(
    "flops",
    "FLOPs",
    "count",
    lambda row, _: row.flops,
    lambda total: total.flops,
    definition="2 x MACs: one multiplication and one addition each.",
    source="PyTorch's torch.utils.flop_counter counts the same",
)
_column(
    "in_bounds_flops",
    "In-bounds FLOPs",
    "count",
    lambda row, _: row.in_bounds_flops,
    lambda total: total.in_bounds_flops,
    definition="FLOPs without the taps that fall on padding, whose factor is zero.",
    source="what XLA's cost analysis counts for convolutions and matrix products",
)
_column(
    "memory",
    "Memory",
    "bytes",
    lambda row, _: row.activation_bytes,
    lambda total: total.activation_bytes,
    definition="Neurons x bytes of one number x batch: what it takes to keep every activation of a forward pass.",
    source=_LECTURE,
)
_column(
    "parameter_memory",
    "Parameter memory",
    "bytes",
    lambda row, _: row.parameter_bytes,
    lambda total: total.parameter_bytes,
    definition="Parameters and statistics x bytes of one number.",
    source=_LECTURE,
)
_column(
    "receptive_field",
    "Receptive field",
    "sizes",
    lambda row, _: row.receptive_field,
    definition="Input positions from the first to the last that one output depends on, padding included, for the output that sees most.",
    source=f"{_FIELDS}, equation 2",
)
_column(
    "effective_stride",
    "Stride",
    "sizes",
    lambda row, _: row.effective_stride,
    definition="Input positions between the fields of neighbouring outputs: the product of the strides so far.",
    source=f"{_FIELDS}, equation 3",
)
_column(
    "effective_padding",
    "Padding",
    "sizes",
    lambda row, _: row.effective_padding,
    definition="Positions before the input at which the first output's field begins.",
    source=f"{_FIELDS}, equation 4",
)
_column(
    "share_parameters",
    "% params",
    "share",
    lambda row, summary: _share(row.parameters, summary.total.parameters),
    lambda total: _share(total.parameters, total.parameters),
    definition="Part of the network's parameters.",
    source="parameters / total",
)
_column(
    "share_macs",
    "% MACs",
    "share",
    lambda row, summary: _share(row.macs, summary.total.macs),
    lambda total: _share(total.macs, total.macs),
    definition="Part of the network's multiply-adds.",
    source="macs / total",
)
_column(
    "share_memory",
    "% memory",
    "share",
    lambda row, summary: _share(row.activation_bytes, summary.total.activation_bytes),
    lambda total: _share(total.activation_bytes, total.activation_bytes),
    definition="Part of the memory of all activations.",
    source="memory / total",
)
_column(
    "intensity",
    "FLOP/byte",
    "ratio",
    lambda row, summary: _intensity(row, summary.settings.batch),
    definition="Arithmetic intensity: in-bounds FLOPs of the batch by bytes moved at least (inputs, parameters and output once each; what works in place is fused with the layer before).",
    source=_ROOFLINE,
)

_column(
    "bound",
    "Bound",
    "text",
    _bound,
    definition="What limits the layer on the device in the roofline model: its peak of arithmetic (compute) or its bandwidth (memory).",
    source=_ROOFLINE,
)
_column(
    "time",
    "Time",
    "seconds",
    _time,
    definition="The least time of the batch's forward pass on the device in the roofline model: the larger of in-bounds FLOPs / peak and bytes moved / bandwidth. A model, not a measurement: real programs reach a part of the peaks.",
    source=_ROOFLINE,
)

DEVICE: Final = ("bound", "time")
"""Columns that need a device."""
LECTURE: Final = ("layer", "dimension", "neurons", "weights", "memory")
"""The lectures' table."""
WIDER: Final = (
    "name",
    "macs",
    "biases",
    "receptive_field",
    "effective_stride",
    "share_parameters",
    "share_macs",
    "share_memory",
    "in_bounds_flops",
    "effective_padding",
    "intensity",
)
"""What a wide terminal shows beside it, in this order, as far as there is room."""
