"""A graph that is looked at: what is open, selected, traced, coloured; and the way back.

Reading, folding and laying out run in tasks; what is shown stays until the next picture is there.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from eventglass.app.core.graphs.hierarchy import Fold, Hierarchy
from eventglass.app.core.graphs.layout import Layout, lay_out
from eventglass.app.core.graphs.scene import Options, SceneGraph, level
from eventglass.app.models.alive import alive
from eventglass.app.models.graph_drawing import GraphDrawing, empty_drawing
from eventglass.app.models.graph_picture import drawing_of, drawn_id, with_changed_edges
from eventglass.app.models.graph_place import Place, found_place
from eventglass.app.models.graph_reading import Reading, read_graph
from eventglass.app.models.graph_sources import GraphSource
from eventglass.app.models.payloads import reason
from eventglass.app.models.view_options import GraphOptions

if TYPE_CHECKING:
    from eventglass.app.core.graphs.model import Graph
    from eventglass.app.core.store import LogStore
    from eventglass.app.models.payloads import Payloads
    from eventglass.app.models.tasks import TaskControl, Tasks

#: "Open all below" stops at so many boxes in sight.
MOST_OPENED = 6000
_LONGEST_HISTORY = 200


@dataclass(frozen=True, slots=True)
class Picture:
    """A scene, its layout and its drawing."""

    scene: SceneGraph
    layout: Layout
    drawing: GraphDrawing


class GraphModel(QObject):
    """One graph and how it is looked at."""

    #: Another graph is there, or none.
    loaded = Signal()
    #: There is another drawing; the item that stays where it is, -1 for any.
    arranged = Signal(int)
    #: Another item is selected.
    selection_changed = Signal()
    #: Words and share (−1: unknown) of what is under way; empty words when nothing is.
    progressed = Signal(str, float)
    #: A graph can't be shown: why.
    failed = Signal(str)
    #: Back or forward lead elsewhere now.
    history_changed = Signal()
    #: The user opened, closed, went or put aside something: what it was, in words.
    went = Signal(str)

    def __init__(
        self, store: LogStore, payloads: Payloads, tasks: Tasks, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._store = store
        self._payloads = payloads
        self._tasks = tasks
        self.source: GraphSource | None = None
        self.reading: Reading | None = None
        self.picture: Picture | None = None
        self.options = Options()
        self.direction = "down"
        self.place = Place()
        #: The other end of a path.
        self.other = -1
        self.error = ""
        #: Groups that were to be opened with others, and would have been too many.
        self.kept_closed = 0
        #: What the picture shows.
        self._shown = (self.place, self.options, self.direction)
        self._back: list[Place] = []
        self._forward: list[Place] = []
        self._then_show = -1
        self._busy = 0

    # -- what there is

    @property
    def graph(self) -> Graph | None:
        """The graph, None without one."""
        return None if self.reading is None else self.reading.graph

    @property
    def hierarchy(self) -> Hierarchy | None:
        """Its hierarchy."""
        return None if self.reading is None else self.reading.hierarchy

    @property
    def drawing(self) -> GraphDrawing:
        """What is drawn."""
        return empty_drawing() if self.picture is None else self.picture.drawing

    @property
    def selected(self) -> int:
        """The selected item, -1 for none."""
        return self.place.selected

    def is_busy(self) -> bool:
        """Whether something is under way."""
        return self._busy > 0

    # -- reading

    def load(self, source: GraphSource | None, kept: GraphOptions | None = None) -> None:
        """Show another graph, None for none; `kept` says what is open in it."""
        self.source = source
        # A graph of 100,000 nodes takes a while to be let go of: not on this thread.
        before: list[object] = [self.reading, self.picture]
        self.reading = self.picture = None
        self.place, self.other, self.error, self.kept_closed = Place(), -1, "", 0
        # Items are other ones in another graph.
        kept = kept or GraphOptions()
        self.direction = kept.direction
        self.options = Options(extract=kept.extract, embed=kept.embed, functions=kept.functions)
        self._back, self._forward = [], []
        self._tasks.cancel((id(self), "arrange"))
        self._busy = 0
        if source is None:
            self._tasks.cancel((id(self), "read"))
            self.loaded.emit()
            self.progressed.emit("", -1.0)
            return
        direction = self.direction
        store, cache = self._store, self._payloads.cache

        def work(control: TaskControl) -> tuple[Reading, Place, Options, Picture]:
            before.clear()
            reading = read_graph(store, cache, source, lambda: control.cancelled)
            place, options = found_place(reading.hierarchy, kept)
            picture = _picture(reading, place, options, direction, None, control)
            return reading, place, options, picture

        self._busy += 1
        self.progressed.emit("Reading the graph", -1.0)
        self._tasks.submit(
            (id(self), "read"),
            work,
            alive(self, self._read),
            alive(self, self._not_read),
            alive(self, self._progress),
        )
        self.loaded.emit()

    def _read(self, result: tuple[Reading, Place, Options, Picture]) -> None:
        self._busy = 0
        self.reading, self.place, self.options, self.picture = result
        self._shown = (self.place, self.options, self.direction)
        self.progressed.emit("", -1.0)
        self.loaded.emit()
        self.arranged.emit(-1)
        self.selection_changed.emit()
        self.history_changed.emit()

    def _not_read(self, error: Exception) -> None:
        self._busy = 0
        self.error = reason(error)
        self.progressed.emit("", -1.0)
        self.failed.emit(self.error)

    def _progress(self, share: float, _partial: object) -> None:
        if self._busy:
            self.progressed.emit("Laying out", share)

    # -- opening and closing

    def toggle(self, item: int) -> None:
        """Open or close a group; of a node nothing."""
        hierarchy = self.hierarchy
        if hierarchy is None or not self.is_group(item):
            return
        # Of a chain of scopes with nothing but the next inside, the last is opened.
        item = int(hierarchy.chains[item])
        expanded, label = self.place.expanded, hierarchy.label(item)
        if item in expanded:
            self._go(replace(self.place, expanded=expanded - {item}), item, f"Close {label}")
        else:
            self._go(replace(self.place, expanded=expanded | {item}), item, f"Open {label}")

    def is_group(self, item: int) -> bool:
        """Whether an item has something inside."""
        hierarchy = self.hierarchy
        return (
            hierarchy is not None
            and 0 <= item < len(hierarchy)
            and int(hierarchy.kinds[item]) != Fold.NODE
        )

    def is_open(self, item: int) -> bool:
        """Whether what is inside an item is shown."""
        return item in self.place.expanded

    def open_all(self, item: int) -> None:
        """Open everything below an item, -1 for the whole, breadth first and up to a point."""
        hierarchy = self.hierarchy
        if hierarchy is None:
            return
        opened = {item} if item >= 0 else set()
        shown, queue = 0, [item]
        while queue:
            group = queue[0]
            children = hierarchy.children_of(group)
            if shown + len(children) > MOST_OPENED:
                break
            del queue[0]
            shown += len(children)
            if group >= 0:
                opened.add(group)
            queue += children[hierarchy.kinds[children] != Fold.NODE].tolist()
        place = replace(self.place, expanded=self.place.expanded | opened)
        self._go(place, item, "Open everything below")
        self.kept_closed = len(queue)

    def close_all(self, item: int = -1) -> None:
        """Close everything below an item and the item; -1: everything."""
        hierarchy = self.hierarchy
        if hierarchy is None:
            return
        if item < 0:
            kept: frozenset[int] = frozenset()
        else:
            kept = frozenset(
                each for each in self.place.expanded if not hierarchy.holds(item, each)
            )
        self._go(replace(self.place, expanded=kept), item, "Close groups")

    def focus(self, item: int) -> None:
        """Show what is inside an item alone; -1 shows the whole again."""
        hierarchy = self.hierarchy
        if hierarchy is None or (item >= 0 and not self.is_group(item)):
            return
        expanded = self.place.expanded | ({item} if item >= 0 else set())
        words = f"Show {hierarchy.label(item)} alone" if item >= 0 else "Show the whole graph"
        self._go(replace(self.place, focus=item, expanded=expanded), -1, words)

    def focus_outward(self) -> None:
        """Show what is around the item that is shown alone."""
        hierarchy, focus = self.hierarchy, self.place.focus
        if hierarchy is not None and focus >= 0:
            around = replace(self.place, focus=int(hierarchy.parents[focus]))
            self._go(around, focus, "Show what is around")

    def reveal(self, item: int, *, select: bool = True) -> None:
        """Open all around an item, so that it is in the drawing, and select it."""
        hierarchy = self.hierarchy
        if hierarchy is None or not 0 <= item < len(hierarchy):
            return
        around, focus = hierarchy.way_to(item, self.place.focus)
        expanded = self.place.expanded | frozenset(around)
        selected = item if select else self.place.selected
        place = Place(expanded, focus, selected)
        self._then_show = item
        if place == self.place:
            self.selection_changed.emit()
        elif place.expanded == self.place.expanded and place.focus == self.place.focus:
            self._remember()
            self.select(item)
        else:
            self._go(place, -1, f"Go to {hierarchy.label(item)}")
            self.selection_changed.emit()

    def select(self, item: int, *, other: bool = False) -> None:
        """Select an item, or take it as the other end of a path; -1 for none."""
        if other and item >= 0 and self.place.selected >= 0:
            self.other = -1 if item in (self.other, self.place.selected) else item
        else:
            self.place = replace(self.place, selected=item)
            self.other = -1
        self.selection_changed.emit()

    def take_shown(self) -> int:
        """The item to be brought into sight, once; -1 for none."""
        item, self._then_show = self._then_show, -1
        return item

    def drawn_id(self, item: int) -> int:
        """The id of the box that shows an item: its own, or that of a closed group around it."""
        hierarchy, picture = self.hierarchy, self.picture
        if hierarchy is None or picture is None or not 0 <= item < len(hierarchy):
            return -1
        return drawn_id(picture.drawing, picture.scene, item)

    # -- looks

    def set_options(self, **fields: Any) -> None:
        """Change what the scene is made with; see `Options`."""
        options = replace(self.options, **fields)
        if options != self.options:
            self.options = options
            self._arrange(-1)

    def put_aside(self, item: int, aside: bool) -> None:
        """Take an item out of the main graph, or back into it."""
        options = self.options
        out, back = options.put_aside - {item}, options.put_back - {item}
        if aside:
            out |= {item}
        else:
            back |= {item}
        self.set_options(put_aside=out, put_back=back)
        self.went.emit("Put a node aside" if aside else "Put a node back into the graph")

    def put_aside_as_at_first(self) -> None:
        """Take back what the user put aside or back."""
        self.set_options(put_aside=frozenset(), put_back=frozenset())
        self.went.emit("Put nodes aside as at first")

    def unfold(self, item: int) -> None:
        """Show the nodes of a series each for itself."""
        self.set_options(unfolded=self.options.unfolded | {item})
        self.went.emit("Show a series as single nodes")

    def fold_again(self) -> None:
        """Show all series as one box again."""
        self.set_options(unfolded=frozenset())
        self.went.emit("Fold series")

    def restore(self, kept: GraphOptions) -> None:
        """Be where one was, with what was put aside then; the way back stays as it is."""
        if self.hierarchy is None:
            return
        place, options = found_place(self.hierarchy, kept)
        place = replace(place, selected=self.place.selected)
        turned = kept.direction != self.direction
        if (place, options, kept.direction) != (self.place, self.options, self.direction):
            self.place, self.options, self.direction = place, options, kept.direction
            self._arrange(-1, fresh=turned)

    # -- back and forward

    def can_go_back(self) -> bool:
        """Whether there is a place before."""
        return bool(self._back)

    def can_go_forward(self) -> bool:
        """Whether one came back."""
        return bool(self._forward)

    def back(self) -> None:
        """Go where one was before."""
        if self._back:
            self._forward.append(self.place)
            self._travel(self._back.pop())

    def forward(self) -> None:
        """Go where one came back from."""
        if self._forward:
            self._back.append(self.place)
            self._travel(self._forward.pop())

    def _travel(self, place: Place) -> None:
        before, self.place = self.place, place
        self._then_show = place.selected
        if not _is_same_part(before, place):
            self._arrange(-1)
        self.history_changed.emit()
        self.selection_changed.emit()
        self.went.emit("Go elsewhere in the graph")

    def _remember(self) -> None:
        self._back = [*self._back[-_LONGEST_HISTORY:], self.place]
        self._forward = []
        self.history_changed.emit()

    def _go(self, place: Place, keep: int, words: str) -> None:
        if place == self.place:
            return
        self._remember()
        self.place = place
        self._arrange(keep)
        self.went.emit(words)

    # -- laying out

    def give_up(self) -> None:
        """Stop what is under way; what was shown before stays."""
        if not self._busy:
            return
        self._busy = 0
        self._then_show = -1
        for work in ("read", "arrange"):
            self._tasks.cancel((id(self), work))
        self.progressed.emit("", -1.0)
        if self.picture is None:
            self.error = "Reading was stopped"
            self.failed.emit(self.error)
        else:
            self._stay()

    def _stay(self) -> None:
        """Take back what led to a picture that is not there."""
        self.place, self.options, self.direction = self._shown
        if self._back and _is_same_part(self._back[-1], self.place):
            self._back.pop()
        self.history_changed.emit()
        self.selection_changed.emit()
        self.went.emit("Stay in the graph")

    def _arrange(self, keep: int, *, fresh: bool = False) -> None:
        reading = self.reading
        if reading is None:
            return
        self.kept_closed = 0
        place, options, direction = self.place, self.options, self.direction
        previous = None if fresh or self.picture is None else self.picture.layout

        def work(control: TaskControl) -> tuple[int, Picture]:
            picture = _picture(reading, place, options, direction, previous, control)
            return keep, picture

        self._busy = 1
        self._tasks.submit(
            (id(self), "arrange"),
            work,
            alive(self, self._arranged),
            alive(self, self._not_arranged),
            alive(self, self._progress),
        )

    def _arranged(self, result: tuple[int, Picture]) -> None:
        self._busy = 0
        keep, self.picture = result
        self._shown = (self.place, self.options, self.direction)
        self.progressed.emit("", -1.0)
        self.arranged.emit(keep)

    def _not_arranged(self, error: Exception) -> None:
        self._busy = 0
        self.progressed.emit("", -1.0)
        self._stay()
        self.failed.emit(f"This part of the graph can't be laid out: {reason(error)}")


def _is_same_part(one: Place, other: Place) -> bool:
    return (one.expanded, one.focus) == (other.expanded, other.focus)


def _picture(
    reading: Reading,
    place: Place,
    options: Options,
    direction: str,
    previous: Layout | None,
    control: TaskControl,
) -> Picture:
    def cancelled() -> bool:
        return control.cancelled

    told = 0.0

    def progress(share: float) -> None:
        nonlocal told
        # More often than a bar can show only keeps the window busy.
        if share - told >= 0.01:
            told = share
            control.report(share)

    options = replace(options, focus=place.focus)
    scene = level(reading.hierarchy, place.expanded, options, cancelled)
    layout = lay_out(
        scene,
        direction,
        previous,
        cancelled=cancelled,
        progress=progress,
    )
    drawing = drawing_of(scene, layout)
    if reading.difference is not None:
        drawing = with_changed_edges(drawing, scene, reading.difference)
    return Picture(scene, layout, drawing.prepare())
