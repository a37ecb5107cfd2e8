"""Spectrograms: how strong each frequency is over time, by the short-time Fourier transform."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
import numpy.typing as npt

from eventglass.app.core.audio.sounds import Cancelled, Sound

FrequencyScale = Literal["linear", "log", "mel"]
#: Levels reach from so many decibels below a sine of full scale up to it.
FLOOR_DB = -120.0
#: Columns of the picture of a whole clip.
OVERVIEW_COLUMNS = 2048
#: A column stands for at most this many windows, spread evenly, however long the clip is.
MOST_WINDOWS = 16
#: Numbers transformed at once.
_BATCH = 1 << 17
#: Lowest frequency of a logarithmic axis, hertz.
LOWEST_HZ = 20.0

#: Is told the share that is done and the spectrogram so far; returns False to end it.
Report = Callable[[float, "Spectrogram"], bool]


@dataclass(frozen=True, slots=True, eq=False)
class Spectrogram:
    """Levels by frequency and time.

    Attributes
    ----------
    levels : (window // 2 + 1, columns) uint8
        0 for `FLOOR_DB` and below, 255 for 0 dB: a sine of full scale. Rows are frequencies from
        0 to half the sample rate.
    first, last : float
        Frames at the left edge and the right.
    done : int
        Columns that are computed; the others are 0.
    """

    levels: npt.NDArray[np.uint8]
    first: float
    last: float
    sample_rate: float
    window: int
    done: int

    @property
    def columns(self) -> int:
        """How many columns there are."""
        return int(self.levels.shape[1])

    @property
    def size_bytes(self) -> int:
        """What it takes in memory."""
        return int(self.levels.nbytes)

    def level_at(self, frame: float, hertz: float) -> float | None:
        """Return the level at a place in decibels of full scale, None outside."""
        if not self.first <= frame < self.last or self.sample_rate <= 0:
            return None
        column = int((frame - self.first) / (self.last - self.first) * self.columns)
        row = round(hertz / self.sample_rate * self.window)
        if not (0 <= column < self.done and 0 <= row < len(self.levels)):
            return None
        return FLOOR_DB * (1.0 - int(self.levels[row, column]) / 255.0)


def spectrogram(
    sound: Sound,
    window: int,
    first: float = 0.0,
    last: float | None = None,
    columns: int = OVERVIEW_COLUMNS,
    channel: int | None = None,
    report: Report | None = None,
) -> Spectrogram:
    """Return the levels between two frames.

    Each column is the mean power of Hann windows spread over it. Powers of channels are averaged,
    not their samples: what stands against each other in two channels does not vanish.

    Parameters
    ----------
    window
        Frames of a window, a power of two.
    channel
        Only that one, from 0.
    report
        Told after each batch.

    Raises
    ------
    Cancelled
        When `report` says so.
    """
    last = float(sound.frames) if last is None else last
    wanted = max(min(columns, int(last - first)), 1)
    width = max(last - first, 1.0) / wanted
    each = int(min(max(round(width / (window / 2)), 1), MOST_WINDOWS))
    levels = np.zeros((window // 2 + 1, wanted), np.uint8)
    per_batch = max(_BATCH // (window * each), 1)
    taper = _taper(window)
    picked = [channel] if channel is not None else list(range(sound.channels))
    for start in range(0, wanted, per_batch):
        stop = min(start + per_batch, wanted)
        places = (start + (np.arange((stop - start) * each) + 0.5) / each) * width + first
        begins = np.rint(places - window / 2).astype(np.int64)
        part = sound.floats(int(begins[0]), int(begins[-1]) + window)
        power = _power(part, begins - begins[0], taper, picked)
        power = power.reshape(stop - start, each, -1).mean(axis=1)
        levels[:, start:stop] = _levels(power).T
        if report is not None and not report(
            stop / wanted,
            Spectrogram(levels, first, last, sound.sample_rate, window, stop),
        ):
            raise Cancelled
    levels.flags.writeable = False
    return Spectrogram(levels, first, last, sound.sample_rate, window, wanted)


def _power(
    part: npt.NDArray[np.float32],
    begins: npt.NDArray[np.int64],
    taper: npt.NDArray[np.float32],
    channels: list[int],
) -> npt.NDArray[np.float32]:
    """Mean power of the channels at each frequency, (windows, bins), 1.0 for a full sine."""
    size = len(taper)
    bins = size // 2 + 1
    total = np.zeros((len(begins), bins), np.float32)
    for pair in range(0, len(channels), 2):
        two = channels[pair : pair + 2]
        if len(two) == 2:
            # Two real signals in one complex transform: the sum of their powers is the mean of
            # the powers at a frequency and at its mirror image.
            mixed = np.empty(len(part), np.complex64)
            mixed.real, mixed.imag = part[:, two[0]], part[:, two[1]]
            cut = np.lib.stride_tricks.sliding_window_view(mixed, size)[begins]
            cut *= taper
            found = np.fft.fft(cut, axis=1)
            both = found.real**2 + found.imag**2
            total += 0.5 * both[:, :bins]
            total[:, 1:] += 0.5 * both[:, : size - bins : -1][:, : bins - 1]
            total[:, 0] += 0.5 * both[:, 0]
        else:
            one = np.ascontiguousarray(part[:, two[0]])
            cut_one = np.lib.stride_tricks.sliding_window_view(one, size)[begins]
            cut_one *= taper
            spectrum = np.fft.rfft(cut_one, axis=1)
            total += spectrum.real**2 + spectrum.imag**2
    # The lone ends, at no frequency and at the highest, have no mirror image to share with.
    total[:, 0] *= 0.25
    total[:, -1] *= 0.25
    total /= np.float32(len(channels))
    return total


def _levels(power: npt.NDArray[np.float32]) -> npt.NDArray[np.uint8]:
    with np.errstate(divide="ignore"):
        decibels = 10.0 * np.log10(power)
    scaled = (decibels - np.float32(FLOOR_DB)) * np.float32(255.0 / -FLOOR_DB)
    found: npt.NDArray[np.uint8] = np.clip(np.rint(scaled), 0, 255).astype(np.uint8)
    return found


@lru_cache(maxsize=16)
def _taper(size: int) -> npt.NDArray[np.float32]:
    """Hann window, scaled so that a sine of full scale has the power 1."""
    wave = 0.5 - 0.5 * np.cos(2.0 * np.pi * np.arange(size) / size)
    found: npt.NDArray[np.float32] = (wave * (2.0 / wave.sum())).astype(np.float32)
    found.flags.writeable = False
    return found


# --- axes -----------------------------------------------------------------------------------------


def to_scale(hertz: npt.ArrayLike, scale: FrequencyScale) -> npt.NDArray[np.float64]:
    """Return where frequencies stand on an axis: equal distances look alike there.

    The mel scale is O'Shaughnessy's, ``2595 log10(1 + f / 700)``.
    """
    numbers = np.asarray(hertz, np.float64)
    if scale == "linear":
        return numbers
    if scale == "log":
        found: npt.NDArray[np.float64] = np.log2(np.maximum(numbers, 1e-9))
        return found
    mel: npt.NDArray[np.float64] = 2595.0 * np.log10(1.0 + numbers / 700.0)
    return mel


def from_scale(places: npt.ArrayLike, scale: FrequencyScale) -> npt.NDArray[np.float64]:
    """Return the frequencies that stand at places of an axis, hertz; undoes `to_scale`."""
    numbers = np.asarray(places, np.float64)
    if scale == "linear":
        return numbers
    if scale == "log":
        found: npt.NDArray[np.float64] = np.exp2(numbers)
        return found
    back: npt.NDArray[np.float64] = 700.0 * (np.power(10.0, numbers / 2595.0) - 1.0)
    return back


def frequency_range(sample_rate: float, scale: FrequencyScale) -> tuple[float, float]:
    """Return the frequencies at the ends of the axis, hertz."""
    top = max(sample_rate, 1e-6) / 2.0
    return (min(LOWEST_HZ, top / 64.0) if scale == "log" else 0.0), top


def picture(
    found: Spectrogram,
    first: float,
    last: float,
    columns: int,
    rows: int,
    scale: FrequencyScale,
) -> npt.NDArray[np.uint8]:
    """Return the levels of each pixel between two frames.

    Returns
    -------
    (rows, columns) uint8
        The highest frequency in the first row; 0 outside of what is computed.
    """
    bins = len(found.levels)
    places = first + (np.arange(columns) + 0.5) * ((last - first) / max(columns, 1))
    at = np.floor((places - found.first) / (found.last - found.first) * found.columns)
    inside = (at >= 0) & (at < found.done)
    taken = found.levels[:, np.where(inside, at, 0).astype(np.int64)]
    taken[:, ~inside] = 0
    low, high = frequency_range(found.sample_rate, scale)
    ends = to_scale([low, high], scale)
    edges = from_scale(np.linspace(ends[1], ends[0], rows + 1), scale) * (bins - 1) / (high or 1.0)
    return _by_rows(taken, np.clip(edges, 0.0, bins - 1.0))


def _by_rows(taken: npt.NDArray[np.uint8], edges: npt.NDArray[np.float64]) -> npt.NDArray[np.uint8]:
    """Rows of pixels from rows of frequencies: between two, or the greatest of many."""
    rows = len(edges) - 1
    middles = (edges[:-1] + edges[1:]) / 2.0
    below = np.minimum(np.floor(middles).astype(np.int64), len(taken) - 1)
    above = np.minimum(below + 1, len(taken) - 1)
    share = (256.0 * (middles - below)).astype(np.uint16)[:, None]
    mixed = taken[below].astype(np.uint16) * (256 - share) + taken[above] * share
    found: npt.NDArray[np.uint8] = (mixed >> 8).astype(np.uint8)
    # A tone must not fall between two pixels.
    starts, stops = np.ceil(edges[1:]).astype(np.int64), np.floor(edges[:-1]).astype(np.int64) + 1
    many = np.flatnonzero(stops - starts >= 2)
    if len(many):
        pairs = np.stack([starts[many], stops[many]], axis=1).reshape(-1)
        order = np.concatenate([taken, taken[-1:]])
        peaks = np.empty((len(many), taken.shape[1]), np.uint8)
        for index in range(len(many)):
            begin, end = pairs[2 * index], pairs[2 * index + 1]
            peaks[index] = order[begin:end].max(axis=0)
        found[many] = peaks
    assert len(found) == rows
    return found
