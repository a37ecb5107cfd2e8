"""SceneView: shows points, surfaces, lines and pictures in space.

Drawn by OpenGL, or, where there is none, as a projection by raster: the same calls, the same
signals. `failure` then says why.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QSize, Signal
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QWidget

from eventglass.app.models.theme import Theme
from eventglass.widgets.plots.gl_camera import Bounds, Camera, Preset
from eventglass.widgets.plots.gl_items import Item, Label, Lights, Pick, bounds_of

Tool: TypeAlias = Literal["orbit", "box", "lasso", "measure"]


class SceneView(QWidget):
    """Shows items from a camera that follows mouse, touchpad and keys."""

    #: Camera: the user moved it.
    camera_changed = Signal(object)
    #: Pick or None: what is under the pointer now.
    hovered = Signal(object)
    #: Pick or None, Qt.KeyboardModifiers.
    clicked = Signal(object, object)
    #: Pick or None. The camera has turned to it already.
    double_clicked = Signal(object)
    #: Key and (k,) int64 indices of points or pictures, for each item with any; one with the key
    #: None and no indices where the region holds nothing. After it `region_finished`.
    region_selected = Signal(object, object)
    #: Qt.KeyboardModifiers: all items of a region were told.
    region_finished = Signal(object)
    #: Pick, Pick, distance: two places were measured; drawn here.
    measured = Signal(object, object, float)
    #: Word of `Tool`: changed by key.
    tool_changed = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._items: tuple[Item, ...] = ()
        self._labels: tuple[Label, ...] = ()
        self._camera = Camera()
        self._tool: Tool = "orbit"
        self._planar = False

    @property
    def renderer(self) -> str:
        """What draws: OpenGL's name of it, or ``"raster"``; empty before the first paint."""
        return ""

    @property
    def failure(self) -> str:
        """Why OpenGL doesn't draw, empty when it does."""
        return ""

    # -- what to show -----------------------------------------------------------------------

    @property
    def items(self) -> tuple[Item, ...]:
        """The items shown."""
        return self._items

    def set_items(self, items: Sequence[Item]) -> None:
        """Show items; what is the same as before costs nothing."""
        self._items = tuple(items)
        self.update()

    def set_labels(self, labels: Sequence[Label]) -> None:
        """Show texts over the scene."""
        self._labels = tuple(labels)
        self.update()

    def set_lights(self, lights: Lights) -> None:
        """Light surfaces otherwise."""

    def set_background(self, colour: QColor | None) -> None:
        """Paint another background; None: the theme's surface."""

    def set_clip(self, plane: tuple[float, float, float, float] | None) -> None:
        """Cut away what lies where ``a·x + b·y + c·z + d < 0``."""

    def set_fog(self, amount: float) -> None:
        """Let what is far fade towards the background; 0 (none) to 1."""

    def bounds(self) -> Bounds | None:
        """Return the bounds of what is shown."""
        return bounds_of(self._items)

    # -- camera -----------------------------------------------------------------------------

    @property
    def camera(self) -> Camera:
        """Where one looks from; where it will be, while it moves."""
        return self._camera

    def set_camera(self, camera: Camera, animate: bool = False) -> None:
        """Look from elsewhere. Emits nothing."""
        self._camera = camera
        self.update()

    def fit(self, animate: bool = True) -> None:
        """Show all there is, from the same direction."""

    def show_from(self, name: Preset, animate: bool = True) -> None:
        """Look from a named side, at all there is."""

    def set_planar(self, planar: bool) -> None:
        """Show x and y only: pan and zoom, no turning."""
        self._planar = planar

    # -- tools ------------------------------------------------------------------------------

    @property
    def tool(self) -> Tool:
        """What dragging does."""
        return self._tool

    def set_tool(self, tool: Tool) -> None:
        """Let dragging turn the scene, or select, or clicks measure."""
        self._tool = tool

    def pick_at(self, x: float, y: float) -> Pick | None:
        """Return what lies nearest to a place of the widget, within 6 pixels."""
        return None

    def indices_in(self, key: Hashable, region: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
        """Return the points of an item inside a (k, 2) polygon of the widget."""
        return np.empty(0, np.int64)

    # -- pictures ---------------------------------------------------------------------------

    def render_image(
        self,
        width: int,
        height: int,
        transparent: bool = False,
        camera: Camera | None = None,
        labels: bool = True,
    ) -> QImage:
        """Return a picture of the scene at any size, in pixels."""
        made = QImage(width, height, QImage.Format.Format_ARGB32_Premultiplied)
        made.fill(0)
        return made

    def is_settled(self) -> bool:
        """Tell whether nothing moves and all is drawn."""
        return True

    def sizeHint(self) -> QSize:
        """As much as there is."""
        return QSize(480, 360)
