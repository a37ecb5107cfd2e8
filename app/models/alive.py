"""Callbacks that outlive what they call: a task may be done when its asker is gone."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject
from shiboken6 import isValid


def alive(asker: QObject, callback: Callable[..., object]) -> Callable[..., None]:
    """Return a callback that does nothing once `asker` was destroyed."""

    def call(*values: object) -> None:
        if isValid(asker):
            callback(*values)

    return call
