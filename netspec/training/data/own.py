"""Examples of one's own, as a data set."""

from typing import Any

import numpy as np

from netspec.training.data.arrays import in_memory, joined
from netspec.training.data.dataset import Dataset


def dataset_of(data: Any, sizes: tuple[int, ...]) -> Dataset:
    """A data set of what Python users have.

    Args:
        data: A `Dataset`; or `((x, y), (x_test, y_test))`, or `(x, y)`, which is then judged by itself: arrays
            `[examples, *sizes]` of raw values, and class ids `[examples]` or targets.
        sizes: Of the network's input: grey images without an axis for their channel get it.

    Raises:
        TypeError: It is none of these.
        TrainError: There are other numbers of examples and labels, or values that are not finite.
    """
    if isinstance(data, Dataset):
        return data
    if not isinstance(data, tuple | list) or len(data) != 2:
        raise TypeError(
            f"data is a Dataset, (x, y) or ((x, y), (x_test, y_test)), not a {type(data).__name__}"
        )
    pairs = data if isinstance(data[0], tuple | list) else (data, data)
    learnt, test = (joined("arrays", np.asarray(x), np.asarray(y), sizes) for x, y in pairs)
    return in_memory("arrays", learnt, test)
