"""The page of all shortcuts, made from the commands."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QVBoxLayout,
    QWidget,
)

from eventglass.app.models.commands import Command, Commands
from eventglass.app.models.theme import Theme

#: What the mouse and the keys do that are no commands.
GESTURES = (
    ("Drag in a chart", "Zoom into a box"),
    ("Wheel with Ctrl, or Shift and drag", "Zoom, pan"),
    ("Double click in a chart", "Fit"),
    ("Return, Esc on a chart", "Fill the view, show all"),
    ("+, −, Shift+arrows on a chart", "Zoom, pan"),
    ("Double click on a run's box", "Isolate"),
    ("Click on a swatch", "Choose a colour"),
    ("Space in the runs", "Show or hide"),
    ("F2 on a run", "Rename"),
    ("← → in a tree", "Close, open"),
)


class Shortcuts(QDialog):
    """Commands that have a shortcut, by menu, and the gestures."""

    def __init__(self, commands: Commands, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setWindowTitle("Shortcuts")
        blocks: dict[str, list[tuple[str, str]]] = {}
        for command in commands:
            if command.shortcuts:
                row = (_keys(command), command.title.rstrip("…"))
                blocks.setdefault(command.menu_name or "Elsewhere", []).append(row)
        blocks["Mouse and trees"] = list(GESTURES)
        columns = QHBoxLayout()
        columns.setSpacing(40)
        left, right = QVBoxLayout(), QVBoxLayout()
        counts = [0, 0]
        for title, rows in sorted(blocks.items(), key=_length, reverse=True):
            side = 0 if counts[0] <= counts[1] else 1
            counts[side] += len(rows) + 2
            (left, right)[side].addWidget(self._block(title, rows))
        for column in (left, right):
            column.setSpacing(16)
            column.addStretch()
            columns.addLayout(column)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.accept)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(24, 20, 24, 16)
        outer.setSpacing(16)
        outer.addLayout(columns)
        outer.addWidget(buttons)

    def _block(self, title: str, rows: list[tuple[str, str]]) -> QWidget:
        block = QWidget()
        grid = QGridLayout(block)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(24)
        grid.setVerticalSpacing(5)
        heading = QLabel(title)
        heading.setObjectName("heading")
        grid.addWidget(heading, 0, 0, 1, 2)
        for row, (keys, text) in enumerate(rows, start=1):
            grid.addWidget(QLabel(text), row, 0)
            label = QLabel(keys)
            label.setObjectName("small")
            label.setAlignment(Qt.AlignmentFlag.AlignRight)
            grid.addWidget(label, row, 1)
        return block


def _length(block: tuple[str, list[tuple[str, str]]]) -> int:
    return len(block[1])


def _keys(command: Command) -> str:
    native = QKeySequence.SequenceFormat.NativeText
    return ", ".join(QKeySequence(keys).toString(native) for keys in command.shortcuts)
