"""The box one types a filter into: a magnifier, the text, and a note at its right end."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QFontMetrics, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from eventglass.app.models.theme import Theme
from eventglass.app.models.workspace import is_valid_filter
from eventglass.widgets.controls.icons import paint_icon


class FilterBox(QLineEdit):
    """A regular expression; one that is not valid is marked and taken literally."""

    #: The user changed the text.
    edited = Signal(str)
    #: Return was pressed.
    confirmed = Signal()
    #: Arrow down was pressed: on to what is filtered.
    left_downwards = Signal()

    def __init__(
        self, theme: Theme, placeholder: str, note: str = "", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._note = note
        self.setObjectName("filterBox")
        self.setPlaceholderText(placeholder)
        self.setAccessibleName(placeholder)
        self.setFixedHeight(28)
        self.setClearButtonEnabled(False)
        self._fit_margins()
        self.textEdited.connect(self._tell)
        self.textChanged.connect(self._check)
        self.returnPressed.connect(self.confirmed)
        theme.changed.connect(self.update)

    def set_note(self, note: str) -> None:
        """Change the text at the right end."""
        if note != self._note:
            self._note = note
            self._fit_margins()
            self.update()

    def set_text(self, text: str) -> None:
        """Show a text without telling of it; the cursor stays when it is the same."""
        if text != self.text():
            self.setText(text)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape empties the box, and once empty gives the focus away."""
        if event.key() == Qt.Key.Key_Escape and self.text():
            self.clear()
            self.edited.emit("")
        elif event.key() == Qt.Key.Key_Escape:
            self.clearFocus()
        elif event.key() == Qt.Key.Key_Down:
            self.left_downwards.emit()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Add magnifier and note to what Qt draws."""
        super().paintEvent(event)
        with QPainter(self) as painter:
            muted = self._theme.colour("text_muted")
            paint_icon(painter, QRectF(9, 0, 16, self.height()), "search", muted, 16)
            if self._note:
                painter.setFont(self._theme.font(11, tabular=True))
                painter.setPen(muted)
                box = QRectF(0, 0, self.width() - 9, self.height())
                flags = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
                painter.drawText(box, flags, self._note)

    def _fit_margins(self) -> None:
        width = QFontMetrics(self._theme.font(11)).horizontalAdvance(self._note)
        self.setTextMargins(21, 0, width + 6 if self._note else 0, 0)

    def _tell(self, text: str) -> None:
        self.edited.emit(text)

    def _check(self, text: str) -> None:
        valid = is_valid_filter(text)
        self.setToolTip("" if valid else "Not a regular expression: taken as plain text")
        if self.property("invalid") != (not valid):
            self.setProperty("invalid", not valid)
            self.style().polish(self)
