"""Colour maps: tables of 256 colours for numbers, given by a few colours each.

Between the anchors colours are interpolated linearly. The perceptually uniform maps (viridis,
magma, inferno, plasma, cividis) come within a shade of the published tables.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt

_ANCHORS = {
    "gray": "000000 ffffff",
    "viridis": "440154 482878 3e4989 31688e 26828e 1f9e89 35b779 6ece58 b5de2b fde725",
    "magma": "000004 180f3d 440f76 721f81 9e2f7f cd4071 f1605d fd9668 feca8d fcfdbf",
    "inferno": "000004 1b0c41 4a0c6b 781c6d a52c60 cf4446 ed6925 fb9b06 f7d13d fcffa4",
    "plasma": "0d0887 46039f 7201a8 9c179e bd3786 d8576b ed7953 fb9f3a fdca26 f0f921",
    "cividis": "00224e 123570 3b496c 575d6d 707173 8a8678 a59c74 c3b369 e1cc55 fee838",
    "turbo": "30123b 4662d7 36aaf9 1ae4b6 72fe5e c8ef34 faba39 f66b19 cb2a04 7a0403",
    "coolwarm": "3b4cc0 6788ee 9abbff c9d7f0 edd1c2 f7a889 e26952 b40426",
    "heat": "000000 4d0b00 a63603 e6550d fd8d3c fecc5c ffffcc",
}

#: Names of the maps and how they are called.
COLOUR_MAPS = (
    ("gray", "Grey"),
    ("viridis", "Viridis"),
    ("magma", "Magma"),
    ("inferno", "Inferno"),
    ("plasma", "Plasma"),
    ("cividis", "Cividis"),
    ("turbo", "Turbo"),
    ("coolwarm", "Cool to warm"),
    ("heat", "Heat"),
)


@lru_cache(maxsize=32)
def colour_table(name: str) -> npt.NDArray[np.uint8]:
    """Return the table of a map.

    Returns
    -------
    (256, 3) uint8
        Red, green, blue; read-only.

    Raises
    ------
    KeyError
        When there is no such map.
    """
    anchors = np.array([list(bytes.fromhex(colour)) for colour in _ANCHORS[name].split()], float)
    at = np.linspace(0.0, len(anchors) - 1.0, 256)
    places = np.arange(len(anchors))
    table = np.stack([np.interp(at, places, anchors[:, c]) for c in range(3)], axis=1)
    found: npt.NDArray[np.uint8] = np.rint(table).astype(np.uint8)
    found.flags.writeable = False
    return found
