# SPDX-License-Identifier: GPL-3.0-or-later
"""The engine on ONNX Runtime, on the CPU: the fastest there, and a tenth of PyTorch to install."""

from functools import cached_property

import numpy as np
import onnxruntime
from onnxruntime.capi.onnxruntime_pybind11_state import (
    Fail,
    InvalidArgument,
    InvalidGraph,
    InvalidProtobuf,
    RuntimeException,
)

from nets.errors import BundleError, EngineError
from nets.model.bundle import Bundle
from nets.model.engines import Prediction
from nets.model.engines.passes import CODE, FAST_PASSES, NEW_CODE, PASSES
from nets.model.engines.tensors import graph_tensors

ERRORS_ONLY = 3
MAKE = "Make it: python -m nets export --model FOLDER"
FIELDS = 6  # of Prediction that such a graph may tell; the graph for looks leaves out the last
CALIBRATED = "calibrated_for"  # metadata of int8 graphs: the checksum of the weights that their scales were found with
NAME_FIELD = 8 << 3 | 2  # how Protocol Buffers announce field 8 with a length
UNFIT = Fail, InvalidArgument, InvalidGraph, InvalidProtobuf, RuntimeException


class OnnxEngine:
    """Runs a bundle's graph in the caller's thread, because spinning threads starve on a busy machine."""

    device = "cpu"

    def __init__(self, bundle: Bundle, device: str = "auto", precision: str = "fp32", iterations: int | None = None):
        if device == "cuda":
            raise EngineError("ONNX Runtime runs on the CPU only", remedy="Choose the engine torch, or the device cpu")
        if precision not in bundle.graphs:
            raise BundleError(f"the model has no {precision} graph for ONNX Runtime", bundle.folder, MAKE)
        graph = bundle.graphs[precision]
        try:
            self._session = open_session(graph.read_bytes(), bundle)
        except UNFIT as error:
            raise BundleError(f"this graph does not fit the model's weights ({error})", graph, MAKE) from error
        calibrated = self._session.get_modelmeta().custom_metadata_map.get(CALIBRATED)
        if calibrated not in (None, bundle.weights_digest):
            raise BundleError("this graph's scales are those of other weights", graph, MAKE)
        self.name = "onnx" if precision == "fp32" else f"onnx-{precision}"
        self._bundle = bundle
        self._iterations = iterations or PASSES
        self._code_size = next((value.shape[1] for value in self._session.get_inputs() if value.name == CODE), 0)

    def predict(self, crops: np.ndarray, start: np.ndarray | None = None) -> Prediction:
        """Do as Engine.predict."""
        passes = self._iterations if start is None else 1
        return self._run({"crops": np.ascontiguousarray(crops)}, start, passes)

    def predict_fast(self, crops: np.ndarray) -> Prediction:
        """Do as Engine.predict_fast: by the graph for looks if the model has one, with FAST_PASSES if it iterates."""
        if self._code_size:
            return self._run({"crops": np.ascontiguousarray(crops)}, None, min(FAST_PASSES, self._iterations))
        return self._fast.predict(crops)

    def _run(self, inputs: dict[str, np.ndarray], start: np.ndarray | None, passes: int) -> Prediction:
        if not self._code_size:
            outputs = self._session.run(None, inputs)
            left_out = [np.empty((len(inputs["crops"]), 0), np.float32)] * (FIELDS - len(outputs))
            return Prediction(*outputs, *left_out)
        code = np.zeros((len(inputs["crops"]), self._code_size), np.float32) if start is None else start
        for _ in range(passes - 1):
            [code] = self._fast._session.run([NEW_CODE], inputs | {CODE: code})
        return Prediction(*self._session.run(None, inputs | {CODE: code}))

    @cached_property
    def _fast(self) -> "OnnxEngine":
        graph = next((graph for graph in ("looks", "int8") if graph in self._bundle.graphs), None)
        return OnnxEngine(self._bundle, precision=graph) if graph else self


def one_thread() -> onnxruntime.SessionOptions:
    """Return options for a session that runs in the caller's thread."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = ERRORS_ONLY
    return options


def open_session(
    graph: bytes, bundle: Bundle, options: onnxruntime.SessionOptions | None = None
) -> onnxruntime.InferenceSession:
    """Open a session of a graph with the bundle's tensors, on one thread unless other options are given."""
    options = options or one_thread()
    tensors = {name: array for name, array in graph_tensors(bundle).items() if declares(graph, name)}
    values = [onnxruntime.OrtValue.ortvalue_from_numpy(array) for array in tensors.values()]
    options.add_external_initializers(list(tensors), values)
    return onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])


def declares(graph: bytes, name: str) -> bool:
    """Return whether a graph has a tensor of that name: the runtime takes no others.

    It looks for the name as it is written in the file: the field `name` of a TensorProto, number 8, with its length.
    """
    return bytes([NAME_FIELD, len(name)]) + name.encode() in graph
