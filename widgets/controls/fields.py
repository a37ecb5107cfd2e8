"""Fields one types into, and the message under a field that can't be taken as it is."""

from __future__ import annotations

import math
import re
from collections.abc import Callable

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLabel, QLineEdit, QSizePolicy, QWidget


class NumberBox(QLineEdit):
    """Shows a number beside its slider and takes a typed one."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("numberBox")
        self.setAccessibleName(name)
        self.setFixedSize(46, 24)
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)

    def show_number(self, value: float) -> None:
        """Show a value with two or three digits, unless one is being typed."""
        if not self.isModified() or not self.hasFocus():
            text = f"{value:.2f}" if round(value, 2) == round(value, 4) else f"{value:.3f}"
            self.setText(text)
            self.setModified(False)


class TextField(QLineEdit):
    """A line of text; Escape takes back what was typed. `mark` tells that it can't be taken."""

    #: Return was pressed or the field was left, and the text is another one: the text.
    committed = Signal(str)

    def __init__(self, name: str, placeholder: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._known = ""
        self.setAccessibleName(name)
        self.setPlaceholderText(placeholder)
        self.setFixedHeight(26)
        self.editingFinished.connect(self._commit)

    def show_text(self, text: str) -> None:
        """Show a text without telling of it, unless one is being typed."""
        if self.hasFocus() and self.text() != self._known:
            self._known = text
            return
        self._known = text
        if self.text() != text:
            self.setText(text)
            # Of a text that is too long the beginning shows.
            self.setCursorPosition(0)

    def mark(self, message: str) -> None:
        """Mark the text as one that can't be taken, with the reason; empty: it can."""
        self.setAccessibleDescription(message)
        if bool(self.property("invalid")) != bool(message):
            self.setProperty("invalid", bool(message))
            self.style().polish(self)

    @property
    def is_marked(self) -> bool:
        """Whether the text can't be taken."""
        return bool(self.property("invalid"))

    def event(self, event: QEvent) -> bool:
        """Escape belongs to the field while something is being typed."""
        if (
            isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.ShortcutOverride
            and event.key() == Qt.Key.Key_Escape
            and self.text() != self._known
        ):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape takes back what was typed."""
        if event.key() == Qt.Key.Key_Escape and self.text() != self._known:
            self.setText(self._known)
            self.textEdited.emit(self._known)
            return
        super().keyPressEvent(event)

    def _commit(self) -> None:
        if self.text() != self._known:
            self.committed.emit(self.text())


class NumberField(TextField):
    """Takes a number, or nothing where that means "automatic"."""

    #: A number was typed; None for the empty field.
    number_committed = Signal(object)
    #: The text is no number; why, or empty once it is one again.
    complained = Signal(str)

    def __init__(
        self,
        name: str,
        placeholder: str = "Auto",
        width_px: int = 84,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(name, placeholder, parent)
        self._read: Callable[[str], float | None] = parse_number
        self._write: Callable[[float], str] = plain_number
        self._number: float | None = None
        self.setFixedWidth(width_px)
        self.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.committed.connect(self._take)
        self.textEdited.connect(self._check)

    def set_reader(
        self,
        read: Callable[[str], float | None] | None,
        write: Callable[[float], str] | None = None,
    ) -> None:
        """Read and write numbers in another way, as dates are; None for as numbers.

        A number that ``read`` does not understand may still be typed as such.
        """
        self._read, self._write = read or parse_number, write or plain_number

    def number(self) -> float | None:
        """The number that stands there; None for nothing, and for what is no number."""
        if self.text() == self._known and not self.is_marked:
            return self._number
        return self._parse(self.text())

    def show_number(self, value: float | None) -> None:
        """Show a number, None as the empty field."""
        self._number = value
        self.show_text("" if value is None else self._write(value))
        if not self.hasFocus():
            self.mark("")

    def _parse(self, text: str) -> float | None:
        if not text.strip():
            return None
        found = self._read(text)
        return parse_number(text) if found is None else found

    def _check(self, text: str) -> None:
        if self.is_marked:
            self._judge(text)

    def _take(self, text: str) -> None:
        if self._judge(text):
            self.number_committed.emit(self._parse(text))

    def _judge(self, text: str) -> bool:
        message = ""
        if text.strip() and self._parse(text) is None:
            what = "number" if self._read is parse_number else "date"
            message = f"Not a {what}: nothing was changed"
        self.mark(message)
        self.complained.emit(message)
        return not message


class FieldMessage(QLabel):
    """What is wrong with the field above, or a remark on it; hidden when there is nothing."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("fieldMessage")
        self.setWordWrap(True)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        self.hide()

    def tell(self, text: str, *, wrong: bool = False) -> None:
        """Show a text, in the colour of warnings when something is wrong."""
        self.setText(text)
        self.setVisible(bool(text))
        if bool(self.property("wrong")) != wrong:
            self.setProperty("wrong", wrong)
            self.style().polish(self)


def parse_number(text: str) -> float | None:
    """Return the finite number a text says, None when it says none.

    ``12,400`` is what the window writes for 12400, ``0,5`` a half; ``k``, ``M`` and ``G`` multiply.
    """
    cleaned = "".join(text.split()).replace("−", "-").replace("\u202f", "")
    factor = 1.0
    if cleaned[-1:] in _FACTORS:
        factor = _FACTORS[cleaned[-1]]
        cleaned = cleaned[:-1]
    if _THOUSANDS.fullmatch(cleaned):
        cleaned = cleaned.replace(",", "")
    try:
        value = float(cleaned.replace(",", ".")) * factor
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def plain_number(value: float) -> str:
    """Return a number as one would type it: the shortest text that means it."""
    return str(int(value)) if value == int(value) and abs(value) < 1e15 else repr(value)


_THOUSANDS = re.compile(r"[-+]?[1-9]\d{0,2}(,\d{3})+(\.\d*)?")
_FACTORS = {"k": 1e3, "K": 1e3, "M": 1e6, "G": 1e9}
