# SPDX-License-Identifier: GPL-3.0-or-later
"""A graph's first convolution on the crops' own bytes.

Three channels are too few for a processor's instructions on bytes, so four pixels of a row are taken for one of twelve
channels. A convolution of 5 x 5 at stride 2 is then one of 5 x 3 at stride 2 x 1 that gives two places at once, each
with its own zeros round the weights; no pixel has to move.
"""

import numpy as np
import onnx
from onnx import NodeProto, helper, numpy_helper

STEP, MIDDLE = 2 / 255, 127.5  # the network sees (byte - MIDDLE) * STEP
ZERO = 128  # the byte taken for zero; what it lacks to MIDDLE goes into the bias
PIXELS = 4  # taken for one


def take_bytes(graph: onnx.GraphProto) -> None:
    """Rewrites the first convolution of a graph whose only input is crops (B, S, S, 3) u1 and whose convolutions give
    rounded values, and drops the arithmetic on the crops that nothing else needs.

    The graph must round the new weights itself, as round_weights does. The runtime gives a convolution of bytes rounded
    weights in any case, and its own rounding takes eight bits, which are too many for processors without VNNI.
    """
    nodes, crops = list(graph.node), graph.input[0].name
    size = graph.input[0].type.tensor_type.shape.dim[1].dim_value
    stem = next(node for node in nodes if node.op_type == "Conv")
    active = next(node for node in nodes if stem.output[0] in node.input)
    rounded = next(node for node in nodes if active.output[0] in node.input)
    pixels, weight, bias = stem.input
    constants = {
        "wide": np.array([0, size, size // PIXELS, 3 * PIXELS]),
        "step": np.float32(STEP),
        "zero": np.uint8(ZERO),
        "first place": np.array([0, 0, 0, 2, 0, 0, 0, 5]),  # zeros left and right of its 5 columns, of 12 in all
        "second place": np.array([0, 0, 0, 4, 0, 0, 0, 3]),
        "taps": np.array([0, 0, 0, 3, PIXELS]),
        "kernel": np.array([0, 3 * PIXELS, 5, 3]),
        "axes": np.array([1, 2, 3]),
        "lack": np.float32((ZERO - MIDDLE) * STEP),
        "places": np.array([0, size // 2, size // 2, -1]),
    }
    graph.initializer.extend(numpy_helper.from_array(array, f"stem.{name}") for name, array in constants.items())
    convolution = [
        _node("Reshape", [crops, "stem.wide"], "stem.rows"),
        _node("Transpose", ["stem.rows"], "stem.bytes", perm=[0, 3, 1, 2]),
        _node("DequantizeLinear", ["stem.bytes", "stem.step", "stem.zero"], "stem.values"),
        _node("Pad", [weight, "stem.first place"], "stem.first"),
        _node("Pad", [weight, "stem.second place"], "stem.second"),
        _node("Concat", ["stem.first", "stem.second"], "stem.both", axis=0),
        _node("Reshape", ["stem.both", "stem.taps"], "stem.by_tap"),
        _node("Transpose", ["stem.by_tap"], "stem.turned", perm=[0, 4, 1, 2, 3]),
        _node("Reshape", ["stem.turned", "stem.kernel"], "stem.weight"),
        _node("ReduceSum", [weight, "stem.axes"], "stem.sum", keepdims=0),
        _node("Mul", ["stem.sum", "stem.lack"], "stem.shift"),
        _node("Add", [bias, "stem.shift"], "stem.bias"),
        _node("Concat", ["stem.bias", "stem.bias"], "stem.biases", axis=0),
        _node(
            "Conv",
            ["stem.values", "stem.weight", "stem.biases"],
            stem.output[0],
            kernel_shape=[5, 3],
            pads=[2, 1, 2, 1],
            strides=[2, 1],
        ),
    ]
    apart = [
        _node("Transpose", ["stem.pairs"], "stem.pairs_last", perm=[0, 2, 3, 1]),
        _node("Reshape", ["stem.pairs_last", "stem.places"], "stem.single"),
        _node("Transpose", ["stem.single"], rounded.output[0], perm=[0, 3, 1, 2]),
    ]
    rounded.output[0] = "stem.pairs"
    after = nodes.index(rounded) + 1
    nodes[after:after] = apart
    nodes[nodes.index(stem) : nodes.index(stem) + 1] = convolution
    while pixels != crops and not any(pixels in node.input for node in nodes):  # others may need the numbers
        before = next(node for node in nodes if pixels in node.output)
        nodes.remove(before)
        pixels = before.input[0]
    del graph.node[:]
    graph.node.extend(nodes)


def _node(operation: str, inputs: list[str], output: str, **attributes: list[int] | int) -> NodeProto:
    return helper.make_node(operation, inputs, [output], **attributes)
