"""A card of clips: what is known of the clip, its picture, and the controls below."""

from __future__ import annotations

import math
import re
from functools import partial

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from eventglass.app.core.audio.sounds import Sound
from eventglass.app.models.sound_book import ClipKey, LoadedClip
from eventglass.app.models.theme import Theme
from eventglass.app.models.words import count_text, size_text
from eventglass.widgets.controls.buttons import IconButton
from eventglass.widgets.controls.elided_label import ElidedLabel
from eventglass.widgets.controls.icons import icon
from eventglass.widgets.controls.section import LinkButton
from eventglass.widgets.controls.step_slider import StepSlider
from eventglass.widgets.plots.audio_axes import clock_text
from eventglass.widgets.plots.audio_plot import AudioPlot
from eventglass.widgets.views.scalar_card import TITLE_HEIGHT
from eventglass.widgets.views.tag_card import TagCard

#: Labels are Markdown of any length; so much of one is shown.
LABEL_LENGTH = 300
_MARKS = re.compile(r"[*`#]+|(?<!\w)_+|_+(?!\w)")


class SampleSwitch(QWidget):
    """Goes through the clips of one step."""

    #: Another clip was chosen, from 0.
    chosen = Signal(int)

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._sample, self._count = 0, 1
        self._before = IconButton(theme, "back", "Clip before", self)
        self._after = IconButton(theme, "chevron-right", "Next clip", self)
        self._before.setIcon(icon(theme, "chevron-left"))
        self._text = QLabel("", self)
        self._text.setObjectName("muted")
        self._text.setFont(theme.font(12, tabular=True))
        self._before.clicked.connect(partial(self._go, -1))
        self._after.clicked.connect(partial(self._go, 1))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self._before)
        row.addWidget(self._text)
        row.addWidget(self._after)
        self.hide()

    def show_sample(self, sample: int, count: int) -> None:
        """Stand at one of some clips; with one there is nothing to choose."""
        self._sample, self._count = sample, count
        self._text.setText(f"clip {sample + 1} of {count:,}")
        self._before.setEnabled(sample > 0)
        self._after.setEnabled(sample + 1 < count)
        self.setVisible(count > 1)

    def _go(self, away: int, _checked: bool = False) -> None:
        sample = min(max(self._sample + away, 0), self._count - 1)
        if sample != self._sample:
            self.chosen.emit(sample)


class AudioCard(TagCard):
    """Title and run, facts, envelope and spectrogram, play button, steps."""

    #: Play or pause of this card's clip.
    play_asked = Signal(str)
    #: The clip's bytes are to be saved as they are.
    raw_asked = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        self.plot = AudioPlot(theme)
        super().__init__(theme, self.plot, parent)
        #: The entries' steps and places in the series; filled by the view.
        self.steps: npt.NDArray[np.int64] = np.empty(0, np.int64)
        self.indices: npt.NDArray[np.int64] = np.empty(0, np.int64)
        #: What was asked for, and what is there of it.
        self.wanted: ClipKey | None = None
        #: Whether something that was asked for has not come, or not all of it.
        self.waits = False
        self.loaded: LoadedClip | None = None
        self.colour = QColor()
        self._playing = False
        self.facts = ElidedLabel(theme, self)
        facts = QHBoxLayout()
        facts.setContentsMargins(11, 0, 11, 2)
        facts.addWidget(self.facts)
        self.column.insertLayout(1, facts)
        self.play = IconButton(theme, "play", "Play", self, token="text", size_px=18)
        self.play.clicked.connect(self._ask_play)
        self.time = QLabel("", self)
        self.time.setFont(theme.font(12, tabular=True))
        self.time.setObjectName("muted")
        self.samples = SampleSwitch(theme, self)
        self.slider = StepSlider(theme, self)
        row = QHBoxLayout()
        row.setContentsMargins(8, 0, 8, 2)
        row.setSpacing(6)
        row.addWidget(self.play)
        row.addWidget(self.time)
        row.addSpacing(2)
        row.addWidget(self.samples)
        row.addWidget(self.slider, 1)
        self.column.addLayout(row)
        self.raw = LinkButton(theme, "Save the raw bytes…", "export", self)
        self.raw.clicked.connect(self._ask_raw)
        self.raw.hide()
        self.plot.focused.connect(self.tell_reached)
        self.plot.play_asked.connect(self._ask_play)
        self.set_position(0.0)

    @property
    def sound(self) -> Sound | None:
        """The clip that is shown, as far as it is decoded."""
        return self.loaded.sound if self.loaded is not None else None

    def show_loaded(self, loaded: LoadedClip) -> None:
        """Show a clip as far as it is decoded, or what is wrong with it."""
        self.loaded = loaded
        sound = loaded.sound
        self.samples.show_sample(loaded.clip.sample, max(loaded.count, 1))
        self.show_progress(loaded.share)
        self.show_message(loaded.error)
        self.raw.setVisible(bool(loaded.error) and loaded.count > 0)
        self.play.setEnabled(sound is not None)
        self.facts.set_line(*facts_text(loaded))
        self.show_notes(sound.notes if sound is not None else ())
        self.plot.set_clip(sound, loaded.spectrum, self.colour)
        self.plot.setAccessibleName(f"{self.accessibleName()}: {self.facts.line()}")
        self._place_raw()
        self.set_position(None)

    def clear(self) -> None:
        """Show nothing; what comes next is of another clip."""
        self.loaded = None
        self.plot.set_clip(None, None)
        self.plot.set_playhead(None)
        self.plot.set_region(None)
        self.facts.set_line("")
        self.time.setText("")
        self.show_message("")
        self.show_notes(())
        self.raw.hide()
        self.play.setEnabled(False)
        self.set_playing(False)

    def set_playing(self, playing: bool) -> None:
        """Show whether this card's clip is played."""
        if playing == self._playing:
            return
        self._playing = playing
        self.play.setIcon(icon(self._theme, "pause" if playing else "play", "text"))
        name = "Pause" if playing else "Play"
        self.play.setToolTip(f"{name} (Space)")
        self.play.setAccessibleName(name)

    def set_position(self, position_s: float | None) -> None:
        """Show the playhead, None where another clip is played."""
        sound = self.sound
        self.plot.set_playhead(position_s)
        if sound is None:
            return
        whole = clock_text(sound.duration_s, 0.1) if sound.sample_rate else ""
        at = clock_text(min(position_s, sound.duration_s), 0.1) if position_s is not None else ""
        text = f"{at} / {whole}" if at else whole
        if text != self.time.text():
            self.time.setText(text)

    def resizeEvent(self, event: object) -> None:
        """Keep the link below the message."""
        super().resizeEvent(event)  # type: ignore[arg-type]
        self._place_raw()

    def _place_raw(self) -> None:
        width = self.raw.sizeHint().width()
        middle = (TITLE_HEIGHT + self.height()) // 2
        self.raw.setGeometry((self.width() - width) // 2, middle + 18, width, 24)
        self.raw.raise_()

    def _ask_play(self) -> None:
        self.play_asked.emit(self.key)

    def _ask_raw(self) -> None:
        self.raw_asked.emit(self.key)


def decibel_text(level: float) -> str:
    """A level of full scale in decibels: ``−6.0 dB``; ``none`` of silence."""
    if level <= 0:
        return "none"
    return f"{20 * math.log10(level):.1f} dB".replace("-", "−")


def rate_text(sample_rate: float) -> str:
    """A sample rate: ``44.1 kHz``, ``8 kHz``, ``12 Hz``."""
    if not sample_rate:
        return "no sample rate"
    if sample_rate < 1000:
        return f"{sample_rate:g} Hz"
    return (
        f"{sample_rate / 1000:,.4g} kHz" if sample_rate < 1e6 else f"{sample_rate / 1e6:,.4g} MHz"
    )


def channels_text(channels: int) -> str:
    """How many channels: ``mono``, ``stereo``, ``6 channels``."""
    return {1: "mono", 2: "stereo"}.get(channels) or count_text(channels, "channel")


def facts_text(loaded: LoadedClip) -> tuple[str, str]:
    """Return the line of facts of a clip, its label first, and the tool tip with all of them."""
    # Markdown of one line: its marks say little here.
    label = " ".join(_MARKS.sub("", loaded.label).split())
    if len(label) > LABEL_LENGTH:
        label = label[:LABEL_LENGTH] + "…"
    sound = loaded.sound
    if sound is None:
        return label, label
    length = f"{sound.length:,} samples"
    seconds = clock_text(sound.duration_s, 0.01) if sound.sample_rate else length
    parts = [
        sound.format,
        rate_text(sound.sample_rate),
        channels_text(sound.channels),
        *(
            (f"peak {decibel_text(sound.peak)}", f"RMS {decibel_text(sound.rms)}")
            if sound.peak > 0
            else ("silence",)
        ),
    ]
    line = " · ".join([label, *parts] if label else parts)
    rows = [
        *([label, ""] if label else []),
        f"Format: {sound.format}",
        f"Sample rate: {sound.sample_rate:,.0f} Hz" if sound.sample_rate else "Sample rate: none",
        f"Channels: {sound.channels:,}",
        f"Length: {seconds} ({length})",
        f"Peak: {sound.peak:.4f} ({decibel_text(sound.peak)})",
        f"RMS: {sound.rms:.4f} ({decibel_text(sound.rms)})",
        f"File: {size_text(loaded.encoded_bytes)}",
    ]
    return line, "\n".join(rows)
