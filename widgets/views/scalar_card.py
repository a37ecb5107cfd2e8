"""ScalarCard: a chart with a title and the buttons that belong to it."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QPoint, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QEnterEvent,
    QGuiApplication,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QVBoxLayout, QWidget

from eventglass.app.models.theme import Theme
from eventglass.widgets.controls.buttons import IconButton
from eventglass.widgets.controls.icons import icon
from eventglass.widgets.plots.chart import Chart

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
    """One tag: its title, its chart, and what one can do with it."""

    #: What was asked for: "pin", "maximise", "wide", "log", "fit".
    asked = Signal(str, str)
    #: The pointer or the focus came to the card: its key.
    reached = Signal(str)
    #: The chart was clicked: the card's key.
    clicked = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self.key = ""
        self.tag = ""
        self._note = QLabel(self)
        self._note.setObjectName("muted")
        self._title = TitleLabel(theme, self)
        self.chart = Chart(self)
        self._pin = self._button("pin", "Pin to the top")
        self._fit = self._button("fit", "Fit to the data (F)")
        self._maximise = self._button("expand", "Fill the view (Return)")
        self._more = self._button("more-vertical", "More")
        self._pin.clicked.connect(partial(self.ask, "pin"))
        self._fit.clicked.connect(self.chart.fit)
        self._maximise.clicked.connect(partial(self.ask, "maximise"))
        self._more.clicked.connect(self._open_menu)
        self._lit = QTimer(self)
        self._lit.setSingleShot(True)
        self._lit.setInterval(900)
        self._lit.timeout.connect(self.update)
        self._flags = dict.fromkeys(("pin", "maximise", "wide", "log"), False)
        self.chart.focused.connect(self._tell_reached)
        head = QHBoxLayout()
        head.setContentsMargins(10, 4, 6, 0)
        head.setSpacing(2)
        head.addWidget(self._title, 1)
        head.addWidget(self._note)
        head.addSpacing(6)
        for button in (self._pin, self._fit, self._maximise, self._more):
            head.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(1, 1, 1, 3)
        column.setSpacing(0)
        column.addLayout(head)
        column.addWidget(self.chart, 1)

    def show_tag(self, key: str, tag: str, title: str, description: str) -> None:
        """Show another tag."""
        self.key, self.tag = key, tag
        self._title.set_title(title)
        self._title.setToolTip(f"{tag}\n\n{description}" if description else tag)
        self.chart.set_title(tag)
        self.setAccessibleName(tag)

    def show_flags(self, *, pinned: bool, maximised: bool, wide: bool, log: bool) -> None:
        """Show how the card stands."""
        self._flags = {"pin": pinned, "maximise": maximised, "wide": wide, "log": log}
        look = ("pinned", "accent") if pinned else ("pin", "text_muted")
        self._pin.setIcon(icon(self._theme, *look))
        self._pin.setToolTip("Unpin" if pinned else "Pin to the top")
        self._maximise.setIcon(icon(self._theme, "restore" if maximised else "expand"))
        self._maximise.setToolTip(
            "Show all charts (Esc)" if maximised else "Fill the view (Return)"
        )
        self.chart.set_wheel_zoom(maximised)
        self.chart.set_log_y(log)

    def show_hidden(self, count: int) -> None:
        """Say how many superseded points are not drawn."""
        self._note.setText(f"{count:,} superseded hidden" if count else "")
        self._note.setToolTip(
            "Points a restarted run wrote again; show them by Restarts in the inspector"
            if count
            else ""
        )
        self._note.setVisible(bool(count))

    def flash(self) -> None:
        """Mark the card for a moment, for one who was sent here."""
        self._lit.start()
        self.update()

    # -- asking

    def flag(self, what: str) -> bool:
        """Whether the card is so: pin, maximise, wide or log."""
        return self._flags[what]

    def ask(self, what: str) -> None:
        """Ask for the card to become so, or to be so no longer."""
        self.asked.emit(what, self.key)

    def tell_clicked(self) -> None:
        """Tell that the chart was clicked."""
        self.clicked.emit(self.key)

    def _button(self, glyph: str, text: str) -> IconButton:
        return IconButton(self._theme, glyph, text, parent=self)

    def _tell_reached(self) -> None:
        self.reached.emit(self.key)

    def enterEvent(self, event: QEnterEvent) -> None:
        """Become the card that commands mean."""
        super().enterEvent(event)
        self._tell_reached()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Fill the view by Return."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.ask("maximise")
        else:
            super().keyPressEvent(event)

    def _open_menu(self) -> None:
        self._menu().exec(self._more.mapToGlobal(QPoint(0, self._more.height())))

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Offer what can be done with this chart."""
        self._menu().exec(event.globalPos())
        event.accept()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Maximise by a double click on the title."""
        if event.position().y() <= TITLE_HEIGHT:
            self.ask("maximise")

    def _menu(self) -> QMenu:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction("Copy tag name", self._copy_tag)
        menu.addAction("Copy chart as image", self._copy_image)
        menu.addSeparator()
        menu.addAction("Fit to the data\tF", self.chart.fit)
        for text, name in (
            ("Logarithmic axis\tShift+L", "log"),
            ("Full width\tW", "wide"),
            ("Fill the view\tReturn", "maximise"),
            ("Pin to the top\tP", "pin"),
        ):
            action = menu.addAction(text)
            action.setCheckable(True)
            action.setChecked(self._flags[name])
            action.triggered.connect(partial(self.ask, name))
        return menu

    def _copy_tag(self) -> None:
        QGuiApplication.clipboard().setText(self.tag)

    def _copy_image(self) -> None:
        QGuiApplication.clipboard().setPixmap(self.grab())

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the card itself: a surface with a border and round corners."""
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            lit = self._lit.isActive()
            painter.setPen(QPen(self._theme.colour("accent" if lit else "border"), 1.0))
            painter.setBrush(self._theme.colour("surface"))
            box = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
            painter.drawRoundedRect(box, RADIUS, RADIUS)
