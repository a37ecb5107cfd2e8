"""Draws the smooth picture of a scene that rests, beside the GUI thread."""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage

from eventglass.widgets.plots.gl_frame import Derived, Frame
from eventglass.widgets.plots.gl_raster import GivenUp, RasterRenderer

_log = logging.getLogger(__name__)


class Refiner(QObject):
    """Draws the last frame each scene asked for; one thread, started when first needed."""

    #: Owner, frame, QImage.
    refined = Signal(object, object, object)

    def __init__(self) -> None:
        super().__init__()
        self._wanted: OrderedDict[int, tuple[Frame, Derived]] = OrderedDict()
        self._busy: int | None = None
        self._ready = threading.Condition()
        self._thread: threading.Thread | None = None
        self._gives_up = False
        self._renderer = RasterRenderer(gives_up=lambda: self._gives_up)

    def ask(self, owner: int, frame: Frame, derived: Derived) -> None:
        """Draw a frame; one that the owner asked for before and is not begun is dropped."""
        with self._ready:
            self._wanted[owner] = (frame, derived)
            self._wanted.move_to_end(owner)
            if self._thread is None:
                # A daemon: it holds nothing that must be put in order at the end.
                self._thread = threading.Thread(target=self._work, name="scenes", daemon=True)
                self._thread.start()
            self._ready.notify()

    def drop(self, owner: int) -> None:
        """Draw nothing for an owner, and give up what is being drawn for it."""
        with self._ready:
            self._wanted.pop(owner, None)
            if self._busy == owner:
                self._gives_up = True

    def is_busy(self, owner: int) -> bool:
        """Tell whether a frame of an owner is not done yet."""
        with self._ready:
            return owner in self._wanted or self._busy == owner

    def _work(self) -> None:
        while True:
            with self._ready:
                while not self._wanted:
                    self._ready.wait()
                owner, (frame, derived) = self._wanted.popitem(last=False)
                self._busy = owner
                self._gives_up = False
            image = None
            try:
                image = self._renderer.draw(frame, derived)
            except GivenUp:
                pass
            except Exception:  # noqa: BLE001 - the scene keeps the picture it has
                _log.exception("A scene could not be drawn smoothly")
            finally:
                with self._ready:
                    self._busy = None
            if isinstance(image, QImage):
                try:
                    self.refined.emit(owner, frame, image)
                except RuntimeError:
                    # The application ended while it was drawn: nobody is there to see it.
                    return
            # Hold nothing while waiting.
            del frame, derived, image


_refiners: list[Refiner] = []


def refiner() -> Refiner:
    """Return the process's refiner."""
    if not _refiners:
        _refiners.append(Refiner())
    return _refiners[0]
