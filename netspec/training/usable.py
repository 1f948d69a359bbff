"""A network that can be used: with weights, and with what its examples are prepared by."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import jax
import jax.numpy as jnp
import numpy as np

from netspec.engine.model import End, Model
from netspec.graph.node import Node
from netspec.training.preprocessing import Affine

Array = jax.Array


@dataclass(frozen=True, eq=False)
class Usable:
    """A network with weights and its preprocessing.

    Attributes:
        model: The compiled network.
        params: The parameters that it is used with: the moving average where the spec wants one.
        state: Running statistics.
        affine: The preprocessing.
    """

    model: Model
    params: Any
    state: Any
    affine: Affine

    def prepare(self, x: Any) -> Array:
        """Raw values `[batch, *sizes]` to what `model.apply` takes, in the type of the network's input.

        Grey images may come without an axis for their one channel.
        """
        values, sizes = x if hasattr(x, "shape") else np.asarray(x), self.model.graph.input.sizes
        if sizes[-1] == 1 and values.shape[1:] == sizes[:-1]:
            values = values[..., None]
        return jnp.asarray(self.affine.apply(values), self.model.input_struct(1).dtype)

    def predict(self, x: Any, *, batch: int = 256) -> np.ndarray:
        """What the network says of raw examples `[examples, *sizes]`.

        Args:
            x: Values as the training examples were before their preprocessing.
            batch: How many are computed at a time.

        Returns:
            The main output `[examples, *sizes of the output]`, float32 at least: probabilities where the loss reads
            classes, else the values as they are.

        Raises:
            MismatchError: The examples do not fit the network's input.
        """
        x = np.asarray(x)
        starts = range(0, max(len(x), 1), batch)
        return np.concatenate([np.asarray(self.shown(self.end(x[i : i + batch]))) for i in starts])

    @cached_property
    def end(self) -> Callable[[Any], End]:
        """Raw values `[batch, *sizes]` to the main output, as losses take it."""

        @jax.jit
        def end(params: Any, state: Any, x: Array) -> End:
            return self.model.ends(params, state, self.prepare(x))[0][self.model.graph.outputs[0].name]

        return lambda x: end(self.params, self.state, jnp.asarray(x))

    @property
    def last(self) -> Node:
        """The node that gives the main output."""
        return self.model.graph.nodes[self.model.graph.outputs[0].index]

    def shown(self, end: End) -> Array:
        """The output in shares of 1 where the loss reads it as classes, else as it is; float32 at least."""
        value = end.value.astype(jnp.promote_types(end.value.dtype, jnp.float32))
        turned = _SHARES.get(self.model.objective.name)
        return value if turned is None or self.last.kind == turned[0] else turned[1](value)

    def mean(self, ends: Sequence[End]) -> End:
        """The end whose output is the mean of several, of classes the mean of their probabilities."""
        mean = jnp.stack([self.shown(end) for end in ends]).mean(0)
        logits = _LOGITS.get(self.model.objective.name)
        before = mean if logits is None else logits(mean)
        return End(mean if self.last.kind in ("softmax", "sigmoid") else before, before)


_SHARES: Final[dict[str, tuple[str, Callable[[Array], Array]]]] = {
    "cross_entropy": ("softmax", jax.nn.softmax),
    "binary_cross_entropy": ("sigmoid", jax.nn.sigmoid),
}
"""The last layer after which a loss finds shares of 1, and what makes them where it is missing."""
_LOGITS: Final[dict[str, Callable[[Array], Array]]] = {
    "cross_entropy": jnp.log,
    "binary_cross_entropy": lambda p: jnp.log(p) - jnp.log1p(-p),
}
"""From shares back to what a loss takes them from."""
