"""The graph's part of the inspector: what is selected, and where it leads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QGuiApplication, QPainter, QPaintEvent
from PySide6.QtWidgets import QGridLayout, QLabel, QMenu, QSizePolicy, QVBoxLayout, QWidget

from eventglass.app.core.graphs.diff import Change
from eventglass.app.models.graph_facts import Facts, Link, edge_facts, facts_of, short_name
from eventglass.app.models.graph_measures import formulas_text, measure_rows
from eventglass.app.models.theme import Theme
from eventglass.app.models.tool_tips import plain_tip
from eventglass.app.models.words import count_text, number_text
from eventglass.widgets.controls.item_list import Item, ItemList
from eventglass.widgets.controls.section import FoldSection, LinkButton, Section
from eventglass.widgets.views.graph_signs import GraphSigns

if TYPE_CHECKING:
    from eventglass.widgets.views.graphs import GraphsView

_BAR_ROWS = 12
_BAR_PX = 19
_LONGEST = 1500


class OperationBars(QWidget):
    """How often each operation occurs, as bars."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._counts: tuple[tuple[str, int], ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Operations by number")
        theme.changed.connect(self.update)

    def set_counts(self, counts: Sequence[tuple[str, int]]) -> None:
        """Show operations and their numbers, the most frequent first."""
        shown = tuple(counts[:_BAR_ROWS])
        rest = counts[_BAR_ROWS:]
        if rest:
            shown = (*shown, (count_text(len(rest), "other"), sum(count for _name, count in rest)))
        self._counts = shown
        self.setFixedHeight(max(len(shown), 1) * _BAR_PX)
        self.setAccessibleDescription(", ".join(f"{name} {count}" for name, count in shown))
        self.update()

    def sizeHint(self) -> QSize:
        """As high as its rows."""
        return QSize(160, self.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Names, bars, numbers."""
        theme = self._theme
        most = max((count for _name, count in self._counts), default=1)
        middle = Qt.AlignmentFlag.AlignVCenter
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            name_px = self.width() * 0.5
            metrics = QFontMetricsF(theme.font(12, tabular=True))
            number_px = metrics.horizontalAdvance(number_text(most)) + 10
            for row, (name, count) in enumerate(self._counts):
                top = row * _BAR_PX
                painter.setFont(theme.font(12))
                painter.setPen(theme.colour("text"))
                box = QRectF(0, top, name_px - 6, _BAR_PX)
                elide = Qt.TextElideMode.ElideMiddle
                text = painter.fontMetrics().elidedText(name, elide, int(box.width()))
                painter.drawText(box, middle, text)
                painter.setFont(theme.font(12, tabular=True))
                painter.setPen(theme.colour("text_muted"))
                right = QRectF(0, top, self.width(), _BAR_PX)
                painter.drawText(right, middle | Qt.AlignmentFlag.AlignRight, number_text(count))
                room = self.width() - name_px - number_px
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(theme.colour("accent", 0.55))
                wide = max(room * count / most, 1.5)
                painter.drawRoundedRect(QRectF(name_px, top + 5, wide, _BAR_PX - 10), 2, 2)


class LinksSection(FoldSection):
    """A list of nodes one can go to."""

    #: The item to go to.
    gone = Signal(int)

    def __init__(self, theme: Theme, title: str, *, folded: bool = False) -> None:
        super().__init__(theme, title, folded=folded)
        self._links: tuple[Link, ...] = ()
        self.list = ItemList(theme, title, edit_icon="", removable=False)
        self.list.activated_key.connect(self._go)
        self.list.menu_opening.connect(self._fill_menu)
        self.add_widget(self.list)

    def set_links(self, links: Sequence[Link], total: int | None = None, near: str = "") -> None:
        """Show these; hidden without any. Names are told from where `near` is."""
        self._links = tuple(links)
        self.setVisible(bool(links))
        self.list.set_items(
            [
                Item(str(i), short_name(link.title, near), link.detail or link.tip, "", _tip(link))
                for i, link in enumerate(links)
            ]
        )
        self.set_note(number_text(len(links) if total is None else total))

    def _go(self, key: str) -> None:
        item = self._links[int(key)].item
        if item >= 0:
            self.gone.emit(item)

    def _fill_menu(self, menu: QMenu, key: str) -> None:
        title = self._links[int(key)].title
        menu.addAction("Copy the name", lambda: QGuiApplication.clipboard().setText(title))


class GraphInspector(QWidget):
    """What is selected in the graph."""

    def __init__(self, view: GraphsView) -> None:
        super().__init__()
        theme = view.context.theme
        self._view = view
        self._theme = theme
        self.facts: Facts | None = None
        self.head = Section()
        self.title = QLabel()
        self.title.setObjectName("sectionTitle")
        self.title.setWordWrap(True)
        self.title.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.kind = QLabel()
        self.kind.setObjectName("small")
        self.name = QLabel()
        self.name.setObjectName("small")
        self.name.setWordWrap(True)
        self.name.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        for widget in (self.kind, self.title, self.name):
            widget.setTextFormat(Qt.TextFormat.PlainText)
            self.head.add_widget(widget)
        self._grid = _grid()
        self.head.add_layout(self._grid)
        self.toggle = LinkButton(theme, "Open", "chevron-down")
        self.focus = LinkButton(theme, "Show alone", "target")
        self.toggle.clicked.connect(view.toggle_selected)
        self.focus.clicked.connect(view.focus_selected)
        self.head.add_widget(self.toggle)
        self.head.add_widget(self.focus)
        self.operations = FoldSection(theme, "Operations")
        self.bars = OperationBars(theme)
        self.operations.add_widget(self.bars)
        self.measures = FoldSection(theme, "Parameters and cost")
        self.measures.setToolTip(formulas_text())
        self._measures_grid = _grid()
        self.measures.add_layout(self._measures_grid)
        self.remarks = FoldSection(theme, "Remarks")
        self.remarks_text = QLabel()
        self.remarks_text.setWordWrap(True)
        self.remarks_text.setTextFormat(Qt.TextFormat.PlainText)
        self.remarks_text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.remarks.add_widget(self.remarks_text)
        self.signs = FoldSection(theme, "Signs", folded=True)
        self.signs.add_widget(GraphSigns(theme))
        self.changes = FoldSection(theme, "Changes")
        self._changes_grid = _grid()
        self.changes.add_layout(self._changes_grid)
        self.attributes = FoldSection(theme, "Attributes")
        self.attribute_list = ItemList(theme, "Attributes", edit_icon="", removable=False)
        self.attribute_list.menu_opening.connect(self._attribute_menu)
        self.attributes.add_widget(self.attribute_list)
        self.inputs = LinksSection(theme, "Inputs")
        self.outputs = LinksSection(theme, "Outputs")
        self.controls = LinksSection(theme, "Control inputs", folded=True)
        self.dependents = LinksSection(theme, "Controls", folded=True)
        self.usages = LinksSection(theme, "Function")
        self.bundle = LinksSection(theme, "Edge")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.head)
        for section in (
            self.bundle,
            self.remarks,
            self.changes,
            self.operations,
            self.measures,
            self.inputs,
            self.outputs,
            self.usages,
            self.attributes,
            self.controls,
            self.dependents,
            self.signs,
        ):
            column.addWidget(section)
        for links in (
            self.inputs,
            self.outputs,
            self.controls,
            self.dependents,
            self.usages,
            self.bundle,
        ):
            links.gone.connect(view.go_to)
        self.measures.hide()
        self.changes.hide()
        self.sync()

    def sync(self) -> None:
        """Show what is selected."""
        view = self._view
        hierarchy, item = view.model.hierarchy, view.model.selected
        edge = view.canvas.edge
        scene = None if view.model.picture is None else view.model.picture.scene
        self.bundle.hide()
        if scene is not None and 0 <= edge < len(scene.sources):
            title, links = edge_facts(scene, edge)
            self._show_head("Edge", title, "", ())
            self.bundle.set_links([_shortened(link) for link in links])
            self._show_facts(None)
            return
        if hierarchy is None or item < 0:
            self._show_nothing()
            self._show_facts(None)
            return
        facts = facts_of(hierarchy, item)
        name = facts.name if facts.name != facts.title else ""
        self._show_head(facts.kind, facts.title, name, facts.rows)
        self._show_facts(facts)

    def _show_measures(self, item: int) -> None:
        """Parameters, bytes and operations, once they are known."""
        hierarchy, measures = self._view.model.hierarchy, self._view.measures
        rows: list[tuple[str, str]] = []
        if hierarchy is not None and measures is not None and self._view.canvas.edge < 0:
            rows = measure_rows(hierarchy, measures, item)
        self.measures.setVisible(bool(rows))
        _fill(self._measures_grid, rows)

    def _show_changes(self, facts: Facts | None) -> None:
        """What is different about a node from the graph it is compared with."""
        reading = self._view.model.reading
        rows: list[tuple[str, str]] = []
        if facts is not None and reading is not None and reading.difference is not None:
            difference = reading.difference
            if not self._view.model.is_group(facts.item):
                change = Change(int(difference.nodes[facts.item]))
                rows.append(("Node", change.name.lower()))
                rows += [
                    (what, f"{before or 'nothing'} → {after or 'nothing'}")
                    for what, before, after in difference.details(facts.item)[:50]
                ]
            else:
                nodes = reading.hierarchy.nodes_of(facts.item)
                kinds = difference.nodes[nodes].tolist()
                rows = [
                    (change.name.capitalize(), count_text(kinds.count(change), "node"))
                    for change in Change
                    if change in kinds
                ]
        self.changes.setVisible(bool(rows))
        _fill(self._changes_grid, rows)

    def _show_nothing(self) -> None:
        model = self._view.model
        graph = model.graph
        if graph is None:
            self._show_head("", "No graph", "", ())
            return
        rows = [
            ("Nodes", number_text(graph.main_count)),
            ("Edges", number_text(graph.edge_count)),
            ("Operations", f"{number_text(len(graph.op_names))} kinds"),
        ]
        if graph.functions:
            rows.append(("Functions", number_text(len(graph.functions))))
        self._show_head("Graph", model.source.tag_title if model.source else "", "", tuple(rows))

    def _show_facts(self, facts: Facts | None) -> None:
        self.facts = facts
        self._show_measures(-1 if facts is None else facts.item)
        model = self._view.model
        self._show_changes(facts)
        self.signs.setVisible(facts is None and model.graph is not None)
        problems = model.graph.problems if facts is None and model.graph is not None else ()
        self.remarks.setVisible(bool(problems) and self._view.canvas.edge < 0)
        self.remarks_text.setText("\n\n".join(map(_breakable, problems)))
        group = facts is not None and model.is_group(facts.item)
        self.toggle.setVisible(group)
        self.focus.setVisible(group)
        if facts is not None and group:
            is_open = model.is_open(facts.item)
            self.toggle.setText("Close" if is_open else "Open")
        hierarchy = model.hierarchy
        counts = facts.operations if facts is not None else ()
        if facts is None and hierarchy is not None and self._view.canvas.edge < 0:
            counts = tuple(hierarchy.op_counts(-1))
        self.operations.setVisible(bool(counts))
        self.bars.set_counts(counts)
        self.operations.set_note(count_text(len(counts), "kind"))
        empty: tuple[Link, ...] = ()
        near = facts.name if facts else ""
        self.inputs.set_links(
            facts.inputs if facts else empty, facts.input_count if facts else 0, near
        )
        self.outputs.set_links(
            facts.outputs if facts else empty, facts.output_count if facts else 0, near
        )
        self.controls.set_links(facts.controls if facts else empty, None, near)
        self.dependents.set_links(facts.dependents if facts else empty, None, near)
        self.usages.set_links(facts.usages if facts else empty)
        attributes = facts.attributes if facts else ()
        self.attributes.setVisible(bool(attributes))
        self.attributes.set_note(number_text(len(attributes)))
        self.attribute_list.set_items(
            [
                Item(key, key, text, "", plain_tip(f"{key}\n{full[:2000]}"))
                for key, text, full in attributes
            ]
        )

    def _show_head(self, kind: str, title: str, name: str, rows: Sequence[tuple[str, str]]) -> None:
        self.kind.setText(kind)
        self.kind.setVisible(bool(kind))
        self.title.setText(_breakable(title))
        self.name.setText(_breakable(name))
        self.name.setVisible(bool(name))
        _fill(self._grid, rows)

    def _attribute_menu(self, menu: QMenu, key: str) -> None:
        facts = self.facts
        full = next((each[2] for each in facts.attributes if each[0] == key), "") if facts else ""
        menu.addAction("Copy the value", lambda: QGuiApplication.clipboard().setText(full))
        menu.addAction(
            "Search nodes with this value",
            lambda: self._view.search_for(f"attr:{key}={full[:80]}"),
        )


def _grid() -> QGridLayout:
    grid = QGridLayout()
    grid.setContentsMargins(0, 4, 0, 0)
    grid.setHorizontalSpacing(12)
    grid.setVerticalSpacing(3)
    grid.setColumnStretch(1, 1)
    return grid


def _fill(grid: QGridLayout, rows: Sequence[tuple[str, str]]) -> None:
    """Show names and values instead of what was there."""
    while grid.count():
        taken = grid.takeAt(0)
        widget = taken.widget() if taken is not None else None
        if widget is not None:
            widget.hide()
            widget.deleteLater()
    for number, (key, value) in enumerate(rows):
        label, text = QLabel(), QLabel()
        for each, words in ((label, key), (text, _breakable(value))):
            # What stands in a log is text, whatever it looks like.
            each.setTextFormat(Qt.TextFormat.PlainText)
            each.setText(words)
        label.setObjectName("muted")
        label.setAlignment(Qt.AlignmentFlag.AlignTop)
        text.setWordWrap(True)
        text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        grid.addWidget(label, number, 0)
        grid.addWidget(text, number, 1)
        label.show()
        text.show()


def _shortened(link: Link) -> Link:
    """A link of an edge: both ends told by their last words."""
    source, arrow, target = link.title.partition(" → ")
    title = f"{short_name(source, '', 18)}{arrow}{short_name(target, '', 18)}"
    return replace(link, title=title, tip=f"{link.title}\n{link.tip}".strip())


def _tip(link: Link) -> str:
    return plain_tip("\n".join(part for part in (link.title, link.tip, link.detail) if part))


def _breakable(text: str) -> str:
    """A long name may break after a slash; of an endless one the end is left out."""
    if len(text) > _LONGEST:
        text = f"{text[:_LONGEST]}…"
    return text.replace("/", "/\u200b").replace("_", "_\u200b") if len(text) > 24 else text
