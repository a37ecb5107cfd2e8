"""Pictures as bytes: PNG, SVG and PDF. The same picture always gives the same bytes."""

from __future__ import annotations

import math
import re
from xml.sax.saxutils import escape, quoteattr

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QBuffer, QIODevice, QMarginsF, QSizeF
from PySide6.QtGui import QColor, QImage, QPageLayout, QPageSize, QPainter, QPdfWriter

from eventglass.widgets.plots.figure_picture import (
    FAMILIES,
    Area,
    Box,
    Dots,
    Label,
    Picture,
    Rectangle,
    Stroke,
    paint,
)

UNITS_PER_INCH = 96.0
SUFFIXES = (".png", ".svg", ".pdf")
#: Pixels of a picture on a side, and in all: 800 MB.
MOST_SIDE = 32_000
MOST_PIXELS = 200_000_000

#: What XML 1.0 has no place for, and lone surrogates.
_NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
#: What differs each time; replaced by as many bytes, so that no offset in the file moves.
_PDF_TIMES = re.compile(rb"(?<=Date \(D:)\d{14}|(?<=Date=.)[0-9T:\-]{19}")
_PDF_IDS = re.compile(rb"(?<=/ID \[ )<[0-9a-fA-F]+> <[0-9a-fA-F]+>|(?<=uuid:)[0-9a-f\-]{36}")


class FigureError(Exception):
    """The figure can't be made; the message is for the user."""


def image(picture: Picture, dpi: float) -> QImage:
    """Return the picture at `dpi` dots an inch.

    Raises
    ------
    FigureError
        When it would be too large.
    """
    scale = dpi / UNITS_PER_INCH
    width = max(1, round(picture.width * scale))
    height = max(1, round(picture.height * scale))
    if max(width, height) > MOST_SIDE or width * height > MOST_PIXELS:
        raise FigureError(f"A picture of {width:,} × {height:,} pixels is too large")
    opaque = picture.background is not None
    made = QImage(
        width,
        height,
        QImage.Format.Format_RGB32 if opaque else QImage.Format.Format_ARGB32_Premultiplied,
    )
    if made.isNull():
        raise FigureError(f"There is no memory for a picture of {width:,} × {height:,} pixels")
    made.fill(QColor("white") if opaque else QColor(0, 0, 0, 0))
    dots = round(dpi / 0.0254)
    made.setDotsPerMeterX(dots)
    made.setDotsPerMeterY(dots)
    with QPainter(made) as painter:
        painter.scale(width / picture.width, height / picture.height)
        paint(painter, picture, made)
    return made


def png(picture: Picture, dpi: float) -> bytes:
    """Return the picture as PNG."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    if not image(picture, dpi).save(buffer, "PNG"):  # type: ignore[call-overload]
        raise FigureError("The picture could not be made into PNG")
    return bytes(buffer.data().data())


def pdf(picture: Picture) -> bytes:
    """Return the picture as PDF, with the fonts it needs inside."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QPdfWriter(buffer)
    writer.setTitle(_sound(picture.title))
    writer.setCreator("Eventglass")
    writer.setResolution(1200)
    size = QSizeF(picture.width * 72.0 / UNITS_PER_INCH, picture.height * 72.0 / UNITS_PER_INCH)
    writer.setPageLayout(
        QPageLayout(
            QPageSize(size, QPageSize.Unit.Point, "", QPageSize.SizeMatchPolicy.ExactMatch),
            QPageLayout.Orientation.Portrait,
            QMarginsF(),
        )
    )
    with QPainter(writer) as painter:
        painter.scale(1200.0 / UNITS_PER_INCH, 1200.0 / UNITS_PER_INCH)
        paint(painter, picture)
    made = bytes(buffer.data().data())
    for changing in (_PDF_TIMES, _PDF_IDS):
        made = changing.sub(lambda found: re.sub(rb"[0-9a-fA-F]", b"0", found[0]), made)
    # A month and a day are never 0.
    return made.replace(b"Date (D:00000000", b"Date (D:20000101")


# --- SVG ----------------------------------------------------------------------------------------


def svg(picture: Picture, width: str = "", height: str = "") -> str:
    """Return the picture as SVG; texts stay texts.

    Parameters
    ----------
    width, height : str
        The size with its unit, such as 85mm; that of the picture when left out.
    """
    clips: dict[Box, str] = {}
    body = [_svg_item(item, clips) for item in picture.items]
    box = f"0 0 {_number(picture.width)} {_number(picture.height)}"
    head = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<svg xmlns="http://www.w3.org/2000/svg" version="1.1" viewBox="{box}"'
        f" width={quoteattr(width or _number(picture.width))}"
        f" height={quoteattr(height or _number(picture.height))}"
        f" font-family={quoteattr(', '.join(map(_family, FAMILIES)))}>",
    ]
    if picture.title:
        head.append(f"<title>{escape(_sound(picture.title))}</title>")
    if clips:
        head.append("<defs>")
        for (x, y, wide, high), name in clips.items():
            head.append(
                f'<clipPath id="{name}"><rect x="{_number(x)}" y="{_number(y)}"'
                f' width="{_number(wide)}" height="{_number(high)}"/></clipPath>'
            )
        head.append("</defs>")
    if picture.background is not None:
        head.append(f'<rect width="100%" height="100%"{_fill(picture.background)}/>')
    return "\n".join([*head, *body, "</svg>", ""])


def _svg_item(item: Rectangle | Stroke | Area | Dots | Label, clips: dict[Box, str]) -> str:
    if isinstance(item, Label):
        return _svg_label(item)
    if isinstance(item, Rectangle):
        x, y, width, height = map(_number, item.box)
        stroke = "" if item.stroke is None else _stroke(item.stroke, item.width)
        radius = f' rx="{_number(item.radius)}"' if item.radius else ""
        fill = ' fill="none"' if item.fill is None else _fill(item.fill)
        return f'<rect x="{x}" y="{y}" width="{width}" height="{height}"{radius}{fill}{stroke}/>'
    clip = ""
    if item.clip is not None:
        clip = f' clip-path="url(#{clips.setdefault(item.clip, f"c{len(clips)}")})"'
    if isinstance(item, Stroke):
        dashes = ""
        if item.dashes:
            dashes = f' stroke-dasharray="{" ".join(map(_number, item.dashes))}"'
        ends = ' stroke-linejoin="round"' if item.round else ""
        if item.round and not item.dashes:
            ends += ' stroke-linecap="round"'
        path = "".join(map(_path, item.lines))
        return (
            f'<path fill="none"{_stroke(item.colour, item.width)}{dashes}{ends}{clip} d="{path}"/>'
        )
    if isinstance(item, Area):
        path = "".join(f"{_path(polygon)}Z" for polygon in item.polygons)
        return f'<path{_fill(item.fill)}{clip} d="{path}"/>'
    radius = _number(item.radius)
    circles = "".join(
        f'<circle cx="{_number(x)}" cy="{_number(y)}" r="{radius}"/>'
        for x, y in item.places.tolist()
    )
    return f"<g{_fill(item.fill)}{clip}>{circles}</g>"


def _svg_label(label: Label) -> str:
    anchor = "" if label.anchor == "start" else f' text-anchor="{label.anchor}"'
    bold = ' font-weight="600"' if label.bold else ""
    x, y = _number(label.x), _number(label.y)
    turned = f' transform="rotate(-90 {x} {y})"' if label.upright else ""
    return (
        f'<text x="{x}" y="{y}" font-size="{_number(label.size)}"{_fill(label.colour)}'
        f'{anchor}{bold}{turned} xml:space="preserve">{escape(_sound(label.text))}</text>'
    )


def _sound(text: str) -> str:
    """Return a text without what XML has no place for."""
    return _NO_XML.sub("\ufffd", text)


def _family(name: str) -> str:
    return f"'{name}'" if " " in name else name


def _number(value: float) -> str:
    text = f"{value:.2f}"
    return text.rstrip("0").rstrip(".") if math.isfinite(value) else "0"


def _path(line: npt.NDArray[np.float64]) -> str:
    """Return vertices as a path to a hundredth of a unit, each relative to the one before."""
    places = np.round(line * 100.0).astype(np.int64)
    x, y = (places[0] / 100.0).tolist()
    moves = np.diff(places, axis=0)
    # Vertices that fall together are written once.
    moves = moves[(moves != 0).any(axis=1)]
    if not len(moves):
        return f"M{x:.7g} {y:.7g}h0"
    steps = " ".join([f"{across:.7g} {down:.7g}" for across, down in (moves / 100.0).tolist()])
    return f"M{x:.7g} {y:.7g}l{steps}"


def _fill(colour: QColor) -> str:
    opacity = "" if colour.alpha() == 255 else f' fill-opacity="{_opacity(colour)}"'
    return f' fill="{colour.name()}"{opacity}'


def _stroke(colour: QColor, width: float) -> str:
    opacity = "" if colour.alpha() == 255 else f' stroke-opacity="{_opacity(colour)}"'
    return f' stroke="{colour.name()}" stroke-width="{_number(width)}"{opacity}'


def _opacity(colour: QColor) -> str:
    return f"{colour.alphaF():.3f}".rstrip("0").rstrip(".")
