"""A box for a formula: completes names, underlines what is wrong."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)
from PySide6.QtGui import QFont, QKeyEvent, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QCompleter, QListView, QPlainTextEdit, QTextEdit, QWidget

from eventglass.app.models.theme import CODE_FAMILY, Theme

#: What is being typed at the cursor: a name in open marks, or bare letters.
_WORD = re.compile(r"""(?:[`"][^`"]*|[^\W\d][\w.]*)$""")
_INSERTION = Qt.ItemDataRole.UserRole + 1
_CHOOSING = frozenset(
    {Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape, Qt.Key.Key_Tab, Qt.Key.Key_Backtab}
)


class FormulaBox(QPlainTextEdit):
    """Return confirms, Tab goes on; Ctrl+Space shows everything that can be inserted."""

    confirmed = Signal()

    def __init__(self, theme: Theme, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._wrong: tuple[int, int] | None = None
        self.setAccessibleName(name)
        self.setTabChangesFocus(True)
        self.setFixedHeight(66)
        # The theme's fonts are shared by all: a copy.
        font = QFont(theme.font())
        font.setFamilies([CODE_FAMILY, *font.families()])
        self.setFont(font)
        self._completer = QCompleter(self)
        self._completer.setWidget(self)
        self._completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self._completer.setFilterMode(Qt.MatchFlag.MatchContains)
        self._completer.setMaxVisibleItems(9)
        self._completer.setModelSorting(QCompleter.ModelSorting.UnsortedModel)
        self._popup = QListView()
        self._popup.setObjectName("completions")
        self._popup.setUniformItemSizes(True)
        self._completer.setPopup(self._popup)
        # Both overloads tell of the same; only the one with the index knows what to put in.
        self._completer.activated[QModelIndex].connect(self._insert_index)  # type: ignore[index]
        theme.changed.connect(self._underline)

    def set_names(self, names: Sequence[tuple[str, str]]) -> None:
        """Names to complete: what is shown, and what is put in for it."""
        self._completer.setModel(_Names(names, self._completer))

    def mark(self, position: int = 0, length: int = 0) -> None:
        """Underline a part that is wrong; without a length none."""
        self._wrong = (position, length) if length > 0 else None
        self._underline()

    @property
    def marked(self) -> tuple[int, int] | None:
        """Position and length of the part that is underlined."""
        return self._wrong

    def insert(self, text: str) -> None:
        """Put a text in at the cursor, in place of the name being typed there."""
        cursor = self.textCursor()
        word = self._word()
        cursor.movePosition(
            QTextCursor.MoveOperation.Left, QTextCursor.MoveMode.KeepAnchor, len(word)
        )
        following = self.toPlainText()[self.textCursor().position() :][:1]
        if word[:1] in ("`", '"') and following == word[:1]:
            # The marks were closed already.
            end = self.textCursor().position() + 1
            start = cursor.selectionStart()
            cursor.setPosition(start)
            cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
        cursor.insertText(text)
        self.setTextCursor(cursor)
        self._popup.hide()
        self.setFocus(Qt.FocusReason.OtherFocusReason)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Return confirms; letters bring up what they could become."""
        key = Qt.Key(event.key())
        if self._popup.isVisible() and key in _CHOOSING:
            # The completer takes it from here.
            event.ignore()
            return
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.confirmed.emit()
            return
        everything = (
            key == Qt.Key.Key_Space and event.modifiers() & Qt.KeyboardModifier.ControlModifier
        )
        if not everything:
            super().keyPressEvent(event)
        if everything or event.text().strip() or key == Qt.Key.Key_Backspace:
            self._complete(everything=bool(everything))

    def _word(self) -> str:
        before = self.toPlainText()[: self.textCursor().position()]
        if before.count("`") % 2 == 0 and before.count('"') % 2 == 0:
            # Behind closed marks nothing is being typed.
            found = re.search(r"[^\W\d][\w.]*$", before)
        else:
            found = _WORD.search(before)
        return found.group() if found else ""

    def _complete(self, *, everything: bool) -> None:
        prefix = self._word().lstrip('`"')
        if not prefix and not everything:
            self._popup.hide()
            return
        self._completer.setCompletionPrefix(prefix)
        if not self._completer.completionCount():
            self._popup.hide()
            return
        self._popup.setCurrentIndex(self._completer.completionModel().index(0, 0))
        place = self.cursorRect().translated(self.viewport().pos())
        place.setWidth(min(max(self._popup.sizeHintForColumn(0) + 40, 220), 460))
        self._completer.complete(place)

    def _insert_index(self, index: QModelIndex) -> None:
        text = index.data(_INSERTION)
        if text:
            self.insert(str(text))

    def _underline(self) -> None:
        selections = []
        if self._wrong is not None:
            position, length = self._wrong
            selection = QTextEdit.ExtraSelection()
            form = QTextCharFormat()
            form.setUnderlineStyle(QTextCharFormat.UnderlineStyle.WaveUnderline)
            form.setUnderlineColor(self._theme.colour("danger"))
            form.setBackground(self._theme.colour("danger", 0.14))
            selection.format = form
            end = len(self.toPlainText())
            cursor = self.textCursor()
            # At the end of the text there is nothing to underline but what is ahead of it.
            start = min(position, max(end - 1, 0))
            cursor.setPosition(start)
            cursor.setPosition(min(start + length, end), QTextCursor.MoveMode.KeepAnchor)
            selection.cursor = cursor
            selections.append(selection)
        self.setExtraSelections(selections)


class _Names(QAbstractListModel):
    def __init__(self, names: Sequence[tuple[str, str]], parent: QObject) -> None:
        super().__init__(parent)
        self._names = names

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._names)

    def data(
        self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if not 0 <= index.row() < len(self._names):
            return None
        shown, inserted = self._names[index.row()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole):
            return shown
        return inserted if role == _INSERTION else None
