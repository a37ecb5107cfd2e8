"""Reading ``Summary.Value`` messages: what all decoders share."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, TypeVar

from google.protobuf.message import DecodeError as ProtobufDecodeError
from google.protobuf.message import Message

from eventglass.app.core.plugins import DecodeError, SeriesInfo
from eventglass.app.core.proto import event_pb2, plugin_data_pb2

M = TypeVar("M", bound=Message)


def parse(message_class: type[M], data: bytes, what: str) -> M:
    """Return `data` parsed as a `message_class`; raises `DecodeError` that names it `what`."""
    message = message_class()
    try:
        message.ParseFromString(data)
    except (ProtobufDecodeError, ValueError) as error:
        raise DecodeError(f"This is not {what}: {len(data):,} bytes that don't parse") from error
    return message


def parse_value(payload: bytes) -> event_pb2.Summary.Value:
    """Return `payload` as a ``Summary.Value``."""
    return parse(event_pb2.Summary.Value, payload, "a summary value")


def text(data: bytes) -> str:
    r"""Return `data` decoded as UTF-8; bytes that aren't appear as ``\xNN``."""
    return data.decode("utf-8", errors="backslashreplace")


def plugin_content(value: event_pb2.Summary.Value, series: SeriesInfo) -> bytes:
    """Return the plugin data that goes with `value`: its own, else the series' first.

    Writers leave the metadata out after the first event of a tag.
    """
    if value.metadata.plugin_data.plugin_name or value.metadata.plugin_data.content:
        return value.metadata.plugin_data.content
    return series.plugin_content


def plain_value(value: plugin_data_pb2.Value) -> Any:
    """Return a ``google.protobuf.Value`` as None, float, str, bool, tuple or read-only mapping."""
    match value.WhichOneof("kind"):
        case "number_value":
            return value.number_value
        case "string_value":
            return text(value.string_value)
        case "bool_value":
            return value.bool_value
        case "list_value":
            return tuple(plain_value(item) for item in value.list_value.values)
        case "struct_value":
            return plain_mapping(value.struct_value.fields)
        case _:
            return None


def plain_mapping(entries: Any) -> Mapping[str, Any]:
    """Return repeated ``ValueEntry`` messages as a read-only mapping, in their order."""
    return MappingProxyType({text(entry.key): plain_value(entry.value) for entry in entries})
