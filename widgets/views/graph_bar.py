"""The strip above the canvas: the way back, which graph, the search, and what is in sight."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QWidget

from eventglass.app.models.graph_sources import FORMS, GraphSource
from eventglass.app.models.theme import Theme
from eventglass.app.models.words import count_text, number_text, wall_time_text
from eventglass.widgets.controls.buttons import Choice, IconButton, Segmented
from eventglass.widgets.controls.filter_box import FilterBox
from eventglass.widgets.controls.picker import Picker

_MOST_CRUMBS = 6
PAGES = (("graph", "Graph"), ("table", "Table"))


class GraphBar(QWidget):
    """Chooses a graph; tells what is typed into the search."""

    #: Another graph is wanted: a `GraphSource`.
    source_chosen = Signal(object)
    #: A file is to be opened.
    file_asked = Signal()
    #: A file is to be compared with.
    other_file_asked = Signal()
    back_asked = Signal()
    forward_asked = Signal()
    page_chosen = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._sources: tuple[GraphSource, ...] = ()
        self._names: dict[int, str] = {}
        self._source: GraphSource | None = None
        self._entries: tuple[tuple[int, float], ...] = ()
        self.back = IconButton(theme, "back", "Back (Alt+Left)", self)
        self.forward = IconButton(theme, "arrow-right", "Forward (Alt+Right)", self)
        self.back.clicked.connect(self.back_asked)
        self.forward.clicked.connect(self.forward_asked)
        self.run = Picker(theme, "Run", self._runs, "No run", widest_px=200)
        self.tag = Picker(theme, "Tag", self._tags, "No graph", widest_px=200)
        self.entry = Picker(theme, "Entry", self._entry_choices, "Last", widest_px=130)
        self.entry.setToolTip("Which of the graphs that were logged under this tag")
        self.entry.chosen.connect(self._entry_chosen)
        self.form = Choice(theme, "What is made of it", ())
        self.against = Picker(theme, "Compare with", self._others, "Compare…", widest_px=170)
        self.against.chosen.connect(self._against_chosen)
        self.open_file = IconButton(theme, "folder-open", "Open a graph from a file…", self)
        self.open_file.clicked.connect(self.file_asked)
        self.run.chosen.connect(self._run_chosen)
        self.tag.chosen.connect(self._tag_chosen)
        self.form.chosen.connect(self._form_chosen)
        self.search = FilterBox(theme, "Search nodes", ".*")
        self.search.setMinimumWidth(120)
        self.search.setMaximumWidth(300)
        self.search.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.search.setToolTip(
            "Name, a regular expression; op:Conv2D, device:gpu, shape:32×28, attr:padding=SAME"
        )
        self.page = Segmented(theme, "Picture or table", PAGES)
        self.page.chosen.connect(self.page_chosen)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 6, 12, 6)
        row.setSpacing(6)
        row.addWidget(self.back)
        row.addWidget(self.forward)
        row.addSpacing(4)
        row.addWidget(self.run)
        row.addWidget(self.tag)
        row.addWidget(self.entry)
        row.addWidget(self.form)
        row.addWidget(self.against)
        row.addWidget(self.open_file)
        row.addStretch(1)
        row.addWidget(self.search, 3)
        row.addWidget(self.page)

    def set_sources(
        self,
        sources: Sequence[GraphSource],
        names: dict[int, str],
        source: GraphSource | None,
        entries: Sequence[tuple[int, float]] = (),
    ) -> None:
        """Show which graphs there are and which one is shown.

        Parameters
        ----------
        names
            Of runs, by id.
        entries
            Step and wall time of each entry of the series that is shown.
        """
        self._sources, self._names, self._source = tuple(sources), names, source
        self._entries = tuple(entries)
        self._show()

    def set_history(self, back: bool, forward: bool) -> None:
        """Whether there is a way back, and forward."""
        self.back.setEnabled(back)
        self.forward.setEnabled(forward)

    def _show(self) -> None:
        source = self._source
        run_id = -1 if source is None else source.run_id
        in_file = source is not None and bool(source.path)
        name = "File" if in_file else self._names.get(run_id, "")
        self.run.set_value(str(run_id) if source is not None else "", name)
        self.tag.set_value("x" if source is not None else "", source.tag_title if source else "")
        runs = {each.run_id for each in self._sources}
        self.run.setVisible(len(runs) > 1 or in_file)
        entry = -1 if source is None else source.entry
        self.entry.setVisible(len(self._entries) > 1)
        self.entry.set_value("x" if entry >= 0 else "", self._entry_text(entry))
        against = None if source is None else source.against
        text = "" if against is None else f"since {self._place(against)}"
        self.against.set_value("x" if against is not None else "", text)
        self.against.setVisible(source is not None)
        forms = [] if source is None else self._forms(source)
        self.form.clear()
        for form in forms:
            self.form.addItem(FORMS[form], form)
        self.form.set_value(source.form if source is not None else "")
        self.form.setVisible(len(forms) > 1)

    def _entry_text(self, entry: int) -> str:
        if not 0 <= entry < len(self._entries):
            return ""
        return f"{entry + 1}, step {number_text(self._entries[entry][0])}"

    def _entry_choices(self) -> Sequence[tuple[str, str, str]]:
        last = len(self._entries) - 1
        return [
            ("-1", f"Last ({self._entry_text(last)})", wall_time_text(self._entries[last][1])),
            *(
                (str(entry), self._entry_text(entry), wall_time_text(wall_time))
                for entry, (_step, wall_time) in enumerate(self._entries)
            ),
        ]

    def _entry_chosen(self, value: str) -> None:
        if self._source is not None:
            self.source_chosen.emit(replace(self._source, entry=int(value)))

    def _compared(self) -> list[GraphSource]:
        """What the graph can be compared with: all others, and other entries of its series."""
        if self._source is None:
            return []
        now = replace(self._source, against=None)
        own: list[GraphSource] = []
        if len(self._entries) > 1:
            last = len(self._entries) - 1
            shown = last if now.entry < 0 else now.entry
            own = [replace(now, entry=entry) for entry in range(last + 1) if entry != shown]
        others = [each for each in self._sources if each != replace(now, entry=-1)]
        # What one compares with most: the run's other graphs, then the same graph of other runs.
        others.sort(
            key=lambda each: (
                each.run_id != now.run_id,
                (each.tag, each.form) != (now.tag, now.form),
            )
        )
        return own + others

    def _others(self) -> Sequence[tuple[str, str, str]]:
        found = [
            (str(number), self._place(each), FORMS[each.form])
            for number, each in enumerate(self._compared())
        ]
        found.append(("file", "A file…", "GraphDef, saved model or Keras model"))
        if self._source is not None and self._source.against is not None:
            found.insert(0, ("-1", "No comparison", ""))
        return found

    def _place(self, source: GraphSource) -> str:
        if source.path:
            return source.tag_title
        name = f"{self._names.get(source.run_id, '')} · {source.tag_title}"
        return f"{name} · {self._entry_text(source.entry)}" if source.entry >= 0 else name

    def _against_chosen(self, value: str) -> None:
        if self._source is None:
            return
        if value == "file":
            self.other_file_asked.emit()
            return
        other = self._compared()[int(value)] if int(value) >= 0 else None
        self.source_chosen.emit(replace(self._source, against=other))

    def _forms(self, source: GraphSource) -> list[str]:
        if source.path:
            return []
        same = (source.run_id, source.tag)
        return [each.form for each in self._sources if (each.run_id, each.tag) == same]

    def _runs(self) -> Sequence[tuple[str, str, str]]:
        seen: dict[int, int] = {}
        for source in self._sources:
            seen[source.run_id] = seen.get(source.run_id, 0) + 1
        return [
            (str(run_id), self._names.get(run_id, str(run_id)), count_text(count, "graph"))
            for run_id, count in seen.items()
        ]

    def _tags(self) -> Sequence[tuple[str, str, str]]:
        run_id = self._source.run_id if self._source is not None else -1
        if run_id < 0 and self._sources:
            run_id = self._sources[0].run_id
        tags: dict[str, list[str]] = {}
        for each in self._sources:
            if each.run_id == run_id:
                tags.setdefault(each.tag, []).append(FORMS[each.form].lower())
        return [
            (f"{run_id}\0{tag}", _title_of(self._sources, tag), ", ".join(forms))
            for tag, forms in tags.items()
        ]

    def _run_chosen(self, value: str) -> None:
        own = [each for each in self._sources if str(each.run_id) == value]
        now = self._source
        same = [
            each for each in own if now is not None and (each.tag, each.form) == (now.tag, now.form)
        ]
        if own:
            self.source_chosen.emit((same or own)[0])

    def _tag_chosen(self, value: str) -> None:
        run, _, tag = value.partition("\0")
        for each in self._sources:
            if (str(each.run_id), each.tag) == (run, tag):
                self.source_chosen.emit(each)
                return

    def _form_chosen(self, form: str) -> None:
        now = self._source
        for each in self._sources:
            if now is not None and (each.run_id, each.tag, each.form) == (
                now.run_id,
                now.tag,
                form,
            ):
                self.source_chosen.emit(replace(each, entry=now.entry))
                return


class Breadcrumbs(QWidget):
    """The groups around what is shown alone, the outermost first; a click goes there."""

    #: Id of the item to show alone, -1 for the whole.
    chosen = Signal(int)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(14, 0, 14, 4)
        self._row.setSpacing(2)
        self._label = QLabel()
        self._label.setTextFormat(Qt.TextFormat.RichText)
        self._label.setTextInteractionFlags(
            Qt.TextInteractionFlag.LinksAccessibleByMouse
            | Qt.TextInteractionFlag.LinksAccessibleByKeyboard
        )
        self._label.linkActivated.connect(self._go)
        self._label.setAccessibleName("Groups around what is shown")
        self._row.addWidget(self._label)
        self._row.addStretch(1)
        self.hide()

    def set_path(self, path: Sequence[tuple[int, str]]) -> None:
        """Show ids and names; the last is shown alone. Hidden without any."""
        self.setVisible(bool(path))
        accent = self._theme.colour("accent").name()
        muted = self._theme.colour("text_muted").name()
        parts = [f'<a href="-1" style="color:{accent};text-decoration:none">Whole graph</a>']
        around = list(path[:-1])
        left_out = len(around) - _MOST_CRUMBS
        if left_out > 0:
            # Of a deep one its beginning and what is near.
            around[2 : 2 + left_out] = [(-2, "…")]
        for item, name in around:
            if item == -2:
                parts.append(name)
                continue
            text = name.replace("&", "&amp;").replace("<", "&lt;")
            parts.append(f'<a href="{item}" style="color:{accent};text-decoration:none">{text}</a>')
        if path:
            last = path[-1][1].replace("&", "&amp;").replace("<", "&lt;")
            parts.append(f"<b>{last}</b>")
        self._label.setText(f' <span style="color:{muted}">›</span> '.join(parts))

    def _go(self, link: str) -> None:
        self.chosen.emit(int(link))


def _title_of(sources: Sequence[GraphSource], tag: str) -> str:
    return next((each.tag_title for each in sources if each.tag == tag), tag)
