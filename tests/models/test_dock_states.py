"""Arrangements of docks are taken only as Qt writes them."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QByteArray, Qt
from PySide6.QtWidgets import QDockWidget, QLabel, QMainWindow, QToolBar, QWidget
from pytestqt.qtbot import QtBot

from eventglass.app.models.dock_states import MOST_BYTES, is_dock_state

AREAS = (Qt.DockWidgetArea.LeftDockWidgetArea, Qt.DockWidgetArea.RightDockWidgetArea)


@pytest.fixture
def window(qtbot: QtBot) -> QMainWindow:
    made = QMainWindow()
    qtbot.addWidget(made)
    made.setCentralWidget(QWidget())
    docks = []
    for number in range(6):
        dock = QDockWidget(f"dock {number}", made)
        dock.setObjectName(f"dock{number}")
        dock.setWidget(QLabel("x"))
        made.addDockWidget(AREAS[number % 2], dock)
        docks.append(dock)
    made.tabifyDockWidget(docks[1], docks[3])
    made.splitDockWidget(docks[0], docks[4], Qt.Orientation.Horizontal)
    for name, area in (("a", Qt.ToolBarArea.TopToolBarArea), ("b", Qt.ToolBarArea.LeftToolBarArea)):
        bar = QToolBar(name, made)
        bar.setObjectName(name)
        made.addToolBar(area, bar)
    made.show()
    docks[2].setFloating(True)
    docks[5].hide()
    return made


def saved(window: QMainWindow) -> bytes:
    return bytes(window.saveState(3).data())


def test_what_qt_writes_is_taken(window: QMainWindow, qtbot: QtBot) -> None:
    assert is_dock_state(saved(window))
    empty = QMainWindow()
    qtbot.addWidget(empty)
    assert is_dock_state(saved(empty))
    assert window.restoreState(QByteArray(saved(window)), 3)


def test_cut_and_longer_ones_are_refused(window: QMainWindow) -> None:
    state = saved(window)
    for length in range(len(state)):
        assert not is_dock_state(state[:length])
    assert not is_dock_state(state + b"\0")
    assert not is_dock_state(b"\0" * (MOST_BYTES + 1))


def test_counts_that_would_take_minutes_are_refused(window: QMainWindow) -> None:
    state = saved(window)
    place = state.rindex(b"\xfc\x00\x00\x00\x02") + 1
    many = struct.pack(">i", 2**31 - 1)
    assert is_dock_state(state[:place] + struct.pack(">i", 2) + state[place + 4 :])
    assert not is_dock_state(state[:place] + many + state[place + 4 :])


def test_nests_without_end_are_refused() -> None:
    head = struct.pack(">iiBiiii", 0xFF, 1, 0xFD, 1, 0, 9, 9)
    nest = struct.pack(">BBiBiiii", 0xFC, 1, 1, 0xFC, 0, 9, 9, 9)
    assert not is_dock_state(head + nest * 2000)


@given(st.binary(max_size=400))
def test_any_bytes_are_taken_or_refused(data: bytes) -> None:
    is_dock_state(data)
    is_dock_state(struct.pack(">iiB", 0xFF, 1, 0xFD) + data)
