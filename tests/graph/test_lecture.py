"""The lectures' grammar is recognized with its numbers, and a network that leaves it is told where."""

import pytest
from hypothesis import given, settings, strategies as st
from spec_text import accepted, the_finding

from netspec.checking import check

STAGES = st.lists(st.tuples(st.integers(0, 5), st.booleans()), max_size=5)
CONVS = ["conv3-4", "conv1-2", "conv5-4(padding=2)", "conv3-4/1", "conv3-4(dilation=2)"]
POOLS = ["pool2", "pool3/2(padding=1)", "avgpool2"]


def stages(draw_from: list[tuple[int, bool]]) -> list[tuple[int, bool]]:
    """Stages as the grammar tells them apart: none is empty, and only the last may lack its pool."""
    merged: list[tuple[int, bool]] = []
    for convolutions, pooled in draw_from:
        if merged and not merged[-1][1]:
            merged[-1] = (merged[-1][0] + convolutions, pooled)
        elif convolutions or pooled:
            merged.append((convolutions, pooled))
    return merged


def told(parts: list[tuple[int, bool]], hidden: int) -> str:
    """The instance as the lectures would write it, equal neighbours gathered."""
    words = ["INPUT"]
    while parts:
        (n, pooled), times = (
            parts[0],
            next((i for i, part in enumerate(parts) if part != parts[0]), len(parts)),
        )
        convs = [] if not n else ["CONV -> RELU"] if n == 1 else [f"[CONV -> RELU]*{n}"]
        stage = " -> ".join([*convs, *["POOL"] * pooled])
        words.append(stage if times == 1 else f"[{stage}]*{times}")
        parts = parts[times:]
    if hidden:
        words.append("FC -> RELU" if hidden == 1 else f"[FC -> RELU]*{hidden}")
    return " -> ".join([*words, "FC"])


@given(drawn=STAGES, hidden=st.integers(0, 4), data=st.data())
@settings(max_examples=80)
def test_numbers_are_recognized(drawn: list[tuple[int, bool]], hidden: int, data: st.DataObject) -> None:
    """A spec built from numbers is told these numbers, whatever its layers' sizes and whatever acts in training only."""
    layers: list[str] = []
    for convolutions, pooled in drawn:
        for _ in range(convolutions):
            layers += [data.draw(st.sampled_from(CONVS)), "relu"]
        layers += [data.draw(st.sampled_from(POOLS))] * pooled
    layers += ["fc-8", "relu"] * hidden + ["fc-10"]
    for _ in range(data.draw(st.integers(0, 2))):
        layers.insert(
            data.draw(st.integers(0, len(layers))), data.draw(st.sampled_from(["dropout(0.5)", "identity"]))
        )
    layers += data.draw(st.sampled_from([[], ["softmax"], ["dropout(0.5)", "softmax"]]))
    report = accepted(f"input: 64x64x3\nallow: [N302, N303]\nnetwork: {' -> '.join(layers)}\n")
    assert report.grammar == told(stages(drawn), hidden)
    assert report.findings == ()


@given(
    parts=st.lists(st.tuples(st.integers(1, 3), st.integers(1, 2)), min_size=1, max_size=3),
    k=st.integers(0, 3),
)
@settings(max_examples=40)
def test_the_grammar_with_its_numbers_is_recognized(parts: list[tuple[int, int]], k: int) -> None:
    """`[[CONV -> RELU]*N -> POOL]*M -> ... -> [FC -> RELU]*K -> FC` comes back with its N, M and K."""
    chain = " -> ".join(f"[[CONV3-4 -> RELU]*{n} -> POOL2]*{m}" for n, m in parts)
    report = accepted(f"INPUT(64x64x3) -> {chain} -> [FC-8 -> RELU]*{k} -> FC-10\n")
    assert report.grammar == told([(n, True) for n, m in parts for _ in range(m)], k)


@pytest.mark.parametrize(
    ("spec", "grammar"),
    [
        ("lenet5", "INPUT -> [CONV -> RELU -> POOL]*2 -> [FC -> RELU]*2 -> FC"),
        (
            "vgg16",
            "INPUT -> [[CONV -> RELU]*2 -> POOL]*2 -> [[CONV -> RELU]*3 -> POOL]*3 -> [FC -> RELU]*2 -> FC",
        ),
    ],
)
def test_bundled_instances(spec: str, grammar: str) -> None:
    """VGG-16 and the modern LeNet-5 are the lectures' own examples."""
    assert check(spec).grammar == grammar


@pytest.mark.parametrize(
    "chain",
    [
        "conv3-4 -> ⟦conv3-4⟧ -> relu -> fc-10",
        "conv3-4 -> relu -> conv3-4 -> ⟦pool2⟧ -> fc-10",
        "⟦relu⟧ -> conv3-4 -> relu -> fc-10",
        "conv3-4 -> relu -> ⟦relu⟧ -> fc-10",
        "conv3-4 -> ⟦bn⟧ -> relu -> fc-10",
        "conv3-4 -> relu -> ⟦bn⟧ -> fc-10",
        "conv3-4 -> ⟦tanh⟧ -> fc-10",
        "conv3-4 -> relu -> pool2 -> ⟦gap⟧ -> fc-10",
        "conv3-4 -> relu -> pool2 -> ⟦lrn(5)⟧ -> fc-10",
        "⟦dwconv3⟧ -> relu -> fc-10",
        "conv3-4 -> relu -> fc-8 -> ⟦fc-10⟧",
        "conv3-4 -> relu -> fc-8 -> relu -> fc-8 -> ⟦tanh⟧ -> fc-10",
        "conv3-4 -> relu -> ⟦softmax⟧ -> fc-10",
        "fc-8 -> relu -> ⟦reshape(2x2x2)⟧ -> conv3-4 -> relu -> fc-10",
        "conv3-4 @a -> relu -> ⟦add(a)⟧ -> fc-10",
        "conv3-4 -> relu @a -> conv3-4 -> relu -> ⟦concat(a)⟧ -> fc-10",
    ],
)
def test_a_near_miss_is_told_at_its_layer(chain: str) -> None:
    """The first layer that the grammar does not have at its place is the one that is shown."""
    text = f"input: 8x8x4\nnetwork: {chain.replace('⟦', '').replace('⟧', '')}\n"
    finding = the_finding(text, strict_grammar=True)
    assert finding.code == "N301"
    assert finding.span is not None
    assert finding.span.text == chain[chain.index("⟦") + 1 : chain.index("⟧")]
    assert finding.span.start == len("input: 8x8x4\nnetwork: ") + chain.index("⟦")


@pytest.mark.parametrize(
    ("chain", "reason"),
    [
        ("conv3-4 -> relu", "does not end with FC"),
        ("conv3-4 -> relu -> pool2", "does not end with FC"),
        ("fc-10 -> relu", "followed by RELU"),
        ("conv3-4 -> conv3-4 -> relu -> fc-10", "without a RELU"),
        ("conv3-4 -> relu @a -> bn -> add(a) -> fc-10", "bn"),
        ("conv3-4 -> relu @a -> conv3-4 -> relu -> add(a) -> fc-10", "merges"),
    ],
)
def test_the_reason_names_what_is_missing(chain: str, reason: str) -> None:
    """A network that stops early is told what it lacks."""
    assert reason in the_finding(f"input: 8x8x4\nnetwork: {chain}\n", strict_grammar=True).message


def test_heads_and_branches_go_beyond() -> None:
    """The grammar knows one output and no branches."""
    text = "input: 8x8x4\nnetwork: conv3-4 -> relu @a -> fc-10\nheads: {side: {from: a, network: fc-2}}\n"
    assert "heads" in the_finding(text, strict_grammar=True).message
    text = "input: 8x8x4\nnetwork:\n  - concat: [conv3-4 -> relu, conv1-4 -> relu]\n  - fc-10\n"
    assert the_finding(text, strict_grammar=True).code == "N301"
