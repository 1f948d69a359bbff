"""Data sources. Where a set has no test part of its own, the share `test` of it is kept for testing."""

import re
from typing import Annotated, Literal

from pydantic import Field

from netspec.language.recipes.base import NonNegative, Notation, Recipe, Share, Text, recipe

_PATH = Notation(("path",))
_ENDINGS = {".npz": "npz", ".csv": "csv", ".zip": "image_folder"}


class Data(Recipe):
    """Where the examples come from."""

    noun = "data source"

    @classmethod
    def meant_by(cls, text: str) -> str:
        """The source that reads a path, known by its ending; no call has a separator outside its brackets."""
        path = text.strip().replace("\\", "/")
        name = next((name for end, name in _ENDINGS.items() if path.lower().endswith(end)), "")
        if re.search(r"[\n()\[\]{}'\"]|->", path) or not (name or "/" in path):
            return ""
        return f'{name or "image_folder"}("{path}")'


@recipe("digits")
class Digits(Data):
    """1,797 handwritten digits of 8x8 grey pixels, whose 17 shades are spread over 0 to 255; they come with netspec.

    Source: Alpaydin and Kaynak 1998, Optical Recognition of Handwritten Digits, UCI, CC BY 4.0.
    """

    size: Annotated[int, Field(ge=8, le=1024)] = 8
    """Side in pixels that the images are scaled to, bilinearly: `digits(28)` for a network made for MNIST."""
    test: Share = 0.2
    """Share kept for testing, the same in every run."""

    notation = Notation(("size",))


@recipe("mnist")
class Mnist(Data):
    """60,000 handwritten digits of 28x28 pixels, and 10,000 to test.

    Source: LeCun et al. 1998, Gradient-Based Learning Applied to Document Recognition, section III.
    """

    path: Text | None = None
    """Folder of the files; not given: netspec's data folder, fetched once."""

    notation = _PATH


@recipe("fashion_mnist")
class FashionMnist(Data):
    """60,000 pictures of clothes in 10 classes, 28x28 pixels, and 10,000 to test.

    Source: Xiao et al. 2017, arXiv:1708.07747.
    """

    path: Text | None = None
    """Folder of the files; not given: netspec's data folder, fetched once."""

    notation = _PATH
    elsewhere = ("fmnist",)


@recipe("cifar10")
class Cifar10(Data):
    """50,000 colour photos in 10 classes, 32x32 pixels, and 10,000 to test.

    Source: Krizhevsky 2009, Learning Multiple Layers of Features from Tiny Images.
    """

    path: Text | None = None
    """Folder of the files; not given: netspec's data folder, fetched once."""

    notation = _PATH
    elsewhere = ("cifar",)


@recipe("idx")
class Idx(Data):
    """Arrays in MNIST's IDX format, plain or gzipped.

    Source: the format's description on the MNIST page of LeCun, Cortes and Burges.
    """

    images: Text
    """File of the training examples."""
    labels: Text
    """File of their labels."""
    test_images: Text | None = None
    """File of the test examples."""
    test_labels: Text | None = None
    """File of their labels."""
    test: Share = 0.2
    """Share kept for testing, the same in every run, where there are no test files."""

    notation = Notation(("images", "labels", "test_images", "test_labels"))
    elsewhere = ("ubyte",)


@recipe("image_folder")
class ImageFolder(Data):
    """A folder, or a zip file of one, with a folder of images for each class.

    With `train` beside `val` or `test` folders the classes stand inside these. Images may be of any size.
    """

    path: Text
    """The folder or zip file."""
    fit: Literal["crop", "pad", "stretch"] = "crop"
    """How an image takes the input's size: scaled to cover it and cut at the centre, scaled to lie inside it and
    padded with 0, or scaled on each axis by itself."""
    unreadable: Literal["fail", "skip"] = "fail"
    """What to do at an image that cannot be read: stop, or count it and go on."""
    test: Share = 0.2
    """Share of each class kept for testing, the same in every run, where there is no `val` or `test` folder."""

    notation = _PATH
    elsewhere = ("imagefolder", "image_dataset_from_directory", "folder", "images")


@recipe("npz")
class Npz(Data):
    """Arrays of a NumPy `.npz` file; the examples are on the first axis."""

    path: Text
    """The file."""
    inputs: Text = "x_train"
    """Name of the training examples."""
    labels: Text = "y_train"
    """Name of their labels, or of the targets of a regression."""
    test_inputs: Text = "x_test"
    """Name of the test examples."""
    test_labels: Text = "y_test"
    """Name of their labels."""
    test: Share = 0.2
    """Share kept for testing, the same in every run, where the file has no test arrays."""

    notation = _PATH
    elsewhere = ("numpy",)


@recipe("csv")
class Csv(Data):
    """A table of numbers, an example a line."""

    path: Text
    """File of the training examples."""
    label: Text | NonNegative = "label"
    """Name of the label's column, or its place from 0."""
    test_path: Text | None = None
    """File of the test examples."""
    header: bool = True
    """The first line holds the columns' names."""
    separator: Literal["comma", "semicolon", "tab", "space"] = "comma"
    """What stands between two columns."""
    test: Share = 0.2
    """Share kept for testing, the same in every run, where there is no test file."""

    notation = _PATH
    elsewhere = ("tsv", "table")


@recipe("hf")
class HuggingFace(Data):
    """A data set of the Hugging Face hub, read with the package `datasets`."""

    dataset: Text
    """Its name, such as `mnist` or `owner/name`."""
    config: Text | None = None
    """Which of its configurations; not given: the default one."""
    split: Text = "train"
    """Split of the training examples."""
    test_split: Text = "test"
    """Split of the test examples."""
    inputs: Text = "image"
    """Column of the examples."""
    labels: Text = "label"
    """Column of the labels."""

    notation = Notation(("dataset", "config"))
    elsewhere = ("huggingface", "datasets", "load_dataset")


@recipe("tfds")
class TensorflowDatasets(Data):
    """A data set of TensorFlow Datasets, read with the package `tensorflow_datasets`."""

    dataset: Text
    """Its name, such as `mnist` or `imagenet_resized/32x32`."""
    path: Text | None = None
    """Folder of the prepared files; not given: the package's own."""
    split: Text = "train"
    """Split of the training examples."""
    test_split: Text = "test"
    """Split of the test examples."""
    inputs: Text = "image"
    """Feature that holds the examples."""
    labels: Text = "label"
    """Feature that holds the labels."""

    notation = Notation(("dataset",))
    elsewhere = ("tensorflow_datasets",)
