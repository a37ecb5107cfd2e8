"""The welcome page: where to begin when nothing is open."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QAbstractButton,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from eventglass.app.models.commands import Commands
from eventglass.app.models.session import is_workspace
from eventglass.app.models.theme import Theme
from eventglass.app.models.words import printable
from eventglass.widgets.controls.buttons import PillButton
from eventglass.widgets.controls.icons import paint_icon

if TYPE_CHECKING:
    from eventglass.app.models.session import Session

WIDTH_PX = 560
_TIPS = {
    "file.find_logs": "Look through a folder or a disk for log directories",
    "file.open_sample": "Open the logs that come with Eventglass",
}


class DropArea(QWidget):
    """A dashed frame that says what can be dropped; lights up while something hovers."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._lit = False
        self.setFixedHeight(112)
        theme.changed.connect(self.update)

    def set_lit(self, lit: bool) -> None:
        """Show whether letting go now opens something."""
        self._lit = lit
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Frame, picture, two lines."""
        theme = self._theme
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            pen = QPen(theme.colour("accent" if self._lit else "scroll"), 1.5)
            pen.setDashPattern([4, 3])
            painter.setPen(pen)
            painter.setBrush(theme.colour("selected" if self._lit else "surface"))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 8, 8)
            muted = theme.colour("accent" if self._lit else "text_muted")
            paint_icon(painter, QRectF(0, 20, self.width(), 28), "folder-open", muted, 26)
            painter.setFont(theme.font(bold=True))
            painter.setPen(theme.colour("text"))
            centre = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop
            painter.drawText(QRectF(0, 54, self.width(), 20), centre, "Drop logs here")
            painter.setFont(theme.font(12))
            painter.setPen(theme.colour("text_muted"))
            text = "Folders, event files, or archives (.zip, .tar, .tar.gz, .tgz)"
            painter.drawText(QRectF(0, 75, self.width(), 20), centre, text)


class _RecentButton(QAbstractButton):
    def __init__(self, theme: Theme, roots: tuple[str, ...]) -> None:
        super().__init__()
        self._theme = theme
        self._icon = "save" if is_workspace(roots[0]) else "folder"
        names = ", ".join(os.path.basename(os.path.normpath(path)) or path for path in roots)
        self._name = printable(names)
        self._where = ", ".join(shown_path(os.path.dirname(path) or path) for path in roots)
        self.setAccessibleName(f"Open {', '.join(roots)}")
        self.setToolTip("\n".join(roots))
        self.setFixedHeight(34)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(WIDTH_PX, 34)

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._theme
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            if self.underMouse() or self.hasFocus():
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(theme.colour("raised"))
                painter.drawRoundedRect(QRectF(self.rect()), 6, 6)
            paint_icon(painter, QRectF(8, 0, 18, 34), self._icon, theme.colour("text_muted"), 17)
            painter.setFont(theme.font())
            metrics = painter.fontMetrics()
            name = metrics.elidedText(self._name, Qt.TextElideMode.ElideMiddle, self.width() // 2)
            painter.setPen(theme.colour("text"))
            middle = Qt.AlignmentFlag.AlignVCenter
            painter.drawText(QRectF(36, 0, self.width() / 2, 34), middle, name)
            left = 36 + metrics.horizontalAdvance(name) + 12
            painter.setFont(theme.font(12))
            painter.setPen(theme.colour("text_muted"))
            room = self.width() - left - 10
            where = painter.fontMetrics().elidedText(
                self._where, Qt.TextElideMode.ElideMiddle, int(room)
            )
            painter.drawText(QRectF(left, 0, room, 34), middle | Qt.AlignmentFlag.AlignRight, where)


class WelcomePage(QScrollArea):
    """Title, drop area, buttons, recent logs."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        theme: Theme = session.theme
        commands: Commands = session.commands
        self.setWidgetResizable(True)
        self.setFrameShape(QScrollArea.Shape.NoFrame)
        self.setAccessibleName("Welcome")
        page = QWidget()
        page.setObjectName("view")
        page.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        inner = QWidget()
        inner.setMaximumWidth(WIDTH_PX)
        inner.setMinimumWidth(320)
        inner.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        column = QVBoxLayout(inner)
        column.setContentsMargins(16, 24, 16, 24)
        column.setSpacing(8)
        title = QLabel("Eventglass")
        title.setObjectName("pageTitle")
        text = QLabel("Look at TensorBoard logs, every point, offline")
        text.setObjectName("muted")
        self.drop_area = DropArea(theme)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        for command_id, text_, icon_name, primary in (
            ("file.open_folder", "Open folder…", "folder-open", True),
            ("file.open_file", "Open file…", "file", False),
            ("file.find_logs", "Find…", "find", False),
            ("file.open_sample", "Sample logs", "scalars", False),
        ):
            button = PillButton(theme, text_, icon_name, primary=primary)
            button.setToolTip(_TIPS.get(command_id, ""))
            button.clicked.connect(partial(commands.run, command_id))
            buttons.addWidget(button)
        buttons.addStretch()
        ways = QLabel(
            "Event files (events.out.tfevents…) have no ending of their own, so a double click may "
            "not know them: drop them here, choose Open file…, or the file manager's “Open with”."
        )
        ways.setObjectName("small")
        ways.setWordWrap(True)
        self._recent_title = QLabel("Recent")
        self._recent_title.setObjectName("heading")
        self._recents = QVBoxLayout()
        self._recents.setSpacing(0)
        column.addWidget(title)
        column.addWidget(text)
        column.addSpacing(12)
        column.addWidget(self.drop_area)
        column.addSpacing(4)
        column.addLayout(buttons)
        column.addSpacing(4)
        column.addWidget(ways)
        column.addSpacing(20)
        column.addWidget(self._recent_title)
        column.addLayout(self._recents)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(inner, 100)
        row.addStretch(1)
        outer = QVBoxLayout(page)
        outer.addStretch(1)
        outer.addLayout(row)
        outer.addStretch(2)
        self.setWidget(page)
        session.recents_changed.connect(self.show_recents)
        self.show_recents()

    def show_recents(self) -> None:
        """Bring the list of recent logs up to date."""
        while (item := self._recents.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        recents = self._session.recents[:6]
        for roots in recents:
            button = _RecentButton(self._session.theme, roots)
            button.clicked.connect(partial(self._session.open, roots))
            self._recents.addWidget(button)
        self._recent_title.setVisible(bool(recents))


def shown_path(path: str) -> str:
    """A path with the user's folder as ``~``, on one line."""
    home = str(Path.home())
    if path == home or path.startswith(home + os.sep):
        path = "~" + path[len(home) :]
    return printable(path)
