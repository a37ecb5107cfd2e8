"""The tags panel: what was logged, under which name, in how many runs."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QPoint, QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import (
    QDrag,
    QFont,
    QFontMetrics,
    QGuiApplication,
    QKeySequence,
    QPainter,
    QPixmap,
    QShortcut,
)
from PySide6.QtWidgets import QHeaderView, QMenu, QVBoxLayout, QWidget

from eventglass.app.core.names import Kind
from eventglass.app.models.composing import composed_of, lines_of
from eventglass.app.models.tag_tree import COUNT, NAME, TagTree
from eventglass.app.models.theme import Theme
from eventglass.app.models.tree_rows import Node
from eventglass.app.models.workspace import Workspace
from eventglass.widgets.controls.buttons import IconButton
from eventglass.widgets.controls.filter_box import FilterBox
from eventglass.widgets.controls.icons import paint_icon
from eventglass.widgets.panels.filtered import FilteredList
from eventglass.widgets.panels.panel import show_menu
from eventglass.widgets.panels.rows import RowDelegate, RowsView

if TYPE_CHECKING:
    from eventglass.app.core.store import Changes, LogStore


class TagDelegate(RowDelegate):
    """A chevron for groups, the picture of the kind for tags."""

    indent_px = 13.0

    def label_left(self, node: Node, row: QRectF) -> float:
        """Right of chevron or picture."""
        if node.item is None:
            return row.left() + 28 + self.indent_px * node.depth
        return self._picture(node, row).right() + 5

    def paint_front(self, painter: QPainter, node: Node, row: QRectF) -> None:
        """The picture of the kind."""
        if node.item is None:
            return
        colour = self.theme.colour("text_muted")
        box = self._picture(node, row)
        if node.item[2]:
            paint_icon(painter, box, str(node.item[1]), colour, 15)
        else:
            # Computed from others.
            painter.setFont(self.theme.font(bold=True))
            painter.setPen(colour)
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, "ƒ")

    def value_font(self) -> QFont:
        """Smaller than names, which matter more."""
        return self.theme.font(12, tabular=True)

    def _picture(self, node: Node, row: QRectF) -> QRectF:
        return QRectF(row.left() + 7 + self.indent_px * node.depth, row.top(), 15, row.height())


class TagsView(RowsView):
    """The tree of tags."""

    def __init__(self, theme: Theme, rows: TagTree) -> None:
        super().__init__(theme, rows, "Tags")
        self.setItemDelegate(TagDelegate(theme, self))
        self.setDragEnabled(True)
        self.setDragDropMode(RowsView.DragDropMode.DragOnly)
        header = self.horizontalHeader()
        header.setSectionResizeMode(NAME, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(COUNT, QHeaderView.ResizeMode.Interactive)
        self.setColumnWidth(COUNT, 78)

    def startDrag(self, _actions: Qt.DropAction) -> None:
        """Drag the scalar tags among the selected rows, with a small label at the pointer."""
        data = self.rows.mimeData(self.selectionModel().selectedRows())
        if not data.hasText():
            return
        tags = data.text().split("\n")
        text = tags[0] if len(tags) == 1 else f"{len(tags):,} tags"
        drag = QDrag(self)
        drag.setMimeData(data)
        drag.setPixmap(drag_label(self.theme, text, self.devicePixelRatioF()))
        drag.setHotSpot(QPoint(-12, -8))
        drag.exec(Qt.DropAction.CopyAction)


def drag_label(theme: Theme, text: str, ratio: float) -> QPixmap:
    """Return a label that follows the pointer while something of that name is dragged."""
    font = theme.font()
    metrics = QFontMetrics(font)
    text = metrics.elidedText(text, Qt.TextElideMode.ElideMiddle, 260)
    size = QSizeF(metrics.horizontalAdvance(text) + 20, 26)
    pixmap = QPixmap((size * ratio).toSize())
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    with QPainter(pixmap) as painter:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(theme.colour("accent"))
        painter.setBrush(theme.colour("surface"))
        box = QRectF(QPointF(0, 0), size)
        painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)
        painter.setFont(font)
        painter.setPen(theme.colour("text"))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)
    return pixmap


class TagsPanel(QWidget):
    """Filter box and tree of tags; the buttons of its title bar are in `buttons`."""

    def __init__(
        self, store: LogStore, workspace: Workspace, theme: Theme, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self.rows = TagTree(store, workspace, self)
        self.filter_box = FilterBox(theme, "Filter tags")
        self.view = TagsView(theme, self.rows)
        self._list = FilteredList(theme, self.filter_box, self.view, "No tag fits the filter")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._list)
        collapse = IconButton(theme, "collapse", "Close or open all groups", self)
        collapse.clicked.connect(self._toggle_all)
        self.buttons = (collapse,)

        self.filter_box.edited.connect(self._edit_filter)
        self.view.node_activated.connect(self._go)
        self.view.clicked.connect(self._go_to_clicked)
        self.view.selectionModel().currentChanged.connect(self._go_to_current)
        self.view.customContextMenuRequested.connect(self._open_menu)
        together = QShortcut(QKeySequence("Ctrl+G"), self)
        together.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        together.activated.connect(self.plot_together)
        self.rows.counted.connect(self._count)
        workspace.changed.connect(self._workspace_changed)
        workspace.selected_tag_changed.connect(self._show_tag)
        self.rows.rebuild()

    def take_changes(self, changes: Changes) -> None:
        """Follow the store."""
        self.rows.take_changes(changes)

    def _edit_filter(self, text: str) -> None:
        self._workspace.edit("Filter tags", tag_filter=text)

    def _workspace_changed(self, names: frozenset[str]) -> None:
        if "tag_filter" in names:
            self.filter_box.set_text(self._workspace.state.tag_filter)

    def _count(self, wanted: int, total: int) -> None:
        filtered = bool(self._workspace.state.tag_filter)
        self.filter_box.set_note("" if not total else f"{wanted:,}")
        self._list.show_count(wanted, total, filtered=filtered)

    def _go(self, node: object) -> None:
        if isinstance(node, Node) and node.item is not None:
            tag, kind, _count = node.item
            self._workspace.go_to_tag(tag, kind)

    def _go_to_current(self, current: QModelIndex, previous: QModelIndex) -> None:
        # Walking with the keys; a click tells by itself. Who selects several stays where he is.
        if (
            self.view.hasFocus()
            and QGuiApplication.mouseButtons() == Qt.MouseButton.NoButton
            and not _selects_more()
        ):
            self._go(self.view.node_at(current))

    def _go_to_clicked(self, index: QModelIndex) -> None:
        if not _selects_more():
            self._go(self.view.node_at(index))

    def selected_tags(self) -> list[str]:
        """Scalar tags of the selected rows and in the selected groups."""
        return self.rows.scalar_tags(self.view.selected_nodes())

    def plot_together(self) -> None:
        """Make one chart of the selected tags, and go to it."""
        tags = self.selected_tags()
        if not tags:
            return
        composed, made = composed_of(self._workspace.state.composed, lines_of(tags))
        self._workspace.edit("Plot together", composed=composed)
        self._workspace.go_to_tag(made.key, Kind.SCALAR)

    def _show_tag(self, tag: str, kind: str) -> None:
        row = self.rows.row_of_tag(tag, Kind(kind))
        if row >= 0 and self.view.currentIndex().row() != row:
            self.view.setCurrentIndex(self.rows.index(row, NAME))

    def _toggle_all(self) -> None:
        anything_open = any(node.open and node.children for node in self.rows.tops)
        self.rows.set_all_open(not anything_open)

    def _open_menu(self, position: QPoint) -> None:
        node = self.view.node_at(self.view.indexAt(position))
        show_menu(self.menu_of(node), self.view.viewport(), position)

    def menu_of(self, node: Node | None) -> QMenu:
        """What can be done with a row, with the selected ones and with all."""
        menu = QMenu(self)
        together = len(self.selected_tags())
        if together > 1:
            text = f"Plot {together:,} tags together\tCtrl+G"
            menu.addAction(text).triggered.connect(self.plot_together)
            menu.addSeparator()
        if node is not None:
            name = node.key.rstrip("/") if node.item is None else node.item[0]
            menu.addAction("Copy name").triggered.connect(
                partial(QGuiApplication.clipboard().setText, name)
            )
            menu.addSeparator()
            if node.item is None:
                pattern = "^" + _escape(node.key)
                menu.addAction("Show only this group").triggered.connect(
                    partial(self._workspace.edit, "Filter tags", tag_filter=pattern)
                )
            else:
                tag = node.item[0]
                menu.addAction("Go to it").triggered.connect(partial(self._go, node))
                pins = self._workspace.state.pinned_tags
                text = "Unpin" if tag in pins else "Pin"
                menu.addAction(text).triggered.connect(partial(self._pin, tag))
                menu.addAction("Show only this tag").triggered.connect(
                    partial(self._workspace.edit, "Filter tags", tag_filter=f"^{_escape(tag)}$")
                )
            menu.addSeparator()
        if self._workspace.state.tag_filter:
            menu.addAction("Clear the filter").triggered.connect(
                partial(self._workspace.edit, "Filter tags", tag_filter="")
            )
        menu.addAction("Open all groups").triggered.connect(partial(self.rows.set_all_open, True))
        menu.addAction("Close all groups").triggered.connect(partial(self.rows.set_all_open, False))
        return menu

    def _pin(self, tag: str) -> None:
        pins = self._workspace.state.pinned_tags
        after = tuple(t for t in pins if t != tag) if tag in pins else (*pins, tag)
        self._workspace.edit("Unpin" if tag in pins else "Pin", pinned_tags=after)


def _selects_more() -> bool:
    """Whether Shift or Ctrl is held, which select several rows."""
    keys = Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.ControlModifier
    return bool(QGuiApplication.keyboardModifiers() & keys)


def _escape(text: str) -> str:
    # Not re.escape, which also escapes signs that mean nothing: people read this.
    return "".join("\\" + c if c in r"\.^$*+?{}[]|()" else c for c in text)
