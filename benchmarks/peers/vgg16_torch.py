"""VGG-16 in plain PyTorch, column D of the paper's table 1: what the PyTorch tools are given to count."""

import torch
from torch import nn

BLOCKS = ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3))


def vgg16() -> nn.Sequential:
    """The network, for images of 224 by 224."""
    layers: list[nn.Module] = []
    channels = 3
    for filters, repeats in BLOCKS:
        for _ in range(repeats):
            layers += [nn.Conv2d(channels, filters, 3, padding=1), nn.ReLU()]
            channels = filters
        layers.append(nn.MaxPool2d(2))
    layers += [nn.Flatten(), nn.Linear(7 * 7 * 512, 4096), nn.ReLU(), nn.Dropout()]
    layers += [nn.Linear(4096, 4096), nn.ReLU(), nn.Dropout(), nn.Linear(4096, 1000)]
    return nn.Sequential(*layers)


def image() -> torch.Tensor:
    """One example, on the current device."""
    return torch.zeros(1, 3, 224, 224)
