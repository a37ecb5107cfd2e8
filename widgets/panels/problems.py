"""The problems panel: what could not be read, where, and what became of it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QPoint, Qt, QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QMenu,
    QStackedWidget,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from eventglass.app.models.problem_list import FILE, MESSAGE, PLACE, WHAT, ProblemList, problem_text
from eventglass.app.models.theme import Theme
from eventglass.widgets.controls.empty import EmptyPage
from eventglass.widgets.panels.panel import show_menu

if TYPE_CHECKING:
    from eventglass.app.core.store import Changes, LogStore


class ProblemsPanel(QWidget):
    """A table of problems; copying a row gives all that is known of it."""

    def __init__(self, store: LogStore, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rows = ProblemList(store, self)
        self._view = QTableView()
        self._view.setModel(self.rows)
        self._view.setAccessibleName("Problems")
        self._view.setObjectName("table")
        self._view.setShowGrid(False)
        self._view.setWordWrap(False)
        self._view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self._view.setTextElideMode(Qt.TextElideMode.ElideRight)
        self._view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self._view.verticalHeader().hide()
        self._view.verticalHeader().setDefaultSectionSize(26)
        self._view.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header = self._view.horizontalHeader()
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setHighlightSections(False)
        for column, width in ((WHAT, 140), (FILE, 190), (PLACE, 160)):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.Interactive)
            self._view.setColumnWidth(column, width)
        header.setSectionResizeMode(MESSAGE, QHeaderView.ResizeMode.Stretch)
        self._pages = QStackedWidget()
        self._pages.addWidget(self._view)
        self._pages.addWidget(
            EmptyPage(theme, "check", "No problems", "Every file was read to its end")
        )
        column_layout = QVBoxLayout(self)
        column_layout.setContentsMargins(0, 0, 0, 0)
        column_layout.addWidget(self._pages)
        self._view.customContextMenuRequested.connect(self._open_menu)
        self.rows.rowsInserted.connect(self._choose_page)
        self._choose_page()

    def take_changes(self, changes: Changes) -> None:
        """Follow the store."""
        if changes.problems:
            self.rows.take_changes(changes)

    def _choose_page(self, *_rows: object) -> None:
        self._pages.setCurrentIndex(0 if self.rows.rowCount() else 1)

    def _open_menu(self, position: QPoint) -> None:
        index = self._view.indexAt(position)
        menu = QMenu(self)
        if index.isValid():
            problem = self.rows.problem(index.row())
            copy = QGuiApplication.clipboard().setText
            menu.addAction("Copy").triggered.connect(partial(copy, problem_text(problem)))
            menu.addAction("Copy path").triggered.connect(partial(copy, problem.file))
        menu.addAction("Copy all").triggered.connect(self._copy_all)
        if index.isValid():
            menu.addSeparator()
            menu.addAction("Open the folder").triggered.connect(partial(self._open_folder, index))
        show_menu(menu, self._view.viewport(), position)

    def _copy_all(self) -> None:
        problems = (self.rows.problem(row) for row in range(self.rows.rowCount()))
        QGuiApplication.clipboard().setText("\n\n".join(map(problem_text, problems)))

    def _open_folder(self, index: QModelIndex) -> None:
        file = self.rows.problem(index.row()).file
        QDesktopServices.openUrl(QUrl.fromLocalFile(file.rpartition("/")[0] or file))
