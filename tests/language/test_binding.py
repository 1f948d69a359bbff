"""Calls to models: which argument is which field, what each refusal says, and what it offers."""

import pytest
from spec_text import assert_told, errors, graph, mended, network, spoken, the_finding

from netspec.checking import check_text

HEAD = "input: 16x16x4\n"


@pytest.mark.parametrize(
    "chain",
    [
        "conv3-8/2(padding=1, groups=2)",
        "conv3-8(stride=2, padding=1, groups=2)",
        "conv-8(kernel=3, stride=2, padding=1, groups=2)",
        "conv(filters=8, kernel=3, stride=2, padding=1, groups=2)",
        "conv(groups=2, padding=1, stride=2, kernel=3, filters=8)",
        "conv3/2(groups=2, filters=8, padding=1)",
        "CONV3-8/2(padding=1,groups=2,)",
    ],
)
def test_a_field_may_stand_in_its_place_or_by_name(chain: str) -> None:
    """The places of the notation and the names of the fields say the same, in any order."""
    assert network(chain, "16x16x4") == network("conv3-8/2(padding=1, groups=2)", "16x16x4")


@pytest.mark.parametrize(
    ("code", "chain"),
    [
        ("E106", "conv3-8(⟦kernel⟧=5)"),
        ("E106", "conv3-8(⟦filters⟧=8)"),
        ("E106", "conv3-8/2(⟦stride⟧=2)"),
        ("E106", "conv3-8(stride=1, ⟦stride⟧=2)"),
        ("E106", "dropout(0.5, ⟦rate⟧=0.5)"),
        ("E103", "fc⟦3⟧-8"),
        ("E103", "pool2-⟦8⟧"),
        ("E103", "relu/⟦2⟧"),
        ("E103", "conv3-8(⟦2⟧)"),
        ("E103", "dropout(0.5, ⟦0.1⟧)"),
        ("E103", "conv3-8(⟦colour⟧=red)"),
        ("E103", "conv3-8(⟦activation⟧=relu)"),
        ("E104", "conv3-8(stride=⟦-1⟧)"),
        ("E104", "conv3-8(stride=⟦0x2⟧)"),
        ("E104", "conv3-8(stride=⟦two⟧)"),
        ("E104", "conv3-8(groups=⟦2.0⟧)"),
        ("E104", "conv3-8(groups=⟦1e3⟧)"),
        ("E104", "conv3-8(padding=⟦full⟧)"),
        ("E104", "conv3-8(padding=⟦-1⟧)"),
        ("E104", "conv3-8(padding=⟦[[0, 1], [2]]⟧)"),
        ("E104", "conv3-8(bias=⟦yes⟧)"),
        ("E104", "conv3-8(bias=⟦1⟧)"),
        ("E104", "conv3-8(groups=⟦true⟧)"),
        ("E104", "conv3-⟦9223372036854775808⟧"),
        ("E104", "conv3-⟦99999999999999999999999999999999999999999999⟧"),
        ("E104", "dropout(⟦half⟧)"),
        ("E104", "dropout(rate=⟦1⟧)"),
        ("E104", "dropout(⟦.nan⟧)"),
        ("E104", "bn(eps=⟦0⟧)"),
        ("E104", "softmax(over=⟦channel⟧)"),
        ("E105", "⟦conv3⟧"),
        ("E105", "⟦fc⟧"),
        ("E105", "⟦upsample⟧"),
        ("E105", "⟦concat⟧"),
        ("E105", "⟦add()⟧"),
    ],
)
def test_a_wrong_argument_is_told_once_at_its_place(code: str, chain: str) -> None:
    """Each wrong argument gives one finding, at the argument."""
    assert_told(HEAD + f"network: relu -> {chain}\n", code)


@pytest.mark.parametrize(
    ("chain", "meant"),
    [
        ("conv3-8(strid=2)", "conv3-8(stride=2)"),
        ("conv3-8(stirde=2)", "conv3-8(stride=2)"),
        ("conv3-8(Stride=2)", "conv3-8(stride=2)"),
        ("conv3-8(padding=smae)", "conv3-8(padding=same)"),
        ("conv3-8(bias=no)", "conv3-8(bias=false)"),
        ("conv3-8(bias=on)", "conv3-8(bias=true)"),
        ("softmax(over=channel)", "softmax(over=channels)"),
        ("cnov3-8", "conv3-8"),
        ("convv3-8/2", "conv3-8/2"),
        ("conv2d3-8", "conv3-8"),
        ("maxpool2", "pool2"),
        ("MaxPool2", "pool2"),
        ("dense-10", "fc-10"),
        ("linear-10", "fc-10"),
        ("batchnorm", "bn"),
        ("batch_norm", "bn"),
        ("swish", "silu"),
        ("rleu", "relu"),
        ("leakyrelu(0.1)", "leaky_relu(0.1)"),
        ("droput(0.5)", "dropout(0.5)"),
    ],
)
def test_the_nearest_name_is_offered_and_mends(chain: str, meant: str) -> None:
    """What was probably meant stands in the help, and the mend writes it."""
    finding = the_finding(HEAD + f"network: relu -> {chain} -> relu\n")
    assert HEAD + f"network: relu -> {meant} -> relu\n" in list(mended(finding))


@pytest.mark.parametrize(
    "chain",
    [
        "qwertz",
        "conv3-8(colour=2)",
        "conv3-8(activation=relu)",
        "conv3-8(padding=wallpaper)",
        "concat(wallpaper)",
    ],
)
def test_what_is_near_to_nothing_gets_no_guess(chain: str) -> None:
    """A name that resembles none is not guessed."""
    finding = the_finding(HEAD + f"network: relu -> {chain} -> relu\n")
    assert "did you mean" not in finding.help
    assert finding.mends == ()


def test_reading_goes_on_with_what_was_meant() -> None:
    """Behind a misspelt name the faults of shapes are found in the same run."""
    assert_told(HEAD + "network: ⟦cnov⟧3-8 -> pool2 -> ⟦conv9-4(padding=valid)⟧\n", "E102", "E203")
    assert_told(HEAD + "network: conv3-8(⟦strid⟧=2) -> pool2 -> ⟦conv9-4(padding=valid)⟧\n", "E103", "E203")


def test_an_unknown_layer_does_not_hide_its_tag() -> None:
    """A tag on a layer that cannot be read is still a tag."""
    for code, wrong in [
        ("E102", "⟦zorbl⟧ @a"),
        ("E104", "conv3-8(bias=⟦7⟧) @a"),
        ("E105", "⟦conv⟧-8 @a"),
        ("E101", "conv3⟦-⟧ @a"),
        ("E102", "relu -> [⟦zorbl⟧]*2 @a"),
    ]:
        assert_told(HEAD + f"network: {wrong} -> relu -> concat(a)\n", code)


def test_an_unknown_layer_does_not_leave_its_tags_unused() -> None:
    """A tag that only an unreadable layer uses is not told to be unused."""
    for code, wrong in [("E102", "⟦zorbl⟧(a)"), ("E102", "⟦zorbl⟧(with=a)"), ("E103", "conv3-4(⟦shar⟧=a)")]:
        assert_told(HEAD + f"network: conv3-4 @a -> relu -> {wrong}\n", code)


def test_messages_are_those_of_netspec() -> None:
    """No finding carries a message, type name or address of the library that validates."""
    wrong = ["four", "-1", "2.5", "[1, 2]", "yes", "1e3", "{2/3}", '"x"', "null", "[[1]]", "[]"]
    fields = [
        "filters",
        "kernel",
        "stride",
        "padding",
        "dilation",
        "groups",
        "connections",
        "bias",
        "nothing",
    ]
    for field in fields:
        for value in wrong:
            text = HEAD + f"network: conv(filters=4, kernel=3, {field}={value})\n".replace(
                f"{field}=4, ", ""
            ).replace(f"{field}=3, ", "")
            for finding in spoken(text):
                said = " ".join((finding.message, finding.label, finding.help, *finding.notes))
                assert not any(
                    word in said
                    for word in (
                        "pydantic",
                        "http",
                        "type=",
                        "input_value",
                        "instance of",
                        "int]",
                        "tuple",
                        "nonneg",
                    )
                ), said


def test_the_same_fault_in_a_block_that_is_called_often_is_one_finding() -> None:
    """A fault stands once in the text, so it is told once."""
    text = (
        HEAD
        + 'blocks:\n  unit(n): conv3-{n}(⟦strid⟧=1, bias=⟦7⟧) -> add(⟦nothing⟧)\nnetwork: "[unit(4) -> unit(8)]*8"\n'
    )
    assert_told(text, "E103", "E104", "E112")


def test_a_shape_that_fits_only_in_some_calls_is_one_finding() -> None:
    """Of sixteen calls of a block the first that does not fit is told, once."""
    text = 'input: 64x64x4\nblocks:\n  unit(): conv3-4(padding=valid) -> ⟦pool2⟧ -> relu\nnetwork: "[unit()]*16"\n'
    found = [
        finding
        for finding in check_text(text.replace("⟦", "").replace("⟧", "")).findings
        if finding.code[0] == "E"
    ]
    assert [finding.code for finding in found] == ["E203"]


def test_a_mended_spec_is_clean() -> None:
    """After all mends of a file with independent faults it has none."""
    text = HEAD + "network: cnov3-8(strid=2) -> rleu -> conv3-8(bias=no) -> pool2\n"
    for _ in range(6):
        found = [finding for finding in spoken(text) if finding.mends]
        if not found:
            break
        text = next(mended(found[0]))
    assert text == HEAD + "network: conv3-8(stride=2) -> relu -> conv3-8(bias=false) -> pool2\n"
    assert errors(check_text(text)) == []


def test_structured_and_arrow_calls_are_refused_alike() -> None:
    """The same wrong field has the same code and message in both spellings."""
    for field, value in (
        ("strid", "2"),
        ("stride", "two"),
        ("bias", "no"),
        ("padding", "full"),
        ("groups", "0"),
    ):
        (arrow,) = spoken(HEAD + f"network: conv3-8({field}={value})\n")
        (yaml,) = spoken(HEAD + f"network:\n  - conv: {{filters: 8, kernel: 3, {field}: {value}}}\n")
        assert (arrow.code, arrow.message, arrow.help) == (yaml.code, yaml.message, yaml.help)


def test_blocks_bind_as_layers_do() -> None:
    """A block's parameters are found by place and by name, and each fault of a call is one finding."""
    head = HEAD + "blocks:\n  unit(width, stride=1): conv3-{width}/{stride}\n"
    same = {
        str(graph(head + f"network: {call}\n"))
        for call in ("unit(8, 2)", "unit(8, stride=2)", "unit(stride=2, width=8)", "UNIT(8,2)")
    }
    assert len(same) == 1
    for code, call in [
        ("E105", "⟦unit()⟧"),
        ("E105", "⟦unit⟧"),
        ("E106", "unit(8, ⟦width⟧=8)"),
        ("E103", "unit(8, 1, ⟦2⟧)"),
        ("E103", "unit(⟦widht⟧=8)"),
        ("E103", "unit(8, ⟦colour⟧=8)"),
        ("E102", "⟦unti⟧(8)"),
        ("E102", "⟦unit3⟧(8)"),
        ("E103", "unit-⟦8⟧"),
    ]:
        assert_told(head + f"network: {call}\n", code)
