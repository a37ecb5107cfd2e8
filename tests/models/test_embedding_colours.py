"""Colours of points by columns of metadata."""

from __future__ import annotations

import numpy as np

from eventglass.app.core.compute.colour_maps import colour_table
from eventglass.app.core.compute.colours import run_colour
from eventglass.app.core.projector.metadata import Column, Metadata
from eventglass.app.models.embedding_colours import (
    MISSING,
    by_categories,
    by_numbers,
    faded,
    one_colour,
    sizes_of,
)
from eventglass.app.models.embedding_columns import (
    all_facts,
    colour_column,
    colouring_of,
    facts_of,
    label_column,
    sequences_of,
)
from eventglass.app.models.embedding_options import AUTOMATIC, NO_COLUMN
from eventglass.app.models.embedding_search import EVERYWHERE, find_rows


def column(name: str, texts: list[str], *, numbers: bool = False) -> Column:
    table = list(dict.fromkeys(text for text in texts if text))
    codes = np.array([table.index(text) if text else -1 for text in texts], np.int32)
    values = None
    if numbers:
        values = np.array([float(text) if text else np.nan for text in texts])
    return Column(name, codes, tuple(table), values)


def hexes(colours: np.ndarray) -> list[str]:  # type: ignore[type-arg]
    return ["#" + bytes(row[:3].tolist()).hex() for row in colours]


def test_categories_have_the_colours_of_their_places() -> None:
    codes = np.array([1, 0, -1, 1], np.int32)
    found = by_categories(codes, ("a", "b"), "kind", dark=False)
    assert hexes(found.colours[[0, 1]]) == [run_colour(1), run_colour(0)]
    assert [(e.text, e.points) for e in found.entries] == [("a", 1), ("b", 2), (MISSING, 1)]
    assert found.entries[-1].is_missing
    assert found.codes is not None
    assert found.codes.tolist() == [1, 0, -1, 1]


def test_categories_in_natural_order_and_numbers_by_size() -> None:
    texts = facts_of(column("name", ["run 10", "run 2", "run 1", "run 2"]))
    assert texts.names == ("run 1", "run 2", "run 10")
    assert texts.codes.tolist() == [2, 1, 0, 1]
    numbers = facts_of(column("n", ["10", "9", "", "-3"], numbers=True))
    assert numbers.names == ("-3", "9", "10")
    assert numbers.codes.tolist() == [2, 1, -1, 0]


def test_numbers_run_over_the_map_and_missing_ones_are_grey() -> None:
    values = np.array([0.0, 5.0, 10.0, np.nan, np.inf])
    found = by_numbers(values, "x", "viridis", dark=False)
    table = colour_table("viridis")
    assert found.colours[0, :3].tolist() == table[0].tolist()
    assert found.colours[2, :3].tolist() == table[255].tolist()
    assert found.colours[4, :3].tolist() == table[255].tolist()
    assert (found.low, found.high) == (0.0, 10.0)
    assert found.entries[0].points == 1
    assert found.colours[3, :3].tolist() != table[0].tolist()


def test_constant_and_empty_columns() -> None:
    same = by_numbers(np.array([4.0, 4.0]), "x", "viridis", dark=True)
    assert len({tuple(row) for row in same.colours.tolist()}) == 1
    nothing = by_numbers(np.full(3, np.nan), "x", "viridis", dark=True)
    assert nothing.entries[0].points == 3
    assert sizes_of(np.array([3.0, 3.0]), 6.0).tolist() == [6.0, 6.0]
    assert sizes_of(np.full(2, np.nan), 6.0).tolist() == [6.0, 6.0]


def test_sizes_grow_with_the_value() -> None:
    sizes = sizes_of(np.array([0.0, 1.0, 2.0, np.nan]), 8.0)
    assert sizes[0] < sizes[1] < sizes[2]
    assert sizes[3] == sizes[0]
    assert sizes[2] == 16.0


def test_what_steps_back_comes_near_the_ground() -> None:
    for dark in (False, True):
        colouring = one_colour(3, dark)
        made = faded(colouring, dark).astype(int)
        ground = np.array([29, 32, 38] if dark else [255, 255, 255])
        before = np.abs(colouring.colours[:, :3] - ground).sum(axis=1)
        after = np.abs(made[:, :3] - ground).sum(axis=1)
        assert (after < 0.35 * before).all()
        assert (made[:, 3] == 255).all()


def test_columns_that_are_chosen_by_themselves() -> None:
    count = 60
    names = column("id", [f"n{i}" for i in range(count)])
    kind = column("kind", [str(i % 3) for i in range(count)])
    score = column("score", [str(i / 7) for i in range(count)], numbers=True)
    facts = all_facts(Metadata(count, (names, kind, score)))
    assert label_column(facts, AUTOMATIC) == "id"
    assert label_column(facts, NO_COLUMN) == ""
    assert label_column(facts, "score") == "score"
    assert colour_column(facts, AUTOMATIC) == "kind"
    assert colour_column(facts, "no such") == "kind"
    assert colour_column(facts, NO_COLUMN) == ""
    few = all_facts(Metadata(count, (names, score)))
    assert colour_column(few, AUTOMATIC) == "score"
    assert colour_column(all_facts(Metadata(count, (names,))), AUTOMATIC) == ""
    bar = colouring_of(few, AUTOMATIC, count, "magma", as_categories=False, dark=False)
    assert bar.kind == "numbers"
    listed = colouring_of(few, AUTOMATIC, count, "magma", as_categories=True, dark=False)
    assert listed.kind == "categories"
    assert len(listed.entries) == count


def test_search() -> None:
    words = column("word", ["cat", "Catalogue", "dog", "a.c", ""])
    other = column("kind", ["pet", "thing", "pet", "sign", "cat"])
    table = Metadata(5, (words, other))
    assert find_rows(table, "cat", "word").tolist() == [0, 1]
    assert find_rows(table, "cat", EVERYWHERE).tolist() == [0, 1, 4]
    assert find_rows(table, "/^c.t$/", "word").tolist() == [0]
    assert find_rows(table, "a.c", "word").tolist() == [3]
    assert find_rows(Metadata(5), "3").tolist() == [3]
    assert find_rows(Metadata(5), "30").tolist() == []


def test_links_of_sequences() -> None:
    links = column("__next__", ["1", "2", "", "99", "0.5"], numbers=True)
    assert sequences_of(Metadata(5, (links,))).tolist() == [[0, 1], [1, 2]]
    assert sequences_of(Metadata(5)).shape == (0, 2)


def test_as_many_categories_as_points() -> None:
    names = tuple(f"n{i}" for i in range(3000))
    codes = np.arange(3000, dtype=np.int32)
    codes[[5, 7]] = -1
    found = by_categories(codes, names, "word", dark=False)
    assert len(found.entries) == 2999
    assert [each.text for each in found.entries[4:8]] == ["n4", "n6", "n8", "n9"]
    assert found.entries[-1] == (-1, MISSING, found.entries[-1].rgb, 2, True)
    for entry in found.entries[:600]:
        assert tuple(found.colours[entry.code, :3].tolist()) == entry.rgb
    assert len({each.rgb for each in found.entries[:300]}) > 290
