"""Mermaid and DOT as text: valid whatever the names are."""

import json
import re

from picture import conv, graph

import netspec
from netspec.render.draw import dot, mermaid

HOSTILE = 'a"];x-->y;<b>`&#34;`\\N\\"\n%%{init}%%|{}()\x1b\u202e'


def hostile():
    """A graph whose names are made to break out of quotes."""
    return graph(
        (f"{HOSTILE}/one", conv(1), (-1,)), (f"{HOSTILE}/two", conv(2), (0,)), ("end", conv(3), (1,))
    )


def test_mermaid_of_a_network_reads_as_one_would_write_it():
    """A small network's flowchart, whole."""
    text = mermaid(netspec.load("lenet5").graph, title="LeNet-5")
    assert text.splitlines()[:6] == [
        "---",
        'title: "LeNet-5"',
        "---",
        "flowchart TD",
        '    n0["input<br>28x28x1"]:::input',
        '    n1["conv5-6 + relu<br>28x28x6"]:::conv',
    ]
    assert "    n0 --> n1" in text.splitlines()


def test_hostile_names_stay_inside_mermaid_labels():
    """Every line is one of Mermaid's forms; a name cannot end its label, begin an edge or hold markup."""
    lines = mermaid(hostile(), title=HOSTILE).splitlines()
    assert json.loads(lines[1].removeprefix("title: ")).startswith('a"];x-->y;<b>')
    label = r'\["[^"<>`%\\]*(<br>[^"<>`%\\]*)?"\]'
    forms = (
        "---|flowchart TD|end",
        f"subgraph b\\d+{label}",
        f"n\\d+{label}:::\\w+",
        r"n\d+ --> n\d+",
        r"class(Def)? [\w,]+ .*",
    )
    for line in [line.strip() for line in lines[2:]]:
        assert any(re.fullmatch(form, line) for form in forms), line
    assert sum("-->" in line for line in lines[2:]) == 3
    assert not any("%" in line for line in lines), "a directive would be read in any place"


def test_hostile_names_stay_inside_dot_strings():
    """Without its quoted strings the digraph has nothing but its own words."""
    text = dot(hostile(), title=HOSTILE)
    bare = re.sub(r'"(\\.|[^"\\])*"', "S", text)
    assert '"' not in bare
    assert "\\" not in bare
    words = set(re.findall(r"[A-Za-z_]+", re.sub(r"\bn\d+\b|cluster_\d+", "", bare)))
    known = "digraph graph node edge subgraph S rankdir TB fontname fontsize ranksep nodesep label labelloc t shape box"
    assert words <= set((known + " style margin fillcolor color arrowsize").split())
    assert bare.count("->") == 3
    assert bare.count("{") == bare.count("}") == 2


def test_dot_labels_show_backslashes_as_they_are():
    """Graphviz reads escapes in labels, so that a backslash of a name is doubled."""
    assert r"\\N" in dot(hostile(), title=HOSTILE)
    assert r"input\n8x8x4" in dot(hostile())


def test_titles_may_be_left_out():
    """Without a title there is no front matter, and the digraph still has a name."""
    found = netspec.load("lenet5").graph
    assert mermaid(found).startswith("flowchart TD\n")
    assert dot(found).startswith('digraph "network" {\n')
    assert "labelloc" not in dot(found)


def test_blocks_are_subgraphs_in_both():
    """ResNet-50's stages and bottlenecks are frames within frames, opened and closed."""
    found = netspec.load("resnet50").graph
    flowchart, digraph = mermaid(found), dot(found)
    assert flowchart.count("subgraph") == digraph.count("subgraph cluster_") == 12
    assert len(re.findall(r"^ *end$", flowchart, re.MULTILINE)) == 12
    assert flowchart.count('["bottleneck x5"]') == digraph.count('label="bottleneck x5"') == 1
