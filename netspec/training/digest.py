"""SHA-256 of a tree of arrays: the same on every device, and equal only where all bits are."""

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np


def digest(tree: Any) -> str:
    """SHA-256, in hexadecimal, of a tree's names, types, shapes and bytes.

    It does not depend on the order of the leaves, nor on the devices that they lie on.

    Args:
        tree: Arrays of JAX or numpy, or random keys, which count as the numbers that they hold.

    Raises:
        ValueError: Two leaves have the same name.
    """
    return digest_of(on_host(tree))


def named(tree: Any) -> dict[str, Any]:
    """The leaves by their path, such as `params/conv1/kernel`, in the tree's order; of random keys what they hold.

    Leaves may also be what has only a shape and a type (`jax.ShapeDtypeStruct`).

    Raises:
        ValueError: Two leaves have the same name.
    """
    leaves = jax.tree_util.tree_leaves_with_path(tree)
    found = {jax.tree_util.keystr(path, simple=True, separator="/"): _held(leaf) for path, leaf in leaves}
    if len(found) < len(leaves):
        raise ValueError(
            "two leaves of the tree have the same path; no name may hold a `/` that makes it another's"
        )
    return found


def is_key(leaf: Any) -> bool:
    """Whether a leaf is a random key, or many of them."""
    return hasattr(leaf, "dtype") and jnp.issubdtype(leaf.dtype, jax.dtypes.prng_key)


def _held(leaf: Any) -> Any:
    if not is_key(leaf):
        return leaf
    return (
        jax.random.key_data(leaf)
        if isinstance(leaf, jax.Array)
        else jax.eval_shape(jax.random.key_data, leaf)
    )


def on_host(tree: Any) -> dict[str, np.ndarray]:
    """The leaves by their path, as arrays on the host. They may share memory with the tree's."""
    leaves: dict[str, Any] = jax.device_get(named(tree))
    return {name: np.asarray(leaf) for name, leaf in leaves.items()}


def digest_of(arrays: Mapping[str, np.ndarray]) -> str:
    """`digest` of leaves that are on the host, by their path."""
    total = sha256()
    for name, array in sorted(arrays.items()):
        # A line, so that one array's end and the next one's head cannot be taken for one another.
        head = json.dumps([name, array.dtype.name, array.shape])
        total.update(f"{head}\n".encode())
        total.update(np.ascontiguousarray(array).reshape(-1).view(np.uint8).data)
    return total.hexdigest()
