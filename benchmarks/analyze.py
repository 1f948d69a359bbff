"""How long an analysis takes from a cold start, and how much memory: by itself, and beside tools for the same job.

Run it as `python benchmarks/analyze.py`, with `--no-peers` for netspec alone. It prints what stands in
docs/performance.md. A peer that is not installed is left out and named.
"""

import sys
import tempfile
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from large_specs import arrow_spec, yaml_spec
from processes import ROOT, table, take_turns

ROUNDS = 15
ROUNDS_BESIDE_PEERS = 5
LAYERS = 10_000
LIBRARIES = "import typer, pydantic.main, yaml, lark"
VGG16 = "netspec analyze vgg16.yaml"
ALONE = {
    "python -c pass": ["-c", "pass"],
    f"python -c '{LIBRARIES}'": ["-c", LIBRARIES],
    "netspec check vgg16.yaml": ["-m", "netspec", "check", "specs/vgg16.yaml"],
    VGG16: ["-m", "netspec", "analyze", "specs/vgg16.yaml"],
    "netspec analyze resnet50@152": ["-m", "netspec", "analyze", "resnet50@152"],
}
FRAMEWORKS = ("torch", "jax")
PEERS = {
    "torch": ("PyTorch, its counter of FLOPs", "flop_counter"),
    "torchinfo": ("torchinfo", "torchinfo_table"),
    "fvcore": ("fvcore", "fvcore_table"),
    "keras": ("Keras on JAX, `summary`", "keras_summary"),
    "flax": ("flax.linen, `tabulate`", "flax_linen_table"),
    "flax.nnx": ("flax.nnx, `tabulate`", "flax_nnx_table"),
}
"""By the module that has to be there: what is measured, and the script in `peers/` that does it."""


def alone(folder: Path) -> str:
    """The table of netspec by itself."""
    commands = dict(ALONE)
    for notation, text in (("arrow notation", arrow_spec(LAYERS)), ("structured YAML", yaml_spec(LAYERS))):
        path = folder / f"{notation.partition(' ')[0]}.yaml"
        path.write_text(text, encoding="utf-8")
        name = f"netspec analyze, {LAYERS:,} layers in {notation}"
        commands[name] = ["-m", "netspec", "analyze", str(path)]
    return table(take_turns(commands, ROUNDS), VGG16)


def beside_peers() -> str:
    """The table of netspec and of the peers that are installed, and who is not."""
    here = [name for name in PEERS if find_spec(name.partition(".")[0])]
    commands = {VGG16: ALONE[VGG16]}
    for name in filter(find_spec, FRAMEWORKS):
        commands[f"python -c 'import {name}'"] = ["-c", f"import {name}"]
    for name in here:
        shown, script = PEERS[name]
        commands[_dated(name, shown)] = [str(ROOT / "benchmarks" / "peers" / f"{script}.py")]
    missing = [f"not installed, so not measured: {name}" for name in PEERS if name not in here]
    return "\n".join([table(take_turns(commands, ROUNDS_BESIDE_PEERS), VGG16), *missing])


def _dated(name: str, shown: str) -> str:
    """A peer with its version and that of what it runs on."""
    package = name.partition(".")[0]
    base = {"torchinfo": "torch", "fvcore": "torch", "keras": "jax", "flax": "jax"}.get(package)
    on = f", {base} {version(base)}" if base else ""
    return f"{shown} ({package} {version(package)}{on})"


if __name__ == "__main__":
    print(f"netspec alone, {ROUNDS} rounds\n")
    with tempfile.TemporaryDirectory() as name:
        print(alone(Path(name)))
    if "--no-peers" not in sys.argv[1:]:
        print(f"\nVGG-16 in each tool, {ROUNDS_BESIDE_PEERS} rounds\n")
        print(beside_peers())
