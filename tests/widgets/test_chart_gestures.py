"""Selecting, typing ranges, pinning values, annotations and locking, by mouse and by keyboard."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QGuiApplication, QKeyEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from eventglass.app.core.compute.ranges import as_pieces
from eventglass.widgets.plots.chart import Chart, ChartNote
from eventglass.widgets.plots.curve_data import Band, CurveData, ViewRange
from eventglass.widgets.plots.notes import lay_flags
from eventglass.widgets.plots.tooltip import make_table, sorted_readings

LEFT = Qt.MouseButton.LeftButton
PLAIN = Qt.KeyboardModifier.NoModifier


def curve(series_id, values, **more):
    values = np.asarray(values, np.float64)
    steps = np.arange(len(values), dtype=np.int64)
    label = more.pop("label", f"run {series_id}")
    wall_times = 1.7e9 + steps * 2.0
    pieces = as_pieces(len(values))
    colour = QColor("#d00000")
    return CurveData(series_id, label, colour, steps, wall_times, values, pieces, **more)


@pytest.fixture
def chart(qtbot):
    made = Chart()
    made.resize(480, 280)
    qtbot.addWidget(made)
    made.show()
    qtbot.waitExposed(made)
    made.set_curves([curve(1, np.linspace(0.0, 10.0, 101))])
    return made


def place_of(chart, x, y=None):
    layout = chart.layout_now()
    down = layout.plot.bottom() + 12 if y is None else layout.y_of(y)
    return QPoint(round(layout.x_of(x)), round(down))


def drag(chart, start, stop, button=LEFT, keys=PLAIN):
    QTest.mousePress(chart, button, keys, start)
    for share in (0.5, 1.0):
        QTest.mouseMove(chart, start + (stop - start) * share)
    QTest.mouseRelease(chart, button, keys, stop)


def click(chart, place):
    QTest.mouseClick(chart, LEFT, PLAIN, place)


# -- the selected range


def test_a_drag_on_the_strip_selects_and_a_click_clears(chart, qtbot):
    told = []
    chart.range_selected.connect(lambda low, high: told.append((low, high)))
    drag(chart, place_of(chart, 60), place_of(chart, 30))
    assert len(told) >= 2
    low, high = chart.selection()
    assert (low, high) == told[-1]
    assert low == pytest.approx(30, abs=0.5)
    assert high == pytest.approx(60, abs=0.5)
    assert not chart.is_zoomed()
    click(chart, place_of(chart, 45))
    assert chart.selection() is None
    assert told[-1] == (None, None)
    count = len(told)
    click(chart, place_of(chart, 45))
    assert len(told) == count


def test_edges_are_handles_in_the_plot_and_on_the_strip(chart):
    chart.set_selection(30.0, 60.0)
    drag(chart, place_of(chart, 60, 5.0), place_of(chart, 80, 5.0))
    assert chart.selection() == pytest.approx((30.0, 80.0), abs=0.5)
    drag(chart, place_of(chart, 30), place_of(chart, 90))
    assert chart.selection() == pytest.approx((80.0, 90.0), abs=0.5)
    assert not chart.is_zoomed()


def test_setting_a_selection_says_nothing_and_takes_any_numbers(chart, qtbot):
    with qtbot.assertNotEmitted(chart.range_selected):
        chart.set_selection(70.0, 20.0)
        assert chart.selection() == (20.0, 70.0)
        chart.set_selection(math.nan, 3.0)
        assert chart.selection() is None
        chart.set_selection(-1e308, 1e308)
        chart.grab()
        chart.set_selection(None)
    assert chart.selection() is None


def test_keys_set_the_ends_at_the_cursor(chart):
    chart.set_cursor(40.0)
    QTest.keyClick(chart, Qt.Key.Key_I)
    assert chart.selection() == pytest.approx((40.0, 100.0))
    chart.set_cursor(70.0)
    QTest.keyClick(chart, Qt.Key.Key_O)
    assert chart.selection() == pytest.approx((40.0, 70.0))
    QTest.keyClick(chart, Qt.Key.Key_Backspace)
    assert chart.selection() is None


def test_panning_moved_to_shift(chart):
    before = chart.view()
    shift = Qt.KeyboardModifier.ShiftModifier
    drag(chart, place_of(chart, 60), place_of(chart, 30), keys=shift)
    assert chart.selection() is None
    assert chart.view().x0 == pytest.approx(before.x0 + 30, abs=0.5)
    drag(chart, place_of(chart, 60), place_of(chart, 90), button=Qt.MouseButton.MiddleButton)
    assert chart.view().x0 == pytest.approx(before.x0, abs=0.5)


# -- typed ranges


def end_place(chart, name, end):
    plot = chart.layout_now().plot
    across = {"y": plot.left() - 12, "right": plot.right() + 12}
    if name == "x":
        return QPoint(round(plot.left() + 6 if end == "low" else plot.right() - 6), 270)
    return QPoint(round(across[name]), round(plot.bottom() - 3 if end == "low" else plot.top() + 3))


def type_into(chart, text, key=Qt.Key.Key_Return):
    editor = chart.range_editor()
    assert editor is not None
    editor.selectAll()
    QTest.keyClicks(editor, text) if text else QTest.keyClick(editor, Qt.Key.Key_Delete)
    QTest.keyClick(editor, key)


@pytest.mark.parametrize(
    ("name", "end", "text", "told"),
    [
        ("y", "high", "5", ("y", None, 5.0)),
        ("y", "low", "-2", ("y", -2.0, None)),
        ("x", "low", "20", ("x", 20.0, None)),
        ("x", "high", "0.05k", ("x", None, 50.0)),
    ],
)
def test_a_click_on_an_end_types_it(chart, qtbot, name, end, text, told):
    click(chart, end_place(chart, name, end))
    with qtbot.waitSignal(chart.range_typed) as heard:
        type_into(chart, text)
    assert tuple(heard.args) == told
    assert chart.range_editor() is None
    view = chart.view()
    shown = {"x": (view.x0, view.x1), "y": (view.y0, view.y1)}[name]
    assert shown[end == "high"] == (told[2] if end == "high" else told[1])
    chart.set_curves([curve(1, np.linspace(0.0, 99.0, 300))])
    view = chart.view()
    shown = {"x": (view.x0, view.x1), "y": (view.y0, view.y1)}[name]
    assert shown[end == "high"] == (told[2] if end == "high" else told[1])
    click(chart, end_place(chart, name, end))
    with qtbot.waitSignal(chart.range_typed) as heard:
        type_into(chart, "")
    assert tuple(heard.args) == (name, None, None)
    assert chart.fixed() == {}


@pytest.mark.parametrize("text", ["seven", "1e999", "20", "-"])
def test_a_bad_value_is_told_at_the_field_and_changes_nothing(chart, qtbot, text):
    chart.set_fixed(y_range=(None, 8.0))
    before = chart.view()
    with qtbot.assertNotEmitted(chart.range_typed):
        chart.edit_range("y", "low")
        type_into(chart, text)
    editor = chart.range_editor()
    assert editor is not None
    assert editor.message
    assert chart.view() == before
    QTest.keyClick(editor, Qt.Key.Key_Escape)
    assert chart.range_editor() is None


def test_a_log_axis_takes_nothing_at_zero_or_below(chart):
    chart.set_y_scale("log")
    chart.edit_range("y", "low")
    type_into(chart, "0")
    assert "logarithmic" in chart.range_editor().message


def test_tab_goes_on_to_the_next_end(chart):
    chart.setFocus()
    QTest.keyClick(chart, Qt.Key.Key_E)
    assert chart.range_editor().axis_end == ("y", "high")
    type_into(chart, "7", Qt.Key.Key_Tab)
    assert chart.range_editor().axis_end == ("y", "low")
    QTest.keyClick(chart.range_editor(), Qt.Key.Key_Backtab)
    assert chart.range_editor().axis_end == ("y", "high")
    assert chart.view().y1 == 7.0


def test_a_typed_end_keeps_where_x_was_zoomed_to(chart):
    chart.choose(ViewRange(20.0, 40.0, 1.0, 3.0))
    chart.edit_range("y", "high")
    type_into(chart, "50")
    view = chart.view()
    assert (view.x0, view.x1, view.y1) == (20.0, 40.0, 50.0)


def test_ends_of_time_axes_are_typed_as_times(chart):
    chart.set_x_kind("relative")
    chart.edit_range("x", "high")
    type_into(chart, "1 min 30 s")
    assert chart.view().x1 == 90.0
    chart.set_x_kind("wall")
    chart.edit_range("x", "high")
    assert "-" in chart.range_editor().text()


# -- locked


def test_a_locked_chart_does_not_move(chart, qtbot):
    chart.set_locked(True)
    before = chart.view()
    plot = chart.layout_now().plot
    middle = plot.center().toPoint()
    drag(chart, middle, middle + QPoint(60, 40))
    drag(chart, middle, middle + QPoint(60, 40), button=Qt.MouseButton.MiddleButton)
    QTest.keyClick(chart, Qt.Key.Key_Plus)
    QTest.keyClick(chart, Qt.Key.Key_Left, Qt.KeyboardModifier.ShiftModifier)
    chart.edit_range("y", "high")
    control = Qt.KeyboardModifier.ControlModifier
    event = QWheelEvent(
        QPointF(middle), QPointF(chart.mapToGlobal(middle)), QPoint(), QPoint(0, 120),
        Qt.MouseButton.NoButton, control, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(chart, event)
    assert not event.isAccepted()
    assert chart.view() == before
    assert not chart.is_zoomed()
    assert chart.range_editor() is None
    with qtbot.waitSignal(chart.x_clicked):
        click(chart, middle)


# -- pinned values


def test_a_click_pins_the_values_and_escape_takes_them_away(chart, qtbot):
    with qtbot.waitSignal(chart.x_clicked):
        click(chart, place_of(chart, 50, 2.0))
    assert chart.pinned_x() == pytest.approx(50.0, abs=1.0)
    panel = chart.pinned_panel()
    assert panel.isVisible()
    assert chart.rect().contains(panel.geometry())
    assert panel.table.rows[0][1][0] == "run 1"
    click(chart, place_of(chart, 20, 8.0))
    assert chart.pinned_x() == pytest.approx(20.0, abs=1.0)
    QTest.keyClick(chart, Qt.Key.Key_Escape)
    assert chart.pinned_panel() is None
    click(chart, place_of(chart, 20, 8.0))
    click(chart, place_of(chart, 20, 8.0) + QPoint(2, 0))
    assert chart.pinned_panel() is None


def test_values_pinned_in_a_small_chart_say_less(chart):
    values = np.arange(101.0)
    chart.set_curves([curve(n, values, smoothed=values + 1.0) for n in range(8)])
    chart.resize(900, 600)
    chart.pin(50.0)
    assert chart.pinned_panel().table.header == ("run", "smoothed", "value")
    assert len(chart.pinned_panel().table.rows) == 8
    chart.resize(360, 180)
    panel = chart.pinned_panel()
    assert panel.table.header == ("run", "smoothed")
    assert panel.table.title == "step 50"
    assert 3 <= len(panel.table.rows) < 8
    assert panel.table.more.endswith(" more")
    assert chart.rect().contains(panel.geometry())
    chart.resize(900, 600)
    assert len(panel.table.rows) == 8


def test_the_pinned_text_is_copied(chart):
    chart.set_cursor(30.0)
    QTest.keyClick(chart, Qt.Key.Key_T)
    QTest.keyClick(chart, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    lines = QGuiApplication.clipboard().text().splitlines()
    assert lines[0].startswith("step 30")
    assert lines[1] == "run\tvalue"
    assert lines[2].split("\t")[0] == "run 1"
    QTest.keyClick(chart, Qt.Key.Key_T)
    assert chart.pinned_panel() is None


def test_pinned_values_follow_the_data_and_go_with_it(chart):
    chart.pin(40.0)
    before = chart.pinned_panel().table
    chart.set_curves([curve(1, np.full(101, 7.0)), curve(2, np.full(101, 8.0))])
    assert chart.pinned_panel().table != before
    assert len(chart.pinned_panel().table.rows) == 2
    chart.set_curves([])
    assert chart.pinned_panel() is None


def test_a_name_is_text_and_no_markup(chart):
    chart.set_curves([curve(1, np.ones(50), label="<b>bold</b><img src=x>")])
    chart.pin(20.0)
    assert "&lt;b&gt;" in chart.pinned_panel()._text.text()
    assert "<img" not in chart.pinned_panel()._text.text()


def test_a_double_click_fits_and_leaves_no_panel(chart):
    chart.choose(ViewRange(20.0, 40.0, 1.0, 3.0))
    place = chart.layout_now().plot.center().toPoint()
    click(chart, place)
    QTest.mouseDClick(chart, LEFT, PLAIN, place)
    assert not chart.is_zoomed()
    assert chart.pinned_panel() is None


def test_escape_is_left_to_the_window_when_nothing_is_pinned(chart):
    key = QKeyEvent(QEvent.Type.ShortcutOverride, Qt.Key.Key_Escape, PLAIN)
    key.ignore()
    QApplication.sendEvent(chart, key)
    assert not key.isAccepted()
    chart.pin(40.0)
    QApplication.sendEvent(chart, key)
    assert key.isAccepted()


# -- the panel beside the pointer


def readings(chart, x=50.0):
    return chart.readings(x)


def test_rows_are_sorted_as_asked(chart):
    chart.set_curves(
        [
            curve(1, np.full(101, 3.0), label="run 10"),
            curve(2, np.full(101, math.nan), label="run 9"),
            curve(3, np.full(101, 1.0), label="run 2"),
        ]
    )
    found = readings(chart)
    assert [r.series_id for r in sorted_readings(found, "nearest")] == [1, 2, 3]
    assert [r.series_id for r in sorted_readings(found, "name")] == [3, 2, 1]
    assert [r.series_id for r in sorted_readings(found, "ascending")] == [3, 1, 2]
    assert [r.series_id for r in sorted_readings(found, "descending")] == [1, 3, 2]


def test_the_nearest_line_is_always_among_the_rows(chart):
    chart.set_curves([curve(n, np.full(101, float(n))) for n in range(9, 0, -1)])
    table = make_table(readings(chart), 3, "ascending")
    assert [cells[0] for _colour, cells in table.rows] == ["run 1", "run 2", "run 9"]
    assert table.lit == 2
    assert table.more == "6 more"


def test_long_names_lose_the_folder_they_share(chart):
    folder = "experiments/of-last-week/"
    values = np.full(101, 1.0)
    names = [f"{folder}run-{n}/train" for n in range(3)]
    chart.set_curves([curve(n, values, label=name) for n, name in enumerate(names)])
    chart._pointer = QPointF(place_of(chart, 50, 1.0))
    chart._follow_pointer()
    assert sorted(row[0] for row in chart._tooltip.rows[1:]) == [
        f"…/run-{n}/train" for n in range(3)
    ]
    # Copied they are whole.
    chart.pin(50.0)
    assert names[0] in chart.pinned_panel().copied_text()
    assert "…/run-0/train" in chart.pinned_panel()._text.text()


def test_options_reach_the_panel(chart):
    chart.set_curves([curve(n, np.full(101, float(n))) for n in range(8)])
    chart.set_tooltip_options("descending", 2)
    chart._pointer = QPointF(place_of(chart, 50, 7.0))
    chart._follow_pointer()
    assert [row[0] for row in chart._tooltip.rows[1:]] == ["run 7", "run 6"]


def test_differences_from_the_baseline(chart):
    chart.set_curves(
        [
            curve(1, np.full(101, 2.0), is_baseline=True),
            curve(2, np.full(101, 3.0)),
            curve(3, np.full(101, math.nan)),
        ]
    )
    table = make_table(readings(chart), 12)
    assert table.header == ("run", "value", "Δ", "Δ %")
    cells = {row[0]: row[2:] for _colour, row in table.rows}
    assert cells == {"run 1": ("baseline", ""), "run 2": ("+1", "+50.0 %"), "run 3": ("", "")}


def test_bands_tags_and_sides_are_told(chart):
    values = np.full(101, 0.5)
    chart.set_curves(
        [
            curve(1, values, tag="loss", band=Band(values - 0.125, values + 0.125)),
            curve(2, values, tag="lr", axis="right", band=Band(values - 0.25, values + 0.5)),
        ]
    )
    table = make_table(readings(chart), 12)
    assert table.header == ("run", "tag", "value")
    assert [row[1:] for _colour, row in table.rows] == [
        ("loss", "0.5000 ± 0.1250"),
        ("lr →", "0.5000 (0.2500 to 1)"),
    ]


def test_a_band_is_told_beside_the_line_it_is_around(chart):
    values = np.full(101, 0.5)
    counts = np.full(101, 3)
    around = {"band": Band(values + 0.25, values + 0.75), "label_is": "group"}
    chart.set_curves(
        [
            curve(1, values, smoothed=values + 0.5, counts=counts, **around),
            curve(2, values, smoothed=values + 0.5, counts=counts // 3, **around),
        ]
    )
    table = make_table(readings(chart), 12)
    assert table.header == ("group", "smoothed", "value", "runs")
    assert [row[1:] for _colour, row in table.rows] == [
        ("1 ± 0.2500", "0.5000", "3"),
        # One run has no band.
        ("1", "0.5000", "1"),
    ]


# -- annotations


NOTES = [
    ChartNote(20.0, "learning rate halved", QColor("#2f6fed")),
    ChartNote(21.0, "evaluation", QColor("#d55e00"), True),
    ChartNote(70.0, "restart", QColor("#009e73")),
    ChartNote(500.0, "out of sight", QColor("#009e73")),
]


def test_flags_stand_beside_or_below_each_other(chart):
    chart.set_annotations(NOTES)
    layout, font = chart.layout_now(), chart.font()
    flags = lay_flags(NOTES, layout, font)
    assert [flag.notes for flag in flags] == [(0,), (1,), (2,)]
    assert flags[0].box.y() != flags[1].box.y()
    for flag in flags:
        assert layout.plot.adjusted(-1, -1, 1, 1).contains(flag.box)


def test_flags_without_room_are_counted(chart):
    notes = [ChartNote(40.0 + n * 0.1, f"note {n}", QColor("#2f6fed")) for n in range(30)]
    flags = lay_flags(notes, chart.layout_now(), chart.font())
    assert sorted(index for flag in flags for index in flag.notes) == list(range(30))
    assert len(flags) <= 3
    assert any(flag.text.isdigit() for flag in flags)


def test_a_double_click_on_a_flag_opens_its_note(chart, qtbot):
    chart.set_annotations(NOTES)
    chart.choose(replace(chart.view(), x1=90.0))
    flag = chart._flags_now()[2]
    place = flag.box.center().toPoint()
    with qtbot.waitSignal(chart.note_clicked) as heard:
        QTest.mouseDClick(chart, LEFT, PLAIN, place)
    assert heard.args == [2]
    assert chart.is_zoomed()


def test_a_note_is_a_line_at_its_place(chart):
    before = chart.grab().toImage()
    chart.set_annotations(NOTES[2:3])
    after = chart.grab().toImage()
    x = round(chart.layout_now().x_of(70.0))
    changed = [
        y
        for y in range(60, 250)
        if any(before.pixel(x + d, y) != after.pixel(x + d, y) for d in (-1, 0, 1))
    ]
    assert len(changed) > 180
