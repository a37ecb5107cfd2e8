"""The commands of the help menu, and those of finding logs: each opens a window of its own."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QDialog, QMessageBox

from eventglass.app.models.commands import Command

if TYPE_CHECKING:
    from eventglass.widgets.main_window import MainWindow
    from eventglass.widgets.panels.guide import Guide


class HelpCommands(QObject):
    """Adds the commands and does what they say."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._session = window.session
        self._guide: Guide | None = None
        window.session.commands.add(*self._commands())

    def _commands(self) -> list[Command]:
        return [
            Command(
                "file.find_logs",
                "Find log directories…",
                self.open_finder,
                "File/1",
                icon="find",
                keywords="search scan disk where runs",
            ),
            Command(
                "help.guide",
                "Guide",
                self.open_guide,
                "Help/1",
                ("F1",),
                "guide",
                keywords="manual documentation handbook help",
            ),
            Command(
                "help.logging",
                "What can I log?",
                partial(self.open_guide, "logging"),
                "Help/1",
                keywords="pytorch tensorflow keras lightning jax snippet code",
            ),
            Command(
                "help.shortcuts",
                "Shortcuts",
                self.open_shortcuts,
                "Help/1",
                ("?",),
                "keyboard",
                keywords="keys keyboard help",
            ),
            Command(
                "help.reports",
                "Reports…",
                self.open_reports,
                "Help/2",
                icon="report",
                keywords="crash log error bug",
            ),
            Command("help.about", "About Eventglass", self.open_about, "Help/3", icon="info"),
        ]

    def open_finder(self) -> None:
        """Open the dialog that looks for log directories."""
        from eventglass.widgets.find_dialog import FindDialog

        self._open(FindDialog(self._session, self._window))

    def open_guide(self, page: str = "") -> None:
        """Open the guide, at the page of the view in front unless another one is named."""
        from eventglass.widgets.panels.guide import Guide

        if not page:
            view = self._window.area.active_view if self._session.open_roots() else None
            page = "start" if view is None else view.view_id
        if self._guide is None:
            self._guide = Guide(self._session.theme, self._window)
        self._guide.open_page(page)
        self._guide.show()
        self._guide.raise_()
        self._guide.activateWindow()

    def open_shortcuts(self) -> None:
        """Open the page of shortcuts."""
        from eventglass.widgets.panels.shortcuts import Shortcuts

        self._open(Shortcuts(self._session.commands, self._session.theme, self._window))

    def open_reports(self) -> None:
        """Show what was noted of crashes, and of this session."""
        from eventglass.widgets.panels.reports import Reports

        report = self._session.report
        self._open(Reports(self._session.theme, report.crashes(), report.text(), self._window))

    def open_about(self) -> None:
        """Say what this is."""
        from importlib.metadata import PackageNotFoundError, version

        try:
            number = version("eventglass")
        except PackageNotFoundError:
            number = "of unknown version"
        QMessageBox.about(
            self._window,
            "About Eventglass",
            f"<b>Eventglass {number}</b><p>Look at TensorBoard logs, every point, offline. "
            "Apache License 2.0.</p><p>Fonts: Inter and JetBrains Mono, SIL Open Font License. "
            "Icons: Material Design Icons, Apache License 2.0.</p>",
        )

    def _open(self, dialog: QDialog) -> None:
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.show()
