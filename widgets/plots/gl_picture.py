"""Pictures of scenes for files: at any size, from any camera, drawn by the processor."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtGui import QColor, QImage, QPainter

from eventglass.widgets.plots.gl_camera import Bounds, Camera
from eventglass.widgets.plots.gl_frame import Derived, Frame
from eventglass.widgets.plots.gl_items import Label
from eventglass.widgets.plots.gl_labels import LabelPainter
from eventglass.widgets.plots.gl_raster import RasterRenderer

#: Greatest side of what is drawn at once.
TILE_PX = 2048


def made_picture(
    frame: Frame,
    derived: Derived,
    texts: LabelPainter,
    labels: tuple[Label, ...],
    colour: QColor,
    backdrop: QColor,
    bounds: Bounds | None,
    camera: Camera | None,
) -> QImage:
    """Return a frame's picture with its texts, drawn in tiles; on any thread.

    Parameters
    ----------
    bounds
        Of what is shown; the planes of another camera follow it.
    camera
        To look from instead of the frame's.

    Raises
    ------
    MemoryError
        Where there is no room for it.
    """
    if camera is not None:
        frame = replace(frame, camera=camera.with_scene(bounds))
    renderer = RasterRenderer()
    image = QImage(frame.width, frame.height, QImage.Format.Format_ARGB32_Premultiplied)
    if image.isNull():
        raise MemoryError(f"There is no room for a picture of {frame.width} × {frame.height}")
    image.fill(0)
    with QPainter(image) as painter:
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Source)
        for top in range(0, frame.height, TILE_PX):
            for left in range(0, frame.width, TILE_PX):
                width = min(TILE_PX, frame.width - left)
                height = min(TILE_PX, frame.height - top)
                part = renderer.draw(frame.parted((left, top, width, height)), derived)
                painter.drawImage(left, top, part)
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceOver)
        painter.scale(frame.ratio, frame.ratio)
        size = frame.width / frame.ratio, frame.height / frame.ratio
        texts.paint(painter, texts.placed(labels, frame.camera, *size), colour, backdrop)
    return image
