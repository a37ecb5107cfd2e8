"""Error metrics of images against plain NumPy and against the formulas taken window by window."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventglass.app.core.compute import image_errors as errors
from eventglass.app.core.compute.image_errors import NotComparableError, image_errors


def noisy(seed: int, height: int, width: int, channels: int, top: int = 255) -> np.ndarray:
    dtype = np.uint8 if top == 255 else np.uint16
    rng = np.random.default_rng(seed)
    return rng.integers(0, top + 1, (height, width, channels)).astype(dtype)


def ssim_by_windows(a: np.ndarray, b: np.ndarray) -> float:
    """The formula of the paper, window by window and channel by channel."""
    at = np.arange(11) - 5.0
    line = np.exp(-(at**2) / (2 * 1.5**2))
    weights = np.outer(line, line)
    weights /= weights.sum()
    found = []
    for c in range(a.shape[2]):
        for y in range(a.shape[0] - 10):
            for x in range(a.shape[1] - 10):
                p, q = a[y : y + 11, x : x + 11, c], b[y : y + 11, x : x + 11, c]
                mp, mq = (weights * p).sum(), (weights * q).sum()
                vp = (weights * (p - mp) ** 2).sum()
                vq = (weights * (q - mq) ** 2).sum()
                cov = (weights * (p - mp) * (q - mq)).sum()
                c1, c2 = 0.01**2, 0.03**2
                found.append(
                    (2 * mp * mq + c1) * (2 * cov + c2) / ((mp**2 + mq**2 + c1) * (vp + vq + c2))
                )
    return float(np.mean(found))


@given(
    st.integers(0, 10_000),
    st.integers(1, 30),
    st.integers(1, 30),
    st.integers(1, 4),
    st.sampled_from([255, 65535]),
)
def test_errors_are_those_of_plain_numpy(
    seed: int, height: int, width: int, channels: int, top: int
) -> None:
    a, b = noisy(seed, height, width, channels, top), noisy(seed + 1, height, width, channels, top)
    found = image_errors(a, b, top, top)
    away = a.astype(float) / top - b.astype(float) / top
    assert found.mae == pytest.approx(np.abs(away).mean(), rel=1e-12)
    assert found.mse == pytest.approx((away**2).mean(), rel=1e-12)
    if found.mse:
        assert found.psnr == pytest.approx(10 * np.log10(1 / (away**2).mean()), rel=1e-12)
    assert found.largest == pytest.approx(np.abs(away).max(), rel=1e-12)
    assert found.differing == int((a != b).any(axis=2).sum())


@pytest.mark.parametrize(("height", "width", "channels"), [(11, 11, 1), (24, 17, 3), (75, 13, 2)])
def test_ssim_is_the_formula_of_the_paper(height: int, width: int, channels: int) -> None:
    a = noisy(3, height, width, channels)
    b = np.clip(a.astype(int) + np.random.default_rng(4).integers(-40, 41, a.shape), 0, 255)
    b = b.astype(np.uint8)
    found = image_errors(a, b)
    assert found.ssim == pytest.approx(ssim_by_windows(a / 255, b / 255), rel=1e-9)


def test_equal_images() -> None:
    a = noisy(0, 20, 20, 3)
    found = image_errors(a, a.copy())
    assert (found.mae, found.mse, found.largest, found.differing) == (0, 0, 0, 0)
    assert found.psnr == math.inf
    assert found.ssim == pytest.approx(1.0, abs=1e-12)


def test_too_small_for_a_window() -> None:
    assert math.isnan(image_errors(noisy(0, 10, 30, 1), noisy(1, 10, 30, 1)).ssim)


def test_eight_and_sixteen_bits_are_compared_as_shares() -> None:
    narrow = noisy(0, 12, 12, 3)
    wide = narrow.astype(np.uint16) * 257
    found = image_errors(narrow, wide, 255, 65535)
    assert found.mse == pytest.approx(0.0, abs=1e-30)


def test_grey_beside_colour_and_alpha_beside_none() -> None:
    grey = noisy(0, 12, 12, 1)
    assert image_errors(grey, np.repeat(grey, 3, axis=2)).mae == 0
    opaque = np.concatenate([grey, np.full_like(grey, 255)], axis=2)
    assert image_errors(grey, opaque).mae == 0
    clear = np.concatenate([grey, np.zeros_like(grey)], axis=2)
    assert image_errors(grey, clear).mae == pytest.approx(0.5)


def test_other_sizes_cannot_be_compared() -> None:
    with pytest.raises(NotComparableError, match="4 × 3 and 5 × 3"):
        image_errors(noisy(0, 3, 4, 1), noisy(0, 3, 5, 1))
    with pytest.raises(NotComparableError, match="no pixels"):
        image_errors(np.zeros((0, 4, 1), np.uint8), np.zeros((0, 4, 1), np.uint8))


def test_error_map_is_the_mean_over_channels() -> None:
    a, b = noisy(0, 5, 6, 3), noisy(1, 5, 6, 3)
    expected = np.abs(a / 255 - b / 255).mean(axis=2)
    np.testing.assert_allclose(errors.error_map(a, b), expected, rtol=1e-12)


def test_a_cancelled_ssim_ends() -> None:
    a = noisy(0, 200, 30, 3) / 255
    asked = []

    def cancelled() -> bool:
        asked.append(1)
        return len(asked) > 2

    assert math.isnan(errors.ssim(a, a, cancelled))
    assert len(asked) == 3
