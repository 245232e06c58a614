# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading and writing a bundle's model.safetensors, which holds a network's tensors in half precision."""

from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import nn

from nets.errors import BundleError
from nets.model.bundle import Bundle
from nets.model.networks import architecture_of

NOT_SAVED = "num_batches_tracked"


def save_network(network: nn.Module, path: Path) -> None:
    """Write a network's tensors."""
    tensors = {name: tensor for name, tensor in network.state_dict().items() if not name.endswith(NOT_SAVED)}
    half = {
        name: (t.half() if t.is_floating_point() else t.to(torch.int32)).contiguous() for name, t in tensors.items()
    }
    save_file(half, path)
    path.chmod(0o644)  # safetensors makes files that only their owner may read


def load_network(bundle: Bundle) -> nn.Module:
    """Load the bundle's network in single precision, in evaluation mode, on the CPU.

    Raises BundleError if the architecture is unknown or the tensors are not its own.
    """
    network_class = architecture_of(bundle).network_class()
    try:
        half = load_file(bundle.weights)
        tensors = {name: t.float() if t.is_floating_point() else t.long() for name, t in half.items()}
        network = network_class.shaped_like(tensors)
        missing, unexpected = network.load_state_dict(tensors, strict=False)
        wrong = [name for name in [*missing, *unexpected] if not name.endswith(NOT_SAVED)]
        if wrong:
            raise KeyError(wrong[0])
    except (SafetensorError, KeyError, RuntimeError) as error:
        message = f"these are not the weights of a {bundle.architecture} network ({error})"
        raise BundleError(message, bundle.weights, "Install the extension again, or choose another model") from error
    return network.eval()


def load_position_map_network(bundle: Bundle) -> nn.Module:
    """Load the bundle's network with what turns its output into position maps, see ComposedMapNetwork."""
    network = load_network(bundle)
    return architecture_of(bundle).position_map_class()(network, bundle.layout).eval()
