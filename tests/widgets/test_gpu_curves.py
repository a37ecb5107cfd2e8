"""The GPU paints what the raster paints. Needs a display; software OpenGL will do."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QHBoxLayout, QWidget

from eventglass.widgets.plots import gpu_curves
from eventglass.widgets.plots.chart import Chart
from eventglass.widgets.plots.curve_data import Band
from tests.widgets.test_chart import BLUE, curve


def pixels(widget):
    image = widget.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    return (
        np.frombuffer(image.constBits(), np.uint8)
        .reshape(image.height(), -1, 4)[:, :, :3]
        .astype(int)
    )


def test_software_is_no_gpu(monkeypatch):
    monkeypatch.setattr(gpu_curves, "_DEVICES", ("/",))
    for name, expected in (
        ("llvmpipe (LLVM 15.0.6, 256 bits)", None),
        ("GDI Generic", None),
        ("ANGLE (Google, SwiftShader Device)", None),
        ("NVIDIA GeForce RTX 3060/PCIe/SSE2", "NVIDIA GeForce RTX 3060/PCIe/SSE2"),
        (None, None),
    ):
        monkeypatch.setattr(gpu_curves, "renderer", lambda name=name: name)
        assert gpu_curves.hardware_renderer() == expected


def test_without_a_device_nothing_is_asked(monkeypatch):
    def refuse():
        raise AssertionError("a context was made")

    monkeypatch.setattr(gpu_curves.sys, "platform", "linux")
    monkeypatch.setattr(gpu_curves, "_DEVICES", ("/nothing",))
    monkeypatch.setattr(gpu_curves, "renderer", refuse)
    assert gpu_curves.hardware_renderer() is None


def test_without_opengl_the_raster_stays(qtbot):
    chart = Chart()
    qtbot.addWidget(chart)
    chart.set_renderer("auto")
    if gpu_curves.hardware_renderer() is None:
        assert chart.renderer() == "raster"


@pytest.mark.gl
@pytest.mark.parametrize("log", [False, True])
@pytest.mark.parametrize("styled", [False, True])
def test_both_paint_the_same(qtbot, log, styled):
    if gpu_curves.renderer() is None:
        pytest.skip("no OpenGL here")
    rng = np.random.default_rng(0)
    noisy = 2.0 + rng.normal(size=20_000) * 0.3
    holes = 3.0 + np.sin(np.arange(400.0) / 30)
    holes[100:120] = math.nan
    holes[200] = math.inf
    window = QWidget()
    window.resize(900, 320)
    layout = QHBoxLayout(window)
    charts = []
    for _ in range(2):
        chart = Chart()
        chart.set_curves(
            [
                curve(1, noisy, weight=0.9),
                curve(2, holes, steps=np.arange(400) * 50, colour=BLUE),
                curve(3, 1.0 + rng.random(60), steps=np.arange(60) * 333, colour=QColor("green")),
            ]
            if not charts
            else charts[0].curves()
        )
        if styled and len(charts) == 0:
            first, second, third = chart.curves()
            chart.set_curves(
                [
                    replace(first, is_baseline=True),
                    replace(second, dash="dashdot", axis="right"),
                    replace(third, interpolation="step", marker_shape="diamond"),
                ]
            )
        chart.set_y_scale("log" if log else "linear")
        chart.set_x_scale("symlog" if styled else "linear")
        chart.set_cursor(9000.0)
        chart.set_selection(2000.0, 12_000.0)
        layout.addWidget(chart)
        charts.append(chart)
    raster, gpu = charts
    gpu.set_renderer("gpu")
    qtbot.addWidget(window)
    window.show()
    qtbot.waitExposed(window)
    assert gpu.renderer() == "gpu"
    qtbot.waitUntil(lambda: gpu._gpu.widget.layer.drawn)
    picture = pixels(window)
    size = raster.size()
    assert gpu.size() == size
    parts = [
        picture[chart.y() : chart.y() + size.height(), chart.x() : chart.x() + size.width()]
        for chart in charts
    ]
    away = np.abs(parts[0] - parts[1]).max(axis=2)
    assert gpu._gpu.widget.failed == ""
    assert parts[0].std() > 10
    assert away.mean() < 0.5
    assert (away > 60).mean() < 0.001
    for chart in charts:
        chart.set_highlight({1})
    picture = pixels(window)
    parts = [
        picture[chart.y() : chart.y() + size.height(), chart.x() : chart.x() + size.width()]
        for chart in charts
    ]
    away = np.abs(parts[0] - parts[1]).max(axis=2)
    assert away.mean() < 0.5
    assert (away > 60).mean() < 0.004
    gpu.set_renderer("raster")
    assert gpu.renderer() == "raster"
    np.testing.assert_array_equal(pixels(raster), pixels(gpu))


@pytest.mark.gl
def test_a_chart_with_a_band_is_filled_by_the_raster(qtbot):
    if gpu_curves.renderer() is None:
        pytest.skip("no OpenGL here")
    chart = Chart()
    chart.resize(400, 240)
    qtbot.addWidget(chart)
    values = np.linspace(1.0, 2.0, 50)
    chart.set_curves([curve(1, values)])
    chart.set_renderer("gpu")
    chart.show()
    qtbot.waitExposed(chart)
    assert chart.renderer() == "gpu"
    chart.set_curves([replace(curve(1, values), band=Band(values - 0.2, values + 0.2))])
    assert chart.renderer() == "raster"
    assert pixels(chart).std() > 5
    chart.set_curves([curve(1, values)])
    assert chart.renderer() == "gpu"
    chart.set_renderer("raster")
