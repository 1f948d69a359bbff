"""The automatic bias: there, except right before batch norm."""

import pytest
from spec_text import assert_told, codes, graph, mended, the_finding

HEAD = "input: 16x16x4\n"


def biases(text: str) -> list[bool]:
    """The decided bias of every layer that can have one."""
    return [dict(node.layer)["bias"] for node in graph(text) if "bias" in dict(node.layer)]


@pytest.mark.parametrize(
    ("chain", "expected"),
    [
        ("conv3-4 -> relu", [True]),
        ("conv3-4 -> bn", [False]),
        ("conv3-4", [True]),
        ("fc-4 -> bn", [False]),
        ("dwconv3 -> bn -> sepconv3-4 -> bn -> upconv2-4 -> bn", [False, False, False]),
        ("conv3-4 -> relu -> bn", [True]),
        ("conv3-4 -> ln", [True]),
        ("conv3-4 -> gn(2)", [True]),
        ("conv3-4 -> dropout(0.5) -> bn", [True]),
        ("conv3-4(bias=true)", [True]),
        ("conv3-4(bias=false)", [False]),
        ("conv3-4(bias=false) -> bn", [False]),
        ("conv3-4 @a -> bn -> add(a)", [True]),
        ("conv3-4 @a -> bn -> from(a) -> bn\nallow: [W204]", [False]),
    ],
)
def test_who_has_a_bias(chain: str, expected: list[bool]) -> None:
    """A bias is left out where every reader is a batch norm, and nowhere else."""
    assert biases(HEAD + f"network: {chain}\n") == expected


def test_a_value_that_is_an_output_keeps_its_bias() -> None:
    """What a head or the end of the network gives is read by more than the batch norm."""
    assert biases(HEAD + "network: conv3-4 @a -> bn\nheads: {side: {from: a, network: relu}}\n") == [True]
    assert biases(HEAD + "network: conv3-4\nheads: {side: {network: bn}}\n") == [True]


def test_parameters_follow_the_bias() -> None:
    """A bias counts among the parameters where there is one."""
    sizes = [
        [p.size for p in node.parameters] for node in graph(HEAD + "network: conv3-8 -> bn -> conv3-8\n")
    ]
    assert [sum(sizes[0]), sum(sizes[2])] == [3 * 3 * 4 * 8, 3 * 3 * 8 * 8 + 8]


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("network: conv3-4(⟦bias=true⟧) -> bn\n", "network: conv3-4(bias=false) -> bn\n"),
        ("network: fc-4(⟦bias=true⟧) -> bn\n", "network: fc-4(bias=false) -> bn\n"),
        (
            "network:\n  - conv: {filters: 4, kernel: 3, bias: ⟦true⟧}\n  - bn\n",
            "network:\n  - conv: {filters: 4, kernel: 3, bias: false}\n  - bn\n",
        ),
    ],
)
def test_a_bias_that_is_asked_for_before_batch_norm_is_warned_about(text: str, meant: str) -> None:
    """It is subtracted again; the mend switches it off."""
    assert_told(HEAD + text.replace("⟦bias=true⟧", "bias=⟦true⟧"), "W202")
    finding = the_finding(HEAD + text.replace("⟦", "").replace("⟧", ""))
    assert list(mended(finding)) == [HEAD + meant]


def test_a_bias_at_every_position_is_warned_about_too() -> None:
    """Batch norm subtracts the mean of all positions only, so a bias by position stays."""
    assert biases(HEAD + "network: conv3-4(bias=position) -> bn\n") == ["position"]
    assert codes(HEAD + "network: conv3-4(bias=position) -> bn\n") == []
