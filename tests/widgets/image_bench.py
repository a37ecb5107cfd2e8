"""An images view on a log written by hand, for tests."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pytestqt.qtbot import QtBot

from eventglass.app.core.store import LogStore
from eventglass.app.models.commands import Command, Commands
from eventglass.app.models.image_rows import ImageRef
from eventglass.app.models.payloads import Payloads
from eventglass.app.models.settings import Settings
from eventglass.app.models.tasks import Tasks
from eventglass.app.models.theme import Theme
from eventglass.app.models.workspace import Workspace
from eventglass.widgets.plots.line_book import LineBook
from eventglass.widgets.view import ViewContext
from eventglass.widgets.views.image_gallery import Cell
from eventglass.widgets.views.images import ImagesView
from tests.models.image_logs import opened


@dataclass
class ImageBench:
    """A view and what it stands on."""

    store: LogStore
    workspace: Workspace
    settings: Settings
    view: ImagesView
    qtbot: QtBot

    def settle(self) -> None:
        """Wait until all that is in sight is there."""
        self.qtbot.waitUntil(self._is_settled, timeout=20_000)

    def _is_settled(self) -> bool:
        gallery = self.view.gallery
        there = all(
            self.view.images.thumb(gallery.key_of(cell)) is not None
            for cell, _box in gallery.visible_cells()
        )
        return self.view.is_settled() and (there or not self.view.in_gallery)

    def cells(self, tag: str, run: str = "") -> list[Cell]:
        """Cells in sight of a tag, of one run or of all."""
        found = []
        for cell, _box in self.view.gallery.visible_cells():
            series = self.store.series[cell.series_id]
            if series.tag == tag and run in ("", self.store.runs[series.run_id].name):
                found.append(cell)
        return found

    def series(self, run: str, tag: str) -> int:
        """Id of a series."""
        return next(
            s.id
            for s in self.store.series
            if s.tag == tag and self.store.runs[s.run_id].name == run
        )

    def ref(self, run: str, tag: str, step: int | None = None, sample: int = 0) -> ImageRef:
        """An image by its names."""
        return ImageRef(self.series(run, tag), sample, step)

    def open(self, *refs: ImageRef) -> None:
        """Show images in full."""
        self.view.open_refs(refs)
        self.settle()

    def command(self, name: str) -> Command:
        """A command of the view."""
        return next(c for c in self.view.commands() if c.id == f"images.{name}")


@contextmanager
def image_bench(
    qtbot: QtBot, log: Path, folder: Path, size: tuple[int, int] = (1000, 700)
) -> Iterator[ImageBench]:
    """Show a view of a log; `folder` is for the settings."""
    with opened(log) as store:
        theme = Theme("light")
        workspace = Workspace(store, theme)
        tasks = Tasks()
        settings = Settings(folder / "settings.json")
        context = ViewContext(
            store,
            workspace,
            settings,
            tasks,
            Commands(),
            theme,
            LineBook(store, workspace, tasks),
            Payloads(store, tasks, 1 << 26),
        )
        workspace.take_changes(store.take_changes())
        view = ImagesView(context)
        qtbot.addWidget(view)
        view.resize(*size)
        view.show()
        bench = ImageBench(store, workspace, settings, view, qtbot)
        bench.settle()
        yield bench
        tasks.stop()
        # Its commands are Python's and the stack's: collected together they are freed twice.
        workspace.undo_stack.clear()
