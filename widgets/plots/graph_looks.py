"""What the painters of a graph share: where one looks from, and how items are told apart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor

from eventglass.app.models.graph_colours import Strip

SMALLEST_FONT_PX, LARGEST_FONT_PX = 8, 24
#: How much is left of what does not stand out.
FADED = 0.22
#: What the changes of a comparison are drawn as: a sign and a token.
CHANGES = {1: ("+", "positive"), 2: ("−", "danger"), 3: ("≠", "warning")}


@dataclass(frozen=True, slots=True)
class Camera:
    """What is in sight: the point at the upper left corner, and pixels per unit."""

    x: float = 0.0
    y: float = 0.0
    scale: float = 1.0

    def to_screen(self, x: float, y: float) -> QPointF:
        """A point of the drawing on the screen."""
        return QPointF((x - self.x) * self.scale, (y - self.y) * self.scale)

    def to_drawing(self, point: QPointF) -> tuple[float, float]:
        """A point of the screen in the drawing."""
        return self.x + point.x() / self.scale, self.y + point.y() / self.scale

    def zoomed(self, factor: float, at: QPointF) -> Camera:
        """Nearer by a factor, with what is at a point of the screen staying there."""
        x, y = self.to_drawing(at)
        scale = self.scale * factor
        return Camera(x - at.x() / scale, y - at.y() / scale, scale)


@dataclass(frozen=True, eq=False)
class GraphLooks:
    """How items are told apart.

    Attributes
    ----------
    fills : (n,) int64
        Colour as ``0xrrggbb``, -1 for none.
    lit, lit_edges : (n,), (m,) bool, or None
        What stands out, with all else faded; None: nothing is faded.
    changes : (n,) uint8, or None
        Of a comparison: 0 the same, 1 added, 2 removed, 3 changed.
    strong
        Whether colours say an amount, and are therefore not toned down.
    strips
        Of groups with several colours inside, by index: the colours and their shares.
    """

    fills: npt.NDArray[np.int64] | None = None
    lit: npt.NDArray[np.bool_] | None = None
    lit_edges: npt.NDArray[np.bool_] | None = None
    changes: npt.NDArray[np.uint8] | None = None
    strong: bool = False
    strips: Mapping[int, Strip] = field(default_factory=dict)


def mixed(first: QColor, second: QColor, share: float) -> QColor:
    """The first colour over the second, opaque."""
    return QColor(
        *(
            round(a * share + b * (1.0 - share))
            for a, b in zip(first.getRgb()[:3], second.getRgb()[:3], strict=True)  # type: ignore[index]
        )
    )


def font_px(size: float) -> int:
    """The size of a font that can be read, in whole pixels."""
    return int(min(max(round(size), SMALLEST_FONT_PX), LARGEST_FONT_PX))
