"""ImageZoom: which part of an image is seen, shared by the canvases that are locked together."""

from __future__ import annotations

from PySide6.QtCore import QObject, QPointF, Signal

#: Least and greatest size of a pixel of the image, device-independent pixels.
LEAST, GREATEST = 1 / 64, 256.0


class ImageZoom(QObject):
    """Scale and centre.

    The scale is what a pixel of the *reference* measures on the screen; an image of another size is
    scaled so that it covers the same ground. None means: as large as fits.
    """

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._scale: float | None = None
        self._centre = QPointF(0.5, 0.5)
        #: Width of the image that `scale` counts for; 0: each image its own.
        self.reference_width = 0

    @property
    def scale(self) -> float | None:
        """Device-independent pixels per pixel of the reference, None for as large as fits."""
        return self._scale

    @property
    def centre(self) -> QPointF:
        """What lies in the middle, as shares of width and height."""
        return QPointF(self._centre)

    def set(self, scale: float | None, centre: QPointF | None = None) -> None:
        """Show another part."""
        if scale is not None:
            scale = min(max(scale, LEAST), GREATEST)
        centre = QPointF(0.5, 0.5) if centre is None or scale is None else centre
        centre = QPointF(min(max(centre.x(), 0.0), 1.0), min(max(centre.y(), 0.0), 1.0))
        if scale != self._scale or centre != self._centre:
            self._scale, self._centre = scale, centre
            self.changed.emit()

    def fit(self) -> None:
        """Show all of it."""
        self.set(None)
