"""The manual: layers, words of the language, codes."""

import re
from itertools import pairwise

import pytest

from netspec.checking import check_text
from netspec.diagnostics import Severity
from netspec.diagnostics.rule import Rule
from netspec.diagnostics.rules import RULES
from netspec.language.field_docs import field_docs
from netspec.layers import KINDS, Layer
from netspec.render.keywords import KEYWORDS, keyword_entry
from netspec.render.listing import layer_list, spec_list
from netspec.render.manual import forms, layer_entry, rule_entry
from netspec.render.text import Look

PLAIN = Look(80)
SGR = re.compile(r"\x1b\[[0-9;]*m")


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_an_entry_has_every_part(kind: type[Layer]) -> None:
    """Every layer's entry shows its form, fields with descriptions, docstring, source and examples."""
    entry = layer_entry(kind, PLAIN)
    flat = " ".join(entry.split())
    assert entry.startswith(f"{kind.name}: ")
    assert " ".join((kind.__doc__ or "").split()) in flat
    assert "Source: " in flat or "Sources: " in flat
    for name in kind.model_fields:
        assert f"\n  {name} " in entry
        assert " ".join(field_docs(kind)[name].split()) in flat
    for example in kind.examples:
        assert f"{example.input} -> {example.output}" in entry


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_an_entry_fits_80_columns(kind: type[Layer]) -> None:
    """Prose is wrapped at 80 columns; only a table of long examples may be wider."""
    prose = layer_entry(kind, PLAIN).partition("\nExamples\n")[0]
    assert max(map(len, prose.splitlines())) <= 80


@pytest.mark.parametrize(
    "kind", [kind for kind in KINDS.values() if not kind.merges], ids=lambda kind: kind.name
)
def test_the_structured_form_is_the_same_layer(kind: type[Layer]) -> None:
    """What an entry gives as structured YAML is read as the arrow notation of the first example is."""
    example = kind.examples[0]
    entry = " ".join(layer_entry(kind, PLAIN).split())
    found = re.search(r" in structured YAML is `(- .*?)`\.", entry)
    assert found
    shape, _, tokens = example.input.partition(" tokens of ")
    head = f"input: {{shape: {shape}, tokens: {tokens or 'null'}}}\nnetwork:"
    arrow, structured = check_text(f"{head} {example.arrow}\n"), check_text(f"{head}\n  {found[1]}\n")
    assert arrow.graph
    assert structured.graph
    assert arrow.graph.nodes == structured.graph.nodes


def test_parameters_are_those_of_the_first_example() -> None:
    """The table of a layer's parameters shows names, shapes, sizes and how they start."""
    entry = layer_entry(KINDS["conv"], PLAIN)
    assert re.search(r"Parameters of conv3-64 on 224x224x3\n +kernel +3x3x3x64 +1,728 +weight", entry)
    assert re.search(r"\n +bias +64 +64 +bias, starts as zeros", entry)


@pytest.mark.parametrize("name", ["dwconv", "pool"])
def test_a_docstring_is_filled_again(name: str) -> None:
    """Lines broken for their length are joined before they are wrapped; lines that end early stay lines."""
    lines = layer_entry(KINDS[name], PLAIN).splitlines()
    source = lines[next(i for i, line in enumerate(lines) if line.startswith("Source: ")) :]
    source = source[: source.index("")]
    assert len(source) > 1
    for line, following in pairwise(source):
        assert len(line) + 1 + len(following.split()[0]) > 80
    assert any(line.startswith("Weights: ") for line in lines) or name == "pool"


def test_forms() -> None:
    """The heading shows which parts of the notation may be left out."""
    shown = {name: list(forms(KINDS[name])) for name in ("conv", "relu", "fc", "leaky_relu", "concat")}
    assert shown["conv"] == ["convKERNEL-FILTERS[/STRIDE][(key=value, ...)]"]
    assert shown["relu"] == ["relu"]
    assert shown["leaky_relu"] == ["leaky_relu[(SLOPE)]"]
    assert shown["concat"] == ["concat(TAG, crop=...)", "- concat: [NETWORK, NETWORK, ...]"]


@pytest.mark.parametrize("name", KEYWORDS)
def test_words_of_the_language_have_entries(name: str) -> None:
    """Each word that is no layer has an entry within 80 columns, with an example that is a sound network."""
    entry = keyword_entry(name, PLAIN)
    assert entry.startswith(f"{name}: ")
    assert max(map(len, entry.splitlines())) <= 80
    assert name not in KINDS
    assert check_text(f"input: 8x8x4\n{KEYWORDS[name].example}\n").ok


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_a_code_is_explained(rule: Rule) -> None:
    """Every code's entry shows its reason, both examples, and, for a spec, what netspec says of the wrong one."""
    said = [f for f in check_text(rule.bad, name="wrong.yaml").findings if f.rule is rule]
    entry = rule_entry(rule, said if rule.examples == "spec" else [], PLAIN)
    flat = " ".join(entry.split())
    assert entry.startswith(f"{rule.severity}[{rule.code}] {rule.name}")
    assert rule.summary in flat
    assert rule.why in flat
    assert " ".join(rule.bad.split()) in flat
    assert " ".join(rule.good.split()) in flat
    assert ("netspec says" in entry) == (rule.examples == "spec")


def test_colour_changes_nothing_but_colour() -> None:
    """Without its escape sequences a coloured entry is the plain one."""
    bright = Look(80, colour=True)
    for kind in KINDS.values():
        assert SGR.sub("", layer_entry(kind, bright)) == layer_entry(kind, PLAIN)
    rows = [("vgg", "VGG", ("a",), "1")]
    assert SGR.sub("", spec_list(rows, bright)) == spec_list(rows, PLAIN)


def test_the_list_names_every_layer_once() -> None:
    """All layers and words are listed, each at the start of one row, within 80 columns."""
    words = [(name, word.summary) for name, word in KEYWORDS.items()]
    rows = layer_list(KINDS.values(), words, PLAIN).splitlines()
    names = [found[1] for row in rows if (found := re.match(r"  (\w+) ", row))]
    assert sorted(names) == sorted([*KINDS, *KEYWORDS])
    assert max(len(row) for row in rows if row.startswith(" ")) <= 80


def test_the_list_of_specs() -> None:
    """A spec is listed with its title and variants, and its citation below."""
    listed = spec_list([("vgg", "VGG", ("A", "B"), "a paper"), ("unet", "U-Net", (), "")], PLAIN)
    assert listed.splitlines()[:3] == ["  vgg   VGG; variants A, B", "        a paper", "  unet  U-Net"]


def test_severities_have_a_style() -> None:
    """Each severity can be painted."""
    for severity in Severity:
        assert Look(80, colour=True).paint(str(severity), "x") != "x"
