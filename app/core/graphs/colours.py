"""What boxes may be coloured by: equal structure, and numbers or words of nodes by item."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from eventglass.app.core.graphs.hierarchy import Fold, Hierarchy
from eventglass.app.core.plugins.values import text

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int32]
Hashes = npt.NDArray[np.uint64]


def structure(hierarchy: Hierarchy) -> Ints:
    """Return a number for each item, (t,): equal for groups that are built alike; -1 for others.

    Groups are alike when they hold equally many nodes of each op, at the same depths, and equally
    many edges between ops, joined at the same depths. Numbers are given by size: 0 is the largest
    structure there is more than once.
    """
    graph = hierarchy.graph
    count, total = len(graph.names), len(hierarchy)
    depths = hierarchy.depths.astype(np.uint64)
    # Sums that wrap around do not depend on the order. Depths count from the group's own, so sums
    # are made for each depth apart: a polynomial in an odd number whose powers tell the depths.
    step = np.uint64(0x9E3779B97F4A7C15)
    with np.errstate(over="ignore"):
        powers = _powers(step, int(hierarchy.depths.max(initial=0)) + 2)
        inverse = _powers(np.uint64(pow(int(step), -1, 1 << 64)), len(powers))
        ops = _mixed(graph.ops.astype(np.uint64) + np.uint64(1))
        weights = ops * powers[depths[:count].astype(np.int64)]
        known = np.flatnonzero(graph.sources >= 0)
        sources, targets = graph.sources[known], graph.targets[known]
        pair = _mixed(ops[sources] * np.uint64(3) + ops[targets] * np.uint64(5))
        pair = pair + graph.controls[known].astype(np.uint64)
        homes = hierarchy.meeting[known]
        inner = homes >= 0
        joined = _mixed(pair[inner]) * powers[hierarchy.depths[homes[inner]] + 1]
        # Edges count in the group they meet in and in all groups around it.
        edges = np.zeros(total, np.uint64)
        np.add.at(edges, homes[inner], joined)
        nodes_below = _below(hierarchy, weights)
        edges_below = _groups_below(hierarchy, edges)
        codes = nodes_below + edges_below * np.uint64(7)
        codes = codes * inverse[hierarchy.depths.astype(np.int64)]
    groups = np.flatnonzero((hierarchy.kinds == Fold.SCOPE) | (hierarchy.kinds == Fold.FUNCTION))
    numbers = np.full(total, -1, np.int32)
    if not len(groups):
        return numbers
    different, which, times = np.unique(codes[groups], return_inverse=True, return_counts=True)
    sizes = np.zeros(len(different))
    sizes[which] = (hierarchy.stop - hierarchy.first)[groups]
    shared = np.flatnonzero(times > 1)
    shared = shared[np.lexsort((-times[shared], -sizes[shared]))]
    renamed = np.full(len(different), -1, np.int32)
    renamed[shared] = np.arange(len(shared))
    numbers[groups] = renamed[which]
    return numbers


def _powers(base: np.uint64, count: int) -> Hashes:
    powers = np.ones(max(count, 1), np.uint64)
    value = 1
    for place in range(1, count):
        value = value * int(base) & 0xFFFFFFFFFFFFFFFF
        powers[place] = value
    return powers


def _mixed(values: Hashes) -> Hashes:
    """Return the values scrambled (the finisher of splitmix64)."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(values ^ (values >> np.uint64(31)))


def _below(hierarchy: Hierarchy, weights: Hashes) -> Hashes:
    sums = np.zeros(len(weights) + 1, np.uint64)
    np.cumsum(weights[hierarchy.leaves], out=sums[1:])
    return np.asarray(sums[hierarchy.stop] - sums[hierarchy.first])


def _groups_below(hierarchy: Hierarchy, weights: Hashes) -> Hashes:
    """Return the sums over each item and the groups in it, (t,)."""
    sums = weights.copy()
    groups = np.flatnonzero(hierarchy.kinds != Fold.NODE)
    order = groups[np.argsort(-hierarchy.depths[groups], kind="stable")]
    depths = hierarchy.depths[order]
    cuts = np.flatnonzero(np.diff(depths)) + 1
    for part in np.split(order, cuts):
        inner = part[hierarchy.parents[part] >= 0]
        np.add.at(sums, hierarchy.parents[inner], sums[inner])
    return sums


def clusters(hierarchy: Hierarchy) -> tuple[Ints, list[str]]:
    """Return the XLA cluster of each node, (n,), -1 for none, and the clusters' names."""
    graph = hierarchy.graph
    rows = graph.attribute_rows("_XlaCluster")
    names: dict[str, int] = {}
    found = np.full(len(graph.names), -1, np.int32)
    for node in np.flatnonzero(rows >= 0).tolist():
        attribute = graph.attribute(node, "_XlaCluster")
        if attribute is not None and attribute.value is not None:
            found[node] = names.setdefault(text(attribute.value.s), len(names))
    return found, list(names)


def shares(hierarchy: Hierarchy, item: int, codes: Ints) -> list[tuple[int, float]]:
    """Return which codes the nodes below an item have and their shares, the largest first.

    `codes` are (n,); those with -1 count as one more, of number -1.
    """
    found = np.bincount(codes[hierarchy.nodes_of(item)] + 1)
    total = max(int(found.sum()), 1)
    order = np.argsort(-found, kind="stable")
    return [(int(code) - 1, found[code] / total) for code in order.tolist() if found[code]]


def compute_times(hierarchy: Hierarchy) -> Floats:
    """Return the time of each item, (t,), microseconds; NaN where nothing below it was run.

    That of a group is from the first start to the last end of what is below it, as TensorBoard
    counts.
    """
    stats = hierarchy.graph.stats
    if stats is None:
        return np.full(len(hierarchy), np.nan)
    start = np.append(np.nan_to_num(stats.start_us[hierarchy.leaves], nan=np.inf), np.inf)
    end = np.append(np.nan_to_num(stats.end_us[hierarchy.leaves], nan=-np.inf), -np.inf)
    bounds = np.stack([hierarchy.first, hierarchy.stop], axis=1).ravel()
    first = np.minimum.reduceat(start, bounds)[::2]
    last = np.maximum.reduceat(end, bounds)[::2]
    with np.errstate(invalid="ignore"):
        times = last - first
    empty = ~np.isfinite(times) | (hierarchy.first == hierarchy.stop)
    return np.where(empty, np.nan, times)


def memory(hierarchy: Hierarchy) -> Floats:
    """Return the memory of each item, (t,), bytes: the sum of what is below; NaN for none."""
    stats = hierarchy.graph.stats
    if stats is None:
        return np.full(len(hierarchy), np.nan)
    run = hierarchy.below(np.isfinite(stats.memory).astype(float))
    return np.where(run > 0, hierarchy.below(np.nan_to_num(stats.memory)), np.nan)
