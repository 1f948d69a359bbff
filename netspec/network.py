"""The Python face: a spec loaded, checked and ready for everything that is done with a network."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from os import PathLike, fspath
from typing import TYPE_CHECKING, Any

from netspec.checking import Report, check as check_target, check_text
from netspec.diagnostics import Finding, SpecError
from netspec.graph.node import Graph, Node
from netspec.graph.show import arrows, structured
from netspec.language.limits import Limits
from netspec.language.spec import Spec
from netspec.language.writing import inline
from netspec.layers.base import Shape
from netspec.render.text import safe

if TYPE_CHECKING:
    import optax
    from rich.table import Table

    from netspec.analyzed import Analysis
    from netspec.engine.model import Model
    from netspec.training.session import Training

_DEFAULT_LIMITS = Limits()


@dataclass(frozen=True)
class Network:
    """A checked network: its spec, its typed graph, and the warnings about it."""

    spec: Spec
    graph: Graph
    findings: tuple[Finding, ...] = ()

    @property
    def name(self) -> str:
        """The spec's name, or `network`."""
        return self.spec.name or "network"

    @property
    def input(self) -> Shape:
        """The shape of one example, without the batch."""
        return self.graph.input

    @property
    def output(self) -> Shape:
        """The shape of the main output for one example."""
        return self.graph.shape_of(self.graph.outputs[0].index)

    @property
    def nodes(self) -> tuple[Node, ...]:
        """Every use of a layer, in topological order."""
        return self.graph.nodes

    def __getitem__(self, name: str) -> Node:
        """The node of a name, such as `stage3/bottleneck2/conv1`. Raises KeyError."""
        return self.graph.by_name[name]

    def show(self, *, arrow: bool = False) -> str:
        """The network as a spec again: fully expanded structured YAML, or arrow notation."""
        return arrows(self.spec, self.graph) if arrow else structured(self.spec, self.graph)

    def analyze(
        self,
        batch: int = 1,
        *,
        dtype: str = "float32",
        optimizer: str | None = None,
        device: str | None = None,
    ) -> "Analysis":
        """Every number of the network: rows, totals, and the memory of inference and training.

        Args:
            batch: Examples; bytes are for all of them, everything else for one.
            dtype: The type of values and parameters: float32, bfloat16, float16 or float64.
            optimizer: The optimizer that memory is counted for; not given: the spec's own, or momentum.
            device: A device by name, or a file that describes one, for the roofline columns.

        Raises:
            ValueError: A batch below 1, or a dtype or optimizer that does not exist.
            DeviceError: A device that netspec does not know.
        """
        from netspec.analysis.devices import device as named  # noqa: PLC0415  loading a spec needs no analysis
        from netspec.analysis.record import record, settings_of  # noqa: PLC0415
        from netspec.analysis.settings import Settings  # noqa: PLC0415
        from netspec.analyzed import Analysis  # noqa: PLC0415

        chosen = Settings(batch, dtype, optimizer or Settings().optimizer, named(device) if device else None)
        if optimizer is None:
            chosen = settings_of(self.spec, chosen)
        return Analysis(**vars(record(self.spec, self.graph, chosen)))

    def compile(
        self,
        *,
        precision: str | None = None,
        remat: str | Iterable[str] = "none",
        scan: bool = False,
        lowerings: str | Mapping[str, str] = "auto",
        backend: str | None = None,
    ) -> "Model":
        """The network as pure, jitted JAX functions.

        Args:
            precision: float32, `mixed` (float32 parameters and statistics, layers compute in bfloat16), bfloat16, or
                float64, for which jax_enable_x64 has to be on; not given: the spec's `train: precision`, or float32.
            remat: What the backward pass computes again instead of keeping it: `none`, `blocks` (all), names of blocks, or
                as many as it takes for a training step to fit, such as `4GiB at batch 32`.
            scan: Compile equal blocks that follow one another once. It saves compilation, and measured on CPU it makes
                steps slower; names and values stay the same.
            lowerings: How operations are computed: `auto` by measured rules, `reference` as `lax` does by itself, or by
                operation, such as `{"conv.kernel_gradient": "reference"}`.
            backend: `cpu`, `gpu` or `tpu`, whose rules are to hold; not given: JAX's default.

        Raises:
            ValueError: A precision, block, operation or form that does not exist.
        """
        from netspec.engine.compiling import compile_network  # noqa: PLC0415  loading a spec needs no jax

        return compile_network(
            self.name,
            self.spec,
            self.graph,
            precision=precision,
            remat=remat,
            scan=scan,
            lowerings=lowerings,
            backend=backend,
        )

    def __repr__(self) -> str:
        return f"<Network {safe(self.name)}: {len(self.graph)} layers, {self.input} -> {self.output}>"

    def __rich__(self) -> "Table":
        from netspec.render.network import table  # noqa: PLC0415  rich is loaded when it is asked for

        return table(repr(self), self.graph)

    def _repr_html_(self) -> str:
        from netspec.render.network import html  # noqa: PLC0415  only notebooks want it

        return html(repr(self), self.graph)


def load(
    path: str | PathLike[str] | None = None,
    *,
    text: str | None = None,
    variant: str | None = None,
    set: Mapping[str, Any] | None = None,  # noqa: A002  the name of the command line's option
    limits: Limits = _DEFAULT_LIMITS,
) -> Network:
    """The network of a spec.

    Args:
        path: A file, or a bundled spec by name (`resnet50`), either with a variant (`resnet50@101`).
        text: The spec itself, in place of a path.
        variant: One of the spec's variants.
        set: Values of the spec's variables, or with dots of its keys: `{"classes": 10}`.
        limits: How large a spec may be.

    Raises:
        SpecError: The spec has errors; all of them are in its `findings`, and in its message as text.
        TypeError: Neither or both of path and text are given.
    """
    report = _report(path, text, variant, set, limits)
    if report.graph is None or report.spec is None:
        from netspec.render.report import snippets  # noqa: PLC0415  only needed to tell what is wrong
        from netspec.render.text import Look  # noqa: PLC0415

        raise SpecError(report.findings, "\n".join(["", *snippets(report.findings, Look())]))
    return Network(report.spec, report.graph, report.findings)


def compile(  # noqa: A001  what it is called in Python's users' words: netspec.compile
    target: "Network | str | PathLike[str]",
    *,
    variant: str | None = None,
    set: Mapping[str, Any] | None = None,  # noqa: A002  the name of the command line's option
    limits: Limits = _DEFAULT_LIMITS,
    **options: Any,
) -> "Model":
    """A network as pure, jitted JAX functions.

        >>> model = netspec.compile("lenet5")
        >>> params, state = model.init(jax.random.key(0))
        >>> logits = model.apply(params, state, images)

    Args:
        target: A loaded network, a file, or a bundled spec by name; `variant`, `set` and `limits` are those of `load`.
        variant: One of the spec's variants.
        set: Values of the spec's variables.
        limits: How large a spec may be.
        options: What `Network.compile` takes: precision, remat, scan, lowerings, backend.

    Raises:
        SpecError: The spec has errors.
        ValueError: An option that does not exist.
    """
    if isinstance(target, Network):
        return target.compile(**options)
    return load(target, variant=variant, set=set, limits=limits).compile(**options)


def train(
    target: "Network | str | PathLike[str]",
    data: Any = None,
    *,
    optimizer: "optax.GradientTransformation | str | None" = None,
    runs: str | PathLike[str] | None = None,
    name: str | None = None,
    workers: int = 0,
    resident: bool | None = None,
    set: Mapping[str, Any] | None = None,  # noqa: A002  the name of the command line's option
    **settings: Any,
) -> "Training":
    """A run of training: iterate over it for its events, or call its `run()`.

        >>> result = netspec.train("lenet5", data="digits(28)", epochs=10).run()
        >>> result.metrics["accuracy"]

    Args:
        target: A loaded network, a file, or a bundled spec by name.
        data: A source as a spec writes it (`"digits(28)"`), a `netspec.Dataset`, or arrays `((x, y), (x_test, y_test))`;
            not given: the spec's own.
        optimizer: One as a spec writes it (`"adam(0.001)"`), or one of optax in place of the spec's with its schedule,
            clipping and regularization.
        runs: A folder in which the run is kept, with checkpoints; not given: nothing is kept.
        name: The run's name in it.
        workers: Processes that read examples; 0: threads of this one.
        resident: Keep all examples on the devices; not given: where they are arrays of at most 1 GiB.
        set: Values of the spec's variables or keys, as for `load`.
        settings: Fields of the `train:` section: `epochs=3`, `schedule="cosine"`.

    Raises:
        SpecError: The spec or a setting has errors.
        TrainError: The data cannot be read or does not suit the network.
    """
    from pathlib import Path  # noqa: PLC0415  training alone needs these

    from netspec.training.data.own import dataset_of  # noqa: PLC0415
    from netspec.training.session import Keeping, begin  # noqa: PLC0415
    from netspec.training.setup import Options  # noqa: PLC0415

    given = {f"train.{key}": value for key, value in settings.items()} | dict(set or {})
    given |= {
        f"train.{key}": value
        for key, value in (("data", data), ("optimizer", optimizer))
        if isinstance(value, str)
    }
    network = _with(target, given)
    own = None if data is None or isinstance(data, str) else dataset_of(data, network.input.sizes)
    return begin(
        network.name,
        network.spec,
        network.graph,
        keeping=Keeping(Path(runs) if runs is not None else None, name),
        options=Options(workers=workers, resident=resident),
        data=own,
        optimizer=None if isinstance(optimizer, str) else optimizer,
    )


def resume(
    path: str | PathLike[str],
    data: Any = None,
    *,
    optimizer: "optax.GradientTransformation | None" = None,
    epochs: int | None = None,
    steps: int | None = None,
) -> "Training":
    """A run that goes on from its last good checkpoint, bit for bit as if it had never stopped.

    Args:
        path: The run's folder.
        data: What `train` was given, where that was not a source as a spec writes it.
        optimizer: What `train` was given, where that was one of optax.
        epochs: Another length than the run was begun with.
        steps: The same in steps.

    Raises:
        TrainError: There is no such run, it is damaged, or it began with something else.
    """
    from pathlib import Path  # noqa: PLC0415  training alone needs these

    from netspec.training.session import resumed  # noqa: PLC0415

    length = {"train.epochs": epochs, "train.steps": steps}
    settings = {key: str(value) for key, value in length.items() if value is not None}
    return resumed(Path(path), settings=settings, data=data, optimizer=optimizer)


def _with(target: "Network | str | PathLike[str]", settings: Mapping[str, Any]) -> Network:
    """A network with settings; one that is loaded is written out and read again with them."""
    if not isinstance(target, Network):
        return load(target, set=settings)
    return load(text=target.show(), set=settings) if settings else target


def check(
    path: str | PathLike[str] | None = None,
    *,
    text: str | None = None,
    variant: str | None = None,
    set: Mapping[str, Any] | None = None,  # noqa: A002  the name of the command line's option
    limits: Limits = _DEFAULT_LIMITS,
) -> tuple[Finding, ...]:
    """All findings of a spec, by place; none for a clean one. The arguments are those of `load`.

    Raises:
        TypeError: Neither or both of path and text are given.
    """
    return _report(path, text, variant, set, limits).findings


def _report(
    path: str | PathLike[str] | None,
    text: str | None,
    variant: str | None,
    settings: Mapping[str, Any] | None,
    limits: Limits,
) -> Report:
    if (path is None) == (text is None):
        raise TypeError("give a path or a text, not both and not neither")
    written = {
        name: value if isinstance(value, str) else inline(value) for name, value in (settings or {}).items()
    }
    if text is not None:
        return check_text(text, variant=variant, settings=written, limits=limits)
    return check_target(fspath(path or ""), variant=variant, settings=written, limits=limits)
