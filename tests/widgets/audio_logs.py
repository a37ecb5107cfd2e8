"""Logs with clips, written by hand, for the tests of the audio view."""

from __future__ import annotations

import io
import struct
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from tests.core import events

RATE = 16_000


def tone(
    hertz: float, seconds: float = 0.5, rate: int = RATE, amplitude: float = 0.5
) -> npt.NDArray[np.float64]:
    """A sine, (frames,) within ±`amplitude`."""
    return amplitude * np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate)


def wav(samples: npt.NDArray[np.float64], rate: int = RATE, bits: int = 16) -> bytes:
    """A WAV file of (frames,) or (frames, channels) numbers within ±1; 32 bits are floats."""
    frames = samples if samples.ndim == 2 else samples[:, None]
    channels = frames.shape[1]
    if bits == 8:
        data = (np.rint(frames * 127) + 128).astype(np.uint8).tobytes()
    elif bits == 16:
        data = np.rint(frames * 32767).astype("<i2").tobytes()
    elif bits == 24:
        whole = np.rint(frames * (2**23 - 1)).astype("<i4")
        data = whole.reshape(-1).view(np.uint8).reshape(-1, 4)[:, :3].tobytes()
    else:
        data = frames.astype("<f4").tobytes()
    width = bits // 8
    code = 3 if bits == 32 else 1
    head = struct.pack(
        "<4sI4s4sIHHIIHH4sI", b"RIFF", 36 + len(data), b"WAVE", b"fmt ", 16, code, channels,
        rate, rate * channels * width % 2**32, channels * width, bits, b"data", len(data),
    )  # fmt: skip
    return head + data


def encoded(samples: npt.NDArray[np.float64], form: str, subtype: str, rate: int = RATE) -> bytes:
    """A file of another format, written by libsndfile."""
    import soundfile

    out = io.BytesIO()
    soundfile.write(out, samples, rate, format=form, subtype=subtype)
    return out.getvalue()


def entry(clips: Sequence[tuple[bytes, str]], labelled: bool = True) -> bytes:
    """A Value of the audio plugin with clips and their labels."""
    parts = b"".join(
        events.field(8, clip) + (events.field(8, label.encode()) if labelled else b"")
        for clip, label in clips
    )
    shape = (len(clips), 2) if labelled else (len(clips),)
    # The plugin's data: encoding WAV.
    meta = events.metadata(b"audio", events.field(2, 11))
    return events.tensor_value(b"%TAG%", events.tensor(7, shape=shape, rest=parts), meta)


def write_log(folder: Path, entries: dict[tuple[str, str], Sequence[tuple[int, bytes]]]) -> Path:
    """Write entries, (step, Value), by run and tag, a file for each run."""
    files: dict[str, bytes] = {}
    for (run, tag), rows in entries.items():
        for step, value in rows:
            named = value.replace(events.field(1, b"%TAG%"), events.field(1, tag.encode()), 1)
            record = events.record(events.event(step, 1.7e9 + step, what=events.summary(named)))
            files[run] = files.get(run, events.version()) + record
    for run, data in files.items():
        place = folder / run
        place.mkdir(parents=True, exist_ok=True)
        (place / "events.out.tfevents.1700000000.host.1.0").write_bytes(data)
    return folder
