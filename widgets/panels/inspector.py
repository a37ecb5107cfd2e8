"""The inspector: the values at the step cursor, then what the active view has to set."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from eventglass.app.core.names import Kind, natural_key
from eventglass.app.models.card_layouts import LOGGED
from eventglass.app.models.cards import Card, card_of_tag
from eventglass.app.models.theme import Theme
from eventglass.app.models.workspace import Workspace
from eventglass.widgets.controls.buttons import IconButton
from eventglass.widgets.controls.data_table import COMPACT_HEAD_PX, COMPACT_ROW_PX
from eventglass.widgets.controls.section import Section
from eventglass.widgets.panels.value_table import ValueTable

if TYPE_CHECKING:
    from eventglass.app.core.store import Changes, LogStore
    from eventglass.widgets.plots.line_book import LineBook

#: The table grows to so many rows, then it scrolls.
MOST_ROWS = 12


class AtStep(QWidget):
    """Values of one tag at the step cursor or over the range, one row per visible run."""

    def __init__(
        self, store: LogStore, workspace: Workspace, theme: Theme, lines: LineBook
    ) -> None:
        super().__init__()
        self._store = store
        self._workspace = workspace
        self._theme = theme
        self._lines = lines
        self._chosen = False
        self._window: TableWindow | None = None
        self.setAccessibleName("Values at the step")
        # Not fixed: the note has lines after the width, and a fixed height knows nothing of that.
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        self.title = QLabel()
        self.title.setObjectName("sectionTitle")
        self.title.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.open_button = IconButton(theme, "table", "Open the whole table", self, size_px=14)
        self.open_button.clicked.connect(self.open_table)
        head = QHBoxLayout()
        head.setContentsMargins(12, 4, 8, 0)
        head.setSpacing(4)
        head.addWidget(self.title, 1)
        head.addWidget(self.open_button)
        self.note = QLabel()
        self.note.setObjectName("small")
        self.note.setContentsMargins(12, 0, 12, 2)
        self.note.setWordWrap(True)
        self.table = ValueTable(store, workspace, theme, lines, self, compact=True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addLayout(head)
        column.addWidget(self.note)
        column.addWidget(self.table)
        self.table.renewed.connect(self._fit)
        workspace.selected_tag_changed.connect(self.set_tag)
        workspace.selected_card_changed.connect(self._card_selected)
        workspace.changed.connect(self._workspace_changed)
        self._fit()

    @property
    def card(self) -> Card | None:
        """The card whose values are shown."""
        return self.table.card

    @property
    def tag(self) -> str:
        """The tag whose values are shown, or the key of a composed card; empty for none."""
        return "" if self.table.card is None else self.table.card.key

    def set_tag(self, tag: str, kind: str) -> None:
        """Show another tag or composed card; what is no scalar is passed over."""
        if kind == Kind.SCALAR:
            self._chosen = True
            self.set_card(self._card_of(tag))

    def _card_selected(self, card: Card) -> None:
        self._chosen = True
        self.set_card(card)

    def set_card(self, card: Card | None) -> None:
        """Show the lines of a card."""
        self.table.set_card(card)
        if self._window is not None:
            self._window.set_card(card)

    def take_changes(self, changes: Changes) -> None:
        """Follow the store."""
        if changes.roots:
            self._chosen = False
        if not self._chosen and (changes.series or changes.roots):
            self._show_most_common()
        self.table.take_changes(changes)
        if self._window is not None:
            self._window.table.take_changes(changes)

    def has_values(self) -> bool:
        """Whether there is anything to show."""
        return self.table.rows.rowCount() > 0

    def open_table(self) -> None:
        """Open the whole table in a window of its own."""
        if self._window is None:
            self._window = TableWindow(
                ValueTable(self._store, self._workspace, self._theme, self._lines), self
            )
        self._window.set_card(self.card)
        self._window.show()
        self._window.raise_()
        self._window.activateWindow()

    def _workspace_changed(self, names: frozenset[str]) -> None:
        if "composed" not in names or self.card is None or not self.card.is_composed:
            return
        if self.card.key.startswith(LOGGED):
            return
        known = {card.key: card for card in self._workspace.state.composed}
        if self.card.key in known:
            self.set_card(known[self.card.key])
        else:
            self._chosen = False
            self._show_most_common()

    def _card_of(self, tag: str) -> Card:
        composed = self._workspace.state.composed
        return next((card for card in composed if card.key == tag), None) or card_of_tag(tag)

    def _most_common(self) -> str:
        # Until the user goes to a tag: the one most runs have, the first by name among equals.
        counts = [(n, tag) for (tag, kind), n in self._store.tags().items() if kind is Kind.SCALAR]
        most = max((count for count, _tag in counts), default=0)
        common = (tag for count, tag in counts if count == most)
        return min(common, key=natural_key, default="")

    def _show_most_common(self) -> None:
        common = self._most_common()
        self.set_card(card_of_tag(common) if common else None)

    def _fit(self) -> None:
        """As high as the rows there are, up to a dozen."""
        rows = self.table.rows.rowCount()
        self.title.setText(self.table.title())
        self.note.setVisible(rows == 0)
        self.open_button.setEnabled(rows > 0)
        if rows == 0:
            missing, advice = self.table.why_empty()
            self.note.setText(f"{missing}: {advice[:1].lower()}{advice[1:]}")
        # Not hidden: it must notice that there are values again.
        height = COMPACT_HEAD_PX + COMPACT_ROW_PX * min(rows, MOST_ROWS) + 2 if rows else 0
        if self.table.height() != height:
            self.table.setFixedHeight(height)


class TableWindow(QWidget):
    """The whole value table, floating."""

    def __init__(self, table: ValueTable, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self.setObjectName("panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.table = table
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 4, 0, 0)
        column.addWidget(table)
        escape = QShortcut(QKeySequence(Qt.Key.Key_Escape), self)
        escape.activated.connect(self.close)
        self.resize(860, 420)

    def set_card(self, card: Card | None) -> None:
        """Show another card."""
        self.table.set_card(card)
        self.setWindowTitle(f"Values of {card.title}" if card is not None else "Values")


class InspectorPanel(QScrollArea):
    """`AtStep` on top, below it what the active view brings."""

    def __init__(
        self, store: LogStore, workspace: Workspace, theme: Theme, lines: LineBook
    ) -> None:
        super().__init__()
        self.setWidgetResizable(True)
        self.setAccessibleName("Inspector")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.at_step = AtStep(store, workspace, theme, lines)
        self._values = section = Section()
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

    def show_content(self, content: QWidget | None, *, with_values: bool = True) -> None:
        """Show the inspector widget of the active view; None for none. Takes it as a child.

        `with_values`: the values of the scalar tag that was looked at stand above it.
        """
        self._values.setVisible(with_values)
        if content is self._shown:
            return
        if self._shown is not None:
            self._shown.hide()
            self._column.removeWidget(self._shown)
        self._shown = content
        if content is not None:
            self._column.insertWidget(1, content)
            content.show()
