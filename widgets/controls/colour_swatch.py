"""A menu of colours to choose from: the first of the program's own, any other, or its choice."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QAbstractButton,
    QColorDialog,
    QGridLayout,
    QMenu,
    QWidget,
    QWidgetAction,
)

from eventglass.app.core.compute.colours import run_colour
from eventglass.app.models.theme import Theme

COLUMNS, ROWS = 8, 3
SWATCH_PX = 22


class Swatch(QAbstractButton):
    """A small square of one colour; ringed when it is the one in force."""

    def __init__(self, theme: Theme, colour: str, current: bool, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._current = current
        self.colour = colour
        self.setAccessibleName(f"Colour {colour}" + (", in force" if current else ""))
        self.setToolTip(colour)
        self.setFixedSize(QSize(SWATCH_PX, SWATCH_PX))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the square and its ring."""
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            box = QRectF(self.rect()).adjusted(3, 3, -3, -3)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(self.colour))
            painter.drawRoundedRect(box, 3, 3)
            if self._current or self.underMouse() or self.hasFocus():
                token = "text" if self._current else "text_muted"
                painter.setPen(QPen(self._theme.colour(token), 1.5))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRoundedRect(box.adjusted(-2, -2, 2, 2), 4.5, 4.5)


class ColourMenu(QMenu):
    """Asks for a colour and goes away by itself.

    ``choose`` is called with ``#rrggbb``, or None for the colour the program gives.
    """

    def __init__(
        self,
        theme: Theme,
        title: str,
        current: str,
        choose: Callable[[str | None], object],
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self._choose = choose
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._title = title
        self._current = current
        grid_widget = QWidget()
        grid = QGridLayout(grid_widget)
        grid.setContentsMargins(6, 6, 6, 6)
        grid.setSpacing(2)
        for number in range(COLUMNS * ROWS):
            colour = run_colour(number, theme.dark)
            swatch = Swatch(theme, colour, colour == current, grid_widget)
            swatch.clicked.connect(self._choose_swatch)
            grid.addWidget(swatch, number // COLUMNS, number % COLUMNS)
        holder = QWidgetAction(self)
        holder.setDefaultWidget(grid_widget)
        self.addAction(holder)
        self.addSeparator()
        self.addAction("Another colour…").triggered.connect(self._ask)
        self.addAction("Automatic").triggered.connect(self._choose_automatic)

    def _choose_swatch(self) -> None:
        swatch = self.sender()
        if isinstance(swatch, Swatch):
            self._choose(swatch.colour)
        self.close()

    def _choose_automatic(self) -> None:
        self._choose(None)

    def _ask(self) -> None:
        parent = self.parentWidget()
        dialog = QColorDialog(QColor(self._current), parent)
        dialog.setWindowTitle(self._title)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        # The menu is gone by the time the dialog is answered.
        dialog.colorSelected.connect(partial(_choose_colour, self._choose))
        dialog.open()


def _choose_colour(choose: Callable[[str | None], object], colour: QColor) -> None:
    choose(colour.name())
