"""CardGrid: thousands of cards in groups, of which only the visible ones exist.

The grid knows keys and sizes. Cards are made by a factory, bound to a key when they scroll into
view and reused when they leave it, so that the cost follows the screen and not the log.
"""

from __future__ import annotations

import bisect
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractScrollArea, QApplication, QFrame, QWidget

from eventglass.app.models.theme import Theme
from eventglass.widgets.controls.icons import paint_icon

MARGIN = 16
SPACING = 12
HEADER = 36
#: Height of a card as a share of its width; of a wide one as a share of the view's height.
ASPECT = 0.525
WIDE_SHARE = 0.55
MIN_CARD = 240
#: Cards made ahead of the visible ones, in pixels above and below.
AHEAD = 160


@dataclass(frozen=True, slots=True)
class CardGroup:
    """A titled group of cards. ``wide`` are keys of cards that take a row for themselves."""

    name: str
    title: str
    subtitle: str
    keys: tuple[str, ...]
    collapsed: bool = False
    wide: frozenset[str] = frozenset()


class GroupHeader(QWidget):
    """Title of a group; a click or Return folds it."""

    toggled = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._group: CardGroup | None = None
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)

    def set_group(self, group: CardGroup) -> None:
        """Show another group."""
        self._group = group
        state = "collapsed" if group.collapsed else "expanded"
        self.setAccessibleName(f"{group.title}, {group.subtitle}, {state}")
        self.setToolTip(group.name if group.name != group.title else "")
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw chevron, title and count."""
        group = self._group
        if group is None:
            return
        theme = self._theme
        with QPainter(self) as painter:
            hovered = self.underMouse() or self.hasFocus()
            chevron = "chevron-right" if group.collapsed else "chevron-down"
            icon_box = QRectF(4, (self.height() - 16) // 2, 16, 16)
            paint_icon(
                painter, icon_box, chevron, theme.colour("text" if hovered else "text_muted")
            )
            painter.setFont(theme.font(bold=True))
            painter.setPen(theme.colour("text"))
            metrics = painter.fontMetrics()
            room = self.width() - 130
            title = metrics.elidedText(group.title, Qt.TextElideMode.ElideMiddle, max(60, room))
            box = QRect(28, 0, self.width() - 28, self.height())
            painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, title)
            painter.setPen(theme.colour("text_muted"))
            box.setLeft(28 + metrics.horizontalAdvance(title) + 8)
            painter.setFont(theme.font())
            painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, group.subtitle)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take the click; it counts when the button comes up."""
        event.accept()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Fold on click."""
        if event.button() == Qt.MouseButton.LeftButton and self.rect().contains(
            event.position().toPoint()
        ):
            self._toggle()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Fold by Return or Space."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self._toggle()
        else:
            super().keyPressEvent(event)

    def _toggle(self) -> None:
        if self._group is not None:
            self.toggled.emit(self._group.name)


@dataclass(slots=True)
class _Row:
    """One row of the layout: a header (no keys) or cards side by side."""

    top: int
    height: int
    group: int
    keys: tuple[str, ...]
    width: int


class CardGrid(QAbstractScrollArea):
    """Scrolls groups of cards.

    Parameters
    ----------
    make_card
        Makes an empty card, a child of the widget given.
    bind
        Puts a key into a card that comes into view.
    release
        Tells a card that it left the view; it keeps no data from then on.
    """

    #: Name of a group whose header was clicked.
    group_toggled = Signal(str)
    #: Other cards are visible now.
    visible_changed = Signal()

    def __init__(
        self,
        theme: Theme,
        make_card: Callable[[QWidget], QWidget],
        bind: Callable[[QWidget, str], None],
        release: Callable[[QWidget], None],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._make_card = make_card
        self._bind = bind
        self._release = release
        self._groups: tuple[CardGroup, ...] = ()
        self._rows: list[_Row] = []
        self._tops: list[int] = []
        self._row_of: dict[str, int] = {}
        self._card_width = 420
        self._maximised: str | None = None
        self._cards: dict[str, QWidget] = {}
        self._spare: list[QWidget] = []
        self._headers: dict[int, GroupHeader] = {}
        self._spare_headers: list[GroupHeader] = []
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.viewport().setAutoFillBackground(False)
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.verticalScrollBar().setSingleStep(40)
        self.setAccessibleName("Charts")

    # -- what to show -----------------------------------------------------------------------

    def set_groups(self, groups: Iterable[CardGroup]) -> None:
        """Show these groups; what is at the top of the view stays there."""
        groups = tuple(groups)
        if groups == self._groups:
            return
        anchor = self._anchor()
        self._groups = groups
        keys = {key for group in groups for key in group.keys}
        if self._maximised is not None and self._maximised not in keys:
            self._maximised = None
        self._lay_out(anchor)

    def set_card_width(self, width: int) -> None:
        """Set the least width of a card in pixels; rows are filled evenly."""
        if width != self._card_width:
            anchor = self._anchor()
            self._card_width = max(MIN_CARD, width)
            self._lay_out(anchor)

    def set_maximised(self, key: str | None) -> None:
        """Let one card fill the view, or with None show all again."""
        if key != self._maximised:
            anchor = (self._maximised or "", 0) if key is None else None
            self._maximised = key
            self._lay_out(anchor)

    @property
    def maximised(self) -> str | None:
        """Key of the card that fills the view."""
        return self._maximised

    def visible_cards(self) -> dict[str, QWidget]:
        """Cards in or near the view by key."""
        return dict(self._cards)

    def all_cards(self) -> list[QWidget]:
        """Every card that was made, also those waiting to be used again."""
        return [*self._cards.values(), *self._spare]

    def all_keys(self) -> tuple[str, ...]:
        """All keys, in order, also those in collapsed groups."""
        return tuple(key for group in self._groups for key in group.keys)

    def scroll_to(self, key: str) -> bool:
        """Bring a card into view; False when it is in none of the open groups."""
        row = self._row_of.get(key)
        if row is None:
            return False
        found = self._rows[row]
        bar = self.verticalScrollBar()
        if not bar.value() <= found.top <= bar.value() + self.viewport().height() - found.height:
            bar.setValue(max(0, found.top - HEADER - SPACING))
        return True

    # -- layout -----------------------------------------------------------------------------

    def _anchor(self) -> tuple[str, int] | None:
        """First card that is wholly visible and its distance from the top of the view."""
        at = self.verticalScrollBar().value()
        if at == 0 or self._maximised is not None:
            return None
        for row in self._rows[bisect.bisect_left(self._tops, at) :]:
            if row.keys:
                return row.keys[0], row.top - at
        return None

    def _lay_out(self, anchor: tuple[str, int] | None) -> None:
        view = self.viewport().size()
        self._rows = []
        self._row_of = {}
        if self._maximised is not None:
            height = max(120, view.height() - 2 * SPACING)
            self._add_row(SPACING, height, 0, (self._maximised,), view.width() - 2 * MARGIN)
            bottom = view.height()
        else:
            bottom = self._lay_out_groups(view)
        self._tops = [row.top for row in self._rows]
        bar = self.verticalScrollBar()
        bar.setRange(0, max(0, bottom - view.height()))
        bar.setPageStep(view.height())
        if anchor is not None and anchor[0] in self._row_of:
            bar.setValue(self._rows[self._row_of[anchor[0]]].top - anchor[1])
        self._show_rows()

    def _lay_out_groups(self, view: QSize) -> int:
        room = view.width() - 2 * MARGIN
        columns = max(1, (room + SPACING) // (self._card_width + SPACING))
        width = max(120, (room - SPACING * (columns - 1)) // columns)
        height = (
            max(150, round(width * ASPECT))
            if columns > 1
            else max(180, min(round(width * ASPECT), round(view.height() * 0.7)))
        )
        wide_height = max(height, round(view.height() * WIDE_SHARE))
        top = 0
        for index, group in enumerate(self._groups):
            self._add_row(top, HEADER, index, (), room)
            top += HEADER
            if not group.collapsed:
                line: list[str] = []
                for key in group.keys:
                    if key in group.wide:
                        if line:
                            top = self._add_row(top, height, index, tuple(line), width)
                            line = []
                        top = self._add_row(top, wide_height, index, (key,), room)
                        continue
                    line.append(key)
                    if len(line) == columns:
                        top = self._add_row(top, height, index, tuple(line), width)
                        line = []
                if line:
                    top = self._add_row(top, height, index, tuple(line), width)
        return top + 4

    def _add_row(self, top: int, height: int, group: int, keys: tuple[str, ...], width: int) -> int:
        for key in keys:
            self._row_of[key] = len(self._rows)
        self._rows.append(_Row(top, height, group, keys, width))
        return top + height + SPACING

    def _show_rows(self) -> None:
        """Bind cards and headers to the rows in and near the view, let the others go."""
        at = self.verticalScrollBar().value()
        end = at + self.viewport().height() + AHEAD
        first = max(0, bisect.bisect_right(self._tops, at - AHEAD) - 1)
        wanted: dict[str, QRect] = {}
        headers: dict[int, QRect] = {}
        for row in self._rows[first:]:
            if row.top > end:
                break
            if row.top + row.height < at - AHEAD:
                continue
            if not row.keys:
                headers[row.group] = QRect(MARGIN - 8, row.top - at, row.width + 8, row.height)
            for column, key in enumerate(row.keys):
                x = MARGIN + column * (row.width + SPACING)
                wanted[key] = QRect(x, row.top - at, row.width, row.height)
        changed = self._place_cards(wanted)
        self._place_headers(headers)
        if changed:
            self.visible_changed.emit()

    def _place_cards(self, wanted: dict[str, QRect]) -> bool:
        gone = [key for key in self._cards if key not in wanted]
        for key in gone:
            card = self._cards.pop(key)
            card.hide()
            self._release(card)
            self._spare.append(card)
        fresh = [key for key in wanted if key not in self._cards]
        for key in fresh:
            card = self._spare.pop() if self._spare else self._make_card(self.viewport())
            self._cards[key] = card
            card.setGeometry(wanted[key])
            self._bind(card, key)
            card.show()
        for key, box in wanted.items():
            self._cards[key].setGeometry(box)
        return bool(gone or fresh)

    def _place_headers(self, wanted: dict[int, QRect]) -> None:
        for index in [i for i in self._headers if i not in wanted]:
            header = self._headers.pop(index)
            header.hide()
            self._spare_headers.append(header)
        for index, box in wanted.items():
            header = self._headers.get(index) or self._take_header()
            self._headers[index] = header
            header.set_group(self._groups[index])
            header.setGeometry(box)
            header.show()

    def _take_header(self) -> GroupHeader:
        if self._spare_headers:
            return self._spare_headers.pop()
        header = GroupHeader(self._theme, self.viewport())
        header.toggled.connect(self.group_toggled)
        return header

    # -- Qt ---------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the ground the cards lie on."""
        with QPainter(self.viewport()) as painter:
            painter.fillRect(event.rect(), self._theme.colour("window"))

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        """Move what is there, bind what comes."""
        self.viewport().scroll(dx, dy)
        self._show_rows()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fill the rows anew; what is at the top stays there."""
        super().resizeEvent(event)
        self._lay_out(self._anchor())

    def changeEvent(self, event: QEvent) -> None:
        """Redraw headers in the new colours."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            for header in self._headers.values():
                header.update()

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Scroll to what Tab comes to."""
        moved = super().focusNextPrevChild(forward)
        reached: QWidget | None = QApplication.focusWidget()
        while reached is not None and reached.parentWidget() is not self.viewport():
            reached = reached.parentWidget()
        if reached is not None:
            box, bar = reached.geometry(), self.verticalScrollBar()
            above = box.top() - SPACING
            below = box.bottom() + SPACING - self.viewport().height()
            bar.setValue(bar.value() + (above if above < 0 else max(0, min(above, below))))
        return moved

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Scroll by Page, Home and End."""
        bar = self.verticalScrollBar()
        moves = {
            Qt.Key.Key_PageDown: bar.value() + bar.pageStep() - HEADER,
            Qt.Key.Key_PageUp: bar.value() - bar.pageStep() + HEADER,
            Qt.Key.Key_Home: 0,
            Qt.Key.Key_End: bar.maximum(),
        }
        target = moves.get(Qt.Key(event.key()))
        if target is None:
            super().keyPressEvent(event)
        else:
            bar.setValue(target)
