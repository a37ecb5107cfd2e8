"""A section of the inspector that shows part of the workspace's state."""

from __future__ import annotations

from typing import ClassVar

from eventglass.widgets.controls.section import FoldSection


class ControlSection(FoldSection):
    """Subclasses say which fields of the workspace they show, and show them in `sync`."""

    fields: ClassVar[frozenset[str]] = frozenset()

    def sync(self) -> None:
        """Show the state of the workspace."""
        raise NotImplementedError
