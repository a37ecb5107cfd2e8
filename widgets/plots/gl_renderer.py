"""Draws scenes with OpenGL 3.3; the same pictures as `gl_raster` makes.

Rows are drawn from above to below, so that what is read back is the picture as it is.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
from PySide6.QtGui import QImage, QMatrix4x4, QOpenGLExtraFunctions, QVector2D, QVector3D, QVector4D
from PySide6.QtOpenGL import QOpenGLBuffer, QOpenGLShaderProgram
from shiboken6 import VoidPtr

from eventglass.app.core.compute.scene_marks import SPHERE_AMBIENT, SPHERE_LIGHT
from eventglass.widgets.plots.gl_camera import Matrix
from eventglass.widgets.plots.gl_device import SAMPLES, Device, device
from eventglass.widgets.plots.gl_frame import Derived, Frame, Ids, colour_rows, numbered
from eventglass.widgets.plots.gl_items import Colours, Item, Lines, Mesh, Points, Sprites, layers
from eventglass.widgets.plots.gl_raster import DASH_PX, as_image, far_to_near, rank, scaled_atlas

_GL_DEPTH_TEST, _GL_BLEND, _GL_CULL_FACE = 0x0B71, 0x0BE2, 0x0B44
_GL_DITHER, _GL_PROGRAM_POINT_SIZE, _GL_CLIP_DISTANCE0 = 0x0BD0, 0x8642, 0x3000
_GL_SAMPLE_ALPHA_TO_COVERAGE, _GL_SAMPLE_ALPHA_TO_ONE = 0x809E, 0x809F
_GL_POLYGON_OFFSET_FILL = 0x8037
_GL_LEQUAL, _GL_ALWAYS, _GL_BACK, _GL_CW = 0x0203, 0x0207, 0x0405, 0x0900
_GL_SRC_ALPHA, _GL_ONE_MINUS_SRC_ALPHA, _GL_ONE = 0x0302, 0x0303, 1
_GL_COLOR_BUFFER_BIT, _GL_DEPTH_BUFFER_BIT = 0x4000, 0x0100
_GL_POINTS, _GL_TRIANGLES, _GL_TRIANGLE_STRIP = 0, 4, 5
_GL_FLOAT, _GL_UNSIGNED_BYTE, _GL_INT, _GL_UNSIGNED_INT = 0x1406, 0x1401, 0x1404, 0x1405

_SHAPES = {"disc": 0, "square": 1, "sphere": 2}
_WAYS = {"smooth": 0, "flat": 1, "none": 2}
_MOST_LIGHTS = 8
#: As in `scene_marks`: lines come so much nearer.
_LIFT = 2.0e-4
#: Half of the greatest point that is drawn whole at the edge, device-independent pixels.
MARGIN_PX = 64
_ALL, _OPAQUE, _TRANSLUCENT = 0, 1, 2


class GlRenderer:
    """Draws frames on the process's device; on the GUI thread alone."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._last_ids: tuple[Frame, Ids] | None = None

    def draw(self, frame: Frame, derived: Derived) -> QImage:
        """Return the part of the frame, premultiplied."""
        return as_image(_Pass(device(), frame, derived, ids=False).run())

    def ids(self, frame: Frame, derived: Derived) -> Ids:
        """Return what is seen at each pixel; drawn once for a frame."""
        wanted = replace(frame, fine=False)
        if self._last_ids is None or self._last_ids[0] != wanted:
            found = _Pass(device(), wanted, derived, ids=True).run()
            self._last_ids = (wanted, Ids(found, numbered(frame.items)))
        return self._last_ids[1]


class _Pass:
    """One drawing of a frame: of its colours or its ids."""

    def __init__(self, owner: Device, frame: Frame, derived: Derived, ids: bool) -> None:
        self._device = owner
        self._gl: QOpenGLExtraFunctions = owner.gl
        self._frame = frame
        self._derived = derived
        self._ids = ids
        _left, _top, self._width, self._height = frame.part
        # With a margin around: OpenGL drops points whose middle is out of sight.
        self._margin = round(MARGIN_PX * frame.ratio)
        wide, high = self._width + 2 * self._margin, self._height + 2 * self._margin
        self._size = QVector2D(wide, high)
        to_clip = np.array(
            [
                [2.0 / wide, 0.0, 0.0, 2.0 * self._margin / wide - 1.0],
                [0.0, 2.0 / high, 0.0, 2.0 * self._margin / high - 1.0],
                [0.0, 0.0, 1.0, 0.0],
                [0.0, 0.0, 0.0, 1.0],
            ]
        )
        # Places are told from here, in the shaders as well: their numbers are short, and a small
        # scene far from 0 would shake.
        origin = np.array(frame.camera.target, np.float32)
        self._origin = QVector3D(*origin.tolist())
        shift = np.eye(4)
        shift[:3, 3] = origin
        self._matrix = _matrix(to_clip @ frame.pixel_matrix() @ shift)
        plane = np.array(frame.clip or (0.0, 0.0, 0.0, 1.0)) @ shift
        self._plane = QVector4D(*plane.tolist())
        away = -frame.camera.view_matrix()[2] @ shift
        self._away_row = QVector4D(*away.tolist())
        eye = frame.eye()
        eye[:3] -= origin * eye[3]
        self._eye: tuple[float, float, float, float] = tuple(eye.tolist())
        self._bases = {id(item): base for base, item in numbered(frame.items)}
        # Arrays made for this drawing, which must live as long.
        self._made: list[npt.NDArray[Any]] = []

    def run(self) -> npt.NDArray[np.uint32]:
        """Draw, and return the (h, w) pixels."""
        owner, gl, frame = self._device, self._gl, self._frame
        owner.begin()
        try:
            target = owner.target(self._width, self._height, 0 if self._ids else SAMPLES)
            margin = self._margin
            gl.glViewport(-margin, -margin, self._width + 2 * margin, self._height + 2 * margin)
            red, green, blue, opacity = (0, 0, 0, 0) if self._ids else frame.background
            share = opacity / 255.0
            gl.glClearColor(red / 255.0 * share, green / 255.0 * share, blue / 255.0 * share, share)
            gl.glDepthMask(True)
            gl.glColorMask(True, True, True, True)
            gl.glDisable(_GL_DITHER)
            gl.glDisable(_GL_CULL_FACE)
            gl.glEnable(_GL_DEPTH_TEST)
            gl.glDepthFunc(_GL_LEQUAL)
            gl.glEnable(_GL_PROGRAM_POINT_SIZE)
            gl.glEnable(_GL_CLIP_DISTANCE0)
            gl.glFrontFace(_GL_CW)
            gl.glBlendFuncSeparate(
                _GL_SRC_ALPHA, _GL_ONE_MINUS_SRC_ALPHA, _GL_ONE, _GL_ONE_MINUS_SRC_ALPHA
            )
            gl.glClear(_GL_COLOR_BUFFER_BIT | _GL_DEPTH_BUFFER_BIT)
            self._draw_items()
            gl.glDisable(_GL_CLIP_DISTANCE0)
            gl.glDisable(_GL_PROGRAM_POINT_SIZE)
            return owner.read(target, bgra=not self._ids)
        finally:
            owner.end()

    def _draw_items(self) -> None:
        behind, front = layers(self._frame.items)
        self._draw_layer(behind)
        if front:
            self._gl.glClear(_GL_DEPTH_BUFFER_BIT)
            self._draw_layer(front)

    def _draw_layer(self, items: list[Item]) -> None:
        ordered = sorted(items, key=rank)
        late: list[tuple[Item, int]] = []
        for item in ordered:
            if self._ids and id(item) not in self._bases:
                continue
            match item:
                case Points():
                    opaque = item.opacity >= 1.0 and self._derived.opaque(item.colours)
                    if opaque:
                        self._points(item, _ALL)
                    else:
                        if item.opacity >= 1.0:
                            self._points(item, _OPAQUE)
                        late.append((item, _TRANSLUCENT))
                case Mesh():
                    seen_through = item.opacity < 1.0 or not self._derived.opaque(item.colours)
                    if item.wireframe == "only" and not self._ids:
                        late.append((item, _ALL))
                    elif seen_through and not self._ids:
                        late.append((item, _TRANSLUCENT))
                    else:
                        self._mesh(item)
                case Sprites():
                    self._sprites(item)
                case Lines():
                    late.append((item, _ALL))
        late.sort(key=lambda pair: isinstance(pair[0], Lines) and pair[0].on_top)
        for item, part in late:
            match item:
                case Points():
                    self._points(item, part)
                case Mesh():
                    if part == _TRANSLUCENT:
                        self._mesh_seen_through(item)
                    else:
                        self._wires(item)
                case Lines():
                    self._lines(item)

    # -- items --------------------------------------------------------------------------------

    def _points(self, item: Points, part: int) -> None:
        if len(item.positions) == 0:
            return
        gl = self._gl
        program = self._device.program("points", self._ids)
        self._common(program)
        _float(program, "per_world", self._frame.per_world() if item.size_unit == "world" else 0.0)
        _float(program, "ratio", self._frame.ratio)
        _float(program, "opacity", item.opacity)
        _int(program, "part", part)
        _int(program, "base", max(self._bases.get(id(item), 0), 0))
        _int(program, "shape", _SHAPES[item.shape])
        # Opaque points get smooth edges from samples, whatever their order; others by blending.
        smooth = not self._ids
        _float(program, "margin", 1.0 if smooth else 0.0)
        _float(program, "ambient", SPHERE_AMBIENT)
        _vector(program, "light", QVector3D(*SPHERE_LIGHT))
        blends = part == _TRANSLUCENT
        if blends or item.in_front:
            # As in the raster, where what is seen through has no depth to fade by.
            _vector(program, "fog", QVector3D(0.0, 1.0, 0.0))
        if smooth and not blends:
            gl.glEnable(_GL_SAMPLE_ALPHA_TO_COVERAGE)
            gl.glEnable(_GL_SAMPLE_ALPHA_TO_ONE)
        if blends:
            if not self._ids:
                gl.glEnable(_GL_BLEND)
            gl.glDepthMask(False)
        self._floats(0, item.positions, 3)
        self._colours(1, item.colours)
        self._sizes(2, item.sizes)
        self._shown(3, item.visible)
        gl.glDrawArrays(_GL_POINTS, 0, len(item.positions))
        gl.glDepthMask(True)
        gl.glDisable(_GL_BLEND)
        gl.glDisable(_GL_SAMPLE_ALPHA_TO_COVERAGE)
        gl.glDisable(_GL_SAMPLE_ALPHA_TO_ONE)
        self._leave(program, 4)

    def _mesh(self, item: Mesh) -> None:
        if len(item.faces) == 0 or len(item.vertices) == 0:
            return
        gl = self._gl
        frame = self._frame
        program = self._device.program("faces", self._ids)
        self._common(program)
        normals = self._derived.normals(item)
        way = _WAYS[item.shading]
        _int(program, "way", 1 if way == 0 and normals is None else way)
        _int(program, "base", max(self._bases.get(id(item), 0), 0))
        _float(program, "opacity", item.opacity)
        unit = 1.0 / frame.camera.distance
        x, y, z, placed = self._eye
        eye = QVector4D(x * unit, y * unit, z * unit, placed) if placed else QVector4D(x, y, z, 0.0)
        program.setUniformValue(program.uniformLocation("eye"), eye)
        _float(program, "unit", unit)
        _vector(program, "ambient", QVector3D(*frame.lights.ambient))
        rows = frame.light_rows()[:_MOST_LIGHTS]
        _int(program, "lights", len(rows))
        for i, row in enumerate(rows.tolist()):
            _vector(program, f"directions[{i}]", QVector3D(*row[:3]))
            _vector(program, f"strengths[{i}]", QVector3D(*row[3:]))
        if not item.back_faces:
            gl.glEnable(_GL_CULL_FACE)
            gl.glCullFace(_GL_BACK)
        if item.opacity < 1.0 or not self._derived.opaque(item.colours):
            gl.glEnable(_GL_BLEND)
            _vector(program, "fog", QVector3D(0.0, 1.0, 0.0))
        if self._ids:
            gl.glDisable(_GL_BLEND)
        self._floats(0, item.vertices, 3)
        self._colours(1, item.colours)
        if normals is None:
            gl.glVertexAttrib4f(2, 0.0, 0.0, 0.0, 0.0)
        else:
            self._floats(2, normals, 3)
        faces = self._whole_faces(item)
        self._device.buffer(faces, QOpenGLBuffer.Type.IndexBuffer)
        nothing: Any = VoidPtr(0)
        gl.glDrawElements(_GL_TRIANGLES, faces.size, _GL_UNSIGNED_INT, nothing)
        gl.glDisable(_GL_BLEND)
        gl.glDisable(_GL_CULL_FACE)
        self._leave(program, 3)
        if item.wireframe == "overlay" and not self._ids:
            self._wires(item)

    def _mesh_seen_through(self, item: Mesh) -> None:
        """Draw the nearest faces alone: their depths first, then their colours."""
        gl = self._gl
        plain = replace(item, wireframe=None)
        gl.glColorMask(False, False, False, False)
        self._mesh(plain)
        gl.glColorMask(True, True, True, True)
        self._mesh(plain)
        if item.wireframe == "overlay":
            self._wires(item)

    def _wires(self, item: Mesh) -> None:
        edges = self._derived.edges(item)
        self._strokes(edges, item.wire_colour, 1.0, False, False, item.opacity)

    def _lines(self, item: Lines) -> None:
        self._strokes(item.ends, item.colours, item.width, item.dashed, item.on_top, 1.0)

    def _strokes(
        self,
        ends: npt.NDArray[np.float32],
        colours: Colours,
        width: float,
        dashed: bool,
        on_top: bool,
        opacity: float,
    ) -> None:
        if len(ends) == 0:
            return
        gl, ratio = self._gl, self._frame.ratio
        program = self._device.program("lines")
        self._common(program)
        program.setUniformValue(program.uniformLocation("size"), self._size)
        _float(program, "width", width * ratio)
        _float(program, "lift", _LIFT)
        _float(program, "dash", DASH_PX * ratio if dashed else 0.0)
        _float(program, "opacity", opacity)
        gl.glEnable(_GL_BLEND)
        gl.glDepthMask(False)
        if on_top:
            gl.glDepthFunc(_GL_ALWAYS)
        solid = self._derived.solid(ends, np.float32)
        self._device.buffer(solid)
        for place, offset in ((0, 0), (1, 12)):
            gl.glEnableVertexAttribArray(place)
            pointer: Any = VoidPtr(offset)
            gl.glVertexAttribPointer(place, 3, _GL_FLOAT, 0, 24, pointer)
            gl.glVertexAttribDivisor(place, 1)
        self._colours(2, colours, each=1)
        gl.glDrawArraysInstanced(_GL_TRIANGLE_STRIP, 0, 4, len(ends))
        gl.glDepthFunc(_GL_LEQUAL)
        gl.glDepthMask(True)
        gl.glDisable(_GL_BLEND)
        self._leave(program, 3)

    def _sprites(self, item: Sprites) -> None:
        if len(item.positions) == 0:
            return
        gl, ratio = self._gl, self._frame.ratio
        wide, high = item.cell_size
        size = item.size * ratio
        # An atlas that would not fit into a texture is drawn smaller.
        rows = max(item_height(item) // max(high, 1), 1)
        longest = max(item.columns * wide, rows * high) * size / max(wide, high, 1)
        size *= min(1.0, self._device.most_px / max(longest, 1.0))
        atlas, width, height = scaled_atlas(item, size, self._derived)
        texture = self._device.texture(atlas)
        program = self._device.program("sprites", self._ids)
        self._common(program)
        for name, vector in (
            ("size", self._size),
            ("cell_size", QVector2D(width, height)),
            ("atlas_size", QVector2D(atlas.shape[1], atlas.shape[0])),
        ):
            program.setUniformValue(program.uniformLocation(name), vector)
        _int(program, "columns", max(item.columns, 1))
        _int(program, "base", max(self._bases.get(id(item), 0), 0))
        _int(program, "atlas", 0)
        _float(program, "opacity", item.opacity)
        if item.in_front:
            _vector(program, "fog", QVector3D(0.0, 1.0, 0.0))
        texture.bind(0)
        if not self._ids:
            gl.glEnable(_GL_BLEND)
        # The farthest first, as soft edges ask for.
        order = far_to_near(item, self._frame)
        places = np.ascontiguousarray(item.positions[order], np.float32)
        cells = np.ascontiguousarray(item.cells[order], np.int32)
        numbers = order.astype(np.float32)
        self._made += [places, cells, numbers]
        self._floats(0, places, 3, each=1)
        if item.tint is None:
            self._colours(1, (255, 255, 255, 255))
        elif len(item.tint) == 1:
            self._colours(1, item.tint)
        else:
            tints = np.ascontiguousarray(item.tint[order], np.uint8)
            self._made.append(tints)
            self._colours(1, tints, each=1)
        self._device.buffer(cells)
        gl.glEnableVertexAttribArray(2)
        nothing: Any = VoidPtr(0)
        gl.glVertexAttribPointer(2, 1, _GL_INT, 0, 0, nothing)
        gl.glVertexAttribDivisor(2, 1)
        self._floats(3, numbers, 1, each=1)
        gl.glDrawArraysInstanced(_GL_TRIANGLE_STRIP, 0, 4, len(order))
        gl.glDisable(_GL_BLEND)
        texture.release()
        self._leave(program, 4)

    # -- what programs need -------------------------------------------------------------------

    def _common(self, program: QOpenGLShaderProgram) -> None:
        frame = self._frame
        begin, end = frame.fog_range()
        red, green, blue, _opacity = frame.background
        program.setUniformValue(program.uniformLocation("matrix"), self._matrix)
        program.setUniformValue(program.uniformLocation("plane"), self._plane)
        _vector(program, "origin", self._origin)
        program.setUniformValue(program.uniformLocation("away_row"), self._away_row)
        _vector(program, "fog", QVector3D(begin, max(end, begin + 1e-9), frame.fog))
        _vector(program, "fog_colour", QVector3D(red / 255.0, green / 255.0, blue / 255.0))

    def _floats(
        self, place: int, array: npt.NDArray[np.float32], width: int, each: int = 0
    ) -> None:
        solid = self._derived.solid(array, np.float32)
        self._attribute(place, solid, width, _GL_FLOAT, 0, each)

    def _attribute(
        self, place: int, array: npt.NDArray[Any], width: int, kind: int, whole: int, each: int
    ) -> None:
        self._device.buffer(array)
        nothing: Any = VoidPtr(0)
        self._gl.glEnableVertexAttribArray(place)
        self._gl.glVertexAttribPointer(place, width, kind, whole, 0, nothing)
        self._gl.glVertexAttribDivisor(place, each)

    def _colours(self, place: int, colours: Colours, each: int = 0) -> None:
        if isinstance(colours, tuple) or len(colours) == 1 or colours.ndim == 1:
            red, green, blue, opacity = (colour_rows(colours)[0] / 255.0).tolist()
            self._gl.glVertexAttrib4f(place, red, green, blue, opacity)
            return
        solid = self._derived.solid(colours, np.uint8)
        self._attribute(place, solid, 4, _GL_UNSIGNED_BYTE, 1, each)

    def _sizes(self, place: int, sizes: float | npt.NDArray[np.float32]) -> None:
        if isinstance(sizes, int | float):
            self._gl.glVertexAttrib1f(place, float(sizes))
        else:
            self._floats(place, sizes, 1)

    def _shown(self, place: int, visible: npt.NDArray[np.bool_] | None, each: int = 0) -> None:
        if visible is None:
            self._gl.glVertexAttrib1f(place, 1.0)
            return
        solid = self._derived.solid(visible, np.bool_)
        self._attribute(place, solid, 1, _GL_UNSIGNED_BYTE, 0, each)

    def _whole_faces(self, item: Mesh) -> npt.NDArray[np.uint32]:
        """Return the faces; those that can't be drawn are a point, so that the others keep theirs.

        OpenGL may do anything with indices outside and with coordinates that are not finite.
        """
        faces = self._derived.solid(item.faces, np.uint32)
        key = ("whole", id(item.faces), id(item.vertices))
        found = self._derived.get(key)
        if found is None:
            bad = (faces >= len(item.vertices)).any(axis=1)
            finite = np.isfinite(item.vertices)
            if not finite.all():
                last = max(len(item.vertices) - 1, 0)
                bad |= ~finite[np.minimum(faces, last)].all(axis=(1, 2))
            if bad.any():
                faces = faces.copy()
                faces[bad] = 0
            found = self._derived.keep(key, (item.faces, item.vertices), faces)
        return found  # type: ignore[no-any-return]

    def _leave(self, program: QOpenGLShaderProgram, attributes: int) -> None:
        for place in range(attributes):
            self._gl.glVertexAttribDivisor(place, 0)
            self._gl.glDisableVertexAttribArray(place)
        program.release()


def item_height(item: Sprites) -> int:
    """Return the height of the atlas in its pixels."""
    return item.atlas.height() if isinstance(item.atlas, QImage) else len(item.atlas)


def _matrix(values: Matrix) -> QMatrix4x4:
    return QMatrix4x4(*values.ravel().tolist())


def _float(program: QOpenGLShaderProgram, name: str, value: float) -> None:
    program.setUniformValue1f(program.uniformLocation(name), float(value))


def _int(program: QOpenGLShaderProgram, name: str, value: int) -> None:
    program.setUniformValue1i(program.uniformLocation(name), int(value))


def _vector(program: QOpenGLShaderProgram, name: str, value: QVector3D) -> None:
    program.setUniformValue(program.uniformLocation(name), value)
