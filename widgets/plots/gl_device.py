"""OpenGL for scenes."""

from __future__ import annotations

from eventglass.widgets.plots.gl_frame import Renderer


def chosen(any_kind: bool = False) -> tuple[Renderer | None, str]:
    """Return OpenGL's renderer, or None and why not."""
    return None, ""
