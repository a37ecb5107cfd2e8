"""The loops of `layout`: layers of nodes and their order.

Nodes of a component are numbered from 0; *dummies*, where a long edge passes a layer, come behind
them. Neighbours are given as ``start, others``: those of node i are
``others[start[i]:start[i + 1]]``. Layers are given as ``layer_start, order``: the nodes of layer l,
from the left, are ``order[layer_start[l]:layer_start[l + 1]]``; `places` are places in a layer.
"""

# mypy: disable-error-code="valid-type"
# (Cython's const views are no types to mypy.)

from __future__ import annotations

try:
    import cython
except ImportError:
    from eventglass.app.core import shadow as cython  # type: ignore[no-redef]


def break_cycles(
    start: cython.const[cython.int][::1],
    others: cython.const[cython.int][::1],
    roots: cython.const[cython.int][::1],
    reversed_: cython.uchar[::1],
    state: cython.int[::1],
    stack: cython.int[::1],
    at: cython.int[::1],
) -> None:
    """Mark the edges that close a cycle, walking from each of `roots` in turn.

    Edges marked 1 at first are taken as none. `state` is zero for all nodes, `stack` and `at` have
    room for all.
    """
    r: cython.Py_ssize_t
    top: cython.Py_ssize_t
    node: cython.Py_ssize_t
    other: cython.Py_ssize_t
    edge: cython.Py_ssize_t
    with cython.nogil:
        for r in range(roots.shape[0]):
            if state[roots[r]] != 0:
                continue
            stack[0] = roots[r]
            at[roots[r]] = start[roots[r]]
            state[roots[r]] = 1
            top = 1
            while top > 0:
                node = stack[top - 1]
                if at[node] == start[node + 1]:
                    state[node] = 2
                    top -= 1
                    continue
                edge = at[node]
                at[node] += 1
                other = others[edge]
                if reversed_[edge]:
                    continue
                if state[other] == 1:
                    reversed_[edge] = 2
                elif state[other] == 0:
                    state[other] = 1
                    at[other] = start[other]
                    stack[top] = other
                    top += 1


def longest_paths(
    up_start: cython.const[cython.int][::1],
    start: cython.const[cython.int][::1],
    others: cython.const[cython.int][::1],
    ranks: cython.int[::1],
    queue: cython.int[::1],
    waiting: cython.int[::1],
) -> int:
    """Rank the nodes of an acyclic graph one below the lowest of those above them.

    `queue` gets them in an order in which edges go forward. Returns how many there were.
    """
    head: cython.Py_ssize_t = 0
    tail: cython.Py_ssize_t = 0
    node: cython.Py_ssize_t
    other: cython.Py_ssize_t
    i: cython.Py_ssize_t
    with cython.nogil:
        for node in range(ranks.shape[0]):
            waiting[node] = up_start[node + 1] - up_start[node]
            if waiting[node] == 0:
                queue[tail] = node
                tail += 1
        while head < tail:
            node = queue[head]
            head += 1
            for i in range(start[node], start[node + 1]):
                other = others[i]
                if ranks[other] < ranks[node] + 1:
                    ranks[other] = ranks[node] + 1
                waiting[other] -= 1
                if waiting[other] == 0:
                    queue[tail] = other
                    tail += 1
    return int(tail)


def tighten(
    up_start: cython.const[cython.int][::1],
    ups: cython.const[cython.int][::1],
    start: cython.const[cython.int][::1],
    others: cython.const[cython.int][::1],
    queue: cython.const[cython.int][::1],
    fixed: cython.const[cython.uchar][::1],
    ranks: cython.int[::1],
) -> None:
    """Move nodes along their slack to where their edges are shorter together."""
    k: cython.Py_ssize_t
    node: cython.Py_ssize_t
    i: cython.Py_ssize_t
    best: cython.int
    ins: cython.int
    outs: cython.int
    n: cython.Py_ssize_t = queue.shape[0]
    with cython.nogil:
        for k in range(2 * n):
            # Against the edges, then along them.
            node = queue[n - 1 - k] if k < n else queue[k - n]
            if fixed[node]:
                continue
            ins = up_start[node + 1] - up_start[node]
            outs = start[node + 1] - start[node]
            if k < n and outs > ins:
                best = 1 << 30
                for i in range(start[node], start[node + 1]):
                    best = min(best, ranks[others[i]])
                if best - 1 > ranks[node]:
                    ranks[node] = best - 1
            elif k >= n and ins > outs:
                best = 0
                for i in range(up_start[node], up_start[node + 1]):
                    best = max(best, ranks[ups[i]] + 1)
                if best < ranks[node]:
                    ranks[node] = best


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def _sort(
    order: cython.int[::1],
    first: cython.Py_ssize_t,
    stop: cython.Py_ssize_t,
    keys: cython.double[::1],
    places: cython.int[::1],
) -> cython.void:
    """Sort a layer by key, equal ones as they stand (Shell's method)."""
    gap: cython.Py_ssize_t = 1
    i: cython.Py_ssize_t
    j: cython.Py_ssize_t
    node: cython.int
    other: cython.int
    while gap < (stop - first) // 9:
        gap = 3 * gap + 1
    while gap > 0:
        for i in range(first + gap, stop):
            node = order[i]
            j = i
            while j >= first + gap:
                other = order[j - gap]
                if keys[other] < keys[node] or (
                    keys[other] == keys[node] and places[other] < places[node]
                ):
                    break
                order[j] = other
                j -= gap
            order[j] = node
        gap //= 3
    for i in range(first, stop):
        places[order[i]] = i - first


def sweep(
    layer_start: cython.const[cython.int][::1],
    order: cython.int[::1],
    places: cython.int[::1],
    start: cython.const[cython.int][::1],
    others: cython.const[cython.int][::1],
    keys: cython.double[::1],
    downwards: bool,
    by_median: bool,
) -> None:
    """Order each layer by where the neighbours in the layer before stand.

    `start` and `others` are the neighbours above when going downwards, else those below.
    """
    count: cython.Py_ssize_t = layer_start.shape[0] - 1
    down: cython.bint = downwards
    median: cython.bint = by_median
    k: cython.Py_ssize_t
    layer: cython.Py_ssize_t
    i: cython.Py_ssize_t
    j: cython.Py_ssize_t
    node: cython.Py_ssize_t
    size: cython.Py_ssize_t
    total: cython.double
    with cython.nogil:
        for k in range(1, count):
            layer = k if down else count - 1 - k
            for i in range(layer_start[layer], layer_start[layer + 1]):
                node = order[i]
                size = start[node + 1] - start[node]
                if size == 0:
                    keys[node] = places[node]
                    continue
                if median and size > 2:
                    # Neighbours are kept sorted by `arrange`.
                    j = start[node] + size // 2
                    if size % 2:
                        keys[node] = places[others[j]]
                    else:
                        keys[node] = 0.5 * (places[others[j]] + places[others[j - 1]])
                    continue
                total = 0.0
                for j in range(start[node], start[node + 1]):
                    total += places[others[j]]
                keys[node] = total / size
            _sort(order, layer_start[layer], layer_start[layer + 1], keys, places)


def arrange(
    start: cython.const[cython.int][::1],
    others: cython.int[::1],
    places: cython.const[cython.int][::1],
) -> None:
    """Sort the neighbours of each node by their places."""
    node: cython.Py_ssize_t
    i: cython.Py_ssize_t
    j: cython.Py_ssize_t
    gap: cython.Py_ssize_t
    other: cython.int
    with cython.nogil:
        for node in range(start.shape[0] - 1):
            gap = 1
            while gap < (start[node + 1] - start[node]) // 9:
                gap = 3 * gap + 1
            while gap > 0:
                for i in range(start[node] + gap, start[node + 1]):
                    other = others[i]
                    j = i
                    while j >= start[node] + gap and places[others[j - gap]] > places[other]:
                        others[j] = others[j - gap]
                        j -= gap
                    others[j] = other
                gap //= 3


def crossings(
    layer_start: cython.const[cython.int][::1],
    order: cython.const[cython.int][::1],
    places: cython.const[cython.int][::1],
    start: cython.const[cython.int][::1],
    others: cython.const[cython.int][::1],
    tree: cython.int[::1],
) -> int:
    """Count the pairs of edges that cross; `others`, those below, are sorted (see `arrange`).

    Barth, Mutzel, Jünger: Simple and efficient bilayer cross counting (2004), with a Fenwick tree;
    `tree` has room for one more than the largest layer.
    """
    layer: cython.Py_ssize_t
    i: cython.Py_ssize_t
    j: cython.Py_ssize_t
    at: cython.Py_ssize_t
    node: cython.Py_ssize_t
    size: cython.Py_ssize_t
    met: cython.longlong
    below: cython.longlong
    total: cython.longlong = 0
    with cython.nogil:
        for layer in range(layer_start.shape[0] - 2):
            size = layer_start[layer + 2] - layer_start[layer + 1]
            for i in range(size + 1):
                tree[i] = 0
            met = 0
            for i in range(layer_start[layer], layer_start[layer + 1]):
                node = order[i]
                for j in range(start[node], start[node + 1]):
                    at = places[others[j]] + 1
                    below = 0
                    while at > 0:
                        below += tree[at]
                        at -= at & -at
                    total += met - below
                for j in range(start[node], start[node + 1]):
                    at = places[others[j]] + 1
                    met += 1
                    while at <= size:
                        tree[at] += 1
                        at += at & -at
    return int(total)


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def _gain(
    left: cython.Py_ssize_t,
    right: cython.Py_ssize_t,
    start: cython.const[cython.int][::1],
    others: cython.const[cython.int][::1],
    places: cython.const[cython.int][::1],
) -> cython.longlong:
    """How many crossings less there are when two neighbours change places."""
    i: cython.Py_ssize_t
    j: cython.Py_ssize_t
    gain: cython.longlong = 0
    if (start[left + 1] - start[left]) * (start[right + 1] - start[right]) > 4096:
        return 0
    for i in range(start[left], start[left + 1]):
        for j in range(start[right], start[right + 1]):
            if places[others[i]] > places[others[j]]:
                gain += 1
            elif places[others[i]] < places[others[j]]:
                gain -= 1
    return gain


def transpose(
    layer_start: cython.const[cython.int][::1],
    order: cython.int[::1],
    places: cython.int[::1],
    up_start: cython.const[cython.int][::1],
    ups: cython.const[cython.int][::1],
    down_start: cython.const[cython.int][::1],
    downs: cython.const[cython.int][::1],
    rounds: int,
) -> int:
    """Let neighbours in a layer change places where fewer edges cross; return the crossings saved.

    Gansner et al.: A technique for drawing directed graphs (1993), section 3.
    """
    layer: cython.Py_ssize_t
    i: cython.Py_ssize_t
    _k: cython.int
    most: cython.int = rounds
    left: cython.int
    right: cython.int
    gain: cython.longlong
    saved: cython.longlong = 0
    before: cython.longlong
    with cython.nogil:
        for _k in range(most):
            before = saved
            for layer in range(layer_start.shape[0] - 1):
                for i in range(layer_start[layer], layer_start[layer + 1] - 1):
                    left = order[i]
                    right = order[i + 1]
                    gain = _gain(left, right, up_start, ups, places)
                    gain += _gain(left, right, down_start, downs, places)
                    if gain > 0:
                        order[i] = right
                        order[i + 1] = left
                        places[left] += 1
                        places[right] -= 1
                        saved += gain
            if saved == before:
                break
    return int(saved)


def components(
    sources: cython.const[cython.int][::1],
    targets: cython.const[cython.int][::1],
    leaders: cython.int[::1],
) -> None:
    """Say for each node the lowest number of those it is connected with; see `sources`."""
    i: cython.Py_ssize_t
    a: cython.int
    b: cython.int
    with cython.nogil:
        for i in range(leaders.shape[0]):
            leaders[i] = i
        for i in range(sources.shape[0]):
            a = sources[i]
            b = targets[i]
            while leaders[a] != a:
                leaders[a] = leaders[leaders[a]]
                a = leaders[a]
            while leaders[b] != b:
                leaders[b] = leaders[leaders[b]]
                b = leaders[b]
            if a < b:
                leaders[b] = a
            else:
                leaders[a] = b
        for i in range(leaders.shape[0]):
            leaders[i] = leaders[leaders[i]]
