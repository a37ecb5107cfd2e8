"""TextCard: the text of a tag in a run at a step, a list of all its steps, or both."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QWidget

from eventglass.app.core.store import Series
from eventglass.app.models.entries import Entries
from eventglass.app.models.text_presenting import Presented
from eventglass.app.models.text_previews import TextPreviews
from eventglass.app.models.theme import Theme
from eventglass.app.models.words import count_text
from eventglass.widgets.controls.buttons import IconButton
from eventglass.widgets.controls.step_slider import StepSlider
from eventglass.widgets.views.tag_card import TagCard
from eventglass.widgets.views.text_page import TextPage
from eventglass.widgets.views.text_steps import StepList

#: Width of the list beside a text that fills the view.
LIST_PX = 260


class TextCard(TagCard):
    """What a card shows follows `show_layout`."""

    #: Another part of a long text is wanted: its number.
    part_asked = Signal(int)

    def __init__(self, theme: Theme, previews: TextPreviews, parent: QWidget) -> None:
        self.page = TextPage(theme)
        self.steps = StepList(theme, previews)
        self._line = QFrame()
        self._line.setObjectName("line")
        self._line.setFixedWidth(1)
        body = QWidget()
        row = QHBoxLayout(body)
        row.setContentsMargins(0, 2, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.steps)
        row.addWidget(self._line)
        row.addWidget(self.page, 1)
        super().__init__(theme, body, parent)
        self.entries: Entries | None = None
        #: Index in the series of what is shown or asked for, -1 for nothing.
        self.index = -1
        self.offset = 0
        self.parts = PartBar(theme)
        self.parts.asked.connect(self.part_asked)
        self.slider = StepSlider(theme, self)
        self._slider_row = QWidget()
        margins = QHBoxLayout(self._slider_row)
        margins.setContentsMargins(12, 0, 8, 2)
        margins.addWidget(self.slider)
        self.column.addWidget(self.parts)
        self.column.addWidget(self._slider_row)
        self.page.focused.connect(self.tell_reached)
        self.steps.focused.connect(self.tell_reached)
        self.show_layout(listed=False, full=False)

    def show_layout(self, *, listed: bool, full: bool) -> None:
        """Show the text at a step, or ``listed`` all steps; both where it fills the view."""
        several = self.entries is not None and len(self.entries) > 1
        beside = full and several
        self.steps.setVisible((listed and not full) or beside)
        self.page.setVisible(full or not listed)
        self._line.setVisible(beside)
        policy = QSizePolicy.Policy
        if full:
            self.steps.setFixedWidth(min(LIST_PX, max(180, self.width() // 3)))
        else:
            self.steps.setMinimumWidth(0)
            self.steps.setMaximumWidth(16777215)
        self.steps.setSizePolicy(policy.Expanding, policy.Expanding)
        self._slider_row.setVisible(full or not listed)
        self.page.set_takes_wheel(full)
        if self.steps.isHidden():
            self.steps.set_entries(None, None, -1)

    def show_entries(self, series: Series, entries: Entries, place: int) -> None:
        """Show which steps there are."""
        self.entries = entries
        if not self.steps.isHidden():
            self.steps.set_entries(series, entries, place)

    def show_text(self, shown: Presented, wrap: bool) -> None:
        """Show a text, or say that there is none."""
        self.parts.show_part(shown)
        if shown.body.strip():
            self.show_message("")
            self.show_notes([shown.note] if shown.note else [])
            self.page.show_text(shown, wrap=wrap)
        else:
            self.page.clear_text()
            self.show_notes([])
            self.show_message(shown.note or "Nothing to see in this part")

    def show_failure(self, text: str) -> None:
        """Say what is wrong with the entry."""
        self.page.clear_text()
        self.parts.hide()
        self.show_notes([])
        self.show_message(text, with_bytes=True)

    def show_nothing(self) -> None:
        """Forget what was shown."""
        self.page.clear_text()
        self.parts.hide()
        self.show_message("")
        self.show_notes([])
        self.index = -1


class PartBar(QWidget):
    """Which part of a long text is shown, and the way to the others."""

    #: Another part is wanted: its number, from 0.
    asked = Signal(int)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shown: Presented | None = None
        self._text = QLabel()
        self._text.setObjectName("muted")
        self._text.setFont(theme.font(12, tabular=True))
        buttons = [
            IconButton(theme, glyph, text, parent=self)
            for glyph, text in (("chevron-up", "Part before"), ("chevron-down", "Next part"))
        ]
        self._before, self._after = buttons
        for button, by in zip(buttons, (-1, 1), strict=True):
            button.clicked.connect(partial(self.go, by))
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 0, 8, 0)
        row.setSpacing(4)
        row.addWidget(self._text, 1, Qt.AlignmentFlag.AlignLeft)
        row.addWidget(self._before)
        row.addWidget(self._after)
        self.hide()

    def show_part(self, shown: Presented) -> None:
        """Show where one is; hidden where there is only one part."""
        self._shown = shown
        count = len(shown.starts)
        size = count_text(shown.characters, "character")
        self._text.setText(f"Part {shown.part + 1:,} of {count:,} · {size}")
        self._before.setEnabled(shown.part > 0)
        self._after.setEnabled(shown.part + 1 < count)
        self.setVisible(count > 1)

    def text(self) -> str:
        """What stands there, empty while it is hidden."""
        return "" if self.isHidden() else self._text.text()

    def go(self, by: int, _checked: bool = False) -> bool:
        """Ask for another part; False where there is none."""
        shown = self._shown
        if shown is None or not 0 <= shown.part + by < len(shown.starts):
            return False
        self.asked.emit(shown.part + by)
        return True
