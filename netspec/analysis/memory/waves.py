"""The arrays of a compiled step, wave by wave, and the most that live at once.

XLA's scheduler on CPU goes breadth first (`BFScheduler`): an operation runs in the first wave in which everything
it reads is there. What reads no activation (index maps, zeros, transposed kernels) is therefore made at the start,
however late it is used. An array lives from the wave that makes it to the last wave that reads it.
"""

from collections.abc import Iterable
from typing import Final, Literal

Purpose = Literal["value", "gradient", "scratch"]
"""A value or the gradient of a value; a parameter's gradient, or what lies in its place; anything else."""

WIDEST: Final = 15
"""Arrays that one fused operation reads; XLA stops fusing where it would repeat more code (15 times)."""


class Array:
    """What an operation writes.

    `saved` is true where the forward pass makes it and the backward pass reads it; `over` is an array of the same
    size that it may take the place of, if nothing reads that one any more.
    """

    __slots__ = ("backward", "bytes", "last", "made", "node", "over", "purpose", "readers", "saved")

    def __init__(
        self, size: int, made: int, purpose: Purpose, node: int, over: "Array | None", *, backward: bool
    ) -> None:
        self.bytes = size
        self.made = self.last = made
        self.purpose = purpose
        self.node = node
        self.over = over
        self.backward = backward
        self.readers = 0
        self.saved = False


class Value:
    """Numbers that are stored in an array, or computed by whoever reads them from the arrays in `reads`.

    XLA computes anew what is made from one whole array (`joint` false), for each reader. What is made from several
    is stored if one of its readers needs an array, and then all others read that. `front` is the value with its
    channels brought to the front, made once for all convolutions that read it.
    """

    __slots__ = ("array", "elements", "front", "joint", "reads")

    def __init__(
        self, elements: int, reads: tuple[Array, ...], array: Array | None = None, *, joint: bool = False
    ) -> None:
        self.elements = elements
        self.reads = reads
        self.array = array
        self.joint = joint
        self.front: Array | None = None


class Program:
    """Operations in the order they are told, which is forward, then backward."""

    def __init__(self, value_bytes: int) -> None:
        self.value_bytes = value_bytes
        self.arrays: list[Array] = []
        self.backward = False
        self.node = -1

    def operation(
        self,
        size: int,
        *reads: Array,
        purpose: Purpose = "value",
        in_place: bool = False,
    ) -> Array:
        """An operation that reads arrays and writes one of `size` bytes."""
        wave = 1 + max((array.made for array in reads), default=-1)
        over = None
        for array in reads:
            if array.last < wave:
                array.last, array.readers = wave, 0
            array.readers += array.last == wave
            if self.backward and not array.backward:
                array.saved = True
            if in_place and array.bytes == size:
                over = array
        made = Array(size, wave, purpose, self.node, over, backward=self.backward)
        self.arrays.append(made)
        return made

    def stored(self, elements: int, *reads: Array) -> Value:
        """The value of an operation that does not fuse with its readers."""
        array = self.operation(elements * self.value_bytes, *reads)
        return Value(elements, (array,), array)

    def store(self, value: Value) -> Array:
        """The array of a value, written now unless there is one."""
        if value.array is None:
            size = value.elements * self.value_bytes
            value.array = self.operation(size, *value.reads, in_place=True)
            if value.joint:
                value.reads = (value.array,)
        return value.array

    def formula(self, elements: int, *parts: Value | Array) -> Value:
        """A value that is computed element by element from others."""
        reads = tuple(dict.fromkeys(array for part in parts for array in _reads(part)))
        whole = sum(self._whole(part, elements) for part in parts)
        value = Value(elements, reads, joint=whole > 1)
        if len(reads) > WIDEST:
            value.joint = True
            self.store(value)
        return value

    def _whole(self, part: Value | Array, elements: int) -> bool:
        return any(array.bytes >= elements * self.value_bytes for array in _reads(part))


def _reads(part: Value | Array) -> tuple[Array, ...]:
    return part.reads if isinstance(part, Value) else (part,)


def lives(arrays: Iterable[Array]) -> None:
    """End an array's life a wave earlier where an operation on its elements writes its result in its place."""
    for array in arrays:
        over = array.over
        if over is not None and over.last == array.made and over.readers == 1:
            over.last -= 1

