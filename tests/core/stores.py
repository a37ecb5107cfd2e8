"""Stores filled by hand, for tests that need points and not files."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from eventglass.app.core.names import Kind
from eventglass.app.core.store import LogStore

Point = tuple[int, float, float]


def store_of(points: dict[tuple[str, str], Sequence[Point]], root: str = "/logs") -> LogStore:
    """Return a store with scalar series; `points` gives (step, wall time, value) by run and tag."""
    store = LogStore()
    opened = store.add_root(root, "logs")
    for (run_name, tag), rows in points.items():
        run = store.add_run(opened.id, f"{root}/{run_name}", run_name, f"{root}/{run_name}")
        series = store.add_series(run.id, tag, Kind.SCALAR)
        assert series is not None
        series.plugin_name = "scalars"
        if rows:
            steps, walls, values = zip(*rows, strict=True)
            series.append(np.array(steps, np.int64), np.array(walls), np.array(values))
    return store
