"""CardGrid: thousands of cards in groups, of which only the visible ones exist.

The grid knows keys and sizes. Cards are made by a factory, bound to a key when they scroll into
view and reused when they leave it, so that the cost follows the screen and not the log.
"""

from __future__ import annotations

import bisect
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QMimeData, QPoint, QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QApplication, QFrame, QWidget

from eventglass.app.models.theme import Theme
from eventglass.widgets.controls.card_drag import DropMark, Ghost
from eventglass.widgets.controls.group_header import CardGroup, GroupHeader

MARGIN = 16
SPACING = 12
HEADER = 36
#: Height of a card as a share of its width; of a wide one as a share of the view's height.
ASPECT = 0.525
WIDE_SHARE = 0.55
MIN_CARD = 240
#: Cards made ahead of the visible ones, in pixels above and below.
AHEAD = 160
#: While something is dragged this near to the edge the grid scrolls, so far at a time.
EDGE = 48
EDGE_STEP = 18
EDGE_MS = 16


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
    #: The menu of a group is wanted: its name and where, on the screen.
    group_menu_asked = Signal(str, QPoint)
    #: A card was dragged to another place in its group: its key, the group's name and the key of
    #: the card it is to stand before, empty for the end.
    card_moved = Signal(str, str, str)
    #: Something was dropped: its `QMimeData` and the key of the card it fell on, or empty.
    dropped = Signal(object, str)
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
        self._aspect = ASPECT
        self._maximised: str | None = None
        #: Which card filled the view first, and where the grid stood then.
        self._before_maximised = ("", 0)
        self._cards: dict[str, QWidget] = {}
        self._spare: list[QWidget] = []
        self._headers: dict[int, GroupHeader] = {}
        self._spare_headers: list[GroupHeader] = []
        self._mark = DropMark(theme, self.viewport())
        self._ghost: Ghost | None = None
        self._dragged = ""
        self._scrolling = False
        self._group_by_key: dict[str, CardGroup] | None = None
        self._drop_format = ""
        self._drop_words: Callable[[str], str] = str
        self._drag_place = QPoint()
        self._edge = QTimer(self)
        self._edge.setInterval(EDGE_MS)
        self._edge.timeout.connect(self._scroll_at_edge)
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
        self._group_by_key = None
        keys = {key for group in groups for key in group.keys}
        lost = self._maximised is not None and self._maximised not in keys
        if lost:
            self._maximised = None
        self._lay_out(anchor)
        if lost:
            self.verticalScrollBar().setValue(self._before_maximised[1])

    def set_card_width(self, width: int) -> None:
        """Set the least width of a card in pixels; rows are filled evenly."""
        if width != self._card_width:
            anchor = self._anchor()
            self._card_width = max(MIN_CARD, width)
            self._lay_out(anchor)

    def set_aspect(self, aspect: float) -> None:
        """Set the height of a card as a share of its width; call before there are cards."""
        self._aspect = aspect

    def set_maximised(self, key: str | None) -> None:
        """Let one card fill the view, or with None show all again."""
        if key != self._maximised:
            was, bar = self._maximised, self.verticalScrollBar()
            if was is None and key is not None:
                self._before_maximised = (key, bar.value())
            self._maximised = key
            self._lay_out(None)
            if key is None and was is not None:
                first, place = self._before_maximised
                bar.setValue(place)
                if was != first:
                    self.scroll_to(was)

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

    def groups(self) -> tuple[CardGroup, ...]:
        """The groups shown."""
        return self._groups

    @property
    def is_scrolling(self) -> bool:
        """Whether cards are bound because the user scrolls."""
        return self._scrolling

    @property
    def is_dragging(self) -> bool:
        """Whether a card is being dragged."""
        return bool(self._dragged)

    def group_of(self, key: str) -> CardGroup | None:
        """The group a card stands in."""
        if self._group_by_key is None:
            self._group_by_key = {key: group for group in self._groups for key in group.keys}
        return self._group_by_key.get(key)

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
            self._add_row(SPACING, height, -1, (self._maximised,), view.width() - 2 * MARGIN)
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
            max(150, round(width * self._aspect))
            if columns > 1
            else max(180, min(round(width * self._aspect), round(view.height() * 0.7)))
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
        # The one that is dragged keeps the pointer, wherever the grid scrolls.
        gone = [key for key in self._cards if key not in wanted and key != self._dragged]
        focused: QWidget | None = QApplication.focusWidget()
        for key in gone:
            card = self._cards.pop(key)
            if focused is not None and card.isAncestorOf(focused):
                # Else Qt passes the focus on to the next card, and the grid scrolls after it.
                self.setFocus(Qt.FocusReason.OtherFocusReason)
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
            card = self._cards[key]
            if card.geometry() != box:
                card.setGeometry(box)
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
            if header.isHidden():
                header.show()

    def _take_header(self) -> GroupHeader:
        if self._spare_headers:
            return self._spare_headers.pop()
        header = GroupHeader(self._theme, self.viewport())
        header.toggled.connect(self.group_toggled)
        header.menu_asked.connect(self.group_menu_asked)
        return header

    # -- Qt ---------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the ground the cards lie on."""
        with QPainter(self.viewport()) as painter:
            painter.fillRect(event.rect(), self._theme.colour("window"))

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        """Move what is there, bind what comes."""
        self.viewport().scroll(dx, dy)
        self._scrolling = True
        try:
            self._show_rows()
        finally:
            self._scrolling = False

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

    # -- keys

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Go through headers and cards row by row, and scroll to what Tab comes to."""
        at = QApplication.focusWidget()
        stops = [stop for widget in self._in_rows() for stop in _stops(widget)]
        if at is None or not stops or not self.isAncestorOf(at):
            return bool(super().focusNextPrevChild(forward))
        reason = Qt.FocusReason.TabFocusReason if forward else Qt.FocusReason.BacktabFocusReason
        if at in stops:
            place = stops.index(at) + (1 if forward else -1)
        else:
            place = 0 if forward else len(stops) - 1
        if not 0 <= place < len(stops):
            return self._leave(at, forward, reason)
        stops[place].setFocus(reason)
        self._scroll_to_widget(stops[place])
        return True

    def _in_rows(self) -> list[QWidget]:
        """Headers and cards as they stand, row by row."""
        widgets: list[QWidget] = [*self._headers.values(), *self._cards.values()]
        return sorted(widgets, key=lambda widget: (widget.y(), widget.x()))

    def _leave(self, at: QWidget, forward: bool, reason: Qt.FocusReason) -> bool:
        """Go on to what comes before or after the grid."""
        begin = at
        while True:
            after = at.nextInFocusChain() if forward else at.previousInFocusChain()
            if after is None or after is begin:
                return False
            at = after
            if not self.isAncestorOf(at) and at is not self and _takes_tab(at):
                at.setFocus(reason)
                return True

    def _scroll_to_widget(self, reached: QWidget) -> None:
        above_all: QWidget | None = reached
        while above_all is not None and above_all.parentWidget() is not self.viewport():
            above_all = above_all.parentWidget()
        if above_all is not None:
            box, bar = above_all.geometry(), self.verticalScrollBar()
            above = box.top() - SPACING
            below = box.bottom() + SPACING - self.viewport().height()
            bar.setValue(bar.value() + (above if above < 0 else max(0, min(above, below))))

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

    # -- dragging a card

    def drag_card(self, key: str, place: QPoint) -> None:
        """Follow a card that is dragged; ``place`` is where the pointer is, on the screen."""
        card = self._cards.get(key)
        if card is None or self._maximised is not None:
            return
        self._drag_place = self.viewport().mapFromGlobal(place)
        if not self._dragged:
            self._dragged = key
            self._ghost = Ghost(self._theme, card, self.viewport())
            self._edge.start()
        if self._ghost is not None:
            self._ghost.follow(self._drag_place)
        self._mark_place()

    def drop_card(self, key: str, place: QPoint) -> None:
        """Let a dragged card go."""
        if self._dragged != key or not key:
            return
        self._drag_place = self.viewport().mapFromGlobal(place)
        found = self._place_for(key)
        self.cancel_drag()
        if found is not None:
            self.card_moved.emit(key, *found)

    def cancel_drag(self) -> None:
        """Leave a dragged card where it was."""
        self._edge.stop()
        self._mark.hide()
        if self._ghost is not None:
            self._ghost.hide()
            self._ghost.deleteLater()
            self._ghost = None
        if self._dragged:
            self._dragged = ""
            self._show_rows()

    def _place_for(self, key: str) -> tuple[str, str] | None:
        """Name of the group and the card that a dragged one is to stand before."""
        group = self.group_of(key)
        if group is None:
            return None
        at = self._drag_place
        for other, box in self._boxes():
            if other in group.keys and box.adjusted(-SPACING, 0, SPACING, SPACING).contains(at):
                keys = group.keys
                place = keys.index(other) + (at.x() > box.center().x())
                before = keys[place] if place < len(keys) else ""
                return (group.name, before) if before != key else None
        return None

    def _boxes(self) -> Iterator[tuple[str, QRect]]:
        at = self.verticalScrollBar().value()
        for row in self._rows:
            for column, key in enumerate(row.keys):
                x = MARGIN + column * (row.width + SPACING)
                yield key, QRect(x, row.top - at, row.width, row.height)

    def _mark_place(self) -> None:
        found = self._place_for(self._dragged)
        if found is None:
            self._mark.hide()
            return
        _name, before = found
        boxes = dict(self._boxes())
        if before:
            box = boxes[before]
            self._mark.mark_line(QPoint(box.left() - SPACING // 2, box.top()), box.height())
            return
        group = self.group_of(self._dragged)
        if group is not None:
            box = boxes[group.keys[-1]]
            self._mark.mark_line(QPoint(box.right() + SPACING // 2, box.top()), box.height())

    def _scroll_at_edge(self) -> None:
        """Scroll while something is held near the upper or lower edge."""
        y, bar = self._drag_place.y(), self.verticalScrollBar()
        before = bar.value()
        if y < EDGE:
            bar.setValue(before - EDGE_STEP)
        elif y > self.viewport().height() - EDGE:
            bar.setValue(before + EDGE_STEP)
        if bar.value() == before:
            return
        # Scrolling took all that lies on the viewport along.
        if self._ghost is not None:
            self._ghost.follow(self._drag_place)
        if self._dragged:
            self._mark_place()
        else:
            self._mark_target()

    # -- dropping something on it

    def set_drop_format(self, mime: str, words: Callable[[str], str]) -> None:
        """Take things of a format; ``words`` says what a drop on a card would do, or elsewhere."""
        self._drop_format, self._drop_words = mime, words
        self.viewport().setAcceptDrops(True)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take what has the right format."""
        if self._drop_format and event.mimeData().hasFormat(self._drop_format):
            event.acceptProposedAction()
            self._edge.start()
        else:
            event.ignore()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        """Mark where it would fall."""
        if not event.mimeData().hasFormat(self._drop_format):
            event.ignore()
            return
        self._drag_place = event.position().toPoint()
        self._mark_target()
        event.acceptProposedAction()

    def _mark_target(self) -> None:
        key = self.key_at(self._drag_place)
        box = self._cards[key].geometry() if key else self.viewport().rect().adjusted(2, 2, -2, -2)
        self._mark.mark(box, self._drop_words(key))

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        """Mark nothing any more."""
        self._edge.stop()
        self._mark.hide()
        event.accept()

    def dropEvent(self, event: QDropEvent) -> None:
        """Tell what was dropped, and on what."""
        self._edge.stop()
        self._mark.hide()
        data: QMimeData = event.mimeData()
        if data.hasFormat(self._drop_format):
            event.acceptProposedAction()
            self.dropped.emit(data, self.key_at(event.position().toPoint()))

    def key_at(self, place: QPoint) -> str:
        """Key of the card at a place of the viewport, empty for none."""
        return next((k for k, c in self._cards.items() if c.geometry().contains(place)), "")


def _takes_tab(widget: QWidget) -> bool:
    return (
        bool(widget.focusPolicy() & Qt.FocusPolicy.TabFocus)
        and widget.isEnabled()
        and widget.isVisible()
    )


def _stops(widget: QWidget) -> list[QWidget]:
    """What Tab comes to inside a header or a card: what was made first comes first."""
    inside = [child for child in widget.findChildren(QWidget) if _takes_tab(child)]
    return [widget, *inside] if _takes_tab(widget) else inside
