"""What macOS asks to open: files dropped on the icon in the Dock, or chosen for Open With."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QFileOpenEvent

if TYPE_CHECKING:
    from eventglass.widgets.main_window import MainWindow


class FileEvents(QObject):
    """Opens in a window what the application is asked to open."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        """Open what is named; all other events go their way."""
        if event.type() != QEvent.Type.FileOpen or not isinstance(event, QFileOpenEvent):
            return False
        if event.file():
            self._window.open_paths([event.file()], reveal=True)
            self._window.come_to_front()
        return True
