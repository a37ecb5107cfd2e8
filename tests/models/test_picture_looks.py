"""From numbers to colours."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtGui import QColor

from eventglass.app.core.compute.colour_maps import colour_table
from eventglass.app.models.image_comparing import paint_difference, source_pixel, statistics
from eventglass.app.models.picture_looks import (
    Look,
    curve,
    oriented,
    paint_picture,
    shown_channels,
)
from eventglass.app.models.pictures import Picture


def picture(pixels: np.ndarray, bits: int = 8) -> Picture:
    return Picture(pixels.astype(np.uint16 if bits == 16 else np.uint8), bits, "PNG")


def colours(image: object, count: int) -> list[tuple[int, int, int]]:
    found = []
    for x in range(count):
        colour: QColor = image.pixelColor(x, 0)  # type: ignore[attr-defined]
        found.append((colour.red(), colour.green(), colour.blue()))
    return found


def test_a_plain_look_changes_nothing() -> None:
    pixels = np.arange(48).reshape(2, 8, 3) * 5
    image = paint_picture(picture(pixels))
    assert colours(image, 8) == [tuple(p) for p in pixels[0].tolist()]
    grey = paint_picture(picture(np.arange(8).reshape(1, 8, 1)))
    assert colours(grey, 8) == [(i, i, i) for i in range(8)]


def test_sixteen_bits_are_scaled() -> None:
    image = paint_picture(picture(np.array([[[0], [257 * 100], [65535]]]), 16))
    assert colours(image, 3) == [(0, 0, 0), (100, 100, 100), (255, 255, 255)]


@pytest.mark.parametrize(
    ("look", "number", "expected"),
    [
        (Look(brightness=0.5), 200, 100),
        (Look(contrast=2.0), 64, 1),
        (Look(contrast=0.0), 64, 128),
        (Look(gamma=2.0), 64, 128),
        (Look(low=0.5), 127, 0),
        (Look(low=0.2, high=0.6), 102, 128),
        (Look(high=0.5), 128, 255),
        (Look(low=0.5, high=0.5), 127, 0),
        (Look(low=0.5, high=0.5), 128, 255),
    ],
)
def test_the_curve(look: Look, number: int, expected: int) -> None:
    assert abs(int(curve(look, 255)[number]) - expected) <= 1


def test_channels() -> None:
    pixels = np.array([[[10, 20, 30, 40]]], np.uint8)
    for name, value in (("red", 10), ("green", 20), ("blue", 30), ("alpha", 40)):
        assert shown_channels(pixels, Look(channel=name), 255).tolist() == [[[value]]]
    expected = round(0.2126 * 10 + 0.7152 * 20 + 0.0722 * 30)
    assert shown_channels(pixels, Look(channel="luminance"), 255).tolist() == [[[expected]]]
    grey = np.array([[[7]]], np.uint8)
    assert shown_channels(grey, Look(channel="red"), 255).tolist() == [[[7]]]
    assert shown_channels(grey, Look(channel="alpha"), 255).tolist() == [[[255]]]


def test_a_colour_map_is_for_single_channels() -> None:
    table = colour_table("viridis")
    look = Look(colour_map="viridis")
    image = paint_picture(picture(np.array([[[0], [128], [255]]])), look)
    assert colours(image, 3) == [tuple(table[i].tolist()) for i in (0, 128, 255)]
    rgb = np.array([[[1, 2, 3]]])
    assert colours(paint_picture(picture(rgb), look), 1) == [(1, 2, 3)]
    red = paint_picture(picture(rgb), Look(channel="red", colour_map="viridis"))
    assert colours(red, 1) == [tuple(table[1].tolist())]


def test_transparency_is_kept() -> None:
    image = paint_picture(picture(np.array([[[200, 100, 50, 0], [200, 100, 50, 255]]])))
    assert image.hasAlphaChannel()
    assert image.pixelColor(0, 0).alpha() == 0
    assert image.pixelColor(1, 0).getRgb() == (200, 100, 50, 255)
    grey = paint_picture(picture(np.array([[[200, 0], [200, 255]]])))
    assert [grey.pixelColor(x, 0).alpha() for x in (0, 1)] == [0, 255]


@pytest.mark.parametrize("rotate", [0, 90, 180, 270])
@pytest.mark.parametrize("flip", [False, True])
def test_orientation_and_back(rotate: int, flip: bool) -> None:
    pixels = np.arange(15).reshape(3, 5, 1).astype(np.uint8)
    look = Look(rotate=rotate, flip=flip)
    turned = oriented(pixels, look)
    height, width = turned.shape[:2]
    if rotate == 90 and not flip:
        # The first row becomes the last column.
        np.testing.assert_array_equal(turned[:, -1, 0], pixels[0, :, 0])
    for y in range(height):
        for x in range(width):
            at = source_pixel(x, y, width, height, look)
            assert turned[y, x] == pixels[at[1], at[0]]
    image = paint_picture(picture(pixels), look)
    assert (image.width(), image.height()) == (width, height)
    assert image.pixelColor(0, 0).red() == turned[0, 0, 0]


def test_differences_are_painted() -> None:
    away = np.array([[[0.0, 0.5, 1.0], [0.0, 0.0, 0.0]]])
    plain = Look()
    assert colours(paint_difference(away, plain, False), 2) == [(0, 128, 255), (0, 0, 0)]
    assert colours(paint_difference(away, plain, False, 2.0), 1) == [(0, 255, 255)]
    table = colour_table("inferno")
    heat = colours(paint_difference(away, plain, True), 2)
    assert heat == [tuple(table[128].tolist()), tuple(table[0].tolist())]


@pytest.mark.parametrize(("bits", "channels"), [(8, 3), (16, 1), (4, 1), (8, 4)])
def test_statistics(bits: int, channels: int) -> None:
    rng = np.random.default_rng(bits)
    pixels = rng.integers(0, 1 << bits, (20, 31, channels))
    found = statistics(picture(pixels, bits))
    flat = pixels.reshape(-1, channels)
    assert found.lows == tuple(flat.min(axis=0).tolist())
    assert found.highs == tuple(flat.max(axis=0).tolist())
    np.testing.assert_allclose(found.means, flat.mean(axis=0), rtol=1e-12)
    np.testing.assert_allclose(found.stds, flat.std(axis=0), rtol=1e-12)
    bins = min(128, 1 << bits)
    for channel in range(channels):
        expected, _edges = np.histogram(flat[:, channel], bins, (0, 1 << bits))
        np.testing.assert_array_equal(found.counts[channel], expected)
