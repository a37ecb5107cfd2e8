"""DiffPage: two texts compared, of any tags, runs and steps."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from eventglass.app.core.names import Kind, natural_key
from eventglass.app.core.store import Series
from eventglass.app.models.entries import Entries, entries_of
from eventglass.app.models.payloads import reason
from eventglass.app.models.tasks import TaskControl
from eventglass.app.models.text_comparing import Comparison, compare
from eventglass.app.models.text_diff_html import Mode, comparison_html
from eventglass.app.models.text_presenting import Presented, plain_text
from eventglass.app.models.words import count_text
from eventglass.widgets.controls.buttons import IconButton, Segmented, Toggle
from eventglass.widgets.controls.picker import Picker
from eventglass.widgets.controls.step_slider import StepSlider
from eventglass.widgets.views.text_page import TextPage

if TYPE_CHECKING:
    from eventglass.app.models.workspace import Workspace
    from eventglass.widgets.view import ViewContext
    from eventglass.widgets.views.texts import TextsView

_NAMES = ("Left", "Right")


class DiffPage(QWidget):
    """Two entries, each chosen by tag, run and step, and what differs between them."""

    #: The user has seen enough.
    closed = Signal()

    def __init__(self, context: ViewContext, view: TextsView) -> None:
        super().__init__(view)
        self._context = context
        self._view = view
        self._busy = False
        self._sides = tuple(_Side(context, name, self._choices) for name in _NAMES)
        for side in self._sides:
            side.changed.connect(self._start)
        theme = context.theme
        self.page = TextPage(theme)
        self.page.set_takes_wheel(True)
        self.page.setAccessibleName("What differs")
        self._words = QLabel()
        self._words.setObjectName("muted")
        modes = (("side", "Side by side"), ("inline", "Inline"))
        self.mode = Segmented(theme, "How texts are compared", modes)
        self.mode.chosen.connect(self._set_mode)
        self.only = Toggle(theme, "Only what differs")
        self.only.clicked.connect(self._set_only)
        label = QLabel("Only what differs")
        label.setBuddy(self.only)
        swap = IconButton(theme, "flip", "Swap the two texts", self)
        swap.clicked.connect(self.swap)
        close = IconButton(theme, "close", "Back to the cards (Esc)", self)
        close.clicked.connect(self.closed)
        head = QHBoxLayout()
        head.setContentsMargins(16, 6, 12, 4)
        head.setSpacing(10)
        head.addWidget(self._words, 1)
        head.addWidget(label)
        head.addWidget(self.only)
        head.addWidget(self.mode)
        head.addWidget(swap)
        head.addWidget(close)
        sides = QHBoxLayout()
        sides.setContentsMargins(16, 0, 16, 4)
        sides.setSpacing(24)
        for side in self._sides:
            sides.addWidget(side, 1)
        card = QFrame()
        card.setObjectName("card")
        inner = QVBoxLayout(card)
        inner.setContentsMargins(1, 1, 1, 1)
        inner.addWidget(self.page)
        below = QVBoxLayout()
        below.setContentsMargins(16, 0, 16, 12)
        below.addWidget(card)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(head)
        column.addLayout(sides)
        column.addLayout(below, 1)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setFocusProxy(self.page)
        self.setAccessibleName("Comparison of two texts")

    @property
    def is_busy(self) -> bool:
        """Whether a comparison is being made."""
        return self._busy

    def words(self) -> str:
        """What is said of the comparison."""
        return self._words.text()

    def sides(self) -> tuple[tuple[int, int], ...]:
        """Series and index of the two entries."""
        return tuple((side.series_id, side.index) for side in self._sides)

    def compare(self, series_id: int, index: int) -> None:
        """Compare an entry with the one before it, or where it is the first with another run's."""
        store = self._context.store
        series = store.series[series_id]
        entries = self._entries(series)
        places = (entries.indices == index).nonzero()[0]
        place = int(places[0]) if len(places) else len(entries) - 1
        left, right = self._sides
        right.show_entry(series, entries, place)
        others = [one for one in self._all() if one.tag == series.tag and one.id != series.id]
        if place > 0:
            left.show_entry(series, entries, place - 1)
        elif others:
            known = self._entries(others[0])
            left.show_entry(others[0], known, known.nearest(int(entries.steps[place])))
        else:
            left.show_entry(series, entries, place)
        self._sync()
        self._start()

    def compare_runs(self, one: int, other: int, step: int | None) -> None:
        """Compare the texts of two series at a step."""
        for side, series_id in zip(self._sides, (one, other), strict=True):
            series = self._context.store.series[series_id]
            entries = self._entries(series)
            side.show_entry(series, entries, entries.nearest(step))
        self._sync()
        self._start()

    def swap(self) -> None:
        """Left becomes right."""
        left, right = self._sides
        one, other = left.entry(), right.entry()
        if one is not None and other is not None:
            left.show_entry(*other)
            right.show_entry(*one)
            self._start()

    def follow(self) -> None:
        """Take in what there is now."""
        for side in self._sides:
            found = side.entry()
            if found is not None:
                series, _entries, _place = found
                entries = self._entries(series)
                places = (entries.indices == side.index).nonzero()[0]
                side.show_entry(series, entries, int(places[0]) if len(places) else 0)
        self._sync()
        self._start()

    def restyle(self) -> None:
        """Show the same in the theme's colours."""
        self.page.restyle()

    def _sync(self) -> None:
        options = self._context.workspace.state.texts
        self.mode.set_value(options.compare)
        self.only.setChecked(options.only_changes)

    def _entries(self, series: Series) -> Entries:
        return entries_of(series, self._context.workspace.state.restarts)

    def _all(self) -> list[Series]:
        visible = frozenset(self._context.workspace.visible_run_ids())
        store = self._context.store
        found = [
            one
            for one in store.series
            if one.kind is Kind.TEXT and one.run_id in visible and one.count
        ]
        return sorted(
            found, key=lambda one: (natural_key(one.tag), natural_key(store.runs[one.run_id].name))
        )

    def _choices(self) -> Sequence[tuple[str, str, str]]:
        workspace = self._context.workspace
        return [(str(one.id), _name(one, workspace), f"{one.count:,}") for one in self._all()]

    def _set_mode(self, mode: str) -> None:
        self._view.set_option("Change how texts are compared", compare=mode)

    def _set_only(self, on: bool) -> None:
        label = "Show only what differs" if on else "Show all lines"
        self._view.set_option(label, only_changes=on)

    # -- the comparison

    def _start(self) -> None:
        both = [side.entry() for side in self._sides]
        if any(one is None for one in both):
            return
        sources = [(side.series_id, side.index) for side in self._sides]
        options = self._context.workspace.state.texts
        # The settings belong to this thread.
        limit = int(self._context.settings.text("text_compare"))
        work = partial(self._work, sources, options.compare, options.only_changes, limit)
        self._busy = True
        owner = (id(self), "compare")
        self._context.tasks.submit(owner, work, self._done, self._failed)

    def _work(
        self,
        sources: list[tuple[int, int]],
        mode: Mode,
        only: bool,
        limit: int,
        control: TaskControl,
    ) -> tuple[Comparison, str, str]:
        cache, store = self._context.payloads.cache, self._context.store
        texts = [plain_text(cache.read(store.series[s], index).strings) for s, index in sources]
        found = compare(texts[0], texts[1], lambda: control.cancelled, limit)
        return (found, *comparison_html(found, mode, only))

    def _done(self, made: tuple[Comparison, str, str]) -> None:
        self._busy = False
        found, body, note = made
        if found.equal:
            words = "Equal so far" if found.cut else "The texts are equal"
        elif not found.words_gone and not found.words_new:
            words = "The words are equal; marks or white space differ"
        else:
            gone, new = found.words_gone, found.words_new
            words = f"{count_text(gone, 'word')} only left, {count_text(new, 'word')} only right"
        words = f"{words} · {note}" if note else words
        self._words.setText(words)
        # The words of the preferences, where the limit can be changed.
        more = "\nLongest text compared, in the preferences, says how many" if found.cut else ""
        self._words.setToolTip(words + more if note else "")
        self.page.show_text(Presented(body, True, 0, (0,), len(body)))

    def _failed(self, error: Exception) -> None:
        self._busy = False
        self.page.clear_text()
        self._words.setText(f"These can't be compared: {reason(error)}")


class _Side(QWidget):
    """Chooses one of the two entries."""

    changed = Signal()

    def __init__(self, context: ViewContext, name: str, choices: object) -> None:
        super().__init__()
        self._context = context
        self._series: Series | None = None
        self._entries: Entries | None = None
        self._place = -1
        self.picker = Picker(
            context.theme,
            f"{name} text",
            choices,  # type: ignore[arg-type]
            widest_px=300,
        )
        self.picker.chosen.connect(self._choose)
        self.slider = StepSlider(context.theme)
        self.slider.set_can_hold(False)
        self.slider.moved.connect(self._slid)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(10)
        row.addWidget(self.picker)
        row.addWidget(self.slider, 1)

    @property
    def series_id(self) -> int:
        return -1 if self._series is None else self._series.id

    @property
    def index(self) -> int:
        """Index of the entry in its series."""
        return -1 if self._entries is None else int(self._entries.indices[self._place])

    def entry(self) -> tuple[Series, Entries, int] | None:
        if self._series is None or self._entries is None or self._place < 0:
            return None
        return self._series, self._entries, self._place

    def show_entry(self, series: Series, entries: Entries, place: int) -> None:
        self._series, self._entries, self._place = series, entries, place
        self.picker.set_value(str(series.id), _name(series, self._context.workspace))
        self.slider.set_steps(entries.steps.tolist(), place, None, False)

    def _choose(self, value: str) -> None:
        series = self._context.store.series[int(value)]
        step = None
        if self._entries is not None and self._place >= 0:
            step = int(self._entries.steps[self._place])
        entries = entries_of(series, self._context.workspace.state.restarts)
        self.show_entry(series, entries, entries.nearest(step))
        self.changed.emit()

    def _slid(self, place: int) -> None:
        self._place = place
        self.changed.emit()


def _name(series: Series, workspace: Workspace) -> str:
    return f"{series.tag.removesuffix('/text_summary')} · {workspace.alias(series.run_id)}"
