"""Points of one series as arrays, and the error for a run that lacks some."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


class MissingTag(LookupError):
    """A run has no series of a tag that is asked for: ``tag``."""

    def __init__(self, tag: str) -> None:
        super().__init__(f"There is no tag {tag}")
        self.tag = tag


@dataclass(frozen=True, slots=True, eq=False)
class Points:
    """Points: steps (n,) int64, wall_times (n,) float64 seconds, values (n,) float64."""

    steps: npt.NDArray[np.int64]
    wall_times: npt.NDArray[np.float64]
    values: npt.NDArray[np.float64]
