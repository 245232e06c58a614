# SPDX-License-Identifier: GPL-3.0-or-later
"""The eight-bit graphs give the same on processors with VNNI and without.

Without VNNI the runtime adds the products of two pairs of bytes in sixteen bits, and what does not fit is cut off. The
first test proves from the weights that nothing can be cut off: it can fail on any processor. The others compare with
exact arithmetic: they can fail on a processor that cuts off.
"""

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import helper, numpy_helper
from skimage.data import astronaut

from nets.geometry.crop import Crop
from nets.lab.onnx_export.quantisation import BLOCKS, RUNTIME
from nets.model.bundle import load_bundle
from nets.model.detection.network import EIGHT_BITS, FOLDER
from nets.model.engines.onnx_engine import one_thread, open_session

MOST = 2**15 - 1  # that sixteen bits hold
BYTE, SIGNED = 255, 127  # largest input of a convolution, and size of a linear layer's
FACE = np.array([180, 80, 265, 175], np.float32)  # of the photo
ROUNDING = 0.2  # pixels that a face may move by when a linear layer's inputs are rounded; of 64 crops the worst: 0.14


@pytest.fixture(scope="module")
def bundle():
    return load_bundle()


@pytest.fixture(scope="module")
def source(bundle):
    return onnx.load(bundle.graphs["int8"], load_external_data=False)


@pytest.fixture(scope="module")
def crops(bundle):
    face = Crop.around(FACE, bundle.input_size).extract(astronaut())
    return np.stack([face, face[:, ::-1]])


@pytest.fixture(scope="module")
def loaded(bundle, tmp_path_factory):
    """The graph as the runtime runs it, weights included."""
    options, file = one_thread(), tmp_path_factory.mktemp("loaded") / "graph.onnx"
    options.optimized_model_filepath = str(file)
    open_session(bundle.graphs["int8"].read_bytes(), bundle, options)
    return onnx.load(file)


@pytest.fixture(scope="module")
def constants(loaded):
    return {tensor.name: numpy_helper.to_array(tensor) for tensor in loaded.graph.initializer}


def nodes_of(model, operation):
    return [node for node in model.graph.node if node.op_type == operation]


def attributes(node):
    return {attribute.name: helper.get_attribute_value(attribute) for attribute in node.attribute}


def pair_sums(weights, largest):
    """The largest sum of two products that a row of weights (N, K) can give, by sizes of the inputs: (N,)."""
    return largest * np.sort(np.abs(weights.astype(int)), axis=1)[:, -2:].sum(1)


def test_no_sum_of_two_products_leaves_sixteen_bits(source, loaded, constants):
    assert len(nodes_of(loaded, "QLinearConv")) == len(nodes_of(source, "Conv")) > 30
    assert len(nodes_of(loaded, "MatMulNBits")) == len(nodes_of(source, "MatMulNBits")) > 5
    checked = set()
    for node in nodes_of(loaded, "QLinearConv"):
        _, _, zero, name, _, weight_zero, *_ = node.input
        weights = constants[name]
        assert constants[zero].dtype == np.uint8 and weights.dtype == np.int8 and not constants[weight_zero].any()
        assert pair_sums(weights.reshape(len(weights), -1), BYTE).max() <= MOST
        checked.add(name)
    for node in nodes_of(loaded, "MatMulNBits"):
        weights = constants[node.input[1]].astype(int) - 128
        assert pair_sums(weights.reshape(len(weights), -1), SIGNED).max() <= MOST
        checked.add(node.input[1])
    of_bytes = {name for name, array in constants.items() if array.dtype.itemsize == 1 and array.ndim > 1}
    assert of_bytes == checked  # the runtime has made no other products of bytes


def test_nor_does_one_of_the_detector():
    graph = onnx.load(FOLDER / EIGHT_BITS).graph
    arrays = [numpy_helper.to_array(tensor) for tensor in graph.initializer]
    weights = [array.reshape(len(array), -1) for array in arrays if array.dtype == np.int8 and array.ndim == 4]
    assert len(weights) == len([node for node in graph.node if node.op_type == "Conv"]) - 1  # the last one is exact
    assert max(pair_sums(each, BYTE).max() for each in weights) <= MOST


def test_convolutions_give_what_exact_numbers_give(loaded, constants, crops):
    convolutions = nodes_of(loaded, "QLinearConv")
    watched = onnx.ModelProto()
    watched.CopyFrom(loaded)
    names = list(dict.fromkeys(name for node in convolutions for name in (node.input[0], node.output[0])))
    del watched.graph.output[:]
    watched.graph.output.extend(onnx.ValueInfoProto(name=name) for name in names)
    session = onnxruntime.InferenceSession(watched.SerializeToString(), one_thread(), ["CPUExecutionProvider"])
    values = dict(zip(names, session.run(None, {"crops": crops[:1]}), strict=True))
    for node in convolutions:
        first = values[node.output[0]][:1]  # of two where the views of both sides go through the same layers
        assert np.abs(exactly(node, values[node.input[0]], constants) - first).max() <= 1, node.name


def exactly(node, pixels, constants):
    """What a convolution gives of the first of bytes (N, C, H, W) or (N, H, W, C), in double precision, unrounded."""
    _, scale, zero, name, weight_scale, _, out_scale, out_zero, bias = node.input
    weights, given = constants[name].astype(float), attributes(node)
    steps, pads, channels_last = given["strides"], given["pads"], given.get("channels_last", 0)
    planes = np.moveaxis(pixels[0], -1, 0) if channels_last else pixels[0]
    values = np.pad(planes.astype(float) - constants[zero], [(0, 0), (pads[0], pads[2]), (pads[1], pads[3])])
    windows = np.lib.stride_tricks.sliding_window_view(values, weights.shape[2:], axis=(1, 2))
    sums = np.einsum("chwij,ocij->ohw", windows[:, :: steps[0], :: steps[1]], weights, optimize=True)
    per_step = constants[scale] * constants[weight_scale].astype(float) / constants[out_scale]
    sums = (sums + constants[bias][:, None, None]) * per_step[:, None, None] + constants[out_zero]
    return (np.moveaxis(sums, 0, -1) if channels_last else sums).clip(0, BYTE)[None]


@pytest.mark.parametrize("rows", [1, 2, 5])
@pytest.mark.parametrize("block", BLOCKS)
def test_products_of_the_largest_numbers_are_exact(block, rows):
    rng, columns, outputs = np.random.default_rng(0), 7 * block, 40
    weights = np.where(rng.random((outputs, 7, block)) < 0.5, -SIGNED, SIGNED)
    weights[0] = SIGNED
    inputs = np.where(rng.random((rows, columns)) < 0.5, -SIGNED, SIGNED).astype(np.float32)
    inputs[0] = SIGNED
    sizes = {"K": columns, "N": outputs, "bits": 8, "block_size": block, "accuracy_level": 4}
    graph = helper.make_graph(
        [helper.make_node("MatMulNBits", ["x", "weights", "scales"], ["y"], domain=RUNTIME, **sizes)],
        "product",
        [helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, [rows, columns])],
        [helper.make_tensor_value_info("y", onnx.TensorProto.FLOAT, [rows, outputs])],
        [
            numpy_helper.from_array((weights + 128).astype(np.uint8), "weights"),
            numpy_helper.from_array(np.ones((outputs, 7), np.float32), "scales"),
        ],
    )
    versions = [helper.make_opsetid("", 21), helper.make_opsetid(RUNTIME, 1)]
    model = helper.make_model(graph, opset_imports=versions, ir_version=10).SerializeToString()
    session = onnxruntime.InferenceSession(model, one_thread(), ["CPUExecutionProvider"])
    (products,) = session.run(None, {"x": inputs})
    assert np.array_equal(products, inputs.astype(int) @ weights.reshape(outputs, -1).T)


def test_rounding_the_inputs_of_linear_layers_moves_a_face_by_little(bundle, source, crops):
    """These inputs are no whole numbers: their last digits, which differ from processor to processor, may decide which
    way they are rounded. What all of the rounding does together bounds that. (Without AVX2 nothing is rounded.)"""
    in_full = onnx.ModelProto()
    in_full.CopyFrom(source)
    for node in nodes_of(in_full, "MatMulNBits"):
        next(attribute for attribute in node.attribute if attribute.name == "accuracy_level").i = 1
    maps = [
        open_session(model.SerializeToString(), bundle).run(None, {"crops": crops})[0] for model in (source, in_full)
    ]
    moved = np.linalg.norm(maps[0] - maps[1], axis=-1)[:, bundle.layout.mask > 0]
    assert moved.max() < ROUNDING
