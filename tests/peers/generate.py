"""Write tests/golden/peers.json: what PyTorch, XLA and Keras count and compute, for tests without them.

`make golden-peers` runs this where the extra `peers` is installed; read the difference before committing it.
"""
# ruff: noqa: T201  a script

import json
import sys
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

TESTS: Final = Path(__file__).parents[1]
sys.path.insert(0, str(TESTS))

from peers import torch_layers, torch_steps, xla  # noqa: E402
from peers.keras_nets import count  # noqa: E402
from peers.keras_specs import NETS  # noqa: E402
from peers.random_layers import CONTRACTIONS, Drawn, layers  # noqa: E402
from peers.whole_specs import SMALL, told  # noqa: E402

PATH: Final = TESTS / "golden" / "peers.json"
SEED: Final = 2012
EACH: Final = 60
"""Layers of each kind; other ones than the tests with these libraries draw."""


def layer(drawn: Drawn) -> dict[str, Any]:
    """A layer, and what PyTorch and XLA say of it."""
    node = drawn.node
    peer, x = torch_layers.module(node), node.input_shapes[0]
    return {
        "input": drawn.input,
        "arrow": drawn.arrow,
        "torch_parameters": torch_layers.trained(peer),
        "torch_macs": torch_layers.macs(peer, x.channels, *x.spatial),
        "xla_flops": sum(xla.of_node(node)),
    }


def network(target: str, application: str) -> dict[str, Any]:
    """A bundled spec, and what Keras and PyTorch say of the network of that name."""
    return {"spec": target, "application": application} | count(application)._asdict()


def descent(name: str) -> dict[str, Any]:
    """A step of gradient descent in PyTorch, of a small network."""
    return {"network": name} | told(torch_steps.step(SMALL[name], "float64"))


def lines(entries: list[dict[str, Any]]) -> str:
    """One entry a line, so that a difference can be read."""
    return ",\n".join(f"    {json.dumps(entry)}" for entry in entries)


def parts() -> Iterator[str]:
    """The parts of the file."""
    made_with = {name: version(name).partition("+")[0] for name in ("jax", "keras", "torch")}
    yield f'  "made_with": {json.dumps(made_with)}'
    drawn = layers(*CONTRACTIONS, seed=SEED, count=EACH)
    yield f'  "layers": [\n{lines([layer(one) for one in drawn])}\n  ]'
    yield f'  "networks": [\n{lines([network(*names) for names in NETS.items()])}\n  ]'
    yield f'  "steps": [\n{lines([descent(name) for name in SMALL])}\n  ]'


def main() -> None:
    """Write the file."""
    text = "{\n" + ",\n".join(parts()) + "\n}\n"
    json.loads(text)
    PATH.write_text(text, encoding="utf-8")
    print(f"wrote {PATH}")


if __name__ == "__main__":
    main()
