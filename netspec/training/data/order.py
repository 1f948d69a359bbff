"""In which order examples are used."""

import numpy as np


def order(count: int, epoch: int, seed: int, *, shuffle: bool) -> np.ndarray:
    """Every place once, as int32 `[count]`; of an epoch (from 0) and a seed the same order everywhere."""
    if not shuffle:
        return np.arange(count, dtype=np.int32)
    generator = np.random.Generator(np.random.Philox(key=[seed, epoch]))
    return generator.permutation(count).astype(np.int32)


def places(count: int, batch: int, epoch: int, seed: int, *, shuffle: bool) -> np.ndarray:
    """The epoch's batches `[steps, batch]`; what is left at the end is left out, others in each epoch."""
    steps = count // batch
    return order(count, epoch, seed, shuffle=shuffle)[: steps * batch].reshape(steps, batch)
