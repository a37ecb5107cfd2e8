"""The search through all text: the box one types into, and the list of what was found."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import (
    QAbstractListModel,
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRectF,
    QSize,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import QFontMetricsF, QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHBoxLayout,
    QLabel,
    QListView,
    QProgressBar,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from eventglass.app.models.tasks import TaskControl
from eventglass.app.models.text_search import Found, Match, search
from eventglass.app.models.theme import Theme
from eventglass.app.models.tool_tips import plain_tip
from eventglass.app.models.words import count_text, step_text
from eventglass.app.models.workspace import is_valid_filter
from eventglass.widgets.controls.buttons import PillButton
from eventglass.widgets.controls.filter_box import FilterBox

if TYPE_CHECKING:
    from eventglass.app.core.store import Series
    from eventglass.widgets.view import ViewContext

Index = QModelIndex | QPersistentModelIndex
Targets = Sequence["Series"]
ROW_PX = 58
#: How long the typing rests before the search begins, and how often one follows logs that grow.
TYPING_MS, FOLLOWING_MS = 200, 1500


def pattern_of(text: str) -> re.Pattern[str] | None:
    """What a search text means: as in a filter, but empty is None."""
    if not text:
        return None
    flags = 0 if any(letter.isupper() for letter in text) else re.IGNORECASE
    return re.compile(text if is_valid_filter(text) else re.escape(text), flags | re.MULTILINE)


class SearchBar(QWidget):
    """Search box, what was found, and a way to stop."""

    #: Something else is to be searched.
    changed = Signal()
    #: The search is to end.
    stopped = Signal()
    #: Arrow down: on to the list.
    left_downwards = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pattern: re.Pattern[str] | None = None
        self.box = FilterBox(theme, "Search in all text", ".*")
        self.box.setMaximumWidth(420)
        self.box.edited.connect(self._typed)
        self.box.confirmed.connect(self.left_downwards)
        self.box.left_downwards.connect(self.left_downwards)
        self._words = QLabel()
        self._words.setObjectName("muted")
        self._progress = QProgressBar()
        self._progress.setTextVisible(False)
        self._progress.setFixedSize(100, 4)
        self._progress.setRange(0, 1000)
        self._progress.setAccessibleName("Progress of the search")
        self._stop = PillButton(theme, "Stop")
        self._stop.clicked.connect(self.stopped)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 8, 16, 4)
        row.setSpacing(10)
        row.addWidget(self.box, 3)
        row.addWidget(self._words)
        row.addWidget(self._progress)
        row.addWidget(self._stop)
        row.addStretch(1)
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(TYPING_MS)
        self._rest.timeout.connect(self._begin)
        self.tell("", -1.0)

    def text(self) -> str:
        """What stands in the box."""
        return self.box.text()

    def set_text(self, text: str) -> None:
        """Search something."""
        self.box.set_text(text)
        self._begin()

    def pattern(self) -> re.Pattern[str] | None:
        """What is searched, None for nothing."""
        return self._pattern

    def tell(self, words: str, share: float) -> None:
        """Say what was found, and how far the search is: 0 to 1, −1 when it has ended."""
        self._words.setText(words)
        for widget in (self._progress, self._stop):
            widget.setVisible(share >= 0)
        self._progress.setValue(round(1000 * share))

    def words(self) -> str:
        """What is said of the search."""
        return self._words.text()

    def _typed(self, text: str) -> None:
        if text:
            self._rest.start()
        else:
            self._begin()

    def _begin(self) -> None:
        self._rest.stop()
        pattern = pattern_of(self.box.text())
        if pattern != self._pattern:
            self._pattern = pattern
            self.changed.emit()


class SearchResults(QWidget):
    """Entries in which something was found; searches in a task."""

    #: A match is to be shown: a `Match`.
    opened = Signal(object)
    #: What to say of the search, and how far it is.
    told = Signal(str, float)

    def __init__(self, context: ViewContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._pattern: re.Pattern[str] | None = None
        self._targets: Targets = ()
        self._busy = False
        self._rows = _Matches(context, self)
        self.list = _ResultList(context, self._rows, self)
        self.list.opened.connect(self._open)
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(FOLLOWING_MS)
        self._later.timeout.connect(self._start)
        card = QFrame()
        card.setObjectName("card")
        inner = QVBoxLayout(card)
        inner.setContentsMargins(1, 3, 1, 3)
        inner.addWidget(self.list)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 12, 0, 12)
        column.addWidget(card)
        self.setMinimumWidth(220)

    @property
    def is_busy(self) -> bool:
        """Whether a search is under way."""
        return self._busy

    def matches(self) -> tuple[Match, ...]:
        """What was found so far."""
        return self._rows.matches

    def search(self, pattern: re.Pattern[str] | None, targets: Targets) -> None:
        """Search anew, or with None for a pattern show nothing."""
        self._pattern, self._targets = pattern, targets
        self._rows.set_matches(())
        self._start()

    def follow(self, targets: Targets) -> None:
        """Search the same in what there is now, in a while."""
        self._targets = targets
        if self._pattern is not None and not self._later.isActive():
            self._later.start()

    def stop(self) -> None:
        """End the search; what was found stays."""
        self._context.tasks.cancel((id(self), "search"))
        if self._busy:
            self._busy = False
            self.told.emit(f"{_found_text(len(self._rows.matches))}, stopped", -1.0)

    def enter(self) -> None:
        """Go to the row that was reached, at first to the first."""
        # Before the focus comes: a list that gets it takes its first row, but doesn't show it.
        if self._rows.matches and not self.list.currentIndex().isValid():
            self.list.setCurrentIndex(self._rows.index(0, 0))
        self.list.setFocus(Qt.FocusReason.OtherFocusReason)

    def go(self, by: int) -> None:
        """Open the next or previous text found; after the last comes the first."""
        count = len(self._rows.matches)
        if not count:
            return
        at = self.list.currentIndex()
        row = (at.row() + by) % count if at.isValid() else (0 if by > 0 else count - 1)
        self.list.setCurrentIndex(self._rows.index(row, 0))
        self.opened.emit(self._rows.matches[row])

    def viewport_update(self) -> None:
        """Draw names and colours of runs as they are now."""
        self.list.viewport().update()

    def _start(self) -> None:
        self._later.stop()
        tasks, owner = self._context.tasks, (id(self), "search")
        pattern, targets, store = self._pattern, self._targets, self._context.store
        restarts = self._context.workspace.state.restarts
        if pattern is None:
            tasks.cancel(owner)
            self._busy = False
            self._rows.set_matches(())
            self.told.emit("", -1.0)
            return

        def work(control: TaskControl) -> Found:
            return search(
                store, targets, restarts, pattern, control.report, lambda: control.cancelled
            )

        self._busy = True
        self.told.emit("", 0.0)
        tasks.submit(owner, work, self._done, self._failed, self._partly)

    def _partly(self, share: float, found: object) -> None:
        assert isinstance(found, Found)
        if len(found.matches) > len(self._rows.matches):
            self._rows.set_matches(found.matches)
        self.told.emit(_found_text(len(found.matches)), share)

    def _done(self, found: Found) -> None:
        self._busy = False
        self._rows.set_matches(found.matches)
        words = _found_text(len(found.matches))
        if found.is_cut:
            words = f"The first {words}"
        elif not found.matches:
            words = f"Not found in {count_text(found.total, 'text')}"
        else:
            words = f"{words} of {found.total:,}"
        if found.failures:
            words += f" · {found.failures:,} can't be read"
        self.told.emit(words, -1.0)

    def _failed(self, error: Exception) -> None:
        self._busy = False
        self.told.emit(f"The search failed: {error}", -1.0)

    def _open(self, row: int) -> None:
        if 0 <= row < len(self._rows.matches):
            self.opened.emit(self._rows.matches[row])


def _found_text(count: int) -> str:
    return count_text(count, "text")


class _ResultList(QListView):
    opened = Signal(int)

    def __init__(self, context: ViewContext, rows: _Matches, parent: QWidget) -> None:
        super().__init__(parent)
        self.setModel(rows)
        self.setItemDelegate(_Delegate(context, self))
        self.setAccessibleName("Texts found")
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.clicked.connect(self._clicked)
        context.theme.changed.connect(self.viewport().update)

    def _clicked(self, index: QModelIndex) -> None:
        self.opened.emit(index.row())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentIndex().isValid():
            self.opened.emit(self.currentIndex().row())
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        if (
            isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.ShortcutOverride
            and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        ):
            event.accept()
            return True
        return super().event(event)


class _Matches(QAbstractListModel):
    def __init__(self, context: ViewContext, parent: QObject) -> None:
        super().__init__(parent)
        self._context = context
        self.matches: tuple[Match, ...] = ()

    def set_matches(self, matches: tuple[Match, ...]) -> None:
        before = self.matches
        if matches[: len(before)] == before:
            if len(matches) > len(before):
                self.beginInsertRows(QModelIndex(), len(before), len(matches) - 1)
                self.matches = matches
                self.endInsertRows()
            return
        self.beginResetModel()
        self.matches = matches
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.matches)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not 0 <= index.row() < len(self.matches):
            return None
        match = self.matches[index.row()]
        series = self._context.store.series[match.series_id]
        run = self._context.workspace.alias(series.run_id)
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            text = f"{match.before}{match.found}{match.after}"
            return f"{series.tag}, {run}, step {step_text(match.step)}: {text}"
        if role == Qt.ItemDataRole.ToolTipRole:
            count = count_text(match.count, "match", "matches")
            return plain_tip(f"{series.tag}\n{run}\nstep {step_text(match.step)}\n{count}")
        return None


class _Delegate(QStyledItemDelegate):
    def __init__(self, context: ViewContext, parent: QWidget) -> None:
        super().__init__(parent)
        self._context = context

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(100, ROW_PX)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        model = index.model()
        if not isinstance(model, _Matches) or index.row() >= len(model.matches):
            return
        match = model.matches[index.row()]
        theme, workspace = self._context.theme, self._context.workspace
        series = self._context.store.series[match.series_id]
        rect = QRectF(option.rect)
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if chosen or option.state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(rect, theme.colour("selected" if chosen else "raised"))
        painter.setPen(theme.colour("grid"))
        painter.drawLine(rect.bottomLeft(), rect.bottomRight())
        inner = rect.adjusted(10, 5, -10, -5)
        middle = Qt.AlignmentFlag.AlignVCenter
        # Title and step, run, then what was found.
        painter.setFont(theme.font(11, tabular=True))
        painter.setPen(theme.colour("text_muted"))
        step = f"step {step_text(match.step)}"
        head = QRectF(inner.left(), inner.top(), inner.width(), 15)
        painter.drawText(head, middle | Qt.AlignmentFlag.AlignRight, step)
        head.setWidth(head.width() - painter.fontMetrics().horizontalAdvance(step) - 10)
        painter.setFont(theme.font(12, bold=True))
        painter.setPen(theme.colour("text"))
        elide = Qt.TextElideMode.ElideMiddle
        tag = series.tag.removesuffix("/text_summary")
        painter.drawText(
            head, middle, painter.fontMetrics().elidedText(tag, elide, int(head.width()))
        )
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(workspace.colour(series.run_id))
        painter.drawRoundedRect(QRectF(inner.left() + 1, inner.top() + 18.5, 9, 9), 2.5, 2.5)
        painter.setFont(theme.font(11))
        painter.setPen(theme.colour("text_muted"))
        line = QRectF(inner.left() + 15, inner.top() + 15, inner.width() - 15, 16)
        run = workspace.alias(series.run_id)
        if match.count > 1:
            run = f"{run} · {match.count:,}{'+' if match.count >= 1000 else ''} matches"
        painter.drawText(
            line, middle, painter.fontMetrics().elidedText(run, elide, int(line.width()))
        )
        self._paint_found(
            painter, match, QRectF(inner.left(), line.bottom() + 1, inner.width(), 16)
        )
        painter.restore()

    def _paint_found(self, painter: QPainter, match: Match, box: QRectF) -> None:
        theme = self._context.theme
        font = theme.font(12)
        metrics = QFontMetricsF(font)
        painter.setFont(font)
        painter.setClipRect(box)
        x = box.left()
        # The match itself is always in sight.
        before = metrics.elidedText(match.before, Qt.TextElideMode.ElideLeft, 0.35 * box.width())
        for text, found in ((before, False), (match.found, True), (match.after, False)):
            width = metrics.horizontalAdvance(text)
            if found:
                mark = QRectF(x, box.top(), min(width, box.right() - x), box.height())
                painter.fillRect(mark, theme.colour("warning", 0.3))
            painter.setPen(theme.colour("text" if found else "text_muted"))
            place = QRectF(x, box.top(), max(box.right() - x, 0.0), box.height())
            painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, text)
            x += width
            if x >= box.right():
                break
