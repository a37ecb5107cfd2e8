from __future__ import annotations

import pytest

from eventglass.app.core.names import common_folder, within


@pytest.mark.parametrize(
    ("names", "folder"),
    [
        ((), ""),
        (("a/b",), ""),
        (("a/b", "a/b"), ""),
        (("a/b", "a/c"), "a/"),
        (("a/b/x", "a/b/y", "a/c"), "a/"),
        (("a/b", "ab/c"), ""),
        (("a/b", "a"), ""),
        (("a/b", "a/b/c"), "a/"),
        (("/", "//"), "/"),
    ],
)
def test_what_names_have_in_common(names: tuple[str, ...], folder: str) -> None:
    assert common_folder(names) == folder
    assert all(name.startswith(folder) for name in names)


def test_names_within_a_folder() -> None:
    assert within("long/folder/run", "long/folder/") == "…/run"
    # Two letters for two are no gain.
    assert within("a/run", "a/") == "a/run"
    assert within("other/run", "long/folder/") == "other/run"
    assert within("run", "") == "run"
