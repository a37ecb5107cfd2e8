"""Workspaces as files: saved, opened, and asked about before anything unexpected is read."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QAbstractButton, QFileDialog, QMessageBox

from eventglass.app.models.session import WORKSPACE_SUFFIX
from eventglass.widgets.main_bar import title_of

if TYPE_CHECKING:
    from eventglass.app.models.workspace_files import WorkspaceFile
    from eventglass.widgets.main_window import MainWindow

FILTER = f"Workspaces (*{WORKSPACE_SUFFIX})"
#: So many folders are listed in the question about them.
_MOST_LISTED = 8


class WorkspaceActions(QObject):
    """Saves and opens workspace files for a window."""

    #: Another file is the one that is open, or none.
    path_changed = Signal()

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._session = window.session
        self._path: Path | None = None
        self._session.workspace_asked.connect(self._open_named)
        self._session.roots_changed.connect(self._follow_roots)

    @property
    def path(self) -> Path | None:
        """The file the workspace was saved to or opened from; None when it has none."""
        return self._path

    def save_again(self) -> None:
        """Write the workspace to its file; ask for one when it has none."""
        if self._path is None:
            self.ask_and_save()
        else:
            self.save(self._path)

    def ask_and_save(self) -> None:
        """Ask for a file and write the workspace to it."""
        first = self._path or self._first_place()
        name, _kind = QFileDialog.getSaveFileName(
            self._window, "Save the workspace", str(first), FILTER
        )
        if name:
            wanted = name if name.lower().endswith(WORKSPACE_SUFFIX) else name + WORKSPACE_SUFFIX
            self.save(Path(wanted))

    def save(self, path: Path) -> None:
        """Write the workspace to a file."""
        from eventglass.app.models.workspace_files import WorkspaceFileError

        try:
            self._session.save_as(path, self._window.layout_state())
        except WorkspaceFileError as error:
            self._session.notice.emit(str(error))
            return
        self._set_path(path)
        self._session.notice.emit(f"The workspace was saved: {path}")

    def ask_and_open(self) -> None:
        """Ask for a file and open the workspace in it."""
        first = str((self._path or Path.home() / "x").parent)
        name, _kind = QFileDialog.getOpenFileName(
            self._window, "Open a workspace", first, f"{FILTER};;All files (*)"
        )
        if name:
            self.open(Path(name))

    def open(self, path: Path) -> None:
        """Open a workspace file; asks before roots outside of its folder are read."""
        from eventglass.app.models.workspace_files import WorkspaceFileError, read_workspace

        def failed(error: Exception) -> None:
            if not isinstance(error, WorkspaceFileError):
                raise error
            self._session.notice.emit(str(error))

        # Its roots may be on a disk that takes its time.
        self._session.tasks.submit(
            (id(self), "open"),
            lambda _control: read_workspace(path),
            partial(self._consider, path),
            failed,
        )

    def _open_named(self, path: str) -> None:
        self.open(Path(path))

    def _first_place(self) -> Path:
        """Beside the logs, where they and the file can be sent together."""
        roots = self._session.open_roots()
        folder = Path(roots[0]).parent if len(roots) == 1 else Path.home()
        if not os.access(folder, os.W_OK):
            folder = Path.home()
        return folder / f"{title_of(roots)}{WORKSPACE_SUFFIX}"

    def _set_path(self, path: Path | None) -> None:
        if path != self._path:
            self._path = path
            self.path_changed.emit()

    def _follow_roots(self) -> None:
        # With nothing open the file is closed as well; what is opened next is something else.
        if not self._session.open_roots():
            self._set_path(None)

    def _consider(self, path: Path, found: WorkspaceFile) -> None:
        if not found.roots:
            missing = ", ".join(found.missing) or "it names none"
            self._session.notice.emit(f"The logs of this workspace are not here: {missing}")
            return
        if not found.outside or self._session.has_agreed(found.digest):
            self._adopt(path, found)
            return
        box = QMessageBox(
            QMessageBox.Icon.Question,
            "Open a workspace",
            f"“{path.name}” wants to open logs outside of its own folder.",
            QMessageBox.StandardButton.NoButton,
            self._window,
        )
        box.setTextFormat(Qt.TextFormat.PlainText)
        listed = list(found.outside[:_MOST_LISTED])
        if len(found.outside) > len(listed):
            listed.append(f"and {len(found.outside) - len(listed):,} more")
        box.setInformativeText("\n".join(listed))
        box.addButton("Open them", QMessageBox.ButtonRole.AcceptRole)
        box.addButton(QMessageBox.StandardButton.Cancel)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.buttonClicked.connect(partial(self._answered, box, path, found))
        box.open()

    def _answered(
        self, box: QMessageBox, path: Path, found: WorkspaceFile, button: QAbstractButton
    ) -> None:
        if box.standardButton(button) != QMessageBox.StandardButton.Cancel:
            self._session.agree(found.digest)
            self._adopt(path, found)

    def _adopt(self, path: Path, found: WorkspaceFile) -> None:
        self._session.open_workspace(path, found)
        self._window.restore_layout_state(found.saved.get("layout"))
        self._set_path(path)
        if found.missing:
            missing = ", ".join(found.missing)
            self._session.notice.emit(f"Some logs of this workspace are not here: {missing}")
