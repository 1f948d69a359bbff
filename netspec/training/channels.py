"""Mean, spread and range of examples, channel by channel, in one pass and in little memory."""

from collections.abc import Iterator
from functools import reduce
from typing import Final, NamedTuple

import numpy as np

from netspec.training.data.dataset import Arrays, Examples

_CHUNK: Final = 2**18
"""Values that are held in float64 at a time, 2 MiB: they stay in the processor's cache."""


class Statistics(NamedTuple):
    """float64 `[channels]` each; `std` is that of the values themselves, not an estimate for more of them."""

    mean: np.ndarray
    std: np.ndarray
    lowest: np.ndarray
    highest: np.ndarray
    vector: bool = False
    """The channels are the features of a vector, which have nothing in common."""

    @property
    def ends(self) -> tuple[np.ndarray, np.ndarray]:
        """Lowest and highest value of all channels together `[]`, of a vector of each feature `[channels]`."""
        return (self.lowest, self.highest) if self.vector else (self.lowest.min(), self.highest.max())


class _Part(NamedTuple):
    values: int
    mean: np.ndarray
    squares: np.ndarray
    """Sum of the squared distances to the mean."""
    lowest: np.ndarray
    highest: np.ndarray


def statistics(examples: Examples) -> Statistics:
    """Of all values of each channel, the last axis; the features of a vector are a channel each.

    Values that are not finite make the results that they enter not finite.
    """
    with np.errstate(invalid="ignore", over="ignore"):
        whole = reduce(_together, map(_part, _chunks(examples)))
        std = np.sqrt(whole.squares / whole.values)
        vector = examples[0][0].ndim == 1
        return Statistics(whole.mean, std, whole.lowest, whole.highest, vector)


def _chunks(examples: Examples) -> Iterator[np.ndarray]:
    """Values `[channels, n]` in float64."""
    if not isinstance(examples, Arrays):
        yield from (_by_channel(examples[place][0][None]) for place in range(len(examples)))
        return
    step = max(1, _CHUNK // max(1, examples.x[0].size))
    for first in range(0, len(examples), step):
        yield _by_channel(examples.x[first : first + step])


def _by_channel(x: np.ndarray) -> np.ndarray:
    return np.array(x.reshape(-1, x.shape[-1]).T, np.float64, order="C")


def _part(values: np.ndarray) -> _Part:
    mean = values.mean(1)
    lowest, highest = values.min(1), values.max(1)
    values -= mean[:, None]
    return _Part(values.shape[1], mean, np.square(values, out=values).sum(1), lowest, highest)


def _together(a: _Part, b: _Part) -> _Part:
    """Source: Chan, Golub and LeVeque 1979, Updating Formulae and a Pairwise Algorithm, equation 2.1."""
    values = a.values + b.values
    apart = b.mean - a.mean
    return _Part(
        values,
        a.mean + apart * (b.values / values),
        a.squares + b.squares + apart**2 * (a.values * b.values / values),
        np.minimum(a.lowest, b.lowest),
        np.maximum(a.highest, b.highest),
    )
