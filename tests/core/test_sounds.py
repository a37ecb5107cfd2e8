"""Decoding of clips: every width, every format, and bytes that are none of them."""

from __future__ import annotations

import struct
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventglass.app.core.audio.envelopes import envelope
from eventglass.app.core.audio.sounds import BLOCK, Cancelled, Sound, read_sound
from eventglass.app.core.audio.wav import read_wav, write_wav
from eventglass.app.core.plugins import DecodeError
from tests.widgets.audio_logs import RATE, encoded, tone, wav

LR = np.stack([tone(440), tone(880, amplitude=0.25)], axis=1)


@pytest.mark.parametrize(("bits", "error"), [(8, 2e-2), (16, 1e-4), (24, 1e-6), (32, 1e-7)])
@pytest.mark.parametrize("channels", [1, 2, 8])
def test_wav_of_every_width(bits: int, error: float, channels: int) -> None:
    wanted = np.stack([tone(200.0 * (k + 1)) for k in range(channels)], axis=1)
    sound = read_sound(wav(wanted, bits=bits))
    assert (sound.frames, sound.channels, sound.sample_rate) == (8000, channels, RATE)
    np.testing.assert_allclose(sound.floats(0, 8000), wanted, atol=error)
    assert sound.peak == pytest.approx(0.5, abs=error + 1e-4)
    assert sound.rms == pytest.approx(0.5 / np.sqrt(2), abs=error + 1e-4)
    assert not sound.notes
    assert sound.format.startswith(f"WAV, {bits}-bit")


def test_16_bit_samples_are_not_copied() -> None:
    data = wav(LR)
    sound = read_sound(data)
    assert np.shares_memory(sound.samples, np.frombuffer(data, np.uint8))
    assert not sound.samples.flags.writeable


@pytest.mark.parametrize(
    ("form", "subtype"), [("FLAC", "PCM_16"), ("OGG", "VORBIS"), ("MP3", "MPEG_LAYER_III")]
)
def test_a_cut_off_stream_shows_what_is_there(form: str, subtype: str) -> None:
    noise = 0.1 * np.random.default_rng(0).standard_normal(8 * RATE)
    data = encoded(noise, form, subtype)
    whole, part = read_sound(data), read_sound(data[: 2 * len(data) // 3])
    assert not whole.notes
    assert 0.5 * whole.frames < part.frames < 0.7 * whole.frames
    assert np.array_equal(part.samples, whole.samples[: part.frames])
    assert "The clip is cut off" in part.notes[0]


@pytest.mark.parametrize(
    ("form", "subtype", "error"),
    [
        ("FLAC", "PCM_16", 1e-4),
        ("FLAC", "PCM_24", 1e-6),
        ("OGG", "VORBIS", 0.1),
        ("MP3", "MPEG_LAYER_III", 0.1),
        ("AIFF", "PCM_16", 1e-4),
        ("WAV", "ULAW", 0.03),
    ],
)
def test_other_formats(form: str, subtype: str, error: float) -> None:
    pytest.importorskip("soundfile")
    wanted = np.stack([tone(440, 1.0), tone(880, 1.0)], axis=1)
    sound = read_sound(encoded(wanted, form, subtype))
    assert sound.channels == 2
    assert sound.sample_rate == RATE
    assert sound.frames >= 16_000
    # The middle: encoders that lose something fade in and out.
    middle = sound.floats(4000, 12_000)
    spectrum = np.abs(np.fft.rfft(middle * np.hanning(8000)[:, None], axis=0))
    assert (spectrum.argmax(axis=0) * 2).tolist() == [440, 880]
    if error < 0.05:
        np.testing.assert_allclose(sound.floats(0, 16_000), wanted, atol=error)


def test_the_bytes_decide_not_the_name_of_the_type() -> None:
    pytest.importorskip("soundfile")
    assert read_sound(encoded(LR, "FLAC", "PCM_16")).format == "FLAC, 16-bit"


# --- damage ---------------------------------------------------------------------------------------


def test_a_cut_off_clip_shows_what_is_there() -> None:
    data = wav(LR)
    sound = read_sound(data[: len(data) // 2])
    assert sound.frames == (len(data) // 2 - 44) // 4
    assert "cut off: its header declares 8,000 frames" in sound.notes[0]


@pytest.mark.parametrize("size", [0, 0xFFFFFFFF])
def test_a_size_nobody_filled_in(size: int) -> None:
    data = bytearray(wav(LR))
    struct.pack_into("<I", data, 40, size)
    sound = read_sound(bytes(data))
    assert sound.frames == 8000
    assert "does not say how long" in sound.notes[0]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "no bytes"),
        (b"RIFF\0\0\0\0WAVE", "cut off inside its header"),
        (b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0\1\0", "ends before it says the format"),
        (b"RIFF\0\0\0\0WAVEdata\4\0\0\0abcd", "does not say the format"),
        (wav(np.zeros(0)), "no samples"),
        (wav(LR)[:44], "although it declares 8,000"),
        (b"this is no sound at all", "no sound this program knows"),
        (b"fLaC" + bytes(60), "no sound this program knows"),
    ],
)
def test_what_is_wrong_is_said(data: bytes, words: str) -> None:
    with pytest.raises(DecodeError, match=words):
        read_sound(data)


def changed(position: int, form: str, value: int) -> bytes:
    data = bytearray(wav(LR))
    struct.pack_into(form, data, position, value)
    return bytes(data)


def test_headers_nobody_writes() -> None:
    with pytest.raises(DecodeError, match="no channels"):
        read_sound(changed(22, "<H", 0))
    many = bytearray(wav(np.zeros((2000, 100))))
    struct.pack_into("<H", many, 22, 65_535)
    with pytest.raises(DecodeError, match="65,535 channels"):
        read_sound(bytes(many))
    with pytest.raises(DecodeError, match="99 bits"):
        read_sound(changed(34, "<H", 99))


@pytest.mark.parametrize("rate", [1, 7, 4_000_000_000])
def test_absurd_sample_rates_are_shown_as_they_are(rate: int) -> None:
    sound = read_sound(changed(24, "<I", rate))
    assert sound.sample_rate == rate
    assert sound.duration_s == pytest.approx(8000 / rate)


def test_no_sample_rate_counts_samples() -> None:
    sound = read_sound(changed(24, "<I", 0))
    assert sound.sample_rate == 0
    assert sound.duration_s == 8000
    assert "no sample rate" in sound.notes[0]


def test_numbers_that_are_none_are_silence() -> None:
    bad = LR.copy()
    bad[3, 0], bad[5, 1], bad[7, 0] = np.nan, np.inf, 1e30
    sound = read_sound(wav(bad, bits=32))
    assert "3 samples are not finite" in sound.notes[0]
    assert sound.peak == pytest.approx(0.5, abs=1e-3)
    assert np.isfinite(sound.floats(0, sound.frames)).all()


def test_a_clip_larger_than_the_limit_is_shown_in_part() -> None:
    pytest.importorskip("soundfile")
    silence = np.zeros(RATE * 200)
    for data, width in ((encoded(silence, "FLAC", "PCM_16"), 2), (wav(silence, bits=8), 2)):
        sound = read_sound(data, limit_bytes=1_000_000)
        assert sound.samples.nbytes <= 1_100_000
        assert sound.frames in (1_000_000 // width, 1_000_000 // 4)
        assert "Only the first" in sound.notes[0]
        assert "of 200 s" in sound.notes[0]


@given(st.binary(max_size=200))
def test_any_bytes_give_a_sound_or_a_reason(data: bytes) -> None:
    with suppress(DecodeError):
        assert read_sound(data).frames > 0


@given(st.binary(max_size=120), st.integers(0, 60))
def test_any_header_gives_a_sound_or_a_reason(noise: bytes, place: int) -> None:
    data = bytearray(wav(tone(440, 0.01)))
    data[place : place + len(noise)] = noise
    with suppress(DecodeError):
        assert read_sound(bytes(data)).samples.nbytes < 10_000_000


# --- pieces ---------------------------------------------------------------------------------------


def test_it_is_told_piece_by_piece_and_can_be_ended() -> None:
    long = wav(tone(440, 300.0), bits=24)
    told: list[tuple[float, Sound]] = []

    def report(share: float, sound: Sound) -> bool:
        told.append((share, sound))
        return len(told) < 2

    with pytest.raises(Cancelled):
        read_sound(long, report=report)
    assert [sound.frames for _share, sound in told] == [BLOCK * 4096, 2 * BLOCK * 4096]
    assert told[0][1].length == 300 * RATE
    assert not told[0][1].is_whole


# --- written --------------------------------------------------------------------------------------


@pytest.mark.parametrize("bits", [16, 24, 32])
def test_what_is_written_reads_back_the_same(tmp_path: Path, bits: int) -> None:
    sound = read_sound(wav(LR, bits=bits))
    path = tmp_path / "out.wav"
    write_wav(path, sound.samples, sound.sample_rate)
    again = read_sound(path.read_bytes())
    np.testing.assert_array_equal(again.samples, sound.samples)
    assert not again.notes
    if bits == 16:
        assert path.read_bytes() == wav(LR)


def test_a_written_file_is_what_other_programs_read(tmp_path: Path) -> None:
    soundfile = pytest.importorskip("soundfile")
    path = tmp_path / "out.wav"
    write_wav(path, LR.astype(np.float32), RATE)
    samples, rate = soundfile.read(path)
    assert rate == RATE
    np.testing.assert_array_equal(samples, LR.astype(np.float32))


def test_reading_stops_at_the_data_that_was_declared() -> None:
    found = read_wav(wav(LR) + b"LIST\4\0\0\0abcd")
    assert found is not None
    assert found.frames == 8000


# --- envelopes ------------------------------------------------------------------------------------


@given(
    frames=st.integers(1, 5000),
    columns=st.integers(1, 60),
    first=st.floats(-500, 4000),
    width=st.floats(2, 9000),
)
def test_envelope_holds_every_frame(frames: int, columns: int, first: float, width: float) -> None:
    rng = np.random.default_rng(frames)
    numbers = rng.uniform(-1, 1, (frames, 2))
    sound = read_sound(wav(numbers, bits=32))
    exact = sound.floats(0, frames)
    low, high = envelope(sound, first, first + width, columns)
    assert low.shape == high.shape == (2, columns)
    step = width / columns
    slack = BLOCK if step >= 2 * BLOCK else 1
    for column in range(columns):
        start = int(np.floor(first + column * step))
        stop = int(np.floor(first + (column + 1) * step)) + 1
        inside = exact[max(start + slack, 0) : max(min(stop - slack, frames), 0)]
        around = exact[max(start - slack, 0) : max(min(stop + slack, frames), 0)]
        if len(inside):
            assert (low[:, column] <= inside.min(axis=0)).all()
            assert (high[:, column] >= inside.max(axis=0)).all()
        if np.isfinite(low[0, column]):
            assert len(around)
            assert (low[:, column] >= around.min(axis=0)).all()
            assert (high[:, column] <= around.max(axis=0)).all()
        else:
            assert not len(exact[max(start, 0) : max(stop - 1, 0)])


def test_envelope_of_a_long_clip_equals_the_samples() -> None:
    numbers = tone(3.0, 100.0)
    sound = read_sound(wav(numbers))
    low, high = envelope(sound, 0, sound.frames, 500)
    exact = sound.floats(0, sound.frames)[:, 0].reshape(500, -1)
    np.testing.assert_allclose(low[0], exact.min(axis=1), atol=0.08)
    np.testing.assert_allclose(high[0], exact.max(axis=1), atol=0.08)
    assert high[0].max() == exact.max()
