"""The mixer: what a device is given, sample by sample."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventglass.app.core.audio.mixer import FADE_S, Mixer, resampled, spread
from eventglass.app.core.audio.sounds import Sound, read_sound
from tests.widgets.audio_logs import tone, wav


def sound_of(
    hertz: float, seconds: float = 1.0, rate: int = 48_000, amplitude: float = 0.5
) -> Sound:
    return read_sound(wav(tone(hertz, seconds, rate, amplitude), rate, bits=32))


def test_at_the_rate_of_the_device_samples_pass_unchanged() -> None:
    sound = sound_of(440)
    mixer = Mixer(48_000, 2)
    mixer.set_sound(sound)
    parts = [mixer.render(size) for size in (1, 100, 4799, 20_000)]
    heard = np.concatenate(parts)
    exact = sound.floats(0, len(heard))
    np.testing.assert_array_equal(heard, np.repeat(exact, 2, axis=1))
    assert mixer.position_s == pytest.approx(24_900 / 48_000)


@pytest.mark.parametrize("rate", [8_000, 16_000, 22_050, 44_100, 96_000, 192_000])
def test_other_rates_are_resampled(rate: int) -> None:
    mixer = Mixer(48_000, 1)
    mixer.set_sound(sound_of(1000, 1.0, rate))
    heard = np.concatenate([mixer.render(960) for _ in range(40)])[:, 0]
    wanted = 0.5 * np.sin(2 * np.pi * 1000 * np.arange(len(heard)) / 48_000)
    # Away from the beginning, before which there is silence.
    np.testing.assert_allclose(heard[500:], wanted[500:], atol=2e-3)


def test_what_the_device_cannot_say_does_not_fold_over() -> None:
    heard = resampled(sound_of(30_000, 0.5, 96_000), 1000.0, 2.0, 8000)
    assert np.abs(heard).max() < 0.02


def test_speed_moves_the_playhead_and_the_pitch() -> None:
    mixer = Mixer(48_000, 1)
    mixer.set_sound(sound_of(1000))
    mixer.speed = 0.5
    heard = mixer.render(9600)[:, 0]
    assert mixer.position_s == pytest.approx(0.1)
    assert np.abs(np.fft.rfft(heard * np.hanning(9600))).argmax() * 5 == 500


@given(st.lists(st.integers(1, 3000), min_size=1, max_size=30))
def test_it_ends_at_the_end_in_silence(sizes: list[int]) -> None:
    sound = sound_of(440, 0.1)
    mixer = Mixer(48_000, 2)
    mixer.set_sound(sound)
    heard = np.concatenate([mixer.render(size) for size in sizes])
    total = sum(sizes)
    assert len(heard) == total
    assert mixer.at_end == (total >= 4800)
    assert not heard[4800:].any()
    np.testing.assert_array_equal(heard[:4800, 0], sound.floats(0, min(total, 4800))[:, 0])


@given(st.lists(st.integers(1, 900), min_size=5, max_size=30))
def test_a_loop_repeats_exactly(sizes: list[int]) -> None:
    sound = sound_of(123, 0.2)
    mixer = Mixer(48_000, 1)
    mixer.set_sound(sound)
    mixer.loop = (0.01, 0.03)
    mixer.seek(0.01)
    heard = np.concatenate([mixer.render(size) for size in sizes])[:, 0]
    exact = np.resize(sound.floats(480, 1440)[:, 0], len(heard))
    np.testing.assert_array_equal(heard, exact)
    assert 0.01 <= mixer.position_s < 0.03
    assert not mixer.at_end


def test_a_playhead_after_the_loop_comes_back() -> None:
    mixer = Mixer(48_000, 1)
    mixer.set_sound(sound_of(123, 0.2))
    mixer.loop = (0.01, 0.03)
    mixer.seek(0.1)
    mixer.render(480)
    assert 0.01 <= mixer.position_s < 0.03


def test_a_loop_of_no_length_plays_all() -> None:
    mixer = Mixer(48_000, 1)
    mixer.set_sound(sound_of(123, 0.2))
    mixer.loop = (0.05, 0.05)
    mixer.render(20_000)
    assert mixer.position_s == pytest.approx((20_000 - 9600 * 2) / 48_000, abs=1e-4)


def test_another_sound_goes_on_at_the_playhead_without_a_gap() -> None:
    one, other = sound_of(440), sound_of(660, amplitude=0.25)
    mixer = Mixer(48_000, 1)
    mixer.set_sound(one)
    before = mixer.render(4800)[:, 0]
    mixer.set_sound(other)
    after = mixer.render(4800)[:, 0]
    fade = round(FADE_S * 48_000)
    np.testing.assert_array_equal(before, one.floats(0, 4800)[:, 0])
    np.testing.assert_array_equal(after[fade:], other.floats(4800 + fade, 9600)[:, 0])
    # Between them a blend: no jump larger than either makes by itself.
    steps = np.abs(np.diff(np.concatenate([before, after])))
    assert steps.max() <= np.abs(np.diff(one.floats(0, 4800)[:, 0])).max() * 1.1
    blend = after[: fade // 2]
    assert np.abs(blend).max() > 0.1


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 600)), min_size=1, max_size=40))
def test_however_quickly_sounds_change_nothing_jumps(turns: list[tuple[int, int]]) -> None:
    sounds = [sound_of(hertz) for hertz in (200, 300, 450)]
    mixer = Mixer(48_000, 1)
    mixer.set_sound(sounds[0])
    parts = [mixer.render(2000)]
    for number, frames in turns:
        mixer.set_sound(sounds[number])
        parts.append(mixer.render(frames))
    parts.append(mixer.render(1000))
    heard = np.concatenate(parts)[:, 0]
    # What the fastest of them does by itself, and what a blend of two adds.
    slope = 0.5 * 2 * np.pi * 450 / 48_000 + 1.0 / (FADE_S * 48_000)
    assert np.abs(np.diff(heard)).max() <= slope * 1.05
    last = sounds[turns[-1][0]].floats(len(heard) - 500, len(heard))[:, 0]
    np.testing.assert_array_equal(heard[-500:], last)


def test_a_volume_that_jumps_does_not_crackle() -> None:
    mixer = Mixer(48_000, 1)
    mixer.set_sound(read_sound(wav(np.full(9600, 0.5), 48_000, bits=32)))
    mixer.render(480)
    mixer.volume = 0.0
    heard = mixer.render(480)[:, 0]
    assert heard[-1] == 0
    assert np.abs(np.diff(heard)).max() < 0.002
    assert not mixer.render(480).any()


def test_nothing_to_play_is_silence() -> None:
    mixer = Mixer()
    assert not mixer.render(100).any()
    assert mixer.at_end


def test_louder_than_full_scale_is_clipped() -> None:
    mixer = Mixer(48_000, 1)
    mixer.set_sound(read_sound(wav(np.full(480, 3.0), 48_000, bits=32)))
    assert mixer.render(480).max() == 1.0


@pytest.mark.parametrize("channels", [1, 2, 3, 4, 6, 8])
@pytest.mark.parametrize("device", [1, 2, 4])
def test_channels_are_spread(channels: int, device: int) -> None:
    frames = np.ones((5, channels), np.float32)
    found = spread(frames, device)
    assert found.shape == (5, device)
    np.testing.assert_allclose(found[:, : min(device, 2)], 1.0, rtol=1e-6)


def test_left_stays_left_and_one_channel_alone_is_on_both_sides() -> None:
    frames = np.array([[1.0, 0.0, 0.0, 0.0]], np.float32)
    assert spread(frames, 2).tolist() == [[0.5, 0.0]]
    assert spread(frames[:, :2], 2).tolist() == [[1.0, 0.0]]
    assert spread(frames, 2, only=0).tolist() == [[1.0, 1.0]]
    assert spread(frames, 2, only=1).tolist() == [[0.0, 0.0]]
