"""LineSources: what lines a card shows, and where their points come from.

A card names tags, patterns and derived series; which lines these are follows from the runs shown
and how they are grouped. Nothing is computed here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from eventglass.app.core.names import Kind, natural_key
from eventglass.app.core.patterns import compile_untrusted
from eventglass.app.models import line_work
from eventglass.app.models.cards import MOST_CARD_LINES
from eventglass.app.models.line_styles import series_key
from eventglass.app.models.run_groups import RunGroup, groups_of_runs
from eventglass.app.models.workspace import VISIBLE_RUNS

if TYPE_CHECKING:
    from eventglass.app.core.compute.expressions import Expression
    from eventglass.app.core.store import LogStore, Series
    from eventglass.app.models.cards import Card, Side
    from eventglass.app.models.hparam_values import HParamValues
    from eventglass.app.models.tasks import Tasks
    from eventglass.app.models.workspace import Workspace

#: Formulas may use each other so deeply.
_DEEPEST = 8


@dataclass(frozen=True, slots=True)
class Wanted:
    """A line a card is to show."""

    name: Hashable
    source: line_work.Source
    label: str
    colour: str
    run_id: int
    tag: str
    group: str = ""
    run_ids: tuple[int, ...] = ()
    axis: Side = "left"
    #: Place of its tag in the card: tags differ by dashes and marks.
    nth: int = 0
    is_member: bool = False


class LineSources(QObject):
    """Finds the lines of cards; one for the window, the `LineBook`'s.

    Parameters
    ----------
    known
        Returns the source a line, by its name, was made of last, so that it is not made again.
    """

    #: Hyperparameters were read: groups by them are others now.
    regrouped = Signal()

    def __init__(
        self,
        store: LogStore,
        workspace: Workspace,
        tasks: Tasks,
        known: Callable[[Hashable], line_work.Source | None],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._store = store
        self._workspace = workspace
        self._tasks = tasks
        self._known = known
        self._ranks: dict[int, int] = {}
        self._groups: tuple[RunGroup, ...] | None = None
        #: Tags of cards with patterns, and what they were looked for in.
        self._found_tags: dict[str, tuple[tuple[object, ...], list[tuple[str, Side]]]] = {}
        self._expressions: dict[str, Expression | None] = {}
        self._hparams: HParamValues | None = None
        workspace.changed.connect(self._workspace_changed)

    def forget(self, key: str) -> None:
        """Tell that a card, by its key, left the view."""
        self._found_tags.pop(key, None)

    def clear(self) -> None:
        """Drop everything, as after a root was closed."""
        self._found_tags.clear()
        self._groups = None
        self._ranks = {}

    # -- what a card shows ------------------------------------------------------------------

    def wanted(self, card: Card) -> Iterator[Wanted]:
        """Yield the lines a card is to show, in drawing order."""
        tags = self.tags(card)
        grouped = self._workspace.state.grouping.by != "none"
        for nth, (tag, axis) in enumerate(tags):
            if grouped:
                yield from self._of_groups(tag, axis, nth)
            else:
                yield from self._of_runs(tag, axis, nth)
        several = len(tags) + len(card.margins) > 1
        for nth, margin in enumerate(card.margins[:MOST_CARD_LINES], len(tags)):
            for run_id in self._runs():
                value = self.source(run_id, margin.value)
                lower = self.source(run_id, margin.lower)
                upper = self.source(run_id, margin.upper)
                if value is None or lower is None or upper is None:
                    continue
                name = ("margin", run_id, margin)
                key = (value.key, lower.key, upper.key)
                yield replace(
                    self._of_run(run_id, margin.value, value, nth=nth if several else 0),
                    name=name,
                    source=line_work.MarginSource(key, value, lower, upper),
                )

    def tags(self, card: Card) -> list[tuple[str, Side]]:
        """Tags of a card with the side they belong to; each counts once."""
        if not any(line.is_pattern for line in card.lines):
            return self._find_tags(card)
        state = (card, len(self._store.series), self._workspace.state.derived)
        known = self._found_tags.get(card.key)
        if known is None or known[0] != state:
            known = self._found_tags[card.key] = (state, self._find_tags(card))
        return known[1]

    def _find_tags(self, card: Card) -> list[tuple[str, Side]]:
        found: dict[str, Side] = {}
        known: list[str] = []
        if any(line.is_pattern for line in card.lines):
            known = [tag for tag, kind in self._store.tags() if kind is Kind.SCALAR]
            known += [derived.name for derived in self._workspace.state.derived]
        for line in card.lines[:MOST_CARD_LINES]:
            if not line.is_pattern:
                found.setdefault(line.tag, line.axis)
                continue
            try:
                match = compile_untrusted(line.tag).match
            except re.error:
                continue
            for tag in sorted(filter(match, known), key=natural_key):
                found.setdefault(tag, line.axis)
        return list(found.items())

    def _of_runs(self, tag: str, axis: Side, nth: int) -> Iterator[Wanted]:
        for run_id in self._runs_of(tag):
            source = self.source(run_id, tag)
            if source is not None:
                yield self._of_run(run_id, tag, source, axis, nth)

    def _of_run(
        self, run_id: int, tag: str, source: line_work.Source, axis: Side = "left", nth: int = 0
    ) -> Wanted:
        workspace = self._workspace
        return Wanted(
            (run_id, tag),
            source,
            workspace.alias(run_id),
            workspace.colour_text(run_id),
            run_id,
            tag,
            axis=axis,
            nth=nth,
        )

    def _of_groups(self, tag: str, axis: Side, nth: int) -> Iterator[Wanted]:
        grouping = self._workspace.state.grouping
        having = set(self._runs_of(tag))
        made = []
        for group in self.groups():
            ids = tuple(run_id for run_id in group.run_ids if run_id in having)
            members = [
                (run_id, source)
                for run_id in ids
                if (source := self.source(run_id, tag)) is not None and source.size
            ]
            if not members:
                continue
            if grouping.show_members:
                for run_id, source in members:
                    yield replace(self._of_run(run_id, tag, source, axis, nth), is_member=True)
            how = replace(grouping, show_members=False)
            sources = tuple(source for _run_id, source in members)
            made.append(
                Wanted(
                    ("group", group.key, tag, how),
                    line_work.GroupSource((how, *(s.key for s in sources)), sources, how),
                    group.key,
                    self._workspace.colour_text(ids[0]),
                    -1,
                    tag,
                    group.key,
                    ids,
                    axis,
                    nth,
                )
            )
        yield from made

    def groups(self) -> tuple[RunGroup, ...]:
        """The groups of the visible runs; empty without grouping, or with one that can't be."""
        if self._groups is None:
            state = self._workspace.state
            hparams = None
            if state.grouping.by == "hparam":
                hparams = self.hparams.by_run(self._workspace.visible_run_ids())
            try:
                self._groups = groups_of_runs(
                    self._workspace, self._workspace.visible_run_ids(), hparams
                )
            except (re.error, RecursionError, OverflowError):
                self._groups = ()
        return self._groups

    @property
    def hparams(self) -> HParamValues:
        """Hyperparameters of the runs; made when first asked for."""
        if self._hparams is None:
            from eventglass.app.models.hparam_values import HParamValues

            self._hparams = HParamValues(self._store, self._tasks, self)
            self._hparams.ready.connect(self._regroup)
        return self._hparams

    def _regroup(self) -> None:
        self._groups = None
        self.regrouped.emit()

    def _runs(self) -> list[int]:
        """Visible runs in the natural order of their names."""
        return sorted(self._workspace.visible_run_ids(), key=self._rank_of_runs().__getitem__)

    def _runs_of(self, tag: str) -> list[int]:
        """Visible runs that have a series of a tag, in the natural order of their names."""
        series = self._store.series_of_tag(tag, Kind.SCALAR)
        if not series:
            return self._runs() if self._is_derived(tag) else []
        visible = set(self._workspace.visible_run_ids())
        ids = [one.run_id for one in series if one.run_id in visible]
        ids.sort(key=self._rank_of_runs().__getitem__)
        return ids

    def _rank_of_runs(self) -> dict[int, int]:
        runs = self._store.runs
        if len(self._ranks) != len(runs):
            order = sorted(range(len(runs)), key=lambda i: natural_key(runs[i].name))
            self._ranks = {run_id: rank for rank, run_id in enumerate(order)}
        return self._ranks

    # -- sources ----------------------------------------------------------------------------

    def source(self, run_id: int, tag: str, depth: int = 0) -> line_work.Source | None:
        """Where the points of a tag, or of a derived series, come from in one run."""
        series = self._store.find(run_id, tag, Kind.SCALAR)
        if series is not None:
            return self._source_of(series)
        expression = self._expression(tag)
        if expression is None or depth > _DEEPEST:
            return None
        return self.derived_source(run_id, tag, expression, depth)

    def derived_source(
        self, run_id: int, name: str, expression: Expression, depth: int = 0
    ) -> line_work.DerivedSource | None:
        """A derived series of a run, also one not kept yet; None where the run lacks a tag."""
        inputs: dict[str, line_work.Source] = {}
        parts = 0
        for tag in expression.tags:
            found = None if tag == name else self.source(run_id, tag, depth + 1)
            if found is None:
                return None
            parts += found.parts
            if parts > line_work.MOST_PARTS:
                return None
            inputs[tag] = found
        key = (expression.text, *(source.key for source in inputs.values()))
        return line_work.DerivedSource(key, expression, inputs)

    def _source_of(self, series: Series) -> line_work.SeriesSource:
        state = self._workspace.state
        restarts = state.restarts
        if state.series_restarts:
            run = self._store.runs[series.run_id]
            name = series_key(run.key, series.tag)
            restarts = state.series_restarts.get(name, restarts)
        key = (series.id, series.count, restarts)
        known = self._known((series.run_id, series.tag))
        if isinstance(known, line_work.SeriesSource) and known.key == key:
            return known
        return line_work.SeriesSource(key, series.scalars(), restarts)

    def _is_derived(self, name: str) -> bool:
        return any(derived.name == name for derived in self._workspace.state.derived)

    def _expression(self, name: str) -> Expression | None:
        """The formula of a derived series; None when there is none, or it can't be understood."""
        text = next((d.expression for d in self._workspace.state.derived if d.name == name), None)
        if text is None:
            return None
        if text not in self._expressions:
            from eventglass.app.core.compute.expressions import ExpressionError, parse

            try:
                self._expressions[text] = parse(text)
            except ExpressionError:
                self._expressions[text] = None
        return self._expressions[text]

    def x_source(self, wanted: Wanted) -> tuple[line_work.Source | None, Hashable]:
        """Where a line's x comes from while x is another tag, and a key for it."""
        state = self._workspace.state
        if state.x_axis != "tag":
            return None, None
        if wanted.run_id >= 0:
            source = self.source(wanted.run_id, state.x_tag)
        else:
            members = tuple(
                found
                for run_id in wanted.run_ids
                if (found := self.source(run_id, state.x_tag)) is not None
            )
            how = replace(state.grouping, show_members=False, band="none")
            key = (how, *(each.key for each in members))
            source = line_work.GroupSource(key, members, how) if members else None
        return source, (wanted.source.key, None if source is None else source.key)

    def _workspace_changed(self, names: frozenset[str]) -> None:
        if names & {VISIBLE_RUNS, "grouping", "run_aliases"}:
            self._groups = None
