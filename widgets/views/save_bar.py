"""The lower edge of a dialog that saves something: message, progress, buttons."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QAbstractButton,
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QProgressBar,
    QVBoxLayout,
    QWidget,
)

from eventglass.app.core.export import ExportError
from eventglass.app.models.settings import Settings
from eventglass.app.models.theme import Theme
from eventglass.widgets.controls.buttons import PillButton
from eventglass.widgets.controls.fields import FieldMessage
from eventglass.widgets.plots.figure_writers import FigureError


class SaveBar(QFrame):
    """A line above, then what there is to say, progress with a way out, and the buttons."""

    #: Cancel was pressed.
    cancelled = Signal()

    def __init__(
        self, theme: Theme, buttons: Sequence[QAbstractButton], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._buttons = tuple(buttons)
        line = QFrame()
        line.setObjectName("line")
        line.setFixedHeight(1)
        self._message = FieldMessage()
        self._message.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._progress = QProgressBar()
        self._progress.setTextVisible(False)
        self._progress.setFixedSize(120, 4)
        self._progress.setAccessibleName("Progress")
        self._progress.hide()
        self._cancel = PillButton(theme, "Cancel")
        self._cancel.clicked.connect(self.cancelled)
        self._cancel.hide()
        row = QHBoxLayout()
        row.setContentsMargins(16, 10, 16, 12)
        row.setSpacing(8)
        row.addWidget(self._message, 1)
        row.addStretch(0)
        row.addWidget(self._progress)
        row.addWidget(self._cancel)
        for button in self._buttons:
            row.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(line)
        column.addLayout(row)

    @property
    def message(self) -> str:
        """What is said now."""
        return self._message.text()

    @property
    def is_busy(self) -> bool:
        """Whether something is under way."""
        return not self._cancel.isHidden()

    def tell(self, text: str) -> None:
        """Say something."""
        self._message.tell(text)

    def complain(self, error: Exception | str) -> None:
        """Say what went wrong; what was there before stays."""
        self.set_busy(False)
        self._message.tell(error if isinstance(error, str) else trouble(error), wrong=True)

    def set_busy(self, busy: bool, text: str = "") -> None:
        """Show progress and a way out instead of the buttons, or the buttons again."""
        for button in self._buttons:
            button.setEnabled(not busy)
        self._progress.setRange(0, 0)
        self._progress.setVisible(busy)
        self._cancel.setVisible(busy)
        self._message.tell(text)

    def show_progress(self, fraction: float) -> None:
        """Show how far it is, 0 to 1."""
        self._progress.setRange(0, 1000)
        self._progress.setValue(round(1000 * fraction))


def trouble(error: Exception) -> str:
    """Return what went wrong in words."""
    if isinstance(error, (ExportError, FigureError)):
        return str(error)
    if isinstance(error, OSError):
        where = f": {error.filename}" if error.filename else ""
        return (
            f"This can't be written there, nothing was changed ({error.strerror or error}){where}"
        )
    if isinstance(error, MemoryError):
        return "There is not enough memory for this; nothing was written"
    return f"This failed, nothing was written: {error or type(error).__name__}"


def ask_path(
    parent: QWidget, settings: Settings, title: str, name: str, filters: Sequence[str], suffix: str
) -> Path | None:
    """Ask where to save, beginning in the folder used last; None when the user thought better.

    Parameters
    ----------
    suffix
        Given to a name that has none.
    """
    folder = settings.text("export_folder")
    start = Path(folder) if folder and Path(folder).is_dir() else Path.home()
    chosen, _filter = QFileDialog.getSaveFileName(
        parent, title, str(start / name), ";;".join(filters), filters[0] if filters else ""
    )
    if not chosen:
        return None
    path = Path(chosen)
    if not path.suffix:
        path = path.with_name(path.name + suffix)
    settings.set("export_folder", str(path.parent))
    return path


def file_name(title: str, suffix: str) -> str:
    """Return a title as the name of a file: no separators, not too long."""
    kept = "".join(c if c.isalnum() or c in " -_.,()" else "-" for c in title)
    return (" ".join(kept.split()).strip(" .-")[:80].strip() or "export") + suffix
