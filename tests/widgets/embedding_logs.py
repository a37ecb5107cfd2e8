"""Small embeddings written by hand, as the projector's plugins write them."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

ANIMALS = ("cat", "dog", "cow", "bat", "emu", "fox")


def clusters(count: int = 30, dimensions: int = 5, seed: int = 0) -> npt.NDArray[np.float32]:
    """Three clouds far apart; row i belongs to cloud i % 3."""
    random = np.random.default_rng(seed)
    centres = random.normal(0, 6, (3, dimensions))
    made = centres[np.arange(count) % 3] + random.normal(0, 0.5, (count, dimensions))
    return made.astype(np.float32)


def write_embedding(
    folder: Path,
    vectors: npt.NDArray[np.float32],
    *,
    name: str = "words",
    metadata: Sequence[Sequence[str]] | None = None,
    sprite: bool = False,
    appended: bool = False,
) -> Path:
    """Write vectors as TSV with a configuration beside them; `metadata` with its head."""
    folder.mkdir(parents=True, exist_ok=True)
    stem = name.replace(":", "_").replace("/", "_")
    lines = ["\t".join(map(repr, row)) for row in vectors.tolist()]
    (folder / f"{stem}.tsv").write_text("\n".join(lines) + "\n")
    parts = [f'tensor_name: "{name}"', f'tensor_path: "{stem}.tsv"']
    if metadata is not None:
        text = "\n".join("\t".join(row) for row in metadata)
        (folder / f"{stem}.meta.tsv").write_text(text + "\n")
        parts.append(f'metadata_path: "{stem}.meta.tsv"')
    if sprite:
        columns = int(np.ceil(np.sqrt(len(vectors))))
        write_png(folder / f"{stem}.png", 4 * columns, 4 * columns)
        inside = f'image_path: "{stem}.png" single_image_dim: 4 single_image_dim: 4'
        parts.append(f"sprite {{ {inside} }}")
    config = folder / "projector_config.pbtxt"
    before = config.read_text() if appended and config.exists() else ""
    config.write_text(before + "embeddings {\n  " + "\n  ".join(parts) + "\n}\n")
    return folder


def animals(count: int = 30) -> list[list[str]]:
    """Metadata of `clusters`: a name, the cloud, a number; the first row is the head."""
    rows = [["name", "cloud", "weight"]]
    for i in range(count):
        name = f"{ANIMALS[i % len(ANIMALS)]} {i}"
        rows.append([name, f"cloud {i % 3}", str(i * 1.5)])
    return rows


def write_png(path: Path, width: int, height: int) -> None:
    """Write a grey picture."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        crc = zlib.crc32(kind + body)
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", crc)

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    row = b"\0" + bytes((x * 7) % 256 for x in range(3 * width))
    body = zlib.compress(row * height)
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")
    )
