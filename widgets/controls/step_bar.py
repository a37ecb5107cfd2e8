"""The step bar: where in the training one looks, for every view at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QTimer
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QSizePolicy, QWidget

from eventglass.app.core.names import Kind
from eventglass.app.models.theme import Theme
from eventglass.app.models.words import number_text, step_text
from eventglass.app.models.workspace import VISIBLE_RUNS, Workspace
from eventglass.widgets.controls.buttons import IconButton
from eventglass.widgets.controls.icons import icon
from eventglass.widgets.controls.slider import Slider

if TYPE_CHECKING:
    from eventglass.app.core.store import Changes, LogStore

#: Playing goes through everything in about this many frames, one per `FRAME_MS`.
FRAMES = 240
FRAME_MS = 40
#: Arrow keys look for the next step in at most this many series.
MAX_SERIES = 64


class StepBar(QWidget):
    """Play, a box to type a step into, a slider, the last step there is.

    While the workspace's step is None the bar stands at the end and follows it.
    """

    def __init__(
        self, store: LogStore, workspace: Workspace, theme: Theme, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._store = store
        self._workspace = workspace
        self._theme = theme
        self._low, self._high = 0, 0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._play = IconButton(theme, "play", "Play through the steps", self, token="text")
        self._play.clicked.connect(self.toggle_playing)
        self._caption = QLabel("Step")
        self._caption.setObjectName("muted")
        self._box = _StepBox()
        self._box.setFixedSize(86, 28)
        self._box.setAccessibleName("Step")
        self._box.setFont(theme.font(tabular=True))
        self._box.editingFinished.connect(self._typed)
        self._caption.setBuddy(self._box)
        self._slider = Slider(theme, "Step", 0, 1, 1)
        self._slider.moved.connect(self._slid)
        self._last = QLabel("")
        self._last.setObjectName("muted")
        self._last.setFont(theme.font(tabular=True))
        row = QHBoxLayout(self)
        row.setContentsMargins(9, 3, 12, 3)
        row.setSpacing(10)
        row.addWidget(self._play)
        row.addWidget(self._caption)
        row.addWidget(self._box)
        row.addWidget(self._slider, 1)
        row.addWidget(self._last)
        self._timer = QTimer(self)
        self._timer.setInterval(FRAME_MS)
        self._timer.timeout.connect(self._play_on)
        workspace.changed.connect(self._workspace_changed)
        self._find_limits()

    def take_changes(self, changes: Changes) -> None:
        """Follow the store's last step."""
        if changes.grown or changes.roots or changes.runs:
            self._find_limits()

    @property
    def playing(self) -> bool:
        """Whether it plays."""
        return self._timer.isActive()

    def toggle_playing(self) -> None:
        """Play from where one is, from the start when at the end; or pause."""
        if self.playing:
            self._timer.stop()
        elif self._high > self._low:
            if self._current() >= self._high:
                self._workspace.set_step(self._low)
            self._timer.start()
        self._show_playing()

    def move_by(self, direction: int) -> None:
        """Go to the next step (1) or the one before (-1) at which something was logged."""
        self._workspace.set_step(self._neighbour(self._current(), direction))

    def _current(self) -> int:
        step = self._workspace.state.step
        return self._high if step is None else step

    def _find_limits(self) -> None:
        lasts = [
            run.last_step
            for run in (self._store.runs[i] for i in self._workspace.visible_run_ids())
            if run.last_step is not None
        ]
        self._low, self._high = min([0, *lasts]), max(lasts, default=0)
        self.setEnabled(bool(lasts))
        self._last.setText(step_text(self._high) if lasts else "")
        # As wide as the longest step it will show, within reason.
        room = self._box.fontMetrics().horizontalAdvance(number_text(self._high)) + 34
        self._box.setFixedWidth(min(max(room, 86), 200))
        self._slider.set_limits(self._low, self._high, 1)
        self._show()

    def _show(self) -> None:
        step = self._current()
        self._slider.set_number(step)
        if not self._box.hasFocus() or not self._box.isModified():
            self._box.setText(number_text(step) if self.isEnabled() else "")

    def _show_playing(self) -> None:
        name = "Pause" if self.playing else "Play through the steps"
        self._play.setIcon(icon(self._theme, "pause" if self.playing else "play", "text"))
        self._play.setToolTip(name)
        self._play.setAccessibleName(name)

    def _typed(self) -> None:
        if not self._box.isModified():
            return
        self._box.setModified(False)
        text = self._box.text().replace(",", "").replace(" ", "").replace("_", "").strip()
        if not text:
            self._workspace.set_step(None)
        else:
            try:
                step = round(float(text)) if not text.lstrip("+-").isdigit() else int(text)
            except (ValueError, OverflowError):
                step = self._current()
            self._workspace.set_step(min(max(step, -(2**63)), 2**63 - 1))
        self._show()

    def _slid(self, value: float) -> None:
        step = round(value)
        # At the right end one means "the last", and wants to follow it.
        self._workspace.set_step(None if step >= self._high else step)

    def _play_on(self) -> None:
        step = self._current() + max((self._high - self._low) // FRAMES, 1)
        if step >= self._high:
            self._timer.stop()
            self._workspace.set_step(None)
            self._show_playing()
        else:
            self._workspace.set_step(step)

    def _neighbour(self, step: int, direction: int) -> int:
        """The next step there is, of scalars or, in logs without any, of other entries."""
        found = self._steps_beside(step, direction, only_scalars=True)
        if not found:
            found = self._steps_beside(step, direction, only_scalars=False)
        if not found:
            return min(max(step + direction, self._low), self._high)
        return min(found) if direction > 0 else max(found)

    def _steps_beside(self, step: int, direction: int, *, only_scalars: bool) -> list[int]:
        found: list[int] = []
        looked = 0
        for run_id in self._workspace.visible_run_ids():
            for series in self._store.series_of_run(run_id):
                if not series.count or (only_scalars and series.kind is not Kind.SCALAR):
                    continue
                steps = series.snapshot().steps
                segments = series.snapshot().segments
                # Steps go up inside a segment; the last one is what counts after a restart.
                tail = steps[int(segments[-1]) :] if len(segments) else steps
                at = int(np.searchsorted(tail, step, "right" if direction > 0 else "left"))
                at -= 0 if direction > 0 else 1
                if 0 <= at < len(tail):
                    found.append(int(tail[at]))
                looked += 1
                if only_scalars or looked >= MAX_SERIES:
                    break
            if looked >= MAX_SERIES:
                break
        return found

    def _workspace_changed(self, names: frozenset[str]) -> None:
        if VISIBLE_RUNS in names:
            self._find_limits()
        elif "step" in names:
            self._show()


class _StepBox(QLineEdit):
    """Selects its text when entered; arrows up and down do nothing here."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape gives up what was typed."""
        from PySide6.QtCore import Qt

        if event.key() == Qt.Key.Key_Escape:
            self.setModified(False)
            self.clearFocus()
            return
        super().keyPressEvent(event)
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.selectAll()
