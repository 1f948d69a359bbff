"""The sets `mnist` and `fashion_mnist`: four IDX files each, of the same names."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from netspec.diagnostics import rules
from netspec.language.recipes.data import FashionMnist, Mnist
from netspec.training.data.arrays import in_memory
from netspec.training.data.dataset import Dataset, Request
from netspec.training.data.downloads import Remote, data_folder, fetched
from netspec.training.data.files import listed, located
from netspec.training.data.idx import pair
from netspec.training.faults import fault

STEMS: Final = (
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
)


@dataclass(frozen=True)
class Kind:
    """Where one of the sets comes from; `hashes` and `sizes` in the order of `STEMS`, packed with gzip."""

    below: str
    """Where torchvision keeps the files, below its folder."""
    address: str
    hashes: tuple[str, ...]
    sizes: tuple[int, ...]
    classes: tuple[str, ...]

    @property
    def remotes(self) -> tuple[Remote, ...]:
        """The files to fetch."""
        names = [f"{stem}.gz" for stem in STEMS]
        rows = zip(names, self.hashes, self.sizes, strict=True)
        return tuple(Remote(name, f"{self.address}{name}", known, size) for name, known, size in rows)


KINDS: Final = {
    "mnist": Kind(
        "MNIST/raw",
        "https://ossci-datasets.s3.amazonaws.com/mnist/",
        (
            "sha256:440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
            "sha256:3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
            "sha256:8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
            "sha256:f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
        ),
        (9912422, 28881, 1648877, 4542),
        tuple("0123456789"),
    ),
    "fashion_mnist": Kind(
        "FashionMNIST/raw",
        "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
        (
            "sha256:3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
            "sha256:a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
            "sha256:346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
            "sha256:67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
        ),
        (26421880, 29515, 4422102, 5148),
        (
            "T-shirt/top",
            "Trouser",
            "Pullover",
            "Dress",
            "Coat",
            "Sandal",
            "Shirt",
            "Sneaker",
            "Bag",
            "Ankle boot",
        ),
    ),
}


def open_mnist(recipe: Mnist | FashionMnist, request: Request, note: Callable[[str], None]) -> Dataset:
    """The set, from a folder of its files or fetched. Raises TrainError."""
    kind = KINDS[recipe.name]
    if recipe.path is None:
        paths = fetched(kind.remotes, data_folder() / recipe.name, recipe.name, note)
    else:
        paths = _found(located(recipe.path, request.folder), kind.below)
    train, test = pair(paths[0], paths[1], request), pair(paths[2], paths[3], request)
    return in_memory(recipe.name, train, test, classes=kind.classes)


def _found(folder: Path, below: str) -> list[Path]:
    """The four files, plain or gzipped. Raises TrainError where some are missing."""
    places = [
        base / f"{stem}{end}" for base in (folder, folder / below) for end in ("", ".gz") for stem in STEMS
    ]
    there = {place.name.removesuffix(".gz"): place for place in reversed(places) if place.is_file()}
    if missing := [stem for stem in STEMS if stem not in there]:
        message = f"`{folder.name}` has no {listed(missing)}"
        help_ = "the names may also end in `.gz`" if folder.is_dir() else "there is no such folder"
        raise fault(rules.MISSING_DATA, folder, message, help=help_)
    return [there[stem] for stem in STEMS]
