"""Names of files that hold vectors, metadata for them, or a projector's configuration."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator

VECTOR_SUFFIXES = (".tsv", ".csv", ".npy", ".npz", ".parquet", ".bytes")
CONFIG_NAME = "projector_config.pbtxt"
_METADATA = re.compile(r"meta|label|vocab", re.IGNORECASE)
_TEXTS = (".tsv", ".csv", ".txt")


def is_vector_file(path: str | os.PathLike[str]) -> bool:
    """Whether a path is a file that may hold vectors, by its name."""
    name = os.path.basename(os.fspath(path)).lower()
    return name.endswith(VECTOR_SUFFIXES) and "tfevents" not in name and os.path.isfile(path)


def without_config(path: str) -> str:
    """A configuration's folder; any other path as it is."""
    return os.path.dirname(path) if os.path.basename(path) == CONFIG_NAME else path


def paired(paths: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield files of vectors and of their metadata, empty without.

    Of files opened together one whose name says so is the metadata of the others.
    """
    every = list(paths)
    told = [path for path in every if _says_metadata(path)]
    vectors = [path for path in every if path not in told]
    if not vectors:
        vectors, told = every, []
    for path in vectors:
        yield path, told[0] if told else ""


def _says_metadata(path: str) -> bool:
    name = os.path.basename(path)
    return name.lower().endswith(_TEXTS) and _METADATA.search(name) is not None
