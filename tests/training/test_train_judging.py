"""What was trained and is read again: evaluations, predictions and ensembles say the same, and what numpy makes of it."""

import io
import math
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from band_images import CLASSES, JUDGED, LEARNT, band_images
from PIL import Image
from tiny_runs import finding

import netspec
from netspec.diagnostics import rules
from netspec.engine.weights import load_weights
from netspec.language.recipes.data import ImageFolder
from netspec.training.judging import evaluate
from netspec.training.kept import read_evaluation
from netspec.training.predicting import predict
from netspec.training.records import Prediction
from netspec.training.session import Result, Training
from netspec.training.trained import Trained, trained, trained_snapshots

SPEC = "input: 6x6x1\nnetwork: fc-4 -> tanh -> fc-3\n"


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The images, which no test changes."""
    return band_images(tmp_path_factory.mktemp("images"))


def source_of(folder: Path) -> ImageFolder:
    """All images of a folder to be judged by, but for a few."""
    return ImageFolder(path=str(folder), test=0.5)


def begun(images: Path, runs: Path, name: str, **settings: Any) -> Training:
    """A run on the images."""
    rest = {"batch": 6, "epochs": 2, "optimizer": "adam(0.01)"} | settings
    net = netspec.load(text=SPEC)
    return netspec.train(net, f'image_folder("{images}")', runs=runs, name=name, **rest)


@pytest.fixture(scope="module")
def results(images: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Result]:
    """Two runs that differ in their seeds."""
    runs = tmp_path_factory.mktemp("runs")
    return [begun(images, runs, f"seed{seed}", seed=seed).run() for seed in (0, 1)]


@pytest.fixture
def runs(results: list[Result]) -> list[Trained]:
    """Both, read from their folders."""
    return [trained(path) for path in (result.path for result in results) if path]


def test_files(images: Path) -> list[Path]:
    """The images of the test part, class by class."""
    return [images / "test" / name / f"{i}.png" for name in CLASSES for i in range(JUDGED)]


test_files.__test__ = False  # type: ignore[attr-defined]


def shares(predictions: Sequence[Prediction]) -> np.ndarray:
    """Probabilities `[examples, classes]`, in the order of the classes."""
    return np.array([[dict(one.top)[name] for name in CLASSES] for one in predictions])


def loss_of(found: np.ndarray, labels: np.ndarray) -> float:
    """Cross-entropy of probabilities, in plain numpy."""
    return float(-np.log(found[np.arange(len(labels)), labels]).mean())


def bits(params: Any) -> dict[str, bytes]:
    """Of parameters."""
    return {
        f"{layer}/{part}": np.asarray(v).tobytes() for layer, own in params.items() for part, v in own.items()
    }


def weights(run: Trained) -> dict[str, bytes]:
    """The bits of a run's parameters."""
    return bits(run.params)


def test_an_evaluation_is_the_last_epochs(results: list[Result], runs: list[Trained]) -> None:
    """Loss and accuracy of the test part are those that the run ended with, and that its folder keeps."""
    for result, run in zip(results, runs, strict=True):
        found = evaluate([run])
        assert found.examples == 3 * JUDGED
        assert found.classes == CLASSES
        assert dict(found.metrics) == pytest.approx(
            {name: result.metrics[name] for name in ("loss", "accuracy")}, rel=1e-5
        )
        assert result.path is not None
        kept = read_evaluation(result.path)
        assert kept is not None
        assert kept.confusion == found.confusion
        assert dict(kept.metrics) == pytest.approx(dict(found.metrics), rel=1e-5)


def test_parts_of_the_data(runs: list[Trained]) -> None:
    """The training part is judged on request; a validation part only where the run kept one."""
    assert evaluate(runs[:1], part="train").examples == 3 * LEARNT
    found = finding(lambda: evaluate(runs[:1], part="validation"))
    assert (found.rule, found.message) == (rules.NO_RUN, "the run kept no validation part")


def test_data_without_a_test_part_is_judged_by_the_validation_part(images: Path, tmp_path: Path) -> None:
    """Unless another part is asked for; a part without examples is told, with one that has some."""
    source = f'image_folder("{images / "train"}", test=0.0)'
    net = netspec.load(text=SPEC)
    result = netspec.train(net, source, runs=tmp_path, batch=6, epochs=1, validation=0.25).run()
    assert result.path is not None
    read = trained(result.path)
    found = evaluate([read])
    assert found.examples == 3 * LEARNT // 4
    assert "(validation)" in found.data
    kept = {name: result.metrics[name] for name in found.metrics}
    assert dict(found.metrics) == pytest.approx(kept, rel=1e-5)
    told = finding(lambda: evaluate([read], part="test"))
    assert told.rule is rules.TOO_FEW_EXAMPLES
    assert told.help == "`--part validation` judges by that part"


def test_a_run_has_something_to_be_judged_by(images: Path) -> None:
    """Data without a test part, and no validation, are told before the run."""
    source = f'image_folder("{images / "train"}", test=0.0)'
    told = finding(lambda: netspec.train(netspec.load(text=SPEC), source, batch=6))
    assert (told.rule, told.message) == (
        rules.TOO_FEW_EXAMPLES,
        "train has no test part, and there is nothing to judge the run by",
    )


def test_classes_that_are_not_the_runs_are_told(images: Path, runs: list[Trained], tmp_path: Path) -> None:
    """The first class that differs is named on both sides; the first classes of the run alone are the same ones."""
    for name in ("bottom", "lower", "top"):
        shutil.copytree(images / "test" / CLASSES[0], tmp_path / "other" / name)
    told = finding(lambda: evaluate(runs[:1], data=source_of(tmp_path / "other")))
    assert told.rule is rules.UNFIT_LABELS
    assert "class 1 is `lower` in the data and `middle` in the run" in told.message
    for name in CLASSES[:2]:
        shutil.copytree(images / "test" / name, tmp_path / "fewer" / name)
    found = evaluate(runs[:1], data=source_of(tmp_path / "fewer"))
    assert found.classes == CLASSES
    for name in (*CLASSES, "unknown"):
        shutil.copytree(images / "test" / CLASSES[0], tmp_path / "more" / name)
    assert finding(lambda: evaluate(runs[:1], data=source_of(tmp_path / "more"))).rule is rules.UNFIT_LABELS


def test_predictions_are_what_an_evaluation_counts(images: Path, runs: list[Trained]) -> None:
    """Image by image the most probable classes make the same confusion, and the probabilities the same loss."""
    found = evaluate(runs[:1])
    told = list(predict(runs[:1], map(str, test_files(images))))
    confusion = np.zeros((3, 3), int)
    for number, one in enumerate(told):
        confusion[number // JUDGED, CLASSES.index(one.top[0][0])] += 1
    assert tuple(map(tuple, confusion.tolist())) == found.confusion
    labels = np.repeat(np.arange(3), JUDGED)
    assert loss_of(shares(told), labels) == pytest.approx(found.metrics["loss"], rel=1e-5)
    np.testing.assert_allclose(shares(told).sum(1), 1, rtol=1e-6)


def test_an_example_is_the_same_from_anywhere(images: Path, runs: list[Trained], tmp_path: Path) -> None:
    """A file, its folder, standard input, an array, an array of many: one probability."""
    files = test_files(images)[:JUDGED]
    alone = shares([next(predict(runs[:1], [str(file)])) for file in files])
    pixels = np.stack([np.asarray(Image.open(file)) for file in files])[..., None]
    np.save(tmp_path / "one.npy", pixels[0])
    np.save(tmp_path / "many.npy", pixels)
    folder = list(predict(runs[:1], [str(files[0].parent)]))
    many = list(predict(runs[:1], [str(tmp_path / "many.npy")]))
    np.testing.assert_allclose(shares(folder), alone, rtol=1e-5)
    np.testing.assert_allclose(shares(many), alone, rtol=1e-5)
    np.testing.assert_allclose(
        shares(list(predict(runs[:1], [str(tmp_path / "one.npy")]))), alone[:1], rtol=1e-5
    )
    piped = predict(runs[:1], ["-"], io.BytesIO(files[0].read_bytes()))
    np.testing.assert_allclose(shares(list(piped)), alone[:1], rtol=1e-5)
    assert [one.source for one in folder] == sorted(map(str, files))
    assert many[1].source == f"{tmp_path / 'many.npy'}[1]"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"not a picture", "the image cannot be read: it is no image of a format that is read here"),
        (b"", "the image cannot be read"),
        (b"\x93NUMPY\x01\x00", "the array cannot be read"),
        (None, "it cannot be read: no such file or directory"),
    ],
)
def test_what_is_no_example_is_told(
    runs: list[Trained], tmp_path: Path, content: bytes | None, message: str
) -> None:
    """The file is named, with the reason."""
    path = tmp_path / "notes.txt"
    if content is not None:
        path.write_bytes(content)
    found = finding(lambda: list(predict(runs[:1], [str(path)])))
    assert (found.rule, found.file) == (rules.UNREADABLE_INPUT, str(path))
    assert found.message.startswith(message)


def test_an_array_of_another_shape_is_told(runs: list[Trained], tmp_path: Path) -> None:
    """Both sides are named."""
    np.save(tmp_path / "wide.npy", np.zeros((6, 7, 1)))
    found = finding(lambda: list(predict(runs[:1], [str(tmp_path / "wide.npy")])))
    assert found.message == "the array is 6x7x1, and the input is 6x6x1"


def test_a_run_with_itself_is_the_run(runs: list[Trained]) -> None:
    """The mean of equal probabilities is each of them."""
    alone, twice = evaluate(runs[:1]), evaluate([runs[0], runs[0]])
    assert dict(twice.metrics) == pytest.approx(dict(alone.metrics), rel=1e-5)
    assert twice.confusion == alone.confusion


def test_an_ensemble_is_the_mean_of_probabilities(images: Path, runs: list[Trained]) -> None:
    """Loss, accuracy and confusion of two runs are what numpy makes of the mean of what each of them says."""
    files, labels = list(map(str, test_files(images))), np.repeat(np.arange(3), JUDGED)
    each = [shares(list(predict([run], files))) for run in runs]
    mean = (each[0] + each[1]) / 2
    assert not np.allclose(each[0], each[1], rtol=1e-2)
    np.testing.assert_allclose(shares(list(predict(runs, files))), mean, rtol=1e-5)
    found = evaluate(runs)
    assert found.metrics["loss"] == pytest.approx(loss_of(mean, labels), rel=1e-5)
    assert found.metrics["accuracy"] == pytest.approx((mean.argmax(1) == labels).mean())
    assert sum(map(sum, found.confusion or ())) == 3 * JUDGED
    # The logarithm bends down: a mean of probabilities has at most the mean loss.
    assert found.metrics["loss"] <= sum(evaluate([run]).metrics["loss"] for run in runs) / 2 + 1e-6


def test_runs_that_do_not_suit_each_other_are_told(images: Path, runs: list[Trained], tmp_path: Path) -> None:
    """Other inputs cannot be averaged."""
    net = netspec.load(text=SPEC.replace("6x6", "5x5"))
    other = netspec.train(net, f'image_folder("{images}")', runs=tmp_path, epochs=1, batch=36).run()
    assert other.path is not None
    read = trained(other.path)
    assert finding(lambda: evaluate([runs[0], read])).rule is rules.CHANGED_SPEC


def test_a_cyclic_schedule_leaves_snapshots(images: Path, tmp_path: Path) -> None:
    """One at the end of each cycle; the last one is what the run ends with, and the first is the run half as long."""
    run = begun(images, tmp_path, "cyclic", epochs=4, schedule="cosine(restarts=1)")
    result = run.run()
    assert result.path is not None
    first, last = trained_snapshots(result.path)
    assert [first.name, last.name] == ["cyclic/step-00000012", "cyclic/step-00000024"]
    params, _ = load_weights(result.path / "weights.safetensors", last.model)
    assert bits(params) == weights(last) != weights(first)
    half = begun(images, tmp_path, "half", epochs=2, schedule="cosine").run()
    assert bits(half.params) == weights(first)
    both = evaluate([first, last])
    assert both.examples == 3 * JUDGED
    assert math.isfinite(both.metrics["loss"])


def test_a_cycle_may_end_within_an_epoch(images: Path, tmp_path: Path) -> None:
    """Two cycles in three epochs of six steps: the first one ends in the middle of the second epoch."""
    result = begun(images, tmp_path, "odd", epochs=3, schedule="cosine(restarts=1)").run()
    assert result.path is not None
    names = [one.name for one in trained_snapshots(result.path)]
    assert names == ["odd/step-00000009", "odd/step-00000018"]


def test_a_run_without_snapshots_says_so(results: list[Result]) -> None:
    """The help names the schedule that leaves them."""
    assert results[0].path is not None
    found = finding(lambda: trained_snapshots(results[0].path))  # type: ignore[arg-type]
    assert found.rule is rules.NO_RUN
    assert "restarts" in found.help


def test_which_checkpoint_is_taken(images: Path, tmp_path: Path) -> None:
    """With a validation part the best one unless asked otherwise; a step by its number; one that is not there is told."""
    rest = {"validation": 0.25, "epochs": 4, "optimizer": "adam(0.7)", "batch": 9, "monitor": "accuracy"}
    run = begun(images, tmp_path, "kept", **rest)
    run.run()
    assert run.folder is not None
    path, rows = run.folder.path, run.folder.epochs()
    best = max(row.step for row in rows if row.best)
    assert best < rows[-1].step
    at_best, at_end = weights(trained(path, step=best)), weights(trained(path, step=rows[-1].step))
    assert at_best != at_end
    assert weights(trained(path)) == weights(trained(path, best=True)) == at_best
    assert weights(trained(path, best=False)) == at_end
    assert evaluate([trained(path)], part="validation").metrics["accuracy"] == max(
        row.metrics["accuracy"] for row in rows
    )
    assert finding(lambda: trained(path, step=1)).rule is rules.NO_RUN
