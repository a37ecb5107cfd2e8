"""The commands of the window itself: opening, panels, steps, look."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog

from eventglass.app.core.names import Kind
from eventglass.app.models.commands import Command
from eventglass.app.models.resources import resource
from eventglass.app.models.workspace import Workspace
from eventglass.widgets.view_area import relevance

if TYPE_CHECKING:
    from eventglass.app.models.view_registry import ViewEntry
    from eventglass.widgets.main_window import MainWindow
    from eventglass.widgets.panels.panel import PanelDock

FILES = (
    "Event files, archives, graphs, vectors (*tfevents* *.zip *.tar *.tar.gz *.tgz *.pb *.pbtxt "
    "*.tsv *.csv *.npy *.npz *.parquet *.bytes);;"
    "Event files (*tfevents*);;Archives (*.zip *.tar *.tar.gz *.tgz);;"
    "Graphs (*.pb *.pbtxt *.pbtext *.prototxt *.json);;"
    "Vectors (*.tsv *.csv *.npy *.npz *.parquet *.bytes);;All files (*)"
)


class WindowCommands(QObject):
    """Adds the window's commands and does what they say."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._session = window.session
        self._workspace: Workspace = window.session.workspace
        window.session.commands.add(*self._file(), *self._edit(), *self._view(), *self._rest())

    def add_views(self, entries: Iterable[ViewEntry]) -> None:
        """Add the commands that open views which became known later."""
        self._session.commands.add(*(self._opening(entry) for entry in entries))

    # -- the commands

    def _file(self) -> list[Command]:
        session, window = self._session, self._window
        return [
            Command(
                "file.open_folder",
                "Open folder…",
                self.open_folder,
                "File/1",
                ("Ctrl+O",),
                "folder-open",
                keywords="logdir directory add",
            ),
            Command(
                "file.open_file",
                "Open file…",
                self.open_file,
                "File/1",
                ("Ctrl+Shift+O",),
                "file",
                keywords="archive zip tar event graph vectors embedding tsv csv npy parquet",
            ),
            Command(
                "file.open_sample",
                "Open the sample logs",
                self.open_sample,
                "File/1",
                icon="scalars",
                keywords="example demo",
            ),
            Command(
                "file.open_workspace",
                "Open workspace…",
                window.workspace_actions.ask_and_open,
                "File/2",
                keywords="eventglass file load saved layout",
            ),
            Command(
                "file.save_workspace",
                "Save workspace",
                window.workspace_actions.save_again,
                "File/2",
                ("Ctrl+S",),
                "save",
                enabled=self._has_roots,
                keywords="eventglass file send share layout selection colours",
            ),
            Command(
                "file.save_workspace_as",
                "Save workspace as…",
                window.workspace_actions.ask_and_save,
                "File/2",
                ("Ctrl+Shift+S",),
                enabled=self._has_roots,
                keywords="eventglass file send share copy",
            ),
            Command(
                "file.export_data",
                "Export data…",
                self.export_data,
                "File/2",
                icon="export",
                enabled=self._has_scalars,
                keywords="save csv jsonl parquet numpy scalars everything",
                reason=self._why_no_data,
            ),
            Command(
                "file.close_all",
                "Close all logs",
                session.close_all,
                "File/3",
                ("Ctrl+Shift+W",),
                "close",
                enabled=self._has_roots,
            ),
            Command(
                "file.quit", "Quit", self._window.close, "File/4", ("Ctrl+Q",), keywords="exit"
            ),
        ]

    def _edit(self) -> list[Command]:
        stack, window = self._workspace.undo_stack, self._window
        return [
            Command("edit.undo", "Undo", stack.undo, "Edit/1", ("Ctrl+Z",), "undo", stack.canUndo),
            Command(
                "edit.redo",
                "Redo",
                stack.redo,
                "Edit/1",
                ("Ctrl+Shift+Z", "Ctrl+Y"),
                "redo",
                stack.canRedo,
            ),
            Command(
                "edit.filter_tags",
                "Filter tags",
                window.bar.focus_filter,
                "Edit/2",
                ("Ctrl+F",),
                "search",
                self._has_roots,
                keywords="find search",
            ),
            Command(
                "edit.filter_runs",
                "Filter runs",
                window.focus_run_filter,
                "Edit/2",
                ("Ctrl+Shift+F",),
                enabled=self._has_roots,
                keywords="find search",
            ),
            Command(
                "edit.clear_filters",
                "Clear filters",
                self.clear_filters,
                "Edit/2",
                enabled=self._has_filter,
            ),
            Command(
                "edit.preferences",
                "Preferences…",
                self.open_preferences,
                "Edit/3",
                ("Ctrl+,",),
                "preferences",
                keywords="settings options",
            ),
        ]

    def _opening(self, entry: ViewEntry, keys: tuple[str, ...] = ()) -> Command:
        return Command(
            f"view.show_{entry.view_id}",
            entry.title,
            partial(self._window.area.show_view, entry.view_id),
            "View/1",
            keys,
            entry.icon,
            partial(self._is_relevant, entry),
            keywords="view dashboard",
            reason=partial(self._reason, entry),
        )

    def _view(self) -> list[Command]:
        window = self._window
        area = window.area
        commands = [
            self._opening(entry, (f"Ctrl+{number}",) if number <= 9 else ())
            for number, entry in enumerate(area.entries, start=1)
        ]
        horizontal, vertical = Qt.Orientation.Horizontal, Qt.Orientation.Vertical
        commands += [
            Command(
                "view.split_right",
                "Open the view again to the right",
                partial(area.split_active, horizontal),
                "View/2",
                enabled=self._has_view,
            ),
            Command(
                "view.split_below",
                "Open the view again below",
                partial(area.split_active, vertical),
                "View/2",
                enabled=self._has_view,
            ),
            Command(
                "view.float",
                "Float the view",
                area.float_active,
                "View/2",
                enabled=self._has_view,
                keywords="window screen detach",
            ),
            Command(
                "view.close",
                "Close the view",
                area.close_active,
                "View/2",
                ("Ctrl+W",),
                enabled=self._has_view,
            ),
        ]
        for dock in window.panel_docks():
            title = dock.windowTitle()
            commands.append(
                Command(
                    f"view.panel_{title.lower()}",
                    title,
                    partial(self._toggle_dock, dock),
                    "View/3",
                    enabled=self._has_roots,
                    checked=partial(_is_shown, dock),
                    keywords="panel dock show hide",
                )
            )
        commands += [
            Command(
                f"view.theme_{scheme}",
                title,
                partial(self._session.settings.set, "theme", scheme),
                "View/4",
                checked=partial(self._has_scheme, scheme),
                keywords="theme colours appearance scheme mode",
            )
            for scheme, title in (
                ("light", "Light colours"),
                ("dark", "Dark colours"),
                ("system", "Colours of the system"),
            )
        ]
        commands += [
            Command(
                "view.value_table",
                "Table of values in a window",
                window.inspector_panel.at_step.open_table,
                "View/3b",
                icon="table",
                enabled=window.inspector_panel.at_step.has_values,
                keywords="step range statistics inspector float",
                reason=lambda: "There are no values to show",
            ),
            Command("view.reset_layout", "Reset the layout", window.reset_layout, "View/5"),
            Command(
                "view.full_screen",
                "Full screen",
                self.toggle_full_screen,
                "View/5",
                ("F11",),
                checked=window.isFullScreen,
            ),
        ]
        return commands

    def _rest(self) -> list[Command]:
        window, roots = self._window, self._has_roots
        return [
            Command(
                "go.tag",
                "Go to tag…",
                window.open_tag_palette,
                "Go/1",
                ("Ctrl+P",),
                "search",
                roots,
                keywords="chart find",
            ),
            Command("go.next_step", "Next step", self.next_step, "Go/2", ("Right",), enabled=roots),
            Command(
                "go.previous_step",
                "Previous step",
                self.previous_step,
                "Go/2",
                ("Left",),
                enabled=roots,
            ),
            Command(
                "go.last_step",
                "Last step",
                partial(self._workspace.set_step, None),
                "Go/2",
                ("Shift+End",),
                enabled=roots,
            ),
            Command(
                "go.play",
                "Play through the steps",
                self.toggle_playing,
                "Go/2",
                ("Space",),
                "play",
                roots,
                keywords="pause animate",
            ),
            Command(
                "tools.palette",
                "Commands…",
                window.open_palette,
                "Tools/1",
                ("Ctrl+Shift+P",),
                "commands",
            ),
            Command(
                "tools.live",
                "Watch for new data",
                self.toggle_live,
                "Tools/2",
                checked=partial(self._session.settings.flag, "live"),
                keywords="live reload tail",
            ),
            Command(
                "tools.look_now",
                "Look for new data now",
                self._session.reader.look_now,
                "Tools/2",
                ("F5",),
                "refresh",
                roots,
                keywords="reload refresh",
            ),
            Command(
                "tools.show_all_runs",
                "Show all runs",
                window.runs_panel.show_all,
                "Tools/6",
                icon="show",
                enabled=roots,
            ),
            Command(
                "tools.hide_all_runs",
                "Hide all runs",
                window.runs_panel.hide_all,
                "Tools/6",
                icon="hide",
                enabled=roots,
            ),
        ]

    # -- what they do

    def open_folder(self) -> None:
        """Ask for a folder and open it."""
        path = QFileDialog.getExistingDirectory(self._window, "Open a folder of logs")
        if path:
            self._session.open([path])

    def open_file(self) -> None:
        """Ask for event files or archives and open them."""
        paths, _kind = QFileDialog.getOpenFileNames(
            self._window, "Open event files, archives, graphs or vectors", "", FILES
        )
        if paths:
            self._session.open(paths)

    def open_sample(self) -> None:
        """Open the logs that come with the program."""
        self._session.open([str(resource("sample"))])

    def export_data(self) -> None:
        """Open the dialog that writes the points of scalars."""
        from eventglass.widgets.views.data_dialog import open_data_dialog

        open_data_dialog(self._window, self._window.context)

    def clear_filters(self) -> None:
        """Empty both filters."""
        self._workspace.edit("Clear filters", run_filter="", tag_filter="")

    def open_preferences(self) -> None:
        """Open the preferences."""
        from eventglass.widgets.panels.preferences import Preferences

        dialog = Preferences(self._session.settings, self._session.theme, self._window)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.show()

    def next_step(self) -> None:
        """Move the step cursor on."""
        self._window.step_bar.move_by(1)

    def previous_step(self) -> None:
        """Move the step cursor back."""
        self._window.step_bar.move_by(-1)

    def toggle_playing(self) -> None:
        """Play or pause."""
        self._window.step_bar.toggle_playing()

    def toggle_live(self) -> None:
        """Watch for new data or stop doing so."""
        settings = self._session.settings
        settings.set("live", not settings.flag("live"))

    def toggle_full_screen(self) -> None:
        """Fill the screen or give it back."""
        if self._window.isFullScreen():
            self._window.showNormal()
        else:
            self._window.showFullScreen()

    def copy(self, text: str) -> None:
        """Put a text on the clipboard."""
        QGuiApplication.clipboard().setText(text)

    def _toggle_dock(self, dock: PanelDock) -> None:
        dock.setVisible(dock.isHidden())

    def _has_roots(self) -> bool:
        return bool(self._session.open_roots())

    def _has_scalars(self) -> bool:
        return any(kind is Kind.SCALAR for _tag, kind in self._session.store.tags())

    def _why_no_data(self) -> str:
        return "The logs hold no scalars" if self._has_roots() else "No log is open"

    def _has_view(self) -> bool:
        return self._window.area.active_view is not None

    def _has_filter(self) -> bool:
        state = self._workspace.state
        return bool(state.run_filter or state.tag_filter)

    def _has_scheme(self, scheme: str) -> bool:
        return self._session.settings.text("theme") == scheme

    def _is_relevant(self, entry: ViewEntry) -> bool:
        return relevance(entry, self._window.context) > 0

    def _reason(self, entry: ViewEntry) -> str:
        if not self._has_roots():
            return "nothing is open"
        return f"no {entry.title.lower()} in these logs"


def _is_shown(dock: PanelDock) -> bool:
    return not dock.isHidden()
