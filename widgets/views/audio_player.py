"""The player: hands what the mixer makes to the sound device, a little ahead of time.

QtMultimedia is imported when the player is first asked for a device.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import numpy as np
from PySide6.QtCore import QIODevice, QObject, Qt, QTimer, Signal, Slot

from eventglass.app.core.audio.mixer import RATES_HZ, Mixer
from eventglass.app.core.audio.sounds import Sound
from eventglass.app.models.qt_messages import silence, silenced

if TYPE_CHECKING:
    from PySide6.QtMultimedia import QAudioSink, QMediaDevices

#: The device is given sound for so long ahead, milliseconds: what it may miss when the window is
#: busy, and how late a change is heard.
AHEAD_MS = 200
#: How often it is given more.
TICK_MS = 12
#: What Qt says of missing sound servers; the view says it.
_CHATTER = "default.warning"
NO_DEVICE = "No sound device: clips can't be heard"


class AudioPlayer(QObject):
    """Plays one sound at a time; see `Mixer`. Positions are seconds."""

    #: It began or stopped to play.
    playing_changed = Signal(bool)
    #: What is heard now.
    position_changed = Signal(float)
    #: Why nothing can be heard; empty: it can.
    trouble_changed = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        silence("qt.multimedia.*")
        self.mixer = Mixer()
        self._sink: QAudioSink | None = None
        self._device: QIODevice | None = None
        self._devices: QMediaDevices | None = None
        self._floats = True
        self._pending = b""
        self._trouble = ""
        # Frames of silence made since the end: they push the last sounds out of the device.
        self._tail = 0
        self._heard_s = 0.0
        self._timer = QTimer(self)
        self._timer.setInterval(TICK_MS)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._feed)

    # -- what there is

    @property
    def sound(self) -> Sound | None:
        """The sound that is played."""
        return self.mixer.sound

    @property
    def playing(self) -> bool:
        """Whether it plays."""
        return self._timer.isActive()

    @property
    def position_s(self) -> float:
        """What is heard now, seconds from the start of the sound."""
        return self._heard_s

    @property
    def trouble(self) -> str:
        """Why nothing can be heard; empty: it can, as far as is known."""
        return self._trouble

    def look_for_devices(self) -> None:
        """Find out whether there is a device, and follow it when one comes or goes."""
        if self._devices is not None:
            return
        with silenced(_CHATTER):
            try:
                from PySide6.QtMultimedia import QMediaDevices
            except ImportError as error:
                # A library of the system may be missing: libpulse, say.
                self._tell_trouble(f"Clips can't be heard: {error}")
                return
            self._devices = QMediaDevices(self)
            self._devices.audioOutputsChanged.connect(self._outputs_changed)
            self._outputs_changed()

    # -- what is done with it

    def set_sound(self, sound: Sound | None, channel: int | None = None) -> None:
        """Let another sound go on at the same playhead, without a gap."""
        if sound is self.mixer.sound and channel == self.mixer.channel:
            return
        self.mixer.set_sound(sound, channel)
        if not self.playing:
            self.mixer.cut()
        if sound is None:
            self.pause()

    def play(self) -> bool:
        """Play from the playhead on, from the start when it is at the end; return whether it does.

        When it doesn't, `trouble` says why.
        """
        sound = self.mixer.sound
        if sound is None or self.playing:
            return self.playing
        if not RATES_HZ[0] <= sound.sample_rate <= RATES_HZ[1]:
            self._tell_trouble(
                f"A clip of {sound.sample_rate:,.0f} samples a second can't be played"
            )
            return False
        if self.mixer.at_end:
            self.mixer.seek(0.0)
        self.look_for_devices()
        if self._devices is None or not self._open():
            return False
        self._tell_trouble("")
        self._tail = 0
        self._timer.start()
        self._feed()
        self.playing_changed.emit(True)
        return True

    def pause(self) -> None:
        """Stop where it is."""
        if not self.playing:
            return
        self._timer.stop()
        heard = self._now()
        self._close()
        self.mixer.seek(heard)
        self._tell_position(heard)
        self.playing_changed.emit(False)

    def seek(self, position_s: float) -> None:
        """Go on elsewhere."""
        sound = self.mixer.sound
        end = sound.duration_s if sound is not None else position_s
        self.mixer.seek(min(max(position_s, 0.0), end))
        if self.playing:
            # What was made ahead is of the old place.
            self._close()
            if not self._open():
                self._timer.stop()
                self.playing_changed.emit(False)
        self._tail = 0
        self._tell_position(self.mixer.position_s)

    def stop(self) -> None:
        """Be silent and let go of the device."""
        self.pause()
        self._close()

    # -- the device

    def _open(self) -> bool:
        with silenced(_CHATTER):
            from PySide6.QtMultimedia import QAudioFormat, QAudioSink, QMediaDevices

            output = QMediaDevices.defaultAudioOutput()
            if output.isNull():
                self._tell_trouble(NO_DEVICE)
                return False
            wanted = output.preferredFormat()
            form = QAudioFormat()
            form.setSampleRate(wanted.sampleRate() or 48_000)
            form.setChannelCount(min(max(wanted.channelCount(), 1), 2))
            form.setSampleFormat(QAudioFormat.SampleFormat.Float)
            self._floats = output.isFormatSupported(form)
            if not self._floats:
                form.setSampleFormat(QAudioFormat.SampleFormat.Int16)
            sink = QAudioSink(output, form, self)
            sink.setBufferSize(form.bytesForDuration(AHEAD_MS * 1000))
            # The declaration does not say that it may fail.
            device = cast("QIODevice | None", sink.start())
            if device is None:
                sink.deleteLater()
                self._tell_trouble(f"The sound device “{output.description()}” can't be opened")
                return False
        self.mixer.rate, self.mixer.channels = form.sampleRate(), form.channelCount()
        self._sink, self._device, self._pending = sink, device, b""
        return True

    def _close(self) -> None:
        if self._sink is not None:
            self._sink.reset()
            self._sink.deleteLater()
        self._sink, self._device, self._pending = None, None, b""

    @property
    def _frame_bytes(self) -> int:
        return self.mixer.channels * (4 if self._floats else 2)

    def _ahead_frames(self) -> int:
        """Frames made and not yet played."""
        if self._sink is None:
            return 0
        held = self._sink.bufferSize() - self._sink.bytesFree() + len(self._pending)
        return max(held // self._frame_bytes, 0)

    def _now(self) -> float:
        """What is heard now: the playhead of the mixer, less what is under way."""
        mixer = self.mixer
        ahead_s = max(self._ahead_frames() - self._tail, 0) / mixer.rate * mixer.speed
        now = mixer.position_s - ahead_s
        loop = mixer.loop
        if loop is not None and now < loop[0] <= mixer.position_s:
            now += loop[1] - loop[0]
        return max(now, 0.0)

    @Slot()
    def _feed(self) -> None:
        sink, device = self._sink, self._device
        if sink is None or device is None:
            return
        free = sink.bytesFree() - len(self._pending)
        frames = free // self._frame_bytes
        if frames > 0:
            ended = self.mixer.at_end
            if ended and self._tail >= self.mixer.rate * AHEAD_MS // 1000:
                self._finish()
                return
            self._tail = self._tail + frames if ended else 0
            self._pending += self._encoded(self.mixer.render(frames))
        if self._pending:
            written = device.write(self._pending)
            if written < 0:
                self._lose_device()
                return
            self._pending = self._pending[written:]
        self._tell_position(self._now())

    def _encoded(self, frames: np.ndarray[tuple[int, int], np.dtype[np.float32]]) -> bytes:
        if self._floats:
            return bytes(frames.tobytes())
        whole: bytes = np.rint(frames * np.float32(32767.0)).astype("<i2").tobytes()
        return whole

    def _finish(self) -> None:
        """Stop at the end, when all of it is out."""
        self._timer.stop()
        sink = self._sink
        self._sink, self._device, self._pending = None, None, b""
        if sink is not None:
            sink.stop()
            sink.deleteLater()
        self._tell_position(self.mixer.position_s)
        self.playing_changed.emit(False)

    def _lose_device(self) -> None:
        self._timer.stop()
        self._close()
        self._tell_trouble("The sound device went away")
        self.playing_changed.emit(False)

    @Slot()
    def _outputs_changed(self) -> None:
        from PySide6.QtMultimedia import QMediaDevices

        self._tell_trouble(NO_DEVICE if QMediaDevices.defaultAudioOutput().isNull() else "")

    def _tell_trouble(self, text: str) -> None:
        if text != self._trouble:
            self._trouble = text
            self.trouble_changed.emit(text)

    def _tell_position(self, position_s: float) -> None:
        if position_s != self._heard_s:
            self._heard_s = position_s
            self.position_changed.emit(position_s)
