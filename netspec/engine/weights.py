"""Weights as safetensors files: arrays by `params/LAYER/NAME` and `state/LAYER/NAME`; no code is in such a file."""

from collections.abc import Iterable, Mapping
from os import PathLike, fspath
from typing import Any, Protocol

from netspec.analysis.identity import canonical_hash
from netspec.engine.checks import MismatchError, check_trees
from netspec.engine.initialize import Tree, owned
from netspec.engine.matching import Wanted, compared, layer_of, part_of
from netspec.engine.model import Model
from netspec.engine.precision import PRECISIONS, Precision
from netspec.engine.weights_file import converted, opened, written
from netspec.graph.node import Graph
from netspec.language.nearest import did_you_mean
from netspec.language.spec import Spec


class Network(Protocol):
    """What is needed of a checked network (`netspec.Network`)."""

    @property
    def name(self) -> str:
        """Its name."""

    @property
    def spec(self) -> Spec:
        """What was written."""

    @property
    def graph(self) -> Graph:
        """Its layers."""


def save_weights(
    path: str | PathLike[str],
    params: Tree,
    state: Tree | None = None,
    *,
    network: Model | Network | None = None,
    metadata: Mapping[str, str] | None = None,
) -> None:
    """Write a network's arrays into a safetensors file.

    A file that is there is replaced, once the new one is complete: a fault or a power cut on the way leaves the old one.

    Args:
        path: The file, by custom with the ending `.safetensors`.
        params: As `Model.init` and training give them: `{layer: {array's name: array}}`.
        state: Running statistics and arrays that are not trained; needed where the network has them.
        network: The arrays are held against this network or model, and its name is written down; of a network also
            the `hash` that `analyze` gives.
        metadata: Texts of your own to be kept in the file, such as the accuracy.

    Raises:
        MismatchError: The arrays are not the network's, or not in that form.
        OSError: The file cannot be written.
    """
    if network is not None:
        check_trees(network.graph, params, state or {})
    arrays = {**_flat("params", params), **_flat("state", state or {})}
    written(path, arrays, {**(metadata or {}), **_described(network)})


def _flat(part: str, tree: Mapping[str, Any]) -> dict[str, Any]:
    arrays = {}
    for layer, own in tree.items():
        if not isinstance(own, Mapping):
            raise MismatchError(f"{part} is to be {{layer: {{name: array}}}}, and {layer} is no dictionary")
        for name, value in own.items():
            if "/" in name or not hasattr(value, "dtype"):
                raise MismatchError(f"{part} is to be {{layer: {{name: array}}}}, and {layer}/{name} is none")
            arrays[f"{part}/{layer}/{name}"] = value
    return arrays


def _described(network: Model | Network | None) -> dict[str, str]:
    if network is None:
        return {}
    named = {"netspec.network": network.name}
    if isinstance(network, Model) or network.spec.input is None:  # preprocessing is part of the hash
        return named
    return named | {"netspec.hash": canonical_hash(network.spec.input, network.graph)}


def load_weights(
    path: str | PathLike[str],
    network: Model | Network,
    *,
    skip: str | Iterable[str] = (),
    cast: bool = False,
) -> tuple[Tree, Tree]:
    """The parameters and the state of a network from a safetensors file, as `Model.init` gives them.

    Names, shapes and types have to be the network's; all differences are told at once. Numbers are converted to the type
    of the model (of a network: its spec's `train: precision`) where that loses nothing, as from bfloat16 to float32.
    For transfer learning, `skip` leaves layers out of what is returned; the union with your own has them all:

        >>> params, state = model.init(key)
        >>> trained, statistics = netspec.load_weights("resnet50.safetensors", model, skip="fc")
        >>> params, state = params | trained, state | statistics

    Args:
        path: The file. It may come from anywhere: nothing in it is run, and values are not judged.
        network: A model or a checked network.
        skip: Layers or blocks, of the network or of the file, that are not loaded.
        cast: Convert numbers to a type with fewer digits too, as from float32 to bfloat16.

    Raises:
        MismatchError: The file holds another network's arrays; the message lists the differences.
        WeightsError: No weights can be read from the file.
        OSError: There is no file, or it may not be read.
        ValueError: `skip` names what neither the network nor the file has.
    """
    left_out = (skip,) if isinstance(skip, str) else tuple(skip)
    with opened(path) as file:
        wanted = _wanted(network)
        _check_skipped(left_out, [*(w.layer for w in wanted.values()), *map(layer_of, file.entries)])
        entries = {name: e for name, e in file.entries.items() if not _within(layer_of(name), left_out)}
        wanted = {name: w for name, w in wanted.items() if not _within(w.layer, left_out)}
        holds = file.metadata.get("netspec.network", "")
        faults = compared(wanted, entries, cast=cast)
        if faults:
            raise MismatchError(faults.message(fspath(path), holds, network.name))
        trees: dict[str, Tree] = {"params": {}, "state": {}}
        for name, w in wanted.items():
            own = trees[part_of(name)].setdefault(w.layer, {})
            own[w.parameter] = converted(file.array(name), w.dtype)
    return trees["params"], trees["state"]


def _wanted(network: Model | Network) -> dict[str, Wanted]:
    """Every array of a network by its name in a file, in the order of the layers."""
    precision = network.precision if isinstance(network, Model) else _precision(network.spec)
    found = {}
    for node, array in owned(network.graph):
        part, dtype = ("params", precision.params) if array.trainable else ("state", precision.statistics)
        found[f"{part}/{node.name}/{array.name}"] = Wanted(node.name, array.name, array.shape, dtype)
    return found


def _precision(spec: Spec) -> Precision:
    return PRECISIONS[spec.train.precision if spec.train else "float32"]


def _within(layer: str, blocks: tuple[str, ...]) -> bool:
    return any(layer == block or layer.startswith(f"{block}/") for block in blocks)


def _check_skipped(skip: tuple[str, ...], layers: list[str]) -> None:
    for name in skip:
        if not any(_within(layer, (name,)) for layer in layers):
            hint = did_you_mean(name, dict.fromkeys(layers))
            raise ValueError(f"nothing is called {name}, in the network or in the file{hint and f'; {hint}'}")
