"""Buttons as the window has them: with an icon only, as a bordered pill, as one of a few."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QFontMetrics,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QWheelEvent,
)
from PySide6.QtWidgets import (
    QAbstractButton,
    QCheckBox,
    QComboBox,
    QSizePolicy,
    QToolButton,
    QWidget,
)

from eventglass.app.models.theme import Theme
from eventglass.widgets.controls.icons import icon, paint_icon

HEIGHT_PX = 28
#: Widest the name of a seldom value gets in a segmented control.
OTHER_PX = 92


class IconButton(QToolButton):
    """A small flat button that shows only an icon; its name is its tool tip."""

    def __init__(
        self,
        theme: Theme,
        icon_name: str,
        name: str,
        parent: QWidget | None = None,
        *,
        token: str = "text_muted",
        size_px: int = 16,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("iconButton")
        self.setIcon(icon(theme, icon_name, token))
        self.setIconSize(QSize(size_px, size_px))
        self.setToolTip(name)
        self.setAccessibleName(name)
        self.setAutoRaise(True)
        self.setFixedSize(size_px + 8, size_px + 8)
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)


class PillButton(QAbstractButton):
    """A bordered button: icon, text, a fainter hint, a chevron when it opens a menu."""

    def __init__(
        self,
        theme: Theme,
        text: str,
        icon_name: str = "",
        parent: QWidget | None = None,
        *,
        hint: str = "",
        chevron: bool = False,
        strong: bool = False,
        muted: bool = False,
        icon_token: str = "text_muted",
        primary: bool = False,
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._icon_name = icon_name
        self._hint = hint
        self._chevron = chevron
        self._strong = strong
        self._muted = muted
        self._primary = primary
        self._widest = 280
        self._compact = False
        self.icon_token = icon_token
        self.setText(text)
        self.setAccessibleName(text)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    def set_text(self, text: str) -> None:
        """Change the text and the width with it."""
        self.setText(text)
        self.setAccessibleName(text)
        self.updateGeometry()

    def set_icon_token(self, token: str) -> None:
        """Draw the icon in another token's colour."""
        self.icon_token = token
        self.update()

    def set_compact(self, compact: bool) -> None:
        """Show the icon alone, where there is little room."""
        if compact != self._compact:
            self._compact = compact
            self.updateGeometry()
            self.update()

    def sizeHint(self) -> QSize:
        """Room for all parts."""
        if self._compact:
            return QSize(HEIGHT_PX + 10, HEIGHT_PX)
        metrics = QFontMetrics(self._theme.font(bold=self._strong or self._primary))
        width = 12 + metrics.horizontalAdvance(self.text()) + 12
        if self._icon_name:
            width += 16 + 6
        if self._hint:
            width += 8 + _hint_width(self._theme, self._hint)
        if self._chevron:
            width += 18
        return QSize(min(width, self._widest), HEIGHT_PX)

    def minimumSizeHint(self) -> QSize:
        """The same: it is not squeezed."""
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Border, icon, text, hint, chevron."""
        theme = self._theme
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            hovered = self.underMouse() and self.isEnabled()
            ground = "raised" if hovered or self.isDown() else "surface"
            if self._primary:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(theme.colour("accent", 0.88 if hovered else 1.0))
            else:
                painter.setPen(theme.colour("accent" if self.hasFocus() else "border"))
                painter.setBrush(theme.colour(ground))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)
            alpha = 1.0 if self.isEnabled() else 0.45
            left, right = 12.0, self.width() - 12.0
            if self._icon_name:
                token = "on_accent" if self._primary else self.icon_token
                box = QRectF(left - 1, 0, 16, self.height())
                paint_icon(painter, box, self._icon_name, theme.colour(token, alpha), 16)
                left += 22
            if self._compact:
                return
            if self._chevron:
                box = QRectF(right - 12, 0, 16, self.height())
                paint_icon(painter, box, "chevron-down", theme.colour("text_muted", alpha), 15)
                right -= 18
            if self._hint:
                painter.setFont(theme.font(11))
                painter.setPen(theme.colour("text_muted", alpha))
                width = _hint_width(theme, self._hint)
                box = QRectF(right - width, 0, width + 1, self.height())
                painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, self._hint)
                right -= width + 8
            font = theme.font(bold=self._strong or self._primary)
            painter.setFont(font)
            token = "on_accent" if self._primary else "text_muted" if self._muted else "text"
            painter.setPen(theme.colour(token, alpha))
            metrics = painter.fontMetrics()
            text = metrics.elidedText(
                self.text(), Qt.TextElideMode.ElideMiddle, int(right - left) + 1
            )
            box = QRectF(left, 0, right - left + 1, self.height())
            painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, text)


class Toggle(QCheckBox):
    """A switch: a check box drawn as a track with a knob."""

    def __init__(self, theme: Theme, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setAccessibleName(name)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        """Size of the track with room for the focus ring."""
        return QSize(28, 20)

    def minimumSizeHint(self) -> QSize:
        """The same."""
        return self.sizeHint()

    def hitButton(self, position: QPoint) -> bool:
        """All of it can be clicked."""
        return True

    def paintEvent(self, event: QPaintEvent) -> None:
        """Track and knob."""
        theme = self._theme
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            track = QRectF(2, 4, 24, 12)
            on = self.isChecked()
            alpha = 1.0 if self.isEnabled() else 0.4
            if self.hasFocus():
                painter.setPen(QPen(theme.colour("accent", 0.45), 2))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRoundedRect(track.adjusted(-1.5, -1.5, 1.5, 1.5), 7.5, 7.5)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.colour("accent" if on else "scroll_hover", alpha))
            painter.drawRoundedRect(track, 6, 6)
            painter.setBrush(theme.colour("text" if theme.dark else "surface"))
            centre = QPointF(track.right() - 6 if on else track.left() + 6, track.center().y())
            painter.drawEllipse(centre, 4.0, 4.0)


class Choice(QComboBox):
    """One of a few values, drawn as a bordered button with a chevron.

    ``choices`` are (value, text) pairs.
    """

    #: The user chose this value.
    chosen = Signal(str)

    def __init__(
        self,
        theme: Theme,
        name: str,
        choices: Sequence[tuple[str, str]],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setAccessibleName(name)
        for value, text in choices:
            self.addItem(text, value)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.setFixedHeight(24)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.activated.connect(self._tell)
        self.currentIndexChanged.connect(self._resize)
        theme.changed.connect(self.update)

    @property
    def value(self) -> str:
        """The value chosen."""
        return str(self.currentData())

    def set_value(self, value: str) -> None:
        """Show a value without telling of it; one that is not there changes nothing."""
        index = self.findData(value)
        if index >= 0:
            self.setCurrentIndex(index)

    def sizeHint(self) -> QSize:
        """Room for the text shown."""
        width = self.fontMetrics().horizontalAdvance(self.currentText())
        return QSize(width + 11 + 28, 24)

    def minimumSizeHint(self) -> QSize:
        """The same."""
        return self.sizeHint()

    def showPopup(self) -> None:
        """Open the list, wide enough for its texts."""
        metrics = self.fontMetrics()
        texts = [metrics.horizontalAdvance(self.itemText(i)) for i in range(self.count())]
        self.view().setMinimumWidth(max([*texts, 0]) + 36)
        super().showPopup()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Scrolls what lies around it: a value must not change by passing over it."""
        event.ignore()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Border, text, chevron."""
        theme = self._theme
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(theme.colour("accent" if self.hasFocus() else "border"))
            painter.setBrush(theme.colour("raised" if self.underMouse() else "surface"))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 5, 5)
            painter.setFont(theme.font())
            alpha = 1.0 if self.isEnabled() else 0.45
            painter.setPen(theme.colour("text", alpha))
            box = QRectF(11, 0, self.width() - 36, self.height())
            text = painter.fontMetrics().elidedText(
                self.currentText(), Qt.TextElideMode.ElideRight, int(box.width()) + 2
            )
            painter.drawText(box, Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextDontClip, text)
            chevron = QRectF(self.width() - 25, 0, 16, self.height())
            paint_icon(painter, chevron, "chevron-down", theme.colour("text_muted", alpha), 14)

    def _tell(self, index: int) -> None:
        self.chosen.emit(str(self.itemData(index)))

    def _resize(self, index: int) -> None:
        self.updateGeometry()


class Segmented(QWidget):
    """One of a few values, all in sight, side by side.

    ``choices`` are (value, text) pairs. With ``more``, a name, there is one more segment that asks
    for values seldom needed; it shows the one in force, see `show_other`.
    """

    #: The user chose this value.
    chosen = Signal(str)
    #: The user wants to see the other values.
    more_asked = Signal()

    def __init__(
        self,
        theme: Theme,
        name: str,
        choices: Sequence[tuple[str, str]],
        parent: QWidget | None = None,
        *,
        more: str = "",
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._choices = tuple(choices)
        self._more = more
        self._other = ""
        self._index = 0
        self._hovered = -1
        self._name = name
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._describe()
        theme.changed.connect(self.update)

    @property
    def value(self) -> str:
        """The value chosen; empty while it is another one."""
        return self._choices[self._index][0] if self._index < len(self._choices) else ""

    def show_other(self, text: str) -> None:
        """Show that a value is in force that is not among the choices, and what it is called."""
        self._other = text
        self._index = len(self._choices)
        self._describe()
        self.updateGeometry()
        self.update()

    def more_corner(self) -> QPoint:
        """Where a menu of the other values opens, on the screen."""
        return self.mapToGlobal(QPoint(round(self._edges()[-2]), self.height() + 2))

    def set_value(self, value: str) -> None:
        """Show a value without telling of it; one that is not there changes nothing."""
        for i, (known, _text) in enumerate(self._choices):
            if known == value and i != self._index:
                self._index = i
                if self._other:
                    self._other = ""
                    self.updateGeometry()
                self._describe()
                self.update()

    def sizeHint(self) -> QSize:
        """Room for all texts."""
        return QSize(round(self._edges()[-1]) + 1, HEIGHT_PX)

    def minimumSizeHint(self) -> QSize:
        """The same."""
        return self.sizeHint()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Left and right choose the neighbour."""
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()), 0)
        if step:
            self._choose(min(max(self._index + step, 0), len(self._texts()) - 1))
        elif self._more and event.key() == Qt.Key.Key_Down:
            self.more_asked.emit()
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        """Keep left and right from moving the step while this has the focus."""
        if (
            isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.ShortcutOverride
            and event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Right)
        ):
            event.accept()
            return True
        return super().event(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose what was clicked."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._choose(self._at(event.position().x()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Light up what is under the pointer."""
        hovered = self._at(event.position().x())
        if hovered != self._hovered:
            self._hovered = hovered
            self.update()

    def leaveEvent(self, event: QEvent) -> None:
        """Forget the pointer."""
        self._hovered = -1
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The frame, the chosen part, the texts."""
        theme = self._theme
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            frame = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
            shape = QPainterPath()
            shape.addRoundedRect(frame, 6, 6)
            painter.fillPath(shape, theme.colour("surface"))
            edges = self._edges()
            painter.save()
            painter.setClipPath(shape)
            for i, text in enumerate(self._texts()):
                box = QRectF(edges[i], 0, edges[i + 1] - edges[i], self.height())
                chosen = i == self._index
                if chosen or i == self._hovered:
                    painter.fillRect(box, theme.colour("selected" if chosen else "raised"))
                painter.setFont(theme.font(bold=chosen))
                painter.setPen(theme.colour("accent" if chosen else "text"))
                painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)
            painter.restore()
            painter.setPen(theme.colour("accent" if self.hasFocus() else "border"))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawPath(shape)

    def _edges(self) -> list[float]:
        metrics = _metrics(self._theme)
        edges = [0.0]
        for text in self._texts():
            edges.append(edges[-1] + metrics.horizontalAdvance(text) + 20)
        return edges

    def _texts(self) -> list[str]:
        texts = [text for _value, text in self._choices]
        if self._more:
            elide = Qt.TextElideMode.ElideMiddle
            texts.append(_metrics(self._theme).elidedText(self._other, elide, OTHER_PX) or "…")
        return texts

    def _at(self, x: float) -> int:
        edges = self._edges()
        last = len(edges) - 2
        for i in range(last):
            if x < edges[i + 1]:
                return i
        return last

    def _choose(self, index: int) -> None:
        if index == len(self._choices):
            self.more_asked.emit()
        elif index != self._index:
            if self._other:
                self._other = ""
                self.updateGeometry()
            self._index = index
            self._describe()
            self.update()
            self.chosen.emit(self.value)

    def _describe(self) -> None:
        in_force = self._other or self._choices[self._index][1]
        self.setAccessibleName(f"{self._name}: {in_force}")


def _metrics(theme: Theme) -> QFontMetrics:
    return QFontMetrics(theme.font(bold=True))


def _hint_width(theme: Theme, hint: str) -> int:
    return QFontMetrics(theme.font(11)).horizontalAdvance(hint)
