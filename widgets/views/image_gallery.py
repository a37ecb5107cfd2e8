"""The gallery: thumbnails of any number of images, of which only those in sight exist.

Thumbnails are painted, not widgets; titles of groups and lines above rows are widgets that are used
again and again. The layout is a list of *bands*, one below the other: a title, the line above a
row, or a line of cells.
"""

from __future__ import annotations

import bisect
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QEvent, QPoint, QRect, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QFocusEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QToolTip, QWidget

from eventglass.app.models.image_rows import ImageGroup, ImageRef, ImageRows
from eventglass.app.models.image_store import WIDEST, ImageKey, ImageStore, Thumb
from eventglass.app.models.picture_looks import look_of
from eventglass.app.models.words import count_text, step_text, wall_time_text
from eventglass.app.models.workspace import Workspace
from eventglass.widgets.controls.group_header import CardGroup, GroupHeader
from eventglass.widgets.controls.icons import paint_icon
from eventglass.widgets.plots.chequers import paint_chequers
from eventglass.widgets.views.image_row_bar import ImageRowBar

if TYPE_CHECKING:
    from eventglass.app.models.theme import Theme

MARGIN = 16
SPACING = 12
HEADER = 36
BAR = 28
LABEL = 20
ROW_GAP = 10
#: Narrowest a cell gets: its label must be read.
NARROWEST = 84
#: Bands made ahead of the visible ones, pixels above and below.
AHEAD = 400
#: Images of other runs while one is pointed at.
FADED = 0.3
#: Shortest time between two frames of what plays.
TICK_MS = 40


class Cell(NamedTuple):
    """An image of the gallery: of a series, the place among its entries, the sample."""

    series_id: int
    place: int
    sample: int


@dataclass(slots=True)
class _Band:
    """One line of the layout; ``cells`` are counted from ``first`` among those of its row."""

    top: int
    height: int
    group: int
    series_id: int = -1
    first: int = -1
    count: int = 0


class ImageGallery(QAbstractScrollArea):
    """Shows groups of rows of images."""

    #: An image was double-clicked, or Return pressed on it.
    opened = Signal(object)
    #: An image was clicked: its `Cell`.
    chosen = Signal(object)
    #: An image was put into the comparison, or taken out: its `Cell`.
    picked = Signal(object)
    #: A menu is wanted: `Cell` or None, series id, where on the screen.
    menu_asked = Signal(object, int, QPoint)
    group_toggled = Signal(str)

    def __init__(
        self,
        theme: Theme,
        workspace: Workspace,
        rows: ImageRows,
        images: ImageStore,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._workspace = workspace
        self._rows = rows
        self._images = images
        self._groups: tuple[ImageGroup, ...] = ()
        self._bands: list[_Band] = []
        self._tops: list[int] = []
        self._sizes: dict[int, tuple[int, int]] = {}
        self._columns: dict[int, tuple[int, ...]] = {}
        self._places: dict[int, tuple[int, ...]] = {}
        self._headers: dict[int, GroupHeader] = {}
        self._spare_headers: list[GroupHeader] = []
        self._bars: dict[int, ImageRowBar] = {}
        self._spare_bars: list[ImageRowBar] = []
        self._standing: dict[int, int] = {}
        #: The run that was brought forward from here.
        self._own_run = -1
        self._picks: tuple[ImageRef, ...] = ()
        self._cursor: Cell | None = None
        self._hovered: Cell | None = None
        self._clock_ms = 0
        self._playing = QTimer(self)
        self._playing.setInterval(TICK_MS)
        self._playing.timeout.connect(self._tick)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.viewport().setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.verticalScrollBar().setSingleStep(40)
        self.setAccessibleName("Images")
        workspace.hovered_run_changed.connect(self._run_hovered)
        images.thumbs_ready.connect(self._thumbs_ready)
        images.facts_changed.connect(self._facts_changed)

    # -- what to show -----------------------------------------------------------------------

    def set_groups(self, groups: Sequence[ImageGroup]) -> None:
        """Show these groups; what is at the top of the view stays there."""
        self._groups = tuple(groups)
        self._relay()

    def entries_changed(self) -> None:
        """Lay out anew: there are other entries, or they are shown in another way."""
        self._relay()

    def steps_changed(self) -> None:
        """Show other steps; the layout stays but where it depends on them."""
        self._columns.clear()
        self._places.clear()
        self._standing.clear()
        if self._workspace.state.images.layout == "samples":
            self._relay()
        else:
            self._show()

    def looks_changed(self) -> None:
        """Show the images in another look or colours."""
        for header in self._headers.values():
            header.update()
        self._show()

    def set_picks(self, picks: Sequence[ImageRef]) -> None:
        """Mark the images that are to be compared."""
        self._picks = tuple(picks)
        self.viewport().update()

    @property
    def cursor_cell(self) -> Cell | None:
        """The image last clicked or reached by key."""
        return self._cursor

    @property
    def hovered_cell(self) -> Cell | None:
        """The image under the pointer."""
        return self._hovered

    def scroll_to_tag(self, tag: str) -> bool:
        """Bring a tag's group to the top."""
        for band in self._bands:
            if band.series_id < 0 and self._groups[band.group].tag == tag:
                self.verticalScrollBar().setValue(band.top)
                return True
        return False

    def key_of(self, cell: Cell) -> ImageKey:
        """The image of a cell as the store knows it."""
        entries = self._rows.entries(cell.series_id)
        return ImageKey(cell.series_id, int(entries.indices[cell.place]), cell.sample)

    def step_of(self, cell: Cell) -> int:
        """Step of a cell."""
        return int(self._rows.entries(cell.series_id).steps[cell.place])

    def is_current(self, cell: Cell) -> bool:
        """Whether a cell is the one its row stands at."""
        options = self._workspace.state.images
        if cell.place != self._current_place(cell.series_id):
            return False
        return options.layout != "samples" or cell.sample == options.sample

    def _current_place(self, series_id: int) -> int:
        """Place of the entry a row stands at; looked up once, not for every cell."""
        found = self._standing.get(series_id)
        if found is None:
            found = self._standing[series_id] = self._rows.place(series_id)
        return found

    def visible_cells(self) -> list[tuple[Cell, QRect]]:
        """Cells in sight and where they lie in the viewport."""
        height = self.viewport().height()
        return [(cell, box) for cell, box in self._cells(0) if box.top() < height]

    # -- layout -----------------------------------------------------------------------------

    def _relay(self) -> None:
        anchor = self._anchor()
        self._columns.clear()
        self._places.clear()
        self._standing.clear()
        self._sizes.clear()
        self._bands = []
        top = 0
        collapsed = self._workspace.state.collapsed_groups
        for index, group in enumerate(self._groups):
            self._bands.append(_Band(top, HEADER, index))
            top += HEADER
            if not collapsed.get(f"images:{group.tag}", False):
                for series_id in group.series_ids:
                    top = self._lay_out_row(top, index, series_id)
            top += 4
        self._tops = [band.top for band in self._bands]
        bar = self.verticalScrollBar()
        bar.setRange(0, max(0, top + 8 - self.viewport().height()))
        bar.setPageStep(self.viewport().height())
        if anchor is not None:
            self._return_to(anchor)
        self._show()

    def _lay_out_row(self, top: int, index: int, series_id: int) -> int:
        self._bands.append(_Band(top, BAR, index, series_id))
        top += BAR + 4
        _width, height = self._size(index)
        across = self._across(index)
        count = self._cell_count(series_id, across)
        layout = self._workspace.state.images.layout
        lines = 1 if layout == "steps" else max(1, -(-count // across))
        line = height + LABEL
        for at in range(lines):
            first = at * across
            part = min(across, count - first)
            self._bands.append(_Band(top, line, index, series_id, first, part))
            top += line + 6
        return top + ROW_GAP

    def _cell_count(self, series_id: int, across: int) -> int:
        layout = self._workspace.state.images.layout
        if layout == "steps":
            return across
        if layout == "all":
            return len(self._rows.entries(series_id))
        place = self._rows.place(series_id)
        if place < 0:
            return 0
        index = int(self._rows.entries(series_id).indices[place])
        known = self._images.samples(series_id, index)
        if known is None:
            facts = self._images.facts(series_id)
            known = facts.samples if facts is not None else 1
        return max(known, 1)

    def _size(self, index: int) -> tuple[int, int]:
        """Width and height of the cells of a group: as its images are, within reason."""
        found = self._sizes.get(index)
        if found is None:
            height = self._workspace.state.images.thumbnail
            aspect = 1.0
            for series_id in self._groups[index].series_ids:
                facts = self._images.facts(series_id)
                if facts is not None and facts.height:
                    aspect = facts.width / facts.height
                    break
            if aspect > 1.0:
                # As large as a square one would be, not as high.
                width = round(height * min(math.sqrt(aspect), WIDEST))
                height = max(round(width / aspect), 36)
            else:
                width = round(height * aspect)
            width = min(max(width, NARROWEST), self._room())
            found = self._sizes[index] = (width, height)
        return found

    def _room(self) -> int:
        return max(self.viewport().width() - 2 * MARGIN, NARROWEST)

    def _across(self, index: int) -> int:
        width, _height = self._size(index)
        return max(1, (self._room() + SPACING) // (width + SPACING))

    def _anchor(self) -> tuple[str, int, int, int] | None:
        """What lies at the top of the view: tag, series, first cell, distance from the top."""
        at = self.verticalScrollBar().value()
        if not at or not self._bands:
            return None
        band = self._bands[min(bisect.bisect_left(self._tops, at), len(self._bands) - 1)]
        tag = self._groups[band.group].tag if band.group < len(self._groups) else ""
        return tag, band.series_id, band.first, band.top - at

    def _return_to(self, anchor: tuple[str, int, int, int]) -> None:
        tag, series_id, first, away = anchor
        best: _Band | None = None
        for band in self._bands:
            if self._groups[band.group].tag != tag:
                continue
            if (band.series_id == series_id and band.first <= first) or best is None:
                best = band
        if best is not None:
            self.verticalScrollBar().setValue(best.top - away)

    def _in_sight(self, ahead: int) -> Iterator[_Band]:
        at = self.verticalScrollBar().value()
        end = at + self.viewport().height() + ahead
        first = max(0, bisect.bisect_right(self._tops, at - ahead) - 1)
        for band in self._bands[first:]:
            if band.top > end:
                return
            if band.top + band.height >= at - ahead:
                yield band

    def _cells(self, ahead: int) -> Iterator[tuple[Cell, QRect]]:
        at = self.verticalScrollBar().value()
        for band in self._in_sight(ahead):
            if band.first >= 0:
                width, height = self._size(band.group)
                for column, cell in self._cells_of(band):
                    x = MARGIN + column * (width + SPACING)
                    yield cell, QRect(x, band.top - at, width, height + LABEL)

    def _cells_of(self, band: _Band) -> Iterator[tuple[int, Cell]]:
        options = self._workspace.state.images
        series_id = band.series_id
        # Rows with fewer samples show their last; one nobody looked at yet its first.
        facts = self._images.facts(series_id)
        sample = min(options.sample, facts.samples - 1) if facts is not None else 0
        if options.layout == "steps":
            for column, place in enumerate(self._row_places(band)):
                if place >= 0:
                    yield column, Cell(series_id, place, sample)
        elif options.layout == "all":
            count = len(self._rows.entries(series_id))
            for column in range(min(band.count, count - band.first)):
                yield column, Cell(series_id, band.first + column, sample)
        else:
            place = self._rows.place(series_id)
            for column in range(band.count if place >= 0 else 0):
                yield column, Cell(series_id, place, band.first + column)

    def _row_places(self, band: _Band) -> tuple[int, ...]:
        known = self._places.get(band.series_id)
        if known is not None:
            return known
        columns = self._columns.get(band.group)
        if columns is None:
            ids = self._groups[band.group].series_ids
            columns = self._rows.columns(ids, self._across(band.group))
            self._columns[band.group] = columns
        found = list(self._rows.places(band.series_id, columns))
        # A row that is held stands at a step of its own: that one is seen, too.
        if self._rows.held_step(band.series_id) is not None and found:
            place = self._rows.place(band.series_id)
            if place >= 0 and place not in found:
                step = int(self._rows.entries(band.series_id).steps[place])
                found[_nearest(columns, step)] = place
        self._places[band.series_id] = tuple(found)
        return self._places[band.series_id]

    # -- showing ----------------------------------------------------------------------------

    def _show(self) -> None:
        """Place titles and bars, ask for the thumbnails, paint."""
        self._place_widgets()
        self._ask()
        self.viewport().update()

    def _ask(self) -> None:
        height = self.viewport().height()
        near: list[ImageKey] = []
        far: list[ImageKey] = []
        for cell, box in self._cells(AHEAD):
            seen = box.bottom() >= 0 and box.top() <= height
            (near if seen else far).append(self.key_of(cell))
        options = self._workspace.state.images
        pixels = options.thumbnail * self.devicePixelRatioF()
        self._images.want([*near, *far], pixels, look_of(options))

    def _place_widgets(self) -> None:
        at = self.verticalScrollBar().value()
        headers: dict[int, QRect] = {}
        bars: dict[int, tuple[_Band, QRect]] = {}
        for band in self._in_sight(AHEAD // 4):
            if band.first >= 0:
                continue
            if band.series_id < 0:
                box = QRect(MARGIN - 8, band.top - at, self._room() + 8, band.height)
                headers[band.group] = box
            else:
                box = QRect(MARGIN, band.top - at, self._room(), band.height)
                bars[band.series_id] = band, box
        for index in [i for i in self._headers if i not in headers]:
            header = self._headers.pop(index)
            header.hide()
            self._spare_headers.append(header)
        for index, box in headers.items():
            shown = self._headers.get(index) or self._take_header()
            self._headers[index] = shown
            shown.set_group(self._title(index))
            shown.setGeometry(box)
            shown.show()
        for series_id in [i for i in self._bars if i not in bars]:
            bar = self._bars.pop(series_id)
            bar.hide()
            self._spare_bars.append(bar)
        for series_id, (_band, box) in bars.items():
            found = self._bars.get(series_id) or self._take_bar()
            self._bars[series_id] = found
            self._fill_bar(found, series_id)
            found.setGeometry(box)
            found.show()

    def _title(self, index: int) -> CardGroup:
        group = self._groups[index]
        images = sum(len(self._rows.entries(i)) for i in group.series_ids)
        words = f"{count_text(len(group.series_ids), 'run')} · {count_text(images, 'step')}"
        name = f"images:{group.tag}"
        folded = bool(self._workspace.state.collapsed_groups.get(name, False))
        return CardGroup(name, group.tag, words, (), folded)

    def _take_header(self) -> GroupHeader:
        if self._spare_headers:
            return self._spare_headers.pop()
        header = GroupHeader(self._theme, self.viewport())
        header.toggled.connect(self.group_toggled)
        return header

    def _take_bar(self) -> ImageRowBar:
        if self._spare_bars:
            return self._spare_bars.pop()
        bar = ImageRowBar(self._theme, self.viewport())
        bar.moved.connect(self._bar_moved)
        bar.hold_toggled.connect(self._hold_toggled)
        bar.hovered.connect(self._bar_hovered)
        bar.menu_asked.connect(self._bar_menu)
        return bar

    def _fill_bar(self, bar: ImageRowBar, series_id: int) -> None:
        entries = self._rows.entries(series_id)
        run_id = self._rows.series(series_id).run_id
        parts = [count_text(len(entries), "step")]
        facts = self._images.facts(series_id)
        if facts is not None:
            if facts.samples > 1:
                parts.append(count_text(facts.samples, "sample"))
            parts.append(facts.words)
        name = self._workspace.alias(run_id)
        bar.show_row(series_id, name, " · ".join(parts), self._workspace.colour(run_id))
        held = self._rows.held_step(series_id)
        wanted = self._rows.wanted_step(series_id)
        bar.show_steps(entries, entries.nearest(wanted), wanted, held is not None)

    def _bar_moved(self, series_id: int, place: int) -> None:
        self._rows.move(series_id, int(self._rows.entries(series_id).steps[place]))

    def _hold_toggled(self, series_id: int, on: bool) -> None:
        entries = self._rows.entries(series_id)
        place = self._rows.place(series_id)
        self._rows.hold(series_id, int(entries.steps[place]) if on and place >= 0 else None)

    def _bar_hovered(self, series_id: int) -> None:
        self._own_run = self._rows.series(series_id).run_id if series_id >= 0 else -1
        self._workspace.hover(self._own_run)

    def _run_hovered(self, _run_id: int) -> None:
        if self.isVisible():
            self.viewport().update()

    def _bar_menu(self, series_id: int, at: QPoint) -> None:
        self.menu_asked.emit(None, series_id, at)

    def _thumbs_ready(self, keys: list[ImageKey]) -> None:
        if not self.isVisible():
            return
        if not keys:
            self._show()
            return
        fresh = set(keys)
        for cell, box in self.visible_cells():
            if self.key_of(cell) in fresh:
                self.viewport().update(box.adjusted(-6, -6, 6, 6))

    def _facts_changed(self, series_ids: set[int]) -> None:
        shown = {band.series_id for band in self._bands}
        if series_ids & shown:
            self._relay()

    # -- painting ---------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the cells in sight."""
        animated = False
        with QPainter(self.viewport()) as painter:
            painter.fillRect(event.rect(), self._theme.colour("window"))
            for cell, box in self.visible_cells():
                if event.rect().intersects(box.adjusted(-6, -6, 6, 6)):
                    painter.setOpacity(FADED if self._is_faded(cell) else 1.0)
                    self._paint_cell(painter, cell, box)
                thumb = self._images.thumb(self.key_of(cell))
                animated = animated or (thumb is not None and len(thumb.frames) > 1)
        play = animated and self._workspace.state.images.play
        if play != self._playing.isActive():
            if play:
                self._playing.start()
            else:
                self._playing.stop()

    def _is_faded(self, cell: Cell) -> bool:
        """Whether another run is pointed at elsewhere: in the list of runs or another view."""
        run_id = self._workspace.hovered_run
        if run_id in (-1, self._own_run) or not self._has_row_of(run_id):
            return False
        return self._rows.series(cell.series_id).run_id != run_id

    def _has_row_of(self, run_id: int) -> bool:
        return any(self._rows.series(i).run_id == run_id for i in self._bars)

    def _paint_cell(self, painter: QPainter, cell: Cell, box: QRect) -> None:
        theme = self._theme
        place = QRectF(box.x(), box.y(), box.width(), box.height() - LABEL)
        thumb = self._images.thumb(self.key_of(cell))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        current = self.is_current(cell)
        hovered = cell == self._hovered
        focused = cell == self._cursor and self.hasFocus()
        if current or hovered or focused:
            token = "accent" if current or focused else "scroll_hover"
            pen = QPen(theme.colour(token), 2.0 if current else 1.0)
            if focused and not current:
                pen.setStyle(Qt.PenStyle.DashLine)
            painter.setPen(pen)
            painter.setBrush(theme.colour("surface"))
            painter.drawRoundedRect(QRectF(box).adjusted(-4, -4, 4, 3), 5, 5)
            if focused and current:
                painter.setPen(QPen(theme.colour("accent", 0.35), 2))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRoundedRect(QRectF(box).adjusted(-6, -6, 6, 5), 7, 7)
        if thumb is None:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.colour("raised"))
            painter.drawRoundedRect(place, 3, 3)
        elif thumb.error:
            self._paint_error(painter, place, thumb.error)
        else:
            self._paint_thumb(painter, place, thumb)
        self._paint_label(painter, cell, box, current, thumb)
        number = self._pick_number(cell)
        if number:
            badge = QRectF(place.right() - 22, place.top() + 4, 18, 18)
            painter.setPen(QPen(theme.colour("surface"), 1.5))
            painter.setBrush(theme.colour("accent"))
            painter.drawEllipse(badge)
            painter.setPen(theme.colour("on_accent"))
            painter.setFont(theme.font(11, bold=True, tabular=True))
            painter.drawText(badge, Qt.AlignmentFlag.AlignCenter, str(number))

    def _paint_thumb(self, painter: QPainter, place: QRectF, thumb: Thumb) -> None:
        image = thumb.frames[self._frame_of(thumb)]
        ratio = self.devicePixelRatioF()
        scale = min(place.width() * ratio / image.width(), place.height() * ratio / image.height())
        if scale >= 2:
            # Whole pixels of a small image have the same size each.
            scale = float(int(scale))
        width, height = image.width() * scale / ratio, image.height() * scale / ratio
        x = place.x() + round((place.width() - width) / 2)
        y = place.y() + round((place.height() - height) / 2)
        target = QRectF(x, y, width, height)
        if image.hasAlphaChannel():
            paint_chequers(painter, target, self._theme.dark)
        options = self._workspace.state.images
        smooth = scale < 1 or options.pixels == "smooth"
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, smooth)
        painter.drawImage(target, image)
        if thumb.note:
            plate = QRectF(place.x() + 4, place.y() + 4, 20, 20)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._theme.colour("surface", 0.9))
            painter.drawRoundedRect(plate, 4, 4)
            paint_icon(painter, plate, "warning", self._theme.colour("warning"), 15)

    def _frame_of(self, thumb: Thumb) -> int:
        if len(thumb.frames) < 2 or not self._workspace.state.images.play:
            return 0
        at = self._clock_ms % max(sum(thumb.delays_ms), 1)
        for frame, delay in enumerate(thumb.delays_ms):
            at -= delay
            if at < 0:
                return frame
        return 0

    def _paint_error(self, painter: QPainter, place: QRectF, error: str) -> None:
        theme = self._theme
        painter.setPen(QPen(theme.colour("border"), 1))
        painter.setBrush(theme.colour("surface"))
        painter.drawRoundedRect(place.adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
        icon = QRectF(place.center().x() - 9, place.y() + max(place.height() * 0.16, 4), 18, 18)
        paint_icon(painter, icon, "warning", theme.colour("danger"))
        painter.setFont(theme.font(11))
        painter.setPen(theme.colour("text_muted"))
        text = QRectF(place.adjusted(6, 0, -6, -4))
        text.setTop(icon.bottom() + 3)
        flags = Qt.AlignmentFlag.AlignHCenter | Qt.TextFlag.TextWordWrap
        painter.drawText(text, flags, error)

    def _paint_label(
        self, painter: QPainter, cell: Cell, box: QRect, current: bool, thumb: Thumb | None
    ) -> None:
        theme = self._theme
        if self._workspace.state.images.layout == "samples":
            text = f"sample {cell.sample + 1}"
        else:
            text = f"step {step_text(self.step_of(cell))}"
        painter.setFont(theme.font(12, tabular=True))
        painter.setPen(theme.colour("text" if current else "text_muted"))
        line = QRectF(box.x(), box.bottom() - LABEL + 2, box.width(), LABEL)
        if 9 * len(text) > box.width():
            metrics = painter.fontMetrics()
            text = metrics.elidedText(text, Qt.TextElideMode.ElideRight, box.width())
        painter.drawText(line, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)

    def _pick_number(self, cell: Cell) -> int:
        for number, ref in enumerate(self._picks, 1):
            if ref.series_id == cell.series_id and ref.sample == cell.sample:
                step = self.step_of(cell)
                if ref.step == step or (ref.step is None and self.is_current(cell)):
                    return number
        return 0

    def _tick(self) -> None:
        if not self.isVisible():
            self._playing.stop()
            return
        self._clock_ms += TICK_MS
        for cell, box in self.visible_cells():
            thumb = self._images.thumb(self.key_of(cell))
            if thumb is not None and len(thumb.frames) > 1:
                self.viewport().update(box)

    # -- pointer and keys -------------------------------------------------------------------

    def cell_at(self, position: QPoint) -> Cell | None:
        """The cell at a place of the viewport."""
        for cell, box in self.visible_cells():
            if box.contains(position):
                return cell
        return None

    def viewportEvent(self, event: QEvent) -> bool:
        """Tell of an image when the pointer rests on it."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            cell = self.cell_at(event.pos())
            QToolTip.showText(event.globalPos(), self.words_of(cell) if cell else "", self)
            return True
        if event.type() == QEvent.Type.Leave:
            self._hover(None)
        return super().viewportEvent(event)

    def words_of(self, cell: Cell) -> str:
        """Say what is known of an image, in lines."""
        series = self._rows.series(cell.series_id)
        entries = self._rows.entries(cell.series_id)
        lines = [
            series.tag,
            self._workspace.alias(series.run_id),
            f"step {step_text(self.step_of(cell))}, "
            f"{wall_time_text(float(entries.wall_times[cell.place]))}",
        ]
        thumb = self._images.thumb(self.key_of(cell))
        if thumb is not None:
            if thumb.samples > 1:
                lines.append(f"sample {cell.sample + 1} of {thumb.samples}")
            lines += [text for text in (thumb.words, thumb.note, thumb.error) if text]
        return "\n".join(lines)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Light up what is under the pointer."""
        self._hover(self.cell_at(event.position().toPoint()))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose an image; with Control put it into the comparison."""
        cell = self.cell_at(event.position().toPoint())
        if cell is None or event.button() != Qt.MouseButton.LeftButton:
            return
        self._cursor = cell
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.picked.emit(cell)
        else:
            self.chosen.emit(cell)
        self.viewport().update()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Open an image."""
        cell = self.cell_at(event.position().toPoint())
        if cell is not None and event.button() == Qt.MouseButton.LeftButton:
            self._cursor = cell
            self.opened.emit(cell)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Offer what can be done with an image."""
        if event.reason() == QContextMenuEvent.Reason.Keyboard:
            cell = self._cursor
            box = next((box for other, box in self.visible_cells() if other == cell), None)
            at = self.viewport().mapToGlobal(box.center() if box else QPoint(40, 40))
        else:
            cell = self.cell_at(self.viewport().mapFromGlobal(event.globalPos()))
            at = event.globalPos()
        if cell is not None:
            self._cursor = cell
            self.viewport().update()
            self.menu_asked.emit(cell, cell.series_id, at)
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Up and down go from line to line, left and right from step to step; Return opens."""
        key = Qt.Key(event.key())
        shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._cursor is not None:
            self.opened.emit(self._cursor)
        elif key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self._go(0, -1 if key == Qt.Key.Key_Up else 1)
        elif key in (Qt.Key.Key_Left, Qt.Key.Key_Right) and shift:
            self._go(-1 if key == Qt.Key.Key_Left else 1, 0)
        elif key in (Qt.Key.Key_Left, Qt.Key.Key_Right) and self._cursor is not None:
            self._go_on(-1 if key == Qt.Key.Key_Left else 1)
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        """Keep left and right from the window: there they go through the steps of everything."""
        if (
            isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.ShortcutOverride
            and event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Right)
            and self._cursor is not None
        ):
            event.accept()
            return True
        return super().event(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show where the keys act."""
        super().focusInEvent(event)
        if self._cursor is None:
            self._cursor = next((cell for cell, _box in self.visible_cells()), None)
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Show it no more."""
        super().focusOutEvent(event)
        self.viewport().update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Lay out anew."""
        super().resizeEvent(event)
        self._relay()

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        """Move what is there, make what comes."""
        self._show()

    def _hover(self, cell: Cell | None) -> None:
        if cell != self._hovered:
            self._hovered = cell
            self._own_run = self._rows.series(cell.series_id).run_id if cell is not None else -1
            self._workspace.hover(self._own_run)
            self.viewport().update()

    def _go_on(self, direction: int) -> None:
        """Go to the next entry of the row the cursor is in, or the one before."""
        cell = self._cursor
        if cell is None:
            return
        entries = self._rows.entries(cell.series_id)
        here = self._rows.place(cell.series_id)
        place = min(max(here + direction, 0), len(entries) - 1)
        if place >= 0:
            self._cursor = cell._replace(place=place)
            self._rows.move(cell.series_id, int(entries.steps[place]))

    def _go(self, across: int, down: int) -> None:
        """Go to the nearest cell in a direction, scrolling as needed."""
        cells = list(self._cells(AHEAD + self.viewport().height()))
        here = next((box for cell, box in cells if cell == self._cursor), None)
        if here is None:
            if cells:
                self._cursor = cells[0][0]
                self.viewport().update()
            return
        best: tuple[float, Cell, QRect] | None = None
        for cell, box in cells:
            dx, dy = box.x() - here.x(), box.y() - here.y()
            if (across and (dy or dx * across <= 0)) or (down and dy * down <= 0):
                continue
            away = abs(dx) + abs(dy) * 4.0
            if best is None or away < best[0]:
                best = away, cell, box
        if best is None:
            return
        _away, self._cursor, box = best
        bar = self.verticalScrollBar()
        if box.top() < BAR:
            bar.setValue(bar.value() + box.top() - BAR - 12)
        elif box.bottom() > self.viewport().height():
            bar.setValue(bar.value() + box.bottom() - self.viewport().height() + 12)
        self.chosen.emit(self._cursor)
        self.viewport().update()


def _nearest(steps: Sequence[int], step: int) -> int:
    return min(range(len(steps)), key=lambda i: abs(steps[i] - step))
