"""Which of Qt's own messages reach the log; the only place that sets the rules for them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from PySide6.QtCore import QLoggingCategory

# Qt has one set of rules for the process, and setting some replaces all that were set before.
_rules: dict[str, None] = {}


def silence(*rules: str) -> None:
    """Keep messages away from now on: patterns such as ``qt.gui.imageio*``."""
    _rules.update((f"{rule}=false", None) for rule in rules)
    QLoggingCategory.setFilterRules("\n".join(_rules))


@contextmanager
def silenced(*rules: str) -> Iterator[None]:
    """Keep messages away for a while."""
    QLoggingCategory.setFilterRules("\n".join([*_rules, *(f"{rule}=false" for rule in rules)]))
    try:
        yield
    finally:
        QLoggingCategory.setFilterRules("\n".join(_rules))
