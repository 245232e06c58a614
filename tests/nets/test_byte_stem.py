# SPDX-License-Identifier: GPL-3.0-or-later
"""The eight-bit graph's first convolution, on bytes instead of numbers, gives what it gave."""

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

from nets.lab.onnx_export.byte_stem import take_bytes
from nets.lab.onnx_export.quantisation import round_weights

SIZE, FILTERS = 16, 3


def make_graph(rng):
    weight = rng.normal(0, 0.2, (FILTERS, 3, 5, 5)).astype(np.float32)
    constants = {"most": np.float32(255), "two": np.float32(2), "one": np.float32(1), "weight": weight}
    constants |= {"bias": rng.normal(0, 0.5, FILTERS).astype(np.float32)}
    constants |= {"step": np.float32(0.02), "zero": np.uint8(0)}
    nodes = [
        helper.make_node("Cast", ["crops"], ["floats"], to=TensorProto.FLOAT),
        helper.make_node("Transpose", ["floats"], ["planes"], perm=[0, 3, 1, 2]),
        helper.make_node("Div", ["planes", "most"], ["shares"]),
        helper.make_node("Mul", ["shares", "two"], ["doubled"]),
        helper.make_node("Sub", ["doubled", "one"], ["pixels"]),
        helper.make_node(
            "Conv", ["pixels", "weight", "bias"], ["seen"], kernel_shape=[5, 5], pads=[2] * 4, strides=[2, 2]
        ),
        helper.make_node("Relu", ["seen"], ["active"]),
        helper.make_node("QuantizeLinear", ["active", "step", "zero"], ["bytes"]),
        helper.make_node("DequantizeLinear", ["bytes", "step", "zero"], ["rounded"]),
    ]
    graph = helper.make_graph(
        nodes,
        "stem",
        [helper.make_tensor_value_info("crops", TensorProto.UINT8, ["batch", SIZE, SIZE, 3])],
        [helper.make_tensor_value_info("rounded", TensorProto.FLOAT, None)],
        [numpy_helper.from_array(array, name) for name, array in constants.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10)


def run(model, crops):
    """With rounded weights, as all convolutions of an eight-bit graph have them."""
    rounded = onnx.ModelProto()
    rounded.CopyFrom(model)
    round_weights(rounded.graph)
    session = onnxruntime.InferenceSession(rounded.SerializeToString(), providers=["CPUExecutionProvider"])
    return session.run(None, {"crops": crops})[0]


def test_bytes_give_what_numbers_gave():
    rng = np.random.default_rng(0)
    model, crops = make_graph(rng), rng.integers(0, 255, (2, SIZE, SIZE, 3), np.uint8)
    before = run(model, crops)
    take_bytes(model.graph)
    assert "Cast" not in {node.op_type for node in model.graph.node}
    after = run(model, crops)
    assert before.shape == after.shape == (2, FILTERS, SIZE // 2, SIZE // 2)
    assert before.std() > 0.3
    assert np.abs(after - before).max() < 0.021  # one step of rounding
