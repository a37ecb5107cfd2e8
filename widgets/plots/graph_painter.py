"""Paints the drawing of a graph: as much of each box as its size on the screen lets one read.

From far away boxes are plain rectangles in a few calls, edges straight and thin; nearer they get
borders, names, arrows, and the sizes of what flows. The same code paints the window and exports.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen

from eventglass.app.models.graph_colours import Strip
from eventglass.app.models.graph_drawing import (
    ANNOTATIONS,
    CLOSED,
    OPEN,
    EdgeFlag,
    GraphDrawing,
    Shape,
)
from eventglass.app.models.theme import Theme
from eventglass.widgets.plots.graph_dots import MANY_BOXES, paint_boxes
from eventglass.widgets.plots.graph_edges import EdgePainter
from eventglass.widgets.plots.graph_looks import (
    CHANGES,
    FADED,
    Camera,
    GraphLooks,
    font_px,
    mixed,
)

#: Height of the strip with the name on an open group, units.
HEAD = 26.0
#: Boxes lower than this on the screen are plain rectangles, pixels.
PLAIN_PX = 9.0
#: Boxes lower than this carry no name.
NAMED_PX = 11.5
_CORNER = 6.0
_LEFT, _MIDDLE, _RIGHT = (
    Qt.AlignmentFlag.AlignLeft,
    Qt.AlignmentFlag.AlignHCenter,
    Qt.AlignmentFlag.AlignRight,
)
#: A name may hold line feeds.
_ON_ONE_LINE = Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextDontClip | Qt.TextFlag.TextSingleLine
_OPEN_CODES = [int(shape) for shape in OPEN]
_CLOSED_CODES = [int(shape) for shape in CLOSED]
_ANNOTATION_CODES = [int(shape) for shape in ANNOTATIONS]


class GraphPainter:
    """Paints one drawing, again and again; keeps the paths of its edges.

    Parameters
    ----------
    theme
        Whose colours and fonts are used.
    watch
        For exports: called for each box and edge that is painted; may raise to stop. Nothing is
        made coarser for the sake of speed then.
    """

    def __init__(
        self,
        theme: Theme,
        drawing: GraphDrawing,
        looks: GraphLooks,
        watch: Callable[[], None] | None = None,
    ) -> None:
        self._watch = watch
        self._theme = theme
        self.drawing = drawing
        self.looks = looks
        self.edges = EdgePainter(theme, drawing, looks, watch)
        # Annotations that give stand before their box, with the dot next to it.
        self._gives = np.zeros(drawing.count, bool)
        beside = (drawing.flags & int(EdgeFlag.ANNOTATION)) != 0
        self._gives[drawing.sources[beside]] = True

    def set_looks(self, looks: GraphLooks) -> None:
        """Tell items apart in another way."""
        self.edges.set_looks(looks)
        self.looks = looks

    def paint(
        self,
        painter: QPainter,
        camera: Camera,
        area: QRectF,
        rects: npt.NDArray[np.float64] | None = None,
        edge_alpha: float = 1.0,
    ) -> None:
        """Paint what is in an area of the screen.

        Parameters
        ----------
        rects : (n, 4) float64
            Places on the way to those of the drawing.
        """
        drawing = self.drawing
        x0, y0 = camera.to_drawing(area.topLeft())
        x1, y1 = camera.to_drawing(area.bottomRight())
        places = drawing.rects if rects is None else rects
        if rects is None:
            seen = drawing.items_in(x0, y0, x1, y1)
        else:
            seen = np.arange(drawing.count)
        on_screen = (places[seen] - np.array([camera.x, camera.y, 0.0, 0.0])) * camera.scale
        is_open = np.isin(drawing.shapes[seen], _OPEN_CODES)
        self._paint_open(painter, camera, seen[is_open], on_screen[is_open], area)
        if edge_alpha > 0.0:
            painter.setOpacity(edge_alpha)
            self.edges.paint(painter, camera, (x0, y0, x1, y1))
            painter.setOpacity(1.0)
        self._paint_heads(painter, camera, seen[is_open], on_screen[is_open])
        self._paint_closed(painter, camera, seen[~is_open], on_screen[~is_open])
        self._paint_regions(painter, camera, seen[is_open], on_screen[is_open], area)

    def paint_far(self, painter: QPainter, camera: Camera) -> None:
        """Paint everything as from far away: boxes without names, no edges between them."""
        drawing = self.drawing
        boxes = (drawing.rects - np.array([camera.x, camera.y, 0.0, 0.0])) * camera.scale
        is_open = np.isin(drawing.shapes, _OPEN_CODES)
        window, muted = self._theme.colour("window"), self._theme.colour("text_muted")
        painter.setPen(Qt.PenStyle.NoPen)
        for depth in range(int(self.drawing.depths.max(initial=0)) + 1):
            painter.setBrush(mixed(muted, window, 0.07 * min(depth + 1, 5)))
            chosen = is_open & (self.drawing.depths == depth) & (boxes[:, 2] > 2)
            painter.drawRects([QRectF(*box) for box in boxes[chosen].tolist()])
        items = np.nonzero(~is_open & ~np.isin(drawing.shapes, _ANNOTATION_CODES))[0]
        self._paint_plain(painter, items, boxes[items])

    # -- boxes

    def _paint_open(
        self,
        painter: QPainter,
        camera: Camera,
        items: npt.NDArray[np.intp],
        boxes: npt.NDArray[np.float64],
        area: QRectF,
    ) -> None:
        items, boxes = self._worth_painting(items, boxes, area)
        theme, looks = self._theme, self.looks
        window, muted = theme.colour("window"), theme.colour("text_muted")
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        corner = max(min(_CORNER * camera.scale * 1.3, 10.0), 1.5)
        for item, (x, y, w, h) in zip(items.tolist(), boxes.tolist(), strict=True):
            if max(w, h) < 3:
                continue
            colour, ground = self._colour(item), self._ground(item)
            border = mixed(muted, window, 0.32) if colour is None else mixed(colour, window, 0.6)
            painter.setOpacity(self._opacity(item))
            painter.setPen(QPen(border, 1))
            painter.setBrush(ground)
            painter.drawRoundedRect(QRectF(x + 0.5, y + 0.5, w, h), corner, corner)
            strip = looks.strips.get(item)
            if strip is not None and w > 12:
                self._strip(painter, QRectF(x + 1, y + HEAD * camera.scale - 3, w - 1, 3), strip)
        painter.setOpacity(1.0)

    def _paint_heads(
        self,
        painter: QPainter,
        camera: Camera,
        items: npt.NDArray[np.intp],
        boxes: npt.NDArray[np.float64],
    ) -> None:
        """Names of open groups, over the edges that come in."""
        head = HEAD * camera.scale
        if head < NAMED_PX:
            return
        size = font_px(12.5 * camera.scale)
        metrics = QFontMetricsF(self._theme.font(size, bold=True, tabular=True))
        for item, (x, y, w, _h) in zip(items.tolist(), boxes.tolist(), strict=True):
            if w <= 30:
                continue
            painter.setOpacity(self._opacity(item))
            box = QRectF(x + 9 * camera.scale, y, w - 34 * camera.scale, head)
            wide = min(metrics.horizontalAdvance(self.drawing.labels[item]), box.width())
            plate = QRectF(box.x() - 2, y + head * 0.16, wide + 4, head * 0.68)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._ground(item))
            painter.drawRect(plate)
            self._name(painter, box, item, size, bold=True, where=_LEFT)
            self._mark(painter, x + w - 14 * camera.scale, y + head / 2, camera.scale, False)
            if self.looks.changes is not None:
                self._badge(painter, item, x, y, camera.scale)
        painter.setOpacity(1.0)

    def _worth_painting(
        self, items: npt.NDArray[np.intp], boxes: npt.NDArray[np.float64], area: QRectF
    ) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.float64]]:
        """Leave out open groups that can't be told from the one around or lie under another."""
        left, top = boxes[:, 0], boxes[:, 1]
        right, bottom = left + boxes[:, 2], top + boxes[:, 3]
        covers = (left < area.left() - 12) & (right > area.right() + 12)
        covers &= (top < area.top() - 40 * 6) & (bottom > area.bottom() + 12)
        keep = (boxes[:, 2] >= 3) | (boxes[:, 3] >= 3)
        # Of those that reach beyond all edges only the innermost is seen.
        keep[np.flatnonzero(covers)[:-1]] = False
        ends = np.stack([left, top, right, bottom], axis=1)
        painted: dict[int, npt.NDArray[np.float64]] = {}
        for place in np.flatnonzero(keep).tolist():
            item = int(items[place])
            around = painted.get(int(self.drawing.parents[item]))
            if around is not None and np.abs(around - ends[place]).max() < 2.5:
                keep[place] = False
                painted[item] = around
            else:
                painted[item] = ends[place]
        return items[keep], boxes[keep]

    def _paint_closed(
        self,
        painter: QPainter,
        camera: Camera,
        items: npt.NDArray[np.intp],
        boxes: npt.NDArray[np.float64],
    ) -> None:
        shapes = self.drawing.shapes[items]
        noted = np.isin(shapes, _ANNOTATION_CODES)
        plain = (boxes[:, 3] < PLAIN_PX) & ~noted
        if self._watch is not None:
            plain[:] = False
        self._paint_plain(painter, items[plain], boxes[plain])
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        near = ~plain & ~noted
        for item, box in zip(items[near].tolist(), boxes[near].tolist(), strict=True):
            if self._watch is not None:
                self._watch()
            self._paint_box(painter, item, QRectF(*box), camera.scale)
        if camera.scale > 0.3:
            for item, box in zip(items[noted].tolist(), boxes[noted].tolist(), strict=True):
                self._paint_annotation(painter, item, QRectF(*box), camera.scale)
        painter.setOpacity(1.0)

    def _paint_plain(
        self,
        painter: QPainter,
        items: npt.NDArray[np.intp],
        boxes: npt.NDArray[np.float64],
    ) -> None:
        """Many small boxes: one call for each colour."""
        theme, looks = self._theme, self.looks
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        fills = np.full(len(items), -1) if looks.fills is None else looks.fills[items]
        lit = np.ones(len(items), bool) if looks.lit is None else looks.lit[items]
        groups = np.isin(self.drawing.shapes[items], _CLOSED_CODES)
        if looks.changes is not None:
            fills = fills.copy()
            for change, (_sign, token) in CHANGES.items():
                rgb = theme.colour(token).rgb() & 0xFFFFFF
                fills[looks.changes[items] == change] = rgb
        # Small boxes stay two pixels apart and never vanish.
        boxes = boxes.copy()
        boxes[:, 2:] = np.maximum(boxes[:, 2:], 1.6)
        keys = (fills + 1) * 4 + groups * 2 + lit
        window = theme.colour("window")
        for key in sorted(set(keys.tolist())):
            chosen = keys == key
            fill, is_group, is_lit = key // 4 - 1, bool(key & 2), bool(key & 1)
            base = theme.colour("text_muted") if fill < 0 else QColor.fromRgb(fill)
            share = (0.42 if is_group else 0.3) if fill < 0 else (0.75 if is_group else 0.6)
            colour = mixed(base, window, share * (1.0 if is_lit else FADED))
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colour)
            if chosen.sum() > MANY_BOXES and painter.opacity() == 1.0:
                paint_boxes(painter, boxes[chosen], colour)
            else:
                painter.drawRects([QRectF(*box) for box in boxes[chosen].tolist()])

    def _paint_box(self, painter: QPainter, item: int, box: QRectF, scale: float) -> None:
        theme, shape = self._theme, int(self.drawing.shapes[item])
        # A box is always brighter than the group it is in.
        surface = theme.colour("raised" if theme.dark else "surface")
        colour = self._colour(item)
        is_group = shape in _CLOSED_CODES
        ground = surface
        border = mixed(theme.colour("text_muted"), surface, 0.62 if is_group else 0.42)
        if colour is not None:
            share = 0.9 if self.looks.strong else 0.26 if theme.dark else 0.2
            ground = mixed(colour, surface, share)
            border = mixed(colour, surface, 0.85)
        box = box.adjusted(0.5, 0.5, -0.5, -0.5)
        corner = _CORNER * min(scale, 1.6) if is_group else box.height() / 2
        painter.setOpacity(self._opacity(item))
        painter.setPen(QPen(border, 1.2 if is_group and scale > 0.6 else 1.0))
        painter.setBrush(ground)
        if shape == Shape.SERIES:
            for shift in (4.0, 2.0):
                behind = box.translated(shift * scale, -shift * scale)
                painter.drawRoundedRect(behind, corner, corner)
        painter.drawRoundedRect(box, corner, corner)
        strip = self.looks.strips.get(item)
        if strip is not None:
            high = min(max(3.5 * scale, 2.0), box.height() / 3)
            lower = QRectF(box.x() + corner / 2, box.bottom() - high, box.width() - corner, high)
            self._strip(painter, lower, strip)
            box = box.adjusted(0, 0, 0, -0.8 * high)
        if box.height() >= NAMED_PX and box.width() > 22:
            pad = 6 * min(scale, 1.5)
            inner = box.adjusted(pad, 0, -pad, 0)
            size = font_px(12.5 * scale)
            note = self.drawing.notes[item]
            if is_group and box.width() > 44:
                # The name goes before the plus where there is no room for both.
                font = theme.font(size, bold=True, tabular=True)
                wide = QFontMetricsF(font).horizontalAdvance(self.drawing.labels[item])
                if scale >= 0.85 or wide <= inner.width() - 11 * scale:
                    inner.adjust(0, 0, -11 * scale, 0)
                    self._mark(painter, box.right() - 12 * scale, box.center().y(), scale, True)
            if note and box.height() >= 2.6 * size and size >= 9:
                upper = QRectF(inner.x(), inner.y() + 1, inner.width(), inner.height() * 0.56)
                self._name(painter, upper, item, size, bold=is_group)
                lower = QRectF(inner.x(), upper.bottom() - 1, inner.width(), inner.height() * 0.38)
                small = font_px(size - 2.2)
                if is_group and self._width(note, small) > lower.width():
                    note = note.partition(" ")[0]
                self._text(painter, lower, note, small, "text_muted")
            else:
                self._name(painter, inner, item, size, bold=is_group)
        if self.looks.changes is not None:
            self._badge(painter, item, box.x(), box.y(), scale)

    def _paint_annotation(self, painter: QPainter, item: int, box: QRectF, scale: float) -> None:
        """A dot, a little chart or a small box, and the name beside it."""
        theme, shape = self._theme, int(self.drawing.shapes[item])
        colour = self._colour(item)
        muted = theme.colour("text_muted")
        line = mixed(muted, theme.colour("surface"), 0.7) if colour is None else colour
        painter.setOpacity(self._opacity(item))
        side = min(box.height(), 9 * scale)
        gives = bool(self._gives[item])
        left = box.right() - side if gives else box.x()
        spot = QRectF(left, box.center().y() - side / 2, side, side)
        painter.setPen(QPen(line, 1))
        if shape == Shape.CONSTANT:
            painter.setBrush(theme.colour("surface"))
            painter.drawEllipse(spot)
        elif shape == Shape.SUMMARY:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(line)
            for place, height in enumerate((0.5, 1.0, 0.7)):
                wide = side / 3.6
                top = spot.bottom() - side * height
                painter.drawRect(QRectF(spot.x() + place * side / 3, top, wide, side * height))
        elif shape == Shape.REFERENCE:
            painter.setPen(QPen(line, 1, Qt.PenStyle.DotLine))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(spot, 2, 2)
        size = 10.5 * scale
        if size >= 7.5:
            gap = 3 * scale
            text = (
                box.adjusted(0, 0, -side - gap, 0) if gives else box.adjusted(side + gap, 0, 0, 0)
            )
            label = self.drawing.labels[item]
            where = _RIGHT if gives else _LEFT
            self._text(painter, text, label, font_px(size), "text_muted", where=where)

    def _paint_regions(
        self,
        painter: QPainter,
        camera: Camera,
        items: npt.NDArray[np.intp],
        boxes: npt.NDArray[np.float64],
        area: QRectF,
    ) -> None:
        """Names of open groups whose own strip is too small to carry them, like names on a map."""
        if camera.scale * HEAD >= NAMED_PX:
            return
        theme = self._theme
        taken: list[QRectF] = []
        plate = theme.colour("surface", 0.86)
        order = np.argsort(-boxes[:, 2] * boxes[:, 3], kind="stable")
        # In the strip where there is some room in it; then nothing is covered.
        small = camera.scale * HEAD >= 7.0
        size, high = (10, 13.0) if small else (11, 17.0)
        down = 1.0 if small else 3.0
        font = theme.font(size, bold=True)
        metrics = QFontMetricsF(font)
        for place in order[:200].tolist():
            x, y, w, h = boxes[place].tolist()
            if w < 54 or h < 30:
                continue
            text = metrics.elidedText(
                self.drawing.labels[int(items[place])], Qt.TextElideMode.ElideMiddle, w - 14
            )
            if len(text) < 6 and text != self.drawing.labels[int(items[place])]:
                continue
            wide = metrics.horizontalAdvance(text) + 10
            top = min(max(y + down, area.top() + 3), y + h - high - 3)
            left = min(max(x + 3, area.left() + 3), x + w - wide - 3)
            box = QRectF(left, top, wide, high)
            if any(box.intersects(other) for other in taken):
                continue
            taken.append(box)
            painter.setOpacity(self._opacity(int(items[place])))
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(plate)
            painter.drawRoundedRect(box, 4, 4)
            painter.setFont(font)
            painter.setPen(theme.colour("text"))
            painter.drawText(box, _MIDDLE | _ON_ONE_LINE, text)
        painter.setOpacity(1.0)

    # -- parts

    def _colour(self, item: int) -> QColor | None:
        looks = self.looks
        if looks.changes is not None:
            change = CHANGES.get(int(looks.changes[item]))
            return None if change is None else self._theme.colour(change[1])
        if looks.fills is None or looks.fills[item] < 0:
            return None
        return QColor.fromRgb(int(looks.fills[item]))

    def _ground(self, item: int) -> QColor:
        """What an open group is filled with: the deeper the darker."""
        theme, depth = self._theme, min(int(self.drawing.depths[item]) + 1, 6)
        ground = mixed(theme.colour("text_muted"), theme.colour("window"), 0.035 * depth)
        colour = self._colour(item)
        return ground if colour is None else mixed(colour, ground, 0.06)

    def _opacity(self, item: int) -> float:
        lit = self.looks.lit
        return 1.0 if lit is None or lit[item] else FADED

    def _name(
        self,
        painter: QPainter,
        box: QRectF,
        item: int,
        size: int,
        *,
        bold: bool = False,
        where: Qt.AlignmentFlag = _MIDDLE,
    ) -> None:
        label = self.drawing.labels[item]
        self._text(painter, box, label, size, "text", bold=bold, where=where)

    def _text(
        self,
        painter: QPainter,
        box: QRectF,
        text: str,
        size: int,
        token: str,
        *,
        bold: bool = False,
        where: Qt.AlignmentFlag = _MIDDLE,
    ) -> None:
        font = self._theme.font(size, bold=bold, tabular=True)
        metrics = QFontMetricsF(font)
        if metrics.horizontalAdvance(text) > box.width() + 1:
            text = metrics.elidedText(text, Qt.TextElideMode.ElideMiddle, box.width())
        painter.setFont(font)
        painter.setPen(self._theme.colour(token))
        painter.drawText(box, where | _ON_ONE_LINE, text)

    def _width(self, text: str, size: int) -> float:
        return QFontMetricsF(self._theme.font(size, tabular=True)).horizontalAdvance(text)

    def _strip(self, painter: QPainter, box: QRectF, strip: Strip) -> None:
        """Colours beside each other in their proportions."""
        ground = self._theme.colour("surface")
        x = box.x()
        painter.setPen(Qt.PenStyle.NoPen)
        for rgb, share in strip:
            painter.setBrush(mixed(QColor.fromRgb(rgb), ground, 0.85))
            painter.drawRect(QRectF(x, box.y(), box.width() * share, box.height()))
            x += box.width() * share

    def _mark(self, painter: QPainter, x: float, y: float, scale: float, closed: bool) -> None:
        """A plus or a minus."""
        arm = 3.6 * min(scale, 1.5)
        painter.setPen(QPen(self._theme.colour("text_muted"), max(1.1 * min(scale, 1.4), 1.0)))
        painter.drawLine(QPointF(x - arm, y), QPointF(x + arm, y))
        if closed:
            painter.drawLine(QPointF(x, y - arm), QPointF(x, y + arm))

    def _badge(self, painter: QPainter, item: int, x: float, y: float, scale: float) -> None:
        changes = self.looks.changes
        change = None if changes is None else CHANGES.get(int(changes[item]))
        if change is None or scale < 0.45:
            return
        sign, token = change
        side = 14 * min(scale, 1.4)
        box = QRectF(x - side / 2, y - side / 2, side, side)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.colour(token))
        painter.drawEllipse(box)
        painter.setFont(self._theme.font(font_px(side * 0.8), bold=True))
        painter.setPen(self._theme.colour("on_accent"))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextDontClip, sign)
