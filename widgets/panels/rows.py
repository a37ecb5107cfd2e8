"""The table that shows a tree: chevrons, boxes and labels are painted here, by one delegate.

Subclasses of `RowDelegate` say what stands between the chevron and the label.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFont, QKeyEvent, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from eventglass.app.models.theme import Theme
from eventglass.app.models.tree_rows import Node, Role, TreeRows
from eventglass.widgets.controls.icons import paint_icon

ROW_PX = 26
BOX_PX = 12.0
RIGHT_PX = 11
#: Least room between a name and the value right of it.
GAP_PX = 10.0

_KEYS = frozenset(
    {Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Space, Qt.Key.Key_F2, Qt.Key.Key_Return}
)


class RowDelegate(QStyledItemDelegate):
    """Paints rows; ``indent_px`` is the width of a level."""

    indent_px = 14.0

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.theme = theme
        self.hovered_row = -1
        self.lit_row = -1

    def chevron_rect(self, node: Node, row: QRectF) -> QRectF:
        """Where the chevron of a group stands."""
        left = row.left() + 6 + self.indent_px * node.depth
        return QRectF(left, row.top(), 16, row.height())

    def label_left(self, node: Node, row: QRectF) -> float:
        """Where the label begins."""
        return row.left() + 28 + self.indent_px * node.depth

    def label_colour(self, node: Node) -> QColor:
        """Colour of the label."""
        return self.theme.colour("text")

    def paint_front(self, painter: QPainter, node: Node, row: QRectF) -> None:
        """Paint what stands between chevron and label."""

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        """Ground, chevron, front, text."""
        node, view = index.data(Role.NODE), self.parent()
        if not isinstance(node, Node) or not isinstance(view, QTableView):
            return
        cell = QRectF(option.rect)
        theme, number, column = self.theme, index.row(), index.column()
        if view.selectionModel().isSelected(index):
            painter.fillRect(cell, theme.colour("selected"))
        elif number in (self.hovered_row, self.lit_row):
            painter.fillRect(cell, theme.colour("raised"))
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        # A name goes on as far as the values on its right leave room; each cell paints its part
        # of the whole row, since cells are repainted alone.
        painter.setClipRect(cell)
        first = view.model().index(number, 0)
        row = QRectF(view.visualRect(first))
        row.setRight(self._paint_values(painter, view, first, column))
        self._paint_label(painter, node, row, str(first.data() or ""))
        if column == 0 and self._has_cursor(index):
            painter.setPen(theme.colour("accent", 0.7))
            painter.drawLine(cell.topLeft() + QPointF(0.5, 1), cell.bottomLeft() + QPointF(0.5, -1))
        painter.restore()

    def _paint_label(self, painter: QPainter, node: Node, row: QRectF, text: str) -> None:
        if node.children:
            name = "chevron-down" if node.open else "chevron-right"
            box = self.chevron_rect(node, row)
            paint_icon(painter, box, name, self.theme.colour("text_muted"), 16)
        self.paint_front(painter, node, row)
        painter.setFont(self.label_font(node))
        painter.setPen(self.label_colour(node))
        left = self.label_left(node, row)
        box = QRectF(left, row.top(), row.right() - left, row.height())
        metrics = painter.fontMetrics()
        text = metrics.elidedText(text, Qt.TextElideMode.ElideMiddle, int(box.width()))
        painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, text)

    def _paint_values(
        self, painter: QPainter, view: QTableView, first: QModelIndex, wanted: int
    ) -> float:
        """Paint the value of one column; return where the leftmost of all begins, less a gap."""
        painter.setFont(self.value_font())
        painter.setPen(self.theme.colour("text_muted"))
        metrics = painter.fontMetrics()
        begin = float(view.viewport().width() - RIGHT_PX)
        last = self._last_column()
        for column in range(last, 0, -1):
            index = first.siblingAtColumn(column)
            text = "" if view.isColumnHidden(column) else str(index.data() or "")
            if not text:
                continue
            box = QRectF(view.visualRect(index)).adjusted(
                4, 0, -RIGHT_PX if column == last else -6, 0
            )
            begin = box.right() - metrics.horizontalAdvance(text) - GAP_PX
            if column == wanted:
                flags = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
                painter.drawText(box, flags, text)
        return begin

    def label_font(self, node: Node) -> QFont:
        """Font of the label."""
        return self.theme.font()

    def value_font(self) -> QFont:
        """Font of the columns on the right."""
        return self.theme.font(tabular=True)

    def _last_column(self) -> int:
        view = self.parent()
        if not isinstance(view, QTableView):
            return 0
        count = view.model().columnCount()
        return max(i for i in range(count) if not view.isColumnHidden(i))

    def _has_cursor(self, index: QModelIndex | QPersistentModelIndex) -> bool:
        view = self.parent()
        return (
            isinstance(view, QTableView)
            and index.column() == 0
            and view.hasFocus()
            and view.currentIndex().row() == index.row()
        )


class RowsView(QTableView):
    """A tree of `TreeRows`; opens and closes by chevron, double click and arrow keys."""

    #: The node under the pointer changed; None when it left.
    node_hovered = Signal(object)
    #: A row was activated: Return or a double click on a row without children.
    node_activated = Signal(object)

    def __init__(
        self, theme: Theme, rows: TreeRows, name: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.rows = rows
        self.theme = theme
        self._kept: tuple[str, frozenset[str]] = ("", frozenset())
        self.setModel(rows)
        self.setAccessibleName(name)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setMouseTracking(True)
        self.setTabKeyNavigation(False)
        self.setCornerButtonEnabled(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.EditKeyPressed)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.horizontalHeader().hide()
        self.horizontalHeader().setMinimumSectionSize(16)
        upright = self.verticalHeader()
        upright.hide()
        upright.setMinimumSectionSize(ROW_PX)
        upright.setDefaultSectionSize(ROW_PX)
        upright.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        rows.modelAboutToBeReset.connect(self._keep)
        rows.modelReset.connect(self._find_again)
        theme.changed.connect(self.viewport().update)

    @property
    def row_delegate(self) -> RowDelegate:
        """The delegate in use."""
        delegate = self.itemDelegate()
        if not isinstance(delegate, RowDelegate):
            raise TypeError("the view has no RowDelegate")
        return delegate

    def node_at(self, index: QModelIndex) -> Node | None:
        """The node of an index, None for an invalid one."""
        return self.rows.node(index.row()) if index.isValid() else None

    def selected_nodes(self) -> list[Node]:
        """Nodes of the selected rows, from top to bottom."""
        rows = sorted(index.row() for index in self.selectionModel().selectedRows())
        return [node for node in map(self.rows.node, rows) if node is not None]

    def light(self, row: int) -> None:
        """Light up a row from outside, -1 for none."""
        delegate = self.row_delegate
        if row != delegate.lit_row:
            delegate.lit_row = row
            self.viewport().update()

    def row_rect(self, index: QModelIndex) -> QRectF:
        """Rectangle of the first cell of the row of an index."""
        return QRectF(self.visualRect(index.siblingAtColumn(0)))

    def event(self, event: QEvent) -> bool:
        """Keep the keys a tree needs from the window's shortcuts."""
        if (
            isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.ShortcutOverride
            and event.key() in _KEYS
            and not event.modifiers()
        ):
            event.accept()
            return True
        return super().event(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A press on a chevron opens or closes; anywhere else it selects."""
        if event.button() == Qt.MouseButton.LeftButton and self._press(event.position()):
            event.accept()
            return
        super().mousePressEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Open or close a group; activate a row without children."""
        index = self.indexAt(event.position().toPoint())
        node = self.node_at(index)
        if node is None or event.button() != Qt.MouseButton.LeftButton:
            return
        if self._press(event.position(), again=True):
            return
        if node.children and node.item is None:
            self.rows.set_open(index.row(), not node.open)
        else:
            self.node_activated.emit(node)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Follow the pointer."""
        super().mouseMoveEvent(event)
        self._hover(self.indexAt(event.position().toPoint()).row())

    def leaveEvent(self, event: QEvent) -> None:
        """Forget the pointer."""
        super().leaveEvent(event)
        self._hover(-1)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Left closes or goes up, Right opens or goes down, Return activates."""
        row, node = self.currentIndex().row(), self.node_at(self.currentIndex())
        key = event.key()
        if node is None or event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            super().keyPressEvent(event)
        elif key == Qt.Key.Key_Left and node.children and node.open:
            self.rows.set_open(row, False)
        elif key == Qt.Key.Key_Left:
            if node.parent is not None:
                self._go_to(self.rows.row_of(node.parent.key))
        elif key == Qt.Key.Key_Right and node.children and not node.open:
            self.rows.set_open(row, True)
        elif key == Qt.Key.Key_Right:
            if node.children:
                self._go_to(row + 1)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.node_activated.emit(node)
        else:
            super().keyPressEvent(event)

    def press_front(self, node: Node, row: int, position: QPointF, *, again: bool) -> bool:
        """Take a press between chevron and label; True when it was for something there."""
        return False

    def _press(self, position: QPointF, *, again: bool = False) -> bool:
        index = self.indexAt(position.toPoint())
        node = self.node_at(index)
        if node is None or index.column() != 0:
            return False
        rect = self.row_rect(index)
        if node.children and self.row_delegate.chevron_rect(node, rect).contains(position):
            self.rows.set_open(index.row(), not node.open)
            return True
        return self.press_front(node, index.row(), position, again=again)

    def _hover(self, row: int) -> None:
        delegate = self.row_delegate
        if row != delegate.hovered_row:
            delegate.hovered_row = row
            self.viewport().update()
            self.node_hovered.emit(self.rows.node(row))

    def _go_to(self, row: int) -> None:
        if row >= 0:
            self.setCurrentIndex(self.rows.index(row, 0))

    def _keep(self) -> None:
        current = self.node_at(self.currentIndex())
        self._kept = (
            current.key if current is not None else "",
            frozenset(node.key for node in self.selected_nodes()),
        )

    def _find_again(self) -> None:
        # A reset forgets what was selected; names find it again in the tree built anew.
        current, selected = self._kept
        model = self.selectionModel()
        flag = model.SelectionFlag
        for key in selected:
            row = self.rows.row_of(key)
            if row >= 0:
                model.select(self.rows.index(row, 0), flag.Select | flag.Rows)
        row = self.rows.row_of(current) if current else -1
        if row >= 0:
            model.setCurrentIndex(self.rows.index(row, 0), flag.NoUpdate)


def paint_box(painter: QPainter, theme: Theme, box: QRectF, state: Qt.CheckState) -> None:
    """Paint a tick box: empty, ticked, or with a bar for partly."""
    frame = box.adjusted(0.5, 0.5, -0.5, -0.5)
    if state == Qt.CheckState.Unchecked:
        painter.setPen(QPen(theme.colour("text_muted"), 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(frame, 1.5, 1.5)
        return
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.colour("accent"))
    painter.drawRoundedRect(box, 2.5, 2.5)
    pen = QPen(theme.colour("on_accent"), 1.6)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    painter.setPen(pen)
    x, y = box.left(), box.top()
    if state == Qt.CheckState.Checked:
        points = [QPointF(x + 2.8, y + 6.2), QPointF(x + 5.1, y + 8.5), QPointF(x + 9.4, y + 3.8)]
        painter.drawPolyline(points)
    else:
        painter.drawLine(QPointF(x + 3, y + 6), QPointF(x + 9, y + 6))
