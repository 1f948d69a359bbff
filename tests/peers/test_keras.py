"""Whole networks against Keras' applications: parameters, statistics and multiply-adds, with difference 0."""

import pytest
from peers.keras_specs import NETS, counts

keras_nets = pytest.importorskip("peers.keras_nets", reason="needs keras and torch")


@pytest.mark.parametrize("target", NETS)
def test_a_network_counts_as_in_keras(target: str) -> None:
    """Trained values, fixed values and multiply-adds are Keras', after the differences that `keras_specs` names."""
    assert counts(target) == keras_nets.count(NETS[target])
