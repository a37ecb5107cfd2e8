"""Bookmarks: states of the projector in TensorBoard's JSON."""

from __future__ import annotations

import json
import math
import os
import tempfile
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from eventglass.app.core.projector.notices import EmbeddingError, Notice
from eventglass.app.core.projector.places import Place

MAX_BYTES = 512 << 20
_PROJECTIONS = ("pca", "tsne", "umap", "custom")
_KNOWN = frozenset(
    {
        "label",
        "isSelected",
        "selectedProjection",
        "dataSetDimensions",
        "tSNEIteration",
        "tSNEPerplexity",
        "tSNELearningRate",
        "tSNEis3d",
        "umapIs3d",
        "umapNeighbors",
        "umapMinDist",
        "pcaComponentDimensions",
        "customSelectedSearchByMetadataOption",
        *(
            f"custom{side}{kind}"
            for side in ("XLeft", "XRight", "YUp", "YDown")
            for kind in ("Text", "Regex")
        ),
        "projections",
        "filteredPoints",
        "selectedPoints",
        "cameraDef",
        "selectedColorOptionName",
        "forceCategoricalColoring",
        "selectedLabelOption",
    }
)


@dataclass(frozen=True, slots=True)
class Bookmark:
    """One state; names as TensorBoard's, in our spelling; what we don't know is kept in `extra`.

    Attributes
    ----------
    projection : "pca", "tsne", "umap" or "custom"
    shape : rows and dimensions of the data it was made of, None where untold
    points : (n, 3) float32 of the projection, NaN where untold; None without; z NaN in 2D
    camera_position, camera_target : (3,) or None
    """

    label: str = ""
    projection: str = "pca"
    shape: tuple[int, int] | None = None
    is_selected: bool = False
    components: tuple[int, ...] = (0, 1, 2)
    tsne_iteration: int = 0
    tsne_perplexity: float = 30.0
    tsne_learning_rate: float = 10.0
    tsne_is_3d: bool = True
    umap_is_3d: bool = True
    umap_neighbours: int = 15
    umap_min_distance: float = 0.1
    custom_field: str = ""
    custom_texts: tuple[str, str, str, str] = ("", "", "", "")
    custom_regexes: tuple[bool, bool, bool, bool] = (False, False, False, False)
    points: npt.NDArray[np.float32] | None = None
    filtered: tuple[int, ...] = ()
    selected: tuple[int, ...] = ()
    orthographic: bool = False
    camera_position: tuple[float, float, float] | None = None
    camera_target: tuple[float, float, float] | None = None
    camera_zoom: float = 1.0
    colour_by: str = ""
    force_categorical: bool = False
    label_by: str = ""
    extra: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Bookmarks:
    """What a file held."""

    items: tuple[Bookmark, ...]
    notices: tuple[Notice, ...] = ()


def load(path: str, shown: str = "") -> Bookmarks:
    """Read a file; EmbeddingError when it is no bookmarks at all."""
    shown = shown or os.path.basename(path)
    data = Place(path, "", shown).read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise EmbeddingError(f"The bookmarks are larger than {MAX_BYTES >> 20} MB ({shown})")
    try:
        # The hook is Python's, so that other threads get their turn in between.
        found = json.loads(data.decode("utf-8-sig"), object_hook=_same)
    except json.JSONDecodeError as error:
        raise EmbeddingError(f"Not JSON: {error.msg} ({shown}, row {error.lineno:,})") from error
    except (ValueError, RecursionError) as error:
        raise EmbeddingError(f"Not JSON: {error} ({shown})") from error
    if isinstance(found, dict):
        found = [found]
    if not isinstance(found, list):
        raise EmbeddingError(f"No list of states ({shown})")
    items = []
    notices = []
    for number, state in enumerate(found, 1):
        if isinstance(state, dict):
            items.append(_bookmark(state, f"Bookmark {number}"))
        else:
            notices.append(Notice(shown, f"State {number} is no object; left out"))
    return Bookmarks(tuple(items), tuple(notices))


def _same(value: dict[str, Any]) -> dict[str, Any]:
    return value


def _number(value: object, other: float) -> float:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        try:
            made = float(value)
        except OverflowError:
            return other
        return made if math.isfinite(made) else other
    return other


def _whole(value: object, other: int) -> int:
    return int(_number(value, other))


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _rows(value: object) -> tuple[int, ...]:
    if not isinstance(value, list):
        return ()
    return tuple(row for row in value if isinstance(row, int) and 0 <= row < 1 << 40)


def _triple(value: object) -> tuple[float, float, float] | None:
    if not isinstance(value, dict):
        return None
    return (_number(value.get("x"), 0), _number(value.get("y"), 0), _number(value.get("z"), 0))


def _bookmark(state: dict[str, Any], name: str) -> Bookmark:
    projection = _text(state.get("selectedProjection")) or "pca"
    projection = projection if projection in _PROJECTIONS else "pca"
    shape = state.get("dataSetDimensions")
    camera = state.get("cameraDef")
    camera = camera if isinstance(camera, dict) else {}
    components = _rows(state.get("pcaComponentDimensions"))[:3] or (0, 1, 2)
    return Bookmark(
        label=_text(state.get("label")) or name,
        projection=projection,
        shape=(
            (_whole(shape[0], 0), _whole(shape[1], 0))
            if isinstance(shape, list) and len(shape) == 2
            else None
        ),
        is_selected=state.get("isSelected") is True,
        components=components,
        tsne_iteration=_whole(state.get("tSNEIteration"), 0),
        tsne_perplexity=_number(state.get("tSNEPerplexity"), 0) or 30.0,
        tsne_learning_rate=_number(state.get("tSNELearningRate"), 0) or 10.0,
        tsne_is_3d=state.get("tSNEis3d") is not False,
        umap_is_3d=state.get("umapIs3d") is not False,
        umap_neighbours=_whole(state.get("umapNeighbors"), 15) or 15,
        umap_min_distance=_number(state.get("umapMinDist"), 0.1),
        custom_field=_text(state.get("customSelectedSearchByMetadataOption")),
        custom_texts=(
            _text(state.get("customXLeftText")),
            _text(state.get("customXRightText")),
            _text(state.get("customYUpText")),
            _text(state.get("customYDownText")),
        ),
        custom_regexes=(
            state.get("customXLeftRegex") is True,
            state.get("customXRightRegex") is True,
            state.get("customYUpRegex") is True,
            state.get("customYDownRegex") is True,
        ),
        points=_points(state.get("projections"), _keys(projection, components)),
        filtered=_rows(state.get("filteredPoints")),
        selected=_rows(state.get("selectedPoints")),
        orthographic=camera.get("orthographic") is True,
        camera_position=_triple(camera.get("position")),
        camera_target=_triple(camera.get("target")),
        camera_zoom=_number(camera.get("zoom"), 1.0) or 1.0,
        colour_by=_text(state.get("selectedColorOptionName")),
        force_categorical=state.get("forceCategoricalColoring") is True,
        label_by=_text(state.get("selectedLabelOption")),
        extra={name: value for name, value in state.items() if name not in _KNOWN},
    )


def _keys(projection: str, components: tuple[int, ...]) -> tuple[str, ...]:
    """Names of a point's coordinates."""
    if projection == "custom":
        return ("custom-x", "custom-y")
    if projection == "pca":
        return tuple(f"pca-{component}" for component in components)
    return tuple(f"{projection}-{axis}" for axis in range(3))


def _points(value: object, keys: tuple[str, ...]) -> npt.NDArray[np.float32] | None:
    if not isinstance(value, list) or not value:
        return None
    made = np.full((len(value), 3), np.nan, np.float32)
    for row, point in enumerate(value):
        if isinstance(point, dict):
            for axis, key in enumerate(keys):
                made[row, axis] = min(max(_number(point.get(key), math.nan), -3e38), 3e38)
    made.flags.writeable = False
    return made


def save(bookmarks: tuple[Bookmark, ...], path: str) -> None:
    """Write a file that TensorBoard reads; it appears whole or not at all."""
    folder = os.path.dirname(os.path.abspath(path))
    handle, temporary = tempfile.mkstemp(dir=folder, suffix=".part")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write("[")
            for number, bookmark in enumerate(bookmarks):
                stream.write(",\n" if number else "")
                head = json.dumps(_state(bookmark))
                if bookmark.points is None:
                    stream.write(head)
                    continue
                # Point by point: one long call would hold up all other threads.
                stream.write(head[:-1] + ', "projections": [')
                keys = _keys(bookmark.projection, bookmark.components)
                for row, point in enumerate(bookmark.points):
                    there = {
                        key: float(place)
                        for key, place in zip(keys, point, strict=False)
                        if math.isfinite(place)
                    }
                    stream.write((", " if row else "") + json.dumps(there))
                stream.write("]}")
            stream.write("]\n")
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


def _state(bookmark: Bookmark) -> dict[str, Any]:
    """All but the points."""
    state: dict[str, Any] = {
        **bookmark.extra,
        "label": bookmark.label,
        "isSelected": bookmark.is_selected,
        "tSNEIteration": bookmark.tsne_iteration,
        "tSNEPerplexity": bookmark.tsne_perplexity,
        "tSNELearningRate": bookmark.tsne_learning_rate,
        "tSNEis3d": bookmark.tsne_is_3d,
        "umapIs3d": bookmark.umap_is_3d,
        "umapNeighbors": bookmark.umap_neighbours,
        "umapMinDist": bookmark.umap_min_distance,
        "pcaComponentDimensions": list(bookmark.components),
        "selectedProjection": bookmark.projection,
        "selectedColorOptionName": bookmark.colour_by,
        "forceCategoricalColoring": bookmark.force_categorical,
        "selectedLabelOption": bookmark.label_by,
        "selectedPoints": list(bookmark.selected),
        "filteredPoints": list(bookmark.filtered),
    }
    if bookmark.shape is not None:
        state["dataSetDimensions"] = list(bookmark.shape)
    if bookmark.custom_field:
        state["customSelectedSearchByMetadataOption"] = bookmark.custom_field
    sides = ("XLeft", "XRight", "YUp", "YDown")
    for side, text, regex in zip(
        sides, bookmark.custom_texts, bookmark.custom_regexes, strict=True
    ):
        if text:
            state[f"custom{side}Text"] = text
            state[f"custom{side}Regex"] = regex
    if bookmark.camera_position is not None:
        target = bookmark.camera_target or (0.0, 0.0, 0.0)
        state["cameraDef"] = {
            "orthographic": bookmark.orthographic,
            "position": dict(zip("xyz", bookmark.camera_position, strict=True)),
            "target": dict(zip("xyz", target, strict=True)),
            "zoom": bookmark.camera_zoom,
        }
    return state
