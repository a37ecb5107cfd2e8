"""Painters end with the block they were made for."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import eventglass.widgets

FILES = sorted(Path(eventglass.widgets.__path__[0]).rglob("*.py"))


def loose_painters(source: str) -> list[int]:
    """Return the lines that make a painter outside a ``with``."""
    tree = ast.parse(source)
    held = {
        id(item.context_expr)
        for node in ast.walk(tree)
        if isinstance(node, ast.With)
        for item in node.items
    }
    return [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "QPainter"
        and id(node) not in held
    ]


def test_loose_painters_are_found() -> None:
    assert loose_painters("with QPainter(self) as painter:\n    pass\np = QPainter(self)") == [3]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_paint_that_fails_leaves_no_painter(path: Path) -> None:
    # A painter kept alive by the traceback of its paint takes the process down at the next one.
    assert loose_painters(path.read_text(encoding="utf-8")) == []
