"""What does not suit a network is told before the first step, with both sides and the place in the spec."""

from typing import Any

import numpy as np
import pytest
from spec_text import accepted, unmarked

from netspec.checking import check
from netspec.diagnostics import Finding
from netspec.language.recipes.data import Digits
from netspec.language.train_section import Train
from netspec.training.data.dataset import Arrays, Dataset
from netspec.training.data.fitting import unfit, unwatched
from netspec.training.data.fitting_labels import unlearnt

ONE_HOT = np.eye(3, dtype=np.float32)[np.arange(12) % 3]
NET = "input: {input}\nvariables: {{classes: 3}}\nnetwork: conv3-2 -> fc-{{classes}}\ntrain: {{batch: 4{train}}}\n"


def data(x: Any = (4, 4, 1), y: Any = 3, count: int = 12, **rest: Any) -> Dataset:
    """Examples of a shape, or these; class ids below a number, or these labels."""
    values = np.zeros((count, *x), np.uint8) if isinstance(x, tuple) else x
    labels = np.arange(count, dtype=np.int32) % y if isinstance(y, int) else y
    part = Arrays(values, labels)
    return Dataset(**{"name": "toys", "train": part, "test": part} | rest)


def told(marked: str, dataset: Dataset, **options: Any) -> list[Finding]:
    """The findings about a data set for a spec, whose one marked stretch is where the first of them stands."""
    text, stretches = unmarked(marked)
    report = accepted(text, **options)
    assert report.spec is not None
    assert report.graph is not None
    findings = unfit(dataset, report.spec, report.graph, report.spec.train or Train())
    if stretches:
        span = findings[0].span
        assert span is not None
        assert (span.start, span.start + len(span.text.rstrip())) == stretches[0], span.text
    return findings


def the_one(marked: str, dataset: Dataset, **options: Any) -> tuple[str, str]:
    """The code and message, and the help, of the one finding."""
    (finding,) = told(marked, dataset, **options)
    return f"{finding.code} {finding.message}", finding.help


def net(shape: str, train: str = "") -> str:
    """A small network for an input."""
    return NET.format(input=shape, train=train)


def ending(network: str, loss: str = "cross_entropy") -> str:
    """A network for 4x4x1 with a loss."""
    return f"input: 4x4x1\nnetwork: {network}\ntrain: {{batch: 4, loss: {loss}}}\n"


def test_what_suits_is_not_told():
    """Examples, labels and steps that suit give no finding."""
    assert told(net("4x4x1", ", augmentation: crop(1), preprocessing: standardize"), data()) == []


def test_shape_names_both_sides_and_a_cure():
    """Another size is told at the input, with a setting that the network accepts."""
    message, cure = the_one(net("⟦8x8x3⟧"), data())
    assert message == "E401 the images of toys are 4x4x1, and the input is 8x8x3"
    assert cure == "`--set input=4x4x1` makes the network for them"


def test_cure_that_does_not_work_is_not_given():
    """Where the network cannot take the examples, no setting is suggested."""
    spec = "input: ⟦8x8x1⟧\nnetwork: pool8 -> fc-3\ntrain: {batch: 4}\n"
    assert the_one(spec, data())[1] == ""


def test_shape_given_in_a_mapping():
    """The place is the shape's, where the input is a mapping."""
    assert the_one(net("{shape: ⟦8x8x1⟧, mean: 3}"), data())[0].startswith("E401")


def test_shape_given_by_a_setting():
    """An input that was set on the command line is shown there."""
    (finding,) = told(net("4x4x1"), data(), settings={"input": "5x5x1"})
    assert (finding.file, finding.span.text) == ("--set input", "5x5x1")


def test_shape_at_the_head_of_the_chain():
    """Where the chain begins with the input, the network is the place."""
    message, _ = the_one("network: ⟦input8x8x1 -> fc-3⟧\ntrain: {batch: 4}\n", data())
    assert message.startswith("E401")


@pytest.mark.parametrize(
    ("spec", "cure"),
    [
        ("lenet5", "`--data 'digits(28)'` scales them"),
        (
            "vgg16",
            "`--data 'digits(224)'` scales them, and with it `--set input=224x224x1` takes them grey",
        ),
    ],
)
def test_digits_are_scaled_for_bundled_networks(spec, cure):
    """For a larger square input the cure is to scale the digits, in one channel where the input has three."""
    report = check(spec)
    train = Train(data=Digits(), batch=4)
    findings = unfit(data((8, 8, 1), 10, name="digits"), report.spec, report.graph, train)
    assert [finding.code for finding in findings] == ["E401"]
    assert findings[0].message.startswith("the images of digits are 8x8x1, and the input is ")
    assert findings[0].help == cure


def test_resized_images_may_be_larger():
    """Images stored in the size that `resize` draws from suit a smaller input; the input's size suits too."""
    spec = net("4x4x1", ", augmentation: resize(6) -> crop(0)")
    assert told(spec, data((6, 6, 1))) == told(spec, data()) == []
    assert told(net("4x4x1"), data((6, 6, 1)))[0].code == "E401"


def test_test_part_of_another_shape():
    """The test part's shape counts as well."""
    other = data((5, 4, 1)).train
    assert "toys are 5x4x1" in the_one(net("⟦4x4x1⟧"), data(test=other))[0]


TOKENS = "input: {shape: ⟦5⟧, tokens: 9}\nnetwork: embed-2 -> fc-3\ntrain: {batch: 4}\n"


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (np.full((12, 5), 9), "go from 9 to 9, and token ids from 0 to 8"),
        (np.full((12, 5), -1), "go from -1 to -1"),
        (np.zeros((12, 5), np.float32), "are of type float32, and token ids are whole numbers"),
    ],
)
def test_token_ids(values, words):
    """Token ids are whole numbers of the vocabulary."""
    assert words in the_one(TOKENS, data(values))[0]


def test_token_ids_that_suit():
    """Ids up to the vocabulary's last are right."""
    assert told(TOKENS.replace("⟦", "").replace("⟧", ""), data(np.full((12, 5), 8))) == []


def test_more_classes_than_outputs():
    """Labels beyond the outputs are told at the last layer, and the spec's variable is the cure."""
    message, cure = the_one(net("4x4x1").replace("fc-{classes}", "⟦fc-{classes}⟧"), data(y=10))
    assert message == "E402 the labels of toys go from 0 to 9, and `fc1` has 3 outputs"
    assert cure == "`--set classes=10`"


def test_no_variable_no_cure():
    """A spec without the variable gets no such cure."""
    assert the_one(ending("fc-3"), data(y=10))[1] == ""


def test_fewer_classes_than_outputs_suit():
    """Outputs that no label uses are allowed."""
    assert told(ending("fc-1000"), data()) == []


def test_labels_of_the_test_part_count():
    """A class that only the test part has is found as well."""
    assert "from 0 to 6" in the_one(ending("fc-3"), data(test=data(y=7).train))[0]


@pytest.mark.parametrize(
    ("labels", "words"),
    [
        (np.arange(12, dtype=np.int32) % 3 + 1, "take 1 from each"),
        (np.full(12, -1, np.int32), "count from 0"),
    ],
)
def test_class_ids_count_from_0(labels, words):
    """Labels that count from 1, or are negative, get their own cure."""
    assert words in the_one(ending("fc-3"), data(y=labels))[1]


def test_ignored_labels_may_be_any():
    """The label that does not count may lie beyond the outputs, and no other."""
    labels = np.where(np.arange(12) % 2, 255, 1).astype(np.int32)
    assert told(ending("fc-3", "cross_entropy(ignore=255)"), data(y=labels)) == []
    assert the_one(ending("fc-3", "cross_entropy(ignore=254)"), data(y=labels))[0].startswith("E402")


@pytest.mark.parametrize(
    ("network", "loss", "labels", "words"),
    [
        ("fc-3", "cross_entropy", np.zeros((12, 4, 4), np.int32), "is 4x4 class ids, and for `cross_entropy` of the output 3 it is one class id or 3 numbers"),
        ("conv1-3", "cross_entropy", np.zeros(12, np.int32), "is one class id, and for `cross_entropy` of the output 4x4x3 it is 4x4 class ids or 4x4x3 numbers"),
        ("fc-3", "cross_entropy", np.zeros(12, np.float32), "is one number that is not whole, and for"),
        ("fc-3", "cross_entropy", np.zeros((12, 4), np.float32), "is 4 numbers, and for"),
        ("fc-3", "hinge", np.zeros((12, 3), np.float32), "is 3 numbers, and for `hinge` of the output 3 it is one class id"),
        ("fc-1", "cross_entropy", np.zeros(12, np.int32), "the network has one output"),
        ("fc-1", "cross_entropy", np.linspace(-2, 2, 12), "the network has one output"),
        ("fc-1", "cross_entropy", np.linspace(-2, 2, 12)[:, None], "the network has one output"),
        ("conv1-1", "hinge", np.zeros((12, 4, 4), np.int32), "`hinge` tells classes apart, and the network has one output"),
        ("fc-3", "cross_entropy", ONE_HOT - ONE_HOT[::-1], "takes shares from 0 to 1, and the labels of toys are other numbers"),
        ("fc-3", "binary_cross_entropy", 255 * ONE_HOT.astype(np.uint8), "are other numbers"),
        ("fc-1", "binary_cross_entropy", np.linspace(0, 2, 12), "are other numbers"),
        ("fc-1", "binary_cross_entropy", np.arange(12, dtype=np.int32), "has one output, for 0 and 1"),
        ("fc-3", '"cross_entropy(class_weights=[1, 2])"', np.zeros(12, np.int32), "has 2 class weights, and the network has 3 outputs"),
        ("conv3-2 -> softmax(over=positions)", "cross_entropy", np.full((12, 2), 16, np.int32), "go from 16 to 16, and `softmax1` has 16 outputs"),
    ],
)  # fmt: skip
def test_labels_that_do_not_suit(network, loss, labels, words):
    """Maps, numbers and ids that the output or the loss does not take are told at the last layer."""
    message, _ = the_one(ending(network, loss), data(y=labels))
    assert message.startswith("E402")
    assert words in message


def test_one_output_gets_losses_that_make_sense_of_it():
    """The help names the two that do."""
    _, cure = the_one(ending("⟦fc-1⟧"), data(y=np.linspace(-2, 2, 12)))
    assert cure == "`loss: squared_error` takes a number to be hit, `loss: binary_cross_entropy` yes or no"


@pytest.mark.parametrize(
    ("y", "network", "missing"),
    [
        (3, "fc-5", (3, 4)),
        (3, "fc-3", ()),
        (np.full(12, 2, np.int32), "fc-3", (0, 1)),
        (np.arange(12) / 12, "fc-1", ()),
        (ONE_HOT, "fc-3", ()),
        (np.zeros((12, 4, 4), np.int32), "conv1-3", ()),
    ],
)
def test_classes_without_examples(y, network, missing):
    """Class ids that no example has, where each example has one."""
    last = accepted(ending(network)).graph.nodes[-1]
    assert unlearnt(data(y=y).train, last) == missing


@pytest.mark.parametrize(
    ("network", "loss", "labels"),
    [
        ("conv1-3", "cross_entropy", np.zeros((12, 4, 4), np.int32)),
        ("fc-3", "cross_entropy", np.zeros((12, 3), np.float32)),
        ("fc-3", "squared_error", np.zeros(12, np.int32)),
        ("fc-1", "squared_error", np.arange(12, dtype=np.float32)),
        ("fc-1", "squared_error", np.arange(12, dtype=np.int32)),
        ("fc-1 -> sigmoid", "binary_cross_entropy", np.arange(12, dtype=np.int32) % 2),
        ("fc-3 -> softmax", "hinge", np.zeros(12, np.int32)),
        ("conv3-2 -> softmax(over=positions)", "cross_entropy", np.full((12, 2), 15, np.int32)),
    ],
)
def test_labels_that_suit(network, loss, labels):
    """Ids, maps, shares and targets suit the outputs and losses that take them."""
    assert told(ending(network, loss), data(y=labels)) == []


SMOOTHED = "input: 4x4x1\nnetwork: {network}\ntrain: {{batch: 4, loss: {loss}, label_smoothing: ⟦0.1⟧}}\n"


@pytest.mark.parametrize(
    ("network", "labels"),
    [
        ("fc-1", np.arange(12, dtype=np.int32)),
        ("fc-1", np.linspace(0, 1, 12, dtype=np.float32)),
        ("fc-3", 2 * ONE_HOT),
        ("fc-3", ONE_HOT - ONE_HOT[::-1]),
        ("conv1-1", np.full((12, 4, 4, 1), 200, np.uint8)),
    ],
)
def test_targets_of_a_regression_are_not_smoothed(network, labels):
    """Numbers to be hit have no classes over which they could be spread: it is told at the smoothing."""
    message, cure = the_one(SMOOTHED.format(network=network, loss="squared_error"), data(y=labels))
    assert message.startswith("E402 `label_smoothing` spreads a label over classes")
    assert "labels of toys are numbers" in message
    assert "leave" in cure


@pytest.mark.parametrize(
    ("network", "loss", "labels"),
    [
        ("fc-3", "squared_error", np.arange(12, dtype=np.int32) % 3),
        ("fc-3", "squared_error", 0.5 * ONE_HOT + 0.5 * ONE_HOT[::-1]),
        ("fc-1", "squared_error", np.arange(12, dtype=np.float32) % 2),
        ("fc-1", "binary_cross_entropy", np.linspace(0, 1, 12, dtype=np.float32)),
        ("fc-3", "cross_entropy", ONE_HOT),
        ("conv1-3", "squared_error", np.zeros((12, 4, 4), np.int32)),
    ],
)
def test_labels_of_classes_are_smoothed(network, loss, labels):
    """Class ids, shares, and yes and no may be spread, whatever the loss."""
    spec = SMOOTHED.replace("⟦", "").replace("⟧", "").format(network=network, loss=loss)
    assert told(spec, data(y=labels)) == []


def test_every_head_is_checked():
    """A head of fewer outputs than there are classes is told at its own last layer."""
    spec = "input: 4x4x1\nnetwork: conv3-2 @t -> fc-3\nheads: {aux: {from: t, network: ⟦fc-2⟧}}\ntrain: {batch: 4}\n"
    assert "has 2 outputs" in the_one(spec, data())[0]


class Read:
    """Examples that are read one by one, of which the source knows nothing beforehand."""

    def __init__(self, label: Any) -> None:
        self.label = label

    def __len__(self) -> int:
        return 12

    def __getitem__(self, index: int) -> Any:
        assert index == 0
        return np.zeros((4, 4, 1), np.uint8), self.label


def test_examples_that_are_read():
    """Of examples whose labels are not known beforehand, the first one counts."""
    good, bad = Read(np.int32(2)), Read(np.int32(7))
    assert told(ending("fc-3"), data(train=good, test=good)) == []
    assert the_one(ending("fc-3"), data(train=bad, test=bad))[0].startswith("E402")


@pytest.mark.parametrize(
    ("shape", "steps", "words"),
    [
        ("4x4x1", ", augmentation: ⟦color_jitter⟧", "`color_jitter` works on 3 channels, and the input 4x4x1 has 1"),
        ("16x1", ", augmentation: ⟦flip⟧", "`flip` works on images, and the input 16x1 has 1 spatial axis"),
        ("16", ", augmentation: ⟦cutout⟧", "`cutout` works on images, and the input 16 has 0 spatial axes"),
        ("2x2x2x2", ", augmentation: ⟦rotation(10)⟧", "the input 2x2x2x2 has 3 spatial axes"),
        ("4x4x1", ', preprocessing: ⟦"standardize([1, 2, 3])"⟧', "`standardize` has 3 numbers as `mean`, and the input 4x4x1 has 1 channel"),
        ("4x4x3", ', preprocessing: ⟦"standardize(0, [1, 2])"⟧', "has 2 numbers as `std`, and the input 4x4x3 has 3 channels"),
        ("3", ', preprocessing: ⟦"subtract_mean([1, 2])"⟧', "has 2 numbers as `mean`, and the input 3 has 3 channels"),
        ("4x4x1", ", augmentation: ⟦resize(3) -> crop(0)⟧", "`resize(3)` leaves less than the input 4x4x1"),
        ("4x4x1", ", augmentation: ⟦resize(3)⟧", "`resize(3)` leaves less"),
        ("6x4x1", ", augmentation: ⟦flip -> crop(4)⟧", "`crop(4)` pads images of 4 pixels by as much or more"),
        ("4x4x1", ", augmentation: ⟦resize(8) -> crop(8)⟧", "`crop(8)` pads images of 8 pixels"),
    ],
)  # fmt: skip
def test_steps_that_cannot_be_done(shape, steps, words):
    """Augmentation and preprocessing that the input has no axes or channels for are told at their chain."""
    sizes = tuple(map(int, shape.split("x")))
    network = "flatten -> fc-3" if len(sizes) > 1 else "fc-3"
    spec = f"input: {shape}\nnetwork: {network}\ntrain: {{batch: 4{steps}}}\n"
    message, _ = the_one(spec, data(sizes))
    assert message.startswith("E405")
    assert words in message


def test_padding_makes_room():
    """A crop with padding finds its window in images that `resize` makes a little smaller."""
    assert told(net("4x4x1", ", augmentation: resize(3) -> crop(1)"), data()) == []
    assert told(net("4x4x1", ", augmentation: resize(5) -> crop(4)"), data()) == []
    assert told(net("4x4x1", ", augmentation: crop(3)"), data()) == []


def test_lists_of_the_input():
    """The input's own mean has one number a channel, and is told at the input."""
    spec = "input: {shape: ⟦4x4x1⟧, mean: [1, 2, 3]}\nnetwork: fc-3\ntrain: {batch: 4}\n"
    assert "`input` has 3 numbers as `mean`" in the_one(spec, data())[0]


@pytest.mark.parametrize("steps", ["preprocessing: rescale", "augmentation: mixup", "augmentation: flip"])
def test_token_ids_are_no_values(steps):
    """Nothing is computed with token ids."""
    spec = f"input: {{shape: 5, tokens: 9}}\nnetwork: embed-2 -> fc-3\ntrain: {{batch: 4, {steps}}}\n"
    assert "and the input is token ids" in the_one(spec, data(np.zeros((12, 5), np.int32)))[0]


def test_fewer_examples_than_a_batch():
    """A batch larger than the training set is told at the batch."""
    spec = "input: 4x4x1\nnetwork: fc-3\ntrain: {batch: ⟦13⟧}\n"
    message, cure = the_one(spec, data())
    assert message == "E406 a batch takes 13 examples, and toys has 12 to learn from"
    assert cure == "`--batch 12` takes all of them in one step"
    assert told(spec.replace("⟦13⟧", "12"), data()) == []


def test_validation_takes_its_share():
    """What is kept for validation cannot be learnt from; where it leaves too few it is told there."""
    spec = "input: 4x4x1\nnetwork: fc-3\ntrain: {batch: 12, validation: ⟦0.25⟧}\n"
    message, cure = the_one(spec, data())
    assert message.endswith("toys has 9 to learn from when `validation: 0.25` keeps the others")
    assert cure.startswith("keep fewer for validation")
    spec = "input: 4x4x1\nnetwork: fc-3\ntrain: {batch: ⟦13⟧, validation: 0.25}\n"
    assert the_one(spec, data())[1] == "`--batch 9` takes all of them in one step"


@pytest.mark.parametrize(
    ("train", "words"),
    [
        ("data: ⟦digits⟧", "toys has no test part, and there is nothing to judge the run by"),
        ("data: digits, validation: ⟦0.01⟧", "`validation: 0.01` of the 12 examples of toys is none"),
    ],
)
def test_nothing_to_judge_by(train, words):
    """Without examples to watch the run by it is told at what leaves none, with a setting that gives some."""
    none = Arrays(np.zeros((0, 4, 4, 1)), np.zeros(0, np.int32))
    text, (stretch,) = unmarked(f"input: 4x4x1\nnetwork: fc-3\ntrain: {{{train}}}\n")
    spec = accepted(text).spec
    (finding,) = unwatched(data(test=none), none, spec, spec.train)
    assert (finding.code, finding.span.start) == ("E406", stretch[0])
    assert words in finding.message
    assert "`validation: 0.1`" in finding.help
    assert list(unwatched(data(test=none), data().test, spec, spec.train)) == []


def test_no_examples_at_all():
    """An empty training set is told, and nothing else."""
    assert the_one(net("4x4x1"), data(count=0))[0] == "E406 toys has no examples to learn from"


def test_everything_is_told_at_once():
    """A data set that fits in no way gets a finding for each."""
    findings = told(net("8x8x1", ", augmentation: color_jitter"), data((4, 4, 1), 9, count=3))
    assert [finding.code for finding in findings] == ["E401", "E405", "E406"]
    findings = told(net("8x8x1", ", augmentation: color_jitter"), data((4, 4, 1), 9, count=9))
    assert [finding.code for finding in findings] == ["E401", "E402", "E405"]
