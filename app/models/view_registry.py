"""Which views there are.

The built-in ones are named by text and imported when first shown. Other distributions add theirs
with the entry-point group ``eventglass.views``.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from eventglass.app.core.names import Kind

ENTRY_POINTS = "eventglass.views"

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ViewEntry:
    """What is known of a view before it is imported.

    ``kinds`` are those it shows; with none of them in the log the view stands grey in the menu.
    ``embeddings``: it shows those that lie beside event files.
    """

    view_id: str
    title: str
    icon: str
    order: int
    kinds: frozenset[Kind]
    target: str
    embeddings: bool = False

    def load(self) -> type[Any]:
        """Import the class. Raises whatever its module raises."""
        module, _, name = self.target.partition(":")
        return getattr(import_module(module), name)  # type: ignore[no-any-return]


BUILT_IN = (
    ViewEntry(
        "scalars",
        "Scalars",
        "scalars",
        10,
        frozenset({Kind.SCALAR}),
        "eventglass.widgets.views.scalars:ScalarsView",
    ),
    ViewEntry(
        "runs",
        "Runs",
        "table",
        15,
        frozenset({Kind.SCALAR}),
        "eventglass.widgets.views.run_table:RunTableView",
    ),
    ViewEntry(
        "images",
        "Images",
        "images",
        20,
        frozenset({Kind.IMAGE}),
        "eventglass.widgets.views.images:ImagesView",
    ),
    ViewEntry(
        "histograms",
        "Histograms",
        "histogram",
        30,
        frozenset({Kind.HISTOGRAM}),
        "eventglass.widgets.views.histograms:HistogramsView",
    ),
    ViewEntry(
        "distributions",
        "Distributions",
        "distribution",
        40,
        frozenset({Kind.HISTOGRAM}),
        "eventglass.widgets.views.distributions:DistributionsView",
    ),
    ViewEntry(
        "texts",
        "Text",
        "text",
        60,
        frozenset({Kind.TEXT}),
        "eventglass.widgets.views.texts:TextsView",
    ),
    ViewEntry(
        "graphs",
        "Graph",
        "graph",
        70,
        frozenset({Kind.GRAPH, Kind.RUN_METADATA, Kind.KERAS_MODEL}),
        "eventglass.widgets.views.graphs:GraphsView",
    ),
    ViewEntry(
        "audio",
        "Audio",
        "audio",
        50,
        frozenset({Kind.AUDIO}),
        "eventglass.widgets.views.audio:AudioView",
    ),
    ViewEntry(
        "meshes",
        "Meshes",
        "mesh",
        80,
        frozenset({Kind.MESH}),
        "eventglass.widgets.views.meshes:MeshesView",
    ),
    ViewEntry(
        "embeddings",
        "Embeddings",
        "embeddings",
        90,
        frozenset(),
        "eventglass.widgets.views.embeddings:EmbeddingsView",
        embeddings=True,
    ),
)


def entry_point_views() -> tuple[ViewEntry, ...]:
    """Views of other distributions; reading their list costs some tens of milliseconds.

    One that can't be imported has an entry too, for everything: opened, it fails and is shown to.
    """
    from importlib.metadata import entry_points

    found = []
    for point in entry_points(group=ENTRY_POINTS):
        target = point.value.partition(" ")[0]
        try:
            view = point.load()
            entry = ViewEntry(
                str(view.view_id),
                str(view.title),
                str(view.icon),
                int(view.order),
                frozenset(map(Kind, view.kinds)),
                target,
            )
        except Exception:  # noqa: BLE001
            # A border: whatever is wrong inside another distribution must not take this one down.
            _log.warning("Another package's view %s can't be loaded", point.name, exc_info=True)
            entry = ViewEntry(point.name, point.name, "warning", 1000, frozenset(Kind), target)
        found.append(entry)
    return tuple(found)


def in_order(entries: Iterable[ViewEntry]) -> tuple[ViewEntry, ...]:
    """The entries as tabs show them; of two with one id the first counts."""
    unique: dict[str, ViewEntry] = {}
    for entry in entries:
        unique.setdefault(entry.view_id, entry)
    return tuple(sorted(unique.values(), key=lambda entry: (entry.order, entry.view_id)))
