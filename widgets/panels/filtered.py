"""A filter box above a list, and what stands in the list's place when nothing passes the filter."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from eventglass.app.models.theme import Theme
from eventglass.widgets.controls.empty import EmptyPage
from eventglass.widgets.controls.filter_box import FilterBox


class FilteredList(QWidget):
    """Puts a filter box and a list together; ``nothing`` says that no row passes the filter."""

    def __init__(self, theme: Theme, filter_box: FilterBox, view: QWidget, nothing: str) -> None:
        super().__init__()
        self._view = view
        self._empty = EmptyPage(theme, "search", nothing, "Change or clear it")
        self._none = QWidget()
        self._pages = QStackedWidget()
        for page in (view, self._empty, self._none):
            self._pages.addWidget(page)
        box = QHBoxLayout()
        box.setContentsMargins(10, 0, 10, 6)
        box.addWidget(filter_box)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(box)
        column.addWidget(self._pages, 1)
        filter_box.confirmed.connect(view.setFocus)
        filter_box.left_downwards.connect(view.setFocus)

    def show_count(self, wanted: int, total: int, *, filtered: bool) -> None:
        """Show the list, or why it is empty: ``wanted`` of ``total`` rows pass the filter."""
        page = self._view if wanted else self._empty if filtered and total else self._none
        self._pages.setCurrentWidget(page)
