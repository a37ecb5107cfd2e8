"""Cameras that show points of an embedding: all of them, or some large."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from eventglass.widgets.plots.gl_camera import Bounds, Camera

#: Points by which a camera is found.
_MEASURED = 20_000
#: Few points close together are not shown larger than this, in units of the scene.
_NEAREST = 0.08

Places = npt.NDArray[np.float32]


def some_of(positions: Places, visible: npt.NDArray[np.bool_]) -> Places:
    """Return the places of visible points, (k, 3); of very many some, the outermost too."""
    rows = np.flatnonzero(visible)
    if len(rows) > _MEASURED:
        some = rows[:: len(rows) // _MEASURED]
        outer = [f(positions[rows, axis]) for axis in range(3) for f in (np.argmin, np.argmax)]
        rows = np.concatenate([some, rows[outer]])
    return positions[rows]


def around(camera: Camera, places: Places, aspect: float) -> Camera | None:
    """Return the camera that shows places large; None where there are none."""
    bounds = Bounds.of(places)
    if bounds is None:
        return None
    room = max(bounds.radius, _NEAREST)
    x, y, z = bounds.centre
    wide = Bounds((x - room, y - room, z - room), (x + room, y + room, z + room))
    return camera.fitted(wide, aspect)


def fitted(
    camera: Camera,
    shown: Places,
    size: tuple[float, float],
    corner: tuple[float, float] | None,
    edge: float,
) -> Camera | None:
    """Return the camera that shows all places; None where there are none.

    Parameters
    ----------
    size
        Width and height of the scene, pixels.
    corner
        Right and upper edge of what lies over the lower left corner.
    edge
        Pixels that a point reaches beyond its place.
    """
    bounds = Bounds.of(shown)
    if bounds is None:
        return None
    made = camera.fitted(bounds, size[0] / size[1], shown)
    aside = 0.0 if corner is None else _beside(made, shown, size, corner, edge)
    return made.panned(aside, 0.0, size) if aside > 0 else made


def _beside(
    camera: Camera,
    shown: Places,
    size: tuple[float, float],
    corner: tuple[float, float],
    edge: float,
) -> float:
    """How far points can be moved to the right, in pixels, to come out of the corner."""
    at = camera.project(shown, size)
    # With perspective what is near moves faster than what is far.
    speed = np.ones(len(at)) if camera.orthographic else camera.distance / at[:, 2]
    right = corner[0] + edge + 8
    behind = (at[:, 1] > corner[1] - edge) & (at[:, 0] < right)
    if not behind.any():
        return 0.0
    wanted = ((right - at[:, 0]) / speed)[behind].max()
    room = ((size[0] - edge - 8 - at[:, 0]) / speed).min()
    return float(min(wanted, room))
