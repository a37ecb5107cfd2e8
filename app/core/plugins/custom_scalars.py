"""Custom scalars: a layout of charts, each of several tags, that was logged with the run."""

from __future__ import annotations

from dataclasses import dataclass

from eventglass.app.core.plugins import SeriesInfo
from eventglass.app.core.plugins.tensors import single_string
from eventglass.app.core.plugins.values import parse, text
from eventglass.app.core.proto import plugin_data_pb2


@dataclass(frozen=True, slots=True)
class MarginSeries:
    """A line with a band around it; all three are exact tags."""

    value: str
    lower: str
    upper: str


@dataclass(frozen=True, slots=True)
class Chart:
    """One chart: either lines or bands.

    Attributes
    ----------
    title
        May be empty.
    patterns
        Regular expressions; tags that match any are drawn as lines.
    margins
        Lines with bands.
    """

    title: str
    patterns: tuple[str, ...]
    margins: tuple[MarginSeries, ...]


@dataclass(frozen=True, slots=True)
class Category:
    """A titled group of charts, closed at first or not."""

    title: str
    charts: tuple[Chart, ...]
    closed: bool


@dataclass(frozen=True, slots=True)
class Layout:
    """What to show, in order."""

    categories: tuple[Category, ...]


def decode(payload: bytes, series: SeriesInfo) -> Layout:
    """Return the layout in a summary value."""
    data = single_string(payload, "A layout")
    message = parse(plugin_data_pb2.Layout, data, "a layout of charts")
    return Layout(
        tuple(
            Category(text(category.title), tuple(map(_chart, category.chart)), category.closed)
            for category in message.category
        )
    )


def _chart(chart: plugin_data_pb2.Chart) -> Chart:
    margins = (
        MarginSeries(text(each.value), text(each.lower), text(each.upper))
        for each in chart.margin.series
    )
    return Chart(text(chart.title), tuple(map(text, chart.multiline.tag)), tuple(margins))
