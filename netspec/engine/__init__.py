"""The compiler: a typed graph becomes pure JAX functions."""
