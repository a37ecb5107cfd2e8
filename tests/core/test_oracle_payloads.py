"""Every entry that TensorBoard's reader keeps is decoded to what TensorBoard decodes."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from eventglass.app.core.names import KIND_OF_PLUGIN
from eventglass.app.core.plugins import DecodeError
from eventglass.app.core.plugins.hparams import Experiment, SessionStart
from eventglass.app.core.plugins.values import text
from tests.core.oracles import Expected, Item, expected, items, loaded, oracle, sha256

ITEMS = list(items())
GRAPH_PLUGINS = ("graphs", "graph_run_metadata", "graph_run_metadata_graph")


def having(*plugins: str) -> pytest.MarkDecorator:
    """Parametrize over the items whose oracle has series of `plugins`."""
    chosen = [item for item in ITEMS if any(True for _ in expected(item, *plugins))]
    assert any(item.name.startswith("data/") for item in chosen), plugins
    return pytest.mark.parametrize("item", chosen, ids=lambda item: item.name)


def entries(item: Item, series: Expected) -> Iterator[tuple[int, Any]]:
    """Yield index in the oracle and decoded payload of each entry of a series.

    TensorBoard drops some entries, so they are found by step and wall time.
    """
    ours = loaded(item)[series.run][series.tag, KIND_OF_PLUGIN[series.plugin]]
    places: dict[tuple[int, str], list[int]] = {}
    for index, (step, wall) in enumerate(zip(ours.steps, ours.wall_times, strict=True)):
        places.setdefault((int(step), repr(float(wall))), []).append(index)
    facts = series.facts
    assert facts["steps"]
    for index, (step, wall) in enumerate(zip(facts["steps"], facts["wall_times"], strict=True)):
        yield index, ours.read(places[step, repr(float(wall))].pop(0))


@having("histograms")
def test_histograms(item: Item) -> None:
    for series in expected(item, "histograms"):
        if series.tag in {"nan_min", "neg_dbl_max"}:
            continue  # test_plugins_histograms says why
        for index, histogram in entries(item, series):
            theirs = np.array(series.facts["buckets"][index], float).reshape(-1, 3)
            ours = np.stack([histogram.left, histogram.right, histogram.count], axis=1)
            assert ours.shape == theirs.shape
            assert (histogram.left <= histogram.right).all()
            if not np.array_equal(ours, theirs):
                # Old-style histograms are float32 there and float64 here.
                with np.errstate(over="ignore"):
                    assert np.array_equal(ours.astype(np.float32), theirs.astype(np.float32))


@having("images")
def test_images(item: Item) -> None:
    for series in expected(item, "images"):
        for index, batch in entries(item, series):
            theirs = series.facts["blobs"][index]
            size = (str(batch.width), str(batch.height)) if batch.samples else (None, None)
            assert size == (theirs["width"], theirs["height"])
            assert [sha256(s) for s in batch.samples] == [s["sha256"] for s in theirs["samples"]]


@having("audio")
def test_audio(item: Item) -> None:
    for series in expected(item, "audio"):
        for index, batch in entries(item, series):
            theirs = series.facts["blobs"][index]["samples"]
            assert [sha256(clip) for clip in batch.clips] == [each["sha256"] for each in theirs]
            assert batch.content_type == series.facts["content_type"]
            assert len(batch.labels) == len(batch.clips)
            assert batch.sample_rate == theirs[0]["wav"]["rate"]


def test_audio_labels_are_kept() -> None:
    """TensorBoard throws them away."""
    item = next(item for item in ITEMS if item.name == "data/tf1")
    series = next(iter(expected(item, "audio")))
    assert {label for _, batch in entries(item, series) for label in batch.labels} != {""}


@having("text")
def test_text(item: Item) -> None:
    for series in expected(item, "text"):
        for index, entry in entries(item, series):
            assert list(entry.strings.shape) == series.facts["shapes"][index]
            assert entry.strings.reshape(-1).tolist() == series.facts["strings"][index]


@having("pr_curves")
def test_pr_curves(item: Item) -> None:
    for series in expected(item, "pr_curves"):
        if any("error" in curve for curve in series.facts["curves"]):
            with pytest.raises(DecodeError, match=r"should be of shape \[6, n\]"):
                next(entries(item, series))
            continue
        for index, curve in entries(item, series):
            theirs = series.facts["curves"][index]
            drawn = slice(curve.defined)
            assert curve.tp[drawn].tolist() == theirs["true_positives"]
            assert curve.fp[drawn].tolist() == theirs["false_positives"]
            assert curve.tn[drawn].tolist() == theirs["true_negatives"]
            assert curve.fn[drawn].tolist() == theirs["false_negatives"]
            assert curve.precision[drawn].tolist() == theirs["precision"]
            assert curve.recall[drawn].tolist() == theirs["recall"]
            # Theirs are products i × 1/(n-1), ours the nearest to i/(n-1).
            np.testing.assert_allclose(curve.thresholds[drawn], theirs["thresholds"], rtol=3e-16)


@having("mesh")
def test_meshes(item: Item) -> None:
    for series in expected(item, "mesh"):
        facts = series.facts
        for index, part in entries(item, series):
            theirs = facts["arrays"][index]
            assert list(part.array.shape) == theirs["shape"]
            assert str(part.array.dtype) == theirs["dtype"]
            assert sha256(np.ascontiguousarray(part.array).tobytes()) == theirs["sha256"]
            assert part.part.value == facts["content_type"].lower()
            assert part.name == facts["name"]
            assert dict(part.config) == json.loads(facts["json_config"] or "{}")
            bits = {"vertex": 2, "face": 4, "color": 8}
            assert sum(bits[each] for each in part.parts) == facts["components"]


@having(*GRAPH_PLUGINS)
def test_graphs(item: Item) -> None:
    for series in expected(item, *GRAPH_PLUGINS):
        *_, (_, entry) = entries(item, series)
        graph = entry.graph() if series.plugin == "graph_run_metadata" else entry.graph_def
        theirs = series.facts["graph"]
        assert len(graph.node) == theirs["nodes"]
        assert Counter(text(node.op) for node in graph.node) == theirs["ops"]
        assert sum(len(node.input) for node in graph.node) == theirs["edges"]
        assert len(graph.library.function) == theirs["functions"]
        names = "\n".join(text(node.name) for node in graph.node)
        assert sha256(names.encode()) == theirs["names_sha256"]


@having("graph_run_metadata", "graph_tagged_run_metadata")
def test_run_metadata(item: Item) -> None:
    for series in expected(item, "graph_run_metadata", "graph_tagged_run_metadata"):
        for index, entry in entries(item, series):
            assert series.facts["blobs"][index]["samples"]
            message = entry.message
        devices = message.step_stats.dev_stats
        assert series.facts["graph"]["run_metadata"] == {
            "devices": [text(each.device) for each in devices],
            "node_stats": sum(len(each.node_stats) for each in devices),
            "function_graphs": len(message.function_graphs),
            "partition_graphs": len(message.partition_graphs),
        }


@having("graph_keras_model")
def test_keras_models(item: Item) -> None:
    for series in expected(item, "graph_keras_model"):
        for index, model in entries(item, series):
            sample = series.facts["blobs"][index]["samples"][0]
            assert sha256(model.json_text.encode()) == sample["sha256"]
            assert model.config()["class_name"]


@having("custom_scalars")
def test_custom_scalars(item: Item) -> None:
    for series in expected(item, "custom_scalars"):
        for _, layout in entries(item, series):
            ours: list[dict[str, Any]] = []
            for category in layout.categories:
                charts: list[dict[str, Any]] = []
                for chart in category.charts:
                    entry: dict[str, Any] = {"title": chart.title}
                    if chart.patterns:
                        entry["multiline"] = {"tag": list(chart.patterns)}
                    if chart.margins:
                        margins = [
                            {"value": m.value, "lower": m.lower, "upper": m.upper}
                            for m in chart.margins
                        ]
                        entry["margin"] = {"series": margins}
                    charts.append(entry)
                ours.append({"title": category.title, "chart": charts})
                if category.closed:
                    ours[-1]["closed"] = True
            assert {"category": ours} == series.facts["layout"]


@having("hparams")
def test_hparams(item: Item) -> None:
    """The session's values and the experiment's declarations are what the oracle lists."""
    groups = oracle(item).get("hparams", {}).get("session_groups", [])
    theirs = {
        session["name"]: group["hparams"] for group in groups for session in group["sessions"]
    }
    declared = oracle(item).get("hparams", {}).get("experiment", {}).get("hparamInfos", [])
    for series in expected(item, "hparams"):
        for _, entry in entries(item, series):
            if isinstance(entry.data, SessionStart):
                shown = theirs.get(series.run)
                if shown is not None:
                    assert {k: v for k, v in entry.data.hparams.items() if k in shown} == shown
            elif isinstance(entry.data, Experiment) and entry.data.hparams:
                names = {info.name for info in entry.data.hparams}
                assert not declared or names <= {info["name"] for info in declared}
