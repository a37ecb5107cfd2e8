"""What of the window is written as data: series as logged, and lines that are only drawn."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import numpy.typing as npt

from eventglass.app.core.compute.expressions import ExpressionError, parse
from eventglass.app.core.export import Points, Selected, Smoothing, Span, in_order, run_names
from eventglass.app.core.names import Kind
from eventglass.app.models.workspace import matcher

if TYPE_CHECKING:
    from eventglass.app.core.store import LogStore, Series
    from eventglass.app.models.cards import Card
    from eventglass.widgets.plots.curve_layer import CurveData
    from eventglass.widgets.view import ViewContext


#: Makes the selection, on any thread.
Gather: TypeAlias = Callable[[], list[Selected]]


def of_cards(context: ViewContext, cards: Sequence[Card]) -> Gather:
    """Return what cards show: their series, and groups and derived series as lines."""
    store, workspace = context.store, context.workspace
    names = run_names(store, store.open_runs())
    visible = frozenset(workspace.visible_run_ids())
    shifts = _shifts(context)
    plain: list[str] = []
    drawn = []
    for card in cards:
        if _is_plain(context, card):
            plain.append(card.lines[0].tag)
        else:
            drawn.append((card, context.lines.whole(card)))

    def gather() -> list[Selected]:
        whole: dict[tuple[str, str], Selected] = {}
        for card, info, curve in ((card, *line) for card, make in drawn for line in make()):
            series = None
            if curve.run_id >= 0:
                series = store.find(curve.run_id, info.tag, Kind.SCALAR)
            if series is not None:
                run = names.get(curve.run_id, store.runs[curve.run_id].name)
                edges = [(m.lower, m.upper) for m in card.margins if m.value == info.tag]
                for tag in (info.tag, *(each for pair in edges for each in pair)):
                    series = store.find(curve.run_id, tag, Kind.SCALAR)
                    if series is not None:
                        shift = shifts.get(curve.run_id, 0.0)
                        whole.setdefault((run, tag), Selected(run, tag, series, shift=shift))
                continue
            run = info.group or names.get(info.run_id, curve.label)
            for tag, points in _lines(info.tag, curve):
                shift = shifts.get(info.run_id, 0.0)
                whole.setdefault((run, tag), Selected(run, tag, points=points, shift=shift))
        for tag in plain:
            for series in store.series_of_tag(tag, Kind.SCALAR):
                if series.run_id in visible:
                    run = names.get(series.run_id, store.runs[series.run_id].name)
                    shift = shifts.get(series.run_id, 0.0)
                    whole.setdefault((run, tag), Selected(run, tag, series, shift=shift))
        return in_order(whole.values())

    return gather


def of_visible(context: ViewContext) -> Gather:
    """Return the scalars of the runs that are drawn, as far as the filter of tags lets them by."""
    store = context.store
    matches = matcher(context.workspace.state.tag_filter)
    visible = context.workspace.visible_run_ids()
    shifts = _shifts(context)

    def gather() -> list[Selected]:
        return _of_series(
            store,
            (
                series
                for run_id in visible
                for series in store.series_of_run(run_id)
                if matches is None or matches(series.tag)
            ),
            shifts,
        )

    return gather


def of_everything(context: ViewContext) -> Gather:
    """Return all scalars of everything that is open."""
    store = context.store
    shifts = _shifts(context)

    def gather() -> list[Selected]:
        every = (one for run in store.open_runs() for one in store.series_of_run(run.id))
        return _of_series(store, every, shifts)

    return gather


def smoothing_of(context: ViewContext) -> Smoothing | None:
    """Return how the window smooths; None when it doesn't."""
    state = context.workspace.state
    if state.smoothing <= 0.0:
        return None
    by_time = state.smoothing_method == "ema_time" and state.x_axis not in ("step", "tag")
    return Smoothing(state.smoothing, state.smoothing_method, "time" if by_time else "step")


def span_of(context: ViewContext) -> Span | None:
    """Return the selected range, where points can be told to lie in it."""
    selected = context.workspace.state.selection
    if selected is None:
        return None
    for axis in ("step", "wall", "relative"):
        if selected.axis == axis:
            return Span(axis, selected.low, selected.high)
    return None


def snippet_series(
    context: ViewContext, selection: Iterable[Selected]
) -> tuple[list[str], list[tuple[str, str, str]]]:
    """Return the roots that are open, and run, tag and root of every logged series."""
    store = context.store
    series = []
    for each in selection:
        if each.series is not None:
            run = store.runs[each.series.run_id]
            series.append((run.name, each.tag, store.roots[run.root_id].path))
    return [root.path for root in store.roots if not root.closed], series


def snippet_of_cards(
    context: ViewContext, cards: Sequence[Card]
) -> tuple[list[str], list[tuple[str, str, str]]]:
    """Return the same for what cards show.

    For a group of runs it is the series of its members, for a derived series what it is made of.
    """
    store = context.store
    formulas = {each.name: each.expression for each in context.workspace.state.derived}
    found: dict[int, Selected] = {}
    plain = {card.key: card for card in cards if _is_plain(context, card)}
    for each in of_cards(context, tuple(plain.values()))():
        if each.series is not None:
            found[each.series.id] = each
    for card in cards:
        if card.key in plain:
            continue
        for info in context.lines.infos(card):
            for run_id in info.run_ids or (info.run_id,):
                for tag in _logged_tags(info.tag, formulas):
                    series = store.find(run_id, tag, Kind.SCALAR) if run_id >= 0 else None
                    if series is not None:
                        found[series.id] = Selected(store.runs[run_id].name, tag, series)
    return snippet_series(context, in_order(found.values()))


def _logged_tags(tag: str, formulas: Mapping[str, str]) -> tuple[str, ...]:
    """Return the tag itself, or those that a formula of that name needs."""
    found: dict[str, None] = {}
    seen = {tag}
    waiting = [tag]
    while waiting:
        name = waiting.pop()
        if name not in formulas:
            found[name] = None
            continue
        try:
            needed = [each for each in parse(formulas[name]).tags if each not in seen]
        except ExpressionError:
            continue
        seen.update(needed)
        waiting += reversed(needed)
    return tuple(found)


def _is_plain(context: ViewContext, card: Card) -> bool:
    """Whether a card shows a tag as it was logged, a line per run."""
    state = context.workspace.state
    if card.is_composed or card.margins or len(card.lines) != 1 or card.lines[0].is_pattern:
        return False
    return state.grouping.by == "none" and all(
        each.name != card.lines[0].tag for each in state.derived
    )


def _of_series(
    store: LogStore, series: Iterable[Series], shifts: Mapping[int, float]
) -> list[Selected]:
    names = run_names(store, store.open_runs())
    return in_order(
        Selected(
            names.get(each.run_id, store.runs[each.run_id].name),
            each.tag,
            each,
            shift=shifts.get(each.run_id, 0.0),
        )
        for each in series
        if each.kind is Kind.SCALAR
    )


def _shifts(context: ViewContext) -> dict[int, float]:
    """Return how far runs are moved along the axis of the selected range, those that are."""
    state = context.workspace.state
    if state.selection is None or not state.run_styles:
        return {}
    on_steps = state.selection.axis == "step"
    found = ((run.id, state.run_styles.get(run.key)) for run in context.store.open_runs())
    return {
        run_id: float(style.step_offset) if on_steps else style.time_offset_s
        for run_id, style in found
        if style is not None
    }


def _lines(tag: str, curve: CurveData) -> Iterable[tuple[str, Points]]:
    """Yield a drawn line and, where it has a band, the band's edges."""
    shown = np.zeros(len(curve.values), np.bool_)
    for start, stop in curve.pieces.tolist():
        shown[start:stop] = True

    def points(values: npt.NDArray[np.float64], smoothed: npt.NDArray[np.float64] | None) -> Points:
        whole = values
        if smoothed is not None:
            whole = values.copy()
            whole[: len(smoothed)] = smoothed
        made = Points(curve.steps, curve.wall_times, values, None if smoothed is None else whole)
        return made if shown.all() else made.part(shown)

    yield tag, points(curve.values, curve.smoothed)
    if curve.band is not None:
        yield f"{tag} (low)", points(curve.band.lows, None)
        yield f"{tag} (high)", points(curve.band.highs, None)
