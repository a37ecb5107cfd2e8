"""Figures: charts laid out for paper and slides, as vectors.

A figure has one or more panels in a grid, a title and one legend for all. Its lengths are in units
of 1/96 inch: a millimetre is 3.78 of them, and a slide of 1920 × 1080 pixels at 144 dpi has
1280 × 720.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt
from PySide6.QtGui import QColor

from eventglass.app.core.compute.scales import Scales
from eventglass.app.models.theme import DARK, LIGHT, Tokens
from eventglass.widgets.plots import figure_axes, figure_lines
from eventglass.widgets.plots.curve_layer import (
    BAND_OPACITY,
    BASELINE,
    HALO,
    RAW_OPACITY,
    CurveData,
    ViewRange,
    XKind,
)
from eventglass.widgets.plots.figure_axes import PanelAxes, lay_out
from eventglass.widgets.plots.figure_legend import Legend, LegendEntry
from eventglass.widgets.plots.figure_lines import Places, Ruler
from eventglass.widgets.plots.figure_picture import (
    Area,
    Box,
    Dots,
    Item,
    Label,
    Measure,
    Picture,
    Rectangle,
    Stroke,
    ascent,
)
from eventglass.widgets.plots.figure_shapes import DASHES, shapes
from eventglass.widgets.plots.figure_writers import UNITS_PER_INCH, FigureError, pdf, png, svg
from eventglass.widgets.plots.notes import ChartNote

LegendPlace: TypeAlias = Literal["none", "inside", "right", "below"]
Unit: TypeAlias = Literal["px", "mm"]

#: Vertices of a figure from which on lines become coarser, down to a cell of one unit.
_MOST_VERTICES = 500_000
#: Radius of a point of a cloud.
_CLOUD_DOT = 1.2
#: Levels of notes' texts above each other.
_NOTE_ROWS = 3


@dataclass(frozen=True, slots=True)
class FigureSize:
    """How large a figure is: in pixels at so many of them an inch, or in millimetres."""

    width: float
    height: float
    unit: Unit = "px"
    dpi: float = 96.0

    @property
    def units(self) -> tuple[float, float]:
        """Width and height in units of 1/96 inch."""
        factor = UNITS_PER_INCH / (self.dpi if self.unit == "px" else 25.4)
        return self.width * factor, self.height * factor

    @property
    def pixels(self) -> tuple[int, int]:
        """Width and height of the PNG."""
        factor = self.dpi / UNITS_PER_INCH
        width, height = self.units
        return max(1, round(width * factor)), max(1, round(height * factor))


@dataclass(frozen=True, slots=True)
class FigureStyle:
    """How a figure looks.

    Attributes
    ----------
    columns : int
        Panels beside each other.
    font_pt : float
        Size of the axes' labels; titles follow it.
    line_scale : float
        All lines are so many times as wide as on the screen.
    show_raw : bool
        Draw the lines as logged behind the smoothed ones.
    """

    size: FigureSize = field(default_factory=lambda: FigureSize(1920, 1080, "px", 144.0))
    title: str = ""
    columns: int = 1
    dark: bool = False
    font_pt: float = 12.0
    legend: LegendPlace = "below"
    line_scale: float = 1.0
    grid: bool = True
    transparent: bool = False
    show_raw: bool = True
    axis_titles: bool = True
    panel_titles: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class FigurePanel:
    """One chart of a figure.

    Attributes
    ----------
    curves : in drawing order, coloured for the figure's background
    view : ViewRange
        What is shown; the right axis by its y20 and y21.
    selection : (low, high) on the x axis, or None
        A range that is shaded.
    """

    title: str
    curves: tuple[CurveData, ...]
    view: ViewRange
    x_kind: XKind = "step"
    scales: Scales = field(default_factory=Scales)
    x_title: str = ""
    y_title: str = ""
    right_title: str = ""
    notes: tuple[ChartNote, ...] = ()
    selection: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class FigureSpec:
    """A figure: what it shows and how it looks."""

    panels: tuple[FigurePanel, ...]
    style: FigureStyle = field(default_factory=FigureStyle)


def render_figure(spec: FigureSpec, suffix: str) -> bytes:
    """Return a figure as the content of a file; `suffix` is .png, .svg or .pdf.

    Raises
    ------
    FigureError
        When the format is not known or the figure is too large.
    """
    size = spec.style.size
    if suffix == ".png":
        return png(make_picture(spec, size.dpi), size.dpi)
    picture = make_picture(spec)
    if suffix == ".pdf":
        return pdf(picture)
    if suffix == ".svg":
        return svg(picture, *(f"{n:g}{size.unit}" for n in (size.width, size.height))).encode()
    raise FigureError(f"The format {suffix or 'without a suffix'} is not known")


def make_picture(spec: FigureSpec, dpi: float | None = None) -> Picture:
    """Lay a figure out and return all there is to draw.

    Parameters
    ----------
    dpi
        Of the image it is for; nothing finer is told apart. None for vectors.
    """
    lines = sum(1 + (c.smoothed is not None) for panel in spec.panels for c in panel.curves)
    columns = max(1, min(spec.style.columns, len(spec.panels)))
    width = spec.style.size.units[0] / columns
    cells = _MOST_VERTICES / (4.0 * max(lines, 1) * max(width, 1.0))
    finest = figure_lines.CELLS if dpi is None else 2.0 * dpi / UNITS_PER_INCH
    return _Maker(spec, min(max(cells, 1.0), finest, figure_lines.CELLS)).picture()


class _Maker:
    """Puts one figure together."""

    def __init__(self, spec: FigureSpec, cells: float) -> None:
        self._spec = spec
        self._cells = cells
        self._style = spec.style
        self._tokens: Tokens = DARK if spec.style.dark else LIGHT
        self._measure = Measure()
        self._base = max(spec.style.font_pt, 1.0) * UNITS_PER_INCH / 72.0
        self._items: list[Item] = []
        self._width, self._height = (max(each, 16.0) for each in spec.style.size.units)

    def picture(self) -> Picture:
        """Return the finished picture."""
        base, style = self._base, self._style
        pad = 0.8 * base
        left, top = pad, pad
        right, bottom = self._width - pad, self._height - pad
        if style.title.strip():
            size = 1.3 * base
            text = self._measure.elided(_one_line(style.title), size, right - left, bold=True)
            self._label(left, top + ascent(size), text, size, "text", bold=True)
            top += 1.5 * size
        legend = Legend(
            legend_entries(self._spec.panels, style.line_scale), base, self._measure, self._tokens
        )
        if style.legend == "below" and legend.entries:
            items, used = legend.below(left, right, bottom, 0.35 * (bottom - top))
            self._items += items
            bottom -= used
        elif style.legend == "right" and legend.entries:
            items, used = legend.beside(right, top, bottom, 0.35 * (right - left))
            self._items += items
            right -= used
        boxes = self._boxes(left, top, right, bottom)
        axes = self._axes(boxes)
        drawn: list[Places] = []
        for number, (panel, each) in enumerate(zip(self._spec.panels, axes, strict=True)):
            lines = self._panel(panel, each)
            drawn = lines if number == 0 else drawn
        if style.legend == "inside" and legend.entries and axes:
            self._items += legend.inside(axes[0].plot, drawn)
        background = None if style.transparent else QColor(self._tokens.surface)
        title = style.title or ", ".join(panel.title for panel in self._spec.panels[:3])
        return Picture(self._width, self._height, title, background, tuple(self._items))

    # -- where things are

    def _boxes(self, left: float, top: float, right: float, bottom: float) -> list[Box]:
        """Return the box of every panel, row by row."""
        count = len(self._spec.panels)
        columns = max(1, min(self._style.columns, count))
        rows = -(-count // columns)
        gap = 1.3 * self._base
        width = max((right - left - gap * (columns - 1)) / columns, 1.0)
        height = max((bottom - top - gap * (rows - 1)) / max(rows, 1), 1.0)
        return [
            (
                left + (number % columns) * (width + gap),
                top + (number // columns) * (height + gap),
                width,
                height,
            )
            for number in range(count)
        ]

    def _axes(self, boxes: Sequence[Box]) -> list[PanelAxes]:
        """Lay out the axes; panels above each other get the same margins."""
        style = self._style
        columns = max(1, min(style.columns, len(boxes)))
        made: list[PanelAxes] = []
        needs = [
            figure_axes.margins(panel, box, self._base, self._measure, style)
            for panel, box in zip(self._spec.panels, boxes, strict=True)
        ]
        for number, (panel, box) in enumerate(zip(self._spec.panels, boxes, strict=True)):
            same = needs[number % columns :: columns]
            margin = replace(
                needs[number],
                left=max(each.left for each in same),
                right=max(each.right for each in same),
            )
            made.append(lay_out(panel, box, margin, self._base, self._measure, self._cells))
        return made

    # -- drawing

    def _colour(self, token: str, alpha: float = 1.0) -> QColor:
        colour = QColor(getattr(self._tokens, token))
        colour.setAlphaF(alpha)
        return colour

    def _label(
        self,
        x: float,
        y: float,
        text: str,
        size: float,
        token: str,
        anchor: Literal["start", "middle", "end"] = "start",
        *,
        bold: bool = False,
        upright: bool = False,
    ) -> None:
        if text:
            self._items.append(Label(x, y, text, size, self._colour(token), anchor, bold, upright))

    def _panel(self, panel: FigurePanel, axes: PanelAxes) -> list[Places]:
        """Draw one panel and return its lines in front."""
        self._behind(panel, axes)
        found: list[Places] = []
        if axes.is_drawable:
            found = self._lines(panel, axes)
            found += self._notes(panel, axes)
        self._around(panel, axes)
        if not found and not any(len(curve.values) for curve in panel.curves):
            x, y, width, height = axes.plot
            self._label(
                x + width / 2, y + height / 2, "No points", self._base, "text_muted", "middle"
            )
        return found

    def _behind(self, panel: FigurePanel, axes: PanelAxes) -> None:
        x, y, width, height = axes.plot
        if panel.selection is not None and axes.is_drawable:
            ends = axes.x.places(np.array(sorted(panel.selection), np.float64))
            low, high = np.clip(np.nan_to_num(ends), x, x + width).tolist()
            shade = self._colour("accent", 0.10)
            self._items.append(Rectangle((low, y, high - low, height), shade))
        line = 0.75
        if self._style.grid:
            rows = [_across(x, x + width, place) for place in axes.y_places]
            self._items.append(Stroke(tuple(rows), self._colour("grid"), line, round=False))
        frame = [_across(x, x + width, y + height)]
        tick = 0.3 * self._base
        frame += [_down(place, y + height, y + height + tick) for place in axes.x_places]
        if not self._style.grid:
            frame.append(_down(x, y, y + height))
            frame += [_across(x - tick, x, place) for place in axes.y_places]
        if axes.right is not None:
            frame.append(_down(x + width, y, y + height))
            frame += [_across(x + width, x + width + tick, place) for place in axes.right_places]
        # Stronger than on the screen: paper has no backlight.
        self._items.append(Stroke(tuple(frame), self._colour("text_muted", 0.6), line, round=False))

    def _lines(self, panel: FigurePanel, axes: PanelAxes) -> list[Places]:
        x, y, width, height = axes.plot
        clip = (x, y - 2.0, width, height + 4.0)
        wheres = [figure_lines.across(curve, panel.x_kind) for curve in panel.curves]
        rulers = [axes.right if c.axis == "right" and axes.right else axes.y for c in panel.curves]
        for curve, where, ruler in zip(panel.curves, wheres, rulers, strict=True):
            if curve.band is not None:
                band = curve.band
                polygons = figure_lines.band(
                    where,
                    band.lows,
                    band.highs,
                    (band.low_pyramid, band.high_pyramid),
                    axes.x,
                    ruler,
                )
                if polygons:
                    fill = _faded(curve.colour, BAND_OPACITY * curve.opacity)
                    self._items.append(Area(tuple(polygons), fill, clip))
        found: list[Places] = []
        order = list(zip(panel.curves, wheres, rulers, strict=True))
        for in_front in (False, True):
            if in_front:
                order.sort(key=lambda each: each[0].is_baseline)
            for curve, where, ruler in order:
                has_raw = curve.smoothed is not None and curve.show_raw and self._style.show_raw
                if in_front or has_raw:
                    found += self._line(curve, where, axes, ruler, clip, panel.x_kind, in_front)
        return found

    def _line(
        self,
        curve: CurveData,
        where: figure_lines.Across,
        axes: PanelAxes,
        ruler: Ruler,
        clip: Box,
        x_kind: XKind,
        in_front: bool,
    ) -> list[Places]:
        if not where.axis.is_sorted and x_kind == "tag":
            if in_front:
                dots = figure_lines.cloud(where, curve.front, axes.x, ruler)
                self._items.append(Dots(dots, _CLOUD_DOT, curve.colour, clip))
                return [dots]
            return []
        values = curve.front if in_front else curve.values
        pyramid = curve.front_pyramid if in_front else curve.pyramid
        colour = _faded(curve.colour, curve.opacity * (1.0 if in_front else RAW_OPACITY))
        width = line_width(curve, self._style.line_scale)
        if not in_front:
            width = curve.width * self._style.line_scale
        polylines, alone = figure_lines.line(
            where, values, pyramid, axes.x, ruler, stepped=curve.interpolation == "step"
        )
        if polylines and curve.is_baseline and in_front and not self._style.transparent:
            ground = QColor(self._tokens.surface)
            room = width + 2.0 * HALO * self._style.line_scale
            self._items.append(Stroke(tuple(polylines), ground, room, (), clip))
        if polylines:
            dashes = tuple(part * width for part in DASHES[dash_of(curve)]) if in_front else ()
            self._items.append(Stroke(tuple(polylines), colour, width, dashes, clip))
        if not in_front:
            return []
        size = max(1.6 * width, 2.0)
        if len(alone):
            self._items.append(Dots(alone, size, colour, _wider(clip)))
        if curve.marker != "none":
            at = figure_lines.markers(where, values, axes.x, ruler, always=curve.marker == "always")
            if len(at):
                self._items += shapes(curve.marker_shape, at, size, colour, _wider(clip))
        self._odd(figure_lines.not_finite(where, values, axes.x), axes, colour)
        return polylines

    def _odd(self, marks: figure_lines.Marks, axes: PanelAxes, colour: QColor) -> None:
        """Draw signs for values that are not finite, as the chart does."""
        _x, top, _width, height = axes.plot
        s = 0.33 * self._base
        signs = (
            (marks.nan, top + height, [(0, -2), (1, -1), (0, 0), (-1, -1)]),
            (marks.positive, top, [(-1, 1.75), (1, 1.75), (0, 0)]),
            (marks.negative, top + height, [(-1, -1.75), (1, -1.75), (0, 0)]),
        )
        polygons = [
            np.array(shape, np.float64) * s + (x, edge)
            for places, edge, shape in signs
            for x in places.tolist()
        ]
        if polygons:
            self._items.append(Area(tuple(polygons), colour))

    def _notes(self, panel: FigurePanel, axes: PanelAxes) -> list[Places]:
        """Draw notes as thin lines, their texts above each other where they would touch.

        Returns where the texts are.
        """
        found: list[Places] = []
        x, y, width, height = axes.plot
        size = 0.85 * self._base
        taken = [-math.inf] * _NOTE_ROWS
        for note in sorted(panel.notes, key=lambda each: each.x):
            place = axes.x.place(note.x)
            if not x - 0.5 <= place <= x + width + 0.5:
                continue
            colour = _faded(note.colour, 0.55 if note.is_event else 0.9)
            self._items.append(
                Stroke((_down(place, y, y + height),), colour, 0.9, (3.0, 2.5), round=False)
            )
            text = self._measure.elided(_one_line(note.text), size, 0.4 * width)
            advance = self._measure.width(text, size)
            on_left = place + 3.0 + advance > x + width
            start = place - 3.0 - advance if on_left else place + 3.0
            row = next((n for n, end in enumerate(taken) if start >= end), None)
            if row is None or start < x or not text:
                continue
            taken[row] = start + advance + 4.0
            baseline = y + ascent(size) + 2.0 + row * 1.25 * size
            self._items.append(Label(start, baseline, text, size, note.colour))
            found.append(_across(start, start + advance, baseline))
        return found

    def _around(self, panel: FigurePanel, axes: PanelAxes) -> None:
        """Draw titles and labels."""
        base = self._base
        x, y, width, height = axes.plot
        left, top, full, high = axes.box
        if self._style.panel_titles and panel.title:
            size = 1.05 * base
            room = left + full - x
            text = self._measure.elided(_one_line(panel.title), size, room, bold=True)
            self._label(x, top + ascent(size), text, size, "text", bold=True)
        for text, place in axes.y_labels:
            self._label(x - 0.5 * base, place, text, base, "text_muted", "end")
        for text, place in axes.right_labels:
            self._label(x + width + 0.5 * base, place, text, base, "text_muted")
        for text, place in axes.x_labels:
            self._label(place, axes.x_baseline, text, base, "text_muted")
        if not self._style.axis_titles:
            return
        if panel.x_title:
            text = self._measure.elided(_one_line(panel.x_title), base, width)
            self._label(x + width / 2, top + high - 0.25 * base, text, base, "text", "middle")
        middle = y + height / 2
        if panel.y_title:
            text = self._measure.elided(_one_line(panel.y_title), base, height)
            place = left + ascent(base)
            self._label(place, middle, text, base, "text", "middle", upright=True)
        if panel.right_title and axes.right is not None:
            text = self._measure.elided(_one_line(panel.right_title), base, height)
            place = left + full - 0.1 * base
            self._label(place, middle, text, base, "text", "middle", upright=True)


# --- parts --------------------------------------------------------------------------------------


def line_width(curve: CurveData, scale: float) -> float:
    """Return the width of a curve's line in the figure."""
    return curve.width * scale * (BASELINE if curve.is_baseline else 1.0)


def dash_of(curve: CurveData) -> str:
    """Return how a curve's line is broken; the baseline's never is solid."""
    return "dash" if curve.is_baseline and curve.dash == "solid" else curve.dash


def legend_entries(panels: Iterable[FigurePanel], line_scale: float) -> list[LegendEntry]:
    """Return what the legend of all panels tells: each run once, with its tag where it needs it."""
    curves = [(curve, panel) for panel in panels for curve in panel.curves]
    several_runs = len({curve.label for curve, _panel in curves}) > 1
    found: dict[tuple[object, ...], LegendEntry] = {}
    for curve, panel in curves:
        label = curve.label
        if len({each.tag for each in panel.curves}) > 1:
            label = f"{curve.label} · {curve.tag}" if several_runs else curve.tag or curve.label
        dash = dash_of(curve)
        entry = LegendEntry(
            _one_line(label), curve.colour, line_width(curve, line_scale), DASHES[dash]
        )
        found.setdefault((label, curve.colour.rgba(), dash), entry)
    return list(found.values())


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _faded(colour: QColor, opacity: float) -> QColor:
    made = QColor(colour)
    made.setAlphaF(min(max(colour.alphaF() * opacity, 0.0), 1.0))
    return made


def _wider(clip: Box) -> Box:
    """Return a clip in which a dot on the edge is whole."""
    x, y, width, height = clip
    return x - 4.0, y - 4.0, width + 8.0, height + 8.0


def _across(x0: float, x1: float, y: float) -> npt.NDArray[np.float64]:
    return np.array([[x0, y], [x1, y]])


def _down(x: float, y0: float, y1: float) -> npt.NDArray[np.float64]:
    return np.array([[x, y0], [x, y1]])
