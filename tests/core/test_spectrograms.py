"""Spectrograms: against a transform written out, and the axes of frequencies."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventglass.app.core.audio.sounds import Cancelled, read_sound
from eventglass.app.core.audio.spectrograms import (
    FLOOR_DB,
    Spectrogram,
    frequency_range,
    from_scale,
    picture,
    spectrogram,
    to_scale,
)
from tests.widgets.audio_logs import RATE, tone, wav


def decibels(levels: npt.NDArray[np.uint8]) -> npt.NDArray[np.float64]:
    return FLOOR_DB * (1 - levels / 255.0)


def reference(
    samples: npt.NDArray[np.float64], window: int, middle: int
) -> npt.NDArray[np.float64]:
    """Decibels of one window, by the definition; powers of channels averaged."""
    padded = np.pad(samples, ((window, window), (0, 0)))
    part = padded[middle + window - window // 2 :][:window]
    taper = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(window) / window)
    waves = np.exp(-2j * np.pi * np.outer(np.arange(window // 2 + 1), np.arange(window)) / window)
    amplitude = np.abs(waves @ (part * taper[:, None])) * 2 / taper.sum()
    amplitude[0] /= 2
    amplitude[-1] /= 2
    with np.errstate(divide="ignore"):
        return np.maximum(10 * np.log10((amplitude**2).mean(axis=1)), FLOOR_DB)


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize("window", [256, 1024])
def test_a_column_is_the_transform_at_its_middle(channels: int, window: int) -> None:
    rng = np.random.default_rng(channels)
    samples = rng.uniform(-0.9, 0.9, (4000, channels))
    sound = read_sound(wav(samples, bits=32))
    # Columns narrower than half a window: one window each.
    found = spectrogram(sound, window, 0, 4000, 80)
    assert found.levels.shape == (window // 2 + 1, 80)
    exact = sound.floats(0, 4000).astype(float)
    for column in (0, 1, 40, 79):
        wanted = reference(exact, window, round((column + 0.5) * 50))
        np.testing.assert_allclose(decibels(found.levels)[:, column], wanted, atol=0.26)


def test_a_full_sine_is_at_zero_decibels() -> None:
    sound = read_sound(wav(tone(1000, 1.0, amplitude=1.0)))
    found = spectrogram(sound, 1024, columns=50)
    middle = decibels(found.levels)[:, 25]
    assert middle.argmax() == 64
    assert middle.max() == pytest.approx(0.0, abs=0.5)
    assert found.level_at(8000, 1000) == pytest.approx(0.0, abs=0.5)
    assert found.level_at(-1, 1000) is None
    assert found.level_at(8000, 9000) is None


def test_channels_against_each_other_do_not_vanish() -> None:
    one = tone(1000, 1.0)
    found = spectrogram(read_sound(wav(np.stack([one, -one], axis=1))), 1024, columns=20)
    assert decibels(found.levels)[64, 10] == pytest.approx(-6.0, abs=0.5)


def test_one_channel_alone() -> None:
    sound = read_sound(wav(np.stack([tone(1000, 1.0), tone(3000, 1.0)], axis=1)))
    for channel, row in ((0, 64), (1, 192)):
        found = spectrogram(sound, 1024, columns=20, channel=channel)
        assert found.levels[:, 10].argmax() == row


def test_wide_columns_are_means_of_many_windows() -> None:
    # A tone in the second half of the only column: half of its power.
    samples = np.concatenate([np.zeros(RATE), tone(1000, 1.0, amplitude=1.0)])
    found = spectrogram(read_sound(wav(samples)), 1024, columns=1)
    assert decibels(found.levels)[64, 0] == pytest.approx(-3.0, abs=0.6)


def test_it_is_told_in_parts_and_can_be_ended() -> None:
    sound = read_sound(wav(tone(440, 60.0)))
    told: list[Spectrogram] = []

    def report(_share: float, found: Spectrogram) -> bool:
        told.append(found)
        return len(told) < 3

    with pytest.raises(Cancelled):
        spectrogram(sound, 1024, report=report)
    assert [part.done for part in told] == sorted({part.done for part in told})
    assert 0 < told[0].done < told[0].columns


@pytest.mark.parametrize("frames", [1, 2, 100])
def test_clips_shorter_than_a_window(frames: int) -> None:
    found = spectrogram(read_sound(wav(np.full(frames, 0.5))), 1024)
    assert found.columns == frames
    assert found.levels.max() > 0


# --- axes -----------------------------------------------------------------------------------------


@given(st.floats(1, 100_000), st.sampled_from(["linear", "log", "mel"]))
def test_scales_go_there_and_back(hertz: float, scale: str) -> None:
    assert float(from_scale(to_scale(hertz, scale), scale)) == pytest.approx(hertz, rel=1e-9)  # type: ignore[arg-type]


def test_mel_is_a_thousand_at_a_thousand_hertz() -> None:
    assert float(to_scale(1000.0, "mel")) == pytest.approx(1000.0, abs=0.1)


@pytest.mark.parametrize("scale", ["linear", "log", "mel"])
@pytest.mark.parametrize("rows", [30, 100, 700])
def test_a_tone_stands_where_the_axis_says(scale: str, rows: int) -> None:
    sound = read_sound(wav(tone(2000, 1.0)))
    found = spectrogram(sound, 1024, columns=64)
    image = picture(found, 0, RATE, 200, rows, scale)  # type: ignore[arg-type]
    assert image.shape == (rows, 200)
    low, high = frequency_range(RATE, scale)  # type: ignore[arg-type]
    ends = to_scale([low, high], scale)  # type: ignore[arg-type]
    share = float((to_scale(2000, scale) - ends[0]) / (ends[1] - ends[0]))  # type: ignore[arg-type]
    wanted = (1 - share) * rows
    brightest = np.flatnonzero(image[:, 100] == image[:, 100].max())
    assert abs(brightest.mean() + 0.5 - wanted) <= max(1.0, rows / 100)
    assert image[:, 100].max() >= found.levels.max() - 8


def test_outside_of_the_clip_there_is_nothing() -> None:
    found = spectrogram(read_sound(wav(tone(2000, 1.0))), 1024, columns=64)
    image = picture(found, -RATE, 2 * RATE, 300, 50, "mel")
    assert not image[:, :99].any()
    assert image[:, 150].any()
    assert not image[:, 201:].any()
