"""The strips above and below the scene: which embedding, the search; what is shown and done."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QSizePolicy, QWidget

from eventglass.app.core.projector.sources import EmbeddingSource, Origin
from eventglass.app.models.embedding_options import AUTOMATIC
from eventglass.app.models.embedding_search import EVERYWHERE
from eventglass.app.models.theme import Theme
from eventglass.app.models.tool_tips import plain_tip
from eventglass.app.models.words import number_text, step_text
from eventglass.widgets.controls.buttons import IconButton, Segmented
from eventglass.widgets.controls.filter_box import FilterBox
from eventglass.widgets.controls.picker import Picker

PAGES = (("scene", "Points"), ("table", "Table"))
#: Value of the picker of comparisons that ends one.
_NOTHING = "\0"


def shape_text(source: EmbeddingSource) -> str:
    """Rows and dimensions as lists show them; empty where they are not known."""
    if source.origin is Origin.MISSING:
        return "no vectors"
    if source.shape is None:
        return ""
    return f"{number_text(source.shape[0])} × {number_text(source.shape[1])}"


def source_title(source: EmbeddingSource) -> str:
    """Name and step of an embedding."""
    name = source.title or source.name
    return name if source.step is None else f"{name} · {step_text(source.step)}"


class EmbeddingBar(QWidget):
    """Chooses an embedding and one to compare with; tells what is typed into the search."""

    #: Another embedding is wanted: an `EmbeddingSource`.
    source_chosen = Signal(object)
    #: It is to be compared with this one, or None.
    against_chosen = Signal(object)
    file_asked = Signal()
    search_by_chosen = Signal(str)
    page_chosen = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._sources: tuple[EmbeddingSource, ...] = ()
        self._source: EmbeddingSource | None = None
        self._against: EmbeddingSource | None = None
        self._columns: tuple[tuple[str, str], ...] = ()
        self.run = Picker(theme, "Run", self._runs, "No run", widest_px=170)
        self.tensor = Picker(theme, "Embedding", self._tensors, "No embedding", widest_px=190)
        self.against = Picker(theme, "Compare with", self._others, "Compare…", widest_px=150)
        self.open_file = IconButton(theme, "folder-open", "Open vectors…", self)
        self.search = FilterBox(theme, "Search points")
        self.search.setMinimumWidth(90)
        self.search.setMaximumWidth(260)
        self.search.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.search.setToolTip(
            "Part of a text, or a regular expression between slashes: /^pre/. What fits is selected"
        )
        self.search_by = Picker(theme, "Search in", self._search_columns, "All", widest_px=100)
        self.page = Segmented(theme, "Points or table", PAGES)
        self.run.chosen.connect(self._run_chosen)
        self.tensor.chosen.connect(self._tensor_chosen)
        self.against.chosen.connect(self._against_picked)
        self.open_file.clicked.connect(self.file_asked)
        self.search_by.chosen.connect(self._column_chosen)
        self.page.chosen.connect(self.page_chosen)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 6, 12, 6)
        row.setSpacing(6)
        for widget in (self.run, self.tensor, self.against, self.open_file):
            row.addWidget(widget)
        row.addStretch(1)
        row.addWidget(self.search, 3)
        row.addWidget(self.search_by)
        row.addWidget(self.page)

    def set_sources(
        self,
        sources: Sequence[EmbeddingSource],
        source: EmbeddingSource | None,
        against: EmbeddingSource | None,
    ) -> None:
        """Show which embeddings there are, which is shown and with which it is compared."""
        self._sources, self._source, self._against = tuple(sources), source, against
        runs = {(each.root, each.run) for each in self._sources}
        opened = source is not None and source.origin is Origin.OPENED
        self.run.setVisible(len(runs) > 1 or opened)
        run = "" if source is None else "File" if opened else source.run
        self.run.set_value("x" if source is not None else "", run)
        self.tensor.set_value(
            "x" if source is not None else "", "" if source is None else source_title(source)
        )
        self.against.set_value(
            "x" if against is not None else "",
            "" if against is None else f"since {self._place(against)}",
        )
        self.against.setVisible(source is not None and len(self._sources) > int(not opened))

    def set_columns(self, columns: Sequence[tuple[str, str]], chosen: str) -> None:
        """Show what can be searched: names and hints of columns."""
        self._columns = tuple(columns)
        names = {name for name, _hint in columns}
        self.search_by.set_value(chosen if chosen in names else "", "")
        self.search_by.setVisible(len(columns) > 1)

    def _place(self, source: EmbeddingSource) -> str:
        now = self._source
        if now is not None and source.run == now.run:
            if source.title == now.title and source.step is not None:
                return f"step {step_text(source.step)}"
            return source_title(source)
        return f"{source.run} · {source_title(source)}"

    def _runs(self) -> Sequence[tuple[str, str, str]]:
        seen: dict[tuple[str, str], int] = {}
        for each in self._sources:
            seen[each.root, each.run] = seen.get((each.root, each.run), 0) + 1
        return [
            (f"{root}\0{run}", run, f"{count} embedding{'s' if count != 1 else ''}")
            for (root, run), count in seen.items()
        ]

    def _tensors(self) -> Sequence[tuple[str, str, str]]:
        now = self._source
        own = [
            each
            for each in self._sources
            if now is None or (each.root, each.run) == (now.root, now.run)
        ]
        return [(each.key, source_title(each), shape_text(each)) for each in own or self._sources]

    def _others(self) -> Sequence[tuple[str, str, str]]:
        now = self._source
        found = [
            (each.key, self._place(each), shape_text(each))
            for each in self._sources
            if (now is None or each.key != now.key) and each.origin is not Origin.MISSING
        ]
        if self._against is not None:
            found.insert(0, (_NOTHING, "No comparison", ""))
        return found

    def _search_columns(self) -> Sequence[tuple[str, str, str]]:
        rows = [(name, name, hint) for name, hint in self._columns]
        return [(EVERYWHERE, "All columns", ""), *rows]

    def _run_chosen(self, value: str) -> None:
        root, _, run = value.partition("\0")
        own = [each for each in self._sources if (each.root, each.run) == (root, run)]
        now = self._source
        same = [each for each in own if now is not None and each.name == now.name]
        if own:
            self.source_chosen.emit((same or own)[0])

    def _tensor_chosen(self, key: str) -> None:
        found = next((each for each in self._sources if each.key == key), None)
        if found is not None:
            self.source_chosen.emit(found)

    def _against_picked(self, key: str) -> None:
        self.against_chosen.emit(next((each for each in self._sources if each.key == key), None))

    def _column_chosen(self, name: str) -> None:
        self.search_by_chosen.emit(AUTOMATIC if name == EVERYWHERE else name)


class EmbeddingStrip(QWidget):
    """Below the scene: how many points, what the axes show, what is under way."""

    #: Pause, or go on.
    pause_asked = Signal()
    stop_asked = Signal()
    #: Show what was not as it should be.
    notices_asked = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.facts = QLabel()
        self.facts.setObjectName("small")
        self.facts.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.stage = QLabel()
        self.stage.setObjectName("small")
        self.progress = QProgressBar()
        self.progress.setTextVisible(False)
        self.progress.setFixedSize(120, 4)
        self.progress.setAccessibleName("Progress of the projection")
        self.pause = IconButton(theme, "pause", "Pause", self, size_px=14)
        self.resume = IconButton(theme, "play", "Go on", self, size_px=14)
        self.stop = IconButton(theme, "close", "Stop; what is drawn stays", self, size_px=14)
        self.notices = IconButton(theme, "warning", "Remarks", self, token="warning", size_px=14)
        self.pause.clicked.connect(self.pause_asked)
        self.resume.clicked.connect(self.pause_asked)
        self.stop.clicked.connect(self.stop_asked)
        self.notices.clicked.connect(self.notices_asked)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 0, 8, 0)
        row.setSpacing(8)
        row.addWidget(self.notices)
        row.addWidget(self.facts, 1)
        for widget in (self.stage, self.progress, self.pause, self.resume, self.stop):
            row.addWidget(widget)
        self.setFixedHeight(26)
        self.show_progress("", -1.0, has_job=False, rests=False)
        self.show_notices(())

    def show_facts(self, parts: Sequence[str]) -> None:
        """Say what is shown."""
        self.facts.setText("  ·  ".join(part for part in parts if part))

    def show_notices(self, notices: Sequence[str]) -> None:
        """Tell that something was not as it should be; the tool tip says what."""
        self.notices.setVisible(bool(notices))
        lines = list(notices[:12])
        if len(notices) > 12:
            lines.append(f"… and {len(notices) - 12:,} more")
        self.notices.setToolTip(plain_tip("\n".join(lines)))
        self.notices.setAccessibleDescription("; ".join(lines))

    def show_progress(self, words: str, share: float, *, has_job: bool, rests: bool) -> None:
        """Say what is under way; nothing for empty words."""
        self.stage.setText("Paused" if rests else words)
        self.stage.setVisible(bool(words) or rests)
        self.progress.setVisible(bool(words))
        self.progress.setRange(0, 0 if share < 0 and not rests else 1000)
        self.progress.setValue(round(1000 * max(share, 0.0)))
        self.pause.setVisible(has_job and not rests)
        self.resume.setVisible(has_job and rests)
        self.stop.setVisible(has_job)
