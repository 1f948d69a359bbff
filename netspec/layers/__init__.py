"""The layers of the language, a family a file; importing the package registers every one of them."""

from importlib import import_module
from pkgutil import iter_modules

from netspec.layers.base import KINDS as KINDS, Layer as Layer, Parameter as Parameter, Shape as Shape

for _module in iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")
