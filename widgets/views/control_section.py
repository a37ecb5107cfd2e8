"""Sections of the inspector that show parts of the workspace's state."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from PySide6.QtWidgets import QVBoxLayout, QWidget

from eventglass.app.models.workspace import FIELDS, Workspace
from eventglass.widgets.controls.section import FoldSection


class ControlSection(FoldSection):
    """Subclasses say which fields of the workspace they show, and show them in `sync`."""

    fields: ClassVar[frozenset[str]] = frozenset()

    def sync(self) -> None:
        """Show the state of the workspace."""
        raise NotImplementedError


class SectionColumn(QWidget):
    """Sections one below the other, below `top` if there is one, that follow the workspace."""

    def __init__(
        self, workspace: Workspace, sections: Sequence[ControlSection], top: QWidget | None = None
    ) -> None:
        super().__init__()
        self._sections = tuple(sections)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        if top is not None:
            column.addWidget(top)
        for section in self._sections:
            column.addWidget(section)
        workspace.changed.connect(self._follow)
        self._follow(FIELDS)

    def sections(self) -> tuple[ControlSection, ...]:
        """The sections."""
        return self._sections

    def _follow(self, names: frozenset[str]) -> None:
        for section in self._sections:
            if names & section.fields:
                section.sync()
