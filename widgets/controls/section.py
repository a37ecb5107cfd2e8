"""A titled group of rows, as the inspector and the preferences are made of."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLayout,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from eventglass.app.models.theme import Theme
from eventglass.widgets.controls.icons import paint_icon

TITLE_PX = 24


class Section(QFrame):
    """A bold title, then rows of a label and a control at the right end; a line below."""

    def __init__(self, title: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("section")
        outer = QVBoxLayout(self)
        outer.setContentsMargins(12, 8, 12, 9)
        outer.setSpacing(4)
        self._body = QWidget(self)
        self._column = QVBoxLayout(self._body)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(4)
        self._rows: dict[QWidget, QWidget] = {}
        if title:
            outer.addWidget(self._title(title))
            outer.addSpacing(4)
        outer.addWidget(self._body)

    def add_row(self, text: str, control: QWidget, tool_tip: str = "") -> QLabel:
        """Add a row and return its label."""
        label = QLabel(text)
        label.setToolTip(tool_tip)
        control.setToolTip(tool_tip or control.toolTip())
        label.setBuddy(control)
        row = QWidget()
        line = QHBoxLayout(row)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(8)
        line.addWidget(label)
        line.addStretch(1)
        line.addWidget(control)
        label.setMinimumHeight(24)
        self._column.addWidget(row)
        self._rows[control] = row
        return label

    def add_widget(self, widget: QWidget) -> None:
        """Add something as wide as the section."""
        self._column.addWidget(widget)

    def add_layout(self, layout: QLayout) -> QWidget:
        """Add a layout as wide as the section; returns the widget it stands in."""
        holder = QWidget()
        holder.setLayout(layout)
        self._column.addWidget(holder)
        return holder

    def show_row(self, control: QWidget, shown: bool) -> None:
        """Show or hide the row of a control."""
        self._rows[control].setVisible(shown)

    def _title(self, title: str) -> QWidget:
        label = QLabel(title)
        label.setObjectName("sectionTitle")
        return label


class FoldSection(Section):
    """A section that folds to its title; a folded one tells beside it what is set inside."""

    #: The user folded (True) or unfolded it.
    folded = Signal(bool)

    def __init__(
        self, theme: Theme, title: str, *, folded: bool = False, parent: QWidget | None = None
    ) -> None:
        self._theme = theme
        super().__init__(title, parent)
        self.set_folded(folded)

    @property
    def is_folded(self) -> bool:
        """Whether only the title is there."""
        return not self._fold.isChecked()

    def set_folded(self, folded: bool) -> None:
        """Fold or unfold without telling of it."""
        self._fold.setChecked(not folded)
        self._body.setVisible(not folded)
        margins = self.contentsMargins()
        layout = self.layout()
        if layout is not None:
            layout.setContentsMargins(12, 8 + margins.top(), 12, 4 if folded else 9)
            layout.setSpacing(0 if folded else 4)
        self._fold.update()

    def set_note(self, note: str) -> None:
        """Say what is set inside; shown while it is folded."""
        self._fold.set_note(note)

    def _title(self, title: str) -> QWidget:
        self._fold = _FoldTitle(self._theme, title)
        self._fold.clicked.connect(self._folded)
        return self._fold

    def _folded(self, open_: bool) -> None:
        self.set_folded(not open_)
        self.folded.emit(not open_)


class More(QAbstractButton):
    """A quiet line "More" that shows what is not needed every day; checked while it is shown."""

    def __init__(self, theme: Theme, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setCheckable(True)
        self.setText("More")
        self.setAccessibleName(name)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.toggled.connect(self._rename)
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        """A line of small text."""
        return QSize(80, 22)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Chevron and word."""
        theme = self._theme
        token = "accent" if self.hasFocus() else "text" if self.underMouse() else "text_muted"
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            colour = theme.colour(token)
            name = "chevron-down" if self.isChecked() else "chevron-right"
            paint_icon(painter, QRectF(-3, 0, 16, self.height()), name, colour, 15)
            painter.setFont(theme.font(12))
            painter.setPen(colour)
            box = QRectF(14, 0, self.width() - 14, self.height())
            painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, self.text())

    def _rename(self, on: bool) -> None:
        self.setText("Less" if on else "More")
        self.update()


class LinkButton(QAbstractButton):
    """A quiet line of text that does something: an icon and what it does."""

    def __init__(
        self, theme: Theme, text: str, icon_name: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._icon = icon_name
        self.setText(text)
        self.setAccessibleName(text)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        """A line of text."""
        return QSize(24 + self.fontMetrics().horizontalAdvance(self.text()), 24)

    def minimumSizeHint(self) -> QSize:
        """Its text is cut where there is no room."""
        return QSize(60, 24)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Icon and text."""
        theme = self._theme
        lit = self.underMouse() or self.hasFocus()
        colour = theme.colour("accent" if lit else "text_muted", 1.0 if self.isEnabled() else 0.45)
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            paint_icon(painter, QRectF(-1, 0, 16, self.height()), self._icon, colour, 15)
            painter.setFont(theme.font())
            painter.setPen(colour)
            box = QRectF(20, 0, self.width() - 20, self.height())
            elide = Qt.TextElideMode.ElideRight
            text = painter.fontMetrics().elidedText(self.text(), elide, int(box.width()) + 1)
            painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, text)


class _FoldTitle(QAbstractButton):
    """Title of a section that folds: the bold title, a note, a chevron at the right end."""

    def __init__(self, theme: Theme, title: str) -> None:
        super().__init__()
        self._theme = theme
        self._note = ""
        self.setText(title)
        self.setCheckable(True)
        self.setAccessibleName(title)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    def set_note(self, note: str) -> None:
        if note != self._note:
            self._note = note
            self.setAccessibleDescription(note)
            self.update()

    def sizeHint(self) -> QSize:
        return QSize(120, TITLE_PX)

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._theme
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            middle = Qt.AlignmentFlag.AlignVCenter
            painter.setFont(theme.font(bold=True))
            painter.setPen(theme.colour("accent" if self.hasFocus() else "text"))
            title = painter.fontMetrics().horizontalAdvance(self.text())
            painter.drawText(QRectF(0, 0, title + 2, self.height()), middle, self.text())
            if self._note and not self.isChecked():
                painter.setFont(theme.font(12))
                painter.setPen(theme.colour("text_muted"))
                box = QRectF(title + 10, 0, self.width() - title - 10 - 24, self.height())
                note = painter.fontMetrics().elidedText(
                    self._note, Qt.TextElideMode.ElideRight, int(box.width())
                )
                painter.drawText(box, middle | Qt.AlignmentFlag.AlignRight, note)
            # The chevron of an open section shows only where one looks for it.
            if not self.isChecked() or self.underMouse() or self.hasFocus():
                name = "chevron-down" if self.isChecked() else "chevron-right"
                box = QRectF(self.width() - 16, 0, 16, self.height())
                paint_icon(painter, box, name, theme.colour("text_muted"), 16)
