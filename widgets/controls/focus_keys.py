"""Keys of buttons: Space and Return press the one that has the focus, whatever else they mean.

Qt gives a key to the window's shortcuts first, unless the focused widget claims it; its buttons
claim none, and Space plays through the steps.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractButton, QApplication, QComboBox, QDialog, QWidget

_KEYS = frozenset({Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter})


class FocusKeys(QObject):
    """Watches the button or the choice that has the focus, and nothing else."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        application.focusChanged.connect(self._focus_changed)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Claim Space and Return; Return presses as Space does."""
        if not isinstance(event, QKeyEvent) or event.key() not in _KEYS:
            return False
        if event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            return False
        if event.type() == QEvent.Type.ShortcutOverride:
            event.accept()
            return True
        if event.type() == QEvent.Type.KeyPress and event.key() != Qt.Key.Key_Space:
            if isinstance(watched, QAbstractButton):
                watched.click()
                return True
            if isinstance(watched, QComboBox):
                watched.showPopup()
                return True
        return False

    def _focus_changed(self, old: QWidget | None, new: QWidget | None) -> None:
        if isinstance(old, QAbstractButton | QComboBox):
            old.removeEventFilter(self)
        # A button of a dialog answers to Return by itself: there it may mean the default button.
        if isinstance(new, QAbstractButton | QComboBox) and not isinstance(new.window(), QDialog):
            new.installEventFilter(self)
