"""Time a clip of ten minutes, 44.1 kHz, stereo, from its bytes to waveform and spectrogram; JSON.

Run by hand: ``python -m tests.benchmarks.bench_audio``. ``whole_s`` is what a card waits for,
through the tasks of the window; ``first_s`` is its first waveform; ``gap_ms`` is the longest time
in which the window's thread did nothing meanwhile. ``render_ms`` is the mixer's work for 20 ms of
sound, ``frame_ms`` a frame of the picture while zooming.
"""

from __future__ import annotations

import io
import json
import os
import resource
import time

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
from PySide6.QtCore import QEventLoop, Qt, QTimer
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication

from eventglass.app.core.audio.mixer import Mixer
from eventglass.app.core.names import Kind
from eventglass.app.core.plugins.audio import AudioBatch
from eventglass.app.core.store import LogStore
from eventglass.app.models.payloads import Payloads
from eventglass.app.models.sound_book import ClipKey, LoadedClip, SoundBook
from eventglass.app.models.tasks import Tasks
from eventglass.app.models.theme import Theme
from eventglass.widgets.plots.audio_plot import AudioPlot
from tests.widgets.audio_logs import wav

RATE, SECONDS = 44_100, 600
BOUND_S = 1.5


def music() -> np.ndarray:
    """A chord that glides, with noise: nothing an encoder could leave out."""
    moments = np.arange(RATE * SECONDS, dtype=np.float32) / RATE
    rng = np.random.default_rng(0)
    left = sum(np.sin(2 * np.pi * f * moments) for f in (220, 277, 330)) * np.float32(0.15)
    right = np.sin(2 * np.pi * (200 + 5 * moments) * moments, dtype=np.float32) * np.float32(0.3)
    both = np.stack([left, right], axis=1)
    both += rng.normal(scale=0.02, size=both.shape).astype(np.float32)
    return both


def encoded(samples: np.ndarray, form: str, subtype: str | None) -> bytes:
    import soundfile

    out = io.BytesIO()
    with soundfile.SoundFile(out, "w", RATE, 2, format=form, subtype=subtype) as file:
        # At once the encoder of Ogg runs out of stack.
        for start in range(0, len(samples), 1 << 16):
            file.write(samples[start : start + (1 << 16)])
    return out.getvalue()


class OneClip:
    """Stands in for the cache of payloads: gives the same clip to everybody."""

    def __init__(self, data: bytes) -> None:
        self._batch = AudioBatch((data,), ("",), "", None)

    def read(self, _series: object, _index: int) -> AudioBatch:
        return self._batch


def whole(store: LogStore, tasks: Tasks, data: bytes) -> tuple[dict[str, float], LoadedClip]:
    """Load a clip as a card does."""
    payloads = Payloads(store, tasks, 1 << 20)
    payloads.cache = OneClip(data)  # type: ignore[assignment]
    book = SoundBook(store, tasks, payloads)
    loop, ticks = QEventLoop(), []
    last: list[LoadedClip] = []
    first: list[float] = []

    def loaded(clip: LoadedClip) -> None:
        if clip.sound is not None and not first:
            first.append(time.perf_counter() - began)
        last[:] = [clip]
        if clip.share >= 1.0:
            loop.quit()

    timer = QTimer()
    timer.setTimerType(Qt.TimerType.PreciseTimer)
    timer.setInterval(2)
    timer.timeout.connect(lambda: ticks.append(time.perf_counter()))
    timer.start()
    began = time.perf_counter()
    book.request("bench", ClipKey(0, 0), 1024, loaded)
    loop.exec()
    took = time.perf_counter() - began
    gap = float(np.diff([began, *ticks]).max())
    assert not last[0].error, last[0].error
    figures = {
        "whole_s": round(took, 3),
        "first_s": round(first[0], 3),
        "gap_ms": round(1000 * gap, 1),
        "kept_mb": round(book.size_bytes / 1e6, 1),
    }
    return figures, last[0]


def main() -> None:
    application = QApplication([])
    store = LogStore()
    root = store.add_root("/logs", "logs")
    run = store.add_run(root.id, "/logs/a", "a", "/logs/a")
    store.add_series(run.id, "clip", Kind.AUDIO)
    tasks = Tasks()
    samples = music()
    files = {
        "wav_16": wav(samples, RATE),
        "wav_24": wav(samples, RATE, bits=24),
        "flac": encoded(samples, "FLAC", "PCM_16"),
        "ogg": encoded(samples, "OGG", "VORBIS"),
        "mp3": encoded(samples, "MP3", None),
    }
    del samples
    found: dict[str, object] = {"bound_s": BOUND_S}
    loaded: LoadedClip | None = None
    for name, data in files.items():
        figures, clip = whole(store, tasks, data)
        found[name] = {**figures, "file_mb": round(len(data) / 1e6, 1)}
        loaded = loaded or clip
    assert loaded is not None
    assert loaded.sound is not None
    mixer = Mixer(48_000, 2)
    mixer.set_sound(loaded.sound)
    began = time.perf_counter()
    for _ in range(200):
        mixer.render(960)
    found["render_ms"] = round((time.perf_counter() - began) * 5, 3)
    plot = AudioPlot(Theme("dark"))
    plot.resize(1200, 700)
    plot.set_clip(loaded.sound, loaded.spectrum, QColor("#0072b2"))
    plot.grab()
    began = time.perf_counter()
    for _ in range(40):
        plot.zoom(0.9, 300.0)
        plot.grab()
    found["frame_ms"] = round((time.perf_counter() - began) * 25, 1)
    found["peak_mb"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    tasks.stop()
    application.processEvents()
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
