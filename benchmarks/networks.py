"""The networks that steps are measured on, their sizes, and the jobs that they become."""

from dataclasses import dataclass, field
from typing import Any

from job import Job

import netspec


@dataclass(frozen=True)
class Measured:
    """A spec and the sizes that it is run at."""

    spec: str
    batch: int
    gpu_batch: int
    settings: dict[str, Any] = field(default_factory=dict)

    def load(self) -> netspec.Network:
        """The checked network."""
        return netspec.load(self.spec, set=self.settings)


NETWORKS = {
    "lenet5": Measured("lenet5", 128, 1024),
    "vgg16": Measured("vgg16", 2, 128),
    "resnet50": Measured("resnet50", 4, 256),
    "mobilenet": Measured("mobilenet", 8, 256),
    "unet": Measured("unet", 4, 64, {"size": 128, "padding": "same"}),
    "kim_text": Measured("kim_text", 50, 512),
}
DEEPER = {"resnet50": NETWORKS["resnet50"], "resnet152": Measured("resnet50@152", 4, 256)}


def job(name: str, measured: Measured, **options: bool) -> Job:
    """What a worker is told, but for the peer; the options are those of `Job`."""
    network = measured.load()
    return Job(
        network=name,
        batch=measured.gpu_batch if options.get("gpu") else measured.batch,
        shape=tuple(network.input.sizes),
        label_shape=tuple(network.output.sizes[:-1]),
        classes=network.output.sizes[-1],
        tokens=network.input.tokens,
        spec=measured.spec,
        settings=measured.settings,
        **options,
    )
