"""Parameters, bytes and floating point operations of nodes."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from eventglass.app.core.graphs.attributes import Shape
from eventglass.app.core.graphs.model import Graph

Floats = npt.NDArray[np.float64]

#: Ops that hold parameters; their attribute ``shape`` says how many.
VARIABLES = ("VariableV2", "Variable", "VarHandleOp", "AutoReloadVariable", "VarHandle")
_BYTES = {
    1: 4, 2: 8, 3: 4, 4: 1, 5: 2, 6: 1, 8: 8, 9: 8, 10: 1, 11: 1, 12: 1, 13: 4, 14: 2, 15: 2,
    16: 2, 17: 2, 18: 16, 19: 2, 22: 4, 23: 8, 24: 1, 25: 1, 26: 1, 27: 1, 28: 1,
}  # fmt: skip

#: How floating point operations are counted, by op; sizes that are unknown count as 1.
FORMULAS = {
    "matmul": "2 × elements of the result × length of the inner side",
    "conv": "2 × elements of the result × elements of the kernel ÷ its output channels",
    "conv first": "2 × elements of the result × elements of the kernel ÷ its output channels",
    "conv gradient": "2 × elements of the gradient × elements of the kernel ÷ its output channels",
    "depthwise": "2 × elements of the result × height × width of the kernel",
    "elementwise": "elements of the result",
    "normalize": "4 × elements of the result",
    "softmax": "5 × elements of the result",
    "reduce": "elements of the input",
    "pool": "elements of the result × elements of the window",
}
_KINDS = {
    "matmul": (
        "MatMul", "BatchMatMul", "BatchMatMulV2", "BatchMatMulV3", "aten::linear", "aten::addmm",
        "aten::matmul", "aten::mm", "aten::bmm", "Gemm", "_FusedMatMul", "onnx::MatMul",
        "onnx::Gemm",
    ),
    "conv": ("Conv2D", "Conv3D", "_FusedConv2D"),
    # The output channels are the first size of the kernel.
    "conv first": ("Conv", "onnx::Conv", "aten::_convolution", "aten::conv1d", "aten::conv2d"),
    "conv gradient": (
        "Conv2DBackpropInput", "Conv2DBackpropFilter", "Conv3DBackpropInputV2",
        "Conv3DBackpropFilterV2",
    ),
    "depthwise": ("DepthwiseConv2dNative",),
    "elementwise": (
        "Add", "AddV2", "Sub", "Mul", "Div", "RealDiv", "Maximum", "Minimum", "Relu", "Relu6",
        "LeakyRelu", "Elu", "Selu", "Sigmoid", "Tanh", "Exp", "Log", "Neg", "Square", "Sqrt",
        "Rsqrt", "Pow", "BiasAdd", "SquaredDifference", "Abs", "DivNoNan", "FloorDiv", "Log1p",
        "Reciprocal", "Erf", "Softplus", "ReluGrad", "RsqrtGrad", "SigmoidGrad", "TanhGrad",
        "aten::add", "aten::add_", "aten::mul", "aten::sub", "aten::div", "aten::relu",
        "aten::relu_", "aten::sigmoid", "aten::tanh", "aten::gelu", "aten::silu", "aten::exp",
        "aten::sqrt", "aten::pow", "aten::leaky_relu", "onnx::Add", "onnx::Sub", "onnx::Mul",
        "onnx::Div", "onnx::Relu", "onnx::Sigmoid", "onnx::Tanh", "onnx::Erf", "onnx::Sqrt",
        "onnx::Pow", "onnx::LeakyRelu", "onnx::Clip",
    ),
    "normalize": (
        "FusedBatchNorm", "FusedBatchNormV2", "FusedBatchNormV3", "aten::batch_norm",
        "aten::layer_norm", "onnx::BatchNormalization", "onnx::LayerNormalization",
    ),
    "softmax": (
        "Softmax", "LogSoftmax", "aten::softmax", "aten::log_softmax", "onnx::Softmax",
        "onnx::LogSoftmax",
    ),
    "reduce": ("Sum", "Mean", "Max", "Min", "Prod", "aten::sum", "aten::mean"),
    "pool": ("MaxPool", "AvgPool"),
}  # fmt: skip
KIND_OF_OP = {op: kind for kind, ops in _KINDS.items() for op in ops}


def elements(shape: Shape) -> float:
    """Return how many elements a shape has, unknown sizes as 1; NaN for an unknown rank."""
    return math.nan if shape is None else math.prod(float(max(size, 1)) for size in shape)


def parameters(graph: Graph) -> tuple[Floats, Floats]:
    """Return the parameters each node holds, and their bytes, both (n,); 0 for most nodes.

    Those of variables whose shape is written down. Where a graph gets its variables as arguments,
    the first op that reads one says its shape, and has them. Layers of Keras models say theirs
    themselves, where the sizes of their inputs are known; see `keras`.
    """
    counts, sizes = np.zeros(len(graph.names)), np.zeros(len(graph.names))
    for node in np.flatnonzero(graph.is_op(*VARIABLES)).tolist():
        shape = graph.attribute(node, "shape")
        if shape is None or shape.value is None or shape.value.WhichOneof("value") != "shape":
            continue
        dims = [dim.size for dim in shape.value.shape.dim]
        if shape.value.shape.unknown_rank or any(size < 0 for size in dims):
            continue
        counts[node] = math.prod(float(size) for size in dims)
        sizes[node] = counts[node] * _element_bytes(graph, node)
    read = set(np.flatnonzero(graph.is_op(*VARIABLES)).tolist())
    for node in np.flatnonzero(graph.is_op("ReadVariableOp")).tolist():
        edges = graph.inputs_of(node)
        source = int(graph.sources[edges[0]]) if edges else -1
        shapes = graph.output_shapes(node)
        if (
            source < 0
            or source in read
            or not shapes
            or shapes[0] is None
            or min(shapes[0], default=0) < 0
        ):
            continue
        read.add(source)
        counts[node] = math.prod(float(size) for size in shapes[0])
        sizes[node] = counts[node] * _element_bytes(graph, node)
    rows = graph.attribute_rows("keras_parameters")
    for node in np.flatnonzero(rows >= 0).tolist():
        found = graph.attribute(node, "keras_parameters")
        if found is not None and found.value is not None:
            counts[node] = found.value.i
            sizes[node] = 4.0 * found.value.i
    return counts, sizes


def _element_bytes(graph: Graph, node: int) -> int:
    dtype = graph.attribute(node, "dtype")
    number = 1 if dtype is None or dtype.value is None else dtype.value.type
    return _BYTES.get(number % 100, 0)


def flops(graph: Graph) -> Floats:
    """Return the floating point operations of one run of each node, (n,); NaN where unknown.

    See `FORMULAS`. Nodes that only move or name data have NaN too.
    """
    found = np.full(len(graph.names), np.nan)
    kinds = [KIND_OF_OP.get(name) for name in graph.op_names]
    for code, kind in enumerate(kinds):
        if kind is not None:
            for node in np.flatnonzero(graph.ops == code).tolist():
                found[node] = _flops(graph, node, kind)
    return found


def uncounted(graph: Graph, counted: Floats) -> npt.NDArray[np.bool_]:
    """Return which nodes have a formula but no known shapes, (n,); `counted` is from `flops`."""
    kinds = np.array([name in KIND_OF_OP for name in graph.op_names], bool)
    return np.asarray(kinds[graph.ops] & np.isnan(counted))


def _flops(graph: Graph, node: int, kind: str) -> float:
    shapes = graph.output_shapes(node)
    if not shapes and kind != "reduce":
        return math.nan
    size = elements(shapes[0]) if shapes else math.nan
    edges = [edge for edge in graph.inputs_of(node) if not graph.controls[edge]]
    match kind:
        case "elementwise":
            return size
        case "normalize":
            return 4.0 * size
        case "softmax":
            return 5.0 * size
        case "reduce":
            return elements(graph.edge_shape(edges[0])) if edges else math.nan
        case "matmul":
            first = 1 if graph.op(node) == "aten::addmm" and len(edges) > 1 else 0
            shape = graph.edge_shape(edges[first]) if len(edges) > first else None
            if not shape:
                return math.nan
            turned = (graph.attribute(node, key) for key in ("transpose_a", "adj_x", "transA"))
            inner = shape[-1]
            if len(shape) > 1 and any(each and each.text in ("true", "1") for each in turned):
                inner = shape[-2]
            return 2.0 * size * max(inner, 1)
        case "conv gradient":
            # Inputs are what came in or its sizes, the kernel or its sizes, and what comes back.
            if len(edges) < 3:
                return math.nan
            of_kernel = "Filter" in graph.op(node)
            kernel = shapes[0] if of_kernel else graph.edge_shape(edges[1])
            if kernel is None or len(kernel) < 3:
                return math.nan
            return 2.0 * elements(graph.edge_shape(edges[2])) * elements(kernel[:-1])
        case "conv" | "conv first" | "depthwise":
            kernel = graph.edge_shape(edges[1]) if len(edges) > 1 else None
            if kernel is None or len(kernel) < 3:
                return math.nan
            if kind == "depthwise":
                return 2.0 * size * elements(kernel[:-2])
            if kind == "conv first":
                return 2.0 * size * elements(kernel[1:])
            return 2.0 * size * elements(kernel[:-1])
        case "pool":
            window = graph.attribute(node, "ksize")
            if window is None or window.value is None:
                return math.nan
            return size * math.prod(max(each, 1) for each in window.value.list.i)
    return math.nan
