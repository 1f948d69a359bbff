"""What plain loops over arrays need, and the table of all of them, which `plain_loops` completes."""

from collections.abc import Callable, Iterable, Iterator
from itertools import product
from typing import Any, Final

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]
Weights = dict[str, Array]
Place = tuple[int, ...]
Sides = list[tuple[int, int]]

LAYERS: Final[dict[str, Callable[..., Array]]] = {}
"""The function of every layer at inference, by the layer's name."""


def layer(function: Callable[..., Array]) -> Callable[..., Array]:
    """Register a function under its name."""
    LAYERS[function.__name__] = function
    return function


def places(sizes: Iterable[int]) -> Iterator[Place]:
    """Every place of an array of these sizes."""
    return product(*map(range, sizes))


def filled(sizes: Iterable[int], value: Callable[..., float]) -> Array:
    """The array that has `value(*place)` at each place."""
    found = np.empty(tuple(sizes))
    for place in places(found.shape):
        found[place] = value(*place)
    return found


def each(x: Array, function: Callable[[float], float]) -> Array:
    """A function of each value by itself."""
    return filled(x.shape, lambda *place: function(float(x[place])))


def numbers(value: int | Place, rank: int) -> Place:
    """One number an axis."""
    return (value,) * rank if isinstance(value, int) else value


def explicit(padding: Any, rank: int) -> Sides:
    """Padding in numbers: one, one an axis, or low and high by axis."""
    return [(one, one) if isinstance(one, int) else one for one in numbers(padding, rank)]


def inside(place: Place, sizes: Iterable[int]) -> bool:
    """Whether a place is one of the map."""
    return all(0 <= i < size for i, size in zip(place, sizes, strict=True))


def shifted(p: Weights, y: Array) -> Array:
    """With the bias of each filter, or of each position and filter."""
    if "bias" not in p:
        return y
    by_position = p["bias"].ndim > 1
    return filled(y.shape, lambda n, *at: y[n, *at] + p["bias"][tuple(at) if by_position else at[-1]])
