"""A checked network printed as a spec again: fully expanded, in structured YAML or in arrow notation."""

from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, Final

from netspec.graph.node import INPUT, Graph, Node, Output
from netspec.language.spec import Input, Spec
from netspec.language.writing import argument, inline, text
from netspec.layers.base import Layer, dims

_WIDTH: Final = 96


def structured(spec: Spec, graph: Graph) -> str:
    """The spec as structured YAML: every default written out, every block and repeat unrolled, every layer named."""
    return "".join(f"{line}\n" for line in _document(spec, graph, _structured_network))


def arrows(spec: Spec, graph: Graph) -> str:
    """The spec with its network in arrow notation; defaults and automatic names are left out."""
    return "".join(f"{line}\n" for line in _document(spec, graph, _arrow_network))


def _document(spec: Spec, graph: Graph, network: Any) -> Iterator[str]:
    yield "netspec: 1"
    for key, value in (("name", spec.name), ("source", spec.source)):
        if value:
            yield f"{key}: {text(value)}"
    if spec.input:
        yield f"input: {_input(spec.input)}"
    yield from network(graph, graph.outputs[0], "")
    if len(graph.outputs) > 1:
        yield "heads:"
        for head in graph.outputs[1:]:
            yield f"  {head.name}:"
            yield f"    from: {_name(graph, head.origin)}"
            yield from network(graph, head, "    ")
            yield f"    loss_weight: {head.loss_weight}"
    yield from _settings(spec)


def _settings(spec: Spec) -> Iterator[str]:
    if spec.budget:
        limits = spec.budget.model_dump(exclude_none=True)
        yield f"budget: {inline({key: _quantity(value) for key, value in limits.items()})}"
    if spec.train:
        from netspec.language.train import train_as_plain  # noqa: PLC0415  only for specs that train

        yield "train:"
        yield from (f"  {key}: {inline(value)}" for key, value in train_as_plain(spec.train).items())
    if spec.allow:
        yield f"allow: {inline(list(spec.allow))}"


def _quantity(value: Any) -> Any:
    return f"{value['bytes']}B at batch {value['batch']}" if isinstance(value, dict) else value


def _input(given: Input) -> str:
    fields = given.model_dump(exclude_none=True)
    sizes = fields.pop("shape")
    shape = dims(sizes)
    rest = [f"{key}: {inline(value)}" for key, value in fields.items()]
    return f"{{{', '.join([f'shape: {shape}', *rest])}}}" if rest else shape


# -- structured --------------------------------------------------------------------------------------------------------


def _structured_network(graph: Graph, output: Output, indent: str) -> Iterator[str]:
    yield f"{indent}network:"
    for node, jump in _chain(graph, output):
        if jump is not None:
            yield f"{indent}  - from: {jump}"
        if node is not None:
            yield f"{indent}  - {node.kind}: {inline(_fields(graph, node))}"
            yield f"{indent}    name: {node.name}"


def _fields(graph: Graph, node: Node) -> dict[str, Any]:
    fields = {key: value for key, value in node.layer if value is not None}
    if len(node.inputs) > 1:
        fields = {"with": [_name(graph, i) for i in node.inputs[1:]], **fields}
    if node.shares is not None:
        fields["share"] = graph.nodes[node.shares].name
    return fields


def _chain(graph: Graph, output: Output) -> Iterator[tuple[Node | None, str | None]]:
    """The nodes of an output's chain, each with the name to jump to where it does not go on from the one before."""
    before = output.origin
    for node in graph.nodes[output.start : output.stop]:
        yield node, _name(graph, node.inputs[0]) if node.inputs[0] != before else None
        before = node.index
    if before != output.index:
        yield None, _name(graph, output.index)


def _name(graph: Graph, index: int) -> str:
    return "input" if index == INPUT else graph.nodes[index].name


# -- arrows ------------------------------------------------------------------------------------------------------------


def _arrow_network(graph: Graph, output: Output, indent: str) -> Iterator[str]:
    yield f"{indent}network: |"
    prefix = "" if output is graph.outputs[0] else f"{output.name}/"
    counts: Counter[str] = Counter()
    referred = set(_referred(graph))
    line = ""
    for node, jump in _chain(graph, output):
        pieces = [f"from({jump})"] if jump is not None else []
        if node is not None:
            counts[node.kind] += 1
            automatic = f"{prefix}{node.kind}{'_' if node.kind[-1].isdigit() else ''}{counts[node.kind]}"
            named = node.name != automatic
            tag = f" @{node.name}" if node.index in referred or (named and "/" in node.name) else ""
            pieces.append(arrow(graph, node) + (f" @/{node.name}" if named and not tag else tag))
            if line and _resizes(node) and node.parameters:
                yield f"{indent}  {line}"
                line = ""
        for piece in pieces:
            joined = f"{line} -> {piece}" if line else piece
            if line and len(joined) > _WIDTH - len(indent):
                yield f"{indent}  {line}"
                joined = piece
            line = joined
        if node is not None and _resizes(node) and not node.parameters and line:
            yield f"{indent}  {line}"
            line = ""
    if line:
        yield f"{indent}  {line}"


def _resizes(node: Node) -> bool:
    return node.shape.spatial != node.input_shapes[0].spatial


def _referred(graph: Graph) -> Iterator[int]:
    """Nodes that others name: second inputs of merges, jumps, shared parameters, origins of heads."""
    for output in graph.outputs:
        yield output.origin
        before = output.origin
        for node in graph.nodes[output.start : output.stop]:
            yield from node.inputs[1:]
            if node.inputs[0] != before:
                yield node.inputs[0]
            if node.shares is not None:
                yield node.shares
            before = node.index
        if before != output.index:
            yield output.index


def arrow(graph: Graph, node: Node) -> str:
    """A node's layer in arrow notation, without what is the default."""
    layer, notation = node.layer, node.layer.notation
    given = dict(_needed(layer, bias=_automatic_bias(graph, node)))
    head = _head(layer, given)
    arguments = [_name(graph, i) for i in node.inputs[1:]]
    for field in notation.positional:
        if field not in given:
            break
        arguments.append(argument(given.pop(field)))
    arguments += [f"{field}={argument(value)}" for field, value in given.items()]
    if node.shares is not None:
        arguments.append(f"share={graph.nodes[node.shares].name}")
    return f"{head}({', '.join(arguments)})" if arguments else head


@lru_cache(maxsize=4096)
def label(layer: Layer) -> str:
    """What people call a use of the layer: its arrow notation without arguments, `conv7-64/2`."""
    return _head(layer, dict(_needed(layer, bias=bool(getattr(layer, "bias", False)))))


def _head(layer: Layer, given: dict[str, Any]) -> str:
    """The name with size, width and stride, which are taken out of what is given."""
    notation, head = layer.notation, layer.name
    for place, field in (("", notation.size), ("-", notation.width), ("/", notation.stride)):
        if field in given and _sized(given[field]):
            head += place + _size(given.pop(field))
    return head


def _needed(layer: Layer, *, bias: bool) -> Iterator[tuple[str, Any]]:
    """The fields that must be written: those without a default, and those that are not as they would be unwritten."""
    kind = type(layer)
    fields = {key: value for key, value in layer if value is not None}
    for key, value in fields.items():
        if key == "bias":
            needed = value != bias
        else:
            needed = kind.model_fields[key].is_required() or value != _unwritten(kind, fields, key)
        if needed:
            yield key, value


def _unwritten(kind: type[Layer], fields: dict[str, Any], key: str) -> Any:
    """What a field would be if only the others were written (a pool's stride is then its kernel)."""
    return getattr(kind.model_validate({k: v for k, v in fields.items() if k != key}), key)


def _automatic_bias(graph: Graph, node: Node) -> bool:
    """The bias that a layer would have if nothing were written (`netspec.graph.draft`)."""
    if node.shares is not None:
        return bool(getattr(graph.nodes[node.shares].layer, "bias", False))
    if any(output.index == node.index for output in graph.outputs):
        return True
    readers = [graph.nodes[i].layer for i in graph.consumers[node.index]]
    return not (readers and all(reader.cancels_bias for reader in readers))


def _sized(value: Any) -> bool:
    return isinstance(value, int) or (isinstance(value, tuple) and all(isinstance(v, int) for v in value))


def _size(value: int | tuple[int, ...]) -> str:
    return dims(value) if isinstance(value, tuple) else str(value)
