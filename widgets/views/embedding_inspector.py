"""The inspector of embeddings: a point, its neighbours, the selection, the settings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import (
    QAbstractListModel,
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QGuiApplication, QImage, QKeyEvent, QPainter, QPixmap
from PySide6.QtWidgets import (
    QAbstractItemView,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QListView,
    QMenu,
    QMessageBox,
    QSizePolicy,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from eventglass.app.core.compute.ticks import value_text
from eventglass.app.core.projector.metadata import Metadata
from eventglass.app.models.embedding_options import METRICS, MOST_NEIGHBOURS
from eventglass.app.models.theme import Theme
from eventglass.app.models.words import count_text, number_text
from eventglass.widgets.controls.buttons import Choice, IconButton, PillButton
from eventglass.widgets.controls.fields import NumberField, TextField
from eventglass.widgets.controls.picker import Picker
from eventglass.widgets.controls.section import FoldSection, Section
from eventglass.widgets.views.embedding_controls import DisplaySection, ProjectionSection

if TYPE_CHECKING:
    from eventglass.widgets.views.embeddings import EmbeddingsView

ROW_PX = 22
#: Neighbours in sight without scrolling.
MOST_ROWS = 10
#: Columns told of the point under the pointer, and of the one that was clicked.
_MOST_FACTS, _MOST_CLICKED = 12, 60
_PICTURE_PX = 64
_NOWHERE = QModelIndex()
_IN_PROJECTION = "shown"


@dataclass(frozen=True, slots=True)
class Near:
    """A row of the list of neighbours; ``share`` is the length of its bar, 0 to 1."""

    row: int
    title: str
    distance: float
    share: float


class NeighbourList(QListView):
    """Neighbours with bars of their distances; one that is pointed at lights up in the scene."""

    #: Row of the embedding that is wanted.
    chosen = Signal(int)
    #: Row that is pointed at, -1 for none.
    pointed = Signal(int)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rows = _NearRows(self)
        self.setModel(self.rows)
        self.setItemDelegate(_NearDelegate(theme, self))
        self.setAccessibleName("Neighbours")
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.entered.connect(self._entered)
        self.clicked.connect(self._take)
        theme.changed.connect(self.viewport().update)

    def show_rows(self, items: Sequence[Near]) -> None:
        """Show other neighbours."""
        self.rows.set_items(tuple(items))
        self.setFixedHeight(min(len(items), MOST_ROWS) * ROW_PX + 2)
        self.setVisible(bool(items))
        self.scrollToTop()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Return goes to the neighbour."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._take(self.currentIndex())
        else:
            super().keyPressEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        """Nothing is pointed at."""
        super().leaveEvent(event)
        self.pointed.emit(-1)

    def _entered(self, index: QModelIndex) -> None:
        self.pointed.emit(self.rows.items[index.row()].row)

    def _take(self, index: QModelIndex) -> None:
        if index.isValid():
            self.chosen.emit(self.rows.items[index.row()].row)


class _NearRows(QAbstractListModel):
    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.items: tuple[Near, ...] = ()

    def set_items(self, items: tuple[Near, ...]) -> None:
        self.beginResetModel()
        self.items = items
        self.endResetModel()

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self.items)

    def data(
        self,
        index: QModelIndex | QPersistentModelIndex,
        role: int = Qt.ItemDataRole.DisplayRole,
    ) -> Any:
        if not 0 <= index.row() < len(self.items):
            return None
        item = self.items[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return item.title
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{item.title}, {value_text(item.distance)}"
        if role == Qt.ItemDataRole.ToolTipRole:
            return f"Row {item.row:,}: {item.distance:.6g}"
        return None


class _NearDelegate(QStyledItemDelegate):
    def __init__(self, theme: Theme, parent: NeighbourList) -> None:
        super().__init__(parent)
        self._theme = theme
        self._list = parent

    def sizeHint(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        del option, index
        return QSize(100, ROW_PX)

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        theme = self._theme
        item = self._list.rows.items[index.row()]
        state: Any = getattr(option, "state")  # noqa: B009 - missing from the stubs
        rect: QRect = getattr(option, "rect")  # noqa: B009
        box = QRectF(rect)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        if state & QStyle.StateFlag.State_MouseOver:
            painter.setBrush(theme.colour("raised"))
            painter.drawRoundedRect(box, 4, 4)
        elif state & QStyle.StateFlag.State_HasFocus:
            painter.setBrush(theme.colour("selected"))
            painter.drawRoundedRect(box, 4, 4)
        painter.setFont(theme.font(12, tabular=True))
        number = value_text(item.distance)
        number_px = painter.fontMetrics().horizontalAdvance(number)
        painter.setPen(theme.colour("text_muted"))
        inner = box.adjusted(4, 0, -6, -3)
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.drawText(inner, middle | Qt.AlignmentFlag.AlignRight, number)
        painter.setPen(theme.colour("text"))
        room = int(inner.width() - number_px - 8)
        text = painter.fontMetrics().elidedText(item.title, Qt.TextElideMode.ElideRight, room + 1)
        painter.drawText(inner, middle, text)
        painter.setPen(Qt.PenStyle.NoPen)
        line = QRectF(box.left() + 4, box.bottom() - 3, box.width() - 10, 2)
        painter.setBrush(theme.colour("track"))
        painter.drawRoundedRect(line, 1, 1)
        painter.setBrush(theme.colour("accent", 0.8))
        line.setWidth(max(line.width() * item.share, 1.5))
        painter.drawRoundedRect(line, 1, 1)
        painter.restore()


class PointSection(Section):
    """The point that was clicked, else the one under the pointer: picture, label, metadata."""

    def __init__(self, view: EmbeddingsView) -> None:
        super().__init__()
        self._view = view
        self._theme = view.context.theme
        self.kind = QLabel()
        self.kind.setObjectName("small")
        self.title = QLabel()
        self.title.setObjectName("sectionTitle")
        self.title.setWordWrap(True)
        self.title.setTextFormat(Qt.TextFormat.PlainText)
        self.title.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.picture = QLabel()
        self.picture.setFixedSize(_PICTURE_PX, _PICTURE_PX)
        self.picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.picture.setAccessibleName("Picture of the point")
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(self.kind)
        words.addWidget(self.title)
        words.addStretch(1)
        head = QHBoxLayout()
        head.setContentsMargins(0, 0, 0, 0)
        head.setSpacing(10)
        head.addWidget(self.picture)
        head.addLayout(words, 1)
        self.add_layout(head)
        self._grid = QGridLayout()
        self._grid.setContentsMargins(0, 4, 0, 0)
        self._grid.setHorizontalSpacing(12)
        self._grid.setVerticalSpacing(3)
        self._grid.setColumnStretch(1, 1)
        self._holder = self.add_layout(self._grid)
        self._shown: tuple[object, ...] = ()
        view.changed.connect(self.sync)
        view.pointed.connect(self.sync)
        self.sync()

    def sync(self) -> None:
        """Show the point."""
        view = self._view
        model = view.model
        row = model.focus if model.focus >= 0 else view.hovered
        state = (row, id(model.metadata), id(model.data), view.options.label_by)
        if state == self._shown:
            return
        self._shown = state
        if model.data is None or not 0 <= row < model.count:
            self._show_embedding()
            return
        self.kind.setText(f"Point {row:,} of {model.count:,}")
        self.title.setText(model.label(row))
        self._show_picture(row)
        label = view.label_column()
        columns = [each for each in model.metadata.columns if each.name != label]
        most = _MOST_CLICKED if row == model.focus else _MOST_FACTS
        facts = [(column.name, column.text(row)) for column in columns[:most]]
        if len(columns) > most:
            facts.append((f"{len(columns) - most:,} more", ""))
        self._fill(facts)

    def _show_embedding(self) -> None:
        model = self._view.model
        self.picture.hide()
        data = model.data
        if data is None:
            self.kind.setText("")
            self.title.setText("No embedding")
            self._fill([])
            return
        self.kind.setText("Embedding")
        self.title.setText(data.source.title or data.source.name)
        rows = [
            ("Points", number_text(data.count)),
            ("Dimensions", number_text(data.dimensions)),
        ]
        if data.source.step is not None:
            rows.insert(0, ("Step", number_text(data.source.step)))
        if data.source.run not in ("", "."):
            rows.insert(0, ("Run", data.source.run))
        if data.metadata.columns:
            rows.append(("Metadata", count_text(len(data.metadata.columns), "column")))
        if data.sprite is not None:
            sprite = data.sprite
            rows.append(("Pictures", f"{sprite.cell_width} × {sprite.cell_height} px"))
        rows.append(("Vectors", data.embedding.path.rpartition("/")[2]))
        self._fill(rows)

    def _show_picture(self, row: int) -> None:
        data = self._view.model.data
        cell = None if data is None or data.sprite is None else data.sprite.cell(row)
        self.picture.setVisible(cell is not None)
        if cell is None:
            return
        pixels = np.ascontiguousarray(cell)
        high, wide = pixels.shape[:2]
        image = QImage(pixels.data, wide, high, 4 * wide, QImage.Format.Format_RGBA8888).copy()
        ratio = self.devicePixelRatioF()
        side = round(_PICTURE_PX * ratio)
        smooth = max(wide, high) > side
        mode = (
            Qt.TransformationMode.SmoothTransformation
            if smooth
            else Qt.TransformationMode.FastTransformation
        )
        scaled = image.scaled(side, side, Qt.AspectRatioMode.KeepAspectRatio, mode)
        scaled.setDevicePixelRatio(ratio)
        self.picture.setPixmap(QPixmap.fromImage(scaled))

    def _fill(self, rows: Sequence[tuple[str, str]]) -> None:
        while self._grid.count():
            taken = self._grid.takeAt(0)
            widget = None if taken is None else taken.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for line, (name, text) in enumerate(rows):
            label = QLabel(name)
            label.setObjectName("muted")
            label.setTextFormat(Qt.TextFormat.PlainText)
            value = QLabel(text)
            value.setTextFormat(Qt.TextFormat.PlainText)
            value.setWordWrap(True)
            value.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop)
            value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            value.setAccessibleName(name)
            self._grid.addWidget(label, line, 0, Qt.AlignmentFlag.AlignTop)
            self._grid.addWidget(value, line, 1)
        self._holder.setVisible(bool(rows))


class NeighboursSection(FoldSection):
    """The nearest points of the one that was clicked, with their distances."""

    def __init__(self, view: EmbeddingsView) -> None:
        super().__init__(view.context.theme, "Neighbours")
        self._view = view
        theme = view.context.theme
        metrics = (*METRICS, (_IN_PROJECTION, "As projected"))
        self.measure = Choice(theme, "Distance", metrics)
        self.measure.chosen.connect(self._choose)
        self.number = NumberField("Number of neighbours", "20", 48)
        self.number.number_committed.connect(self._count)
        row = QHBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        row.addWidget(self.number)
        nearest = QLabel("nearest by")
        nearest.setObjectName("muted")
        row.addWidget(nearest)
        row.addStretch(1)
        row.addWidget(self.measure)
        self.add_layout(row)
        self.list = NeighbourList(theme)
        self.list.chosen.connect(view.focus_on)
        self.list.pointed.connect(view.hover)
        self.add_widget(self.list)
        self._shown: object = None
        #: Held, so that its id is not given to the next one.
        self._found: object = None
        view.changed.connect(self.sync)
        self.sync()

    def sync(self) -> None:
        """Show the neighbours."""
        view, model = self._view, self._view.model
        options = view.options
        self.setVisible(model.focus >= 0)
        self.measure.set_value(_IN_PROJECTION if options.nearest_shown else options.metric)
        self.number.show_number(options.neighbours)
        found = model.neighbours
        state = (id(found), id(model.metadata), options.label_by)
        if state == self._shown:
            return
        self._shown = state
        self._found = found
        self.set_note("" if found is None else number_text(len(found.rows)))
        if found is None:
            self.list.show_rows(())
            return
        distances = found.distances
        most = float(np.abs(distances).max()) if len(distances) else 1.0
        self.list.show_rows(
            [
                Near(row, model.label(row), distance, abs(distance) / most if most else 0.0)
                for row, distance in zip(found.rows.tolist(), distances.tolist(), strict=True)
            ]
        )

    def _choose(self, value: str) -> None:
        if value == _IN_PROJECTION:
            self._view.edit("Change the distance", nearest_shown=True)
        else:
            self._view.edit("Change the distance", metric=value, nearest_shown=False)

    def _count(self, value: float | None) -> None:
        count = int(min(max(value or 20.0, 1.0), MOST_NEIGHBOURS))
        self._view.edit("Change the number of neighbours", neighbours=count)


class SelectionSection(FoldSection):
    """How many points are selected, what can be done with them, and their labels."""

    def __init__(self, view: EmbeddingsView) -> None:
        super().__init__(view.context.theme, "Selection")
        self._view = view
        theme = view.context.theme
        self.words = QLabel()
        self.words.setObjectName("muted")
        self.words.setWordWrap(True)
        self.add_widget(self.words)
        self.isolate = PillButton(theme, "Isolate")
        self.hide_button = PillButton(theme, "Hide")
        self.show_all = PillButton(theme, "Show all")
        self.isolate.clicked.connect(view.isolate)
        self.hide_button.clicked.connect(view.hide_selected)
        self.show_all.clicked.connect(view.show_all)
        self.menu = IconButton(theme, "more", "More to do with the selection", self)
        self.menu.clicked.connect(self._open_menu)
        row = QHBoxLayout()
        row.setContentsMargins(0, 2, 0, 0)
        row.setSpacing(6)
        for button in (self.isolate, self.hide_button, self.show_all):
            row.addWidget(button)
        row.addStretch(1)
        row.addWidget(self.menu)
        self.add_layout(row)
        self.column = Picker(theme, "Column to write to", self._columns, "label", widest_px=90)
        self.column.chosen.connect(self._choose)
        self._name = ""
        self.text = TextField("Label of the selected points", "Label as…")
        self.text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.text.returnPressed.connect(self._write)
        line = QHBoxLayout()
        line.setContentsMargins(0, 2, 0, 0)
        line.setSpacing(6)
        line.addWidget(self.column)
        line.addWidget(self.text, 1)
        self._line = self.add_layout(line)
        view.changed.connect(self.sync)
        self.sync()

    def sync(self) -> None:
        """Show what is selected."""
        model = self._view.model
        count, hidden = len(model.marks.selected), model.marks.hidden_count
        parts = []
        if count:
            parts.append(f"{count_text(count, 'point')} selected")
        if hidden:
            parts.append(f"{hidden:,} hidden")
        hint = "Click a point for its neighbours. B and L select in a region, Ctrl adds to it"
        self.words.setText(", ".join(parts) or hint)
        self.set_note(", ".join(parts))
        self.isolate.setVisible(bool(count))
        self.hide_button.setVisible(bool(count))
        self.show_all.setVisible(bool(hidden))
        self.menu.setVisible(bool(count or hidden))
        self._line.setVisible(bool(count) and model.data is not None)
        self.column.set_value(self._column_name())

    def _column_name(self) -> str:
        names = self._view.model.facts
        return self._name if self._name in names else self._view.label_column() or "label"

    def _columns(self) -> Sequence[tuple[str, str, str]]:
        return [(name, name, each.hint) for name, each in self._view.model.facts.items()]

    def _choose(self, name: str) -> None:
        self._name = name
        self.sync()

    def _write(self) -> None:
        text = self.text.text()
        if text.strip():
            self._view.model.edit_text(self._column_name(), text.strip())
        self.text.clear()

    def _open_menu(self) -> None:
        from eventglass.widgets.views.embedding_commands import point_menu

        corner = self.menu.mapToGlobal(QPoint(0, self.menu.height()))
        point_menu(self._view, -1).popup(corner)


class EmbeddingInspector(QWidget):
    """Point, neighbours, selection; projection; display."""

    def __init__(self, view: EmbeddingsView) -> None:
        super().__init__()
        self.point = PointSection(view)
        self.neighbours = NeighboursSection(view)
        self.selection = SelectionSection(view)
        self.projection = ProjectionSection(view)
        self.display = DisplaySection(view)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for section in (
            self.point,
            self.neighbours,
            self.selection,
            self.projection,
            self.display,
        ):
            column.addWidget(section)
        self._view = view
        view.changed.connect(self.sync)
        self.sync()

    def sync(self) -> None:
        """Without an embedding there is nothing to set."""
        shown = self._view.model.data is not None
        for section in (self.selection, self.projection, self.display):
            section.setVisible(shown)


def show_notices(view: EmbeddingsView) -> None:
    """Show what was not as it should be in the files of the embedding."""
    notices = view.model.notices()
    if not notices:
        return
    box = QMessageBox(view)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.setIcon(QMessageBox.Icon.Information)
    box.setWindowTitle("Remarks on the embedding")
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setText("\n\n".join(notices[:8]))
    if len(notices) > 8:
        box.setInformativeText(f"… and {len(notices) - 8:,} more")
    box.setDetailedText("\n".join(notices))
    box.open()


def label_menu(view: EmbeddingsView, menu: QMenu, row: int) -> None:
    """Add what can be copied of a point."""
    metadata: Metadata = view.model.metadata
    label = view.model.label(row)
    menu.addAction("Copy the label", partial(_copy, label))
    if metadata.columns:
        lines = [f"{column.name}\t{column.text(row)}" for column in metadata.columns]
        menu.addAction("Copy its metadata", partial(_copy, "\n".join(lines)))
    data = view.model.data
    if data is not None:
        vector = data.embedding.vectors[row]
        menu.addAction("Copy its vector", partial(_copy, "\t".join(map(repr, vector.tolist()))))


def _copy(text: str) -> None:
    QGuiApplication.clipboard().setText(text)
