"""What the forms of a transposed convolution are chosen by."""

from dataclasses import dataclass

from netspec.ops.windows import Pads


@dataclass(frozen=True)
class TransposedCase:
    """The static facts of a transposed convolution. `x` and `kernel` are shapes, `x` with the batch."""

    x: tuple[int, ...]
    kernel: tuple[int, ...]
    strides: tuple[int, ...]
    cuts: Pads
    """Rows cut from the full output, before and after; a negative number adds rows."""
    extra: tuple[int, ...]
    """Rows added at the far side."""
    dilations: tuple[int, ...]
    groups: int
    dtype: str
    backend: str

    @property
    def extents(self) -> tuple[int, ...]:
        """How far the dilated kernel reaches on each axis."""
        return tuple(d * (k - 1) + 1 for k, d in zip(self.kernel[:-2], self.dilations, strict=True))

    @property
    def out(self) -> tuple[int, ...]:
        """Positions of the output on each axis."""
        axes = zip(self.x[1:-1], self.strides, self.cuts, self.extents, self.extra, strict=True)
        return tuple((w - 1) * s - low - high + f + more for w, s, (low, high), f, more in axes)

    @property
    def rank(self) -> int:
        """The number of spatial axes."""
        return len(self.strides)

    @property
    def taps(self) -> tuple[int, ...]:
        """The kernel's size on each axis."""
        return self.kernel[:-2]

    @property
    def steps(self) -> tuple[int, ...]:
        """How many input rows reach one output row at most, on each axis."""
        return tuple(-(-k // s) for k, s in zip(self.taps, self.strides, strict=True))

    @property
    def concrete(self) -> bool:
        """All sizes are numbers; an exported function's batch may be a symbol."""
        return all(isinstance(size, int) for size in self.x)
