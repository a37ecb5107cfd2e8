"""The histograms view: ridges, overlaid lines, heat maps over steps, bars of a single step."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import ClassVar, cast

import numpy as np
from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QWidget

from eventglass.app.core.compute.histogram_stacks import HistogramStack, stack_of
from eventglass.app.core.names import Kind
from eventglass.app.core.store import Series
from eventglass.app.models.alive import alive
from eventglass.app.models.cards import XRange
from eventglass.app.models.commands import Command
from eventglass.app.models.entries import entries_of
from eventglass.app.models.histogram_data import Loaded, read_row
from eventglass.app.models.tag_groups import TagPlace
from eventglass.app.models.tasks import TaskControl
from eventglass.widgets.plots.curve_data import XKind
from eventglass.widgets.plots.histogram_drawing import DrawingJob, Drawn, draw
from eventglass.widgets.plots.histogram_plot import HistogramPlot
from eventglass.widgets.plots.histogram_scene import (
    HistogramLine,
    HistogramLook,
    Mode,
    drawable,
    nearest_place,
)
from eventglass.widgets.view import ViewContext
from eventglass.widgets.views.histogram_card import HistogramCard
from eventglass.widgets.views.histogram_cards import HistogramCardsView
from eventglass.widgets.views.scalars import chart_colours
from eventglass.widgets.views.tag_card import TagCard

_log = logging.getLogger(__name__)

#: So many runs of a tag share a range of values; those out of view are read for it.
MOST_SHARING = 24
#: Zooms of this many cards out of view are remembered.
_REMEMBERED = 500


class HistogramsView(HistogramCardsView):
    """Histograms of all tags and runs."""

    view_id: ClassVar[str] = "histograms"
    title: ClassVar[str] = "Histograms"
    icon: ClassVar[str] = "histogram"
    order: ClassVar[int] = 30
    words: ClassVar[tuple[str, str]] = ("histogram", "histograms")
    heading: ClassVar[str] = "Histograms"

    def __init__(self, context: ViewContext, parent: QWidget | None = None) -> None:
        self._zooms: dict[str, tuple[tuple[float, float] | None, tuple[float, float] | None]] = {}
        super().__init__(context, parent)
        context.workspace.hovered_run_changed.connect(self._run_hovered)

    # -- cards

    def make_card(self, parent: QWidget) -> TagCard:
        """Make a card with a plot."""
        card = HistogramCard(self.context.theme, parent)
        card.plot.set_drawer(partial(self._draw_elsewhere, card))
        card.plot.step_clicked.connect(partial(self._step_clicked, card))
        card.plot.hovered.connect(partial(self._hovered, card))
        card.plot.range_selected.connect(self._range_selected)
        card.plot.view_changed.connect(partial(self._zoomed, card))
        card.slider.moved.connect(partial(self._slid, card))
        card.slider.hold_toggled.connect(partial(self._hold, card))
        return card

    def _draw_elsewhere(
        self, card: HistogramCard, job: DrawingJob, take: Callable[[Drawn | None], None]
    ) -> None:
        """Draw what takes long in a task."""

        def work(_control: TaskControl) -> Drawn:
            return draw(job)

        def failed(error: Exception) -> None:
            _log.error("Histograms could not be drawn", exc_info=error)
            take(None)

        self.context.tasks.submit(
            ("histogram picture", id(card)),
            work,
            alive(card, take),
            alive(card, failed),
            soon=True,
        )

    def is_settled(self) -> bool:
        """Whether no card waits for data or to be drawn."""
        return super().is_settled() and not any(plot.is_waiting() for plot in self.plots())

    def clear_card(self, card: TagCard) -> None:
        """Take the histograms out."""
        assert isinstance(card, HistogramCard)
        card.plot.set_lines(())
        card.lines, card.loaded = (), ()

    def theme_card(self, card: TagCard) -> None:
        """Give the plot the theme's colours."""
        assert isinstance(card, HistogramCard)
        card.plot.set_theme(chart_colours(self.context.theme))

    def fit_card(self, card: TagCard) -> None:
        """Show all values and steps."""
        assert isinstance(card, HistogramCard)
        card.plot.fit()

    def plots(self) -> list[HistogramPlot]:
        """Plots in or near the view."""
        return [card.plot for card in self.cards() if isinstance(card, HistogramCard)]

    def together(self) -> Mapping[str, bool] | bool:
        """At a single step the runs of a tag stand in one card, where that is wanted."""
        options = self.context.workspace.state.histograms
        if options.runs == "apart":
            return False
        own = dict(_own_modes(options.own_modes))
        if not own:
            return options.mode == "step"
        return _Together(own, options.mode)

    def mode_of(self, tag: str) -> Mode:
        """How a tag's cards are drawn."""
        options = self.context.workspace.state.histograms
        return dict(_own_modes(options.own_modes)).get(tag, options.mode)

    def set_mode(self, mode: Mode, tag: str | None = None) -> None:
        """Draw all cards in a mode, or with a tag those of one tag."""
        workspace = self.context.workspace
        options = workspace.state.histograms
        if tag is None:
            after = replace(options, mode=mode, own_modes=())
        else:
            own = dict(_own_modes(options.own_modes))
            own.pop(tag, None)
            if mode != options.mode:
                own[tag] = mode
            after = replace(options, own_modes=tuple(f"{m}:{t}" for t, m in own.items()))
        workspace.edit("Change how histograms are drawn", histograms=after)

    def draw_card(self, card: TagCard, place: TagPlace, loaded: list[Loaded | None]) -> None:
        """Give the plot its histograms."""
        assert isinstance(card, HistogramCard)
        state = self.context.workspace.state
        options = state.histograms
        clip = float(options.clip)
        plot = card.plot
        plot.set_title(f"{place.tag}, {', '.join(name for name, _c in self.runs_of(place)[:3])}")
        plot.set_wheel_zoom(self.grid.maximised == card.key)
        plot.set_look(
            HistogramLook(
                self.mode_of(place.tag),
                0 if options.bins == "logged" else int(options.bins),
                options.counts == "log",
                clip,
                axis_kind(state.x_axis),
                options.colour_map,
            )
        )
        lines = self.lines_of(place, loaded)
        plot.set_lines(lines, self._range(place, loaded, clip))
        card.lines = tuple(lines)
        card.loaded = tuple(each for each in loaded if each is not None and len(each.stack))
        if plot.look().mode == "step":
            series = [self.context.store.series[line.series_id] for line in lines]
            steps = [entries_of(one, state.restarts).steps for one in series]
            card.steps = np.unique(np.concatenate([np.empty(0, np.int64), *steps]))
        plot.set_highlight(self.context.workspace.hovered_run)
        values, times = self._zooms.get(card.key, (None, None))
        if (values, times) != (None, None) or plot.is_zoomed():
            plot.zoom(values, times)
        card.slider.setVisible(plot.look().mode == "step")

    def _range(
        self, place: TagPlace, loaded: list[Loaded | None], clip: float
    ) -> tuple[float, float] | None:
        """The range of values: of the card, or of all runs of the tag."""
        there = [each.range_of(clip) for each in loaded if each is not None]
        if self.context.workspace.state.histograms.share_range:
            others = self.groups.tag_series(place.tag)[:MOST_SHARING]
            there += [self.book.range_of(i, clip) for i in others if i not in place.series_ids]
        ranges = [found for found in there if found is not None]
        if not ranges:
            return None
        return drawable((min(low for low, _h in ranges), max(high for _l, high in ranges)))

    def point_card(self, card: TagCard) -> None:
        """Show the shared step and the selected range."""
        assert isinstance(card, HistogramCard)
        state = self.context.workspace.state
        plot = card.plot
        wanted, held = self.wanted_step(card)
        plot.set_step(wanted)
        selected = state.selection
        kind = plot.look().x_kind
        fits = selected is not None and selected.axis == kind
        plot.set_selection((selected.low, selected.high) if fits and selected is not None else None)
        if plot.look().mode == "step" and card.lines:
            at = nearest_place(card.steps, wanted)
            card.slider.set_steps(card.steps.tolist(), at, wanted, held)
            self._look_exactly(card, wanted)
        plot.prepare()

    def _look_exactly(self, card: HistogramCard, step: int | None) -> None:
        """Read the histogram of a single step where the stack does not hold it as it was logged."""
        store, tasks = self.context.store, self.context.tasks
        restarts = self.context.workspace.state.restarts
        for number, (line, loaded) in enumerate(zip(card.lines, card.loaded, strict=True)):
            if loaded.stride == 1 and not loaded.stack.merged.any():
                continue
            series = store.series[line.series_id]

            def work(_control: TaskControl, series: Series = series) -> HistogramStack:
                entries = entries_of(series, restarts)
                at = entries.nearest(step)
                part = slice(at, at + 1)
                row = read_row(store, series, int(entries.indices[at]))
                walls = entries.wall_times[part]
                return stack_of(entries.indices[part], entries.steps[part], walls, [row])

            tasks.submit(
                ("exact histogram", id(card), number),
                work,
                partial(self._show_exact, card, line),
                _pass_over,
            )

    def _show_exact(self, card: HistogramCard, line: HistogramLine, stack: HistogramStack) -> None:
        """Show what was logged instead of what the stack holds, while the card is the same."""
        if line in card.lines and card.plot.look().mode == "step":
            shown = {each.series_id: each for each in card.plot.lines()}
            shown[line.series_id] = replace(line, stack=stack)
            values = card.plot.automatic()
            card.plot.set_lines([shown[each.series_id] for each in card.lines], values)

    # -- what the user does in a plot

    def _step_clicked(self, card: HistogramCard, step: int) -> None:
        self.context.workspace.set_step(int(step))
        if card.place is not None:
            self.context.workspace.select_tag(card.place.tag, Kind.HISTOGRAM)

    def _slid(self, card: HistogramCard, place: int) -> None:
        if 0 <= place < len(card.steps):
            self.go_to_step(card, int(card.steps[place]))

    def _hold(self, card: HistogramCard, on: bool) -> None:
        plot = card.plot
        step = plot.step()
        if step is None and len(card.steps):
            step = int(card.steps[-1])
        self.hold(card, step if on else None)

    def _run_hovered(self, run_id: int) -> None:
        for plot in self.plots():
            plot.set_highlight(run_id)

    def _hovered(self, source: HistogramCard, step: int | None) -> None:
        for plot in self.plots():
            if plot is not source.plot:
                plot.set_crosshair(step)

    def _range_selected(self, low: float | None, high: float | None) -> None:
        workspace = self.context.workspace
        if low is None or high is None:
            if workspace.state.selection is not None:
                workspace.edit("Clear range", selection=None)
            return
        axis = axis_kind(workspace.state.x_axis)
        workspace.edit("Select range", selection=XRange(axis, low, high))

    def _zoomed(self, card: HistogramCard) -> None:
        plot = card.plot
        self._zooms.pop(card.key, None)
        if plot.is_zoomed():
            self._zooms[card.key] = plot.chosen()
            while len(self._zooms) > _REMEMBERED:
                del self._zooms[next(iter(self._zooms))]

    # -- controls

    def tool_bar_content(self) -> QWidget | None:
        """Mode and horizontal axis."""
        from eventglass.widgets.views.histogram_controls import HistogramToolBar

        return HistogramToolBar(self)

    def inspector_content(self) -> QWidget | None:
        """What is at the step, and how histograms are drawn."""
        from eventglass.widgets.views.histogram_controls import HistogramInspector

        return HistogramInspector(self)

    def commands(self) -> tuple[Command, ...]:
        """What can be done with one plot and with all."""
        from eventglass.widgets.views.histogram_commands import histogram_commands

        return histogram_commands(self)

    def open_card_menu(self, card: TagCard, place: QPoint) -> None:
        """Offer what can be done with a card."""
        from eventglass.widgets.views.histogram_commands import card_menu

        assert isinstance(card, HistogramCard)
        card_menu(self, card).popup(place)


class _Together(Mapping[str, bool]):
    """Whether the runs of a tag stand in one card, where single tags have a mode of their own."""

    def __init__(self, own: Mapping[str, Mode], mode: Mode) -> None:
        self._own = own
        self._others = mode == "step"

    def __getitem__(self, tag: str) -> bool:
        mode = self._own.get(tag)
        return self._others if mode is None else mode == "step"

    def __iter__(self) -> Iterator[str]:
        return iter(self._own)

    def __len__(self) -> int:
        return len(self._own)


def _pass_over(_error: Exception) -> None:
    """What can't be read stays as the stack has it; the card's notes tell of bad entries."""


def axis_kind(x_axis: str) -> XKind:
    """The axis of steps or times histograms stand on: they have no values of other tags."""
    return "step" if x_axis == "tag" else cast(XKind, x_axis)


def _own_modes(texts: tuple[str, ...]) -> list[tuple[str, Mode]]:
    """Tag and mode of the cards that have a mode of their own."""
    parts = (text.partition(":") for text in texts)
    return [
        (tag, cast(Mode, mode))
        for mode, _colon, tag in parts
        if mode in ("ridge", "overlay", "heat", "step")
    ]
