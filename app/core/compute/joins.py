"""Joining two series on their steps, as for a chart whose x axis is another tag's value."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


def last_written(steps: npt.NDArray[np.int64]) -> npt.NDArray[np.intp] | None:
    """Return the indices of the point last written at each step, in order of the steps.

    None means all points as they are: the steps rise from each to the next.

    Parameters
    ----------
    steps : (n,) int64
        In the order they were written; they may repeat and go back.
    """
    if len(steps) < 2:
        return None
    ahead, behind = steps[:-1], steps[1:]
    if (ahead < behind).all():
        return None
    # Numbers of the points by step, those of the same step as they were written.
    order = np.arange(len(steps)) if (ahead <= behind).all() else np.argsort(steps, kind="stable")
    in_order = steps[order]
    last = np.append(in_order[1:] != in_order[:-1], True)
    chosen: npt.NDArray[np.intp] = order[last]
    return chosen


def join_on_step(
    steps: npt.NDArray[np.int64],
    other_steps: npt.NDArray[np.int64],
    other_values: npt.NDArray[np.float64],
    nearest: bool = False,
) -> npt.NDArray[np.float64]:
    """Return the other series' value at each step, (n,) float64; NaN where it has none.

    Where the other series has a step more than once, the value last written counts.

    Parameters
    ----------
    steps : (n,) int64
    other_steps : (m,) int64
        In the order they were written.
    other_values : (m,) float64
    nearest : bool
        Without a value at the step take the one at the last step before it.
    """
    chosen = last_written(other_steps)
    if chosen is not None:
        other_steps, other_values = other_steps[chosen], other_values[chosen]
    if not len(other_steps):
        return np.full(len(steps), np.nan)
    if len(steps) == len(other_steps) and np.array_equal(steps, other_steps):
        return np.array(other_values, np.float64)
    at = np.searchsorted(other_steps, steps, side="right") - 1
    none = at < 0
    at[none] = 0
    if not nearest:
        none |= other_steps[at] != steps
    joined = np.array(other_values[at], np.float64)
    joined[none] = np.nan
    return joined
