"""Random specs for hypothesis: chains, branches, residuals, tags and heads, on one axis to three."""

from hypothesis import assume, strategies as st

import netspec
from netspec import Network, SpecError

SIZES = {1: "14", 2: "11x12", 3: "7x8x9"}
"""Maps by the number of their axes."""
KEEPING = st.sampled_from(
    [
        *("conv3-4", "conv3-6", "conv1-4(bias=false)", "conv3-6(dilation=2)", "conv3-4(groups=2)"),
        *(
            "dwconv3",
            "sepconv3-4",
            "bn",
            "bn -> relu",
            "gn(2)",
            "ln",
            "instance_norm",
            "lrn(3)",
            "scale(0.5)",
        ),
        *("relu", "prelu", "tanh", "softmax", "dropout(0.3)", "drop_path(0.2)", "maxout(2) -> conv1-4"),
        *("pool3/1(padding=1)", "avgpool3/1(padding=1)", "identity"),
    ]
)
"""Layers that leave the size of a map, and an even number of channels."""
CHANGING = st.sampled_from(
    [
        *(
            "conv3-8/2",
            "conv2-4/2(padding=valid)",
            "dwconv3/2",
            "pool2",
            "avgpool3/2(ceil=true)",
            "subsample2",
        ),
        *("upconv2-4", "upconv3-4/2(padding=1, output_padding=1)", "upsample(2)", "pad(1)", "crop(1)"),
        *("adaptive_avgpool3", "adaptive_maxpool2"),
    ]
)
"""Layers after which a map has another size."""
ENDS = st.sampled_from(
    [
        "gap -> fc-5",
        "fc-6 -> relu -> fc-5",
        "gmp -> fc-5 -> softmax",
        "conv1-5",
        "flatten -> fc-5(bias=false)",
    ]
)


def joined(parts: list[str]) -> str:
    """An arrow string in quotes."""
    return '"' + " -> ".join(parts or ["identity"]) + '"'


short = st.lists(KEEPING, max_size=3).map(joined)
together = st.lists(short, min_size=2, max_size=3).map(lambda branches: f"concat: [{', '.join(branches)}]")
around = st.lists(KEEPING, min_size=1, max_size=3).map(lambda body: f"residual: {joined(body)}")
down = st.sampled_from(["conv3-6/2 -> bn -> relu -> conv3-6", "conv1-4/2"]).map(
    lambda body: f"residual: {joined([body])}"
)
again = st.tuples(KEEPING, st.integers(2, 3)).map(lambda drawn: f'"[{drawn[0]}]*{drawn[1]}"')
shared = st.just('"conv1-4 -> conv3-4 @one -> relu -> conv3-4(share=one)"')
entries = st.lists(st.one_of(short, CHANGING.map(lambda one: f'"{one}"'), together, around, down, again))


@st.composite
def specs(draw: st.DrawFn) -> str:
    """A spec as text; not every one fits together."""
    rank = draw(st.integers(1, 3))
    chain = [f"  - {entry}" for entry in draw(entries)[:6]]
    if draw(st.booleans()):
        chain.insert(draw(st.integers(0, len(chain))), f"  - {draw(shared)}")
    tagged = draw(st.booleans())
    lines = [f"input: {SIZES[rank]}x4", "network:", '  - "conv1-4 @seen"', *chain, f'  - "{draw(ENDS)}"']
    if tagged:
        lines += ["heads:", f'  side: {{from: seen, network: "{draw(ENDS)}", loss_weight: 0.3}}']
    return "\n".join([*lines, ""])


@st.composite
def networks(draw: st.DrawFn) -> Network:
    """A checked network."""
    try:
        return netspec.load(text=draw(specs()))
    except SpecError:
        assume(condition=False)
        raise
