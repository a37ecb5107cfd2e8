"""The curves of a chart drawn by the GPU: the same strokes, filled by a shader.

Only worth it on a hardware renderer: software OpenGL is many times slower than the compiled
raster. `hardware_renderer` tells which it is.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import (
    QColor,
    QOffscreenSurface,
    QOpenGLContext,
    QOpenGLExtraFunctions,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QVector4D,
)
from PySide6.QtOpenGL import (
    QOpenGLShader,
    QOpenGLShaderProgram,
    QOpenGLTexture,
    QOpenGLVertexArrayObject,
)
from PySide6.QtOpenGLWidgets import QOpenGLWidget
from PySide6.QtWidgets import QApplication, QWidget
from shiboken6 import VoidPtr

from eventglass.widgets.plots.curve_data import CurveData, Marks, Scene
from eventglass.widgets.plots.curve_layer import FADED, CurveLayer, Row, fade_marks, highlit

#: What software renderers call themselves.
_SOFTWARE = (
    "llvmpipe",
    "softpipe",
    "swrast",
    "swiftshader",
    "software",
    "gdi generic",
    "basic render",
)

#: Where Linux has the devices of graphics drivers.
_DEVICES = ("/dev/dri", "/dev/nvidiactl", "/dev/dxg", "/dev/mali0", "/dev/kgsl-3d0")

_GL_RENDERER = 0x1F01
_GL_COLOR_BUFFER_BIT = 0x4000
_GL_SCISSOR_TEST = 0x0C11
_GL_BLEND = 0x0BE2
_GL_DEPTH_TEST = 0x0B71
_GL_SRC_ALPHA, _GL_ONE_MINUS_SRC_ALPHA, _GL_ONE = 0x0302, 0x0303, 1
_GL_TRIANGLE_STRIP = 5


@cache
def renderer() -> str | None:
    """Return what OpenGL calls itself here, or None when there is no usable one."""
    if QApplication.platformName() in ("offscreen", "minimal", "vnc", "linuxfb"):
        return None
    context = QOpenGLContext()
    if not context.create():
        return None
    surface = QOffscreenSurface()
    surface.setFormat(context.format())
    surface.create()
    if not surface.isValid() or not context.makeCurrent(surface):
        return None
    try:
        version = context.format().version()
        enough = version >= ((3, 0) if context.isOpenGLES() else (3, 3))
        name = context.functions().glGetString(_GL_RENDERER)
        return str(name) if enough else None
    finally:
        context.doneCurrent()
        surface.destroy()


def hardware_renderer() -> str | None:
    """Return the name of the GPU that would draw, or None when software would."""
    if sys.platform == "linux" and not any(Path(place).exists() for place in _DEVICES):
        # Software draws here; finding it out by making a context would take long.
        return None
    name = renderer()
    if name is None or any(word in name.lower() for word in _SOFTWARE):
        return None
    return name


#: Strokes, lines, and number of rows.
_Chunk = tuple[QOpenGLTexture, QOpenGLTexture, int]


class _Over(QWidget):
    """Labels, cursor and marks over the curves, painted as without a GPU: the same letters."""

    def __init__(self, parent: QWidget, paint: Callable[[QPainter], None]) -> None:
        super().__init__(parent)
        self._paint = paint
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAttribute(Qt.WidgetAttribute.WA_NoSystemBackground)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Let the chart paint."""
        with QPainter(self) as painter:
            self._paint(painter)


@dataclass(frozen=True, slots=True, eq=False)
class GpuFrame:
    """What to draw, and where: `left` and `top` of the curves' picture, device pixels.

    Frames of equal `key` have the same curves in the same scene, but for the highlight.
    `grid_rows` are device pixels from the picture's upper edge.
    """

    key: object
    curves: Sequence[CurveData]
    scene: Scene
    left: int
    top: int
    surface: QColor
    grid: QColor
    grid_rows: Sequence[int]


class GpuCurves(QOpenGLWidget):
    """Paints a chart: covers it wholly and lets the pointer through.

    It covers all of it so that its place never changes while the chart is painted, which Qt does
    not survive. The strokes' textures are kept until a frame of another key comes, so that
    hovering costs no more than the GPU's own work.
    """

    def __init__(
        self,
        chart: QWidget,
        frame: Callable[[], GpuFrame],
        paint_over: Callable[[QPainter], None],
    ) -> None:
        super().__init__(chart)
        self._layer = CurveLayer()
        self._frame = frame
        self._over = _Over(self, paint_over)
        self._key: object = None
        self._forward_key: object = None
        self._program: QOpenGLShaderProgram | None = None
        self._veil: QOpenGLShaderProgram | None = None
        self._vertices: QOpenGLVertexArrayObject | None = None
        self._chunks: list[_Chunk] = []
        self._forward: list[_Chunk] = []
        self._marks: list[Marks] = []
        self.failed = ""
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep what is painted over the curves over all of them."""
        super().resizeEvent(event)
        self._over.setGeometry(self.rect())

    def paint_over_again(self, part: QRect | None = None) -> None:
        """Paint anew what lies over the curves, or a part of it."""
        if part is None:
            self._over.update()
        else:
            self._over.update(part)

    @property
    def layer(self) -> CurveLayer:
        """Return the layer that made the strokes, with its marks."""
        return self._layer

    def initializeGL(self) -> None:
        """Compile the shaders; again whenever the widget got another context."""
        context = self.context()
        context.aboutToBeDestroyed.connect(self.free, Qt.ConnectionType.UniqueConnection)
        head = (
            "#version 300 es\nprecision highp float;\nprecision highp int;\n"
            if context.isOpenGLES()
            else "#version 330 core\n"
        )
        self._program = self._build(head, "curves")
        self._veil = self._build(head, "veil")
        self._vertices = QOpenGLVertexArrayObject(self)
        self._vertices.create()
        self._key = None

    def _build(self, head: str, name: str) -> QOpenGLShaderProgram | None:
        """Return the program of two shaders, or None and the reason in `failed`."""
        folder = files("eventglass.resources").joinpath("shaders")
        program = QOpenGLShaderProgram(self)
        kinds = QOpenGLShader.ShaderTypeBit
        for kind, suffix in ((kinds.Vertex, "vert"), (kinds.Fragment, "frag")):
            text = folder.joinpath(f"{name}.{suffix}").read_text(encoding="utf-8")
            if not program.addShaderFromSourceCode(kind, head + text):
                self.failed = program.log()
                return None
        if not program.link():
            self.failed = program.log()
            return None
        return program

    def free(self) -> None:
        """Delete what lives in the context, while it still does."""
        if self.context() is None:
            return
        self.makeCurrent()
        _delete(self._chunks)
        _delete(self._forward)
        if self._vertices is not None:
            self._vertices.destroy()
        self._vertices = None
        self._program = None
        self._veil = None
        self.doneCurrent()

    def paintGL(self) -> None:
        """Draw surface, grid and curves."""
        gl = QOpenGLExtraFunctions(self.context())
        gl.initializeOpenGLFunctions()
        if self._program is not None and self._veil is not None:
            self._draw(gl, self._frame(), self._program, self._veil)

    def _draw(
        self,
        gl: QOpenGLExtraFunctions,
        frame: GpuFrame,
        program: QOpenGLShaderProgram,
        veil: QOpenGLShaderProgram,
    ) -> None:
        scene = frame.scene
        self._upload(frame)
        # OpenGL counts from below.
        bottom = round(self.height() * self.devicePixelRatioF()) - frame.top - scene.height
        gl.glDisable(_GL_SCISSOR_TEST)
        gl.glDisable(_GL_DEPTH_TEST)
        gl.glDisable(_GL_BLEND)
        _clear(gl, frame.surface)
        gl.glEnable(_GL_SCISSOR_TEST)
        thick = max(1, round(scene.ratio))
        for row in frame.grid_rows:
            gl.glScissor(frame.left, bottom + scene.height - row - thick, scene.width, thick)
            _clear(gl, frame.grid)
        gl.glScissor(frame.left, bottom, scene.width, scene.height)
        gl.glViewport(frame.left, bottom, scene.width, scene.height)
        gl.glEnable(_GL_BLEND)
        gl.glBlendFuncSeparate(
            _GL_SRC_ALPHA, _GL_ONE_MINUS_SRC_ALPHA, _GL_ONE, _GL_ONE_MINUS_SRC_ALPHA
        )
        assert self._vertices is not None
        self._vertices.bind()
        self._draw_chunks(gl, program, scene, bottom, self._chunks)
        if self._forward:
            # All of them faded as a whole: towards the surface, and on grid lines the grid.
            veil.bind()
            for first, stop, colour in _bands(frame, thick):
                gl.glScissor(frame.left, bottom + scene.height - stop, scene.width, stop - first)
                veil.setUniformValue(
                    veil.uniformLocation("veil"),
                    QVector4D(colour.redF(), colour.greenF(), colour.blueF(), 1.0 - FADED),
                )
                gl.glDrawArrays(_GL_TRIANGLE_STRIP, 0, 4)
            veil.release()
            gl.glScissor(frame.left, bottom, scene.width, scene.height)
            self._draw_chunks(gl, program, scene, bottom, self._forward)
        self._vertices.release()
        gl.glDisable(_GL_SCISSOR_TEST)

    @staticmethod
    def _draw_chunks(
        gl: QOpenGLExtraFunctions,
        program: QOpenGLShaderProgram,
        scene: Scene,
        bottom: int,
        chunks: Sequence[_Chunk],
    ) -> None:
        program.bind()
        program.setUniformValue1i(program.uniformLocation("strokes"), 0)
        program.setUniformValue1i(program.uniformLocation("lines"), 1)
        program.setUniformValue1i(program.uniformLocation("columns"), scene.width)
        program.setUniformValue1f(program.uniformLocation("height"), float(scene.height))
        program.setUniformValue1f(program.uniformLocation("bottom"), float(bottom))
        for strokes, lines, rows in chunks:
            lines.bind(1)
            strokes.bind(0)
            gl.glDrawArraysInstanced(_GL_TRIANGLE_STRIP, 0, 4, rows * scene.width)
        program.release()

    def _upload(self, frame: GpuFrame) -> None:
        """Bring the textures up to the frame."""
        scene, layer = frame.scene, self._layer
        if self._key != frame.key:
            layer.marks = []
            layer.drawn = False
            _delete(self._chunks)
            self._chunks = list(self._made(layer.rows(frame.curves, scene), scene))
            self._marks = layer.marks
        elif self._forward_key == (frame.key, scene.highlight):
            return
        self._key = frame.key
        self._forward_key = (frame.key, scene.highlight)
        _delete(self._forward)
        layer.marks = self._marks
        forward = highlit(frame.curves, scene)
        if forward:
            layer.marks = [fade_marks(marks) for marks in self._marks]
            self._forward = list(self._made(layer.rows(forward, scene, forward=True), scene))
        # Only now is known what has to be marked.
        self._over.update()

    def _made(self, todo: Sequence[Row], scene: Scene) -> Iterator[_Chunk]:
        """Yield textures of the strokes of rows."""
        for strokes, rows, lines in self._layer.strokes(todo, scene):
            self._layer.note(strokes, rows, lines)
            shapes = np.zeros((rows, scene.width, 12), np.float32)
            shapes[:, :, :10] = strokes.shapes[:rows]
            shapes[:, :, 10] = strokes.kinds[:rows]
            paints = np.zeros((rows, 2, 4), np.float32)
            paints[:, 0, :3] = strokes.colours[:rows, 2::-1] / np.float32(255.0)
            paints[:, 0, 3] = strokes.colours[:rows, 3] / np.float32(255.0)
            paints[:, 1, 0] = strokes.half_widths[:rows]
            paints[:, 1, 1:3] = strokes.spans[:rows]
            yield _texture(shapes.reshape(rows, scene.width * 3, 4)), _texture(paints), rows


def _bands(frame: GpuFrame, thick: int) -> Iterator[tuple[int, int, QColor]]:
    """Yield the rows [first, stop) from above that have one backdrop colour, and that colour."""
    at = 0
    for row in sorted(frame.grid_rows):
        if row > at:
            yield at, row, frame.surface
        yield row, row + thick, frame.grid
        at = row + thick
    if at < frame.scene.height:
        yield at, frame.scene.height, frame.surface


def _delete(chunks: list[_Chunk]) -> None:
    for strokes, lines, _rows in chunks:
        strokes.destroy()
        lines.destroy()
    chunks.clear()


def _clear(gl: QOpenGLExtraFunctions, colour: QColor) -> None:
    gl.glClearColor(colour.redF(), colour.greenF(), colour.blueF(), 1.0)
    gl.glClear(_GL_COLOR_BUFFER_BIT)


def _texture(texels: npt.NDArray[np.float32]) -> QOpenGLTexture:
    """Return a new texture of (rows, columns, 4) float32 texels."""
    rows, columns, _four = texels.shape
    made = QOpenGLTexture(QOpenGLTexture.Target.Target2D)
    made.setFormat(QOpenGLTexture.TextureFormat.RGBA32F)
    made.setSize(columns, rows)
    made.setMipLevels(1)
    made.setMinMagFilters(QOpenGLTexture.Filter.Nearest, QOpenGLTexture.Filter.Nearest)
    formats, types = QOpenGLTexture.PixelFormat, QOpenGLTexture.PixelType
    made.allocateStorage(formats.RGBA, types.Float32)
    texels = np.ascontiguousarray(texels)
    # Qt's stubs ask for an int here, and crash on one.
    pointer = VoidPtr(texels.ctypes.data, texels.nbytes)  # type: ignore[call-arg]
    made.setData(formats.RGBA, types.Float32, pointer)  # type: ignore[call-overload]
    return made
