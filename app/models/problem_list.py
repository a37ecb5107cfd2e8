"""The problems of all files as rows."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, Qt

from eventglass.app.core.problems import Problem, ProblemKind
from eventglass.app.models.tool_tips import plain_tip
from eventglass.app.models.tree_rows import Index
from eventglass.app.models.words import number_text, size_text

if TYPE_CHECKING:
    from eventglass.app.core.store import Changes, LogStore

WHAT, MESSAGE, FILE, PLACE = range(4)
HEADERS = ("Problem", "What happened", "File", "Place")

KIND_WORDS = {
    ProblemKind.DATA_CRC: "Damaged record",
    ProblemKind.LENGTH_CRC: "Damaged length",
    ProblemKind.CUT_TAIL: "Cut off",
    ProblemKind.MALFORMED_EVENT: "Malformed event",
    ProblemKind.TOO_LONG: "Impossible length",
    ProblemKind.NOT_A_VALUE: "Malformed value",
    ProblemKind.TAG_ENCODING: "Name not UTF-8",
    ProblemKind.FUTURE_VERSION: "Newer version",
    ProblemKind.NOT_EVENTS: "Not an event file",
    ProblemKind.UNREADABLE: "Cannot be read",
    ProblemKind.CHANGED: "Changed while read",
    ProblemKind.DELETED: "Deleted",
    ProblemKind.ARCHIVE: "Archive",
    ProblemKind.LIMIT: "Limit reached",
}


class ProblemList(QAbstractTableModel):
    """One row per `Problem`, in the order they were met."""

    def __init__(self, store: LogStore, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._store = store
        self._count = len(store.problems)

    def take_changes(self, changes: Changes) -> None:
        """Append what the store has met since."""
        count = len(self._store.problems)
        if count > self._count:
            self.beginInsertRows(QModelIndex(), self._count, count - 1)
            self._count = count
            self.endInsertRows()

    def problem(self, row: int) -> Problem:
        """The problem of a row."""
        return self._store.problems[row]

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """Number of problems."""
        return 0 if parent.isValid() else self._count

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """Number of columns."""
        return len(HEADERS)

    def headerData(
        self,
        section: int,
        orientation: Qt.Orientation,
        role: int = Qt.ItemDataRole.DisplayRole,
    ) -> Any:
        """Names of the columns."""
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return HEADERS[section]
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Texts of a problem."""
        if not 0 <= index.row() < self._count:
            return None
        problem = self._store.problems[index.row()]
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tip(problem_text(problem))
        if role != Qt.ItemDataRole.DisplayRole:
            return None
        match index.column():
            case 0:
                return KIND_WORDS[problem.kind]
            case 1:
                return problem.message
            case 2:
                return os.path.basename(problem.file) or problem.file
            case _:
                return place_text(problem)


def place_text(problem: Problem) -> str:
    """Where in the file a problem lies; empty when it is the file as a whole."""
    if not problem.offset_bytes and not problem.length_bytes:
        return ""
    place = f"at byte {number_text(problem.offset_bytes)}"
    return f"{place}, {size_text(problem.length_bytes)}" if problem.length_bytes else place


def problem_text(problem: Problem) -> str:
    """A problem in full, as it is copied."""
    place = place_text(problem)
    where = f"{problem.file} {place}".strip()
    return f"{KIND_WORDS[problem.kind]}: {problem.message}\n{where}"
