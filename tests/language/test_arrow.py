"""Arrow notation: how it is read, and that a fault in it is shown at its exact characters."""

import pytest
from hypothesis import given, settings, strategies as st
from spec_text import (
    STYLES,
    assert_told,
    difference,
    errors,
    graph,
    lines_ended_by,
    mended,
    network,
    the_finding,
    unmarked,
)

from netspec.checking import check_text

HEAD = "input: 8x8x4\n"

FAULTS = [
    ("E101", "relu ⟦=>⟧ relu"),
    ("E101", "relu ⟦-->⟧ relu"),
    ("E101", "relu ⟦->⟧ -> relu"),
    ("E101", "relu -> relu ⟦->⟧"),
    ("E101", "relu ⟦conv3⟧-4 -> relu"),
    ("E101", "relu -> conv3⟦-⟧ -> relu"),
    ("E101", "relu -> conv3-4⟦/⟧ -> relu"),
    ("E101", "relu -> relu⟦]⟧ -> relu"),
    ("E101", "relu -> ⟦[⟧relu -> relu"),
    ("E101", "relu -> dropout⟦(⟧0.5 -> relu"),
    ("E101", "relu -> dropout(0.5)⟦)⟧"),
    ("E101", "relu -> [relu]⟦*⟧ -> relu"),
    ("E101", "relu -> relu⟦*2⟧ -> relu"),
    ("E101", "relu -> pool2⟦?⟧ -> relu"),
    ("E101", "relu -> ⟦3⟧conv-4 -> relu"),
    ("E101", "relu ⟦@⟧ -> relu"),
    ("E101", "relu ⟦–⟧ relu"),
    ("E101", "relu ⟦;⟧ relu"),
    ("E101", "relu -> conv3-4(stride=⟦)⟧ -> relu"),
    ("E102", "relu -> ⟦zorbl⟧ -> relu"),
    ("E102", "⟦ZORBL⟧ -> relu"),
    ("E102", "relu -> [relu -> [⟦zorbl⟧]*2]*3"),
    ("E103", "relu -> conv3-4(⟦strid⟧=1) -> relu"),
    ("E103", "relu -> conv3-4( groups=1, ⟦grups⟧ = 2) -> relu"),
    ("E103", "relu -> relu(⟦0.5⟧)"),
    ("E103", "relu -> dropout⟦3⟧(0.5)"),
    ("E103", "relu -> relu-⟦64⟧"),
    ("E104", "relu -> conv3-4(bias=⟦no⟧) -> relu"),
    ("E104", "relu -> conv3-4(padding=⟦samee⟧) -> relu"),
    ("E104", "relu -> conv3-4(stride=⟦[1, two]⟧) -> relu"),
    ("E104", "relu -> conv3-⟦0⟧ -> relu"),
    ("E104", "relu -> dropout(⟦1.5⟧) -> relu"),
    ("E105", "relu -> ⟦conv⟧-4 -> relu"),
    ("E106", "relu -> conv3-4(⟦kernel⟧=3) -> relu"),
    ("E108", "relu -> conv3-⟦{widht}⟧ -> relu"),
    ("E108", "relu -> ⟦{activation}⟧ -> relu"),
    ("E109", "relu -> conv3-⟦{2**3}⟧ -> relu"),
    ("E110", "relu -> dropout(⟦{1//0}⟧) -> relu"),
    ("E112", "relu -> add(⟦nosuch⟧) -> relu"),
    ("E112", "relu -> from(⟦nosuch⟧) -> relu"),
    ("E116", "relu -> [relu]*⟦{0-1}⟧ -> relu"),
    ("E203", "relu -> ⟦conv9-4(padding=valid)⟧ -> relu"),
    ("E203", "⟦pool9⟧ -> relu"),
]


@pytest.mark.parametrize("ending", ["\n", "\r\n"], ids=["LF", "CRLF"])
@pytest.mark.parametrize("style", STYLES)
def test_a_fault_is_shown_at_its_characters_in_every_style_of_yaml(style: str, ending: str) -> None:
    """However YAML writes the arrow string, the finding's span is exactly the wrong text."""
    faults = [(code, arrow) for code, arrow in FAULTS if not _cannot_stand(arrow, style)]
    head = f'# Größe 🙂\n{HEAD}source: "→ 🙂"  # before\n'
    texts = [(code, lines_ended_by(ending, head + STYLES[style](arrow))) for code, arrow in faults]
    assert [difference(text, code) for code, text in texts if difference(text, code)] == []


def _cannot_stand(arrow: str, style: str) -> bool:
    """Whether YAML itself would take the string for something else, or the style makes another fault of it."""
    plain = not style.startswith(("single", "double", "literal", "folded")) and style not in (
        "an entry in flow style",
        "a head",
    )
    clean = unmarked(arrow)[0]
    return (
        (plain and (": " in clean or clean[0] in "[{@"))
        or (style == "literal with comments" and clean.endswith("->"))
        or (style == "with dashed arrows" and "->" not in clean.replace("-->", ""))
    )


def test_several_faults_of_one_string_are_told_together() -> None:
    """A fault does not hide the ones in other layers."""
    assert_told(
        HEAD
        + "network: ⟦zorbl⟧ -> conv3-4(⟦strid⟧=2, bias=⟦no⟧) -> relu ⟦=>⟧ relu -> conv3⟦-⟧ -> ⟦blorz⟧ -> gn(⟦0⟧)\n",
        *("E102", "E103", "E104", "E101", "E101", "E102", "E104"),
    )


def test_faults_on_all_lines_of_a_block_are_told_together() -> None:
    """A fault on one line does not hide those on the others."""
    assert_told(
        HEAD + "network: |\n  relu -> ⟦zorbl⟧\n  relu ⟦=>⟧ relu\n  relu\n  conv3⟦-⟧\n  [relu -> ⟦blorz⟧]*2\n",
        *("E102", "E101", "E101", "E102"),
    )


@pytest.mark.parametrize(
    "behind", [" ⟦-->⟧ relu", "⟦*⟧ -> relu", "*⟦x⟧ -> relu", "*2⟦,⟧ relu", "*2 ⟦relu⟧", " ⟦(⟧2) -> relu"]
)
def test_a_fault_behind_a_bracket_hides_no_other(behind: str) -> None:
    """What is wrong right behind a repeat leaves the layers inside and around it readable."""
    assert_told(
        HEAD + f"network: ⟦zorbl⟧ -> [relu -> ⟦blorz⟧]{behind} -> ⟦qwux⟧\n", "E102", "E102", "E101", "E102"
    )


# -- the place of a planted word ---------------------------------------------------------------------------------------

LAYERS = [
    "relu",
    "conv3-4",
    "CONV1-8(bias=false)",
    "dropout(0.5)",
    "gn(2)",
    "scale( 1.0 )",
    "pool1",
    "lrn(5,k=1)",
    "conv1x3-4/1x1",
]
ARROWS = [" -> ", "->", " → ", "  ->   "]
WORD = "zqxjk"


@st.composite
def chains(draw: st.DrawFn) -> str:
    """An arrow string with one unknown layer somewhere, also inside repeats."""
    layers = draw(st.lists(st.sampled_from(LAYERS), max_size=8))
    layers.insert(draw(st.integers(0, len(layers))), WORD)
    text = layers[0]
    for layer in layers[1:]:
        text += draw(st.sampled_from(ARROWS)) + layer
        if draw(st.integers(0, 3)) == 0:
            text = f"[{text}]" + draw(st.sampled_from(["", "*1", "*2", "*{1+1}"]))
    return text


@settings(max_examples=150)
@given(
    arrow=chains(),
    style=st.sampled_from(list(STYLES)),
    before=st.text("aß🙂→ ", max_size=9),
    crlf=st.booleans(),
)
def test_an_unknown_word_is_found_at_its_line_and_column(
    arrow: str, style: str, before: str, *, crlf: bool
) -> None:
    """A word planted anywhere in an arrow string is shown at its exact line and column."""
    if arrow[0] == "[" and _cannot_stand(arrow, style):
        arrow = f"relu -> {arrow}"
    text = f"{HEAD}source: '{before}' # {before}\n" + STYLES[style](arrow.replace(WORD, f"⟦{WORD}⟧"))
    text, _ = unmarked(lines_ended_by("\r\n" if crlf else "\n", text))
    finding = the_finding(text)
    start = text.index(WORD)
    assert finding.code == "E102"
    assert finding.span is not None
    assert (finding.span.line, finding.span.column) == (
        text.count("\n", 0, start) + 1,
        start - text.rfind("\n", 0, start),
    )
    assert finding.span.text == WORD


@settings(max_examples=60)
@given(data=st.data())
def test_escapes_in_double_quotes_do_not_move_the_place(data: st.DataObject) -> None:
    """Any character before a fault may be written as any of YAML's escapes."""
    arrow = data.draw(chains())
    at = arrow.index(WORD)
    before = "".join(
        data.draw(st.sampled_from([c, f"\\x{ord(c):02x}", f"\\u{ord(c):04X}", f"\\U{ord(c):08x}"]), label=c)
        for c in arrow[:at].replace("→", "->")
    )
    text = f'{HEAD}network: "{before}{arrow[at:]}"\n'
    finding = the_finding(text)
    assert finding.span is not None
    assert (finding.span.start, finding.span.text) == (text.index(WORD), WORD)


@pytest.mark.parametrize("escape", ["\\n", "\\t", "\\ ", "\\_", "\\N", "\\\n    ", "\\x20", "\\u00a0"])
def test_an_escaped_space_does_not_move_the_place(escape: str) -> None:
    """Escapes that stand for white space, or for nothing, take their own characters in the file."""
    assert_told(f'{HEAD}network: "relu -> {escape}{escape}conv3-4 -> ⟦zorbl⟧ -> relu"\n', "E102")


@pytest.mark.parametrize(
    "written",
    [
        '"relu ⟦\\x3b⟧ relu"',
        '"relu ⟦\\u003B⟧ relu"',
        "'relu ⟦''⟧ relu'",
        '"relu ⟦\\"⟧ relu"',
        '"relu ⟦\\\\⟧ relu"',
    ],
)
def test_a_wrong_character_that_is_written_as_an_escape_is_shown_whole(written: str) -> None:
    """Where the wrong character is itself an escape, all of the escape is marked."""
    assert_told(f"{HEAD}network: {written}\n", "E101")


# -- what means the same -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "chain",
    [
        "CONV3-64 -> RELU -> POOL2 -> FC-10",
        "Conv3-64→ReLU→pool2→fc-10",
        "INPUT -> conv3-64 -> relu -> pool2 -> fc-10",
        "input → conv3-64 -> relu -> pool2 -> fc-10",
        "conv3-64->relu->pool2->fc-10",
        "[conv3-64 -> relu]*1 -> pool2 -> fc-10",
        "[[conv3-64] -> [relu -> pool2]] -> fc-10",
        "conv3-64 -> relu -> [bn]*0 -> pool2 -> fc-10",
        "conv3-64\n  relu\n  pool2\n  fc-10",
        "conv3-64 ->\n  relu\n  -> pool2\n\n\n  fc-10",
        "conv3-64  # the first\n  # nothing but a comment -> bn\n  relu -> pool2 # -> bn\n  fc-10",
        "[\n  conv3-64\n  relu\n  ]*1\n  pool2\n  fc-10",
        "conv(\n    filters=64,\n    kernel=3,  # three\n  ) -> relu -> pool2 -> fc-10",
        "conv( filters = 64 ,kernel=3 , ) -> relu -> pool2 -> fc-10",
        "conv{2+1}-{64} -> relu -> pool{4//2} -> fc-{10}",
        "conv3-64/1 -> relu -> pool2/2 -> fc-10",
    ],
)
def test_the_same_network_written_otherwise(chain: str) -> None:
    """Case, arrows, line breaks, comments, brackets and `INPUT ->` change nothing."""
    assert network(chain) == network("conv3-64 -> relu -> pool2 -> fc-10")


def test_a_chain_that_is_written_in_a_folded_scalar_needs_its_arrows() -> None:
    """Where YAML folds lines into one, a missing arrow is told, and the mend puts it there."""
    finding = the_finding("input: 8x8x4\nnetwork: >\n  relu\n  pool2\n")
    assert finding.code == "E101"
    assert [errors(check_text(text)) for text in mended(finding)] == [[]]


@pytest.mark.parametrize(
    ("chain", "kinds"),
    [
        ("relu6 -> relu", ["relu6", "relu"]),
        ("relu -> [relu6 -> bn]*2", ["relu", "relu6", "bn", "relu6", "bn"]),
        ("[[relu -> bn]*2 -> tanh]*2", ["relu", "bn", "relu", "bn", "tanh"] * 2),
        ("[relu]*3 -> [[bn]*2]*0 -> tanh", ["relu", "relu", "relu", "tanh"]),
        ("[relu]*{2*2-1} -> tanh", ["relu", "relu", "relu", "tanh"]),
    ],
)
def test_a_repeat_is_unrolled(chain: str, kinds: list[str]) -> None:
    """`[...]*N` stands for its content N times, and a name that ends in a digit is no name with a size."""
    assert [node.kind for node in network(chain)] == kinds


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("pad(1, value=1e-3)", 0.001),
        ("pad(1, value=-2.5)", -2.5),
        ("pad(1, value=.5)", 0.5),
        ("pad(1, value={1/4})", 0.25),
        ("pad(1, value=017)", 17),
    ],
)
def test_numbers_among_arguments_are_read_as_yaml_reads_them(written: str, value: float) -> None:
    """An argument's number is a scalar of YAML 1.2."""
    (node,) = network(written)
    assert dict(node.layer)["value"] == value


@pytest.mark.parametrize(
    "quoted", ['pad(1, mode="edge")', "pad(1, mode='edge')", "pad(1, mode=edge)", 'pad(1,mode = "edge" )']
)
def test_text_among_arguments_may_stand_in_quotes(quoted: str) -> None:
    """A text argument is the same with and without quotes."""
    assert network(quoted) == network("pad(1, mode=edge)")


def test_lists_among_arguments_nest() -> None:
    """Padding by side is a list of lists, with expressions where wanted."""
    (node,) = network("conv3-4(padding=[[0, 1], [{1+1}, 3]])")
    assert node.shape.sizes == (31, 35, 4)


def test_a_network_of_ten_thousand_layers_is_read_in_one_piece() -> None:
    """Long chains need no deep recursion."""
    assert len(graph(HEAD + "network: " + " -> ".join(["relu"] * 10_000) + "\n")) == 10_000
