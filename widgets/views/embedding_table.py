"""The points as a table: those selected, or all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from PySide6.QtCore import QModelIndex
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from eventglass.app.models.alive import alive
from eventglass.app.models.column_rows import Cells, Column, ColumnRows, Layout
from eventglass.app.models.embedding_rows import (
    MOST_TABLE_ROWS,
    PointData,
    cells_of,
    columns_of,
)
from eventglass.app.models.tasks import TaskControl
from eventglass.app.models.words import count_text, number_text
from eventglass.widgets.controls.data_table import DataTable

if TYPE_CHECKING:
    from eventglass.app.models.embedding_model import EmbeddingModel
    from eventglass.widgets.views.embeddings import EmbeddingsView


#: Rows whose cells are made on the spot.
MOST_AT_ONCE = 5000
#: Columns, rows of the embedding, cells.
Content: TypeAlias = tuple[tuple[Column, ...], list[int], Mapping[str, Cells]]


def point_data(model: EmbeddingModel) -> PointData | None:
    """What is known of the points of a model; None without any."""
    projection = model.projection
    if model.data is None or projection is None:
        return None
    distances = None
    if model.neighbours is not None and model.focus >= 0:
        distances = np.full(model.count, np.nan)
        distances[model.neighbours.rows] = model.neighbours.distances
    return PointData(
        model.metadata, projection.coordinates, projection.titles, distances, model.movement()
    )


class PointsTable(QWidget):
    """Metadata and coordinates; a row that is gone to is the point that is looked at."""

    def __init__(self, view: EmbeddingsView) -> None:
        super().__init__()
        self._view = view
        self.rows = ColumnRows(self)
        self.words = QLabel()
        self.words.setObjectName("small")
        self.table = DataTable(view.context.theme, self.rows, "Points", self)
        head = QHBoxLayout()
        head.setContentsMargins(14, 2, 12, 4)
        head.addWidget(self.words, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        column.addWidget(self.table, 1)
        self._layout = Layout(())
        self._known: tuple[str, ...] = ()
        self._shown: tuple[object, ...] = ()
        self.table.layout_asked.connect(self._arrange)
        self.table.row_hovered.connect(self._hover)
        self.table.row_activated.connect(self._open)
        self.table.clicked.connect(self._clicked)

    def sync(self) -> None:
        """Show the points selected, or all that are shown."""
        model = self._view.model
        selected = len(model.marks.selected) > 1
        projection, near = model.projection, model.neighbours
        rows = model.marks.selected if selected else model.marks.shown
        state = (projection, model.metadata, model.marks, near if selected else None)
        if all(a is b for a, b in zip(state, self._shown, strict=False)) and self._shown:
            return
        self._shown = state
        data = point_data(model)
        if data is None:
            self.rows.set_content((), (), {})
            self.words.setText("")
            return
        shown = rows[:MOST_TABLE_ROWS]
        what = "selected" if selected else "shown"
        text = f"{count_text(len(rows), 'point')} {what}"
        if len(shown) < len(rows):
            text += f", the first {number_text(len(shown))} listed"
        self.words.setText(text)
        columns = columns_of(data)
        keys = tuple(column.key for column in columns)
        if keys != self._known:
            self._known, self._layout = keys, Layout(keys[1:])
        tasks, owner = self._view.context.tasks, (id(self), "table")
        if len(shown) <= MOST_AT_ONCE:
            tasks.cancel(owner)
            self._take((columns, shown.tolist(), cells_of(data, shown)))
            return

        def work(_control: TaskControl) -> Content:
            return columns, shown.tolist(), cells_of(data, shown)

        tasks.submit(owner, work, alive(self, self._take))

    def _take(self, content: Content) -> None:
        columns, ids, cells = content
        self.rows.set_content(columns, ids, cells)
        self.table.show_layout(self._layout, columns[1:])

    def _arrange(self, layout: object) -> None:
        if isinstance(layout, Layout):
            self._layout = layout
            data = point_data(self._view.model)
            if data is not None:
                self.table.show_layout(layout, columns_of(data)[1:])

    def _hover(self, row: int) -> None:
        self._view.hover(self.rows.id_of(row) if row >= 0 else -1)

    def _open(self, row: int) -> None:
        self._view.show_page("scene")
        self._view.focus_on(self.rows.id_of(row))
        self._view.frame_selection()

    def _clicked(self, index: QModelIndex) -> None:
        self._view.model.set_focus(self.rows.id_of(index.row()))
