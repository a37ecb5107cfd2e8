"""Pages that say what is missing, or what went wrong, and what to do next."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QGuiApplication, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPlainTextEdit, QVBoxLayout, QWidget

from eventglass.app.models.theme import Theme
from eventglass.widgets.controls.buttons import PillButton
from eventglass.widgets.controls.icons import paint_icon


class Glyph(QWidget):
    """An icon alone, in a size of its own."""

    def __init__(self, theme: Theme, name: str, size_px: int, token: str = "text_muted") -> None:
        super().__init__()
        self._theme = theme
        self._name = name
        self._token = token
        self.setFixedSize(QSize(size_px, size_px))
        theme.changed.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The glyph."""
        with QPainter(self) as painter:
            paint_icon(painter, QRectF(self.rect()), self._name, self._theme.colour(self._token))


class EmptyPage(QWidget):
    """Centred: an icon, a line that says what is missing, some lines that say what to do."""

    def __init__(
        self,
        theme: Theme,
        icon_name: str,
        title: str,
        text: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._title = QLabel(title)
        self._title.setObjectName("emptyTitle")
        self._title.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self._title.setWordWrap(True)
        self._text = QLabel(text)
        self._text.setObjectName("emptyText")
        self._text.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self._text.setWordWrap(True)
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.buttons = QHBoxLayout()
        self.buttons.setSpacing(8)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 24, 24, 24)
        column.setSpacing(8)
        column.addStretch(2)
        column.addWidget(Glyph(theme, icon_name, 32), 0, Qt.AlignmentFlag.AlignHCenter)
        column.addSpacing(4)
        column.addWidget(self._title)
        column.addWidget(self._text)
        row = QHBoxLayout()
        row.addStretch()
        row.addLayout(self.buttons)
        row.addStretch()
        column.addSpacing(8)
        column.addLayout(row)
        column.addStretch(3)

    def set_texts(self, title: str, text: str) -> None:
        """Change what it says."""
        self._title.setText(title)
        self._text.setText(text)


class ErrorPage(EmptyPage):
    """A view that failed: what happened, the details to copy, a button to try again."""

    #: The user wants to try again.
    retried = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, "warning", "", "", parent)
        self._details = QPlainTextEdit()
        self._details.setReadOnly(True)
        self._details.setFont(theme.font(12, code=True))
        self._details.setMaximumHeight(220)
        self._details.setAccessibleName("Details of the error")
        retry = PillButton(theme, "Try again", "refresh")
        retry.clicked.connect(self.retried)
        copy = PillButton(theme, "Copy details", "copy")
        copy.clicked.connect(self._copy)
        self.buttons.addWidget(retry)
        self.buttons.addWidget(copy)
        layout = self.layout()
        if isinstance(layout, QVBoxLayout):
            layout.insertWidget(layout.count() - 1, self._details)

    def show_error(self, title: str, message: str, details: str) -> None:
        """Show an error of the view called ``title``."""
        advice = "The other views are not affected. Try again, or copy the details to report it"
        text = f"{message}\n{advice}"
        self.set_texts(f"{title} could not be shown", text)
        self._details.setPlainText(details)

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self._details.toPlainText())
