"""Colours of runs: numbers in, ``#rrggbb`` out, for a light and a dark background.

The first eight are the Okabe-Ito set (Okabe and Ito 2008, made for colour-blind readers), its
yellow and black replaced or shifted where they would not stand out. All further ones are spread
in OKLCH, a space in which equal distances look equally different (B. Ottosson 2020): the hue
turns by the golden angle, so that numbers next to each other lie far apart, and lightness and
chroma take turns, so that hues that come round again differ otherwise.
"""

from __future__ import annotations

import math
from functools import lru_cache

#: Okabe-Ito as drawn on white: blue, orange, green, purple, sky, vermilion, olive, grey.
_FIRST_LIGHT = (
    "#0072b2",
    "#e69f00",
    "#009e73",
    "#cc79a7",
    "#3a9fd8",
    "#d55e00",
    "#9a8b00",
    "#5b6472",
)
#: The same as drawn on near black: the blue lifted, the vermilion softened, the yellow itself.
_FIRST_DARK = (
    "#4aa8e8",
    "#e69f00",
    "#009e73",
    "#cc79a7",
    "#8fd3ff",
    "#f07c3e",
    "#e6dc5a",
    "#a9b3c4",
)
FIRST = len(_FIRST_LIGHT)

#: 360 degrees divided by the golden ratio squared.
_GOLDEN_ANGLE = 137.50776405003785

#: The reciprocal of the plastic number; its multiples and those of its square fill the unit square
#: evenly (M. Roberts, "The unreasonable effectiveness of quasirandom sequences", 2018).
_WOBBLE = 0.7548776662466927

#: (lightness, chroma) taken in turn, by background. The hue is the main difference.
_RINGS_LIGHT = ((0.58, 0.15), (0.50, 0.12), (0.60, 0.12), (0.45, 0.15), (0.57, 0.08))
_RINGS_DARK = ((0.74, 0.13), (0.66, 0.15), (0.82, 0.09), (0.70, 0.09), (0.78, 0.13))


def oklch_to_srgb(
    lightness: float, chroma: float, hue_degrees: float
) -> tuple[float, float, float]:
    """Linear map of OKLCH to gamma-encoded sRGB; parts outside 0..1 are outside the gamut.

    Matrices as published with the space (B. Ottosson, "A perceptual color space for image
    processing", 2020).
    """
    angle = math.radians(hue_degrees)
    a, b = chroma * math.cos(angle), chroma * math.sin(angle)
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    middle = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        _encode(4.0767416621 * long - 3.3077115913 * middle + 0.2309699292 * short),
        _encode(-1.2684380046 * long + 2.6097574011 * middle - 0.3413193965 * short),
        _encode(-0.0041960863 * long - 0.7034186147 * middle + 1.7076147010 * short),
    )


def relative_luminance(colour: str) -> float:
    """Relative luminance of ``#rrggbb``, 0 (black) to 1 (white), as WCAG 2 defines it."""
    red, green, blue = (_decode(int(colour[i : i + 2], 16) / 255) for i in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(first: str, second: str) -> float:
    """Contrast of two colours, 1 to 21, as WCAG 2 defines it."""
    bright, dim = sorted((relative_luminance(first), relative_luminance(second)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


@lru_cache(maxsize=65536)
def run_colour(number: int, dark: bool = False) -> str:
    """Colour of the ``number``-th run (from 0) on a light or dark background, ``#rrggbb``.

    A number always gives the same colour; of the first ten thousand all but a handful differ, and
    those that are alike lie thousands apart.
    """
    if number < 0:
        raise ValueError(f"a colour number is 0 or more, not {number}")
    if number < FIRST:
        return (_FIRST_DARK if dark else _FIRST_LIGHT)[number]
    turn = number - FIRST
    rings = _RINGS_DARK if dark else _RINGS_LIGHT
    lightness, chroma = rings[turn % len(rings)]
    # A low-discrepancy wobble, so that hues that nearly come round again still differ.
    lightness += 0.07 * (turn * _WOBBLE % 1.0 - 0.5)
    chroma *= 0.85 + 0.3 * (turn * _WOBBLE * _WOBBLE % 1.0)
    return _in_gamut(lightness, chroma, 20.0 + turn * _GOLDEN_ANGLE)


def _in_gamut(lightness: float, chroma: float, hue_degrees: float) -> str:
    # Chroma is what gives way where sRGB cannot show the colour; hue and lightness stay.
    while True:
        parts = oklch_to_srgb(lightness, chroma, hue_degrees)
        if chroma < 0.01 or all(-1e-6 <= part <= 1 + 1e-6 for part in parts):
            break
        chroma *= 0.94
    return "#" + "".join(f"{round(255 * min(max(part, 0.0), 1.0)):02x}" for part in parts)


def _encode(linear: float) -> float:
    if linear <= 0.0031308:
        return 12.92 * linear
    return 1.055 * float(linear ** (1 / 2.4)) - 0.055


def _decode(encoded: float) -> float:
    return encoded / 12.92 if encoded <= 0.04045 else ((encoded + 0.055) / 1.055) ** 2.4
