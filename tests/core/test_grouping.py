"""Groups equal what NumPy says of the members step by step."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eventglass.app.core.compute import grouping
from eventglass.app.core.compute.grouping import Member, band_title, group_lines
from eventglass.app.core.compute.quantiles import median_rank, student_t
from tests.core.uncompiled import load_uncompiled

CENTRES = ("mean", "median")
BANDS = ("std", "sem", "minmax", "ci95", "none")
value_of = st.one_of(
    st.floats(-1e6, 1e6), st.sampled_from([0.0, 1.0, math.nan, math.inf, -math.inf])
)


@st.composite
def members_of(draw, wide=False):
    steps = st.integers(-(2**52), 2**52) if wide else st.integers(-3, 25)
    made = []
    for _ in range(draw(st.integers(0, 7))):
        points = draw(st.lists(st.tuples(steps, value_of), max_size=25))
        points.sort(key=lambda point: point[0])
        walls = 1.7e9 + np.array(draw(st.permutations(range(len(points)))), np.float64)
        made.append(
            Member(
                np.array([s for s, _ in points], np.int64),
                walls,
                np.array([v for _, v in points], np.float64),
            )
        )
    if draw(st.booleans()) and made:
        # Some share their steps.
        first = made[0]
        made += [Member(first.steps.copy(), first.wall_times + 5.0, -first.values)] * 2
    return made


def plain(members, align):
    """Steps, and at each step the values and wall times of the members that are there."""
    steps = sorted({step for member in members for step in member.steps.tolist()})
    if align == "interpolate":
        last = [dict(zip(m.steps.tolist(), m.values.tolist(), strict=True)) for m in members]
        steps = sorted({step for points in last for step in points if math.isfinite(points[step])})
    columns, walls = [[] for _ in steps], [[] for _ in steps]
    for member in members:
        points = {
            step: (value, wall)
            for step, value, wall in zip(
                member.steps.tolist(), member.values, member.wall_times, strict=True
            )
        }
        known = [(s, *p) for s, p in sorted(points.items()) if math.isfinite(p[0])]
        for i, step in enumerate(steps):
            if align == "exact":
                if step in points and math.isfinite(points[step][0]):
                    columns[i].append(points[step][0])
                    walls[i].append(points[step][1])
            elif known and known[0][0] <= step <= known[-1][0]:
                at = [float(s) for s, _, _ in known]
                columns[i].append(np.interp(float(step), at, [v for _, v, _ in known]))
                walls[i].append(np.interp(float(step), at, [w for _, _, w in known]))
    return steps, columns, walls


def plain_band(values, centre, band):
    n = len(values)
    if not n:
        return (math.nan,) * 3
    middle = np.mean(values) if centre == "mean" else np.median(values)
    if band == "none":
        return middle, middle, middle
    if band == "minmax":
        return middle, min(values), max(values)
    if centre == "mean":
        width = np.std(values, ddof=1) if n > 1 else 0.0
        if band != "std":
            width /= math.sqrt(n)
        if band == "ci95":
            width *= student_t(max(n - 1, 1))
        return middle, middle - width, middle + width
    first, third = np.quantile(values, [0.25, 0.75])
    if band == "std":
        return middle, first, third
    if band == "sem":
        width = math.sqrt(math.pi / 2) * (third - first) / 1.3489795003921634 / math.sqrt(n)
        return middle, middle - width, middle + width
    rank = median_rank(n)
    return middle, sorted(values)[rank], sorted(values)[n - 1 - rank]


def assert_equal_to_plain(line, members, centre, band, align):
    steps, columns, walls = plain(members, align)
    assert line.steps.tolist() == steps
    assert line.counts.tolist() == [len(column) for column in columns]
    expected = np.array([plain_band(c, centre, band) for c in columns]).reshape(-1, 3)
    for made, wanted in zip((line.values, line.lows, line.highs), expected.T, strict=True):
        np.testing.assert_allclose(made, wanted, rtol=1e-9, atol=1e-8)
    wanted = [np.mean(column) if column else math.nan for column in walls]
    np.testing.assert_allclose(line.wall_times, wanted, rtol=0, atol=1e-5)


@given(
    members_of(),
    st.sampled_from(CENTRES),
    st.sampled_from(BANDS),
    st.sampled_from(["exact", "interpolate"]),
)
@settings(max_examples=400)
def test_equals_numpy(members, centre, band, align):
    line = group_lines(members, centre=centre, band=band, align=align)
    assert_equal_to_plain(line, members, centre, band, align)


@given(members_of(wide=True), st.sampled_from(CENTRES), st.sampled_from(["exact", "interpolate"]))
def test_steps_may_lie_anywhere(members, centre, align):
    line = group_lines(members, centre=centre, band="minmax", align=align)
    assert_equal_to_plain(line, members, centre, "minmax", align)


@pytest.mark.parametrize("centre", CENTRES)
@pytest.mark.parametrize("same", [True, False])
def test_many_points_in_several_ranges_and_threads(centre, same):
    rng = np.random.default_rng(4)
    members = []
    for _ in range(40):
        steps = np.arange(9_000) if same else np.sort(rng.choice(30_000, 9_000, replace=False))
        members.append(Member(steps, steps * 0.5 + 1.7e9, rng.normal(size=9_000)))
    line = group_lines(members, centre=centre, band="minmax")
    every = np.full((40, 30_000), np.nan)
    for row, member in enumerate(members):
        every[row, member.steps] = member.values
    seen = ~np.isnan(every).all(axis=0)
    every = every[:, seen]
    np.testing.assert_array_equal(line.steps, np.flatnonzero(seen))
    plain_of = np.nanmean if centre == "mean" else np.nanmedian
    np.testing.assert_allclose(line.values, plain_of(every, axis=0), rtol=1e-9, atol=1e-12)
    np.testing.assert_array_equal(line.lows, np.nanmin(every, axis=0))
    np.testing.assert_array_equal(line.highs, np.nanmax(every, axis=0))
    np.testing.assert_array_equal(line.counts, (~np.isnan(every)).sum(axis=0))
    np.testing.assert_allclose(line.wall_times, line.steps * 0.5 + 1.7e9, rtol=0, atol=1e-5)


def test_a_line_of_all_steps_is_thinned_when_members_share_few():
    members = [
        Member(np.arange(3000) * 100 + m, np.zeros(3000), np.full(3000, float(m)))
        for m in range(10)
    ]
    line = group_lines(members, align="interpolate", band="minmax")
    assert len(line.steps) == 12_000
    assert (line.steps[0], line.steps[-1]) == (0, 299_909)
    whole = (line.steps >= 9) & (line.steps <= 299_900)
    np.testing.assert_array_equal(line.values[whole], 4.5)
    assert len(group_lines(members, align="exact").steps) == 30_000


@pytest.mark.parametrize("centre", CENTRES)
@pytest.mark.parametrize("band", BANDS)
@pytest.mark.parametrize("value", [0.0, 0.1, 1e300, -1.7e308, 5e-324])
def test_members_that_agree_have_a_band_without_width(value, band, centre):
    steps = np.arange(4)
    members = [Member(steps, steps * 1.0, np.full(4, value)) for _ in range(3)]
    line = group_lines(members, centre=centre, band=band)
    for column in (line.values, line.lows, line.highs):
        np.testing.assert_array_equal(column, value)


@pytest.mark.parametrize("value", [0.1, 0.7, 1 / 3, 1e-3, 123.456])
def test_a_member_that_stays_is_interpolated_to_what_it_is(value):
    steps = np.arange(0, 5000, 97)
    level = Member(steps, steps * 1.0, np.full(len(steps), value))
    other = Member(np.arange(5000), np.zeros(5000), np.full(5000, value))
    line = group_lines([level, other], align="interpolate", band="minmax")
    assert set(line.lows.tolist()) == set(line.highs.tolist()) == {value}


@pytest.mark.parametrize("centre", CENTRES)
@pytest.mark.parametrize("band", BANDS)
def test_the_largest_values_do_not_overflow(band, centre):
    steps = np.arange(2)
    values = [[1.7e308, 1.0], [-1.7e308, 2.0], [1.7e308, 4.0], [1.7e308, 4.0]]
    members = [Member(steps, steps * 1.0, np.array(v)) for v in values]
    line = group_lines(members, centre=centre, band=band)
    for column in (line.values, line.lows, line.highs):
        assert np.isfinite(column).all()
    # The step beside it keeps its digits.
    expected = plain_band([1.0, 2.0, 4.0, 4.0], centre, band)
    made = (line.values[1], line.lows[1], line.highs[1])
    assert made == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("align", ["exact", "interpolate"])
def test_nothing_to_group(align):
    nothing = Member(np.empty(0, np.int64), np.empty(0), np.empty(0))
    for members in ([], [nothing], [nothing, nothing]):
        line = group_lines(members, align=align)
        assert len(line.steps) == len(line.values) == len(line.counts) == 0
    nan = Member(np.arange(2), np.zeros(2), np.full(2, np.nan))
    line = group_lines([nan], align=align)
    assert np.isnan(line.values).all()
    assert not line.counts.any()


def test_it_can_be_cancelled():
    members = [Member(np.arange(50), np.zeros(50), np.zeros(50))] * 3
    for centre in CENTRES:
        asked = []

        def cancelled(asked=asked):
            asked.append(True)
            return True

        assert not len(group_lines(members, centre=centre, cancelled=cancelled).steps)
        assert asked
        assert len(group_lines(members, centre=centre, cancelled=lambda: False).steps) == 50


def test_arrays_are_read_only_and_the_members_stay_as_they_are():
    member = Member(np.arange(5), np.zeros(5), np.arange(5.0))
    line = group_lines([member, member])
    assert not line.values.flags.writeable
    assert not line.steps.flags.writeable
    assert member.steps.flags.writeable
    strided = Member(np.arange(10)[::2], np.zeros(10)[::2], np.arange(10.0)[::2])
    np.testing.assert_array_equal(group_lines([strided]).values, strided.values)


def test_bands_are_called_what_they_are():
    titles = {band_title(centre, band) for centre in CENTRES for band in BANDS}
    assert band_title("median", "std") == "Quartiles"
    assert len(titles) == 8


@pytest.mark.parametrize("with_cython", [False, True])
def test_uncompiled_equals_compiled(with_cython, monkeypatch):
    rng = np.random.default_rng(5)
    members = []
    for _ in range(5):
        steps = np.sort(rng.choice(90, 60, replace=False))
        values = rng.normal(size=60)
        values[3] = math.nan
        members.append(Member(steps, steps * 1.0, values))
    cases = [(c, a) for c in CENTRES for a in ("exact", "interpolate")]
    ours = [group_lines(members, centre=c, align=a) for c, a in cases]
    other = load_uncompiled("gathering", with_cython)
    for name in ("add_moments", "extend", "interpolate", "lay_out", "locate"):
        assert getattr(grouping, name) is not getattr(other, name)
        monkeypatch.setattr(grouping, name, getattr(other, name))
    for line, (centre, align) in zip(ours, cases, strict=True):
        theirs = group_lines(members, centre=centre, align=align)
        for field in ("steps", "wall_times", "values", "lows", "highs", "counts"):
            np.testing.assert_array_equal(getattr(line, field), getattr(theirs, field))


@pytest.mark.parametrize("start", [2**60, -(2**60), 2**62 - 1])
def test_members_are_interpolated_between_steps_no_double_tells_apart(start):
    steps = np.array([start, start + 2], np.int64)
    members = [
        Member(steps, np.zeros(2), np.array([1.0, 3.0])),
        Member(steps[:1] + 1, np.zeros(1), np.array([5.0])),
    ]
    line = group_lines(members, align="interpolate")
    assert line.values.tolist() == [1.0, 3.5, 3.0]
    assert line.counts.tolist() == [1, 2, 1]
