"""Numerical kernels as plain JAX functions: for each operation a reference and the forms that run faster."""
