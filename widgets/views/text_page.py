"""TextPage: a text rendered or as logged. It loads nothing, and opens no link unasked."""

from __future__ import annotations

import re
from collections.abc import Iterator

from PySide6.QtCore import QRegularExpression, Qt, QUrl, Signal
from PySide6.QtGui import (
    QDesktopServices,
    QFocusEvent,
    QFont,
    QGuiApplication,
    QTextCursor,
    QTextOption,
    QWheelEvent,
)
from PySide6.QtWidgets import QFrame, QMessageBox, QTextBrowser, QTextEdit, QWidget

from eventglass.app.models.text_markup import is_open_link
from eventglass.app.models.text_presenting import Presented
from eventglass.app.models.theme import CODE_FAMILY, Theme
from eventglass.app.models.tool_tips import plain_tip

#: Matches that are marked at most.
_MOST_MARKS = 500
#: Colours of code on a light and on a dark ground.
_CODE = {
    False: {
        "keyword": "#8a3ffc",
        "string": "#0f7b45",
        "number": "#b4530a",
        "comment": "#66758a",
        "name": "#1f5fd0",
        "added": "#0f7b45",
        "removed": "#c4314b",
    },
    True: {
        "keyword": "#c4a0ff",
        "string": "#7fd49b",
        "number": "#f0b26b",
        "comment": "#8b95a7",
        "name": "#86b1ff",
        "added": "#7fd49b",
        "removed": "#ff8fa3",
    },
}


class TextPage(QTextBrowser):
    """Shows a `Presented` text."""

    #: The focus came to it.
    focused = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._shown: Presented | None = None
        self._wrap = True
        self._takes_wheel = False
        self._pattern: re.Pattern[str] | None = None
        self._marks: list[QTextCursor] = []
        self._mark = -1
        self.setObjectName("textPage")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setOpenLinks(False)
        self.setOpenExternalLinks(False)
        self.setUndoRedoEnabled(False)
        self.setTabStopDistance(4 * self.fontMetrics().horizontalAdvance(" ") * 2)
        self.document().setDocumentMargin(12)
        self.anchorClicked.connect(self.ask_to_open)
        self.highlighted.connect(self._tell_target)

    # -- what is shown

    def show_text(self, shown: Presented, *, wrap: bool = True) -> None:
        """Show a text; nothing happens when it is there already."""
        if shown == self._shown and wrap == self._wrap:
            return
        same_place = self._shown is not None and self._shown.starts == shown.starts
        at = self.verticalScrollBar().value() if same_place and shown == self._shown else 0
        self._shown, self._wrap = shown, wrap
        self._render()
        self.verticalScrollBar().setValue(at)

    def restyle(self) -> None:
        """Show the same in the theme's colours as they are now."""
        if self._shown is not None:
            at = self.verticalScrollBar().value()
            self._render()
            self.verticalScrollBar().setValue(at)

    def clear_text(self) -> None:
        """Show nothing."""
        self._shown = None
        self._marks, self._mark = [], -1
        self.clear()

    def shown(self) -> Presented | None:
        """What is shown."""
        return self._shown

    def set_takes_wheel(self, takes: bool) -> None:
        """Whether the wheel scrolls the text even without the focus."""
        self._takes_wheel = takes

    def _render(self) -> None:
        shown = self._shown
        assert shown is not None
        self.document().setDefaultStyleSheet(page_style(self._theme))
        modes = QTextOption.WrapMode
        mode = modes.WrapAtWordBoundaryOrAnywhere if self._wrap else modes.NoWrap
        if shown.is_html:
            self.setWordWrapMode(modes.WrapAtWordBoundaryOrAnywhere)
            self.document().setDefaultFont(_exact(self._theme.font()))
            self.setHtml(shown.body)
        else:
            self.setWordWrapMode(mode)
            self.document().setDefaultFont(_exact(self._theme.font(12, code=True)))
            self.setPlainText(shown.body)
        self._find_marks()

    # -- matches of a search

    def set_pattern(self, pattern: re.Pattern[str] | None) -> None:
        """Mark what a pattern fits, or with None nothing."""
        if pattern != self._pattern:
            self._pattern = pattern
            self._find_marks()

    def mark_count(self) -> int:
        """How many places are marked."""
        return len(self._marks)

    def go_to_mark(self, step: int) -> bool:
        """Go to the next (1) or previous (−1) marked place; False when there is none."""
        place = self._mark + step if self._mark >= 0 else (0 if step > 0 else len(self._marks) - 1)
        if not 0 <= place < len(self._marks):
            return False
        self._mark = place
        cursor = QTextCursor(self._marks[place])
        cursor.setPosition(cursor.selectionStart())
        self.setTextCursor(cursor)
        self.ensureCursorVisible()
        self._show_marks()
        return True

    def _find_marks(self) -> None:
        self._marks, self._mark = [], -1
        if self._pattern is not None and self._shown is not None:
            for cursor in _found(self, self._pattern):
                self._marks.append(cursor)
                if len(self._marks) >= _MOST_MARKS:
                    break
        self._show_marks()

    def _show_marks(self) -> None:
        made = []
        for number, cursor in enumerate(self._marks):
            one = QTextEdit.ExtraSelection()
            one.cursor = cursor
            alpha = 0.75 if number == self._mark else 0.35
            one.format.setBackground(self._theme.colour("warning", alpha))
            made.append(one)
        self.setExtraSelections(made)

    # -- nothing from outside

    def loadResource(self, _kind: int, _name: QUrl | str) -> object:
        """Load nothing, from nowhere."""
        return None

    def ask_to_open(self, target: QUrl) -> bool:
        """Ask whether to open a link; return whether it was opened."""
        text = target.toString(QUrl.ComponentFormattingOption.FullyEncoded)
        if not is_open_link(text):
            return False
        box = QMessageBox(self)
        box.setWindowTitle("Open a link")
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setText("This link stands in the log. Open it with another program?")
        box.setInformativeText(text if len(text) < 400 else text[:400] + "…")
        opened = box.addButton("Open", QMessageBox.ButtonRole.AcceptRole)
        copied = box.addButton("Copy the address", QMessageBox.ButtonRole.ActionRole)
        cancel = box.addButton(QMessageBox.StandardButton.Cancel)
        box.setDefaultButton(cancel)
        box.exec()
        chosen = box.clickedButton()
        box.deleteLater()
        if chosen is copied:
            QGuiApplication.clipboard().setText(text)
        return chosen is opened and QDesktopServices.openUrl(target)

    def _tell_target(self, target: QUrl) -> None:
        text = target.toString(QUrl.ComponentFormattingOption.FullyEncoded)
        self.setToolTip(plain_tip(text if len(text) < 200 else text[:200] + "…"))

    # -- Qt

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Scroll the text while it has the focus, else the page it lies on."""
        if self._takes_wheel or self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Tell of it."""
        super().focusInEvent(event)
        self.focused.emit()


def page_style(theme: Theme) -> str:
    """Style sheet of texts in the theme's colours."""
    muted = theme.tokens.text_muted
    raised, border = theme.tokens.raised, theme.tokens.border
    gone, new = _tints(theme, "danger"), _tints(theme, "positive")
    code = f'font-family: "{CODE_FAMILY}"; font-size: 12px;'
    rules = [
        "p { margin-top: 0px; margin-bottom: 8px; }",
        "p.h1 { font-size: 19px; font-weight: 600; margin-top: 4px; margin-bottom: 8px; }",
        "p.h2 { font-size: 16px; font-weight: 600; margin-top: 8px; margin-bottom: 6px; }",
        "p.h3 { font-size: 14px; font-weight: 600; margin-top: 8px; margin-bottom: 4px; }",
        "p.h4, p.h5, p.h6 { font-weight: 600; margin-top: 6px; margin-bottom: 4px; }",
        "strong, b { font-weight: 600; }",
        "ul, ol { margin-top: 0px; margin-bottom: 8px; }",
        "blockquote { margin-left: 16px; margin-right: 16px; }",
        f"blockquote p, blockquote li {{ color: {muted}; }}",
        f"code, kbd {{ {code} background-color: {raised}; }}",
        f"pre {{ {code} margin: 0px; }}",
        f"table.code {{ background-color: {raised}; margin-bottom: 8px; }}",
        f"table.data {{ border-collapse: collapse; border: 1px solid {border};"
        " margin-bottom: 8px; }",
        f"table.data td, table.data th {{ border: 1px solid {border}; }}",
        f"table.data th {{ background-color: {raised}; font-weight: 600; }}",
        f"a {{ color: {theme.tokens.accent}; }}",
        f"table.diff td {{ {code} white-space: pre-wrap; }}",
        f"table.diff td.number {{ color: {muted}; white-space: pre;"
        " padding-left: 8px; padding-right: 8px; }",
        f"table.diff td.skipped {{ color: {muted}; background-color: {raised}; }}",
        f"table.diff td.none {{ background-color: {raised}; }}",
        f"table.diff td.gone {{ background-color: {gone[0]}; }}",
        f"table.diff td.new {{ background-color: {new[0]}; }}",
        f"span.gone {{ background-color: {gone[1]}; }}",
        f"span.new {{ background-color: {new[1]}; }}",
    ]
    rules += [f"span.{name} {{ color: {colour}; }}" for name, colour in _CODE[theme.dark].items()]
    return "\n".join(rules)


def _exact(font: QFont) -> QFont:
    """A font without ligatures: what was logged is read letter by letter."""
    made = QFont(font)
    for feature in ("calt", "liga"):
        made.setFeature(QFont.Tag(feature), 0)
    return made


def _tints(theme: Theme, token: str) -> tuple[str, str]:
    """A faint and a clear tint of a colour on the ground of texts."""
    ground, colour = theme.colour("surface"), theme.colour(token)
    made = []
    for share in (0.10, 0.34) if not theme.dark else (0.14, 0.42):
        pairs = (
            (ground.red(), colour.red()),
            (ground.green(), colour.green()),
            (ground.blue(), colour.blue()),
        )
        mixed = (round((1 - share) * below + share * above) for below, above in pairs)
        made.append("#" + "".join(f"{part:02x}" for part in mixed))
    return made[0], made[1]


def _found(page: QTextBrowser, pattern: re.Pattern[str]) -> Iterator[QTextCursor]:
    """Places a pattern fits, block by block."""
    options = QRegularExpression.PatternOption
    ignores = bool(pattern.flags & re.IGNORECASE)
    option = options.CaseInsensitiveOption if ignores else options.NoPatternOption
    wanted = QRegularExpression(pattern.pattern, option)
    if not wanted.isValid():
        wanted = QRegularExpression(QRegularExpression.escape(pattern.pattern), option)
    cursor = QTextCursor(page.document())
    while True:
        cursor = page.document().find(wanted, cursor)
        if cursor.isNull():
            return
        if not cursor.hasSelection():
            # It fits nothing as well as something.
            if not cursor.movePosition(QTextCursor.MoveOperation.NextCharacter):
                return
            continue
        yield QTextCursor(cursor)
