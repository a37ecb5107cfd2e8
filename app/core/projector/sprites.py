"""Sprites: a picture with a cell for each row of an embedding."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from eventglass.app.core.projector.notices import Control, Notice
from eventglass.app.core.projector.sources import SpriteSource


@dataclass(frozen=True, slots=True)
class Sprite:
    """A decoded sprite.

    Attributes
    ----------
    pixels : (height, width, 4) uint8 RGBA, read-only
    cell_width, cell_height : in pixels
    columns : cells beside each other; row i lies in column ``i % columns``
    cells : number of cells; rows beyond have no picture
    """

    pixels: npt.NDArray[np.uint8]
    cell_width: int
    cell_height: int
    columns: int
    cells: int
    notices: tuple[Notice, ...] = ()

    def cell(self, row: int) -> npt.NDArray[np.uint8] | None:
        """View (cell_height, cell_width, 4) of a row's picture; None without one."""
        raise NotImplementedError


def load(source: SpriteSource, rows: int, control: Control | None = None) -> Sprite:
    """Decode a sprite for an embedding of `rows` rows; EmbeddingError says why not."""
    raise NotImplementedError
