"""The graph while it is built: nodes that may be faulty, with shapes inferred as far as they are known."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from netspec.diagnostics import Fault, FieldMend, Finding, Refused, Related, Span, rules
from netspec.graph.edits import mended
from netspec.graph.history import told
from netspec.graph.node import INPUT, Graph, Node, Output
from netspec.language.binding import finding_of
from netspec.language.syntax import Argument, Call
from netspec.layers.base import LARGEST, Layer, Parameter, Shape

Arguments = Mapping[str, Argument]


@dataclass(slots=True)
class Draft:
    """A node to be. `layer` is None where its fields are wrong, `shape` is None where it is not known."""

    name: str
    layer: Layer | None
    inputs: tuple[int, ...]
    shape: Shape | None
    span: Span
    call: Call | None = None
    arguments: Arguments = field(default_factory=dict)
    shares: int | None = None
    tag: str | None = None


class Draftsman:
    """Adds nodes and infers their shapes; faults become findings at the place they were written."""

    def __init__(self, input_shape: Shape | None, findings: list[Finding]) -> None:
        self.input = input_shape
        self.findings = findings
        self.drafts: list[Draft] = []
        self.by_name: dict[str, int] = {}

    def shape_of(self, index: int) -> Shape | None:
        """The shape of a value, or None where it is not known."""
        return self.input if index == INPUT else self.drafts[index].shape

    def add(self, draft: Draft) -> int:
        """Put a node into the graph; a name that is taken gives a finding, and the node goes without."""
        index = len(self.drafts)
        self.drafts.append(draft)
        if draft.name in self.by_name:
            self._name_taken(draft, self.drafts[self.by_name[draft.name]])
        else:
            self.by_name[draft.name] = index
        draft.shape = self._infer(draft)
        return index

    def forget(self, first: int) -> None:
        """Take away the nodes from an index on."""
        for draft in self.drafts[first:]:
            if self.by_name.get(draft.name, -1) >= first:
                del self.by_name[draft.name]
        del self.drafts[first:]

    def _infer(self, draft: Draft) -> Shape | None:
        shapes = [self.shape_of(i) for i in draft.inputs]
        known = tuple(shape for shape in shapes if shape is not None)
        if draft.layer is None or len(known) < len(shapes):
            return None
        try:
            shape = draft.layer.infer(known)
        except Refused as refused:
            self.findings.append(self.placed(refused.fault, draft))
            return None
        if max(shape.sizes, default=0) > LARGEST or shape.elements > LARGEST:
            self._too_large(draft, f"its output would be {shape}, {shape.elements:.3g} values")
            return None
        return shape

    def placed(self, fault: Fault, draft: Draft) -> Finding:
        """A layer's fault at the layer, or at the argument in question where that was written by name."""
        argument = draft.arguments.get(fault.field or "")
        span = argument.span if argument is not None and argument.key is not None else draft.span
        if fault.rule is rules.WINDOW_TOO_LARGE and self.input is not None:
            fault = replace(fault, notes=(*fault.notes, *told(self.input, self._resizing(draft))))
        made = (mended(draft.call, draft.arguments, mend) for mend in fault.mends)
        found = tuple(mend for mend in made if mend is not None)
        inside, outside = self._merged(draft) if fault.rule is rules.SHAPES_DISAGREE else ((), ())
        fault = replace(fault, notes=(*fault.notes, *(related.text for related in inside)))
        return finding_of(fault, span, mends=found, related=tuple(outside))

    def _merged(self, draft: Draft) -> tuple[list[Related], list[Related]]:
        """Where the values that are merged come from: inside the branches that the node joins, and elsewhere."""
        sources = [self.drafts[i] for i in dict.fromkeys(draft.inputs) if i != INPUT]
        related = [Related(source.span, f"`{source.name}` is {source.shape}") for source in sources]
        inside = [r for r in related if draft.span.start <= r.span.start and r.span.end <= draft.span.end]
        return inside, [r for r in related if r not in inside]

    def _resizing(self, draft: Draft) -> list[tuple[str, Shape]]:
        """The nodes above, along first inputs, that changed the spatial size, with the shapes they gave."""
        steps: list[tuple[str, Shape]] = []
        index = draft.inputs[0]
        while index != INPUT:
            node = self.drafts[index]
            index = node.inputs[0] if node.inputs else INPUT
            before = self.shape_of(index)
            if node.shape is not None and before is not None and before.spatial != node.shape.spatial:
                steps.append((node.name, node.shape))
        return steps[::-1]

    def _name_taken(self, draft: Draft, first: Draft) -> None:
        who = f"`{draft.tag}`" if draft.tag else f"the automatic name `{draft.name}`"
        self.findings.append(
            Finding.at(
                rules.DUPLICATE_NAME,
                draft.span,
                f"{who} is already the name of another value",
                related=(_first(first),),
                help="choose another tag",
            )
        )

    def _too_large(self, draft: Draft, message: str) -> None:
        self.findings.append(
            Finding.at(rules.TOO_LARGE, draft.span, message, help="at most 2^63 - 1 are allowed")
        )

    def decide_biases(self, outputs: tuple[Output, ...]) -> None:
        """A bias not asked for either way is there, except where every reader would subtract it again.

        A layer that shares parameters has a bias if their owner has one.
        """
        cancelled = self._cancelled({output.index for output in outputs})
        for index, draft in enumerate(self.drafts):
            if draft.layer is None:
                continue
            bias = getattr(draft.layer, "bias", False)
            if bias is None:
                owner = None if draft.shares is None else self.drafts[draft.shares].layer
                needed = not cancelled[index] if owner is None else getattr(owner, "bias", False)
                draft.layer = draft.layer.model_copy(update={"bias": needed})
            elif bias is True and cancelled[index] and draft.shares is None:
                self.findings.append(_needless_bias(draft))

    def _cancelled(self, outputs: set[int]) -> list[bool]:
        """For each node whether all that reads it would subtract a bias again; an output is read as it is."""
        readers: list[list[Layer | None]] = [[] for _ in self.drafts]
        for draft in self.drafts:
            for i in draft.inputs:
                if i != INPUT:
                    readers[i].append(draft.layer)
        return [
            bool(layers)
            and index not in outputs
            and all(layer is not None and layer.cancels_bias for layer in layers)
            for index, layers in enumerate(readers)
        ]

    def graph(self, outputs: tuple[Output, ...]) -> Graph | None:
        """The finished graph, or None where something in it is not known."""
        nodes = [self._node(index, draft) for index, draft in enumerate(self.drafts)]
        if self.input is None or any(node is None for node in nodes):
            return None
        return Graph(self.input, tuple(node for node in nodes if node is not None), outputs)

    def _node(self, index: int, draft: Draft) -> Node | None:
        shapes = tuple(shape for i in draft.inputs if (shape := self.shape_of(i)) is not None)
        if draft.layer is None or draft.shape is None or len(shapes) < len(draft.inputs):
            return None
        parameters = draft.layer.parameters(shapes)
        for parameter in parameters:
            if parameter.size > LARGEST:
                self._too_large(draft, f"its {parameter.name} would hold {parameter.size:.3g} values")
                return None
        if draft.shares is not None:
            self._check_shared(draft, parameters)
        self.findings.extend(self.placed(fault, draft) for fault in draft.layer.advice(shapes))
        return Node(
            index=index,
            name=draft.name,
            layer=draft.layer,
            inputs=draft.inputs,
            input_shapes=shapes,
            shape=draft.shape,
            parameters=() if draft.shares is not None else parameters,
            shares=draft.shares,
            tag=draft.tag,
            span=draft.span,
        )

    def _check_shared(self, draft: Draft, parameters: tuple[Parameter, ...]) -> None:
        owner = self.drafts[draft.shares or 0]
        shapes = tuple(shape for i in owner.inputs if (shape := self.shape_of(i)) is not None)
        if owner.layer is None or len(shapes) < len(owner.inputs) or draft.layer is None:
            return
        theirs = owner.layer.parameters(shapes)
        if owner.layer.name != draft.layer.name:
            message = f"`{owner.name}` is {owner.layer.name}, and this is {draft.layer.name}"
        elif not parameters:
            message = f"{draft.layer.name} has no parameters to share"
        elif theirs != parameters:
            message = f"`{owner.name}` has {_shapes(theirs)}, and this layer needs {_shapes(parameters)}"
        else:
            return
        self.findings.append(Finding.at(rules.CANNOT_SHARE, draft.span, message, related=(_first(owner),)))


def _shapes(parameters: tuple[Parameter, ...]) -> str:
    return ", ".join(f"{p.name} {'x'.join(map(str, p.shape))}" for p in parameters) or "no parameters"


def _first(draft: Draft) -> Related:
    return Related(draft.span, f"`{draft.name}` is here")


def _needless_bias(draft: Draft) -> Finding:
    argument = draft.arguments.get("bias")
    span = argument.span if argument else draft.span
    edit = mended(draft.call, draft.arguments, FieldMend(help="leave it out", fields={"bias": "false"}))
    return Finding.at(
        rules.BIAS_BEFORE_BATCH_NORM,
        span,
        f"the bias of `{draft.name}` is subtracted again by the batch norm that follows",
        mends=(edit,) if edit else (),
    )
