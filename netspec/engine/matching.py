"""Whether the arrays of a file are a network's, and what to say where they are not."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

import jax.numpy as jnp

from netspec.engine.weights_file import TYPES, Entry, shown
from netspec.language.nearest import did_you_mean
from netspec.layers.base import dims

_LISTED: Final = 20
"""Lines under one heading."""


@dataclass(frozen=True)
class Wanted:
    """An array that a network needs."""

    layer: str
    parameter: str
    shape: tuple[int, ...]
    dtype: str


@dataclass(frozen=True)
class Differences:
    """Names of arrays by what is wrong with them."""

    wanted: Mapping[str, Wanted]
    found: Mapping[str, Entry]
    missing: tuple[str, ...]
    shapes: tuple[str, ...]
    types: tuple[str, ...]
    unexpected: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.missing or self.shapes or self.types or self.unexpected)

    def message(self, path: str, holds: str, network: str) -> str:
        """All differences, a line a layer; `holds` is the network that the file says it is of."""
        own = f" (of {shown(holds)})" if holds else ""
        parts = (
            _part("missing from the file", self.missing, self._needed),
            _part("of another shape", self.shapes, self._reshaped),
            self._retyped(),
            _part(f"not in {network}", self.unexpected, self._present, self._meant),
        )
        return "\n".join(
            [f"{path}{own} does not fit {network}", *(line for p in parts for line in p), *self._cures()]
        )

    def _needed(self, name: str) -> str:
        return dims(self.wanted[name].shape)

    def _reshaped(self, name: str) -> str:
        return f"{dims(self.found[name].shape)} instead of {dims(self.wanted[name].shape)}"

    def _retyped(self) -> list[str]:
        """A line for each pair of types, which mostly is one for all arrays."""
        pairs: dict[str, list[str]] = {}
        for name in self.types:
            pair = f"{self.found[name].dtype} instead of {self.wanted[name].dtype}"
            pairs.setdefault(pair, []).append(name)
        return [
            f"  of another type: {_count(names)}, {pair}: {', '.join(names[:3])}{' ...' if len(names) > 3 else ''}"
            for pair, names in pairs.items()
        ]

    def _present(self, name: str) -> str:
        return dims(self.found[name].shape)

    def _meant(self, place: str, names: tuple[str, ...]) -> str:
        """The missing layer that a layer of the file may be under another name."""
        own = {_last(name): self.found[name].shape for name in names}
        alike = [
            there.partition("/")[2]
            for there, arrays in _by_place(self.missing)
            if {_last(name): self.wanted[name].shape for name in arrays} == own
        ]
        hint = did_you_mean(place.partition("/")[2], alike)
        return f"; {hint}" if hint else ""

    def _cures(self) -> list[str]:
        cures = []
        if any(self.found[name].dtype in TYPES.values() for name in self.types):
            cures.append("cast=True converts numbers to a type with fewer digits")
        layers = dict.fromkeys(layer_of(name) for name in (*self.missing, *self.shapes, *self.unexpected))
        rest = {wanted.layer for wanted in self.wanted.values()} - layers.keys()
        if rest and 0 < len(layers) <= 5:
            cures.append(f"skip={[shown(layer) for layer in layers]} loads the other layers alone")
        return cures


def compared(wanted: Mapping[str, Wanted], found: Mapping[str, Entry], *, cast: bool) -> Differences:
    """What distinguishes the arrays of a file from those that a network needs."""
    both = [name for name in wanted if name in found]
    return Differences(
        wanted,
        found,
        tuple(name for name in wanted if name not in found),
        tuple(name for name in both if wanted[name].shape != found[name].shape),
        tuple(name for name in both if not _becomes(found[name].dtype, wanted[name].dtype, cast=cast)),
        tuple(sorted(name for name in found if name not in wanted)),
    )


def _becomes(dtype: str, wanted: str, *, cast: bool) -> bool:
    """Whether numbers of a type may be converted: to one that holds them all, or where asked for any."""
    if dtype not in TYPES.values():
        return False
    return cast or jnp.promote_types(dtype, wanted) == jnp.dtype(wanted)


def layer_of(name: str) -> str:
    """The layer of an array by its name in a file; a name of another form stands for itself."""
    part, _, rest = name.partition("/")
    return rest.rpartition("/")[0] if part in ("params", "state") and "/" in rest else name


def part_of(name: str) -> str:
    """`params` or `state`."""
    return name.partition("/")[0]


def _last(name: str) -> str:
    return name.rpartition("/")[2]


def _by_place(names: Iterable[str]) -> list[tuple[str, tuple[str, ...]]]:
    """Names that follow one another, by what stands before their last slash."""
    return [
        (place, tuple(group)) for place, group in groupby(names, key=lambda name: name.rpartition("/")[0])
    ]


def _part(
    heading: str,
    names: tuple[str, ...],
    told: Callable[[str], str],
    more: Callable[[str, tuple[str, ...]], str] = lambda place, names: "",
) -> list[str]:
    """A heading and a line for each layer."""
    if not names:
        return []
    layers = _by_place(names)
    lines = [
        f"    {shown(place)}: {', '.join(f'{shown(_last(n))} {told(n)}' for n in arrays)}{more(place, arrays)}"
        for place, arrays in layers[:_LISTED]
    ]
    rest = [f"    and {len(layers) - _LISTED} layers more"] if len(layers) > _LISTED else []
    return [f"  {heading}: {_count(names)}", *lines, *rest]


def _count(names: Sequence[str]) -> str:
    return "1 array" if len(names) == 1 else f"{len(names)} arrays"
