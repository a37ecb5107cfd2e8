"""What can be set for clips: in the tool bar and in the inspector."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any, ClassVar

from PySide6.QtWidgets import QHBoxLayout, QWidget

from eventglass.app.core.compute.colour_maps import COLOUR_MAPS
from eventglass.app.models.workspace import FIELDS, Workspace
from eventglass.widgets.controls.buttons import Choice, Segmented, Toggle
from eventglass.widgets.controls.slider import Slider
from eventglass.widgets.view import ViewContext
from eventglass.widgets.views.control_section import ControlSection, SectionColumn

SHOWN = (("both", "Both"), ("waveform", "Waveform"), ("spectrogram", "Spectrogram"))
SCALES = (("linear", "Linear"), ("log", "Logarithmic"), ("mel", "Mel"))
WINDOWS = tuple((size, f"{int(size):,} samples") for size in ("256", "512", "1024", "2048", "4096"))
RANGES = tuple((decibels, f"{decibels} dB") for decibels in ("60", "80", "100", "120"))
CARD_WIDTHS = (300.0, 1200.0)


def set_option(workspace: Workspace, name: str, value: object) -> None:
    """Change one of the options of the audio view, as one step of undo."""
    fields: dict[str, Any] = {name: value}
    after = replace(workspace.state.audio, **fields)
    workspace.edit("Change how clips are shown", audio=after)


class AudioToolBar(QWidget):
    """What is drawn of clips, and the axis of frequencies."""

    def __init__(self, context: ViewContext) -> None:
        super().__init__()
        self._workspace = context.workspace
        self.shown = Segmented(context.theme, "Clips as", SHOWN)
        self.scale = Choice(context.theme, "Axis of frequencies", SCALES)
        self.shown.chosen.connect(partial(set_option, self._workspace, "show"))
        self.scale.chosen.connect(partial(set_option, self._workspace, "scale"))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.shown)
        row.addWidget(self.scale)
        self._workspace.changed.connect(self._sync)
        self._sync(FIELDS)

    def _sync(self, names: frozenset[str]) -> None:
        if "audio" in names:
            options = self._workspace.state.audio
            self.shown.set_value(options.show)
            self.scale.set_value(options.scale)
            self.scale.setEnabled(options.show != "waveform")


class SpectrogramSection(ControlSection):
    """How spectrograms are computed and coloured."""

    fields: ClassVar[frozenset[str]] = frozenset({"audio"})

    def __init__(self, context: ViewContext) -> None:
        theme = context.theme
        super().__init__(theme, "Spectrogram")
        self._workspace = context.workspace
        self._scale = Choice(theme, "Axis of frequencies", SCALES)
        self._window = Choice(theme, "Window", WINDOWS)
        self._range = Choice(theme, "Range of levels", RANGES)
        self._map = Choice(theme, "Colours", COLOUR_MAPS)
        self.add_row("Frequencies", self._scale, "Axis of frequencies")
        self.add_row("Window", self._window, "Longer tells frequencies apart, shorter moments")
        self.add_row("Levels", self._range, "Decibels from the darkest colour up to full scale")
        self.add_row("Colours", self._map)
        for name, control in (
            ("scale", self._scale),
            ("window", self._window),
            ("range_db", self._range),
            ("colour_map", self._map),
        ):
            control.chosen.connect(partial(set_option, self._workspace, name))

    def sync(self) -> None:
        """Show the state of the workspace."""
        options = self._workspace.state.audio
        self._scale.set_value(options.scale)
        self._window.set_value(options.window)
        self._range.set_value(options.range_db)
        self._map.set_value(options.colour_map)


class ClipCardsSection(ControlSection):
    """How cards of clips stand."""

    fields: ClassVar[frozenset[str]] = frozenset({"audio", "hide_empty"})

    def __init__(self, context: ViewContext) -> None:
        theme = context.theme
        super().__init__(theme, "Cards")
        self._workspace = context.workspace
        self._share = Toggle(theme, "One stretch of time for all cards")
        self._width = Slider(theme, "Card width", *CARD_WIDTHS, 20)
        self._width.setFixedWidth(110)
        self._hide_empty = Toggle(theme, "Hide empty cards")
        self.add_row("Share zoom", self._share, "Zoom all cards together")
        self.add_row("Card width", self._width)
        self.add_row("Hide empty", self._hide_empty, "Leave out cards no run shown has entries for")
        self._share.clicked.connect(self._set_share)
        self._width.moved.connect(self._set_width)
        self._hide_empty.clicked.connect(self._set_hide_empty)

    def sync(self) -> None:
        """Show the state of the workspace."""
        state = self._workspace.state
        self._share.setChecked(state.audio.share_time)
        self._width.set_number(state.audio.card_width)
        self._hide_empty.setChecked(state.hide_empty)

    def _set_share(self, on: bool) -> None:
        set_option(self._workspace, "share_time", on)

    def _set_width(self, value: float) -> None:
        set_option(self._workspace, "card_width", int(value))

    def _set_hide_empty(self, on: bool) -> None:
        self._workspace.edit("Hide empty cards" if on else "Show empty cards", hide_empty=on)


class AudioInspector(SectionColumn):
    """All that can be set for clips."""

    def __init__(self, context: ViewContext) -> None:
        super().__init__(
            context.workspace, (SpectrogramSection(context), ClipCardsSection(context))
        )
