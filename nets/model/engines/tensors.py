# SPDX-License-Identifier: GPL-3.0-or-later
"""The tensors that a bundle's ONNX graph does not hold itself: the network's weights and arrays of its layout."""

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file

from nets.errors import BundleError
from nets.geometry.upsampling import upsampling_arrays
from nets.model.bundle import REINSTALL, Bundle
from nets.model.networks import architecture_of

# Names in graphs of the buffers of PositionMapDecoder: those of the graphs that were exported first.
MAP_DECODER_TENSORS = {
    "mean": "mean",
    "upsample": "enlarge",
    "row_bands": "bands",
    "band_rows": "rows",
    "fill_matrix": "span",
    "boundary": "piers",
    "filled": "bridged",
}


def graph_tensors(bundle: Bundle) -> dict[str, np.ndarray]:
    """Return each tensor by its name in the graph, as float32 or int64.

    Raises BundleError if the weights cannot be read or the architecture is not known.
    """
    composes_maps = architecture_of(bundle).has_shape_codes
    try:
        weights = load_file(bundle.weights)
        arrays = {}
        if composes_maps:
            coarse = round((weights["decoder.mean"].size // 3) ** 0.5)
            arrays = upsampling_arrays(bundle.layout, coarse)
    except (SafetensorError, KeyError) as error:
        message = f"these are not the weights of a {bundle.architecture} network ({error})"
        raise BundleError(message, bundle.weights, REINSTALL) from error
    tensors = {f"network.{name}": array for name, array in weights.items()}
    tensors |= {f"map_decoder.{name}": array for name, array in arrays.items()}
    return {graph_name(name): _widened(array) for name, array in tensors.items()}


def graph_name(name: str) -> str:
    """Return the name that a tensor of a position map network has in ONNX graphs."""
    module, _, tensor = name.partition(".")
    return f"drawing.{MAP_DECODER_TENSORS[tensor]}" if module == "map_decoder" else name


def _widened(array: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(array, np.float32 if array.dtype.kind == "f" else np.int64)
