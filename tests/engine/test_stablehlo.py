"""Exported programs: for any batch, on every platform, without netspec."""

import os
import subprocess
import sys
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from small_networks import model, trees

import netspec
from netspec import save_weights
from netspec.engine.checks import MismatchError
from netspec.language.catalog import bundled

WITHOUT_NETSPEC = """
import sys
sys.modules["netspec"] = None
import jax
import numpy as np
from jax import export
from safetensors.numpy import load_file

folder = sys.argv[1]
trees = {"params": {}, "state": {}}
for name, array in load_file(f"{folder}/w.safetensors").items():
    part, rest = name.split("/", 1)
    layer, array_name = rest.rsplit("/", 1)
    trees[part].setdefault(layer, {})[array_name] = array
given, baked = (
    export.deserialize(bytearray(open(f"{folder}/{name}", "rb").read())) for name in ("given", "baked")
)
x = np.load(f"{folder}/x.npy")
for batch in (1, 2, 5):
    np.save(f"{folder}/given{batch}.npy", given.call(trees["params"], trees["state"], x[:batch])["early"])
    np.save(f"{folder}/baked{batch}.npy", baked.call(x[:batch]))
"""


def images(batch: int, *sizes: int) -> jax.Array:
    """Random inputs."""
    return jnp.asarray(np.random.default_rng(1).normal(size=(batch, *sizes)).astype(np.float32))


@pytest.mark.parametrize("name", sorted(bundled()))
def test_every_bundled_network_is_exported_for_any_batch(name: str) -> None:
    """The batch stays a symbol from the input to every output."""
    made = netspec.compile(name)
    found = made.export(heads=True)
    assert {str(aval.shape[0]) for aval in found.out_avals} == {"b"}
    assert str(found.in_avals[-1].shape[0]) == "b"
    assert len(found.out_avals) == len(made.heads)
    assert set(found.platforms) == {"cpu", "cuda", "rocm", "tpu"}


def test_a_program_runs_without_netspec(tmp_path: Path) -> None:
    """In an interpreter that cannot import netspec, with weights from a file or its own, at three batch sizes."""
    made = model()
    params, state = trees(made)
    x = images(5, 8, 8, 3)
    made.export(tmp_path / "given", heads=True)
    made.export(tmp_path / "baked", params=params, state=state)
    save_weights(tmp_path / "w.safetensors", params, state, network=made)
    np.save(tmp_path / "x.npy", x)
    env = {key: value for key, value in os.environ.items() if key != "XLA_FLAGS"}
    subprocess.run([sys.executable, "-c", WITHOUT_NETSPEC, str(tmp_path)], env=env, check=True)
    wanted = made.apply(params, state, x, heads=True)
    for batch in (1, 2, 5):
        for file, name in (("given", "early"), ("baked", "output")):
            found = np.load(tmp_path / f"{file}{batch}.npy")
            np.testing.assert_allclose(found, wanted[name][:batch], rtol=1e-5)


@pytest.mark.parametrize("precision", ["float32", "mixed", "bfloat16"])
def test_a_program_gives_what_apply_gives(precision: str) -> None:
    """Whatever the precision; the result has the type of the model's."""
    made = model(precision=precision)
    params, state = trees(made)
    x = images(3, 8, 8, 3)
    found = made.export().call(params, state, x.astype(made.precision.params))
    wanted = made.apply(params, state, x.astype(made.precision.params))
    assert found.dtype == wanted.dtype
    rtol = 1e-5 if precision == "float32" else 2e-2
    np.testing.assert_allclose(found.astype(jnp.float32), wanted.astype(jnp.float32), rtol=rtol)


def test_token_ids_are_exported() -> None:
    """An embedding takes integers."""
    made = netspec.compile("kim_text", set={"input.shape": 9, "input.tokens": 11})
    params, state = trees(made)
    ids = jnp.asarray(np.random.default_rng(0).integers(0, 11, (4, 9)))
    found = made.export().call(params, state, ids)
    np.testing.assert_allclose(found, made.apply(params, state, ids), rtol=1e-5)


def test_a_scanned_and_rematerialized_model_is_exported_as_a_plain_one() -> None:
    """Neither changes the program: what is exported is inference alone, and has a line for each operation."""
    plain = netspec.compile("resnet_cifar")
    other = netspec.compile("resnet_cifar", scan=True, remat="blocks")
    assert other.export(platforms=["cpu"]).mlir_module() == plain.export(platforms=["cpu"]).mlir_module()


def test_a_batch_can_be_fixed() -> None:
    """For readers that take no symbols: every size in the text is a number."""
    found = model().export(batch=7, platforms=["cpu"])
    assert found.out_avals[0].shape == (7, 5)
    assert "?x" not in found.mlir_module()


def test_a_text_has_each_operation_once(tmp_path: Path) -> None:
    """With the ending .mlir StableHLO is written as text, for one platform, with the layers' names."""
    made = netspec.compile("keras_mnist")
    made.export(tmp_path / "net.mlir")
    text = (tmp_path / "net.mlir").read_text(encoding="utf-8")
    kinds = [node.kind for node in made.graph]
    assert text.count("stablehlo.convolution(") == kinds.count("conv") == 2
    assert text.count("stablehlo.dot_general ") == kinds.count("fc") == 2
    assert text.count("stablehlo.case") == 0
    assert '"conv2/' in text
    assert "params['fc1']['kernel']" in text


def test_a_program_does_not_name_the_machine_it_was_made_on(tmp_path: Path) -> None:
    """Neither paths nor lines of the sources are in it, also after the network has run; JAX's setting is as before."""
    made = model()
    params, state = trees(made)
    made.apply(params, state, images(1, 8, 8, 3))
    before = jax.config.jax_traceback_in_locations_limit
    made.export(tmp_path / "net")
    made.export(tmp_path / "net.mlir", params=params, state=state)
    for content in ((tmp_path / "net").read_bytes(), (tmp_path / "net.mlir").read_bytes()):
        assert b".py" not in content
        assert str(Path.cwd()).encode() not in content
    assert jax.config.jax_traceback_in_locations_limit == before


def test_weights_become_part_of_the_program() -> None:
    """It then takes the input alone; other weights than the network's are refused, as are half of them."""
    made = model()
    params, state = trees(made)
    found = made.export(params=params, state=state)
    assert [aval.shape[1:] for aval in found.in_avals] == [(8, 8, 3)]
    with pytest.raises(MismatchError, match="state lacks first/bn1/mean"):
        made.export(params=params)
    with pytest.raises(ValueError, match="a state is given without params"):
        made.export(state=state)


def test_what_cannot_be_exported_is_refused() -> None:
    """A platform that does not exist, and a batch without examples."""
    made = model()
    with pytest.raises(ValueError, match="no platform is called gpu; there are cpu, cuda, rocm or tpu"):
        made.export(platforms=["cpu", "gpu"])
    with pytest.raises(ValueError, match="at least 1 example, not 0"):
        made.export(batch=0)
