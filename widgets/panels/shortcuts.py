"""The page of all shortcuts, made from the commands."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from eventglass.app.models.commands import Command, Commands
from eventglass.app.models.theme import Theme

#: What the mouse and the keys do that are no commands.
GESTURES = {
    "In a chart": (
        ("Click", "Go to the step, keep its values in sight"),
        ("T", "Keep the values at the cursor in sight"),
        ("Drag", "Zoom into a box"),
        ("Drag below the axis", "Select a range"),
        ("Click on an end of an axis, E", "Type the range"),
        ("Ctrl+wheel, or the wheel on an axis", "Zoom"),
        ("Shift+drag, Shift+arrows", "Pan"),
        ("+, −", "Zoom in, out"),
        ("Double click", "Fit"),
        ("Return, Esc", "Fill the view, show all"),
        ("Drag the title", "Move the chart"),
        ("Drop a tag", "Plot it together with the others"),
    ),
    "In lists": (
        ("Double click on a run's box", "Only this run"),
        ("Click on a swatch", "Choose a colour"),
        ("Space", "Show or hide"),
        ("F2", "Rename a run"),
        ("← →", "Close, open"),
        ("Shift+F10", "Menu"),
    ),
}


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
        blocks |= {title: list(rows) for title, rows in GESTURES.items()}
        page = QWidget()
        columns = QHBoxLayout(page)
        columns.setContentsMargins(24, 20, 24, 8)
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
        # Higher than a small screen.
        area = QScrollArea()
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(page)
        area.setMinimumWidth(page.sizeHint().width() + area.verticalScrollBar().sizeHint().width())
        foot = QHBoxLayout()
        foot.setContentsMargins(24, 0, 24, 0)
        foot.addWidget(buttons)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 16)
        outer.setSpacing(8)
        outer.addWidget(area)
        outer.addLayout(foot)
        hint = page.sizeHint().height() + buttons.sizeHint().height() + 32
        room = self.screen().availableGeometry().height() - 60
        self.resize(self.sizeHint().width(), min(hint, room))

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
