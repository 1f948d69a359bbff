"""Networks as plain `torch.nn`, written from their papers and PyTorch's public definitions of them.

Those whose paths part and join are in `torch_branches`.
"""

from collections.abc import Callable, Sequence
from typing import Final

import torch
from peers.torch_branches import densenet121, googlenet, unet
from torch import Tensor, nn


def vgg16(depth: Sequence[int] = (2, 2, 3, 3, 3), *, size: int = 224, units: int = 4096) -> nn.Module:
    """Simonyan and Zisserman 2015, table 1, column D; as torchvision's `vgg16`, for images of `size` rows."""
    layers: list[nn.Module] = []
    before = 3
    for width, count in zip((64, 128, 256, 512, 512), depth, strict=True):
        for _ in range(count):
            layers += [nn.Conv2d(before, width, 3, padding=1), nn.ReLU()]
            before = width
        layers.append(nn.MaxPool2d(2))
    inputs = 512 * (size // 32) ** 2
    head = [nn.Linear(inputs, units), nn.ReLU(), nn.Linear(units, units), nn.ReLU(), nn.Linear(units, 1000)]
    return nn.Sequential(*layers, nn.Flatten(), *head)


def unit(
    before: int, width: int, kernel: int, *, stride: int = 1, groups: int = 1, active: bool = True
) -> nn.Module:
    """A convolution without a bias, batch norm, and where `active` a ReLU."""
    kernels = nn.Conv2d(before, width, kernel, stride, padding=kernel // 2, groups=groups, bias=False)
    return nn.Sequential(kernels, nn.BatchNorm2d(width), nn.ReLU() if active else nn.Identity())


class Bottleneck(nn.Module):
    """He et al. 2016, figure 5, with the stride in the 3x3 as torchvision has it."""

    def __init__(self, before: int, width: int, stride: int) -> None:
        super().__init__()
        out = 4 * width
        self.body = nn.Sequential(
            unit(before, width, 1), unit(width, width, 3, stride=stride), unit(width, out, 1, active=False)
        )
        same = stride == 1 and before == out
        self.shortcut = nn.Identity() if same else unit(before, out, 1, stride=stride, active=False)

    def forward(self, x: Tensor) -> Tensor:
        """The sum of body and shortcut."""
        return torch.relu(self.body(x) + self.shortcut(x))


def resnet50(depth: Sequence[int] = (3, 4, 6, 3), *, narrow: int = 1) -> nn.Module:
    """He et al. 2016, table 1; as torchvision's `resnet50`, or with bottlenecks `narrow` times as narrow."""
    layers: list[nn.Module] = [unit(3, 64, 7, stride=2), nn.MaxPool2d(3, 2, padding=1)]
    before = 64
    for full, count in zip((64, 128, 256, 512), depth, strict=True):
        width = full // narrow
        for i in range(count):
            layers.append(Bottleneck(before, width, 2 if i == 0 and full > 64 else 1))
            before = 4 * width
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(before, 1000))


def mobilenet(alpha: float = 1, *, repeats: int = 5) -> nn.Module:
    """Howard et al. 2017, table 1, with stride 1 before the 7x7 map of 1024 channels; widths times `alpha`."""
    before = int(32 * alpha)
    layers: list[nn.Module] = [unit(3, before, 3, stride=2)]
    steps = (
        (64, 1),
        (128, 2),
        (128, 1),
        (256, 2),
        (256, 1),
        (512, 2),
        *((512, 1),) * repeats,
        (1024, 2),
        (1024, 1),
    )
    for full, stride in steps:
        width = int(full * alpha)
        layers += [unit(before, before, 3, stride=stride, groups=before), unit(before, width, 1)]
        before = width
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(before, 1000))


def dcgan() -> nn.Module:
    """The generator of PyTorch's examples (`dcgan/main.py`) for 64x64 images in colour."""
    layers: list[nn.Module] = []
    before = 100
    for width, stride in ((512, 1), (256, 2), (128, 2), (64, 2)):
        stamps = nn.ConvTranspose2d(before, width, 4, stride, padding=stride - 1, bias=False)
        layers += [stamps, nn.BatchNorm2d(width), nn.ReLU()]
        before = width
    return nn.Sequential(*layers, nn.ConvTranspose2d(before, 3, 4, 2, padding=1, bias=False), nn.Tanh())


NETS: Final[dict[str, tuple[Callable[[], nn.Module], tuple[int, int, int]]]] = {
    "vgg16": (vgg16, (3, 224, 224)),
    "resnet50": (resnet50, (3, 224, 224)),
    "mobilenet": (mobilenet, (3, 224, 224)),
    "dcgan": (dcgan, (100, 1, 1)),
    "googlenet": (googlenet, (3, 224, 224)),
    "densenet121": (densenet121, (3, 224, 224)),
    "unet": (unet, (1, 572, 572)),
}
"""By the name of the bundled spec: how it is made, and its input with channels first."""
