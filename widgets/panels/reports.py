"""The window that shows reports of crashes, and what this session noted so far."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QPlainTextEdit, QVBoxLayout, QWidget

from eventglass.app.models.reports import forget
from eventglass.app.models.theme import Theme
from eventglass.widgets.controls.buttons import Choice, PillButton

#: More of a report is not shown.
_MOST_LETTERS = 400_000


class Reports(QDialog):
    """Reports to be read, copied and deleted; they are never sent anywhere."""

    def __init__(
        self,
        theme: Theme,
        crashes: list[Path],
        session_text: str,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Reports")
        self.resize(820, 560)
        self._texts = {"This session": session_text}
        for path in crashes:
            self._texts[path.stem.removeprefix("crash-")] = _read(path)
        what = QLabel(
            "What Eventglass noted when it ended unexpectedly: versions, paths of the logs that "
            "were open, warnings, and where it was. It stays on this machine unless you send it."
            + "".join(f"\n{path.parent}" for path in crashes[:1])
        )
        what.setTextFormat(Qt.TextFormat.PlainText)
        what.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        what.setObjectName("muted")
        what.setWordWrap(True)
        choice = Choice(theme, "Report", [(name, name) for name in self._texts])
        choice.chosen.connect(self._show)
        self.text = QPlainTextEdit()
        self.text.setReadOnly(True)
        self.text.setFont(theme.font(12, code=True))
        self.text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.text.setAccessibleName("Report")
        copy = PillButton(theme, "Copy", "copy")
        copy.clicked.connect(self._copy)
        delete = PillButton(theme, "Delete the reports", "delete")
        delete.setEnabled(bool(crashes))
        delete.clicked.connect(partial(forget, crashes))
        delete.clicked.connect(self.close)
        close = PillButton(theme, "Close", primary=True)
        close.clicked.connect(self.close)
        buttons = QHBoxLayout()
        for widget in (choice, copy, delete):
            buttons.addWidget(widget)
        buttons.addStretch()
        buttons.addWidget(close)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(12)
        column.addWidget(what)
        column.addWidget(self.text, 1)
        column.addLayout(buttons)
        first = next(iter(list(self._texts)[1:2]), "This session")
        choice.set_value(first)
        self._show(first)

    def _show(self, name: str) -> None:
        self.text.setPlainText(self._texts[name])

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.text.toPlainText())


def _read(path: Path) -> str:
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            return file.read(_MOST_LETTERS)
    except OSError as error:
        return f"The report can't be read: {error.strerror or error}"
