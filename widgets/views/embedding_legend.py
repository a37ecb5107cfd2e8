"""What the colours of points stand for, in a corner of the scene; categories can be switched."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPoint, QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QFontMetricsF,
    QHelpEvent,
    QKeyEvent,
    QLinearGradient,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QWheelEvent,
)
from PySide6.QtWidgets import QMenu, QToolTip, QWidget

from eventglass.app.core.compute.colour_maps import colour_table
from eventglass.app.core.compute.ticks import value_text
from eventglass.app.models.embedding_colours import Colouring, Entry
from eventglass.app.models.theme import Theme
from eventglass.app.models.tool_tips import plain_tip
from eventglass.app.models.words import number_text

ROW_PX = 18
PAD_PX = 9
#: Categories in sight; the wheel brings the others.
MOST_ROWS = 12
_NARROWEST, _WIDEST = 120, 230
_BAR_PX = 150


class HoverRing(QWidget):
    """A ring around the point under the pointer, over the scene: nothing is drawn anew for it."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()

    def show_at(self, x: float, y: float, diameter: float) -> None:
        """Lie around a place of the parent."""
        side = round(diameter) + 4
        self.setGeometry(round(x - side / 2), round(y - side / 2), side, side)
        self.show()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The ring."""
        del event
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(self._theme.colour("text"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawEllipse(QRectF(self.rect()).adjusted(1.5, 1.5, -1.5, -1.5))


class EmbeddingLegend(QWidget):
    """A title, then one line per category, or a bar of colours with its ends."""

    #: Categories that are switched off now: a frozenset of codes.
    switched = Signal(object)
    #: All points of a category are to be selected: its code.
    wanted = Signal(int)

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self.colouring: Colouring | None = None
        self.off: frozenset[int] = frozenset()
        self._first = 0
        self._hovered = -1
        self._current = -1
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAccessibleName("Legend")
        self.setCursor(Qt.CursorShape.ArrowCursor)
        theme.changed.connect(self.update)
        self.hide()

    def set_colouring(self, colouring: Colouring | None, off: frozenset[int]) -> None:
        """Explain a colouring; hidden when all points have one colour."""
        title = "" if self.colouring is None else self.colouring.title
        if colouring is None or colouring.title != title:
            self._first, self._current = 0, -1
        self.colouring, self.off = colouring, off
        self._renew()

    @property
    def entries(self) -> Sequence[Entry]:
        """The categories."""
        return () if self.colouring is None else self.colouring.entries

    def switch(self, code: int) -> None:
        """Switch a category off or on."""
        self.switched.emit(self.off ^ {code})

    def show_only(self, code: int) -> None:
        """Switch all but one category off; all on where that is so already."""
        rest = frozenset(entry.code for entry in self.entries) - {code}
        self.switched.emit(frozenset() if self.off == rest else rest)

    def place(self) -> None:
        """Go to the lower left corner."""
        parent = self.parentWidget()
        if parent is not None:
            self.move(12, parent.height() - self.height() - 12)

    # -- how it looks

    def _renew(self) -> None:
        colouring = self.colouring
        shown = colouring is not None and colouring.kind != "one"
        if shown and colouring is not None:
            small = QFontMetricsF(self._theme.font(12, tabular=True))
            bold = QFontMetricsF(self._theme.font(12, bold=True))
            widths = [bold.horizontalAdvance(colouring.title) + 6, float(_NARROWEST - 2 * PAD_PX)]
            for entry in self.entries[:400]:
                count = number_text(entry.points)
                widths.append(
                    small.horizontalAdvance(entry.text) + small.horizontalAdvance(count) + 34
                )
            if colouring.kind == "numbers":
                widths.append(_BAR_PX)
            rows = min(len(self.entries), MOST_ROWS)
            height = 2 * PAD_PX + ROW_PX * (1 + rows) - 2
            if colouring.kind == "numbers":
                height += 30
            if len(self.entries) > MOST_ROWS:
                height += 14
            self.resize(int(min(max(widths), _WIDEST)) + 2 * PAD_PX, height)
            self._first = min(self._first, self._last_first())
            self.place()
            self.raise_()
        self.setVisible(shown)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Card, title, lines or bar."""
        del event
        theme, width, colouring = self._theme, self.width(), self.colouring
        if colouring is None:
            return
        middle, right = Qt.AlignmentFlag.AlignVCenter, Qt.AlignmentFlag.AlignRight
        elide = Qt.TextElideMode.ElideRight
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(theme.colour("accent" if self.hasFocus() else "border"))
            painter.setBrush(theme.colour("surface", 0.94))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)
            painter.setFont(theme.font(12, bold=True))
            painter.setPen(theme.colour("text"))
            room = width - 2 * PAD_PX
            title = painter.fontMetrics().elidedText(colouring.title, elide, room)
            painter.drawText(QRectF(PAD_PX, PAD_PX - 2, room + 2, ROW_PX), middle, title)
            if colouring.kind == "numbers":
                self._paint_bar(painter, colouring)
            painter.setFont(theme.font(12, tabular=True))
            metrics = painter.fontMetrics()
            for line, entry in enumerate(self._in_sight()):
                box = self._row_rect(line)
                off = entry.code in self.off
                lit = self._first + line == self._hovered
                if lit or (self.hasFocus() and self._first + line == self._current):
                    painter.setPen(Qt.PenStyle.NoPen)
                    painter.setBrush(theme.colour("raised"))
                    painter.drawRoundedRect(box.adjusted(-4, 0, 4, 0), 4, 4)
                dot = QRectF(box.left() + 1, box.center().y() - 4.5, 9, 9)
                colour = QColor(*entry.rgb)
                if off:
                    painter.setPen(colour)
                    painter.setBrush(Qt.BrushStyle.NoBrush)
                else:
                    painter.setPen(Qt.PenStyle.NoPen)
                    painter.setBrush(colour)
                painter.drawEllipse(dot)
                count = number_text(entry.points)
                number_px = metrics.horizontalAdvance(count)
                painter.setPen(theme.colour("text_muted"))
                painter.drawText(box, middle | right, count)
                room = int(box.width() - 17 - number_px - 8)
                painter.setPen(theme.colour("text_muted" if off or entry.is_missing else "text"))
                text = metrics.elidedText(entry.text, elide, room + 1)
                painter.drawText(box.adjusted(17, 0, 0, 0), middle, text)
            hidden = len(self.entries) - MOST_ROWS
            if hidden > 0:
                painter.setFont(theme.font(11))
                painter.setPen(theme.colour("text_muted"))
                top = self._row_rect(MOST_ROWS).top()
                below = hidden - self._first
                text = f"{below:,} more" if below else f"{self._first:,} above"
                painter.drawText(QRectF(PAD_PX + 17, top, width, 15), middle, text)

    def _paint_bar(self, painter: QPainter, colouring: Colouring) -> None:
        theme = self._theme
        bar = QRectF(PAD_PX, PAD_PX + ROW_PX, self.width() - 2 * PAD_PX, 10)
        ramp = QLinearGradient(bar.topLeft(), bar.topRight())
        table = colour_table(colouring.colour_map)
        for place in range(0, 256, 15):
            ramp.setColorAt(place / 255, QColor(*table[place].tolist()))
        painter.setPen(theme.colour("border"))
        painter.setBrush(ramp)
        painter.drawRoundedRect(bar, 2, 2)
        painter.setFont(theme.font(12, tabular=True))
        painter.setPen(theme.colour("text_muted"))
        box = QRectF(PAD_PX, bar.bottom() + 1, bar.width(), ROW_PX)
        painter.drawText(box, Qt.AlignmentFlag.AlignLeft, value_text(colouring.low))
        painter.drawText(box, Qt.AlignmentFlag.AlignRight, value_text(colouring.high))

    # -- where what is

    def _in_sight(self) -> Sequence[Entry]:
        return self.entries[self._first : self._first + MOST_ROWS]

    def _last_first(self) -> int:
        return max(len(self.entries) - MOST_ROWS, 0)

    def _row_rect(self, line: int) -> QRectF:
        top = PAD_PX + ROW_PX * (1 + line) - 1
        if self.colouring is not None and self.colouring.kind == "numbers":
            top += 30
        return QRectF(PAD_PX, top, self.width() - 2 * PAD_PX, ROW_PX)

    def _at(self, position: QPoint) -> int:
        """Place of the entry under a position, -1 for none."""
        for line in range(len(self._in_sight())):
            if self._row_rect(line).adjusted(-4, 0, 4, 0).contains(position):
                return self._first + line
        return -1

    def _can_switch(self) -> bool:
        return self.colouring is not None and self.colouring.kind == "categories"

    # -- what the user does

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Switch a category; with Ctrl or Alt all but this one."""
        place = self._at(event.position().toPoint())
        if event.button() == Qt.MouseButton.LeftButton and place >= 0 and self._can_switch():
            code = self.entries[place].code
            alone = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
            if event.modifiers() & alone:
                self.show_only(code)
            else:
                self.switch(code)
        event.accept()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Show one category alone."""
        place = self._at(event.position().toPoint())
        if place >= 0 and self._can_switch():
            code = self.entries[place].code
            # The first press of the two has switched it.
            self.off = self.off ^ {code}
            self.show_only(code)
        event.accept()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Nothing below hears of it."""
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Light up what is under the pointer."""
        self._hover(self._at(event.position().toPoint()))
        event.accept()

    def leaveEvent(self, event: QEvent) -> None:
        """Nothing is under the pointer."""
        del event
        self._hover(-1)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Bring other categories into sight."""
        self._scroll_to(self._first - (1 if event.angleDelta().y() > 0 else -1) * 3)
        event.accept()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """What can be done with a category."""
        place = self._at(event.pos())
        if not self._can_switch():
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        if place >= 0:
            code = self.entries[place].code
            menu.addAction("Select these points", lambda: self.wanted.emit(code))
            menu.addAction("Show only these", lambda: self.show_only(code))
            menu.addAction("Hide or show these", lambda: self.switch(code))
            menu.addSeparator()
        menu.addAction("Show all categories", lambda: self.switched.emit(frozenset()))
        menu.popup(event.globalPos())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows go through the categories, Space switches, Return shows one alone."""
        key = Qt.Key(event.key())
        steps = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}
        if key in steps and self.entries:
            self._current = min(max(self._current + steps[key], 0), len(self.entries) - 1)
            if not self._first <= self._current < self._first + MOST_ROWS:
                self._scroll_to(self._current - (MOST_ROWS - 1 if steps[key] > 0 else 0))
            self.update()
        elif key == Qt.Key.Key_Space and self._current >= 0 and self._can_switch():
            self.switch(self.entries[self._current].code)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._can_switch():
            if self._current >= 0:
                self.show_only(self.entries[self._current].code)
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        """Keep its keys from the window; tell the whole text of a cut line."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride:
            own = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Space, Qt.Key.Key_Return)
            if event.key() in own:
                event.accept()
                return True
        if isinstance(event, QHelpEvent):
            place = self._at(event.pos())
            if place >= 0:
                entry = self.entries[place]
                words = f"{entry.text}: {number_text(entry.points)}"
                if self._can_switch():
                    words += "\nA click hides or shows it, a double click shows it alone"
                QToolTip.showText(event.globalPos(), plain_tip(words), self)
            else:
                QToolTip.hideText()
            return True
        return super().event(event)

    def _hover(self, place: int) -> None:
        if place != self._hovered:
            self._hovered = place
            self.update()

    def _scroll_to(self, first: int) -> None:
        first = min(max(first, 0), self._last_first())
        if first != self._first:
            self._first = first
            self.update()
