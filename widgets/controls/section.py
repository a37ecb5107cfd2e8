"""A titled group of rows, as the inspector and the preferences are made of."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget


class Section(QFrame):
    """A bold title, then rows of a label and a control at the right end; a line below."""

    def __init__(self, title: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("section")
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(12, 8, 12, 9)
        self._column.setSpacing(4)
        if title:
            label = QLabel(title)
            label.setObjectName("sectionTitle")
            self._column.addWidget(label)
            self._column.addSpacing(4)

    def add_row(self, text: str, control: QWidget, tool_tip: str = "") -> QLabel:
        """Add a row and return its label."""
        label = QLabel(text)
        label.setToolTip(tool_tip)
        control.setToolTip(tool_tip or control.toolTip())
        label.setBuddy(control)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(label)
        row.addStretch(1)
        row.addWidget(control)
        label.setMinimumHeight(24)
        self._column.addLayout(row)
        return label

    def add_widget(self, widget: QWidget) -> None:
        """Add something as wide as the section."""
        self._column.addWidget(widget)
