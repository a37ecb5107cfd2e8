"""Cards of one tag: a head with title and runs, what the card shows, and what goes wrong."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QEvent, QPoint, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QEnterEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from eventglass.app.models.tag_groups import TagPlace
from eventglass.app.models.theme import Theme
from eventglass.app.models.tool_tips import plain_tip
from eventglass.widgets.controls.buttons import IconButton
from eventglass.widgets.controls.icons import icon
from eventglass.widgets.controls.section import LinkButton
from eventglass.widgets.views.scalar_card import RADIUS, TITLE_HEIGHT, TitleLabel

#: Squares of runs shown beside a title.
MOST_SWATCHES = 8


class RunLabel(QWidget):
    """The run a card shows, or how many: a square of its colour, and its name."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._colours: tuple[QColor, ...] = ()
        self._text = ""
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(20)

    def set_runs(self, runs: Sequence[tuple[str, QColor]]) -> None:
        """Show runs by name and colour."""
        self._colours = tuple(colour for _name, colour in runs[:MOST_SWATCHES])
        names = [name for name, _colour in runs]
        self._text = names[0] if len(names) == 1 else f"{len(names):,} runs"
        self.setToolTip(plain_tip("\n".join([*names[:40], *(["…"] if len(names) > 40 else [])])))
        self.setAccessibleName(", ".join(names[:40]))
        self.updateGeometry()
        self.update()

    def text(self) -> str:
        """What stands there."""
        return self._text

    def sizeHint(self) -> QSize:
        """Room for all of it."""
        metrics = self.fontMetrics()
        return QSize(metrics.horizontalAdvance(self._text) + 14 * len(self._colours) + 8, 20)

    def minimumSizeHint(self) -> QSize:
        """Room for the squares."""
        return QSize(14 * len(self._colours) + 4, 20)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Squares and name."""
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            left = 0.0
            for colour in self._colours:
                painter.setBrush(colour)
                painter.drawRoundedRect(QRectF(left, self.height() / 2 - 5.5, 11, 11), 2.5, 2.5)
                left += 14.0
            painter.setFont(self._theme.font())
            painter.setPen(self._theme.colour("text_muted"))
            box = QRectF(left + 3.0, 0.0, max(self.width() - left - 3.0, 0.0), self.height())
            mode = Qt.TextElideMode.ElideMiddle
            text = painter.fontMetrics().elidedText(self._text, mode, int(box.width()) + 1)
            painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, text)


class TagCard(QWidget):
    """A card of one tag: its head, what it shows, and what one can do with it."""

    #: What was asked for, "pin", "maximise" or "fit", and the card's key.
    asked = Signal(str, str)
    #: The menu of the card is wanted: its key and where, on the screen.
    menu_asked = Signal(str, QPoint)
    #: The pointer or the focus came to the card: its key.
    reached = Signal(str)
    #: The pointer came to the card, or left it.
    hovered = Signal(bool)

    def __init__(self, theme: Theme, body: QWidget, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self.key = ""
        self.place: TagPlace | None = None
        self._body = body
        body.setParent(self)
        policy = body.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        body.setSizePolicy(policy)
        self._notes: tuple[str, ...] = ()
        self._title = TitleLabel(theme, self)
        self._runs = RunLabel(theme, self)
        self._note = QLabel(self)
        self._note.setFixedSize(18, 20)
        self._note.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._note.hide()
        self._message = QLabel(self)
        self._message.setObjectName("muted")
        self._message.setWordWrap(True)
        self._message.setTextFormat(Qt.TextFormat.PlainText)
        self._message.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._message.hide()
        self._raw = LinkButton(theme, "Save the raw bytes…", "export", self)
        self._raw.clicked.connect(partial(self.ask, "raw"))
        self._raw.hide()
        self._share = 1.0
        buttons = {
            name: IconButton(theme, glyph, text, parent=self)
            for name, glyph, text in (
                ("pin", "pin", "Pin to the top"),
                ("maximise", "expand", "Fill the view (Return)"),
                ("menu", "more-vertical", "More"),
            )
        }
        self._pin, self._maximise, self._more = buttons.values()
        self._pin.clicked.connect(partial(self.ask, "pin"))
        self._maximise.clicked.connect(partial(self.ask, "maximise"))
        self._more.clicked.connect(self.open_menu)
        self._lit = QTimer(self)
        self._lit.setSingleShot(True)
        self._lit.setInterval(900)
        self._lit.timeout.connect(self.update)
        self._flags: dict[str, bool] = {}
        self._is_lit = False
        head = QHBoxLayout()
        head.setContentsMargins(10, 4, 6, 0)
        head.setSpacing(2)
        head.addWidget(self._title)
        head.addSpacing(6)
        head.addWidget(self._runs, 1)
        head.addWidget(self._note)
        head.addSpacing(4)
        for button in buttons.values():
            head.addWidget(button)
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(1, 1, 1, 3)
        self.column.setSpacing(0)
        self.column.addLayout(head)
        self.column.addWidget(body, 1)

    def show_place(
        self,
        key: str,
        place: TagPlace,
        title: str,
        runs: Sequence[tuple[str, QColor]],
        description: str = "",
    ) -> None:
        """Show another tag or run; what is drawn of it comes later."""
        if key != self.key:
            self._lit.stop()
        self.key, self.place = key, place
        self._title.set_title(title)
        tip = f"{place.tag}\n\n{description}" if description else place.tag
        self._title.setToolTip(plain_tip(tip))
        self._runs.set_runs(runs)
        self.setAccessibleName(f"{place.tag}, {self._runs.text()}")

    def show_runs(self, runs: Sequence[tuple[str, QColor]]) -> None:
        """Show the runs' names and colours as they are now."""
        self._runs.set_runs(runs)

    def show_message(self, text: str, *, with_bytes: bool = False) -> None:
        """Say why nothing is drawn; empty: something is.

        `with_bytes`: the bytes that could not be read are offered.
        """
        self._message.setText(text)
        self._message.setVisible(bool(text))
        self._raw.setVisible(bool(text) and with_bytes)
        self._place_message()
        self._body.setVisible(not text)

    def message(self) -> str:
        """What stands in the place of the drawing, empty while there is one."""
        return "" if self._message.isHidden() else self._message.text()

    def show_progress(self, share: float) -> None:
        """Show how much has been read."""
        if share != self._share:
            self._share = share
            self.update(0, TITLE_HEIGHT - 2, self.width(), 4)

    def show_flags(self, *, pinned: bool, maximised: bool, wide: bool = False) -> None:
        """Show how the card stands."""
        flags = {"pin": pinned, "maximise": maximised, "wide": wide}
        if flags == self._flags:
            return
        self._flags = flags
        look = ("pinned", "accent") if pinned else ("pin", "text_muted")
        self._pin.setIcon(icon(self._theme, *look))
        self._pin.setToolTip("Unpin" if pinned else "Pin to the top")
        self._maximise.setIcon(icon(self._theme, "restore" if maximised else "expand"))
        self._maximise.setToolTip("Show all cards (Esc)" if maximised else "Fill the view (Return)")

    def flag(self, what: str) -> bool:
        """Whether the card is so: pin, maximise or wide."""
        return self._flags.get(what, False)

    def show_notes(self, notes: Sequence[str]) -> None:
        """Say what should be known of the card, by a small sign with a tool tip."""
        notes = tuple(notes)
        if notes == self._notes:
            return
        self._notes = notes
        self._note.setVisible(bool(notes))
        self._note.setToolTip(plain_tip("\n".join(notes)))
        self._note.setAccessibleName("\n".join(notes))
        if notes:
            self._note.setPixmap(icon(self._theme, "warning", "warning").pixmap(QSize(14, 14)))

    def notes(self) -> tuple[str, ...]:
        """What is said of the card."""
        return self._notes

    def flash(self) -> None:
        """Mark the card for a moment, for one who was sent here."""
        self._lit.start()
        self.update()

    def show_lit(self, on: bool) -> None:
        """Mark the card as one of the run that is pointed at."""
        if on != self._is_lit:
            self._is_lit = on
            self.update()

    def ask(self, what: str) -> None:
        """Ask for the card to become so, or to be so no longer."""
        self.asked.emit(what, self.key)

    def open_menu(self) -> None:
        """Ask for the menu, below its button."""
        self.menu_asked.emit(self.key, self._more.mapToGlobal(QPoint(0, self._more.height())))

    def tell_reached(self) -> None:
        """Become the card that commands mean."""
        self.reached.emit(self.key)

    # -- Qt

    def enterEvent(self, event: QEnterEvent) -> None:
        """Become the card that commands mean."""
        super().enterEvent(event)
        self.tell_reached()
        self.hovered.emit(True)

    def leaveEvent(self, event: QEvent) -> None:
        """Tell that the pointer left."""
        super().leaveEvent(event)
        self.hovered.emit(False)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the message where the drawing is."""
        super().resizeEvent(event)
        self._place_message()

    def changeEvent(self, event: QEvent) -> None:
        """Draw the sign in the new colours."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and self._notes:
            notes, self._notes = self._notes, ()
            self.show_notes(notes)

    def _place_message(self) -> None:
        if not self._message.isHidden():
            room = 0 if self._raw.isHidden() else self._raw.sizeHint().height() + 8
            box = self.rect().adjusted(16, TITLE_HEIGHT, -16, -12 - room)
            self._message.setGeometry(box)
            size = self._raw.sizeHint()
            text = self._message.fontMetrics().boundingRect(
                box, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, self._message.text()
            )
            self._raw.setGeometry(
                (self.width() - size.width()) // 2, text.bottom() + 8, size.width(), size.height()
            )

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Fill the view by Return."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.ask("maximise")
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Offer what can be done with this card."""
        self.menu_asked.emit(self.key, event.globalPos())
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take the press: the page below has no use for it."""
        event.accept()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Maximise by a double click on the head."""
        if event.position().y() <= TITLE_HEIGHT:
            self.ask("maximise")

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the card itself: a surface with a border and round corners."""
        theme = self._theme
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            edge = "scroll_hover" if self._is_lit else "border"
            if self._lit.isActive():
                edge = "accent"
            painter.setPen(QPen(theme.colour(edge), 1.0))
            painter.setBrush(theme.colour("surface"))
            box = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
            painter.drawRoundedRect(box, RADIUS, RADIUS)
            if self._share < 1.0:
                track = QRectF(10.0, TITLE_HEIGHT - 1.0, self.width() - 20.0, 2.0)
                painter.fillRect(track, theme.colour("track"))
                track.setWidth(track.width() * self._share)
                painter.fillRect(track, theme.colour("accent"))
