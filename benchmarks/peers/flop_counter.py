"""PyTorch's own counter of FLOPs on VGG-16, without any array being made."""

import torch
from torch.utils.flop_counter import FlopCounterMode
from vgg16_torch import image, vgg16

with torch.device("meta"), torch.no_grad():
    network = vgg16().eval()
    with FlopCounterMode(display=False) as counter:
        network(image())
for name, flops in counter.get_flop_counts().items():
    print(name, sum(flops.values()))
print("parameters", sum(parameter.numel() for parameter in network.parameters()))
