"""Figures: nothing is lost on the way to the file, nothing is cut off, nothing foreign gets in."""

from __future__ import annotations

import math
import re
import zlib
from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtGui import QColor, QImage

from eventglass.app.core.compute.pyramid import build_pyramid
from eventglass.app.core.compute.scales import Scale, Scales
from eventglass.app.core.compute.smoothing import smooth_series
from eventglass.app.models.theme import load_fonts
from eventglass.widgets.plots import figure_lines
from eventglass.widgets.plots.curve_layer import Band, CurveData, ViewRange
from eventglass.widgets.plots.figure import (
    FigurePanel,
    FigureSize,
    FigureSpec,
    FigureStyle,
    make_picture,
    render_figure,
)
from eventglass.widgets.plots.figure_lines import Ruler
from eventglass.widgets.plots.figure_picture import Area, Dots, Label, Measure, Picture, Stroke
from eventglass.widgets.plots.figure_writers import FigureError
from eventglass.widgets.plots.notes import ChartNote

SVG = "{http://www.w3.org/2000/svg}"
PLOT = Ruler(0.0, 100.0, 10.0, 110.0)
HIGH = Ruler(-1.0, 1.0, 100.0, 0.0)


@pytest.fixture(autouse=True)
def fonts(qapp: object) -> None:
    load_fonts()


def curve(
    values: Sequence[float] | npt.NDArray[np.float64],
    steps: Sequence[int] | None = None,
    label: str = "run",
    **more: Any,
) -> CurveData:
    array = np.array(values, np.float64)
    at = np.arange(len(array)) if steps is None else np.array(steps)
    number = more.pop("series_id", 0)
    given_ = {"pieces": np.array([[0, len(array)]] if len(array) else np.empty((0, 2)), np.int64)}
    return CurveData(
        number,
        label,
        more.pop("colour", QColor("#0072b2")),
        at.astype(np.int64),
        1.7e9 + at.astype(np.float64),
        array,
        **{**given_, "tag": "loss", **more},
    )


def panel(*curves: CurveData, view: ViewRange | None = None, **more: Any) -> FigurePanel:
    view = view or ViewRange(0.0, 100.0, -1.0, 1.0)
    return FigurePanel(more.pop("title", "loss"), curves, view, **more)


def spec(*panels: FigurePanel, **style: Any) -> FigureSpec:
    return FigureSpec(panels, FigureStyle(**style))


def strokes_of(picture: Picture, colour: str = "#0072b2") -> list[Stroke]:
    return [
        item
        for item in picture.items
        if isinstance(item, Stroke) and item.colour.name() == colour and item.clip is not None
    ]


def texts(svg: bytes) -> list[str]:
    return [each.text or "" for each in ElementTree.fromstring(svg).iter(f"{SVG}text")]


# --- lines --------------------------------------------------------------------------------------

values_1 = st.floats(-1.0, 1.0) | st.sampled_from([math.nan, math.inf, -math.inf])


@given(st.lists(values_1, min_size=1, max_size=12))
def test_few_points_are_exact(values: list[float]) -> None:
    one = curve(values, steps=[i * 8 for i in range(len(values))])
    polylines, alone = figure_lines.line(
        figure_lines.across(one, "step"), one.values, None, PLOT, HIGH
    )
    found = np.concatenate([*polylines, alone]) if polylines or len(alone) else np.empty((0, 2))
    finite = [(10.0 + 8 * i, 50.0 - 50.0 * v) for i, v in enumerate(values) if math.isfinite(v)]
    found = found[np.argsort(found[:, 0])]
    np.testing.assert_allclose(found, np.array(finite).reshape(-1, 2), atol=1e-9)
    for polyline in polylines:
        # Without a gap in it: a NaN breaks the line.
        assert (np.diff(polyline[:, 0]) == 8.0).all()


@given(st.integers(0, 2**32 - 1), st.integers(500, 4000), st.booleans())
def test_no_extreme_value_is_lost(seed: int, count: int, with_nan: bool) -> None:
    rng = np.random.default_rng(seed)
    values = rng.normal(size=count).clip(-0.5, 0.5)
    values[rng.integers(count)] = 0.9
    values[rng.integers(count)] = -0.8
    if with_nan:
        values[rng.integers(0, count, 20)] = np.nan
    one = curve(values)
    across = replace(PLOT, high=float(count))
    where = figure_lines.across(one, "step")
    polylines, alone = figure_lines.line(where, values, None, across, HIGH)
    found = np.concatenate([*polylines, alone])
    assert len(found) <= 4 * (100 * figure_lines.CELLS + 2)
    cells = np.floor((10.0 + np.arange(count) / count * 100.0) * figure_lines.CELLS)
    for cell in np.unique(cells)[:: max(1, count // 200)]:
        inside = values[cells == cell]
        inside = inside[np.isfinite(inside)]
        at = found[:, 0] * figure_lines.CELLS
        # Places on the edge of two cells may be taken for either.
        drawn = found[(at >= cell - 1e-6) & (at <= cell + 1 + 1e-6)]
        if len(inside):
            places = 50.0 - 50.0 * inside
            assert drawn[:, 1].min() <= places.min() + 1e-9
            assert drawn[:, 1].max() >= places.max() - 1e-9


def test_the_pyramid_gives_the_same_line(monkeypatch: pytest.MonkeyPatch) -> None:
    values = np.random.default_rng(1).normal(size=20_000).cumsum() / 200.0
    one = curve(values)
    where = figure_lines.across(one, "step")
    across = Ruler(3_000.0, 17_000.0, 10.0, 110.0)
    [plain], _ = figure_lines.line(where, values, None, across, HIGH)
    monkeypatch.setattr(figure_lines, "_PYRAMID_FROM", 1)
    [quick], _ = figure_lines.line(where, values, build_pyramid(values), across, HIGH)
    for side in (plain, quick):
        assert side[0, 0] < 10.0
        assert side[-1, 0] > 110.0
    grid = np.arange(10.0, 110.0, 0.5)
    for reduce in (np.minimum, np.maximum):
        edges = [
            reduce.reduceat(line[:, 1], np.searchsorted(line[:, 0], grid)[:-1])
            for line in (plain, quick)
        ]
        np.testing.assert_allclose(edges[0], edges[1], atol=1.5)


def test_ten_million_points_make_a_small_file() -> None:
    count = 2_000_000
    values = np.random.default_rng(0).normal(size=count)
    one = curve(values, pyramid=build_pyramid(values))
    made = render_figure(spec(panel(one, view=ViewRange(0, count, -5, 5))), ".svg")
    assert 10_000 < len(made) < 300_000


def test_a_line_comes_in_and_goes_out() -> None:
    """Neighbours outside of the range are drawn to, however far off they are."""
    one = curve([0.0, 1.0, 0.0], steps=[-(10**9), 50, 10**9])
    [found], _ = figure_lines.line(figure_lines.across(one, "step"), one.values, None, PLOT, HIGH)
    assert np.abs(found[:, 0]).max() <= 1e4
    assert found[0, 1] == pytest.approx(0.0, abs=0.1)
    assert found[1].tolist() == [60.0, 0.0]


def test_pieces_are_joined_or_apart() -> None:
    pieces = np.array([[0, 3], [5, 8]])
    for joined, count in ((True, 1), (False, 2)):
        one = curve(np.zeros(8), steps=[0, 10, 20, 30, 40, 30, 40, 50], pieces=pieces)
        one = replace(one, joined=joined)
        found, _ = figure_lines.line(figure_lines.across(one, "step"), one.values, None, PLOT, HIGH)
        assert len(found) == count
        assert sum(map(len, found)) == 6


def test_steps_hold_their_value() -> None:
    one = curve([0.0, 1.0, 0.0], steps=[0, 10, 20])
    where = figure_lines.across(one, "step")
    [found], _ = figure_lines.line(where, one.values, None, PLOT, HIGH, stepped=True)
    assert found.tolist() == [[10, 50], [20, 50], [20, 0], [30, 0], [30, 50]]


def test_a_point_alone_is_a_dot() -> None:
    picture = make_picture(spec(panel(curve([0.5, math.nan, math.nan, 0.25, 0.25]))))
    [dots] = [item for item in picture.items if isinstance(item, Dots)]
    assert len(dots.places) == 1


def test_values_that_are_not_finite_are_marked() -> None:
    where = figure_lines.across(curve([0.0, math.nan, math.inf, -math.inf, math.nan]), "step")
    marks = figure_lines.not_finite(
        where, np.array([0.0, math.nan, math.inf, -math.inf, math.nan]), replace(PLOT, high=4.0)
    )
    assert [len(each) for each in (marks.nan, marks.positive, marks.negative)] == [2, 1, 1]


def test_zero_lies_under_a_logarithmic_axis_and_has_its_place_on_a_symmetric_one() -> None:
    one = curve([1.0, 0.0, 1.0], steps=[0, 10, 20])
    where = figure_lines.across(one, "step")
    log = Ruler(0.01, 10.0, 100.0, 0.0, Scale("log"))
    [found], _ = figure_lines.line(where, one.values, None, PLOT, log)
    assert found[1, 1] > 1000.0
    both = Ruler(-10.0, 10.0, 100.0, 0.0, Scale("symlog", 0.1))
    [found], _ = figure_lines.line(where, one.values, None, PLOT, both)
    assert found[1, 1] == pytest.approx(50.0)


def test_a_band_is_one_polygon_around_its_line() -> None:
    one = curve(np.zeros(50))
    one = replace(one, band=Band(one.values - 0.5, one.values + 0.5))
    picture = make_picture(spec(panel(one)))
    [area] = [item for item in picture.items if isinstance(item, Area)]
    [polygon] = area.polygons
    assert len(polygon) == 100
    middle = strokes_of(picture)[0].lines[0][0, 1]
    assert polygon[:, 1].min() < middle < polygon[:, 1].max()


# --- what is in the file ------------------------------------------------------------------------


def every_kind() -> FigurePanel:
    rng = np.random.default_rng(0)
    noisy = rng.normal(size=400) / 3.0
    noisy[[100, 200, 300]] = [math.nan, math.inf, -math.inf]
    smooth = smooth_series(noisy, np.array([[0, 400]]), 0.9)
    assert smooth is not None
    steps = [i // 4 for i in range(400)]
    first = curve(noisy, steps, "a <script>alert(1)</script> & b", smoothed=smooth.values)
    dashed = curve([0.1, 0.5, 0.3], [0, 50, 90], "dashed", dash="dashdot", series_id=1)
    right = curve([10.0, 30.0], [0, 90], "right", axis="right", series_id=2, tag="lr")
    base = curve([0.2, 0.2], [0, 90], "base", is_baseline=True, series_id=3)
    return panel(
        first,
        dashed,
        right,
        base,
        view=ViewRange(0, 100, -1, 1, 0.0, 40.0),
        title="Title & <tag>",
        x_title="Step",
        y_title="loss",
        right_title="lr",
        notes=(ChartNote(30.0, "note <1>", QColor("#c4314b")),),
        selection=(60.0, 70.0),
    )


def test_svg_texts_stay_texts() -> None:
    made = render_figure(spec(every_kind(), title="Whole <title>", legend="below"), ".svg")
    found = texts(made)
    for text in ("Whole <title>", "Title & <tag>", "Step", "loss", "lr", "note <1>", "100", "20"):
        assert text in found
    assert "a <script>alert(1)</script> & b · loss" in found
    assert b"<script" not in made
    root = ElementTree.fromstring(made)
    assert root.get("width") == "1920px"
    assert "Inter" in (root.get("font-family") or "")
    ids = {each.get("id") for each in root.iter(f"{SVG}clipPath")}
    for each in root.iter():
        clip = each.get("clip-path")
        assert clip is None or clip[5:-1] in ids


def test_svg_survives_any_name() -> None:
    for name in ("\x00\x1b[0m", "\udcff\ud800", "\uffff", "a" * 500, "مرحبا", "\u2028\n\t", "]]>"):
        made = render_figure(spec(panel(curve([0.0, 1.0], label=name), title=name)), ".svg")
        ElementTree.fromstring(made)


@pytest.mark.parametrize("suffix", [".png", ".svg", ".pdf"])
def test_the_same_figure_is_the_same_file(suffix: str) -> None:
    whole = spec(every_kind(), size=FigureSize(60, 40, "mm", 100.0))
    first = render_figure(whole, suffix)
    assert first == render_figure(whole, suffix)
    assert first != render_figure(replace(whole, style=replace(whole.style, dark=True)), suffix)
    assert not re.search(rb"20[2-9]\d[-:]?[01]\d[-:]?[0-3]\d", first)


def test_pdf_has_its_fonts_and_its_size() -> None:
    made = render_figure(spec(every_kind(), size=FigureSize(85, 60, "mm", 300.0)), ".pdf")
    assert made.startswith(b"%PDF-1.")
    assert b"/FontFile" in made
    assert b"Inter" in made
    box = re.search(rb"/MediaBox \[([0-9. ]+)\]", made)
    assert box is not None
    width, height = (float(n) for n in box[1].split()[2:])
    assert (width, height) == pytest.approx((85 / 25.4 * 72, 60 / 25.4 * 72), abs=0.6)
    streams = re.findall(rb"stream\r?\n(.*?)endstream", made, re.DOTALL)
    content = b""
    for stream in streams:
        try:
            content += zlib.decompress(stream)
        except zlib.error:
            content += stream
    # Texts are shown with a font, not drawn as shapes.
    assert b" Tf" in content
    assert b" Tj" in content or b" TJ" in content


def test_png() -> None:
    whole = spec(
        panel(curve(np.zeros(101))),
        size=FigureSize(50.8, 25.4, "mm", 100.0),
        legend="none",
        font_pt=5.0,
        line_scale=3.0,
    )
    picture = QImage.fromData(render_figure(whole, ".png"))
    assert (picture.width(), picture.height()) == (200, 100)
    assert picture.dotsPerMeterX() == pytest.approx(100 / 0.0254, abs=1)
    assert picture.pixelColor(0, 0) == QColor("#ffffff")
    seen = {picture.pixelColor(120, y).name() for y in range(100)}
    assert "#0072b2" in seen
    clear = replace(whole, style=replace(whole.style, transparent=True))
    assert QImage.fromData(render_figure(clear, ".png")).pixelColor(0, 0).alpha() == 0


def test_a_dense_faint_line_is_faint_everywhere() -> None:
    """Painted in parts, but nowhere twice."""
    rng = np.random.default_rng(0)
    values = rng.normal(size=4000)
    one = curve(values, colour=QColor("#ff0000"), smoothed=np.zeros(4000))
    whole = spec(
        panel(one, view=ViewRange(0, 4000, -5, 5)), legend="none", size=FigureSize(400, 300)
    )
    picture = QImage.fromData(render_figure(whole, ".png"))
    reds = [
        picture.pixelColor(x, y).green()
        for x in range(60, 380)
        for y in (90, 100, 110, 190, 200, 210)
    ]
    # A quarter of red over white leaves at least three quarters of green.
    assert min(reds) >= 186
    assert min(reds) < 200


def test_too_large_a_picture_is_refused() -> None:
    with pytest.raises(FigureError, match="too large"):
        render_figure(spec(panel(), size=FigureSize(40_000, 100)), ".png")
    with pytest.raises(FigureError, match="not known"):
        render_figure(spec(panel()), ".gif")


# --- layout -------------------------------------------------------------------------------------


def extent(label: Label, measure: Measure) -> tuple[float, float, float, float]:
    """Return left, top, right, bottom of a label's ink, about."""
    width = measure.width(label.text, label.size, label.bold)
    before = {"start": 0.0, "middle": 0.5, "end": 1.0}[label.anchor] * width
    if label.upright:
        return (label.x - 0.75 * label.size, label.y - before, label.x, label.y + before)
    return (label.x - before, label.y - 0.75 * label.size, label.x - before + width, label.y)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.integers(60, 400),
    st.integers(60, 300),
    st.floats(4.0, 20.0),
    st.sampled_from(["none", "inside", "right", "below"]),
    st.integers(1, 5),
    st.integers(1, 3),
    st.sampled_from([(-1.0, 1.0), (0.0, 1e300), (1e-300, 2e-300), (-123456.789, -123456.7)]),
)
def test_no_label_is_cut_off(
    width: int, height: int, font: float, legend: Any, panels: int, columns: int, y: Any
) -> None:
    curves = [
        curve([0.0, 1.0], label=f"{'long/name/' * number}{number}", series_id=number)
        for number in range(30)
    ]
    one = panel(
        *curves, view=ViewRange(0, 123_456, *y), title="t" * 500, x_title="x" * 300, y_title="loss"
    )
    style = {"size": FigureSize(width, height, "mm"), "font_pt": font, "legend": legend}
    picture = make_picture(spec(*[one] * panels, columns=columns, title="T" * 300, **style))
    measure = Measure()
    for label in (item for item in picture.items if isinstance(item, Label)):
        left, _top, right, _bottom = extent(label, measure)
        # Where a panel is narrower than its own labels nothing can help.
        if picture.width / columns > 14 * label.size:
            assert left >= -0.6, label
            assert right <= picture.width + 0.6, label


@pytest.mark.parametrize("legend", ["inside", "right", "below"])
def test_the_legend_counts_what_it_has_no_room_for(legend: Any) -> None:
    curves = [
        curve([0.0, 1.0], label=f"run{n}", series_id=n, colour=QColor(f"#{n * 997:06x}"))
        for n in range(300)
    ]
    picture = make_picture(spec(panel(*curves), panel(*curves), columns=2, legend=legend))
    shown = [i.text for i in picture.items if isinstance(i, Label) and i.text.startswith("run")]
    [more] = [i.text for i in picture.items if isinstance(i, Label) and " more" in i.text]
    assert 3 < len(shown) <= 40
    assert more == f"and {300 - len(shown)} more"


def test_the_legend_names_what_differs() -> None:
    def legend(*panels: FigurePanel) -> list[str]:
        picture = make_picture(spec(*panels, axis_titles=False, panel_titles=False))
        known = {"0", "a", "b", "loss", "lr", "a · loss", "a · lr", "b · loss"}
        return [i.text for i in picture.items if isinstance(i, Label) and i.text in known - {"0"}]

    a, b = curve([0.0, 1.0], label="a"), curve([0.0, 1.0], label="b", colour=QColor("red"))
    lr = curve([0.0, 1.0], label="a", tag="lr", dash="dash")
    assert legend(panel(a, b), panel(a, b)) == ["a", "b"]
    assert legend(panel(a, lr)) == ["loss", "lr"]
    assert legend(panel(a, b, lr)) == ["a · loss", "b · loss", "a · lr"]


def test_panels_above_each_other_line_up() -> None:
    wide = panel(curve([0.0]), view=ViewRange(0, 1, 1.23456e-7, 1.23457e-7))
    picture = make_picture(spec(panel(curve([0.0])), wide, columns=1, legend="none"))
    titles = [i.x for i in picture.items if isinstance(i, Label) and i.text == "loss"]
    assert len(titles) == 2
    assert titles[0] == titles[1]


@pytest.mark.parametrize(
    ("curves", "view"),
    [
        ([], ViewRange(0, 1, 0, 1)),
        ([curve([])], ViewRange(0, 1, 0, 1)),
        ([curve([math.nan] * 5)], ViewRange(0, 5, 0, 1)),
        ([curve([1e300, -1e300, 1e300])], ViewRange(0, 2, -1e300, 1e300)),
        ([curve([0.0, 5e-324])], ViewRange(0, 1, 0, 5e-324)),
        ([curve([1.0])], ViewRange(0.5, 0.5, 1, 1)),
        ([curve([1.0, 2.0])], ViewRange(math.nan, 1, -math.inf, 1)),
        ([curve([1.0, 2.0], steps=[-(2**63), 2**63 - 1])], ViewRange(-(2.0**63), 2.0**63, 0, 3)),
    ],
)
@pytest.mark.parametrize("scale", ["linear", "log", "symlog"])
def test_odd_data_make_a_figure(curves: list[CurveData], view: ViewRange, scale: Any) -> None:
    scales = Scales(Scale(scale), Scale(scale))
    one = panel(*curves, view=view, scales=scales)
    for suffix in (".svg", ".png", ".pdf"):
        assert render_figure(spec(one, size=FigureSize(200, 150)), suffix)
    if not any(len(each.values) for each in curves):
        assert "No points" in texts(render_figure(spec(one), ".svg"))


@pytest.mark.parametrize("kind", ["step", "relative", "run_relative", "wall", "tag"])
def test_every_kind_of_x(kind: Any) -> None:
    one = curve(np.linspace(0, 1, 50), xs=np.linspace(3.0, 9.0, 50), origin_s=1.7e9 - 10)
    left = {"step": 0, "relative": 0, "run_relative": 10, "wall": 1.7e9, "tag": 3}[kind]
    span = 6.0 if kind == "tag" else 49.0
    view = ViewRange(left, left + span, 0, 1)
    picture = make_picture(spec(panel(one, view=view, x_kind=kind), legend="none"))
    [stroke] = strokes_of(picture)
    [line] = stroke.lines
    assert len(line) == 50
    assert stroke.clip is not None
    assert line[[0, -1], 0].tolist() == pytest.approx(
        [stroke.clip[0], stroke.clip[0] + stroke.clip[2]]
    )


def test_many_long_lines_make_no_huge_file() -> None:
    rng = np.random.default_rng(0)
    lines = []
    for number in range(60):
        values = rng.normal(size=8000)
        smooth = smooth_series(values, np.array([[0, 8000]]), 0.9)
        assert smooth is not None
        lines.append(curve(values, label=f"run{number}", smoothed=smooth.values))
    whole = spec(panel(*lines, view=ViewRange(0, 8000, -5, 5)))
    picture = make_picture(whole)
    vertices = sum(len(line) for item in strokes_of(picture) for line in item.lines)
    assert vertices < 600_000
    # Opaque where what can be seen through would be written as outlines.
    assert len(render_figure(whole, ".pdf")) < 12_000_000
    coarse = make_picture(whole, 48.0)
    assert sum(len(line) for item in strokes_of(coarse) for line in item.lines) <= vertices
