# SPDX-License-Identifier: GPL-3.0-or-later
"""Eight bits for a graph's convolutions and large linear layers.

What goes into convolutions and comes out of them is rounded to scales found on sample crops. Linear layers keep their
inputs; of their weights, which take longer to read than to multiply, each block is rounded to its own scale.
All weights are rounded by operations of the graph that depend on nothing but them: the runtime does these once, while
loading, and the graph still holds no weights.

Processors without VNNI add the products of two pairs of bytes in sixteen bits, and a sum that does not fit becomes the
largest number that does. No sum can leave sixteen bits here, so that all processors calculate the same.
"""

import numpy as np
import onnx
from onnx import helper, numpy_helper

from nets.lab.onnx_export.byte_stem import take_bytes
from nets.model.bundle import Bundle
from nets.model.engines.onnx_engine import CALIBRATED, open_session

RUNTIME = "com.microsoft"  # ONNX Runtime's own operations
LEVELS = 255
MOVES = "Expand", "Gather", "Reshape", "Transpose", "Unsqueeze"  # take values elsewhere and leave them as they are
BLOCKS = 32, 16  # the first that a layer's inputs can be cut into
BLOCK_LEVELS = 127  # eight bits: the runtime multiplies sizes and signed inputs, 2 * 127 * 127 fits in sixteen bits
LARGE = 250_000  # weights of a linear layer that is worth it
LEAST = np.float32(1e-12)  # taken for the largest of weights that are all zero
WEIGHT_LEVELS = 63  # seven bits: the inputs are bytes, 2 * 63 * 255 fits in sixteen bits


def quantise(graph: onnx.ModelProto, bundle: Bundle, crops: np.ndarray) -> onnx.ModelProto:
    """The graph in eight bits; crops (N, S, S, 3) u1 show the ranges that values take."""
    places = _places(graph.graph)
    ranges = _ranges(graph, bundle, list(dict.fromkeys(places.values())), crops)
    quantised = onnx.ModelProto()
    quantised.CopyFrom(graph)
    nodes = quantised.graph.node
    for name, (low, high) in ranges.items():
        step = np.float32((high - low) / LEVELS or 1)  # a layer may give nothing but zeros
        zero = np.uint8(round(-low / step))
        quantised.graph.initializer.extend(
            [numpy_helper.from_array(step, f"{name}.scale"), numpy_helper.from_array(zero, f"{name}.zero")]
        )
    for name, source in places.items():
        scale, zero = f"{source}.scale", f"{source}.zero"
        for node in nodes:
            for index, value in enumerate(node.input):
                if value == name:
                    node.input[index] = f"{name}.rounded"
        position = next(index for index, node in enumerate(nodes) if name in node.output) + 1
        nodes.insert(position, helper.make_node("QuantizeLinear", [name, scale, zero], [f"{name}.bytes"]))
        nodes.insert(
            position + 1, helper.make_node("DequantizeLinear", [f"{name}.bytes", scale, zero], [f"{name}.rounded"])
        )
    if bundle.architecture == "compact":
        take_bytes(quantised.graph)
    round_weights(quantised.graph)
    _round_linears(quantised)
    helper.set_model_props(quantised, {CALIBRATED: bundle.weights_digest})
    return quantised


def round_weights(graph: onnx.GraphProto) -> None:
    """Rounds the convolutions' weights to WEIGHT_LEVELS either side of zero, by a scale for each output channel."""
    axes, levels, least = "weights.axes", "weights.levels", "weights.least"
    graph.initializer.extend(
        [
            numpy_helper.from_array(np.array([1, 2, 3]), axes),
            numpy_helper.from_array(np.float32(WEIGHT_LEVELS), levels),
            numpy_helper.from_array(LEAST, least),
        ]
    )
    nodes = []
    for node in graph.node:
        if node.op_type == "Conv":
            name = f"{node.output[0]}.weight"
            nodes += [
                helper.make_node("Abs", [node.input[1]], [f"{name}.size"]),
                helper.make_node("ReduceMax", [f"{name}.size", axes], [f"{name}.largest"], keepdims=0),
                helper.make_node("Max", [f"{name}.largest", least], [f"{name}.some"]),
                helper.make_node("Div", [f"{name}.some", levels], [f"{name}.scale"]),
                helper.make_node(
                    "QuantizeLinear",
                    [node.input[1], f"{name}.scale"],
                    [f"{name}.bytes"],
                    axis=0,
                    output_dtype=onnx.TensorProto.INT8,
                ),
                helper.make_node("DequantizeLinear", [f"{name}.bytes", f"{name}.scale"], [f"{name}.rounded"], axis=0),
            ]
            node.input[1] = f"{name}.rounded"
        nodes.append(node)
    del graph.node[:]
    graph.node.extend(nodes)


def _round_linears(model: onnx.ModelProto) -> None:
    """Makes ONNX Runtime's own product with eight-bit weights of the large linear layers."""
    shapes = {tensor.name: tuple(tensor.dims) for tensor in model.graph.initializer}
    constants = {
        "linears.axis": np.array([2]),
        "linears.levels": np.float32(BLOCK_LEVELS),
        "linears.zero": np.float32(BLOCK_LEVELS + 1),
        "linears.least": LEAST,
    }
    nodes = []
    for node in model.graph.node:
        shape = shapes.get(node.input[1], ()) if node.op_type == "Gemm" else ()
        transposed = any(attribute.name == "transB" and attribute.i for attribute in node.attribute)
        rows, columns = (shape if transposed else shape[::-1]) or (0, 0)
        block = next((block for block in BLOCKS if columns % block == 0), None)
        if rows * columns < LARGE or not block:
            nodes.append(node)
            continue
        (x, weight, *bias), (y,), name = node.input, node.output, f"{node.output[0]}.linear"
        if not transposed:
            nodes.append(helper.make_node("Transpose", [weight], [f"{name}.turned"], perm=[1, 0]))
            weight = f"{name}.turned"
        product = f"{name}.product" if bias else y
        constants[f"{name}.shape"] = np.array([rows, columns // block, block])
        nodes += [
            helper.make_node("Reshape", [weight, f"{name}.shape"], [f"{name}.blocks"]),
            helper.make_node("Abs", [f"{name}.blocks"], [f"{name}.size"]),
            helper.make_node("ReduceMax", [f"{name}.size", "linears.axis"], [f"{name}.largest"]),
            helper.make_node("Max", [f"{name}.largest", "linears.least"], [f"{name}.some"]),
            helper.make_node("Div", [f"{name}.some", "linears.levels"], [f"{name}.scale"]),
            helper.make_node("Div", [f"{name}.blocks", f"{name}.scale"], [f"{name}.steps"]),
            helper.make_node("Round", [f"{name}.steps"], [f"{name}.whole"]),
            helper.make_node("Add", [f"{name}.whole", "linears.zero"], [f"{name}.positive"]),
            helper.make_node("Cast", [f"{name}.positive"], [f"{name}.bytes"], to=onnx.TensorProto.UINT8),
            helper.make_node("Squeeze", [f"{name}.scale", "linears.axis"], [f"{name}.scales"]),
            helper.make_node(
                "MatMulNBits",
                [x, f"{name}.bytes", f"{name}.scales"],
                [product],
                domain=RUNTIME,
                **{"K": columns, "N": rows, "bits": 8, "block_size": block, "accuracy_level": 4},
            ),
        ]
        nodes += [helper.make_node("Add", [product, *bias], [y])] if bias else []
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    model.graph.initializer.extend(numpy_helper.from_array(array, name) for name, array in constants.items())
    model.opset_import.append(helper.make_opsetid(RUNTIME, 1))


def _places(graph: onnx.GraphProto) -> dict[str, str]:
    """The values to round, each with the one whose scale it has: what goes into convolutions, what comes out of them or
    of the activation behind, sums of such, and all of these where they are taken elsewhere."""
    readers = {name: [node for node in graph.node if name in node.input] for node in graph.node for name in node.output}
    places: dict[str, str] = {}
    for node in graph.node:
        result = node.output[0]
        if node.op_type == "Conv":
            places.setdefault(node.input[0], node.input[0])
        if node.op_type == "Conv" or (node.op_type == "Add" and all(name in places for name in node.input)):
            after = readers[result]
            active = len(after) == 1 and after[0].op_type == "Relu"
            result = after[0].output[0] if active else result
            places.setdefault(result, result)
        elif node.op_type in MOVES and node.input[0] in places:
            places.setdefault(result, places[node.input[0]])
    return places


def _ranges(
    graph: onnx.ModelProto, bundle: Bundle, places: list[str], crops: np.ndarray
) -> dict[str, tuple[float, float]]:
    """Lowest and highest value of each place, zero included."""
    watched = onnx.ModelProto()
    watched.CopyFrom(graph)
    del watched.graph.output[:]
    watched.graph.output.extend(onnx.ValueInfoProto(name=name) for name in places)
    session = open_session(watched.SerializeToString(), bundle)
    lowest, highest = np.zeros(len(places)), np.zeros(len(places))
    for crop in crops:
        values = session.run(None, {"crops": crop[None]})
        lowest = np.minimum(lowest, [value.min() for value in values])
        highest = np.maximum(highest, [value.max() for value in values])
    return {name: (low, high) for name, low, high in zip(places, lowest.tolist(), highest.tolist(), strict=True)}
