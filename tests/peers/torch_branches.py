"""Networks whose paths part and join, as plain `torch.nn`, written from their papers.

Modules with weights are made in the order in which a reader of the paper meets them, branch by branch, heads last.
Dropout is left out: what is compared is not random.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn


def active(before: int, width: int, kernel: int, *, stride: int = 1, padding: int | None = None) -> nn.Module:
    """A convolution and a ReLU; zeros around the map keep its size, unless a padding is given."""
    around = kernel // 2 if padding is None else padding
    return nn.Sequential(nn.Conv2d(before, width, kernel, stride, padding=around), nn.ReLU())


class Inception(nn.Module):
    """Szegedy et al. 2015, figure 2b; widths as in the columns of table 1."""

    def __init__(
        self, before: int, n1: int, reduce3: int, n3: int, reduce5: int, n5: int, projection: int
    ) -> None:
        super().__init__()
        self.branches = nn.ModuleList(
            [
                active(before, n1, 1),
                nn.Sequential(active(before, reduce3, 1), active(reduce3, n3, 3)),
                nn.Sequential(active(before, reduce5, 1), active(reduce5, n5, 5)),
                nn.Sequential(nn.MaxPool2d(3, 1, padding=1), active(before, projection, 1)),
            ]
        )

    def forward(self, x: Tensor) -> Tensor:
        """The channels of all branches."""
        return torch.cat([branch(x) for branch in self.branches], 1)


def auxiliary(before: int, size: int) -> nn.Module:
    """Szegedy et al. 2015, section 5: a classifier on a map of `size` rows."""
    convolved = 128 * ((size - 5) // 3 + 1) ** 2
    return nn.Sequential(
        *(nn.AvgPool2d(5, 3), active(before, 128, 1), nn.Flatten()),
        *(nn.Linear(convolved, 1024), nn.ReLU(), nn.Linear(1024, 1000)),
    )


MODULES = {
    "3a": (64, 96, 128, 16, 32, 32),
    "3b": (128, 128, 192, 32, 96, 64),
    "4a": (192, 96, 208, 16, 48, 64),
    "4b": (160, 112, 224, 24, 64, 64),
    "4c": (128, 128, 256, 24, 64, 64),
    "4d": (112, 144, 288, 32, 64, 64),
    "4e": (256, 160, 320, 32, 128, 128),
    "5a": (256, 160, 320, 32, 128, 128),
    "5b": (384, 192, 384, 48, 128, 128),
}


class GoogLeNet(nn.Module):
    """Szegedy et al. 2015, table 1, on images of `size` rows; some of its modules may be left out."""

    def __init__(self, modules: Sequence[str], size: int) -> None:
        super().__init__()
        # PyTorch divides the sum of squares by the number of channels that it runs over; the paper does not.
        self.norm = nn.LocalResponseNorm(5, alpha=5 * 1e-4, beta=0.75, k=2)
        self.shrink = nn.MaxPool2d(3, 2, ceil_mode=True)
        self.stem = nn.ModuleList([active(3, 64, 7, stride=2), active(64, 64, 1), active(64, 192, 3)])
        self.inceptions = nn.ModuleDict()
        before, tapped = 192, {}
        for name in modules:
            self.inceptions[name] = Inception(before, *MODULES[name])
            n1, _, n3, _, n5, projection = MODULES[name]
            tapped[name] = before = n1 + n3 + n5 + projection
        self.last = nn.Linear(before, 1000)
        self.heads = nn.ModuleDict({at: auxiliary(tapped[at], size // 16) for at in ("4a", "4d")})

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        """The output, then the auxiliary ones."""
        first, reduce, third = self.stem
        x = self.norm(self.shrink(first(x)))
        x = self.shrink(self.norm(third(reduce(x))))
        heads = []
        for before, (name, inception) in zip([None, *self.inceptions], self.inceptions.items(), strict=False):
            if before and before[0] != name[0]:
                x = self.shrink(x)
            x = inception(x)
            if name in self.heads:
                heads.append(self.heads[name](x))
        return self.last(x.mean((2, 3))), *heads


def googlenet(modules: Sequence[str] = tuple(MODULES), *, size: int = 224) -> nn.Module:
    """Szegedy et al. 2015, with both auxiliary classifiers."""
    return GoogLeNet(modules, size)


class Dense(nn.Module):
    """Huang et al. 2017, section 3: batch norm, ReLU and convolution, 1x1 and then 3x3; its input is kept beside."""

    def __init__(self, before: int, growth: int) -> None:
        super().__init__()
        inner = 4 * growth
        self.body = nn.Sequential(
            *(nn.BatchNorm2d(before), nn.ReLU(), nn.Conv2d(before, inner, 1, bias=False)),
            *(nn.BatchNorm2d(inner), nn.ReLU(), nn.Conv2d(inner, growth, 3, padding=1, bias=False)),
        )

    def forward(self, x: Tensor) -> Tensor:
        """Input and new channels."""
        return torch.cat([x, self.body(x)], 1)


def densenet121(depth: Sequence[int] = (6, 12, 24, 16), *, growth: int = 32) -> nn.Module:
    """Huang et al. 2017, table 1, with compression 0.5."""
    width = 2 * growth
    layers: list[nn.Module] = [nn.Conv2d(3, width, 7, 2, padding=3, bias=False), nn.BatchNorm2d(width)]
    layers += [nn.ReLU(), nn.MaxPool2d(3, 2, padding=1)]
    for stage, count in enumerate(depth):
        for _ in range(count):
            layers.append(Dense(width, growth))
            width += growth
        layers += [nn.BatchNorm2d(width), nn.ReLU()]
        if stage < len(depth) - 1:
            layers += [nn.Conv2d(width, width // 2, 1, bias=False), nn.AvgPool2d(2)]
            width //= 2
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(width, 1000))


def twice(before: int, width: int) -> nn.Module:
    """Two 3x3 convolutions without padding."""
    return nn.Sequential(active(before, width, 3, padding=0), active(width, width, 3, padding=0))


class Level(nn.Module):
    """Ronneberger et al. 2015, figure 1: what lies below one of its grey arrows, and what the arrow joins it to."""

    def __init__(self, width: int, below: nn.Module) -> None:
        super().__init__()
        self.down = nn.MaxPool2d(2)
        self.below = below
        self.up = nn.ConvTranspose2d(2 * width, width, 2, 2)
        self.joined = twice(2 * width, width)

    def forward(self, x: Tensor) -> Tensor:
        """The middle of `x` behind what comes up."""
        y = self.up(self.below(self.down(x)))
        low = (x.shape[2] - y.shape[2]) // 2
        middle = x[:, :, low : low + y.shape[2], low : low + y.shape[3]]
        return self.joined(torch.cat([y, middle], 1))


def unet(width: int = 64) -> nn.Module:
    """Ronneberger et al. 2015, figure 1, for two classes; `width` is that of the first level."""
    below: nn.Module = twice(8 * width, 16 * width)
    for factor in (8, 4, 2):
        below = nn.Sequential(twice(factor * width // 2, factor * width), Level(factor * width, below))
    return nn.Sequential(twice(1, width), Level(width, below), nn.Conv2d(width, 2, 1))
