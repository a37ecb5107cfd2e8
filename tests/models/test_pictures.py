"""Decoding: the numbers of the file come out, and nothing bad gets in."""

from __future__ import annotations

import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventglass.app.core.plugins import DecodeError
from eventglass.app.models.pictures import (
    decode_movie,
    decode_picture,
    image_format,
    quiet_readers,
    suffix_of,
)
from tests.models.image_files import chunk, encoded, gif, noise, png


@pytest.fixture(autouse=True, scope="module")
def _quiet() -> None:
    quiet_readers()


@given(
    st.integers(1, 20),
    st.integers(1, 20),
    st.integers(1, 4),
    st.sampled_from([8, 16]),
    st.integers(0, 1000),
)
def test_numbers_of_a_png_are_kept(
    height: int, width: int, channels: int, bits: int, seed: int
) -> None:
    numbers = noise(height, width, channels, seed, (1 << bits) - 1)
    picture = decode_picture(png(numbers, bits))
    np.testing.assert_array_equal(picture.pixels, numbers)
    assert (picture.bits, picture.top, picture.format) == (bits, (1 << bits) - 1, "PNG")
    assert (picture.width, picture.height, picture.channels) == (width, height, channels)
    with pytest.raises(ValueError, match="read-only"):
        picture.pixels[0, 0, 0] = 0


@pytest.mark.parametrize("bits", [1, 2, 4])
def test_few_bits_stay_few(bits: int) -> None:
    numbers = noise(7, 13, 1, bits, (1 << bits) - 1)
    picture = decode_picture(png(numbers, bits))
    np.testing.assert_array_equal(picture.pixels, numbers)
    assert picture.bits == bits


@pytest.mark.parametrize(
    ("channels", "bits"), [(1, 1), (1, 2), (1, 4), (1, 8), (1, 16), (3, 8), (3, 16)]
)
def test_one_colour_is_seen_through(channels: int, bits: int) -> None:
    top = (1 << bits) - 1
    numbers = noise(7, 13, channels, bits, top)
    numbers[2, 3] = numbers[4, 5]
    data = png(numbers, bits)
    key = chunk(b"tRNS", numbers[4, 5].astype(">u2").tobytes())
    # After the 33 bytes of signature and header.
    picture = decode_picture(data[:33] + key + data[33:])
    np.testing.assert_array_equal(picture.pixels[..., :channels], numbers)
    through = (numbers == numbers[4, 5]).all(axis=2)
    np.testing.assert_array_equal(picture.pixels[..., channels], np.where(through, 0, top))
    assert picture.bits == bits


@pytest.mark.parametrize("bits", [1, 4, 8])
def test_a_palette_becomes_colours(bits: int) -> None:
    colours = noise(1, 1 << bits, 3, 5)[0]
    numbers = noise(6, 9, 1, 6, (1 << bits) - 1)
    picture = decode_picture(png(numbers, bits, palette=colours.astype(np.uint8).tobytes()))
    np.testing.assert_array_equal(picture.pixels, colours[numbers[..., 0]])
    assert picture.bits == 8


@pytest.mark.parametrize("form", ["BMP", "WebP", "GIF"])
def test_other_formats(form: str) -> None:
    numbers = np.repeat(np.repeat(noise(4, 5, 3, 2), 4, axis=0), 4, axis=1)
    options = {"lossless": True, "exact": True} if form == "WebP" else {}
    data = encoded(numbers, form, **options)
    picture = decode_picture(data)
    assert picture.format == form == image_format(data)
    np.testing.assert_array_equal(picture.pixels, numbers)
    assert suffix_of(data) == f".{form.lower()}"


@pytest.mark.parametrize("channels", [1, 3])
def test_jpeg(channels: int) -> None:
    numbers = np.full((16, 24, channels), 90)
    picture = decode_picture(encoded(numbers, "JPEG", quality=95))
    assert picture.pixels.shape == numbers.shape
    assert np.abs(picture.pixels.astype(int) - numbers).max() <= 3
    assert not picture.note


def test_a_jpeg_that_was_cut_is_shown_with_a_note() -> None:
    data = encoded(noise(200, 200, 3), "JPEG")
    picture = decode_picture(data[: len(data) * 2 // 3])
    assert picture.pixels.shape == (200, 200, 3)
    assert "cut off" in picture.note


def test_frames_of_a_gif() -> None:
    frames = [np.full((9, 12, 3), shade) for shade in (10, 120, 250)]
    movie = decode_movie(gif(frames, 120))
    assert len(movie.frames) == 3
    assert movie.delays_ms == (120, 120, 120)
    for at, (frame, expected) in enumerate(zip(movie.frames, frames, strict=True)):
        np.testing.assert_array_equal(frame.pixels[..., :3], expected)
        assert (frame.frame, frame.frame_count) == (at, 3)


def test_a_gif_that_was_cut_keeps_its_whole_frames() -> None:
    frames = [noise(40, 40, 3, seed) // 32 * 32 for seed in range(5)]
    data = gif(frames)
    movie = decode_movie(data[: len(data) * 3 // 5])
    assert 1 <= len(movie.frames) < 5
    assert "cut off" in movie.frames[0].note or "damaged" in movie.frames[0].note


def test_a_long_animation_is_cut_by_memory() -> None:
    frames = [np.full((20, 20, 3), 5 * shade) for shade in range(30)]
    movie = decode_movie(gif(frames), max_bytes=10 * 20 * 20 * 3)
    assert 1 < len(movie.frames) <= 10
    assert f"first {len(movie.frames)} frames" in movie.frames[0].note


def big_header(width: int, height: int) -> bytes:
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "no bytes"),
        (b"hello world", "no format known here.*68 65 6c 6c 6f 20"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "no format known here"),
        (big_header(30_000, 30_000), "30,000 × 30,000 pixels large, more than the 100 million"),
        (big_header(2**31, 2**31), "more than the 100 million"),
        (big_header(0, 5), "no pixels"),
        (b"GIF89a\0\0\0\0\0\0\0", "no pixels"),
        (big_header(5, 5), "damaged or cut off"),
        (b"\xff\xd8\xff\xe0abc", "damaged or cut off"),
        (b"RIFF\x20\0\0\0WEBPVP8 \0\0", "damaged or cut off"),
        (b"BM" + bytes(60), "damaged or cut off"),
    ],
)
def test_what_is_wrong_is_said(data: bytes, words: str) -> None:
    with pytest.raises(DecodeError, match=words):
        decode_picture(data)


@pytest.mark.parametrize("form", ["PNG", "GIF", "BMP", "WebP"])
def test_cut_anywhere_it_is_a_picture_or_an_error(form: str) -> None:
    data = encoded(noise(30, 30, 3), form)
    told = 0
    for end in range(1, len(data), 97):
        try:
            picture = decode_picture(data[:end])
        except DecodeError:
            told += 1
        else:
            assert picture.pixels.shape[:2] == (30, 30)
            told += bool(picture.note)
    assert told == len(range(1, len(data), 97))


@given(st.binary(min_size=1, max_size=60), st.integers(0, 400))
def test_bytes_written_over_are_a_picture_or_an_error(junk: bytes, at: int) -> None:
    data = bytearray(png(noise(12, 12, 3)))
    at = min(at, len(data) - len(junk))
    data[at : at + len(junk)] = junk
    try:
        picture = decode_picture(bytes(data), max_pixels=10_000)
    except DecodeError:
        return
    assert picture.width * picture.height <= 10_000


def test_the_limit_is_a_limit() -> None:
    data = png(noise(10, 10, 1))
    assert decode_picture(data, max_pixels=100).width == 10
    with pytest.raises(DecodeError, match="10 × 10"):
        decode_picture(data, max_pixels=99)
