"""The tags panel: several tags are selected, plotted together and dragged."""

from __future__ import annotations

import json

import pytest
from PySide6.QtCore import QItemSelectionModel, QModelIndex, QPoint, Qt
from PySide6.QtGui import QAction, QDrag
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from eventglass.app.core.names import Kind
from eventglass.app.models.cards import CardLine, Derived
from eventglass.app.models.tag_tree import TAGS_MIME
from eventglass.app.models.theme import Theme
from eventglass.app.models.workspace import Workspace
from eventglass.widgets.panels.tags import TagsPanel
from tests.core.stores import store_of

ONE = [(0, 0.0, 1.0)]


@pytest.fixture
def panel(qtbot: QtBot) -> TagsPanel:
    store = store_of({("run", tag): ONE for tag in ("train/acc", "train/loss", "lr")})
    image = store.add_series(0, "samples", Kind.IMAGE)
    assert image is not None
    workspace = Workspace(store, Theme("light"))
    workspace.take_changes(store.take_changes())
    panel = TagsPanel(store, workspace, Theme("light"))
    qtbot.addWidget(panel)
    panel.resize(260, 400)
    panel.show()
    return panel


def row_of(panel: TagsPanel, label: str) -> QModelIndex:
    for row in range(panel.rows.rowCount()):
        node = panel.rows.node(row)
        if node is not None and node.label == label:
            return panel.rows.index(row, 0)
    raise LookupError(label)


def select(panel: TagsPanel, *labels: str) -> None:
    flag = QItemSelectionModel.SelectionFlag
    panel.view.selectionModel().clear()
    for label in labels:
        panel.view.selectionModel().select(row_of(panel, label), flag.Select | flag.Rows)


def test_selected_tags_are_plotted_together_by_key(panel: TagsPanel) -> None:
    went: list[tuple[str, str]] = []
    panel._workspace.tag_requested.connect(lambda *tag: went.append(tag))
    select(panel, "lr", "loss", "samples")
    panel.view.setFocus()
    QTest.keyClick(panel.view, Qt.Key.Key_G, Qt.KeyboardModifier.ControlModifier)
    [card] = panel._workspace.state.composed
    # What is no scalar has no lines.
    assert set(card.lines) == {CardLine("lr"), CardLine("train/loss")}
    assert went[-1] == (card.key, "scalar")


def test_a_group_stands_for_all_its_tags(panel: TagsPanel) -> None:
    select(panel, "train", "loss")
    assert panel.selected_tags() == ["train/acc", "train/loss"]
    # A folded one, too.
    panel.rows.set_open(row_of(panel, "train").row(), False)
    select(panel, "train")
    assert panel.selected_tags() == ["train/acc", "train/loss"]


def test_without_scalars_nothing_is_plotted(panel: TagsPanel) -> None:
    select(panel, "samples")
    panel.plot_together()
    assert not panel._workspace.state.composed


def test_what_is_dragged_are_the_scalar_tags(panel: TagsPanel) -> None:
    rows = [row_of(panel, label) for label in ("loss", "acc", "samples")]
    assert panel.view.dragEnabled()
    assert rows[0].flags() & Qt.ItemFlag.ItemIsDragEnabled
    data = panel.rows.mimeData(rows)
    assert json.loads(data.data(TAGS_MIME).data()) == ["train/acc", "train/loss"]
    assert data.text() == "train/acc\ntrain/loss"
    assert not panel.rows.mimeData([row_of(panel, "samples")]).hasFormat(TAGS_MIME)


def test_a_drag_begins_with_the_selected_tags(
    panel: TagsPanel, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[tuple[list[str], int]] = []

    def begin(drag: QDrag, _action: Qt.DropAction) -> Qt.DropAction:
        tags = json.loads(drag.mimeData().data(TAGS_MIME).data())
        begun.append((tags, drag.pixmap().width()))
        return Qt.DropAction.CopyAction

    monkeypatch.setattr(QDrag, "exec", begin)
    select(panel, "samples")
    panel.view.startDrag(Qt.DropAction.CopyAction)
    assert not begun
    select(panel, "loss", "acc")
    viewport = panel.view.viewport()
    start = panel.view.visualRect(row_of(panel, "loss")).center()
    QTest.mousePress(viewport, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, start)
    for away in (5, 30, 60):
        QTest.mouseMove(viewport, start + QPoint(away, 0))
    QTest.mouseRelease(viewport, Qt.MouseButton.LeftButton)
    [(tags, width)] = begun
    assert tags == ["train/acc", "train/loss"]
    assert width > 30


def test_a_click_with_ctrl_selects_more_and_goes_nowhere(panel: TagsPanel) -> None:
    went: list[str] = []
    panel._workspace.tag_requested.connect(lambda tag, _kind: went.append(tag))
    for label, keys in (
        ("loss", Qt.KeyboardModifier.NoModifier),
        ("acc", Qt.KeyboardModifier.ControlModifier),
    ):
        place = panel.view.visualRect(row_of(panel, label)).center()
        QTest.mouseClick(panel.view.viewport(), Qt.MouseButton.LeftButton, keys, place)
    assert panel.selected_tags() == ["train/acc", "train/loss"]
    assert went == ["train/loss"]


def test_the_menu_offers_it_for_several(panel: TagsPanel) -> None:
    def offered() -> list[QAction]:
        node = panel.view.node_at(row_of(panel, "loss"))
        menu = panel.menu_of(node)
        return [a for a in menu.actions() if a.text().startswith("Plot 2 tags together")]

    select(panel, "loss")
    assert not offered()
    select(panel, "loss", "acc")
    [action] = offered()
    action.trigger()
    assert len(panel._workspace.state.composed) == 1


def test_derived_series_are_listed(panel: TagsPanel) -> None:
    panel._workspace.edit("Derive", derived=(Derived("train/best", "cummin(`train/loss`)"),))
    index = row_of(panel, "best")
    node = panel.rows.node(index.row())
    assert node is not None
    assert panel.rows.text(node, 1) == "formula"
    assert "cummin" in panel.rows.tool_tip(node)
    panel._workspace.undo_stack.undo()
    with pytest.raises(LookupError):
        row_of(panel, "best")
