"""What the colours of a graph stand for, in a corner of the canvas."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QLinearGradient, QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QWidget

from eventglass.app.models.graph_colours import MODES, Colouring, gradient
from eventglass.app.models.theme import Theme
from eventglass.app.models.words import number_text
from eventglass.widgets.plots.graph_looks import CHANGES

_ROW, _PAD, _WIDEST = 18, 9, 290
#: Share of the height of the canvas it covers at most.
_SHARE = 0.36
_TITLES = dict(MODES)
_CHANGE_WORDS = {1: "Added", 2: "Removed", 3: "Changed"}


class GraphLegend(QWidget):
    """Lies over the lower left corner; takes no clicks."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self.colouring: Colouring | None = None
        self.changes: dict[int, int] = {}
        self._fitted = 0
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAccessibleName("Legend")
        theme.changed.connect(self.update)
        self.hide()

    def set_colouring(self, colouring: Colouring | None) -> None:
        """Explain a colouring; hidden for none."""
        self.colouring = colouring
        self._renew()

    def set_changes(self, changes: dict[int, int]) -> None:
        """Explain a comparison instead: how many are added (1), removed (2), changed (3)."""
        self.changes = changes
        self._renew()

    def lines(self) -> list[tuple[int, str, str]]:
        """Colour, text and number of each line; the colour is -1 where there is none."""
        if self.changes:
            return [
                (
                    self._theme.colour(CHANGES[change][1]).rgb() & 0xFFFFFF,
                    f"{CHANGES[change][0]} {_CHANGE_WORDS[change]}",
                    number_text(count),
                )
                for change, count in self.changes.items()
            ]
        if self.colouring is None or self.colouring.mode == "none":
            return []
        if self.colouring.missing:
            return [(-1, self.colouring.missing, "")]
        entries = self.colouring.entries
        room = self._room()
        shown = entries if len(entries) <= room else entries[: room - 1]
        lines = [(entry.rgb, entry.title, number_text(entry.count)) for entry in shown]
        if len(shown) < len(entries):
            lines.append((-1, f"{len(entries) - len(shown)} more", ""))
        return lines

    def _room(self) -> int:
        """How many lines there is room for without covering too much of the picture."""
        parent = self.parentWidget()
        return max(int(_SHARE * (parent.height() if parent is not None else 0)) // _ROW, 4)

    def title(self) -> str:
        """What stands above the lines."""
        if self.changes:
            return "Comparison"
        return "" if self.colouring is None else _TITLES.get(self.colouring.mode, "")

    def place(self) -> None:
        """Go to the corner, as high as there is room."""
        if self._room() != self._fitted:
            self._renew()
        parent = self.parentWidget()
        if parent is not None:
            self.move(12, parent.height() - self.height() - 12)

    def _renew(self) -> None:
        lines = self.lines()
        self._fitted = self._room()
        scale = self.colouring is not None and self.colouring.amounts is not None
        shown = bool(lines) or (scale and not self.changes)
        if shown:
            small = QFontMetricsF(self._theme.font(12, tabular=True))
            width = max(
                [QFontMetricsF(self._theme.font(12, bold=True)).horizontalAdvance(self.title())]
                + [
                    small.horizontalAdvance(text) + small.horizontalAdvance(count) + 32
                    for _rgb, text, count in lines
                ]
                + [150.0 * scale]
            )
            height = 2 * _PAD + _ROW * (1 + len(lines)) + (28 if scale and not lines else 0) - 2
            self.resize(QSize(int(min(width, _WIDEST)) + 2 * _PAD + 2, height))
            self.place()
            self.raise_()
        self.setVisible(shown)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Card, title, lines."""
        theme, width = self._theme, self.width()
        middle = Qt.AlignmentFlag.AlignVCenter
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(theme.colour("border"))
            painter.setBrush(theme.colour("surface", 0.95))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)
            painter.setFont(theme.font(12, bold=True))
            painter.setPen(theme.colour("text"))
            painter.drawText(QRectF(_PAD, _PAD - 2, width, _ROW), middle, self.title())
            lines = self.lines()
            if not lines and self.colouring is not None:
                self._paint_scale(painter, self.colouring)
                return
            painter.setFont(theme.font(12, tabular=True))
            for row, (rgb, text, count) in enumerate(lines, start=1):
                top = _PAD - 2 + row * _ROW
                left = float(_PAD)
                if rgb >= 0:
                    painter.setPen(Qt.PenStyle.NoPen)
                    painter.setBrush(QColor.fromRgb(rgb))
                    painter.drawRoundedRect(QRectF(left, top + 4, 10, 10), 2, 2)
                    left += 17
                metrics = painter.fontMetrics()
                number_px = metrics.horizontalAdvance(count)
                room = width - left - _PAD - number_px - 8
                shown = metrics.elidedText(text, Qt.TextElideMode.ElideMiddle, int(room) + 1)
                painter.setPen(theme.colour("text"))
                painter.drawText(QRectF(left, top, room + 4, _ROW), middle, shown)
                painter.setPen(theme.colour("text_muted"))
                box = QRectF(0, top, width - _PAD, _ROW)
                painter.drawText(box, middle | Qt.AlignmentFlag.AlignRight, count)

    def _paint_scale(self, painter: QPainter, colouring: Colouring) -> None:
        theme, width = self._theme, self.width()
        bar = QRectF(_PAD, _PAD + _ROW, width - 2 * _PAD, 10)
        low, high = gradient(theme.dark)
        ramp = QLinearGradient(bar.topLeft(), bar.topRight())
        ramp.setColorAt(0.0, QColor.fromRgb(low))
        ramp.setColorAt(1.0, QColor.fromRgb(high))
        painter.setPen(theme.colour("border"))
        painter.setBrush(ramp)
        painter.drawRoundedRect(bar, 2, 2)
        painter.setFont(theme.font(12, tabular=True))
        painter.setPen(theme.colour("text_muted"))
        box = QRectF(_PAD, bar.bottom() + 2, width - 2 * _PAD, _ROW)
        painter.drawText(box, Qt.AlignmentFlag.AlignLeft, colouring.low)
        painter.drawText(box, Qt.AlignmentFlag.AlignRight, colouring.high)


class CanvasNote(QLabel):
    """A quiet line over a corner of the canvas, on a plate of its ground."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setObjectName("small")
        self.setContentsMargins(5, 2, 5, 2)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The plate, and the text on it."""
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._theme.colour("window", 0.88))
            painter.drawRoundedRect(QRectF(self.rect()), 4, 4)
        super().paintEvent(event)
