"""Draws the program's icons in all sizes and formats from the one SVG.

    python packaging/make_icons.py FOLDER

FOLDER gets ``hicolor/SIZExSIZE/apps/eventglass.png`` and so on for Linux, ``eventglass.ico`` for
Windows and ``eventglass.icns`` for macOS. With ``--window`` it draws the pictures that the program
itself uses for its window, beside the SVG; they are kept in the repository.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PIL import Image
from PySide6.QtGui import QGuiApplication, QImage, QPainter
from PySide6.QtSvg import QSvgRenderer

DRAWING = Path(__file__).resolve().parent.parent / "resources" / "icons" / "eventglass.svg"
SIZES = (16, 22, 24, 32, 48, 64, 96, 128, 256, 512)
ICO_SIZES = (16, 20, 24, 32, 40, 48, 64, 128, 256)
WINDOW_SIZES = (32, 64, 256)
MIME = "application-x-tfevents"


def drawn(size: int) -> QImage:
    """Return the icon, `size` pixels wide and high."""
    image = QImage(size, size, QImage.Format.Format_ARGB32)
    image.fill(0)
    painter = QPainter(image)
    QSvgRenderer(str(DRAWING)).render(painter)
    painter.end()
    return image


def save(size: int, path: Path) -> Path:
    """Save the icon as a PNG."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not drawn(size).save(str(path)):
        sys.exit(f"could not write {path}")
    return path


def main() -> None:
    """Draw all of them."""
    QGuiApplication(sys.argv[:1])
    if sys.argv[1:] == ["--window"]:
        for size in WINDOW_SIZES:
            save(size, DRAWING.with_name(f"eventglass-{size}.png"))
        return
    folder = Path(sys.argv[1])
    hicolor = folder / "hicolor"
    shutil.rmtree(hicolor, ignore_errors=True)
    for size in SIZES:
        png = save(size, hicolor / f"{size}x{size}" / "apps" / "eventglass.png")
        other = hicolor / f"{size}x{size}" / "mimetypes" / f"{MIME}.png"
        other.parent.mkdir(parents=True)
        shutil.copyfile(png, other)
    for place, name in (("apps", "eventglass"), ("mimetypes", MIME)):
        target = hicolor / "scalable" / place / f"{name}.svg"
        target.parent.mkdir(parents=True)
        shutil.copyfile(DRAWING, target)
    # Pillow packs each size that it is given; the largest comes first.
    pictures = [
        Image.open(save(size, folder / "windows" / f"{size}.png")) for size in reversed(ICO_SIZES)
    ]
    pictures[0].save(
        folder / "eventglass.ico",
        sizes=[(size, size) for size in ICO_SIZES],
        append_images=pictures[1:],
    )
    large = [Image.open(save(size, folder / "macos" / f"{size}.png")) for size in (1024, 512, 256)]
    large[0].save(folder / "eventglass.icns", append_images=large[1:])


if __name__ == "__main__":
    main()
