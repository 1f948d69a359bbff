"""A compiled network: pure functions over plain dictionaries of arrays."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from os import PathLike
from typing import TYPE_CHECKING, Any, NamedTuple

import jax
import jax.numpy as jnp

from netspec.engine.checks import MismatchError, check_input, check_trees
from netspec.engine.execute import Setting, Values, needed
from netspec.engine.initialize import Tree, initialize
from netspec.engine.losses import accepts, label_shape, loss_of
from netspec.engine.precision import Precision
from netspec.engine.program import Plan, run_graph
from netspec.graph.node import Graph, Node
from netspec.language.recipes.initializers import Initializer
from netspec.language.recipes.losses import Loss
from netspec.layers.base import dims
from netspec.ops.forms import Lowerings

if TYPE_CHECKING:
    import optax
    from jax.export import Exported

Array = jax.Array
Outputs = Array | dict[str, Array]
"""The output of a network without heads, or every output by name."""
Batch = Mapping[str, Any]
"""`x`, the inputs, and `y`, the labels; with heads `y` may be a dictionary of labels by output."""


class LossAndGrad(NamedTuple):
    """What one training step is made of."""

    loss: Array
    """A scalar, float32 at least."""
    gradients: Tree
    """In the shapes and types of the parameters."""
    state: Tree
    """With the new running statistics."""


class End(NamedTuple):
    """An output's value, and the value that its last layer takes: losses skip a softmax or sigmoid between them."""

    value: Array
    before: Array


class Trace(NamedTuple):
    """Every node's value and gradient by name; the network's input is called `input`."""

    values: dict[str, Array]
    gradients: dict[str, Array]
    """Of the loss to each value; empty where the batch has no labels. Token ids have none."""


@dataclass(frozen=True, eq=False)
class Model:
    """A network as pure, jitted functions. `netspec.compile` makes it.

    Parameters are dictionaries `{layer's name: {parameter's name: array}}`, trained ones in `params`, running statistics
    and arrays that are not trained in `state`. Arrays have the batch first and the channels last. Nothing is kept in the
    model: every function depends on its arguments alone, and may be used inside `jax.jit`, `grad`, `vmap`,
    `eval_shape` and `export`.
    """

    name: str
    graph: Graph
    precision: Precision
    objective: Loss = field(repr=False)
    initializer: Initializer = field(repr=False)
    lowerings: Lowerings = field(default_factory=Lowerings, repr=False)
    plan: Plan = field(default_factory=Plan, repr=False)

    @property
    def heads(self) -> dict[str, float]:
        """The outputs by name with their factor in the loss; the main one is `output`."""
        return {output.name: output.loss_weight for output in self.graph.outputs}

    def input_struct(self, batch: int) -> jax.ShapeDtypeStruct:
        """Shape and dtype of a batch of inputs: token ids are int32, everything else is in the parameters' type."""
        kind = jnp.int32 if self.graph.input.tokens is not None else jnp.dtype(self.precision.params)
        return jax.ShapeDtypeStruct((batch, *self.graph.input.sizes), kind)

    def step_structs(self, batch: int) -> tuple[Any, Any, dict[str, Any], Any]:
        """Shapes and dtypes of the arguments of `loss_and_grad`: params, state, a labelled batch, a key."""
        key = jax.eval_shape(jax.random.key, 0)
        params, state = jax.eval_shape(self.init, key)
        labels = {
            o.name: jax.ShapeDtypeStruct((batch, *label_shape(self.graph.nodes[o.index])), jnp.int32)
            for o in self.graph.outputs
        }
        y = labels if len(labels) > 1 else labels[self.graph.outputs[0].name]
        return params, state, {"x": self.input_struct(batch), "y": y}, key

    def compiled_step(self, batch: int) -> jax.stages.Compiled:
        """`loss_and_grad` compiled ahead of time for a batch, with XLA's analyses of its cost and memory."""
        return self._loss_and_grad.lower(*self.step_structs(batch)).compile()

    def init(self, key: Array) -> tuple[Tree, Tree]:
        """Parameters and state before training.

        What a layer draws depends on `key` and its own name alone, so that adding a layer leaves the others' values as
        they are.
        """
        return initialize(self.graph, self.initializer, self.precision, key)

    def apply(self, params: Tree, state: Tree, x: Array, *, heads: bool = False) -> Outputs:
        """Inference: the main output `[batch, *sizes]`, or with `heads` every output by name.

        Args:
            params: As `init` gives them.
            state: As `init` or training gives it; running statistics are used.
            x: Inputs `[batch, *sizes]`, int32 token ids or numbers in the precision's type. Another spatial size than
                the spec's is accepted where all layers can take it.
            heads: Compute the other outputs too.

        Raises:
            MismatchError: The input or an array does not fit the network.
        """
        return self._apply(params, state, x, heads=heads)

    def forward(self, params: Tree, state: Tree, x: Array, key: Array | None = None) -> tuple[Outputs, Tree]:
        """Training's forward pass: the output, or with heads every output by name, and the new state.

        Args:
            params: As `init` gives them.
            state: Running statistics before this batch.
            x: Inputs `[batch, *sizes]`.
            key: A random key, for dropout and drop_path; needed where the network has them.

        Raises:
            MismatchError: The input or an array does not fit the network.
            ValueError: A key is needed.
        """
        return self._forward(params, state, x, key)

    def loss(
        self, params: Tree, state: Tree, batch: Batch, key: Array | None = None
    ) -> tuple[Array, tuple[Tree, Outputs]]:
        """The loss of a batch in training, then the new state and the outputs; for `jax.value_and_grad(has_aux=True)`.

        The loss is the spec's (`train: loss`), else cross-entropy: the mean over the batch, added up over the heads with
        their factors. Class ids are integers `[batch]`, for maps `[batch, *positions]`; floating-point labels are shares
        of the classes. A label below 0 is no label: it is left out of the mean.
        """
        return self._loss(params, state, batch, key)

    def ends(
        self, params: Tree, state: Tree, x: Array, key: Array | None = None, *, train: bool = False
    ) -> tuple[dict[str, End], Tree]:
        """Every output by name as losses take it, and the state after it; in inference the state stays as it is."""
        values, after = self._computed(params, state, x, self._setting(train=train, key=key))
        return {o.name: self._end(values, o.index) for o in self.graph.outputs}, after

    def cost(self, ends: Mapping[str, End], labels: Any) -> Array:
        """The loss of what `ends` gives: the mean over the batch, added up over the heads with their factors.

        Raises:
            MismatchError: The labels do not fit an output.
        """
        total: Any = 0.0
        for output in self.graph.outputs:
            if output.loss_weight == 0:
                continue
            own = labels[output.name] if isinstance(labels, Mapping) else labels
            last, end = self.graph.nodes[output.index], ends[output.name]
            self._check_labels(output.name, last, end.value, own)
            total = total + output.loss_weight * loss_of(self.objective, last, end, own)
        return jnp.asarray(total)

    def loss_and_grad(self, params: Tree, state: Tree, batch: Batch, key: Array | None = None) -> LossAndGrad:
        """The loss of a batch in training, its gradients to the parameters, and the new state."""
        return self._loss_and_grad(params, state, batch, key)

    def backward(
        self,
        params: Tree,
        state: Tree,
        x: Array,
        cotangent: Outputs,
        key: Array | None = None,
        *,
        train: bool = True,
    ) -> tuple[Tree, Array | None]:
        """The vector-Jacobian product: gradients to the parameters and to the input.

        Args:
            params: As `init` gives them.
            state: Running statistics.
            x: Inputs `[batch, *sizes]`.
            cotangent: The gradient that arrives at the output, in its shape; with heads and `train` by name.
            key: As for `forward`.
            train: Of `forward`, or else of `apply`.

        Returns:
            Gradients like `params`, and one like `x`; None for token ids, which have none.
        """
        return self._backward(params, state, x, cotangent, key, train=train)

    def trace(
        self, params: Tree, state: Tree, batch: Batch, key: Array | None = None, *, train: bool = True
    ) -> Trace:
        """Every node's value, and where the batch has labels `y`, the gradient of the loss to it."""
        return self._trace(params, state, dict(batch), key, train=train)

    def train_step(self, optimizer: "optax.GradientTransformation") -> jax.stages.Wrapped:
        """A jitted step `(params, state, opt_state, batch, key) -> (params, state, opt_state, loss)`.

        The first three arguments are donated: their memory becomes the results', and they cannot be used again.
        `opt_state` begins as `optimizer.init(params)`.
        """
        import optax  # noqa: PLC0415  only those who train with it need it

        def step(
            params: Tree, state: Tree, opt_state: Any, batch: Batch, key: Array | None = None
        ) -> tuple[Tree, Tree, Any, Array]:
            loss, gradients, state = self.loss_and_grad(params, state, batch, key)
            updates, opt_state = optimizer.update(gradients, opt_state, params)
            return optax.apply_updates(params, updates), state, opt_state, loss

        return jax.jit(step, donate_argnums=(0, 1, 2))

    def export(
        self,
        path: str | PathLike[str] | None = None,
        *,
        params: Tree | None = None,
        state: Tree | None = None,
        batch: int | None = None,
        platforms: Sequence[str] | None = None,
        heads: bool = False,
    ) -> "Exported":
        """Inference as a StableHLO program, which `jax.export.deserialize` reads and runs without netspec.

        Args:
            path: A file to write it to, in JAX's form; with the ending `.mlir` as text. A file that is there is replaced.
            params: Weights that become part of the program, with `state`, and then the program takes the input alone;
                not given: it takes `(params, state, x)` and is small, some kilobytes a layer.
            state: Goes with `params`.
            batch: Examples; not given: any number, a dimension called `b`.
            platforms: Of `cpu`, `cuda`, `rocm` and `tpu` those that it is for; not given: all. In a text: JAX's own,
                since with several some operations are written out once for each.
            heads: Give every output by name.

        Raises:
            MismatchError: The weights are not the network's.
            ValueError: A platform that does not exist, a batch below 1, or a state without params.
            OSError: The file cannot be written.
        """
        from netspec.engine.export import export  # noqa: PLC0415  it builds on this module

        return export(self, path, params=params, state=state, batch=batch, platforms=platforms, heads=heads)

    @cached_property
    def _apply(self) -> Callable[..., Outputs]:
        def apply(params: Tree, state: Tree, x: Array, *, heads: bool) -> Outputs:
            shown = self.graph.outputs if heads else self.graph.outputs[:1]
            values, _ = self._run([o.index for o in shown], params, state, x, self._setting(train=False))
            by_name = {o.name: self._stored(values[o.index]) for o in shown}
            return by_name if heads else by_name[shown[0].name]

        return jax.jit(apply, static_argnames="heads")

    @cached_property
    def _forward(self) -> Callable[..., tuple[Outputs, Tree]]:
        def forward(params: Tree, state: Tree, x: Array, key: Array | None) -> tuple[Outputs, Tree]:
            values, after = self._trained(params, state, x, key)
            return self._outputs(values), after

        return jax.jit(forward)

    @cached_property
    def _loss(self) -> Callable[..., tuple[Array, tuple[Tree, Outputs]]]:
        def loss(
            params: Tree, state: Tree, batch: Batch, key: Array | None
        ) -> tuple[Array, tuple[Tree, Outputs]]:
            values, after = self._trained(params, state, batch["x"], key)
            return self._cost(values, batch["y"]), (after, self._outputs(values))

        return jax.jit(loss)

    @cached_property
    def _loss_and_grad(self) -> Any:
        def loss_and_grad(params: Tree, state: Tree, batch: Batch, key: Array | None) -> LossAndGrad:
            (loss, (after, _)), gradients = jax.value_and_grad(self._loss, has_aux=True)(
                params, state, batch, key
            )
            return LossAndGrad(loss, gradients, after)

        return jax.jit(loss_and_grad)

    @cached_property
    def _backward(self) -> Callable[..., tuple[Tree, Array | None]]:
        def value(train: bool, state: Tree, key: Array | None, params: Tree, x: Array) -> Outputs:  # noqa: FBT001
            return self._forward(params, state, x, key)[0] if train else self.apply(params, state, x)

        def backward(
            params: Tree, state: Tree, x: Array, cotangent: Outputs, key: Array | None, *, train: bool
        ) -> tuple[Tree, Array | None]:
            of = partial(value, train, state, key)
            if self.graph.input.tokens is not None:
                _, pull = jax.vjp(lambda params: of(params, x), params)
                return (*pull(cotangent), None)
            _, pull = jax.vjp(of, params, x)
            gradients, to_input = pull(cotangent)
            return gradients, to_input

        return jax.jit(backward, static_argnames="train")

    @cached_property
    def _trace(self) -> Callable[..., Trace]:
        def trace(params: Tree, state: Tree, batch: Batch, key: Array | None, *, train: bool) -> Trace:
            def cost(probes: dict[str, Array]) -> tuple[Array, dict[str, Array]]:
                x = batch["x"] + probes["input"] if "input" in probes else batch["x"]
                setting = self._setting(train=train, key=key, probes=probes)
                # Every value is kept, so there is nothing to rematerialize or to scan over.
                values, _ = self._run(range(len(self.graph)), params, state, x, setting, Plan())
                named = {"input": values[-1]} | {n.name: values[n.index] for n in self.graph}
                return self._cost(values, batch["y"]) if "y" in batch else jnp.zeros(()), named

            if "y" not in batch:
                return Trace(cost({})[1], {})
            _, like = jax.eval_shape(cost, {})
            probes = {
                name: jnp.zeros(value.shape, value.dtype)
                for name, value in like.items()
                if jnp.issubdtype(value.dtype, jnp.floating)
            }
            gradients, values = jax.grad(cost, has_aux=True)(probes)
            return Trace(values, gradients)

        return jax.jit(trace, static_argnames="train")

    def _setting(
        self, *, train: bool, key: Array | None = None, probes: Mapping[str, Array] | None = None
    ) -> Setting:
        return Setting(self.precision, self.lowerings, train, key, probes or {})

    def _run(
        self,
        wanted: Sequence[int],
        params: Tree,
        state: Tree,
        x: Array,
        setting: Setting,
        plan: Plan | None = None,
    ) -> tuple[Values, Tree]:
        check_input(self.graph, needed(self.graph, wanted), x, self.precision)
        check_trees(self.graph, params, state)
        return run_graph(self.graph, wanted, params, state, x, setting, plan or self.plan)

    def _trained(self, params: Tree, state: Tree, x: Array, key: Array | None) -> tuple[Values, Tree]:
        return self._computed(params, state, x, self._setting(train=True, key=key))

    def _computed(self, params: Tree, state: Tree, x: Array, setting: Setting) -> tuple[Values, Tree]:
        wanted = [i for o in self.graph.outputs for i in (o.index, *self.graph.nodes[o.index].inputs[:1])]
        return self._run(wanted, params, state, x, setting)

    def _outputs(self, values: Values) -> Outputs:
        by_name = {o.name: self._stored(values[o.index]) for o in self.graph.outputs}
        return by_name if len(by_name) > 1 else by_name[self.graph.outputs[0].name]

    def _stored(self, value: Array) -> Array:
        return value.astype(self.precision.params)

    def _end(self, values: Values, index: int) -> End:
        return End(values[index], values[self.graph.nodes[index].inputs[0]])

    def _cost(self, values: Values, labels: Any) -> Array:
        return self.cost({o.name: self._end(values, o.index) for o in self.graph.outputs}, labels)

    def _check_labels(self, name: str, last: Node, y: Array, labels: Array) -> None:
        if not accepts(self.objective, last, y, labels):
            ids = dims((y.shape[0], *label_shape(last, y.shape[1:])))
            shares = f", or {dims(y.shape)} shares or targets" if self.objective.takes_shares else ""
            raise MismatchError(
                f"{name} gives {dims(y.shape)}, for which {self.objective.name} takes {ids} class ids in whole "
                f"numbers{shares}; got {dims(labels.shape)} of {labels.dtype.name}"
            )
