"""Sounds: decoded clips with their envelope, made piece by piece.

The bytes decide what a clip is; what the summary calls it is a hint nobody needs. WAV is read by
`wav`; FLAC, Ogg, MP3, AIFF and the rarer WAV encodings by libsndfile, which is imported when the
first such clip is met.
"""

from __future__ import annotations

import io
import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from eventglass.app.core.audio.wav import Wav, read_wav
from eventglass.app.core.plugins import DecodeError

if TYPE_CHECKING:
    import soundfile

#: Frames in a block of the envelope.
BLOCK = 256
#: Frames taken at once; a multiple of `BLOCK`.
_PIECE = BLOCK * 4096
#: More than this no device has and nobody logs: a header that says so is damaged.
MOST_CHANNELS = 256
#: What a decoded clip may take in memory unless told otherwise.
DEFAULT_LIMIT_BYTES = 512 * 1024 * 1024

Samples = npt.NDArray[np.int16] | npt.NDArray[np.float32]
#: Is told the share that is done and the sound so far; returns False to end it.
Report = Callable[[float, "Sound"], bool]


class Cancelled(Exception):
    """Nobody waits for the sound any more."""


@dataclass(frozen=True, slots=True, eq=False)
class Sound:
    """A clip, or as much of it as is decoded yet.

    Attributes
    ----------
    samples : (frames, channels) int16 or float32
        Read-only; 16-bit numbers, or floats with full scale 1.0.
    length : int
        Frames the whole clip has, as far as is known; more than ``frames`` while it is decoded and
        where it is only shown in part.
    sample_rate : float, hertz
        0 where the clip says none that could be.
    low, high : (channels, blocks) float32
        Least and greatest of each `BLOCK` frames, full scale 1.0.
    peak, rms : float
        Of all channels, full scale 1.0.
    format
        Such as ``WAV, 16-bit``.
    notes
        What should be known of it, in words for the user.
    """

    samples: Samples
    length: int
    sample_rate: float
    low: npt.NDArray[np.float32]
    high: npt.NDArray[np.float32]
    peak: float
    rms: float
    format: str
    notes: tuple[str, ...] = ()

    @property
    def frames(self) -> int:
        """Frames that are decoded."""
        return len(self.samples)

    @property
    def channels(self) -> int:
        """Number of channels."""
        return int(self.samples.shape[1])

    @property
    def rate(self) -> float:
        """Sample rate to draw with: where none is known, one frame is one second."""
        return self.sample_rate or 1.0

    @property
    def duration_s(self) -> float:
        """How long it lasts, seconds."""
        return self.length / self.rate

    @property
    def is_whole(self) -> bool:
        """Whether every frame is decoded."""
        return self.frames >= self.length

    @property
    def size_bytes(self) -> int:
        """What it takes in memory."""
        return int(self.samples.nbytes + self.low.nbytes + self.high.nbytes)

    def floats(self, start: int, stop: int) -> npt.NDArray[np.float32]:
        """Return frames as floats with full scale 1.0; silence before the first and after the last.

        Returns
        -------
        (stop - start, channels) float32
        """
        first, last = min(max(start, 0), self.frames), min(max(stop, 0), self.frames)
        part = self.samples[first:last]
        if part.dtype == np.int16:
            found = part.astype(np.float32)
            found *= np.float32(1.0 / 32768.0)
        else:
            found = part.astype(np.float32, copy=False)
        if first == start and last == stop:
            return found
        padded = np.zeros((stop - start, self.channels), np.float32)
        if last > first:
            padded[first - start : last - start] = found
        return padded


def read_sound(
    data: bytes, limit_bytes: int = DEFAULT_LIMIT_BYTES, report: Report | None = None
) -> Sound:
    """Decode a clip.

    Parameters
    ----------
    data
        The bytes of a file.
    limit_bytes
        What the decoded samples may take; what goes beyond is left out, and noted.
    report
        Told after each piece.

    Raises
    ------
    DecodeError
        When the bytes are no sound, or hold none.
    Cancelled
        When `report` says so.
    """
    if not data:
        raise DecodeError("This clip is empty: it has no bytes")
    wav = read_wav(data)
    if wav is not None:
        return _read_wav(wav, limit_bytes, report)
    return _read_other(data, limit_bytes, report)


class _Builder:
    """Takes pieces of samples and keeps envelope and sums."""

    def __init__(self, channels: int, frames: int, rate: float, format_name: str) -> None:
        if channels > MOST_CHANNELS:
            raise DecodeError(f"This clip declares {channels:,} channels; its header is damaged")
        blocks = -(-frames // BLOCK)
        self.frames = frames
        self.rate = rate
        self.format = format_name
        self.notes: list[str] = []
        self._low = np.zeros((channels, blocks), np.float32)
        self._high = np.zeros((channels, blocks), np.float32)
        self._squares = 0.0
        self._peak = 0.0
        self._done = 0
        self._bad = 0

    def take(self, piece: Samples) -> None:
        """Add the frames that come next."""
        scale = np.float32(1.0 / 32768.0 if piece.dtype == np.int16 else 1.0)
        first = self._done // BLOCK
        for channel in range(piece.shape[1]):
            column = np.ascontiguousarray(piece[:, channel])
            whole = len(column) // BLOCK
            lows, highs = _limits(column, whole)
            stop = first + len(lows)
            self._low[channel, first:stop] = lows * scale
            self._high[channel, first:stop] = highs * scale
            if len(lows):
                self._peak = max(
                    self._peak,
                    -float(self._low[channel, first:stop].min()),
                    float(self._high[channel, first:stop].max()),
                )
            self._squares += _energy(column) * float(scale) ** 2
        self._done += len(piece)

    def clean(self, piece: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Silence what is no number: nothing could be drawn or played of it."""
        # Numbers of this size are damage as well, and their squares no floats.
        with np.errstate(invalid="ignore"):
            bad = ~(np.abs(piece) < 1e6)
        count = int(bad.sum())
        if not count:
            return piece
        self._bad += count
        return np.where(bad, np.float32(0.0), piece)

    def sound(self, samples: Samples, length: int) -> Sound:
        """Return what is there so far."""
        blocks = -(-self._done // BLOCK)
        channels = len(self._low)
        notes = list(self.notes)
        if self._bad:
            notes.append(
                f"{self._bad:,} samples are not finite or beyond all measure and shown as silence"
            )
        numbers = self._done * channels
        shown = samples[: self._done]
        shown.flags.writeable = False
        return Sound(
            shown,
            length,
            self.rate,
            self._low[:, :blocks],
            self._high[:, :blocks],
            self._peak,
            math.sqrt(self._squares / numbers) if numbers else 0.0,
            self.format,
            tuple(notes),
        )


def _limits(column: Any, whole: int) -> tuple[Any, Any]:
    """Least and greatest of each block of a channel; the last block may be a shorter one."""
    blocks = column[: whole * BLOCK].reshape(whole, BLOCK)
    lows, highs = blocks.min(axis=1), blocks.max(axis=1)
    rest = column[whole * BLOCK :]
    if len(rest):
        lows, highs = np.append(lows, rest.min()), np.append(highs, rest.max())
    return lows.astype(np.float32), highs.astype(np.float32)


def _energy(column: Any) -> float:
    """Sum of the squares: in single precision over short stretches, in double over these."""
    numbers = column.astype(np.float32, copy=False)
    whole = len(numbers) // BLOCK
    stretches = numbers[: whole * BLOCK].reshape(whole, BLOCK)
    total = float(np.einsum("ij,ij->i", stretches, stretches).sum(dtype=np.float64))
    rest = numbers[whole * BLOCK :].astype(np.float64)
    return total + float(rest @ rest)


def _checked_rate(rate: float, builder_notes: list[str]) -> float:
    if not rate > 0 or not math.isfinite(rate):
        builder_notes.append("This clip says no sample rate; times are counted in samples")
        return 0.0
    return float(rate)


def _cut(builder: _Builder, frames: int, fitting: int) -> None:
    rate = builder.rate or 1.0
    builder.notes.append(
        f"Only the first {fitting / rate:,.0f} s of {frames / rate:,.0f} s are shown: the whole "
        "clip would take more memory than the limit in the preferences allows"
    )


def _read_wav(wav: Wav, limit_bytes: int, report: Report | None) -> Sound:
    channels = wav.raw.shape[1]
    notes: list[str] = []
    rate = _checked_rate(wav.sample_rate, notes)
    kind = "float" if wav.is_float else "bit"
    name = f"WAV, {wav.bits}-bit{' float' if kind == 'float' else ''}"
    if not wav.frames:
        declared = wav.declared_frames or 0
        raise DecodeError(
            f"This clip holds no samples, although it declares {declared:,}"
            if declared
            else "This clip holds no samples"
        )
    frames = wav.frames
    if not wav.in_place:
        frames = min(frames, max(limit_bytes // (4 * channels), 1))
    builder = _Builder(channels, frames, rate, name)
    builder.notes += notes
    if frames < wav.frames:
        _cut(builder, wav.frames, frames)
    if wav.declared_frames is not None and wav.declared_frames > wav.frames:
        builder.notes.append(
            f"The clip is cut off: its header declares {wav.declared_frames:,} frames, "
            f"{wav.frames:,} are there"
        )
    elif wav.declared_frames is None:
        builder.notes.append("The header does not say how long the clip is; all of it is shown")
    samples: Samples
    if wav.in_place:
        samples = wav.samples(0, frames)
    else:
        small = wav.raw.shape[2] == 1
        samples = _empty(frames, channels, small)
    piece_frames = max(_PIECE // channels // BLOCK, 1) * BLOCK
    for start in range(0, frames, piece_frames):
        stop = min(start + piece_frames, frames)
        if wav.in_place:
            piece = samples[start:stop]
        else:
            piece = wav.samples(start, stop)
            if wav.is_float:
                piece = builder.clean(piece.astype(np.float32, copy=False))
            samples[start:stop] = piece
        builder.take(piece)
        _tell(report, builder, samples, frames, stop)
    return builder.sound(samples, frames)


def _tell(
    report: Report | None, builder: _Builder, samples: Samples, frames: int, done: int
) -> None:
    if report is None:
        return
    # A view of its own: the one being filled stays writeable.
    if not report(done / max(frames, 1), builder.sound(samples[:done], frames)):
        raise Cancelled


def _read_other(data: bytes, limit_bytes: int, report: Report | None) -> Sound:
    with _opened(data) as file:
        channels, frames = int(file.channels), int(file.frames)
        if channels < 1 or frames < 0:
            raise DecodeError("This clip declares no channels")
        notes: list[str] = []
        rate = _checked_rate(float(file.samplerate), notes)
        small = str(file.subtype) in ("PCM_16", "PCM_S8", "PCM_U8", "ULAW", "ALAW")
        fitting = max(limit_bytes // ((2 if small else 4) * channels), 1)
        # What a stream declares may be anything; what it gives is taken piece by piece.
        unknown = frames > 2**40 or frames == 0
        expected = fitting if unknown else min(frames, fitting)
        builder = _Builder(channels, min(expected, 1 << 40), rate, _format_name(file))
        builder.notes += notes
        samples = _empty(0, channels, small)
        parts = _pieces(data, file, small, expected, max(_PIECE // channels // BLOCK, 1) * BLOCK)
        done = 0
        for piece in parts:
            if not small:
                piece = builder.clean(piece.astype(np.float32, copy=False))
            samples = _grown(samples, done + len(piece), expected)
            samples[done : done + len(piece)] = piece
            done += len(piece)
            builder.take(piece)
            _tell(report, builder, samples, expected if not unknown else done, done)
        if not done:
            raise DecodeError(
                f"This clip declares {frames:,} samples, of which none can be decoded"
                if not unknown
                else "This clip holds no samples"
            )
        if not unknown and done < expected:
            builder.notes.append(
                f"The clip is cut off: it declares {frames:,} frames, {done:,} can be decoded"
            )
        elif done >= fitting and (unknown or frames > fitting):
            _cut(builder, max(frames if not unknown else done, done), done)
        elif _is_ogg_without_end(data):
            builder.notes.append("The clip is cut off: the end of its stream is missing")
        return builder.sound(samples, done)


def _empty(frames: int, channels: int, small: bool) -> Samples:
    if small:
        return np.empty((frames, channels), np.int16)
    return np.empty((frames, channels), np.float32)


def _grown(samples: Samples, wanted: int, expected: int) -> Samples:
    """Make room: a header's promise is believed only as far as samples come."""
    if len(samples) >= wanted:
        return samples
    room = min(max(wanted, 4 * len(samples), _PIECE), max(expected, wanted))
    grown = np.empty((room, samples.shape[1]), samples.dtype)
    grown[: len(samples)] = samples
    return grown


def _pieces(
    data: bytes, file: soundfile.SoundFile, small: bool, frames: int, piece_frames: int
) -> Iterator[Samples]:
    """Pieces of a file as far as it can be decoded; the caller tells how much is missing."""
    import soundfile

    damage = (soundfile.SoundFileError, RuntimeError, ValueError)
    done = 0
    try:
        for piece in _read(file, small, frames, piece_frames):
            done += len(piece)
            yield piece
        return
    except damage:
        pass
    # Nothing is given of a piece with damage in it, and seeking there may fail: from the start
    # again, and on in small pieces.
    try:
        with _opened(data) as again:
            for _known in _read(again, small, done, piece_frames):
                pass
            yield from _read(again, small, frames - done, BLOCK)
    except damage:
        return


def _read(
    file: soundfile.SoundFile, small: bool, frames: int, piece_frames: int
) -> Iterator[Samples]:
    left = frames
    kind = "int16" if small else "float32"
    while left > 0:
        piece = file.read(min(piece_frames, left), dtype=kind, always_2d=True)
        if not len(piece):
            return
        left -= len(piece)
        yield piece


def _is_ogg_without_end(data: bytes) -> bool:
    """Whether the last page of an Ogg stream is not marked as that, or is not whole."""
    if not data.startswith(b"OggS"):
        return False
    page = data.rfind(b"OggS")
    if len(data) < page + 27:
        return True
    segments = data[page + 27 : page + 27 + data[page + 26]]
    return not data[page + 5] & 4 or len(data) < page + 27 + data[page + 26] + sum(segments)


@contextmanager
def _opened(data: bytes) -> Iterator[soundfile.SoundFile]:
    try:
        import soundfile
    except (ImportError, OSError) as error:
        # Its shared library may be missing although the module is there.
        raise DecodeError(
            "Only WAV can be decoded: the module soundfile is missing or broken"
        ) from error
    try:
        file = soundfile.SoundFile(io.BytesIO(data))
    except (soundfile.SoundFileError, RuntimeError, ValueError, TypeError) as error:
        raise DecodeError(f"These bytes are no sound this program knows: {_why(error)}") from error
    with file:
        yield file


def _why(error: Exception) -> str:
    text = str(getattr(error, "error_string", "") or error)
    return text.strip().rstrip(".") or type(error).__name__


def _format_name(file: soundfile.SoundFile) -> str:
    names = {"MP3": "MP3", "FLAC": "FLAC", "OGG": "Ogg", "AIFF": "AIFF", "WAV": "WAV", "AU": "AU"}
    kinds = {
        "VORBIS": "Vorbis",
        "OPUS": "Opus",
        "PCM_S8": "8-bit",
        "PCM_U8": "8-bit",
        "PCM_16": "16-bit",
        "PCM_24": "24-bit",
        "PCM_32": "32-bit",
        "FLOAT": "32-bit float",
        "DOUBLE": "64-bit float",
        "ULAW": "µ-law",
        "ALAW": "A-law",
        "IMA_ADPCM": "ADPCM",
        "MS_ADPCM": "ADPCM",
        "MPEG_LAYER_III": "",
    }
    form = names.get(file.format, str(file.format))
    kind = kinds.get(str(file.subtype), str(file.subtype).replace("_", " "))
    return f"{form}, {kind}" if kind else form
