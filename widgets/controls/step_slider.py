"""A slider over the steps an entry was logged at: one place per entry, whatever their distance."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from eventglass.app.models.theme import Theme
from eventglass.app.models.words import step_text
from eventglass.widgets.controls.buttons import IconButton
from eventglass.widgets.controls.slider import Slider


class StepSlider(QWidget):
    """Slider, step, and a button that holds a card at its step.

    Arrow keys go to the neighbouring entry, Home and End to the first and last. Where the entry's
    step is not the one that was asked for, that is said.
    """

    #: The user chose a place among the steps.
    moved = Signal(int)
    #: The user wants the card to stay at its step, or to follow the others again.
    hold_toggled = Signal(bool)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._steps: Sequence[int] = ()
        self._place = -1
        self._slider = Slider(theme, "Step", 0, 1, 1)
        self._slider.moved.connect(self._slid)
        self._text = QLabel("")
        self._text.setObjectName("muted")
        self._text.setFont(theme.font(12, tabular=True))
        self._text.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._hold = IconButton(theme, "lock", "Stay at this step", self)
        self._hold.setCheckable(True)
        self._hold.clicked.connect(self.hold_toggled)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        row.addWidget(self._slider, 1)
        row.addWidget(self._text)
        row.addWidget(self._hold)

    @property
    def place(self) -> int:
        """Place among the steps it stands at, -1 without any."""
        return self._place

    def set_can_hold(self, can: bool) -> None:
        """Whether there is a button that holds; where nothing is shared there is no use for it."""
        self._hold.setVisible(can)

    def set_steps(self, steps: Sequence[int], place: int, wanted: int | None, held: bool) -> None:
        """Stand at one of some steps; tells nobody.

        Parameters
        ----------
        wanted
            The step that was asked for; said when the entry there has another.
        held
            Whether the card stays at its step.
        """
        self._steps = steps
        self._place = place if len(steps) else -1
        several = len(steps) > 1
        self._slider.setEnabled(several)
        self._slider.set_limits(0, max(len(steps) - 1, 1), 1)
        self._slider.set_number(max(place, 0))
        self._hold.setChecked(held)
        self._hold.setToolTip("Follow the shared step again" if held else "Stay at this step")
        if self._place < 0:
            self._text.setText("")
            return
        step = int(steps[place])
        text = f"step {step_text(step)}"
        differs = wanted is not None and wanted != step
        self._text.setText(
            f"{text} ≠ {step_text(wanted)}" if differs and wanted is not None else text
        )
        self._text.setToolTip(
            f"Nothing was logged at step {step_text(wanted)}; this is the nearest"
            if differs and wanted is not None
            else f"Entry {place + 1:,} of {len(steps):,}"
        )

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Go to the first or last entry by Home and End."""
        target = {Qt.Key.Key_Home: 0, Qt.Key.Key_End: len(self._steps) - 1}.get(Qt.Key(event.key()))
        if target is None or not self._steps:
            super().keyPressEvent(event)
        else:
            self._go(target)

    def _slid(self, value: float) -> None:
        self._go(math.floor(value + 0.5))

    def _go(self, place: int) -> None:
        place = min(max(place, 0), len(self._steps) - 1)
        self._slider.set_number(place)
        if place != self._place and place >= 0:
            self._place = place
            self.moved.emit(place)
