"""Tables of colours."""

from __future__ import annotations

import numpy as np
import pytest

from eventglass.app.core.compute.colour_maps import COLOUR_MAPS, colour_table


@pytest.mark.parametrize("name", [name for name, _text in COLOUR_MAPS])
def test_tables_are_smooth_and_read_only(name: str) -> None:
    table = colour_table(name)
    assert table.shape == (256, 3)
    assert table.dtype == np.uint8
    assert np.abs(np.diff(table.astype(int), axis=0)).max() <= 12
    with pytest.raises(ValueError, match="read-only"):
        table[0, 0] = 1


def test_known_colours() -> None:
    assert colour_table("viridis")[0].tolist() == [0x44, 0x01, 0x54]
    assert colour_table("viridis")[255].tolist() == [0xFD, 0xE7, 0x25]
    np.testing.assert_array_equal(colour_table("gray")[:, 1], np.arange(256))
    with pytest.raises(KeyError):
        colour_table("jet")
