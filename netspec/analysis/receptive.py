"""Receptive fields: which part of the input each value sees, exactly, also past layers that enlarge maps.

For each axis a value's field is a pair of functions of its position i: the first and the last input position
it reads, counted into the padding. Both repeat themselves: field(i + period) = field(i) + advance. A chain of
windows has period 1, and there the recurrences of Araujo, Norris and Sim 2019, Computing Receptive Fields of
Convolutional Neural Networks, Distill, equations 2 and 4, follow; a layer that enlarges a map by r has r phases.
A phase that falls between the stamps of a transposed convolution sees nothing.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from math import gcd, lcm
from typing import Final

from netspec.graph.node import INPUT, Graph, Node
from netspec.layers.base import Shape
from netspec.layers.facets import Reach

_MOST_PHASES: Final = 4096
"""Beyond this many phases on one axis a field counts as not known."""


Ends = tuple[int, int] | None
"""The first and the last input position that is seen; None where nothing is."""


def hull(several: Iterable[Ends]) -> Ends:
    """From the first of all to the last of all."""
    known = [ends for ends in several if ends]
    return (min(first for first, _ in known), max(last for _, last in known)) if known else None


@dataclass(frozen=True, slots=True)
class AxisField:
    """The field on one axis of the input: for each phase of the position its first and last input position.

    A field with advance 0 is the same for every position.
    """

    phases: tuple[Ends, ...]
    advance: int

    @property
    def period(self) -> int:
        """Positions after which the field repeats itself, `advance` further."""
        return len(self.phases)

    @property
    def size(self) -> int:
        """Input positions from first to last, of the position that sees most."""
        return max(self.sizes)

    @property
    def sizes(self) -> tuple[int, ...]:
        """Input positions from first to last, phase by phase."""
        return tuple(0 if ends is None else ends[1] - ends[0] + 1 for ends in self.phases)

    @property
    def stride(self) -> Fraction | None:
        """Input positions by which the field moves from one position to the next; None where it stays."""
        return Fraction(self.advance, self.period) if self.advance else None

    @property
    def padding(self) -> int | None:
        """Positions before the input that the first field begins at."""
        return -self.phases[0][0] if self.advance and self.phases[0] else None

    def at(self, position: int) -> Ends:
        """First and last input position that one position sees."""
        turns, phase = divmod(position, self.period)
        ends = self.phases[phase]
        return ends and (ends[0] + turns * self.advance, ends[1] + turns * self.advance)

    def of(self, positions: range) -> Ends:
        """First and last input position that these positions see together."""
        turn = self.period  # each phase sees furthest in its first and its last turn
        outer = positions if len(positions) <= 2 * turn else (*positions[:turn], *positions[-turn:])
        return hull(map(self.at, outer))


Field = tuple[AxisField, ...] | None
"""One field for each spatial axis of the input; None where it is not known."""

_START: Final = AxisField(((0, 0),), 1)


def fields(graph: Graph) -> list[Field]:
    """The receptive field of every node, in the order of the graph."""
    found: list[Field] = []
    start: Field = (_START,) * graph.input.rank
    for node in graph:
        before = [start if i == INPUT else found[i] for i in node.inputs]
        found.append(_field(node, before))
    return found


def _field(node: Node, before: Sequence[Field]) -> Field:
    parts = []
    reaches = node.layer.reach(node.input_shapes)
    for field, shape, reach in zip(before, node.input_shapes, reaches, strict=True):
        seen = _through(field, shape, reach, node.shape)
        if seen is None:
            return None
        parts.append(seen)
    return parts[0] if len(parts) == 1 else _joined(parts, node.shape)


def _through(field: Field, x: Shape, reach: tuple[Reach, ...] | None, out: Shape) -> Field:
    """The field of a layer's output by way of one input."""
    if field is None:
        return None
    if all(not axis.advance for axis in field):
        return field  # every position of the input sees the same, and so does every position of the output
    if reach is None or x.rank != len(field):
        return None
    composed = tuple(map(_composed, field, reach))
    if any(axis is None for axis in composed):
        return None
    known = tuple(axis for axis in composed if axis is not None)
    return known if out.rank else tuple(AxisField((axis.at(0),), 0) for axis in known)


@lru_cache(maxsize=4096)
def _composed(field: AxisField, reach: Reach) -> AxisField | None:
    """The field of positions that read what `reach` says, of values that have `field`."""
    if not field.advance:
        return field
    whole = reach.per * field.period
    period = whole // gcd(reach.step, whole) if reach.step else 1
    if period > _MOST_PHASES:
        return None
    phases = tuple(field.of(reach.read(i)) for i in range(period))
    return AxisField(phases, reach.step * period // whole * field.advance)


def _joined(parts: list[tuple[AxisField, ...]], out: Shape) -> Field:
    axes = []
    for i, same_axis in enumerate(zip(*parts, strict=True)):
        joined = _union(set(same_axis), out.spatial[i] if i < out.rank else 1)
        if joined is None:
            return None
        axes.append(joined)
    return tuple(axes)


def _union(found: Iterable[AxisField], positions: int) -> AxisField | None:
    """What is seen by way of several inputs together."""
    several = tuple(found)
    if len(several) == 1:
        return several[0]
    if any(not axis.advance for axis in several):
        return _constant(several, positions)
    if len({axis.stride for axis in several}) > 1:
        return None
    period = lcm(*(axis.period for axis in several))
    if period > _MOST_PHASES:
        return None
    phases = tuple(hull(axis.at(i) for axis in several) for i in range(period))
    return AxisField(phases, several[0].advance * (period // several[0].period))


def _constant(several: tuple[AxisField, ...], positions: int) -> AxisField:
    """The whole that all positions see together, where one of the inputs is the same for all of them."""
    return AxisField((hull(axis.of(range(positions)) for axis in several),), 0)
