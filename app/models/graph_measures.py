"""Parameters, their bytes and floating point operations of items, in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from eventglass.app.core.graphs.statistics import FORMULAS, KIND_OF_OP, flops, parameters, uncounted
from eventglass.app.models.words import count_text, number_text, size_text

if TYPE_CHECKING:
    from eventglass.app.core.graphs.hierarchy import Hierarchy

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Measures:
    """Sums over what is below each item, (t,) each.

    Attributes
    ----------
    parameters, sizes : parameters held, and their bytes
    flops : floating point operations of one run, of nodes they are known of
    counted : number of those nodes
    unknown : number of nodes with a formula whose shapes are not known
    """

    parameters: Floats
    sizes: Floats
    flops: Floats
    counted: Floats
    unknown: Floats


def measures_of(hierarchy: Hierarchy) -> Measures:
    """Return the measures of all items; takes a look at attributes, so it belongs in a task."""
    counts, sizes = parameters(hierarchy.graph)
    operations = flops(hierarchy.graph)
    return Measures(
        hierarchy.below(counts),
        hierarchy.below(sizes),
        hierarchy.below(np.nan_to_num(operations)),
        hierarchy.below(np.isfinite(operations).astype(np.float64)),
        hierarchy.below(uncounted(hierarchy.graph, operations).astype(np.float64)),
    )


def measure_rows(hierarchy: Hierarchy, measures: Measures, item: int) -> list[tuple[str, str]]:
    """Return names and values of what is known of an item, -1: of the whole graph."""
    items = np.array([item]) if item >= 0 else hierarchy.children_of(-1)
    held, size = float(measures.parameters[items].sum()), float(measures.sizes[items].sum())
    operations = float(measures.flops[items].sum())
    counted = int(measures.counted[items].sum())
    rows = []
    if held:
        rows.append(("Parameters", f"{number_text(round(held))} ({size_text(size)})"))
    if counted:
        unknown = int(measures.unknown[items].sum())
        at_least = "at least " if unknown else ""
        rows.append(("FLOPs", f"{at_least}{_large(operations)}"))
        if unknown:
            rows.append(("Unknown", f"shapes of {count_text(unknown, 'operation')}"))
        nodes = hierarchy.count(item)
        if nodes > 1:
            rows.append(("Counted", f"{number_text(counted)} of {number_text(nodes)} nodes"))
        else:
            kind = KIND_OF_OP.get(hierarchy.graph.op(item), "")
            if kind in FORMULAS:
                rows.append(("Formula", FORMULAS[kind]))
    return rows


def formulas_text() -> str:
    """How floating point operations are counted, a line for each kind of operation."""
    lines = [f"{kind}: {words}" for kind, words in FORMULAS.items()]
    return "\n".join(["FLOPs of one run, unknown sizes taken as 1", *lines])


def _large(value: float) -> str:
    for unit, factor in (("T", 1e12), ("G", 1e9), ("M", 1e6)):
        if value >= factor:
            return f"{value / factor:.3g} {unit}"
    return number_text(round(value))
