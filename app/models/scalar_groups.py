"""Which cards the scalars view has, in what groups and order, and which series their tags have.

Kept up to date by `Changes`, so that thousands of tags cost something only when they appear.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from itertools import chain

from eventglass.app.core.names import Kind, natural_key
from eventglass.app.core.store import Changes, LogStore, Series
from eventglass.app.models.card_layouts import LayoutGroup, problems_of, tags_of
from eventglass.app.models.cards import Card, CardLine, card_of_tag
from eventglass.app.models.tag_differences import TagDifferences
from eventglass.app.models.workspace import Workspace, WorkspaceState, matcher

#: Name of the group of pinned cards; no prefix of a tag can be it.
PINNED = "\0pinned"
#: Name of the group of composed cards that have no title of a group.
COMPOSED_GROUP = "\0composed"
#: How names of groups of composed cards, and of those that were logged, begin.
OWN_LAYOUT = "\0own:"
LOGGED_LAYOUT = "\0log:"
#: Name of the group of tags without a prefix.
NO_PREFIX = ""


@dataclass(frozen=True, slots=True)
class KeyGroup:
    """Keys of cards under one title, in their order."""

    name: str
    title: str
    keys: tuple[str, ...]
    #: Whether it is folded until the user says otherwise.
    closed: bool = False


def prefix(tag: str) -> str:
    """Name of a tag's group: what stands before its first ``/``."""
    head, slash, _ = tag.partition("/")
    return head if slash else NO_PREFIX


def short_title(tag: str) -> str:
    """What is left of a tag under its group's title."""
    rest = tag[len(prefix(tag)) + 1 :] if "/" in tag else tag
    return rest.removesuffix("/scalar_summary") or tag


def in_order(keys: Sequence[str], order: Sequence[str]) -> tuple[str, ...]:
    """Return keys in the user's order; those it does not name follow as they were."""
    if not order:
        return tuple(keys)
    present = set(keys)
    first = [key for key in dict.fromkeys(order) if key in present]
    placed = set(first)
    return (*first, *(key for key in keys if key not in placed))


class ScalarGroups:
    """Cards of a store; asks the workspace for filter, pins, visible runs and composed cards.

    Parameters
    ----------
    layouts
        Returns the groups of cards that were logged.
    differences
        Knows which tags are the same in all runs; None: nobody asks.
    """

    def __init__(
        self,
        store: LogStore,
        workspace: Workspace,
        layouts: Callable[[], tuple[LayoutGroup, ...]] = tuple,
        differences: TagDifferences | None = None,
    ) -> None:
        self._store = store
        self._workspace = workspace
        self._layouts = layouts
        self._differences = differences
        self._series_by_tag: dict[str, list[int]] = {}
        self._runs_by_tag: dict[str, list[int]] = {}
        self._order: tuple[str, ...] | None = None
        #: Series of a tag in the order of their runs, for those asked for.
        self._sorted: dict[str, list[int]] = {}
        self._ranks: dict[int, int] = {}
        self._seen = 0
        #: Composed and logged cards by key, as of the last `groups`.
        self._cards: dict[str, Card] = {}
        #: What `visible_tags` returned, and what for; tags that fit a card's lines among them.
        self._present: list[str] = []
        self._present_for: tuple[object, ...] = ()
        self._matches: dict[tuple[CardLine, ...], list[str]] = {}

    def take_changes(self, changes: Changes | None) -> bool:
        """Learn of new series; True when there are tags or series not known before."""
        if changes is not None and not changes.series and not changes.roots:
            return False
        by_tag, runs = self._series_by_tag, self._runs_by_tag
        scalar = Kind.SCALAR
        new = self._store.series[self._seen :]
        self._seen += len(new)
        fresh: set[str] = set()
        for one in new:
            if one.kind is not scalar:
                continue
            tag = one.tag
            known = by_tag.get(tag)
            if known is None:
                by_tag[tag], runs[tag] = [one.id], [one.run_id]
                self._order = None
            else:
                known.append(one.id)
                runs[tag].append(one.run_id)
            fresh.add(tag)
        if self._sorted:
            for tag in fresh:
                self._sorted.pop(tag, None)
        return bool(fresh) or changes is None or changes.roots

    # -- groups

    def groups(self) -> tuple[KeyGroup, ...]:
        """Groups with cards to show: pinned, composed, logged, then tags by their prefix."""
        state = self._workspace.state
        fits = matcher(state.tag_filter)
        visible = frozenset(self._workspace.visible_run_ids())
        tags = list(self._wanted_tags(state, visible, fits))
        shown: dict[str, list[str]] = {}
        for tag in tags:
            shown.setdefault(prefix(tag), []).append(tag)
        by_prefix = [
            KeyGroup(name, name or "Other", tuple(found))
            for name, found in sorted(shown.items(), key=_group_order)
        ]
        if len(by_prefix) == 1 and by_prefix[0].name == NO_PREFIX:
            by_prefix = [KeyGroup(NO_PREFIX, "Scalars", by_prefix[0].keys)]
        composed = list(self._composed(state, fits))
        groups = [
            KeyGroup(
                group.name,
                group.title,
                in_order(group.keys, state.card_orders.get(group.name, ())),
                group.closed,
            )
            for group in chain(composed, by_prefix)
        ]
        present = set(chain.from_iterable(group.keys for group in groups))
        pinned = tuple(key for key in state.pinned_tags if key in present)
        if pinned:
            groups.insert(0, KeyGroup(PINNED, "Pinned", pinned))
        return tuple(groups)

    def card(self, key: str) -> Card:
        """The card of a key."""
        found = self._cards.get(key)
        return found if found is not None else card_of_tag(key)

    def cards_of_tags(self, tags: AbstractSet[str]) -> set[str]:
        """Keys of the cards that may show something of some tags."""
        names = set(tags)
        for derived in self._workspace.state.derived:
            if not tags.isdisjoint(_tags_in(derived.expression)):
                names.add(derived.name)
        found = set(names)
        for card in self._cards.values():
            margins = (tag for m in card.margins for tag in (m.value, m.lower, m.upper))
            if not names.isdisjoint(chain(self.tags_in(card), margins)):
                found.add(card.key)
        return found

    def problems(self, card: Card) -> tuple[str, ...]:
        """Say what of a card can't be drawn."""
        if not card.is_composed:
            return ()
        return problems_of(card, self.visible_tags())

    def empty_reason(self, card: Card) -> str:
        """Say why a card shows no line; empty when it has one to show."""
        if card.is_composed:
            tags = [*self.tags_in(card), *(margin.value for margin in card.margins)]
            if not tags:
                return "No tag of the runs shown fits"
        else:
            tags = [card.lines[0].tag]
            wrong = self._what_is_wrong(tags[0])
            if wrong:
                return wrong
        ids = [i for tag in tags for i in self._sources(tag)]
        if not ids:
            return "No run has it any more"
        visible = frozenset(self._workspace.visible_run_ids())
        series = self._store.series
        here = [series[i] for i in ids if series[i].run_id in visible]
        if not here:
            return "None of the runs shown has it"
        return "" if any(one.count for one in here) else "No points yet"

    # -- tags

    def series(self, tag: str) -> list[Series]:
        """Series of a tag in visible runs, in the natural order of the runs' names."""
        visible = frozenset(self._workspace.visible_run_ids())
        store = self._store.series
        return [store[i] for i in self._in_order(tag) if store[i].run_id in visible]

    def visible_tags(self) -> list[str]:
        """Scalar tags of visible runs and names of derived series, in natural order."""
        run_ids = self._workspace.visible_run_ids()
        derived = self._workspace.state.derived
        made_for = (run_ids, derived, self._seen)
        if made_for != self._present_for:
            self._present_for = made_for
            visible = frozenset(run_ids)
            runs = self._runs_by_tag
            self._present = [tag for tag in self._tags() if not visible.isdisjoint(runs[tag])]
            self._present += [one.name for one in derived if one.name not in runs]
            self._matches.clear()
        return self._present

    def tags_in(self, card: Card) -> list[str]:
        """Tags of visible runs and derived names that a card's lines stand for."""
        present = self.visible_tags()
        found = self._matches.get(card.lines)
        if found is None:
            found = self._matches[card.lines] = tags_of(card, present)
        return found

    def expression_of(self, tag: str) -> str:
        """What a derived series is computed by; empty for a tag."""
        if tag in self._series_by_tag:
            return ""
        derived = self._workspace.state.derived
        return next((one.expression for one in derived if one.name == tag), "")

    def logged_tags(self, tag: str) -> tuple[str, ...]:
        """The tag itself, or the ones a derived series is computed from."""
        return (tag,) if tag in self._series_by_tag else _tags_in(self.expression_of(tag))

    def has_tags(self) -> bool:
        """Whether there is any scalar series in an open run."""
        store = self._store
        return any(
            store.is_open(store.series[i].run_id)
            for ids in self._series_by_tag.values()
            for i in ids
        )

    def tag_of(self, series_id: int) -> str | None:
        """Tag of a scalar series, None for a series of another kind."""
        one = self._store.series[series_id]
        return one.tag if one.kind is Kind.SCALAR else None

    # -- inside

    def _wanted_tags(
        self, state: WorkspaceState, visible: frozenset[int], fits: Callable[[str], object] | None
    ) -> Iterator[str]:
        """Tags and derived names that have a card, in natural order."""
        same = self._same_tags(state, visible)
        derived = [one for one in state.derived if one.name not in self._series_by_tag]
        names = {one.name: one for one in derived}
        tags: Iterable[str] = self._tags()
        if derived:
            tags = sorted((*tags, *names), key=natural_key)
        store, series = self._store, self._store.series
        for tag in tags:
            if fits is not None and fits(tag) is None:
                continue
            if tag in names:
                wanted = _tags_in(names[tag].expression)
                runs = [self._runs_by_tag.get(each, []) for each in wanted]
                if state.hide_empty and any(visible.isdisjoint(each) for each in runs):
                    continue
            elif state.hide_empty:
                if visible.isdisjoint(self._runs_by_tag[tag]) or tag in same:
                    continue
                ids = self._series_by_tag[tag]
                # Nearly always the first has points; asking all of 100,000 would be felt.
                if not series[ids[0]].count and not any(
                    series[i].count for i in ids if series[i].run_id in visible
                ):
                    continue
            elif tag in same or not any(map(store.is_open, self._runs_by_tag[tag])):
                continue
            yield tag

    def _same_tags(self, state: WorkspaceState, visible: frozenset[int]) -> frozenset[str]:
        if not state.only_differing or self._differences is None or len(visible) < 2:
            return frozenset()
        series = self._store.series
        candidates = {
            tag: found
            for tag, ids in self._series_by_tag.items()
            if len(found := [series[i] for i in ids if series[i].run_id in visible]) > 1
        }
        return self._differences.same_tags(candidates)

    def _composed(
        self, state: WorkspaceState, fits: Callable[[str], object] | None
    ) -> Iterator[KeyGroup]:
        """Groups of composed and logged cards, and what their keys stand for."""
        groups: dict[str, tuple[str, list[Card], bool]] = {}
        for card in state.composed:
            name = OWN_LAYOUT + card.group if card.group else COMPOSED_GROUP
            entry = groups.setdefault(name, (card.group or "Composed", [], False))
            entry[1].append(card)
        logged = self._layouts() if state.show_layouts else ()
        for layout in logged:
            name = LOGGED_LAYOUT + layout.title
            groups[name] = (layout.title, list(layout.cards), layout.closed)
        self._cards = {
            card.key: card for _title, cards, _closed in groups.values() for card in cards
        }
        for name, (title, found, closed) in groups.items():
            cards = found if fits is None else [card for card in found if self._fits(card, fits)]
            if state.hide_empty and name.startswith(LOGGED_LAYOUT):
                # What the user composed stays, whatever is shown; what was logged goes by its
                # tags, unless there is something to say about it.
                cards = [c for c in cards if self.problems(c) or not self.empty_reason(c)]
            if cards:
                yield KeyGroup(name, title, tuple(card.key for card in cards), closed)

    def _fits(self, card: Card, fits: Callable[[str], object]) -> bool:
        names = (card.title, *self.tags_in(card), *(margin.value for margin in card.margins))
        return any(fits(name) is not None for name in names)

    def _what_is_wrong(self, name: str) -> str:
        """Say what is wrong with the expression of a derived series."""
        from eventglass.app.core.compute.expressions import ExpressionError, parse

        for one in self._workspace.state.derived:
            if one.name == name:
                try:
                    parse(one.expression)
                except ExpressionError as error:
                    return f"{error.message}: {one.expression}"
        return ""

    def _sources(self, tag: str) -> list[int]:
        """Ids of the series behind a tag or a derived name."""
        found = self._series_by_tag.get(tag)
        if found is not None:
            return found
        for one in self._workspace.state.derived:
            if one.name == tag:
                return [i for t in _tags_in(one.expression) for i in self._series_by_tag.get(t, ())]
        return []

    def _tags(self) -> Iterable[str]:
        if self._order is None:
            self._order = tuple(sorted(self._series_by_tag, key=natural_key))
        return self._order

    def _in_order(self, tag: str) -> list[int]:
        found = self._sorted.get(tag)
        if found is None:
            series = self._store.series
            rank = self._rank_of_runs()
            found = sorted(self._series_by_tag.get(tag, ()), key=lambda i: rank[series[i].run_id])
            self._sorted[tag] = found
        return found

    def _rank_of_runs(self) -> dict[int, int]:
        """Place of every run in the natural order of names."""
        runs = self._store.runs
        if len(self._ranks) != len(runs):
            order = sorted(range(len(runs)), key=lambda i: natural_key(runs[i].name))
            self._ranks = {run_id: rank for rank, run_id in enumerate(order)}
        return self._ranks


def _tags_in(expression: str) -> tuple[str, ...]:
    """Tags an expression names; none for one that is not valid."""
    from eventglass.app.core.compute.expressions import ExpressionError, parse

    try:
        return parse(expression).tags
    except ExpressionError:
        return ()


def _group_order(item: tuple[str, list[str]]) -> tuple[object, ...]:
    return natural_key(item[0])
