"""Requests to the projection process: plain data."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

import numpy as np
import numpy.typing as npt


class Method(StrEnum):
    """What the process computes."""

    TSNE = "tsne"
    UMAP = "umap"


#: Names for the window.
TITLES = {Method.TSNE: "t-SNE", Method.UMAP: "UMAP"}


@dataclass(frozen=True, slots=True)
class TsneSettings:
    """Settings of t-SNE.

    ``learning_rate`` 0: rows / exaggeration, the usual rule. ``metric``: euclidean or cosine.
    ``iterations`` after the early exaggeration's ``early_iterations``; 0: until paused or
    cancelled. Perplexity, rate, iterations and supervision may change while it runs.
    ``supervision`` 0 to 1: weight of the labels.
    """

    dimensions: int = 2
    perplexity: float = 30.0
    learning_rate: float = 0.0
    iterations: int = 750
    early_iterations: int = 250
    exaggeration: float = 1.0
    metric: str = "euclidean"
    seed: int = 0
    supervision: float = 0.0


@dataclass(frozen=True, slots=True)
class UmapSettings:
    """Settings of UMAP; ``epochs`` 0: 500 up to 10,000 rows, else 200.

    ``min_distance`` and ``epochs`` may change while it runs.
    """

    dimensions: int = 2
    neighbours: int = 15
    min_distance: float = 0.1
    metric: str = "euclidean"
    epochs: int = 0
    seed: int = 0
    supervision: float = 0.0


@dataclass(frozen=True, slots=True)
class ProjectionRequest:
    """What to project and how.

    Attributes
    ----------
    vectors : (n, d) float32; rows that are not finite stay NaN in the answer
    labels : (n,) int32 codes for supervision, -1 where unknown; None without
    start : (n, k) float32 to begin with instead of principal components
    """

    vectors: npt.NDArray[np.float32]
    settings: TsneSettings | UmapSettings
    labels: npt.NDArray[np.int32] | None = None
    start: npt.NDArray[np.float32] | None = None

    @property
    def method(self) -> Method:
        """By the kind of the settings."""
        return Method.TSNE if isinstance(self.settings, TsneSettings) else Method.UMAP


@dataclass(frozen=True, slots=True)
class ProjectionInfo:
    """How far a projection is.

    Attributes
    ----------
    stage : a sentence's beginning for the strip: "Finding neighbours", "Iteration 120 of 1,000"
    iteration, iterations : 0 where unknown
    fraction : 0 to 1, negative where unknown
    error : Kullback-Leibler divergence (t-SNE), NaN where unknown
    seconds : of work so far, pauses left out
    notices : what the method could not take as asked
    """

    stage: str
    iteration: int = 0
    iterations: int = 0
    fraction: float = -1.0
    error: float = float("nan")
    seconds: float = 0.0
    notices: tuple[str, ...] = ()


def missing(method: Method) -> str:
    """Return why a method can't run here and what to do; empty where it can."""
    from eventglass.app.core.projector import kernels

    if kernels.COMPILED:
        return ""
    return (
        f"{TITLES[method]} needs the compiled modules: install a C compiler, then Eventglass again"
    )


def to_header(settings: TsneSettings | UmapSettings) -> dict[str, Any]:
    """Settings as JSON takes them."""
    kind = Method.TSNE if isinstance(settings, TsneSettings) else Method.UMAP
    return {"method": kind.value, **asdict(settings)}


def from_header(header: dict[str, Any]) -> TsneSettings | UmapSettings:
    """Settings of JSON; TypeError where it is none."""
    values = dict(header)
    kind = TsneSettings if values.pop("method") == Method.TSNE else UmapSettings
    return kind(**values)
