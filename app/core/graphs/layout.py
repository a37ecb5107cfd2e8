"""Where the boxes and edges of a scene are drawn: layers, from above to below or left to right."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from eventglass.app.core.graphs.scene import SceneGraph

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """Places in the scene, in units of a pixel at zoom 1.

    Attributes
    ----------
    boxes : (k, 4) float64, left, top, width, height; of ports the width and height are 0
    points : (p, 2) float64, the corners of all edges
    point_start : (e + 1,) int32; edge i runs along ``points[point_start[i]:point_start[i + 1]]``,
        from its source to its target (also where it goes against the direction)
    bounds : left, top, width, height of everything
    """

    scene: SceneGraph
    direction: str
    boxes: Floats
    points: Floats
    point_start: npt.NDArray[np.int32]
    bounds: tuple[float, float, float, float]
    _levels: dict[object, object] = field(default_factory=dict)


class Cancelled(Exception):
    """The layout was given up."""


def lay_out(
    scene: SceneGraph,
    direction: str = "down",
    previous: Layout | None = None,
    cancelled: Callable[[], bool] | None = None,
    progress: Callable[[float], None] | None = None,
) -> Layout:
    """Return where everything is; `direction` is ``down`` or ``right``.

    Levels that are in `previous` unchanged keep their order and places; boxes that grew push others
    away no farther than needed. Raises `Cancelled`.
    """
    raise NotImplementedError
