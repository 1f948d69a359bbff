"""An analysis for other programs and for papers: valid by its schema, exact, and safe whatever a spec holds."""

import csv
import io
import json
import re
from fractions import Fraction
from typing import Any

import jsonschema
import pytest
from analyzed_specs import NAMES, TARGETS, analyzed, analyzed_text

from netspec.analysis.columns import COLUMNS, DEVICE
from netspec.analysis.devices import device
from netspec.analysis.record import Record
from netspec.analysis.settings import Settings
from netspec.analysis.summary import Row
from netspec.render.export import as_csv, as_json, exported, json_schema
from netspec.version import __version__

SCHEMA = json_schema()
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
HOSTILE = r"""
name: "=SUM(A1)|& % $ # _ {} ~ ^ \\ <b>\e[31m\t\r\n\u202e,\"';"
source: "@cmd"
input: 8x8x1
network: conv3-4 @odd -> relu -> fc-10
allow: [W101]
"""


def written(record: Record, form: str, names: list[str] | None = None) -> str:
    """What `analyze --format` writes of one network."""
    return "\n".join(exported([record], form, names, expand=False, every=False))


def table(text: str) -> list[dict[str, str]]:
    """The lines of a CSV file."""
    return list(csv.DictReader(io.StringIO(text, newline="")))


# -- JSON ------------------------------------------------------------------------------------------------------------


def test_the_schema_is_a_schema() -> None:
    """Of the draft that it names; nothing beyond it is allowed."""
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["additionalProperties"] is False


@pytest.mark.parametrize("target", TARGETS)
def test_json_is_valid_and_equal_to_the_record(target: str) -> None:
    """Every bundled spec: the totals, and each row's numbers, exactly."""
    record = analyzed(target)
    found = json.loads(written(record, "json"))
    VALIDATOR.validate(found)
    assert_equal(found, record)


def assert_equal(found: dict[str, Any], record: Record) -> None:
    """What was read is what the record has."""
    assert (found["netspec"], found["format"], found["hash"]) == (__version__, 1, record.hash)
    assert [found["name"], found["source"], found["grammar"], found["beyond"]] == [
        record.name, record.source, record.grammar, record.beyond,
    ]  # fmt: skip
    assert len(found["rows"]) == len(record.rows)
    for plain, row in zip(found["rows"], record.rows, strict=True):
        assert_same_row(plain, row)
    total = record.total
    for key, number in (
        *(("neurons", total.neurons), ("weights", total.weights), ("biases", total.biases)),
        *(("parameters", total.parameters), ("trainable", total.trainable), ("fixed", total.fixed)),
        *(("statistics", total.statistics), ("macs", total.macs), ("flops", total.flops)),
        *(("in_bounds_flops", total.in_bounds_flops), ("memory", total.activation_bytes)),
        *(("parameter_memory", total.parameter_bytes), ("exact", total.exact)),
    ):
        assert found["total"][key] == number, key
        if key != "exact":
            assert sum(row[key] for row in found["rows"]) == number
    for purpose, memory in (("inference", record.inference), ("training", record.training)):
        assert found["memory"][purpose]["total_bytes"] == memory.total_bytes
        assert found["memory"][purpose]["execution"] == memory.execution


def assert_same_row(plain: dict[str, Any], row: Row) -> None:
    """One layer's values."""
    for key, value in (
        *(("name", row.name), ("kind", row.kind), ("layer", row.label), ("inputs", list(row.inputs))),
        *(("shape", list(row.shape.sizes)), ("head", row.head), ("shares", row.shares)),
        *(("neurons", row.neurons), ("weights", row.weights), ("biases", row.biases), ("macs", row.macs)),
        *(
            ("memory", row.activation_bytes),
            ("parameter_memory", row.parameter_bytes),
            ("sees_all", row.sees_all),
        ),
        ("receptive_field", None if row.receptive_field is None else list(row.receptive_field)),
    ):
        assert plain[key] == value, (row.name, key)
    stride = row.effective_stride
    assert plain["effective_stride"] == (
        None if stride is None else [None if one is None else float(one) for one in stride]
    )


def test_json_of_tokens_heads_and_shared_layers() -> None:
    """A vocabulary beside the shape, the name of the head, the owner of what is shared."""
    tokens = json.loads(written(analyzed("kim_text"), "json"))
    assert tokens["input"] == {"shape": [64], "tokens": 18766}
    heads = json.loads(written(analyzed("googlenet"), "json"))
    assert [output["name"] for output in heads["outputs"]] == ["output", "aux1", "aux2"]
    assert {row["head"] for row in heads["rows"]} == {None, "aux1", "aux2"}
    shared = json.loads(
        written(analyzed_text("input: 8x8x4\nnetwork: conv3-4 @a -> conv3-4(share=a)\n"), "json")
    )
    assert [row["shares"] for row in shared["rows"]] == [None, None, "a"]


def test_json_with_a_device() -> None:
    """Each layer's bound and time, which are null without one."""
    found = json.loads(written(analyzed("vgg16", Settings(device=device("l4"))), "json"))
    VALIDATOR.validate(found)
    assert {row["bound"] for row in found["rows"]} == {"memory", "compute", None}
    assert all(row["time"] is not None for row in found["rows"])
    assert {row["time"] for row in json.loads(written(analyzed("lenet5"), "json"))["rows"]} == {None}


def test_several_are_an_array() -> None:
    """In the order given; one alone is an object."""
    found = json.loads(as_json([analyzed("vgg16"), analyzed("lenet5")]))
    assert [one["name"] for one in found] == ["VGG-16", "LeNet-5"]
    assert all(VALIDATOR.is_valid(one) for one in found)


def test_a_wrong_document_is_not_valid() -> None:
    """The schema refuses a missing key, an unknown one, and a number that is no integer."""
    found = json.loads(written(analyzed("lenet5"), "json"))
    for wrong in (
        {key: value for key, value in found.items() if key != "hash"},
        found | {"more": 1},
        found | {"format": 2},
        found | {"rows": [found["rows"][0] | {"neurons": 1.5}]},
        found | {"rows": [found["rows"][0] | {"neurons": "1,024"}]},
    ):
        assert not VALIDATOR.is_valid(wrong)


def test_every_column_is_in_the_json_and_described() -> None:
    """Under its name; the layer's own words stand under keys of their own."""
    row = SCHEMA["properties"]["rows"]["items"]["properties"]
    for column in COLUMNS.values():
        if column.name not in ("layer", "name", "dimension"):
            assert row[column.name]["description"] == column.definition


def test_hostile_names_in_json() -> None:
    """They are read back as they were, and nothing but ASCII is written."""
    text = written(analyzed_text(HOSTILE), "json")
    assert text.isascii()
    assert "\x1b" not in text
    assert json.loads(text)["name"] == analyzed_text(HOSTILE).name


# -- CSV -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("target", NAMES)
def test_csv_is_exact(target: str) -> None:
    """A line for each layer, none folded, each number as the record has it."""
    record = analyzed(target)
    lines = table(written(record, "csv"))
    assert list(lines[0]) == ["network", *(name for name in COLUMNS if name not in DEVICE)]
    assert [line["name"] for line in lines] == [row.name for row in record.rows]
    for line, row in zip(lines, record.rows, strict=True):
        assert line["network"] == record.name
        assert line["dimension"] == "x".join(map(str, row.shape.sizes))
        assert (int(line["neurons"]), int(line["weights"]), int(line["biases"])) == (
            row.neurons,
            row.weights,
            row.biases,
        )
        assert (int(line["macs"]), int(line["memory"])) == (row.macs, row.activation_bytes)
        exact = COLUMNS["share_macs"].of(row, record.summary)
        assert isinstance(exact, Fraction)
        assert float(line["share_macs"]) == float(exact)
        assert "," not in "".join(line[name] for name in ("neurons", "weights", "macs"))


def test_csv_puts_several_into_one() -> None:
    """Under one line of names, each line with its network's."""
    lines = table(as_csv([analyzed("lenet5"), analyzed("vgg16")], ["layer", "neurons"]))
    assert {line["network"] for line in lines} == {"LeNet-5", "VGG-16"}
    assert list(lines[0]) == ["network", "layer", "neurons"]
    assert len(lines) == len(analyzed("lenet5").rows) + len(analyzed("vgg16").rows)


def test_what_is_not_known_is_empty_in_csv() -> None:
    """A vector has no stride; a number an axis is written with an x between."""
    record = analyzed_text("input: 8x8x1\nnetwork: conv3x5-4/1x2 -> fc-10\n")
    lines = table(written(record, "csv", ["receptive_field", "effective_stride", "effective_padding"]))
    assert [line["effective_stride"] for line in lines] == ["1x1", "1x2", ""]
    assert lines[1]["receptive_field"] == "3x5"


@pytest.mark.parametrize("first", ["=", "+", "-", "@", "\\t", "\\r"])
def test_no_spreadsheet_computes_a_name(first: str) -> None:
    """Text that would be a formula begins with an apostrophe. Source: OWASP, CSV injection."""
    record = analyzed_text(f'name: "{first}1+1"\ninput: 8x8x1\nnetwork: conv3-4\n')
    (line, *_) = table(written(record, "csv"))
    assert line["network"][:1] not in ("=", "+", "-", "@", "\t", "\r")


def test_hostile_names_in_csv() -> None:
    """Every line has all its cells, and none steers a terminal."""
    text = written(analyzed_text(HOSTILE), "csv")
    assert len(table(text)) == len(text.splitlines()) - 1 == 4
    assert all(line.isprintable() for line in text.splitlines())
    assert all(None not in line and None not in line.values() for line in table(text))


# -- Markdown and LaTeX ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("target", NAMES)
def test_markdown_has_the_tables_lines(target: str) -> None:
    """As many cells in each line, the lectures' columns and the MACs, and the totals."""
    lines = written(analyzed(target), "markdown").splitlines()
    assert lines[0] == "| Layer | Dimension | Neurons | Weights | Memory | MACs |"
    assert lines[1] == "| :-- | :-- | --: | --: | --: | --: |"
    assert {len(re.findall(r"(?<!\\)\|", line)) for line in lines} == {7}
    assert lines[-1].startswith("| **Total** |  | **")
    assert f"**{analyzed(target).total.neurons:,}**" in lines[-1]


@pytest.mark.parametrize("target", NAMES)
def test_latex_has_the_tables_lines(target: str) -> None:
    """One table, its environments closed, as many cells in each line."""
    text = written(analyzed(target), "latex")
    assert re.findall(r"\\(begin|end)\{(\w+)\}", text) == [
        ("begin", "table"), ("begin", "tabular"), ("end", "tabular"), ("end", "table"),
    ]  # fmt: skip
    assert "\n\\begin{tabular}{llrrrr}\n" in text
    rows = [line for line in text.splitlines() if line.endswith(r"\\")]
    assert {len(re.findall(r"(?<!\\)&", line)) for line in rows if r"\emph" not in line} == {5}
    assert f"{analyzed(target).total.neurons:,}" in rows[-1]


def test_names_that_are_no_markup() -> None:
    """A hostile caption and hostile blocks are text."""
    text = written(analyzed_text(HOSTILE), "latex")
    assert r"\caption{=SUM(A1)|\& \% \$ \# \_ \{\} \textasciitilde{} \textasciicircum{} " in text
    assert all(line.isprintable() for line in text.splitlines())
    blocks = "input: 8x8x1\nblocks:\n  under_score(): conv3-4\nnetwork: under_score -> fc-10\n"
    assert r"\emph{under\_score1}" in written(analyzed_text(blocks), "latex")
    assert r"*under\_score1*" in written(analyzed_text(blocks), "markdown")


def test_columns_are_chosen_for_every_form() -> None:
    """Those named, in their order."""
    names = ["name", "macs", "share_macs"]
    assert written(analyzed("lenet5"), "markdown", names).startswith("| Name | MACs | % MACs |\n")
    assert r"Name & MACs & \% MACs \\" in written(analyzed("lenet5"), "latex", names)
    assert written(analyzed("lenet5"), "csv", names).startswith("network,name,macs,share_macs\n")


def test_a_page_is_of_one_network() -> None:
    """HTML is a page; two do not fit into one."""
    assert written(analyzed("lenet5"), "html").startswith("<!DOCTYPE html>")
    with pytest.raises(ValueError, match="one network"):
        list(exported([analyzed("lenet5"), analyzed("vgg16")], "html", None, expand=False, every=False))
