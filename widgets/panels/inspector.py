"""The inspector: the values at the step cursor, then what the active view has to set."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPoint, QRectF, QSize, Qt, QTimer
from PySide6.QtGui import (
    QContextMenuEvent,
    QGuiApplication,
    QMouseEvent,
    QPainter,
    QPaintEvent,
)
from PySide6.QtWidgets import QFrame, QMenu, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from eventglass.app.core.compute.ranges import visible_pieces
from eventglass.app.core.compute.ticks import value_text
from eventglass.app.core.names import Kind, natural_key
from eventglass.app.models.theme import Theme
from eventglass.app.models.words import step_text
from eventglass.app.models.workspace import VISIBLE_RUNS, Workspace
from eventglass.widgets.controls.section import Section
from eventglass.widgets.panels.panel import show_menu

if TYPE_CHECKING:
    from eventglass.app.core.store import Changes, LogStore, ScalarSnapshot

#: More runs than these are not listed; the tool tip of a chart has them all.
MOST_ROWS = 16
_ROW_PX = 19
#: The table follows the cursor at most this often, in milliseconds.
_THROTTLE_MS = 40
#: What an exponential average has forgotten: a weight below this part of the whole.
_FORGOTTEN = 1e-13


@dataclass(frozen=True, slots=True)
class Row:
    """One run at the step cursor. ``smoothed`` is NaN without smoothing."""

    run_id: int
    name: str
    colour: str
    value: float
    smoothed: float
    step: int


class AtStep(QWidget):
    """Table of values of one tag at the step cursor, one row per visible run."""

    def __init__(self, store: LogStore, workspace: Workspace, theme: Theme) -> None:
        super().__init__()
        self._store = store
        self._workspace = workspace
        self._theme = theme
        self._tag = ""
        self._chosen = False
        self._rows: list[Row] = []
        self._more = 0
        self._stale = True
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_THROTTLE_MS)
        self._timer.timeout.connect(self._renew)
        self.setMouseTracking(True)
        self.setAccessibleName("Values at the step")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        workspace.changed.connect(self._workspace_changed)
        workspace.selected_tag_changed.connect(self.set_tag)
        workspace.hovered_run_changed.connect(self._repaint)
        theme.changed.connect(self._renew)
        self._renew()

    @property
    def rows(self) -> list[Row]:
        """The rows shown."""
        return self._rows

    @property
    def tag(self) -> str:
        """The tag whose values are shown."""
        return self._tag

    def set_tag(self, tag: str, kind: str) -> None:
        """Show another tag; those that are no scalars are passed over."""
        if kind == Kind.SCALAR:
            self._chosen = True
            if tag != self._tag:
                self._tag = tag
                self._renew()

    def take_changes(self, changes: Changes) -> None:
        """Follow the store."""
        if changes.roots:
            self._chosen = False
        if not self._chosen and (changes.series or changes.roots):
            self._tag = ""
        if changes.grown or changes.series or changes.roots:
            self._soon()

    def sizeHint(self) -> QSize:
        """Title, head, rows."""
        rows = len(self._rows) + (1 if self._more else 0)
        return QSize(200, 30 + (22 + _ROW_PX * rows if rows else 24) + 4)

    def minimumSizeHint(self) -> QSize:
        """The same height; the width is what there is."""
        return QSize(120, self.sizeHint().height())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Bring the run under the pointer forward."""
        row = int((event.position().y() - 52) // _ROW_PX)
        inside = 0 <= row < len(self._rows)
        self._workspace.hover(self._rows[row].run_id if inside else -1)

    def leaveEvent(self, event: object) -> None:
        """Forget the pointer."""
        self._workspace.hover(-1)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Offer to copy the table."""
        menu = QMenu(self)
        lines = [f"{self._tag}\tvalue\tsmoothed\tstep"]
        lines += [f"{r.name}\t{r.value!r}\t{r.smoothed!r}\t{r.step}" for r in self._rows]
        copy = QGuiApplication.clipboard().setText
        menu.addAction("Copy table").triggered.connect(partial(copy, "\n".join(lines)))
        show_menu(menu, self, QPoint(event.pos()))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint title, head and rows."""
        theme = self._theme
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            middle, right = Qt.AlignmentFlag.AlignVCenter, self.width() - 22
            painter.setFont(theme.font(bold=True, tabular=True))
            painter.setPen(theme.colour("text"))
            painter.drawText(QRectF(12, 2, right, 24), middle, self._title())
            painter.setFont(theme.font(12, tabular=True))
            muted = theme.colour("text_muted")
            painter.setPen(muted)
            if not self._rows:
                text = "Move the step, or go to a scalar tag" if not self._tag else "No values here"
                painter.drawText(QRectF(12, 28, right, 22), middle, text)
                return
            to_right = middle | Qt.AlignmentFlag.AlignRight
            smooth = self._workspace.state.smoothing > 0
            metrics = painter.fontMetrics()
            step_width = max(metrics.horizontalAdvance(step_text(r.step)) for r in self._rows)
            step_width = max(step_width, metrics.horizontalAdvance("step"))
            value_right = right - step_width - 16
            tag_width = value_right - 12 - metrics.horizontalAdvance("smoothed") - 16
            tag = metrics.elidedText(self._tag, Qt.TextElideMode.ElideLeft, int(tag_width))
            painter.drawText(QRectF(12, 30, tag_width, 20), middle, tag)
            head = "smoothed" if smooth else "value"
            painter.drawText(QRectF(0, 30, value_right, 20), to_right, head)
            painter.drawText(QRectF(0, 30, right, 20), to_right, "step")
            for i, row in enumerate(self._rows):
                top = 52 + i * _ROW_PX
                if row.run_id == self._workspace.hovered_run:
                    painter.fillRect(QRectF(0, top, self.width(), _ROW_PX), theme.colour("raised"))
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(self._workspace.colour(row.run_id))
                painter.drawEllipse(QRectF(12, top + _ROW_PX / 2 - 4.5, 9, 9))
                painter.setPen(theme.colour("text"))
                shown = row.smoothed if smooth and not math.isnan(row.smoothed) else row.value
                value = value_text(shown)
                room = value_right - metrics.horizontalAdvance(value) - 26 - 10
                name = metrics.elidedText(row.name, Qt.TextElideMode.ElideMiddle, int(room))
                painter.drawText(QRectF(26, top, room + 2, _ROW_PX), middle, name)
                painter.drawText(QRectF(0, top, value_right, _ROW_PX), to_right, value)
                painter.drawText(QRectF(0, top, right, _ROW_PX), to_right, step_text(row.step))
            if self._more:
                painter.setPen(muted)
                top = 52 + len(self._rows) * _ROW_PX
                text = f"and {self._more:,} more runs"
                painter.drawText(QRectF(26, top, right, _ROW_PX), middle, text)

    def showEvent(self, event: object) -> None:
        """Catch up with what happened while hidden."""
        if self._stale:
            self._renew()

    def _title(self) -> str:
        step = self._workspace.state.step
        if step is not None:
            return f"At step {step_text(step)}"
        return "At the last step"

    def _soon(self) -> None:
        if not self._timer.isActive():
            self._timer.start()

    def _repaint(self, run_id: int) -> None:
        self.update()

    def _workspace_changed(self, names: frozenset[str]) -> None:
        if names & {
            VISIBLE_RUNS,
            "step",
            "smoothing",
            "restarts",
            "run_colours",
            "run_aliases",
        }:
            self._soon()

    def _renew(self) -> None:
        if not self.isVisible():
            self._stale = True
            return
        self._stale = False
        if not self._tag:
            self._tag = self._most_common()
        before = len(self._rows) + bool(self._more)
        self._rows, self._more = self._values()
        if len(self._rows) + bool(self._more) != before:
            self.updateGeometry()
        self.update()

    def _most_common(self) -> str:
        # Until the user goes to a tag: the one most runs have, the first by name among equals.
        counts = [(n, tag) for (tag, kind), n in self._store.tags().items() if kind is Kind.SCALAR]
        most = max((count for count, _tag in counts), default=0)
        common = (tag for count, tag in counts if count == most)
        return min(common, key=natural_key, default="")

    def _values(self) -> tuple[list[Row], int]:
        state = self._workspace.state
        rows: list[Row] = []
        more = 0
        if not self._tag:
            return rows, more
        for run_id in self._workspace.visible_run_ids():
            series = self._store.find(run_id, self._tag, Kind.SCALAR)
            if series is None or not series.count:
                continue
            if len(rows) >= MOST_ROWS:
                more += 1
                continue
            points = series.scalars()
            at = nearest(points, state.step, state.restarts != "hide")
            run = self._store.runs[run_id]
            rows.append(
                Row(
                    run_id,
                    self._workspace.alias(run),
                    self._workspace.colour_text(run),
                    float(points.values[at]),
                    smoothed_at(points, at, state.smoothing, state.restarts != "hide"),
                    int(points.steps[at]),
                )
            )
        return rows, more


def nearest(points: ScalarSnapshot, step: int | None, show_superseded: bool = False) -> int:
    """Index of the visible point whose step is nearest, of equals the later; None: the last one."""
    if step is None:
        return len(points.steps) - 1
    pieces, _joined = visible_pieces(points.steps, points.segments, show_superseded)
    best, least = len(points.steps) - 1, -1
    for start, stop in pieces[::-1].tolist():
        steps = points.steps[start:stop]
        after = min(int(np.searchsorted(steps, step)), len(steps) - 1)
        for at in (after, max(after - 1, 0)):
            # As Python's integers: differences of int64 can overflow.
            distance = abs(step - int(steps[at]))
            if least < 0 or distance < least:
                best, least = start + at, distance
    return best


def smoothed_at(
    points: ScalarSnapshot, at: int, weight: float, show_superseded: bool = False
) -> float:
    """Smoothed value of one point: the debiased average of it and those before, as drawn.

    Only points that still count are looked at, so the cost does not grow with the series.
    """
    if not 0.0 < weight < 1.0 or not math.isfinite(float(points.values[at])):
        return math.nan
    pieces, joined = visible_pieces(points.steps, points.segments, show_superseded)
    wanted = math.ceil(math.log(_FORGOTTEN) / math.log(weight))
    parts: list[npt.NDArray[np.float64]] = []
    found = 0
    for start, stop in pieces[::-1].tolist():
        if start > at:
            continue
        end = min(stop, at + 1)
        while end > start and found < wanted:
            # Points that are not finite do not count: further back for as many more.
            begin = max(start, end - (wanted - found))
            part = points.values[begin:end]
            parts.append(part[np.isfinite(part)])
            found += len(parts[-1])
            end = begin
        if not joined or found >= wanted:
            break
    values = np.concatenate(parts[::-1]) if parts else np.empty(0)
    if not len(values):
        return math.nan
    weights = weight ** np.arange(len(values) - 1, -1, -1, dtype=np.float64)
    return float(np.dot(values, weights) / weights.sum())


class InspectorPanel(QScrollArea):
    """`AtStep` on top, below it what the active view brings."""

    def __init__(self, store: LogStore, workspace: Workspace, theme: Theme) -> None:
        super().__init__()
        self.setWidgetResizable(True)
        self.setAccessibleName("Inspector")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.at_step = AtStep(store, workspace, theme)
        section = Section()
        layout = section.layout()
        if layout is not None:
            layout.setContentsMargins(0, 0, 0, 6)
        section.add_widget(self.at_step)
        page = QWidget()
        page.setObjectName("panel")
        page.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._column = QVBoxLayout(page)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._column.addWidget(section)
        self._column.addStretch(1)
        self._shown: QWidget | None = None
        self.setWidget(page)

    def take_changes(self, changes: Changes) -> None:
        """Follow the store."""
        self.at_step.take_changes(changes)

    def show_content(self, content: QWidget | None) -> None:
        """Show the inspector widget of the active view; None for none. Takes it as a child."""
        if content is self._shown:
            return
        if self._shown is not None:
            self._shown.hide()
            self._column.removeWidget(self._shown)
        self._shown = content
        if content is not None:
            self._column.insertWidget(1, content)
            content.show()
