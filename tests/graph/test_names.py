"""Names: readable paths, unique, and stable when something else changes."""

import pytest
from hypothesis import given, settings, strategies as st
from spec_text import assert_told, graph, names

from netspec.checking import check
from netspec.language.catalog import bundled

HEAD = "input: 16x16x4\n"
KEEPING = ["relu", "bn", "conv3-4", "conv1-4", "relu6", "dwconv3", "gn(2)", "scale(1.0)"]


def written(*entries: object) -> str:
    """A spec with these entries of its network, each an arrow string."""
    return HEAD + "network:\n" + "".join(f"  - '{entry}'\n" for entry in entries)


@pytest.mark.parametrize(
    ("chain", "expected"),
    [
        ("conv3-4 -> relu -> conv1-4 -> relu", ["conv1", "relu1", "conv2", "relu2"]),
        ("[conv3-4 -> relu]*2 -> conv3-4", ["conv1", "relu1", "conv2", "relu2", "conv3"]),
        ("relu6 -> relu -> relu6", ["relu6_1", "relu1", "relu6_2"]),
        ("conv3-4 @stem -> relu -> conv3-4 -> add(stem)", ["stem", "relu1", "conv2", "add1"]),
        ("[conv3-4 @a -> relu -> add(a)]*2", ["a_1", "relu1", "add1", "a_2", "relu2", "add2"]),
        ("conv3-4 @body/first -> relu", ["body/first", "relu1"]),
    ],
)
def test_names_in_a_chain(chain: str, expected: list[str]) -> None:
    """A kind with a number, or the tag; a repeat goes on counting."""
    assert names(written(chain)) == expected


def test_names_in_blocks_branches_shortcuts_and_heads() -> None:
    """Each level that is entered puts its name before those of its layers."""
    text = """\
input: 16x16x4
blocks:
  unit(): conv3-4 -> relu
  stage():
    - "[unit]*2"
    - residual: conv3-8/2 -> bn -> relu -> conv3-8 -> bn
    - concat:
        - conv1-4 -> relu
        - unit
network:
  - stage -> conv1-4
  - stage @deep
  - gap
heads:
  side: {from: deep, network: unit -> gap}
"""
    inner = [
        *("unit1/conv1", "unit1/relu1", "unit2/conv1", "unit2/relu1"),
        *("conv1", "bn1", "relu1", "conv2", "bn2", "shortcut1/conv1", "shortcut1/bn1", "add1"),
        *("branch1/conv1", "branch1/relu1", "branch2/unit1/conv1", "branch2/unit1/relu1", "concat1"),
    ]
    assert names(text) == [
        *(f"stage1/{name}" for name in inner),
        "conv1",
        *(f"deep/{name}" for name in inner),
        "gap1",
        *("side/unit1/conv1", "side/unit1/relu1", "side/gap1"),
    ]


def test_a_full_name_stands_whatever_is_around() -> None:
    """`name:`, and a tag with a slash, are the name as they are written."""
    text = """\
input: 16x16x4
blocks:
  unit():
    - conv: {filters: 4, kernel: 3}
      name: encoder/first
    - relu @encoder/second
network: unit
"""
    assert names(text) == ["encoder/first", "encoder/second"]


@pytest.mark.parametrize(
    "spec", [*bundled(), "resnet50@152", "vgg@C", "unet@padded", "mobilenet@0.25", "alexnet@one-tower"]
)
def test_names_of_the_bundled_specs_are_unique(spec: str) -> None:
    """No two layers of a network share a name."""
    network = check(spec).graph
    assert network is not None
    assert len(network.by_name) == len(network)


@given(
    entries=st.lists(
        st.sampled_from(["conv3-4 -> relu", "[conv3-4 -> relu]*2", "unit -> relu6", "[unit]*3", "bn"]),
        min_size=1,
        max_size=6,
    ),
    data=st.data(),
)
@settings(max_examples=40)
def test_another_kind_of_layer_renames_nothing(entries: list[str], data: st.DataObject) -> None:
    """A dropout put anywhere leaves every other name as it was."""
    blocks = "blocks:\n  unit(): conv3-4 -> bn -> relu\n"
    place = data.draw(st.integers(0, len(entries)))
    more = [*entries[:place], "dropout(0.5)", *entries[place:]]
    before, after = (names(written(*given) + blocks, settings={}) for given in (entries, more))
    assert [name for name in after if not name.startswith("dropout")] == before


@given(st.lists(st.sampled_from(KEEPING), min_size=2, max_size=8), st.data())
@settings(max_examples=40)
def test_a_tag_renames_only_its_own_layer(layers: list[str], data: st.DataObject) -> None:
    """With a tag on one layer all others keep their names."""
    place = data.draw(st.integers(0, len(layers) - 1))
    tagged = [layer + " @skip" * (i == place) for i, layer in enumerate(layers)]
    before, after = names(written(*layers, "relu")), names(written(*tagged, "relu -> add(skip)"))
    assert after[place] == "skip"
    assert [name for i, name in enumerate(after[:-1]) if i != place] == [
        name for i, name in enumerate(before) if i != place
    ]


@pytest.mark.parametrize(
    "change",
    [
        "name: Other\n",
        "variables: {w: 8}\n",
        "allow: [W201]\n",
        "# a comment\n",
        "heads: {side: {network: relu}}\n",
    ],
)
def test_other_parts_of_a_spec_rename_nothing(change: str) -> None:
    """Names of the main chain depend on the network and its blocks alone."""
    text = written("conv3-4 -> [relu -> conv3-4]*2", "fc-10")
    assert names(change + text)[:6] == names(text)


def test_a_variant_with_more_layers_keeps_the_names_of_the_others() -> None:
    """ResNet-50's layers have the same names in ResNet-101, which has more in one stage."""
    short, long = check("resnet50").graph, check("resnet50@101").graph
    assert short is not None
    assert long is not None
    assert set(short.by_name) < set(long.by_name)


def test_a_name_that_is_taken_is_refused_at_its_layer() -> None:
    """A tag that is already another layer's name, or the other way round, is one finding."""
    assert_told(HEAD + "network: conv3-4 -> ⟦relu @conv1⟧ -> add(conv1)\n", "E113")
    assert_told(HEAD + "network: relu @conv1 -> add(conv1) -> ⟦conv3-4⟧\n", "E113")
    assert_told(HEAD + "network:\n  - relu:\n    name: x/y\n  - relu:\n    name: ⟦x/y⟧\n", "E113")


def test_nested_repeats_with_a_tag_have_distinct_names() -> None:
    """A tag inside a repeat of a repeat names one layer in every round of both."""
    found = names(HEAD + 'network: "[[conv3-4 @a -> relu -> add(a)]*2 -> bn]*3"\n')
    assert len(set(found)) == len(found) == 21


def test_nodes_are_found_by_name() -> None:
    """The graph's index by name gives the node of that name."""
    network = graph(written("conv3-4 -> relu @here -> add(here)"))
    assert [network.by_name[node.name] for node in network] == list(network)
