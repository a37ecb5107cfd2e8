"""Colours of a graph's boxes: by operation, device, cluster, structure, time or memory."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from eventglass.app.core.graphs import colours
from eventglass.app.core.graphs.hierarchy import Fold
from eventglass.app.models.graph_drawing import CLOSED, OPEN, GraphDrawing
from eventglass.app.models.graph_picture import item_of, items_of
from eventglass.app.models.words import size_text

if TYPE_CHECKING:
    from eventglass.app.core.graphs.hierarchy import Hierarchy

MODES = (
    ("none", "No colour"),
    ("op", "Operation"),
    ("structure", "Same structure"),
    ("device", "Device"),
    ("xla", "XLA cluster"),
    ("time", "Compute time"),
    ("memory", "Memory"),
)
#: So many categories get a colour of their own; the rest shares one.
MOST_COLOURS = 10
#: Told apart by all, and on both grounds; the first ones are the most frequent.
PALETTE = (
    0x2F6FED,
    0xE69F00,
    0x1FA187,
    0xCC5FA0,
    0x7A5FD0,
    0xD55E2B,
    0x56A8E0,
    0x8FA61E,
    0xB0413E,
    0x5F7D95,
)
#: Colours as 0xrrggbb and their shares, the largest first.
Strip = tuple[tuple[int, float], ...]
_HOLDING = [int(shape) for shape in (*CLOSED, *OPEN)]
_REST = 0x8A93A2
_WARM = (0xFFE8DC, 0xE2502E)
_WARM_DARK = (0x3A2A28, 0xD9552F)


@dataclass(frozen=True, slots=True)
class LegendEntry:
    """A colour, what it stands for, and of how many nodes."""

    rgb: int
    title: str
    count: int


@dataclass(frozen=True, slots=True, eq=False)
class Colouring:
    """What each node belongs to, or how much of something it takes.

    Attributes
    ----------
    mode : one of `MODES`
    codes : (n,) int64
        Category of each node, as an index in `entries`; -1 for none.
    amounts : (t,) float64, or None
        Of each item, where it is no category but an amount; NaN for unknown.
    entries : legend
    low, high : words at the ends of the scale of amounts
    missing : why there is nothing to colour by; empty when there is
    of_items : (t,) int64, or None
        Category of each item, where groups have one of their own.
    """

    mode: str
    codes: npt.NDArray[np.int64]
    amounts: npt.NDArray[np.float64] | None = None
    entries: tuple[LegendEntry, ...] = ()
    low: str = ""
    high: str = ""
    missing: str = ""
    of_items: npt.NDArray[np.int64] | None = None


def colouring_of(hierarchy: Hierarchy, mode: str) -> Colouring:
    """Return how the nodes of a graph are coloured."""
    graph = hierarchy.graph
    nothing = np.full(len(graph), -1, np.int64)
    if mode == "op":
        return _categories(mode, graph.ops.astype(np.int64), graph.op_names)
    if mode == "device":
        if not (graph.devices >= 0).any():
            return Colouring(mode, nothing, missing="No node says on which device it runs")
        return _categories(mode, graph.devices.astype(np.int64), graph.device_names)
    if mode == "xla":
        return _clusters(hierarchy, nothing)
    if mode == "structure":
        return _structures(hierarchy, nothing)
    if mode in ("time", "memory"):
        return _amounts(hierarchy, mode, nothing)
    return Colouring(mode, nothing)


def fills_of(
    hierarchy: Hierarchy, colouring: Colouring, drawing: GraphDrawing, dark: bool
) -> npt.NDArray[np.int64] | None:
    """Return the colour of each item of a drawing, -1 for none; None where there are no colours.

    A group has the colour of most of its nodes; of amounts, what all of them take together.
    """
    if colouring.mode == "none" or colouring.missing:
        return None
    items = items_of(drawing.ids)
    fills = np.full(len(items), -1, np.int64)
    palette = np.array([entry.rgb for entry in colouring.entries] or [_REST], np.int64)
    if colouring.of_items is not None:
        known = items >= 0
        codes = np.where(known, colouring.of_items[np.maximum(items, 0)], -1)
        return np.where(codes >= 0, palette[np.maximum(codes, 0)], -1)
    if colouring.amounts is not None:
        return _amount_fills(colouring, items, dark)
    is_node = (items >= 0) & (items < len(colouring.codes))
    own = colouring.codes[items[is_node]]
    fills[is_node] = np.where(own >= 0, palette[np.maximum(own, 0)], -1)
    for place in np.flatnonzero(items >= len(colouring.codes)).tolist():
        codes = colouring.codes[hierarchy.nodes_of(int(items[place]))]
        codes = codes[codes >= 0]
        if not len(codes):
            continue
        counts = np.bincount(codes)
        code = int(counts.argmax())
        # A colour for less than half would say what is not so.
        if counts[code] * 2 >= len(codes):
            fills[place] = palette[code]
    return fills


def strips_of(
    hierarchy: Hierarchy, colouring: Colouring, drawing: GraphDrawing
) -> dict[int, Strip]:
    """Return of each group of a drawing in which proportions the colours are inside, by index.

    Groups all of whose nodes have one colour are left out: they are filled with it. Shares are of
    all nodes; those without a colour leave the rest free.
    """
    found: dict[int, Strip] = {}
    if colouring.missing or not colouring.entries or colouring.of_items is not None:
        return found
    rgb = [entry.rgb for entry in colouring.entries]
    for place in np.flatnonzero(np.isin(drawing.shapes, _HOLDING)).tolist():
        item = item_of(int(drawing.ids[place]))
        if item < 0 or int(hierarchy.kinds[item]) == Fold.NODE:
            continue
        codes = colouring.codes[hierarchy.nodes_of(item)]
        counts = np.bincount(codes[codes >= 0], minlength=len(rgb))
        if counts.any() and counts.max() < len(codes):
            order = np.argsort(-counts, kind="stable")
            parts = zip(order.tolist(), counts[order].tolist(), strict=True)
            found[place] = tuple((rgb[code], n / len(codes)) for code, n in parts if n)
    return found


def _categories(mode: str, codes: npt.NDArray[np.int64], names: Sequence[str]) -> Colouring:
    counts = np.bincount(codes[codes >= 0], minlength=len(names))
    order = np.argsort(-counts, kind="stable")
    order = order[counts[order] > 0]
    own = order[:MOST_COLOURS]
    ranks = np.full(len(names) + 1, len(own), np.int64)
    ranks[own] = np.arange(len(own))
    ranks[-1] = -1
    entries = [
        LegendEntry(PALETTE[i % len(PALETTE)], names[code], int(counts[code]))
        for i, code in enumerate(own.tolist())
    ]
    rest = order[len(own) :]
    if len(rest):
        entries.append(LegendEntry(_REST, f"{len(rest):,} others", int(counts[rest].sum())))
    return Colouring(mode, ranks[codes], None, tuple(entries))


def _clusters(hierarchy: Hierarchy, nothing: npt.NDArray[np.int64]) -> Colouring:
    codes, names = colours.clusters(hierarchy)
    if not names:
        return Colouring("xla", nothing, missing="No node belongs to an XLA cluster")
    return _categories("xla", codes.astype(np.int64), names)


def _structures(hierarchy: Hierarchy, nothing: npt.NDArray[np.int64]) -> Colouring:
    """Groups built alike have the same colour; what is there once has none."""
    numbers = colours.structure(hierarchy).astype(np.int64)
    alike = numbers >= 0
    if not alike.any():
        return Colouring("structure", nothing, missing="No two groups are built alike")
    counts = np.bincount(numbers[alike])
    entries = [
        LegendEntry(
            PALETTE[number],
            f"like {hierarchy.label(int(np.flatnonzero(numbers == number)[0]))}",
            int(count),
        )
        for number, count in enumerate(counts[:MOST_COLOURS].tolist())
    ]
    rest = counts[MOST_COLOURS:]
    if len(rest):
        entries.append(LegendEntry(_REST, f"{len(rest):,} other structures", int(rest.sum())))
    of_items = np.minimum(numbers, MOST_COLOURS)
    return Colouring("structure", nothing, None, tuple(entries), of_items=of_items)


def _amounts(hierarchy: Hierarchy, mode: str, nothing: npt.NDArray[np.int64]) -> Colouring:
    if hierarchy.graph.stats is None:
        return Colouring(mode, nothing, missing="This graph comes without a profiled step")
    measure = colours.compute_times if mode == "time" else colours.memory
    amounts = measure(hierarchy)
    known = amounts[np.isfinite(amounts)]
    if not len(known):
        return Colouring(mode, nothing, missing="The profiled step ran no node of this graph")
    words: Callable[[float], str] = _time_text if mode == "time" else size_text
    return Colouring(mode, nothing, amounts, (), words(0.0), words(float(known.max())))


def _amount_fills(
    colouring: Colouring, items: npt.NDArray[np.int64], dark: bool
) -> npt.NDArray[np.int64]:
    assert colouring.amounts is not None
    shown = np.where(items >= 0, colouring.amounts[np.maximum(items, 0)], np.nan)
    most = float(np.nanmax(colouring.amounts))
    low, high = _WARM_DARK if dark else _WARM
    share = np.clip(np.nan_to_num(shown) / (most or 1.0), 0.0, 1.0)
    fills = np.zeros(len(items), np.int64)
    for shift in (16, 8, 0):
        first, last = (low >> shift) & 255, (high >> shift) & 255
        fills |= np.round(first + (last - first) * share).astype(np.int64) << shift
    return np.where(np.isnan(shown), -1, fills)


def gradient(dark: bool) -> tuple[int, int]:
    """Colours of nothing and of the most."""
    return _WARM_DARK if dark else _WARM


def _time_text(microseconds: float) -> str:
    if microseconds < 1000:
        return f"{microseconds:.0f} µs"
    return f"{microseconds / 1000:.1f} ms"
