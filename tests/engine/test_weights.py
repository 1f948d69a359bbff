"""Weights in safetensors files: what is written is what is read, and what does not fit is told."""

from pathlib import Path

import jax
import jax.numpy as jnp
import ml_dtypes
import numpy as np
import optax
import pytest
from safetensors import safe_open
from safetensors.numpy import load_file, save_file
from small_networks import model, network, trees

import netspec
from netspec import load_weights, save_weights
from netspec.engine.checks import MismatchError

CHAIN = "name: Chain\ninput: 6\nnetwork: fc-4 -> relu -> fc-3\n"


def trees_equal(a: object, b: object) -> bool:
    """Whether two trees have the same names, types and bits."""
    leaves = jax.tree.map(
        lambda x, y: x.dtype == y.dtype and np.asarray(x).tobytes() == np.asarray(y).tobytes(), a, b
    )
    return jax.tree.structure(a) == jax.tree.structure(b) and all(jax.tree.leaves(leaves))


@pytest.mark.parametrize("precision", ["float32", "mixed", "bfloat16"])
def test_what_is_saved_is_loaded(precision: str, tmp_path: Path) -> None:
    """Every array comes back bit by bit, in its type, in the order of the layers."""
    made = model(precision=precision)
    own = trees(made)
    save_weights(tmp_path / "w.safetensors", *own, network=made)
    loaded = load_weights(tmp_path / "w.safetensors", made)
    assert trees_equal(loaded, own)
    layers = [node.name for node in made.graph if any(p.trainable for p in node.parameters)]
    assert list(loaded[0]) == layers


@pytest.mark.parametrize("name", ["kim_text", "resnet_cifar", "lenet5_1998"])
def test_bundled_networks_are_saved_and_loaded(name: str, tmp_path: Path) -> None:
    """Embeddings, shared and partial layers, statistics, arrays that are not trained; by a model or a network."""
    net = netspec.load(name)
    own = trees(net.compile())
    save_weights(tmp_path / "w", *own, network=net)
    assert trees_equal(load_weights(tmp_path / "w", net), own)


def test_names_and_metadata_in_the_file(tmp_path: Path) -> None:
    """The file is an ordinary one, with names made of part, layer and array, and says what it is of."""
    net = network()
    params, state = trees(net.compile())
    save_weights(tmp_path / "w", params, state, network=net, metadata={"accuracy": "0.9"})
    arrays = load_file(tmp_path / "w")
    assert np.array_equal(arrays["params/second/conv1/kernel"], params["second/conv1"]["kernel"])
    assert np.array_equal(arrays["state/second/bn1/variance"], state["second/bn1"]["variance"])
    assert len(arrays) == len(jax.tree.leaves((params, state)))
    with safe_open(tmp_path / "w", framework="numpy") as file:
        assert file.metadata() == {
            "netspec.format": "1",
            "netspec.version": netspec.__version__,
            "netspec.network": "Small",
            "netspec.hash": net.analyze().hash,
            "accuracy": "0.9",
        }


def test_arrays_of_any_make_are_saved_as_they_are(tmp_path: Path) -> None:
    """NumPy's, with strides or without dimensions, and values that are not finite."""
    turned = np.arange(6, dtype=np.float32).reshape(2, 3).T
    odd = np.array([np.nan, -np.inf, -0.0], ml_dtypes.bfloat16)
    save_weights(tmp_path / "w", {"a/b": {"turned": turned, "one": np.asarray(2.0)}, "c": {"odd": odd}})
    arrays = load_file(tmp_path / "w")
    assert np.array_equal(arrays["params/a/b/turned"], turned)
    assert arrays["params/a/b/one"].shape == ()
    assert arrays["params/c/odd"].tobytes() == odd.tobytes()


def test_loaded_arrays_need_neither_file_nor_numpy(tmp_path: Path) -> None:
    """They are unharmed when the file is overwritten in place, and may be donated."""
    made = model(CHAIN)
    params, state = trees(made)
    save_weights(tmp_path / "w", params, state)
    loaded, _ = load_weights(tmp_path / "w", made)
    with (tmp_path / "w").open("r+b") as file:
        file.write(bytes((tmp_path / "w").stat().st_size))
    assert trees_equal(loaded, params)
    optimizer = optax.sgd(0.1)
    step = made.train_step(optimizer)
    batch = {"x": jnp.ones((2, 6)), "y": jnp.zeros(2, int)}
    step(loaded, {}, optimizer.init(loaded), batch)
    assert all(leaf.is_deleted() for leaf in jax.tree.leaves(loaded))


def test_numbers_are_converted_where_nothing_is_lost(tmp_path: Path) -> None:
    """bfloat16 becomes float32; float32 becomes bfloat16 only where that is asked for."""
    narrow, wide = model(CHAIN, "bfloat16"), model(CHAIN)
    params, state = trees(narrow)
    save_weights(tmp_path / "narrow", params, state)
    widened, _ = load_weights(tmp_path / "narrow", wide)
    assert trees_equal(widened, jax.tree.map(lambda x: x.astype(jnp.float32), params))
    save_weights(tmp_path / "wide", widened)
    with pytest.raises(MismatchError) as caught:
        load_weights(tmp_path / "wide", narrow)
    assert str(caught.value).splitlines() == [
        f"{tmp_path / 'wide'} does not fit Chain",
        "  of another type: 4 arrays, float32 instead of bfloat16: params/fc1/kernel, params/fc1/bias, params/fc2/kernel ...",
        "cast=True converts numbers to a type with fewer digits",
    ]
    assert trees_equal(load_weights(tmp_path / "wide", narrow, cast=True)[0], params)


def test_numbers_that_are_no_weights_are_refused(tmp_path: Path) -> None:
    """Integers are not converted, asked or not."""
    arrays = {
        "params/fc1/kernel": np.zeros((6, 4), np.int32),
        "params/fc1/bias": np.zeros(4, np.float32),
        "params/fc2/kernel": np.zeros((4, 3), np.float16),
        "params/fc2/bias": np.zeros(3, np.float32),
    }
    save_file(arrays, tmp_path / "w")
    with pytest.raises(MismatchError, match=r"1 array, I32 instead of float32: params/fc1/kernel$"):
        load_weights(tmp_path / "w", model(CHAIN), cast=True)


def test_all_differences_are_told_at_once(tmp_path: Path) -> None:
    """Missing arrays, other shapes and arrays of no layer, a line a layer, with the layer that may be meant."""
    net = network()
    params, state = trees(net.compile())
    params["second/conv2"] = params.pop("second/conv1")
    params["fc1"] = {"kernel": jnp.zeros((4, 9)), "bias": jnp.zeros(9)}
    state["first/bn1"] = {"mean": jnp.zeros(4), "Variance": jnp.ones(4)}
    save_weights(tmp_path / "w", params, state)
    with pytest.raises(MismatchError) as caught:
        load_weights(tmp_path / "w", net)
    assert str(caught.value).splitlines() == [
        f"{tmp_path / 'w'} does not fit Small",
        "  missing from the file: 2 arrays",
        "    state/first/bn1: variance 4",
        "    params/second/conv1: kernel 3x3x4x4",
        "  of another shape: 2 arrays",
        "    params/fc1: kernel 4x9 instead of 4x5, bias 9 instead of 5",
        "  not in Small: 2 arrays",
        "    params/second/conv2: kernel 3x3x4x4; did you mean `second/conv1`?",
        "    state/first/bn1: Variance 4",
        "skip=['first/bn1', 'second/conv1', 'fc1', 'second/conv2'] loads the other layers alone",
    ]


def test_another_network_is_named_and_its_lines_are_counted(tmp_path: Path) -> None:
    """A file of many other layers is refused in a message that can be read."""
    made = model()
    big = netspec.compile("resnet18")
    save_weights(tmp_path / "w", *trees(big), network=big)
    with pytest.raises(MismatchError) as caught:
        load_weights(tmp_path / "w", made)
    lines = str(caught.value).splitlines()
    assert lines[0] == f"{tmp_path / 'w'} (of ResNet-18) does not fit Small"
    assert lines[-1] == "    and 40 layers more"
    assert len(lines) < 40


def test_layers_are_left_out_for_transfer(tmp_path: Path) -> None:
    """With other classes, everything but the last layers is loaded, and a union puts one's own in their place."""
    old, new = model(), model(classes=9)
    trained, statistics = trees(old)
    params, state = trees(new, 1)
    save_weights(tmp_path / "w", trained, statistics)
    with pytest.raises(MismatchError, match="skip="):
        load_weights(tmp_path / "w", new, skip="fc1")
    loaded, _ = load_weights(tmp_path / "w", new, skip=["fc1", "early"])
    assert set(loaded) == {"first/conv1", "first/bn1", "second/conv1", "second/bn1"}
    both = params | loaded
    assert trees_equal(both["fc1"], params["fc1"])
    assert trees_equal(both["first/conv1"], trained["first/conv1"])
    assert new.apply(both, state, jnp.zeros((1, 8, 8, 3))).shape == (1, 9)


def test_layers_of_the_file_are_left_out_too(tmp_path: Path) -> None:
    """A trunk is loaded from a file that has more layers; a name that nothing has is refused."""
    made = model(CHAIN)
    params, state = trees(made)
    save_weights(tmp_path / "w", params | {"top/fc7": {"kernel": jnp.zeros((3, 3))}}, state)
    assert trees_equal(load_weights(tmp_path / "w", made, skip="top"), (params, {}))
    with pytest.raises(ValueError, match=r"nothing is called fcl1, .*; did you mean `fc1`"):
        load_weights(tmp_path / "w", made, skip=["top", "fcl1"])


def test_arrays_of_another_network_are_not_saved(tmp_path: Path) -> None:
    """With a network given they have to be its own; and they have to be arrays in dictionaries."""
    params, _ = trees(model())
    with pytest.raises(MismatchError, match="state lacks first/bn1/mean 4"):
        save_weights(tmp_path / "w", params, network=network())
    with pytest.raises(MismatchError, match="fc1 is no dictionary"):
        save_weights(tmp_path / "w", {"fc1": jnp.zeros(3)})  # type: ignore[dict-item]
    with pytest.raises(MismatchError, match="fc1/kernel is none"):
        save_weights(tmp_path / "w", {"fc1": {"kernel": 3}})  # type: ignore[dict-item]
    assert list(tmp_path.iterdir()) == []


def test_a_missing_file_is_named() -> None:
    """As Python names it."""
    with pytest.raises(FileNotFoundError, match=r"no/such\.safetensors"):
        load_weights("no/such.safetensors", model(CHAIN))


def test_the_same_weights_are_the_same_bytes(tmp_path: Path) -> None:
    """Written again, the file has no bit that differs; odd texts of one's own in it stay as they are."""
    made = model()
    own = trees(made)
    texts = {"odd": '"\\\b\x01\x1f\x7f\u2028\U0001f600', "b": "", "a": "x", "\n": "y", "d": "z"}
    for i in range(6):
        given = dict(list(texts.items())[:: 1 if i % 2 else -1])
        save_weights(tmp_path / str(i), *own, network=made, metadata=given)
    assert len({(tmp_path / str(i)).read_bytes() for i in range(6)}) == 1
    with safe_open(tmp_path / "0", framework="numpy") as file:
        metadata = file.metadata()
    assert {name: metadata[name] for name in texts} == texts
    assert trees_equal(load_weights(tmp_path / "0", made), own)
