"""Scenes whose pictures are known."""

from __future__ import annotations

import numpy as np
from PySide6.QtGui import QImage

from eventglass.widgets.plots.gl_camera import Camera
from eventglass.widgets.plots.gl_items import Mesh, Points

RED, GREEN, BLUE = (255, 0, 0, 255), (0, 255, 0, 255), (0, 0, 255, 255)
#: Looks along −z at (0, 0, 0); the picture is 2 world units high there.
STRAIGHT = Camera(
    target=(0.0, 0.0, 0.0), distance=5.0, yaw=0.0, pitch=0.0, fov_degrees=22.619864948040426
)


def points(key, *positions, **options):
    return Points(key, np.array(positions, np.float32).reshape(-1, 3), **options)


def triangle(key="triangle", z=0.0, colour=RED, **options):
    """Cover the lower left half of the square from −1 to 1."""
    vertices = np.array([[-1, -1, z], [1, -1, z], [-1, 1, z]], np.float32)
    options.setdefault("shading", "none")
    return Mesh(key, vertices, np.array([[0, 1, 2]], np.uint32), colours=colour, **options)


def sphere(around=48, high=24):
    """Return vertices and faces of a ball of radius 1."""
    u, v = np.meshgrid(np.linspace(0, 2 * np.pi, around), np.linspace(0, np.pi, high))
    vertices = np.stack([np.cos(u) * np.sin(v), np.cos(v), np.sin(u) * np.sin(v)], -1)
    i = np.arange(around * high).reshape(high, around)
    first = np.stack([i[:-1, :-1], i[1:, 1:], i[1:, :-1]], -1).reshape(-1, 3)
    last = np.stack([i[:-1, :-1], i[:-1, 1:], i[1:, 1:]], -1).reshape(-1, 3)
    return (
        vertices.reshape(-1, 3).astype(np.float32),
        np.concatenate([first, last]).astype(np.uint32),
    )


def pixels(image: QImage) -> np.ndarray:
    """Return (h, w, 4) red, green, blue, opacity, straight."""
    made = image.convertToFormat(QImage.Format.Format_RGBA8888)
    lines = np.frombuffer(made.constBits(), np.uint8).reshape(made.height(), -1)
    return lines[:, : 4 * made.width()].reshape(made.height(), made.width(), 4).astype(int)
