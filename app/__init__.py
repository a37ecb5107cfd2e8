"""Eventglass without a window: open log directories from a script.

`load` reads a log directory and returns it; NumPy is imported when it is first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from eventglass.app.core.log import load

__all__ = ["load"]


def __getattr__(name: str) -> Any:
    if name == "load":
        from eventglass.app.core.log import load

        return load
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
