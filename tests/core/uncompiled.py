"""Loads the hot modules from their sources, as they run where no compiler was."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import eventglass.app.core.compute as package


def load_uncompiled(name: str, with_cython: bool = False) -> ModuleType:
    """Import `eventglass.app.core.compute.<name>` uncompiled, under another name.

    Without `with_cython` it runs on the stand-in for ``cython``, as users have it.
    """
    source = Path(package.__path__[0]) / f"{name}.py"
    own_name = f"uncompiled_{name}_{int(with_cython)}"
    if own_name in sys.modules:
        return sys.modules[own_name]
    spec = importlib.util.spec_from_file_location(own_name, source)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[own_name] = module
    hidden = sys.modules.get("cython")
    if not with_cython:
        sys.modules["cython"] = None  # type: ignore[assignment]
    try:
        spec.loader.exec_module(module)
    finally:
        if not with_cython:
            if hidden is None:
                del sys.modules["cython"]
            else:
                sys.modules["cython"] = hidden
    return module
