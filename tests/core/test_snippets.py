"""Snippets run, and read the same points."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from eventglass.app import load
from eventglass.app.core.export import select
from eventglass.app.core.snippets import MOST_SERIES, python_snippet

_CHECK = """
import json, sys
found = [[list(name), points.steps.tolist(), points.values.tolist()]
         for name, points in series.items()]
sys.stderr.write(json.dumps(found))
"""


def run(program: str) -> list[tuple[list[str], list[int], list[float]]]:
    import json

    done = subprocess.run(
        [sys.executable, "-c", program + _CHECK], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return [tuple(each) for each in json.loads(done.stderr)]


def test_the_same_series_are_read(sample: Path) -> None:
    log = load(sample)
    chosen = [(each.run, each.tag) for each in select(log.store)][::7]
    assert len(chosen) > 2
    found = run(python_snippet([str(sample)], chosen))
    assert [tuple(name) for name, _steps, _values in found] == chosen
    for (name, tag), steps, values in found:
        np.testing.assert_array_equal(steps, log[name][tag].steps)
        np.testing.assert_array_equal(values, log[name][tag].values)


def test_several_roots(sample: Path) -> None:
    roots = [str(sample / "baseline"), str(sample / "mlp")]
    chosen = []
    for root in roots:
        first = select(load(root).store)[0]
        chosen.append((first.run, first.tag, root))
    found = run(python_snippet([*roots, "/not/needed"], chosen))
    assert [tuple(name) for name, _s, _v in found] == [(root, r, t) for r, t, root in chosen]


@pytest.mark.parametrize("many", [False, True])
def test_all_series_when_none_or_too_many_are_named(sample: Path, many: bool) -> None:
    scalars = select(load(sample).store)
    pairs = [(each.run, each.tag) for each in scalars] if many else []
    program = python_snippet([str(sample)], pairs * (MOST_SERIES if many else 1))
    assert len(program) < 1000
    assert len(run(program)) == len(scalars)


def test_hostile_names_are_only_text() -> None:
    run_name, tag = "a'\"\\\n", "x'];import os#\u2028{\udcff"
    program = python_snippet(["/logs/'"], [(run_name, tag)])
    assert program.isascii()
    tree = compile(program, "snippet", "exec")
    assert {"import os", "os"}.isdisjoint(tree.co_names)
    assert repr(run_name) in program or ascii(run_name) in program
