"""What is worked out of images off the GUI thread: differences, error maps, histograms."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PySide6.QtGui import QImage

from eventglass.app.core.compute.colour_maps import colour_table
from eventglass.app.core.compute.image_errors import (
    ImageErrors,
    NotComparableError,
    difference,
    image_errors,
)
from eventglass.app.core.plugins import DecodeError
from eventglass.app.models.picture_looks import Look, image_of_words, packed
from eventglass.app.models.pictures import Picture
from eventglass.app.models.tasks import TaskControl

#: Bars of a histogram.
BINS = 128
#: The colour map of error maps.
ERROR_MAP = "inferno"


@dataclass(frozen=True, slots=True, eq=False)
class Statistics:
    """What the numbers of an image are like.

    Attributes
    ----------
    counts : (c, 128) int64
        Pixels in each of 128 equal ranges of numbers, per channel.
    lows, highs : tuple of int
        Least and greatest number, per channel.
    means, stds : tuple of float
    top : int
        Largest number its bits can hold.
    """

    counts: npt.NDArray[np.int64]
    lows: tuple[int, ...]
    highs: tuple[int, ...]
    means: tuple[float, ...]
    stds: tuple[float, ...]
    top: int


def difference_image(a: Picture, b: Picture, look: Look, heat: bool, amplify: float) -> QImage:
    """Return the picture of how two pictures differ; for threads.

    Parameters
    ----------
    look
        Only its orientation counts.
    heat
        Paint the mean error of each pixel in colours, instead of the difference of each channel.
    amplify
        Factor by which differences are enlarged.

    Raises
    ------
    DecodeError
        When they can't be compared.
    """
    try:
        away = difference(a.pixels, b.pixels, a.top, b.top)
    except NotComparableError as error:
        raise DecodeError(str(error)) from error
    return paint_difference(away, look, heat, amplify)


def compare_errors(a: Picture, b: Picture, control: TaskControl | None = None) -> ImageErrors:
    """Return how far two pictures differ; for threads. Raises `DecodeError` when they can't be."""
    try:
        cancelled = None if control is None else (lambda: control.cancelled)
        return image_errors(a.pixels, b.pixels, a.top, b.top, cancelled)
    except NotComparableError as error:
        raise DecodeError(str(error)) from error


def paint_difference(
    away: npt.NDArray[np.float64], look: Look, heat: bool, amplify: float = 1.0
) -> QImage:
    """Return differences (h, w, c) as an image: black where there is none."""
    shown = np.floor(np.clip(away * amplify, 0.0, 1.0) * 255.0 + 0.5).astype(np.uint8)
    if heat:
        mean = np.clip(away.mean(axis=2) * amplify, 0.0, 1.0)
        words = packed(colour_table(ERROR_MAP))[np.floor(mean * 255.0 + 0.5).astype(np.uint8)]
    else:
        count = shown.shape[2]
        red, green, blue = (shown[..., 0], shown[..., 0], shown[..., 0])
        if count >= 3:
            green, blue = shown[..., 1], shown[..., 2]
        if count in (2, 4):
            # A difference in alpha alone is seen, too.
            alpha = shown[..., -1]
            red, green, blue = (np.maximum(each, alpha) for each in (red, green, blue))
        words = packed(np.stack([red, green, blue], axis=-1).reshape(-1, 3)).reshape(red.shape)
    turned = np.rot90(words, -look.rotate // 90) if look.rotate else words
    return image_of_words(turned[:, ::-1] if look.flip else turned)


def statistics(picture: Picture, control: TaskControl | None = None) -> Statistics:
    """Return what a picture's numbers are like; for threads."""
    counts, lows, highs, means, stds = [], [], [], [], []
    size = picture.top + 1
    for channel in range(picture.channels):
        if control is not None and control.cancelled:
            break
        found = np.bincount(picture.pixels[..., channel].ravel(), minlength=size)
        at = np.flatnonzero(found)
        total = float(found.sum())
        mean = float((found[at] * at).sum()) / total
        lows.append(int(at[0]))
        highs.append(int(at[-1]))
        means.append(mean)
        stds.append(float(np.sqrt((found[at] * np.square(at - mean)).sum() / total)))
        counts.append(_binned(found))
    return Statistics(
        np.stack(counts) if counts else np.zeros((0, BINS), np.int64),
        tuple(lows),
        tuple(highs),
        tuple(means),
        tuple(stds),
        picture.top,
    )


def _binned(found: npt.NDArray[np.intp]) -> npt.NDArray[np.int64]:
    """Counts of numbers put together to bars; of fewer numbers than bars each is a bar."""
    if len(found) <= BINS:
        return found.astype(np.int64)
    return np.asarray(found.reshape(BINS, -1).sum(axis=1), np.int64)


def source_pixel(x: int, y: int, width: int, height: int, look: Look) -> tuple[int, int]:
    """Return which pixel of a picture stands at x, y of what is shown.

    Parameters
    ----------
    width, height
        Of what is shown.
    """
    if look.flip:
        x = width - 1 - x
    if look.rotate == 90:
        return y, width - 1 - x
    if look.rotate == 180:
        return width - 1 - x, height - 1 - y
    if look.rotate == 270:
        return height - 1 - y, x
    return x, y
