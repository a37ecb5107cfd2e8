"""Along which corners the edges of a scene run."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from eventglass.app.core.graphs.scene_graph import SceneGraph, Shown

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int32]
Bools = npt.NDArray[np.bool_]

#: Edges that end at one side of a box are this far apart at most.
SPREAD = 12.0
#: A box this much smaller than its layer is left, and gone to, straight.
STRAIGHT = 10.0


@dataclass(frozen=True, slots=True, eq=False)
class Passed:
    """Where edges of one part of a level pass layers, relative to the level's box.

    Attributes
    ----------
    box : the box of the level; -1 for the whole
    edges, counts : (e,) edges of the scene, and how many layers each passes
    across : (d,) where along the layer, edge by edge, from above
    along : (d, 2) where the layer begins and ends
    """

    box: int
    edges: npt.NDArray[np.integer]
    counts: npt.NDArray[np.integer]
    across: Floats
    along: Floats


def routes(
    scene: SceneGraph,
    boxes: Floats,
    bands: Floats,
    turned: Bools,
    upper: Bools,
    lower: Bools,
    passed: Iterable[Passed],
    right: bool,
) -> tuple[Ints, Floats]:
    """Return where the corners of each edge begin, and all corners.

    Parameters
    ----------
    boxes : (k, 4) left, top, width, height
    bands : (k, 2) where the layer a box is in begins and ends; straight through it an edge goes,
        so that it passes no taller box beside
    turned : (e,) edges that run against the direction
    upper, lower : (k,) ports in the first and the last layer of their level
    passed : where edges pass the layers between their ends
    right : whether layers follow each other from left to right, else from above to below
    """
    count = len(scene.sources)
    if not count:
        return np.zeros(1, np.int32), np.zeros((0, 2))
    swap = int(right)
    loops = scene.sources == scene.targets
    above = np.where(turned, scene.targets, scene.sources)
    below = np.where(turned, scene.sources, scene.targets)
    above_ports = np.where(turned, scene.target_ports, scene.source_ports)
    below_ports = np.where(turned, scene.source_ports, scene.target_ports)
    centre = boxes[:, :2] + boxes[:, 2:] / 2
    across, middle = centre[:, swap], centre[:, 1 - swap]
    half_wide, half_tall = boxes[:, 2 + swap] / 2, boxes[:, 3 - swap] / 2

    # Dummies of each edge, in edge order: two corners each.
    lengths = np.zeros(count, np.int64)
    owners, places, layers = [], [], []
    for each in passed:
        corner = boxes[each.box, :2] if each.box >= 0 else np.zeros(2)
        lengths[each.edges] = each.counts
        owners.append(np.repeat(each.edges, each.counts))
        places.append(each.across + corner[swap])
        layers.append(each.along + corner[1 - swap])
    real = (scene.kinds < Shown.PORT_IN) & (boxes[:, 2:] > 0).all(axis=1)
    leaves = (real & (bands[:, 1] - middle - half_tall > STRAIGHT))[above] & ~loops
    enters = (real & (middle - half_tall - bands[:, 0] > STRAIGHT))[below] & ~loops
    start = np.zeros(count + 1, np.int64)
    np.cumsum(2 + 2 * lengths + 2 * loops + leaves + enters, out=start[1:])
    points = np.zeros((int(start[-1]), 2))
    next_across = {True: across[below].copy(), False: across[above].copy()}
    if owners:
        owner = np.concatenate(owners)
        order = np.argsort(owner, kind="stable")
        owner = owner[order]
        place, band = np.concatenate(places)[order], np.concatenate(layers)[order]
        begins = np.zeros(count + 1, np.int64)
        np.cumsum(lengths, out=begins[1:])
        nth = np.arange(len(owner)) - begins[owner]
        at = start[owner] + 1 + leaves[owner] + 2 * nth
        points[at, 0] = points[at + 1, 0] = place
        points[at, 1], points[at + 1, 1] = band[:, 0], band[:, 1]
        long = np.flatnonzero(lengths > 0)
        next_across[True][long] = place[begins[long]]
        next_across[False][long] = place[begins[long + 1] - 1]
    first, last = start[:-1], start[1:] - 1
    for ends, ports, at, down in (
        (above, above_ports, first, True),
        (below, below_ports, last, False),
    ):
        points[at, 0] = across[ends] + _spread(ends, next_across[down], half_wide, loops)
        points[at, 1] = middle[ends] + (half_tall[ends] if down else -half_tall[ends])
        side = lower if down else upper
        by_port = (ports >= 0) & side[ports]
        points[at[by_port], 0] = across[ports[by_port]]
        # A port's own edges begin in the border itself.
    for chosen, at, by, border in (
        (leaves, first, 1, bands[above, 1]),
        (enters, last, -1, bands[below, 0]),
    ):
        points[at[chosen] + by, 0] = points[at[chosen], 0]
        points[at[chosen] + by, 1] = border[chosen]
    loop = np.flatnonzero(loops)
    if len(loop):
        # Out below, around the right side, in above.
        own = scene.sources[loop]
        far = across[own] + half_wide[own]
        inset = np.minimum(14.0, half_wide[own])
        low, high = middle[own] + half_tall[own], middle[own] - half_tall[own]
        corners = (
            (far - inset, low),
            (far + 10.0, low + 4.0),
            (far + 10.0, high - 4.0),
            (far - inset, high),
        )
        for nth_corner, corner_of in enumerate(corners):
            points[start[loop] + nth_corner] = np.stack(corner_of, axis=1)
    # Turned edges run upwards: their corners are turned around.
    lengths_all = np.diff(start)
    owner = np.repeat(np.arange(count), lengths_all)
    nth = np.arange(len(points)) - start[owner]
    against = turned[owner]
    points = points[
        np.where(against, start[owner] + lengths_all[owner] - 1 - nth, start[owner] + nth)
    ]
    if right:
        points = np.ascontiguousarray(points[:, ::-1])
    return start.astype(np.int32), points


def _spread(ends: Ints, towards: Floats, half_wide: Floats, loops: npt.NDArray[np.bool_]) -> Floats:
    """Return how far from the middle of a box's side each edge ends, in the order they go to."""
    shift = np.zeros(len(ends))
    real = np.flatnonzero(~loops)
    order = real[np.lexsort((towards[real], ends[real]))]
    if not len(order):
        return shift
    boxes = ends[order]
    begins = np.flatnonzero(np.diff(boxes, prepend=-1))
    sizes = np.diff(np.append(begins, len(boxes)))
    nth = np.arange(len(boxes)) - np.repeat(begins, sizes)
    number = np.repeat(sizes, sizes)
    step = np.minimum(SPREAD, 1.2 * half_wide[boxes] / number)
    shift[order] = (nth - (number - 1) / 2) * step
    return shift
