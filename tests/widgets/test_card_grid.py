"""The card grid: only what is in view exists, and cards are reused."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot

from eventglass.app.models.theme import Theme
from eventglass.widgets.controls.card_grid import CardGrid
from eventglass.widgets.controls.group_header import CardGroup, GroupHeader


class Grid(CardGrid):
    """A grid of labels that counts what it makes."""

    def __init__(self) -> None:
        self.made = 0
        super().__init__(Theme("light"), self._label, self._show, self._clear)

    def _label(self, parent: QWidget) -> QWidget:
        self.made += 1
        label = QLabel(parent)
        label.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        return label

    def _show(self, card: QWidget, key: str) -> None:
        assert isinstance(card, QLabel)
        card.setText(key)

    def _clear(self, card: QWidget) -> None:
        assert isinstance(card, QLabel)
        card.clear()


@pytest.fixture
def grid(qtbot: QtBot) -> Grid:
    grid = Grid()
    qtbot.addWidget(grid)
    grid.resize(900, 600)
    grid.show()
    return grid


def group(name: str, count: int, *, collapsed: bool = False, wide: int = -1) -> CardGroup:
    keys = tuple(f"{name}/{i}" for i in range(count))
    marked = frozenset(keys[wide : wide + 1]) if wide >= 0 else frozenset()
    return CardGroup(name, name, f"{count} charts", keys, collapsed, marked)


def shown(grid: CardGrid) -> list[str]:
    """Keys of the cards that can be seen, from top left to bottom right."""
    area = grid.viewport().rect()
    cards = [
        (card.y(), card.x(), key)
        for key, card in grid.visible_cards().items()
        if card.geometry().intersects(area)
    ]
    return [key for _, _, key in sorted(cards)]


def test_thousands_of_cards_cost_a_screenful(grid: Grid) -> None:
    grid.set_groups([group("a", 1000), group("b", 1000)])
    assert grid.made < 16
    assert shown(grid)[:2] == ["a/0", "a/1"]
    bar = grid.verticalScrollBar()
    for value in range(0, bar.maximum(), 500):
        bar.setValue(value)
    bar.setValue(bar.maximum())
    assert shown(grid)[-1] == "b/999"
    assert grid.made < 24
    for key, card in grid.visible_cards().items():
        assert isinstance(card, QLabel)
        assert card.text() == key


def test_cards_do_not_overlap_and_fill_the_width(grid: Grid) -> None:
    grid.set_groups([group("a", 9, wide=3), group("b", 2)])
    boxes = [card.geometry() for card in grid.visible_cards().values()]
    for i, box in enumerate(boxes):
        assert not any(box.intersects(other) for other in boxes[i + 1 :])
    right = max(box.right() for box in boxes)
    assert grid.viewport().width() - 20 <= right < grid.viewport().width()


def test_a_wide_card_has_a_row_for_itself(grid: Grid) -> None:
    grid.set_groups([group("a", 4, wide=1)])
    grid.resize(900, 2000)
    cards = grid.visible_cards()
    assert cards["a/1"].width() > 1.8 * cards["a/0"].width()
    assert {card.y() for key, card in cards.items() if key != "a/1"}.isdisjoint({cards["a/1"].y()})


def test_collapsed_groups_show_their_header_only(grid: Grid, qtbot: QtBot) -> None:
    grid.set_groups([group("a", 50, collapsed=True), group("b", 3)])
    assert shown(grid) == ["b/0", "b/1", "b/2"]
    headers = [h for h in grid.findChildren(GroupHeader) if h.isVisible()]
    assert [h.accessibleName() for h in sorted(headers, key=lambda h: h.y())] == [
        "a, 50 charts, collapsed",
        "b, 3 charts, expanded",
    ]
    with qtbot.waitSignal(grid.group_toggled) as heard:
        qtbot.mouseClick(min(headers, key=lambda h: h.y()), Qt.MouseButton.LeftButton)
    assert heard.args == ["a"]


def test_what_is_in_view_stays_when_cards_come_above(grid: Grid) -> None:
    grid.set_groups([group("b", 100)])
    grid.verticalScrollBar().setValue(3000)
    before = shown(grid)
    place = {key: card.y() for key, card in grid.visible_cards().items()}
    grid.set_groups([group("a", 40), group("b", 100)])
    assert shown(grid) == before
    assert all(grid.visible_cards()[key].y() == place[key] for key in before)


def test_one_card_can_fill_the_view(grid: Grid) -> None:
    grid.set_groups([group("a", 100)])
    grid.verticalScrollBar().setValue(4000)
    key = shown(grid)[0]
    grid.set_maximised(key)
    assert shown(grid) == [key]
    card = grid.visible_cards()[key]
    assert card.height() > 0.9 * grid.viewport().height()
    grid.set_maximised(None)
    assert grid.verticalScrollBar().value() == 4000
    grid.set_maximised(key)
    grid.set_maximised("a/2")
    grid.set_maximised(None)
    assert "a/2" in shown(grid)
    grid.set_maximised(key)
    grid.set_groups([group("b", 3)])
    assert grid.maximised is None


def test_scrolling_to_a_card(grid: Grid) -> None:
    grid.set_groups([group("a", 100), group("b", 5, collapsed=True)])
    assert grid.scroll_to("a/77")
    assert "a/77" in shown(grid)
    assert not grid.scroll_to("b/1")
    assert not grid.scroll_to("none")


def test_card_width_decides_the_columns(grid: Grid) -> None:
    grid.set_groups([group("a", 12)])
    for width, columns in ((260, 3), (400, 2), (800, 1)):
        grid.set_card_width(width)
        first = min(card.y() for card in grid.visible_cards().values())
        row = [c for c in grid.visible_cards().values() if c.y() == first]
        assert len(row) == columns


def test_tab_comes_into_view(grid: Grid, qtbot: QtBot) -> None:
    grid.set_groups([group("a", 40)])
    grid.activateWindow()
    grid.setFocus()
    for _ in range(8):
        QTest.keyClick(grid.focusWidget() or grid, Qt.Key.Key_Tab)
    reached = grid.focusWidget()
    assert isinstance(reached, QLabel)
    assert grid.verticalScrollBar().value() > 0
    assert grid.viewport().rect().contains(reached.geometry())
    for _ in range(7):
        QTest.keyClick(grid.focusWidget() or grid, Qt.Key.Key_Backtab)
    reached = grid.focusWidget()
    assert reached is not None
    assert grid.viewport().rect().contains(reached.geometry())


def test_tab_goes_row_by_row_whatever_was_made_first(grid: Grid, qtbot: QtBot) -> None:
    grid.set_groups([group("a", 5), group("b", 30)])
    bar = grid.verticalScrollBar()
    # Cards that come back into view are other widgets than before.
    bar.setValue(bar.maximum())
    bar.setValue(0)
    first = grid.visible_cards()["a/0"]
    first.setFocus()
    qtbot.waitUntil(first.hasFocus)
    reached: list[str] = []
    for _ in range(9):
        QTest.keyClick(QApplication.focusWidget() or grid, Qt.Key.Key_Tab)
        at = QApplication.focusWidget()
        reached.append(at.text() if isinstance(at, QLabel) else type(at).__name__)
    assert reached == ["a/1", "a/2", "a/3", "a/4", "GroupHeader", *(f"b/{i}" for i in range(4))]
    for _ in range(9):
        QTest.keyClick(QApplication.focusWidget() or grid, Qt.Key.Key_Backtab)
    assert QApplication.focusWidget() is grid.visible_cards()["a/0"]


def test_something_dragged_to_the_edge_scrolls(grid: Grid, qtbot: QtBot) -> None:
    grid.set_groups([group("a", 200)])
    card = grid.visible_cards()["a/0"]
    below = grid.viewport().mapToGlobal(grid.viewport().rect().bottomLeft() + QPoint(100, -5))
    grid.drag_card("a/0", below)
    bar = grid.verticalScrollBar()
    qtbot.waitUntil(lambda: bar.value() > 2000)
    # It keeps its widget, and with it the pointer, however far the grid scrolls.
    assert grid.visible_cards()["a/0"] is card
    moved: list[tuple[str, str, str]] = []
    grid.card_moved.connect(lambda *what: moved.append(what))
    grid.drop_card("a/0", below)
    [(key, name, before)] = moved
    assert (key, name) == ("a/0", "a")
    assert int(before.partition("/")[2]) > 10
    assert "a/0" not in grid.visible_cards()
