"""What a log holds, in numbers: per run and tag, problems, and why a view would be empty.

`summarize` gives it as data, `as_json` in the form of ``eventglass inspect --json``, `as_text` for
reading.
"""

from __future__ import annotations

import json
import math
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np

from eventglass.app.core.names import Kind, natural_key
from eventglass.app.core.problems import Problem
from eventglass.app.core.store import LogStore, Run, Series

#: Problems shown as text; JSON has all.
MAX_PROBLEMS_SHOWN = 50
PROJECTOR_CONFIG = "projector_config.pbtxt"
PROJECTOR_PLUGIN = "org_tensorflow_tensorboard_projector"
_NO_ASCII = re.compile("[^\x00-\x7f]")
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_SESSION_START_TAG = "_hparams_/session_start_info"

#: Views, the kinds they show, and why one is empty when there are none.
_VIEWS: tuple[tuple[str, frozenset[Kind], str], ...] = (
    (
        "Scalars",
        frozenset({Kind.SCALAR}),
        "No scalars were logged; add_scalar (PyTorch) and tf.summary.scalar do",
    ),
    (
        "Images",
        frozenset({Kind.IMAGE}),
        "No images were logged; add_image (PyTorch) and tf.summary.image do",
    ),
    (
        "Audio",
        frozenset({Kind.AUDIO}),
        "No audio was logged; add_audio (PyTorch) and tf.summary.audio do",
    ),
    (
        "Histograms",
        frozenset({Kind.HISTOGRAM}),
        "No histograms were logged; add_histogram (PyTorch) and tf.summary.histogram do",
    ),
    (
        "Text",
        frozenset({Kind.TEXT}),
        "No text was logged; add_text (PyTorch) and tf.summary.text do",
    ),
    (
        "Graphs",
        frozenset({Kind.GRAPH, Kind.RUN_METADATA, Kind.KERAS_MODEL}),
        "No graph was logged; add_graph (PyTorch), tf.summary.graph and the Keras callback do",
    ),
    (
        "PR curves",
        frozenset({Kind.PR_CURVE}),
        "No precision-recall curves were logged; add_pr_curve (PyTorch) does",
    ),
    (
        "Meshes",
        frozenset({Kind.MESH}),
        "No meshes were logged; add_mesh (PyTorch) and the mesh plugin do",
    ),
    (
        "Hyperparameters",
        frozenset({Kind.HPARAMS}),
        "No hyperparameters were logged; add_hparams (PyTorch) and the hparams plugin do",
    ),
    (
        "Custom scalars",
        frozenset({Kind.CUSTOM_SCALARS}),
        "No layout of charts was logged; add_custom_scalars (PyTorch) does",
    ),
)


@dataclass(frozen=True, slots=True)
class TagSummary:
    """One series. Steps are in the order of writing, wall times the earliest and latest finite."""

    tag: str
    kind: Kind
    plugin: str
    count: int
    first_step: int | None
    last_step: int | None
    first_wall_time_s: float | None
    last_wall_time_s: float | None
    restarts: int


@dataclass(frozen=True, slots=True)
class RunSummary:
    """One run and its series, in natural order of their tags."""

    name: str
    tags: tuple[TagSummary, ...]

    @property
    def wall_times_s(self) -> tuple[float, float] | None:
        """Earliest and latest wall time of all series, or None."""
        first = [t.first_wall_time_s for t in self.tags if t.first_wall_time_s is not None]
        last = [t.last_wall_time_s for t in self.tags if t.last_wall_time_s is not None]
        return (min(first), max(last)) if first else None


@dataclass(frozen=True, slots=True)
class LogSummary:
    """Everything that was read below one path."""

    path: str
    runs: tuple[RunSummary, ...]
    problems: tuple[Problem, ...]
    empty_views: Mapping[str, str]


def summarize(store: LogStore, path: str, empty_reason: str | None = None) -> LogSummary:
    """Return what `store`, which has read `path`, holds.

    `empty_reason` is what the reader says of a path without runs.
    """
    runs = sorted(store.open_runs(), key=lambda run: natural_key(run.name))
    return LogSummary(
        path,
        tuple(_run_summary(run, store) for run in runs),
        tuple(store.problems),
        empty_views(store, empty_reason),
    )


def _run_summary(run: Run, store: LogStore) -> RunSummary:
    series = sorted(store.series_of_run(run.id), key=lambda each: natural_key(each.tag))
    return RunSummary(run.name, tuple(map(_tag_summary, series)))


def _tag_summary(series: Series) -> TagSummary:
    rows = series.snapshot()
    steps, walls = rows.steps, rows.wall_times
    finite = walls[np.isfinite(walls)]
    return TagSummary(
        tag=series.tag,
        kind=series.kind,
        plugin=series.plugin_name,
        count=len(steps),
        first_step=int(steps[0]) if len(steps) else None,
        last_step=int(steps[-1]) if len(steps) else None,
        first_wall_time_s=float(finite.min()) if len(finite) else None,
        last_wall_time_s=float(finite.max()) if len(finite) else None,
        restarts=max(len(rows.segments) - 1, 0),
    )


# --- why a view would be empty ------------------------------------------------------------------


def empty_views(store: LogStore, empty_reason: str | None = None) -> dict[str, str]:
    """Return, for each view that would show nothing, why."""
    if not store.open_runs():
        reason = empty_reason or "No event files were found"
        return {title: reason.rstrip(".") for title, _, _ in _VIEWS}
    by_kind: dict[Kind, list[Series]] = {}
    for run in store.open_runs():
        for series in store.series_of_run(run.id):
            if series.count:
                by_kind.setdefault(series.kind, []).append(series)
    reasons = {title: reason for title, kinds, reason in _VIEWS if not kinds & by_kind.keys()}
    hparams = by_kind.get(Kind.HPARAMS, [])
    if hparams and not any(series.tag == _SESSION_START_TAG for series in hparams):
        reasons["Hyperparameters"] = (
            f"Hyperparameters are declared, but no run has values: none has {_SESSION_START_TAG}"
        )
    if not has_projector_config(store):
        reasons["Projector"] = (
            f"There is no {PROJECTOR_CONFIG} in the log directory or beside a run's event files; "
            "add_embedding (PyTorch) and the projector plugin write one"
        )
    return reasons


def has_projector_config(store: LogStore) -> bool:
    """Return whether any place where an embedding may be described has a description."""
    places = {root.path for root in store.roots if not root.closed}
    for run in store.open_runs():
        places.add(run.directory)
        places.add(os.path.join(run.directory, "plugins", PROJECTOR_PLUGIN))
    return any(os.path.exists(os.path.join(place, PROJECTOR_CONFIG)) for place in places)


# --- JSON ---------------------------------------------------------------------------------------


def as_json(summary: LogSummary) -> dict[str, Any]:
    """Return `summary` as what ``json.dumps`` takes.

    A run may have one tag with entries of two kinds; the second is named ``tag (kind)``.
    """
    return {
        "path": summary.path,
        "runs": {run.name: {"tags": _json_tags(run)} for run in summary.runs},
        "problems": [
            {
                "file": problem.file,
                "offset": problem.offset_bytes,
                "length": problem.length_bytes,
                "kind": problem.kind.value,
                "message": problem.message,
            }
            for problem in summary.problems
        ],
        "empty_views": dict(summary.empty_views),
    }


def as_json_text(summary: LogSummary, *, ascii_only: bool = False) -> Iterator[str]:
    """Yield `as_json` as text, a line for each tag and problem.

    With `ascii_only` all other characters are escaped, for a stream that can't show them all.
    """
    if not ascii_only:
        return _json_pieces(as_json(summary))
    # They stand in strings only, where an escape means the same.
    return (
        _NO_ASCII.sub(lambda found: json.dumps(found[0])[1:-1], piece)
        for piece in _json_pieces(as_json(summary))
    )


def _json_pieces(data: Mapping[str, Any]) -> Iterator[str]:
    # ``json.dumps`` breaks lines at every brace or nowhere, and is slow at the former.
    runs = [
        f'{_dumps(name)}: {{"tags": {{\n    {_entries(run["tags"])}\n  }}}}'
        for name, run in data["runs"].items()
    ]
    yield f'{{"path": {_dumps(data["path"])},\n"runs": {{\n  '
    yield ",\n  ".join(runs)
    yield '\n},\n"problems": [\n  '
    yield ",\n  ".join(map(_dumps, data["problems"]))
    yield '\n],\n"empty_views": {\n    '
    yield _entries(data["empty_views"])
    yield "\n}}\n"


def _entries(mapping: Mapping[str, Any]) -> str:
    return ",\n    ".join(f"{_dumps(key)}: {_dumps(value)}" for key, value in mapping.items())


def _dumps(value: Any) -> str:
    return _ENCODER.encode(value)


_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False)


def _json_tags(run: RunSummary) -> dict[str, Any]:
    tags: dict[str, Any] = {}
    for tag in run.tags:
        name = tag.tag if tag.tag not in tags else f"{tag.tag} ({tag.kind.value})"
        tags[name] = {
            "kind": tag.kind.value,
            "plugin": tag.plugin,
            "count": tag.count,
            "first_step": tag.first_step,
            "last_step": tag.last_step,
            "first_wall_time": tag.first_wall_time_s,
            "last_wall_time": tag.last_wall_time_s,
            "restarts": tag.restarts,
        }
    return tags


# --- text ---------------------------------------------------------------------------------------


def as_text(summary: LogSummary) -> Iterator[str]:
    """Yield `summary` as lines for reading."""
    tags = [tag for run in summary.runs for tag in run.tags]
    points = sum(tag.count for tag in tags if tag.kind is Kind.SCALAR)
    entries = sum(tag.count for tag in tags if tag.kind is not Kind.SCALAR)
    yield printable(summary.path)
    yield ", ".join(
        [
            _count(len(summary.runs), "run"),
            _count(len({tag.tag for tag in tags}), "tag"),
            _count(points, "scalar point"),
            f"{_count(entries, 'other entry', 'other entries')}",
            _count(len(summary.problems), "problem"),
        ]
    )
    for run in summary.runs:
        yield ""
        yield from _run_lines(run)
    if summary.problems:
        yield ""
        yield "Problems"
        for problem in summary.problems[:MAX_PROBLEMS_SHOWN]:
            yield f"  {printable(problem.message)}"
            yield f"    {printable(problem.file)}, byte {problem.offset_bytes:,}"
        more = len(summary.problems) - MAX_PROBLEMS_SHOWN
        if more > 0:
            yield f"  and {more:,} more; --json lists them all"
    if summary.empty_views:
        yield ""
        yield "Views with nothing to show"
        if len(set(summary.empty_views.values())) == 1:
            yield f"  all: {next(iter(summary.empty_views.values()))}"
        else:
            width = max(map(len, summary.empty_views))
            for title, reason in summary.empty_views.items():
                yield f"  {title:<{width}}  {reason}"


def _run_lines(run: RunSummary) -> Iterator[str]:
    span = run.wall_times_s
    name = printable(run.name)
    yield f"{name}   {_moment(span[0])}, {duration(span[1] - span[0])}" if span else name
    if not run.tags:
        yield "  no tags"
        return
    rows = [("kind", "tag", "count", "steps", "time", "plugin", "")]
    for tag in run.tags:
        if tag.first_wall_time_s is None or tag.last_wall_time_s is None:
            lasted = ""
        else:
            lasted = duration(tag.last_wall_time_s - tag.first_wall_time_s)
        note = f"{_count(tag.restarts, 'restart')}" if tag.restarts else ""
        rows.append(
            (
                tag.kind.value,
                printable(tag.tag),
                f"{tag.count:,}",
                _steps(tag),
                lasted,
                printable(tag.plugin),
                note,
            )
        )
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    for row in rows:
        cells = [
            cell.rjust(width) if i in (2, 4) else cell.ljust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        yield ("  " + "  ".join(cells)).rstrip()


def printable(text: str) -> str:
    """Return `text` with control characters escaped: a log must not steer the terminal."""
    return _CONTROLS.sub(lambda found: ascii(found[0])[1:-1], text)


def _steps(tag: TagSummary) -> str:
    if tag.first_step is None or tag.last_step is None:
        return ""
    if tag.first_step == tag.last_step:
        return f"{tag.first_step:,}"
    return f"{tag.first_step:,} … {tag.last_step:,}"


def _count(number: int, singular: str, plural: str = "") -> str:
    return f"{number:,} {singular if number == 1 else plural or singular + 's'}"


def _moment(wall_time_s: float) -> str:
    """Return local date and time, or the bare number when there is no such date."""
    try:
        return f"{datetime.fromtimestamp(wall_time_s):%Y-%m-%d %H:%M:%S}"
    except (ValueError, OverflowError, OSError):
        return f"{wall_time_s!r} s"


def duration(seconds: float) -> str:
    """Return a time span in its two largest units, such as ``1 h 42 min``."""
    if not math.isfinite(seconds):
        return ""
    if seconds < 59.95:
        return f"{seconds:.3g} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    hours, minutes = divmod(minutes, 60)
    if hours < 24:
        return f"{hours} h {minutes} min"
    days, hours = divmod(hours, 24)
    return f"{days:,} d {hours} h"
