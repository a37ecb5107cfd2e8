"""What can be set for histograms and distributions: in the tool bar and in the inspector."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from eventglass.app.core.compute.colour_maps import COLOUR_MAPS
from eventglass.app.core.compute.histogram_stacks import HistogramStack, stack_of
from eventglass.app.core.compute.ticks import scientific, step_text
from eventglass.app.models.theme import Theme
from eventglass.app.models.workspace import FIELDS, VISIBLE_RUNS
from eventglass.widgets.controls.buttons import Choice, Segmented, Toggle
from eventglass.widgets.controls.section import Section
from eventglass.widgets.controls.slider import Slider
from eventglass.widgets.plots.histogram_scene import nearest_row
from eventglass.widgets.view import ViewContext
from eventglass.widgets.views.control_section import ControlSection, SectionColumn
from eventglass.widgets.views.controls_cards import CARD_WIDTHS

if TYPE_CHECKING:
    from eventglass.widgets.views.distributions import DistributionsView
    from eventglass.widgets.views.histogram_cards import HistogramCardsView
    from eventglass.widgets.views.histograms import HistogramsView

MODES = (
    ("ridge", "Ridge"),
    ("overlay", "Overlay"),
    ("heat", "Heat map"),
    ("step", "Single step"),
)
BINS = (("30", "30"), ("60", "60"), ("120", "120"), ("logged", "As logged"))
COUNTS = (("linear", "Linear"), ("log", "Logarithmic"))
CLIPS = (("0", "All"), ("0.1", "0.1–99.9 %"), ("1", "1–99 %"), ("5", "5–95 %"))
RUNS = (("together", "In one card"), ("apart", "Side by side"))
AXES = (("step", "Step"), ("relative", "Relative"), ("wall", "Wall"))
ALL_AXES = (
    ("step", "Step"),
    ("relative", "Relative"),
    ("run_relative", "Time of the run"),
    ("wall", "Wall"),
)
#: Runs the inspector lists at most.
MOST_RUNS = 12


class AxisChoice(Segmented):
    """The horizontal axis the views share."""

    def __init__(self, context: ViewContext) -> None:
        super().__init__(context.theme, "Axis of steps", AXES)
        self._workspace = context.workspace
        self.chosen.connect(self._set_axis)
        self._workspace.changed.connect(self._sync)
        self._sync(FIELDS)

    def _set_axis(self, axis: str) -> None:
        self._workspace.edit("Change the horizontal axis", x_axis=axis)

    def _sync(self, names: frozenset[str]) -> None:
        if "x_axis" in names:
            axis = self._workspace.state.x_axis
            # What histograms have no axis for is shown by steps.
            self.set_value({"tag": "step", "run_relative": "relative"}.get(axis, axis))


class HistogramToolBar(QWidget):
    """How histograms are drawn, and the axis of steps."""

    def __init__(self, view: HistogramsView) -> None:
        super().__init__()
        self._view = view
        self._workspace = view.context.workspace
        self._mode = Segmented(view.context.theme, "Histograms as", MODES)
        self._mode.chosen.connect(self._choose)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self._mode)
        row.addWidget(AxisChoice(view.context))
        self._workspace.changed.connect(self._sync)
        self._sync(FIELDS)

    def _choose(self, mode: str) -> None:
        self._view.set_mode(mode)  # type: ignore[arg-type]

    def _sync(self, names: frozenset[str]) -> None:
        if "histograms" in names:
            self._mode.set_value(self._workspace.state.histograms.mode)


class DistributionToolBar(QWidget):
    """The axis of steps."""

    def __init__(self, view: DistributionsView) -> None:
        super().__init__()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(AxisChoice(view.context))


class MomentsTable(QWidget):
    """Mean and standard deviation of a tag in each run, at the shared step."""

    ROW = 20

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._tag = ""
        self._rows: tuple[tuple[QColor, str, str, str], ...] = ()
        self._more = 0
        theme.changed.connect(self.update)

    def set_rows(self, tag: str, rows: Sequence[tuple[QColor, str, str, str]]) -> None:
        """Show a tag's runs: colour, name, mean and deviation."""
        self._tag, self._rows = tag, tuple(rows[:MOST_RUNS])
        self._more = max(0, len(rows) - MOST_RUNS)
        words = [f"{name}: mean {mean}, deviation {std}" for _c, name, mean, std in self._rows]
        self.setAccessibleName(f"{tag}. {'; '.join(words)}")
        self.setFixedHeight(self.sizeHint().height())
        self.update()

    def rows(self) -> tuple[tuple[str, str, str], ...]:
        """The texts shown."""
        return tuple(row[1:] for row in self._rows)

    def sizeHint(self) -> QSize:
        """A line for the tag, and one for each run."""
        return QSize(180, self.ROW * (1 + len(self._rows) + bool(self._more)))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the table."""
        theme = self._theme
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setFont(theme.font(12, tabular=True))
            metrics = painter.fontMetrics()
            texts = ["mean", "std", *(text for row in self._rows for text in row[2:])]
            wide = max(metrics.horizontalAdvance(text) for text in texts) + 10
            name_room = self.width() - 2 * wide
            middle = Qt.AlignmentFlag.AlignVCenter
            right = middle | Qt.AlignmentFlag.AlignRight
            elide = Qt.TextElideMode.ElideMiddle
            painter.setPen(theme.colour("text_muted"))
            tag = metrics.elidedText(self._tag, elide, name_room - 6)
            painter.drawText(QRectF(0, 0, name_room, self.ROW), middle, tag)
            painter.drawText(QRectF(name_room, 0, wide, self.ROW), right, "mean")
            painter.drawText(QRectF(name_room + wide, 0, wide, self.ROW), right, "std")
            y = float(self.ROW)
            for colour, name, mean, std in self._rows:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(colour)
                painter.drawEllipse(QRectF(1.0, y + self.ROW / 2 - 4.0, 8.0, 8.0))
                painter.setPen(theme.colour("text"))
                text = metrics.elidedText(name, elide, name_room - 20)
                painter.drawText(QRectF(15, y, name_room - 15, self.ROW), middle, text)
                painter.drawText(QRectF(name_room, y, wide, self.ROW), right, mean)
                painter.drawText(QRectF(name_room + wide, y, wide, self.ROW), right, std)
                y += self.ROW
            if self._more:
                painter.setPen(theme.colour("text_muted"))
                painter.drawText(QRectF(15, y, 200, self.ROW), middle, f"{self._more:,} more")


class MomentsSection(Section):
    """What the histograms of the card last looked at are like at the shared step."""

    def __init__(self, view: HistogramCardsView) -> None:
        super().__init__()
        self._view = view
        self._head = QLabel("At the last step")
        self._head.setObjectName("sectionTitle")
        self._head.setFont(view.context.theme.font(bold=True))
        self.add_widget(self._head)
        self.table = MomentsTable(view.context.theme)
        self.add_widget(self.table)
        self._tag = ""
        view.book.ready.connect(self._data_ready)
        view.context.workspace.changed.connect(self._changed)
        view.context.workspace.selected_tag_changed.connect(self._tag_selected)
        self.sync()

    def showEvent(self, event: object) -> None:
        """Catch up."""
        super().showEvent(event)  # type: ignore[arg-type]
        self.sync()

    def sync(self) -> None:
        """Show the rows of the tag, or of the first one there is."""
        view = self._view
        card = view.current_card()
        tag = self._tag
        if card is not None and card.place is not None:
            tag = card.place.tag
        if not self._has_rows(tag):
            cards = sorted(view.cards(), key=lambda each: (each.y(), each.x()))
            tags = (each.place.tag for each in cards if each.place is not None)
            tag = next((each for each in tags if self._has_rows(each)), tag)
        workspace, store = view.context.workspace, view.context.store
        step = workspace.state.step
        rows = []
        for series_id in view.groups.tag_series(tag):
            loaded = view.book.peek(series_id)
            if loaded is None or not len(loaded.stack):
                continue
            at = nearest_row(loaded.stack, step)
            means, stds, guessed = _moments_at(loaded.stack, at)
            sign = "≈ " if guessed and np.isfinite(means) else ""
            run_id = store.series[series_id].run_id
            rows.append(
                (
                    workspace.colour(run_id),
                    workspace.alias(run_id),
                    f"{sign}{_short(means)}",
                    f"{sign}{_short(stds)}",
                )
            )
        self.table.set_rows(tag, rows)
        self.table.setToolTip(
            "≈: estimated from the buckets, for the summaries hold no sums"
            if any(row[2].startswith("≈") for row in rows)
            else ""
        )
        self._head.setText("At the last step" if step is None else f"At step {step_text(step)}")
        self.setVisible(bool(rows))

    def _has_rows(self, tag: str) -> bool:
        found = (self._view.book.peek(i) for i in self._view.groups.tag_series(tag))
        return any(loaded is not None and loaded.stack.count.any() for loaded in found)

    def _tag_selected(self, tag: str, kind: str) -> None:
        if kind == "histogram":
            self._tag = tag
            self.sync()

    def _data_ready(self, _series_id: int) -> None:
        self.sync()

    def _changed(self, names: frozenset[str]) -> None:
        if names & {"step", "run_colours", "run_aliases", VISIBLE_RUNS}:
            self.sync()


class DrawingSection(ControlSection):
    """How histograms are drawn."""

    fields: ClassVar[frozenset[str]] = frozenset({"histograms"})

    def __init__(self, view: HistogramsView) -> None:
        theme = view.context.theme
        super().__init__(theme, "Histogram")
        self._view = view
        self._workspace = view.context.workspace
        maps = [*COLOUR_MAPS[1:6], ("run", "Colour of the run")]
        self._mode = Choice(theme, "Histograms as", MODES)
        self._bins = Choice(theme, "Bins", BINS)
        self._counts = Choice(theme, "Counts", COUNTS)
        self._clip = Choice(theme, "Values", CLIPS)
        self._share = Toggle(theme, "One range for all runs of a tag")
        self._map = Choice(theme, "Colours of heat maps", maps)
        self._runs = Choice(theme, "Runs at a single step", RUNS)
        self.add_row("View", self._mode, "How histograms are drawn")
        self.add_row(
            "Bins", self._bins, "Equal bins over the range of values, or the buckets as logged"
        )
        self.add_row("Counts", self._counts, "Scale of heights and of colours")
        self.add_row(
            "Values", self._clip, "How much of the values the axis shows: without the outermost"
        )
        self.add_row("Share range", self._share, "The same range of values for all runs of a tag")
        self.add_row("Colours", self._map, "Of the heat map")
        self.add_row("Runs", self._runs, "How several runs are compared at a single step")
        self._mode.chosen.connect(self._choose_mode)
        self._bins.chosen.connect(partial(self._set, "bins"))
        self._counts.chosen.connect(partial(self._set, "counts"))
        self._clip.chosen.connect(partial(self._set, "clip"))
        self._map.chosen.connect(partial(self._set, "colour_map"))
        self._runs.chosen.connect(partial(self._set, "runs"))
        self._share.clicked.connect(self._set_share)

    def sync(self) -> None:
        """Show the state of the workspace."""
        options = self._workspace.state.histograms
        self._mode.set_value(options.mode)
        self._bins.set_value(options.bins)
        self._counts.set_value(options.counts)
        self._clip.set_value(options.clip)
        self._share.setChecked(options.share_range)
        self._map.set_value(options.colour_map)
        self._runs.set_value(options.runs)
        self.show_row(self._map, options.mode == "heat" or bool(options.own_modes))
        self.show_row(self._runs, options.mode == "step" or bool(options.own_modes))

    def _set_share(self, on: bool) -> None:
        # A partial would be called without the state of the box.
        self._set("share_range", on)

    def _choose_mode(self, mode: str) -> None:
        self._view.set_mode(mode)  # type: ignore[arg-type]

    def _set(self, name: str, value: object) -> None:
        fields: dict[str, Any] = {name: value}
        options = replace(self._workspace.state.histograms, **fields)
        self._workspace.edit("Change how histograms are drawn", histograms=options)


class DistributionSection(ControlSection):
    """What is drawn of distributions."""

    fields: ClassVar[frozenset[str]] = frozenset({"histograms", "y_scale"})

    def __init__(self, view: DistributionsView) -> None:
        theme = view.context.theme
        super().__init__(theme, "Distribution")
        self._workspace = view.context.workspace
        self._deviation = Toggle(theme, "Mean and standard deviation")
        self._scale = Choice(
            theme,
            "Scale of the values",
            (("linear", "Linear"), ("log", "Logarithmic"), ("symlog", "Symmetric log")),
        )
        self._runs = Choice(theme, "Runs", (("apart", "A card each"), ("together", "In one card")))
        self.add_row("Runs", self._runs, "In one card: median and one deviation about it")
        self.add_row(
            "Mean ± std",
            self._deviation,
            "Draw the mean and the deviation about it, where the summaries hold sums",
        )
        self.add_row("Values", self._scale)
        self._deviation.clicked.connect(self._set_deviation)
        self._runs.chosen.connect(self._set_runs)
        self._scale.chosen.connect(self._set_scale)

    def sync(self) -> None:
        """Show the state of the workspace."""
        state = self._workspace.state
        self._deviation.setChecked(state.histograms.deviation)
        self._runs.set_value(state.histograms.distribution_runs)
        self.show_row(self._deviation, state.histograms.distribution_runs == "apart")
        self._scale.set_value(state.y_scale)

    def _set_runs(self, runs: str) -> None:
        fields: dict[str, Any] = {"distribution_runs": runs}
        options = replace(self._workspace.state.histograms, **fields)
        self._workspace.edit("Change how runs are compared", histograms=options)

    def _set_deviation(self, on: bool) -> None:
        options = replace(self._workspace.state.histograms, deviation=on)
        self._workspace.edit("Show mean and deviation" if on else "Hide mean", histograms=options)

    def _set_scale(self, scale: str) -> None:
        self._workspace.edit("Change the vertical axis", y_scale=scale)


class StepsSection(ControlSection):
    """The axis of steps, and how wide cards are."""

    fields: ClassVar[frozenset[str]] = frozenset({"histograms", "x_axis", "hide_empty"})

    def __init__(self, context: ViewContext) -> None:
        theme = context.theme
        super().__init__(theme, "Axes and cards")
        self._workspace = context.workspace
        self._axis = Choice(theme, "Axis of steps", ALL_AXES)
        self._width = Slider(theme, "Card width", *CARD_WIDTHS, 20)
        self._width.setFixedWidth(110)
        self._hide_empty = Toggle(theme, "Hide empty cards")
        self.add_row("Steps", self._axis, "What histograms stand on one after the other by")
        self.add_row("Card width", self._width)
        self.add_row("Hide empty", self._hide_empty, "Leave out cards no run shown has entries for")
        self._axis.chosen.connect(self._set_axis)
        self._width.moved.connect(self._set_width)
        self._hide_empty.clicked.connect(self._set_hide_empty)

    def sync(self) -> None:
        """Show the state of the workspace."""
        state = self._workspace.state
        self._axis.set_value("step" if state.x_axis == "tag" else state.x_axis)
        self._width.set_number(state.histograms.card_width)
        self._hide_empty.setChecked(state.hide_empty)

    def _set_axis(self, axis: str) -> None:
        self._workspace.edit("Change the horizontal axis", x_axis=axis)

    def _set_width(self, value: float) -> None:
        options = replace(self._workspace.state.histograms, card_width=int(value))
        self._workspace.edit("Change the width of cards", histograms=options)

    def _set_hide_empty(self, on: bool) -> None:
        self._workspace.edit("Hide empty cards" if on else "Show empty cards", hide_empty=on)


class _Inspector(SectionColumn):
    """The moments of a histogram, then sections."""

    def __init__(self, view: HistogramCardsView, sections: Sequence[ControlSection]) -> None:
        moments = MomentsSection(view)
        super().__init__(view.context.workspace, sections, moments)
        self.moments = moments


class HistogramInspector(_Inspector):
    """All that can be set for histograms."""

    def __init__(self, view: HistogramsView) -> None:
        super().__init__(view, (DrawingSection(view), StepsSection(view.context)))


class DistributionInspector(_Inspector):
    """All that can be set for distributions."""

    def __init__(self, view: DistributionsView) -> None:
        super().__init__(view, (DistributionSection(view), StepsSection(view.context)))


def _moments_at(stack: HistogramStack, at: int) -> tuple[float, float, bool]:
    """Mean and deviation of one histogram, and whether they are estimated."""
    one = stack_of(stack.indices[at : at + 1], stack.steps[at : at + 1], [0.0], [stack.row(at)])
    means, stds, guessed = one.moments()
    return float(means[0]), float(stds[0]), bool(guessed[0])


def _short(value: float) -> str:
    """A number in little room: three digits are enough to compare runs by."""
    if not np.isfinite(value):
        return "–"
    size = abs(value)
    if size == 0.0:
        return "0"
    if not 1e-3 <= size < 1e4:
        text = scientific(value, 2)
    else:
        text = f"{value:.{max(0, 2 - math.floor(math.log10(size)))}f}"
    return text.replace("-", "−", 1) if value < 0.0 else text
