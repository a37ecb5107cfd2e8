"""Pictures of very many lines, made in threads, so that the window never waits for them."""

from __future__ import annotations

import threading
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QImage

from eventglass.widgets.plots.curve_data import Marks, Scene
from eventglass.widgets.plots.curve_layer import CurveLayer
from eventglass.widgets.plots.stage import Stage

#: How often is looked whether a picture is done, in milliseconds.
LOOK_MS = 4
#: One picture at a time: they take all processors, and the one first asked for is seen first.
_TURN = threading.Lock()


@dataclass(frozen=True, slots=True, eq=False)
class Rendered:
    """A picture of curves, and what it is of; `key` tells it from others."""

    key: object
    stage: Stage
    scene: Scene
    image: QImage
    marks: list[Marks]
    drawn: bool


class _Job:
    """A picture on its way."""

    def __init__(
        self,
        layer: CurveLayer,
        key: object,
        stage: Stage,
        scene: Scene,
        backdrop: npt.NDArray[np.uint8],
    ) -> None:
        self._layer = layer
        self.key = key
        self._stage = stage
        self._scene = scene
        self._backdrop = backdrop
        self.is_dropped = False
        self.result: Rendered | None = None
        self.error: Exception | None = None
        self.thread = threading.Thread(target=self._run, name="picture")

    def _run(self) -> None:
        with _TURN:
            if self.is_dropped:
                return
            try:
                self.result = self.render()
            except Exception as error:  # noqa: BLE001 - raised again where the picture is taken
                self.error = error

    def render(self) -> Rendered:
        layer, curves = self._layer, self._stage.curves
        layer.forget_clocks({curve.series_id for curve in curves})
        image = layer.render(curves, self._scene, self._backdrop)
        image.setDevicePixelRatio(self._scene.ratio)
        return Rendered(self.key, self._stage, self._scene, image, layer.marks, layer.drawn)


class FarRender(QObject):
    """Makes one picture after another; of those asked for meanwhile only the last."""

    #: Another picture is there.
    ready = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        #: The picture made last.
        self.rendered: Rendered | None = None
        # Its own: what it learns of the curves is touched by one thread at a time.
        self._layer = CurveLayer()
        self._job: _Job | None = None
        self._next: _Job | None = None
        self._look = QTimer(self)
        self._look.setInterval(LOOK_MS)
        self._look.timeout.connect(self._take)

    def ask(self, key: object, stage: Stage, scene: Scene, backdrop: npt.NDArray[np.uint8]) -> None:
        """Have a picture made, unless it is being made."""
        job = self._job
        if job is not None and job.key == key and not job.is_dropped:
            self._next = None
        elif self._next is None or self._next.key != key:
            self._next = _Job(self._layer, key, stage, scene, backdrop)
            if job is None:
                self._start()

    def finish(
        self, key: object, stage: Stage, scene: Scene, backdrop: npt.NDArray[np.uint8]
    ) -> None:
        """Have a picture made now, and wait for it."""
        self._next = None
        if self._job is not None:
            self._job.thread.join()
            self._take()
        if self.rendered is None or self.rendered.key != key:
            self.rendered = _Job(self._layer, key, stage, scene, backdrop).render()

    def rest(self) -> None:
        """Make no picture that is not begun."""
        self._next = None
        if self._job is not None:
            self._job.is_dropped = True

    def is_busy(self) -> bool:
        """Whether a picture is on its way."""
        return self._job is not None

    def _start(self) -> None:
        self._job, self._next = self._next, None
        if self._job is None:
            self._look.stop()
        else:
            self._job.thread.start()
            self._look.start()

    def _take(self) -> None:
        """Take the picture, if it is done."""
        job = self._job
        if job is None or job.thread.is_alive():
            return
        self._job = None
        self._start()
        if job.error is not None:
            raise job.error
        if job.result is not None:
            self.rendered = job.result
            self.ready.emit()
