"""Decoders: each kind's rules, and nothing but `DecodeError` on whatever bytes."""

from __future__ import annotations

import contextlib
import struct
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import EntryPoint, EntryPoints
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from eventglass.app import load
from eventglass.app.core import plugins
from eventglass.app.core.names import META_GRAPH_TAG, RUN_GRAPH_TAG, Kind
from eventglass.app.core.plugins import DecodeError, custom_scalars, decode, hparams, meshes
from eventglass.app.core.proto import event_pb2, graph_pb2, plugin_data_pb2, run_metadata_pb2
from eventglass.app.core.proto.event_pb2 import Summary
from eventglass.app.core.proto.tensor_pb2 import DataType, Tensor
from tests.core.oracles import DATA


@dataclass(frozen=True)
class Info:
    """What a decoder is told of a series."""

    kind: Kind
    plugin_name: str = ""
    plugin_content: bytes = b""
    tag: str = "tag"


def value(plugin_name: bytes = b"", content: bytes = b"", **fields: Any) -> bytes:
    message = Summary.Value(tag=b"tag", **fields)
    if plugin_name:
        message.metadata.plugin_data.plugin_name = plugin_name
        message.metadata.plugin_data.content = content
    return message.SerializeToString()


def floats(rows: Any) -> Tensor:
    array = np.array(rows, np.float32)
    tensor = Tensor(dtype=DataType.DT_FLOAT, tensor_content=array.tobytes())
    for size in array.shape:
        tensor.tensor_shape.dim.add(size=size)
    return tensor


def strings(items: Any) -> Tensor:
    array = np.array(items, object)
    tensor = Tensor(dtype=DataType.DT_STRING, string_val=array.reshape(-1).tolist())
    for size in array.shape:
        tensor.tensor_shape.dim.add(size=size)
    return tensor


def decode_or_refuse(payload: bytes, info: Any) -> None:
    """Decode; any error but `DecodeError` fails the test."""
    with contextlib.suppress(DecodeError):
        decode(payload, info)


# --- any bytes ----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", list(Kind))
@given(payload=st.binary(max_size=200), content=st.binary(max_size=20), reserved=st.booleans())
@example(payload=b"\xff" * 30, content=b"", reserved=True)
@example(payload=b"\x0a" * 2000, content=b"", reserved=False)
def test_any_bytes(kind: Kind, payload: bytes, content: bytes, reserved: bool) -> None:
    info = Info(kind, "graphs" if reserved else "", content, RUN_GRAPH_TAG if reserved else "tag")
    decode_or_refuse(payload, info)


def real_payloads() -> list[tuple[bytes, Any]]:
    """Return one real payload of each kind there is in the test data."""
    found: dict[tuple[Kind, str], tuple[bytes, Any]] = {}
    for name in ("torch", "tf2", "tf1", "keras", "mesh", "odd/histograms_v1"):
        log = load(DATA / "logs" / name)
        for series in log.store.series:
            if series.kind is not Kind.SCALAR:
                payload = log.store.read_payload(series, 0)
                known = found.get((series.kind, series.plugin_name))
                if known is None or len(payload) < len(known[0]):
                    found[series.kind, series.plugin_name] = (payload, series)
    return list(found.values())


REAL = real_payloads()


def test_real_payloads_are_of_every_kind() -> None:
    # A tensor's kind in the test data is that of plugins unknown here.
    assert {info.kind for _, info in REAL} == set(Kind) - {Kind.SCALAR}


@pytest.mark.parametrize(("payload", "info"), REAL, ids=[f"{i.kind}" for _, i in REAL])
@given(data=st.data())
def test_damaged_payloads(payload: bytes, info: Any, data: st.DataObject) -> None:
    damaged = bytearray(payload)
    for _ in range(data.draw(st.integers(1, 3))):
        damaged[data.draw(st.integers(0, min(len(payload), 300) - 1))] = data.draw(
            st.integers(0, 255)
        )
    cut = data.draw(st.one_of(st.none(), st.integers(0, len(payload))))
    decode_or_refuse(bytes(damaged[:cut]), info)


def test_deep_nesting_is_an_error() -> None:
    """A struct in a struct in a struct … as the value of a hyperparameter."""
    entry = b""
    for _ in range(3000):
        entry = field(2, field(5, field(1, entry)))
    with pytest.raises(DecodeError, match="hparams plugin data"):
        decode(value(b"hparams", field(3, field(1, entry))), Info(Kind.HPARAMS, "hparams"))


def field(number: int, data: bytes) -> bytes:
    """Return a length-delimited field."""
    return bytes([number << 3 | 2]) + _varint(len(data)) + data


def _varint(number: int) -> bytes:
    out = bytearray()
    while number >= 0x80:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*out, number])


@pytest.mark.parametrize(
    "kind", [kind for kind in Kind if kind not in (Kind.HPARAMS, Kind.GRAPH, Kind.RUN_METADATA)]
)
def test_no_value(kind: Kind) -> None:
    with pytest.raises(DecodeError):
        decode(value(), Info(kind))


# --- each kind ----------------------------------------------------------------------------------


def test_scalar() -> None:
    info = Info(Kind.SCALAR, "scalars")
    assert decode(value(simple_value=0.5), info).value == 0.5
    assert decode(value(tensor=floats([[2.5]])), info).value == 2.5
    with pytest.raises(DecodeError, match="one number"):
        decode(value(tensor=floats([1, 2])), info)
    with pytest.raises(DecodeError, match="numbers, not string"):
        decode(value(tensor=strings(b"a")), info)


class TestHistograms:
    """Old-style histograms lose empty outer buckets and never run backwards."""

    info = Info(Kind.HISTOGRAM, "histograms")

    def rows(self, limits: list[float], counts: list[float], low: float, high: float) -> Any:
        histo = event_pb2.Histogram(min=low, max=high, bucket_limit=limits, bucket=counts)
        found = decode(value(histo=histo), self.info)
        assert all(array.dtype == np.float64 for array in (found.left, found.right, found.count))
        assert not found.count.flags.writeable
        return np.stack([found.left, found.right, found.count], axis=1).tolist()

    def test_outer_buckets_go(self) -> None:
        limits = [-1.0, 0.0, 1.0, 2.0, 1.8e308]
        assert self.rows(limits, [0, 3, 0, 4, 0], -0.5, 1.5) == [
            [-0.5, 0.0, 3.0],
            [0.0, 1.0, 0.0],
            [1.0, 1.5, 4.0],
        ]

    def test_all_empty(self) -> None:
        assert self.rows([1.0, 2.0], [0, 0], 0, 0) == []
        assert self.rows([], [], 0, 0) == []

    def test_one_bucket(self) -> None:
        assert self.rows([0.0, 1.0, 2.0], [0, 5, 0], 0.25, 0.75) == [[0.25, 0.75, 5.0]]

    def test_a_minimum_beyond_the_bucket_gives_way(self) -> None:
        """TensorBoard's first bucket runs from 5 back to 1 here."""
        assert self.rows([0.0, 1.0, 2.0], [0, 2, 3], 5.0, 1.5)[0] == [0.0, 1.0, 2.0]

    def test_a_maximum_before_the_bucket_gives_way(self) -> None:
        """Writers that leave min and max out."""
        assert self.rows([4.0, 6.0, 8.0], [1, 2, 3], 0.0, 0.0) == [
            [0.0, 4.0, 1.0],
            [4.0, 6.0, 2.0],
            [6.0, 8.0, 3.0],
        ]

    def test_nan_gives_way(self) -> None:
        nan = float("nan")
        assert self.rows([0.0, 1.0, 2.0], [0, 2, 3], nan, nan) == [
            [0.0, 1.0, 2.0],
            [1.0, 2.0, 3.0],
        ]

    def test_fewer_limits_than_buckets(self) -> None:
        with pytest.raises(DecodeError, match="1 limits for 2 buckets"):
            self.rows([1.0], [1, 1], 0, 1)

    def test_new_style(self) -> None:
        found = decode(value(tensor=floats([[0, 1, 5], [1, 2, 6]])), self.info)
        assert found.left.tolist() == [0, 1]
        assert found.right.tolist() == [1, 2]
        assert found.count.tolist() == [5, 6]
        assert found.left.flags.c_contiguous

    @pytest.mark.parametrize("shape", [(0,), (0, 3)])
    def test_empty(self, shape: tuple[int, ...]) -> None:
        assert len(decode(value(tensor=floats(np.empty(shape))), self.info).count) == 0

    def test_wrong_shape(self) -> None:
        with pytest.raises(DecodeError, match=r"\[k, 3\], not \[2, 2\]"):
            decode(value(tensor=floats([[1, 2], [3, 4]])), self.info)


def test_images() -> None:
    info = Info(Kind.IMAGE, "images")
    image = Summary.Image(width=3, height=2, encoded_image_string=b"png")
    old = decode(value(image=image), info)
    new = decode(value(tensor=strings([b"3", b"2", b"png"])), info)
    assert old == new
    assert (new.width, new.height, new.samples) == (3, 2, (b"png",))
    odd = decode(value(tensor=strings([b"?", b"9" * 5000])), info)
    assert (odd.width, odd.height, odd.samples) == (0, 0, ())
    with pytest.raises(DecodeError, match="width, height and samples"):
        decode(value(tensor=strings([[b"1", b"2"]])), info)


def wav(rate: int) -> bytes:
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, rate, 2 * rate, 2, 16)
    body = b"WAVE" + b"LIST" + struct.pack("<I", 3) + b"abc\0" + form + b"data\0\0\0\0"
    return b"RIFF" + struct.pack("<I", len(body)) + body


class TestAudio:
    """Clips with labels, type and sample rate."""

    def test_old(self) -> None:
        audio = Summary.Audio(
            sample_rate=8000, encoded_audio_string=b"x", content_type=b"audio/flac"
        )
        batch = decode(value(audio=audio), Info(Kind.AUDIO, "audio"))
        assert batch.clips == (b"x",)
        assert (batch.content_type, batch.sample_rate) == ("audio/flac", 8000)

    def test_labels(self) -> None:
        content = plugin_data_pb2.AudioPluginData(encoding=11).SerializeToString()
        payload = value(tensor=strings([[wav(16000), b"**a**"], [b"b", b""]]))
        batch = decode(payload, Info(Kind.AUDIO, "audio", content))
        assert batch.labels == ("**a**", "")
        assert (batch.content_type, batch.sample_rate) == ("audio/wav", 16000)

    def test_own_plugin_data_before_the_series(self) -> None:
        content = plugin_data_pb2.AudioPluginData(encoding=11).SerializeToString()
        payload = value(b"audio", content, tensor=strings([b"raw"]))
        assert decode(payload, Info(Kind.AUDIO, "audio")).content_type == "audio/wav"

    @pytest.mark.parametrize(
        ("clip", "content_type"),
        [
            (wav(8000), "audio/wav"),
            (b"fLaC", "audio/flac"),
            (b"OggS", "audio/ogg"),
            (b"ID3", "audio/mpeg"),
            (b"\xff\xfb", "audio/mpeg"),
            (b"", ""),
            (b"RIFF", ""),
        ],
    )
    def test_type_is_sniffed(self, clip: bytes, content_type: str) -> None:
        batch = decode(value(tensor=strings([clip])), Info(Kind.AUDIO, "audio"))
        assert batch.content_type == content_type


def test_text_keeps_rank_and_bad_bytes() -> None:
    info = Info(Kind.TEXT, "text")
    single = decode(value(tensor=strings(b"caf\xc3\xa9 \xff")), info).strings
    assert single.shape == ()
    assert single.item() == "café \\xff"
    table = decode(value(tensor=strings([[b"a", b"b"], [b"c", b"d"]])), info).strings
    assert table.tolist() == [["a", "b"], ["c", "d"]]
    assert not table.flags.writeable
    with pytest.raises(DecodeError, match="strings, not float"):
        decode(value(tensor=floats([1.0])), info)


def test_pr_curve() -> None:
    content = plugin_data_pb2.PrCurvePluginData(num_thresholds=5).SerializeToString()
    rows = [[3, 2, 1, 0, 0], [3, 1, 0, 0, 0], [0, 2, 3, 3, 3], [0, 1, 2, 3, 3]]
    rows += [[0.5, 0.67, 1, 0, 0], [1, 0.67, 0.33, 0, 0]]
    curve = decode(value(tensor=floats(rows)), Info(Kind.PR_CURVE, "pr_curves", content))
    assert curve.thresholds.tolist() == [0, 0.25, 0.5, 0.75, 1]
    assert curve.tp.tolist() == [3, 2, 1, 0, 0]
    assert curve.defined == 3
    cut = decode(value(tensor=floats([row[:2] for row in rows])), Info(Kind.PR_CURVE, "", content))
    assert cut.thresholds.tolist() == [0, 0.25]
    more = decode(value(tensor=floats(np.ones((6, 6)))), Info(Kind.PR_CURVE, "", content))
    assert more.thresholds.tolist() == [0, 0.2, 0.4, 0.6, 0.8, 1]
    nothing = decode(value(tensor=floats(np.zeros((6, 4)))), Info(Kind.PR_CURVE))
    assert nothing.defined == 1
    assert decode(value(tensor=floats(np.zeros((6, 0)))), Info(Kind.PR_CURVE)).defined == 0
    assert decode(value(tensor=floats(np.ones((6, 1)))), Info(Kind.PR_CURVE)).thresholds == [0]


class TestMeshes:
    """Parts of meshes."""

    def decode(self, array: Any, **fields: Any) -> meshes.MeshPart:
        content = plugin_data_pb2.MeshPluginData(name=b"cow", **fields).SerializeToString()
        part: meshes.MeshPart = decode(
            value(tensor=floats(array)), Info(Kind.MESH, "mesh", content)
        )
        return part

    def test_part(self) -> None:
        part = self.decode(
            np.ones((2, 4, 3)), content_type=1, components=6, json_config=b'{"camera": 1}'
        )
        assert (part.name, part.part) == ("cow", meshes.Part.VERTEX)
        assert part.parts == {meshes.Part.VERTEX, meshes.Part.FACE}
        assert part.config == {"camera": 1}
        assert part.array.shape == (2, 4, 3)

    @pytest.mark.parametrize("config", [b"{", b"[1]", b"[" * 100_000, b"\xff"])
    def test_broken_config_counts_as_none(self, config: bytes) -> None:
        assert self.decode(np.ones((1, 1, 3)), content_type=3, json_config=config).config == {}

    def test_refused(self) -> None:
        with pytest.raises(DecodeError, match="type 0 is not known"):
            self.decode(np.ones((1, 1, 3)))
        with pytest.raises(DecodeError, match=r"shape \[b, n, 3\], not float32 of shape \[1, 3\]"):
            self.decode(np.ones((1, 3)), content_type=1)


def test_custom_scalars() -> None:
    layout = plugin_data_pb2.Layout()
    category = layout.category.add(title=b"losses", closed=True)
    category.chart.add(title=b"all").multiline.tag.append(b"loss.*")
    series = category.chart.add(title=b"band").margin.series
    series.add(value=b"v", lower=b"l", upper=b"u")
    payload = value(tensor=strings(layout.SerializeToString()))
    assert decode(payload, Info(Kind.CUSTOM_SCALARS)) == custom_scalars.Layout(
        (
            custom_scalars.Category(
                "losses",
                (
                    custom_scalars.Chart("all", ("loss.*",), ()),
                    custom_scalars.Chart("band", (), (custom_scalars.MarginSeries("v", "l", "u"),)),
                ),
                True,
            ),
        )
    )


def test_keras_model() -> None:
    info = Info(Kind.KERAS_MODEL, "graph_keras_model")
    assert decode(value(tensor=strings([b'{"a": 1}'])), info).config() == {"a": 1}
    for bad in (b"{", b"[]"):
        with pytest.raises(DecodeError, match="JSON"):
            decode(value(tensor=strings(bad)), info).config()
    with pytest.raises(DecodeError, match="one string, not 2"):
        decode(value(tensor=strings([b"a", b"b"])), info)


class TestGraphs:
    """Graphs of events, of summaries and of traces."""

    graph = graph_pb2.GraphDef(
        node=[
            graph_pb2.NodeDef(name=b"__run_graph__", op=b"Const"),
            graph_pb2.NodeDef(
                name=b"call", op=b"PartitionedCall", input=[b"__run_graph__:1", b"^__run_graph__"]
            ),
        ]
    )

    def test_of_an_event(self) -> None:
        info = Info(Kind.GRAPH, "graphs", tag=RUN_GRAPH_TAG)
        assert decode(self.graph.SerializeToString(), info).graph_def == self.graph
        assert not decode(b"", info).graph_def.node

    def test_of_a_meta_graph(self) -> None:
        meta = graph_pb2.MetaGraphDef(graph_def=self.graph)
        info = Info(Kind.GRAPH, "graphs", tag=META_GRAPH_TAG)
        assert decode(meta.SerializeToString(), info).graph_def == self.graph

    def test_of_a_summary_under_the_reserved_tag(self) -> None:
        message = Summary.Value(
            tag=RUN_GRAPH_TAG.encode(), tensor=strings([self.graph.SerializeToString()])
        )
        info = Info(Kind.GRAPH, "graphs", tag=RUN_GRAPH_TAG)
        assert decode(message.SerializeToString(), info).graph_def == self.graph

    def trace(self, count: int) -> bytes:
        graph = graph_pb2.GraphDef()
        graph.CopyFrom(self.graph)
        graph.node[1].attr.add(key=b"f").value.func.name = b"inner"
        graph.library.function.add().signature.name = b"inner"
        graph.library.gradient.add(function_name=b"inner", gradient_func=b"back")
        metadata = run_metadata_pb2.RunMetadata()
        for _ in range(count):
            metadata.function_graphs.add().pre_optimization_graph.CopyFrom(graph)
        return metadata.SerializeToString()

    def test_of_one_traced_function(self) -> None:
        payload = value(tensor=strings(self.trace(1)))
        found = decode(payload, Info(Kind.GRAPH, "graph_run_metadata_graph")).graph_def
        assert [node.name for node in found.node] == [b"__run_graph__", b"call"]

    def test_of_several_traced_functions(self) -> None:
        payload = value(tensor=strings(self.trace(2)))
        info = Info(Kind.RUN_METADATA, "graph_run_metadata")
        found = decode(payload, info).graph()
        assert [node.name for node in found.node] == [
            b"graph_1/__run_graph__",
            b"graph_1/call",
            b"graph_2/__run_graph__",
            b"graph_2/call",
        ]
        assert list(found.node[3].input) == [
            b"graph_2/__run_graph__:1",
            b"^graph_2/__run_graph__",
        ]
        assert found.node[3].attr[0].value.func.name == b"graph_2_inner"
        assert [f.signature.name for f in found.library.function] == [
            b"graph_1_inner",
            b"graph_2_inner",
        ]
        assert found.library.gradient[1].gradient_func == b"graph_2_back"

    def test_tagged_run_metadata(self) -> None:
        info = Info(Kind.RUN_METADATA, "graph_tagged_run_metadata")
        assert len(decode(self.trace(3), info).message.function_graphs) == 3
        assert not decode(b"", info).graph().node


class TestHParams:
    """Hyperparameters of experiments and sessions."""

    def decode(self, **fields: Any) -> hparams.HParams:
        content = plugin_data_pb2.HParamsPluginData(**fields).SerializeToString()
        found: hparams.HParams = decode(value(b"hparams", content), Info(Kind.HPARAMS, "hparams"))
        return found

    def test_session(self) -> None:
        start = plugin_data_pb2.SessionStartInfo(group_name=b"g", start_time_secs=1.5)
        start.hparams.add(key=b"lr").value.number_value = 0.1
        start.hparams.add(key=b"name").value.string_value = b"a\xff"
        start.hparams.add(key=b"flag").value.bool_value = False
        start.hparams.add(key=b"none").value.null_value = 0
        start.hparams.add(key=b"unset")
        layers = start.hparams.add(key=b"layers").value.list_value
        layers.values.add().number_value = 8
        struct_value = start.hparams.add(key=b"more").value.struct_value
        struct_value.fields.add(key=b"x").value.number_value = 1
        start.hparams.add(key=b"lr").value.number_value = 0.2
        data = self.decode(session_start_info=start).data
        assert isinstance(data, hparams.SessionStart)
        assert dict(data.hparams) == {
            "lr": 0.2,  # the last of equal keys counts, as in a map
            "name": "a\\xff",
            "flag": False,
            "none": None,
            "unset": None,
            "layers": (8.0,),
            "more": {"x": 1.0},
        }
        assert (data.group_name, data.start_s) == ("g", 1.5)

    @pytest.mark.parametrize(
        ("number", "status"), [(1, "success"), (2, "failure"), (3, "running"), (9, "unknown")]
    )
    def test_end(self, number: int, status: str) -> None:
        end = plugin_data_pb2.SessionEndInfo(end_time_secs=2.5)
        end.status = number  # type: ignore[assignment]
        assert self.decode(session_end_info=end).data == hparams.SessionEnd(
            hparams.Status(status), 2.5
        )

    def test_experiment(self) -> None:
        experiment = plugin_data_pb2.Experiment(name=b"e", time_created_secs=3)
        info = experiment.hparam_infos.add(name=b"lr", type=3)
        info.domain_interval.min_value = 0.5
        info.domain_interval.max_value = 2
        info = experiment.hparam_infos.add(name=b"opt", type=1)
        info.domain_discrete.values.add().string_value = b"adam"
        experiment.metric_infos.add(dataset_type=2).name.tag = b"loss"
        data = self.decode(experiment=experiment).data
        assert isinstance(data, hparams.Experiment)
        assert [(h.name, h.type, h.values, h.interval) for h in data.hparams] == [
            ("lr", "float", None, (0.5, 2.0)),
            ("opt", "string", ("adam",), None),
        ]
        assert [(m.tag, m.dataset) for m in data.metrics] == [("loss", "validation")]

    def test_nothing(self) -> None:
        with pytest.raises(DecodeError, match="holds nothing"):
            self.decode()

    def test_plugin_data_of_the_series(self) -> None:
        content = plugin_data_pb2.HParamsPluginData()
        content.session_end_info.end_time_secs = 7
        info = Info(Kind.HPARAMS, "hparams", content.SerializeToString())
        assert decode(value(), info).data.end_s == 7


# --- decoders of other distributions ------------------------------------------------------------


def fine(payload: bytes, series: Any) -> int:
    return len(payload)


def failing(payload: bytes, series: Any) -> int:
    raise ZeroDivisionError("oh")


def refusing(payload: bytes, series: Any) -> int:
    raise DecodeError("no")


not_callable = 5


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Return a function that makes a decoder of this module known for the plugin "flight"."""

    def install(name: str) -> None:
        point = EntryPoint("flight", f"{__name__}:{name}", plugins.ENTRY_POINT_GROUP)
        monkeypatch.setattr(
            "importlib.metadata.entry_points",
            lambda **wanted: EntryPoints([point]).select(**wanted),
        )
        plugins.decoder.cache_clear()
        monkeypatch.setattr(EntryPoint, "load", lambda _: globals()[name])

    yield install  # type: ignore[misc]
    plugins.decoder.cache_clear()


FLIGHT = Info(Kind.TENSOR, "flight")


def test_foreign_decoder(installed: Callable[[str], None]) -> None:
    installed("fine")
    assert decode(b"abc", FLIGHT) == 3
    # Only the named plugin's, and only what nothing here decodes.
    assert decode(value(tensor=floats(1)), Info(Kind.TENSOR, "other")).array == 1
    assert decode(value(tensor=floats(1)), Info(Kind.SCALAR, "flight")).value == 1


@pytest.mark.expects_log("failed on tag")
def test_foreign_decoder_that_fails(installed: Callable[[str], None]) -> None:
    installed("failing")
    with pytest.raises(DecodeError, match="failed: oh"):
        decode(b"abc", FLIGHT)


def test_foreign_decoder_that_refuses(installed: Callable[[str], None]) -> None:
    installed("refusing")
    with pytest.raises(DecodeError, match=r"^no$"):
        decode(b"abc", FLIGHT)


@pytest.mark.expects_log("not a function")
def test_foreign_decoder_that_is_none(installed: Callable[[str], None]) -> None:
    installed("not_callable")
    assert decode(value(tensor=floats(2)), FLIGHT).array == 2


@pytest.mark.expects_log("can't be loaded")
def test_foreign_decoder_that_does_not_load(
    installed: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    installed("fine")

    def load_badly(_: EntryPoint) -> None:
        raise ImportError("missing")

    monkeypatch.setattr(EntryPoint, "load", load_badly)
    assert decode(value(tensor=floats(2)), FLIGHT).array == 2
