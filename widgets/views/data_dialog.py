"""The dialog that writes points to a file: which, in what form, and what that will look like."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, QTimer
from PySide6.QtGui import QGuiApplication, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QMessageBox,
    QScrollArea,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from eventglass.app.core.export import (
    ExportCancelled,
    ExportError,
    Options,
    Selected,
    Watch,
    estimated_bytes,
    export,
    pivot_tags,
    points_of,
    side_by_side,
    tab_separated,
    table,
)
from eventglass.app.core.snippets import python_snippet
from eventglass.app.models.tasks import TaskControl
from eventglass.app.models.theme import Theme
from eventglass.app.models.words import count_text, size_text
from eventglass.widgets.controls.buttons import PillButton
from eventglass.widgets.views import data_selection
from eventglass.widgets.views.data_options import DataOptions, restored, saved
from eventglass.widgets.views.save_bar import SaveBar, ask_path, file_name

if TYPE_CHECKING:
    from eventglass.app.models.cards import Card
    from eventglass.widgets.view import ViewContext

_FILTERS = {
    ".csv": "CSV (*.csv)",
    ".jsonl": "JSON lines (*.jsonl)",
    ".parquet": "Parquet (*.parquet)",
    ".npz": "NumPy archive (*.npz)",
}
#: Rows and columns of the preview, and characters of a cell.
_ROWS, _COLUMNS, _CELL = 40, 60, 200
_REST_MS = 60


def open_data_dialog(
    parent: QWidget, context: ViewContext, cards: Sequence[Card] | None = None
) -> DataDialog:
    """Open the dialog for the points of some cards; None: for everything that is visible."""
    dialog = DataDialog(context, cards, parent)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.show()
    return dialog


def copy_table(context: ViewContext, cards: Sequence[Card], parent: QWidget | None = None) -> bool:
    """Put the points of cards on the clipboard, one row per step and one column per line.

    As drawn: superseded points are left out where they are hidden. Returns False, after saying
    why, when there are too many.
    """
    hides = context.workspace.state.restarts == "hide"
    selection = side_by_side(data_selection.of_cards(context, cards)())
    options = Options(pivot=True, superseded=not hides)
    try:
        text = tab_separated(selection, options)
    except ExportError as error:
        QMessageBox.information(parent or QApplication.activeWindow(), "Copy as table", str(error))
        return False
    QGuiApplication.clipboard().setText(text)
    return True


@dataclass(frozen=True, slots=True)
class Survey:
    """What is going to be written."""

    runs: int
    series: int
    points: int
    size_bytes: int
    columns: list[str]
    rows: list[list[str]]

    def text(self) -> str:
        """Return it in words."""
        if not self.points:
            return "No points"
        return " · ".join(
            (
                count_text(self.runs, "run"),
                count_text(self.series, "series", "series"),
                count_text(self.points, "point"),
                f"about {size_text(self.size_bytes)}",
            )
        )


class PreviewModel(QAbstractTableModel):
    """The first rows of what will be written."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._columns: list[str] = []
        self._rows: list[list[str]] = []

    def show_rows(self, columns: list[str], rows: list[list[str]]) -> None:
        """Show other rows."""
        self.beginResetModel()
        self._columns, self._rows = columns, rows
        self.endResetModel()

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex = QModelIndex()) -> int:  # noqa: B008
        """Return the number of rows."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: QModelIndex | QPersistentModelIndex = QModelIndex()) -> int:  # noqa: B008
        """Return the number of columns."""
        return 0 if parent.isValid() else len(self._columns)

    def data(
        self,
        index: QModelIndex | QPersistentModelIndex,
        role: int = Qt.ItemDataRole.DisplayRole,
    ) -> object:
        """Return a cell's text, and the font with figures of one width."""
        if role == Qt.ItemDataRole.DisplayRole:
            return self._rows[index.row()][index.column()]
        if role == Qt.ItemDataRole.FontRole:
            return self._theme.font(12, tabular=True)
        return None

    def headerData(
        self,
        section: int,
        orientation: Qt.Orientation,
        role: int = Qt.ItemDataRole.DisplayRole,
    ) -> object:
        """Return a column's name."""
        if role == Qt.ItemDataRole.DisplayRole and orientation == Qt.Orientation.Horizontal:
            return self._columns[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        return None


class DataDialog(QDialog):
    """First rows at the left, options at the right, what to do with them below."""

    def __init__(
        self,
        context: ViewContext,
        cards: Sequence[Card] | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._context = context
        self._cards = None if cards is None else tuple(cards)
        theme = context.theme
        self.setWindowTitle("Export data")
        self.resize(1040, 620)
        what = (
            "" if cards is None else ("This chart" if len(cards) == 1 else f"{len(cards):,} charts")
        )
        self.options = DataOptions(
            theme,
            restored(context.settings.text("export")),
            what,
            can_smooth=data_selection.smoothing_of(context) is not None,
            has_range=data_selection.span_of(context) is not None,
        )
        self._model = PreviewModel(theme)
        self._table = QTableView()
        self._table.setObjectName("table")
        self._table.setModel(self._model)
        self._table.setFrameShape(QFrame.Shape.NoFrame)
        self._table.setShowGrid(False)
        self._table.setWordWrap(False)
        self._table.verticalHeader().hide()
        self._table.verticalHeader().setDefaultSectionSize(24)
        self._table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self._table.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self._table.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self._table.setAccessibleName("First rows")
        self._facts = QLabel()
        self._facts.setObjectName("heading")
        self._first = QLabel()
        self._first.setObjectName("small")
        self._python = PillButton(theme, "Copy Python")
        self._python.setToolTip("Python that reads the same series with eventglass.app.load")
        self._copy = PillButton(theme, "Copy as table", "copy")
        self._copy.setToolTip("Copy the rows for a spreadsheet (Ctrl+C)")
        self._save = PillButton(theme, "Save…", primary=True)
        self._save.setToolTip("Save to a file (Ctrl+S)")
        self.bar = SaveBar(theme, (self._python, self._copy, self._save))
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(_REST_MS)
        self._rest.timeout.connect(self._look)
        self._lay_out()
        self.options.changed.connect(self._rest.start)
        self._python.clicked.connect(self.copy_python)
        self._copy.clicked.connect(self.copy)
        self._save.clicked.connect(self.save)
        self.bar.cancelled.connect(self.cancel)
        for keys, run in ((QKeySequence.StandardKey.Copy, self.copy), ("Ctrl+S", self.save)):
            QShortcut(QKeySequence(keys), self, run)
        context.lines.ready.connect(self._lines_ready)
        self._look()
        # Not a field of text, which would keep Ctrl+C for itself.
        self._save.setFocus()

    def _lay_out(self) -> None:
        area = QScrollArea()
        self.options.setFixedWidth(300)
        area.setWidget(self.options)
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFixedWidth(310)
        head = QHBoxLayout()
        head.setContentsMargins(16, 12, 16, 8)
        head.addWidget(self._facts)
        head.addStretch(1)
        head.addWidget(self._first)
        column = QVBoxLayout()
        column.setSpacing(0)
        column.addLayout(head)
        table_row = QHBoxLayout()
        table_row.setContentsMargins(8, 0, 0, 0)
        table_row.addWidget(self._table)
        column.addLayout(table_row, 1)
        line = QFrame()
        line.setObjectName("line")
        line.setFixedWidth(1)
        row = QHBoxLayout()
        row.setSpacing(0)
        row.addLayout(column, 1)
        row.addWidget(line)
        row.addWidget(area)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addLayout(row, 1)
        whole.addWidget(self.bar)

    # -- what it is

    def gather(self) -> data_selection.Gather:
        """Return what makes the selection; of many series that is no work for the GUI thread."""
        what = self.options.what
        if what == "cards" and self._cards is not None:
            return data_selection.of_cards(self._context, self._cards)
        if what == "all":
            return data_selection.of_everything(self._context)
        return data_selection.of_visible(self._context)

    def written(self) -> data_selection.Gather:
        """Return what makes the selection under the names it is written with."""
        gather = self.gather()
        aside = self.options.layout_name == "lines"
        return lambda: side_by_side(gather()) if aside else gather()

    def how(self) -> Options:
        """Return how it is to be written."""
        context, options = self._context, self.options
        return Options(
            pivot=options.layout_name != "points",
            smoothing=data_selection.smoothing_of(context) if options.with_smoothed else None,
            span=data_selection.span_of(context) if options.only_range else None,
            superseded=options.with_superseded,
        )

    @property
    def facts(self) -> str:
        """What is said about it."""
        return self._facts.text()

    def _lines_ready(self, key: str) -> None:
        if self._cards is not None and any(card.key == key for card in self._cards):
            self._rest.start()

    def _look(self) -> None:
        """Count what there is and show the first rows, off the GUI thread."""
        gather, how, suffix = self.gather(), self.how(), self.options.suffix
        aside = self.options.layout_name == "lines"

        def work(control: TaskControl) -> Survey | None:
            return survey(gather(), how, suffix, aside=aside, control=control)

        self._context.tasks.submit((id(self), "look"), work, self._show, self.bar.complain)

    def _show(self, found: Survey | None) -> None:
        if found is None:
            return
        if not self.bar.is_busy:
            self._save.setEnabled(found.points > 0)
            self._copy.setEnabled(found.points > 0)
        self._facts.setText(found.text())
        shown = len(found.rows)
        self._first.setText(f"The first {shown} rows" if shown >= _ROWS else "")
        self._model.show_rows(found.columns, found.rows)
        self._table.resizeColumnsToContents()
        for column in range(self._model.columnCount()):
            width = min(max(self._table.columnWidth(column) + 12, 70), 260)
            self._table.setColumnWidth(column, width)

    # -- what is done with it

    def copy(self) -> None:
        """Put the rows on the clipboard as a table."""
        if self.bar.is_busy:
            return
        gather, how = self.written(), self.how()
        self.bar.set_busy(True, "Making the table…")
        self._context.tasks.submit(
            (id(self), "make"),
            lambda _control: tab_separated(gather(), how),
            self._copied,
            self.bar.complain,
        )

    def _copied(self, text: str) -> None:
        QGuiApplication.clipboard().setText(text)
        rows = text.count("\n") - 1
        self.bar.set_busy(False, f"Copied: {count_text(rows, 'row')}")

    def copy_python(self) -> None:
        """Put Python that reads the same series on the clipboard."""
        if self.options.what == "cards" and self._cards is not None:
            roots, series = data_selection.snippet_of_cards(self._context, self._cards)
        else:
            roots, series = data_selection.snippet_series(self._context, self.gather()())
        if not series:
            self.bar.complain("These lines are not in the log: there is nothing to read")
            return
        QGuiApplication.clipboard().setText(python_snippet(roots, series))
        self.bar.tell(f"Copied: Python that reads {count_text(len(series), 'series', 'series')}")

    def save(self) -> None:
        """Ask where to save, and save there."""
        if self.bar.is_busy:
            return
        suffix = self.options.suffix
        title = self._cards[0].title if self._cards and self.options.what == "cards" else "scalars"
        path = ask_path(
            self,
            self._context.settings,
            "Save the points",
            file_name(title, suffix),
            (_FILTERS[suffix],),
            suffix,
        )
        if path is not None:
            self.save_to(path)

    def save_to(self, path: Path) -> None:
        """Save to a file; its suffix says the format."""
        if path.suffix.lower() not in _FILTERS:
            self.bar.complain(f"The name must end in {', '.join(_FILTERS)}: {path.name}")
            return
        gather, how, store = self.written(), self.how(), self._context.store

        def work(control: TaskControl) -> tuple[Path, int] | None:
            selection = gather()
            watch = Watch(
                sum(each.count for each in selection), control.report, lambda: control.cancelled
            )
            try:
                return path, export(store, selection, path, how, watch)
            except ExportCancelled:
                return None

        self.bar.set_busy(True, "Writing…")
        self._context.tasks.submit(
            (id(self), "make"), work, self._saved, self.bar.complain, self._progressed
        )

    def _progressed(self, fraction: float, _partial: object) -> None:
        self.bar.show_progress(fraction)

    def _saved(self, found: tuple[Path, int] | None) -> None:
        if found is None:
            return
        self.bar.set_busy(False, f"Saved: {count_text(found[1], 'point')} in {found[0]}")
        self._remember()

    def cancel(self) -> None:
        """Forget what is under way; nothing is left of it."""
        self._context.tasks.cancel((id(self), "make"))
        self.bar.set_busy(False, "Cancelled; nothing was written")

    def _remember(self) -> None:
        self._context.settings.set("export", saved(self.options.choices))

    def done(self, result: int) -> None:
        """Drop what nobody waits for any more."""
        for what in ("look", "make"):
            self._context.tasks.cancel((id(self), what))
        self._rest.stop()
        self._remember()
        super().done(result)


def survey(
    selection: Sequence[Selected],
    how: Options,
    suffix: str,
    *,
    aside: bool = False,
    control: TaskControl | None = None,
) -> Survey | None:
    """Return what will be written, and its first rows; None when nobody waits any more.

    `aside`: one column per line, as `side_by_side` has it.
    """
    plain = replace(how, smoothing=None)
    points, runs, series = 0, set(), 0
    for each in selection:
        if control is not None and control.cancelled:
            return None
        whole = how.span is None and (how.superseded or each.series is None)
        count = each.count if whole else len(points_of(each, plain).steps)
        points += count
        if count:
            series += 1
            runs.add(each.run)
    written = side_by_side(selection) if aside else list(selection)
    shown = written
    if how.pivot:
        # The columns of the first tags are enough to see what it is like.
        tags = set(pivot_tags(written)[:_COLUMNS])
        shown = [each for each in written if each.tag in tags]
    columns, rows = table(shown, how, _ROWS)
    return Survey(
        len(runs),
        series,
        points,
        estimated_bytes(written, suffix, points, how),
        [column[:_CELL] for column in columns],
        [[cell[:_CELL] for cell in row] for row in rows],
    )
