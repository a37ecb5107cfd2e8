"""Hyperparameters: of an experiment (which there are), and of sessions (their values, their end).

They are in the metadata of summaries that need no value.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from eventglass.app.core.plugins import DecodeError, SeriesInfo
from eventglass.app.core.plugins.values import (
    parse,
    parse_value,
    plain_mapping,
    plain_value,
    plugin_content,
    text,
)
from eventglass.app.core.proto import plugin_data_pb2
from eventglass.app.core.proto.plugin_data_pb2 import HParamsPluginData


class Status(StrEnum):
    """How a session ended."""

    UNKNOWN = "unknown"
    SUCCESS = "success"
    FAILURE = "failure"
    RUNNING = "running"


_STATUSES = (Status.UNKNOWN, Status.SUCCESS, Status.FAILURE, Status.RUNNING)
_TYPES = ("", "string", "bool", "float")
_DATASETS = ("", "training", "validation")


@dataclass(frozen=True, slots=True)
class HParamInfo:
    """One hyperparameter that an experiment declares.

    Attributes
    ----------
    type
        "string", "bool", "float" or empty when not declared.
    values
        The discrete values it may have, or None.
    interval
        The closed interval it may lie in, or None.
    """

    name: str
    display_name: str
    description: str
    type: str
    values: tuple[Any, ...] | None
    interval: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class MetricInfo:
    """One metric that an experiment declares.

    Attributes
    ----------
    group
        Run, relative to the session's, that has the metric; often empty.
    tag
        Tag of the scalar.
    dataset
        "training", "validation" or empty.
    """

    group: str
    tag: str
    display_name: str
    description: str
    dataset: str


@dataclass(frozen=True, slots=True)
class Experiment:
    """What hyperparameters and metrics the sessions below this run have."""

    name: str
    description: str
    user: str
    created_s: float
    hparams: tuple[HParamInfo, ...]
    metrics: tuple[MetricInfo, ...]


@dataclass(frozen=True, slots=True)
class SessionStart:
    """The hyperparameters of one session: numbers, strings, booleans; None for null."""

    hparams: Mapping[str, Any]
    group_name: str
    model_uri: str
    monitor_url: str
    start_s: float


@dataclass(frozen=True, slots=True)
class SessionEnd:
    """How and when a session ended."""

    status: Status
    end_s: float


@dataclass(frozen=True, slots=True)
class HParams:
    """One hparams summary.

    Attributes
    ----------
    message
        The message of ours; its texts are bytes. Not to be changed.
    data
        The same as plain values.
    """

    message: HParamsPluginData
    data: Experiment | SessionStart | SessionEnd


def decode(payload: bytes, series: SeriesInfo) -> HParams:
    """Return the hyperparameters in the metadata of a summary value."""
    value = parse_value(payload)
    message = parse(HParamsPluginData, plugin_content(value, series), "hparams plugin data")
    match message.WhichOneof("data"):
        case "experiment":
            return HParams(message, _experiment(message.experiment))
        case "session_start_info":
            start = message.session_start_info
            return HParams(
                message,
                SessionStart(
                    plain_mapping(start.hparams),
                    text(start.group_name),
                    text(start.model_uri),
                    text(start.monitor_url),
                    start.start_time_secs,
                ),
            )
        case "session_end_info":
            end = message.session_end_info
            return HParams(message, SessionEnd(_pick(_STATUSES, end.status), end.end_time_secs))
        case _:
            raise DecodeError("This hparams summary holds nothing")


def _experiment(message: plugin_data_pb2.Experiment) -> Experiment:
    return Experiment(
        text(message.name),
        text(message.description),
        text(message.user),
        message.time_created_secs,
        tuple(map(_hparam_info, message.hparam_infos)),
        tuple(map(_metric_info, message.metric_infos)),
    )


def _hparam_info(info: plugin_data_pb2.HParamInfo) -> HParamInfo:
    domain = info.WhichOneof("domain")
    values = interval = None
    if domain == "domain_discrete":
        values = tuple(plain_value(value) for value in info.domain_discrete.values)
    elif domain == "domain_interval":
        interval = (info.domain_interval.min_value, info.domain_interval.max_value)
    return HParamInfo(
        text(info.name),
        text(info.display_name),
        text(info.description),
        _pick(_TYPES, info.type),
        values,
        interval,
    )


def _metric_info(info: plugin_data_pb2.MetricInfo) -> MetricInfo:
    return MetricInfo(
        text(info.name.group),
        text(info.name.tag),
        text(info.display_name),
        text(info.description),
        _pick(_DATASETS, info.dataset_type),
    )


def _pick(names: tuple[Any, ...], number: int) -> Any:
    """Return the name of an enum's `number`; numbers from the future count as 0."""
    return names[number] if 0 <= number < len(names) else names[0]
