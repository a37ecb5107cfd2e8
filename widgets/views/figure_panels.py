"""Charts as panels of a figure: what they show, in colours for its background."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

from PySide6.QtGui import QColor

from eventglass.app.core.compute.colours import run_colour
from eventglass.app.models.theme import DARK, LIGHT
from eventglass.widgets.plots.chart import Chart
from eventglass.widgets.plots.figure import FigurePanel

if TYPE_CHECKING:
    from eventglass.app.models.cards import Card
    from eventglass.widgets.plots.curve_layer import CurveData
    from eventglass.widgets.view import ViewContext

#: Charts a figure holds at most: more are no figure.
MOST_PANELS = 100
#: Colours by number that a line's colour is looked for in.
_KNOWN_COLOURS = 4096

_X_TITLES = {
    "step": "Step",
    "relative": "Time since the first point",
    "run_relative": "Time since the start of the run",
    "wall": "Wall time",
}


def figure_panels(
    context: ViewContext, cards: Sequence[Card], charts: Sequence[Chart] | None
) -> tuple[FigurePanel, ...]:
    """Return a panel per card, in the colours of the window.

    Parameters
    ----------
    charts
        Those that show the cards now, in the same order: their ranges are kept. Without them
        cards are shown whole.
    """
    made = []
    for number, card in enumerate(cards[:MOST_PANELS]):
        chart = charts[number] if charts is not None and number < len(charts) else None
        if chart is not None:
            made.append(_panel(context, card, chart))
            continue
        chart = Chart()
        try:
            _set_up(context, card, chart)
            made.append(_panel(context, card, chart))
        finally:
            chart.deleteLater()
    return tuple(made)


def on_ground(
    context: ViewContext, panels: Sequence[FigurePanel], dark: bool
) -> tuple[FigurePanel, ...]:
    """Return the panels in colours for a light or dark background; chosen colours stay."""
    if dark == context.theme.dark:
        return tuple(panels)
    return tuple(
        replace(
            panel,
            curves=tuple(_recoloured(context, curve, dark) for curve in panel.curves),
            notes=tuple(
                replace(note, colour=_token_colour(note.colour, dark)) for note in panel.notes
            ),
        )
        for panel in panels
    )


def _set_up(context: ViewContext, card: Card, chart: Chart) -> None:
    """Make a chart that nobody sees show a card as the view would."""
    state = context.workspace.state
    options = state.options_of(card.key)
    chart.resize(640, 400)
    chart.set_x_kind(state.x_axis)
    chart.set_x_scale(options.x_scale or state.x_scale)
    chart.set_y_scale(options.y_scale or state.y_scale)
    chart.set_ignore_outliers(state.ignore_outliers)
    of_this_axis = options.x_range_of in ("", state.x_axis)
    chart.set_fixed(options.x_range if of_this_axis else None, options.y_range, options.right_range)
    chart.set_curves(context.lines.curves(card))


def _panel(context: ViewContext, card: Card, chart: Chart) -> FigurePanel:
    state = context.workspace.state
    kind = chart.x_kind()
    layout = chart.layout_now()
    curves = chart.curves()
    selected = state.selection
    left, right = (
        list(dict.fromkeys(curve.tag for curve in curves if curve.axis == side))
        for side in ("left", "right")
    )
    return FigurePanel(
        card.title,
        curves,
        chart.view(),
        kind,
        layout.scales,
        x_title=state.x_tag if kind == "tag" else _X_TITLES[kind],
        # The title tells what a single axis shows.
        y_title=", ".join(left) if right else "",
        right_title=", ".join(right),
        notes=chart.annotations(),
        selection=(selected.low, selected.high)
        if selected is not None and selected.axis == kind
        else None,
    )


def _recoloured(context: ViewContext, curve: CurveData, dark: bool) -> CurveData:
    workspace = context.workspace
    if curve.run_id >= 0:
        key = context.store.runs[curve.run_id].key
        if key in workspace.state.run_colours or key not in workspace.colour_numbers:
            return curve
        number: int | None = workspace.colour_numbers[key]
    else:
        number = _numbers(context.theme.dark).get(curve.colour.name())
    if number is None or curve.colour.name() != run_colour(number, context.theme.dark):
        return curve
    return replace(curve, colour=QColor(run_colour(number, dark)))


@lru_cache(maxsize=2)
def _numbers(dark: bool) -> dict[str, int]:
    """Return the number of each colour of runs."""
    return {run_colour(number, dark): number for number in range(_KNOWN_COLOURS - 1, -1, -1)}


def _token_colour(colour: QColor, dark: bool) -> QColor:
    """Return the other scheme's colour of the same name, or the colour itself."""
    ours, theirs = (DARK, LIGHT) if dark else (LIGHT, DARK)
    for name in ("accent", "text", "text_muted", "warning", "danger", "positive"):
        if QColor(getattr(theirs, name)).rgb() == colour.rgb():
            made = QColor(getattr(ours, name))
            made.setAlpha(colour.alpha())
            return made
    return colour
