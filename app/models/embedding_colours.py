"""What the colours of points stand for: categories with a legend, or numbers with a bar."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, NamedTuple, TypeVar, overload

import numpy as np
import numpy.typing as npt

from eventglass.app.core.compute.colour_maps import colour_table
from eventglass.app.core.compute.colours import run_colour

_T = TypeVar("_T", bound=np.generic)
#: Numbers with at most so many different values are categories, as in TensorBoard.
MOST_NUMBER_CATEGORIES = 50
#: More categories than this tell nothing by colours: such a column is never chosen by itself.
MOST_CHOSEN = 50
#: Colours of categories; they come round again where there are more, which nobody could tell.
_DIFFERENT = 512
#: Words for rows without a value.
MISSING = "no value"
_ACCENT = {False: (47, 111, 237), True: (110, 160, 255)}
_MISSING = {False: (170, 176, 188), True: (92, 99, 112)}

Bytes = npt.NDArray[np.uint8]


class Entry(NamedTuple):
    """One line of the legend: ``rgb`` is its colour, ``code`` the category's number."""

    code: int
    text: str
    rgb: tuple[int, int, int]
    points: int
    is_missing: bool = False


class Entries(Sequence[Entry]):
    """Lines of the legend, made when they are looked at: there may be as many as points.

    Parameters
    ----------
    names, rgbs
        Of the categories; colours come round again.
    counts : (k + 1,) integers
        Points of each; the last: of none. Categories without points have no line.
    missing
        Colour of points of no category.
    """

    def __init__(
        self,
        names: Sequence[str],
        rgbs: Sequence[tuple[int, int, int]],
        counts: npt.NDArray[np.integer],
        missing: tuple[int, int, int],
    ) -> None:
        self._names = names
        self._rgbs = rgbs
        self._counts = counts
        self._missing = missing
        self._codes = np.flatnonzero(counts)

    def __len__(self) -> int:
        return len(self._codes)

    @overload
    def __getitem__(self, place: int) -> Entry: ...
    @overload
    def __getitem__(self, place: slice) -> tuple[Entry, ...]: ...

    def __getitem__(self, place: int | slice) -> Entry | tuple[Entry, ...]:
        if isinstance(place, slice):
            return tuple(map(self._entry, self._codes[place].tolist()))
        return self._entry(int(self._codes[place]))

    def _entry(self, code: int) -> Entry:
        count = int(self._counts[code])
        if code == len(self._names):
            return Entry(-1, MISSING, self._missing, count, True)
        return Entry(code, self._names[code] or MISSING, self._rgbs[code % len(self._rgbs)], count)


@dataclass(frozen=True, slots=True, eq=False)
class Colouring:
    """Colours of all points.

    Attributes
    ----------
    colours : (n, 4) uint8, read-only
    title : str
        Name of the column; empty when all points have one colour.
    entries : of a colouring by categories, in their natural order
    codes : (n,) int32, or None
        Category of each point, as in `Entry.code`.
    low, high : of a colouring by numbers
    colour_map : its name; empty without a bar
    """

    kind: Literal["one", "categories", "numbers"]
    colours: Bytes
    title: str = ""
    entries: Sequence[Entry] = ()
    codes: npt.NDArray[np.int32] | None = None
    low: float = 0.0
    high: float = 1.0
    colour_map: str = ""


def one_colour(count: int, dark: bool) -> Colouring:
    """All points in the accent colour."""
    colours = np.empty((count, 4), np.uint8)
    colours[:] = (*_ACCENT[dark], 255)
    return Colouring("one", _fixed(colours))


def by_categories(
    codes: npt.NDArray[np.integer], names: Sequence[str], title: str, dark: bool
) -> Colouring:
    """One colour per category.

    Parameters
    ----------
    codes : (n,) integers
        Index into `names` of each point; negative: no value.
    names
        In the order of the legend. The number of the colour is the place in it, so that a
        category keeps its colour whatever else is hidden.
    """
    found = np.asarray(codes, np.int32)
    colours = [_rgb(i, dark) for i in range(min(len(names), _DIFFERENT))]
    table = np.full((len(names) + 1, 4), 255, np.uint8)
    if names:
        table[:-1, :3] = np.array(colours, np.uint8)[np.arange(len(names)) % _DIFFERENT]
    table[-1] = (*_MISSING[dark], 255)
    inside = np.where((found < 0) | (found >= len(names)), len(names), found)
    counts = np.bincount(inside, minlength=len(names) + 1)
    entries = Entries(names, colours, counts, _MISSING[dark])
    own = np.where(inside == len(names), -1, inside).astype(np.int32)
    return Colouring("categories", _fixed(table[inside]), title, entries, _fixed(own))


def by_numbers(
    values: npt.NDArray[np.float64], title: str, colour_map: str, dark: bool
) -> Colouring:
    """Colours of a map between the least and the greatest finite value."""
    finite = np.isfinite(values)
    low = float(values[finite].min()) if finite.any() else 0.0
    high = float(values[finite].max()) if finite.any() else 1.0
    span = high - low
    share = (values - low) / span if span > 0 else np.full(len(values), 0.5)
    # Infinite values lie at the ends of the bar.
    share = np.where(values == np.inf, 1.0, np.where(values == -np.inf, 0.0, share))
    known = ~np.isnan(values)
    places = np.rint(np.clip(np.where(known, share, 0.0), 0.0, 1.0) * 255).astype(np.intp)
    colours = np.empty((len(values), 4), np.uint8)
    colours[:, :3] = colour_table(colour_map)[places]
    colours[:, 3] = 255
    colours[~known] = (*_MISSING[dark], 255)
    missing = int(np.count_nonzero(~known))
    entries = (Entry(-1, MISSING, _MISSING[dark], missing, True),) if missing else ()
    return Colouring("numbers", _fixed(colours), title, entries, None, low, high, colour_map)


def faded(colouring: Colouring, dark: bool) -> Bytes:
    """Return the colours of points that step back, (n, 4) uint8."""
    ground = (29, 32, 38, 255) if dark else (255, 255, 255, 255)
    # Three tenths of the colour: a table for each part, for there may be a million points.
    shades = np.arange(256)
    colours = np.empty_like(colouring.colours)
    for part, level in enumerate(ground):
        table = np.rint(0.3 * shades + 0.7 * level).astype(np.uint8)
        colours[:, part] = table[colouring.colours[:, part]]
    return _fixed(colours)


def sizes_of(values: npt.NDArray[np.float64], size: float) -> npt.NDArray[np.float32]:
    """Return sizes of points by a column: areas go with the value; NaN is the least.

    Parameters
    ----------
    values : (n,) float64
    size : float
        Of a point in the middle.

    Returns
    -------
    (n,) float32, from half to twice `size`
    """
    finite = np.isfinite(values)
    if not finite.any():
        return np.full(len(values), size, np.float32)
    low, high = float(values[finite].min()), float(values[finite].max())
    if high <= low:
        return np.full(len(values), size, np.float32)
    share = np.clip(np.where(np.isnan(values), low, values), low, high)
    share = (share - low) / (high - low)
    area = 0.25 + 3.75 * share
    found: npt.NDArray[np.float32] = (size * np.sqrt(area)).astype(np.float32)
    return found


@lru_cache(maxsize=2 * _DIFFERENT)
def _rgb(number: int, dark: bool) -> tuple[int, int, int]:
    text = run_colour(number, dark)
    return int(text[1:3], 16), int(text[3:5], 16), int(text[5:7], 16)


def _fixed(array: npt.NDArray[_T]) -> npt.NDArray[_T]:
    array.flags.writeable = False
    return array
