"""The runs as a tree by directory, with boxes, colours, last steps and durations."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from eventglass.app.core.names import ROOT_RUN, natural_key
from eventglass.app.models.tree_rows import Index, Node, TreeRows, join_chains
from eventglass.app.models.words import duration_text, number_text, step_text, wall_time_text
from eventglass.app.models.workspace import VISIBLE_RUNS, Workspace

if TYPE_CHECKING:
    from eventglass.app.core.store import Changes, LogStore, Run

NAME, LAST_STEP, DURATION = range(3)
SORTS = ("name", "start time", "last step")

#: While runs stream in the tree is built anew at most this often, in milliseconds.
THROTTLE_MS = 100
#: Building takes at most one part in this many of the time.
THROTTLE_FACTOR = 10

_REBUILD = frozenset({"run_filter", "run_sort", "run_sort_descending", "run_aliases"})
_REPAINT = frozenset({"run_colours"})


class RunTree(TreeRows):
    """Rows of runs and of the directories that hold them.

    With several roots open each stands on top; with one its runs do. A run that is the root
    itself carries the root's label. ``Node.item`` is the id of the run.
    """

    #: Number of runs that pass the filter, and of all.
    counted = Signal(int, int)

    def __init__(
        self, store: LogStore, workspace: Workspace, parent: QObject | None = None
    ) -> None:
        super().__init__(3, parent)
        self._store = store
        self._workspace = workspace
        self._keys: list[Any] = []
        self._order: list[int] = []
        self._collapsed: frozenset[str] = frozenset()
        self._node_of: dict[int, Node] = {}
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.rebuild)
        self._cost_s = 0.0
        self._wanted: list[int] = []
        self._expand_all = True
        workspace.changed.connect(self._workspace_changed)
        self.rebuild()

    # -- the tree

    def take_changes(self, changes: Changes) -> None:
        """Follow the store: new runs soon, new steps at once."""
        by_growth = bool(changes.grown) and self._workspace.state.run_sort == "last step"
        if changes.runs or changes.roots or by_growth:
            self._rebuild_soon()
        elif changes.grown or changes.deleted:
            self.refresh()

    def rebuild(self) -> None:
        """Build the tree from the store as it is now."""
        began = time.perf_counter()
        self._timer.stop()
        state = self._workspace.state
        if state.collapsed_runs != self._collapsed:
            self._collapsed = state.collapsed_runs
        runs = self._sorted_runs()
        matches = self._workspace.run_matches(state.run_filter)
        open_runs = [run for run in runs if self._workspace.is_open(run)]
        # Runs that came in between have no answer yet; the next turn will have them.
        wanted = [run for run in open_runs if run.id < len(matches) and matches[run.id]]
        self._wanted = [run.id for run in wanted]
        self._expand_all = bool(state.run_filter) or not self._collapsed
        tops = self._grow(wanted, expand_all=self._expand_all)
        self._sort(tops)
        self._count_shown(tops)
        self.set_tree(tops)
        self.counted.emit(len(wanted), len(open_runs))
        self._cost_s = time.perf_counter() - began

    def row_of_run(self, run_id: int) -> int:
        """Row of a run, -1 when it is not in sight."""
        node = self._node_of.get(run_id)
        return -1 if node is None else self.row_of(node.key)

    def open_to(self, run_id: int) -> int:
        """Open what a run lies in and return its row, -1 when it is not in the tree."""
        node = self._node_of.get(run_id)
        above = []
        while node is not None and node.parent is not None:
            node = node.parent
            above.append(node)
        for each in reversed(above):
            self.set_open(self.row_of(each.key), True)
        return self.row_of_run(run_id)

    def run(self, node: Node) -> Run | None:
        """The run of a node, None for a directory."""
        return None if node.item is None else self._store.runs[node.item]

    def keys_below(self, node: Node) -> list[str]:
        """Keys of all runs of a node and below."""
        return [self._store.runs[n.item].key for n in node.walk() if n.item is not None]

    # -- cells

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Adds the state of the box to what the base says."""
        if role == Qt.ItemDataRole.CheckStateRole and index.column() == NAME:
            node = self.node(index.row())
            return None if node is None else check_state(node)
        if role == Qt.ItemDataRole.EditRole:
            role = Qt.ItemDataRole.DisplayRole
        return super().data(index, role)

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        """Tick or clear a box, with all below it; or rename a run."""
        node = self.node(index.row())
        if node is None:
            return False
        if role == Qt.ItemDataRole.CheckStateRole:
            shown = Qt.CheckState(value) != Qt.CheckState.Unchecked
            self._workspace.set_shown(self.keys_below(node), shown)
            return True
        run = self.run(node)
        if role == Qt.ItemDataRole.EditRole and run is not None:
            alias = str(value).strip()
            self._workspace.set_alias(run.key, "" if alias in (node.label, run.name) else alias)
            return True
        return False

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Rows can be ticked; runs can be renamed."""
        if not index.isValid():
            return Qt.ItemFlag.NoItemFlags
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        if index.column() == NAME:
            flags |= Qt.ItemFlag.ItemIsUserCheckable
            node = self.node(index.row())
            if node is not None and node.item is not None:
                flags |= Qt.ItemFlag.ItemIsEditable
        return flags

    def text(self, node: Node, column: int) -> str:
        """Name or alias, last step, duration; directories have a name only."""
        run = self.run(node)
        if column == NAME:
            alias = self._workspace.state.run_aliases.get(run.key) if run is not None else None
            return alias or node.label
        if run is None:
            return ""
        if column == LAST_STEP:
            return "" if run.last_step is None else step_text(run.last_step)
        return _duration(run)

    def tool_tip(self, node: Node) -> str:
        """Everything known of the run, or how many are below."""
        run = self.run(node)
        if run is None:
            return f"{node.label}\n{node.size:,} runs, {node.shown:,} shown"
        lines = [self._workspace.alias(run)]
        if lines[0] != run.name:
            lines.append(f"Name: {run.name}")
        lines.append(run.directory)
        if run.first_wall_time_s is not None:
            lines.append(f"Started {wall_time_text(run.first_wall_time_s)}")
            lines.append(f"Lasted {_duration(run) or 'a moment'}")
        if run.last_step is not None:
            lines.append(f"Last step {number_text(run.last_step)}")
        if run.deleted:
            lines.append("Its files are gone from the disk; what was read is kept")
        return "\n".join(lines)

    def spoken(self, node: Node) -> str:
        """Name, last step and whether it is drawn."""
        words = [super().spoken(node)]
        run = self.run(node)
        if run is not None and run.last_step is not None:
            words.append(f"last step {number_text(run.last_step)}")
        if run is not None and run.deleted:
            words.append("deleted")
        words.append({0: "hidden", 2: "shown"}.get(check_state(node).value, "partly shown"))
        return ", ".join(words)

    def opened_changed(self, node: Node) -> None:
        """Keep what the user closed; a filter opens everything for as long as it stands."""
        if self._workspace.state.run_filter:
            return
        changed = self._collapsed - {node.key} if node.open else self._collapsed | {node.key}
        self._collapsed = changed
        self._workspace.edit("Open or close", collapsed_runs=changed)

    # -- building

    def _sorted_runs(self) -> list[Run]:
        runs = self._store.runs
        known, count = len(self._keys), len(runs)
        if count != known:
            self._keys += [natural_key(runs[i].name) for i in range(known, count)]
            self._order += range(known, count)
            # Almost sorted already: this costs little more than one pass.
            self._order.sort(key=self._keys.__getitem__)
        return [runs[i] for i in self._order]

    def _grow(self, runs: Iterable[Run], *, expand_all: bool) -> list[Node]:
        roots = [root for root in self._store.roots if not root.closed]
        several = len(roots) > 1
        tops: list[Node] = []
        nodes: dict[str, Node] = {}
        collapsed = frozenset() if expand_all else self._collapsed
        self._node_of = {}
        bases: dict[int, Node] = {}
        if several:
            for root in roots:
                base = Node(f"{root.path}\0", root.label, None, 0)
                base.open = base.key not in collapsed
                bases[root.id] = base
        for run in runs:
            base_node = bases.get(run.root_id)
            if base_node is not None and base_node.size == 0:
                tops.append(base_node)
            root = self._store.roots[run.root_id]
            if run.name != ROOT_RUN:
                node = _place(run.name, f"{root.path}\0", base_node, nodes, tops, collapsed)
            elif base_node is not None:
                node = base_node
            else:
                # A key of its own: a run may be called as the root is.
                node = Node(f"{root.path}\0\0", root.label, None, 0)
                tops.append(node)
            node.item = run.id
            self._node_of[run.id] = node
            above: Node | None = node
            while above is not None:
                above.size += 1
                above = above.parent
        join_chains(tops, from_depth=1 if several else 0, into_items=False)
        return tops

    def _sort(self, tops: list[Node]) -> None:
        state = self._workspace.state
        if state.run_sort == "name":
            if state.run_sort_descending:
                _reverse(tops)
            return
        values: dict[str, float] = {}
        by_start = state.run_sort == "start time"
        for top in tops:
            for node in reversed(list(top.walk())):
                run = self.run(node)
                own = None if run is None else run.first_wall_time_s if by_start else run.last_step
                below = [values[child.key] for child in node.children]
                if own is not None:
                    below.append(float(own))
                fit = [value for value in below if not math.isnan(value)]
                pick = min if by_start else max
                values[node.key] = pick(fit) if fit else math.nan
        descending = state.run_sort_descending

        def order(node: Node) -> tuple[bool, float]:
            value = values[node.key]
            return math.isnan(value), -value if descending else value

        tops.sort(key=order)
        for top in tops:
            for node in top.walk():
                node.children.sort(key=order)

    def _count_shown(self, tops: list[Node]) -> None:
        hidden = self._workspace.state.hidden_runs
        isolated = self._workspace.isolated_runs
        runs = self._store.runs
        for run_id, node in self._node_of.items():
            key = runs[run_id].key
            if key in isolated if isolated else key not in hidden:
                above: Node | None = node
                while above is not None:
                    above.shown += 1
                    above = above.parent

    # -- following

    def _rebuild_soon(self) -> None:
        if not self._timer.isActive():
            self._timer.start(max(THROTTLE_MS, round(1000 * THROTTLE_FACTOR * self._cost_s)))

    def _is_same(self) -> bool:
        """Whether the filter lets the same rows through, as one more letter of it often does."""
        pattern = self._workspace.state.run_filter
        matches = self._workspace.run_matches(pattern)
        is_open = self._workspace.is_open
        wanted = [
            run.id
            for run in self._sorted_runs()
            if run.id < len(matches) and matches[run.id] and is_open(run)
        ]
        expand_all = bool(pattern) or not self._collapsed
        return wanted == self._wanted and expand_all == self._expand_all

    def _workspace_changed(self, names: frozenset[str]) -> None:
        if names & _REBUILD == {"run_filter"} and self._is_same():
            self.counted.emit(len(self._wanted), len(self._store.open_runs()))
        elif names & _REBUILD or (
            "collapsed_runs" in names and self._workspace.state.collapsed_runs != self._collapsed
        ):
            self.rebuild()
        elif VISIBLE_RUNS in names:
            for top in self._tops:
                for node in top.walk():
                    node.shown = 0
            self._count_shown(self._tops)
            self.refresh()
        elif names & _REPAINT:
            self.refresh()


def check_state(node: Node) -> Qt.CheckState:
    """State of the box of a node: all, some or none of the runs below are drawn."""
    if node.shown == 0:
        return Qt.CheckState.Unchecked
    if node.shown >= node.size:
        return Qt.CheckState.Checked
    return Qt.CheckState.PartiallyChecked


def _place(
    name: str,
    base: str,
    base_node: Node | None,
    nodes: dict[str, Node],
    tops: list[Node],
    collapsed: frozenset[str],
) -> Node:
    """The node of a name below a root, made with all that lie above it."""
    key = base + name
    found = nodes.get(key)
    if found is not None:
        return found
    above, slash, label = name.rpartition("/")
    parent: Node | None
    if slash and above:
        parent = nodes.get(base + above) or _place_all(
            above, base, base_node, nodes, tops, collapsed
        )
    else:
        parent, label = base_node, name
    node = Node(key, label, parent, 0 if parent is None else parent.depth + 1)
    if key in collapsed:
        node.open = False
    nodes[key] = node
    (tops if parent is None else parent.children).append(node)
    return node


def _place_all(
    name: str,
    base: str,
    base_node: Node | None,
    nodes: dict[str, Node],
    tops: list[Node],
    collapsed: frozenset[str],
) -> Node:
    # Top-down in a loop, so that the depth of directories is not bounded by Python's stack.
    parts = name.split("/")
    node: Node | None = None
    for count in range(1, len(parts) + 1):
        path = "/".join(parts[:count])
        if path:
            node = _place(path, base, base_node, nodes, tops, collapsed)
    if node is None:
        raise ValueError(f"not a name of a run: {name!r}")
    return node


def _reverse(tops: list[Node]) -> None:
    tops.reverse()
    for top in tops:
        for node in top.walk():
            node.children.reverse()


def _duration(run: Run) -> str:
    if run.first_wall_time_s is None or run.last_wall_time_s is None:
        return ""
    return duration_text(run.last_wall_time_s - run.first_wall_time_s)
