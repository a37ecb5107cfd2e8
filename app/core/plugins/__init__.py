"""Decoders: from the bytes of one entry on disk to a frozen dataclass.

One module per kind of series. The *payload* of an entry is the serialized ``Summary.Value``; for
graphs of an event's ``graph_def`` or ``meta_graph_def`` and for tagged run metadata, which have no
summary, it is that message itself. Modules and protobuf are imported on first use.

Other distributions may add decoders for plugins of their own by an entry point of the group
``eventglass.decoders``, named like the summary's ``plugin_name``, that is a callable as `Decoder`
says. Theirs serve entries of kind tensor only: what is built in can't be replaced.
"""

from __future__ import annotations

import functools
import importlib
import logging
from collections.abc import Callable, Mapping
from typing import Any, Protocol, TypeAlias

from eventglass.app.core.names import Kind

logger = logging.getLogger(__name__)

#: Group of entry points that name decoders for plugins unknown here.
ENTRY_POINT_GROUP = "eventglass.decoders"

#: Module of each kind's decoder.
_MODULES: Mapping[Kind, str] = {
    Kind.SCALAR: "scalars",
    Kind.HISTOGRAM: "histograms",
    Kind.IMAGE: "images",
    Kind.AUDIO: "audio",
    Kind.TEXT: "text",
    Kind.GRAPH: "graphs",
    Kind.HPARAMS: "hparams",
    Kind.MESH: "meshes",
    Kind.PR_CURVE: "pr_curves",
    Kind.CUSTOM_SCALARS: "custom_scalars",
    Kind.RUN_METADATA: "run_metadata",
    Kind.KERAS_MODEL: "keras_models",
    Kind.TENSOR: "tensors",
}


class DecodeError(ValueError):
    """An entry's bytes are not what its kind asks for; the message says how, for the user."""


class SeriesInfo(Protocol):
    """What a decoder may know of the series an entry belongs to."""

    @property
    def tag(self) -> str:
        """Tag of the series."""

    @property
    def kind(self) -> Kind:
        """Kind of the series."""

    @property
    def plugin_name(self) -> str:
        """Plugin the summary's metadata names."""

    @property
    def plugin_content(self) -> bytes:
        """Plugin data of the series' first metadata."""


Decoder: TypeAlias = Callable[[bytes, SeriesInfo], Any]


@functools.cache
def decoder(kind: Kind, plugin_name: str = "") -> Decoder:
    """Return the function that decodes entries of `kind`.

    Parameters
    ----------
    kind
        Kind of the series.
    plugin_name
        The series' plugin; for kind tensor, another distribution may have a decoder for it.

    Returns
    -------
    Decoder
        ``decode(payload, series)``; raises `DecodeError` and nothing else.
    """
    if kind is Kind.TENSOR and plugin_name:
        foreign = _foreign_decoder(plugin_name)
        if foreign is not None:
            return foreign
    module = importlib.import_module(f"{__name__}.{_MODULES[Kind(kind)]}")
    decode: Decoder = module.decode
    return decode


def decode(payload: bytes, series: SeriesInfo) -> Any:
    """Return the decoded `payload` of an entry of `series`.

    Raises
    ------
    DecodeError
        When the bytes are not what the series' kind asks for.
    """
    return decoder(series.kind, series.plugin_name)(payload, series)


def _foreign_decoder(plugin_name: str) -> Decoder | None:
    """Return another distribution's decoder for `plugin_name`, guarded, or None."""
    from importlib.metadata import entry_points

    for entry_point in entry_points(group=ENTRY_POINT_GROUP, name=plugin_name):
        owner = entry_point.dist.name if entry_point.dist is not None else entry_point.value
        try:
            found = entry_point.load()
        except Exception:
            logger.exception("The decoder for %s from %s can't be loaded", plugin_name, owner)
            continue
        if not callable(found):
            logger.error("The decoder for %s from %s is not a function", plugin_name, owner)
            continue
        return _guarded(found, owner)
    return None


def _guarded(decode_foreign: Decoder, owner: str) -> Decoder:
    """Return `decode_foreign` with whatever it raises turned into `DecodeError`."""

    def decode_guarded(payload: bytes, series: SeriesInfo) -> Any:
        try:
            return decode_foreign(payload, series)
        except DecodeError:
            raise
        except Exception as error:
            logger.exception("The decoder from %s failed on %s", owner, series.tag)
            raise DecodeError(f"The decoder from {owner} failed: {error}") from error

    return decode_guarded
