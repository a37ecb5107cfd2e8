"""Charts of very many lines: their pictures are made in threads, and are the same."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtGui import QColor, QImage
from pytestqt.qtbot import QtBot

from eventglass.app.core.compute.ranges import as_pieces
from eventglass.widgets.plots import far_work, picture
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
