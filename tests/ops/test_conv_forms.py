"""Every form of convolution gives what `lax` gives."""

from collections.abc import Callable
from dataclasses import replace

import jax
import jax.export
import numpy as np
import pytest
from compilation import AS_USERS_DO
from conv_cases import random_case

from netspec.ops import conv_winograd
from netspec.ops.conv_case import ConvCase
from netspec.ops.conv_products import transposed_product
from netspec.ops.convolution import FORWARD, INPUT_GRADIENT, KERNEL_GRADIENT, conv
from netspec.ops.forms import OPERATIONS as REGISTERED, REFERENCE, Form, Lowerings, Operation
from netspec.ops.run import Run

OPERATIONS = (FORWARD, INPUT_GRADIENT, KERNEL_GRADIENT)
KINDS = ("dense", "three", "pointwise", "depthwise", "grouped")
Arrays = dict[str, jax.Array]


def arrays(case: ConvCase, rng: np.random.Generator) -> Arrays:
    """Input, kernel and the output's gradient."""
    shapes = {"x": case.x, "kernel": case.kernel, "g": (case.batch, *case.out, case.filters)}
    return {name: jax.numpy.asarray(rng.standard_normal(shape), case.dtype) for name, shape in shapes.items()}


def arguments(operation: Operation[ConvCase], values: Arrays) -> tuple[jax.Array, jax.Array]:
    """What the operation takes."""
    names = {FORWARD.name: "x kernel", INPUT_GRADIENT.name: "g kernel", KERNEL_GRADIENT.name: "x g"}
    first, second = names[operation.name].split()
    return values[first], values[second]


def references(case: ConvCase) -> Callable[[Arrays], Arrays]:
    """A function that computes the case's products as the references do."""
    return lambda values: {
        operation.name: operation.reference(*arguments(operation, values), case) for operation in OPERATIONS
    }


def everything(case: ConvCase) -> Callable[[Arrays], Arrays]:
    """A function that computes the case's products as the references do and in every form that fits."""

    def compute(values: Arrays) -> Arrays:
        results = references(case)(values)
        for operation in OPERATIONS:
            for form in operation.forms:
                if form.fits(case):
                    given = arguments(operation, values)
                    results[f"{operation.name} {form.name}"] = form.run(*given, case)
        return results

    return compute


def choices(case: ConvCase) -> Callable[[Arrays], Arrays]:
    """A function that computes the case's products in the forms that are chosen for it."""
    return lambda values: {
        operation.name: operation.choose(case).run(*arguments(operation, values), case)
        for operation in OPERATIONS
    }


def difference(got: jax.Array, wanted: jax.Array) -> float:
    """The largest, relative to the largest wanted value."""
    assert got.shape == wanted.shape
    assert got.dtype == wanted.dtype
    return float(np.abs(np.asarray(got) - wanted).max() / max(float(np.abs(wanted).max()), 1e-30))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(3))
def test_forms_agree_with_the_reference(kind: str, seed: int) -> None:
    """In float64 every form that fits gives the reference's values up to rounding, forward and both gradients."""
    with jax.enable_x64(True):
        rng = np.random.default_rng(seed)
        case = random_case(rng, kind)
        results = jax.jit(everything(case))(arrays(case, rng))
        for name, got in results.items():
            assert difference(got, results[name.split()[0]]) < 1e-12, (name, case)


@pytest.mark.parametrize("size", [(2, 9, 6, 3), (1, 5, 4, 6, 2)])
def test_winograd_in_slabs(size: tuple[int, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    """Large maps, transformed in four slabs, give the same values as whole ones."""
    monkeypatch.setattr(conv_winograd, "LARGE", 0)
    rank = len(size) - 2
    ones = (1,) * rank
    case = ConvCase(size, (*(3,) * rank, size[-1], 4), ones, ((1, 0),) * rank, ones, 1, "float64", "cpu")
    with jax.enable_x64(True):
        results = jax.jit(everything(case))(arrays(case, np.random.default_rng(0)))
        for operation in OPERATIONS:
            name = f"{operation.name} winograd"
            assert difference(results[name], results[operation.name]) < 1e-12, name


def test_a_tall_product() -> None:
    """Tall, narrow, wide and sliced matrices all give the transposed product."""
    with jax.enable_x64(True):
        rng = np.random.default_rng(0)
        for rows, left, right in ((9000, 2, 3), (9000, 3, 2), (9000, 2, 2), (50, 2, 3), (50, 3, 2)):
            a, b = rng.standard_normal((rows, left)), rng.standard_normal((rows, right))
            for stored in (True, False):
                got = transposed_product(jax.numpy.asarray(a), jax.numpy.asarray(b), stored=stored)
                assert difference(got, a.T @ b) < 1e-12


@pytest.mark.parametrize("kind", KINDS)
def test_float32_is_as_exact_as_the_reference(kind: str) -> None:
    """In float32 no form is farther from the float64 value than a few times the reference's own error."""
    rng = np.random.default_rng(1)
    case = random_case(rng, kind, "float32")
    values = arrays(case, rng)
    results = jax.jit(everything(case), compiler_options=AS_USERS_DO)(values)
    with jax.enable_x64(True):
        exact = {name: jax.numpy.asarray(np.asarray(value, np.float64)) for name, value in values.items()}
        exact = jax.jit(references(replace(case, dtype="float64")))(exact)
    for name, got in results.items():
        wanted = np.asarray(exact[name.split()[0]])
        assert np.abs(np.asarray(got, np.float64) - wanted).max() < 2e-6 * np.abs(wanted).max(), (name, case)


@pytest.mark.parametrize("kind", KINDS)
def test_half_precision_keeps_its_type(kind: str) -> None:
    """In bfloat16 every form gives bfloat16, the chosen ones within that type's rounding of the float32 value."""
    rng = np.random.default_rng(2)
    case = random_case(rng, kind, "bfloat16")
    values = arrays(case, rng)
    for name, shape in jax.eval_shape(everything(case), values).items():
        assert shape.dtype == "bfloat16", name
    results = jax.jit(choices(case))(values)
    plain = {name: value.astype("float32") for name, value in values.items()}
    wanted = jax.jit(references(replace(case, dtype="float32")))(plain)
    for name, value in wanted.items():
        exact = np.asarray(value)
        got = np.asarray(results[name].astype("float32"))
        assert np.abs(got - exact).max() <= 0.02 * np.abs(exact).max(), (name, case)


@pytest.mark.parametrize("kind", KINDS)
def test_second_derivatives(kind: str) -> None:
    """The gradient of a gradient through the chosen forms is that of the reference."""
    with jax.enable_x64(True):
        rng = np.random.default_rng(3)
        case = random_case(rng, kind)
        values = arrays(case, rng)

        def twice(lowerings: Lowerings) -> tuple[jax.Array, jax.Array]:
            def loss(x: jax.Array, kernel: jax.Array) -> jax.Array:
                shape = {"strides": case.strides, "pads": case.pads, "dilations": case.dilations}
                y = conv(Run(lowerings=lowerings), x, kernel, groups=case.groups, **shape)
                return (y**3).sum()

            def of_gradient(x: jax.Array, kernel: jax.Array) -> jax.Array:
                dx, dkernel = jax.grad(loss, argnums=(0, 1))(x, kernel)
                return (dx**2).sum() + (dkernel**2).sum()

            return jax.jit(jax.grad(of_gradient, argnums=(0, 1)))(values["x"], values["kernel"])

        names = {op.name: next((f.name for f in op.forms if f.fits(case)), REFERENCE) for op in OPERATIONS}
        for got, wanted in zip(twice(Lowerings(names)), twice(Lowerings(default=REFERENCE)), strict=True):
            assert difference(got, wanted) < 1e-10


@pytest.mark.parametrize("backend", ["gpu", "tpu"])
@pytest.mark.parametrize("kind", KINDS)
def test_other_backends_take_the_reference(kind: str, backend: str) -> None:
    """Where nothing was measured the choice is the reference."""
    for seed in range(20):
        case = replace(random_case(np.random.default_rng(seed), kind, "float32"), backend=backend)
        assert [operation.choose(case).form for operation in OPERATIONS] == [REFERENCE] * 3


@pytest.mark.parametrize("kind", KINDS)
def test_rules_are_asked_only_where_the_form_fits(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The choice never asks a rule about a case that its form cannot compute."""

    def guarded(form: Form[ConvCase]) -> Form[ConvCase]:
        def wins(case: ConvCase) -> bool:
            assert form.fits(case), form.name
            return form.wins(case)

        return replace(form, wins=wins)

    for operation in OPERATIONS:
        monkeypatch.setitem(
            REGISTERED, operation.name, operation
        )  # a copy takes its place until the test ends
        checked = replace(operation, forms=tuple(map(guarded, operation.forms)))
        for seed in range(40):
            case = random_case(np.random.default_rng(seed), kind, "float32")
            assert checked.choose(case).form == operation.choose(case).form


def test_a_symbolic_batch_exports_and_runs() -> None:
    """A batch that is a symbol of `jax.export` compiles into the forms that do not need its size."""
    (batch,) = jax.export.symbolic_shape("n")
    run = Run(lowerings=Lowerings(backend="cpu"))
    rng = np.random.default_rng(0)
    kernels = [rng.standard_normal(s).astype("float32") for s in ((1, 1, 4, 6), (3, 3, 1, 6), (3, 3, 3, 4))]

    def network(x: jax.Array) -> jax.Array:
        plain = {"strides": (1, 1), "pads": ((1, 1), (1, 1)), "dilations": (1, 1)}
        x = conv(run, x, kernels[0], strides=(2, 2), pads=((0, 0), (0, 0)), dilations=(1, 1))
        x = conv(run, x, kernels[1], groups=6, **plain)
        return conv(run, x, kernels[2], groups=2, **plain)

    exported = jax.export.export(jax.jit(network))(jax.ShapeDtypeStruct((batch, 9, 8, 4), "float32"))
    x = rng.standard_normal((3, 9, 8, 4)).astype("float32")
    assert difference(exported.call(x), jax.jit(network)(x)) < 1e-5
