"""What the pointer does to a chart: clicks, drags, the wheel, and the shape it has."""

from __future__ import annotations

import math
from dataclasses import replace
from enum import Enum, auto
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QMouseEvent, QWheelEvent

from eventglass.widgets.plots.axis import AxisEnd
from eventglass.widgets.plots.curve_data import ViewRange

if TYPE_CHECKING:
    from eventglass.widgets.plots.chart import Chart

#: A drag shorter than this in one direction zooms the other direction only.
STRIP = 8
#: A press that moves less than this is a click.
CLICK = 4


class Drag(Enum):
    """What a drag does."""

    NONE = auto()
    BOX = auto()
    PAN = auto()
    PAN_X = auto()
    PAN_Y = auto()
    PAN_RIGHT = auto()
    RANGE = auto()
    EDGE_LOW = auto()
    EDGE_HIGH = auto()
    #: Nothing to drag, but a click may mean something.
    REST = auto()


_PANS = {Drag.PAN: "both", Drag.PAN_X: "", Drag.PAN_Y: "left", Drag.PAN_RIGHT: "right"}
_EDGES = {"low": Drag.EDGE_LOW, "high": Drag.EDGE_HIGH}


class Pointer:
    """The pointer's gestures; tells the chart what was meant."""

    def __init__(self, chart: Chart) -> None:
        self._chart = chart
        self.drag = Drag.NONE
        self.moved = False
        self._from = QPointF()
        self._to = QPointF()
        self._view: ViewRange | None = None
        self._fixed_x = 0.0
        self._end: AxisEnd | None = None

    def is_dragging(self) -> bool:
        """Return whether a press is being followed."""
        return self.drag is not Drag.NONE

    def cancel(self) -> None:
        """Forget the drag."""
        self.drag = Drag.NONE
        self.moved = False

    def band(self) -> QRectF | None:
        """Return the rubber band: a box, or a strip when the drag keeps to one direction."""
        if self.drag is not Drag.BOX or not self.moved:
            return None
        plot = self._chart.layout_now().plot
        box = QRectF(self._from, self._to).normalized().intersected(plot)
        wide = abs(self._to.x() - self._from.x())
        tall = abs(self._to.y() - self._from.y())
        if tall < STRIP <= wide:
            box.setTop(plot.top())
            box.setBottom(plot.bottom())
        elif wide < STRIP <= tall:
            box.setLeft(plot.left())
            box.setRight(plot.right())
        return box

    def press(self, event: QMouseEvent) -> bool:
        """Begin a drag; False: not for the chart."""
        chart = self._chart
        place = event.position()
        button = event.button()
        if button not in (Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton):
            return False
        keys = event.modifiers()
        panning = button == Qt.MouseButton.MiddleButton or bool(
            keys & (Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.AltModifier)
        )
        drag = self._drag_from(place, panning)
        self._end = None if panning else chart.layout_now().end_at(place)
        if drag is Drag.NONE and self._end is not None:
            drag = Drag.REST
        if drag is Drag.NONE:
            return False
        self.drag = drag
        self.moved = False
        self._from = self._to = place
        self._view = chart.view()
        selection = chart.selection()
        if drag is Drag.RANGE:
            self._fixed_x = self._x_inside(place)
        elif selection is not None:
            self._fixed_x = selection[1] if drag is Drag.EDGE_LOW else selection[0]
        if drag is Drag.PAN:
            chart.setCursor(Qt.CursorShape.ClosedHandCursor)
        return True

    def _drag_from(self, place: QPointF, panning: bool) -> Drag:
        chart = self._chart
        layout = chart.layout_now()
        if not panning:
            edge = chart.selection_edge_at(place)
            if edge:
                return _EDGES[edge]
        zone = layout.zone(place)
        if zone == "x" and not panning:
            return Drag.RANGE
        if zone == "":
            return Drag.NONE
        if chart.is_locked():
            return Drag.REST
        if zone == "plot":
            return Drag.PAN if panning else Drag.BOX
        return {"x": Drag.PAN_X, "y": Drag.PAN_Y, "right": Drag.PAN_RIGHT}[zone]

    def _x_inside(self, place: QPointF) -> float:
        layout = self._chart.layout_now()
        return layout.x_at(min(max(place.x(), layout.plot.left()), layout.plot.right()))

    def move(self, event: QMouseEvent) -> None:
        """Go on with a drag."""
        chart = self._chart
        place = event.position()
        away = place - self._from
        if not self.moved:
            if max(abs(away.x()), abs(away.y())) < CLICK:
                return
            self.moved = True
            chart.end_hover()
        self._to = place
        if self.drag is Drag.BOX:
            chart.update()
        elif self.drag in (Drag.RANGE, Drag.EDGE_LOW, Drag.EDGE_HIGH):
            x = self._x_inside(place)
            chart.select_range(min(x, self._fixed_x), max(x, self._fixed_x))
        elif self.drag in _PANS and self._view is not None:
            plot = chart.layout_now().plot
            across = away.x() / plot.width() if self.drag in (Drag.PAN, Drag.PAN_X) else 0.0
            down = away.y() / plot.height() if self.drag is not Drag.PAN_X else 0.0
            chart.move_by(self._view, across, down, _PANS[self.drag])

    def release(self, event: QMouseEvent) -> None:
        """End a drag: zoom to the box, or take it for a click."""
        chart = self._chart
        drag, box = self.drag, self.band()
        moved = self.moved
        self.cancel()
        left = event.button() == Qt.MouseButton.LeftButton
        if not moved:
            if not left:
                return
            if self._end is not None:
                chart.edit_range(*self._end)
            elif drag is Drag.RANGE:
                chart.clear_selection()
            elif chart.layout_now().plot.contains(event.position()):
                chart.click(event.position())
        elif box is not None and box.width() >= 2 and box.height() >= 2:
            self._zoom_to(box)

    def _zoom_to(self, box: QRectF) -> None:
        chart = self._chart
        layout, view = chart.layout_now(), chart.view()
        plot = layout.plot
        made = view
        if box.left() > plot.left() or box.right() < plot.right():
            made = replace(made, x0=layout.x_at(box.left()), x1=layout.x_at(box.right()))
        if box.top() > plot.top() or box.bottom() < plot.bottom():
            made = replace(made, y0=layout.y_at(box.bottom()), y1=layout.y_at(box.top()))
            if view.y20 is not None:
                made = replace(
                    made,
                    y20=layout.y_at(box.bottom(), "right"),
                    y21=layout.y_at(box.top(), "right"),
                )
        chart.choose(made)

    def wheel(self, event: QWheelEvent, everywhere: bool) -> bool:
        """Zoom at the pointer; False: the wheel is for the page."""
        chart = self._chart
        turn = event.angleDelta().y() or event.angleDelta().x()
        zone = chart.layout_now().zone(event.position())
        with_key = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        on_axis = zone in ("x", "y", "right") and chart.hasFocus()
        if chart.is_locked() or not zone or not turn or not (everywhere or with_key or on_axis):
            return False
        side = {"plot": "both", "x": "", "y": "left", "right": "right"}[zone]
        chart.zoom_by(math.exp(-turn / 120.0 * 0.18), event.position(), zone in ("plot", "x"), side)
        return True

    def shape(self, place: QPointF) -> Qt.CursorShape:
        """Return the shape of the pointer at a place."""
        chart = self._chart
        shapes = Qt.CursorShape
        if chart.selection_edge_at(place):
            return shapes.SplitHCursor
        layout = chart.layout_now()
        if layout.end_at(place) is not None and not chart.is_locked():
            return shapes.IBeamCursor
        zone = layout.zone(place)
        if zone == "plot":
            if chart.flag_under(place):
                return shapes.PointingHandCursor
            return shapes.ArrowCursor if chart.is_locked() else shapes.CrossCursor
        if zone == "x":
            return shapes.SizeHorCursor
        if zone:
            return shapes.ForbiddenCursor if chart.is_locked() else shapes.SizeVerCursor
        return shapes.ArrowCursor
