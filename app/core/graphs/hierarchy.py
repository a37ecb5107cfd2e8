"""Nodes folded into groups by their names, as TensorBoard folds them.

A scope is what stands before a ``/``, unless there is nothing in it but the node of that name and
what is shown beside other nodes: constants and summaries. A node that is also a scope, ``A``, is
shown inside it as ``(A)``. Nodes of one scope and one op named ``base``, ``base_1``, ``base_2`` …
are a series when at least five of their numbers follow one another; constants and summaries are in
no series. The body of a library function is a group of its own at the top.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property

import numpy as np
import numpy.typing as npt

from eventglass.app.core.graphs import walks
from eventglass.app.core.graphs.model import FUNCTION_SCOPE, Graph
from eventglass.app.core.graphs.tables import Table
from eventglass.app.core.plugins.values import text

Ints = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

#: So many siblings at least make a series.
LEAST_SERIES = 5
#: Scopes beyond this are not made; their nodes stay in the scope above.
MOST_SCOPES = 2_000_000
#: Groups deeper than this are not found by a part of their name.
DEEPEST_NAMED = 200
#: More scopes than this with nothing in them but the next are a chain, opened as one.
LONGEST_CHAIN = 8
#: So many groups are opened in each other to show an item.
DEEPEST_OPENED = 200
_SUMMARY = re.compile(r"[A-Za-z]+Summary(V\d+)?")
_UNIQUE = re.compile(r"_[0-9a-f]{8,}$|(?<=[a-z])_\d{2,}$")


class Fold(IntEnum):
    """What an item of the hierarchy is."""

    NODE = 0
    SCOPE = 1
    SERIES = 2
    FUNCTION = 3


@dataclass(frozen=True, eq=False)
class Hierarchy:
    """Items: the nodes of the graph, numbered as there, then groups.

    Attributes
    ----------
    kinds : (t,) uint8, `Fold`
    parents : (t,) int32, the group an item is in; -1 at the top
    child_start : (t + 2,) int32; the children of item i are
        ``children[child_start[i + 1]:child_start[i + 2]]``, those at the top come first
    children : (t,) int32, in the order of the file
    first, stop : (t,) int32; the nodes below item i are ``leaves[first[i]:stop[i]]``
    leaves : (n,) int32
    depths : (t,) int32, groups around an item
    twins : (n,) bool, nodes that are also a scope
    heads : (t,) int32, the first node below an item
    ends : (t,) int64, where the name of a scope ends in ``graph.data``; 0 for others
    """

    graph: Graph
    kinds: npt.NDArray[np.uint8]
    parents: Ints
    child_start: Ints
    children: Ints
    first: Ints
    stop: Ints
    leaves: Ints
    depths: Ints
    twins: Bools
    heads: Ints
    ends: Longs

    def __len__(self) -> int:
        """Return the number of items."""
        return len(self.kinds)

    def children_of(self, item: int) -> Ints:
        """Return the children of an item, or of the whole for -1."""
        return self.children[self.child_start[item + 1] : self.child_start[item + 2]]

    def nodes_of(self, item: int) -> Ints:
        """Return the nodes below an item (itself for a node), or all for -1."""
        return self.leaves if item < 0 else self.leaves[self.first[item] : self.stop[item]]

    def count(self, item: int) -> int:
        """Return how many nodes are below an item."""
        return len(self.leaves) if item < 0 else int(self.stop[item] - self.first[item])

    def holds(self, item: int, other: int) -> bool:
        """Return whether an item is or contains another one."""
        while other >= 0 and other != item:
            other = int(self.parents[other])
        return other == item

    def path(self, item: int) -> list[int]:
        """Return the groups around an item, the outermost first, then the item."""
        found = []
        while item >= 0:
            found.append(item)
            item = int(self.parents[item])
        return found[::-1]

    def label(self, item: int) -> str:
        """Return the last word of an item's name: ``(A)`` for a node that is also a scope."""
        return self.labels([item])[0]

    def labels(self, items: Iterable[int]) -> list[str]:
        """Return the labels of many items; see `label`."""
        graph, count = self.graph, len(self.twins)
        names, rows, data = graph.names, graph.name_rows, graph.data
        found = []
        for item in items:
            if item < count:
                word = names[item].rpartition("/")[2]
                if self.twins[item] and not word.startswith("("):
                    word = f"({word})"
            elif self.kinds[item] == Fold.SCOPE:
                # Only the word itself is decoded: names of deep scopes are long.
                begin, end = int(rows[self.heads[item], 0]), int(self.ends[item])
                word = text(data[max(data.rfind(b"/", begin, end) + 1, begin) : end])
            elif self.kinds[item] == Fold.SERIES:
                word = self.name(item).rpartition("/")[2]
            else:
                word = _UNIQUE.sub("", self._function(item)) or self._function(item)
            # Names of converters may begin with a slash.
            found.append(word or ("/" if item >= count else "(no name)"))
        return found

    def name(self, item: int) -> str:
        """Return an item's full name; of a node that is also a scope ``A/(A)``."""
        graph = self.graph
        kind = self.kinds[item]
        if kind == Fold.NODE:
            name = graph.names[item]
            return f"{name}/({name.rpartition('/')[2]})" if self.twins[item] else name
        head = int(self.heads[item])
        if kind == Fold.FUNCTION:
            return FUNCTION_SCOPE + self._function(item)
        if kind == Fold.SCOPE:
            own = text(graph.data[graph.name_rows[head, 0] : self.ends[item]])
            function = graph.function_of[head]
            return own if function < 0 else self._in_function(int(function), own)
        numbered = [graph.names[node] for node in self.children_of(item)]
        stem = _stem(numbered[0])
        first, last = (each[len(stem) + 1 :] or "0" for each in (numbered[0], numbered[-1]))
        return f"{stem}[{first}-{last}]"

    def _function(self, item: int) -> str:
        return self.graph.functions[item - len(self) + len(self.graph.functions)].name

    def _in_function(self, function: int, name: str) -> str:
        return f"{FUNCTION_SCOPE}{self.graph.functions[function].name}/{name}"

    def function_item(self, function: int) -> int:
        """Return the item of a library function."""
        return len(self) - len(self.graph.functions) + function

    @cached_property
    def function_index(self) -> dict[str, int]:
        """Item by name of a library function."""
        return {
            each.name: self.function_item(number)
            for number, each in enumerate(self.graph.functions)
        }

    @cached_property
    def _series(self) -> dict[str, int]:
        return {self.name(int(item)): int(item) for item in np.flatnonzero(self.kinds == 2)}

    def find(self, name: str) -> int:
        """Return the item of a name, -1 for none; a scope before the node inside it."""
        item = self._scope(name)
        if item >= 0:
            return item
        node = self.graph.find(name)
        if node < 0 and name.endswith(")") and "/(" in name:
            node = self.graph.find(name[: name.rindex("/(")])
        return node if node >= 0 else self._series.get(name, -1)

    def _scope(self, name: str) -> int:
        """Return the scope or function of a name, -1 for none: word by word from the top."""
        item = -1
        if name.startswith(FUNCTION_SCOPE):
            # Names of functions may hold a slash themselves.
            rest = name[len(FUNCTION_SCOPE) :]
            fitting = [
                each for each in self.function_index if rest == each or rest.startswith(each + "/")
            ]
            if fitting:
                own = max(fitting, key=len)
                item, rest = self.function_index[own], rest[len(own) + 1 :]
                if not rest:
                    return item
                name = rest
        data, rows = self.graph.data, self.graph.name_rows
        for word in name.encode("utf-8", errors="surrogatepass").split(b"/"):
            inside = self.children_of(item)
            inside = inside[self.kinds[inside] == Fold.SCOPE]
            ends = self.ends[inside]
            begins = rows[self.heads[inside], 0]
            near = np.flatnonzero(ends - begins >= len(word)).tolist()
            for each in near:
                begin, end = int(begins[each]), int(ends[each])
                if data.endswith(word, begin, end) and (
                    end - begin == len(word) or data[end - len(word) - 1] == 47
                ):
                    item = int(inside[each])
                    break
            else:
                return -1
        return item

    @cached_property
    def chains(self) -> Ints:
        """Where the chain of scopes that each item begins ends, (t,); itself where there is none.

        A chain are more than `LONGEST_CHAIN` scopes with nothing in them but the next.
        """
        own = np.arange(len(self), dtype=np.int32)
        counts = np.diff(self.child_start)[1:]
        inner = np.flatnonzero((self.kinds == Fold.SCOPE) & (counts == 1))
        only = self.children[self.child_start[inner + 1]]
        inner, only = (each[self.kinds[only] == Fold.SCOPE] for each in (inner, only))
        ends = own.copy()
        ends[inner] = only
        while True:
            farther = ends[ends]
            if (farther == ends).all():
                break
            ends = farther
        return np.where(self.depths[ends] - self.depths >= LONGEST_CHAIN, ends, own)

    def way_to(self, item: int, focus: int = -1) -> tuple[list[int], int]:
        """Return which groups to open to see an item, and what to show alone.

        That is `focus`, unless the item is not inside it, or so deep inside that a nearer group is
        shown alone.
        """
        around = self.path(item)[:-1]
        begin = around.index(focus) + 1 if focus in around else 0
        focus = focus if begin else -1
        chains = self.chains
        # Chains count as one level.
        levels = begin
        steps = [levels]
        while levels < len(around):
            last = int(chains[around[levels]])
            levels += 1 + int(self.depths[last] - self.depths[around[levels]])
            steps.append(levels)
        if len(steps) > DEEPEST_OPENED:
            begin = steps[-DEEPEST_OPENED // 2]
            focus = around[begin - 1]
        return around[begin:], focus

    def op_counts(self, item: int) -> list[tuple[str, int]]:
        """Return how often each op is below an item, the most frequent first."""
        names = self.graph.op_names
        counts = np.bincount(self.graph.ops[self.nodes_of(item)], minlength=len(names)).tolist()
        found = [(name, count) for name, count in zip(names, counts, strict=True) if count]
        return sorted(found, key=lambda each: (-each[1], each[0]))

    def below(self, weights: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Return the sum of the nodes' (n,) `weights` below each item, (t,)."""
        sums = np.concatenate([[0.0], np.cumsum(weights[self.leaves])])
        return np.asarray(sums[self.stop] - sums[self.first])

    @cached_property
    def lower_names(self) -> list[str]:
        """The nodes' names in lower case."""
        return [name.lower() for name in self.graph.names]

    @cached_property
    def group_names(self) -> tuple[npt.NDArray[np.int64], list[str]]:
        """Groups no deeper than `DEEPEST_NAMED`, and their names: deeper ones have long names."""
        groups = np.flatnonzero((self.kinds != Fold.NODE) & (self.depths < DEEPEST_NAMED))
        data, begins = self.graph.data, self.graph.name_rows[:, 0]
        names = []
        for item, kind, head in zip(
            groups.tolist(), self.kinds[groups].tolist(), self.heads[groups].tolist(), strict=True
        ):
            if kind == Fold.SCOPE and self.graph.function_of[head] < 0:
                names.append(text(data[begins[head] : self.ends[item]]))
            else:
                names.append(self.name(item))
        return groups, names

    def prepare(self) -> None:
        """Work out what searching and opening groups need, so that later it is there at once."""
        _ = self.lower_names, self.group_names, self.meeting, self.chains, self._series
        _ = self.constants, self.summaries, self.graph.targets, self.graph.output_start

    @cached_property
    def meeting(self) -> Ints:
        """The innermost group around both ends of each input, (m,); -1 for the top."""
        graph = self.graph
        out = np.empty(len(graph.sources), np.int32)
        walks.meet(self.parents, self.depths, graph.sources, graph.targets, out)
        return out

    @cached_property
    def constants(self) -> Bools:
        """Nodes shown beside those that use them: constants, (n,)."""
        return constants_of(self.graph)

    @cached_property
    def summaries(self) -> Bools:
        """Nodes shown beside what they summarize, (n,)."""
        return summaries_of(self.graph)


def constants_of(graph: Graph) -> Bools:
    """Return which nodes are constants without inputs that somebody uses, (n,)."""
    used = np.diff(graph.output_start) > 0
    free = np.diff(graph.input_start) == 0
    return np.asarray(graph.is_op("Const", "prim::Constant", "Constant") & used & free)


def summaries_of(graph: Graph) -> Bools:
    """Return which nodes are summaries with an input and no more than one consumer, (n,)."""
    codes = [code for code, name in enumerate(graph.op_names) if _SUMMARY.fullmatch(name)]
    few = np.diff(graph.output_start) <= 1
    return np.asarray(np.isin(graph.ops, codes) & (np.diff(graph.input_start) > 0) & few)


def fold(graph: Graph, series: bool = True) -> Hierarchy:
    """Return the hierarchy of a graph; `series` folds numbered siblings."""
    count = len(graph.names)
    functions = len(graph.functions)
    rows = graph.name_rows
    # Scopes are numbered from 0 while they are made; -1 is the top, -2 - f the function f.
    homes = np.where(graph.function_of >= 0, -2 - graph.function_of.astype(np.int64), -1)
    room = min(walks.count_byte(graph.data, rows, 47), MOST_SCOPES)
    table = Table(graph.data, room)
    scope_parents, scope_heads, scope_ends = (np.zeros(room, np.int64) for _ in range(3))
    tails = np.empty(count, np.int64)
    scopes = table.grow(rows, scope_parents, scope_heads, scope_ends, homes, tails)
    scope_parents, scope_heads, scope_ends = (
        each[:scopes] for each in (scope_parents, scope_heads, scope_ends)
    )
    words = np.stack([tails, rows[:, 1]], axis=1)
    twins = np.empty(count, np.int64)
    table.look_up(words, homes, twins)
    embedded = constants_of(graph) | summaries_of(graph)
    kept, kept_of = _real_scopes(scope_parents, homes, embedded)
    # From here on scopes are numbered as they are kept.
    is_twin = (twins >= 0) & np.append(kept, False)[twins]
    homes = _renumbered(np.where(is_twin, twins, homes), kept_of)
    scope_parents = _renumbered(scope_parents[kept], kept_of)
    scope_heads, scope_ends = scope_heads[kept], scope_ends[kept]
    scopes = len(scope_parents)

    def items(numbers: Longs, extra: int) -> Longs:
        """Return the items that groups as numbered here are."""
        return np.where(
            numbers >= 0,
            numbers + count,
            np.where(numbers == -1, -1, count + scopes + extra - 2 - numbers),
        )

    members, run_of, runs = _runs(graph, homes, words, is_twin) if series else _NO_RUNS
    total = count + scopes + runs + functions
    parents = np.full(total, -1, np.int32)
    heads = np.arange(total, dtype=np.int32)
    kinds = np.zeros(total, np.uint8)
    ends = np.zeros(total, np.int64)
    at = count + scopes
    parents[:count] = items(homes, runs)
    parents[count:at] = items(scope_parents, runs)
    heads[count:at] = scope_heads
    ends[count:at] = scope_ends
    kinds[count:at] = Fold.SCOPE
    if runs:
        begin = np.flatnonzero(np.diff(run_of, prepend=-1) > 0)
        parents[at : at + runs] = parents[members[begin]]
        heads[at : at + runs] = members[begin]
        parents[members] = at + run_of
        kinds[at : at + runs] = Fold.SERIES
    if functions:
        kinds[at + runs :] = Fold.FUNCTION
        heads[at + runs :] = [min(each.first, count - 1) for each in graph.functions]

    order = np.lexsort((heads, parents)).astype(np.int32)
    if runs:
        # Members stand by their numbers, not by their place in the file.
        inside = kinds[np.maximum(parents[order], 0)] == Fold.SERIES
        inside &= parents[order] >= 0
        order[inside] = members
    child_start = np.zeros(total + 2, np.int32)
    np.cumsum(np.bincount(parents + 1, minlength=total + 1), out=child_start[1:])
    first, stop, depths, stack = (np.zeros(max(total, 1), np.int32) for _ in range(4))
    leaves = np.zeros(count, np.int32)
    walks.preorder(child_start, order, count, first, stop, leaves, depths, stack)
    for array in (kinds, parents, child_start, order, first, stop, leaves, depths, is_twin):
        array.setflags(write=False)
    return Hierarchy(
        graph=graph,
        kinds=kinds,
        parents=parents,
        child_start=child_start,
        children=order,
        first=first[:total],
        stop=stop[:total],
        leaves=leaves,
        depths=depths[:total],
        twins=is_twin,
        heads=heads,
        ends=ends,
    )


def _real_scopes(parents: Longs, homes: Longs, embedded: Bools) -> tuple[Bools, Longs]:
    """Return which scopes hold more than the node of their name and what is shown beside it.

    Also the new number of the scope that takes the place of each, and of -1 and below as they are.
    """
    real = np.zeros(len(parents), np.uint8)
    holders = homes[~embedded]
    real[holders[holders >= 0]] = 1
    numbers = np.empty(len(parents), np.int64)
    walks.real_scopes(parents, real, numbers)
    return real > 0, numbers


def _renumbered(scopes: Longs, numbers: Longs) -> Longs:
    return np.where(scopes >= 0, np.append(numbers, -1)[np.maximum(scopes, -1)], scopes)


_NO_RUNS = (np.zeros(0, np.int64), np.zeros(0, np.int64), 0)


def _runs(graph: Graph, homes: Longs, words: Longs, is_twin: Bools) -> tuple[Longs, Longs, int]:
    """Return the members of all series, by series and number; the series of each; how many."""
    count = len(homes)
    if not count:
        return _NO_RUNS
    stems, numbers = np.empty(count, np.int64), np.empty(count, np.int64)
    begins, ends = (np.ascontiguousarray(words[:, side]) for side in (0, 1))
    walks.suffixes(graph.data, begins, ends, stems, numbers)
    shift = homes - homes.min()
    keys = shift * (len(graph.op_names) + 1) + graph.ops
    rows = np.ascontiguousarray(np.stack([begins, stems, keys], axis=1))
    clusters = np.empty(count, np.int64)
    Table(graph.data, count).number(rows, 0, 2, clusters)
    named = (graph.ops >= 0) & np.array([bool(name) for name in graph.op_names])[graph.ops]
    fit = np.flatnonzero(named & ~is_twin & ~constants_of(graph) & ~summaries_of(graph))
    order = fit[np.lexsort((numbers[fit], clusters[fit]))]
    if not len(order):
        return _NO_RUNS
    follows = (np.diff(clusters[order]) == 0) & (np.diff(numbers[order]) == 1)
    run = np.concatenate([[0], np.cumsum(~follows)])
    sizes = np.bincount(run)
    kept = sizes[run] >= LEAST_SERIES
    new = np.cumsum(sizes >= LEAST_SERIES) - 1
    return order[kept], new[run[kept]], int((sizes >= LEAST_SERIES).sum())


def _stem(name: str) -> str:
    stem, mark, number = name.rpartition("_")
    if mark and number.isdecimal() and not any(each.isdigit() for each in stem.rpartition("/")[2]):
        return stem
    return name
