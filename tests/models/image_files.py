"""Encodes images by hand or by another library than the one that is tested."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Sequence

import numpy as np
from PIL import Image


def chunk(kind: bytes, data: bytes) -> bytes:
    """A chunk of a PNG."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(numbers: np.ndarray, bits: int = 8, palette: bytes = b"") -> bytes:
    """Encode numbers (h, w, c) or (h, w) as PNG of so many bits, without filters."""
    if numbers.ndim == 2:
        numbers = numbers[..., None]
    height, width, channels = numbers.shape
    kind = 3 if palette else {1: 0, 2: 4, 3: 2, 4: 6}[channels]
    rows = []
    for y in range(height):
        line = numbers[y].reshape(-1)
        if bits >= 8:
            data = line.astype(">u2" if bits == 16 else "u1").tobytes()
        else:
            spread = (line[:, None] >> np.arange(bits - 1, -1, -1)) & 1
            data = np.packbits(spread.reshape(-1).astype(np.uint8)).tobytes()
        rows.append(b"\0" + data)
    head = struct.pack(">IIBBBBB", width, height, bits, kind, 0, 0, 0)
    parts = [chunk(b"IHDR", head)]
    if palette:
        parts.append(chunk(b"PLTE", palette))
    parts += [chunk(b"IDAT", zlib.compress(b"".join(rows))), chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def noise(height: int, width: int, channels: int, seed: int = 0, top: int = 255) -> np.ndarray:
    """Random numbers (h, w, c)."""
    return np.random.default_rng(seed).integers(0, top + 1, (height, width, channels))


def encoded(numbers: np.ndarray, form: str, **options: object) -> bytes:
    """Encode numbers of 8 bits in another format."""
    stream = io.BytesIO()
    shaped = numbers.astype(np.uint8)
    if shaped.shape[2] == 1:
        shaped = shaped[..., 0]
    Image.fromarray(shaped).save(stream, form, **options)
    return stream.getvalue()


def gif(frames: Sequence[np.ndarray], delay_ms: int = 120) -> bytes:
    """Encode an animated GIF of frames (h, w, 3) with few colours."""
    stream = io.BytesIO()
    pictures = [Image.fromarray(frame.astype(np.uint8)).quantize(64) for frame in frames]
    pictures[0].save(
        stream, "GIF", save_all=True, append_images=pictures[1:], duration=delay_ms, loop=0
    )
    return stream.getvalue()
