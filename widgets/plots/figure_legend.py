"""The legend of a figure: below, beside or inside the panels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtGui import QColor

from eventglass.app.models.theme import Tokens
from eventglass.widgets.plots.figure_lines import Places
from eventglass.widgets.plots.figure_picture import (
    Box,
    Item,
    Label,
    Measure,
    Rectangle,
    Stroke,
    ascent,
)

#: Entries a legend has at most; what is left is counted.
MOST_ENTRIES = 40


@dataclass(frozen=True, slots=True)
class LegendEntry:
    """One line of the legend; `dashes` are in widths of the line."""

    text: str
    colour: QColor
    width: float
    dashes: tuple[float, ...] = ()


class Legend:
    """Lays entries out; lengths follow from the size of the font."""

    def __init__(
        self, entries: Sequence[LegendEntry], base: float, measure: Measure, tokens: Tokens
    ) -> None:
        self.entries = tuple(entries)
        self._size = 0.95 * base
        self._row = 1.45 * self._size
        self._swatch = 1.9 * self._size
        self._gap = 0.5 * self._size
        self._measure = measure
        self._tokens = tokens

    def below(
        self, left: float, right: float, bottom: float, most_height: float
    ) -> tuple[list[Item], float]:
        """Return the legend in columns at the bottom, and the height it takes with room above."""
        room = right - left
        apart = 1.2 * self._size
        width = min(self._widest(self.entries[:MOST_ENTRIES]), room)
        columns = max(1, min(int((room + apart) / (width + apart)), len(self.entries)))
        rows = max(1, int(most_height / self._row))
        shown, more = self._shown(rows * columns)
        count = len(shown) + bool(more)
        rows = -(-count // columns)
        # Rows as even as can be: 5 entries in 4 columns are 3 and 2.
        columns = -(-count // rows)
        top = bottom - rows * self._row
        items: list[Item] = []
        for number in range(count):
            # Read down the columns, as names that belong together follow each other.
            x = left + (number // rows) * (width + apart)
            y = top + (number % rows + 0.5) * self._row
            items += self._entry(shown, more, number, x, y, width)
        return items, rows * self._row + 0.6 * self._size

    def beside(
        self, right: float, top: float, bottom: float, most_width: float
    ) -> tuple[list[Item], float]:
        """Return the legend as a column at the right, and the width it takes with room."""
        shown, more = self._shown(max(1, int((bottom - top) / self._row)))
        width = min(self._widest(shown), max(most_width, self._swatch + self._gap))
        items: list[Item] = []
        for number in range(len(shown) + bool(more)):
            y = top + (number + 0.5) * self._row
            items += self._entry(shown, more, number, right - width, y, width)
        return items, width + 1.2 * self._size

    def inside(self, plot: Box, lines: Sequence[Places]) -> list[Item]:
        """Return the legend in the corner of a plot where it hides least of the lines."""
        x, y, width, height = plot
        pad = 0.5 * self._size
        shown, more = self._shown(max(1, int((0.6 * height - 2 * pad) / self._row)))
        wide = min(self._widest(shown), max(0.5 * width - 2 * pad, self._swatch))
        box_width = wide + 2 * pad
        box_height = (len(shown) + bool(more)) * self._row + 2 * pad * 0.6
        corners = [
            (left, top, box_width, box_height)
            for top in (y + pad, y + height - box_height - pad)
            for left in (x + width - box_width - pad, x + pad)
        ]
        box = min(corners, key=lambda corner: _hidden(corner, lines))
        ground = QColor(self._tokens.surface)
        ground.setAlphaF(0.86)
        items: list[Item] = [
            Rectangle(box, ground, QColor(self._tokens.border), 0.75, 0.3 * self._size)
        ]
        for number in range(len(shown) + bool(more)):
            middle = box[1] + pad * 0.6 + (number + 0.5) * self._row
            items += self._entry(shown, more, number, box[0] + pad, middle, wide)
        return items

    def _shown(self, places: int) -> tuple[tuple[LegendEntry, ...], int]:
        """Return the entries there is a place for, and how many are left over."""
        places = min(places, MOST_ENTRIES)
        if len(self.entries) <= places:
            return self.entries, 0
        shown = self.entries[: max(places - 1, 0)]
        return shown, len(self.entries) - len(shown)

    def _widest(self, entries: Sequence[LegendEntry]) -> float:
        widest = max((self._measure.width(each.text, self._size) for each in entries), default=0.0)
        more = self._measure.width("and 0,000 more", self._size) if len(self.entries) > 1 else 0.0
        room = more if len(entries) < len(self.entries) else 0.0
        return self._swatch + self._gap + max(widest, room) + 1.0

    def _entry(
        self,
        shown: Sequence[LegendEntry],
        more: int,
        number: int,
        x: float,
        middle: float,
        width: float,
    ) -> list[Item]:
        start = x + self._swatch + self._gap
        baseline = middle + ascent(self._size) / 2
        if number >= len(shown):
            muted = QColor(self._tokens.text_muted)
            text = f"and {more:,} more" if shown else f"{more:,} lines"
            text = self._measure.elided(text, self._size, x + width - start)
            return [Label(start, baseline, text, self._size, muted)]
        entry = shown[number]
        text = self._measure.elided(entry.text, self._size, x + width - start)
        line = np.array([[x, middle], [x + self._swatch, middle]])
        pen = min(max(entry.width, 1.2), 0.45 * self._size)
        dashes = _fitted(tuple(part * pen for part in entry.dashes), self._swatch)
        colour = QColor(self._tokens.text)
        return [
            Stroke((line,), entry.colour, pen, dashes, round=False),
            Label(start, baseline, text, self._size, colour),
        ]


def _fitted(dashes: tuple[float, ...], length: float) -> tuple[float, ...]:
    """Return dashes scaled so that a line of that length begins and ends with a whole one."""
    if not dashes:
        return ()
    period = sum(dashes)
    count = max(2, round((length + dashes[-1]) / period))
    scale = length / (count * period - dashes[-1])
    return tuple(part * scale for part in dashes)


def _hidden(box: Box, lines: Sequence[Places]) -> float:
    """Return how much of the lines lies in a box."""
    x, y, width, height = box
    across = np.linspace(x, x + width, 48)
    total = 0.0
    for line in lines:
        if len(line) < 2 or bool((np.diff(line[:, 0]) < 0).any()):
            places, heights = line[:, 0], line[:, 1]
        else:
            inside = across[(across >= line[0, 0]) & (across <= line[-1, 0])]
            places, heights = inside, np.interp(inside, line[:, 0], line[:, 1])
        hit = (heights >= y) & (heights <= y + height) & (places >= x) & (places <= x + width)
        total += float(hit.sum()) / max(len(hit), 48)
    return total
