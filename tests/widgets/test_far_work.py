"""Charts of very many lines: ranges and pictures are made in a thread, and are the same."""

from __future__ import annotations

import gc
import weakref
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor, QImage
from pytestqt.qtbot import QtBot

from eventglass.app.core.compute.ranges import as_pieces
from eventglass.widgets.plots import curve_axis, far_work, picture
from eventglass.widgets.plots.chart import Chart
from eventglass.widgets.plots.curve_data import CurveData

MANY = picture.FAR_FROM + 10


def curves(seed: int = 0, count: int = MANY) -> list[CurveData]:
    random = np.random.default_rng(seed)
    steps = np.arange(60, dtype=np.int64)
    made = []
    for number in range(count):
        values = np.cumsum(random.normal(size=60))
        colour = QColor.fromHsv(number * 37 % 360, 200, 160)
        made.append(
            CurveData(number, f"run {number}", colour, steps, steps * 1.0, values, as_pieces(60))
        )
    return made


def shown(chart: Chart) -> QImage:
    return chart.grab().toImage()


@pytest.fixture
def chart(qtbot: QtBot) -> Chart:
    made = Chart()
    made.resize(420, 240)
    qtbot.addWidget(made)
    made.show()
    return made


def test_the_picture_is_the_one_made_at_once(
    chart: Chart, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    chart.set_curves(curves())
    qtbot.waitUntil(lambda: shown(chart) == shown(chart) and chart.is_settled())
    far = shown(chart)
    monkeypatch.setattr(picture, "FAR_FROM", MANY + 1)
    chart.resize(421, 240)
    shown(chart)
    chart.resize(420, 240)
    assert shown(chart) == far
    chart.set_curves([])
    assert shown(chart) != far


def test_until_it_is_there_the_one_of_before_is_shown(
    chart: Chart, monkeypatch: pytest.MonkeyPatch
) -> None:
    chart.set_curves(curves())
    empty = shown(chart)
    assert not chart._empty_text()
    chart.finish_picture()
    first = shown(chart)
    assert first != empty
    with far_work._TURN:
        chart.set_highlight({3})
        assert shown(chart) == first
        assert not chart.is_settled()
    chart.finish_picture()
    assert chart.is_settled()
    assert shown(chart) != first


def test_zooming_moves_the_picture_there_is(chart: Chart) -> None:
    chart.set_curves(curves())
    chart.finish_picture()
    before = shown(chart)
    with far_work._TURN:
        chart.set_x_view(20.0, 30.0)
        stretched = shown(chart)
    assert stretched != before
    plot = chart.layout_now().plot.toRect()
    ground = stretched.pixelColor(1, 1)
    middle = [stretched.pixelColor(plot.center().x(), y) for y in range(plot.top(), plot.bottom())]
    assert any(colour != ground for colour in middle)


def test_only_the_last_picture_asked_for_is_made(chart: Chart, qtbot: QtBot) -> None:
    made: list[object] = []
    chart.set_curves(curves())
    chart.finish_picture()
    far = chart._picture._far
    assert far is not None
    far.ready.connect(lambda: made.append(far.result))
    with far_work._TURN:
        for number in range(5):
            chart.set_highlight({number})
            shown(chart)
    qtbot.waitUntil(chart.is_settled)
    # The one that was begun, and the last.
    assert len(made) == 2


def test_a_hidden_chart_rests(chart: Chart) -> None:
    chart.set_curves(curves())
    with far_work._TURN:
        shown(chart)
        assert not chart.is_settled()
        chart.hide()
    chart.finish_picture()
    far = chart._picture._far
    assert far is not None
    chart.show()
    assert far.result is not None


def test_the_line_under_the_pointer_is_found_among_many(chart: Chart) -> None:
    chart.set_curves(curves(count=400))
    layout = chart.layout_now()
    for curve in chart.curves()[::40]:
        at = layout.plot.topLeft()
        at.setX(layout.x_of(30.0))
        at.setY(layout.y_of(float(curve.values[30])))
        found = chart.curve_at(at)
        assert found is not None
        value = float(next(c for c in chart.curves() if c.series_id == found).values[30])
        assert abs(layout.y_of(value) - at.y()) < 1.0


def test_until_the_range_is_found_the_one_of_before_is_painted(chart: Chart, qtbot: QtBot) -> None:
    chart.set_curves(curves())
    chart.finish_picture()
    before = shown(chart)
    view = chart.view()
    higher = [
        replace(curve, values=1000.0 + curve.values) for curve in curves(seed=1, count=MANY + 1)
    ]
    with far_work._TURN:
        chart.set_curves(higher)
        assert chart.is_waiting()
        assert shown(chart) == before
        assert not chart.is_settled()
    qtbot.waitUntil(lambda: not chart.is_waiting())
    assert chart.view().y0 > view.y1
    qtbot.waitUntil(lambda: shown(chart) != before and chart.is_settled())


def test_who_asks_for_the_range_waits_for_it(chart: Chart) -> None:
    chart.set_curves(curves())
    with far_work._TURN:
        shown(chart)
        assert chart.is_waiting()
        values = np.concatenate([curve.values for curve in chart.curves()])
        assert chart.view().y0 <= np.quantile(values, 0.05)
        assert not chart.is_waiting()
        # What means something else now is not painted with what was.
        chart.set_x_kind("wall")
        assert chart._layout_painted() is None


def test_what_was_found_of_other_curves_is_not_taken(chart: Chart, qtbot: QtBot) -> None:
    chart.set_curves(curves())
    with far_work._TURN:
        shown(chart)
        chart.set_curves([replace(curve, values=-curve.values) for curve in curves()])
    # Painting asks again.
    qtbot.waitUntil(lambda: not chart.is_waiting())
    found = chart.view()
    chart._range.forget()
    assert chart.view() == found


def test_what_is_asked_for_while_another_range_is_found_is_found_as_well(
    chart: Chart, qtbot: QtBot
) -> None:
    chart.set_curves(curves())
    with far_work._TURN:
        shown(chart)
        chart.set_curves([replace(curve, values=5.0 + curve.values) for curve in curves()])
        shown(chart)
    qtbot.waitUntil(lambda: not chart.is_waiting())
    qtbot.waitUntil(lambda: chart.is_settled() and chart._picture._far is not None)
    assert min(curve.values.min() for curve in chart.curves()) > chart.view().y0 - 5.0


def test_on_other_scales_the_picture_of_before_stands_as_it_was(chart: Chart) -> None:
    chart.set_curves(curves())
    chart.finish_picture()
    before = shown(chart)
    with far_work._TURN:
        chart.set_y_scale("symlog")
        chart.view()
        assert shown(chart) == before
    chart.finish_picture()
    assert shown(chart) != before


def test_nothing_is_kept_of_curves_that_are_gone(chart: Chart) -> None:
    chart.set_curves(curves())
    chart.finish_picture()
    shown(chart)
    gone = weakref.ref(chart.curves()[0].values)
    chart.set_curves([])
    shown(chart)
    gc.collect()
    assert gone() is None


def test_a_page_of_charts_is_painted_in_several_turns(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    qtbot.wait(1)
    monkeypatch.setattr(picture, "COST_A_TURN", 1)
    few = curves(count=3)
    charts = [Chart() for _ in range(3)]
    for each in charts:
        qtbot.addWidget(each)
        each.resize(420, 240)
        each.set_curves(few)
    grabbed = [shown(each) for each in charts]
    assert grabbed[1] != grabbed[0]
    assert [each.is_settled() for each in charts] == [True, False, False]
    qtbot.waitUntil(lambda: all(each.is_settled() for each in charts))
    assert [shown(each) for each in charts] == [grabbed[0]] * 3


def test_points_that_go_to_and_fro_are_looked_up_by_their_order(
    chart: Chart, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(curve_axis, "_WORTH_AN_ORDER", 100)
    monkeypatch.setattr(picture, "FAR_POINTS", 100)
    random = np.random.default_rng(3)
    xs = random.integers(0, 40, 400).astype(np.float64)
    xs[::7] = np.nan
    steps = np.arange(400)
    values = random.normal(size=400)
    made = CurveData(5, "run", QColor("red"), steps, steps * 1.0, values, as_pieces(400), xs=xs)
    chart.set_x_kind("tag")
    chart.set_curves([made])
    places = [-3.0, 0.0, 7.4, 7.5, 19.0, 39.0, 50.0]
    slow = [chart.readings(x)[0] for x in places]
    shown(chart)
    qtbot.waitUntil(lambda: chart._layer.axis_of(made, "tag").order is not None)
    qtbot.waitUntil(chart.is_settled)
    quick = [chart.readings(x)[0] for x in places]
    for x, one, other in zip(places, slow, quick, strict=True):
        assert abs(one.x - x) == abs(other.x - x)
        assert other.x == xs[other.index]
        assert one.x != other.x or one.index == other.index
    layout = chart.layout_now()
    at = QPointF(layout.x_of(xs[10]), layout.y_of(float(values[10])))
    assert chart.curve_at(at) == 5
