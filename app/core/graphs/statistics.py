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
        "aten::matmul", "aten::mm", "aten::bmm", "Gemm", "_FusedMatMul",
    ),
    "conv": ("Conv2D", "Conv3D", "_FusedConv2D"),
    "depthwise": ("DepthwiseConv2dNative",),
    "elementwise": (
        "Add", "AddV2", "Sub", "Mul", "Div", "RealDiv", "Maximum", "Minimum", "Relu", "Relu6",
        "LeakyRelu", "Elu", "Selu", "Sigmoid", "Tanh", "Exp", "Log", "Neg", "Square", "Sqrt",
        "Rsqrt", "Pow", "BiasAdd", "SquaredDifference", "Abs", "aten::add", "aten::add_",
        "aten::mul", "aten::sub", "aten::div", "aten::relu", "aten::relu_", "aten::sigmoid",
        "aten::tanh", "aten::gelu", "aten::leaky_relu",
    ),
    "normalize": (
        "FusedBatchNorm", "FusedBatchNormV2", "FusedBatchNormV3", "aten::batch_norm",
        "aten::layer_norm",
    ),
    "softmax": ("Softmax", "LogSoftmax", "aten::softmax", "aten::log_softmax"),
    "reduce": ("Sum", "Mean", "Max", "Min", "Prod", "aten::sum", "aten::mean"),
    "pool": ("MaxPool", "AvgPool"),
}  # fmt: skip
KIND_OF_OP = {op: kind for kind, ops in _KINDS.items() for op in ops}


def elements(shape: Shape) -> float:
    """Return how many elements a shape has, unknown sizes as 1; NaN for an unknown rank."""
    return math.nan if shape is None else math.prod(float(max(size, 1)) for size in shape)


def parameters(graph: Graph) -> tuple[Floats, Floats]:
    """Return the parameters each node holds, and their bytes, both (n,); 0 for most nodes.

    Those of variables whose shape is written down. Layers of Keras models say theirs themselves,
    where the sizes of their inputs are known; see `keras`.
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
        dtype = graph.attribute(node, "dtype")
        number = dtype.value.type % 100 if dtype is not None and dtype.value is not None else 1
        sizes[node] = counts[node] * _BYTES.get(number, 0)
    rows = graph.attribute_rows("keras_parameters")
    for node in np.flatnonzero(rows >= 0).tolist():
        found = graph.attribute(node, "keras_parameters")
        if found is not None and found.value is not None:
            counts[node] = found.value.i
            sizes[node] = 4.0 * found.value.i
    return counts, sizes


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
            turned = graph.attribute(node, "transpose_a") or graph.attribute(node, "adj_x")
            inner = shape[-1]
            if turned is not None and turned.text == "true" and len(shape) > 1:
                inner = shape[-2]
            return 2.0 * size * max(inner, 1)
        case "conv" | "depthwise":
            kernel = graph.edge_shape(edges[1]) if len(edges) > 1 else None
            if kernel is None or len(kernel) < 3:
                return math.nan
            if kind == "depthwise":
                return 2.0 * size * elements(kernel[:-2])
            return 2.0 * size * elements(kernel[:-1])
        case "pool":
            window = graph.attribute(node, "ksize")
            if window is None or window.value is None:
                return math.nan
            return size * math.prod(max(each, 1) for each in window.value.list.i)
    return math.nan
