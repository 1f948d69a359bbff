"""Structured YAML says what arrow notation says: every row of the language's tables, and every form, in both."""

import pytest
from spec_text import assert_told, graph, network, spoken

from netspec.layers.base import Shape

ROWS = [
    # What is written, the same as structured YAML, an input, and the output that the table's words give for it.
    ("conv3-64", "conv: {filters: 64, kernel: 3, stride: 1, padding: same}", "224x224x3", "224x224x64"),
    ("conv7-64/2", "conv: {filters: 64, kernel: 7, stride: 2}", "224x224x3", "112x112x64"),
    ("conv11-96/4(padding=0)", "conv: {filters: 96, kernel: 11, stride: 4, padding: 0}", "227x227x3", "55x55x96"),
    ("conv3-8(padding=2)", "conv: {filters: 8, kernel: 3, padding: 2}", "8x8x3", "10x10x8"),
    ("conv3-8(padding=same)", "conv: {filters: 8, kernel: 3, padding: same}", "8x8x3", "8x8x8"),
    ("conv3-8(padding=valid)", "conv: {filters: 8, kernel: 3, padding: valid}", "8x8x3", "6x6x8"),
    ("conv3-8/2(padding=same_tf)", "conv: {filters: 8, kernel: 3, stride: 2, padding: same_tf}", "8x8x3", "4x4x8"),
    ("conv3-8(padding=1x2)", "conv: {filters: 8, kernel: 3, padding: 1x2}", "8x8x3", "8x10x8"),
    ("conv3-8(padding=[1, 2])", "conv: {filters: 8, kernel: 3, padding: [1, 2]}", "8x8x3", "8x10x8"),
    ("conv3-8(padding=[[0, 1], [2, 3]])", "conv: {filters: 8, kernel: 3, padding: [[0, 1], [2, 3]]}", "8x8x3", "7x11x8"),
    ("conv5x20-186/1x2", "conv: {filters: 186, kernel: 5x20, stride: 1x2, padding: same}", "32x40x1", "32x20x186"),
    ("conv5x20-186/1x2", "conv: {filters: 186, kernel: [5, 20], stride: [1, 2]}", "32x40x1", "32x20x186"),
    ("conv3-256(dilation=2, groups=2)", "conv: {filters: 256, kernel: 3, dilation: 2, groups: 2}", "28x28x64", "28x28x256"),
    ("conv3-64", "conv: {filters: 64, kernel: 3}", "56x300", "56x64"),
    ("conv3-64/2", "conv: {filters: 64, kernel: 3, stride: 2}", "16x112x112x3", "8x56x56x64"),
    ("conv3x3x3-64/1x2x2", "conv: {filters: 64, kernel: 3x3x3, stride: 1x2x2}", "16x112x112x3", "16x56x56x64"),
    ("dwconv3/2", "dwconv: {kernel: 3, stride: 2}", "112x112x64", "56x56x64"),
    ("sepconv3-128", "sepconv: {filters: 128, kernel: 3}", "147x147x64", "147x147x128"),
    ("upconv2-64", "upconv: {filters: 64, kernel: 2, stride: 2}", "28x28x128", "56x56x64"),
    (
        "upconv3-64/2(padding=1, output_padding=1, dilation=1, groups=2)",
        "upconv: {filters: 64, kernel: 3, stride: 2, padding: 1, output_padding: 1, dilation: 1, groups: 2}",
        "28x28x128",
        "56x56x64",
    ),
    ("pool2", "pool: {kernel: 2, stride: 2}", "224x224x64", "112x112x64"),
    ("pool3/2", "pool: {kernel: 3, stride: 2}", "55x55x96", "27x27x96"),
    ("avgpool2", "avgpool: {kernel: 2}", "28x28x6", "14x14x6"),
    ("pool3/2(padding=1)", "pool: {kernel: 3, stride: 2, padding: 1}", "112x112x64", "56x56x64"),
    ("pool2(dilation=2)", "pool: {kernel: 2, dilation: 2}", "7x7x4", "3x3x4"),
    ("pool3/2(ceil=true)", "pool: {kernel: 3, stride: 2, ceil: true}", "112x112x64", "56x56x64"),
    (
        "avgpool3/1(padding=same, include_pad=false)",
        "avgpool: {kernel: 3, stride: 1, padding: same, include_pad: false}",
        "35x35x192",
        "35x35x192",
    ),
    ("gap", "gap", "7x7x2048", "2048"),
    ("gap", "gap: {}", "7x7x2048", "2048"),
    ("gmp", "gmp:", "52x100", "100"),
    ("adaptive_avgpool7", "adaptive_avgpool: {size: 7}", "12x15x512", "7x7x512"),
    ("fc-4096", "fc: {units: 4096}", "7x7x512", "4096"),
    ("relu", "relu", "8x8x4", "8x8x4"),
    ("leaky_relu(0.1)", "leaky_relu: {slope: 0.1}", "8x8x4", "8x8x4"),
    ("leaky_relu(0.1)", "leaky_relu: 0.1", "8x8x4", "8x8x4"),
    ("elu", "elu: {alpha: 1.0}", "8x8x4", "8x8x4"),
    ("sigmoid", "sigmoid: {}", "8x8x4", "8x8x4"),
    ("tanh", "tanh:", "8x8x4", "8x8x4"),
    ("maxout(2)", "maxout: {pieces: 2}", "8x8x4", "8x8x2"),
    ("softmax", "softmax: {over: channels}", "1000", "1000"),
    ("gelu", "gelu", "8x8x4", "8x8x4"),
    ("silu", "silu", "8x8x4", "8x8x4"),
    ("relu6", "relu6", "8x8x4", "8x8x4"),
    ("hard_swish", "hard_swish", "8x8x4", "8x8x4"),
    ("hard_sigmoid", "hard_sigmoid", "8x8x4", "8x8x4"),
    ("prelu", "prelu: {shared: false}", "8x8x4", "8x8x4"),
    ("bn", "bn: {}", "8x8x4", "8x8x4"),
    ("ln", "ln", "8x8x4", "8x8x4"),
    ("gn(32)", "gn: {groups: 32}", "8x8x64", "8x8x64"),
    ("instance_norm", "instance_norm", "8x8x4", "8x8x4"),
    ("lrn(5)", "lrn: {size: 5}", "8x8x4", "8x8x4"),
    ("dropout(0.5)", "dropout: {rate: 0.5}", "4096", "4096"),
    ("dropout(0.5)", "dropout: 0.5", "4096", "4096"),
    ("drop_path(0.1)", "drop_path: {rate: 0.1}", "8x8x4", "8x8x4"),
    ("scale(1.0)", "scale: {initial: 1.0}", "8x8x4", "8x8x4"),
    ("pixel_shuffle(3)", "pixel_shuffle: {factor: 3}", "8x8x27", "24x24x3"),
    ("upsample(2)", "upsample: {factor: 2}", "8x8x4", "16x16x4"),
    ("pad(3)", "pad: {by: 3}", "8x8x4", "14x14x4"),
    ("pad(1x2)", "pad: 1x2", "8x8x4", "10x12x4"),
    ("pad([[0, 1], [2, 3]])", "pad: {by: [[0, 1], [2, 3]]}", "8x8x4", "9x13x4"),
    ("crop(2)", "crop: {by: 2}", "8x8x4", "4x4x4"),
    ("flatten", "flatten", "8x8x4", "256"),
    ("reshape(4x4x16)", "reshape: {sizes: 4x4x16}", "256", "4x4x16"),
    ("reshape(4x4x16)", "reshape: {sizes: [4, 4, 16]}", "256", "4x4x16"),
    ("channel_shuffle(3)", "channel_shuffle: {groups: 3}", "8x8x6", "8x8x6"),
    ("conv3-8(bias=false)", "conv: {filters: 8, kernel: 3, bias: false}", "8x8x3", "8x8x8"),
]


def entry(written: str, shape: str) -> str:
    """A spec whose network is a list of one entry."""
    return f"input: {shape}\nnetwork:\n  - {written}\n"


def sizes(text: str) -> Shape:
    """A shape as people write it."""
    return Shape(tuple(map(int, text.split("x"))))


@pytest.mark.parametrize(("arrow", "yaml", "given", "out"), ROWS, ids=[f"{row[0]} | {row[1]}" for row in ROWS])
def test_both_spellings_of_a_layer_give_one_graph(arrow: str, yaml: str, given: str, out: str) -> None:
    """A row of the table gives the same graph in both spellings, with the shape that its words promise."""
    by_arrow = network(arrow, given)
    assert graph(entry(yaml, given)) == by_arrow
    assert by_arrow.nodes[0].shape == sizes(out)


def test_token_ids_become_vectors_in_both_spellings() -> None:
    """`embed-300` reads ids."""
    head = "input: {shape: 56, tokens: 20000}\n"
    by_arrow = graph(head + "network: embed-300\n")
    assert by_arrow == graph(head + "network:\n  - embed: {width: 300}\n")
    assert by_arrow.nodes[0].shape == sizes("56x300")


FORMS = [
    ("repeat: 3\n    network: conv3-3 -> relu", "[conv3-3 -> relu]*3"),
    ("repeat: 3\n    network:\n      - conv3-3\n      - relu", "[conv3-3 -> relu]*3"),
    ("repeat: 2\n    network:\n      - repeat: 2\n        network: relu", "[[relu]*2]*2"),
    ("repeat: 0\n    network: relu\n  - bn", "[relu]*0 -> bn"),
    ("conv3-3 -> relu\n  - conv: {filters: 3, kernel: 3}\n  - [relu, bn -> relu]", "conv3-3 -> relu -> conv3-3 -> relu -> bn -> relu"),
    ("conv: {filters: 3, kernel: 3}\n    tag: a\n  - relu\n  - add: a", "conv3-3 @a -> relu -> add(a)"),
    ("conv: {filters: 3, kernel: 3}\n    tag: a\n  - relu\n  - add: {with: a}", "conv3-3 @a -> relu -> add(a)"),
    ("conv: {filters: 3, kernel: 3}\n    tag: a\n  - relu\n  - concat: {with: a, crop: true}", "conv3-3 @a -> relu -> concat(a, crop=true)"),
    ("relu:\n    tag: a\n  - relu:\n    tag: b\n  - multiply: {with: [a, b]}", "relu @a -> relu @b -> multiply(a, b)"),
    ("relu:\n    tag: a\n  - bn\n  - from: a\n  - tanh\n  - add: a", "relu @a -> bn -> from(a) -> tanh -> add(a)"),
    ("conv: {filters: 3, kernel: 3}\n    tag: a\n  - conv: {filters: 3, kernel: 3, share: a}", "conv3-3 @a -> conv3-3(share=a)"),
    ("conv: {filters: 3, kernel: 3}\n    name: stem/first", "conv3-3 @stem/first"),
    ("repeat: 1\n    network: relu -> bn\n    tag: a\n  - add: a", "[relu -> bn] @a -> add(a)"),
    ("input\n  - relu", "relu"),
    ("INPUT -> relu", "relu"),
]


@pytest.mark.parametrize(("yaml", "arrow"), FORMS)
def test_both_spellings_of_a_form_give_one_graph(yaml: str, arrow: str) -> None:
    """Repeats, tags, merges, jumps, shared parameters and names are the same in both spellings."""
    assert graph(f"input: 8x8x3\nallow: [W204]\nnetwork:\n  - {yaml}\n") == network(arrow, "8x8x3")


def test_both_spellings_of_a_block_and_its_calls_give_one_graph() -> None:
    """A block's body and its calls, by place and by name, are the same in both spellings."""
    by_arrow = "blocks:\n  unit(width, stride=1): conv3-{width}/{stride} -> relu\nnetwork: unit(4) -> unit(8, stride=2)\n"
    structured = """\
blocks:
  unit(width, stride=1):
    - conv: {filters: "{width}", kernel: 3, stride: "{stride}"}
    - relu
network:
  - unit: 4
  - unit: {width: 8, stride: 2}
"""
    by_place = structured.replace("{width: 8, stride: 2}", "[8, 2]")
    head = "input: 8x8x3\n"
    assert graph(head + by_arrow) == graph(head + structured) == graph(head + by_place)


@pytest.mark.parametrize("name", ["CONV", "Conv"])
def test_names_are_read_in_any_case(name: str) -> None:
    """The layer's name may be written as the lectures write it."""
    assert graph(entry(f"{name}: {{filters: 4, kernel: 3}}", "8x8x3")) == network("conv3-4", "8x8x3")


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("E118", "network: ⟦[]⟧\n"),
        ("E118", "⟦network:⟧\n"),
        ("E118", "network:\n  - {conv: {filters: 4, kernel: 3}, ⟦relu⟧: {}}\n"),
        ("E118", "network:\n  - conv:\n    ⟦filters⟧: 4\n    kernel: 3\n"),
        ("E118", "network:\n  - ⟦{}⟧\n"),
        ("E118", "network:\n  - ⟦{tag: a}⟧\n"),
        ("E118", "network:\n  - ⟦repeat: 3⟧\n"),
        ("E118", "network:\n  - ⟦network: relu⟧\n"),
        ("E118", "network:\n  - concat: ⟦[relu]⟧\n"),
        ("E118", "network:\n  - concat: ⟦[]⟧\n"),
        ("E118", "network:\n  - relu\n  - ⟦[]⟧\n"),
        ("E103", "network:\n  - residual: relu\n    ⟦shorcut⟧: pad\n"),
        ("E103", "network:\n  - repeat: 2\n    network: relu\n    ⟦times⟧: 2\n"),
        ("E103", "network:\n  - conv: {filters: 4, kernel: 3, ⟦strid⟧: 2}\n"),
        ("E103", "network:\n  - relu: ⟦0.5⟧\n"),
        ("E104", "network:\n  - conv: {filters: ⟦four⟧, kernel: 3}\n"),
        ("E104", "network:\n  - conv: {filters: ⟦4.0⟧, kernel: 3}\n"),
        ("E104", "network:\n  - conv: {filters: ⟦true⟧, kernel: 3}\n"),
        ("E104", "network:\n  - conv: {filters: ⟦\"4\"⟧, kernel: 3}\n"),
        ("E104", "network:\n  - conv: {filters: 4, kernel: 3, bias: ⟦1⟧}\n"),
        ("E104", "network:\n  - conv: {filters: 4, kernel: ⟦[3, three]⟧}\n"),
        ("E104", "network:\n  - conv: {filters: 4, kernel: ⟦{size: 3}⟧}\n"),
        ("E104", "network:\n  - conv: {filters: 4, kernel: ⟦null⟧}\n"),
        ("E104", "network:\n  - relu:\n    tag: ⟦7⟧\n"),
        ("E104", "network:\n  - relu:\n    tag: ⟦[a]⟧\n"),
        ("E104", "network:\n  - relu:\n    tag: ⟦\"a b\"⟧\n"),
        ("E104", "network:\n  - relu:\n    name: ⟦\"1st\"⟧\n"),
        ("E105", "network:\n  - ⟦conv⟧: {filters: 4}\n"),
        ("E105", "network:\n  - ⟦fc⟧\n"),
        ("E102", "network:\n  - ⟦cnov⟧: {filters: 4, kernel: 3}\n"),
        ("E102", "network:\n  - ⟦zorbl⟧:\n"),
        ("E116", "network:\n  - repeat: ⟦-1⟧\n    network: relu\n"),
        ("E116", "network:\n  - repeat: ⟦2.5⟧\n    network: relu\n"),
        ("E116", "network:\n  - repeat: ⟦two⟧\n    network: relu\n"),
        ("E116", "network:\n  - repeat: ⟦true⟧\n    network: relu\n"),
    ],
)
def test_a_fault_of_structured_yaml_is_told_once_at_its_place(code: str, text: str) -> None:
    """Every sort of fault gives one finding, at the key or the value that is wrong."""
    assert_told(f"input: 8x8x3\n{text}", code)


def test_several_faults_of_one_layer_are_told_together() -> None:
    """Each wrong field has its own finding."""
    assert_told(
        "input: 8x8x3\nnetwork:\n  - conv: {filters: ⟦four⟧, kernel: ⟦0⟧, ⟦padd⟧: same, bias: ⟦off⟧}\n  - relu: {⟦x⟧: 1}\n",
        *("E104", "E104", "E103", "E104", "E103"),
    )


def test_several_missing_fields_are_told_together() -> None:
    """A layer that lacks two fields is told about both in one run."""
    for text in ("network:\n  - conv: {}\n", "network: conv -> relu\n"):
        said = " ".join(finding.message + finding.help for finding in spoken(f"input: 8x8x3\n{text}"))
        assert "filters" in said
        assert "kernel" in said
