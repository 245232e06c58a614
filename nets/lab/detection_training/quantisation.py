# SPDX-License-Identifier: GPL-3.0-or-later
"""The detector's network in eight bits, which takes the pixels' own bytes: less than half the time.

Weights have seven bits, so that no sum of two products leaves sixteen bits and all processors calculate the same, see
nets/lab/onnx_export/quantisation.py. The last layer stays exact, because the sizes of faces are more finely told than
scores, and all its channels would have one scale.
"""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, numpy_helper
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static

from nets.model.detection.network import BLOCKS, to_blocks

BYTES_SCALE = 1.0  # a byte is a pixel's value


class _Blocks(CalibrationDataReader):
    """Gives the images (H, W, 3) uint8 on which ranges are measured, one at a time."""

    def __init__(self, images: Iterable[np.ndarray]):
        self._images = iter(images)

    def get_next(self) -> dict[str, np.ndarray] | None:
        image = next(self._images, None)
        return None if image is None else {BLOCKS: to_blocks(image)[None].astype(np.float32)}


def quantise(exact: Path, images: Iterable[np.ndarray], out: Path) -> None:
    """Write the network of detector.onnx in eight bits; its layers' ranges are those on images (H, W, 3) uint8."""
    answer = onnx.load(exact).graph.node[-1].name
    quantize_static(
        exact,
        out,
        _Blocks(images),
        quant_format=QuantFormat.QDQ,
        per_channel=True,
        reduce_range=True,
        activation_type=QuantType.QUInt8,
        weight_type=QuantType.QInt8,
        nodes_to_exclude=[answer],
    )
    model = onnx.load(out)
    _take_bytes(model.graph)
    onnx.save(model, out)


def _take_bytes(graph: onnx.GraphProto) -> None:
    """Make the graph's input the bytes into which it would round its input."""
    rounding = next(node for node in graph.node if node.op_type == "QuantizeLinear" and node.input[0] == BLOCKS)
    _, scale, zero = rounding.input
    for tensor in graph.initializer:
        if tensor.name in (scale, zero):
            value = np.float32(BYTES_SCALE) if tensor.name == scale else np.uint8(0)
            tensor.CopyFrom(numpy_helper.from_array(value, tensor.name))
    for node in graph.node:
        for index, name in enumerate(node.input):
            if name == rounding.output[0]:
                node.input[index] = BLOCKS
    graph.node.remove(rounding)
    graph.input[0].type.tensor_type.elem_type = TensorProto.UINT8
