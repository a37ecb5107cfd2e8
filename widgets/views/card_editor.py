"""A line of text edited inside a card: a note at a step, a title."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QLineEdit, QWidget

from eventglass.app.models.theme import Theme
from eventglass.widgets.controls.buttons import Toggle

WIDTH_PX = 320


class CardEditor(QFrame):
    """A small field above a card. Return and leaving it take the text, Escape drops it.

    Parameters
    ----------
    question
        What is asked for: placeholder and accessible name.
    toggle
        Text of a switch beside the field, or empty for none; ``on`` is how it stands at first.
    """

    #: The text and how the switch stands; once, and not when it was dropped.
    committed = Signal(str, bool)
    #: It is closed, whether or not the text was taken.
    closed = Signal()

    def __init__(
        self,
        theme: Theme,
        parent: QWidget,
        question: str,
        text: str = "",
        toggle: str = "",
        on: bool = False,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("palette")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.field = QLineEdit(text)
        self.field.setPlaceholderText(question)
        self.field.setAccessibleName(question)
        self.field.setFixedHeight(26)
        self.field.selectAll()
        row = QHBoxLayout(self)
        row.setContentsMargins(6, 6, 6, 6)
        row.setSpacing(8)
        row.addWidget(self.field, 1)
        self.toggle = Toggle(theme, toggle) if toggle else None
        if self.toggle is not None:
            self.toggle.setChecked(on)
            label = QLabel(toggle)
            label.setObjectName("muted")
            label.setBuddy(self.toggle)
            row.addWidget(self.toggle)
            row.addWidget(label)
            self.toggle.installEventFilter(self)
        self.field.installEventFilter(self)
        self._done = False

    def open_at(self, x: int, y: int) -> None:
        """Show it there, moved as far as needed to lie inside the parent."""
        parent = self.parentWidget() or self
        hint = self.sizeHint()
        wide = min(max(WIDTH_PX, hint.width()), parent.width() - 8)
        self.resize(wide, hint.height())
        self.move(
            max(4, min(x, parent.width() - wide - 4)),
            max(4, min(y, parent.height() - hint.height() - 4)),
        )
        self.show()
        self.raise_()
        self.field.setFocus(Qt.FocusReason.PopupFocusReason)

    def drop(self) -> None:
        """Close without taking the text."""
        self._close(taken=False)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Return takes the text, Escape drops it, the focus leaving both parts takes it."""
        kind = event.type()
        if kind in (QEvent.Type.ShortcutOverride, QEvent.Type.KeyPress):
            assert isinstance(event, QKeyEvent)
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape):
                event.accept()
                if kind == QEvent.Type.KeyPress:
                    self._close(taken=event.key() != Qt.Key.Key_Escape)
                return True
            if kind == QEvent.Type.ShortcutOverride and watched is self.field:
                # What is typed here are letters, not the window's keys.
                event.accept()
                return True
        elif kind == QEvent.Type.FocusOut and not self.isAncestorOf(
            self.window().focusWidget() or self
        ):
            self._close(taken=True)
        return False

    def _close(self, *, taken: bool) -> None:
        if self._done:
            return
        self._done = True
        self.closed.emit()
        back = self.parentWidget()
        self.hide()
        if self.field.hasFocus() and back is not None:
            back.setFocus(Qt.FocusReason.OtherFocusReason)
        if taken:
            self.committed.emit(
                self.field.text().strip(), self.toggle is not None and self.toggle.isChecked()
            )
        self.deleteLater()
