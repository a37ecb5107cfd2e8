"""Words all layers share: kinds of series, reserved tags, the order of names.

A *kind* says what the entries of a series are; it follows from the summary's plugin and value.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import StrEnum
from functools import lru_cache

#: Tag under which the graph of an event's ``graph_def`` is kept, as TensorBoard names it.
RUN_GRAPH_TAG = "__run_graph__"
#: Tag of the graph inside an event's ``meta_graph_def``.
META_GRAPH_TAG = "__meta_graph__"
#: Name of the run whose event files lie directly in the root.
ROOT_RUN = "."


class Kind(StrEnum):
    """What the entries of a series are."""

    SCALAR = "scalar"
    HISTOGRAM = "histogram"
    IMAGE = "image"
    AUDIO = "audio"
    TEXT = "text"
    GRAPH = "graph"
    HPARAMS = "hparams"
    MESH = "mesh"
    PR_CURVE = "pr_curve"
    CUSTOM_SCALARS = "custom_scalars"
    RUN_METADATA = "run_metadata"
    KERAS_MODEL = "keras_model"
    TENSOR = "tensor"


#: Kind by ``SummaryMetadata.plugin_data.plugin_name``; any other plugin's tensors are kind tensor.
KIND_OF_PLUGIN = {
    "scalars": Kind.SCALAR,
    "histograms": Kind.HISTOGRAM,
    "images": Kind.IMAGE,
    "audio": Kind.AUDIO,
    "text": Kind.TEXT,
    "pr_curves": Kind.PR_CURVE,
    "mesh": Kind.MESH,
    "hparams": Kind.HPARAMS,
    "custom_scalars": Kind.CUSTOM_SCALARS,
    "graphs": Kind.GRAPH,
    "graph_run_metadata": Kind.RUN_METADATA,
    "graph_run_metadata_graph": Kind.GRAPH,
    "graph_keras_model": Kind.KERAS_MODEL,
    "graph_tagged_run_metadata": Kind.RUN_METADATA,
}

_DIGITS = re.compile(r"(\d+)")


@lru_cache(maxsize=1 << 16)
def natural_key(text: str) -> tuple[tuple[int, int, str], ...]:
    """Sort key in which numbers inside names count as numbers: ``run2`` before ``run10``.

    ``/`` sorts before everything else, so that a folder stands before its longer siblings.
    """
    # Tuples of one shape, so that a number and a text in the same place compare.
    key: list[tuple[int, int, str]] = []
    for component in text.casefold().split("/"):
        for part in _DIGITS.split(component):
            if part.isdigit() and part.isascii():
                # The longer number is the greater; Python refuses to read thousands of digits.
                digits = part.lstrip("0")
                key.append((0, len(digits), digits))
            elif part:
                key.append((1, 0, part))
        key.append((-1, 0, ""))
    key.append((-1, 0, text))
    return tuple(key)


def common_folder(names: Iterable[str]) -> str:
    """Return what all names begin with, up to a ``/``; nothing when all are the same."""
    folders = [name.split("/")[:-1] for name in set(names)]
    if len(folders) < 2:
        return ""
    common = 0
    while all(len(parts) > common and parts[common] == folders[0][common] for parts in folders):
        common += 1
    return "".join(part + "/" for part in folders[0][:common])


def within(name: str, folder: str) -> str:
    """Return a name with a folder it begins with cut to ``…/``, if that makes it shorter."""
    return f"…/{name[len(folder) :]}" if len(folder) > 2 and name.startswith(folder) else name
