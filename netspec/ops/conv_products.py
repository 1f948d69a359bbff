"""The matrix products that convolutions come down to."""

from jax import lax

from netspec.ops.run import Array

TALL = 8192
"""Rows from which a transposed copy costs more than it gains."""


def flat(x: Array) -> Array:
    """`[batch, *positions, channels]` as a matrix `[rows, channels]`."""
    return x.reshape(-1, x.shape[-1])


def transposed_product(a: Array, b: Array, *, stored: bool = True) -> Array:
    """`a^T b` for `[rows, m]` and `[rows, n]`.

    XLA gives `A B` to YNNPACK (0.85 to 1.0 of the matmul peak) and `A^T B` to an older kernel, which reaches 0.35 where
    the right side is the narrow one and 0.8 where it is the wide one. So the narrower side is copied transposed. Of tall
    matrices, whose copy leaves the cache, it is put on the left instead, and likewise where they are not `stored` as they
    are: XLA would fuse a slice into the copy and read it value by value. The barriers keep XLA from undoing either.
    """
    if b.shape[1] < a.shape[1]:
        return lax.optimization_barrier(transposed_product(b, a, stored=stored)).T
    if not stored or (a.shape[0] >= TALL and b.shape[1] > a.shape[1]):
        return lax.dot_general(a, b, (((0,), (0,)), ((), ())))
    return lax.optimization_barrier(lax.optimization_barrier(a).T) @ b
