"""Draws scenes with the processor.

Where OpenGL is software too, this is several times faster: Mesa's llvmpipe takes half a second for
a million points. Bands of rows are drawn side by side by the crew; the ids of what is seen come
with the picture. Smooth edges are had by drawing at twice the size.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QImage, QPainter

from eventglass.app.core.compute import scene_faces, scene_marks
from eventglass.app.core.compute.crew import CREW, SIZE
from eventglass.app.core.compute.scene_marks import Target
from eventglass.widgets.plots.gl_camera import Matrix
from eventglass.widgets.plots.gl_frame import Derived, Frame, Ids, colour_rows, numbered
from eventglass.widgets.plots.gl_items import Item, Lines, Mesh, Points, Sprites, layers

_SHAPES = {
    "disc": scene_marks.DISC,
    "square": scene_marks.SQUARE,
    "sphere": scene_marks.SPHERE,
}
_WAYS = {"smooth": scene_faces.SMOOTH, "flat": scene_faces.FLAT, "none": scene_faces.UNLIT}
#: Points up to which edges are blended while the scene moves.
SMOOTH_POINTS = 60_000
#: Dashes and the gaps between them, device-independent pixels.
DASH_PX = 5.0
#: Pixels of a picture beyond which it is drawn in parts.
MOST_PIXELS = 8_000_000

#: Bands of a picture that one thread draws alone.
BANDS_ALONE = 8

#: Draws the rows [first, stop).
_Step = Callable[[int, int], None]


@dataclass(slots=True, eq=False)
class _Plan:
    """How a frame is drawn: steps that each band goes through."""

    frame: Frame
    target: Target
    matrix: Matrix
    plane: npt.NDArray[np.float64] | None
    steps: list[_Step]


class GivenUp(Exception):
    """A picture is not wanted any more."""


class RasterRenderer:
    """Draws frames into images, on any thread.

    Parameters
    ----------
    gives_up
        With it the calling thread draws alone, leaving the crew to others, band by band, and
        raises `GivenUp` when this says so.
    """

    name = "raster"

    def __init__(self, gives_up: Callable[[], bool] | None = None) -> None:
        self._gives_up = gives_up
        self._last_ids: tuple[Frame, Ids] | None = None

    def draw(self, frame: Frame, derived: Derived) -> QImage:
        """Return the part of the frame, premultiplied."""
        _left, _top, width, height = frame.part
        if not (frame.fine and scene_marks.FAST):
            target = self._drawn(frame, derived)
            self._last_ids = (frame, Ids(target.ids, numbered(frame.items)))
            return as_image(target.colours)
        out = np.empty((height, width), np.uint32)
        # In strips, so that twice the size doesn't cost four times the memory at once.
        strip = max(MOST_PIXELS // (4 * max(width, 1)), 16)
        for start in range(0, height, strip):
            rows = min(strip, height - start)
            part = (2 * frame.part[0], 2 * (frame.part[1] + start), 2 * width, 2 * rows)
            doubled = replace(
                frame,
                width=2 * frame.width,
                height=2 * frame.height,
                ratio=2.0 * frame.ratio,
                part=part,
            )
            target = self._drawn(doubled, derived)
            halve = partial(scene_marks.halved, target.colours, out[start : start + rows])
            self._run([partial(halve, first=a, stop=b) for a, b in self._bands(rows)])
        return as_image(out)

    def ids(self, frame: Frame, derived: Derived) -> Ids:
        """Return what is seen at each pixel; at no cost after the frame was drawn."""
        wanted = replace(frame, fine=False)
        if self._last_ids is None or self._last_ids[0] != wanted:
            target = self._drawn(wanted, derived)
            self._last_ids = (wanted, Ids(target.ids, numbered(frame.items)))
        return self._last_ids[1]

    def _drawn(self, frame: Frame, derived: Derived) -> Target:
        _left, _top, width, height = frame.part
        red, green, blue, opacity = frame.background
        packed = int.from_bytes(
            bytes([opacity, *(round(c * opacity / 255) for c in (red, green, blue))]), "big"
        )
        plan = _Plan(
            frame=frame,
            target=Target.empty(width, height, packed),
            matrix=frame.pixel_matrix(),
            plane=None if frame.clip is None else np.array(frame.clip, np.float64),
            steps=[],
        )
        bases = {id(item): base for base, item in numbered(frame.items)}
        behind, front = layers(frame.items)
        late = self._add_layer(plan, behind, bases, derived)
        if frame.fog > 0.0:
            plan.steps.append(_fog(plan))
        plan.steps += late
        if front:
            plan.steps.append(_nothing_before(plan.target))
            plan.steps += self._add_layer(plan, front, bases, derived)
        if plan.steps:
            self._run([partial(_run, plan.steps, a, b) for a, b in self._bands(height)])
        return plan.target

    def _add_layer(
        self, plan: _Plan, items: list[Item], bases: dict[int, int], derived: Derived
    ) -> list[_Step]:
        """Add the steps of some items; returns those that follow, of what is seen through."""
        late: list[_Step] = []
        last: list[_Step] = []
        for item in sorted(items, key=rank):
            base = bases.get(id(item), -1)
            match item:
                case Mesh():
                    self._add_mesh(plan, item, base, derived, late)
                case Points():
                    self._add_points(plan, item, base, derived, late)
                case Sprites():
                    plan.steps.append(_sprites(plan, item, base, derived))
                case Lines():
                    (last if item.on_top else late).append(_lines(plan, item))
        return [*late, *last]

    def _bands(self, count: int) -> list[tuple[int, int]]:
        return _bands(count, parts=SIZE if self._gives_up is None else BANDS_ALONE)

    def _run(self, jobs: list[Callable[[], None]]) -> None:
        if self._gives_up is None:
            CREW.run(jobs)
            return
        for job in jobs:
            if self._gives_up():
                raise GivenUp
            job()

    @staticmethod
    def _add_points(
        plan: _Plan, item: Points, base: int, derived: Derived, late: list[_Step]
    ) -> None:
        frame = plan.frame
        sizes = item.sizes
        draw = partial(
            scene_marks.draw_points,
            plan.target,
            plan.matrix,
            np.ascontiguousarray(item.positions, np.float32),
            colour_rows(item.colours),
            np.array([sizes], np.float32) if isinstance(sizes, int | float) else sizes,
            item.visible,
            per_world=frame.per_world() if item.size_unit == "world" else 0.0,
            ratio=frame.ratio,
            shape=_SHAPES[item.shape],
            opacity=item.opacity,
            # Twice the size is smooth enough.
            smooth=not frame.fine and len(item.positions) <= SMOOTH_POINTS,
            plane=plan.plane,
            base=max(base, 0),
            pickable=base >= 0,
        )
        if item.opacity >= 1.0 and derived.opaque(item.colours):
            plan.steps.append(_banded(partial(draw, part=scene_marks.ALL)))
            return
        if item.opacity >= 1.0:
            plan.steps.append(_banded(partial(draw, part=scene_marks.OPAQUE)))
        late.append(_banded(partial(draw, part=scene_marks.TRANSLUCENT)))

    @staticmethod
    def _add_mesh(plan: _Plan, item: Mesh, base: int, derived: Derived, late: list[_Step]) -> None:
        if item.wireframe == "only":
            late.append(_wires(plan, item, derived))
            return
        frame, target = plan.frame, plan.target
        vertices = np.ascontiguousarray(item.vertices, np.float32)
        faces = np.ascontiguousarray(item.faces, np.uint32)
        corners = _corners(plan.matrix, plan.plane, vertices)
        red, green, blue, opacity = item.wire_colour
        wired = opacity / 255.0 if item.wireframe == "overlay" else 0.0
        shading = scene_faces.Shading(
            way=_WAYS[item.shading],
            ambient=frame.lights.ambient,
            lights=frame.light_rows(),
            eye=frame.eye(),
            wire=(float(red), float(green), float(blue), wired),
            wire_width=frame.ratio,
            opacity=item.opacity,
        )
        hits = np.full(target.colours.shape, scene_faces.NOTHING, np.int32)
        colours = colour_rows(item.colours)
        normals = derived.normals(item)
        seen_through = item.opacity < 1.0 or not derived.opaque(item.colours)
        # Of a mesh that is seen through the nearest faces are drawn, and hide nothing else.
        depths = np.empty_like(target.depths) if seen_through else target.depths

        def draw(first: int, stop: int) -> None:
            if seen_through:
                depths[first:stop] = target.depths[first:stop]
            scene_faces.find_faces(
                depths,
                hits,
                corners,
                faces,
                back_faces=item.back_faces,
                cut=plan.plane is not None,
                first=first,
                stop=stop,
            )
            scene_faces.shade_faces(
                target,
                hits,
                corners,
                vertices,
                faces,
                normals,
                colours,
                shading,
                base=max(base, 0),
                pickable=base >= 0,
                first=first,
                stop=stop,
            )

        (late if seen_through else plan.steps).append(draw)


def projected(frame: Frame, positions: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Return the pixels of (n, 3) places, (n, 2); NaN where they are out of sight in depth."""
    plane = None if frame.clip is None else np.array(frame.clip, np.float64)
    solid = np.ascontiguousarray(positions, np.float32)
    corners = _corners(frame.pixel_matrix(), plane, solid)
    x, y, z, w, beyond = corners.T
    with np.errstate(invalid="ignore", divide="ignore"):
        shown = (w > 0.0) & (np.abs(z) <= w * 1.0001)
        if plane is not None:
            shown &= beyond >= 0.0
        places = np.empty((len(corners), 2), np.float32)
        np.divide(x, w, out=places[:, 0])
        np.divide(y, w, out=places[:, 1])
    places[~shown] = np.nan
    return places


def _corners(
    matrix: Matrix, plane: npt.NDArray[np.float64] | None, vertices: npt.NDArray[np.float32]
) -> npt.NDArray[np.float32]:
    """Return homogeneous pixels of (n, 3) places and how far off the plane they are, (n, 5)."""
    made = np.empty((len(vertices), 5), np.float32)
    project = partial(scene_faces.project, matrix, plane, vertices, made)
    CREW.run([partial(project, first=a, stop=b) for a, b in _bands(len(vertices), least=5000)])
    return made


def as_image(colours: npt.NDArray[np.uint32]) -> QImage:
    """Return an image of (h, w) premultiplied 0xAARRGGBB."""
    height, width = colours.shape
    data = np.ascontiguousarray(colours)
    form = QImage.Format.Format_ARGB32_Premultiplied
    # Copied: an image does not keep the array alive.
    return QImage(data.data, width, height, 4 * width, form).copy()


def scaled_atlas(
    item: Sprites, size: float, derived: Derived
) -> tuple[npt.NDArray[np.uint8], int, int]:
    """Return the atlas with pictures of `size` pixels at their greater side, and their size.

    Returns
    -------
    (h, w, 4) uint8
        Straight red, green, blue and opacity.
    """
    wide, high = item.cell_size
    scale = size / max(wide, high, 1)
    width, height = max(round(wide * scale), 1), max(round(high * scale), 1)
    key = ("atlas", id(item.atlas), wide, high, item.columns, width, height)
    found = derived.get(key)
    if found is None:
        made = _scaled(item, wide, high, width, height)
        found = derived.keep(key, (item.atlas,), made)
    return found, width, height


def far_to_near(item: Sprites, frame: Frame) -> npt.NDArray[np.int64]:
    """Return which pictures are drawn, the farthest first, (k,)."""
    depths = item.positions @ frame.camera.axes[2].astype(np.float32)
    shown = np.isfinite(depths)
    if item.visible is not None:
        shown &= item.visible
    chosen = np.flatnonzero(shown)
    return chosen[np.argsort(depths[chosen], kind="stable")].astype(np.int64)


def _scaled(item: Sprites, wide: int, high: int, width: int, height: int) -> npt.NDArray[np.uint8]:
    source = _as_qimage(item.atlas)
    rows = max(source.height() // max(high, 1), 1)
    columns = max(item.columns, 1)
    form = QImage.Format.Format_ARGB32_Premultiplied
    whole = QImage(columns * width, rows * height, form)
    whole.fill(0)
    if (wide, high) == (width, height):
        with QPainter(whole) as painter:
            painter.drawImage(0, 0, source)
    else:
        # All at once; cells are scaled by the same factor, so their edges fall on pixels.
        cut = source.copy(QRect(0, 0, columns * wide, rows * high)).scaled(
            columns * width,
            rows * height,
            Qt.AspectRatioMode.IgnoreAspectRatio,
            Qt.TransformationMode.SmoothTransformation,
        )
        with QPainter(whole) as painter:
            painter.drawImage(0, 0, cut)
    straight = whole.convertToFormat(QImage.Format.Format_RGBA8888)
    flat = np.frombuffer(straight.constBits(), np.uint8)
    lines = flat.reshape(straight.height(), straight.bytesPerLine())
    kept = lines[:, : 4 * straight.width()].reshape(straight.height(), straight.width(), 4)
    # A copy: the bytes are the picture's, which ends here.
    return kept.copy()


def _as_qimage(atlas: QImage | npt.NDArray[np.uint8]) -> QImage:
    if isinstance(atlas, QImage):
        return atlas.convertToFormat(QImage.Format.Format_ARGB32_Premultiplied)
    data = np.ascontiguousarray(atlas)
    height, width = data.shape[:2]
    image = QImage(data.data, width, height, 4 * width, QImage.Format.Format_RGBA8888)
    return image.convertToFormat(QImage.Format.Format_ARGB32_Premultiplied)


def rank(item: Points | Mesh | Lines | Sprites) -> tuple[int, int]:
    """Return in which order an item is drawn: surfaces first, as they hide the most."""
    order = item.order if isinstance(item, Points) else 0
    return order, [Mesh, Points, Sprites, Lines].index(type(item))


def _bands(count: int, least: int = 16, parts: int = SIZE) -> list[tuple[int, int]]:
    """Return so many parts of about equal size, fewer where they would be small."""
    parts = max(min(parts, count // least), 1)
    edges = [count * k // parts for k in range(parts + 1)]
    return list(pairwise(edges))


def _run(steps: list[_Step], first: int, stop: int) -> None:
    for step in steps:
        step(first, stop)


def _banded(draw: Callable[..., None]) -> _Step:
    def step(first: int, stop: int) -> None:
        draw(first=first, stop=stop)

    return step


def _nothing_before(target: Target) -> _Step:
    """The step after which what was drawn hides nothing."""

    def step(first: int, stop: int) -> None:
        target.depths[first:stop] = scene_marks.FARTHEST

    return step


def _sprites(plan: _Plan, item: Sprites, base: int, derived: Derived) -> _Step:
    frame = plan.frame
    atlas, width, height = scaled_atlas(item, item.size * frame.ratio, derived)
    positions = np.ascontiguousarray(item.positions, np.float32)
    draw = partial(
        scene_marks.draw_sprites,
        plan.target,
        plan.matrix,
        positions,
        atlas,
        np.ascontiguousarray(item.cells, np.int32),
        far_to_near(item, frame),
        max(item.columns, 1),
        width,
        height,
        None if item.tint is None else np.ascontiguousarray(item.tint, np.uint8),
        opacity=item.opacity,
        plane=plan.plane,
        base=max(base, 0),
        pickable=base >= 0,
    )
    return _banded(draw)


def _lines(plan: _Plan, item: Lines) -> _Step:
    ratio = plan.frame.ratio
    draw = partial(
        scene_marks.draw_lines,
        plan.target,
        plan.matrix,
        np.ascontiguousarray(item.ends, np.float32),
        colour_rows(item.colours),
        width=item.width * ratio,
        dash=DASH_PX * ratio if item.dashed else 0.0,
        on_top=item.on_top,
        plane=plan.plane,
    )
    return _banded(draw)


def _wires(plan: _Plan, item: Mesh, derived: Derived) -> _Step:
    draw = partial(
        scene_marks.draw_lines,
        plan.target,
        plan.matrix,
        derived.edges(item),
        np.array([item.wire_colour], np.uint8),
        width=plan.frame.ratio,
        opacity=item.opacity,
        plane=plan.plane,
    )
    return _banded(draw)


def _fog(plan: _Plan) -> _Step:
    frame = plan.frame
    near, far = frame.camera.depths()
    begin, end = frame.fog_range()
    red, green, blue, _opacity = frame.background
    draw = partial(
        scene_marks.fade,
        plan.target,
        (red, green, blue),
        near,
        far,
        frame.camera.orthographic,
        begin,
        end,
        frame.fog,
    )
    return _banded(draw)
