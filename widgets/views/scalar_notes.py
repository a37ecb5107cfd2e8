"""Vertical notes in charts: those the user wrote, and entries of text tags as events."""

from __future__ import annotations

import logging
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from eventglass.app.core.names import Kind
from eventglass.app.core.plugins import DecodeError
from eventglass.app.core.plugins.text import Text
from eventglass.app.models.cards import Annotation
from eventglass.widgets.plots.chart import ChartNote, CurveData, XKind
from eventglass.widgets.views.scalar_links import x_of_step, x_of_time

if TYPE_CHECKING:
    from eventglass.app.core.store import Changes, Series
    from eventglass.app.models.tasks import TaskControl
    from eventglass.widgets.view import ViewContext

_log = logging.getLogger(__name__)

#: Of each series the newest entries stand in the charts, so many at most.
MOST_ENTRIES = 200
#: Letters of an entry that are shown.
MOST_LETTERS = 300
#: Events are read again no more often than this while data come in, in milliseconds.
AGAIN_AFTER_MS = 500


@dataclass(frozen=True, slots=True)
class Event:
    """One entry of a text tag; wall time in seconds since 1970 UTC."""

    run_id: int
    tag: str
    step: int
    wall_time_s: float
    text: str


def short_text(text: Text) -> str:
    """Return the strings of an entry on one line, cut where it gets long."""
    words = " ".join(" ".join(str(part) for part in text.strings.reshape(-1).tolist()).split())
    return words if len(words) <= MOST_LETTERS else words[: MOST_LETTERS - 1] + "…"


class EventNotes(QObject):
    """Entries of the text tags that were chosen to stand in the charts, read in tasks."""

    #: There are other events now.
    changed = Signal()

    def __init__(self, context: ViewContext, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._cache = context.payloads.cache
        self._asked: tuple[tuple[int, int], ...] = ()
        self._events: tuple[Event, ...] = ()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(AGAIN_AFTER_MS)
        self._timer.timeout.connect(self.look)

    def events(self) -> tuple[Event, ...]:
        """Events of visible runs, as far as they have been read."""
        return self._events

    def take_changes(self, changes: Changes | None) -> None:
        """Follow the store."""
        if self._context.workspace.state.event_tags and not self._timer.isActive():
            self._timer.start()

    def look(self) -> None:
        """Read what is wanted now and was not read."""
        store = self._context.store
        found: list[Series] = []
        wanted = self._context.workspace.state.event_tags
        for run_id in self._context.workspace.visible_run_ids() if wanted else ():
            for tag in sorted(wanted):
                series = store.find(run_id, tag, Kind.TEXT)
                if series is not None and series.count:
                    found.append(series)
        asked = tuple((series.id, series.count) for series in found)
        if asked == self._asked:
            return
        self._asked = asked
        owner = (id(self), "events")
        if not found:
            self._context.tasks.cancel(owner)
            self._take(())
            return
        self._context.tasks.submit(owner, lambda control: self._read(found, control), self._take)

    def _read(self, found: Sequence[Series], control: TaskControl) -> tuple[Event, ...]:
        events: list[Event] = []
        for series in found:
            entries = series.entries()
            count = len(entries.steps)
            for index in range(max(0, count - MOST_ENTRIES), count):
                if control.cancelled:
                    return ()
                try:
                    text = self._cache.read(series, index)
                except (DecodeError, OSError) as error:
                    _log.info("Entry %d of %s can't be read: %s", index, series.tag, error)
                    continue
                if isinstance(text, Text):
                    events.append(
                        Event(
                            series.run_id,
                            series.tag,
                            int(entries.steps[index]),
                            float(entries.wall_times[index]),
                            short_text(text),
                        )
                    )
        return tuple(events)

    def _take(self, events: tuple[Event, ...]) -> None:
        if events != self._events:
            self._events = events
            self.changed.emit()


#: What a flag of a chart stands for: the index of a note of the user, or an event.
Source = int | Event


def notes_of(
    context: ViewContext, key: str, curves: Sequence[CurveData], events: Sequence[Event]
) -> tuple[list[ChartNote], list[Source]]:
    """Return the flags of a card, by its key, and what each stands for."""
    state = context.workspace.state
    kind = state.x_axis
    notes: list[ChartNote] = []
    sources: list[Source] = []
    colour = context.theme.colour("accent")
    for index, note in enumerate(state.annotations):
        if note.tag and note.tag != key:
            continue
        x = _place(curves, note.step, kind)
        if x is not None:
            notes.append(ChartNote(x, note.text, colour))
            sources.append(index)
    by_run = {curve.run_id: curve for curve in reversed(curves) if curve.run_id >= 0}
    for event in events:
        curve = by_run.get(event.run_id)
        if curve is None:
            continue
        x = _place_of_event(curve, event, kind)
        if x is not None:
            alias = context.workspace.alias(event.run_id)
            run_colour = context.workspace.colour(event.run_id)
            notes.append(ChartNote(x, f"{event.text}\n{alias} · {event.tag}", run_colour, True))
            sources.append(event)
    return notes, sources


def _place(curves: Sequence[CurveData], step: int, kind: XKind) -> float | None:
    if kind == "step":
        return float(step)
    # Lines have a step at different moments: the first that reaches it says where the note is.
    for curve in curves:
        if len(curve.steps) and step <= curve.steps[-1]:
            return x_of_step(curve, step, kind)
    return x_of_step(curves[0], step, kind) if curves else None


def _place_of_event(curve: CurveData, event: Event, kind: XKind) -> float | None:
    if kind == "step":
        return event.step + curve.x_offset
    if kind == "tag":
        return x_of_step(curve, event.step, kind)
    x = x_of_time(curve, event.wall_time_s, kind) + curve.x_offset
    return x if math.isfinite(x) else None


def with_note(
    notes: Sequence[Annotation], index: int | None, note: Annotation
) -> tuple[Annotation, ...]:
    """Return the notes with one added, or changed, or taken away by an empty text."""
    kept = [each for i, each in enumerate(notes) if i != index]
    if note.text:
        kept.append(note)
    return tuple(sorted(kept, key=lambda each: each.step))
