"""Keras models: a node for each layer, whatever version of Keras wrote the configuration.

Nested models are scopes. The op of a node is its layer's class.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from eventglass.app.core.graphs.model import Graph, from_bytes
from eventglass.app.core.proto.graph_pb2 import GraphDef, NodeDef

Config = Mapping[str, Any]
#: A layer's name and which of its outputs.
Reference = tuple[str, int]
#: Models in models deeper than this are shown as single layers.
DEEPEST = 50
_DTYPES = {
    "float32": 1, "float64": 2, "int32": 3, "uint8": 4, "int16": 5, "int8": 6, "string": 7,
    "int64": 9, "bool": 10, "bfloat16": 14, "uint16": 17, "float16": 19,
}  # fmt: skip


def from_keras(config: Config) -> Graph:
    """Return the graph of a model's configuration."""
    model = _Model(GraphDef(), [])
    body = config.get("config", config)
    if isinstance(body, list):  # Sequential models of Keras 1 and early 2.
        body = {"layers": body}
    if not isinstance(body, Mapping) or not isinstance(body.get("layers"), list):
        name = _name(config) or str(config.get("class_name", "model"))
        if isinstance(body, Mapping):
            # A subclassed model or a single layer: there is nothing to unfold.
            model.node(name, config, [])
        notes = [f"The configuration of {name!r} lists no layers, so its inside is not known"]
        return from_bytes(model.graph.SerializeToString(), notes)
    # The model is a scope itself, as in TensorBoard.
    name = _name(config)
    model.add(config, f"{name}/" if name else "", None, 0)
    return from_bytes(model.finished(), model.notes)


def is_model(layer: Config) -> bool:
    """Return whether a layer is a model with layers of its own."""
    body = layer.get("config")
    if isinstance(body, list):
        return layer.get("class_name") in ("Sequential", "Functional", "Model")
    return isinstance(body, Mapping) and isinstance(body.get("layers"), list)


@dataclass(slots=True)
class _Model:
    """A graph as it grows."""

    graph: GraphDef
    notes: list[str]
    shapes: dict[str, dict[int, list[Any]]] = field(default_factory=dict)
    nodes: dict[str, NodeDef] = field(default_factory=dict)

    def finished(self) -> bytes:
        """Write down the shapes learned; return the bytes."""
        for name, shapes in self.shapes.items():
            node = self.nodes.get(name)
            if node is None:
                continue
            entry = node.attr.add(key=b"_output_shapes")
            for index in range(max(shapes) + 1):
                shape = entry.value.list.shape.add()
                if index not in shapes:
                    shape.unknown_rank = True
                    continue
                for size in shapes[index]:
                    shape.dim.add(size=size if isinstance(size, int) else -1)
        return self.graph.SerializeToString()

    def add(self, layer: Config, scope: str, given: list[str] | None, depth: int) -> None:
        """Add the layers of a model; `given` are the nodes that feed a nested one."""
        layers = _layers(layer)
        body = layer.get("config")
        chained = not any("inbound_nodes" in each for each in layers) or (
            layer.get("class_name") == "Sequential"
        )
        by_name = {_name(each): each for each in layers}
        inputs = [each for each, _ in _ends(body, "input_layers")] or (
            [_name(layers[0])] if layers and chained else []
        )
        before: list[str] = []
        for number, each in enumerate(layers):
            name = _name(each) or f"layer_{number}"
            if chained:
                sources = before if number else list(given or [])
            else:
                sources = [
                    source
                    for reference in _references(each.get("inbound_nodes"), self._learn(scope))
                    for source in self._outputs(by_name.get(reference[0]), scope, reference, depth)
                ]
                if name in inputs and given:
                    at = inputs.index(name)
                    sources += given if len(inputs) == 1 else given[at : at + 1]
            sources = list(dict.fromkeys(sources))
            if is_model(each) and depth < DEEPEST:
                self.add(each, f"{scope}{name}/", sources, depth + 1)
            else:
                if is_model(each):
                    note = f"Models more than {DEEPEST} deep in each other are shown as layers"
                    self.notes += [note] * (note not in self.notes)
                self.node(scope + name, each, sources)
            if chained:
                self._learn_chained(each, before)
            before = self._outputs(each, scope, (name, 0), depth)

    def _outputs(
        self, layer: Config | None, scope: str, reference: Reference, depth: int
    ) -> list[str]:
        """Return the nodes that give what a layer gives."""
        name, index = reference
        if layer is None:
            return [scope + name]
        if not is_model(layer) or depth >= DEEPEST:
            return [f"{scope}{name}:{index}" if index else scope + name]
        layers = _layers(layer)
        inside = f"{scope}{name}/"
        ends = _ends(layer.get("config"), "output_layers")
        if not ends and layers:
            ends = [(_name(layers[-1]), 0)]
        by_name = {_name(each): each for each in layers}
        chosen = ends[index : index + 1] if index < len(ends) else ends[:1]
        return [
            node
            for end in chosen
            for node in self._outputs(by_name.get(end[0]), inside, end, depth + 1)
        ]

    def _learn(self, scope: str) -> Any:
        def learn(reference: Reference, shape: Any) -> None:
            if isinstance(shape, list):
                self.shapes.setdefault(scope + reference[0], {})[reference[1]] = shape

        return learn

    def _learn_chained(self, layer: Config, before: list[str]) -> None:
        """A layer's input shape is the output shape of the one before."""
        build = layer.get("build_config")
        shape = build.get("input_shape") if isinstance(build, Mapping) else None
        if isinstance(shape, list) and len(before) == 1 and not is_model(layer):
            self.shapes.setdefault(before[0], {}).setdefault(0, shape)

    def node(self, name: str, layer: Config, sources: list[str]) -> None:
        """Add a node for a layer."""
        node = self.graph.node.add()
        self.nodes.setdefault(name, node)
        node.name = _bytes(name)
        node.op = _bytes(str(layer.get("class_name", "")))
        node.input.extend(_bytes(each) for each in sources)
        body = layer.get("config")
        if not isinstance(body, Mapping):
            return
        for key, value in sorted(body.items(), key=lambda item: str(item[0])):
            _put(node, str(key), value)
        for key in ("batch_shape", "batch_input_shape"):
            shape = body.get(key)
            if isinstance(shape, list) and str(layer.get("class_name")) == "InputLayer":
                self.shapes.setdefault(name, {}).setdefault(0, shape)
        count = parameters_of(layer)
        if count is not None:
            node.attr.add(key=b"keras_parameters").value.i = count


def _layers(layer: Config) -> list[Config]:
    body = layer.get("config")
    found = body.get("layers") if isinstance(body, Mapping) else body
    if found is None:
        found = layer.get("layers")
    return [each for each in found if isinstance(each, Mapping)] if isinstance(found, list) else []


def _name(layer: Config) -> str:
    body = layer.get("config")
    name = body.get("name") if isinstance(body, Mapping) else None
    return str(layer.get("name") or name or "")


def _ends(body: Any, key: str) -> list[Reference]:
    """Return the input or output layers of a model: one, a list, or by name."""
    found = body.get(key) if isinstance(body, Mapping) else None
    return list(_references(found))


def _references(value: Any, learn: Any = None, depth: int = 0) -> Iterator[Reference]:
    """Yield the layers named anywhere in inbound nodes.

    Keras 2 writes ``[name, node, tensor]`` or ``[name, node, tensor, {…}]``, Keras 3 tensors with
    their ``keras_history`` among the arguments.
    """
    if depth > DEEPEST:
        return
    if isinstance(value, Mapping):
        config = value.get("config")
        history = config.get("keras_history") if isinstance(config, Mapping) else None
        if isinstance(history, list) and len(history) == 3 and isinstance(config, Mapping):
            reference = (str(history[0]), history[2] if isinstance(history[2], int) else 0)
            if learn is not None:
                learn(reference, config.get("shape"))
            yield reference
            return
        for each in value.values():
            yield from _references(each, learn, depth + 1)
    elif isinstance(value, list):
        if len(value) >= 3 and isinstance(value[0], str) and _whole(value[1], value[2]):
            yield value[0], value[2]
            value = value[3:]
        for each in value:
            yield from _references(each, learn, depth + 1)


def _whole(*values: Any) -> bool:
    return all(isinstance(each, int) and not isinstance(each, bool) for each in values)


def _put(node: NodeDef, key: str, value: Any) -> None:
    """Write an entry of a layer's configuration as an attribute."""
    if value is None:
        return
    if key == "dtype":
        if isinstance(value, Mapping):
            inner = value.get("config")
            value = inner.get("name") if isinstance(inner, Mapping) else value
        if value in _DTYPES:
            node.attr.add(key=b"dtype").value.type = _DTYPES[value]
            return
    made = node.attr.add(key=_bytes(key)).value
    if isinstance(value, bool):
        made.b = value
    elif isinstance(value, int) and -(2**63) <= value < 2**63:
        made.i = value
    elif isinstance(value, float):
        made.f = value
    elif isinstance(value, str):
        made.s = _bytes(value)
    elif isinstance(value, list) and value and _whole(*value) and max(map(abs, value)) < 2**62:
        made.list.i.extend(value)
    elif isinstance(value, Mapping) and "class_name" in value and not value.get("config"):
        made.s = _bytes(str(value["class_name"]))
    else:
        made.s = _bytes(json.dumps(value))


def _bytes(words: str) -> bytes:
    return words.encode("utf-8", errors="surrogatepass")


def parameters_of(layer: Config) -> int | None:
    """Return the parameters of a layer where its configuration says enough; None where not."""
    body, build = layer.get("config"), layer.get("build_config")
    if not isinstance(body, Mapping):
        return None
    try:
        if layer.get("class_name") == "Embedding":
            return int(body["input_dim"]) * int(body["output_dim"])
        shape = build["input_shape"] if isinstance(build, Mapping) else None
        if not isinstance(shape, list) or not isinstance(shape[-1], int):
            return None
        channels = shape[-1]
        bias = bool(body.get("use_bias", True))
        match layer.get("class_name"):
            case "Dense":
                return (channels + bias) * int(body["units"])
            case "Conv1D" | "Conv2D" | "Conv3D":
                if body.get("data_format") == "channels_first":
                    channels = int(shape[1])
                window = 1
                for size in body["kernel_size"]:
                    window *= int(size)
                inward = channels // max(int(body.get("groups", 1)), 1)
                return (window * inward + bias) * int(body["filters"])
            case "BatchNormalization":
                return channels * (
                    2 + bool(body.get("center", True)) + bool(body.get("scale", True))
                )
            case "LSTM":
                units = int(body["units"])
                return 4 * units * (channels + units + bias)
    except (KeyError, TypeError, ValueError):
        return None
    return None
