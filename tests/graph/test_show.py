"""A network is printed as a spec again: in both spellings, and what is printed is the same network."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import example, given, settings, strategies as st
from spec_text import accepted, codes

from netspec.checking import Report, check
from netspec.diagnostics import Source
from netspec.graph.show import argument, arrows, inline, structured, text
from netspec.language.arrow import parse_chain
from netspec.language.catalog import bundled
from netspec.language.limits import Limits
from netspec.language.syntax import Call
from netspec.language.yaml12 import Scalar

GOLDEN = Path(__file__).parent / "golden"

EVERYTHING = """\
# Every form of the language in one small spec.
name: "Everything: a sampler"
source: nobody 2026
input: {shape: 32x32x3, mean: [0.5, 0.5, 0.5], std: 0.25}
variables: {width: 8, act: relu, depth: [2, 1], classes: 10}
variants:
  wide: {width: 16}
blocks:
  unit(width, stride=1):
    - residual: conv3-{width}/{stride} -> bn -> {act} -> conv3-{width}(bias=false) -> bn
    - "{act}"
  squeeze(ratio):
    - identity @x
    - gap -> fc-{width//ratio} -> relu -> fc-{2*width} -> sigmoid -> multiply(x)
network:
  - conv3-{width} -> relu @stem
  - "[unit({width})]*{depth[0]} -> unit({2*width}, stride=2)"
  - squeeze(4)
  - concat:
      - conv1-4 -> relu
      - conv1x3-4 -> conv3x1-6(padding=[[1, 1], [0, 0]]) -> leaky_relu(0.1)
      - pool3/1(padding=1) -> conv1-4
  - conv1-16(groups=2)
  - conv: {filters: 16, kernel: 3, dilation: 2}
    tag: middle
  - "[conv3-16(dilation=2, share=middle) -> prelu @again -> add(again)]*2"
  - residual: conv3-24/2
    shortcut: pad
  - residual: conv3-24
    shortcut: [relu, conv1-24]
  - upconv2-8 -> concat(middle, crop=true)
  - upsample(2) -> concat(stem) -> dropout(0.5)
  - from: middle
  - multiply: {with: middle}
  - gap -> fc-{classes} -> softmax
heads:
  side:
    from: middle
    network: avgpool4 -> fc-{classes}
    loss_weight: 0.3
budget: {params: 5M, training_memory: 2GiB at batch 64}
allow: [W204]
"""


def shown(report: Report) -> tuple[str, str]:
    """Both printed forms."""
    assert report.spec is not None
    assert report.graph is not None
    return structured(report.spec, report.graph), arrows(report.spec, report.graph)


def assert_round_trip(source: str, **options: Any) -> None:
    """Both forms give the same graph and spec, print the same again, and have no warnings of their own."""
    report = accepted(source, **options)
    before = set(codes(source, **options))
    for form in shown(report):
        again = accepted(form)
        assert again.graph == report.graph, form
        assert shown(again) == shown(report), form
        assert set(codes(form)) <= before, form
        assert again.spec is not None
        assert report.spec is not None
        for key in ("name", "source", "input", "budget", "train", "allow"):
            assert getattr(again.spec, key) == getattr(report.spec, key)


@pytest.mark.parametrize("form", ["structured", "arrow"])
def test_everything_is_printed_as_before(form: str, *, update_golden: bool) -> None:
    """The printed forms of a spec with every form in it are those that were read and found good."""
    path = GOLDEN / f"everything.{form}.yaml"
    printed = shown(accepted(EVERYTHING))[form == "arrow"]
    if update_golden:
        path.parent.mkdir(exist_ok=True)
        path.write_text(printed, encoding="utf-8")
    assert printed == path.read_text(encoding="utf-8")


def test_everything_goes_round() -> None:
    """What is printed is the same network."""
    assert_round_trip(EVERYTHING)
    assert_round_trip(EVERYTHING, variant="wide", settings={"classes": "3"})


@pytest.mark.parametrize("name", [*bundled(), "resnet50@101", "vgg@C", "unet@padded", "alexnet@one-tower"])
def test_bundled_specs_go_round(name: str) -> None:
    """Both forms of every bundled spec are the same network, without warnings."""
    report = check(name)
    for form in shown(report):
        again = accepted(form)
        assert again.graph == report.graph
        assert shown(again) == shown(report)
        assert codes(form) == []


# -- random specs ------------------------------------------------------------------------------------------------------

WIDTH = 4


class Writer:
    """Draws entries of a network; every entry keeps the shape unless it says otherwise."""

    def __init__(self, draw: st.DrawFn, rank: int) -> None:
        self.draw = draw
        self.rank = rank
        self.tags = 0
        self.blocks = False

    def one_of(self, *choices: Any) -> Any:
        """One of the choices."""
        return self.draw(st.sampled_from(choices))

    def tag(self) -> str:
        """A new tag."""
        self.tags += 1
        return f"{self.one_of('t', 'skip', 'a.b', 'conv')}_{self.tags}x"

    def keep(self, depth: int) -> Any:
        """An entry that keeps the shape."""
        simple = [
            *(
                "relu",
                "bn",
                "relu6",
                "dropout(0.25)",
                "gn(2)",
                "lrn(5, alpha=1e-3)",
                "scale(1e-6)",
                "identity",
                "prelu",
            ),
            *(
                f"conv3-{WIDTH}",
                f"conv1-{WIDTH}(bias=true)",
                f"conv5-{WIDTH}(groups=2, padding=same)",
                "dwconv3(bias=false)",
            ),
            *(
                "pool3/1(padding=1)",
                "leaky_relu",
                "leaky_relu(0.2)",
                "upsample(2) -> pool2",
                "pad(1) -> crop(1)",
                "ln(eps=1e-06)",
            ),
            *(
                f"conv3-{WIDTH}(padding={'x'.join(['1'] * self.rank)})",
                {"conv": {"filters": WIDTH, "kernel": 3}},
                {"bn": {}},
                {"relu": None},
            ),
        ]
        if depth == 0 or self.draw(st.integers(0, 2)):
            return self.one_of(*simple)
        return self.one_of(self.skip, self.repeat, self.residual, self.join, self.call, self.shared)(
            depth - 1
        )

    def several(self, depth: int) -> list[Any]:
        """A few entries that keep the shape."""
        return [self.keep(depth) for _ in range(self.draw(st.integers(1, 3)))]

    def skip(self, depth: int) -> Any:
        """A tagged value that is merged again, perhaps after a jump."""
        tag, kind = self.tag(), self.one_of("add", "multiply", "concat")
        merge: Any = self.one_of(f"{kind}({tag})", {kind: tag}, {kind: {"with": [tag]}})
        narrow = [f"conv1-{WIDTH}"] * (kind == "concat")
        first = self.one_of(f"relu @{tag}", {"relu": None, "tag": tag})
        return [first, *self.several(depth), merge, *narrow]

    def shared(self, depth: int) -> Any:
        """A convolution whose parameters are used again."""
        tag = self.tag()
        return [
            f"conv3-{WIDTH}(bias=false) @{tag}",
            *self.several(depth),
            f"conv3-{WIDTH}(bias=false, share={tag})",
        ]

    def repeat(self, depth: int) -> Any:
        """A repeat, also of zero."""
        return {"repeat": self.draw(st.integers(0, 3)), "network": self.several(depth)}

    def residual(self, depth: int) -> Any:
        """A residual with any shortcut."""
        shortcut = self.one_of(
            {},
            {"shortcut": "auto"},
            {"shortcut": "pad"},
            {"shortcut": "identity"},
            {"shortcut": self.several(depth)},
        )
        label = self.one_of({}, {"tag": self.tag()})
        body = self.several(depth)
        form = {"residual": body, **shortcut, **label}
        return [form, {"add": label["tag"]}] if label else form

    def join(self, depth: int) -> Any:
        """Branches."""
        kind = self.one_of("add", "multiply", "concat")
        branches = [self.several(depth) for _ in range(self.draw(st.integers(2, 3)))]
        return [{kind: branches}, *[f"conv1-{WIDTH}"] * (kind == "concat")]

    def call(self, _depth: int) -> Any:
        """A call of a block."""
        calls = (
            "unit",
            "unit()",
            "unit(1)",
            "unit(n=2)",
            {"unit": None},
            {"unit": {"n": 2}},
            f"unit @{self.tag()}",
        )
        return self.one_of(*calls) if self.blocks else "relu"

    def change(self) -> Any:
        """An entry that changes the shape."""
        return self.one_of(
            f"conv3-{2 * WIDTH}/2 -> conv1-{WIDTH}",
            {"residual": [f"conv3-{2 * WIDTH}/2", "bn", f"conv3-{2 * WIDTH}"]},
            {"residual": f"conv3-{2 * WIDTH}/2", "shortcut": "pad"},
            "pool2(ceil=true)",
            f"sepconv3-{WIDTH}",
            f"upconv2-{WIDTH}",
        )


@st.composite
def specs(draw: st.DrawFn) -> str:
    """A random small spec of any rank, with blocks, repeats, branches, residuals, tags, sharing and a head."""
    rank = draw(st.integers(1, 3))
    writer = Writer(draw, rank)
    unit = [*writer.several(1), {"repeat": "{n}", "network": writer.keep(0)}]
    writer.blocks = True
    network: list[Any] = ["relu", *writer.several(2)]
    if draw(st.booleans()):
        network += [writer.change(), f"conv1-{WIDTH}", *writer.several(1)]
    spec: dict[str, Any] = {
        "name": draw(st.sampled_from(["Random", "1e3", "a: b # c", "größe", "true", " x "])),
        "input": "x".join([*["16"] * rank, str(WIDTH)]),
        "blocks": {"unit(n=1)": unit},
        "allow": ["W103", "W201", "W202", "W203", "W101"],
    }
    if draw(st.booleans()):
        network += ["relu @branched", "gap -> fc-10"]
        spec["heads"] = {
            "side": {
                "from": "branched",
                "network": [*writer.several(1), "gap", "fc-3"],
                "loss_weight": draw(st.sampled_from([0.3, 1, 1e-05])),
            }
        }
        spec["heads"] |= draw(
            st.sampled_from(
                [{}, {"end": {"network": "relu"}}, {"raw": {"from": "input", "network": "bn -> relu"}}]
            )
        )
    return yaml.safe_dump({**spec, "network": network}, sort_keys=False, width=10_000, allow_unicode=True)


@settings(max_examples=60)
@given(specs())
def test_random_specs_go_round(source: str) -> None:
    """Show -> the same graph, and printed again the same; arrow -> structured -> arrow is stable."""
    assert_round_trip(source)


@settings(max_examples=30)
@given(specs())
def test_what_is_printed_says_everything(source: str) -> None:
    """The structured form has an entry with its full name for each layer, and every field that has a value."""
    report = accepted(source)
    assert report.graph is not None
    printed = yaml.safe_load(shown(report)[0])
    entries = [
        e
        for part in (printed, *printed.get("heads", {}).values())
        for e in part["network"]
        if "from" not in e
    ]
    assert [entry["name"] for entry in entries] == [node.name for node in report.graph]
    for entry, node in zip(entries, report.graph, strict=True):
        assert node.kind in entry
        assert set(entry[node.kind]) >= {name for name, value in node.layer if value is not None}
    names = [node.name for node in report.graph]
    assert len(set(names)) == len(names)


# -- what is easily lost -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "source",
    [
        "input: 8x8x4\nnetwork: relu\nheads: {copy: {from: input, network: relu}, same: {network: bn -> from(input) -> tanh}}\nallow: [W204]\n",
        "input: 8x8x4\nnetwork: relu @a -> bn @b -> from(a)\nheads: {h: {from: b, network: from(a) -> relu}}\n",
        "input: 8x8x4\nnetwork: relu @a -> bn -> from(a)\nallow: [W204]\n",
        "input: 8x8x4\nnetwork: conv3-4(bias=position) -> pool2/2 -> pool2/1 -> pool2x2 -> pool1\nallow: [W203]\n",
        "input: 8x8x4\nnetwork: conv1x1-4/1x1(padding=[[1, 0], [0, 1]], dilation=1x1) -> conv1-4(padding=0x1)\n",
        "input: 8x8x2\nnetwork: conv3-2(connections=[[0, 1], [1]]) -> reshape(8x16) -> conv3-4 -> flatten -> reshape(4x8)\n",
        "input: {shape: 56, tokens: 100}\nnetwork: embed-8 -> conv3-4 -> gmp\n",
        "input: {shape: 8x8x4, mean: [0.1, 0.2, 0.3, 1e-7], std: 2, range: [-1, 1]}\nnetwork: relu\n",
        "input: 8x8x4\nnetwork:\n  - conv: {filters: 4, kernel: 3}\n    name: stem\n  - relu\n  - bn:\n    name: deep/er\n",
        "input: 8x8x4\nnetwork: relu\nheads:\n  h: {network: [{conv: {filters: 3, kernel: 1}, name: other}, relu]}\n",
        "input: 8x8x4\nnetwork: pool2 -> conv3-4 @conv7 -> relu -> conv1-4 -> add(conv7) -> conv3-4\n",
        "input: 8x8x4\nblocks: {a(): conv3-4 -> relu, b(): conv3-4 -> a}\nnetwork: a -> conv3-4 -> b -> conv3-4 -> a @x -> conv1-4 -> add(x)\n",
        "input: 8x8x4\nnetwork: relu @no -> bn -> add(no) @on -> add(on)\n",
        "input: 8x8x4\nnetwork: add(input) -> multiply(input, input)\n",
        'input: 8x8x4\nnetwork: "[conv3-4 @a -> relu -> add(a)]*2"\n',
        "input: 8x8x4\nnetwork: fc-4 -> elu(0.5) -> bn(momentum=0.5, scale=false) -> softmax(over=all)\n",
        "input: 8x8x4\nnetwork: pad(1, mode=edge) -> pad(1, value=-1.5e-3) -> upsample(2, method=linear)\n",
        "input: 8x8x4\nnetwork: relu\ntrain: {epochs: 3, optimizer: 'sgd(0.1)'}\n",
        "netspec: 1\nname: ' '\nsource: \"a\\tb \\u202e \\\" ' \\\\ → 🙂\"\ninput: 8x8x4\nnetwork: relu\n",
    ],
)
def test_odd_specs_go_round(source: str) -> None:
    """Jumps, heads without an origin, names from outside, sizes by axis and odd texts survive printing."""
    assert_round_trip(source)


def test_arrow_notation_leaves_defaults_out() -> None:
    """What the notation says without words is not said."""
    source = "input: 16x16x4\nnetwork: conv(filters=8, kernel=3, stride=1, padding=same, groups=1, bias=false) -> bn(eps=1e-5) -> pool(kernel=2, stride=2) -> leaky_relu(0.01) -> dropout(rate=0.5)\n"
    assert "conv3-8 -> bn -> pool2" in shown(accepted(source))[1]


def test_lower_case_is_printed() -> None:
    """The printed form is lower case, and its input is a key."""
    printed = shown(accepted("INPUT(8x8x4) -> CONV3-4 -> RELU\n"))[1]
    assert printed == "netspec: 1\ninput: 8x8x4\nnetwork: |\n  conv3-4 -> relu\n"


@example("0\x850")
@example("0\u20280")
@given(
    st.text(
        st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from("\t\n: #'\"\\\x85\u2028\ufeff"),
        max_size=12,
    )
)
def test_any_text_is_printed_so_that_it_reads_the_same(value: str) -> None:
    """A name of any characters stays what it is, quoted or not."""
    for printed in (text(value.strip()), inline(value.strip())):
        spec = accepted(f"name: {printed}\ninput: 8x8x4\nnetwork: relu\n").spec
        assert spec is not None
        assert spec.name == value.strip()


VALUES = st.recursive(
    st.integers(-(2**63), 2**63)
    | st.floats()
    | st.booleans()
    | st.none()
    | st.text("abx01.e-+~ :#,{}äß🙂→%@", max_size=6),
    lambda inner: st.lists(inner, max_size=3).map(tuple),
    max_leaves=5,
)


@given(VALUES)
def test_any_argument_is_printed_so_that_it_reads_the_same(value: object) -> None:
    """Numbers, words, lists and texts among an arrow call's arguments are read as they were."""
    chain = parse_chain(Scalar(Source("x", ""), 0, 0, text=f"unit({argument(value)})"), Limits(), found := [])
    assert found == []
    (call,) = chain
    assert isinstance(call, Call)
    assert repr(call.positional[0].value) == repr(value)
