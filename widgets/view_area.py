"""The area of the views: docks that can be tabbed, split, floated and opened more than once.

It is a main window inside the main window, because docks of one window share one arrangement:
panels around, views in the middle, and neither may wander into the other.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from functools import partial

from PySide6.QtCore import QByteArray, QEvent, QObject, QPoint, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QContextMenuEvent, QMouseEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QMainWindow,
    QMenu,
    QSizePolicy,
    QTabBar,
    QTabWidget,
    QToolButton,
    QWidget,
)

from eventglass.app.models.view_registry import ViewEntry
from eventglass.widgets.controls.buttons import IconButton, PillButton
from eventglass.widgets.controls.empty import EmptyPage
from eventglass.widgets.controls.icons import icon
from eventglass.widgets.panels.panel import FramedDock, show_menu
from eventglass.widgets.view import View, ViewContext

_log = logging.getLogger(__name__)

STRIP_PX = 36


class ViewArea(QMainWindow):
    """Docks of views, and which of them is active."""

    #: The view the user works in changed; None when there is none.
    active_changed = Signal(object)
    #: A view is going to be deleted.
    view_closed = Signal(object)
    #: Views were opened or closed.
    views_changed = Signal()

    def __init__(
        self, context: ViewContext, entries: tuple[ViewEntry, ...], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("viewArea")
        self.setWindowFlags(Qt.WindowType.Widget)
        self._context = context
        self.entries = entries
        self._active: View | None = None
        self._bars: set[int] = set()
        self.setDockNestingEnabled(True)
        self.setDockOptions(
            QMainWindow.DockOption.AllowTabbedDocks
            | QMainWindow.DockOption.AllowNestedDocks
            # Lets a tab be dragged out of its bar.
            | QMainWindow.DockOption.GroupedDragging
        )
        self.setTabPosition(Qt.DockWidgetArea.AllDockWidgetAreas, QTabWidget.TabPosition.North)
        self._empty = EmptyPage(context.theme, "scalars", "No view is open here")
        for entry in entries[:3]:
            button = PillButton(context.theme, f"Open {entry.title.lower()}", entry.icon)
            button.clicked.connect(partial(self.open_view, entry.view_id))
            self._empty.buttons.addWidget(button)
        self._empty.hide()
        self.setCentralWidget(self._empty)
        # Docks move in several steps; the strips are put right once those are over.
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self._arrange)

    @property
    def active_view(self) -> View | None:
        """The view the user works in."""
        return self._active

    def docks(self) -> list[ViewDock]:
        """All docks of views that are open, in order of their names."""
        found = [d for d in self.findChildren(ViewDock) if not d.closing]
        return sorted(found, key=lambda dock: dock.objectName())

    def views(self) -> list[View]:
        """All open views."""
        return [dock.view for dock in self.docks()]

    def entry(self, view_id: str) -> ViewEntry | None:
        """The entry of a view."""
        return next((entry for entry in self.entries if entry.view_id == view_id), None)

    def show_view(self, view_id: str) -> View | None:
        """Bring a view to the front, opening it when it is not open."""
        for dock in self.docks():
            if dock.view.view_id == view_id:
                dock.show()
                dock.raise_()
                self._activate(dock.view)
                return dock.view
        return self.open_view(view_id)

    def open_view(self, view_id: str, name: str = "") -> View | None:
        """Open one more view of a kind, as a tab beside the active one."""
        entry = self.entry(view_id)
        if entry is None:
            return None
        try:
            view = entry.load()(self._context)
        except Exception as error:  # noqa: BLE001
            # A border: a view that cannot even be made must not take the window down.
            _log.debug("view %s could not be opened", view_id, exc_info=error)
            view = _Broken(self._context, entry, error)
        names = {dock.objectName() for dock in self.docks()}
        number = 1
        while not name or name in names:
            name = view_id if number == 1 else f"{view_id}:{number}"
            number += 1
        dock = ViewDock(name, entry, view, self._context, self)
        neighbour = self._dock_of(self._active)
        self.addDockWidget(Qt.DockWidgetArea.LeftDockWidgetArea, dock)
        if neighbour is not None and not neighbour.isFloating():
            self.tabifyDockWidget(neighbour, dock)
        dock.visibilityChanged.connect(partial(self._visibility_changed, dock))
        dock.topLevelChanged.connect(self._arrange_soon)
        dock.dockLocationChanged.connect(self._arrange_soon)
        dock.pressed.connect(self._activate)
        dock.closed.connect(self._closed)
        dock.menu_wanted.connect(self._open_dock_menu)
        dock.show()
        dock.raise_()
        self._activate(view)
        self._arrange_soon()
        self.views_changed.emit()
        return view  # type: ignore[no-any-return]

    def close_active(self) -> None:
        """Close the view the user works in."""
        dock = self._dock_of(self._active)
        if dock is not None:
            dock.close()

    def split_active(self, orientation: Qt.Orientation) -> None:
        """Open the active view once more, beside or below it."""
        if self._active is None:
            return
        before = self._dock_of(self._active)
        view = self.open_view(self._active.view_id)
        after = self._dock_of(view)
        if before is not None and after is not None and view is not None:
            after.view.restore(before.view.state())
            self._place_beside(before, after, orientation)

    def _place_beside(self, before: ViewDock, after: ViewDock, orientation: Qt.Orientation) -> None:
        """Put a dock beside another one and all that are tabs with it."""
        others = [dock for dock in self.tabifiedDockWidgets(before) if dock is not after]
        # Qt splits a single tab into a place that no tab bar shows: the group is taken apart first.
        for dock in (*others, after):
            self.removeDockWidget(dock)
        left = Qt.DockWidgetArea.LeftDockWidgetArea
        if all(self.dockWidgetArea(dock) != left or dock is before for dock in self.docks()):
            # What was the only group would stay one of tabs.
            self.removeDockWidget(before)
            self.addDockWidget(left, before)
        # So would a group beside others, unless it was split the other way before.
        horizontal, vertical = Qt.Orientation.Horizontal, Qt.Orientation.Vertical
        other_way = vertical if orientation == horizontal else horizontal
        self.splitDockWidget(before, after, other_way)
        self.removeDockWidget(after)
        self.splitDockWidget(before, after, orientation)
        for dock in others:
            self.tabifyDockWidget(before, dock)
        for dock in (*others, before, after):
            dock.show()
        before.raise_()
        self.resizeDocks([before, after], [1, 1], orientation)
        self._activate(after.view)

    def float_active(self) -> None:
        """Let the active view float, or put it back."""
        dock = self._dock_of(self._active)
        if dock is not None:
            dock.setFloating(not dock.isFloating())

    def arrangement(self) -> dict[str, object]:
        """What is open where, as JSON values."""
        return {
            "open": [[dock.objectName(), dock.view.view_id] for dock in self.docks()],
            "state": bytes(self.saveState().toBase64().data()).decode("ascii"),
        }

    def restore_arrangement(self, found: object) -> bool:
        """Open what was open, where it was; False when there is nothing sensible to restore."""
        if not isinstance(found, Mapping) or not isinstance(found.get("open"), list):
            return False
        wanted = [
            (row[0], row[1])
            for row in found["open"]
            if isinstance(row, list) and len(row) == 2 and all(isinstance(t, str) for t in row)
        ]
        wanted = [row for row in wanted if self.entry(row[1]) is not None][:32]
        if not wanted:
            return False
        open_now = {dock.objectName() for dock in self.docks()}
        for name, view_id in wanted:
            if name not in open_now:
                self.open_view(view_id, name)
        state = found.get("state")
        if isinstance(state, str):
            self.restoreState(QByteArray.fromBase64(QByteArray(state.encode("ascii", "replace"))))
        self._arrange_soon()
        return True

    def add_menu(self, parent: QWidget) -> QMenu:
        """Menu of all views that can be opened; those with nothing to show say so."""
        menu = QMenu(parent)
        for entry in self.entries:
            count = relevance(entry, self._context)
            action = menu.addAction(icon(self._context.theme, entry.icon), entry.title)
            action.triggered.connect(partial(self.open_view, entry.view_id))
            if not count:
                action.setText(f"{entry.title} — nothing to show")
                action.setEnabled(False)
        return menu

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Give the tab bars Qt makes for docks our icons and the button to add a view."""
        if isinstance(watched, QTabBar) and event.type() in (
            QEvent.Type.Resize,
            QEvent.Type.LayoutRequest,
            QEvent.Type.Show,
        ):
            self._arrange_soon()
        return super().eventFilter(watched, event)

    def sizeHint(self) -> QSize:
        """What is left of the window."""
        return QSize(860, 640)

    def _dock_of(self, view: View | None) -> ViewDock | None:
        return next((dock for dock in self.docks() if dock.view is view), None)

    def _visibility_changed(self, dock: ViewDock, visible: bool) -> None:
        # Of two that stand side by side both are visible: then the active one stays active.
        active = self._dock_of(self._active)
        if visible and (active is None or not active.view.isVisible()):
            self._activate(dock.view)
        self._arrange_soon()

    def _activate(self, view: View) -> None:
        if view is not self._active:
            self._active = view
            self.active_changed.emit(view)

    def _closed(self, dock: ViewDock) -> None:
        if dock.view is self._active:
            rest = [other for other in self.docks() if other is not dock]
            seen = [other for other in rest if other.view.isVisible()] or rest
            self._active = seen[0].view if seen else None
            if seen:
                seen[0].raise_()
            self.active_changed.emit(self._active)
        self.view_closed.emit(dock.view)
        dock.deleteLater()
        self._arrange_soon()
        self.views_changed.emit()

    def _arrange_soon(self, *_facts: object) -> None:
        self._timer.start()

    def _arrange(self) -> None:
        docked = [d for d in self.docks() if not d.isFloating() and not d.isHidden()]
        # Hidden, it leaves all room to the docks.
        self._empty.setVisible(not docked)
        for dock in self.docks():
            tabbed = bool(self.tabifiedDockWidgets(dock)) and not dock.isFloating()
            dock.set_tabbed(tabbed)
        theme = self._context.theme
        icons = {dock.windowTitle(): dock.entry.icon for dock in self.docks()}
        for bar in self.findChildren(QTabBar, options=Qt.FindChildOption.FindDirectChildrenOnly):
            if id(bar) not in self._bars:
                self._bars.add(id(bar))
                bar.installEventFilter(self)
                bar.setDrawBase(False)
                bar.setExpanding(False)
                bar.setIconSize(QSize(16, 16))
                bar.setElideMode(Qt.TextElideMode.ElideRight)
                bar.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
                bar.customContextMenuRequested.connect(partial(self._open_tab_menu, bar))
                bar.currentChanged.connect(self._arrange_soon)
                add = IconButton(theme, "add", "Open a view", bar)
                add.clicked.connect(partial(self._open_add_menu, bar, add))
            for i in range(bar.count()):
                name = icons.get(bar.tabText(i), "")
                token = "accent" if i == bar.currentIndex() else "text_muted"
                if name:
                    bar.setTabIcon(i, icon(theme, name, token))
            button = bar.findChild(IconButton)
            if button is not None and bar.count():
                last = bar.tabRect(bar.count() - 1)
                button.move(last.right() + 8, last.center().y() - button.height() // 2)
                button.show()

    def _open_add_menu(self, bar: QTabBar, button: IconButton) -> None:
        show_menu(self.add_menu(bar), button, QPoint(0, button.height()))

    def _open_tab_menu(self, bar: QTabBar, position: QPoint) -> None:
        index = bar.tabAt(position)
        if index >= 0:
            bar.setCurrentIndex(index)
        self._open_dock_menu(self._dock_of(self._active), bar.mapToGlobal(position))

    def _open_dock_menu(self, dock: object, position: QPoint) -> None:
        if not isinstance(dock, ViewDock):
            return
        self._activate(dock.view)
        menu = QMenu(self)
        theme = self._context.theme
        menu.addAction("Open again to the right").triggered.connect(
            partial(self.split_active, Qt.Orientation.Horizontal)
        )
        menu.addAction("Open again below").triggered.connect(
            partial(self.split_active, Qt.Orientation.Vertical)
        )
        text = "Put back" if dock.isFloating() else "Float"
        menu.addAction(text).triggered.connect(self.float_active)
        menu.addSeparator()
        menu.addAction(icon(theme, "close"), "Close").triggered.connect(self.close_active)
        show_menu(menu, self, self.mapFromGlobal(position))


class ViewDock(FramedDock):
    """A dock that holds one view."""

    #: Something in it was pressed; its view.
    pressed = Signal(object)
    #: It was closed; the dock.
    closed = Signal(object)
    #: Its context menu is wanted: the dock, the global position.
    menu_wanted = Signal(object, QPoint)

    def __init__(
        self, name: str, entry: ViewEntry, view: View, context: ViewContext, area: ViewArea
    ) -> None:
        super().__init__("", context.theme, area)
        self.setObjectName(name)
        self.entry = entry
        self.view = view
        self.closing = False
        number = name.partition(":")[2]
        self.setWindowTitle(f"{entry.title} {number}".strip())
        self._strip = _Strip(self, context, area)
        self._nothing = _Line(self)
        self._nothing.hide()
        self._tabbed = False
        self.setTitleBarWidget(self._strip)
        self.setWidget(view)
        view.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def set_tabbed(self, tabbed: bool) -> None:
        """Show the title strip only where no tab bar says the same."""
        if tabbed != self._tabbed:
            self._tabbed = tabbed
            self.setTitleBarWidget(self._nothing if tabbed else self._strip)
            self._strip.setVisible(not tabbed)
            self._nothing.setVisible(tabbed)

    def event(self, event: QEvent) -> bool:
        """Notice presses anywhere inside."""
        if event.type() in (QEvent.Type.MouseButtonPress, QEvent.Type.FocusIn):
            self.pressed.emit(self.view)
        return super().event(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        """A closed view is gone; it can be opened anew."""
        self.closing = True
        super().closeEvent(event)
        self.closed.emit(self)


class _Line(QFrame):
    """The title of a view that has a tab: only the line below the tabs."""

    def __init__(self, dock: ViewDock) -> None:
        super().__init__(dock)
        self.setObjectName("line")
        self.setFixedHeight(1)

    def sizeHint(self) -> QSize:
        """Return the height docks go by."""
        return QSize(80, 1)

    def minimumSizeHint(self) -> QSize:
        """Return the height docks go by."""
        return QSize(80, 1)


class _Strip(QWidget):
    """The title of a view that stands alone: a single tab, and the button to add another."""

    def __init__(self, dock: ViewDock, context: ViewContext, area: ViewArea) -> None:
        super().__init__(dock)
        self._dock = dock
        self._area = area
        self.setObjectName("viewStrip")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedHeight(STRIP_PX)
        tabs = QTabBar(self)
        tabs.setDrawBase(False)
        tabs.setExpanding(False)
        tabs.setIconSize(QSize(16, 16))
        tabs.addTab(icon(context.theme, dock.entry.icon, "accent"), dock.windowTitle())
        tabs.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        tabs.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._add = IconButton(context.theme, "add", "Open a view", self)
        self._add.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._add.clicked.connect(self._open_menu)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 0, 8, 1)
        row.setSpacing(4)
        row.addWidget(tabs, 0, Qt.AlignmentFlag.AlignBottom)
        row.addWidget(self._add)
        row.addStretch(1)
        dock.windowTitleChanged.connect(partial(tabs.setTabText, 0))

    def sizeHint(self) -> QSize:
        """Return the height of a row of tabs."""
        return QSize(200, STRIP_PX)

    def minimumSizeHint(self) -> QSize:
        """Narrow enough to be squeezed with its view."""
        return QSize(80, STRIP_PX)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Offer what can be done with the view."""
        self._dock.menu_wanted.emit(self._dock, event.globalPos())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Make it the active view; the dock drags it."""
        self._dock.pressed.emit(self._dock.view)
        event.ignore()

    def _open_menu(self) -> None:
        self._dock.pressed.emit(self._dock.view)
        show_menu(self._area.add_menu(self), self._add, QPoint(0, self._add.height()))


class _Broken(View):
    """Stands where a view could not be made, and says why."""

    def __init__(self, context: ViewContext, entry: ViewEntry, error: Exception) -> None:
        self.view_id = entry.view_id  # type: ignore[misc]
        self.title = entry.title  # type: ignore[misc]
        self.icon = entry.icon  # type: ignore[misc]
        super().__init__(context)
        self._error = error

    def refresh(self, reason: object, changes: object) -> None:
        """Fail again, in place."""
        raise self._error


def relevance(entry: ViewEntry, context: ViewContext) -> int:
    """How much a view would have to show, without importing it."""
    if entry.embeddings:
        return 0 if context.embeddings is None else context.embeddings.count
    return sum(n for (_tag, kind), n in context.store.tags().items() if kind in entry.kinds)
