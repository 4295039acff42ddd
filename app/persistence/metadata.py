"""The whole schema in one place: importing every room of this floor fills `Row.metadata`."""

import pkgutil
from importlib import import_module

import app.persistence as floor


def load_rows() -> None:
    for module in pkgutil.walk_packages(floor.__path__, prefix=f"{floor.__name__}."):
        import_module(module.name)
