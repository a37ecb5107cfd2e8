"""Annotations of a scene as they are found, and put together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from eventglass.app.core.graphs.scene_graph import Beside

Ints = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

#: Annotations of a box on each side; the rest is one "more".
MOST_NOTES = 5


@dataclass(slots=True)
class Notes:
    """Annotations as they are found: the node beside which, what is annotated, kind, direction."""

    parts: list[tuple[Longs, Longs, int, bool]] = field(default_factory=list)

    def add(self, nodes: npt.ArrayLike, items: npt.ArrayLike, kind: int, out: bool) -> None:
        """Add annotations of one kind and direction."""
        self.parts.append((np.asarray(nodes, np.int64), np.asarray(items, np.int64), kind, out))

    def assembled(
        self,
        shown_by: Ints,
        box_count: int,
        telling: Callable[[Longs, Longs, Longs, Ints], Bools],
    ) -> tuple[Longs, Longs, Longs, Longs, Bools]:
        """Return start by box, items, counts, kinds, directions.

        Those beside nodes that are not shown are left out, and those that are not `telling`: said
        of the boxes, kinds and items of them all.
        """
        parts = self.parts
        if not parts:
            empty = np.zeros(0, np.int64)
            return np.zeros(box_count + 1, np.int64), empty, empty, empty, empty.astype(bool)
        boxes = np.concatenate([shown_by[nodes] for nodes, _, _, _ in parts]).astype(np.int64)
        items = np.concatenate([each for _, each, _, _ in parts])
        kinds = np.concatenate([np.full(len(nodes), kind) for nodes, _, kind, _ in parts])
        outs = np.concatenate([np.full(len(nodes), int(out)) for nodes, _, _, out in parts])
        kept = (boxes >= 0) & telling(boxes, kinds, items, shown_by)
        boxes, outs, kinds, items = (each[kept] for each in (boxes, outs, kinds, items))
        # Box, side, kind and item in one number: those are sorted fastest.
        packed = ((boxes * 2 + outs) * 4 + kinds << 32) + items + 1
        packed.sort()
        begins = np.flatnonzero(np.diff(packed, prepend=-1))
        counts = np.diff(np.append(begins, len(packed)))
        codes, items = packed[begins] >> 32, (packed[begins] & 0xFFFFFFFF) - 1
        rows = np.stack([codes >> 3, codes >> 2 & 1, codes & 3, items], axis=1)
        # The first few on each side of a box, then how many more.
        side = rows[:, 0] * 2 + rows[:, 1]
        begins = np.flatnonzero(np.diff(side, prepend=-1))
        place = np.arange(len(rows)) - np.repeat(begins, np.diff(np.append(begins, len(rows))))
        more = place >= MOST_NOTES
        lumped = place == MOST_NOTES
        sums = np.bincount(side[more], minlength=2 * box_count)
        rows[lumped, 2] = Beside.MORE
        rows[lumped, 3] = -1
        counts[lumped] = sums[side[lumped]]
        kept = ~more | lumped
        rows, counts = rows[kept], counts[kept]
        start = np.zeros(box_count + 1, np.int64)
        np.cumsum(np.bincount(rows[:, 0], minlength=box_count), out=start[1:])
        return start, rows[:, 3], counts, rows[:, 2], rows[:, 1] == 1
