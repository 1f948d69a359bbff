"""Expressions: computed exactly, and nothing but arithmetic can run."""

import math

import pytest
from hypothesis import given, settings, strategies as st
from spec_text import assert_told, graph

from netspec.diagnostics import Refused, rules
from netspec.language.expressions import divisible, evaluate

VARIABLES = {
    "a": 7,
    "b": 2,
    "x": 0.5,
    "depth": (3, 4, 6, 3),
    "nested": ((1, 2), (3,)),
    "word": "same",
    "flag": True,
}


def refusal(text: str, **variables: object) -> str:
    """The code with which an expression is refused."""
    with pytest.raises(Refused) as raised:
        evaluate(text, {**VARIABLES, **variables})  # type: ignore[dict-item]
    return raised.value.fault.rule.code


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1 + 2 * 3", 7),
        ("(1 + 2) * 3", 9),
        ("10 - 4 - 3", 3),
        ("24 / 4 / 2", 3),
        ("7 // 2 * 2", 6),
        ("-7 // 2", -4),
        ("-7 % 3", 2),
        ("--3", 3),
        ("2 - -3", 5),
        ("+a", 7),
        ("a / b", 3.5),
        ("8 / b", 4),
        ("a // b", 3),
        ("a % b", 1),
        ("a*x", 3.5),
        ("1e3", 1000.0),
        ("1.5 + .5", 2.0),
        ("2.", 2.0),
        ("depth", (3, 4, 6, 3)),
        ("depth[0]", 3),
        ("depth[b]", 6),
        ("depth[a // b - b]", 4),
        ("nested[0][1]", 2),
        ("[1, 2, a][2]", 7),
        ("[]", ()),
        ("min(3, 1, 2)", 1),
        ("max(depth)", 6),
        ("min(depth[0], a)", 3),
        ("round(2.5)", 2),
        ("round(3.5)", 4),
        ("ceil(2.1)", 3),
        ("floor(-2.1)", -3),
        ("divisible(37, 8)", 40),
        (" a\t+ b ", 9),
        ("word", "same"),
        ("flag", True),
    ],
)
def test_values(text: str, value: object) -> None:
    """Each operation has the value and the type that a reader expects."""
    read = evaluate(text, VARIABLES)  # type: ignore[arg-type]
    assert (read, type(read)) == (value, type(value))


NUMBERS = st.integers(0, 99).map(str) | st.floats(0.01, 99, allow_nan=False).map(lambda f: f"{f:.3f}")
SUMS = st.recursive(
    NUMBERS,
    lambda inner: (
        st.tuples(inner, st.sampled_from(["+", "-", "*", " + ", " - ", " * "]), inner).map("".join)
        | inner.map(lambda text: f"({text})")
        | inner.map(lambda text: f"-({text})")
    ),
    max_leaves=8,
)


@given(SUMS)
def test_arithmetic_is_that_of_python(text: str) -> None:
    """Sums, differences, products and brackets bind as they do everywhere."""
    value = eval(text, {"__builtins__": {}})  # Python itself is the oracle, and the text is ours
    if abs(value) < 2**63:
        assert evaluate(text, {}) == value


@given(st.integers(-99, 99), st.integers(-99, 99).filter(bool))
def test_divisions_are_those_of_python(a: int, b: int) -> None:
    """`//` and `%` round down, and `/` is whole where it divides evenly."""
    assert evaluate(f"({a}) // ({b})", {}) == a // b
    assert evaluate(f"({a}) % ({b})", {}) == a % b
    value = evaluate(f"({a}) / ({b})", {})
    assert value == a / b
    assert isinstance(value, int) == (a % b == 0)


@given(st.floats(0.1, 5000), st.integers(1, 64))
def test_divisible_is_the_nearest_multiple_not_far_below(value: float, divisor: int) -> None:
    """MobileNet's rounding: a multiple, at least the divisor, at most a tenth below, nearest unless that is too low."""
    found = divisible(value, divisor)
    assert found % divisor == 0
    assert found >= divisor
    assert found >= 0.9 * value
    assert found - value <= divisor
    nearest = min(range(divisor, int(value) + 2 * divisor, divisor), key=lambda m: (abs(m - value), -m))
    assert found == nearest or nearest < 0.9 * value


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (32 * 0.75, 24),
        (16 * 1.4, 24),
        (24 * 1.3, 32),
        (32 * 0.35, 16),
        (16 * 0.35, 8),
        (24 * 0.35, 8),
        (64 * 0.5, 32),
    ],
)
def test_divisible_gives_the_widths_of_mobilenet_v2(value: float, expected: int) -> None:
    """The widths of the reference implementation for its published multipliers."""
    assert divisible(value, 8) == expected


@pytest.mark.parametrize(
    "text",
    [
        "9**9**9",
        "().__class__",
        "__import__('os')",
        "a.b",
        "a; b",
        "a = 3",
        "lambda: 1",
        "a if b else 1",
        "[a for a in depth]",
        "depth[1:2]",
        "a < b",
        "not a",
        "a and b",
        "a ^ b",
        "~a",
        "f'{a}'",
        "'text'",
        '"text"',
        "{a}",
        "",
        "   ",
        "1 +",
        "+",
        "(1",
        "1)",
        "1 2",
        "a b",
        "min",
        "min(",
        "open(a)",
        "eval(a)",
        "min()",
        "round(1, 2)",
        "divisible(3)",
        "1__000",
        "((((((((((((((((((((((((((((((((((((((((1))))))))))))))))))))))))))))))))))))))))+" * 4 + "1",
        "+".join("1" * 200),
        "-" * 60 + "1",
    ],
)
def test_what_is_no_expression_is_refused(text: str) -> None:
    """Powers, attributes, calls of other functions, texts and everything else of Python are refused."""
    assert refusal(text) in ("E108", "E109")


@pytest.mark.parametrize(
    "text",
    [
        "1 / 0",
        "1 // 0",
        "1 % 0",
        "1 / (a - 7)",
        "1 / 0.0",
        "depth[4]",
        "depth[-1]",
        "depth[x]",
        "depth[flag]",
        "a[0]",
        "depth + 1",
        "word * 2",
        "flag + 1",
        "-depth",
        "9223372036854775807 + 1",
        "9223372036854775808",
        "4611686018427387904 * 2",
        "99999999999999999999999999999999999999999999",
        "1e40",
        "1e400",
        "divisible(8, 0)",
        "min(word, 1)",
        "max([])",
        "max(nested)",
    ],
)
def test_what_cannot_be_computed_is_refused(text: str) -> None:
    """Divisions by zero, places past a list's end, arithmetic on text, and results past 2^63."""
    assert refusal(text) == "E110"


@given(st.text("ab+-*/%()[],.0123456789 _\"'min{}=<>!:;\\", max_size=30))
@settings(max_examples=300)
def test_any_text_is_computed_or_refused(text: str) -> None:
    """No text makes the evaluator fail, and what it gives is bounded."""
    try:
        value = evaluate(text, {"a": 3, "b": (1, 2), "m": 2, "i": 0.5, "n": 1})
    except Refused as refused:
        rule = refused.fault.rule
    else:
        rule = None
        assert isinstance(value, int | float | tuple)
        assert not isinstance(value, float) or math.isfinite(value)
    assert rule in (None, rules.BAD_EXPRESSION, rules.EXPRESSION_VALUE, rules.UNKNOWN_VARIABLE)


# -- in a spec ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "network",
    [
        "conv{k}-{2*w}/{s} -> pad({p}, value={v}) -> [relu]*{n}",
        "conv{k}x{k}-{w*2}/{s}x{s} -> pad({p}x{p}, value={v}) -> [relu]*{n}",
        "conv(filters={2*w}, kernel={k}, stride={s}) -> pad(by={p}, value={v}) -> [relu]*{n}",
        "conv{k}-{2*w}/{s} -> pad({p}, value={v}) -> [{act}]*{n}",
        "conv{k}-{2*w}/{s} -> pad([[{p}, {p}], [{p}, {p}]], value={v}) -> [{act}]*{n}",
    ],
)
def test_an_expression_stands_wherever_a_value_stands(network: str) -> None:
    """Sizes, widths, strides, arguments, counts and names may be computed."""
    text = f"input: 8x8x1\nvariables: {{k: 3, w: 2, s: 2, p: 1, v: 1.5, n: 2, act: relu}}\nallow: [W102]\nnetwork: {network}\n"
    shapes = [node.shape.sizes for node in graph(text)]
    assert shapes == [(4, 4, 4), (6, 6, 4), (6, 6, 4), (6, 6, 4)]


def test_a_variable_may_use_those_above_it() -> None:
    """Variables are computed in order."""
    text = 'input: 8x8x1\nvariables: {w: 4, wide: "{2*w}", list: ["{w}", "{wide}"]}\nnetwork: conv3-{wide} -> conv3-{list[1]}\n'
    assert [node.shape.channels for node in graph(text)] == [8, 8]


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("E108", 'variables: {w: ⟦"{wide}"⟧, wide: 4}\nnetwork: conv3-{w} -> conv3-{wide}\n'),
        ("E110", 'variables: {w: ⟦"{1//0}"⟧}\nnetwork: conv3-{w} -> conv3-{2*w}\n'),
        ("E109", 'variables: {w: ⟦"{2**3}"⟧}\nnetwork: conv3-{w}\n'),
        ("E110", "variables: {w: 8}\nblocks: \n  unit(n): conv3-⟦{w//n}⟧\nnetwork: unit(0) -> unit(0)\n"),
        ("E108", "blocks: \n  unit(n): conv3-{n}\nnetwork: unit(⟦{n}⟧)\n"),
        ("E108", "variables: {w: 8}\nnetwork:\n  - conv: {filters: ⟦'{wd}'⟧, kernel: 3}\n"),
        ("E104", "variables: {w: 3.5}\nnetwork: conv3-⟦{w}⟧\n"),
        ("E104", "variables: {w: 7}\nnetwork: conv3-⟦{w/2}⟧\n"),
        ("E102", "variables: {act: rleu}\nnetwork: conv3-4 -> ⟦{act}⟧\n"),
        ("E104", "network:\n  - conv: {filters: ⟦{width}⟧, kernel: 3}\n"),
        ("E104", "variables: {n: 2}\nnetwork:\n  - repeat: ⟦{n}⟧\n    network: relu\n"),
    ],
)
def test_a_fault_in_an_expression_is_told_once_at_its_braces(code: str, text: str) -> None:
    """The finding stands at the braces, and what depends on the value is passed over."""
    assert_told(f"input: 8x8x1\nallow: [W102]\n{text}", code)
