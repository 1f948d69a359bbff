"""Checkpoints: what comes back is what was saved, bit for bit, or a finding."""

import json
import os
import shutil
import struct
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import ml_dtypes
import numpy as np
import optax
import pytest

from netspec.training.checkpoints import Checkpoints
from netspec.training.digest import digest
from netspec.training.faults import TrainError

PARAMS = {
    "conv1": {"kernel": np.linspace(-1, 1, 24, dtype=np.float32).reshape(2, 3, 4)},
    "fc": {"bias": np.zeros(3, np.float32)},
}


def small() -> dict[str, Any]:
    """A tree that is saved quickly."""
    return {"w": np.arange(6, dtype=np.float32), "step": np.array(7, np.int32)}


def bits(tree: Any) -> list[tuple[str, tuple[int, ...], bytes]]:
    """Type, shape and bytes of every leaf, random keys as their numbers."""
    found = []
    for leaf in jax.tree.leaves(tree):
        plain = jax.random.key_data(leaf) if jnp.issubdtype(leaf.dtype, jax.dtypes.prng_key) else leaf
        found.append((str(plain.dtype), plain.shape, np.asarray(plain).tobytes()))
    return found


def finding(do: Callable[[], object]) -> Any:
    """The one finding that a call ends with."""
    with pytest.raises(TrainError) as caught:
        do()
    (found,) = caught.value.findings
    return found


def sums(folder: Path) -> str:
    """The content of a folder's SHA256SUMS, computed here."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != "SHA256SUMS")
    return "".join(f"{sha256(p.read_bytes()).hexdigest()}  {p.relative_to(folder)}\n" for p in files)


@pytest.fixture
def checkpoints(tmp_path: Path) -> Checkpoints:
    """Of a run that has none yet."""
    return Checkpoints(tmp_path / "run" / "checkpoints")


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with checkpoints of the steps 10 and 20, not to be changed."""
    made = Checkpoints(tmp_path_factory.mktemp("run") / "checkpoints")
    made.save(10, small(), {"at": 10})
    made.save(20, small(), {"at": 20}, best=True)
    return made.folder


@pytest.fixture
def copied(two: Path, tmp_path: Path) -> Checkpoints:
    """A copy of those, to be damaged."""
    return Checkpoints(Path(shutil.copytree(two, tmp_path / "run" / "checkpoints")))


def test_a_digest_is_that_of_names_types_shapes_and_bytes() -> None:
    """The SHA-256 is the one of a line a leaf, in the order of the names, each followed by the leaf's bytes."""
    tree = {"b": np.array([1, 2], np.int32), "a": (np.float32(1.5) * np.ones((1, 2), np.float32),)}
    text = b'["a/0", "float32", [1, 2]]\n' + struct.pack("<2f", 1.5, 1.5)
    text += b'["b", "int32", [2]]\n' + struct.pack("<2i", 1, 2)
    assert digest(tree) == sha256(text).hexdigest()


def test_a_digest_tells_trees_apart_and_devices_not() -> None:
    """Names, types, shapes and single bits count; whether numpy or JAX holds the numbers does not."""
    tree = {"a": np.array([1.0, 2.0], np.float32), "b": np.array(0.0, np.float32)}
    assert digest(jax.tree.map(jnp.asarray, tree)) == digest(tree)
    others = [
        {"a": tree["a"], "c": tree["b"]},
        tree | {"a": tree["a"].astype(ml_dtypes.bfloat16)},
        tree | {"a": tree["a"].reshape(1, 2)},
        tree | {"b": np.array(-0.0, np.float32)},
        {"a": tree["a"]},
    ]
    assert len({digest(tree), *map(digest, others)}) == 6
    with pytest.raises(ValueError, match="same path"):
        digest({"a/b": tree["a"], "a": {"b": tree["a"]}})


def test_a_tree_comes_back_bit_for_bit(checkpoints: Checkpoints) -> None:
    """Every type, not-a-numbers with their payload, minus zero, named tuples, random keys and empty arrays."""
    odd = np.array([0x7FC00001, 0xFF800000, 0x80000000, 1], np.uint32).view(np.float32)
    tree = {
        "params": jax.tree.map(jnp.asarray, PARAMS),
        "optimizer": optax.adam(optax.constant_schedule(1e-3)).init(PARAMS),
        "keys": (jax.random.key(3), jax.random.split(jax.random.key(1, impl="rbg"), 2)),
        "odd": odd,
        "bfloat16": np.arange(5).astype(ml_dtypes.bfloat16),
        "float64": np.array([np.pi, -0.0, 5e-324]),
        "uint32": np.array([2**32 - 1], np.uint32),
        "bool": np.array([True, False]),
        "empty": np.zeros((0, 3), np.float32),
        "zeros": np.full((2, 2), -0.0, np.float32),
    }
    extra = {"best": 0.1 + 0.2, "list": [1, None, "é"], "nan": float("nan"), "nested": {"a": True}}
    path = checkpoints.save(5, tree, extra)
    restored = checkpoints.restore(tree)
    assert path.is_dir()
    assert restored.step == 5
    assert bits(restored.tree) == bits(tree)
    assert jax.tree.structure(restored.tree) == jax.tree.structure(tree)
    assert [type(leaf) for leaf in jax.tree.leaves(restored.tree)] == [type(x) for x in jax.tree.leaves(tree)]
    assert jax.random.key_impl(restored.tree["keys"][1]) == jax.random.key_impl(tree["keys"][1])
    assert repr(restored.extra) == repr(extra)
    assert digest(restored.tree) == digest(tree)


def test_a_tree_may_be_described_by_its_shapes(checkpoints: Checkpoints) -> None:
    """Shapes and types are enough to restore; the result is of numpy."""
    tree = jax.tree.map(jnp.asarray, PARAMS)
    checkpoints.save(1, tree, {})
    restored = checkpoints.restore(jax.eval_shape(lambda: tree)).tree
    assert bits(restored) == bits(tree)
    assert all(isinstance(leaf, np.ndarray) for leaf in jax.tree.leaves(restored))


def test_arrays_may_be_donated_while_they_are_saved(checkpoints: Checkpoints) -> None:
    """`save` copies before it returns: what a step then does with the buffers is not seen, and the step may do it."""
    tree = {"w": jnp.arange(1000, dtype=jnp.float32)}
    expected = bits(tree)
    checkpoints.save(1, tree, {}, wait=False)
    after = jax.jit(lambda t: jax.tree.map(lambda x: x * 0 - 1, t), donate_argnums=0)(tree)
    jax.block_until_ready(after)
    checkpoints.wait()
    like = {"w": jnp.zeros(1000)}
    restored = checkpoints.restore(like).tree
    assert bits(restored) == expected
    assert tree["w"].is_deleted()
    again = jax.jit(lambda t: jax.tree.map(lambda x: x + 1, t), donate_argnums=0)(restored)
    assert bits(checkpoints.restore(like).tree) == expected
    assert again["w"][0] == 1


def test_the_last_ones_and_the_best_one_stay(checkpoints: Checkpoints) -> None:
    """Of six checkpoints the last two and the newest that was marked as the best are kept."""
    for step in range(1, 7):
        checkpoints.save(step, small(), {}, best=step in {1, 3})
    assert checkpoints.steps() == (3, 5, 6)
    assert [checkpoints.restore(small(), **which).step for which in ({}, {"best": True}, {"step": 5})] == [
        6,
        3,
        5,
    ]


def test_a_step_saved_again_takes_the_place_of_the_first(checkpoints: Checkpoints) -> None:
    """The second one counts, and nothing of the first is left."""
    for time in range(3):
        checkpoints.save(4, small(), {"time": time})
    assert checkpoints.steps() == (4,)
    assert len(list(checkpoints.folder.iterdir())) == 1
    assert checkpoints.restore(small()).extra == {"time": 2}


def test_a_run_that_goes_on_from_an_earlier_step_cuts_the_later_ones(copied: Checkpoints) -> None:
    """After `cut` the later checkpoints are gone, and a best one with them."""
    copied.cut(10)
    assert copied.steps() == (10,)
    assert finding(lambda: copied.restore(small(), best=True)).code == "E501"


def test_what_is_not_there_is_said(checkpoints: Checkpoints, copied: Checkpoints) -> None:
    """No checkpoint at all, and no checkpoint of a step; the steps that there are, are named."""
    assert finding(lambda: Checkpoints(checkpoints.folder / "none").restore(small())).code == "E501"
    assert finding(lambda: Checkpoints(checkpoints.folder / "none").latest_good(small())).code == "E501"
    found = finding(lambda: copied.restore(small(), 15))
    assert (found.code, "10, 20" in found.message) == ("E501", True)


@pytest.mark.parametrize(
    "like",
    [
        {"w": np.zeros(7, np.float32), "step": np.array(0, np.int32)},
        {"w": np.zeros(6, np.float16), "step": np.array(0, np.int32)},
        {"v": np.zeros(6, np.float32), "step": np.array(0, np.int32)},
        {"step": np.array(0, np.int32)},
    ],
    ids=["shape", "type", "name", "fewer"],
)
def test_another_tree_is_refused(copied: Checkpoints, like: Any) -> None:
    """A sound checkpoint of other arrays is not damaged: the finding says which array differs, and how."""
    for do in (copied.restore, copied.latest_good):
        found = finding(lambda do=do: do(like))
        assert found.code == "E504"
        assert "w is float32[6]" in " ".join([found.message, *found.notes])


def _flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 4
    path.write_bytes(content)


def _link(path: Path) -> None:
    other = path.parents[3] / path.name
    path.rename(other)
    path.symlink_to(other)


DAMAGE = {
    "flip": _flip,
    "truncate": lambda path: path.write_bytes(path.read_bytes()[:-1]),
    "empty": lambda path: path.write_bytes(b""),
    "garbage": lambda path: path.write_bytes(b'{"a": [' + bytes(range(256))),
    "missing": Path.unlink,
    "link": _link,
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_damage_of_any_file_is_found(copied: Checkpoints, damage: Callable[[Path], object]) -> None:
    """Whatever happens to one file, the checkpoint is refused, a good one is named, and the run can go on from it."""
    whole = copied.folder / "20"
    for name in [path.relative_to(whole) for path in whole.rglob("*") if path.is_file()]:
        kept = Path(shutil.copytree(whole, copied.folder.parent / "kept", symlinks=True))
        damage(whole / name)
        found = finding(lambda: copied.restore(small()))
        assert (found.code, found.file) == ("E502", str(whole)), name
        assert "--step 10" in found.help
        restored, damaged = copied.latest_good(small())
        assert (restored.step, restored.extra) == (10, {"at": 10})
        assert [each.code for each in damaged] == ["E502"]
        shutil.rmtree(whole)
        kept.rename(whole)
    assert copied.restore(small()).step == 20


def test_more_files_than_there_were_are_damage(copied: Checkpoints) -> None:
    """A file that somebody put into a checkpoint is found, and so is a checkpoint that is a link or a file."""
    (copied.folder / "20" / "checkpoint").write_text("more")
    assert finding(lambda: copied.restore(small())).code == "E502"
    (copied.folder / "30").symlink_to(copied.folder / "10")
    assert finding(lambda: copied.restore(small())).code == "E502"
    (copied.folder / "40").write_text("no folder")
    assert finding(lambda: copied.restore(small())).code == "E502"
    restored, damaged = copied.latest_good(small())
    assert (restored.step, len(damaged)) == (10, 3)


def test_a_run_without_a_good_checkpoint_says_so(copied: Checkpoints) -> None:
    """Where all are damaged, each of them is told, and no step is offered."""
    for step in ("10", "20"):
        _flip(copied.folder / step / "manifest.ocdbt")
    with pytest.raises(TrainError) as caught:
        copied.latest_good(small())
    assert [(each.code, "begin a new run" in each.help) for each in caught.value.findings] == [
        ("E502", True)
    ] * 2


def test_a_best_one_that_cannot_be_told_is_not_guessed(copied: Checkpoints) -> None:
    """Where the last checkpoint does not say whether it is the best, an older one is not given in its place."""
    copied.save(30, small(), {})
    (copied.folder / "30" / "netspec.json").write_text("{}")
    assert finding(lambda: copied.restore(small(), best=True)).file == str(copied.folder / "30")


def _forged(folder: Path) -> None:
    """Make the sums agree with what is there."""
    (folder / "SHA256SUMS").write_text(sums(folder))


def test_the_sums_are_what_sha256sum_writes(two: Path) -> None:
    """Every file is listed with its sum, in the form that other tools check."""
    assert (two / "20" / "SHA256SUMS").read_text() == sums(two / "20")


def test_other_numbers_under_a_forged_sum_are_found(copied: Checkpoints, tmp_path: Path) -> None:
    """Arrays of the right shapes that do not have the record's digest are refused."""
    other = Checkpoints(tmp_path / "other")
    path = other.save(20, {"w": np.ones(6, np.float32), "step": np.array(7, np.int32)}, {})
    shutil.copy(copied.folder / "20" / "netspec.json", path)
    _forged(path)
    found = finding(lambda: other.restore(small()))
    assert (found.code, "digest" in found.message) == ("E502", True)


def test_an_array_in_giant_pieces_is_not_read(copied: Checkpoints) -> None:
    """A forged array whose one piece would take gigabytes is refused before memory is taken for it."""
    import tensorstore

    folder = copied.folder / "20"
    store = tensorstore.KvStore.open({"driver": "ocdbt", "base": f"file://{folder}/"}).result()
    described = json.loads(store["w/.zarray"])
    store["w/.zarray"] = json.dumps(described | {"chunks": [2**40]}).encode()
    _forged(folder)
    found = finding(lambda: copied.restore(small()))
    assert (found.code, "pieces" in found.message) == ("E502", True)


@pytest.mark.parametrize("text", ["[" * 100_000, "{}", '{"tree_metadata": {}}', "\x00"])
def test_forged_descriptions_are_damage(copied: Checkpoints, text: str) -> None:
    """Whatever orbax makes of a forged description, it ends as a finding."""
    (copied.folder / "20" / "_METADATA").write_text(text)
    _forged(copied.folder / "20")
    assert finding(lambda: copied.restore(small())).code in {"E502", "E504"}


@contextmanager
def file_limit(limit_bytes: int) -> Iterator[None]:
    """No file of this process grows beyond the limit."""
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit_bytes, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_full_disk_leaves_the_older_ones(copied: Checkpoints) -> None:
    """A checkpoint for which there is no room is refused, nothing of it is left, and the next one is saved again."""
    with file_limit(4096):
        found = finding(lambda: copied.save(30, small(), {}))
    assert found.code == "E503"
    assert "step 20" in found.notes[0]
    assert sorted(path.name for path in copied.folder.iterdir()) == ["10", "20"]
    assert copied.restore(small()).step == 20
    with file_limit(4096):
        copied.save(30, small(), {}, wait=False)
        assert finding(copied.wait).code == "E503"
    copied.save(30, small(), {})
    assert copied.steps() == (10, 20, 30)[-2:]


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    """Where a file stands in the way, the finding says so."""
    (tmp_path / "checkpoints").write_text("")
    found = finding(lambda: Checkpoints(tmp_path / "checkpoints").save(1, small(), {}))
    assert (found.code, found.notes) == ("E503", ("there is no older one",))


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_may_not_be_written_is_said(copied: Checkpoints) -> None:
    """Without permission nothing is saved and nothing is lost."""
    copied.folder.chmod(0o500)
    try:
        assert finding(lambda: copied.save(30, small(), {})).code == "E503"
    finally:
        copied.folder.chmod(0o700)
    assert copied.restore(small()).step == 20


def test_what_a_killed_save_left_is_no_checkpoint(copied: Checkpoints) -> None:
    """Unfinished folders are passed over, the next save removes them, and other files stay."""
    left = [".30.orbax-checkpoint-tmp", ".30", ".10.old", ".30-2"]
    for name in left:
        shutil.copytree(copied.folder / "10", copied.folder / name)
    (copied.folder / ".notes").write_text("mine")
    assert copied.steps() == (10, 20)
    copied.save(30, small(), {})
    assert sorted(path.name for path in copied.folder.iterdir()) == [".notes", "20", "30"]


PROLOGUE = """
import os, sys, signal
from pathlib import Path
import numpy as np
from netspec.training import stored
from netspec.training.checkpoints import Checkpoints
from netspec.training.faults import TrainError
tree = {"w": np.arange(6, dtype=np.float32), "step": np.array(7, np.int32)}
checkpoints = Checkpoints(Path(sys.argv[1]))
"""


def alone(program: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """A program in a process of its own, in which warnings are errors."""
    env = os.environ | {"PYTHONWARNINGS": "error", "JAX_PLATFORMS": "cpu"}
    command = [sys.executable, "-c", PROLOGUE + program, str(folder)]
    return subprocess.run(command, capture_output=True, text=True, env=env, timeout=100, check=False)


def test_a_save_that_is_killed_leaves_the_older_ones(copied: Checkpoints) -> None:
    """SIGKILL between the arrays and the rest: the older checkpoints are whole, and the next save goes well."""
    done = alone(
        "stored._sums = lambda folder: os.kill(os.getpid(), signal.SIGKILL)\ncheckpoints.save(30, tree, {})",
        copied.folder,
    )
    assert done.returncode == -9, done.stderr
    assert ".30" in {path.name for path in copied.folder.iterdir()}
    assert copied.steps() == (10, 20)
    restored, damaged = copied.latest_good(small())
    assert (restored.step, damaged) == (20, ())
    copied.save(30, small(), {})
    assert copied.steps() == (20, 30)
    assert not [path for path in copied.folder.iterdir() if path.name.startswith(".")]


def test_checkpoints_are_quiet_and_load_orbax_late(copied: Checkpoints) -> None:
    """Nothing is printed or logged, not even where the disk is full, and orbax is loaded by the first save."""
    done = alone(
        """
import resource
assert "orbax" not in sys.modules
checkpoints.save(30, tree, {})
checkpoints.restore(tree)
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))
try:
    checkpoints.save(40, tree, {})
except TrainError as error:
    assert "too large" in str(error), error
else:
    raise AssertionError
""",
        copied.folder,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_write_that_fails_within_orbax_is_a_finding_too(copied: Checkpoints) -> None:
    """Where the room was there at first and is gone while orbax writes, the cause is told as the system tells it."""
    done = alone(
        """
import resource
stored._reserve = lambda path, size: None
big = {"w": np.random.default_rng(0).normal(size=20_000)}
resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, resource.RLIM_INFINITY))
try:
    checkpoints.save(40, big, {})
except TrainError as error:
    print(error.findings[0].code, error, os.listdir(sys.argv[1]))
""",
        copied.folder,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("E503 the checkpoint of step 40 cannot be written: File too large")
    assert copied.steps() == (10, 20)
    assert copied.restore(small()).step == 20
