"""Random keys by name, so that adding a layer leaves what the others draw unchanged."""

from hashlib import sha256

import jax


def key_of(key: jax.Array, *names: str) -> jax.Array:
    """The key that belongs to a path of names, such as a layer's and its parameter's."""
    digest = sha256("\0".join(names).encode()).digest()
    return jax.random.fold_in(key, int.from_bytes(digest[:4], "big"))
