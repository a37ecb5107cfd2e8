"""The menus of logs: those that are open, and those that were."""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMenu, QWidget

from eventglass.widgets.panels.panel import show_menu
from eventglass.widgets.panels.welcome import shown_path

if TYPE_CHECKING:
    from eventglass.app.models.session import Session
    from eventglass.widgets.menus import Menus


class RootMenus(QObject):
    """Fills the menu of recent logs and opens that of the logs that are open."""

    def __init__(self, session: Session, recent: QMenu, parent: QWidget) -> None:
        super().__init__(parent)
        self._session = session
        self._recent = recent
        recent.aboutToShow.connect(self._fill_recent)

    def open_below(self, button: QWidget, menus: Menus) -> None:
        """Open the menu of the logs that are open."""
        menu = QMenu(button)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        roots = [root for root in self._session.store.roots if not root.closed]
        copy = QGuiApplication.clipboard().setText
        for root in roots:
            path = os.fspath(root.path)
            submenu = menu.addMenu(_entry(path))
            submenu.addAction("Copy path").triggered.connect(partial(copy, path))
            close = partial(self._session.close_root, root.id)
            submenu.addAction("Close").triggered.connect(close)
        if roots:
            menu.addSeparator()
        for command_id in ("file.open_folder", "file.open_file", "file.open_sample"):
            menu.addAction(menus.action(command_id))
        menu.addMenu(self._recent)
        if len(roots) > 1:
            menu.addSeparator()
            menu.addAction(menus.action("file.close_all"))
        show_menu(menu, button, button.rect().bottomLeft())

    def _fill_recent(self) -> None:
        menu = self._recent
        menu.clear()
        recents = self._session.recents
        for roots in recents:
            text = ", ".join(map(_entry, roots))
            menu.addAction(text).triggered.connect(partial(self._session.open, roots))
        if not recents:
            menu.addAction("Nothing opened yet").setEnabled(False)
        else:
            menu.addSeparator()
            menu.addAction("Forget these").triggered.connect(self._session.forget_recents)


def _entry(path: str) -> str:
    """A path as it may stand in a menu, where "&" would mark the next letter."""
    return shown_path(path).replace("&", "&&")
