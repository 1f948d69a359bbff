"""Layers with rules of their own, against values worked out by hand or printed in their papers."""

from typing import Any

import pytest

from netspec.diagnostics import Fault, Refused, rules
from netspec.layers import KINDS, Layer, Parameter, Shape

LENET_TABLE_1 = (
    *((0, 1, 2), (1, 2, 3), (2, 3, 4), (3, 4, 5), (4, 5, 0), (5, 0, 1)),
    *((0, 1, 2, 3), (1, 2, 3, 4), (2, 3, 4, 5), (3, 4, 5, 0), (4, 5, 0, 1), (5, 0, 1, 2)),
    *((0, 1, 3, 4), (1, 2, 4, 5), (0, 2, 3, 5), (0, 1, 2, 3, 4, 5)),
)


def make(name: str, **fields: Any) -> Layer:
    """A layer with these fields."""
    return KINDS[name].model_validate(fields)


def owned(layer: Layer, *sizes: int) -> dict[str, Parameter]:
    """The parameters of a layer on an input of these sizes, by name."""
    return {parameter.name: parameter for parameter in layer.parameters((Shape(sizes),))}


def refusal(layer: Layer, *inputs: Shape) -> Fault:
    """The fault for which a layer refuses these inputs."""
    with pytest.raises(Refused) as refused:
        layer.infer(inputs)
    return refused.value.fault


def test_lenet_has_its_sixty_thousand_parameters() -> None:
    """LeNet-5's trained parameters, layer by layer, are those of LeCun et al. 1998, section II.B."""
    body = [
        (make("conv", kernel=5, filters=6, padding="valid", bias=True), (32, 32, 1), 156),
        (make("subsample", kernel=2), (28, 28, 6), 12),
        (
            make("conv", kernel=5, filters=16, padding="valid", connections=LENET_TABLE_1, bias=True),
            (14, 14, 6),
            1_516,
        ),
        (make("subsample", kernel=2), (10, 10, 16), 32),
        (make("conv", kernel=5, filters=120, padding="valid", bias=True), (5, 5, 16), 48_120),
        (make("fc", units=84, bias=True), (1, 1, 120), 10_164),
    ]
    sizes = [sum(p.size for p in owned(layer, *shape).values()) for layer, shape, _ in body]
    assert sizes == [count for _, _, count in body]
    assert sum(sizes) == 60_000
    prototypes = owned(make("rbf", units=10), 84)["prototypes"]
    assert (prototypes.shape, prototypes.trainable) == ((84, 10), False)


@pytest.mark.parametrize(
    ("table", "more", "says"),
    [
        (((0, 1), (2,)), {}, "channels 0 to 1"),
        (((0, 0), (1,)), {}, "each once"),
        (((), (1,)), {}, "row 0"),
        (((0,),), {}, "1 rows, and there are 2 filters"),
        (((0,), (1,)), {"groups": 2}, "not both"),
    ],
)
def test_a_table_of_connections_fits_or_is_refused(
    table: tuple[tuple[int, ...], ...], more: dict[str, int], says: str
) -> None:
    """Each filter names existing channels, each once, and there is a row for every filter."""
    fault = refusal(make("conv", kernel=3, filters=2, connections=table, **more), Shape((8, 8, 2)))
    assert fault.rule is rules.BAD_CONNECTIONS
    assert says in fault.message


def test_a_bias_by_position_has_one_value_an_output() -> None:
    """AlphaGo's last layer has a bias of its own on each of the 19x19 points."""
    bias = owned(make("conv", kernel=1, filters=1, bias="position"), 19, 19, 192)["bias"]
    assert (bias.shape, bias.role) == ((19, 19, 1), "bias")


def test_subsampling_starts_as_a_mean() -> None:
    """The coefficient starts at one over the number of values in the window, on maps of any rank."""
    assert owned(make("subsample", kernel=2), 28, 28, 6)["weight"].initializer == "constant(0.25)"
    assert owned(make("subsample", kernel=2), 28, 6)["weight"].initializer == "constant(0.5)"


@pytest.mark.parametrize(
    ("name", "more"), [("pool", {}), ("avgpool", {}), ("subsample", {}), ("upconv", {"filters": 4})]
)
def test_a_stride_not_given_is_the_kernel(name: str, more: dict[str, int]) -> None:
    """The filled fields hold the stride, so that the printed form shows it."""
    assert make(name, kernel=3, **more).model_dump()["stride"] == 3
    assert make(name, kernel=(2, 3), **more).model_dump()["stride"] == (2, 3)
    assert make(name, kernel=3, stride=2, **more).model_dump()["stride"] == 2


def test_ceil_keeps_a_window_only_if_it_starts_inside_the_map() -> None:
    """With ceil 6 rows give pool3/2 a third window; one that would start in the far padding is dropped."""
    assert make("pool", kernel=3, stride=2, ceil=True).infer((Shape((6, 1)),)) == Shape((3, 1))
    assert make("pool", kernel=3, stride=2).infer((Shape((6, 1)),)) == Shape((2, 1))
    assert make("pool", kernel=2, stride=2, padding=1, ceil=True).infer((Shape((3, 1)),)) == Shape((2, 1))
    assert make("pool", kernel=2, stride=3, padding=1, ceil=True).infer((Shape((5, 1)),)) == Shape((2, 1))


def test_a_pool_pads_half_its_window_at_most() -> None:
    """More padding would leave windows of padding alone; the fault shows the half."""
    fault = refusal(make("pool", kernel=3, padding=2), Shape((8, 8, 1)))
    assert (fault.rule, fault.field, fault.label) == (rules.PADDING_TOO_LARGE, "padding", "3 // 2 = 1")


def test_a_window_that_does_not_fit_is_shown_with_its_arithmetic() -> None:
    """The message names kernel and input, the label the formula; a convolution is offered `same`."""
    fault = refusal(make("conv", kernel=5, filters=128, padding="valid"), Shape((3, 3, 64)))
    assert fault.message == "the 5x5 kernel does not fit its 3x3x64 input"
    assert fault.label == "(3 - 5 + 2*0)/1 + 1 = -1"
    assert [(mend.help, dict(mend.fields)) for mend in fault.mends] == [
        ("padding=same keeps 3x3", {"padding": "same"})
    ]
    fault = refusal(make("pool", kernel=2), Shape((1, 7, 64)))
    assert fault.message == "the 2x2 window does not fit its 1x7x64 input"
    assert not fault.mends


def test_alexnet_on_224_loses_rows() -> None:
    """The lectures' example: an 11x11 kernel at stride 4 fits 227 rows, and of 224 it never reads one."""
    layer = make("conv", kernel=11, filters=96, stride=4, padding=0)
    assert list(layer.advice((Shape((227, 227, 3)),))) == []
    (fault,) = layer.advice((Shape((224, 224, 3)),))
    assert fault.message == "no output reads the last row and the last column of the 224x224 map"
    assert fault.label == "(224 - 11 + 2*0) / 4 leaves 1"


def test_an_even_kernel_with_same_is_pointed_out() -> None:
    """`same` of an even kernel pads one more after than before."""
    (fault,) = make("conv", kernel=4, filters=8).advice((Shape((8, 8, 3)),))
    assert fault.rule is rules.EVEN_KERNEL_SAME
    assert "pads 1 before and 2 after" in fault.message


@pytest.mark.parametrize(
    ("padding", "extra", "out"),
    [
        ((1, 1), 0, 13),
        (1, 1, 14),
        ("same", 0, 14),
        ("same_tf", 0, 14),
        ("valid", 0, 15),
        (((0, 1),) * 2, 0, 14),
    ],
)
def test_the_ways_to_double_a_map_of_seven(padding: Any, extra: int, out: int) -> None:
    """A 3x3 stamp every 2 rows: (7 - 1)*2 + 3 = 15 rows, less the padding, plus output_padding."""
    layer = make("upconv", kernel=3, filters=1, stride=2, padding=padding, output_padding=extra)
    assert layer.infer((Shape((7, 7, 1)),)) == Shape((out, out, 1))


def test_output_padding_stays_below_stride_and_goes_with_numbers() -> None:
    """A row that no stamp of a larger input would reach, or one beside `same`, is refused."""
    x = Shape((7, 7, 1))
    for more in ({"output_padding": 2}, {"output_padding": 1, "padding": "same"}):
        fault = refusal(make("upconv", kernel=3, filters=1, stride=2, **more), x)
        assert (fault.rule, fault.field) == (rules.WRONG_VALUE, "output_padding")


def test_an_upconv_whose_padding_cuts_everything_is_refused() -> None:
    """An output below one row is no output; the label shows the sum."""
    fault = refusal(make("upconv", kernel=2, filters=1, padding=2), Shape((2, 2, 1)))
    assert (fault.rule, fault.label) == (rules.NOTHING_LEFT, "(2 - 1)*2 - 2*2 + 2 + 0 = 0")


def test_pixel_shuffle_lays_channels_out_as_pixels() -> None:
    """ESPCN's last layer: 9 channels of 17x17 become one of 51x51; three axes take factor^3 channels."""
    assert make("pixel_shuffle", factor=3).infer((Shape((17, 17, 9)),)) == Shape((51, 51, 1))
    assert make("pixel_shuffle", factor=2).infer((Shape((4, 4, 4, 8)),)) == Shape((8, 8, 8, 1))
    assert make("pixel_shuffle", factor=(1, 2)).infer((Shape((5, 5, 6)),)) == Shape((5, 10, 3))
    fault = refusal(make("pixel_shuffle", factor=2), Shape((5, 5, 6)))
    assert (fault.rule, fault.label) == (rules.NOT_DIVISIBLE, "6 / 4 leaves 2")


def test_adaptive_pools_have_the_size_asked_for() -> None:
    """Whatever the map, smaller ones included, as in PyTorch."""
    for size in (1, 5, 7, 20):
        assert make("adaptive_avgpool", size=7).infer((Shape((size, size, 3)),)) == Shape((7, 7, 3))
    assert make("adaptive_maxpool", size=(2, 3)).infer((Shape((9, 9, 1)),)) == Shape((2, 3, 1))


def test_lrn_has_alexnets_numbers_and_nothing_to_train() -> None:
    """AlexNet has k = 2, n = 5, alpha = 1e-4, beta = 0.75 (Krizhevsky et al. 2012, section 3.3)."""
    layer = make("lrn")
    assert layer.model_dump() == {"size": 5, "alpha": 1e-4, "beta": 0.75, "k": 2.0}
    assert owned(layer, 55, 55, 96) == {}


def test_batch_norm_keeps_statistics_apart() -> None:
    """Scale and offset are trained, the running mean and variance are statistics; either may be left out."""
    found = owned(make("bn"), 8, 8, 16)
    assert {name: (p.role, p.trainable) for name, p in found.items()} == {
        "scale": ("weight", True),
        "offset": ("bias", True),
        "mean": ("statistic", False),
        "variance": ("statistic", False),
    }
    assert list(owned(make("bn", scale=False, offset=False), 8, 8, 16)) == ["mean", "variance"]
    assert [name for name, kind in KINDS.items() if kind.cancels_bias] == ["bn"]


def test_separable_convolution_has_two_kernels() -> None:
    """Depthwise 3x3 on 64 channels and 1x1 from 64 to 128: 576 + 8,192 weights."""
    found = owned(make("sepconv", kernel=3, filters=128, bias=False), 147, 147, 64)
    assert {name: p.shape for name, p in found.items()} == {
        "depthwise_kernel": (3, 3, 1, 64),
        "pointwise_kernel": (1, 1, 64, 128),
    }


def test_a_reflection_needs_rows_to_mirror() -> None:
    """Three rows can mirror two; zeros and edges have no such limit."""
    x = Shape((3, 3, 1))
    assert make("pad", by=2, mode="reflect").infer((x,)) == Shape((7, 7, 1))
    assert refusal(make("pad", by=3, mode="reflect"), x).rule is rules.PADDING_TOO_LARGE
    assert make("pad", by=3, mode="edge").infer((x,)) == Shape((9, 9, 1))
    assert refusal(make("pad", by=1, mode="edge", value=1.0), x).field == "value"


def test_pad_channels_never_takes_any_away() -> None:
    """It adds zeros up to the number asked for, and refuses a smaller one."""
    assert make("pad_channels", channels=64).infer((Shape((8, 8, 16)),)) == Shape((8, 8, 64))
    assert refusal(make("pad_channels", channels=8), Shape((8, 8, 16))).rule is rules.WRONG_VALUE


def test_reshape_shows_both_products() -> None:
    """The fault has the two products next to each other."""
    fault = refusal(make("reshape", sizes=(4, 4, 8)), Shape((8, 8, 1)))
    assert (fault.rule, fault.label) == (rules.BAD_RESHAPE, "4*4*8 = 128, not 8*8*1 = 64")


@pytest.mark.parametrize(
    ("name", "shapes", "says"),
    [
        (
            "add",
            [(56, 56, 64), (28, 28, 64)],
            "56x56x64 and 28x28x64: 56 against 28 rows, 56 against 28 columns",
        ),
        ("add", [(8, 8, 4), (8, 8, 8)], "8x8x4 and 8x8x8: 4 against 8 channels"),
        ("add", [(8, 8, 4), (4,)], "8x8x4 and 4: a 2-D map against a vector"),
        ("add", [(8, 4), (8, 4), (7, 4)], "8x4 and 7x4: 8 against 7 positions"),
        ("concat", [(8, 8, 4), (8, 7, 9)], "8x8x4 and 8x7x9: 8 against 7 columns"),
        ("concat", [(8, 8, 4), (8, 4)], "8x8x4 and 8x4: a 2-D map against a 1-D map"),
        ("multiply", [(8, 8, 4), (3,)], "8x8x4 and 3: 4 against 3 channels"),
        ("multiply", [(8, 8, 4), (1, 8, 4)], "8x8x4 and 1x8x4: 8 against 1 rows"),
        ("multiply", [(1, 1, 1, 4), (8, 8, 4)], "8x8x4 and 1x1x1x4: a 2-D map against a 3-D map"),
    ],
)
def test_merges_name_the_dimension_that_differs(name: str, shapes: list[tuple[int, ...]], says: str) -> None:
    """Every dimension is checked, and the fault names both shapes and what is different."""
    fault = refusal(make(name), *map(Shape, shapes))
    assert fault.rule is rules.SHAPES_DISAGREE
    assert fault.message == f"{name} cannot merge {says}"


def test_a_crop_is_offered_for_a_small_difference_only() -> None:
    """U-Net's 64 against 56 can be cropped; 56 against 28 is a pool too many."""
    assert [
        dict(mend.fields) for mend in refusal(make("concat"), Shape((64, 64, 8)), Shape((56, 56, 8))).mends
    ] == [{"crop": "true"}]
    assert refusal(make("concat"), Shape((56, 56, 8)), Shape((28, 28, 8))).mends == ()
    assert refusal(make("concat"), Shape((64, 8)), Shape((56, 8)), Shape((56, 56, 8))).mends == ()


def test_concat_crops_each_axis_to_the_smallest() -> None:
    """With crop every axis has the smallest input's size, and channels add up."""
    inputs = (Shape((64, 60, 2)), Shape((56, 62, 3)), Shape((57, 61, 4)))
    assert make("concat", crop=True).infer(inputs) == Shape((56, 60, 9))
    assert refusal(make("concat", crop=True), Shape((8, 8, 2)), Shape((8, 2))).rule is rules.SHAPES_DISAGREE


def test_softmax_over_positions_needs_positions() -> None:
    """A vector has channels to sum over, and no positions."""
    for over in ("channels", "all"):
        assert make("softmax", over=over).infer((Shape((10,)),)) == Shape((10,))
    assert refusal(make("softmax", over="positions"), Shape((10,))).rule is rules.WRONG_RANK


def test_multiply_gates_from_any_side() -> None:
    """The gate may come first, be a vector or a 1x1 map, and two gates give a gate."""
    full, flat, vector = Shape((7, 7, 4)), Shape((1, 1, 4)), Shape((4,))
    for inputs in ((full, vector), (vector, full), (flat, full), (full, flat, vector), (full, full)):
        assert make("multiply").infer(inputs) == full
    assert make("multiply").infer((vector, flat)) == flat
    assert make("multiply").infer((vector, vector)) == vector


@pytest.mark.parametrize(
    ("name", "fields", "field", "label"),
    [
        ("conv", {"kernel": 3, "filters": 8, "groups": 4}, "groups", "6 / 4 leaves 2"),
        ("conv", {"kernel": 3, "filters": 8, "groups": 3}, "groups", "8 / 3 leaves 2"),
        ("upconv", {"kernel": 2, "filters": 8, "groups": 4}, "groups", "6 / 4 leaves 2"),
        ("upconv", {"kernel": 2, "filters": 8, "groups": 3}, "groups", "8 / 3 leaves 2"),
        ("gn", {"groups": 4}, "groups", "6 / 4 leaves 2"),
        ("channel_shuffle", {"groups": 4}, "groups", "6 / 4 leaves 2"),
        ("maxout", {"pieces": 4}, "pieces", "6 / 4 leaves 2"),
    ],
)
def test_channels_that_cannot_be_divided_are_refused(
    name: str, fields: dict[str, int], field: str, label: str
) -> None:
    """Groups are of one size, for the input's channels and for the filters."""
    fault = refusal(make(name, **fields), Shape((8, 8, 6)))
    assert (fault.rule, fault.field, fault.label) == (rules.NOT_DIVISIBLE, field, label)
