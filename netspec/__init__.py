"""netspec: a convolutional network written as on a whiteboard, checked, and compiled.

    >>> import netspec
    >>> net = netspec.load("vgg16")
    >>> net.input, net.output
    (Shape(sizes=(224, 224, 3), tokens=None), Shape(sizes=(1000,), tokens=None))

`load` gives a `Network` or raises `SpecError`; `check` gives the findings and never raises for a bad spec; `compile`
gives a `Model` of JAX functions; `train` a run of training.
Importing netspec is instant: what a name needs is imported when it is first used.
"""

from typing import TYPE_CHECKING, Any

from netspec.version import __version__ as __version__

if TYPE_CHECKING:
    from netspec.analyzed import Analysis as Analysis
    from netspec.diagnostics import Finding as Finding, Severity as Severity, SpecError as SpecError
    from netspec.engine.checks import MismatchError as MismatchError
    from netspec.engine.model import Model as Model
    from netspec.engine.weights import load_weights as load_weights, save_weights as save_weights
    from netspec.engine.weights_file import WeightsError as WeightsError
    from netspec.graph.node import Graph as Graph, Node as Node
    from netspec.language.limits import Limits as Limits
    from netspec.layers.base import Shape as Shape
    from netspec.network import (
        Network as Network,
        check as check,
        compile as compile,  # noqa: A004
        load as load,
        resume as resume,
        train as train,
    )
    from netspec.training.data.dataset import Arrays as Arrays, Dataset as Dataset
    from netspec.training.faults import TrainError as TrainError

_HOMES = {
    "Analysis": "netspec.analyzed",
    "Arrays": "netspec.training.data.dataset",
    "Dataset": "netspec.training.data.dataset",
    "Finding": "netspec.diagnostics",
    "Graph": "netspec.graph.node",
    "Limits": "netspec.language.limits",
    "MismatchError": "netspec.engine.checks",
    "Model": "netspec.engine.model",
    "Network": "netspec.network",
    "Node": "netspec.graph.node",
    "Severity": "netspec.diagnostics",
    "Shape": "netspec.layers.base",
    "SpecError": "netspec.diagnostics",
    "TrainError": "netspec.training.faults",
    "WeightsError": "netspec.engine.weights_file",
    "check": "netspec.network",
    "compile": "netspec.network",
    "load": "netspec.network",
    "load_weights": "netspec.engine.weights",
    "resume": "netspec.network",
    "save_weights": "netspec.engine.weights",
    "train": "netspec.network",
}

__all__ = [  # noqa: PLE0604  the public face is the table above
    *_HOMES,
    "__version__",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'netspec' has no attribute {name!r}")
    from importlib import import_module  # noqa: PLC0415  the face is lazy

    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
