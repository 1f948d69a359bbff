"""The arrays of a compiled step, in the waves in which XLA runs its operations.

XLA's scheduler on CPU goes breadth first (BFScheduler): an operation runs in the first wave in which everything that
it reads is there. What reads no activation (index maps, zeros, copies of weights) is therefore made at the start,
however late it is used. An array lives from the wave that makes it to the last wave that reads it.
"""

from collections.abc import Iterable
from typing import Final, Literal

Purpose = Literal["value", "gradient", "scratch"]
"""A value or the gradient of one; the gradient of a parameter, or what lies in its place; anything else."""

WIDEST: Final = 15
"""Arrays that one fused operation reads: XLA stops fusing where it would repeat code more often than this
(kAllowedCodeDuplication)."""


class Array:
    """What an operation writes.

    `last` is the last wave that reads it, and `readers` counts the operations that do so then. `saved` is true
    where the forward pass makes it and the backward pass reads it. `over` is an array of the same size in whose
    place it can be written, where nothing else reads that one any more.
    """

    __slots__ = ("backward", "bytes", "last", "made", "node", "over", "purpose", "readers", "saved")

    def __init__(self, size: int, made: int, purpose: Purpose, node: int, *, backward: bool) -> None:
        self.bytes = size
        self.made = self.last = made
        self.purpose = purpose
        self.node = node
        self.backward = backward
        self.over: Array | None = None
        self.readers = 0
        self.saved = False


class Value:
    """Numbers that are stored in an array, or that whoever reads them computes from the arrays in `reads`.

    XLA computes anew, for each reader, what is made from one whole array (EffectivelyAtMostUnary in its fusion
    pass). What is made from several (`joint`) is stored once one of its readers needs an array, and then all others
    read that. `front` is the value with its
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
    """Operations as they are told: first all of the forward pass, then all of the backward pass."""

    def __init__(self, value_bytes: int) -> None:
        self.value_bytes = value_bytes
        self.arrays: list[Array] = []
        self.backward = False
        self.node = -1

    def operation(
        self, size: int, *reads: Array, purpose: Purpose = "value", in_place: bool = False
    ) -> Array:
        """An operation that reads arrays and writes one of `size` bytes."""
        wave = 0
        for array in reads:
            if array.made >= wave:
                wave = array.made + 1
        made = Array(size, wave, purpose, self.node, backward=self.backward)
        for array in reads:
            if array.last < wave:
                array.last, array.readers = wave, 0
            if array.last == wave:
                array.readers += 1
            if self.backward and not array.backward:
                array.saved = True
            if in_place and array.bytes == size:
                made.over = array
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
        """A value that is computed, number by number, from others."""
        reads = tuple(dict.fromkeys(array for part in parts for array in _reads(part)))
        value = Value(elements, reads, joint=sum(self._whole(part, elements) for part in parts) > 1)
        if len(reads) > WIDEST:
            value.joint = True
            self.store(value)
        return value

    def _whole(self, part: Value | Array, elements: int) -> bool:
        """Whether a part holds as many numbers as the result, and is not spread from fewer."""
        size = elements * self.value_bytes
        return any(array.bytes >= size and array.purpose == "value" for array in _reads(part))


def _reads(part: Value | Array) -> tuple[Array, ...]:
    return part.reads if isinstance(part, Value) else (part,)


def write_in_place(arrays: Iterable[Array]) -> None:
    """End an array's life a wave earlier where its only last reader writes its own result in its place."""
    for array in arrays:
        over = array.over
        if over is not None and over.last == array.made and over.readers == 1:
            over.last -= 1
