"""A scalars view on a store filled by hand, for tests."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QPoint
from pytestqt.qtbot import QtBot

from eventglass.app.core.store import LogStore
from eventglass.app.models.commands import Command, Commands
from eventglass.app.models.payloads import Payloads
from eventglass.app.models.settings import Settings
from eventglass.app.models.tasks import Tasks
from eventglass.app.models.theme import Theme
from eventglass.app.models.workspace import Workspace
from eventglass.widgets.plots import line_book
from eventglass.widgets.plots.curve_layer import CurveData
from eventglass.widgets.view import ViewContext
from eventglass.widgets.views.scalar_card import ScalarCard
from eventglass.widgets.views.scalars import ScalarsView
from tests.core.stores import Point, store_of


@dataclass
class Bench:
    """A view and what it stands on."""

    store: LogStore
    workspace: Workspace
    view: ScalarsView
    qtbot: QtBot

    def cards(self) -> dict[str, ScalarCard]:
        """Cards in view by their keys; of a pinned one the one further down."""
        return {card.tag: card for card in self.view.cards()}

    def card(self, title: str) -> ScalarCard:
        """The card that stands under a title."""
        return next(card for card in self.view.cards() if card.card.title == title)

    def curves(self, tag: str) -> dict[str, CurveData]:
        """Curves of a card by the names of their runs."""
        return {curve.label: curve for curve in self.cards()[tag].chart.curves()}

    def changed(self) -> None:
        """Tell everybody what the store has to tell."""
        changes = self.store.take_changes()
        self.workspace.take_changes(changes)
        self.view.take_changes(changes)

    def command(self, name: str) -> Command:
        """A command of the view."""
        return next(c for c in self.view.commands() if c.id == f"scalars.{name}")

    def titles(self) -> list[tuple[str, tuple[str, ...]]]:
        """Groups in sight with the keys of their cards."""
        return [(group.title, group.keys) for group in self.view.grid.groups()]

    def place(self, card: ScalarCard, x: float) -> QPoint:
        """Where x is in a card's chart, in its pixels, half way up."""
        layout = card.chart.layout_now()
        return QPoint(round(layout.x_of(x)), round(layout.plot.center().y()))


def line(values: Sequence[float], first: int = 0, gap_s: float = 1.0) -> list[Point]:
    """Return points at steps one apart."""
    return [(first + i, 1.7e9 + gap_s * (first + i), value) for i, value in enumerate(values)]


@contextmanager
def open_bench(
    qtbot: QtBot,
    folder: Path,
    points: Mapping[tuple[str, str], Sequence[Point]],
    size: tuple[int, int] = (1000, 1400),
) -> Iterator[Bench]:
    """Show a view of these points."""
    store = store_of(dict(points))
    theme = Theme("light")
    workspace = Workspace(store, theme)
    tasks = Tasks()
    context = ViewContext(
        store,
        workspace,
        Settings(folder / "settings.json"),
        tasks,
        Commands(),
        theme,
        line_book.LineBook(store, workspace, tasks),
        Payloads(store, tasks, 1 << 20),
    )
    view = ScalarsView(context)
    qtbot.addWidget(view)
    view.resize(*size)
    view.show()
    bench = Bench(store, workspace, view, qtbot)
    bench.changed()
    qtbot.waitUntil(view.is_settled)
    yield bench
    tasks.stop()
