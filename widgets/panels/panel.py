"""The frame of a panel: a dock with a title bar of our own, a bold title and small buttons."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QSize, Qt
from PySide6.QtGui import QAction, QContextMenuEvent
from PySide6.QtWidgets import QDockWidget, QHBoxLayout, QLabel, QMenu, QSizePolicy, QWidget

from eventglass.app.models.theme import Theme
from eventglass.widgets.controls.buttons import IconButton

TITLE_PX = 32


class DockTitle(QWidget):
    """Title bar of a dock: drags it, floats it on a double click, holds small buttons."""

    def __init__(self, dock: QDockWidget, theme: Theme, *buttons: QWidget) -> None:
        super().__init__(dock)
        self._dock = dock
        self.setObjectName("dockTitle")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedHeight(TITLE_PX)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        title = QLabel(dock.windowTitle())
        title.setObjectName("dockTitleText")
        row = QHBoxLayout(self)
        row.setContentsMargins(10, 2, 6, 0)
        row.setSpacing(1)
        row.addWidget(title)
        row.addStretch(1)
        for button in buttons:
            row.addWidget(button)
        dock.windowTitleChanged.connect(title.setText)

    def sizeHint(self) -> QSize:
        """Return the height all title bars have."""
        return QSize(120, TITLE_PX)

    def minimumSizeHint(self) -> QSize:
        """Return the height all title bars have; a dock goes by this."""
        return QSize(60, TITLE_PX)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Offer floating and closing."""
        menu = QMenu(self)
        text = "Put back" if self._dock.isFloating() else "Float"
        menu.addAction(text).triggered.connect(self._toggle_floating)
        menu.addAction(self._closing(menu))
        menu.exec(event.globalPos())

    def _closing(self, menu: QMenu) -> QAction:
        action = QAction(f"Hide {self._dock.windowTitle().lower()}", menu)
        action.triggered.connect(self._dock.close)
        return action

    def _toggle_floating(self) -> None:
        self._dock.setFloating(not self._dock.isFloating())


class PanelDock(QDockWidget):
    """A dock for one panel.

    ``buttons`` stand at the right end of its title bar; a closing one is added when
    ``closable_here`` says so.
    """

    def __init__(
        self,
        name: str,
        title: str,
        theme: Theme,
        content: QWidget,
        parent: QWidget,
        *buttons: QWidget,
        closable_here: bool = False,
    ) -> None:
        super().__init__(title, parent)
        self.setObjectName(name)
        content.setObjectName("panel")
        content.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        extra: tuple[QWidget, ...] = ()
        if closable_here:
            close = IconButton(theme, "close", f"Hide {title.lower()}", self, size_px=14)
            close.clicked.connect(self.close)
            extra = (close,)
        self.setTitleBarWidget(DockTitle(self, theme, *buttons, *extra))
        self.setWidget(content)


def show_menu(menu: QMenu, widget: QWidget, position: QPoint) -> None:
    """Open a context menu at a position of a widget and let it go afterwards."""
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    menu.popup(widget.mapToGlobal(position))
