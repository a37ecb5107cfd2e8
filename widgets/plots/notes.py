"""Vertical annotations of a chart: notes of the user and events, as flags on thin lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen

from eventglass.widgets.plots.axis import Layout
from eventglass.widgets.plots.overlay import ChartColours

#: Longest flag, and most flags above each other; what finds no room is counted.
_LONGEST, _MOST_ROWS = 120.0, 3
_LINE = 16.0
_PAD = 5.0
#: Narrowest flag with text in it.
_LEAST = 26.0
#: Letters of a note that a flag could show, and notes that are told of when hovering.
_MOST_LETTERS, _MOST_TOLD = 200, 30


@dataclass(frozen=True, slots=True)
class ChartNote:
    """One vertical line with a flag.

    Attributes
    ----------
    x : float
        On the chart's axis: steps or seconds, as its kind of x has it.
    text : str
    colour : QColor
    is_event : bool
        Told by the log, not by the user: drawn quieter.
    """

    x: float
    text: str
    colour: QColor
    is_event: bool = False


@dataclass(frozen=True, slots=True)
class Flag:
    """A flag as it is painted; several notes where there was no room for each."""

    box: QRectF
    text: str
    notes: tuple[int, ...]


def lay_flags(notes: Sequence[ChartNote], layout: Layout, font: QFont) -> list[Flag]:
    """Return the flags of the notes in sight: beside each other, else in rows, else counted."""
    plot = layout.plot
    metrics = QFontMetricsF(font)
    places = ((layout.x_of(note.x), index) for index, note in enumerate(notes))
    inside = sorted(
        (x, index) for x, index in places if plot.left() - 0.5 <= x <= plot.right() + 0.5
    )
    rows = max(1, min(_MOST_ROWS, int(plot.height() / 60.0)))
    ends = [-1e9] * rows
    boxes: list[QRectF] = []
    texts: list[str] = []
    members: list[list[int]] = []
    last_in_row: list[int] = [-1] * rows
    for x, index in inside:
        row = next((r for r in range(rows) if ends[r] <= x), None)
        if row is None:
            # No room: the flag that is nearest stands for this one as well.
            nearest = max(range(rows), key=lambda r: boxes[last_in_row[r]].x())
            members[last_in_row[nearest]].append(index)
            continue
        # More than anyone can see of a text is not measured.
        text = " ".join(notes[index].text[:_MOST_LETTERS].split())
        wanted = min(metrics.horizontalAdvance(text) + 2 * _PAD, _LONGEST)
        room = plot.right() - x
        # At the right edge the flag hangs to the left of its line.
        left = x if wanted <= room or room > plot.width() / 2 else max(x - wanted, plot.left())
        box = QRectF(left, plot.top() + row * (_LINE + 2.0), wanted, _LINE)
        ends[row] = box.right() + 2.0
        last_in_row[row] = len(boxes)
        boxes.append(box)
        texts.append(text)
        members.append([index])
    made = []
    for box, text, found in zip(boxes, texts, members, strict=True):
        if len(found) > 1:
            text = f"{len(found)}"
            wide = max(metrics.horizontalAdvance(text) + 2 * _PAD, _LEAST - 8.0)
            box = QRectF(box.x(), box.y(), wide, _LINE)
        made.append(Flag(box, text, tuple(found)))
    return made


def paint_notes(
    painter: QPainter,
    layout: Layout,
    notes: Sequence[ChartNote],
    flags: Sequence[Flag],
    colours: ChartColours,
    font: QFont,
) -> None:
    """Paint lines, then flags over them."""
    plot = layout.plot
    drawn: set[tuple[int, int, bool]] = set()
    for note in notes:
        x = layout.x_of(note.x)
        if not plot.left() - 0.5 <= x <= plot.right() + 0.5:
            continue
        # Many in one place look like one.
        place = (round(2.0 * x), note.colour.rgba(), note.is_event)
        if place in drawn:
            continue
        drawn.add(place)
        colour = QColor(note.colour)
        colour.setAlphaF(0.45 if note.is_event else 0.8)
        pen = QPen(colour, 1.0)
        if note.is_event:
            pen.setDashPattern([1.5, 2.5])
        painter.setPen(pen)
        painter.drawLine(QPointF(x, plot.top()), QPointF(x, plot.bottom()))
    metrics = QFontMetricsF(font)
    painter.setFont(font)
    for flag in flags:
        note = notes[flag.notes[0]]
        quiet = note.is_event and all(notes[index].is_event for index in flag.notes)
        painter.setPen(QPen(note.colour, 1.0))
        ground = QColor(colours.surface if quiet else note.colour)
        painter.setBrush(ground)
        painter.drawRoundedRect(flag.box.adjusted(0.5, 0.5, -0.5, -0.5), 3.0, 3.0)
        text = metrics.elidedText(
            flag.text, Qt.TextElideMode.ElideRight, flag.box.width() - 2 * _PAD + 1.0
        )
        painter.setPen(note.colour if quiet else _readable_on(ground))
        painter.drawText(flag.box, Qt.AlignmentFlag.AlignCenter, text)


def _readable_on(ground: QColor) -> QColor:
    """Return black or white, whichever is told better from the ground."""
    light = 0.299 * ground.redF() + 0.587 * ground.greenF() + 0.114 * ground.blueF()
    return QColor("#ffffff") if light < 0.6 else QColor("#101418")


def flag_at(flags: Sequence[Flag], place: QPointF) -> Flag | None:
    """Return the flag under the pointer, the one on top."""
    return next((flag for flag in reversed(flags) if flag.box.contains(place)), None)


def flag_text(flag: Flag, notes: Sequence[ChartNote]) -> str:
    """Return the whole text of a flag's notes, for hovering."""
    shown = [notes[index].text for index in flag.notes[:_MOST_TOLD]]
    if len(flag.notes) > _MOST_TOLD:
        shown.append(f"… and {len(flag.notes) - _MOST_TOLD:,} more")
    return "\n".join(shown)
