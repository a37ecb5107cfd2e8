"""Log: a whole log directory from a script, without a window.

::

    from eventglass.app import load

    log = load("runs")
    loss = log["train"]["loss"]
    loss.steps, loss.values
    log["train"]["weights"].read(-1)      # a Histogram
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from eventglass.app.core import store as stored
from eventglass.app.core.export import pivot_blocks, pivot_names, pivot_tags, points_of, select
from eventglass.app.core.names import Kind, natural_key
from eventglass.app.core.payload_cache import PayloadCache
from eventglass.app.core.problems import Problem
from eventglass.app.core.reader import Reader, without_collector

if TYPE_CHECKING:
    import pandas


@dataclass(frozen=True, slots=True)
class Tag:
    """What the summaries of a tag are."""

    kind: Kind
    plugin_name: str
    display_name: str
    description: str


class Series:
    """The points or entries of one tag of one run, in the order they were written."""

    __slots__ = ("_cache", "_series")

    def __init__(self, series: stored.Series, cache: PayloadCache) -> None:
        self._series = series
        self._cache = cache

    def __len__(self) -> int:
        return self._series.count

    def __repr__(self) -> str:
        return f"<Series {self.tag!r}: {len(self):,} of kind {self.kind.value}>"

    @property
    def tag(self) -> str:
        """Tag of the series."""
        return self._series.tag

    @property
    def kind(self) -> Kind:
        """What its entries are."""
        return self._series.kind

    @property
    def steps(self) -> npt.NDArray[np.int64]:
        """(n,) int64, read-only."""
        return self._series.snapshot().steps

    @property
    def wall_times(self) -> npt.NDArray[np.float64]:
        """(n,) float64, read-only, seconds since 1970 UTC."""
        return self._series.snapshot().wall_times

    @property
    def values(self) -> npt.NDArray[np.float64]:
        """(n,) float64, read-only; TypeError for a series that is not of kind scalar."""
        if self.kind is not Kind.SCALAR:
            raise TypeError(
                f"{self.tag} is of kind {self.kind.value}; its entries are read by read(i)"
            )
        return self._series.scalars().values

    @property
    def segments(self) -> npt.NDArray[np.int64]:
        """(m,) int64, read-only: where the series begins and where a restart began it anew."""
        return self._series.snapshot().segments

    def read(self, index: int) -> Any:
        """Return entry `index`, decoded; negative ones count from the end.

        A scalar's is a `plugins.scalars.Scalar`; of other kinds see the modules of
        `eventglass.app.core.plugins`.

        Raises
        ------
        IndexError
            When there is no such entry.
        eventglass.app.core.plugins.DecodeError
            When its bytes are not what its kind asks for.
        OSError
            When its file can't be read any more.
        """
        count = len(self)
        if not -count <= index < count:
            raise IndexError(f"{self.tag} has {count:,} entries, none at {index}")
        index %= count
        if self.kind is Kind.SCALAR:
            from eventglass.app.core.plugins.scalars import Scalar

            return Scalar(float(self.values[index]))
        return self._cache.read(self._series, index)


class LogRun(Mapping[str, Series]):
    """One run: its series by tag.

    A run may have a tag with entries of two kinds; then the one seen first has the name, and
    ``run[tag, kind]`` gives either.
    """

    __slots__ = ("_by_kind", "_by_tag", "name")

    def __init__(self, name: str, series: tuple[Series, ...]) -> None:
        self.name = name
        ordered = sorted(series, key=lambda each: natural_key(each.tag))
        self._by_kind = {(each.tag, each.kind): each for each in ordered}
        self._by_tag: dict[str, Series] = {}
        for each in ordered:
            self._by_tag.setdefault(each.tag, each)

    def __getitem__(self, key: str | tuple[str, str]) -> Series:
        try:
            if isinstance(key, str):
                return self._by_tag[key]
            return self._by_kind[key[0], Kind(key[1])]
        except (KeyError, ValueError):
            raise KeyError(f"the run {self.name} has no tag {key!r}") from None

    def __iter__(self) -> Iterator[str]:
        return iter(self._by_tag)

    def __len__(self) -> int:
        return len(self._by_tag)

    def __repr__(self) -> str:
        return f"<LogRun {self.name!r}: {len(self):,} tags>"

    @property
    def tags(self) -> Mapping[str, Tag]:
        """What each tag is, in natural order."""
        return MappingProxyType({tag: _tag(each._series) for tag, each in self._by_tag.items()})

    @property
    def series(self) -> tuple[Series, ...]:
        """All series, in natural order of their tags."""
        return tuple(self._by_kind.values())


def _tag(series: stored.Series) -> Tag:
    return Tag(series.kind, series.plugin_name, series.display_name, series.description)


class Log:
    """Everything below one path, read to its end."""

    __slots__ = ("_cache", "_empty_reason", "_runs", "_store")

    def __init__(self, store: stored.LogStore, empty_reason: str | None = None) -> None:
        self._store = store
        self._empty_reason = empty_reason
        self._cache = PayloadCache(store)
        runs = sorted(store.open_runs(), key=lambda run: natural_key(run.name))
        self._runs: dict[str, LogRun] = {}
        for run in runs:
            series = tuple(Series(each, self._cache) for each in store.series_of_run(run.id))
            self._runs.setdefault(run.name, LogRun(run.name, series))

    def __getitem__(self, run: str) -> LogRun:
        try:
            return self._runs[run]
        except KeyError:
            raise KeyError(f"the log has no run {run!r}") from None

    def __iter__(self) -> Iterator[str]:
        return iter(self._runs)

    def __len__(self) -> int:
        return len(self._runs)

    def __repr__(self) -> str:
        return f"<Log: {len(self):,} runs, {len(self._store.series):,} series>"

    @property
    def runs(self) -> tuple[str, ...]:
        """Names of the runs, relative to the path, in natural order; ``"."`` is the path itself."""
        return tuple(self._runs)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What could not be read, and where."""
        return tuple(self._store.problems)

    @property
    def empty_reason(self) -> str | None:
        """Why there are no runs: what was looked for, and what there is instead."""
        return self._empty_reason

    @property
    def store(self) -> stored.LogStore:
        """The store behind it."""
        return self._store

    def frame(self, pivot: bool = False) -> pandas.DataFrame:
        """Return all scalar points as a data frame.

        Parameters
        ----------
        pivot
            One row per run and step and one column per tag, as `eventglass.app.core.export`
            explains, instead of the columns run, tag, step, wall_time and value.

        Raises
        ------
        ImportError
            When pandas is not installed.
        """
        try:
            import pandas
        except ImportError:
            raise ImportError(
                "A data frame needs pandas; install it with: pip install 'eventglass[pandas]'"
            ) from None
        selection = select(self._store)
        if not pivot:
            points = [points_of(each) for each in selection]
            counts = [len(each.steps) for each in points]
            names = {
                "run": np.array([each.run for each in selection], dtype=object),
                "tag": np.array([each.tag for each in selection], dtype=object),
            }
            columns: dict[str, Any] = {
                name: np.repeat(column, counts) for name, column in names.items()
            }
            columns["step"] = _joined([each.steps for each in points], np.int64)
            columns["wall_time"] = _joined([each.wall_times for each in points], np.float64)
            columns["value"] = _joined([each.values for each in points], np.float64)
            return pandas.DataFrame(columns)
        tags = pivot_tags(selection)
        blocks = list(pivot_blocks(selection, tags))
        values = [np.where(block.present, block.values, np.nan) for block in blocks]
        table = np.concatenate(values) if values else np.empty((0, len(tags)))
        frame = pandas.DataFrame(table, columns=pivot_names(tags))
        runs = np.array([block.run for block in blocks], dtype=object)
        frame.insert(0, "run", np.repeat(runs, [len(block.steps) for block in blocks]))
        frame.insert(1, "step", _joined([block.steps for block in blocks], np.int64))
        return frame


def _joined(parts: list[npt.NDArray[Any]], dtype: type) -> npt.NDArray[Any]:
    return np.concatenate(parts) if parts else np.empty(0, dtype)


def load(path: str | os.PathLike[str]) -> Log:
    """Return everything below `path`, read to its end.

    Damage doesn't stop it: what can be read is there, what can't is in `Log.problems`.

    Parameters
    ----------
    path
        A log directory, an event file or an archive of either.

    Raises
    ------
    FileNotFoundError
        When there is no such path.
    """
    path = os.fspath(path)
    if not os.path.exists(path):
        raise FileNotFoundError(f"There is no file or folder {path}")
    store = stored.LogStore()
    reader = Reader(store)
    reader.set_live(False)
    root = reader.open(path)
    try:
        with without_collector():
            reader.start()
            reader.wait_until_settled()
        # Nobody waits for more bytes here: a record that is cut off is one for good.
        reader.report_tails()
        empty_reason = reader.empty_reason(root.id)
    finally:
        reader.stop()
    return Log(store, empty_reason)
