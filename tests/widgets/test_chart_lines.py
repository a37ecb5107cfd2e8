"""How lines of every style are drawn: bands, dashes, markers, steps, scales, both axes."""

from __future__ import annotations

import gc
import math
import weakref
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor

from eventglass.app.core.compute import spans
from eventglass.app.core.compute.pyramid import build_pyramid
from eventglass.app.core.compute.ranges import as_pieces
from eventglass.widgets.plots.chart import Chart
from eventglass.widgets.plots.curve_axis import AxisBook
from eventglass.widgets.plots.curve_data import Band, CurveData, ViewRange

RED = QColor("#d00000")


def curve(series_id, values, steps=None, **more):
    values = np.asarray(values, np.float64)
    steps = np.arange(len(values), dtype=np.int64) if steps is None else np.asarray(steps, np.int64)
    more.setdefault("pieces", as_pieces(len(values)))
    more.setdefault("wall_times", 1.7e9 + steps.astype(np.float64))
    more.setdefault("colour", RED)
    pyramid = build_pyramid(values) if len(values) >= 4096 else None
    return CurveData(
        series_id, f"run {series_id}", more.pop("colour"), steps, more.pop("wall_times"), values,
        more.pop("pieces"), pyramid=pyramid, **more,
    )  # fmt: skip


@pytest.fixture
def chart(qtbot):
    made = Chart()
    made.resize(480, 280)
    qtbot.addWidget(made)
    made.show()
    qtbot.waitExposed(made)
    return made


def seen(chart):
    """The chart's picture as (height, width, 3) red, green, blue."""
    image = chart.grab().toImage()
    image = image.convertToFormat(image.Format.Format_RGB32)
    pixels = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1, 4)
    return pixels[:, : image.width(), 2::-1].astype(int)


def is_red(pixels, least=60):
    return pixels[:, :, 0] - pixels[:, :, 1] >= least


def red_at(chart, x, y, side="left", reach=2):
    layout = chart.layout_now()
    row, column = round(layout.y_of(y, side)), round(layout.x_of(x))
    part = is_red(seen(chart))[row - reach : row + reach + 1, column - reach : column + reach + 1]
    return bool(part.any())


def test_a_band_is_filled_behind_its_line(chart):
    values = np.linspace(1.0, 5.0, 300)
    chart.set_curves([curve(1, values, band=Band(values - 1.0, values + 1.0))])
    assert chart.view().y1 >= 6.0
    pixels, layout = seen(chart), chart.layout_now()
    column = round(layout.x_of(150))
    inside = pixels[round(layout.y_of(values[150] + 0.5)), column]
    outside = pixels[round(layout.y_of(values[150] + 1.3)), column]
    line = pixels[round(layout.y_of(values[150])), column]
    assert 20 <= outside[1] - inside[1] <= 70
    assert line[1] < 100


@pytest.mark.parametrize("scale", ["linear", "log", "symlog"])
def test_a_band_of_one_chart_is_where_its_edges_are_on_any_scale(chart, scale):
    values = np.geomspace(1.0, 1000.0, 40)
    chart.set_y_scale(scale)
    chart.set_ignore_outliers(False)
    chart.set_curves([curve(1, values, band=Band(values / 2, values * 2), marker="none")])
    pixels, layout = seen(chart), chart.layout_now()
    column = round(layout.x_of(35))
    tinted = np.flatnonzero(pixels[:, column, 0] - pixels[:, column, 1] > 15)
    assert abs(tinted.min() - layout.y_of(values[35] * 2)) <= 2
    assert abs(tinted.max() - layout.y_of(values[35] / 2)) <= 2


def test_a_band_without_numbers_paints_nothing(chart):
    nothing = np.full(50, math.nan)
    chart.set_curves([curve(1, np.full(50, 3.0), band=Band(nothing, nothing))])
    assert is_red(seen(chart), 15).any(axis=1).sum() < 6


@pytest.mark.parametrize("dash", ["dash", "dot", "dashdot"])
def test_dashes_leave_gaps_and_stay_when_panned(chart, dash):
    chart.set_curves([curve(1, np.zeros(400), dash=dash)])

    def painted():
        row = round(chart.layout_now().y_of(0.0))
        return is_red(seen(chart))[row - 1 : row + 2, 60:440].any(axis=0)

    before = painted()
    share = before.mean()
    assert 0.3 < share < 0.95
    assert np.abs(np.diff(before.astype(int))).sum() > 20
    view, plot = chart.view(), chart.layout_now().plot
    away = 10 / plot.width() * (view.x1 - view.x0)
    chart.set_view(replace(view, x0=view.x0 + away, x1=view.x1 + away))
    np.testing.assert_array_equal(before[10:300], painted()[:290])


def test_a_solid_line_has_no_gaps(chart):
    chart.set_curves([curve(1, np.zeros(400))])
    row = round(chart.layout_now().y_of(0.0))
    assert is_red(seen(chart))[row - 1 : row + 2, 60:440].any(axis=0).all()


def test_markers_come_when_points_stand_apart(chart):
    chart.set_curves([curve(1, np.sin(np.arange(20.0)))])
    seen(chart)
    dots = [marks for marks in chart._layer.marks if marks.kind == spans.DOT]
    assert sum(len(marks.places) for marks in dots) == 20
    chart.set_curves([curve(1, np.sin(np.arange(200.0)))])
    seen(chart)
    assert not chart._layer.marks
    chart.set_x_view(50.0, 60.0)
    seen(chart)
    assert sum(len(marks.places) for marks in chart._layer.marks) >= 9
    chart.set_curves([curve(1, np.sin(np.arange(200.0)), marker="none")])
    seen(chart)
    assert not chart._layer.marks


@pytest.mark.parametrize("shape", ["circle", "square", "diamond", "triangle", "cross"])
def test_always_marked_lines_have_marks_but_not_more_than_fit(chart, shape):
    values = np.zeros(50_000)
    chart.set_curves([curve(1, values, marker="always", marker_shape=shape)])
    rows = np.flatnonzero(is_red(seen(chart)).any(axis=1))
    assert rows.max() - rows.min() >= 5
    assert sum(len(marks.places) for marks in chart._layer.marks) < 200


def test_a_point_alone_is_seen_whatever_the_markers(chart):
    chart.set_curves([curve(1, [math.nan, 2.0, math.nan], marker="none")])
    assert red_at(chart, 1, 2.0)


def test_steps_hold_until_the_next_point(chart):
    chart.set_curves([curve(1, [0.0, 10.0, 0.0], interpolation="step", marker="none")])
    assert red_at(chart, 0.7, 0.0)
    assert red_at(chart, 1.0, 5.0)
    assert red_at(chart, 1.6, 10.0)
    assert not red_at(chart, 0.5, 5.0)
    chart.set_curves([curve(1, [0.0, 10.0, 0.0], marker="none")])
    assert red_at(chart, 0.5, 5.0)
    assert not red_at(chart, 1.6, 10.0)


@pytest.mark.parametrize("x_scale", ["linear", "log", "symlog"])
@pytest.mark.parametrize("y_scale", ["linear", "log", "symlog"])
def test_lines_go_through_their_points_on_every_scale(chart, x_scale, y_scale):
    steps = np.unique(np.geomspace(1, 10_000, 200).astype(np.int64))
    values = 100.0 / steps
    chart.set_x_scale(x_scale)
    chart.set_y_scale(y_scale)
    chart.set_ignore_outliers(False)
    chart.set_curves([curve(1, values, steps)])
    for at in (3, len(steps) // 2, len(steps) - 3):
        assert red_at(chart, steps[at], values[at])
    layout = chart.layout_now()
    for x in (steps[3], steps[-3]):
        assert layout.x_at(layout.x_of(x)) == pytest.approx(x, rel=1e-6)
    assert layout.y_at(layout.y_of(1.0)) == pytest.approx(1.0, rel=1e-6)
    assert len(layout.x_ticks) >= 2
    assert len(layout.y_ticks) >= 2


def test_both_signs_and_zero_have_a_place_on_a_symmetric_axis(chart):
    values = np.sinh(np.linspace(-8.0, 8.0, 500))
    chart.set_y_scale("symlog")
    chart.set_ignore_outliers(False)
    chart.set_curves([curve(1, values)])
    labels = [tick.label for tick in chart.layout_now().y_ticks]
    assert "0" in labels
    assert any(label.startswith("−") for label in labels)
    for at in (5, 250, 495):
        assert red_at(chart, at, values[at])


def test_steps_at_zero_and_below_are_left_out_of_a_log_axis(chart):
    chart.set_x_scale("log")
    chart.set_curves([curve(1, np.full(12, 2.0), np.arange(-1, 11))])
    assert chart.view().x0 == 1.0
    assert red_at(chart, 5, 2.0)
    assert chart._range.left_out() == 2
    chart.set_curves([curve(1, [1.0, 2.0], [-5, 0])])
    seen(chart)
    assert "logarithmic" in chart._empty_text()


def test_a_curve_of_the_right_axis_has_its_own_scale(chart):
    chart.set_curves(
        [curve(1, np.linspace(0, 1, 50)), curve(2, np.linspace(0, 5000, 50), axis="right")]
    )
    view, layout = chart.view(), chart.layout_now()
    assert view.y1 <= 2.0
    assert view.y21 >= 5000.0
    assert layout.right_ticks
    assert red_at(chart, 25, 5000 * 25 / 49, "right")
    readings = {reading.series_id: reading for reading in chart.readings(49.0)}
    assert readings[2].axis == "right"
    chart.choose(replace(view, y0=0.25, y1=0.75))
    chart.zoom_by(0.5, layout.plot.center(), True, "both")
    zoomed = chart.view()
    assert zoomed.y21 - zoomed.y20 == pytest.approx((view.y21 - view.y20) / 2, rel=0.01)
    before = chart.view()
    chart.zoom_by(0.5, layout.plot.center(), False, "right")
    assert (chart.view().y0, chart.view().x0) == (before.y0, before.x0)
    assert chart.view().y21 - chart.view().y20 < before.y21 - before.y20
    chart.set_curves([curve(1, np.linspace(0, 1, 50))])
    assert chart.layout_now().right_ticks is None


def test_x_of_another_tag_runs_both_ways(chart):
    turn = np.linspace(0, 2 * np.pi, 400)
    chart.set_x_kind("tag")
    chart.set_curves([curve(1, np.sin(turn), xs=np.cos(turn))])
    for at in (50, 150, 250, 350):
        assert red_at(chart, math.cos(turn[at]), math.sin(turn[at]))
    found = chart.readings(-1.0)[0]
    assert found.x == pytest.approx(-1.0, abs=1e-3)
    assert found.step in (199, 200)


def test_points_without_a_partner_are_left_out_and_the_line_goes_on(chart):
    xs = np.full(100, math.nan)
    xs[::10] = np.arange(10.0)
    values = np.where(np.arange(100) % 10 == 0, 3.0, 99.0)
    chart.set_x_kind("tag")
    chart.set_curves([curve(1, values, xs=xs, marker="none")])
    assert chart.view().x1 == 9.0
    assert red_at(chart, 4.5, 3.0)
    assert chart.readings(5.2)[0].step == 50
    chart.set_curves([curve(1, values, xs=np.full(100, math.nan)), curve(2, values)])
    seen(chart)
    assert "both tags" in chart._empty_text()
    assert chart.readings(1.0) == []


def test_a_cloud_shows_every_point_and_can_be_hovered(chart):
    rng = np.random.default_rng(2)
    xs, values = rng.normal(size=2000), rng.normal(size=2000)
    chart.set_x_kind("tag")
    chart.set_ignore_outliers(False)
    chart.set_curves([curve(7, values, xs=xs)])
    for at in (0, 500, 1999):
        assert red_at(chart, xs[at], values[at])
    layout = chart.layout_now()
    assert chart.curve_at(QPointF(layout.x_of(xs[10]), layout.y_of(values[10]))) == 7


def test_offsets_and_the_start_of_the_run_move_x(chart):
    made = curve(1, np.arange(10.0), x_offset=100.0)
    chart.set_curves([made])
    assert (chart.view().x0, chart.view().x1) == (100.0, 109.0)
    assert chart.readings(105.0)[0].step == 5
    chart.set_x_kind("run_relative")
    chart.set_curves([replace(made, origin_s=1.7e9 - 50.0, x_offset=0.0)])
    assert chart.view().x0 == pytest.approx(50.0)
    assert chart.readings(53.0)[0].step == 3


def test_a_baseline_is_drawn_last_and_dashed(chart):
    blue = QColor("#0000d0")
    chart.set_curves(
        [curve(1, np.zeros(300), is_baseline=True), curve(2, np.zeros(300), colour=blue)]
    )
    row = round(chart.layout_now().y_of(0.0))
    on_top = is_red(seen(chart))[row, 60:440]
    assert 0.4 < on_top.mean() < 0.9


BAD = {
    "empty": ([], []),
    "one": ([1.0], [5]),
    "nan": ([math.nan] * 5, range(5)),
    "infinite": ([math.inf, -math.inf, math.nan], range(3)),
    "zero": ([0.0] * 4, range(4)),
    "huge": ([1e300] * 4, range(4)),
    "huge both": ([1e300, -1e300, 1.7e308, -1.7e308], range(4)),
    "tiny": ([5e-324, 1e-310, 0.0, -5e-324], range(4)),
    "repeated": ([1.0, 2.0, 3.0, 4.0], [7, 7, 7, 7]),
    "extreme steps": ([1.0, 2.0, 3.0], [-(2**63), 0, 2**63 - 1]),
    "negative": ([-1.0, -2.0], [-5, -4]),
}


@pytest.mark.parametrize("name", BAD)
@pytest.mark.parametrize("kind", ["step", "relative", "run_relative", "wall", "tag"])
def test_bad_input_is_painted_on_every_axis_and_scale(chart, name, kind):
    values, steps = BAD[name]
    values = np.array(values, np.float64)
    steps = np.array(list(steps), np.int64)
    made = curve(
        1,
        values,
        steps,
        xs=values,
        band=Band(values, values),
        dash="dash",
        marker="always",
        is_baseline=True,
    )
    other = curve(2, values, steps, xs=values[::-1].copy(), axis="right", interpolation="step")
    chart.set_x_kind(kind)
    for scale in ("linear", "log", "symlog"):
        chart.set_x_scale(scale)
        chart.set_y_scale(scale)
        with np.errstate(all="raise", under="ignore"):
            chart.set_curves([made, other])
            seen(chart)
            view = chart.view()
            assert view.x0 < view.x1
            assert view.y0 < view.y1
            chart.zoom_by(0.5, chart.layout_now().plot.center(), True, "both")
            chart.set_selection(view.x0, view.x1)
            chart.set_crosshair((view.x0 + view.x1) / 2)
            seen(chart)
            chart.fit()
            chart.set_curves([])


def test_wall_times_that_are_not_numbers(chart):
    times = np.array([math.nan, 1.7e9, math.inf, 1.6e9, math.nan])
    for kind in ("wall", "relative", "run_relative"):
        chart.set_x_kind(kind)
        chart.set_curves([curve(1, np.arange(5.0), wall_times=times)])
        seen(chart)
        assert math.isfinite(chart.view().x1)


def test_a_crosshair_is_painted_without_making_the_curves_again(chart, monkeypatch):
    chart.set_curves([curve(1, np.linspace(0.0, 1.0, 100))])
    before = seen(chart)
    made = []
    render = chart._layer.render
    monkeypatch.setattr(chart._layer, "render", lambda *a: made.append(1) or render(*a))
    chart.set_crosshair(50.0)
    after = seen(chart)
    assert not made
    column = math.floor(chart.layout_now().x_of(50.0))
    changed = np.abs(after - before).max(axis=2) > 10
    assert changed[:, column].sum() > 200
    assert not changed[:, : column - 8].any()
    chart.set_crosshair(None)
    np.testing.assert_array_equal(seen(chart), before)


def test_a_shared_or_fixed_range_holds(chart):
    chart.set_curves([curve(1, np.linspace(0.0, 10.0, 100))])
    assert chart.y_extent(0.0, 99.0) == (0.0, 10.0)
    low, high = chart.y_extent(0.0, 49.0)
    assert low == 0.0
    assert high == pytest.approx(4.949, abs=0.01)
    chart.set_y_range_shared(-100.0, 100.0)
    assert chart.view().y1 >= 100.0
    chart.set_y_range_shared(None)
    chart.set_fixed(y_range=(None, 3.0))
    assert chart.view().y1 == 3.0
    chart.set_fixed(x_range=(10.0, 20.0))
    assert (chart.view().x0, chart.view().x1) == (10.0, 20.0)
    assert chart.view().y1 < 4.0
    chart.set_fixed()
    assert chart.view().x1 == 99.0


def test_a_window_of_x_has_an_automatic_y(chart, qtbot):
    chart.set_curves([curve(1, np.linspace(0.0, 100.0, 101))])
    with qtbot.assertNotEmitted(chart.view_changed):
        chart.set_x_view(10.0, 20.0)
    view = chart.view()
    assert (view.x0, view.x1) == (10.0, 20.0)
    assert 20.0 <= view.y1 <= 25.0
    assert chart.is_zoomed()
    chart.set_x_view(None)
    assert chart.view() == chart.full_range()
    chart.set_view(ViewRange(1.0, 2.0, 0.0, 5.0))
    chart.set_x_view(10.0, 20.0)
    assert chart.view() == view


def test_a_chart_without_curves_holds_no_points(chart):
    made = curve(0, np.arange(5000.0))
    points = weakref.ref(made.values)
    chart.set_curves([made])
    seen(chart)
    # Nothing is painted any more, as in a card that left the view.
    chart.hide()
    chart.set_curves(())
    del made
    gc.collect()
    assert points() is None


def test_lines_over_another_tag_are_never_those_of_before():
    book = AxisBook()
    xs = np.where(np.arange(100) % 2, np.nan, np.arange(100.0))
    for level in range(20):
        # The array of the line before is gone, and its memory often given to this one.
        line = curve(0, np.zeros(100), xs=xs, smoothed=np.full(100, float(level)))
        values, _pyramid = book.axis_of(line, "tag").values(line.front, None)
        assert values.tolist() == [level] * 50
        del line, values


def test_the_range_is_never_that_of_lines_before(chart):
    for number in range(40):
        # Of one length, so that new lines often get the memory of those that are gone.
        top = 10.0 ** (number % 5)
        chart.set_curves([curve(0, np.linspace(0.0, top, 100))])
        assert top <= chart.view().y1 <= 1.5 * top
        if number % 3 == 0:
            chart.set_curves(())


def test_a_line_that_is_made_anew_gets_the_pieces_of_its_own_clock():
    book = AxisBook()
    straight, turning = np.arange(6.0), np.array([0.0, 1.0, 2.0, 1.0, 2.0, 3.0])
    made = [curve(0, np.zeros(6), wall_times=walls) for walls in (straight, turning)]
    found = [book.axis_of(line, "wall").pieces.tolist() for line in made]
    assert found == [[[0, 6]], [[0, 3], [3, 6]]]
