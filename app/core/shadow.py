"""What the hot modules need of ``cython`` when they run uncompiled and Cython is not installed.

Types and decorators here do nothing and `compiled` is False. Compiled modules never use this.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any

compiled = False


def _same(function: Any) -> Any:
    return function


def _with_arguments(*_arguments: Any, **_options: Any) -> Any:
    return _same


class _Nogil(AbstractContextManager[None]):
    """Works as ``@nogil`` and as ``with nogil:``."""

    def __call__(self, function: Any) -> Any:
        return function

    def __exit__(self, *_details: object) -> None:
        return None


nogil = _Nogil()
cfunc = ccall = inline = cclass = final = _same
boundscheck = wraparound = cdivision = initializedcheck = _with_arguments
returns = exceptval = locals = _with_arguments


def declare(_kind: object = None, value: Any = None, **_kinds: object) -> Any:
    """Return the value; kinds are not enforced."""
    return value


def cast(_kind: object, value: Any, **_options: object) -> Any:
    """Return the value unchanged."""
    return value


def __getattr__(name: str) -> None:
    """Any C type is None here: only declarations name them."""
    if name.startswith("__"):
        raise AttributeError(name)
