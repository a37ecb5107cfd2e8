"""Groups of runs: one line per group, with a band of how its members differ."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from eventglass.app.core.names import natural_key

if TYPE_CHECKING:
    from eventglass.app.models.workspace import Workspace


@dataclass(frozen=True, slots=True)
class RunGrouping:
    """By what runs are put together, and what is drawn of a group.

    Attributes
    ----------
    by
        none; regex: what `pattern` captures in the name (its whole match without a group);
        directory: the first `level` directories of the name; alias; hparam: the value of `hparam`.
    align
        exact: at every step the members that have it; interpolate: members are interpolated
        between their first and last step.
    """

    by: Literal["none", "regex", "directory", "alias", "hparam"] = "none"
    pattern: str = ""
    level: int = 1
    hparam: str = ""
    centre: Literal["mean", "median"] = "mean"
    band: Literal["std", "sem", "minmax", "ci95", "none"] = "std"
    align: Literal["exact", "interpolate"] = "exact"
    show_members: bool = False


@dataclass(frozen=True, slots=True)
class RunGroup:
    """Some runs with one name; `run_ids` in the natural order of their names."""

    key: str
    run_ids: tuple[int, ...]


def groups_of_runs(
    workspace: Workspace,
    run_ids: Iterable[int],
    hparams: Mapping[int, Mapping[str, object]] | None = None,
    grouping: RunGrouping | None = None,
) -> tuple[RunGroup, ...]:
    """Put runs into groups; runs that fit nowhere are left out.

    The workspace's grouping counts unless another is given.

    Raises
    ------
    re.error
        When the pattern is no regular expression.
    """
    grouping = grouping or workspace.state.grouping
    search = re.compile(grouping.pattern).search if grouping.by == "regex" else None
    found: dict[str, list[int]] = {}
    runs = workspace.store.runs
    for run_id in run_ids:
        run = runs[run_id]
        if search is not None:
            match = search(run.name)
            if match is None:
                continue
            parts = match.groups()
            key = ", ".join(part or "" for part in parts) if parts else match.group()
        elif grouping.by == "directory":
            key = "/".join(run.name.split("/")[: max(grouping.level, 1)])
        elif grouping.by == "alias":
            key = workspace.alias(run)
        elif grouping.by == "hparam":
            values = (hparams or {}).get(run_id, {})
            if grouping.hparam not in values:
                continue
            key = f"{grouping.hparam} = {values[grouping.hparam]}"
        else:
            key = run.name
        found.setdefault(key, []).append(run_id)
    return tuple(
        RunGroup(key, tuple(sorted(ids, key=lambda i: natural_key(runs[i].name))))
        for key, ids in sorted(found.items(), key=lambda item: natural_key(item[0]))
    )
