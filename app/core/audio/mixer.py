"""The mixer: sounds as a device wants them, from a playhead that goes on when the sound changes.

It knows no device: `Mixer.render` makes the next stretch, whoever asks. Sounds of any sample rate
are resampled by a windowed sinc; at the device's own rate and normal speed samples pass unchanged.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from eventglass.app.core.audio.sounds import Sound

#: One sound gives way to another within this time; shorter clicks, longer is heard as a blend.
FADE_S = 0.008
#: Zeros of the sinc to each side of its middle.
_ZEROS = 16
#: Most frames of a sound that go into one of the device's, to each side.
_REACH = 96
#: Sample rates that can be heard as what they are.
RATES_HZ = (1_000.0, 768_000.0)
#: What a channel of a 5.1 recording gives to the left and to the right.
_SURROUND = np.array(
    [[1, 0], [0, 1], [0.7071, 0.7071], [0.5, 0.5], [0.7071, 0], [0, 0.7071]], np.float32
)


class Mixer:
    """Plays one sound at a time; another can take its place at the same playhead.

    Parameters
    ----------
    rate
        Sample rate of the device, hertz.
    channels
        Of the device.
    """

    def __init__(self, rate: int = 48_000, channels: int = 2) -> None:
        self.rate = rate
        self.channels = channels
        self.speed = 1.0
        self.volume = 1.0
        #: Start and end of what is played again and again, seconds.
        self.loop: tuple[float, float] | None = None
        #: Only this channel of the sound is heard, from 0.
        self.channel: int | None = None
        self._sound: Sound | None = None
        # Sounds that give way, and how loud they were when they began to.
        self._leaving: list[tuple[Sound, int | None, float]] = []
        # How loud the sound itself was then.
        self._own_share = 1.0
        self._position_s = 0.0
        self._faded = 0
        self._gain = 1.0

    @property
    def sound(self) -> Sound | None:
        """The sound that is heard."""
        return self._sound

    @property
    def position_s(self) -> float:
        """The playhead: what `render` gives next, seconds from the start of the sound."""
        return self._position_s

    @property
    def at_end(self) -> bool:
        """Whether there is nothing more to come."""
        return self._sound is None or (
            self.loop is None and self._position_s >= self._sound.frames / self._sound.rate
        )

    def set_sound(self, sound: Sound | None, channel: int | None = None) -> None:
        """Let another sound take the place of this one, at the same playhead.

        However quickly sounds follow each other, none begins or ends with a jump.
        """
        if sound is self._sound and channel == self.channel:
            return
        share = self._faded / self._fade_frames
        voices = [(one, its, gain * (1.0 - share)) for one, its, gain in self._leaving]
        if self._sound is not None:
            own = self._own_share + (1.0 - self._own_share) * share if voices else 1.0
            voices.append((self._sound, self.channel, own))
        self._leaving = [v for v in voices if not (v[0] is sound and v[1] == channel) and v[2] > 0]
        self._own_share = 1.0 - sum(gain for _one, _its, gain in self._leaving)
        self._faded = 0
        self._sound = sound
        self.channel = channel

    def cut(self) -> None:
        """Let the sound be the only one at once."""
        self._leaving = []
        self._own_share = 1.0
        self._faded = 0

    def seek(self, position_s: float) -> None:
        """Move the playhead."""
        self._position_s = max(position_s, 0.0)
        self.cut()

    @property
    def _fade_frames(self) -> int:
        return max(round(FADE_S * self.rate), 1)

    def render(self, frames: int) -> npt.NDArray[np.float32]:
        """Return the next stretch and move the playhead past it; silence after the end.

        Returns
        -------
        (frames, channels) float32
            Within full scale.
        """
        out = np.zeros((frames, self.channels), np.float32)
        done = 0
        while done < frames and not self.at_end:
            count = min(frames - done, self._until_turn())
            self._render_into(out[done : done + count])
            self._position_s += count * self.speed / self.rate
            done += count
            loop = self._loop_now()
            if loop is not None and self._position_s >= loop[1] - 0.25 / self.rate:
                self._position_s = loop[0]
        # A volume that jumps would crackle.
        gains = np.linspace(self._gain, self.volume, frames, dtype=np.float32)[:, None]
        self._gain = self.volume
        out *= gains
        np.clip(out, -1.0, 1.0, out)
        return out

    def _loop_now(self) -> tuple[float, float] | None:
        """The loop, as far as the sound reaches; None when the playhead is past it."""
        if self.loop is None or self._sound is None:
            return None
        end = self._sound.frames / self._sound.rate
        low, high = max(self.loop[0], 0.0), min(self.loop[1], end)
        # A loop shorter than this is a tone of its own, and never ends being rendered.
        return (low, high) if high - low >= 0.005 else (0.0, end) if end >= 0.005 else None

    def _until_turn(self) -> int:
        """Frames of the device until the playhead turns back, or the sound ends."""
        assert self._sound is not None
        loop = self._loop_now()
        end = self._sound.frames / self._sound.rate
        if loop is not None and self._position_s < loop[1]:
            end = loop[1]
        elif loop is not None:
            self._position_s = loop[0]
            end = loop[1]
        left = (end - self._position_s) * self.rate / self.speed
        return max(math.ceil(left - 0.25), 1)

    def _render_into(self, out: npt.NDArray[np.float32]) -> None:
        assert self._sound is not None
        frames = len(out)
        out[:] = self._heard(self._sound, self.channel, frames)
        if not self._leaving:
            return
        whole = self._fade_frames
        count = min(frames, whole - self._faded)
        share = ((self._faded + np.arange(count) + 1.0) / whole).astype(np.float32)[:, None]
        out[:count] *= self._own_share + (1.0 - self._own_share) * share
        for sound, channel, gain in self._leaving:
            out[:count] += self._heard(sound, channel, count) * (gain * (1.0 - share))
        self._faded += count
        if self._faded >= whole:
            self.cut()

    def _heard(self, sound: Sound, channel: int | None, frames: int) -> npt.NDArray[np.float32]:
        ratio = sound.rate * self.speed / self.rate
        found = resampled(sound, self._position_s * sound.rate, ratio, frames)
        return spread(found, self.channels, channel)


def resampled(sound: Sound, start: float, ratio: float, frames: int) -> npt.NDArray[np.float32]:
    """Return `frames` frames from `start` on, each `ratio` frames of the sound further.

    Where these are whole places the samples themselves; else by a sinc under a raised cosine,
    narrowed so that nothing above half the new rate is left to fold over.

    Returns
    -------
    (frames, channels) float32
    """
    first = round(start)
    if ratio == 1.0 and abs(start - first) < 1e-3:
        return sound.floats(first, first + frames)
    cutoff = min(1.0, 1.0 / ratio)
    reach = min(math.ceil(_ZEROS / cutoff), _REACH)
    places = start + ratio * np.arange(frames)
    whole = np.floor(places).astype(np.int64)
    base = int(whole[0]) - reach + 1
    part = sound.floats(base, int(whole[-1]) + reach + 1)
    taps = np.arange(-reach + 1, reach + 1)
    away = (places - whole).astype(np.float32)[:, None] - taps.astype(np.float32)[None, :]
    kernel = np.sinc(away * np.float32(cutoff))
    kernel *= np.cos(np.float32(math.pi / 2.0) * away / np.float32(reach)) ** 2
    # Exactly as loud as the sound, also between its samples.
    kernel /= kernel.sum(axis=1, keepdims=True)
    lead = (whole - reach + 1 - base)[:, None]
    found = np.empty((frames, part.shape[1]), np.float32)
    for channel in range(part.shape[1]):
        column = np.ascontiguousarray(part[:, channel])
        cut = np.lib.stride_tricks.sliding_window_view(column, 2 * reach)[lead[:, 0]]
        found[:, channel] = np.einsum("ij,ij->i", cut, kernel)
    return found


def spread(
    frames: npt.NDArray[np.float32], channels: int, only: int | None = None
) -> npt.NDArray[np.float32]:
    """Spread the channels of a sound over those of a device.

    One channel goes to both sides, two stay as they are, six are taken as 5.1; of others the even
    ones go left and the odd ones right.

    Parameters
    ----------
    frames : (n, any) float32
    only
        The one channel to be heard, from 0.
    """
    count = frames.shape[1]
    if only is not None and 0 <= only < count:
        return np.repeat(frames[:, only : only + 1], channels, axis=1)
    if count == 1:
        return np.repeat(frames, channels, axis=1)
    if count == channels:
        return frames
    if count == 2:
        two = frames
    elif count == 6:
        weights = _SURROUND / _SURROUND.sum(axis=0)
        two = frames @ weights
    else:
        two = np.stack([frames[:, 0::2].mean(axis=1), frames[:, 1::2].mean(axis=1)], axis=1)
    if channels == 1:
        both: npt.NDArray[np.float32] = two.mean(axis=1, keepdims=True)
        return both
    found = np.zeros((len(frames), channels), np.float32)
    found[:, :2] = two
    return found
