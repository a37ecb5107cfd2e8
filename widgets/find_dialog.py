"""The dialog that looks for log directories below a folder."""

from __future__ import annotations

import os
import sys
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QDir, Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QMenu,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from eventglass.app.models.words import count_text, size_text, wall_time_text
from eventglass.widgets.controls.buttons import PillButton
from eventglass.widgets.panels.panel import show_menu
from eventglass.widgets.panels.welcome import shown_path

if TYPE_CHECKING:
    from eventglass.app.core.finding import FoundLogs
    from eventglass.app.models.session import Session
    from eventglass.app.models.tasks import TaskControl

_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_PATH = Qt.ItemDataRole.UserRole


class FindDialog(QDialog):
    """Looks through a folder on a thread; what is found can be opened while it looks on."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._theme = session.theme
        self._folder = os.path.expanduser("~")
        self._looking = False
        self.setWindowTitle("Find log directories")
        self.resize(820, 480)
        self._where = PillButton(self._theme, shown_path(self._folder), "folder-open", chevron=True)
        self._where.setToolTip("Look in another folder or disk")
        self._where.clicked.connect(self._open_places)
        self._go = PillButton(self._theme, "Look", "search", primary=True)
        self._go.clicked.connect(self._toggle)
        self._state = QLabel("Finds the folders that hold runs. Nothing is opened or changed.")
        self._state.setObjectName("muted")
        self._state.setTextFormat(Qt.TextFormat.PlainText)
        self.list = QTreeWidget()
        self.list.setObjectName("found")
        self.list.setAccessibleName("Log directories")
        self.list.setRootIsDecorated(False)
        self.list.setUniformRowHeights(True)
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.list.setHeaderLabels(["Folder", "Runs", "Files", "Size", "Written last"])
        head = self.list.header()
        head.setStretchLastSection(False)
        head.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        for number in range(1, 5):
            head.setSectionResizeMode(number, QHeaderView.ResizeMode.ResizeToContents)
        self.list.itemDoubleClicked.connect(self.open_chosen)
        self.list.itemSelectionChanged.connect(self._show_buttons)
        self._open = PillButton(self._theme, "Open", "folder-open", primary=True)
        self._open.clicked.connect(self.open_chosen)
        close = PillButton(self._theme, "Close")
        close.clicked.connect(self.close)
        top = QHBoxLayout()
        top.addWidget(QLabel("Look in"))
        top.addWidget(self._where)
        top.addWidget(self._go)
        top.addStretch()
        bottom = QHBoxLayout()
        bottom.addWidget(self._state, 1)
        bottom.addWidget(self._open)
        bottom.addWidget(close)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(12)
        column.addLayout(top)
        column.addWidget(self.list, 1)
        column.addLayout(bottom)
        self._show_buttons()
        self._go.setFocus()

    def look_in(self, folder: str) -> None:
        """Begin to look through a folder."""
        from eventglass.app.core.finding import find_logs

        self._folder = folder
        self._where.set_text(shown_path(folder))
        self._looking = True
        self.list.clear()
        self._show_buttons()

        def work(control: TaskControl) -> list[FoundLogs]:
            def tell(looked: int, path: str, found: list[FoundLogs]) -> None:
                control.report(0.0, (looked, path, found))

            return find_logs(folder, tell, lambda: control.cancelled)

        self._session.tasks.submit(
            id(self), work, self._found, on_progress=lambda _part, news: self._tell(news)
        )

    def open_chosen(self) -> None:
        """Open the folders that are chosen, or the only one there is."""
        items = self.list.selectedItems()
        only = self.list.topLevelItem(0)
        if not items and only is not None and self.list.topLevelItemCount() == 1:
            items = [only]
        if items:
            self._session.open([str(item.data(0, _PATH)) for item in items])
            self.close()

    def done(self, result: int) -> None:
        """However it is closed: stop looking."""
        self._session.tasks.cancel(id(self))
        super().done(result)

    def _open_places(self) -> None:
        menu = QMenu(self)
        for place, title in places().items():
            menu.addAction(title).triggered.connect(partial(self.look_in, place))
        menu.addSeparator()
        menu.addAction("Another folder…").triggered.connect(self._ask)
        show_menu(menu, self._where, self._where.rect().bottomLeft())

    def _ask(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, "Look for logs in", self._folder)
        if folder:
            self.look_in(folder)

    def _toggle(self) -> None:
        if not self._looking:
            self.look_in(self._folder)
            return
        self._session.tasks.cancel(id(self))
        self._looking = False
        self._state.setText(f"Stopped; {self._count()} found so far")
        self._show_buttons()

    def _tell(self, news: object) -> None:
        if isinstance(news, tuple):
            looked, path, found = news
            self._show(found)
            room = self.fontMetrics().elidedText(
                shown_path(path), Qt.TextElideMode.ElideMiddle, max(120, self.width() - 460)
            )
            self._state.setText(f"{count_text(looked, 'folder')} · {self._count()} · {room}")

    def _found(self, found: list[FoundLogs]) -> None:
        self._looking = False
        self._show(found)
        where = shown_path(self._folder)
        self._state.setText(f"{self._count()} found" if found else f"No event files below {where}")
        self._show_buttons()

    def _count(self) -> str:
        return count_text(self.list.topLevelItemCount(), "log directory", "log directories")

    def _show(self, found: list[FoundLogs]) -> None:
        chosen = {item.data(0, _PATH) for item in self.list.selectedItems()}
        rows = [(each.path, _texts(each)) for each in found]
        for place, (path, texts) in enumerate(rows):
            item = self.list.topLevelItem(place)
            if item is None:
                item = QTreeWidgetItem(self.list)
                for column in (1, 2, 3):
                    item.setTextAlignment(column, _RIGHT)
            for column, text in enumerate(texts):
                item.setText(column, text)
            item.setData(0, _PATH, path)
            item.setToolTip(0, path)
            item.setSelected(path in chosen)
        while self.list.topLevelItemCount() > len(rows):
            self.list.takeTopLevelItem(len(rows))

    def _show_buttons(self) -> None:
        self._go.set_text("Stop" if self._looking else "Look")
        self._open.setEnabled(bool(self.list.selectedItems()))


def places() -> dict[str, str]:
    """Folders one may want to look in and what they are called: home, disks, what is plugged in."""
    home = os.path.expanduser("~")
    found = {home: f"Your folder — {shown_path(home)}"}
    if sys.platform == "win32":
        # Told by Windows without asking the disks.
        drives = [drive.absolutePath() for drive in QDir.drives()]
        return found | {drive: f"Disk {drive[:2]}" for drive in drives}
    found["/"] = "This machine — /"
    user = os.path.basename(home)
    for folder in (f"/media/{user}", f"/run/media/{user}", "/mnt", "/Volumes"):
        if os.path.isdir(folder):
            found[folder] = f"Other disks — {folder}"
    return found


def _texts(found: FoundLogs) -> list[str]:
    return [
        shown_path(found.path),
        f"{found.runs:,}",
        f"{found.files:,}",
        size_text(found.size_bytes),
        wall_time_text(found.newest_s),
    ]
