"""The part of a chart that lets the GPU fill the lines."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from PySide6.QtGui import QPainter

from eventglass.widgets.plots.curve_layer import strokes_suffice
from eventglass.widgets.plots.picture import grid_rows, picture_rect, scene_of

if TYPE_CHECKING:
    from eventglass.widgets.plots.chart import Chart
    from eventglass.widgets.plots.gpu_curves import GpuCurves, GpuFrame
    from eventglass.widgets.plots.stage import Stage

Mode = Literal["auto", "gpu", "raster"]


class ChartGpu:
    """Chooses who fills the lines of a chart, and has the widget for it while that is the GPU.

    Parameters
    ----------
    stage
        Returns all a picture of the chart is made of.
    describe
        Is called when other curves, or another range of them, are drawn.
    paint_over
        Paints all but surface, grid and curves.
    """

    def __init__(
        self,
        chart: Chart,
        stage: Callable[[], Stage],
        describe: Callable[[], None],
        paint_over: Callable[[QPainter], None],
    ) -> None:
        self._chart = chart
        self._stage = stage
        self._describe = describe
        self._paint_over = paint_over
        self._is_wanted = False
        #: Fills the lines; None while the raster does.
        self.widget: GpuCurves | None = None
        self._frame_before: GpuFrame | None = None
        self._described_for: object = None

    def choose(self, mode: Mode) -> None:
        """Choose who fills the lines; auto: the GPU where there is one, else the raster."""
        self._is_wanted = False
        if mode != "raster":
            from eventglass.widgets.plots import gpu_curves

            name = gpu_curves.renderer() if mode == "gpu" else gpu_curves.hardware_renderer()
            self._is_wanted = name is not None

    def forget(self) -> None:
        """Keep nothing of the curves."""
        self._frame_before = None

    def follow(self) -> bool:
        """Have or drop the widget as the curves want it; return whether it was dropped."""
        chart = self._chart
        wanted = self._is_wanted and strokes_suffice(chart.curves(), chart.x_kind())
        if wanted and self.widget is None:
            from eventglass.widgets.plots.gpu_curves import GpuCurves

            self.widget = GpuCurves(chart, self._frame, self._paint_over)
            self.widget.setGeometry(chart.rect())
            self.widget.show()
            chart.raise_panels()
        elif not wanted and self.widget is not None:
            self.widget.free()
            self.widget.hide()
            self.widget.deleteLater()
            self.widget = None
            return True
        return False

    def name(self) -> str:
        """Return the name of the graphics processor that fills the lines, or "raster"."""
        if self.widget is None:
            return "raster"
        from eventglass.widgets.plots import gpu_curves

        return gpu_curves.renderer() or "GPU"

    def _frame(self) -> GpuFrame:
        """Return what the GPU is to draw."""
        from eventglass.widgets.plots.gpu_curves import GpuFrame

        chart = self._chart
        chart.find_range()
        if self._frame_before is not None and chart.is_waiting():
            return self._frame_before
        stage = self._stage()
        scene = scene_of(stage)
        left, top, _width, _height = picture_rect(stage.layout, scene.ratio)
        key = (stage.version, replace(scene, highlight=frozenset()))
        if key != self._described_for:
            self._described_for = key
            self._describe()
        colours = stage.colours
        self._frame_before = GpuFrame(
            key,
            stage.curves,
            scene,
            left,
            top,
            colours.surface,
            colours.grid,
            grid_rows(stage.layout, scene),
        )
        return self._frame_before
