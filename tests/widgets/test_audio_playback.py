"""What really comes out: a PulseAudio server of the test's own, with a null sink that is recorded.

Skipped where PulseAudio is not installed, and with CI set: they play in real time, and on a machine
that is too busy any player runs out of sound.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import wraps
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from tests.widgets.audio_logs import entry, tone, wav, write_log

DEVICE_RATE = 48_000

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not (shutil.which("pulseaudio") and shutil.which("parec") and sys.platform == "linux"),
        reason="PulseAudio is not installed",
    ),
    pytest.mark.skipif(bool(os.environ.get("CI")), reason="plays in real time"),
]


@dataclass
class Server:
    """A sound server of its own."""

    folder: Path

    @property
    def environment(self) -> dict[str, str]:
        """What a program is told to find it."""
        return {
            **os.environ,
            "PULSE_SERVER": f"unix:{self.folder}/native",
            "HOME": str(self.folder),
            "XDG_RUNTIME_DIR": str(self.folder),
        }


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    # The socket's path must be short.
    folder = Path("/tmp") / f"eg-{os.getpid()}-{time.monotonic_ns() % 10**6}"
    folder.mkdir()
    found = Server(folder)
    process = subprocess.Popen(
        [
            "pulseaudio", "-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no",
            "--disable-shm=yes",
            f"--load=module-null-sink sink_name=null rate={DEVICE_RATE} channels=2",
            f"--load=module-native-protocol-unix socket={folder}/native auth-anonymous=1",
        ],
        env=found.environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        until = time.monotonic() + 10
        while not (folder / "native").exists():
            if process.poll() is not None or time.monotonic() > until:
                pytest.skip("PulseAudio does not start here")
            time.sleep(0.05)
        yield found
    finally:
        process.terminate()
        process.wait(10)
        shutil.rmtree(folder, ignore_errors=True)


#: Plays what its script says and exits; a process of its own, for Qt finds its server only once.
PLAY = """
import sys
from pathlib import Path
from PySide6.QtCore import QCoreApplication, QTimer
from eventglass.app.core.audio.sounds import read_sound
from eventglass.widgets.views.audio_player import AudioPlayer
folder = Path(sys.argv[1])
application = QCoreApplication([])
player = AudioPlayer()
sounds = [read_sound(path.read_bytes()) for path in sorted(folder.glob("*.wav"))]
positions = []
player.position_changed.connect(positions.append)
player.playing_changed.connect(lambda on: None if on else QTimer.singleShot(600, application.quit))
QTimer.singleShot(20000, application.quit)
{script}
application.exec()
assert positions == sorted(positions) or {backwards}, "the playhead went back"
print(player.trouble, positions[-1], flush=True)
"""


#: Opens the view itself on a log and presses its buttons.
VIEW = """
import sys
from pathlib import Path
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from eventglass.app import load
from eventglass.app.core.store import Changes
from eventglass.app.models.commands import Commands
from eventglass.app.models.payloads import Payloads
from eventglass.app.models.settings import Settings
from eventglass.app.models.tasks import Tasks
from eventglass.app.models.theme import Theme
from eventglass.app.models.workspace import Workspace
from eventglass.widgets.plots.line_book import LineBook
from eventglass.widgets.view import ViewContext
from eventglass.widgets.views.audio import AudioView
folder = Path(sys.argv[1])
application = QApplication([])
store = load(folder / "logs").store
theme, tasks = Theme("light"), Tasks()
workspace = Workspace(store, theme)
view = AudioView(ViewContext(store, workspace, Settings(folder / "settings.json"), tasks,
    Commands(), theme, LineBook(store, workspace, tasks), Payloads(store, tasks, 1 << 24)))
view.resize(800, 600)
view.show()
changes = Changes(runs=range(len(store.runs)), roots=True)
workspace.take_changes(changes)
view.take_changes(changes)
view.player.playing_changed.connect(
    lambda on: None if on else QTimer.singleShot(600, application.quit))
QTimer.singleShot(20000, application.quit)
workspace.set_step(0)
def begin():
    card = view.cards()[0]
    assert not view.player.trouble, view.player.trouble
    card.play.click()
    QTimer.singleShot(900, lambda: card.slider.moved.emit(1))
def wait():
    begin() if view.is_settled() else QTimer.singleShot(20, wait)
wait()
application.exec()
card = view.cards()[0]
assert card.loaded.clip.index == 1 and view.heard.step == 7
assert card.time.text() == "0:02.0 / 0:02.0", card.time.text()
tasks.stop()
"""


def play(
    server: Server,
    folder: Path,
    script: str,
    *,
    backwards: bool = False,
    program: str = "",
) -> npt.NDArray[np.float64]:
    """Run a script and return what the null sink was given, (frames, 2)."""
    out = folder / "recorded.raw"
    with out.open("wb") as raw:
        recorder = subprocess.Popen(
            [
                "parec", "--device=null.monitor", "--format=float32le", f"--rate={DEVICE_RATE}",
                "--channels=2", "--latency-msec=20",
            ],
            env=server.environment,
            stdout=raw,
            stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            # It records from when its first bytes come.
            until = time.monotonic() + 10
            while not out.stat().st_size and time.monotonic() < until:
                time.sleep(0.05)
            done = subprocess.run(
                [
                    sys.executable,
                    "-c",
                    program or PLAY.format(script=script, backwards=backwards),
                    folder,
                ],
                env={**server.environment, "QT_QPA_PLATFORM": "offscreen"},
                capture_output=True,
                text=True,
                timeout=60,
                check=False,
            )
            time.sleep(0.5)
        finally:
            recorder.terminate()
            recorder.wait(10)
    assert done.returncode == 0, done.stderr
    data = out.read_bytes()
    return np.frombuffer(data[: len(data) // 8 * 8], "<f4").astype(np.float64).reshape(-1, 2)


def heard(recorded: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """The stretch from the first sound to the last."""
    loud = np.flatnonzero(np.abs(recorded).max(axis=1) > 1e-4)
    assert len(loud), "nothing was recorded"
    return recorded[loud[0] : loud[-1] + 1]


def aligned(
    recorded: npt.NDArray[np.float64], source: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Return the part of a recording where a source lies, found by correlation."""
    size = 1 << (len(recorded) + len(source)).bit_length()
    product = np.fft.rfft(recorded, size) * np.conj(np.fft.rfft(source, size))
    start = int(np.fft.irfft(product, size)[: len(recorded)].argmax())
    return recorded[start : start + len(source)]


def noise(seconds: float, seed: int) -> npt.NDArray[np.float64]:
    """Noise below 6 kHz, which every resampler keeps."""
    rng = np.random.default_rng(seed)
    spectrum = np.fft.rfft(rng.normal(size=round(seconds * DEVICE_RATE)))
    spectrum[int(6000 * seconds) :] = 0
    wave = np.fft.irfft(spectrum)
    return 0.6 * wave / np.abs(wave).max()


def patiently(test: Callable[[Server, Path], None]) -> Callable[[Server, Path], None]:
    """Try up to three times: on a machine that is too busy any player runs out of sound."""

    @wraps(test)
    def tried(server: Server, tmp_path: Path) -> None:
        for _ in range(2):
            try:
                return test(server, tmp_path)
            except AssertionError:
                shutil.rmtree(tmp_path)
                tmp_path.mkdir()
        return test(server, tmp_path)

    return tried


def chirp(rate: int) -> npt.NDArray[np.float64]:
    """A second of a tone that rises from 200 to 2,200 Hz."""
    moments = np.arange(rate) / rate
    return 0.5 * np.sin(2 * np.pi * (200 + 1000 * moments) * moments)


@patiently
def test_what_is_recorded_is_the_clip(server: Server, tmp_path: Path) -> None:
    source = np.stack([noise(1.5, 0), noise(1.5, 1)], axis=1)
    (tmp_path / "a.wav").write_bytes(wav(source, DEVICE_RATE, bits=32))
    recorded = play(server, tmp_path, "player.set_sound(sounds[0]); assert player.play()")
    for channel in (0, 1):
        found = aligned(recorded[:, channel], source[:, channel])
        # The server passes 16 bits on.
        np.testing.assert_allclose(found, source[:, channel], atol=2e-4)


@patiently
def test_another_sample_rate_is_heard_as_it_is(server: Server, tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(wav(chirp(22_050), 22_050))
    found = heard(play(server, tmp_path, "player.set_sound(sounds[0]); assert player.play()"))
    assert len(found) / DEVICE_RATE == pytest.approx(1.0, abs=0.01)
    wanted = chirp(DEVICE_RATE)[4800:-4800]
    np.testing.assert_allclose(aligned(found[:, 0], wanted), wanted, atol=3e-3)


@patiently
def test_a_to_b_and_back_has_no_gap(server: Server, tmp_path: Path) -> None:
    for name, hertz in (("a", 440), ("b", 660)):
        (tmp_path / f"{name}.wav").write_bytes(wav(tone(hertz, 2.0, DEVICE_RATE), DEVICE_RATE))
    recorded = play(
        server,
        tmp_path,
        "player.set_sound(sounds[0]); assert player.play()\n"
        "for number in range(1, 12):\n"
        "    one = sounds[number % 2]\n"
        "    QTimer.singleShot(600 + 100 * number, lambda one=one: player.set_sound(one))",
    )
    found = heard(recorded)[:, 0]
    assert len(found) / DEVICE_RATE == pytest.approx(2.0, abs=0.01)
    # No millisecond of silence, and no jump larger than the tones themselves make.
    quiet = np.abs(found[: len(found) // 96 * 96]).reshape(-1, 96).max(axis=1)
    assert quiet.min() > 0.05
    assert np.abs(np.diff(found)).max() < 0.5 * 2 * np.pi * 660 / DEVICE_RATE * 1.6
    # Both are heard.
    spectrum = np.abs(np.fft.rfft(found * np.hanning(len(found))))
    for hertz in (440, 660):
        at = round(hertz * len(found) / DEVICE_RATE)
        assert spectrum[at - 40 : at + 40].max() > 0.1 * spectrum.max()


@patiently
def test_a_step_chosen_while_a_card_is_played_goes_on_without_a_gap(
    server: Server, tmp_path: Path
) -> None:
    rows = [
        (step, entry([(wav(tone(hertz, 2.0, DEVICE_RATE), DEVICE_RATE), "")]))
        for step, hertz in ((0, 440), (7, 660))
    ]
    write_log(tmp_path / "logs", {("a", "clip"): rows})
    found = heard(play(server, tmp_path, "", program=VIEW))[:, 0]
    assert len(found) / DEVICE_RATE == pytest.approx(2.0, abs=0.01)
    quiet = np.abs(found[: len(found) // 96 * 96]).reshape(-1, 96).max(axis=1)
    assert quiet.min() > 0.05
    for part, hertz in ((found[:24_000], 440), (found[-24_000:], 660)):
        spectrum = np.abs(np.fft.rfft(part * np.hanning(len(part))))
        assert spectrum.argmax() * 2 == hertz


@patiently
def test_seek_loop_and_pause(server: Server, tmp_path: Path) -> None:
    wave = np.concatenate([tone(300, 1.0, DEVICE_RATE), tone(900, 1.0, DEVICE_RATE)])
    (tmp_path / "a.wav").write_bytes(wav(wave, DEVICE_RATE))
    recorded = play(
        server,
        tmp_path,
        "player.set_sound(sounds[0]); player.mixer.loop = (1.0, 1.2)\n"
        "player.seek(1.0); assert player.play()\n"
        "QTimer.singleShot(1800, player.pause)",
        backwards=True,
    )
    found = heard(recorded)[:, 0]
    # Longer than the region, and nothing of the first tone.
    assert len(found) > 0.5 * DEVICE_RATE
    spectrum = np.abs(np.fft.rfft(found * np.hanning(len(found))))
    assert spectrum.argmax() * DEVICE_RATE / len(found) == pytest.approx(900, abs=15)
    low = spectrum[: round(400 * len(found) / DEVICE_RATE)]
    assert low.max() < 0.02 * spectrum.max()


def test_without_a_server_it_is_said(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(wav(tone(440)))
    script = (
        "player.set_sound(sounds[0]); positions.append(0.0)\n"
        "assert not player.play()\nQTimer.singleShot(50, application.quit)"
    )
    done = subprocess.run(
        [sys.executable, "-c", PLAY.format(script=script, backwards=True), tmp_path],
        env={**os.environ, "PULSE_SERVER": "unix:/nowhere", "QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "No sound device" in done.stdout
    assert "PulseAudioService" not in done.stderr
