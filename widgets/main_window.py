"""The main window: menus, tool bar, panels, views, step bar, status bar."""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QByteArray, QEvent, QSize, Qt, QTimer
from PySide6.QtGui import (
    QCloseEvent,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDropEvent,
    QGuiApplication,
    QKeyEvent,
    QPaintEvent,
)
from PySide6.QtWidgets import (
    QMainWindow,
    QMenu,
    QStackedWidget,
    QToolBar,
    QVBoxLayout,
    QWidget,
)

from eventglass.app.core.discovery import is_event_file
from eventglass.app.core.names import Kind
from eventglass.app.models.dock_states import is_dock_state
from eventglass.app.models.view_registry import BUILT_IN, ViewEntry, in_order
from eventglass.app.models.workspace import VISIBLE_RUNS
from eventglass.widgets.controls.buttons import PillButton
from eventglass.widgets.controls.notice import Notice
from eventglass.widgets.controls.status import StatusBar
from eventglass.widgets.main_bar import MainBar, title_of
from eventglass.widgets.panels.panel import PanelDock
from eventglass.widgets.workspace_actions import WorkspaceActions

if TYPE_CHECKING:
    from eventglass.app.core.reader import Progress
    from eventglass.app.core.store import Changes
    from eventglass.app.models.session import Session
    from eventglass.widgets.controls.command_palette import CommandPalette
    from eventglass.widgets.controls.empty import EmptyPage
    from eventglass.widgets.controls.step_bar import StepBar
    from eventglass.widgets.menus import Menus
    from eventglass.widgets.panels.inspector import InspectorPanel
    from eventglass.widgets.panels.problems import ProblemsPanel
    from eventglass.widgets.panels.runs import RunsPanel
    from eventglass.widgets.panels.tags import TagsPanel
    from eventglass.widgets.panels.welcome import WelcomePage
    from eventglass.widgets.view import View, ViewContext
    from eventglass.widgets.view_area import ViewArea
    from eventglass.widgets.window_commands import WindowCommands

_log = logging.getLogger(__name__)
MENUS = ("File", "Edit", "View", "Go", "Tools", "Help")
#: Version of the arrangement of docks; a saved one of another version is not restored.
LAYOUT_VERSION = 1
DEFAULT_SIZE = QSize(1440, 900)
LEFT_PX, RIGHT_PX = 271, 271


class MainWindow(QMainWindow):
    """The window of one session.

    Constructed, it is a frame: bars, empty panels, an empty middle. `complete` imports and makes
    what fills it; that happens after the frame was painted, so that there is a window at once.
    The attributes below exist from then on.
    """

    context: ViewContext
    palette_box: CommandPalette
    runs_panel: RunsPanel
    tags_panel: TagsPanel
    inspector_panel: InspectorPanel
    problems_panel: ProblemsPanel
    step_bar: StepBar
    welcome: WelcomePage
    window_commands: WindowCommands
    menus: Menus

    def __init__(self, session: Session, entries: tuple[ViewEntry, ...] = BUILT_IN) -> None:
        super().__init__()
        self.session = session
        self._entries = in_order(entries)
        self._theme = session.theme
        self._workspace = session.workspace
        self._complete = False
        self._opened_by_itself = False
        self._bringing = False
        self._painted = False
        self._tag_count = 0
        self._view_commands: list[str] = []
        self._tool_contents: dict[View, QWidget | None] = {}
        self._inspector_contents: dict[View, QWidget | None] = {}
        self._area: ViewArea
        self._nothing: EmptyPage
        self.setObjectName("mainWindow")
        self.setAcceptDrops(True)
        self.setDockOptions(
            QMainWindow.DockOption.AllowTabbedDocks | QMainWindow.DockOption.AllowNestedDocks
        )
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        self.resize(DEFAULT_SIZE)
        self.setMinimumSize(720, 480)
        self._menus = {name: self.menuBar().addMenu(name) for name in MENUS}
        self._recent_menu = QMenu("Open recent", self)
        self.workspace_actions = WorkspaceActions(self)
        self.bar = MainBar(session, self)
        self.bar.tag_box.edited.connect(self._edit_tag_filter)
        self.addToolBar(Qt.ToolBarArea.TopToolBarArea, self.bar)
        self._make_docks()
        self._make_centre()
        self._make_bars_below()
        self._restore_layout()
        self.setFocus()
        session.roots_changed.connect(self._roots_changed)
        self.workspace_actions.path_changed.connect(self._show_title)
        session.graph_opened.connect(self._show_graph)
        session.vectors_opened.connect(self._show_vectors)
        session.notice.connect(self.notice.tell)
        session.settings.failed.connect(self.notice.tell)
        session.settings.changed.connect(self._setting_changed)
        if session.settings.trouble:
            self.notice.tell(session.settings.trouble)
        self._setting_changed("live")
        self._roots_changed()

    # -- the frame

    def _make_docks(self) -> None:
        theme = self._theme
        self.runs_dock = PanelDock("runsDock", "Runs", theme, self)
        self.tags_dock = PanelDock("tagsDock", "Tags", theme, self)
        self.inspector_dock = PanelDock(
            "inspectorDock", "Inspector", theme, self, closable_here=True
        )
        self.problems_dock = PanelDock("problemsDock", "Problems", theme, self, closable_here=True)
        self._place_docks()

    def panel_docks(self) -> tuple[PanelDock, ...]:
        """The docks of the panels."""
        return (self.runs_dock, self.tags_dock, self.inspector_dock, self.problems_dock)

    def _place_docks(self) -> None:
        area = Qt.DockWidgetArea
        for dock in self.panel_docks():
            dock.setFloating(False)
        self.setCorner(Qt.Corner.BottomLeftCorner, area.LeftDockWidgetArea)
        self.setCorner(Qt.Corner.BottomRightCorner, area.RightDockWidgetArea)
        self.addDockWidget(area.LeftDockWidgetArea, self.runs_dock)
        self.addDockWidget(area.LeftDockWidgetArea, self.tags_dock)
        self.splitDockWidget(self.runs_dock, self.tags_dock, Qt.Orientation.Vertical)
        self.addDockWidget(area.RightDockWidgetArea, self.inspector_dock)
        self.addDockWidget(area.BottomDockWidgetArea, self.problems_dock)
        for dock in (self.runs_dock, self.tags_dock, self.inspector_dock):
            dock.show()
        self.problems_dock.hide()
        horizontal, vertical = Qt.Orientation.Horizontal, Qt.Orientation.Vertical
        self.resizeDocks([self.runs_dock, self.inspector_dock], [LEFT_PX, RIGHT_PX], horizontal)
        self.resizeDocks([self.runs_dock, self.tags_dock], [334, 431], vertical)
        self.resizeDocks([self.problems_dock], [180], vertical)

    def _make_centre(self) -> None:
        self.notice = Notice(self._theme)
        self._pages = QStackedWidget()
        centre = QWidget()
        centre.setObjectName("view")
        centre.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        column = QVBoxLayout(centre)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.notice)
        column.addWidget(self._pages, 1)
        self.setCentralWidget(centre)

    def _make_bars_below(self) -> None:
        bar = QToolBar("Step", self)
        bar.setObjectName("stepToolBar")
        bar.setMovable(False)
        bar.setFloatable(False)
        bar.setFixedHeight(36)
        self.step_tool_bar = bar
        self.addToolBar(Qt.ToolBarArea.BottomToolBarArea, bar)
        self.status = StatusBar(self._theme)
        self.status.problems_wanted.connect(self.show_problems)
        self.setStatusBar(self.status)

    # -- what fills it

    @property
    def area(self) -> ViewArea:
        """The area of the views; makes what fills the window if need be."""
        self.complete()
        return self._area

    def complete(self) -> None:
        """Fill the frame now instead of after the first paint."""
        if self._complete:
            return
        self._complete = True
        self._make_views()
        self._make_panels()
        self._make_pages()
        self._make_commands()
        self._connect()
        session = self.session
        is_empty = not session.open_roots() and not session.loose_files
        if is_empty and session.settings.flag("reopen") and session.recents:
            session.open(session.recents[0])
        self._roots_changed()
        if session.store.runs:
            from eventglass.app.core.store import Changes

            # Small logs are read, and told of, before there is anybody to hear of them.
            runs, series = len(session.store.runs), len(session.store.series)
            self._take_changes(Changes(tuple(range(runs)), tuple(range(series)), roots=True))
            self._progressed(session.reader.progress())
            self.runs_panel.show_run(self._workspace.selected_run)

    def _make_views(self) -> None:
        from eventglass.app.models.embedding_shelf import EmbeddingShelf
        from eventglass.app.models.payloads import Payloads
        from eventglass.widgets.plots.line_book import LineBook
        from eventglass.widgets.view import ViewContext
        from eventglass.widgets.view_area import ViewArea

        session = self.session
        self.context = ViewContext(
            session.store,
            session.workspace,
            session.settings,
            session.tasks,
            session.commands,
            session.theme,
            LineBook(session.store, session.workspace, session.tasks, self),
            Payloads(
                # A quarter: views keep what they made of the entries in the rest.
                session.store,
                session.tasks,
                int(session.settings.text("cache_mb")) << 18,
                self,
            ),
            EmbeddingShelf(session.store, session.tasks, self),
        )
        self._area = ViewArea(self.context, self._entries, self)

    def _make_panels(self) -> None:
        from eventglass.widgets.controls.step_bar import StepBar
        from eventglass.widgets.panels.inspector import InspectorPanel
        from eventglass.widgets.panels.problems import ProblemsPanel
        from eventglass.widgets.panels.runs import RunsPanel
        from eventglass.widgets.panels.tags import TagsPanel

        store, workspace, theme = self.session.store, self._workspace, self._theme
        self.runs_panel = RunsPanel(store, workspace, theme)
        self.tags_panel = TagsPanel(store, workspace, theme)
        self.inspector_panel = InspectorPanel(store, workspace, theme, self.context.lines)
        self.problems_panel = ProblemsPanel(store, theme)
        self.step_bar = StepBar(store, workspace, theme)
        self.runs_dock.fill(self.runs_panel, *self.runs_panel.buttons)
        self.tags_dock.fill(self.tags_panel, *self.tags_panel.buttons)
        self.inspector_dock.fill(self.inspector_panel)
        self.problems_dock.fill(self.problems_panel)
        self.step_tool_bar.addWidget(self.step_bar)

    def _make_pages(self) -> None:
        from eventglass.widgets.controls.empty import EmptyPage
        from eventglass.widgets.panels.welcome import WelcomePage

        run = self.session.commands.run
        self.welcome = WelcomePage(self.session)
        self._nothing = EmptyPage(self._theme, "search", "Nothing to show", "")
        again = PillButton(self._theme, "Look again", "refresh")
        again.clicked.connect(partial(run, "tools.look_now"))
        other = PillButton(self._theme, "Open another folder…", "folder-open")
        other.clicked.connect(partial(run, "file.open_folder"))
        self._nothing.buttons.addWidget(again)
        self._nothing.buttons.addWidget(other)
        self._nothing.setObjectName("view")
        self._nothing.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        for page in (self.welcome, self._area, self._nothing):
            self._pages.addWidget(page)

    def _make_commands(self) -> None:
        from eventglass.widgets.controls.command_palette import CommandPalette
        from eventglass.widgets.controls.focus_keys import FocusKeys
        from eventglass.widgets.help_commands import HelpCommands
        from eventglass.widgets.menus import Menus
        from eventglass.widgets.root_menus import RootMenus
        from eventglass.widgets.window_commands import WindowCommands

        self.palette_box = CommandPalette(self._theme, self)
        self.window_commands = WindowCommands(self)
        HelpCommands(self)
        self._focus_keys = FocusKeys(self)
        submenus = (("File", "1", self._recent_menu),)
        commands = self.session.commands
        self.menus = Menus(self, commands, self._theme, self._menus, submenus)
        roots = RootMenus(self.session, self._recent_menu, self)
        if sys.platform == "darwin":
            self._recent_menu.setAsDockMenu()
        button = self.bar.root_button
        button.clicked.connect(partial(roots.open_below, button, self.menus))

    def _connect(self) -> None:
        session = self.session
        session.feed.changed.connect(self._take_changes)
        session.feed.progressed.connect(self._progressed)
        session.saving.connect(self._keep_view_states)
        session.revealed.connect(self.runs_panel.show_run)
        self._workspace.changed.connect(self._workspace_changed)
        self._workspace.tag_requested.connect(self._show_view_of)
        self.tags_panel.rows.counted.connect(self._tags_counted)
        if self.context.embeddings is not None:
            self.context.embeddings.changed.connect(self._embeddings_changed)
        self._area.active_changed.connect(self._active_changed)
        self._area.view_closed.connect(self._forget)

    def _show_graph(self, path: str) -> None:
        """Show the graph in a file."""
        from eventglass.widgets.views.graphs import GraphsView

        view = self.area.show_view(GraphsView.view_id)
        if isinstance(view, GraphsView):
            view.open_path(Path(path))

    def _show_vectors(self, path: str, metadata: str) -> None:
        """Show the vectors in a file."""
        from eventglass.widgets.views.embeddings import EmbeddingsView

        view = self.area.show_view(EmbeddingsView.view_id)
        if isinstance(view, EmbeddingsView):
            view.open_path(path, metadata or None)

    # -- following

    def paintEvent(self, event: QPaintEvent) -> None:
        """After the first paint of the frame the rest follows."""
        super().paintEvent(event)
        if not self._painted:
            self._painted = True
            QTimer.singleShot(0, self, self.complete)

    def _open_views(self) -> None:
        if self._area.docks() or not self.session.open_roots():
            return
        try:
            found = json.loads(self.session.settings.text("views") or "null")
        except ValueError:
            found = None
        if any(self._area.entry(view_id) is None for view_id in views_named(found)):
            self.look_for_views()
        if not self._area.restore_arrangement(found):
            for entry in self._area.entries[:1]:
                self._area.open_view(entry.view_id)
                self._opened_by_itself = True
        self._restore_views()

    def _restore_views(self) -> None:
        for dock in self._area.docks():
            state = self.session.view_states.get(dock.objectName())
            if state:
                try:
                    dock.view.restore(state)
                except Exception:  # noqa: BLE001
                    # A view of its own making may stumble over what somebody else's file says.
                    _log.warning("State of %s was passed over", dock.objectName(), exc_info=True)

    def look_for_views(self) -> None:
        """Take in the views of other packages, those that are not known yet."""
        from eventglass.app.models.view_registry import entry_point_views

        area = self.area
        fresh = tuple(e for e in entry_point_views() if area.entry(e.view_id) is None)
        if fresh:
            area.entries = self._entries = in_order((*self._entries, *fresh))
            self.window_commands.add_views(in_order(fresh))

    def _take_changes(self, changes: Changes) -> None:
        self.runs_panel.take_changes(changes)
        self.tags_panel.take_changes(changes)
        self.inspector_panel.take_changes(changes)
        self.problems_panel.take_changes(changes)
        self.step_bar.take_changes(changes)
        for view in self._area.views():
            view.take_changes(changes)
        if changes.runs and self.context.embeddings is not None:
            self.context.embeddings.look_soon()
        if changes.runs or changes.roots:
            self._choose_page()
        if changes.runs or changes.series or changes.roots or changes.problems:
            self._show_counts()

    def _progressed(self, progress: Progress) -> None:
        self.status.show_progress(progress if self.session.open_roots() else None)
        if progress.settled:
            self._show_counts()
            self._choose_page()
            self._show_what_there_is()

    def _show_what_there_is(self) -> None:
        """Where the view that opened by itself has nothing to show, go to one that has."""
        kinds = {kind for (_tag, kind), count in self.session.store.tags().items() if count}
        if not self._opened_by_itself or not kinds:
            return
        self._opened_by_itself = False
        views = self._area.views()
        if len(views) != 1 or views[0].kinds & kinds:
            return
        entry = next((entry for entry in self._area.entries if entry.kinds & kinds), None)
        if entry is not None:
            self._area.show_view(entry.view_id)

    def _embeddings_changed(self) -> None:
        """Logs of embeddings alone are logs too."""
        self._choose_page()
        shelf = self.context.embeddings
        kinds = any(self.session.store.tags().values())
        if self._opened_by_itself and shelf is not None and shelf.count and not kinds:
            entry = next((entry for entry in self._area.entries if entry.embeddings), None)
            if entry is not None:
                self._opened_by_itself = False
                self._area.show_view(entry.view_id)

    def _show_view_of(self, tag: str, kind: str) -> None:
        """Bring a view forward for a tag that is asked for, where none in sight shows its kind."""
        views = self._area.views()
        wanted = Kind(kind)
        if self._bringing or any(wanted in view.kinds and view.isVisible() for view in views):
            return
        entry = next((entry for entry in self._area.entries if wanted in entry.kinds), None)
        if entry is not None and self._area.show_view(entry.view_id) is not None:
            # It is told again when it is there.
            QTimer.singleShot(0, self, partial(self._ask_again, tag, wanted))

    def _ask_again(self, tag: str, kind: Kind) -> None:
        self._bringing = True
        self._workspace.go_to_tag(tag, kind)
        self._bringing = False

    def _workspace_changed(self, names: frozenset[str]) -> None:
        if "tag_filter" in names:
            self.bar.tag_box.set_text(self._workspace.state.tag_filter)
        if VISIBLE_RUNS in names:
            self._show_counts()

    def _setting_changed(self, key: str) -> None:
        settings = self.session.settings
        if key == "theme":
            self._theme.set_scheme(settings.text("theme"))
        elif key == "live":
            live = settings.flag("live")
            self.session.reader.set_live(live)
            self.bar.show_live(live)

    def _roots_changed(self) -> None:
        roots = self.session.open_roots()
        if not roots:
            self.status.show_progress(None)
        self._show_title()
        self.bar.show_roots(roots)
        self.bar.tag_box.set_text(self._workspace.state.tag_filter)
        self.step_tool_bar.setVisible(bool(roots))
        self._show_docks(bool(roots))
        if not roots and self.session.loose_files:
            # Graphs and vectors have neither runs nor tags.
            self.inspector_dock.show()
        if self._complete:
            if self.context.embeddings is not None:
                self.context.embeddings.follow_roots()
                if not roots and not self.session.loose_files:
                    self.context.embeddings.files_closed.emit()
            self.runs_panel.rows.rebuild()
            self.tags_panel.rows.rebuild()
            self._open_views()
            self._choose_page()
            self._show_counts()
            self._show_renderer()

    def _show_title(self) -> None:
        workspace = self.workspace_actions.path
        if workspace is not None:
            title = workspace.stem
        else:
            title = title_of(self.session.open_roots() or self.session.loose_files[-1:])
        self.setWindowTitle(f"{title} — Eventglass" if title else "Eventglass")

    def _choose_page(self) -> None:
        roots = [root for root in self.session.store.roots if not root.closed]
        reasons = [self.session.reader.empty_reason(root.id) for root in roots]
        if not roots:
            page: QWidget = self._area if self.session.loose_files else self.welcome
        elif reasons and all(reasons) and not self._embeddings_count():
            self._nothing.set_texts("Nothing to show", "\n".join(r for r in reasons if r))
            page = self._nothing
        else:
            page = self._area
        self._pages.setCurrentWidget(page)

    def _embeddings_count(self) -> int:
        shelf = self.context.embeddings if self._complete else None
        return 0 if shelf is None else shelf.count

    def _show_docks(self, wanted: bool) -> None:
        # With nothing open there is nothing to list: the panels wait, and come back as they were.
        for dock in self.panel_docks():
            if wanted and dock.property("waiting"):
                dock.setProperty("waiting", False)
                dock.show()
            elif not wanted and not dock.isHidden():
                dock.setProperty("waiting", True)
                dock.hide()

    def _show_counts(self) -> None:
        if not self.session.open_roots():
            return
        store = self.session.store
        self.status.show_counts(
            len(self._workspace.visible_run_ids()),
            len(store.open_runs()),
            self._tag_count,
            len(store.problems),
        )

    def _tags_counted(self, wanted: int, total: int) -> None:
        # Told by the tree, which counts as often as is worth while; counting costs with many.
        if total != self._tag_count:
            self._tag_count = total
            self._show_counts()

    def _active_changed(self, view: object) -> None:
        from eventglass.widgets.view import View

        view = view if isinstance(view, View) else None
        if view is not None and view not in self._tool_contents:
            self._tool_contents[view] = view.tool_bar_content()
            self._inspector_contents[view] = view.inspector_content()
            view.renderer_changed.connect(self._show_renderer)
        self.bar.show_tools(None if view is None else self._tool_contents[view])
        self.session.commands.remove(self._view_commands)
        commands = () if view is None else view.commands()
        self.session.commands.replace(*commands)
        self._view_commands = [command.id for command in commands]
        self._show_renderer()
        content = None if view is None else self._inspector_contents[view]
        with_values = view is None or Kind.SCALAR in view.kinds
        self.inspector_panel.show_content(content, with_values=with_values)

    def _show_renderer(self) -> None:
        view = None
        if self._complete and self.session.open_roots():
            view = self._area.active_view
        name = "" if view is None else view.renderer_name()
        self.status.set_renderer(name)

    def _forget(self, view: View) -> None:
        for contents in (self._tool_contents, self._inspector_contents):
            content = contents.pop(view, None)
            if content is not None:
                content.deleteLater()

    # -- what commands call

    def open_palette(self) -> None:
        """Open the command palette."""
        from eventglass.widgets.controls.command_palette import command_entries

        self.palette_box.open_with("Type a command", command_entries(self.session.commands))

    def open_tag_palette(self) -> None:
        """Ask for a tag to go to."""
        from eventglass.widgets.controls.command_palette import Entry

        entries = [
            Entry(tag, partial(self._workspace.go_to_tag, tag, kind), f"{count:,}", str(kind))
            for tag, kind, count in self.tags_panel.rows.tags()
        ]
        self.palette_box.open_with("Go to tag", entries)

    def focus_run_filter(self) -> None:
        """Put the cursor into the filter of runs."""
        self.runs_dock.show()
        self.runs_panel.filter_box.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.runs_panel.filter_box.selectAll()

    def show_problems(self) -> None:
        """Show or hide the problems."""
        self.problems_dock.setVisible(self.problems_dock.isHidden())

    def reset_layout(self) -> None:
        """Put every panel and view back to where it was at first."""
        self._place_docks()
        for dock in self._area.docks():
            dock.setFloating(False)
        docks = self._area.docks()
        for dock in docks[1:]:
            self._area.tabifyDockWidget(docks[0], dock)
        if not docks and self.session.open_roots():
            self._area.open_view(self._entries[0].view_id)

    def open_paths(self, paths: Iterable[str], reveal: bool = False) -> None:
        """Open logs beside those that are open, and workspace files instead of them.

        With `reveal` an event file is shown among the runs beside it.
        """
        logs = []
        for path in paths:
            if reveal and is_event_file(os.path.basename(path)) and os.path.isfile(path):
                self.session.reveal(path)
            else:
                logs.append(path)
        self.session.open(logs)

    def layout_state(self) -> dict[str, object]:
        """The arrangement of views and panels, as JSON values."""
        return {
            "views": self._area.arrangement() if self._complete else None,
            "panels": _text(self.saveState(LAYOUT_VERSION)),
        }

    def restore_layout_state(self, found: object) -> None:
        """Arrange views and panels as `layout_state` said; what does not fit is left out."""
        if not isinstance(found, dict):
            return
        before = self.area.docks()
        views = _with_sound_state(found.get("views"))
        if self._area.restore_arrangement(views):
            wanted = [row[0] for row in views["open"] if isinstance(row, list) and row]
            for dock in before:
                if dock.objectName() not in wanted:
                    dock.close()
        self._restore_views()
        panels = found.get("panels")
        if isinstance(panels, str) and is_dock_state(bytes(_bytes(panels).data())):
            self.restoreState(_bytes(panels), LAYOUT_VERSION)

    def come_to_front(self, token: str = "") -> None:
        """Raise the window; `token` is what the desktop gave whoever asked for it."""
        if token and QGuiApplication.platformName() == "wayland":
            # Qt hands it to the compositor with the next activation.
            os.environ["XDG_ACTIVATION_TOKEN"] = token
        self.setWindowState(self.windowState() & ~Qt.WindowState.WindowMinimized)
        self.show()
        self.raise_()
        self.activateWindow()

    def _edit_tag_filter(self, text: str) -> None:
        self._workspace.edit("Filter tags", tag_filter=text)

    def step_back(self) -> None:
        """Take back what narrows the active view, else the filter of tags."""
        view = self.area.active_view
        if (view is None or not view.step_back()) and self._workspace.state.tag_filter:
            self._edit_tag_filter("")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc with the focus nowhere does what it does in the view."""
        if event.key() == Qt.Key.Key_Escape and self._complete:
            self.step_back()
        else:
            super().keyPressEvent(event)

    # -- dropping

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take files and folders of this machine."""
        if self._complete and _local_paths(event):
            event.setDropAction(Qt.DropAction.CopyAction)
            event.accept()
            self.welcome.drop_area.set_lit(True)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        """Nothing is dropped after all."""
        self.welcome.drop_area.set_lit(False)

    def dropEvent(self, event: QDropEvent) -> None:
        """Open what was dropped."""
        self.welcome.drop_area.set_lit(False)
        paths = _local_paths(event)
        if paths:
            event.setDropAction(Qt.DropAction.CopyAction)
            event.accept()
            self.open_paths(paths)

    # -- keeping

    def closeEvent(self, event: QCloseEvent) -> None:
        """Keep layout and workspace."""
        settings = self.session.settings
        self._show_docks(True)
        settings.set("geometry", _text(self.saveGeometry()))
        settings.set("layout", _text(self.saveState(LAYOUT_VERSION)))
        if self._complete and self._area.docks():
            settings.set("views", json.dumps(self._area.arrangement()))
        self.session.save()
        super().closeEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        """Look for new data when the user comes back to the window."""
        super().changeEvent(event)
        if (
            event.type() == QEvent.Type.ActivationChange
            and self.isActiveWindow()
            and self.session.settings.flag("live")
        ):
            self.session.reader.look_now()

    def _restore_layout(self) -> None:
        settings = self.session.settings
        geometry, layout = settings.text("geometry"), settings.text("layout")
        if geometry:
            self.restoreGeometry(_bytes(geometry))
        if layout:
            self.restoreState(_bytes(layout), LAYOUT_VERSION)

    def _keep_view_states(self) -> None:
        for dock in self._area.docks():
            if not dock.view.failed:
                self.session.set_view_state(dock.objectName(), dock.view.state())


def views_named(arrangement: object) -> list[str]:
    """Ids of the views a kept arrangement has open."""
    rows = arrangement.get("open") if isinstance(arrangement, dict) else None
    rows = rows if isinstance(rows, list) else []
    return [row[1] for row in rows if isinstance(row, list) and len(row) == 2]


def _with_sound_state(arrangement: object) -> Any:
    """An arrangement of views without what Qt could choke on."""
    if not isinstance(arrangement, dict):
        return None
    state = arrangement.get("state")
    if isinstance(state, str) and is_dock_state(bytes(_bytes(state).data())):
        return arrangement
    return {**arrangement, "state": None}


def _local_paths(event: QDropEvent) -> list[str]:
    urls = event.mimeData().urls()
    return [url.toLocalFile() for url in urls if url.isLocalFile() and url.toLocalFile()]


def _text(data: QByteArray) -> str:
    return bytes(data.toBase64().data()).decode("ascii")


def _bytes(text: str) -> QByteArray:
    return QByteArray.fromBase64(QByteArray(text.encode("ascii", "replace")))
