"""The frame of a panel: a dock with a title bar of our own, a bold title and small buttons."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QSize, Qt
from PySide6.QtGui import QAction, QContextMenuEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QDockWidget, QHBoxLayout, QLabel, QMenu, QSizePolicy, QWidget

from eventglass.app.models.theme import Theme
from eventglass.widgets.controls.buttons import IconButton

TITLE_PX = 32


class DockTitle(QWidget):
    """Title bar of a dock: drags it, floats it on a double click, holds small buttons."""

    def __init__(self, dock: QDockWidget) -> None:
        super().__init__(dock)
        self._dock = dock
        self.setObjectName("dockTitle")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedHeight(TITLE_PX)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        title = QLabel(dock.windowTitle())
        title.setObjectName("dockTitleText")
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(10, 2, 6, 0)
        self._row.setSpacing(1)
        self._row.addWidget(title)
        self._row.addStretch(1)
        dock.windowTitleChanged.connect(title.setText)

    def add_button(self, button: QWidget) -> None:
        """Add a small button at the right end."""
        self._row.addWidget(button)

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


class FramedDock(QDockWidget):
    """A dock that has a line around it while it floats: its own title bar leaves it without one."""

    def __init__(self, title: str, theme: Theme, parent: QWidget) -> None:
        super().__init__(title, parent)
        self._theme = theme
        self.topLevelChanged.connect(self._frame)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the line."""
        if self.isFloating():
            with QPainter(self) as painter:
                painter.fillRect(self.rect(), self._theme.colour("surface"))
                painter.setPen(self._theme.colour("scroll"))
                painter.drawRect(self.rect().adjusted(0, 0, -1, -1))

    def _frame(self, floating: bool) -> None:
        margin = 1 if floating else 0
        self.setContentsMargins(margin, margin, margin, margin)


class PanelDock(FramedDock):
    """A dock for one panel, empty until `fill`.

    ``closable_here`` adds a button to its title bar that closes it.
    """

    def __init__(
        self, name: str, title: str, theme: Theme, parent: QWidget, *, closable_here: bool = False
    ) -> None:
        super().__init__(title, theme, parent)
        self.setObjectName(name)
        self._title = DockTitle(self)
        if closable_here:
            close = IconButton(theme, "close", f"Hide {title.lower()}", self, size_px=14)
            close.clicked.connect(self.close)
            self._title.add_button(close)
        self.setTitleBarWidget(self._title)
        self.setWidget(_ground(QWidget()))

    def fill(self, content: QWidget, *buttons: QWidget) -> None:
        """Put in the panel, and its small buttons into the title bar."""
        empty = self.widget()
        self.setWidget(_ground(content))
        empty.deleteLater()
        for button in buttons:
            self._title.add_button(button)


def _ground(widget: QWidget) -> QWidget:
    widget.setObjectName("panel")
    widget.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
    return widget


def show_menu(menu: QMenu, widget: QWidget, position: QPoint) -> None:
    """Open a context menu at a position of a widget and let it go afterwards."""
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    menu.popup(widget.mapToGlobal(position))
