"""PayloadCache: entries read back from disk and decoded, the most recent ones kept.

The cache is bounded by the bytes that what it keeps takes in memory, estimated from the arrays,
strings and messages inside.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np

from eventglass.app.core.plugins import decode
from eventglass.app.core.store import LogStore, Series

#: What a cache keeps unless told otherwise.
DEFAULT_BUDGET_BYTES = 256 * 1024 * 1024
#: Counted for each object besides its contents.
_OBJECT_BYTES = 64
#: A protobuf message takes about this many times its serialized size.
_MESSAGE_FACTOR = 4


class PayloadCache:
    """Decoded entries of a store's series. Any thread may use it."""

    def __init__(self, store: LogStore, budget_bytes: int = DEFAULT_BUDGET_BYTES) -> None:
        self._store = store
        self._budget_bytes = budget_bytes
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[int, int], tuple[Any, int]] = OrderedDict()
        self._bytes = 0

    @property
    def size_bytes(self) -> int:
        """What the kept entries take, estimated."""
        return self._bytes

    def read(self, series: Series, index: int) -> Any:
        """Return entry `index`, from 0, of a series that is not scalar.

        Raises
        ------
        IndexError
            When the series has no such entry.
        DecodeError
            When the bytes are not what the series' kind asks for.
        OSError
            When the file can't be read any more, or has become shorter.
        """
        if not 0 <= index < series.count:
            raise IndexError(f"{series.tag} has {series.count:,} entries, none at {index}")
        key = (series.id, index)
        with self._lock:
            kept = self._kept.get(key)
            if kept is not None:
                self._kept.move_to_end(key)
                return kept[0]
        # Two threads may decode the same entry at once; that is cheaper than one waiting.
        try:
            payload = self._store.read_payload(series, index)
        except EOFError as error:
            raise OSError(str(error)) from error
        decoded = decode(payload, series)
        self._keep(key, decoded)
        return decoded

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._kept.clear()
            self._bytes = 0

    def _keep(self, key: tuple[int, int], decoded: Any) -> None:
        size = size_of(decoded)
        if size > self._budget_bytes:
            return
        with self._lock:
            if key in self._kept:
                return
            self._kept[key] = (decoded, size)
            self._bytes += size
            while self._bytes > self._budget_bytes:
                _, (_, freed) = self._kept.popitem(last=False)
                self._bytes -= freed


def size_of(value: Any) -> int:
    """Return about how many bytes a decoded payload takes."""
    if isinstance(value, np.ndarray):
        if not value.flags.c_contiguous:
            # A view that repeats one element takes no more than that.
            return _OBJECT_BYTES + value.itemsize
        if value.dtype == object:
            return _OBJECT_BYTES + sum(map(size_of, value.reshape(-1).tolist()))
        return _OBJECT_BYTES + value.nbytes
    if isinstance(value, (bytes, str)):
        return _OBJECT_BYTES + len(value)
    if is_dataclass(value):
        return _OBJECT_BYTES + sum(size_of(getattr(value, field.name)) for field in fields(value))
    if isinstance(value, (tuple, frozenset)):
        return _OBJECT_BYTES + sum(map(size_of, value))
    if isinstance(value, Mapping):
        return _OBJECT_BYTES + sum(size_of(key) + size_of(each) for key, each in value.items())
    if hasattr(value, "ByteSize"):
        return _OBJECT_BYTES + _MESSAGE_FACTOR * int(value.ByteSize())
    return _OBJECT_BYTES
