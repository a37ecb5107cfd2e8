"""The chart shows what it is given and goes where the user moves it."""

from __future__ import annotations

import math
import re
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QSize, Qt
from PySide6.QtGui import QColor, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from eventglass.app.core.compute import spans
from eventglass.app.core.compute.pyramid import build_pyramid
from eventglass.app.core.compute.ranges import as_pieces
from eventglass.app.core.compute.scales import Scales
from eventglass.app.core.compute.smoothing import smooth_series
from eventglass.widgets.plots.chart import Chart, ChartColours
from eventglass.widgets.plots.curve_layer import CurveData, CurveLayer, Scene, ViewRange
from eventglass.widgets.plots.readings import nearest_index
from eventglass.widgets.plots.tooltip import make_table, place_of

RED, BLUE = QColor("#d00000"), QColor("#0000d0")


def curve(series_id, values, steps=None, colour=RED, weight=0.0, wall_times=None, **more):
    values = np.asarray(values, np.float64)
    steps = np.arange(len(values), dtype=np.int64) if steps is None else np.asarray(steps, np.int64)
    wall_times = 1.7e9 + steps * 0.5 if wall_times is None else np.asarray(wall_times, np.float64)
    pieces = more.pop("pieces", as_pieces(len(values)))
    smoothed = smooth_series(values, pieces, weight)
    return CurveData(
        series_id,
        f"run {series_id}",
        colour,
        steps,
        wall_times,
        values,
        pieces,
        pyramid=build_pyramid(values) if len(values) >= 4096 else None,
        smoothed=smoothed.values if smoothed else None,
        smoothed_pyramid=smoothed.pyramid if smoothed else None,
        **more,
    )


@pytest.fixture
def chart(qtbot):
    window = QWidget()
    window.resize(640, 400)
    made = Chart(window)
    made.setGeometry(40, 40, 480, 280)
    qtbot.addWidget(window)
    window.show()
    qtbot.waitExposed(window)
    yield made
    window.close()


def seen(chart):
    """The chart's picture as (height, width, 3) red, green, blue."""
    image = chart.grab().toImage().convertToFormat(chart.grab().toImage().Format.Format_RGB32)
    pixels = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1, 4)
    return pixels[:, : image.width(), 2::-1].astype(int)


def near(pixels, colour, tolerance=60):
    wanted = np.array([colour.red(), colour.green(), colour.blue()])
    return np.abs(pixels - wanted).max(axis=2) <= tolerance


def hover(chart, place):
    QTest.mouseMove(chart, place)
    chart._pointer = QPointF(place)
    chart._follow_pointer()


def test_a_line_is_painted_where_its_points_are(chart):
    chart.set_curves([curve(1, np.linspace(0.0, 10.0, 50))])
    layout = chart.layout_now()
    red = near(seen(chart), RED)
    for x in (5, 20, 44):
        value = x / 49 * 10
        row, column = round(layout.y_of(value)), round(layout.x_of(x))
        assert red[row - 2 : row + 3, column].any()
        assert not red[: row - 6, column].any()
        assert not red[row + 6 :, column].any()


def test_without_curves_it_says_so(chart):
    seen(chart)
    assert chart._empty_text() == "No curves shown"
    chart.set_curves([curve(1, [])])
    seen(chart)
    assert chart._empty_text() == "No points yet"
    chart.set_curves([curve(1, [1.0, 2.0])])
    chart.set_view(ViewRange(50.0, 60.0, 0.0, 1.0))
    seen(chart)
    assert chart._empty_text().startswith("No points in view")
    chart.fit()
    seen(chart)
    assert chart._empty_text() == ""


def test_values_that_are_not_finite_are_marked(chart):
    chart.set_curves([curve(1, [0.0, math.nan, 1.0, math.inf, 2.0, -math.inf, 0.5])])
    seen(chart)
    kinds = {marks.kind for marks in chart._layer.marks}
    assert {spans.MARK_NAN, spans.MARK_POSITIVE, spans.MARK_NEGATIVE, spans.DOT} == kinds
    chart.set_curves([curve(1, [math.nan, math.nan])])
    red = near(seen(chart), RED)
    assert red[-40:].any()


def test_automatic_range_follows_data_until_the_user_zooms(chart, qtbot):
    chart.set_curves([curve(1, np.arange(100.0))])
    assert chart.view().x1 == 99.0
    chart.set_curves([curve(1, np.arange(200.0))])
    assert chart.view().x1 == 199.0
    layout = chart.layout_now()
    with qtbot.waitSignal(chart.view_changed) as told:
        drag(chart, QPoint(200, 60), QPoint(300, 160))
    assert told.args[0] == chart.view()
    assert chart.is_zoomed()
    assert chart.view().x0 == pytest.approx(layout.x_at(200), rel=1e-6)
    assert chart.view().x1 == pytest.approx(layout.x_at(300), rel=1e-6)
    assert chart.view().y1 == pytest.approx(layout.y_at(60), rel=1e-6)
    before = chart.view()
    chart.set_curves([curve(1, np.arange(300.0))])
    assert chart.view() == before
    with qtbot.waitSignal(chart.view_changed) as told:
        QTest.mouseDClick(chart, Qt.MouseButton.LeftButton, pos=QPoint(250, 100))
    assert told.args[0] is None
    assert chart.view().x1 == 299.0


def drag(chart, start, stop, button=Qt.MouseButton.LeftButton, keys=Qt.KeyboardModifier.NoModifier):
    QTest.mousePress(chart, button, keys, start)
    for share in (0.5, 1.0):
        QTest.mouseMove(chart, start + (stop - start) * share)
        # Off screen, moves carry no buttons; the chart goes by its own state.
    QTest.mouseRelease(chart, button, keys, stop)


def test_a_flat_drag_zooms_x_only(chart):
    chart.set_curves([curve(1, np.arange(100.0))])
    full = chart.view()
    drag(chart, QPoint(150, 100), QPoint(300, 103))
    view = chart.view()
    assert (view.y0, view.y1) == (full.y0, full.y1)
    assert full.x0 < view.x0 < view.x1 < full.x1


@pytest.mark.parametrize("log", [False, True])
def test_panning_keeps_the_point_under_the_pointer(chart, log):
    chart.set_curves([curve(1, np.arange(1.0, 101.0))])
    chart.set_y_scale("log" if log else "linear")
    layout = chart.layout_now()
    x, y = layout.x_at(200), layout.y_at(100)
    drag(chart, QPoint(200, 100), QPoint(260, 130), keys=Qt.KeyboardModifier.ShiftModifier)
    layout = chart.layout_now()
    assert layout.x_at(260) == pytest.approx(x, abs=0.3)
    assert layout.y_at(130) == pytest.approx(y, rel=0.02)


def test_dragging_an_axis_moves_that_axis_only(chart):
    chart.set_curves([curve(1, np.arange(100.0))])
    full = chart.view()
    plot = chart.layout_now().plot
    below = QPoint(200, round(plot.bottom()) + 8)
    drag(chart, below, below + QPoint(40, 5), keys=Qt.KeyboardModifier.ShiftModifier)
    view = chart.view()
    assert view.x0 < full.x0
    assert (view.y0, view.y1) == (full.y0, full.y1)


def wheel(chart, place, turn=120, keys=Qt.KeyboardModifier.NoModifier):
    event = QWheelEvent(
        QPointF(place),
        QPointF(chart.mapToGlobal(place)),
        QPoint(),
        QPoint(0, turn),
        Qt.MouseButton.NoButton,
        keys,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(chart, event)
    return event.isAccepted()


def test_the_wheel_scrolls_the_page_unless_asked_to_zoom(chart):
    chart.set_curves([curve(1, np.arange(100.0))])
    place = QPoint(200, 100)
    assert not wheel(chart, place)
    assert not chart.is_zoomed()
    x = chart.layout_now().x_at(200)
    assert wheel(chart, place, keys=Qt.KeyboardModifier.ControlModifier)
    assert chart.is_zoomed()
    assert chart.layout_now().x_at(200) == pytest.approx(x, abs=0.5)
    chart.fit()
    chart.set_wheel_zoom(True)
    assert wheel(chart, place)
    assert chart.view().x1 - chart.view().x0 < 99.0


def test_keys(chart):
    chart.set_curves([curve(1, np.arange(1.0, 101.0))])
    full = chart.view()
    QTest.keyClick(chart, Qt.Key.Key_Right)
    assert chart.view() == full, "arrows alone move the step"
    QTest.keyClick(chart, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    assert chart.view().x0 > full.x0
    QTest.keyClick(chart, Qt.Key.Key_Plus)
    assert chart.view().x1 - chart.view().x0 < full.x1 - full.x0
    QTest.keyClick(chart, Qt.Key.Key_F)
    assert chart.view() == full


def test_hovering_reads_every_curve(chart, qtbot):
    chart.set_curves(
        [
            curve(1, np.arange(100.0), weight=0.5),
            curve(2, np.arange(50.0)[::-1].copy() + 20, colour=BLUE),
        ]
    )
    layout = chart.layout_now()
    with qtbot.waitSignals([chart.hovered, chart.curve_hovered]):
        hover(chart, QPoint(round(layout.x_of(10)), round(layout.y_of(10)) + 3))
    tooltip = chart._tooltip
    assert tooltip.isVisible()
    assert tooltip.title.startswith("step 10 · 5 s · 2023-11-")
    assert tooltip.rows[0] == ("run", "smoothed", "value")
    assert tooltip.rows[1][0] == "run 1"
    assert tooltip.rows[1][2] == "10"
    assert tooltip.rows[2] == ("run 2", "", "59")
    assert chart._hovered_curve == 1
    QApplication.sendEvent(chart, QEvent(QEvent.Type.Leave))
    assert not tooltip.isVisible()
    assert chart._hovered_curve is None


def test_the_tooltip_stays_in_the_window_and_takes_no_focus(chart):
    chart.set_curves([curve(i, np.arange(100.0) + i) for i in range(60)])
    chart.setFocus()
    focus = QApplication.focusWidget()
    plot = chart.layout_now().plot
    for place in (plot.topLeft(), plot.topRight(), plot.bottomLeft(), plot.center()):
        inside = QPoint(round(place.x()), round(place.y()))
        inside.setX(min(max(inside.x(), round(plot.left()) + 1), round(plot.right()) - 1))
        inside.setY(min(max(inside.y(), round(plot.top()) + 1), round(plot.bottom()) - 1))
        hover(chart, inside)
        assert chart._tooltip.isVisible()
        assert chart.window().rect().contains(chart._tooltip.geometry())
    assert QApplication.focusWidget() is focus
    assert chart._tooltip._table.more == "48 more"


def test_rows_that_lie_elsewhere_say_where(chart):
    chart.set_curves([curve(1, np.arange(100.0)), curve(2, np.arange(40.0))])
    table = make_table(chart.readings(90.0), 12)
    assert table.header == ("run", "value", "step", "relative")
    assert table.rows[1][1][2] == "39"


def test_moments_are_told_when_they_are_far_apart(chart):
    later = replace(curve(2, np.arange(100.0)), wall_times=2e9 + 0.5 * np.arange(100.0))
    soon = replace(curve(3, np.arange(100.0)), wall_times=1.7e9 + 90 + 0.5 * np.arange(100.0))
    chart.set_curves([curve(1, np.arange(100.0)), later, soon])
    table = make_table(chart.readings(90.0), 12)
    assert table.header == ("run", "value", "wall time")
    cells = [row[1][2] for row in table.rows]
    assert re.fullmatch(r"2033-05-1\d \d\d:\d\d", cells[1])
    assert re.fullmatch(r"\d\d:\d\d:\d\d", cells[2])


@pytest.mark.parametrize(
    ("size", "pointer", "where"),
    [
        ((80, 60), (300, 200), "beside"),
        ((80, 60), (480, 200), "beside"),
        ((400, 150), (300, 200), "below"),
        ((400, 600), (300, 200), "beside"),
        ((400, 280), (300, 480), "above"),
    ],
)
def test_a_large_panel_keeps_out_of_the_plot(size, pointer, where):
    plot = QRect(100, pointer[1] - 100, 400, 200)
    window = QSize(700, 700)
    box = QRect(place_of(QSize(*size), QPoint(*pointer), plot, window), QSize(*size))
    assert QRect(QPoint(0, 0), window).contains(box)
    if where == "beside":
        assert size[1] > 500 or not box.contains(QPoint(*pointer))
        return
    assert not box.intersects(plot)
    assert box.top() > plot.bottom() if where == "below" else box.bottom() < plot.top()


def test_clicks(chart, qtbot):
    chart.set_curves([curve(7, np.full(100, 5.0))])
    layout = chart.layout_now()
    place = QPoint(round(layout.x_of(50)), round(layout.y_of(5.0)))
    places, clicked = [], []
    chart.x_clicked.connect(places.append)
    chart.curve_clicked.connect(clicked.append)
    QTest.mouseClick(chart, Qt.MouseButton.LeftButton, pos=place)
    assert places == [pytest.approx(layout.x_at(place.x()))]
    assert clicked == [7]
    with qtbot.assertNotEmitted(chart.curve_clicked):
        QTest.mouseClick(chart, Qt.MouseButton.LeftButton, pos=place + QPoint(0, 40))


def test_highlight_brings_forward_and_fades(chart):
    chart.set_curves([curve(1, np.full(50, 1.0)), curve(2, np.full(50, 2.0), colour=BLUE)])
    both = near(seen(chart), RED, 90).sum()
    chart.set_highlight({2})
    assert near(seen(chart), RED, 90).sum() < both / 4
    chart.set_highlight({1})
    assert near(seen(chart), RED, 90).sum() > both


def test_one_highlight_after_another_leaves_no_trace(chart):
    rng = np.random.default_rng(0)
    curves = [curve(i, rng.normal(size=300), weight=0.5) for i in range(4)]
    chart.set_curves(curves)
    plain = seen(chart)
    chart.set_highlight({3})
    first = seen(chart)
    chart.set_highlight({0})
    assert (seen(chart) != first).any()
    chart.set_highlight({3})
    np.testing.assert_array_equal(seen(chart), first)
    chart.set_highlight({99})
    np.testing.assert_array_equal(seen(chart), plain)


def test_cursor_marks_every_curve(chart):
    chart.set_curves([curve(1, np.full(50, 1.0)), curve(2, np.full(50, 2.0), colour=BLUE)])
    plain = seen(chart)
    chart.set_cursor(25.0)
    changed = np.abs(seen(chart) - plain).max(axis=2) > 30
    columns = np.flatnonzero(changed.any(axis=0))
    at = chart.layout_now().x_of(25.0)
    assert columns.min() > at - 7
    assert columns.max() < at + 7
    chart.set_cursor(None)
    np.testing.assert_array_equal(seen(chart), plain)


@pytest.mark.parametrize("kind", ["step", "relative", "wall"])
def test_every_kind_of_x(chart, kind):
    chart.set_curves([curve(1, np.arange(100.0))])
    chart.set_x_kind(kind)
    assert near(seen(chart), RED).sum() > 300
    width = chart.view().x1 - chart.view().x0
    assert width == pytest.approx(99.0 if kind == "step" else 49.5)
    assert len(chart.layout_now().x_ticks) >= 2


def test_wall_times_that_go_back_or_are_not_numbers(chart):
    rng = np.random.default_rng(0)
    jump = 1.7e9 + np.arange(100.0)
    jump[50:] -= 20.0
    jump[70] = math.nan
    chart.set_curves(
        [
            curve(1, np.arange(100.0), wall_times=jump),
            curve(2, np.arange(300.0), colour=BLUE, wall_times=1.7e9 + rng.random(300) * 100),
            curve(3, np.arange(9.0), wall_times=np.full(9, math.nan)),
        ]
    )
    chart.set_x_kind("wall")
    pixels = seen(chart)
    assert near(pixels, RED).any()
    assert near(pixels, BLUE).any()
    assert len(chart.readings(1.7e9 + 60)) == 2


def test_superseded_points_are_left_out(chart):
    values = np.concatenate([np.full(50, 1.0), np.full(50, 9.0)])
    steps = np.concatenate([np.arange(50), np.arange(20, 70)])
    chart.set_curves(
        [curve(1, values, steps=steps, pieces=np.array([[0, 20], [50, 100]]), joined=True)]
    )
    seen(chart)
    [reading] = chart.readings(40.0)
    assert reading.value == 9.0
    [reading] = chart.readings(10.0)
    assert reading.value == 1.0
    layout = chart.layout_now()
    red = near(seen(chart), RED)
    # Joined: the step from one to the other is drawn.
    column = round((layout.x_of(19) + layout.x_of(20)) / 2)
    assert red[
        round(layout.y_of(5.0)) - 3 : round(layout.y_of(5.0)) + 3, column - 3 : column + 3
    ].any()


def test_log_axis_holds_what_is_not_positive_at_its_edge(chart):
    chart.set_y_scale("log")
    chart.set_curves([curve(1, [10.0, 100.0, -5.0, 0.0, 1000.0])])
    assert chart.view().y0 > 0
    assert near(seen(chart), RED).any()
    chart.set_curves([curve(1, [-1.0, 0.0])])
    seen(chart)


def test_outliers(chart):
    values = np.sin(np.arange(1000.0))
    values[500] = 1e6
    chart.set_curves([curve(1, values)])
    assert chart.view().y1 < 10
    chart.set_ignore_outliers(False)
    assert chart.view().y1 >= 1e6


def test_a_smoothed_line_shorter_than_its_series(chart):
    data = curve(1, np.random.default_rng(0).normal(size=100), weight=0.9)
    chart.set_curves([replace(data, smoothed=data.smoothed[:60])])
    seen(chart)
    assert len(chart.readings(99.0)) == 1


@pytest.mark.parametrize("ratio", [1.0, 1.25, 2.0])
def test_lines_are_as_wide_at_every_pixel_ratio(ratio):
    layer = CurveLayer()
    height = round(100 * ratio)
    scene = Scene(ViewRange(0, 99, 0, 10), "step", Scales(), round(200 * ratio), height, ratio)
    backdrop = np.full((3, height), 255, np.uint8)
    image = layer.render([curve(1, np.full(100, 5.0), colour=QColor("black"))], scene, backdrop)
    pixels = np.frombuffer(image.constBits(), np.uint32).reshape(height, -1) & 255
    painted = (255 - pixels[:, pixels.shape[1] // 2].astype(int)).sum() / 255 / ratio
    assert painted == pytest.approx(1.5, abs=0.1)


def test_themes(chart):
    chart.set_theme(ChartColours(surface=QColor("#1d2026")))
    chart.set_curves([curve(1, np.arange(10.0))])
    assert tuple(seen(chart)[2, 2]) == (0x1D, 0x20, 0x26)


def test_absurd_ranges_are_made_sane(chart):
    chart.set_curves([curve(1, [1e308, -1e308, 0.0])])
    seen(chart)
    chart.set_ignore_outliers(False)
    seen(chart)
    for view in (
        ViewRange(0, 0, 0, 0),
        ViewRange(2, 1, 5, 4),
        ViewRange(math.nan, 1, 0, 1),
        ViewRange(-math.inf, math.inf, 0, 1),
        ViewRange(1e300, 1e300, 1e-320, 1e-320),
    ):
        chart.set_view(view)
        shown = chart.view()
        assert shown.x0 < shown.x1
        assert shown.y0 < shown.y1
        seen(chart)
    chart.resize(120, 80)
    seen(chart)


def test_nearest_index():
    x = np.array([0, 10, 20, 5, 15, 25], np.int64)
    pieces = np.array([[0, 3], [3, 6]])
    assert nearest_index(x, pieces, 11.0, True) == 4
    assert nearest_index(x, pieces, -3.0, True) == 0
    assert nearest_index(x, pieces, 99.0, True) == 5
    assert nearest_index(x, pieces[:1], 14.9, True) == 1
    assert nearest_index(x, pieces, 9.0, False) == 1
    assert nearest_index(x, pieces[:0], 9.0, True) == -1
    assert nearest_index(np.array([math.nan]), np.array([[0, 1]]), 9.0, False) == -1


def test_names_for_those_who_do_not_see(chart):
    chart.set_title("train/loss")
    assert chart.accessibleName() == "Chart of train/loss"
    chart.set_curves([curve(1, np.arange(10.0))])
    chart.set_view(ViewRange(0.0, 9.0, 0.0, 9.0))
    seen(chart)
    assert chart.accessibleDescription() == "1 curve, step 0 to 9, values 0 to 9"


def test_marks_are_made_of_what_is_defined():
    layer = CurveLayer()
    scene = Scene(ViewRange(0.0, 4.0, 0.0, 4.0), "step", Scales(), 4, 4, 1.0)
    line = layer.rows([curve(1, np.arange(4.0))], scene)[0][0]
    strokes = spans.Strokes(1, 4)
    strokes.spans[0] = (0, 4)
    strokes.kinds[0] = spans.MARK_NAN
    # What is left in the memory of strokes that are not drawn.
    strokes.shapes[0, :, 2] = np.inf
    strokes.shapes[0, :, 3] = -np.inf
    with np.errstate(all="raise"):
        layer.note(strokes, 1, [line])
    (marks,) = layer.marks
    assert marks.places[:, 0].tolist() == [0.5, 1.5, 2.5, 3.5]
    assert np.isfinite(marks.places).all()
