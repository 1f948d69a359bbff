"""A step of gradient descent in PyTorch, with arrays given and read as netspec's: by layer, channels last."""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import torch
from peers import torch_nets
from peers.whole_specs import RATE, Outcome, Tree, Values, Whole, examples, numbers
from torch import Tensor, nn
from torch.nn import functional

from netspec.graph.node import Graph, Node

TENSORS: Final = {
    "kernel": "weight",
    "bias": "bias",
    "scale": "weight",
    "offset": "bias",
    "mean": "running_mean",
    "variance": "running_var",
}
"""What PyTorch calls netspec's arrays."""
MOMENTUM: Final = 0.9
"""netspec's, the part of the running statistics that is kept; PyTorch's is one minus this."""


def module(whole: Whole) -> nn.Module:
    """PyTorch's network."""
    made: nn.Module = getattr(torch_nets, whole.builder)(**whole.options)
    return made


def step(whole: Whole, dtype: str) -> Outcome:
    """Inference, a step of gradient descent on the sum of all heads' cross-entropies, and inference again."""
    graph, kind = whole.network.graph, getattr(torch, dtype)
    params, state = numbers(graph)
    x, labels = examples(graph, whole.batch)
    images, ids = torch.as_tensor(x, dtype=kind).movedim(-1, 1), torch.as_tensor(labels)
    net = module(whole).to(kind)
    owners = _owners(graph, net)
    _put(owners, params, state)
    inferred = _infer(net, images)
    counts = _counts(net)
    outputs = _all(net.train()(images))
    costs = [functional.cross_entropy(output, ids) for output in outputs]
    loss = sum(cost * output.loss_weight for cost, output in zip(costs, graph.outputs, strict=True))
    loss.backward()  # type: ignore[union-attr]
    gradients = _read(owners, lambda tensor: tensor.grad)
    torch.optim.SGD(net.parameters(), lr=RATE).step()
    after = _read(owners, lambda tensor: tensor.data), _statistics(owners, state, counts)
    _put(owners, *after)  # with the biased variances
    return Outcome(inferred, [_last(y) for y in outputs], loss.item(), gradients, *after, _infer(net, images))  # type: ignore[union-attr]


def _all(outputs: Any) -> tuple[Tensor, ...]:
    return outputs if isinstance(outputs, tuple) else (outputs,)


def _last(output: Tensor) -> Values:
    """Channels last."""
    return output.detach().movedim(1, -1).numpy()


def _infer(net: nn.Module, images: Tensor) -> Values:
    net.eval()
    with torch.no_grad():
        return _last(_all(net(images))[0])


def _owners(graph: Graph, net: nn.Module) -> list[tuple[Node, nn.Module]]:
    """Layers with arrays beside PyTorch's modules with arrays, both in order."""
    nodes = [node for node in graph if node.parameters]
    modules = [m for m in net.modules() if next(m.parameters(recurse=False), None) is not None]
    return list(zip(nodes, modules, strict=True))


def _put(owners: list[tuple[Node, nn.Module]], params: Tree, state: Tree) -> None:
    for node, owner in owners:
        if isinstance(owner, nn.BatchNorm2d):
            owner.momentum = 1 - MOMENTUM
        for name, value in (params.get(node.name, {}) | state.get(node.name, {})).items():
            tensor = getattr(owner, TENSORS[name])
            given = torch.as_tensor(np.ascontiguousarray(_as_torch(node, name, value)))
            assert tensor.shape == given.shape, (node.name, name)
            tensor.data.copy_(given)


def _read(owners: list[tuple[Node, nn.Module]], what: Any) -> Tree:
    return {
        node.name: {
            p.name: _as_netspec(node, p.name, what(getattr(owner, TENSORS[p.name])).numpy())
            for p in node.parameters
            if p.trainable
        }
        for node, owner in owners
    }


def _as_torch(node: Node, name: str, value: Values) -> Values:
    """Kernels `[*taps, in, out]` as `[out, in, *taps]`, those of stamps as `[in, out, *taps]`."""
    if name != "kernel":
        return value
    if node.kind == "fc":
        return value.reshape(*_read_map(node), -1).transpose(3, 2, 0, 1).reshape(value.shape[::-1])
    return value.transpose(2, 3, 0, 1) if node.kind == "upconv" else value.transpose(3, 2, 0, 1)


def _as_netspec(node: Node, name: str, value: Values) -> Values:
    """The other way round."""
    if name != "kernel":
        return value
    if node.kind == "fc":
        rows, columns, channels = _read_map(node)
        by_channel = value.reshape(-1, channels, rows, columns)
        return by_channel.transpose(2, 3, 1, 0).reshape(value.shape[::-1])
    return value.transpose(2, 3, 0, 1) if node.kind == "upconv" else value.transpose(2, 3, 1, 0)


def _read_map(node: Node) -> tuple[int, ...]:
    """The map that a fully connected layer reads: PyTorch flattens it channels first."""
    sizes = node.input_shapes[0].sizes
    return sizes if len(sizes) == 3 else (1, 1, *sizes)


def _counts(net: nn.Module) -> dict[nn.Module, int]:
    """How many values each batch norm averages over; filled by the next pass."""
    counts: dict[nn.Module, int] = {}

    def count(owner: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        counts[owner] = inputs[0].numel() // inputs[0].shape[1]

    for owner in net.modules():
        if isinstance(owner, nn.BatchNorm2d):
            owner.register_forward_pre_hook(count)
    return counts


def _statistics(
    owners: list[tuple[Node, nn.Module]], before: Mapping[str, Any], counts: dict[nn.Module, int]
) -> Tree:
    """The new running statistics; PyTorch's variance is the unbiased one, n/(n - 1) times that of the batch."""
    found: Tree = {}
    for node, owner in owners:
        if isinstance(owner, nn.BatchNorm2d):
            kept = MOMENTUM * before[node.name]["variance"]
            unbiased = owner.running_var.numpy() - kept  # type: ignore[union-attr]
            n = counts[owner]
            found[node.name] = {
                "mean": owner.running_mean.numpy().copy(),  # type: ignore[union-attr]
                "variance": kept + unbiased * (n - 1) / n,
            }
    return found
