"""Whole specs: the examples of the language's description, the keys, and a finding for every fault of a file."""

import pytest
from spec_text import accepted, assert_told, codes, graph, mended, names, spoken, the_finding

from netspec.checking import check_text

HEAD = "input: 8x8x4\n"

RESNET = """\
name: ResNet-50
source: He et al. 2016, arXiv:1512.03385, table 1
input: 224x224x3
variables: {depth: [3, 4, 6, 3], classes: 1000}
variants:
  "101": {depth: [3, 4, 23, 3]}
  "152": {depth: [3, 8, 36, 3]}
blocks:
  bottleneck(width, stride=1):
    - residual: conv1-{width} -> bn -> relu -> conv3-{width}/{stride} -> bn -> relu -> conv1-{4*width} -> bn
    - relu
  stage(width, count, stride=2): bottleneck({width}, stride={stride}) -> [bottleneck({width})]*{count-1}
network: |
  conv7-64/2 -> bn -> relu -> pool3/2(padding=1)
  stage(64, {depth[0]}, stride=1)
  stage(128, {depth[1]}) -> stage(256, {depth[2]}) -> stage(512, {depth[3]})
  gap -> fc-{classes}
"""


def parameters(text: str, **options: object) -> int:
    """Weights and biases of a spec, statistics not counted."""
    owned = [parameter for node in graph(text, **options) for parameter in node.parameters]
    return sum(parameter.size for parameter in owned if parameter.role != "statistic")


# -- the examples of the language's description ------------------------------------------------------------------------


@pytest.mark.parametrize(("variant", "total"), [(None, 25_557_032), ("101", 44_549_160), ("152", 60_192_808)])
def test_resnet_as_the_language_writes_it(variant: str | None, total: int) -> None:
    """The example has the published networks' parameters, and no warnings."""
    assert parameters(RESNET, variant=variant) == total
    assert codes(RESNET, variant=variant) == []


def test_names_of_resnet_are_paths() -> None:
    """A layer's name is the path of blocks to it."""
    assert "stage3/bottleneck2/conv1" in graph(RESNET).by_name


def test_variables_are_set_from_outside() -> None:
    """`classes=10` changes the last layer and nothing else."""
    changed = graph(RESNET, settings={"classes": "10"})
    assert [node.shape.channels for node in changed][-1] == 10
    assert parameters(RESNET, settings={"classes": "10"}) == 25_557_032 - 990 * 2049


VGG = """\
input: 224x224x3
network: |
  INPUT -> [CONV3-64 -> RELU]*2 -> POOL2   # the body is five lines
  [CONV3-128 -> RELU]*2 → POOL2
  [[CONV3-256 -> RELU]*3 -> POOL2]
  [[CONV3-512 -> RELU]*3 -> POOL2]*2
  [FC-4096 -> RELU]*2 -> FC-1000
"""


def test_the_lectures_grammar_with_its_numbers_is_the_spec() -> None:
    """VGG-16 as the lectures write it has the paper's parameters, and is told its numbers."""
    assert parameters(VGG) == 138_357_544
    assert accepted(VGG).grammar == (
        "INPUT -> [[CONV -> RELU]*2 -> POOL]*2 -> [[CONV -> RELU]*3 -> POOL]*3 -> [FC -> RELU]*2 -> FC"
    )


@pytest.mark.parametrize(
    "text",
    [
        "INPUT(32x32x3) -> [[CONV3-8 -> RELU]*2 -> POOL2]*2 -> [FC-16 -> RELU]*1 -> FC-10",
        "input32x32x3 -> [[conv3-8 -> relu]*2 -> pool2]*2 -> fc-16 -> relu -> fc-10",
        "- INPUT(shape=32x32x3)\n- '[[conv3-8 -> relu]*2 -> pool2]*2'\n- fc-16 -> relu\n- fc-10",
        "- input: 32x32x3\n- repeat: 2\n  network: '[conv3-8 -> relu]*2 -> pool2'\n- fc-16 -> relu -> fc-10",
        "network: INPUT(32x32x3) -> [[CONV3-8 -> RELU]*2 -> POOL2]*2 -> FC-16 -> RELU -> FC-10",
        "input: 32x32x3\nnetwork: INPUT -> [[CONV3-8 -> RELU]*2 -> POOL2]*2 -> FC-16 -> RELU -> FC-10",
        "input: [32, 32, 3]\nnetwork: '[[conv3-8 -> relu]*2 -> pool2]*2 -> fc-16 -> relu -> fc-10'",
        "input: {shape: 32x32x3}\nnetwork: '[[conv3-8 -> relu]*2 -> pool2]*2 -> fc-16 -> relu -> fc-10'",
        "input:\n  shape: [32, 32, 3]\nnetwork: ['[[conv3-8 -> relu]*2 -> pool2]*2', [fc-16 -> relu, fc-10]]",
        "variables: {n: 32}\ninput: '{n}x{n}x3'\nnetwork: '[[conv3-8 -> relu]*2 -> pool2]*2 -> fc-16 -> relu -> fc-10'",
    ],
)
def test_a_chain_alone_is_a_spec(text: str) -> None:
    """A file may hold a chain and nothing else, and `INPUT` with sizes stands for the key."""
    plain = "input: 32x32x3\nnetwork: '[[conv3-8 -> relu]*2 -> pool2]*2 -> fc-16 -> relu -> fc-10'\n"
    assert graph(f"{text}\n") == graph(plain)
    assert codes(f"{text}\n") == []


FORMS = """\
input: 56x56x64
network:
  - residual: conv3-64 -> bn -> relu -> conv3-64 -> bn     # y = body(x) + shortcut(x)
    shortcut: auto          # identity where the shapes agree
  - concat:                 # branches from the same input, joined on channels
    - conv1-64 -> relu
    - conv1-96 -> relu -> conv3-128 -> relu
  - repeat: 3
    network: conv3-192 -> relu
"""


def test_the_forms_beyond_the_chain() -> None:
    """Residual, branches and repeat of the description, as they stand there."""
    shapes = {node.name: str(node.shape) for node in graph(FORMS)}
    assert shapes["add1"] == "56x56x64"
    assert shapes["concat1"] == "56x56x192"
    assert [name for name in shapes if name.startswith("conv")] == [
        "conv1",
        "conv2",
        "conv3",
        "conv4",
        "conv5",
    ]
    assert codes(FORMS) == []


GOOGLENET = """\
input: 28x28x192
variables: {classes: 1000}
blocks:
  inception(n1, reduce3, n3, reduce5, n5, projection):
    concat:
      - conv1-{n1} -> relu
      - conv1-{reduce3} -> relu -> conv3-{n3} -> relu
      - conv1-{reduce5} -> relu -> conv5-{n5} -> relu
      - pool3/1(padding=1) -> conv1-{projection} -> relu
network: |
  inception(64, 96, 128, 16, 32, 32)
  inception(128, 128, 192, 32, 96, 64) -> pool3/2(ceil=true)
  inception(192, 96, 208, 16, 48, 64) @i4a
  gap -> fc-{classes}
heads:
  aux1:
    from: i4a
    network: avgpool5/3 -> conv1-128 -> relu -> fc-1024 -> relu -> dropout(0.7) -> fc-{classes}
    loss_weight: 0.3
"""


def test_an_inception_module_is_a_line_and_a_head_hangs_on_a_tag() -> None:
    """The rows 3a, 3b and 4a of GoogLeNet's table 1, with the first auxiliary classifier."""
    network = graph(GOOGLENET)
    joined = [str(node.shape) for node in network if node.kind == "concat"]
    assert joined == ["28x28x256", "28x28x480", "14x14x512"]
    assert [(output.name, output.loss_weight) for output in network.outputs] == [
        ("output", 1.0),
        ("aux1", 0.3),
    ]
    assert network.by_name["i4a/concat1"].index == network.outputs[1].origin
    assert str(network.by_name["aux1/avgpool1"].shape) == "4x4x512"
    assert codes(GOOGLENET) == []


def test_a_skip_of_unet() -> None:
    """A tag names a value that `concat` uses further down, cropped to the centre."""
    shapes = [
        str(node.shape)
        for node in graph("input: 64x64x8\nnetwork: relu @e1 -> crop(4) -> concat(e1, crop=true)\n")
    ]
    assert shapes == ["64x64x8", "56x56x8", "56x56x16"]


def test_squeeze_and_excitation() -> None:
    """`multiply` broadcasts 1x1 maps and vectors over a map."""
    text = "input: 8x8x16\nnetwork: relu @x -> gap -> fc-4 -> relu -> fc-16 -> sigmoid -> multiply(x)\n"
    assert str(graph(text).nodes[-1].shape) == "8x8x16"


@pytest.mark.parametrize(
    ("given", "chain", "out"),
    [
        ("56x300", "conv3-100 -> pool2", "28x100"),
        ("224x224x3", "conv3-64/2 -> pool2", "56x56x64"),
        ("16x112x112x3", "conv3-64 -> pool2", "8x56x56x64"),
        ("784", "fc-10", "10"),
    ],
)
def test_the_rank_comes_from_the_input(given: str, chain: str, out: str) -> None:
    """The same names serve vectors and maps of one, two and three axes."""
    assert str(graph(f"input: {given}\nnetwork: {chain}\n").nodes[-1].shape) == out


def test_a_remainder_of_the_stride_is_warned_about() -> None:
    """AlexNet's 224 leaves rows that no output reads, and 227 does not."""
    text = "input: 224x224x3\nnetwork: ⟦conv11-96/4(padding=0)⟧\n"
    assert_told(text, "W201")
    assert codes("input: 227x227x3\nnetwork: conv11-96/4(padding=0)\n") == []


# -- keys --------------------------------------------------------------------------------------------------------------


def test_every_key_is_read() -> None:
    """A spec with all keys is read into its models."""
    text = """\
netspec: 1
name: All keys
source: nowhere
input: {shape: 8x8x3, mean: [0.5, 0.5, 0.5], std: 0.25}
variables: {width: 4}
variants: {wide: {width: 8}}
blocks: {unit(): relu}
network: "conv3-{width} @a -> unit -> fc-10"
heads: {side: {from: a, network: gap -> fc-2, loss_weight: 0.5}}
budget: {params: 5M, macs: 600M, training_memory: 2GiB at batch 64}
train: {epochs: 3}
allow: [W201]
"""
    spec = accepted(text).spec
    assert spec is not None
    assert (spec.name, spec.source, spec.netspec) == ("All keys", "nowhere", 1)
    assert (spec.variables, spec.variants, list(spec.blocks), list(spec.heads)) == (
        {"width": 4},
        ("wide",),
        ["unit"],
        ["side"],
    )
    assert spec.input is not None
    assert (spec.input.shape, spec.input.mean, spec.input.std) == ((8, 8, 3), (0.5, 0.5, 0.5), 0.25)
    assert spec.budget is not None
    assert (spec.budget.params, spec.budget.macs) == (5_000_000, 600_000_000)
    assert spec.train.epochs == 3
    assert spec.allow == ("W201",)


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("E107", "⟦ouptut⟧: 3\ninput: 8x8x4\nnetwork: relu\n"),
        ("E107", "⟦inputs⟧: 8x8x4\nnetwork: relu\n"),
        ("E107", "input: 8x8x4\n⟦netwrok⟧: relu\n"),
        ("E107", "input: 8x8x4\n⟦variabels⟧: {w: 4}\nnetwork: conv3-{w} -> conv3-{w+1}\n"),
        ("E107", "input: 8x8x4\n⟦block⟧:\n  unit(w): conv3-{w}\nnetwork: unit(4) -> unit(8)\n"),
        ("E107", "input: 8x8x4\n⟦head⟧:\n  a: {network: relu}\nnetwork: relu\n"),
        ("E117", "netspec: ⟦2⟧\ninput: 8x8x4\nnetwork: relu\n"),
        ("E117", "netspec: ⟦one⟧\ninput: 8x8x4\nnetwork: relu\n"),
        ("E117", "netspec: ⟦true⟧\ninput: 8x8x4\nnetwork: relu\n"),
        ("E104", "input: ⟦8 by 8⟧\nnetwork: relu\n"),
        ("E104", "input: ⟦8x0x4⟧\nnetwork: relu\n"),
        ("E104", "input: ⟦2x2x2x2x2⟧\nnetwork: relu\n"),
        ("E104", "input: ⟦[8, 8, four]⟧\nnetwork: relu\n"),
        ("E104", "input: {shape: 8x8x4, tokens: ⟦many⟧}\nnetwork: relu\n"),
        ("E103", "input: {shape: 8x8x4, ⟦token⟧: 5}\nnetwork: relu\n"),
        ("E105", "input: ⟦{mean: 0.5}⟧\nnetwork: relu\n"),
        ("E104", "input: {shape: 8x8x4, range: ⟦[1, 1]⟧}\nnetwork: relu\n"),
        ("E105", "⟦network⟧: relu\n"),
        ("E104", "input: 8x8x4\nvariables: {w: 4}\nnetwork:\n  - conv: {filters: ⟦{w}⟧, kernel: 3}\n"),
        ("E105", "⟦input⟧: 8x8x4\n"),
        ("E106", "input: 8x8x4\nnetwork: ⟦INPUT(8x8x4)⟧ -> relu\n"),
        ("E104", "name: ⟦[a]⟧\ninput: 8x8x4\nnetwork: relu\n"),
        ("E118", "input: 8x8x4\nvariables: ⟦[1, 2]⟧\nnetwork: relu\n"),
        ("E104", "input: 8x8x4\nvariables: {⟦1st⟧: 4}\nallow: [W102]\nnetwork: relu\n"),
        ("E118", "input: 8x8x4\nvariants: {a: ⟦5⟧}\nnetwork: relu\n"),
        ("E108", "input: 8x8x4\nvariables: {w: 4}\nvariants: {a: {⟦ww⟧: 5}}\nnetwork: conv3-{w}\n"),
        ("E118", "input: 8x8x4\nblocks: ⟦relu⟧\nnetwork: relu\n"),
        ("E118", "input: 8x8x4\nheads: ⟦[relu]⟧\nnetwork: relu\n"),
        ("E105", "input: 8x8x4\nheads: {⟦a⟧: {from: input}}\nnetwork: relu\n"),
        ("E104", "input: 8x8x4\nheads: {⟦output⟧: {network: relu}}\nnetwork: relu\n"),
        ("E103", "input: 8x8x4\nheads: {a: {network: relu, ⟦weight⟧: 2}}\nnetwork: relu\n"),
        ("E104", "input: 8x8x4\nheads: {a: {network: relu, loss_weight: ⟦high⟧}}\nnetwork: relu\n"),
        ("E104", "input: 8x8x4\nheads: {a: {network: relu, loss_weight: ⟦.inf⟧}}\nnetwork: relu\n"),
        ("E104", "input: 8x8x4\nheads: {a: {network: relu, from: ⟦[a]⟧}}\nnetwork: relu\n"),
        ("E112", "input: 8x8x4\nheads: {a: {network: relu, from: ⟦skip⟧}}\nnetwork: relu\n"),
        ("E104", "input: 8x8x4\nbudget: {params: ⟦many⟧}\nnetwork: relu\n"),
        ("E104", "input: 8x8x4\nbudget: {training_memory: ⟦2 at batch 64⟧}\nnetwork: relu\n"),
        ("E103", "input: 8x8x4\nbudget: {⟦param⟧: 5M}\nnetwork: relu\n"),
        ("E118", "input: 8x8x4\nbudget: ⟦5M⟧\nnetwork: relu\n"),
        ("E104", "input: 8x8x4\nallow: [⟦E102⟧]\nnetwork: relu\n"),
        ("E104", "input: 8x8x4\nallow: ⟦W999⟧\nnetwork: relu\n"),
        ("E102", "input: 8x8x4\nnetwork: relu -> ⟦input⟧ -> relu\n"),
    ],
)
def test_a_fault_of_a_key_is_told_once_at_its_place(code: str, text: str) -> None:
    """A wrong key or a wrong value of one gives one finding, though others depend on it."""
    assert_told(text, code)


def test_all_faults_of_a_file_come_in_one_run() -> None:
    """Faults in keys, variables, blocks, heads and the network are independent of each other."""
    assert_told(
        """\
⟦nmae⟧: Many faults
input: 32x32x3
variables: {width: 8, ratio: ⟦"{1/0}"⟧}
blocks:
  unit(n):
    - conv3-{n}(⟦strid⟧=2)
    - relu
network:
  - ⟦cnov⟧3-{width}
  - unit(4) -> unit(8)
  - conv: {filters: ⟦four⟧, kernel: 3}
  - gn(⟦{widht}⟧) -> concat(⟦nothing⟧)
  - dropout({ratio}) ⟦=>⟧ relu
heads:
  side: {from: ⟦nowhere⟧, network: relu}
budget: {params: ⟦lots⟧}
""",
        *("E107", "E110", "E103", "E102", "E104", "E108", "E112", "E101", "E112", "E104"),
    )


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("inputs: 8x8x4\nnetwork: relu\n", "input: 8x8x4\nnetwork: relu\n"),
        ("input: 8x8x4\nnetwrok: relu\n", "input: 8x8x4\nnetwork: relu\n"),
    ],
)
def test_a_misspelt_key_is_mended(text: str, meant: str) -> None:
    """The nearest key is offered as a mend."""
    assert list(mended(the_finding(text))) == [meant]


@pytest.mark.parametrize("network", ["from(input)", "'[relu]*0'", "INPUT", "[from: input]"])
def test_a_network_without_layers_is_refused(network: str) -> None:
    """A spec that comes to nothing is an error, and not a network without a graph."""
    report = check_text(HEAD + f"network: {network}\n")
    assert not report.ok
    assert len(report.findings) == 1


def test_a_spec_without_both_is_told_of_both() -> None:
    """A first draft that lacks input and network learns that in one run."""
    assert codes("name: Nothing yet\n") == ["E105", "E105"]


def test_a_graph_is_there_exactly_where_no_error_is() -> None:
    """A report has a graph if, and only if, it has no errors."""
    for text in (
        "network: relu\n",
        "network: zorbl\n",
        "network: pool9\n",
        "network: '[relu]*0'\n",
        "network: input\n",
    ):
        report = check_text(HEAD + text)
        assert (report.graph is not None) == report.ok, text


# -- variables and variants --------------------------------------------------------------------------------------------


def test_a_setting_counts_more_than_a_variant_and_that_more_than_the_spec() -> None:
    """The order of precedence of a variable's values."""
    text = HEAD + "variables: {w: 4}\nvariants: {wide: {w: 8}}\nnetwork: conv3-{w}\n"
    assert [graph(text, **options).nodes[0].shape.channels for options in (
        {},
        {"variant": "wide"},
        {"settings": {"w": "16"}},
        {"variant": "wide", "settings": {"w": "16"}},
    )] == [4, 8, 16, 16]  # fmt: skip


def test_a_variant_that_does_not_exist_is_told_with_the_nearest() -> None:
    """The finding stands at the variants, and offers the nearest."""
    text = HEAD + "variables: {w: 4}\n⟦variants⟧: {wide: {w: 8}}\nnetwork: conv3-{w}\n"
    assert_told(text, "E111", variant="wild")
    assert "wide" in the_finding(text.replace("⟦", "").replace("⟧", ""), variant="wild").help


@pytest.mark.parametrize(
    ("variables", "network"),
    [
        ("variables: {⟦width⟧: 4}", "conv3-4"),
        ("variables:\n  ⟦width⟧: 4", "conv3-4"),
        ("variables: {⟦width⟧: 4, other: 5}", "conv3-{other}"),
        ("variables: {⟦width⟧: 4, widths: 5}", "conv3-{widths}"),
        ("# {width}\nvariables: {⟦width⟧: 4}", "conv3-4"),
    ],
)
def test_a_variable_that_nothing_uses_is_warned_about(variables: str, network: str) -> None:
    """However variables are written, one that no expression reads is told."""
    assert_told(HEAD + f"{variables}\nnetwork: {network}\n", "W102")


@pytest.mark.parametrize(
    "text",
    [
        "variables: {width: 4}\nnetwork: conv3-{width}\n",
        'variables: {width: 4, double: "{2*width}"}\nnetwork: conv3-{double}\n',
        "variables: {width: 4}\nblocks:\n  unit(n={width}): conv3-{n}\nnetwork: unit\n",
        "variables: {width: 4}\nblocks:\n  unit(): conv3-{width}\nnetwork: unit\n",
        "variables: {width: 4}\nnetwork: relu @a\nheads: {side: {from: a, network: 'conv3-{width}'}}\n",
        "variables: {n: 3}\nnetwork:\n  - repeat: '{n}'\n    network: relu\n",
        "variables: {rate: 0.01}\nnetwork: relu\ntrain: {optimizer: 'adam({rate})'}\n",
        "variables: {small: 5M}\nnetwork: relu\nbudget: {params: '{small}'}\n",
    ],
)
def test_a_variable_that_is_used_anywhere_is_not_warned_about(text: str) -> None:
    """An expression in any part of the spec counts as a use."""
    assert "W102" not in codes(HEAD + text)


def test_names_do_not_hang_on_the_other_keys() -> None:
    """Keys beside the network change no names."""
    text = "network: conv3-4 -> relu -> conv3-4\n"
    assert names(HEAD + text) == names("name: Other\nsource: me\n" + HEAD + text + "budget: {params: 5M}\n")


def test_warnings_may_be_allowed_and_errors_not() -> None:
    """`allow` silences the warnings that it names, and no others."""
    text = "input: 224x224x3\nnetwork: conv11-96/4(padding=0) -> relu @a\n"
    assert codes(text) == ["W201", "W101"]
    assert codes(text + "allow: [W201]\n") == ["W101"]
    assert codes(text + "allow: [W201, W101]\n") == []
    assert spoken(text + "allow: w101\n")[0].code == "W201"
