"""A hash of what a network computes: the same however it is written, another where any field differs."""

import json
from collections.abc import Iterator
from hashlib import sha256
from typing import Any, Final

from netspec.graph.node import INPUT, Graph
from netspec.language.spec import Input

_FORM: Final = "netspec graph 1"
"""The form that is hashed; a new one gives every network a new hash."""


def canonical_hash(given: Input, graph: Graph) -> str:
    """SHA-256, in hex, of the input with its preprocessing and of every layer that an output depends on.

    Layers are numbered as a walk from the outputs finds them, and each is written as kind, fields, the numbers of
    its inputs and of the layer it shares parameters with. Names, blocks, repeats, variables and layout are not part
    of it; neither are training, budget, and layers that no output needs.
    """
    digest = sha256(_FORM.encode())
    for line in _lines(given, graph):
        digest.update(b"\n" + line.encode())
    return digest.hexdigest()


def _lines(given: Input, graph: Graph) -> Iterator[str]:
    yield _written(given.model_dump())
    numbers: dict[int, int] = {INPUT: INPUT}
    for index in _from_outputs(graph):
        node = graph.nodes[index]
        numbers[index] = len(numbers) - 1
        shares = None if node.shares is None else numbers[node.shares]
        yield _written([node.kind, node.layer.model_dump(), [numbers[i] for i in node.inputs], shares])
    for output in graph.outputs:
        yield _written([numbers[output.index], output.loss_weight])


def _from_outputs(graph: Graph) -> Iterator[int]:
    """Every needed node after what it needs; inputs in their order, and the owner of shared parameters last."""
    done = {INPUT}
    pending = [output.index for output in reversed(graph.outputs)]
    while pending:
        index = pending[-1]
        if index in done:
            pending.pop()
            continue
        node = graph.nodes[index]
        needed = [*node.inputs, *([] if node.shares is None else [node.shares])]
        missing = [i for i in needed if i not in done]
        if missing:
            pending.extend(reversed(missing))
        else:
            done.add(index)
            pending.pop()
            yield index


def _written(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"))
