"""ScalarCard: a chart with a title, a legend where it has several tags, and its buttons."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPoint, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QEnterEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QApplication, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from eventglass.app.models.cards import Card, card_of_tag
from eventglass.app.models.theme import Theme
from eventglass.app.models.tool_tips import plain_tip
from eventglass.widgets.controls.buttons import IconButton
from eventglass.widgets.controls.icons import icon
from eventglass.widgets.plots.chart import Chart, CurveData
from eventglass.widgets.views.card_editor import CardEditor
from eventglass.widgets.views.card_legend import CardLegend, entries_of

if TYPE_CHECKING:
    from eventglass.widgets.views.scalar_notes import Event

RADIUS = 6
TITLE_HEIGHT = 34


class TitleLabel(QLabel):
    """A title that gives way in its middle."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._full = ""
        self.setObjectName("cardTitle")
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setFont(theme.font(bold=True))
        self.setMinimumWidth(20)

    def set_title(self, text: str) -> None:
        """Show a title."""
        self._full = text
        self._elide()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Cut the title to the room there is."""
        super().resizeEvent(event)
        self._elide()

    def sizeHint(self) -> QSize:
        """As wide as the whole title."""
        hint = super().sizeHint()
        return QSize(self.fontMetrics().horizontalAdvance(self._full) + 4, hint.height())

    def _elide(self) -> None:
        metrics = self.fontMetrics()
        self.setText(metrics.elidedText(self._full, Qt.TextElideMode.ElideMiddle, self.width()))


class ScalarCard(QWidget):
    """One card: its title, its chart, and what one can do with it."""

    #: What was asked for: "pin", "maximise", "wide", "log", "fit".
    asked = Signal(str, str)
    #: The menu of the card is wanted: its key and where, on the screen.
    menu_asked = Signal(str, QPoint)
    #: The pointer or the focus came to the card: its key.
    reached = Signal(str)
    #: The chart was clicked: the card's key.
    clicked = Signal(str)
    #: The card is dragged by its title, and let go: its key and where, on the screen.
    dragged = Signal(str, QPoint)
    let_go = Signal(str, QPoint)

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self.key = ""
        self.card: Card = card_of_tag("")
        self._pressed_at: QPoint | None = None
        self._is_dragged = False
        self._notes: tuple[str, ...] = ()
        self._is_warned = False
        #: What the chart's flags stand for: indices of notes of the user, or events.
        self.flags: list[int | Event] = []
        self._editor: CardEditor | None = None
        self._note = QLabel(self)
        self._note.setFixedSize(18, 20)
        self._note.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._note.hide()
        self._mark = QLabel("ƒ", self)
        self._mark.setObjectName("muted")
        self._mark.setFont(theme.font(bold=True))
        self._mark.setToolTip("Computed from other tags")
        self._mark.hide()
        self._title = TitleLabel(theme, self)
        self.chart = Chart(self)
        policy = self.chart.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.chart.setSizePolicy(policy)
        self._message = QLabel(self)
        self._message.setObjectName("muted")
        self._message.setWordWrap(True)
        self._message.setTextFormat(Qt.TextFormat.PlainText)
        self._message.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._message.hide()
        self._legend = CardLegend(theme, self)
        self._pin = self._button("pin", "Pin to the top")
        self._fit = self._button("fit", "Fit to the data (F)")
        self._maximise = self._button("expand", "Fill the view (Return)")
        self._more = self._button("more-vertical", "More")
        self._pin.clicked.connect(partial(self.ask, "pin"))
        self._fit.clicked.connect(partial(self.ask, "fit"))
        self._maximise.clicked.connect(partial(self.ask, "maximise"))
        self._more.clicked.connect(self.open_menu)
        self._lit = QTimer(self)
        self._lit.setSingleShot(True)
        self._lit.setInterval(900)
        self._lit.timeout.connect(self.update)
        self._flags = dict.fromkeys(("pin", "maximise", "wide", "log", "lock"), False)
        self.chart.focused.connect(self._tell_reached)
        self.chart.x_clicked.connect(self._tell_clicked)
        self.chart.curve_clicked.connect(self._tell_clicked)
        head = QHBoxLayout()
        head.setContentsMargins(10, 4, 6, 0)
        head.setSpacing(2)
        head.addWidget(self._mark)
        head.addWidget(self._title, 1)
        head.addWidget(self._note)
        head.addSpacing(6)
        for button in (self._pin, self._fit, self._maximise, self._more):
            head.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(1, 1, 1, 3)
        column.setSpacing(0)
        column.addLayout(head)
        column.addWidget(self._legend)
        column.addWidget(self.chart, 1)

    @property
    def tag(self) -> str:
        """Key of what is shown: the tag of a card of one."""
        return self.card.key

    def show_card(
        self, key: str, card: Card, title: str, description: str = "", *, derived: bool = False
    ) -> None:
        """Show another card; its curves come by `show_curves`."""
        if key != self.key:
            self.close_editor()
            self._lit.stop()
        self.key, self.card = key, card
        self._title.set_title(title)
        whole = card.title if card.is_composed else card.key
        tip = f"{whole}\n\n{description}" if description else whole
        self._title.setToolTip(plain_tip(tip))
        self._mark.setVisible(derived)
        self.chart.set_title(whole)
        self.setAccessibleName(whole)

    def show_waiting(self) -> None:
        """Show an empty card until the curves come."""
        self._message.hide()
        self.chart.hide()
        self.chart.set_curves(())
        self._legend.set_entries(())
        self.show_notes(())

    def show_curves(self, curves: Sequence[CurveData], message: str = "") -> None:
        """Draw these curves, or say why there are none."""
        self.chart.set_curves(curves)
        self._legend.set_entries(entries_of(curves) if self.card.is_composed else ())
        if bool(message) == self._message.isHidden():
            self._message.setVisible(bool(message))
            self._place_message()
        self._message.setText(message)
        if self.chart.isHidden() != bool(message):
            self.chart.setVisible(not message)

    def show_flags(
        self, *, pinned: bool, maximised: bool, wide: bool, log: bool, locked: bool = False
    ) -> None:
        """Show how the card stands."""
        flags = {"pin": pinned, "maximise": maximised, "wide": wide, "log": log, "lock": locked}
        self.chart.set_wheel_zoom(maximised)
        if flags == self._flags and not self._pin.icon().isNull():
            return
        self._flags = flags
        look = ("pinned", "accent") if pinned else ("pin", "text_muted")
        self._pin.setIcon(icon(self._theme, *look))
        self._pin.setToolTip("Unpin" if pinned else "Pin to the top")
        self._maximise.setIcon(icon(self._theme, "restore" if maximised else "expand"))
        self._maximise.setToolTip(
            "Show all charts (Esc)" if maximised else "Fill the view (Return)"
        )

    def show_notes(self, notes: Sequence[str], *, warning: bool = False) -> None:
        """Say what should be known of the card, by a small sign with a tool tip."""
        notes = tuple(notes)
        if (notes, warning) == (self._notes, self._is_warned):
            return
        self._notes, self._is_warned = notes, warning
        self._note.setVisible(bool(notes))
        text = "\n".join(notes)
        self._note.setToolTip(plain_tip(text))
        self._note.setAccessibleName(text)
        self._paint_note()

    def _paint_note(self) -> None:
        if self._notes:
            look = ("warning", "warning") if self._is_warned else ("history", "text_muted")
            self._note.setPixmap(icon(self._theme, *look).pixmap(QSize(14, 14)))

    def notes(self) -> tuple[str, ...]:
        """What is said of the card beside its title."""
        return self._notes

    def message(self) -> str:
        """What stands in the chart's place, empty while there is the chart."""
        return "" if self._message.isHidden() else self._message.text()

    def legend(self) -> CardLegend:
        """The legend, hidden in a card of one tag."""
        return self._legend

    def flash(self) -> None:
        """Mark the card for a moment, for one who was sent here."""
        self._lit.start()
        self.update()

    def edit_text(
        self,
        question: str,
        text: str = "",
        x: float | None = None,
        toggle: str = "",
        on: bool = False,
    ) -> CardEditor:
        """Open a field: over the title, or with ``x`` at a place of the chart, in its pixels."""
        self.close_editor()
        editor = CardEditor(self._theme, self, question, text, toggle, on)
        editor.closed.connect(self._forget_editor)
        self._editor = editor
        if x is None:
            editor.open_at(4, 2)
        else:
            corner = self.chart.pos()
            editor.open_at(round(corner.x() + x), corner.y() + 6)
        return editor

    def close_editor(self) -> None:
        """Drop what is being edited."""
        if self._editor is not None:
            editor, self._editor = self._editor, None
            editor.drop()

    def _forget_editor(self) -> None:
        self._editor = None

    # -- asking

    def flag(self, what: str) -> bool:
        """Whether the card is so: pin, maximise, wide, log or lock."""
        return self._flags[what]

    def ask(self, what: str) -> None:
        """Ask for the card to become so, or to be so no longer."""
        self.asked.emit(what, self.key)

    def open_menu(self) -> None:
        """Ask for the menu, below its button."""
        self.menu_asked.emit(self.key, self._more.mapToGlobal(QPoint(0, self._more.height())))

    def _tell_clicked(self) -> None:
        self.clicked.emit(self.key)

    def _button(self, glyph: str, text: str) -> IconButton:
        return IconButton(self._theme, glyph, text, parent=self)

    def _tell_reached(self) -> None:
        self.reached.emit(self.key)

    # -- Qt

    def enterEvent(self, event: QEnterEvent) -> None:
        """Become the card that commands mean."""
        super().enterEvent(event)
        self._tell_reached()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the message where the chart is."""
        super().resizeEvent(event)
        self._place_message()

    def changeEvent(self, event: QEvent) -> None:
        """Draw the sign in the new colours."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._paint_note()

    def _place_message(self) -> None:
        if not self._message.isHidden():
            box = self.rect().adjusted(16, TITLE_HEIGHT, -16, -12)
            self._message.setGeometry(box)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Fill the view by Return."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.ask("maximise")
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Offer what can be done with this chart."""
        self.menu_asked.emit(self.key, event.globalPos())
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin to drag the card by its head."""
        if event.button() == Qt.MouseButton.LeftButton and event.position().y() <= TITLE_HEIGHT:
            self._pressed_at = event.position().toPoint()
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag the card."""
        if self._pressed_at is None:
            return
        away = event.position().toPoint() - self._pressed_at
        if not self._is_dragged and away.manhattanLength() < QApplication.startDragDistance():
            return
        if not self._is_dragged:
            self._is_dragged = True
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
        self.dragged.emit(self.key, event.globalPosition().toPoint())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let the card go."""
        was_dragged = self._is_dragged
        self._is_dragged, self._pressed_at = False, None
        if was_dragged:
            self.unsetCursor()
            self.let_go.emit(self.key, event.globalPosition().toPoint())

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Maximise by a double click on the title."""
        self._pressed_at = None
        if event.position().y() <= TITLE_HEIGHT:
            self.ask("maximise")

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the card itself: a surface with a border and round corners."""
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            lit = self._lit.isActive()
            painter.setPen(QPen(self._theme.colour("accent" if lit else "border"), 1.0))
            painter.setBrush(self._theme.colour("surface"))
            box = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
            painter.drawRoundedRect(box, RADIUS, RADIUS)
