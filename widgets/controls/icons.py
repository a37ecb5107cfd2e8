"""Icons: glyphs of the Material Design Icons font that qtawesome brings, in token colours.

An icon asks the theme for its colour each time it is painted, so a change of scheme needs no new
icons. Only the one font is loaded, when the first icon is painted; qtawesome itself, which would
load fourteen, is not imported.
"""

from __future__ import annotations

import json
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontDatabase,
    QIcon,
    QIconEngine,
    QPainter,
    QPixmap,
)

from eventglass.app.models.theme import Theme

#: Our names for glyphs, by meaning.
GLYPHS = {
    "add": "plus",
    "back": "arrow-left",
    "audio": "volume-high",
    "baseline": "flag-outline",
    "baseline-mark": "flag",
    "check": "check",
    "chevron-down": "chevron-down",
    "chevron-left": "chevron-left",
    "chevron-right": "chevron-right",
    "chevron-up": "chevron-up",
    "close": "close",
    "code": "code-braces",
    "collapse": "collapse-all-outline",
    "columns": "view-column-outline",
    "commands": "console-line",
    "compare": "compare",
    "copy": "content-copy",
    "custom_scalars": "chart-multiple",
    "distribution": "chart-timeline-variant",
    "edit": "pencil-outline",
    "embeddings": "scatter-plot-outline",
    "expand": "arrow-expand",
    "export": "export-variant",
    "save": "content-save-outline",
    "file": "file-outline",
    "fit": "fit-to-screen-outline",
    "flip": "flip-horizontal",
    "folder": "folder-outline",
    "folder-open": "folder-open-outline",
    "full-width": "arrow-expand-horizontal",
    "graph": "graph-outline",
    "hide": "eye-off-outline",
    "histogram": "chart-bell-curve",
    "history": "history",
    "hparams": "tune-variant",
    "image": "image-outline",
    "images": "image-multiple-outline",
    "info": "information-outline",
    "guide": "book-open-outline",
    "report": "file-alert-outline",
    "find": "folder-search-outline",
    "delete": "trash-can-outline",
    "keyboard": "keyboard-outline",
    "keras_model": "graph-outline",
    "lasso": "lasso",
    "live": "access-point",
    "lock": "lock-outline",
    "mesh": "cube-outline",
    "more": "dots-horizontal",
    "more-vertical": "dots-vertical",
    "natural-size": "numeric-1-box-outline",
    "open-archive": "folder-zip-outline",
    "orbit": "rotate-orbit",
    "palette": "palette-outline",
    "pause": "pause",
    "pin": "pin-outline",
    "pinned": "pin",
    "play": "play",
    "pr_curve": "chart-areaspline-variant",
    "preferences": "cog-outline",
    "redo": "redo",
    "refresh": "refresh",
    "restore": "arrow-collapse",
    "repeat": "repeat",
    "rotate": "rotate-right",
    "run_metadata": "clock-outline",
    "scalar": "chart-line-variant",
    "scalars": "chart-line-variant",
    "search": "magnify",
    "select-box": "select-drag",
    "show": "eye-outline",
    "skip-back": "skip-previous",
    "sort": "sort",
    "table": "table-large",
    "target": "target",
    "tensor": "matrix",
    "text": "text-box-outline",
    "theme": "theme-light-dark",
    "undo": "undo",
    "volume": "volume-high",
    "volume-off": "volume-off",
    "warning": "alert-outline",
    "zoom-out": "magnify-minus-outline",
    "zoom-in": "magnify-plus-outline",
}


def icon(theme: Theme, name: str, token: str = "text_muted", active: str = "") -> QIcon:
    """Icon by one of our names; ``active`` is the token for the state On (default: the same)."""
    return QIcon(_GlyphEngine(theme, name, token, active or token))


def paint_icon(
    painter: QPainter, rect: QRectF, name: str, colour: QColor, size_px: float = 0.0
) -> None:
    """Paint a glyph centred in ``rect``, as large as its shorter side unless ``size_px`` says."""
    glyph, family = _glyph(name)
    font = QFont(family)
    font.setPixelSize(max(round(size_px or min(rect.width(), rect.height())), 1))
    font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    painter.save()
    painter.setFont(font)
    painter.setPen(colour)
    painter.drawText(rect, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextDontClip, glyph)
    painter.restore()


class _GlyphEngine(QIconEngine):
    def __init__(self, theme: Theme, name: str, token: str, active: str) -> None:
        super().__init__()
        self._theme = theme
        self._name = name
        self._token = token
        self._active = active

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        token = self._active if state == QIcon.State.On else self._token
        alpha = 0.4 if mode == QIcon.Mode.Disabled else 1.0
        paint_icon(painter, QRectF(rect), self._name, self._theme.colour(token, alpha))

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        pixmap = QPixmap(size)
        pixmap.fill(Qt.GlobalColor.transparent)
        with QPainter(pixmap) as painter:
            self.paint(painter, QRect(QPoint(0, 0), size), mode, state)
        return pixmap

    def clone(self) -> QIconEngine:
        return _GlyphEngine(self._theme, self._name, self._token, self._active)


@lru_cache(maxsize=256)
def _glyph(name: str) -> tuple[str, str]:
    points, family = _font()
    return chr(points.get(GLYPHS.get(name, name), 0x20)), family


@lru_cache(maxsize=1)
def _font() -> tuple[dict[str, int], str]:
    # Without the font the program works on, without pictures on its buttons.
    spec = find_spec("qtawesome")
    places = spec.submodule_search_locations if spec is not None else None
    for folder in places or ():
        for path in sorted(Path(folder, "fonts").glob("materialdesignicons6-webfont-*.ttf")):
            number = QFontDatabase.addApplicationFont(str(path))
            families = QFontDatabase.applicationFontFamilies(number)
            charmaps = sorted(path.parent.glob("materialdesignicons6-webfont-charmap-*.json"))
            if families and charmaps:
                found = json.loads(charmaps[0].read_text(encoding="utf-8"))
                return {name: int(code, 16) for name, code in found.items()}, families[0]
    return {}, ""
