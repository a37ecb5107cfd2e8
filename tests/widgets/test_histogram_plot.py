"""The plot of histograms: what is drawn, what the pointer is told, and what gestures do."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QFont
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from eventglass.app.core.compute.histogram_stacks import HistogramStack, row_of, stack_of
from eventglass.widgets.plots.histogram_drawing import DrawingJob, Drawn, draw
from eventglass.widgets.plots.histogram_figure import render_histograms
from eventglass.widgets.plots.histogram_frame import (
    Shown,
    bin_shown,
    heat_image,
    lay_frame,
    ridge_place,
    ridge_time,
    shapes_of,
)
from eventglass.widgets.plots.histogram_plot import HistogramPlot
from eventglass.widgets.plots.histogram_reading import count_text
from eventglass.widgets.plots.histogram_scene import (
    HistogramLine,
    HistogramLook,
    Mode,
    binned_of,
    heat_columns,
    heat_levels,
    nearest_row,
    outline,
    rows_in_sight,
)
from eventglass.widgets.plots.overlay import ChartColours
from tests.core.test_histogram_bins import Bucket, histogram
from tests.models.histogram_logs import normal

MODES: tuple[Mode, ...] = ("ridge", "overlay", "heat", "step")


def stack(histograms: Sequence[Sequence[Bucket]], steps: Sequence[int]) -> HistogramStack:
    rows = [row_of(histogram(each)) for each in histograms]
    return stack_of(range(len(rows)), steps, [1.7e9 + 10.0 * step for step in steps], rows)


def line(
    histograms: Sequence[Sequence[Bucket]], steps: Sequence[int] = (), run_id: int = 0
) -> HistogramLine:
    steps = steps or [10 * i for i in range(len(histograms))]
    name = f"run {run_id}"
    return HistogramLine(run_id, run_id, name, QColor("#0072b2"), stack(histograms, steps), 1.7e9)


def bells(count: int = 20) -> HistogramLine:
    return line([normal(0.1 * i, 1.0) for i in range(count)])


@pytest.fixture
def plot(qtbot: QtBot) -> HistogramPlot:
    made = HistogramPlot()
    qtbot.addWidget(made)
    made.resize(500, 300)
    made.show()
    return made


def centre(plot: HistogramPlot) -> QPoint:
    frame = plot.frame()
    assert frame is not None
    return frame.layout.plot.center().toPoint()


# --- what is where --------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("bins", [30, 0])
@pytest.mark.parametrize("log", [False, True])
def test_every_mode_draws_something(plot: HistogramPlot, mode: Mode, bins: int, log: bool) -> None:
    plot.set_look(HistogramLook(mode, bins, log))
    plot.set_lines([bells()])
    plot.set_step(100)
    image = plot.grab().toImage()
    colours = {image.pixelColor(x, y).name() for x in range(60, 440, 7) for y in range(20, 270, 7)}
    assert len(colours) > 5


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    "histograms",
    [
        [[(0.0, 0.0, 5.0)]],
        [[(1.0, 2.0, 0.0)]],
        [[], [(1.0, 2.0, 3.0)]],
        [[(1e299, 2e299, 3.0)], [(-1e299, 0.0, 3.0)]],
        [[(1e-300, 2e-300, 1e300)]],
        [[(1.0, math.nextafter(1.0, 2.0), 2.0)]],
        [[(float("nan"), 1.0, 2.0), (0.0, 1.0, 1.0)]],
    ],
)
def test_odd_histograms_draw(
    plot: HistogramPlot, mode: Mode, histograms: list[list[Bucket]]
) -> None:
    for bins in (30, 0):
        plot.set_look(HistogramLook(mode, bins, log_counts=bins == 0))
        plot.set_lines([line(histograms)])
        assert not plot.grab().isNull()
        plot.readings_at(QPointF(centre(plot)))


def test_without_histograms_nothing_is_drawn(plot: HistogramPlot) -> None:
    plot.set_lines([])
    assert plot.frame() is None
    assert not plot.grab().isNull()
    QTest.mouseClick(plot, Qt.MouseButton.LeftButton, pos=QPoint(100, 100))


def test_wall_times_relative_times_and_steps(plot: HistogramPlot) -> None:
    one = bells(3)
    assert one.times("step").tolist() == [0.0, 10.0, 20.0]
    assert one.times("relative").tolist() == [0.0, 100.0, 200.0]
    assert one.times("wall").tolist() == [1.7e9, 1.7e9 + 100.0, 1.7e9 + 200.0]


def test_the_readings_of_a_heat_map_are_the_bins(plot: HistogramPlot) -> None:
    plot.set_look(HistogramLook("heat", clip=0.0))
    one = bells()
    plot.set_lines([one])
    frame = plot.frame()
    assert frame is not None
    place = QPointF(frame.layout.x_of(70.0), frame.layout.y_of(0.7))
    (reading,) = plot.readings_at(place)
    assert int(one.stack.steps[reading.place]) == 70
    assert reading.left <= 0.7 <= reading.right
    cell = frame.binned.cell_at(0.7)
    assert reading.count == frame.binned.counts[0][7, cell] > 0


def test_the_readings_of_bars_as_logged_are_the_buckets(plot: HistogramPlot) -> None:
    plot.set_look(HistogramLook("step", 0, clip=0.0))
    plot.set_lines([line([[(0.0, 1.0, 3.0), (1.0, 4.0, 7.0)]]), line([[(0.0, 4.0, 5.0)]], (), 1)])
    frame = plot.frame()
    assert frame is not None
    readings = plot.readings_at(QPointF(frame.layout.x_of(2.0), frame.layout.plot.center().y()))
    assert [(r.left, r.right, r.count) for r in readings] == [(1.0, 4.0, 7.0), (0.0, 4.0, 5.0)]


def test_a_ridge_under_the_pointer_is_found(plot: HistogramPlot) -> None:
    plot.set_look(HistogramLook("ridge", clip=0.0))
    one = bells(5)
    plot.set_lines([one])
    frame = plot.frame()
    assert frame is not None
    y = ridge_place(frame, 40.0) - 3.0
    (reading,) = plot.readings_at(QPointF(frame.layout.x_of(0.4), y))
    assert int(one.stack.steps[reading.place]) == 40
    assert ridge_time(frame, ridge_place(frame, 30.0)) == pytest.approx(30.0)


def test_the_panel_says_value_count_and_step(plot: HistogramPlot) -> None:
    plot.set_look(HistogramLook("heat", clip=0.0))
    plot.set_lines([bells()])
    QTest.mouseMove(plot, centre(plot))
    tooltip = plot.tooltip()
    assert tooltip is not None
    header, row = tooltip.rows
    assert header == ("run", "values", "count")
    assert row[0] == "run 0"
    assert "…" in row[1]
    assert tooltip.title.startswith("step ")
    QTest.mouseMove(plot, QPoint(1, 1))
    assert not tooltip.isVisible()


def test_counts_are_said_in_full() -> None:
    assert count_text(12345.0) == "12,345"
    assert count_text(0.25) == "0.2500"


# --- gestures -------------------------------------------------------------------------------------


def test_a_click_tells_the_step(plot: HistogramPlot, qtbot: QtBot) -> None:
    plot.set_look(HistogramLook("heat", clip=0.0))
    plot.set_lines([bells()])
    frame = plot.frame()
    assert frame is not None
    place = QPoint(round(frame.layout.x_of(130.0)), centre(plot).y())
    with qtbot.waitSignal(plot.step_clicked) as clicked:
        QTest.mouseClick(plot, Qt.MouseButton.LeftButton, pos=place)
    assert clicked.args == [130]


@pytest.mark.parametrize("mode", MODES)
def test_dragging_zooms_and_a_double_click_shows_all(plot: HistogramPlot, mode: Mode) -> None:
    plot.set_look(HistogramLook(mode))
    plot.set_lines([bells()])
    whole = plot.values()
    middle = centre(plot)
    QTest.mousePress(plot, Qt.MouseButton.LeftButton, pos=middle - QPoint(50, 40))
    QTest.mouseMove(plot, middle + QPoint(50, 40))
    QTest.mouseRelease(plot, Qt.MouseButton.LeftButton, pos=middle + QPoint(50, 40))
    assert plot.is_zoomed()
    low, high = plot.values()
    assert whole[0] < low < high < whole[1]
    binned = plot.frame() and plot.binned()
    assert binned is not None
    assert (binned.edges[0], binned.edges[-1]) == (low, high)
    QTest.mouseDClick(plot, Qt.MouseButton.LeftButton, pos=middle)
    assert plot.values() == whole
    assert not plot.is_zoomed()


def test_dragging_on_the_axis_of_steps_selects(plot: HistogramPlot, qtbot: QtBot) -> None:
    plot.set_look(HistogramLook("heat"))
    plot.set_lines([bells()])
    frame = plot.frame()
    assert frame is not None
    y = round(frame.layout.plot.bottom()) + 8
    begin = QPoint(round(frame.layout.x_of(50.0)), y)
    end = QPoint(round(frame.layout.x_of(120.0)), y)
    with qtbot.waitSignal(plot.range_selected) as selected:
        QTest.mousePress(plot, Qt.MouseButton.LeftButton, pos=begin)
        QTest.mouseMove(plot, end)
        QTest.mouseRelease(plot, Qt.MouseButton.LeftButton, pos=end)
    assert selected.args == pytest.approx([50.0, 120.0], abs=2.0)
    assert not plot.is_zoomed()


def test_keys_zoom_move_and_fit(plot: HistogramPlot) -> None:
    plot.set_lines([bells()])
    low, high = plot.values()
    QTest.keyClick(plot, Qt.Key.Key_Plus)
    near = plot.values()
    assert near[1] - near[0] == pytest.approx(0.8 * (high - low))
    QTest.keyClick(plot, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    assert plot.values()[0] > near[0]
    QTest.keyClick(plot, Qt.Key.Key_F)
    assert plot.values() == (low, high)


def test_zooming_ends_where_numbers_do(plot: HistogramPlot) -> None:
    plot.set_lines([bells()])
    for _ in range(300):
        QTest.keyClick(plot, Qt.Key.Key_Plus)
    low, high = plot.values()
    assert low < high
    assert not plot.grab().isNull()


def test_the_shared_step_is_shown_at_a_single_step(plot: HistogramPlot) -> None:
    plot.set_look(HistogramLook("step"))
    one = bells()
    plot.set_lines([one])
    for step, place in ((None, 19), (0, 0), (74, 7), (76, 8), (10**15, 19)):
        plot.set_step(step)
        frame = plot.frame()
        assert frame is not None
        (bars,) = frame.bars
        assert bars is not None
        assert bars.place == place


def test_the_selected_range_fades_what_is_outside(plot: HistogramPlot) -> None:
    plot.set_lines([bells()])
    plot.set_selection((50.0, 100.0))
    frame = plot.frame()
    assert frame is not None
    assert [frame.in_range(row) for row in (4, 5, 10, 11)] == [False, True, True, False]


# --- rows, columns, outlines ----------------------------------------------------------------------


def test_rows_are_spread_evenly_and_the_ends_are_kept() -> None:
    times = np.concatenate([np.arange(90.0), [1000.0]])
    rows = rows_in_sight(times, 10)
    assert len(rows) <= 10
    assert (times[rows[0]], times[rows[-1]]) == (0.0, 1000.0)
    assert rows_in_sight(times, 200).tolist() == list(range(91))
    # Of those at one place the last written; what has no place is left out.
    assert rows_in_sight(np.array([5.0, 3.0, 5.0, np.nan]), 9).tolist() == [1, 2]


def test_columns_reach_half_way_to_their_neighbours() -> None:
    columns = heat_columns(np.array([0.0, 10.0, 40.0]))
    assert columns.edges.tolist() == [-5.0, 5.0, 25.0, 55.0]
    assert [columns.column_at(t) for t in (-6.0, -5.0, 4.9, 5.0, 55.0)] == [-1, 0, 0, 1, 2]


def test_several_histograms_in_a_pixel_are_their_mean() -> None:
    counts = np.zeros((100, 1))
    counts[::2] = 4.0
    columns = heat_columns(np.arange(100.0))
    levels = heat_levels(
        binned_of(np.arange(counts.shape[1] + 1.0), (counts,)), columns, -0.5, 99.5, 10, False
    )
    assert (levels == levels[0, 0]).all()
    assert 120 <= levels[0, 0] <= 135


def test_nothing_has_no_colour_and_little_has_some() -> None:
    counts = np.array([[0.0, 1e-6, 1.0]])
    columns = heat_columns(np.array([0.0]))
    for log in (False, True):
        levels = heat_levels(
            binned_of(np.arange(counts.shape[1] + 1.0), (counts,)), columns, -0.5, 0.5, 1, log
        )[:, 0]
        assert levels[0] == 0
        assert levels[1] > 0
        assert levels[2] == 255


def test_a_heat_map_has_its_colours_where_the_values_are(qtbot: QtBot) -> None:
    one = line([[(0.0, 1.0, 9.0)], [(3.0, 4.0, 9.0)]], (0, 10))
    shown = Shown((one,), HistogramLook("heat", 4, clip=0.0), (0.0, 4.0))
    frame = lay_frame(shown, bin_shown(shown), 300.0, 200.0, QFont())
    colours = ChartColours()
    image = heat_image(frame, colours, 20, 8)
    filled = [[image.pixelColor(x, y) != colours.surface for x in (2, 17)] for y in range(8)]
    assert filled == [[False, True]] * 2 + [[False, False]] * 4 + [[True, False]] * 2


def test_outlines_begin_and_end_with_what_is_there() -> None:
    edges = np.arange(7.0)
    heights = np.array([0.0, 0.0, 2.0, 1.0, 0.0, 0.0])
    through = outline(edges, heights, stairs=False)
    assert through[:, 0].min() == 1.0
    assert through[:, 0].max() == 5.0
    stairs = outline(edges, heights, stairs=True)
    assert [2.0, 2.0] in stairs.tolist()
    assert [3.0, 2.0] in stairs.tolist()


def test_the_nearest_row_is_exact_for_great_steps() -> None:
    great = 2**62
    one = stack([normal(0.0, 1.0)] * 3, [great, great + 1, -great])
    assert nearest_row(one, great + 1) == 1
    assert nearest_row(one, -(2**63)) == 2
    assert nearest_row(one, None) == 2


# --- figures --------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", MODES)
def test_figures_in_all_formats(qtbot: QtBot, mode: Mode) -> None:
    one = bells()
    shown = Shown((one,), HistogramLook(mode), (-3.0, 5.0))
    assert render_histograms(shown, "weights", ".png").startswith(b"\x89PNG")
    assert render_histograms(shown, "weights", ".pdf").startswith(b"%PDF")
    drawing = render_histograms(shown, "weights <1>", ".svg").decode()
    assert "weights &lt;1&gt;" in drawing
    assert drawing.count("<path") > 2
    assert drawing == render_histograms(shown, "weights <1>", ".svg").decode()


# --- what takes long ------------------------------------------------------------------------------


class Elsewhere:
    """Keeps what is to be drawn until a test says so."""

    def __init__(self) -> None:
        self.jobs: list[tuple[DrawingJob, Callable[[Drawn | None], None]]] = []

    def __call__(self, job: DrawingJob, take: Callable[[Drawn | None], None]) -> None:
        self.jobs.append((job, take))

    def finish(self) -> None:
        job, take = self.jobs.pop(0)
        take(draw(job))


def many(centre: float = 0.0, run_id: int = 0) -> HistogramLine:
    buckets = [(centre + i / 100.0, centre + (i + 1) / 100.0, 1.0 + i % 7) for i in range(500)]
    return line([buckets] * 20, run_id=run_id)


@pytest.fixture
def elsewhere(plot: HistogramPlot) -> Elsewhere:
    made = Elsewhere()
    plot.set_drawer(made)
    return made


def test_what_takes_long_is_drawn_elsewhere(plot: HistogramPlot, elsewhere: Elsewhere) -> None:
    plot.set_lines([many()])
    plot.prepare()
    assert plot.is_waiting()
    assert plot.frame() is None
    assert not plot.grab().isNull()
    assert len(elsewhere.jobs) == 1
    elsewhere.finish()
    assert not plot.is_waiting()
    frame = plot.frame()
    assert frame is not None
    assert frame.binned.counts[0].sum() > 0.0
    assert not elsewhere.jobs


def test_the_old_picture_stays_until_there_is_a_new_one(
    plot: HistogramPlot, elsewhere: Elsewhere
) -> None:
    plot.set_look(HistogramLook(mode="heat", clip=0.0))
    plot.set_lines([many()])
    plot.prepare()
    elsewhere.finish()
    before = plot.frame()
    for high in (4.0, 3.0, 2.0):
        plot.zoom((0.0, high))
        assert plot.frame() is before
    # What was asked for in between is passed over.
    assert len(elsewhere.jobs) == 1
    elsewhere.finish()
    after = plot.frame()
    assert after is not None
    assert after.shown.values == (0.0, 4.0)
    elsewhere.finish()
    after = plot.frame()
    assert after is not None
    assert after.shown.values == (0.0, 2.0)
    assert not elsewhere.jobs
    # The bins are known: no other thread is needed.
    plot.set_step(0)
    plot.resize(400, 200)
    assert plot.frame() is not after
    assert not elsewhere.jobs


def test_the_picture_of_another_card_is_not_shown(
    plot: HistogramPlot, elsewhere: Elsewhere
) -> None:
    plot.set_lines([many()])
    plot.prepare()
    plot.set_lines([many(10.0, 1)])
    elsewhere.finish()
    assert plot.frame() is None
    elsewhere.finish()
    frame = plot.frame()
    assert frame is not None
    assert frame.shown.lines[0].run_id == 1
    plot.set_lines([])
    assert plot.frame() is None


def test_what_fails_is_not_asked_for_again(plot: HistogramPlot, elsewhere: Elsewhere) -> None:
    plot.set_lines([many()])
    plot.prepare()
    elsewhere.jobs.pop()[1](None)
    plot.grab()
    assert not plot.is_waiting()
    assert not elsewhere.jobs


@pytest.mark.parametrize("log", [False, True])
def test_buckets_without_number_are_few_bars(plot: HistogramPlot, log: bool) -> None:
    buckets = [(i / 1e5, (i + 1) / 1e5, 1.0) for i in range(100_000)]
    buckets[61_800] = (0.618, 0.61801, 50.0)
    plot.set_look(HistogramLook(mode="step", bins=0, clip=0.0, log_counts=log))
    plot.set_lines([line([buckets])])
    frame = plot.frame()
    assert frame is not None
    bars = frame.bars[0]
    assert bars is not None
    assert len(bars.count) <= 500
    assert bars.count.max() == 50.0
    assert len(shapes_of(frame, ChartColours())) == 1
    # What the pointer is told is as logged.
    x = frame.layout.x_of(0.618005)
    reading = plot.readings_at(QPointF(x, frame.layout.plot.center().y()))[0]
    assert reading.right - reading.left == pytest.approx(1e-5)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("bins", [30, 0])
@pytest.mark.parametrize(
    "buckets",
    [
        [(-1e300, 1e300, 5.0), (1e300, 1e300, 1.0)],
        [(1e-320, 2e-320, 4.0), (2e-320, 3e-320, 2.0)],
        [(0.0, 1.0, 1e-320), (1.0, 2.0, 1e300)],
        [(1.0, 1.0, 3.0)],
        [(0.0, 2.0, 4.0), (1.0, 3.0, 2.0), (0.5, 0.7, 9.0)],
    ],
)
@pytest.mark.filterwarnings("error")
def test_extreme_histograms_are_drawn(
    plot: HistogramPlot, mode: Mode, bins: int, buckets: list[Bucket]
) -> None:
    for log in (False, True):
        plot.set_look(HistogramLook(mode=mode, bins=bins, clip=0.0, log_counts=log))
        plot.set_lines([line([buckets, buckets])])
        plot.set_step(0)
        frame = plot.frame()
        assert frame is not None
        picture = draw(plot._job()).picture
        pixels = np.array(picture.constBits()).reshape(picture.height(), picture.width(), 4)
        box = frame.layout.plot.toRect()
        inside = pixels[box.top() : box.bottom(), box.left() : box.right(), :3].astype(int)
        # Lines of the grid are grey.
        assert (np.ptp(inside, axis=2) > 30).any()
        plot.grab()
        plot.readings_at(QPointF(centre(plot)))
