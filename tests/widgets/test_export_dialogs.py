"""The dialogs that save figures and points, driven as a user does."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, Qt
from PySide6.QtGui import QColor, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QMessageBox
from pytestqt.qtbot import QtBot

from eventglass.app.core import export_text
from eventglass.app.core.compute.colours import run_colour
from eventglass.app.core.export import Options, Span, points_of, side_by_side
from eventglass.app.core.names import Kind
from eventglass.app.core.store import LogStore
from eventglass.app.models.cards import (
    Annotation,
    Card,
    CardLine,
    Derived,
    Margin,
    XRange,
    card_of_tag,
)
from eventglass.app.models.run_groups import RunGrouping
from eventglass.widgets.plots import figure, figure_writers, line_book
from eventglass.widgets.plots.chart import Chart
from eventglass.widgets.plots.curve_layer import ViewRange
from eventglass.widgets.plots.notes import ChartNote
from eventglass.widgets.view import ViewContext
from eventglass.widgets.views import save_bar
from eventglass.widgets.views.data_dialog import DataDialog, copy_table
from eventglass.widgets.views.data_selection import of_cards, of_everything, of_visible
from eventglass.widgets.views.figure_dialog import FigureDialog
from eventglass.widgets.views.figure_panels import figure_panels, on_ground
from eventglass.widgets.views.figure_presets import PRESETS, restored, saved
from tests.core.stores import Point, store_of
from tests.widgets.scalar_contexts import scalar_context

SVG = "{http://www.w3.org/2000/svg}"


def line(values: Sequence[float], first: int = 0) -> list[Point]:
    return [(first + i, 1.7e9 + first + i, float(value)) for i, value in enumerate(values)]


@dataclass
class Bench:
    context: ViewContext
    qtbot: QtBot

    def figure(self, *cards: Card, charts: list[Chart] | None = None) -> FigureDialog:
        dialog = FigureDialog(self.context, cards or (card_of_tag("loss"),), charts)
        self.qtbot.addWidget(dialog)
        dialog.show()
        return dialog

    def data(self, *cards: Card) -> DataDialog:
        dialog = DataDialog(self.context, cards or None)
        self.qtbot.addWidget(dialog)
        dialog.show()
        self.looked(dialog)
        return dialog

    def looked(self, dialog: DataDialog) -> None:
        """Wait for counts and first rows of what is chosen now."""
        dialog._rest.stop()
        dialog._facts.setText("")
        dialog._look()
        self.qtbot.waitUntil(lambda: dialog.facts != "")

    def done(self, dialog: FigureDialog | DataDialog) -> str:
        """Wait until what is under way is done, and return what the dialog says."""
        self.qtbot.waitUntil(lambda: not dialog.bar.is_busy)
        return dialog.bar.message


@pytest.fixture
def bench(qtbot: QtBot, tmp_path: Path) -> Iterator[Bench]:
    rng = np.random.default_rng(0)
    store = store_of(
        {
            ("a", "loss"): line(rng.normal(size=50)),
            ("b", "loss"): line(rng.normal(size=30)),
            ("b", "lr"): line([0.1, 0.2, 0.3]),
            ("c", "loss"): [*line([1.0, 2.0, 3.0, 4.0]), (2, 1.8e9, 5.0), (3, 1.8e9 + 1, 6.0)],
        },
        root=str(tmp_path / "logs"),
    )
    (tmp_path / "logs").mkdir()
    with scalar_context(tmp_path, store) as context:
        yield Bench(context, qtbot)


# --- figures ------------------------------------------------------------------------------------


def test_a_figure_is_previewed_and_saved(bench: Bench, tmp_path: Path) -> None:
    dialog = bench.figure()
    bench.qtbot.waitUntil(lambda: dialog.preview.image is not None)
    for suffix, head in ((".png", b"\x89PNG"), (".svg", b"<?xml"), (".pdf", b"%PDF")):
        path = tmp_path / f"figure{suffix}"
        dialog.save_to(path)
        assert bench.done(dialog) == f"Saved: {path}"
        assert path.read_bytes().startswith(head)
    names = {path.name for path in tmp_path.iterdir()}
    assert {name for name in names if "part" in name} == set()
    found = [each.text for each in ElementTree.parse(tmp_path / "figure.svg").iter(f"{SVG}text")]
    assert {"a", "b", "c", "loss", "Step"} <= set(found)


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("logs/x.png", "ever written into a log"),
        ("nowhere/x.png", "no folder"),
        ("x.gif", "must end in"),
        ("x", "must end in"),
    ],
)
def test_a_place_that_will_not_do_is_told(
    bench: Bench, tmp_path: Path, name: str, says: str
) -> None:
    dialog = bench.figure()
    dialog.save_to(tmp_path / name)
    assert says in bench.done(dialog)
    assert not (tmp_path / name).exists()
    # And again, where it will do.
    dialog.save_to(tmp_path / "x.png")
    assert "Saved" in bench.done(dialog)


def test_a_full_disk_is_told_and_leaves_the_old_file(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "x.svg"
    out.write_text("old")

    def full(*_: object) -> int:
        raise OSError(28, "No space left on device", "x.svg")

    dialog = bench.figure()
    monkeypatch.setattr(Path, "write_bytes", full)
    dialog.save_to(out)
    assert "No space left on device" in bench.done(dialog)
    assert out.read_text() == "old"
    assert not [path for path in tmp_path.iterdir() if "part" in path.name]


def test_keys_copy_and_save(bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def ask(_parent: object, _title: str, start: str, *_: object) -> tuple[str, str]:
        asked.append(start)
        return str(tmp_path / "chosen"), ""

    kept: list[QMimeData] = []
    monkeypatch.setattr(QFileDialog, "getSaveFileName", ask)
    monkeypatch.setattr(
        QGuiApplication, "clipboard", lambda: type("C", (), {"setMimeData": kept.append})
    )
    dialog = bench.figure()
    bench.qtbot.waitUntil(dialog.isActiveWindow)
    QTest.keyClick(dialog, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert bench.done(dialog) == "Copied as picture and as SVG"
    assert kept[0].hasImage()
    ElementTree.fromstring(kept[0].data("image/svg+xml").data())
    QTest.keyClick(dialog, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    assert "Saved" in bench.done(dialog)
    assert (tmp_path / "chosen.png").exists()
    assert asked == [str(Path.home() / "loss.png")]
    # The folder is remembered.
    QTest.keyClick(dialog, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    assert asked[1] == str(tmp_path / "loss.png")
    bench.done(dialog)
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()


def test_what_is_chosen_is_in_the_figure_and_remembered(bench: Bench) -> None:
    dialog = bench.figure(card_of_tag("loss"), card_of_tag("lr"))
    options = dialog.options
    QTest.mouseClick(options._toggles["grid"], Qt.MouseButton.LeftButton)
    options._presets.setCurrentIndex(options._presets.findData("page"))
    options._presets.activated.emit(options._presets.currentIndex())
    options._dark.setFocus()
    QTest.keyClick(options._dark, Qt.Key.Key_Right)
    QTest.keyClicks(options._title, "Two")
    style = dialog.spec().style
    assert (style.size.width, style.size.unit, style.columns) == (175, "mm", 2)
    assert (style.grid, style.dark, style.title) == (False, True, "Two")
    assert dialog._facts.text().startswith("2,067 × ")
    dialog.close()
    again = bench.figure()
    style = again.spec().style
    assert (style.size.width, style.grid, style.dark, style.title) == (175, False, True, "")
    assert again.options.preset == "page"


def test_a_size_of_ones_own(bench: Bench) -> None:
    dialog = bench.figure()
    field = dialog.options._width
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, "800")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert dialog.options.preset == "custom"
    assert dialog.style_now.size.pixels == (800, 1080)
    dialog.options.set_unit("mm")
    assert dialog.style_now.size.pixels[0] == pytest.approx(800, abs=1)
    field.selectAll()
    QTest.keyClicks(field, "nonsense")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert field.is_marked
    assert dialog.style_now.size.pixels[0] == pytest.approx(800, abs=1)
    preset, style = restored(saved("custom", dialog.style_now), 1)
    assert (preset, style.size) == ("custom", dialog.style_now.size)


@pytest.mark.parametrize(
    "text", ["", "[]", "{", '{"preset": 3, "dark": "x", "size": []}', "9" * 99]
)
def test_damaged_choices_are_passed_over(text: str) -> None:
    assert restored(text, 4)[0] == "slide"


@pytest.mark.parametrize("preset", [name for name, _text in PRESETS])
@pytest.mark.parametrize("panels", [1, 2, 3, 7, 40])
def test_presets_hold_any_number_of_charts(preset: str, panels: int) -> None:
    _preset, style = restored(f'{{"preset": "{preset}"}}', panels)
    assert 1 <= style.columns <= panels
    assert all(each > 100 for each in style.size.units)


def test_colours_follow_the_figures_ground(bench: Bench) -> None:
    workspace = bench.context.workspace
    workspace.set_colour(bench.context.store.runs[1].key, "#123456")
    panels = figure_panels(bench.context, [card_of_tag("loss")], None)
    dark = on_ground(bench.context, panels, True)
    assert [c.colour.name() for c in panels[0].curves] == [
        run_colour(0),
        "#123456",
        run_colour(2),
    ]
    assert [c.colour.name() for c in dark[0].curves] == [
        run_colour(0, True),
        "#123456",
        run_colour(2, True),
    ]
    assert on_ground(bench.context, panels, False) == panels


def test_the_charts_range_and_notes_are_kept(bench: Bench) -> None:
    chart = Chart()
    bench.qtbot.addWidget(chart)
    chart.resize(400, 300)
    chart.set_curves(bench.context.lines.curves(card_of_tag("loss")))
    chart.set_view(ViewRange(10, 20, -3, 3))
    chart.set_y_scale("symlog")
    chart.set_annotations((ChartNote(15.0, "here", QColor("#2f6fed")),))
    bench.context.workspace.edit("Select", selection=XRange("step", 12, 14))
    [panel] = figure_panels(bench.context, [card_of_tag("loss")], [chart])
    assert (panel.view.x0, panel.view.x1) == (10, 20)
    assert panel.scales.y.kind == "symlog"
    assert panel.selection == (12, 14)
    assert [note.text for note in panel.notes] == ["here"]
    [other] = figure_panels(bench.context, [card_of_tag("loss")], None)
    assert (other.view.x0, other.view.x1) == (0, 49)


def test_two_axes_have_names(bench: Bench) -> None:
    card = Card("\x01both", "Both", (CardLine("loss"), CardLine("lr", "right")))
    dialog = bench.figure(card)
    [panel] = dialog.spec().panels
    assert (panel.y_title, panel.right_title) == ("loss", "lr")
    assert panel.view.y20 is not None


def test_an_empty_card_makes_a_figure(bench: Bench, tmp_path: Path) -> None:
    dialog = bench.figure(card_of_tag("no such tag"))
    dialog.save_to(tmp_path / "x.svg")
    assert "Saved" in bench.done(dialog)
    assert "No points" in (tmp_path / "x.svg").read_text()


def test_a_failing_picture_is_told(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise figure_writers.FigureError("A picture is too large")

    monkeypatch.setattr(figure, "png", fail)
    dialog = bench.figure()
    dialog.save_to(Path(os.devnull).parent / "x.png")
    assert "too large" in bench.done(dialog)


# --- points -------------------------------------------------------------------------------------


def read(path: Path) -> list[list[str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


def test_the_points_of_a_chart_are_counted_shown_and_saved(bench: Bench, tmp_path: Path) -> None:
    dialog = bench.data(card_of_tag("loss"))
    assert dialog.facts.startswith("3 runs · 3 series · 86 points · about ")
    assert dialog._model.rowCount() == 40
    assert dialog._model.index(0, 1).data() == "loss"
    out = tmp_path / "o.csv"
    dialog.save_to(out)
    assert bench.done(dialog) == f"Saved: 86 points in {out}"
    assert len(read(out)) == 87


def test_what_is_chosen_is_written(bench: Bench, tmp_path: Path) -> None:
    bench.context.workspace.edit("Select", selection=XRange("step", 0, 1))
    bench.context.workspace.set_shown([bench.context.store.runs[0].key], False)
    dialog = bench.data(card_of_tag("loss"))
    out = tmp_path / "o.csv"

    def rows(**values: str | bool) -> list[list[str]]:
        dialog.options.choose(**values)
        dialog.save_to(out)
        assert "Saved" in bench.done(dialog)
        return read(out)[1:]

    assert {tuple(row[:2]) for row in rows()} == {("b", "loss"), ("c", "loss")}
    assert {row[2] for row in rows()} == {"0", "1"}
    assert len(rows(only_range=False)) == 36
    assert len(rows(superseded=False)) == 34
    assert {tuple(row[:2]) for row in rows(what="visible")} == {
        ("b", "loss"),
        ("b", "lr"),
        ("c", "loss"),
    }
    assert len(rows(what="all", superseded=True)) == 89
    found = rows(what="cards", layout="lines", smoothed=True)
    assert read(out)[0] == ["step", "b", "b (smoothed)", "c", "c (smoothed)"]
    assert found[0][0] == "0"
    curve = bench.context.lines.curves(card_of_tag("loss"))[0]
    assert curve.smoothed is not None
    assert [float(row[2]) for row in found] == curve.smoothed.tolist()


def test_a_group_is_written_as_it_is_drawn(bench: Bench, tmp_path: Path) -> None:
    bench.context.workspace.edit("Group", grouping=RunGrouping("regex", "[ab]"), smoothing=0.0)
    groups = RunGrouping("regex", "^([ab])()", band="minmax")
    bench.context.workspace.edit("Group", grouping=groups)
    dialog = bench.data(card_of_tag("loss"))
    [first, *_rest] = bench.context.lines.curves(card_of_tag("loss"))
    out = tmp_path / "o.csv"
    dialog.save_to(out)
    assert "Saved" in bench.done(dialog)
    rows = read(out)[1:]
    tags = {row[1] for row in rows}
    assert {"loss", "loss (low)", "loss (high)"} <= tags
    values = [float(row[4]) for row in rows if row[:2] == [first.label, "loss"]]
    assert values == first.values.tolist()


def test_lines_that_are_not_made_yet_are_written_too(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(line_book, "AT_ONCE", 0)
    monkeypatch.setattr(bench.context.lines, "_carry_out", lambda *_: None)
    bench.context.workspace.edit(
        "Group", grouping=RunGrouping("regex", "^([ab])()", band="minmax"), smoothing=0.0
    )
    card = card_of_tag("loss")
    assert bench.context.lines.curves(card) == []
    out = tmp_path / "o.csv"
    dialog = bench.data(card)
    dialog.save_to(out)
    assert "Saved" in bench.done(dialog)
    assert {row[1] for row in read(out)[1:]} == {"loss", "loss (low)", "loss (high)"}


@pytest.mark.parametrize("layout", ["points", "lines"])
@pytest.mark.parametrize("what", ["cards", "visible", "all"])
def test_the_selected_range_is_that_of_the_axis(
    bench: Bench, tmp_path: Path, what: str, layout: str
) -> None:
    workspace = bench.context.workspace
    workspace.edit("Select", selection=XRange("step", 10.0, 12.0))
    workspace.edit_style("Move", bench.context.store.runs[1].key, step_offset=5)
    dialog = bench.data(card_of_tag("loss"))
    found = [
        (each.run, points_of(each, Options(span=Span("step", 10.0, 12.0))).steps.tolist())
        for each in of_everything(bench.context)()
    ]
    assert ("a", [10, 11, 12]) in found
    assert ("b", [5, 6, 7]) in found
    gather = {
        "cards": lambda: of_cards(bench.context, [card_of_tag("loss")])(),
        "visible": lambda: of_visible(bench.context)(),
        "all": lambda: of_everything(bench.context)(),
    }[what]
    chosen = side_by_side(gather()) if layout == "lines" else gather()
    assert sorted(each.shift for each in chosen if each.count == 30) == [5.0]
    dialog.close()


def test_the_edges_of_a_margin_are_written(bench: Bench, tmp_path: Path) -> None:
    out = tmp_path / "o.csv"
    dialog = bench.data(Card("\x01m", "M", margins=(Margin("loss", "lr", "lr"),)))
    dialog.save_to(out)
    assert "Saved" in bench.done(dialog)
    assert {(row[0], row[1]) for row in read(out)[1:]} == {("b", "loss"), ("b", "lr")}


def test_nothing_half_written_when_cancelled(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dialog = bench.data(card_of_tag("loss"))
    rows = export_text._rows

    def cancel(*arguments: object) -> Iterator[list[tuple[object, ...]]]:
        for block in rows(*arguments):  # type: ignore[arg-type]
            for task in bench.context.tasks._running.values():
                task.control.cancel()
            yield block

    monkeypatch.setattr(export_text, "_rows", cancel)
    out = tmp_path / "o.csv"
    dialog.save_to(out)
    bench.qtbot.waitUntil(lambda: not bench.context.tasks._running)
    assert dialog.bar.is_busy
    QTest.mouseClick(dialog.bar._cancel, Qt.MouseButton.LeftButton)
    assert dialog.bar.message == "Cancelled; nothing was written"
    assert not [path for path in tmp_path.iterdir() if path.name.startswith((".o", "o"))]


@pytest.mark.parametrize(
    ("name", "says"),
    [("logs/o.csv", "ever written"), ("no/o.csv", "no folder"), ("o.xls", "end in")],
)
def test_points_that_can_not_be_written(bench: Bench, tmp_path: Path, name: str, says: str) -> None:
    dialog = bench.data(card_of_tag("loss"))
    dialog.save_to(tmp_path / name)
    assert says in bench.done(dialog)
    assert not (tmp_path / name).exists()


def test_tables_for_the_clipboard(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    clipboard = QGuiApplication.clipboard()
    assert copy_table(bench.context, [card_of_tag("lr")])
    assert clipboard.text() == "step\tb\n0\t0.1\n1\t0.2\n2\t0.3\n"
    dialog = bench.data(card_of_tag("lr"))
    QTest.keyClick(dialog, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert bench.done(dialog) == "Copied: 3 rows"
    assert clipboard.text().splitlines()[0] == "run\ttag\tstep\twall_time\tvalue"
    monkeypatch.setattr(export_text, "MOST_CELLS", 3)
    QTest.keyClick(dialog, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert "more than 3 cells" in bench.done(dialog)
    told: list[str] = []
    monkeypatch.setattr(QMessageBox, "information", lambda *args: told.append(args[2]))
    assert not copy_table(bench.context, [card_of_tag("lr")])
    assert "more than 3 cells" in told[0]


def test_python_for_the_clipboard(bench: Bench) -> None:
    workspace = bench.context.workspace
    workspace.edit("Derive", derived=(Derived("half", "loss / 2"), Derived("more", "half + lr")))
    workspace.edit("Group", grouping=RunGrouping("regex", "[ab]"))
    dialog = bench.data(card_of_tag("loss"), card_of_tag("more"))
    bench.qtbot.waitUntil(lambda: len(bench.context.lines.curves(card_of_tag("more"))) > 0)
    dialog.copy_python()
    assert dialog.bar.message == "Copied: Python that reads 3 series"
    text = QGuiApplication.clipboard().text()
    assert f"load({bench.context.store.roots[0].path!r})" in text
    for run, tag in (("a", "loss"), ("b", "loss"), ("b", "lr")):
        assert f"({run!r}, {tag!r})" in text
    compile(text, "snippet", "exec")


def test_an_empty_choice_says_so(bench: Bench) -> None:
    dialog = bench.data(card_of_tag("nothing"))
    assert dialog.facts == "No points"
    assert not dialog._save.isEnabled()
    dialog.copy_python()
    assert "nothing to read" in dialog.bar.message


def test_names_of_files() -> None:
    assert save_bar.file_name("train/loss: a\\b", ".csv") == "train-loss- a-b.csv"
    assert save_bar.file_name("../..", ".png") == "export.png"
    assert len(save_bar.file_name("x" * 500, ".png")) < 90


def test_annotations_do_not_matter_to_points(bench: Bench) -> None:
    bench.context.workspace.edit("Note", annotations=(Annotation(3, "note"),))
    assert bench.context.store.find(0, "loss", Kind.SCALAR) is not None
    assert bench.data().facts.startswith("3 runs · 4 series · 89 points")


def test_growth_is_in_the_next_export(bench: Bench, tmp_path: Path) -> None:
    dialog = bench.data(card_of_tag("lr"))
    store: LogStore = bench.context.store
    series = store.find(1, "lr", Kind.SCALAR)
    assert series is not None
    series.append(np.array([3]), np.array([1.0]), np.array([4.0]))
    dialog.save_to(tmp_path / "o.csv")
    assert bench.done(dialog).startswith("Saved: 4 points")
