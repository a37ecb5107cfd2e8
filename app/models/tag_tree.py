"""The tags as a tree by ``/``, with what kind each is and how many runs have it."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import (
    QMimeData,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    QTimer,
    Signal,
)

from eventglass.app.core.names import META_GRAPH_TAG, RUN_GRAPH_TAG, Kind, natural_key
from eventglass.app.models.tree_rows import Node, TreeRows, join_chains
from eventglass.app.models.words import count_text
from eventglass.app.models.workspace import Workspace, matcher

if TYPE_CHECKING:
    from eventglass.app.core.store import Changes, LogStore
    from eventglass.app.models.cards import Derived

NAME, COUNT = range(2)
THROTTLE_MS = 150
THROTTLE_FACTOR = 10

#: Scalar tags that are dragged: a JSON list of their names.
TAGS_MIME = "application/x-eventglass-tags"

#: Stands where a name, or the part of it after the last ``/``, is empty.
NAMELESS = "(no name)"
#: What graphs that were logged without a tag are called.
GRAPH_LABELS = {RUN_GRAPH_TAG: "Graph", META_GRAPH_TAG: "Meta graph"}

#: What a kind is called.
KIND_WORDS = {
    Kind.SCALAR: "scalar",
    Kind.HISTOGRAM: "histogram",
    Kind.IMAGE: "images",
    Kind.AUDIO: "audio",
    Kind.TEXT: "text",
    Kind.GRAPH: "graph",
    Kind.HPARAMS: "hyperparameters",
    Kind.MESH: "mesh",
    Kind.PR_CURVE: "precision and recall",
    Kind.CUSTOM_SCALARS: "layout of scalars",
    Kind.RUN_METADATA: "run metadata",
    Kind.KERAS_MODEL: "Keras model",
    Kind.TENSOR: "tensor",
}


class TagTree(TreeRows):
    """Rows of tags and their groups. ``Node.item`` of a tag is (tag, kind, number of runs)."""

    #: Number of tags that pass the filter, and of all.
    counted = Signal(int, int)

    def __init__(
        self, store: LogStore, workspace: Workspace, parent: QObject | None = None
    ) -> None:
        super().__init__(2, parent)
        self._store = store
        self._workspace = workspace
        self._keys: dict[str, Any] = {}
        self._collapsed: frozenset[str] = frozenset()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.rebuild)
        self._cost_s = 0.0
        self._tags: list[tuple[str, Kind, int]] | None = None
        self._derived: tuple[Derived, ...] = ()
        self._built_of: tuple[list[tuple[str, Kind, int]], frozenset[str]] = ([], frozenset())
        workspace.changed.connect(self._workspace_changed)
        self.rebuild()

    def take_changes(self, changes: Changes) -> None:
        """Follow the store, not more often than is worth while."""
        if changes.series or changes.roots:
            self._tags = None
            if not self._timer.isActive():
                self._timer.start(max(THROTTLE_MS, round(1000 * THROTTLE_FACTOR * self._cost_s)))

    def tags(self) -> list[tuple[str, Kind, int]]:
        """All tags: name, kind, number of runs; in natural order, reserved names last."""
        derived = self._workspace.state.derived
        if self._tags is None or derived != self._derived:
            self._derived = derived
            found = {**self._store.tags()}
            for one in derived:
                # In how many runs it can be computed is known only when it is.
                found.setdefault((one.name, Kind.SCALAR), 0)
            keys = self._keys
            for tag, _kind in found:
                if tag not in keys:
                    keys[tag] = natural_key(tag)
            self._tags = sorted(
                ((tag, kind, count) for (tag, kind), count in found.items()),
                # What the writers wrote for themselves comes after what the user logged.
                key=lambda entry: (entry[0].startswith("_"), keys[entry[0]], entry[1]),
            )
        return self._tags

    def rebuild(self) -> None:
        """Build the tree from the store as it is now."""
        began = time.perf_counter()
        self._timer.stop()
        state = self._workspace.state
        self._collapsed = state.collapsed_tags
        tags = self.tags()
        search = matcher(state.tag_filter)
        wanted = tags if search is None else [entry for entry in tags if search(entry[0])]
        collapsed = frozenset() if search else self._collapsed
        # One more letter of a filter often changes nothing.
        if (wanted, collapsed) != self._built_of:
            self._built_of = (wanted, collapsed)
            self.set_tree(_grow(wanted, collapsed))
        self.counted.emit(len(wanted), len(tags))
        self._cost_s = time.perf_counter() - began

    def scalar_tags(self, nodes: Iterable[Node]) -> list[str]:
        """Scalar tags among nodes and below groups among them, each once, in order."""
        found: dict[str, None] = {}
        for node in nodes:
            for each in node.walk() if node.item is None else (node,):
                if each.item is not None and each.item[1] is Kind.SCALAR:
                    found[each.item[0]] = None
        return list(found)

    def flags(self, index: QModelIndex | QPersistentModelIndex) -> Qt.ItemFlag:
        """Rows can be dragged."""
        return super().flags(index) | Qt.ItemFlag.ItemIsDragEnabled

    def mimeTypes(self) -> list[str]:
        """Scalar tags, and their names as text."""
        return [TAGS_MIME, "text/plain"]

    def mimeData(self, indexes: Iterable[QModelIndex]) -> QMimeData:
        """The scalar tags of rows that are dragged."""
        rows = sorted({index.row() for index in indexes})
        tags = self.scalar_tags(node for node in map(self.node, rows) if node is not None)
        data = QMimeData()
        if tags:
            data.setData(TAGS_MIME, json.dumps(tags).encode())
            data.setText("\n".join(tags))
        return data

    def row_of_tag(self, tag: str, kind: Kind) -> int:
        """Row of a tag, -1 when it is not in sight."""
        return self.row_of(leaf_key(tag, kind))

    def set_all_open(self, opened: bool) -> None:
        """Open or close all groups."""
        groups = [node.key for top in self._tops for node in top.walk() if node.children]
        closed = frozenset() if opened else frozenset(groups)
        self._workspace.edit("Open or close", collapsed_tags=closed)

    def text(self, node: Node, column: int) -> str:
        """Name; and number of tags in a group or of runs that have the tag."""
        if column == NAME:
            return node.label
        if node.item is None:
            return f"{node.size:,}"
        return count_text(node.item[2], "run") if node.item[2] else "formula"

    def tool_tip(self, node: Node) -> str:
        """Full name and kind."""
        if node.item is None:
            return f"{node.key.rstrip('/')}\n{count_text(node.size, 'tag')}"
        tag, kind, count = node.item
        if not count:
            return f"{tag}\n{self.expression(tag)}"
        return f"{tag}\n{KIND_WORDS[kind]}, {count_text(count, 'run')}"

    def expression(self, tag: str) -> str:
        """What a derived series is computed by; empty for a tag that was logged."""
        return next((one.expression for one in self._derived if one.name == tag), "")

    def spoken(self, node: Node) -> str:
        """Name, kind, count."""
        kind = f", {KIND_WORDS[node.item[1]]}" if node.item is not None else ""
        return f"{super().spoken(node)}{kind}, {self.text(node, COUNT)}"

    def opened_changed(self, node: Node) -> None:
        """Keep what the user closed; a filter opens everything for as long as it stands."""
        if self._workspace.state.tag_filter:
            return
        changed = self._collapsed - {node.key} if node.open else self._collapsed | {node.key}
        self._collapsed = changed
        self._workspace.edit("Open or close", collapsed_tags=changed)

    def _workspace_changed(self, names: frozenset[str]) -> None:
        if names & {"tag_filter", "derived"} or (
            "collapsed_tags" in names and self._workspace.state.collapsed_tags != self._collapsed
        ):
            self.rebuild()


def leaf_key(tag: str, kind: Kind) -> str:
    """Key of the node of a tag; groups end in ``/``, so that the two never meet."""
    return f"{tag}\0{kind}"


def _grow(tags: list[tuple[str, Kind, int]], collapsed: frozenset[str]) -> list[Node]:
    tops: list[Node] = []
    groups: dict[str, Node] = {}
    for entry in tags:
        tag, kind, _count = entry
        above, slash, label = tag.rpartition("/")
        parent = _group(above + slash, groups, tops, collapsed) if slash else None
        depth = 0 if parent is None else parent.depth + 1
        label = GRAPH_LABELS.get(tag) or label.strip() or NAMELESS
        node = Node(leaf_key(tag, kind), label, parent, depth)
        node.item = entry
        node.size = 1
        (tops if parent is None else parent.children).append(node)
        if parent is not None:
            parent.size += 1
    # Made after those above them, groups tell these of their tags in the opposite order.
    for made in reversed(groups.values()):
        if made.parent is not None:
            made.parent.size += made.size
    join_chains(tops, from_depth=1, into_items=True)
    return tops


def _group(key: str, groups: dict[str, Node], tops: list[Node], collapsed: frozenset[str]) -> Node:
    """The group whose name, ending in ``/``, is ``key``, made with all above it."""
    found = groups.get(key)
    if found is not None:
        return found
    parent: Node | None = None
    start = 0
    while True:
        end = key.index("/", start) + 1
        path = key[:end]
        node = groups.get(path)
        if node is None:
            node = Node(
                path, key[start : end - 1] or "/", parent, parent.depth + 1 if parent else 0
            )
            node.open = path not in collapsed
            groups[path] = node
            (tops if parent is None else parent.children).append(node)
        parent, start = node, end
        if end == len(key):
            return node
