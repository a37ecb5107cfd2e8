"""A button that shows a value and lets one search for another among thousands."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from eventglass.app.models.theme import Theme
from eventglass.app.models.tool_tips import plain_tip
from eventglass.widgets.controls.command_palette import CommandPalette, Entry
from eventglass.widgets.controls.icons import paint_icon

#: What `Picker` asks for when it is pressed: (value, text, hint) of all there is.
Choices = Callable[[], Sequence[tuple[str, str, str]]]


class Picker(QAbstractButton):
    """Looks like `Choice`; pressing it opens the window's palette with everything to choose from.

    Parameters
    ----------
    choices
        Called when it is pressed: a value, its text and a fainter hint each.
    nothing
        What is shown for the value that is empty.
    """

    #: The user chose this value.
    chosen = Signal(str)

    def __init__(
        self,
        theme: Theme,
        name: str,
        choices: Choices,
        nothing: str = "",
        *,
        icon_name: str = "",
        widest_px: int = 168,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._choices = choices
        self._nothing = nothing
        self._name = name
        self._icon = icon_name
        self._widest = widest_px
        self._value = ""
        self.setText(nothing)
        self.setAccessibleName(name)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.clicked.connect(self.ask)
        theme.changed.connect(self.update)

    @property
    def value(self) -> str:
        """The value shown."""
        return self._value

    def set_value(self, value: str, text: str = "") -> None:
        """Show a value, under another name if one is given, without telling of it."""
        self._value = value
        shown = (text or value) if value else self._nothing
        if shown != self.text():
            self.setText(shown)
            self.setToolTip(plain_tip(shown) if len(shown) > 20 else "")
            self.setAccessibleDescription(shown)
            self.updateGeometry()
            self.update()

    def ask(self) -> None:
        """Let the user search for a value."""
        entries = [
            Entry(text or value, _Choosing(self, value), hint, self._icon)
            for value, text, hint in self._choices()
        ]
        open_chooser(self._theme, self.window(), self._name, entries)

    def choose(self, value: str) -> None:
        """Take a value as if the user had chosen it."""
        self.setFocus(Qt.FocusReason.OtherFocusReason)
        self.chosen.emit(value)

    def sizeHint(self) -> QSize:
        """Room for the text, up to a point."""
        width = self.fontMetrics().horizontalAdvance(self.text()) + 11 + 28
        return QSize(min(width, self._widest), 24)

    def minimumSizeHint(self) -> QSize:
        """Short enough to stand beside any label."""
        return QSize(min(self.sizeHint().width(), 60), 24)

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
            painter.setPen(theme.colour("text" if self._value else "text_muted", alpha))
            box = QRectF(11, 0, self.width() - 36, self.height())
            text = painter.fontMetrics().elidedText(
                self.text(), Qt.TextElideMode.ElideMiddle, int(box.width()) + 2
            )
            painter.drawText(box, Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextDontClip, text)
            chevron = QRectF(self.width() - 25, 0, 16, self.height())
            paint_icon(painter, chevron, "chevron-down", theme.colour("text_muted", alpha), 14)


class _Choosing:
    """Chooses one value of a picker."""

    __slots__ = ("_picker", "_value")

    def __init__(self, picker: Picker, value: str) -> None:
        self._picker = picker
        self._value = value

    def __call__(self) -> None:
        self._picker.choose(self._value)


def open_chooser(
    theme: Theme, window: QWidget, placeholder: str, entries: Sequence[Entry]
) -> CommandPalette:
    """Let the user search among entries in the palette of a window, made where there is none."""
    palette = window.findChild(CommandPalette)
    if palette is None:
        palette = CommandPalette(theme, window)
    palette.open_with(placeholder, entries)
    return palette
