"""Spec to typed graph: blocks and repeats unrolled, names given, shapes inferred, findings placed."""
