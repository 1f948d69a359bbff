"""The numbers of every layer that PyTorch has, forward and backward, on the same weights and inputs."""

from typing import Any, Final

import pytest

torch = pytest.importorskip("torch")

import numpy as np  # noqa: E402
from layers.layer_values import Given, Values, computed, error, given, trained, worst  # noqa: E402
from layers.random_uses import Use, uses  # noqa: E402
from peers.torch_values import LACKS, TORCH, batch_norm, fitting  # noqa: E402

from netspec.layers import KINDS, Shape  # noqa: E402
from netspec.ops.forms import REFERENCE, Lowerings  # noqa: E402
from netspec.ops.pooling import MAX_POOL  # noqa: E402

MANY: Final = {
    "conv": 24,
    "dwconv": 12,
    "sepconv": 8,
    "upconv": 20,
    "pool": 16,
    "avgpool": 16,
    "pixel_shuffle": 16,
}
"""Random uses of the layers that have many fields."""
ANOTHER_SEED: Final = 2015
TOLERANCES: Final = {"float64": 1e-10, "float32": 1e-5}


def tensors(use: Use, numbers: Given, dtype: str) -> tuple[dict[str, Any], list[Any]]:
    """Parameters and inputs, of which PyTorch is to note the gradients of those that netspec trains."""

    def tensor(a: Any, *, follow: bool) -> Any:
        real = a.dtype.kind == "f"
        return torch.tensor(
            a, dtype=getattr(torch, dtype) if real else torch.int64, requires_grad=real and follow
        )

    names = trained(use)
    params = {name: tensor(a, follow=name in names) for name, a in numbers.params.items()}
    return params, [tensor(a, follow=True) for a in numbers.inputs]


def asked(use: Use, numbers: Given, dtype: str, function: Any) -> Values:
    """Output and gradients by autograd, and the statistics of a batch norm afterwards."""
    params, inputs = tensors(use, numbers, dtype)
    y = function(use.layer, params, *inputs)
    y.backward(torch.tensor(numbers.cotangent, dtype=y.dtype))
    rest = {name: value.numpy() for name, value in params.items() if not value.requires_grad}
    gradients = {name: value.grad.numpy() for name, value in params.items() if value.requires_grad}
    return Values(
        y.detach().numpy(), gradients, tuple(x.grad.numpy() for x in inputs if x.requires_grad), rest
    )


def test_every_layer_is_compared_or_has_a_reason() -> None:
    """Each kind is one that PyTorch has, or one that it lacks."""
    assert TORCH.keys() | LACKS.keys() == KINDS.keys()
    assert not TORCH.keys() & LACKS.keys()


@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel:UserWarning")
@pytest.mark.parametrize("kind", TORCH)
def test_a_layer_computes_as_pytorchs(kind: str) -> None:
    """Outputs and gradients to inputs, weights and biases are PyTorch's, over random fields and shapes."""
    chosen = list(filter(fitting, uses(kind, MANY.get(kind, 4), ANOTHER_SEED)))
    numbers = [given(use) for use in chosen]
    for dtype, tolerance in TOLERANCES.items():
        for use, one, found in zip(chosen, numbers, computed(chosen, numbers, dtype=dtype), strict=True):
            wanted = asked(use, one, dtype, TORCH[kind])._replace(statistics={})
            assert worst(found, wanted) < tolerance, (use, dtype)


def test_batch_norm_trains_as_pytorchs() -> None:
    """In training too; its running variance is divided by one less than the number of values, ours by the number."""
    chosen = [use for use in uses("bn", 10, ANOTHER_SEED) if use.rank]
    numbers = [given(use, batch=3) for use in chosen]
    for dtype, tolerance in TOLERANCES.items():
        every = computed(chosen, numbers, dtype=dtype, train=True)
        for use, one, found in zip(chosen, numbers, every, strict=True):
            wanted = asked(use, one, dtype, lambda f, p, x: batch_norm(f, p, x, training=True))
            count = one.inputs[0].size // use.inputs[0].channels
            kept = use.layer.momentum * one.params["variance"]
            biased = kept + (wanted.statistics["variance"] - kept) * (count - 1) / count
            statistics = {"mean": wanted.statistics["mean"], "variance": biased}
            assert worst(found, wanted._replace(statistics=statistics)) < tolerance, (use, dtype)


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("relu", {}),
        ("leaky_relu", {"slope": 0.3}),
        ("prelu", {}),
        ("relu6", {}),
        ("elu", {"alpha": 0.5}),
        ("hard_sigmoid", {}),
        ("hard_swish", {}),
    ],
)
def test_an_activation_has_pytorchs_gradient_where_it_bends(kind: str, fields: dict[str, float]) -> None:
    """At 0, 3, 6 and whatever else is whole."""
    use = Use(KINDS[kind].model_validate(fields), (Shape((17,)),))
    one = given(use)._replace(inputs=(np.arange(-8.0, 9.0)[None],), cotangent=np.ones((1, 17)))
    (found,) = computed([use], [one], dtype="float64")
    assert (
        worst(found, asked(use, one, "float64", TORCH[kind])._replace(statistics={})) < TOLERANCES["float64"]
    )


@pytest.mark.parametrize("form", [REFERENCE, *(form.name for form in MAX_POOL.forms)])
def test_equal_values_share_no_gradient(form: str) -> None:
    """Where the largest value of a window stands there twice, the gradient goes to where PyTorch's goes."""
    chosen = list(filter(fitting, uses("pool", 12, ANOTHER_SEED)))
    whole = [one._replace(inputs=(np.round(one.inputs[0] / 3),)) for one in map(given, chosen)]
    lowerings = Lowerings({"max_pool": form}, default=REFERENCE)
    for use, one, found in zip(
        chosen, whole, computed(chosen, whole, dtype="float64", lowerings=lowerings), strict=True
    ):
        wanted = asked(use, one, "float64", TORCH["pool"])
        assert error(found.inputs[0], wanted.inputs[0]) < TOLERANCES["float64"], use
