"""A spec's data source to a data set that is open."""

from collections.abc import Callable

from netspec.language.recipes.data import (
    Cifar10,
    Csv,
    Data,
    Digits,
    FashionMnist,
    HuggingFace,
    Idx,
    ImageFolder,
    Mnist,
    Npz,
    TensorflowDatasets,
)
from netspec.training.data.cifar import open_cifar10
from netspec.training.data.dataset import Dataset, Request
from netspec.training.data.digits import open_digits
from netspec.training.data.hubs import open_hf, open_tfds
from netspec.training.data.idx import open_idx
from netspec.training.data.image_folder import open_image_folder
from netspec.training.data.mnist import open_mnist
from netspec.training.data.npz import open_npz
from netspec.training.data.tables import open_csv


def open_data(recipe: Data, request: Request, note: Callable[[str], None] = lambda _: None) -> Dataset:  # noqa: PLR0911  one for each source
    """The data set that a spec names.

    Args:
        recipe: The source, as the `train:` section has it.
        request: What the network wants of it.
        note: Told, in a sentence, what takes long, such as a file that is fetched.

    Raises:
        TrainError: The data is not there, or cannot be read.
        TypeError: A source that netspec does not know.
    """
    match recipe:
        case Digits():
            return open_digits(recipe, request)
        case Mnist() | FashionMnist():
            return open_mnist(recipe, request, note)
        case Cifar10():
            return open_cifar10(recipe, request, note)
        case Idx():
            return open_idx(recipe, request)
        case ImageFolder():
            return open_image_folder(recipe, request)
        case Npz():
            return open_npz(recipe, request)
        case Csv():
            return open_csv(recipe, request)
        case HuggingFace():
            return open_hf(recipe, request)
        case TensorflowDatasets():
            return open_tfds(recipe, request)
    raise TypeError(f"nothing opens the data source `{recipe.name}`")
