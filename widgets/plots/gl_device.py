"""OpenGL for scenes: one context, off the screen, for all of them.

Scenes are drawn into a framebuffer and read back as pictures. A context of its own for each scene,
as in a `QOpenGLWidget`, would be lost whenever a view is docked or floated, would number as many
as there are cards, and would have every window that holds one composed by OpenGL. Reading back
costs a millisecond or two on a graphics processor.

Qt's own functions are used, not PyOpenGL: they are there for GLX, EGL and Wayland alike, with
nothing to choose before the import.
"""

from __future__ import annotations

import os
import weakref
from importlib.resources import files
from typing import Any

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QSize
from PySide6.QtGui import QOffscreenSurface, QOpenGLContext, QOpenGLExtraFunctions, QSurfaceFormat
from PySide6.QtOpenGL import (
    QOpenGLBuffer,
    QOpenGLFramebufferObject,
    QOpenGLFramebufferObjectFormat,
    QOpenGLShader,
    QOpenGLShaderProgram,
    QOpenGLTexture,
    QOpenGLVertexArrayObject,
)
from PySide6.QtWidgets import QApplication
from shiboken6 import VoidPtr

from eventglass.widgets.plots import gpu_curves
from eventglass.widgets.plots.gl_frame import Renderer

#: Bytes of buffers kept for arrays that are not drawn just now.
BUDGET_BYTES = 1 << 30
#: Samples of a pixel.
SAMPLES = 4

_GL_UNSIGNED_INT_8_8_8_8_REV = 0x8367
_GL_BGRA, _GL_RGBA, _GL_UNSIGNED_BYTE = 0x80E1, 0x1908, 0x1401
_GL_PACK_ALIGNMENT = 0x0D05
_GL_MAX_TEXTURE_SIZE = 0x0D33
_KINDS = QOpenGLBuffer.Type


class Device:
    """A context with its programs and buffers. Everything in it needs `begin` before."""

    def __init__(self) -> None:
        form = QSurfaceFormat()
        form.setRenderableType(QSurfaceFormat.RenderableType.OpenGL)
        form.setVersion(3, 3)
        form.setProfile(QSurfaceFormat.OpenGLContextProfile.CoreProfile)
        self.context = QOpenGLContext()
        self.context.setFormat(form)
        if not self.context.create():
            raise RuntimeError("no OpenGL context could be made")
        if self.context.isOpenGLES() or self.context.format().version() < (3, 3):
            raise RuntimeError("OpenGL 3.3 is needed")
        self._surface = QOffscreenSurface()
        self._surface.setFormat(self.context.format())
        self._surface.create()
        self._programs: dict[tuple[str, bool], QOpenGLShaderProgram] = {}
        self._buffers: dict[tuple[int, QOpenGLBuffer.Type], _Held] = {}
        self._textures: dict[int, tuple[weakref.ref[Any], QOpenGLTexture]] = {}
        # Arrays die on whatever thread drops them last; their buffers are freed at the next turn.
        self._dead_buffers: list[tuple[int, QOpenGLBuffer.Type]] = []
        self._dead_textures: list[int] = []
        self._turn = 0
        self._frames: dict[int, QOpenGLFramebufferObject] = {}
        self.begin()
        self.gl = QOpenGLExtraFunctions(self.context)
        self.gl.initializeOpenGLFunctions()
        self._vertices = QOpenGLVertexArrayObject()
        self._vertices.create()
        found = self.gl.glGetIntegerv(_GL_MAX_TEXTURE_SIZE)
        self.most_px = min(int(found) if isinstance(found, int) else 4096, 16384)
        self.end()

    # -- turns --------------------------------------------------------------------------------

    def begin(self) -> None:
        """Make the context the current one."""
        if not self.context.isValid() or not self.context.makeCurrent(self._surface):
            raise RuntimeError("the OpenGL context was lost")
        self._turn += 1
        self._free_dead()

    def _free_dead(self) -> None:
        """Free what was made of arrays that are no more; another may have the same id by now."""
        dead_buffers, self._dead_buffers[:] = tuple(self._dead_buffers), []
        for key in dead_buffers:
            held = self._buffers.get(key)
            if held is not None and held.array() is None:
                held.buffer.destroy()
                del self._buffers[key]
        dead_textures, self._dead_textures[:] = tuple(self._dead_textures), []
        for number in dead_textures:
            found = self._textures.get(number)
            if found is not None and found[0]() is None:
                found[1].destroy()
                del self._textures[number]

    def end(self) -> None:
        """Leave the context; free what was not used for long."""
        total = sum(held.size for held in self._buffers.values())
        if total > BUDGET_BYTES:
            for key, held in sorted(self._buffers.items(), key=lambda pair: pair[1].turn):
                if total <= BUDGET_BYTES or held.turn == self._turn:
                    break
                total -= held.size
                held.buffer.destroy()
                del self._buffers[key]
        self.context.doneCurrent()

    # -- programs -----------------------------------------------------------------------------

    def program(self, name: str, ids: bool = False) -> QOpenGLShaderProgram:
        """Return a program of ``scene_<name>``, bound."""
        found = self._programs.get((name, ids))
        if found is None:
            found = self._programs[name, ids] = self._build(name, ids)
        found.bind()
        self._vertices.bind()
        return found

    @staticmethod
    def _build(name: str, ids: bool) -> QOpenGLShaderProgram:
        folder = files("eventglass.resources").joinpath("shaders")
        head = "#version 330 core\n" + ("#define IDS\n" if ids else "")
        program = QOpenGLShaderProgram()
        kinds = QOpenGLShader.ShaderTypeBit
        for kind, suffix in ((kinds.Vertex, "vert"), (kinds.Fragment, "frag")):
            text = folder.joinpath(f"scene_{name}.{suffix}").read_text(encoding="utf-8")
            if not program.addShaderFromSourceCode(kind, head + text):
                raise RuntimeError(f"a shader was refused: {program.log().strip()}")
        if not program.link():
            raise RuntimeError(f"shaders were refused: {program.log().strip()}")
        return program

    # -- buffers ------------------------------------------------------------------------------

    def buffer(
        self, array: npt.NDArray[Any], kind: QOpenGLBuffer.Type = _KINDS.VertexBuffer
    ) -> QOpenGLBuffer:
        """Return a buffer with an array's bytes, bound; uploaded once as long as it lives."""
        key = (id(array), kind)
        held = self._buffers.get(key)
        if held is None or held.array() is not array:
            if not array.flags.c_contiguous:
                raise ValueError("only contiguous arrays can be uploaded")
            made = QOpenGLBuffer(kind)
            made.create()
            made.bind()
            # Qt's stubs ask for bytes here, which would be a copy.
            pointer = VoidPtr(array.ctypes.data, array.nbytes)  # type: ignore[call-arg]
            made.allocate(pointer, array.nbytes)  # type: ignore[call-overload]
            if held is not None:
                held.buffer.destroy()
            dead = self._dead_buffers
            reference = weakref.ref(array, lambda _: dead.append(key))
            held = self._buffers[key] = _Held(reference, made, array.nbytes)
        held.turn = self._turn
        held.buffer.bind()
        return held.buffer

    def uploads(self) -> int:
        """Return how many buffers there are."""
        return len(self._buffers)

    def texture(self, texels: npt.NDArray[np.uint8]) -> QOpenGLTexture:
        """Return a texture of (h, w, 4) bytes; uploaded once as long as they live."""
        key = id(texels)
        held = self._textures.get(key)
        if held is not None and held[0]() is texels:
            return held[1]
        height, width = texels.shape[:2]
        made = QOpenGLTexture(QOpenGLTexture.Target.Target2D)
        made.setFormat(QOpenGLTexture.TextureFormat.RGBA8_UNorm)
        made.setSize(width, height)
        made.setMipLevels(1)
        nearest = QOpenGLTexture.Filter.Nearest
        made.setMinMagFilters(nearest, nearest)
        formats, types = QOpenGLTexture.PixelFormat, QOpenGLTexture.PixelType
        made.allocateStorage(formats.RGBA, types.UInt8)
        pointer = VoidPtr(texels.ctypes.data, texels.nbytes)  # type: ignore[call-arg]
        made.setData(formats.RGBA, types.UInt8, pointer)  # type: ignore[call-overload]
        dead = self._dead_textures
        self._textures[key] = weakref.ref(texels, lambda _: dead.append(key)), made
        return made

    # -- pictures -----------------------------------------------------------------------------

    def target(self, width: int, height: int, samples: int) -> QOpenGLFramebufferObject:
        """Return a framebuffer of a size, bound."""
        found = self._frames.get(samples)
        if found is None or found.size() != QSize(width, height):
            self._frames.pop(samples, None)
            form = QOpenGLFramebufferObjectFormat()
            form.setSamples(samples)
            form.setAttachment(QOpenGLFramebufferObject.Attachment.CombinedDepthStencil)
            found = QOpenGLFramebufferObject(QSize(width, height), form)
            if not found.isValid():
                raise RuntimeError(f"no picture of {width} × {height} could be made")
            self._frames[samples] = found
        found.bind()
        return found

    def read(self, frame: QOpenGLFramebufferObject, bgra: bool) -> npt.NDArray[np.uint32]:
        """Return the (h, w) pixels of a framebuffer: 0xAARRGGBB, or bytes from red on."""
        size = frame.size()
        source = frame
        if frame.format().samples() > 0:
            source = self.target(size.width(), size.height(), 0)
            QOpenGLFramebufferObject.blitFramebuffer(source, frame)
        source.bind()
        made = np.empty((size.height(), size.width()), np.uint32)
        pointer = VoidPtr(made.ctypes.data, made.nbytes, True)  # type: ignore[call-arg]
        form, kind = (
            (_GL_BGRA, _GL_UNSIGNED_INT_8_8_8_8_REV) if bgra else (_GL_RGBA, _GL_UNSIGNED_BYTE)
        )
        self.gl.glReadPixels(
            0,
            0,
            size.width(),
            size.height(),
            form,
            kind,
            pointer,  # type: ignore[arg-type]
        )
        return made

    def close(self) -> None:
        """Free everything; the device is of no use afterwards."""
        if self.context.isValid() and self.context.makeCurrent(self._surface):
            for held in self._buffers.values():
                held.buffer.destroy()
            for _reference, texture in self._textures.values():
                texture.destroy()
            self._frames.clear()
            self._programs.clear()
            self._vertices.destroy()
            self.context.doneCurrent()
        self._buffers.clear()
        self._textures.clear()


class _Held:
    """A buffer and the array it was made of."""

    __slots__ = ("array", "buffer", "size", "turn")

    def __init__(self, array: weakref.ref[Any], buffer: QOpenGLBuffer, size: int) -> None:
        self.array = array
        self.buffer = buffer
        self.size = size
        self.turn = 0


_devices: list[Device] = []


def device() -> Device:
    """Return the process's device, made when first asked for.

    Raises
    ------
    RuntimeError
        Without a usable OpenGL; the message says why.
    """
    if not _devices:
        _devices.append(Device())
        application = QApplication.instance()
        if application is not None:
            # A context that outlives the application takes the process down.
            application.aboutToQuit.connect(close)
    return _devices[0]


def close() -> None:
    """Free the device, if there is one; the next one asked for is new."""
    while _devices:
        _devices.pop().close()


def chosen(any_kind: bool = False) -> tuple[Renderer | None, str]:
    """Return OpenGL's renderer, or None and why not.

    Software OpenGL, far slower than our own, counts only with `any_kind`.
    """
    platform = QApplication.platformName()
    if platform in ("offscreen", "minimal", "vnc", "linuxfb"):
        # Where there is no screen nobody misses it.
        return None, f"the platform “{platform}” has no OpenGL" if any_kind else ""
    if os.environ.get("QT_XCB_GL_INTEGRATION") == "none" and platform == "xcb":
        return None, "OpenGL is switched off (QT_XCB_GL_INTEGRATION)"
    if not any_kind and gpu_curves.hardware_renderer() is None:
        return None, ""
    try:
        device()
    except RuntimeError as error:
        return None, str(error)
    from eventglass.widgets.plots.gl_renderer import GlRenderer

    return GlRenderer(gpu_curves.renderer() or "OpenGL"), ""
