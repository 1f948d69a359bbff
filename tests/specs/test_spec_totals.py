"""The bundled networks as wholes: parameters, multiply-adds, statistics, receptive fields."""

import re

import pytest
from bundled import SPECS, graph, header, report, total
from published import ASIDES, MACS, PARAMETERS, STATISTICS
from published_fields import RECEPTIVE_FIELDS

from netspec.analysis.summary import Summary, summarize

every_target = pytest.mark.parametrize("target", PARAMETERS)


def analyzed(target: str) -> Summary:
    """The rows and totals of a bundled spec."""
    return summarize(graph(target))


def test_every_spec_and_variant_has_a_published_total() -> None:
    """A spec or a variant cannot be added without its totals and where they come from."""
    found = []
    for path in sorted(SPECS.glob("*.yaml")):
        spec = report(path.stem).spec
        assert spec is not None
        found += [path.stem, *(f"{path.stem}@{variant}" for variant in spec.variants)]
    assert sorted(found) == sorted(PARAMETERS) == sorted(MACS)


@every_target
def test_parameters(target: str) -> None:
    """The trainable parameters add up to the published total, layer by layer and in the analysis."""
    assert total(graph(target)) == analyzed(target).total.trainable == PARAMETERS[target]


@every_target
def test_multiply_adds(target: str) -> None:
    """The multiply-adds are those published, and no layer is left out of them."""
    found = analyzed(target).total
    assert found.macs == MACS[target]
    assert found.exact


@every_target
def test_statistics(target: str) -> None:
    """Means and variances of batch norm are as many as published, and no part of the parameters."""
    assert analyzed(target).total.statistics == STATISTICS.get(target, 0)


@pytest.mark.parametrize("target", RECEPTIVE_FIELDS)
def test_receptive_fields(target: str) -> None:
    """Each layer sees as much of the input, at the stride and with the padding, as is published."""
    rows = {row.name: row for row in analyzed(target).rows}
    for name, side, stride, padding in RECEPTIVE_FIELDS[target]:
        row = rows[name]
        assert (row.receptive_field, row.effective_stride) == ((side, side), (stride, stride)), name
        assert padding is None or row.effective_padding == (padding, padding), name


@every_target
def test_header_states_the_total(target: str) -> None:
    """The comment at the top of the file says what netspec counts, for each variant."""
    assert f"{PARAMETERS[target]:,}" in header(target.partition("@")[0])


@pytest.mark.parametrize("name", [path.stem for path in sorted(SPECS.glob("*.yaml"))])
def test_header_states_published_counts_alone(name: str) -> None:
    """Every exact count of millions in a header is one of the spec's totals, or stands in `ASIDES`."""
    targets = [target for target in PARAMETERS if target.partition("@")[0] == name]
    known = {count for target in targets for count in (PARAMETERS[target], MACS[target])}
    stated = {int(found.replace(",", "")) for found in re.findall(r"\d{1,3}(?:,\d{3}){2,}", header(name))}
    assert stated <= known | ASIDES.get(name, set())
    assert ASIDES.get(name, set()) <= stated
