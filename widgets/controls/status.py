"""The status bar: what is open, how much was read, what went wrong, how curves are drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QLabel, QSizePolicy, QStatusBar, QWidget

from eventglass.app.models.theme import SMALL_SIZE_PX, Theme
from eventglass.app.models.words import count_text, number_text, seconds_text, size_text
from eventglass.widgets.controls.icons import paint_icon

if TYPE_CHECKING:
    from eventglass.app.core.reader import Progress

HEIGHT_PX = 26


class ProblemsButton(QAbstractButton):
    """A warning sign and how many problems there are."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setToolTip("Show the problems")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    def set_count(self, count: int) -> None:
        """Show how many; nothing for none."""
        self.setText(count_text(count, "problem"))
        self.setAccessibleName(self.text())
        self.setVisible(count > 0)
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        """Sign and text."""
        metrics = QFontMetrics(self._theme.font(SMALL_SIZE_PX))
        return QSize(20 + metrics.horizontalAdvance(self.text()) + 4, 20)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Sign and text in the colour of warnings."""
        with QPainter(self) as painter:
            colour = self._theme.colour("warning")
            paint_icon(painter, QRectF(0, 0, 15, self.height()), "warning", colour, 15)
            font = self._theme.font(SMALL_SIZE_PX)
            painter.setFont(font)
            painter.setPen(colour)
            box = QRectF(20, 0, self.width() - 18, self.height())
            painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, self.text())
            if self.underMouse() or self.hasFocus():
                y = self.height() - 3.5
                painter.drawLine(20, int(y), self.width() - 4, int(y))


class StatusBar(QStatusBar):
    """Facts on the left, problems and renderer on the right, a thin line while reading."""

    #: The problems are wanted.
    problems_wanted = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._part: float | None = None
        self.setSizeGripEnabled(False)
        self.setFixedHeight(HEIGHT_PX)
        self._runs, self._tags, self._points, self._read = (QLabel() for _ in range(4))
        self._points.setToolTip(
            "Every scalar point of the logs is kept and drawn, none is sampled away.\n"
            "Those a restarted run wrote again are hidden until you show them in the inspector."
        )
        self._renderer = QLabel()
        self._problems = ProblemsButton(theme)
        self._problems.set_count(0)
        self._problems.clicked.connect(self.problems_wanted)
        holder = QWidget()
        row = QHBoxLayout(holder)
        row.setContentsMargins(10, 0, 10, 0)
        row.setSpacing(16)
        for label in (self._runs, self._tags, self._points, self._read):
            label.setFont(theme.font(SMALL_SIZE_PX, tabular=True))
            row.addWidget(label)
        row.addStretch(1)
        row.addWidget(self._problems)
        row.addWidget(self._renderer)
        holder.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.addWidget(holder, 1)
        theme.changed.connect(self.update)

    def show_counts(self, visible: int, total: int, tags: int, problems: int) -> None:
        """Show the numbers of runs, tags and problems."""
        runs = count_text(total, "run")
        self._runs.setText(f"{visible:,} of {runs}" if visible != total else runs)
        self._tags.setText(count_text(tags, "tag"))
        self._problems.set_count(problems)

    def show_progress(self, progress: Progress | None) -> None:
        """Show how far reading has come; None when nothing is open."""
        if progress is None:
            for label in (self._runs, self._tags, self._points, self._read):
                label.clear()
            self._part = None
            self.update()
            return
        points = f"{number_text(progress.points)} point{'s' if progress.points != 1 else ''}"
        if progress.settled:
            self._points.setText(f"{points}, all kept" if progress.points else "")
            time = seconds_text(progress.elapsed_s)
            self._read.setText(f"{size_text(progress.bytes_done)} read in {time}")
            self._part = None
        else:
            self._points.setText(points)
            done, total = progress.bytes_done, progress.bytes_total
            rate = done / progress.elapsed_s if progress.elapsed_s > 0.2 else 0.0
            text = f"Reading {size_text(done)} of {size_text(total)}"
            self._read.setText(text + (f", {size_text(rate)}/s" if rate else ""))
            self._part = done / total if total else 0.0
        self.update()

    def set_renderer(self, name: str) -> None:
        """Show what draws curves and scenes."""
        self._renderer.setText(name)
        by = "the processor" if name == "raster" else name
        self._renderer.setToolTip(f"Drawn by {by}" if name else "")
        self._renderer.setAccessibleName(self._renderer.toolTip())

    def texts(self) -> list[str]:
        """What it says, from left to right."""
        labels = (self._runs, self._tags, self._points, self._read)
        texts = [label.text() for label in labels if label.text()]
        return texts + ([] if self._problems.isHidden() else [self._problems.text()])

    def paintEvent(self, event: QPaintEvent) -> None:
        """Ground, line above, progress on that line."""
        with QPainter(self) as painter:
            painter.fillRect(self.rect(), self._theme.colour("surface"))
            painter.fillRect(0, 0, self.width(), 1, self._theme.colour("border"))
            if self._part is not None:
                painter.fillRect(0, 0, self.width(), 2, self._theme.colour("track"))
                painter.fillRect(
                    0, 0, round(self._part * self.width()), 2, self._theme.colour("accent")
                )
