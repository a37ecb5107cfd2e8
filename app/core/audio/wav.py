"""WAV files: read in place where that is possible, whatever their headers promise, and written.

A 16-bit file, which is what most logs hold, costs no copy: its samples are a view of the bytes.
Damaged and unfinished headers are common where a program was stopped; what is there counts, not
what was promised.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from eventglass.app.core.plugins import DecodeError

_PCM, _FLOAT, _EXTENSIBLE = 1, 3, 0xFFFE
#: What stands in a size that the writer did not know yet.
_UNKNOWN = frozenset({0, 0x7FFFFFFF, 0xFFFFFFFF})
#: Frames written at once.
_WRITE_FRAMES = 1 << 18


@dataclass(frozen=True, slots=True, eq=False)
class Wav:
    """Where the samples of a WAV file lie, and how they are written.

    Attributes
    ----------
    raw : (frames, channels, width) uint8
        The bytes of the samples, read-only.
    sample_rate : int, hertz
    bits
        Of a sample, as declared.
    is_float
        Whether samples are IEEE floats.
    declared_frames
        What the header promises; None where it says nothing.
    """

    raw: npt.NDArray[np.uint8]
    sample_rate: int
    bits: int
    is_float: bool
    declared_frames: int | None

    @property
    def frames(self) -> int:
        """Frames that are there."""
        return len(self.raw)

    @property
    def in_place(self) -> bool:
        """Whether the samples can be used as they lie."""
        return self.raw.shape[2] == 2 and not self.is_float

    def samples(self, start: int, stop: int) -> npt.NDArray[np.int16] | npt.NDArray[np.float32]:
        """Return frames `start` to `stop`.

        Returns
        -------
        (stop - start, channels) int16 or float32
            int16 for samples of 8 and 16 bits, floats with full scale 1.0 for the others.
        """
        raw = self.raw[start:stop]
        shape, width = raw.shape[:2], raw.shape[2]
        if self.is_float:
            kind = "<f4" if width == 4 else "<f8"
            with np.errstate(over="ignore"):
                return raw.reshape(-1).view(kind).reshape(shape).astype(np.float32)
        if width == 1:
            return ((raw[:, :, 0].astype(np.int16) - 128) << 8).astype(np.int16)
        if width == 2:
            whole: npt.NDArray[np.int16] = raw.reshape(-1).view("<i2").reshape(shape)
            return whole
        if width == 3:
            # In the upper bytes of 32 bits, so that the sign is right.
            wide = np.zeros((*shape, 4), np.uint8)
            wide[:, :, 1:] = raw
            raw = wide
        number = np.ascontiguousarray(raw).reshape(-1).view("<i4").reshape(shape)
        return number.astype(np.float32) * np.float32(2.0**-31)


def read_wav(data: bytes) -> Wav | None:
    """Return what is in a WAV file; None for other files and for encodings not known here.

    Raises
    ------
    DecodeError
        When it is a WAV file and cannot be read.
    """
    if data[:4] not in (b"RIFF", b"RF64") or data[8:12] != b"WAVE":
        return None
    form: tuple[int, int, int, int, int] | None = None
    position = 12
    while position + 8 <= len(data):
        name, size = struct.unpack_from("<4sI", data, position)
        position += 8
        if name == b"fmt ":
            if size < 16 or position + 16 > len(data):
                raise DecodeError("The header of this WAV file ends before it says the format")
            code, channels, rate, _bytes_per_s, align, bits = struct.unpack_from(
                "<HHIIHH", data, position
            )
            if code == _EXTENSIBLE and size >= 26 and position + 26 <= len(data):
                code = struct.unpack_from("<H", data, position + 24)[0]
            form = code, channels, rate, align, bits
        elif name == b"data":
            if form is None:
                raise DecodeError("This WAV file does not say the format of its samples")
            return _samples(data, position, size, *form)
        # Chunks are padded to an even length.
        position += size + size % 2
    if form is None:
        raise DecodeError("This WAV file is cut off inside its header")
    raise DecodeError("This WAV file holds no samples: it has no data chunk")


def _samples(
    data: bytes,
    position: int,
    size: int,
    code: int,
    channels: int,
    rate: int,
    align: int,
    bits: int,
) -> Wav | None:
    is_float = code == _FLOAT
    if code not in (_PCM, _FLOAT):
        return None
    if not channels:
        raise DecodeError("This WAV file declares no channels")
    if bits not in ((32, 64) if is_float else range(1, 33)):
        raise DecodeError(f"This WAV file declares samples of {bits} bits, which nobody writes")
    width = (bits + 7) // 8
    if align % channels == 0 and align // channels in (1, 2, 3, 4, 8) and not is_float:
        # Samples may stand in containers larger than they are.
        width = max(width, min(align // channels, 4))
    here = len(data) - position
    step = width * channels
    wanted = None if size in _UNKNOWN and (size or here) else size // step
    frames = here // step if wanted is None else min(here, size) // step
    raw = np.frombuffer(data, np.uint8, frames * step, position)
    return Wav(raw.reshape(frames, channels, width), rate, bits, is_float, wanted)


def write_wav(
    path: Path, samples: npt.NDArray[np.int16] | npt.NDArray[np.float32], sample_rate: float
) -> None:
    """Write a WAV file: 16-bit samples as they are, others as 32-bit floats.

    Parameters
    ----------
    samples : (frames, channels) int16 or float32
    sample_rate : hertz, rounded to a whole number

    Raises
    ------
    DecodeError
        When the samples do not fit into a WAV file, which ends at 4 GB.
    """
    frames, channels = samples.shape
    is_float = samples.dtype.kind == "f"
    width = 4 if is_float else 2
    size = frames * channels * width
    if size >= 2**32 - 64:
        raise DecodeError("A WAV file cannot be larger than 4 GB; save a part of the clip")
    rate = min(max(round(sample_rate), 1), 2**32 - 1)
    align = channels * width
    code = _FLOAT if is_float else _PCM
    per_second = min(rate * align, 2**32 - 1)
    form = struct.pack("<HHIIHH", code, channels, rate, per_second, align, 8 * width)
    # Formats other than PCM say the size of an extension, none, and how many frames there are.
    extra = struct.pack("<H4sII", 0, b"fact", 4, frames) if is_float else b""
    form_chunk = struct.pack("<4sI", b"fmt ", 18 if is_float else 16) + form + extra
    head = struct.pack("<4sI4s", b"RIFF", 4 + len(form_chunk) + 8 + size + size % 2, b"WAVE")
    with path.open("wb") as out:
        out.write(head + form_chunk + struct.pack("<4sI", b"data", size))
        for start in range(0, frames, _WRITE_FRAMES):
            part = samples[start : start + _WRITE_FRAMES]
            out.write(np.ascontiguousarray(part, "<f4" if is_float else "<i2").tobytes())
        out.write(b"\0" * (size % 2))
