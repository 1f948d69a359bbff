"""Epochs in PyTorch: eager, in either memory format, with a DataLoader. The form is `FORMAT WORKERS`."""

import numpy as np
import torch
from job import ADAM_RATE, Built, Job, standardized
from peers.torch_nets import device, gpu_peak_bytes, network
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.data import DataLoader, TensorDataset

__all__ = ["build", "device", "gpu_peak_bytes"]


def build(job: Job) -> Built:
    """The network, and an epoch over a DataLoader without the last, smaller batch."""
    kind, workers = job.form.split()
    memory_format = torch.channels_last if kind == "channels_last" else torch.contiguous_format
    model = network(job).to(memory_format=memory_format)
    optimizer = torch.optim.Adam(model.parameters(), ADAM_RATE)
    loader = DataLoader(
        _tensors(job, "train"),
        batch_size=job.batch,
        shuffle=True,
        drop_last=True,
        num_workers=int(workers),
        persistent_workers=workers != "0",
    )
    parameters = sum(parameter.numel() for parameter in model.parameters())

    def epoch() -> float:
        total = torch.zeros(())
        for x, y in loader:
            loss = functional.cross_entropy(model(x.to(memory_format=memory_format)), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.detach()
        return total.item() / len(loader)

    return Built(parameters, epoch, lambda: _accuracy(model, *_tensors(job, "test").tensors))


def _tensors(job: Job, part: str) -> TensorDataset:
    x, y = standardized(job, part)
    return TensorDataset(torch.from_numpy(np.moveaxis(x, -1, 1).copy()), torch.from_numpy(y).long())


@torch.inference_mode()
def _accuracy(model: nn.Module, x: Tensor, y: Tensor) -> float:
    return float((model(x).argmax(-1) == y).float().mean())
