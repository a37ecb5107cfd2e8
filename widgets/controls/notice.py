"""A line above the views that tells something once, and goes away when told to."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QWidget

from eventglass.app.models.theme import Theme
from eventglass.widgets.controls.buttons import IconButton, PillButton
from eventglass.widgets.controls.empty import Glyph

#: More lines than these are cut; the oldest go first.
MOST = 4


class Notice(QFrame):
    """Holds the last few messages; each new one shows it again."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("notice")
        self._theme = theme
        self._lines: list[str] = []
        self._offer: PillButton | None = None
        self._text = QLabel()
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        self._text.setWordWrap(True)
        self._text.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        close = IconButton(theme, "close", "Dismiss", self, size_px=14)
        close.clicked.connect(self.dismiss)
        self._row = row = QHBoxLayout(self)
        row.setContentsMargins(16, 6, 8, 6)
        row.setSpacing(10)
        row.addWidget(Glyph(theme, "info", 16, "accent"))
        row.addWidget(self._text, 1)
        row.addWidget(close)
        self.hide()

    def tell(self, text: str) -> None:
        """Show a message, below those not dismissed yet; not the same one twice."""
        if text not in self._lines:
            self._lines = [*self._lines, text][-MOST:]
        self._text.setText("\n".join(self._lines))
        self.setAccessibleName(text)
        self.show()

    def offer(self, text: str, title: str, action: Callable[[], object]) -> None:
        """Show a message with a button that does something about it, and dismisses it."""
        self._withdraw()
        button = self._offer = PillButton(self._theme, title)
        button.clicked.connect(self.dismiss)
        button.clicked.connect(action)
        self._row.insertWidget(self._row.count() - 1, button)
        button.show()
        self.tell(text)

    def dismiss(self) -> None:
        """Forget all messages."""
        self._lines = []
        self._withdraw()
        self.hide()

    def _withdraw(self) -> None:
        if self._offer is not None:
            self._offer.hide()
            self._offer.deleteLater()
            self._offer = None
