# SPDX-License-Identifier: GPL-3.0-or-later
"""What a bundle's graph.onnx leaves open: the network's weights and the arrays of its layout, as numpy arrays."""

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file

from nets.errors import BundleError
from nets.geometry.upsampling import enlargement
from nets.model.bundle import Bundle


def graph_tensors(bundle: Bundle) -> dict[str, np.ndarray]:
    """Name in the graph -> array, floats in single precision, whole numbers i8.

    Raises BundleError if the weights cannot be read.
    """
    try:
        weights = load_file(bundle.weights)
    except SafetensorError as error:
        message, remedy = f"not a file of weights ({error})", "Install the extension again, or choose another model"
        raise BundleError(message, bundle.weights, remedy) from error
    tensors = {f"network.{name}": _widened(array) for name, array in weights.items()}
    if "decoder.mean" in weights:  # else the network draws the whole map itself
        coarse = round((weights["decoder.mean"].size // 3) ** 0.5)
        arrays = enlargement(bundle.layout, coarse)
        tensors |= {f"drawing.{name}": _widened(array) for name, array in arrays.items()}
    return tensors


def _widened(array: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(array, np.float32 if array.dtype.kind == "f" else np.int64)
