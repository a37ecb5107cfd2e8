"""Sizes figures are made in, and how the dialog's choices are kept."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, fields, replace

from eventglass.widgets.plots.figure import FigureSize, FigureStyle

PRESETS = (
    ("slide", "Slide, 16:9"),
    ("column", "Column, 85 mm"),
    ("page", "Full page width, 175 mm"),
    ("square", "Square"),
    ("custom", "Own size"),
)
#: Printed pages are no higher.
_PAGE_MM = 235.0
#: What each preset's texts and lines are like.
_FONTS = {"slide": 15.0, "column": 8.0, "page": 8.0, "square": 9.0}
_LINES = {"slide": 1.5, "column": 0.8, "page": 0.85, "square": 0.9}
#: What is kept between two figures.
_KEPT = ("dark", "legend", "grid", "transparent", "show_raw", "axis_titles", "panel_titles")


def columns_for(preset: str, panels: int) -> int:
    """Return how many panels to put beside each other."""
    if panels <= 1 or preset == "column":
        return 1
    if preset == "slide" and panels <= 3:
        return panels
    if panels <= 4:
        return 2
    return math.ceil(math.sqrt(panels)) if preset != "page" else min(3, panels)


def of_preset(preset: str, style: FigureStyle, panels: int) -> FigureStyle:
    """Return a style with size, font and lines as a preset has them."""
    if preset not in _FONTS:
        return style
    columns = columns_for(preset, panels)
    return replace(
        style,
        columns=columns,
        font_pt=_FONTS[preset],
        line_scale=_LINES[preset],
        size=size_of(preset, style.size, columns, panels),
    )


def size_of(preset: str, size: FigureSize, columns: int, panels: int) -> FigureSize:
    """Return a preset's size for a grid of panels; that of an own size stays."""
    rows = -(-max(panels, 1) // max(columns, 1))
    if preset == "slide":
        return FigureSize(1920, 1080, "px", 144.0)
    if preset == "column":
        return FigureSize(85, min(8 + 54 * rows, _PAGE_MM), "mm", 300.0)
    if preset == "page":
        return FigureSize(
            175, min(10 + round(0.62 * 175 / max(columns, 1)) * rows, _PAGE_MM), "mm", 300.0
        )
    if preset == "square":
        return FigureSize(120, 120, "mm", 300.0)
    return size


def saved(preset: str, style: FigureStyle) -> str:
    """Return the choices as a text for the settings."""
    kept = {name: getattr(style, name) for name in _KEPT}
    if preset == "custom":
        kept |= {"font_pt": style.font_pt, "line_scale": style.line_scale}
        kept["size"] = asdict(style.size)
    return json.dumps({"preset": preset, **kept})


def restored(text: str, panels: int) -> tuple[str, FigureStyle]:
    """Return preset and style from such a text; what can't be used is passed over."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        found = {}
    preset = found.get("preset")
    if preset not in dict(PRESETS):
        preset = "slide"
    plain = FigureStyle()
    types = {each.name: type(getattr(plain, each.name)) for each in fields(FigureStyle)}
    values = {
        name: found[name]
        for name in (*_KEPT, "font_pt", "line_scale")
        if name in found and type(found[name]) is types[name]
    }
    if values.get("legend") not in ("none", "inside", "right", "below"):
        values.pop("legend", None)
    style = of_preset(preset, replace(plain, **values), panels)
    if preset == "custom":
        style = replace(style, columns=columns_for(preset, panels), size=_size(found.get("size")))
        style = replace(
            style,
            font_pt=within(style.font_pt, FONT_PT),
            line_scale=within(style.line_scale, LINE_SCALE),
        )
    return preset, style


#: Least and most of what can be chosen.
FONT_PT = (4.0, 40.0)
LINE_SCALE = (0.3, 4.0)
DPI = (36.0, 1200.0)
MILLIMETRES = (10.0, 2000.0)
PIXELS = (64.0, 20_000.0)


def within(number: float, limits: tuple[float, float]) -> float:
    """Return the number, held to the limits."""
    return min(max(number, limits[0]), limits[1]) if math.isfinite(number) else limits[0]


def _size(found: object) -> FigureSize:
    plain = FigureSize(1600, 1000, "px", 144.0)
    if not isinstance(found, dict) or found.get("unit") not in ("px", "mm"):
        return plain
    numbers = [found.get(name) for name in ("width", "height", "dpi")]
    if not all(isinstance(n, (int, float)) and not isinstance(n, bool) for n in numbers):
        return plain
    limits = PIXELS if found["unit"] == "px" else MILLIMETRES
    width, height, dpi = (float(n) for n in numbers if n is not None)
    return FigureSize(
        within(width, limits), within(height, limits), found["unit"], within(dpi, DPI)
    )
