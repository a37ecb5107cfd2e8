"""The axes of a figure's panel: where the plot is, its ticks and labels."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from eventglass.app.core.compute import ticks
from eventglass.app.core.compute.ticks import Tick
from eventglass.widgets.plots.axis import x_ticks
from eventglass.widgets.plots.figure_lines import Ruler
from eventglass.widgets.plots.figure_picture import Box, Measure, ascent

if TYPE_CHECKING:
    from eventglass.widgets.plots.figure import FigurePanel, FigureStyle

#: A plot below this size, in sizes of the font, shows no lines.
_LEAST = 1.0


@dataclass(frozen=True, slots=True)
class Margins:
    """Room around the plot inside the panel's box, and the ticks of the vertical axes."""

    left: float
    top: float
    right: float
    bottom: float
    y_ticks: tuple[Tick, ...]
    right_ticks: tuple[Tick, ...]


@dataclass(frozen=True, slots=True)
class PanelAxes:
    """Where everything of a panel is.

    Attributes
    ----------
    box, plot : Box
    x, y, right : Ruler
    x_labels : text and the place where it begins
    y_labels, right_labels : text and its baseline
    """

    box: Box
    plot: Box
    x: Ruler
    y: Ruler
    right: Ruler | None
    x_places: tuple[float, ...]
    y_places: tuple[float, ...]
    right_places: tuple[float, ...]
    x_labels: tuple[tuple[str, float], ...]
    y_labels: tuple[tuple[str, float], ...]
    right_labels: tuple[tuple[str, float], ...]
    x_baseline: float
    is_drawable: bool


def margins(
    panel: FigurePanel, box: Box, base: float, measure: Measure, style: FigureStyle
) -> Margins:
    """Return the room a panel needs around its plot."""
    _x, _y, width, height = box
    top = 1.75 * base if style.panel_titles and panel.title else 0.5 * base
    bottom = 1.7 * base
    if style.axis_titles and panel.x_title:
        bottom += 1.35 * base
    bottom = min(bottom, 0.6 * height)
    plot_height = max(height - top - bottom, 1.0)
    view, scales = panel.view, panel.scales
    count = _count(plot_height, 2.6 * base)
    y_ticks = tuple(ticks.scaled_ticks(view.y0, view.y1, count, scales.y))
    left = _widest(y_ticks, base, measure) + 0.5 * base
    if style.axis_titles and panel.y_title:
        left += 1.45 * base
    right_ticks: tuple[Tick, ...] = ()
    right = 0.4 * base
    if view.y20 is not None and view.y21 is not None:
        right_ticks = tuple(ticks.scaled_ticks(view.y20, view.y21, count, scales.right))
        right = _widest(right_ticks, base, measure) + 0.5 * base
        if style.axis_titles and panel.right_title:
            right += 1.45 * base
    # Labels may take most of a small figure, never all.
    share = max(left + right, 1e-9) / max(0.85 * width, 1e-9)
    if share > 1.0:
        left, right = left / share, right / share
    return Margins(left, top, right, bottom, y_ticks, right_ticks)


def lay_out(
    panel: FigurePanel, box: Box, margin: Margins, base: float, measure: Measure, cells: float
) -> PanelAxes:
    """Return where everything of a panel is; no label is cut off or touches another.

    `cells` of a unit are told apart along x; see `figure_lines`.
    """
    left, top, width, height = box
    plot = (
        left + margin.left,
        top + margin.top,
        max(width - margin.left - margin.right, 1.0),
        max(height - margin.top - margin.bottom, 1.0),
    )
    x, y, wide, high = plot
    view, scales = panel.view, panel.scales
    x_ruler = Ruler(view.x0, view.x1, x, x + wide, scales.x, cells)
    y_ruler = Ruler(view.y0, view.y1, y + high, y, scales.y)
    right_ruler = None
    if view.y20 is not None and view.y21 is not None:
        right_ruler = Ruler(view.y20, view.y21, y + high, y, scales.right)
    count = _count(wide, 4.6 * base)
    found = x_ticks(view, panel.x_kind, scales.x, count)
    while count > 2 and found:
        room = max(measure.width(tick.label, base) for tick in found) + 0.9 * base
        if room * max(len(found) - 1, 1) <= wide:
            break
        count -= 1
        found = x_ticks(view, panel.x_kind, scales.x, count)
    x_places, x_labels = [], []
    taken = -math.inf
    for tick in found:
        place = x_ruler.place(tick.value)
        if not x - 0.5 <= place <= x + wide + 0.5:
            continue
        x_places.append(place)
        advance = measure.width(tick.label, base)
        start = min(max(place - advance / 2, left), left + width - advance)
        if tick.label and start >= taken and advance <= width:
            taken = start + advance + 0.5 * base
            x_labels.append((tick.label, start))
    y_places, y_labels = _upright(margin.y_ticks, y_ruler, base)
    right_places: tuple[float, ...] = ()
    right_labels: tuple[tuple[str, float], ...] = ()
    if right_ruler is not None:
        right_places, right_labels = _upright(margin.right_ticks, right_ruler, base)
    return PanelAxes(
        box,
        plot,
        x_ruler,
        y_ruler,
        right_ruler,
        tuple(x_places),
        y_places,
        right_places,
        tuple(x_labels),
        y_labels,
        right_labels,
        y + high + 0.55 * base + ascent(base),
        wide > _LEAST * base and high > _LEAST * base and _is_sound(panel),
    )


def _upright(
    marks: Sequence[Tick], ruler: Ruler, base: float
) -> tuple[tuple[float, ...], tuple[tuple[str, float], ...]]:
    """Return the places of a vertical axis' ticks, and its labels with their baselines."""
    places, labels = [], []
    for tick in marks:
        place = ruler.place(tick.value)
        if ruler.end - 0.5 <= place <= ruler.start + 0.5:
            places.append(place)
            if tick.label:
                labels.append((tick.label, place + ascent(base) / 2))
    return tuple(places), tuple(labels)


def _is_sound(panel: FigurePanel) -> bool:
    view = panel.view
    edges = [view.x0, view.x1, view.y0, view.y1]
    return all(map(math.isfinite, edges)) and view.x0 < view.x1 and view.y0 < view.y1


def _count(room: float, least: float) -> int:
    """Return how many ticks suit an axis: `least` apart, further on a long one."""
    return max(2, int(min(room / least, 4.0 + room / (3.5 * least))))


def _widest(marks: Sequence[Tick], base: float, measure: Measure) -> float:
    return max((measure.width(tick.label, base) for tick in marks), default=0.0)
