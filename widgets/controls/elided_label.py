"""A muted line of text that is cut where the room ends."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from eventglass.app.models.theme import Theme
from eventglass.app.models.tool_tips import plain_tip


class ElidedLabel(QLabel):
    """One muted line that is cut where the room ends; the tool tip has all of it."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._full = ""
        self.setObjectName("muted")
        self.setFont(theme.font(12, tabular=True))
        self.setMinimumWidth(20)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(18)

    def set_line(self, text: str, tool_tip: str = "") -> None:
        """Show a line of plain text."""
        self._full = text
        self.setToolTip(plain_tip(tool_tip))
        self.setAccessibleName(tool_tip or text)
        self._elide()

    def line(self) -> str:
        """All of it."""
        return self._full

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Cut it anew."""
        super().resizeEvent(event)
        self._elide()

    def _elide(self) -> None:
        self.setTextFormat(Qt.TextFormat.PlainText)
        room = max(self.width(), 20)
        self.setText(self.fontMetrics().elidedText(self._full, Qt.TextElideMode.ElideRight, room))
