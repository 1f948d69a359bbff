"""The JSON Schema accepts what netspec accepts, and refuses what an editor can see to be wrong."""

from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator
from spellings import FORMS, ROWS, entry

from netspec.checking import check
from netspec.graph.schema import json_schema
from netspec.graph.show import arrows, structured
from netspec.language.catalog import bundled, bundled_text
from netspec.layers import KINDS

SCHEMA = json_schema()
VALIDATOR = Draft202012Validator(SCHEMA)


def complaints(text: str) -> list[str]:
    """What the schema says against a spec."""
    return [error.message[:200] for error in VALIDATOR.iter_errors(yaml.safe_load(text))]


def test_the_schema_is_one() -> None:
    """It follows the draft that it names."""
    Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["$schema"] == Draft202012Validator.META_SCHEMA["$id"]


@pytest.mark.parametrize("name", list(bundled()))
def test_bundled_specs_and_what_show_prints_are_accepted(name: str) -> None:
    """No editor marks a spec that netspec accepts."""
    report = check(name)
    assert report.spec is not None
    assert report.graph is not None
    for text in (
        bundled_text(name),
        structured(report.spec, report.graph),
        arrows(report.spec, report.graph),
    ):
        assert complaints(text) == []


def test_every_row_and_form_is_accepted() -> None:
    """Both spellings of every layer, and all forms."""
    for arrow, written, given, _ in ROWS:
        assert complaints(entry(written, given)) == []
        assert complaints(entry(f"'{arrow}'", given)) == []
    for form, _ in FORMS:
        assert complaints(f"input: 8x8x3\nnetwork:\n  - {form}\n") == []


@pytest.mark.parametrize(
    "text",
    [
        "network: relu",
        "input: 784\nnetwork: fc-10",
        "input: {shape: 8x8x1, mean: [0.5], std: 0.5, range: [-1, 1]}\nnetwork: relu",
        "input: {shape: [8, 8, 1]}\nnetwork: [relu, [bn, relu]]",
        "input: {shape: 56, tokens: 100}\nnetwork: [embed: {width: 4}]",
        "variables: {a: 1, b: [1, 2], c: text}\nvariants: {'101': {a: 2}}\nblocks: {'unit(w, s=1)': relu}\nnetwork: [unit: {w: 3}, unit: [3, 1], unit: 3]",
        "network:\n- conv: {filters: '{w}', kernel: '{k}x{k}', stride: '{s}', padding: '{p}', bias: '{b}'}",
        "network:\n- conv: {filters: 3, kernel: 3x3, padding: [[0, 1], [1, 0]]}\n  tag: a",
        "network:\n- repeat: '{n}'\n  network: relu",
        "network: relu\nheads: {side: {from: a, network: [relu], loss_weight: 0.3}}",
        "network: relu\nbudget: {params: 5M, macs: 600M, inference_memory: 512MiB, training_memory: 2GiB at batch 64}",
        "network: relu\nbudget: {params: 5000000}",
        "network: relu\nallow: [W201, N301]",
        "network: relu\nallow: W201",
        "netspec: 1\nname: 42\nnetwork: relu",
    ],
)
def test_what_netspec_reads_is_accepted(text: str) -> None:
    """Expressions, sizes, short forms and all keys."""
    assert complaints(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "input: 8x8x1",
        "inputs: 8x8x1\nnetwork: relu",
        "netspec: 2\nnetwork: relu",
        "network: []",
        "network: 3",
        "network:\n- conv: {filters: 4, kernel: 3, strid: 2}",
        "network:\n- conv: {filters: four, kernel: 3}",
        "network:\n- conv: {filters: 4, kernel: 3, bias: 3}",
        "network:\n- conv: {filters: 4, kernel: 3}\n  relu: {}",
        "network:\n- softmax: {over: columns}",
        "network:\n- residual: relu\n  shorcut: pad",
        "network:\n- concat: [relu]",
        "network:\n- repeat: -1\n  network: relu",
        "network: relu\nheads: {side: {from: a}}",
        "network: relu\nbudget: {param: 3}",
        "network: relu\nallow: [E102]",
        "network: relu\ntrain: {epoch: 3}",
        "input: {shape: 8x8x1, token: 3}\nnetwork: relu",
        "input: {shape: 8x8x1, tokens: many}\nnetwork: relu",
    ],
)
def test_what_netspec_refuses_for_its_form_is_refused(text: str) -> None:
    """Unknown keys, wrong types and missing parts are seen by the editor."""
    assert complaints(text) != []


def described(schema: Any) -> set[str]:
    """Every description anywhere in a schema."""
    if isinstance(schema, list):
        return {text for item in schema for text in described(item)}
    if not isinstance(schema, dict):
        return set()
    own = {schema["description"]} if isinstance(schema.get("description"), str) else set()
    return own | {text for item in schema.values() for text in described(item)}


def test_editors_show_what_the_manual_says() -> None:
    """Every layer and every field of one is described, in the words of its class."""
    texts = described(SCHEMA)
    for kind in KINDS.values():
        assert any(text.startswith((kind.__doc__ or "").strip().split("\n")[0]) for text in texts), kind.name
    assert "Number of kernels, the output's channels." in texts
