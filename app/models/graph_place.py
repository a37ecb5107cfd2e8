"""Where one is in a graph, and how that is kept: by names, which are the same at the next start."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from eventglass.app.core.graphs.hierarchy import Fold, Hierarchy
from eventglass.app.core.graphs.scene import Options, first_open
from eventglass.app.models.view_options import GraphOptions

#: So many open groups are kept by name.
MOST_NAMES = 500
#: Deeper groups than this have names nobody reads; they are not kept.
DEEPEST_KEPT = 64


@dataclass(frozen=True, slots=True)
class Place:
    """Where one is in a graph.

    Attributes
    ----------
    expanded : items that are open
    focus : the item that is shown alone, -1 for none
    selected : the selected item, -1 for none
    """

    expanded: frozenset[int] = frozenset()
    focus: int = -1
    selected: int = -1


def kept_fields(hierarchy: Hierarchy, place: Place, options: Options) -> dict[str, Any]:
    """Return the fields of `GraphOptions` that say where one is in a graph."""
    return {
        "opened": _names(hierarchy, place.expanded),
        "focus": next(iter(_names(hierarchy, [place.focus][: place.focus >= 0])), ""),
        "put_aside": _names(hierarchy, options.put_aside),
        "put_back": _names(hierarchy, options.put_back),
        "unfolded": _names(hierarchy, options.unfolded),
    }


def found_place(hierarchy: Hierarchy, kept: GraphOptions) -> tuple[Place, Options]:
    """Return where the kept names lead in a graph, as far as it has them."""
    focus = hierarchy.find(kept.focus) if kept.focus else -1
    if focus >= 0 and hierarchy.kinds[focus] == Fold.NODE:
        focus = -1
    if kept.opened is None:
        expanded = first_open(hierarchy)
    else:
        items = _items(hierarchy, kept.opened)
        expanded = frozenset(item for item in items if hierarchy.kinds[item] != Fold.NODE)
    options = Options(
        extract=kept.extract,
        embed=kept.embed,
        functions=kept.functions,
        put_aside=_items(hierarchy, kept.put_aside),
        put_back=_items(hierarchy, kept.put_back),
        unfolded=_items(hierarchy, kept.unfolded),
    )
    return Place(expanded, focus), options


#: Fields that say where one is in a graph and how it is laid out.
PLACE_FIELDS = ("opened", "focus", "put_aside", "put_back", "unfolded")
LAYOUT_FIELDS = ("extract", "embed", "functions", "direction")


def is_same_picture(one: GraphOptions, other: GraphOptions) -> bool:
    """Whether the same is open, and laid out alike."""
    names = (*PLACE_FIELDS, *LAYOUT_FIELDS)
    return all(getattr(one, name) == getattr(other, name) for name in names)


def without_place(kept: GraphOptions, **fields: Any) -> GraphOptions:
    """Return choices without those that belong to one graph; `fields` are taken over."""
    new = GraphOptions()
    own = (*PLACE_FIELDS, "search")
    return replace(kept, **{name: getattr(new, name) for name in own}, **fields)


def _names(hierarchy: Hierarchy, items: Iterable[int]) -> tuple[str, ...]:
    named = (item for item in sorted(items) if hierarchy.depths[item] < DEEPEST_KEPT)
    return tuple(hierarchy.name(item) for item in islice(named, MOST_NAMES))


def _items(hierarchy: Hierarchy, names: Iterable[str]) -> frozenset[int]:
    return frozenset(item for item in map(hierarchy.find, names) if item >= 0)
