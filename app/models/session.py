"""A session: the logs that are open, all that belongs to them, and what is kept about them.

The workspace of a set of logs lies in the user's data folder, in a file named by a hash of
the roots' paths; never inside a logdir. With it lies the list of recent logs.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar

from PySide6.QtCore import QObject, QTimer, Signal

from eventglass.app.core.discovery import logdir_of
from eventglass.app.core.graphs.files import is_graph_file
from eventglass.app.core.projector.file_names import is_vector_file, paired, without_config
from eventglass.app.models.cards import MOST_CARD_LINES, XRange
from eventglass.app.models.codec import from_json, to_json
from eventglass.app.models.files import data_folder, read_json, write_json
from eventglass.app.models.line_styles import RunStyle
from eventglass.app.models.reports import Report
from eventglass.app.models.workspace import Workspace, WorkspaceState

if TYPE_CHECKING:
    from eventglass.app.core.reader import Progress, Reader
    from eventglass.app.core.store import Changes, LogStore
    from eventglass.app.models.commands import Commands
    from eventglass.app.models.feed import Feed
    from eventglass.app.models.settings import Settings
    from eventglass.app.models.tasks import Tasks
    from eventglass.app.models.theme import Theme
    from eventglass.app.models.workspace_files import WorkspaceFile

_T = TypeVar("_T")

FORMAT = 1
RECENTS = 12
#: Ending of a workspace's file.
WORKSPACE_SUFFIX = ".eventglass"
#: Workspace files that were agreed to are known, so many of them.
_MOST_AGREED = 200
#: Notes, formulas and composed cards of a file that count; more were made by no one.
MOST_ITEMS = 2000
_WIDEST_LINE = 20.0
_FARTHEST = 1e300
#: Changes of the workspace are saved this long after the last one, in milliseconds.
SAVE_AFTER_MS = 1500


class Session(QObject):
    """Bundles what the window works on; opens and closes logs and keeps their workspaces.

    Parameters
    ----------
    folder
        Where workspaces and recents are kept; the user's data folder when not given.
    """

    #: Something the user should know; nothing was lost that could be kept.
    notice = Signal(str)
    #: The workspace is about to be written; who has something to keep says so now.
    saving = Signal()
    #: The set of open roots changed.
    roots_changed = Signal()
    #: The list of recent logs changed.
    recents_changed = Signal()
    #: A file with a graph was opened: its path.
    graph_opened = Signal(str)
    #: A file of vectors was opened; the path of its metadata, empty without.
    vectors_opened = Signal(str, str)
    #: A workspace's file is to be opened: its path.
    workspace_asked = Signal(str)
    #: The run that was asked for is there, and shown alone: its id.
    revealed = Signal(int)

    def __init__(
        self,
        store: LogStore,
        reader: Reader,
        feed: Feed,
        workspace: Workspace,
        settings: Settings,
        tasks: Tasks,
        commands: Commands,
        theme: Theme,
        folder: Path | None = None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.store = store
        self.reader = reader
        self.feed = feed
        self.workspace = workspace
        self.settings = settings
        self.tasks = tasks
        self.commands = commands
        self.theme = theme
        #: Files with a graph that were opened, no logs; the last one is shown.
        self.graph_files: tuple[str, ...] = ()
        #: Files of vectors that were opened, no logs.
        self.vector_files: tuple[str, ...] = ()
        #: What the views keep between sessions, by view; they write it through `set_view_state`.
        self.view_states: dict[str, dict[str, object]] = {}
        self._folder = folder
        #: What is left behind if the session does not end by itself.
        self.report = Report(self._data() / "reports")
        self._saved_at: Path | None = None
        self._failed_before = False
        self._missing: set[int] = set()
        #: Folder of the run to be shown alone once it is there, or empty.
        self._revealed = ""
        self._recents: list[tuple[str, ...]] | None = None
        self._save_timer = QTimer(self)
        self._save_timer.setSingleShot(True)
        self._save_timer.setInterval(SAVE_AFTER_MS)
        self._save_timer.timeout.connect(self.save)
        workspace.changed.connect(self._save_soon)
        feed.changed.connect(workspace.take_changes)
        feed.changed.connect(self._tell_of_missing)
        feed.changed.connect(self._look_for_revealed)
        feed.progressed.connect(self._settle)
        feed.settled.connect(self._look_no_more)

    # -- roots

    def open_roots(self) -> tuple[str, ...]:
        """Paths of the roots that are open, in the order of opening."""
        return tuple(os.fspath(root.path) for root in self.store.roots if not root.closed)

    @property
    def loose_files(self) -> tuple[str, ...]:
        """Files that are looked at without being logs: graphs, vectors."""
        return (*self.graph_files, *self.vector_files)

    def open(self, paths: Iterable[str | os.PathLike[str]]) -> None:
        """Open folders, event files and archives beside what is open already.

        Files of workspaces, graphs and vectors are opened instead of it.
        """
        wanted = [without_config(os.path.abspath(os.fspath(path))) for path in paths]
        workspaces = [path for path in wanted if is_workspace(path)]
        for path in workspaces:
            self.workspace_asked.emit(path)
        wanted = [path for path in wanted if path not in workspaces]
        graphs = [path for path in wanted if is_graph_file(path)]
        vectors = [path for path in wanted if is_vector_file(path)]
        self._open_logs([path for path in wanted if path not in (*graphs, *vectors)])
        for path in graphs:
            self.graph_files = (*(each for each in self.graph_files if each != path), path)
            self._remember((path,))
            self.roots_changed.emit()
            self.graph_opened.emit(path)
        for path, metadata in paired(vectors):
            self.vector_files = (*(each for each in self.vector_files if each != path), path)
            self._remember((path, metadata) if metadata else (path,))
            self.roots_changed.emit()
            self.vectors_opened.emit(path, metadata)

    def _open_logs(self, wanted: Sequence[str]) -> None:
        before = self.open_roots()
        fresh = [path for path in dict.fromkeys(wanted) if path not in before]
        if not fresh:
            return
        if before:
            self.save()
        opened = []
        for path in fresh:
            try:
                self.reader.open(path)
                opened.append(path)
            except (OSError, ValueError) as error:
                self.notice.emit(f"Could not be opened ({_reason(error)}): {path}")
        if not opened:
            return
        if before:
            # What is on the screen goes on; from now on it belongs to the larger set.
            self._saved_at = self._file()
        else:
            self._restore()
        self._remember(self.open_roots())
        self.roots_changed.emit()

    def reveal(self, path: str) -> None:
        """Open the logdir that an event file belongs to, and show that file's run alone."""

        def found(places: tuple[str, str]) -> None:
            logdir, self._revealed = places
            if not any(_is_below(self._revealed, root) for root in self.open_roots()):
                self.open([logdir])
            self._show_revealed()

        self.tasks.submit(
            (id(self), path),
            lambda _control: tuple(map(os.path.realpath, logdir_of(path))),
            found,
        )

    def _look_for_revealed(self, changes: Changes) -> None:
        if changes.runs:
            self._show_revealed()

    def _show_revealed(self) -> None:
        for run in self.store.open_runs() if self._revealed else ():
            if os.path.realpath(run.directory) == self._revealed:
                self._revealed = ""
                self.workspace.show_alone(run)
                self.revealed.emit(run.id)
                return

    def close_root(self, root_id: int) -> None:
        """Close one root; its runs leave the window, its files are let go."""
        self.save()
        self.reader.close(root_id)
        self._saved_at = self._file() if self.open_roots() else None
        self.roots_changed.emit()

    def close_all(self) -> None:
        """Close every root."""
        self.save()
        for root in self.store.roots:
            if not root.closed:
                self.reader.close(root.id)
        self._saved_at = None
        self.graph_files = self.vector_files = ()
        self.roots_changed.emit()

    # -- recents

    @property
    def recents(self) -> tuple[tuple[str, ...], ...]:
        """Sets of roots opened before, the latest first."""
        if self._recents is None:
            found, trouble = read_json(self._data() / "recents.json")
            if trouble:
                self.notice.emit(f"The list of recent logs {trouble}")
            self._recents = _as_recents(found)
        return tuple(self._recents)

    def forget_recents(self) -> None:
        """Empty the list of recent logs."""
        self._recents = []
        self._write(self._data() / "recents.json", [], "The list of recent logs")
        self.recents_changed.emit()

    def _remember(self, roots: tuple[str, ...]) -> None:
        before = self.recents
        self._recents = [roots, *(entry for entry in before if entry != roots)][:RECENTS]
        self._write(self._data() / "recents.json", self._recents, "The list of recent logs")
        self.recents_changed.emit()

    # -- the workspace's file

    def set_view_state(self, name: str, state: dict[str, object]) -> None:
        """Keep what a view wants to find again."""
        if self.view_states.get(name) != state:
            self.view_states[name] = state
            self._save_soon()

    def save(self) -> None:
        """Write the workspace of the open roots now."""
        self._save_timer.stop()
        if self._saved_at is None:
            return
        self.saving.emit()
        self._save_timer.stop()
        value = {"format": FORMAT, "roots": self.open_roots(), **self._kept()}
        self._write(self._saved_at, value, "The workspace")

    def save_as(self, path: Path, layout: Mapping[str, object]) -> None:
        """Write the workspace to a file that can be sent to others.

        Parameters
        ----------
        layout
            The arrangement of the window, JSON values.

        Raises
        ------
        WorkspaceFileError
            When it can't be written there.
        """
        from eventglass.app.models.workspace_files import write_workspace

        self.saving.emit()
        saved = {**self._kept(), "layout": layout}
        self.agree(write_workspace(path, self.open_roots(), saved))
        self._remember((os.path.abspath(path),))

    def open_workspace(self, path: Path, found: WorkspaceFile) -> None:
        """Open the roots of a workspace file instead of those that are open, and its choices."""
        self.close_all()
        recents = self.recents
        self.open(found.roots)
        self._adopt(found.saved)
        self._save_soon()
        # It stands for its logs.
        self._recents = list(recents)
        self._remember((os.path.abspath(path),))

    def agree(self, digest: str) -> None:
        """Remember that a workspace file may open what it names, as long as it stays as it is."""
        known = [digest, *(each for each in self._agreed() if each != digest)]
        self._write(self._data() / "agreed.json", known[:_MOST_AGREED], "What was agreed to")

    def has_agreed(self, digest: str) -> bool:
        """Whether the user wrote a workspace file, or agreed to what it opens."""
        return digest in self._agreed()

    def _agreed(self) -> list[str]:
        found, _trouble = read_json(self._data() / "agreed.json")
        return [each for each in found if isinstance(each, str)] if isinstance(found, list) else []

    def _kept(self) -> dict[str, object]:
        numbers = self.workspace.colour_numbers
        return {
            "state": to_json(self.workspace.state),
            "colour_numbers": sorted(numbers, key=numbers.__getitem__),
            "views": self.view_states,
        }

    def _restore(self) -> None:
        self._saved_at = self._file()
        found, trouble = read_json(self._saved_at)
        if trouble:
            self.notice.emit(f"The workspace of these logs {trouble}")
        self._adopt(_mapping(found))

    def _adopt(self, saved: Mapping[str, Any]) -> None:
        """Take over choices that were kept; what does not fit is left out."""
        numbers = saved.get("colour_numbers")
        self.view_states = {
            name: state
            for name, state in _mapping(saved.get("views")).items()
            if isinstance(state, dict)
        }
        keys = [key for key in numbers if isinstance(key, str)] if isinstance(numbers, list) else []
        self.workspace.load(
            state_from_json(saved.get("state")),
            {key: number for number, key in enumerate(dict.fromkeys(keys))},
        )

    def _settle(self, progress: Progress) -> None:
        if progress.settled:
            self.workspace.settle_colours()

    def _look_no_more(self) -> None:
        """All that is there was told of: a run that was not among it is not waited for."""
        self._revealed = ""

    def _tell_of_missing(self, changes: Changes) -> None:
        """Say so, once, when a root has gone from the disk."""
        if not changes.deleted:
            return
        for root in self.store.roots:
            if root.closed or os.path.exists(root.path):
                self._missing.discard(root.id)
            elif root.id not in self._missing:
                self._missing.add(root.id)
                path = os.fspath(root.path)
                self.notice.emit(f"Gone from the disk; what was read stays here: {path}")

    def _save_soon(self) -> None:
        if self._saved_at is not None:
            self._save_timer.start()

    def _write(self, path: Path, value: object, what: str) -> None:
        trouble = write_json(path, value)
        if trouble and not self._failed_before:
            self.notice.emit(f"{what} {trouble}")
        # A full disk is told once, not with every change, until writing works again.
        self._failed_before = bool(trouble)

    def _data(self) -> Path:
        if self._folder is None:
            self._folder = data_folder()
        return self._folder

    def _file(self) -> Path:
        return self._data() / "workspaces" / f"{roots_hash(self.open_roots())}.json"


def is_workspace(path: str) -> bool:
    """Whether a path names a workspace's file."""
    return path.lower().endswith(WORKSPACE_SUFFIX) and not os.path.isdir(path)


def _is_below(folder: str, root: str) -> bool:
    """Whether a folder, links resolved, is a root or below it."""
    return os.path.isdir(root) and Path(folder).is_relative_to(os.path.realpath(root))


def roots_hash(roots: Sequence[str]) -> str:
    """Name for a set of roots, the same in whatever order they were opened."""
    text = "\0".join(sorted(os.path.realpath(root) for root in roots))
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:32]


def state_from_json(found: object) -> WorkspaceState:
    """A state from JSON values; what does not fit is left as it is at first."""
    state = from_json(WorkspaceState, found)
    cards = _distinct((card.key, card) for card in state.composed if card.is_composed)
    return replace(
        state,
        smoothing=_within(state.smoothing, 0.0, 0.999),
        line_width=_within(state.line_width, 0.25, _WIDEST_LINE),
        card_width=int(_within(state.card_width, 100, 4000)),
        tooltip_rows=int(_within(state.tooltip_rows, 1, 1000)),
        run_styles=MappingProxyType(
            {key: _fit_style(style) for key, style in state.run_styles.items()}
        ),
        composed=tuple(
            replace(
                card, lines=card.lines[:MOST_CARD_LINES], margins=card.margins[:MOST_CARD_LINES]
            )
            for card in cards
        ),
        derived=_distinct((each.name, each) for each in state.derived),
        annotations=state.annotations[:MOST_ITEMS],
        selection=_fit_range(state.selection),
        shared_x=_fit_range(state.shared_x),
    )


def _distinct(items: Iterable[tuple[str, _T]]) -> tuple[_T, ...]:
    """The first of each name, as many as count."""
    found: dict[str, _T] = {}
    for name, item in items:
        found.setdefault(name, item)
    return tuple(islice(found.values(), MOST_ITEMS))


def _within(value: float, low: float, high: float) -> float:
    return min(max(value, low), high)


def _fit_style(style: RunStyle) -> RunStyle:
    far = float(2**53)
    return replace(
        style,
        width=_within(style.width, 0.0, _WIDEST_LINE),
        step_offset=int(_within(style.step_offset, -far, far)),
        time_offset_s=_within(style.time_offset_s, -far, far),
    )


def _fit_range(found: XRange | None) -> XRange | None:
    """The range, if it is one."""
    if found is None or not -_FARTHEST <= found.low <= found.high <= _FARTHEST:
        return None
    return found


def _mapping(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _as_recents(found: object) -> list[tuple[str, ...]]:
    if not isinstance(found, list):
        return []
    return [
        tuple(entry)
        for entry in found
        if isinstance(entry, list) and entry and all(isinstance(path, str) for path in entry)
    ][:RECENTS]


def _reason(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error) or type(error).__name__
