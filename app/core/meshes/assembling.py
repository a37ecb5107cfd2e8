"""A mesh put together from its parts, checked: what can't be drawn is left out and told of.

Rows are counted from 0, as arrays are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from eventglass.app.core.meshes.geometry import bounds_of
from eventglass.app.core.meshes.scene_config import SceneConfig, scene_config
from eventglass.app.core.plugins.meshes import MeshPart

Floats = npt.NDArray[np.float32]
Indices = npt.NDArray[np.uint32]
Bytes = npt.NDArray[np.uint8]

#: Whole numbers up to here can be told apart in float32.
_EXACT_IN_FLOAT32 = 1 << 24


@dataclass(frozen=True, slots=True, eq=False)
class MeshData:
    """One mesh or point cloud. All arrays are read-only.

    Attributes
    ----------
    vertices : (n, 3) float32
        All of them finite: what isn't lies where the first finite one does, see `finite`.
    finite : (n,) bool or None
        Which vertices were finite; None when all were.
    faces : (m, 3) uint32
        Triangles of vertices that are there and finite; empty for a point cloud.
    has_faces
        Whether faces were logged, though none of them may be of use.
    colours : (n, 3) uint8 or None
        As logged.
    config
        How it asks to be shown.
    notes
        What is wrong with it, in words for the user.
    bounds : (2, 3) float64 or None
        Least and greatest coordinates of the finite vertices; None without any.
    """

    vertices: Floats
    finite: npt.NDArray[np.bool_] | None
    faces: Indices
    has_faces: bool
    colours: Bytes | None
    config: SceneConfig
    notes: tuple[str, ...]
    bounds: npt.NDArray[np.float64] | None

    @property
    def points(self) -> Floats:
        """(k, 3) float32, the finite vertices."""
        return self.vertices if self.finite is None else self.vertices[self.finite]


def entry_for_step(
    steps: npt.NDArray[np.int64], vertex_steps: npt.NDArray[np.int64], at: int
) -> int:
    """Return which entry of a part belongs to entry `at` of the vertices, -1 for none.

    The one of the same step, else the nearest earlier one: faces and colours that don't change are
    often written once. Of several entries of one step the first goes with the first, the second
    with the second.

    Parameters
    ----------
    steps : (k,) int64
        Of the part's entries, in the order they were written.
    vertex_steps : (n,) int64
    """
    step = int(vertex_steps[at])
    same = np.flatnonzero(steps == step)
    if len(same):
        order = int(np.count_nonzero(vertex_steps[:at] == step))
        return int(same[min(order, len(same) - 1)])
    earlier = np.flatnonzero(steps < step)
    if not len(earlier):
        return -1
    latest = int(steps[earlier].max())
    return int(earlier[steps[earlier] == latest][-1])


def assemble(
    vertices: MeshPart, faces: MeshPart | None, colours: MeshPart | None, sample: int
) -> MeshData:
    """Put a sample of a step together.

    Parameters
    ----------
    sample
        Which mesh of the batch, from 0.

    Raises
    ------
    IndexError
        When the vertices' batch has no such sample.
    """
    batch = len(vertices.array)
    if not 0 <= sample < batch:
        raise IndexError(sample)
    notes = [part.config_problem for part in (vertices,) if part.config_problem]
    positions, finite = _positions(vertices.array[sample], notes)
    rows = _sample_of(faces, "Faces", sample, batch, notes)
    triangles = np.empty((0, 3), np.uint32)
    if rows is not None:
        triangles = _triangles(rows, len(positions), finite, notes)
    shades = None
    rows = _sample_of(colours, "Colours", sample, batch, notes)
    if rows is not None:
        shades = _shades(rows, len(positions), notes)
    config = scene_config(vertices.config)
    notes += config.notes
    for array in (positions, finite, triangles, shades):
        if array is not None:
            array.flags.writeable = False
    return MeshData(
        positions,
        finite,
        triangles,
        faces is not None,
        shades,
        config,
        tuple(notes),
        bounds_of(positions if finite is None else positions[finite]),
    )


def _sample_of(
    part: MeshPart | None, what: str, sample: int, batch: int, notes: list[str]
) -> npt.NDArray[Any] | None:
    if part is None:
        return None
    count = len(part.array)
    if count != batch:
        if count == 1:
            notes.append(f"{what}: one for all {batch:,} meshes of the step")
            first: npt.NDArray[Any] = part.array[0]
            return first
        notes.append(
            f"{what}: a batch of {count:,} beside {batch:,} of the vertices"
            + ("; there are none for this mesh" if sample >= count else "")
        )
        if sample >= count:
            return None
    chosen: npt.NDArray[Any] = part.array[sample]
    return chosen


def _positions(
    rows: npt.NDArray[Any], notes: list[str]
) -> tuple[Floats, npt.NDArray[np.bool_] | None]:
    with np.errstate(over="ignore", invalid="ignore"):
        positions = np.array(rows, np.float32, order="C")
    if not len(positions):
        notes.append("There are no vertices")
        return positions, None
    # One sum says whether all are finite, most often; it may overflow, then each is looked at.
    with np.errstate(over="ignore", invalid="ignore"):
        if np.isfinite(positions.sum(dtype=np.float64)):
            return positions, None
    finite = np.asarray(np.isfinite(positions).all(axis=1))
    if finite.all():
        return positions, None
    bad = np.flatnonzero(~finite)
    notes.append(f"Vertices: {_of(len(bad), len(positions))} not finite and left out, {_rows(bad)}")
    good = np.flatnonzero(finite)
    positions[bad] = positions[good[0]] if len(good) else 0.0
    return positions, finite


def _triangles(
    rows: npt.NDArray[Any],
    count: int,
    finite: npt.NDArray[np.bool_] | None,
    notes: list[str],
) -> Indices:
    if rows.dtype.kind == "f" and rows.dtype.itemsize <= 4 and count > _EXACT_IN_FLOAT32:
        notes.append(
            f"Faces were logged as {rows.dtype}, which can't tell vertices beyond "
            f"{_EXACT_IN_FLOAT32:,} apart"
        )
    # Two numbers say most often that all is well; row by row NumPy takes ten times as long.
    if rows.size and rows.dtype.kind in "iu" and rows.min() >= 0 and rows.max() < count:
        triangles = np.array(rows, np.uint32, order="C")
        return _finite_triangles(triangles, finite, notes)
    with np.errstate(invalid="ignore"):
        inside = (rows >= 0) & (rows < count)
        if rows.dtype.kind == "f":
            inside &= rows == np.floor(rows)
    good = inside.all(axis=1)
    if good.all():
        triangles = np.array(rows, np.uint32, order="C")
    else:
        bad = np.flatnonzero(~good)
        first = rows[bad[0]][~inside[bad[0]]][0]
        notes.append(
            f"Faces: {_of(len(bad), len(rows))} left out, {_rows(bad)}: there is no vertex "
            f"{first:g}, there are {count:,}"
        )
        triangles = np.array(rows[good], np.uint32, order="C")
    if not len(rows) and count:
        notes.append("There are no faces; the vertices are shown as points")
    return _finite_triangles(triangles, finite, notes)


def _finite_triangles(
    triangles: Indices, finite: npt.NDArray[np.bool_] | None, notes: list[str]
) -> Indices:
    """Leave out faces at vertices that are nowhere."""
    if finite is None or not len(triangles):
        return triangles
    whole = finite[triangles].all(axis=1)
    lost = len(triangles) - int(np.count_nonzero(whole))
    if not lost:
        return triangles
    count = len(triangles)
    notes.append(f"Faces: {_of(lost, count)} left out, at vertices that aren't finite")
    return np.ascontiguousarray(triangles[whole])


def _shades(rows: npt.NDArray[Any], count: int, notes: list[str]) -> Bytes | None:
    if len(rows) != count:
        notes.append(f"Colours: {len(rows):,} rows for {count:,} vertices; they are not used")
        return None
    if rows.dtype == np.uint8:
        return np.array(rows, order="C")
    with np.errstate(invalid="ignore", over="ignore"):
        levels = np.asarray(rows, np.float64)
    finite = np.isfinite(levels)
    if not finite.all():
        bad = np.flatnonzero(~finite.all(axis=1))
        notes.append(f"Colours: {_of(len(bad), count)} not finite and shown black, {_rows(bad)}")
        levels = np.where(finite, levels, 0.0)
    if levels.size and rows.dtype.kind == "f" and levels.min() >= 0.0 and levels.max() <= 1.0:
        if (levels != np.floor(levels)).any():
            notes.append("Colours: taken as shares of 1; TensorBoard takes 255 as the brightest")
            levels = levels * 255.0
    elif levels.size and (levels.min() < 0.0 or levels.max() > 255.0):
        bad = np.flatnonzero(((levels < 0.0) | (levels > 255.0)).any(axis=1))
        notes.append(f"Colours: {_of(len(bad), count)} outside 0 to 255 and cut, {_rows(bad)}")
    return np.clip(np.rint(levels), 0.0, 255.0).astype(np.uint8)


def _of(some: int, count: int) -> str:
    return f"{some:,} of {count:,} {'is' if some == 1 else 'are'}"


def _rows(bad: npt.NDArray[np.integer]) -> str:
    listed: Sequence[int] = bad[:3].tolist()
    words = ", ".join(f"{row:,}" for row in listed)
    more = "\u00a0…" if len(bad) > 3 else ""
    return f"{'row' if len(bad) == 1 else 'rows'} {words}{more}"
