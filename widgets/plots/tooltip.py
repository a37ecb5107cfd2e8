"""The panel beside the pointer: what every curve is at the hovered place.

It is a child of the window rather than a window: it never takes the focus, cannot leave the
window, and moves without flicker on every platform.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from eventglass.app.core.compute.ticks import duration, step_text, value_text, wall_time
from eventglass.app.core.names import common_folder, natural_key, within
from eventglass.widgets.plots.readings import Reading

Sort: TypeAlias = Literal["nearest", "name", "ascending", "descending"]

#: Most rows, if nothing else is asked for.
MOST_ROWS = 12
#: Longest name of a run or tag, pixels; and of one that is not shortened, letters.
LONGEST_NAME = 260.0
LONGEST_LETTERS = 28
_PAD_X, _PAD_Y = 12.0, 9.0
_LINE = 18.0
_DOT = 16.0
_BETWEEN = 14.0
#: Wall times nearer to each other than this need no column of their own, seconds.
_SAME_TIME_S = 60.0
#: A panel that would cover more of the plot than this stands above or below it.
_MOST_COVERED = 0.4
#: Room between pointer, or plot, and panel; and between panel and the edges of the window.
_GAP, _EDGE = 16, 4


@dataclass(frozen=True, slots=True)
class TooltipColours:
    """What the panel is painted with."""

    background: QColor
    border: QColor
    text: QColor
    muted: QColor


@dataclass(frozen=True, slots=True)
class Table:
    """The texts of a panel; `lit` is the row of the nearest line, or -1."""

    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[QColor, tuple[str, ...]], ...]
    more: str
    lit: int = -1


def header_text(reading: Reading) -> str:
    """Return where a reading is: step, time since the start, moment."""
    parts = [f"step {step_text(reading.step)}"]
    if reading.relative_s == reading.relative_s:
        parts += [duration(reading.relative_s), wall_time(reading.wall_time_s)]
    return " · ".join(parts)


def sorted_readings(readings: Sequence[Reading], sort: Sort) -> list[Reading]:
    """Return readings, given nearest first, in the order wanted; NaN come last."""
    if sort == "name":
        return sorted(readings, key=lambda r: (natural_key(r.label), natural_key(r.tag)))
    if sort == "nearest":
        return list(readings)
    sign = -1.0 if sort == "descending" else 1.0
    return sorted(readings, key=lambda r: (math.isnan(r.front), sign * r.front))


def _with_band(reading: Reading) -> str:
    """Return the value in front, with its band as ± or, where that is uneven, as a range."""
    text = value_text(reading.front)
    low, high = reading.low, reading.high
    if reading.count == 1 or low is None or high is None or not math.isfinite(high - low):
        return text
    up, down = high - reading.front, reading.front - low
    if abs(up - down) <= 1e-6 * (abs(up) + abs(down)):
        return f"{text} ± {value_text(up)}"
    return f"{text} ({value_text(low)} to {value_text(high)})"


def _delta_cells(reading: Reading, base: Reading) -> tuple[str, str]:
    """Return the difference from the baseline, plain and in percent."""
    if reading is base:
        return "baseline", ""
    away = reading.front - base.front
    if math.isnan(away):
        return "", ""
    sign = "+" if away > 0.0 else ""
    if not base.front or not math.isfinite(away):
        return sign + value_text(away), ""
    share = 100.0 * away / abs(base.front)
    percent = f"{share:,.1f}" if abs(share) < 1e6 else f"{share:.2e}"
    return sign + value_text(away), f"{sign}{percent.replace('-', '−')} %"


def make_table(
    readings: Sequence[Reading], most_rows: int, sort: Sort = "nearest", *, brief: bool = False
) -> Table:
    """Return the panel's text for readings given nearest first.

    Columns that would say in every row what the title says are left out. The nearest line is
    always among the rows. A brief table has only the value in front of each line.
    """
    first = readings[0]
    ordered = sorted_readings(readings, sort)
    shown = ordered[:most_rows]
    if all(reading is not first for reading in shown):
        shown[-1] = first
    base = next((reading for reading in readings if reading.is_baseline), None)
    with_delta = base is not None and len(readings) > 1
    with_tag = len({reading.tag for reading in readings}) > 1
    with_smoothed = any(reading.smoothed is not None for reading in readings)
    with_count = any(reading.count is not None for reading in readings)
    with_value = not (brief and with_smoothed)
    with_step = not brief and any(reading.step != first.step for reading in shown)
    with_relative = not brief and any(
        duration(reading.relative_s) != duration(first.relative_s) for reading in shown
    )
    with_wall = not brief and any(
        abs(reading.wall_time_s - first.wall_time_s) >= _SAME_TIME_S for reading in shown
    )
    header = [first.label_is]
    header += ["tag"] if with_tag else []
    header += ["smoothed"] if with_smoothed else []
    header += ["value"] if with_value else []
    header += ["runs"] if with_count else []
    header += (["Δ"] if brief else ["Δ", "Δ %"]) if with_delta else []
    header += ["step"] if with_step else []
    header += ["relative"] if with_relative else []
    header += ["wall time"] if with_wall else []
    rows = []
    for reading in shown:
        cells = [reading.label]
        if with_tag:
            cells.append(reading.tag)
        if reading.axis == "right":
            # The same sign as on the axis' side.
            cells[-1] += " →"
        if with_smoothed:
            plain = reading.smoothed is None and with_value
            cells.append("" if plain else _with_band(reading))
        if with_value:
            plain = reading.smoothed is not None
            cells.append(value_text(reading.value) if plain else _with_band(reading))
        if with_count:
            cells.append("" if reading.count is None else f"{reading.count:,}")
        if with_delta and base is not None:
            cells += _delta_cells(reading, base)[: 1 if brief else 2]
        if with_step:
            cells.append(step_text(reading.step))
        if with_relative:
            known = math.isfinite(reading.relative_s)
            cells.append(duration(reading.relative_s) if known else "")
        if with_wall:
            cells.append(_short_time(reading.wall_time_s, first.wall_time_s))
        rows.append((reading.colour, tuple(cells)))
    left = len(readings) - len(shown)
    lit = shown.index(first) if sort != "nearest" and len(shown) > 1 else -1
    title = f"step {step_text(first.step)}" if brief else header_text(first)
    return Table(title, tuple(header), tuple(rows), f"{left:,} more" if left else "", lit)


def with_short_names(table: Table) -> Table:
    """Return a table without the folder all its runs are in, and all its tags, if any is long."""
    rows = [list(cells) for _colour, cells in table.rows]
    for column, title in enumerate(table.header):
        names = [cells[column] for cells in rows]
        if (column and title != "tag") or max(map(len, names), default=0) <= LONGEST_LETTERS:
            continue
        folder = common_folder(names)
        for cells in rows:
            cells[column] = within(cells[column], folder)
    colours = (colour for colour, _cells in table.rows)
    return replace(table, rows=tuple(zip(colours, map(tuple, rows), strict=True)))


def _short_time(seconds: float, title: float) -> str:
    """Return a moment without its date when that is the one in the title, else without seconds."""
    text, in_title = wall_time(seconds), wall_time(title)
    if text[:10] == in_title[:10]:
        return text[11:] or text
    return text[:16] if len(text) == len(in_title) else text


def place_of(size: QSize, pointer: QPoint, plot: QRect, window: QSize) -> QPoint:
    """Return where the panel stands: beside the pointer, or out of the plot's way when large.

    Parameters
    ----------
    size : of the panel
    pointer : where it points at, in the window
    plot : the chart's plot, in the window
    window : size of the window
    """
    right, bottom = window.width() - _EDGE, window.height() - _EDGE
    covered = min(size.width(), plot.width()) * min(size.height(), plot.height())
    x, y = pointer.x() + _GAP, pointer.y() - size.height() // 2
    if x + size.width() > right:
        x = pointer.x() - _GAP - size.width()
    if covered > _MOST_COVERED * plot.width() * plot.height():
        # Below come the labels of the axis, which still say where the pointer is.
        below, above = plot.bottom() + 2 * _GAP, plot.top() - _GAP - size.height()
        if below + size.height() <= bottom or above >= _EDGE:
            x = pointer.x() - size.width() // 2
            y = below if below + size.height() <= bottom else above
    return QPoint(
        min(max(x, _EDGE), max(_EDGE, right - size.width())),
        min(max(y, _EDGE), max(_EDGE, bottom - size.height())),
    )


class Tooltip(QWidget):
    """Shows readings beside the pointer, inside the window of the chart."""

    def __init__(self, chart: QWidget) -> None:
        super().__init__(chart.window())
        self._chart = chart
        self._table: Table | None = None
        self._widths: list[float] = []
        self._sort: Sort = "nearest"
        self._most_rows = MOST_ROWS
        self._colours = TooltipColours(
            QColor("#ffffff"), QColor("#e1e5eb"), QColor("#1c2430"), QColor("#667084")
        )
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAttribute(Qt.WidgetAttribute.WA_NoSystemBackground)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.hide()

    def set_colours(self, colours: TooltipColours) -> None:
        """Paint with other colours from now on."""
        self._colours = colours
        self.update()

    @property
    def rows(self) -> tuple[tuple[str, ...], ...]:
        """Return the texts shown, row by row, the header first."""
        if self._table is None or not self.isVisible():
            return ()
        return (self._table.header, *(cells for _colour, cells in self._table.rows))

    @property
    def title(self) -> str:
        """Return the line on top."""
        return "" if self._table is None else self._table.title

    def set_options(self, sort: Sort, rows: int) -> None:
        """Choose the order of the rows, and how many there are at most."""
        self._sort, self._most_rows = sort, max(1, rows)

    def show_at(self, readings: Sequence[Reading], pointer: QPoint, plot: QRect) -> None:
        """Show readings, nearest first, for the `pointer` (it and `plot` as the chart has them)."""
        window = self._chart.window()
        if self.parentWidget() is not window:
            self.setParent(window)
        if not readings:
            self.hide()
            return
        room = int((window.height() - 2 * _EDGE - 2 * _PAD_Y) / _LINE) - 3
        table = make_table(readings, max(1, min(self._most_rows, room)), self._sort)
        table = with_short_names(table)
        if table != self._table:
            self._table = table
            self.resize(self._measure(table))
            self.update()
        corner = self._chart.mapTo(window, QPoint(0, 0))
        plot = plot.translated(corner)
        self.move(place_of(self.size(), pointer + corner, plot, window.size()))
        if not self.isVisible():
            self.show()
            self.raise_()

    def _font(self, bold: bool = False) -> QFont:
        font = QFont(self._chart.font())
        font.setPixelSize(12)
        font.setWeight(QFont.Weight.Medium if bold else QFont.Weight.Normal)
        font.setFeature(QFont.Tag("tnum"), 1)
        return font

    def _measure(self, table: Table) -> QSize:
        metrics = QFontMetricsF(self._font())
        self._widths = []
        for column, name in enumerate(table.header):
            cells = [name, *(row[column] for _colour, row in table.rows)]
            width = max(metrics.horizontalAdvance(cell) for cell in cells)
            if column == 0:
                width = min(width + _DOT, LONGEST_NAME)
            elif name == "tag":
                width = min(width, LONGEST_NAME)
            self._widths.append(width)
        width = sum(self._widths) + _BETWEEN * (len(self._widths) - 1)
        width = max(width, metrics.horizontalAdvance(table.title))
        lines = 2 + len(table.rows) + bool(table.more)
        return QSize(round(width + 2 * _PAD_X) + 1, round(lines * _LINE + 2 * _PAD_Y))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the panel."""
        table = self._table
        if table is None:
            return
        colours = self._colours
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(colours.border, 1.0))
            painter.setBrush(colours.background)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 6.0, 6.0)
            painter.setFont(self._font())
            metrics = QFontMetricsF(self._font())
            y = _PAD_Y
            painter.setPen(colours.muted)
            self._text(painter, _PAD_X, y, self.width() - 2 * _PAD_X, table.title, left=True)
            y += _LINE
            lines = [(None, table.header), *table.rows]
            for row, (colour, cells) in enumerate(lines, -1):
                x = _PAD_X
                if row == table.lit and row >= 0:
                    lit = QColor(colours.muted)
                    lit.setAlphaF(0.14)
                    painter.fillRect(QRectF(1.0, y, self.width() - 2.0, _LINE), lit)
                for column, cell in enumerate(cells):
                    width = self._widths[column]
                    painter.setPen(colours.muted if colour is None else colours.text)
                    if column == 0 and colour is not None:
                        painter.save()
                        painter.setPen(Qt.PenStyle.NoPen)
                        painter.setBrush(colour)
                        painter.drawEllipse(QPointF(x + 4.5, y + _LINE / 2), 4.5, 4.5)
                        painter.restore()
                        name = metrics.elidedText(cell, Qt.TextElideMode.ElideMiddle, width - _DOT)
                        self._text(painter, x + _DOT, y, width - _DOT, name, left=True)
                    elif table.header[column] == "tag":
                        name = metrics.elidedText(cell, Qt.TextElideMode.ElideMiddle, width)
                        self._text(painter, x, y, width, name, left=True)
                    else:
                        self._text(painter, x, y, width, cell, left=column == 0)
                    x += width + _BETWEEN
                y += _LINE
            if table.more:
                painter.setPen(colours.muted)
                self._text(painter, _PAD_X, y, self.width() - 2 * _PAD_X, table.more, left=True)

    @staticmethod
    def _text(painter: QPainter, x: float, y: float, width: float, text: str, left: bool) -> None:
        side = Qt.AlignmentFlag.AlignLeft if left else Qt.AlignmentFlag.AlignRight
        painter.drawText(
            QRectF(x, y, width + 1.0, _LINE), side | Qt.AlignmentFlag.AlignVCenter, text
        )
