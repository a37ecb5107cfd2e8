"""How two images differ: absolute error, squared error, PSNR and SSIM, whole and pixel by pixel.

Values are taken as shares of the largest number their bits can hold, so that images of 8 and of 16
bits can be compared. Symbols: ``a``, ``b`` images as shares (h, w, c), ``n = h w c``.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

#: The window of SSIM and its constants, as in Wang, Bovik, Sheikh, Simoncelli (2004).
SSIM_SIZE = 11
SSIM_SIGMA = 1.5
SSIM_K1, SSIM_K2 = 0.01, 0.03
#: Rows worked on at once: what they need stays in the processor's cache.
_ROWS = 48


class NotComparableError(ValueError):
    """Two images can't be compared; the message says why, for the user."""


@dataclass(frozen=True, slots=True)
class ImageErrors:
    """Differences of two images.

    Attributes
    ----------
    mae : float
        Mean of ``|a - b|``.
    mse : float
        Mean of ``(a - b)²``.
    psnr : float, dB
        ``-10 log10(mse)``; infinite for equal images.
    ssim : float
        Mean structural similarity over all windows that lie inside and all channels; NaN for
        images smaller than the window.
    largest : float
        Greatest ``|a - b|``.
    differing : int
        Number of pixels of which any channel differs.
    """

    mae: float
    mse: float
    psnr: float
    ssim: float
    largest: float
    differing: int


def as_shares(pixels: npt.NDArray[np.unsignedinteger], top: int) -> Floats:
    """Return pixels (h, w, c) as shares of the largest number `top`, float64."""
    return pixels.astype(np.float64) / float(top)


def common_channels(
    a: npt.NDArray[np.unsignedinteger], b: npt.NDArray[np.unsignedinteger], top_a: int, top_b: int
) -> tuple[Floats, Floats]:
    """Return two images as shares with the same channels.

    A grey one beside a coloured one stands for three equal channels; an alpha channel only one of
    them has is taken as opaque in the other.

    Raises
    ------
    NotComparableError
        When their sizes differ or they have no pixels.
    """
    if a.shape[:2] != b.shape[:2]:
        raise NotComparableError(
            f"They differ in size: {a.shape[1]} × {a.shape[0]} and {b.shape[1]} × {b.shape[0]}"
        )
    if not a.size or not b.size:
        raise NotComparableError("There are no pixels to compare")
    colours = max(_colours(a), _colours(b))
    alpha = _has_alpha(a) or _has_alpha(b)
    return _with_channels(a, top_a, colours, alpha), _with_channels(b, top_b, colours, alpha)


def image_errors(
    a: npt.NDArray[np.unsignedinteger],
    b: npt.NDArray[np.unsignedinteger],
    top_a: int = 255,
    top_b: int = 255,
    cancelled: Callable[[], bool] | None = None,
) -> ImageErrors:
    """Compare two images.

    Parameters
    ----------
    a, b : (h, w, c) unsigned integers
        With 1 to 4 channels: grey, grey and alpha, red green blue, red green blue alpha.
    top_a, top_b
        Largest number the bits of each can hold.
    cancelled
        Asked now and then; the result is of no use when it says True.

    Raises
    ------
    NotComparableError
        When their sizes differ or they have no pixels.
    """
    one, two = common_channels(a, b, top_a, top_b)
    away = one - two
    squares = float(np.mean(np.square(away)))
    np.abs(away, out=away)
    return ImageErrors(
        mae=float(np.mean(away)),
        mse=squares,
        psnr=-10.0 * math.log10(squares) if squares > 0.0 else math.inf,
        ssim=ssim(one, two, cancelled),
        largest=float(away.max()),
        differing=int(np.count_nonzero(away.any(axis=2))),
    )


def difference(
    a: npt.NDArray[np.unsignedinteger],
    b: npt.NDArray[np.unsignedinteger],
    top_a: int = 255,
    top_b: int = 255,
) -> npt.NDArray[np.float64]:
    """Return ``|a - b|`` of every pixel and channel, (h, w, c) float64 shares."""
    one, two = common_channels(a, b, top_a, top_b)
    return np.abs(one - two)


def error_map(
    a: npt.NDArray[np.unsignedinteger],
    b: npt.NDArray[np.unsignedinteger],
    top_a: int = 255,
    top_b: int = 255,
) -> npt.NDArray[np.float64]:
    """Return the mean of ``|a - b|`` over the channels of every pixel, (h, w) float64 shares."""
    return np.asarray(difference(a, b, top_a, top_b).mean(axis=2))


def window() -> Floats:
    """Return the weights of SSIM's window along one axis, (11,) float64; their sum is 1."""
    at = np.arange(SSIM_SIZE) - (SSIM_SIZE - 1) / 2
    weights = np.exp(-np.square(at) / (2.0 * SSIM_SIGMA**2))
    return np.asarray(weights / weights.sum())


def ssim(a: Floats, b: Floats, cancelled: Callable[[], bool] | None = None) -> float:
    """Return the mean structural similarity of two images.

    Gaussian window of 11 × 11 with σ 1.5, K1 0.01, K2 0.03, population covariance, range 1; only
    windows that lie inside; the mean over windows and channels (Wang et al. 2004).

    Parameters
    ----------
    a, b : (h, w, c) float64 shares
    """
    height, width, channels = a.shape
    if height < SSIM_SIZE or width < SSIM_SIZE:
        return math.nan
    weights = window()
    rows = height - SSIM_SIZE + 1
    total = 0.0
    for channel in range(channels):
        for start in range(0, rows, _ROWS):
            if cancelled is not None and cancelled():
                return math.nan
            part = slice(start, min(start + _ROWS, rows) + SSIM_SIZE - 1)
            total += _similarities(a[part, :, channel], b[part, :, channel], weights)
    return float(total / (channels * rows * (width - SSIM_SIZE + 1)))


def _similarities(a: Floats, b: Floats, weights: Floats) -> float:
    """Sum of the similarities of all windows inside two strips (h, w)."""
    mean_a, mean_b = _weighted(a, weights), _weighted(b, weights)
    var_a = _weighted(a * a, weights) - mean_a * mean_a
    var_b = _weighted(b * b, weights) - mean_b * mean_b
    covariance = _weighted(a * b, weights) - mean_a * mean_b
    c1, c2 = SSIM_K1**2, SSIM_K2**2
    above = (2.0 * mean_a * mean_b + c1) * (2.0 * covariance + c2)
    below = (mean_a * mean_a + mean_b * mean_b + c1) * (var_a + var_b + c2)
    return float(np.sum(above / below))


def _weighted(values: Floats, weights: Floats) -> Floats:
    """Weighted means over all windows that lie inside (h, w): along one axis, then the other."""
    size = len(weights)
    height, width = values.shape
    down = weights[0] * values[: height - size + 1]
    for i in range(1, size):
        down += weights[i] * values[i : height - size + 1 + i]
    found = weights[0] * down[:, : width - size + 1]
    for i in range(1, size):
        found += weights[i] * down[:, i : width - size + 1 + i]
    return np.asarray(found)


def _has_alpha(pixels: npt.NDArray[np.unsignedinteger]) -> bool:
    return pixels.shape[2] in (2, 4)


def _colours(pixels: npt.NDArray[np.unsignedinteger]) -> int:
    return 1 if pixels.shape[2] < 3 else 3


def _with_channels(
    pixels: npt.NDArray[np.unsignedinteger], top: int, colours: int, alpha: bool
) -> Floats:
    own = _colours(pixels)
    parts = [as_shares(pixels[..., :own], top)]
    if own < colours:
        parts = [np.repeat(parts[0], colours, axis=2)]
    if alpha:
        opaque = np.ones((*pixels.shape[:2], 1))
        parts.append(as_shares(pixels[..., -1:], top) if _has_alpha(pixels) else opaque)
    return parts[0] if len(parts) == 1 else np.concatenate(parts, axis=2)
