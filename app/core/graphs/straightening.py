"""The loops of `layout` that say where nodes stand in their layers; see `layering` for terms."""

# mypy: disable-error-code="valid-type"
# (Cython's const views are no types to mypy.)

from __future__ import annotations

try:
    import cython
except ImportError:
    from eventglass.app.core import shadow as cython  # type: ignore[no-redef]


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def _pool(
    order: cython.const[cython.int][::1],
    first: cython.Py_ssize_t,
    stop: cython.Py_ssize_t,
    wanted: cython.const[cython.double][::1],
    weights: cython.const[cython.double][::1],
    halves: cython.const[cython.double][::1],
    gap: cython.double,
    dummy_gap: cython.double,
    count: cython.Py_ssize_t,
    x: cython.double[::1],
    means: cython.double[::1],
    masses: cython.double[::1],
    ends: cython.int[::1],
) -> cython.void:
    """Put a layer's nodes as near as can be to where they are wanted, without overlap.

    Least weighted squares under x[i + 1] - x[i] >= the halves of both and a gap: with the sums of
    these distances taken off it is an isotonic regression, solved by pooling adjacent violators.
    """
    i: cython.Py_ssize_t
    j: cython.Py_ssize_t
    blocks: cython.Py_ssize_t = 0
    node: cython.Py_ssize_t
    offset: cython.double = 0.0
    for i in range(first, stop):
        node = order[i]
        if i > first:
            j = order[i - 1]
            offset += halves[j] + halves[node]
            offset += dummy_gap if j >= count and node >= count else gap
        x[node] = offset
        means[blocks] = wanted[node] - offset
        masses[blocks] = weights[node]
        ends[blocks] = i + 1
        blocks += 1
        while blocks > 1 and means[blocks - 2] > means[blocks - 1]:
            means[blocks - 2] = (
                means[blocks - 2] * masses[blocks - 2] + means[blocks - 1] * masses[blocks - 1]
            ) / (masses[blocks - 2] + masses[blocks - 1])
            masses[blocks - 2] += masses[blocks - 1]
            ends[blocks - 2] = ends[blocks - 1]
            blocks -= 1
    i = first
    for j in range(blocks):
        while i < ends[j]:
            x[order[i]] += means[j]
            i += 1


def separate(
    layer_start: cython.const[cython.int][::1],
    order: cython.const[cython.int][::1],
    wanted: cython.const[cython.double][::1],
    weights: cython.const[cython.double][::1],
    halves: cython.const[cython.double][::1],
    gap: float,
    dummy_gap: float,
    count: int,
    x: cython.double[::1],
    scratch: cython.double[:, ::1],
    ends: cython.int[::1],
) -> None:
    """Put all nodes as near as can be to where they are wanted, in each layer without overlap."""
    layer: cython.Py_ssize_t
    g: cython.double = gap
    d: cython.double = dummy_gap
    n: cython.Py_ssize_t = count
    means: cython.double[::1] = scratch[0]
    masses: cython.double[::1] = scratch[1]
    with cython.nogil:
        for layer in range(layer_start.shape[0] - 1):
            _pool(
                order,
                layer_start[layer],
                layer_start[layer + 1],
                wanted,
                weights,
                halves,
                g,
                d,
                n,
                x,
                means,
                masses,
                ends,
            )


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def _pull(
    node: cython.Py_ssize_t,
    start: cython.const[cython.int][::1],
    others: cython.const[cython.int][::1],
    count: cython.Py_ssize_t,
    x: cython.const[cython.double][::1],
    wanted: cython.double[::1],
    weights: cython.double[::1],
) -> cython.void:
    """Add where a node's neighbours stand to where it is wanted, by their weights."""
    i: cython.Py_ssize_t
    other: cython.Py_ssize_t
    weight: cython.double
    for i in range(start[node], start[node + 1]):
        other = others[i]
        weight = 1.0
        if node >= count and other >= count:
            weight = 8.0
        elif node >= count or other >= count:
            weight = 2.0
        wanted[node] += weight * x[other]
        weights[node] += weight


def straighten(
    layer_start: cython.const[cython.int][::1],
    order: cython.const[cython.int][::1],
    up_start: cython.const[cython.int][::1],
    ups: cython.const[cython.int][::1],
    down_start: cython.const[cython.int][::1],
    downs: cython.const[cython.int][::1],
    halves: cython.const[cython.double][::1],
    gap: float,
    dummy_gap: float,
    count: int,
    rounds: int,
    x: cython.double[::1],
    scratch: cython.double[:, ::1],
    ends: cython.int[::1],
) -> None:
    """Move nodes below and above their neighbours, layer by layer, down and up in turn.

    Edges between two dummies weigh 8, with one 2, else 1, so that long edges are straight.
    """
    layer: cython.Py_ssize_t
    k: cython.Py_ssize_t
    turn: cython.int
    most: cython.int = rounds
    i: cython.Py_ssize_t
    node: cython.Py_ssize_t
    layers: cython.Py_ssize_t = layer_start.shape[0] - 1
    g: cython.double = gap
    d: cython.double = dummy_gap
    n: cython.Py_ssize_t = count
    means: cython.double[::1] = scratch[0]
    masses: cython.double[::1] = scratch[1]
    wanted: cython.double[::1] = scratch[2]
    weights: cython.double[::1] = scratch[3]
    with cython.nogil:
        for turn in range(most):
            for k in range(layers):
                layer = k if turn % 2 == 0 else layers - 1 - k
                for i in range(layer_start[layer], layer_start[layer + 1]):
                    node = order[i]
                    wanted[node] = 0.0
                    weights[node] = 0.0
                    # In the last rounds both sides count, before that the side come from.
                    if turn % 2 == 0 or turn >= most - 4:
                        _pull(node, up_start, ups, n, x, wanted, weights)
                    if turn % 2 == 1 or turn >= most - 4:
                        _pull(node, down_start, downs, n, x, wanted, weights)
                    if weights[node] > 0.0:
                        wanted[node] /= weights[node]
                    else:
                        wanted[node] = x[node]
                        weights[node] = 0.05
                _pool(
                    order,
                    layer_start[layer],
                    layer_start[layer + 1],
                    wanted,
                    weights,
                    halves,
                    g,
                    d,
                    n,
                    x,
                    means,
                    masses,
                    ends,
                )
