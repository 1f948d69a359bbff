"""The bundled specs as files: clean, short, printed and read again, and their classes can be set."""

from collections.abc import Callable

import pytest
from bundled import SPECS, classifiers, complaints, graph, lines, report
from published import PARAMETERS

from netspec.checking import check_text
from netspec.graph.node import Graph
from netspec.graph.show import arrows, structured
from netspec.language.spec import Spec

NAMES = [path.stem for path in sorted(SPECS.glob("*.yaml"))]
CLASSIFIERS = [
    target for target in PARAMETERS if target.partition("@")[0] not in ("alphago", "dcgan", "espcn")
]
"""All but AlphaGo's moves, DCGAN's and ESPCN's images."""

every_spec = pytest.mark.parametrize("name", NAMES)
every_target = pytest.mark.parametrize("target", PARAMETERS)


@every_target
def test_no_complaint(target: str) -> None:
    """A bundled spec gives no error and no warning; notes about the lectures' grammar may stand."""
    assert complaints(report(target)) == []


@every_target
@pytest.mark.parametrize("notation", [structured, arrows])
def test_show_is_a_round_trip(target: str, notation: Callable[[Spec, Graph], str]) -> None:
    """What `show` prints is a clean spec of the same graph, and printing that one changes nothing."""
    spec = report(target).spec
    assert spec is not None
    printed = notation(spec, graph(target))
    again = check_text(printed)
    assert again.spec is not None
    assert again.graph == graph(target)
    assert notation(again.spec, again.graph) == printed
    assert complaints(again) == []


@pytest.mark.parametrize("target", CLASSIFIERS)
def test_classes_can_be_set(target: str) -> None:
    """`--set classes=7` gives every output 7 channels."""
    found = graph(target, classes="7")
    assert {found.nodes[output.index].shape.channels for output in found.outputs} == {7}


@pytest.mark.parametrize("target", [t for t in CLASSIFIERS if not t.startswith("dilated")])
def test_classes_change_the_last_layers_alone(target: str) -> None:
    """What stands before the last layer with parameters knows nothing of the classes."""
    usual, other = graph(target), graph(target, classes="7")
    pairs = zip(usual, other, strict=True)
    assert {one.index for one, seven in pairs if one != seven} <= classifiers(usual)


def test_classes_are_known_to_classifiers_alone() -> None:
    """The specs without classes are those that are left out above."""
    specs = {name: report(name).spec for name in NAMES}
    without = {name for name, spec in specs.items() if spec is None or "classes" not in spec.variables}
    assert without == set(NAMES) - {target.partition("@")[0] for target in CLASSIFIERS}


@every_spec
def test_fits_the_screen(name: str) -> None:
    """No line of a bundled spec is longer than 110 characters."""
    assert max(map(len, lines(name))) <= 110


@every_spec
def test_begins_with_what_it_is(name: str) -> None:
    """A comment of what the network is and what is counted comes first, then name, source, input."""
    text = lines(name)
    comment = [line for line in text if line.startswith("#")]
    assert text[: len(comment)] == comment
    assert "Counted: " in " ".join(comment) or "counted: " in " ".join(comment)
    assert [line.partition(":")[0] for line in text[len(comment) : len(comment) + 3]] == [
        "name",
        "source",
        "input",
    ]
