"""Text: Markdown strings, single or in a table."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from eventglass.app.core.plugins import DecodeError, SeriesInfo
from eventglass.app.core.plugins.tensors import strings_of
from eventglass.app.core.plugins.values import parse_value
from eventglass.app.core.plugins.values import text as decoded


@dataclass(frozen=True, slots=True)
class Text:
    """The strings of one step.

    Attributes
    ----------
    strings
        Object array of str, read-only, of the rank it was written with: 0 for a single string.
    """

    strings: npt.NDArray[np.object_]


def decode(payload: bytes, series: SeriesInfo) -> Text:
    r"""Return the strings in a summary value; bytes that are no UTF-8 appear as ``\xNN``."""
    value = parse_value(payload)
    match value.WhichOneof("value"):
        case "tensor":
            raw = strings_of(value.tensor, "Text")
            strings: npt.NDArray[np.object_] = np.empty(raw.shape, dtype=object)
            strings.reshape(-1)[:] = [decoded(item) for item in raw.reshape(-1).tolist()]
            strings.setflags(write=False)
            return Text(strings)
        case None:
            raise DecodeError("This text has no value")
        case other:
            raise DecodeError(f"Text should be a tensor of strings, not {other!r}")
