from __future__ import annotations

import colorsys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventglass.app.core.compute.colours import (
    FIRST,
    contrast,
    oklch_to_srgb,
    relative_luminance,
    run_colour,
)

GROUNDS = {False: "#ffffff", True: "#1d2026"}


def rgb(colour: str) -> tuple[int, ...]:
    return tuple(int(colour[i : i + 2], 16) for i in (1, 3, 5))


@pytest.mark.parametrize("dark", [False, True])
def test_colours_beyond_the_first_stand_out_from_the_ground(dark: bool) -> None:
    found = [contrast(run_colour(i, dark), GROUNDS[dark]) for i in range(FIRST, 3000)]
    assert min(found) >= (4.0 if dark else 2.9)


@pytest.mark.parametrize("dark", [False, True])
def test_thousands_differ(dark: bool) -> None:
    assert len({run_colour(i, dark) for i in range(10_000)}) > 9_980


@pytest.mark.parametrize("dark", [False, True])
def test_neighbours_differ_in_hue(dark: bool) -> None:
    def hue(number: int) -> float:
        return colorsys.rgb_to_hls(*(part / 255 for part in rgb(run_colour(number, dark))))[0]

    for i in range(FIRST, 2000):
        apart = abs(hue(i) - hue(i + 1))
        assert min(apart, 1 - apart) > 0.12


def test_first_are_okabe_ito() -> None:
    assert [run_colour(i) for i in range(4)] == ["#0072b2", "#e69f00", "#009e73", "#cc79a7"]


def test_no_negative_numbers() -> None:
    with pytest.raises(ValueError, match="0 or more"):
        run_colour(-1)


def test_known_points_of_oklch() -> None:
    # White, black and pure red as the publication of the space gives them.
    assert oklch_to_srgb(1, 0, 0) == pytest.approx((1, 1, 1), abs=1e-3)
    assert oklch_to_srgb(0, 0, 0) == pytest.approx((0, 0, 0), abs=1e-6)
    assert oklch_to_srgb(0.62796, 0.25768, 29.2339) == pytest.approx((1, 0, 0), abs=2e-3)


def test_contrast_of_black_and_white() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert relative_luminance("#ffffff") == pytest.approx(1)


@given(st.integers(0, 10**7), st.booleans())
def test_always_a_colour(number: int, dark: bool) -> None:
    assert len(rgb(run_colour(number, dark))) == 3
