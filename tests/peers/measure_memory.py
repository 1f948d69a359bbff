"""Asks XLA what a training step and an inference need: `python tests/peers/measure_memory.py [SPEC ...]`.

Every case is lowered and compiled, never run, and what `memory_analysis` says goes to
tests/golden/xla_memory.json. Cases that are there already are left alone; `--all` measures them anew.
"""
# ruff: noqa: T201  a script, and jax is what it asks

import json
import re
import sys
from collections.abc import Iterator
from math import prod
from pathlib import Path
from typing import Any, Final

HERE: Final = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

import jax  # noqa: E402
import jax.numpy as jnp  # noqa: E402
from peers import jax_net  # noqa: E402

from netspec.checking import check  # noqa: E402
from netspec.graph.node import Graph  # noqa: E402

GOLDEN: Final = HERE.parent / "golden" / "xla_memory.json"

BATCHES: Final[dict[str, tuple[int, ...]]] = {
    "lenet5": (16, 128, 1024),
    "lenet5_1998": (16, 128),
    "alexnet": (4, 32, 128),
    "zfnet": (4, 32, 128),
    "vgg16": (1, 8, 32),
    "googlenet": (2, 16, 64),
    "resnet50": (2, 8, 32),
    "mobilenet": (2, 16, 64),
    "unet size=252": (1, 4),
    "unet@padded size=128": (1, 8),
    "resnet18": (2, 16),
    "resnet_cifar": (16, 128),
    "densenet121": (2, 16),
    "squeezenet": (4, 32),
    "xception": (2, 16),
    "inception_v3": (2, 16),
    "efficientnet_b0": (2, 16),
    "convnext_t": (2, 16),
    "nin": (16, 128),
    "alphago": (16, 128),
    "dcgan": (16, 128),
    "espcn size=64": (4, 32),
    "c3d": (1, 8),
    "dilated": (1,),
    "keras_mnist": (16, 128),
    "keyword_spotting": (16, 128),
    "kim_text": (10, 50),
}
"""The specs, with variant and settings, and the batches they are measured at."""

WHOLE: Final = "inference without YNNPACK"
"""Where XLA hands a whole stretch of a network to YNNPACK, the arrays in there are not XLA's, and it counts none."""

MORE: Final[tuple[dict[str, Any], ...]] = (
    {"spec": "vgg16", "mode": "sgd", "batch": 8},
    {"spec": "vgg16", "mode": "adam", "batch": 8},
    {"spec": "resnet50", "mode": "sgd", "batch": 8},
    {"spec": "resnet50", "mode": "adam", "batch": 8},
    {"spec": "mobilenet", "mode": "adam", "batch": 16},
    {"spec": "kim_text", "mode": "sgd", "batch": 50},
    {"spec": "kim_text", "mode": "adam", "batch": 50},
    {"spec": "resnet50@101", "mode": "momentum", "batch": 4},
    {"spec": "alexnet@one-tower", "mode": "momentum", "batch": 16},
    {"spec": "mobilenet@0.5", "mode": "momentum", "batch": 8},
    {"spec": "dcgan@paper", "mode": "momentum", "batch": 32},
)
"""Other optimizers than momentum, and variants."""


def cases() -> Iterator[dict[str, Any]]:
    """Everything that is to be measured."""
    for spec, batches in BATCHES.items():
        for batch in batches:
            for mode in ("momentum", "inference", WHOLE):
                yield {"spec": spec, "mode": mode, "batch": batch}
    yield from MORE


def load(target: str) -> Graph:
    """The graph of `name[@variant] [variable=value ...]`."""
    name, *settings = target.split()
    graph = check(name, settings=dict(text.split("=", 1) for text in settings)).graph
    assert graph is not None, target
    return graph


def compiled(graph: Graph, mode: str, batch: int) -> Any:
    """The executable of one step, or of inference."""
    params, state, old, x, labels, key = jax_net.step_arguments(
        graph, batch, mode if mode in ("sgd", "momentum", "adam") else "sgd", jnp.float32
    )
    if mode.startswith("inference"):
        infer = jax.jit(lambda p, s, x: jax_net.apply(graph, p, s, x)[0])
        options = {"xla_cpu_experimental_ynn_fusion_type": ""} if mode == WHOLE else {}
        return infer.lower(params, state, x).compile(compiler_options=options)
    return jax_net.train_step(graph, mode).lower(params, state, old, x, labels, key).compile()


def measured(case: dict[str, Any]) -> dict[str, Any]:
    """The case with XLA's figures, in bytes."""
    executable = compiled(load(case["spec"]), case["mode"], case["batch"])
    found = executable.memory_analysis()
    return case | {
        "hidden_bytes": hidden(executable.as_text()),
        "arguments_bytes": found.argument_size_in_bytes,
        "outputs_bytes": found.output_size_in_bytes,
        "aliased_bytes": found.alias_size_in_bytes,
        "temporaries_bytes": found.temp_size_in_bytes,
        "code_bytes": found.generated_code_size_in_bytes,
    }


def hidden(text: str) -> int:
    """The largest product or pool inside a call of YNNPACK, which XLA does not count, in bytes of float32."""
    calls = set(re.findall(r"calls=%([\w.\-]+),.*__ynn_fusion", text))
    largest = 0
    for name, body in re.findall(r"^%([\w.\-]+) \(.*?\{\n(.*?)^\}", text, re.MULTILINE | re.DOTALL):
        inside = re.findall(
            r"^  %\S+ = f32\[([\d,]*)\]\S* (?:convolution|dot|reduce-window)\(", body, re.MULTILINE
        )
        sizes = [4 * prod(map(int, shape.split(","))) for shape in inside if shape]
        largest = max([largest, *sizes]) if name in calls else largest
    return largest


def known(case: dict[str, Any], old: list[dict[str, Any]]) -> dict[str, Any] | None:
    """The case as it was measured before, if it was."""
    return next((one for one in old if case.items() <= one.items()), None)


def main(arguments: list[str]) -> None:
    """Measure what is asked for, or what is missing, and write the file after each case."""
    before = json.loads(GOLDEN.read_text(encoding="utf-8"))["cases"] if GOLDEN.exists() else []
    wanted = [name for name in arguments if not name.startswith("--")]
    found: list[dict[str, Any]] = []
    for case in cases():
        again = "--all" in arguments or case["spec"].split()[0] in wanted
        old = known(case, before)
        if old is None or again:
            old = measured(case)
            print(old, flush=True)
        found.append(old)
        write(found + [one for one in before if known(one, found) is None])
    write(found)


def write(found: list[dict[str, Any]]) -> None:
    """Put the cases into the golden file, one a line."""
    lines = ",\n".join("    " + json.dumps(one) for one in found)
    head = f'"jax": "{jax.__version__}",\n  "backend": "cpu",\n  "cases": [\n{lines}\n  ]'
    GOLDEN.parent.mkdir(exist_ok=True)
    GOLDEN.write_text("{\n  " + head + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
