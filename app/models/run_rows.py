"""The rows of the run table: what is known of each run, its summary values, its hyperparameters.

Columns are named in the workspace (`WorkspaceState.run_columns`) by a text:

========================= =========================================================
``start`` ``duration`` …  what is known of every run, see `PLAIN`
``last:train/loss``       last value of a tag; also first, min, max, mean
``last-min:train/loss``   the same, and the least of all runs is the best; -max: the greatest
``best-min:train/loss``   least value of a tag; -max: the greatest
``at-min:train/loss``     step of the least value; -max: of the greatest
``hparam:lr``             a hyperparameter
========================= =========================================================

Before them may stand the marks of `Layout`. The switch ``@differing`` leaves out columns whose
values are the same in all runs that are shown.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, Protocol, cast

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QObject, Qt

from eventglass.app.core.names import ROOT_RUN, Kind, natural_key
from eventglass.app.models.column_rows import (
    Cells,
    Column,
    ColumnRows,
    Index,
    Layout,
    differs,
    floats,
    things,
    wholes,
)
from eventglass.app.models.run_filter import (
    RunFilter,
    column_named,
    fits_condition,
    fits_words,
    parse_filter,
)
from eventglass.app.models.words import count_text, number_text, wall_time_text

if TYPE_CHECKING:
    from eventglass.app.core.compute.summaries import Summary
    from eventglass.app.core.store import Changes, LogStore, Run
    from eventglass.app.models.run_groups import RunGroup
    from eventglass.app.models.workspace import Workspace

DIFFERING = "differing"
RUN = Column("run", "Run", "text")
PLAIN: tuple[Column, ...] = (
    Column("start", "Start", "moment", "When its first point or entry was logged"),
    Column("duration", "Duration", "seconds", "From its first entry to its last"),
    Column("last_step", "Last step", "step", "Greatest step of all its tags"),
    Column("points", "Points", "count", "Points of all its scalar tags"),
    Column("tags", "Tags", "count", "Number of its scalar tags"),
    Column("group", "Group", "text", "Group of runs it belongs to"),
)
_PLAIN = {column.key: column for column in PLAIN}
#: What there is of a tag: the word in the column's key, and what a menu calls it.
OF_TAG: tuple[tuple[str, str], ...] = (
    ("last", "last"),
    ("first", "first"),
    ("mean", "mean"),
    ("best-min", "lowest"),
    ("best-max", "highest"),
    ("at-min", "step of the lowest"),
    ("at-max", "step of the highest"),
)
_CALLED = {
    "last": "last",
    "first": "first",
    "mean": "mean",
    "min": "min",
    "max": "max",
    "best": "best",
    "at": "step of",
}
#: Default columns of tags and of hyperparameters, at most.
MOST_TAGS = 4
MOST_HPARAMS = 12

_LOWER = frozenset(
    {
        "loss",
        "losses",
        "error",
        "err",
        "perplexity",
        "ppl",
        "mse",
        "mae",
        "rmse",
        "wer",
        "cer",
        "fid",
        "nll",
        "bpc",
        "bpb",
        "kl",
        "regret",
        "latency",
        "cost",
        "divergence",
    }
)
_HIGHER = frozenset(
    {
        "acc",
        "accuracy",
        "f1",
        "auc",
        "auroc",
        "precision",
        "recall",
        "map",
        "iou",
        "dice",
        "bleu",
        "rouge",
        "score",
        "reward",
        "return",
        "psnr",
        "ssim",
        "r2",
        "top1",
        "top5",
        "success",
    }
)


class Summaries(Protocol):
    """Where summary values come from; see `RunSummaries`."""

    def value(self, run_id: int, tag: str) -> Summary | None:
        """Summary of a tag of a run, None where there is none (yet)."""


class HParams(Protocol):
    """Where hyperparameters come from; see `HParamValues`."""

    def values(self, run_id: int) -> Mapping[str, object]:
        """Hyperparameters of a run."""

    def names(self) -> tuple[str, ...]:
        """Names of all there are."""


def direction_of(tag: str) -> Literal["", "min", "max"]:
    """Whether low or high values of a tag are the good ones, as far as its name says."""
    words = re.findall(r"[a-z]+\d?|[A-Z][a-z]+|[A-Z]+", tag)
    for word in (word.casefold() for word in reversed(words)):
        if word in _LOWER:
            return "min"
        if word in _HIGHER:
            return "max"
    return ""


def column_of(key: str) -> Column | None:
    """The column a key of the workspace means, None for none."""
    if key in _PLAIN:
        return _PLAIN[key]
    what, colon, name = key.partition(":")
    if not colon or not name:
        return None
    if what == "hparam":
        return Column(key, name, "any", f"Hyperparameter {name}")
    aggregate, _dash, direction = what.partition("-")
    if aggregate not in _CALLED or direction not in ("", "min", "max"):
        return None
    if aggregate in ("best", "at") and not direction:
        return None
    arrow = {"": "", "min": "; lower is better", "max": "; higher is better"}[direction]
    called = _CALLED[aggregate]
    if aggregate == "at":
        called, arrow = f"step of {direction}", ""
        return Column(key, f"{name} · {called}", "step", f"Step of the {direction} of {name}")
    if aggregate == "best":
        called = "lowest" if direction == "min" else "highest"
    side = cast("Literal['', 'min', 'max']", direction)
    title = f"{name} · {called}" if aggregate != "last" else name
    return Column(key, title, "value", f"{called.capitalize()} value of {name}{arrow}", side)


def with_direction(key: str, direction: str) -> str:
    """The same column with another idea of which values are good ones."""
    what, _colon, name = key.partition(":")
    aggregate = what.partition("-")[0]
    return f"{aggregate}-{direction}:{name}" if direction else f"{aggregate}:{name}"


class RunRows(ColumnRows):
    """A row per open run that passes the filters; ids are those of the runs."""

    def __init__(
        self,
        store: LogStore,
        workspace: Workspace,
        summaries: Summaries,
        hparams: HParams,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._store = store
        self._workspace = workspace
        self._summaries = summaries
        self._hparams = hparams
        self._runs: list[Run] = []
        self._names: list[str] = []
        self._counts: dict[int, int] = {}
        self._points: dict[int, int] = {}
        self._tags: dict[int, int] = {}
        self._drawn: npt.NDArray[np.bool_] = np.empty(0, np.bool_)
        self._groups: dict[int, str] = {}
        self._filter = ""
        #: Cells that are still true, by key, for the runs there are.
        self._made: dict[str, Cells] = {}
        self._name_cells = things(())
        #: Which runs have hyperparameters.
        self._having: npt.NDArray[np.bool_] | None = None
        self._order_of_runs: list[int] = []
        self._aliases: Mapping[str, str] | None = None
        #: Keys of columns whose values differ among the runs that are shown.
        self.differing: frozenset[str] = frozenset()
        #: What the filter asks for in vain: the name of a column.
        self.unknown = ""

    # -- what is asked for

    def layout_now(self) -> Layout:
        """Columns in force."""
        return Layout.of(self._workspace.state.run_columns, self.first_choice())

    def first_choice(self) -> tuple[str, ...]:
        """Columns while the user has chosen none."""
        tags = []
        for tag in self._common_tags():
            side = direction_of(tag)
            tags.append(with_direction(f"last:{tag}", side))
        hparams = [f"hparam:{name}" for name in self._hparams.names()[:MOST_HPARAMS]]
        group = ("group",) if self._workspace.state.grouping.by != "none" else ()
        # What runs came to stands first: in a small window the rest is scrolled to.
        return (*group, "last_step", "duration", *tags, *hparams, "points", "start")

    def tags_wanted(self) -> tuple[str, ...]:
        """Tags whose summaries the columns, and the filter, need."""
        keys = (*self.layout_now().keys, *self._condition_keys().values())
        parts = (key.partition(":") for key in keys if column_of(key) is not None)
        return tuple(
            dict.fromkeys(name for what, colon, name in parts if colon and what != "hparam")
        )

    def set_filter(self, text: str) -> None:
        """Show only runs that fit; see `run_filter`. `refresh` follows."""
        self._filter = text

    # -- content

    def take_changes(self, changes: Changes | None) -> None:
        """Count what is new; `refresh` shows it."""
        series = self._store.series
        if changes is None or changes.roots:
            self._counts, self._points, self._tags = {}, {}, {}
            self._made = {}
            ids: Iterable[int] = range(len(series))
        else:
            ids = sorted(changes.grown.union(changes.series))
            if changes.grown or changes.series:
                self._drop(("start", "duration", "last_step", "points", "tags"))
        for i in ids:
            one = series[i]
            count = one.count
            before = self._counts.get(i, 0)
            if one.kind is not Kind.SCALAR or count == before:
                continue
            self._counts[i] = count
            self._points[one.run_id] = self._points.get(one.run_id, 0) + count - before
            if not before:
                self._tags[one.run_id] = self._tags.get(one.run_id, 0) + 1

    def take_summaries(self, tags: Iterable[str]) -> None:
        """Note that there are other summaries of these tags."""
        changed = frozenset(tags)
        self._drop([key for key in self._made if key.partition(":")[2] in changed])

    def take_hparams(self) -> None:
        """Note that there are other hyperparameters."""
        self._having = None
        self._drop([key for key in self._made if key.startswith("hparam:")])

    def set_groups(self, groups: Sequence[RunGroup]) -> None:
        """Tell which groups there are."""
        found = {run_id: group.key for group in groups for run_id in group.run_ids}
        if found != self._groups:
            self._groups = found
            self._drop(("group",))

    def refresh(self) -> None:
        """Show what there is now; only what changed is looked up again."""
        self._find_runs()
        self._find_drawn()
        layout = self.layout_now()
        columns = [column for column in map(column_of, layout.keys) if column is not None]
        cells = {column.key: self._cells_of(column) for column in columns}
        self.differing = self._find_differing(cells)
        if DIFFERING in layout.switches:
            columns = [column for column in columns if column.key in self.differing]
        cells["run"] = self._name_cells
        # In the order of old, so that moving a column is no new table.
        old = {column.key: at for at, column in enumerate(self.columns)}
        if len(old) == len(columns) + 1 and all(column.key in old for column in columns):
            columns.sort(key=lambda column: old[column.key])
        self.set_content((RUN, *columns), [run.id for run in self._runs], cells, self._fitting())

    def _find_runs(self) -> None:
        """The runs that pass the filter of the run tree, in natural order."""
        workspace, store = self._workspace, self._store
        known, count = len(self._order_of_runs), len(store.runs)
        if known != count:
            self._order_of_runs += range(known, count)
            self._order_of_runs.sort(key=lambda run_id: natural_key(store.runs[run_id].name))
        state = workspace.state
        matches = workspace.run_matches(state.run_filter)
        is_closed = [root.closed for root in store.roots]
        runs = [
            run
            for run in map(store.runs.__getitem__, self._order_of_runs)
            if run.id < len(matches) and matches[run.id] and not is_closed[run.root_id]
        ]
        if runs != self._runs or state.run_aliases is not self._aliases:
            self._aliases = state.run_aliases
            self._runs = runs
            self._made = {}
            self._having = None
            self._names = [self._name(run) for run in runs]
            self._name_cells = things(self._names)

    def _find_drawn(self) -> None:
        shown = frozenset(self._workspace.visible_run_ids())
        found = (run.id in shown for run in self._runs)
        self._drawn = np.fromiter(found, np.bool_, len(self._runs))

    def _drop(self, keys: Iterable[str]) -> None:
        for key in keys:
            self._made.pop(key, None)

    def counting_rows(self) -> npt.NDArray[np.bool_]:
        """The best is looked for among the runs that are shown."""
        return self._drawn

    # -- rows

    def run(self, row: int) -> Run | None:
        """The run of a row."""
        run_id = self.id_of(row)
        return self._store.runs[run_id] if run_id >= 0 else None

    def keys_of(self, rows: Sequence[int]) -> list[str]:
        """Keys of the runs of some rows."""
        return [run.key for run in map(self.run, rows) if run is not None]

    def is_shown(self, row: int) -> bool:
        """Whether the run of a row is drawn."""
        return bool(self._drawn[self.base_row(row)])

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Names can be changed, and ticked."""
        flags = super().flags(index)
        if index.isValid() and index.column() == 0:
            flags |= Qt.ItemFlag.ItemIsEditable | Qt.ItemFlag.ItemIsUserCheckable
        return flags

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Adds box and name to what the base says."""
        if index.isValid() and index.column() == 0 and index.row() < self.rowCount():
            if role == Qt.ItemDataRole.CheckStateRole:
                on = self.is_shown(index.row())
                return Qt.CheckState.Checked if on else Qt.CheckState.Unchecked
            if role == Qt.ItemDataRole.EditRole:
                return self.text(index.row(), 0)
            if role == Qt.ItemDataRole.AccessibleTextRole:
                words = "shown" if self.is_shown(index.row()) else "hidden"
                return f"{self.text(index.row(), 0)}, {words}"
        return super().data(index, role)

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        """Tick or clear a box, or rename a run."""
        run = self.run(index.row())
        if run is None or index.column() != 0:
            return False
        if role == Qt.ItemDataRole.CheckStateRole:
            on = Qt.CheckState(value) != Qt.CheckState.Unchecked
            self._workspace.set_shown((run.key,), on)
            return True
        if role == Qt.ItemDataRole.EditRole:
            alias = str(value).strip()
            self._workspace.set_alias(
                run.key, "" if alias in (run.name, self._name(run)) else alias
            )
            return True
        return False

    def tool_tip(self, row: int, column: int) -> str:
        """Of a name all that is known; of a best or extreme value its step too."""
        run = self.run(row)
        if run is not None and column == 0:
            lines = [self._names[self.base_row(row)]]
            if lines[0] != run.name:
                lines.append(f"Name: {run.name}")
            lines.append(run.directory)
            if run.first_wall_time_s is not None:
                lines.append(f"Started {wall_time_text(run.first_wall_time_s)}")
            if run.deleted:
                lines.append("Its files are gone from the disk; what was read is kept")
            return "\n".join(lines)
        what, colon, tag = self.columns[column].key.partition(":")
        text = super().tool_tip(row, column)
        if run is None or not colon or what == "hparam" or not text:
            return text
        summary = self._summaries.value(run.id, tag)
        if summary is None:
            return text
        lines = [text]
        if what in ("best-min", "best-max", "min", "max"):
            step = _of_summary(summary, f"at-{what[-3:]}")
            lines += [] if step is None else [f"at step {number_text(step)}"]
        if summary.nonfinite:
            lines.append(f"{count_text(summary.nonfinite, 'point')} NaN or infinite, left out")
        return "\n".join(lines)

    # -- inside

    def _find_differing(self, cells: Mapping[str, Cells]) -> frozenset[str]:
        """Columns that tell shown runs apart; a hyperparameter also by being there or not."""
        if self._having is None:
            having = (bool(self._hparams.values(run.id)) for run in self._runs)
            self._having = np.fromiter(having, np.bool_, len(self._runs))
        with_hparams = self._drawn & self._having
        found = set()
        for key, each in cells.items():
            is_hparam = key.startswith("hparam:")
            rows = with_hparams if is_hparam else self._drawn
            if differs(each, rows, with_missing=is_hparam):
                found.add(key)
        return frozenset(found)

    def _name(self, run: Run) -> str:
        alias = self._workspace.state.run_aliases.get(run.key)
        if alias:
            return alias
        return self._store.roots[run.root_id].label if run.name == ROOT_RUN else run.name

    def _cells_of(self, column: Column) -> Cells:
        made = self._made.get(column.key)
        if made is None:
            made = self._made[column.key] = self._make_cells(column)
        return made

    def _make_cells(self, column: Column) -> Cells:
        runs = self._runs
        key = column.key
        match key:
            case "start":
                return floats(_or_nan(run.first_wall_time_s) for run in runs)
            case "duration":
                return floats(
                    _or_nan(run.last_wall_time_s) - _or_nan(run.first_wall_time_s) for run in runs
                )
            case "last_step":
                return wholes([run.last_step for run in runs])
            case "points":
                return wholes([self._points.get(run.id, 0) for run in runs])
            case "tags":
                return wholes([self._tags.get(run.id, 0) for run in runs])
            case "group":
                return things([self._groups.get(run.id) for run in runs])
        what, _colon, name = key.partition(":")
        if what == "hparam":
            return things([_of_hparams(self._hparams.values(run.id), name) for run in runs])
        found = [self._summaries.value(run.id, name) for run in runs]
        values = [None if one is None else _of_summary(one, what) for one in found]
        if column.form == "step":
            return wholes(values)
        known = np.fromiter((value is not None for value in values), np.bool_, len(values))
        return floats((math.nan if value is None else value for value in values), known)

    def _common_tags(self) -> list[str]:
        """The tags most runs have, in natural order."""
        counts = [(n, tag) for (tag, kind), n in self._store.tags().items() if kind is Kind.SCALAR]
        # Those with a direction tell most of a run.
        counts.sort(key=lambda pair: (-pair[0], not direction_of(pair[1]), natural_key(pair[1])))
        return sorted((tag for _n, tag in counts[:MOST_TAGS]), key=natural_key)

    def _parsed(self) -> tuple[RunFilter, str]:
        return parse_filter(self._filter, lambda name: bool(column_named(name, self._namable())))

    def _namable(self) -> dict[str, str]:
        """Keys of columns a condition may ask for, by what they are called."""
        names: dict[str, str] = {}
        for key in (*self.layout_now().keys, *_PLAIN):
            column = column_of(key)
            if column is not None:
                names.setdefault(column.title, key)
                names.setdefault(key, key)
        names["step"] = "last_step"
        for name in self._hparams.names():
            names.setdefault(name, f"hparam:{name}")
        tags = sorted({tag for tag, kind in self._store.tags() if kind is Kind.SCALAR})
        for tag in tags:
            names.setdefault(tag, f"last:{tag}")
        return names

    def _condition_keys(self) -> dict[str, str]:
        """Keys of the columns the filter's conditions are about, by the names it uses."""
        if not any(sign in self._filter for sign in "<>="):
            return {}
        names = self._namable()
        parsed, _unknown = parse_filter(self._filter, lambda name: bool(column_named(name, names)))
        return {each.name: column_named(each.name, names) for each in parsed.conditions}

    def _fitting(self) -> npt.NDArray[np.bool_] | None:
        if not self._filter.strip():
            self.unknown = ""
            return None
        parsed, self.unknown = self._parsed()
        fits = fits_words(parsed.words, self._names)
        keys = self._condition_keys()
        for condition in parsed.conditions:
            column = column_of(keys[condition.name])
            if column is not None:
                fits &= fits_condition(condition, self._cells_of(column))
        return fits


def _or_nan(value: float | None) -> float:
    return math.nan if value is None else value


def _of_hparams(values: Mapping[str, object], name: str) -> object:
    """A hyperparameter as a cell has it, None for none; one that is null is shown as such."""
    if name not in values:
        return None
    value = values[name]
    return "null" if value is None else value


def _of_summary(summary: Summary, what: str) -> Any:
    """The number a column shows of a summary, None for none."""
    match what:
        case "at-min":
            return summary.step_at_min
        case "at-max":
            return summary.step_at_max
    aggregate, _dash, direction = what.partition("-")
    match aggregate:
        case "last":
            return summary.last
        case "first":
            return summary.first
        case "mean":
            return summary.mean
        case "min":
            return summary.minimum
        case "max":
            return summary.maximum
        case _:
            return summary.minimum if direction == "min" else summary.maximum
