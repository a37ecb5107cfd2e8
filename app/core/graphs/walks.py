"""Loops over graphs and trees given as arrays."""

# mypy: disable-error-code="valid-type"
# (Cython's const views are no types to mypy.)

from __future__ import annotations

try:
    import cython
except ImportError:
    from eventglass.app.core import shadow as cython  # type: ignore[no-redef]


def preorder(
    child_start: cython.const[cython.int][::1],
    children: cython.const[cython.int][::1],
    nodes: int,
    first: cython.int[::1],
    stop: cython.int[::1],
    leaves: cython.int[::1],
    depths: cython.int[::1],
    stack: cython.int[::1],
) -> int:
    """Walk a tree: say which leaves, in the order of the walk, are below each item.

    Items below `nodes` are leaves. Children of item i, in `children`, begin at
    ``child_start[i + 1]``; those at the top at ``child_start[0]``. `stack` has room for all items.
    Returns the number of leaves met.
    """
    top: cython.Py_ssize_t = 0
    met: cython.int = 0
    item: cython.Py_ssize_t
    i: cython.Py_ssize_t
    n: cython.Py_ssize_t = nodes
    with cython.nogil:
        i = child_start[1]
        while i > child_start[0]:
            i -= 1
            stack[top] = children[i]
            depths[children[i]] = 0
            top += 1
        while top > 0:
            item = stack[top - 1]
            if item < 0:
                # All below the group on the stack has been met.
                top -= 1
                stop[-item - 1] = met
                continue
            first[item] = met
            if item < n:
                leaves[met] = item
                met += 1
                stop[item] = met
                top -= 1
                continue
            stack[top - 1] = -item - 1
            i = child_start[item + 2]
            while i > child_start[item + 1]:
                i -= 1
                stack[top] = children[i]
                depths[children[i]] = depths[item] + 1
                top += 1
    return int(met)


def count_byte(
    data: cython.const[cython.uchar][::1],
    rows: cython.const[cython.longlong][:, ::1],
    byte: int,
) -> int:
    """Count how often a byte is in the pieces of `data` that begin and end at the rows."""
    wanted: cython.int = byte
    found: cython.Py_ssize_t = 0
    i: cython.Py_ssize_t
    at: cython.longlong
    with cython.nogil:
        for i in range(rows.shape[0]):
            for at in range(rows[i, 0], rows[i, 1]):
                if data[at] == wanted:
                    found += 1
    return int(found)


def real_scopes(
    parents: cython.const[cython.longlong][::1],
    real: cython.uchar[::1],
    numbers: cython.longlong[::1],
) -> None:
    """Mark the scopes around those marked in `real` too, and number the marked ones.

    Scopes stand after those they are in. One that is not marked gets the number of the scope that
    takes its place; where none does, that of its parent, which is negative.
    """
    i: cython.Py_ssize_t
    kept: cython.longlong = 0
    with cython.nogil:
        for i in range(parents.shape[0] - 1, -1, -1):
            if real[i] and parents[i] >= 0:
                real[parents[i]] = 1
        for i in range(parents.shape[0]):
            if real[i]:
                numbers[i] = kept
                kept += 1
            elif parents[i] >= 0:
                numbers[i] = numbers[parents[i]]
            else:
                numbers[i] = parents[i]


def suffixes(
    data: cython.const[cython.uchar][::1],
    begins: cython.const[cython.longlong][::1],
    ends: cython.const[cython.longlong][::1],
    stems: cython.longlong[::1],
    numbers: cython.longlong[::1],
) -> None:
    """Split words like ``name_12`` whose stem has no digits; the number of others is 0."""
    i: cython.Py_ssize_t
    at: cython.longlong
    number: cython.longlong
    scale: cython.longlong
    with cython.nogil:
        for i in range(begins.shape[0]):
            at = ends[i]
            number = 0
            scale = 1
            while at > begins[i] and 48 <= data[at - 1] <= 57 and scale < 1000000000:
                at -= 1
                number += scale * (data[at] - 48)
                scale *= 10
            stems[i] = ends[i]
            numbers[i] = 0
            if at < ends[i] and at > begins[i] and data[at - 1] == 95:  # _
                at -= 1
                stems[i] = at
                numbers[i] = number
                while at > begins[i]:
                    at -= 1
                    if 48 <= data[at] <= 57:
                        stems[i] = ends[i]
                        numbers[i] = 0
                        break


def meet(
    parents: cython.const[cython.int][::1],
    depths: cython.const[cython.int][::1],
    one: cython.const[cython.int][::1],
    other: cython.const[cython.int][::1],
    out: cython.int[::1],
) -> None:
    """Find the innermost group around both items of each pair; -1 for the top or unknown items."""
    i: cython.Py_ssize_t
    a: cython.int
    b: cython.int
    with cython.nogil:
        for i in range(one.shape[0]):
            out[i] = -1
            if one[i] < 0 or other[i] < 0:
                continue
            a = parents[one[i]]
            b = parents[other[i]]
            while a >= 0 and b >= 0 and a != b:
                if depths[a] >= depths[b]:
                    a = parents[a]
                else:
                    b = parents[b]
            if a == b:
                out[i] = a


def reach(
    start: cython.const[cython.int][::1],
    neighbours: cython.const[cython.int][::1],
    queue: cython.int[::1],
    queued: int,
    distances: cython.int[::1],
    most: int,
) -> int:
    """Walk from the first `queued` nodes of `queue` along edges, the nearest first.

    Neighbours of node i are ``neighbours[start[i]:start[i + 1]]``, negative ones are none.
    `distances` is -1 for nodes not met and says how many edges away the others are, at most
    `most`. Returns how many nodes were met; `queue` holds them.
    """
    head: cython.Py_ssize_t = 0
    tail: cython.Py_ssize_t = queued
    limit: cython.int = most
    node: cython.Py_ssize_t
    other: cython.int
    i: cython.Py_ssize_t
    with cython.nogil:
        while head < tail:
            node = queue[head]
            head += 1
            if distances[node] >= limit:
                continue
            for i in range(start[node], start[node + 1]):
                other = neighbours[i]
                if other >= 0 and distances[other] < 0:
                    distances[other] = distances[node] + 1
                    queue[tail] = other
                    tail += 1
    return int(tail)
