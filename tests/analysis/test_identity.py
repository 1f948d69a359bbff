"""The canonical hash: the same for the same network however it is written, another where anything differs."""

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from itertools import groupby
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

import pytest
import yaml
from analyzed_specs import NAMES, SPECS, TARGETS, analyzed
from hypothesis import given, settings, strategies as st

import netspec
from netspec.analysis.identity import canonical_hash
from netspec.layers import KINDS, Layer

ALIASES = {"vgg", "vgg@D", "vgg16"}
"""VGG's default is its variant D, which is VGG-16: one network under three names."""


def hashed(text: str, **options: Any) -> str:
    """The hash of a spec given as text."""
    net = netspec.load(text=text, **options)
    assert net.spec.input is not None
    return canonical_hash(net.spec.input, net.graph)


# -- the same --------------------------------------------------------------------------------------------------------

PLAIN = """\
input: 16x16x3
network: |
  conv3-8 -> relu -> conv3-8 -> relu -> pool2
  conv3-16 -> bn -> relu -> conv3-16 -> bn -> relu -> pool2
  gap -> fc-10
"""
SAME = {
    "other layout": "# a comment\ninput:   16x16x3\n\nnetwork: [conv3-8 -> relu -> conv3-8, relu -> pool2, conv3-16 -> bn, relu -> conv3-16 -> bn -> relu -> pool2, gap -> fc-10]\n",
    "capitals and arrows": "input: 16x16x3\nnetwork: INPUT → CONV3-8 → RELU → CONV3-8 → RELU → POOL2 → [CONV3-16 → BN → RELU]*2 → POOL2 → GAP → FC-10\n",
    "repeats": 'input: 16x16x3\nnetwork: "[conv3-8 -> relu]*2 -> pool2 -> [conv3-16 -> bn -> relu]*2 -> pool2 -> gap -> fc-10"\n',
    "names and citations": f"name: Any\nsource: Somebody 2020\n{PLAIN}",
    "a variable": f"variables: {{classes: 10}}\n{PLAIN.replace('fc-10', 'fc-{classes}')}",
    "another variable": f"variables: {{n: 5}}\n{PLAIN.replace('fc-10', 'fc-{2*n}')}",
    "a budget": f"budget: {{params: 1M}}\n{PLAIN}",
    "tags": PLAIN.replace("gap ", "gap @pooled ").replace("pool2\n  gap", "pool2 @last\n  gap"),
    "what is the default": PLAIN.replace("conv3-8", "conv3-8/1(padding=same, dilation=1, groups=1, bias=true)"),
    "a bias that batch norm cancels": PLAIN.replace("conv3-16", "conv3-16(bias=false)"),
    "the input with its sizes apart": PLAIN.replace("16x16x3", "{shape: [16, 16, 3]}"),
    "blocks": (
        "input: 16x16x3\nblocks:\n  unit(width): conv3-{width} -> relu\n  normal(w): conv3-{w} -> bn -> relu\n"
        'network: "[unit(8)]*2 -> pool2 -> normal(16) -> normal(16) -> pool2 -> gap -> fc-10"\n'
    ),
    "structured": (
        "input: 16x16x3\nnetwork:\n"
        "  - repeat: 2\n    network:\n      - conv: {filters: 8, kernel: 3, stride: 1, padding: same}\n      - relu\n"
        "  - pool: {kernel: 2, stride: 2}\n"
        "  - repeat: 2\n    network:\n      - {conv: {filters: 16, kernel: 3}}\n      - bn\n      - relu:\n"
        "  - pool2\n  - gap: {}\n  - fc: {units: 10}\n"
    ),
    "a dead layer": PLAIN.replace("gap -> fc-10", "gap @end -> fc-7 -> from(end) -> fc-10"),
    "a dead branch": PLAIN.replace("pool2\n  conv", "pool2 @kept -> conv5-9 -> bn -> from(kept)\n  conv"),
    "another train section": f"{PLAIN}train: {{optimizer: sgd(0.1), epochs: 3}}\n",
}  # fmt: skip


@pytest.mark.parametrize("text", SAME.values(), ids=SAME)
def test_the_same_network_has_the_same_hash(text: str) -> None:
    """However it is written."""
    assert hashed(text) == hashed(PLAIN)


@pytest.mark.parametrize("target", [*NAMES, "resnet_cifar@20B", "unet@padded"])
def test_what_is_printed_has_the_same_hash(target: str) -> None:
    """`netspec show`, which unrolls blocks, repeats and variables, and `netspec show --arrow`."""
    net = netspec.load(target)
    assert {hashed(net.show()), hashed(net.show(arrow=True))} == {analyzed(target).hash}


WORDS = {
    *(
        "name",
        "source",
        "input",
        "network",
        "blocks",
        "heads",
        "train",
        "budget",
        "variants",
        "variables",
        "from",
    ),
    *(
        "repeat",
        "residual",
        "shortcut",
        "shape",
        "tokens",
        "identity",
        "same",
        "valid",
        "min",
        "max",
        "round",
    ),
    *KINDS,
    *(field for kind in KINDS.values() for field in kind.model_fields),
}
"""Names that a spec may give which are also words of the language; they are left as they are."""


@pytest.mark.parametrize("name", NAMES)
def test_names_of_blocks_tags_and_variables_do_not_matter(name: str) -> None:
    """Every name that a bundled spec gives is another one, in each place where it stands."""
    text = (SPECS / f"{name}.yaml").read_text(encoding="utf-8")
    spec = yaml.safe_load(text)
    blocks = [key.partition("(") for key in spec.get("blocks", {})]
    parameters = [word for _, _, rest in blocks for word in re.findall(r"[a-z_]\w*(?=[,)=])", rest)]
    given = {
        *(block for block, _, _ in blocks),
        *parameters,
        *spec.get("variables", {}),
        *re.findall(r"@(\w+)", text),
    }
    for old in given - WORDS:
        text = re.sub(rf"(?<!\w){old}(?!\w)", f"{old}_q", text)
    assert hashed(text) == analyzed(name).hash
    if given - WORDS:
        assert "_q" in text


# -- another ---------------------------------------------------------------------------------------------------------


def test_the_bundled_networks_are_different_but_for_true_aliases() -> None:
    """Of all specs and variants only VGG, its variant D and VGG-16 are one network."""
    by_hash = groupby(
        sorted(TARGETS, key=lambda target: analyzed(target).hash), lambda target: analyzed(target).hash
    )
    assert [names for _, several in by_hash if len(names := set(several)) > 1] == [ALIASES]


@pytest.mark.parametrize("target", TARGETS)
def test_a_hash_is_sha_256(target: str) -> None:
    """64 hexadecimal digits."""
    assert re.fullmatch("[0-9a-f]{64}", analyzed(target).hash)


def uses() -> Iterator[tuple[type[Layer], str]]:
    """Every field of every kind of layer."""
    return ((kind, field) for kind in KINDS.values() for field in kind.model_fields)


@pytest.mark.parametrize(("kind", "field"), list(uses()), ids=lambda value: getattr(value, "name", value))
def test_every_field_of_every_layer_matters(kind: type[Layer], field: str) -> None:
    """Another value gives another hash, for each value that the field's type has."""
    given = {
        name: next(values(info.annotation)) for name, info in kind.model_fields.items() if info.is_required()
    }
    first = kind.model_construct(**given)
    found = [hash_with(first.model_copy(update={field: value})) for value in others(kind, field)]
    assert len(found) > 1
    assert len(set(found)) == len(found)


@cache
def lenet() -> netspec.Network:
    """LeNet-5, loaded once."""
    return netspec.load("lenet5")


def hash_with(layer: Layer) -> str:
    """The hash of LeNet-5 with another first layer."""
    given, graph = lenet().spec.input, lenet().graph
    assert given is not None
    return canonical_hash(
        given, replace(graph, nodes=(replace(graph.nodes[0], layer=layer), *graph.nodes[1:]))
    )


def others(kind: type[Layer], field: str) -> list[Any]:
    """Different values that a field can have."""
    found: list[Any] = []
    for value in values(kind.model_fields[field].annotation):
        if value not in found:
            found.append(value)
    return found


PLAIN_VALUES: dict[Any, tuple[Any, ...]] = {
    NoneType: (None,), bool: (False, True), int: (3, 2), float: (0.25, 0.75), str: ("one", "other"),
}  # fmt: skip


def values(annotation: Any) -> Iterator[Any]:
    """Some values of a type."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if annotation in PLAIN_VALUES:
        yield from PLAIN_VALUES[annotation]
    elif origin is Literal:
        yield from arguments
    elif origin in (Union, UnionType):
        for argument in arguments:
            yield from values(argument)
    elif origin is tuple:
        inner = list(values(arguments[0]))
        yield from ((inner[0], inner[-1]), (inner[-1], inner[0]))
    else:
        assert hasattr(annotation, "__metadata__"), f"the test has no values of {annotation}"
        yield from values(arguments[0])


BASE = (
    "input: {shape: 16x16x3, mean: [1, 2, 3], std: [1, 1, 1]}\nnetwork: conv3-8 -> relu -> conv3-8 -> fc-10\n"
)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("16x16x3", "16x17x3"),
        ("[1, 2, 3]", "[1, 2, 4]"),
        ("[1, 1, 1]", "[1, 1, 2]"),
        (", mean: [1, 2, 3], std: [1, 1, 1]", ""),
        ("mean: [1, 2, 3], std: [1, 1, 1]", "range: [0, 1]"),
        ("conv3-8 -> relu", "conv3-9 -> relu"),
        ("conv3-8 -> relu", "conv5-8 -> relu"),
        ("relu", "tanh"),
        ("relu", "leaky_relu(0.1)"),
        (" -> relu", ""),
        ("relu", "relu -> relu"),
        ("relu -> conv3-8 ->", "conv3-8 -> relu ->"),
        ("fc-10", "fc-10 -> softmax"),
        ("fc-10", "flatten -> fc-10"),
        ("fc-10", "fc-10(bias=false)"),
    ],
)
def test_another_network_has_another_hash(old: str, new: str) -> None:
    """Input, preprocessing, fields, layers and their order."""
    assert old in BASE
    assert hashed(BASE.replace(old, new)) != hashed(BASE)


def test_a_vocabulary_matters() -> None:
    """Ids of as many positions out of another vocabulary."""
    one, other = (f"input: {{shape: 8, tokens: {n}}}\nnetwork: embed-4 -> gap\n" for n in (10, 11))
    assert hashed(one) != hashed(other)


SHARED = 'input: 8x8x4\nnetwork: "conv3-4 @a -> relu -> conv3-4{} -> relu -> conv3-4{}"\n'


def test_sharing_matters() -> None:
    """One convolution used twice or three times, and convolutions that are merely equal."""
    forms = [("", ""), ("(share=a)", ""), ("", "(share=a)"), ("(share=a)", "(share=a)")]
    assert len({hashed(SHARED.format(*form)) for form in forms}) == len(forms)


TAGGED = 'input: 8x8x4\nnetwork: "conv3-4 @a -> relu @b -> conv3-4 @c -> relu @d -> {}"\n'


def test_wiring_matters() -> None:
    """What is added to what, what comes first, and what is read again."""
    ends = [
        "add(a)",
        "add(b)",
        "add(c)",
        "add(a, b)",
        "concat(a)",
        "concat(a, b)",
        "concat(b, a)",
        "from(a)",
        "from(b) -> add(d)",
    ]
    hashes = [hashed(TAGGED.format(end)) for end in ends]
    assert len(set(hashes)) == len(ends)


def test_the_shortcut_matters() -> None:
    """Identity, a projection, and zeros."""
    body = "input: 8x8x4\nnetwork:\n  - residual: conv3-4 -> relu -> conv3-4\n    shortcut: {}\n"
    assert len({hashed(body.format(shortcut)) for shortcut in ("identity", "conv1-4", "conv1-4 -> bn")}) == 3


HEADED = "input: 8x8x4\nnetwork: conv3-4 @a -> relu @b -> fc-10\nheads: {{one: {{from: {}, network: fc-{}, loss_weight: {}}}}}\n"


def test_heads_and_their_weights_matter() -> None:
    """Where a head hangs, what it is, how much its loss counts; not what it is called."""
    forms = [("a", 10, 0.3), ("b", 10, 0.3), ("a", 11, 0.3), ("a", 10, 0.4)]
    assert len({hashed(HEADED.format(*form)) for form in forms}) == len(forms)
    text = HEADED.format(*forms[0])
    assert hashed(text.replace("one:", "other:")) == hashed(text)
    assert hashed(text) != hashed(text.partition("heads:")[0])


def test_the_hash_is_a_promise() -> None:
    """A hash that somebody wrote down stays what it is; whoever changes it says so in its form's number."""
    assert hashed("input: 8x8x1\nnetwork: conv3-4 -> relu -> fc-10\n") == (
        "b252a8de3883caee4d325acfbd71567571cbf4c35aa4a24834ce984ac5b6f482"
    )


LAYERS = ("conv3-4", "conv1-4", "relu", "bn", "tanh", "pool3/1(padding=1)", "dropout(0.5)")
chains = st.lists(st.sampled_from(LAYERS), min_size=1, max_size=6)


@given(chains, st.integers(1, 4))
@settings(max_examples=60)
def test_unrolling_a_repeat_gives_the_same_hash(layers: list[str], times: int) -> None:
    """A repeat, a block called as often, and the layers written out are one network."""
    body = " -> ".join(layers)
    forms = [
        f'input: 6x6x4\nnetwork: "[{body}]*{times} -> gap"\n',
        f'input: 6x6x4\nnetwork: "{" -> ".join([body] * times)} -> gap"\n',
        f'input: 6x6x4\nblocks:\n  any(): {body}\nnetwork: "[any]*{times} -> gap"\n',
        f"input: 6x6x4\nvariables: {{n: {times}}}\nnetwork:\n  - repeat: '{{n}}'\n    network: {body}\n  - gap\n",
    ]
    assert len({hashed(form) for form in forms}) == 1


@given(chains, chains)
@settings(max_examples=60)
def test_other_layers_have_another_hash(one: list[str], other: list[str]) -> None:
    """Two chains have one hash where they are one chain, and only there."""
    texts = ['input: 6x6x4\nnetwork: "' + " -> ".join(layers) + '"\n' for layers in (one, other)]
    assert (hashed(texts[0]) == hashed(texts[1])) == (one == other)
