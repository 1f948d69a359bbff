"""The Python face: load, check, Network and SpecError."""

import io
from pathlib import Path
from types import SimpleNamespace

import pytest
from rich.console import Console

import netspec
from netspec import Limits, Network, Severity, Shape, SpecError

GOOD = 'name: Good\ninput: 8x8x1\nvariables: {width: 4, depth: [1, 2]}\nvariants: {wide: {width: 8}}\nnetwork: "conv3-{width} -> [relu]*{depth[1]} -> fc-10"\n'
BAD = "input: 8x8x1\nnetwork: cnov3-4 -> relu(0.1) -> fc-10\n"
WARNED = "input: 9x9x1\nnetwork: pool2 -> fc-10\n"


def test_a_bundled_spec_is_loaded_by_name() -> None:
    """Name, shapes and layers of VGG-16."""
    net = netspec.load("vgg16")
    assert (net.name, net.input, net.output) == ("VGG-16", Shape((224, 224, 3)), Shape((1000,)))
    assert len(net.nodes) == len(net.graph) == 38
    assert net.findings == ()


def test_a_variant_is_named_in_either_way() -> None:
    """`name@variant` and `variant=` are the same."""
    assert netspec.load("resnet50@101").graph == netspec.load("resnet50", variant="101").graph
    assert netspec.load("resnet50", variant="101").graph != netspec.load("resnet50").graph


def test_a_file_is_loaded_by_text_and_path(tmp_path: Path) -> None:
    """A path may be a text or a Path."""
    path = tmp_path / "good.yaml"
    path.write_text(GOOD, encoding="utf-8")
    assert netspec.load(path).graph == netspec.load(str(path)).graph == netspec.load(text=GOOD).graph


@pytest.mark.parametrize(
    ("options", "channels", "layers"),
    [
        ({}, 4, 4),
        ({"variant": "wide"}, 8, 4),
        ({"set": {"width": 16}}, 16, 4),
        ({"set": {"width": "16"}}, 16, 4),
        ({"set": {"depth": [0, 3]}}, 4, 5),
        ({"set": {"depth": (0, 3), "width": 2}}, 2, 5),
        ({"set": {"input": "4x4x2", "width": 3}}, 3, 4),
    ],
)
def test_variables_are_set_by_values_of_python(
    options: dict[str, object], channels: int, layers: int
) -> None:
    """Numbers, texts and lists, and keys with dots."""
    net = netspec.load(text=GOOD, **options)  # type: ignore[arg-type]
    assert net.nodes[0].shape.channels == channels
    assert len(net.nodes) == layers


@pytest.mark.parametrize("value", [True, None, 0.5, float("inf"), "a: b", "[", "{", "", {"a": 1}])
def test_any_value_that_is_set_gives_findings_at_worst(value: object) -> None:
    """Whatever Python passes in, nothing but findings comes out."""
    for finding in netspec.check(text=GOOD, set={"width": value}):
        assert finding.code[0] in "EWN"


def test_a_wrong_spec_raises_with_all_findings() -> None:
    """`findings` holds them in order of place, and the message shows them as the command line does."""
    with pytest.raises(SpecError) as raised:
        netspec.load(text=BAD)
    assert [finding.code for finding in raised.value.findings] == ["E102", "E103"]
    message = str(raised.value)
    assert "error[E102]: there is no layer or block `cnov`" in message
    assert "<text>:2:10" in message
    assert "^" in message


def test_a_missing_file_raises_the_same() -> None:
    """There is one exception for everything that is wrong with a spec."""
    with pytest.raises(SpecError) as raised:
        netspec.load("no_such_file.yaml")
    assert [finding.code for finding in raised.value.findings] == ["E001"]


def test_a_spec_without_a_network_raises_with_a_finding() -> None:
    """There is never an error without a reason."""
    for text in (
        "input: 8x8x1\nnetwork: '[relu]*0'\n",
        "input: 8x8x1\nnetwork: input\n",
        "",
        "input: 8x8x1\n",
    ):
        with pytest.raises(SpecError) as raised:
            netspec.load(text=text)
        assert raised.value.findings != ()


def test_warnings_are_kept() -> None:
    """A network carries what was warned about."""
    net = netspec.load(text=WARNED)
    assert [(finding.code, finding.severity) for finding in net.findings if finding.severity] == [
        ("W201", Severity.WARNING)
    ]


def test_check_gives_findings_and_never_raises() -> None:
    """For clean, doubtful, wrong and missing specs alike."""
    assert netspec.check("vgg16") == ()
    assert [f.code for f in netspec.check(text=BAD)] == ["E102", "E103"]
    assert [f.code for f in netspec.check(text=WARNED) if f.severity] == ["W201"]
    assert [f.code for f in netspec.check("no_such_file.yaml")] == ["E001"]
    assert [f.code for f in netspec.check(text=GOOD, variant="tall") if f.severity] == ["E111"]
    assert [f.code for f in netspec.check(text=GOOD, set={"widht": 3}) if f.severity] == ["E120"]


@pytest.mark.parametrize("function", [netspec.load, netspec.check])
def test_a_path_or_a_text_is_wanted(function: object) -> None:
    """Neither and both are wrong calls, not wrong specs."""
    for wrong in ({}, {"path": "vgg16", "text": GOOD}):
        with pytest.raises(TypeError, match="path or a text"):
            function(**wrong)  # type: ignore[operator]


def test_limits_can_be_raised_and_lowered() -> None:
    """A limit is an argument."""
    text = 'input: 8x8x1\nnetwork: "[relu]*30000"\n'
    with pytest.raises(SpecError):
        netspec.load(text=text)
    assert len(netspec.load(text=text, limits=Limits(layers=100_000)).nodes) == 30_000


def test_a_node_is_found_by_its_name() -> None:
    """And a name that there is not is a KeyError."""
    net = netspec.load("resnet50")
    assert net["stage3/bottleneck2/conv1"].kind == "conv"
    with pytest.raises(KeyError):
        net["stage9/conv1"]


def test_a_network_is_shown_as_a_spec() -> None:
    """Both printed forms load to the same graph."""
    net = netspec.load("resnet50")
    for text in (net.show(), net.show(arrow=True)):
        assert netspec.load(text=text).graph == net.graph


def test_a_network_is_immutable() -> None:
    """Nothing of it can be assigned."""
    net = netspec.load(text=GOOD)
    for field in ("graph", "spec", "findings", "name"):
        with pytest.raises(AttributeError):
            setattr(net, field, None)


def test_a_network_describes_itself() -> None:
    """In one line, as a table, and in notebooks."""
    net = netspec.load(text=GOOD)
    assert repr(net) == "<Network Good: 4 layers, 8x8x1 -> 10>"
    output = io.StringIO()
    Console(file=output, width=80).print(net)
    assert all(node.name in output.getvalue() for node in net.nodes)
    html = net._repr_html_()
    assert all(f"<td>{node.name}</td>" in html for node in net.nodes)


def test_a_name_cannot_steer_a_notebook_or_a_terminal() -> None:
    """Texts of a spec are shown as text."""
    net = netspec.load(text='name: "<script>alert(1)</script>[bold]\\e[31m"\ninput: 8x8x1\nnetwork: relu\n')
    assert "<script>" not in net._repr_html_()
    output = io.StringIO()
    Console(file=output, width=120, force_terminal=False).print(net)
    assert "[bold]" in output.getvalue()
    assert "\x1b" not in output.getvalue()


def test_a_spec_without_a_name_is_called_network() -> None:
    """A network always has a name."""
    assert netspec.load(text="input: 8x8x1\nnetwork: relu\n").name == "network"


def test_the_face_is_complete() -> None:
    """Every public name can be had, and no other."""
    assert set(netspec.__all__) == set(dir(netspec))
    assert SimpleNamespace(**{name: getattr(netspec, name) for name in netspec.__all__}).Network is Network
    with pytest.raises(AttributeError, match="nothing"):
        _ = netspec.nothing
