"""The networks in plain PyTorch, and their step: eager in either memory format, or with `torch.compile`."""

from collections.abc import Callable
from functools import partial
from typing import Any

import torch
from job import LEARNING_RATE, MOMENTUM, Built, Job, arrays
from peers.widths import EMBEDDING, FILTERS, MOBILENET, RESNETS, UNET, VGG16, WINDOWS
from torch import Tensor, nn
from torch.nn import functional

_DEVICE = torch.device("cuda" if torch.cuda.is_available() else "cpu")


def _unit(before: int, width: int, kernel: int, stride: int = 1, groups: int = 1) -> nn.Sequential:
    """A convolution without a bias, and batch norm."""
    conv = nn.Conv2d(before, width, kernel, stride, kernel // 2, groups=groups, bias=False)
    return nn.Sequential(conv, nn.BatchNorm2d(width))


def _relu() -> nn.ReLU:
    return nn.ReLU(inplace=True)


class Bottleneck(nn.Module):
    """ResNet's block, with a projection where the shape changes."""

    def __init__(self, before: int, width: int, stride: int) -> None:
        super().__init__()
        body = (_unit(before, width, 1), _relu(), _unit(width, width, 3, stride), _relu())
        self.body = nn.Sequential(*body, _unit(width, 4 * width, 1))
        same = stride == 1 and before == 4 * width
        self.shortcut = nn.Identity() if same else _unit(before, 4 * width, 1, stride)
        self.relu = _relu()

    def forward(self, x: Tensor) -> Tensor:
        """The sum of body and shortcut."""
        return self.relu(self.body(x) + self.shortcut(x))


def resnet(depth: tuple[int, ...], classes: int) -> nn.Module:
    """A ResNet with so many bottlenecks a stage."""
    layers: list[nn.Module] = [_unit(3, 64, 7, 2), _relu(), nn.MaxPool2d(3, 2, 1)]
    before = 64
    for stage, count in enumerate(depth):
        for block in range(count):
            layers.append(Bottleneck(before, 64 * 2**stage, 2 if stage and not block else 1))
            before = 256 * 2**stage
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(before, classes))


def mobilenet(classes: int) -> nn.Module:
    """MobileNet v1."""
    layers: list[nn.Module] = [_unit(3, 32, 3, 2), _relu()]
    before = 32
    for width, stride in MOBILENET:
        layers += [_unit(before, before, 3, stride, before), _relu(), _unit(before, width, 1), _relu()]
        before = width
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(before, classes))


def vgg16(classes: int) -> nn.Module:
    """VGG-16."""
    layers: list[nn.Module] = []
    before = 3
    for width, count in VGG16:
        for _ in range(count):
            layers += [nn.Conv2d(before, width, 3, padding=1), _relu()]
            before = width
        layers.append(nn.MaxPool2d(2))
    layers.append(nn.Flatten())
    for before in (7 * 7 * 512, 4096):
        layers += [nn.Linear(before, 4096), _relu(), nn.Dropout()]
    return nn.Sequential(*layers, nn.Linear(4096, classes))


def lenet5(classes: int) -> nn.Module:
    """LeNet-5 in its common modern form."""
    first = (nn.Conv2d(1, 6, 5, padding=2), _relu(), nn.MaxPool2d(2))
    second = (nn.Conv2d(6, 16, 5), _relu(), nn.MaxPool2d(2), nn.Flatten())
    head = (nn.Linear(400, 120), _relu(), nn.Linear(120, 84), _relu(), nn.Linear(84, classes))
    return nn.Sequential(*first, *second, *head)


class UNet(nn.Module):
    """U-Net with padding."""

    def __init__(self, classes: int) -> None:
        super().__init__()
        widths = UNET[-2::-1]
        self.down = nn.ModuleList(self.twice(*pair) for pair in zip((1, *UNET), UNET, strict=False))
        self.up = nn.ModuleList(nn.ConvTranspose2d(2 * width, width, 2, 2) for width in widths)
        self.after = nn.ModuleList(self.twice(2 * width, width) for width in widths)
        self.pool, self.dropout = nn.MaxPool2d(2), nn.Dropout()
        self.last = nn.Conv2d(UNET[0], classes, 1)

    @staticmethod
    def twice(before: int, width: int) -> nn.Module:
        """Two convolutions."""
        one, two = nn.Conv2d(before, width, 3, padding=1), nn.Conv2d(width, width, 3, padding=1)
        return nn.Sequential(one, _relu(), two, _relu())

    def forward(self, x: Tensor) -> Tensor:
        """The scores of each pixel."""
        x, skips = self.down[0](x), []
        for block in self.down[1:]:
            skips.append(x)
            x = block(self.pool(x))
        x = self.dropout(x)
        for up, after in zip(self.up, self.after, strict=True):
            x = after(torch.cat([skips.pop(), up(x)], 1))
        return self.last(x)


class TextCnn(nn.Module):
    """Kim's network for sentences."""

    def __init__(self, tokens: int, classes: int) -> None:
        super().__init__()
        self.embed = nn.Embedding(tokens, EMBEDDING)
        self.windows = nn.ModuleList(nn.Conv1d(EMBEDDING, FILTERS, words) for words in WINDOWS)
        self.dropout = nn.Dropout()
        self.last = nn.Linear(FILTERS * len(WINDOWS), classes)

    def forward(self, x: Tensor) -> Tensor:
        """The scores of each sentence."""
        x = self.embed(x).transpose(1, 2)
        x = torch.cat([functional.relu(window(x)).amax(2) for window in self.windows], 1)
        return self.last(self.dropout(x))


def network(job: Job) -> nn.Module:
    """The network of that name."""
    torch.manual_seed(0)
    makers: dict[str, Callable[[int], nn.Module]]
    makers = {name: partial(resnet, depth) for name, depth in RESNETS.items()}
    makers |= {"lenet5": lenet5, "vgg16": vgg16, "mobilenet": mobilenet, "unet": UNet}
    makers["kim_text"] = partial(TextCnn, job.tokens)
    return makers[job.network](job.classes)


def build(job: Job) -> Built:
    """The network and its step. `job.form`: `eager`, `channels_last`, or `compiled`, which is channels last too."""
    torch.backends.cudnn.benchmark = True
    model = network(job).to(_DEVICE)
    x, y = (torch.from_numpy(array).to(_DEVICE) for array in arrays(job))
    if x.ndim == 4:
        wanted = torch.contiguous_format if job.form == "eager" else torch.channels_last
        model, x = model.to(memory_format=wanted), x.permute(0, 3, 1, 2).contiguous(memory_format=wanted)
    parameters = sum(parameter.numel() for parameter in model.parameters())
    run = torch.compile(model) if job.form == "compiled" else model
    cast = partial(torch.autocast, _DEVICE.type, torch.bfloat16, enabled=job.mixed)
    if job.forward:
        model.eval()
        return Built(parameters, partial(_infer, run, x, cast))
    optimizer = torch.optim.SGD(model.parameters(), LEARNING_RATE, momentum=MOMENTUM)
    return Built(parameters, partial(_train, run, optimizer, x, y.long(), cast))


@torch.inference_mode()
def _infer(model: nn.Module, x: Tensor, cast: Callable[[], Any]) -> Tensor:
    with cast():
        scores = model(x)
    if scores.is_cuda:
        torch.cuda.synchronize()
    return scores


def _train(
    model: nn.Module, optimizer: torch.optim.Optimizer, x: Tensor, y: Tensor, cast: Callable[[], Any]
) -> float:
    with cast():
        loss = functional.cross_entropy(model(x), y)
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
    if loss.is_cuda:
        torch.cuda.synchronize()
    return loss.item()


def device() -> str:
    """What it runs on."""
    return torch.cuda.get_device_name() if _DEVICE.type == "cuda" else "cpu"


def gpu_peak_bytes() -> int:
    """Its memory in use at its highest."""
    return torch.cuda.max_memory_allocated()
